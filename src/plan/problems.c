#include "plan_internal.h"

/* What cannot be served in full, in the words people read. */

struct problems {
    const struct snapshot *s;
    struct plan_tables tables;
    json_t *list;
    bool has_gateway_node;
    bool failed;
};

PRINTF(4, 5)
static void add(struct problems *p, enum model_kind_id kind, const char *id, const char *fmt, ...)
{
    char line[512];
    json_t *problem;
    va_list args;

    va_start(args, fmt);
    (void)text_vprintf(line, sizeof(line), fmt, args);
    va_end(args);
    problem = json_pack("{s:s, s:s, s:s}", "kind", model_kind(kind)->name, "id", id, "error", line);
    if (json_array_append_new(p->list, problem) < 0)
        p->failed = true;
}

/* ---- placement ---- */

/* Why nothing carries what has no placement. */
static const char *why_nowhere(const struct problems *p)
{
    return p->has_gateway_node ? "it is not placed on a node yet"
                               : "the region has no node with role gateway";
}

static void check_gateway(struct problems *p, const struct model_border_gateway *gateway)
{
    const char *id = gateway->head.id;
    const struct model_placement *placement = plan_placement(p->s, id);

    if (!placement || !placement->node_id)
        add(p, MODEL_BORDER_GATEWAY, id, "Nothing carries it: %s.", why_nowhere(p));
    else if (!plan_node(p->s, placement->node_id))
        add(p, MODEL_BORDER_GATEWAY, id, "Nothing carries it: its node %s does not exist.",
            placement->node_id);
}

static void check_address(struct problems *p, const struct model_vpn_connection *connection,
                          const struct addr *cloud)
{
    char text[ADDR_TEXT_MAX];
    const struct model_placement *placement = plan_placement(p->s, addr_format(cloud, text));

    if (!placement || !placement->node_id)
        add(p, MODEL_VPN_CONNECTION, connection->head.id,
            "Nothing carries its cloud address %s: %s.", text, why_nowhere(p));
    else if (!plan_node(p->s, placement->node_id))
        add(p, MODEL_VPN_CONNECTION, connection->head.id,
            "Nothing carries its cloud address %s: its node %s does not exist.", text,
            placement->node_id);
}

static void check_connection(struct problems *p, const struct model_vpn_connection *connection)
{
    for (uint32_t i = 0; i < connection->cloud_addresses.count; i++)
        check_address(p, connection, &connection->cloud_addresses.items[i]);
}

static void check_tunnel(struct problems *p, const struct model_vpn_tunnel *tunnel)
{
    const struct model_border_gateway *gateway = snapshot_gateway_of(p->s, tunnel);
    const char *node = plan_tunnel_node(p->s, tunnel);
    const char *other = gateway ? plan_placed_on(p->s, gateway->head.id) : NULL;
    char text[ADDR_TEXT_MAX];

    if (node && other && strcmp(node, other) != 0)
        add(p, MODEL_VPN_TUNNEL, tunnel->head.id,
            "Its cloud address %s is on node %s, but its border gateway %s is on node %s: packets "
            "do not cross between nodes.",
            addr_format(&tunnel->cloud_address, text), node, gateway->head.id, other);
}

const struct model_border_gateway *
plan_cut_off(const struct snapshot *s, const struct model_instance *instance, const char **ret_node)
{
    const char *node = plan_instance_node(s, instance);
    const struct model_subnet *subnet =
        node ? snapshot_get(s, MODEL_SUBNET, instance->subnet_id) : NULL;

    if (!subnet || !subnet->vpc_id)
        return NULL;
    snapshot_each_linked (struct model_vpc_attachment, attachment, it, s, LINK_ATTACHMENT_VPC,
                          subnet->vpc_id) {
        const char *id = attachment->border_gateway_id;
        const struct model_border_gateway *gateway = snapshot_get(s, MODEL_BORDER_GATEWAY, id);
        const char *other = gateway ? plan_placed_on(s, gateway->head.id) : NULL;

        if (other && strcmp(other, node) != 0) {
            *ret_node = other;
            return gateway;
        }
    }
    return NULL;
}

static void check_instance(struct problems *p, const struct model_instance *instance)
{
    const char *id = instance->head.id, *other;
    const struct model_border_gateway *gateway;

    if (!instance->node_id || !instance->node_id[0]) {
        add(p, MODEL_INSTANCE, id, "No node carries it: it has no nodeId.");
    } else if (!plan_node(p->s, instance->node_id)) {
        add(p, MODEL_INSTANCE, id, "Its node %s does not exist.", instance->node_id);
    } else {
        gateway = plan_cut_off(p->s, instance, &other);
        if (gateway)
            add(p, MODEL_INSTANCE, id,
                "It is on node %s, but border gateway %s is on node %s: it reaches only what is "
                "on its own node.",
                instance->node_id, gateway->head.id, other);
    }
}

/* ---- quotas ---- */

static void check_quota(struct problems *p, enum model_kind_id kind,
                        const struct model_resource *resource, const char *quota)
{
    const struct plan_routes *routes;
    const struct routing_route *first = NULL;
    char text[PREFIX_TEXT_MAX];
    size_t n = 0;

    if (plan_tables_get(&p->tables, resource->id, &routes) < 0) {
        p->failed = true;
        return;
    }
    for (size_t i = 0; i < routes->table.count; i++) {
        if (routes->table.routes[i].reason != ROUTING_OVER_QUOTA)
            continue;
        if (n++ == 0)
            first = &routes->table.routes[i];
    }
    if (n > 0)
        add(p, kind, resource->id,
            "%zu of its routes %s not effective, because the quota %s is %zu; the first is %s.", n,
            n == 1 ? "is" : "are", quota, routes->table.quota,
            prefix_format(&first->destination, text));
}

static void check_tables(struct problems *p)
{
    static const struct {
        enum model_kind_id kind;
        const char *quota;
    } tables[] = {{MODEL_BORDER_GATEWAY, "dynamicRoutesPerBorderGateway"},
                  {MODEL_ROUTE_TABLE, "propagatedRoutesPerRouteTable"}};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        snapshot_each (struct model_resource, table, it, p->s, tables[i].kind)
            check_quota(p, tables[i].kind, table, tables[i].quota);
    }
}

/* ---- all of them ---- */

static bool has_gateway_node(const struct snapshot *s)
{
    snapshot_each (struct model_node, node, it, s, MODEL_NODE) {
        for (uint32_t i = 0; i < node->roles.count; i++) {
            if (node->roles.items[i] == MODEL_ROLE_GATEWAY)
                return true;
        }
    }
    return false;
}

static void check_all(struct problems *p)
{
    snapshot_each (struct model_border_gateway, gateway, g, p->s, MODEL_BORDER_GATEWAY)
        check_gateway(p, gateway);
    snapshot_each (struct model_vpn_connection, connection, c, p->s, MODEL_VPN_CONNECTION)
        check_connection(p, connection);
    snapshot_each (struct model_vpn_tunnel, tunnel, t, p->s, MODEL_VPN_TUNNEL)
        check_tunnel(p, tunnel);
    snapshot_each (struct model_instance, instance, i, p->s, MODEL_INSTANCE)
        check_instance(p, instance);
    check_tables(p);
}

int plan_problems(const struct snapshot *s, json_t **ret)
{
    struct problems p = {.s = s,
                         .tables = {.snapshot = s},
                         .list = json_array(),
                         .has_gateway_node = has_gateway_node(s)};

    if (p.list)
        check_all(&p);
    plan_tables_done(&p.tables);
    if (!p.list || p.failed) {
        json_decref(p.list);
        return -ENOMEM;
    }
    *ret = p.list;
    return 0;
}
