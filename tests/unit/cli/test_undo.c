#include "bench.h"

#include <stdlib.h>

/* delete -f: all or nothing. */

static int setup(void **state)
{
    static struct bench b;

    bench_init(&b);
    *state = &b;
    return 0;
}

static int teardown(void **state)
{
    bench_done(*state);
    return 0;
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static bool says(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    print_message("not found: %s\nin: %s\n", part, text);
    return false;
}

static const char site[] =
    "- {kind: vpc, region: r1, name: v, cidr: 10.1.0.0/16}\n"
    "- {kind: routeTable, region: r1, name: rt, vpcId: v, routes: [{destination: 0.0.0.0/0,\n"
    "   nextHop: nat}], propagations: [{borderGatewayId: g, range: 10.0.0.0/8}]}\n"
    "- {kind: routeTable, region: r1, name: default, vpcId: v, routes: [{destination: "
    "10.7.0.0/16,\n"
    "   nextHop: g}]}\n"
    "- {kind: subnet, region: r1, name: s, vpcId: v, cidr: 10.1.1.0/24, routeTableId: rt}\n"
    "- {kind: instance, region: r1, name: nat, subnetId: s}\n"
    "- {kind: borderGateway, region: r1, name: g}\n"
    "- {kind: vpcAttachment, region: r1, name: a, borderGatewayId: g, vpcId: v}\n"
    "- {kind: customerGateway, region: r1, name: c, addresses: [192.0.2.1]}\n"
    "- {kind: vpnConnection, region: r1, name: x, borderGatewayId: g, customerGatewayId: c}\n"
    "- {kind: vpnTunnel, region: r1, name: t, vpnConnectionId: x}\n"
    "- {kind: borderGatewayRoute, region: r1, name: r, borderGatewayId: g, destination: \n"
    "   10.2.0.0/16, nextHop: x}\n";

static json_t *world_now(struct bench *b)
{
    json_t *all = json_array();

    for (int i = 0; i < MODEL_KINDS; i++)
        json_array_append_new(all, json_deep_copy(world_list(&b->w, (enum model_kind_id)i)));
    return all;
}

static void assert_same_world(struct bench *b, json_t *before)
{
    json_t *now = world_now(b);

    assert_true(json_equal(before, now));
    assert_int_equal(0, b->changes);
    json_decref(now);
    json_decref(before);
}

static void test_all_in_one(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", site));
    assert_int_equal(0, run_file(b, "delete", site));
    assert_int_equal(11, count(b->out, "deleted"));
    assert_int_equal(1, b->dry_runs);
    assert_int_equal(1, b->batches);
    for (int i = 1; i < MODEL_KINDS; i++)
        assert_int_equal(0, json_array_size(world_list(&b->w, (enum model_kind_id)i)));
    assert_int_equal(0, run_file(b, "delete", site));
    assert_int_equal(11, count(b->out, "absent"));
    assert_int_equal(0, b->dry_runs + b->batches);
}

/* Something that the file does not know holds the VPC: nothing has happened, not even to tables. */
static void test_refused_as_a_whole(void **state)
{
    struct bench *b = *state;
    json_t *before;

    assert_int_equal(0, run_file(b, "apply", site));
    assert_int_equal(0, run(b, "subnet create --region r1 --vpc v --name more --cidr 10.1.2.0/24"));
    before = world_now(b);
    assert_int_equal(CLI_REFUSED, run_file(b, "delete", site));
    assert_true(says(b->err, "vpc v (vpc-"));
    assert_true(says(b->err, "cannot be deleted"));
    assert_true(says(b->err, "(more)"));
    assert_true(says(b->err, "nothing was deleted"));
    assert_int_equal(0, count(b->out, "deleted"));
    assert_int_equal(0, b->batches);
    assert_same_world(b, before);
    assert_int_equal(CLI_REFUSED, run_file(b, "delete -o json", site));
    assert_int_equal(1, count(b->out, "\"outcome\": \"failed\""));
    assert_int_equal(10, count(b->out, "\"outcome\": \"untouched\""));
    assert_int_equal(
        CLI_REFUSED,
        run_file(b, "delete", "{kind: routeTable, region: r1, name: default, vpcId: v}"));
    assert_true(says(b->err, "goes when its VPC is deleted"));
    assert_int_equal(0, b->changes);
}

/* A table that nothing of the file hangs on keeps its entries until it goes itself. */
static void test_tables_are_emptied_where_needed(void **state)
{
    static const char table[] = "{kind: routeTable, region: r1, name: rt, vpcId: v}";
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", site));
    assert_int_equal(0, run(b, "subnet update s --region r1 --route-table default"));
    assert_int_equal(0, run_file(b, "delete", table));
    assert_int_equal(1, b->changes);
}

static void drop_route(struct bench *b)
{
    const json_t *routes = world_list(&b->w, MODEL_BORDER_GATEWAY_ROUTE);

    if (json_array_size(routes))
        assert_int_equal(0, drop(&b->w, model_str(json_array_get(routes, 0), "id")));
}

static void test_what_is_gone_already_is_fine(void **state)
{
    struct bench *b = *state;

    for (unsigned before = 0; before < 2; before++) {
        assert_int_equal(0, run_file(b, "apply", site));
        b->meanwhile = drop_route;
        b->meanwhile_times = 1 + before;
        assert_int_equal(0, run_file(b, "delete", site));
        assert_int_equal(10, count(b->out, "deleted"));
        assert_int_equal(1, count(b->out, "absent"));
        assert_int_equal(0, json_array_size(world_list(&b->w, MODEL_VPC)));
        b->meanwhile = NULL;
    }
}

static void add_subnet(struct bench *b)
{
    if (b->meanwhile_times == 0)
        make(&b->w, MODEL_SUBNET, "{'vpcId': '%s', 'cidr': '10.1.3.0/24'}",
             model_str(json_array_get(world_list(&b->w, MODEL_VPC), 0), "id"));
}

/* Allowed in the dry run, refused when it is carried out. */
static void test_refused_at_the_last_moment(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", site));
    b->meanwhile = add_subnet;
    b->meanwhile_times = 2;
    assert_int_equal(CLI_REFUSED, run_file(b, "delete", site));
    assert_true(says(b->err, "nothing was deleted"));
    assert_int_equal(0, b->changes);
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_VPN_TUNNEL)));
}

/* More than one commit takes: in pieces, in the same order. */
static void test_in_pieces(void **state)
{
    static const struct {
        size_t most;
        unsigned batches;
    } cases[] = {{0, 1}, {1000, 1}, {100, 2}, {40, 2}, {39, 3}, {7, 9}};
    struct bench *b = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct buf text = {0};

        buf_puts(&text, "- {kind: borderGateway, region: r1, name: g}\n");
        for (unsigned n = 0; n < 44; n++)
            buf_printf(&text,
                       "- {kind: borderGatewayRoute, region: r1, name: r%u, borderGatewayId: g,\n"
                       "   destination: 10.%u.0.0/16, nextHop: blackhole}\n",
                       n, n);
        assert_int_equal(0, run_file(b, "apply", buf_text(&text)));
        b->batch_max = cases[i].most == 100 ? 44 : cases[i].most;
        assert_int_equal(0, run_file(b, "delete", buf_text(&text)));
        assert_int_equal(45, count(b->out, "deleted"));
        assert_int_equal(1, b->dry_runs);
        assert_int_equal(cases[i].batches, b->batches);
        assert_int_equal(0, json_array_size(world_list(&b->w, MODEL_BORDER_GATEWAY)));
        b->batch_max = 0;
        buf_done(&text);
    }
}

static void put_vpc(struct world *w, const char *id)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:i}", "id", id, "name", "x", "regionId", "r1", "revision", 1);
    struct snapshot_change change = {MODEL_VPC, id, NULL};
    struct model_resource *r = NULL;
    struct snapshot *next = NULL;

    assert_int_equal(0, model_decode(model_kind(MODEL_VPC), json, &r, NULL));
    change.resource = r;
    assert_int_equal(0, snapshot_apply(w->regions[0], &change, 1, 1, &next));
    snapshot_unref(w->regions[0]);
    w->regions[0] = next;
    model_resource_unref(r);
    json_decref(json);
}

static void test_more_than_a_dry_run_takes(void **state)
{
    struct bench *b = *state;
    struct buf text = {0};

    for (unsigned i = 0; i < 7000; i++) {
        char id[128];

        snprintf(id, sizeof(id), "%0120u", i);
        put_vpc(&b->w, id);
        buf_printf(&text, "- {kind: vpc, region: r1, id: \"%s\"}\n", id);
    }
    assert_int_equal(CLI_REFUSED, run_file(b, "delete", buf_text(&text)));
    assert_true(says(b->err, "split it"));
    assert_true(says(b->err, "nothing was deleted"));
    assert_int_equal(0, b->changes + b->batches + b->dry_runs);
    assert_int_equal(7, b->requests); /* a thousand with each */
    buf_done(&text);
}

static void test_regions(void **state)
{
    static const char text[] = "- {kind: region, id: n}\n"
                               "- {kind: vpc, region: n, name: v, cidr: 10.1.0.0/16}\n";
    static const char node[] = "- {kind: region, id: n}\n"
                               "- {kind: node, region: n, name: gw-1}\n"
                               "- {kind: vpc, region: n, name: v}\n"
                               "- {kind: vpc, region: r1, name: elsewhere}\n";
    struct bench *b = *state;
    json_t *before;

    assert_int_equal(0, run_file(b, "apply", text));
    assert_int_equal(0, run(b, "vpc create --region r1 --name elsewhere"));
    assert_int_equal(0, run(b, "node create --region n --name gw-1"));
    before = world_now(b);
    assert_int_equal(CLI_REFUSED, run_file(b, "delete", text));
    assert_true(says(b->err, "region n is still used by node node-"));
    assert_true(says(b->err, "nothing was deleted"));
    assert_same_world(b, before);
    assert_int_equal(0, run_file(b, "delete", node));
    assert_int_equal(4, count(b->out, "deleted"));
    assert_int_equal(2, json_array_size(world_list(&b->w, MODEL_REGION)));
    assert_int_equal(0, json_array_size(world_list(&b->w, MODEL_VPC)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_in_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_as_a_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tables_are_emptied_where_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_gone_already_is_fine, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_at_the_last_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_than_a_dry_run_takes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_regions, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
