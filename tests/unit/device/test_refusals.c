#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lab.h"

/* What a platform cannot do or say is refused with the member it is about. */

static void test_what_cannot_be(void **state)
{
    static const struct {
        const char *platform;
        struct lab_case c;
        const char *field, *says;
    } rows[] = {
        {"openiked",
         {.connection = "'routing': 'static'", .tunnel = "'ike': {'version': 1}", .tunnels = 1},
         "ike.version",
         "OpenIKED does not speak IKEv1: change ike.version."},
        {"openiked",
         {.connection = "'routing': 'static'", .remote_id = "keyid:x", .tunnels = 1},
         "remoteId",
         "OpenIKED has no identity of the type keyid: change remoteId."},
        {"openiked",
         {.connection = "'routing': 'static'",
          .tunnel = "'ike': {'encryption': ['chacha20poly1305']}",
          .tunnels = 1},
         "ike.encryption",
         "OpenIKED has nothing of what ike.encryption allows (chacha20poly1305): allow something "
         "else."},
        {"libreswan",
         {.connection = "'routing': 'static'", .local_id = "a#b@example.com", .tunnels = 1},
         "localId",
         "A configuration of libreswan has no way to write the localId of tunnel-1: take one of "
         "letters, digits, dots and underscores."},
        {"frr",
         {.connection = "'routing': 'static'", .tunnels = 1},
         "",
         "The configuration for FRR is about BGP, and VPN connection branch routes statically: set "
         "its routing to bgp, or choose another platform."},
        {"frr",
         {.connection = "'routing': 'bgp', 'bgpPassword': 'sealed'",
          .tunnels = 1,
          .bgp_password = "two words"},
         "bgpPassword",
         "A configuration of FRR has no way to write the bgpPassword of tunnel-1: take one of "
         "letters, digits, dots and underscores."},
        {"strongswan-swanctl",
         {.connection = "'routing': 'static'"},
         "",
         "VPN connection branch has no tunnel: add one, then ask again."},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct device_answer a = {0};
        char text[WORDS_TEXT_MAX];

        assert_int_equal(lab_ask(&rows[i].c, rows[i].platform, &a), -EDOM);
        assert_string_equal(words_say_written(a.refusal, WORDS_EN, text, sizeof(text)),
                            rows[i].says);
        assert_string_equal(a.refused_field, rows[i].field);
        assert_int_equal(a.text.len, 0);
        device_answer_done(&a);
    }
}

static bool warns(const struct device_answer *a, const char *code)
{
    const json_t *warning;
    size_t i;

    json_array_foreach (a->warnings, i, warning) {
        struct words_read read;
        char buf[WORDS_CODE_MAX];

        if (strcmp(words_code(words_read(json_string_value(warning), &read), buf), code) == 0)
            return true;
    }
    return false;
}

static void test_what_one_should_know(void **state)
{
    static const struct {
        struct lab_case c;
        const char *platform, *code;
    } rows[] = {
        {{.connection = "'routing': 'static'", .tunnels = 1, .hidden = true},
         "strongswan-swanctl",
         "device.key-hidden"},
        {{.connection = "'routing': 'static'", .tunnels = 1, .unknown = true},
         "strongswan-swanctl",
         "device.no-customer-network"},
        {{.connection = "'routing': 'static'", .tunnels = 1, .unknown = true},
         "strongswan-swanctl",
         "device.no-cloud-network"},
        {{.connection = "'routing': 'static'",
          .tunnel = "'customerAddress': '0.0.0.0'",
          .tunnels = 1},
         "strongswan-swanctl",
         "device.address-changes"},
        {{.connection = "'routing': 'bgp'", .tunnels = 1}, "strongswan-swanctl", "device.no-bgp"},
        {{.connection = "'routing': 'bgp', 'bgpPassword': 'sealed'", .tunnels = 1, .hidden = true},
         "bird",
         "device.bgp-password-hidden"},
        {{.connection = "'routing': 'bgp', 'bgpPassword': 'sealed'", .tunnels = 1},
         "azure",
         "device.no-bgp-password"},
        {{.connection = "'routing': 'bgp', 'bfd': {'enabled': true}", .tunnels = 1},
         "cisco-asa",
         "device.no-bfd"},
        {{.connection = "'routing': 'static'", .tunnels = 1}, "openiked", "device.left-out"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct device_answer a = {0};

        assert_int_equal(lab_ask(&rows[i].c, rows[i].platform, &a), 0);
        assert_true(warns(&a, rows[i].code));
        device_answer_done(&a);
    }
}

/* Without keys none is there, with them only the own one. */
static void test_keys_appear_when_asked_for(void **state)
{
    struct lab_case c = {.connection = "'routing': 'bgp'", .tunnels = 2, .psk = "s3cret.of.mine"};

    (void)state;
    for (const struct device_platform *p = NULL; (p = device_next_platform(p));) {
        struct device_answer a = {0};
        int r;

        c.hidden = true;
        r = lab_ask(&c, p->id, &a);
        assert_null(strstr(buf_text(&a.text), "s3cret"));
        if (r == 0 && strcmp(p->id, "frr") != 0 && strcmp(p->id, "bird") != 0)
            assert_non_null(strstr(buf_text(&a.text), "reveal_psk_of_vpntun_aaaaaaaaaa"));
        device_answer_done(&a);
        c.hidden = false;
        r = lab_ask(&c, p->id, &a);
        if (r == 0 && strcmp(p->id, "frr") != 0 && strcmp(p->id, "bird") != 0)
            assert_non_null(strstr(buf_text(&a.text), "s3cret.of.mine"));
        assert_null(strstr(buf_text(&a.text), "reveal_psk_of"));
        device_answer_done(&a);
    }
}

static size_t lines_of(const struct device_answer *a)
{
    size_t lines = 0;

    for (size_t i = 0; i < a->text.len; i++)
        lines += a->text.data[i] == '\n';
    return lines;
}

/* Each platform refuses a value or gives as many lines as with a harmless one. */
static void test_hostile_values_on_every_platform(void **state)
{
    static const char *const texts[] = {
        "a\"b'c\\d`e",    "$(reboot) && {{psk}}", "# a ; b ! c ? d", "0x616263646566",
        "0sYWJjZGVmZ2g=", " blanks around ",      "a=b:c/d@e.f-g_h", "%any @#61 *~^&,|<>()[]"};
    size_t given = 0, refused = 0;

    (void)state;
    for (const struct device_platform *p = NULL; (p = device_next_platform(p));) {
        for (size_t i = 0; i < 4 * ARRAY_SIZE(texts); i++) {
            const char *routing = i % 2 ? "'routing': 'bgp'" : "'routing': 'static'";
            char id[64];
            struct lab_case tame = {.connection = routing, .description = "d", .tunnels = 2};
            struct lab_case hostile = tame;
            struct device_answer a = {0}, b = {0};

            (void)text_printf(id, sizeof(id), "keyid:%s", texts[i / 4]);
            hostile.psk = texts[i / 4];
            hostile.description = "a\n}\n\x1b[2J";
            hostile.remote_id = i % 4 < 2 ? id : NULL;
            tame.remote_id = i % 4 < 2 ? "keyid:branch" : NULL;
            if (lab_ask(&hostile, p->id, &a) == 0 && lab_ask(&tame, p->id, &b) == 0) {
                given++;
                assert_int_equal(lines_of(&a), lines_of(&b));
                assert_null(strchr(buf_text(&a.text), 0x1b));
            } else {
                refused++;
                assert_int_equal(a.text.len, 0);
                assert_true(*a.refusal);
            }
            device_answer_done(&a);
            device_answer_done(&b);
        }
    }
    assert_true(given > 100 && refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be),
        cmocka_unit_test(test_what_one_should_know),
        cmocka_unit_test(test_keys_appear_when_asked_for),
        cmocka_unit_test(test_hostile_values_on_every_platform),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
