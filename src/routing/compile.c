#include "routing_build.h"

/* The tables of the data plane (docs/architecture.md, "The packet tables"). */

const char *routing_to_name(enum routing_to to)
{
    static const char *const names[] = {
        [ROUTING_TO_PORT] = "port",
        [ROUTING_TO_TABLE] = "table",
        [ROUTING_TO_CONNECTION] = "connection",
        [ROUTING_TO_TUNNEL] = "tunnel",
        [ROUTING_TO_BLACKHOLE] = "blackhole",
        [ROUTING_TO_UNREACHABLE] = "unreachable",
        [ROUTING_TO_SELF] = "self",
        [ROUTING_TO_HOST] = "host",
    };

    return names[to];
}

struct compile {
    const struct routing_here *here;
    const char *vpc;  /* of the route table; NULL: a gateway */
    bool from_tunnel; /* for packets that came from a tunnel, without transit */
};

/* ---- next hops ---- */

static struct routing_nexthop make_hop(enum routing_to to, const char *target)
{
    return (struct routing_nexthop){.to = to, .target = target};
}

/* A router in a real network of the route table's VPC. */
static struct routing_nexthop router_hop(const struct compile *c, const char *address)
{
    struct routing_nexthop hop = {.to = ROUTING_TO_HOST};

    if (c->vpc && addr_parse(address, &hop.via) == 0)
        hop.target = c->here->network_of(c->here->arg, c->vpc, &hop.via);
    return hop.target ? hop : make_hop(ROUTING_TO_UNREACHABLE, "");
}

static struct routing_nexthop compile_hop(const struct compile *c, const struct routing_route *r)
{
    const struct routing_here *here = c->here;
    const char *vpc;

    switch (r->hop) {
    case ROUTING_HOP_LOCAL:
        return c->vpc ? make_hop(ROUTING_TO_TABLE, c->vpc) : make_hop(ROUTING_TO_SELF, "");
    case ROUTING_HOP_BLACKHOLE:
        return make_hop(ROUTING_TO_BLACKHOLE, "");
    case ROUTING_HOP_ATTACHMENT:
        vpc = here->vpc_of(here->arg, r->target);
        if (vpc)
            return make_hop(ROUTING_TO_TABLE, vpc);
        break;
    case ROUTING_HOP_CONNECTION:
        if (!c->from_tunnel && here->has_tunnel(here->arg, r->target))
            return r->via[0] ? make_hop(ROUTING_TO_TUNNEL, r->via)
                             : make_hop(ROUTING_TO_CONNECTION, r->target);
        break;
    case ROUTING_HOP_GATEWAY:
        if (here->has_gateway(here->arg, r->target))
            return make_hop(ROUTING_TO_TABLE, r->target);
        break;
    case ROUTING_HOP_INSTANCE:
        if (here->has_instance(here->arg, r->target))
            return make_hop(ROUTING_TO_PORT, r->target);
        break;
    case ROUTING_HOP_ROUTER:
        return router_hop(c, r->target);
    case ROUTING_HOP_PRIVATE_INTERFACE:
        if (!c->from_tunnel && here->has_line(here->arg, r->target))
            return make_hop(ROUTING_TO_PORT, r->target);
        break;
    }
    return make_hop(ROUTING_TO_UNREACHABLE, "");
}

/* Adds hop unless an equal one is there. What is unreachable does not share traffic with what is
 * not. */
static void merge_hop(struct routing_packet_route *route, struct routing_nexthop hop)
{
    if (hop.to == ROUTING_TO_UNREACHABLE && route->count > 0)
        return;
    for (size_t i = 0; i < route->count; i++) {
        if (route->hops[i].to == hop.to && strcmp(route->hops[i].target, hop.target) == 0 &&
            addr_equal(&route->hops[i].via, &hop.via))
            return;
    }
    if (route->count == 1 && route->hops[0].to == ROUTING_TO_UNREACHABLE)
        route->count = 0;
    if (route->count < ROUTING_ECMP_MAX)
        route->hops[route->count++] = hop;
}

/* ---- tables ---- */

/* The effective routes of table, one for each destination. */
static int compile(const struct compile *c, const struct routing_table *t, routing_emit *emit,
                   void *arg)
{
    for (size_t i = 0; i < t->count;) {
        struct routing_packet_route route = {.prefix = t->routes[i].destination};
        int r;

        for (; i < t->count && prefix_equal(&t->routes[i].destination, &route.prefix); i++) {
            if (t->routes[i].reason == ROUTING_EFFECTIVE)
                merge_hop(&route, compile_hop(c, &t->routes[i]));
        }
        if (route.count == 0)
            continue;
        r = emit(arg, &route);
        if (r < 0)
            return r;
    }
    return 0;
}

int routing_compile_gateway(const struct routing_table *selected, bool from_tunnel,
                            const struct routing_here *here, routing_emit *emit, void *arg)
{
    const struct compile c = {.here = here, .from_tunnel = from_tunnel};

    return compile(&c, selected, emit, arg);
}

int routing_compile_route_table(const struct routing_table *selected, const char *vpc,
                                const struct routing_here *here, routing_emit *emit, void *arg)
{
    const struct compile c = {.here = here, .vpc = vpc};

    return compile(&c, selected, emit, arg);
}

static int emit_host(const struct addr *a, enum routing_to to, const char *target,
                     routing_emit *emit, void *arg)
{
    const struct routing_packet_route route = {.prefix = prefix_make(a, (uint8_t)addr_bits(a)),
                                               .count = 1,
                                               .hops = {{.to = to, .target = target}}};

    return emit(arg, &route);
}

int routing_compile_subnet(const struct routing_subnet *subnet, const char *network,
                           routing_emit *emit, void *arg)
{
    const struct routing_packet_route whole = {
        .prefix = subnet->cidr,
        .count = 1,
        .hops = {network ? make_hop(ROUTING_TO_PORT, network)
                         : make_hop(ROUTING_TO_UNREACHABLE, "")}};
    int r = emit(arg, &whole);

    return r < 0 ? r : emit_host(&subnet->gateway, ROUTING_TO_SELF, "", emit, arg);
}

int routing_compile_instance(const char *instance, const struct addr *address, routing_emit *emit,
                             void *arg)
{
    return emit_host(address, ROUTING_TO_PORT, instance, emit, arg);
}

/* Without the ranges themselves, which are the VPC's own. */
struct beyond {
    routing_emit *emit;
    void *arg;
};

static int emit_beyond(void *arg, const struct routing_packet_route *route)
{
    const struct beyond *b = arg;

    return route->hops[0].to == ROUTING_TO_TABLE ? 0 : b->emit(b->arg, route);
}

int routing_compile_beyond(const struct routing_table *selected, const char *vpc,
                           const struct routing_here *here, routing_emit *emit, void *arg)
{
    struct beyond b = {emit, arg};

    return routing_compile_route_table(selected, vpc, here, emit_beyond, &b);
}

/* ---- where a table answers from ---- */

struct addr routing_self_vpc(const struct routing_subnet *subnets, size_t count, const char *table,
                             enum addr_family family)
{
    struct addr lowest = {0};

    for (size_t i = 0; i < count; i++) {
        const struct addr *a = &subnets[i].gateway;

        if (a->family != family || (table && strcmp(subnets[i].table, table) != 0))
            continue;
        if (lowest.family == ADDR_NONE || addr_cmp(a, &lowest) < 0)
            lowest = *a;
    }
    return lowest;
}
