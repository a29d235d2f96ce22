#include "snapshot_internal.h"

/* The lowest free block: how many are taken in full is found by weights, in steps that halve; then
 * the next one is looked at. */

__extension__ typedef unsigned __int128 number;

/* The part of an area in which a free block is looked for, as numbers. */
struct range {
    const struct space_area *area;
    uint8_t family;
    unsigned shift;   /* a block has 1 << shift addresses */
    number block_max; /* the same, less 1 */
    number last;      /* address */
};

static number number_of(const struct addr *a)
{
    number n = 0;

    for (size_t i = 0; i < addr_len(a); i++)
        n = n << 8 | a->bytes[i];
    return n;
}

static struct prefix prefix_at(const struct range *g, number n, unsigned len)
{
    struct prefix p = {.addr.family = g->family, .len = (uint8_t)len};

    for (size_t i = addr_len(&p.addr); i-- > 0; n >>= 8)
        p.addr.bytes[i] = (uint8_t)n;
    return p;
}

static uint64_t weight_before(const struct range *g, number n, unsigned len)
{
    struct prefix p = prefix_at(g, n, len);
    struct snapshot_key k;

    space_key(g->area, &p, &k);
    return pmap_weight_before(g->area->map, k.bytes, k.len);
}

/* Addresses below n that are taken. Too few where weights are capped, but the difference of two is
 * never more than what is taken between them. */
static number taken_below(const struct range *g, number n)
{
    number taken = weight_before(g, n, 0), start;
    struct prefix address = {.addr.family = g->family}, at, top;
    uint64_t weight;

    address = prefix_at(g, n, addr_bits(&address.addr));
    top = at = address;
    while (space_above(g->area, &address, &at))
        top = at; /* the one that has the weight */
    start = number_of(&top.addr);
    if (start == n)
        return taken;
    weight = space_size(&top);
    return taken - weight + MIN(n - start, (number)weight);
}

/* How many blocks from start on are taken in full, one after the other; at most all but the last.
 */
static number count_full(const struct range *g, number start)
{
    number before = taken_below(g, start), low = 0, high = 0;

    if (g->shift < 128) {
        number all = (g->last - start - g->block_max) >> g->shift;
        number taken = (weight_before(g, g->last, UINT8_MAX) - before) >> g->shift;

        high = MIN(all, taken);
    }
    while (low < high) { /* low are full, more than high are not */
        number middle = low + (high - low + 1) / 2, size = middle << g->shift;

        if (taken_below(g, start + size) - before >= size)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static int find_free(const struct range *g, number start, struct prefix *ret)
{
    unsigned len = (g->family == ADDR_IPV4 ? 32 : 128) - g->shift;
    struct space_entry e;

    while (start <= g->last && g->last - start >= g->block_max) {
        number skip = count_full(g, start), end;
        struct prefix p = prefix_at(g, start + (g->shift < 128 ? skip << g->shift : 0), len);
        struct addr last;

        if (!space_overlap(g->area, &p, NULL, &e)) {
            *ret = p;
            return 0;
        }
        /* It is taken in part, or by something that is bigger than it seems. */
        last = prefix_last(e.prefix.len < p.len ? &e.prefix : &p);
        end = number_of(&last);
        if (end >= g->last)
            break;
        start = end + 1;
    }
    return -ENOSPC;
}

int snapshot_free_prefix(const struct snapshot *s, enum model_space space, const char *scope,
                         const struct addr *first, const struct addr *last, uint8_t len,
                         struct prefix *ret)
{
    struct snapshot_key k;
    struct space_area a;
    struct range g = {.area = &a, .family = first->family, .last = number_of(last)};
    number start = number_of(first);

    if (!space_find(s, space, scope, &k, &a) || first->family != last->family ||
        len > addr_bits(first) || !addr_bits(first))
        return -ENOSPC;
    g.shift = addr_bits(first) - len;
    g.block_max = g.shift < 128 ? ((number)1 << g.shift) - 1 : ~(number)0;
    if (start & g.block_max) { /* from the next block on */
        if ((start | g.block_max) >= g.last)
            return -ENOSPC;
        start = (start | g.block_max) + 1;
    }
    return find_free(&g, start, ret);
}
