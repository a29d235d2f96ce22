#include "authority_internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* A region's own certificate authority. It certifies one thing only: that the holder of a key is
 * this node of this region, towards ropewayd. */

#define LIFE_S      (UINT64_C(10) * 365 * 24 * 3600)
#define SERIAL_BITS 127

struct authority {
    atomic_uint refs;
    char region[STORE_NAME_MAX + 1];
    X509 *cert;
    EVP_PKEY *key; /* NULL: verifies only */
    uint64_t until_us;
    struct buf pem;
};

struct authority *authority_ref(struct authority *a)
{
    atomic_fetch_add(&a->refs, 1);
    return a;
}

void authority_unref(struct authority *a)
{
    if (!a || atomic_fetch_sub(&a->refs, 1) != 1)
        return;
    X509_free(a->cert);
    EVP_PKEY_free(a->key);
    buf_done(&a->pem);
    free(a);
}

bool authority_can_sign(const struct authority *a)
{
    return a->key != NULL;
}

const char *authority_certificate(const struct authority *a)
{
    return buf_text(&a->pem);
}

uint64_t authority_until_us(const struct authority *a)
{
    return a->until_us;
}

/* ---- PEM ---- */

static int take_bio(BIO *bio, struct buf *ret)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    if (len <= 0)
        return -EIO;
    buf_add(ret, data, (size_t)len);
    return ret->failed ? -ENOMEM : 0;
}

static int write_certificate(X509 *cert, struct buf *ret)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int r = bio && PEM_write_bio_X509(bio, cert) ? take_bio(bio, ret) : -EIO;

    BIO_free(bio);
    return r;
}

int authority_key(const struct authority *a, struct buf *ret)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    int r = -EIO;

    if (bio && a->key && PEM_write_bio_PrivateKey(bio, a->key, NULL, NULL, 0, NULL, NULL))
        r = take_bio(bio, ret);
    BIO_free(bio);
    ERR_clear_error();
    return r;
}

/* ---- building certificates ---- */

static int add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    int ok;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = ext && X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    return ok ? 0 : -EIO;
}

static int set_serial(X509 *cert)
{
    BIGNUM *n = BN_new();
    int ok = n && BN_rand(n, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
             BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));

    BN_free(n);
    return ok ? 0 : -EIO;
}

/* Everything but extensions, issuer and signature. */
static int fill(X509 *cert, const char *name, EVP_PKEY *key, uint64_t from_us, uint64_t until_us)
{
    X509_NAME *subject = X509_get_subject_name(cert);

    if (!X509_set_version(cert, X509_VERSION_3) || set_serial(cert) < 0 ||
        !ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(from_us / 1000000)) ||
        !ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(until_us / 1000000)) ||
        !X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, (const uint8_t *)name,
                                    -1, -1, 0) ||
        !X509_set_pubkey(cert, key))
        return -EIO;
    return 0;
}

static uint64_t backdated(uint64_t now_us)
{
    return now_us - MIN(now_us, AUTHORITY_BACKDATE_S * UINT64_C(1000000));
}

/* ---- life ---- */

static int make_certificate(struct authority *a, uint64_t now_us)
{
    X509 *c = a->cert;
    int r = fill(c, a->region, a->key, backdated(now_us), a->until_us);

    if (r < 0 || !X509_set_issuer_name(c, X509_get_subject_name(c)) ||
        add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") < 0 ||
        add_extension(c, c, NID_key_usage, "critical,keyCertSign,cRLSign") < 0 ||
        add_extension(c, c, NID_subject_key_identifier, "hash") < 0 ||
        !X509_sign(c, a->key, EVP_sha256()))
        return -EIO;
    return write_certificate(c, &a->pem);
}

static struct authority *allocate(const char *region)
{
    struct authority *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->refs = 1;
    if (text_copy(a->region, sizeof(a->region), region) < 0) {
        free(a);
        return NULL;
    }
    return a;
}

int authority_new(const char *region, uint64_t now_us, struct authority **ret)
{
    struct authority *a = allocate(region);
    int r;

    if (!a)
        return -ENOMEM;
    a->until_us = now_us + LIFE_S * 1000000;
    a->key = EVP_EC_gen("P-256");
    a->cert = X509_new();
    r = a->key && a->cert ? make_certificate(a, now_us) : -ENOMEM;
    ERR_clear_error();
    if (r < 0) {
        authority_unref(a);
        return r;
    }
    *ret = a;
    return 0;
}

static bool is_named(X509 *cert, const char *region)
{
    char name[STORE_NAME_MAX + 2];
    int len =
        X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));

    return len >= 0 && strcmp(name, region) == 0;
}

static int read_parts(struct authority *a, const char *certificate, const char *key)
{
    BIO *cert_bio = BIO_new_mem_buf(certificate, -1);
    BIO *key_bio = key ? BIO_new_mem_buf(key, -1) : NULL;
    struct tm tm;

    if (cert_bio)
        a->cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
    if (key_bio)
        a->key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    BIO_free(cert_bio);
    BIO_free(key_bio);
    if (!a->cert || !is_named(a->cert, a->region) || (key && !a->key) ||
        (a->key && X509_check_private_key(a->cert, a->key) != 1) ||
        ASN1_TIME_to_tm(X509_get0_notAfter(a->cert), &tm) != 1)
        return -EBADMSG;
    a->until_us = (uint64_t)timegm(&tm) * 1000000;
    return write_certificate(a->cert, &a->pem);
}

int authority_open(const char *region, const char *certificate, const char *key,
                   struct authority **ret)
{
    struct authority *a = allocate(region);
    int r = a ? read_parts(a, certificate, key) : -ENOMEM;

    ERR_clear_error();
    if (r < 0) {
        authority_unref(a);
        return r;
    }
    *ret = a;
    return 0;
}

/* ---- nodes ---- */

static int sign_node(const struct authority *a, X509 *cert, EVP_PKEY *key, const char *node,
                     uint64_t now_us, uint64_t life_s)
{
    uint64_t until_us = MIN(now_us + life_s * 1000000, a->until_us);
    char uri[2 * STORE_NAME_MAX + 32];
    int r = fill(cert, node, key, backdated(now_us), until_us);

    snprintf(uri, sizeof(uri), "URI:ropeway:%s/%s", a->region, node);
    if (r < 0 || !X509_set_issuer_name(cert, X509_get_subject_name(a->cert)) ||
        add_extension(cert, a->cert, NID_basic_constraints, "critical,CA:FALSE") < 0 ||
        add_extension(cert, a->cert, NID_key_usage, "critical,digitalSignature") < 0 ||
        add_extension(cert, a->cert, NID_ext_key_usage, "clientAuth") < 0 ||
        add_extension(cert, a->cert, NID_subject_alt_name, uri) < 0 ||
        add_extension(cert, a->cert, NID_subject_key_identifier, "hash") < 0 ||
        add_extension(cert, a->cert, NID_authority_key_identifier, "keyid:always") < 0 ||
        !X509_sign(cert, a->key, EVP_sha256()))
        return -EIO;
    return 0;
}

/* What was signed is read as a stranger's would be: nothing leaves that would not be taken. */
static int read_back(X509 *cert, struct certificate_claim *ret)
{
    uint8_t *der = NULL;
    int len = i2d_X509(cert, &der);
    int r = len > 0 ? certificate_read(der, (size_t)len, ret, NULL) : -EIO;

    OPENSSL_free(der);
    return r;
}

int authority_sign(const struct authority *a, EVP_PKEY *key, const char *node, uint64_t now_us,
                   uint64_t life_s, struct buf *ret_pem, struct certificate_claim *ret)
{
    struct certificate_claim claim;
    X509 *cert = a->key ? X509_new() : NULL;
    int r = cert ? sign_node(a, cert, key, node, now_us, life_s) : -EIO;

    if (r == 0)
        r = read_back(cert, &claim);
    if (r == 0)
        r = write_certificate(cert, ret_pem);
    if (r == 0)
        *ret = claim;
    X509_free(cert);
    ERR_clear_error();
    return r;
}

static int check_chain(const struct authority *a, X509 *cert, uint64_t now_us)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int r = -ENOMEM, ok;

    if (store && ctx && X509_STORE_add_cert(store, a->cert) &&
        X509_STORE_CTX_init(ctx, store, cert, NULL) &&
        X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_CLIENT)) {
        X509_STORE_CTX_set_time(ctx, 0, (time_t)(now_us / 1000000));
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
        ok = X509_verify_cert(ctx);
        r = ok == 1 ? 0 : -EBADMSG;
        if (ok != 1 && (X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_HAS_EXPIRED ||
                        X509_STORE_CTX_get_error(ctx) == X509_V_ERR_CERT_NOT_YET_VALID))
            r = -ESTALE;
    }
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return r;
}

int authority_verify(const struct authority *a, const uint8_t *der, size_t len, uint64_t now_us,
                     struct certificate_claim *ret)
{
    struct certificate_claim claim;
    X509 *cert = NULL;
    int r = certificate_read(der, len, &claim, &cert);

    if (r == 0 && strcmp(claim.region, a->region) != 0)
        r = -EBADMSG;
    if (r == 0)
        r = check_chain(a, cert, now_us);
    if (r == 0)
        *ret = claim;
    X509_free(cert);
    ERR_clear_error();
    return r;
}
