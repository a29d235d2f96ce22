/* From the writer's tree of prefixes to the nodes that readers search. */
#include "fib_internal.h"

static struct fib_key key_of(const struct prefix *p)
{
    return fib_key_make(p->addr.bytes, addr_len(&p->addr));
}

/* The tree gives shorter before longer where they overlap, so that later ones may overwrite. A
 * destination that ends where a node begins is its parent's. */
static void spread(const struct fib_make *m, uint32_t n, unsigned depth, struct fib_slots *ret)
{
    const struct ptree_node *node = ptree_at(m->routes, n);
    unsigned slot = fib_slot(key_of(&node->prefix), depth), len = node->prefix.len;
    bool deeper = node->child[0] || node->child[1];

    if (len <= depth + FIB_STRIDE && node->value && (len > depth || depth == 0)) {
        for (unsigned i = 0; i < 1U << (depth + FIB_STRIDE - len); i++)
            ret->leaf[slot + i] = fib_group_at(m->groups, node->value);
    }
    if (len > depth + FIB_STRIDE || (len == depth + FIB_STRIDE && deeper)) {
        ret->child[slot] = n;
    } else if (len < depth + FIB_STRIDE) {
        for (unsigned i = 0; i < 2; i++) {
            if (node->child[i])
                spread(m, node->child[i], depth, ret);
        }
    }
}

void fib_spread(const struct fib_make *m, uint32_t tree, unsigned depth,
                const struct fib_group *inherited, struct fib_slots *ret)
{
    for (unsigned i = 0; i < FIB_SLOTS; i++) {
        ret->leaf[i] = inherited;
        ret->child[i] = 0;
    }
    if (tree)
        spread(m, tree, depth, ret);
}

/* ---- nodes ---- */

static void mark_slots(const struct fib_slots *slots, struct fib_node *node)
{
    const struct fib_group *last = NULL;

    for (unsigned i = 0; i < FIB_SLOTS; i++) {
        if (slots->child[i]) {
            node->children |= (uint64_t)1 << i;
        } else if (!node->leaves || slots->leaf[i] != last) {
            node->leaves |= (uint64_t)1 << i;
            last = slots->leaf[i];
        }
    }
}

/* What a slot of a node leads to, before and after. */
struct below {
    const struct fib_node *old; /* NULL: there was nothing */
    const struct fib_group *was, *now;
};

/* The node of the same routes, which inherit something else or have no node yet. */
static int make_below(struct fib_make *m, const struct below *b, uint32_t tree, unsigned depth,
                      struct fib_node *ret)
{
    struct fib_slots was, now;

    fib_spread(m, tree, depth, b->now, &now);
    if (b->old)
        fib_spread(m, tree, depth, b->was, &was);
    return fib_make_node(m, b->old, b->old ? &was : NULL, &now, depth, ret);
}

/* As deep as the tree: 128 / 6. */
int fib_make_node(struct fib_make *m, const struct fib_node *old, const struct fib_slots *was,
                  const struct fib_slots *now, unsigned depth, struct fib_node *ret)
{
    struct fib_node node = {0}, *child;
    const struct fib_group **leaf;

    mark_slots(now, &node);
    node.block = fib_block_new(m, &node);
    if (!node.block)
        return -ENOMEM;
    child = node.block->nodes;
    leaf = fib_leaves(&node);
    for (unsigned i = 0; i < FIB_SLOTS; i++) {
        struct below b = {.old = old ? fib_trie_child(old, i) : NULL, .now = now->leaf[i]};

        if (b.old)
            b.was = was->leaf[i];
        if (node.leaves >> i & 1)
            *leaf++ = now->leaf[i];
        if (b.old && !now->child[i])
            fib_waste_all(m, b.old);
        else if (b.old && b.was == b.now)
            *child++ = *b.old;
        else if (now->child[i] && make_below(m, &b, now->child[i], depth + FIB_STRIDE, child++) < 0)
            return -ENOMEM;
    }
    if (old && old->block)
        fib_waste_block(m, old);
    *ret = node;
    return 0;
}
