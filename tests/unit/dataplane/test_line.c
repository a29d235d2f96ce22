#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

/* A private interface: port 0 is the line, at whose other end a router is, port 1 the TUN of the
 * gateway's speaker on it. */

#define US    0x0aff0001 /* our address on the line */
#define PEER  0x0aff0002
#define THERE 0x0a090004 /* behind the peer */
#define FAR   0x0a020004 /* behind the tunnels */

static const uint8_t peer_mac[6] = {2, 7, 7, 7, 7, 7};

/* As an answer to a question of ours. */
static void peer_is_there(struct lab *l)
{
    uint8_t frame[LAB_VNET_LEN + 42] = {0}, *arp = frame + LAB_VNET_LEN + DP_ETH_LEN;

    memcpy(arp - DP_ETH_LEN + 6, peer_mac, 6);
    wire_store_be16(arp - 2, 0x0806);
    memcpy(arp, ((uint8_t[]){0, 1, 8, 0, 6, 4, 0, 2}), 8);
    memcpy(arp + 8, peer_mac, 6);
    wire_store_be32(arp + 14, PEER);
    wire_store_be32(arp + 24, US);
    assert_true(write(l->instance[0], frame, sizeof(frame)) > 0);
    dp_port_receive(l->w, &l->port[0]);
}

static struct lab *with_line(void **state)
{
    struct lab *l = *state;
    struct dp_port *line = &l->port[0], *tun = &l->port[1];

    line->config.kind = IPC_PORT_LINE;
    line->config.gateway = addr_v4(10, 255, 0, 1);
    line->config.address = line->who.address = addr_v4(10, 255, 0, 2);
    line->config.subnet = prefix_make(&line->config.address, 30);
    line->who.subnet = prefix_make(&line->config.gateway, 32);
    line->who.learned = line->who.line = true;
    assert_int_equal(dp_lan_new(false, &line->lan), 0);
    line->tunnel = tun->tunnel = DP_NONE;
    tun->config = (struct ipc_port){.kind = IPC_PORT_TUN, .mtu = 1500};
    tun->who.address = (struct addr){0};
    tun->table = DP_NONE;
    line->partner = 2;
    tun->partner = 1;
    peer_is_there(l);
    return l;
}

static void says(struct lab *l, const void *ip, size_t len)
{
    assert_int_equal(write(l->instance[1], ip, len), len);
    dp_port_receive(l->w, &l->port[1]);
}

static size_t hears(struct lab *l)
{
    ssize_t n = read(l->instance[1], l->got, sizeof(l->got));

    return n > 0 ? (size_t)n : 0;
}

static void line_sends(struct lab *l, const struct virtio_net_hdr *vnet, const void *ip, size_t len)
{
    uint8_t frame[LAB_VNET_LEN + DP_ETH_LEN + 256] = {0}, *ethernet = frame + LAB_VNET_LEN;

    if (vnet)
        memcpy(frame, vnet, LAB_VNET_LEN);
    memcpy(ethernet, l->port[0].who.gateway_mac, 6);
    memcpy(ethernet + 6, peer_mac, 6);
    wire_store_be16(ethernet + 12, 0x0800);
    memcpy(ethernet + DP_ETH_LEN, ip, len);
    assert_true(write(l->instance[0], frame, LAB_VNET_LEN + DP_ETH_LEN + len) > 0);
    dp_port_receive(l->w, &l->port[0]);
}

static void set_ttl(uint8_t *ip, uint8_t ttl)
{
    ip[8] = ttl;
    ip[10] = ip[11] = 0;
    esp_csum_ipv4_header(ip);
}

/* BGP to a neighbour is sent with a TTL of 1, BFD with 255 (RFC 5881, 5). */
static void test_the_speaker_talks_over_the_line(void **state)
{
    static const uint8_t ttls[] = {1, 255};
    struct lab *l = with_line(state);
    uint8_t ip[100];

    for (size_t i = 0; i < ARRAY_SIZE(ttls); i++) {
        lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
        set_ttl(ip, ttls[i]);
        says(l, ip, sizeof(ip));
        assert_int_equal(lab_got(l, 0, NULL), sizeof(ip));
        assert_memory_equal(l->got, ip, sizeof(ip));
        lab_packet(ip, sizeof(ip), DP_UDP, PEER, US);
        set_ttl(ip, ttls[i]);
        line_sends(l, NULL, ip, sizeof(ip));
        assert_int_equal(hears(l), sizeof(ip));
        assert_memory_equal(l->got, ip, sizeof(ip));
    }
}

static void test_it_speaks_for_our_address_alone(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100];

    lab_packet(ip, sizeof(ip), DP_TCP, PEER, THERE);
    says(l, ip, sizeof(ip));
    assert_int_equal(lab_got(l, 0, NULL), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SOURCE), 1);
    l->port[0].partner = 0; /* the line has gone */
    lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
    says(l, ip, sizeof(ip));
    assert_int_equal(lab_drops(l, IPC_DROP_NO_TUNNEL), 1);
}

/* A router forwards for whom it likes, but not in our name. */
static void test_packets_from_the_line_are_forwarded(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100];
    unsigned tunnel;

    lab_packet(ip, sizeof(ip), DP_UDP, THERE, FAR);
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    assert_int_equal(l->got[8], 63);
    lab_packet(ip, sizeof(ip), DP_UDP, US, FAR);
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SOURCE), 1);
}

/* Two routers that take each other for the way must not play ball for ever. */
static void test_what_goes_back_grows_old(void **state)
{
    struct fib_route back = {{addr_v4(10, 9, 0, 0), 16}, {1, {dp_hop(DP_HOP_PORT, 0)}}};
    struct lab *l = with_line(state);
    uint8_t ip[100];

    assert_int_equal(fib_table_set(l->table.fib, &back, 1), 0);
    lab_packet(ip, sizeof(ip), DP_UDP, PEER, THERE);
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(lab_got(l, 0, NULL), sizeof(ip));
    assert_int_equal(l->got[8], 63);
    set_ttl(ip, 1);
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(lab_drops(l, IPC_DROP_TTL), 1);
}

static void test_echo_requests_are_answered_without_the_speaker(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100];

    lab_packet(ip, sizeof(ip), DP_ICMP, PEER, US);
    memset(ip + 20, 0, sizeof(ip) - 20);
    ip[20] = 8;
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(hears(l), 0);
    assert_int_equal(lab_got(l, 0, NULL), sizeof(ip));
    assert_int_equal(l->got[20], 0);
    assert_int_equal(wire_load_be32(l->got + 12), US);
}

/* What comes from an interface of the same machine has a checksum to be finished. */
static void test_the_speaker_gets_whole_checksums(void **state)
{
    const struct virtio_net_hdr vnet = {
        .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = DP_ETH_LEN + 20, .csum_offset = 16};
    struct lab *l = with_line(state);
    uint8_t ip[100], whole[100];
    uint16_t partial;

    lab_packet(ip, sizeof(ip), DP_TCP, PEER, US);
    memcpy(whole, ip, sizeof(ip));
    lab_tcp_sum(whole, sizeof(whole));
    partial = (uint16_t)~esp_csum_fold(esp_csum_pseudo(ip, DP_TCP, sizeof(ip) - 20));
    memcpy(ip + 36, &partial, 2);
    line_sends(l, &vnet, ip, sizeof(ip));
    assert_int_equal(hears(l), sizeof(ip));
    assert_memory_equal(l->got, whole, sizeof(whole));
}

static void test_frames_have_the_tag_of_the_vlan(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100], frame[256];
    const uint8_t *ethernet = frame + LAB_VNET_LEN;

    l->port[0].who.vlan = 20;
    lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
    says(l, ip, sizeof(ip));
    assert_int_equal(read(l->instance[0], frame, sizeof(frame)),
                     LAB_VNET_LEN + DP_ETH_MAX + sizeof(ip));
    assert_memory_equal(ethernet, peer_mac, 6);
    assert_int_equal(wire_load_be16(ethernet + 12), 0x8100);
    assert_int_equal(wire_load_be16(ethernet + 14), 20);
    assert_int_equal(wire_load_be16(ethernet + 16), 0x0800);
    assert_memory_equal(ethernet + DP_ETH_MAX, ip, sizeof(ip));
}

/* Who asks for our MAC address may be another than the peer; all else is for others to answer. */
static void test_arp_is_answered_for_our_address_alone(void **state)
{
    static const uint8_t start[] = {0, 1, 8, 0, 6, 4, 0, 1, 2, 9, 9, 9, 9, 9, 10, 255, 0};
    struct lab *l = with_line(state);
    uint8_t frame[64] = {0}, answer[DP_ANSWER_MAX];
    size_t len;

    wire_store_be16(frame + 12, 0x0806);
    memcpy(frame + DP_ETH_LEN, start, sizeof(start));
    frame[31] = 3;
    for (uint8_t target = 0; target < 4; target++) {
        memcpy(frame + 38, ((uint8_t[]){10, 255, 0, target}), 4);
        assert_int_equal(dp_frame_classify(&l->port[0].who, frame, DP_ETH_LEN + 28, answer, &len),
                         target == 1 ? DP_FRAME_ANSWER : DP_FRAME_IGNORED);
    }
}

static void test_a_packet_waits_for_the_peer(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100], frame[256];

    dp_lan_free(l->port[0].lan);
    assert_int_equal(dp_lan_new(false, &l->port[0].lan), 0); /* as at the start */
    lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
    says(l, ip, sizeof(ip));
    assert_int_equal(read(l->instance[0], frame, sizeof(frame)), LAB_VNET_LEN + 42);
    assert_int_equal(lab_got(l, 0, NULL), 0);
    peer_is_there(l);
    assert_int_equal(lab_got(l, 0, NULL), sizeof(ip));
    assert_memory_equal(l->got, ip, sizeof(ip));
}

/* Who is at the other end may change. */
static void test_a_peer_that_was_silent_is_asked(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100], frame[256];

    l->w->now_us += DP_HOST_FRESH_US + 1;
    lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
    says(l, ip, sizeof(ip));
    assert_int_equal(read(l->instance[0], frame, sizeof(frame)), LAB_VNET_LEN + 42);
    assert_int_equal(lab_got(l, 0, NULL), sizeof(ip)); /* and has it meanwhile */
}

/* What comes from its address refreshes what is known, and with another MAC address is a reason to
 * ask; packets of others it may send. */
static void test_packets_do_not_move_the_peer(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100], frame[LAB_VNET_LEN + DP_ETH_LEN + 100] = {0};
    unsigned tunnel;

    lab_packet(ip, sizeof(ip), DP_UDP, PEER, FAR);
    memcpy(frame + LAB_VNET_LEN, l->port[0].who.gateway_mac, 6);
    memset(frame + LAB_VNET_LEN + 6, 4, 6);
    wire_store_be16(frame + LAB_VNET_LEN + 12, 0x0800);
    memcpy(frame + LAB_VNET_LEN + DP_ETH_LEN, ip, sizeof(ip));
    assert_true(write(l->instance[0], frame, sizeof(frame)) > 0);
    dp_port_receive(l->w, &l->port[0]);
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    assert_int_equal(read(l->instance[0], frame, sizeof(frame)), LAB_VNET_LEN + 42);
    lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
    says(l, ip, sizeof(ip));
    assert_true(read(l->instance[0], frame, sizeof(frame)) > 0);
    assert_memory_equal(frame + LAB_VNET_LEN, peer_mac, 6);
}

static int down(void **state)
{
    struct lab *l = *state;

    dp_lan_free(l->port[0].lan);
    return lab_down(state);
}

/* ---- probes ---- */

static uint32_t probed[] = {0 | DP_PROBED_LINE};
static struct dp_probing probing;

static struct lab *with_probes(void **state)
{
    struct lab *l = with_line(state);

    probing = (struct dp_probing){.probe.secret = 77};
    l->port[0].probing = &probing;
    l->port[0].serial = 5;
    l->port[0].config.probe_ms = 300;
    l->port[0].config.probe_count = 3;
    l->config.probed = probed;
    l->config.n_probed = 1;
    l->config.number++;
    return l;
}

/* So many milliseconds; the router answers or not. How many requests came. */
static unsigned pass(struct lab *l, unsigned ms, bool answers)
{
    unsigned requests = 0;

    for (uint64_t end = l->w->now_us + ms * 1000; l->w->now_us < end; l->w->now_us += 5000) {
        size_t len;

        dp_prober_run(l->w);
        while ((len = lab_got(l, 0, NULL)) > 0) {
            struct dp_inner inner;
            uint8_t ip[256];

            assert_true(len <= sizeof(ip));
            memcpy(ip, l->got, len);
            assert_int_equal(dp_inner_parse(ip, len, &inner), 0);
            assert_true(dp_icmp_echo_reply(ip, &inner));
            requests++;
            if (answers)
                line_sends(l, NULL, ip, len);
        }
    }
    return requests;
}

static uint64_t counted(const struct lab *l, enum ipc_stats_port_value value)
{
    return dp_port_counters(l->port[0].stats, 0)[value];
}

static void test_the_router_is_probed(void **state)
{
    struct lab *l = with_probes(state);

    assert_in_range(pass(l, 3000, true), 9, 11);
    assert_int_equal(probing.state, IPC_PROBE_ANSWERED);
    assert_int_equal(hears(l), 0); /* the speaker hears nothing of it */
    assert_true(counted(l, IPC_PORT_PROBES_ANSWERED) >= 9);
    assert_int_equal(counted(l, IPC_PORT_PROBES_LOST), 0);
    pass(l, 700, false);
    assert_int_equal(probing.state, IPC_PROBE_LOST);
    pass(l, 800, false);
    assert_int_equal(probing.state, IPC_PROBE_BLACKHOLING);
    assert_true(counted(l, IPC_PORT_PROBES_LOST) >= 3);
    assert_int_equal(l->w->prober.lost, 1);
    pass(l, 1500, true);
    assert_int_equal(probing.state, IPC_PROBE_ANSWERED);
    assert_int_equal(l->w->prober.lost, 0);
}

static void test_a_router_that_never_answered_is_not_lost(void **state)
{
    struct lab *l = with_probes(state);

    pass(l, 5000, false);
    assert_int_equal(probing.state, IPC_PROBE_UNANSWERED);
    assert_int_equal(counted(l, IPC_PORT_PROBES_LOST), 0);
}

/* Requests that nobody could take are lost, but no packets that were dropped. */
static void test_a_router_whose_mac_address_nobody_knows_is_silent(void **state)
{
    struct lab *l = with_probes(state);

    dp_lan_free(l->port[0].lan);
    assert_int_equal(dp_lan_new(false, &l->port[0].lan), 0); /* as at the start */
    for (unsigned i = 0; i < 1000; i++, l->w->now_us += 5000) {
        dp_prober_run(l->w);
        (void)!read(l->instance[0], l->got, sizeof(l->got)); /* it is asked for */
    }
    assert_int_equal(probing.state, IPC_PROBE_UNANSWERED);
    assert_int_equal(counted(l, IPC_PORT_DROPS_TO), 0);
}

static void test_it_is_asked_no_more(void **state)
{
    struct lab *l = with_probes(state);

    pass(l, 1500, true);
    l->port[0].config.probe_ms = 0;
    l->config.n_probed = 0;
    l->config.number++;
    assert_in_range(pass(l, 1500, true), 0, 1);
    assert_int_equal(probing.state, IPC_PROBE_OFF);
    assert_int_equal(dp_prober_wait_ms(l->w), -1);
}

/* ---- a line out of use ---- */

static void test_nothing_passes_a_line_that_is_shut(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100];
    unsigned tunnel;

    l->port[0].config.traffic = IPC_LINE_SHUT;
    lab_packet(ip, sizeof(ip), DP_UDP, THERE, FAR);
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_LINE_OFF), 1);
    assert_int_equal(counted(l, IPC_PORT_DROPS_FROM), 1);
    lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
    says(l, ip, sizeof(ip));
    assert_int_equal(lab_got(l, 0, NULL), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_LINE_OFF), 2);
    assert_int_equal(counted(l, IPC_PORT_DROPS_TO), 1);
}

/* What is under way comes through, and the peer may notice that it is being left. */
static void test_a_line_that_is_left_answers_no_echo(void **state)
{
    struct lab *l = with_line(state);
    uint8_t ip[100];
    unsigned tunnel;

    l->port[0].config.traffic = IPC_LINE_LEFT;
    lab_packet(ip, sizeof(ip), DP_UDP, THERE, FAR);
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    lab_packet(ip, sizeof(ip), DP_TCP, PEER, US);
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(hears(l), sizeof(ip));
    lab_packet(ip, sizeof(ip), DP_ICMP, PEER, US);
    memset(ip + 20, 0, sizeof(ip) - 20);
    ip[20] = 8;
    line_sends(l, NULL, ip, sizeof(ip));
    assert_int_equal(lab_got(l, 0, NULL), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_LINE_OFF), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_up, down)
        TEST(test_the_speaker_talks_over_the_line),
        TEST(test_it_speaks_for_our_address_alone),
        TEST(test_packets_from_the_line_are_forwarded),
        TEST(test_what_goes_back_grows_old),
        TEST(test_echo_requests_are_answered_without_the_speaker),
        TEST(test_the_speaker_gets_whole_checksums),
        TEST(test_frames_have_the_tag_of_the_vlan),
        TEST(test_arp_is_answered_for_our_address_alone),
        TEST(test_a_packet_waits_for_the_peer),
        TEST(test_a_peer_that_was_silent_is_asked),
        TEST(test_packets_do_not_move_the_peer),
        TEST(test_the_router_is_probed),
        TEST(test_a_router_that_never_answered_is_not_lost),
        TEST(test_a_router_whose_mac_address_nobody_knows_is_silent),
        TEST(test_it_is_asked_no_more),
        TEST(test_nothing_passes_a_line_that_is_shut),
        TEST(test_a_line_that_is_left_answers_no_echo),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
