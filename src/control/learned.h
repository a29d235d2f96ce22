/* learned.h - the routes that the peers of tunnels announce by BGP, as nodes report them: a set
 * (heard.h) for each tunnel or private interface.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_LEARNED_H
#define ROPEWAY_CONTROL_LEARNED_H

#include "heard.h"

#define LEARNED_MAX      1000000 /* routes that are kept of a node */
#define LEARNED_TEXT_MAX 1024    /* bytes of an AS path, and of communities */

/* ---- reports (learned_take.c); live lock held ---- */

/* An entry that is not taken, by the key it has in "refused". */
typedef void learned_refuse(void *arg, const char *key, enum words_code why);

/* The member "learned" of a report. -ENOMEM: part of it is missing. */
MUST_USE int learned_take(struct region *r, struct node_state *n, const struct model_in *learned,
                          learned_refuse *refuse, void *arg);

/* ---- sets (learned.c); live lock held ---- */

struct heard_edit learned_begin(struct region *r, const char *node);
/* Into the open set. -ENOMEM. */
MUST_USE int learned_put(struct heard_edit *e, const struct plan_learned_route *route);
MUST_USE int learned_remove(struct heard_edit *e, const struct prefix *prefix);
/* After a commit: sets of tunnels that are gone, do without BGP or are carried by another node. */
void learned_forget(struct region *r, const struct snapshot *s, const struct plan_change *changes,
                    size_t count);

/* ---- reading ---- */

/* What there is at one moment. */
struct learned_view {
    struct plan_learned plan; /* only of nodes that speak */
    struct pmap *sets;
    struct pmap *online; /* ids of nodes */
    struct pmap *hosts;  /* sets of real networks (hosts.h) */
    struct pmap *wires;  /* what nodes that speak say of private interfaces and real networks */
};

/* Takes the live lock. */
MUST_USE int learned_look(struct region *r, struct learned_view *ret);
void learned_look_done(struct learned_view *v);

/* Calls take with each route of the tunnel from this prefix on (NULL: from the first), also if the
 * node is silent: then *ret_confirmed is false. */
MUST_USE int learned_each(const struct learned_view *v, const char *tunnel,
                          const struct prefix *from, plan_take_learned *take, void *arg,
                          bool *ret_confirmed);

#endif
