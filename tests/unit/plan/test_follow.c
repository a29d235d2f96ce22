#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "region.h"
#include "sim_node.h"

/* Random histories of a region over several nodes. After each step the planner that followed has
 * what one has that begins with the last snapshot; a node that took pages of changes holds the
 * same; and the tables it makes of them are those of the snapshot. Resources come and go in any
 * order, so that references to what is not there are as usual as others. */

#define NODES 4
#define STEPS 300

static uint64_t seed;

static unsigned dice(unsigned n)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % n;
}

/* ---- a resource like any other of its kind ---- */

static json_t *text(const char *fmt, unsigned n)
{
    char out[64];

    snprintf(out, sizeof(out), fmt, n);
    return json_string(out);
}

static json_t *make_vpc(unsigned n)
{
    json_t *out = json_pack("{s:o}", "cidr", text("10.%u.0.0/16", n));

    if (dice(2))
        json_object_set_new(out, "extraCidrs", json_pack("[o]", text("172.16.%u.0/24", n)));
    return out;
}

static json_t *make_subnet(unsigned n)
{
    json_t *out = json_pack("{s:o, s:o}", "vpcId", text("vpc-%u", n % 3), "routeTableId",
                            text("rtb-%u", n % 3 + 3 * dice(2)));
    char cidr[PREFIX_TEXT_MAX];

    snprintf(cidr, sizeof(cidr), "10.%u.%u.0/%u", dice(4) ? n % 3 : 0, n & 6, 23 + dice(2));
    json_object_set_new(out, "cidr", json_string(cidr));
    if (dice(3))
        return out;
    json_object_set_new(out, "interface", text("eth%u", n));
    if (dice(4))
        json_object_set_new(out, "nodeId", text("node-%u", dice(NODES + 1)));
    return out;
}

static json_t *destination(void)
{
    static const char *const pool[] = {"10.0.0.0/16", "10.1.2.0/24",   "10.7.0.0/16", "10.7.1.0/24",
                                       "10.8.0.0/16", "172.16.0.0/12", "0.0.0.0/0",   "fd00::/16"};

    return json_string(pool[dice(ARRAY_SIZE(pool))]);
}

static json_t *make_table(unsigned n)
{
    json_t *routes = json_array(), *propagations = json_array();

    for (unsigned i = dice(4); i > 0; i--) {
        json_t *hop = dice(5) == 0 ? json_string("blackhole")
                      : dice(3)    ? text("bgw-%u", dice(3))
                      : dice(3)    ? text("i-%u", dice(8))
                                   : text("10.%u.0.77", dice(4));

        json_array_append_new(
            routes, json_pack("{s:o, s:o}", "destination", destination(), "nextHop", hop));
    }
    for (unsigned i = dice(3); i > 0; i--)
        json_array_append_new(propagations,
                              json_pack("{s:o, s:s}", "borderGatewayId", text("bgw-%u", dice(3)),
                                        "range", dice(2) ? "0.0.0.0/0" : "10.0.0.0/13"));
    return json_pack("{s:o, s:b, s:o, s:o}", "vpcId", text("vpc-%u", n % 3), "default", n < 3,
                     "routes", routes, "propagations", propagations);
}

static json_t *make_instance(unsigned n)
{
    unsigned subnet = dice(6);
    char address[ADDR_TEXT_MAX];
    json_t *out;

    snprintf(address, sizeof(address), "10.%u.%u.%u", subnet % 3, subnet & 6, 4 + n);
    out = json_pack("{s:o, s:s, s:s}", "subnetId", text("subnet-%u", subnet), "address", address,
                    "attachment", "netns");
    if (dice(6))
        json_object_set_new(out, "nodeId", text("node-%u", dice(NODES + 1)));
    return out;
}

static json_t *make_gateway(unsigned n)
{
    return json_pack("{s:i, s:b}", "asn", 65000 + n, "transit", dice(2));
}

static json_t *make_route(unsigned n)
{
    json_t *hop = dice(5) == 0 ? json_string("blackhole")
                  : dice(2)    ? text("vpn-%u", dice(4))
                               : text("vpcattach-%u", dice(6));

    return json_pack("{s:o, s:o, s:o}", "borderGatewayId", text("bgw-%u", n % 3), "destination",
                     destination(), "nextHop", hop);
}

static json_t *make_attachment(unsigned n)
{
    static const char *const modes[] = {"all", "subnets", "none"};
    json_t *out =
        json_pack("{s:o, s:o, s:s, s:[o, o]}", "borderGatewayId", text("bgw-%u", n % 3), "vpcId",
                  text("vpc-%u", dice(3)), "propagation", modes[dice(3)], "subnetIds",
                  text("subnet-%u", dice(3)), text("subnet-%u", 3 + dice(3)));

    if (dice(3) == 0)
        json_object_set_new(out, "propagatedAt", json_string("2026-11-22T08:00:03.500Z"));
    if (dice(3) == 0)
        json_object_set_new(out, "propagatedLater",
                            json_pack("{s:s}", "subnet-1", "2026-11-22T08:00:04.500Z"));
    return out;
}

static json_t *make_customer(unsigned n)
{
    return json_pack("{s:i, s:[s]}", "asn", 65100 + n, "addresses", "203.0.113.1");
}

static json_t *make_connection(unsigned n)
{
    json_t *addresses = json_array();
    unsigned first = dice(6);

    for (unsigned i = dice(3); i > 0; i--)
        json_array_append_new(addresses, text("198.51.100.%u", (first + i) % 6));
    return json_pack("{s:o, s:s, s:o}", "borderGatewayId", text("bgw-%u", n % 3),
                     "customerGatewayId", "cgw-0", "cloudAddresses", addresses);
}

static json_t *make_tunnel(unsigned n)
{
    json_t *out = json_pack("{s:o, s:o, s:s, s:s, s:o}", "vpnConnectionId", text("vpn-%u", n % 4),
                            "cloudAddress", text("198.51.100.%u", dice(6)), "customerAddress",
                            "203.0.113.1", "psk", dice(2) ? "sealed-1" : "sealed-2", "adminState",
                            json_string(dice(2) ? "up" : "down"));

    if (dice(4)) {
        json_object_set_new(out, "tunnelAddress", text("169.254.1.%u/30", 4 * n + 1));
        json_object_set_new(out, "peerTunnelAddress", text("169.254.1.%u", 4 * n + 2));
    }
    return out;
}

static json_t *make_placement(unsigned n)
{
    (void)n;
    return json_pack("{s:o, s:i, s:s}", "nodeId", text("node-%u", dice(NODES + 1)), "generation",
                     1 + dice(3), "reason", dice(2) ? "first choice" : "drained");
}

static json_t *make_node(unsigned n)
{
    (void)n;
    return json_pack("{s:[s], s:b}", "roles", dice(2) ? "gateway" : "compute", "draining",
                     dice(3) == 0);
}

static json_t *make_region(unsigned n)
{
    (void)n;
    return json_pack("{s:{s:i, s:i}}", "quotas", "propagatedRoutesPerRouteTable", 1 + dice(4),
                     "dynamicRoutesPerBorderGateway", 300 + dice(2));
}

static const struct {
    enum model_kind_id kind;
    unsigned weight;
    const char *id; /* with a number of less than count in it */
    unsigned count;
    json_t *(*make)(unsigned n);
} kinds[] = {
    {MODEL_REGION, 1, "cn-north-1", 1, make_region},
    {MODEL_NODE, 4, "node-%u", NODES, make_node},
    {MODEL_VPC, 3, "vpc-%u", 3, make_vpc},
    {MODEL_SUBNET, 6, "subnet-%u", 6, make_subnet},
    {MODEL_ROUTE_TABLE, 6, "rtb-%u", 6, make_table},
    {MODEL_INSTANCE, 8, "i-%u", 8, make_instance},
    {MODEL_BORDER_GATEWAY, 4, "bgw-%u", 3, make_gateway},
    {MODEL_BORDER_GATEWAY_ROUTE, 10, "bgwroute-%u", 12, make_route},
    {MODEL_VPC_ATTACHMENT, 6, "vpcattach-%u", 6, make_attachment},
    {MODEL_CUSTOMER_GATEWAY, 1, "cgw-%u", 1, make_customer},
    {MODEL_VPN_CONNECTION, 6, "vpn-%u", 4, make_connection},
    {MODEL_VPN_TUNNEL, 8, "vpntun-%u", 8, make_tunnel},
    {MODEL_PLACEMENT, 4, "bgw-%u", 3, make_placement},
    {MODEL_PLACEMENT, 6, "198.51.100.%u", 6, make_placement},
};

static json_t *created(void)
{
    return text("2026-11-22T08:00:%02u.000Z", dice(6));
}

static void change_something(struct region *r)
{
    unsigned total = 0, pick, i = 0, n;
    json_t *id;

    for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
        total += kinds[k].weight;
    for (pick = dice(total); pick >= kinds[i].weight; i++)
        pick -= kinds[i].weight;
    n = dice(kinds[i].count);
    id = text(kinds[i].id, n);
    if (kinds[i].kind != MODEL_REGION && dice(4) == 0) {
        region_drop(r, kinds[i].kind, json_string_value(id));
        json_decref(id);
    } else {
        json_t *resource = kinds[i].make(n);

        json_object_set_new(resource, "id", id);
        json_object_set_new(resource, "createdAt", created());
        region_put(r, kinds[i].kind, resource);
    }
}

/* ---- what has to hold ---- */

struct compared {
    const struct planner *followed;
    const char *node;
};

static int same_object(void *arg, const struct plan_object *fresh)
{
    const struct compared *c = arg;
    struct plan_object o;

    if (!planner_find(c->followed, c->node, fresh->key, &o) || !o.text)
        fail_msg("%s lacks %s", c->node, fresh->key);
    assert_string_equal(o.text, fresh->text);
    assert_string_equal(o.source, fresh->source);
    assert_true(o.hash == fresh->hash);
    return 0;
}

static void check_follows(const struct region *r, const char *node)
{
    struct compared c = {r->planner, node};
    struct planner *fresh = region_plan(r->now);

    assert_int_equal(planner_changes(fresh, node, 0, same_object, &c), 0);
    assert_int_equal(planner_count(r->planner, node), planner_count(fresh, node));
    assert_true(planner_digest(r->planner, node) == planner_digest(fresh, node));
    planner_free(fresh);
}

static int same_held(void *arg, const struct plan_object *o)
{
    const struct sim_node *n = arg;
    const json_t *held = json_object_get(n->objects, o->key);

    assert_string_equal(model_str(held, "text"), o->text);
    return 0;
}

static void check_node(const struct region *r, struct sim_node *n, const char *node)
{
    struct planner *fresh = region_plan(r->now);

    while (sim_node_page(n, r->planner, node, 1 + dice(20)))
        ;
    assert_int_equal(json_object_size(n->objects), planner_count(r->planner, node));
    assert_true(n->digest == planner_digest(r->planner, node));
    assert_int_equal(planner_changes(fresh, node, 0, same_held, n), 0);
    planner_free(fresh);
}

static void check_tables(const struct region *r, const char *node)
{
    struct planner *fresh = region_plan(r->now);
    json_t *objects = sim_objects(fresh, node);
    json_t *made = sim_tables(objects), *twin = sim_tables_of_snapshot(r->now, node);

    if (!json_equal(made, twin)) {
        char *a = json_dumps(made, 0), *b = json_dumps(twin, 0);

        fail_msg("%s makes\n%s\ninstead of\n%s", node, a, b);
    }
    json_decref(objects);
    json_decref(made);
    json_decref(twin);
    planner_free(fresh);
}

static void step(struct region *r, struct sim_node nodes[NODES])
{
    for (unsigned i = 1 + dice(4); i > 0; i--)
        change_something(r);
    region_commit(r);
    for (unsigned i = 0; i < NODES; i++) {
        char id[16];

        snprintf(id, sizeof(id), "node-%u", i);
        check_follows(r, id);
        if (dice(2))
            check_tables(r, id);
        if (dice(16) == 0) {
            sim_node_done(&nodes[i]);
            sim_node_init(&nodes[i]);
        }
        if (dice(2))
            (void)sim_node_page(&nodes[i], r->planner, id, dice(6));
        if (dice(4) == 0)
            check_node(r, &nodes[i], id);
    }
}

static void test_a_history(void **state)
{
    struct sim_node nodes[NODES];
    struct region r;

    seed = *(const uint64_t *)*state;
    region_init(&r);
    for (size_t i = 0; i < NODES; i++)
        sim_node_init(&nodes[i]);
    for (unsigned n = 0; n < STEPS; n++)
        step(&r, nodes);
    for (size_t i = 0; i < NODES; i++)
        sim_node_done(&nodes[i]);
    region_done(&r);
}

int main(int argc, char **argv)
{
    static uint64_t seeds[] = {20261122, 4711, 99};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_a_history, &seeds[0]),
        cmocka_unit_test_prestate(test_a_history, &seeds[1]),
        cmocka_unit_test_prestate(test_a_history, &seeds[2]),
    };

    if (argc > 1) /* for whoever wants more of them */
        seeds[0] = strtoull(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
