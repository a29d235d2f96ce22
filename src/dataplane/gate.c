/* Who may speak to ropeway-ike, and how much. A flood of IKE datagrams costs its senders little and
 * ropeway-ike a lot; from spoofed addresses it cannot even be told who sends it. What nobody but
 * the peer knows are the two SPIs of a conversation: a datagram that carries them passes by a
 * limit of its own, whoever else shouts. */
#include "worker_internal.h"

#include <stdlib.h>

#define ROWS 2048 /* times WAYS conversations are remembered */
#define WAYS 4

#define KNOWN_PER_S        500 /* in one conversation */
#define STRANGER_PER_S     200 /* from one address */
#define STRANGER_BURST     400
#define STRANGERS_PER_S    2000 /* from all together */
#define STRANGER_BYTES_MAX 8192 /* of one datagram */

#define SPIS_LEN              16
#define NEXT_PAYLOAD_AT       16
#define VERSION_AT            17
#define EXCHANGE_AT           18
#define FLAGS_AT              19
#define V1_INFORMATIONAL      5
#define V1_ENCRYPTED          0x01
#define V2_RESPONSE           0x20
#define V2_ENCRYPTED          46
#define V2_ENCRYPTED_FRAGMENT 53

struct dp_gate {
    uint64_t secret; /* so that nobody can aim at a row or a bucket */
    /* Atomic: hashes of the SPIs that ropeway-ike sent, the latest first. Written by the control
     * thread. */
    uint64_t known[ROWS][WAYS];
};

int dp_gate_new(struct dp_gate **ret)
{
    struct dp_gate *gate = calloc(1, sizeof(*gate));

    if (!gate)
        return -ENOMEM;
    gate->secret = random_u64();
    *ret = gate;
    return 0;
}

void dp_gate_free(struct dp_gate *gate)
{
    free(gate);
}

static uint64_t keyed_hash(const struct dp_gate *gate, const void *data, size_t len)
{
    uint64_t h = hash_bytes(data, len, gate->secret);

    h = (h ^ h >> 33) * 0xff51afd7ed558ccdULL; /* neighbours would share a bucket otherwise */
    return h ^ h >> 33;
}

/* RFC 7296, 3.1: the SPIs are the first 16 bytes; in the first message the second is 0. */
static uint64_t conversation(const struct dp_gate *gate, const uint8_t *ike, bool first)
{
    uint8_t spis[SPIS_LEN] = {0};

    memcpy(spis, ike, first ? 8 : SPIS_LEN);
    return keyed_hash(gate, spis, sizeof(spis)) | 1; /* 0 is an empty place */
}

static uint64_t *row_of(struct dp_gate *gate, uint64_t hash)
{
    return gate->known[hash >> 32 & (ROWS - 1)];
}

static bool is_known(struct dp_gate *gate, uint64_t hash)
{
    for (unsigned i = 0; i < WAYS; i++)
        if (__atomic_load_n(&row_of(gate, hash)[i], __ATOMIC_RELAXED) == hash)
            return true;
    return false;
}

/* A call of our own, or what only somebody with its keys could have led us to say. Other answers to
 * a stranger prove nothing about him. */
static bool is_conversation(const uint8_t *ike)
{
    static const uint8_t none[8];
    bool first = memcmp(ike + 8, none, sizeof(none)) == 0;

    if (ike[VERSION_AT] >> 4 == 1)
        return (first && ike[EXCHANGE_AT] != V1_INFORMATIONAL) || (ike[FLAGS_AT] & V1_ENCRYPTED);
    return (first && !(ike[FLAGS_AT] & V2_RESPONSE)) || ike[NEXT_PAYLOAD_AT] == V2_ENCRYPTED ||
           ike[NEXT_PAYLOAD_AT] == V2_ENCRYPTED_FRAGMENT;
}

void dp_gate_sent(struct dp_gate *gate, const uint8_t *ike, size_t len)
{
    uint64_t hash, *row;

    if (len < DP_IKE_HEADER_LEN || !is_conversation(ike))
        return;
    hash = conversation(gate, ike, false);
    row = row_of(gate, hash);
    if (is_known(gate, hash))
        return;
    for (unsigned i = WAYS - 1; i > 0; i--)
        __atomic_store_n(&row[i], row[i - 1], __ATOMIC_RELAXED);
    __atomic_store_n(row, hash, __ATOMIC_RELAXED);
}

static bool take(struct dp_gate_bucket *bucket, uint64_t now_us, uint64_t per_s, uint64_t burst)
{
    return dp_bucket_take(&bucket->tokens, &bucket->us, now_us, per_s, burst);
}

bool dp_gate_admits(struct dp_gate *gate, struct dp_gate_limits *limits, const struct addr *from,
                    const uint8_t *ike, size_t len, uint64_t now_us, bool *ret_known)
{
    uint64_t hash = conversation(gate, ike, false);

    if (!is_known(gate, hash))
        hash = conversation(gate, ike, true);
    *ret_known = is_known(gate, hash);
    if (*ret_known)
        return take(&limits->known[hash >> 48 & (DP_GATE_BUCKETS - 1)], now_us, KNOWN_PER_S,
                    KNOWN_PER_S);
    /* Whoever has one IPv6 address has its 2^64 neighbours. */
    hash = keyed_hash(gate, from->bytes, from->family == ADDR_IPV4 ? 4 : 8);
    return len <= STRANGER_BYTES_MAX &&
           take(&limits->strangers[hash >> 48 & (DP_GATE_BUCKETS - 1)], now_us, STRANGER_PER_S,
                STRANGER_BURST) &&
           take(&limits->all_strangers, now_us, STRANGERS_PER_S, STRANGERS_PER_S);
}
