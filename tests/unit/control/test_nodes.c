#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* The other end of the desired state: tokens of nodes, long polls, status, and what shows of it. */

static void test_node_tokens_open_three_doors(void **state)
{
    struct api *a = *state;
    char id[48], uri[160];
    static const struct {
        const char *method, *uri;
    } closed[] = {
        {"GET", "/v1/regions"},
        {"GET", "/v1/auditLog"},
        {"GET", "/openapi.json"},
        {"GET", "/v1/regions/r1/nodes"},
        {"GET", "/v1/regions/r1/vpnTunnels"},
        {"POST", "/v1/regions/r1/vpcs"},
        {"POST", "/v1/regions/r1/nodeTokens"},
        {"POST", "/v1/regions/r2/nodes"},
        {"POST", "/v1/regions/nowhere/nodes"},
        {"GET", "/v1/regions/r2/nodes/node-aaaaaaaaaa/desired"},
        {"POST", "/v1/regions/r1/vpnTunnels/vpntun-aaaaaaaaaa/revealPsk"},
    };

    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    strcpy(id, api_join(a));
    for (size_t i = 0; i < ARRAY_SIZE(closed); i++) {
        if (api_as_node(a, closed[i].method, closed[i].uri, "{}") != 403)
            fail_msg("%s %s: %d", closed[i].method, closed[i].uri, a->status);
    }
    snprintf(uri, sizeof(uri), "/v1/regions/r1/nodes/%s", id);
    assert_int_equal(api_as_node(a, "GET", uri, NULL), 403);
    assert_int_equal(api_as_node(a, "DELETE", uri, NULL), 403);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    assert_int_equal(api_node(a, "POST", id, "status", "{}"), 204);

    /* A token is shown once, and is gone when deleted. */
    api_get(a, 200, "nodeTokens");
    assert_null(strstr(buf_text(&a->res.body), a->node_token));
    assert_null(strstr(buf_text(&a->res.body), "hash"));
    snprintf(uri, sizeof(uri), "nodeTokens/%s",
             model_str(json_array_get(json_object_get(a->answer, "items"), 0), "id"));
    assert_int_equal(api(a, "DELETE", uri, NULL), 204);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 401);
    assert_int_equal(api(a, "DELETE", uri, NULL), 404);
    assert_int_equal(api(a, "POST", "nodeTokens", "{'admin': true}"), 400);
    assert_int_equal(api(a, "POST", "nodeTokens", "{'name': 5}"), 400);
}

static void test_registering_twice_is_once(void **state)
{
    struct api *a = *state;
    char id[48];

    strcpy(id, api_join(a));
    assert_string_equal(api_str(a, "status"), "online");
    assert_int_equal(api_as_node(a, "POST", "/v1/regions/r1/nodes",
                                 "{\"name\": \"n\", \"address\": \"192.0.2.10\"}"),
                     200);
    assert_string_equal(api_str(a, "id"), id);
    assert_string_equal(api_str(a, "address"), "192.0.2.10");
    assert_int_equal(api_as_node(a, "POST", "/v1/regions/r1/nodes", "{\"name\": \"m\"}"), 201);
    assert_string_not_equal(api_str(a, "id"), id);
    assert_int_equal(api_as_node(a, "POST", "/v1/regions/r1/nodes", "{}"), 400);
    assert_int_equal(api_as_node(a, "POST", "/v1/regions/r1/nodes", "{\"name\": [\"n\"]}"), 400);
    api_get(a, 200, "nodes");
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 2);
}

static void test_long_poll(void **state)
{
    struct api *a = *state;
    char id[48], rest[64], bearer[160], uri[200];
    struct control_request req = {.method = "GET", .uri = uri, .authorization = bearer};
    int64_t revision;

    strcpy(id, api_join(a));
    assert_int_equal(api_node(a, "GET", id, "desired?revision=0&wait=9", NULL), 200);
    revision = model_int(a->answer, "revision", 0);
    assert_true(revision > 0);
    snprintf(rest, sizeof(rest), "desired?revision=%" PRId64, revision);
    assert_int_equal(api_node(a, "GET", id, rest, NULL), 304);

    snprintf(rest, sizeof(rest), "desired?revision=%" PRId64 "&wait=9", revision);
    assert_int_equal(api_node(a, "GET", id, rest, NULL), 0);
    assert_string_equal(a->res.wait.region, "r1");
    assert_int_equal(a->res.wait.revision, revision);
    assert_int_equal(a->res.wait.timeout_ms, 9000);
    snprintf(bearer, sizeof(bearer), "Bearer %s", a->node_token);
    snprintf(uri, sizeof(uri), "/v1/regions/r1/nodes/%s/%s", id, rest);
    req.expired = true;
    assert_int_equal(api_request(a, &req), 304);
    /* What happens in another region wakes nobody here. */
    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    assert_int_equal(api_node(a, "GET", id, rest, NULL), 0);
    api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");
    assert_int_equal(api_node(a, "GET", id, rest, NULL), 200);
    assert_true(model_int(a->answer, "revision", 0) > revision);
    /* A node that knows more than we do (a database put back from a backup) gets what is true. */
    assert_int_equal(api_node(a, "GET", id, "desired?revision=99999&wait=9", NULL), 200);

    assert_int_equal(api_node(a, "GET", id, "desired?revision=-1", NULL), 400);
    assert_int_equal(api_node(a, "GET", id, "desired?wait=301", NULL), 400);
    assert_int_equal(api_node(a, "GET", "node-aaaaaaaaaa", "desired", NULL), 404);
}

static void assert_availability(struct api *a, const struct api_vpn *v, const char *expected)
{
    api_get(a, 200, "vpnConnections/%s", v->connection);
    assert_string_equal(api_str(a, "highAvailability"), expected);
}

static void test_status_shows_in_resources(void **state)
{
    static const char *const bad[] = {
        "{\"tunnels\": {}}",
        "{\"tunnels\": [1]}",
        "{\"tunnels\": [{\"operState\": \"up\"}]}",
        "{\"tunnels\": [{\"id\": \"vpntun-x\", \"operState\": \"happy\"}]}",
        "{\"tunnels\": [{\"id\": \"vpntun-x\"}]}",
        "{\"instances\": [{\"id\": \"i-x\", \"state\": 1}]}",
        "[]",
    };
    struct api *a = *state;
    struct api_vpn v;
    char node[48];

    api_make_vpn(a, &v);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "operState"), "down");
    assert_true(strlen(api_str(a, "lastError")) > 0);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_availability(a, &v, "unavailable");
    api_report(a, node, &v, "up", "negotiating");
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "operState"), "up");
    assert_string_equal(api_str(a, "lastError"), "why");
    assert_int_equal(model_int(a->answer, "childRekeys", 0), 3);
    assert_null(json_object_get(a->answer, "secret"));
    assert_null(json_object_get(a->answer, "psk"));
    assert_availability(a, &v, "unavailable");
    api_report(a, node, &v, "up", "up");
    assert_availability(a, &v, "available");
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(api_node(a, "POST", node, "status", bad[i]), 400);
    assert_availability(a, &v, "available");
    /* What a status leaves out is no longer so. */
    assert_int_equal(api_node(a, "POST", node, "status", "{\"tunnels\": []}"), 204);
    assert_availability(a, &v, "unavailable");
    assert_int_equal(api_node(a, "POST", "node-aaaaaaaaaa", "status", "{}"), 404);
}

static void test_silent_node_goes_offline(void **state)
{
    struct api *a = *state;
    uint64_t now = clock_monotonic_us(), before;
    struct api_vpn v;
    char node[48];

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    api_report(a, node, &v, "up", "up");
    before = store_revision(control_store(a->control), "r1");
    status_expire(a->control, now + CONTROL_NODE_SILENCE_US - 1000000);
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "status"), "online");
    assert_int_equal(store_revision(control_store(a->control), "r1"), before);

    status_expire(a->control, now + CONTROL_NODE_SILENCE_US + 9000000);
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "status"), "offline");
    assert_true(strlen(api_str(a, "lastSeen")) > 0);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "operState"), "down");
    assert_non_null(strstr(api_str(a, "lastError"), "silent"));
    assert_availability(a, &v, "unavailable");
    /* Where gateways live may depend on it, so it is a change of the region. */
    assert_true(store_revision(control_store(a->control), "r1") > before);

    api_report(a, node, &v, "up", "up");
    assert_availability(a, &v, "available");
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "status"), "online");
}

static void test_secrets_leave_only_on_request(void **state)
{
    struct api *a = *state;
    char psk[64], id[48], path[96], node[48];
    struct api_vpn v;

    api_make_vpn(a, &v);
    strcpy(psk, api_str(a, "psk"));
    strcpy(id, api_str(a, "id"));
    assert_int_equal(strlen(psk), 32);
    api_get(a, 200, "vpnTunnels/%s", id);
    assert_null(strstr(buf_text(&a->res.body), psk));
    api_get(a, 200, "vpnTunnels");
    assert_null(strstr(buf_text(&a->res.body), psk));
    assert_null(strstr(buf_text(&a->res.body), "sealed"));
    snprintf(path, sizeof(path), "vpnTunnels/%s/revealPsk", id);
    assert_int_equal(api(a, "POST", path, NULL), 200);
    assert_string_equal(api_str(a, "psk"), psk);
    api_get(a, 200, "//v1/auditLog?limit=1");
    assert_null(strstr(buf_text(&a->res.body), psk));
    {
        const json_t *entry = json_array_get(json_object_get(a->answer, "items"), 0);

        assert_string_equal(model_str(entry, "action"), "revealPsk");
        assert_string_equal(model_str(entry, "resourceId"), id);
        assert_string_equal(model_str(entry, "who.kind"), "admin");
    }
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_non_null(strstr(buf_text(&a->res.body), psk));

    /* Replaced, it is neither shown nor lost; other edits keep it. */
    snprintf(path, sizeof(path), "vpnTunnels/%s", id);
    assert_int_equal(api(a, "PATCH", path, "{'psk': 'another-secret'}"), 200);
    assert_null(strstr(buf_text(&a->res.body), "another"));
    assert_int_equal(api(a, "PATCH", path, "{'description': 'x'}"), 200);
    snprintf(path, sizeof(path), "vpnTunnels/%s/revealPsk", id);
    assert_int_equal(api(a, "POST", path, NULL), 200);
    assert_string_equal(api_str(a, "psk"), "another-secret");
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_node_tokens_open_three_doors),
        T(test_registering_twice_is_once),
        T(test_long_poll),
        T(test_status_shows_in_resources),
        T(test_silent_node_goes_offline),
        T(test_secrets_leave_only_on_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
