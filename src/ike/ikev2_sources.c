#include "ikev2_internal.h"

/* What may be said to senders who have proved nothing, and of them: counted for each address by
 * itself, so that one who is noisy silences nobody else. Addresses share a few hundred places under
 * a key that nobody knows; all of an IPv6 /64 are one. */

#define ANSWERS_PER_SECOND 10
#define TOLD_PAUSE         (10 * IKE_SECOND)
#define TOLD_PER_SECOND    1 /* of all of them together: a log is no place for a flood */

static struct ikev2_source *source_of(struct ikev2 *ikev2, const struct addr *address)
{
    size_t len = address->family == ADDR_IPV6 ? 8 : 4;
    uint64_t hash;

    while (!ikev2->sources_key)
        ikev2->sources_key = ike_random_u64(ikev2->env);
    hash = ikev2->sources_key;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ address->bytes[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return &ikev2->sources[hash % IKEV2_SOURCES];
}

bool ikev2_source_may_be_answered(struct ikev2 *ikev2, const struct addr *address)
{
    struct ikev2_source *source = source_of(ikev2, address);

    if (!source->answers || ikev2->env->now_us - source->window_us >= IKE_SECOND) {
        source->window_us = ikev2->env->now_us;
        source->answers = 0;
    }
    if (source->answers == ANSWERS_PER_SECOND)
        return false;
    source->answers++;
    return true;
}

bool ikev2_source_may_be_told(struct ikev2 *ikev2, const struct addr *address)
{
    struct ikev2_source *source = source_of(ikev2, address);

    if ((source->told_us && ikev2->env->now_us - source->told_us < TOLD_PAUSE) ||
        (ikev2->told_us && ikev2->env->now_us - ikev2->told_us < IKE_SECOND / TOLD_PER_SECOND))
        return false;
    source->told_us = ikev2->told_us = ikev2->env->now_us;
    return true;
}
