/* tables_internal.h - how the packet tables are kept. tables.c goes through what is due,
 * table_touch.c knows what an object is part of, table_gateway.c and table_routes.c keep what
 * gateways and VPC route tables know, table_build.c makes packet routes of it, and table_change.c
 * and table_marks.c note what changes. Each calls only those after it. */
#ifndef ROPEWAY_NODE_TABLES_INTERNAL_H
#define ROPEWAY_NODE_TABLES_INTERNAL_H

#include "routing_build.h"
#include "tables.h"

/* ---- what gateways know (table_gateway.c) ---- */

/* It is there while something is known, and then it has all of that: what comes and goes is put
 * into it and taken out. */
struct table_gateway {
    struct name_link link; /* by id */
    struct routing_rib *rib;
    struct packet_routes announced;
    bool anew;       /* all its packet routes are to be looked at */
    bool translates; /* a tunnel of it has its peer see our prefixes as others */
    char id[];
};

/* NULL if nothing is known of it. */
static inline struct table_gateway *table_gateway_find(const struct tables *t, const char *id)
{
    struct name_link *link = name_map_find(&t->gateways, id);

    return link ? container_of(link, struct table_gateway, link) : NULL;
}

/* An object of this type is, or is no more, what a gateway knows. Each may be NULL. */
void table_gateway_tunnel(struct tables *t, const char *id, const struct desired_tunnel *before,
                          const struct desired_tunnel *after);
void table_gateway_line(struct tables *t, const char *id, const struct desired_line *before,
                        const struct desired_line *after);
void table_gateway_route(struct tables *t, const char *id, const struct desired_route *before,
                         const struct desired_route *after);
void table_gateway_attachment(struct tables *t, const char *id,
                              const struct desired_attachment *before,
                              const struct desired_attachment *after);
void table_gateway_object(struct tables *t, const char *id, const struct desired_gateway *after);
/* What routes lead to has come here or gone, so that each is looked at. */
void table_gateway_anew(struct tables *t, const char *id);
MUST_USE int table_gateway_update(struct tables *t, const char *id);
void table_gateways_forget(struct tables *t);

/* ---- what VPC route tables know (table_routes.c) ---- */

/* To be made of its objects and gateways anew. */
void table_routes_anew(struct tables *t, const char *id);
/* All that name the resource, as what propagates, as a next hop or as their VPC. */
void table_routes_anew_of(struct tables *t, const char *resource);
MUST_USE int table_routes_update(struct tables *t, const char *id);
void table_routes_forget(struct tables *t);

/* The route tables that copy from a gateway. Zero-initialise, table_followers_done(). */
struct table_followers {
    struct table_follower *list;
    size_t n;
};

/* But for those that are to be made anew. -ENOMEM. */
MUST_USE int table_followers_find(struct tables *t, const char *gateway,
                                  struct table_followers *ret);
/* They copy what is known of one destination. -ENOMEM. */
MUST_USE int table_followers_copy(struct tables *t, const struct table_followers *f,
                                  struct routing_rib *gateway, const struct prefix *destination);
void table_followers_done(struct table_followers *f);

/* ---- packet routes (table_build.c) ---- */

/* Where a table answers from; ADDR_NONE: it has no address of the family. */
struct table_self {
    struct addr v4, v6;
};

/* Those of a VPC's own table into *ret, which is empty, and where it answers from. -ENOMEM. */
MUST_USE int table_build_vpc(const struct objects *set, const char *id, struct packet_routes *ret,
                             struct table_self *ret_self);
/* That of one destination of a gateway, and of a VPC's route table; no next hops: there is none.
 * run: as routing_rib_at() gives it, NULL too. */
void table_build_gateway(const struct objects *set, const struct routing_table *run,
                         bool from_tunnel, struct ipc_route *ret);
void table_build_routes(const struct objects *set, const struct routing_table *run, const char *vpc,
                        struct ipc_route *ret);
struct table_self table_self_gateway(const struct objects *set, const char *id);
struct table_self table_self_routes(const struct objects *set, const char *id);
/* The attachment that joins the VPC to the gateway, the first by its id; "" if there is none. */
const char *table_attachment(const struct objects *set, const char *gateway, const char *vpc);

/* ---- changes of packet tables (table_change.c) ---- */

/* The table, made if need be; NULL without memory. */
struct packet_table *table_for(struct tables *t, const char *id);
void table_drop(struct tables *t, const char *id);
/* Without an address of its own the table answers from one that nobody has: errors must reach who
 * sends packets that are too big. */
void table_set_self(struct tables *t, struct packet_table *table, const struct table_self *self);
/* The route comes, changes or, without next hops, goes. -ENOMEM. */
MUST_USE int table_put(struct tables *t, struct packet_table *table, const struct ipc_route *route);
/* The table gets these routes and no others. -ENOMEM. */
MUST_USE int table_become(struct tables *t, struct packet_table *table,
                          const struct packet_routes *routes);

/* ---- marks (table_marks.c) ---- */

void table_mark(struct tables *t, struct table_marks *marks, const char *id);
void table_unmark(struct table_marks *marks, struct table_mark *m);
void table_marks_done(struct table_marks *marks);

#endif
