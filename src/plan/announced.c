#include "plan_internal.h"

/* What the peers of tunnels and private interfaces are told, as their node decides it. */

struct announcing {
    const char *gateway, *connection; /* a private interface is its own */
    const struct model_prefixes *exports;
    const struct model_vpn_connection *sees; /* with its translations; NULL: there are none */
    bool bgp;
    struct plan_pager pager;
    json_t *rows;
};

/* Without any prefix everything is exported. */
static bool is_exported(const struct model_prefixes *exports, const struct prefix *prefix)
{
    for (uint32_t i = 0; i < exports->count; i++) {
        if (prefix_contains(&exports->items[i], prefix))
            return true;
    }
    return !exports->count;
}

static int add_row(void *arg, const struct routing_announced *a)
{
    struct announcing *n = arg;
    char text[PREFIX_TEXT_MAX], from[PREFIX_TEXT_MAX];
    struct prefix seen = a->prefix;
    bool translated = n->sees && plan_translate(n->sees, MODEL_SIDE_OWN, true, &seen);
    json_t *row;

    if (!routing_is_announced_to(a, n->connection) || !is_exported(n->exports, &seen) ||
        !plan_pager_takes(&n->pager, &a->prefix))
        return 0;
    row = json_pack("{s:s, s:b, s:s*}", "destination", prefix_format(&seen, text), "learned",
                    a->learned && !translated, "translatedFrom",
                    translated ? prefix_format(&a->prefix, from) : NULL);
    return json_array_append_new(n->rows, row) < 0 ? -ENOMEM : 0;
}

static int announce(struct plan_tables *tables, struct announcing *n)
{
    const struct model_border_gateway *gateway =
        snapshot_get(tables->snapshot, MODEL_BORDER_GATEWAY, n->gateway);
    const struct plan_routes *routes;
    int r = gateway ? plan_tables_get(tables, n->gateway, &routes) : -ENOENT;

    return r < 0 ? r : routing_announce(&routes->table, gateway->transit, add_row, n);
}

static bool find_line(const struct snapshot *s, const char *id, struct announcing *ret)
{
    const struct model_private_interface *line = snapshot_get(s, MODEL_PRIVATE_INTERFACE, id);

    if (!line)
        return false;
    ret->gateway = line->border_gateway_id;
    ret->connection = line->head.id;
    ret->exports = &line->export_prefixes;
    ret->bgp = line->routing == MODEL_ROUTING_BGP;
    return true;
}

static bool find_tunnel(const struct snapshot *s, const char *id, struct announcing *ret)
{
    const struct model_vpn_tunnel *tunnel = snapshot_get(s, MODEL_VPN_TUNNEL, id);
    const struct model_vpn_connection *c =
        tunnel ? snapshot_get(s, MODEL_VPN_CONNECTION, tunnel->vpn_connection_id) : NULL;

    if (!c || !snapshot_gateway_of(s, tunnel))
        return false;
    ret->gateway = c->border_gateway_id;
    ret->connection = c->head.id;
    ret->exports = &c->export_prefixes;
    ret->sees = c;
    ret->bgp = c->routing == MODEL_ROUTING_BGP;
    return true;
}

int plan_announced(const struct snapshot *s, const struct plan_learned *learned, const char *id,
                   struct plan_page *page, json_t **ret)
{
    struct plan_tables tables = {.snapshot = s, .learned = learned};
    struct announcing n = {0};
    int r;

    if (!find_tunnel(s, id, &n) && !find_line(s, id, &n))
        return -ENOENT;
    n.rows = json_array();
    r = n.rows ? plan_pager_begin(&n.pager, page) : -ENOMEM;
    if (r == 0 && n.bgp)
        r = announce(&tables, &n);
    plan_tables_done(&tables);
    if (r < 0)
        json_decref(n.rows);
    else
        *ret = n.rows;
    return r;
}
