/* routing_build.h - from candidates to the tables of routing.h, and from a selected table to the
 * routes of the data plane. The control plane answers people's questions with it and a node makes
 * its packet tables with it: what both hold, both decide alike. Pure: no I/O, no clock, no JSON.
 *
 *     a border gateway                         a VPC route table
 *     routing_add_inner()   its tunnels here   routing_add_range()       ranges of the VPC
 *     routing_add_static()  static routes      routing_add_vpc_static()  static routes
 *     routing_add_offer()   what attachments   routing_propagate()       what its propagations
 *                           propagate                                    copy from gateways
 *     routing_add_learned() what peers announce
 *     routing_select_gateway()                 routing_select_vpc()
 *     routing_compile_gateway()                routing_compile_route_table()
 *
 * and the table of the VPC itself: routing_compile_subnet(), routing_compile_instance() and
 * routing_compile_beyond().
 * What each table is made of, so that a change costs what it touches:
 *
 *     bgw-…  its gateway, static routes, attachments, and its tunnels that are here
 *     rtb-…  its table, the ranges of its VPC, the selected table of each gateway that it names,
 *            the attachment that joins its VPC to each of these, and which instances are here
 *     vpc-…  its subnets and the instances that are here
 *
 * A VPC route table may name a gateway on another node. The node then holds the routes and
 * attachments of that gateway, not the gateway: it is built and selected just the same, for what
 * the route table copies from it, and what leads there is unreachable (routing_here.has_gateway).
 * It has no packet table here. */
#ifndef ROPEWAY_ROUTING_BUILD_H
#define ROPEWAY_ROUTING_BUILD_H

#include "routing.h"

/* ---- candidates; what they are made of is borrowed ---- */

/* What a next hop is, by the form of its text: "blackhole", an id vpcattach-…, pvif-…, vpn-…,
 * bgw-…, i-…, or the address of a router; false if it is none of them. */
bool routing_parse_hop(const char *next_hop, enum routing_hop *ret);

/* A range of the VPC, in the table of one of its route tables. id tells apart what is else alike.
 */
struct routing_route routing_local_route(const struct prefix *destination, const char *id);
/* The inner address of a tunnel, or the address of a private interface: the gateway answers on it
 * itself. */
struct routing_route routing_inner_route(const struct addr *inner, const char *tunnel);
/* A static route of a border gateway to vpcattach-…, pvif-…, vpn-… or blackhole. -EINVAL for
 * another next hop. One to a private interface that carries nothing is barred (ROUTING_LINE_DOWN)
 * by whoever knows that. */
MUST_USE int routing_static_route(const struct prefix *destination, const char *next_hop,
                                  const char *id, uint64_t since, struct routing_route *ret);
/* A prefix that an attachment propagates. */
struct routing_route routing_offer_route(const char *attachment, const struct prefix *prefix,
                                         uint64_t since);
/* What the peer of a tunnel announces by EBGP, or of a private interface, whose id is both. length:
 * of its AS_PATH, a set counts as one (RFC 4271, 9.1.2.2). */
struct routing_route routing_learned_route(const struct prefix *destination, const char *connection,
                                           const char *tunnel, uint32_t length, uint64_t since);
/* A static route of a VPC route table to bgw-…, i-…, a router or blackhole; -EINVAL for another.
 * own_attachment is the id of the attachment that joins this VPC to the gateway it leads to, "" if
 * there is none: the route is barred then. It is not looked at for other next hops. */
MUST_USE int routing_vpc_static_route(const struct prefix *destination, const char *next_hop,
                                      const char *own_attachment, struct routing_route *ret);

/* The same, added to a table; each -EINVAL for a destination without family, -ENOMEM. */
MUST_USE int routing_add_inner(struct routing_table *t, const struct addr *inner);
MUST_USE int routing_add_static(struct routing_table *t, const struct prefix *destination,
                                const char *next_hop, const char *id, uint64_t since);
MUST_USE int routing_add_offer(struct routing_table *t, const char *attachment,
                               const struct prefix *prefix, uint64_t since);
MUST_USE int routing_add_learned(struct routing_table *t, const struct prefix *destination,
                                 const char *connection, const char *tunnel, uint32_t length,
                                 uint64_t since);
/* The same of a prefix that the connection sees as destination, which is what counts here. */
MUST_USE int routing_add_translated(struct routing_table *t, const struct prefix *destination,
                                    const char *connection, const char *tunnel, uint32_t length,
                                    uint64_t since);
MUST_USE int routing_add_range(struct routing_table *t, const struct prefix *range);
MUST_USE int routing_add_vpc_static(struct routing_table *t, const struct prefix *destination,
                                    const char *next_hop, const char *own_attachment);

/* ---- overlapping networks ---- */

/* A connection may exchange prefixes, from for to, of equal length. What lies inside from becomes
 * its counterpart inside to, true; what does not, a wider prefix too, stays as it is. */
bool routing_translate(const struct prefix *from, const struct prefix *to, struct prefix *p);

/* ---- the routes of the data plane ---- */

enum routing_to {
    ROUTING_TO_PORT,       /* target: the instance, private interface or real network */
    ROUTING_TO_TABLE,      /* target: the table where the lookup goes on */
    ROUTING_TO_CONNECTION, /* target: the VPN connection, by flow over its tunnels that are up */
    ROUTING_TO_TUNNEL,     /* target: the tunnel; several by flow over those that are up */
    ROUTING_TO_BLACKHOLE,
    ROUTING_TO_UNREACHABLE, /* the sender is told */
    ROUTING_TO_SELF,        /* an address of the gateway itself */
    ROUTING_TO_HOST,        /* target: the real network that via is in */
};

struct routing_nexthop {
    enum routing_to to;
    const char *target; /* "" if it has none. Borrowed. */
    struct addr via;    /* of ROUTING_TO_HOST */
};

struct routing_packet_route {
    struct prefix prefix;
    size_t count; /* at least 1, no two equal */
    struct routing_nexthop hops[ROUTING_ECMP_MAX];
};

/* "port", "table", "connection", "tunnel", "blackhole", "unreachable", "self", "host". */
const char *routing_to_name(enum routing_to to);

/* Takes one route; borrowed during the call. A negative answer ends the compilation, which returns
 * it. */
typedef int routing_emit(void *arg, const struct routing_packet_route *route);

/* What there is on the node that a table is compiled for. */
struct routing_here {
    /* The VPC that an attachment joins to its gateway, whose own table has its name; NULL if the
     * attachment is not known. Borrowed as long as the compiled routes are. */
    const char *(*vpc_of)(void *arg, const char *attachment);
    bool (*has_tunnel)(void *arg, const char *connection); /* of this connection, whatever state */
    bool (*has_line)(void *arg, const char *private_interface);
    bool (*has_gateway)(void *arg, const char *gateway);
    bool (*has_instance)(void *arg, const char *instance);
    /* The real network of a VPC that holds the address, if it is here; else NULL. Borrowed as that
     * of vpc_of(). */
    const char *(*network_of)(void *arg, const char *vpc, const struct addr *router);
    void *arg;
};

/* Packets that came from a tunnel or private interface of a gateway without transit start in a
 * table of their own, which has this behind the gateway's name; there routes to connections and
 * private interfaces are unreachable (not missing: a shorter route must not catch the packet). Such
 * a gateway is compiled twice, one with transit once and its tunnels use that table. */
#define ROUTING_TUNNEL_TABLE "/tunnel"

/* A gateway that is here, one route for each destination that has an effective one, in the order of
 * destinations; of the whole table, or of one destination (routing_rib_at()). What leads to
 * something that is not here is unreachable. */
MUST_USE int routing_compile_gateway(const struct routing_table *selected, bool from_tunnel,
                                     const struct routing_here *here, routing_emit *emit,
                                     void *arg);
/* A route table of this VPC, the same way. */
MUST_USE int routing_compile_route_table(const struct routing_table *selected, const char *vpc,
                                         const struct routing_here *here, routing_emit *emit,
                                         void *arg);

struct routing_subnet {
    struct prefix cidr;
    struct addr gateway; /* the address that Ropeway answers on in it */
    const char *table;   /* the route table it uses */
};

/* The table of a VPC: what no instance here has is unreachable, the gateway address is ours. Of a
 * real network that is here (by its id, else NULL) all else leads there. */
MUST_USE int routing_compile_subnet(const struct routing_subnet *subnet, const char *network,
                                    routing_emit *emit, void *arg);
MUST_USE int routing_compile_instance(const char *instance, const struct addr *address,
                                      routing_emit *emit, void *arg);

/* What comes into a VPC for addresses beyond its ranges: where a route table leads on from there,
 * selected from the ranges and those static routes that routing_leads_beyond(). */
bool routing_leads_beyond(const char *next_hop);
MUST_USE int routing_compile_beyond(const struct routing_table *selected, const char *vpc,
                                    const struct routing_here *here, routing_emit *emit, void *arg);

/* ---- what a gateway announces ---- */

/* A destination that peers are told of. */
struct routing_announced {
    struct prefix prefix;
    bool learned;    /* from a peer, as it is: it is passed on with the AS_PATH that it came with */
    size_t n_except; /* the connections and private interfaces it leads to, whose peers are not told
                        of it */
    const char *except[ROUTING_ECMP_MAX]; /* borrowed */
};

typedef int routing_announce_emit(void *arg, const struct routing_announced *a);

/* What a selected gateway announces by BGP: each effective destination but its own addresses. What
 * leads to a VPN connection or private interface is announced with transit only, since packets from
 * others of them would be refused without it. Order and a negative answer as
 * routing_compile_gateway(). */
MUST_USE int routing_announce(const struct routing_table *selected, bool transit,
                              routing_announce_emit *emit, void *arg);
/* Whether the peers of a connection are told. */
bool routing_is_announced_to(const struct routing_announced *a, const char *connection);

/* The address of the family that a route table, or a VPC (table NULL), answers from itself (ICMP
 * errors): the lowest gateway address among the subnets that use it. Family ADDR_NONE if there is
 * none. */
struct addr routing_self_vpc(const struct routing_subnet *subnets, size_t count, const char *table,
                             enum addr_family family);

#endif
