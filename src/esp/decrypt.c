#include "esp_internal.h"

/* Before any cryptography: lengths, then the window (RFC 4303, 3.4.3). */
static enum esp_result look(const struct esp_engine *engine, struct esp_in *job,
                            struct esp_frame *ret)
{
    struct esp_sa *sa = job->sa;
    const struct esp_shape *shape = &sa->shape;
    size_t fixed = (size_t)ESP_HEADER_LEN + shape->iv_len + shape->icv_len;
    uint32_t low;

    if (sa->direction != ESP_INBOUND || engine->ops != sa->ops)
        return ESP_ENGINE;
    if (job->len < fixed + shape->block)
        return ESP_TOO_SHORT;
    if ((job->len - fixed) % shape->block)
        return ESP_BAD_LENGTH;
    if (esp_sa_expired(sa))
        return ESP_EXPIRED;
    low = wire_load_be32(job->data + 4);
    job->seq = sa->esn ? esp_replay_recover(&sa->replay, low) : low;
    *ret = (struct esp_frame){
        .sa = sa,
        .at = job->data,
        .text_len = (uint32_t)(job->len - fixed),
        .seq_high = (uint32_t)(job->seq >> 32),
    };
    return esp_replay_look(&sa->replay, job->seq);
}

/* RFC 4303, 2.4 to 2.7, on authentic bytes. */
static enum esp_result unwrap(const uint8_t *text, size_t text_len, struct esp_in *job)
{
    size_t pad = text[text_len - 2], len;
    uint8_t next = text[text_len - 1];
    const uint8_t *at;

    if (pad + 2 > text_len)
        return ESP_BAD_PADDING;
    at = text + text_len - 2 - pad;
    for (size_t i = 0; i < pad; i++) {
        if (at[i] != i + 1)
            return ESP_BAD_PADDING;
    }
    if (next == ESP_NEXT_DUMMY)
        return ESP_DUMMY;
    if (next != ESP_NEXT_IPV4 && next != ESP_NEXT_IPV6)
        return ESP_BAD_NEXT_HEADER;
    len = esp_inner_length(text, text_len - 2 - pad);
    if (!len || (text[0] >> 4 == 6) != (next == ESP_NEXT_IPV6))
        return ESP_BAD_INNER;
    job->next_header = next;
    job->inner_len = (uint32_t)len;
    return ESP_OK;
}

/* After it: the window again, for a copy in the same batch has passed the first look. */
static enum esp_result accept(const struct esp_frame *f, struct esp_in *job)
{
    struct esp_sa *sa = f->sa;
    enum esp_result result;

    if (!f->ok)
        return ESP_BAD_ICV;
    result = esp_replay_look(&sa->replay, job->seq);
    if (result != ESP_OK)
        return result;
    esp_replay_mark(&sa->replay, job->seq);
    atomic_store_explicit(&sa->seq, sa->replay.top, memory_order_relaxed);
    job->inner = esp_frame_text(f);
    return unwrap(job->inner, f->text_len, job);
}

static void count(const struct esp_in *job)
{
    struct esp_sa *sa = job->sa;

    if (job->result != ESP_OK) {
        esp_count(&sa->results[job->result], 1);
        return;
    }
    esp_count(&sa->packets, 1);
    esp_count(&sa->bytes, job->len);
    esp_count(&sa->plain_bytes, job->inner_len);
}

static void decrypt_batch(struct esp_engine *engine, struct esp_in *jobs, unsigned n)
{
    struct esp_frame frames[ESP_BATCH];
    uint8_t job_of[ESP_BATCH];
    unsigned live = 0;

    for (unsigned i = 0; i < n; i++) {
        jobs[i].inner = NULL;
        jobs[i].inner_len = 0;
        jobs[i].result = look(engine, &jobs[i], &frames[live]);
        if (jobs[i].result == ESP_OK)
            job_of[live++] = (uint8_t)i;
    }
    if (live)
        engine->ops->open(engine, frames, live);
    for (unsigned i = 0; i < live; i++)
        jobs[job_of[i]].result = accept(&frames[i], &jobs[job_of[i]]);
    for (unsigned i = 0; i < n; i++)
        count(&jobs[i]);
}

void esp_decrypt(struct esp_engine *engine, struct esp_in *jobs, unsigned n)
{
    for (unsigned at = 0; at < n; at += ESP_BATCH)
        decrypt_batch(engine, jobs + at, MIN(n - at, (unsigned)ESP_BATCH));
}
