/* routing.h - which routes forward, and why the others do not (docs/routing.md). Pure: no I/O, no
 * clock.
 *
 * One struct routing_table holds everything a border gateway knows (local, static and propagated
 * routes together) or everything a VPC route table knows. Fill it with routing_add(), then call
 * the select function of its kind: it sorts the routes and writes into each whether it is
 * effective and, if not, why and because of which other route. The three tables of a gateway are
 * views: static = routes of type static, propagated = routing_is_propagated(), effective = routes
 * whose reason is ROUTING_EFFECTIVE. */
#ifndef ROPEWAY_ROUTING_H
#define ROPEWAY_ROUTING_H

#include "words.h"

/* What a route leads to. In a gateway's table smaller values win (docs/routing.md). A blackhole is
 * an order to drop and is not undone by what is learned: it comes before every other next hop. */
enum routing_hop {
    ROUTING_HOP_LOCAL = 0, /* the gateway itself; in a VPC route table the VPC's own ranges */
    ROUTING_HOP_BLACKHOLE = 50,
    ROUTING_HOP_ATTACHMENT = 100,
    ROUTING_HOP_PRIVATE_INTERFACE = 120,
    ROUTING_HOP_CONNECTION = 140,
    ROUTING_HOP_GATEWAY = 200,  /* VPC route tables only */
    ROUTING_HOP_INSTANCE = 201, /* VPC route tables only */
    ROUTING_HOP_ROUTER = 202,   /* likewise: an address in a real network of the VPC */
};

/* Where a route comes from: the administrative distance, smaller wins (docs/routing.md). */
enum routing_type {
    ROUTING_TYPE_LOCAL = 0,
    ROUTING_TYPE_STATIC = 100,
    ROUTING_TYPE_PROPAGATED = 120, /* gateway: by a VPC attachment; VPC table: from a gateway */
    ROUTING_TYPE_EBGP = 150,
    ROUTING_TYPE_IBGP = 200
};

enum routing_reason {
    ROUTING_EFFECTIVE = 0,
    ROUTING_LOSES_HOP,        /* another next-hop type wins for this destination */
    ROUTING_LOSES_TYPE,       /* another route type wins for this destination */
    ROUTING_LOSES_METRIC,     /* a shorter AS_PATH wins for this destination */
    ROUTING_LOSES_CONFLICT,   /* overlaps what another attachment propagated first */
    ROUTING_OVER_QUOTA,       /* came after the quota was used up */
    ROUTING_OVER_ECMP,        /* ROUTING_ECMP_MAX equal routes are effective already */
    ROUTING_COVERED_BY_LOCAL, /* inside a range of the VPC */
    ROUTING_LEADS_BACK,       /* would lead from a VPC through a gateway into the same VPC */
    ROUTING_UNATTACHED,       /* the VPC has no attachment to the gateway */
    ROUTING_LINE_DOWN,        /* the private interface carries nothing */
};

#define ROUTING_ECMP_MAX  16 /* equal routes that forward together; what the data plane takes */
#define ROUTING_NO_WINNER SIZE_MAX

struct routing_route {
    struct prefix destination;
    enum routing_hop hop;
    const char *target; /* id of the resource hop names, or the router's address; "" for local and
                           blackhole. Borrowed. */
    const char *id;     /* id of the static route's own resource, or "". Borrowed. */
    const char *via; /* BGP: id of the tunnel, or private interface, whose peer announces it, else
                        "". Borrowed. */
    enum routing_type type;
    uint32_t metric; /* AS_PATH length; 0 for all but BGP */
    bool translated; /* BGP: destination is what the connection sees the announced prefix as */
    uint64_t since;  /* when it came, in any unit: earlier wins conflicts and quota places */
    /* ROUTING_EFFECTIVE, or what keeps the route out of the selection from the start: of a VPC
     * table ROUTING_LEADS_BACK (set by routing_propagate()) or ROUTING_UNATTACHED, of a gateway's
     * static route ROUTING_LINE_DOWN. */
    enum routing_reason barred;

    /* Written by select: */
    enum routing_reason reason;
    size_t winner; /* index of the route that it loses to, or ROUTING_NO_WINNER */
};

/* Zero-initialise. Owns the array, not the texts its routes point to. */
struct routing_table {
    struct routing_route *routes;
    size_t count;
    size_t cap;
    size_t *order, *above; /* scratch for select */
    bool vpc;     /* what it was selected as, and with which quota: for the order of routes and */
    size_t quota; /* the sentences */
};

void routing_table_done(struct routing_table *t);
/* target, id and via may be NULL for "". -EINVAL for a destination without family, -ENOMEM. */
MUST_USE int routing_add(struct routing_table *t, const struct routing_route *r);

/* ---- selection ---- */

/* A border gateway. Conflicts between attachments are settled first and among the propagated
 * routes alone: in order of since, a route is left out if it overlaps a route of another
 * attachment that was not. Static routes that are barred are left out, then BGP routes beyond
 * max_dynamic, latest first. Of what is left the best for each destination are effective, by
 * next-hop type, route type, metric. Sorts by destination, then best first; the outcome does not
 * depend on the order of adding. */
void routing_select_gateway(struct routing_table *t, size_t max_dynamic);
/* Copies the effective routes of a selected gateway that lie inside range into a VPC's table, one
 * for each destination, next hop gateway_id, except local ones (the gateway's own addresses).
 * own_attachment is the id of the attachment that joins this VPC to the gateway: a route that leads
 * only there would lead back. If it is "", there is none and the copies are barred. */
MUST_USE int routing_propagate(const struct routing_table *gateway, const char *gateway_id,
                               const struct prefix *range, const char *own_attachment,
                               struct routing_table *vpc);
/* A VPC route table: what lies inside a local range or is barred is left out, then propagated
 * routes beyond max_propagated, latest first. For each destination static comes before propagated
 * and, among static ones, a blackhole before the rest; equal ones are effective together. What
 * several propagations of one gateway copied is there once. */
void routing_select_vpc(struct routing_table *t, size_t max_propagated);

/* By an attachment, BGP, or a gateway: all but local and static. */
bool routing_is_propagated(const struct routing_route *r);

/* ---- questions to a selected table ---- */

/* The effective routes of the longest destination that holds a: false if there are none. They lie
 * within [*ret_first, *ret_end), possibly among ineffective ones of the same destination. */
bool routing_lookup(const struct routing_table *t, const struct addr *a, size_t *ret_first,
                    size_t *ret_end);

/* "vpcAttachment", "vpnConnection", ...; "local", "static", "propagated", "ebgp", "ibgp": what
 * programs read. */
const char *routing_hop_name(enum routing_hop hop);
const char *routing_type_name(enum routing_type type);

#define ROUTING_TEXT_MAX WORDS_TEXT_MAX

/* Both write a message (words.h) into buf and return it.
 * Why routes[i] is not effective, which names the winning route; "" if it is. */
const char *routing_reason_text(const struct routing_table *t, size_t i,
                                char buf[ROUTING_TEXT_MAX]);
/* "10.2.0.0/16 (static route to VPN connection vpn-…)" */
const char *routing_route_text(const struct routing_route *r, char buf[ROUTING_TEXT_MAX]);

typedef void routing_say(void *arg, const struct words *m);
/* Tells how a is looked up: the match, what shares the traffic, then every other route that holds
 * a and why it is not taken. */
void routing_explain(const struct routing_table *t, const struct addr *a, routing_say *say,
                     void *arg);

#endif
