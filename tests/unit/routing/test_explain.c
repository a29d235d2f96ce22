#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "routing.h"

static void add(struct routing_table *t, const char *destination, enum routing_hop hop,
                enum routing_type type, const char *target, uint32_t metric)
{
    struct routing_route r = {.hop = hop, .type = type, .target = target, .metric = metric};

    assert_int_equal(prefix_parse(destination, &r.destination), 0);
    assert_int_equal(routing_add(t, &r), 0);
}

static void collect(void *arg, const char *sentence)
{
    buf_printf(arg, "%s\n", sentence);
}

static void expect(const struct routing_table *t, const char *address, const char *text)
{
    struct buf b = {0};
    struct addr a;

    assert_int_equal(addr_parse(address, &a), 0);
    routing_explain(t, &a, collect, &b);
    assert_string_equal(buf_text(&b), text);
    buf_done(&b);
}

static void test_gateway_tells_what_it_does(void **state)
{
    struct routing_table t = {0};

    (void)state;
    add(&t, "0.0.0.0/0", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, "vpn-d", 0);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP, "vpn-a", 2);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP, "vpn-b", 2);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_EBGP, "vpn-c", 3);
    add(&t, "10.2.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_IBGP, "vpn-c", 1);
    add(&t, "10.3.0.0/16", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-a", 0);
    add(&t, "10.3.7.0/24", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-b", 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, "vpn-a", 0);
    routing_select_gateway(&t, 300);
    expect(&t, "10.2.0.5",
           "10.2.0.5 matches 10.2.0.0/16 (EBGP route via VPN connection vpn-a, AS path length 2).\n"
           "Flows are shared with 10.2.0.0/16 (EBGP route via VPN connection vpn-b, AS path length "
           "2).\n"
           "Not taken: 10.2.0.0/16 (IBGP route via VPN connection vpn-c, AS path length 1): "
           "10.2.0.0/16 (EBGP route via VPN connection vpn-a, AS path length 2) wins: EBGP routes "
           "come before IBGP routes.\n"
           "Not taken: 10.2.0.0/16 (EBGP route via VPN connection vpn-c, AS path length 3): "
           "10.2.0.0/16 (EBGP route via VPN connection vpn-a, AS path length 2) wins: its AS path "
           "is shorter than 3.\n"
           "Not taken: 0.0.0.0/0 (static route to VPN connection vpn-d): it is less specific.\n");
    expect(&t, "10.3.7.1",
           "10.3.7.1 matches 10.3.0.0/16 (propagated by VPC attachment att-a).\n"
           "Not taken: 10.3.7.0/24 (propagated by VPC attachment att-b): it overlaps 10.3.0.0/16 "
           "(propagated by VPC attachment att-a), which was propagated first.\n"
           "Not taken: 10.3.0.0/16 (static route to VPN connection vpn-a): 10.3.0.0/16 (propagated "
           "by VPC attachment att-a) wins: VPC attachments come before VPN connections.\n"
           "Not taken: 0.0.0.0/0 (static route to VPN connection vpn-d): it is less specific.\n");
    expect(&t, "fd00::1", "No effective route matches fd00::1.\n");
    routing_table_done(&t);
}

static void test_vpc_table_tells_what_it_does(void **state)
{
    struct routing_table t = {0};

    (void)state;
    add(&t, "10.1.0.0/16", ROUTING_HOP_LOCAL, ROUTING_TYPE_LOCAL, "", 0);
    add(&t, "10.1.0.0/24", ROUTING_HOP_GATEWAY, ROUTING_TYPE_PROPAGATED, "bgw-a", 0);
    add(&t, "10.2.0.0/16", ROUTING_HOP_GATEWAY, ROUTING_TYPE_PROPAGATED, "bgw-a", 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_GATEWAY, ROUTING_TYPE_PROPAGATED, "bgw-a", 0);
    add(&t, "10.3.0.0/16", ROUTING_HOP_BLACKHOLE, ROUTING_TYPE_STATIC, "", 0);
    routing_select_vpc(&t, 1);
    expect(&t, "10.1.0.9",
           "10.1.0.9 matches 10.1.0.0/16 (local).\n"
           "Not taken: 10.1.0.0/24 (propagated by border gateway bgw-a): it lies inside "
           "10.1.0.0/16 (local), and local always wins.\n");
    expect(&t, "10.3.0.9",
           "10.3.0.9 matches 10.3.0.0/16 (static blackhole).\n"
           "Not taken: 10.3.0.0/16 (propagated by border gateway bgw-a): it came after the quota "
           "of 1 propagated routes was used up.\n");
    routing_table_done(&t);
}

static void test_names_are_the_api_s(void **state)
{
    (void)state;
    assert_string_equal(routing_hop_name(ROUTING_HOP_ATTACHMENT), "vpcAttachment");
    assert_string_equal(routing_hop_name(ROUTING_HOP_PRIVATE_INTERFACE), "privateInterface");
    assert_string_equal(routing_hop_name(ROUTING_HOP_CONNECTION), "vpnConnection");
    assert_string_equal(routing_hop_name(ROUTING_HOP_GATEWAY), "borderGateway");
    assert_string_equal(routing_hop_name(ROUTING_HOP_INSTANCE), "instance");
    assert_string_equal(routing_hop_name(ROUTING_HOP_BLACKHOLE), "blackhole");
    assert_string_equal(routing_hop_name(ROUTING_HOP_LOCAL), "local");
    assert_string_equal(routing_type_name(ROUTING_TYPE_LOCAL), "local");
    assert_string_equal(routing_type_name(ROUTING_TYPE_STATIC), "static");
    assert_string_equal(routing_type_name(ROUTING_TYPE_PROPAGATED), "propagated");
    assert_string_equal(routing_type_name(ROUTING_TYPE_EBGP), "ebgp");
    assert_string_equal(routing_type_name(ROUTING_TYPE_IBGP), "ibgp");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateway_tells_what_it_does),
        cmocka_unit_test(test_vpc_table_tells_what_it_does),
        cmocka_unit_test(test_names_are_the_api_s),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
