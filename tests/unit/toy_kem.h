/* toy_kem.h - something with the names, sizes and interface of ML-KEM in libcrypto, for machines
 * whose libcrypto has none: so what is around it is tested everywhere. It hides nothing. Where the
 * real one is there, that is used. */
#ifndef ROPEWAY_TEST_TOY_KEM_H
#define ROPEWAY_TEST_TOY_KEM_H

#include <stdlib.h>
#include <string.h>

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

struct toy_size {
    size_t public_len, value_len;
};

static const struct toy_size toy_sizes[] = {{800, 768}, {1184, 1088}, {1568, 1568}};

struct toy_key {
    const struct toy_size *size;
    bool has_private;
    unsigned char public[1568];
};

/* Of a key under way: the seed. Of an encapsulation: the key and its randomness. */
struct toy_gen {
    const struct toy_size *size;
    unsigned char seed[64];
};

struct toy_ctx {
    const struct toy_key *key;
    unsigned char message[32];
};

static inline int toy_take(const OSSL_PARAM params[], const char *name, void *ret, size_t len)
{
    const OSSL_PARAM *p = params ? OSSL_PARAM_locate_const(params, name) : NULL;
    size_t got = 0;

    return !p || (OSSL_PARAM_get_octet_string(p, &ret, len, &got) && got == len);
}

static inline void *toy_new(const struct toy_size *size)
{
    struct toy_key *key = calloc(1, sizeof(*key));

    if (key)
        key->size = size;
    return key;
}

static inline void toy_free(void *key)
{
    free(key);
}

static inline int toy_has(const void *data, int selection)
{
    const struct toy_key *key = data;

    return !(selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) || key->has_private;
}

/* Like the real one it refuses some values: here those that begin with 0xff. */
static inline int toy_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct toy_key *key = data;

    (void)selection;
    return OSSL_PARAM_locate_const(params, "pub") &&
           toy_take(params, "pub", key->public, key->size->public_len) && key->public[0] != 0xff;
}

static inline int toy_export(void *data, int selection, OSSL_CALLBACK *take, void *arg)
{
    struct toy_key *key = data;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string("pub", key->public, key->size->public_len),
        OSSL_PARAM_construct_end()};

    (void)selection;
    return take(params, arg);
}

static inline const OSSL_PARAM *toy_key_types(int selection)
{
    static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string("pub", NULL, 0), OSSL_PARAM_END};

    (void)selection;
    return types;
}

static inline void *toy_gen_init(const struct toy_size *size)
{
    struct toy_gen *gen = calloc(1, sizeof(*gen));

    if (gen)
        gen->size = size;
    return gen;
}

static inline int toy_gen_set(void *gen, const OSSL_PARAM params[])
{
    return toy_take(params, "seed", ((struct toy_gen *)gen)->seed, 64);
}

static inline const OSSL_PARAM *toy_gen_settable(void *gen, void *provider)
{
    static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string("seed", NULL, 0), OSSL_PARAM_END};

    (void)gen, (void)provider;
    return types;
}

static inline void *toy_gen(void *data, OSSL_CALLBACK *progress, void *arg)
{
    const struct toy_gen *gen = data;
    struct toy_key *key = toy_new(gen->size);

    (void)progress, (void)arg;
    for (size_t i = 0; key && i < gen->size->public_len; i++)
        key->public[i] = gen->seed[i % 64] & 0x7f;
    if (key)
        key->has_private = true;
    return key;
}

static inline void *toy_ctx_new(void *provider)
{
    (void)provider;
    return calloc(1, sizeof(struct toy_ctx));
}

static inline int toy_ctx_set(void *ctx, const OSSL_PARAM params[])
{
    return toy_take(params, "ikme", ((struct toy_ctx *)ctx)->message, 32);
}

static inline const OSSL_PARAM *toy_ctx_settable(void *ctx, void *provider)
{
    static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string("ikme", NULL, 0), OSSL_PARAM_END};

    (void)ctx, (void)provider;
    return types;
}

static inline int toy_begin(void *data, void *key, const OSSL_PARAM params[])
{
    ((struct toy_ctx *)data)->key = key;
    return toy_ctx_set(data, params);
}

/* Of the message, masked with the key, and all else that was sent. */
static inline void toy_secret(const struct toy_key *key, const unsigned char *value,
                              unsigned char *ret)
{
    for (size_t i = 0; i < 32; i++)
        ret[i] = value[i] ^ key->public[i + 32];
    for (size_t i = 32; i < key->size->value_len; i++)
        ret[i % 32] = (unsigned char)(ret[i % 32] * 3 + value[i]);
}

static inline int toy_encapsulate(void *data, unsigned char *value, size_t *value_len,
                                  unsigned char *secret, size_t *secret_len)
{
    struct toy_ctx *ctx = data;

    *value_len = ctx->key->size->value_len;
    *secret_len = 32;
    if (!value)
        return 1;
    memset(value, 0x55, *value_len);
    memcpy(value, ctx->message, sizeof(ctx->message));
    toy_secret(ctx->key, value, secret);
    return 1;
}

static inline int toy_decapsulate(void *data, unsigned char *secret, size_t *secret_len,
                                  const unsigned char *value, size_t value_len)
{
    struct toy_ctx *ctx = data;

    *secret_len = 32;
    if (value_len != ctx->key->size->value_len || !ctx->key->has_private)
        return 0;
    if (secret)
        toy_secret(ctx->key, value, secret);
    return 1;
}

#define TOY_FUNCTION(f) ((void (*)(void))(f))
#define TOY_KEYS(i)                                                                                \
    static inline void *toy_new_##i(void *provider)                                                \
    {                                                                                              \
        (void)provider;                                                                            \
        return toy_new(&toy_sizes[i]);                                                             \
    }                                                                                              \
    static inline void *toy_gen_init_##i(void *provider, int selection, const OSSL_PARAM params[]) \
    {                                                                                              \
        (void)provider, (void)selection, (void)params;                                             \
        return toy_gen_init(&toy_sizes[i]);                                                        \
    }                                                                                              \
    static const OSSL_DISPATCH toy_keys_##i[] = {                                                  \
        {OSSL_FUNC_KEYMGMT_NEW, TOY_FUNCTION(toy_new_##i)},                                        \
        {OSSL_FUNC_KEYMGMT_FREE, TOY_FUNCTION(toy_free)},                                          \
        {OSSL_FUNC_KEYMGMT_HAS, TOY_FUNCTION(toy_has)},                                            \
        {OSSL_FUNC_KEYMGMT_IMPORT, TOY_FUNCTION(toy_import)},                                      \
        {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, TOY_FUNCTION(toy_key_types)},                             \
        {OSSL_FUNC_KEYMGMT_EXPORT, TOY_FUNCTION(toy_export)},                                      \
        {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, TOY_FUNCTION(toy_key_types)},                             \
        {OSSL_FUNC_KEYMGMT_GEN_INIT, TOY_FUNCTION(toy_gen_init_##i)},                              \
        {OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, TOY_FUNCTION(toy_gen_set)},                             \
        {OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, TOY_FUNCTION(toy_gen_settable)},                   \
        {OSSL_FUNC_KEYMGMT_GEN, TOY_FUNCTION(toy_gen)},                                            \
        {OSSL_FUNC_KEYMGMT_GEN_CLEANUP, TOY_FUNCTION(toy_free)},                                   \
        {0, NULL},                                                                                 \
    };

TOY_KEYS(0)
TOY_KEYS(1)
TOY_KEYS(2)

static const OSSL_DISPATCH toy_kem[] = {
    {OSSL_FUNC_KEM_NEWCTX, TOY_FUNCTION(toy_ctx_new)},
    {OSSL_FUNC_KEM_FREECTX, TOY_FUNCTION(toy_free)},
    {OSSL_FUNC_KEM_ENCAPSULATE_INIT, TOY_FUNCTION(toy_begin)},
    {OSSL_FUNC_KEM_ENCAPSULATE, TOY_FUNCTION(toy_encapsulate)},
    {OSSL_FUNC_KEM_DECAPSULATE_INIT, TOY_FUNCTION(toy_begin)},
    {OSSL_FUNC_KEM_DECAPSULATE, TOY_FUNCTION(toy_decapsulate)},
    {OSSL_FUNC_KEM_SET_CTX_PARAMS, TOY_FUNCTION(toy_ctx_set)},
    {OSSL_FUNC_KEM_SETTABLE_CTX_PARAMS, TOY_FUNCTION(toy_ctx_settable)},
    {0, NULL},
};

static inline const OSSL_ALGORITHM *toy_query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM keys[] = {{"ML-KEM-512", "provider=toy", toy_keys_0, ""},
                                          {"ML-KEM-768", "provider=toy", toy_keys_1, ""},
                                          {"ML-KEM-1024", "provider=toy", toy_keys_2, ""},
                                          {NULL, NULL, NULL, NULL}};
    static const OSSL_ALGORITHM kems[] = {{"ML-KEM-512", "provider=toy", toy_kem, ""},
                                          {"ML-KEM-768", "provider=toy", toy_kem, ""},
                                          {"ML-KEM-1024", "provider=toy", toy_kem, ""},
                                          {NULL, NULL, NULL, NULL}};

    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_KEYMGMT ? keys : operation == OSSL_OP_KEM ? kems : NULL;
}

static inline int toy_provider(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
                               const OSSL_DISPATCH **ret, void **ret_provider)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, TOY_FUNCTION(toy_query)}, {0, NULL}};
    static int provider;

    (void)handle, (void)in;
    *ret = functions;
    *ret_provider = &provider;
    return 1;
}

/* Before the first use of crypto. */
static inline void toy_kem_load(void)
{
    static OSSL_PROVIDER *usual, *toy; /* for as long as the process lives */
    EVP_KEM *kem = EVP_KEM_fetch(NULL, "ML-KEM-768", NULL);

    EVP_KEM_free(kem);
    if (kem)
        return;
    usual = OSSL_PROVIDER_load(NULL, "default");
    if (usual && OSSL_PROVIDER_add_builtin(NULL, "toy", toy_provider))
        toy = OSSL_PROVIDER_load(NULL, "toy");
    if (!toy)
        abort();
}

#endif
