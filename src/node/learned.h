/* learned.h - the routes that BIRD has learned from peers, by border gateway, and what ropewayd has
 * been told of them (docs/protocol.md, "Status"). Does no I/O. Private to the node room.
 *
 * What is known of a gateway outlives the session over which BIRD tells it: when a new one begins,
 * all of it is in doubt until it is told again, or is not among what there was. A peer has one path
 * to a prefix: under another number, as each life of BIRD gives them anew, it is the same route. */
#ifndef ROPEWAY_NODE_LEARNED_H
#define ROPEWAY_NODE_LEARNED_H

#include "bgp.h"
#include "ipc.h"
#include "names.h"

/* A tunnel whose peer announces. */
struct learned_tunnel {
    struct list all;
    uint32_t number; /* as BIRD's import filter writes it */
    char id[IPC_ID_MAX];
    char connection[IPC_ID_MAX];
};

struct learned_gateway {
    struct name_link link; /* by id */
    struct list tunnels, routes;
    struct name_map by_key;    /* "PREFIX#PATH" */
    struct name_map by_tunnel; /* "PREFIX TUNNEL" */
    char id[IPC_ID_MAX];
};

struct learned_route {
    struct name_link link, tunnel_link;
    struct list all;  /* of the gateway; of those that are gone the set's */
    struct list told; /* in the list of those to be told, or in the report under way */
    struct learned_gateway *of;
    const struct learned_tunnel *tunnel; /* NULL: gone */
    char *tunnel_id;                     /* in texts */
    struct prefix prefix;
    uint32_t path;
    struct addr next_hop;
    uint32_t length, med;
    uint64_t since_us; /* realtime */
    bool has_med, doubtful, gone;
    bool reported; /* stood in a report: ropewayd may know of it */
    uint8_t origin;
    char *as_path, *communities; /* in texts */
    char *texts;                 /* owned: these, and the names in both maps */
};

struct learned {
    /* A route came, changed or is about to go, as far as packets take it; NULL: nobody asks. */
    void (*changed)(void *arg, const struct learned_route *r, bool gone);
    void *arg;
    struct name_map gateways;
    struct name_map gone_by_tunnel; /* "PREFIX TUNNEL" */
    struct list due, sent, gone;    /* of routes: what ropewayd does not know, what the report under
                                       way says, and those that are gone and it may know of */
    size_t count;
};

void learned_init(struct learned *l);
void learned_done(struct learned *l);

/* NULL if nothing is known of it. */
struct learned_gateway *learned_find(const struct learned *l, const char *gateway);
/* The same, made if need be; NULL without memory. */
struct learned_gateway *learned_gateway_for(struct learned *l, const char *gateway);
/* What is no more among the tunnels takes its routes with it. -ENOMEM. Returns 1 if routes went. */
MUST_USE int learned_set_tunnels(struct learned *l, struct learned_gateway *g,
                                 const struct learned_tunnel *tunnels, size_t n);
void learned_forget_gateway(struct learned *l, struct learned_gateway *g);

/* True if what the packet tables are made of has changed. -ENOMEM is as if nothing had come. */
bool learned_announced(struct learned *l, struct learned_gateway *g, const struct prefix *prefix,
                       uint32_t path, const struct bgp_attributes *attributes, uint64_t now_us);
bool learned_withdrawn(struct learned *l, struct learned_gateway *g, const struct prefix *prefix,
                       uint32_t path);
/* A session begins, and ends its first telling of a family. */
void learned_doubt(struct learned_gateway *g);
bool learned_complete(struct learned *l, struct learned_gateway *g, enum addr_family family);
/* Those that are still in doubt, of all families, are gone. */
bool learned_end_doubt(struct learned *l, struct learned_gateway *g);

/* One that is gone. */
void learned_free_gone(struct learned *l, struct learned_route *r);

/* ---- what ropewayd is told (learned_report.c) ---- */

/* Appends `"learned":{…},` to ret, at most max bytes beyond what it has, and notes it as under way;
 * nothing if there is nothing to tell. */
void learned_report_write(struct learned *l, size_t max, struct buf *ret);
bool learned_report_has_more(const struct learned *l);
/* The report under way was taken, or was not. */
void learned_report_sent(struct learned *l, bool taken);
/* ropewayd knows nothing any more. */
void learned_report_reset(struct learned *l);

#endif
