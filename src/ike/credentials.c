#include "parts_internal.h"

#include <stdlib.h>

/* What a tunnel proves with a certificate, and whom it believes. */

struct ike_credentials {
    unsigned refs;
    uint8_t digest[CRYPTO_SHA256_LEN]; /* of the texts */
    struct crypto_certs *own;
    struct crypto_key *key;
    struct crypto_trust *trust;
    uint8_t *bodies[CRYPTO_CERTS_MAX]; /* of CERT payloads */
    uint8_t request[1 + CRYPTO_CERTS_MAX * CRYPTO_SHA1_LEN];
};

static void free_credentials(struct ike_credentials *c)
{
    for (size_t i = 0; i < ARRAY_SIZE(c->bodies); i++)
        free(c->bodies[i]);
    crypto_certs_free(c->own);
    crypto_key_free(c->key);
    crypto_trust_free(c->trust);
    crypto_wipe(c, sizeof(*c));
    free(c);
}

/* 3.6: the encoding, then the certificate. */
static int make_bodies(struct ike_credentials *c)
{
    for (size_t i = 0; i < crypto_certs_count(c->own); i++) {
        struct crypto_span der = crypto_certs_der(c->own, i);

        c->bodies[i] = malloc(1 + der.len);
        if (!c->bodies[i])
            return -ENOMEM;
        c->bodies[i][0] = IKE_CERT_X509_SIGNATURE;
        memcpy(c->bodies[i] + 1, der.data, der.len);
    }
    return 0;
}

/* 3.7: the encoding, then the CAs' hashes. */
static void make_request(struct ike_credentials *c)
{
    c->request[0] = IKE_CERT_X509_SIGNATURE;
    for (size_t i = 0; i < crypto_trust_count(c->trust); i++)
        crypto_trust_key_id(c->trust, i, c->request + 1 + i * CRYPTO_SHA1_LEN);
}

static int parse(const struct ike_credentials_text *text, struct ike_credentials *c,
                 enum crypto_cert_fault *ret_fault)
{
    int r = crypto_certs_parse(text->certificate, &c->own, ret_fault);

    if (r == 0)
        r = crypto_key_parse(text->key, &c->key, ret_fault);
    if (r == 0 && !crypto_key_fits(c->key, c->own)) {
        *ret_fault = CRYPTO_CERT_OTHER_KEY;
        r = -EBADMSG;
    }
    if (r == 0)
        r = crypto_trust_new(text->ca, text->crl, &c->trust, ret_fault);
    return r;
}

/* Each text after its length, so that nothing moves from one to the next. */
static int digest(const struct ike_credentials_text *text, uint8_t ret[CRYPTO_SHA256_LEN])
{
    size_t lens[] = {text->certificate.len, text->key.len, text->ca.len, text->crl.len};
    struct crypto_span parts[] = {crypto_span(lens, sizeof(lens)), text->certificate, text->key,
                                  text->ca, text->crl};

    return crypto_sha256(parts, ARRAY_SIZE(parts), ret);
}

int ike_credentials_new(const struct ike_credentials_text *text, struct ike_credentials **ret,
                        enum crypto_cert_fault *ret_fault)
{
    struct ike_credentials *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return -ENOMEM;
    c->refs = 1;
    r = digest(text, c->digest);
    if (r == 0)
        r = parse(text, c, ret_fault);
    if (r == 0)
        r = make_bodies(c);
    if (r < 0) {
        free_credentials(c);
        return r;
    }
    make_request(c);
    *ret = c;
    return 0;
}

struct ike_credentials *ike_credentials_ref(struct ike_credentials *c)
{
    if (c)
        c->refs++;
    return c;
}

void ike_credentials_unref(struct ike_credentials *c)
{
    if (c && --c->refs == 0)
        free_credentials(c);
}

bool ike_credentials_equal(const struct ike_credentials *a, const struct ike_credentials *b)
{
    if (!a || !b)
        return a == b;
    return mem_equal_ct(a->digest, b->digest, sizeof(a->digest));
}

uint64_t ike_credentials_print(const struct ike_credentials *c)
{
    return c ? hash_bytes(c->digest, sizeof(c->digest), 1) : 0;
}

const struct crypto_certs *ike_credentials_own(const struct ike_credentials *c)
{
    return c->own;
}

const struct crypto_key *ike_credentials_key(const struct ike_credentials *c)
{
    return c->key;
}

const struct crypto_trust *ike_credentials_trust(const struct ike_credentials *c)
{
    return c->trust;
}

struct crypto_span ike_credentials_cert(const struct ike_credentials *c, size_t i)
{
    if (i >= crypto_certs_count(c->own))
        return crypto_span(NULL, 0);
    return crypto_span(c->bodies[i], 1 + crypto_certs_der(c->own, i).len);
}

struct crypto_span ike_credentials_request(const struct ike_credentials *c)
{
    return crypto_span(c->request, 1 + crypto_trust_count(c->trust) * CRYPTO_SHA1_LEN);
}
