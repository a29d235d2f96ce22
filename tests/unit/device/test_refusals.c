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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be),
        cmocka_unit_test(test_what_one_should_know),
        cmocka_unit_test(test_keys_appear_when_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
