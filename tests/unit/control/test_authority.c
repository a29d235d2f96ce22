#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "authority_internal.h"
#include "control_internal.h"
#include "pki.h"

/* A region's authority: what it signs, what it takes, and what it does not. */

#define S UINT64_C(1000000)

struct world {
    uint64_t now_us;
    struct authority *authority;
    EVP_PKEY *key;       /* of the node */
    struct buf pem, der; /* its certificate, good for a day */
    struct certificate_claim claim;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    w->now_us = clock_realtime_us();
    w->key = pki_key(PKI_P256);
    assert_int_equal(authority_new("cn-north-1", w->now_us, &w->authority), 0);
    assert_int_equal(
        authority_sign(w->authority, w->key, "node-a", w->now_us, 86400, &w->pem, &w->claim), 0);
    pki_der(buf_text(&w->pem), &w->der);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    authority_unref(w->authority);
    EVP_PKEY_free(w->key);
    buf_done(&w->pem);
    buf_done(&w->der);
    free(w);
    return 0;
}

static int verify(const struct world *w, const struct buf *der, uint64_t now_us)
{
    struct certificate_claim claim;

    return authority_verify(w->authority, der->data, der->len, now_us, &claim);
}

static void test_what_it_signs_it_takes(void **state)
{
    struct world *w = *state;
    struct certificate_claim claim;
    char key[CERTIFICATE_KEY_TEXT];

    assert_int_equal(authority_verify(w->authority, w->der.data, w->der.len, w->now_us, &claim), 0);
    assert_string_equal(claim.region, "cn-north-1");
    assert_string_equal(claim.node, "node-a");
    assert_int_equal(certificate_key_text(w->key, key), 0);
    assert_string_equal(claim.key, key);
    assert_int_equal(claim.from_us / S, w->now_us / S - AUTHORITY_BACKDATE_S);
    assert_int_equal(claim.until_us / S, w->now_us / S + 86400);
}

static void test_times(void **state)
{
    static const struct {
        int64_t after_s;
        int expected;
    } cases[] = {
        {-AUTHORITY_BACKDATE_S - 2, -ESTALE},
        {-AUTHORITY_BACKDATE_S + 2, 0},
        {0, 0},
        {86400 - 2, 0},
        {86400 + 2, -ESTALE},
        {3650 * 86400L, -ESTALE},
    };
    struct world *w = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(verify(w, &w->der, w->now_us + (uint64_t)(cases[i].after_s * (int64_t)S)),
                         cases[i].expected);
}

static void test_a_certificate_ends_with_its_authority(void **state)
{
    struct world *w = *state;
    struct certificate_claim claim;

    buf_clear(&w->pem);
    assert_int_equal(authority_sign(w->authority, w->key, "node-a", w->now_us,
                                    UINT64_C(20) * 365 * 86400, &w->pem, &claim),
                     0);
    assert_int_equal(claim.until_us / S, authority_until_us(w->authority) / S);
}

static void test_another_regions_authority(void **state)
{
    struct world *w = *state;
    struct authority *other = NULL, *twin = NULL;
    struct certificate_claim claim;

    assert_int_equal(authority_new("cn-east-2", w->now_us, &other), 0);
    assert_int_equal(authority_new("cn-north-1", w->now_us, &twin), 0);
    assert_int_equal(authority_verify(other, w->der.data, w->der.len, w->now_us, &claim), -EBADMSG);
    /* The same name with another key. */
    assert_int_equal(authority_verify(twin, w->der.data, w->der.len, w->now_us, &claim), -EBADMSG);
    authority_unref(other);
    authority_unref(twin);
}

static X509 *certificate_of(const struct authority *a)
{
    BIO *bio = BIO_new_mem_buf(authority_certificate(a), -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    return cert;
}

static EVP_PKEY *key_of(const struct authority *a)
{
    struct buf pem = {0};
    BIO *bio;
    EVP_PKEY *key;

    assert_int_equal(authority_key(a, &pem), 0);
    bio = BIO_new_mem_buf(buf_text(&pem), -1);
    key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    buf_wipe(&pem);
    return key;
}

/* What only the authority's own key could make, and would not. */
static void test_odd_certificates_of_its_own(void **state)
{
    static const struct {
        struct pki_wish wish;
        int expected;
    } cases[] = {
        {{"node-a", "URI:ropeway:cn-north-1/node-a", "clientAuth", -60, 60}, 0},
        {{"node-a", "URI:ropeway:cn-north-1/node-a", "clientAuth", -60, -30}, -ESTALE},
        {{"node-a", "URI:ropeway:cn-north-1/node-a", "clientAuth", 60, 90}, -ESTALE},
        {{"node-a", "URI:ropeway:cn-north-1/node-a", "serverAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:ropeway:cn-east-2/node-a", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-b", "URI:ropeway:cn-north-1/node-a", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:ropeway:cn-north-1/node-b", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", NULL, "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:ropeway:cn-north-1/node-a,URI:ropeway:cn-north-1/node-b", "clientAuth",
          -60, 60},
         -EBADMSG},
        {{"node-a", "DNS:node-a", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:ropeway:cn-north-1", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:ropeway:/node-a", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:ropeway:cn-north-1/", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:ropeway:cn-north-1/node-a/x", "clientAuth", -60, 60}, -EBADMSG},
        {{"node-a", "URI:http://cn-north-1/node-a", "clientAuth", -60, 60}, -EBADMSG},
    };
    struct world *w = *state;
    X509 *ca = certificate_of(w->authority);
    EVP_PKEY *ca_key = key_of(w->authority);
    struct buf der = {0};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        pki_forge(&cases[i].wish, w->key, ca, ca_key, &der);
        if (verify(w, &der, w->now_us) != cases[i].expected)
            fail_msg("case %zu: %d", i, verify(w, &der, w->now_us));
    }
    buf_done(&der);
    EVP_PKEY_free(ca_key);
    X509_free(ca);
}

/* Names are cheap: a stranger writes what he likes, and signs it himself. */
static void test_forged_certificates(void **state)
{
    static const struct pki_wish wish = {"node-a", "URI:ropeway:cn-north-1/node-a", "clientAuth",
                                         -60, 60};
    struct world *w = *state;
    X509 *ca = certificate_of(w->authority);
    EVP_PKEY *own = pki_key(PKI_P256);
    struct buf der = {0};

    pki_forge(&wish, own, ca, own, &der); /* the authority's name, his key */
    assert_int_equal(verify(w, &der, w->now_us), -EBADMSG);
    pki_forge(&wish, own, NULL, own, &der); /* signed by itself */
    assert_int_equal(verify(w, &der, w->now_us), -EBADMSG);
    EVP_PKEY_free(own);
    X509_free(ca);
    buf_done(&der);
}

static void test_not_one_byte_may_differ(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < w->der.len; i++) {
        w->der.data[i] ^= 1;
        assert_true(verify(w, &w->der, w->now_us) < 0);
        w->der.data[i] ^= 1;
    }
    for (size_t len = 0; len < w->der.len; len += 7) {
        struct buf cut = {.data = w->der.data, .len = len};

        assert_int_equal(verify(w, &cut, w->now_us), -EBADMSG);
    }
    buf_add(&w->der, "", 1);
    assert_int_equal(verify(w, &w->der, w->now_us), -EBADMSG);
}

/* ---- requests ---- */

static int parse(const char *pem, size_t len)
{
    EVP_PKEY *key = NULL;
    enum words_code why = WORDS_FOREIGN;
    int r = certificate_request_parse(pem, len, &key, &why);

    assert_true((r == 0) == (key != NULL));
    assert_true((r == 0) == (why == WORDS_FOREIGN));
    EVP_PKEY_free(key);
    return r;
}

static void test_kinds_of_keys(void **state)
{
    static const struct {
        enum pki_kind kind;
        int expected;
    } cases[] = {
        {PKI_P256, 0},    {PKI_P384, 0},     {PKI_P521, -EBADMSG},     {PKI_K256, -EBADMSG},
        {PKI_ED25519, 0}, {PKI_RSA_2048, 0}, {PKI_RSA_1024, -EBADMSG},
    };
    struct buf pem = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        EVP_PKEY *key = pki_key(cases[i].kind);

        pki_request(key, key, &pem);
        if (parse(buf_text(&pem), pem.len) != cases[i].expected)
            fail_msg("kind %d", (int)cases[i].kind);
        EVP_PKEY_free(key);
    }
    buf_done(&pem);
}

static void test_a_request_proves_its_key(void **state)
{
    struct world *w = *state;
    EVP_PKEY *other = pki_key(PKI_P256);
    struct buf pem = {0};

    pki_request(w->key, other, &pem);
    assert_int_equal(parse(buf_text(&pem), pem.len), -EBADMSG);
    EVP_PKEY_free(other);
    buf_done(&pem);
}

static void test_requests_of_another_shape(void **state)
{
    static const char *const around[][2] = {
        {"x\n", ""},
        {"\n", ""},
        {"", "x"},
        {"", "\n-----BEGIN X-----\n"},
    };
    struct world *w = *state;
    struct buf pem = {0}, odd = {0};

    pki_request(w->key, w->key, &pem);
    assert_int_equal(parse(buf_text(&pem), pem.len), 0);
    for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
        buf_clear(&odd);
        buf_printf(&odd, "%s%s%s", around[i][0], buf_text(&pem), around[i][1]);
        assert_int_equal(parse(buf_text(&odd), odd.len), -EBADMSG);
    }
    buf_clear(&odd);
    buf_printf(&odd, "%s%s", buf_text(&pem), buf_text(&pem));
    assert_int_equal(parse(buf_text(&odd), odd.len), -EBADMSG);
    buf_clear(&odd);
    buf_printf(&odd, "%s  \r\n\n", buf_text(&pem));
    assert_int_equal(parse(buf_text(&odd), odd.len), 0);
    while (odd.len <= CERTIFICATE_REQUEST_MAX)
        buf_puts(&odd, " ");
    assert_int_equal(parse(buf_text(&odd), odd.len), -EBADMSG);
    assert_int_equal(parse(buf_text(&w->pem), w->pem.len), -EBADMSG); /* a certificate */
    assert_int_equal(parse("", 0), -EBADMSG);
    for (size_t len = 0; len < pem.len - 1; len += 5)
        assert_int_equal(parse(buf_text(&pem), len), -EBADMSG);
    buf_done(&pem);
    buf_done(&odd);
}

/* ---- at rest ---- */

static void test_an_authority_at_rest(void **state)
{
    struct seal_ring key = {.count = 0}, wrong = {.count = 0};
    struct world *w = *state;
    struct authority *back = NULL;
    struct certificate_claim claim;
    json_t *record = NULL;
    char *text;

    assert_int_equal(seal_ring_open(NULL, &key), 0);
    assert_int_equal(seal_ring_open(NULL, &wrong), 0);
    assert_int_equal(credentials_authority_record(&key, "cn-north-1", w->authority, &record), 0);
    text = json_dumps(record, 0);
    assert_null(strstr(text, "PRIVATE"));
    free(text);
    assert_int_equal(credentials_authority_read(&key, "cn-north-1", record, &back), 0);
    assert_true(authority_can_sign(back));
    assert_int_equal(authority_verify(back, w->der.data, w->der.len, w->now_us, &claim), 0);
    authority_unref(back);
    /* With another seal.key it can tell nodes from strangers, but not make more. */
    log_set_level(LOG_ERROR + 1);
    assert_int_equal(credentials_authority_read(&wrong, "cn-north-1", record, &back), 0);
    assert_false(authority_can_sign(back));
    assert_int_equal(authority_verify(back, w->der.data, w->der.len, w->now_us, &claim), 0);
    authority_unref(back);
    /* A record that was moved to another region is not its authority. */
    assert_int_equal(credentials_authority_read(&key, "cn-east-2", record, &back), -EBADMSG);
    log_set_level(LOG_ERROR);
    json_decref(record);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_what_it_signs_it_takes),
        T(test_times),
        T(test_a_certificate_ends_with_its_authority),
        T(test_another_regions_authority),
        T(test_odd_certificates_of_its_own),
        T(test_forged_certificates),
        T(test_not_one_byte_may_differ),
        T(test_kinds_of_keys),
        T(test_a_request_proves_its_key),
        T(test_requests_of_another_shape),
        T(test_an_authority_at_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
