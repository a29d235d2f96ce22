/* The node's end of the session over which BIRD tells what it has learned (RFC 4271, the part of a
 * speaker that announces nothing). */
#include "bgp.h"

#define HEADER_LEN 19
#define MARKER_LEN 16

enum message { OPEN = 1, UPDATE = 2, NOTIFICATION = 3, KEEPALIVE = 4, ROUTE_REFRESH = 5 };

enum capability {
    CAPABILITY_MULTIPROTOCOL = 1,     /* RFC 4760 */
    CAPABILITY_EXTENDED_NEXT_HOP = 5, /* RFC 8950 */
    CAPABILITY_EXTENDED_MESSAGE = 6,  /* RFC 8654 */
    CAPABILITY_GRACEFUL_RESTART = 64, /* RFC 4724: the other side marks the end of what there is */
    CAPABILITY_4_OCTET_AS = 65,       /* RFC 6793 */
    CAPABILITY_ADD_PATH = 69,         /* RFC 7911 */
};

#define AS_TRANS               23456
#define PARAMETER_CAPABILITIES 2 /* RFC 5492 */
#define ADD_PATH_RECEIVE       1
#define ADD_PATH_SEND          2

/* ---- sending ---- */

static struct wire_writer begin_message(uint8_t *bytes, size_t cap, enum message type)
{
    struct wire_writer w = wire_writer_make(bytes, cap);

    for (size_t i = 0; i < MARKER_LEN; i++)
        wire_put_u8(&w, 0xff);
    wire_put_be16(&w, 0);
    wire_put_u8(&w, (uint8_t)type);
    return w;
}

static void end_message(struct wire_writer *w, struct buf *out)
{
    size_t len;

    wire_patch_be16(w, MARKER_LEN, (uint16_t)wire_written(w));
    if (wire_done(w, &len) == 0)
        buf_add(out, w->start, len);
}

static void put_multiprotocol(struct wire_writer *w, uint16_t afi)
{
    wire_put_u8(w, CAPABILITY_MULTIPROTOCOL);
    wire_put_u8(w, 4);
    wire_put_be16(w, afi);
    wire_put_be16(w, 1);
}

static void put_capabilities(struct wire_writer *w, uint32_t asn)
{
    put_multiprotocol(w, 1);
    put_multiprotocol(w, 2);
    wire_put_u8(w, CAPABILITY_EXTENDED_NEXT_HOP); /* IPv4 unicast by IPv6 */
    wire_put_u8(w, 6);
    wire_put_be16(w, 1);
    wire_put_be16(w, 1);
    wire_put_be16(w, 2);
    wire_put_u8(w, CAPABILITY_EXTENDED_MESSAGE); /* what fills a peer's message, and our mark */
    wire_put_u8(w, 0);
    wire_put_u8(w, CAPABILITY_GRACEFUL_RESTART); /* of no family: we keep nothing for them */
    wire_put_u8(w, 2);
    wire_put_be16(w, 0);
    wire_put_u8(w, CAPABILITY_4_OCTET_AS);
    wire_put_u8(w, 4);
    wire_put_be32(w, asn);
    wire_put_u8(w, CAPABILITY_ADD_PATH); /* unicast of both families, receiving */
    wire_put_u8(w, 8);
    for (uint16_t afi = 1; afi <= 2; afi++) {
        wire_put_be16(w, afi);
        wire_put_u8(w, 1);
        wire_put_u8(w, ADD_PATH_RECEIVE);
    }
}

/* Hold time 0: both ends are on one machine, and TCP tells when the other one ends. */
static void put_open(struct wire_writer *w, uint32_t asn)
{
    static const uint8_t router_id[] = {127, 0, 0, 2};
    size_t at;

    wire_put_u8(w, 4);
    wire_put_be16(w, asn > UINT16_MAX ? AS_TRANS : (uint16_t)asn);
    wire_put_be16(w, 0);
    wire_put_bytes(w, router_id, sizeof(router_id));
    at = wire_written(w);
    wire_put_zero(w, 3); /* lengths of all parameters and of this one, which are capabilities */
    put_capabilities(w, asn);
    if (w->full)
        return;
    w->start[at] = (uint8_t)(wire_written(w) - at - 1);
    w->start[at + 1] = PARAMETER_CAPABILITIES;
    w->start[at + 2] = (uint8_t)(wire_written(w) - at - 3);
}

static void send_keepalive(struct buf *out)
{
    uint8_t bytes[HEADER_LEN];
    struct wire_writer w = begin_message(bytes, sizeof(bytes), KEEPALIVE);

    end_message(&w, out);
}

void bgp_feed_begin(struct bgp_feed *feed, uint32_t asn, const struct bgp_feed_calls *calls,
                    struct buf *out)
{
    uint8_t bytes[256];
    struct wire_writer w = begin_message(bytes, sizeof(bytes), OPEN);

    *feed = (struct bgp_feed){.calls = *calls, .asn = asn};
    put_open(&w, asn);
    end_message(&w, out);
}

/* ---- receiving ---- */

static int read_prefix(struct wire_reader *r, enum addr_family family, struct prefix *ret,
                       uint32_t *ret_path)
{
    struct addr a = {.family = (uint8_t)family};
    uint8_t len;

    if (wire_get_be32(r, ret_path) < 0 || wire_get_u8(r, &len) < 0 || len > addr_bits(&a) ||
        wire_get_bytes(r, a.bytes, (len + 7U) / 8) < 0)
        return -EBADMSG;
    *ret = prefix_make(&a, len);
    return 0;
}

static int tell_prefixes(struct bgp_feed *feed, enum addr_family family, struct wire_reader r,
                         bool announced)
{
    while (wire_left(&r)) {
        struct prefix prefix;
        uint32_t path;

        if (read_prefix(&r, family, &prefix, &path) < 0)
            return -EBADMSG;
        if (announced)
            feed->calls.announced(feed->calls.arg, &prefix, path, &feed->attributes);
        else
            feed->calls.withdrawn(feed->calls.arg, &prefix, path);
    }
    return 0;
}

/* An UPDATE that tells nothing marks the end of what there is (RFC 4724, 2). */
static void tell_complete(struct bgp_feed *feed, enum addr_family family)
{
    feed->calls.complete(feed->calls.arg, family);
}

static int take_update(struct bgp_feed *feed, struct wire_reader r)
{
    struct bgp_multiprotocol reach, unreach;
    struct wire_reader withdrawn, attributes;
    uint16_t len;
    int e;

    if (wire_get_be16(&r, &len) < 0 || wire_get_sub(&r, len, &withdrawn) < 0 ||
        wire_get_be16(&r, &len) < 0 || wire_get_sub(&r, len, &attributes) < 0)
        return -EBADMSG;
    if (!wire_left(&withdrawn) && !wire_left(&attributes) && !wire_left(&r)) {
        tell_complete(feed, ADDR_IPV4);
        return 0;
    }
    e = bgp_attributes_read(attributes, &feed->attributes, &reach, &unreach);
    if (e < 0)
        return e;
    if (unreach.family != ADDR_NONE && reach.family == ADDR_NONE && !wire_left(&unreach.prefixes) &&
        !wire_left(&withdrawn) && !wire_left(&r))
        tell_complete(feed, unreach.family);
    e = tell_prefixes(feed, ADDR_IPV4, withdrawn, false);
    if (e == 0 && unreach.family != ADDR_NONE)
        e = tell_prefixes(feed, unreach.family, unreach.prefixes, false);
    if (e == 0 && reach.family != ADDR_NONE)
        e = tell_prefixes(feed, reach.family, reach.prefixes, true);
    return e < 0 ? e : tell_prefixes(feed, ADDR_IPV4, r, true);
}

/* What the prefixes look like depends on what both want: without ADD-PATH nothing could be read. */
struct add_path {
    bool ipv4, ipv6;
};

/* Unicast families of which they send all paths (RFC 7911, 4). */
static int read_add_path(struct wire_reader r, struct add_path *ret)
{
    while (wire_left(&r)) {
        uint16_t afi;
        uint8_t safi, ways;

        if (wire_get_be16(&r, &afi) < 0 || wire_get_u8(&r, &safi) < 0 || wire_get_u8(&r, &ways) < 0)
            return -EBADMSG;
        if (safi != 1 || !(ways & ADD_PATH_SEND))
            continue;
        ret->ipv4 |= afi == 1;
        ret->ipv6 |= afi == 2;
    }
    return 0;
}

static int read_capabilities(struct wire_reader r, struct add_path *ret)
{
    while (wire_left(&r)) {
        uint8_t type, len;
        struct wire_reader value;

        if (wire_get_u8(&r, &type) < 0 || wire_get_u8(&r, &len) < 0 ||
            wire_get_sub(&r, len, &value) < 0)
            return -EBADMSG;
        if (type == CAPABILITY_ADD_PATH && read_add_path(value, ret) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int take_open(struct bgp_feed *feed, struct wire_reader r, struct buf *out)
{
    uint8_t version, all, type, len;
    struct wire_reader parameter;
    struct add_path add_path = {0};

    if (feed->opened || wire_get_u8(&r, &version) < 0 || version != 4 || wire_skip(&r, 8) < 0 ||
        wire_get_u8(&r, &all) < 0 || all != wire_left(&r))
        return -EBADMSG;
    while (wire_left(&r)) {
        if (wire_get_u8(&r, &type) < 0 || wire_get_u8(&r, &len) < 0 ||
            wire_get_sub(&r, len, &parameter) < 0)
            return -EBADMSG;
        if (type == PARAMETER_CAPABILITIES && read_capabilities(parameter, &add_path) < 0)
            return -EBADMSG;
    }
    if (!add_path.ipv4 || !add_path.ipv6)
        return -EBADMSG;
    feed->opened = true;
    send_keepalive(out);
    return 0;
}

static int take_message(struct bgp_feed *feed, unsigned type, struct wire_reader r, struct buf *out)
{
    switch (type) {
    case OPEN:
        return take_open(feed, r, out);
    case UPDATE:
        return feed->established ? take_update(feed, r) : -EBADMSG;
    case KEEPALIVE:
        feed->established = feed->opened;
        return feed->opened && !wire_left(&r) ? 0 : -EBADMSG;
    case ROUTE_REFRESH: /* we announce nothing */
        return 0;
    case NOTIFICATION:
        return -ECONNRESET;
    default:
        return -EBADMSG;
    }
}

static bool is_marked(const uint8_t *message)
{
    for (size_t i = 0; i < MARKER_LEN; i++) {
        if (message[i] != 0xff)
            return false;
    }
    return true;
}

/* The length of the message that begins there in the buffer; 0: it is not all there. */
static int whole_message(const struct bgp_feed *feed, size_t at, size_t *ret)
{
    size_t len;

    *ret = 0;
    if (feed->n_in - at < HEADER_LEN)
        return 0;
    if (!is_marked(feed->in + at))
        return -EBADMSG;
    len = wire_load_be16(feed->in + at + MARKER_LEN);
    if (len < HEADER_LEN)
        return -EBADMSG;
    if (feed->n_in - at >= len)
        *ret = len;
    return 0;
}

static int take_whole(struct bgp_feed *feed, struct buf *out)
{
    size_t at = 0;

    for (;;) {
        const uint8_t *message = feed->in + at;
        size_t len;
        int e = whole_message(feed, at, &len);

        if (e < 0)
            return e;
        if (len == 0)
            break;
        e = take_message(feed, message[HEADER_LEN - 1],
                         wire_reader_make(message + HEADER_LEN, len - HEADER_LEN), out);
        if (e < 0)
            return e;
        at += len;
    }
    feed->n_in -= at;
    memmove(feed->in, feed->in + at, feed->n_in);
    return 0;
}

int bgp_feed_receive(struct bgp_feed *feed, const void *data, size_t len, struct buf *out)
{
    const uint8_t *bytes = data;

    while (len > 0) {
        size_t n = MIN(len, sizeof(feed->in) - feed->n_in);
        int e;

        memcpy(feed->in + feed->n_in, bytes, n);
        feed->n_in += n;
        bytes += n;
        len -= n;
        e = take_whole(feed, out);
        if (e < 0)
            return e;
    }
    return 0;
}
