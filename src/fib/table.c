#include "fib_internal.h"

#include <stdlib.h>
#include <urcu/urcu-memb.h>

#define ROUTES_MAX (1U << 24)

/* One immutable list of routes, as readers see it. */
struct snapshot {
    struct rcu_head rcu;
    struct fib_trie ipv4, ipv6;
    size_t count;
    struct fib_hops hops[]; /* by the number of the route */
};

struct fib_table {
    struct snapshot *now; /* read with acquire, replaced with release; NULL when empty */
};

static void snapshot_free(struct snapshot *s)
{
    if (!s)
        return;
    fib_trie_done(&s->ipv4);
    fib_trie_done(&s->ipv6);
    free(s);
}

static void snapshot_free_later(struct rcu_head *head)
{
    snapshot_free(container_of(head, struct snapshot, rcu));
}

int fib_table_new(struct fib_table **ret)
{
    struct fib_table *table = calloc(1, sizeof(*table));

    if (!table)
        return -ENOMEM;
    *ret = table;
    return 0;
}

void fib_table_free(struct fib_table *table)
{
    if (!table)
        return;
    snapshot_free(table->now);
    free(table);
}

static int compare(const void *a, const void *b)
{
    const struct fib_route *x = a, *y = b;

    return prefix_cmp(&x->prefix, &y->prefix);
}

/* Sorted by family, address, length; checked. */
static int sorted_copy(const struct fib_route *routes, size_t count, struct fib_route **ret)
{
    struct fib_route *copy;

    for (size_t i = 0; i < count; i++) {
        const struct prefix *p = &routes[i].prefix;
        struct prefix clean = prefix_make(&p->addr, p->len);

        if (!addr_bits(&p->addr) || p->len > addr_bits(&p->addr) ||
            routes[i].hops.count > FIB_HOPS_MAX || !prefix_equal(p, &clean))
            return -EINVAL;
    }
    copy = malloc(count * sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    memcpy(copy, routes, count * sizeof(*copy));
    qsort(copy, count, sizeof(*copy), compare);
    for (size_t i = 1; i < count; i++) {
        if (prefix_equal(&copy[i - 1].prefix, &copy[i].prefix)) {
            free(copy);
            return -EEXIST;
        }
    }
    *ret = copy;
    return 0;
}

static int snapshot_new(const struct fib_route *sorted, size_t count, struct snapshot **ret)
{
    struct snapshot *s = calloc(1, sizeof(*s) + count * sizeof(s->hops[0]));
    size_t ipv4 = 0;
    int r;

    if (!s)
        return -ENOMEM;
    s->count = count;
    for (size_t i = 0; i < count; i++)
        s->hops[i] = sorted[i].hops;
    while (ipv4 < count && sorted[ipv4].prefix.addr.family == ADDR_IPV4)
        ipv4++;
    r = fib_trie_build(&s->ipv4, sorted, ipv4, 0);
    if (r >= 0)
        r = fib_trie_build(&s->ipv6, sorted + ipv4, count - ipv4, (uint32_t)ipv4);
    if (r < 0) {
        snapshot_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

int fib_table_set(struct fib_table *table, const struct fib_route *routes, size_t count)
{
    struct snapshot *fresh = NULL, *old;
    struct fib_route *sorted;
    int r;

    if (count > ROUTES_MAX)
        return -E2BIG;
    if (count) {
        r = sorted_copy(routes, count, &sorted);
        if (r < 0)
            return r;
        r = snapshot_new(sorted, count, &fresh);
        free(sorted);
        if (r < 0)
            return r;
    }
    old = table->now;
    __atomic_store_n(&table->now, fresh, __ATOMIC_RELEASE);
    if (old)
        urcu_memb_call_rcu(&old->rcu, snapshot_free_later);
    return 0;
}

size_t fib_table_count(const struct fib_table *table)
{
    return table->now ? table->now->count : 0;
}

static size_t trie_memory(const struct fib_trie *t)
{
    return t->node_cap * sizeof(*t->nodes) + t->leaf_cap * sizeof(*t->leaves);
}

size_t fib_table_memory(const struct fib_table *table)
{
    const struct snapshot *s = table->now;

    if (!s)
        return sizeof(*table);
    return sizeof(*table) + sizeof(*s) + s->count * sizeof(s->hops[0]) + trie_memory(&s->ipv4) +
           trie_memory(&s->ipv6);
}

static const struct fib_hops *hops_of(const struct snapshot *s, uint32_t leaf)
{
    return leaf ? &s->hops[leaf - 1] : NULL;
}

const struct fib_hops *fib_lookup4(const struct fib_table *table, const uint8_t addr[4])
{
    const struct snapshot *s = __atomic_load_n(&table->now, __ATOMIC_ACQUIRE);

    return s ? hops_of(s, fib_trie_find(&s->ipv4, fib_key_make(addr, 4))) : NULL;
}

const struct fib_hops *fib_lookup6(const struct fib_table *table, const uint8_t addr[16])
{
    const struct snapshot *s = __atomic_load_n(&table->now, __ATOMIC_ACQUIRE);

    return s ? hops_of(s, fib_trie_find(&s->ipv6, fib_key_make(addr, 16))) : NULL;
}

const struct fib_hops *fib_lookup(const struct fib_table *table, const struct addr *addr)
{
    switch (addr->family) {
    case ADDR_IPV4:
        return fib_lookup4(table, addr->bytes);
    case ADDR_IPV6:
        return fib_lookup6(table, addr->bytes);
    default:
        return NULL;
    }
}
