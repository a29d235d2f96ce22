/* Next hops by their names, each list of them once: many routes share few. */
#include "state_internal.h"

#include <stdlib.h>

void *dp_staging_append(void *array_ptr, size_t *n, size_t size)
{
    void *array;

    memcpy(&array, array_ptr, sizeof(array));
    if ((*n & (*n - 1)) == 0) {
        array = realloc(array, (*n ? *n * 2 : 1) * size);
        if (!array)
            return NULL;
        memcpy(array_ptr, &array, sizeof(array));
    }
    memset((uint8_t *)array + *n * size, 0, size);
    return (uint8_t *)array + (*n)++ * size;
}

static uint64_t hash_of(const struct ipc_nexthop *hops, size_t n)
{
    uint64_t h = n;

    for (size_t i = 0; i < n; i++) {
        h = hash_bytes(&hops[i].kind, sizeof(hops[i].kind), h);
        h = hash_bytes(hops[i].target, strlen(hops[i].target), h);
        h = hash_bytes(hops[i].via.bytes, sizeof(hops[i].via.bytes), h);
    }
    return h;
}

static bool is_list(const struct dp_staged_hops *s, uint32_t number, const struct ipc_nexthop *hops,
                    size_t n)
{
    const struct dp_staged_list *list = &s->lists[number];

    if (list->count != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct ipc_nexthop *mine = &s->hops[list->first + i];

        if (mine->kind != hops[i].kind || strcmp(mine->target, hops[i].target) != 0 ||
            !addr_equal(&mine->via, &hops[i].via))
            return false;
    }
    return true;
}

static uint32_t *bucket_of(const struct dp_staged_hops *s, const struct ipc_nexthop *hops, size_t n)
{
    uint32_t mask = s->n_buckets - 1, at = (uint32_t)hash_of(hops, n) & mask;

    while (s->buckets[at] && !is_list(s, s->buckets[at] - 1, hops, n))
        at = (at + 1) & mask;
    return &s->buckets[at];
}

static int grow_buckets(struct dp_staged_hops *s)
{
    struct dp_staged_hops bigger = *s;

    bigger.n_buckets = s->n_buckets ? s->n_buckets * 2 : 16;
    bigger.buckets = calloc(bigger.n_buckets, sizeof(*bigger.buckets));
    if (!bigger.buckets)
        return -ENOMEM;
    for (uint32_t i = 0; i < s->n_lists; i++) {
        const struct dp_staged_list *list = &s->lists[i];

        *bucket_of(&bigger, &s->hops[list->first], list->count) = i + 1;
    }
    free(s->buckets);
    *s = bigger;
    return 0;
}

static int add_list(struct dp_staged_hops *s, const struct ipc_nexthop *hops, size_t n)
{
    struct dp_staged_list list = {.first = (uint32_t)s->n_hops, .count = (uint32_t)n};
    struct dp_staged_list *slot;

    for (size_t i = 0; i < n; i++) {
        struct ipc_nexthop *hop = dp_staging_append(&s->hops, &s->n_hops, sizeof(*hop));

        if (!hop)
            return -ENOMEM;
        *hop = hops[i];
    }
    slot = dp_staging_append(&s->lists, &s->n_lists, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    *slot = list;
    return 0;
}

int dp_staged_hops_add(struct dp_staged_hops *s, const struct ipc_nexthop *hops, size_t n,
                       uint32_t *ret)
{
    uint32_t *bucket;
    int r = s->n_lists * 2 >= s->n_buckets ? grow_buckets(s) : 0;

    if (r < 0)
        return r;
    bucket = bucket_of(s, hops, n);
    if (!*bucket) {
        r = add_list(s, hops, n);
        if (r < 0)
            return r;
        *bucket = (uint32_t)s->n_lists;
    }
    *ret = *bucket - 1;
    return 0;
}

void dp_staged_hops_done(struct dp_staged_hops *s)
{
    free(s->hops);
    free(s->lists);
    free(s->buckets);
}
