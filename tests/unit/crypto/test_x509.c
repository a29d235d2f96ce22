/* Certificates, keys, signatures and trust, with a CA made on the spot. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "x509.h"

#include "../pki.h"

#define NOW (PKI_2030 + PKI_YEAR)

static struct crypto_span text(const char *pem)
{
    return crypto_span(pem, strlen(pem));
}

/* A root, and what it issued. */
struct chain {
    EVP_PKEY *root_key, *key;
    X509 *root, *leaf;
};

static struct chain make_chain(enum pki_kind kind, const struct pki_order *leaf)
{
    struct chain c = {.root_key = pki_key(PKI_P256), .key = pki_key(kind)};

    c.root = pki_cert(&(struct pki_order){.cn = "root", .ca = true}, c.root_key, NULL, c.root_key);
    c.leaf = pki_cert(leaf, c.key, c.root, c.root_key);
    return c;
}

static void free_chain(struct chain *c)
{
    X509_free(c->root);
    X509_free(c->leaf);
    EVP_PKEY_free(c->root_key);
    EVP_PKEY_free(c->key);
}

static struct crypto_certs *certs_of(X509 *first, X509 *second)
{
    char *pem = pki_cert_pem(first, second);
    struct crypto_certs *certs;
    enum crypto_cert_fault fault;

    assert_int_equal(crypto_certs_parse(text(pem), &certs, &fault), 0);
    free(pem);
    return certs;
}

static struct crypto_trust *trust_of(X509 *ca, X509_CRL *crl)
{
    char *pem = pki_cert_pem(ca, NULL), *crl_pem = crl ? pki_crl_pem(crl) : strdup("");
    struct crypto_trust *trust;
    enum crypto_cert_fault fault;

    assert_int_equal(crypto_trust_new(text(pem), text(crl_pem), &trust, &fault), 0);
    free(pem);
    free(crl_pem);
    return trust;
}

static enum crypto_cert_fault judge(X509 *ca, X509_CRL *crl, X509 *leaf, X509 *between,
                                    int64_t now_s, struct crypto_verdict *v)
{
    struct crypto_trust *trust = trust_of(ca, crl);
    struct crypto_certs *certs = certs_of(leaf, between);
    int r = crypto_trust_verify(trust, certs, now_s, v);

    assert_int_equal(r, v->fault == CRYPTO_CERT_GOOD ? 0 : -EBADMSG);
    crypto_trust_free(trust);
    crypto_certs_free(certs);
    return v->fault;
}

/* ---- signatures ---- */

static const struct {
    enum pki_kind key;
    struct crypto_scheme scheme;
    bool works;
    size_t len; /* 0: varies */
} schemes[] = {
    {PKI_RSA, {CRYPTO_SIGN_RSA, CRYPTO_SIGN_SHA1, 0}, true, 256},
    {PKI_RSA, {CRYPTO_SIGN_RSA, CRYPTO_SIGN_SHA256, 0}, true, 256},
    {PKI_RSA, {CRYPTO_SIGN_RSA_PSS, CRYPTO_SIGN_SHA256, 32}, true, 256},
    {PKI_RSA, {CRYPTO_SIGN_RSA_PSS, CRYPTO_SIGN_SHA512, 64}, true, 256},
    {PKI_RSA, {CRYPTO_SIGN_RSA_PSS, CRYPTO_SIGN_SHA384, 0}, true, 256},
    {PKI_RSA, {CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA256, 0}, false, 0},
    {PKI_P256, {CRYPTO_SIGN_ECDSA_RAW, CRYPTO_SIGN_SHA256, 0}, true, 64},
    {PKI_P384, {CRYPTO_SIGN_ECDSA_RAW, CRYPTO_SIGN_SHA384, 0}, true, 96},
    {PKI_P521, {CRYPTO_SIGN_ECDSA_RAW, CRYPTO_SIGN_SHA512, 0}, true, 132},
    {PKI_P256, {CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA256, 0}, true, 0},
    {PKI_P521, {CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA512, 0}, true, 0},
    {PKI_P256, {CRYPTO_SIGN_ED25519, CRYPTO_SIGN_IDENTITY, 0}, false, 0},
    {PKI_ED25519, {CRYPTO_SIGN_ED25519, CRYPTO_SIGN_IDENTITY, 0}, true, 64},
    {PKI_ED25519, {CRYPTO_SIGN_ED25519, CRYPTO_SIGN_SHA256, 0}, false, 0},
};

static void test_signatures_hold_by_their_scheme_alone(void **state)
{
    static const char said[] = "what both ends saw";
    struct crypto_span data = crypto_span(said, sizeof(said));

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        struct chain c = make_chain(schemes[i].key, &(struct pki_order){.cn = "a"});
        struct crypto_certs *certs = certs_of(c.leaf, NULL);
        char *pem = pki_key_pem(c.key, NULL);
        uint8_t sig[CRYPTO_SIGNATURE_MAX];
        enum crypto_cert_fault fault;
        struct crypto_key *key;
        size_t len;
        int r;

        assert_int_equal(crypto_key_parse(text(pem), &key, &fault), 0);
        assert_true(crypto_key_fits(key, certs));
        r = crypto_sign(key, &schemes[i].scheme, data, sig, &len);
        assert_int_equal(r, schemes[i].works ? 0 : -EINVAL);
        if (r == 0) {
            if (schemes[i].len)
                assert_int_equal(len, schemes[i].len);
            assert_int_equal(
                crypto_sign_verify(certs, &schemes[i].scheme, data, crypto_span(sig, len)), 0);
            assert_int_equal(crypto_sign_verify(certs, &schemes[i].scheme,
                                                crypto_span(said, sizeof(said) - 1),
                                                crypto_span(sig, len)),
                             -EBADMSG);
            assert_int_equal(
                crypto_sign_verify(certs, &schemes[i].scheme, data, crypto_span(sig, len - 1)),
                -EBADMSG);
            sig[len - 1] ^= 1;
            assert_int_equal(
                crypto_sign_verify(certs, &schemes[i].scheme, data, crypto_span(sig, len)),
                -EBADMSG);
        }
        crypto_key_free(key);
        crypto_certs_free(certs);
        free(pem);
        free_chain(&c);
    }
}

/* RFC 7427, A.1.2, A.3.2, and RFC 8420, A. */
static void test_algorithm_identifiers_are_those_of_the_rfcs(void **state)
{
    static const struct {
        struct crypto_scheme scheme;
        size_t len;
        uint8_t der[16];
    } rows[] = {
        {{CRYPTO_SIGN_RSA, CRYPTO_SIGN_SHA256, 0},
         15,
         {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05,
          0x00}},
        {{CRYPTO_SIGN_ECDSA, CRYPTO_SIGN_SHA256, 0},
         12,
         {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}},
        {{CRYPTO_SIGN_ED25519, CRYPTO_SIGN_IDENTITY, 0},
         7,
         {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70}},
    };
    uint8_t der[CRYPTO_ALGORITHM_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(crypto_scheme_write(&rows[i].scheme, der), rows[i].len);
        assert_memory_equal(der, rows[i].der, rows[i].len);
    }
}

static void test_algorithm_identifiers_survive_writing_and_reading(void **state)
{
    uint8_t der[CRYPTO_ALGORITHM_MAX];
    struct crypto_scheme back;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        size_t len = crypto_scheme_write(&schemes[i].scheme, der);

        if (!len)
            continue; /* a raw one has none, nor has a mixture */
        assert_int_equal(crypto_scheme_parse(crypto_span(der, len), &back), 0);
        assert_memory_equal(&back, &schemes[i].scheme, sizeof(back));
        for (size_t cut = 0; cut < len; cut++)
            assert_int_equal(crypto_scheme_parse(crypto_span(der, cut), &back), -EBADMSG);
    }
    /* MGF1 with another hash than the signature's */
    assert_int_equal(crypto_scheme_write(
                         &(struct crypto_scheme){CRYPTO_SIGN_RSA_PSS, CRYPTO_SIGN_SHA256, 32}, der),
                     67);
    der[59] = 2;
    assert_int_equal(crypto_scheme_parse(crypto_span(der, 67), &back), -EBADMSG);
}

/* ---- keys ---- */

static void assert_key_refused(const char *pem, enum crypto_cert_fault expected)
{
    enum crypto_cert_fault fault;
    struct crypto_key *key;

    assert_int_equal(crypto_key_parse(text(pem), &key, &fault), -EBADMSG);
    assert_int_equal(fault, expected);
}

static void test_keys_that_will_not_do_are_refused(void **state)
{
    static const struct {
        enum pki_kind kind;
        const char *passphrase;
        enum crypto_cert_fault fault;
    } rows[] = {{PKI_RSA_1024, NULL, CRYPTO_CERT_WEAK_KEY},
                {PKI_X25519, NULL, CRYPTO_CERT_KEY_TYPE},
                {PKI_P256, "secret", CRYPTO_CERT_KEY_LOCKED}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        EVP_PKEY *key = pki_key(rows[i].kind);
        char *pem = pki_key_pem(key, rows[i].passphrase);

        assert_key_refused(pem, rows[i].fault);
        free(pem);
        EVP_PKEY_free(key);
    }
    assert_key_refused("", CRYPTO_CERT_NONE);
    assert_key_refused("hunter2", CRYPTO_CERT_UNREADABLE);
}

static void test_a_key_fits_its_own_certificate_only(void **state)
{
    struct chain c = make_chain(PKI_P256, &(struct pki_order){.cn = "a"});
    struct crypto_certs *certs = certs_of(c.leaf, NULL);
    char *pem = pki_key_pem(c.root_key, NULL);
    enum crypto_cert_fault fault;
    struct crypto_key *key;

    (void)state;
    assert_int_equal(crypto_key_parse(text(pem), &key, &fault), 0);
    assert_false(crypto_key_fits(key, certs));
    crypto_key_free(key);
    crypto_certs_free(certs);
    free(pem);
    free_chain(&c);
}

/* ---- certificates ---- */

static void test_certificates_are_bounded(void **state)
{
    struct chain c = make_chain(PKI_P256, &(struct pki_order){.cn = "a"});
    char *pem = pki_cert_pem(c.leaf, NULL), *many = calloc(10, strlen(pem) + 1);
    struct crypto_certs *certs;
    enum crypto_cert_fault fault;
    struct crypto_span der;

    (void)state;
    assert_non_null(many);
    for (int i = 0; i < 8; i++)
        strcat(many, pem);
    assert_int_equal(crypto_certs_parse(text(many), &certs, &fault), 0);
    assert_int_equal(crypto_certs_count(certs), 8);
    der = crypto_certs_der(certs, 7);
    assert_int_equal(crypto_certs_add(certs, der), -E2BIG);
    crypto_certs_free(certs);
    strcat(many, pem);
    assert_int_equal(crypto_certs_parse(text(many), &certs, &fault), -EBADMSG);
    assert_int_equal(fault, CRYPTO_CERT_TOO_MANY);
    assert_int_equal(crypto_certs_parse(text("no certificate"), &certs, &fault), -EBADMSG);
    assert_int_equal(fault, CRYPTO_CERT_NONE);
    pem[200] = '!';
    assert_int_equal(crypto_certs_parse(text(pem), &certs, &fault), -EBADMSG);
    assert_int_equal(fault, CRYPTO_CERT_UNREADABLE);
    free(many);
    free(pem);
    free_chain(&c);
}

static void test_der_is_one_certificate_and_nothing_behind_it(void **state)
{
    struct chain c = make_chain(PKI_P256, &(struct pki_order){.cn = "a"});
    struct crypto_certs *from = certs_of(c.leaf, NULL), *certs;
    struct crypto_span der = crypto_certs_der(from, 0);
    uint8_t longer[4096] = {0};

    (void)state;
    assert_int_equal(crypto_certs_new(&certs), 0);
    memcpy(longer, der.data, der.len);
    assert_int_equal(crypto_certs_add(certs, crypto_span(longer, der.len + 1)), -EBADMSG);
    for (size_t len = 0; len < der.len; len++)
        assert_int_equal(crypto_certs_add(certs, crypto_span(longer, len)), -EBADMSG);
    assert_int_equal(crypto_certs_add(certs, der), 0);
    assert_int_equal(crypto_certs_count(certs), 1);
    crypto_certs_free(certs);
    crypto_certs_free(from);
    free_chain(&c);
}

static void test_names_are_those_in_the_certificate(void **state)
{
    static const uint8_t ip4[] = {192, 0, 2, 1}, other[] = {192, 0, 2, 2};
    struct chain c = make_chain(
        PKI_P256,
        &(struct pki_order){
            .cn = "gw.example.org",
            .san = "DNS:A.example.org,IP:192.0.2.1,email:ops@example.org,IP:2001:db8::1"});
    struct crypto_certs *certs = certs_of(c.leaf, NULL), *root = certs_of(c.root, NULL);
    char names[200];

    (void)state;
    assert_true(crypto_certs_bear(certs, CRYPTO_NAME_DNS, text("a.EXAMPLE.org")));
    assert_true(crypto_certs_bear(certs, CRYPTO_NAME_IP, crypto_span(ip4, 4)));
    assert_true(crypto_certs_bear(certs, CRYPTO_NAME_EMAIL, text("OPS@example.org")));
    assert_true(crypto_certs_bear(certs, CRYPTO_NAME_DN, crypto_certs_subject(certs)));
    /* Of another kind, another name, a part, the common name, the issuer. */
    assert_false(crypto_certs_bear(certs, CRYPTO_NAME_EMAIL, text("a.example.org")));
    assert_false(crypto_certs_bear(certs, CRYPTO_NAME_IP, crypto_span(other, 4)));
    assert_false(crypto_certs_bear(certs, CRYPTO_NAME_DNS, text("example.org")));
    assert_false(crypto_certs_bear(certs, CRYPTO_NAME_DNS, text("gw.example.org")));
    assert_false(crypto_certs_bear(certs, CRYPTO_NAME_DNS, text("")));
    assert_false(crypto_certs_bear(certs, CRYPTO_NAME_DN, crypto_certs_subject(root)));
    assert_false(crypto_certs_bear(certs, CRYPTO_NAME_DN, text("0")));
    crypto_certs_write_names(certs, names, sizeof(names));
    assert_string_equal(names, "CN=gw.example.org,O=Example, A.example.org, 192.0.2.1, "
                               "ops@example.org, 2001:db8::1");
    crypto_certs_free(certs);
    crypto_certs_free(root);
    free_chain(&c);
}

/* ---- trust ---- */

static void test_a_chain_is_trusted_while_all_of_it_is_valid(void **state)
{
    static const struct {
        struct pki_order order;
        int64_t now_s;
        enum crypto_cert_fault fault;
    } rows[] = {
        {{.cn = "good"}, NOW, CRYPTO_CERT_GOOD},
        {{.cn = "usage", .usage = "digitalSignature"}, NOW, CRYPTO_CERT_GOOD},
        {{.cn = "usage", .usage = "nonRepudiation"}, NOW, CRYPTO_CERT_GOOD},
        {{.cn = "usage", .usage = "keyEncipherment"}, NOW, CRYPTO_CERT_USAGE},
        {{.cn = "late", .until_s = PKI_YEAR / 2}, NOW, CRYPTO_CERT_EXPIRED},
        {{.cn = "early", .from_s = 2 * PKI_YEAR}, NOW, CRYPTO_CERT_EARLY},
        {{.cn = "far", .until_s = 30 * PKI_YEAR}, PKI_2030 + 11 * PKI_YEAR, CRYPTO_CERT_EXPIRED},
    };
    struct crypto_verdict v;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct chain c = make_chain(PKI_P256, &rows[i].order);

        assert_int_equal(judge(c.root, NULL, c.leaf, NULL, rows[i].now_s, &v), rows[i].fault);
        if (v.fault == CRYPTO_CERT_EXPIRED && i == 4) {
            assert_string_equal(v.subject, "CN=late,O=Example");
            assert_int_equal(v.at_s, PKI_2030 + PKI_YEAR / 2);
        }
        if (v.fault == CRYPTO_CERT_GOOD)
            assert_int_equal(v.at_s, PKI_2030 + 10 * PKI_YEAR);
        if (v.fault == CRYPTO_CERT_EARLY)
            assert_int_equal(v.at_s, PKI_2030 + 2 * PKI_YEAR);
        free_chain(&c);
    }
}

static void test_sha1_and_short_keys_are_refused(void **state)
{
    struct crypto_verdict v;
    struct chain weak_hash =
        make_chain(PKI_P256, &(struct pki_order){.cn = "sha1", .md = EVP_sha1()});
    struct chain weak_key = make_chain(PKI_RSA_1024, &(struct pki_order){.cn = "short"});
    struct chain foreign = make_chain(PKI_X25519, &(struct pki_order){.cn = "x25519"});

    (void)state;
    assert_int_equal(judge(weak_hash.root, NULL, weak_hash.leaf, NULL, NOW, &v),
                     CRYPTO_CERT_WEAK_HASH);
    assert_int_equal(judge(weak_key.root, NULL, weak_key.leaf, NULL, NOW, &v),
                     CRYPTO_CERT_WEAK_KEY);
    assert_int_equal(judge(foreign.root, NULL, foreign.leaf, NULL, NOW, &v), CRYPTO_CERT_KEY_TYPE);
    free_chain(&weak_hash);
    free_chain(&weak_key);
    free_chain(&foreign);
}

static void test_strangers_and_forgers_are_refused(void **state)
{
    struct crypto_verdict v;
    struct chain a = make_chain(PKI_P256, &(struct pki_order){.cn = "a"});
    struct chain b = make_chain(PKI_P256, &(struct pki_order){.cn = "b"});
    X509 *alone = pki_cert(&(struct pki_order){.cn = "alone"}, a.key, NULL, a.key);

    (void)state;
    /* Both roots have the same name: b's leaf seems to be a's, and its signature does not hold. */
    assert_int_equal(judge(a.root, NULL, b.leaf, NULL, NOW, &v), CRYPTO_CERT_FORGED);
    assert_int_equal(judge(a.root, NULL, alone, NULL, NOW, &v), CRYPTO_CERT_UNKNOWN_CA);
    assert_int_equal(judge(alone, NULL, alone, NULL, NOW, &v), CRYPTO_CERT_GOOD);
    X509_free(alone);
    free_chain(&a);
    free_chain(&b);
}

static void test_what_stands_between_has_to_be_a_ca(void **state)
{
    struct crypto_verdict v;

    (void)state;
    for (int ca = 0; ca < 2; ca++) {
        struct chain c = make_chain(PKI_P256, &(struct pki_order){.cn = "between", .ca = ca});
        EVP_PKEY *key = pki_key(PKI_ED25519);
        X509 *leaf = pki_cert(&(struct pki_order){.cn = "leaf"}, key, c.leaf, c.key);

        assert_int_equal(judge(c.root, NULL, leaf, c.leaf, NOW, &v),
                         ca ? CRYPTO_CERT_GOOD : CRYPTO_CERT_NOT_CA);
        assert_int_equal(judge(c.root, NULL, leaf, NULL, NOW, &v), CRYPTO_CERT_UNKNOWN_CA);
        X509_free(leaf);
        EVP_PKEY_free(key);
        free_chain(&c);
    }
}

static void test_a_crl_revokes_even_when_out_of_date(void **state)
{
    struct crypto_verdict v;
    struct chain c = make_chain(PKI_P256, &(struct pki_order){.cn = "a", .serial = 7});
    struct chain other = make_chain(PKI_P256, &(struct pki_order){.cn = "b"});
    X509_CRL *mine = pki_crl(c.root, c.root_key, 7, 0, 5 * PKI_YEAR);
    X509_CRL *old = pki_crl(c.root, c.root_key, 7, 0, PKI_YEAR / 2);
    X509_CRL *about_8 = pki_crl(c.root, c.root_key, 8, 0, 5 * PKI_YEAR);
    X509_CRL *forged = pki_crl(c.root, other.root_key, 7, 0, 5 * PKI_YEAR);

    (void)state;
    assert_int_equal(judge(c.root, mine, c.leaf, NULL, NOW, &v), CRYPTO_CERT_REVOKED);
    assert_int_equal(judge(c.root, old, c.leaf, NULL, NOW, &v), CRYPTO_CERT_REVOKED);
    assert_int_equal(judge(c.root, about_8, c.leaf, NULL, NOW, &v), CRYPTO_CERT_GOOD);
    assert_int_equal(judge(c.root, forged, c.leaf, NULL, NOW, &v), CRYPTO_CERT_FORGED);
    X509_CRL_free(mine);
    X509_CRL_free(old);
    X509_CRL_free(about_8);
    X509_CRL_free(forged);
    free_chain(&c);
    free_chain(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signatures_hold_by_their_scheme_alone),
        cmocka_unit_test(test_algorithm_identifiers_are_those_of_the_rfcs),
        cmocka_unit_test(test_algorithm_identifiers_survive_writing_and_reading),
        cmocka_unit_test(test_keys_that_will_not_do_are_refused),
        cmocka_unit_test(test_a_key_fits_its_own_certificate_only),
        cmocka_unit_test(test_certificates_are_bounded),
        cmocka_unit_test(test_der_is_one_certificate_and_nothing_behind_it),
        cmocka_unit_test(test_names_are_those_in_the_certificate),
        cmocka_unit_test(test_a_chain_is_trusted_while_all_of_it_is_valid),
        cmocka_unit_test(test_sha1_and_short_keys_are_refused),
        cmocka_unit_test(test_strangers_and_forgers_are_refused),
        cmocka_unit_test(test_what_stands_between_has_to_be_a_ca),
        cmocka_unit_test(test_a_crl_revokes_even_when_out_of_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
