#include "samples.h"

#include <ctype.h>
#include <stdlib.h>

/* What people read of the rows: it is there in both languages, and looks like its language; and the
 * conditions name what exists. */

/* ---- texts ---- */

static bool has_chinese(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0xe4 && (unsigned char)*text <= 0xe9)
            return true;
    }
    return false;
}

static bool is_plain(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            return false;
    }
    return true;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), tail = strlen(end);

    return len >= tail && strcmp(text + len - tail, end) == 0;
}

static void check_text(const char *owner, const char *const text[WORDS_LANGS], bool must)
{
    const char *en = text[WORDS_EN], *zh = text[WORDS_ZH];

    if (!en != !zh || (must && !en))
        fail_msg("%s lacks a text", owner);
    if (!en)
        return;
    if (!*en || !*zh || !is_plain(en) || !text_is_utf8(zh, strlen(zh)))
        fail_msg("%s: \"%s\", \"%s\"", owner, en, zh);
    if (ends_with(en, ".") || ends_with(zh, "。"))
        fail_msg("%s ends with a stop: \"%s\", \"%s\"", owner, en, zh);
    if (strstr(zh, ", ") || strstr(zh, "; ") || strstr(zh, ": ") || strstr(zh, " ("))
        fail_msg("%s has English punctuation in Chinese: \"%s\"", owner, zh);
}

/* A heading: sentence case; names such as MTU are the same in both. */
static void check_label(const char *owner, const char *const text[WORDS_LANGS])
{
    check_text(owner, text, true);
    if (islower((unsigned char)text[WORDS_EN][0]) || strlen(text[WORDS_EN]) > 40)
        fail_msg("%s: \"%s\" is no label", owner, text[WORDS_EN]);
    if (!has_chinese(text[WORDS_ZH]) && strcmp(text[WORDS_EN], text[WORDS_ZH]) != 0)
        fail_msg("%s: \"%s\" was not translated", owner, text[WORDS_ZH]);
}

static void check_description(const char *owner, const char *const text[WORDS_LANGS], bool must)
{
    check_text(owner, text, must);
    if (!text[WORDS_EN])
        return;
    if (islower((unsigned char)text[WORDS_EN][0]) || !has_chinese(text[WORDS_ZH]))
        fail_msg("%s: \"%s\", \"%s\"", owner, text[WORDS_EN], text[WORDS_ZH]);
}

static void check_values(const char *owner, const struct model_field *f)
{
    char name[256];

    for (const struct model_value *v = f->values; v->name; v++) {
        (void)text_printf(name, sizeof(name), "%s %s", owner, v->name);
        check_label(name, v->label);
        check_description(name, v->description, false);
        for (const struct model_value *other = f->values; other < v; other++)
            assert_string_not_equal(other->name, v->name);
        assert_ptr_equal(v, &f->values[model_value_code(f, v->name) - 1]);
    }
    assert_int_equal(model_value_code(f, "nothing"), 0);
}

static void check_fields(const char *owner, const struct model_field *fields)
{
    char name[192];

    for (const struct model_field *f = fields; f->name; f++) {
        (void)text_printf(name, sizeof(name), "%s.%s", owner, f->name);
        check_label(name, f->label);
        check_description(name, f->description, true);
        check_text(name, f->unit, false);
        assert_true(f->section < MODEL_SECTIONS);
        assert_int_equal(!f->values, f->type != MODEL_ENUM && f->type != MODEL_GROUP);
        if (f->values)
            check_values(name, f);
        if (f->fields)
            check_fields(name, f->fields);
    }
}

static void test_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++) {
        const struct model_kind *k = model_kind((enum model_kind_id)i);

        check_label(k->name, k->label);
        check_description(k->name, k->description, true);
        check_fields(k->name, model_common_fields(k));
        check_fields(k->name, k->fields);
    }
    for (const struct model_quota *q = model_quotas(); q->name; q++)
        check_description(q->name, q->description, true);
}

static void test_headings(void **state)
{
    (void)state;
    for (enum model_section_id id = 0; id < MODEL_SECTIONS; id++) {
        const struct model_section *s = model_section(id);

        assert_int_equal(s->id, id);
        check_label(s->name, s->title);
        for (enum model_section_id other = 0; other < id; other++)
            assert_string_not_equal(s->name, model_section(other)->name);
    }
}

/* ---- codes ---- */

/* What is stored is a place: it never changes, and what is new comes last. */
static void test_values_keep_their_places(void **state)
{
    static const struct {
        enum model_kind_id kind;
        const char *path;
        const char *names[16];
    } cases[] = {
        {MODEL_NODE, "roles", {"gateway", "compute"}},
        {MODEL_NODE, "status", {"online", "offline", "unknown"}},
        {MODEL_INSTANCE, "attachment", {"netns", "tap", "nic"}},
        {MODEL_INSTANCE, "status", {"unknown", "starting", "running", "failed"}},
        {MODEL_VPC_ATTACHMENT, "propagation", {"all", "subnets", "none"}},
        {MODEL_VPN_CONNECTION, "addressFamily", {"ipv4", "ipv6", "dual"}},
        {MODEL_VPN_CONNECTION, "routing", {"bgp", "static"}},
        {MODEL_VPN_CONNECTION, "bgp.overLimit", {"warn", "shut"}},
        {MODEL_VPN_CONNECTION, "highAvailability", {"available", "unavailable"}},
        {MODEL_VPN_TUNNEL, "adminState", {"up", "down"}},
        {MODEL_VPN_TUNNEL, "operState", {"down", "negotiating", "up", "unknown"}},
        {MODEL_VPN_TUNNEL, "ike.exchangeMode", {"main", "aggressive"}},
        {MODEL_VPN_TUNNEL,
         "ike.encryption",
         {"aes128", "aes256", "aes192", "aes128gcm16", "aes256gcm16", "chacha20poly1305"}},
        {MODEL_VPN_TUNNEL, "ike.integrity", {"sha256", "sha1", "sha384", "sha512"}},
        {MODEL_VPN_TUNNEL,
         "ike.dhGroups",
         {"14", "19", "20", "21", "31", "2", "5", "15", "16", "18"}},
        {MODEL_VPN_TUNNEL,
         "ike.additionalKeyExchanges",
         {"14", "19", "20", "21", "31", "2", "5", "15", "16", "18", "mlkem768", "mlkem1024",
          "mlkem512", "none"}},
        {MODEL_VPN_TUNNEL,
         "ipsec.dhGroups",
         {"14", "19", "20", "21", "31", "2", "5", "15", "16", "18", "none"}},
        {MODEL_VPN_TUNNEL, "ipsec.mode", {"tunnel"}},
        {MODEL_VPN_TUNNEL, "dpd.action", {"restart", "clear", "none"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct model_field *f = model_find_field(model_kind(cases[i].kind), cases[i].path);
        size_t n = 0;

        for (; cases[i].names[n]; n++)
            assert_string_equal(f->values[n].name, cases[i].names[n]);
        assert_null(f->values[n].name);
    }
}

/* ---- conditions ---- */

struct visit {
    const struct model_kind *kind;
    unsigned conditions;
};

static void check_condition(struct visit *v, const char *path, const struct model_when *when)
{
    const struct model_field *other = model_find_field(v->kind, when->path);
    size_t n = 0;

    v->conditions++;
    print_message("  %s: %s\n", path, when->path);
    assert_non_null(other);
    assert_string_not_equal(path, when->path);
    assert_true(other->access == MODEL_EDITABLE || other->access == MODEL_CREATE_ONLY);
    /* It always has a value, unless being given is what counts. */
    assert_true((when->values[0] || when->lacks) == (other->default_json != NULL));
    for (; when->values[n]; n++) {
        assert_true(n + 1 < ARRAY_SIZE(when->values));
        assert_true(other->type == MODEL_INT || other->type == MODEL_BOOL ||
                    model_value_code(other, when->values[n]));
    }
    if (!n) {
        assert_true(when->lacking && (!when->lacks || other->values));
        assert_true(has_chinese(words_template(when->lacking, WORDS_ZH)));
    }
}

static int check_conditions(void *arg, const char *path, const struct model_field *f)
{
    struct visit *v = arg;

    if (f->flags & MODEL_REFUSED)
        assert_non_null(f->when);
    if (f->when)
        check_condition(v, path, f->when);
    if (f->needed) {
        check_condition(v, path, f->needed);
        assert_true(f->list || !f->default_json);
        assert_false(f->flags & (MODEL_REQUIRED | MODEL_ALLOCATED));
    }
    for (const struct model_value *value = f->values; value && value->name; value++) {
        if (value->when)
            check_condition(v, path, value->when);
    }
    /* Nothing looks into the elements of lists. */
    for (const struct model_field *member = f->fields; member && member->name; member++)
        assert_true(!member->when && !member->needed);
    return 0;
}

static void test_conditions_name_what_there_is(void **state)
{
    struct visit v = {0};

    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++) {
        v.kind = model_kind((enum model_kind_id)i);
        assert_int_equal(0, model_each_field(v.kind, check_conditions, &v));
    }
    assert_int_equal(v.conditions, 51);
}

/* What is weak is never offered unasked. */
static int check_default(void *arg, const char *path, const struct model_field *f)
{
    json_t *usual = f->default_json ? json_loads(f->default_json, JSON_DECODE_ANY, NULL) : NULL;
    unsigned *weak = arg;

    for (const struct model_value *v = f->values; v && v->name; v++) {
        size_t i;
        json_t *item;

        if (!(v->flags & MODEL_WEAK))
            continue;
        ++*weak;
        assert_false(v->flags & MODEL_RECOMMENDED);
        json_array_foreach (usual, i, item) {
            if (json_is_integer(item) ? json_integer_value(item) == atoi(v->name)
                                      : strcmp(json_string_value(item), v->name) == 0)
                fail_msg("%s has %s by default", path, v->name);
        }
    }
    json_decref(usual);
    return 0;
}

static void test_weak_values_are_no_defaults(void **state)
{
    unsigned weak = 0;

    (void)state;
    for (int i = 0; i < MODEL_KINDS; i++)
        assert_int_equal(0,
                         model_each_field(model_kind((enum model_kind_id)i), check_default, &weak));
    assert_int_equal(weak, 8); /* sha1, 2 and 5, of IKE and of IPsec */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_languages),
        cmocka_unit_test(test_headings),
        cmocka_unit_test(test_values_keep_their_places),
        cmocka_unit_test(test_conditions_name_what_there_is),
        cmocka_unit_test(test_weak_values_are_no_defaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
