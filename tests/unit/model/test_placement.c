#include "world.h"
#include "../said.h"

#include <stdio.h>

/* Which node carries what: with what it is made and goes, who moves it, what the server decides. */

struct net {
    struct world w;
    const char *node, *other, *gateway, *customer;
};

static int setup(void **state)
{
    static struct net n;

    world_init(&n.w);
    n.node = make(&n.w, MODEL_NODE, "{'name': 'n1'}");
    n.other = make(&n.w, MODEL_NODE, "{'name': 'n2', 'roles': ['gateway']}");
    n.gateway = make(&n.w, MODEL_BORDER_GATEWAY, "{}");
    n.customer = make(&n.w, MODEL_CUSTOMER_GATEWAY, "{'addresses': ['192.0.2.1']}");
    *state = &n;
    return 0;
}

static int teardown(void **state)
{
    struct net *n = *state;

    world_done(&n->w);
    return 0;
}

static const char *make_connection(struct net *n, const char *family)
{
    return make(&n->w, MODEL_VPN_CONNECTION,
                "{'borderGatewayId': '%s', 'customerGatewayId': '%s', 'addressFamily': '%s'}",
                n->gateway, n->customer, family);
}

static const struct model_placement *placement(struct net *n, const char *target)
{
    return snapshot_get(n->w.regions[0], MODEL_PLACEMENT, target);
}

static void assert_placed(struct net *n, const char *target, const char *node, const char *reason)
{
    const struct model_placement *p = placement(n, target);

    assert_non_null(p);
    assert_string_equal(node, p->node_id);
    assert_string_equal(reason, said(p->reason));
}

/* A patch of a placement: 0, or the HTTP status of the refusal. */
static int move(struct net *n, const char *target, const char *json)
{
    struct model_changes changes = {0};
    json_t *patch = parse(json);
    int r = model_update(n->w.regions[0], &n->w.env, &placement(n, target)->head, patch, &changes,
                         &n->w.error);

    json_decref(patch);
    if (r < 0)
        return n->w.error.status;
    world_apply(&n->w, &changes);
    return 0;
}

static int move_to(struct net *n, const char *target, const char *node)
{
    char text[64];

    snprintf(text, sizeof(text), "{'nodeId': '%s'}", node);
    return move(n, target, text);
}

static const char made[] = "Chosen when it was created.";
static const char admin[] = "Moved by an administrator.";

static void test_it_comes_and_goes_with_what_it_places(void **state)
{
    struct net *n = *state;
    const char *c;

    assert_placed(n, n->gateway, n->node, made);
    assert_int_equal(0, move_to(n, n->gateway, n->other));
    c = make_connection(n, "ipv4"); /* where its gateway is */
    assert_int_equal(3, world_count(&n->w, MODEL_PLACEMENT));
    assert_placed(n, "198.51.100.1", n->other, made);
    assert_placed(n, "198.51.100.2", n->other, made);
    assert_string_equal("default", placement(n, "198.51.100.1")->head.project_id);
    assert_string_equal("r1", placement(n, "198.51.100.1")->head.region_id);
    assert_string_equal("198.51.100.1", placement(n, "198.51.100.1")->head.name);
    assert_int_equal(0, drop(&n->w, c));
    assert_int_equal(3, n->w.last);
    assert_int_equal(0, drop(&n->w, n->gateway));
    assert_int_equal(2, n->w.last);
    assert_int_equal(0, world_count(&n->w, MODEL_PLACEMENT));
}

/* The name of an IPv6 address is one that may be sent back. */
static void test_names_of_ipv6_addresses(void **state)
{
    struct net *n = *state;

    assert_int_equal(0, change(&n->w, "r1", "{'publicPools': ['198.51.100.0/28', 'fd01::/64']}"));
    make_connection(n, "dual");
    assert_string_equal("fd01--1", placement(n, "fd01::1")->head.name);
    assert_int_equal(0, move(n, "fd01::1", "{'name': 'here'}"));
    assert_int_equal(0, move(n, "fd01::1", "{'name': null}"));
    assert_string_equal("fd01--1", placement(n, "fd01::1")->head.name);
    assert_int_equal(0, move(n, "fd01::1", "{'description': 'x'}"));
}

static void test_an_admin_moves_it(void **state)
{
    struct net *n = *state;
    const char *compute = make(&n->w, MODEL_NODE, "{'roles': ['compute']}");
    int64_t generation = placement(n, n->gateway)->generation;

    assert_int_equal(0, move_to(n, n->gateway, n->other));
    assert_placed(n, n->gateway, n->other, admin);
    assert_int_equal(generation + 1, placement(n, n->gateway)->generation);
    assert_int_equal(0, move_to(n, n->gateway, n->other)); /* it is there */
    assert_int_equal(0, n->w.last);
    assert_int_equal(400, move_to(n, n->gateway, compute));
    assert_string_equal("nodeId", n->w.error.field);
    assert_int_equal(400, move_to(n, n->gateway, "node-zzzzzzzzzz"));
    assert_int_equal(400, move(n, n->gateway, "{'nodeId': null}"));
    assert_int_equal(400, move(n, n->gateway, "{'generation': 9}"));
    assert_int_equal(400, move(n, n->gateway, "{'reason': 'mine'}"));
    /* Nothing but the node makes it another decision. */
    assert_int_equal(0, change(&n->w, n->other, "{'roles': ['compute']}"));
    assert_int_equal(0, move(n, n->gateway, "{'description': 'x'}"));
    assert_int_equal(generation + 1, placement(n, n->gateway)->generation);
    assert_int_equal(2, world_count(&n->w, MODEL_NODE) - 1);
}

static void test_nobody_makes_or_deletes_one(void **state)
{
    struct net *n = *state;
    struct model_changes changes = {0};

    assert_int_equal(409, refuse(&n->w, MODEL_PLACEMENT, "{'nodeId': '%s'}", n->node));
    assert_non_null(strstr(said(n->w.error.rule), "border gateway"));
    assert_int_equal(-EEXIST, model_delete(n->w.regions[0], &n->w.env,
                                           &placement(n, n->gateway)->head, &changes, &n->w.error));
    assert_int_equal(409, n->w.error.status);
    assert_non_null(strstr(said(n->w.error.rule), "border gateway"));
}

/* A node refuses what is older than what it had. */
static void test_an_address_that_comes_back_is_newer(void **state)
{
    struct net *n = *state;
    const char *c = make_connection(n, "ipv4");
    int64_t generation;

    assert_int_equal(0, move_to(n, "198.51.100.1", n->other));
    assert_int_equal(0, move_to(n, "198.51.100.1", n->node));
    generation = placement(n, "198.51.100.1")->generation;
    assert_int_equal(0, drop(&n->w, c));
    make_connection(n, "ipv4");
    assert_true(placement(n, "198.51.100.1")->generation > generation);
}

/* The region after a move that is not committed, as the next one of a request finds it. */
static struct snapshot *move_ahead(struct net *n, struct snapshot *s, const char *node)
{
    const struct model_resource *before = snapshot_get(s, MODEL_PLACEMENT, "198.51.100.1");
    struct model_changes changes = {0};
    struct snapshot *next = NULL;
    json_t *patch = json_pack("{s:s}", "nodeId", node);
    struct snapshot_change step = {MODEL_PLACEMENT, "198.51.100.1", NULL};

    assert_int_equal(0, model_update(s, &n->w.env, before, patch, &changes, &n->w.error));
    assert_int_equal(1, changes.count);
    step.resource = changes.items[0].after;
    assert_int_equal(0, snapshot_apply(s, &step, 1, snapshot_revision(s), &next));
    model_changes_done(&changes);
    json_decref(patch);
    snapshot_unref(s);
    return next;
}

/* Else the address, made anew in the next commit, would be older than what nodes had seen. */
static void test_moves_of_one_commit_are_one(void **state)
{
    struct net *n = *state;
    const struct model_placement *p;
    struct snapshot *s;
    int64_t generation;

    make_connection(n, "ipv4");
    s = snapshot_ref(n->w.regions[0]);
    generation = placement(n, "198.51.100.1")->generation;
    for (int i = 0; i < 5; i++)
        s = move_ahead(n, s, i % 2 ? n->node : n->other);
    p = snapshot_get(s, MODEL_PLACEMENT, "198.51.100.1");
    assert_string_equal(n->other, p->node_id);
    assert_int_equal(generation + 1, p->generation);
    assert_true(p->generation <= (int64_t)snapshot_revision(s) + 1);
    snapshot_unref(s);
}

/* ---- what the server decides ---- */

static void test_nodes_come_later(void **state)
{
    struct net *n = *state;

    assert_int_equal(0, drop(&n->w, n->gateway));
    assert_int_equal(0, drop(&n->w, n->node));
    assert_int_equal(0, drop(&n->w, n->other));
    n->gateway = make(&n->w, MODEL_BORDER_GATEWAY, "{}");
    make_connection(n, "ipv4");
    make_connection(n, "ipv4");
    assert_int_equal(0, world_count(&n->w, MODEL_PLACEMENT));
    assert_int_equal(0, settle(&n->w, 50));
    make(&n->w, MODEL_NODE, "{'roles': ['compute']}");
    assert_int_equal(0, settle(&n->w, 50));
    n->node = make(&n->w, MODEL_NODE, "{'roles': ['gateway']}");
    assert_int_equal(2, settle(&n->w, 2)); /* not more than that at a time */
    assert_int_equal(2, settle(&n->w, 2));
    assert_int_equal(1, settle(&n->w, 2));
    assert_int_equal(0, settle(&n->w, 2));
    assert_placed(n, n->gateway, n->node, "It had no node.");
    assert_placed(n, "198.51.100.4", n->node, "It had no node.");
}

static bool is_other(void *arg, const char *node_id)
{
    const struct net *n = arg;

    return strcmp(node_id, n->other) == 0;
}

static bool is_none(void *arg, const char *node_id)
{
    (void)arg;
    (void)node_id;
    return false;
}

static size_t settle_if(struct net *n, bool (*usable)(void *arg, const char *node_id))
{
    struct model_changes changes = {0};

    assert_int_equal(0, model_settle(n->w.regions[0], &n->w.env, 50, usable, n, &changes));
    world_apply(&n->w, &changes);
    return n->w.last;
}

static void test_a_node_may_go(void **state)
{
    struct net *n = *state;
    const char *third = make(&n->w, MODEL_NODE, "{'roles': ['gateway']}");

    make_connection(n, "ipv4");
    assert_int_equal(0, drop(&n->w, n->node));
    assert_int_equal(4, n->w.last); /* with the placements on it */
    assert_int_equal(0, settle_if(n, is_none));
    assert_int_equal(3, settle_if(n, is_other));
    assert_placed(n, n->gateway, n->other, "It had no node.");
    assert_int_equal(0, drop(&n->w, n->other));
    assert_int_equal(3, settle(&n->w, 50));
    assert_placed(n, "198.51.100.2", third, "It had no node.");
}

/* Where there are more than one commit takes, the rest stays as it was until it is decided anew. */
static void test_a_node_with_much_may_go(void **state)
{
    struct net *n = *state;
    int64_t generation;
    const char *left = NULL;

    assert_int_equal(0, change(&n->w, "r1", "{'quotas': {'borderGateways': 1000}}"));
    for (int i = 0; i < 150; i++)
        make(&n->w, MODEL_BORDER_GATEWAY, "{}");
    assert_int_equal(151, world_count(&n->w, MODEL_PLACEMENT));
    assert_int_equal(0, drop(&n->w, n->node));
    assert_true(n->w.last <= 100);
    snapshot_each (struct model_placement, p, it, n->w.regions[0], MODEL_PLACEMENT)
        left = p->head.id;
    left = get(&n->w, left, "id");
    generation = placement(n, left)->generation;
    assert_string_equal(n->node, placement(n, left)->node_id);
    assert_int_equal(0, move(n, left, "{'description': 'it waits'}"));
    while (settle(&n->w, 40))
        ;
    assert_int_equal(151, snapshot_count_linked(n->w.regions[0], LINK_PLACEMENT_NODE, n->other));
    assert_placed(n, left, n->other, "Its node is gone.");
    assert_int_equal(generation + 1, placement(n, left)->generation);
}

/* A store that lost the region itself: what is left of it waits. */
static void test_nothing_is_decided_without_the_region(void **state)
{
    struct net *n = *state;
    struct model_changes changes = {0};
    const struct snapshot_change lost[] = {{MODEL_REGION, "r1", NULL},
                                           {MODEL_PLACEMENT, n->gateway, NULL}};
    struct snapshot *s = NULL;

    assert_int_equal(0, snapshot_apply(n->w.regions[0], lost, ARRAY_SIZE(lost), 9, &s));
    assert_int_equal(0, model_settle(s, &n->w.env, 50, NULL, NULL, &changes));
    assert_int_equal(0, changes.count);
    snapshot_unref(s);
}

static void test_decisions_of_the_server(void **state)
{
    struct net *n = *state;
    struct model_changes changes = {0};
    const struct model_resource *chosen = model_choose_node(n->w.regions[0], "gateway", NULL, NULL);

    assert_string_equal(n->node, chosen->id);
    chosen = model_choose_node(n->w.regions[0], "gateway", is_other, n);
    assert_string_equal(n->other, chosen->id);
    assert_null(model_choose_node(n->w.regions[0], "compute", is_other, n));
    assert_int_equal(0, model_place(n->w.regions[0], &n->w.env, n->gateway, n->other,
                                    WORDS_PLACED_NODE_SILENT, &changes));
    world_apply(&n->w, &changes);
    assert_placed(n, n->gateway, n->other, "Its node fell silent.");
    assert_int_equal(0, model_place(n->w.regions[0], &n->w.env, n->gateway, n->other,
                                    WORDS_PLACED_NODE_SILENT, &changes));
    assert_int_equal(0, changes.count);
}

static void drain(struct net *n, const char *node)
{
    struct model_changes changes = {0};
    json_t *patch = parse("{'draining': true}");
    struct model_error error = {0};

    assert_int_equal(0, model_update(n->w.regions[0], &n->w.env,
                                     snapshot_get(n->w.regions[0], MODEL_NODE, node), patch,
                                     &changes, &error));
    world_apply(&n->w, &changes);
    json_decref(patch);
}

static void test_nothing_new_comes_to_a_drained_node(void **state)
{
    struct net *n = *state;

    drain(n, n->node);
    assert_string_equal(n->other, model_choose_node(n->w.regions[0], "gateway", NULL, NULL)->id);
    assert_string_equal(n->node, /* there is no other */
                        model_choose_node(n->w.regions[0], "compute", NULL, NULL)->id);
    drain(n, n->other);
    assert_string_equal(n->node, model_choose_node(n->w.regions[0], "gateway", NULL, NULL)->id);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_it_comes_and_goes_with_what_it_places),
        T(test_names_of_ipv6_addresses),
        T(test_an_admin_moves_it),
        T(test_nobody_makes_or_deletes_one),
        T(test_an_address_that_comes_back_is_newer),
        T(test_moves_of_one_commit_are_one),
        T(test_nodes_come_later),
        T(test_a_node_may_go),
        T(test_a_node_with_much_may_go),
        T(test_nothing_is_decided_without_the_region),
        T(test_decisions_of_the_server),
        T(test_nothing_new_comes_to_a_drained_node),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
