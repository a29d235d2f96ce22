#include "control_internal.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

/* A certificate of our own: P-256, self-signed, made at first start. */

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

/* What may stand in OpenSSL's list of alternative names; *ret_address: it is an address. */
static bool is_name(const char *text, bool *ret_address)
{
    struct addr a;

    *ret_address = addr_parse(text, &a) == 0;
    return *ret_address ||
           (*text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*")]);
}

static void add_name(struct buf *list, const char *name)
{
    bool address;

    if (is_name(name, &address))
        buf_printf(list, "%s%s:%s", list->len ? "," : "", address ? "IP" : "DNS", name);
}

/* "DNS:localhost,IP:127.0.0.1,..." */
static int list_names(const char *const *names, size_t count, struct buf *ret)
{
    char host[64] = "";
    bool address;

    add_name(ret, "localhost");
    add_name(ret, "127.0.0.1");
    add_name(ret, "::1");
    if (gethostname(host, sizeof(host) - 1) == 0)
        add_name(ret, host);
    for (size_t i = 0; i < count; i++) {
        if (!is_name(names[i], &address)) {
            log_error("%s is neither a DNS name nor an address", names[i]);
            return -EINVAL;
        }
        add_name(ret, names[i]);
    }
    return ret->failed ? -ENOMEM : 0;
}

static int fill_certificate(X509 *cert, EVP_PKEY *key, const char *names)
{
    X509_NAME *name = X509_get_subject_name(cert);
    uint64_t serial = random_u64() >> 1;

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
static int make_pair(const char *cert_path, const char *key_path, const char *names)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    BIO *cert_bio = BIO_new(BIO_s_mem()), *key_bio = BIO_new(BIO_s_secmem());
    int r = key && cert && cert_bio && key_bio ? fill_certificate(cert, key, names) : -ENOMEM;

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

bool tls_covers(const char *pem, const char *name)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    struct addr a;
    bool covers =
        cert && (addr_parse(name, &a) == 0 ? X509_check_ip_asc(cert, name, 0) == 1
                                           : X509_check_host(cert, name, 0, 0, NULL) == 1);

    X509_free(cert);
    BIO_free(bio);
    ERR_clear_error();
    return covers;
}

uint64_t tls_until(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    struct tm tm;
    time_t until = 0;

    if (cert && ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1)
        until = timegm(&tm);
    X509_free(cert);
    BIO_free(bio);
    ERR_clear_error();
    return until > 0 ? (uint64_t)until * 1000000 : 0;
}

int tls_load(const char *state_dir, const char *const *names, size_t count, struct buf *ret_cert,
             struct buf *ret_key)
{
    char cert[PATH_MAX], key[PATH_MAX];
    struct buf list = {0};
    int r;

    if (snprintf(cert, sizeof(cert), "%s/tls.crt", state_dir) >= (int)sizeof(cert) ||
        snprintf(key, sizeof(key), "%s/tls.key", state_dir) >= (int)sizeof(key))
        return -ENAMETOOLONG;
    r = list_names(names, count, &list);
    if (r == 0 && access(cert, F_OK) < 0)
        r = make_pair(cert, key, buf_text(&list));
    buf_done(&list);
    if (r == 0)
        r = file_read(cert, PEM_FILE_MAX, ret_cert);
    if (r == 0)
        r = file_read(key, PEM_FILE_MAX, ret_key);
    if (r < 0)
        log_error("%s and %s: %s", cert, key, strerror(-r));
    for (size_t i = 0; i < count && r == 0; i++) {
        if (!tls_covers(buf_text(ret_cert), names[i]))
            log_warn("%s does not name %s: clients will refuse it there. Put one there that does, "
                     "or remove it and %s and start again to have them made anew",
                     cert, names[i], key);
    }
    return r;
}
