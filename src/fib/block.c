#include "fib_internal.h"

#include <stdlib.h>

static unsigned count_bits(uint64_t slots)
{
    return (unsigned)__builtin_popcountll(slots);
}

static size_t block_size(const struct fib_node *node)
{
    return sizeof(struct fib_block) + count_bits(node->children) * sizeof(struct fib_node) +
           count_bits(node->leaves) * sizeof(struct fib_group *);
}

const struct fib_group **fib_leaves(const struct fib_node *node)
{
    return (void *)&node->block->nodes[count_bits(node->children)];
}

struct fib_block *fib_block_new(struct fib_make *m, const struct fib_node *node)
{
    struct fib_block *block = malloc(block_size(node));

    if (!block)
        return NULL;
    block->next = m->fresh;
    m->fresh = block;
    m->fresh_bytes += block_size(node);
    return block;
}

void fib_waste_block(struct fib_make *m, const struct fib_node *node)
{
    node->block->next = m->waste;
    m->waste = node->block;
    m->waste_bytes += block_size(node);
}

/* As deep as the tree: 128 / 6. */
void fib_waste_all(struct fib_make *m, const struct fib_node *node)
{
    if (!node->block)
        return;
    for (unsigned i = 0; i < count_bits(node->children); i++)
        fib_waste_all(m, &node->block->nodes[i]);
    fib_waste_block(m, node);
}

void fib_blocks_free(struct fib_block *list)
{
    while (list) {
        struct fib_block *next = list->next;

        free(list);
        list = next;
    }
}

struct fib_block *fib_copy_block(struct fib_make *m, const struct fib_node *parent, unsigned slot,
                                 const struct fib_node *child)
{
    struct fib_block *block = fib_block_new(m, parent);
    struct fib_node copy = *parent;

    if (!block)
        return NULL;
    memcpy(block->nodes, parent->block->nodes, block_size(parent) - sizeof(*block));
    copy.block = block;
    *fib_trie_child(&copy, slot) = *child;
    return block;
}

static void waste_free(struct rcu_head *head)
{
    struct fib_waste *waste = container_of(head, struct fib_waste, rcu);

    fib_blocks_free(waste->blocks);
    free(waste->top);
    free(waste);
}

void fib_waste_later(struct fib_waste *waste)
{
    urcu_memb_call_rcu(&waste->rcu, waste_free);
}
