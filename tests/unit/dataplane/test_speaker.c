#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>

#define A    0x0a010004 /* the instance of port 0 */
#define C    0x0a020004 /* behind the tunnels */
#define US   0xa9fe0001 /* our end of tunnel 0 */
#define PEER 0xa9fe0002

/* Port 1 becomes the TUN of tunnel 0; the speaker is the other end of its socket pair. */
static struct lab *with_tun(void **state)
{
    struct lab *l = *state;

    l->port[1].config.kind = IPC_PORT_TUN;
    l->port[1].config.address = l->port[1].who.address = (struct addr){0};
    l->port[1].config.gateway = addr_v4(169, 254, 0, 2);
    l->port[1].config.subnet = (struct prefix){0};
    l->port[1].table = DP_NONE;
    l->port[1].tunnel = 0;
    l->tunnel[0].path.local = 2;
    return l;
}

static const uint64_t *counters(const struct lab *l)
{
    return dp_port_counters(l->port[1].stats, l->w->index);
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

static void peer_sends(struct lab *l, unsigned tunnel, uint8_t *ip, size_t len)
{
    lab_peer_sends(l, tunnel, &ip, &len, 1);
}

/* ---- from the speaker ---- */

/* BGP to a neighbour is sent with a TTL of 1, BFD with 255 (RFC 5881, 5). */
static void test_what_the_gateway_says_does_not_age(void **state)
{
    static const uint8_t ttls[] = {1, 2, 255};
    struct lab *l = with_tun(state);
    unsigned tunnel;
    uint8_t ip[100];

    for (size_t i = 0; i < ARRAY_SIZE(ttls); i++) {
        lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
        ip[8] = ttls[i];
        esp_csum_ipv4_header(ip);
        says(l, ip, sizeof(ip));
        assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
        assert_int_equal(tunnel, 0);
        assert_int_equal(l->got[8], ttls[i]);
        assert_int_equal(counters(l)[IPC_PORT_PACKETS_FROM], i + 1);
    }
    assert_int_equal(counters(l)[IPC_PORT_BYTES_FROM], 3 * sizeof(ip));
}

static void test_only_our_own_address_is_spoken_for(void **state)
{
    static const uint32_t others[] = {A, PEER, US + 0x100 /* of tunnel 1 */};
    struct lab *l = with_tun(state);
    uint8_t ip[100];
    unsigned tunnel;

    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        lab_packet(ip, sizeof(ip), DP_TCP, others[i], C);
        says(l, ip, sizeof(ip));
        assert_int_equal(lab_peer_got(l, &tunnel), 0);
        assert_int_equal(lab_drops(l, IPC_DROP_SOURCE), i + 1);
    }
    says(l, ip, 10);
    assert_int_equal(lab_drops(l, IPC_DROP_INNER_MALFORMED), 1);
    assert_int_equal(counters(l)[IPC_PORT_DROPS_FROM], 4);
    assert_int_equal(counters(l)[IPC_PORT_PACKETS_FROM], 0);
}

static void test_without_an_sa_nothing_leaves(void **state)
{
    struct lab *l = with_tun(state);
    uint8_t ip[100];
    unsigned tunnel;

    lab_packet(ip, sizeof(ip), DP_TCP, US, PEER);
    l->egress[0].out = NULL;
    says(l, ip, sizeof(ip));
    l->tunnels[0] = NULL;
    says(l, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_NO_TUNNEL), 2);
    assert_int_equal(counters(l)[IPC_PORT_DROPS_FROM], 2);
}

static void test_what_is_too_big_is_told_or_cut(void **state)
{
    struct lab *l = with_tun(state);
    uint8_t ip[1400];
    unsigned tunnel;

    l->tunnel[0].tunnel.config.mtu = 1000;
    lab_packet(ip, sizeof(ip), DP_UDP, US, PEER);
    ip[6] = 0x40;
    esp_csum_ipv4_header(ip);
    says(l, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_true(hears(l) > 28);
    assert_int_equal(wire_load_be32(l->got + 12), PEER);
    assert_int_equal(wire_load_be32(l->got + 16), US);
    assert_int_equal(l->got[20], 3);
    assert_int_equal(l->got[21], 4);
    assert_int_equal(wire_load_be16(l->got + 26), 1000);
    ip[6] = 0;
    esp_csum_ipv4_header(ip);
    says(l, ip, sizeof(ip));
    for (unsigned i = 0; i < 2; i++) {
        size_t len = lab_peer_got(l, &tunnel);

        assert_true(len > 20 && len <= 1000);
    }
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(hears(l), 0);
}

/* ---- to the speaker ---- */

static void test_what_comes_for_us_is_the_speakers(void **state)
{
    struct lab *l = with_tun(state);
    uint8_t ip[100];

    lab_packet(ip, sizeof(ip), DP_TCP, PEER, US);
    ip[8] = 1;
    esp_csum_ipv4_header(ip);
    peer_sends(l, 0, ip, sizeof(ip));
    assert_int_equal(hears(l), sizeof(ip));
    assert_memory_equal(l->got, ip, sizeof(ip));
    lab_packet(ip, sizeof(ip), DP_UDP, PEER, US); /* BFD */
    peer_sends(l, 0, ip, sizeof(ip));
    assert_int_equal(hears(l), sizeof(ip));
    assert_int_equal(counters(l)[IPC_PORT_PACKETS_TO], 2);
    assert_int_equal(counters(l)[IPC_PORT_BYTES_TO], 2 * sizeof(ip));
}

/* Neither what comes for our end of another tunnel, nor what comes for this one there. */
static void test_another_tunnels_packets_are_not(void **state)
{
    struct lab *l = with_tun(state);
    uint8_t ip[100];

    lab_packet(ip, sizeof(ip), DP_TCP, PEER + 0x100, US + 0x100);
    peer_sends(l, 1, ip, sizeof(ip));
    assert_int_equal(lab_drops(l, IPC_DROP_SELF), 1);
    lab_packet(ip, sizeof(ip), DP_TCP, PEER, US);
    peer_sends(l, 1, ip, sizeof(ip));
    assert_int_equal(hears(l), 0);
}

static void test_echo_requests_are_answered_without_it(void **state)
{
    struct lab *l = with_tun(state);
    uint8_t ip[100];
    unsigned tunnel;

    lab_packet(ip, sizeof(ip), DP_ICMP, PEER, US);
    memset(ip + 20, 0, sizeof(ip) - 20);
    ip[20] = 8;
    peer_sends(l, 0, ip, sizeof(ip));
    assert_int_equal(hears(l), 0);
    assert_int_equal(lab_peer_got(l, &tunnel), sizeof(ip));
    assert_int_equal(l->got[20], 0);
    ip[20] = 3; /* what somebody says of a packet of the speaker's */
    peer_sends(l, 0, ip, sizeof(ip));
    assert_int_equal(hears(l), sizeof(ip));
}

/* All of them, whatever is in the first: they are of no use apart. */
static void test_fragments_are_the_speakers(void **state)
{
    static const uint16_t offsets[] = {0x2000, 10};
    struct lab *l = with_tun(state);
    uint8_t ip[100];
    unsigned tunnel;

    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
        lab_packet(ip, sizeof(ip), DP_ICMP, PEER, US);
        ip[20] = 8;
        wire_store_be16(ip + 6, offsets[i]);
        esp_csum_ipv4_header(ip);
        peer_sends(l, 0, ip, sizeof(ip));
        assert_int_equal(hears(l), sizeof(ip));
    }
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
}

/* A TUN without virtio headers takes no super-segment. */
static void test_merged_segments_come_as_they_were_sent(void **state)
{
    struct lab *l = with_tun(state);
    uint8_t ip[3][1400], *packets[] = {ip[0], ip[1], ip[2]};
    size_t lens[] = {1400, 1400, 1400};

    for (unsigned i = 0; i < 3; i++) {
        lab_packet(ip[i], 1400, DP_TCP, PEER, US);
        wire_store_be16(ip[i] + 4, (uint16_t)i);
        esp_csum_ipv4_header(ip[i]);
        wire_store_be32(ip[i] + 24, i * 1360);
        lab_tcp_sum(ip[i], 1400);
    }
    lab_peer_sends(l, 0, packets, lens, 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(hears(l), 1400);
        assert_memory_equal(l->got, ip[i], 1400);
    }
    assert_int_equal(hears(l), 0);
    assert_int_equal(counters(l)[IPC_PORT_PACKETS_TO], 3);
}

/* A number that went to a TUN in a configuration this packet does not see yet. */
static void test_no_other_port_gets_it(void **state)
{
    struct lab *l = with_tun(state);
    uint8_t ip[100];

    lab_packet(ip, sizeof(ip), DP_TCP, PEER, US);
    l->tunnel[0].path.local = 1; /* an instance's */
    peer_sends(l, 0, ip, sizeof(ip));
    assert_int_equal(lab_got(l, 0, NULL), 0);
    l->tunnel[0].path.local = 2;
    l->port[1].tunnel = 1; /* another tunnel's */
    peer_sends(l, 0, ip, sizeof(ip));
    assert_int_equal(hears(l), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SELF), 2);
}

/* ---- a real device ---- */

static void set_up_down(int there, bool up)
{
    struct ifreq ifr = {.ifr_name = "lab0", .ifr_flags = up ? IFF_UP : 0};

    assert_int_equal(ioctl(there, SIOCSIFFLAGS, &ifr), 0);
}

/* A device in a network namespace of its own, and a socket there; the lab stays where it is. */
static int open_device(short flags, int *ret_there)
{
    struct ifreq ifr = {.ifr_name = "lab0", .ifr_flags = flags};
    int here = open("/proc/self/ns/net", O_RDONLY), fd = -1;

    if (here >= 0 && unshare(CLONE_NEWNET) == 0) {
        fd = open("/dev/net/tun", O_RDWR);
        *ret_there = socket(AF_INET, SOCK_DGRAM, 0);
        assert_int_equal(setns(here, CLONE_NEWNET) | (fd < 0 ? 0 : ioctl(fd, TUNSETIFF, &ifr)), 0);
    }
    close(here);
    if (fd < 0)
        skip();
    return fd;
}

static void test_a_tun_may_be_set_down_and_up(void **state)
{
    struct lab *l = with_tun(state);
    int before = l->port[1].fd, there, fd = open_device(IFF_TUN | IFF_NO_PI, &there);
    struct pollfd seen = {.events = POLLIN};
    uint8_t ip[100];

    assert_int_equal(dp_port_setup(fd, IPC_PORT_TUN), 0);
    assert_int_equal(dp_port_setup(fd, IPC_PORT_TAP) < 0, 1);
    assert_int_equal(dp_worker_watch(l->w, fd, true, 1), 0);
    l->port[1].fd = seen.fd = fd;
    lab_packet(ip, sizeof(ip), DP_TCP, PEER, US);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t full = lab_drops(l, IPC_DROP_PORT_FULL), to = counters(l)[IPC_PORT_PACKETS_TO];
        bool up = i % 2 == 0;

        set_up_down(there, up);
        while (poll(&seen, 1, 0) > 0 && seen.revents & POLLIN)
            dp_port_receive(l->w, &l->port[1]); /* what the kernel says of itself there */
        assert_int_equal(poll(&seen, 1, 0), 0); /* nobody is kept busy */
        dp_port_receive(l->w, &l->port[1]);
        assert_true(dp_port_lives(fd, IPC_PORT_TUN));
        peer_sends(l, 0, ip, sizeof(ip));
        assert_int_equal(counters(l)[IPC_PORT_PACKETS_TO], to + up);
        assert_int_equal(lab_drops(l, IPC_DROP_PORT_FULL), full + !up);
    }
    /* It is still watched. */
    assert_int_equal(dp_worker_watch(l->w, fd, true, 1), -EEXIST);
    l->port[1].fd = before;
    close(there);
    close(fd);
}

static void test_other_devices_are_no_tun(void **state)
{
    static const short flags[] = {IFF_TAP | IFF_NO_PI, IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        int there, fd = open_device(flags[i], &there);

        assert_int_equal(dp_port_setup(fd, IPC_PORT_TUN), -EINVAL);
        close(there);
        close(fd);
    }
    assert_true(dp_port_setup(STDIN_FILENO, IPC_PORT_TUN) < 0);
}

/* ---- routes to tunnels ---- */

#define FLOWS 60

static void route_to_tunnels(struct lab *l)
{
    struct fib_route routes[] = {
        {{addr_v4(10, 1, 0, 4), 32}, {1, {dp_hop(DP_HOP_PORT, 0)}}},
        {{addr_v4(10, 2, 0, 0), 16}, {2, {dp_hop(DP_HOP_TUNNEL, 0), dp_hop(DP_HOP_TUNNEL, 1)}}},
    };

    assert_int_equal(fib_table_set(l->table.fib, routes, ARRAY_SIZE(routes)), 0);
}

/* The tunnel of each flow, -1 for none; how many found one. */
static unsigned flows(struct lab *l, int8_t ret[FLOWS])
{
    unsigned tunnel, n = 0;
    uint8_t ip[60];

    for (uint16_t i = 0; i < FLOWS; i++) {
        lab_packet(ip, sizeof(ip), DP_UDP, A, C);
        wire_store_be16(ip + 20, i + 1);
        lab_send(l, 0, NULL, ip, sizeof(ip));
        ret[i] = -1;
        if (lab_peer_got(l, &tunnel) > 0) {
            assert_int_equal(l->got[8], 63);
            ret[i] = (int8_t)tunnel;
            n++;
        }
    }
    return n;
}

static unsigned through(const int8_t flows[FLOWS], int8_t tunnel)
{
    unsigned n = 0;

    for (unsigned i = 0; i < FLOWS; i++)
        n += flows[i] == tunnel;
    return n;
}

static void test_flows_share_the_tunnels_of_a_route(void **state)
{
    struct lab *l = *state;
    int8_t both[FLOWS], one[FLOWS], again[FLOWS];

    route_to_tunnels(l);
    assert_int_equal(flows(l, both), FLOWS);
    assert_true(through(both, 0) > 10 && through(both, 1) > 10);
    l->egress[0].out = NULL;
    assert_int_equal(flows(l, one), FLOWS);
    assert_int_equal(through(one, 1), FLOWS); /* those of tunnel 1 stayed, the others moved */
    l->egress[0].out = &l->tunnel[0].out;
    assert_int_equal(flows(l, again), FLOWS);
    assert_memory_equal(again, both, sizeof(both));
    l->tunnels[0] = NULL; /* not known yet */
    assert_int_equal(flows(l, one), FLOWS);
    assert_int_equal(through(one, 1), FLOWS);
}

static void test_a_tunnel_that_swallows_is_left(void **state)
{
    struct lab *l = *state;
    int8_t seen[FLOWS];

    route_to_tunnels(l);
    l->tunnel[1].path.probing.lost = true;
    l->w->prober.lost = 1;
    assert_int_equal(flows(l, seen), FLOWS);
    assert_int_equal(through(seen, 0), FLOWS);
    l->tunnel[0].path.probing.lost = true; /* no better one is there */
    l->w->prober.lost = 2;
    assert_int_equal(flows(l, seen), FLOWS);
    assert_true(through(seen, 0) > 10 && through(seen, 1) > 10);
    l->w->prober.lost = 0;
}

static void test_a_tunnel_that_is_held_back_waits_for_its_time(void **state)
{
    struct lab *l = *state;
    int8_t before[FLOWS], seen[FLOWS];

    route_to_tunnels(l);
    assert_int_equal(flows(l, before), FLOWS);
    l->tunnel[1].path.hold.until_us = l->config.held_until_us = l->w->now_us + 1000000;
    assert_int_equal(flows(l, seen), FLOWS);
    assert_int_equal(through(seen, 0), FLOWS);
    l->w->now_us += 1000000;
    assert_int_equal(flows(l, seen), FLOWS);
    assert_memory_equal(seen, before, sizeof(seen)); /* each flow is where it was */
}

static void test_a_tunnel_that_is_left_carries_what_no_other_can(void **state)
{
    struct lab *l = *state;
    int8_t before[FLOWS], seen[FLOWS];

    route_to_tunnels(l);
    assert_int_equal(flows(l, before), FLOWS);
    l->tunnel[1].tunnel.config.draining = true;
    l->config.n_draining = 1;
    assert_int_equal(flows(l, seen), FLOWS);
    assert_int_equal(through(seen, 0), FLOWS);
    l->egress[0].out = NULL;
    assert_int_equal(flows(l, seen), FLOWS);
    assert_int_equal(through(seen, 1), FLOWS);
}

/* The kernel refuses to send to tunnel 1's peer: its flows leave, and each time that it is tried
 * again they go on without it; no packet is lost (test_again.c). */
static void test_a_tunnel_without_a_way_is_left_at_once(void **state)
{
    static const unsigned seconds[] = {1, 2, 4, 8, 16, 16};
    struct lab *l = *state;
    const uint64_t *tried = dp_tunnel_counters(l->tunnel[1].path.stats, 0);
    struct dp_remote remote;
    int8_t before[FLOWS], seen[FLOWS];
    uint64_t then;

    route_to_tunnels(l);
    assert_int_equal(flows(l, before), FLOWS);
    then = tried[IPC_TUNNEL_PACKETS_OUT];
    remote = l->tunnel[1].remote;
    dp_sockaddr_from(&(struct endpoint){addr_v4(255, 255, 255, 255), 4500}, &l->tunnel[1].remote);
    for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
        for (unsigned n = 0; n < 2; n++) {
            assert_int_equal(flows(l, seen), FLOWS);
            assert_int_equal(through(seen, 0), FLOWS);
            assert_int_equal(tried[IPC_TUNNEL_PACKETS_OUT], then + i + 1);
        }
        l->w->now_us += seconds[i] * 1000000 - 1;
        assert_int_equal(flows(l, seen), FLOWS);
        assert_int_equal(through(seen, 0), FLOWS);
        l->w->now_us++;
    }
    l->tunnel[1].remote = remote;
    assert_int_equal(flows(l, seen), FLOWS);
    assert_memory_equal(seen, before, sizeof(seen));
}

static void test_selectors_choose_among_the_tunnels_of_a_route(void **state)
{
    struct lab *l = *state;
    struct dp_sa *out = &l->tunnel[0].out;
    int8_t seen[FLOWS];

    route_to_tunnels(l);
    out->any4 = out->any6 = false;
    out->n_remote_ts = 1;
    assert_int_equal(prefix_parse("10.9.0.0/16", &out->remote_ts[0]), 0);
    assert_int_equal(flows(l, seen), FLOWS);
    assert_int_equal(through(seen, 1), FLOWS);
}

static void test_without_a_usable_tunnel_it_is_refused(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;
    uint8_t ip[60];

    route_to_tunnels(l);
    lab_packet(ip, sizeof(ip), DP_UDP, A, C);
    ip[8] = 1;
    esp_csum_ipv4_header(ip);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_TTL), 1);
    assert_true(lab_got(l, 0, NULL) > 0);
    assert_int_equal(l->got[20], 11);
    l->egress[0].out = l->egress[1].out = NULL;
    ip[8] = 64;
    esp_csum_ipv4_header(ip);
    lab_send(l, 0, NULL, ip, sizeof(ip));
    assert_int_equal(lab_drops(l, IPC_DROP_NO_TUNNEL), 1);
    assert_true(lab_got(l, 0, NULL) > 0);
    assert_int_equal(l->got[20], 3);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, lab_up, lab_down)
    const struct CMUnitTest tests[] = {
        T(test_what_the_gateway_says_does_not_age),
        T(test_only_our_own_address_is_spoken_for),
        T(test_without_an_sa_nothing_leaves),
        T(test_what_is_too_big_is_told_or_cut),
        T(test_what_comes_for_us_is_the_speakers),
        T(test_another_tunnels_packets_are_not),
        T(test_echo_requests_are_answered_without_it),
        T(test_fragments_are_the_speakers),
        T(test_merged_segments_come_as_they_were_sent),
        T(test_no_other_port_gets_it),
        T(test_a_tun_may_be_set_down_and_up),
        T(test_other_devices_are_no_tun),
        T(test_flows_share_the_tunnels_of_a_route),
        T(test_a_tunnel_that_swallows_is_left),
        T(test_a_tunnel_without_a_way_is_left_at_once),
        T(test_a_tunnel_that_is_left_carries_what_no_other_can),
        T(test_a_tunnel_that_is_held_back_waits_for_its_time),
        T(test_selectors_choose_among_the_tunnels_of_a_route),
        T(test_without_a_usable_tunnel_it_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
