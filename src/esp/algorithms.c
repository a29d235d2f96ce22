#include "esp_internal.h"

static const struct {
    const char *name, *help;
} results[] = {
#define X(name, metric, help) [ESP_##name] = {metric, help},
    ESP_RESULTS(X)
#undef X
};

const char *esp_result_name(enum esp_result result)
{
    return (unsigned)result < ARRAY_SIZE(results) ? results[result].name : "?";
}

const char *esp_result_help(enum esp_result result)
{
    return (unsigned)result < ARRAY_SIZE(results) ? results[result].help : "?";
}

/* RFC 2404, RFC 4868. */
static const struct esp_auth_alg auth_algs[] = {
    {ESP_AUTH_HMAC_SHA1_96, 20, 12, "SHA1"},
    {ESP_AUTH_HMAC_SHA2_256_128, 32, 16, "SHA256"},
    {ESP_AUTH_HMAC_SHA2_384_192, 48, 24, "SHA384"},
    {ESP_AUTH_HMAC_SHA2_512_256, 64, 32, "SHA512"},
};

const struct esp_auth_alg *esp_auth_find(uint16_t id)
{
    for (size_t i = 0; i < ARRAY_SIZE(auth_algs); i++) {
        if (auth_algs[i].id == id)
            return &auth_algs[i];
    }
    return NULL;
}

int esp_shape_find(uint16_t encr, uint16_t auth, struct esp_shape *ret)
{
    const struct esp_auth_alg *alg = esp_auth_find(auth);

    switch (encr) {
    case ESP_ENCR_AES_CBC:
        if (!alg)
            return -EOPNOTSUPP; /* encryption without integrity protects nothing */
        *ret = (struct esp_shape){.iv_len = 16, .block = 16, .icv_len = alg->icv_len};
        return 0;
    case ESP_ENCR_AES_GCM_16:
    case ESP_ENCR_CHACHA20_POLY1305:
        if (auth != ESP_AUTH_NONE)
            return -EOPNOTSUPP;
        *ret = (struct esp_shape){.iv_len = 8, .block = 4, .icv_len = 16};
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}

/* Padding length and next header, the last two bytes of the text. */
#define TRAILER_LEN 2

size_t esp_len(const struct esp_shape *shape, size_t inner_len)
{
    size_t block = shape->block;
    size_t text = (inner_len + TRAILER_LEN + block - 1) / block * block;

    return ESP_HEADER_LEN + shape->iv_len + text + shape->icv_len;
}

size_t esp_inner_max(const struct esp_shape *shape, size_t esp_budget)
{
    size_t fixed = (size_t)ESP_HEADER_LEN + shape->iv_len + shape->icv_len;
    size_t text;

    if (esp_budget < fixed)
        return 0;
    text = (esp_budget - fixed) / shape->block * shape->block;
    return text > TRAILER_LEN ? text - TRAILER_LEN : 0;
}
