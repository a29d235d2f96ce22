#include "cli_internal.h"

/* The way of a packet as a drawing in text: its places one below the other, with what leads on. */

static enum words_code kind_code(const char *kind)
{
    static const struct {
        const char *kind;
        enum words_code code;
    } codes[] = {
        {"routeTable", WORDS_PATH_ROUTE_TABLE},   {"borderGateway", WORDS_PATH_BORDER_GATEWAY},
        {"vpnConnection", WORDS_PATH_CONNECTION}, {"vpc", WORDS_PATH_VPC},
        {"instance", WORDS_PATH_INSTANCE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (strcmp(codes[i].kind, kind) == 0)
            return codes[i].code;
    }
    return WORDS_PATH_PLACE;
}

static const char *name_of(const json_t *hop)
{
    const char *name = model_str(hop, "name");

    return *name ? name : model_str(hop, "id");
}

static void print_place(const struct cli *cli, const json_t *hop, bool first)
{
    struct buf line = {0};

    buf_printf(&line, "%s", first ? "  " : "  -> ");
    cli_add(cli, &line,
            SAY(PATH_HOP, words_coded(kind_code(model_str(hop, "kind"))), name_of(hop),
                model_str(hop, "regionId")));
    cli_put_text(cli->out, buf_text(&line));
    fputc('\n', cli->out);
    buf_done(&line);
}

static void print_tunnel(const struct cli *cli, const json_t *t)
{
    const char *cloud = model_str(t, "cloudAddress"), *customer = model_str(t, "customerAddress");
    const char *state = model_str(t, "operState");
    int64_t mtu = model_int(t, "mtu", 0);

    cli_line(cli, cli->out, json_is_true(json_object_get(t, "takes")) ? "     * " : "       ",
             mtu ? SAY(PATH_TUNNEL, name_of(t), cloud, customer, state, mtu)
                 : SAY(PATH_TUNNEL_AUTO, name_of(t), cloud, customer, state));
}

/* Addresses that the peer knows as others. */
static void print_seen(const struct cli *cli, const json_t *hop)
{
    const char *to = model_str(hop, "destinationThere"), *from = model_str(hop, "sourceThere");

    if (*to)
        cli_line(cli, cli->out, "       ", SAY(PATH_SEEN_TO, to));
    if (*from)
        cli_line(cli, cli->out, "       ", SAY(PATH_SEEN_FROM, from));
}

static void print_entries(const struct cli *cli, const json_t *hop)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(hop, "entries"), i, item)
        cli_line(cli, cli->out, "       ",
                 SAY(PATH_ENTRY, model_str(item, "destination"), model_str(item, "type"),
                     model_str(item, "nextHop")));
    print_seen(cli, hop);
    json_array_foreach (model_list(hop, "tunnels"), i, item)
        print_tunnel(cli, item);
}

void cli_print_path(const struct cli *cli, const json_t *answer)
{
    const json_t *hop;
    size_t i;

    json_array_foreach (model_list(answer, "path"), i, hop) {
        print_place(cli, hop, i == 0);
        print_entries(cli, hop);
    }
    if (i && !json_is_true(json_object_get(answer, "pathReached")))
        cli_line(cli, cli->out, "  x  ", SAY(PATH_END, model_str(answer, "pathEnd")));
}
