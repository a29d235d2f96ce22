/* hash.c - plain digests. */
#include "crypto_internal.h"

static int digest(enum crypto_hash hash, const struct crypto_span *parts, size_t n_parts,
                  uint8_t *ret)
{
    uint8_t full[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *ctx;
    bool ok;
    int r = crypto_init();

    if (r < 0)
        return r;
    ctx = EVP_MD_CTX_new();
    ok = ctx && EVP_DigestInit_ex2(ctx, crypto_md(hash), NULL) == 1;
    for (size_t i = 0; ok && i < n_parts; i++)
        ok = parts[i].len == 0 || EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(ctx, full, &len) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok)
        return crypto_fail(-EIO);
    memcpy(ret, full, len);
    crypto_wipe(full, sizeof(full));
    return 0;
}

int crypto_sha1(const struct crypto_span *parts, size_t n_parts, uint8_t ret[CRYPTO_SHA1_LEN])
{
    return digest(CRYPTO_HASH_SHA1, parts, n_parts, ret);
}

int crypto_sha256(const struct crypto_span *parts, size_t n_parts, uint8_t ret[CRYPTO_SHA256_LEN])
{
    return digest(CRYPTO_HASH_SHA256, parts, n_parts, ret);
}

int crypto_prf_hash(const struct crypto_prf *alg, const struct crypto_span *parts, size_t n_parts,
                    uint8_t *ret)
{
    switch (alg->id) {
    case CRYPTO_PRF_SHA1:
        return digest(CRYPTO_HASH_SHA1, parts, n_parts, ret);
    case CRYPTO_PRF_SHA2_256:
        return digest(CRYPTO_HASH_SHA256, parts, n_parts, ret);
    case CRYPTO_PRF_SHA2_384:
        return digest(CRYPTO_HASH_SHA384, parts, n_parts, ret);
    case CRYPTO_PRF_SHA2_512:
        return digest(CRYPTO_HASH_SHA512, parts, n_parts, ret);
    default:
        return -EINVAL;
    }
}
