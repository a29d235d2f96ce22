/* ptree.h - a tree of prefixes, of both families: who holds an address or a prefix, what lies
 * inside one, and all in the order of prefix_cmp().
 *
 * A binary trie without nodes that decide nothing. A parent holds its children's prefixes and the
 * child of bit 0 comes first, so that parent, left, right is that order. */
#ifndef ROPEWAY_PTREE_H
#define ROPEWAY_PTREE_H

#include "pool.h"

/* What a pool of nodes has, perhaps with more behind. A node is there while value or kept is set,
 * or as a fork between others. */
struct ptree_node {
    struct prefix prefix;
    bool kept;
    uint32_t value; /* the user's; 0: none */
    uint32_t child[2];
};

/* Several may share a pool. Zero-initialise but for nodes. */
struct ptree {
    struct pool *nodes;
    uint32_t root[2]; /* IPv4, IPv6 */
};

static inline struct ptree_node *ptree_at(const struct ptree *t, uint32_t n)
{
    return pool_at(t->nodes, n);
}

/* The node of p, made if need be; 0 when memory has run out. */
uint32_t ptree_add(struct ptree *t, const struct prefix *p);
/* 0 if there is none. It may be only a fork. */
uint32_t ptree_find(const struct ptree *t, const struct prefix *p);
/* Takes the node of p out if nothing needs it any more. */
void ptree_prune(struct ptree *t, const struct prefix *p);
/* The next node on the way to p, whose prefix holds p, after n, which is 0 at first; 0 at the end.
 */
uint32_t ptree_down(const struct ptree *t, const struct prefix *p, uint32_t n);

/* A walk in order. The tree must not change meanwhile. */
#define PTREE_DEPTH 132
struct ptree_walk {
    const struct ptree *tree;
    struct prefix within; /* family ADDR_NONE: all */
    bool holders;
    unsigned depth;
    uint32_t stack[PTREE_DEPTH];
};

/* Over what is inside within (NULL: all), and what holds it if asked for; forks, too. */
void ptree_walk(const struct ptree *t, const struct prefix *within, bool holders,
                struct ptree_walk *ret);
uint32_t ptree_walk_next(struct ptree_walk *w);

#endif
