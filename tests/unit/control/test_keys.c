#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* Pre-shared keys: who sees them when, and what becomes of tunnels whose key cannot be read. */

/* How many tunnels the page names that have this member (NULL: any). */
static size_t tunnels_in(const struct api *a, const char *member)
{
    const json_t *object;
    size_t i, count = 0;

    json_array_foreach (model_list(a->answer, "put"), i, object) {
        if (text_starts_with(model_str(object, "key"), "tunnel/") &&
            (!member || json_object_get(json_object_get(object, "value"), member)))
            count++;
    }
    return count;
}

static void test_only_nodes_see_keys_in_the_desired_state(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char psk[64], node[48];

    api_make_vpn(a, &v);
    strcpy(psk, api_str(a, "psk"));
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_non_null(strstr(buf_text(&a->res.body), psk));
    /* The admin has revealPsk, which leaves a trace. */
    api_get(a, 200, "nodes/%s/desired", node);
    assert_int_equal(tunnels_in(a, NULL), 2);
    assert_null(strstr(buf_text(&a->res.body), psk));
    assert_null(strstr(buf_text(&a->res.body), "\"psk\""));
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_non_null(strstr(buf_text(&a->res.body), psk));
}

static void test_a_copied_key_is_not_shown_again(void **state)
{
    struct api *a = *state;
    char psk[64], path[96], copy[48];
    const char *gateway = api_make(a, "borderGateways", "{}");
    const char *customer =
        api_make(a, "customerGateways", "{'addresses': ['192.0.2.1', '192.0.2.2']}");
    const char *connection =
        api_make(a, "vpnConnections", "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
                 gateway, customer);
    const char *first = api_make(a, "vpnTunnels", "{'vpnConnectionId': '%s'}", connection);

    strcpy(psk, api_str(a, "psk"));
    assert_int_equal(strlen(psk), 32);
    strcpy(copy, api_make(a, "vpnTunnels", "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s'}",
                          connection, first));
    assert_null(json_object_get(a->answer, "psk"));
    assert_null(strstr(buf_text(&a->res.body), psk));
    snprintf(path, sizeof(path), "vpnTunnels/%s/revealPsk", copy);
    assert_int_equal(api(a, "POST", path, "{'psk': 'x'}"), 400);
    assert_string_equal(api_str(a, "field"), "psk");
    assert_int_equal(api(a, "POST", path, NULL), 200);
    assert_string_equal(api_str(a, "psk"), psk);
    /* One of its own is shown. */
    (void)api_make(a, "vpnTunnels",
                   "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s', 'psk': 'of-my-own-1'}",
                   connection, first);
    assert_string_equal(api_str(a, "psk"), "of-my-own-1");
}

static void test_a_lost_seal_key(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48], path[96], reveal[128], id[SEAL_ID_LEN + 1];

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    snprintf(reveal, sizeof(reveal), "%s/revealPsk", path);
    log_set_level(LOG_ERROR + 1);
    strcpy(id, a->control->seal.keys[0].id);
    assert_int_equal(seal_ring_open(NULL, &a->control->seal), 0);
    /* Everything else goes on. A tunnel without a key would be one that anybody may open. */
    assert_int_equal(api(a, "PATCH", "//v1/regions/r1", "{'description': 'x'}"), 200);
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_int_equal(tunnels_in(a, NULL), 2);
    assert_int_equal(tunnels_in(a, "psk"), 0);
    api_get(a, 200, "%s", path);
    assert_int_equal(api(a, "POST", reveal, NULL), 409);
    assert_string_equal(api_str(a, "field"), "psk");
    assert_non_null(strstr(api_str(a, "detail"), id)); /* the key that is missing */
    assert_int_equal(api(a, "PATCH", path, "{'description': 'x'}"), 200); /* the key stays sealed */
    assert_int_equal(api(a, "PATCH", path, "{'psk': 'a-new-one-1'}"), 200);
    assert_int_equal(api(a, "POST", reveal, NULL), 200);
    assert_string_equal(api_str(a, "psk"), "a-new-one-1");
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_int_equal(tunnels_in(a, "psk"), 1);
    /* It cannot be copied either, and can be deleted. */
    {
        char body[160];

        snprintf(body, sizeof(body), "{'vpnConnectionId': '%s', 'copyParametersFrom': '%s'}",
                 v.connection, v.tunnels[1]);
        assert_int_equal(api(a, "POST", "vpnTunnels", body), 409);
        assert_string_equal(api_str(a, "field"), "copyParametersFrom");
        assert_non_null(strstr(api_str(a, "detail"), id));
    }
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[1]);
    assert_int_equal(api(a, "PATCH", path, "{'psk': 'a-new-one-2', 'adminState': 'down'}"), 200);
    assert_int_equal(api(a, "DELETE", path, NULL), 204);
}

/* What the node is told of the tunnel. */
static const json_t *told(const struct api *a, const char *tunnel)
{
    const json_t *object;
    size_t i;

    json_array_foreach (model_list(a->answer, "put"), i, object) {
        const char *key = model_str(object, "key");

        if (text_starts_with(key, "tunnel/") && strcmp(key + strlen("tunnel/"), tunnel) == 0)
            return json_object_get(object, "value");
    }
    fail();
    return NULL;
}

/* For as long as it counts the node is told, too; nobody else is. */
static void test_a_changed_key_keeps_the_one_before(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48], path[96], reveal[128];
    int64_t left;

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    snprintf(reveal, sizeof(reveal), "%s/revealPsk", path);
    assert_int_equal(api(a, "PATCH", path, "{'psk': 'the-first-1', 'pskOverlapSeconds': 0}"), 200);
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_null(json_object_get(told(a, v.tunnels[0]), "pskBefore"));

    assert_int_equal(api(a, "PATCH", path, "{'psk': 'the-second-2', 'pskOverlapSeconds': 60}"),
                     200);
    assert_null(strstr(buf_text(&a->res.body), "the-first-1"));
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_string_equal(model_str(told(a, v.tunnels[0]), "psk"), "the-second-2");
    assert_string_equal(model_str(told(a, v.tunnels[0]), "pskBefore"), "the-first-1");
    left = model_int(told(a, v.tunnels[0]), "pskBeforeUntil", 0) - (int64_t)clock_realtime_us();
    assert_in_range(left, 30 * 1000000, 60 * 1000000);
    api_get(a, 200, "nodes/%s/desired", node);
    assert_null(strstr(buf_text(&a->res.body), "pskBefore"));

    assert_int_equal(api(a, "POST", reveal, NULL), 200);
    assert_string_equal(api_str(a, "psk"), "the-second-2");
    /* The same again is no change; one more change keeps the latest. */
    assert_int_equal(api(a, "PATCH", path, "{'psk': 'the-second-2'}"), 200);
    assert_null(json_object_get(a->answer, "psk"));
    assert_int_equal(api(a, "PATCH", path, "{'psk': 'the-third-33'}"), 200);
    assert_int_equal(api_node(a, "GET", node, "desired", NULL), 200);
    assert_string_equal(model_str(told(a, v.tunnels[0]), "pskBefore"), "the-second-2");
    assert_null(strstr(buf_text(&a->res.body), "the-first-1"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_only_nodes_see_keys_in_the_desired_state),
        T(test_a_copied_key_is_not_shown_again),
        T(test_a_lost_seal_key),
        T(test_a_changed_key_keeps_the_one_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
