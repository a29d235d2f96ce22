/* tables.h - the packet tables of the data plane, made out of the objects with the routing room and
 * made anew when something that they are made of changes (docs/architecture.md, "The packet
 * tables"). Private to the node room; does no I/O. */
#ifndef ROPEWAY_NODE_TABLES_H
#define ROPEWAY_NODE_TABLES_H

#include "learned.h"
#include "objects.h"

struct packet_route {
    struct prefix prefix;
    uint32_t first; /* of its next hops, in the table's */
    uint32_t n_hops;
};

struct packet_table {
    struct name_link link; /* by table.id */
    struct list all;
    struct list changed; /* since the data plane was told */
    struct ipc_table table;
    size_t n_routes, n_hops;
    struct packet_route *routes; /* owned, as the next one */
    struct ipc_nexthop *hops;
    bool ipv6; /* has a route of that family */
};

/* A table that is to be made anew. */
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
    struct name_map by_id, gateways;
    struct list all, changed;
    bool reshaped; /* a table came or went since the data plane was told */
    struct table_marks dirty_vpcs, dirty_gateways, dirty_tables;
    struct table_marks announced; /* gateways whose selection has changed */
    bool lost;                    /* a mark could not be made: make everything anew */
    uint64_t computed;            /* tables made so far, for tests */
    uint64_t changes;             /* grows with each table that became another */
};

void tables_init(struct tables *t, const struct objects *set);
void tables_done(struct tables *t);
/* An object came, changed or is about to go: notes what is made of it. Each value may be NULL. */
void tables_touch(struct tables *t, const struct object *o, const void *before, const void *after);
/* What its peers announce has changed. */
void tables_touch_gateway(struct tables *t, const char *gateway);
/* What is known of a gateway, selected; NULL if nothing is. */
const struct routing_table *tables_selected(const struct tables *t, const char *gateway);
/* A gateway whose selection has changed since tables_announced() was called for it; NULL: none. */
const char *tables_next_announced(const struct tables *t);
void tables_announced(struct tables *t, const char *gateway);
/* Makes anew what was touched. -ENOMEM: some of it still waits. */
MUST_USE int tables_update(struct tables *t);
/* The data plane was told of all of them, or of those that changed. */
void tables_told(struct tables *t);
const struct packet_table *tables_find(const struct tables *t, const char *id);
/* As the data plane wants it. */
void tables_route(const struct packet_table *table, const struct packet_route *route,
                  struct ipc_route *ret);
/* True for what the two tables, which may be NULL, have in common. */
bool tables_equal(const struct packet_table *a, const struct packet_table *b);

/* ---- table_marks.c ---- */

void table_mark(struct tables *t, struct table_marks *marks, const char *id);
void table_unmark(struct table_marks *marks, struct table_mark *m);
void table_marks_done(struct table_marks *marks);
/* VPC route tables that name a resource, as what propagates, as a next hop or as their VPC. */
void table_mark_those_of(struct tables *t, const char *id);

/* ---- table_build.c: one table each; *ret is zeroed and gets routes and hops, also on failure ----
 */

struct routing_table;

/* All that the gateway's objects and peers say, selected. Borrows from both. */
MUST_USE int table_select_gateway(const struct objects *set, const struct learned *learned,
                                  const char *id, struct routing_table *ret);
MUST_USE int table_build_vpc(const struct objects *set, const char *id, struct packet_table *ret);
MUST_USE int table_build_gateway(const struct objects *set, const struct routing_table *selected,
                                 bool from_tunnel, struct packet_table *ret);
/* selected_of() lends the selected table of a gateway, NULL if nothing is known of it. */
MUST_USE int table_build_routes(const struct objects *set, const char *id,
                                const struct routing_table *(*selected_of)(void *arg,
                                                                           const char *gateway),
                                void *arg, struct packet_table *ret);

#endif
