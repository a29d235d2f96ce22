#include "samples.h"

#include <stdio.h>
#include <stdlib.h>

/* Fields that matter only while another has a certain value. */

static json_t *parse(const char *text)
{
    char copy[1024];
    json_t *made;

    assert_int_equal(text_copy(copy, sizeof(copy), text), 0);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    made = json_loads(copy, 0, NULL);
    assert_non_null(made);
    return made;
}

/* What a create request comes to: the sentence and its field, or "" twice. */
struct outcome {
    char field[128];
    char said[WORDS_LANGS][WORDS_TEXT_MAX];
    json_t *made;
    json_t *warnings; /* written */
};

static void outcome_done(struct outcome *o)
{
    json_decref(o->made);
    json_decref(o->warnings);
}

static struct outcome try(enum model_kind_id kind, const char *request)
{
    struct outcome o = {.warnings = json_array()};
    struct model_error error = {0};
    json_t *in = parse(request);

    if (model_validate_create(model_kind(kind), in, &o.made, o.warnings, &error) < 0) {
        (void)text_copy(o.field, sizeof(o.field), error.field);
        for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++)
            words_say_written(error.rule, lang, o.said[lang], WORDS_TEXT_MAX);
        assert_string_equal(error.type, "invalid-value");
        assert_int_equal(error.status, 400);
    }
    model_error_done(&error);
    json_decref(in);
    return o;
}

#define INSTANCE   "'subnetId': 'subnet-aaaaaaaaaa'"
#define ATTACHMENT "'borderGatewayId': 'bgw-aaaaaaaaaa', 'vpcId': 'vpc-aaaaaaaaaa'"
#define TUNNEL     "'vpnConnectionId': 'vpn-aaaaaaaaaa'"

static void test_what_is_said(void **state)
{
    static const struct {
        enum model_kind_id kind;
        const char *request, *field, *said[WORDS_LANGS];
    } cases[] = {
        {MODEL_INSTANCE,
         "{" INSTANCE ", 'attachment': 'nic'}",
         "interface",
         {"interface must be given when attachment is nic.",
          "attachment为nic时，必须给出interface。"}},
        {MODEL_INSTANCE,
         "{" INSTANCE ", 'interface': 'eth1'}",
         "interface",
         {"interface is only given when attachment is tap or nic.",
          "只有attachment为tap或nic时才给出interface。"}},
        {MODEL_VPC_ATTACHMENT,
         "{" ATTACHMENT ", 'propagation': 'subnets'}",
         "subnetIds",
         {"subnetIds must not be empty when propagation is subnets.",
          "propagation为subnets时，subnetIds不能为空。"}},
        {MODEL_VPC_ATTACHMENT,
         "{" ATTACHMENT ", 'subnetIds': ['subnet-aaaaaaaaaa']}",
         "subnetIds",
         {"subnetIds is only given when propagation is subnets.",
          "只有propagation为subnets时才给出subnetIds。"}},
        {MODEL_VPN_TUNNEL,
         "{" TUNNEL ", 'ike': {'exchangeMode': 'aggressive'}}",
         "ike.exchangeMode",
         {"ike.exchangeMode can be aggressive only when ike.version is 1.",
          "只有ike.version为1时ike.exchangeMode才能为aggressive。"}},
        {MODEL_INSTANCE, "{" INSTANCE ", 'attachment': 'nic', 'interface': 'eth1'}", "", {"", ""}},
        {MODEL_INSTANCE, "{" INSTANCE ", 'attachment': 'tap', 'interface': 'eth1'}", "", {"", ""}},
        {MODEL_INSTANCE, "{" INSTANCE ", 'attachment': 'tap'}", "", {"", ""}},
        {MODEL_INSTANCE, "{" INSTANCE "}", "", {"", ""}},
        {MODEL_VPC_ATTACHMENT,
         "{" ATTACHMENT ", 'propagation': 'subnets', 'subnetIds': ['subnet-aaaaaaaaaa']}",
         "",
         {"", ""}},
        {MODEL_VPC_ATTACHMENT,
         "{" ATTACHMENT ", 'propagation': 'none', 'subnetIds': []}",
         "",
         {"", ""}},
        {MODEL_VPN_TUNNEL, "{" TUNNEL ", 'ike': {'exchangeMode': 'main'}}", "", {"", ""}},
        {MODEL_VPN_TUNNEL,
         "{" TUNNEL ", 'ike': {'version': 1, 'exchangeMode': 'aggressive'}}",
         "",
         {"", ""}},
        /* Without effect, but stored. */
        {MODEL_VPN_TUNNEL,
         "{" TUNNEL ", 'dpd': {'enabled': false, 'action': 'clear'}}",
         "",
         {"", ""}},
        {MODEL_VPN_TUNNEL,
         "{" TUNNEL ", 'ipsec': {'encryption': ['aes128gcm16'], 'integrity': ['sha1']}}",
         "",
         {"", ""}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct outcome o = try(cases[i].kind, cases[i].request);

        print_message("%s\n", cases[i].request);
        assert_string_equal(o.field, cases[i].field);
        for (enum words_lang lang = 0; lang < WORDS_LANGS; lang++)
            assert_string_equal(o.said[lang], cases[i].said[lang]);
        outcome_done(&o);
    }
}

/* A change of one field may take the ground from under another. */
static void test_changes(void **state)
{
    static const struct {
        const char *patch;
        bool fits;
    } cases[] = {
        {"{'propagation': 'all'}", false},
        {"{'propagation': 'all', 'subnetIds': null}", true},
        {"{'propagation': 'all', 'subnetIds': []}", true},
        {"{'subnetIds': []}", false},
        {"{'propagation': null}", false},
        {"{'name': 'a'}", true},
    };
    const struct model_kind *kind = model_kind(MODEL_VPC_ATTACHMENT);
    json_t *current = sample_json(
        MODEL_VPC_ATTACHMENT, "vpcattach-aaaaaaaaaa",
        "{" ATTACHMENT ", 'propagation': 'subnets', 'subnetIds': ['subnet-aaaaaaaaaa']}");

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *patch = parse(cases[i].patch), *made = NULL;
        struct model_error error = {0};

        assert_int_equal(model_validate_update(kind, current, patch, &made, NULL, &error),
                         cases[i].fits ? 0 : -EINVAL);
        if (!cases[i].fits)
            assert_string_equal(error.field, "subnetIds");
        model_error_done(&error);
        json_decref(made);
        json_decref(patch);
    }
    json_decref(current);
}

/* ---- warnings ---- */

static bool warns(const struct outcome *o, const char *sentence)
{
    char said[WORDS_TEXT_MAX];
    json_t *item;
    size_t i;

    json_array_foreach (o->warnings, i, item) {
        if (strcmp(words_say_written(json_string_value(item), WORDS_EN, said, sizeof(said)),
                   sentence) == 0)
            return true;
    }
    return false;
}

static void test_weak_values_warn(void **state)
{
    static const struct {
        const char *request, *sentence;
        bool warns;
    } cases[] = {
        {"{" TUNNEL ", 'ike': {'dhGroups': [14, 2]}}", "ike.dhGroups lists group 2, which is weak.",
         true},
        {"{" TUNNEL ", 'ipsec': {'dhGroups': [5, 'none']}}",
         "ipsec.dhGroups lists group 5, which is weak.", true},
        {"{" TUNNEL ", 'ike': {'integrity': ['sha1']}}", "ike.integrity lists sha1, which is weak.",
         true},
        {"{" TUNNEL ", 'ipsec': {'integrity': ['sha256', 'sha1']}}",
         "ipsec.integrity lists sha1, which is weak.", true},
        /* IKE takes its PRF from there whatever the cipher; ESP does not. */
        {"{" TUNNEL ", 'ike': {'encryption': ['aes128gcm16'], 'integrity': ['sha1']}}",
         "ike.integrity lists sha1, which is weak.", true},
        {"{" TUNNEL ", 'ipsec': {'encryption': ['aes128gcm16'], 'integrity': ['sha1']}}",
         "ipsec.integrity lists sha1, which is weak.", false},
        {"{" TUNNEL "}", "ike.dhGroups lists group 14, which is weak.", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct outcome o = try(MODEL_VPN_TUNNEL, cases[i].request);

        print_message("%s\n", cases[i].request);
        assert_int_equal(warns(&o, cases[i].sentence), cases[i].warns);
        assert_int_equal(json_array_size(o.warnings), cases[i].warns ? 1 : 0);
        outcome_done(&o);
    }
}

/* ---- against a naive twin ---- */

static unsigned seed = 1;

static unsigned pick(unsigned n)
{
    return (unsigned)rand_r(&seed) % n;
}

/* The field that is refused; "" if none is. */
static void try_instance(void)
{
    static const char *const attachments[] = {"netns", "tap", "nic"};
    unsigned a = pick(3);
    bool named = pick(2);
    char request[256];
    struct outcome o;

    snprintf(request, sizeof(request), "{" INSTANCE ", 'attachment': '%s'%s}", attachments[a],
             named ? ", 'interface': 'eth1'" : "");
    o = try(MODEL_INSTANCE, request);
    assert_string_equal(o.field, (a == 0 && named) || (a == 2 && !named) ? "interface" : "");
    outcome_done(&o);
}

static void try_attachment(void)
{
    static const char *const ways[] = {"all", "subnets", "none"};
    unsigned way = pick(3);
    bool some = pick(2);
    char request[256];
    struct outcome o;

    snprintf(request, sizeof(request), "{" ATTACHMENT ", 'propagation': '%s', 'subnetIds': [%s]}",
             ways[way], some ? "'subnet-aaaaaaaaaa'" : "");
    o = try(MODEL_VPC_ATTACHMENT, request);
    assert_string_equal(o.field, (way == 1) != some ? "subnetIds" : "");
    outcome_done(&o);
}

/* Each field of a tunnel that matters only sometimes, as one would write it by hand. */
static void compare_tunnel(const json_t *t, bool v1, bool dpd, bool cbc)
{
    const struct {
        const char *path;
        bool matters;
    } expected[] = {{"ike.additionalKeyExchanges", !v1},
                    {"ike.exchangeMode", v1},
                    {"dpd.intervalSeconds", dpd},
                    {"dpd.timeoutSeconds", dpd},
                    {"dpd.action", dpd},
                    {"ipsec.integrity", cbc},
                    {"ike.integrity", true},
                    {"ipsec.encryption", true},
                    {"dpd.enabled", true},
                    {"ike.version", true},
                    {"ipsec.lifetimeBytes", true}};
    const struct model_kind *kind = model_kind(MODEL_VPN_TUNNEL);

    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        const struct model_field *f = model_find_field(kind, expected[i].path);

        assert_int_equal(!f->when || model_when_holds(kind, f->when, t), expected[i].matters);
    }
}

static void try_tunnel(void)
{
    static const char *const ciphers[] = {"aes128",      "aes192",      "aes256",
                                          "aes128gcm16", "aes256gcm16", "chacha20poly1305"};
    bool v1 = pick(2), aggressive = pick(2), dpd = pick(2), cbc = false;
    unsigned listed = 1 + pick(63); /* a set */
    char request[512], list[256] = "";
    struct outcome o;
    size_t len = 0;

    for (unsigned i = 0; i < 6; i++) {
        if (!(listed & 1U << i))
            continue;
        cbc |= i < 3;
        len +=
            (size_t)snprintf(list + len, sizeof(list) - len, "%s'%s'", len ? ", " : "", ciphers[i]);
    }
    snprintf(request, sizeof(request),
             "{" TUNNEL ", 'ike': {'version': %d, 'exchangeMode': '%s'}, 'dpd': {'enabled': %s}, "
             "'ipsec': {'encryption': [%s]}}",
             v1 ? 1 : 2, aggressive ? "aggressive" : "main", dpd ? "true" : "false", list);
    o = try(MODEL_VPN_TUNNEL, request);
    assert_string_equal(o.field, aggressive && !v1 ? "ike.exchangeMode" : "");
    if (o.made)
        compare_tunnel(o.made, v1, dpd, cbc);
    outcome_done(&o);
}

static void test_random_resources_agree_with_a_naive_check(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        try_instance();
        try_attachment();
        try_tunnel();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_said),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_weak_values_warn),
        cmocka_unit_test(test_random_resources_agree_with_a_naive_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
