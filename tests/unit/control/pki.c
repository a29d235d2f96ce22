#include "pki.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void need(bool good)
{
    if (!good) {
        fprintf(stderr, "pki: a test cannot make what it needs\n");
        abort();
    }
}

EVP_PKEY *pki_key(enum pki_kind kind)
{
    EVP_PKEY *key = kind == PKI_P256       ? EVP_EC_gen("P-256")
                    : kind == PKI_P384     ? EVP_EC_gen("P-384")
                    : kind == PKI_P521     ? EVP_EC_gen("P-521")
                    : kind == PKI_K256     ? EVP_EC_gen("secp256k1")
                    : kind == PKI_ED25519  ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                    : kind == PKI_RSA_1024 ? EVP_RSA_gen(1024)
                                           : EVP_RSA_gen(2048);

    need(key != NULL);
    return key;
}

static const EVP_MD *digest_for(EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
}

static void take(BIO *bio, struct buf *ret)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    need(len > 0);
    buf_clear(ret);
    buf_add(ret, data, (size_t)len);
    BIO_free(bio);
}

void pki_request(EVP_PKEY *key, EVP_PKEY *signer, struct buf *ret_pem)
{
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());

    need(X509_REQ_set_pubkey(request, key) && X509_REQ_sign(request, signer, digest_for(signer)) &&
         PEM_write_bio_X509_REQ(bio, request));
    take(bio, ret_pem);
    X509_REQ_free(request);
}

static void take_der(X509 *cert, struct buf *ret)
{
    uint8_t *der = NULL;
    int len = i2d_X509(cert, &der);

    need(len > 0);
    buf_clear(ret);
    buf_add(ret, der, (size_t)len);
    OPENSSL_free(der);
}

void pki_der(const char *pem, struct buf *ret)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    need(cert != NULL);
    take_der(cert, ret);
    X509_free(cert);
    BIO_free(bio);
}

static void extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;

    if (!value)
        return;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    need(ext && X509_add_ext(cert, ext, -1));
    X509_EXTENSION_free(ext);
}

void pki_forge(const struct pki_wish *wish, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
               struct buf *ret_der)
{
    X509 *cert = X509_new();

    need(X509_set_version(cert, X509_VERSION_3) &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), random_u64() >> 1) &&
         X509_gmtime_adj(X509_getm_notBefore(cert), wish->from_s) &&
         X509_gmtime_adj(X509_getm_notAfter(cert), wish->until_s) &&
         X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                    (const uint8_t *)wish->name, -1, -1, 0) &&
         X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) &&
         X509_set_pubkey(cert, key));
    extend(cert, issuer ? issuer : cert, NID_basic_constraints, "critical,CA:FALSE");
    extend(cert, issuer ? issuer : cert, NID_key_usage, "critical,digitalSignature");
    extend(cert, issuer ? issuer : cert, NID_ext_key_usage, wish->usage);
    extend(cert, issuer ? issuer : cert, NID_subject_alt_name, wish->uri);
    extend(cert, issuer ? issuer : cert, NID_subject_key_identifier, "hash");
    extend(cert, issuer ? issuer : cert, NID_authority_key_identifier, issuer ? "keyid" : NULL);
    need(X509_sign(cert, issuer_key, EVP_sha256()));
    take_der(cert, ret_der);
    X509_free(cert);
}
