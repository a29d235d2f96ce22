/* dn_read.h - a distinguished name in DER (X.501, RFC 5280 4.1.2.4), attribute by attribute. */
#ifndef ROPEWAY_IDENT_DN_READ_H
#define ROPEWAY_IDENT_DN_READ_H

#include "wire.h"

enum {
    DER_OID = 0x06,
    DER_UTF8 = 0x0c,
    DER_PRINTABLE = 0x13,
    DER_T61 = 0x14,
    DER_IA5 = 0x16,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};

/* Where the reading of a name is: between two attributes. */
struct dn_reader {
    struct wire_reader rdns;
    struct wire_reader rdn; /* what is left of this one */
};

struct dn_attribute {
    const uint8_t *oid;
    size_t oid_len;
    uint8_t tag;
    const uint8_t *value; /* content */
    size_t value_len;
    const uint8_t *whole; /* of the value, with tag and length */
    size_t whole_len;
    bool first; /* of its RDN */
};

/* -EBADMSG: no sequence that fills the bytes. */
MUST_USE int dn_reader_init(struct dn_reader *r, const uint8_t *der, size_t len);
/* 1 with the next attribute, 0 at the end, -EBADMSG. */
MUST_USE int dn_reader_next(struct dn_reader *r, struct dn_attribute *ret);

#endif
