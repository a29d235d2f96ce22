#include "plan_internal.h"

#include <stdlib.h>

/* From a snapshot to the routing tables of docs/routing.md: the same candidates that nodes get as
 * objects, through the same functions. */

/* ---- border gateways ---- */

/* A tunnel on another node than its gateway is nothing to it: packets do not cross. While the
 * gateway is nowhere, all are shown. */
static int add_inner_addresses(const struct snapshot *s, const char *gateway,
                               const struct model_vpn_connection *connection,
                               struct routing_table *t)
{
    const char *node = plan_placed_on(s, gateway);
    int r = 0;

    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, s, LINK_TUNNEL_CONNECTION,
                          connection->head.id) {
        const char *its = node ? plan_tunnel_node(s, tunnel) : NULL;

        if (r < 0 || tunnel->tunnel_address.addr.family == ADDR_NONE ||
            (node && (!its || strcmp(its, node) != 0)))
            continue;
        r = routing_add_inner(t, &tunnel->tunnel_address.addr);
    }
    return r;
}

/* Without anybody to ask, a private interface is taken to be up. */
static bool is_down(const struct plan_tables *tables, const char *next_hop)
{
    const struct model_private_interface *line =
        snapshot_get(tables->snapshot, MODEL_PRIVATE_INTERFACE, next_hop);
    const struct plan_learned *learned = tables->learned;
    struct plan_wire wire;

    return line && learned &&
           (!plan_line_node(tables->snapshot, line) ||
            !learned->wire(learned->arg, line->head.id, &wire) || !wire.up);
}

static int add_static_routes(const struct plan_tables *tables, const char *gateway,
                             struct routing_table *t)
{
    const struct snapshot *s = tables->snapshot;
    int r = 0;

    snapshot_each_linked (struct model_gateway_route, route, it, s, LINK_ROUTE_GATEWAY, gateway) {
        struct routing_route made;

        if (r < 0 || !plan_route_leads(s, route))
            continue;
        r = routing_static_route(&route->destination, route->next_hop, route->head.id,
                                 route->head.created_us, &made);
        if (r == 0 && is_down(tables, route->next_hop))
            made.barred = ROUTING_LINE_DOWN;
        if (r == 0)
            r = routing_add(t, &made);
    }
    return r;
}

static int add_offers(const struct snapshot *s, const struct model_vpc_attachment *attachment,
                      struct routing_table *t)
{
    int r = 0;

    snapshot_each_linked (struct model_subnet, subnet, it, s, LINK_SUBNET_VPC, attachment->vpc_id) {
        if (r == 0 && snapshot_propagates(attachment, subnet))
            r = routing_add_offer(t, attachment->head.id, &subnet->cidr,
                                  plan_propagated_since(attachment, subnet));
    }
    return r;
}

/* ---- what peers announce ---- */

struct adding {
    struct routing_table *table;
    const char *connection, *tunnel;
    const struct model_vpn_connection *sees; /* with its translations; NULL: there are none */
};

static int add_learned_route(void *arg, const struct plan_learned_route *route)
{
    const struct adding *a = arg;
    struct prefix p = route->prefix;

    return a->sees && plan_translate(a->sees, MODEL_SIDE_PEER, true, &p)
               ? routing_add_translated(a->table, &p, a->connection, a->tunnel, route->length,
                                        route->since_us)
               : routing_add_learned(a->table, &p, a->connection, a->tunnel, route->length,
                                     route->since_us);
}

/* From the tunnels that are where the gateway is. */
static int add_learned(const struct plan_tables *tables, const char *gateway,
                       const struct model_vpn_connection *connection, struct routing_table *t)
{
    const struct snapshot *s = tables->snapshot;
    const struct plan_learned *learned = tables->learned;
    const char *node = plan_placed_on(s, gateway);
    int r = 0;

    if (!learned || !node || connection->routing != MODEL_ROUTING_BGP)
        return 0;
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, s, LINK_TUNNEL_CONNECTION,
                          connection->head.id) {
        struct adding a = {t, connection->head.id, tunnel->head.id, connection};
        const char *its = plan_tunnel_node(s, tunnel);

        if (r == 0 && its && strcmp(its, node) == 0 && tunnel->admin == MODEL_ADMIN_UP)
            r = learned->each(learned->arg, tunnel->head.id, node, add_learned_route, &a);
    }
    return r;
}

/* What a private interface is to its gateway: an address of its own, and what its peer announces.
 */
static int add_line(const struct plan_tables *tables, const struct model_private_interface *line,
                    struct routing_table *t)
{
    const struct plan_learned *learned = tables->learned;
    const char *node = plan_line_node(tables->snapshot, line);
    struct adding a = {t, line->head.id, line->head.id, NULL};
    int r = node && line->address.addr.family != ADDR_NONE
                ? routing_add_inner(t, &line->address.addr)
                : 0;

    if (r < 0 || !learned || !node || line->routing != MODEL_ROUTING_BGP ||
        line->admin != MODEL_ADMIN_UP)
        return r;
    return learned->each(learned->arg, line->head.id, node, add_learned_route, &a);
}

static int build_gateway(const struct plan_tables *tables, struct plan_routes *routes)
{
    const struct snapshot *s = tables->snapshot;
    const char *id = routes->resource->id;
    struct routing_table *t = &routes->table;
    int r = add_static_routes(tables, id, t);

    snapshot_each_linked (struct model_vpn_connection, connection, c, s, LINK_CONNECTION_GATEWAY,
                          id) {
        if (r == 0)
            r = add_inner_addresses(s, id, connection, t);
        if (r == 0)
            r = add_learned(tables, id, connection, t);
    }
    snapshot_each_linked (struct model_private_interface, line, l, s, LINK_PRIVATE_GATEWAY, id) {
        if (r == 0)
            r = add_line(tables, line, t);
    }
    snapshot_each_linked (struct model_vpc_attachment, attachment, a, s, LINK_ATTACHMENT_GATEWAY,
                          id) {
        if (r == 0)
            r = add_offers(s, attachment, t);
    }
    routing_select_gateway(t, plan_quota(s, "dynamicRoutesPerBorderGateway"));
    return r;
}

/* ---- VPC route tables ---- */

static int add_ranges(const struct snapshot *s, const char *vpc_id, struct routing_table *t)
{
    const struct model_vpc *vpc = snapshot_get(s, MODEL_VPC, vpc_id);
    int r = 0;

    if (vpc && vpc->cidr.addr.family != ADDR_NONE)
        r = routing_add_range(t, &vpc->cidr);
    for (uint32_t i = 0; vpc && r == 0 && i < vpc->extra_cidrs.count; i++)
        r = routing_add_range(t, &vpc->extra_cidrs.items[i]);
    return r;
}

static int add_vpc_static(const struct snapshot *s, const struct model_route_table *table,
                          struct routing_table *t)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < table->routes.count; i++) {
        const struct model_table_route *route = &table->routes.items[i];

        if (plan_table_route_leads(s, table, route))
            r = routing_add_vpc_static(t, &route->destination, route->next_hop,
                                       plan_attachment_id(s, route->next_hop, table->vpc_id));
    }
    return r;
}

static int add_propagations(struct plan_tables *tables, const struct model_route_table *table,
                            struct routing_table *t)
{
    int r = 0;

    for (uint32_t i = 0; r == 0 && i < table->propagations.count; i++) {
        const struct model_table_propagation *p = &table->propagations.items[i];
        const struct plan_routes *gateway;

        if (!p->border_gateway_id || p->range.addr.family == ADDR_NONE ||
            !snapshot_get(tables->snapshot, MODEL_BORDER_GATEWAY, p->border_gateway_id))
            continue;
        r = plan_tables_get(tables, p->border_gateway_id, &gateway);
        if (r == 0)
            r = routing_propagate(
                &gateway->table, gateway->resource->id, &p->range,
                plan_attachment_id(tables->snapshot, gateway->resource->id, table->vpc_id), t);
    }
    return r;
}

static int build_route_table(struct plan_tables *tables, struct plan_routes *routes)
{
    const struct model_route_table *table = (const struct model_route_table *)routes->resource;
    int r = add_ranges(tables->snapshot, table->vpc_id, &routes->table);

    if (r == 0)
        r = add_vpc_static(tables->snapshot, table, &routes->table);
    if (r == 0)
        r = add_propagations(tables, table, &routes->table);
    routing_select_vpc(&routes->table,
                       plan_quota(tables->snapshot, "propagatedRoutesPerRouteTable"));
    return r;
}

int plan_tables_beyond(const struct snapshot *s, const char *vpc, struct routing_table *ret)
{
    const struct model_route_table *table = snapshot_default_table(s, vpc);
    struct routing_table made = {0};
    int r = add_ranges(s, vpc, &made);

    for (uint32_t i = 0; table && r == 0 && i < table->routes.count; i++) {
        const struct model_table_route *route = &table->routes.items[i];

        if (plan_table_route_leads(s, table, route) && routing_leads_beyond(route->next_hop))
            r = routing_add_vpc_static(&made, &route->destination, route->next_hop, "");
    }
    if (r < 0) {
        routing_table_done(&made);
        return r;
    }
    routing_select_vpc(&made, 0);
    *ret = made;
    return 0;
}

/* ---- both ---- */

static int compare(const struct plan_tables *t, size_t i, const char *id)
{
    return strcmp(id, t->items[i]->resource->id);
}

/* Where the table with this id is, or would be. */
static size_t place_of(const struct plan_tables *t, const char *id)
{
    size_t low = 0, high = t->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (compare(t, mid, id) > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void free_routes(struct plan_routes *routes)
{
    routing_table_done(&routes->table);
    free(routes);
}

static int insert(struct plan_tables *t, struct plan_routes *routes)
{
    size_t at;

    if (t->count == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 8;
        struct plan_routes **items = reallocarray(t->items, cap, sizeof(struct plan_routes *));

        if (!items)
            return -ENOMEM;
        t->items = items;
        t->cap = cap;
    }
    at = place_of(t, routes->resource->id);
    memmove(&t->items[at + 1], &t->items[at], (t->count - at) * sizeof(t->items[0]));
    t->items[at] = routes;
    t->count++;
    return 0;
}

static int build(struct plan_tables *t, const struct model_resource *resource, bool gateway,
                 const struct plan_routes **ret)
{
    struct plan_routes *routes = calloc(1, sizeof(*routes));
    int r;

    if (!routes)
        return -ENOMEM;
    routes->resource = resource;
    r = gateway ? build_gateway(t, routes) : build_route_table(t, routes);
    if (r == 0)
        r = insert(t, routes);
    if (r < 0) {
        free_routes(routes);
        return r;
    }
    *ret = routes;
    return 0;
}

int plan_tables_get(struct plan_tables *t, const char *id, const struct plan_routes **ret)
{
    const struct model_resource *gateway = snapshot_get(t->snapshot, MODEL_BORDER_GATEWAY, id);
    const struct model_resource *table = snapshot_get(t->snapshot, MODEL_ROUTE_TABLE, id);
    size_t at = place_of(t, id);

    if (at < t->count && compare(t, at, id) == 0) {
        *ret = t->items[at];
        return 0;
    }
    if (!gateway && !table)
        return -ENOENT;
    return build(t, gateway ? gateway : table, gateway, ret);
}

void plan_tables_done(struct plan_tables *t)
{
    for (size_t i = 0; i < t->count; i++)
        free_routes(t->items[i]);
    free(t->items);
    *t = (struct plan_tables){0};
}
