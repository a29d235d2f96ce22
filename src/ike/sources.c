#include "ike_internal.h"

/* What may be said to senders who have proved nothing, and of them: counted for each address by
 * itself, so that one who is noisy silences nobody else. Addresses share a few hundred places under
 * a key that nobody knows; all of an IPv6 /64 are one. */

#define ANSWERS_PER_SECOND 10
#define TOLD_PAUSE         (10 * IKE_SECOND)
#define TOLD_PER_SECOND    1 /* of all of them together: a log is no place for a flood */

static struct ike_source *source_of(struct ike *ike, const struct addr *address)
{
    size_t len = address->family == ADDR_IPV6 ? 8 : 4;
    uint64_t hash;

    while (!ike->sources_key)
        ike->sources_key = ike_random_u64(ike);
    hash = ike->sources_key;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ address->bytes[i]) * UINT64_C(0x9E3779B97F4A7C15);
        hash ^= hash >> 29;
    }
    return &ike->sources[hash % IKE_SOURCES];
}

bool ike_source_may_be_answered(struct ike *ike, const struct addr *address)
{
    struct ike_source *source = source_of(ike, address);

    if (!source->answers || ike->now_us - source->window_us >= IKE_SECOND) {
        source->window_us = ike->now_us;
        source->answers = 0;
    }
    if (source->answers == ANSWERS_PER_SECOND)
        return false;
    source->answers++;
    return true;
}

bool ike_source_may_be_told(struct ike *ike, const struct addr *address)
{
    struct ike_source *source = source_of(ike, address);

    if ((source->told_us && ike->now_us - source->told_us < TOLD_PAUSE) ||
        (ike->told_us && ike->now_us - ike->told_us < IKE_SECOND / TOLD_PER_SECOND))
        return false;
    source->told_us = ike->told_us = ike->now_us;
    return true;
}
