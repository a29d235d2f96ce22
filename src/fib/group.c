/* Next hops, each once in a table: any number of routes share them. They never change. */
#include "fib_internal.h"

#include <stdlib.h>

/* A group ends where its next hops do. */
static size_t size_of(const struct fib_hops *hops)
{
    return offsetof(struct fib_group, hops.ids) + hops->count * sizeof(hops->ids[0]);
}

static void group_free_later(struct rcu_head *head)
{
    free(container_of(head, struct fib_group, rcu));
}

static struct fib_group **bucket_of(const struct fib_groups *g, const struct fib_hops *hops)
{
    uint64_t hash = hash_bytes(hops->ids, hops->count * sizeof(hops->ids[0]), 0);

    return &g->buckets[hash & (g->n_buckets - 1)];
}

static int grow_buckets(struct fib_groups *g)
{
    struct fib_groups bigger = {.n_buckets = g->n_buckets ? g->n_buckets * 2 : 16};

    bigger.buckets = calloc(bigger.n_buckets, sizeof(struct fib_group *));
    if (!bigger.buckets)
        return -ENOMEM;
    for (size_t i = 0; i < g->n_buckets; i++) {
        for (struct fib_group *group = g->buckets[i], *next; group; group = next) {
            struct fib_group **bucket = bucket_of(&bigger, &group->hops);

            next = group->next;
            group->next = *bucket;
            *bucket = group;
        }
    }
    free(g->buckets);
    g->buckets = bigger.buckets;
    g->n_buckets = bigger.n_buckets;
    return 0;
}

bool fib_hops_equal(const struct fib_hops *a, const struct fib_hops *b)
{
    return a->count == b->count && memcmp(a->ids, b->ids, a->count * sizeof(a->ids[0])) == 0;
}

static struct fib_group *find(const struct fib_groups *g, const struct fib_hops *hops)
{
    struct fib_group *group = g->n_buckets ? *bucket_of(g, hops) : NULL;

    while (group && !fib_hops_equal(&group->hops, hops))
        group = group->next;
    return group;
}

static int add(struct fib_groups *g, const struct fib_hops *hops, struct fib_group **ret)
{
    struct fib_group *group, **bucket;

    if (g->count == g->n_buckets && grow_buckets(g) < 0)
        return -ENOMEM;
    group = malloc(size_of(hops));
    g->pool.item = sizeof(struct fib_group_slot);
    if (!group)
        return -ENOMEM;
    group->number = pool_take(&g->pool);
    if (!group->number) {
        free(group);
        return -ENOMEM;
    }
    ((struct fib_group_slot *)pool_at(&g->pool, group->number))->group = group;
    memcpy(&group->hops, hops, size_of(hops) - offsetof(struct fib_group, hops));
    group->users = 0;
    bucket = bucket_of(g, hops);
    group->next = *bucket;
    *bucket = group;
    g->count++;
    g->bytes += size_of(hops);
    *ret = group;
    return 0;
}

int fib_group_take(struct fib_groups *groups, const struct fib_hops *hops, struct fib_group **ret)
{
    struct fib_group *group;
    int r = 0;

    if (hops->count > FIB_HOPS_MAX)
        return -EINVAL;
    group = find(groups, hops);
    if (!group)
        r = add(groups, hops, &group);
    if (r < 0)
        return r;
    group->users++;
    *ret = group;
    return 0;
}

void fib_group_give(struct fib_groups *groups, struct fib_group *group)
{
    struct fib_group **at;

    if (--group->users > 0)
        return;
    at = bucket_of(groups, &group->hops);
    while (*at != group)
        at = &(*at)->next;
    *at = group->next;
    ((struct fib_group_slot *)pool_at(&groups->pool, group->number))->group = NULL;
    pool_give(&groups->pool, group->number);
    groups->count--;
    groups->bytes -= size_of(&group->hops);
    urcu_memb_call_rcu(&group->rcu, group_free_later);
}

void fib_groups_done(struct fib_groups *groups)
{
    for (uint32_t n = 1; n < groups->pool.used; n++)
        free(fib_group_at(groups, n));
    pool_done(&groups->pool);
    free(groups->buckets);
}

size_t fib_groups_memory(const struct fib_groups *groups)
{
    return pool_memory(&groups->pool) + groups->n_buckets * sizeof(struct fib_group *) +
           groups->bytes;
}
