/* fib_internal.h - what a table is made of: the tree that readers search, made of the tree of
 * prefixes that the writer keeps (base/ptree.h). */
#ifndef ROPEWAY_FIB_INTERNAL_H
#define ROPEWAY_FIB_INTERNAL_H

#include <endian.h>
#include <urcu/urcu-memb.h>

#include "fib.h"
#include "ptree.h"

/* ---- searching (trie.c) ---- */

#define FIB_STRIDE 6
#define FIB_SLOTS  (1U << FIB_STRIDE)

/* A poptrie (Asai and Ohara, SIGCOMM 2015): each node decides six bits of the address, and a bit
 * count finds one of its children or leaves, which lie one behind the other in its block. Readers
 * may be in any of them: of what they can reach nothing changes but the block of a node, by one
 * store, to another of the same shape. */
struct fib_node {
    uint64_t children; /* slots that lead to a deeper node */
    uint64_t leaves;   /* the other slots where the leaf differs from that of the slot before */
    struct fib_block *block; /* NULL: of a root without routes */
};

struct fib_block {
    struct fib_block *next;  /* the writer's, in a list of new blocks or of old ones */
    struct fib_node nodes[]; /* children; behind them the leaves: groups, or NULL for no route */
};

/* What a reader begins with. */
struct fib_top {
    struct fib_node root[2]; /* IPv4, IPv6 */
};

/* The left-aligned bits of an address. */
struct fib_key {
    uint64_t high, low;
};

/* len: 4 or 16. Words go straight into registers: a word put together in memory of shorter ones
 * holds each lookup up. */
static inline struct fib_key fib_key_make(const uint8_t *bytes, size_t len)
{
    uint64_t words[2];
    uint32_t word;

    if (len == sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        return (struct fib_key){.high = (uint64_t)be32toh(word) << 32};
    }
    memcpy(words, bytes, sizeof(words));
    return (struct fib_key){.high = be64toh(words[0]), .low = be64toh(words[1])};
}

/* The six bits that start at depth; beyond the end there are zeros. */
static inline unsigned fib_slot(struct fib_key key, unsigned depth)
{
    if (depth <= 64 - FIB_STRIDE)
        return (unsigned)(key.high >> (64 - FIB_STRIDE - depth)) & (FIB_SLOTS - 1);
    if (depth < 64)
        return (unsigned)(key.high << (depth + FIB_STRIDE - 64) |
                          key.low >> (128 - FIB_STRIDE - depth)) &
               (FIB_SLOTS - 1);
    if (depth <= 128 - FIB_STRIDE)
        return (unsigned)(key.low >> (128 - FIB_STRIDE - depth)) & (FIB_SLOTS - 1);
    return (unsigned)(key.low << (depth + FIB_STRIDE - 128)) & (FIB_SLOTS - 1);
}

/* The leaf. */
const struct fib_group *fib_trie_find(const struct fib_node *root, struct fib_key key);
/* The child in this slot, or NULL. */
struct fib_node *fib_trie_child(const struct fib_node *node, unsigned slot);

/* ---- groups (group.c) ---- */

/* The next hops of routes. */
struct fib_group {
    struct rcu_head rcu;
    struct fib_group *next; /* in its bucket */
    uint32_t number;        /* what a route in the writer's tree has as value */
    uint32_t users;
    struct fib_hops hops; /* the allocation ends with them */
};

struct fib_group_slot {
    uint32_t spare; /* the pool's while nobody has it; then group is NULL */
    struct fib_group *group;
};

struct fib_groups {
    struct pool pool; /* of slots */
    struct fib_group **buckets;
    size_t n_buckets, count, bytes;
};

static inline struct fib_group *fib_group_at(const struct fib_groups *g, uint32_t number)
{
    return number ? ((struct fib_group_slot *)pool_at(&g->pool, number))->group : NULL;
}

bool fib_hops_equal(const struct fib_hops *a, const struct fib_hops *b);
/* The one of these next hops, made if need be, with one user more. -EINVAL, -ENOMEM. */
MUST_USE int fib_group_take(struct fib_groups *groups, const struct fib_hops *hops,
                            struct fib_group **ret);
/* One user less. */
void fib_group_give(struct fib_groups *groups, struct fib_group *group);
void fib_groups_done(struct fib_groups *groups);
size_t fib_groups_memory(const struct fib_groups *groups);

/* ---- blocks (block.c) ---- */

/* One change of a tree: what is new, and what nobody needs once it is there. */
struct fib_make {
    const struct ptree *routes; /* value: number of the group */
    const struct fib_groups *groups;
    struct fib_block *fresh, *waste;
    size_t fresh_bytes, waste_bytes;
};

/* For a node whose slots are set; NULL when memory has run out. */
struct fib_block *fib_block_new(struct fib_make *m, const struct fib_node *node);
/* The same block with another node in this slot. */
struct fib_block *fib_copy_block(struct fib_make *m, const struct fib_node *parent, unsigned slot,
                                 const struct fib_node *child);
const struct fib_group **fib_leaves(const struct fib_node *node);
/* The node's block is old; it and all below it are. */
void fib_waste_block(struct fib_make *m, const struct fib_node *node);
void fib_waste_all(struct fib_make *m, const struct fib_node *node);
void fib_blocks_free(struct fib_block *list);

struct fib_waste {
    struct rcu_head rcu;
    struct fib_block *blocks;
    struct fib_top *top;
};

/* Frees it, and what it names, after a grace period. */
void fib_waste_later(struct fib_waste *waste);

/* ---- making nodes (make.c) ---- */

/* What the slots of one node lead to. */
struct fib_slots {
    const struct fib_group *leaf[FIB_SLOTS]; /* of a slot with a child: what that inherits */
    uint32_t child[FIB_SLOTS];               /* in routes; 0 where there is no deeper node */
};

/* tree: the topmost in routes of what lies under the node at depth, or 0. */
void fib_spread(const struct fib_make *m, uint32_t tree, unsigned depth,
                const struct fib_group *inherited, struct fib_slots *ret);
/* A node that leads to what now says. Children of old, if there is one and was says what it led to,
 * are taken over where they inherit the same; the routes below must be the same, too. -ENOMEM. */
MUST_USE int fib_make_node(struct fib_make *m, const struct fib_node *old,
                           const struct fib_slots *was, const struct fib_slots *now, unsigned depth,
                           struct fib_node *ret);

/* ---- tables ---- */

struct fib_table {
    struct fib_top *top; /* read with acquire, replaced with release */
    struct pool nodes;
    struct ptree routes;
    struct fib_groups groups;
    size_t count; /* routes */
    size_t bytes; /* in blocks */
};

/* Gives the route to p the group of this number, or takes it out by 0, in the tree and for readers
 * (change.c). -ENOMEM; then nothing has changed. */
MUST_USE int fib_change(struct fib_table *t, const struct prefix *p, uint32_t number);

#endif
