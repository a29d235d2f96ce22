#include <stdlib.h>

#include "model.h"
#include "routing_build.h"
#include "tables.h"

/* ---- packet routes as they come out of the routing room ---- */

/* A growing table. */
struct building {
    struct packet_table *table;
    size_t routes_cap, hops_cap;
};

static int reserve(void **array, size_t size, size_t need, size_t *cap)
{
    size_t grown = MAX(need, *cap * 2);
    void *moved = need > *cap ? realloc(*array, grown * size) : *array;

    if (need <= *cap)
        return 0;
    if (!moved)
        return -ENOMEM;
    *array = moved;
    *cap = grown;
    return 0;
}

static int take_hop(const struct routing_nexthop *hop, struct ipc_nexthop *ret)
{
    static const uint8_t kinds[] = {
        [ROUTING_TO_PORT] = IPC_NEXTHOP_PORT,
        [ROUTING_TO_TABLE] = IPC_NEXTHOP_TABLE,
        [ROUTING_TO_CONNECTION] = IPC_NEXTHOP_CONNECTION,
        [ROUTING_TO_TUNNEL] = IPC_NEXTHOP_TUNNEL,
        [ROUTING_TO_BLACKHOLE] = IPC_NEXTHOP_BLACKHOLE,
        [ROUTING_TO_UNREACHABLE] = IPC_NEXTHOP_UNREACHABLE,
        [ROUTING_TO_SELF] = IPC_NEXTHOP_SELF,
    };

    *ret = (struct ipc_nexthop){.kind = kinds[hop->to]};
    return text_copy(ret->target, sizeof(ret->target), hop->target);
}

static int emit(void *arg, const struct routing_packet_route *route)
{
    struct building *b = arg;
    struct packet_table *t = b->table;
    int r = reserve((void **)&t->routes, sizeof(*t->routes), t->n_routes + 1, &b->routes_cap);

    if (r == 0)
        r = reserve((void **)&t->hops, sizeof(*t->hops), t->n_hops + route->count, &b->hops_cap);
    if (r < 0)
        return r;
    t->routes[t->n_routes++] = (struct packet_route){
        .prefix = route->prefix, .first = (uint32_t)t->n_hops, .n_hops = (uint32_t)route->count};
    t->ipv6 |= route->prefix.addr.family == ADDR_IPV6;
    for (size_t i = 0; i < route->count && r == 0; i++)
        r = take_hop(&route->hops[i], &t->hops[t->n_hops++]);
    return r;
}

/* ---- what is on this node ---- */

static const char *vpc_of(void *arg, const char *attachment)
{
    const struct desired_attachment *a = objects_value(arg, DESIRED_ATTACHMENT, attachment);

    return a && objects_value(arg, DESIRED_VPC, a->vpc) ? a->vpc : NULL;
}

static bool has_tunnel(void *arg, const char *connection)
{
    return mentions_any(arg, DESIRED_TUNNEL, connection);
}

static bool has_gateway(void *arg, const char *gateway)
{
    return objects_value(arg, DESIRED_GATEWAY, gateway) != NULL;
}

static bool has_instance(void *arg, const char *instance)
{
    return objects_value(arg, DESIRED_INSTANCE, instance) != NULL;
}

static struct routing_here what_is_here(const struct objects *set)
{
    return (struct routing_here){.vpc_of = vpc_of,
                                 .has_tunnel = has_tunnel,
                                 .has_gateway = has_gateway,
                                 .has_instance = has_instance,
                                 .arg = (void *)(uintptr_t)set};
}

/* ---- a VPC's own table ---- */

/* As the routing room knows subnets. Owned by the caller, borrows from vpc. */
static struct routing_subnet *make_subnets(const struct desired_vpc *vpc)
{
    struct routing_subnet *subnets = calloc(vpc->n_subnets + 1, sizeof(*subnets));

    for (size_t i = 0; subnets && i < vpc->n_subnets; i++) {
        subnets[i] = (struct routing_subnet){.cidr = vpc->subnets[i].cidr,
                                             .gateway = model_subnet_gateway(&vpc->subnets[i].cidr),
                                             .table = vpc->subnets[i].table};
    }
    return subnets;
}

int table_build_vpc(const struct objects *set, const char *id, struct packet_table *ret)
{
    const struct desired_vpc *vpc = objects_value(set, DESIRED_VPC, id);
    struct routing_subnet *subnets = make_subnets(vpc);
    struct building b = {.table = ret};
    int r = subnets ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < vpc->n_subnets; i++)
        r = routing_compile_subnet(&subnets[i], emit, &b);
    objects_each_of (o, set, DESIRED_INSTANCE, id) {
        const struct desired_instance *instance = o->value;

        if (r == 0)
            r = routing_compile_instance(o->id, &instance->port.address, emit, &b);
    }
    if (r == 0)
        ret->table.self = routing_self_vpc(subnets, vpc->n_subnets, NULL);
    free(subnets);
    return r;
}

/* ---- border gateways ---- */

static int add_offers(const struct object *o, struct routing_table *t)
{
    const struct desired_attachment *a = o->value;
    int r = 0;

    for (size_t i = 0; r == 0 && i < a->n_prefixes; i++)
        r = routing_add_offer(t, o->id, &a->prefixes[i].prefix, a->prefixes[i].since);
    return r;
}

static int add_learned(const struct learned *learned, const char *id, struct routing_table *t)
{
    const struct learned_gateway *g = learned ? learned_find(learned, id) : NULL;

    if (!g)
        return 0;
    list_for_each (r, &g->routes, struct learned_route, all) {
        int e = routing_add_learned(t, &r->prefix, r->tunnel->connection, r->tunnel->id, r->length,
                                    r->since_us);

        if (e < 0)
            return e;
    }
    return 0;
}

int table_select_gateway(const struct objects *set, const struct learned *learned, const char *id,
                         struct routing_table *ret)
{
    const struct desired_gateway *gateway = objects_value(set, DESIRED_GATEWAY, id);
    int r = 0;

    objects_each_of (o, set, DESIRED_TUNNEL, id) {
        const struct desired_tunnel *tunnel = o->value;

        if (r == 0)
            r = routing_add_inner(ret, &tunnel->dataplane.inner_local);
    }
    objects_each_of (o, set, DESIRED_ROUTE, id) {
        const struct desired_route *route = o->value;

        if (r == 0)
            r = routing_add_static(ret, &route->destination, route->next_hop, o->id, route->since);
    }
    objects_each_of (o, set, DESIRED_ATTACHMENT, id) {
        if (r == 0)
            r = add_offers(o, ret);
    }
    if (r == 0)
        r = add_learned(learned, id, ret);
    if (r == 0)
        routing_select_gateway(ret, gateway ? gateway->max_dynamic : 0);
    return r;
}

int table_build_gateway(const struct objects *set, const struct routing_table *selected,
                        bool from_tunnel, struct packet_table *ret)
{
    struct routing_here here = what_is_here(set);
    struct building b = {.table = ret};

    ret->table.self = routing_self_gateway(selected);
    return routing_compile_gateway(selected, from_tunnel, &here, emit, &b);
}

/* ---- VPC route tables ---- */

/* The attachment that joins the VPC to the gateway; "" if there is none. */
static const char *find_attachment(const struct objects *set, const char *gateway, const char *vpc)
{
    objects_each_of (o, set, DESIRED_ATTACHMENT, vpc) {
        const struct desired_attachment *a = o->value;

        if (strcmp(a->gateway, gateway) == 0)
            return o->id;
    }
    return "";
}

static int add_static_routes(const struct objects *set, const struct desired_table *table,
                             struct routing_table *t)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < table->n_routes; i++) {
        const struct desired_table_route *route = &table->routes[i];

        r = routing_add_vpc_static(t, &route->destination, route->next_hop,
                                   find_attachment(set, route->next_hop, table->vpc));
    }
    return r;
}

int table_build_routes(const struct objects *set, const char *id,
                       const struct routing_table *(*selected_of)(void *arg, const char *gateway),
                       void *arg, struct packet_table *ret)
{
    const struct desired_table *table = objects_value(set, DESIRED_TABLE, id);
    const struct desired_vpc *vpc = objects_value(set, DESIRED_VPC, table->vpc);
    struct routing_here here = what_is_here(set);
    struct building b = {.table = ret};
    struct routing_subnet *subnets = vpc ? make_subnets(vpc) : NULL;
    struct routing_table t = {0};
    int r = vpc && !subnets ? -ENOMEM : 0;

    for (size_t i = 0; r == 0 && vpc && i < vpc->n_ranges; i++)
        r = routing_add_range(&t, &vpc->ranges[i]);
    if (r == 0)
        r = add_static_routes(set, table, &t);
    for (size_t i = 0; r == 0 && i < table->n_propagations; i++) {
        const struct desired_propagation *p = &table->propagations[i];
        const struct routing_table *gateway = selected_of(arg, p->gateway);

        if (gateway)
            r = routing_propagate(gateway, p->gateway, &p->range,
                                  find_attachment(set, p->gateway, table->vpc), &t);
    }
    if (r == 0) {
        routing_select_vpc(&t, table->max_propagated);
        ret->table.self = routing_self_vpc(subnets, vpc ? vpc->n_subnets : 0, id);
        r = routing_compile_route_table(&t, table->vpc, &here, emit, &b);
    }
    routing_table_done(&t);
    free(subnets);
    return r;
}
