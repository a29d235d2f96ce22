/* codec1_sa.c - the Security Association payload of IKEv1 (RFC 2408, 3.4 - 3.6; RFC 2407, 4.5;
 * RFC 2409, appendix A). */
#include "ikev1_message.h"

#define ATTR_SHORT   0x8000
#define MORE         2 /* another proposal */
#define MORE_OF_ONE  3 /* another transform */
#define TRANSFORM_IN 8 /* bytes of its header */
#define PROPOSAL_IN  8

/* RFC 2409, appendix A. */
enum ike_attribute { A_ENCR = 1, A_HASH, A_AUTH, A_GROUP, A_LIFE_TYPE = 11, A_LIFE, A_KEY = 14 };
/* RFC 2407, 4.5; RFC 4304. */
enum esp_attribute { E_LIFE_TYPE = 1, E_LIFE, E_GROUP, E_ENCAP, E_AUTH, E_KEY, E_ESN = 11 };

struct attribute {
    uint16_t type;
    uint64_t value;
};

/* RFC 2408, 3.3. A number of more than eight bytes is as good as the greatest. */
static int get_attribute(struct wire_reader *in, struct attribute *ret)
{
    uint16_t type, len;
    uint8_t byte;

    if (wire_get_be16(in, &type) || wire_get_be16(in, &len))
        return -EBADMSG;
    *ret = (struct attribute){.type = type & (uint16_t)~ATTR_SHORT, .value = len};
    if (type & ATTR_SHORT)
        return 0;
    ret->value = 0;
    for (uint16_t i = 0; i < len; i++) {
        if (wire_get_u8(in, &byte))
            return -EBADMSG;
        ret->value = ret->value >> 56 ? UINT64_MAX : ret->value << 8 | byte;
    }
    return 0;
}

/* The second one of a kind is one too many. */
static void set_once(uint16_t *field, uint64_t value, struct ike1_transform *t)
{
    if (*field || value == 0 || value > UINT16_MAX)
        t->unknown = true;
    else
        *field = (uint16_t)value;
}

static void set_life(uint16_t kind, uint64_t value, struct ike1_transform *t)
{
    if (kind == 1)
        t->life_s = value;
    else if (kind == 2)
        t->life_kb = value;
    else
        t->unknown = true;
}

/* The life type comes in front of its duration. */
static void take_ike_attribute(const struct attribute *a, uint16_t *kind, struct ike1_transform *t)
{
    switch (a->type) {
    case A_ENCR:
        set_once(&t->encr, a->value, t);
        break;
    case A_HASH:
        set_once(&t->hash, a->value, t);
        break;
    case A_AUTH:
        set_once(&t->auth_method, a->value, t);
        break;
    case A_GROUP:
        set_once(&t->group, a->value, t);
        break;
    case A_KEY:
        set_once(&t->key_bits, a->value, t);
        break;
    case A_LIFE_TYPE:
        *kind = (uint16_t)MIN(a->value, (uint64_t)UINT16_MAX);
        break;
    case A_LIFE:
        set_life(*kind, a->value, t);
        break;
    default:
        t->unknown = true;
    }
}

static void take_esp_attribute(const struct attribute *a, uint16_t *kind, struct ike1_transform *t)
{
    switch (a->type) {
    case E_LIFE_TYPE:
        *kind = (uint16_t)MIN(a->value, (uint64_t)UINT16_MAX);
        break;
    case E_LIFE:
        set_life(*kind, a->value, t);
        break;
    case E_GROUP:
        set_once(&t->group, a->value, t);
        break;
    case E_ENCAP:
        set_once(&t->encap, a->value, t);
        break;
    case E_AUTH:
        set_once(&t->hash, a->value, t);
        break;
    case E_KEY:
        set_once(&t->key_bits, a->value, t);
        break;
    case E_ESN:
        t->esn = a->value != 0;
        break;
    default:
        t->unknown = true;
    }
}

static int parse_attributes(struct wire_reader *in, uint8_t protocol, struct ike1_transform *t)
{
    struct attribute a;
    uint16_t kind = 0;

    while (wire_left(in) > 0) {
        if (get_attribute(in, &a) < 0)
            return -EBADMSG;
        if (protocol == IKE_PROTOCOL_IKE)
            take_ike_attribute(&a, &kind, t);
        else
            take_esp_attribute(&a, &kind, t);
    }
    return 0;
}

/* 3.6. Next 1, reserved 1, length 2, number 1, ID 1, reserved 2, attributes. */
static int parse_transform(struct wire_reader *in, uint8_t protocol, bool is_last,
                           struct ike1_message *m)
{
    struct ike1_transform t = {0};
    struct wire_reader attributes;
    uint8_t next;
    uint16_t len;

    if (wire_get_u8(in, &next) || wire_skip(in, 1) || wire_get_be16(in, &len) ||
        wire_get_u8(in, &t.number) || wire_get_u8(in, &t.id) || wire_skip(in, 2) ||
        len < TRANSFORM_IN || wire_get_sub(in, len - (size_t)TRANSFORM_IN, &attributes) ||
        next != (is_last ? 0 : MORE_OF_ONE))
        return -EBADMSG;
    t.attributes = crypto_span(attributes.pos, wire_left(&attributes));
    if (parse_attributes(&attributes, protocol, &t) < 0)
        return -EBADMSG;
    if (m->n_transforms < IKE1_TRANSFORMS_MAX)
        m->transforms[m->n_transforms++] = t;
    return 0;
}

static int get_spi(struct wire_reader *in, struct ike1_proposal *p)
{
    uint8_t byte;

    for (uint8_t i = 0; i < p->spi_len; i++) {
        if (wire_get_u8(in, &byte))
            return -EBADMSG;
        p->spi = p->spi << 8 | byte;
    }
    return 0;
}

/* 3.5. Next 1, reserved 1, length 2, number 1, protocol 1, SPI size 1, number of transforms 1, SPI,
 * transforms. */
static int parse_proposal(struct wire_reader *in, struct ike1_message *m, bool *ret_more)
{
    struct ike1_proposal p = {.first = m->n_transforms};
    struct wire_reader body;
    uint8_t next, count;
    uint16_t len;

    if (wire_get_u8(in, &next) || wire_skip(in, 1) || wire_get_be16(in, &len) ||
        wire_get_u8(in, &p.number) || wire_get_u8(in, &p.protocol) || wire_get_u8(in, &p.spi_len) ||
        wire_get_u8(in, &count) || (next != 0 && next != MORE) || len < PROPOSAL_IN ||
        wire_get_sub(in, len - (size_t)PROPOSAL_IN, &body) || get_spi(&body, &p) < 0)
        return -EBADMSG;
    for (uint8_t i = 0; i < count; i++) {
        if (parse_transform(&body, p.protocol, i + 1 == count, m) < 0)
            return -EBADMSG;
    }
    if (wire_left(&body))
        return -EBADMSG;
    p.count = (uint16_t)(m->n_transforms - p.first);
    if (m->n_proposals < IKE1_PROPOSALS_MAX)
        m->proposals[m->n_proposals++] = p;
    *ret_more = next == MORE;
    return 0;
}

/* 3.4. DOI 4, situation 4, proposals. */
int ike1_sa_parse(struct crypto_span body, struct ike1_message *m)
{
    struct wire_reader in = wire_reader_make(body.data, body.len);
    uint32_t doi, situation;
    bool more = true;

    if (wire_get_be32(&in, &doi) || wire_get_be32(&in, &situation) || doi > 1 || situation != 1)
        return -EBADMSG;
    while (more) {
        if (parse_proposal(&in, m, &more) < 0)
            return -EBADMSG;
    }
    if (wire_left(&in))
        return -EBADMSG;
    m->sa = body;
    return 0;
}

int ike1_lifetime_parse(struct crypto_span data, uint64_t *ret_s, uint64_t *ret_kb)
{
    struct wire_reader in = wire_reader_make(data.data, data.len);
    struct ike1_transform t = {0};
    struct attribute a;
    uint16_t kind = 0;

    /* By the numbers of ESP, of whose SAs alone it is taken. */
    while (wire_left(&in) > 0) {
        if (get_attribute(&in, &a) < 0)
            return -EBADMSG;
        if (a.type == E_LIFE_TYPE || a.type == E_LIFE)
            take_esp_attribute(&a, &kind, &t);
    }
    *ret_s = t.life_s;
    *ret_kb = t.life_kb;
    return 0;
}
