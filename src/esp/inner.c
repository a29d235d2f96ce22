#include "esp_internal.h"

#define IPV4_HDR_MIN 20
#define IPV6_HDR_LEN 40
#define UDP_HDR_LEN  8
#define TCP_HDR_MIN  20

uint32_t esp_inner_length(const uint8_t *packet, size_t cap)
{
    uint32_t len;

    if (cap >= IPV4_HDR_MIN && packet[0] >> 4 == 4) {
        uint32_t header = (packet[0] & 15U) * 4U;

        len = wire_load_be16(packet + 2);
        return header >= IPV4_HDR_MIN && len >= header && len <= cap ? len : 0;
    }
    if (cap >= IPV6_HDR_LEN && packet[0] >> 4 == 6) {
        len = IPV6_HDR_LEN + (uint32_t)wire_load_be16(packet + 4);
        return len <= cap ? len : 0;
    }
    return 0;
}

static int parse_ipv4(const uint8_t *packet, size_t len, struct esp_inner *in)
{
    size_t header = (packet[0] & 15U) * 4U;

    if (len < IPV4_HDR_MIN || header < IPV4_HDR_MIN || header > len)
        return -EINVAL;
    in->version = 4;
    in->protocol = packet[9];
    in->fragment = (wire_load_be16(packet + 6) & 0x3fff) != 0; /* more fragments, or an offset */
    in->l4 = (uint16_t)header;
    return 0;
}

/* RFC 8200, 4: the extension headers that may stand between the IPv6 header and the transport. */
static int parse_ipv6(const uint8_t *packet, size_t len, struct esp_inner *in)
{
    size_t at = IPV6_HDR_LEN;
    uint8_t next;

    if (len < IPV6_HDR_LEN)
        return -EINVAL;
    next = packet[6];
    for (unsigned i = 0; i < 8; i++) {
        bool is_fragment = next == 44;

        if (next != 0 && next != 43 && next != 60 && !is_fragment) {
            in->version = 6;
            in->protocol = next;
            in->l4 = (uint16_t)at;
            return 0;
        }
        if (len - at < 8)
            return -EINVAL;
        in->fragment = in->fragment || is_fragment;
        next = packet[at];
        at += is_fragment ? 8 : 8U + packet[at + 1] * 8U;
        if (at > len)
            return -EINVAL;
    }
    return -EINVAL;
}

int esp_inner_parse(const uint8_t *packet, size_t len, struct esp_inner *ret)
{
    struct esp_inner in = {0};
    size_t header;
    int r;

    if (!len)
        return -EINVAL;
    r = packet[0] >> 4 == 4   ? parse_ipv4(packet, len, &in)
        : packet[0] >> 4 == 6 ? parse_ipv6(packet, len, &in)
                              : -EINVAL;
    if (r < 0)
        return r;
    if (in.protocol == IP_PROTO_TCP) {
        if (len - in.l4 < TCP_HDR_MIN)
            return -EINVAL;
        header = (packet[in.l4 + 12] >> 4) * 4U;
        if (header < TCP_HDR_MIN)
            return -EINVAL;
    } else if (in.protocol == IP_PROTO_UDP) {
        header = UDP_HDR_LEN;
    } else {
        return -EINVAL;
    }
    if (len - in.l4 < header)
        return -EINVAL;
    in.payload = (uint16_t)(in.l4 + header);
    *ret = in;
    return 0;
}
