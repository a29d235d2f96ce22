#include "model_internal.h"

/* Which address is next. */

struct addr model_subnet_gateway(const struct prefix *subnet)
{
    return addr_add(&subnet->addr, 1);
}

bool model_subnet_reserved(const struct prefix *subnet, const struct addr *a)
{
    struct addr last = prefix_last(subnet), third = addr_add(&subnet->addr, 2);

    return addr_cmp(a, &third) <= 0 || addr_equal(a, &last);
}

/* The last address but one. */
static struct addr before_last(const struct prefix *p)
{
    struct addr last = prefix_last(p);

    last.bytes[addr_len(&last) - 1]--; /* the host part is all ones: no borrow */
    return last;
}

static int free_address(const struct snapshot *s, enum model_space space, const char *scope,
                        const struct addr *first, const struct addr *last, struct addr *ret)
{
    struct prefix p;
    int r = snapshot_free_prefix(s, space, scope, first, last, (uint8_t)addr_bits(first), &p);

    if (r == 0)
        *ret = p.addr;
    return r;
}

int model_alloc_instance(const struct snapshot *s, const struct model_subnet *subnet,
                         struct addr *ret)
{
    struct addr first = addr_add(&subnet->cidr.addr, 3), last = before_last(&subnet->cidr);

    if (subnet->cidr.len + 2U >= addr_bits(&first))
        return -ENOSPC; /* all of them are reserved */
    return free_address(s, SPACE_INSTANCES, subnet->head.id, &first, &last, ret);
}

/* Where the tunnel is itself, if it lies in the range and nobody else does there. */
static bool may_stay(const struct snapshot *s, const char *gateway,
                     const struct model_vpn_tunnel *own, const struct addr range[2],
                     struct prefix *ret)
{
    struct addr last;

    if (!own || own->tunnel_address.addr.family != ADDR_IPV4)
        return false;
    *ret = prefix_make(&own->tunnel_address.addr, 30);
    last = prefix_last(ret);
    return addr_cmp(&ret->addr, &range[0]) >= 0 && addr_cmp(&last, &range[1]) <= 0 &&
           !snapshot_overlap(s, SPACE_INNER, gateway, ret, own->head.id);
}

int model_alloc_inner(const struct snapshot *s, const char *gateway,
                      const struct model_vpn_tunnel *own, struct prefix *ret)
{
    const struct addr ranges[][2] = {
        {addr_v4(169, 254, 1, 0), addr_v4(169, 254, 169, 251)},
        {addr_v4(169, 254, 170, 0), addr_v4(169, 254, 254, 255)},
    };
    int r = -ENOSPC;

    for (size_t i = 0; i < ARRAY_SIZE(ranges) && r == -ENOSPC; i++) {
        struct prefix mine;
        bool stay = may_stay(s, gateway, own, ranges[i], &mine);

        r = snapshot_free_prefix(s, SPACE_INNER, gateway, &ranges[i][0], &ranges[i][1], 30, ret);
        if (stay && (r == -ENOSPC || addr_cmp(&mine.addr, &ret->addr) < 0)) {
            *ret = mine;
            r = 0;
        }
    }
    return r;
}

/* In one pool. */
static int alloc_from(const struct snapshot *s, const struct prefix *pool, const struct addr *but,
                      struct addr *ret)
{
    struct addr first = pool->addr, last = prefix_last(pool), found;
    int r;

    if (pool->len + 2U <= addr_bits(&first)) {
        first = addr_add(&first, 1);
        last = before_last(pool);
    }
    r = free_address(s, SPACE_CLOUD, "", &first, &last, &found);
    if (r == 0 && but && addr_equal(&found, but)) {
        first = addr_add(&found, 1);
        r = addr_equal(&found, &last) ? -ENOSPC
                                      : free_address(s, SPACE_CLOUD, "", &first, &last, &found);
    }
    if (r == 0)
        *ret = found;
    return r;
}

int model_alloc_public(const struct snapshot *s, enum addr_family family, const struct addr *but,
                       struct addr *ret)
{
    const struct model_region *region = snapshot_region(s);
    int r = -ENOSPC;

    for (uint32_t i = 0; region && r == -ENOSPC && i < region->public_pools.count; i++) {
        const struct prefix *pool = &region->public_pools.items[i];

        if (pool->addr.family == family)
            r = alloc_from(s, pool, but, ret);
    }
    return r;
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
