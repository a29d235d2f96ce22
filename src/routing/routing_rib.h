/* routing_rib.h - the routes of one table, kept selected while they come and go. A change costs
 * what it touches, however many routes there are; the outcome is what selecting the whole table
 * gives.
 *
 *     routing_rib_set(), routing_rib_remove()     a candidate comes, changes or goes
 *     routing_rib_next_change()                   the destinations whose outcome is another now
 *     routing_rib_at()                            what is known of one destination
 *
 * What is known of one destination is a struct routing_table of its routes alone, best first: what
 * routing.h and routing_build.h ask of a selected table (compile, announce, views) they answer for
 * one destination, too.
 *
 * A change of one candidate touches its own destination, and besides
 *   - what an attachment propagates: what overlaps it, and what that overlaps in turn as far as the
 *     outcome changes;
 *   - what counts against the quota: the one route at the quota's boundary;
 *   - a range of a VPC: what lies inside it.
 * Pure: no I/O, no clock. Not for several threads at once. */
#ifndef ROPEWAY_ROUTING_RIB_H
#define ROPEWAY_ROUTING_RIB_H

#include "ptree.h"
#include "routing.h"

struct routing_rib;

enum routing_rib_kind { ROUTING_RIB_GATEWAY, ROUTING_RIB_VPC };

/* quota: max_dynamic of a gateway, max_propagated of a VPC route table. -ENOMEM. */
MUST_USE int routing_rib_new(enum routing_rib_kind kind, size_t quota, struct routing_rib **ret);
void routing_rib_free(struct routing_rib *rib);

/* ---- changes ---- */

/* A candidate is known by its destination, hop, type, target, id and via: one that is there gets
 * metric, since and barred of r, another is added. Texts are copied (each is kept once), NULL is
 * "". Several things that would be alike need something that tells them apart: two tunnels with one
 * inner address are two local routes by their id. -EINVAL for a destination without family or with
 * host bits, -ENOMEM; then nothing has changed. */
MUST_USE int routing_rib_set(struct routing_rib *rib, const struct routing_route *r);
/* False if there is none. */
bool routing_rib_remove(struct routing_rib *rib, const struct routing_route *r);
void routing_rib_set_quota(struct routing_rib *rib, size_t quota);

/* The next destination of which a route came, went, changed or has another reason since it was last
 * told; false if there is none left. What changed back is not told, but for metric and since. In no
 * order. Whoever changes much without asking keeps what went. */
bool routing_rib_next_change(struct routing_rib *rib, struct prefix *ret);

/* ---- questions; each answer is lent until the rib is asked or changed again ---- */

/* The routes to one destination, selected; NULL if there are none. A winner that has another
 * destination is not in it: routing_rib_winner(). */
const struct routing_table *routing_rib_at(struct routing_rib *rib,
                                           const struct prefix *destination);
/* The longest destination that holds a and has an effective route; false if there is none. */
bool routing_rib_match(const struct routing_rib *rib, const struct addr *a, struct prefix *ret);
/* What r, as routing_rib_at() gave it, loses to by ROUTING_LOSES_CONFLICT or
 * ROUTING_COVERED_BY_LOCAL; false for other reasons. Its texts are the rib's. */
bool routing_rib_winner(const struct routing_rib *rib, const struct routing_route *r,
                        struct routing_route *ret);

/* A walk over destinations in their order. The rib must not change meanwhile. */
struct routing_rib_walk {
    struct routing_rib *rib;
    struct ptree_walk walk;
};

/* within: only what lies inside it; NULL for all. */
void routing_rib_walk(struct routing_rib *rib, const struct prefix *within,
                      struct routing_rib_walk *ret);
/* As routing_rib_at(); NULL at the end. */
const struct routing_table *routing_rib_walk_next(struct routing_rib_walk *w);

size_t routing_rib_count(const struct routing_rib *rib); /* candidates */
size_t routing_rib_memory(const struct routing_rib *rib);

/* ---- from gateways to VPCs ---- */

/* What a VPC route table copies of one gateway: all its propagations of it together. */
struct routing_follow {
    const char *gateway;
    const char *own_attachment; /* joins the VPC to the gateway; "" if nothing does */
    const struct prefix *ranges;
    size_t n_ranges;
};

/* Makes the copy of one destination, in the rib of a VPC, what routing_propagate() would make it:
 * set, changed or removed. To be called for each change of the gateway, and, when the ranges or the
 * attachment change, for each destination within the ranges of before and after. -ENOMEM. */
MUST_USE int routing_rib_follow(struct routing_rib *vpc, struct routing_rib *gateway,
                                const struct routing_follow *follow,
                                const struct prefix *destination);

#endif
