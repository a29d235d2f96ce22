#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* Several changes in one request: all or none, or only tried. */

static const char *op(const char *what, const char *collection, const char *id, const char *body)
{
    static char texts[8][512];
    static unsigned turn;
    char *text = texts[turn = (turn + 1) % ARRAY_SIZE(texts)];

    snprintf(text, sizeof(texts[0]), "{'op': '%s', 'collection': '%s', 'id': '%s', 'body': %s}",
             what, collection, id, body);
    return text;
}

PRINTF(4, 5)
static int batch(struct api *a, int expected, bool dry, const char *fmt, ...)
{
    char operations[4096], body[4200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(operations, sizeof(operations), fmt, args);
    va_end(args);
    snprintf(body, sizeof(body), "{'dryRun': %s, 'operations': [%s]}", dry ? "true" : "false",
             operations);
    if (api(a, "POST", "batch", body) != expected)
        fail_msg("%s: %d %s", body, a->status, buf_text(&a->res.body));
    return a->status;
}

static uint64_t revision(const struct api *a)
{
    return store_revision(a->control->store, "r1");
}

static void test_all_in_one_commit(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    uint64_t before;

    (void)api_join(a);
    api_make_vpn(a, &v);
    before = revision(a);
    batch(a, 200, false, "%s, %s, %s",
          op("update", "vpnTunnels", v.tunnels[0], "{'adminState': 'down'}"),
          op("delete", "vpnTunnels", v.tunnels[0], "{}"),
          op("update", "vpnTunnels", v.tunnels[1], "{'description': 'alone'}"));
    assert_int_equal(revision(a), before + 1);
    assert_int_equal(json_array_size(model_list(a->answer, "results")), 3);
    assert_int_equal(strtoull(api_header(a, "Ropeway-Revision"), NULL, 10), before + 1);
    api_get(a, 404, "vpnTunnels/%s", v.tunnels[0]);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[1]);
    assert_string_equal(api_str(a, "description"), "alone");
    assert_int_equal(model_int(a->answer, "revision", 0), 2);
}

/* What an operation makes has no id before; those after it name it by its place. */
static void test_operations_refer_to_earlier_ones(void **state)
{
    struct api *a = *state;
    char ids[4][64];
    const json_t *results;

    batch(a, 200, false, "%s, %s, %s, %s, %s",
          op("create", "vpcs", "", "{'name': 'v', 'cidr': '10.1.0.0/16', 'description': '$0'}"),
          op("create", "subnets", "", "{'vpcId': '$0', 'cidr': '10.1.1.0/24'}"),
          op("create", "borderGateways", "", "{'name': 'g'}"),
          op("update", "routeTables", "$0.routeTables",
             "{'routes': [{'destination': '10.9.0.0/16', 'nextHop': '$2'}]}"),
          op("create", "vpcAttachments", "",
             "{'vpcId': '$0', 'borderGatewayId': '$2', 'propagation': 'subnets', 'subnetIds': "
             "['$1'], 'routeTableIds': []}"));
    results = model_list(a->answer, "results");
    for (size_t i = 0; i < 4; i++)
        strcpy(ids[i], model_str(json_array_get(results, i), "id"));
    api_get(a, 200, "vpcs/%s", ids[0]);
    assert_string_equal(api_str(a, "description"), "$0"); /* a text is a text */
    api_get(a, 200, "subnets/%s", ids[1]);
    assert_string_equal(api_str(a, "vpcId"), ids[0]);
    api_get(a, 200, "routeTables/%s", ids[3]);
    assert_string_equal(api_str(a, "vpcId"), ids[0]);
    assert_string_equal(model_str(json_array_get(model_list(a->answer, "routes"), 0), "nextHop"),
                        ids[2]);
    api_get(a, 200, "vpcAttachments?subnetIds=%s", ids[1]);
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 1);
}

static void test_references_to_nothing(void **state)
{
    static const char *const texts[] = {"$1", "$7", "$0.subnets", "$99999999999999999999"};
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        char body[128];

        snprintf(body, sizeof(body), "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", texts[i]);
        batch(a, 400, true, "%s, %s", op("create", "vpcs", "", "{'cidr': '10.1.0.0/16'}"),
              op("create", "subnets", "", body));
        assert_int_equal(model_int(a->answer, "operation", -1), 1);
        assert_string_equal(api_str(a, "code"), "request.operation-reference");
    }
    batch(a, 400, true, "%s", op("create", "subnets", "", "{'vpcId': '$', 'cidr': '10.1.1.0/24'}"));
    assert_string_equal(api_str(a, "field"), "vpcId");
    batch(a, 404, true, "%s", op("delete", "vpcs", "$x", "{}"));
}

static void test_none_if_one_is_refused(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    uint64_t before;

    api_make_vpn(a, &v);
    before = revision(a);
    for (int dry = 0; dry < 2; dry++) {
        batch(a, 409, dry, "%s, %s",
              op("update", "vpnTunnels", v.tunnels[0], "{'adminState': 'down'}"),
              op("delete", "vpnConnections", v.connection, "{}"));
        assert_int_equal(model_int(a->answer, "operation", -1), 1);
        assert_true(json_array_size(model_list(a->answer, "holders")) > 0);
    }
    assert_int_equal(revision(a), before);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "adminState"), "up");
}

static void test_a_dry_run_changes_nothing(void **state)
{
    struct api *a = *state;
    uint64_t before = revision(a);

    batch(a, 200, true, "%s, %s", op("create", "vpcs", "", "{'cidr': '10.0.0.0/16'}"),
          op("create", "borderGateways", "", "{'name': 'g'}"));
    assert_int_equal(revision(a), before);
    api_get(a, 200, "vpcs");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 0);
    batch(a, 200, false, "%s", op("create", "vpcs", "", "{'cidr': '10.0.0.0/16'}"));
    api_get(a, 200, "vpcs");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 1);
}

/* What is made and unmade in one go never was. */
static void test_nothing_comes_of_it(void **state)
{
    struct api *a = *state;
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    uint64_t before = revision(a);

    batch(a, 200, false, "%s", op("update", "vpcs", vpc, "{}"));
    assert_int_equal(revision(a), before);
    batch(a, 200, false, " ");
    assert_int_equal(revision(a), before);
}

static void test_bad_operations(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *field;
    } cases[] = {
        {"{}", 400, "operations"},
        {"{'operations': {}}", 400, "operations"},
        {"{'operations': [7]}", 400, "operations"},
        {"{'operations': [], 'dryRun': 1}", 400, "operations"},
        {"{'operations': [{'op': 'move', 'collection': 'vpcs', 'id': 'x'}]}", 400, "op"},
        {"{'operations': [{'op': 'create', 'collection': 'cars'}]}", 400, "collection"},
        {"{'operations': [{'op': 'create', 'collection': 'regions'}]}", 400, "collection"},
        {"{'operations': [{'op': 'delete', 'collection': 'vpcs', 'id': 'vpc-x', 'if': 1}]}", 400,
         "if"},
        {"{'operations': [{'op': 'delete', 'collection': 'vpcs', 'id': 'vpc-x'}]}", 404, "id"},
        {"{'operations': [{'op': 'create', 'collection': 'vpcs', 'body': {'cidr': 7}}]}", 400,
         "cidr"},
        {"{'operations': [{'op': 'create', 'collection': 'vpcs', 'body': [7]}]}", 400, ""},
    };
    struct api *a = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (api(a, "POST", "batch", cases[i].body) != cases[i].status)
            fail_msg("%s: %d %s", cases[i].body, a->status, buf_text(&a->res.body));
        assert_string_equal(api_str(a, "field"), cases[i].field);
    }
}

static void test_if_match(void **state)
{
    struct api *a = *state;
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");

    batch(a, 412, false,
          "{'op': 'update', 'collection': 'vpcs', 'id': '%s', 'ifMatch': 9, 'body': {'name': 'x'}}",
          vpc);
    batch(a, 200, false,
          "{'op': 'update', 'collection': 'vpcs', 'id': '%s', 'ifMatch': 1, 'body': {'name': 'x'}}",
          vpc);
}

/* More than one commit takes. */
static void test_too_large(void **state)
{
    struct api *a = *state;
    struct buf b = {0};

    assert_int_equal(api(a, "PATCH", "//v1/regions/r1", "{'quotas': {'vpcs': 1000}}"), 200);
    buf_puts(&b, "{'operations': [");
    for (int i = 0; i < 80; i++)
        buf_printf(&b, "%s{'op': 'create', 'collection': 'vpcs', 'body': {'cidr': '10.%d.0.0/16'}}",
                   i ? "," : "", i);
    buf_puts(&b, "]}");
    assert_int_equal(api(a, "POST", "batch", buf_text(&b)), 409);
    assert_non_null(strstr(api_str(a, "type"), "too-large"));
    api_get(a, 200, "vpcs");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 0);
    buf_done(&b);
}

/* So many times the same; the status of the answer. */
static int repeat(struct api *a, size_t times, const char *operation, bool dry)
{
    struct buf b = {0};
    int status;

    buf_printf(&b, "{'dryRun': %s, 'operations': [", dry ? "true" : "false");
    for (size_t i = 0; i < times; i++)
        buf_printf(&b, "%s%s", i ? "," : "", operation);
    buf_puts(&b, "]}");
    status = api(a, "POST", "batch", buf_text(&b));
    buf_done(&b);
    return status;
}

/* A file that may be applied can be tried as a whole before it is deleted. */
static void test_a_dry_run_takes_more(void **state)
{
    struct api *a = *state;
    char operation[600];
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");

    snprintf(operation, sizeof(operation), "%s", op("update", "vpcs", vpc, "{}"));
    assert_int_equal(repeat(a, 1000, operation, false), 200);
    assert_int_equal(repeat(a, 1001, operation, false), 409);
    assert_non_null(strstr(api_str(a, "type"), "too-large"));
    assert_string_equal(api_str(a, "field"), "operations");
    assert_int_equal(repeat(a, 9000, operation, true), 200);
    assert_int_equal(json_array_size(model_list(a->answer, "results")), 9000);
    assert_int_equal(repeat(a, 20001, "1", true), 400);
    assert_string_equal(api_str(a, "field"), "operations");
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_all_in_one_commit),
        T(test_operations_refer_to_earlier_ones),
        T(test_references_to_nothing),
        T(test_none_if_one_is_refused),
        T(test_a_dry_run_changes_nothing),
        T(test_nothing_comes_of_it),
        T(test_bad_operations),
        T(test_if_match),
        T(test_too_large),
        T(test_a_dry_run_takes_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
