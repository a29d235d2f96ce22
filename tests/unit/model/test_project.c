#include "world.h"

#include "../said.h"

/* Projects are walls. */

static int setup(void **state)
{
    static struct world w;

    world_init(&w);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    world_done(*state);
    return 0;
}

static void test_of_what_is_created(void **state)
{
    struct world *w = *state;
    const char *vpc = make(w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    const char *theirs = make(w, MODEL_VPC, "{'cidr': '10.1.0.0/16', 'projectId': '研发'}");
    const char *subnet = make(w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", theirs);

    assert_string_equal(get(w, vpc, "projectId"), "default");
    assert_string_equal(get(w, theirs, "projectId"), "研发");
    /* What refers to something belongs where that belongs. */
    assert_string_equal(get(w, subnet, "projectId"), "研发");
    assert_string_equal(get(w, get(w, subnet, "routeTableId"), "projectId"), "研发");
    assert_int_equal(refuse(w, MODEL_VPC, "{'cidr': '10.1.0.0/16', 'projectId': 'a b'}"), 400);
    assert_string_equal(w->error.field, "projectId");
    /* It does not move. */
    assert_int_equal(change(w, vpc, "{'projectId': 'default'}"), 0);
    assert_int_equal(change(w, vpc, "{'projectId': 'other'}"), 400);
    assert_int_equal(change(w, vpc, "{'projectId': null}"), 400);
}

static void test_a_bound_request_stays_in_its_project(void **state)
{
    struct world *w = *state;
    const char *vpc;

    w->env.project = "a";
    vpc = make(w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    assert_string_equal(get(w, vpc, "projectId"), "a");
    assert_string_equal(
        get(w, make(w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", vpc), "projectId"),
        "a");
    make(w, MODEL_VPC, "{'cidr': '10.1.0.0/16', 'projectId': 'a'}");
    assert_int_equal(refuse(w, MODEL_VPC, "{'cidr': '10.1.0.0/16', 'projectId': 'b'}"), 400);
    assert_string_equal(w->error.field, "projectId");
    assert_non_null(strstr(said(w->error.rule), "must be a,"));
}

static void test_nothing_refers_across(void **state)
{
    struct world *w = *state;
    const char *gateway = make(w, MODEL_BORDER_GATEWAY, "{'projectId': 'a'}");
    const char *vpc = make(w, MODEL_VPC, "{'cidr': '10.1.0.0/16', 'projectId': 'b'}");
    const char *own = make(w, MODEL_VPC, "{'cidr': '10.1.0.0/16', 'projectId': 'a'}");
    const char *table;

    assert_int_equal(
        refuse(w, MODEL_VPC_ATTACHMENT, "{'borderGatewayId': '%s', 'vpcId': '%s'}", gateway, vpc),
        400);
    assert_string_equal(w->error.field, "vpcId");
    assert_non_null(strstr(said(w->error.rule), "belongs to project b"));
    /* Whoever may not see it does not learn that it is there. */
    w->env.project = "a";
    assert_int_equal(
        refuse(w, MODEL_VPC_ATTACHMENT, "{'borderGatewayId': '%s', 'vpcId': '%s'}", gateway, vpc),
        400);
    assert_string_equal(w->error.type, "not-found");
    assert_int_equal(refuse(w, MODEL_VPC_ATTACHMENT, "{'borderGatewayId': '%s', 'vpcId': '%s'}",
                            gateway, "vpc-aaaaaaaaaa"),
                     400);
    assert_string_equal(w->error.type, "not-found");
    w->env.project = NULL;
    make(w, MODEL_VPC_ATTACHMENT, "{'borderGatewayId': '%s', 'vpcId': '%s'}", gateway, own);
    /* Nor do lists and objects within. */
    table = make(w, MODEL_ROUTE_TABLE, "{'vpcId': '%s'}", vpc);
    assert_int_equal(change(w, table,
                            "{'propagations': [{'borderGatewayId': '%s', 'range': '0.0.0.0/0'}]}",
                            gateway),
                     400);
    assert_string_equal(w->error.field, "propagations[0].borderGatewayId");
}

static void test_nodes_are_for_all(void **state)
{
    struct world *w = *state;
    const char *node = make(w, MODEL_NODE, "{'roles': ['gateway', 'compute']}");
    const char *gateway, *vpc, *subnet;

    w->env.project = "a";
    gateway = make(w, MODEL_BORDER_GATEWAY, "{}");
    assert_int_equal(world_count(w, MODEL_PLACEMENT), 1);
    assert_string_equal(get(w, gateway, "projectId"), "a");
    vpc = make(w, MODEL_VPC, "{'cidr': '10.1.0.0/16'}");
    subnet = make(w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.1.0/24'}", vpc);
    make(w, MODEL_INSTANCE, "{'subnetId': '%s', 'nodeId': '%s'}", subnet, node);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_of_what_is_created),
        T(test_a_bound_request_stays_in_its_project),
        T(test_nothing_refers_across),
        T(test_nodes_are_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
