#include "env_internal.h"

/* What came lately and reached no tunnel: where from, where to, how often. It proves nothing, and
 * tells whoever wonders why a peer is silent where to look. The row that was heard longest ago
 * gives way, so a flood can hide rows and do nothing else. */

#define HEARD_STALE (180 * IKE_SECOND)

static bool is_stale(const struct ike_env *env, const struct ike_heard *row)
{
    return !row->count || env->now_us - row->at_us > HEARD_STALE;
}

static bool is_same(const struct ike_heard *row, enum ike_heard_kind kind,
                    const struct endpoint *from, const struct addr *to, uint64_t spi)
{
    return row->kind == kind && row->spi == spi && addr_equal(&row->from.addr, &from->addr) &&
           addr_equal(&row->to, to);
}

void ike_heard_note(struct ike_env *env, enum ike_heard_kind kind, const struct endpoint *from,
                    const struct addr *to, uint64_t spi)
{
    struct ike_heard *row = env->heard;

    for (size_t i = 0; i < ARRAY_SIZE(env->heard); i++) {
        if (is_same(&env->heard[i], kind, from, to, spi) && !is_stale(env, &env->heard[i])) {
            row = &env->heard[i];
            break;
        }
        if (env->heard[i].at_us < row->at_us)
            row = &env->heard[i];
    }
    if (is_stale(env, row) || !is_same(row, kind, from, to, spi))
        *row = (struct ike_heard){.kind = kind, .to = *to, .spi = spi};
    row->from = *from;
    row->at_us = env->now_us;
    row->count++;
}

const struct ike_heard *ike_heard_next(const struct ike_env *env, const struct ike_heard *after)
{
    size_t i = after ? (size_t)(after - env->heard) + 1 : 0;

    while (i < ARRAY_SIZE(env->heard) && is_stale(env, &env->heard[i]))
        i++;
    return i < ARRAY_SIZE(env->heard) ? &env->heard[i] : NULL;
}
