#include "control_internal.h"

#include <stdio.h>

/* Hashes of what people and programs show, and their texts. */

int auth_hash(const char *text, uint8_t ret[CRYPTO_SHA256_LEN])
{
    struct crypto_span part = crypto_span(text, strlen(text));

    return crypto_sha256(&part, 1, ret);
}

void auth_hex(const uint8_t digest[CRYPTO_SHA256_LEN], char ret[2 * CRYPTO_SHA256_LEN + 1])
{
    for (size_t i = 0; i < CRYPTO_SHA256_LEN; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

int auth_hash_hex(const char *text, char ret[2 * CRYPTO_SHA256_LEN + 1])
{
    uint8_t digest[CRYPTO_SHA256_LEN];
    int r = auth_hash(text, digest);

    if (r == 0)
        auth_hex(digest, ret);
    return r;
}

int auth_parse_hash(const char *hex, uint8_t ret[CRYPTO_SHA256_LEN])
{
    if (strlen(hex) != 2 * CRYPTO_SHA256_LEN)
        return -EINVAL;
    for (size_t i = 0; i < CRYPTO_SHA256_LEN; i++) {
        unsigned byte;

        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return -EINVAL;
        ret[i] = (uint8_t)byte;
    }
    return 0;
}
