/* pki.h - keys, requests and certificates as a node, or somebody worse, would make them. */
#ifndef ROPEWAY_TEST_CONTROL_PKI_H
#define ROPEWAY_TEST_CONTROL_PKI_H

#include <openssl/x509.h>

#include "base.h"

enum pki_kind { PKI_P256, PKI_P384, PKI_P521, PKI_K256, PKI_ED25519, PKI_RSA_1024, PKI_RSA_2048 };

EVP_PKEY *pki_key(enum pki_kind kind);
/* A request for the key, signed with signer (that of the request is another's, if they differ). */
void pki_request(EVP_PKEY *key, EVP_PKEY *signer, struct buf *ret_pem);
/* The first certificate of the PEM text, as DER. */
void pki_der(const char *pem, struct buf *ret);

/* A certificate of a stranger's making. */
struct pki_wish {
    const char *name, *uri; /* CN and alternative names as OpenSSL's configuration has them */
    const char *usage;      /* extended key usage */
    long from_s, until_s;   /* from now */
};

void pki_forge(const struct pki_wish *wish, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
               struct buf *ret_der);

#endif
