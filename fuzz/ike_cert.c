#include <stdio.h>
#include <stdlib.h>

#include "ike.h"

/* What a peer sends of certificates, and what people give of them. The first byte says what the
 * rest is: 'd' a certificate (DER), 'a' the AlgorithmIdentifier of a signature, 'k' a private key
 * (PEM), else certificates, CAs and CRLs (PEM). Whatever comes in: nothing is read beyond its end,
 * what was taken has a subject or none, and an algorithm comes back as it was written. */

#define EXPECT(what)                                                                               \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "not so: %s\n", #what);                                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define NOW_S INT64_C(1795000000)

/* Everything that is asked of a certificate. */
static void ask(const struct crypto_certs *certs)
{
    static const struct crypto_scheme scheme = {
        .kind = CRYPTO_SIGN_ECDSA_RAW, .hash = CRYPTO_SIGN_SHA256, .salt_len = 0};
    static const uint8_t signature[64] = {1};
    struct crypto_span subject = crypto_certs_subject(certs);
    char text[CRYPTO_DN_TEXT_MAX];
    unsigned bits;

    crypto_certs_write_names(certs, text, sizeof(text));
    EXPECT(strlen(text) < sizeof(text));
    crypto_certs_write_issuer(certs, text, sizeof(text));
    EXPECT(strlen(text) < sizeof(text));
    (void)crypto_certs_end(certs);
    (void)crypto_certs_kind(certs, &bits);
    EXPECT(!subject.len || subject.data);
    (void)crypto_certs_bear(certs, CRYPTO_NAME_DN, subject);
    (void)crypto_certs_bear(certs, CRYPTO_NAME_DNS, crypto_span("a.example", 9));
    EXPECT(crypto_sign_verify(certs, &scheme, crypto_span("x", 1),
                              crypto_span(signature, sizeof(signature))) < 0);
}

static void try_der(struct crypto_span in)
{
    struct crypto_certs *certs;

    EXPECT(crypto_certs_new(&certs) == 0);
    if (crypto_certs_add(certs, in) == 0) {
        EXPECT(crypto_certs_count(certs) == 1 && crypto_certs_der(certs, 0).len > 0);
        ask(certs);
    }
    crypto_certs_free(certs);
}

static void try_algorithm(struct crypto_span in)
{
    uint8_t der[CRYPTO_ALGORITHM_MAX];
    struct crypto_scheme scheme, again;
    size_t len;

    if (crypto_scheme_parse(in, &scheme) < 0)
        return;
    len = crypto_scheme_write(&scheme, der);
    if (!len)
        return; /* SHA-1 with PSS, or a long salt: known, never written */
    EXPECT(crypto_scheme_parse(crypto_span(der, len), &again) == 0);
    EXPECT(memcmp(&scheme, &again, sizeof(scheme)) == 0);
}

static void try_key(struct crypto_span in)
{
    enum crypto_cert_fault fault = CRYPTO_CERT_GOOD;
    struct crypto_key *key;

    if (crypto_key_parse(in, &key, &fault) == 0)
        crypto_key_free(key);
    else
        EXPECT(fault != CRYPTO_CERT_GOOD);
}

static void try_pem(struct crypto_span in)
{
    enum crypto_cert_fault fault = CRYPTO_CERT_GOOD;
    struct crypto_verdict verdict;
    struct crypto_certs *certs;
    struct crypto_trust *trust;

    if (crypto_certs_parse(in, &certs, &fault) < 0) {
        EXPECT(fault != CRYPTO_CERT_GOOD);
        return;
    }
    ask(certs);
    if (crypto_trust_new(in, in, &trust, &fault) == 0 ||
        crypto_trust_new(in, crypto_span("", 0), &trust, &fault) == 0) {
        (void)!crypto_trust_verify(trust, certs, NOW_S, &verdict);
        crypto_trust_free(trust);
    }
    crypto_certs_free(certs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct crypto_span in;

    if (size < 2)
        return 0;
    in = crypto_span(data + 1, size - 1);
    switch (data[0]) {
    case 'd':
        try_der(in);
        break;
    case 'a':
        try_algorithm(in);
        break;
    case 'k':
        try_key(in);
        break;
    default:
        try_pem(in);
    }
    return 0;
}
