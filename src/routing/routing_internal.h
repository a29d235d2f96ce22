/* routing_internal.h - the rules themselves, which whole tables (select.c) and the RIB share. */
#ifndef ROPEWAY_ROUTING_INTERNAL_H
#define ROPEWAY_ROUTING_INTERNAL_H

#include "routing.h"

/* ---- orders (order.c) ---- */

int routing_compare_u64(uint64_t a, uint64_t b);
/* Best first among routes to one destination. 0: alike in all that is shown. */
int routing_compare_best(bool vpc, const struct routing_route *a, const struct routing_route *b);
/* The order in which routes came. 0: alike in all that is shown. */
int routing_compare_age(bool vpc, const struct routing_route *a, const struct routing_route *b);

/* ---- one destination (choose.c) ---- */

/* What decides between routes to one destination, most important first; smaller wins. */
struct routing_rank {
    unsigned step[3];
};

struct routing_rank routing_rank_of(bool vpc, enum routing_hop hop, enum routing_type type,
                                    uint32_t metric);

/* Zero-initialise but for vpc. */
struct routing_choice {
    bool vpc;
    unsigned equals; /* how many are effective */
    struct routing_rank best;
};

/* Selects for one destination: asked about each route that nothing keeps out, best first. */
enum routing_reason routing_choose(struct routing_choice *c, const struct routing_rank *r);

/* ---- kinds of routes ---- */

/* Their overlaps are settled before the selection. */
bool routing_by_attachment(enum routing_hop hop, enum routing_type type);
/* They count against the table's quota. */
bool routing_is_counted(bool vpc, enum routing_type type);

/* What the effective routes to one destination of a gateway, which are all in run, become in the
 * table of a VPC; false if nothing. Target is left to the caller. */
bool routing_copy_of(const struct routing_table *run, const char *own_attachment,
                     struct routing_route *ret);

#endif
