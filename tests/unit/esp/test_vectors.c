#include "esp_test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

/* AEAD packets as they are on the wire. */
static const struct vector {
    const char *source;
    uint16_t encr;
    const char *key; /* with salt */
    bool esn;
    uint32_t seq_high;
    const char *header; /* SPI, sequence number, IV */
    const char *text;
    const char *cipher; /* with ICV */
} vectors[] = {
    {"draft-mcgrew-gcm-test-01, AES-128, ESN", ESP_ENCR_AES_GCM_16,
     "4c80cdefbb5d10da906ac73c3613a634 2e443b68", true, 0x87654321,
     "00004321 00000000 4956ed7e3b244cfe",
     "45000048 699a0000 80114db7 c0a80102 c0a80101 0a9bf156 38d30100 00010000 00000000"
     "045f7369 70045f75 64700373 69700963 79626572 63697479 02646b00 00210001 01020201",
     "fecf537e 729d5b07 dc30df52 8dd22b76 8d1b9873 6696a6fd 348509fa 13ceac34 cfa2436f"
     "14a3f3cf 65925bf1 f4a13c5d 15b21e18 84f5ff62 47aeabb7 86b93bce 61bc17d7 68fd9732"
     "45901814 8f6cbe72 2fd04796 562dfdb4"},
    {"draft-mcgrew-gcm-test-01, AES-256", ESP_ENCR_AES_GCM_16,
     "abbccddef00112233445566778899aab abbccddef00112233445566778899aab 11223344", false, 0,
     "4a2cbfe3 00000002 0102030405060708",
     "45000030 69a64000 80062690 c0a80102 9389155e 0a9e008b 2dc57ee0 00000000 70024000"
     "20bf0000 020405b4 01010402 01020201",
     "ff425c9b 724599df 7a3bcd51 0194e00d 6a78107f 1b0b1cbf 06efae9d 65a5d763 748a6379"
     "85771d34 7f054565 9f14e99d ef842d8e b335f4ee cfdbf831 824b4c49 15956c96"},
    {"RFC 7634, appendix A", ESP_ENCR_CHACHA20_POLY1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f a0a1a2a3", false, 0,
     "01020304 00000005 1011121314151617",
     "45000054 a6f20000 4001e778 c6336405 c0000205 08005b7a 3a080000 553bec10 00073627"
     "08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627 28292a2b"
     "2c2d2e2f 30313233 34353637 01020204",
     "24039428 b97f417e 3c13753a 4f05087b 67c352e6 a7fab1b9 82d466ef 407ae5c6 14ee8099"
     "d52844eb 61aa95df ab4c02f7 2aa71e7c 4c4f64c9 befe2fac c638e8f3 cbec163f ac469b50"
     "2773f6fb 94e664da 9165b828 29f641e0 76aaa826 6b7fb0f7 b11b3699 07e1ad43"},
};

static struct esp_sa_params vector_params(const struct vector *v, uint8_t key[36],
                                          enum esp_engine_kind kind, enum esp_direction direction)
{
    uint8_t header[16];

    from_hex(v->header, header, sizeof(header));
    return (struct esp_sa_params){
        .spi = wire_load_be32(header),
        .direction = direction,
        .engine = kind,
        .encr = v->encr,
        .encr_key = key,
        .encr_key_len = from_hex(v->key, key, 36),
        .esn = v->esn,
        .seq = v->esn ? ((uint64_t)v->seq_high << 32) - 1 : 0,
    };
}

static void seal_and_open(const struct vector *v, enum esp_engine_kind kind)
{
    uint8_t key[36], packet[256], expect[256], text[256];
    size_t header_len = from_hex(v->header, expect, sizeof(expect));
    size_t len = header_len + from_hex(v->cipher, expect + header_len, sizeof(expect) - header_len);
    size_t text_len = from_hex(v->text, text, sizeof(text));
    struct esp_sa_params p = vector_params(v, key, kind, ESP_OUTBOUND);
    struct esp_engine *engine = engine_of(kind);
    struct esp_sa *sa = sa_of(&p);
    struct esp_frame frame = {
        .sa = sa, .at = packet, .text_len = (uint32_t)text_len, .seq_high = v->seq_high};

    memcpy(packet, expect, header_len);
    memcpy(packet + header_len, text, text_len);
    assert_int_equal(engine->ops->seal(engine, &frame, 1), 0);
    assert_memory_equal(packet, expect, len);
    engine->ops->open(engine, &frame, 1);
    assert_true(frame.ok);
    assert_memory_equal(packet + header_len, text, text_len);

    /* Each bit of the packet is protected; the IV too, as part of the nonce. */
    for (size_t i = 0; i < len * 8; i += 3) {
        memcpy(packet, expect, len);
        packet[i / 8] ^= (uint8_t)(1U << i % 8);
        engine->ops->open(engine, &frame, 1);
        assert_false(frame.ok);
    }
    esp_sa_free(sa);
    esp_engine_free(engine);
}

static void test_aead_packets_of_the_rfcs(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++)
            seal_and_open(&vectors[i], engine_kinds[k]);
    }
}

/* The whole inbound path. The two packets of the GCM draft announce next header 1 over an IP
 * packet, which is authentic but no tunnel mode. */
static void test_the_inbound_path_takes_the_packets_of_the_rfcs(void **state)
{
    static const enum esp_result expect[] = {ESP_BAD_NEXT_HEADER, ESP_BAD_NEXT_HEADER, ESP_OK};

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
        struct esp_engine *engine = engine_of(engine_kinds[k]);

        for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
            uint8_t key[36], packet[256], text[256];
            struct esp_sa_params p = vector_params(&vectors[i], key, engine_kinds[k], ESP_INBOUND);
            struct esp_sa *sa = sa_of(&p);
            size_t len = from_hex(vectors[i].header, packet, sizeof(packet));
            struct esp_in job = {.sa = sa, .data = packet};

            len += from_hex(vectors[i].cipher, packet + len, sizeof(packet) - len);
            from_hex(vectors[i].text, text, sizeof(text));
            job.len = (uint32_t)len;
            esp_decrypt(engine, &job, 1);
            assert_int_equal(job.result, expect[i]);
            if (job.result == ESP_OK) {
                assert_int_equal(job.seq, 5);
                assert_int_equal(job.next_header, 4);
                assert_int_equal(job.inner_len, 84);
                assert_memory_equal(job.inner, text, 84);
            }
            esp_sa_free(sa);
        }
        esp_engine_free(engine);
    }
}

/* RFC 3602, 4, cases 1 and 2. */
static const struct cbc_vector {
    const char *key, *iv, *text, *cipher;
} cbc_vectors[] = {
    {"06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
     "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a"},
    {"c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1"},
};

static const EVP_MD *digest_of(uint16_t auth)
{
    return auth == ESP_AUTH_HMAC_SHA1_96        ? EVP_sha1()
           : auth == ESP_AUTH_HMAC_SHA2_256_128 ? EVP_sha256()
           : auth == ESP_AUTH_HMAC_SHA2_384_192 ? EVP_sha384()
                                                : EVP_sha512();
}

/* The RFC's ciphertext under a HMAC that libcrypto's one-shot function makes, with the high half of
 * the sequence number behind it under ESN (RFC 4303, 2.2.1). */
static size_t make_cbc_packet(const struct cbc_vector *v, const struct esp_sa_params *p,
                              uint32_t seq_high, size_t icv_len, uint8_t *packet, size_t cap)
{
    uint8_t tag[EVP_MAX_MD_SIZE];
    size_t len = 8;

    wire_store_be32(packet, p->spi);
    wire_store_be32(packet + 4, 9);
    len += from_hex(v->iv, packet + len, cap - len);
    len += from_hex(v->cipher, packet + len, cap - len);
    wire_store_be32(packet + len, seq_high);
    assert_non_null(HMAC(digest_of(p->auth), p->auth_key, (int)p->auth_key_len, packet,
                         len + (p->esn ? 4 : 0), tag, NULL));
    memcpy(packet + len, tag, icv_len);
    return len + icv_len;
}

static void open_cbc(const struct cbc_vector *v, uint16_t auth, bool esn, enum esp_engine_kind kind)
{
    uint8_t key[16], text[64], packet[160], copy[160], auth_key[64];
    struct esp_engine *engine = engine_of(kind);
    const struct esp_auth_alg *alg = esp_auth_find(auth);
    struct esp_sa_params p = {
        .spi = 0x4321,
        .direction = ESP_INBOUND,
        .engine = kind,
        .encr = ESP_ENCR_AES_CBC,
        .auth = auth,
        .encr_key = key,
        .encr_key_len = from_hex(v->key, key, sizeof(key)),
        .auth_key = auth_key,
        .auth_key_len = alg->key_len,
        .esn = esn,
    };
    uint32_t seq_high = esn ? 77 : 0;
    struct esp_frame frame;
    struct esp_sa *sa;
    size_t len, text_len = from_hex(v->text, text, sizeof(text));

    memset(auth_key, 0x0b, sizeof(auth_key));
    sa = sa_of(&p);
    len = make_cbc_packet(v, &p, seq_high, alg->icv_len, copy, sizeof(copy));
    frame = (struct esp_frame){
        .sa = sa, .at = packet, .text_len = (uint32_t)text_len, .seq_high = seq_high};
    memcpy(packet, copy, len);
    engine->ops->open(engine, &frame, 1);
    assert_true(frame.ok);
    assert_memory_equal(packet + 24, text, text_len);
    for (size_t i = 0; i < len * 8; i += 5) {
        memcpy(packet, copy, len);
        packet[i / 8] ^= (uint8_t)(1U << i % 8);
        engine->ops->open(engine, &frame, 1);
        assert_false(frame.ok);
    }
    memcpy(packet, copy, len);
    frame.seq_high++;
    engine->ops->open(engine, &frame, 1);
    assert_int_equal(frame.ok, !esn); /* what is not sent is protected all the same */
    esp_sa_free(sa);
    esp_engine_free(engine);
}

static void test_cbc_of_rfc_3602_under_every_hmac(void **state)
{
    static const uint16_t auths[] = {2, 12, 13, 14};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cbc_vectors); i++) {
        for (size_t a = 0; a < ARRAY_SIZE(auths); a++) {
            for (size_t k = 0; k < ARRAY_SIZE(engine_kinds); k++) {
                open_cbc(&cbc_vectors[i], auths[a], false, engine_kinds[k]);
                open_cbc(&cbc_vectors[i], auths[a], true, engine_kinds[k]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aead_packets_of_the_rfcs),
        cmocka_unit_test(test_the_inbound_path_takes_the_packets_of_the_rfcs),
        cmocka_unit_test(test_cbc_of_rfc_3602_under_every_hmac),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
