/* mac.c - HMAC as integrity (truncated) and as PRF, and prf+. */
#include <stdlib.h>

#include "crypto_internal.h"

static const struct {
    struct crypto_integ alg;
    enum crypto_hash hash;
} integs[] = {
    {{"sha256", CRYPTO_INTEG_SHA2_256_128, 32, 16}, CRYPTO_HASH_SHA256},
    {{"sha1", CRYPTO_INTEG_SHA1_96, 20, 12}, CRYPTO_HASH_SHA1},
    {{"sha384", CRYPTO_INTEG_SHA2_384_192, 48, 24}, CRYPTO_HASH_SHA384},
    {{"sha512", CRYPTO_INTEG_SHA2_512_256, 64, 32}, CRYPTO_HASH_SHA512},
};

static const struct {
    struct crypto_prf alg;
    enum crypto_hash hash;
} prfs[] = {
    {{"sha256", CRYPTO_PRF_SHA2_256, 32}, CRYPTO_HASH_SHA256},
    {{"sha1", CRYPTO_PRF_SHA1, 20}, CRYPTO_HASH_SHA1},
    {{"sha384", CRYPTO_PRF_SHA2_384, 48}, CRYPTO_HASH_SHA384},
    {{"sha512", CRYPTO_PRF_SHA2_512, 64}, CRYPTO_HASH_SHA512},
};

struct crypto_mac {
    const struct crypto_integ *alg;
    EVP_MAC_CTX *ctx;
};

const struct crypto_integ *crypto_integ_at(size_t i)
{
    return i < ARRAY_SIZE(integs) ? &integs[i].alg : NULL;
}

const struct crypto_integ *crypto_integ_find(uint16_t id)
{
    for (size_t i = 0; i < ARRAY_SIZE(integs); i++)
        if (integs[i].alg.id == id)
            return &integs[i].alg;
    return NULL;
}

const struct crypto_integ *crypto_integ_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(integs); i++)
        if (strcmp(integs[i].alg.name, name) == 0)
            return &integs[i].alg;
    return NULL;
}

const struct crypto_prf *crypto_prf_find(uint16_t id)
{
    for (size_t i = 0; i < ARRAY_SIZE(prfs); i++)
        if (prfs[i].alg.id == id)
            return &prfs[i].alg;
    return NULL;
}

const struct crypto_prf *crypto_prf_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(prfs); i++)
        if (strcmp(prfs[i].alg.name, name) == 0)
            return &prfs[i].alg;
    return NULL;
}

static enum crypto_hash integ_hash(const struct crypto_integ *alg)
{
    for (size_t i = 0; i < ARRAY_SIZE(integs); i++)
        if (&integs[i].alg == alg)
            return integs[i].hash;
    return CRYPTO_HASH_SHA256; /* descriptors come from our table only */
}

static enum crypto_hash prf_hash(const struct crypto_prf *alg)
{
    for (size_t i = 0; i < ARRAY_SIZE(prfs); i++)
        if (&prfs[i].alg == alg)
            return prfs[i].hash;
    return CRYPTO_HASH_SHA256;
}

/* A context with this key. libcrypto takes a NULL key for "the one you have", so an empty key must
 * point somewhere. */
static int hmac_new(enum crypto_hash hash, struct crypto_span key, EVP_MAC_CTX **ret)
{
    EVP_MAC_CTX *ctx = NULL;
    int r = crypto_init();

    if (r < 0)
        return r;
    ctx = crypto_hmac_ctx(hash);
    if (!ctx)
        return crypto_fail(-ENOMEM);
    if (EVP_MAC_init(ctx, key.len > 0 ? key.data : (const uint8_t *)"", key.len, NULL) != 1) {
        EVP_MAC_CTX_free(ctx);
        return crypto_fail(-EIO);
    }
    *ret = ctx;
    return 0;
}

/* The whole HMAC of the parts into full[EVP_MAX_MD_SIZE], with the context's key. */
static int hmac_run(EVP_MAC_CTX *ctx, const struct crypto_span *parts, size_t n_parts,
                    uint8_t *full)
{
    size_t len;

    if (EVP_MAC_init(ctx, NULL, 0, NULL) != 1)
        return crypto_fail(-EIO);
    for (size_t i = 0; i < n_parts; i++)
        if (parts[i].len > 0 && EVP_MAC_update(ctx, parts[i].data, parts[i].len) != 1)
            return crypto_fail(-EIO);
    if (EVP_MAC_final(ctx, full, &len, EVP_MAX_MD_SIZE) != 1)
        return crypto_fail(-EIO);
    return 0;
}

int crypto_mac_new(const struct crypto_integ *alg, struct crypto_span key, struct crypto_mac **ret)
{
    struct crypto_mac *m;
    int r;

    if (key.len != alg->key_len)
        return -EINVAL;
    m = calloc(1, sizeof(*m));
    if (!m)
        return -ENOMEM;
    m->alg = alg;
    r = hmac_new(integ_hash(alg), key, &m->ctx);
    if (r < 0) {
        free(m);
        return r;
    }
    *ret = m;
    return 0;
}

void crypto_mac_free(struct crypto_mac *m)
{
    if (!m)
        return;
    EVP_MAC_CTX_free(m->ctx); /* wipes the key */
    free(m);
}

int crypto_mac_compute(struct crypto_mac *m, const struct crypto_span *parts, size_t n_parts,
                       uint8_t *ret_icv)
{
    uint8_t full[EVP_MAX_MD_SIZE];
    int r = hmac_run(m->ctx, parts, n_parts, full);

    if (r < 0)
        return r;
    memcpy(ret_icv, full, m->alg->icv_len);
    return 0;
}

int crypto_mac_verify(struct crypto_mac *m, const struct crypto_span *parts, size_t n_parts,
                      const uint8_t *icv)
{
    uint8_t full[EVP_MAX_MD_SIZE];
    int r = hmac_run(m->ctx, parts, n_parts, full);

    if (r < 0)
        return r;
    r = mem_equal_ct(full, icv, m->alg->icv_len) ? 0 : -EBADMSG;
    crypto_wipe(full, sizeof(full)); /* the right checksum of a forged message */
    return r;
}

int crypto_prf(const struct crypto_prf *alg, struct crypto_span key,
               const struct crypto_span *parts, size_t n_parts, uint8_t *ret)
{
    uint8_t full[EVP_MAX_MD_SIZE];
    EVP_MAC_CTX *ctx = NULL;
    int r = hmac_new(prf_hash(alg), key, &ctx);

    if (r < 0)
        return r;
    r = hmac_run(ctx, parts, n_parts, full);
    EVP_MAC_CTX_free(ctx);
    if (r == 0)
        memcpy(ret, full, alg->len);
    crypto_wipe(full, sizeof(full));
    return r;
}

#define PRF_PLUS_SEED_PARTS 6

int crypto_prf_plus(const struct crypto_prf *alg, struct crypto_span key,
                    const struct crypto_span *seed, size_t n_seed, uint8_t *ret, size_t ret_len)
{
    struct crypto_span parts[PRF_PLUS_SEED_PARTS + 2];
    uint8_t block[EVP_MAX_MD_SIZE];
    EVP_MAC_CTX *ctx = NULL;
    size_t done = 0;
    uint8_t counter = 0;
    int r;

    if (ret_len > (size_t)255 * alg->len || n_seed > PRF_PLUS_SEED_PARTS)
        return -EINVAL;
    r = hmac_new(prf_hash(alg), key, &ctx);
    if (r < 0)
        return r;

    /* T1 = prf(K, S | 0x01), T2 = prf(K, T1 | S | 0x02), ... */
    memcpy(parts + 1, seed, n_seed * sizeof(*seed));
    parts[n_seed + 1] = crypto_span(&counter, 1);
    while (done < ret_len) {
        size_t n = MIN(ret_len - done, alg->len);

        parts[0] = crypto_span(block, counter == 0 ? 0 : alg->len);
        counter++;
        r = hmac_run(ctx, parts, n_seed + 2, block);
        if (r < 0)
            break;
        memcpy(ret + done, block, n);
        done += n;
    }
    EVP_MAC_CTX_free(ctx);
    crypto_wipe(block, sizeof(block));
    if (r < 0)
        crypto_wipe(ret, ret_len);
    return r;
}
