/* Bytes from the network and from guests: the first byte says where they arrive. */
#include "esp_internal.h"

#include <stdlib.h>

#define SEGS_MAX 64

static struct esp_engine *engine;
static struct esp_sa *out[2], *in[2]; /* AES-GCM with ESN; AES-CBC with HMAC-SHA2-256 */

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void set_up(void)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct esp_sa_params rows[2] = {
        {.spi = 1, .encr = 20, .encr_key = key, .encr_key_len = 20, .esn = true},
        {.spi = 2,
         .encr = 12,
         .encr_key = key,
         .encr_key_len = 16,
         .auth = 12,
         .auth_key = key,
         .auth_key_len = 32},
    };

    if (engine)
        return;
    must(esp_engine_new(ESP_ENGINE_AUTO, &engine) == 0);
    for (unsigned i = 0; i < 2; i++) {
        rows[i].direction = ESP_OUTBOUND;
        must(esp_sa_new(&rows[i], &out[i]) == 0);
        rows[i].direction = ESP_INBOUND;
        must(esp_sa_new(&rows[i], &in[i]) == 0);
    }
}

static void *exact_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    must(copy != NULL);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

/* What esp.h promises of an accepted packet. */
static void check_accepted(const struct esp_in *job)
{
    must(job->result < ESP_RESULT_COUNT);
    if (job->result != ESP_OK)
        return;
    must(job->inner >= job->data && job->inner + job->inner_len <= job->data + job->len);
    must(esp_inner_length(job->inner, job->inner_len) == job->inner_len);
    must(job->inner[0] >> 4 == (job->next_header == 4 ? 4 : 6));
}

/* An ESP packet from anybody. */
static void from_network(unsigned which, const uint8_t *data, size_t size)
{
    struct esp_in job = {.sa = in[which], .data = exact_copy(data, size), .len = (uint32_t)size};

    esp_decrypt(engine, &job, 1);
    check_accepted(&job);
    free(job.data);
}

/* An ESP packet from a peer that has the keys and makes the text as it likes. */
static void from_peer(unsigned which, const uint8_t *data, size_t size)
{
    struct esp_sa *sa = out[which];
    size_t text_len = size / sa->shape.block * sa->shape.block;
    uint8_t *packet = malloc(text_len + ESP_OVERHEAD_MAX);
    struct esp_frame frame = {.sa = sa, .at = packet, .text_len = (uint32_t)text_len};
    struct esp_in job = {.sa = in[which], .data = packet};

    must(packet != NULL);
    if (text_len) {
        wire_store_be32(packet, sa->spi);
        wire_store_be32(packet + 4, 1);
        memset(esp_frame_iv(&frame), 0, sa->shape.iv_len);
        memcpy(esp_frame_text(&frame), data, text_len);
        must(engine->ops->seal(engine, &frame, 1) == 0);
        job.len = (uint32_t)(esp_frame_icv(&frame) + sa->shape.icv_len - packet);
        esp_decrypt(engine, &job, 1);
        must(job.result != ESP_BAD_ICV && job.result != ESP_TOO_SHORT);
        check_accepted(&job);
    }
    free(packet);
}

/* Packets of a batch, each behind its length in two bytes. */
static void merge(const uint8_t *data, size_t size)
{
    struct esp_packet packets[SEGS_MAX];
    struct esp_merged merged[SEGS_MAX];
    unsigned n = 0, count = 0;
    size_t total = 0, merged_total = 0;

    while (n < SEGS_MAX && size >= 2) {
        size_t len = MIN((size_t)wire_load_be16(data), size - 2);

        packets[n++] = (struct esp_packet){.data = exact_copy(data + 2, len), .len = (uint32_t)len};
        data += 2 + len;
        size -= 2 + len;
    }
    for (unsigned i = esp_gro_merge(packets, n, merged); i-- > 0;) {
        struct iovec iov[SEGS_MAX + 1];
        unsigned pieces = esp_merged_iov(&merged[i], packets, iov, SEGS_MAX + 1);
        size_t len = 0;

        must(pieces > 0);
        for (unsigned k = 0; k < pieces; k++)
            len += iov[k].iov_len;
        must(len == merged[i].len && len <= UINT16_MAX);
        count += merged[i].count;
        merged_total += len + (merged[i].count - 1U) * merged[i].head_len;
    }
    for (unsigned i = 0; i < n; i++) {
        total += packets[i].len;
        free(packets[i].data);
    }
    must(count == n && total == merged_total);
}

/* A frame of a guest: its virtio-net header is only a type and a size here. */
static void from_guest(const uint8_t *data, size_t size)
{
    static uint8_t frames[SEGS_MAX][UINT16_MAX + ESP_OVERHEAD_MAX];
    uint8_t heads[SEGS_MAX * ESP_HEAD_MAX], *packet;
    struct esp_out jobs[SEGS_MAX];
    size_t longest = 0, total = 0;
    unsigned n = 0;

    if (size < 3)
        return;
    packet = exact_copy(data + 3, size - 3);
    if (esp_gso_split(packet, size - 3, data[0], wire_load_be16(data + 1), heads, sizeof(heads),
                      jobs, SEGS_MAX, &n) == 0) {
        must(esp_gso_segment_len(packet, size - 3, data[0], wire_load_be16(data + 1), &longest) ==
             0);
        for (unsigned i = 0; i < n; i++) {
            must(jobs[i].head_len + jobs[i].body_len <= longest);
            total += jobs[i].body_len;
            jobs[i].dst = frames[i];
            jobs[i].dst_cap = sizeof(frames[i]);
        }
        must(total <= size - 3 && esp_encrypt(engine, out[0], jobs, n) == 0);
    }
    free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (!size || size > UINT16_MAX)
        return 0;
    switch (data[0] % 6) {
    case 0:
    case 1:
        from_network(data[0] % 2, data + 1, size - 1);
        break;
    case 2:
    case 3:
        from_peer(data[0] % 2, data + 1, size - 1);
        break;
    case 4:
        merge(data + 1, size - 1);
        break;
    default:
        from_guest(data + 1, size - 1);
        break;
    }
    return 0;
}
