#include "ipc_samples.h"

struct filler {
    unsigned part; /* of 4 */
    const uint8_t *bytes;
    uint32_t len;
};

static void fill_struct(const struct filler *with, const struct ipc_field *f, uint8_t *base);

static struct addr some_addr(const struct filler *with)
{
    struct addr a = addr_v4(203, 0, 113, 255);

    if (with->part < 2)
        return (struct addr){0};
    if (with->part == 3)
        return a;
    a = (struct addr){.family = ADDR_IPV6};
    memset(a.bytes, 0xfd, sizeof(a.bytes));
    return a;
}

static void fill_item(const struct filler *with, enum ipc_field_kind kind,
                      const struct ipc_field *nested, uint8_t *at)
{
    struct addr a = some_addr(with);

    switch (kind) {
    case FIELD_U8:
        *at = 0xff;
        break;
    case FIELD_BOOL:
        *(bool *)at = with->part != 1;
        break;
    case FIELD_U16:
        *(uint16_t *)(void *)at = 0xfffe;
        break;
    case FIELD_U32:
        *(uint32_t *)(void *)at = 0xfffffffe;
        break;
    case FIELD_U64:
        *(uint64_t *)(void *)at = UINT64_MAX - 1;
        break;
    case FIELD_ADDR:
        *(struct addr *)at = a;
        break;
    case FIELD_ENDPOINT:
        *(struct endpoint *)(void *)at = (struct endpoint){.addr = a, .port = 4500};
        break;
    case FIELD_PREFIX:
        *(struct prefix *)at = prefix_make(&a, (uint8_t)(with->part * 30));
        break;
    case FIELD_NESTED:
        fill_struct(with, nested, at);
        break;
    default:
        break;
    }
}

static void fill_field(const struct filler *with, const struct ipc_field *f, uint8_t *base)
{
    uint16_t count = (uint16_t)(f->max * with->part / 4);

    switch (f->kind) {
    case FIELD_RAW:
        memset(base + f->offset, 0xa5, f->max);
        break;
    case FIELD_TEXT:
        memset(base + f->offset, 't', MIN((size_t)count, f->max - 1));
        break;
    case FIELD_BYTES:
        *(uint16_t *)(void *)(base + f->count_offset) = count;
        memset(base + f->offset, 0x5a, count);
        break;
    case FIELD_LIST:
        *(uint16_t *)(void *)(base + f->count_offset) = count;
        for (size_t i = 0; i < count; i++)
            fill_item(with, f->item, f->nested, base + f->offset + i * f->stride);
        break;
    case FIELD_VIEW:
        *(uint32_t *)(void *)(base + f->count_offset) = with->len;
        *(const uint8_t **)(void *)(base + f->offset) = with->bytes;
        break;
    default:
        fill_item(with, f->kind, f->nested, base + f->offset);
    }
}

static void fill_struct(const struct filler *with, const struct ipc_field *f, uint8_t *base)
{
    for (; f->kind != FIELD_END; f++)
        fill_field(with, f, base);
}

void ipc_sample_fill(struct ipc_msg *msg, enum ipc_type type, unsigned part, const uint8_t *bytes,
                     uint32_t len)
{
    struct filler with = {.part = part, .bytes = bytes, .len = len};

    memset(msg, 0, sizeof(*msg));
    msg->type = type;
    fill_struct(&with, ipc_describe(type), (uint8_t *)&msg->hello);
}
