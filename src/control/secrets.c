#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "seal_internal.h"

/* Secrets at rest: AES-256-GCM under a key of STATE/seal.key, bound to the resource's id and the
 * field's name, so that a blob moved to another resource does not open. Stored as "sealed:" + the
 * id of the key + ":" + base64; without id and its colon before keys had any. */

#define SEALED_PREFIX "sealed:"
#define PREFIX_LEN    (sizeof(SEALED_PREFIX) - 1)
#define SECRET_MAX    8192

void secrets_free(char *text)
{
    if (text)
        crypto_wipe(text, strlen(text));
    free(text);
}

int secrets_seal_text(const struct seal_ring *ring, const char *place, const char *clear,
                      char **ret)
{
    const struct seal_key *key = &ring->keys[0];
    uint8_t sealed[SECRET_MAX + CRYPTO_SEAL_OVERHEAD];
    size_t len = strlen(clear), start = PREFIX_LEN + SEAL_ID_LEN + 1;
    char *out;
    int r;

    if (len > SECRET_MAX)
        return -E2BIG;
    if (ring->count == 0)
        return -ENOKEY;
    r = crypto_seal(key->key, crypto_span(place, strlen(place)), crypto_span(clear, len), sealed);
    if (r < 0)
        return r;
    out = malloc(start + 4 * (sizeof(sealed) / 3 + 1) + 1);
    if (!out)
        return -ENOMEM;
    snprintf(out, start + 1, SEALED_PREFIX "%s:", key->id);
    EVP_EncodeBlock((uint8_t *)out + start, sealed, (int)(len + CRYPTO_SEAL_OVERHEAD));
    *ret = out;
    return 0;
}

void secrets_key_of(const char *sealed, char ret[SEAL_ID_LEN + 1])
{
    const char *id = sealed + PREFIX_LEN;
    size_t len = 0;

    ret[0] = 0;
    if (!text_starts_with(sealed, SEALED_PREFIX))
        return;
    while (len < SEAL_ID_LEN && id[len] && strchr("0123456789abcdef", id[len]))
        len++;
    if (len < SEAL_ID_LEN || id[len] != ':')
        return;
    memcpy(ret, id, SEAL_ID_LEN);
    ret[SEAL_ID_LEN] = 0;
}

const char *secrets_why(const char *sealed, int error, char ret[SEAL_WHY_MAX])
{
    char id[SEAL_ID_LEN + 1];

    secrets_key_of(sealed, id);
    if (error == -ENOKEY)
        snprintf(ret, SEAL_WHY_MAX, "it is sealed under key %s, which seal.key does not have", id);
    else if (error != -EBADMSG)
        snprintf(ret, SEAL_WHY_MAX, "%s", strerror(-error));
    else if (*id)
        snprintf(ret, SEAL_WHY_MAX, "it was changed since it was sealed under key %s", id);
    else
        snprintf(ret, SEAL_WHY_MAX, "it was sealed with another seal.key");
    return ret;
}

/* The bytes of base64 text; negative if it is none. */
static int decode(const char *text, uint8_t sealed[SECRET_MAX + CRYPTO_SEAL_OVERHEAD + 3])
{
    size_t chars = strlen(text);
    int len;

    if (chars < 4 || chars / 4 * 3 > SECRET_MAX + CRYPTO_SEAL_OVERHEAD + 3)
        return -EBADMSG;
    len = EVP_DecodeBlock(sealed, (const uint8_t *)text, (int)chars);
    for (size_t i = chars; len > 0 && i > chars - 2 && text[i - 1] == '='; i--)
        len--; /* EVP counts the padding in */
    return len;
}

/* With the key that it names, or with whichever opens it if it names none. */
static int unseal(const struct seal_ring *ring, const char *id, struct crypto_span place,
                  struct crypto_span sealed, uint8_t *ret)
{
    const struct seal_key *named = *id ? seal_ring_find(ring, id) : NULL;
    int r = -EBADMSG;

    if (*id)
        return named ? crypto_unseal(named->key, place, sealed, ret) : -ENOKEY;
    for (size_t i = 0; r == -EBADMSG && i < ring->count; i++)
        r = crypto_unseal(ring->keys[i].key, place, sealed, ret);
    return r;
}

int secrets_open_text(const struct seal_ring *ring, const char *place, const char *sealed,
                      char **ret)
{
    uint8_t bytes[SECRET_MAX + CRYPTO_SEAL_OVERHEAD + 3];
    char id[SEAL_ID_LEN + 1], *clear;
    int len, r;

    if (!text_starts_with(sealed, SEALED_PREFIX))
        return -EBADMSG;
    secrets_key_of(sealed, id);
    len = decode(sealed + PREFIX_LEN + (*id ? SEAL_ID_LEN + 1 : 0), bytes);
    if (len < CRYPTO_SEAL_OVERHEAD || len - CRYPTO_SEAL_OVERHEAD > SECRET_MAX)
        return -EBADMSG;
    clear = calloc(1, (size_t)len - CRYPTO_SEAL_OVERHEAD + 1);
    if (!clear)
        return -ENOMEM;
    r = unseal(ring, id, crypto_span(place, strlen(place)), crypto_span(bytes, (size_t)len),
               (uint8_t *)clear);
    if (r < 0) {
        free(clear);
        return r;
    }
    *ret = clear;
    return 0;
}

const char *secrets_place(const char *id, const char *field, char ret[SEAL_PLACE_MAX])
{
    snprintf(ret, SEAL_PLACE_MAX, "%s/%s", id, field);
    return ret;
}

int secrets_seal(void *ring, const char *id, const char *field, const char *clear, char **ret)
{
    char place[SEAL_PLACE_MAX];

    return secrets_seal_text(ring, secrets_place(id, field, place), clear, ret);
}

int secrets_open(void *ring, const char *id, const char *field, const char *sealed, char **ret)
{
    char place[SEAL_PLACE_MAX];

    return secrets_open_text(ring, secrets_place(id, field, place), sealed, ret);
}
