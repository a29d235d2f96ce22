#include "esp_internal.h"

#include <stdlib.h>

/* Both are reported long before the end: at 400,000 packets a second there are 22 minutes between
 * the two without ESN. */
#define SEQ_MARGIN_32 (1ULL << 29)
#define SEQ_MARGIN_64 (1ULL << 61)

static int check_keys(const struct esp_sa_params *p, bool aead)
{
    const struct esp_auth_alg *auth = esp_auth_find(p->auth);
    size_t key_len = p->encr_key_len;

    if (!p->encr_key)
        return -EINVAL;
    if (aead) {
        if (key_len < ESP_SALT_LEN || p->auth_key_len)
            return -EINVAL;
        key_len -= ESP_SALT_LEN;
    } else if (!p->auth_key || p->auth_key_len != auth->key_len) {
        return -EINVAL;
    }
    if (key_len == 32)
        return 0;
    return p->encr != ESP_ENCR_CHACHA20_POLY1305 && (key_len == 16 || key_len == 24) ? 0 : -EINVAL;
}

static uint64_t or_never(uint64_t limit)
{
    return limit ? limit : UINT64_MAX;
}

static int check_params(const struct esp_sa_params *p, struct esp_shape *ret_shape)
{
    int r;

    r = esp_shape_find(p->encr, p->auth, ret_shape);
    if (r < 0)
        return r;
    if (!p->spi || p->replay_window > ESP_REPLAY_WINDOW_MAX ||
        (p->direction != ESP_INBOUND && p->direction != ESP_OUTBOUND) ||
        (!p->esn && p->seq > UINT32_MAX))
        return -EINVAL;
    return check_keys(p, p->auth == ESP_AUTH_NONE);
}

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static void fill(struct esp_sa *sa, const struct esp_sa_params *p, const struct esp_shape *shape)
{
    static _Atomic uint64_t next_id = 1;

    sa->id = atomic_fetch_add_explicit(&next_id, 1, memory_order_relaxed);
    sa->spi = p->spi;
    sa->encr = p->encr;
    sa->auth = p->auth;
    sa->direction = (uint8_t)p->direction;
    sa->esn = p->esn;
    sa->aead = p->auth == ESP_AUTH_NONE;
    sa->shape = *shape;
    sa->key_len = (uint8_t)(p->encr_key_len - (sa->aead ? ESP_SALT_LEN : 0));
    if (sa->aead)
        memcpy(sa->salt, p->encr_key + sa->key_len, ESP_SALT_LEN);
    sa->seq_limit = p->esn ? UINT64_MAX : UINT32_MAX;
    sa->seq_soft = sa->seq_limit - (p->esn ? SEQ_MARGIN_64 : SEQ_MARGIN_32);
    sa->soft_bytes = or_never(p->soft_bytes);
    sa->hard_bytes = or_never(p->hard_bytes);
    sa->soft_packets = or_never(p->soft_packets);
    sa->hard_packets = or_never(p->hard_packets);
    atomic_init(&sa->seq, p->seq);
}

/* One allocation: the SA, its expanded keys, its replay ring. */
int esp_sa_new(const struct esp_sa_params *params, struct esp_sa **ret)
{
    const struct esp_ops *ops = esp_ops_find(params->engine);
    uint32_t window = params->direction == ESP_INBOUND ? params->replay_window : 0;
    size_t schedule_at, ring_at, size;
    struct esp_shape shape;
    struct esp_sa *sa;
    int r;

    r = check_params(params, &shape);
    if (r < 0)
        return r;
    if (!ops)
        return -EOPNOTSUPP;
    schedule_at = round_up(sizeof(*sa), 64);
    ring_at = schedule_at + round_up(ops->schedule_size(), 64);
    size = ring_at + round_up(esp_replay_words(window) * sizeof(uint64_t), 64);
    sa = aligned_alloc(64, size);
    if (!sa)
        return -ENOMEM;
    memset(sa, 0, size);
    sa->ops = ops;
    sa->size = size;
    sa->schedule = (uint8_t *)sa + schedule_at;
    fill(sa, params, &shape);
    esp_replay_init(&sa->replay, window, params->direction == ESP_INBOUND ? params->seq : 0,
                    (uint64_t *)(void *)((uint8_t *)sa + ring_at));
    r = ops->expand(sa, params);
    if (r < 0) {
        esp_sa_free(sa);
        return r;
    }
    *ret = sa;
    return 0;
}

void esp_sa_free(struct esp_sa *sa)
{
    if (!sa)
        return;
    explicit_bzero(sa, sa->size);
    free(sa);
}

const struct esp_shape *esp_sa_shape(const struct esp_sa *sa)
{
    return &sa->shape;
}

unsigned esp_sa_flags(const struct esp_sa *sa)
{
    uint64_t packets = atomic_load_explicit(&sa->packets, memory_order_relaxed);
    uint64_t bytes = atomic_load_explicit(&sa->plain_bytes, memory_order_relaxed);
    uint64_t seq = atomic_load_explicit(&sa->seq, memory_order_relaxed);
    unsigned flags = 0;

    if (packets >= sa->soft_packets || bytes >= sa->soft_bytes || seq >= sa->seq_soft)
        flags |= ESP_SA_SOFT;
    if (esp_sa_expired(sa) || (seq == sa->seq_limit && sa->direction == ESP_OUTBOUND))
        flags |= ESP_SA_SOFT | ESP_SA_HARD;
    return flags;
}

void esp_sa_read(const struct esp_sa *sa, struct esp_sa_stats *ret)
{
    *ret = (struct esp_sa_stats){
        .packets = atomic_load_explicit(&sa->packets, memory_order_relaxed),
        .bytes = atomic_load_explicit(&sa->bytes, memory_order_relaxed),
        .plain_bytes = atomic_load_explicit(&sa->plain_bytes, memory_order_relaxed),
        .seq = atomic_load_explicit(&sa->seq, memory_order_relaxed),
    };
    for (unsigned i = 0; i < ESP_RESULT_COUNT; i++)
        ret->results[i] = atomic_load_explicit(&sa->results[i], memory_order_relaxed);
    if (sa->direction == ESP_INBOUND)
        ret->results[ESP_OK] = ret->packets;
}
