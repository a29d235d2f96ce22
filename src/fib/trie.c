#include "fib_internal.h"

#include <stdlib.h>

#define STRIDE 6
#define SLOTS  (1U << STRIDE)

/* Counting bits is one instruction where the CPU has it; the dynamic linker picks. The sanitizers
 * cannot run in its resolvers. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("popcnt", "default")))
#else
#define CLONES
#endif

struct fib_key fib_key_make(const uint8_t *bytes, size_t len)
{
    struct fib_key key = {0};

    for (size_t i = 0; i < 8; i++)
        key.high = key.high << 8 | (i < len ? bytes[i] : 0);
    for (size_t i = 8; i < len; i++)
        key.low |= (uint64_t)bytes[i] << (56 - 8 * (i - 8));
    return key;
}

/* The six bits that start at depth; beyond the end there are zeros. */
static inline unsigned slot_of(struct fib_key key, unsigned depth)
{
    if (depth <= 64 - STRIDE)
        return (unsigned)(key.high >> (64 - STRIDE - depth)) & (SLOTS - 1);
    if (depth < 64)
        return (unsigned)(key.high << (depth + STRIDE - 64) | key.low >> (128 - STRIDE - depth)) &
               (SLOTS - 1);
    if (depth <= 128 - STRIDE)
        return (unsigned)(key.low >> (128 - STRIDE - depth)) & (SLOTS - 1);
    return (unsigned)(key.low << (depth + STRIDE - 128)) & (SLOTS - 1);
}

CLONES uint32_t fib_trie_find(const struct fib_trie *trie, struct fib_key key)
{
    const struct fib_node *node = trie->nodes;
    unsigned depth = 0;

    if (!node)
        return 0;
    for (;;) {
        unsigned slot = slot_of(key, depth);
        uint64_t upto = UINT64_MAX >> (SLOTS - 1 - slot); /* this slot and those before it */

        if (!(node->children >> slot & 1))
            return trie->leaves[node->first_leaf +
                                (unsigned)__builtin_popcountll(node->leaves & upto) - 1];
        node = &trie->nodes[node->first_child +
                            (unsigned)__builtin_popcountll(node->children & upto) - 1];
        depth += STRIDE;
    }
}

/* ---- building ---- */

/* A run of the sorted routes that lie under one node. */
struct span {
    const struct fib_route *routes;
    size_t count;
    uint32_t base; /* number of the first one */
};

static struct fib_key route_key(const struct fib_route *route)
{
    return fib_key_make(route->prefix.addr.bytes, addr_len(&route->prefix.addr));
}

static int grow(void **array, size_t *cap, size_t need, size_t item)
{
    size_t bigger = *cap ? *cap : 16;
    void *moved;

    if (need <= *cap)
        return 0;
    while (bigger < need)
        bigger *= 2;
    moved = realloc(*array, bigger * item);
    if (!moved)
        return -ENOMEM;
    *array = moved;
    *cap = bigger;
    return 0;
}

/* What the slots of one node lead to. */
struct slots {
    uint32_t leaf[SLOTS];
    struct span child[SLOTS]; /* count 0 where there is no deeper node */
};

/* Sorted routes come shorter before longer where they overlap, so that later ones may overwrite. */
static void spread(const struct span *span, unsigned depth, uint32_t inherited, struct slots *ret)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        ret->leaf[i] = inherited;
        ret->child[i].count = 0;
    }
    for (size_t i = 0; i < span->count; i++) {
        const struct fib_route *route = &span->routes[i];
        unsigned slot = slot_of(route_key(route), depth), len = route->prefix.len;
        uint32_t number = span->base + (uint32_t)i;

        if (len > depth + STRIDE) {
            struct span *child = &ret->child[slot];

            if (!child->count++)
                *child = (struct span){.routes = route, .count = 1, .base = number};
            continue;
        }
        for (unsigned n = 1U << (depth + STRIDE - len); n; n--)
            ret->leaf[slot++] = number + 1;
    }
}

static int add_leaves(struct fib_trie *trie, const struct slots *slots, struct fib_node *node)
{
    bool first = true;
    uint32_t last = 0;
    int r;

    r = grow((void **)&trie->leaves, &trie->leaf_cap, trie->leaf_count + SLOTS,
             sizeof(*trie->leaves));
    if (r < 0)
        return r;
    node->first_leaf = (uint32_t)trie->leaf_count;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (slots->child[i].count || (!first && slots->leaf[i] == last))
            continue;
        node->leaves |= (uint64_t)1 << i;
        trie->leaves[trie->leaf_count++] = last = slots->leaf[i];
        first = false;
    }
    return 0;
}

/* Fills the node at index; its children are given their places before they are built, so that they
 * lie together. The depth of the recursion is bounded by 128 / 6. */
static int build(struct fib_trie *trie, size_t index, const struct span *span, unsigned depth,
                 uint32_t inherited)
{
    struct fib_node node = {.first_child = (uint32_t)trie->node_count};
    struct slots slots;
    size_t child;
    int r;

    spread(span, depth, inherited, &slots);
    r = add_leaves(trie, &slots, &node);
    if (r < 0)
        return r;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (slots.child[i].count) {
            node.children |= (uint64_t)1 << i;
            trie->node_count++;
        }
    }
    r = grow((void **)&trie->nodes, &trie->node_cap, trie->node_count, sizeof(*trie->nodes));
    if (r < 0)
        return r;
    trie->nodes[index] = node;
    child = node.first_child;
    for (unsigned i = 0; i < SLOTS; i++) {
        if (!slots.child[i].count)
            continue;
        r = build(trie, child++, &slots.child[i], depth + STRIDE, slots.leaf[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

int fib_trie_build(struct fib_trie *trie, const struct fib_route *routes, size_t count,
                   uint32_t base)
{
    struct span all = {.routes = routes, .count = count, .base = base};
    int r;

    *trie = (struct fib_trie){0};
    if (!count)
        return 0;
    r = grow((void **)&trie->nodes, &trie->node_cap, 1, sizeof(*trie->nodes));
    if (r < 0)
        return r;
    trie->node_count = 1;
    return build(trie, 0, &all, 0, 0);
}

void fib_trie_done(struct fib_trie *trie)
{
    free(trie->nodes);
    free(trie->leaves);
    *trie = (struct fib_trie){0};
}
