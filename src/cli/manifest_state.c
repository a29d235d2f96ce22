#include "listing.h"
#include "manifest.h"

/* What a file names as the server has it, and what becomes of it. */

/* A region that is not there yet has nothing in it. */
static bool region_missing(const struct manifest *m, const struct item *it)
{
    const struct item *region = manifest_find(m, 1U << MODEL_REGION, it->region, it->region);

    return region && region != it && !region->current;
}

static const struct item *vpc_of(const struct manifest *m, const struct item *table)
{
    return manifest_find(m, 1U << MODEL_VPC, table->region, item_vpc(table));
}

/* A route table of the VPC that the file names; none while there is no such VPC. */
static int fetch_table(struct cli *cli, const struct manifest *m, struct listings *l,
                       struct item *it)
{
    const struct item *vpc = vpc_of(m, it);
    json_t *found = NULL;
    int r = CLI_OK;

    if (vpc)
        found = json_incref(vpc->current);
    else
        r = listings_find(cli, l, model_kind(MODEL_VPC), it->region, item_vpc(it), &found);
    if (!r && found)
        r = listings_find_name(cli, l, it->kind, it->region, model_str(found, "id"), it->name,
                               &it->current);
    json_decref(found);
    return r;
}

/* Whether the file says what to call it, beyond the id that stands for a name that nobody gave. */
static bool has_name(const struct item *it)
{
    return !it->id || strcmp(it->id, it->name) != 0;
}

static int fetch_named(struct cli *cli, const struct manifest *m, struct listings *l,
                       struct item *it)
{
    if (*item_vpc(it) && !model_is_id(it->kind, it->name))
        return fetch_table(cli, m, l, it);
    return listings_find(cli, l, it->kind, it->region, it->name, &it->current);
}

static int fetch(struct cli *cli, const struct manifest *m, struct listings *l, struct item *it)
{
    int r = CLI_OK;

    if (region_missing(m, it))
        return CLI_OK;
    if (it->id)
        r = listings_find_id(cli, l, it->kind, it->region, it->id, &it->current);
    if (r || it->current || (it->id && m->deleting))
        return r;
    if (!has_name(it))
        return cli_fail(cli, CLI_REFUSED,
                        SAY(COMMAND_ITEM_NEW_ID, cli_noun(cli, it->kind), it->id, it->region));
    return fetch_named(cli, m, l, it);
}

int manifest_fetch_one(struct cli *cli, const struct manifest *m, struct item *it)
{
    return fetch(cli, m, NULL, it);
}

/* Announces what fetch() will look for. */
static int expect(struct cli *cli, const struct manifest *m, struct listings *l,
                  const struct item *it)
{
    int r = listings_expect(cli, l, it->kind, it->region);

    if (!r && *item_vpc(it) && !vpc_of(m, it))
        r = listings_expect(cli, l, model_kind(MODEL_VPC), it->region);
    return r;
}

int manifest_fetch(struct cli *cli, struct manifest *m)
{
    struct listings l = {0};
    int r = CLI_OK;

    for (size_t i = 0; i < m->count && !r; i++)
        r = expect(cli, m, &l, &m->items[i]);
    for (size_t i = 0; i < m->count && !r; i++)
        r = fetch(cli, m, &l, &m->items[i]);
    listings_done(&l);
    return r ? r : manifest_index_stored(cli, m);
}

const char *item_id(const struct item *it)
{
    return model_str(it->current, "id");
}

/* In the user's language, wide enough for all of them. */
static void outcome_text(const struct cli *cli, const char *outcome, struct buf *ret)
{
    static const struct {
        const char *outcome;
        enum words_code code;
    } words[] = {
        {"created", WORDS_COMMAND_CREATED},     {"updated", WORDS_COMMAND_UPDATED},
        {"unchanged", WORDS_COMMAND_UNCHANGED}, {"deleted", WORDS_COMMAND_DELETED},
        {"absent", WORDS_COMMAND_ABSENT},
    };
    const char *text = outcome;
    size_t width = 0;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        width = MAX(width, cli_width(cli_word(cli, words[i].code)));
        if (strcmp(words[i].outcome, outcome) == 0)
            text = cli_word(cli, words[i].code);
    }
    buf_printf(ret, "%s%*s", text, (int)(width - MIN(width, cli_width(text))), "");
}

static void show_outcome(const struct cli *cli, const struct item *it, const char *outcome)
{
    const char *kind = cli_noun(cli, it->kind);
    struct buf b = {0};

    outcome_text(cli, outcome, &b);
    if (it->kind->id == MODEL_REGION)
        cli_line(cli, cli->out, "", SAY(COMMAND_OUTCOME_REGION, buf_text(&b), it->name));
    else if (it->current)
        cli_line(cli, cli->out, "",
                 SAY(COMMAND_OUTCOME_ID, buf_text(&b), kind, it->name, it->region, item_id(it)));
    else
        cli_line(cli, cli->out, "", SAY(COMMAND_OUTCOME, buf_text(&b), kind, it->name, it->region));
    buf_done(&b);
}

void item_settle(struct cli *cli, struct item *it, const char *outcome)
{
    it->outcome = outcome;
    it->done = true;
    if (cli->output == CLI_TABLE)
        show_outcome(cli, it, outcome);
    else if (cli->output == CLI_ONLY_ID && *item_id(it))
        fprintf(cli->out, "%s\n", item_id(it));
}

void manifest_report(struct cli *cli, const struct manifest *m)
{
    json_t *items, *all;

    if (cli->output != CLI_JSON && cli->output != CLI_YAML)
        return;
    items = json_array();
    for (size_t i = 0; i < m->count; i++) {
        const struct item *it = &m->items[i];

        json_array_append_new(items,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", it->kind->name,
                                        "region", it->region, "name", it->name, "id", item_id(it),
                                        "outcome", it->outcome ? it->outcome : "untouched"));
    }
    all = json_pack("{s:o}", "items", items);
    cli_print_machine(cli, all);
    json_decref(all);
}
