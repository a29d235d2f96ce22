#include "reach_internal.h"

/* What all runs have in common. */

static const struct reach_kind_ops *const kinds[] = {
    [REACH_PING] = &reach_ping_ops,
    [REACH_TRACEROUTE] = &reach_trace_ops,
    [REACH_PATH_MTU] = &reach_mtu_ops,
};

static const struct reach_kind_ops *ops_of(const struct reach_run *run)
{
    return kinds[run->spec.kind];
}

int reach_begin(struct reach_run *run, const struct reach_spec *spec, uint64_t now_us)
{
    if (spec->kind >= ARRAY_SIZE(kinds) ||
        (spec->family != ADDR_IPV4 && spec->family != ADDR_IPV6) ||
        spec->size < reach_size_min(spec->family) || spec->size > REACH_PACKET_MAX)
        return -EINVAL;
    *run = (struct reach_run){.spec = *spec};
    return ops_of(run)->begin(run, now_us);
}

bool reach_next(struct reach_run *run, uint64_t now_us, struct reach_probe *ret)
{
    return !run->over && ops_of(run)->next(run, now_us, ret);
}

void reach_too_large(struct reach_run *run, uint64_t now_us, uint16_t seq, uint32_t mtu)
{
    if (!run->over)
        ops_of(run)->too_large(run, now_us, seq, mtu);
}

void reach_take(struct reach_run *run, uint64_t now_us, const struct reach_packet *packet)
{
    if (!run->over)
        ops_of(run)->take(run, now_us, packet);
}

void reach_time(struct reach_run *run, uint64_t now_us)
{
    if (!run->over)
        ops_of(run)->time(run, now_us);
}

uint64_t reach_due(const struct reach_run *run)
{
    return run->over ? UINT64_MAX : ops_of(run)->due(run);
}

bool reach_is_over(const struct reach_run *run)
{
    return run->over;
}
