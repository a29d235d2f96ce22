/* crypto.h - a thin layer over libcrypto for IKE and for secrets at rest: PRF, integrity, ciphers,
 * Diffie-Hellman, hashes, sealing. Does no I/O and logs nothing.
 *
 * Algorithms are named by the IANA IKEv2 transform numbers (RFC 7296, 3.3.2 and the registry), so
 * what was negotiated is what is looked up here. Every context wipes its keys when freed; every
 * _free takes NULL. Contexts belong to one thread at a time; descriptors are shared and for ever.
 * Errors: -EINVAL for misuse (a wrong length), -EBADMSG for what an attacker may have sent (a bad
 * tag, a bad public value), -ENOMEM, and -EIO if libcrypto itself refuses. */
#ifndef ROPEWAY_CRYPTO_H
#define ROPEWAY_CRYPTO_H

#include "base.h"

/* Bytes that somebody else owns. {NULL, 0} is empty. */
struct crypto_span {
    const uint8_t *data;
    size_t len;
};

static inline struct crypto_span crypto_span(const void *data, size_t len)
{
    return (struct crypto_span){.data = data, .len = len};
}

/* Loads libcrypto's algorithms once. Everything else does it by itself when needed; a program that
 * will confine itself calls it first. -EIO if an algorithm is missing from this libcrypto. */
MUST_USE int crypto_init(void);

/* Overwrites secrets in a way no compiler removes. NULL with len 0 is fine. */
void crypto_wipe(void *data, size_t len);

/* ---- encryption (cipher.c) ---- */

enum crypto_encr_id {
    CRYPTO_ENCR_AES_CBC = 12,           /* RFC 3602 */
    CRYPTO_ENCR_AES_GCM_16 = 20,        /* RFC 4106, 5282 */
    CRYPTO_ENCR_CHACHA20_POLY1305 = 28, /* RFC 7634 */
};

#define CRYPTO_ENCR_KEY_MAX 36 /* key and salt */
#define CRYPTO_IV_MAX       16
#define CRYPTO_ICV_MAX      32

/* One algorithm with one key size. Lengths in bytes. */
struct crypto_encr {
    const char *name;  /* as in the API: "aes128", "aes128gcm16", "chacha20poly1305" */
    uint16_t id;       /* enum crypto_encr_id */
    uint16_t key_bits; /* the Key Length attribute; 0: the attribute must be absent */
    uint8_t key_len;   /* without salt */
    uint8_t salt_len;  /* taken from the end of the keying material: 4 for AEAD, else 0 */
    uint8_t iv_len;    /* explicit, on the wire */
    uint8_t block_len; /* the plaintext is padded to a multiple; 1 for AEAD */
    uint8_t icv_len;   /* the AEAD's tag; 0 if an integrity algorithm is needed beside it */
    bool aead;
};

/* By wire identity, or by name; NULL if it is not ours. */
const struct crypto_encr *crypto_encr_find(uint16_t id, uint16_t key_bits);
const struct crypto_encr *crypto_encr_by_name(const char *name);
/* The i-th of all, NULL after the last. */
const struct crypto_encr *crypto_encr_at(size_t i);
/* Keying material needed: key_len + salt_len. */
size_t crypto_encr_material(const struct crypto_encr *alg);

enum crypto_direction { CRYPTO_ENCRYPT, CRYPTO_DECRYPT };

/* A key made ready once, used often, in one direction. */
struct crypto_cipher;

/* key is the key followed by the salt: exactly crypto_encr_material() bytes, copied. */
MUST_USE int crypto_cipher_new(const struct crypto_encr *alg, enum crypto_direction direction,
                               struct crypto_span key, struct crypto_cipher **ret);
void crypto_cipher_free(struct crypto_cipher *c);

/* CBC in place, no padding. len is a multiple of the block; iv has iv_len bytes and must be
 * unpredictable when encrypting. Checks no integrity: do that first. */
MUST_USE int crypto_cbc(struct crypto_cipher *c, const uint8_t *iv, uint8_t *data, size_t len);

/* AEAD in place. iv is the explicit 8-byte IV, never used twice with a key when sealing; tag has
 * icv_len bytes. crypto_aead_open() returns -EBADMSG if the tag does not hold and then leaves data
 * zeroed, so that no unauthenticated plaintext survives. */
MUST_USE int crypto_aead_seal(struct crypto_cipher *c, const uint8_t *iv, struct crypto_span aad,
                              uint8_t *data, size_t len, uint8_t *ret_tag);
MUST_USE int crypto_aead_open(struct crypto_cipher *c, const uint8_t *iv, struct crypto_span aad,
                              uint8_t *data, size_t len, const uint8_t *tag);

/* ---- integrity and PRF: both are HMAC (mac.c) ---- */

enum crypto_integ_id {
    CRYPTO_INTEG_NONE = 0,
    CRYPTO_INTEG_SHA1_96 = 2,       /* RFC 2404 */
    CRYPTO_INTEG_SHA2_256_128 = 12, /* RFC 4868 */
    CRYPTO_INTEG_SHA2_384_192 = 13,
    CRYPTO_INTEG_SHA2_512_256 = 14,
};

enum crypto_prf_id {
    CRYPTO_PRF_SHA1 = 2,     /* RFC 2104 */
    CRYPTO_PRF_SHA2_256 = 5, /* RFC 4868 */
    CRYPTO_PRF_SHA2_384 = 6,
    CRYPTO_PRF_SHA2_512 = 7,
};

#define CRYPTO_PRF_MAX       64 /* output and key of the longest PRF */
#define CRYPTO_INTEG_KEY_MAX 64

struct crypto_integ {
    const char *name; /* "sha1", "sha256", "sha384", "sha512" */
    uint16_t id;      /* enum crypto_integ_id */
    uint8_t key_len;
    uint8_t icv_len; /* after truncation */
};

struct crypto_prf {
    const char *name; /* "sha1", "sha256", "sha384", "sha512" */
    uint16_t id;      /* enum crypto_prf_id */
    uint8_t len;      /* output and preferred key length */
};

const struct crypto_integ *crypto_integ_find(uint16_t id);
const struct crypto_integ *crypto_integ_by_name(const char *name);
const struct crypto_integ *crypto_integ_at(size_t i);
const struct crypto_prf *crypto_prf_find(uint16_t id);
const struct crypto_prf *crypto_prf_by_name(const char *name);

/* An HMAC key made ready once, used often. */
struct crypto_mac;

/* key of exactly key_len bytes, copied. */
MUST_USE int crypto_mac_new(const struct crypto_integ *alg, struct crypto_span key,
                            struct crypto_mac **ret);
void crypto_mac_free(struct crypto_mac *m);
/* The truncated MAC (icv_len bytes) of the parts in a row. */
MUST_USE int crypto_mac_compute(struct crypto_mac *m, const struct crypto_span *parts,
                                size_t n_parts, uint8_t *ret_icv);
/* Constant-time compare with icv; -EBADMSG if it differs. */
MUST_USE int crypto_mac_verify(struct crypto_mac *m, const struct crypto_span *parts,
                               size_t n_parts, const uint8_t *icv);

/* prf(key, parts in a row); ret has alg->len bytes. A key may have any length, also 0. ret may
 * overlap neither key nor parts. */
MUST_USE int crypto_prf(const struct crypto_prf *alg, struct crypto_span key,
                        const struct crypto_span *parts, size_t n_parts, uint8_t *ret);
/* prf+ (RFC 7296, 2.13): ret_len bytes, at most 255 * alg->len (-EINVAL). On failure ret is wiped.
 */
MUST_USE int crypto_prf_plus(const struct crypto_prf *alg, struct crypto_span key,
                             const struct crypto_span *seed, size_t n_seed, uint8_t *ret,
                             size_t ret_len);

/* ---- key exchange: Diffie-Hellman and ML-KEM (dh.c) ---- */

enum crypto_dh_id {
    CRYPTO_DH_NONE = 0,
    CRYPTO_DH_MODP_1024 = 2, /* RFC 7296, appendix B: weak, old peers only */
    CRYPTO_DH_MODP_1536 = 5, /* RFC 3526; weak */
    CRYPTO_DH_MODP_2048 = 14,
    CRYPTO_DH_MODP_3072 = 15,
    CRYPTO_DH_MODP_4096 = 16,
    CRYPTO_DH_MODP_8192 = 18,
    CRYPTO_DH_ECP_256 = 19, /* RFC 5903 */
    CRYPTO_DH_ECP_384 = 20,
    CRYPTO_DH_ECP_521 = 21,
    CRYPTO_DH_CURVE25519 = 31, /* RFC 8031 */
    CRYPTO_DH_ML_KEM_512 = 35, /* FIPS 203, draft-ietf-ipsecme-ikev2-mlkem */
    CRYPTO_DH_ML_KEM_768 = 36,
    CRYPTO_DH_ML_KEM_1024 = 37,
};

#define CRYPTO_DH_PUBLIC_MAX 1568
#define CRYPTO_DH_SECRET_MAX 1024

struct crypto_dh_group {
    const char *name;    /* "modp2048", "ecp256", "curve25519", "mlkem768" */
    uint16_t id;         /* enum crypto_dh_id */
    uint16_t public_len; /* of the KE payload's data, exactly: the initiator's */
    uint16_t answer_len; /* and the responder's, which is another one with ML-KEM */
    uint16_t secret_len; /* of the shared secret, exactly */
};

const struct crypto_dh_group *crypto_dh_find(uint16_t id);
const struct crypto_dh_group *crypto_dh_at(size_t i);
/* Whether the libcrypto of this machine has it: ML-KEM is there from OpenSSL 3.5 on. */
bool crypto_dh_is_there(const struct crypto_dh_group *group);

/* Where private values come from; cryptographic wherever there is something to protect. */
struct crypto_random {
    void (*fill)(void *context, void *ret, size_t len);
    void *context;
};

/* A key exchange is started by one end, responded to by the other one, which is done with that, and
 * finished by the first. Whoever has the peer's value looks at it before anything else (RFC 6989):
 * its length, 1 < y < p - 1, a point on the curve, a secret that is not zero, an encapsulation key
 * whose numbers are below the modulus (FIPS 203, 7.2); -EBADMSG otherwise, and nothing is written.
 * The secret has group->secret_len bytes (leading zeros kept), and is the caller's to wipe. */

/* What the initiator keeps until the answer comes. */
struct crypto_dh;

MUST_USE int crypto_dh_start(const struct crypto_dh_group *group,
                             const struct crypto_random *random, struct crypto_dh **ret);
/* ret_public: our value for the answer, group->answer_len bytes. */
MUST_USE int crypto_dh_respond(const struct crypto_dh_group *group,
                               const struct crypto_random *random, struct crypto_span peer,
                               uint8_t *ret_public, uint8_t *ret_secret);
/* May be tried with several answers. */
MUST_USE int crypto_dh_finish(const struct crypto_dh *dh, struct crypto_span peer,
                              uint8_t *ret_secret);
/* Wipes the private value. */
void crypto_dh_free(struct crypto_dh *dh);
const struct crypto_dh_group *crypto_dh_group(const struct crypto_dh *dh);
/* The KE payload's data: MODP left-padded to the prime's length, ECP x||y, curve25519 raw, ML-KEM
 * the encapsulation key (the answer is the ciphertext). group->public_len bytes, borrowed. */
struct crypto_span crypto_dh_public(const struct crypto_dh *dh);

/* ---- hashes (hash.c) ---- */

#define CRYPTO_SHA1_LEN   20
#define CRYPTO_SHA256_LEN 32

/* SHA-1 only where a protocol demands it: NAT detection (RFC 7296, 2.23). */
MUST_USE int crypto_sha1(const struct crypto_span *parts, size_t n_parts,
                         uint8_t ret[CRYPTO_SHA1_LEN]);
MUST_USE int crypto_sha256(const struct crypto_span *parts, size_t n_parts,
                           uint8_t ret[CRYPTO_SHA256_LEN]);
/* The hash that a PRF is made of, as IKEv1 negotiates it (RFC 2409, 4); ret has alg->len bytes. */
MUST_USE int crypto_prf_hash(const struct crypto_prf *alg, const struct crypto_span *parts,
                             size_t n_parts, uint8_t *ret);

/* ---- passwords (password.c) ---- */

#define CRYPTO_PASSWORD_MAX 128 /* of what is kept of one */

/* What may be kept of a password: scrypt with a salt of its own. Takes a tenth of a second and 32
 * MiB on purpose. */
MUST_USE int crypto_password_hash(struct crypto_span password, char ret[CRYPTO_PASSWORD_MAX]);
/* 0: it is the password. -EACCES: it is not. -EBADMSG: what is kept cannot be read. */
MUST_USE int crypto_password_check(struct crypto_span password, const char *stored);

/* ---- secrets at rest (seal.c) ---- */

#define CRYPTO_SEAL_KEY_LEN  32
#define CRYPTO_SEAL_OVERHEAD 29 /* version 1, nonce 12, tag 16 */

/* AES-256-GCM under a key of our own, with a random nonce in front. aad binds the blob to its place
 * (a resource's ID, a field's name), so that it cannot be moved to another. Writes len +
 * CRYPTO_SEAL_OVERHEAD bytes. */
MUST_USE int crypto_seal(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct crypto_span aad,
                         struct crypto_span plain, uint8_t *ret_sealed);
/* Writes sealed.len - CRYPTO_SEAL_OVERHEAD bytes. -EBADMSG if it was not sealed with this key and
 * aad, was changed, or is too short; then ret_plain is untouched or zeroed. */
MUST_USE int crypto_unseal(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct crypto_span aad,
                           struct crypto_span sealed, uint8_t *ret_plain);

#endif
