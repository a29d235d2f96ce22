#include "control_internal.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* Secrets at rest: AES-256-GCM under STATE/seal.key, bound to the resource's id and the field's
 * name, so that a blob moved to another resource does not open. Stored as "sealed:" + base64. */

#define SEALED_PREFIX "sealed:"
#define SECRET_MAX    1024

int secrets_load_key(const char *state_dir, uint8_t ret[CRYPTO_SEAL_KEY_LEN])
{
    char path[PATH_MAX];
    struct buf b = {0};
    int r;

    if (!state_dir) {
        random_bytes(ret, CRYPTO_SEAL_KEY_LEN);
        return 0;
    }
    if (snprintf(path, sizeof(path), "%s/seal.key", state_dir) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    r = file_read(path, CRYPTO_SEAL_KEY_LEN, &b);
    if (r == -ENOENT) {
        random_bytes(ret, CRYPTO_SEAL_KEY_LEN);
        r = file_write_atomic(path, ret, CRYPTO_SEAL_KEY_LEN, 0600);
    } else if (r == -EFBIG || (r == 0 && b.len != CRYPTO_SEAL_KEY_LEN)) {
        r = -EBADMSG;
    } else if (r == 0) {
        memcpy(ret, b.data, CRYPTO_SEAL_KEY_LEN);
    }
    buf_wipe(&b);
    if (r < 0)
        log_error("%s: %s", path, r == -EBADMSG ? "not 32 bytes" : strerror(-r));
    return r;
}

void secrets_free(char *text)
{
    if (text)
        crypto_wipe(text, strlen(text));
    free(text);
}

int secrets_seal_text(const uint8_t key[CRYPTO_SEAL_KEY_LEN], const char *place, const char *clear,
                      char **ret)
{
    uint8_t sealed[SECRET_MAX + CRYPTO_SEAL_OVERHEAD];
    char *out;
    size_t len = strlen(clear);
    int r;

    if (len > SECRET_MAX)
        return -E2BIG;
    r = crypto_seal(key, crypto_span(place, strlen(place)), crypto_span(clear, len), sealed);
    if (r < 0)
        return r;
    out = malloc(sizeof(SEALED_PREFIX) + 4 * (sizeof(sealed) / 3 + 1));
    if (!out)
        return -ENOMEM;
    memcpy(out, SEALED_PREFIX, strlen(SEALED_PREFIX));
    EVP_EncodeBlock((uint8_t *)out + strlen(SEALED_PREFIX), sealed,
                    (int)(len + CRYPTO_SEAL_OVERHEAD));
    *ret = out;
    return 0;
}

/* The bytes behind the prefix; negative if they are none. */
static int decode(const char *text, uint8_t sealed[SECRET_MAX + CRYPTO_SEAL_OVERHEAD + 3])
{
    size_t chars;
    int len;

    if (!text_starts_with(text, SEALED_PREFIX))
        return -EBADMSG;
    text += strlen(SEALED_PREFIX);
    chars = strlen(text);
    if (chars < 4 || chars / 4 * 3 > SECRET_MAX + CRYPTO_SEAL_OVERHEAD + 3)
        return -EBADMSG;
    len = EVP_DecodeBlock(sealed, (const uint8_t *)text, (int)chars);
    for (size_t i = chars; len > 0 && i > chars - 2 && text[i - 1] == '='; i--)
        len--; /* EVP counts the padding in */
    return len;
}

int secrets_open_text(const uint8_t key[CRYPTO_SEAL_KEY_LEN], const char *place, const char *sealed,
                      char **ret)
{
    uint8_t bytes[SECRET_MAX + CRYPTO_SEAL_OVERHEAD + 3];
    char *clear;
    int len = decode(sealed, bytes), r;

    if (len < CRYPTO_SEAL_OVERHEAD || len - CRYPTO_SEAL_OVERHEAD > SECRET_MAX)
        return -EBADMSG;
    clear = calloc(1, (size_t)len - CRYPTO_SEAL_OVERHEAD + 1);
    if (!clear)
        return -ENOMEM;
    r = crypto_unseal(key, crypto_span(place, strlen(place)), crypto_span(bytes, (size_t)len),
                      (uint8_t *)clear);
    if (r < 0) {
        free(clear);
        return r;
    }
    *ret = clear;
    return 0;
}

/* What the secret of a resource is bound to, so that it opens nowhere else. */
#define PLACE_MAX (2 * STORE_NAME_MAX)

int secrets_seal(void *user, const char *id, const char *field, const char *clear, char **ret)
{
    const struct control *c = user;
    char place[PLACE_MAX];

    snprintf(place, sizeof(place), "%s/%s", id, field);
    return secrets_seal_text(c->seal_key, place, clear, ret);
}

int secrets_open(void *user, const char *id, const char *field, const char *sealed, char **ret)
{
    const struct control *c = user;
    char place[PLACE_MAX];

    snprintf(place, sizeof(place), "%s/%s", id, field);
    return secrets_open_text(c->seal_key, place, sealed, ret);
}
