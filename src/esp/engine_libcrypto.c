/* The libcrypto engine: for machines without ipsec-mb, and the twin that the tests hold ipsec-mb
 * against. The contexts belong to the engine, not to the SA, since several workers may use one
 * outbound SA at once; a context remembers whose key it holds, so a run of packets of one SA
 * expands it once. */
#include "esp_internal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define IV_KEY_LEN 16

struct keys {
    uint8_t encr[ESP_KEY_MAX];
    uint8_t auth[ESP_MAC_MAX];
    uint8_t auth_len;
    uint8_t iv[IV_KEY_LEN]; /* AES-128, outbound CBC */
};

/* A context and the id of the SA whose key it holds; 0 for none. */
struct slot {
    EVP_CIPHER_CTX *ctx;
    uint64_t sa_id;
};

struct ossl_engine {
    struct esp_engine base;
    EVP_CIPHER *gcm[3], *cbc[3]; /* by key length / 8 - 2 */
    EVP_CIPHER *chacha, *ecb;
    EVP_MAC *hmac;
    struct slot encrypt, decrypt, iv;
    EVP_MAC_CTX *mac;
    uint64_t mac_sa_id;
};

static void ossl_engine_free(struct esp_engine *engine)
{
    struct ossl_engine *e = container_of(engine, struct ossl_engine, base);

    for (size_t i = 0; i < ARRAY_SIZE(e->gcm); i++) {
        EVP_CIPHER_free(e->gcm[i]);
        EVP_CIPHER_free(e->cbc[i]);
    }
    EVP_CIPHER_free(e->chacha);
    EVP_CIPHER_free(e->ecb);
    EVP_CIPHER_CTX_free(e->encrypt.ctx);
    EVP_CIPHER_CTX_free(e->decrypt.ctx);
    EVP_CIPHER_CTX_free(e->iv.ctx);
    EVP_MAC_CTX_free(e->mac);
    EVP_MAC_free(e->hmac);
    free(e);
}

static bool fetch_all(struct ossl_engine *e)
{
    static const char *const gcm[] = {"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"};
    static const char *const cbc[] = {"AES-128-CBC", "AES-192-CBC", "AES-256-CBC"};
    bool ok = true;

    for (size_t i = 0; i < ARRAY_SIZE(gcm); i++) {
        e->gcm[i] = EVP_CIPHER_fetch(NULL, gcm[i], NULL);
        e->cbc[i] = EVP_CIPHER_fetch(NULL, cbc[i], NULL);
        ok = ok && e->gcm[i] && e->cbc[i];
    }
    e->chacha = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    e->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
    e->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    e->encrypt.ctx = EVP_CIPHER_CTX_new();
    e->decrypt.ctx = EVP_CIPHER_CTX_new();
    e->iv.ctx = EVP_CIPHER_CTX_new();
    e->mac = e->hmac ? EVP_MAC_CTX_new(e->hmac) : NULL;
    return ok && e->chacha && e->ecb && e->encrypt.ctx && e->decrypt.ctx && e->iv.ctx && e->mac;
}

static int ossl_engine_new(struct esp_engine **ret)
{
    struct ossl_engine *e = calloc(1, sizeof(*e));

    if (!e)
        return -ENOMEM;
    e->base.ops = &esp_libcrypto_ops;
    if (!fetch_all(e)) {
        ossl_engine_free(&e->base);
        return -ENOMEM;
    }
    *ret = &e->base;
    return 0;
}

static const char *ossl_name(const struct esp_engine *engine)
{
    (void)engine;
    return "libcrypto";
}

static size_t ossl_schedule_size(void)
{
    return sizeof(struct keys);
}

static int ossl_expand(struct esp_sa *sa, const struct esp_sa_params *p)
{
    struct keys *keys = sa->schedule;

    memcpy(keys->encr, p->encr_key, sa->key_len);
    if (p->auth_key_len)
        memcpy(keys->auth, p->auth_key, p->auth_key_len);
    keys->auth_len = (uint8_t)p->auth_key_len;
    if (!sa->aead && sa->direction == ESP_OUTBOUND)
        random_bytes(keys->iv, sizeof(keys->iv));
    return 0;
}

/* Readies the slot for one packet under the key of sa. */
static bool start(struct slot *slot, const struct esp_sa *sa, const EVP_CIPHER *cipher,
                  const uint8_t *key, const uint8_t *iv, bool encrypt)
{
    bool same = slot->sa_id == sa->id;

    slot->sa_id = 0;
    if (!EVP_CipherInit_ex2(slot->ctx, same ? NULL : cipher, same ? NULL : key, iv, encrypt, NULL))
        return false;
    slot->sa_id = sa->id;
    return true;
}

/* ---- AEAD ---- */

static bool aead(struct ossl_engine *e, struct esp_frame *f, bool encrypt)
{
    const struct keys *keys = f->sa->schedule;
    const EVP_CIPHER *cipher =
        f->sa->encr == ESP_ENCR_AES_GCM_16 ? e->gcm[f->sa->key_len / 8 - 2] : e->chacha;
    struct slot *slot = encrypt ? &e->encrypt : &e->decrypt;
    uint8_t nonce[ESP_NONCE_LEN], aad[ESP_AAD_MAX], *text = esp_frame_text(f);
    int aad_len = (int)esp_frame_aad(f, aad), tag_len = f->sa->shape.icv_len, len;

    esp_frame_nonce(f, nonce);
    if (!start(slot, f->sa, cipher, keys->encr, nonce, encrypt) ||
        !EVP_CipherUpdate(slot->ctx, NULL, &len, aad, aad_len) ||
        !EVP_CipherUpdate(slot->ctx, text, &len, text, (int)f->text_len))
        return false;
    if (encrypt)
        return EVP_CipherFinal_ex(slot->ctx, text + len, &len) &&
               EVP_CIPHER_CTX_ctrl(slot->ctx, EVP_CTRL_AEAD_GET_TAG, tag_len, esp_frame_icv(f));
    return EVP_CIPHER_CTX_ctrl(slot->ctx, EVP_CTRL_AEAD_SET_TAG, tag_len, esp_frame_icv(f)) &&
           EVP_CipherFinal_ex(slot->ctx, text + len, &len);
}

/* ---- CBC with HMAC ---- */

static bool cbc(struct ossl_engine *e, struct esp_frame *f, bool encrypt)
{
    const struct keys *keys = f->sa->schedule;
    struct slot *slot = encrypt ? &e->encrypt : &e->decrypt;
    uint8_t *text = esp_frame_text(f);
    int len;

    return start(slot, f->sa, e->cbc[f->sa->key_len / 8 - 2], keys->encr, esp_frame_iv(f),
                 encrypt) &&
           EVP_CIPHER_CTX_set_padding(slot->ctx, 0) &&
           EVP_CipherUpdate(slot->ctx, text, &len, text, (int)f->text_len) &&
           EVP_CipherFinal_ex(slot->ctx, text + len, &len);
}

static bool hmac(struct ossl_engine *e, const struct esp_frame *f, uint8_t tag[ESP_MAC_MAX])
{
    const struct keys *keys = f->sa->schedule;
    bool same = e->mac_sa_id == f->sa->id;
    char digest[16];
    OSSL_PARAM params[2] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    uint8_t high[4];
    size_t len;

    e->mac_sa_id = 0;
    if (!same) {
        (void)text_copy(digest, sizeof(digest), esp_auth_find(f->sa->auth)->digest);
        params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    }
    wire_store_be32(high, f->seq_high);
    if (!EVP_MAC_init(e->mac, same ? NULL : keys->auth, same ? 0 : keys->auth_len,
                      same ? NULL : params) ||
        !EVP_MAC_update(e->mac, f->at, (size_t)(esp_frame_icv(f) - f->at)) ||
        (f->sa->esn && !EVP_MAC_update(e->mac, high, sizeof(high))) ||
        !EVP_MAC_final(e->mac, tag, &len, ESP_MAC_MAX))
        return false;
    e->mac_sa_id = f->sa->id;
    return len >= f->sa->shape.icv_len;
}

/* CBC wants an IV nobody can predict (RFC 3602, 3): the sequence number under a random key of its
 * own, NIST SP 800-38A, appendix C, first method. */
static bool make_iv(struct ossl_engine *e, const struct esp_frame *f)
{
    const struct keys *keys = f->sa->schedule;
    uint8_t number[16] = {0};
    int len;

    wire_store_be32(number + 8, f->seq_high);
    memcpy(number + 12, f->at + 4, 4);
    return start(&e->iv, f->sa, e->ecb, keys->iv, NULL, true) &&
           EVP_CIPHER_CTX_set_padding(e->iv.ctx, 0) &&
           EVP_CipherUpdate(e->iv.ctx, esp_frame_iv(f), &len, number, sizeof(number));
}

static bool seal_one(struct ossl_engine *e, struct esp_frame *f)
{
    uint8_t tag[ESP_MAC_MAX];

    if (f->sa->aead)
        return aead(e, f, true);
    if (!make_iv(e, f) || !cbc(e, f, true) || !hmac(e, f, tag))
        return false;
    memcpy(esp_frame_icv(f), tag, f->sa->shape.icv_len);
    return true;
}

static bool open_one(struct ossl_engine *e, struct esp_frame *f)
{
    uint8_t tag[ESP_MAC_MAX];

    if (f->sa->aead)
        return aead(e, f, false);
    return hmac(e, f, tag) && mem_equal_ct(tag, esp_frame_icv(f), f->sa->shape.icv_len) &&
           cbc(e, f, false);
}

static int ossl_seal(struct esp_engine *engine, struct esp_frame *frames, unsigned n)
{
    struct ossl_engine *e = container_of(engine, struct ossl_engine, base);
    bool ok = true;

    for (unsigned i = 0; i < n; i++)
        ok = ok && seal_one(e, &frames[i]);
    return ok ? 0 : -EIO;
}

static void ossl_open(struct esp_engine *engine, struct esp_frame *frames, unsigned n)
{
    struct ossl_engine *e = container_of(engine, struct ossl_engine, base);

    for (unsigned i = 0; i < n; i++)
        frames[i].ok = open_one(e, &frames[i]);
}

const struct esp_ops esp_libcrypto_ops = {
    .kind = ESP_ENGINE_LIBCRYPTO,
    .engine_new = ossl_engine_new,
    .engine_free = ossl_engine_free,
    .name = ossl_name,
    .schedule_size = ossl_schedule_size,
    .expand = ossl_expand,
    .seal = ossl_seal,
    .open = ossl_open,
};
