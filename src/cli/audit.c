#include "cli_internal.h"

/* ropeway audit list: who did what to which resource. */

#define LIMIT_USUAL 50
#define LIMIT_MAX   100000
#define PAGE_MAX    1000

static const struct {
    const char *flag, *parameter, *help;
} filters[] = {
    {"from", "from", "TIME  from this time on: 2026-11-22 or 2026-11-22T08:27:24Z (UTC)"},
    {"to", "to", "TIME  until this time"},
    {"actor", "actor", "ID  who did it: an id, or admin or node"},
    {"action", "action", "TEXT  what was done, such as create, update, delete, revealPsk"},
    {"kind", "kind", "KIND  of this kind, such as vpn-tunnel"},
    {"resource", "resourceId", "ID  to this resource"},
    {"name", "name", "NAME  to resources that had this name then"},
};

static int help(struct cli *cli)
{
    fprintf(cli->out, "Who did what to which resource, and when; the newest first.\n\n"
                      "Usage: ropeway audit list [FLAGS]\n\nFlags:\n");
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        char head[64];
        const char *text = strstr(filters[i].help, "  ");
        int len = (int)(text - filters[i].help);

        snprintf(head, sizeof(head), "--%s %.*s", filters[i].flag, len, filters[i].help);
        fprintf(cli->out, "  %-20s %s\n", head, text + 2);
    }
    fprintf(cli->out,
            "  %-20s at most this many (default %d)\n"
            "  %-20s in this region only\n\n"
            "Example:\n  ropeway audit list --from 2026-11-22 --action delete -o json\n",
            "--limit N", LIMIT_USUAL, "--region ID");
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
    const struct model_kind *kind = model_kind_by_noun(text);

    return kind ? kind->name : strcmp(text, "node-token") == 0 ? "nodeToken" : text;
}

static int add_flag(struct cli *cli, const struct cli_flag *flag, struct buf *query,
                    uint64_t *ret_limit)
{
    if (strcmp(flag->name, "limit") == 0) {
        if (text_parse_u64(flag->value, LIMIT_MAX, ret_limit) < 0 || !*ret_limit)
            return cli_fail(cli, CLI_USAGE, "--limit must be 1 to %d, not %s", LIMIT_MAX,
                            flag->value);
        return CLI_OK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        if (strcmp(filters[i].flag, flag->name) == 0) {
            bool kind = strcmp(flag->name, "kind") == 0;

            add_parameter(query, filters[i].parameter, kind ? kind_name(flag->value) : flag->value);
            return CLI_OK;
        }
    }
    return cli_fail(cli, CLI_USAGE, "audit list has no flag --%s; see ropeway audit --help",
                    flag->name);
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
            r = cli_fail(cli, CLI_REFUSED, "the server's list cannot be taken in");
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
    static const char *const keys[] = {"at",         "who",  "action",  "kind", "regionId",
                                       "resourceId", "name", "changed", NULL};
    json_t *rows = cli->output == CLI_TABLE ? flat(items) : json_incref((json_t *)items);

    cli_show_rows(cli, keys, rows);
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
        return cli_fail(cli, CLI_USAGE, "say: ropeway audit list; see ropeway audit --help");
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
