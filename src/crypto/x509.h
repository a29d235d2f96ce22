/* x509.h - X.509 certificates, private keys and the signatures of IKE (RFC 5280, 4945, 7427, 8420).
 * Does no I/O, asks no terminal for a passphrase, and reads no clock: the time is given, in seconds
 * since 1970. Everything that is read may come from an attacker and is bounded. */
#ifndef ROPEWAY_CRYPTO_X509_H
#define ROPEWAY_CRYPTO_X509_H

#include "crypto.h"

#define CRYPTO_CERTS_MAX     8           /* of a chain, of the CAs of a tunnel, and CRLs */
#define CRYPTO_PEM_MAX       (64 * 1024) /* of one text */
#define CRYPTO_CERT_DER_MAX  (16 * 1024)
#define CRYPTO_RSA_BITS_MIN  2048
#define CRYPTO_RSA_BITS_MAX  8192
#define CRYPTO_SIGNATURE_MAX (CRYPTO_RSA_BITS_MAX / 8)
#define CRYPTO_DN_TEXT_MAX   160

enum crypto_cert_fault {
    CRYPTO_CERT_GOOD,
    CRYPTO_CERT_UNREADABLE, /* neither PEM nor DER */
    CRYPTO_CERT_NONE,       /* the text holds none */
    CRYPTO_CERT_TOO_MANY,   /* more than CRYPTO_CERTS_MAX, or too long */
    CRYPTO_CERT_KEY_TYPE,   /* none of RSA, ECDSA P-256, P-384, P-521, Ed25519 */
    CRYPTO_CERT_KEY_LOCKED, /* a private key under a passphrase */
    CRYPTO_CERT_OTHER_KEY,  /* the private key is not that of the certificate */
    CRYPTO_CERT_WEAK_KEY,   /* RSA below 2048 bits */
    CRYPTO_CERT_WEAK_HASH,  /* signed with SHA-1 or MD5 */
    CRYPTO_CERT_EXPIRED,
    CRYPTO_CERT_EARLY,      /* not yet valid */
    CRYPTO_CERT_UNKNOWN_CA, /* no chain leads to a CA that is trusted */
    CRYPTO_CERT_REVOKED,
    CRYPTO_CERT_FORGED,      /* a signature in the chain does not hold */
    CRYPTO_CERT_NOT_CA,      /* its issuer may not issue certificates */
    CRYPTO_CERT_USAGE,       /* its key usage does not allow signatures */
    CRYPTO_CERT_UNSUPPORTED, /* a critical extension, say */
    CRYPTO_CERT_FAULTS
};

/* What came of looking at certificates. */
struct crypto_verdict {
    enum crypto_cert_fault fault;
    char subject[CRYPTO_DN_TEXT_MAX]; /* of the certificate that is at fault; "" */
    char issuer[CRYPTO_DN_TEXT_MAX];
    int64_t at_s; /* EXPIRED, EARLY: when it ended, or when it begins; GOOD: when the first of the
                     chain ends */
};

/* ---- certificates (x509_parse.c) ---- */

/* One or several; the first is whose they are about. */
struct crypto_certs;

/* PEM, in which other things than certificates are passed over. -EBADMSG with the fault, -ENOMEM.
 */
MUST_USE int crypto_certs_parse(struct crypto_span pem, struct crypto_certs **ret,
                                enum crypto_cert_fault *ret_fault);
/* An empty one, and one more for it, exactly one certificate in DER. -EBADMSG, -E2BIG, -ENOMEM. */
MUST_USE int crypto_certs_new(struct crypto_certs **ret);
MUST_USE int crypto_certs_add(struct crypto_certs *certs, struct crypto_span der);
void crypto_certs_free(struct crypto_certs *certs);
size_t crypto_certs_count(const struct crypto_certs *certs);
/* i < count; borrowed. */
struct crypto_span crypto_certs_der(const struct crypto_certs *certs, size_t i);
/* The subject of the first one, in DER; borrowed. Empty if there is none. */
struct crypto_span crypto_certs_subject(const struct crypto_certs *certs);
/* RFC 4514, for people; cut if need be. */
void crypto_certs_write_subject(const struct crypto_certs *certs, char *text, size_t size);
void crypto_certs_write_issuer(const struct crypto_certs *certs, char *text, size_t size);
/* When the first one ends. */
int64_t crypto_certs_end(const struct crypto_certs *certs);

/* ---- names (x509_names.c) ---- */

enum crypto_name_kind { CRYPTO_NAME_DN, CRYPTO_NAME_IP, CRYPTO_NAME_DNS, CRYPTO_NAME_EMAIL };

/* The first certificate bears that name: as its subject (a DN in DER; case and spaces as RFC 5280,
 * 7.1 has it), or as one of its subject alternative names (an address in 4 or 16 bytes; texts
 * without regard to ASCII case, and no wildcards). */
bool crypto_certs_bear(const struct crypto_certs *certs, enum crypto_name_kind kind,
                       struct crypto_span name);
/* Its names as people read them: "CN=a, a.example.org, 192.0.2.1"; what does not fit is cut. */
void crypto_certs_write_names(const struct crypto_certs *certs, char *text, size_t size);

/* ---- private keys and signatures (x509_sign.c) ---- */

struct crypto_key;

/* Unencrypted PEM of PKCS#8, PKCS#1 or SEC 1. -EBADMSG with the fault, -ENOMEM. */
MUST_USE int crypto_key_parse(struct crypto_span pem, struct crypto_key **ret,
                              enum crypto_cert_fault *ret_fault);
void crypto_key_free(struct crypto_key *key);
/* It is the key of the first certificate. */
bool crypto_key_fits(const struct crypto_key *key, const struct crypto_certs *certs);

/* RFC 7427, 7, and RFC 8420. */
enum crypto_sign_hash {
    CRYPTO_SIGN_SHA1 = 1,
    CRYPTO_SIGN_SHA256 = 2,
    CRYPTO_SIGN_SHA384 = 3,
    CRYPTO_SIGN_SHA512 = 4,
    CRYPTO_SIGN_IDENTITY = 5,
};

enum crypto_sign_kind {
    CRYPTO_SIGN_RSA = 1,   /* PKCS#1 v1.5 */
    CRYPTO_SIGN_RSA_PSS,   /* MGF1 with the same hash */
    CRYPTO_SIGN_ECDSA,     /* Ecdsa-Sig-Value in DER */
    CRYPTO_SIGN_ECDSA_RAW, /* r and s, each as long as the curve's order (RFC 4754) */
    CRYPTO_SIGN_ED25519,
};

struct crypto_scheme {
    uint8_t kind;      /* enum crypto_sign_kind */
    uint8_t hash;      /* enum crypto_sign_hash */
    uint16_t salt_len; /* of PSS */
};

/* What kind of key it is: RSA, ECDSA or ED25519; and the bits of RSA's modulus or of the curve. */
enum crypto_sign_kind crypto_key_kind(const struct crypto_key *key, unsigned *ret_bits);
/* The same of the first certificate's; 0 if it is none of them. */
enum crypto_sign_kind crypto_certs_kind(const struct crypto_certs *certs, unsigned *ret_bits);

/* -EINVAL if the scheme is not for that key. */
MUST_USE int crypto_sign(const struct crypto_key *key, const struct crypto_scheme *scheme,
                         struct crypto_span data, uint8_t ret[CRYPTO_SIGNATURE_MAX],
                         size_t *ret_len);
/* By the key of the first certificate. -EBADMSG if it does not hold. */
MUST_USE int crypto_sign_verify(const struct crypto_certs *certs,
                                const struct crypto_scheme *scheme, struct crypto_span data,
                                struct crypto_span signature);

/* ---- AlgorithmIdentifiers of signatures (x509_algorithm.c) ---- */

#define CRYPTO_ALGORITHM_MAX 80

/* In DER; its length, 0 if the scheme has none. */
size_t crypto_scheme_write(const struct crypto_scheme *scheme, uint8_t ret[CRYPTO_ALGORITHM_MAX]);
/* -EBADMSG if it is none that we know. */
MUST_USE int crypto_scheme_parse(struct crypto_span der, struct crypto_scheme *ret);

/* ---- trust (x509_chain.c) ---- */

/* CAs and their CRLs. */
struct crypto_trust;

/* crl may be empty. The CAs need not be roots. -EBADMSG with the fault, -ENOMEM. */
MUST_USE int crypto_trust_new(struct crypto_span ca_pem, struct crypto_span crl_pem,
                              struct crypto_trust **ret, enum crypto_cert_fault *ret_fault);
void crypto_trust_free(struct crypto_trust *trust);
size_t crypto_trust_count(const struct crypto_trust *trust);
/* SHA-1 of the i-th CA's SubjectPublicKeyInfo (RFC 7296, 3.7). */
void crypto_trust_key_id(const struct crypto_trust *trust, size_t i, uint8_t ret[CRYPTO_SHA1_LEN]);
/* A chain leads from the first certificate over some of the others to a CA; all are valid at that
 * time, none is revoked, all signatures hold and are strong, and the first may sign. A CRL that is
 * out of date still revokes. -EBADMSG with the verdict. */
MUST_USE int crypto_trust_verify(const struct crypto_trust *trust, const struct crypto_certs *certs,
                                 int64_t now_s, struct crypto_verdict *ret);

#endif
