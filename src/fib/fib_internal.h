/* fib_internal.h - the trie under a table. */
#ifndef ROPEWAY_FIB_INTERNAL_H
#define ROPEWAY_FIB_INTERNAL_H

#include "fib.h"

/* A poptrie (Asai and Ohara, SIGCOMM 2015): each node decides six bits of the address. Children and
 * leaves of a node lie one behind the other, and a bit count finds them, so a node costs 24 bytes
 * and hundreds of small tables stay in the cache. Immutable once built. */
struct fib_node {
    uint64_t children; /* slots that lead to a deeper node */
    uint64_t leaves;   /* the other slots where the leaf differs from that of the slot before */
    uint32_t first_child;
    uint32_t first_leaf;
};

struct fib_trie {
    struct fib_node *nodes; /* the root first; NULL when the family has no routes */
    uint32_t *leaves;       /* number of the route + 1, or 0 for none */
    size_t node_count, node_cap, leaf_count, leaf_cap;
};

/* The left-aligned bits of an address. */
struct fib_key {
    uint64_t high, low;
};

struct fib_key fib_key_make(const uint8_t *bytes, size_t len);

/* routes: all of one family, sorted by prefix_cmp(), no two alike; base is the number of the first
 * one. -ENOMEM; fib_trie_done() in any case. */
MUST_USE int fib_trie_build(struct fib_trie *trie, const struct fib_route *routes, size_t count,
                            uint32_t base);
void fib_trie_done(struct fib_trie *trie);
/* The leaf's value. */
uint32_t fib_trie_find(const struct fib_trie *trie, struct fib_key key);

#endif
