/* ident.h - what two ends of IKE know each other by: identities (RFC 7296, 3.5) and pre-shared
 * keys, as people write them and as bytes. Does no I/O. */
#ifndef ROPEWAY_IDENT_H
#define ROPEWAY_IDENT_H

#include "base.h"

/* ---- identities ---- */

#define IDENT_DATA_MAX 256
#define IDENT_TEXT_MAX (2 * IDENT_DATA_MAX + 16) /* with the 0 byte */

/* ID types of RFC 7296, 3.5. */
enum ident_type {
    IDENT_NONE = 0,
    IDENT_IPV4 = 1,
    IDENT_FQDN = 2,
    IDENT_EMAIL = 3,
    IDENT_IPV6 = 5,
    IDENT_DN = 9,
    IDENT_GN = 10,
    IDENT_KEY_ID = 11,
};

struct ident {
    uint8_t type; /* enum ident_type, or any other number */
    uint16_t len; /* 1 at least */
    uint8_t data[IDENT_DATA_MAX];
};

/* Without a prefix: an address, an e-mail address (by its @), else a domain name. A prefix states
 * the type:
 *     ipv4:203.0.113.1  ipv6:2001:db8::1  fqdn:TEXT  email:TEXT   any printable ASCII
 *     keyid:TEXT  keyid:0xHEX
 *     dn:C=CH,O=Example,CN=gw   in the order of the bytes, escapes as in RFC 4514
 *     PREFIX:#HEX, for all but keyid:, also gn:#HEX and id:NUMBER#HEX: these very bytes
 * -EINVAL: none of them. */
MUST_USE int ident_parse(const char *text, struct ident *ret);
/* The shortest text that ident_parse() reads as the same again, for 1 to IDENT_DATA_MAX bytes; what
 * is longer is cut. Returns buf. */
const char *ident_format(uint8_t type, const uint8_t *data, size_t len, char buf[IDENT_TEXT_MAX]);
/* Names without regard to case; DNs RDN by RDN, texts in them without regard to case and to which
 * string type they have (RFC 5280, 7.1). */
bool ident_equal(uint8_t type_a, const uint8_t *a, size_t len_a, uint8_t type_b, const uint8_t *b,
                 size_t len_b);
/* "fqdn"; NULL for a type without a prefix of its own. */
const char *ident_type_name(uint8_t type);

/* ---- distinguished names (dn.c) ---- */

/* Into DER. -EINVAL: no DN; -ENOSPC: longer than cap. */
MUST_USE int dn_parse(const char *text, uint8_t *ret, size_t cap, size_t *ret_len);
/* False if it is no DN, or the text is longer than cap. */
bool dn_format(const uint8_t *der, size_t len, char *ret, size_t cap);
bool dn_equal(const uint8_t *a, size_t len_a, const uint8_t *b, size_t len_b);

/* ---- pre-shared keys (secret.c) ---- */

#define SECRET_MIN      8
#define SECRET_MAX      128
#define SECRET_TEXT_MAX (2 * SECRET_MAX + 5) /* "hex:" and that, with the 0 byte */

/* The bytes of printable ASCII, of hex:…, or of base64:… (RFC 4648, padded). -EINVAL: not of that
 * form; -ERANGE: fewer bytes than SECRET_MIN or more than SECRET_MAX. */
MUST_USE int secret_read(const char *text, uint8_t ret[SECRET_MAX], size_t *ret_len);
/* Whether other programs take a text that begins so for hex, base64 or text ("0x", "0s", "0t"). */
bool secret_is_ambiguous(const char *text);

#endif
