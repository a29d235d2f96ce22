/* dn_names.h - attribute types of distinguished names, by name and by OID. */
#ifndef ROPEWAY_IDENT_DN_NAMES_H
#define ROPEWAY_IDENT_DN_NAMES_H

#include "ident.h"

#define DN_OID_MAX 32 /* bytes */

/* The content of an OID; of a name, without regard to case, or of digits and dots. -EINVAL. */
MUST_USE int dn_oid_parse(const char *name, size_t len, uint8_t ret[DN_OID_MAX], size_t *ret_len);
/* A name, or digits and dots; false if it has no such form. */
bool dn_oid_format(const uint8_t *oid, size_t len, struct buf *out);
/* Whether values of the type are IA5String (RFC 4519, 2.4; RFC 2985, 5.2.1). */
bool dn_oid_is_ia5(const uint8_t *oid, size_t len);

#endif
