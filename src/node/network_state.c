/* Real networks: how many hosts count. */
#include "node_internal.h"

#define ROUTERS_MAX                                                                                \
    64 /* that are told apart; who has more routers in a network has a large limit */

struct routers {
    const struct hosts *hosts;
    const char *network;
    struct addr known[ROUTERS_MAX];
    size_t n;
};

static void add(struct routers *r, const struct addr *a)
{
    for (size_t i = 0; i < r->n; i++) {
        if (addr_equal(&r->known[i], a))
            return;
    }
    if (r->n < ROUTERS_MAX && hosts_know(r->hosts, r->network, a))
        r->known[r->n++] = *a;
}

/* Where they lead to an address, it is a router's. */
static void add_all(struct routers *r, const struct desired_table_route *routes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct addr a;

        if (addr_parse(routes[i].next_hop, &a) == 0)
            add(r, &a);
    }
}

size_t network_hosts(const struct node *node, const char *id, const char *vpc)
{
    const struct desired_vpc *v = objects_value(&node->set, DESIRED_VPC, vpc);
    struct routers r = {.hosts = &node->hosts, .network = id};

    if (v)
        add_all(&r, v->beyond, v->n_beyond);
    objects_each_of (o, &node->set, DESIRED_TABLE, vpc) {
        const struct desired_table *table = o->value;

        add_all(&r, table->routes, table->n_routes);
    }
    return hosts_count(&node->hosts, id) - r.n;
}
