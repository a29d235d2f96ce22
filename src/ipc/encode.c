#include "ipc_internal.h"

/* All messages lie in the union, so any member's address is where the described struct begins. */
static const void *body_of(const struct ipc_msg *msg)
{
    return &msg->hello;
}

static int put_struct(struct wire_writer *w, const struct ipc_field *f, const uint8_t *base);

static int put_addr(struct wire_writer *w, const struct addr *a)
{
    if (a->family != ADDR_NONE && a->family != ADDR_IPV4 && a->family != ADDR_IPV6)
        return -EINVAL;
    wire_put_u8(w, a->family);
    wire_put_bytes(w, a->bytes, addr_len(a));
    return 0;
}

static int put_endpoint(struct wire_writer *w, const struct endpoint *e)
{
    int r = put_addr(w, &e->addr);

    wire_put_be16(w, e->port);
    return r;
}

/* Refuses host bits, as the reader would. */
static int put_prefix(struct wire_writer *w, const struct prefix *p)
{
    struct prefix clean = prefix_make(&p->addr, p->len);
    int r = put_addr(w, &p->addr);

    wire_put_u8(w, p->len);
    return r < 0 ? r : prefix_equal(&clean, p) ? 0 : -EINVAL;
}

static int put_text(struct wire_writer *w, const struct ipc_field *f, const char *text)
{
    size_t len = strnlen(text, f->max);

    if (len == f->max)
        return -EINVAL;
    wire_put_be16(w, (uint16_t)len);
    wire_put_bytes(w, text, len);
    return 0;
}

/* A scalar, an address or a struct: what may also stand in a list. */
static int put_item(struct wire_writer *w, enum ipc_field_kind kind, const struct ipc_field *nested,
                    const uint8_t *at)
{
    switch (kind) {
    case FIELD_U8:
        wire_put_u8(w, *at);
        return 0;
    case FIELD_BOOL:
        wire_put_u8(w, *(const bool *)at);
        return 0;
    case FIELD_U16:
        wire_put_be16(w, *(const uint16_t *)at);
        return 0;
    case FIELD_U32:
        wire_put_be32(w, *(const uint32_t *)at);
        return 0;
    case FIELD_U64:
        wire_put_be64(w, *(const uint64_t *)at);
        return 0;
    case FIELD_ADDR:
        return put_addr(w, (const struct addr *)at);
    case FIELD_ENDPOINT:
        return put_endpoint(w, (const struct endpoint *)(const void *)at);
    case FIELD_PREFIX:
        return put_prefix(w, (const struct prefix *)at);
    case FIELD_NESTED:
        return put_struct(w, nested, at);
    default:
        return -EINVAL;
    }
}

static int put_counted(struct wire_writer *w, const struct ipc_field *f, const uint8_t *base)
{
    uint16_t count = *(const uint16_t *)(base + f->count_offset);

    if (count > f->max)
        return -EINVAL;
    wire_put_be16(w, count);
    if (f->kind == FIELD_BYTES) {
        wire_put_bytes(w, base + f->offset, count);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        int r = put_item(w, f->item, f->nested, base + f->offset + i * f->stride);

        if (r < 0)
            return r;
    }
    return 0;
}

static int put_field(struct wire_writer *w, const struct ipc_field *f, const uint8_t *base)
{
    uint32_t len;

    switch (f->kind) {
    case FIELD_RAW:
        wire_put_bytes(w, base + f->offset, f->max);
        return 0;
    case FIELD_TEXT:
        return put_text(w, f, (const char *)base + f->offset);
    case FIELD_BYTES:
    case FIELD_LIST:
        return put_counted(w, f, base);
    case FIELD_VIEW:
        len = *(const uint32_t *)(base + f->count_offset);
        wire_put_be32(w, len);
        wire_put_bytes(w, *(const uint8_t *const *)(base + f->offset), len);
        return 0;
    default:
        return put_item(w, f->kind, f->nested, base + f->offset);
    }
}

static int put_struct(struct wire_writer *w, const struct ipc_field *f, const uint8_t *base)
{
    for (; f->kind != FIELD_END; f++) {
        int r = put_field(w, f, base);

        if (r < 0)
            return r;
    }
    return 0;
}

int ipc_encode(const struct ipc_msg *msg, void *buf, size_t cap, size_t *ret_len)
{
    struct wire_writer w = wire_writer_make(buf, cap);
    const struct ipc_field *fields = ipc_describe(msg->type);
    int r;

    if (!fields)
        return -EINVAL;
    wire_put_be16(&w, IPC_MAGIC);
    wire_put_be16(&w, IPC_VERSION);
    wire_put_be16(&w, (uint16_t)msg->type);
    r = put_struct(&w, fields, body_of(msg));
    return r < 0 ? r : wire_done(&w, ret_len);
}
