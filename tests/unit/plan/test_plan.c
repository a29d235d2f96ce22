#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "region.h"
#include "routing_build.h"
#include "sim_node.h"

/* What the golden cases cannot show: errors, secrets, damage, the members promised to nodes. */

static const struct {
    enum model_kind_id kind;
    const char *json;
} story[] = {
    {MODEL_NODE, "{'id': 'node-a', 'roles': ['gateway', 'compute']}"},
    {MODEL_VPC, "{'id': 'vpc-a', 'cidr': '10.1.0.0/16'}"},
    {MODEL_ROUTE_TABLE,
     "{'id': 'rtb-a', 'vpcId': 'vpc-a', 'default': true, 'routes': [{'destination': '10.9.0.0/16', "
     "'nextHop': 'i-a'}], 'propagations': [{'borderGatewayId': 'bgw-a', 'range': '0.0.0.0/0'}]}"},
    {MODEL_SUBNET,
     "{'id': 'subnet-a', 'vpcId': 'vpc-a', 'cidr': '10.1.1.0/24', 'routeTableId': 'rtb-a'}"},
    {MODEL_INSTANCE,
     "{'id': 'i-a', 'subnetId': 'subnet-a', 'address': '10.1.1.10', 'nodeId': 'node-a', "
     "'attachment': 'tap', 'interface': 'tap7'}"},
    {MODEL_BORDER_GATEWAY, "{'id': 'bgw-a', 'asn': 65000}"},
    {MODEL_VPC_ATTACHMENT,
     "{'id': 'vpcattach-a', 'borderGatewayId': 'bgw-a', 'vpcId': 'vpc-a', 'propagation': 'all'}"},
    {MODEL_CUSTOMER_GATEWAY, "{'id': 'cgw-a', 'asn': 65001, 'addresses': ['203.0.113.1']}"},
    {MODEL_VPN_CONNECTION,
     "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
     "'cloudAddresses': ['198.51.100.1']}"},
    {MODEL_VPN_TUNNEL,
     "{'id': 'vpntun-a', 'vpnConnectionId': 'vpn-a', 'cloudAddress': '198.51.100.1', "
     "'customerAddress': '203.0.113.1', 'tunnelAddress': '169.254.1.1/30', 'peerTunnelAddress': "
     "'169.254.1.2', 'psk': 'abcdefghijklmnop'}"},
    {MODEL_BORDER_GATEWAY_ROUTE,
     "{'id': 'bgwroute-a', 'borderGatewayId': 'bgw-a', 'destination': '10.2.0.0/16', 'nextHop': "
     "'vpn-a'}"},
    {MODEL_PLACEMENT, "{'id': 'bgw-a', 'nodeId': 'node-a', 'generation': 4}"},
    {MODEL_PLACEMENT, "{'id': '198.51.100.1', 'nodeId': 'node-a', 'generation': 5}"},
};

static int setup(void **state)
{
    static struct region r;

    region_init(&r);
    for (size_t i = 0; i < ARRAY_SIZE(story); i++)
        region_make(&r, story[i].kind, story[i].json);
    region_commit(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    region_done(*state);
    return 0;
}

static void test_what_does_not_exist(void **state)
{
    struct region *r = *state;
    struct addr a = addr_v4(10, 1, 1, 1);
    enum plan_table table;
    json_t *out = NULL;

    planner_free(NULL);
    assert_int_equal(plan_gateway_routes(r->now, NULL, "rtb-a", PLAN_STATIC, WORDS_EN, NULL, &out),
                     -ENOENT);
    assert_int_equal(plan_route_table_routes(r->now, NULL, "bgw-a", WORDS_EN, NULL, &out), -ENOENT);
    assert_int_equal(plan_explain(r->now, NULL, "vpc-a", false, &a, NULL, NULL, WORDS_EN, &out),
                     -ENOENT);
    assert_null(out);
    assert_int_equal(plan_parse_table("Effective", &table), -EINVAL);
    assert_int_equal(plan_parse_table("", &table), -EINVAL);
}

static void test_a_region_of_nothing(void **state)
{
    struct region r;
    json_t *problems = NULL;

    (void)state;
    region_init(&r);
    assert_int_equal(plan_problems(r.now, NULL, WORDS_EN, &problems), 0);
    assert_int_equal(json_array_size(problems), 0);
    assert_int_equal(r.moved, 0);
    json_decref(problems);
    region_done(&r);
}

/* ---- secrets ---- */

static bool contains(json_t *taken, const char *text)
{
    char *dump = json_dumps(taken, 0);
    bool found = strstr(dump, text) != NULL;

    free(dump);
    json_decref(taken);
    return found;
}

static void test_the_psk_is_in_the_tunnel_s_object_only(void **state)
{
    static const char psk[] = "abcdefghijklmnop";
    struct region *r = *state;
    struct addr a = addr_v4(10, 2, 1, 10);
    json_t *objects = sim_objects(r->planner, "node-a"), *out = NULL;

    assert_string_equal(model_str(json_object_get(objects, "tunnel/vpntun-a"), "psk"), psk);
    json_object_del(objects, "tunnel/vpntun-a");
    assert_false(contains(objects, psk));
    assert_int_equal(plan_problems(r->now, NULL, WORDS_EN, &out), 0);
    assert_false(contains(out, psk));
    assert_int_equal(plan_explain(r->now, NULL, "rtb-a", false, &a, NULL, NULL, WORDS_EN, &out), 0);
    assert_false(contains(out, psk));
    assert_int_equal(
        plan_gateway_routes(r->now, NULL, "bgw-a", PLAN_EFFECTIVE, WORDS_EN, NULL, &out), 0);
    assert_false(contains(out, psk));
}

/* ---- what docs/protocol.md promises to the node ---- */

static void assert_bgp(struct region *r, const char *connection, const char *expected)
{
    json_t *objects, *bgp;
    char *text;

    region_make(r, MODEL_VPN_CONNECTION, connection);
    region_commit(r);
    objects = sim_objects(r->planner, "node-a");
    bgp = json_object_get(json_object_get(objects, "tunnel/vpntun-a"), "bgp");
    text = bgp ? json_dumps(bgp, JSON_COMPACT) : strdup("");
    assert_string_equal(text, expected);
    free(text);
    json_decref(objects);
}

#define VPN_A                                                                                      \
    "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', 'cloudAddresses': " \
    "['198.51.100.1'], "

static void test_bgp_of_a_tunnel(void **state)
{
    struct region *r = *state;

    assert_bgp(r, VPN_A "'routing': 'bgp'}",
               "{\"peerAsn\":65001,\"holdSeconds\":30,\"gracefulRestartSeconds\":120,"
               "\"prepend\":0,\"communities\":[],\"importPrefixes\":[],\"exportPrefixes\":[],"
               "\"overLimit\":\"warn\"}");
    assert_bgp(r,
               VPN_A "'routing': 'bgp', 'bgp': {'holdSeconds': 9, 'gracefulRestartSeconds': 0, "
                     "'prepend': 2, 'communities': ['65000:1', 'no-export'], 'overLimit': 'shut'}, "
                     "'bfd': {'enabled': true}, 'bgpPassword': 'sealed', 'importPrefixes': "
                     "['10.2.0.0/16', '2001:db8::/32'], 'exportPrefixes': ['10.1.0.0/16']}",
               "{\"peerAsn\":65001,\"holdSeconds\":9,\"gracefulRestartSeconds\":0,"
               "\"password\":\"sealed\",\"bfd\":{\"intervalMs\":300,\"multiplier\":3},"
               "\"prepend\":2,\"communities\":[\"65000:1\",\"no-export\"],\"importPrefixes\":["
               "\"10.2.0.0/16\",\"2001:db8::/32\"],\"exportPrefixes\":[\"10.1.0.0/16\"],"
               "\"overLimit\":\"shut\"}");
    assert_bgp(r, VPN_A "'routing': 'static', 'bgpPassword': 'sealed'}", "");
}

/* ---- overlapping networks ---- */

#define TRANSLATIONS                                                                               \
    "'routing': 'static', 'translations': [{'side': 'own', 'prefix': '10.1.0.0/16', 'seenAs': "    \
    "'100.64.0.0/16'}, {'side': 'peer', 'prefix': '10.1.0.0/16', 'seenAs': '10.2.0.0/16'}]}"

static void test_translations_of_a_tunnel(void **state)
{
    struct region *r = *state;
    json_t *objects = sim_objects(r->planner, "node-a");
    char *text;

    assert_null(json_object_get(json_object_get(objects, "tunnel/vpntun-a"), "translations"));
    json_decref(objects);
    region_make(r, MODEL_VPN_CONNECTION, VPN_A TRANSLATIONS);
    region_commit(r);
    objects = sim_objects(r->planner, "node-a");
    text = json_dumps(json_object_get(json_object_get(objects, "tunnel/vpntun-a"), "translations"),
                      JSON_COMPACT);
    assert_string_equal(
        text, "[{\"side\":\"own\",\"prefix\":\"10.1.0.0/16\",\"seenAs\":\"100.64.0.0/16\"},"
              "{\"side\":\"peer\",\"prefix\":\"10.1.0.0/16\",\"seenAs\":\"10.2.0.0/16\"}]");
    free(text);
    json_decref(objects);
}

/* ---- policy-based peers ---- */

static void test_selectors_of_a_tunnel(void **state)
{
    struct region *r = *state;
    json_t *objects = sim_objects(r->planner, "node-a");
    const json_t *tunnel = json_object_get(objects, "tunnel/vpntun-a");
    char *text;

    assert_null(json_object_get(tunnel, "localSelectors"));
    assert_null(json_object_get(tunnel, "remoteSelectors"));
    json_decref(objects);
    region_make(r, MODEL_VPN_CONNECTION,
                VPN_A "'routing': 'static', 'localSelectors': ['10.1.0.0/16', '10.7.0.0/16'], "
                      "'remoteSelectors': ['192.168.1.0/24']}");
    region_commit(r);
    objects = sim_objects(r->planner, "node-a");
    tunnel = json_object_get(objects, "tunnel/vpntun-a");
    text = json_dumps(json_object_get(tunnel, "localSelectors"), JSON_COMPACT);
    assert_string_equal(text, "[\"10.1.0.0/16\",\"10.7.0.0/16\"]");
    free(text);
    text = json_dumps(json_object_get(tunnel, "remoteSelectors"), JSON_COMPACT);
    assert_string_equal(text, "[\"192.168.1.0/24\"]");
    free(text);
    json_decref(objects);
}

/* What the answer and the problems have as codes, in their order. */
static void codes_of(const json_t *list, const char *member, char *ret, size_t size)
{
    const json_t *item;
    size_t i;

    ret[0] = 0;
    json_array_foreach (list, i, item) {
        const char *code = model_str(item, member);

        if (strstr(code, "translat"))
            snprintf(ret + strlen(ret), size - strlen(ret), "%s ", code);
    }
}

static void assert_codes(json_t *taken, const char *list, const char *member, const char *want)
{
    char codes[256];

    codes_of(list ? json_object_get(taken, list) : taken, member, codes, sizeof(codes));
    assert_string_equal(codes, want);
    json_decref(taken);
}

static void test_translations_are_explained(void **state)
{
    struct region *r = *state;
    struct addr a = addr_v4(10, 2, 1, 10);
    json_t *out;

    region_make(r, MODEL_VPN_CONNECTION, VPN_A TRANSLATIONS);
    region_commit(r);
    assert_int_equal(plan_explain(r->now, NULL, "bgw-a", false, &a, NULL, NULL, WORDS_EN, &out), 0);
    assert_true(
        strstr(json_string_value(json_array_get(json_object_get(out, "steps"), 0)), "10.2.1.10"));
    assert_codes(out, "stepsCodes", "code", "way.translated-source way.translated ");
}

static void test_translations_of_nothing_are_problems(void **state)
{
    struct region *r = *state;
    json_t *out;

    region_make(r, MODEL_VPN_CONNECTION, VPN_A TRANSLATIONS);
    region_commit(r);
    assert_int_equal(plan_problems(r->now, NULL, WORDS_EN, &out), 0);
    assert_codes(out, NULL, "errorCode", "");
    region_make(r, MODEL_VPN_CONNECTION,
                VPN_A "'translations': [{'side': 'own', 'prefix': '10.2.0.0/16', 'seenAs': "
                      "'100.64.0.0/16'}, {'side': 'peer', 'prefix': '10.2.0.0/16', 'seenAs': "
                      "'10.1.0.0/16'}]}");
    region_commit(r);
    assert_int_equal(plan_problems(r->now, NULL, WORDS_EN, &out), 0);
    assert_codes(out, NULL, "errorCode", "problem.translation-own problem.translation-peer ");
}

static void test_members_of_the_objects(void **state)
{
    static const struct {
        const char *key;
        const char *members;
    } cases[] = {
        {"address/198.51.100.1", "generation "},
        {"vpc/vpc-a", "ranges subnets beyond "},
        {"instance/i-a",
         "name vpc subnet address gateway mac gatewayMac mtu table attachment interface "},
        {"table/rtb-a", "vpc routes propagations maxPropagated "},
        {"gateway/bgw-a", "asn transit maxDynamic generation "},
        {"attachment/vpcattach-a", "gateway vpc prefixes "},
        {"route/bgwroute-a", "gateway destination nextHop since "},
        {"tunnel/vpntun-a",
         "name connection gateway generation adminState cloudAddress customerAddress localId "
         "remoteId tunnelAddress peerTunnelAddress psk pskOverlapSeconds ike ipsec dpd probe "
         "initiate mtu mssClamp "
         "bgp "},
    };
    struct region *r = *state;
    json_t *objects = sim_objects(r->planner, "node-a");

    assert_int_equal(json_object_size(objects), ARRAY_SIZE(cases));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf members = {0};
        const char *key;
        json_t *value;

        json_object_foreach (json_object_get(objects, cases[i].key), key, value)
            buf_printf(&members, "%s ", key);
        assert_string_equal(buf_text(&members), cases[i].members);
        buf_done(&members);
    }
    json_decref(objects);
}

static void test_names_are_escaped(void **state)
{
    static const char name[] = "a \"quoted\" \\ b\t\x01\x7f \u00fc / c";
    struct region *r = *state;
    json_t *instance =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", "i-a", "name", name, "subnetId",
                  "subnet-a", "address", "10.1.1.10", "nodeId", "node-a", "attachment", "netns");
    json_t *objects;

    region_put(r, MODEL_INSTANCE, instance);
    region_commit(r);
    objects = sim_objects(r->planner, "node-a");
    assert_string_equal(model_str(json_object_get(objects, "instance/i-a"), "name"), name);
    json_decref(objects);
}

static void test_generations_are_those_of_the_placement(void **state)
{
    struct region *r = *state;
    json_t *objects = sim_objects(r->planner, "node-a");

    assert_int_equal(model_int(json_object_get(objects, "gateway/bgw-a"), "generation", 0), 4);
    assert_int_equal(model_int(json_object_get(objects, "address/198.51.100.1"), "generation", 0),
                     5);
    assert_int_equal(model_int(json_object_get(objects, "tunnel/vpntun-a"), "generation", 0), 5);
    json_decref(objects);
}

/* The routing room knows next hops by the form of their ids, the model by its table of kinds. */
static void test_next_hops_have_the_prefixes_of_the_model(void **state)
{
    static const struct {
        enum model_kind_id kind;
        enum routing_hop hop;
    } cases[] = {
        {MODEL_VPC_ATTACHMENT, ROUTING_HOP_ATTACHMENT},
        {MODEL_VPN_CONNECTION, ROUTING_HOP_CONNECTION},
        {MODEL_BORDER_GATEWAY, ROUTING_HOP_GATEWAY},
        {MODEL_INSTANCE, ROUTING_HOP_INSTANCE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf id = {0};
        enum routing_hop hop;

        buf_printf(&id, "%sabcdefghij", model_kind(cases[i].kind)->prefix);
        assert_true(routing_parse_hop(buf_text(&id), &hop));
        assert_int_equal(hop, cases[i].hop);
        buf_done(&id);
    }
}

/* ---- damage ---- */

static void ask_everything(const struct snapshot *s)
{
    static const char *const tables[] = {"bgw-a", "rtb-a"};
    static const char *const addresses[] = {"10.2.1.10", "10.1.1.10", "10.1.1.1", "10.9.0.1",
                                            "169.254.1.1"};
    json_t *out = NULL;
    struct addr a;

    assert_int_equal(plan_problems(s, NULL, WORDS_EN, &out), 0);
    json_decref(out);
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(addresses); j++) {
            assert_int_equal(addr_parse(addresses[j], &a), 0);
            if (plan_explain(s, NULL, tables[i], false, &a, NULL, NULL, WORDS_EN, &out) == 0)
                json_decref(out);
        }
    }
    if (plan_gateway_routes(s, NULL, "bgw-a", PLAN_EFFECTIVE, WORDS_EN, NULL, &out) == 0)
        json_decref(out);
    if (plan_route_table_routes(s, NULL, "rtb-a", WORDS_EN, NULL, &out) == 0)
        json_decref(out);
}

/* Without this one, and then with it again, all is as it was. */
static void test_any_resource_may_be_missing(void **state)
{
    struct region *r = *state;
    json_t *whole = sim_objects(r->planner, "node-a");

    for (size_t i = 0; i < ARRAY_SIZE(story); i++) {
        char *copy = strdup(story[i].json), *id = strchr(copy, ':') + 3;
        uint64_t clock = r->clock;
        json_t *now;

        *strchr(id, '\'') = 0;
        region_drop(r, story[i].kind, id);
        region_commit(r);
        ask_everything(r->now);
        r->clock = 1795334400 + 1 + i; /* created when it was */
        region_make(r, story[i].kind, story[i].json);
        r->clock = clock;
        region_commit(r);
        now = sim_objects(r->planner, "node-a");
        assert_true(json_equal(now, whole));
        json_decref(now);
        free(copy);
    }
    json_decref(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_does_not_exist, setup, teardown),
        cmocka_unit_test(test_a_region_of_nothing),
        cmocka_unit_test_setup_teardown(test_the_psk_is_in_the_tunnel_s_object_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_members_of_the_objects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bgp_of_a_tunnel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_translations_of_a_tunnel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_selectors_of_a_tunnel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_translations_are_explained, setup, teardown),
        cmocka_unit_test_setup_teardown(test_translations_of_nothing_are_problems, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_are_escaped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_generations_are_those_of_the_placement, setup,
                                        teardown),
        cmocka_unit_test(test_next_hops_have_the_prefixes_of_the_model),
        cmocka_unit_test_setup_teardown(test_any_resource_may_be_missing, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
