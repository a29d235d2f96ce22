/* cipher.c - AES-CBC, AES-GCM and ChaCha20-Poly1305 as IKE and ESP use them. */
#include <limits.h>
#include <stdlib.h>

#include "crypto_internal.h"

#define AEAD_NONCE_LEN 12 /* salt 4, IV 8: RFC 4106 section 4, RFC 7634 section 2 */
#define AEAD_TAG_LEN   16

#define CBC(bits)                                                                                  \
    {                                                                                              \
        .name = "aes" #bits, .id = CRYPTO_ENCR_AES_CBC, .key_bits = (bits), .key_len = (bits) / 8, \
        .iv_len = 16, .block_len = 16,                                                             \
    }
#define GCM(bits)                                                                                  \
    {                                                                                              \
        .name = "aes" #bits "gcm16", .id = CRYPTO_ENCR_AES_GCM_16, .key_bits = (bits),             \
        .key_len = (bits) / 8, .salt_len = 4, .iv_len = 8, .block_len = 1,                         \
        .icv_len = AEAD_TAG_LEN, .aead = true,                                                     \
    }

static const struct crypto_encr algorithms[] = {
    CBC(128),
    CBC(192),
    CBC(256),
    GCM(128),
    GCM(192),
    GCM(256),
    {
        .name = "chacha20poly1305",
        .id = CRYPTO_ENCR_CHACHA20_POLY1305,
        .key_bits = 0, /* RFC 7634, section 4: no Key Length attribute */
        .key_len = 32,
        .salt_len = 4,
        .iv_len = 8,
        .block_len = 1,
        .icv_len = AEAD_TAG_LEN,
        .aead = true,
    },
};

struct crypto_cipher {
    const struct crypto_encr *alg;
    enum crypto_direction direction;
    uint8_t salt[4];
    EVP_CIPHER_CTX *ctx;
};

const struct crypto_encr *crypto_encr_at(size_t i)
{
    return i < ARRAY_SIZE(algorithms) ? &algorithms[i] : NULL;
}

const struct crypto_encr *crypto_encr_find(uint16_t id, uint16_t key_bits)
{
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
        if (algorithms[i].id == id && algorithms[i].key_bits == key_bits)
            return &algorithms[i];
    return NULL;
}

const struct crypto_encr *crypto_encr_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
        if (strcmp(algorithms[i].name, name) == 0)
            return &algorithms[i];
    return NULL;
}

size_t crypto_encr_material(const struct crypto_encr *alg)
{
    return (size_t)alg->key_len + alg->salt_len;
}

int crypto_cipher_new(const struct crypto_encr *alg, enum crypto_direction direction,
                      struct crypto_span key, struct crypto_cipher **ret)
{
    struct crypto_cipher *c;
    int r = crypto_init();

    if (r < 0)
        return r;
    if (key.len != crypto_encr_material(alg))
        return -EINVAL;
    c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    c->alg = alg;
    c->direction = direction;
    memcpy(c->salt, key.data + alg->key_len, alg->salt_len);
    c->ctx = EVP_CIPHER_CTX_new();
    if (!c->ctx ||
        EVP_CipherInit_ex2(c->ctx, crypto_evp_cipher(alg), key.data, NULL,
                           direction == CRYPTO_ENCRYPT, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(c->ctx, 0) != 1) {
        crypto_cipher_free(c);
        return crypto_fail(-EIO);
    }
    *ret = c;
    return 0;
}

void crypto_cipher_free(struct crypto_cipher *c)
{
    if (!c)
        return;
    EVP_CIPHER_CTX_free(c->ctx);
    crypto_wipe(c, sizeof(*c));
    free(c);
}

int crypto_cbc(struct crypto_cipher *c, const uint8_t *iv, uint8_t *data, size_t len)
{
    uint8_t none[EVP_MAX_BLOCK_LENGTH];
    int done = 0, rest = 0;

    if (c->alg->aead || len % c->alg->block_len != 0 || len > INT_MAX)
        return -EINVAL;
    if (len == 0)
        return 0;
    if (EVP_CipherInit_ex2(c->ctx, NULL, NULL, iv, -1, NULL) != 1 ||
        EVP_CipherUpdate(c->ctx, data, &done, data, (int)len) != 1 ||
        EVP_CipherFinal_ex(c->ctx, none, &rest) != 1 || (size_t)done != len || rest != 0)
        return crypto_fail(-EIO);
    return 0;
}

/* Everything up to the tag. tag is what must hold when opening, unused when sealing. */
static int aead_run(struct crypto_cipher *c, const uint8_t *iv, struct crypto_span aad,
                    uint8_t *data, size_t len, const uint8_t *tag)
{
    uint8_t nonce[AEAD_NONCE_LEN], none[EVP_MAX_BLOCK_LENGTH], expected[AEAD_TAG_LEN];
    int n = 0;

    if (len > INT_MAX || aad.len > INT_MAX)
        return -EINVAL;
    memcpy(nonce, c->salt, sizeof(c->salt));
    memcpy(nonce + sizeof(c->salt), iv, c->alg->iv_len);
    if (EVP_CipherInit_ex2(c->ctx, NULL, NULL, nonce, -1, NULL) != 1)
        return crypto_fail(-EIO);
    if (tag) {
        memcpy(expected, tag, sizeof(expected)); /* libcrypto wants it writable */
        if (EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_LEN, expected) != 1)
            return crypto_fail(-EIO);
    }
    if (aad.len > 0 && EVP_CipherUpdate(c->ctx, NULL, &n, aad.data, (int)aad.len) != 1)
        return crypto_fail(-EIO);
    if (len > 0 && EVP_CipherUpdate(c->ctx, data, &n, data, (int)len) != 1)
        return crypto_fail(-EIO);
    if (EVP_CipherFinal_ex(c->ctx, none, &n) != 1)
        return crypto_fail(tag ? -EBADMSG : -EIO);
    return 0;
}

int crypto_aead_seal(struct crypto_cipher *c, const uint8_t *iv, struct crypto_span aad,
                     uint8_t *data, size_t len, uint8_t *ret_tag)
{
    int r;

    if (!c->alg->aead || c->direction != CRYPTO_ENCRYPT)
        return -EINVAL;
    r = aead_run(c, iv, aad, data, len, NULL);
    if (r < 0)
        return r;
    if (EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, ret_tag) != 1)
        return crypto_fail(-EIO);
    return 0;
}

int crypto_aead_open(struct crypto_cipher *c, const uint8_t *iv, struct crypto_span aad,
                     uint8_t *data, size_t len, const uint8_t *tag)
{
    int r;

    if (!c->alg->aead || c->direction != CRYPTO_DECRYPT)
        return -EINVAL;
    r = aead_run(c, iv, aad, data, len, tag);
    if (r < 0)
        crypto_wipe(data, len);
    return r;
}
