/* authority_internal.h - who may call itself a node: a certificate authority for each region.
 *
 * Bytes and times in, answers out: nothing here reads a clock, a file or the store. Texts and DER
 * come from strangers; what is not exactly as expected is refused. */
#ifndef ROPEWAY_CONTROL_AUTHORITY_INTERNAL_H
#define ROPEWAY_CONTROL_AUTHORITY_INTERNAL_H

#include <openssl/x509.h>

#include "crypto.h"
#include "store.h"
#include "words.h"

/* ---- what strangers send (certificate.c) ---- */

#define CERTIFICATE_REQUEST_MAX (8U << 10) /* bytes of PEM */
#define CERTIFICATE_DER_MAX     (8U << 10)
#define CERTIFICATE_KEY_TEXT    (2 * CRYPTO_SHA256_LEN + 1)

/* What a certificate says. */
struct certificate_claim {
    char region[STORE_NAME_MAX + 1];
    char node[STORE_NAME_MAX + 1];
    char key[CERTIFICATE_KEY_TEXT]; /* SHA-256 of its SubjectPublicKeyInfo, hex */
    uint64_t from_us, until_us;     /* since 1970 */
};

/* The public key of a request (PEM, PKCS #10) that was signed with it; of the rest nothing counts.
 * EC on P-256 or P-384, Ed25519, or RSA with 2048 to 8192 bits. -EBADMSG with *ret_why
 * for whoever sent it. */
MUST_USE int certificate_request_parse(const char *pem, size_t len, EVP_PKEY **ret,
                                       enum words_code *ret_why);
/* What a certificate claims: its subject is CN=NODE, its alternative names have exactly one URI,
 * ropeway:REGION/NODE. Nothing is proven by that. -EBADMSG. *ret_cert (may be NULL) is the
 * caller's. */
MUST_USE int certificate_read(const uint8_t *der, size_t len, struct certificate_claim *ret,
                              X509 **ret_cert);
MUST_USE int certificate_key_text(EVP_PKEY *key, char ret[CERTIFICATE_KEY_TEXT]);

/* ---- a region's authority (authority.c) ---- */

#define AUTHORITY_BACKDATE_S (5 * 60) /* clocks differ */

struct authority;

/* A new key (ECDSA P-256) and a certificate of ten years for it, CN=REGION. */
MUST_USE int authority_new(const char *region, uint64_t now_us, struct authority **ret);
/* From what authority_certificate() and authority_key() gave. key NULL: it can verify, not sign.
 * -EBADMSG if they are not those of this region's authority. */
MUST_USE int authority_open(const char *region, const char *certificate, const char *key,
                            struct authority **ret);
struct authority *authority_ref(struct authority *a);
void authority_unref(struct authority *a); /* NULL is fine */

bool authority_can_sign(const struct authority *a);
/* PEM, borrowed. */
const char *authority_certificate(const struct authority *a);
uint64_t authority_until_us(const struct authority *a);
/* PEM; the caller wipes it. */
MUST_USE int authority_key(const struct authority *a, struct buf *ret);

/* A certificate with which the holder of the key is this node, as a client of TLS; it ends with the
 * authority's own at the latest. */
MUST_USE int authority_sign(const struct authority *a, EVP_PKEY *key, const char *node,
                            uint64_t now_us, uint64_t life_s, struct buf *ret_pem,
                            struct certificate_claim *ret);
/* -EBADMSG: not a certificate of this authority for a client; -ESTALE: not valid at now_us. */
MUST_USE int authority_verify(const struct authority *a, const uint8_t *der, size_t len,
                              uint64_t now_us, struct certificate_claim *ret);

#endif
