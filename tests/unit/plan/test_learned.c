#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "region.h"

/* Tables with what peers announce: two tunnels of a connection, of which the second's peer
 * announces a shorter path. */

struct announcement {
    const char *tunnel, *prefix, *path;
    uint32_t length;
};

static const struct announcement announcements[] = {
    {"vpntun-a", "10.2.0.0/16", "65001 65002", 2}, {"vpntun-a", "10.3.0.0/16", "65001", 1},
    {"vpntun-a", "2001:db8::/32", "65001", 1},     {"vpntun-b", "10.2.0.0/16", "65001", 1},
    {"vpntun-b", "10.3.0.0/16", "65001", 1},
};

static struct plan_learned_route route_of(const struct announcement *a)
{
    struct plan_learned_route r = {.as_path = a->path,
                                   .communities = "65001:1",
                                   .length = a->length,
                                   .since_us = 1795334400000000,
                                   .next_hop = addr_v4(169, 254, 1, 2)};

    assert_int_equal(prefix_parse(a->prefix, &r.prefix), 0);
    return r;
}

static int each(void *arg, const char *tunnel, const char *node, plan_take_learned *take,
                void *user)
{
    int r = 0;

    (void)arg;
    assert_string_equal(node, "node-a");
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(announcements); i++) {
        struct plan_learned_route route = route_of(&announcements[i]);

        if (strcmp(announcements[i].tunnel, tunnel) == 0)
            r = take(user, &route);
    }
    return r;
}

static bool find(void *arg, const char *tunnel, const struct prefix *prefix,
                 struct plan_learned_route *ret)
{
    (void)arg;
    for (size_t i = 0; i < ARRAY_SIZE(announcements); i++) {
        *ret = route_of(&announcements[i]);
        if (strcmp(announcements[i].tunnel, tunnel) == 0 && prefix_equal(prefix, &ret->prefix))
            return true;
    }
    return false;
}

static const struct plan_learned learned = {.each = each, .find = find};

#define TUNNEL(id, cloud, customer)                                                                \
    "{'id': '" id "', 'vpnConnectionId': 'vpn-a', 'cloudAddress': '" cloud                         \
    "', 'customerAddress': '" customer "', 'psk': 'sealed'}"

static int setup(void **state)
{
    static struct region r;

    region_init(&r);
    region_make(&r, MODEL_REGION, "{'id': 'cn-north-1'}");
    region_make(&r, MODEL_NODE, "{'id': 'node-a', 'roles': ['gateway', 'compute']}");
    region_make(&r, MODEL_VPC, "{'id': 'vpc-a', 'cidr': '10.1.0.0/16'}");
    region_make(&r, MODEL_ROUTE_TABLE,
                "{'id': 'rtb-a', 'vpcId': 'vpc-a', 'default': true, 'propagations': "
                "[{'borderGatewayId': 'bgw-a', 'range': '10.0.0.0/8'}]}");
    region_make(&r, MODEL_SUBNET,
                "{'id': 'subnet-a', 'vpcId': 'vpc-a', 'cidr': '10.1.1.0/24', 'routeTableId': "
                "'rtb-a'}");
    region_make(&r, MODEL_BORDER_GATEWAY, "{'id': 'bgw-a', 'asn': 65000}");
    region_make(&r, MODEL_VPC_ATTACHMENT,
                "{'id': 'vpcattach-a', 'borderGatewayId': 'bgw-a', 'vpcId': 'vpc-a'}");
    region_make(&r, MODEL_CUSTOMER_GATEWAY,
                "{'id': 'cgw-a', 'asn': 65001, 'addresses': ['203.0.113.1', '203.0.113.2']}");
    region_make(&r, MODEL_VPN_CONNECTION,
                "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
                "'cloudAddresses': ['198.51.100.1', '198.51.100.2']}");
    region_make(&r, MODEL_VPN_TUNNEL, TUNNEL("vpntun-a", "198.51.100.1", "203.0.113.1"));
    region_make(&r, MODEL_VPN_TUNNEL, TUNNEL("vpntun-b", "198.51.100.2", "203.0.113.2"));
    for (size_t i = 0; i < 3; i++) {
        static const char *const targets[] = {"bgw-a", "198.51.100.1", "198.51.100.2"};
        char text[128];

        snprintf(text, sizeof(text), "{'id': '%s', 'nodeId': 'node-a', 'generation': 1}",
                 targets[i]);
        region_make(&r, MODEL_PLACEMENT, text);
    }
    region_commit(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    region_done(*state);
    return 0;
}

static json_t *table(const struct region *r, enum plan_table which)
{
    json_t *rows = NULL;

    assert_int_equal(plan_gateway_routes(r->now, &learned, "bgw-a", which, WORDS_EN, NULL, &rows),
                     0);
    return rows;
}

static void assert_row(const json_t *rows, size_t i, const char *destination, const char *tunnel,
                       bool effective)
{
    const json_t *row = json_array_get(rows, i);

    assert_string_equal(model_str(row, "destination"), destination);
    assert_string_equal(model_str(row, "tunnelId"), tunnel);
    assert_int_equal(model_bool(row, "effective", false), effective);
}

static void test_the_shorter_path_wins(void **state)
{
    json_t *rows = table(*state, PLAN_PROPAGATED);

    assert_int_equal(json_array_size(rows), 6);
    assert_row(rows, 0, "10.1.1.0/24", "", true);
    assert_row(rows, 1, "10.2.0.0/16", "vpntun-b", true);
    assert_row(rows, 2, "10.2.0.0/16", "vpntun-a", false);
    assert_row(rows, 3, "10.3.0.0/16", "vpntun-a", true);
    assert_row(rows, 4, "10.3.0.0/16", "vpntun-b", true);
    assert_row(rows, 5, "2001:db8::/32", "vpntun-a", true);
    assert_string_equal(model_str(json_array_get(rows, 2), "asPath"), "65001 65002");
    assert_string_equal(model_str(json_array_get(rows, 2), "viaAddress"), "169.254.1.2");
    json_decref(rows);
}

static void test_vpcs_hear_of_it(void **state)
{
    const struct region *r = *state;
    json_t *rows = NULL;

    assert_int_equal(plan_route_table_routes(r->now, &learned, "rtb-a", WORDS_EN, NULL, &rows), 0);
    assert_int_equal(json_array_size(rows), 4); /* local, its own subnet that leads back, two */
    assert_string_equal(model_str(json_array_get(rows, 2), "destination"), "10.2.0.0/16");
    assert_string_equal(model_str(json_array_get(rows, 2), "nextHop"), "bgw-a");
    assert_true(model_bool(json_array_get(rows, 2), "effective", false));
    json_decref(rows);
}

/* A route by BGP is over its tunnel, not over the connection's others. */
static void test_the_way_is_over_the_tunnel(void **state)
{
    const struct region *r = *state;
    struct addr a = addr_v4(10, 2, 3, 4);
    json_t *told = NULL, *hops = json_array();
    struct plan_packet packet = {.destination = &a};
    struct plan_path_end end;
    char *text;

    assert_int_equal(
        plan_explain(r->now, &learned, "bgw-a", false, &a, NULL, NULL, WORDS_EN, &told), 0);
    text = json_dumps(told, 0);
    assert_non_null(strstr(text, "Tunnel vpntun-b"));
    assert_null(strstr(text, "Tunnel vpntun-a"));
    free(text);
    json_decref(told);
    assert_int_equal(plan_path(r->now, &learned, "bgw-a", &packet, NULL, NULL, hops, &end), 0);
    assert_true(end.reached);
    assert_string_equal(end.tunnel->head.id, "vpntun-b");
    json_decref(hops);
}

/* "a down": vpntun-a is down; "a lost": it is up, and its peer answers no probes. */
static json_t *status_of(void *user, const struct model_vpn_tunnel *t)
{
    bool is_a = strcmp(t->head.id, "vpntun-a") == 0;
    const char *what = user;

    return json_pack("{s:s, s:s}", "operState", is_a && strcmp(what, "a down") == 0 ? "down" : "up",
                     "probeState",
                     is_a && strcmp(what, "a lost") == 0 ? "blackholing" : "answering");
}

/* How many of 200 flows to an address that both tunnels lead to take vpntun-a. */
static unsigned flows_of_a(const struct region *r, char *what)
{
    struct plan_flow flow = {
        .from = addr_v4(10, 1, 0, 4), .to = addr_v4(10, 3, 0, 4), .protocol = 6};
    struct plan_packet packet = {.destination = &flow.to, .flow = &flow};
    unsigned n = 0;

    for (uint16_t port = 1; port <= 200; port++) {
        const json_t *tunnels, *tunnel;
        json_t *hops = json_array();
        struct plan_path_end end;
        size_t i;

        flow.source_port = port;
        assert_int_equal(plan_path(r->now, &learned, "bgw-a", &packet, status_of, what, hops, &end),
                         0);
        assert_non_null(end.tunnel);
        tunnels = model_list(json_array_get(hops, json_array_size(hops) - 1), "tunnels");
        json_array_foreach (tunnels, i, tunnel) {
            bool is_it = strcmp(model_str(tunnel, "id"), end.tunnel->head.id) == 0;

            assert_int_equal(model_bool(tunnel, "takes", false), is_it);
        }
        n += strcmp(end.tunnel->head.id, "vpntun-a") == 0;
        json_decref(hops);
    }
    return n;
}

static void test_a_flow_takes_one_of_the_tunnels(void **state)
{
    const struct region *r = *state;

    assert_in_range(flows_of_a(r, ""), 60, 140);
    assert_int_equal(flows_of_a(r, "a down"), 0);
    assert_int_equal(flows_of_a(r, "a lost"), 0);
}

static void test_without_bgp_nothing_is_learned(void **state)
{
    struct region *r = *state;
    size_t count = 0;
    json_t *rows;

    assert_int_equal(plan_dynamic_routes(r->now, &learned, "bgw-a", &count), 0);
    assert_int_equal(count, 5);
    region_make(r, MODEL_VPN_CONNECTION,
                "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
                "'routing': 'static', 'cloudAddresses': ['198.51.100.1', '198.51.100.2']}");
    region_commit(r);
    rows = table(r, PLAN_PROPAGATED);
    assert_int_equal(json_array_size(rows), 1);
    json_decref(rows);
    assert_int_equal(plan_announced(r->now, &learned, "vpntun-a", NULL, &rows), 0);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
}

static void test_what_is_announced(void **state)
{
    struct region *r = *state;
    json_t *rows = NULL;

    assert_int_equal(plan_announced(r->now, &learned, "vpntun-a", NULL, &rows), 0);
    assert_int_equal(json_array_size(rows), 1);
    assert_string_equal(model_str(json_array_get(rows, 0), "destination"), "10.1.1.0/24");
    assert_false(model_bool(json_array_get(rows, 0), "learned", true));
    json_decref(rows);
    assert_int_equal(plan_announced(r->now, &learned, "vpntun-x", NULL, &rows), -ENOENT);
}

/* ---- overlapping networks ---- */

static void test_prefixes_are_shown_as_they_are_seen(void **state)
{
    struct region *r = *state;
    json_t *rows;
    size_t found = 0, i;
    const json_t *row;

    region_make(r, MODEL_VPN_CONNECTION,
                "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
                "'cloudAddresses': ['198.51.100.1', '198.51.100.2'], 'translations': [{'side': "
                "'own', 'prefix': '10.1.0.0/16', 'seenAs': '100.64.0.0/16'}, {'side': 'peer', "
                "'prefix': '10.2.0.0/15', 'seenAs': '100.66.0.0/15'}]}");
    region_commit(r);
    rows = table(r, PLAN_PROPAGATED);
    json_array_foreach (rows, i, row) {
        if (strcmp(model_str(row, "destination"), "100.67.0.0/16") != 0)
            continue;
        found++;
        assert_string_equal(model_str(row, "translatedFrom"), "10.3.0.0/16");
        assert_string_equal(model_str(row, "asPath"), "65001");
    }
    assert_int_equal(found, 2);
    json_decref(rows);
    assert_int_equal(plan_announced(r->now, &learned, "vpntun-a", NULL, &rows), 0);
    assert_string_equal(model_str(json_array_get(rows, 0), "destination"), "100.64.1.0/24");
    assert_string_equal(model_str(json_array_get(rows, 0), "translatedFrom"), "10.1.1.0/24");
    json_decref(rows);
}

/* ---- pages ---- */

static void test_each_page_begins_where_the_last_ended(void **state)
{
    for (size_t limit = 1; limit < 8; limit++) {
        struct plan_page page = {.limit = limit};
        size_t rows = 0;

        do {
            json_t *items = NULL;

            assert_int_equal(plan_gateway_routes(((struct region *)*state)->now, &learned, "bgw-a",
                                                 PLAN_PROPAGATED, WORDS_EN, &page, &items),
                             0);
            assert_true(json_array_size(items) <= limit);
            rows += json_array_size(items);
            json_decref(items);
            memcpy(page.after, page.next, sizeof(page.after));
        } while (*page.after);
        assert_int_equal(rows, 6);
    }
}

static void test_cursors(void **state)
{
    static const char *const bad[] = {
        "",   "10.0.0.0/8",   "10.0.0.0/8,",   "10.0.0.0/8,x",          "x,1",
        ",1", "10.0.0.1/8,1", "10.0.0.0/8,-1", "10.0.0.0/8,99999999999"};

    (void)state;
    assert_true(plan_is_cursor("10.0.0.0/8,0"));
    assert_true(plan_is_cursor("2001:db8::/32,3"));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(plan_is_cursor(bad[i]));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_the_shorter_path_wins),
        T(test_vpcs_hear_of_it),
        T(test_the_way_is_over_the_tunnel),
        T(test_a_flow_takes_one_of_the_tunnels),
        T(test_without_bgp_nothing_is_learned),
        T(test_what_is_announced),
        T(test_each_page_begins_where_the_last_ended),
        T(test_prefixes_are_shown_as_they_are_seen),
        cmocka_unit_test(test_cursors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
