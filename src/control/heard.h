/* heard.h - what nodes report of resources in sets, such as the routes that the peer of a tunnel
 * announces: in memory, a set for each resource, which belongs to the node that reported it. A set
 * never changes: a report makes others in its place, so a reader holds on to what there was at one
 * moment and needs no lock.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_HEARD_H
#define ROPEWAY_CONTROL_HEARD_H

#include "control_internal.h"

struct heard_set {
    unsigned refs; /* atomic */
    const struct pmap_type *type;
    struct pmap *items;
    char node[64];
};

/* NULL: there is none. */
const struct heard_set *heard_find(const struct pmap *sets, const char *id);

/* Changes to the set of one resource that are made together. */
struct heard_edit {
    struct pmap **sets;
    const struct pmap_type *type; /* of the items */
    const char *node;
    char id[STORE_NAME_MAX + 1]; /* "": none is open */
    struct heard_set *set;       /* owned */
};

/* Goes on with the set of this resource (what another node said of it counts no more), after
 * putting that of the one before in its place. id NULL: only that. -ENOMEM. */
MUST_USE int heard_edit(struct heard_edit *e, const char *id);
/* The value is the set's from then on. -ENOMEM: it is not. */
MUST_USE int heard_put(struct heard_edit *e, const void *key, size_t len, void *value);
/* -ENOMEM. */
MUST_USE int heard_remove(struct heard_edit *e, const void *key, size_t len);
/* How many there are in the open set. */
size_t heard_edited(const struct heard_edit *e);

/* How many the node has reported. */
size_t heard_count(const struct pmap *sets, const char *node);
/* Removes the sets that gone() is true of. */
void heard_sweep(struct pmap **sets,
                 bool (*gone)(const void *arg, const char *id, const struct heard_set *set),
                 const void *arg);
/* What the node has said counts no more. */
void heard_forget_node(struct pmap **sets, const char *node);
void heard_free(struct pmap **sets);

/* Whether the node was given the object "TYPE/ID", so that it is believed about it. */
bool heard_was_given(const struct region *r, const char *node, const char *type, const char *id);

/* ---- keys: the family, the address, and what follows ---- */

#define HEARD_ADDR_MAX 17

size_t heard_addr_key(const struct addr *a, uint8_t key[HEARD_ADDR_MAX]);
struct addr heard_addr_read(const void *key, size_t len);

#endif
