/* Ciphers against the RFCs' vectors, and what must be refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto.h"

#include "../hex.h"

static struct crypto_cipher *make(const struct crypto_encr *alg, enum crypto_direction direction,
                                  const char *key_hex)
{
    uint8_t key[CRYPTO_ENCR_KEY_MAX];
    size_t n = hex_read(key_hex, key, sizeof(key));
    struct crypto_cipher *c = NULL;

    assert_non_null(alg);
    assert_int_equal(crypto_cipher_new(alg, direction, crypto_span(key, n), &c), 0);
    return c;
}

static void test_cbc_vectors(void **state)
{
    /* RFC 3602, section 4, cases 1 to 4; the 256-bit one is NIST SP 800-38A, F.2.5. */
    static const struct {
        const char *alg, *key, *iv, *plain, *cipher;
    } v[] = {
        {"aes128", "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
         "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a"},
        {"aes128", "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
         "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
         "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"},
        {"aes256", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
         "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a",
         "f58c4c04d6e5f1ba779eabfb5f7bfbd6"},
        {"aes192", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
         "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a",
         "4f021db243bc633d7178183a9fa071e8"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        const struct crypto_encr *alg = crypto_encr_by_name(v[i].alg);
        struct crypto_cipher *enc = make(alg, CRYPTO_ENCRYPT, v[i].key);
        struct crypto_cipher *dec = make(alg, CRYPTO_DECRYPT, v[i].key);
        uint8_t iv[CRYPTO_IV_MAX], data[64];
        size_t n = hex_read(v[i].plain, data, sizeof(data));

        assert_int_equal(hex_read(v[i].iv, iv, sizeof(iv)), alg->iv_len);
        for (int again = 0; again < 2; again++) { /* one context, many messages */
            assert_int_equal(crypto_cbc(enc, iv, data, n), 0);
            assert_hex(data, n, v[i].cipher);
            assert_int_equal(crypto_cbc(dec, iv, data, n), 0);
            assert_hex(data, n, v[i].plain);
        }
        assert_int_equal(crypto_cbc(enc, iv, data, n - 1), -EINVAL);
        assert_int_equal(crypto_cbc(enc, iv, data, 0), 0);
        assert_int_equal(crypto_aead_seal(enc, iv, crypto_span(NULL, 0), data, n, iv), -EINVAL);
        assert_int_equal(crypto_aead_open(dec, iv, crypto_span(NULL, 0), data, n, iv), -EINVAL);
        crypto_cipher_free(enc);
        crypto_cipher_free(dec);
    }
}

#define GCM_PLAIN                                                                                  \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define CHACHA_KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"

/* key is followed by the 4 bytes of salt. The GCM ones are test cases 1, 4 and 16 of the GCM
 * submission (McGrew, Viega), cut into salt and IV; ChaCha20 is RFC 8439, 2.8.2 and RFC 7634,
 * appendix B. */
static const struct aead_vector {
    const char *alg, *key, *iv, *aad, *plain, *cipher, *tag;
} aead_vectors[] = {
    {"aes128gcm16", "00000000000000000000000000000000 00000000", "0000000000000000", "", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"aes128gcm16", "feffe9928665731c6d6a8f9467308308 cafebabe", "facedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAIN,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"aes256gcm16", "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308 cafebabe",
     "facedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", GCM_PLAIN,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"chacha20poly1305", CHACHA_KEY "07000000", "4041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
     "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
     "637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
     "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
     "3ff4def08e4b7a9de576d26586cec64b6116",
     "1ae10b594f09e26a7e902ecbd0600691"},
    {"chacha20poly1305", CHACHA_KEY "a0a1a2a3", "1011121314151617",
     "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029",
     "0000000c000040010000000a00", "610394701f8d017f7c12924889",
     "6b71bfe25236efd7cdc67066906315b2"},
};

static void test_aead_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(aead_vectors); i++) {
        const struct aead_vector *v = &aead_vectors[i];
        const struct crypto_encr *alg = crypto_encr_by_name(v->alg);
        struct crypto_cipher *enc = make(alg, CRYPTO_ENCRYPT, v->key);
        struct crypto_cipher *dec = make(alg, CRYPTO_DECRYPT, v->key);
        uint8_t iv[CRYPTO_IV_MAX], aad[64], data[256], tag[CRYPTO_ICV_MAX];
        struct crypto_span a = crypto_span(aad, hex_read(v->aad, aad, sizeof(aad)));
        size_t n = hex_read(v->plain, data, sizeof(data));

        assert_int_equal(hex_read(v->iv, iv, sizeof(iv)), alg->iv_len);
        for (int again = 0; again < 2; again++) {
            assert_int_equal(crypto_aead_seal(enc, iv, a, data, n, tag), 0);
            assert_hex(data, n, v->cipher);
            assert_hex(tag, alg->icv_len, v->tag);
            assert_int_equal(crypto_aead_open(dec, iv, a, data, n, tag), 0);
            assert_hex(data, n, v->plain);
        }
        /* Contexts know their direction. */
        assert_int_equal(crypto_aead_open(enc, iv, a, data, n, tag), -EINVAL);
        assert_int_equal(crypto_aead_seal(dec, iv, a, data, n, tag), -EINVAL);
        assert_int_equal(crypto_cbc(enc, iv, data, 16), -EINVAL);
        crypto_cipher_free(enc);
        crypto_cipher_free(dec);
    }
}

/* Whatever single bit is changed, nothing comes out, not even plaintext; and the context still
 * works afterwards. */
static void test_aead_refuses_any_change(void **state)
{
    static const char *const names[] = {"aes128gcm16", "aes192gcm16", "aes256gcm16",
                                        "chacha20poly1305"};

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
        const struct crypto_encr *alg = crypto_encr_by_name(names[k]);
        uint8_t key[CRYPTO_ENCR_KEY_MAX] = {9, 8, 7}, msg[8 + 4 + 20 + 16], zero[20] = {0};
        struct crypto_span ks = crypto_span(key, crypto_encr_material(alg));
        struct crypto_cipher *enc, *dec;

        assert_int_equal(crypto_cipher_new(alg, CRYPTO_ENCRYPT, ks, &enc), 0);
        assert_int_equal(crypto_cipher_new(alg, CRYPTO_DECRYPT, ks, &dec), 0);
        memset(msg, 0x5a, sizeof(msg));
        assert_int_equal(
            crypto_aead_seal(enc, msg, crypto_span(msg + 8, 4), msg + 12, 20, msg + 32), 0);
        for (size_t bit = 0; bit <= sizeof(msg) * 8; bit++) {
            uint8_t m[sizeof(msg)];
            int r;

            memcpy(m, msg, sizeof(msg));
            if (bit < sizeof(msg) * 8)
                m[bit / 8] ^= (uint8_t)(1U << bit % 8);
            r = crypto_aead_open(dec, m, crypto_span(m + 8, 4), m + 12, 20, m + 32);
            if (bit == sizeof(msg) * 8) {
                assert_int_equal(r, 0);
                continue;
            }
            assert_int_equal(r, -EBADMSG);
            assert_memory_equal(m + 12, zero, 20);
        }
        crypto_cipher_free(enc);
        crypto_cipher_free(dec);
    }
}

static void test_descriptors(void **state)
{
    static const struct {
        const char *name;
        uint16_t id, key_bits;
        size_t material;
    } want[] = {
        {"aes128", 12, 128, 16},         {"aes192", 12, 192, 24},      {"aes256", 12, 256, 32},
        {"aes128gcm16", 20, 128, 20},    {"aes192gcm16", 20, 192, 28}, {"aes256gcm16", 20, 256, 36},
        {"chacha20poly1305", 28, 0, 36},
    };
    size_t n = 0;

    (void)state;
    while (crypto_encr_at(n))
        n++;
    assert_int_equal(n, ARRAY_SIZE(want));
    for (size_t i = 0; i < n; i++) {
        const struct crypto_encr *alg = crypto_encr_by_name(want[i].name);

        assert_non_null(alg);
        assert_ptr_equal(alg, crypto_encr_find(want[i].id, want[i].key_bits));
        assert_int_equal(crypto_encr_material(alg), want[i].material);
        assert_int_equal(alg->aead, alg->icv_len != 0);
        assert_true(alg->icv_len <= CRYPTO_ICV_MAX && alg->iv_len <= CRYPTO_IV_MAX);
        assert_true(crypto_encr_material(alg) <= CRYPTO_ENCR_KEY_MAX);
    }
    assert_null(crypto_encr_find(20, 0));   /* GCM must say its key length */
    assert_null(crypto_encr_find(28, 256)); /* ChaCha20 must not */
    assert_null(crypto_encr_find(12, 512));
    assert_null(crypto_encr_find(3, 0)); /* 3DES */
    assert_null(crypto_encr_by_name("aes"));
}

static void test_key_length_is_exact(void **state)
{
    uint8_t key[64] = {0};

    (void)state;
    for (size_t i = 0; crypto_encr_at(i); i++) {
        size_t right = crypto_encr_material(crypto_encr_at(i));
        struct crypto_cipher *c = NULL;

        for (size_t n = 0; n <= 40; n++) {
            int r = crypto_cipher_new(crypto_encr_at(i), CRYPTO_ENCRYPT, crypto_span(key, n), &c);

            assert_int_equal(r, n == right ? 0 : -EINVAL);
            if (r == 0)
                crypto_cipher_free(c);
        }
    }
    crypto_cipher_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cbc_vectors),
        cmocka_unit_test(test_aead_vectors),
        cmocka_unit_test(test_aead_refuses_any_change),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_key_length_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
