/* init.c - fetches libcrypto's algorithms once per process. */
#include <pthread.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "crypto_internal.h"

static const char *const hash_names[CRYPTO_HASHES] = {"SHA1", "SHA256", "SHA384", "SHA512"};

static const struct {
    uint16_t id;
    uint16_t key_bits;
    const char *name;
} cipher_names[] = {
    {CRYPTO_ENCR_AES_CBC, 128, "AES-128-CBC"},
    {CRYPTO_ENCR_AES_CBC, 192, "AES-192-CBC"},
    {CRYPTO_ENCR_AES_CBC, 256, "AES-256-CBC"},
    {CRYPTO_ENCR_AES_GCM_16, 128, "AES-128-GCM"},
    {CRYPTO_ENCR_AES_GCM_16, 192, "AES-192-GCM"},
    {CRYPTO_ENCR_AES_GCM_16, 256, "AES-256-GCM"},
    {CRYPTO_ENCR_CHACHA20_POLY1305, 0, "ChaCha20-Poly1305"},
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_result;
static EVP_MD *mds[CRYPTO_HASHES];
static EVP_MAC_CTX *hmacs[CRYPTO_HASHES];
static EVP_CIPHER *ciphers[ARRAY_SIZE(cipher_names)];

/* A context can be duplicated only once it has a key, so the pattern gets an empty one. */
static EVP_MAC_CTX *make_hmac_pattern(EVP_MAC *hmac, const char *hash)
{
    char name[16];
    OSSL_PARAM params[2];
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);

    (void)text_copy(name, sizeof(name), hash);
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
    params[1] = OSSL_PARAM_construct_end();
    if (ctx && EVP_MAC_init(ctx, (const unsigned char *)"", 0, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

static void fetch_all(void)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    bool missing = !hmac;

    for (size_t i = 0; i < CRYPTO_HASHES && hmac; i++) {
        mds[i] = EVP_MD_fetch(NULL, hash_names[i], NULL);
        hmacs[i] = make_hmac_pattern(hmac, hash_names[i]);
        missing = missing || !mds[i] || !hmacs[i];
    }
    for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++) {
        ciphers[i] = EVP_CIPHER_fetch(NULL, cipher_names[i].name, NULL);
        missing = missing || !ciphers[i];
    }
    EVP_MAC_free(hmac); /* the patterns hold it */
    missing = missing || crypto_dh_modp_init() < 0 || crypto_dh_ecp_init() < 0;
    crypto_dh_mlkem_init();
    once_result = missing ? crypto_fail(-EIO) : 0;
}

int crypto_init(void)
{
    (void)pthread_once(&once, fetch_all);
    return once_result;
}

const EVP_MD *crypto_md(enum crypto_hash hash)
{
    return mds[hash];
}

const EVP_CIPHER *crypto_evp_cipher(const struct crypto_encr *alg)
{
    for (size_t i = 0; i < ARRAY_SIZE(cipher_names); i++)
        if (cipher_names[i].id == alg->id && cipher_names[i].key_bits == alg->key_bits)
            return ciphers[i];
    return NULL;
}

EVP_MAC_CTX *crypto_hmac_ctx(enum crypto_hash hash)
{
    return EVP_MAC_CTX_dup(hmacs[hash]);
}
