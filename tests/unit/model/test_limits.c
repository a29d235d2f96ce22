#include "world.h"
#include "../said.h"

#include <stdio.h>

/* What one request may change at once, and what a region's ranges must keep. */

struct net {
    struct world w;
    const char *vpc, *gateway;
};

static int setup(void **state)
{
    static struct net n;

    world_init(&n.w);
    assert_int_equal(0, change(&n.w, "r1",
                               "{'quotas': {'routeTablesPerVpc': 1000, 'borderGateways': 1000, "
                               "'vpnConnectionsPerBorderGateway': 1000}}"));
    n.vpc = make(&n.w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    n.gateway = make(&n.w, MODEL_BORDER_GATEWAY, "{}");
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    struct net *n = *state;

    world_done(&n->w);
    return 0;
}

/* A list of that many new route tables; lent. */
static const char *make_tables(struct net *n, size_t count)
{
    struct buf list = {0};
    json_t *text;

    for (size_t i = 0; i < count; i++)
        buf_printf(&list, "%s'%s'", i ? ", " : "",
                   make(&n->w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", n->vpc));
    text = json_string(buf_text(&list));
    json_array_append_new(n->w.lent, text);
    buf_done(&list);
    return json_string_value(text);
}

static void test_an_attachment_of_many_tables(void **state)
{
    struct net *n = *state;
    const char *few = make_tables(n, 99), *more = make_tables(n, 99), *a;

    assert_int_equal(409, refuse(&n->w, MODEL_VPC_ATTACHMENT,
                                 "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': [%s, "
                                 "%s]}",
                                 n->gateway, n->vpc, few, more));
    assert_string_equal("too-large", n->w.error.type);
    a = make(&n->w, MODEL_VPC_ATTACHMENT,
             "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': [%s]}", n->gateway, n->vpc,
             few);
    assert_int_equal(100, n->w.last);
    assert_int_equal(409, change(&n->w, a, "{'routeTableIds': [%s]}", more)); /* out and in */
    assert_int_equal(0, change(&n->w, a, "{'routeTableIds': [%s, %s]}", few, more));
    /* Taking it away, or giving the VPC IPv6, would change all of them: first come smaller steps.
     */
    assert_int_equal(409, drop(&n->w, a));
    assert_string_equal("too-large", n->w.error.type);
    assert_int_equal(409, change(&n->w, n->vpc, "{'extraCidrs': ['fd00::/48']}"));
    assert_string_equal("too-large", n->w.error.type);
    assert_int_equal(0, change(&n->w, a, "{'routeTableIds': [%s]}", more));
    assert_int_equal(0, change(&n->w, n->vpc, "{'extraCidrs': ['fd00::/48']}"));
    assert_int_equal(100, n->w.last);
    assert_int_equal(0, drop(&n->w, a));
    assert_int_equal(100, n->w.last);
}

/* A table takes 64 propagations; what it cannot take is not left out silently. */
static void test_a_table_that_is_full(void **state)
{
    struct net *n = *state;
    const char *table = make(&n->w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", n->vpc), *a;
    struct buf list = {0};

    for (int i = 0; i < 63; i++)
        buf_printf(&list, "%s{'borderGatewayId': '%s', 'range': '10.%d.0.0/16'}", i ? ", " : "",
                   n->gateway, i);
    assert_int_equal(0, change(&n->w, table, "{'propagations': [%s]}", buf_text(&list)));
    a = make(&n->w, MODEL_VPC_ATTACHMENT,
             "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': ['%s']}", n->gateway,
             n->vpc, table);
    assert_int_equal(409, change(&n->w, n->vpc, "{'extraCidrs': ['fd00::/48']}"));
    assert_string_equal("extraCidrs", n->w.error.field);
    assert_int_equal(0, drop(&n->w, a));
    buf_printf(&list, ", {'borderGatewayId': '%s', 'range': '10.63.0.0/16'}", n->gateway);
    assert_int_equal(0, change(&n->w, table, "{'propagations': [%s]}", buf_text(&list)));
    assert_int_equal(409, refuse(&n->w, MODEL_VPC_ATTACHMENT,
                                 "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': "
                                 "['%s']}",
                                 n->gateway, n->vpc, table));
    assert_string_equal("routeTableIds", n->w.error.field);
    assert_int_equal(0, change(&n->w, table, "{'description': 'x'}"));
    buf_done(&list);
}

/* Addresses in use stay in the pools, however those are cut. */
static void test_pools_that_keep_what_is_in_use(void **state)
{
    static const struct {
        const char *pools;
        int status;
    } cases[] = {
        {"'198.51.100.0/29', '198.51.100.8/30', '198.51.100.12/30'", 0},
        {"'198.51.100.0/28', '203.0.113.0/24'", 0},
        {"'198.51.100.8/29', '198.51.100.0/30', '198.51.100.4/31', '198.51.100.6/32'", 0},
        {"'198.51.100.8/29', '198.51.100.0/30', '198.51.100.4/31'", 409}, /* .6 is out */
        {"'198.51.100.0/29', '203.0.113.0/24'", 0},
        {"'198.51.100.0/30', '203.0.113.0/24'", 409},
        {"'198.51.100.4/30'", 409},
        {"'fd01::/64'", 409},
        {"", 409},
    };
    struct net *n = *state;
    const char *customer = make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1']}");

    for (int i = 0; i < 3; i++) /* .1 to .6 */
        make(&n->w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n->gateway, customer);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].pools);
        assert_int_equal(cases[i].status,
                         change(&n->w, "r1", "{'publicPools': [%s]}", cases[i].pools));
    }
    assert_non_null(strstr(said(n->w.error.rule), "vpn-"));
    assert_int_equal(0, change(&n->w, "r1", "{'publicPools': ['198.51.100.0/28', 'fd01::/64']}"));
    make(&n->w, MODEL_VPN_CONNECTION,
         "{'borderGatewayId': '%s', 'customerGatewayId': '%s', 'addressFamily': 'dual'}",
         n->gateway, customer);
    assert_int_equal(409, change(&n->w, "r1", "{'publicPools': ['198.51.100.0/28']}"));
    assert_string_equal("fd01::1", n->w.error.value);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_an_attachment_of_many_tables),
        T(test_a_table_that_is_full),
        T(test_pools_that_keep_what_is_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
