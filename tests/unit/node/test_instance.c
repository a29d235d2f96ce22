#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cloud.h"
#include "instance.h"
#include "netns.h"
#include "node.h"
#include "private_net.h"

#include "../said.h"

/* Of this process alone: two runs of the test on one machine must not clean up each other's things.
 */
static char run_dir[64], other_run_dir[64];

static struct desired_instance want;
static struct instance_result result;

static int setup(void **state)
{
    static unsigned number;

    (void)state;
    number++;
    want = (struct desired_instance){
        .port = {.kind = IPC_PORT_TAP,
                 .mac = {2, 0, 0, 0, 0, 4},
                 .mtu = 1400,
                 .address = addr_v4(10, 1, 0, 4),
                 .gateway = addr_v4(10, 1, 0, 1)},
    };
    assert_int_equal(prefix_parse("10.1.0.0/24", &want.port.subnet), 0);
    snprintf(want.port.id, sizeof(want.port.id), "i-test%d-%u", (int)getpid(), number);
    snprintf(want.netns, sizeof(want.netns), PRIVATE_NET_NAME "%u", (int)getpid(), number);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_true(node_cleanup(run_dir) >= 0);
    assert_true(node_cleanup(other_run_dir) >= 0);
    return 0;
}

static void ensure(bool changed, bool new_tap)
{
    int r = instance_ensure(run_dir, &want, &result);

    if (r < 0)
        fail_msg("%s", result.error);
    assert_int_equal(result.changed, changed);
    assert_int_equal(result.new_tap, new_tap);
}

static void test_an_instance_is_made_and_then_left_alone(void **state)
{
    (void)state;
    ensure(true, true);
    assert_true(private_net_shows(want.netns, "inet 10.1.0.4/24 brd 10.1.0.255", "ip addr"));
    assert_true(private_net_shows(want.netns, "link/ether 02:00:00:00:00:04", "ip link"));
    assert_true(private_net_shows(want.netns, "mtu 1400", "ip link show eth0"));
    assert_true(private_net_shows(want.netns, "vnet_hdr on persist on", "ip -d link show eth0"));
    assert_true(
        private_net_shows(want.netns, "default via 10.1.0.1 dev eth0 proto 82 onlink", "ip route"));
    assert_true(private_net_shows(want.netns, "LOOPBACK,UP", "ip link show lo"));
    assert_false(private_net_shows(want.netns, "inet6", "ip addr show eth0"));
    ensure(false, false);
}

/* Each row breaks something in the namespace; one pass mends it, the next finds nothing to do. */
static void test_what_differs_is_mended(void **state)
{
    static const struct {
        const char *command, *look, *shows;
        bool new_tap;
    } rows[] = {
        {"ip link set eth0 mtu 1300", "ip link show eth0", "mtu 1400", false},
        {"ip link set eth0 address 02:00:00:00:00:99", "ip link", "02:00:00:00:00:04", false},
        {"ip link set eth0 down", "ip route", "default via 10.1.0.1", false},
        {"ip link set lo down", "ip link show lo", "UP", false},
        {"ip addr del 10.1.0.4/24 dev eth0", "ip addr", "10.1.0.4/24", false},
        {"ip route del default", "ip route", "default via 10.1.0.1", false},
        {"ip link del eth0", "ip addr", "10.1.0.4/24", true},
        {"echo 0 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6",
         "cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1", false},
    };

    (void)state;
    ensure(true, true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(private_net_run(want.netns, "%s", rows[i].command), 0);
        assert_false(private_net_shows(want.netns, rows[i].shows, "%s", rows[i].look));
        ensure(true, rows[i].new_tap);
        if (!private_net_shows(want.netns, rows[i].shows, "%s", rows[i].look))
            fail_msg("not mended: %s", rows[i].command);
        ensure(false, false);
    }
}

static void test_a_changed_wish_replaces_only_what_is_ours(void **state)
{
    (void)state;
    ensure(true, true);
    assert_int_equal(private_net_run(want.netns, "ip addr add 192.0.2.7/32 dev eth0 && "
                                                 "ip route add 192.0.2.128/25 via 10.1.0.9"),
                     0);
    want.port.address = addr_v4(10, 1, 0, 5);
    want.port.mac[5] = 5;
    ensure(true, false);
    assert_true(private_net_shows(want.netns, "inet 10.1.0.5/24", "ip addr"));
    assert_false(private_net_shows(want.netns, "10.1.0.4", "ip addr"));
    assert_true(private_net_shows(want.netns, "inet 192.0.2.7/32", "ip addr"));
    assert_true(private_net_shows(want.netns, "192.0.2.128/25", "ip route"));
    ensure(false, false);
}

static void test_foreign_things_are_left_alone(void **state)
{
    int fd;

    (void)state;
    /* A namespace of that name that somebody else made. */
    assert_int_equal(private_net_run("", "ip netns add %s", want.netns), 0);
    assert_int_equal(instance_ensure(run_dir, &want, &result), -EEXIST);
    assert_said(result.error, "node.namespace-foreign", "was not made by this node");
    assert_false(private_net_shows(want.netns, "eth0", "ip link"));
    assert_int_equal(instance_remove(run_dir, want.netns), -EPERM);
    assert_int_equal(instance_open(run_dir, &want, &fd), -ENODEV);
    assert_int_equal(node_cleanup(run_dir), 0);
    assert_int_equal(private_net_run(want.netns, "true"), 0);
    assert_int_equal(private_net_run("", "ip netns del %s", want.netns), 0);

    /* A default route of the user's own inside an instance. */
    ensure(true, true);
    assert_int_equal(private_net_run(want.netns, "ip route del default && "
                                                 "ip route add default via 10.1.0.77 dev eth0"),
                     0);
    assert_int_equal(instance_ensure(run_dir, &want, &result), -EEXIST);
    assert_true(private_net_shows(want.netns, "default via 10.1.0.77", "ip route"));
}

static void test_a_foreign_eth0_is_left_alone(void **state)
{
    (void)state;
    ensure(true, true);
    assert_int_equal(private_net_run(want.netns, "ip link del eth0 && "
                                                 "ip link add eth0 type veth peer name eth1"),
                     0);
    assert_int_equal(instance_ensure(run_dir, &want, &result), -EEXIST);
    assert_true(private_net_shows(want.netns, "veth", "ip -d link show eth0"));
}

static void test_two_run_directories_do_not_meet(void **state)
{
    char id[IPC_ID_MAX];

    (void)state;
    ensure(true, true);
    assert_int_equal(instance_ensure(other_run_dir, &want, &result), -EEXIST);
    assert_int_equal(instance_owner(other_run_dir, want.netns, id), -EPERM);
    assert_int_equal(instance_remove(other_run_dir, want.netns), -EPERM);
    assert_int_equal(node_cleanup(other_run_dir), 0);
    assert_int_equal(instance_owner(run_dir, want.netns, id), 0);
    assert_string_equal(id, want.port.id);
}

static void test_removal(void **state)
{
    char id[IPC_ID_MAX];
    int fd;

    (void)state;
    ensure(true, true);
    /* Someone who still holds the TAP does not keep it alive. */
    assert_int_equal(instance_open(run_dir, &want, &fd), 0);
    assert_int_equal(instance_remove(run_dir, want.netns), 0);
    assert_int_equal(instance_owner(run_dir, want.netns, id), -ENOENT);
    assert_int_equal(instance_remove(run_dir, want.netns), -ENOENT);
    assert_int_equal(write(fd, "x", 1), -1);
    close(fd);
    ensure(true, true);
    assert_int_equal(node_cleanup(run_dir), 1);
    assert_int_equal(node_cleanup(run_dir), 0);
}

static void test_the_tap_is_opened_once(void **state)
{
    int fd, second;

    (void)state;
    assert_int_equal(instance_open(run_dir, &want, &fd), -ENOENT);
    ensure(true, true);
    assert_int_equal(instance_open(run_dir, &want, &fd), 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(instance_open(run_dir, &want, &second), -EBUSY);
    assert_int_equal(instance_open(other_run_dir, &want, &second), -EPERM);
    close(fd);
    assert_int_equal(instance_open(run_dir, &want, &fd), 0); /* it outlives whoever had it */
    close(fd);
    ensure(false, false);
}

/* A process that dies between taking the name and mounting leaves an empty file. */
static void test_an_abandoned_name_is_used_again(void **state)
{
    char path[64];
    int fd;

    (void)state;
    snprintf(path, sizeof(path), NETNS_DIR "/%s", want.netns);
    fd = open(path, O_CREAT | O_RDONLY | O_CLOEXEC, 0);
    assert_true(fd >= 0);
    close(fd);
    ensure(true, true);
    assert_int_equal(instance_remove(run_dir, want.netns), 0);

    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600); /* but not one with something in it */
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
    assert_int_equal(instance_ensure(run_dir, &want, &result), -EEXIST);
    assert_int_equal(unlink(path), 0);
}

static void test_a_bad_name_goes_nowhere(void **state)
{
    (void)state;
    strcpy(want.netns, "../x");
    assert_int_equal(instance_ensure(run_dir, &want, &result), -EINVAL);
    assert_int_equal(netns_delete(""), -EINVAL);
    assert_int_equal(netns_delete("a/b"), -EINVAL);
}

static int all_tests(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_an_instance_is_made_and_then_left_alone),
        CASE(test_what_differs_is_mended),
        CASE(test_a_changed_wish_replaces_only_what_is_ours),
        CASE(test_foreign_things_are_left_alone),
        CASE(test_a_foreign_eth0_is_left_alone),
        CASE(test_two_run_directories_do_not_meet),
        CASE(test_removal),
        CASE(test_the_tap_is_opened_once),
        CASE(test_an_abandoned_name_is_used_again),
        CASE(test_a_bad_name_goes_nowhere),
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
