#include "world.h"

#include <stdlib.h>

#include "plan.h"

/* Regions made the way users make them, through the model, and what the planner says of them after
 * each step. */

struct net {
    struct world w;
    const char *node, *vpc, *subnet, *gateway, *attachment;
};

static int setup(void **state)
{
    static struct net n;

    world_init(&n.w);
    n.node = make(&n.w, MODEL_NODE, "{'address': '203.0.113.9'}");
    n.vpc = make(&n.w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    n.subnet = make(&n.w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", n.vpc);
    n.gateway = make(&n.w, MODEL_BORDER_GATEWAY, "{}");
    n.attachment = make(&n.w, MODEL_VPC_ATTACHMENT, "{'borderGatewayId': '%s', 'vpcId': '%s'}",
                        n.gateway, n.vpc);
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    struct net *n = *state;

    world_done(&n->w);
    return 0;
}

static struct plan *make_plan(struct net *n)
{
    struct plan_input in = {.revision = 1, .region = world_find(&n->w, MODEL_REGION, "r1")};
    struct plan *plan = NULL;

    for (int k = 0; k < MODEL_KINDS; k++)
        in.resources[k] = n->w.kinds[k];
    assert_int_equal(plan_new(&in, &plan), 0);
    return plan;
}

/* "10.1.1.0/24 vpcattach-… !" for each: what is not effective ends with an exclamation mark. */
static void list_rows(const json_t *rows, struct buf *out)
{
    const json_t *row;
    size_t i;

    json_array_foreach (rows, i, row)
        buf_printf(out, "%s%s %s%s", i ? ", " : "", model_str(row, "destination"),
                   model_str(row, "nextHop"), model_bool(row, "effective", false) ? "" : " !");
}

PRINTF(3, 4)
static void expect_gateway(struct net *n, enum plan_table table, const char *fmt, ...)
{
    struct plan *plan = make_plan(n);
    struct buf actual = {0};
    json_t *rows = NULL;
    char *expected;
    va_list args;

    va_start(args, fmt);
    assert_true(vasprintf(&expected, fmt, args) >= 0);
    va_end(args);
    assert_int_equal(plan_gateway_routes(plan, n->gateway, table, &rows), 0);
    list_rows(rows, &actual);
    assert_string_equal(buf_text(&actual), expected);
    free(expected);
    buf_done(&actual);
    json_decref(rows);
    plan_free(plan);
}

PRINTF(3, 4)
static void expect_default_table(struct net *n, const char *vpc, const char *fmt, ...)
{
    struct plan *plan = make_plan(n);
    struct buf actual = {0};
    json_t *rows = NULL, *rtb = NULL;
    char *expected;
    va_list args;
    size_t i;

    va_start(args, fmt);
    assert_true(vasprintf(&expected, fmt, args) >= 0);
    va_end(args);
    json_array_foreach (n->w.kinds[MODEL_ROUTE_TABLE], i, rtb) {
        if (strcmp(model_str(rtb, "vpcId"), vpc) == 0)
            break;
    }
    assert_int_equal(plan_route_table_routes(plan, model_str(rtb, "id"), &rows), 0);
    list_rows(rows, &actual);
    assert_string_equal(buf_text(&actual), expected);
    free(expected);
    buf_done(&actual);
    json_decref(rows);
    plan_free(plan);
}

static void test_all_follows_later_subnets(void **state)
{
    struct net *n = *state;
    const char *later;

    expect_gateway(n, PLAN_PROPAGATED, "10.1.1.0/24 %s", n->attachment);
    later = make(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.2.0/24'}", n->vpc);
    expect_gateway(n, PLAN_PROPAGATED, "10.1.1.0/24 %s, 10.1.2.0/24 %s", n->attachment,
                   n->attachment);
    assert_int_equal(
        0, change(&n->w, n->attachment, "{'propagation': 'subnets', 'subnetIds': ['%s']}", later));
    expect_gateway(n, PLAN_PROPAGATED, "10.1.2.0/24 %s", n->attachment);
    expect_default_table(n, n->vpc, "10.1.0.0/16 local, 10.1.2.0/24 %s !", n->gateway);
    assert_int_equal(0, change(&n->w, n->attachment, "{'propagation': 'none', 'subnetIds': null}"));
    expect_gateway(n, PLAN_PROPAGATED, "%s", "");
    expect_default_table(n, n->vpc, "10.1.0.0/16 %s", "local");
}

static void test_the_later_attachment_waits_and_takes_over(void **state)
{
    struct net *n = *state;
    const char *vpc = make(&n->w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    const char *wide = make(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.0.0/20'}", vpc);
    const char *second = make(&n->w, MODEL_VPC_ATTACHMENT,
                              "{'borderGatewayId': '%s', 'vpcId': '%s'}", n->gateway, vpc);

    assert_true(wide[0]);
    expect_gateway(n, PLAN_PROPAGATED, "10.1.0.0/20 %s !, 10.1.1.0/24 %s", second, n->attachment);
    expect_gateway(n, PLAN_EFFECTIVE, "10.1.1.0/24 %s", n->attachment);
    /* Whoever stops and begins again stands at the end of the queue. */
    assert_int_equal(0, change(&n->w, n->attachment, "{'propagation': 'none'}"));
    expect_gateway(n, PLAN_PROPAGATED, "10.1.0.0/20 %s", second);
    assert_int_equal(0, change(&n->w, n->attachment, "{'propagation': 'all'}"));
    expect_gateway(n, PLAN_PROPAGATED, "10.1.0.0/20 %s, 10.1.1.0/24 %s !", second, n->attachment);
    assert_int_equal(0, drop(&n->w, second));
    expect_gateway(n, PLAN_PROPAGATED, "10.1.1.0/24 %s", n->attachment);
    expect_default_table(n, vpc, "10.1.0.0/16 %s", "local");
}

/* The story of two regions, one of them, from its customer gateway on. */
static void test_the_story(void **state)
{
    struct net *n = *state;
    const char *customer, *connection, *tunnel, *instance, *route;
    json_t *doc = NULL, *answer = NULL, *item;
    struct addr a = addr_v4(10, 2, 1, 9);
    struct plan *plan;

    customer = make(&n->w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1', '192.0.2.2']}");
    connection = make(&n->w, MODEL_VPN_CONNECTION,
                      "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}", n->gateway, customer);
    tunnel = make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s'}", connection);
    make(&n->w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s'}",
         connection, tunnel);
    instance = make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s'}", n->subnet);
    route = make(&n->w, MODEL_BORDER_GATEWAY_ROUTE,
                 "{'borderGatewayId': '%s', 'destination': '10.2.0.0/16', 'nextHop': '%s'}",
                 n->gateway, connection);
    assert_true(route[0]);
    expect_gateway(n, PLAN_STATIC, "10.2.0.0/16 %s", connection);
    expect_default_table(n, n->vpc, "10.1.0.0/16 local, 10.1.1.0/24 %s !, 10.2.0.0/16 %s",
                         n->gateway, n->gateway);

    plan = make_plan(n);
    assert_int_equal(plan_problems(plan, &doc), 0);
    assert_int_equal(json_array_size(doc), 0);
    json_decref(doc);
    assert_int_equal(plan_desired(plan, n->node, &doc), 0);
    assert_int_equal(json_array_size(json_object_get(doc, "cloudAddresses")), 2);
    assert_int_equal(json_array_size(json_object_get(doc, "tables")), 4);
    assert_int_equal(json_array_size(json_object_get(doc, "tunnels")), 2);
    item = json_array_get(json_object_get(doc, "tunnels"), 0);
    assert_int_equal(strlen(model_str(item, "psk")), 32);
    assert_string_equal(model_str(item, "adminState"), "up");
    assert_int_equal(model_int(item, "ike.version", 0), 2);
    assert_int_equal(model_int(item, "dpd.intervalSeconds", 0), 10);
    assert_true(model_bool(item, "ipsec.esn", false));
    item = json_array_get(json_object_get(doc, "instances"), 0);
    assert_string_equal(model_str(item, "id"), instance);
    assert_string_equal(model_str(item, "gateway"), "10.1.1.1");
    assert_string_equal(model_str(item, "attachment"), "netns");
    assert_int_equal(plan_explain(plan, n->gateway, &a, NULL, NULL, &answer), 0);
    assert_int_equal(strncmp(model_str(answer, "answer"), "10.2.1.9 goes to VPN connection ", 32),
                     0);
    json_decref(answer);
    json_decref(doc);
    plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_follows_later_subnets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_later_attachment_waits_and_takes_over, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_story, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
