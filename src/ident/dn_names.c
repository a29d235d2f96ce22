#include "dn_names.h"

#include <strings.h>

/* RFC 4514, 3, and the usual ones of certificates. The first of several names of an OID is written.
 */
static const struct {
    const char *name;
    const char *oid; /* content octets */
    uint8_t len;
    bool ia5;
} types[] = {
    {"CN", "\x55\x04\x03", 3, false},
    {"surname", "\x55\x04\x04", 3, false},
    {"serialNumber", "\x55\x04\x05", 3, false},
    {"C", "\x55\x04\x06", 3, false},
    {"L", "\x55\x04\x07", 3, false},
    {"ST", "\x55\x04\x08", 3, false},
    {"STREET", "\x55\x04\x09", 3, false},
    {"O", "\x55\x04\x0a", 3, false},
    {"OU", "\x55\x04\x0b", 3, false},
    {"title", "\x55\x04\x0c", 3, false},
    {"postalCode", "\x55\x04\x11", 3, false},
    {"givenName", "\x55\x04\x2a", 3, false},
    {"dnQualifier", "\x55\x04\x2e", 3, false},
    {"UID", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", 10, false},
    {"DC", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", 10, true},
    {"E", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, true},
    {"emailAddress", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", 9, true},
    {"unstructuredName", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02", 9, false},
};

static int put_arc(uint64_t arc, uint8_t ret[DN_OID_MAX], size_t *len)
{
    unsigned groups = 1;

    while (groups < 10 && arc >> (7 * groups))
        groups++;
    if (*len + groups > DN_OID_MAX)
        return -EINVAL;
    while (groups-- > 0)
        ret[(*len)++] = (uint8_t)((arc >> (7 * groups) & 0x7f) | (groups ? 0x80 : 0));
    return 0;
}

/* "2.5.4.3": the number at *at, which ends at a dot or at the end. */
static int next_arc(const char **at, const char *end, uint64_t *ret)
{
    char number[16];
    size_t n = 0;

    while (*at + n < end && (*at)[n] != '.')
        n++;
    if (!n || n >= sizeof(number) || (n > 1 && **at == '0'))
        return -EINVAL;
    memcpy(number, *at, n);
    number[n] = 0;
    *at += n;
    return text_parse_u64(number, UINT32_MAX, ret) < 0 ? -EINVAL : 0;
}

static int parse_dotted(const char *name, size_t len, uint8_t ret[DN_OID_MAX], size_t *ret_len)
{
    const char *at = name, *end = name + len;
    uint64_t first, second, arc;
    size_t n = 0;

    if (next_arc(&at, end, &first) < 0 || at++ == end || next_arc(&at, end, &second) < 0 ||
        first > 2 || (first < 2 && second > 39) || put_arc(40 * first + second, ret, &n) < 0)
        return -EINVAL;
    while (at < end) {
        at++;
        if (next_arc(&at, end, &arc) < 0 || put_arc(arc, ret, &n) < 0)
            return -EINVAL;
    }
    *ret_len = n;
    return 0;
}

int dn_oid_parse(const char *name, size_t len, uint8_t ret[DN_OID_MAX], size_t *ret_len)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (strlen(types[i].name) != len || strncasecmp(types[i].name, name, len) != 0)
            continue;
        memcpy(ret, types[i].oid, types[i].len);
        *ret_len = types[i].len;
        return 0;
    }
    return parse_dotted(name, len, ret, ret_len);
}

/* One number of base 128; false if it is cut, padded, or too large for a text that is read again.
 */
static bool get_arc(const uint8_t *oid, size_t len, size_t *at, uint64_t *ret)
{
    uint64_t arc = 0;

    if (oid[*at] == 0x80)
        return false;
    while (*at < len) {
        uint8_t byte = oid[(*at)++];

        arc = arc << 7 | (byte & 0x7f);
        if (arc > UINT32_MAX)
            return false;
        if (!(byte & 0x80)) {
            *ret = arc;
            return true;
        }
    }
    return false;
}

static bool format_dotted(const uint8_t *oid, size_t len, struct buf *out)
{
    size_t at = 0;
    uint64_t arc;

    if (!len || !get_arc(oid, len, &at, &arc))
        return false;
    buf_printf(out, "%u.%llu", (unsigned)MIN(arc / 40, 2U),
               (unsigned long long)(arc - 40 * MIN(arc / 40, 2U)));
    while (at < len) {
        if (!get_arc(oid, len, &at, &arc))
            return false;
        buf_printf(out, ".%llu", (unsigned long long)arc);
    }
    return true;
}

static size_t find(const uint8_t *oid, size_t len)
{
    size_t i = 0;

    while (i < ARRAY_SIZE(types) &&
           (types[i].len != len || memcmp(types[i].oid, oid, types[i].len) != 0))
        i++;
    return i;
}

bool dn_oid_format(const uint8_t *oid, size_t len, struct buf *out)
{
    size_t i = find(oid, len);

    if (i == ARRAY_SIZE(types))
        return format_dotted(oid, len, out);
    buf_puts(out, types[i].name);
    return true;
}

bool dn_oid_is_ia5(const uint8_t *oid, size_t len)
{
    size_t i = find(oid, len);

    return i < ARRAY_SIZE(types) && types[i].ia5;
}
