/* x509_sign.c - private keys, and signatures by them and by certificates. */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "x509_internal.h"

struct crypto_key {
    EVP_PKEY *pkey;
};

/* ---- keys ---- */

static enum crypto_sign_kind curve_kind(const EVP_PKEY *pkey)
{
    char name[32];
    size_t len;

    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name),
                                       &len) != 1)
        return 0;
    switch (OBJ_txt2nid(name)) {
    case NID_X9_62_prime256v1:
    case NID_secp384r1:
    case NID_secp521r1:
        return CRYPTO_SIGN_ECDSA;
    default:
        return 0;
    }
}

enum crypto_sign_kind crypto_pkey_kind(const EVP_PKEY *pkey, unsigned *ret_bits)
{
    *ret_bits = (unsigned)EVP_PKEY_get_bits(pkey);
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        return *ret_bits <= CRYPTO_RSA_BITS_MAX ? CRYPTO_SIGN_RSA : 0;
    case EVP_PKEY_EC:
        return curve_kind(pkey);
    case EVP_PKEY_ED25519:
        return CRYPTO_SIGN_ED25519;
    default:
        return 0;
    }
}

/* A passphrase is missing, or nothing is there that could be read. */
static enum crypto_cert_fault why_no_key(struct crypto_span pem)
{
    static const char locked[] = "ENCRYPTED";

    return memmem(pem.data, pem.len, locked, sizeof(locked) - 1) ? CRYPTO_CERT_KEY_LOCKED
                                                                 : CRYPTO_CERT_UNREADABLE;
}

static enum crypto_cert_fault judge_pkey(const EVP_PKEY *pkey)
{
    unsigned bits;
    enum crypto_sign_kind kind = crypto_pkey_kind(pkey, &bits);

    if (!kind)
        return CRYPTO_CERT_KEY_TYPE;
    return kind == CRYPTO_SIGN_RSA && bits < CRYPTO_RSA_BITS_MIN ? CRYPTO_CERT_WEAK_KEY
                                                                 : CRYPTO_CERT_GOOD;
}

int crypto_key_parse(struct crypto_span pem, struct crypto_key **ret,
                     enum crypto_cert_fault *ret_fault)
{
    struct crypto_key *key = NULL;
    EVP_PKEY *pkey = NULL;
    BIO *bio;

    if (!pem.len || pem.len > CRYPTO_PEM_MAX) {
        *ret_fault = pem.len ? CRYPTO_CERT_TOO_MANY : CRYPTO_CERT_NONE;
        return -EBADMSG;
    }
    bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (bio)
        pkey = PEM_read_bio_PrivateKey(bio, NULL, crypto_no_passphrase, NULL);
    BIO_free(bio);
    *ret_fault = pkey ? judge_pkey(pkey) : why_no_key(pem);
    if (*ret_fault == CRYPTO_CERT_GOOD)
        key = calloc(1, sizeof(*key));
    if (!key) {
        EVP_PKEY_free(pkey);
        return crypto_fail(*ret_fault == CRYPTO_CERT_GOOD ? -ENOMEM : -EBADMSG);
    }
    key->pkey = pkey;
    *ret = key;
    return crypto_fail(0);
}

/* libcrypto wipes the private numbers. */
void crypto_key_free(struct crypto_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

static EVP_PKEY *pkey_of(const struct crypto_certs *certs)
{
    return certs->n ? X509_get0_pubkey(certs->x[0]) : NULL;
}

bool crypto_key_fits(const struct crypto_key *key, const struct crypto_certs *certs)
{
    const EVP_PKEY *pkey = pkey_of(certs);
    bool fits = pkey && EVP_PKEY_eq(pkey, key->pkey) == 1;

    crypto_fail(0);
    return fits;
}

enum crypto_sign_kind crypto_key_kind(const struct crypto_key *key, unsigned *ret_bits)
{
    return crypto_pkey_kind(key->pkey, ret_bits);
}

enum crypto_sign_kind crypto_certs_kind(const struct crypto_certs *certs, unsigned *ret_bits)
{
    const EVP_PKEY *pkey = pkey_of(certs);

    *ret_bits = 0;
    return pkey ? crypto_pkey_kind(pkey, ret_bits) : 0;
}

/* ---- schemes ---- */

static const EVP_MD *md_of(const struct crypto_scheme *scheme)
{
    static const enum crypto_hash hashes[] = {[CRYPTO_SIGN_SHA1] = CRYPTO_HASH_SHA1,
                                              [CRYPTO_SIGN_SHA256] = CRYPTO_HASH_SHA256,
                                              [CRYPTO_SIGN_SHA384] = CRYPTO_HASH_SHA384,
                                              [CRYPTO_SIGN_SHA512] = CRYPTO_HASH_SHA512};

    if (scheme->hash < CRYPTO_SIGN_SHA1 || scheme->hash > CRYPTO_SIGN_SHA512)
        return NULL;
    return crypto_md(hashes[scheme->hash]);
}

static bool is_for(const struct crypto_scheme *scheme, const EVP_PKEY *pkey)
{
    unsigned bits;

    switch (crypto_pkey_kind(pkey, &bits)) {
    case CRYPTO_SIGN_RSA:
        return (scheme->kind == CRYPTO_SIGN_RSA || scheme->kind == CRYPTO_SIGN_RSA_PSS) &&
               md_of(scheme);
    case CRYPTO_SIGN_ECDSA:
        return (scheme->kind == CRYPTO_SIGN_ECDSA || scheme->kind == CRYPTO_SIGN_ECDSA_RAW) &&
               md_of(scheme);
    case CRYPTO_SIGN_ED25519:
        return scheme->kind == CRYPTO_SIGN_ED25519 && scheme->hash == CRYPTO_SIGN_IDENTITY;
    default:
        return false;
    }
}

static bool set_padding(EVP_PKEY_CTX *ctx, const struct crypto_scheme *scheme)
{
    return scheme->kind != CRYPTO_SIGN_RSA_PSS ||
           (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, scheme->salt_len) == 1);
}

/* ---- r and s, side by side (RFC 4754) ---- */

static size_t half_len(const EVP_PKEY *pkey)
{
    return ((size_t)EVP_PKEY_get_bits(pkey) + 7) / 8;
}

static int to_raw(const EVP_PKEY *pkey, uint8_t *sig, size_t *len)
{
    const uint8_t *pos = sig;
    ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &pos, (long)*len);
    int half = (int)half_len(pkey), r = -EIO;

    if (parsed && BN_bn2binpad(ECDSA_SIG_get0_r(parsed), sig, half) == half &&
        BN_bn2binpad(ECDSA_SIG_get0_s(parsed), sig + half, half) == half) {
        *len = 2 * (size_t)half;
        r = 0;
    }
    ECDSA_SIG_free(parsed);
    return r;
}

static int from_raw(const EVP_PKEY *pkey, struct crypto_span raw, uint8_t *ret, size_t *ret_len)
{
    size_t half = half_len(pkey);
    ECDSA_SIG *sig;
    BIGNUM *a, *b;
    int len = -1;

    if (raw.len != 2 * half)
        return -EBADMSG;
    sig = ECDSA_SIG_new();
    a = BN_bin2bn(raw.data, (int)half, NULL);
    b = BN_bin2bn(raw.data + half, (int)half, NULL);
    if (sig && a && b && ECDSA_SIG_set0(sig, a, b) == 1) {
        len = i2d_ECDSA_SIG(sig, &ret); /* at most 141 bytes */
    } else {
        BN_free(a);
        BN_free(b);
    }
    ECDSA_SIG_free(sig);
    if (len <= 0)
        return -ENOMEM;
    *ret_len = (size_t)len;
    return 0;
}

/* ---- signing ---- */

int crypto_sign(const struct crypto_key *key, const struct crypto_scheme *scheme,
                struct crypto_span data, uint8_t ret[CRYPTO_SIGNATURE_MAX], size_t *ret_len)
{
    size_t len = CRYPTO_SIGNATURE_MAX;
    EVP_PKEY_CTX *pctx;
    EVP_MD_CTX *ctx;
    int r = -EIO;

    if (crypto_init() < 0 || !is_for(scheme, key->pkey))
        return -EINVAL;
    ctx = EVP_MD_CTX_new();
    if (ctx && EVP_DigestSignInit(ctx, &pctx, md_of(scheme), NULL, key->pkey) == 1 &&
        set_padding(pctx, scheme) && EVP_DigestSign(ctx, ret, &len, data.data, data.len) == 1)
        r = scheme->kind == CRYPTO_SIGN_ECDSA_RAW ? to_raw(key->pkey, ret, &len) : 0;
    EVP_MD_CTX_free(ctx);
    if (r == 0)
        *ret_len = len;
    return crypto_fail(r);
}

static int verify_with(EVP_PKEY *pkey, const struct crypto_scheme *scheme, struct crypto_span data,
                       struct crypto_span signature)
{
    EVP_PKEY_CTX *pctx;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool holds = ctx && EVP_DigestVerifyInit(ctx, &pctx, md_of(scheme), NULL, pkey) == 1 &&
                 set_padding(pctx, scheme) &&
                 EVP_DigestVerify(ctx, signature.data, signature.len, data.data, data.len) == 1;

    EVP_MD_CTX_free(ctx);
    return crypto_fail(holds ? 0 : -EBADMSG);
}

int crypto_sign_verify(const struct crypto_certs *certs, const struct crypto_scheme *scheme,
                       struct crypto_span data, struct crypto_span signature)
{
    EVP_PKEY *pkey = pkey_of(certs);
    uint8_t der[160];
    size_t len;

    if (crypto_init() < 0 || !pkey || signature.len > CRYPTO_SIGNATURE_MAX || !is_for(scheme, pkey))
        return -EBADMSG;
    if (scheme->kind != CRYPTO_SIGN_ECDSA_RAW)
        return verify_with(pkey, scheme, data, signature);
    if (from_raw(pkey, signature, der, &len) < 0)
        return crypto_fail(-EBADMSG);
    return verify_with(pkey, scheme, data, crypto_span(der, len));
}
