#include "wire.h"

struct wire_writer wire_writer_make(void *data, size_t cap)
{
    return (struct wire_writer){.start = data, .pos = data, .end = (uint8_t *)data + cap};
}

size_t wire_written(const struct wire_writer *w)
{
    return (size_t)(w->pos - w->start);
}

uint8_t *wire_put_room(struct wire_writer *w, size_t n)
{
    uint8_t *at = w->pos;

    if (w->full || (size_t)(w->end - w->pos) < n) {
        w->full = true;
        return NULL;
    }
    w->pos += n;
    return at;
}

void wire_put_bytes(struct wire_writer *w, const void *data, size_t n)
{
    uint8_t *at = wire_put_room(w, n);

    if (at && n)
        memcpy(at, data, n);
}

void wire_put_zero(struct wire_writer *w, size_t n)
{
    uint8_t *at = wire_put_room(w, n);

    if (at && n)
        memset(at, 0, n);
}

void wire_put_u8(struct wire_writer *w, uint8_t v)
{
    wire_put_bytes(w, &v, 1);
}

void wire_put_be16(struct wire_writer *w, uint16_t v)
{
    uint8_t *at = wire_put_room(w, 2);

    if (at)
        wire_store_be16(at, v);
}

void wire_put_be32(struct wire_writer *w, uint32_t v)
{
    uint8_t *at = wire_put_room(w, 4);

    if (at)
        wire_store_be32(at, v);
}

void wire_put_be64(struct wire_writer *w, uint64_t v)
{
    uint8_t *at = wire_put_room(w, 8);

    if (at)
        wire_store_be64(at, v);
}

void wire_patch_be16(struct wire_writer *w, size_t offset, uint16_t v)
{
    if (!w->full && offset + 2 <= wire_written(w))
        wire_store_be16(w->start + offset, v);
}

void wire_patch_be32(struct wire_writer *w, size_t offset, uint32_t v)
{
    if (!w->full && offset + 4 <= wire_written(w))
        wire_store_be32(w->start + offset, v);
}

int wire_done(const struct wire_writer *w, size_t *ret_len)
{
    if (w->full)
        return -ENOBUFS;
    *ret_len = wire_written(w);
    return 0;
}
