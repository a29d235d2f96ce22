#include "model_internal.h"

#include <stdlib.h>

/* Which address is next. Everything already taken comes in as an argument. */

void model_taken_done(struct model_taken *t)
{
    free(t->items);
    *t = (struct model_taken){0};
}

int model_taken_add(struct model_taken *t, const struct prefix *p)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 16;
        struct prefix *grown = reallocarray(t->items, cap, sizeof(*grown));

        if (!grown)
            return -ENOMEM;
        t->items = grown;
        t->cap = cap;
    }
    t->items[t->count++] = *p;
    return 0;
}

int model_taken_add_addr(struct model_taken *t, const struct addr *a)
{
    struct prefix p = prefix_make(a, (uint8_t)addr_bits(a));

    return model_taken_add(t, &p);
}

const struct prefix *model_taken_find(const struct model_taken *t, const struct prefix *p)
{
    for (size_t i = 0; i < t->count; i++) {
        if (prefix_overlaps(&t->items[i], p))
            return &t->items[i];
    }
    return NULL;
}

/* The first address of first..last that is not taken. Jumps over whatever is in the way, so that
 * the steps are bounded by what is taken and not by the size of the range. */
static int next_free(const struct model_taken *taken, struct addr first, const struct addr *last,
                     struct addr *ret)
{
    while (addr_cmp(&first, last) <= 0) {
        struct prefix p = prefix_make(&first, (uint8_t)addr_bits(&first));
        const struct prefix *hit = model_taken_find(taken, &p);
        struct addr end;

        if (!hit) {
            *ret = first;
            return 0;
        }
        end = prefix_last(hit);
        if (addr_cmp(&end, last) >= 0)
            break;
        first = addr_add(&end, 1);
    }
    return -ENOSPC;
}

struct addr model_subnet_gateway(const struct prefix *subnet)
{
    return addr_add(&subnet->addr, 1);
}

bool model_subnet_reserved(const struct prefix *subnet, const struct addr *a)
{
    struct addr last = prefix_last(subnet), third = addr_add(&subnet->addr, 2);

    return addr_cmp(a, &third) <= 0 || addr_equal(a, &last);
}

int model_alloc_instance(const struct prefix *subnet, const struct model_taken *taken,
                         struct addr *ret)
{
    struct addr first = addr_add(&subnet->addr, 3), last = prefix_last(subnet);
    struct addr found;
    int r;

    if (subnet->len + 2U > addr_bits(&subnet->addr))
        return -ENOSPC;
    r = next_free(taken, first, &last, &found);
    if (r < 0 || addr_equal(&found, &last))
        return -ENOSPC;
    *ret = found;
    return 0;
}

int model_alloc_inner(const struct model_taken *taken, struct prefix *ret)
{
    const struct addr last = addr_v4(169, 254, 254, 252), cloud = addr_v4(169, 254, 169, 252);
    struct addr a = addr_v4(169, 254, 1, 0);

    while (addr_cmp(&a, &last) <= 0) {
        struct prefix p = prefix_make(&a, 30);
        const struct prefix *hit = model_taken_find(taken, &p);
        struct addr end = prefix_last(hit && hit->len < 30 ? hit : &p);

        if (!hit && !addr_equal(&a, &cloud)) {
            *ret = p;
            return 0;
        }
        if (addr_cmp(&end, &last) >= 0)
            break;
        a = addr_add(&end, 1); /* a /30 begins there again */
    }
    return -ENOSPC;
}

int model_alloc_public(const struct prefix *pools, size_t count, enum addr_family family,
                       const struct model_taken *taken, struct addr *ret)
{
    for (size_t i = 0; i < count; i++) {
        struct addr first = pools[i].addr, last = prefix_last(&pools[i]);

        if (first.family != family)
            continue;
        if (pools[i].len + 2U <= addr_bits(&first)) {
            size_t end = addr_len(&last) - 1;

            first = addr_add(&first, 1);
            last.bytes[end]--; /* the host part is all ones: no borrow */
        }
        if (next_free(taken, first, &last, ret) == 0)
            return 0;
    }
    return -ENOSPC;
}

bool model_tunnel_pair(size_t clouds, size_t customers, size_t n, size_t *ret_cloud,
                       size_t *ret_customer)
{
    size_t straight = MIN(clouds, customers);

    if (n < straight) {
        *ret_cloud = *ret_customer = n;
        return true;
    }
    n -= straight;
    for (size_t i = 0; i < clouds; i++) {
        for (size_t j = 0; j < customers; j++) {
            if (i == j || n-- > 0)
                continue;
            *ret_cloud = i;
            *ret_customer = j;
            return true;
        }
    }
    return false;
}
