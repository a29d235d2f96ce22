#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "selectors.h"

#include "../said.h"

/* A gateway with two connections: vpn-a to 10.2.0.0/16 and 10.3.0.0/16, vpn-b to 10.9.0.0/16; two
 * subnets and an IPv6 one. The table of packets from tunnels has no routes to connections, unless
 * transit joins both. */
static struct tables tables;
static struct packet_table made[2];
static struct ipc_tunnel tunnel;

static void add(struct packet_table *t, const char *prefix, enum ipc_nexthop_kind kind,
                const char *target)
{
    struct ipc_nexthop hop = {.kind = (uint8_t)kind};
    struct prefix p;

    assert_int_equal(prefix_parse(prefix, &p), 0);
    strcpy(hop.target, target);
    assert_int_equal(packet_routes_put(&t->routes, &p, &hop, 1), 1);
}

static int setup(void **state)
{
    static const char *const names[] = {"bgw-a", "bgw-a/tunnel"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        made[i] = (struct packet_table){.whole = true};
        strcpy(made[i].table.id, names[i]);
        assert_int_equal(name_map_add(&tables.by_id, &made[i].link, made[i].table.id), 0);
    }
    add(&made[0], "10.2.0.0/16", IPC_NEXTHOP_CONNECTION, "vpn-a");
    add(&made[0], "10.3.0.0/16", IPC_NEXTHOP_CONNECTION, "vpn-a");
    add(&made[0], "10.9.0.0/16", IPC_NEXTHOP_CONNECTION, "vpn-b");
    for (size_t i = 0; i < 2; i++) {
        add(&made[i], "10.1.0.0/24", IPC_NEXTHOP_TABLE, "vpc-a");
        add(&made[i], "10.1.1.0/24", IPC_NEXTHOP_TABLE, "vpc-a");
        add(&made[i], "fd00:1::/64", IPC_NEXTHOP_TABLE, "vpc-a");
        add(&made[i], "169.254.1.1/32", IPC_NEXTHOP_SELF, "");
    }
    add(&made[1], "10.9.0.0/16", IPC_NEXTHOP_UNREACHABLE, "");
    tunnel = (struct ipc_tunnel){.id = "vpntun-a", .connection = "vpn-a", .table = "bgw-a/tunnel"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        packet_routes_done(&made[i].routes);
    name_map_done(&tables.by_id);
    return 0;
}

static uint16_t parse(const char *text, struct prefix *ret)
{
    char copy[128], *rest = NULL, *word;
    uint16_t n = 0;

    strcpy(copy, text);
    for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        assert_int_equal(prefix_parse(word, &ret[n++]), 0);
    return n;
}

static const char *explain(const char *local, const char *remote)
{
    static char text[IPC_TEXT_MAX];
    struct ipc_ike_status s = {0};

    s.n_local_ts = parse(local, s.local_ts);
    s.n_remote_ts = parse(remote, s.remote_ts);
    selectors_explain(&tables, &tunnel, &s, text, sizeof(text));
    assert_written(text);
    return text;
}

static void test_what_is_enough_is_not_told(void **state)
{
    static const struct {
        const char *local, *remote;
    } rows[] = {
        {"", ""}, /* nothing agreed yet */
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"10.1.0.0/24 10.1.1.0/24", "10.2.0.0/16 10.3.0.0/16"},
        {"10.1.0.0/23", "10.2.0.0/15"},
        {"10.1.0.0/25 10.1.0.128/25 10.1.1.0/24", /* halves make a whole, in any order */
         "10.3.0.0/16 10.2.128.0/17 10.2.0.0/17"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(explain(rows[i].local, rows[i].remote), "");
}

static void test_what_is_left_out_is_named(void **state)
{
    static const struct {
        const char *local, *remote, *code, *want;
    } rows[] = {
        {"0.0.0.0/0", "10.2.0.0/16", "node.narrowed-theirs",
         "the peer agreed only to 0.0.0.0/0 on this side and 10.2.0.0/16 on its own; left out are "
         "the routes to 10.3.0.0/16"},
        {"10.1.0.0/24", "0.0.0.0/0", "node.narrowed-ours",
         "the peer agreed only to 10.1.0.0/24 on this side and 0.0.0.0/0 on its own; left out are "
         "here 10.1.1.0/24"},
        {"10.1.0.0/24", "10.2.0.0/17 10.3.0.0/17 10.4.0.0/16", "node.narrowed-both",
         "the peer agreed only to 10.1.0.0/24 on this side and 10.2.0.0/17, 10.3.0.0/17 and 1 more "
         "on its own; left out are the routes to 10.2.0.0/16, 10.3.0.0/16, and here 10.1.1.0/24"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *written = explain(rows[i].local, rows[i].remote);

        assert_true(said_has(written, rows[i].code));
        assert_string_equal(said(written), rows[i].want);
    }
}

/* Selectors are about the addresses on the wire, routes about those that we know. */
static void test_translated_networks_are_looked_for_as_they_are_on_the_wire(void **state)
{
    static const char *const pairs[][2] = {{"10.1.0.0/16", "100.64.0.0/16"},
                                           {"10.1.0.0/16", "10.2.0.0/16"}};

    (void)state;
    tunnel.n_translations = 2;
    for (uint8_t i = 0; i < 2; i++) {
        tunnel.translations[i].side = i ? IPC_SIDE_PEER : IPC_SIDE_OWN;
        assert_int_equal(prefix_parse(pairs[i][0], &tunnel.translations[i].prefix), 0);
        assert_int_equal(prefix_parse(pairs[i][1], &tunnel.translations[i].seen_as), 0);
    }
    assert_string_equal(explain("100.64.0.0/16", "10.1.0.0/16 10.3.0.0/16"), "");
    assert_string_equal(said(explain("10.1.0.0/16", "10.2.0.0/15")),
                        "the peer agreed only to 10.1.0.0/16 on this side and 10.2.0.0/15 on its "
                        "own; left out are the routes to 10.1.0.0/16, and here 100.64.0.0/24, "
                        "100.64.1.0/24");
}

/* IPv6 subnets matter as soon as an IPv6 route leads to the connection. */
static void test_each_family_for_itself(void **state)
{
    (void)state;
    assert_string_equal(explain("0.0.0.0/0", "0.0.0.0/0"), "");
    add(&made[0], "fd00:2::/48", IPC_NEXTHOP_CONNECTION, "vpn-a");
    assert_said(explain("0.0.0.0/0", "0.0.0.0/0"), "node.narrowed-both",
                "the routes to fd00:2::/48, and here fd00:1::/64");
    assert_string_equal(explain("0.0.0.0/0 ::/0", "0.0.0.0/0 fd00:2::/47"), "");
}

static void test_transit_brings_the_other_connections_ranges(void **state)
{
    (void)state;
    strcpy(tunnel.table, "bgw-a");
    assert_said(explain("10.1.0.0/16", "0.0.0.0/0"), "node.narrowed-ours",
                "left out are here 10.9.0.0/16");
    assert_string_equal(explain("10.0.0.0/8", "0.0.0.0/0"), "");
}

static void test_a_connection_without_routes_lacks_nothing(void **state)
{
    (void)state;
    strcpy(tunnel.connection, "vpn-c");
    assert_string_equal(explain("10.77.0.0/32", "10.78.0.0/32"), "");
    strcpy(tunnel.table, "bgw-b");
    assert_string_equal(explain("10.77.0.0/32", "10.78.0.0/32"), "");
}

static void assert_networks(const struct prefix *list, uint16_t n, const char *want)
{
    char text[256] = "", one[PREFIX_TEXT_MAX];

    for (uint16_t i = 0; i < n; i++) {
        if (i)
            strcat(text, " ");
        strcat(text, prefix_format(&list[i], one));
    }
    assert_string_equal(text, want);
}

/* What a peer that does not narrow is offered: the ranges of the routes, none inside another. */
static void test_the_networks_of_the_routes(void **state)
{
    struct selectors_networks n;

    (void)state;
    add(&made[0], "10.2.7.0/24", IPC_NEXTHOP_CONNECTION, "vpn-a");
    selectors_networks(&tables, &tunnel, &n);
    assert_networks(n.remote, n.n_remote, "10.2.0.0/16 10.3.0.0/16");
    assert_networks(n.local, n.n_local, "10.1.0.0/24 10.1.1.0/24 fd00:1::/64");
    tunnel.n_translations = 1;
    tunnel.translations[0].side = IPC_SIDE_OWN;
    assert_int_equal(prefix_parse("10.1.0.0/16", &tunnel.translations[0].prefix), 0);
    assert_int_equal(prefix_parse("100.64.0.0/16", &tunnel.translations[0].seen_as), 0);
    selectors_networks(&tables, &tunnel, &n);
    assert_networks(n.local, n.n_local, "100.64.0.0/24 100.64.1.0/24 fd00:1::/64");
    strcpy(tunnel.connection, "vpn-unknown");
    selectors_networks(&tables, &tunnel, &n);
    assert_int_equal(n.n_remote, 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_what_is_enough_is_not_told),
        CASE(test_what_is_left_out_is_named),
        CASE(test_translated_networks_are_looked_for_as_they_are_on_the_wire),
        CASE(test_the_networks_of_the_routes),
        CASE(test_each_family_for_itself),
        CASE(test_transit_brings_the_other_connections_ranges),
        CASE(test_a_connection_without_routes_lacks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
