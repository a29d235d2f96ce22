/* codec_sa.c - the Security Association payload (RFC 7296, 3.3), both ways. */
#include "codec_internal.h"

/* 3.3.5. A type whose top bit says that the value follows in two bytes; else length 2 and value. We
 * know Key Length alone. Anything else makes the transform one that must not be chosen (3.3.6). */
static int parse_attributes(struct wire_reader *in, struct ike_transform *t)
{
    while (wire_left(in) > 0) {
        uint16_t type, value;

        if (wire_get_be16(in, &type) || wire_get_be16(in, &value))
            return -EBADMSG;
        if (!(type & IKE_ATTR_SHORT) && wire_skip(in, value))
            return -EBADMSG;
        if (type == (IKE_ATTR_SHORT | IKE_ATTR_KEY_LENGTH) && value > 0 && t->key_bits == 0)
            t->key_bits = value;
        else if (t->other_attr == 0)
            t->other_attr = type | IKE_ATTR_SHORT;
    }
    return 0;
}

/* 3.3.2. Last Substruc 1, reserved 1, length 2, type 1, reserved 1, ID 2, attributes. */
static int parse_transform(struct wire_reader *in, bool is_last, struct ike_transform *ret)
{
    struct ike_transform t = {0};
    struct wire_reader attrs;
    uint8_t more;
    uint16_t len;

    if (wire_get_u8(in, &more) || wire_skip(in, 1) || wire_get_be16(in, &len) ||
        wire_get_u8(in, &t.type) || wire_skip(in, 1) || wire_get_be16(in, &t.id))
        return -EBADMSG;
    if (more != (is_last ? 0 : IKE_MORE_TRANSFORMS) || len < IKE_TRANSFORM_HDR_LEN)
        return -EBADMSG;
    if (wire_get_sub(in, len - IKE_TRANSFORM_HDR_LEN, &attrs) || parse_attributes(&attrs, &t))
        return -EBADMSG;
    *ret = t;
    return 0;
}

/* n of them, which fill the reader. NULL: they are looked through only. */
static int parse_transforms(struct wire_reader *in, uint8_t n, struct ike_transform *ret)
{
    for (uint8_t i = 0; i < n; i++) {
        struct ike_transform t;

        if (parse_transform(in, i + 1 == n, &t))
            return -EBADMSG;
        if (ret)
            ret[i] = t;
    }
    return wire_left(in) > 0 ? -EBADMSG : 0;
}

/* 3.3.1. Last Substruc 1, reserved 1, length 2, number 1, protocol 1, SPI size 1, number of
 * transforms 1, SPI, transforms. One that finds no room is left out as a whole. */
static int parse_proposal(struct wire_reader *in, struct ike_message *m, bool *ret_more)
{
    struct ike_proposal new = {.message = m, .transforms = m->transforms + m->n_transforms};
    struct ike_proposal *p = &new;
    struct wire_reader body;
    bool fits;
    uint8_t more;
    uint16_t len;

    if (wire_get_u8(in, &more) || wire_skip(in, 1) || wire_get_be16(in, &len) ||
        wire_get_u8(in, &p->number) || wire_get_u8(in, &p->protocol) ||
        wire_get_u8(in, &p->spi_len) || wire_get_u8(in, &p->n_transforms))
        return -EBADMSG;
    if ((more != 0 && more != IKE_MORE_PROPOSALS) || len < IKE_PROPOSAL_HEADER_LEN ||
        wire_get_sub(in, len - IKE_PROPOSAL_HEADER_LEN, &body) ||
        ike_get_number(&body, p->spi_len, &p->spi))
        return -EBADMSG;
    fits = m->n_proposals < IKE_PROPOSALS_MAX &&
           p->n_transforms <= IKE_TRANSFORMS_ALL - m->n_transforms;
    if (parse_transforms(&body, p->n_transforms, fits ? p->transforms : NULL))
        return -EBADMSG;
    if (fits) {
        m->proposals[m->n_proposals++] = new;
        m->n_transforms = (uint16_t)(m->n_transforms + new.n_transforms);
    }
    *ret_more = more != 0;
    return 0;
}

int ike_parse_sa(struct wire_reader *body, uint8_t type, struct ike_message *m)
{
    bool more = wire_left(body) > 0; /* an empty one offers nothing, and is to be told so */

    (void)type;
    while (more) {
        int r = parse_proposal(body, m, &more);

        if (r < 0)
            return r;
    }
    return wire_left(body) > 0 ? -EBADMSG : 0;
}

static void put_transform(struct wire_writer *w, const struct ike_transform *t, bool is_last)
{
    size_t attrs = (t->key_bits > 0 ? 4U : 0U) + (t->other_attr > 0 ? 4U : 0U);

    wire_put_u8(w, is_last ? 0 : IKE_MORE_TRANSFORMS);
    wire_put_u8(w, 0);
    wire_put_be16(w, (uint16_t)(IKE_TRANSFORM_HDR_LEN + attrs));
    wire_put_u8(w, t->type);
    wire_put_u8(w, 0);
    wire_put_be16(w, t->id);
    if (t->key_bits > 0) {
        wire_put_be16(w, IKE_ATTR_SHORT | IKE_ATTR_KEY_LENGTH);
        wire_put_be16(w, t->key_bits);
    }
    if (t->other_attr > 0) {
        wire_put_be16(w, t->other_attr | IKE_ATTR_SHORT);
        wire_put_be16(w, 0);
    }
}

static void put_proposal(struct wire_writer *w, const struct ike_proposal *p, bool is_last)
{
    size_t start = wire_written(w);

    wire_put_u8(w, is_last ? 0 : IKE_MORE_PROPOSALS);
    wire_put_u8(w, 0);
    wire_put_be16(w, 0);
    wire_put_u8(w, p->number);
    wire_put_u8(w, p->protocol);
    wire_put_u8(w, p->spi_len);
    wire_put_u8(w, p->n_transforms);
    ike_put_number(w, p->spi_len, p->spi);
    for (size_t i = 0; i < p->n_transforms; i++)
        put_transform(w, &p->transforms[i], i + 1U == p->n_transforms);
    if (!w->full)
        wire_patch_be16(w, start + 2, (uint16_t)(wire_written(w) - start));
}

bool ike_put_sa(struct wire_writer *w, const struct ike_message *m)
{
    for (size_t i = 0; i < m->n_proposals; i++) {
        const struct ike_proposal *p = &m->proposals[i];

        if (p->spi_len > IKE_SPI_LEN)
            return false;
        put_proposal(w, p, i + 1U == m->n_proposals);
    }
    return true;
}

struct ike_proposal *ike_message_add_proposal(struct ike_message *m, enum ike_protocol protocol,
                                              uint8_t spi_len, uint64_t spi)
{
    struct ike_proposal *p;

    if (m->n_proposals == IKE_PROPOSALS_MAX)
        return NULL;
    p = &m->proposals[m->n_proposals++];
    p->number = m->n_proposals;
    p->protocol = (uint8_t)protocol;
    p->spi_len = spi_len;
    p->spi = spi;
    p->n_transforms = 0;
    p->transforms = m->transforms + m->n_transforms;
    p->message = m;
    ike_message_mark(m, IKE_PAYLOAD_SA);
    return p;
}

int ike_proposal_add(struct ike_proposal *p, enum ike_transform_type type, uint16_t id,
                     uint16_t key_bits)
{
    if (p->n_transforms == IKE_TRANSFORMS_MAX || p->message->n_transforms == IKE_TRANSFORMS_ALL)
        return -ENOSPC;
    p->message->n_transforms++;
    p->transforms[p->n_transforms++] =
        (struct ike_transform){.type = (uint8_t)type, .id = id, .key_bits = key_bits};
    return 0;
}
