#include "bench.h"

#include <stdlib.h>

/* apply decides on what is stored at that moment, and understands what is printed. */

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

static const json_t *first(struct bench *b, enum model_kind_id kind)
{
    return json_array_get(world_list(&b->w, (enum model_kind_id)kind), 0);
}

/* Twice: everything is made, then nothing differs. */
static void applies_and_stays(struct bench *b, const char *text)
{
    if (run_file(b, "apply", text))
        fail_msg("refused: %s", b->err);
    assert_int_equal(0, b->unguarded);
    assert_int_equal(0, run_file(b, "apply", text));
    if (count(b->out, "updated") + count(b->out, "created"))
        fail_msg("not unchanged: %s", b->out);
    assert_int_equal(0, b->changes);
}

static const char attached[] =
    "- {kind: vpc, region: r1, name: v, cidr: 10.1.0.0/16}\n"
    "- {kind: routeTable, region: r1, name: default, vpcId: v, routes: [{destination: "
    "10.9.0.0/16,\n"
    "   nextHop: blackhole}], propagations: [{borderGatewayId: g%s}]}\n"
    "- {kind: borderGateway, region: r1, name: g}\n"
    "- {kind: vpcAttachment, region: r1, name: a, borderGatewayId: g, vpcId: v}\n";

/* The attachment changes the table between the first look at it and its turn. */
static void test_keeps_what_an_attachment_made(void **state)
{
    static const struct {
        const char *range;
        size_t propagations;
    } cases[] = {{", range: 10.0.0.0/8", 2}, {", range: 0.0.0.0/0", 1}, {"", 1}};
    struct bench *b = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[1024];
        const json_t *list;
        size_t made = 0;

        (void)text_printf(text, sizeof(text), attached, cases[i].range);
        applies_and_stays(b, text);
        list = model_list(first(b, MODEL_ROUTE_TABLE), "propagations");
        assert_int_equal(cases[i].propagations, json_array_size(list));
        for (size_t j = 0; j < json_array_size(list); j++)
            made += *model_str(json_array_get(list, j), "vpcAttachmentId") != 0;
        assert_int_equal(1, made);
        assert_int_equal(0, run_file(b, "delete", text));
    }
}

static void test_propagations_of_the_file_come_and_go(void **state)
{
    struct bench *b = *state;
    char text[1024];

    (void)text_printf(text, sizeof(text), attached, ", range: 10.0.0.0/8");
    assert_int_equal(0, run_file(b, "apply", text));
    applies_and_stays(b, "{kind: routeTable, region: r1, name: default, vpcId: v, propagations: "
                         "[{borderGatewayId: g, range: 10.0.0.0/9}]}");
    assert_int_equal(2, json_array_size(model_list(first(b, MODEL_ROUTE_TABLE), "propagations")));
    /* A range that is not there any more is the usual one: the attachment has that. */
    applies_and_stays(b, "{kind: routeTable, region: r1, name: default, vpcId: v, propagations: "
                         "[{borderGatewayId: g}]}");
    assert_int_equal(1, json_array_size(model_list(first(b, MODEL_ROUTE_TABLE), "propagations")));
    applies_and_stays(b, "{kind: routeTable, region: r1, name: default, vpcId: v, propagations: "
                         "[{borderGatewayId: g, range: 10.0.0.0/9}]}");
    applies_and_stays(b, "{kind: routeTable, region: r1, name: default, vpcId: v, propagations: "
                         "null, routes: null}");
    assert_int_equal(1, json_array_size(model_list(first(b, MODEL_ROUTE_TABLE), "propagations")));
    assert_int_equal(0, json_array_size(model_list(first(b, MODEL_ROUTE_TABLE), "routes")));
}

/* ---- somebody else ---- */

static void describe(struct bench *b)
{
    change(&b->w, model_str(first(b, MODEL_VPC), "id"), "{'description': 'of somebody else'}");
}

static void describe_anew(struct bench *b)
{
    change(&b->w, model_str(first(b, MODEL_VPC), "id"), "{'description': 'try %u'}",
           b->meanwhile_times);
}

static void test_concurrent_edits_are_not_lost(void **state)
{
    struct bench *b = *state;
    int64_t revision;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v --cidr 10.1.0.0/16"));
    b->meanwhile = describe;
    b->meanwhile_times = 1;
    assert_int_equal(0, run_file(b, "apply", "{kind: vpc, region: r1, name: v, tags: {a: b}}"));
    assert_int_equal(1, b->conflicts);
    assert_int_equal(0, b->unguarded);
    assert_int_equal(1, count(b->out, "updated"));
    assert_string_equal("of somebody else", model_str(first(b, MODEL_VPC), "description"));
    assert_string_equal("b", model_str(first(b, MODEL_VPC), "tags.a"));

    /* They did what the file asks for: nothing is left to do. */
    assert_int_equal(0, run(b, "vpc update v --region r1 --description x"));
    b->meanwhile_times = 1;
    assert_int_equal(
        0, run_file(b, "apply", "{kind: vpc, region: r1, name: v, description: of somebody else}"));
    assert_int_equal(1, count(b->out, "unchanged"));
    assert_int_equal(0, b->changes);

    revision = model_int(first(b, MODEL_VPC), "revision", 0);
    b->meanwhile = describe_anew;
    b->meanwhile_times = 1000;
    assert_int_equal(CLI_REFUSED,
                     run_file(b, "apply", "{kind: vpc, region: r1, name: v, tags: {a: c}}"));
    assert_true(says(b->err, "vpc v keeps being changed by somebody else"));
    assert_true(says(b->err, "vpc v was not applied"));
    assert_string_equal("b", model_str(first(b, MODEL_VPC), "tags.a"));
    assert_int_equal(b->conflicts, model_int(first(b, MODEL_VPC), "revision", 0) - revision);
}

static void drop_vpc(struct bench *b)
{
    assert_int_equal(0, drop(&b->w, model_str(first(b, MODEL_VPC), "id")));
}

static void test_deleted_meanwhile(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v --cidr 10.1.0.0/16"));
    b->meanwhile = drop_vpc;
    b->meanwhile_times = 1;
    assert_int_equal(CLI_REFUSED,
                     run_file(b, "apply", "{kind: vpc, region: r1, name: v, tags: {a: c}}"));
    assert_true(says(b->err, "v was not applied"));
}

static void test_update_by_name_is_guarded(void **state)
{
    struct bench *b = *state;
    const char *id;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v --cidr 10.1.0.0/16"));
    assert_int_equal(0, run(b, "vpc update v --region r1 --tags a=b"));
    assert_int_equal(0, b->unguarded);
    b->meanwhile = describe;
    b->meanwhile_times = 1;
    assert_int_equal(CLI_REFUSED, run(b, "vpc update v --region r1 --tags a=c"));
    assert_true(says(b->err, "somebody else has changed this vpc"));
    assert_string_equal("of somebody else", model_str(first(b, MODEL_VPC), "description"));
    assert_string_equal("b", model_str(first(b, MODEL_VPC), "tags.a"));
    assert_int_equal(0, run(b, "vpc update v --region r1 --tags a=c"));
    id = model_str(first(b, MODEL_VPC), "id");
    assert_int_equal(0, run(b, "vpc update %s --region r1 --tags a=d", id));
    assert_int_equal(1, b->unguarded); /* nothing was looked at */
    assert_int_equal(CLI_REFUSED, run(b, "vpc update v --region r1 --tags a=e --if-match 1"));
    assert_int_equal(CLI_REFUSED, run(b, "vpc update w --region r1 --tags a=e"));
    assert_true(says(b->err, "no vpc w"));
}

/* ---- null ---- */

static const char tunnel[] =
    "- {kind: borderGateway, region: r1, name: g, asn: %s, transit: %s}\n"
    "- {kind: customerGateway, region: r1, name: c, addresses: [192.0.2.1, 192.0.2.2]}\n"
    "- {kind: vpnConnection, region: r1, name: n, borderGatewayId: g, customerGatewayId: c,\n"
    "   addressFamily: null}\n"
    "- {kind: vpnTunnel, region: r1, name: t, vpnConnectionId: n, ike: %s, dpd: %s, tags: {a: "
    "%s},\n"
    "   psk: null, tunnelAddress: null, cloudAddress: null, remoteId: null}\n";

static void test_null_is_the_default(void **state)
{
    struct bench *b = *state;
    const json_t *t, *g;
    char text[1024];
    json_t *before;

    (void)text_printf(text, sizeof(text), tunnel, "null", "null", "null", "null", "null");
    applies_and_stays(b, text);
    before = json_deep_copy(first(b, MODEL_VPN_TUNNEL));
    (void)text_printf(text, sizeof(text), tunnel, "65100", "true",
                      "{dhGroups: [14], lifetimeSeconds: 7200}", "{enabled: false}", "b");
    applies_and_stays(b, text);
    t = first(b, MODEL_VPN_TUNNEL);
    assert_int_equal(1, json_array_size(model_list(t, "ike.dhGroups")));
    (void)text_printf(text, sizeof(text), tunnel, "null", "null", "{dhGroups: null}", "null",
                      "null");
    applies_and_stays(b, text);
    t = first(b, MODEL_VPN_TUNNEL);
    g = first(b, MODEL_BORDER_GATEWAY);
    assert_true(json_equal(model_list(before, "ike.dhGroups"), model_list(t, "ike.dhGroups")));
    assert_int_equal(7200, model_int(t, "ike.lifetimeSeconds", 0));
    assert_true(model_bool(t, "dpd.enabled", false));
    assert_string_equal("", model_str(t, "tags.a"));
    assert_int_equal(65000, model_int(g, "asn", 0));
    assert_false(model_bool(g, "transit", true));
    assert_string_equal(model_str(before, "psk"), model_str(t, "psk"));
    assert_string_equal(model_str(before, "tunnelAddress"), model_str(t, "tunnelAddress"));
    (void)text_printf(text, sizeof(text), tunnel, "null", "null", "null", "null", "null");
    applies_and_stays(b, text);
    assert_true(json_equal(json_object_get(before, "ike"),
                           json_object_get(first(b, MODEL_VPN_TUNNEL), "ike")));
    json_decref(before);
    /* What must be there has no default. */
    assert_int_equal(CLI_REFUSED, run_file(b, "apply",
                                           "{kind: customerGateway, region: r1, name: c, "
                                           "addresses: null}"));
    assert_int_equal(CLI_REFUSED,
                     run_file(b, "apply", "{kind: vpc, region: r1, name: v, colour: null}"));
}

/* ---- what is printed ---- */

static const char everything[] =
    "- {kind: region, id: n, publicPools: [203.0.113.0/28]}\n"
    "- {kind: vpc, region: n, name: v, cidr: 10.1.0.0/16, tags: {a: b}}\n"
    "- {kind: routeTable, region: n, name: rt, vpcId: v, routes: [{destination: 0.0.0.0/0,\n"
    "   nextHop: nat}], propagations: [{borderGatewayId: g, range: 10.0.0.0/8}]}\n"
    "- {kind: subnet, region: n, name: s, vpcId: v, cidr: 10.1.1.0/24, routeTableId: rt}\n"
    "- {kind: instance, region: n, name: nat, subnetId: s, attachment: tap}\n"
    "- {kind: borderGateway, region: n, name: g}\n"
    "- {kind: vpcAttachment, region: n, name: a, borderGatewayId: g, vpcId: v}\n"
    "- {kind: customerGateway, region: n, name: c, addresses: [192.0.2.1]}\n"
    "- {kind: vpnConnection, region: n, name: x, borderGatewayId: g, customerGatewayId: c}\n"
    "- {kind: vpnTunnel, region: n, name: t, vpnConnectionId: x, adminState: down}\n"
    "- {kind: borderGatewayRoute, region: n, name: r, borderGatewayId: g, destination: \n"
    "   10.2.0.0/16, nextHop: x}\n";

/* One list after the other, as documents of one file. */
static void print_all(struct bench *b, struct buf *all)
{
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);

        assert_int_equal(0, run(b, "%s list --region n -o yaml", kind->noun));
        buf_printf(all, "---\n%s", b->out);
    }
}

static void test_lists_can_be_applied(void **state)
{
    static const char *const formats[] = {"json", "yaml"};
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", everything));
    b->oper_state = "negotiating"; /* what is printed is not what will be shown then */
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);

        for (size_t f = 0; f < ARRAY_SIZE(formats); f++) {
            char *text;

            print_message("%s %s\n", kind->noun, formats[f]);
            assert_int_equal(0, run(b, "%s list --region n -o %s", kind->noun, formats[f]));
            text = strdup(b->out);
            assert_int_equal(0, run_file(b, "apply", text));
            assert_int_equal(0, b->changes);
            assert_int_equal(json_array_size(world_list(&b->w, (enum model_kind_id)i)),
                             count(b->out, "unchanged"));
            free(text);
            if (!json_array_size(world_list(&b->w, (enum model_kind_id)i)) || i == MODEL_REGION)
                continue;
            assert_int_equal(0, run(b, "%s get %s --region n -o %s", kind->noun,
                                    model_str(first(b, (enum model_kind_id)i), "id"), formats[f]));
            text = strdup(b->out);
            assert_int_equal(0, run_file(b, "apply", text));
            assert_int_equal(1, count(b->out, "unchanged"));
            assert_int_equal(0, b->changes);
            free(text);
        }
    }
}

/* Beside its sentences the server puts their codes and arguments; none is a wish. */
static void test_what_stands_beside_sentences(void **state)
{
    struct bench *b = *state;

    assert_int_equal(0, run_file(b, "apply", everything));
    assert_int_equal(
        0,
        run_file(b, "apply",
                 "[{kind: vpnTunnel, region: n, name: t, lastError: x, lastErrorCode: a.b,\n"
                 "  lastErrorArguments: {address: 192.0.2.1}, since: never, operState: up,\n"
                 "  conditions: [{type: ready, status: 'true', reasonCode: x, messageCode: y}]},\n"
                 " {kind: instance, region: n, name: nat, lastErrorCode: a.b, lastErrorArguments: "
                 "{}}]"));
    assert_int_equal(0, b->changes);
    assert_int_equal(2, count(b->out, "unchanged"));
}

/* Another region gets what the file of one that is gone says, with ids of its own. */
static void test_lists_bring_back_what_is_gone(void **state)
{
    struct bench *b = *state;
    struct buf all = {0};
    char old[64];

    assert_int_equal(0, run_file(b, "apply", everything));
    print_all(b, &all);
    (void)text_copy(old, sizeof(old), model_str(first(b, MODEL_VPC), "id"));
    assert_int_equal(0, run_file(b, "delete", buf_text(&all)));
    assert_int_equal(0, json_array_size(world_list(&b->w, MODEL_VPC)));
    assert_int_equal(0, run_file(b, "delete", buf_text(&all)));
    assert_int_equal(0, b->changes);
    applies_and_stays(b, buf_text(&all));
    assert_int_equal(1, json_array_size(world_list(&b->w, MODEL_VPC)));
    assert_string_not_equal(old, model_str(first(b, MODEL_VPC), "id"));
    assert_string_equal(model_str(first(b, MODEL_VPC), "id"),
                        model_str(first(b, MODEL_SUBNET), "vpcId"));
    buf_done(&all);
}

static void test_ids_identify(void **state)
{
    struct bench *b = *state;
    char text[256];
    const char *id;

    assert_int_equal(0, run(b, "vpc create --region r1 --name v --cidr 10.1.0.0/16"));
    assert_int_equal(0, run(b, "vpc create --region r1 --name v --cidr 10.2.0.0/16"));
    id = model_str(first(b, MODEL_VPC), "id");
    (void)text_printf(text, sizeof(text),
                      "{kind: vpc, regionId: r1, id: %s, name: new, revision: 9}", id);
    assert_int_equal(0, run_file(b, "apply", text));
    assert_string_equal("new", model_str(first(b, MODEL_VPC), "name"));
    (void)text_printf(text, sizeof(text),
                      "[{kind: vpc, region: r1, id: %s}, {kind: vpc, region: r1, "
                      "name: new}]",
                      model_str(first(b, MODEL_VPC), "id"));
    assert_int_equal(CLI_USAGE, run_file(b, "apply", text));
    assert_true(says(b->err, "described twice"));
    assert_int_equal(CLI_REFUSED,
                     run_file(b, "apply", "{kind: vpc, region: r1, id: vpc-zzzzzzzzzz}"));
    assert_true(says(b->err, "give it a name"));
    /* An id that is gone does not mean what has the name now. */
    assert_int_equal(0,
                     run_file(b, "delete", "{kind: vpc, region: r1, id: vpc-zzzzzzzzzz, name: v}"));
    assert_int_equal(2, json_array_size(world_list(&b->w, MODEL_VPC)));
    assert_int_equal(1, count(b->out, "absent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeps_what_an_attachment_made, setup, teardown),
        cmocka_unit_test_setup_teardown(test_propagations_of_the_file_come_and_go, setup, teardown),
        cmocka_unit_test_setup_teardown(test_concurrent_edits_are_not_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deleted_meanwhile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_update_by_name_is_guarded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_null_is_the_default, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_can_be_applied, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_stands_beside_sentences, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_bring_back_what_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ids_identify, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
