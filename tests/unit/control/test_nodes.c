#include "api.h"

#include <stdio.h>
#include <stdlib.h>

/* The other end of the desired state: long polls, status, and what shows of it. */

/* "desired" with where the node stands after the last answer. */
static const char *next(const struct api *a, const char *more)
{
    static char rest[160];

    snprintf(rest, sizeof(rest), "desired?since=%s:%" PRId64 "%s", api_str(a, "epoch"),
             model_int(a->answer, "version", 0), more);
    return rest;
}

static void test_stream(void **state)
{
    struct api *a = *state;
    char id[48], rest[160], uri[256], subnet[48];
    struct control_request req = {.method = "GET", .uri = uri};
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.0.0.0/16'}");

    strcpy(subnet, api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.0.0.0/24'}", vpc));
    strcpy(id, api_join(a));
    req.client_certificate = a->certificate.data;
    req.client_certificate_len = a->certificate.len;
    assert_int_equal(api_node(a, "GET", id, "desired?wait=9", NULL), 200);
    assert_true(json_is_true(json_object_get(a->answer, "reset")));
    assert_true(model_int(a->answer, "revision", 0) > 0);
    strcpy(rest, next(a, "&wait=9"));
    snprintf(uri, sizeof(uri), "/v1/regions/r1/nodes/%s/%s", id, rest);
    assert_int_equal(api_request(a, &req), 0);
    assert_int_equal(a->res.wait.kind, CONTROL_WAIT_STREAM);
    assert_string_equal(a->res.wait.region, "r1");
    assert_string_equal(a->res.wait.node, id);
    assert_int_equal(a->res.wait.timeout_ms, 9000);
    assert_false(control_is_over(a->control, &a->res.wait));
    req.expired = true;
    assert_int_equal(api_request(a, &req), 304);
    req.expired = false;
    /* What happens in another region, or does not touch this node, wakes nobody here. */
    assert_int_equal(api(a, "POST", "//v1/regions", "{'id': 'r2'}"), 201);
    api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}");
    assert_int_equal(api_request(a, &req), 0);
    api_make(a, "instances", "{'subnetId': '%s'}", subnet);
    assert_int_equal(api_request(a, &req), 200);
    assert_true(json_is_false(json_object_get(a->answer, "reset")));
    assert_int_equal(json_array_size(model_list(a->answer, "put")), 3); /* with vpc and table */
    assert_int_equal(api_node(a, "GET", id, next(a, ""), NULL), 304);
}

static void test_stream_begins_anew(void **state)
{
    struct api *a = *state;
    char id[48], digest[32], rest[160];

    strcpy(id, api_join(a));
    api_make(a, "borderGateways", "{}");
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    strcpy(digest, api_str(a, "digest"));
    assert_int_equal(strlen(digest), 16);
    /* Of another life of ours: all of it, unless the node has all of it. */
    assert_int_equal(api_node(a, "GET", id, "desired?since=abc:5", NULL), 200);
    assert_true(json_is_true(json_object_get(a->answer, "reset")));
    assert_int_equal(json_array_size(model_list(a->answer, "put")), 1);
    snprintf(rest, sizeof(rest), "desired?since=abc:5&digest=%s", digest);
    assert_int_equal(api_node(a, "GET", id, rest, NULL), 200);
    assert_true(json_is_false(json_object_get(a->answer, "reset")));
    assert_int_equal(json_array_size(model_list(a->answer, "put")), 0);
    snprintf(rest, sizeof(rest), "desired?since=%s:99999", api_str(a, "epoch"));
    assert_int_equal(api_node(a, "GET", id, rest, NULL), 200);
    assert_true(json_is_true(json_object_get(a->answer, "reset")));

    assert_int_equal(api_node(a, "GET", id, "desired?since=5", NULL), 400);
    assert_int_equal(api_node(a, "GET", id, "desired?since=a:-1", NULL), 400);
    assert_int_equal(api_node(a, "GET", id, "desired?wait=301", NULL), 400);
    assert_int_equal(api_node(a, "GET", id, "desired?revision=1", NULL), 400);
    assert_int_equal(api_node(a, "GET", "node-aaaaaaaaaa", "desired", NULL), 403);
}

/* Thousands of objects come in pages. */
static void test_pages(void **state)
{
    struct api *a = *state;
    char id[48], gateway[48];
    size_t pages = 0, objects = 0;

    strcpy(id, api_join(a));
    assert_int_equal(
        api(a, "PATCH", "//v1/regions/r1", "{'quotas': {'staticRoutesPerBorderGateway': 5000}}"),
        200);
    strcpy(gateway, api_make(a, "borderGateways", "{}"));
    for (unsigned i = 0; i < 2000; i++)
        api_make(
            a, "borderGatewayRoutes",
            "{'borderGatewayId': '%s', 'destination': '10.%u.%u.0/24', 'nextHop': 'blackhole'}",
            gateway, i / 250, i % 250);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    for (;; pages++) {
        objects += json_array_size(model_list(a->answer, "put"));
        assert_true(a->res.body.len < 300 * 1024);
        if (!model_bool(a->answer, "more", false))
            break;
        assert_int_equal(api_node(a, "GET", id, next(a, ""), NULL), 200);
    }
    assert_int_equal(objects, 2001);
    assert_true(pages >= 1);
}

/* ---- what is carried out ---- */

static void carry(struct api *a, const char *node, const char *epoch, int64_t version)
{
    int sequence = ++a->sequence;
    json_t *doc =
        json_pack("{s:s, s:i, s:b, s:{s:s, s:I}}", "epoch", "e1", "sequence", sequence, "reset",
                  sequence == 1, "carried", "epoch", epoch, "version", (json_int_t)version);
    char *body = json_dumps(doc, 0);

    assert_int_equal(api_node(a, "POST", node, "status", body), 200);
    free(body);
    json_decref(doc);
}

static void assert_observed(struct api *a, const char *path, int64_t revision)
{
    api_get(a, 200, "%s", path);
    assert_int_equal(model_int(a->answer, "observedRevision", -1), revision);
    assert_string_equal(model_str(json_array_get(model_list(a->answer, "conditions"), 0), "status"),
                        revision == model_int(a->answer, "revision", 0) ? "true" : "false");
}

static void test_observed(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char id[48], path[96], epoch[32];
    int64_t revision, version;
    struct control_wait wait;

    strcpy(id, api_join(a));
    api_make_vpn(a, &v);
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    assert_observed(a, path, 0);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    strcpy(epoch, api_str(a, "epoch"));
    version = model_int(a->answer, "version", 0);
    carry(a, id, epoch, version);
    assert_observed(a, path, 1);
    assert_int_equal(api(a, "PATCH", path, "{'mtu': 1400}"), 200);
    revision = strtoll(api_header(a, "Ropeway-Revision"), NULL, 10);
    assert_true(revision > 0);
    assert_observed(a, path, 1); /* the one before is */
    api_get(a, 200, "observed?revision=%" PRId64, revision);
    assert_true(json_is_false(json_object_get(a->answer, "observed")));
    assert_string_equal(
        model_str(json_array_get(model_list(a->answer, "waitingFor"), 0), "resourceId"),
        v.tunnels[0]);
    /* Whoever waits is told. */
    snprintf(path, sizeof(path), "observed?revision=%" PRId64 "&wait=9", revision);
    assert_int_equal(api(a, "GET", path, NULL), 0);
    wait = a->res.wait;
    assert_int_equal(wait.kind, CONTROL_WAIT_OBSERVED);
    assert_false(control_is_over(a->control, &wait));
    carry(a, id, "another", 999); /* of a former life of ours: says nothing */
    api_get(a, 200, "observed?revision=%" PRId64, revision);
    assert_true(json_is_false(json_object_get(a->answer, "observed")));
    carry(a, id, epoch, version + 1);
    assert_true(control_is_over(a->control, &wait));
    api_get(a, 200, "observed?revision=%" PRId64, revision);
    assert_true(json_is_true(json_object_get(a->answer, "observed")));
    api_get(a, 409, "observed?revision=99999");
    api_get(a, 400, "observed?revision=x");
}

static void test_a_pending_object_is_not_carried_out(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char id[48], path[96], key[64], epoch[32];
    int64_t revision;

    strcpy(id, api_join(a));
    api_make_vpn(a, &v);
    assert_int_equal(api_node(a, "GET", id, "desired", NULL), 200);
    strcpy(epoch, api_str(a, "epoch"));
    carry(a, id, epoch, model_int(a->answer, "version", 0));
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    assert_int_equal(api(a, "PATCH", path, "{'ike': {'dhGroups': [14]}}"), 200);
    revision = strtoll(api_header(a, "Ropeway-Revision"), NULL, 10);
    snprintf(key, sizeof(key), "tunnel/%s", v.tunnels[0]);
    assert_int_equal(
        api_put(a, id,
                json_pack("[{s:s, s:i, s:b, s:s, s:{s:s}}]", "key", key, "version", 1, "pending", 1,
                          "error", "The peer refuses it.", "status", "operState", "up")),
        200);
    carry(a, id, epoch, 99999);
    assert_observed(a, path, 1);
    assert_string_equal(
        model_str(json_array_get(model_list(a->answer, "conditions"), 0), "message"),
        "The peer refuses it.");
    api_get(a, 200, "observed?revision=%" PRId64, revision);
    assert_true(json_is_false(json_object_get(a->answer, "observed")));
    assert_string_equal(model_str(json_array_get(model_list(a->answer, "waitingFor"), 0), "error"),
                        "The peer refuses it.");
    assert_int_equal(api_put(a, id,
                             json_pack("[{s:s, s:i, s:b, s:{s:s}}]", "key", key, "version", 9,
                                       "pending", 0, "status", "operState", "up")),
                     200);
    assert_observed(a, path, 2);
}

/* A report that is missing, or one of another epoch, asks for all of it. */
static void test_reports_in_order(void **state)
{
    static const struct {
        const char *body;
        int status;
    } reports[] = {
        {"{\"epoch\": \"a\", \"sequence\": 1}", 409},
        {"{\"epoch\": \"a\", \"sequence\": 1, \"reset\": true}", 200},
        {"{\"epoch\": \"a\", \"sequence\": 2}", 200},
        {"{\"epoch\": \"a\", \"sequence\": 2}", 409},
        {"{\"epoch\": \"a\", \"sequence\": 4}", 409},
        {"{\"epoch\": \"b\", \"sequence\": 3}", 409},
        {"{\"epoch\": \"b\", \"sequence\": 7, \"reset\": true}", 200},
        {"{\"epoch\": \"b\", \"sequence\": 8}", 200},
        {"{\"epoch\": \"b\"}", 400},
        {"{\"sequence\": 9}", 400},
        {"{\"epoch\": 7, \"sequence\": 9}", 400},
        {"{\"epoch\": \"b\", \"sequence\": 9, \"put\": {}}", 400},
        {"{\"epoch\": \"0123456789012345678901234567890123\", \"sequence\": 9}", 400},
        {"{\"revision\": 3, \"tunnels\": []}", 409},
        {"{\"epoch\": \"b\", \"sequence\": 9, \"put\": [7, {}, {\"key\": 3}], \"gone\": [1]}", 200},
    };
    struct api *a = *state;
    char id[48];

    strcpy(id, api_join(a));
    for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
        if (api_node(a, "POST", id, "status", reports[i].body) != reports[i].status)
            fail_msg("%s: %d %s", reports[i].body, a->status, buf_text(&a->res.body));
    }
    assert_int_equal(json_array_size(model_list(a->answer, "refused")), 3);
}

/* One object that cannot be understood loses nothing of the others. */
static void test_one_bad_entry(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char id[48], bad[64], good[64];

    strcpy(id, api_join(a));
    api_make_vpn(a, &v);
    snprintf(bad, sizeof(bad), "tunnel/%s", v.tunnels[0]);
    snprintf(good, sizeof(good), "tunnel/%s", v.tunnels[1]);
    assert_int_equal(api_put(a, id,
                             json_pack("[{s:s, s:{s:s}}, {s:s, s:{s:s}}, {s:s}]", "key", bad,
                                       "status", "operState", "happy", "key", good, "status",
                                       "operState", "up", "key", bad)),
                     200);
    assert_int_equal(json_array_size(model_list(a->answer, "refused")), 2);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[1]);
    assert_string_equal(api_str(a, "operState"), "up");
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "operState"), "unknown");
}

static void assert_availability(struct api *a, const struct api_vpn *v, const char *expected)
{
    api_get(a, 200, "vpnConnections/%s", v->connection);
    assert_string_equal(api_str(a, "highAvailability"), expected);
}

static void test_status_shows_in_resources(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48], body[160];

    api_make_vpn(a, &v);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "operState"), "unknown");
    assert_non_null(strstr(api_str(a, "lastError"), "no usable node"));
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_non_null(strstr(api_str(a, "lastError"), "reported"));
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
    /* What a report does not mention stays; what is gone is gone. */
    assert_int_equal(api_put(a, node, json_array()), 200);
    assert_availability(a, &v, "available");
    snprintf(body, sizeof(body), "{\"epoch\": \"e1\", \"sequence\": %d, \"gone\": [\"tunnel/%s\"]}",
             ++a->sequence, v.tunnels[1]);
    assert_int_equal(api_node(a, "POST", node, "status", body), 200);
    assert_availability(a, &v, "unavailable");
    assert_int_equal(api_node(a, "POST", "node-aaaaaaaaaa", "status", "{}"), 403);
}

/* ---- time ---- */

/* Time in which we listened. */
static void listen_for(struct api *a, uint64_t us)
{
    static uint64_t now = 1;

    live_listen(a->control, now += 1000000);
    for (uint64_t passed = 0; passed < us; passed += 1000000)
        live_listen(a->control, now += 1000000);
}

static void test_silent_node(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char node[48];
    uint64_t before;

    api_make_vpn(a, &v);
    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    api_report(a, node, &v, "up", "up");
    before = store_revision(a->control->store, "r1");
    listen_for(a, CONTROL_NODE_SILENCE_US - 3000000);
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "status"), "online");
    /* An admin's own calls do not make a node look alive. */
    api_get(a, 200, "nodes/%s/desired", node);
    listen_for(a, 9000000);
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "status"), "offline");
    assert_true(strlen(api_str(a, "lastSeen")) > 0);
    api_get(a, 200, "vpnTunnels/%s", v.tunnels[0]);
    assert_string_equal(api_str(a, "operState"), "unknown");
    assert_non_null(strstr(api_str(a, "lastError"), "silent since"));
    assert_availability(a, &v, "unavailable");
    /* It is no change of the region, and nobody else could take over. */
    control_tick(a->control);
    assert_int_equal(store_revision(a->control->store, "r1"), before);

    api_report(a, node, &v, "up", "up");
    assert_availability(a, &v, "available");
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "status"), "online");
}

/* Stopped, suspended or starved for an hour we have heard nobody: that is no silence of theirs. */
static void test_a_late_tick_kills_nobody(void **state)
{
    struct api *a = *state;
    char node[48];

    assert_int_equal(text_copy(node, sizeof(node), api_join(a)), 0);
    live_listen(a->control, 1000000);
    live_listen(a->control, 3600 * UINT64_C(1000000));
    api_get(a, 200, "nodes/%s", node);
    assert_string_equal(api_str(a, "status"), "online");
}

static void test_what_a_dead_node_carried_moves(void **state)
{
    struct api *a = *state;
    struct api_vpn v;
    char first[48], second[48], gateway[48], path[96];
    struct buf certificate;
    int64_t generation;

    assert_int_equal(text_copy(first, sizeof(first), api_join(a)), 0);
    api_make_vpn(a, &v);
    api_get(a, 200, "vpnConnections/%s", v.connection);
    strcpy(gateway, api_str(a, "borderGatewayId"));
    api_get(a, 200, "placements/%s", gateway);
    assert_string_equal(api_str(a, "nodeId"), first);
    generation = model_int(a->answer, "generation", 0);
    certificate = a->certificate;
    a->certificate = (struct buf){0};
    api_make_token(a, "{'name': 'm'}");
    assert_int_equal(api_join_as(a, "m", ""), 201);
    strcpy(second, api_str(a, "id"));
    /* Nobody has a reason to move while both speak, nor when both fall silent. */
    control_tick(a->control);
    listen_for(a, 2 * CONTROL_NODE_SILENCE_US);
    control_tick(a->control);
    api_get(a, 200, "placements/%s", gateway);
    assert_string_equal(api_str(a, "nodeId"), first);
    assert_int_equal(api_node(a, "GET", second, "desired", NULL), 200);
    control_tick(a->control);
    api_get(a, 200, "placements/%s", gateway);
    assert_string_equal(api_str(a, "nodeId"), second);
    assert_int_equal(model_int(a->answer, "generation", 0), generation + 1);
    api_get(a, 200, "placements");
    assert_int_equal(json_array_size(model_list(a->answer, "items")), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(model_str(json_array_get(model_list(a->answer, "items"), i), "nodeId"),
                            second);
    /* It stays there when the first comes back. */
    buf_done(&a->certificate);
    a->certificate = certificate;
    assert_int_equal(api_node(a, "GET", first, "desired", NULL), 200);
    control_tick(a->control);
    api_get(a, 200, "placements/%s", gateway);
    assert_string_equal(api_str(a, "nodeId"), second);
    /* Until the admin says otherwise. */
    snprintf(path, sizeof(path), "placements/%s", gateway);
    {
        char body[96];

        snprintf(body, sizeof(body), "{'nodeId': '%s'}", first);
        assert_int_equal(api(a, "PATCH", path, body), 200);
    }
    assert_int_equal(model_int(a->answer, "generation", 0), generation + 2);
}

static void assert_gateway_on(struct api *a, const char *gateway, const char *node)
{
    api_get(a, 200, "placements/%s", gateway);
    assert_string_equal(api_str(a, "nodeId"), node);
}

/* What it carries moves when its tunnels have had the time to be left, to a node that speaks and is
 * not drained itself. */
static void test_a_drained_node(void **state)
{
    struct api *a = *state;
    char first[48], second[48], gateway[48], path[96], other[96];
    struct api_vpn v;
    uint64_t now = clock_realtime_us();

    assert_int_equal(text_copy(first, sizeof(first), api_join(a)), 0);
    api_make_vpn(a, &v);
    api_get(a, 200, "vpnConnections/%s", v.connection);
    strcpy(gateway, api_str(a, "borderGatewayId"));
    snprintf(path, sizeof(path), "nodes/%s", first);
    assert_int_equal(api(a, "PATCH", path, "{'draining': true}"), 200);
    placing_tick(a->control, now + 60000000);
    assert_gateway_on(a, gateway, first); /* it is alone */
    buf_done(&a->certificate);
    a->certificate = (struct buf){0};
    api_make_token(a, "{'name': 'm'}");
    assert_int_equal(api_join_as(a, "m", ""), 201);
    strcpy(second, api_str(a, "id"));
    assert_int_equal(api_node(a, "GET", second, "desired", NULL), 200);
    snprintf(other, sizeof(other), "nodes/%s", second);
    assert_int_equal(api(a, "PATCH", other, "{'draining': true}"), 200);
    placing_tick(a->control, now + 60000000);
    assert_gateway_on(a, gateway, first);
    assert_int_equal(api(a, "PATCH", other, "{'draining': false}"), 200);
    placing_tick(a->control, now + 1000000);
    assert_gateway_on(a, gateway, first);
    placing_tick(a->control, now + 60000000);
    assert_gateway_on(a, gateway, second);
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
        T(test_stream),
        T(test_stream_begins_anew),
        T(test_pages),
        T(test_observed),
        T(test_a_pending_object_is_not_carried_out),
        T(test_reports_in_order),
        T(test_one_bad_entry),
        T(test_status_shows_in_resources),
        T(test_silent_node),
        T(test_a_drained_node),
        T(test_a_late_tick_kills_nobody),
        T(test_what_a_dead_node_carried_moves),
        T(test_secrets_leave_only_on_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
