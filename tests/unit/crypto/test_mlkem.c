/* ML-KEM through libcrypto: the sizes of both values, what is refused, where its randomness comes
 * from; and a machine without it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto.h"
#include "base.h"

#include "../toy_kem.h"

static void fill(void *context, void *ret, size_t len)
{
    (void)context;
    random_bytes(ret, len);
}

static const struct crypto_random fresh = {.fill = fill};

static const struct {
    uint16_t id, public_len, answer_len;
    const char *name;
} sizes[] = {
    {CRYPTO_DH_ML_KEM_512, 800, 768, "mlkem512"},
    {CRYPTO_DH_ML_KEM_768, 1184, 1088, "mlkem768"},
    {CRYPTO_DH_ML_KEM_1024, 1568, 1568, "mlkem1024"},
};

static void test_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        const struct crypto_dh_group *group = crypto_dh_find(sizes[i].id);

        assert_non_null(group);
        assert_string_equal(group->name, sizes[i].name);
        assert_int_equal(group->public_len, sizes[i].public_len);
        assert_int_equal(group->answer_len, sizes[i].answer_len);
        assert_int_equal(group->secret_len, 32);
        assert_true(crypto_dh_is_there(group));
    }
}

static void test_both_ends_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        const struct crypto_dh_group *group = crypto_dh_find(sizes[i].id);
        uint8_t value[CRYPTO_DH_PUBLIC_MAX], one[32], two[32];
        struct crypto_dh *dh;

        assert_int_equal(crypto_dh_start(group, &fresh, &dh), 0);
        assert_int_equal(crypto_dh_public(dh).len, sizes[i].public_len);
        assert_int_equal(crypto_dh_respond(group, &fresh, crypto_dh_public(dh), value, one), 0);
        assert_int_equal(crypto_dh_finish(dh, crypto_span(value, sizes[i].answer_len), two), 0);
        assert_memory_equal(one, two, 32);
        /* What was changed on the way is no error, and leads elsewhere (FIPS 203, 6.3). */
        value[sizes[i].answer_len - 1] ^= 1;
        assert_int_equal(crypto_dh_finish(dh, crypto_span(value, sizes[i].answer_len), two), 0);
        assert_memory_not_equal(one, two, 32);
        crypto_dh_free(dh);
    }
}

static void test_what_is_no_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        const struct crypto_dh_group *group = crypto_dh_find(sizes[i].id);
        uint8_t value[CRYPTO_DH_PUBLIC_MAX + 1], answer[CRYPTO_DH_PUBLIC_MAX], secret[32];
        uint8_t untouched[32];
        struct crypto_dh *dh;
        size_t n = sizes[i].public_len;

        assert_int_equal(crypto_dh_start(group, &fresh, &dh), 0);
        memset(secret, 0xee, sizeof(secret));
        memset(untouched, 0xee, sizeof(untouched));
        memset(value, 0xff, sizeof(value)); /* numbers of twelve bits above the modulus */
        assert_int_equal(crypto_dh_respond(group, &fresh, crypto_span(value, n), answer, secret),
                         -EBADMSG);
        memcpy(value, crypto_dh_public(dh).data, n);
        for (size_t len = n - 1; len <= n + 1; len += 2)
            assert_int_equal(
                crypto_dh_respond(group, &fresh, crypto_span(value, len), answer, secret),
                -EBADMSG);
        for (size_t len = sizes[i].answer_len - 1U; len <= sizes[i].answer_len + 1U; len += 2)
            assert_int_equal(crypto_dh_finish(dh, crypto_span(value, len), secret), -EBADMSG);
        assert_memory_equal(secret, untouched, sizeof(secret));
        crypto_dh_free(dh);
    }
}

static void fill_same(void *context, void *ret, size_t len)
{
    *(size_t *)context += len;
    memset(ret, 7, len);
}

/* Two machines with the same randomness send the same bytes. */
static void test_randomness_is_the_callers(void **state)
{
    const struct crypto_dh_group *group = crypto_dh_find(CRYPTO_DH_ML_KEM_768);
    uint8_t one[CRYPTO_DH_PUBLIC_MAX], two[CRYPTO_DH_PUBLIC_MAX], secret[32];
    size_t asked = 0;
    struct crypto_random same = {fill_same, &asked};
    struct crypto_dh *a, *b;

    (void)state;
    assert_int_equal(crypto_dh_start(group, &same, &a), 0);
    assert_int_equal(crypto_dh_start(group, &same, &b), 0);
    assert_int_equal(asked, 2 * 64);
    assert_memory_equal(crypto_dh_public(a).data, crypto_dh_public(b).data, group->public_len);
    assert_int_equal(crypto_dh_respond(group, &same, crypto_dh_public(a), one, secret), 0);
    assert_int_equal(crypto_dh_respond(group, &same, crypto_dh_public(a), two, secret), 0);
    assert_int_equal(asked, 2 * 64 + 2 * 32);
    assert_memory_equal(one, two, group->answer_len);
    crypto_dh_free(a);
    crypto_dh_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_both_ends_agree),
        cmocka_unit_test(test_what_is_no_value),
        cmocka_unit_test(test_randomness_is_the_callers),
    };

    toy_kem_load();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
