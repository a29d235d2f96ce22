/* Path attributes (RFC 4271, 4.3 and 5; RFC 4760; RFC 1997; RFC 8092). */
#include "bgp.h"

#include <stdio.h>

#define FLAG_EXTENDED_LENGTH 0x10
#define OUR_COMMUNITY        UINT32_MAX /* the first part of the one that names the tunnel */

enum attribute {
    ATTRIBUTE_ORIGIN = 1,
    ATTRIBUTE_AS_PATH = 2,
    ATTRIBUTE_NEXT_HOP = 3,
    ATTRIBUTE_MED = 4,
    ATTRIBUTE_COMMUNITIES = 8,
    ATTRIBUTE_MP_REACH = 14,
    ATTRIBUTE_MP_UNREACH = 15,
    ATTRIBUTE_LARGE_COMMUNITIES = 32,
};

enum segment {
    SEGMENT_SET = 1,
    SEGMENT_SEQUENCE = 2,
    SEGMENT_CONFED_SEQUENCE = 3, /* RFC 5065 */
    SEGMENT_CONFED_SET = 4,
};

/* ---- texts ---- */

/* What does not fit is left out, and the end says so. */
static void add(char text[BGP_TEXT_MAX], const char *more)
{
    static const char cut[] = "...";
    size_t len = strlen(text), n = strlen(more);

    if (len >= sizeof(cut) && strcmp(text + len - strlen(cut), cut) == 0)
        return;
    if (len + n + sizeof(cut) > BGP_TEXT_MAX)
        more = cut;
    memcpy(text + len, more, strlen(more) + 1);
}

PRINTF(2, 3) static void add_word(char text[BGP_TEXT_MAX], const char *fmt, ...)
{
    char word[48];
    va_list args;

    va_start(args, fmt);
    vsnprintf(word, sizeof(word), fmt, args);
    va_end(args);
    if (*text)
        add(text, " ");
    add(text, word);
}

/* ---- attributes ---- */

static int read_set(struct wire_reader *r, unsigned n, struct bgp_attributes *ret)
{
    char number[16];
    uint32_t asn;

    ret->length++;
    add(ret->as_path, *ret->as_path ? " {" : "{");
    for (unsigned i = 0; i < n; i++) {
        if (wire_get_be32(r, &asn) < 0)
            return -EBADMSG;
        snprintf(number, sizeof(number), "%s%u", i ? "," : "", asn);
        add(ret->as_path, number);
    }
    add(ret->as_path, "}");
    return 0;
}

/* Those of a confederation do not count (RFC 5065, 5.3). */
static int read_sequence(struct wire_reader *r, unsigned n, bool counts, struct bgp_attributes *ret)
{
    uint32_t asn;

    for (unsigned i = 0; i < n; i++) {
        if (wire_get_be32(r, &asn) < 0)
            return -EBADMSG;
        add_word(ret->as_path, counts ? "%u" : "(%u)", asn);
    }
    ret->length += counts ? n : 0;
    return 0;
}

static int read_as_path(struct wire_reader r, struct bgp_attributes *ret)
{
    int e = 0;

    while (e == 0 && wire_left(&r)) {
        uint8_t type, n;

        if (wire_get_u8(&r, &type) < 0 || wire_get_u8(&r, &n) < 0 || type < SEGMENT_SET ||
            type > SEGMENT_CONFED_SET)
            return -EBADMSG;
        e = type == SEGMENT_SET ? read_set(&r, n, ret)
                                : read_sequence(&r, n, type == SEGMENT_SEQUENCE, ret);
    }
    return e;
}

static int read_communities(struct wire_reader r, struct bgp_attributes *ret)
{
    static const struct {
        uint32_t value;
        const char *name;
    } known[] = {{0xffffff01, "no-export"},
                 {0xffffff02, "no-advertise"},
                 {0xffffff03, "no-export-subconfed"},
                 {0xffffff04, "no-peer"}};

    while (wire_left(&r)) {
        uint32_t value;
        size_t i = 0;

        if (wire_get_be32(&r, &value) < 0)
            return -EBADMSG;
        while (i < ARRAY_SIZE(known) && known[i].value != value)
            i++;
        if (i < ARRAY_SIZE(known))
            add_word(ret->communities, "%s", known[i].name);
        else
            add_word(ret->communities, "%u:%u", value >> 16, value & 0xffff);
    }
    return 0;
}

static int read_large_communities(struct wire_reader r, struct bgp_attributes *ret)
{
    while (wire_left(&r)) {
        uint32_t part[3];

        for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
            if (wire_get_be32(&r, &part[i]) < 0)
                return -EBADMSG;
        }
        if (part[0] == OUR_COMMUNITY)
            ret->tunnel = part[2];
        else
            add_word(ret->communities, "%u:%u:%u", part[0], part[1], part[2]);
    }
    return 0;
}

static int read_address(struct wire_reader *r, size_t len, struct addr *ret)
{
    *ret = (struct addr){.family = len == 4 ? ADDR_IPV4 : ADDR_IPV6};
    return wire_get_bytes(r, ret->bytes, len);
}

/* AFI and SAFI: unicast of the two families; ADDR_NONE for what else there is. */
static int read_family(struct wire_reader *r, enum addr_family *ret)
{
    uint16_t afi;
    uint8_t safi;

    if (wire_get_be16(r, &afi) < 0 || wire_get_u8(r, &safi) < 0)
        return -EBADMSG;
    *ret = safi != 1 ? ADDR_NONE : afi == 1 ? ADDR_IPV4 : afi == 2 ? ADDR_IPV6 : ADDR_NONE;
    return 0;
}

/* A next hop of 32 bytes is a global address and a link-local one (RFC 2545, 3). IPv4 prefixes may
 * have an IPv6 one (RFC 8950). */
static int read_reach(struct wire_reader r, struct bgp_attributes *a, struct bgp_multiprotocol *ret)
{
    uint8_t len;

    if (read_family(&r, &ret->family) < 0 || wire_get_u8(&r, &len) < 0)
        return -EBADMSG;
    if (len != 4 && len != 16 && len != 32)
        return -EBADMSG;
    if (read_address(&r, MIN(len, 16), &a->next_hop) < 0 || wire_skip(&r, len - MIN(len, 16)) < 0 ||
        wire_skip(&r, 1) < 0)
        return -EBADMSG;
    ret->prefixes = r;
    return 0;
}

static int read_unreach(struct wire_reader r, struct bgp_multiprotocol *ret)
{
    int e = read_family(&r, &ret->family);

    ret->prefixes = r;
    return e;
}

static int read_origin(struct wire_reader r, struct bgp_attributes *ret)
{
    if (wire_get_u8(&r, &ret->origin) < 0 || ret->origin > BGP_ORIGIN_INCOMPLETE)
        return -EBADMSG;
    return 0;
}

static int read_med(struct wire_reader r, struct bgp_attributes *ret)
{
    ret->has_med = true;
    return wire_get_be32(&r, &ret->med);
}

/* RFC 4271, 6.3: Attribute Length Error. */
static bool has_right_length(unsigned type, size_t len)
{
    switch (type) {
    case ATTRIBUTE_ORIGIN:
        return len == 1;
    case ATTRIBUTE_NEXT_HOP:
    case ATTRIBUTE_MED:
        return len == 4;
    default:
        return true;
    }
}

static int read_one(unsigned type, struct wire_reader r, struct bgp_attributes *ret,
                    struct bgp_multiprotocol *reach, struct bgp_multiprotocol *unreach)
{
    if (!has_right_length(type, wire_left(&r)))
        return -EBADMSG;
    switch (type) {
    case ATTRIBUTE_ORIGIN:
        return read_origin(r, ret);
    case ATTRIBUTE_AS_PATH:
        return read_as_path(r, ret);
    case ATTRIBUTE_NEXT_HOP:
        return read_address(&r, 4, &ret->next_hop);
    case ATTRIBUTE_MED:
        return read_med(r, ret);
    case ATTRIBUTE_COMMUNITIES:
        return read_communities(r, ret);
    case ATTRIBUTE_LARGE_COMMUNITIES:
        return read_large_communities(r, ret);
    case ATTRIBUTE_MP_REACH:
        return read_reach(r, ret, reach);
    case ATTRIBUTE_MP_UNREACH:
        return read_unreach(r, unreach);
    default:
        return 0;
    }
}

int bgp_attributes_read(struct wire_reader r, struct bgp_attributes *ret,
                        struct bgp_multiprotocol *ret_reach, struct bgp_multiprotocol *ret_unreach)
{
    *ret = (struct bgp_attributes){.origin = BGP_ORIGIN_INCOMPLETE};
    *ret_reach = *ret_unreach = (struct bgp_multiprotocol){.family = ADDR_NONE};
    while (wire_left(&r)) {
        struct wire_reader value;
        uint8_t flags, type, short_len;
        uint16_t len;
        int e;

        if (wire_get_u8(&r, &flags) < 0 || wire_get_u8(&r, &type) < 0)
            return -EBADMSG;
        if (flags & FLAG_EXTENDED_LENGTH) {
            if (wire_get_be16(&r, &len) < 0)
                return -EBADMSG;
        } else {
            if (wire_get_u8(&r, &short_len) < 0)
                return -EBADMSG;
            len = short_len;
        }
        if (wire_get_sub(&r, len, &value) < 0)
            return -EBADMSG;
        e = read_one(type, value, ret, ret_reach, ret_unreach);
        if (e < 0)
            return e;
    }
    return 0;
}
