/* The Encrypted payload: RFC 7634's packet, every algorithm there and back, every bit changed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ike_message.h"
#include "wire.h"

#include "../hex.h"

static const struct suite {
    const char *encr, *integ;
} suites[] = {
    {"aes128", "sha1"},    {"aes192", "sha384"},  {"aes256", "sha256"},  {"aes256", "sha512"},
    {"aes128gcm16", NULL}, {"aes192gcm16", NULL}, {"aes256gcm16", NULL}, {"chacha20poly1305", NULL},
};

static void fill_random(void *context, void *ret, size_t len)
{
    (void)context;
    random_bytes(ret, len);
}

static const struct crypto_random fresh = {.fill = fill_random};

static const uint8_t vendor[300] = {1, 2, 3};

static struct ike_algs algs_of(const struct suite *s)
{
    return (struct ike_algs){.encr = crypto_encr_by_name(s->encr),
                             .integ = s->integ ? crypto_integ_by_name(s->integ) : NULL,
                             .prf = crypto_prf_by_name("sha256")};
}

struct pair {
    struct ike_sk *i, *r;
};

static struct pair make_pair(const struct suite *s)
{
    struct ike_keys keys = {.ai = {1}, .ar = {2}, .ei = {3}, .er = {4}};
    struct ike_algs algs = algs_of(s);
    struct pair p = {NULL, NULL};

    assert_int_equal(ike_sk_new(&algs, &keys, true, &fresh, &p.i), 0);
    assert_int_equal(ike_sk_new(&algs, &keys, false, &fresh, &p.r), 0);
    return p;
}

static void free_pair(struct pair *p)
{
    ike_sk_free(p->i);
    ike_sk_free(p->r);
}

/* An INFORMATIONAL request with a vendor ID of n bytes; n < 0: with nothing. */
static size_t sealed_message(struct ike_sk *from, int n, uint8_t *buf, size_t cap)
{
    struct ike_message m;
    size_t len;

    ike_message_init(&m, IKE_EXCHANGE_INFORMATIONAL, IKE_FLAG_INITIATOR, 1, 2, 7);
    if (n >= 0)
        assert_int_equal(ike_message_add_vendor(&m, vendor, (size_t)n), 0);
    assert_int_equal(ike_message_protect(&m, from, buf, cap, &len), 0);
    return len;
}

/* RFC 7634, appendix B: N(SET_WINDOW_SIZE) of 10, from the original responder. */
static void test_rfc7634_packet(void **state)
{
    static const char packet[] = "c0c1c2c3c4c5c6c7 d0d1d2d3d4d5d6d7 2e202500 00000009 00000045"
                                 "29000029 1011121314151617 610394701f8d017f7c12924889"
                                 "6b71bfe25236efd7cdc67066906315b2";
    static const char key[] = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
                              "a0a1a2a3";
    struct suite chacha = {"chacha20poly1305", NULL};
    struct ike_algs algs = algs_of(&chacha);
    struct ike_keys keys = {0};
    struct ike_sk *sk = NULL;
    struct ike_message m;
    uint8_t data[128], plain[128];
    size_t n = hex_read(packet, data, sizeof(data));
    enum ike_kind kind;

    (void)state;
    assert_int_equal(hex_read(key, keys.er, sizeof(keys.er)), 36);
    assert_int_equal(ike_sk_new(&algs, &keys, true, &fresh, &sk), 0);
    assert_int_equal(ike_message_parse(data, n, &m, NULL), 0);
    assert_int_equal(ike_message_unprotect(&m, sk, data, n, plain, sizeof(plain), NULL), 0);
    assert_int_equal(ike_message_check(&m, &kind, NULL), 0);
    assert_int_equal(kind, IKE_KIND_INFORMATIONAL_REQUEST);
    assert_int_equal(m.n_notifies, 1);
    assert_int_equal(m.notifies[0].type, IKE_NOTIFY_SET_WINDOW_SIZE);
    assert_hex(m.notifies[0].data.data, m.notifies[0].data.len, "0000000a");
    ike_sk_free(sk);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
        struct pair p = make_pair(&suites[s]);

        for (int n = -1; n < 40; n++) { /* all lengths of padding */
            uint8_t buf[512], plain[512];
            size_t len = sealed_message(p.i, n, buf, sizeof(buf)), small;
            enum ike_kind kind;
            struct ike_message m;

            assert_int_equal(ike_message_parse(buf, len, &m, NULL), 0);
            assert_false(m.was_protected);
            assert_int_equal(ike_message_unprotect(&m, p.r, buf, len, plain, sizeof(plain), NULL),
                             0);
            assert_true(m.was_protected);
            assert_int_equal(m.n_vendors, n < 0 ? 0 : 1);
            if (n > 0)
                assert_memory_equal(m.vendors[0].data, vendor, (size_t)n);
            assert_int_equal(ike_message_check(&m, &kind, NULL), 0);

            /* What we sent ourselves does not open: the two directions have keys of their own. */
            assert_int_equal(ike_message_parse(buf, len, &m, NULL), 0);
            assert_int_equal(ike_message_unprotect(&m, p.i, buf, len, plain, sizeof(plain), NULL),
                             -EBADMSG);
            assert_int_equal(m.present, IKE_BIT(IKE_PAYLOAD_SK));
            assert_false(m.was_protected);
            assert_int_equal(ike_message_unprotect(&m, p.r, buf, len, plain, 0, NULL), -ENOBUFS);

            ike_message_init(&m, IKE_EXCHANGE_INFORMATIONAL, IKE_FLAG_INITIATOR, 1, 2, 7);
            if (n >= 0)
                assert_int_equal(ike_message_add_vendor(&m, vendor, (size_t)n), 0);
            for (size_t cap = 0; cap < len; cap++)
                assert_int_equal(ike_message_protect(&m, p.i, plain, cap, &small), -ENOBUFS);
            assert_int_equal(ike_message_protect(&m, p.i, plain, len, &small), 0);
        }
        free_pair(&p);
    }
}

static void test_any_changed_bit_is_refused(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
        struct pair p = make_pair(&suites[s]);
        uint8_t buf[256], plain[256];
        size_t len = sealed_message(p.r, 9, buf, sizeof(buf));
        struct ike_message m;

        for (size_t bit = 0; bit < len * 8; bit++) {
            struct ike_problem problem = {0};

            buf[bit / 8] ^= (uint8_t)(1U << bit % 8);
            if (ike_message_parse(buf, len, &m, NULL) == 0 &&
                (m.present_clear & IKE_BIT(IKE_PAYLOAD_SK))) {
                assert_int_equal(
                    ike_message_unprotect(&m, p.i, buf, len, plain, sizeof(plain), &problem),
                    -EBADMSG);
                assert_int_equal(problem.fault, IKE_FAULT_INTEGRITY);
            }
            buf[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        assert_int_equal(ike_message_parse(buf, len, &m, NULL), 0);
        assert_int_equal(ike_message_unprotect(&m, p.i, buf, len, plain, sizeof(plain), NULL), 0);
        free_pair(&p);
    }
}

static void test_short_bodies(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
        struct pair p = make_pair(&suites[s]);
        uint8_t buf[256], plain[256];
        size_t len = sealed_message(p.i, 0, buf, sizeof(buf));
        struct ike_message m;

        for (size_t cut = 1; len - cut >= IKE_HEADER_LEN + 4; cut++) {
            size_t n = len - cut;

            wire_store_be32(buf + 24, (uint32_t)n);
            wire_store_be16(buf + IKE_HEADER_LEN + 2, (uint16_t)(n - IKE_HEADER_LEN));
            assert_int_equal(ike_message_parse(buf, n, &m, NULL), 0);
            assert_int_equal(ike_message_unprotect(&m, p.r, buf, n, plain, sizeof(plain), NULL),
                             -EBADMSG);
        }
        free_pair(&p);
    }
}

/* No IV is used twice, so two messages with the same contents look different. */
static void test_fresh_iv_each_time(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_SIZE(suites); s++) {
        struct pair p = make_pair(&suites[s]);
        uint8_t a[256], b[256];
        size_t iv_len = algs_of(&suites[s]).encr->iv_len;

        (void)sealed_message(p.i, 5, a, sizeof(a));
        (void)sealed_message(p.i, 5, b, sizeof(b));
        assert_memory_equal(a, b, IKE_HEADER_LEN + 4);
        assert_memory_not_equal(a + IKE_HEADER_LEN + 4, b + IKE_HEADER_LEN + 4, iv_len);
        free_pair(&p);
    }
}

/* Seals `text` as it is under the initiator's AEAD key; first names the first payload. */
static size_t seal_raw(uint8_t first, const char *text_hex, uint8_t *buf, size_t cap)
{
    uint8_t key[36] = {3};
    struct wire_writer w = wire_writer_make(buf, cap);
    struct crypto_cipher *c = NULL;
    uint8_t text[64];
    size_t n = hex_read(text_hex, text, sizeof(text)), total = IKE_HEADER_LEN + 4 + 8 + n + 16;
    uint8_t *body;

    wire_put_be64(&w, 1);
    wire_put_be64(&w, 2);
    wire_put_be32(&w, 0x2e202508);
    wire_put_be32(&w, 0);
    wire_put_be32(&w, (uint32_t)total);
    wire_put_u8(&w, first);
    wire_put_u8(&w, 0);
    wire_put_be16(&w, (uint16_t)(total - IKE_HEADER_LEN));
    wire_put_be64(&w, 77);
    body = wire_put_room(&w, n + 16);
    memcpy(body, text, n);
    assert_int_equal(crypto_cipher_new(crypto_encr_by_name("aes256gcm16"), CRYPTO_ENCRYPT,
                                       crypto_span(key, sizeof(key)), &c),
                     0);
    assert_int_equal(
        crypto_aead_seal(c, body - 8, crypto_span(buf, IKE_HEADER_LEN + 4), body, n, body + n), 0);
    crypto_cipher_free(c);
    return total;
}

/* Authentic, but not well formed: what a peer with the right keys may still send. */
static void test_authentic_but_bad(void **state)
{
    static const struct {
        uint8_t first;
        const char *text;
        enum ike_fault fault;
        uint8_t payload;
    } v[] = {
        {0, "00", IKE_FAULT_NONE, 0},
        {0, "aabbcc 03", IKE_FAULT_NONE, 0},                   /* padding holds anything */
        {0, "aabbcc 04", IKE_FAULT_INTEGRITY, IKE_PAYLOAD_SK}, /* longer than all there is */
        {0, "ff", IKE_FAULT_INTEGRITY, IKE_PAYLOAD_SK},
        {0, "00000004 00", IKE_FAULT_SYNTAX, 0},
        {43, "00000004 00", IKE_FAULT_NONE, 0},
        {43, "00000005 00", IKE_FAULT_SYNTAX, 43},
        {200, "00800004 00", IKE_FAULT_CRITICAL, 200},
        {46, "00000004 00", IKE_FAULT_SYNTAX, 46},
    };
    struct suite gcm = {"aes256gcm16", NULL};
    struct pair p = make_pair(&gcm);

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
        uint8_t buf[256], plain[256];
        size_t len = seal_raw(v[i].first, v[i].text, buf, sizeof(buf));
        struct ike_problem problem = {0};
        struct ike_message m;

        assert_int_equal(ike_message_parse(buf, len, &m, NULL), 0);
        assert_int_equal(ike_message_unprotect(&m, p.r, buf, len, plain, sizeof(plain), &problem) ==
                             0,
                         v[i].fault == IKE_FAULT_NONE);
        assert_int_equal(problem.fault, v[i].fault);
        assert_int_equal(problem.payload, v[i].payload);
        assert_int_equal(m.was_protected, v[i].fault != IKE_FAULT_INTEGRITY);
    }
    free_pair(&p);
}

static void test_nothing_to_open(void **state)
{
    struct suite gcm = {"aes256gcm16", NULL};
    struct pair p = make_pair(&gcm);
    uint8_t buf[128], plain[128];
    struct ike_problem problem;
    struct ike_message m;
    size_t n;

    (void)state;
    ike_message_init(&m, IKE_EXCHANGE_INFORMATIONAL, 0, 1, 2, 0);
    assert_int_equal(ike_message_build(&m, buf, sizeof(buf), &n), 0);
    assert_int_equal(ike_message_parse(buf, n, &m, NULL), 0);
    assert_int_equal(ike_message_unprotect(&m, p.r, buf, n, plain, sizeof(plain), &problem),
                     -EPROTO);
    assert_int_equal(problem.fault, IKE_FAULT_NOT_PROTECTED);

    n = sealed_message(p.i, 5, buf, sizeof(buf));
    buf[16] = IKE_PAYLOAD_SKF;
    wire_store_be32(buf + IKE_HEADER_LEN + 4, 0x00010001);
    assert_int_equal(ike_message_parse(buf, n, &m, NULL), 0);
    assert_int_equal(ike_message_unprotect(&m, p.r, buf, n, plain, sizeof(plain), &problem),
                     -EPROTO);
    assert_int_equal(problem.fault, IKE_FAULT_UNEXPECTED);
    free_pair(&p);
}

static void test_suites_must_fit(void **state)
{
    struct suite aead_and_integ = {"aes128gcm16", "sha256"}, neither = {"aes128", NULL};
    struct ike_algs a = algs_of(&aead_and_integ), b = algs_of(&neither);
    struct ike_keys keys = {0};
    struct ike_sk *sk = NULL;

    (void)state;
    assert_int_equal(ike_sk_new(&a, &keys, true, &fresh, &sk), -EINVAL);
    assert_int_equal(ike_sk_new(&b, &keys, true, &fresh, &sk), -EINVAL);
    assert_null(sk);
    ike_sk_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc7634_packet),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_any_changed_bit_is_refused),
        cmocka_unit_test(test_short_bodies),
        cmocka_unit_test(test_fresh_iv_each_time),
        cmocka_unit_test(test_authentic_but_bad),
        cmocka_unit_test(test_nothing_to_open),
        cmocka_unit_test(test_suites_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
