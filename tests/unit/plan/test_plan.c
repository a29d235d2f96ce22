#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "golden.h"
#include "plan.h"

/* What the golden cases cannot show: errors, secrets, damaged input. */

static json_t *load_story(void)
{
    json_t *story = golden_load(GOLDEN_DIR "/story-a.yaml");

    assert_non_null(story);
    return story;
}

static struct plan *make_plan(const json_t *source)
{
    struct plan_input in = {.revision = 1, .region = json_object_get(source, "region")};
    struct plan *plan = NULL;

    for (int k = 0; k < MODEL_KINDS; k++)
        in.resources[k] = json_object_get(source, model_kind((enum model_kind_id)k)->collection);
    assert_int_equal(plan_new(&in, &plan), 0);
    return plan;
}

static void test_what_does_not_exist(void **state)
{
    struct plan_input in = {.region = NULL};
    json_t *story = load_story(), *out = NULL;
    struct addr a = addr_v4(10, 1, 1, 1);
    struct plan *plan = NULL;
    enum plan_table table;

    (void)state;
    assert_int_equal(plan_new(&in, &plan), -EINVAL);
    assert_null(plan);
    plan_free(NULL);
    plan = make_plan(story);
    assert_string_equal(plan_gateway_node(plan), "node-a");
    assert_int_equal(plan_desired(plan, "node-b", &out), -ENOENT);
    assert_int_equal(plan_desired(plan, "", &out), -ENOENT);
    assert_int_equal(plan_gateway_routes(plan, "rtb-a", PLAN_STATIC, &out), -ENOENT);
    assert_int_equal(plan_route_table_routes(plan, "bgw-a", &out), -ENOENT);
    assert_int_equal(plan_explain(plan, "vpc-a", &a, NULL, NULL, &out), -ENOENT);
    assert_null(out);
    assert_int_equal(plan_parse_table("Effective", &table), -EINVAL);
    assert_int_equal(plan_parse_table("", &table), -EINVAL);
    plan_free(plan);
    json_decref(story);
}

static void test_a_region_of_nothing(void **state)
{
    json_t *region = json_pack("{s:s}", "id", "cn-north-1"), *problems = NULL;
    struct plan_input in = {.region = region};
    struct plan *plan = NULL;

    (void)state;
    assert_int_equal(plan_new(&in, &plan), 0);
    assert_string_equal(plan_gateway_node(plan), "");
    assert_int_equal(plan_problems(plan, &problems), 0);
    assert_int_equal(json_array_size(problems), 0);
    json_decref(problems);
    plan_free(plan);
    json_decref(region);
}

static bool contains(const json_t *value, const char *text)
{
    char *dump = json_dumps(value, 0);
    bool found = strstr(dump, text) != NULL;

    free(dump);
    return found;
}

static void test_the_psk_is_in_the_desired_state_only(void **state)
{
    json_t *story = load_story(), *out = NULL;
    struct plan *plan = make_plan(story);
    struct addr a = addr_v4(10, 2, 1, 10);

    (void)state;
    assert_int_equal(plan_desired(plan, "node-a", &out), 0);
    assert_true(contains(out, "abcdefghijklmnop"));
    json_decref(out);
    assert_int_equal(plan_problems(plan, &out), 0);
    assert_false(contains(out, "abcdefghijklmnop"));
    json_decref(out);
    assert_int_equal(plan_explain(plan, "rtb-a", &a, NULL, NULL, &out), 0);
    assert_false(contains(out, "abcdefghijklmnop"));
    json_decref(out);
    assert_int_equal(plan_gateway_routes(plan, "bgw-a", PLAN_EFFECTIVE, &out), 0);
    assert_false(contains(out, "abcdefghijklmnop"));
    json_decref(out);
    plan_free(plan);
    json_decref(story);
}

/* The document is the caller's: changing it changes neither the input nor the next one. */
static void test_documents_are_independent(void **state)
{
    json_t *story = load_story(), *copy = json_deep_copy(story), *first = NULL, *second = NULL;
    struct plan *plan = make_plan(story);
    json_t *tunnel, *kept;

    (void)state;
    assert_int_equal(plan_desired(plan, "node-a", &first), 0);
    kept = json_deep_copy(first);
    tunnel = json_array_get(json_object_get(first, "tunnels"), 0);
    json_object_clear(json_object_get(tunnel, "ike"));
    json_array_clear(json_object_get(first, "tables"));
    assert_int_equal(plan_desired(plan, "node-a", &second), 0);
    assert_true(json_equal(second, kept));
    assert_true(json_equal(story, copy));
    json_decref(story); /* the plan holds what it needs */
    json_decref(second);
    assert_int_equal(plan_desired(plan, "node-a", &second), 0);
    assert_true(json_equal(second, kept));
    json_decref(first);
    json_decref(second);
    json_decref(kept);
    json_decref(copy);
    plan_free(plan);
}

/* The members that docs/architecture.md promises to the node, no more and no fewer. */
static void test_members_of_the_document(void **state)
{
    static const struct {
        const char *list;
        const char *members;
    } cases[] = {
        {NULL, "revision region node cloudAddresses instances tables tunnels "},
        {"instances", "id name vpcId subnet address gateway mac gatewayMac mtu table attachment "},
        {"tables", "id self routes "},
        {"tunnels", "id name connection table adminState cloudAddress customerAddress localId "
                    "remoteId tunnelAddress peerTunnelAddress psk ike ipsec dpd initiate mtu "
                    "mssClamp localTs remoteTs "},
    };
    json_t *story = load_story(), *doc = NULL;
    struct plan *plan = make_plan(story);

    (void)state;
    assert_int_equal(plan_desired(plan, "node-a", &doc), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *object =
            cases[i].list ? json_array_get(json_object_get(doc, cases[i].list), 0) : doc;
        struct buf members = {0};
        const char *key;
        json_t *value;

        json_object_foreach (object, key, value)
            buf_printf(&members, "%s ", key);
        assert_string_equal(buf_text(&members), cases[i].members);
        buf_done(&members);
    }
    json_decref(doc);
    plan_free(plan);
    json_decref(story);
}

/* ---- families ---- */

static size_t offered(const json_t *story, size_t i)
{
    struct plan *plan = make_plan(story);
    json_t *doc = NULL, *tunnel;
    size_t n;

    assert_int_equal(plan_desired(plan, "node-a", &doc), 0);
    tunnel = json_array_get(json_object_get(doc, "tunnels"), i);
    n = json_array_size(model_list(tunnel, "localTs"));
    assert_int_equal(json_array_size(model_list(tunnel, "remoteTs")), n);
    json_decref(doc);
    plan_free(plan);
    return n;
}

/* A flow may take any tunnel of a connection: an IPv6 route opens all of them to IPv6. */
static void test_an_ipv6_route_opens_its_tunnels(void **state)
{
    json_t *story = load_story();
    json_t *routes = json_object_get(story, "borderGatewayRoutes");

    (void)state;
    assert_int_equal(offered(story, 0), 1);
    json_array_append_new(routes,
                          json_pack("{s:s, s:s, s:s, s:s}", "id", "bgwroute-six", "borderGatewayId",
                                    "bgw-a", "destination", "fd00:b::/48", "nextHop", "vpn-a"));
    assert_int_equal(offered(story, 0), 2);
    assert_int_equal(offered(story, 1), 2);
    json_decref(story);
}

/* ---- damage ---- */

static void ask_everything(const struct plan *plan)
{
    static const char *const tables[] = {"bgw-a", "rtb-a"};
    static const char *const addresses[] = {"10.2.1.10", "10.1.1.10", "10.1.1.1", "169.254.1.1"};
    json_t *out = NULL;
    struct addr a;

    if (plan_desired(plan, "node-a", &out) == 0)
        json_decref(out);
    assert_int_equal(plan_problems(plan, &out), 0);
    json_decref(out);
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(addresses); j++) {
            assert_int_equal(addr_parse(addresses[j], &a), 0);
            if (plan_explain(plan, tables[i], &a, NULL, NULL, &out) == 0)
                json_decref(out);
        }
    }
    if (plan_gateway_routes(plan, "bgw-a", PLAN_EFFECTIVE, &out) == 0)
        json_decref(out);
    if (plan_route_table_routes(plan, "rtb-a", &out) == 0)
        json_decref(out);
}

static const char *const damages[] = {"null", "7", "\"\"", "\"vpc-x\"", "[]", "[null]", "{}"};

static void damage_member(const json_t *story, const char *collection, size_t index,
                          const char *key)
{
    for (size_t d = 0; d < ARRAY_SIZE(damages); d++) {
        json_t *copy = json_deep_copy(story);
        json_t *item = json_array_get(json_object_get(copy, collection), index);
        struct plan *plan;

        json_object_set_new(item, key, json_loads(damages[d], JSON_DECODE_ANY, NULL));
        plan = make_plan(copy);
        ask_everything(plan);
        plan_free(plan);
        json_decref(copy);
    }
}

static void test_damaged_resources_are_survived(void **state)
{
    json_t *story = load_story(), *item, *value;
    const char *key;
    size_t i;

    (void)state;
    for (int k = MODEL_NODE; k < MODEL_KINDS; k++) {
        const char *collection = model_kind((enum model_kind_id)k)->collection;

        json_array_foreach (json_object_get(story, collection), i, item) {
            json_object_foreach (item, key, value)
                damage_member(story, collection, i, key);
        }
    }
    json_decref(story);
}

static void test_missing_kinds_are_survived(void **state)
{
    json_t *story = load_story();

    (void)state;
    for (int k = MODEL_NODE; k < MODEL_KINDS; k++) {
        json_t *copy = json_copy(story);
        struct plan *plan;

        json_object_del(copy, model_kind((enum model_kind_id)k)->collection);
        plan = make_plan(copy);
        ask_everything(plan);
        plan_free(plan);
        json_decref(copy);
    }
    json_decref(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_does_not_exist),
        cmocka_unit_test(test_a_region_of_nothing),
        cmocka_unit_test(test_the_psk_is_in_the_desired_state_only),
        cmocka_unit_test(test_documents_are_independent),
        cmocka_unit_test(test_members_of_the_document),
        cmocka_unit_test(test_an_ipv6_route_opens_its_tunnels),
        cmocka_unit_test(test_damaged_resources_are_survived),
        cmocka_unit_test(test_missing_kinds_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
