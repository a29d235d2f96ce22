#include "esp_internal.h"

/* RFC 4303, 2.4: the padding is 1, 2, 3, ... */
static const uint8_t padding[ESP_BLOCK_MAX] = {1, 2,  3,  4,  5,  6,  7,  8,
                                               9, 10, 11, 12, 13, 14, 15, 16};

static size_t inner_len_of(const struct esp_out *job)
{
    return (size_t)job->head_len + job->body_len;
}

static int check_job(const struct esp_sa *sa, const struct esp_out *job)
{
    size_t len = inner_len_of(job);

    if (!len || len > UINT16_MAX)
        return -EINVAL;
    if ((job->csum_start || job->csum_offset) &&
        !esp_checksum_fits(job->head_len ? job->head_len : len, job->csum_start, job->csum_offset))
        return -EINVAL;
    return job->dst_cap < esp_len(&sa->shape, len) ? -EMSGSIZE : 0;
}

/* Gives out n consecutive numbers, or none: several workers may be at it at once. */
static int take_numbers(struct esp_sa *sa, unsigned n, uint64_t *ret_first)
{
    uint64_t last = atomic_load_explicit(&sa->seq, memory_order_relaxed);

    do {
        if (sa->seq_limit - last < n)
            return -EOVERFLOW;
    } while (!atomic_compare_exchange_weak_explicit(&sa->seq, &last, last + n, memory_order_relaxed,
                                                    memory_order_relaxed));
    *ret_first = last + 1;
    return 0;
}

/* Brings the inner packet to text, its checksum finished on the way: while the bytes are in a
 * register anyway, the sum is nearly free. */
static void place_inner(const struct esp_out *job, uint8_t *text)
{
    size_t from = job->csum_start;
    uint64_t sum;
    uint16_t csum;

    if (job->head_len)
        memcpy(text, job->head, job->head_len);
    if (!job->csum_start && !job->csum_offset) {
        if (job->body_len)
            memcpy(text + job->head_len, job->body, job->body_len);
        return;
    }
    if (job->head_len && (job->head_len - from) % 2 == 0) {
        sum = esp_csum_add(0, text + from, job->head_len - from);
        sum = esp_csum_copy(sum, text + job->head_len, job->body, job->body_len);
    } else {
        if (job->body_len)
            memcpy(text + job->head_len, job->body, job->body_len);
        sum = esp_csum_add(0, text + from, inner_len_of(job) - from);
    }
    csum = esp_csum_fold(sum);
    if (!csum)
        csum = 0xffff; /* to UDP, 0 would mean that there is none */
    memcpy(text + from + job->csum_offset, &csum, 2);
}

/* RFC 4303, 2: everything but the encryption. */
static void lay_out(struct esp_sa *sa, const struct esp_out *job, uint64_t seq,
                    struct esp_frame *ret)
{
    size_t len = inner_len_of(job), block = sa->shape.block;
    size_t text_len = (len + 2 + block - 1) / block * block;
    size_t pad = text_len - 2 - len;
    uint8_t *text;

    *ret = (struct esp_frame){
        .sa = sa,
        .at = job->dst,
        .text_len = (uint32_t)text_len,
        .seq_high = (uint32_t)(seq >> 32),
    };
    wire_store_be32(job->dst, sa->spi);
    wire_store_be32(job->dst + 4, (uint32_t)seq);
    if (sa->aead)
        wire_store_be64(esp_frame_iv(ret), seq); /* unique under the key, as RFC 4106, 3.1 asks */
    text = esp_frame_text(ret);
    place_inner(job, text);
    memcpy(text + len, padding, pad);
    text[text_len - 2] = (uint8_t)pad;
    text[text_len - 1] = text[0] >> 4 == 6 ? ESP_NEXT_IPV6 : ESP_NEXT_IPV4;
}

static int check_batch(const struct esp_engine *engine, struct esp_sa *sa, struct esp_out *jobs,
                       unsigned n)
{
    int r = 0;

    for (unsigned i = 0; i < n; i++) {
        int bad = check_job(sa, &jobs[i]);

        jobs[i].len = 0;
        if (!r)
            r = bad;
    }
    if (sa->direction != ESP_OUTBOUND || engine->ops != sa->ops)
        return -EINVAL;
    if (r < 0)
        return r;
    return esp_sa_expired(sa) ? -EKEYEXPIRED : 0;
}

int esp_encrypt(struct esp_engine *engine, struct esp_sa *sa, struct esp_out *jobs, unsigned n)
{
    struct esp_frame frames[ESP_BATCH];
    uint64_t seq, bytes = 0, plain_bytes = 0;
    int r;

    r = check_batch(engine, sa, jobs, n);
    if (r < 0)
        return r;
    r = take_numbers(sa, n, &seq);
    if (r < 0)
        return r;
    for (unsigned at = 0; at < n; at += ESP_BATCH) {
        unsigned count = MIN(n - at, (unsigned)ESP_BATCH);

        for (unsigned i = 0; i < count; i++)
            lay_out(sa, &jobs[at + i], seq++, &frames[i]);
        if (sa->ops->seal(engine, frames, count) < 0)
            return -EIO; /* the numbers are spent and will never be used again */
    }
    for (unsigned i = 0; i < n; i++) {
        size_t len = inner_len_of(&jobs[i]);

        jobs[i].len = (uint32_t)esp_len(&sa->shape, len);
        bytes += jobs[i].len;
        plain_bytes += len;
    }
    atomic_fetch_add_explicit(&sa->packets, n, memory_order_relaxed);
    atomic_fetch_add_explicit(&sa->bytes, bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&sa->plain_bytes, plain_bytes, memory_order_relaxed);
    return 0;
}
