#include "translate_internal.h"
#include "worker_internal.h"

static bool selected(const struct prefix *ts, unsigned n, const struct addr *a)
{
    for (unsigned i = 0; i < n; i++)
        if (prefix_contains_addr(&ts[i], a))
            return true;
    return n == 0;
}

bool dp_sa_takes(const struct dp_sa *sa, const struct dp_inner *inner)
{
    return (inner->version == 4 ? sa->any4 : sa->any6) ||
           (selected(sa->local_ts, sa->n_local_ts, &inner->src) &&
            selected(sa->remote_ts, sa->n_remote_ts, &inner->dst));
}

static bool same_list(const struct prefix *a, unsigned n_a, const struct prefix *b, unsigned n_b)
{
    for (unsigned i = 0; n_a == n_b && i < n_a; i++)
        if (!prefix_equal(&a[i], &b[i]))
            return false;
    return n_a == n_b;
}

bool dp_sa_same_selectors(const struct dp_sa *a, const struct dp_sa *b)
{
    return same_list(a->local_ts, a->n_local_ts, b->local_ts, b->n_local_ts) &&
           same_list(a->remote_ts, a->n_remote_ts, b->remote_ts, b->n_remote_ts);
}

static bool lists_overlap(const struct prefix *a, unsigned n_a, const struct prefix *b,
                          unsigned n_b)
{
    for (unsigned i = 0; i < n_a; i++)
        for (unsigned j = 0; j < n_b; j++)
            if (prefix_overlaps(&a[i], &b[j]))
                return true;
    return !n_a || !n_b;
}

bool dp_sa_overlaps(const struct dp_sa *a, const struct dp_sa *b)
{
    return lists_overlap(a->local_ts, a->n_local_ts, b->local_ts, b->n_local_ts) &&
           lists_overlap(a->remote_ts, a->n_remote_ts, b->remote_ts, b->n_remote_ts);
}

static uint8_t *place_of(const struct dp_egress *e, const struct dp_inner *inner)
{
    uint64_t seed = hash_bytes(inner->src.bytes, addr_len(&inner->src), 0);

    return &e->path->recent[hash_bytes(inner->dst.bytes, addr_len(&inner->dst), seed) % DP_RECENT];
}

/* The newest that takes it. Where no two do, the one that was chosen for these addresses before is
 * it, if it takes them: the price is the same however many there are. */
static struct dp_sa *choose_other(const struct dp_egress *e, const struct dp_inner *inner)
{
    uint8_t *place, hint;

    if (!e->n_others)
        return NULL;
    place = place_of(e, inner);
    hint = __atomic_load_n(place, __ATOMIC_RELAXED);
    if (e->apart && hint < e->n_others && dp_sa_takes(e->others[hint], inner))
        return e->others[hint];
    for (uint32_t i = 0; i < e->n_others; i++) {
        if (!dp_sa_takes(e->others[i], inner))
            continue;
        __atomic_store_n(place, (uint8_t)i, __ATOMIC_RELAXED);
        return e->others[i];
    }
    return NULL;
}

struct dp_sa *dp_egress_sa(const struct dp_egress *egress, const struct dp_inner *inner)
{
    struct dp_inner wire;

    if (egress->tunnel->config.n_translations) {
        wire = *inner;
        dp_translate_addrs(&egress->tunnel->config, DP_OUT, &wire.src, &wire.dst);
        inner = &wire;
    }
    return dp_sa_takes(egress->out, inner) ? egress->out : choose_other(egress, inner);
}

bool dp_sa_allows(const struct dp_sa *sa, const uint8_t *ip)
{
    bool v4 = ip[0] >> 4 == 4;
    struct addr src = {.family = v4 ? ADDR_IPV4 : ADDR_IPV6}, dst = src;

    if (v4 ? sa->any4 : sa->any6)
        return true;
    memcpy(src.bytes, ip + (v4 ? 12 : 8), v4 ? 4 : 16);
    memcpy(dst.bytes, ip + (v4 ? 16 : 24), v4 ? 4 : 16);
    return selected(sa->remote_ts, sa->n_remote_ts, &src) &&
           selected(sa->local_ts, sa->n_local_ts, &dst);
}
