#include "control_internal.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

/* A certificate of our own for the loopback listener: P-256, self-signed, made at first start. */

#define VALID_SECONDS (10L * 365 * 24 * 3600)
#define PEM_FILE_MAX  (64U << 10)

static int add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    int ok;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = ext && X509_add_ext(cert, ext, -1);
    X509_EXTENSION_free(ext);
    return ok ? 0 : -EIO;
}

static int fill_certificate(X509 *cert, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(cert);
    char host[64] = "", names[160];
    uint64_t serial = random_u64() >> 1;

    if (gethostname(host, sizeof(host) - 1) < 0 || !host[0])
        strcpy(host, "localhost");
    snprintf(names, sizeof(names), "DNS:localhost,DNS:%s,IP:127.0.0.1,IP:::1", host);
    if (!X509_set_version(cert, X509_VERSION_3) ||
        !ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) ||
        !X509_gmtime_adj(X509_getm_notBefore(cert), -3600) ||
        !X509_gmtime_adj(X509_getm_notAfter(cert), VALID_SECONDS) ||
        !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"ropewayd", -1, -1,
                                    0) ||
        !X509_set_issuer_name(cert, name) || !X509_set_pubkey(cert, key) ||
        add_extension(cert, NID_subject_alt_name, names) < 0 ||
        add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") < 0 ||
        add_extension(cert, NID_subject_key_identifier, "hash") < 0 ||
        !X509_sign(cert, key, EVP_sha256()))
        return -EIO;
    return 0;
}

static int write_pem(BIO *bio, const char *path, unsigned mode)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    return len > 0 ? file_write_atomic(path, data, (size_t)len, mode) : -EIO;
}

/* The key first: a certificate without it would be taken for a complete pair. */
static int make_pair(const char *cert_path, const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_secmem());
    int r = key && cert && cert_bio && key_bio ? fill_certificate(cert, key) : -ENOMEM;

    if (r == 0 && (!PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) ||
                   !PEM_write_bio_X509(cert_bio, cert)))
        r = -EIO;
    if (r == 0)
        r = write_pem(key_bio, key_path, 0600);
    if (r == 0)
        r = write_pem(cert_bio, cert_path, 0644);
    BIO_free(key_bio);
    BIO_free(cert_bio);
    X509_free(cert);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return r;
}

int tls_load(const char *state_dir, struct buf *ret_cert, struct buf *ret_key)
{
    char cert[PATH_MAX], key[PATH_MAX];
    int r = 0;

    if (snprintf(cert, sizeof(cert), "%s/tls.crt", state_dir) >= (int)sizeof(cert) ||
        snprintf(key, sizeof(key), "%s/tls.key", state_dir) >= (int)sizeof(key))
        return -ENAMETOOLONG;
    if (access(cert, F_OK) < 0)
        r = make_pair(cert, key);
    if (r == 0)
        r = file_read(cert, PEM_FILE_MAX, ret_cert);
    if (r == 0)
        r = file_read(key, PEM_FILE_MAX, ret_key);
    if (r < 0)
        log_error("%s and %s: %s", cert, key, strerror(-r));
    return r;
}
