#include "inner_internal.h"

/* Probes are control traffic (RFC 4594, 3.1): a full path is not a dead one. */
#define ECHO_TOS   0xc0
#define QUOTE4_MAX 548 /* an error of 576 bytes: RFC 1812, 4.3.2.3 */

static const struct {
    uint8_t type4, code4, type6, code6;
} errors[] = {
    [DP_ICMP_TTL] = {11, 0, 3, 0},        [DP_ICMP_TOO_BIG] = {3, 4, 2, 0},
    [DP_ICMP_NO_ROUTE] = {3, 0, 1, 0},    [DP_ICMP_NO_HOST] = {3, 1, 1, 3},
    [DP_ICMP_PROHIBITED] = {3, 13, 1, 1}, [DP_ICMP_NO_SERVICE] = {3, 3, 1, 4},
};

static void finish4(uint8_t *icmp, size_t len)
{
    uint16_t csum;

    memset(icmp + 2, 0, 2);
    csum = esp_csum_fold(esp_csum_add(0, icmp, len));
    memcpy(icmp + 2, &csum, 2);
}

static void finish6(const uint8_t *ip, uint8_t *icmp, size_t len)
{
    uint16_t csum;

    memset(icmp + 2, 0, 2);
    csum = esp_csum_fold(esp_csum_add(esp_csum_pseudo(ip, DP_ICMPV6, (uint32_t)len), icmp, len));
    memcpy(icmp + 2, &csum, 2);
}

bool dp_icmp_echo_reply(uint8_t *ip, const struct dp_inner *inner)
{
    uint8_t *icmp = ip + inner->l4_offset;
    uint32_t len = inner->len - inner->l4_offset;

    if (inner->fragment || len < 8)
        return false;
    if (inner->version == 4) {
        if (inner->protocol != DP_ICMP || icmp[0] != 8 || icmp[1] != 0)
            return false;
        memcpy(ip + 12, inner->dst.bytes, 4);
        memcpy(ip + 16, inner->src.bytes, 4);
        ip[8] = 64;
        icmp[0] = 0;
        esp_csum_ipv4_header(ip);
        finish4(icmp, len);
        return true;
    }
    if (inner->protocol != DP_ICMPV6 || icmp[0] != 128 || icmp[1] != 0)
        return false;
    memcpy(ip + 8, inner->dst.bytes, 16);
    memcpy(ip + 24, inner->src.bytes, 16);
    ip[7] = 64;
    icmp[0] = 129;
    finish6(ip, icmp, len);
    return true;
}

size_t dp_icmp_finish(const struct dp_icmp_head *head, uint8_t *out, size_t len)
{
    bool v4 = head->src->family == ADDR_IPV4;
    size_t header = v4 ? 20 : 40;

    memset(out, 0, header);
    memcpy(out + (v4 ? 12 : 8), head->src->bytes, v4 ? 4 : 16);
    memcpy(out + (v4 ? 16 : 24), head->dst->bytes, v4 ? 4 : 16);
    if (v4) {
        out[0] = 0x45;
        out[1] = head->tos;
        wire_store_be16(out + 2, (uint16_t)(header + len));
        if (head->whole)
            out[6] = 0x40; /* it needs no identification then (RFC 6864, 4.1) */
        else
            wire_store_be16(out + 4, head->id);
        out[8] = head->ttl;
        out[9] = DP_ICMP;
        esp_csum_ipv4_header(out);
        finish4(out + header, len);
    } else {
        wire_store_be16(out, (uint16_t)(0x6000 | head->tos << 4));
        wire_store_be16(out + 4, (uint16_t)len);
        out[6] = DP_ICMPV6;
        out[7] = head->ttl;
        finish6(out, out + header, len);
    }
    return header + len;
}

size_t dp_icmp_echo_request(const struct addr *src, const struct addr *dst,
                            const struct dp_icmp_echo *echo, uint8_t out[DP_ECHO_MAX])
{
    const struct dp_icmp_head head = {src, dst, .tos = ECHO_TOS, .ttl = 64, .whole = true};
    bool v4 = src->family == ADDR_IPV4;
    uint8_t *icmp = out + (v4 ? 20 : 40);

    memset(icmp, 0, 8);
    icmp[0] = v4 ? 8 : 128;
    wire_store_be16(icmp + 4, echo->id);
    wire_store_be16(icmp + 6, echo->number);
    memcpy(icmp + 8, echo->cookie, DP_PROBE_COOKIE);
    memcpy(icmp + 8 + DP_PROBE_COOKIE, echo->report, DP_REPORT_LEN);
    return dp_icmp_finish(&head, out, 8 + DP_ECHO_DATA);
}

static bool parse_probe(const uint8_t *ip, const struct dp_inner *inner, uint8_t type4,
                        uint8_t type6, struct dp_icmp_echo *ret)
{
    const uint8_t *icmp = ip + inner->l4_offset;
    uint32_t len = inner->len - inner->l4_offset;
    bool v4 = inner->version == 4;
    uint64_t sum = v4 ? 0 : esp_csum_pseudo(ip, DP_ICMPV6, len);

    if (inner->fragment || inner->protocol != (v4 ? DP_ICMP : DP_ICMPV6) ||
        len != 8 + DP_ECHO_DATA || icmp[0] != (v4 ? type4 : type6) || icmp[1] != 0 ||
        esp_csum_fold(esp_csum_add(sum, icmp, len)) != 0)
        return false;
    ret->id = wire_load_be16(icmp + 4);
    ret->number = wire_load_be16(icmp + 6);
    memcpy(ret->cookie, icmp + 8, DP_PROBE_COOKIE);
    memcpy(ret->report, icmp + 8 + DP_PROBE_COOKIE, DP_REPORT_LEN);
    return true;
}

bool dp_icmp_echo_answer(const uint8_t *ip, const struct dp_inner *inner, struct dp_icmp_echo *ret)
{
    return parse_probe(ip, inner, 0, 129, ret);
}

bool dp_icmp_echo_asked(const uint8_t *ip, const struct dp_inner *inner, struct dp_icmp_echo *ret)
{
    return parse_probe(ip, inner, 8, 128, ret);
}

void dp_icmp_echo_say(uint8_t *ip, const struct dp_inner *inner,
                      const uint8_t report[DP_REPORT_LEN])
{
    memcpy(ip + inner->l4_offset + 8 + DP_PROBE_COOKIE, report, DP_REPORT_LEN);
}

/* Errors about errors would feed on each other. */
static bool is_icmp_error(const uint8_t *ip, const struct dp_inner *inner)
{
    uint8_t type;

    if (inner->protocol != (inner->version == 4 ? DP_ICMP : DP_ICMPV6))
        return false;
    if (inner->len == inner->l4_offset)
        return true; /* cannot know */
    type = ip[inner->l4_offset];
    if (inner->version == 6)
        return type < 128;
    return type != 0 && type != 8 && (type < 13 || type > 18);
}

static void build4(enum dp_icmp_error error, uint32_t mtu, const struct addr *src,
                   const uint8_t *ip, const struct dp_inner *inner, uint8_t *out, size_t *ret_len)
{
    size_t quote = MIN(inner->len, QUOTE4_MAX), len = 28 + quote;

    memset(out, 0, 28);
    out[0] = 0x45;
    out[1] = 0xc0; /* internetwork control: RFC 1812, 4.3.2.5 */
    wire_store_be16(out + 2, (uint16_t)len);
    out[8] = 64;
    out[9] = DP_ICMP;
    memcpy(out + 12, src->bytes, 4);
    memcpy(out + 16, inner->src.bytes, 4);
    esp_csum_ipv4_header(out);
    out[20] = errors[error].type4;
    out[21] = errors[error].code4;
    if (error == DP_ICMP_TOO_BIG)
        wire_store_be16(out + 26, (uint16_t)MIN(mtu, 0xffffU));
    memcpy(out + 28, ip, quote);
    finish4(out + 20, 8 + quote);
    *ret_len = len;
}

static void build6(enum dp_icmp_error error, uint32_t mtu, const struct addr *src,
                   const uint8_t *ip, const struct dp_inner *inner, uint8_t *out, size_t *ret_len)
{
    size_t quote = MIN(inner->len, DP_ICMP_MAX - 48U), len = 48 + quote;

    memset(out, 0, 48);
    out[0] = 0x60;
    wire_store_be16(out + 4, (uint16_t)(8 + quote));
    out[6] = DP_ICMPV6;
    out[7] = 64;
    memcpy(out + 8, src->bytes, 16);
    memcpy(out + 24, inner->src.bytes, 16);
    out[40] = errors[error].type6;
    out[41] = errors[error].code6;
    if (error == DP_ICMP_TOO_BIG)
        wire_store_be32(out + 44, mtu);
    memcpy(out + 48, ip, quote);
    finish6(out, out + 40, 8 + quote);
    *ret_len = len;
}

int dp_icmp_error(enum dp_icmp_error error, uint32_t mtu, const struct addr *src, const uint8_t *ip,
                  const struct dp_inner *inner, uint8_t *out, size_t cap, size_t *ret_len)
{
    if (src->family != inner->src.family)
        return -EINVAL;
    if (cap < DP_ICMP_MAX)
        return -ENOBUFS;
    if (inner->later_fragment || is_icmp_error(ip, inner) || addr_is_any(&inner->src) ||
        dp_addr_is_multicast(&inner->src) || dp_addr_is_multicast(&inner->dst) ||
        (inner->version == 4 && inner->src.bytes[0] == 127))
        return -ENOMSG;
    if (inner->version == 4)
        build4(error, mtu, src, ip, inner, out, ret_len);
    else
        build6(error, mtu, src, ip, inner, out, ret_len);
    return 0;
}
