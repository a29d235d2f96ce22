#include "ipc_internal.h"

static int get_struct(struct wire_reader *r, const struct ipc_field *f, uint8_t *base);

static int get_addr(struct wire_reader *r, struct addr *ret)
{
    struct addr a = {0};

    if (wire_get_u8(r, &a.family) < 0 ||
        (a.family != ADDR_NONE && a.family != ADDR_IPV4 && a.family != ADDR_IPV6) ||
        wire_get_bytes(r, a.bytes, addr_len(&a)) < 0)
        return -EBADMSG;
    *ret = a;
    return 0;
}

static int get_prefix(struct wire_reader *r, struct prefix *ret)
{
    struct prefix p, clean;

    if (get_addr(r, &p.addr) < 0 || wire_get_u8(r, &p.len) < 0 || p.len > addr_bits(&p.addr))
        return -EBADMSG;
    clean = prefix_make(&p.addr, p.len);
    if (!addr_equal(&clean.addr, &p.addr))
        return -EBADMSG;
    *ret = p;
    return 0;
}

static int get_bool(struct wire_reader *r, bool *ret)
{
    uint8_t v;

    if (wire_get_u8(r, &v) < 0 || v > 1)
        return -EBADMSG;
    *ret = v;
    return 0;
}

static int get_text(struct wire_reader *r, const struct ipc_field *f, char *ret)
{
    const uint8_t *text;
    uint16_t len;

    if (wire_get_be16(r, &len) < 0 || len >= f->max || wire_get_view(r, len, &text) < 0 ||
        memchr(text, 0, len))
        return -EBADMSG;
    memcpy(ret, text, len);
    ret[len] = 0;
    return 0;
}

static int get_item(struct wire_reader *r, enum ipc_field_kind kind, const struct ipc_field *nested,
                    uint8_t *at)
{
    struct endpoint *e = (void *)at;

    switch (kind) {
    case FIELD_U8:
        return wire_get_u8(r, at);
    case FIELD_BOOL:
        return get_bool(r, (bool *)at);
    case FIELD_U16:
        return wire_get_be16(r, (uint16_t *)(void *)at);
    case FIELD_U32:
        return wire_get_be32(r, (uint32_t *)(void *)at);
    case FIELD_U64:
        return wire_get_be64(r, (uint64_t *)(void *)at);
    case FIELD_ADDR:
        return get_addr(r, (struct addr *)at);
    case FIELD_ENDPOINT:
        return get_addr(r, &e->addr) < 0 ? -EBADMSG : wire_get_be16(r, &e->port);
    case FIELD_PREFIX:
        return get_prefix(r, (struct prefix *)at);
    case FIELD_NESTED:
        return get_struct(r, nested, at);
    default:
        return -EBADMSG;
    }
}

static int get_counted(struct wire_reader *r, const struct ipc_field *f, uint8_t *base)
{
    uint16_t count;

    if (wire_get_be16(r, &count) < 0 || count > f->max)
        return -EBADMSG;
    *(uint16_t *)(void *)(base + f->count_offset) = count;
    if (f->kind == FIELD_BYTES)
        return wire_get_bytes(r, base + f->offset, count);
    for (size_t i = 0; i < count; i++) {
        if (get_item(r, f->item, f->nested, base + f->offset + i * f->stride) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int get_view(struct wire_reader *r, const struct ipc_field *f, uint8_t *base)
{
    uint32_t len;

    if (wire_get_be32(r, &len) < 0 ||
        wire_get_view(r, len, (const uint8_t **)(void *)(base + f->offset)) < 0)
        return -EBADMSG;
    *(uint32_t *)(void *)(base + f->count_offset) = len;
    return 0;
}

static int get_field(struct wire_reader *r, const struct ipc_field *f, uint8_t *base)
{
    switch (f->kind) {
    case FIELD_RAW:
        return wire_get_bytes(r, base + f->offset, f->max);
    case FIELD_TEXT:
        return get_text(r, f, (char *)base + f->offset);
    case FIELD_BYTES:
    case FIELD_LIST:
        return get_counted(r, f, base);
    case FIELD_VIEW:
        return get_view(r, f, base);
    default:
        return get_item(r, f->kind, f->nested, base + f->offset);
    }
}

static int get_struct(struct wire_reader *r, const struct ipc_field *f, uint8_t *base)
{
    for (; f->kind != FIELD_END; f++) {
        if (get_field(r, f, base) < 0)
            return -EBADMSG;
    }
    return 0;
}

int ipc_decode(const void *buf, size_t len, struct ipc_msg *ret)
{
    struct wire_reader r = wire_reader_make(buf, len);
    uint16_t magic, version, type;

    if (wire_get_be16(&r, &magic) < 0 || wire_get_be16(&r, &version) < 0 ||
        wire_get_be16(&r, &type) < 0 || magic != IPC_MAGIC || version != IPC_VERSION ||
        type >= IPC_TYPES)
        return -EBADMSG;
    memset(&ret->hello, 0, sizeof(*ret) - offsetof(struct ipc_msg, hello));
    ret->type = (enum ipc_type)type;
    if (get_struct(&r, ipc_describe(ret->type), (uint8_t *)&ret->hello) < 0 || wire_left(&r) > 0)
        return -EBADMSG;
    return 0;
}
