#include "esp_internal.h"

#define TCP_FIN 0x01
#define TCP_PSH 0x08
#define TCP_CWR 0x80

#define TCP_CSUM_OFFSET 16
#define UDP_CSUM_OFFSET 6

/* What every segment of a super-segment has in common. */
struct cut {
    const uint8_t *packet;
    struct esp_inner in;
    size_t payload_len;
    unsigned count;
    uint16_t size;       /* payload bytes of each segment but the last */
    uint64_t ip_sum;     /* IPv4 header without length, identification and checksum */
    uint64_t pseudo_sum; /* without length */
};

static int check_type(uint8_t gso_type, const struct esp_inner *in)
{
    switch (gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_TCPV4:
        return in->version == 4 && in->protocol == IP_PROTO_TCP ? 0 : -EINVAL;
    case VIRTIO_NET_HDR_GSO_TCPV6:
        return in->version == 6 && in->protocol == IP_PROTO_TCP ? 0 : -EINVAL;
    case VIRTIO_NET_HDR_GSO_UDP_L4:
        return in->protocol == IP_PROTO_UDP ? 0 : -EINVAL;
    default:
        return -EINVAL;
    }
}

static int plan_cut(const uint8_t *packet, size_t len, uint8_t gso_type, uint16_t gso_size,
                    struct cut *ret)
{
    struct cut c = {.packet = packet, .size = gso_size};
    int r;

    r = esp_inner_parse(packet, len, &c.in);
    if (r < 0)
        return r;
    r = check_type(gso_type, &c.in);
    if (r < 0)
        return r;
    if (!gso_size || c.in.fragment || c.in.payload > ESP_HEAD_MAX ||
        c.in.payload + (size_t)gso_size > UINT16_MAX)
        return -EINVAL;
    c.payload_len = len - c.in.payload;
    c.count = c.payload_len ? (unsigned)((c.payload_len + gso_size - 1) / gso_size) : 1;
    *ret = c;
    return 0;
}

static void prepare_sums(struct cut *c)
{
    c->pseudo_sum = esp_csum_pseudo(c->packet, c->in.protocol, 0);
    if (c->in.version == 4)
        c->ip_sum = esp_csum_add(esp_csum_add(esp_csum_add(0, c->packet, 2), c->packet + 6, 4),
                                 c->packet + 12, (size_t)c->in.l4 - 12);
}

static void rewrite_ip(const struct cut *c, uint8_t *head, unsigned i, size_t payload_len)
{
    uint16_t csum;

    if (c->in.version == 6) {
        wire_store_be16(head + 4, (uint16_t)(c->in.payload + payload_len - 40));
        return;
    }
    wire_store_be16(head + 2, (uint16_t)(c->in.payload + payload_len));
    wire_store_be16(head + 4, (uint16_t)(wire_load_be16(head + 4) + i));
    csum = esp_csum_fold(esp_csum_add(c->ip_sum, head + 2, 4));
    memcpy(head + 10, &csum, 2);
}

static void rewrite_l4(const struct cut *c, uint8_t *l4, unsigned i, size_t payload_len,
                       struct esp_out *job)
{
    size_t l4_len = (size_t)(c->in.payload - c->in.l4) + payload_len;
    uint8_t length[2];
    uint16_t sum;

    job->csum_start = c->in.l4;
    if (c->in.protocol == IP_PROTO_TCP) {
        wire_store_be32(l4 + 4, wire_load_be32(l4 + 4) + i * c->size);
        if (i > 0)
            l4[13] &= (uint8_t)~TCP_CWR; /* RFC 3168, 6.1.2: once a window */
        if (i + 1 < c->count)
            l4[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
        job->csum_offset = TCP_CSUM_OFFSET;
    } else {
        wire_store_be16(l4 + 4, (uint16_t)l4_len);
        job->csum_offset = UDP_CSUM_OFFSET;
    }
    wire_store_be16(length, (uint16_t)l4_len);
    sum = (uint16_t)~esp_csum_fold(esp_csum_add(c->pseudo_sum, length, 2));
    memcpy(l4 + job->csum_offset, &sum, 2);
}

static void whole(const uint8_t *packet, size_t len, struct esp_out *job)
{
    job->head = NULL;
    job->head_len = 0;
    job->body = packet;
    job->body_len = (uint32_t)len;
    job->csum_start = job->csum_offset = 0;
}

int esp_gso_split(const uint8_t *packet, size_t len, uint8_t gso_type, uint16_t gso_size,
                  uint8_t *heads, size_t heads_size, struct esp_out *jobs, unsigned max,
                  unsigned *ret_n)
{
    size_t at = 0, left;
    struct cut c;
    int r;

    if (gso_type == VIRTIO_NET_HDR_GSO_NONE) {
        if (!len || len > UINT16_MAX)
            return -EINVAL;
        if (!max)
            return -EMSGSIZE;
        whole(packet, len, &jobs[0]);
        *ret_n = 1;
        return 0;
    }
    r = plan_cut(packet, len, gso_type, gso_size, &c);
    if (r < 0)
        return r;
    if (c.count > max || heads_size / ESP_HEAD_MAX < c.count)
        return -EMSGSIZE;
    prepare_sums(&c);
    left = c.payload_len;
    for (unsigned i = 0; i < c.count; i++) {
        size_t part = MIN(left, (size_t)gso_size);
        uint8_t *head = heads;

        memcpy(head, packet, c.in.payload);
        rewrite_ip(&c, head, i, part);
        rewrite_l4(&c, head + c.in.l4, i, part, &jobs[i]);
        jobs[i].head = head;
        jobs[i].head_len = c.in.payload;
        jobs[i].body = packet + c.in.payload + at;
        jobs[i].body_len = (uint32_t)part;
        at += part;
        left -= part;
        heads += (c.in.payload + 15U) & ~15U; /* close together, to stay in the cache */
    }
    *ret_n = c.count;
    return 0;
}

int esp_gso_segment_len(const uint8_t *packet, size_t len, uint8_t gso_type, uint16_t gso_size,
                        size_t *ret)
{
    struct cut c;
    int r;

    if (gso_type == VIRTIO_NET_HDR_GSO_NONE) {
        *ret = len;
        return 0;
    }
    r = plan_cut(packet, len, gso_type, gso_size, &c);
    if (r < 0)
        return r;
    *ret = c.in.payload + MIN(c.payload_len, (size_t)gso_size);
    return 0;
}
