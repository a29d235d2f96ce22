#include "manifest.h"

/* One resource of a file, and what becomes of it. */

const char *item_id(const struct item *it)
{
    return model_str(it->current, "id");
}

const char *item_vpc(const struct item *it)
{
    return it->kind->id == MODEL_ROUTE_TABLE ? model_str(it->doc, "vpcId") : "";
}

/* In the user's language, wide enough for all of them. */
static void outcome_text(const struct cli *cli, const char *outcome, struct buf *ret)
{
    static const struct {
        const char *outcome;
        enum words_code is, would_be;
    } words[] = {
        {"created", WORDS_COMMAND_CREATED, WORDS_COMMAND_WOULD_CREATE},
        {"updated", WORDS_COMMAND_UPDATED, WORDS_COMMAND_WOULD_UPDATE},
        {"unchanged", WORDS_COMMAND_UNCHANGED, WORDS_COMMAND_UNCHANGED},
        {"deleted", WORDS_COMMAND_DELETED, WORDS_COMMAND_WOULD_DELETE},
        {"absent", WORDS_COMMAND_ABSENT, WORDS_COMMAND_ABSENT},
    };
    const char *text = outcome;
    size_t width = 0;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const char *word = cli_word(cli, cli->dry_run ? words[i].would_be : words[i].is);

        width = MAX(width, cli_width(word));
        if (strcmp(words[i].outcome, outcome) == 0)
            text = word;
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
    else if (it->current && !it->foretold)
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
    else if (cli->output == CLI_ONLY_ID && *item_id(it) && !it->foretold)
        fprintf(cli->out, "%s\n", item_id(it));
}

/* New. */
static json_t *outcome_of(const struct item *it)
{
    json_t *made = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", it->kind->name, "region",
                             it->region, "name", it->name, "id", it->foretold ? "" : item_id(it),
                             "outcome", it->outcome ? it->outcome : "untouched");

    if (it->changes)
        (void)json_object_set(made, "changes", it->changes);
    return made;
}

void manifest_report(struct cli *cli, const struct manifest *m, const struct manifest *more)
{
    json_t *items, *all;

    if (cli->output != CLI_JSON && cli->output != CLI_YAML)
        return;
    items = json_array();
    for (size_t i = 0; i < m->count; i++)
        json_array_append_new(items, outcome_of(&m->items[i]));
    for (size_t i = 0; more && i < more->count; i++)
        json_array_append_new(items, outcome_of(&more->items[i]));
    all = json_pack("{s:o}", "items", items);
    if (cli->dry_run)
        json_object_set_new(all, "dryRun", json_true());
    cli_print_machine(cli, all);
    json_decref(all);
}
