#include "esp_internal.h"

#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_ECE 0x40

#define TCP_CSUM_OFFSET 16

/* Flows whose super-segment may still grow; a batch rarely holds more. */
#define OPEN_MAX 8

/* What is known of the super-segment of a flow. */
struct open {
    struct esp_merged *merged;
    const uint8_t *packet; /* the first one */
    uint32_t next_seq;     /* the sequence number that continues it */
    uint32_t hash;         /* of addresses and ports: cheap to tell flows apart */
    uint16_t l4, head_len;
    uint16_t size; /* payload bytes of the first */
    bool verified; /* the first packet's checksum was looked at */
    bool fixed_id; /* the IPv4 identifications are equal, not consecutive */
};

struct gro {
    struct esp_packet *packets;
    struct open open[OPEN_MAX];
    unsigned open_count;
};

/* A packet looked at as a TCP segment. */
struct segment {
    const uint8_t *packet;
    uint32_t len;
    uint32_t tag;
    uint32_t seq;
    uint32_t hash;
    uint16_t l4, head_len, payload_len;
    uint8_t flags;
};

static uint32_t load32(const void *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t flow_hash(const uint8_t *ip, size_t l4)
{
    size_t from = ip[0] >> 4 == 4 ? 12 : 8;
    uint32_t h = load32(ip + l4); /* both ports */

    for (size_t i = from; i < (from == 12 ? 20U : 40U); i += 4)
        h = (h ^ load32(ip + i)) * 0x9e3779b1U;
    return h ^ h >> 15;
}

/* TCP directly behind a plain IP header, no fragment, and the whole packet is what the IP header
 * says. */
static bool look(const struct esp_packet *p, struct segment *ret)
{
    const uint8_t *ip = p->data;
    struct esp_inner in;

    if (esp_inner_length(ip, p->len) != p->len || esp_inner_parse(ip, p->len, &in) < 0 ||
        in.protocol != IP_PROTO_TCP || in.fragment || in.l4 != (in.version == 4 ? 20 : 40))
        return false;
    *ret = (struct segment){
        .packet = ip,
        .len = p->len,
        .tag = p->tag,
        .seq = wire_load_be32(ip + in.l4 + 4),
        .hash = flow_hash(ip, in.l4),
        .l4 = in.l4,
        .head_len = in.payload,
        .payload_len = (uint16_t)(p->len - in.payload),
        .flags = ip[in.l4 + 13],
    };
    return true;
}

static bool same_flow(const struct open *o, const struct segment *s)
{
    size_t from = s->l4 == 20 ? 12 : 8;

    return o->hash == s->hash && o->merged->tag == s->tag && o->l4 == s->l4 &&
           memcmp(o->packet + from, s->packet + from, s->l4 - from) == 0 &&
           load32(o->packet + o->l4) == load32(s->packet + s->l4);
}

/* The IP headers differ in nothing that a receiver could see. */
static bool same_ip(struct open *o, const struct segment *s)
{
    const uint8_t *a = o->packet, *b = s->packet;
    unsigned first, id, count = o->merged->count;

    if (s->l4 == 40)
        return load32(a) == load32(b) && a[7] == b[7]; /* class, flow label; hop limit */
    if (a[1] != b[1] || a[6] != b[6] || a[7] != b[7] || a[8] != b[8])
        return false; /* TOS, flags and offset, TTL */
    first = wire_load_be16(a + 4);
    id = wire_load_be16(b + 4);
    if (count == 1)
        o->fixed_id = id == first && a[6] & 0x40; /* RFC 6864: with DF the value means nothing */
    return id == (o->fixed_id ? first : (uint16_t)(first + count));
}

/* Acknowledgement, flags, window, urgent pointer and options are equal; PSH may be new. */
static bool same_tcp(const struct open *o, const struct segment *s)
{
    const uint8_t *a = o->packet + o->l4, *b = s->packet + s->l4;

    return o->head_len == s->head_len && load32(a + 8) == load32(b + 8) && a[12] == b[12] &&
           (a[13] | TCP_PSH) == (b[13] | TCP_PSH) && memcmp(a + 14, b + 14, 2) == 0 &&
           memcmp(a + 18, b + 18, 2) == 0 &&
           memcmp(a + 20, b + 20, (size_t)(s->head_len - s->l4) - 20) == 0;
}

static bool checksum_ok(const uint8_t *packet, uint32_t len, size_t l4)
{
    uint64_t sum = esp_csum_pseudo(packet, IP_PROTO_TCP, len - (uint32_t)l4);

    return esp_csum_fold(esp_csum_add(sum, packet + l4, len - l4)) == 0;
}

static bool first_verified(struct open *o)
{
    if (!o->verified)
        o->verified = checksum_ok(o->packet, o->merged->len, o->l4);
    return o->verified;
}

/* A segment that may begin or continue a super-segment: data, and nothing but ACK and PSH. ECE is
 * state that each packet carries, so it may stay as long as it is equal. */
static bool mergeable(const struct segment *s)
{
    return s->payload_len && (s->flags & ~(TCP_PSH | TCP_ECE)) == TCP_ACK;
}

static bool extends(struct open *o, const struct segment *s)
{
    return s->seq == o->next_seq && s->payload_len <= o->size &&
           (uint64_t)o->merged->len + s->payload_len <= UINT16_MAX && same_ip(o, s) &&
           same_tcp(o, s) && first_verified(o) && checksum_ok(s->packet, s->len, s->l4);
}

static void close_flow(struct gro *g, struct open *o)
{
    g->open_count--;
    memmove(o, o + 1, (size_t)(&g->open[g->open_count] - o) * sizeof(*o));
}

static void append(struct gro *g, struct open *o, const struct segment *s, uint16_t index)
{
    struct esp_merged *m = o->merged;

    g->packets[m->last].next = index;
    m->last = index;
    m->count++;
    m->len += s->payload_len;
    o->next_seq += s->payload_len;
    if (s->payload_len < o->size || s->flags & TCP_PSH)
        close_flow(g, o);
}

static void open_flow(struct gro *g, const struct segment *s, struct esp_merged *m)
{
    if (g->open_count == OPEN_MAX)
        close_flow(g, &g->open[0]); /* the oldest has had its chance */
    g->open[g->open_count++] = (struct open){
        .merged = m,
        .packet = s->packet,
        .next_seq = s->seq + s->payload_len,
        .hash = s->hash,
        .l4 = s->l4,
        .head_len = s->head_len,
        .size = s->payload_len,
    };
}

/* True if the packet became part of an earlier one. */
static bool take(struct gro *g, const struct segment *s, uint16_t index)
{
    for (unsigned i = 0; i < g->open_count; i++) {
        struct open *o = &g->open[i];

        if (!same_flow(o, s))
            continue;
        if (mergeable(s) && extends(o, s)) {
            append(g, o, s, index);
            return true;
        }
        close_flow(g, o); /* nothing may overtake this packet */
        return false;
    }
    return false;
}

/* Writes the common header of a merged packet, its checksum left to be finished by the receiver
 * (who will not, as it knows the data to be good). */
static void finish(struct esp_merged *m, const struct esp_packet *packets)
{
    const struct esp_packet *first = &packets[m->first];
    uint16_t head_len = first->head_len, sum;
    bool v4 = first->data[0] >> 4 == 4;
    uint16_t l4 = v4 ? 20 : 40;
    uint8_t *tcp = m->head + l4;

    memcpy(m->head, first->data, head_len);
    if (v4) {
        wire_store_be16(m->head + 2, (uint16_t)m->len);
        esp_csum_ipv4_header(m->head);
    } else {
        wire_store_be16(m->head + 4, (uint16_t)(m->len - 40));
    }
    tcp[13] |= packets[m->last].data[l4 + 13] & TCP_PSH; /* no other has it */
    sum = (uint16_t)~esp_csum_fold(esp_csum_pseudo(m->head, IP_PROTO_TCP, m->len - l4));
    memcpy(tcp + TCP_CSUM_OFFSET, &sum, 2);
    m->ip = m->head;
    m->head_len = head_len;
    m->vnet = (struct virtio_net_hdr){
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = v4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6,
        .hdr_len = head_len,
        .gso_size = (uint16_t)(first->len - head_len),
        .csum_start = l4,
        .csum_offset = TCP_CSUM_OFFSET,
    };
}

static void begin(struct esp_merged *m, const struct esp_packet *p, uint16_t index)
{
    m->vnet = (struct virtio_net_hdr){0};
    m->ip = p->data;
    m->len = p->len;
    m->tag = p->tag;
    m->first = m->last = index;
    m->count = 1;
    m->head_len = 0;
}

unsigned esp_gro_merge(struct esp_packet *packets, unsigned n, struct esp_merged *merged)
{
    struct gro g = {.packets = packets};
    unsigned out = 0;

    for (unsigned i = 0; i < n; i++) {
        struct esp_packet *p = &packets[i];
        struct segment s;
        bool tcp = look(p, &s);

        p->next = ESP_GRO_NONE;
        p->head_len = tcp ? s.head_len : 0;
        if (tcp && take(&g, &s, (uint16_t)i))
            continue;
        begin(&merged[out], p, (uint16_t)i);
        if (tcp && mergeable(&s) && !(s.flags & TCP_PSH))
            open_flow(&g, &s, &merged[out]);
        out++;
    }
    for (unsigned i = 0; i < out; i++) {
        if (merged[i].count > 1)
            finish(&merged[i], packets);
    }
    return out;
}

unsigned esp_merged_iov(const struct esp_merged *merged, const struct esp_packet *packets,
                        struct iovec *iov, unsigned max)
{
    unsigned n = 0;

    if (merged->count == 1) {
        if (!max)
            return 0;
        iov[0] = (struct iovec){packets[merged->first].data, packets[merged->first].len};
        return 1;
    }
    if (max < merged->count + 1U)
        return 0;
    iov[n++] = (struct iovec){(void *)(uintptr_t)merged->head, merged->head_len};
    for (uint16_t i = merged->first; i != ESP_GRO_NONE; i = packets[i].next)
        iov[n++] = (struct iovec){packets[i].data + packets[i].head_len,
                                  packets[i].len - packets[i].head_len};
    return n;
}
