#include "esp_test.h"

#define SUPER_MAX 65535
#define SEGS_MAX  256
#define FIN       0x01
#define SYN       0x02
#define RST       0x04
#define PSH       0x08
#define ACK       0x10
#define URG       0x20
#define ECE       0x40
#define CWR       0x80

/* What a guest hands over: a TCP or UDP packet with a checksum yet to be finished. */
struct guest {
    unsigned version;
    uint8_t protocol;
    uint8_t flags;
    uint8_t options; /* bytes of TCP options */
    uint16_t source;
    uint32_t seq;
    size_t payload;
};

static size_t header_len(const struct guest *g)
{
    return (g->version == 4 ? 20U : 40U) + (g->protocol == 17 ? 8U : 20U + g->options);
}

/* The pseudo-header sum goes into the checksum field, as virtio wants it. */
static size_t make_guest(const struct guest *g, uint8_t *packet)
{
    size_t l4 = g->version == 4 ? 20 : 40, len = header_len(g) + g->payload;
    uint16_t sum;

    make_packet(packet, len, g->version);
    packet[1] = 0;
    memset(packet + (l4 == 20 ? 12 : 8), 0x2a, l4 == 20 ? 8 : 32);
    packet[g->version == 4 ? 8 : 7] = 64;
    packet[g->version == 4 ? 9 : 6] = g->protocol;
    if (g->version == 4) {
        packet[6] = 0x40;
        wire_store_be16(packet + 4, 0xfffe);
        esp_csum_ipv4_header(packet);
    }
    wire_store_be16(packet + l4, g->source);
    wire_store_be16(packet + l4 + 2, 443);
    if (g->protocol == 6) {
        wire_store_be32(packet + l4 + 4, g->seq);
        wire_store_be32(packet + l4 + 8, 0x01020304);
        packet[l4 + 12] = (uint8_t)((20 + g->options) / 4 << 4);
        packet[l4 + 13] = g->flags;
        wire_store_be16(packet + l4 + 14, 0x2000);
        memset(packet + l4 + 18, 0, 2);
        memset(packet + l4 + 20, 1, g->options);
    } else {
        wire_store_be16(packet + l4 + 4, (uint16_t)(len - l4));
    }
    sum = (uint16_t)~esp_csum_fold(esp_csum_pseudo(packet, g->protocol, (uint32_t)(len - l4)));
    memcpy(packet + l4 + (g->protocol == 6 ? 16 : 6), &sum, 2);
    return len;
}

static void mend_tcp_checksum(uint8_t *packet, size_t len)
{
    size_t l4 = packet[0] >> 4 == 4 ? 20 : 40;
    uint64_t sum = esp_csum_pseudo(packet, 6, (uint32_t)(len - l4));
    uint16_t csum;

    memset(packet + l4 + 16, 0, 2);
    csum = esp_csum_fold(esp_csum_add(sum, packet + l4, len - l4));
    memcpy(packet + l4 + 16, &csum, 2);
}

static void expect_good_checksums(const uint8_t *packet, size_t len)
{
    size_t l4 = packet[0] >> 4 == 4 ? 20 : 40;
    uint8_t protocol = packet[l4 == 20 ? 9 : 6];
    uint64_t sum = esp_csum_pseudo(packet, protocol, (uint32_t)(len - l4));

    if (l4 == 20)
        assert_int_equal(esp_csum_fold(esp_csum_add(0, packet, 20)), 0);
    assert_int_equal(esp_csum_fold(esp_csum_add(sum, packet + l4, len - l4)), 0);
}

/* A tunnel with everything a worker has around it. */
struct tunnel {
    struct esp_engine *engine;
    struct esp_sa *out, *in;
    uint8_t packet[SUPER_MAX];
    uint8_t heads[SEGS_MAX * ESP_HEAD_MAX];
    uint8_t frames[SEGS_MAX][2048];
    struct esp_out jobs[SEGS_MAX];
    struct esp_in received[SEGS_MAX];
    struct esp_packet packets[SEGS_MAX];
    struct esp_merged merged[SEGS_MAX];
    unsigned n;
};

static struct tunnel *tunnel_new(enum esp_engine_kind kind, const struct algorithm *a)
{
    struct tunnel *t = calloc(1, sizeof(*t));
    struct esp_sa_params params = params_of(a, kind, ESP_OUTBOUND);

    assert_non_null(t);
    t->out = sa_of(&params);
    params.direction = ESP_INBOUND;
    params.replay_window = 1024;
    t->in = sa_of(&params);
    t->engine = engine_of(kind);
    return t;
}

static void tunnel_free(struct tunnel *t)
{
    esp_sa_free(t->out);
    esp_sa_free(t->in);
    esp_engine_free(t->engine);
    free(t);
}

/* Cuts, encrypts, decrypts; the inner packets are in t->packets. */
static void carry(struct tunnel *t, size_t len, uint8_t gso_type, uint16_t gso_size)
{
    assert_int_equal(esp_gso_split(t->packet, len, gso_type, gso_size, t->heads, sizeof(t->heads),
                                   t->jobs, SEGS_MAX, &t->n),
                     0);
    for (unsigned i = 0; i < t->n; i++) {
        t->jobs[i].dst = t->frames[i];
        t->jobs[i].dst_cap = sizeof(t->frames[i]);
    }
    assert_int_equal(esp_encrypt(t->engine, t->out, t->jobs, t->n), 0);
    for (unsigned i = 0; i < t->n; i++)
        t->received[i] = (struct esp_in){.sa = t->in, .data = t->frames[i], .len = t->jobs[i].len};
    esp_decrypt(t->engine, t->received, t->n);
    for (unsigned i = 0; i < t->n; i++) {
        assert_int_equal(t->received[i].result, ESP_OK);
        t->packets[i] = (struct esp_packet){
            .data = t->received[i].inner, .len = t->received[i].inner_len, .tag = 5};
    }
}

static size_t join(const struct tunnel *t, const struct esp_merged *m, uint8_t *ret)
{
    struct iovec iov[SEGS_MAX + 1];
    unsigned n = esp_merged_iov(m, t->packets, iov, ARRAY_SIZE(iov));
    size_t len = 0;

    assert_int_equal(n, m->count == 1 ? 1 : m->count + 1);
    for (unsigned i = 0; i < n; i++) {
        memcpy(ret + len, iov[i].iov_base, iov[i].iov_len);
        len += iov[i].iov_len;
    }
    assert_int_equal(len, m->len);
    return len;
}

static uint8_t gso_type_of(const struct guest *g)
{
    if (g->protocol == 17)
        return VIRTIO_NET_HDR_GSO_UDP_L4;
    return g->version == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
}

static void there_and_back(struct tunnel *t, const struct guest *g, uint16_t gso_size)
{
    static uint8_t again[SUPER_MAX];
    size_t len = make_guest(g, t->packet), head = header_len(g), longest;
    unsigned expect = g->payload ? (unsigned)((g->payload + gso_size - 1) / gso_size) : 1;
    unsigned out;

    carry(t, len, gso_type_of(g), gso_size);
    assert_int_equal(t->n, expect);
    assert_int_equal(esp_gso_segment_len(t->packet, len, gso_type_of(g), gso_size, &longest), 0);
    for (unsigned i = 0; i < t->n; i++) {
        assert_true(t->packets[i].len <= longest);
        expect_good_checksums(t->packets[i].data, t->packets[i].len);
        assert_memory_equal(t->packets[i].data + head, t->packet + head + i * gso_size,
                            t->packets[i].len - head);
    }
    assert_int_equal(t->packets[0].len, longest);
    if (g->protocol != 6)
        return;
    out = esp_gro_merge(t->packets, t->n, t->merged);
    assert_int_equal(out, 1);
    assert_int_equal(join(t, &t->merged[0], again), len);
    if (t->n == 1) {
        assert_int_equal(t->merged[0].vnet.gso_type, VIRTIO_NET_HDR_GSO_NONE);
        assert_ptr_equal(t->merged[0].ip, t->packets[0].data);
        return;
    }
    assert_memory_equal(again, t->packet, len); /* even the unfinished checksum */
    assert_int_equal(t->merged[0].vnet.gso_type, gso_type_of(g));
    assert_int_equal(t->merged[0].vnet.gso_size, gso_size);
    assert_int_equal(t->merged[0].vnet.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
    assert_int_equal(t->merged[0].vnet.hdr_len, head);
    assert_int_equal(t->merged[0].vnet.csum_start, g->version == 4 ? 20 : 40);
    assert_int_equal(t->merged[0].vnet.csum_offset, 16);
    assert_int_equal(t->merged[0].tag, 5);
}

static void test_a_super_segment_comes_back_as_it_was(void **state)
{
    static const struct guest guests[] = {
        {4, 6, ACK, 12, 1000, 0xfffffff0, 60000},
        {4, 6, ACK | PSH, 12, 1000, 5, 14000},
        {4, 6, ACK, 0, 1000, 5, 1400},
        {4, 6, ACK, 40, 1000, 5, 1401},
        {4, 6, ACK | ECE, 12, 1000, 5, 2799},
        {4, 6, ACK, 0, 1000, 5, 0},
        {6, 6, ACK, 12, 1000, 0x80000000, 60001},
        {6, 6, ACK | PSH, 0, 1000, 77, 2801},
        {4, 17, 0, 0, 1000, 0, 14001},
        {6, 17, 0, 0, 1000, 0, 8399},
        {4, 6, ACK, 12, 1000, 5, 65535 - 52},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
        for (size_t a = 0; a < ARRAY_SIZE(algorithms); a += 4) {
            struct tunnel *t = tunnel_new(engine_kinds[k], &algorithms[a]);

            for (size_t i = 0; i < ARRAY_SIZE(guests); i++) {
                there_and_back(t, &guests[i], 1400);
                there_and_back(t, &guests[i], 1361);
                there_and_back(t, &guests[i], 536);
            }
            tunnel_free(t);
        }
    }
}

static void test_flags_and_numbers_are_those_of_linux(void **state)
{
    const struct guest g = {4, 6, ACK | PSH | FIN | CWR, 12, 1000, 0xffffff00, 3000};
    struct tunnel *t = tunnel_new(ESP_ENGINE_AUTO, &algorithms[0]);
    static const struct {
        uint16_t id;
        uint32_t seq;
        uint8_t flags;
    } rows[] = {{0xfffe, 0xffffff00, ACK | CWR},
                {0xffff, 0xffffff00U + 1000, ACK},
                {0x0000, 0xffffff00U + 2000, ACK | PSH | FIN}};

    (void)state;
    carry(t, make_guest(&g, t->packet), VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN, 1000);
    assert_int_equal(t->n, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(wire_load_be16(t->packets[i].data + 4), rows[i].id);
        assert_int_equal(wire_load_be32(t->packets[i].data + 24), rows[i].seq);
        assert_int_equal(t->packets[i].data[33], rows[i].flags);
    }
    tunnel_free(t);
}

static void test_a_single_packet_gets_its_checksum_on_the_way(void **state)
{
    static const struct guest guests[] = {
        {4, 6, ACK, 12, 9, 1, 999}, {6, 6, SYN, 20, 9, 1, 0}, {4, 17, 0, 0, 9, 0, 33}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(guests); i++) {
        for (size_t head = 0; head < 100; head++) {
            struct tunnel *t = tunnel_new(ESP_ENGINE_AUTO, &algorithms[0]);
            size_t len = make_guest(&guests[i], t->packet);
            size_t l4 = guests[i].version == 4 ? 20 : 40;
            struct esp_out job = {
                .head = t->packet,
                .head_len = (uint32_t)head,
                .body = t->packet + head,
                .body_len = (uint32_t)(len - MIN(head, len)),
                .csum_start = (uint16_t)l4,
                .csum_offset = guests[i].protocol == 6 ? 16 : 6,
                .dst = t->frames[0],
                .dst_cap = sizeof(t->frames[0]),
            };
            bool fits = !head || head >= l4 + job.csum_offset + 2;

            if (head <= len) {
                assert_int_equal(esp_encrypt(t->engine, t->out, &job, 1), fits ? 0 : -EINVAL);
                t->received[0] = (struct esp_in){.sa = t->in, .data = t->frames[0], .len = job.len};
            }
            if (head <= len && fits) {
                esp_decrypt(t->engine, t->received, 1);
                assert_int_equal(t->received[0].result, ESP_OK);
                assert_int_equal(t->received[0].inner_len, len);
                expect_good_checksums(t->received[0].inner, len);
            }
            tunnel_free(t);
        }
    }
}

static void test_what_is_no_super_segment_is_refused(void **state)
{
    static const struct guest tcp = {4, 6, ACK, 12, 1000, 5, 3000};
    struct tunnel *t = tunnel_new(ESP_ENGINE_AUTO, &algorithms[0]);
    size_t len = make_guest(&tcp, t->packet);
    const uint8_t v4 = VIRTIO_NET_HDR_GSO_TCPV4;
    unsigned n = 99;
    size_t longest;

#define SPLIT(len, type, size, heads_size, max)                                                    \
    esp_gso_split(t->packet, len, type, size, t->heads, heads_size, t->jobs, max, &n)
    (void)state;
    assert_int_equal(SPLIT(len, v4, 0, sizeof(t->heads), SEGS_MAX), -EINVAL);
    assert_int_equal(SPLIT(len, VIRTIO_NET_HDR_GSO_TCPV6, 1000, sizeof(t->heads), 9), -EINVAL);
    assert_int_equal(SPLIT(len, VIRTIO_NET_HDR_GSO_UDP_L4, 1000, sizeof(t->heads), 9), -EINVAL);
    assert_int_equal(SPLIT(len, VIRTIO_NET_HDR_GSO_UDP, 1000, sizeof(t->heads), 9), -EINVAL);
    assert_int_equal(SPLIT(len, 77, 1000, sizeof(t->heads), 9), -EINVAL);
    assert_int_equal(SPLIT(len, v4, 1000, sizeof(t->heads), 2), -EMSGSIZE);
    assert_int_equal(SPLIT(len, v4, 1, sizeof(t->heads), SEGS_MAX), -EMSGSIZE);
    assert_int_equal(SPLIT(len, v4, 1000, 3 * ESP_HEAD_MAX - 1, 9), -EMSGSIZE);
    assert_int_equal(SPLIT(0, v4, 1000, sizeof(t->heads), 9), -EINVAL);
    assert_int_equal(SPLIT(51, v4, 1000, sizeof(t->heads), 9), -EINVAL); /* half a header */
    assert_int_equal(SPLIT(0, VIRTIO_NET_HDR_GSO_NONE, 0, 0, 9), -EINVAL);
    assert_int_equal(SPLIT(len, VIRTIO_NET_HDR_GSO_NONE, 0, 0, 0), -EMSGSIZE);
    assert_int_equal(n, 99);
    assert_int_equal(SPLIT(len, VIRTIO_NET_HDR_GSO_NONE, 0, 0, 1), 0);
    assert_int_equal(n, 1);
    t->packet[6] = 0x20; /* a fragment */
    assert_int_equal(SPLIT(len, v4, 1000, sizeof(t->heads), 9), -EINVAL);
    assert_int_equal(esp_gso_segment_len(t->packet, len, v4, 1000, &longest), -EINVAL);
    assert_int_equal(esp_gso_segment_len(t->packet, 7, VIRTIO_NET_HDR_GSO_NONE, 0, &longest), 0);
    assert_int_equal(longest, 7);
#undef SPLIT
    tunnel_free(t);
}

/* Two neighbours; the second is changed before the merge. */
static unsigned merge_two(const struct guest *g, size_t offset, uint8_t xor_with, bool mend)
{
    struct tunnel *t = tunnel_new(ESP_ENGINE_AUTO, &algorithms[0]);
    size_t l4 = g->version == 4 ? 20 : 40;
    uint8_t *second;
    unsigned out;

    carry(t, make_guest(g, t->packet), gso_type_of(g), 1000);
    assert_int_equal(t->n, 2);
    second = t->packets[1].data;
    second[offset] ^= xor_with;
    if (mend) {
        if (l4 == 20)
            esp_csum_ipv4_header(second);
        mend_tcp_checksum(second, t->packets[1].len);
    }
    out = esp_gro_merge(t->packets, 2, t->merged);
    tunnel_free(t);
    return out;
}

static void test_neighbours_merge_only_if_nobody_can_tell(void **state)
{
    static const struct guest v4 = {4, 6, ACK, 12, 1000, 5, 2000};
    static const struct guest v6 = {6, 6, ACK, 12, 1000, 5, 2000};
    static const struct {
        const char *what;
        const struct guest *guest;
        size_t offset;
        uint8_t xor_with;
        unsigned merged;
    } rows[] = {
        {"nothing", &v4, 60, 0, 1},
        {"payload, with its checksum", &v4, 60, 1, 1},
        {"PSH", &v4, 33, PSH, 1},
        {"TOS", &v4, 1, 4, 2},
        {"ECN mark", &v4, 1, 3, 2},
        {"identification", &v4, 5, 2, 2},
        {"don't fragment", &v4, 6, 0x40, 2},
        {"more fragments", &v4, 6, 0x20, 2},
        {"TTL", &v4, 8, 1, 2},
        {"source address", &v4, 15, 1, 2},
        {"destination address", &v4, 19, 1, 2},
        {"source port", &v4, 21, 1, 2},
        {"destination port", &v4, 23, 1, 2},
        {"sequence", &v4, 27, 1, 2},
        {"acknowledgement", &v4, 31, 1, 2},
        {"FIN", &v4, 33, FIN, 2},
        {"SYN", &v4, 33, SYN, 2},
        {"RST", &v4, 33, RST, 2},
        {"URG", &v4, 33, URG, 2},
        {"CWR", &v4, 33, CWR, 2},
        {"ECE", &v4, 33, ECE, 2},
        {"no ACK", &v4, 33, ACK, 2},
        {"window", &v4, 35, 1, 2},
        {"urgent pointer", &v4, 39, 1, 2},
        {"options", &v4, 50, 1, 2},
        {"header length", &v4, 32, 0x10, 2},
        {"nothing in IPv6", &v6, 80, 0, 1},
        {"flow label", &v6, 3, 1, 2},
        {"traffic class", &v6, 1, 0x10, 2},
        {"hop limit", &v6, 7, 1, 2},
        {"IPv6 address", &v6, 39, 1, 2},
        {"IPv6 port", &v6, 43, 1, 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned merged = merge_two(rows[i].guest, rows[i].offset, rows[i].xor_with, true);

        if (merged != rows[i].merged)
            fail_msg("%s: %u", rows[i].what, merged);
    }
    assert_int_equal(merge_two(&v4, 60, 1, false), 2); /* a wrong checksum stays wrong */
    assert_int_equal(merge_two(&v6, 80, 1, false), 2);
}

/* Segments of flow a and b, in the order of the text; a capital letter stands for a pure ACK of
 * the flow, a digit for a segment of half the length. */
static void expect_merge(const char *order, const char *expect)
{
    static const struct guest base = {4, 6, ACK, 0, 0, 5, 1000};
    static uint8_t bytes[32][1100];
    struct esp_packet packets[32];
    struct esp_merged merged[32];
    uint32_t seq[2] = {0, 0};
    uint16_t id[2] = {0, 0};
    char text[128] = "";
    unsigned n = 0, out;

    for (; order[n]; n++) {
        bool half = order[n] == '1' || order[n] == '2';
        unsigned flow = order[n] == 'b' || order[n] == 'B' || order[n] == '2';
        struct guest g = base;
        size_t len;

        g.source = (uint16_t)(100 + flow);
        g.seq = seq[flow];
        g.payload = half ? 500 : order[n] < 'a' ? 0 : 1000;
        seq[flow] += (uint32_t)g.payload;
        len = make_guest(&g, bytes[n]);
        wire_store_be16(bytes[n] + 4, id[flow]++);
        esp_csum_ipv4_header(bytes[n]);
        assert_int_equal(esp_csum_finish(bytes[n], len, 20, 16), 0);
        packets[n] = (struct esp_packet){.data = bytes[n], .len = (uint32_t)len};
    }
    out = esp_gro_merge(packets, n, merged);
    for (unsigned i = 0; i < out; i++) {
        for (uint16_t at = merged[i].first; at != ESP_GRO_NONE; at = packets[at].next)
            strncat(text, (char[]){order[at], 0}, sizeof(text) - strlen(text) - 1);
        strncat(text, " ", sizeof(text) - strlen(text) - 1);
    }
    assert_string_equal(text, expect);
}

static void test_order_inside_a_flow_is_kept(void **state)
{
    (void)state;
    expect_merge("a", "a ");
    expect_merge("aaa", "aaa ");
    expect_merge("aabb", "aa bb ");
    expect_merge("abab", "aa bb ");
    expect_merge("aa1aa", "aa1 aa "); /* a short one ends it */
    expect_merge("1aa", "1 aa ");     /* a longer one cannot follow a short one */
    expect_merge("11a", "11 a ");
    expect_merge("aaAaa", "aa A aa "); /* an ACK is not overtaken */
    expect_merge("abBab", "aa b B b ");
    expect_merge("aBbab", "aa B bb ");
}

static void test_a_merged_packet_never_exceeds_64k(void **state)
{
    static const struct guest g = {4, 6, ACK, 12, 1000, 5, 60000};
    struct tunnel *t = tunnel_new(ESP_ENGINE_AUTO, &algorithms[0]);
    static uint8_t more[SEGS_MAX][2048];
    unsigned n, out;

    (void)state;
    carry(t, make_guest(&g, t->packet), VIRTIO_NET_HDR_GSO_TCPV4, 1000);
    n = t->n;
    assert_int_equal(n, 60);
    for (unsigned i = 0; i < n; i++) { /* 60 more that follow on */
        uint8_t *p = more[i];

        memcpy(p, t->packets[i].data, t->packets[i].len);
        wire_store_be32(p + 24, wire_load_be32(p + 24) + 60000);
        wire_store_be16(p + 4, (uint16_t)(wire_load_be16(p + 4) + 60));
        esp_csum_ipv4_header(p);
        mend_tcp_checksum(p, t->packets[i].len);
        t->packets[n + i] = (struct esp_packet){.data = p, .len = t->packets[i].len, .tag = 5};
    }
    out = esp_gro_merge(t->packets, 2 * n, t->merged);
    assert_int_equal(out, 2);
    assert_int_equal(t->merged[0].count, 65);
    assert_int_equal(t->merged[0].len, 65052);
    assert_int_equal(t->merged[1].count, 55);
    assert_int_equal(esp_merged_iov(&t->merged[0], t->packets, (struct iovec[3]){0}, 3), 0);
    tunnel_free(t);
}

static void test_tags_and_strangers_stay_apart(void **state)
{
    static const struct guest g = {4, 6, ACK, 12, 1000, 5, 3000};
    struct tunnel *t = tunnel_new(ESP_ENGINE_AUTO, &algorithms[0]);
    uint8_t odd[3][60] = {{0}, {0x45}, {0x60}};

    (void)state;
    carry(t, make_guest(&g, t->packet), VIRTIO_NET_HDR_GSO_TCPV4, 1000);
    t->packets[1].tag = 6;
    assert_int_equal(esp_gro_merge(t->packets, 3, t->merged), 3);
    for (unsigned i = 0; i < 3; i++)
        t->packets[i] = (struct esp_packet){.data = odd[i], .len = 10 + 20 * i};
    assert_int_equal(esp_gro_merge(t->packets, 3, t->merged), 3);
    assert_int_equal(esp_gro_merge(t->packets, 0, t->merged), 0);
    tunnel_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_super_segment_comes_back_as_it_was),
        cmocka_unit_test(test_flags_and_numbers_are_those_of_linux),
        cmocka_unit_test(test_a_single_packet_gets_its_checksum_on_the_way),
        cmocka_unit_test(test_what_is_no_super_segment_is_refused),
        cmocka_unit_test(test_neighbours_merge_only_if_nobody_can_tell),
        cmocka_unit_test(test_order_inside_a_flow_is_kept),
        cmocka_unit_test(test_a_merged_packet_never_exceeds_64k),
        cmocka_unit_test(test_tags_and_strangers_stay_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
