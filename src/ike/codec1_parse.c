/* codec1_parse.c - header and payloads of ISAKMP messages (RFC 2408, 3). */
#include "ikev1_message.h"

int ike1_header_parse(const uint8_t *data, size_t len, struct ike1_header *ret)
{
    struct wire_reader in = wire_reader_make(data, len);
    struct ike1_header h;

    if (wire_get_be64(&in, &h.spi_i) || wire_get_be64(&in, &h.spi_r) ||
        wire_get_u8(&in, &h.next_payload) || wire_get_u8(&in, &h.version) ||
        wire_get_u8(&in, &h.exchange) || wire_get_u8(&in, &h.flags) ||
        wire_get_be32(&in, &h.message_id) || wire_get_be32(&in, &h.length))
        return -EBADMSG;
    if (h.version >> 4 != 1 || h.length < IKE_HEADER_LEN || h.length > len)
        return -EBADMSG;
    *ret = h;
    return 0;
}

static struct crypto_span rest_of(const struct wire_reader *r)
{
    return crypto_span(r->pos, wire_left(r));
}

/* 3.8, and RFC 2407, 4.6.2. Type 1, protocol 1, port 2, data. */
static int parse_id(struct wire_reader *in, struct ike1_message *m)
{
    struct ike1_id id = {.body = rest_of(in)};

    if (m->n_ids == ARRAY_SIZE(m->ids) || wire_get_u8(in, &id.id.type) ||
        wire_get_u8(in, &id.protocol) || wire_get_be16(in, &id.port) ||
        wire_left(in) > IKE_ID_DATA_MAX)
        return -EBADMSG;
    id.id.data = rest_of(in);
    m->ids[m->n_ids++] = id;
    return 0;
}

static int get_span(struct wire_reader *in, size_t len, struct crypto_span *ret)
{
    const uint8_t *data;

    if (wire_get_view(in, len, &data))
        return -EBADMSG;
    *ret = crypto_span(data, len);
    return 0;
}

/* 3.14. DOI 4, protocol 1, SPI size 1, type 2, SPI, data. */
static int parse_notify(struct wire_reader *in, struct ike1_message *m)
{
    struct ike1_notify n;
    uint8_t spi_len;

    if (wire_skip(in, 4) || wire_get_u8(in, &n.protocol) || wire_get_u8(in, &spi_len) ||
        wire_get_be16(in, &n.type) || get_span(in, spi_len, &n.spi))
        return -EBADMSG;
    n.data = rest_of(in);
    if (m->n_notifies < IKE1_NOTIFIES_MAX)
        m->notifies[m->n_notifies++] = n;
    return 0;
}

/* 3.15. DOI 4, protocol 1, SPI size 1, number of SPIs 2, SPIs. */
static int parse_delete(struct wire_reader *in, struct ike1_message *m)
{
    struct ike1_delete d;

    if (wire_skip(in, 4) || wire_get_u8(in, &d.protocol) || wire_get_u8(in, &d.spi_len) ||
        wire_get_be16(in, &d.count) || get_span(in, (size_t)d.spi_len * d.count, &d.spis))
        return -EBADMSG;
    if (m->n_deletes < IKE1_DELETES_MAX)
        m->deletes[m->n_deletes++] = d;
    return 0;
}

static const struct {
    unsigned vendor;
    uint8_t len; /* what follows it is a version */
    const char *id;
} vendors[] = {
    {IKE1_VENDOR_NAT_T, 16, "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f"},
    {IKE1_VENDOR_NAT_T_DRAFT3, 16,
     "\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56"},
    {IKE1_VENDOR_NAT_T_DRAFT2, 16,
     "\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f"},
    {IKE1_VENDOR_NAT_T_DRAFT2, 16,
     "\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48"},
    {IKE1_VENDOR_DPD, 14, "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57"},
    {IKE1_VENDOR_ROPEWAY, IKE1_VENDOR_ROPEWAY_LEN, "ropeway/ikev1/1\0"},
};

static void take_vendor(struct wire_reader *in, struct ike1_message *m)
{
    struct crypto_span v = rest_of(in);

    for (size_t i = 0; i < ARRAY_SIZE(vendors); i++) {
        if (v.len < vendors[i].len || memcmp(v.data, vendors[i].id, vendors[i].len) != 0)
            continue;
        m->vendors |= vendors[i].vendor;
        if (vendors[i].vendor == IKE1_VENDOR_ROPEWAY)
            m->ropeway = crypto_span(v.data + vendors[i].len, v.len - vendors[i].len);
    }
}

static struct crypto_span vendor_id(size_t i)
{
    size_t version = vendors[i].vendor == IKE1_VENDOR_DPD ? 2 : 0;

    /* DPD's version is 1.0 (RFC 3706, 5.1). */
    return version ? crypto_span("\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01", 16)
                   : crypto_span(vendors[i].id, vendors[i].len);
}

void ike1_put_vendors(struct ike1_builder *b, unsigned wanted)
{
    for (size_t i = 0; i < ARRAY_SIZE(vendors); i++) {
        if ((vendors[i].vendor & wanted) && vendors[i].vendor != IKE1_VENDOR_ROPEWAY)
            ike1_put_payload(b, IKE1_PAYLOAD_VENDOR, vendor_id(i), crypto_span(NULL, 0));
    }
}

void ike1_put_ropeway(struct ike1_builder *b, struct crypto_span data)
{
    ike1_put_payload(b, IKE1_PAYLOAD_VENDOR,
                     crypto_span(vendors[ARRAY_SIZE(vendors) - 1].id, IKE1_VENDOR_ROPEWAY_LEN),
                     data);
}

/* One of a kind that may be there once, and is not empty. */
static int take_single(struct wire_reader *in, struct crypto_span *ret)
{
    if (ret->data || !wire_left(in))
        return -EBADMSG;
    *ret = rest_of(in);
    return 0;
}

static int parse_body(uint8_t type, struct wire_reader *in, struct ike1_message *m)
{
    switch (type) {
    case IKE1_PAYLOAD_SA:
        return m->sa.data ? -EBADMSG : ike1_sa_parse(rest_of(in), m);
    case IKE1_PAYLOAD_KE:
        return take_single(in, &m->ke);
    case IKE1_PAYLOAD_ID:
        return parse_id(in, m);
    case IKE1_PAYLOAD_HASH:
        return take_single(in, &m->hash);
    case IKE1_PAYLOAD_NONCE:
        return wire_left(in) < 8 || wire_left(in) > IKE_NONCE_MAX ? -EBADMSG
                                                                  : take_single(in, &m->nonce);
    case IKE1_PAYLOAD_NOTIFY:
        return parse_notify(in, m);
    case IKE1_PAYLOAD_DELETE:
        return parse_delete(in, m);
    case IKE1_PAYLOAD_VENDOR:
        take_vendor(in, m);
        return 0;
    case IKE1_PAYLOAD_NAT_D:
    case IKE1_PAYLOAD_NAT_D_DRAFT:
        if (m->n_nat_d < IKE1_NAT_D_MAX)
            m->nat_d[m->n_nat_d++] = rest_of(in);
        return 0;
    default:
        return 0;
    }
}

int ike1_payloads_parse(const struct ike1_header *hdr, struct crypto_span payloads,
                        struct ike1_message *ret)
{
    struct wire_reader in = wire_reader_make(payloads.data, payloads.len), body;
    const uint8_t *behind_hash = NULL;
    uint8_t type = hdr->next_payload, next;
    uint16_t len;

    memset(ret, 0, offsetof(struct ike1_message, ids));
    ret->hdr = *hdr;
    while (type != IKE1_PAYLOAD_NONE) {
        if (wire_get_u8(&in, &next) || wire_skip(&in, 1) || wire_get_be16(&in, &len) || len < 4 ||
            wire_get_sub(&in, len - 4U, &body) || parse_body(type, &body, ret) < 0)
            return -EBADMSG;
        if (type == IKE1_PAYLOAD_HASH)
            behind_hash = in.pos;
        type = next;
    }
    if (behind_hash)
        ret->after_hash = crypto_span(behind_hash, (size_t)(in.pos - behind_hash));
    return 0;
}

const struct ike1_notify *ike1_message_notify(const struct ike1_message *m, uint16_t type)
{
    for (size_t i = 0; i < m->n_notifies; i++) {
        if (m->notifies[i].type == type)
            return &m->notifies[i];
    }
    return NULL;
}

const struct ike1_notify *ike1_message_error(const struct ike1_message *m)
{
    for (size_t i = 0; i < m->n_notifies; i++) {
        if (m->notifies[i].type < IKE1_NOTIFY_STATUS)
            return &m->notifies[i];
    }
    return NULL;
}

const char *ike1_notify_name(uint16_t type)
{
    static const char *const names[] = {
        [1] = "INVALID-PAYLOAD-TYPE",
        [2] = "DOI-NOT-SUPPORTED",
        [3] = "SITUATION-NOT-SUPPORTED",
        [4] = "INVALID-COOKIE",
        [5] = "INVALID-MAJOR-VERSION",
        [6] = "INVALID-MINOR-VERSION",
        [7] = "INVALID-EXCHANGE-TYPE",
        [8] = "INVALID-FLAGS",
        [9] = "INVALID-MESSAGE-ID",
        [10] = "INVALID-PROTOCOL-ID",
        [11] = "INVALID-SPI",
        [12] = "INVALID-TRANSFORM-ID",
        [13] = "ATTRIBUTES-NOT-SUPPORTED",
        [14] = "NO-PROPOSAL-CHOSEN",
        [15] = "BAD-PROPOSAL-SYNTAX",
        [16] = "PAYLOAD-MALFORMED",
        [17] = "INVALID-KEY-INFORMATION",
        [18] = "INVALID-ID-INFORMATION",
        [19] = "INVALID-CERT-ENCODING",
        [20] = "INVALID-CERTIFICATE",
        [21] = "CERT-TYPE-UNSUPPORTED",
        [22] = "INVALID-CERT-AUTHORITY",
        [23] = "INVALID-HASH-INFORMATION",
        [24] = "AUTHENTICATION-FAILED",
        [25] = "INVALID-SIGNATURE",
        [26] = "ADDRESS-NOTIFICATION",
        [27] = "NOTIFY-SA-LIFETIME",
        [28] = "CERTIFICATE-UNAVAILABLE",
        [29] = "UNSUPPORTED-EXCHANGE-TYPE",
        [30] = "UNEQUAL-PAYLOAD-LENGTHS",
    };

    return type < ARRAY_SIZE(names) && names[type] ? names[type] : "unknown";
}
