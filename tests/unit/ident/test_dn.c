#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ident.h"

#include "../hex.h"

static void test_known_names(void **state)
{
    static const struct {
        const char *text, *hex, *back; /* NULL: the same */
    } cases[] = {
        {"C=CH,O=Example,CN=gw",
         "302c 310b 3009 0603 550406 1302 4348 3110 300e 0603 55040a 1307 4578616d706c65"
         "310b 3009 0603 550403 1302 6777",
         NULL},
        {"C = CH, O = Example , cn=gw",
         "302c 310b 3009 0603 550406 1302 4348 3110 300e 0603 55040a 1307 4578616d706c65"
         "310b 3009 0603 550403 1302 6777",
         "C=CH,O=Example,CN=gw"},
        {"E=a@b", "3014 3112 3010 0609 2a864886f70d010901 1603 614062", NULL},
        {"DC=example", "3019 3117 3015 060a 0992268993f22c640119 1607 6578616d706c65", NULL},
        {"CN=a+OU=b", "3016 3114 3008 0603 550403 1301 61 3008 0603 55040b 1301 62", NULL},
        {"O=a\\, b\\+c", "3011 310f 300d 0603 55040a 1306 612c20622b63", NULL},
        {"CN=\\ a\\ ", "300e 310c 300a 0603 550403 1303 206120", NULL},
        {"CN=\\c3\\bc", "300d 310b 3009 0603 550403 0c02 c3bc", "CN=\xc3\xbc"},
        {"CN=a*b", "300e 310c 300a 0603 550403 0c03 612a62", NULL},
        {"2.5.4.3=a", "300c 310a 3008 0603 550403 1301 61", "CN=a"},
        {"1.2.840.1=a", "300d 310b 3009 0604 2a864801 1301 61", NULL},
        {"CN=#0403010203", "300e 310c 300a 0603 550403 0403 010203", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t der[IDENT_DATA_MAX];
        char text[IDENT_TEXT_MAX];
        size_t len;

        print_message("%s\n", cases[i].text);
        assert_int_equal(0, dn_parse(cases[i].text, der, sizeof(der), &len));
        assert_hex(der, len, cases[i].hex);
        assert_true(dn_format(der, len, text, sizeof(text)));
        assert_string_equal(cases[i].back ? cases[i].back : cases[i].text, text);
    }
}

static void test_no_names(void **state)
{
    static const char *const texts[] = {
        "",       "CN",     "CN=",     "=a",     "CN=a,",  "CN=a,,O=b", "CN=a+",
        "XX=a",   "CN=a\\", "CN=a\\q", "CN=#",   "CN=#0",  "CN=#0403",  "CN=#04000400",
        "3.1=a",  "1.40=a", "1=a",     "1..2=a", "1.2.=a", "01.2=a",    "1.2.99999999999=a",
        "CN=\\ff"};
    uint8_t der[IDENT_DATA_MAX];
    size_t len;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        print_message("%s\n", texts[i]);
        assert_int_equal(-EINVAL, dn_parse(texts[i], der, sizeof(der), &len));
    }
}

static void test_too_long(void **state)
{
    uint8_t der[IDENT_DATA_MAX];
    char text[600] = "CN=";
    size_t len;

    (void)state;
    memset(text + 3, 'a', 230);
    assert_int_equal(0, dn_parse(text, der, sizeof(der), &len));
    memset(text + 3, 'a', 250);
    assert_int_equal(-ENOSPC, dn_parse(text, der, sizeof(der), &len));
    memset(text + 3, 'a', 500);
    assert_int_equal(-ENOSPC, dn_parse(text, der, sizeof(der), &len));
    strcpy(text, "C=a");
    for (int i = 0; i < 40; i++)
        strcat(text, ",C=a");
    assert_int_not_equal(0, dn_parse(text, der, sizeof(der), &len));
}

static bool same(const char *a, const char *b)
{
    uint8_t x[128], y[128];
    size_t n = hex_read(a, x, sizeof(x)), m = hex_read(b, y, sizeof(y));

    return dn_equal(x, n, y, m);
}

static void test_compared_by_attributes(void **state)
{
    /* CN=gw as PrintableString, UTF8String, in capitals; another value; another attribute. */
    static const char printable[] = "300d 310b 3009 0603 550403 1302 6777";

    (void)state;
    assert_true(same(printable, printable));
    assert_true(same(printable, "300d 310b 3009 0603 550403 0c02 6777"));
    assert_true(same(printable, "300d 310b 3009 0603 550403 0c02 4757"));
    assert_false(same(printable, "300d 310b 3009 0603 550403 1302 6778"));
    assert_false(same(printable, "300d 310b 3009 0603 55040a 1302 6777"));
    assert_false(same(printable, "300d 310b 3009 0603 550403 0402 6777"));
    /* One more RDN, and one more attribute in the same RDN. */
    assert_false(same(printable, "301a 310b 3009 0603 550403 1302 6777"
                                 "310b 3009 0603 550403 1302 6777"));
    assert_false(same("301a 310b 3009 0603 550403 1302 6777 310b 3009 0603 550403 1302 6777",
                      "3018 3116 3009 0603 550403 1302 6777 3009 0603 550403 1302 6777"));
    /* No name is equal to nothing but itself. */
    assert_true(same("3003", "3003"));
    assert_false(same("3003", printable));
    assert_false(same(printable, "300d 310b 3009 0603 550403 1302 67"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_names),
        cmocka_unit_test(test_no_names),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_compared_by_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
