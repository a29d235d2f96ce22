#include "translate_internal.h"

#define UDP_LITE 136
#define DCCP     33

/* ---- addresses ---- */

static void translate_addr(const struct ipc_tunnel *t, uint8_t side, bool to_seen, struct addr *a)
{
    for (uint16_t i = 0; i < t->n_translations; i++) {
        const struct ipc_translation *pair = &t->translations[i];
        const struct prefix *from = to_seen ? &pair->prefix : &pair->seen_as;

        if (pair->side == side && prefix_contains_addr(from, a)) {
            *a = addr_within(a, to_seen ? &pair->seen_as : &pair->prefix);
            return;
        }
    }
}

void dp_translate_addrs(const struct ipc_tunnel *t, enum dp_way way, struct addr *src,
                        struct addr *dst)
{
    bool out = way == DP_OUT;

    translate_addr(t, out ? IPC_SIDE_OWN : IPC_SIDE_PEER, true, src);
    translate_addr(t, out ? IPC_SIDE_PEER : IPC_SIDE_OWN, false, dst);
}

/* ---- checksums (RFC 1624) ---- */

/* Replaces an even number of bytes at an even place under a checksum; what that adds to the sum
 * under it goes to change. */
static void replace(uint8_t *at, const uint8_t *value, size_t len, uint64_t *change)
{
    for (size_t i = 0; i < len; i += 2) {
        uint16_t before, after;

        memcpy(&before, at + i, 2);
        memcpy(&after, value + i, 2);
        if (before != after)
            *change += (uint64_t)(uint16_t)~before + after;
    }
    memcpy(at, value, len);
}

/* outer: of a checksum that has this one under it. */
static void update(uint8_t *at, uint64_t change, bool is_udp, uint64_t *outer)
{
    uint16_t csum;

    if (!change)
        return;
    memcpy(&csum, at, 2);
    csum = esp_csum_fold((uint64_t)(uint16_t)~csum + change);
    if (is_udp && csum == 0)
        csum = 0xffff; /* 0 would mean that there is none (RFC 768) */
    replace(at, (const uint8_t *)&csum, 2, outer);
}

/* The field has the sum of the pseudo-header so far; the rest is added when it is finished. */
static void update_partial(uint8_t *at, uint64_t change)
{
    uint16_t sum;

    memcpy(&sum, at, 2);
    sum = (uint16_t)~esp_csum_fold(sum + change);
    memcpy(at, &sum, 2);
}

/* Where the checksum is that covers the addresses, from the start of the header; 0 if none does. */
static uint32_t covering_checksum(const struct dp_inner *p)
{
    if (p->later_fragment)
        return 0;
    switch (p->protocol) {
    case DP_TCP:
        return 16;
    case DP_UDP:
    case UDP_LITE:
    case DCCP:
        return 6;
    case DP_ICMPV6:
        return p->version == 6 ? 2 : 0;
    default:
        return 0;
    }
}

/* ---- packets ---- */

/* The addresses in the header, and its own checksum. Returns what they add to a checksum that has
 * them in its pseudo-header; outer is of one that has the header under it. */
static uint64_t rewrite_header(uint8_t *ip, const struct dp_inner *p, const struct addr *src,
                               const struct addr *dst, uint64_t *outer)
{
    size_t size = p->version == 4 ? 4 : 16, at = p->version == 4 ? 12 : 8;
    uint64_t change = 0;

    replace(ip + at, src->bytes, size, &change);
    replace(ip + at + size, dst->bytes, size, &change);
    *outer += change;
    if (p->version == 4)
        update(ip + 10, change, false, outer);
    return change;
}

static bool has_no_checksum(const uint8_t *at, const struct dp_inner *p)
{
    return p->protocol == DP_UDP && at[0] == 0 && at[1] == 0;
}

/* A packet of which an ICMP error quotes the first len bytes: it went the other way, and its
 * checksums may be cut off. Returns what it adds to the checksum of the error. */
static uint64_t rewrite_quoted(const struct ipc_tunnel *t, enum dp_way way, uint8_t *ip, size_t len)
{
    uint64_t outer = 0, change;
    struct dp_inner p;
    uint32_t at;

    if (dp_inner_parse_quoted(ip, len, &p) < 0)
        return 0;
    dp_translate_addrs(t, way, &p.dst, &p.src);
    change = rewrite_header(ip, &p, &p.src, &p.dst, &outer);
    at = covering_checksum(&p);
    if (at && p.l4_offset + at + 2 <= p.len && !has_no_checksum(ip + p.l4_offset + at, &p))
        update(ip + p.l4_offset + at, change, p.protocol == DP_UDP, &outer);
    return outer;
}

/* Those that quote a packet behind eight bytes (RFC 792; RFC 4443, 3). */
static bool quotes(const uint8_t *ip, const struct dp_inner *p)
{
    uint8_t type;

    if (p->later_fragment || p->l4_offset + 8U > p->len ||
        p->protocol != (p->version == 4 ? DP_ICMP : DP_ICMPV6))
        return false;
    type = ip[p->l4_offset];
    if (p->version == 6)
        return type >= 1 && type <= 4;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void rewrite(const struct ipc_tunnel *t, enum dp_way way, uint8_t *ip,
                    const struct dp_inner *p, size_t csum_start)
{
    uint8_t *l4 = ip + p->l4_offset;
    uint64_t quoted = 0, ignored = 0, change;
    struct addr src = p->src, dst = p->dst;
    uint32_t at = covering_checksum(p);
    bool partial = csum_start && csum_start == p->l4_offset;

    if (quotes(ip, p))
        quoted = rewrite_quoted(t, way, l4 + 8, p->len - p->l4_offset - 8);
    dp_translate_addrs(t, way, &src, &dst);
    change = rewrite_header(ip, p, &src, &dst, &ignored);
    if (at && partial)
        update_partial(l4 + at, change);
    else if (at && !has_no_checksum(l4 + at, p))
        update(l4 + at, change + quoted, p->protocol == DP_UDP, &ignored);
    else if (quoted)
        update(l4 + 2, quoted, false, &ignored); /* ICMP for IPv4 */
}

int dp_translate(const struct ipc_tunnel *t, enum dp_way way, uint8_t *ip, size_t len,
                 size_t csum_start)
{
    struct dp_inner p;
    uint32_t at;

    if (dp_inner_parse(ip, len, &p) < 0)
        return -EBADMSG;
    at = covering_checksum(&p);
    if (at && p.l4_offset + at + 2 > p.len)
        return -EBADMSG;
    rewrite(t, way, ip, &p, csum_start);
    return 0;
}
