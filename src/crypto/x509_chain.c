/* x509_chain.c - whether a certificate is to be trusted (RFC 5280, 6; RFC 4945, 5.1). */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "x509_internal.h"

#define AUTH_LEVEL 2 /* libcrypto's name for 112 bits: RSA of 2048 bits, no SHA-1 */

struct crypto_trust {
    X509_STORE *store;
    struct crypto_certs *cas;
    uint8_t key_ids[CRYPTO_CERTS_MAX][CRYPTO_SHA1_LEN];
};

void crypto_trust_free(struct crypto_trust *trust)
{
    if (!trust)
        return;
    X509_STORE_free(trust->store);
    crypto_certs_free(trust->cas);
    free(trust);
}

static int take_cas(struct crypto_trust *trust)
{
    for (size_t i = 0; i < trust->cas->n; i++) {
        uint8_t *der = NULL;
        int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(trust->cas->x[i]), &der);
        struct crypto_span part = crypto_span(der, (size_t)MAX(len, 0));
        int r = len > 0 ? crypto_sha1(&part, 1, trust->key_ids[i]) : -ENOMEM;

        OPENSSL_free(der);
        if (r < 0 || X509_STORE_add_cert(trust->store, trust->cas->x[i]) != 1)
            return -ENOMEM;
    }
    return 0;
}

static enum crypto_cert_fault take_crls(struct crypto_trust *trust, BIO *bio)
{
    enum crypto_cert_fault fault = CRYPTO_CERT_GOOD;
    size_t n = 0;
    X509_CRL *crl;

    while (fault == CRYPTO_CERT_GOOD &&
           (crl = PEM_read_bio_X509_CRL(bio, NULL, crypto_no_passphrase, NULL))) {
        if (n++ == CRYPTO_CERTS_MAX)
            fault = CRYPTO_CERT_TOO_MANY;
        else if (X509_STORE_add_crl(trust->store, crl) != 1)
            fault = CRYPTO_CERT_UNREADABLE;
        X509_CRL_free(crl);
    }
    if (fault == CRYPTO_CERT_GOOD && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        fault = CRYPTO_CERT_UNREADABLE;
    ERR_clear_error();
    if (fault == CRYPTO_CERT_GOOD && !n)
        fault = CRYPTO_CERT_NONE;
    return fault;
}

static enum crypto_cert_fault parse_crls(struct crypto_trust *trust, struct crypto_span pem)
{
    enum crypto_cert_fault fault;
    BIO *bio;

    if (!pem.len)
        return CRYPTO_CERT_GOOD;
    if (pem.len > CRYPTO_PEM_MAX)
        return CRYPTO_CERT_TOO_MANY;
    bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    fault = bio ? take_crls(trust, bio) : CRYPTO_CERT_UNREADABLE;
    BIO_free(bio);
    if (fault == CRYPTO_CERT_GOOD)
        X509_STORE_set_flags(trust->store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return fault;
}

/* What a CRL cannot say is no reason to refuse: it is of another CA, or out of date. */
static int judge(int ok, X509_STORE_CTX *ctx)
{
    switch (X509_STORE_CTX_get_error(ctx)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
        return 1;
    default:
        return ok;
    }
}

int crypto_trust_new(struct crypto_span ca_pem, struct crypto_span crl_pem,
                     struct crypto_trust **ret, enum crypto_cert_fault *ret_fault)
{
    struct crypto_trust *trust = calloc(1, sizeof(*trust));
    int r = -ENOMEM;

    if (!trust)
        return -ENOMEM;
    *ret_fault = CRYPTO_CERT_GOOD;
    trust->store = X509_STORE_new();
    if (trust->store)
        r = crypto_certs_parse(ca_pem, &trust->cas, ret_fault);
    if (r == 0)
        r = take_cas(trust);
    if (r == 0) {
        *ret_fault = parse_crls(trust, crl_pem);
        r = *ret_fault == CRYPTO_CERT_GOOD ? 0 : -EBADMSG;
    }
    if (r < 0) {
        crypto_trust_free(trust);
        return crypto_fail(r);
    }
    X509_STORE_set_flags(trust->store, X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_set_verify_cb(trust->store, judge);
    X509_STORE_set_depth(trust->store, CRYPTO_CERTS_MAX);
    *ret = trust;
    return 0;
}

size_t crypto_trust_count(const struct crypto_trust *trust)
{
    return trust->cas->n;
}

void crypto_trust_key_id(const struct crypto_trust *trust, size_t i, uint8_t ret[CRYPTO_SHA1_LEN])
{
    memcpy(ret, trust->key_ids[i], CRYPTO_SHA1_LEN);
}

/* ---- the verdict ---- */

static const struct {
    int error;
    enum crypto_cert_fault fault;
} faults[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, CRYPTO_CERT_EXPIRED},
    {X509_V_ERR_CERT_NOT_YET_VALID, CRYPTO_CERT_EARLY},
    {X509_V_ERR_CERT_REVOKED, CRYPTO_CERT_REVOKED},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, CRYPTO_CERT_FORGED},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, CRYPTO_CERT_FORGED},
    {X509_V_ERR_EE_KEY_TOO_SMALL, CRYPTO_CERT_WEAK_KEY},
    {X509_V_ERR_CA_KEY_TOO_SMALL, CRYPTO_CERT_WEAK_KEY},
    {X509_V_ERR_CA_MD_TOO_WEAK, CRYPTO_CERT_WEAK_HASH},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CRYPTO_CERT_UNKNOWN_CA},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CRYPTO_CERT_UNKNOWN_CA},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CRYPTO_CERT_UNKNOWN_CA},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CRYPTO_CERT_UNKNOWN_CA},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, CRYPTO_CERT_UNKNOWN_CA},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, CRYPTO_CERT_UNKNOWN_CA},
    {X509_V_ERR_INVALID_CA, CRYPTO_CERT_NOT_CA},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, CRYPTO_CERT_NOT_CA},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, CRYPTO_CERT_NOT_CA},
};

static enum crypto_cert_fault fault_of(int error)
{
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
        if (faults[i].error == error)
            return faults[i].fault;
    return CRYPTO_CERT_UNSUPPORTED;
}

static void describe(X509 *x, struct crypto_verdict *v)
{
    crypto_write_name(X509_get_subject_name(x), v->subject, sizeof(v->subject));
    crypto_write_name(X509_get_issuer_name(x), v->issuer, sizeof(v->issuer));
    if (v->fault == CRYPTO_CERT_EXPIRED)
        v->at_s = crypto_asn1_seconds(X509_get0_notAfter(x));
    if (v->fault == CRYPTO_CERT_EARLY)
        v->at_s = crypto_asn1_seconds(X509_get0_notBefore(x));
}

/* RFC 4945, 5.1.3.2: where there is a key usage it has one of these. */
static bool may_sign(X509 *x)
{
    return (X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
}

static enum crypto_cert_fault judge_leaf(X509 *x)
{
    EVP_PKEY *pkey = X509_get0_pubkey(x);
    unsigned bits;

    if (!pkey || !crypto_pkey_kind(pkey, &bits))
        return CRYPTO_CERT_KEY_TYPE;
    return may_sign(x) ? CRYPTO_CERT_GOOD : CRYPTO_CERT_USAGE;
}

static STACK_OF(X509) * others_of(const struct crypto_certs *certs)
{
    STACK_OF(X509) *others = sk_X509_new_null();

    for (size_t i = 1; i < certs->n && others; i++) {
        if (sk_X509_push(others, certs->x[i]) > 0)
            continue;
        sk_X509_free(others);
        others = NULL;
    }
    return others;
}

static int64_t end_of(STACK_OF(X509) * chain)
{
    int64_t end = INT64_MAX;

    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t one = crypto_asn1_seconds(X509_get0_notAfter(sk_X509_value(chain, i)));

        end = MIN(end, one);
    }
    return end;
}

static int run(X509_STORE_CTX *ctx, int64_t now_s, X509 *leaf, struct crypto_verdict *v)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509 *at = leaf;

    X509_VERIFY_PARAM_set_time(param, (time_t)now_s);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    if (X509_verify_cert(ctx) != 1) {
        v->fault = fault_of(X509_STORE_CTX_get_error(ctx));
        if (X509_STORE_CTX_get_current_cert(ctx))
            at = X509_STORE_CTX_get_current_cert(ctx);
    } else {
        v->fault = judge_leaf(leaf);
        v->at_s = end_of(X509_STORE_CTX_get0_chain(ctx));
    }
    if (v->fault == CRYPTO_CERT_GOOD)
        return 0;
    describe(at, v);
    return -EBADMSG;
}

int crypto_trust_verify(const struct crypto_trust *trust, const struct crypto_certs *certs,
                        int64_t now_s, struct crypto_verdict *ret)
{
    X509_STORE_CTX *ctx;
    STACK_OF(X509) * others;
    int r = -ENOMEM;

    *ret = (struct crypto_verdict){.fault = CRYPTO_CERT_NONE};
    if (!certs->n)
        return -EBADMSG;
    ctx = X509_STORE_CTX_new();
    others = others_of(certs);
    if (ctx && others && X509_STORE_CTX_init(ctx, trust->store, certs->x[0], others) == 1)
        r = run(ctx, now_s, certs->x[0], ret);
    X509_STORE_CTX_free(ctx);
    sk_X509_free(others);
    return crypto_fail(r);
}
