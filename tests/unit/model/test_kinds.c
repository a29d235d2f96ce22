#include "samples.h"

#include <ctype.h>
#include <stdio.h>

/* The tables themselves: every row must be usable by whoever reads them. */

static void check_table(const struct model_field *fields)
{
    for (const struct model_field *f = fields; f->name; f++) {
        print_message("  %s\n", f->name);
        assert_true(islower((unsigned char)f->name[0]));
        if (f->type == MODEL_ENUM || f->type == MODEL_GROUP)
            assert_non_null(f->values);
        if (f->type == MODEL_REF || f->type == MODEL_NEXT_HOP)
            assert_true(f->refs);
        if (f->type == MODEL_INT)
            assert_true(f->min < f->max);
        if (f->default_json) {
            json_t *usual = json_loads(f->default_json, JSON_DECODE_ANY, NULL);

            assert_non_null(usual);
            assert_int_equal(f->list, json_is_array(usual));
            json_decref(usual);
        }
        if (f->type == MODEL_OBJECT)
            check_table(f->fields);
    }
}

static int check_flag(void *arg, const char *path, const struct model_field *field)
{
    json_t *seen = arg;
    char flag[MODEL_FLAG_MAX];

    assert_int_equal(0, model_flag_name(path, field, flag));
    assert_null(json_object_get(seen, flag)); /* flags of one kind differ */
    json_object_set_new(seen, flag, json_true());
    return 0;
}

static void test_rows_are_complete(void **state)
{
    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *k = model_kind((enum model_kind_id)i);
        json_t *seen = json_object();

        print_message("%s\n", k->name);
        assert_int_equal(i, k->id);
        assert_ptr_equal(k, model_kind_by_name(k->name));
        assert_ptr_equal(k, model_kind_by_collection(k->collection));
        assert_ptr_equal(k, model_kind_by_noun(k->noun));
        check_table(model_common_fields(k));
        check_table(k->fields);
        assert_int_equal(0, model_each_field(k, check_flag, seen));
        json_decref(seen);
    }
}

static void test_kinds_are_told_by_id(void **state)
{
    static const struct {
        const char *id;
        int kind; /* -1: none */
    } cases[] = {
        {"bgw-aaaaaaaaaa", MODEL_BORDER_GATEWAY},
        {"bgwroute-aaaaaaaaaa", MODEL_BORDER_GATEWAY_ROUTE},
        {"vpc-aaaaaaaaaa", MODEL_VPC},
        {"vpcattach-aaaaaaaaaa", MODEL_VPC_ATTACHMENT},
        {"vpn-aaaaaaaaaa", MODEL_VPN_CONNECTION},
        {"vpntun-aaaaaaaaaa", MODEL_VPN_TUNNEL},
        {"pvif-aaaaaaaaaa", MODEL_PRIVATE_INTERFACE},
        {"i-aaaaaaaaaa", MODEL_INSTANCE},
        {"cn-north-1", -1},
        {"", -1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct model_kind *k = model_kind_of_id(cases[i].id);

        assert_int_equal(cases[i].kind, k ? (int)k->id : -1);
        if (k)
            assert_true(model_is_id(k, cases[i].id));
    }
    assert_false(model_is_id(model_kind(MODEL_VPC), "vpc-aaaaaaaaa"));
    assert_false(model_is_id(model_kind(MODEL_VPC), "vpc-aaaaaaaaaaa"));
    assert_false(model_is_id(model_kind(MODEL_VPC), "vpc-aaaaaaaa01"));
    assert_false(model_is_id(model_kind(MODEL_VPC), "vpc-../../../.."));
}

/* The id of a placement is that of what is placed. */
static void test_placements_are_not_told_by_id(void **state)
{
    const struct model_kind *placement = model_kind(MODEL_PLACEMENT);

    (void)state;
    assert_ptr_equal(placement, model_kind_by_collection("placements"));
    assert_true(model_is_id(placement, "bgw-aaaaaaaaaa"));
    assert_true(model_is_id(placement, "198.51.100.1"));
    assert_true(model_is_id(placement, "2001:db8::1"));
    assert_false(model_is_id(placement, "vpc-aaaaaaaaaa"));
    assert_false(model_is_id(placement, "bgw-aaaaaaaaa"));
    assert_false(model_is_id(placement, "cn-north-1"));
    assert_false(model_is_id(placement, ""));
    assert_null(model_kind_of_id("198.51.100.1"));
}

/* Codes are stored in structs: what was there keeps its place. */
static void test_states_nobody_confirmed(void **state)
{
    static const struct {
        enum model_kind_id kind;
        const char *path;
        size_t place;
    } cases[] = {{MODEL_NODE, "status", 2}, {MODEL_VPN_TUNNEL, "operState", 3}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct model_field *f = model_find_field(model_kind(cases[i].kind), cases[i].path);

        assert_string_equal("unknown", f->values[cases[i].place].name);
        assert_null(f->values[cases[i].place + 1].name);
    }
}

static void test_every_kind_has_conditions(void **state)
{
    /* What decodes as any kind. */
    json_t *resource = json_loads(
        "{\"id\": \"x\", \"vpcId\": \"x\", \"subnetId\": \"x\", \"borderGatewayId\": \"x\","
        " \"customerGatewayId\": \"x\", \"vpnConnectionId\": \"x\", \"nodeId\": \"x\", "
        "\"nextHop\": \"x\", \"interface\": \"x\", \"peerAddress\": \"192.0.2.2\","
        " \"cidr\": \"10.0.0.0/16\", \"destination\": \"10.0.0.0/16\", \"address\": \"10.0.0.4\","
        " \"addresses\": [\"192.0.2.1\"], \"cloudAddress\": \"192.0.2.1\","
        " \"customerAddress\": \"192.0.2.1\", \"cloudAddresses\": [\"192.0.2.1\"]}",
        0, NULL);
    json_t *status = json_pack("{s:i, s:[{s:s, s:s}]}", "observedRevision", 7, "conditions", "type",
                               "Ready", "status", "unknown"),
           *made = NULL;
    struct model_error error = {0};

    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)i);
        const struct model_field *f = model_find_field(kind, "conditions");
        struct model_resource *decoded;
        json_t *view;

        if (i == MODEL_PRIVATE_INTERFACE)
            json_object_set_new(resource, "address", json_string("192.0.2.1/30"));
        assert_int_equal(0, model_decode(kind, resource, &decoded, NULL));
        if (i == MODEL_PRIVATE_INTERFACE)
            json_object_set_new(resource, "address", json_string("192.0.2.1"));
        view = model_view(decoded, status, NULL);
        model_resource_unref(decoded);
        assert_true(f && f->list && f->access == MODEL_STATUS);
        assert_int_equal(7, model_int(view, "observedRevision", 0));
        assert_int_equal(1, json_array_size(model_list(view, "conditions")));
        json_decref(view);
    }
    /* Nobody can ask for them. */
    assert_int_equal(-EINVAL,
                     model_validate_create(model_kind(MODEL_NODE), status, &made, NULL, &error));
    assert_string_equal("read-only", error.type);
    model_error_done(&error);
    json_decref(status);
    json_decref(resource);
}

static void test_every_kind_has_its_noun(void **state)
{
    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *k = model_kind((enum model_kind_id)i);
        enum words_code code = model_kind_word(k).code;

        assert_int_not_equal(code, WORDS_FOREIGN);
        assert_string_equal(words_template(code, WORDS_EN), k->noun);
        assert_string_equal(words_template(code, WORDS_ZH), k->label[WORDS_ZH]);
    }
}

static void test_flag_names(void **state)
{
    static const struct {
        enum model_kind_id kind;
        const char *path, *flag;
    } cases[] = {
        {MODEL_VPN_CONNECTION, "borderGatewayId", "border-gateway"},
        {MODEL_VPC_ATTACHMENT, "subnetIds", "subnets"},
        {MODEL_VPC_ATTACHMENT, "routeTableIds", "route-tables"},
        {MODEL_VPN_TUNNEL, "ike.dhGroups", "ike-dh-groups"},
        {MODEL_VPN_TUNNEL, "ipsec.lifetimeSeconds", "ipsec-lifetime-seconds"},
        {MODEL_VPN_TUNNEL, "localId", "local-id"},
        {MODEL_VPN_TUNNEL, "copyParametersFrom", "copy-parameters-from"},
    };
    char flag[MODEL_FLAG_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct model_field *f = model_find_field(model_kind(cases[i].kind), cases[i].path);

        assert_non_null(f);
        assert_int_equal(0, model_flag_name(cases[i].path, f, flag));
        assert_string_equal(cases[i].flag, flag);
    }
    assert_null(model_find_field(model_kind(MODEL_VPN_TUNNEL), "ike.nothing"));
    assert_null(model_find_field(model_kind(MODEL_VPN_TUNNEL), "ike."));
    assert_null(model_find_field(model_kind(MODEL_ROUTE_TABLE), "routes.nextHop"));
}

/* Every "$ref" in the document leads somewhere. */
static void check_refs(const json_t *document, const json_t *node)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_object(node)) {
        json_object_foreach ((json_t *)node, key, value) {
            char section[32], name[64];

            if (strcmp(key, "$ref") != 0) {
                check_refs(document, value);
                continue;
            }
            assert_int_equal(
                2, sscanf(json_string_value(value), "#/components/%31[^/]/%63s", section, name));
            assert_non_null(json_object_get(
                json_object_get(json_object_get(document, "components"), section), name));
        }
    } else if (json_is_array(node)) {
        json_array_foreach (node, i, value)
            check_refs(document, value);
    }
}

static void test_openapi(void **state)
{
    json_t *doc = model_openapi(WORDS_EN);
    json_t *paths = json_object_get(doc, "paths");

    (void)state;
    assert_non_null(doc);
    assert_string_equal("3.1.0", model_str(doc, "openapi"));
    assert_int_equal(2 * (MODEL_KINDS + 2) + 43, json_object_size(paths));
    assert_non_null(json_object_get(paths, "/v1/regions/{region}/vpnTunnels/{id}/revealPsk"));
    assert_non_null(json_object_get(paths, "/v1/regions/{region}/vpnTunnels/{id}/log"));
    assert_non_null(json_object_get(
        json_object_get(paths, "/v1/regions/{region}/vpnConnections/{id}"), "patch"));
    assert_int_equal(4294967294, model_int(doc,
                                           "components.schemas.borderGateway.properties.asn."
                                           "maximum",
                                           0));
    /* Placements come and go with what is placed; they can only be moved. */
    assert_null(json_object_get(json_object_get(paths, "/v1/regions/{region}/placements"), "post"));
    assert_null(
        json_object_get(json_object_get(paths, "/v1/regions/{region}/placements/{id}"), "delete"));
    assert_non_null(
        json_object_get(json_object_get(paths, "/v1/regions/{region}/placements/{id}"), "patch"));
    /* The answer to a create holds the key, once; a change may replace it but not take it away. */
    assert_false(model_bool(doc, "components.schemas.vpnTunnel.properties.psk.writeOnly", false));
    assert_string_equal("string",
                        model_str(doc, "components.schemas.vpnTunnelPatch.properties.psk.type"));
    assert_string_equal("array",
                        model_str(doc, "components.schemas.vpnTunnel.properties.warnings.type"));
    assert_int_equal(1000000,
                     model_int(doc,
                               "components.schemas.region.properties.quotas.additionalProperties."
                               "maximum",
                               0));
    check_refs(doc, doc);
    json_decref(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_kinds_are_told_by_id),
        cmocka_unit_test(test_placements_are_not_told_by_id),
        cmocka_unit_test(test_states_nobody_confirmed),
        cmocka_unit_test(test_every_kind_has_conditions),
        cmocka_unit_test(test_flag_names),
        cmocka_unit_test(test_every_kind_has_its_noun),
        cmocka_unit_test(test_openapi),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
