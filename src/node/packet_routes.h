/* packet_routes.h - routes of the data plane, changed one by one: destinations, each with the next
 * hops that packets take. Routes that lead to the same ones share them. Private to the node room;
 * does no I/O. */
#ifndef ROPEWAY_NODE_PACKET_ROUTES_H
#define ROPEWAY_NODE_PACKET_ROUTES_H

#include "ipc.h"
#include "names.h"
#include "ptree.h"

/* Zero-initialise. */
struct packet_routes {
    struct pool nodes, lists;
    struct ptree tree; /* value: number of the list of next hops */
    struct name_map by_hops;
    size_t count, ipv6, to_ports; /* routes: all, of that family, and to an instance */
};

/* A route, lent until the next change. */
struct packet_route {
    struct prefix prefix;
    const struct ipc_nexthop *hops;
    size_t n_hops;
};

void packet_routes_done(struct packet_routes *r);
/* Adds a route, or has the one that is there lead to these next hops, which are copied. Returns
 * whether anything changed, or -ENOMEM; then nothing has. */
MUST_USE int packet_routes_put(struct packet_routes *r, const struct prefix *prefix,
                               const struct ipc_nexthop *hops, size_t n);
/* False if there is none. */
bool packet_routes_remove(struct packet_routes *r, const struct prefix *prefix);
/* False if there is none. */
bool packet_routes_find(const struct packet_routes *r, const struct prefix *prefix,
                        struct packet_route *ret);

/* A walk in the order of prefix_cmp(). The routes must not change meanwhile. */
struct packet_routes_walk {
    const struct packet_routes *routes;
    struct ptree_walk walk;
};

void packet_routes_walk(const struct packet_routes *r, struct packet_routes_walk *ret);
/* False at the end. */
bool packet_routes_next(struct packet_routes_walk *w, struct packet_route *ret);

bool packet_routes_equal(const struct packet_routes *a, const struct packet_routes *b);
/* As the data plane wants it. */
void packet_route_write(const struct packet_route *route, struct ipc_route *ret);

#endif
