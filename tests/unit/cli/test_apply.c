#include "bench.h"

#include <stdlib.h>

/* apply -f and delete -f. */

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

/* Two regions whose customer gateways name each other's connections: a circle. Out of order, too.
 */
static const char two_regions[] =
    "- {kind: vpnTunnel, region: n, name: t2, vpnConnectionId: cn, copyParametersFrom: t1}\n"
    "- {kind: vpn-tunnel, region: n, name: t1, vpnConnectionId: cn, psk: 0123456789abc,\n"
    "   ike: {dhGroups: [19, 14]}, ipsec: {dhGroups: [none, 19]}}\n"
    "- {kind: vpnTunnel, region: s, name: t1, vpnConnectionId: cs, psk: 0123456789abc}\n"
    "- {kind: vpnConnection, region: n, name: cn, borderGatewayId: gn, customerGatewayId: dev}\n"
    "- {kind: vpnConnection, region: s, name: cs, borderGatewayId: gs, customerGatewayId: dev}\n"
    "- kind: customerGateway\n"
    "  region: n\n"
    "  name: dev\n"
    "  addresses: [{vpnConnection: cs, region: s, index: 0}, {vpnConnection: cs, region: s, index: "
    "1}]\n"
    "- kind: customerGateway\n"
    "  region: s\n"
    "  name: dev\n"
    "  addresses: [{vpnConnection: cn, region: n}, {vpnConnection: cn, region: n, index: 1}]\n"
    "- {kind: borderGateway, region: n, name: gn}\n"
    "- {kind: borderGateway, region: s, name: gs}\n"
    "- {kind: vpcAttachment, region: n, name: a, borderGatewayId: gn, vpcId: v}\n"
    "- {kind: vpc, region: n, name: v, cidr: 10.1.0.0/16, tags: {a: b}}\n"
    "- {kind: routeTable, region: n, name: rt, vpcId: v, routes: [{destination: 0.0.0.0/0, "
    "nextHop: "
    "nat}],\n"
    "   propagations: [{borderGatewayId: gn, range: 10.0.0.0/8}]}\n"
    "- {kind: subnet, region: n, name: s1, vpcId: v, cidr: 10.1.1.0/24, routeTableId: rt}\n"
    "- {kind: instance, region: n, name: nat, subnetId: s1}\n"
    "- {kind: borderGatewayRoute, region: n, name: r, borderGatewayId: gn, destination: "
    "10.2.0.0/16,"
    " nextHop: cn}\n"
    "- {kind: region, id: n, publicPools: [203.0.113.0/28]}\n"
    "- {kind: region, id: s, publicPools: [203.0.113.16/28]}\n";

static void test_applies_once_and_changes_nothing_twice(void **state)
{
    struct bench *b = *state;
    json_t *item;
    size_t i;

    assert_int_equal(0, run_file(b, "apply", two_regions));
    assert_int_equal(17, count(b->out, "created"));
    json_array_foreach (world_list(&b->w, MODEL_CUSTOMER_GATEWAY), i, item) {
        bool north = strcmp(model_str(item, "regionId"), "n") == 0;

        assert_string_equal(north ? "203.0.113.17" : "203.0.113.1",
                            json_string_value(json_array_get(model_list(item, "addresses"), 0)));
    }
    item = json_array_get(world_list(&b->w, MODEL_VPN_TUNNEL), 0);
    assert_string_equal("203.0.113.17", model_str(item, "customerAddress"));
    assert_string_equal("203.0.113.17", model_str(item, "remoteId"));
    assert_int_equal(0, run_file(b, "apply", two_regions));
    assert_int_equal(17, count(b->out, "unchanged"));
    assert_int_equal(0, b->changes);
}

static void test_applies_what_differs(void **state)
{
    struct bench *b = *state;
    static const char before[] = "kind: vpc\nregion: r1\nname: v\ncidr: 10.1.0.0/16\n---\n"
                                 "kind: subnet\nregion: r1\nname: s\nvpcId: v\ncidr: 10.1.1.0/24\n";
    static const char after[] = "kind: vpc\nregion: r1\nname: v\ndescription: new\n---\n"
                                "kind: subnet\nregion: r1\nname: s\nvpcId: v\n";
    static const char fixed[] = "kind: subnet\nregion: r1\nname: s\nvpcId: v\ncidr: 10.1.2.0/24\n";

    assert_int_equal(0, run_file(b, "apply", before));
    assert_int_equal(0, run_file(b, "apply", after));
    assert_int_equal(1, count(b->out, "updated"));
    assert_int_equal(1, count(b->out, "unchanged"));
    assert_string_equal("10.1.0.0/16",
                        model_str(json_array_get(world_list(&b->w, MODEL_VPC), 0), "cidr"));
    assert_int_equal(CLI_REFUSED, run_file(b, "apply", fixed));
    assert_non_null(strstr(b->err, "cannot be changed"));
    assert_non_null(strstr(b->err, "subnet s was not applied"));
}

/* Static routes of a gateway that the file does not name. */
static void add_routes(struct buf *b, unsigned first, unsigned count)
{
    for (unsigned n = first; n < first + count; n++)
        buf_printf(b,
                   "- {kind: borderGatewayRoute, region: r1, name: r%u, borderGatewayId: g,\n"
                   "   destination: 10.%u.0.0/16, nextHop: blackhole}\n",
                   n, n);
}

static int run_routes(struct bench *b, const char *verb, unsigned first, unsigned count)
{
    struct buf text = {0};
    int r;

    add_routes(&text, first, count);
    r = run_file(b, verb, buf_text(&text));
    buf_done(&text);
    return r;
}

static void test_asks_for_many_at_once(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "border-gateway create --region r1 --name g"));
    assert_int_equal(0, run_routes(b, "apply", 0, 44));
    assert_int_equal(44 + 2, b->requests); /* a list, and the gateway once */
    assert_int_equal(0, run_routes(b, "apply", 0, 44));
    assert_int_equal(2, b->requests);
    /* A list of far more than the file names is not read to its end. */
    assert_int_equal(0, run_routes(b, "apply", 30, 8));
    assert_int_equal(8 + 2, b->requests);
    assert_int_equal(8, count(b->out, "unchanged"));
    assert_int_equal(0, run_routes(b, "apply", 30, 3));
    assert_int_equal(3 + 1, b->requests);
    assert_int_equal(0, run_routes(b, "delete", 0, 44));
    assert_int_equal(1 + 2, b->requests); /* a dry run, and all of it */
    assert_int_equal(44, count(b->out, "deleted"));
    assert_int_equal(0, run_routes(b, "delete", 0, 44));
    assert_int_equal(1, b->requests);
    assert_int_equal(44, count(b->out, "absent"));
}

/* Route tables are found by their VPCs, which may be in no file. */
static void test_asks_for_many_tables_at_once(void **state)
{
    struct bench *b = *state;
    struct buf text = {0};

    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(0, run(b, "vpc create --region r1 --name v%u", i));
        buf_printf(&text,
                   "- {kind: routeTable, region: r1, name: default, vpcId: v%u, description: x}\n",
                   i);
    }
    assert_int_equal(0, run_file(b, "apply", buf_text(&text)));
    assert_int_equal(9, count(b->out, "updated"));
    assert_int_equal(2 + 9 + 9, b->requests); /* lists, bodies that name a VPC, changes */
    buf_done(&text);
}

/* A name is looked for again after this file gave it away. */
static void test_a_name_that_is_given_away(void **state)
{
    struct bench *b = *state;
    struct buf text = {0};

    assert_int_equal(0, run(b, "border-gateway create --region r1 --name old"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name v"));
    buf_printf(&text,
               "- {kind: routeTable, region: r1, name: t, vpcId: v, propagations: "
               "[{borderGatewayId: old}]}\n"
               "- {kind: vpcAttachment, region: r1, name: a, borderGatewayId: old, vpcId: v}\n"
               "- {kind: borderGateway, region: r1, name: new, id: %s}\n",
               model_str(json_array_get(world_list(&b->w, MODEL_BORDER_GATEWAY), 0), "id"));
    assert_int_equal(CLI_REFUSED, run_file(b, "apply", buf_text(&text)));
    assert_non_null(strstr(b->err, "there is no border-gateway old in region r1"));
    buf_done(&text);
}

/* One that is found among many is found as one that is asked for. */
static void test_finds_the_same_among_many(void **state)
{
    static const char same[] = "border-gateway-route create --region r1 --name r7 "
                               "--border-gateway g --next-hop blackhole --destination 10.%u.0.0/16";
    struct bench *b = *state;
    char *err;

    assert_int_equal(0, run(b, "border-gateway create --region r1 --name g"));
    assert_int_equal(0, run(b, same, 107));
    assert_int_equal(0, run(b, same, 207));
    assert_int_equal(CLI_REFUSED, run_routes(b, "apply", 7, 1));
    assert_non_null(strstr(b->err, "2 resources of kind border-gateway-route are named r7"));
    err = strdup(b->err);
    assert_int_equal(CLI_REFUSED, run_routes(b, "apply", 0, 20));
    assert_string_equal(err, b->err);
    assert_int_equal(0, b->changes);
    free(err);
}

static void test_a_region_that_is_not_there(void **state)
{
    struct bench *b = *state;
    struct buf named = {0}, known = {0};

    for (unsigned i = 0; i < 20; i++) {
        buf_printf(&named, "- {kind: vpc, region: r9, name: v%u}\n", i);
        buf_printf(&known, "- {kind: vpc, region: r9, id: vpc-aaaaaaaa%u}\n", 22 + i);
    }
    assert_int_equal(CLI_REFUSED, run_file(b, "apply", buf_text(&named)));
    assert_non_null(strstr(b->err, "no such"));
    assert_int_equal(CLI_REFUSED, run_file(b, "apply", buf_text(&known)));
    assert_non_null(strstr(b->err, "vpc-aaaaaaaa22 in region r9"));
    assert_int_equal(CLI_REFUSED, run_file(b, "delete", buf_text(&named)));
    assert_int_equal(0, run_file(b, "delete", buf_text(&known)));
    assert_int_equal(20, count(b->out, "absent"));
    buf_done(&named);
    buf_done(&known);
}

/* Circles, each of a customer gateway and a connection in both regions. The gateways that carry
 * them are in no file. */
static void add_circles(struct buf *b, unsigned count)
{
    for (unsigned n = 0; n < count; n++) {
        for (unsigned side = 1; side <= 2; side++)
            buf_printf(b,
                       "- {kind: vpnConnection, region: r%u, name: n%u, borderGatewayId: g, "
                       "customerGatewayId: c%u}\n"
                       "- {kind: customerGateway, region: r%u, name: c%u, addresses: "
                       "[{vpnConnection: n%u, region: r%u}]}\n",
                       side, n, n, side, n, n, 3 - side);
    }
}

/* What the lines are about, in order: "c0 r2, " and so on. */
static void told(const char *out, struct buf *ret)
{
    char outcome[16], noun[32], name[32], region[32];

    for (; out && *out; out = strchr(out, '\n') ? strchr(out, '\n') + 1 : NULL) {
        if (sscanf(out, "%15s %31s %31s in %31[^:]", outcome, noun, name, region) == 4)
            buf_printf(ret, "%s %s, ", name, region);
    }
}

static void test_breaks_one_circle_after_the_other(void **state)
{
    struct bench *b = *state;
    struct buf text = {0}, order = {0};

    assert_int_equal(0, run(b, "border-gateway create --region r1 --name g"));
    assert_int_equal(0, run(b, "border-gateway create --region r2 --name g"));
    add_circles(&text, 7);
    assert_int_equal(0, run_file(b, "apply", buf_text(&text)));
    /* The look at each, its creation, the second half of a customer gateway, and two gateways. */
    assert_int_equal(28 + 28 + 7 + 2, b->requests);
    told(b->out, &order);
    assert_true(text_starts_with(
        buf_text(&order), "n0 r1, c0 r2, n0 r2, c0 r1, n1 r1, c1 r2, n1 r2, c1 r1, n2 r1, "));
    buf_done(&order);
    buf_done(&text);
}

/* They come with their VPCs, and all have one name. */
static void test_default_route_tables(void **state)
{
    static const char text[] =
        "- {kind: vpc, region: r1, name: a, cidr: 10.1.0.0/16}\n"
        "- {kind: vpc, region: r1, name: b, cidr: 10.2.0.0/16}\n"
        "- {kind: routeTable, region: r1, name: default, vpcId: b,\n"
        "   routes: [{destination: 10.9.0.0/16, nextHop: blackhole}]}\n"
        "- {kind: routeTable, region: r1, name: default, vpcId: a, description: of a}\n"
        "- {kind: routeTable, region: r1, name: more, vpcId: a}\n";
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", text));
    assert_int_equal(3, count(b->out, "created"));
    assert_int_equal(2, count(b->out, "updated"));
    assert_int_equal(3, json_array_size(world_list(&b->w, MODEL_ROUTE_TABLE)));
    assert_int_equal(0, run_file(b, "apply", text));
    assert_int_equal(5, count(b->out, "unchanged"));
    assert_int_equal(0, b->changes);
    assert_int_equal(CLI_USAGE, run_file(b, "apply",
                                         "[{kind: routeTable, region: r1, name: x, vpcId: a},"
                                         " {kind: routeTable, region: r1, name: x, vpcId: a}]"));
    assert_int_equal(0, run_file(b, "delete", text));
    assert_int_equal(5, count(b->out, "deleted"));
    assert_int_equal(0, json_array_size(world_list(&b->w, MODEL_ROUTE_TABLE)));
}

static void test_outcomes_of_a_failure(void **state)
{
    struct bench *b = *state;

    assert_int_equal(CLI_REFUSED,
                     run_file(b, "apply -o json",
                              "[{kind: vpc, region: r1, name: a, cidr: 10.1.0.0/16},"
                              " {kind: vpc, region: r1, name: b, cidr: 10.1.0.1/16},"
                              " {kind: vpc, region: r1, name: c, cidr: 10.1.0.0/16}]"));
    assert_int_equal(1, count(b->out, "\"outcome\": \"created\""));
    assert_int_equal(1, count(b->out, "\"outcome\": \"failed\""));
    assert_int_equal(1, count(b->out, "\"outcome\": \"untouched\""));
    assert_non_null(strstr(b->err, "vpc b was not applied"));
}

static void test_deletes_in_reverse(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", two_regions));
    assert_int_equal(0, run_file(b, "delete", two_regions));
    assert_int_equal(17, count(b->out, "deleted"));
    for (int i = 1; i < MODEL_KINDS; i++)
        assert_int_equal(0, json_array_size(world_list(&b->w, (enum model_kind_id)i)));
    assert_int_equal(0, run_file(b, "delete", two_regions));
    assert_int_equal(17, count(b->out, "absent"));
}

static void test_deletion_says_what_holds(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v --cidr 10.1.0.0/16"));
    assert_int_equal(0, run(b, "subnet create --region r1 --vpc v --cidr 10.1.0.0/24"));
    assert_int_equal(CLI_REFUSED, run_file(b, "delete", "{kind: vpc, region: r1, name: v}"));
    assert_non_null(strstr(b->err, "subnet"));
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_VPC)));
}

static void test_files_that_make_no_sense(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *text;
        int code;
        const char *says;
    } cases[] = {
        {"", CLI_USAGE, "no resource"},
        {"---\n---\n", CLI_USAGE, "no resource"},
        {"just text", CLI_USAGE, "no mapping"},
        {"[1]", CLI_USAGE, "no mapping"},
        {"[[{}]]", CLI_USAGE, "list within"},
        {"{}", CLI_USAGE, "no kind"},
        {"{kind: cat, name: x}", CLI_USAGE, "no kind \"cat\""},
        {"{kind: vpc, region: r1}", CLI_USAGE, "name"},
        {"{kind: vpc, region: r1, name: 5}", CLI_USAGE, "name"},
        {"{kind: vpc, name: x}", CLI_USAGE, "region"},
        {"{kind: vpc, name: x, region: r1, name: y}", CLI_USAGE, "twice"},
        {"[{kind: vpc, name: x, region: r1}, {kind: vpc, name: x, region: r1}]", CLI_USAGE,
         "twice"},
        {"{kind: vpc, name: x", CLI_USAGE, "line"},
        {"{kind: vpc, name: x, region: r1, colour: red}", CLI_REFUSED, "colour"},
        {"{kind: vpc, name: x, region: r9}", CLI_REFUSED, "no such"},
        {"{kind: subnet, name: x, region: r1, vpcId: nothing, cidr: 10.0.0.0/24}", CLI_REFUSED,
         "no vpc nothing"},
        {"{kind: customerGateway, name: x, region: r1, addresses: [{vpnConnection: c}]}",
         CLI_REFUSED, "no vpn-connection c"},
        {"[{kind: vpnTunnel, region: r1, name: a, vpnConnectionId: vpn-aaaaaaaaaa, "
         "copyParametersFrom: b}, {kind: vpnTunnel, region: r1, name: b, vpnConnectionId: "
         "vpn-aaaaaaaaaa, copyParametersFrom: a}]",
         CLI_REFUSED, "circle"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].text);
        assert_int_equal(cases[i].code, run_file(b, "apply", cases[i].text));
        if (!strstr(b->err, cases[i].says))
            fail_msg("wanted %s, got %s", cases[i].says, b->err);
    }
}

static void test_json_and_items_are_files_too(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply",
                                 "{\"items\": [{\"kind\": \"vpc\", \"region\": \"r1\", \"name\": "
                                 "\"v\"}]}"));
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_VPC)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_applies_once_and_changes_nothing_twice, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_applies_what_differs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_asks_for_many_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_asks_for_many_tables_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_name_that_is_given_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finds_the_same_among_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_region_that_is_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_breaks_one_circle_after_the_other, setup, teardown),
        cmocka_unit_test_setup_teardown(test_default_route_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_outcomes_of_a_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deletes_in_reverse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deletion_says_what_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_that_make_no_sense, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json_and_items_are_files_too, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
