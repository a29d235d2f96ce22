#include "cli_internal.h"

/* ropeway route: where packets go from one place to another. */

static int help(struct cli *cli)
{
    static const char *const usage[] = {
        "ropeway route explain --from INSTANCE|ADDRESS --to INSTANCE|ADDRESS",
        "ropeway route explain --from A --to B --protocol tcp --source-port P --port Q", NULL};

    cli_line(cli, cli->out, "", SAY(COMMAND_HELP_ROUTE_LONG));
    fputc('\n', cli->out);
    cli_help_usage(cli, cli->out, usage);
    cli_help_example(cli, cli->out,
                     "ropeway route explain --from web --to 10.2.0.10 --region cn-north-1");
    return CLI_OK;
}

/* As the server calls them. */
static const struct {
    const char *flag, *member;
} flags[] = {{"from", "from"},
             {"to", "to"},
             {"protocol", "protocol"},
             {"source-port", "sourcePort"},
             {"port", "destinationPort"}};

static bool is_flag(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (strcmp(flags[i].flag, name) == 0)
            return true;
    }
    return false;
}

static int check(struct cli *cli, const struct cli_args *args)
{
    if (args->word_count != 2 || strcmp(args->words[1], "explain") != 0)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SAY_OR_SEE, "ropeway route explain --from A --to B",
                            "ropeway route --help"));
    for (size_t i = 0; i < args->flag_count; i++) {
        const char *name = args->flags[i].name;

        if (!is_flag(name))
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_NO_FLAG, "route", "explain", name));
    }
    return CLI_OK;
}

int cli_route(struct cli *cli, const struct cli_args *args)
{
    struct buf path = {0};
    bool any = false;
    json_t *answer = NULL;
    int r;

    if (args->help)
        return help(cli);
    r = check(cli, args);
    if (!r)
        r = cli_need_region(cli, model_kind(MODEL_ROUTE_TABLE));
    if (r)
        return r;
    buf_puts(&path, "/v1/regions/");
    cli_url_add(&path, cli->region);
    buf_puts(&path, "/explain");
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        const char *value = cli_flag(args, flags[i].flag);

        if (!value)
            continue; /* the server says what is missing */
        buf_puts(&path, any ? "&" : "?");
        buf_puts(&path, flags[i].member);
        buf_puts(&path, "=");
        cli_url_add(&path, value);
        any = true;
    }
    r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &answer);
    if (!r)
        cli_print_explanation(cli, answer);
    buf_done(&path);
    json_decref(answer);
    return r;
}
