#include "api.h"

#include <stdio.h>

#include "notice.h"

/* What happened: what becomes an event, who sees it, and what it survives. */

static void flush(struct api *a)
{
    assert_int_equal(events_flush(a->control->events, clock_realtime_us()), 0);
}

static const json_t *item(struct api *a, size_t i)
{
    return json_array_get(json_object_get(a->answer, "items"), i);
}

static size_t list(struct api *a, const char *query)
{
    flush(a);
    api_get(a, 200, "events%s", query);
    return json_array_size(json_object_get(a->answer, "items"));
}

/* How many there are of this code. */
static size_t count_of(struct api *a, const char *code)
{
    char query[128];

    snprintf(query, sizeof(query), "?code=%s&limit=1000", code);
    return list(a, query);
}

/* ---- tunnels ---- */

static void put(struct api *a, const char *node, const char *tunnel, const char *state,
                const char *since, const char *error)
{
    char key[80];
    json_t *entry;

    snprintf(key, sizeof(key), "tunnel/%s", tunnel);
    entry =
        json_pack("[{s:s, s:i, s:b, s:s, s:{s:s, s:s, s:s}}]", "key", key, "version", 1, "pending",
                  0, "error", "", "status", "operState", state, "since", since, "lastError", error);
    assert_int_equal(api_put(a, node, entry), 200);
}

static void test_a_tunnel_comes_up_and_goes_down(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);
    struct api_vpn v;
    char query[128];

    api_make_vpn(a, &v);
    put(a, node, v.tunnels[0], "negotiating", "2026-11-20T08:00:00.000Z", "");
    assert_int_equal(count_of(a, "event.tunnel-down"), 0); /* it has never been up */
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
    assert_int_equal(count_of(a, "event.tunnel-up"), 1);
    put(a, node, v.tunnels[0], "down", "2026-11-20T09:00:00.000Z", "{ike.no-answer|192.0.2.1|x}");
    put(a, node, v.tunnels[0], "negotiating", "2026-11-20T09:00:05.000Z", "");
    assert_int_equal(count_of(a, "event.tunnel-down"), 1);
    assert_string_equal(model_str(item(a, 0), "severity"), "error");
    assert_string_equal(model_str(item(a, 0), "resource.id"), v.tunnels[0]);
    assert_string_equal(model_str(item(a, 0), "resource.collection"), "vpnTunnels");
    assert_string_equal(model_str(item(a, 0), "projectId"), "default");
    assert_string_equal(model_str(item(a, 0), "at"), "2026-11-20T09:00:00.000Z");
    assert_string_equal(model_str(item(a, 0), "textArguments.reason.code"), "ike.no-answer");
    put(a, node, v.tunnels[0], "up", "2026-11-20T09:01:40.000Z", "");
    assert_int_equal(count_of(a, "event.tunnel-up-again"), 1);
    assert_string_equal(model_str(item(a, 0), "textArguments.seconds"), "100");
    snprintf(query, sizeof(query), "?resource=%s&severity=warning", v.tunnels[0]);
    assert_int_equal(list(a, query), 1);
    snprintf(query, sizeof(query), "?resource=%s", v.tunnels[1]);
    assert_int_equal(list(a, query), 0);
    put(a, node, v.tunnels[1], "up", "2026-11-20T09:02:00.000Z", "");
    put(a, node, v.tunnels[1], "down", "2026-11-20T09:03:00.000Z", "");
    put(a, node, v.tunnels[1], "up", "2026-11-20T09:03:00.900Z", "");
    assert_int_equal(count_of(a, "event.tunnel-up-at-once"), 1);
}

static void test_high_availability_is_lost_and_comes_back(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);
    struct api_vpn v;

    api_make_vpn(a, &v);
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
    notice_tick(a->control, clock_realtime_us()); /* of the other nobody knows anything yet */
    put(a, node, v.tunnels[1], "up", "2026-11-20T08:00:11.000Z", "");
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.availability-lost"), 0);
    put(a, node, v.tunnels[1], "down", "2026-11-20T09:00:00.000Z", "");
    notice_tick(a->control, clock_realtime_us());
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.availability-lost"), 1);
    assert_string_equal(model_str(item(a, 0), "severity"), "warning");
    assert_string_equal(model_str(item(a, 0), "resource.collection"), "vpnConnections");
    put(a, node, v.tunnels[1], "up", "2026-11-20T09:00:10.000Z", "");
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.availability-back"), 1);
}

static void test_trouble_of_a_tunnel_that_is_up(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);
    struct api_vpn v;

    api_make_vpn(a, &v);
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "{ike.peer-refused-rekey|no}");
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "{ike.peer-refused-rekey|no!}");
    assert_int_equal(count_of(a, "event.tunnel-trouble"), 1);
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
    assert_int_equal(count_of(a, "event.tunnel-trouble-over"), 1);
    assert_int_equal(count_of(a, "event.tunnel-anew"), 0);
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:30:00.000Z", "");
    assert_int_equal(count_of(a, "event.tunnel-anew"), 1);
}

/* It is the change that is an event, and not what follows from it. */
static void test_a_tunnel_is_switched_off(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);
    struct api_vpn v;
    char path[80];

    api_make_vpn(a, &v);
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
    snprintf(path, sizeof(path), "vpnTunnels/%s", v.tunnels[0]);
    assert_int_equal(api(a, "PATCH", path, "{'adminState': 'down'}"), 200);
    put(a, node, v.tunnels[0], "down", "2026-11-20T08:01:00.000Z", "");
    assert_int_equal(count_of(a, "event.tunnel-down"), 0);
    assert_int_equal(count_of(a, "event.tunnel-disabled"), 1);
    assert_string_equal(model_str(item(a, 0), "textArguments.who"), "admin");
    assert_true(model_int(item(a, 0), "revision", 0) > 0);
    assert_int_equal(api(a, "PATCH", path, "{'adminState': 'up'}"), 200);
    assert_int_equal(count_of(a, "event.tunnel-enabled"), 1);
}

/* ---- what a restart leaves ---- */

static void test_after_a_restart_only_changes_are_said(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);
    struct event before = {0};
    struct api_vpn v;
    size_t count;

    api_make_vpn(a, &v);
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
    put(a, node, v.tunnels[1], "up", "2026-11-20T08:00:10.000Z", "");
    count = list(a, "");
    before.id = events_newest(a->control->events, "r1");
    notice_stop(a->control);
    assert_int_equal(notice_start(a->control), 0);
    assert_int_equal(list(a, ""), count);
    assert_int_equal(events_newest(a->control->events, "r1"), before.id);
    put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.100Z", "");
    put(a, node, v.tunnels[1], "down", "2026-11-20T09:00:10.000Z", "");
    assert_int_equal(list(a, ""), count + 1);
    assert_string_equal(model_str(item(a, 0), "textCode"), "event.tunnel-down-unsaid");
    assert_true(events_newest(a->control->events, "r1") > before.id);
}

/* ---- bounds ---- */

static void test_a_flapping_tunnel_is_told_now_and_then(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);
    uint64_t later;
    struct api_vpn v;
    char query[80];
    size_t before;

    api_make_vpn(a, &v);
    before = list(a, "");
    for (int i = 0; i < 50; i++) {
        put(a, node, v.tunnels[0], "up", "2026-11-20T08:00:10.000Z", "");
        put(a, node, v.tunnels[0], "down", "2026-11-20T08:00:10.000Z", "");
    }
    snprintf(query, sizeof(query), "?resource=%s", v.tunnels[0]);
    assert_int_equal(list(a, query), EVENTS_RESOURCE_BURST);
    put(a, node, v.tunnels[1], "up", "2026-11-20T08:00:10.000Z", ""); /* another's share is whole */
    assert_int_equal(list(a, ""), before + EVENTS_RESOURCE_BURST + 2); /* and the node is online */
    later = clock_realtime_us() + EVENTS_RESOURCE_GAP_US + 1000000;
    assert_int_equal(events_flush(a->control->events, later), 0);
    assert_int_equal(list(a, query), EVENTS_RESOURCE_BURST + 1);
    /* How it is at last is said, and how much was not. */
    assert_string_equal(model_str(item(a, 0), "textCode"), "event.tunnel-down-unsaid");
    assert_int_equal(model_int(item(a, 0), "leftOut", 0), 100 - EVENTS_RESOURCE_BURST - 1);
}

/* ---- nodes ---- */

static void test_a_node_falls_silent(void **state)
{
    struct api *a = *state;
    const char *node = api_join(a);

    assert_int_equal(api_put(a, node, json_array()), 200);
    assert_int_equal(api_put(a, node, json_array()), 200);
    assert_int_equal(count_of(a, "event.node-online"), 1);
    a->control->listened += CONTROL_NODE_SILENCE_US;
    notice_tick(a->control, clock_realtime_us());
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.node-offline"), 1);
    assert_string_equal(model_str(item(a, 0), "resource.name"), "n");
    assert_string_equal(strchr(model_str(item(a, 0), "textArguments.since"), 0) - 4, " UTC");
    assert_int_equal(api_put(a, node, json_array()), 200);
    assert_int_equal(count_of(a, "event.node-online-at-once"), 1); /* no real time went by */
    assert_int_equal(count_of(a, "event.control-started"), 1);
}

static void test_a_node_is_drained(void **state)
{
    struct api *a = *state;
    char path[80];

    snprintf(path, sizeof(path), "nodes/%s", api_join(a));
    assert_int_equal(api(a, "PATCH", path, "{'draining': true}"), 200);
    assert_int_equal(count_of(a, "event.node-drained"), 1);
    assert_string_equal(model_str(item(a, 0), "textArguments.who"), "admin");
    assert_int_equal(api(a, "PATCH", path, "{'description': 'x'}"), 200);
    assert_int_equal(count_of(a, "event.node-drained"), 1);
    assert_int_equal(api(a, "PATCH", path, "{'draining': false}"), 200);
    assert_int_equal(count_of(a, "event.node-undrained"), 1);
}

/* ---- limits ---- */

static void test_a_quota_is_nearly_used_up(void **state)
{
    struct api *a = *state;

    for (int i = 0; i < 7; i++)
        api_make(a, "vpcs", "{'cidr': '10.%d.0.0/16'}", i);
    assert_int_equal(count_of(a, "event.quota"), 0);
    api_make(a, "vpcs", "{'cidr': '10.7.0.0/16'}");
    assert_int_equal(count_of(a, "event.quota"), 1);
    assert_string_equal(model_str(item(a, 0), "textArguments.quota"), "vpcs");
    api_make(a, "vpcs", "{'cidr': '10.8.0.0/16'}");
    assert_int_equal(count_of(a, "event.quota"), 1);
    api_make(a, "vpcs", "{'cidr': '10.9.0.0/16'}");
    assert_int_equal(count_of(a, "event.quota"), 2);
}

static void test_what_expires_is_said_in_time(void **state)
{
    struct api *a = *state;
    const uint64_t day = UINT64_C(86400) * 1000000;
    uint64_t now = clock_realtime_us();

    assert_int_equal(api(a, "POST", "//v1/tokens",
                         "{'name': 'ci', 'role': 'viewer', 'expiresInSeconds': 1728000}"),
                     201);
    notice_expiry(a->control, now);
    assert_int_equal(count_of(a, "event.token-expires"), 0);
    notice_expiry(a->control, now + 7 * day);
    notice_expiry(a->control, now + 8 * day);
    assert_int_equal(count_of(a, "event.token-expires"), 1);
    assert_string_equal(model_str(item(a, 0), "resource.name"), "ci");
    assert_string_equal(model_str(item(a, 0), "severity"), "warning");
    notice_expiry(a->control, now + 18 * day);
    assert_int_equal(count_of(a, "event.token-expires"), 2);
    notice_expiry(a->control, now + 21 * day);
    assert_int_equal(count_of(a, "event.token-expired"), 1);
}

static void test_routes_that_are_not_in_force(void **state)
{
    struct api *a = *state;
    const char *vpc = api_make(a, "vpcs", "{'cidr': '10.1.0.0/16'}");
    const char *gateway = api_make(a, "borderGateways", "{'asn': 65010}");
    char attachment[48], first[80];

    strcpy(attachment,
           api_make(a, "vpcAttachments", "{'borderGatewayId': '%s', 'vpcId': '%s'}", gateway, vpc));
    /* Of a network that is well nothing is said: the VPC's own subnet comes back to its table. */
    (void)api_make(a, "subnets", "{'vpcId': '%s', 'cidr': '10.1.0.0/24'}", vpc);
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.routes-lost"), 0);
    snprintf(first, sizeof(first), "borderGatewayRoutes/%s",
             api_make(a, "borderGatewayRoutes",
                      "{'borderGatewayId': '%s', 'destination': '10.9.0.0/16', 'nextHop': "
                      "'blackhole'}",
                      gateway));
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.routes-lost"), 0);
    /* Of two equal destinations one does not win. */
    api_make(a, "borderGatewayRoutes",
             "{'borderGatewayId': '%s', 'destination': '10.9.0.0/16', 'nextHop': '%s'}", gateway,
             attachment);
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.routes-lost"), 1);
    assert_string_equal(model_str(item(a, 0), "textArguments.destination"), "10.9.0.0/16");
    assert_string_equal(model_str(item(a, 0), "resource.collection"), "borderGateways");
    assert_int_equal(api(a, "DELETE", first, NULL), 204);
    notice_tick(a->control, clock_realtime_us());
    assert_int_equal(count_of(a, "event.routes-back"), 1);
}

/* ---- asking ---- */

static void test_pages_and_filters(void **state)
{
    struct api *a = *state;
    char query[80], last[32] = "99999999999999999";
    size_t seen = 0;

    for (int i = 0; i < 25; i++) {
        char id[24];

        snprintf(id, sizeof(id), "vpc-%d", i);
        notice_other(house_find(a->control, "r1"), "vpcs", id, "n", "default", &(struct notice){0},
                     SAY(EVENT_TUNNEL_UP));
    }
    api_get(a, 200, "events?limit=1");
    flush(a);
    query[0] = 0;
    snprintf(query, sizeof(query), "events?limit=7");
    for (bool more = true; more;) {
        api_get(a, 200, "%s", query);
        for (size_t i = 0; i < json_array_size(json_object_get(a->answer, "items")); i++) {
            const char *id = model_str(item(a, i), "id");

            assert_true(strlen(id) < strlen(last) || strcmp(id, last) < 0);
            strcpy(last, id);
            seen++;
        }
        more = *api_str(a, "next");
        snprintf(query, sizeof(query), "events?limit=7&cursor=%s", api_str(a, "next"));
    }
    assert_int_equal(seen, 25);
    assert_int_equal(list(a, "?collection=vpcs&limit=1000"), 25);
    assert_int_equal(list(a, "?collection=subnets"), 0);
    assert_int_equal(list(a, "?resource=vpc-3"), 1);
    assert_int_equal(list(a, "?severity=warning"), 0);
    assert_int_equal(list(a, "?from=2100-01-01"), 0);
    assert_int_equal(list(a, "?to=2020-01-01"), 0);
    api_get(a, 400, "events?severity=bad");
    api_get(a, 400, "events?cursor=x");
    api_get(a, 400, "events?limit=0");
    api_get(a, 400, "events?limit=1001");
    api_get(a, 400, "events?color=red");
    api_get(a, 400, "events?from=yesterday");
    api_get(a, 404, "//v1/regions/r9/events");
    a->lang = WORDS_ZH;
    assert_int_equal(list(a, "?resource=vpc-3"), 1);
    assert_string_equal(model_str(item(a, 0), "text"), "隧道已连通");
}

static void test_projects_are_walls(void **state)
{
    struct api *a = *state;
    struct region *r = house_find(a->control, "r1");
    char bearer[200];
    struct control_request req = {
        .method = "GET", .uri = "/v1/regions/r1/events", .authorization = bearer};

    assert_int_equal(
        api(a, "POST", "//v1/tokens", "{'name': 't', 'role': 'viewer', 'projectId': 'blue'}"), 201);
    snprintf(bearer, sizeof(bearer), "Bearer %s", api_str(a, "token"));
    notice_other(r, "vpcs", "vpc-1", "n", "blue", &(struct notice){0}, SAY(EVENT_TUNNEL_UP));
    notice_other(r, "vpcs", "vpc-2", "n", "green", &(struct notice){0}, SAY(EVENT_TUNNEL_UP));
    notice_other(r, "nodes", "node-1", "n", "", &(struct notice){0}, SAY(EVENT_NODE_ONLINE));
    notice_other(r, "tokens", "tok-1", "n", EVENTS_OPERATORS, &(struct notice){0},
                 SAY(EVENT_TUNNEL_UP));
    assert_int_equal(list(a, ""), 4);
    assert_int_equal(api_request(a, &req), 200);
    assert_int_equal(json_array_size(json_object_get(a->answer, "items")), 2);
    assert_string_equal(model_str(item(a, 0), "resource.id"), "node-1");
    assert_string_equal(model_str(item(a, 1), "resource.id"), "vpc-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
        T(test_a_tunnel_comes_up_and_goes_down),
        T(test_high_availability_is_lost_and_comes_back),
        T(test_trouble_of_a_tunnel_that_is_up),
        T(test_a_tunnel_is_switched_off),
        T(test_after_a_restart_only_changes_are_said),
        T(test_a_flapping_tunnel_is_told_now_and_then),
        T(test_a_node_falls_silent),
        T(test_a_node_is_drained),
        T(test_a_quota_is_nearly_used_up),
        T(test_what_expires_is_said_in_time),
        T(test_routes_that_are_not_in_force),
        T(test_pages_and_filters),
        T(test_projects_are_walls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
