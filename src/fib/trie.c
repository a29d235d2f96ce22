#include "fib_internal.h"

/* Counting bits is one instruction where the CPU has it; the dynamic linker picks. The sanitizers
 * cannot run in its resolvers. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES __attribute__((target_clones("popcnt", "default")))
#else
#define CLONES
#endif

/* How many of these slots there are up to this one. */
static inline unsigned count_upto(uint64_t slots, unsigned slot)
{
    return (unsigned)__builtin_popcountll(slots & UINT64_MAX >> (FIB_SLOTS - 1 - slot));
}

CLONES const struct fib_group *fib_trie_find(const struct fib_node *root, struct fib_key key)
{
    const struct fib_node *node = root;
    unsigned depth = 0;

    for (;;) {
        const struct fib_block *block = __atomic_load_n(&node->block, __ATOMIC_ACQUIRE);
        unsigned slot = fib_slot(key, depth);

        if (!block)
            return NULL;
        if (!(node->children >> slot & 1)) {
            unsigned children = (unsigned)__builtin_popcountll(node->children);
            const struct fib_group *const *leaves = (const void *)&block->nodes[children];

            return leaves[count_upto(node->leaves, slot) - 1];
        }
        node = &block->nodes[count_upto(node->children, slot) - 1];
        depth += FIB_STRIDE;
    }
}

struct fib_node *fib_trie_child(const struct fib_node *node, unsigned slot)
{
    if (!(node->children >> slot & 1))
        return NULL;
    return &node->block->nodes[count_upto(node->children, slot) - 1];
}
