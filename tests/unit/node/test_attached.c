/* Instances behind a TAP or an interface of the node's own network namespace. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attached.h"
#include "node.h"
#include "private_net.h"

#include "../said.h"

#define VNET_LEN 10

static char run_dir[64], other_run_dir[64];
static struct desired_instance want;
static struct instance_result result;
static const uint8_t gateway_mac[6] = {6, 0, 0, 0, 0, 1}, their_mac[6] = {2, 0, 0, 0, 0, 9};

static int setup(void **state)
{
    (void)state;
    want = (struct desired_instance){
        .port = {.id = "i-vm", .mtu = 1400, .address = addr_v4(10, 1, 0, 4)},
        .attachment = DESIRED_TAP,
        .device = "rw-vm",
        .mac = {2, 0, 0, 0, 0, 4},
    };
    memcpy(want.port.gateway_mac, gateway_mac, 6);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_true(node_cleanup(run_dir) >= 0);
    assert_true(node_cleanup(other_run_dir) >= 0);
    (void)private_net_run("", "ip link del nic 2>/dev/null || true");
    return 0;
}

static void ensure(bool changed, bool new_tap)
{
    if (instance_ensure(run_dir, &want, &result) < 0)
        fail_msg("%s", said(result.error));
    assert_int_equal(result.changed, changed);
    assert_int_equal(result.new_tap, new_tap);
}

static void refused(int r, const char *code, const char *sentence)
{
    assert_int_equal(instance_ensure(run_dir, &want, &result), r);
    assert_said(result.error, code, sentence);
    assert_string_equal(said(result.error), sentence);
}

/* ---- a TAP ---- */

static void test_a_tap_is_made_and_then_left_alone(void **state)
{
    (void)state;
    ensure(true, true);
    assert_true(private_net_shows("", "mtu 1400", "ip link show rw-vm"));
    assert_true(private_net_shows("", "02:00:00:00:00:04", "ip link show rw-vm"));
    assert_true(private_net_shows("", "vnet_hdr on persist on", "ip -d link show rw-vm"));
    assert_false(private_net_shows("", "inet", "ip addr show rw-vm"));
    ensure(false, false);
}

static void test_what_differs_on_a_tap_is_mended(void **state)
{
    static const struct {
        const char *command;
        bool new_tap;
    } rows[] = {
        {"ip link set rw-vm mtu 1500", false},
        {"ip link set rw-vm down", false},
        {"sysctl -qw net.ipv6.conf.rw-vm.disable_ipv6=0", false},
        {"ip link del rw-vm", true},
    };

    (void)state;
    ensure(true, true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(private_net_run("", "%s", rows[i].command), 0);
        ensure(true, rows[i].new_tap);
        ensure(false, false);
    }
}

/* What its user does with it: a bridge, another MAC address. */
static void test_the_use_of_a_tap_is_left_alone(void **state)
{
    (void)state;
    ensure(true, true);
    assert_int_equal(
        private_net_run("", "ip link add name br0 type bridge && ip link set rw-vm master br0 "
                            "&& ip link set rw-vm address 02:00:00:00:00:77"),
        0);
    ensure(false, false);
    assert_true(private_net_shows("", "master br0", "ip link show rw-vm"));
    assert_true(private_net_shows("", "02:00:00:00:00:77", "ip link show rw-vm"));
    assert_int_equal(private_net_run("", "ip link del br0"), 0);
}

static void test_a_foreign_interface_of_the_name_stays(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(private_net_run("", "ip link add rw-vm type bridge"), 0);
    refused(-EEXIST, "node.interface-foreign",
            "interface rw-vm is there and was not made by this node");
    assert_int_equal(instance_open(run_dir, &want, &fd), -EPERM);
    assert_int_equal(node_cleanup(run_dir), 0);
    assert_int_equal(private_net_run("", "ip link del rw-vm"), 0);

    ensure(true, true); /* of another node of this machine */
    assert_int_equal(instance_ensure(other_run_dir, &want, &result), -EEXIST);
    assert_int_equal(node_cleanup(other_run_dir), 0);
    ensure(false, false);
    assert_int_equal(node_cleanup(run_dir), 1);
    assert_int_equal(node_cleanup(run_dir), 0);
}

static void test_a_tap_is_opened_once(void **state)
{
    int fd, second;

    (void)state;
    assert_int_equal(instance_open(run_dir, &want, &fd), -ENODEV);
    ensure(true, true);
    assert_int_equal(instance_open(run_dir, &want, &fd), 0);
    assert_int_equal(instance_open(run_dir, &want, &second), -EBUSY);
    close(fd);
    ensure(false, false);
}

static bool keep_vm(void *arg, const char *device, const char *id)
{
    unsigned *seen = arg;

    ++*seen;
    assert_string_equal(device + 3, id + 2);
    return strcmp(id, "i-vm") != 0;
}

static void test_leftovers_are_found_among_many(void **state)
{
    unsigned seen = 0;

    (void)state;
    ensure(true, true);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(want.device, sizeof(want.device), "rw-left%u", i);
        snprintf(want.port.id, sizeof(want.port.id), "i-left%u", i);
        ensure(true, true);
    }
    assert_int_equal(attached_sweep(run_dir, keep_vm, &seen), 100);
    assert_int_equal(seen, 101);
    seen = 0;
    assert_int_equal(attached_sweep(run_dir, keep_vm, &seen), 0);
    assert_int_equal(seen, 1);
    assert_int_equal(attached_sweep(other_run_dir, keep_vm, &seen), 0);
    assert_int_equal(seen, 1);
}

/* ---- an interface that is there ---- */

static void make_nic(void)
{
    want.attachment = DESIRED_NIC;
    want.port.kind = IPC_PORT_NIC;
    strcpy(want.device, "nic");
    assert_int_equal(private_net_run("", "ip link add nic type veth peer name line && "
                                         "sysctl -qw net.ipv6.conf.nic.disable_ipv6=1 "
                                         "net.ipv6.conf.line.disable_ipv6=1 && "
                                         "ip link set line up && ip link set nic up mtu 1300 && "
                                         "ip addr add 192.0.2.1/24 dev nic"),
                     0);
    private_net_await_carrier("line");
    private_net_await_carrier("nic");
}

static void test_a_nic_is_used_as_it_is(void **state)
{
    int fd, second;

    (void)state;
    make_nic();
    ensure(false, false);
    assert_int_equal(result.mtu, 1300);
    assert_int_equal(result.index, (int)if_nametoindex("nic"));
    assert_int_equal(instance_open(run_dir, &want, &fd), 0);
    assert_int_equal(instance_open(run_dir, &want, &second), 0); /* a restarted data plane */
    close(second);
    close(fd);
    ensure(false, false);
    assert_int_equal(node_cleanup(run_dir), 0);
    assert_true(private_net_shows("", "inet 192.0.2.1/24", "ip addr show nic"));
    assert_true(private_net_shows("", "mtu 1300", "ip addr show nic"));
}

static void test_a_nic_that_cannot_be_used(void **state)
{
    (void)state;
    want.attachment = DESIRED_NIC;
    strcpy(want.device, "nic");
    refused(-ENODEV, "node.interface-missing", "there is no interface nic on this node");
    make_nic();
    assert_int_equal(private_net_run("", "ip link set nic down"), 0);
    refused(-ENETDOWN, "node.interface-down", "interface nic is down: set it up");
    assert_int_equal(private_net_run("", "ip link set nic up"), 0);
    ensure(false, false);
    strcpy(want.device, "lo");
    refused(-EINVAL, "node.interface-no-ethernet", "interface lo is not Ethernet");
}

static void send_frame(int from, const uint8_t dst[6], uint16_t type, uint8_t mark)
{
    uint8_t frame[64] = {0};

    memcpy(frame, dst, 6);
    memcpy(frame + 6, their_mac, 6);
    wire_store_be16(frame + 12, type);
    frame[63] = mark;
    assert_int_equal(write(from, frame, sizeof(frame)), sizeof(frame));
}

static uint8_t next_mark(int port)
{
    struct pollfd wait = {.fd = port, .events = POLLIN};
    uint8_t got[256];

    assert_int_equal(poll(&wait, 1, 5000), 1);
    assert_int_equal(read(port, got, sizeof(got)), VNET_LEN + 64);
    return got[VNET_LEN + 63];
}

/* Whether the port hears a frame; one that it hears for certain comes right behind. */
static bool hears(int from, int line, int port, const uint8_t dst[6], uint16_t type)
{
    bool heard;

    send_frame(from, dst, type, 1);
    send_frame(line, gateway_mac, 0x0806, 2);
    heard = next_mark(port) == 1;
    if (heard)
        assert_int_equal(next_mark(port), 2);
    return heard;
}

static int open_line(const char *name)
{
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
    return fd;
}

static void test_a_nic_hears_what_is_for_the_gateway(void **state)
{
    static const uint8_t all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t group[6] = {0x33, 0x33, 0xff, 0, 0, 1};
    static const uint8_t near_miss[6] = {6, 0, 0, 0, 0, 2};
    static const struct {
        const uint8_t *dst;
        uint16_t type;
        bool heard;
    } rows[] = {
        {gateway_mac, 0x0800, true}, {gateway_mac, 0x0806, true}, {all, 0x0806, true},
        {group, 0x86dd, true},       {all, 0x0800, false},        {near_miss, 0x0800, false},
        {near_miss, 0x0806, false},  {their_mac, 0x86dd, false},  {all, 0x88cc, false},
    };
    int port, line, nic;

    (void)state;
    make_nic();
    assert_int_equal(instance_open(run_dir, &want, &port), 0);
    line = open_line("line");
    nic = open_line("nic");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (hears(line, line, port, rows[i].dst, rows[i].type) != rows[i].heard)
            fail_msg("row %zu", i);
    }
    /* What the host itself sends is not from the instance. */
    assert_false(hears(nic, line, port, all, 0x0806));
    close(nic);
    close(line);
    close(port);
}

static void test_a_tag_means_another_network(void **state)
{
    uint8_t frame[64] = {0};
    int port, line;

    (void)state;
    make_nic();
    assert_int_equal(instance_open(run_dir, &want, &port), 0);
    line = open_line("line");
    memcpy(frame, gateway_mac, 6);
    memcpy(frame + 6, their_mac, 6);
    wire_store_be32(frame + 12, 0x81000007);
    wire_store_be16(frame + 16, 0x0800);
    assert_int_equal(write(line, frame, sizeof(frame)), sizeof(frame));
    send_frame(line, gateway_mac, 0x0800, 9);
    assert_int_equal(next_mark(port), 9);
    close(line);
    close(port);
}

static void send_tagged(int from, uint16_t vlan, uint8_t mark)
{
    uint8_t frame[64] = {0};

    memcpy(frame, gateway_mac, 6);
    memcpy(frame + 6, their_mac, 6);
    wire_store_be16(frame + 12, 0x8100);
    wire_store_be16(frame + 14, vlan);
    wire_store_be16(frame + 16, 0x0800);
    frame[63] = mark;
    assert_int_equal(write(from, frame, sizeof(frame)), sizeof(frame));
}

/* Of a private interface with a VLAN: frames with that tag, which is taken off, whatever their
 * priority, and no others. */
static void test_a_line_hears_its_own_vlan(void **state)
{
    static const uint16_t tags[] = {7, 20, 21, 0xa014 /* 20 with a priority */};
    uint8_t got[256];
    int port, line;

    (void)state;
    make_nic();
    want.port.kind = IPC_PORT_LINE;
    want.port.vlan = 20;
    assert_int_equal(instance_open(run_dir, &want, &port), 0);
    line = open_line("line");
    send_frame(line, gateway_mac, 0x0800, 99);
    for (uint8_t i = 0; i < ARRAY_SIZE(tags); i++)
        send_tagged(line, tags[i], i);
    for (uint8_t i = 1; i < ARRAY_SIZE(tags); i = (uint8_t)(i + 2)) {
        struct pollfd wait = {.fd = port, .events = POLLIN};

        assert_int_equal(poll(&wait, 1, 5000), 1);
        assert_int_equal(read(port, got, sizeof(got)), VNET_LEN + 60);
        assert_int_equal(wire_load_be16(got + VNET_LEN + 12), 0x0800);
        assert_int_equal(got[VNET_LEN + 59], i);
    }
    close(line);
    close(port);
}

/* An interface that can leave out MAC addresses and leaves out no VLANs hears nothing else. */
static void test_a_line_does_not_hear_all(void **state)
{
    static const uint16_t vlans[] = {0, 20};
    int port;

    (void)state;
    make_nic();
    if (private_net_run("", "ip link set nic name under && ip link add link under name nic type "
                            "macvlan mode bridge && ip link set nic up") != 0)
        skip();
    for (size_t i = 0; i < ARRAY_SIZE(vlans); i++) {
        want.port.kind = IPC_PORT_LINE;
        want.port.vlan = vlans[i];
        assert_int_equal(instance_open(run_dir, &want, &port), 0);
        assert_true(private_net_shows("", "promiscuity 0", "ip -d link show nic"));
        close(port);
    }
    assert_int_equal(private_net_run("", "ip link del under"), 0);
}

static void test_a_cut_line_carries_nothing(void **state)
{
    (void)state;
    make_nic();
    private_net_await_carrier("nic");
    want.port.kind = IPC_PORT_LINE;
    ensure(false, false);
    assert_int_equal(private_net_run("", "ip link set line down"), 0);
    refused(-ENETDOWN, "node.interface-no-carrier",
            "the interface nic has no carrier: the line is cut, or its other end is off");
    want.port.kind = IPC_PORT_NIC; /* of an instance only its use says so */
    ensure(false, false);
}

static int all_tests(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_tap_is_made_and_then_left_alone),
        CASE(test_what_differs_on_a_tap_is_mended),
        CASE(test_the_use_of_a_tap_is_left_alone),
        CASE(test_a_foreign_interface_of_the_name_stays),
        CASE(test_a_tap_is_opened_once),
        CASE(test_leftovers_are_found_among_many),
        CASE(test_a_nic_is_used_as_it_is),
        CASE(test_a_nic_that_cannot_be_used),
        CASE(test_a_nic_hears_what_is_for_the_gateway),
        CASE(test_a_tag_means_another_network),
        CASE(test_a_line_hears_its_own_vlan),
        CASE(test_a_line_does_not_hear_all),
        CASE(test_a_cut_line_carries_nothing),
    };

    snprintf(run_dir, sizeof(run_dir), "/run/node-test-%d", (int)getpid());
    snprintf(other_run_dir, sizeof(other_run_dir), "/run/node-test-%d-other", (int)getpid());
    private_net_enter();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return private_net_main(all_tests);
}
