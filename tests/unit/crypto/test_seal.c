/* Secrets at rest: what goes in comes out, and nothing else does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto.h"

#include "../hex.h"

static const uint8_t key[CRYPTO_SEAL_KEY_LEN] = {1, 2, 3};

static struct crypto_span text(const char *s)
{
    return crypto_span(s, strlen(s));
}

static void test_round_trip(void **state)
{
    static const size_t lens[] = {0, 1, 15, 16, 17, 128, 1000};
    uint8_t plain[1000], sealed[1000 + CRYPTO_SEAL_OVERHEAD], out[1000];

    (void)state;
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
        size_t n = lens[i], total = n + CRYPTO_SEAL_OVERHEAD;

        assert_int_equal(crypto_seal(key, text("vpntun-abc/psk"), crypto_span(plain, n), sealed),
                         0);
        memset(out, 0xee, sizeof(out));
        assert_int_equal(
            crypto_unseal(key, text("vpntun-abc/psk"), crypto_span(sealed, total), out), 0);
        assert_memory_equal(out, plain, n);
        if (n < sizeof(out))
            assert_int_equal(out[n], 0xee);
    }
}

static void test_two_blobs_differ(void **state)
{
    uint8_t a[4 + CRYPTO_SEAL_OVERHEAD], b[4 + CRYPTO_SEAL_OVERHEAD];

    (void)state;
    assert_int_equal(crypto_seal(key, text("x"), text("same"), a), 0);
    assert_int_equal(crypto_seal(key, text("x"), text("same"), b), 0);
    assert_memory_not_equal(a + 1, b + 1, 12);
    assert_memory_not_equal(a + 13, b + 13, 4);
}

static void test_any_change_is_refused(void **state)
{
    uint8_t sealed[6 + CRYPTO_SEAL_OVERHEAD], out[64];

    (void)state;
    assert_int_equal(crypto_seal(key, text("place"), text("secret"), sealed), 0);
    for (size_t bit = 0; bit < sizeof(sealed) * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(
            crypto_unseal(key, text("place"), crypto_span(sealed, sizeof(sealed)), out), -EBADMSG);
        sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t n = 0; n < sizeof(sealed); n++)
        assert_int_equal(crypto_unseal(key, text("place"), crypto_span(sealed, n), out), -EBADMSG);
    assert_int_equal(crypto_unseal(key, text("place"), crypto_span(sealed, sizeof(sealed)), out),
                     0);
}

static void test_bound_to_key_and_place(void **state)
{
    uint8_t sealed[6 + CRYPTO_SEAL_OVERHEAD], out[6], other[CRYPTO_SEAL_KEY_LEN] = {1, 2, 4};
    struct crypto_span s = crypto_span(sealed, sizeof(sealed));

    (void)state;
    assert_int_equal(crypto_seal(key, text("place"), text("secret"), sealed), 0);
    assert_int_equal(crypto_unseal(other, text("place"), s, out), -EBADMSG);
    assert_int_equal(crypto_unseal(key, text("plac"), s, out), -EBADMSG);
    assert_int_equal(crypto_unseal(key, text("place2"), s, out), -EBADMSG);
    assert_int_equal(crypto_unseal(key, crypto_span(NULL, 0), s, out), -EBADMSG);
    assert_int_equal(crypto_unseal(key, text("place"), s, out), 0);
    assert_memory_equal(out, "secret", 6);
}

/* The format, fixed: version, nonce, ciphertext, tag; made with Python's cryptography. */
static void test_format_is_stable(void **state)
{
    uint8_t sealed[64], out[64];
    size_t n = hex_read("01202122232425262728292a2bc8fdc7f62ec0d2151a905459db56b1771719a6c40413",
                        sealed, sizeof(sealed));

    (void)state;
    assert_int_equal(crypto_unseal(key, text("place"), crypto_span(sealed, n), out), 0);
    assert_memory_equal(out, "secret", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_two_blobs_differ),
        cmocka_unit_test(test_any_change_is_refused),
        cmocka_unit_test(test_bound_to_key_and_place),
        cmocka_unit_test(test_format_is_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
