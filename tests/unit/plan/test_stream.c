#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "region.h"
#include "sim_node.h"

/* What a node hears, when, and how often. */

static int setup(void **state)
{
    static struct region r;

    region_init(&r);
    region_make(&r, MODEL_NODE, "{'id': 'node-a', 'roles': ['gateway', 'compute']}");
    region_make(&r, MODEL_NODE, "{'id': 'node-b', 'roles': ['compute']}");
    region_make(&r, MODEL_VPC, "{'id': 'vpc-a', 'cidr': '10.1.0.0/16'}");
    region_make(&r, MODEL_ROUTE_TABLE,
                "{'id': 'rtb-a', 'vpcId': 'vpc-a', 'default': true, 'routes': [], 'propagations': "
                "[{'borderGatewayId': 'bgw-a', 'range': '0.0.0.0/0'}]}");
    region_make(&r, MODEL_SUBNET,
                "{'id': 'subnet-a', 'vpcId': 'vpc-a', 'cidr': '10.1.0.0/24', 'routeTableId': "
                "'rtb-a'}");
    region_make(&r, MODEL_INSTANCE,
                "{'id': 'i-b', 'subnetId': 'subnet-a', 'address': '10.1.0.4', 'nodeId': 'node-b', "
                "'attachment': 'netns'}");
    region_make(&r, MODEL_BORDER_GATEWAY, "{'id': 'bgw-a', 'asn': 65000}");
    region_make(&r, MODEL_PLACEMENT, "{'id': 'bgw-a', 'nodeId': 'node-a', 'generation': 1}");
    region_make(&r, MODEL_VPC_ATTACHMENT,
                "{'id': 'vpcattach-a', 'borderGatewayId': 'bgw-a', 'vpcId': 'vpc-a', "
                "'propagation': 'all'}");
    region_make(&r, MODEL_CUSTOMER_GATEWAY,
                "{'id': 'cgw-a', 'asn': 65001, 'addresses': ['203.0.113.1']}");
    region_make(&r, MODEL_VPN_CONNECTION,
                "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
                "'cloudAddresses': ['198.51.100.1']}");
    region_make(&r, MODEL_PLACEMENT, "{'id': '198.51.100.1', 'nodeId': 'node-a', 'generation': 1}");
    region_make(&r, MODEL_VPN_TUNNEL,
                "{'id': 'vpntun-a', 'vpnConnectionId': 'vpn-a', 'cloudAddress': '198.51.100.1', "
                "'customerAddress': '203.0.113.1', 'psk': 'sealed'}");
    region_make(&r, MODEL_BORDER_GATEWAY_ROUTE,
                "{'id': 'bgwroute-a', 'borderGatewayId': 'bgw-a', 'destination': '10.2.0.0/16', "
                "'nextHop': 'vpn-a'}");
    region_commit(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    region_done(*state);
    return 0;
}

/* ---- what moves ---- */

static int write_key(void *arg, const struct plan_object *o)
{
    buf_printf(arg, "%s%s ", o->text ? "" : "-", o->key);
    return 0;
}

/* Each change of a line, and what of it reaches the two nodes. */
static void test_a_change_moves_what_it_touches(void **state)
{
    static const struct {
        enum model_kind_id kind;
        const char *put;  /* or */
        const char *drop; /* an id */
        const char *a, *b;
    } steps[] = {
        {MODEL_VPN_TUNNEL,
         "{'id': 'vpntun-a', 'vpnConnectionId': 'vpn-a', 'cloudAddress': '198.51.100.1', "
         "'customerAddress': '203.0.113.1', 'psk': 'sealed anew'}",
         NULL, "tunnel/vpntun-a ", ""},
        {MODEL_VPN_TUNNEL,
         "{'id': 'vpntun-a', 'vpnConnectionId': 'vpn-a', 'cloudAddress': '198.51.100.1', "
         "'customerAddress': '203.0.113.1', 'psk': 'sealed anew', 'description': 'spare'}",
         NULL, "", ""},
        {MODEL_CUSTOMER_GATEWAY,
         "{'id': 'cgw-a', 'asn': 65001, 'addresses': ['203.0.113.1', '203.0.113.2']}", NULL, "",
         ""},
        {MODEL_VPN_CONNECTION,
         "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
         "'cloudAddresses': ['198.51.100.1'], 'description': 'to b'}",
         NULL, "", ""},
        {MODEL_VPN_CONNECTION,
         "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
         "'cloudAddresses': ['198.51.100.1'], 'bgp': {'prepend': 1}, 'exportPrefixes': "
         "['10.1.0.0/16']}",
         NULL, "tunnel/vpntun-a ", ""},
        {MODEL_CUSTOMER_GATEWAY, "{'id': 'cgw-a', 'asn': 65002, 'addresses': ['203.0.113.1']}",
         NULL, "tunnel/vpntun-a ", ""},
        {MODEL_VPN_CONNECTION,
         "{'id': 'vpn-a', 'borderGatewayId': 'bgw-a', 'customerGatewayId': 'cgw-a', "
         "'cloudAddresses': ['198.51.100.1'], 'routing': 'static'}",
         NULL, "tunnel/vpntun-a ", ""},
        {MODEL_CUSTOMER_GATEWAY, "{'id': 'cgw-a', 'asn': 65003, 'addresses': ['203.0.113.1']}",
         NULL, "", ""},
        {MODEL_BORDER_GATEWAY_ROUTE,
         "{'id': 'bgwroute-b', 'borderGatewayId': 'bgw-a', 'destination': '10.3.0.0/16', "
         "'nextHop': 'vpn-a'}",
         NULL, "route/bgwroute-b ", "route/bgwroute-b "},
        {MODEL_BORDER_GATEWAY_ROUTE, NULL, "bgwroute-a", "-route/bgwroute-a ",
         "-route/bgwroute-a "},
        {MODEL_SUBNET,
         "{'id': 'subnet-b', 'vpcId': 'vpc-a', 'cidr': '10.1.1.0/24', 'routeTableId': 'rtb-a'}",
         NULL, "vpc/vpc-a attachment/vpcattach-a ", "vpc/vpc-a attachment/vpcattach-a "},
        {MODEL_BORDER_GATEWAY, "{'id': 'bgw-a', 'asn': 65000, 'transit': true}", NULL,
         "gateway/bgw-a ", ""},
        {MODEL_INSTANCE,
         "{'id': 'i-a', 'subnetId': 'subnet-b', 'address': '10.1.1.4', 'nodeId': 'node-a', "
         "'attachment': 'netns'}",
         NULL, "instance/i-a table/rtb-a ", ""},
        {MODEL_INSTANCE, NULL, "i-b", "",
         "-instance/i-b -vpc/vpc-a -table/rtb-a -attachment/vpcattach-a -route/bgwroute-b "},
        {MODEL_PLACEMENT, "{'id': '198.51.100.1', 'nodeId': 'node-b', 'generation': 2}", NULL,
         "-address/198.51.100.1 -tunnel/vpntun-a ", "address/198.51.100.1 tunnel/vpntun-a "},
        {MODEL_REGION, "{'id': 'cn-north-1', 'quotas': {'dynamicRoutesPerBorderGateway': 7}}", NULL,
         "gateway/bgw-a ", ""},
    };
    struct region *r = *state;

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        uint64_t a = planner_version(r->planner, "node-a");
        uint64_t b = planner_version(r->planner, "node-b");
        struct buf out[2] = {{0}, {0}};

        if (steps[i].put)
            region_make(r, steps[i].kind, steps[i].put);
        else
            region_drop(r, steps[i].kind, steps[i].drop);
        region_commit(r);
        assert_int_equal(planner_changes(r->planner, "node-a", a, write_key, &out[0]), 0);
        assert_int_equal(planner_changes(r->planner, "node-b", b, write_key, &out[1]), 0);
        assert_string_equal(buf_text(&out[0]), steps[i].a);
        assert_string_equal(buf_text(&out[1]), steps[i].b);
        assert_int_equal(r->moved, !!steps[i].a[0] + !!steps[i].b[0]);
        buf_done(&out[0]);
        buf_done(&out[1]);
    }
}

/* ---- versions ---- */

static int check_order(void *arg, const struct plan_object *o)
{
    uint64_t *last = arg;

    assert_true(o->version > *last);
    *last = o->version;
    return 0;
}

static void test_every_change_has_its_own_version(void **state)
{
    struct region *r = *state;
    struct plan_object o;
    uint64_t last = 0;

    assert_int_equal(planner_changes(r->planner, "node-a", 0, check_order, &last), 0);
    assert_true(last == planner_version(r->planner, "node-a"));
    assert_int_equal(planner_changes(r->planner, "node-a", last, check_order, &last), 0);
    assert_int_equal(planner_changes(r->planner, "node-a", last + 1, check_order, &last), -ESTALE);
    assert_true(planner_find(r->planner, "node-a", "tunnel/vpntun-a", &o));
    assert_string_equal(o.source, "vpntun-a");
    assert_true(planner_find(r->planner, "node-a", "address/198.51.100.1", &o));
    assert_string_equal(o.source, "vpn-a");
    assert_string_equal(o.text, "{\"generation\":1}");
}

static int refuse(void *arg, const struct plan_object *o)
{
    (void)o;
    return ++*(int *)arg == 3 ? 77 : 0;
}

static void test_a_refused_object_was_not_taken(void **state)
{
    struct region *r = *state;
    int seen = 0;

    assert_int_equal(planner_changes(r->planner, "node-a", 0, refuse, &seen), 77);
    assert_int_equal(seen, 3);
}

static void test_unknown_nodes_have_nothing(void **state)
{
    struct region *r = *state;
    struct plan_object o;
    uint64_t last = 0;

    assert_int_equal(planner_changes(r->planner, "node-x", 0, check_order, &last), 0);
    assert_int_equal(planner_changes(r->planner, "node-x", 1, check_order, &last), -ESTALE);
    assert_int_equal(planner_version(r->planner, "node-x"), 0);
    assert_int_equal(planner_digest(r->planner, "node-x"), 0);
    assert_int_equal(planner_count(r->planner, "node-x"), 0);
    assert_false(planner_find(r->planner, "node-x", "vpc/vpc-a", &o));
    assert_false(planner_find(r->planner, "node-a", "vpc/vpc-x", &o));
}

/* A node that is deleted takes its stream along, and one that comes back begins anew. */
static void test_a_deleted_node(void **state)
{
    struct region *r = *state;
    uint64_t version = planner_version(r->planner, "node-a"), last = 0;
    struct plan_object o;

    region_drop(r, MODEL_NODE, "node-a");
    region_commit(r);
    assert_int_equal(r->moved, 1);
    assert_int_equal(planner_version(r->planner, "node-a"), 0);
    assert_false(planner_find(r->planner, "node-a", "tunnel/vpntun-a", &o));
    region_make(r, MODEL_NODE, "{'id': 'node-a', 'roles': ['gateway']}");
    region_commit(r);
    assert_int_equal(planner_count(r->planner, "node-a"), 6);
    assert_true(planner_version(r->planner, "node-a") > version);
    assert_int_equal(planner_changes(r->planner, "node-a", version, check_order, &last), -ESTALE);
    assert_int_equal(planner_changes(r->planner, "node-a", 0, check_order, &last), 0);
}

static void assert_admin(struct region *r, const char *state, bool drained)
{
    static const char *const keys[] = {"tunnel/vpntun-a", "line/pvif-a"};
    json_t *objects = sim_objects(r->planner, "node-a");

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const json_t *object = json_object_get(objects, keys[i]);

        assert_string_equal(model_str(object, "adminState"), state);
        assert_int_equal(json_is_true(json_object_get(object, "drained")), drained);
    }
    json_decref(objects);
}

/* Its tunnels and private interfaces are switched off, and nothing else of it changes. */
static void test_a_node_that_is_drained(void **state)
{
    struct region *r = *state;
    uint64_t version;

    region_make(
        r, MODEL_PRIVATE_INTERFACE,
        "{'id': 'pvif-a', 'borderGatewayId': 'bgw-a', 'nodeId': 'node-a', 'interface': 'eth1',"
        " 'address': '10.255.0.1/30', 'peerAddress': '10.255.0.2', 'routing': 'static'}");
    region_commit(r);
    version = planner_version(r->planner, "node-a");
    assert_admin(r, "up", false);
    region_make(r, MODEL_NODE,
                "{'id': 'node-a', 'roles': ['gateway', 'compute'], 'draining': true}");
    region_commit(r);
    assert_admin(r, "down", true);
    assert_int_equal(planner_version(r->planner, "node-a"), version + 2);
    region_make(r, MODEL_NODE, "{'id': 'node-a', 'roles': ['gateway', 'compute']}");
    region_commit(r);
    assert_admin(r, "up", false);
}

static void test_deletions_are_remembered(void **state)
{
    struct region *r = *state;
    uint64_t version = planner_version(r->planner, "node-a");
    struct plan_object o;

    region_drop(r, MODEL_VPN_TUNNEL, "vpntun-a");
    region_commit(r);
    assert_true(planner_find(r->planner, "node-a", "tunnel/vpntun-a", &o));
    assert_null(o.text);
    assert_true(o.version > version);
    region_make(r, MODEL_VPN_TUNNEL,
                "{'id': 'vpntun-a', 'vpnConnectionId': 'vpn-a', 'cloudAddress': '198.51.100.1', "
                "'customerAddress': '203.0.113.1', 'psk': 'sealed'}");
    region_commit(r);
    assert_true(planner_find(r->planner, "node-a", "tunnel/vpntun-a", &o));
    assert_non_null(o.text);
    assert_int_equal(planner_count(r->planner, "node-a"), 6);
}

/* ---- more deletions than are remembered ---- */

/* Makes and deletes those with the numbers from first on. */
static void churn(struct region *r, unsigned first, unsigned count)
{
    char text[256], id[32];

    for (unsigned done = first; done < first + count; done += REGION_CHANGES_MAX / 2) {
        for (unsigned i = 0; i < REGION_CHANGES_MAX / 2; i++) {
            snprintf(text, sizeof(text),
                     "{'id': 'bgwroute-%u', 'borderGatewayId': 'bgw-a', 'destination': "
                     "'10.9.0.0/16', 'nextHop': 'blackhole'}",
                     done + i);
            region_make(r, MODEL_BORDER_GATEWAY_ROUTE, text);
        }
        region_commit(r);
        for (unsigned i = 0; i < REGION_CHANGES_MAX / 2; i++) {
            snprintf(id, sizeof(id), "bgwroute-%u", done + i);
            region_drop(r, MODEL_BORDER_GATEWAY_ROUTE, id);
        }
        region_commit(r);
    }
}

static size_t take_all(struct sim_node *n, struct region *r)
{
    size_t pages = 1;

    while (sim_node_page(n, r->planner, "node-a", 2))
        pages++;
    assert_true(n->digest == planner_digest(r->planner, "node-a"));
    assert_int_equal(json_object_size(n->objects), planner_count(r->planner, "node-a"));
    return pages;
}

static void test_too_many_deletions(void **state)
{
    struct region *r = *state;
    struct sim_node n, asleep;
    uint64_t last = 0, version;

    sim_node_init(&n);
    sim_node_init(&asleep);
    take_all(&asleep, r);
    churn(r, 0, 9000);
    version = asleep.since;
    assert_int_equal(planner_changes(r->planner, "node-a", version, check_order, &last), 0);
    churn(r, 10000, 2000);
    last = 0;
    assert_int_equal(planner_changes(r->planner, "node-a", version, check_order, &last), -ESTALE);
    take_all(&asleep, r); /* begins anew by itself */

    /* All that is there is older than what is forgotten: a listing gets through nevertheless, also
     * when more is deleted meanwhile. */
    assert_true(sim_node_page(&n, r->planner, "node-a", 2));
    assert_true(n.since < version);
    region_drop(r, MODEL_VPN_TUNNEL, "vpntun-a");
    region_commit(r);
    assert_true(take_all(&n, r) <= 4);
    sim_node_done(&n);
    sim_node_done(&asleep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_change_moves_what_it_touches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_change_has_its_own_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_refused_object_was_not_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_nodes_have_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_deleted_node, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_node_that_is_drained, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deletions_are_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_deletions, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
