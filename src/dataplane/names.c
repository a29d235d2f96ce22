#include "state_internal.h"

#include <stdlib.h>

static uint32_t home_of(const struct dp_names *names, const char *name)
{
    return (uint32_t)hash_bytes(name, strlen(name), 0) & (names->n_buckets - 1);
}

static uint32_t *bucket_of(const struct dp_names *names, const char *name)
{
    uint32_t mask = names->n_buckets - 1, at = home_of(names, name);

    while (names->buckets[at] && strcmp(names->names[names->buckets[at] - 1], name) != 0)
        at = (at + 1) & mask;
    return &names->buckets[at];
}

static void rebuild(struct dp_names *names)
{
    memset(names->buckets, 0, names->n_buckets * sizeof(*names->buckets));
    for (uint32_t i = 0; i < names->n; i++)
        if (names->names[i][0])
            *bucket_of(names, names->names[i]) = i + 1;
}

static int grow(struct dp_names *names)
{
    uint32_t cap = names->cap ? names->cap * 2 : 16;
    void *list = realloc(names->names, (size_t)cap * sizeof(*names->names));
    uint32_t *buckets;

    if (!list)
        return -ENOMEM;
    names->names = list;
    buckets = calloc((size_t)cap * 2, sizeof(*buckets));
    if (!buckets)
        return -ENOMEM;
    free(names->buckets);
    names->buckets = buckets;
    names->n_buckets = cap * 2;
    names->cap = cap;
    rebuild(names);
    return 0;
}

void dp_names_done(struct dp_names *names)
{
    free(names->names);
    free(names->buckets);
    *names = (struct dp_names){0};
}

uint32_t dp_names_find(const struct dp_names *names, const char *name)
{
    return names->n_buckets && name[0] ? *bucket_of(names, name) - 1 : DP_NONE;
}

int dp_names_add(struct dp_names *names, const char *name, uint32_t *ret)
{
    uint32_t number = dp_names_find(names, name);
    int r;

    if (!name[0])
        return -EINVAL;
    if (number != DP_NONE) {
        *ret = number;
        return 0;
    }
    if (names->used == names->cap) {
        r = grow(names);
        if (r < 0)
            return r;
    }
    number = names->first_free;
    while (number < names->n && names->names[number][0])
        number++;
    r = text_copy(names->names[number], IPC_ID_MAX, name);
    if (r < 0) {
        names->names[number][0] = 0;
        return r;
    }
    if (number == names->n)
        names->n++;
    names->used++;
    names->first_free = number + 1;
    *bucket_of(names, name) = number + 1;
    *ret = number;
    return 0;
}

/* Closes the gap, so that whoever was pushed on by collisions is still found. */
static void empty_bucket(struct dp_names *names, uint32_t *bucket)
{
    uint32_t mask = names->n_buckets - 1, gap = (uint32_t)(bucket - names->buckets);

    for (uint32_t at = (gap + 1) & mask; names->buckets[at]; at = (at + 1) & mask) {
        uint32_t home = home_of(names, names->names[names->buckets[at] - 1]);

        if (((at - home) & mask) < ((at - gap) & mask))
            continue; /* it would come to lie before its home */
        names->buckets[gap] = names->buckets[at];
        gap = at;
    }
    names->buckets[gap] = 0;
}

void dp_names_release(struct dp_names *names, uint32_t number)
{
    if (number >= names->n || !names->names[number][0])
        return;
    empty_bucket(names, bucket_of(names, names->names[number]));
    names->names[number][0] = 0;
    names->used--;
    names->first_free = MIN(names->first_free, number);
}
