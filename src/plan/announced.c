#include "plan_internal.h"

/* What the peers of tunnels are told, as their node decides it. */

struct announcing {
    const struct model_vpn_connection *connection;
    struct plan_pager pager;
    json_t *rows;
};

/* Without any prefix everything is exported. */
static bool is_exported(const struct model_vpn_connection *c, const struct prefix *prefix)
{
    for (uint32_t i = 0; i < c->export_prefixes.count; i++) {
        if (prefix_contains(&c->export_prefixes.items[i], prefix))
            return true;
    }
    return !c->export_prefixes.count;
}

static int add_row(void *arg, const struct routing_announced *a)
{
    struct announcing *n = arg;
    char text[PREFIX_TEXT_MAX];
    json_t *row;

    if (!routing_is_announced_to(a, n->connection->head.id) ||
        !is_exported(n->connection, &a->prefix) || !plan_pager_takes(&n->pager, &a->prefix))
        return 0;
    row = json_pack("{s:s, s:b}", "destination", prefix_format(&a->prefix, text), "learned",
                    a->learned);
    return json_array_append_new(n->rows, row) < 0 ? -ENOMEM : 0;
}

static int announce(struct plan_tables *tables, const struct model_border_gateway *gateway,
                    struct announcing *n)
{
    const struct plan_routes *routes;
    int r = plan_tables_get(tables, gateway->head.id, &routes);

    return r < 0 ? r : routing_announce(&routes->table, gateway->transit, add_row, n);
}

int plan_announced(const struct snapshot *s, const struct plan_learned *learned,
                   const char *tunnel_id, struct plan_page *page, json_t **ret)
{
    const struct model_vpn_tunnel *tunnel = snapshot_get(s, MODEL_VPN_TUNNEL, tunnel_id);
    const struct model_border_gateway *gateway = tunnel ? snapshot_gateway_of(s, tunnel) : NULL;
    struct plan_tables tables = {.snapshot = s, .learned = learned};
    struct announcing n = {0};
    int r;

    if (!gateway)
        return -ENOENT;
    n.connection = snapshot_get(s, MODEL_VPN_CONNECTION, tunnel->vpn_connection_id);
    n.rows = json_array();
    r = n.rows ? plan_pager_begin(&n.pager, page) : -ENOMEM;
    if (r == 0 && n.connection->routing == MODEL_ROUTING_BGP)
        r = announce(&tables, gateway, &n);
    plan_tables_done(&tables);
    if (r < 0)
        json_decref(n.rows);
    else
        *ret = n.rows;
    return r;
}
