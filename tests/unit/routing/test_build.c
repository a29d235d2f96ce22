#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "routing_build.h"

/* From candidates to packet tables: what leads where on this node. */

static struct prefix net(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static struct addr host(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a), 0);
    return a;
}

/* ---- what is here: whatever ends with "-here" ---- */

static bool ends_here(void *arg, const char *id)
{
    size_t len = strlen(id);

    (void)arg;
    return len >= 5 && strcmp(id + len - 5, "-here") == 0;
}

static const char *vpc_of(void *arg, const char *attachment)
{
    (void)arg;
    return strcmp(attachment, "vpcattach-lost") == 0 ? NULL
           : strcmp(attachment, "vpcattach-b") == 0  ? "vpc-b"
                                                     : "vpc-a";
}

static const struct routing_here here = {.vpc_of = vpc_of,
                                         .has_tunnel = ends_here,
                                         .has_line = ends_here,
                                         .has_gateway = ends_here,
                                         .has_instance = ends_here};

/* "10.0.0.0/8 port i-here + unreachable" on a line of its own. */
static int write_route(void *arg, const struct routing_packet_route *route)
{
    char text[PREFIX_TEXT_MAX];
    struct buf *out = arg;

    buf_puts(out, prefix_format(&route->prefix, text));
    for (size_t i = 0; i < route->count; i++)
        buf_printf(out, "%s %s%s%s", i ? " +" : "", routing_to_name(route->hops[i].to),
                   route->hops[i].target[0] ? " " : "", route->hops[i].target);
    buf_puts(out, "\n");
    return 0;
}

static void expect_gateway(const struct routing_table *t, bool from_tunnel, const char *expected)
{
    struct buf out = {0};

    assert_int_equal(routing_compile_gateway(t, from_tunnel, &here, write_route, &out), 0);
    assert_string_equal(buf_text(&out), expected);
    buf_done(&out);
}

static void expect_route_table(const struct routing_table *t, const char *expected)
{
    struct buf out = {0};

    assert_int_equal(routing_compile_route_table(t, "vpc-a", &here, write_route, &out), 0);
    assert_string_equal(buf_text(&out), expected);
    buf_done(&out);
}

/* ---- gateways ---- */

static void fix(struct routing_table *t, const char *destination, const char *next_hop)
{
    struct prefix p = net(destination);

    assert_int_equal(routing_add_static(t, &p, next_hop, "bgwroute-x", 1), 0);
}

static void make_gateway(struct routing_table *t)
{
    struct addr inner[] = {host("169.254.2.1"), host("169.254.1.1")};
    struct prefix offer = net("10.1.0.0/24");

    for (size_t i = 0; i < ARRAY_SIZE(inner); i++)
        assert_int_equal(routing_add_inner(t, &inner[i]), 0);
    assert_int_equal(routing_add_offer(t, "vpcattach-a", &offer, 5), 0);
    fix(t, "10.2.0.0/16", "vpn-here");
    fix(t, "10.3.0.0/16", "vpn-far");
    fix(t, "10.4.0.0/16", "vpn-here");
    fix(t, "10.4.0.0/16", "vpn-far");
    fix(t, "10.4.0.0/16", "vpn-too-here");
    fix(t, "10.5.0.0/16", "blackhole");
    fix(t, "10.5.0.0/16", "vpn-here");
    fix(t, "10.6.0.0/16", "vpcattach-b");
    fix(t, "10.6.0.0/16", "vpcattach-a");
    fix(t, "10.7.0.0/16", "vpcattach-lost");
    routing_select_gateway(t, 300);
}

static void test_a_gateway(void **state)
{
    struct routing_table t = {0};

    (void)state;
    make_gateway(&t);
    expect_gateway(&t, false,
                   "10.1.0.0/24 table vpc-a\n"
                   "10.2.0.0/16 connection vpn-here\n"
                   "10.3.0.0/16 unreachable\n"
                   "10.4.0.0/16 connection vpn-here + connection vpn-too-here\n"
                   "10.5.0.0/16 blackhole\n"
                   "10.6.0.0/16 table vpc-a + table vpc-b\n"
                   "10.7.0.0/16 unreachable\n"
                   "169.254.1.1/32 self\n"
                   "169.254.2.1/32 self\n");
    routing_table_done(&t);
}

/* Not missing: a shorter route must not catch the packet. */
static void test_from_a_tunnel_connections_are_unreachable(void **state)
{
    struct routing_table t = {0};

    (void)state;
    make_gateway(&t);
    expect_gateway(&t, true,
                   "10.1.0.0/24 table vpc-a\n"
                   "10.2.0.0/16 unreachable\n"
                   "10.3.0.0/16 unreachable\n"
                   "10.4.0.0/16 unreachable\n"
                   "10.5.0.0/16 blackhole\n"
                   "10.6.0.0/16 table vpc-a + table vpc-b\n"
                   "10.7.0.0/16 unreachable\n"
                   "169.254.1.1/32 self\n"
                   "169.254.2.1/32 self\n");
    routing_table_done(&t);
}

/* ---- VPC route tables ---- */

static void fix_vpc(struct routing_table *t, const char *destination, const char *next_hop,
                    const char *attachment)
{
    struct prefix p = net(destination);

    assert_int_equal(routing_add_vpc_static(t, &p, next_hop, attachment), 0);
}

static void test_a_route_table(void **state)
{
    struct prefix all = net("0.0.0.0/0"), range = net("10.1.0.0/16");
    struct routing_table gateway = {0}, t = {0};

    (void)state;
    make_gateway(&gateway);
    assert_int_equal(routing_add_range(&t, &range), 0);
    fix_vpc(&t, "10.8.0.0/16", "i-here", "");
    fix_vpc(&t, "10.8.1.0/24", "i-far", "");
    fix_vpc(&t, "10.8.2.0/24", "blackhole", "");
    fix_vpc(&t, "10.9.0.0/16", "bgw-here", "vpcattach-a");
    fix_vpc(&t, "10.9.1.0/24", "bgw-far", "vpcattach-a");
    fix_vpc(&t, "10.9.2.0/24", "bgw-here", ""); /* no attachment: not effective */
    assert_int_equal(routing_propagate(&gateway, "bgw-far", &all, "vpcattach-c", &t), 0);
    all = net("10.2.0.0/16");
    assert_int_equal(routing_propagate(&gateway, "bgw-here", &all, "vpcattach-a", &t), 0);
    routing_select_vpc(&t, 100);
    expect_route_table(&t, "10.1.0.0/16 table vpc-a\n"
                           "10.2.0.0/16 table bgw-here\n"
                           "10.3.0.0/16 unreachable\n"
                           "10.4.0.0/16 unreachable\n"
                           "10.5.0.0/16 unreachable\n"
                           "10.6.0.0/16 unreachable\n"
                           "10.7.0.0/16 unreachable\n"
                           "10.8.0.0/16 port i-here\n"
                           "10.8.1.0/24 unreachable\n"
                           "10.8.2.0/24 blackhole\n"
                           "10.9.0.0/16 table bgw-here\n"
                           "10.9.1.0/24 unreachable\n");
    routing_table_done(&t);
    routing_table_done(&gateway);
}

static void test_the_table_of_a_vpc(void **state)
{
    const struct routing_subnet subnets[] = {
        {net("10.1.2.0/24"), host("10.1.2.1"), "rtb-a"},
        {net("10.1.1.0/24"), host("10.1.1.1"), "rtb-b"},
        {net("fd00::/64"), host("fd00::1"), "rtb-c"},
    };
    const struct addr instance = host("10.1.2.4");
    struct buf out = {0};
    char text[ADDR_TEXT_MAX];
    struct addr self;

    (void)state;
    assert_int_equal(routing_compile_subnet(&subnets[0], NULL, write_route, &out), 0);
    assert_int_equal(routing_compile_instance("i-a", &instance, write_route, &out), 0);
    assert_string_equal(buf_text(&out), "10.1.2.0/24 unreachable\n"
                                        "10.1.2.1/32 self\n"
                                        "10.1.2.4/32 port i-a\n");
    buf_done(&out);
    out = (struct buf){0};
    assert_int_equal(routing_compile_subnet(&subnets[0], "subnet-a", write_route, &out), 0);
    assert_string_equal(buf_text(&out), "10.1.2.0/24 port subnet-a\n"
                                        "10.1.2.1/32 self\n");
    buf_done(&out);
    self = routing_self_vpc(subnets, ARRAY_SIZE(subnets), NULL, ADDR_IPV4);
    assert_string_equal(addr_format(&self, text), "10.1.1.1");
    self = routing_self_vpc(subnets, ARRAY_SIZE(subnets), "rtb-a", ADDR_IPV4);
    assert_string_equal(addr_format(&self, text), "10.1.2.1");
    self = routing_self_vpc(subnets, ARRAY_SIZE(subnets), NULL, ADDR_IPV6);
    assert_string_equal(addr_format(&self, text), "fd00::1");
    self = routing_self_vpc(subnets, ARRAY_SIZE(subnets), "rtb-a", ADDR_IPV6);
    assert_string_equal(addr_format(&self, text), "");
    self = routing_self_vpc(subnets, ARRAY_SIZE(subnets), "rtb-none", ADDR_IPV4);
    assert_string_equal(addr_format(&self, text), "");
}

/* ---- what is refused ---- */

static void test_next_hops_by_their_form(void **state)
{
    static const struct {
        const char *text;
        bool known;
        enum routing_hop hop;
        bool gateway, vpc; /* may stand in a table of this kind */
    } cases[] = {
        {"blackhole", true, ROUTING_HOP_BLACKHOLE, true, true},
        {"vpcattach-a", true, ROUTING_HOP_ATTACHMENT, true, false},
        {"pvif-a", true, ROUTING_HOP_PRIVATE_INTERFACE, true, false},
        {"vpn-a", true, ROUTING_HOP_CONNECTION, true, false},
        {"bgw-a", true, ROUTING_HOP_GATEWAY, false, true},
        {"i-a", true, ROUTING_HOP_INSTANCE, false, true},
        {"10.1.0.254", true, ROUTING_HOP_ROUTER, false, true},
        {"fd00::fe", true, ROUTING_HOP_ROUTER, false, true},
        {"10.1.0.254/24", false, ROUTING_HOP_LOCAL, false, false},
        {"vpntun-a", false, ROUTING_HOP_LOCAL, false, false},
        {"vpc-a", false, ROUTING_HOP_LOCAL, false, false},
        {"", false, ROUTING_HOP_LOCAL, false, false},
    };
    const struct prefix p = net("10.0.0.0/8"), none = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct routing_table t = {0};
        enum routing_hop hop = ROUTING_HOP_LOCAL;

        assert_int_equal(routing_parse_hop(cases[i].text, &hop), cases[i].known);
        assert_int_equal(hop, cases[i].hop);
        assert_int_equal(routing_add_static(&t, &p, cases[i].text, "", 0),
                         cases[i].gateway ? 0 : -EINVAL);
        assert_int_equal(routing_add_vpc_static(&t, &p, cases[i].text, ""),
                         cases[i].vpc ? 0 : -EINVAL);
        assert_int_equal(routing_add_static(&t, &none, cases[i].text, "", 0), -EINVAL);
        assert_int_equal(t.count, cases[i].gateway + cases[i].vpc);
        routing_table_done(&t);
    }
}

static int refuse(void *arg, const struct routing_packet_route *route)
{
    (void)route;
    return ++*(int *)arg == 2 ? -ENOSPC : 0;
}

static void test_a_refusal_ends_it(void **state)
{
    struct routing_table t = {0};
    int count = 0;

    (void)state;
    make_gateway(&t);
    assert_int_equal(routing_compile_gateway(&t, false, &here, refuse, &count), -ENOSPC);
    assert_int_equal(count, 2);
    routing_table_done(&t);
}

/* ---- BGP ---- */

static void learn(struct routing_table *t, const char *destination, const char *connection,
                  const char *tunnel, uint32_t length)
{
    struct prefix p = net(destination);

    assert_int_equal(routing_add_learned(t, &p, connection, tunnel, length, 9), 0);
}

static void make_learned(struct routing_table *t)
{
    struct prefix offer = net("10.1.0.0/24");
    struct addr inner = host("169.254.1.1");

    assert_int_equal(routing_add_inner(t, &inner), 0);
    assert_int_equal(routing_add_offer(t, "vpcattach-a", &offer, 5), 0);
    learn(t, "10.1.0.0/24", "vpn-here", "vpntun-1", 1); /* loses to the attachment */
    learn(t, "10.2.0.0/16", "vpn-here", "vpntun-1", 2);
    learn(t, "10.2.0.0/16", "vpn-here", "vpntun-2", 2);
    learn(t, "10.2.0.0/16", "vpn-too-here", "vpntun-3", 2);
    learn(t, "10.2.0.0/16", "vpn-too-here", "vpntun-4", 3); /* a longer way */
    learn(t, "10.3.0.0/16", "vpn-far", "vpntun-5", 1);
    fix(t, "10.4.0.0/16", "vpn-here");
    learn(t, "10.4.0.0/16", "vpn-too-here", "vpntun-3", 1); /* loses to what is static */
    fix(t, "10.5.0.0/16", "blackhole");
    routing_select_gateway(t, 300);
}

static void test_learned_routes_lead_to_tunnels(void **state)
{
    struct routing_table t = {0};
    char text[ROUTING_TEXT_MAX], said[WORDS_TEXT_MAX];

    (void)state;
    make_learned(&t);
    expect_gateway(&t, false,
                   "10.1.0.0/24 table vpc-a\n"
                   "10.2.0.0/16 tunnel vpntun-1 + tunnel vpntun-2 + tunnel vpntun-3\n"
                   "10.3.0.0/16 unreachable\n"
                   "10.4.0.0/16 connection vpn-here\n"
                   "10.5.0.0/16 blackhole\n"
                   "169.254.1.1/32 self\n");
    for (size_t i = 0; i < t.count; i++) {
        if (strcmp(t.routes[i].via, "vpntun-4") != 0)
            continue;
        assert_int_equal(t.routes[i].reason, ROUTING_LOSES_METRIC);
        routing_route_text(&t.routes[i], text);
        assert_string_equal(
            words_say_written(text, WORDS_EN, said, sizeof(said)),
            "10.2.0.0/16 (EBGP route via VPN connection vpn-too-here, tunnel vpntun-4, "
            "AS path length 3)");
    }
    routing_table_done(&t);
}

static int write_announced(void *arg, const struct routing_announced *a)
{
    char text[PREFIX_TEXT_MAX];
    struct buf *out = arg;

    buf_printf(out, "%s%s", prefix_format(&a->prefix, text), a->learned ? " learned" : "");
    for (size_t i = 0; i < a->n_except; i++) {
        buf_printf(out, " -%s", a->except[i]);
        assert_false(routing_is_announced_to(a, a->except[i]));
    }
    assert_true(routing_is_announced_to(a, "vpn-other"));
    buf_puts(out, "\n");
    return 0;
}

static void expect_announced(const struct routing_table *t, bool transit, const char *expected)
{
    struct buf out = {0};

    assert_int_equal(routing_announce(t, transit, write_announced, &out), 0);
    assert_string_equal(buf_text(&out), expected);
    buf_done(&out);
}

static int refuse_announced(void *arg, const struct routing_announced *a)
{
    (void)arg;
    (void)a;
    return -ENOSPC;
}

/* ---- private interfaces ---- */

static void fix_down(struct routing_table *t, const char *destination, const char *next_hop)
{
    struct routing_route route;
    struct prefix p = net(destination);

    assert_int_equal(routing_static_route(&p, next_hop, "bgwroute-x", 1, &route), 0);
    route.barred = ROUTING_LINE_DOWN;
    assert_int_equal(routing_add(t, &route), 0);
}

static void make_lines(struct routing_table *t)
{
    struct prefix offer = net("10.1.0.0/24");
    struct addr own = host("10.255.0.1");

    assert_int_equal(routing_add_inner(t, &own), 0);
    assert_int_equal(routing_add_offer(t, "vpcattach-a", &offer, 5), 0);
    learn(t, "10.1.0.0/24", "pvif-here", "pvif-here", 1); /* loses to the attachment */
    learn(t, "10.2.0.0/16", "pvif-here", "pvif-here", 3);
    learn(t, "10.2.0.0/16", "vpn-here", "vpntun-1", 1); /* a shorter way is no better */
    fix(t, "10.2.0.0/16", "vpn-here");                  /* nor one by hand */
    fix_down(t, "10.3.0.0/16", "pvif-here");
    fix(t, "10.3.0.0/16", "vpn-here");
    fix(t, "10.4.0.0/16", "pvif-here");
    fix(t, "10.4.0.0/16", "pvif-too-here");
    fix(t, "10.5.0.0/16", "pvif-far");
    routing_select_gateway(t, 300);
}

static void test_a_line_comes_before_the_vpn(void **state)
{
    struct routing_table t = {0};

    (void)state;
    make_lines(&t);
    expect_gateway(&t, false,
                   "10.1.0.0/24 table vpc-a\n"
                   "10.2.0.0/16 port pvif-here\n"
                   "10.3.0.0/16 connection vpn-here\n"
                   "10.4.0.0/16 port pvif-here + port pvif-too-here\n"
                   "10.5.0.0/16 unreachable\n"
                   "10.255.0.1/32 self\n");
    expect_gateway(&t, true,
                   "10.1.0.0/24 table vpc-a\n"
                   "10.2.0.0/16 unreachable\n"
                   "10.3.0.0/16 unreachable\n"
                   "10.4.0.0/16 unreachable\n"
                   "10.5.0.0/16 unreachable\n"
                   "10.255.0.1/32 self\n");
    routing_table_done(&t);
}

static void test_a_line_that_is_down_says_so(void **state)
{
    char text[ROUTING_TEXT_MAX], said[WORDS_TEXT_MAX];
    struct routing_table t = {0};
    unsigned down = 0;

    (void)state;
    make_lines(&t);
    for (size_t i = 0; i < t.count; i++) {
        if (t.routes[i].reason != ROUTING_LINE_DOWN)
            continue;
        down++;
        routing_reason_text(&t, i, text);
        assert_string_equal(words_say_written(text, WORDS_EN, said, sizeof(said)),
                            "private interface pvif-here is not up");
    }
    assert_int_equal(down, 1);
    routing_table_done(&t);
}

static int count_announced(void *arg, const struct routing_announced *a)
{
    unsigned *n = arg;

    (*n)++;
    if (a->prefix.addr.bytes[1] != 4)
        return 0;
    assert_int_equal(a->n_except, 2);
    assert_false(routing_is_announced_to(a, "pvif-here"));
    assert_true(routing_is_announced_to(a, "vpn-here"));
    return 0;
}

/* As what leads to a connection: with transit, and not back. */
static void test_what_leads_to_a_line_is_announced_with_transit(void **state)
{
    struct routing_table t = {0};
    unsigned n = 0;

    (void)state;
    make_lines(&t);
    assert_int_equal(routing_announce(&t, false, count_announced, &n), 0);
    assert_int_equal(n, 1);
    n = 0;
    assert_int_equal(routing_announce(&t, true, count_announced, &n), 0);
    assert_int_equal(n, 5);
    routing_table_done(&t);
}

static void test_what_is_announced(void **state)
{
    struct routing_table t = {0};

    (void)state;
    make_learned(&t);
    expect_announced(&t, false, "10.1.0.0/24\n10.5.0.0/16\n");
    expect_announced(&t, true,
                     "10.1.0.0/24\n"
                     "10.2.0.0/16 learned -vpn-here -vpn-too-here\n"
                     "10.3.0.0/16 learned -vpn-far\n"
                     "10.4.0.0/16 -vpn-here\n"
                     "10.5.0.0/16\n");
    assert_int_equal(routing_announce(&t, false, refuse_announced, NULL), -ENOSPC);
    routing_table_done(&t);
}

/* The peer's own names for it are not passed on by the speaker: they are announced as what they are
 * here. */
static void test_what_is_translated_is_announced_as_our_own(void **state)
{
    struct routing_table t = {0};
    struct prefix p;

    (void)state;
    assert_int_equal(prefix_parse("100.65.0.0/24", &p), 0);
    assert_int_equal(routing_add_translated(&t, &p, "vpn-here", "vpntun-1", 2, 9), 0);
    routing_select_gateway(&t, 300);
    expect_announced(&t, false, "");
    expect_announced(&t, true, "100.65.0.0/24 -vpn-here\n");
    routing_table_done(&t);
}

static void test_prefixes_are_exchanged_where_they_lie_inside(void **state)
{
    static const struct {
        const char *from, *to, *p, *want; /* NULL: it stays */
    } rows[] = {
        {"10.0.0.0/16", "100.64.0.0/16", "10.0.3.0/24", "100.64.3.0/24"},
        {"10.0.0.0/16", "100.64.0.0/16", "10.0.0.0/16", "100.64.0.0/16"},
        {"10.0.0.0/16", "100.64.0.0/16", "10.0.7.9/32", "100.64.7.9/32"},
        {"10.0.0.0/16", "100.64.0.0/16", "10.0.0.0/8", NULL},
        {"10.0.0.0/16", "100.64.0.0/16", "10.1.0.0/24", NULL},
        {"10.0.0.0/16", "100.64.0.0/16", "fd00::/64", NULL},
        {"fd00::/48", "fd64::/48", "fd00:0:0:5::/64", "fd64:0:0:5::/64"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix from, to, p;
        char text[PREFIX_TEXT_MAX];

        assert_int_equal(prefix_parse(rows[i].from, &from), 0);
        assert_int_equal(prefix_parse(rows[i].to, &to), 0);
        assert_int_equal(prefix_parse(rows[i].p, &p), 0);
        assert_int_equal(routing_translate(&from, &to, &p), rows[i].want != NULL);
        assert_string_equal(prefix_format(&p, text), rows[i].want ? rows[i].want : rows[i].p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_gateway),
        cmocka_unit_test(test_from_a_tunnel_connections_are_unreachable),
        cmocka_unit_test(test_a_route_table),
        cmocka_unit_test(test_the_table_of_a_vpc),
        cmocka_unit_test(test_next_hops_by_their_form),
        cmocka_unit_test(test_a_refusal_ends_it),
        cmocka_unit_test(test_learned_routes_lead_to_tunnels),
        cmocka_unit_test(test_a_line_comes_before_the_vpn),
        cmocka_unit_test(test_a_line_that_is_down_says_so),
        cmocka_unit_test(test_what_leads_to_a_line_is_announced_with_transit),
        cmocka_unit_test(test_what_is_announced),
        cmocka_unit_test(test_what_is_translated_is_announced_as_our_own),
        cmocka_unit_test(test_prefixes_are_exchanged_where_they_lie_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
