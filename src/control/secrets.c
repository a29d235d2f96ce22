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

static struct crypto_span aad_of(const json_t *resource, const struct model_field *f, char *buf,
                                 size_t size)
{
    int len = snprintf(buf, size, "%s/%s", model_str(resource, "id"), f->name);

    return crypto_span(buf, (size_t)len);
}

static int seal_text(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct crypto_span aad,
                     const char *text, json_t **ret)
{
    uint8_t sealed[SECRET_MAX + CRYPTO_SEAL_OVERHEAD];
    char out[sizeof(SEALED_PREFIX) + 4 * (sizeof(sealed) / 3 + 1)] = SEALED_PREFIX;
    size_t len = strlen(text);
    int r;

    if (len > SECRET_MAX)
        return -E2BIG;
    r = crypto_seal(key, aad, crypto_span(text, len), sealed);
    if (r < 0)
        return r;
    EVP_EncodeBlock((uint8_t *)out + strlen(SEALED_PREFIX), sealed,
                    (int)(len + CRYPTO_SEAL_OVERHEAD));
    *ret = json_string(out);
    return *ret ? 0 : -ENOMEM;
}

static int open_text(const uint8_t key[CRYPTO_SEAL_KEY_LEN], struct crypto_span aad,
                     const char *text, json_t **ret)
{
    uint8_t sealed[SECRET_MAX + CRYPTO_SEAL_OVERHEAD + 3];
    char plain[SECRET_MAX + 1];
    size_t chars, len;
    int r;

    if (!text_starts_with(text, SEALED_PREFIX))
        return -EBADMSG;
    text += strlen(SEALED_PREFIX);
    chars = strlen(text);
    if (chars < 4 || chars / 4 * 3 > sizeof(sealed))
        return -EBADMSG;
    r = EVP_DecodeBlock(sealed, (const uint8_t *)text, (int)chars);
    if (r < 0)
        return -EBADMSG;
    len = (size_t)r;
    for (size_t i = chars; i > chars - 2 && text[i - 1] == '='; i--)
        len--; /* EVP counts the padding in */
    if (len < CRYPTO_SEAL_OVERHEAD || len - CRYPTO_SEAL_OVERHEAD > SECRET_MAX)
        return -EBADMSG;
    r = crypto_unseal(key, aad, crypto_span(sealed, len), (uint8_t *)plain);
    if (r < 0)
        return r;
    *ret = json_stringn(plain, len - CRYPTO_SEAL_OVERHEAD);
    crypto_wipe(plain, sizeof(plain));
    return *ret ? 0 : -ENOMEM;
}

typedef int transform(const uint8_t *key, struct crypto_span aad, const char *text, json_t **ret);

static int each_secret(const uint8_t *key, const struct model_kind *kind, json_t *resource,
                       transform *change)
{
    int r = 0;

    /* Secrets are members of the resource itself. */
    for (const struct model_field *f = kind->fields; r == 0 && f->name; f++) {
        const char *text = json_string_value(json_object_get(resource, f->name));
        char aad[2 * STORE_NAME_MAX];
        json_t *value = NULL;

        if (!(f->flags & MODEL_SECRET) || !text)
            continue;
        r = change(key, aad_of(resource, f, aad, sizeof(aad)), text, &value);
        if (r == 0 && json_object_set_new(resource, f->name, value))
            r = -ENOMEM;
    }
    return r;
}

int secrets_seal(const uint8_t key[CRYPTO_SEAL_KEY_LEN], const struct model_kind *kind,
                 json_t *resource)
{
    return each_secret(key, kind, resource, seal_text);
}

int secrets_open(const uint8_t key[CRYPTO_SEAL_KEY_LEN], const struct model_kind *kind,
                 json_t *resource)
{
    return each_secret(key, kind, resource, open_text);
}

const char *secrets_missing(const struct model_kind *kind, const json_t *resource)
{
    for (const struct model_field *f = kind->fields; f->name; f++) {
        if ((f->flags & MODEL_SECRET) && !json_object_get(resource, f->name))
            return f->name;
    }
    return NULL;
}

void secrets_drop(const struct model_kind *kind, json_t *resource)
{
    for (const struct model_field *f = kind->fields; f->name; f++) {
        if (f->flags & MODEL_SECRET)
            json_object_del(resource, f->name);
    }
}
