#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

/* What the machine has no way for through one tunnel goes through the other one. */

/* The kernel refuses to send there, as it does without a route: nobody asked it for broadcasts. */
static void cut(struct lab *l, unsigned tunnel)
{
    const struct endpoint nowhere = {addr_v4(255, 255, 255, 255), 4500};

    dp_sockaddr_from(&nowhere, &l->tunnel[tunnel].remote);
}

static uint64_t packets_of(const struct lab *l, unsigned tunnel, enum ipc_stats_tunnel_value value)
{
    return dp_tunnel_counters(l->tunnel[tunnel].path.stats, 0)[value];
}

/* The first of 40 flows that takes the tunnel, by its port. */
static uint16_t port_through(struct lab *l, unsigned want)
{
    unsigned tunnel;
    uint8_t ip[60];

    for (uint16_t port = 1; port <= 40; port++) {
        lab_packet(ip, sizeof(ip), DP_UDP, 0x0a010004, 0x0a020004);
        wire_store_be16(ip + 20, port);
        lab_send(l, 0, NULL, ip, sizeof(ip));
        assert_true(lab_peer_got(l, &tunnel));
        if (tunnel == want)
            return port;
    }
    fail();
    return 0;
}

static void test_no_packet_is_lost(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;
    uint8_t ip[60];

    cut(l, 0);
    for (uint16_t port = 1; port <= 40; port++) {
        lab_packet(ip, sizeof(ip), DP_UDP, 0x0a010004, 0x0a020004);
        wire_store_be16(ip + 20, port);
        memset(ip + 28, port, sizeof(ip) - 28);
        lab_send(l, 0, NULL, ip, sizeof(ip));
        assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
        assert_int_equal(tunnel, 1);
        assert_int_equal(l->got[8], 63); /* it has aged once */
        assert_memory_equal(l->got + 20, ip + 20, sizeof(ip) - 20);
    }
    assert_int_equal(lab_drops(l, IPC_DROP_SEND_FAILED), 0);
    assert_int_equal(packets_of(l, 0, IPC_TUNNEL_DROPS_OUT), 0);
    assert_in_range(l->tunnel[0].path.unsent_until_us, l->w->now_us + 1, UINT64_MAX);
}

/* The segments of one, each a packet with its own checksum, in order. */
static void test_a_super_segment_goes_on_whole(void **state)
{
    struct virtio_net_hdr vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                  .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                                  .gso_size = 1000,
                                  .hdr_len = 40,
                                  .csum_start = 20,
                                  .csum_offset = 16};
    struct lab *l = *state;
    static uint8_t ip[40 + 5500];
    unsigned tunnel, n = 0, bytes = 0;
    uint16_t pseudo;
    size_t len;

    cut(l, 0);
    for (uint16_t port = 1; port <= 20; port++) {
        lab_packet(ip, sizeof(ip), DP_TCP, 0x0a010004, 0x0a020004);
        wire_store_be16(ip + 20, port);
        for (size_t i = 40; i < sizeof(ip); i++)
            ip[i] = (uint8_t)(i / 1000 + port);
        pseudo = (uint16_t)~esp_csum_fold(esp_csum_pseudo(ip, DP_TCP, sizeof(ip) - 20));
        memcpy(ip + 36, &pseudo, 2);
        l->w->now_us += 40000000; /* each meets the tunnel when it is tried again */
        vnet.csum_start = 20 + DP_ETH_LEN;
        lab_send(l, 0, &vnet, ip, sizeof(ip));
        for (n = bytes = 0; (len = lab_peer_got(l, &tunnel)) > 0; n++) {
            uint64_t sum = esp_csum_pseudo(l->got, DP_TCP, (uint32_t)len - 20);

            assert_int_equal(tunnel, 1);
            assert_int_equal(wire_load_be32(l->got + 24), bytes); /* the sequence number */
            assert_int_equal(esp_csum_fold(esp_csum_add(sum, l->got + 20, len - 20)), 0);
            assert_memory_equal(l->got + 40, ip + 40 + bytes, len - 40);
            bytes += (unsigned)len - 40;
        }
        assert_int_equal(n, 6);
        assert_int_equal(bytes, 5500);
    }
    assert_int_equal(lab_drops(l, IPC_DROP_SEND_FAILED), 0);
    assert_in_range(packets_of(l, 0, IPC_TUNNEL_PACKETS_OUT), 6, 114); /* it was tried */
}

/* Each is lost once, and counted once. */
static void test_without_another_way_they_are_lost(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;
    uint8_t ip[60];

    cut(l, 0);
    cut(l, 1);
    for (uint16_t port = 1; port <= 40; port++) {
        lab_packet(ip, sizeof(ip), DP_UDP, 0x0a010004, 0x0a020004);
        wire_store_be16(ip + 20, port);
        lab_send(l, 0, NULL, ip, sizeof(ip));
    }
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SEND_FAILED), 40);
    assert_int_equal(
        packets_of(l, 0, IPC_TUNNEL_DROPS_OUT) + packets_of(l, 1, IPC_TUNNEL_DROPS_OUT), 40);
}

/* It has the addresses of that tunnel's peer. */
static void test_what_was_translated_is_not_sent_again(void **state)
{
    struct lab *l = *state;
    struct ipc_tunnel *config = &l->tunnel[0].tunnel.config;
    uint16_t port = port_through(l, 0);
    unsigned tunnel;
    uint8_t ip[60];

    config->n_translations = 1;
    assert_int_equal(prefix_parse("10.1.0.0/24", &config->translations[0].prefix), 0);
    assert_int_equal(prefix_parse("10.7.0.0/24", &config->translations[0].seen_as), 0);
    cut(l, 0);
    lab_packet(ip, sizeof(ip), DP_UDP, 0x0a010004, 0x0a020004);
    wire_store_be16(ip + 20, port);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SEND_FAILED), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, lab_up, lab_down)
    const struct CMUnitTest tests[] = {
        T(test_no_packet_is_lost),
        T(test_a_super_segment_goes_on_whole),
        T(test_without_another_way_they_are_lost),
        T(test_what_was_translated_is_not_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
