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

struct dp_sa *dp_egress_sa(const struct dp_egress *egress, const struct dp_inner *inner)
{
    struct dp_inner wire;

    if (egress->tunnel->config.n_translations) {
        wire = *inner;
        dp_translate_addrs(&egress->tunnel->config, DP_OUT, &wire.src, &wire.dst);
        inner = &wire;
    }
    if (dp_sa_takes(egress->out, inner))
        return egress->out;
    for (uint32_t i = 0; i < egress->n_others; i++)
        if (dp_sa_takes(egress->others[i], inner))
            return egress->others[i];
    return NULL;
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
