/* pki.h - a small CA for tests: keys, certificates and CRLs made on the spot. Whatever fails
 * aborts. Years are counted from 2030, so that a test says what time it is. */
#ifndef ROPEWAY_TEST_PKI_H
#define ROPEWAY_TEST_PKI_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define PKI_YEAR INT64_C(31536000)
#define PKI_2030 INT64_C(1893456000)

static inline void pki_must(bool ok)
{
    if (!ok)
        abort();
}

enum pki_kind { PKI_RSA, PKI_RSA_1024, PKI_P256, PKI_P384, PKI_P521, PKI_ED25519, PKI_X25519 };

static inline EVP_PKEY *pki_key(enum pki_kind kind)
{
    EVP_PKEY *key = NULL;

    switch (kind) {
    case PKI_RSA:
        key = EVP_RSA_gen(2048);
        break;
    case PKI_RSA_1024:
        key = EVP_RSA_gen(1024);
        break;
    case PKI_P256:
        key = EVP_EC_gen("P-256");
        break;
    case PKI_P384:
        key = EVP_EC_gen("P-384");
        break;
    case PKI_P521:
        key = EVP_EC_gen("P-521");
        break;
    case PKI_ED25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    case PKI_X25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
        break;
    }
    pki_must(key);
    return key;
}

struct pki_order {
    const char *cn;
    long serial;     /* 0: 1 */
    int64_t from_s;  /* after 2030; negative: before */
    int64_t until_s; /* 0: ten years */
    bool ca;
    const char *san;   /* as in openssl.cnf: "DNS:a,IP:192.0.2.1"; NULL */
    const char *usage; /* NULL: none */
    const EVP_MD *md;  /* NULL: SHA-256 */
};

static inline void pki_extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    pki_must(ext && X509_add_ext(x, ext, -1) == 1);
    X509_EXTENSION_free(ext);
}

static inline X509_NAME *pki_name(const char *cn)
{
    X509_NAME *name = X509_NAME_new();

    pki_must(name &&
             X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Example",
                                        -1, -1, 0) == 1 &&
             X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1,
                                        0) == 1);
    return name;
}

/* issuer NULL: it signs itself. */
static inline X509 *pki_cert(const struct pki_order *o, EVP_PKEY *key, X509 *issuer,
                             EVP_PKEY *issuer_key)
{
    X509 *x = X509_new();
    X509_NAME *name = pki_name(o->cn);
    bool plain = EVP_PKEY_get_base_id(issuer_key) == EVP_PKEY_ED25519;

    pki_must(x && X509_set_version(x, 2) == 1 &&
             ASN1_INTEGER_set(X509_get_serialNumber(x), o->serial ? o->serial : 1) == 1 &&
             X509_set_subject_name(x, name) == 1 &&
             X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer) : name) == 1 &&
             ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(PKI_2030 + o->from_s)) &&
             ASN1_TIME_set(X509_getm_notAfter(x),
                           (time_t)(PKI_2030 + (o->until_s ? o->until_s : 10 * PKI_YEAR))) &&
             X509_set_pubkey(x, key) == 1);
    X509_NAME_free(name);
    pki_extend(x, issuer ? issuer : x, NID_basic_constraints,
               o->ca ? "critical,CA:TRUE" : "CA:FALSE");
    if (o->san)
        pki_extend(x, issuer ? issuer : x, NID_subject_alt_name, o->san);
    if (o->usage)
        pki_extend(x, issuer ? issuer : x, NID_key_usage, o->usage);
    pki_must(X509_sign(x, issuer_key, plain ? NULL : o->md ? o->md : EVP_sha256()) > 0);
    return x;
}

static inline X509_CRL *pki_crl(X509 *ca, EVP_PKEY *key, long serial, int64_t from_s,
                                int64_t until_s)
{
    X509_CRL *crl = X509_CRL_new();
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *t = ASN1_TIME_new();

    pki_must(crl && revoked && number && t && X509_CRL_set_version(crl, 1) == 1 &&
             X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) == 1 &&
             ASN1_TIME_set(t, (time_t)(PKI_2030 + from_s)) &&
             X509_CRL_set1_lastUpdate(crl, t) == 1 && ASN1_INTEGER_set(number, serial) == 1 &&
             X509_REVOKED_set_serialNumber(revoked, number) == 1 &&
             X509_REVOKED_set_revocationDate(revoked, t) == 1 &&
             X509_CRL_add0_revoked(crl, revoked) == 1 &&
             ASN1_TIME_set(t, (time_t)(PKI_2030 + until_s)) &&
             X509_CRL_set1_nextUpdate(crl, t) == 1 && X509_CRL_sign(crl, key, EVP_sha256()) > 0);
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(t);
    return crl;
}

/* ---- PEM: texts that the caller frees ---- */

static inline char *pki_text(BIO *bio)
{
    char *data, *text;
    long len = BIO_get_mem_data(bio, &data);

    text = malloc((size_t)len + 1);
    pki_must(text);
    memcpy(text, data, (size_t)len);
    text[len] = 0;
    BIO_free(bio);
    return text;
}

/* Up to two certificates; the second may be NULL. */
static inline char *pki_cert_pem(X509 *first, X509 *second)
{
    BIO *bio = BIO_new(BIO_s_mem());

    pki_must(bio && PEM_write_bio_X509(bio, first) == 1 &&
             (!second || PEM_write_bio_X509(bio, second) == 1));
    return pki_text(bio);
}

static inline char *pki_key_pem(EVP_PKEY *key, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());

    pki_must(bio &&
             PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase ? EVP_aes_128_cbc() : NULL, NULL, 0,
                                           NULL, (void *)(uintptr_t)passphrase) == 1);
    return pki_text(bio);
}

static inline char *pki_crl_pem(X509_CRL *crl)
{
    BIO *bio = BIO_new(BIO_s_mem());

    pki_must(bio && PEM_write_bio_X509_CRL(bio, crl) == 1);
    return pki_text(bio);
}

#endif
