#include "inner_internal.h"

#define IPV4_LEN       20
#define IPV6_LEN       40
#define EXTENSIONS_MAX 8

static struct addr addr_from(uint8_t family, const uint8_t *bytes)
{
    struct addr a = {.family = family};

    memcpy(a.bytes, bytes, family == ADDR_IPV4 ? 4 : 16);
    return a;
}

/* quoted: what the header announces need not be there. */
static int parse4(const uint8_t *ip, size_t len, bool quoted, struct dp_inner *ret)
{
    struct dp_inner p = {.version = 4};
    uint16_t fragment;

    if (len < IPV4_LEN)
        return -EBADMSG;
    p.header_len = (uint16_t)((ip[0] & 15) * 4);
    p.len = wire_load_be16(ip + 2);
    if (quoted)
        p.len = (uint32_t)MIN(p.len, len);
    if (p.header_len < IPV4_LEN || p.len < p.header_len || p.len > len)
        return -EBADMSG;
    fragment = wire_load_be16(ip + 6);
    p.tos = ip[1];
    p.dont_fragment = fragment & 0x4000;
    p.later_fragment = fragment & 0x1fff;
    p.fragment = fragment & 0x3fff;
    p.ttl = ip[8];
    p.protocol = ip[9];
    p.l4_offset = p.header_len;
    p.src = addr_from(ADDR_IPV4, ip + 12);
    p.dst = addr_from(ADDR_IPV4, ip + 16);
    *ret = p;
    return 0;
}

/* Walks the extension headers a router may meet (RFC 8200, 4); stops at what it does not know. */
static void skip_extensions(const uint8_t *ip, struct dp_inner *p)
{
    uint8_t next = ip[6];
    uint32_t at = IPV6_LEN;

    for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
        uint32_t size;

        if (next != 0 && next != 43 && next != 60 && next != 44)
            break;
        if (at + 8 > p->len) {
            next = 59; /* no next header: what there is, is cut */
            break;
        }
        size = next == 44 ? 8 : ((uint32_t)ip[at + 1] + 1) * 8;
        if (next == 44) {
            p->fragment = true;
            p->later_fragment = wire_load_be16(ip + at + 2) & 0xfff8;
        }
        next = ip[at];
        if (at + size > p->len) {
            next = 59;
            break;
        }
        at += size;
        if (p->later_fragment)
            break;
    }
    p->protocol = next;
    p->l4_offset = (uint16_t)at;
}

static int parse6(const uint8_t *ip, size_t len, bool quoted, struct dp_inner *ret)
{
    struct dp_inner p = {.version = 6, .dont_fragment = true, .header_len = IPV6_LEN};

    if (len < IPV6_LEN)
        return -EBADMSG;
    p.len = (uint32_t)wire_load_be16(ip + 4) + IPV6_LEN;
    if (quoted)
        p.len = (uint32_t)MIN(p.len, len);
    if (p.len > len)
        return -EBADMSG;
    p.tos = (uint8_t)(wire_load_be16(ip) >> 4);
    p.ttl = ip[7];
    p.src = addr_from(ADDR_IPV6, ip + 8);
    p.dst = addr_from(ADDR_IPV6, ip + 24);
    skip_extensions(ip, &p);
    *ret = p;
    return 0;
}

static int parse(const uint8_t *ip, size_t len, bool quoted, struct dp_inner *ret)
{
    if (len == 0)
        return -EBADMSG;
    switch (ip[0] >> 4) {
    case 4:
        return parse4(ip, len, quoted, ret);
    case 6:
        return parse6(ip, len, quoted, ret);
    default:
        return -EBADMSG;
    }
}

int dp_inner_parse(const uint8_t *ip, size_t len, struct dp_inner *ret)
{
    return parse(ip, len, false, ret);
}

int dp_inner_parse_quoted(const uint8_t *ip, size_t len, struct dp_inner *ret)
{
    return parse(ip, len, true, ret);
}

bool dp_inner_checksum_ok(const uint8_t *ip)
{
    return ip[0] >> 4 != 4 || esp_csum_fold(esp_csum_add(0, ip, (ip[0] & 15U) * 4U)) == 0;
}

bool dp_addr_is_multicast(const struct addr *a)
{
    if (a->family == ADDR_IPV4)
        return a->bytes[0] >= 224;
    return a->family == ADDR_IPV6 && a->bytes[0] == 0xff;
}

bool dp_addr_is_nobody(const struct addr *a)
{
    static const uint8_t low[15];

    if (dp_addr_is_multicast(a))
        return true;
    if (a->family == ADDR_IPV4)
        return a->bytes[0] == 0 || a->bytes[0] == 127;
    return (memcmp(a->bytes, low, sizeof(low)) == 0 && a->bytes[15] <= 1) ||
           (a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80);
}

/* Stores a 16-bit word of the IPv4 header under its checksum. */
static void replace16(uint8_t *ip, size_t at, const uint8_t value[2])
{
    uint16_t csum, before, after;

    memcpy(&before, ip + at, 2);
    memcpy(&after, value, 2);
    memcpy(&csum, ip + 10, 2);
    memcpy(ip + at, value, 2);
    csum = esp_csum_update16(csum, before, after);
    memcpy(ip + 10, &csum, 2);
}

void dp_inner_age(uint8_t *ip)
{
    if (ip[0] >> 4 == 4)
        replace16(ip, 8, (const uint8_t[2]){(uint8_t)(ip[8] - 1), ip[9]});
    else
        ip[7]--;
}

void dp_inner_set_ecn(uint8_t *ip, uint8_t ecn)
{
    if (ip[0] >> 4 == 4)
        replace16(ip, 0, (const uint8_t[2]){ip[0], (uint8_t)((ip[1] & ~3) | ecn)});
    else
        ip[1] = (uint8_t)((ip[1] & ~0x30) | ecn << 4);
}

bool dp_inner_merge_ecn(uint8_t *ip, uint8_t outer_tos)
{
    uint8_t inner = ip[0] >> 4 == 4 ? ip[1] & 3 : (ip[1] >> 4) & 3;

    switch (outer_tos & 3) {
    case 3:
        if (inner == 0)
            return false;
        if (inner != 3)
            dp_inner_set_ecn(ip, 3);
        return true;
    case 1:
        if (inner == 2)
            dp_inner_set_ecn(ip, 1);
        return true;
    default:
        return true;
    }
}

/* Adds the difference of one byte at an offset from the start of the TCP header to its checksum. */
static void update_byte(uint8_t *tcp, size_t at, uint8_t value)
{
    uint8_t before[2] = {0}, after[2] = {0};
    uint16_t csum, old_word, new_word;

    before[at & 1] = tcp[at];
    after[at & 1] = value;
    memcpy(&old_word, before, 2);
    memcpy(&new_word, after, 2);
    memcpy(&csum, tcp + 16, 2);
    csum = esp_csum_update16(csum, old_word, new_word);
    memcpy(tcp + 16, &csum, 2);
}

static bool lower_mss(uint8_t *tcp, size_t at, uint16_t mss, bool partial)
{
    if (wire_load_be16(tcp + at) <= mss)
        return false;
    if (!partial) {
        update_byte(tcp, at, (uint8_t)(mss >> 8));
        update_byte(tcp, at + 1, (uint8_t)mss);
    }
    wire_store_be16(tcp + at, mss);
    return true;
}

bool dp_inner_clamp_mss(uint8_t *ip, const struct dp_inner *inner, uint32_t mtu, bool partial)
{
    uint8_t *tcp = ip + inner->l4_offset;
    uint32_t left = inner->len - inner->l4_offset, headers = inner->version == 4 ? 40 : 60;
    size_t end, at = 20;

    if (inner->protocol != DP_TCP || inner->later_fragment || left < 20 || !(tcp[13] & 2) ||
        mtu <= headers)
        return false;
    end = (size_t)(tcp[12] >> 4) * 4;
    if (end > left)
        return false;
    while (at + 2 <= end && tcp[at] != 0) {
        if (tcp[at] == 1) {
            at++;
            continue;
        }
        if (tcp[at + 1] < 2 || at + tcp[at + 1] > end)
            return false;
        if (tcp[at] == 2 && tcp[at + 1] == 4)
            return lower_mss(tcp, at + 2, (uint16_t)(mtu - headers), partial);
        at += tcp[at + 1];
    }
    return false;
}

/* The header of a fragment at offset bytes; later fragments keep only the fixed header, since the
 * options that must be copied (RFC 791, 3.2) are ones nobody routes today. */
static void fragment_head(const uint8_t *ip, uint16_t header_len, uint32_t offset, uint32_t payload,
                          bool more, uint8_t *head)
{
    uint16_t old = wire_load_be16(ip + 6);

    memcpy(head, ip, header_len);
    head[0] = (uint8_t)(0x40 | header_len / 4);
    wire_store_be16(head + 2, (uint16_t)(header_len + payload));
    wire_store_be16(head + 6,
                    (uint16_t)((old & 0x8000) | (((uint32_t)(old & 0x1fff) + offset / 8)) |
                               ((more || (old & 0x2000)) ? 0x2000 : 0)));
    esp_csum_ipv4_header(head);
}

int dp_inner_fragment(const uint8_t *ip, const struct dp_inner *inner, uint32_t mtu, uint8_t *heads,
                      size_t heads_size, struct esp_out *jobs, unsigned max, unsigned *ret_n)
{
    uint32_t total = inner->len - inner->header_len, offset = 0;
    unsigned n = 0;

    if (inner->version != 4 || inner->dont_fragment ||
        (wire_load_be16(ip + 6) & 0x1fffU) * 8 + inner->len > UINT16_MAX) /* a ping of death */
        return -EINVAL;
    if (mtu < inner->header_len + 8U)
        return -EMSGSIZE;
    while (offset < total) {
        uint16_t header_len = offset ? IPV4_LEN : inner->header_len;
        uint32_t payload = (mtu - header_len) & ~7U;
        bool more = total - offset > payload;

        if (!more)
            payload = total - offset;
        if (n == max || heads_size < header_len)
            return -EMSGSIZE;
        fragment_head(ip, header_len, offset, payload, more, heads);
        jobs[n++] = (struct esp_out){.head = heads,
                                     .head_len = header_len,
                                     .body = ip + inner->header_len + offset,
                                     .body_len = payload};
        heads += header_len;
        heads_size -= header_len;
        offset += payload;
    }
    *ret_n = n;
    return n ? 0 : -EINVAL;
}
