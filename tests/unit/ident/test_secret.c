#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ident.h"

static void test_bytes_of_a_key(void **state)
{
    static const struct {
        const char *text;
        int r;
        const char *bytes;
        size_t len; /* 0: of the text */
    } cases[] = {
        {"0123456789", 0, "0123456789", 0},
        {"0xabcdefgh", 0, "0xabcdefgh", 0}, /* text: other programs decode it */
        {"hex:0001fffefdfcfbFA", 0, "\0\1\xff\xfe\xfd\xfc\xfb\xfa", 8},
        {"hex:6162636465666768", 0, "abcdefgh", 0},
        {"base64:YWJjZGVmZ2g=", 0, "abcdefgh", 0},
        {"base64:YWJjZGVmZ2hp", 0, "abcdefghi", 0},
        {"base64:YWJjZGVmZ2hpag==", 0, "abcdefghij", 0},
        {"hex:0001fffefdfcfb", -ERANGE, NULL, 0},
        {"hex:", -ERANGE, NULL, 0},
        {"hex:0001fffefdfcfbf", -EINVAL, NULL, 0},
        {"hex:0001fffefdfcfbfg", -EINVAL, NULL, 0},
        {"hex:00 01 ff fe fd fc fb fa", -EINVAL, NULL, 0},
        {"base64:YWJjZGVmZw==", -ERANGE, NULL, 0},
        {"base64:YWJjZGVmZ2g", -EINVAL, NULL, 0},  /* not padded */
        {"base64:YWJjZGVmZ2h=", -EINVAL, NULL, 0}, /* bits of no byte */
        {"base64:YWJj=GVmZ2g=", -EINVAL, NULL, 0},
        {"base64:YWJjZGVmZ2-_", -EINVAL, NULL, 0},
        {"short", -ERANGE, NULL, 0},
        {"tab\tinside", -EINVAL, NULL, 0},
        {"Schlüssel", -EINVAL, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = cases[i].len ? cases[i].len : cases[i].bytes ? strlen(cases[i].bytes) : 0;
        uint8_t bytes[SECRET_MAX];
        size_t n = 0;

        print_message("%s\n", cases[i].text);
        assert_int_equal(cases[i].r, secret_read(cases[i].text, bytes, &n));
        assert_int_equal(len, n);
        if (len)
            assert_memory_equal(cases[i].bytes, bytes, len);
    }
}

static void test_longest_keys(void **state)
{
    char text[SECRET_TEXT_MAX + 8];
    uint8_t bytes[SECRET_MAX];
    size_t n;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[SECRET_MAX] = 0;
    assert_int_equal(0, secret_read(text, bytes, &n));
    assert_int_equal(SECRET_MAX, n);
    memset(text, 'a', sizeof(text));
    text[SECRET_MAX + 1] = 0;
    assert_int_equal(-ERANGE, secret_read(text, bytes, &n));

    memset(text, 'a', sizeof(text));
    memcpy(text, "hex:", 4);
    text[SECRET_TEXT_MAX - 1] = 0;
    assert_int_equal(0, secret_read(text, bytes, &n));
    assert_int_equal(SECRET_MAX, n);
    text[SECRET_TEXT_MAX - 1] = 'a';
    text[SECRET_TEXT_MAX + 1] = 0;
    assert_int_equal(-ERANGE, secret_read(text, bytes, &n));

    memset(text, 'A', sizeof(text));
    memcpy(text, "base64:", 7);
    text[7 + 172] = 0; /* 129 bytes */
    assert_int_equal(-ERANGE, secret_read(text, bytes, &n));
    text[7 + 171] = '=';
    assert_int_equal(0, secret_read(text, bytes, &n));
    assert_int_equal(SECRET_MAX, n);
}

static void test_what_others_decode(void **state)
{
    static const char *const yes[] = {"0xabcdef01", "0XAB", "0sabc", "0tabc"};
    static const char *const no[] = {"", "0", "00xa", "x0", "hex:00", "1x23"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
        assert_true(secret_is_ambiguous(yes[i]));
    for (size_t i = 0; i < ARRAY_SIZE(no); i++)
        assert_false(secret_is_ambiguous(no[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_of_a_key),
        cmocka_unit_test(test_longest_keys),
        cmocka_unit_test(test_what_others_decode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
