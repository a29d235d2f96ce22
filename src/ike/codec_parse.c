/* codec_parse.c - IKEv2 header and payloads, bytes to struct (RFC 7296, 3.1 - 3.16). SA and traffic
 * selectors have files of their own. */
#include "codec_internal.h"

/* 3.1. SPI 8, SPI 8, next payload 1, version 1, exchange 1, flags 1, message ID 4, length 4. */
int ike_header_parse(const uint8_t *data, size_t len, struct ike_header *ret,
                     struct ike_problem *ret_problem)
{
    struct wire_reader in = wire_reader_make(data, len);
    struct ike_header h = {0};

    if (wire_get_be64(&in, &h.spi_i) || wire_get_be64(&in, &h.spi_r) ||
        wire_get_u8(&in, &h.next_payload) || wire_get_u8(&in, &h.version) ||
        wire_get_u8(&in, &h.exchange) || wire_get_u8(&in, &h.flags) ||
        wire_get_be32(&in, &h.message_id) || wire_get_be32(&in, &h.length))
        return ike_problem_set(ret_problem, IKE_FAULT_NOT_IKE, 0, -EBADMSG);
    if (h.length != len || len > IKE_MESSAGE_MAX || h.version >> 4 == 0)
        return ike_problem_set(ret_problem, IKE_FAULT_NOT_IKE, 0, -EBADMSG);
    *ret = h;
    if (h.version >> 4 == 1)
        return ike_problem_set(ret_problem, IKE_FAULT_VERSION_1, 0, -EPROTONOSUPPORT);
    if (h.version >> 4 > 2)
        return ike_problem_set(ret_problem, IKE_FAULT_VERSION, 0, -EPROTONOSUPPORT);
    return 0;
}

static struct crypto_span rest_of(struct wire_reader *body)
{
    size_t left = wire_left(body);
    const uint8_t *view = NULL;

    (void)!wire_get_view(body, left, &view); /* what is left is always there */
    return crypto_span(view, left);
}

/* 3.4. Group 2, reserved 2, data. */
static int parse_ke(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    struct ike_ke ke = {0};

    (void)type;
    if (wire_get_be16(body, &ke.group) || wire_skip(body, 2) || wire_left(body) == 0)
        return -EBADMSG;
    ke.data = rest_of(body);
    m->ke = ke;
    return 0;
}

/* 3.5. Type 1, reserved 3, data. */
static int parse_id(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    struct ike_id id = {0};

    if (wire_get_u8(body, &id.type) || wire_get_bytes(body, id.reserved, sizeof(id.reserved)))
        return -EBADMSG;
    id.data = rest_of(body);
    if ((id.type == IKE_ID_IPV4 && id.data.len != 4) ||
        (id.type == IKE_ID_IPV6 && id.data.len != 16))
        return -EBADMSG;
    *(type == IKE_PAYLOAD_IDI ? &m->idi : &m->idr) = id;
    return 0;
}

/* 3.8. Method 1, reserved 3, data. */
static int parse_auth(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    struct ike_auth auth = {0};

    (void)type;
    if (wire_get_u8(body, &auth.method) || wire_skip(body, 3))
        return -EBADMSG;
    auth.data = rest_of(body);
    m->auth = auth;
    return 0;
}

/* 3.9 */
static int parse_nonce(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    (void)type;
    if (wire_left(body) < IKE_NONCE_MIN || wire_left(body) > IKE_NONCE_MAX)
        return -EBADMSG;
    m->nonce = rest_of(body);
    return 0;
}

/* 3.10. Protocol 1, SPI size 1, type 2, SPI, data. */
static int parse_notify(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    struct ike_notify n = {0};

    (void)type;
    if (wire_get_u8(body, &n.protocol) || wire_get_u8(body, &n.spi_len) ||
        wire_get_be16(body, &n.type) || ike_get_number(body, n.spi_len, &n.spi))
        return -EBADMSG;
    n.data = rest_of(body);
    if (m->n_notifies < IKE_NOTIFIES_MAX - (n.type < IKE_NOTIFY_STATUS_MIN ? 0 : 1))
        m->notifies[m->n_notifies++] = n;
    return 0;
}

/* 3.11. Protocol 1, SPI size 1, number of SPIs 2, SPIs. */
static int parse_delete(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    struct ike_delete d = {0};

    (void)type;
    if (wire_get_u8(body, &d.protocol) || wire_get_u8(body, &d.spi_len) ||
        wire_get_be16(body, &d.count))
        return -EBADMSG;
    if (d.spi_len > IKE_SPI_LEN || wire_left(body) != (size_t)d.spi_len * d.count)
        return -EBADMSG;
    if (d.spi_len == 0)
        d.count = 0; /* SPIs of no length name nothing, however many */
    d.spis = rest_of(body);
    if (m->n_deletes < IKE_DELETES_MAX - (d.protocol == IKE_PROTOCOL_IKE ? 0 : 1))
        m->deletes[m->n_deletes++] = d;
    return 0;
}

/* 3.12 */
static int parse_vendor(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    (void)type;
    if (m->n_vendors < IKE_VENDORS_MAX)
        m->vendors[m->n_vendors++] = rest_of(body);
    return 0;
}

/* 3.6, 3.7, 3.15, 3.16: kept for whoever understands them. */
static int parse_opaque(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    if (m->n_opaques < IKE_OPAQUES_MAX)
        m->opaques[m->n_opaques++] = (struct ike_opaque){.type = type, .body = rest_of(body)};
    return 0;
}

static const struct payload_codec {
    uint8_t type;
    bool repeats; /* a message may hold more than one */
    ike_body_parser *parse;
} payload_codecs[] = {
    {IKE_PAYLOAD_SA, false, ike_parse_sa},    {IKE_PAYLOAD_KE, false, parse_ke},
    {IKE_PAYLOAD_IDI, false, parse_id},       {IKE_PAYLOAD_IDR, false, parse_id},
    {IKE_PAYLOAD_CERT, true, parse_opaque},   {IKE_PAYLOAD_CERTREQ, true, parse_opaque},
    {IKE_PAYLOAD_AUTH, false, parse_auth},    {IKE_PAYLOAD_NONCE, false, parse_nonce},
    {IKE_PAYLOAD_NOTIFY, true, parse_notify}, {IKE_PAYLOAD_DELETE, true, parse_delete},
    {IKE_PAYLOAD_VENDOR, true, parse_vendor}, {IKE_PAYLOAD_TSI, false, ike_parse_ts},
    {IKE_PAYLOAD_TSR, false, ike_parse_ts},   {IKE_PAYLOAD_CP, true, parse_opaque},
    {IKE_PAYLOAD_EAP, false, parse_opaque},
};

static const struct payload_codec *find_codec(uint8_t type)
{
    for (size_t i = 0; i < ARRAY_SIZE(payload_codecs); i++)
        if (payload_codecs[i].type == type)
            return &payload_codecs[i];
    return NULL;
}

/* One known payload's body. */
static int parse_known(const struct payload_codec *codec, struct wire_reader *body,
                       struct ike_message *m, struct ike_problem *ret_problem)
{
    int r;

    if (!codec->repeats && (m->present & IKE_BIT(codec->type)))
        return ike_problem_set(ret_problem, IKE_FAULT_REPEATED, codec->type, -EBADMSG);
    r = codec->parse(body, codec->type, m);
    if (r < 0)
        return ike_problem_set(ret_problem, IKE_FAULT_SYNTAX, codec->type, r);
    m->present |= IKE_BIT(codec->type);
    return 0;
}

/* 3.14; RFC 7383, 2.5: fragment number 2, total fragments 2, then as SK. first is what the generic
 * header called the next payload: the type of the first one inside. */
static int parse_encrypted(struct wire_reader *body, uint8_t type, uint8_t first,
                           struct ike_message *m)
{
    struct ike_encrypted sk = {.first = first, .is_fragment = type == IKE_PAYLOAD_SKF};

    if (sk.is_fragment &&
        (wire_get_be16(body, &sk.fragment) || wire_get_be16(body, &sk.fragment_total) ||
         sk.fragment == 0 || sk.fragment > sk.fragment_total))
        return -EBADMSG;
    sk.body = rest_of(body);
    m->sk = sk;
    m->present |= IKE_BIT(type);
    return 0;
}

/* Payloads from the first on, each telling the type of the next; every turn takes at least the four
 * bytes of a header. An Encrypted payload is only allowed outside, and ends the message. */
static int parse_chain(struct ike_message *m, uint8_t type, struct wire_reader *in, bool inside,
                       struct ike_problem *ret_problem)
{
    while (type != IKE_PAYLOAD_NONE) {
        const struct payload_codec *codec = find_codec(type);
        bool encrypted = type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF;
        struct wire_reader body;
        uint8_t next, flags;
        uint16_t len;
        int r;

        if (wire_get_u8(in, &next) || wire_get_u8(in, &flags) || wire_get_be16(in, &len) ||
            len < IKE_PAYLOAD_HEADER_LEN || wire_get_sub(in, len - IKE_PAYLOAD_HEADER_LEN, &body))
            return ike_problem_set(ret_problem, IKE_FAULT_SYNTAX, type, -EBADMSG);
        if (encrypted) {
            if (inside || wire_left(in) > 0 || parse_encrypted(&body, type, next, m))
                return ike_problem_set(ret_problem, IKE_FAULT_SYNTAX, type, -EBADMSG);
            return 0;
        }
        /* 2.5: the critical bit counts only where the type is not known. */
        if (!codec && (flags & IKE_PAYLOAD_CRITICAL))
            return ike_problem_set(ret_problem, IKE_FAULT_CRITICAL, type, -EPROTONOSUPPORT);
        r = codec ? parse_known(codec, &body, m, ret_problem) : 0;
        if (r < 0)
            return r;
        type = next;
    }
    if (wire_left(in) > 0)
        return ike_problem_set(ret_problem, IKE_FAULT_SYNTAX, IKE_PAYLOAD_NONE, -EBADMSG);
    return 0;
}

int ike_message_parse(const uint8_t *data, size_t len, struct ike_message *ret,
                      struct ike_problem *ret_problem)
{
    struct wire_reader in = wire_reader_make(data, len);
    int r;

    ike_message_clear(ret);
    r = ike_header_parse(data, len, &ret->hdr, ret_problem);
    if (r < 0)
        return r;
    if (wire_skip(&in, IKE_HEADER_LEN))
        return ike_problem_set(ret_problem, IKE_FAULT_NOT_IKE, 0, -EBADMSG);
    r = parse_chain(ret, ret->hdr.next_payload, &in, false, ret_problem);
    if (r < 0)
        return r;
    ret->present_clear = ret->present;
    return 0;
}

int ike_message_parse_inner(struct ike_message *m, uint8_t first, struct crypto_span chain,
                            struct ike_problem *ret_problem)
{
    struct wire_reader in = wire_reader_make(chain.data, chain.len);

    m->sk.first = first;
    m->inner = chain;
    return parse_chain(m, first, &in, true, ret_problem);
}

const struct ike_notify *ike_message_notify(const struct ike_message *m, uint16_t type)
{
    for (size_t i = 0; i < m->n_notifies; i++)
        if (m->notifies[i].type == type)
            return &m->notifies[i];
    return NULL;
}

const struct ike_notify *ike_message_error(const struct ike_message *m)
{
    for (size_t i = 0; i < m->n_notifies; i++)
        if (m->notifies[i].type < IKE_NOTIFY_STATUS_MIN)
            return &m->notifies[i];
    return NULL;
}

uint64_t ike_delete_spi(const struct ike_delete *d, size_t i)
{
    struct wire_reader r = wire_reader_make(d->spis.data, d->spis.len);
    uint64_t spi = 0;

    if (wire_skip(&r, i * d->spi_len) || ike_get_number(&r, d->spi_len, &spi))
        return 0;
    return spi;
}
