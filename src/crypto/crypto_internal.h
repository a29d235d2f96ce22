/* crypto_internal.h - what the files of this room share, and what its tests need. */
#ifndef ROPEWAY_CRYPTO_INTERNAL_H
#define ROPEWAY_CRYPTO_INTERNAL_H

#include <openssl/bn.h>
#include <openssl/evp.h>

#include "crypto.h"

enum crypto_hash { CRYPTO_HASH_SHA1, CRYPTO_HASH_SHA256, CRYPTO_HASH_SHA384, CRYPTO_HASH_SHA512 };

#define CRYPTO_HASHES 4

/* Fetched once by crypto_init(), never freed: one per process. Only to be read after it succeeded.
 */
const EVP_MD *crypto_md(enum crypto_hash hash);
/* libcrypto's cipher for the algorithm. */
const EVP_CIPHER *crypto_evp_cipher(const struct crypto_encr *alg);
/* An HMAC context that knows its hash but no key yet; NULL if out of memory. The caller frees it.
 */
EVP_MAC_CTX *crypto_hmac_ctx(enum crypto_hash hash);

/* Empties libcrypto's error queue, which TLS in the same thread would stumble over; returns err. */
int crypto_fail(int err);

/* ---- the families of key exchanges (dh_modp.c, dh_ecp.c, dh_x25519.c, dh_mlkem.c) ---- */

struct crypto_dh {
    const struct crypto_dh_entry *entry;
    union {
        BIGNUM *number; /* MODP, ECP */
        EVP_PKEY *key;  /* curve25519, ML-KEM */
    } private;
    uint8_t public[CRYPTO_DH_PUBLIC_MAX];
};

struct crypto_dh_family {
    /* Sets private and public; private is NULL on failure. */
    int (*make)(const struct crypto_random *random, struct crypto_dh *dh);
    void (*wipe)(struct crypto_dh *dh);
    /* Of a value of the right length. -EBADMSG. NULL: respond looks at it. */
    int (*check)(const struct crypto_dh_entry *entry, const uint8_t *peer);
    /* With a value that was checked. ret has room for CRYPTO_DH_SECRET_MAX bytes. */
    int (*agree)(const struct crypto_dh *dh, const uint8_t *peer, uint8_t *ret);
    /* What a responder does where that is not make and agree; NULL. Nothing is written on failure.
     */
    int (*respond)(const struct crypto_dh_entry *entry, const struct crypto_random *random,
                   const uint8_t *peer, uint8_t *ret_public, uint8_t *ret_secret);
    /* NULL: it is always there. */
    bool (*is_there)(const struct crypto_dh_entry *entry);
};

extern const struct crypto_dh_family crypto_dh_modp, crypto_dh_ecp, crypto_dh_x25519,
    crypto_dh_mlkem;

struct crypto_dh_entry {
    struct crypto_dh_group group;
    const struct crypto_dh_family *family;
    int nid;             /* ECP: libcrypto's number of the curve */
    uint8_t private_len; /* of the bytes that a private value is made from */
};

/* Primes and curves, made once by crypto_init(). -EIO. */
MUST_USE int crypto_dh_modp_init(void);
MUST_USE int crypto_dh_ecp_init(void);
/* Looks what this libcrypto has. */
void crypto_dh_mlkem_init(void);
#endif
