/* x509_parse.c - certificates from PEM and DER, within bounds. */
#include <stdlib.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "x509_internal.h"

int crypto_no_passphrase(char *buf, int size, int writing, void *user)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)user;
    return -1;
}

int crypto_certs_new(struct crypto_certs **ret)
{
    struct crypto_certs *certs = calloc(1, sizeof(*certs));

    if (!certs)
        return -ENOMEM;
    *ret = certs;
    return 0;
}

void crypto_certs_free(struct crypto_certs *certs)
{
    if (!certs)
        return;
    for (size_t i = 0; i < certs->n; i++) {
        X509_free(certs->x[i]);
        OPENSSL_free(certs->der[i]);
    }
    free(certs);
}

int crypto_certs_take(struct crypto_certs *certs, X509 *x)
{
    uint8_t *der = NULL;
    int len;

    if (certs->n == CRYPTO_CERTS_MAX)
        return -E2BIG;
    len = i2d_X509(x, &der);
    if (len <= 0)
        return crypto_fail(-EBADMSG);
    if (len > CRYPTO_CERT_DER_MAX) {
        OPENSSL_free(der);
        return -E2BIG;
    }
    X509_up_ref(x);
    certs->x[certs->n] = x;
    certs->der[certs->n] = der;
    certs->der_len[certs->n] = (size_t)len;
    certs->n++;
    return 0;
}

int crypto_certs_add(struct crypto_certs *certs, struct crypto_span der)
{
    const uint8_t *pos = der.data;
    X509 *x;
    int r;

    if (!der.len || der.len > CRYPTO_CERT_DER_MAX)
        return -EBADMSG;
    x = d2i_X509(NULL, &pos, (long)der.len);
    if (!x)
        return crypto_fail(-EBADMSG);
    r = pos == der.data + der.len ? crypto_certs_take(certs, x) : -EBADMSG;
    X509_free(x);
    return r;
}

/* The text is over when no further begins; anything else is a certificate that does not parse. */
static bool is_over(void)
{
    unsigned long e = ERR_peek_last_error();
    bool over = ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;

    ERR_clear_error();
    return over;
}

static enum crypto_cert_fault read_all(BIO *bio, struct crypto_certs *certs)
{
    int r = 0;
    X509 *x;

    while (r == 0 && (x = PEM_read_bio_X509(bio, NULL, crypto_no_passphrase, NULL))) {
        r = crypto_certs_take(certs, x);
        X509_free(x);
    }
    if (r == -E2BIG)
        return CRYPTO_CERT_TOO_MANY;
    if (r < 0 || !is_over())
        return CRYPTO_CERT_UNREADABLE;
    return certs->n ? CRYPTO_CERT_GOOD : CRYPTO_CERT_NONE;
}

int crypto_certs_parse(struct crypto_span pem, struct crypto_certs **ret,
                       enum crypto_cert_fault *ret_fault)
{
    struct crypto_certs *certs;
    enum crypto_cert_fault fault;
    BIO *bio;

    if (!pem.len || pem.len > CRYPTO_PEM_MAX) {
        *ret_fault = pem.len ? CRYPTO_CERT_TOO_MANY : CRYPTO_CERT_NONE;
        return -EBADMSG;
    }
    bio = BIO_new_mem_buf(pem.data, (int)pem.len);
    if (!bio || crypto_certs_new(&certs) < 0) {
        BIO_free(bio);
        return crypto_fail(-ENOMEM);
    }
    fault = read_all(bio, certs);
    BIO_free(bio);
    if (fault != CRYPTO_CERT_GOOD) {
        crypto_certs_free(certs);
        *ret_fault = fault;
        return crypto_fail(-EBADMSG);
    }
    *ret = certs;
    return 0;
}

size_t crypto_certs_count(const struct crypto_certs *certs)
{
    return certs->n;
}

struct crypto_span crypto_certs_der(const struct crypto_certs *certs, size_t i)
{
    return crypto_span(certs->der[i], certs->der_len[i]);
}

struct crypto_span crypto_certs_subject(const struct crypto_certs *certs)
{
    const unsigned char *der;
    size_t len;

    if (!certs->n || X509_NAME_get0_der(X509_get_subject_name(certs->x[0]), &der, &len) != 1)
        return crypto_span(NULL, 0);
    return crypto_span(der, len);
}

int64_t crypto_asn1_seconds(const ASN1_TIME *t)
{
    struct tm tm;

    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

int64_t crypto_certs_end(const struct crypto_certs *certs)
{
    return certs->n ? crypto_asn1_seconds(X509_get0_notAfter(certs->x[0])) : 0;
}
