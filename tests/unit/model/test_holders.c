#include "world.h"
#include "../said.h"

#include <stdio.h>

/* What holds what against deletion, and what the refusal says about it. */

struct net {
    struct world w;
    const char *node, *vpc, *table, *subnet, *instance, *gateway, *attachment, *customer,
        *connection, *tunnel, *route;
};

static int setup(void **state)
{
    static struct net n;

    world_init(&n.w);
    n.node = make(&n.w, MODEL_NODE, "{'name': 'n1'}");
    n.vpc = make(&n.w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    n.table = make(&n.w, MODEL_ROUTE_TABLE, "{'vpcId': '%s', 'name': 'main'}", n.vpc);
    n.subnet = make(&n.w, MODEL_SUBNET,
                    "{'vpcId': '%s', 'cidr': '10.1.1.0/24', 'routeTableId': '%s'}", n.vpc, n.table);
    n.instance = make(&n.w, MODEL_INSTANCE, "{'subnetId': '%s'}", n.subnet);
    n.gateway = make(&n.w, MODEL_BORDER_GATEWAY, "{}");
    n.attachment = make(&n.w, MODEL_VPC_ATTACHMENT,
                        "{'borderGatewayId': '%s', 'vpcId': '%s', 'propagation': 'subnets', "
                        "'subnetIds': ['%s'], 'routeTableIds': ['%s']}",
                        n.gateway, n.vpc, n.subnet, n.table);
    n.customer = make(&n.w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1']}");
    n.connection =
        make(&n.w, MODEL_VPN_CONNECTION, "{'borderGatewayId': '%s', 'customerGatewayId': '%s'}",
             n.gateway, n.customer);
    n.tunnel = make(&n.w, MODEL_VPN_TUNNEL, "{'vpnConnectionId': '%s', 'adminState': 'down'}",
                    n.connection);
    n.route = make(&n.w, MODEL_BORDER_GATEWAY_ROUTE,
                   "{'borderGatewayId': '%s', 'destination': '10.9.0.0/16', 'nextHop': '%s'}",
                   n.gateway, n.connection);
    assert_int_equal(0, change(&n.w, n.table,
                               "{'routes': [{'destination': '10.8.0.0/16', 'nextHop': '%s'}, "
                               "{'destination': '10.7.0.0/16', 'nextHop': '%s'}]}",
                               n.instance, n.gateway));
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    struct net *n = *state;

    world_done(&n->w);
    return 0;
}

static bool is_held_by(struct net *n, const char *id)
{
    const json_t *holder;
    size_t i;

    json_array_foreach (n->w.error.holders, i, holder) {
        if (strcmp(model_str(holder, "id"), id) != 0)
            continue;
        assert_string_equal(model_kind_of_id(id)->name, model_str(holder, "kind"));
        assert_string_equal(get(&n->w, id, "name"), model_str(holder, "name"));
        return true;
    }
    return false;
}

/* A reference of each kind there is; several of one holder count once. */
static void test_each_reference_holds(void **state)
{
    struct net *n = *state;
    const struct {
        const char *id;
        const char *holders[8];
    } cases[] = {
        {n->node, {n->instance}},
        {n->vpc, {n->table, n->subnet, n->attachment}}, /* its default table goes along */
        {n->table, {n->subnet, n->attachment}},
        {n->subnet, {n->instance, n->attachment}},
        {n->instance, {n->table}},
        {n->gateway, {n->table, n->route, n->attachment, n->connection}},
        {n->customer, {n->connection}},
        {n->connection, {n->route, n->tunnel}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t count = 0;

        print_message("%s\n", cases[i].id);
        assert_int_equal(409, drop(&n->w, cases[i].id));
        assert_string_equal("in-use", n->w.error.type);
        assert_string_equal("id", n->w.error.field);
        for (; cases[i].holders[count]; count++) {
            assert_true(is_held_by(n, cases[i].holders[count]));
            assert_non_null(strstr(said(n->w.error.rule), cases[i].holders[count]));
        }
        assert_int_equal(count, json_array_size(n->w.error.holders));
    }
}

/* Nothing but what a placement or an attachment's own propagation says. */
static void test_soft_references_hold_nothing(void **state)
{
    struct net *n = *state;
    const char *gateway = make(&n->w, MODEL_BORDER_GATEWAY, "{}"), *attachment;

    attachment = make(&n->w, MODEL_VPC_ATTACHMENT,
                      "{'borderGatewayId': '%s', 'vpcId': '%s', 'routeTableIds': ['%s']}", gateway,
                      n->vpc, n->table);
    assert_int_equal(
        1, snapshot_count_linked(n->w.regions[0], LINK_TABLE_PROPAGATION_ATTACHMENT, attachment));
    assert_int_equal(0, drop(&n->w, attachment));
    assert_int_equal(0, drop(&n->w, gateway));
    assert_true(snapshot_count_linked(n->w.regions[0], LINK_PLACEMENT_NODE, n->node) > 0);
    assert_int_equal(0, change(&n->w, n->table, "{'routes': []}"));
    assert_int_equal(0, drop(&n->w, n->instance));
    assert_int_equal(0, drop(&n->w, n->node));
}

/* What is used by many: some of them, and few in the sentence. */
static void test_only_some_of_many_are_named(void **state)
{
    struct net *n = *state;
    const char *subnet =
        make(&n->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.2.0/24'}", n->vpc);
    size_t named = 0;

    for (int i = 0; i < 30; i++)
        make(&n->w, MODEL_INSTANCE, "{'subnetId': '%s', 'name': 'web-%d'}", subnet, i);
    assert_int_equal(409, drop(&n->w, subnet));
    assert_int_equal(20, json_array_size(n->w.error.holders));
    for (const char *at = said(n->w.error.rule); (at = strstr(at, "(web-")); at++)
        named++;
    assert_int_equal(5, named);
    assert_non_null(strstr(said(n->w.error.rule), "), ...; delete or change that first."));
}

static void test_a_region_with_something_in_it_stays(void **state)
{
    struct net *n = *state;
    const char *const order[] = {n->route,      n->tunnel,   n->connection, n->customer,
                                 n->attachment, n->instance, n->subnet,     n->table,
                                 n->gateway,    n->vpc,      n->node};

    assert_int_equal(0, change(&n->w, n->table, "{'routes': []}"));
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        assert_int_equal(409, drop(&n->w, "r1"));
        assert_string_equal("in-use", n->w.error.type);
        assert_true(is_held_by(n, order[i]));
        assert_int_equal(0, drop(&n->w, order[i]));
    }
    assert_int_equal(0, drop(&n->w, "r1")); /* no placement is left, nor a default table */
    for (int kind = 0; kind < MODEL_KINDS; kind++)
        assert_int_equal(0, world_count(&n->w, (enum model_kind_id)kind));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_each_reference_holds),
        T(test_soft_references_hold_nothing),
        T(test_only_some_of_many_are_named),
        T(test_a_region_with_something_in_it_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
