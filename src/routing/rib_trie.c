#include "rib_internal.h"

static struct rib_node *at(const struct rib_trie *t, uint32_t n)
{
    return rib_pool_at(t->nodes, n);
}

static const uint32_t *root_of(const struct rib_trie *t, const struct prefix *p)
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

static uint32_t new_node(struct rib_trie *t, const struct prefix *p)
{
    uint32_t n = rib_pool_take(t->nodes);

    if (n)
        at(t, n)->prefix = *p;
    return n;
}

/* Puts p beside the node in *slot, under a fork after their common bits. */
static uint32_t fork_at(struct rib_trie *t, uint32_t *slot, const struct prefix *p, unsigned bits)
{
    struct prefix both = prefix_make(&p->addr, (uint8_t)bits);
    uint32_t n = new_node(t, p), fork = n ? new_node(t, &both) : 0;

    if (!fork) {
        if (n)
            rib_pool_give(t->nodes, n);
        return 0;
    }
    at(t, fork)->child[bit(p, bits)] = n;
    at(t, fork)->child[!bit(p, bits)] = *slot;
    *slot = fork;
    return n;
}

uint32_t rib_trie_add(struct rib_trie *t, const struct prefix *p)
{
    uint32_t *slot = &t->root[p->addr.family == ADDR_IPV6], n;

    while (*slot) {
        struct rib_node *there = at(t, *slot);
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
        at(t, n)->child[bit(&at(t, *slot)->prefix, p->len)] = *slot;
    if (n)
        *slot = n;
    return n;
}

uint32_t rib_trie_down(const struct rib_trie *t, const struct prefix *p, uint32_t from)
{
    uint32_t n;

    if (!from)
        n = *root_of(t, p);
    else if (at(t, from)->prefix.len == p->len)
        return 0;
    else
        n = at(t, from)->child[bit(p, at(t, from)->prefix.len)];
    return n && common(&at(t, n)->prefix, p) == at(t, n)->prefix.len ? n : 0;
}

uint32_t rib_trie_find(const struct rib_trie *t, const struct prefix *p)
{
    uint32_t n = 0;

    while ((n = rib_trie_down(t, p, n)) != 0) {
        if (at(t, n)->prefix.len == p->len)
            return n;
    }
    return 0;
}

/* Takes the node in *slot out if it decides nothing: its only child, or none, takes its place. */
static void prune_slot(struct rib_trie *t, uint32_t *slot)
{
    uint32_t n = *slot;
    struct rib_node *node = at(t, n);

    if (node->first || node->changed || (node->child[0] && node->child[1]))
        return;
    *slot = node->child[0] ? node->child[0] : node->child[1];
    rib_pool_give(t->nodes, n);
}

void rib_trie_prune(struct rib_trie *t, const struct prefix *p)
{
    uint32_t *slot = &t->root[p->addr.family == ADDR_IPV6], *above = NULL;

    while (*slot && at(t, *slot)->prefix.len < p->len) {
        above = slot;
        slot = &at(t, *slot)->child[bit(p, at(t, *slot)->prefix.len)];
    }
    if (!*slot || !prefix_equal(&at(t, *slot)->prefix, p))
        return;
    prune_slot(t, slot);
    if (above && !*slot)
        prune_slot(t, above);
}

/* ---- walking ---- */

static void push(struct routing_rib_walk *w, uint32_t n)
{
    if (n)
        w->stack[w->depth++] = n;
}

void rib_walk(const struct rib_trie *t, const struct prefix *prefix, bool holders,
              struct routing_rib_walk *ret)
{
    ret->trie = t;
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

uint32_t rib_walk_next(struct routing_rib_walk *w)
{
    const struct prefix *within = &w->within;

    while (w->depth > 0) {
        uint32_t n = w->stack[--w->depth];
        const struct rib_node *node = at(w->trie, n);
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
