#include "control_internal.h"

#include <stdlib.h>

#include "authority_internal.h"

/* Certificates whose signature was verified lately. A node shows the same one with each request,
 * and to verify it again costs more than the rest of many requests. What is remembered is what
 * does not change: the time and the node's present key are looked at each time. */

#define SLOTS 1024 /* a power of two; two nodes in one slot take turns */

struct verified {
    struct verified_slot {
        uint8_t digest[CRYPTO_SHA256_LEN]; /* of the DER */
        uint64_t authority; /* revision of the record of the authority that signed it; 0: free */
        struct certificate_claim claim;
    } slots[SLOTS];
};

int verified_init(struct credentials *s)
{
    s->verified = calloc(1, sizeof(*s->verified));
    return s->verified ? 0 : -ENOMEM;
}

void verified_done(struct credentials *s)
{
    free(s->verified);
    s->verified = NULL;
}

static struct verified_slot *slot_of(struct credentials *s, const uint8_t *digest)
{
    return &s->verified->slots[(digest[0] | (size_t)digest[1] << 8) % SLOTS];
}

bool verified_find(struct credentials *s, const uint8_t digest[CRYPTO_SHA256_LEN], uint64_t now_us,
                   struct certificate_claim *ret, uint64_t *ret_authority)
{
    const struct verified_slot *slot;
    bool found;

    pthread_mutex_lock(&s->lock);
    slot = slot_of(s, digest);
    found = slot->authority != 0 && memcmp(slot->digest, digest, sizeof(slot->digest)) == 0 &&
            now_us >= slot->claim.from_us && now_us <= slot->claim.until_us;
    if (found) {
        *ret = slot->claim;
        *ret_authority = slot->authority;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}

void verified_add(struct credentials *s, const uint8_t digest[CRYPTO_SHA256_LEN],
                  uint64_t authority, const struct certificate_claim *claim)
{
    struct verified_slot *slot;

    pthread_mutex_lock(&s->lock);
    slot = slot_of(s, digest);
    memcpy(slot->digest, digest, sizeof(slot->digest));
    slot->authority = authority;
    slot->claim = *claim;
    pthread_mutex_unlock(&s->lock);
}
