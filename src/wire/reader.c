#include "wire.h"

struct wire_reader wire_reader_make(const void *data, size_t len)
{
    return (struct wire_reader){.pos = data, .end = (const uint8_t *)data + len};
}

size_t wire_left(const struct wire_reader *r)
{
    return (size_t)(r->end - r->pos);
}

int wire_get_view(struct wire_reader *r, size_t n, const uint8_t **ret)
{
    if (wire_left(r) < n)
        return -EBADMSG;
    *ret = r->pos;
    r->pos += n;
    return 0;
}

int wire_skip(struct wire_reader *r, size_t n)
{
    const uint8_t *at;

    return wire_get_view(r, n, &at);
}

int wire_get_bytes(struct wire_reader *r, void *ret, size_t n)
{
    const uint8_t *at;

    if (wire_get_view(r, n, &at) < 0)
        return -EBADMSG;
    if (n)
        memcpy(ret, at, n);
    return 0;
}

int wire_get_sub(struct wire_reader *r, size_t n, struct wire_reader *ret)
{
    const uint8_t *at;

    if (wire_get_view(r, n, &at) < 0)
        return -EBADMSG;
    *ret = wire_reader_make(at, n);
    return 0;
}

int wire_get_u8(struct wire_reader *r, uint8_t *ret)
{
    return wire_get_bytes(r, ret, 1);
}

int wire_get_be16(struct wire_reader *r, uint16_t *ret)
{
    const uint8_t *at;

    if (wire_get_view(r, 2, &at) < 0)
        return -EBADMSG;
    *ret = wire_load_be16(at);
    return 0;
}

int wire_get_be32(struct wire_reader *r, uint32_t *ret)
{
    const uint8_t *at;

    if (wire_get_view(r, 4, &at) < 0)
        return -EBADMSG;
    *ret = wire_load_be32(at);
    return 0;
}

int wire_get_be64(struct wire_reader *r, uint64_t *ret)
{
    const uint8_t *at;

    if (wire_get_view(r, 8, &at) < 0)
        return -EBADMSG;
    *ret = wire_load_be64(at);
    return 0;
}
