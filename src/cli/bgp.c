#include "cli_internal.h"

/* ropeway bgp: how the sessions over tunnels and private interfaces are, and the routes that cross
 * them. Below a tunnel is either. */

#define SET(kind) (1U << (kind))
#define OWNERS                                                                                     \
    (SET(MODEL_BORDER_GATEWAY) | SET(MODEL_VPN_CONNECTION) | SET(MODEL_VPN_TUNNEL) |               \
     SET(MODEL_PRIVATE_INTERFACE))

static int help(struct cli *cli)
{
    static const char *const usage[] = {
        "ropeway bgp status [BORDER-GATEWAY|VPN-CONNECTION|VPN-TUNNEL|PVIF]",
        "ropeway bgp learned [BORDER-GATEWAY|VPN-CONNECTION|VPN-TUNNEL|PVIF]",
        "ropeway bgp announced [BORDER-GATEWAY|VPN-CONNECTION|VPN-TUNNEL|PVIF]", NULL};

    cli_line(cli, cli->out, "", SAY(COMMAND_HELP_BGP_LONG));
    fputc('\n', cli->out);
    cli_help_usage(cli, cli->out, usage);
    cli_help_example(cli, cli->out, "ropeway bgp learned branch --region cn-north-1");
    return CLI_OK;
}

/* ---- whose ---- */

/* Appends those of a kind that query names, or all ("") of the region. */
static int add_of_kind(struct cli *cli, enum model_kind_id kind, const char *query, json_t *tunnels)
{
    json_t *items = NULL;
    int r = cli_list_all(cli, model_kind(kind), cli->region, query, &items);

    if (!r && json_array_extend(tunnels, items))
        r = cli_out_of_memory(cli);
    json_decref(items);
    return r;
}

static int add_of_connection(struct cli *cli, const char *id, json_t *tunnels)
{
    struct buf query = {0};
    int r;

    buf_puts(&query, "vpnConnectionId=");
    cli_url_add(&query, id);
    r = add_of_kind(cli, MODEL_VPN_TUNNEL, buf_text(&query), tunnels);
    buf_done(&query);
    return r;
}

static int add_of_gateway(struct cli *cli, const char *id, json_t *tunnels)
{
    struct buf query = {0};
    json_t *connections = NULL, *connection;
    size_t i;
    int r;

    buf_puts(&query, "borderGatewayId=");
    cli_url_add(&query, id);
    r = cli_list_all(cli, model_kind(MODEL_VPN_CONNECTION), cli->region, buf_text(&query),
                     &connections);
    json_array_foreach (connections, i, connection) {
        if (!r)
            r = add_of_connection(cli, model_str(connection, "id"), tunnels);
    }
    if (!r)
        r = add_of_kind(cli, MODEL_PRIVATE_INTERFACE, buf_text(&query), tunnels);
    buf_done(&query);
    json_decref(connections);
    return r;
}

static int add_one(struct cli *cli, const char *id, json_t *tunnels)
{
    json_t *tunnel = NULL;
    int r = cli_find_id(cli, model_kind_of_id(id), cli->region, id, &tunnel);

    if (!r && tunnel && json_array_append(tunnels, tunnel))
        r = cli_out_of_memory(cli);
    json_decref(tunnel);
    return r;
}

/* Those that the operand means: all of the region without one. */
static int find_tunnels(struct cli *cli, const struct cli_args *args, json_t *tunnels)
{
    const struct model_kind *kind;
    char id[CLI_ID_MAX];
    int r;

    if (args->word_count < 3) {
        r = add_of_kind(cli, MODEL_VPN_TUNNEL, "", tunnels);
        return r ? r : add_of_kind(cli, MODEL_PRIVATE_INTERFACE, "", tunnels);
    }
    r = cli_resolve(cli, cli->region, OWNERS, args->words[2], id);
    if (r)
        return r;
    kind = model_kind_of_id(id);
    if (kind->id == MODEL_BORDER_GATEWAY)
        return add_of_gateway(cli, id, tunnels);
    return kind->id == MODEL_VPN_CONNECTION ? add_of_connection(cli, id, tunnels)
                                            : add_one(cli, id, tunnels);
}

/* ---- the sessions ---- */

static int show_status(struct cli *cli, const json_t *tunnels)
{
    static const struct cli_column columns[] = {
        {"name", WORDS_COMMAND_COLUMN_TUNNEL},
        {"peer", WORDS_COMMAND_COLUMN_PEER},
        {"bgpPeerAsn", WORDS_COMMAND_COLUMN_ASN},
        {"bgpState", WORDS_COMMAND_COLUMN_STATE},
        {"bgpSince", WORDS_COMMAND_COLUMN_SINCE},
        {"bgpLearned", WORDS_COMMAND_COLUMN_LEARNED},
        {"bgpAnnounced", WORDS_COMMAND_COLUMN_ANNOUNCED},
        {"bgpLastError", WORDS_COMMAND_COLUMN_ERROR},
        {0},
    };
    json_t *rows = json_array(), *tunnel;
    size_t i;

    json_array_foreach ((json_t *)(uintptr_t)tunnels, i, tunnel) {
        const json_t *peer = json_object_get(tunnel, "peerTunnelAddress");

        if (!json_object_get(tunnel, "bgpState"))
            continue;
        (void)json_object_set(
            tunnel, "peer",
            (json_t *)(uintptr_t)(peer ? peer : json_object_get(tunnel, "peerAddress")));
        (void)json_array_append(rows, tunnel);
    }
    cli_show_rows(cli, columns, rows);
    json_decref(rows);
    return CLI_OK;
}

/* ---- routes ---- */

/* Appends the rows of one tunnel, each with its name. */
static int add_routes(struct cli *cli, const json_t *tunnel, const char *table, json_t *rows)
{
    struct buf path = {0};
    json_t *items = NULL, *item;
    size_t i;
    int r;

    cli_url(&path, model_kind_of_id(model_str(tunnel, "id")), cli->region, model_str(tunnel, "id"),
            "routes");
    buf_printf(&path, "?table=%s", table);
    r = cli_list_pages(cli, buf_text(&path), &items);
    json_array_foreach (items, i, item) {
        if (json_object_set(item, "tunnel", json_object_get(tunnel, "name")) ||
            json_object_set(item, "tunnelId", json_object_get(tunnel, "id")))
            r = cli_out_of_memory(cli);
    }
    if (!r && json_array_extend(rows, items))
        r = cli_out_of_memory(cli);
    buf_done(&path);
    json_decref(items);
    return r;
}

static int show_routes(struct cli *cli, const json_t *tunnels, const char *table,
                       const struct cli_column *columns)
{
    json_t *rows = json_array(), *tunnel;
    size_t i;
    int r = CLI_OK;

    json_array_foreach ((json_t *)(uintptr_t)tunnels, i, tunnel) {
        if (!r)
            r = add_routes(cli, tunnel, table, rows);
    }
    if (!r)
        cli_show_rows(cli, columns, rows);
    json_decref(rows);
    return r;
}

static int show_learned(struct cli *cli, const json_t *tunnels)
{
    static const struct cli_column columns[] = {
        {"destination", WORDS_COMMAND_COLUMN_DESTINATION},
        {"tunnel", WORDS_COMMAND_COLUMN_TUNNEL},
        {"viaAddress", WORDS_COMMAND_COLUMN_NEXT_HOP},
        {"asPath", WORDS_COMMAND_COLUMN_AS_PATH},
        {"med", WORDS_COMMAND_COLUMN_MED},
        {"communities", WORDS_COMMAND_COLUMN_COMMUNITIES},
        {"since", WORDS_COMMAND_COLUMN_SINCE},
        {0},
    };

    return show_routes(cli, tunnels, "learned", columns);
}

static int show_announced(struct cli *cli, const json_t *tunnels)
{
    static const struct cli_column columns[] = {
        {"destination", WORDS_COMMAND_COLUMN_DESTINATION},
        {"tunnel", WORDS_COMMAND_COLUMN_TUNNEL},
        {"learned", WORDS_COMMAND_COLUMN_PASSED_ON},
        {0},
    };

    return show_routes(cli, tunnels, "announced", columns);
}

/* ---- the command ---- */

static const struct {
    const char *name;
    int (*show)(struct cli *cli, const json_t *tunnels);
} parts[] = {{"status", show_status}, {"learned", show_learned}, {"announced", show_announced}};

static int show(struct cli *cli, const struct cli_args *args, size_t part)
{
    json_t *tunnels = json_array();
    int r = cli_need_region(cli, model_kind(MODEL_VPN_TUNNEL));

    if (!r)
        r = find_tunnels(cli, args, tunnels);
    if (!r)
        r = parts[part].show(cli, tunnels);
    json_decref(tunnels);
    return r;
}

int cli_bgp(struct cli *cli, const struct cli_args *args)
{
    size_t part = 0;

    if (args->help)
        return help(cli);
    while (part < ARRAY_SIZE(parts) && args->word_count > 1 &&
           strcmp(parts[part].name, args->words[1]) != 0)
        part++;
    if (args->word_count < 2 || args->word_count > 3 || part == ARRAY_SIZE(parts))
        return cli_fail(
            cli, CLI_USAGE,
            SAY(COMMAND_SAY_OR_SEE, "ropeway bgp status|learned|announced", "ropeway bgp --help"));
    if (args->flag_count)
        return cli_fail(cli, CLI_USAGE,
                        SAY(COMMAND_NO_FLAG, "bgp", args->words[1], args->flags[0].name));
    return show(cli, args, part);
}
