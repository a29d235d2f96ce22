/* learned.h - the routes that the peers of tunnels announce by BGP, as nodes report them: in
 * memory, a set for each tunnel, which belongs to the node that reported it. A set never changes: a
 * report makes others in its place, so a reader holds on to what there was at one moment and needs
 * no lock.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_LEARNED_H
#define ROPEWAY_CONTROL_LEARNED_H

#include "control_internal.h"

#define LEARNED_MAX      1000000 /* routes that are kept of a node */
#define LEARNED_TEXT_MAX 1024    /* bytes of an AS path, and of communities */

/* ---- reports (learned_take.c); live lock held ---- */

/* An entry that is not taken, by the key it has in "refused". */
typedef void learned_refuse(void *arg, const char *key, enum words_code why);

/* The member "learned" of a report. -ENOMEM: part of it is missing. */
MUST_USE int learned_take(struct region *r, struct node_state *n, const struct model_in *learned,
                          learned_refuse *refuse, void *arg);

/* ---- sets (learned.c); live lock held ---- */

/* Of one tunnel, or private interface. */
struct learned_set;

/* Changes to the set of one tunnel that are made together. */
struct learned_edit {
    struct region *region;
    const char *node;
    char tunnel[STORE_NAME_MAX + 1]; /* "": none is open */
    struct learned_set *set;         /* owned */
};

/* Goes on with the set of this tunnel (what another node said of it counts no more), after
 * putting that of the one before in its place. tunnel NULL: only that. -ENOMEM. */
MUST_USE int learned_edit(struct learned_edit *e, const char *tunnel);
/* -ENOMEM. */
MUST_USE int learned_put(struct learned_edit *e, const struct plan_learned_route *route);
MUST_USE int learned_remove(struct learned_edit *e, const struct prefix *prefix);
/* How many there are in the open set. */
size_t learned_edited(const struct learned_edit *e);

/* How many the node has reported. */
size_t learned_count(const struct region *r, const char *node);
/* What the node has said counts no more. */
void learned_forget_node(struct region *r, const char *node);
/* After a commit: sets of tunnels that are gone, do without BGP or are carried by another node. */
void learned_forget(struct region *r, const struct snapshot *s, const struct plan_change *changes,
                    size_t count);
void learned_free(struct region *r);

/* ---- reading ---- */

/* What there is at one moment. */
struct learned_view {
    struct plan_learned plan; /* only of nodes that speak */
    struct pmap *sets;
    struct pmap *online; /* ids of nodes */
    struct pmap *up;     /* ids of private interfaces */
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
