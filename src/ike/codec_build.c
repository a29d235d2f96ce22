/* codec_build.c - IKEv2 messages, struct to bytes (RFC 7296, 3). */
#include "codec_internal.h"

/* A chain being written: each payload announces the type of the one after it, so the byte that will
 * say so is remembered. */
struct chain {
    struct wire_writer *w;
    uint8_t *next_type;
    size_t start; /* of the payload being written */
};

void ike_put_header(struct wire_writer *w, const struct ike_header *hdr, uint8_t next_payload)
{
    wire_put_be64(w, hdr->spi_i);
    wire_put_be64(w, hdr->spi_r);
    wire_put_u8(w, next_payload);
    wire_put_u8(w, hdr->version);
    wire_put_u8(w, hdr->exchange);
    wire_put_u8(w, hdr->flags);
    wire_put_be32(w, hdr->message_id);
    wire_put_be32(w, 0);
}

static void open_payload(struct chain *c, uint8_t type)
{
    uint8_t *head;

    c->start = wire_written(c->w);
    head = wire_put_room(c->w, IKE_PAYLOAD_HEADER_LEN);
    if (!head)
        return;
    memset(head, 0, IKE_PAYLOAD_HEADER_LEN);
    *c->next_type = type;
    c->next_type = head;
}

/* False if it has grown beyond what its length field can say. */
static bool close_payload(struct chain *c)
{
    size_t len = wire_written(c->w) - c->start;

    if (c->w->full)
        return true; /* wire_done() will tell */
    if (len > UINT16_MAX)
        return false;
    wire_patch_be16(c->w, c->start + 2, (uint16_t)len);
    return true;
}

static void put_span(struct wire_writer *w, struct crypto_span s)
{
    if (s.len > 0)
        wire_put_bytes(w, s.data, s.len);
}

static void put_id(struct wire_writer *w, const struct ike_id *id)
{
    wire_put_u8(w, id->type);
    wire_put_bytes(w, id->reserved, sizeof(id->reserved));
    put_span(w, id->data);
}

/* The body of a payload there may be one of. */
static bool put_single(struct wire_writer *w, const struct ike_message *m, uint8_t type)
{
    switch (type) {
    case IKE_PAYLOAD_SA:
        return ike_put_sa(w, m);
    case IKE_PAYLOAD_KE:
        wire_put_be16(w, m->ke.group);
        wire_put_zero(w, 2);
        put_span(w, m->ke.data);
        return m->ke.data.len > 0;
    case IKE_PAYLOAD_IDI:
        put_id(w, &m->idi);
        return true;
    case IKE_PAYLOAD_IDR:
        put_id(w, &m->idr);
        return true;
    case IKE_PAYLOAD_AUTH:
        wire_put_u8(w, m->auth.method);
        wire_put_zero(w, 3);
        put_span(w, m->auth.data);
        return true;
    case IKE_PAYLOAD_NONCE:
        put_span(w, m->nonce);
        return m->nonce.len >= IKE_NONCE_MIN && m->nonce.len <= IKE_NONCE_MAX;
    case IKE_PAYLOAD_TSI:
        return ike_put_ts(w, &m->tsi);
    case IKE_PAYLOAD_TSR:
        return ike_put_ts(w, &m->tsr);
    default:
        return false;
    }
}

/* 2.6 and 1.3.3: these two stand before everything else. */
static bool stands_first(const struct ike_notify *n)
{
    return n->type == IKE_NOTIFY_COOKIE || n->type == IKE_NOTIFY_REKEY_SA;
}

static bool put_notifies(struct chain *c, const struct ike_message *m, bool first_ones)
{
    for (size_t i = 0; i < m->n_notifies; i++) {
        const struct ike_notify *n = &m->notifies[i];

        if (stands_first(n) != first_ones)
            continue;
        if (n->spi_len > IKE_SPI_LEN)
            return false;
        open_payload(c, IKE_PAYLOAD_NOTIFY);
        wire_put_u8(c->w, n->protocol);
        wire_put_u8(c->w, n->spi_len);
        wire_put_be16(c->w, n->type);
        ike_put_number(c->w, n->spi_len, n->spi);
        put_span(c->w, n->data);
        if (!close_payload(c))
            return false;
    }
    return true;
}

static bool put_deletes(struct chain *c, const struct ike_message *m)
{
    for (size_t i = 0; i < m->n_deletes; i++) {
        const struct ike_delete *d = &m->deletes[i];

        if (d->spi_len > IKE_SPI_LEN || d->spis.len != (size_t)d->spi_len * d->count)
            return false;
        open_payload(c, IKE_PAYLOAD_DELETE);
        wire_put_u8(c->w, d->protocol);
        wire_put_u8(c->w, d->spi_len);
        wire_put_be16(c->w, d->count);
        put_span(c->w, d->spis);
        if (!close_payload(c))
            return false;
    }
    return true;
}

static bool put_vendors(struct chain *c, const struct ike_message *m)
{
    for (size_t i = 0; i < m->n_vendors; i++) {
        open_payload(c, IKE_PAYLOAD_VENDOR);
        put_span(c->w, m->vendors[i]);
        if (!close_payload(c))
            return false;
    }
    return true;
}

static bool put_opaques(struct chain *c, const struct ike_message *m, uint8_t type)
{
    for (size_t i = 0; i < m->n_opaques; i++) {
        if (m->opaques[i].type != type)
            continue;
        open_payload(c, type);
        put_span(c->w, m->opaques[i].body);
        if (!close_payload(c))
            return false;
    }
    return true;
}

static bool put_payloads(struct chain *c, const struct ike_message *m, uint8_t type)
{
    switch (type) {
    case IKE_PAYLOAD_NOTIFY:
        return put_notifies(c, m, false);
    case IKE_PAYLOAD_DELETE:
        return put_deletes(c, m);
    case IKE_PAYLOAD_VENDOR:
        return put_vendors(c, m);
    case IKE_PAYLOAD_CERT:
    case IKE_PAYLOAD_CERTREQ:
    case IKE_PAYLOAD_CP:
    case IKE_PAYLOAD_EAP:
        return put_opaques(c, m, type);
    default:
        if (!ike_message_has(m, type))
            return true;
        open_payload(c, type);
        return put_single(c->w, m, type) && close_payload(c);
    }
}

/* The order of the figures in sections 1.2 and 1.3 (2.5: receivers take any). They differ in one
 * thing: in IKE_SA_INIT KE comes before the nonce, elsewhere after it. */
static bool put_chain(struct wire_writer *w, const struct ike_message *m, uint8_t *first)
{
    static const uint8_t before[] = {IKE_PAYLOAD_IDI, IKE_PAYLOAD_CERT, IKE_PAYLOAD_CERTREQ,
                                     IKE_PAYLOAD_IDR, IKE_PAYLOAD_AUTH, IKE_PAYLOAD_EAP,
                                     IKE_PAYLOAD_CP,  IKE_PAYLOAD_SA};
    static const uint8_t init[] = {IKE_PAYLOAD_KE, IKE_PAYLOAD_NONCE};
    static const uint8_t other[] = {IKE_PAYLOAD_NONCE, IKE_PAYLOAD_KE};
    static const uint8_t after[] = {IKE_PAYLOAD_TSI, IKE_PAYLOAD_TSR, IKE_PAYLOAD_NOTIFY,
                                    IKE_PAYLOAD_DELETE, IKE_PAYLOAD_VENDOR};
    struct chain c = {.w = w, .next_type = first};
    bool ok;

    *first = IKE_PAYLOAD_NONE;
    ok = put_notifies(&c, m, true);
    for (size_t i = 0; ok && i < ARRAY_SIZE(before); i++)
        ok = put_payloads(&c, m, before[i]);
    for (size_t i = 0; ok && i < ARRAY_SIZE(init); i++)
        ok = put_payloads(&c, m, m->hdr.exchange == IKE_EXCHANGE_SA_INIT ? init[i] : other[i]);
    for (size_t i = 0; ok && i < ARRAY_SIZE(after); i++)
        ok = put_payloads(&c, m, after[i]);
    return ok;
}

int ike_message_build_inner(const struct ike_message *m, uint8_t *buf, size_t cap,
                            uint8_t *ret_first, size_t *ret_len)
{
    struct wire_writer w = wire_writer_make(buf, cap);
    uint8_t first;
    size_t len;
    int r;

    if (!put_chain(&w, m, &first))
        return -EINVAL;
    r = wire_done(&w, &len);
    if (r < 0)
        return r;
    *ret_first = first;
    *ret_len = len;
    return 0;
}

int ike_message_build(const struct ike_message *m, uint8_t *buf, size_t cap, size_t *ret_len)
{
    struct wire_writer w = wire_writer_make(buf, MIN(cap, IKE_MESSAGE_MAX));
    uint8_t first;
    size_t inner, len;
    int r;

    ike_put_header(&w, &m->hdr, IKE_PAYLOAD_NONE);
    r = wire_done(&w, &len);
    if (r < 0)
        return r;
    r = ike_message_build_inner(m, buf + len, MIN(cap, IKE_MESSAGE_MAX) - len, &first, &inner);
    if (r < 0)
        return r;
    buf[16] = first; /* 3.1: the header's next payload */
    wire_patch_be32(&w, IKE_LENGTH_OFFSET, (uint32_t)(len + inner));
    *ret_len = len + inner;
    return 0;
}

void ike_message_init(struct ike_message *m, enum ike_exchange exchange, uint8_t flags,
                      uint64_t spi_i, uint64_t spi_r, uint32_t message_id)
{
    ike_message_clear(m);
    m->hdr = (struct ike_header){.spi_i = spi_i,
                                 .spi_r = spi_r,
                                 .version = IKE_VERSION_2,
                                 .exchange = (uint8_t)exchange,
                                 .flags = flags,
                                 .message_id = message_id};
}

struct ike_notify *ike_message_add_notify(struct ike_message *m, uint16_t type, const void *data,
                                          size_t len)
{
    struct ike_notify *n;

    if (m->n_notifies == IKE_NOTIFIES_MAX)
        return NULL;
    n = &m->notifies[m->n_notifies++];
    *n = (struct ike_notify){.type = type, .data = crypto_span(data, len)};
    ike_message_mark(m, IKE_PAYLOAD_NOTIFY);
    return n;
}

int ike_message_add_delete(struct ike_message *m, enum ike_protocol protocol, const uint8_t *spis,
                           size_t count)
{
    uint8_t spi_len = protocol == IKE_PROTOCOL_IKE ? 0 : 4;

    if (m->n_deletes == IKE_DELETES_MAX)
        return -ENOSPC;
    if (count > UINT16_MAX || (spi_len == 0) != (count == 0))
        return -EINVAL;
    m->deletes[m->n_deletes++] = (struct ike_delete){.protocol = (uint8_t)protocol,
                                                     .spi_len = spi_len,
                                                     .count = (uint16_t)count,
                                                     .spis = crypto_span(spis, spi_len * count)};
    ike_message_mark(m, IKE_PAYLOAD_DELETE);
    return 0;
}

int ike_message_add_opaque(struct ike_message *m, enum ike_payload_type type,
                           struct crypto_span body)
{
    if (m->n_opaques == IKE_OPAQUES_MAX)
        return -ENOSPC;
    m->opaques[m->n_opaques++] = (struct ike_opaque){.type = (uint8_t)type, .body = body};
    ike_message_mark(m, type);
    return 0;
}

int ike_message_add_vendor(struct ike_message *m, const void *data, size_t len)
{
    if (m->n_vendors == IKE_VENDORS_MAX)
        return -ENOSPC;
    m->vendors[m->n_vendors++] = crypto_span(data, len);
    ike_message_mark(m, IKE_PAYLOAD_VENDOR);
    return 0;
}
