/* The ipsec-mb engine. GCM goes through the direct calls, one packet at a time: on CPUs with VAES
 * one packet already fills the pipeline. CBC with HMAC, whose blocks depend on one another, goes
 * through the job queue, where up to 16 packets advance side by side. */
#include "esp_internal.h"

#include <intel-ipsec-mb.h>
#include <pthread.h>
#include <stdlib.h>

#define HMAC_BLOCK_MAX 128
#define AES_SCHEDULE   (15 * 16)

struct cbc_keys {
    _Alignas(16) uint8_t enc[AES_SCHEDULE];
    _Alignas(16) uint8_t dec[AES_SCHEDULE];
    _Alignas(16) uint8_t ipad[ESP_MAC_MAX]; /* the hash's state after the padded key */
    _Alignas(16) uint8_t opad[ESP_MAC_MAX];
    _Alignas(16) uint8_t iv_key[AES_SCHEDULE]; /* AES-128, outbound */
};

union schedule {
    struct gcm_key_data gcm;
    struct cbc_keys cbc;
    uint8_t chacha[ESP_KEY_MAX];
};

struct mb_engine {
    struct esp_engine base;
    IMB_MGR *mgr;
    /* What the jobs of a batch point to. */
    uint8_t nonce[ESP_BATCH][16];
    uint8_t aad[ESP_BATCH][16];
    uint8_t tag[ESP_BATCH][ESP_MAC_MAX];
    uint8_t icv[ESP_BATCH][ESP_ICV_MAX];
};

/* Key expansion needs no state of the manager, only its choice of instruction set: one for all. */
static IMB_MGR *setup_mgr;

static IMB_MGR *mgr_new(void)
{
    IMB_MGR *mgr = alloc_mb_mgr(0);

    if (!mgr)
        return NULL;
    init_mb_mgr_auto(mgr, NULL);
    if (imb_get_errno(mgr)) {
        free_mb_mgr(mgr);
        return NULL;
    }
    return mgr;
}

static void set_up(void)
{
    setup_mgr = mgr_new();
}

bool esp_ipsec_mb_works(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    return !pthread_once(&once, set_up) && setup_mgr;
}

static int mb_engine_new(struct esp_engine **ret)
{
    struct mb_engine *e = calloc(1, sizeof(*e));

    if (!e)
        return -ENOMEM;
    e->base.ops = &esp_ipsec_mb_ops;
    e->mgr = mgr_new();
    if (!e->mgr) {
        free(e);
        return -ENOMEM;
    }
    *ret = &e->base;
    return 0;
}

static void mb_engine_free(struct esp_engine *engine)
{
    struct mb_engine *e = container_of(engine, struct mb_engine, base);

    free_mb_mgr(e->mgr);
    explicit_bzero(e, sizeof(*e));
    free(e);
}

static const char *mb_name(const struct esp_engine *engine)
{
    const struct mb_engine *e = container_of(engine, struct mb_engine, base);

    switch (e->mgr->used_arch) {
    case IMB_ARCH_AVX512:
        return "ipsec-mb AVX512";
    case IMB_ARCH_AVX2:
        return "ipsec-mb AVX2";
    case IMB_ARCH_AVX:
        return "ipsec-mb AVX";
    default:
        return "ipsec-mb SSE";
    }
}

static size_t mb_schedule_size(void)
{
    return sizeof(union schedule);
}

/* ---- keys ---- */

static void expand_aes(IMB_MGR *mgr, const uint8_t *key, size_t len, uint8_t *enc, uint8_t *dec)
{
    switch (len) {
    case 16:
        IMB_AES_KEYEXP_128(mgr, key, enc, dec);
        break;
    case 24:
        IMB_AES_KEYEXP_192(mgr, key, enc, dec);
        break;
    default:
        IMB_AES_KEYEXP_256(mgr, key, enc, dec);
        break;
    }
}

static void hash_block(IMB_MGR *mgr, uint16_t auth, const uint8_t *block, uint8_t *state)
{
    switch (auth) {
    case ESP_AUTH_HMAC_SHA1_96:
        IMB_SHA1_ONE_BLOCK(mgr, block, state);
        break;
    case ESP_AUTH_HMAC_SHA2_256_128:
        IMB_SHA256_ONE_BLOCK(mgr, block, state);
        break;
    case ESP_AUTH_HMAC_SHA2_384_192:
        IMB_SHA384_ONE_BLOCK(mgr, block, state);
        break;
    default:
        IMB_SHA512_ONE_BLOCK(mgr, block, state);
        break;
    }
}

/* RFC 2104: the state after one block of key xor pad. Keys are no longer than a block. */
static void expand_hmac(IMB_MGR *mgr, uint16_t auth, const uint8_t *key, size_t len, uint8_t pad,
                        uint8_t *state)
{
    uint8_t block[HMAC_BLOCK_MAX];

    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < len; i++)
        block[i] ^= key[i];
    hash_block(mgr, auth, block, state);
    explicit_bzero(block, sizeof(block));
}

static void expand_cbc(struct esp_sa *sa, const struct esp_sa_params *p, struct cbc_keys *keys)
{
    uint8_t iv_key[16], unused[AES_SCHEDULE];

    expand_aes(setup_mgr, p->encr_key, sa->key_len, keys->enc, keys->dec);
    expand_hmac(setup_mgr, p->auth, p->auth_key, p->auth_key_len, 0x36, keys->ipad);
    expand_hmac(setup_mgr, p->auth, p->auth_key, p->auth_key_len, 0x5c, keys->opad);
    if (sa->direction == ESP_OUTBOUND) {
        random_bytes(iv_key, sizeof(iv_key));
        IMB_AES_KEYEXP_128(setup_mgr, iv_key, keys->iv_key, unused);
        explicit_bzero(iv_key, sizeof(iv_key));
        explicit_bzero(unused, sizeof(unused));
    }
}

static int mb_expand(struct esp_sa *sa, const struct esp_sa_params *p)
{
    union schedule *s = sa->schedule;

    switch (sa->encr) {
    case ESP_ENCR_AES_CBC:
        expand_cbc(sa, p, &s->cbc);
        return 0;
    case ESP_ENCR_CHACHA20_POLY1305:
        memcpy(s->chacha, p->encr_key, ESP_KEY_MAX);
        return 0;
    default:
        break;
    }
    if (sa->key_len == 16)
        IMB_AES128_GCM_PRE(setup_mgr, p->encr_key, &s->gcm);
    else if (sa->key_len == 24)
        IMB_AES192_GCM_PRE(setup_mgr, p->encr_key, &s->gcm);
    else
        IMB_AES256_GCM_PRE(setup_mgr, p->encr_key, &s->gcm);
    return 0;
}

/* ---- GCM ---- */

static aes_gcm_enc_dec_t gcm_function(const IMB_MGR *mgr, size_t key_len, bool encrypt)
{
    if (key_len == 16)
        return encrypt ? mgr->gcm128_enc : mgr->gcm128_dec;
    if (key_len == 24)
        return encrypt ? mgr->gcm192_enc : mgr->gcm192_dec;
    return encrypt ? mgr->gcm256_enc : mgr->gcm256_dec;
}

static void gcm(struct mb_engine *e, struct esp_frame *f, bool encrypt, uint8_t *tag)
{
    const union schedule *s = f->sa->schedule;
    uint8_t nonce[ESP_NONCE_LEN], aad[ESP_AAD_MAX], *text = esp_frame_text(f);
    size_t aad_len = esp_frame_aad(f, aad);
    struct gcm_context_data ctx;

    esp_frame_nonce(f, nonce);
    gcm_function(e->mgr, f->sa->key_len, encrypt)(&s->gcm, &ctx, text, text, f->text_len, nonce,
                                                  aad, aad_len, tag, f->sa->shape.icv_len);
}

/* ---- jobs: CBC with HMAC, ChaCha20-Poly1305 ---- */

static IMB_HASH_ALG hash_alg(uint16_t auth)
{
    switch (auth) {
    case ESP_AUTH_HMAC_SHA1_96:
        return IMB_AUTH_HMAC_SHA_1;
    case ESP_AUTH_HMAC_SHA2_256_128:
        return IMB_AUTH_HMAC_SHA_256;
    case ESP_AUTH_HMAC_SHA2_384_192:
        return IMB_AUTH_HMAC_SHA_384;
    default:
        return IMB_AUTH_HMAC_SHA_512;
    }
}

static void fill_cbc(struct mb_engine *e, unsigned i, struct esp_frame *f, bool encrypt,
                     IMB_JOB *job)
{
    const struct cbc_keys *keys = &((const union schedule *)f->sa->schedule)->cbc;
    uint8_t *icv = esp_frame_icv(f);

    if (f->sa->esn) {
        /* The high half is hashed behind the text, where it is not sent (RFC 4303, 2.2.1): for the
         * time of the hash it lies on the ICV's place. */
        memcpy(e->icv[i], icv, f->sa->shape.icv_len);
        wire_store_be32(icv, f->seq_high);
    }
    job->enc_keys = keys->enc;
    job->dec_keys = keys->dec;
    job->key_len_in_bytes = f->sa->key_len;
    job->cipher_mode = IMB_CIPHER_CBC;
    job->hash_alg = hash_alg(f->sa->auth);
    job->iv = esp_frame_iv(f);
    job->iv_len_in_bytes = 16;
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = (uint64_t)(icv - f->at) + (f->sa->esn ? 4 : 0);
    job->u.HMAC._hashed_auth_key_xor_ipad = keys->ipad;
    job->u.HMAC._hashed_auth_key_xor_opad = keys->opad;
    job->chain_order = encrypt ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
}

static void fill_chacha(struct mb_engine *e, unsigned i, struct esp_frame *f, bool encrypt,
                        IMB_JOB *job)
{
    const union schedule *s = f->sa->schedule;

    esp_frame_nonce(f, e->nonce[i]);
    job->enc_keys = s->chacha;
    job->dec_keys = s->chacha;
    job->key_len_in_bytes = ESP_KEY_MAX;
    job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
    job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
    job->iv = e->nonce[i];
    job->iv_len_in_bytes = ESP_NONCE_LEN;
    job->u.CHACHA20_POLY1305.aad = e->aad[i];
    job->u.CHACHA20_POLY1305.aad_len_in_bytes = esp_frame_aad(f, e->aad[i]);
    job->hash_start_src_offset_in_bytes = (uint64_t)(esp_frame_text(f) - f->at);
    job->msg_len_to_hash_in_bytes = f->text_len;
    job->chain_order = encrypt ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
}

static void job_done(const IMB_JOB *job)
{
    struct esp_frame *f = job->user_data;

    f->ok = job->status == IMB_STATUS_COMPLETED;
}

static void submit(struct mb_engine *e, unsigned i, struct esp_frame *f, bool encrypt)
{
    IMB_JOB *job = IMB_GET_NEXT_JOB(e->mgr);

    if (f->sa->encr == ESP_ENCR_AES_CBC)
        fill_cbc(e, i, f, encrypt, job);
    else
        fill_chacha(e, i, f, encrypt, job);
    job->cipher_direction = encrypt ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->src = f->at;
    job->dst = esp_frame_text(f);
    job->cipher_start_src_offset_in_bytes = (uint64_t)(esp_frame_text(f) - f->at);
    job->msg_len_to_cipher_in_bytes = f->text_len;
    job->auth_tag_output = encrypt ? esp_frame_icv(f) : e->tag[i];
    job->auth_tag_output_len_in_bytes = f->sa->shape.icv_len;
    job->user_data = f;
    job = IMB_SUBMIT_JOB_NOCHECK(e->mgr);
    while (job) {
        job_done(job);
        job = IMB_GET_COMPLETED_JOB(e->mgr);
    }
}

static void flush(struct mb_engine *e)
{
    IMB_JOB *job;

    while ((job = IMB_FLUSH_JOB(e->mgr)))
        job_done(job);
}

/* CBC wants an IV nobody can predict (RFC 3602, 3): the sequence number under a random key of its
 * own, NIST SP 800-38A, appendix C, first method. */
static void make_iv(struct mb_engine *e, const struct esp_frame *f)
{
    static const uint8_t zero[16];
    const struct cbc_keys *keys = &((const union schedule *)f->sa->schedule)->cbc;
    uint8_t number[16] = {0};

    wire_store_be32(number + 8, f->seq_high);
    memcpy(number + 12, f->at + 4, 4);
    IMB_AES128_CFB_ONE(e->mgr, esp_frame_iv(f), zero, number, keys->iv_key, sizeof(number));
}

static int mb_seal(struct esp_engine *engine, struct esp_frame *frames, unsigned n)
{
    struct mb_engine *e = container_of(engine, struct mb_engine, base);
    bool ok = true;

    if (n && frames[0].sa->encr == ESP_ENCR_AES_GCM_16) {
        for (unsigned i = 0; i < n; i++)
            gcm(e, &frames[i], true, esp_frame_icv(&frames[i]));
        return 0;
    }
    for (unsigned i = 0; i < n; i++) {
        if (frames[i].sa->encr == ESP_ENCR_AES_CBC)
            make_iv(e, &frames[i]);
        submit(e, i, &frames[i], true);
    }
    flush(e);
    for (unsigned i = 0; i < n; i++)
        ok = ok && frames[i].ok;
    return ok ? 0 : -EIO;
}

static void check_tag(struct mb_engine *e, unsigned i, struct esp_frame *f)
{
    bool moved = f->sa->esn && !f->sa->aead;
    const uint8_t *icv = moved ? e->icv[i] : esp_frame_icv(f);

    f->ok = f->ok && mem_equal_ct(e->tag[i], icv, f->sa->shape.icv_len);
}

static void mb_open(struct esp_engine *engine, struct esp_frame *frames, unsigned n)
{
    struct mb_engine *e = container_of(engine, struct mb_engine, base);
    bool jobs = false;

    for (unsigned i = 0; i < n; i++) {
        if (frames[i].sa->encr == ESP_ENCR_AES_GCM_16) {
            gcm(e, &frames[i], false, e->tag[i]);
            frames[i].ok = true;
        } else {
            submit(e, i, &frames[i], false);
            jobs = true;
        }
    }
    if (jobs)
        flush(e);
    for (unsigned i = 0; i < n; i++)
        check_tag(e, i, &frames[i]);
}

const struct esp_ops esp_ipsec_mb_ops = {
    .kind = ESP_ENGINE_IPSEC_MB,
    .engine_new = mb_engine_new,
    .engine_free = mb_engine_free,
    .name = mb_name,
    .schedule_size = mb_schedule_size,
    .expand = mb_expand,
    .seal = mb_seal,
    .open = mb_open,
};
