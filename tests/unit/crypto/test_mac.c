/* HMAC, PRF and prf+ against RFC 2202, RFC 4231 and an independent implementation. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto.h"

#include "../hex.h"

#define LARGE_KEY_TEXT "Test Using Larger Than Block-Size Key - Hash Key First"

static struct crypto_span text(const char *s)
{
    return crypto_span(s, strlen(s));
}

/* A key of len bytes, all the same. */
static struct crypto_span repeated(uint8_t *store, uint8_t byte, size_t len)
{
    memset(store, byte, len);
    return crypto_span(store, len);
}

static void test_prf_vectors(void **state)
{
    uint8_t a[131], b[20], c[50], d[20];
    const struct {
        const char *alg;
        struct crypto_span key, data;
        const char *mac;
    } v[] = {
        /* RFC 2202, section 3, cases 1 to 3 */
        {"sha1", repeated(b, 0x0b, 20), text("Hi There"),
         "b617318655057264e28bc0b6fb378c8ef146be00"},
        {"sha1", text("Jefe"), text("what do ya want for nothing?"),
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {"sha1", repeated(d, 0xaa, 20), repeated(c, 0xdd, 50),
         "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
        /* RFC 4231, cases 1, 2 and 6 */
        {"sha256", repeated(b, 0x0b, 20), text("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"sha256", repeated(a, 0xaa, 131), text(LARGE_KEY_TEXT),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"sha384", repeated(b, 0x0b, 20), text("Hi There"),
         "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
         "faea9ea9076ede7f4af152e8b2fa9cb6"},
        {"sha384", text("Jefe"), text("what do ya want for nothing?"),
         "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
         "8e2240ca5e69e2c78b3239ecfab21649"},
        {"sha512", repeated(b, 0x0b, 20), text("Hi There"),
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
         "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
        {"sha512", repeated(a, 0xaa, 131), text(LARGE_KEY_TEXT),
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
         "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
        /* An empty key, an empty message. */
        {"sha256",
         {NULL, 0},
         {NULL, 0},
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        const struct crypto_prf *alg = crypto_prf_by_name(v[i].alg);
        size_t half = v[i].data.len / 2;
        struct crypto_span parts[] = {{v[i].data.data, half},
                                      {NULL, 0},
                                      {half ? v[i].data.data + half : NULL, v[i].data.len - half}};
        uint8_t out[CRYPTO_PRF_MAX];

        assert_int_equal(crypto_prf(alg, v[i].key, &v[i].data, 1, out), 0);
        assert_hex(out, alg->len, v[i].mac);
        assert_int_equal(crypto_prf(alg, v[i].key, parts, 3, out), 0);
        assert_hex(out, alg->len, v[i].mac);
    }
}

static void test_prf_plus(void **state)
{
    /* Computed with Python's hmac from the formula of RFC 7296, 2.13. */
    static const struct {
        const char *alg, *out;
    } v[] = {
        {"sha1", "0824f1dd551ac1c6c999eb5970c5779cfe84ea1de65ec5623c44db09960a8d02"
                 "78ee5db3681363ef70bdfa5db984bbbf042cf1dec61966dfb760105bf25d6642"
                 "cd8088b0b39a16086887f627e8d1153c8094b1b073d1d1a4dce441bf924b2970"
                 "dc4941db"},
        {"sha256", "6fce15f63886e123b17ce6a768180ca7d5766b9685bf1a7d9f1e23d711f25a35"
                   "d6da31d4dfd49b5f94d74cd7beed65eadbc21c0f4ffe070d46b20df9a5ac6e16"
                   "4e43c7837c0f99233bfbabdba0dc3c8ee7b8e47f6782aef827b2d7210787003c"
                   "38113e32"},
        {"sha384", "03d06231b8ac45aec8684e2ebe2f1c7991befb703643e3a387bb41bea29f146e"
                   "0eb8f58187541f30be498ff40ff626371f9c9734782289cf468cf9e056b278fb"
                   "c62e2087d60bf6cf365ac33ec0f9ee15ad30012100e71146fc27ccf4a1c1f983"
                   "7d4b1c33"},
        {"sha512", "94c1906abed07f40482c596a69dd3e33d7ffed29b83dd72d53d698a9844303d3"
                   "08cb45ed250c56b3575a23d278a2a772250dd2776640ac12c41d1a60b9853191"
                   "6330564b149a4b02ac1e38aa207622a841fd3002a770eb02e580ec10dc498024"
                   "68e96440"},
    };
    uint8_t key[32], seed[32], out[256 * 64];
    struct crypto_span parts[2] = {{seed, sizeof(seed)}, text("ropeway")};

    (void)state;
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
        seed[i] = (uint8_t)(0x40 + i);
    }
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        const struct crypto_prf *alg = crypto_prf_by_name(v[i].alg);
        struct crypto_span k = crypto_span(key, sizeof(key));
        size_t max = (size_t)255 * alg->len;
        uint8_t shorter[100];

        assert_int_equal(crypto_prf_plus(alg, k, parts, 2, out, 100), 0);
        assert_hex(out, 100, v[i].out);
        for (size_t n = 0; n < 100; n++) { /* a shorter one is its beginning */
            memset(shorter, 0xee, sizeof(shorter));
            assert_int_equal(crypto_prf_plus(alg, k, parts, 2, shorter, n), 0);
            assert_memory_equal(shorter, out, n);
            assert_int_equal(shorter[n], 0xee);
        }
        assert_int_equal(crypto_prf_plus(alg, k, parts, 2, out, max), 0);
        assert_int_equal(crypto_prf_plus(alg, k, parts, 2, out, max + 1), -EINVAL);
    }
}

/* All 255 blocks, so that the counter is right to the end. */
static void test_prf_plus_to_the_end(void **state)
{
    uint8_t key[32], seed[32], out[255 * 20], digest[CRYPTO_SHA256_LEN];
    struct crypto_span parts[2] = {{seed, sizeof(seed)}, text("ropeway")};
    struct crypto_span all = crypto_span(out, sizeof(out));

    (void)state;
    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
        seed[i] = (uint8_t)(0x40 + i);
    }
    assert_int_equal(crypto_prf_plus(crypto_prf_find(CRYPTO_PRF_SHA1), crypto_span(key, 32), parts,
                                     2, out, sizeof(out)),
                     0);
    assert_int_equal(crypto_sha256(&all, 1, digest), 0);
    assert_hex(digest, sizeof(digest),
               "e9d4373e1bc2b570578698ae65a771af25632c9e58ace6cde4c8b2f472c24db5");
}

static void test_integ(void **state)
{
    /* RFC 4868, 2.7.2 (authentication test vectors AUTH256-1 and so on: "Hi There"), whose MACs
     * begin the truncated output; SHA-1 is RFC 2202 case 1. */
    static const struct {
        uint16_t id;
        const char *name;
        size_t key_len;
        const char *icv;
    } v[] = {
        {2, "sha1", 20, "b617318655057264e28bc0b6"},
        {12, "sha256", 32, "198a607eb44bfbc69903a0f1cf2bbdc5"},
        {13, "sha384", 48, "b6a8d5636f5c6a7224f9977dcf7ee6c7fb6d0c48cbdee973"},
        {14, "sha512", 64, "637edc6e01dce7e6742a99451aae82df23da3e92439e590e43e761b33e910fb8"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        const struct crypto_integ *alg = crypto_integ_find(v[i].id);
        uint8_t key[CRYPTO_INTEG_KEY_MAX], icv[CRYPTO_ICV_MAX];
        struct crypto_span data = text("Hi There"), other = text("Hi there");
        struct crypto_mac *m = NULL;

        assert_ptr_equal(alg, crypto_integ_by_name(v[i].name));
        assert_int_equal(alg->key_len, v[i].key_len);
        memset(key, 0x0b, sizeof(key));
        assert_int_equal(crypto_mac_new(alg, crypto_span(key, alg->key_len - 1U), &m), -EINVAL);
        assert_int_equal(crypto_mac_new(alg, crypto_span(key, alg->key_len), &m), 0);
        assert_int_equal(crypto_mac_compute(m, &data, 1, icv), 0);
        assert_hex(icv, alg->icv_len, v[i].icv);
        assert_int_equal(crypto_mac_verify(m, &data, 1, icv), 0);
        assert_int_equal(crypto_mac_verify(m, &other, 1, icv), -EBADMSG);
        for (size_t bit = 0; bit < alg->icv_len * 8U; bit++) {
            icv[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_equal(crypto_mac_verify(m, &data, 1, icv), -EBADMSG);
            icv[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        assert_int_equal(crypto_mac_verify(m, &data, 1, icv), 0);
        crypto_mac_free(m);
    }
    assert_null(crypto_integ_find(0));
    assert_null(crypto_integ_find(1)); /* MD5 */
    assert_null(crypto_prf_find(1));
    assert_null(crypto_prf_by_name("md5"));
    assert_null(crypto_integ_by_name(""));
    crypto_mac_free(NULL);
}

static void test_hashes(void **state)
{
    struct crypto_span abc[] = {text("a"), {NULL, 0}, text("bc")};
    uint8_t out[CRYPTO_SHA256_LEN];

    (void)state;
    assert_int_equal(crypto_sha1(abc, 3, out), 0);
    assert_hex(out, CRYPTO_SHA1_LEN, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_int_equal(crypto_sha256(abc, 3, out), 0);
    assert_hex(out, sizeof(out),
               "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(crypto_sha256(NULL, 0, out), 0);
    assert_hex(out, sizeof(out),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prf_vectors),
        cmocka_unit_test(test_prf_plus),
        cmocka_unit_test(test_prf_plus_to_the_end),
        cmocka_unit_test(test_integ),
        cmocka_unit_test(test_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
