#include "cli_internal.h"

/* ropeway audit list: who did what to which resource. */

#define LIMIT_USUAL 50
#define LIMIT_MAX   100000
#define PAGE_MAX    1000

static const struct {
    const char *flag, *parameter, *value;
    enum words_code help;
} filters[] = {
    {"from", "from", "TIME", WORDS_COMMAND_HELP_AUDIT_FROM},
    {"to", "to", "TIME", WORDS_COMMAND_HELP_AUDIT_TO},
    {"actor", "actor", "ID", WORDS_COMMAND_HELP_AUDIT_ACTOR},
    {"action", "action", "TEXT", WORDS_COMMAND_HELP_AUDIT_ACTION},
    {"kind", "kind", "KIND", WORDS_COMMAND_HELP_AUDIT_KIND},
    {"resource", "resourceId", "ID", WORDS_COMMAND_HELP_AUDIT_RESOURCE},
    {"name", "name", "NAME", WORDS_COMMAND_HELP_AUDIT_NAME},
};

static int help(struct cli *cli)
{
    static const char *const usage[] = {"ropeway audit list [FLAGS]", NULL};

    cli_line(cli, cli->out, "", SAY(COMMAND_HELP_AUDIT_LOG));
    fputc('\n', cli->out);
    cli_help_usage(cli, cli->out, usage);
    cli_line(cli, cli->out, "\n", SAY(COMMAND_HELP_FLAGS));
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        const struct words text = {.code = filters[i].help};
        char head[64];

        snprintf(head, sizeof(head), "--%s %s", filters[i].flag, filters[i].value);
        cli_help_flag(cli, cli->out, 20, head, &text);
    }
    cli_help_flag(cli, cli->out, 20, "--limit N", SAY(COMMAND_HELP_AUDIT_LIMIT, LIMIT_USUAL));
    cli_help_flag(cli, cli->out, 20, "--region ID", SAY(COMMAND_HELP_AUDIT_REGION));
    cli_help_example(cli, cli->out, "ropeway audit list --from 2026-11-22 --action delete -o json");
    return CLI_OK;
}

static void add_parameter(struct buf *query, const char *name, const char *value)
{
    buf_printf(query, "&%s=", name);
    cli_url_add(query, value);
}

/* "vpn-tunnel" and "vpnTunnel" are the same. */
static const char *kind_name(const char *text)
{
    const struct model_kind *kind = cli_kind_by_noun(text);

    return kind ? kind->name : strcmp(text, "node-token") == 0 ? "nodeToken" : text;
}

static int add_flag(struct cli *cli, const struct cli_flag *flag, struct buf *query,
                    uint64_t *ret_limit)
{
    if (strcmp(flag->name, "limit") == 0) {
        if (text_parse_u64(flag->value, LIMIT_MAX, ret_limit) < 0 || !*ret_limit)
            return cli_fail(cli, CLI_USAGE, SAY(COMMAND_BAD_LIMIT, LIMIT_MAX, flag->value));
        return CLI_OK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        if (strcmp(filters[i].flag, flag->name) == 0) {
            bool kind = strcmp(flag->name, "kind") == 0;

            add_parameter(query, filters[i].parameter, kind ? kind_name(flag->value) : flag->value);
            return CLI_OK;
        }
    }
    return cli_fail(cli, CLI_USAGE,
                    SAY(COMMAND_NO_FLAG_SEE, "audit", "list", flag->name, "", "audit"));
}

/* Page after page until there are enough. */
static int fetch(struct cli *cli, const char *query, size_t limit, json_t *items)
{
    char cursor[512] = "";
    int r = CLI_OK;

    do {
        struct buf path = {0};
        json_t *page = NULL;

        buf_printf(&path, "/v1/auditLog?limit=%zu%s",
                   MIN(limit - json_array_size(items), (size_t)PAGE_MAX), query);
        if (*cursor)
            add_parameter(&path, "cursor", cursor);
        r = cli_call(cli, "GET", buf_text(&path), NULL, NULL, &page);
        buf_done(&path);
        if (!r && (json_array_extend(items, (json_t *)model_list(page, "items")) ||
                   text_copy(cursor, sizeof(cursor), model_str(page, "next")) < 0))
            r = cli_fail(cli, CLI_REFUSED, SAY(COMMAND_LIST_UNREADABLE));
        json_decref(page);
    } while (!r && *cursor && json_array_size(items) < limit);
    return r;
}

/* Who, and what changed, in a column each. */
static json_t *flat(const json_t *items)
{
    json_t *rows = json_array(), *item;
    size_t i;

    json_array_foreach ((json_t *)items, i, item) {
        json_t *row = json_copy(item);

        (void)json_object_set_new(row, "who", json_string(model_str(item, "who.id")));
        (void)json_array_append_new(rows, row);
    }
    return rows;
}

static void show(struct cli *cli, const json_t *items)
{
    static const struct cli_column columns[] = {
        {"at", WORDS_COMMAND_COLUMN_AT},
        {"who", WORDS_COMMAND_COLUMN_WHO},
        {"action", WORDS_COMMAND_COLUMN_ACTION},
        {"kind", WORDS_COMMAND_COLUMN_KIND},
        {"regionId", WORDS_COMMAND_COLUMN_REGION_ID},
        {"resourceId", WORDS_COMMAND_COLUMN_RESOURCE_ID},
        {"name", WORDS_COMMAND_COLUMN_NAME},
        {"changed", WORDS_COMMAND_COLUMN_CHANGED},
        {0},
    };
    json_t *rows = cli->output == CLI_TABLE ? flat(items) : json_incref((json_t *)items);

    cli_show_rows(cli, columns, rows);
    json_decref(rows);
}

int cli_audit(struct cli *cli, const struct cli_args *args)
{
    struct buf query = {0};
    uint64_t limit = LIMIT_USUAL;
    json_t *items = NULL;
    int r = CLI_OK;

    if (args->help)
        return help(cli);
    if (args->word_count != 2 || strcmp(args->words[1], "list") != 0)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_SAY_OR_SEE, "ropeway audit list", "ropeway audit --help"));
    for (size_t i = 0; i < args->flag_count && !r; i++)
        r = add_flag(cli, &args->flags[i], &query, &limit);
    if (!r && cli->region)
        add_parameter(&query, "regionId", cli->region);
    if (!r) {
        items = json_array();
        r = fetch(cli, buf_text(&query), (size_t)limit, items);
    }
    if (!r)
        show(cli, items);
    json_decref(items);
    buf_done(&query);
    return r;
}
