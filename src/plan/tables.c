#include "plan_internal.h"

#include <stdlib.h>

/* From resources to the routing tables of docs/routing.md. */

/* ---- border gateways ---- */

static enum routing_hop hop_of(const struct plan *plan, const char *next_hop,
                               const json_t **ret_resource)
{
    const struct model_kind *kind = model_kind_of_id(next_hop);

    *ret_resource = kind ? plan_find(plan, kind->id, next_hop) : NULL;
    if (!*ret_resource)
        return ROUTING_HOP_BLACKHOLE;
    switch (kind->id) {
    case MODEL_VPC_ATTACHMENT:
        return ROUTING_HOP_ATTACHMENT;
    case MODEL_VPN_CONNECTION:
        return ROUTING_HOP_CONNECTION;
    case MODEL_BORDER_GATEWAY:
        return ROUTING_HOP_GATEWAY;
    case MODEL_INSTANCE:
        return ROUTING_HOP_INSTANCE;
    default:
        *ret_resource = NULL;
        return ROUTING_HOP_BLACKHOLE;
    }
}

static int add_inner_addresses(const struct plan *plan, const char *gateway,
                               struct routing_table *t)
{
    plan_each (plan, MODEL_VPN_TUNNEL, tunnel) {
        const json_t *connection =
            plan_find(plan, MODEL_VPN_CONNECTION, model_str(tunnel, "vpnConnectionId"));
        struct routing_route route = {.hop = ROUTING_HOP_LOCAL, .type = ROUTING_TYPE_LOCAL};
        struct prefix net;
        struct addr inner;
        int r;

        if (!plan_field_is(connection, "borderGatewayId", gateway) ||
            model_parse_interface(model_str(tunnel, "tunnelAddress"), &inner, &net) < 0)
            continue;
        route.destination = prefix_make(&inner, (uint8_t)addr_bits(&inner));
        r = routing_add(t, &route);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_static_routes(const struct plan *plan, const char *gateway, struct routing_table *t)
{
    plan_each (plan, MODEL_BORDER_GATEWAY_ROUTE, item) {
        const char *next_hop = model_str(item, "nextHop");
        const json_t *resource;
        struct routing_route route = {.hop = hop_of(plan, next_hop, &resource),
                                      .type = ROUTING_TYPE_STATIC,
                                      .id = model_str(item, "id"),
                                      .since = plan_time(model_str(item, "createdAt"))};
        int r;

        if (!plan_field_is(item, "borderGatewayId", gateway) ||
            model_prefix(item, "destination", &route.destination) < 0)
            continue;
        if (strcmp(next_hop, "blackhole") != 0) {
            if (!plan_field_is(resource, "borderGatewayId", gateway))
                continue;
            route.target = next_hop;
        }
        r = routing_add(t, &route);
        if (r < 0)
            return r;
    }
    return 0;
}

static uint64_t propagated_since(const json_t *attachment, const json_t *subnet)
{
    const char *text = model_str(attachment, "propagatedAt");
    const json_t *later = json_object_get(attachment, "propagatedLater");
    uint64_t a = plan_time(text[0] ? text : model_str(attachment, "createdAt"));
    uint64_t b = plan_time(model_str(subnet, "createdAt"));
    uint64_t c = plan_time(model_str(later, model_str(subnet, "id")));

    return MAX(MAX(a, b), c);
}

static int add_propagated(const struct plan *plan, const json_t *attachment,
                          struct routing_table *t)
{
    plan_each (plan, MODEL_SUBNET, subnet) {
        struct routing_route route = {.hop = ROUTING_HOP_ATTACHMENT,
                                      .type = ROUTING_TYPE_PROPAGATED,
                                      .target = model_str(attachment, "id"),
                                      .since = propagated_since(attachment, subnet)};
        int r;

        if (!model_propagates(attachment, subnet) ||
            model_prefix(subnet, "cidr", &route.destination) < 0)
            continue;
        r = routing_add(t, &route);
        if (r < 0)
            return r;
    }
    return 0;
}

static size_t quota(const struct plan *plan, const char *name)
{
    return (size_t)MAX(model_quota_value(plan->region, name), 0);
}

static int build_gateway(const struct plan *plan, struct plan_routes *gateway)
{
    const char *id = model_str(gateway->resource, "id");
    int r;

    r = add_inner_addresses(plan, id, &gateway->table);
    if (r < 0)
        return r;
    r = add_static_routes(plan, id, &gateway->table);
    if (r < 0)
        return r;
    plan_each (plan, MODEL_VPC_ATTACHMENT, attachment) {
        if (!plan_field_is(attachment, "borderGatewayId", id))
            continue;
        r = add_propagated(plan, attachment, &gateway->table);
        if (r < 0)
            return r;
    }
    routing_select_gateway(&gateway->table, quota(plan, "dynamicRoutesPerBorderGateway"));
    return 0;
}

/* ---- VPC route tables ---- */

static int add_local(struct routing_table *t, const char *text)
{
    struct routing_route route = {.hop = ROUTING_HOP_LOCAL, .type = ROUTING_TYPE_LOCAL};

    if (!text || prefix_parse(text, &route.destination) < 0)
        return 0;
    return routing_add(t, &route);
}

static int add_vpc_ranges(const struct plan *plan, const char *vpc_id, struct routing_table *t)
{
    const json_t *vpc = plan_find(plan, MODEL_VPC, vpc_id), *item;
    size_t i;
    int r = add_local(t, model_str(vpc, "cidr"));

    json_array_foreach (model_list(vpc, "extraCidrs"), i, item) {
        if (r < 0)
            break;
        r = add_local(t, json_string_value(item));
    }
    return r;
}

static int add_vpc_static(const struct plan *plan, const json_t *rtb, struct routing_table *t)
{
    const char *vpc = model_str(rtb, "vpcId");
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(rtb, "routes"), i, item) {
        const char *next_hop = model_str(item, "nextHop");
        const json_t *resource;
        struct routing_route route = {.hop = hop_of(plan, next_hop, &resource),
                                      .type = ROUTING_TYPE_STATIC};
        int r;

        if (model_prefix(item, "destination", &route.destination) < 0)
            continue;
        if (strcmp(next_hop, "blackhole") != 0) {
            if (!resource)
                continue;
            route.target = next_hop;
        }
        if (route.hop == ROUTING_HOP_GATEWAY && !plan_attachment(plan, next_hop, vpc))
            route.barred = ROUTING_UNATTACHED;
        r = routing_add(t, &route);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_vpc_propagations(const struct plan *plan, const json_t *rtb, struct routing_table *t)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(rtb, "propagations"), i, item) {
        const char *id = model_str(item, "borderGatewayId");
        const struct plan_routes *gateway = plan_gateway(plan, id);
        const json_t *attachment = plan_attachment(plan, id, model_str(rtb, "vpcId"));
        struct prefix range;
        int r;

        if (!gateway || model_prefix(item, "range", &range) < 0)
            continue;
        r = routing_propagate(&gateway->table, id, &range, model_str(attachment, "id"), t);
        if (r < 0)
            return r;
    }
    return 0;
}

static int build_route_table(const struct plan *plan, struct plan_routes *rtb)
{
    int r;

    r = add_vpc_ranges(plan, model_str(rtb->resource, "vpcId"), &rtb->table);
    if (r < 0)
        return r;
    r = add_vpc_static(plan, rtb->resource, &rtb->table);
    if (r < 0)
        return r;
    r = add_vpc_propagations(plan, rtb->resource, &rtb->table);
    if (r < 0)
        return r;
    routing_select_vpc(&rtb->table, quota(plan, "propagatedRoutesPerRouteTable"));
    return 0;
}

/* ---- both ---- */

static int make_routes(const struct plan *plan, enum model_kind_id kind, struct plan_routes **ret)
{
    const struct plan_set *set = &plan->sets[kind];
    struct plan_routes *routes;

    if (set->count == 0)
        return 0;
    routes = calloc(set->count, sizeof(*routes));
    if (!routes)
        return -ENOMEM;
    for (size_t i = 0; i < set->count; i++)
        routes[i].resource = set->items[i];
    *ret = routes;
    return 0;
}

int plan_build_tables(struct plan *plan)
{
    int r;

    r = make_routes(plan, MODEL_BORDER_GATEWAY, &plan->gateways);
    for (size_t i = 0; r == 0 && i < plan->sets[MODEL_BORDER_GATEWAY].count; i++)
        r = build_gateway(plan, &plan->gateways[i]);
    if (r == 0)
        r = make_routes(plan, MODEL_ROUTE_TABLE, &plan->route_tables);
    for (size_t i = 0; r == 0 && i < plan->sets[MODEL_ROUTE_TABLE].count; i++)
        r = build_route_table(plan, &plan->route_tables[i]);
    return r;
}

static const struct plan_routes *find_routes(const struct plan_routes *routes, size_t count,
                                             const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (plan_field_is(routes[i].resource, "id", id))
            return &routes[i];
    }
    return NULL;
}

const struct plan_routes *plan_gateway(const struct plan *plan, const char *id)
{
    return find_routes(plan->gateways, plan->sets[MODEL_BORDER_GATEWAY].count, id);
}

const struct plan_routes *plan_route_table(const struct plan *plan, const char *id)
{
    return find_routes(plan->route_tables, plan->sets[MODEL_ROUTE_TABLE].count, id);
}
