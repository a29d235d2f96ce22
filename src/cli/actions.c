#include "cli_internal.h"

/* What only some kinds can do. */

int cli_find_operand(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
                     size_t words, char ret_id[CLI_ID_MAX])
{
    int r = cli_need_region(cli, kind);

    if (!r && args->word_count < 3)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_OPERAND, cli_noun(cli, kind)));
    if (!r && args->word_count > words)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_EXTRA_WORD, args->words[words]));
    return r ? r : cli_resolve(cli, cli->region, 1U << kind->id, args->words[2], ret_id);
}

static int check_flags(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
                       const char *known)
{
    for (size_t i = 0; i < args->flag_count; i++) {
        if (!known || strcmp(args->flags[i].name, known) != 0)
            return cli_fail(cli, CLI_USAGE,
                            SAY(COMMAND_NO_FLAG, kind->noun, args->words[1], args->flags[i].name));
    }
    return CLI_OK;
}

/* An action of the one that is named, without a body; query: "" or "?name=value". */
static int act(struct cli *cli, const struct model_kind *kind, const struct cli_args *args,
               const char *method, const char *action, const char *query, json_t **ret)
{
    struct buf path = {0};
    char id[CLI_ID_MAX];
    int r = cli_find_operand(cli, kind, args, 3, id);

    if (!r) {
        cli_url(&path, kind, cli->region, id, action);
        buf_puts(&path, query);
        r = cli_call(cli, method, buf_text(&path), NULL, NULL, ret);
    }
    buf_done(&path);
    return r;
}

int cli_reveal_psk(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    json_t *answer = NULL;
    int r = check_flags(cli, kind, args, NULL);

    if (!r)
        r = act(cli, kind, args, "POST", "revealPsk", "", &answer);
    if (!r)
        cli_print_secret(cli, answer, "psk");
    json_decref(answer);
    return r;
}

static bool all_ok(const json_t *results)
{
    const json_t *result;
    size_t i;

    json_array_foreach (results, i, result) {
        if (!json_is_true(json_object_get(result, "ok")))
            return false;
    }
    return true;
}

/* Fails if a message was not taken. */
int cli_test_alarm(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    static const struct cli_column columns[] = {
        {"type", WORDS_COMMAND_COLUMN_WAY},
        {"text", WORDS_COMMAND_COLUMN_TEXT},
        {0},
    };
    json_t *answer = NULL;
    int r = check_flags(cli, kind, args, NULL);

    if (!r)
        r = act(cli, kind, args, "POST", "test", "", &answer);
    if (!r) {
        cli_show_rows(cli, columns, model_list(answer, "results"));
        r = all_ok(model_list(answer, "results")) ? CLI_OK : CLI_REFUSED;
    }
    json_decref(answer);
    return r;
}

int cli_routes(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    static const struct cli_column columns[] = {
        {"destination", WORDS_COMMAND_COLUMN_DESTINATION},
        {"nextHop", WORDS_COMMAND_COLUMN_NEXT_HOP},
        {"type", WORDS_COMMAND_COLUMN_TYPE},
        {"metric", WORDS_COMMAND_COLUMN_METRIC},
        {"asPath", WORDS_COMMAND_COLUMN_AS_PATH},
        {"effective", WORDS_COMMAND_COLUMN_EFFECTIVE},
        {"reason", WORDS_COMMAND_COLUMN_REASON},
        {0},
    };
    bool gateway = kind->id == MODEL_BORDER_GATEWAY;
    const char *table = cli_flag(args, "table");
    struct cli_column shown[ARRAY_SIZE(columns)] = {0};
    size_t n = 0;
    struct buf path = {0};
    char id[CLI_ID_MAX];
    json_t *items = NULL;
    int r = check_flags(cli, kind, args, gateway ? "table" : NULL);

    if (!r)
        r = cli_find_operand(cli, kind, args, 3, id);
    if (!r) {
        cli_url(&path, kind, cli->region, id, "routes");
        if (gateway) {
            buf_puts(&path, "?table=");
            cli_url_add(&path, table ? table : "effective");
        }
        r = cli_list_pages(cli, buf_text(&path), &items);
    }
    for (size_t i = 0; columns[i].key; i++) { /* a VPC's routes have no AS path */
        if (gateway || strcmp(columns[i].key, "asPath") != 0)
            shown[n++] = columns[i];
    }
    if (!r)
        cli_show_rows(cli, shown, items);
    buf_done(&path);
    json_decref(items);
    return r;
}

int cli_hosts(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    static const struct cli_column columns[] = {
        {"address", WORDS_COMMAND_COLUMN_ADDRESS},
        {"mac", WORDS_COMMAND_COLUMN_MAC},
        {"lastSeen", WORDS_COMMAND_COLUMN_LAST_SEEN},
        {"router", WORDS_COMMAND_COLUMN_ROUTER},
        {0},
    };
    struct buf path = {0};
    char id[CLI_ID_MAX];
    json_t *items = NULL;
    int r = check_flags(cli, kind, args, NULL);

    if (!r)
        r = cli_find_operand(cli, kind, args, 3, id);
    if (!r) {
        cli_url(&path, kind, cli->region, id, "hosts");
        r = cli_list_pages(cli, buf_text(&path), &items);
    }
    if (!r)
        cli_show_rows(cli, columns, items);
    buf_done(&path);
    json_decref(items);
    return r;
}

/* What a region answers under this name, as a table. */
static int show_of_region(struct cli *cli, const struct model_kind *kind,
                          const struct cli_args *args, const char *what,
                          const struct cli_column *columns)
{
    struct buf path = {0};
    json_t *answer = NULL;
    int r = check_flags(cli, kind, args, NULL);

    if (!r && args->word_count != 3)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_OPERAND_ID, cli_noun(cli, kind)));
    if (!r) {
        cli_url(&path, kind, NULL, args->words[2], what);
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    }
    if (!r)
        cli_show_rows(cli, columns, model_list(answer, "items"));
    buf_done(&path);
    json_decref(answer);
    return r;
}

int cli_problems(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    static const struct cli_column columns[] = {
        {"kind", WORDS_COMMAND_COLUMN_KIND},
        {"id", WORDS_COMMAND_COLUMN_ID},
        {"error", WORDS_COMMAND_COLUMN_ERROR},
        {0},
    };

    return show_of_region(cli, kind, args, "problems", columns);
}

int cli_quotas(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    static const struct cli_column columns[] = {
        {"name", WORDS_COMMAND_COLUMN_NAME},
        {"used", WORDS_COMMAND_COLUMN_USED},
        {"limit", WORDS_COMMAND_COLUMN_LIMIT},
        {"resourceId", WORDS_COMMAND_COLUMN_RESOURCE_ID},
        {"description", WORDS_COMMAND_COLUMN_DESCRIPTION},
        {0},
    };

    return show_of_region(cli, kind, args, "quotas", columns);
}

void cli_print_explanation(struct cli *cli, const json_t *answer)
{
    const json_t *step;
    struct buf line = {0};
    size_t i;

    if (cli->output == CLI_JSON || cli->output == CLI_YAML) {
        cli_print_machine(cli, answer);
        return;
    }
    json_array_foreach (model_list(answer, "steps"), i, step) {
        fprintf(cli->out, "%2zu. ", i + 1);
        cli_put_text(cli->out, json_is_string(step) ? json_string_value(step) : "");
        fputc('\n', cli->out);
    }
    cli_print_path(cli, answer);
    cli_cell_text(&line, json_object_get(answer, "answer"));
    fputs("=> ", cli->out);
    cli_put_text(cli->out, buf_text(&line));
    fputc('\n', cli->out);
    buf_done(&line);
}

int cli_explain(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    const char *destination = cli_flag(args, "destination");
    struct buf path = {0};
    json_t *answer = NULL;
    char id[CLI_ID_MAX];
    int r = check_flags(cli, kind, args, "destination");

    if (!r && !destination && args->word_count > 3)
        destination = args->words[3];
    if (!r && !destination)
        r = cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_ADDRESS, cli_noun(cli, kind)));
    if (!r)
        r = cli_find_operand(cli, kind, args, 4, id);
    if (!r) {
        cli_url(&path, kind, cli->region, id, "explain?destination=");
        cli_url_add(&path, destination);
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    }
    if (!r)
        cli_print_explanation(cli, answer);
    buf_done(&path);
    json_decref(answer);
    return r;
}

int cli_wait_for(struct cli *cli, const struct model_kind *kind, const struct cli_args *args)
{
    json_t *found = NULL;
    char id[CLI_ID_MAX];
    int r = check_flags(cli, kind, args, NULL);

    if (!r)
        r = cli_find_operand(cli, kind, args, 3, id);
    if (!r)
        r = cli_wait(cli, kind, cli->region, id, cli_wait_end(cli));
    if (!r)
        r = cli_find_id(cli, kind, cli->region, id, &found);
    if (!r && found)
        cli_show_one(cli, kind, found);
    json_decref(found);
    return r;
}
