#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

#include <fcntl.h>
#include <signal.h>

#define A 0x0a010004 /* the instance of port 0 */
#define B 0x0a010104 /* of port 1 */
#define C 0x0a020004 /* behind the tunnels */
#define D 0x0a030004 /* too */

static void test_a_packet_goes_each_way(void **state)
{
    struct lab *l = *state;
    uint8_t ip[100], *packets[] = {ip};
    size_t len = sizeof(ip);
    unsigned tunnel;

    lab_packet(ip, sizeof(ip), DP_UDP, A, C);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    assert_int_equal(l->got[8], 63);
    lab_packet(ip, sizeof(ip), DP_UDP, C, B);
    lab_peer_sends(l, 1, packets, &len, 1);
    assert_int_equal(lab_got(l, 1, NULL), sizeof(ip));
    assert_int_equal(l->got[8], 63);
    assert_int_equal(lab_got(l, 0, NULL), 0);
}

/* Packets that a route leads on to another table are counted on that way, those that find nothing
 * behind it apart. */
static void test_ways_between_tables_are_counted(void **state)
{
    struct lab *l = *state;
    struct fib_route route = {{addr_v4(10, 0, 0, 0), 8}, {1, {dp_hop(DP_HOP_TABLE, 0)}}};
    struct dp_jump jump = {.to = 0}, *jumps[] = {&jump};
    struct dp_table first = {.index = 1, .jumps = jumps, .n_jumps = 1};
    const struct dp_table *tables[] = {&l->table, &first};
    const uint64_t *counters;
    uint8_t ip[100];
    unsigned tunnel;

    jump.stats = dp_stats_take(l->shared.stats, IPC_STATS_JUMP, "rtb>bgw", 0, 0);
    counters = dp_jump_counters(jump.stats, l->w->index);
    assert_int_equal(fib_table_new(&first.fib), 0);
    assert_int_equal(fib_table_set(first.fib, &route, 1), 0);
    l->config.tables = tables;
    l->config.n_tables = 2;
    l->port[0].table = 1;
    lab_packet(ip, sizeof(ip), DP_UDP, A, C);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    assert_int_equal(counters[IPC_JUMP_PACKETS], 1);
    assert_int_equal(counters[IPC_JUMP_BYTES], sizeof(ip));
    assert_int_equal(fib_table_set(l->table.fib, NULL, 0), 0);
    lab_packet(ip, sizeof(ip), DP_UDP, A, C);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(counters[IPC_JUMP_PACKETS], 1);
    assert_int_equal(counters[IPC_JUMP_DROPS], 1);
    fib_table_free(first.fib);
}

/* A wrong header checksum: nothing of the header can be trusted (RFC 1812, 4.2.2.5), and whoever
 * rewrites the header later would make it look right. */
static void test_a_damaged_ip_header_goes_nowhere(void **state)
{
    struct lab *l = *state;
    uint8_t ip[2][100], *packets[] = {ip[0], ip[1]};
    size_t lens[] = {100, 100};
    unsigned tunnel;

    lab_packet(ip[0], 100, DP_UDP, A, C);
    ip[0][10] ^= 1;
    lab_send(l, 0, NULL, ip[0], 100);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_INNER_CHECKSUM), 1);
    /* Two TCP neighbours, which would get one new header together. */
    for (unsigned i = 0; i < 2; i++) {
        lab_packet(ip[i], 100, DP_TCP, C, A);
        wire_store_be32(ip[i] + 24, i * 60);
        wire_store_be16(ip[i] + 4, (uint16_t)i);
        esp_csum_ipv4_header(ip[i]);
        lab_tcp_sum(ip[i], 100);
    }
    ip[1][11] ^= 1;
    lab_peer_sends(l, 0, packets, lens, 2);
    assert_int_equal(lab_got(l, 0, NULL), 100);
    assert_int_equal(lab_got(l, 0, NULL), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_INNER_CHECKSUM), 2);
}

/* RFC 1812, 5.3.7; RFC 4291, 2.5.6: a default route leads no such packet out. */
static void test_nobody_is_no_destination(void **state)
{
    static const uint32_t nobody[] = {0x7f000001, 0x00000001, 0, 0xe0000001, 0xffffffff};
    struct lab *l = *state;
    uint8_t ip[60];
    unsigned tunnel;

    for (size_t i = 0; i < ARRAY_SIZE(nobody); i++) {
        lab_packet(ip, sizeof(ip), DP_UDP, A, nobody[i]);
        lab_send(l, 0, NULL, ip, sizeof(ip));
        assert_int_equal(lab_peer_got(l, &tunnel), 0);
        assert_int_equal(lab_got(l, 0, NULL), 0); /* no error either */
    }
}

/* ---- which tunnel ---- */

static void narrow(struct lab *l, unsigned tunnel, const char *remote)
{
    struct dp_sa *out = &l->tunnel[tunnel].out;

    out->any4 = out->any6 = false;
    out->n_remote_ts = 1;
    assert_int_equal(prefix_parse(remote, &out->remote_ts[0]), 0);
    l->connection = (struct dp_connection){0};
    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        dp_connection_add(&l->connection, i, &l->tunnel[i].out);
}

/* Sends 40 flows; how many came through tunnel 0 and 1. */
static void flows(struct lab *l, uint32_t dst, unsigned ret[LAB_TUNNELS])
{
    unsigned tunnel;
    uint8_t ip[60];

    memset(ret, 0, LAB_TUNNELS * sizeof(*ret));
    for (uint16_t port = 1; port <= 40; port++) {
        lab_packet(ip, sizeof(ip), DP_UDP, A, dst);
        wire_store_be16(ip + 20, port);
        lab_send(l, 0, NULL, ip, sizeof(ip));
        if (lab_peer_got(l, &tunnel))
            ret[tunnel]++;
    }
}

static void test_flows_go_where_the_sa_takes_them(void **state)
{
    struct lab *l = *state;
    unsigned n[LAB_TUNNELS];

    flows(l, C, n);
    assert_true(n[0] > 5 && n[1] > 5);
    narrow(l, 0, "10.2.0.0/16"); /* the peer agreed to this much in tunnel 0 */
    flows(l, C, n);
    assert_true(n[0] > 5 && n[1] > 5);
    flows(l, D, n);
    assert_int_equal(n[0], 0);
    assert_int_equal(n[1], 40);
    narrow(l, 1, "10.2.0.0/16");
    flows(l, D, n);
    assert_int_equal(n[0] + n[1], 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SELECTOR), 40);
    assert_true(lab_got(l, 0, NULL) > 0); /* and the instance hears why */
    assert_int_equal(l->got[20], 3);
    assert_int_equal(l->got[21], 13);
}

/* A route to two connections, each with a tunnel: the flows are those of one connection with both,
 * and one whose tunnels are all gone takes none. */
static void test_connections_of_a_route_share_its_flows(void **state)
{
    struct lab *l = *state;
    const struct prefix all = {.addr = {.family = ADDR_IPV4}};
    const struct fib_hops both = {2, {dp_hop(DP_HOP_CONNECTION, 0), dp_hop(DP_HOP_CONNECTION, 1)}};
    struct dp_connection other = {.count = 0};
    const struct dp_connection *connections[] = {&l->connection, &other};
    unsigned before[LAB_TUNNELS], n[LAB_TUNNELS];

    flows(l, C, before);
    l->connection = (struct dp_connection){0};
    dp_connection_add(&l->connection, 0, &l->tunnel[0].out);
    dp_connection_add(&other, 1, &l->tunnel[1].out);
    l->config.connections = connections;
    l->config.n_connections = 2;
    assert_int_equal(fib_table_put(l->table.fib, &all, &both), 0);
    flows(l, C, n);
    assert_memory_equal(n, before, sizeof(n));
    other.count = 0;
    flows(l, C, n);
    assert_int_equal(n[0], 40);
    assert_int_equal(n[1], 0);
    l->connection.count = 0;
    flows(l, C, n);
    assert_int_equal(n[0] + n[1], 0);
    assert_int_equal(lab_drops(l, IPC_DROP_NO_TUNNEL), 40);
}

/* A policy-based peer has a child SA for each of its networks. */
static void test_a_tunnel_with_several_children(void **state)
{
    struct lab *l = *state;
    struct dp_sa second, *others[] = {&second};
    unsigned n[LAB_TUNNELS], tunnel;
    uint8_t ip[60];

    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        narrow(l, i, "10.9.0.0/16");
    second = l->tunnel[0].out;
    assert_int_equal(prefix_parse("10.2.0.0/16", &second.remote_ts[0]), 0);
    l->egress[0].n_others = 1;
    l->egress[0].others = others; /* with the same keys, for the lab's peer */
    flows(l, C, n);
    assert_int_equal(n[0], 40);
    assert_int_equal(n[1], 0);
    lab_packet(ip, sizeof(ip), DP_UDP, A, D); /* in no child */
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SELECTOR), 1);
}

/* ---- super-segments ---- */

static struct virtio_net_hdr tcp_vnet(uint16_t gso_size)
{
    return (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                   .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                                   .hdr_len = DP_ETH_LEN + 40,
                                   .gso_size = gso_size,
                                   .csum_start = DP_ETH_LEN + 20,
                                   .csum_offset = 16};
}

/* A TCP packet whose checksum is unfinished. */
static void partial(uint8_t *ip, size_t len, bool dont_fragment)
{
    uint16_t sum;

    lab_packet(ip, len, DP_TCP, A, C);
    ip[6] = dont_fragment ? 0x40 : 0;
    esp_csum_ipv4_header(ip);
    for (size_t i = 40; i < len; i++)
        ip[i] = (uint8_t)i;
    sum = (uint16_t)~esp_csum_fold(esp_csum_pseudo(ip, DP_TCP, (uint32_t)len - 20));
    memcpy(ip + 36, &sum, 2);
}

static bool tcp_sum_is_right(const uint8_t *ip, size_t len)
{
    return esp_csum_fold(esp_csum_add(esp_csum_pseudo(ip, DP_TCP, (uint32_t)len - 20), ip + 20,
                                      len - 20)) == 0 &&
           esp_csum_fold(esp_csum_add(0, ip, 20)) == 0;
}

/* ---- overlapping networks ---- */

/* Ours, 10.1.0.0/16, is known to the peer as 100.64.0.0/16; theirs, the same, to us as 100.65. */
static void overlap(struct lab *l)
{
    static const struct prefix both = {{ADDR_IPV4, {10, 1}}, 16};

    for (unsigned i = 0; i < LAB_TUNNELS; i++) {
        struct ipc_tunnel *t = &l->tunnel[i].tunnel.config;

        t->n_translations = 2;
        t->translations[0] =
            (struct ipc_translation){IPC_SIDE_OWN, both, {{ADDR_IPV4, {100, 64}}, 16}};
        t->translations[1] =
            (struct ipc_translation){IPC_SIDE_PEER, both, {{ADDR_IPV4, {100, 65}}, 16}};
    }
}

#define OWN        0x0a010004 /* of instance 0 */
#define OWN_SEEN   0x64400004
#define THEIR      0x0a010104
#define THEIR_SEEN 0x64410104

static void assert_way(const uint8_t *ip, uint32_t src, uint32_t dst)
{
    assert_int_equal(wire_load_be32(ip + 12), src);
    assert_int_equal(wire_load_be32(ip + 16), dst);
    assert_int_equal(esp_csum_fold(esp_csum_add(0, ip, 20)), 0);
}

static void test_translated_packets_go_each_way(void **state)
{
    struct lab *l = *state;
    uint8_t ip[100], *packets[] = {ip};
    size_t lens[] = {sizeof(ip)};
    unsigned tunnel;

    overlap(l);
    lab_packet(ip, sizeof(ip), DP_TCP, OWN, THEIR_SEEN);
    lab_tcp_sum(ip, sizeof(ip));
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    assert_way(l->got, OWN_SEEN, THEIR);
    assert_true(tcp_sum_is_right(l->got, sizeof(ip)));
    lab_packet(ip, sizeof(ip), DP_TCP, THEIR, OWN_SEEN);
    lab_tcp_sum(ip, sizeof(ip));
    lab_peer_sends(l, 0, packets, lens, 1);
    assert_int_equal(lab_got(l, 0, NULL), sizeof(ip));
    assert_way(l->got, THEIR_SEEN, OWN);
    assert_true(tcp_sum_is_right(l->got, sizeof(ip)));
}

/* Selectors are about the addresses on the wire. */
static void test_selectors_see_what_the_peer_sees(void **state)
{
    struct lab *l = *state;
    uint8_t ip[100], *packets[] = {ip};
    size_t lens[] = {sizeof(ip)};
    unsigned tunnel;

    overlap(l);
    for (unsigned i = 0; i < LAB_TUNNELS; i++) {
        narrow(l, i, "10.1.0.0/16");
        l->tunnel[i].in.any4 = false;
        l->tunnel[i].in.n_remote_ts = 1;
        assert_int_equal(prefix_parse("10.1.0.0/16", &l->tunnel[i].in.remote_ts[0]), 0);
    }
    lab_packet(ip, sizeof(ip), DP_TCP, OWN, THEIR_SEEN);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    lab_packet(ip, sizeof(ip), DP_TCP, OWN, 0x0a020104);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SELECTOR), 1);
    assert_true(lab_got(l, 0, NULL) > sizeof(ip)); /* it is told */
    lab_packet(ip, sizeof(ip), DP_TCP, THEIR, OWN_SEEN);
    lab_peer_sends(l, 0, packets, lens, 1);
    assert_int_equal(lab_got(l, 0, NULL), sizeof(ip));
    lab_packet(ip, sizeof(ip), DP_TCP, THEIR_SEEN, OWN_SEEN);
    lab_peer_sends(l, 0, packets, lens, 1);
    assert_int_equal(lab_got(l, 0, NULL), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SELECTOR), 2);
}

/* Who is told that a packet is too big, or its time over, is told of the packet as it sent it. */
static void test_our_own_errors_say_addresses_that_their_reader_knows(void **state)
{
    struct lab *l = *state;
    uint8_t ip[1500], *packets[] = {ip};
    size_t lens[] = {100}, len;
    unsigned tunnel;

    overlap(l);
    lab_packet(ip, sizeof(ip), DP_UDP, OWN, THEIR_SEEN);
    ip[6] = 0x40;
    esp_csum_ipv4_header(ip);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_true(lab_got(l, 0, NULL) > 56);
    assert_int_equal(l->got[20], 3);
    assert_way(l->got, 0x0a010001, OWN);
    assert_way(l->got + 28, OWN, THEIR_SEEN);

    lab_packet(ip, 100, DP_UDP, THEIR, OWN_SEEN);
    ip[8] = 1;
    esp_csum_ipv4_header(ip);
    lab_peer_sends(l, 0, packets, lens, 1);
    dp_tunnel_flush(l->w);
    len = lab_peer_got(l, &tunnel);
    assert_int_equal(len, 128);
    assert_int_equal(l->got[20], 11);
    assert_way(l->got, 0xa9fe0001, THEIR);
    assert_way(l->got + 28, THEIR, OWN_SEEN);
    assert_int_equal(esp_csum_fold(esp_csum_add(0, l->got + 20, len - 20)), 0);
}

/* A super-segment is translated once, and each of its segments is right. */
static void test_super_segments_are_translated(void **state)
{
    struct virtio_net_hdr vnet;
    struct lab *l = *state;
    unsigned n = 0, tunnel;
    uint8_t ip[2040];
    size_t len;

    overlap(l);
    vnet = tcp_vnet(500);
    partial(ip, sizeof(ip), true);
    wire_store_be32(ip + 16, THEIR_SEEN);
    esp_csum_ipv4_header(ip);
    lab_send(l, 0, &vnet, ip, sizeof(ip));
    for (; (len = lab_peer_got(l, &tunnel)) > 0; n++) {
        assert_way(l->got, OWN_SEEN, THEIR);
        assert_true(tcp_sum_is_right(l->got, len));
    }
    assert_int_equal(n, 4);
}

/* What Linux seldom sends and a virtual machine may: sizes at every edge. */
static void test_super_segments_of_odd_sizes(void **state)
{
    static const struct {
        uint16_t len, size;
        bool dont_fragment;
        unsigned packets;
        uint16_t first; /* bytes of the first one; 0: not looked at */
    } cases[] = {
        {1040, 1000, true, 1, 1040}, {1039, 1000, true, 1, 1039}, {41, 1000, true, 1, 41},
        {40, 1000, true, 1, 40},     {1041, 1000, true, 2, 1040}, {200, 65000, true, 1, 200},
        {2040, 1398, true, 2, 1438}, {2040, 1399, true, 0, 0},    {2040, 1399, false, 2, 1438},
        {1479, 65000, true, 0, 0},   {1479, 65000, false, 2, 0},  {1440, 10, true, 140, 50},
        {2040, 65000, false, 2, 0},
    };
    struct lab *l = *state;
    uint8_t ip[2100];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct virtio_net_hdr vnet = tcp_vnet(cases[i].size);
        unsigned n = 0, tunnel;
        size_t len, total = 0;

        partial(ip, cases[i].len, cases[i].dont_fragment);
        lab_send(l, 0, &vnet, ip, cases[i].len);
        while ((len = lab_peer_got(l, &tunnel)) > 0) {
            bool fragment = wire_load_be16(l->got + 6) & 0x3fff;

            assert_true(len <= 1438);
            assert_true(n > 0 || cases[i].first == 0 || len == cases[i].first);
            assert_true(fragment || tcp_sum_is_right(l->got, len));
            total += len - (fragment && n > 0 ? 20 : 40);
            n++;
        }
        if (n != cases[i].packets)
            print_error("case %zu: %u packets\n", i, n);
        assert_int_equal(n, cases[i].packets);
        assert_int_equal(total, n ? cases[i].len - 40U : 0);
        while (lab_got(l, 0, NULL)) /* too big: told so */
            assert_int_equal(wire_load_be16(l->got + 26), 1438);
    }
}

/* The checksum of a super-segment is where the transport has it, or the header lies. */
static void test_super_segments_that_lie(void **state)
{
    static const struct {
        uint8_t flags, type;
        uint16_t size, start, offset;
    } cases[] = {
        {1, 1, 500, DP_ETH_LEN + 24, 16}, /* not where TCP begins */
        {1, 1, 500, DP_ETH_LEN + 20, 6},  /* not where its checksum is */
        {1, 1, 500, DP_ETH_LEN + 19, 16},    {1, 4, 500, DP_ETH_LEN + 20, 16}, /* IPv6 */
        {1, 5, 500, DP_ETH_LEN + 20, 6},                                       /* UDP */
        {1, 3, 500, DP_ETH_LEN + 20, 6}, /* UDP fragments: not offered */
        {1, 0x80, 500, DP_ETH_LEN + 20, 16}, {1, 0xff, 500, DP_ETH_LEN + 20, 16},
        {1, 1, 0, DP_ETH_LEN + 20, 16},      {0, 1, 500, DP_ETH_LEN + 20, 16},
    };
    static const uint32_t to[] = {C, B};
    struct lab *l = *state;
    unsigned tunnel;
    uint8_t ip[1400];

    for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(to); i++) {
        uint64_t before = lab_drops(l, IPC_DROP_INNER_MALFORMED);
        size_t c = i / 2;
        struct virtio_net_hdr vnet = {.flags = cases[c].flags,
                                      .gso_type = cases[c].type,
                                      .hdr_len = DP_ETH_LEN + 40,
                                      .gso_size = cases[c].size,
                                      .csum_start = cases[c].start,
                                      .csum_offset = cases[c].offset};

        partial(ip, sizeof(ip), true);
        wire_store_be32(ip + 16, to[i % 2]);
        esp_csum_ipv4_header(ip);
        lab_send(l, 0, &vnet, ip, sizeof(ip));
        if (lab_drops(l, IPC_DROP_INNER_MALFORMED) == before)
            print_error("case %zu\n", c);
        assert_true(lab_drops(l, IPC_DROP_INNER_MALFORMED) > before);
        assert_int_equal(lab_peer_got(l, &tunnel), 0);
        assert_int_equal(lab_got(l, 1, NULL), 0);
    }
}

/* TCP that may be fragmented, merged on the way in, for an instance with a smaller interface. */
static void test_merged_segments_for_a_smaller_interface(void **state)
{
    struct lab *l = *state;
    uint8_t ip[3][1400], *packets[] = {ip[0], ip[1], ip[2]};
    size_t lens[] = {1400, 1400, 1400};
    struct virtio_net_hdr vnet;

    l->port[0].config.mtu = 1000;
    for (unsigned i = 0; i < 3; i++) {
        lab_packet(ip[i], 1400, DP_TCP, C, A);
        wire_store_be16(ip[i] + 4, (uint16_t)i);
        esp_csum_ipv4_header(ip[i]);
        wire_store_be32(ip[i] + 24, i * 1360);
        lab_tcp_sum(ip[i], 1400);
    }
    lab_peer_sends(l, 0, packets, lens, 3);
    assert_int_equal(lab_got(l, 0, &vnet), 40 + 3 * 1360);
    assert_int_equal(vnet.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
    assert_int_equal(vnet.gso_size, 960);
    assert_int_equal(lab_drops(l, IPC_DROP_TOO_BIG), 0);
    for (unsigned i = 0; i < 3; i++) {
        ip[i][6] = 0x40; /* must not be fragmented */
        esp_csum_ipv4_header(ip[i]);
    }
    lab_peer_sends(l, 0, packets, lens, 3);
    assert_int_equal(lab_got(l, 0, &vnet), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_TOO_BIG), 3);
}

/* The same from one tunnel into another with a smaller MTU. */
static void test_merged_segments_for_a_smaller_tunnel(void **state)
{
    struct lab *l = *state;
    uint8_t ip[2][1400], *packets[] = {ip[0], ip[1]};
    size_t lens[] = {1400, 1400}, len, total = 0;
    unsigned n = 0, tunnel;

    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        l->tunnel[i].tunnel.config.mtu = 1000;
    for (unsigned i = 0; i < 2; i++) {
        lab_packet(ip[i], 1400, DP_TCP, C, D);
        wire_store_be16(ip[i] + 4, (uint16_t)i);
        esp_csum_ipv4_header(ip[i]);
        wire_store_be32(ip[i] + 24, i * 1360);
        lab_tcp_sum(ip[i], 1400);
    }
    lab_peer_sends(l, 0, packets, lens, 2);
    for (; (len = lab_peer_got(l, &tunnel)) > 0; n++) {
        assert_true(len <= 1000);
        assert_int_equal(l->got[8], 63);
        assert_int_equal(esp_csum_fold(esp_csum_add(0, l->got, 20)), 0);
        total += len - 20;
    }
    assert_int_equal(n, 4);
    assert_int_equal(total, 2 * 1380);
    assert_int_equal(lab_drops(l, IPC_DROP_TOO_BIG), 0);
}

/* An IPv6 host need not send less than 1280 bytes (RFC 8200, 5), so that a tunnel over a path that
 * is too small for them has its outer packets fragmented (RFC 2473, 7.1). */
static void test_ipv6_passes_through_small_paths(void **state)
{
    struct lab *l = *state;
    struct virtio_net_hdr vnet = {0};
    uint8_t ip[1281] = {0x60, [6] = DP_UDP, [7] = 64, [8] = 0xfd, [23] = 4, [24] = 0xfd, [25] = 2};
    unsigned tunnel;
    int mode = -1;
    socklen_t len = sizeof(mode);

    l->port[0].router = true;
    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        dp_pmtu_take(l->w, &l->tunnel[i].remote.endpoint.addr, 1000, true, NULL, 0);
    wire_store_be16(ip + 4, 1240);
    lab_send(l, 0, &vnet, ip, 1280);
    assert_int_equal(lab_peer_got(l, &tunnel), 1280);
    assert_int_equal(getsockopt(l->underlay.fd, IPPROTO_IP, IP_MTU_DISCOVER, &mode, &len), 0);
    assert_int_equal(mode, IP_PMTUDISC_PROBE); /* as it was */
    wire_store_be16(ip + 4, 1241);
    lab_send(l, 0, &vnet, ip, 1281);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_true(lab_got(l, 0, NULL) > 0);
    assert_int_equal(l->got[40], 2); /* too big */
    assert_int_equal(wire_load_be32(l->got + 44), 1280);
    lab_packet(ip, 1280, DP_UDP, A, C); /* IPv4 has no such promise */
    lab_send(l, 0, &vnet, ip, 1280);
    assert_int_equal(lab_peer_got(l, &tunnel), 932);
}

/* ---- devices that fail ---- */

/* What the control thread does about an interface that was set down, in the moment it hears of it:
 * the kernel may well let it go first. */
static struct dp_worker *told_worker;
static int told_fd, told_result;

static void on_note(int number)
{
    int saved = errno;

    (void)number;
    told_result = dp_worker_watch(told_worker, told_fd, true, 0);
    errno = saved;
}

/* Its next read fails, the one after that does not: as of an interface that was set down. */
static int failing_socket(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct endpoint nobody;
    int fd;

    close(lab_socket(&nobody));
    fd = lab_socket(&(struct endpoint){0});
    in.sin_port = htons(nobody.port);
    assert_int_equal(connect(fd, (void *)&in, sizeof(in)), 0);
    assert_int_equal(send(fd, "?", 1, 0), 1);
    return fd;
}

static void test_a_device_that_recovers_is_heard_again(void **state)
{
    struct lab *l = *state;
    int notes[2], device = l->port[0].fd, nobody = l->w->notes[0];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, notes), 0);
    told_worker = l->w;
    told_fd = l->port[0].fd = failing_socket();
    told_result = 1;
    assert_int_equal(dp_worker_watch(l->w, told_fd, true, 0), 0);
    signal(SIGIO, on_note);
    assert_int_equal(fcntl(notes[0], F_SETOWN, getpid()), 0);
    assert_int_equal(fcntl(notes[0], F_SETFL, O_ASYNC), 0);
    l->w->notes[DP_LANE_OURS] = notes[1];
    dp_port_receive(l->w, &l->port[0]);
    assert_int_equal(told_result, 0);
    assert_int_equal(dp_worker_watch(l->w, told_fd, true, 0), -EEXIST);
    signal(SIGIO, SIG_DFL);
    close(told_fd);
    close(notes[0]);

    /* Nobody hears the note: the event has to come again. */
    l->port[0].fd = failing_socket();
    assert_int_equal(dp_worker_watch(l->w, l->port[0].fd, true, 0), 0);
    dp_port_receive(l->w, &l->port[0]);
    assert_int_equal(dp_worker_watch(l->w, l->port[0].fd, true, 0), -EEXIST);
    close(l->port[0].fd);
    close(notes[1]);
    l->w->notes[DP_LANE_OURS] = nobody;
    l->port[0].fd = device;
}

/* ---- when there is nothing ---- */

static void test_looking_for_more_stops_when_it_does_not_pay(void **state)
{
    struct dp_look look = {0};
    unsigned looks = 0;

    (void)state;
    for (unsigned i = 0; i < 1600; i++) { /* packets are rare: a try now and then */
        if (!dp_look_pays(&look))
            continue;
        looks++;
        dp_look_done(&look, false);
    }
    assert_int_equal(looks, 100);
    for (unsigned i = 0; i < 1600 && looks < 1000; i++) { /* they come in a row */
        if (!dp_look_pays(&look))
            continue;
        looks++;
        dp_look_done(&look, true);
    }
    assert_int_equal(looks, 1000);
    for (unsigned i = 0; i < 20; i++) /* a pause among many does not matter */
        dp_look_done(&look, i % 3 != 0);
    assert_true(dp_look_pays(&look) && dp_look_pays(&look));
}

/* ---- anything ---- */

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* A packet that is nearly right. */
static size_t nearly(uint32_t *seed, uint8_t *ip)
{
    static const uint8_t protocols[] = {DP_TCP, DP_UDP, DP_ICMP, 50};
    static const uint32_t to[] = {A, B, C, D, 0x0a010001, 0xa9fe0001};
    size_t len = 60 + draw(seed) % 1940;

    lab_packet(ip, len, protocols[draw(seed) % 4], draw(seed) % 2 ? A : C, to[draw(seed) % 6]);
    ip[6] = draw(seed) % 2 ? 0x40 : 0;
    if (draw(seed) % 8 == 0) { /* IPv6, extension headers and all */
        memset(ip, 0, 60);
        ip[0] = 0x60;
        wire_store_be16(ip + 4, (uint16_t)(len - 40));
        ip[6] = (uint8_t[]){0, 6, 43, 44, 58, 60}[draw(seed) % 6];
        ip[7] = 3;
        ip[8] = ip[24] = 0xfd;
        ip[40] = (uint8_t[]){0, 6, 43, 44, 58, 60}[draw(seed) % 6];
        ip[41] = (uint8_t)draw(seed);
    }
    for (uint32_t n = draw(seed) % 4; n > 0; n--)
        ip[draw(seed) % (draw(seed) % 2 ? 44 : len)] = (uint8_t)draw(seed);
    if (ip[0] >> 4 == 4 && draw(seed) % 4)
        esp_csum_ipv4_header(ip);
    return len;
}

static void drain(struct lab *l)
{
    unsigned tunnel;

    while (lab_got(l, 0, NULL) || lab_got(l, 1, NULL) || lab_peer_got(l, &tunnel))
        ;
}

/* Whatever comes, each packet is counted, and none is looked at beyond its end. */
static void test_anything_may_come(void **state)
{
    struct lab *l = *state;
    uint8_t *ip = malloc(2100), *packets[] = {ip};
    uint32_t seed = 1;

    l->port[1].config.mtu = 700;
    l->tunnel[1].tunnel.config.mtu = 1;
    l->tunnel[0].tunnel.config.mss_clamp = true;
    l->port[0].router = true;
    for (unsigned i = 0; i < 20000; i++) {
        size_t len = nearly(&seed, ip);
        struct virtio_net_hdr vnet = {
            .flags = (uint8_t)(draw(&seed) % 2),
            .gso_type = (uint8_t[]){0, 0, 1, 1, 4, 5, 0x81, 3}[draw(&seed) % 8],
            .hdr_len = (uint16_t)draw(&seed),
            .gso_size = (uint16_t)(draw(&seed) >> (draw(&seed) % 16)),
            .csum_start = (uint16_t)(draw(&seed) % 4 ? 34 : draw(&seed) % 100),
            .csum_offset = (uint16_t)(draw(&seed) % 4 ? 16 : 6)};

        l->w->now_us += 1000;
        if (i % 2)
            lab_send(l, 0, &vnet, ip, len);
        else
            lab_peer_sends(l, draw(&seed) % 2, packets, &len, 1);
        drain(l);
    }
    free(ip);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, lab_up, lab_down)
    const struct CMUnitTest tests[] = {
        T(test_a_packet_goes_each_way),
        T(test_ways_between_tables_are_counted),
        T(test_a_damaged_ip_header_goes_nowhere),
        T(test_nobody_is_no_destination),
        T(test_flows_go_where_the_sa_takes_them),
        T(test_connections_of_a_route_share_its_flows),
        T(test_a_tunnel_with_several_children),
        T(test_translated_packets_go_each_way),
        T(test_selectors_see_what_the_peer_sees),
        T(test_our_own_errors_say_addresses_that_their_reader_knows),
        T(test_super_segments_are_translated),
        T(test_super_segments_of_odd_sizes),
        T(test_super_segments_that_lie),
        T(test_merged_segments_for_a_smaller_interface),
        T(test_merged_segments_for_a_smaller_tunnel),
        T(test_ipv6_passes_through_small_paths),
        T(test_a_device_that_recovers_is_heard_again),
        T(test_looking_for_more_stops_when_it_does_not_pay),
        T(test_anything_may_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
