/* crypto_internal.h - what the files of this room share, and what its tests need. */
#ifndef ROPEWAY_CRYPTO_INTERNAL_H
#define ROPEWAY_CRYPTO_INTERNAL_H

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

/* A context of a given private and public value (wire formats; MODP private as an integer of any
 * length): known answers need it. */
MUST_USE int crypto_dh_from_pair(const struct crypto_dh_group *group, struct crypto_span private,
                                 struct crypto_span public, struct crypto_dh **ret);

#endif
