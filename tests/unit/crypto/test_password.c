#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "crypto.h"

static struct crypto_span span(const char *text)
{
    return crypto_span(text, strlen(text));
}

static void test_only_the_password_opens(void **state)
{
    char a[CRYPTO_PASSWORD_MAX], b[CRYPTO_PASSWORD_MAX];

    (void)state;
    assert_int_equal(crypto_password_hash(span("correct horse 电池"), a), 0);
    assert_int_equal(crypto_password_hash(span("correct horse 电池"), b), 0);
    assert_string_not_equal(a, b); /* each has its salt */
    assert_null(strstr(a, "correct"));
    assert_int_equal(crypto_password_check(span("correct horse 电池"), a), 0);
    assert_int_equal(crypto_password_check(span("correct horse 电池 "), a), -EACCES);
    assert_int_equal(crypto_password_check(span(""), a), -EACCES);
}

/* RFC 7914, 12: N = 16, r = 1, p = 1 with salts of other lengths cannot be had here; these were
 * made with Python's hashlib.scrypt. */
static void test_what_others_made(void **state)
{
    (void)state;
    assert_int_equal(
        crypto_password_check(
            span("pleaseletmein"),
            "scrypt$14$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$wOBlTLx2kTvDnlM7GeRqLPJSaL8dgO6Mbiarn6WFHEI="),
        0);
}

static void test_what_cannot_be_read(void **state)
{
    static const char *const bad[] = {
        "",
        "scrypt$",
        "scrypt$15$8$1$",
        "scrypt$15$8$1$AAAA$BBBB",
        "bcrypt$15$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "scrypt$21$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "scrypt$0$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "scrypt$10$33$1$MDEyMzQ1Njc4OWFiY2RlZg==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "scrypt$10$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=$",
        "scrypt$10$8$1$MDEyMzQ1Njc4OWFiY2Rl!g==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        if (crypto_password_check(span("x"), bad[i]) != -EBADMSG)
            fail_msg("%s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_password_opens),
        cmocka_unit_test(test_what_others_made),
        cmocka_unit_test(test_what_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
