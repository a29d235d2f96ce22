#include "api.h"

#include <stdio.h>

/* What is said is said in the reader's language, with the same code in each. */

static void assert_says(struct api *a, const char *member, const char *code, const char *text)
{
    char name[64];

    assert_string_equal(api_str(a, member), text);
    snprintf(name, sizeof(name), "%sCode", member);
    assert_string_equal(api_str(a, name), code);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *method, *path, *body;
        const char *code, *title[WORDS_LANGS], *detail[WORDS_LANGS];
    } cases[] = {
        {"GET",
         "vpcs/vpc-aaaaaaaaaa",
         NULL,
         "request.no-such-resource",
         {"Not found", "不存在"},
         {"There is no such vpc.", "没有这个VPC。"}},
        {"POST",
         "vpcs",
         "{'cidr': '10.1.2.3/16'}",
         "value.host-bits",
         {"Invalid value", "值无效"},
         {"cidr must be a network prefix without host bits: did you mean 10.1.0.0/16? (given: "
          "10.1.2.3/16)",
          "cidr必须是不含主机位的网络前缀：是否指10.1.0.0/16？（给出的是：10.1.2.3/16）"}},
        {"POST",
         "vpcs",
         "{'name': 7, 'cidr': '10.1.0.0/16'}",
         "value.must-be",
         {"Wrong type", "类型错误"},
         {"name must be a string. (given: 7)", "name必须是字符串。（给出的是：7）"}},
        {"POST",
         "borderGatewayRoutes",
         "{'borderGatewayId': 'bgw-aaaaaaaaaa', 'destination': '10.0.0.0/8', 'nextHop': 'x'}",
         "value.must-be",
         {"Invalid value", "值无效"},
         {"nextHop must be the id of a vpc-attachment (vpcattach- and 10 characters) or the id of "
          "a vpn-connection (vpn- and 10 characters) or the id of a pvif (pvif- and 10 characters) "
          "or blackhole. (given: x)",
          "nextHop必须是VPC接口的ID（vpcattach-加10个字符）或VPN连接的ID（vpn-加10个字符）"
          "或专线接口的ID（pvif-加10个字符）或blackhole。（给出的是：x）"}},
        {"GET",
         "vpcs?colour=red",
         NULL,
         "value.filter-name",
         {"Invalid value", "值无效"},
         {NULL, NULL}},
        {"PUT",
         "vpcs",
         NULL,
         "request.method",
         {"Method not allowed", "不支持此方法"},
         {"Here the methods GET, POST are understood.", "此处支持的方法：GET, POST。"}},
    };
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (a->lang = 0; a->lang < WORDS_LANGS; a->lang++) {
            assert_true(api(a, cases[i].method, cases[i].path, cases[i].body) >= 400);
            assert_string_equal(api_str(a, "code"), cases[i].code);
            assert_string_equal(api_str(a, "title"), cases[i].title[a->lang]);
            if (cases[i].detail[a->lang])
                assert_string_equal(api_str(a, "detail"), cases[i].detail[a->lang]);
            assert_true(json_is_object(json_object_get(a->answer, "arguments")));
        }
    }
}

static void test_arguments_have_names(void **state)
{
    struct api *a = *state;
    const json_t *wanted;

    assert_int_equal(api(a, "POST", "vpcs", "{'name': 7}"), 400);
    assert_string_equal(api_str(a, "arguments.path"), "name");
    wanted = json_object_get(json_object_get(a->answer, "arguments"), "wanted");
    assert_string_equal(model_str(wanted, "code"), "want.string");
    assert_int_equal(json_object_size(json_object_get(wanted, "arguments")), 0);
}

static void test_warnings(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char path[96];
    const json_t *code;

    api_make_vpn(a, &v);
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    a->lang = WORDS_ZH;
    assert_int_equal(api(a, "PATCH", path, "{'ike': {'dhGroups': [14, 2]}}"), 200);
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(a->answer, "warnings"), 0)),
        "ike.dhGroups包含强度弱的DH组2。");
    code = json_array_get(json_object_get(a->answer, "warningsCodes"), 0);
    assert_string_equal(model_str(code, "code"), "warn.weak-group");
    assert_string_equal(model_str(code, "arguments.group"), "2");
}

/* The document that forms are made of. */
static void test_openapi(void **state)
{
    static const char *const titles[] = {"Admin state", "管理状态"};
    struct api *a = *state;
    const char *path = "components.schemas.vpnTunnel.properties.adminState";
    char member[128];

    for (a->lang = 0; a->lang < WORDS_LANGS; a->lang++) {
        api_get(a, 200, "//openapi.json");
        snprintf(member, sizeof(member), "%s.title", path);
        assert_string_equal(model_str(a->answer, member), titles[a->lang]);
        for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
            snprintf(member, sizeof(member), "%s.x-ropeway-title.%s", path, words_lang_tag(lang));
            assert_string_equal(model_str(a->answer, member), titles[lang]);
        }
    }
}

/* What a refusal takes from a descriptor is in the reader's language, too. */
static void test_required(void **state)
{
    static const char *const said[] = {"cidr is required: Range inside the VPC; its first, second, "
                                       "third and last address are reserved.",
                                       "必须给出cidr（VPC内的网段；其第一、第二、第三和最后一个地址"
                                       "为保留地址）。"};
    struct api *a = *state;

    for (a->lang = 0; a->lang < WORDS_LANGS; a->lang++) {
        assert_int_equal(api(a, "POST", "subnets", "{'vpcId': 'vpc-aaaaaaaaaa'}"), 400);
        assert_string_equal(api_str(a, "code"), "value.required");
        assert_string_equal(api_str(a, "rule"), said[a->lang]);
    }
}

/* What nodes say is written, and read in any language; what is no message is passed on. */
static void test_what_nodes_say(void **state)
{
    struct api *a = *state;
    char node[48], path[96];
    struct api_vpn v;

    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    api_make_vpn(a, &v);
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    assert_int_equal(api(a, "GET", path, NULL), 200);
    assert_says(a, "lastError", "state.unreported", "No node has reported about it yet.");
    assert_int_equal(api_put(a, node,
                             json_pack("[{s:s+, s:i, s:{s:s, s:s}}]", "key", "tunnel/",
                                       v.tunnels[0], "version", 1, "status", "operState", "down",
                                       "lastError", "{value.must-be|the key|{want.string}}")),
                     200);
    assert_int_equal(api(a, "GET", path, NULL), 200);
    assert_says(a, "lastError", "value.must-be", "the key must be a string.");
    a->lang = WORDS_ZH;
    assert_int_equal(api(a, "GET", path, NULL), 200);
    assert_says(a, "lastError", "value.must-be", "the key必须是字符串。");
    assert_string_equal(api_str(a, "lastErrorArguments.path"), "the key");
    snprintf(path, sizeof(path), "vpnTunnels?lastErrorCode=value.must-be");
    assert_int_equal(api(a, "GET", path, NULL), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 1);
}

/* What the server says may be sent back with the rest. */
static void test_messages_come_back(void **state)
{
    struct api *a = *state;
    const char *gateway;
    char path[96], body[256];
    json_t *shown;

    api_join(a);
    gateway = api_make(a, "borderGateways", "{}");
    snprintf(path, sizeof(path), "placements/%s", gateway);
    a->lang = WORDS_ZH;
    assert_int_equal(api(a, "GET", path, NULL), 200);
    assert_says(a, "reason", "placed.at-creation", "创建时选定。");
    shown = json_incref(a->answer);
    snprintf(body, sizeof(body),
             "{'description': 'x', 'reason': '%s', 'reasonCode': '%s', 'reasonArguments': {}}",
             model_str(shown, "reason"), model_str(shown, "reasonCode"));
    json_decref(shown);
    assert_int_equal(api(a, "PATCH", path, body), 200);
    assert_says(a, "reason", "placed.at-creation", "创建时选定。");
    assert_int_equal(api(a, "PATCH", path, "{'reasonCode': 'placed.by-admin'}"), 400);
    assert_string_equal(api_str(a, "code"), "value.set-by-server");
    assert_int_equal(api(a, "PATCH", path, "{'reasonArguments': {'id': 'x'}}"), 400);
    assert_int_equal(api(a, "PATCH", path, "{'reason': 'mine'}"), 400);
    snprintf(path, sizeof(path), "borderGateways/%s", gateway);
    assert_int_equal(api(a, "PATCH", path, "{'reasonCode': 'x'}"), 400);
    assert_string_equal(api_str(a, "code"), "value.unknown-field");
}

/* The catalogue is there for programs. */
static void test_catalogue(void **state)
{
    struct api *a = *state;
    const json_t *row;
    size_t i, found = 0;

    a->lang = WORDS_ZH;
    assert_int_equal(api(a, "GET", "//v1/messages", NULL), 200);
    json_array_foreach (json_object_get(a->answer, "items"), i, row) {
        assert_string_equal(model_str(row, "text"), words_template((enum words_code)(i + 1), 1));
        found += strcmp(model_str(row, "code"), "value.too-long") == 0;
    }
    assert_int_equal(i, WORDS_CODES - 1);
    assert_int_equal(found, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_refusals),           T(test_arguments_have_names),
        T(test_warnings),           T(test_openapi),
        T(test_required),           T(test_what_nodes_say),
        T(test_messages_come_back), T(test_catalogue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
