#include "ptree.h"

static const uint32_t *root_of(const struct ptree *t, const struct prefix *p)
{
    return &t->root[p->addr.family == ADDR_IPV6];
}

static unsigned bit(const struct prefix *p, unsigned i)
{
    return (unsigned)p->addr.bytes[i / 8] >> (7 - i % 8) & 1U;
}

/* How many bits both begin with. */
static unsigned common(const struct prefix *a, const struct prefix *b)
{
    unsigned most = MIN(a->len, b->len);

    for (unsigned i = 0; i * 8 < most; i++) {
        unsigned differ = a->addr.bytes[i] ^ b->addr.bytes[i];

        if (differ)
            return MIN(most, i * 8 + (unsigned)__builtin_clz(differ) - 24);
    }
    return most;
}

static uint32_t new_node(struct ptree *t, const struct prefix *p)
{
    uint32_t n = pool_take(t->nodes);

    if (n)
        ptree_at(t, n)->prefix = *p;
    return n;
}

/* Puts p beside the node in *slot, under a fork after their common bits. */
static uint32_t fork_at(struct ptree *t, uint32_t *slot, const struct prefix *p, unsigned bits)
{
    struct prefix both = prefix_make(&p->addr, (uint8_t)bits);
    uint32_t n = new_node(t, p), fork = n ? new_node(t, &both) : 0;

    if (!fork) {
        if (n)
            pool_give(t->nodes, n);
        return 0;
    }
    ptree_at(t, fork)->child[bit(p, bits)] = n;
    ptree_at(t, fork)->child[!bit(p, bits)] = *slot;
    *slot = fork;
    return n;
}

uint32_t ptree_add(struct ptree *t, const struct prefix *p)
{
    uint32_t *slot = &t->root[p->addr.family == ADDR_IPV6], n;

    while (*slot) {
        struct ptree_node *there = ptree_at(t, *slot);
        unsigned bits = common(&there->prefix, p);

        if (bits < there->prefix.len && bits < p->len)
            return fork_at(t, slot, p, bits);
        if (bits < there->prefix.len)
            break;
        if (bits == p->len)
            return *slot;
        slot = &there->child[bit(p, bits)];
    }
    n = new_node(t, p);
    if (n && *slot)
        ptree_at(t, n)->child[bit(&ptree_at(t, *slot)->prefix, p->len)] = *slot;
    if (n)
        *slot = n;
    return n;
}

uint32_t ptree_down(const struct ptree *t, const struct prefix *p, uint32_t from)
{
    uint32_t n;

    if (!from)
        n = *root_of(t, p);
    else if (ptree_at(t, from)->prefix.len == p->len)
        return 0;
    else
        n = ptree_at(t, from)->child[bit(p, ptree_at(t, from)->prefix.len)];
    return n && common(&ptree_at(t, n)->prefix, p) == ptree_at(t, n)->prefix.len ? n : 0;
}

uint32_t ptree_find(const struct ptree *t, const struct prefix *p)
{
    uint32_t n = 0;

    while ((n = ptree_down(t, p, n)) != 0) {
        if (ptree_at(t, n)->prefix.len == p->len)
            return n;
    }
    return 0;
}

/* Takes the node in *slot out if it decides nothing: its only child, or none, takes its place. */
static void prune_slot(struct ptree *t, uint32_t *slot)
{
    uint32_t n = *slot;
    struct ptree_node *node = ptree_at(t, n);

    if (node->value || node->kept || (node->child[0] && node->child[1]))
        return;
    *slot = node->child[0] ? node->child[0] : node->child[1];
    pool_give(t->nodes, n);
}

void ptree_prune(struct ptree *t, const struct prefix *p)
{
    uint32_t *slot = &t->root[p->addr.family == ADDR_IPV6], *above = NULL;

    while (*slot && ptree_at(t, *slot)->prefix.len < p->len) {
        above = slot;
        slot = &ptree_at(t, *slot)->child[bit(p, ptree_at(t, *slot)->prefix.len)];
    }
    if (!*slot || !prefix_equal(&ptree_at(t, *slot)->prefix, p))
        return;
    prune_slot(t, slot);
    if (above && !*slot)
        prune_slot(t, above);
}

/* ---- walking ---- */

static void push(struct ptree_walk *w, uint32_t n)
{
    if (n)
        w->stack[w->depth++] = n;
}

void ptree_walk(const struct ptree *t, const struct prefix *prefix, bool holders,
                struct ptree_walk *ret)
{
    ret->tree = t;
    ret->within = prefix ? *prefix : (struct prefix){0};
    ret->holders = holders;
    ret->depth = 0;
    if (prefix) {
        push(ret, *root_of(t, prefix));
    } else {
        push(ret, t->root[1]);
        push(ret, t->root[0]);
    }
}

uint32_t ptree_walk_next(struct ptree_walk *w)
{
    const struct prefix *within = &w->within;

    while (w->depth > 0) {
        uint32_t n = w->stack[--w->depth];
        const struct ptree_node *node = ptree_at(w->tree, n);
        bool holds = node->prefix.len < within->len;

        if (common(&node->prefix, within) < MIN(node->prefix.len, within->len))
            continue;
        if (holds) {
            push(w, node->child[bit(within, node->prefix.len)]);
        } else {
            push(w, node->child[1]);
            push(w, node->child[0]);
        }
        if (!holds || w->holders)
            return n;
    }
    return 0;
}
