#include "samples.h"

#include <stdio.h>
#include <stdlib.h>

/* What the OpenAPI document says of fields beside their types: what forms are made of. */

static json_t *documents[WORDS_LANGS];

static int setup(void **state)
{
    (void)state;
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        documents[lang] = model_openapi(lang);
        assert_non_null(documents[lang]);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++)
        json_decref(documents[lang]);
    return 0;
}

static json_t *member(json_t *node, const char *a, const char *b)
{
    return json_object_get(json_object_get(node, a), b);
}

static json_t *schema_of(enum words_lang lang, const char *name)
{
    return json_object_get(member(documents[lang], "components", "schemas"), name);
}

/* "vpnTunnel", "ike", "version" */
static json_t *property(enum words_lang lang, const char *schema, const char *a, const char *b)
{
    json_t *p = member(schema_of(lang, schema), "properties", a);

    assert_non_null(p);
    return b ? member(p, "properties", b) : p;
}

/* ---- languages ---- */

static void check_named(enum words_lang lang, json_t *schema, const char *const label[WORDS_LANGS],
                        const char *const description[WORDS_LANGS])
{
    assert_string_equal(model_str(schema, "title"), label[lang]);
    assert_string_equal(model_str(schema, "description"), description[lang]);
    assert_string_equal(model_str(schema, "x-ropeway-title.en"), label[WORDS_EN]);
    assert_string_equal(model_str(schema, "x-ropeway-title.zh"), label[WORDS_ZH]);
    assert_string_equal(model_str(schema, "x-ropeway-description.en"), description[WORDS_EN]);
    assert_string_equal(model_str(schema, "x-ropeway-description.zh"), description[WORDS_ZH]);
}

static void check_table(enum words_lang lang, json_t *schema, const struct model_field *fields)
{
    for (const struct model_field *f = fields; f->name; f++) {
        json_t *p = member(schema, "properties", f->name);

        assert_non_null(p);
        check_named(lang, p, f->label, f->description);
        if (f->zero[WORDS_EN]) {
            assert_int_equal(f->type, MODEL_INT);
            assert_string_equal(model_str(p, "x-ropeway-zero.en"), f->zero[WORDS_EN]);
            assert_string_equal(model_str(p, "x-ropeway-zero.zh"), f->zero[WORDS_ZH]);
        }
        if (f->unit[WORDS_EN]) {
            assert_string_equal(model_str(p, "x-ropeway-unit.en"), f->unit[WORDS_EN]);
            assert_string_equal(model_str(p, "x-ropeway-unit.zh"), f->unit[WORDS_ZH]);
        }
        if (f->fields)
            check_table(lang, f->list ? json_object_get(p, "items") : p, f->fields);
    }
}

static void test_titles_are_in_the_readers_language(void **state)
{
    (void)state;
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        for (int i = 0; i < MODEL_KINDS; i++) {
            const struct model_kind *k = model_kind((enum model_kind_id)i);
            json_t *schema = schema_of(lang, k->name);

            check_named(lang, schema, k->label, k->description);
            check_table(lang, schema, model_common_fields(k));
            check_table(lang, schema, k->fields);
        }
    }
}

/* ---- headings ---- */

/* The order is that of the enum, and every field's heading is among its kind's. */
static void test_groups(void **state)
{
    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *k = model_kind((enum model_kind_id)i);
        json_t *schema = schema_of(WORDS_EN, k->name), *group, *p, *names = json_object();
        json_t *groups = json_object_get(schema, "x-ropeway-groups");
        const char *name;
        size_t at;

        json_array_foreach (groups, at, group) {
            assert_true(*model_str(group, "title.en") && *model_str(group, "title.zh"));
            json_object_set(names, model_str(group, "name"), group);
        }
        assert_int_equal(json_object_size(names), json_array_size(groups));
        json_object_foreach (json_object_get(schema, "properties"), name, p) {
            if (!model_find_field(k, name) || json_object_get(p, "title") == NULL)
                continue; /* codes and arguments beside a message, warnings */
            assert_non_null(json_object_get(names, model_str(p, "x-ropeway-group")));
        }
        json_decref(names);
    }
}

static void test_groups_of_a_tunnel(void **state)
{
    static const char *const order[] = {"general", "ike", "ipsec",  "dpd",   "probe",
                                        "startup", "mtu", "status", "record"};
    static const char *const fields[][2] = {{"localId", "general"}, {"adminState", "general"},
                                            {"psk", "ike"},         {"ike", "ike"},
                                            {"ipsec", "ipsec"},     {"dpd", "dpd"},
                                            {"probe", "probe"},     {"mssClamp", "mtu"},
                                            {"mtu", "mtu"},         {"initiate", "startup"}};
    json_t *groups = json_object_get(schema_of(WORDS_EN, "vpnTunnel"), "x-ropeway-groups");

    (void)state;
    assert_int_equal(json_array_size(groups), ARRAY_SIZE(order));
    for (size_t i = 0; i < ARRAY_SIZE(order); i++)
        assert_string_equal(model_str(json_array_get(groups, i), "name"), order[i]);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        assert_string_equal(
            model_str(property(WORDS_ZH, "vpnTunnelPatch", fields[i][0], NULL), "x-ropeway-group"),
            fields[i][1]);
    assert_null(
        json_object_get(property(WORDS_EN, "vpnTunnel", "ike", "version"), "x-ropeway-group"));
}

/* ---- values ---- */

/* Beside "enum", the same in the same order. */
static unsigned check_values(json_t *node)
{
    json_t *rows = json_object_get(node, "x-ropeway-values"), *row, *value;
    const char *key;
    unsigned found = rows != NULL;
    size_t i;

    json_array_foreach (rows, i, row) {
        assert_true(json_equal(json_object_get(row, "value"),
                               json_array_get(json_object_get(node, "enum"), i)));
        assert_true(*model_str(row, "label.en") && *model_str(row, "label.zh"));
    }
    json_object_foreach (node, key, value)
        found += check_values(value);
    return found;
}

static void test_values_say_what_they_mean(void **state)
{
    json_t *groups = json_object_get(property(WORDS_EN, "vpnTunnel", "ipsec", "dhGroups"), "items");
    json_t *modes = property(WORDS_EN, "vpnTunnel", "ike", "exchangeMode");
    json_t *row;
    size_t i;

    (void)state;
    assert_true(check_values(documents[WORDS_ZH]) > 40);
    json_array_foreach (json_object_get(groups, "x-ropeway-values"), i, row) {
        json_int_t group = json_integer_value(json_object_get(row, "value"));

        assert_int_equal(model_bool(row, "weak", false), group == 2 || group == 5);
        if (group == 14)
            assert_string_equal(model_str(row, "label.en"), "2048-bit MODP");
    }
    row = json_array_get(json_object_get(modes, "x-ropeway-values"), 1);
    assert_string_equal(model_str(row, "value"), "aggressive");
    assert_string_equal(model_str(row, "when.path"), "ike.version");
    assert_int_equal(json_integer_value(json_array_get(model_list(row, "when.values"), 0)), 1);
}

/* ---- conditions ---- */

static void test_conditions_are_data(void **state)
{
    static const struct {
        const char *schema, *a, *b, *key, *want;
    } cases[] = {
        {"instance", "interface", NULL, "x-ropeway-when",
         "{'path': 'attachment', 'values': ['tap', 'nic'], 'otherwise': 'refused', 'text': "
         "{'en': 'attachment is tap or nic', 'zh': 'attachment为tap或nic'}}"},
        {"instance", "interface", NULL, "x-ropeway-required-when",
         "{'path': 'attachment', 'values': ['nic'], 'text': "
         "{'en': 'attachment is nic', 'zh': 'attachment为nic'}}"},
        {"vpcAttachmentPatch", "subnetIds", NULL, "x-ropeway-when",
         "{'path': 'propagation', 'values': ['subnets'], 'otherwise': 'refused', 'text': "
         "{'en': 'propagation is subnets', 'zh': 'propagation为subnets'}}"},
        {"vpnTunnel", "ike", "exchangeMode", "x-ropeway-when",
         "{'path': 'ike.version', 'values': [1], 'otherwise': 'ignored', 'text': "
         "{'en': 'ike.version is 1', 'zh': 'ike.version为1'}}"},
        {"vpnTunnel", "ipsec", "integrity", "x-ropeway-when",
         "{'path': 'ipsec.encryption', 'values': ['aes128', 'aes256', 'aes192'], 'otherwise': "
         "'ignored', 'text': {'en': 'ipsec.encryption lists a cipher that is not AEAD', 'zh': "
         "'ipsec.encryption包含非AEAD加密算法'}}"},
        {"vpnTunnelPatch", "dpd", "action", "x-ropeway-when",
         "{'path': 'dpd.enabled', 'values': [true], 'otherwise': 'ignored', 'text': "
         "{'en': 'dpd.enabled is true', 'zh': 'dpd.enabled为true'}}"},
        {"vpnTunnel", "ike", "integrity", "x-ropeway-when", NULL},
        {"vpnTunnel", "ike", "integrity", "x-ropeway-required-when", NULL},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *got = json_object_get(property(WORDS_EN, cases[i].schema, cases[i].a, cases[i].b),
                                      cases[i].key);
        json_t *want;

        if (!cases[i].want) {
            assert_null(got);
            continue;
        }
        assert_int_equal(text_copy(text, sizeof(text), cases[i].want), 0);
        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        want = json_loads(text, 0, NULL);
        assert_non_null(want);
        if (!json_equal(want, got))
            fail_msg("%s: %s", cases[i].a, json_dumps(got, 0));
        json_decref(want);
    }
}

/* Each operation has a summary in both, of which the reader's is the plain one. */
static void test_operations_are_in_the_readers_language(void **state)
{
    const char *url, *method;
    json_t *path, *o;
    size_t count = 0;

    (void)state;
    for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++) {
        json_object_foreach (json_object_get(documents[lang], "paths"), url, path) {
            json_object_foreach (path, method, o) {
                const char *zh = model_str(o, "x-ropeway-summary.zh"), *c = zh;

                if (strcmp(method, "parameters") == 0)
                    continue;
                while (*c && !(*c & 0x80))
                    c++;
                if (!*c || !*model_str(o, "x-ropeway-summary.en"))
                    fail_msg("%s %s: '%s'", method, url, zh);
                assert_string_equal(model_str(o, "summary"),
                                    lang == WORDS_ZH ? zh : model_str(o, "x-ropeway-summary.en"));
                count++;
            }
        }
    }
    assert_true(count > 2 * 80);
}

/* ---- kinds and references ---- */

static void check_text(const json_t *got, const char *want)
{
    char *text = json_dumps(got, JSON_COMPACT);

    assert_non_null(text);
    assert_string_equal(text, want);
    free(text);
}

static void test_kinds_say_where_they_are(void **state)
{
    static const struct {
        const char *schema, *want;
    } cases[] = {
        {"vpnTunnel", "{\"collection\":\"vpnTunnels\",\"noun\":\"vpn-tunnel\",\"prefix\":"
                      "\"vpntun-\",\"scope\":\"region\"}"},
        {"node", "{\"collection\":\"nodes\",\"noun\":\"node\",\"prefix\":\"node-\",\"scope\":"
                 "\"region\"}"},
        {"region", "{\"collection\":\"regions\",\"noun\":\"region\",\"prefix\":\"\",\"scope\":"
                   "\"global\"}"},
        {"token", "{\"collection\":\"tokens\",\"noun\":\"token\",\"prefix\":\"tok-\",\"scope\":"
                  "\"global\"}"},
        {"user", "{\"collection\":\"users\",\"noun\":\"user\",\"prefix\":\"\",\"scope\":"
                 "\"global\"}"},
    };
    char url[96];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_text(json_object_get(schema_of(WORDS_ZH, cases[i].schema), "x-ropeway-kind"),
                   cases[i].want);
    for (int k = 0; k < MODEL_KINDS; k++) { /* what it says is a path of the document */
        json_t *says = json_object_get(schema_of(WORDS_EN, model_kind((enum model_kind_id)k)->name),
                                       "x-ropeway-kind");
        bool in_region = strcmp(model_str(says, "scope"), "region") == 0;

        snprintf(url, sizeof(url), "/v1/%s%s", in_region ? "regions/{region}/" : "",
                 model_str(says, "collection"));
        assert_non_null(member(documents[WORDS_EN], "paths", url));
    }
    assert_null(json_object_get(schema_of(WORDS_EN, "vpnTunnelPatch"), "x-ropeway-kind"));
    assert_null(json_object_get(schema_of(WORDS_EN, "problem"), "x-ropeway-kind"));
}

static void test_references_say_to_what(void **state)
{
    static const struct {
        const char *schema, *field, *to, *also; /* NULL: nothing */
    } cases[] = {
        {"vpnConnection", "borderGatewayId", "[\"borderGateways\"]", NULL},
        {"vpnConnectionPatch", "customerGatewayId", "[\"customerGateways\"]", NULL},
        {"borderGatewayRoute", "nextHop",
         "[\"vpcAttachments\",\"vpnConnections\",\"privateInterfaces\"]", "[\"blackhole\"]"},
        {"vpnConnection", "name", NULL, NULL},
        {"vpc", "cidr", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *p = property(WORDS_EN, cases[i].schema, cases[i].field, NULL);

        if (cases[i].to)
            check_text(json_object_get(p, "x-ropeway-refers-to"), cases[i].to);
        else
            assert_null(json_object_get(p, "x-ropeway-refers-to"));
        if (cases[i].also)
            check_text(json_object_get(p, "x-ropeway-also"), cases[i].also);
        else
            assert_null(json_object_get(p, "x-ropeway-also"));
    }
}

/* Each reference of each kind, in lists and by themselves. */
static void test_every_reference_says_so(void **state)
{
    size_t count = 0;

    (void)state;
    for (int k = 0; k < MODEL_KINDS; k++) {
        const struct model_kind *kind = model_kind((enum model_kind_id)k);

        for (const struct model_field *f = kind->fields; f->name; f++) {
            json_t *p = property(WORDS_EN, kind->name, f->name, NULL);
            json_t *to =
                json_object_get(f->list ? json_object_get(p, "items") : p, "x-ropeway-refers-to");
            unsigned refs = 0;

            for (size_t i = 0; i < json_array_size(to); i++)
                refs |=
                    1U << model_kind_by_collection(json_string_value(json_array_get(to, i)))->id;
            assert_int_equal(refs, f->refs);
            count += refs != 0;
        }
    }
    assert_true(count > 15);
    check_text(
        json_object_get(json_object_get(property(WORDS_EN, "token", "regions", NULL), "items"),
                        "x-ropeway-refers-to"),
        "[\"regions\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_titles_are_in_the_readers_language),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_groups_of_a_tunnel),
        cmocka_unit_test(test_values_say_what_they_mean),
        cmocka_unit_test(test_conditions_are_data),
        cmocka_unit_test(test_operations_are_in_the_readers_language),
        cmocka_unit_test(test_kinds_say_where_they_are),
        cmocka_unit_test(test_references_say_to_what),
        cmocka_unit_test(test_every_reference_says_so),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
