#include "bench.h"

#include <stdlib.h>

/* apply --dry-run and diff: what would change, and nothing does. */

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

static bool says(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    print_message("not found: %s\nin: %s\n", part, text);
    return false;
}

static const char site[] =
    "- {kind: vpc, region: r1, name: v, cidr: 10.1.0.0/16, tags: {env: a}}\n"
    "- {kind: routeTable, region: r1, name: rt, vpcId: v}\n"
    "- {kind: routeTable, region: r1, name: default, vpcId: v, routes: [{destination: "
    "10.7.0.0/16,\n"
    "   nextHop: g}]}\n"
    "- {kind: subnet, region: r1, name: s, vpcId: v, cidr: 10.1.1.0/24, routeTableId: rt}\n"
    "- {kind: instance, region: r1, name: i, subnetId: s}\n"
    "- {kind: borderGateway, region: r1, name: g}\n"
    "- {kind: borderGateway, region: r2, name: g}\n"
    "- {kind: vpcAttachment, region: r1, name: a, borderGatewayId: g, vpcId: v}\n"
    "- {kind: customerGateway, region: r1, name: c, addresses: [{vpnConnection: x, region: r2, "
    "index: 0}]}\n"
    "- {kind: customerGateway, region: r2, name: c, addresses: [{vpnConnection: x, region: r1, "
    "index: 1}]}\n"
    "- {kind: vpnConnection, region: r1, name: x, borderGatewayId: g, customerGatewayId: c}\n"
    "- {kind: vpnConnection, region: r2, name: x, borderGatewayId: g, customerGatewayId: c}\n"
    "- {kind: vpnTunnel, region: r1, name: t, vpnConnectionId: x, psk: 0123456789, cloudAddress:\n"
    "   {vpnConnection: x, index: 0}}\n"
    "- {kind: borderGatewayRoute, region: r1, name: r, borderGatewayId: g, destination: \n"
    "   10.2.0.0/16, nextHop: x}\n";

static json_t *world_now(struct bench *b)
{
    json_t *all = json_array();

    for (int i = 0; i < MODEL_KINDS; i++)
        json_array_append_new(all, json_deep_copy(world_list(&b->w, (enum model_kind_id)i)));
    return all;
}

/* Runs it and makes sure that nothing has changed. */
static int tried(struct bench *b, const char *verb, const char *text)
{
    json_t *before = world_now(b), *after;
    int r = run_file(b, verb, text);

    after = world_now(b);
    assert_true(json_equal(before, after));
    assert_int_equal(0, b->changes);
    json_decref(before);
    json_decref(after);
    return r;
}

static void test_all_that_is_new(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, tried(b, "apply --dry-run", site));
    assert_int_equal(2, b->dry_runs); /* one a region */
    assert_true(says(b->out, "would be created  vpc v in r1\n"));
    /* It comes with its VPC, and is changed. */
    assert_true(says(b->out, "would be updated  route-table default in r1\n"));
    assert_null(strstr(b->out, "$"));
    assert_int_equal(CLI_DIFFERENT, tried(b, "diff", site));
    assert_true(says(b->out, "    cidr: (none) -> \"10.1.0.0/16\"\n"));
    assert_true(says(b->out, "    tags.env: (none) -> \"a\"\n"));
    assert_true(says(b->out, "    vpcId: (none) -> \"v\"\n"));
    assert_true(says(b->out, "{\"vpnConnection\":\"x\",\"region\":\"r2\",\"index\":0}"));
    assert_null(strstr(b->out, "$"));
    assert_null(strstr(b->out, "192.0.2."));
    assert_null(strstr(b->out, "0123456789"));
    assert_int_equal(0, run_file(b, "apply", site));
    assert_int_equal(0, tried(b, "diff", site));
    assert_string_equal("", b->out);
    assert_int_equal(0, tried(b, "apply --dry-run", site));
    assert_null(strstr(b->out, "would"));
}

static void test_what_differs(void **state)
{
    static const struct {
        const char *file;
        int code;
        const char *says[3];
    } cases[] = {
        {"{kind: vpc, region: r1, name: v, description: new}",
         CLI_DIFFERENT,
         {"    description: \"old\" -> \"new\"\n", "would be updated"}},
        {"{kind: vpc, region: r1, name: v, description: null, tags: {env: b, more: c}}",
         CLI_DIFFERENT,
         {"    description: \"old\" -> \"\"\n", "    tags.env: \"a\" -> \"b\"\n",
          "    tags.more: (none) -> \"c\"\n"}},
        {"{kind: vpc, region: r1, name: v, tags: {env: null}}",
         CLI_DIFFERENT,
         {"    tags.env: \"a\" -> (none)\n"}},
        {"{kind: vpc, region: r1, name: v, description: old}", 0, {NULL}},
        {"{kind: region, id: r1, asn: 7}", CLI_DIFFERENT, {"    asn: 65000 -> 7\n"}},
    };
    struct bench *b = *state;

    assert_int_equal(0,
                     run(b, "vpc create --region r1 --name v --cidr 10.1.0.0/16 --description old "
                            "--tags env=a"));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].file);
        assert_int_equal(cases[i].code, tried(b, "diff", cases[i].file));
        for (size_t k = 0; k < 3 && cases[i].says[k]; k++)
            assert_true(says(b->out, cases[i].says[k]));
    }
}

/* Only the server can tell whether it is the same. */
static void test_secrets(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", site));
    assert_int_equal(CLI_DIFFERENT,
                     tried(b, "diff", "{kind: vpnTunnel, region: r1, name: t, psk: otherother}"));
    assert_true(says(b->out, "    psk: another secret (not shown)\n"));
    assert_null(strstr(b->out, "otherother"));
    assert_int_equal(0,
                     tried(b, "diff", "{kind: vpnTunnel, region: r1, name: t, psk: 0123456789}"));
    assert_int_equal(CLI_DIFFERENT,
                     tried(b, "diff",
                           "{kind: vpnTunnel, region: r1, name: t, psk: 0123456789, mtu: "
                           "1300}"));
    assert_null(strstr(b->out, "psk"));
    assert_true(says(b->out, "    mtu: 0 -> 1300\n"));
}

static void test_for_programs(void **state)
{
    struct bench *b = *state;
    json_t *all, *change;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v --cidr 10.1.0.0/16"));
    assert_int_equal(CLI_DIFFERENT, tried(b, "diff -o json",
                                          "[{kind: vpc, region: r1, name: v, description: x},"
                                          "{kind: vpc, region: r1, name: w, cidr: 10.2.0.0/16}]"));
    all = json_loads(b->out, 0, NULL);
    assert_true(model_bool(all, "dryRun", false));
    change = json_array_get(model_list(all, "items"), 0);
    assert_string_equal("updated", model_str(change, "outcome"));
    change = json_array_get(model_list(change, "changes"), 0);
    assert_string_equal("description", model_str(change, "field"));
    assert_string_equal("", model_str(change, "old"));
    assert_string_equal("x", model_str(change, "new"));
    change = json_array_get(model_list(all, "items"), 1);
    assert_string_equal("created", model_str(change, "outcome"));
    assert_string_equal("", model_str(change, "id"));
    json_decref(all);
}

/* What the server would refuse is refused, with a code that is not that of a difference. */
static void test_refusals(void **state)
{
    static const char bad[] =
        "- {kind: vpc, region: r1, name: v, cidr: 10.1.0.0/16}\n"
        "- {kind: subnet, region: r1, name: s, vpcId: v, cidr: 10.9.0.0/24}\n";
    struct bench *b = *state;

    assert_int_equal(CLI_REFUSED, tried(b, "apply --dry-run", bad));
    assert_true(says(b->err, "subnet s of region r1 would be refused"));
    assert_int_equal(CLI_DIFF_REFUSED, tried(b, "diff", bad));
    assert_int_equal(CLI_USAGE, tried(b, "diff", "{kind: nothing}"));
    b->unreachable = true;
    assert_int_equal(CLI_UNREACHABLE, tried(b, "diff", bad));
    b->unreachable = false;
    assert_int_equal(CLI_USAGE, run(b, "diff"));
    assert_int_equal(CLI_USAGE, run(b, "diff vpc -f x"));
    assert_int_equal(CLI_USAGE, run(b, "vpc create --region r1 --dry-run"));
    assert_true(says(b->err, "--dry-run only goes with"));
}

static void test_a_region_that_is_new(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, tried(b, "apply --dry-run",
                              "[{kind: region, id: n}, {kind: vpc, region: n, name: v, cidr: "
                              "10.1.0.0/16}, {kind: subnet, region: n, name: s, vpcId: v, cidr: "
                              "10.1.1.0/24}]"));
    assert_true(says(b->err, "region n does not exist yet"));
    assert_int_equal(0, b->dry_runs);
}

static void test_deletions(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", site));
    assert_int_equal(0, tried(b, "delete --dry-run", site));
    assert_true(says(b->out, "would be deleted"));
    assert_int_equal(CLI_REFUSED, tried(b, "delete --dry-run", "{kind: vpc, region: r1, name: v}"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_all_that_is_new), T(test_what_differs), T(test_secrets),
        T(test_for_programs),    T(test_refusals),     T(test_a_region_that_is_new),
        T(test_deletions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
