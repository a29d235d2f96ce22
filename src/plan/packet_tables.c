#include "plan_internal.h"

#include <stdio.h>

/* The tables of the data plane (docs/architecture.md, "The packet tables"). */

struct compile {
    const struct plan *plan;
    const char *node;
    bool is_gateway_node;
    bool from_tunnel; /* compiling for packets that came from a tunnel, without transit */
    json_t *tables;   /* owned by the caller */
};

/* ---- next hops ---- */

static json_t *next_hop(const char *kind, const char *target)
{
    return target ? json_pack("{s:s, s:s}", "kind", kind, "target", target)
                  : json_pack("{s:s}", "kind", kind);
}

/* Whether the document of a node names at least one tunnel of the connection. */
static bool has_tunnel(const struct plan *plan, const char *connection)
{
    plan_each (plan, MODEL_VPN_TUNNEL, tunnel) {
        if (plan_field_is(tunnel, "vpnConnectionId", connection))
            return true;
    }
    return false;
}

static bool is_here(const struct compile *c, const json_t *instance)
{
    return instance && strcmp(plan_instance_node(c->plan, instance), c->node) == 0;
}

/* What a route's next hop is on this node; NULL target of kind "unreachable" if it is not here. */
static json_t *compile_hop(const struct compile *c, const struct routing_route *r, const char *vpc)
{
    const json_t *attachment;

    switch (r->hop) {
    case ROUTING_HOP_LOCAL:
        return vpc ? next_hop("table", vpc) : next_hop("self", NULL);
    case ROUTING_HOP_BLACKHOLE:
        return next_hop("blackhole", NULL);
    case ROUTING_HOP_ATTACHMENT:
        attachment = plan_find(c->plan, MODEL_VPC_ATTACHMENT, r->target);
        return next_hop("table", model_str(attachment, "vpcId"));
    case ROUTING_HOP_CONNECTION:
        if (!c->from_tunnel && has_tunnel(c->plan, r->target))
            return next_hop("connection", r->target);
        break;
    case ROUTING_HOP_GATEWAY:
        if (c->is_gateway_node)
            return next_hop("table", r->target);
        break;
    case ROUTING_HOP_INSTANCE:
        if (is_here(c, plan_find(c->plan, MODEL_INSTANCE, r->target)))
            return next_hop("port", r->target);
        break;
    case ROUTING_HOP_PRIVATE_INTERFACE: /* the model has none yet */
        break;
    }
    return next_hop("unreachable", NULL);
}

static bool is_unreachable(const json_t *hop)
{
    return plan_field_is(hop, "kind", "unreachable");
}

/* Puts hop into hops unless an equal one is there. Takes hop, which may be NULL (-ENOMEM). What
 * is unreachable does not share traffic with what is not. */
static int merge_hop(json_t *hops, json_t *hop)
{
    const json_t *other;
    size_t i;

    if (!hop)
        return -ENOMEM;
    json_array_foreach (hops, i, other) {
        if (json_equal(other, hop) || is_unreachable(hop)) {
            json_decref(hop);
            return 0;
        }
    }
    if (json_array_size(hops) == 1 && is_unreachable(json_array_get(hops, 0)))
        json_array_clear(hops);
    return json_array_append_new(hops, hop) < 0 ? -ENOMEM : 0;
}

/* ---- routes and tables ---- */

static int add_route(json_t *routes, const struct prefix *p, json_t *hops)
{
    char text[PREFIX_TEXT_MAX];
    json_t *route = json_pack("{s:s, s:o}", "prefix", prefix_format(p, text), "nextHops", hops);

    return !route || json_array_append_new(routes, route) < 0 ? -ENOMEM : 0;
}

static int add_single(json_t *routes, const struct prefix *p, const char *kind, const char *target)
{
    return add_route(routes, p, json_pack("[o]", next_hop(kind, target)));
}

/* The effective routes of table, one entry for each destination. */
static int add_selected(const struct compile *c, const struct routing_table *table, const char *vpc,
                        json_t *routes)
{
    for (size_t i = 0; i < table->count;) {
        const struct prefix *p = &table->routes[i].destination;
        json_t *hops = json_array();
        int r = hops ? 0 : -ENOMEM;

        for (; r == 0 && i < table->count && prefix_equal(&table->routes[i].destination, p); i++) {
            if (table->routes[i].reason == ROUTING_EFFECTIVE)
                r = merge_hop(hops, compile_hop(c, &table->routes[i], vpc));
        }
        if (r == 0 && json_array_size(hops) > 0)
            r = add_route(routes, p, json_incref(hops));
        json_decref(hops);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Takes routes. */
static int add_table(const struct compile *c, const char *id, const struct addr *self,
                     json_t *routes)
{
    char text[ADDR_TEXT_MAX];
    json_t *table =
        json_pack("{s:s, s:s, s:o}", "id", id, "self", addr_format(self, text), "routes", routes);

    return !table || json_array_append_new(c->tables, table) < 0 ? -ENOMEM : 0;
}

/* The lowest gateway address among the subnets for which path is id; none: ADDR_NONE. */
static struct addr lowest_gateway(const struct plan *plan, const char *path, const char *id)
{
    struct addr lowest = {0};
    struct prefix p;

    plan_each (plan, MODEL_SUBNET, subnet) {
        struct addr gateway;

        if (!plan_field_is(subnet, path, id) || model_prefix(subnet, "cidr", &p) < 0)
            continue;
        gateway = model_subnet_gateway(&p);
        if (lowest.family == ADDR_NONE || addr_cmp(&gateway, &lowest) < 0)
            lowest = gateway;
    }
    return lowest;
}

/* ---- the three kinds ---- */

static int add_subnet(const json_t *subnet, json_t *routes)
{
    struct prefix p, host;
    struct addr gateway;
    int r;

    if (model_prefix(subnet, "cidr", &p) < 0)
        return 0;
    gateway = model_subnet_gateway(&p);
    host = prefix_make(&gateway, (uint8_t)addr_bits(&gateway));
    r = add_single(routes, &p, "unreachable", NULL);
    return r < 0 ? r : add_single(routes, &host, "self", NULL);
}

static int add_instance(const struct compile *c, const json_t *instance, const char *vpc,
                        json_t *routes)
{
    const json_t *subnet;
    struct prefix host;
    struct addr a;

    if (!is_here(c, instance) || model_addr(instance, "address", &a) < 0)
        return 0;
    subnet = plan_find(c->plan, MODEL_SUBNET, model_str(instance, "subnetId"));
    if (!plan_field_is(subnet, "vpcId", vpc))
        return 0;
    host = prefix_make(&a, (uint8_t)addr_bits(&a));
    return add_single(routes, &host, "port", model_str(instance, "id"));
}

static int add_vpc(const struct compile *c, const json_t *vpc)
{
    const char *id = model_str(vpc, "id");
    struct addr self = lowest_gateway(c->plan, "vpcId", id);
    json_t *routes = json_array();
    int r = routes ? 0 : -ENOMEM;

    plan_each (c->plan, MODEL_SUBNET, subnet) {
        if (r == 0 && plan_field_is(subnet, "vpcId", id))
            r = add_subnet(subnet, routes);
    }
    plan_each (c->plan, MODEL_INSTANCE, instance) {
        if (r == 0)
            r = add_instance(c, instance, id, routes);
    }
    if (r < 0) {
        json_decref(routes);
        return r;
    }
    return add_table(c, id, &self, routes);
}

static int add_route_table(const struct compile *c, const struct plan_routes *rtb)
{
    const char *id = model_str(rtb->resource, "id");
    struct addr self = lowest_gateway(c->plan, "routeTableId", id);
    json_t *routes = json_array();
    int r =
        routes ? add_selected(c, &rtb->table, model_str(rtb->resource, "vpcId"), routes) : -ENOMEM;

    if (r < 0) {
        json_decref(routes);
        return r;
    }
    return add_table(c, id, &self, routes);
}

/* Local routes sort by address, so the first is the lowest inner address. */
static struct addr lowest_inner(const struct routing_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->routes[i].type == ROUTING_TYPE_LOCAL)
            return t->routes[i].destination.addr;
    }
    return (struct addr){0};
}

static int add_gateway(struct compile *c, const struct plan_routes *gateway, bool from_tunnel)
{
    struct addr self = lowest_inner(&gateway->table);
    json_t *routes = json_array();
    char id[128];
    int r;

    snprintf(id, sizeof(id), "%s%s", model_str(gateway->resource, "id"),
             from_tunnel ? "/tunnel" : "");
    c->from_tunnel = from_tunnel;
    r = routes ? add_selected(c, &gateway->table, NULL, routes) : -ENOMEM;
    c->from_tunnel = false;
    if (r < 0) {
        json_decref(routes);
        return r;
    }
    return add_table(c, id, &self, routes);
}

static int add_gateways(struct compile *c)
{
    for (size_t i = 0; i < c->plan->sets[MODEL_BORDER_GATEWAY].count; i++) {
        const struct plan_routes *gateway = &c->plan->gateways[i];
        int r = add_gateway(c, gateway, false);

        if (r == 0 && !model_bool(gateway->resource, "transit", false))
            r = add_gateway(c, gateway, true);
        if (r < 0)
            return r;
    }
    return 0;
}

/* A node that is not the gateway node only needs the VPCs of its instances. */
static bool needs_vpc(const struct compile *c, const char *vpc)
{
    if (c->is_gateway_node)
        return true;
    plan_each (c->plan, MODEL_INSTANCE, instance) {
        const json_t *subnet = plan_find(c->plan, MODEL_SUBNET, model_str(instance, "subnetId"));

        if (is_here(c, instance) && plan_field_is(subnet, "vpcId", vpc))
            return true;
    }
    return false;
}

json_t *plan_packet_tables(const struct plan *plan, const char *node)
{
    struct compile c = {.plan = plan,
                        .node = node,
                        .is_gateway_node = strcmp(plan_gateway_node(plan), node) == 0,
                        .tables = json_array()};
    int r = c.tables ? 0 : -ENOMEM;

    /* Each table stands before those that name it. */
    plan_each (plan, MODEL_VPC, vpc) {
        if (r == 0 && needs_vpc(&c, model_str(vpc, "id")))
            r = add_vpc(&c, vpc);
    }
    if (r == 0 && c.is_gateway_node)
        r = add_gateways(&c);
    for (size_t i = 0; r == 0 && i < plan->sets[MODEL_ROUTE_TABLE].count; i++) {
        if (needs_vpc(&c, model_str(plan->route_tables[i].resource, "vpcId")))
            r = add_route_table(&c, &plan->route_tables[i]);
    }
    if (r == 0)
        return c.tables;
    json_decref(c.tables);
    return NULL;
}
