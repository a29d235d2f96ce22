#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "region.h"

/* What the golden cases cannot show: the other language, errors of tunnels, and answers with many
 * ends or long names. */

static void begin(struct region *r)
{
    region_init(r);
    region_make(r, MODEL_NODE, "{'id': 'node-a', 'roles': ['gateway', 'compute']}");
    region_make(r, MODEL_VPC, "{'id': 'vpc-a', 'cidr': '10.1.0.0/16'}");
    region_make(r, MODEL_SUBNET,
                "{'id': 'subnet-a', 'vpcId': 'vpc-a', 'cidr': '10.1.1.0/24', 'routeTableId': "
                "'rtb-a'}");
}

static json_t *ask(const struct region *r, const char *table, const char *address,
                   plan_tunnel_status *status, void *user, enum words_lang lang)
{
    json_t *told = NULL;
    struct addr a;

    assert_int_equal(addr_parse(address, &a), 0);
    assert_int_equal(plan_explain(r->now, NULL, table, false, &a, status, user, lang, &told), 0);
    assert_int_equal(json_array_size(json_object_get(told, "steps")),
                     json_array_size(json_object_get(told, "stepsCodes")));
    return told;
}

static const char *step(const json_t *told, size_t i)
{
    return json_string_value(json_array_get(json_object_get(told, "steps"), i));
}

static const json_t *step_code(const json_t *told, size_t i)
{
    return json_array_get(json_object_get(told, "stepsCodes"), i);
}

/* ---- many ends ---- */

static void add_instances(struct region *r, unsigned count, const char *name)
{
    json_t *routes = json_array();

    for (unsigned i = 0; i < count; i++) {
        char id[16], address[24];

        snprintf(id, sizeof(id), "i-%u", i);
        snprintf(address, sizeof(address), "10.1.1.%u", 10 + i);
        region_put(r, MODEL_INSTANCE,
                   json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "name", name, "subnetId",
                             "subnet-a", "address", address, "nodeId", "node-a", "attachment",
                             "netns"));
        json_array_append_new(routes,
                              json_pack("{s:s, s:s}", "destination", "10.9.0.0/16", "nextHop", id));
    }
    region_put(r, MODEL_ROUTE_TABLE,
               json_pack("{s:s, s:s, s:b, s:o}", "id", "rtb-a", "vpcId", "vpc-a", "default", 1,
                         "routes", routes));
}

static void expect_ends(unsigned count, const char *en, const char *zh, const char *code)
{
    struct region r;
    json_t *told;

    begin(&r);
    add_instances(&r, count, "n");
    region_commit(&r);
    told = ask(&r, "rtb-a", "10.9.0.1", NULL, NULL, WORDS_ZH);
    assert_string_equal(model_str(told, "answer"), zh);
    json_decref(told);
    told = ask(&r, "rtb-a", "10.9.0.1", NULL, NULL, WORDS_EN);
    assert_string_equal(model_str(told, "answer"), en);
    assert_string_equal(model_str(told, "answerCode"), code);
    assert_string_equal(model_str(told, "answerArguments.first.code"), "end.instance");
    assert_string_equal(model_str(told, "answerArguments.first.arguments.instance"), "i-0");
    json_decref(told);
    region_done(&r);
}

static void test_each_end_is_named(void **state)
{
    (void)state;
    expect_ends(1, "10.9.0.1 goes to instance i-0 (n).", "去往10.9.0.1的报文发往实例i-0（n）。",
                "goes.one");
    expect_ends(2, "10.9.0.1 goes to instance i-0 (n), or to instance i-1 (n).",
                "去往10.9.0.1的报文发往实例i-0（n）；或发往实例i-1（n）。", "goes.two");
    expect_ends(5,
                "10.9.0.1 goes to instance i-0 (n), or to instance i-1 (n), or to instance i-2 "
                "(n), or to instance i-3 (n), or to instance i-4 (n).",
                "去往10.9.0.1的报文发往实例i-0（n）；或发往实例i-1（n）；或发往实例i-2（n）；"
                "或发往实例i-3（n）；或发往实例i-4（n）。",
                "goes.five");
    expect_ends(6,
                "10.9.0.1 goes to instance i-0 (n), or to instance i-1 (n), or to instance i-2 "
                "(n), or to instance i-3 (n), or to instance i-4 (n), or to instance i-5 (n).",
                "去往10.9.0.1的报文发往实例i-0（n）；或发往实例i-1（n）；或发往实例i-2（n）；"
                "或发往实例i-3（n）；或发往实例i-4（n）；或发往实例i-5（n）。",
                "goes.six");
    expect_ends(9,
                "10.9.0.1 goes to instance i-0 (n), or to instance i-1 (n), or to instance i-2 "
                "(n), or to instance i-3 (n), or to instance i-4 (n), or one of 4 other ways.",
                "去往10.9.0.1的报文发往实例i-0（n）；或发往实例i-1（n）；或发往实例i-2（n）；"
                "或发往实例i-3（n）；或发往实例i-4（n）；或其余4种去向之一。",
                "goes.six");
}

static void test_an_end_of_several_ways_is_said_once(void **state)
{
    struct region r;
    json_t *told;

    (void)state;
    begin(&r);
    for (int i = 0; i < 2; i++) {
        const char *gateway = i ? "bgw-b" : "bgw-a";

        region_put(&r, MODEL_BORDER_GATEWAY, json_pack("{s:s}", "id", gateway));
        region_put(&r, MODEL_VPC_ATTACHMENT,
                   json_pack("{s:s, s:s, s:s, s:s}", "id", i ? "vpcattach-b" : "vpcattach-a",
                             "borderGatewayId", gateway, "vpcId", "vpc-a", "propagation", "none"));
        region_put(&r, MODEL_BORDER_GATEWAY_ROUTE,
                   json_pack("{s:s, s:s, s:s, s:s}", "id", i ? "bgwroute-b" : "bgwroute-a",
                             "borderGatewayId", gateway, "destination", "10.9.0.0/16", "nextHop",
                             "blackhole"));
    }
    region_make(&r, MODEL_ROUTE_TABLE,
                "{'id': 'rtb-a', 'vpcId': 'vpc-a', 'default': true, 'routes': [{'destination': "
                "'10.9.0.0/16', 'nextHop': 'bgw-a'}, {'destination': '10.9.0.0/16', 'nextHop': "
                "'bgw-b'}]}");
    region_commit(&r);
    told = ask(&r, "rtb-a", "10.9.0.1", NULL, NULL, WORDS_EN);
    assert_string_equal(model_str(told, "answer"),
                        "10.9.0.1 goes nowhere: a blackhole route drops it.");
    assert_string_equal(model_str(told, "answerCode"), "goes.one");
    assert_string_equal(step(told, 4), "The lookup goes on at border gateway bgw-b.");
    json_decref(told);
    told = ask(&r, "rtb-a", "10.9.0.1", NULL, NULL, WORDS_ZH);
    assert_string_equal(model_str(told, "answer"), "去往10.9.0.1的报文无法送达：被黑洞路由丢弃。");
    assert_string_equal(step(told, 4), "在边界网关bgw-b继续查找。");
    json_decref(told);
    region_done(&r);
}

static void expect_whole(unsigned count, const char *name, enum words_lang lang, const char *stop)
{
    struct region r;
    const char *said;
    json_t *told;

    begin(&r);
    add_instances(&r, count, name);
    region_commit(&r);
    told = ask(&r, "rtb-a", "10.9.0.1", NULL, NULL, lang);
    said = model_str(told, "answer");
    assert_true(strlen(said) < WORDS_TEXT_MAX);
    assert_string_equal(said + strlen(said) - strlen(stop), stop);
    for (unsigned i = 0; i < count; i++) {
        char id[16];

        snprintf(id, sizeof(id), " i-%u (", i);
        if (lang == WORDS_EN && !strstr(said, id))
            fail_msg("%s is not in %s", id, said);
    }
    json_decref(told);
    region_done(&r);
}

/* The longest that the API takes are said in full; damage is cut in the names. */
static void test_long_names(void **state)
{
    char name[700];

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    expect_whole(6, name, WORDS_EN, "...).");
    expect_whole(6, name, WORDS_ZH, "...）。");
    expect_whole(1, name, WORDS_EN, "n).");
    name[64] = 0;
    expect_whole(6, name, WORDS_EN, "nnn).");
    expect_whole(6, name, WORDS_ZH, "nnn）。");
}

/* ---- tunnels ---- */

static json_t *status_of(void *user, const struct model_vpn_tunnel *tunnel)
{
    (void)tunnel;
    return json_pack("{s:s, s:s}", "operState", "down", "lastError", (const char *)user);
}

static void add_tunnel(struct region *r)
{
    region_make(r, MODEL_BORDER_GATEWAY, "{'id': 'bgw-a'}");
    region_make(r, MODEL_CUSTOMER_GATEWAY, "{'id': 'cgw-a', 'addresses': ['203.0.113.1']}");
    region_make(r, MODEL_VPN_CONNECTION,
                "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
                "'cloudAddresses': ['198.51.100.1']}");
    region_make(r, MODEL_VPN_TUNNEL,
                "{'id': 'vpntun-a', 'vpnConnectionId': 'vpn-a', 'cloudAddress': '198.51.100.1', "
                "'customerAddress': '203.0.113.1', 'tunnelAddress': '169.254.1.1/30', "
                "'peerTunnelAddress': '169.254.1.2'}");
    region_make(r, MODEL_BORDER_GATEWAY_ROUTE,
                "{'id': 'bgwroute-a', 'borderGatewayId': 'bgw-a', 'destination': '10.2.0.0/16', "
                "'nextHop': 'vpn-a'}");
}

static json_t *ask_with_error(const struct region *r, char *error, enum words_lang lang)
{
    return ask(r, "bgw-a", "10.2.0.1", status_of, error, lang);
}

static void test_the_error_of_a_tunnel_is_a_message_inside(void **state)
{
    char route[WORDS_TEXT_MAX], error[WORDS_TEXT_MAX], plain[] = "a {strange|text";
    struct prefix to;
    struct region r;
    json_t *told;

    (void)state;
    begin(&r);
    add_tunnel(&r);
    region_commit(&r);
    assert_int_equal(prefix_parse("10.2.0.0/16", &to), 0);
    /* As deep as a message may be that stands in another. */
    words_write(SAY(ROUTE_STATIC, &to, words_coded(WORDS_HOP_CONNECTION), "vpn-a"), route,
                sizeof(route));
    words_write(SAY(ROUTE_LOSES_CONFLICT, words_written(route)), error, sizeof(error));

    told = ask_with_error(&r, error, WORDS_EN);
    assert_string_equal(step(told, 2),
                        "Tunnel vpntun-a (198.51.100.1 to 203.0.113.1) is down: it overlaps "
                        "10.2.0.0/16 (static route to VPN connection vpn-a), which was propagated "
                        "first.");
    assert_string_equal(model_str(step_code(told, 2), "code"), "way.tunnel-error");
    assert_string_equal(model_str(step_code(told, 2), "arguments.state"), "down");
    assert_string_equal(model_str(step_code(told, 2), "arguments.error.code"),
                        "route.loses-conflict");
    assert_string_equal(
        model_str(step_code(told, 2), "arguments.error.arguments.winner.arguments.hop.code"),
        "hop.vpnConnection");
    json_decref(told);
    told = ask_with_error(&r, error, WORDS_ZH);
    assert_string_equal(step(told, 1), "来自VPN连接或专线接口的报文不使用该路由：互通转发未开启。");
    assert_string_equal(step(told, 2),
                        "隧道vpntun-a（198.51.100.1到203.0.113.1）的运行状态为down：与先传播的"
                        "10.2.0.0/16（静态路由，下一跳为VPN连接vpn-a）重叠。");
    assert_string_equal(step(told, 3), "VPN连接vpn-a没有已连通的隧道，不承载流量。");
    assert_string_equal(model_str(told, "answer"),
                        "去往10.2.0.1的报文无法送达：其VPN连接没有已连通的隧道。");
    json_decref(told);
    told = ask_with_error(&r, plain, WORDS_ZH);
    assert_string_equal(
        step(told, 2),
        "隧道vpntun-a（198.51.100.1到203.0.113.1）的运行状态为down：a {strange|text。");
    assert_string_equal(model_str(step_code(told, 2), "arguments.error"), plain);
    json_decref(told);
    region_done(&r);
}

/* One that fills its room leaves the rest of the step in place. */
static void test_a_long_error_is_cut(void **state)
{
    char text[WORDS_TEXT_MAX - 60], error[WORDS_TEXT_MAX];
    struct region r;
    json_t *told;

    (void)state;
    begin(&r);
    add_tunnel(&r);
    region_commit(&r);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    words_write(SAY(ROUTE_UNATTACHED, words_coded(WORDS_HOP_GATEWAY), text), error, sizeof(error));
    told = ask_with_error(&r, error, WORDS_EN);
    assert_true(text_starts_with(step(told, 2),
                                 "Tunnel vpntun-a (198.51.100.1 to 203.0.113.1) is down: this VPC "
                                 "has no attachment to border gateway xxx"));
    assert_non_null(strstr(step(told, 2), "x...."));
    assert_string_equal(model_str(step_code(told, 2), "arguments.error.code"), "route.unattached");
    json_decref(told);
    region_done(&r);
}

/* ---- tables and problems ---- */

static void test_rows_and_problems_in_chinese(void **state)
{
    json_t *rows = NULL, *problems = NULL;
    const json_t *row, *problem;
    struct region r;

    (void)state;
    begin(&r);
    add_tunnel(&r);
    region_make(&r, MODEL_ROUTE_TABLE,
                "{'id': 'rtb-a', 'vpcId': 'vpc-a', 'default': true, 'routes': [{'destination': "
                "'10.2.0.0/16', 'nextHop': 'bgw-a'}]}");
    region_commit(&r);
    assert_int_equal(plan_route_table_routes(r.now, NULL, "rtb-a", WORDS_ZH, NULL, &rows), 0);
    row = json_array_get(rows, 1);
    assert_string_equal(model_str(row, "reason"), "本VPC没有到边界网关bgw-a的VPC接口");
    assert_string_equal(model_str(row, "reasonCode"), "route.unattached");
    assert_string_equal(model_str(row, "reasonArguments.target"), "bgw-a");
    assert_string_equal(model_str(row, "type"), "static"); /* for programs, in no language */
    assert_string_equal(model_str(json_array_get(rows, 0), "reason"), "");
    assert_null(json_object_get(json_array_get(rows, 0), "reasonCode"));
    json_decref(rows);

    assert_int_equal(plan_problems(r.now, NULL, WORDS_ZH, &problems), 0);
    problem = json_array_get(problems, 1);
    assert_string_equal(model_str(problem, "error"),
                        "没有节点承载其云端公网地址198.51.100.1：尚未安置到节点。");
    assert_string_equal(model_str(problem, "errorCode"), "problem.address-unplaced");
    assert_string_equal(model_str(problem, "errorArguments.cloudAddress"), "198.51.100.1");
    json_decref(problems);
    region_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_end_is_named),
        cmocka_unit_test(test_an_end_of_several_ways_is_said_once),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_the_error_of_a_tunnel_is_a_message_inside),
        cmocka_unit_test(test_a_long_error_is_cut),
        cmocka_unit_test(test_rows_and_problems_in_chinese),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
