/* codec_fragment.c - a message put together from its fragments (RFC 7383, 2.6). */
#include <stdlib.h>

#include "codec_internal.h"

struct ike_reassembly {
    uint16_t total; /* 0: nothing came yet */
    uint8_t first;
    uint64_t have; /* bit n - 1: number n */
    size_t len;
    struct buf parts[IKE_FRAGMENTS_MAX];
};

struct ike_reassembly *ike_reassembly_new(void)
{
    return calloc(1, sizeof(struct ike_reassembly));
}

static void forget(struct ike_reassembly *r)
{
    for (size_t i = 0; i < IKE_FRAGMENTS_MAX; i++)
        buf_wipe(&r->parts[i]);
    *r = (struct ike_reassembly){0};
}

void ike_reassembly_free(struct ike_reassembly *r)
{
    if (!r)
        return;
    forget(r);
    free(r);
}

int ike_reassembly_add(struct ike_reassembly *r, const struct ike_encrypted *enc,
                       struct crypto_span part, size_t max)
{
    uint64_t bit = UINT64_C(1) << (enc->fragment - 1) % 64;
    struct buf *b = &r->parts[(enc->fragment - 1) % IKE_FRAGMENTS_MAX];

    if (enc->fragment_total > IKE_FRAGMENTS_MAX)
        return -E2BIG;
    if (enc->fragment_total < r->total)
        return -EBADMSG;
    if (enc->fragment_total > r->total)
        forget(r);
    if (r->have & bit)
        return -EALREADY;
    if (part.len > max || r->len > max - part.len)
        return -E2BIG;
    buf_add(b, part.data, part.len);
    if (b->failed) {
        buf_wipe(b);
        return -ENOMEM;
    }
    r->total = enc->fragment_total;
    r->have |= bit;
    r->len += part.len;
    if (enc->fragment == 1)
        r->first = enc->first;
    return 0;
}

static unsigned count(const struct ike_reassembly *r)
{
    return (unsigned)__builtin_popcountll(r->have);
}

bool ike_reassembly_is_whole(const struct ike_reassembly *r)
{
    return r->total > 0 && count(r) == r->total;
}

size_t ike_reassembly_len(const struct ike_reassembly *r)
{
    return r->len;
}

void ike_reassembly_count(const struct ike_reassembly *r, unsigned *ret_have, unsigned *ret_total)
{
    *ret_have = count(r);
    *ret_total = r->total;
}

int ike_reassembly_join(const struct ike_reassembly *r, uint8_t *buf, size_t cap,
                        uint8_t *ret_first, size_t *ret_len)
{
    struct wire_writer w = wire_writer_make(buf, cap);
    size_t len;
    int e;

    for (size_t i = 0; i < r->total; i++) {
        if (r->parts[i].len > 0)
            wire_put_bytes(&w, r->parts[i].data, r->parts[i].len);
    }
    e = wire_done(&w, &len);
    if (e < 0)
        return e;
    *ret_first = r->first;
    *ret_len = len;
    return 0;
}
