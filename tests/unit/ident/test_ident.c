#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "ident.h"

static void test_from_text(void **state)
{
    static const struct {
        const char *text;
        uint8_t type; /* 0: refused */
        const char *data;
        size_t len;        /* 0: of the text */
        const char *shown; /* NULL: as it was given */
    } cases[] = {
        {"10.0.0.1", IDENT_IPV4, "\x0a\0\0\1", 4, NULL},
        {"ipv4:10.0.0.1", IDENT_IPV4, "\x0a\0\0\1", 4, "10.0.0.1"},
        {"fd00::1", IDENT_IPV6, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, NULL},
        {"ipv6:FD00::1", IDENT_IPV6, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16, "fd00::1"},
        {"vpn.example.com", IDENT_FQDN, "vpn.example.com", 0, NULL},
        {"gateway", IDENT_FQDN, "gateway", 0, NULL},
        {"fqdn:vpn.example.com", IDENT_FQDN, "vpn.example.com", 0, "vpn.example.com"},
        {"fqdn:203.0.113.66", IDENT_FQDN, "203.0.113.66", 0, NULL},
        {"fqdn:a b", IDENT_FQDN, "a b", 0, NULL},
        {"fqdn:a@b", IDENT_FQDN, "a@b", 0, NULL},
        {"fqdn:#00ff", IDENT_FQDN, "\0\xff", 2, NULL},
        {"a+b@example.com", IDENT_EMAIL, "a+b@example.com", 0, NULL},
        {"email:a@example.com", IDENT_EMAIL, "a@example.com", 0, "a@example.com"},
        {"email:example.com", IDENT_EMAIL, "example.com", 0, NULL},
        {"keyid:site a", IDENT_KEY_ID, "site a", 0, NULL},
        {"keyid:0x00ff", IDENT_KEY_ID, "\0\xff", 2, NULL},
        {"keyid:0x6162", IDENT_KEY_ID, "ab", 2, "keyid:ab"},
        {"keyid:0x3078", IDENT_KEY_ID, "0x", 2, NULL},
        {"keyid:#61", IDENT_KEY_ID, "#61", 0, NULL},
        {"keyid:\xe5\x8c\x97", IDENT_KEY_ID, "\xe5\x8c\x97", 3, "keyid:0xe58c97"},
        {"dn:CN=a", IDENT_DN, "\x30\x0c\x31\x0a\x30\x08\6\3\x55\4\3\x13\1a", 14, NULL},
        {"dn:#0102", IDENT_DN, "\1\2", 2, NULL},
        {"gn:#8201ff", IDENT_GN, "\x82\1\xff", 3, NULL},
        {"id:201#00", 201, "\0", 1, NULL},
        {"id:2#6161", IDENT_FQDN, "aa", 0, "aa"},
        {"ipv4:#0102", IDENT_IPV4, "\1\2", 2, NULL},
        {"fqdn:", 0, NULL, 0, NULL},
        {"fqdn:#", 0, NULL, 0, NULL},
        {"fqdn:#abc", 0, NULL, 0, NULL},
        {"fqdn:\xc3\xbc", 0, NULL, 0, NULL},
        {"ipv4:fd00::1", 0, NULL, 0, NULL},
        {"ipv6:10.0.0.1", 0, NULL, 0, NULL},
        {"ipv4:a", 0, NULL, 0, NULL},
        {"dn:", 0, NULL, 0, NULL},
        {"dn:gw", 0, NULL, 0, NULL},
        {"gn:a", 0, NULL, 0, NULL},
        {"id:0#00", 0, NULL, 0, NULL},
        {"id:256#00", 0, NULL, 0, NULL},
        {"id:7", 0, NULL, 0, NULL},
        {"id:#00", 0, NULL, 0, NULL},
        {"", 0, NULL, 0, NULL},
        {"10.0.0", 0, NULL, 0, NULL},
        {"10.0.0.256", 0, NULL, 0, NULL},
        {"-a.example", 0, NULL, 0, NULL},
        {"a..b", 0, NULL, 0, NULL},
        {"a.", 0, NULL, 0, NULL},
        {"@example.com", 0, NULL, 0, NULL},
        {"a@@b", 0, NULL, 0, NULL},
        {"keyid:", 0, NULL, 0, NULL},
        {"keyid:0x", 0, NULL, 0, NULL},
        {"keyid:0xabc", 0, NULL, 0, NULL},
        {"keyid:0xzz", 0, NULL, 0, NULL},
        {"a b", 0, NULL, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = cases[i].len ? cases[i].len : cases[i].data ? strlen(cases[i].data) : 0;
        char text[IDENT_TEXT_MAX];
        struct ident id = {0};

        print_message("%s\n", cases[i].text);
        assert_int_equal(cases[i].type ? 0 : -EINVAL, ident_parse(cases[i].text, &id));
        assert_int_equal(cases[i].type, id.type);
        assert_int_equal(len, id.len);
        if (!len)
            continue;
        assert_memory_equal(cases[i].data, id.data, len);
        assert_string_equal(cases[i].shown ? cases[i].shown : cases[i].text,
                            ident_format(id.type, id.data, id.len, text));
    }
}

static void assert_reads_back(uint8_t type, const uint8_t *data, size_t len)
{
    char text[IDENT_TEXT_MAX];
    struct ident back;

    ident_format(type, data, len, text);
    if (ident_parse(text, &back) < 0 ||
        !ident_equal(type, data, len, back.type, back.data, back.len))
        fail_msg("type %u of %zu bytes: %s", type, len, text);
    if (type != IDENT_DN) {
        assert_int_equal(len, back.len);
        assert_memory_equal(data, back.data, len);
    }
}

/* What is shown of any identity can be typed. */
static void test_what_is_shown_can_be_typed(void **state)
{
    static const uint8_t types[] = {1, 2, 3, 4, 5, 9, 10, 11, 12, 200, 255};
    static const char *const alphabets[] = {"0123456789.", "ab.-_",     "a@.:#",
                                            "0xabcdef#",   " ,+=\\CN#", "keyid:fqdn"};

    (void)state;
    srandom(1);
    for (int round = 0; round < 20000; round++) {
        const char *alphabet = alphabets[(size_t)random() % ARRAY_SIZE(alphabets)];
        size_t len = 1 + (size_t)random() % (round % 50 ? 20 : IDENT_DATA_MAX);
        bool bytes = random() % 4 == 0;
        uint8_t data[IDENT_DATA_MAX];

        for (size_t i = 0; i < len; i++)
            data[i] =
                bytes ? (uint8_t)random() : (uint8_t)alphabet[(size_t)random() % strlen(alphabet)];
        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
            assert_reads_back(types[i], data, len);
    }
}

/* The same of DNs whose attributes have any value, of any string type. */
static void test_dns_that_are_shown_can_be_typed(void **state)
{
    static const uint8_t tags[] = {0x0c, 0x13, 0x16, 0x14, 0x04, 0x1e, 0x05};

    (void)state;
    srandom(2);
    for (int round = 0; round < 20000; round++) {
        uint8_t der[IDENT_DATA_MAX], *at = der + 2;
        size_t rdns = 1 + (size_t)random() % 4;

        for (size_t i = 0; i < rdns; i++) {
            uint8_t len = (uint8_t)(random() % 12);
            uint8_t head[] = {0x31,
                              (uint8_t)(len + 9),
                              0x30,
                              (uint8_t)(len + 7),
                              6,
                              3,
                              0x55,
                              (uint8_t)random(),
                              (uint8_t)random(),
                              tags[(size_t)random() % ARRAY_SIZE(tags)],
                              len};

            memcpy(at, head, sizeof(head));
            at += sizeof(head);
            for (uint8_t j = 0; j < len; j++)
                *at++ = (uint8_t)(random() % 3 ? " ,+=\\#\"ab"[random() % 9] : (char)random());
        }
        der[0] = 0x30;
        der[1] = (uint8_t)(at - der - 2);
        assert_reads_back(IDENT_DN, der, (size_t)(at - der));
    }
}

static bool equal(const char *a, const char *b)
{
    struct ident x, y;

    assert_int_equal(0, ident_parse(a, &x));
    assert_int_equal(0, ident_parse(b, &y));
    return ident_equal(x.type, x.data, x.len, y.type, y.data, y.len);
}

static void test_compared(void **state)
{
    (void)state;
    assert_true(equal("GW.example", "gw.Example"));
    assert_true(equal("A@b.example", "a@B.example"));
    assert_true(equal("keyid:a", "keyid:0x61"));
    assert_false(equal("keyid:a", "keyid:A"));
    assert_false(equal("keyid:a", "fqdn:a"));
    assert_false(equal("10.0.0.1", "fqdn:10.0.0.1"));
    assert_true(equal("dn:c=ch,cn=Gw", "dn:C=CH, CN=gw"));
    assert_false(equal("dn:C=CH,CN=gw", "dn:CN=gw,C=CH"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_text),
        cmocka_unit_test(test_what_is_shown_can_be_typed),
        cmocka_unit_test(test_dns_that_are_shown_can_be_typed),
        cmocka_unit_test(test_compared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
