#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloud.h"
#include "private_net.h"
#include "wire.h"

#include "../said.h"

#define RUN "/run/cloud-test"

static struct cloud_result result;

static int setup(void **state)
{
    (void)state;
    private_net_enter();
    private_net_add_interface();
    return 0;
}

static void ensure(size_t n, const struct addr *want, bool changed, unsigned removed)
{
    int r = cloud_ensure(RUN, "pub", want, n, &result);

    if (r < 0)
        fail_msg("%s", result.error);
    assert_int_equal(result.changed, changed);
    assert_int_equal(result.removed, removed);
}

static void test_addresses_come_and_go(void **state)
{
    struct addr want[3] = {addr_v4(198, 51, 100, 1), addr_v4(198, 51, 100, 2)};

    (void)state;
    assert_int_equal(addr_parse("2001:db8::1", &want[2]), 0);
    ensure(3, want, true, 0);
    assert_true(private_net_shows("", "198.51.100.1/32 scope global rw:", "ip addr show pub"));
    assert_true(private_net_shows("", "2001:db8::1/128", "ip addr show pub"));
    ensure(3, want, false, 0);
    ensure(1, want, true, 2);
    assert_false(private_net_shows("", "198.51.100.2", "ip addr"));
    assert_false(private_net_shows("", "2001:db8::1", "ip addr"));
    assert_int_equal(private_net_run("", "ip addr del 198.51.100.1/32 dev pub"), 0);
    ensure(1, want, true, 0);
    ensure(0, want, true, 1);
    ensure(0, want, false, 0);
}

/* The next frame on the other end of the line of this type; -1 if there is none. */
static ssize_t next_frame(int fd, uint16_t type, uint8_t *frame, size_t size)
{
    ssize_t n;

    do
        n = recv(fd, frame, size, MSG_DONTWAIT);
    while (n > 14 && (wire_load_be16(frame + 12) != type || (type == 0x86dd && frame[54] != 136)));
    return n;
}

/* Neighbours learn of a move by what the new owner says, not when their memory fades. */
static void test_new_addresses_are_announced(void **state)
{
    static const uint8_t arp_start[8] = {0, 1, 8, 0, 6, 4, 0, 1};
    struct sockaddr_ll ll = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETH_P_ALL),
                             .sll_ifindex = (int)if_nametoindex("far")};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    struct addr a = addr_v4(198, 51, 100, 1), six;
    uint32_t sum = 32 + IPPROTO_ICMPV6;
    uint8_t frame[256];

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&ll, sizeof(ll)), 0);
    ensure(1, &a, true, 0);
    assert_int_equal(next_frame(fd, 0x0806, frame, sizeof(frame)), 42);
    assert_memory_equal(frame + 14, arp_start, 8);
    assert_memory_equal(frame + 22, frame + 6, 6);
    assert_memory_equal(frame + 28, a.bytes, 4);
    assert_memory_equal(frame + 38, a.bytes, 4);
    ensure(1, &a, false, 0);
    assert_int_equal(next_frame(fd, 0x0806, frame, sizeof(frame)), -1);
    cloud_announce("pub", &a, 1);
    assert_int_equal(next_frame(fd, 0x0806, frame, sizeof(frame)), 42);

    assert_int_equal(addr_parse("2001:db8::1", &six), 0);
    ensure(1, &six, true, 1);
    assert_int_equal(next_frame(fd, 0x86dd, frame, sizeof(frame)), 86);
    assert_memory_equal(frame + 62, six.bytes, 16);
    assert_memory_equal(frame + 80, frame + 6, 6);
    for (size_t i = 22; i < 86; i += 2) /* the pseudo header and all of ICMPv6 */
        sum += wire_load_be16(frame + i);
    assert_int_equal((sum + (sum >> 16)) & 0xffff, 0xffff);
    cloud_announce("nowhere", &a, 1); /* nobody to tell */
    cloud_announce("lo", &a, 1);
    cloud_announce(NULL, &a, 1);
    close(fd);
}

static void test_foreign_addresses_stay(void **state)
{
    struct addr want[2] = {addr_v4(198, 51, 100, 1), addr_v4(198, 51, 100, 2)};

    (void)state;
    assert_int_equal(private_net_run("", "ip addr add 198.51.100.1/24 dev pub && "
                                         "ip addr add 192.0.2.1/32 dev pub"),
                     0);
    ensure(2, want, true, 0); /* only the second: the first is there already */
    assert_false(private_net_shows("", "198.51.100.1/32", "ip addr"));
    ensure(0, want, true, 1);
    assert_true(private_net_shows("", "198.51.100.1/24", "ip addr"));
    assert_true(private_net_shows("", "192.0.2.1/32", "ip addr"));
}

static void test_another_run_directory_has_its_own(void **state)
{
    struct addr a = addr_v4(198, 51, 100, 1), b = addr_v4(198, 51, 100, 2);

    (void)state;
    ensure(1, &a, true, 0);
    assert_int_equal(cloud_ensure("/run/other", "pub", &b, 1, &result), 0);
    assert_true(private_net_shows("", "198.51.100.1", "ip addr"));
    assert_int_equal(cloud_ensure("/run/other", NULL, NULL, 0, &result), 0);
    assert_int_equal(result.removed, 1);
    assert_true(private_net_shows("", "198.51.100.1", "ip addr"));
    /* Without an interface nothing is added, and ours goes wherever it is. */
    assert_int_equal(cloud_ensure(RUN, NULL, &a, 1, &result), 0);
    assert_int_equal(result.removed, 1);
}

/* The same without labels, which IPv6 addresses do not have. */
static void test_another_run_directory_over_ipv6(void **state)
{
    struct addr a, b;

    (void)state;
    assert_int_equal(addr_parse("2001:db8::1", &a), 0);
    assert_int_equal(addr_parse("2001:db8::2", &b), 0);
    assert_int_equal(private_net_run("", "ip addr add 2001:db8::3/128 dev pub metric 7"), 0);
    ensure(1, &a, true, 0);
    assert_int_equal(cloud_ensure("/run/other", "pub", &b, 1, &result), 0);
    assert_int_equal(result.removed, 0);
    assert_true(private_net_shows("", "2001:db8::1/128", "ip addr"));
    assert_int_equal(cloud_ensure("/run/other", NULL, NULL, 0, &result), 0);
    assert_int_equal(result.removed, 1);
    assert_true(private_net_shows("", "2001:db8::1/128", "ip addr"));
    assert_false(private_net_shows("", "2001:db8::2/128", "ip addr"));
    ensure(1, &a, false, 0);
    assert_int_equal(cloud_ensure(RUN, "far", &a, 1, &result), 0); /* it goes from where it was */
    assert_int_equal(result.removed, 1);
    assert_int_equal(cloud_ensure(RUN, NULL, NULL, 0, &result), 0);
    assert_int_equal(result.removed, 1);
    assert_true(private_net_shows("", "2001:db8::3/128", "ip addr"));
}

static void test_another_interface(void **state)
{
    struct addr a = addr_v4(198, 51, 100, 1);

    (void)state;
    ensure(1, &a, true, 0);
    assert_int_equal(cloud_ensure(RUN, "far", &a, 1, &result), 0);
    assert_int_equal(result.removed, 1);
    assert_true(private_net_shows("", "198.51.100.1", "ip addr show far"));
    assert_int_equal(cloud_ensure(RUN, "nowhere", &a, 1, &result), -ENODEV);
    assert_said(result.error, "node.public-interface-failed", "public interface nowhere");
}

static void test_one_failure_does_not_stop_the_others(void **state)
{
    struct addr want[2] = {{.family = ADDR_IPV6, .bytes = {0xff, 2}}, /* multicast */
                           addr_v4(198, 51, 100, 2)};

    (void)state;
    assert_true(cloud_ensure(RUN, "pub", want, 2, &result) < 0);
    assert_said(result.error, "node.cloud-address-not-added", "add cloud address ff02::");
    assert_true(private_net_shows("", "198.51.100.2/32", "ip addr"));
}

static void test_sockets(void **state)
{
    struct endpoint local = {.addr = addr_v4(198, 51, 100, 1), .port = 4500};
    int fd, second, type = 0;
    socklen_t len = sizeof(type);

    (void)state;
    assert_int_equal(cloud_socket(&local, &fd), -EADDRNOTAVAIL);
    ensure(1, &local.addr, true, 0);
    assert_int_equal(cloud_socket(&local, &fd), 0);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
    assert_int_equal(type, SOCK_DGRAM);
    assert_int_equal(cloud_socket(&local, &second), -EADDRINUSE);
    close(fd);
    assert_int_equal(addr_parse("2001:db8::1", &local.addr), 0);
    ensure(1, &local.addr, true, 1);
    assert_int_equal(cloud_socket(&local, &fd), 0); /* at once: no duplicate address detection */
    close(fd);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup(f, setup)
    const struct CMUnitTest tests[] = {
        CASE(test_addresses_come_and_go),
        CASE(test_new_addresses_are_announced),
        CASE(test_foreign_addresses_stay),
        CASE(test_another_run_directory_has_its_own),
        CASE(test_another_run_directory_over_ipv6),
        CASE(test_another_interface),
        CASE(test_one_failure_does_not_stop_the_others),
        CASE(test_sockets),
    };

    if (!private_net_possible())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
