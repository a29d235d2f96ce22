/* dh_mlkem.c - ML-KEM (FIPS 203; draft-ietf-ipsecme-ikev2-mlkem): the initiator sends an
 * encapsulation key, the responder a ciphertext. Found by name at run time, so that a program that
 * was built against OpenSSL 3.0 uses what a later libcrypto has. */
#include <openssl/params.h>

#include "crypto_internal.h"

/* Names of parameters that the headers of 3.0 do not have. */
#define SEED         "seed"
#define RANDOMNESS   "ikme"
#define SEED_LEN     64 /* FIPS 203, 7.1: d and z */
#define MESSAGE_LEN  32 /* 7.2: m */
#define VALUE_MAX    CRYPTO_DH_PUBLIC_MAX
#define SECRET_BYTES 32

static struct kem {
    uint16_t id;
    const char *name;
    bool is_there;
} kems[] = {
    {.id = CRYPTO_DH_ML_KEM_512, .name = "ML-KEM-512"},
    {.id = CRYPTO_DH_ML_KEM_768, .name = "ML-KEM-768"},
    {.id = CRYPTO_DH_ML_KEM_1024, .name = "ML-KEM-1024"},
};

void crypto_dh_mlkem_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(kems); i++) {
        EVP_KEM *kem = EVP_KEM_fetch(NULL, kems[i].name, NULL);

        kems[i].is_there = kem != NULL;
        EVP_KEM_free(kem);
    }
    (void)crypto_fail(0);
}

static const struct kem *kem_of(const struct crypto_dh_entry *e)
{
    size_t i = 0;

    while (kems[i].id != e->group.id)
        i++;
    return &kems[i];
}

static bool is_there(const struct crypto_dh_entry *e)
{
    return kem_of(e)->is_there;
}

static void wipe(struct crypto_dh *dh)
{
    EVP_PKEY_free(dh->private.key); /* wipes the decapsulation key */
    dh->private.key = NULL;
}

static void set_random(const struct crypto_random *random, const char *name, uint8_t *bytes,
                       size_t len, OSSL_PARAM ret[2])
{
    random->fill(random->context, bytes, len);
    ret[0] = OSSL_PARAM_construct_octet_string(name, bytes, len);
    ret[1] = OSSL_PARAM_construct_end();
}

static int make(const struct crypto_random *random, struct crypto_dh *dh)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kem_of(dh->entry)->name, NULL);
    size_t len = sizeof(dh->public);
    uint8_t seed[SEED_LEN];
    OSSL_PARAM params[2];
    bool ok;

    set_random(random, SEED, seed, sizeof(seed), params);
    ok = ctx && EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_CTX_set_params(ctx, params) == 1 &&
         EVP_PKEY_generate(ctx, &dh->private.key) == 1 &&
         EVP_PKEY_get_raw_public_key(dh->private.key, dh->public, &len) == 1 &&
         len == dh->entry->group.public_len;
    crypto_wipe(seed, sizeof(seed));
    EVP_PKEY_CTX_free(ctx);
    if (!ok) {
        wipe(dh);
        return crypto_fail(-EIO);
    }
    return 0;
}

/* Any ciphertext of the right length is one: what was tampered with leads to another secret. */
static int agree(const struct crypto_dh *dh, const uint8_t *peer, uint8_t *ret)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, dh->private.key, NULL);
    size_t len = CRYPTO_DH_SECRET_MAX;
    bool ok = ctx && EVP_PKEY_decapsulate_init(ctx, NULL) == 1 &&
              EVP_PKEY_decapsulate(ctx, ret, &len, peer, dh->entry->group.answer_len) == 1 &&
              len == dh->entry->group.secret_len;

    EVP_PKEY_CTX_free(ctx);
    return ok ? 0 : crypto_fail(-EIO);
}

/* With a key that was checked. */
static int encapsulate(const struct crypto_dh_entry *e, const struct crypto_random *random,
                       EVP_PKEY *theirs, uint8_t *ret_public, uint8_t *ret_secret)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, theirs, NULL);
    uint8_t message[MESSAGE_LEN], value[VALUE_MAX], secret[SECRET_BYTES];
    size_t value_len = sizeof(value), secret_len = sizeof(secret);
    OSSL_PARAM params[2];
    bool ok;

    set_random(random, RANDOMNESS, message, sizeof(message), params);
    ok = ctx && EVP_PKEY_encapsulate_init(ctx, params) == 1 &&
         EVP_PKEY_encapsulate(ctx, value, &value_len, secret, &secret_len) == 1 &&
         value_len == e->group.answer_len && secret_len == e->group.secret_len;
    EVP_PKEY_CTX_free(ctx);
    if (ok) {
        memcpy(ret_public, value, value_len);
        memcpy(ret_secret, secret, secret_len);
    }
    crypto_wipe(message, sizeof(message));
    crypto_wipe(secret, sizeof(secret));
    return ok ? 0 : crypto_fail(-EIO);
}

/* libcrypto refuses an encapsulation key with a number that is not below the modulus. */
static int respond(const struct crypto_dh_entry *e, const struct crypto_random *random,
                   const uint8_t *peer, uint8_t *ret_public, uint8_t *ret_secret)
{
    EVP_PKEY *theirs;
    int r;

    if (!is_there(e))
        return -EIO;
    theirs = EVP_PKEY_new_raw_public_key_ex(NULL, kem_of(e)->name, NULL, peer, e->group.public_len);
    if (!theirs)
        return crypto_fail(-EBADMSG);
    r = encapsulate(e, random, theirs, ret_public, ret_secret);
    EVP_PKEY_free(theirs);
    return r;
}

const struct crypto_dh_family crypto_dh_mlkem = {
    .make = make, .wipe = wipe, .agree = agree, .respond = respond, .is_there = is_there};
