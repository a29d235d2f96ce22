/* One route comes, goes or changes. The lowest node on the way to its destination that is there
 * before and after is made anew, with what lies under it as far as it inherits something else. If
 * it has the same shape as before, its new block is put into it, otherwise into a copy of its
 * parent's block, so that readers see all of the change at once. */
#include "fib_internal.h"

#include <stdlib.h>

/* The nodes that are there now, from the root down. */
struct way {
    struct fib_key key;
    struct fib_node *nodes[128 / FIB_STRIDE + 1];
};

/* Down to the node where p ends, or as far as there are nodes. Returns the last one's place. */
static unsigned find_way(const struct fib_table *t, const struct prefix *p, struct way *ret)
{
    unsigned last = p->len ? (p->len - 1U) / FIB_STRIDE : 0, n = 0;

    ret->key = fib_key_make(p->addr.bytes, addr_len(&p->addr));
    ret->nodes[0] = &t->top->root[p->addr.family == ADDR_IPV6];
    while (n < last) {
        struct fib_node *child = fib_trie_child(ret->nodes[n], fib_slot(ret->key, n * FIB_STRIDE));

        if (!child)
            break;
        ret->nodes[++n] = child;
    }
    return n;
}

/* What the node at depth on the way to p holds of the writer's tree. */
static uint32_t tree_at(const struct fib_table *t, const struct prefix *p, unsigned depth)
{
    struct prefix within = prefix_make(&p->addr, (uint8_t)depth);
    struct ptree_walk walk;

    ptree_walk(&t->routes, &within, false, &walk);
    return ptree_walk_next(&walk);
}

static const struct fib_group *inherited_at(const struct fib_table *t, const struct prefix *p,
                                            unsigned depth)
{
    uint32_t value = 0;

    for (uint32_t n = 0; depth > 0 && (n = ptree_down(&t->routes, p, n)) != 0;) {
        const struct ptree_node *node = ptree_at(&t->routes, n);

        if (node->prefix.len <= depth && node->value)
            value = node->value;
    }
    return fib_group_at(&t->groups, value);
}

static bool has_child(const struct ptree_node *node)
{
    return node->child[0] || node->child[1];
}

/* Whether the node at depth on the way to p, which is there, is needed without p. */
static bool is_needed(const struct fib_table *t, const struct prefix *p, unsigned depth)
{
    const struct ptree_node *node = ptree_at(&t->routes, tree_at(t, p, depth));

    if (node->prefix.len == depth) {
        if (node->child[0] && node->child[1])
            return true;
        node = ptree_at(&t->routes, node->child[node->child[0] == 0]);
    }
    return !prefix_equal(&node->prefix, p) || has_child(node);
}

/* ---- the writer's tree ---- */

/* What the route to p led to, or 0. -ENOMEM. */
static int set_value(struct fib_table *t, const struct prefix *p, uint32_t number, uint32_t *ret)
{
    uint32_t n = number ? ptree_add(&t->routes, p) : ptree_find(&t->routes, p);

    if (!n)
        return -ENOMEM;
    *ret = ptree_at(&t->routes, n)->value;
    ptree_at(&t->routes, n)->value = number;
    if (!number)
        ptree_prune(&t->routes, p);
    return 0;
}

/* ---- what readers see ---- */

static void set_block(struct fib_node *node, struct fib_block *block)
{
    __atomic_store_n(&node->block, block, __ATOMIC_RELEASE);
}

static int replace_root(struct fib_table *t, struct fib_node *root, const struct fib_node *fresh,
                        struct fib_waste *waste)
{
    struct fib_top *top = malloc(sizeof(*top));

    if (!top)
        return -ENOMEM;
    *top = *t->top;
    top->root[root - t->top->root] = *fresh;
    waste->top = t->top;
    __atomic_store_n(&t->top, top, __ATOMIC_RELEASE);
    return 0;
}

/* Puts fresh in the place of the node at level. */
static int replace(struct fib_table *t, struct fib_make *m, const struct way *way, unsigned level,
                   const struct fib_node *fresh, struct fib_waste *waste)
{
    struct fib_node *node = way->nodes[level], *parent;
    struct fib_block *block;

    if (fresh->children == node->children && fresh->leaves == node->leaves) {
        set_block(node, fresh->block);
        return 0;
    }
    if (level == 0)
        return replace_root(t, node, fresh, waste);
    parent = way->nodes[level - 1];
    block = fib_copy_block(m, parent, fib_slot(way->key, (level - 1) * FIB_STRIDE), fresh);
    if (!block)
        return -ENOMEM;
    fib_waste_block(m, parent);
    set_block(parent, block);
    return 0;
}

static void commit(struct fib_table *t, const struct fib_make *m, struct fib_waste *waste)
{
    t->bytes += m->fresh_bytes - m->waste_bytes;
    waste->blocks = m->waste;
    fib_waste_later(waste);
}

/* The tree says what is to be; was is what the node at level led to. */
static int make_fresh(struct fib_table *t, struct fib_make *m, const struct prefix *p,
                      const struct fib_node *old, const struct fib_slots *was, unsigned depth,
                      struct fib_node *ret)
{
    uint32_t tree = tree_at(t, p, depth);
    struct fib_slots now;

    if (!tree) { /* that was the last route of its family */
        fib_waste_all(m, old);
        *ret = (struct fib_node){0};
        return 0;
    }
    fib_spread(m, tree, depth, inherited_at(t, p, depth), &now);
    return fib_make_node(m, old->block ? old : NULL, was, &now, depth, ret);
}

static int show(struct fib_table *t, const struct prefix *p, const struct way *way, unsigned level,
                const struct fib_slots *was, struct fib_waste *waste)
{
    struct fib_make m = {.routes = &t->routes, .groups = &t->groups};
    struct fib_node fresh;
    int r = make_fresh(t, &m, p, way->nodes[level], was, level * FIB_STRIDE, &fresh);

    if (r == 0)
        r = replace(t, &m, way, level, &fresh, waste);
    if (r < 0) {
        fib_blocks_free(m.fresh);
        return r;
    }
    commit(t, &m, waste);
    return 0;
}

int fib_change(struct fib_table *t, const struct prefix *p, uint32_t number)
{
    const struct fib_make m = {.routes = &t->routes, .groups = &t->groups};
    struct fib_waste *waste = calloc(1, sizeof(*waste));
    struct fib_slots was;
    struct way way;
    unsigned level = find_way(t, p, &way);
    uint32_t before = 0;
    int r;

    if (!waste)
        return -ENOMEM;
    while (!number && level > 0 && !is_needed(t, p, level * FIB_STRIDE))
        level--;
    fib_spread(&m, tree_at(t, p, level * FIB_STRIDE), level * FIB_STRIDE,
               inherited_at(t, p, level * FIB_STRIDE), &was);
    r = set_value(t, p, number, &before);
    if (r == 0) {
        r = show(t, p, &way, level, &was, waste);
        /* As it was: a place that was just left or is there is found without memory. */
        if (r < 0 && set_value(t, p, before, &before) < 0)
            abort();
    }
    if (r < 0)
        free(waste);
    return r;
}
