/* tables.h - the packet tables of the data plane, made out of the objects and of what peers
 * announce with the routing room, and changed as these change (docs/architecture.md, "The packet
 * tables"). Private to the node room; does no I/O.
 *
 * Gateways and VPC route tables are kept selected (routing_rib.h): a route that comes or goes costs
 * what it touches. What leads to something that came to this node or left it is gone through. A
 * VPC's own table is made anew. */
#ifndef ROPEWAY_NODE_TABLES_H
#define ROPEWAY_NODE_TABLES_H

#include "learned.h"
#include "objects.h"
#include "packet_routes.h"
#include "routing_rib.h"

struct packet_table {
    struct name_link link; /* by table.id */
    struct list all;
    struct list changed; /* since the data plane was told */
    struct ipc_table table;
    struct packet_routes routes;
    struct prefix *changes; /* of which routes, in no order, perhaps more than once */
    size_t n_changes, cap;
    bool whole; /* of all */
};

/* A table that is to be looked at. */
struct table_mark {
    struct name_link link;
    struct list all;
    char id[];
};

/* All of one kind, each once. */
struct table_marks {
    struct name_map by_id;
    struct list all;
};

struct tables {
    const struct objects *set;     /* borrowed */
    const struct learned *learned; /* likewise; NULL: nothing */
    struct name_map by_id;
    struct list all, changed;
    struct name_map gateways, route_tables; /* what packet tables are made of, by id */
    bool reshaped;                          /* a table came or went since the data plane was told */
    struct table_marks dirty_vpcs, dirty_gateways, dirty_tables;
    struct table_marks announced; /* gateways that announce something else than was asked for */
    bool lost;                    /* a change could not be taken in: make everything anew */
    uint64_t computed;            /* routes made so far, for tests */
    uint64_t changes;             /* grows with each table that becomes another */
};

void tables_init(struct tables *t, const struct objects *set);
void tables_done(struct tables *t);
/* An object came, changed or is about to go: notes what is made of it. Each value may be NULL. */
void tables_touch(struct tables *t, const struct object *o, const void *before, const void *after);
/* A private interface carries traffic now, or no more (struct object, down). */
void tables_touch_line(struct tables *t, const char *id);
/* A learned route came, changed or is about to go. */
void tables_touch_learned(struct tables *t, const struct learned_route *r, bool gone);
/* Brings about what was touched. -ENOMEM: some of it still waits. */
MUST_USE int tables_update(struct tables *t);
/* The data plane was told of all of them, or of what changed. */
void tables_told(struct tables *t);
const struct packet_table *tables_find(const struct tables *t, const char *id);

/* What a gateway has its peers told: each destination, with the connections (as next hops) whose
 * peers are spared. What BIRD itself passes on has a next hop of another kind as well, and is in it
 * only where a translation may make it something else. NULL if nothing is known of the gateway. */
const struct packet_routes *tables_announced_by(const struct tables *t, const char *gateway);
/* A gateway that announces something else since tables_announced() was called for it; NULL: none.
 */
const char *tables_next_announced(const struct tables *t);
void tables_announced(struct tables *t, const char *gateway);

#endif
