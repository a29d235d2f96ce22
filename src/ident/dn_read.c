#include "dn_read.h"

/* Definite lengths of up to two bytes, in their shortest form. */
static int get_length(struct wire_reader *in, size_t *ret)
{
    uint8_t first, one;
    uint16_t two;

    if (wire_get_u8(in, &first))
        return -EBADMSG;
    if (first < 0x80) {
        *ret = first;
        return 0;
    }
    if (first == 0x81) {
        if (wire_get_u8(in, &one) || one < 0x80)
            return -EBADMSG;
        *ret = one;
        return 0;
    }
    if (first != 0x82 || wire_get_be16(in, &two) || two < 0x100)
        return -EBADMSG;
    *ret = two;
    return 0;
}

/* Tag, length and content. */
static int get_value(struct wire_reader *in, uint8_t *ret_tag, struct wire_reader *ret)
{
    size_t len;

    if (wire_get_u8(in, ret_tag) || get_length(in, &len))
        return -EBADMSG;
    return wire_get_sub(in, len, ret);
}

static int get_of(struct wire_reader *in, uint8_t tag, struct wire_reader *ret)
{
    uint8_t is;

    return get_value(in, &is, ret) || is != tag ? -EBADMSG : 0;
}

int dn_reader_init(struct dn_reader *r, const uint8_t *der, size_t len)
{
    struct wire_reader in = wire_reader_make(der, len), rdns;

    if (get_of(&in, DER_SEQUENCE, &rdns) || wire_left(&in))
        return -EBADMSG;
    *r = (struct dn_reader){.rdns = rdns, .rdn = {.pos = rdns.pos, .end = rdns.pos}};
    return 0;
}

/* AttributeTypeAndValue: SEQUENCE of an OID and any value. */
static int get_attribute(struct wire_reader *in, struct dn_attribute *ret)
{
    struct wire_reader pair, oid, value;
    struct dn_attribute a = {0};

    if (get_of(in, DER_SEQUENCE, &pair) || get_of(&pair, DER_OID, &oid))
        return -EBADMSG;
    a.whole = pair.pos;
    a.whole_len = wire_left(&pair);
    if (get_value(&pair, &a.tag, &value) || wire_left(&pair))
        return -EBADMSG;
    a.oid = oid.pos;
    a.oid_len = wire_left(&oid);
    a.value = value.pos;
    a.value_len = wire_left(&value);
    *ret = a;
    return 0;
}

int dn_reader_next(struct dn_reader *r, struct dn_attribute *ret)
{
    bool first = !wire_left(&r->rdn);

    if (first && !wire_left(&r->rdns))
        return 0;
    if (first && (get_of(&r->rdns, DER_SET, &r->rdn) || !wire_left(&r->rdn)))
        return -EBADMSG;
    if (get_attribute(&r->rdn, ret))
        return -EBADMSG;
    ret->first = first;
    return 1;
}
