/* Packet routes, as they come out of the routing room. */
#include <stdlib.h>

#include "model.h"
#include "tables_internal.h"

static void take_hop(const struct routing_nexthop *hop, struct ipc_nexthop *ret)
{
    static const uint8_t kinds[] = {
        [ROUTING_TO_PORT] = IPC_NEXTHOP_PORT,
        [ROUTING_TO_TABLE] = IPC_NEXTHOP_TABLE,
        [ROUTING_TO_CONNECTION] = IPC_NEXTHOP_CONNECTION,
        [ROUTING_TO_TUNNEL] = IPC_NEXTHOP_TUNNEL,
        [ROUTING_TO_BLACKHOLE] = IPC_NEXTHOP_BLACKHOLE,
        [ROUTING_TO_UNREACHABLE] = IPC_NEXTHOP_UNREACHABLE,
        [ROUTING_TO_SELF] = IPC_NEXTHOP_SELF,
        [ROUTING_TO_HOST] = IPC_NEXTHOP_HOST,
    };

    *ret = (struct ipc_nexthop){.kind = kinds[hop->to], .via = hop->via};
    (void)text_copy(ret->target, sizeof(ret->target), hop->target); /* ids of ours fit */
}

static void take_route(const struct routing_packet_route *route, struct ipc_route *ret)
{
    ret->prefix = route->prefix;
    ret->n_nexthops = (uint16_t)route->count;
    for (size_t i = 0; i < route->count; i++)
        take_hop(&route->hops[i], &ret->nexthops[i]);
}

/* One destination has one route. */
static int emit_one(void *arg, const struct routing_packet_route *route)
{
    take_route(route, arg);
    return 0;
}

static int emit_all(void *arg, const struct routing_packet_route *route)
{
    struct ipc_route taken = {.n_nexthops = 0};

    take_route(route, &taken);
    return MIN(packet_routes_put(arg, &taken.prefix, taken.nexthops, taken.n_nexthops), 0);
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

static bool has_line(void *arg, const char *line)
{
    return objects_value(arg, DESIRED_LINE, line) != NULL;
}

static bool has_gateway(void *arg, const char *gateway)
{
    return objects_value(arg, DESIRED_GATEWAY, gateway) != NULL;
}

static bool has_instance(void *arg, const char *instance)
{
    return objects_value(arg, DESIRED_INSTANCE, instance) != NULL;
}

static const char *network_of(void *arg, const char *vpc, const struct addr *router)
{
    const struct desired_vpc *v = objects_value(arg, DESIRED_VPC, vpc);

    for (size_t i = 0; v && i < v->n_subnets; i++) {
        if (prefix_contains_addr(&v->subnets[i].cidr, router))
            return objects_value(arg, DESIRED_NETWORK, v->subnets[i].id) ? v->subnets[i].id : NULL;
    }
    return NULL;
}

static struct routing_here what_is_here(const struct objects *set)
{
    return (struct routing_here){.vpc_of = vpc_of,
                                 .has_tunnel = has_tunnel,
                                 .has_line = has_line,
                                 .has_gateway = has_gateway,
                                 .has_instance = has_instance,
                                 .network_of = network_of,
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

/* Where what comes for other addresses goes on. */
static int build_beyond(const struct objects *set, const char *id, const struct desired_vpc *vpc,
                        struct packet_routes *ret)
{
    struct routing_here here = what_is_here(set);
    struct routing_table t = {0};
    int r = 0;

    for (size_t i = 0; r == 0 && i < vpc->n_ranges; i++)
        r = routing_add_range(&t, &vpc->ranges[i]);
    for (size_t i = 0; r == 0 && i < vpc->n_beyond; i++) {
        const struct desired_table_route *route = &vpc->beyond[i];

        if (routing_leads_beyond(route->next_hop))
            r = routing_add_vpc_static(&t, &route->destination, route->next_hop, "");
    }
    if (r == 0) {
        routing_select_vpc(&t, 0);
        r = routing_compile_beyond(&t, id, &here, emit_all, ret);
    }
    routing_table_done(&t);
    return r;
}

static struct table_self self_vpc(const struct routing_subnet *subnets, size_t n, const char *table)
{
    return (struct table_self){.v4 = routing_self_vpc(subnets, n, table, ADDR_IPV4),
                               .v6 = routing_self_vpc(subnets, n, table, ADDR_IPV6)};
}

int table_build_vpc(const struct objects *set, const char *id, struct packet_routes *ret,
                    struct table_self *ret_self)
{
    const struct desired_vpc *vpc = objects_value(set, DESIRED_VPC, id);
    struct routing_subnet *subnets = make_subnets(vpc);
    int r = subnets ? 0 : -ENOMEM;

    for (size_t i = 0; r == 0 && i < vpc->n_subnets; i++)
        r = routing_compile_subnet(
            &subnets[i],
            objects_value(set, DESIRED_NETWORK, vpc->subnets[i].id) ? vpc->subnets[i].id : NULL,
            emit_all, ret);
    objects_each_of (o, set, DESIRED_INSTANCE, id) {
        const struct desired_instance *instance = o->value;

        if (r == 0)
            r = routing_compile_instance(o->id, &instance->port.address, emit_all, ret);
    }
    if (r == 0 && vpc->n_beyond)
        r = build_beyond(set, id, vpc, ret);
    if (r == 0)
        *ret_self = self_vpc(subnets, vpc->n_subnets, NULL);
    free(subnets);
    return r;
}

/* ---- border gateways ---- */

void table_build_gateway(const struct objects *set, const struct routing_table *run,
                         bool from_tunnel, struct ipc_route *ret)
{
    struct routing_here here = what_is_here(set);

    ret->n_nexthops = 0;
    if (run)
        (void)!routing_compile_gateway(run, from_tunnel, &here, emit_one, ret);
}

/* The lower one counts. */
static void offer(struct table_self *self, const struct addr *a)
{
    struct addr *lowest = a->family == ADDR_IPV6 ? &self->v6 : &self->v4;

    if (a->family != ADDR_NONE && (lowest->family == ADDR_NONE || addr_cmp(a, lowest) < 0))
        *lowest = *a;
}

/* The gateway's addresses in the subnets of its VPCs. */
static struct table_self self_attached(const struct objects *set, const char *id)
{
    struct table_self self = {0};

    objects_each_of (o, set, DESIRED_ATTACHMENT, id) {
        const struct desired_attachment *a = o->value;

        for (size_t i = 0; i < a->n_prefixes; i++) {
            const struct addr address = model_subnet_gateway(&a->prefixes[i].prefix);

            offer(&self, &address);
        }
    }
    return self;
}

struct table_self table_self_gateway(const struct objects *set, const char *id)
{
    struct table_self attached = self_attached(set, id), self = {0};

    objects_each_of (o, set, DESIRED_TUNNEL, id)
        offer(&self, &((const struct desired_tunnel *)o->value)->dataplane.inner_local);
    objects_each_of (o, set, DESIRED_LINE, id)
        offer(&self, &((const struct desired_line *)o->value)->at.port.gateway);
    if (self.v4.family == ADDR_NONE)
        self.v4 = attached.v4;
    if (self.v6.family == ADDR_NONE)
        self.v6 = attached.v6;
    return self;
}

/* ---- VPC route tables ---- */

void table_build_routes(const struct objects *set, const struct routing_table *run, const char *vpc,
                        struct ipc_route *ret)
{
    struct routing_here here = what_is_here(set);

    ret->n_nexthops = 0;
    if (run)
        (void)!routing_compile_route_table(run, vpc, &here, emit_one, ret);
}

const char *table_attachment(const struct objects *set, const char *gateway, const char *vpc)
{
    const char *first = "";

    objects_each_of (o, set, DESIRED_ATTACHMENT, vpc) {
        const struct desired_attachment *a = o->value;

        if (strcmp(a->gateway, gateway) == 0 && (!*first || strcmp(o->id, first) < 0))
            first = o->id;
    }
    return first;
}

struct table_self table_self_routes(const struct objects *set, const char *id)
{
    const struct desired_table *table = objects_value(set, DESIRED_TABLE, id);
    const struct desired_vpc *vpc = objects_value(set, DESIRED_VPC, table->vpc);
    struct routing_subnet *subnets = vpc ? make_subnets(vpc) : NULL;
    struct table_self self = {0};

    if (subnets)
        self = self_vpc(subnets, vpc->n_subnets, id);
    free(subnets);
    return self;
}
