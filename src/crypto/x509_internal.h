/* x509_internal.h - what the files of x509.h share. */
#ifndef ROPEWAY_CRYPTO_X509_INTERNAL_H
#define ROPEWAY_CRYPTO_X509_INTERNAL_H

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto_internal.h"
#include "x509.h"

struct crypto_certs {
    size_t n;
    X509 *x[CRYPTO_CERTS_MAX];
    uint8_t *der[CRYPTO_CERTS_MAX]; /* owned */
    size_t der_len[CRYPTO_CERTS_MAX];
};

/* Takes a reference of its own. */
MUST_USE int crypto_certs_take(struct crypto_certs *certs, X509 *x);
enum crypto_sign_kind crypto_pkey_kind(const EVP_PKEY *pkey, unsigned *ret_bits);
void crypto_write_name(const X509_NAME *name, char *text, size_t size);
/* Seconds since 1970. */
int64_t crypto_asn1_seconds(const ASN1_TIME *t);
/* Asks nobody for a passphrase: there is none. */
int crypto_no_passphrase(char *buf, int size, int writing, void *user);

#endif
