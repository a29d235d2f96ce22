#include "reach.h"

#include "wire.h"

/* ICMP (RFC 792) and ICMPv6 (RFC 4443), as far as echoes and what becomes of them go. */

#define ICMP_ECHO_REPLY     0
#define ICMP_UNREACHABLE    3
#define ICMP_ECHO           8
#define ICMP_EXPIRED        11
#define ICMPV6_UNREACHABLE  1
#define ICMPV6_TOO_BIG      2
#define ICMPV6_EXPIRED      3
#define ICMPV6_ECHO         128
#define ICMPV6_ECHO_REPLY   129
#define PROTOCOL_ICMP       1
#define PROTOCOL_ICMPV6     58
#define UNREACHABLE_TOO_BIG 4 /* "fragmentation needed" */

const char *reach_what_name(enum reach_what what)
{
    static const char *const names[REACH_WHATS] = {
        [REACH_REPLY] = "reply",
        [REACH_EXPIRED] = "expired",
        [REACH_TOO_BIG] = "tooBig",
        [REACH_NET] = "noRoute",
        [REACH_HOST] = "noHost",
        [REACH_PROHIBITED] = "prohibited",
        [REACH_UNREACHABLE] = "unreachable",
    };

    return what < REACH_WHATS ? names[what] : "?";
}

/* ---- building ---- */

static uint16_t checksum(const uint8_t *data, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

int reach_build(enum addr_family family, uint16_t ident, uint16_t seq, uint16_t size, uint8_t *ret,
                size_t *ret_len)
{
    bool v4 = family == ADDR_IPV4;
    size_t header = v4 ? REACH_IPV4_HEADER : REACH_IPV6_HEADER;
    struct wire_writer w = wire_writer_make(ret, size);
    size_t len;
    int r;

    if (size < header + REACH_ECHO_HEADER || size > REACH_PACKET_MAX)
        return -EINVAL;
    wire_put_u8(&w, v4 ? ICMP_ECHO : ICMPV6_ECHO);
    wire_put_u8(&w, 0);
    wire_put_be16(&w, 0);
    wire_put_be16(&w, ident);
    wire_put_be16(&w, seq);
    for (size_t i = header + REACH_ECHO_HEADER; i < size; i++)
        wire_put_u8(&w, (uint8_t)i);
    r = wire_done(&w, &len);
    if (r < 0)
        return r;
    if (v4)
        wire_patch_be16(&w, 2, checksum(ret, len));
    *ret_len = len;
    return 0;
}

/* ---- parsing ---- */

struct ip {
    uint8_t protocol, ttl;
    bool later_fragment; /* it has not the beginning of what is carried */
    struct addr src, dst;
};

static int get_addr(struct wire_reader *in, enum addr_family family, struct addr *ret)
{
    *ret = (struct addr){.family = (uint8_t)family};
    return wire_get_bytes(in, ret->bytes, family == ADDR_IPV4 ? 4 : 16);
}

/* RFC 791, 3.1. Version and length 1, TOS 1, total length 2, identification 2, flags and offset 2,
 * TTL 1, protocol 1, checksum 2, source 4, destination 4, options. */
static int get_ipv4(struct wire_reader *in, struct ip *ret)
{
    uint8_t first;
    uint16_t offset;
    size_t header;

    if (wire_get_u8(in, &first) || wire_skip(in, 5) || wire_get_be16(in, &offset) ||
        wire_get_u8(in, &ret->ttl) || wire_get_u8(in, &ret->protocol) || wire_skip(in, 2) ||
        get_addr(in, ADDR_IPV4, &ret->src) || get_addr(in, ADDR_IPV4, &ret->dst))
        return -EBADMSG;
    header = 4U * (first & 15U);
    if (first >> 4 != 4 || header < REACH_IPV4_HEADER)
        return -EBADMSG;
    ret->later_fragment = (offset & 0x1fff) != 0;
    return wire_skip(in, header - REACH_IPV4_HEADER);
}

/* RFC 8200, 3. Our requests have no extension headers; what has some is not ours. */
static int get_ipv6(struct wire_reader *in, struct ip *ret)
{
    uint8_t first;

    if (wire_get_u8(in, &first) || wire_skip(in, 5) || wire_get_u8(in, &ret->protocol) ||
        wire_get_u8(in, &ret->ttl) || get_addr(in, ADDR_IPV6, &ret->src) ||
        get_addr(in, ADDR_IPV6, &ret->dst) || first >> 4 != 6)
        return -EBADMSG;
    return 0;
}

/* Type 1, code 1, checksum 2, and 4 that depend on the type. */
struct icmp {
    uint8_t type, code;
    uint32_t rest;
};

static int get_icmp(struct wire_reader *in, struct icmp *ret)
{
    return wire_get_u8(in, &ret->type) || wire_get_u8(in, &ret->code) || wire_skip(in, 2) ||
                   wire_get_be32(in, &ret->rest)
               ? -EBADMSG
               : 0;
}

/* The packet that an error quotes: one of our requests? */
static int get_quoted(struct wire_reader *in, bool v4, uint16_t ident, const struct addr *dst,
                      uint16_t *ret_seq)
{
    struct ip ip = {0};
    struct icmp echo;

    if ((v4 ? get_ipv4 : get_ipv6)(in, &ip) < 0)
        return -EBADMSG;
    if (ip.later_fragment || ip.protocol != (v4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6) ||
        !addr_equal(&ip.dst, dst))
        return -ENOENT;
    if (get_icmp(in, &echo) < 0)
        return -EBADMSG;
    if (echo.type != (v4 ? ICMP_ECHO : ICMPV6_ECHO) || echo.rest >> 16 != ident)
        return -ENOENT;
    *ret_seq = (uint16_t)echo.rest;
    return 0;
}

static enum reach_what unreachable_v4(uint8_t code)
{
    switch (code) {
    case 0: /* net */
    case 6:
        return REACH_NET;
    case 1: /* host */
    case 7:
        return REACH_HOST;
    case UNREACHABLE_TOO_BIG:
        return REACH_TOO_BIG;
    case 9: /* administratively (RFC 1122, RFC 1812) */
    case 10:
    case 13:
        return REACH_PROHIBITED;
    default:
        return REACH_UNREACHABLE;
    }
}

static enum reach_what unreachable_v6(uint8_t code)
{
    return code == 0   ? REACH_NET
           : code == 1 ? REACH_PROHIBITED
           : code == 3 ? REACH_HOST
                       : REACH_UNREACHABLE;
}

/* What the error says. -ENOENT for what is none. */
static int read_error(const struct icmp *icmp, bool v4, struct reach_packet *ret)
{
    if (v4 && icmp->type == ICMP_UNREACHABLE) {
        ret->what = unreachable_v4(icmp->code);
        ret->mtu = ret->what == REACH_TOO_BIG ? icmp->rest & 0xffff : 0; /* RFC 1191, 4 */
    } else if (!v4 && icmp->type == ICMPV6_UNREACHABLE) {
        ret->what = unreachable_v6(icmp->code);
    } else if (!v4 && icmp->type == ICMPV6_TOO_BIG) {
        ret->what = REACH_TOO_BIG;
        ret->mtu = icmp->rest;
    } else if (icmp->type == (v4 ? ICMP_EXPIRED : ICMPV6_EXPIRED) && icmp->code == 0) {
        ret->what = REACH_EXPIRED;
    } else {
        return -ENOENT;
    }
    return 0;
}

static int parse_icmp(struct wire_reader *in, bool v4, uint16_t ident, const struct addr *dst,
                      struct reach_packet *p)
{
    struct icmp icmp;
    int r;

    if (get_icmp(in, &icmp) < 0)
        return -EBADMSG;
    if (icmp.type == (v4 ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY)) {
        p->what = REACH_REPLY;
        p->seq = (uint16_t)icmp.rest;
        return icmp.rest >> 16 == ident && addr_equal(&p->from, dst) ? 0 : -ENOENT;
    }
    r = read_error(&icmp, v4, p);
    return r < 0 ? r : get_quoted(in, v4, ident, dst, &p->seq);
}

int reach_parse_ipv4(const uint8_t *data, size_t len, uint16_t ident, const struct addr *dst,
                     struct reach_packet *ret)
{
    struct wire_reader in = wire_reader_make(data, len);
    struct reach_packet p = {0};
    struct ip ip = {0};
    int r = get_ipv4(&in, &ip);

    if (r < 0)
        return r;
    if (ip.later_fragment || ip.protocol != PROTOCOL_ICMP)
        return -ENOENT;
    p.from = ip.src;
    p.ttl = ip.ttl;
    r = parse_icmp(&in, true, ident, dst, &p);
    if (r == 0)
        *ret = p;
    return r;
}

int reach_parse_ipv6(const uint8_t *data, size_t len, const struct addr *from, uint8_t hop_limit,
                     uint16_t ident, const struct addr *dst, struct reach_packet *ret)
{
    struct wire_reader in = wire_reader_make(data, len);
    struct reach_packet p = {.from = *from, .ttl = hop_limit};
    int r = parse_icmp(&in, false, ident, dst, &p);

    if (r == 0)
        *ret = p;
    return r;
}
