#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline_lab.h"

/* A real network, 10.1.0.0/24, on port 0; port 1 is an instance of another subnet. Networks behind
 * the router 10.1.0.254: 10.9.0.0/16; everything else is behind the tunnels. */

#define GATEWAY 0x0a010001
#define HOST    0x0a010005 /* its MAC address ends with 5, and so on */
#define OTHER   0x0a010006
#define ROUTER  0x0a0100fe
#define BEHIND  0x0a090004
#define FAR     0x0a020004
#define SECOND  1000000

struct network {
    struct dp_via via[2];
    const struct dp_via *vias[2];
    uint32_t lans[1];
    int notes; /* where the control thread reads them */
};

static struct network net;

static void set_routes(struct lab *l)
{
    struct fib_route routes[] = {
        {{addr_v4(10, 1, 0, 0), 24}, {1, {dp_hop(DP_HOP_PORT, 0)}}},
        {{addr_v4(10, 1, 1, 4), 32}, {1, {dp_hop(DP_HOP_PORT, 1)}}},
        {{addr_v4(10, 9, 0, 0), 16}, {1, {dp_hop(DP_HOP_HOST, 0)}}},
        {{{.family = ADDR_IPV4}, 0}, {1, {dp_hop(DP_HOP_CONNECTION, 0)}}},
        {{{.family = ADDR_IPV6}, 0}, {1, {dp_hop(DP_HOP_CONNECTION, 0)}}},
        {{{.family = ADDR_IPV6, .bytes = {0xfd}}, 64}, {1, {dp_hop(DP_HOP_PORT, 0)}}},
    };

    assert_int_equal(fib_table_set(l->table.fib, routes, ARRAY_SIZE(routes)), 0);
}

static void set_subnet(struct lab *l, const char *subnet, const char *gateway)
{
    struct dp_port *port = &l->port[0];

    port->who.address = port->config.address = (struct addr){0};
    assert_int_equal(prefix_parse(subnet, &port->config.subnet), 0);
    assert_int_equal(addr_parse(gateway, &port->config.gateway), 0);
    port->who.lan = port->config.subnet;
    port->who.subnet =
        prefix_make(&port->config.gateway, (uint8_t)addr_bits(&port->config.gateway));
}

static int up(void **state)
{
    struct lab *l;
    int notes[2];

    assert_int_equal(lab_up(state), 0);
    l = *state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, notes), 0);
    close(l->w->notes[0]);
    l->w->notes[0] = l->w->notes[1] = notes[1];
    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        l->tunnel[i].in.told = l->tunnel[i].out.told = DP_SA_USED;
    net = (struct network){.notes = notes[0]};
    l->port[0].config.kind = IPC_PORT_SUBNET;
    l->port[0].config.hosts_max = 10;
    strcpy(l->port[0].config.id, "net");
    l->port[0].who.line = true;
    assert_int_equal(dp_lan_new(true, &l->port[0].lan), 0);
    set_subnet(l, "10.1.0.0/24", "10.1.0.1");
    net.via[0] = (struct dp_via){.address = addr_v4(10, 1, 0, 254), .key = flow_key("net/1")};
    net.via[1] = (struct dp_via){.address = addr_v4(10, 1, 0, 253), .key = flow_key("net/2")};
    net.vias[0] = &net.via[0];
    net.vias[1] = &net.via[1];
    l->config.vias = net.vias;
    l->config.lans = net.lans;
    l->config.n_lans = 1;
    l->config.number = 1;
    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        l->tunnel[i].path.serial = i + 1;
    set_routes(l);
    return 0;
}

static int down(void **state)
{
    struct lab *l = *state;

    close(net.notes);
    dp_lan_free(l->port[0].lan);
    return lab_down(state);
}

/* ---- the line ---- */

static void set_mac(uint8_t *out, uint8_t last)
{
    memcpy(out, ((uint8_t[]){2, 0, 0, 0, 0, last}), 6);
}

static void frame_comes(struct lab *l, const uint8_t *frame, size_t len)
{
    uint8_t bytes[2048] = {0};

    memcpy(bytes + LAB_VNET_LEN, frame, len);
    assert_true(write(l->instance[0], bytes, LAB_VNET_LEN + len) > 0);
    dp_port_receive(l->w, &l->port[0]);
}

static void arp_comes(struct lab *l, uint8_t op, uint32_t sender, uint8_t mac, uint32_t target)
{
    uint8_t frame[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    set_mac(frame + 6, mac);
    wire_store_be16(frame + 12, 0x0806);
    memcpy(frame + 14, ((uint8_t[]){0, 1, 8, 0, 6, 4, 0, op}), 8);
    set_mac(frame + 22, mac);
    wire_store_be32(frame + 28, sender);
    wire_store_be32(frame + 38, target);
    frame_comes(l, frame, sizeof(frame));
}

static void is_there(struct lab *l, uint32_t address)
{
    arp_comes(l, 2, address, (uint8_t)address, GATEWAY);
}

static void ip_comes(struct lab *l, uint8_t mac, const uint8_t *ip, size_t len)
{
    uint8_t frame[2048];

    memcpy(frame, l->port[0].who.gateway_mac, 6);
    set_mac(frame + 6, mac);
    wire_store_be16(frame + 12, ip[0] >> 4 == 4 ? 0x0800 : 0x86dd);
    memcpy(frame + DP_ETH_LEN, ip, len);
    frame_comes(l, frame, DP_ETH_LEN + len);
}

static void udp_comes(struct lab *l, uint8_t mac, uint32_t src, uint32_t dst)
{
    uint8_t ip[100];

    lab_packet(ip, sizeof(ip), DP_UDP, src, dst);
    ip_comes(l, mac, ip, sizeof(ip));
}

/* Bytes of the next frame on the line, in l->got; 0: none. */
static size_t frame_goes(struct lab *l)
{
    ssize_t n = read(l->instance[0], l->got, sizeof(l->got));

    if (n <= 0)
        return 0;
    memmove(l->got, l->got + LAB_VNET_LEN, (size_t)n - LAB_VNET_LEN);
    return (size_t)n - LAB_VNET_LEN;
}

static void nothing_goes(struct lab *l)
{
    assert_int_equal(frame_goes(l), 0);
}

static void request_goes(struct lab *l, uint32_t target)
{
    assert_int_equal(frame_goes(l), 42);
    assert_int_equal(wire_load_be16(l->got + 12), 0x0806);
    assert_int_equal(wire_load_be16(l->got + 20), 1);
    assert_int_equal(wire_load_be32(l->got + 28), GATEWAY);
    assert_int_equal(wire_load_be32(l->got + 38), target);
}

static void packet_goes(struct lab *l, uint8_t mac, uint32_t dst)
{
    uint8_t expected[6];

    set_mac(expected, mac);
    assert_true(frame_goes(l) > DP_ETH_LEN + 20);
    assert_memory_equal(l->got, expected, 6);
    assert_memory_equal(l->got + 6, l->port[0].who.gateway_mac, 6);
    assert_int_equal(wire_load_be32(l->got + DP_ETH_LEN + 16), dst);
}

static void tunnel_sends(struct lab *l, uint32_t dst, uint8_t mark)
{
    uint8_t ip[100], *packets[] = {ip};
    size_t len = sizeof(ip);

    lab_packet(ip, len, DP_UDP, FAR, dst);
    ip[99] = mark;
    lab_peer_sends(l, 0, packets, &len, 1);
}

static void time_passes(struct lab *l, uint64_t us)
{
    l->w->now_us += us;
    dp_ports_run(l->w);
}

/* ---- the gateway ---- */

static void test_for_the_gateway_alone_there_is_an_answer(void **state)
{
    static const struct {
        uint32_t sender, target;
        bool answered;
    } cases[] = {
        {HOST, GATEWAY, true},         {HOST, OTHER, false},      {HOST, GATEWAY + 1, false},
        {BEHIND, GATEWAY, false},      {0, GATEWAY, true}, /* is the address free? */
        {GATEWAY + 1, GATEWAY, false}, {GATEWAY, GATEWAY, false},
    };
    struct lab *l = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        arp_comes(l, 1, cases[i].sender, 5, cases[i].target);
        assert_int_equal(frame_goes(l), cases[i].answered ? 42 : 0);
        if (!cases[i].answered)
            continue;
        assert_memory_equal(l->got + 22, l->port[0].who.gateway_mac, 6);
        assert_int_equal(wire_load_be32(l->got + 28), GATEWAY);
    }
    assert_int_equal(lab_drops(l, IPC_DROP_ADDRESS_TAKEN), 1); /* by the last */
}

static void test_the_gateway_answers_echo_requests(void **state)
{
    struct lab *l = *state;
    uint8_t ip[100];

    is_there(l, HOST);
    lab_packet(ip, sizeof(ip), DP_ICMP, HOST, GATEWAY);
    memset(ip + 20, 0, sizeof(ip) - 20);
    ip[20] = 8;
    ip_comes(l, 5, ip, sizeof(ip));
    packet_goes(l, 5, HOST);
    assert_int_equal(l->got[DP_ETH_LEN + 20], 0);
}

/* ---- hosts ---- */

static void test_the_first_packet_waits_for_its_host(void **state)
{
    struct lab *l = *state;

    tunnel_sends(l, HOST, 7);
    request_goes(l, HOST);
    nothing_goes(l);
    is_there(l, HOST);
    packet_goes(l, 5, HOST);
    assert_int_equal(l->got[DP_ETH_LEN + 8], 63);
    assert_int_equal(l->got[DP_ETH_LEN + 99], 7);
    nothing_goes(l);
    tunnel_sends(l, HOST, 8);
    packet_goes(l, 5, HOST);
    assert_int_equal(lab_drops(l, IPC_DROP_NO_NEIGHBOUR), 0);
}

static void test_of_many_packets_the_newest_wait(void **state)
{
    struct lab *l = *state;

    for (uint8_t i = 0; i < 6; i++)
        tunnel_sends(l, HOST, i);
    request_goes(l, HOST);
    nothing_goes(l);
    assert_int_equal(lab_drops(l, IPC_DROP_NO_NEIGHBOUR), 2);
    is_there(l, HOST);
    for (uint8_t i = 2; i < 6; i++) {
        packet_goes(l, 5, HOST);
        assert_int_equal(l->got[DP_ETH_LEN + 99], i);
    }
    nothing_goes(l);
}

static void test_who_does_not_answer_is_unreachable(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;

    tunnel_sends(l, HOST, 1);
    for (unsigned i = 0; i < 3; i++) {
        request_goes(l, HOST);
        nothing_goes(l);
        assert_int_equal(lab_drops(l, IPC_DROP_NO_NEIGHBOUR), 0);
        time_passes(l, SECOND - 1);
        nothing_goes(l);
        time_passes(l, 1);
    }
    nothing_goes(l);
    assert_int_equal(lab_drops(l, IPC_DROP_NO_NEIGHBOUR), 1);
    assert_true(lab_peer_got(l, &tunnel) > 28);
    assert_int_equal(l->got[20], 3);
    assert_int_equal(l->got[21], 1);
    assert_int_equal(wire_load_be32(l->got + 16), FAR);
    assert_int_equal(dp_lans_wait_ms(l->w), -1); /* nobody is left to look after */
}

/* It is sent to where it was, and asked meanwhile; then it is gone. */
static void test_who_is_silent_is_asked_again(void **state)
{
    struct lab *l = *state;

    is_there(l, HOST);
    l->w->now_us += 31 * SECOND;
    for (unsigned i = 0; i < 3; i++) {
        tunnel_sends(l, HOST, 1);
        request_goes(l, HOST);
        packet_goes(l, 5, HOST);
        nothing_goes(l);
        l->w->now_us += SECOND;
        if (i < 2)
            dp_ports_run(l->w);
        if (i < 2)
            request_goes(l, HOST);
        if (i == 0)
            is_there(l, HOST); /* it was asleep */
        if (i == 0)
            l->w->now_us += 31 * SECOND;
        else
            break;
    }
    time_passes(l, SECOND);
    time_passes(l, SECOND);
    while (frame_goes(l))
        ;
    tunnel_sends(l, HOST, 1);
    request_goes(l, HOST);
    nothing_goes(l); /* the packet waits */
}

static void test_a_scan_neither_floods_the_line_nor_is_in_the_way(void **state)
{
    struct lab *l = *state;
    unsigned requests = 0;

    set_subnet(l, "10.1.0.0/16", "10.1.0.1");
    assert_int_equal(fib_table_put(l->table.fib, &(struct prefix){addr_v4(10, 1, 0, 0), 16},
                                   &(struct fib_hops){1, {dp_hop(DP_HOP_PORT, 0)}}),
                     0);
    is_there(l, HOST);
    for (uint32_t i = 0; i < 1000; i++)
        tunnel_sends(l, 0x0a018000 + i, 0);
    while (frame_goes(l))
        requests++;
    assert_true(requests > 10 && requests <= 100);
    tunnel_sends(l, HOST, 1);
    packet_goes(l, 5, HOST);
    arp_comes(l, 1, OTHER, 6, GATEWAY);
    assert_int_equal(frame_goes(l), 42);
    for (unsigned second = 0; second < 60; second++) {
        time_passes(l, SECOND);
        while (frame_goes(l))
            requests++;
    }
    assert_true(requests <= 100 + DP_WANTED_MAX * DP_HOST_ASKS); /* of a thousand */
    assert_int_equal(dp_lans_wait_ms(l->w), 1000);
}

static void test_no_packet_goes_to_an_address_that_no_host_has(void **state)
{
    static const uint32_t reserved[] = {0x0a010000, 0x0a010002, 0x0a0100ff};
    struct lab *l = *state;

    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
        tunnel_sends(l, reserved[i], 0);
    nothing_goes(l);
    assert_int_equal(lab_drops(l, IPC_DROP_UNREACHABLE), ARRAY_SIZE(reserved));
}

/* ---- who may send from where ---- */

static void test_a_source_is_its_hosts_alone(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;

    is_there(l, HOST);
    udp_comes(l, 5, HOST, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 100);
    udp_comes(l, 6, HOST, FAR); /* from another MAC address: it may have moved, and is asked */
    request_goes(l, HOST);
    udp_comes(l, 5, GATEWAY, FAR);
    udp_comes(l, 5, GATEWAY + 1, FAR);
    udp_comes(l, 5, 0x0a0100ff, FAR);
    udp_comes(l, 5, BEHIND, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SOURCE), 5);
    arp_comes(l, 1, HOST, 6, HOST); /* it has */
    udp_comes(l, 6, HOST, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 100);
    udp_comes(l, 5, HOST, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
}

/* What comes from it passes, what goes to it waits for its answer. */
static void test_a_packet_alone_is_not_believed(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;

    udp_comes(l, 7, HOST, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 100);
    request_goes(l, HOST);
    tunnel_sends(l, HOST, 1);
    nothing_goes(l);
    is_there(l, HOST);
    packet_goes(l, 5, HOST);
}

static void test_there_are_no_more_hosts_than_may_be(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;

    l->port[0].config.hosts_max = 1;
    is_there(l, HOST);
    arp_comes(l, 1, OTHER, 6, GATEWAY);
    nothing_goes(l);
    udp_comes(l, 6, OTHER, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_HOSTS_FULL), 2);
    udp_comes(l, 5, HOST, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 100);
    l->w->now_us += 301 * (uint64_t)SECOND;
    arp_comes(l, 1, OTHER, 6, GATEWAY); /* the first is silent since long */
    assert_int_equal(frame_goes(l), 42);
    udp_comes(l, 6, OTHER, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 100);
}

static void test_two_hosts_of_the_line_meet_through_us(void **state)
{
    struct lab *l = *state;

    is_there(l, HOST);
    is_there(l, OTHER);
    udp_comes(l, 5, HOST, OTHER);
    packet_goes(l, 6, OTHER);
    assert_int_equal(l->got[DP_ETH_LEN + 8], 63);
    nothing_goes(l); /* not a word of the shorter way */
}

/* ---- routers ---- */

static void with_router(struct lab *l)
{
    dp_ports_run(l->w); /* the next look for who is silent is a second away */
    l->config.n_vias = 1;
    l->config.number++;
    dp_ports_run(l->w);
    request_goes(l, ROUTER);
    is_there(l, ROUTER);
}

static void test_a_router_is_a_next_hop_and_sends_for_others(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;

    udp_comes(l, 0xfe, BEHIND, FAR);
    assert_int_equal(lab_drops(l, IPC_DROP_SOURCE), 1);
    with_router(l);
    tunnel_sends(l, BEHIND, 1);
    packet_goes(l, 0xfe, BEHIND);
    udp_comes(l, 0xfe, BEHIND, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 100);
    udp_comes(l, 5, BEHIND, FAR);
    udp_comes(l, 0xfe, GATEWAY, FAR);
    assert_int_equal(lab_peer_got(l, &tunnel), 0);
    assert_int_equal(lab_drops(l, IPC_DROP_SOURCE), 3);
    l->config.n_vias = 0; /* no route leads there any more */
    l->config.number++;
    dp_ports_run(l->w);
    udp_comes(l, 0xfe, BEHIND, FAR);
    assert_int_equal(lab_drops(l, IPC_DROP_SOURCE), 4);
}

static void test_a_router_that_forwards_is_not_asked(void **state)
{
    struct lab *l = *state;
    unsigned tunnel;

    with_router(l);
    for (unsigned i = 0; i < 60; i++) {
        udp_comes(l, 0xfe, BEHIND, FAR);
        assert_int_equal(lab_peer_got(l, &tunnel), 100);
        time_passes(l, SECOND);
        nothing_goes(l);
    }
}

static void test_errors_go_back_through_the_router(void **state)
{
    struct lab *l = *state;
    uint8_t ip[100];

    with_router(l);
    lab_packet(ip, sizeof(ip), DP_UDP, BEHIND, FAR);
    ip[8] = 1;
    ip[10] = ip[11] = 0;
    esp_csum_ipv4_header(ip);
    ip_comes(l, 0xfe, ip, sizeof(ip));
    packet_goes(l, 0xfe, BEHIND);
    assert_int_equal(l->got[DP_ETH_LEN + 20], 11);
}

/* And is asked for while it does not answer, with or without packets. */
static void test_a_packet_waits_for_its_router(void **state)
{
    struct lab *l = *state;

    l->config.n_vias = 1;
    tunnel_sends(l, BEHIND, 1);
    request_goes(l, ROUTER);
    is_there(l, ROUTER);
    packet_goes(l, 0xfe, BEHIND);
    l->config.number++;
    dp_ports_run(l->w);
    nothing_goes(l);
    for (unsigned i = 0; i < 31; i++)
        time_passes(l, SECOND);
    request_goes(l, ROUTER);
}

static void test_flows_are_spread_over_routers(void **state)
{
    struct fib_route both = {{addr_v4(10, 9, 0, 0), 16},
                             {2, {dp_hop(DP_HOP_HOST, 0), dp_hop(DP_HOP_HOST, 1)}}};
    struct lab *l = *state;
    unsigned first = 0, n = 0;

    assert_int_equal(fib_table_set(l->table.fib, &both, 1), 0);
    l->config.n_vias = 2;
    is_there(l, ROUTER);
    is_there(l, ROUTER - 1);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t keys[] = {net.via[0].key, net.via[1].key};
        uint32_t place;

        tunnel_sends(l, BEHIND + i, 0);
        assert_true(frame_goes(l) > 100);
        place = flow_choose(keys, 2, flow_hash(0, l->got + DP_ETH_LEN, 100));
        assert_int_equal(l->got[5], place == 0 ? 0xfe : 0xfd);
        first += l->got[5] == 0xfe;
        n++;
    }
    assert_true(first > 8 && first < n - 8);
}

static void test_a_silent_router_is_left_while_another_answers(void **state)
{
    struct fib_route both = {{addr_v4(10, 9, 0, 0), 16},
                             {2, {dp_hop(DP_HOP_HOST, 0), dp_hop(DP_HOP_HOST, 1)}}};
    struct lab *l = *state;
    unsigned first = 0;

    assert_int_equal(fib_table_set(l->table.fib, &both, 1), 0);
    l->config.n_vias = 2;
    is_there(l, ROUTER - 1);
    for (uint32_t i = 0; i < 64; i++) {
        tunnel_sends(l, BEHIND + i, 0);
        packet_goes(l, 0xfd, BEHIND + i);
    }
    is_there(l, ROUTER); /* it takes its flows back */
    for (uint32_t i = 0; i < 64; i++) {
        tunnel_sends(l, BEHIND + i, 0);
        assert_true(frame_goes(l) > 100);
        first += l->got[5] == 0xfe;
    }
    assert_true(first > 8);
}

/* ---- the node ---- */

static void told_of(uint32_t address, bool gone)
{
    uint8_t bytes[sizeof(struct dp_note) + sizeof(struct ipc_host)];
    struct dp_note note;
    struct ipc_host host;

    assert_int_equal(recv(net.notes, bytes, sizeof(bytes), MSG_DONTWAIT), sizeof(bytes));
    memcpy(&note, bytes, sizeof(note));
    memcpy(&host, bytes + sizeof(note), sizeof(host));
    assert_int_equal(note.kind, DP_NOTE_HOST);
    assert_string_equal(host.port, "net");
    assert_int_equal(wire_load_be32(host.address.bytes), address);
    assert_int_equal(host.mac[5], (uint8_t)address);
    assert_int_equal(host.gone, gone);
}

static void told_nothing(void)
{
    uint8_t byte;

    assert_true(recv(net.notes, &byte, 1, MSG_DONTWAIT) < 0);
}

static void test_the_node_is_told(void **state)
{
    struct lab *l = *state;

    is_there(l, HOST);
    dp_ports_run(l->w);
    told_of(HOST, false);
    time_passes(l, SECOND);
    told_nothing();
    is_there(l, OTHER);
    l->shared.node++; /* another node, which knows nothing */
    dp_ports_run(l->w);
    told_of(HOST, false);
    told_of(OTHER, false);
    told_nothing();
    time_passes(l, SECOND);
    udp_comes(l, 5, HOST, FAR);
    for (unsigned i = 0; i < 40; i++)
        time_passes(l, SECOND);
    told_of(HOST, false);
    told_nothing();
    for (unsigned i = 0; i < 320; i++)
        time_passes(l, SECOND);
    told_of(OTHER, true);
    told_of(HOST, true);
    told_nothing();
}

/* ---- a VLAN; IPv6 ---- */

static void test_frames_have_the_tag_of_the_vlan(void **state)
{
    struct lab *l = *state;

    l->port[0].who.vlan = 20;
    tunnel_sends(l, HOST, 1);
    assert_int_equal(frame_goes(l), 46);
    assert_int_equal(wire_load_be16(l->got + 12), 0x8100);
    assert_int_equal(wire_load_be16(l->got + 14), 20);
    assert_int_equal(wire_load_be16(l->got + 16), 0x0806);
    is_there(l, HOST); /* the kernel takes tags off */
    assert_int_equal(frame_goes(l), 118);
    assert_int_equal(wire_load_be16(l->got + 14), 20);
    arp_comes(l, 1, HOST, 5, GATEWAY);
    assert_int_equal(frame_goes(l), 46);
}

/* A solicitation (135) or advertisement (136) with the sender's MAC address as an option. */
static void neighbour_comes(struct lab *l, uint8_t type, const char *from, uint8_t mac,
                            const char *target)
{
    uint8_t frame[86] = {0x33, 0x33, 0xff, 0, 0, 1}, *ip = frame + DP_ETH_LEN;
    struct addr src, about;
    uint16_t csum;

    assert_int_equal(addr_parse(from, &src), 0);
    assert_int_equal(addr_parse(target, &about), 0);
    set_mac(frame + 6, mac);
    wire_store_be16(frame + 12, 0x86dd);
    ip[0] = 0x60;
    ip[5] = 32;
    ip[6] = DP_ICMPV6;
    ip[7] = 255;
    memcpy(ip + 8, src.bytes, 16);
    memcpy(ip + 24, ((uint8_t[]){0xff, 2, [15] = 1}), 16);
    ip[40] = type;
    ip[44] = type == 136 ? 0x60 : 0;
    memcpy(ip + 48, about.bytes, 16);
    ip[64] = type == 136 ? 2 : 1;
    ip[65] = 1;
    set_mac(ip + 66, mac);
    csum = esp_csum_fold(esp_csum_add(esp_csum_pseudo(ip, DP_ICMPV6, 32), ip + 40, 32));
    memcpy(ip + 42, &csum, 2);
    frame_comes(l, frame, sizeof(frame));
}

static void tunnel_sends6(struct lab *l, const char *to)
{
    uint8_t ip[60] = {0x60, [5] = 20, [6] = 59, [7] = 64, [8] = 0xfd, [23] = 9};
    uint8_t *packets[] = {ip};
    size_t len = sizeof(ip);
    struct addr dst;

    assert_int_equal(addr_parse(to, &dst), 0);
    ip[9] = 2;
    memcpy(ip + 24, dst.bytes, 16);
    lab_peer_sends(l, 0, packets, &len, 1);
}

static void test_ipv6_hosts_are_served_as_well(void **state)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 5};
    struct lab *l = *state;

    set_subnet(l, "fd00::/64", "fd00::1");
    neighbour_comes(l, 135, "fe80::5", 5, "fd00::1");
    assert_int_equal(frame_goes(l), 86); /* who asks from there has an address here, too */
    assert_int_equal(l->got[DP_ETH_LEN + 40], 136);
    neighbour_comes(l, 135, "::", 9, "fd00::1");
    assert_int_equal(frame_goes(l), 86); /* it is not free; all hear that */
    assert_memory_equal(l->got, ((uint8_t[]){0x33, 0x33, 0, 0, 0, 1}), 6);
    assert_int_equal(l->got[DP_ETH_LEN + 24], 0xff);
    assert_int_equal(l->got[DP_ETH_LEN + 44], 0xa0);
    neighbour_comes(l, 135, "fd00::7", 7, "fd00::5");
    neighbour_comes(l, 135, "fd01::7", 7, "fd00::1");
    nothing_goes(l);
    tunnel_sends6(l, "fd00::5");
    assert_int_equal(frame_goes(l), 86);
    assert_int_equal(l->got[DP_ETH_LEN + 40], 135);
    neighbour_comes(l, 136, "fe80::5", 5, "fd00::5");
    assert_int_equal(frame_goes(l), 74);
    assert_memory_equal(l->got, mac, 6);
    tunnel_sends6(l, "fd00::7"); /* known by its question */
    assert_int_equal(frame_goes(l), 74);
    tunnel_sends6(l, "fd00::2");
    nothing_goes(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, up, down)
        T(test_for_the_gateway_alone_there_is_an_answer),
        T(test_the_gateway_answers_echo_requests),
        T(test_the_first_packet_waits_for_its_host),
        T(test_of_many_packets_the_newest_wait),
        T(test_who_does_not_answer_is_unreachable),
        T(test_who_is_silent_is_asked_again),
        T(test_a_scan_neither_floods_the_line_nor_is_in_the_way),
        T(test_no_packet_goes_to_an_address_that_no_host_has),
        T(test_a_source_is_its_hosts_alone),
        T(test_a_packet_alone_is_not_believed),
        T(test_there_are_no_more_hosts_than_may_be),
        T(test_two_hosts_of_the_line_meet_through_us),
        T(test_a_router_is_a_next_hop_and_sends_for_others),
        T(test_a_router_that_forwards_is_not_asked),
        T(test_errors_go_back_through_the_router),
        T(test_a_packet_waits_for_its_router),
        T(test_flows_are_spread_over_routers),
        T(test_a_silent_router_is_left_while_another_answers),
        T(test_the_node_is_told),
        T(test_frames_have_the_tag_of_the_vlan),
        T(test_ipv6_hosts_are_served_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
