#include "flow.h"

#define IPV4_HDR_MIN 20
#define IPV6_HDR_LEN 40

#define PROTO_ICMP   1
#define PROTO_TCP    6
#define PROTO_UDP    17
#define PROTO_ICMPV6 58

#define IPV6_HOP_BY_HOP  0
#define IPV6_ROUTING     43
#define IPV6_FRAGMENT    44
#define IPV6_DESTINATION 60

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
    return h ^ h >> 32;
}

static uint64_t mix_bytes(uint64_t h, const uint8_t *at, size_t len)
{
    for (; len >= 8; len -= 8, at += 8) {
        uint64_t v;

        memcpy(&v, at, sizeof(v));
        h = mix(h, v);
    }
    return h;
}

/* What of the transport header tells flows apart. */
static uint64_t mix_transport(uint64_t h, uint8_t protocol, const uint8_t *l4, size_t len)
{
    uint32_t ports;
    bool echo;

    h = mix(h, protocol);
    switch (protocol) {
    case PROTO_TCP:
    case PROTO_UDP:
        if (len < 4)
            return h;
        memcpy(&ports, l4, sizeof(ports));
        return mix(h, ports);
    case PROTO_ICMP:
    case PROTO_ICMPV6:
        if (len < 8)
            return h;
        echo = protocol == PROTO_ICMP ? l4[0] == 8 || l4[0] == 0 : l4[0] == 128 || l4[0] == 129;
        return echo ? mix(h, (uint64_t)l4[4] << 8 | l4[5]) : h;
    default:
        return h;
    }
}

static uint64_t hash_ipv4(uint64_t seed, const uint8_t *packet, size_t len)
{
    size_t header = (packet[0] & 15U) * 4U;
    uint64_t h = mix_bytes(seed, packet + 12, 8);
    bool fragment = (packet[6] & 0x3f) || packet[7]; /* more fragments, or an offset */

    if (fragment || header < IPV4_HDR_MIN || header > len)
        return mix(h, packet[9]);
    return mix_transport(h, packet[9], packet + header, len - header);
}

static uint64_t hash_ipv6(uint64_t seed, const uint8_t *packet, size_t len)
{
    uint64_t h = mix_bytes(seed, packet + 8, 32);
    uint8_t next = packet[6];
    size_t at = IPV6_HDR_LEN;

    while (next == IPV6_HOP_BY_HOP || next == IPV6_ROUTING || next == IPV6_DESTINATION) {
        if (len - at < 8)
            return mix(h, next);
        next = packet[at];
        at += 8U + packet[at + 1] * 8U;
        if (at > len)
            return mix(h, next);
    }
    if (next == IPV6_FRAGMENT)
        return mix(h, next);
    return mix_transport(h, next, packet + at, len - at);
}

uint32_t flow_hash(uint64_t seed, const uint8_t *packet, size_t len)
{
    uint64_t h = len;

    if (len >= IPV4_HDR_MIN && packet[0] >> 4 == 4)
        h = hash_ipv4(seed, packet, len);
    else if (len >= IPV6_HDR_LEN && packet[0] >> 4 == 6)
        h = hash_ipv6(seed, packet, len);
    return (uint32_t)(h ^ h >> 29);
}

/* The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
static uint32_t finish(uint32_t h)
{
    h = (h ^ h >> 16) * 0x85ebca6bU;
    h = (h ^ h >> 13) * 0xc2b2ae35U;
    return h ^ h >> 16;
}

uint32_t flow_key(const char *id)
{
    uint64_t h = hash_bytes(id, strlen(id), 0);

    return finish((uint32_t)(h ^ h >> 32));
}

uint64_t flow_seed(const char *node)
{
    return hash_bytes(node, strlen(node), 1);
}

/* Each flow ranks all members by a weight of its own and takes the first (Thaler and Ravishankar,
 * 1998). Equal weights go to the smaller key, so that the order of the list cannot matter. */
uint32_t flow_choose(const uint32_t *keys, uint32_t count, uint32_t hash)
{
    uint32_t best = 0, best_weight = finish(hash ^ keys[0]);

    for (uint32_t i = 1; i < count; i++) {
        uint32_t weight = finish(hash ^ keys[i]);

        if (weight > best_weight || (weight == best_weight && keys[i] < keys[best])) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}
