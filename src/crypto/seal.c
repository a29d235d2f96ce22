/* seal.c - secrets at rest: AES-256-GCM with a random 96-bit nonce.
 *
 * A blob is: version 1 (1 byte), nonce (12), ciphertext, tag (16). The version is authenticated
 * with the caller's aad. A random nonce of 96 bits is safe for some 2^32 blobs under a key. */
#include <assert.h>
#include <stdlib.h>

#include "crypto_internal.h"

#define SEAL_VERSION   1
#define SEAL_NONCE_LEN 12
#define SEAL_TAG_LEN   16
#define SEAL_SALT_LEN  4 /* the part of the nonce that crypto_cipher_new() takes with the key */

static_assert(CRYPTO_SEAL_OVERHEAD == 1 + SEAL_NONCE_LEN + SEAL_TAG_LEN, "as the header says");

static int seal_cipher(const uint8_t *key, const uint8_t *nonce, enum crypto_direction direction,
                       struct crypto_cipher **ret)
{
    uint8_t material[CRYPTO_SEAL_KEY_LEN + SEAL_SALT_LEN];
    int r;

    memcpy(material, key, CRYPTO_SEAL_KEY_LEN);
    memcpy(material + CRYPTO_SEAL_KEY_LEN, nonce, SEAL_SALT_LEN);
    r = crypto_cipher_new(crypto_encr_find(CRYPTO_ENCR_AES_GCM_16, 256), direction,
                          crypto_span(material, sizeof(material)), ret);
    crypto_wipe(material, sizeof(material));
    return r;
}

/* version | aad, as one piece of memory. The caller frees it. */
static uint8_t *seal_aad(struct crypto_span aad)
{
    uint8_t *full = malloc(1 + aad.len);

    if (!full)
        return NULL;
    full[0] = SEAL_VERSION;
    if (aad.len > 0)
        memcpy(full + 1, aad.data, aad.len);
    return full;
}

int crypto_seal(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct crypto_span aad,
                struct crypto_span plain, uint8_t *ret_sealed)
{
    uint8_t *nonce = ret_sealed + 1, *body = nonce + SEAL_NONCE_LEN;
    uint8_t *full_aad = seal_aad(aad);
    struct crypto_cipher *c = NULL;
    int r = full_aad ? 0 : -ENOMEM;

    if (r == 0) {
        ret_sealed[0] = SEAL_VERSION;
        random_bytes(nonce, SEAL_NONCE_LEN);
        r = seal_cipher(key, nonce, CRYPTO_ENCRYPT, &c);
    }
    if (r == 0) {
        if (plain.len > 0)
            memcpy(body, plain.data, plain.len);
        r = crypto_aead_seal(c, nonce + SEAL_SALT_LEN, crypto_span(full_aad, 1 + aad.len), body,
                             plain.len, body + plain.len);
        if (r < 0)
            crypto_wipe(body, plain.len);
    }
    crypto_cipher_free(c);
    free(full_aad);
    return r;
}

int crypto_unseal(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct crypto_span aad,
                  struct crypto_span sealed, uint8_t *ret_plain)
{
    const uint8_t *nonce, *body;
    struct crypto_cipher *c = NULL;
    uint8_t *full_aad;
    size_t len;
    int r;

    if (sealed.len < CRYPTO_SEAL_OVERHEAD || sealed.data[0] != SEAL_VERSION)
        return -EBADMSG;
    nonce = sealed.data + 1;
    body = nonce + SEAL_NONCE_LEN;
    len = sealed.len - CRYPTO_SEAL_OVERHEAD;
    full_aad = seal_aad(aad);
    if (!full_aad)
        return -ENOMEM;

    r = seal_cipher(key, nonce, CRYPTO_DECRYPT, &c);
    if (r == 0) {
        if (len > 0)
            memcpy(ret_plain, body, len);
        r = crypto_aead_open(c, nonce + SEAL_SALT_LEN, crypto_span(full_aad, 1 + aad.len),
                             ret_plain, len, body + len);
    }
    crypto_cipher_free(c);
    free(full_aad);
    return r;
}
