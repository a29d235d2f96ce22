#include "ikev2_internal.h"

#include <stdlib.h>

/* What may be said to senders who have proved nothing, and of them: counted for each address by
 * itself, so that one who is noisy silences nobody else. Addresses share a few thousand places
 * under a key that nobody knows; all of an IPv6 /64 are one. */

#define ANSWERS_PER_SECOND 10
#define TOLD_PAUSE         (10 * IKE_SECOND)
#define TOLD_PER_SECOND    1 /* of all of them together: a log is no place for a flood */

uint64_t ikev2_hash_address(struct ikev2 *ikev2, const struct addr *address)
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
    return hash;
}

static struct ikev2_source *source_of(struct ikev2 *ikev2, const struct addr *address)
{
    return &ikev2->sources[ikev2_hash_address(ikev2, address) % IKEV2_SOURCES];
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

/* ---- what they have begun ---- */

struct failed {
    struct list link;
    uint64_t until_us;
    struct ikev2_source *source;
};

struct ikev2_source *ikev2_source_hold(struct ikev2 *ikev2, const struct addr *address)
{
    struct ikev2_source *source = source_of(ikev2, address);

    source->held++;
    return source;
}

void ikev2_source_release(struct ikev2_source *source)
{
    source->held--;
}

/* There are never more than half-open SAs may be: beyond, nothing is looked at. */
void ikev2_source_failed(struct ikev2 *ikev2, const struct addr *address)
{
    struct failed *f = calloc(1, sizeof(*f));

    if (!f)
        return;
    f->until_us = ikev2->env->now_us + IKEV2_HALF_OPEN;
    f->source = ikev2_source_hold(ikev2, address);
    list_append(&ikev2->failed, &f->link);
    ikev2->n_failed++;
}

static void forget(struct ikev2 *ikev2, struct failed *f)
{
    ikev2_source_release(f->source);
    list_remove(&f->link);
    free(f);
    ikev2->n_failed--;
}

size_t ikev2_count_unproved(struct ikev2 *ikev2)
{
    list_for_each_safe (f, &ikev2->failed, struct failed, link) {
        if (f->until_us > ikev2->env->now_us)
            break;
        forget(ikev2, f);
    }
    return ikev2->n_half_open + ikev2->n_failed;
}

bool ikev2_source_is_full(struct ikev2 *ikev2, const struct addr *address)
{
    return source_of(ikev2, address)->held >= MAX(ikev2->half_open_max / 4, 1U);
}

void ikev2_sources_done(struct ikev2 *ikev2)
{
    list_for_each_safe (f, &ikev2->failed, struct failed, link)
        forget(ikev2, f);
}
