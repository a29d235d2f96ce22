/* pmap.h - an ordered map of byte keys that may be shared: a version, once it has a second holder,
 * never changes again; a change makes a version of its own that shares all but one path with it.
 *
 * A version is a struct pmap * (NULL: the empty map). Whoever holds one owns one reference. Readers
 * need no lock: counts of references are atomic. Each entry has a weight, and sums of weights are
 * found as fast as entries, O(log n). */
#ifndef ROPEWAY_PMAP_H
#define ROPEWAY_PMAP_H

#include "base.h"

struct pmap;

/* More or longer ones are refused as if memory had run out. The count bounds the depth of trees. */
#define PMAP_COUNT_MAX ((size_t)1 << 26)
#define PMAP_KEY_MAX   UINT16_MAX

/* How the values of a map are shared; each may be NULL. */
struct pmap_type {
    void (*ref)(void *value);
    void (*unref)(void *value);
};

struct pmap *pmap_ref(struct pmap *m);
void pmap_unref(const struct pmap_type *type, struct pmap *m);

/* Change *m in place as far as nobody else holds it, and copy what others hold. The key is copied,
 * the map takes a reference to value (not NULL). On -ENOMEM *m is as it was. */
MUST_USE int pmap_put(const struct pmap_type *type, struct pmap **m, const void *key, size_t len,
                      void *value, uint64_t weight);
/* -ENOENT if there is none. */
MUST_USE int pmap_remove(const struct pmap_type *type, struct pmap **m, const void *key,
                         size_t len);

/* ---- making a large one at once: O(n) for keys that come in their order ---- */

/* Zero-initialise. */
struct pmap_bulk {
    struct pmap **nodes;
    size_t count, cap;
    bool failed; /* memory ran out: remembered until the map is made */
};

/* As for pmap_put(). Of equal keys the one added last counts. */
void pmap_bulk_add(const struct pmap_type *type, struct pmap_bulk *b, const void *key, size_t len,
                   void *value);
/* Makes *ret of what was added, and b empty, also when it fails: -ENOMEM. weigh (NULL: nothing
 * weighs anything) is asked for the weight of each entry, in the order of keys. */
MUST_USE int pmap_bulk_make(const struct pmap_type *type, struct pmap_bulk *b,
                            uint64_t (*weigh)(void *arg, const void *key, size_t len), void *arg,
                            struct pmap **ret);
void pmap_bulk_drop(const struct pmap_type *type, struct pmap_bulk *b);

/* ---- asking ---- */

/* Borrowed; NULL if there is none. */
void *pmap_get(const struct pmap *m, const void *key, size_t len);
size_t pmap_count(const struct pmap *m);
/* How many entries have a key less than this, and the sum of their weights. Bytewise order, a
 * prefix before what it is a prefix of. */
size_t pmap_rank(const struct pmap *m, const void *key, size_t len);
uint64_t pmap_weight_before(const struct pmap *m, const void *key, size_t len);

/* A walk in ascending order of keys. Borrows the map, which must outlive it. */
#define PMAP_DEPTH_MAX 64
struct pmap_iter {
    const struct pmap *path[PMAP_DEPTH_MAX];
    unsigned depth;
};

/* Begins at the first key that is not less than this (len 0: at the first of all). */
void pmap_begin(struct pmap_iter *it, const struct pmap *m, const void *key, size_t len);
/* The value, and the key if asked for, both borrowed; NULL at the end. */
void *pmap_next(struct pmap_iter *it, const void **ret_key, size_t *ret_len);
/* The greatest entry whose key is less than this; NULL if there is none. */
void *pmap_before(const struct pmap *m, const void *key, size_t len, const void **ret_key,
                  size_t *ret_len);

#endif
