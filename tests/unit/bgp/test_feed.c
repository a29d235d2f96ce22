/* What BIRD tells the node over their session, byte by byte as the RFCs draw it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "bgp.h"

#include "../hex.h"

#define MARKER    "ffffffffffffffff ffffffffffffffff"
#define KEEPALIVE MARKER "0013 04"

#define OPEN          1
#define UPDATE        2
#define NOTIFICATION  3
#define ROUTE_REFRESH 5

/* Multiprotocol of both, 4-octet ASN 65000, and all paths of both. */
#define MULTIPROTOCOL "0104 0001 0001 0104 0002 0001"
#define ADD_PATH      "4508 0001 01 02 0002 01 02"
/* Version, ASN, hold time, router id. */
#define OPEN_START "04 fde8 0000 0a000001"
#define OPEN_BODY  OPEN_START "1e 02 1c" MULTIPROTOCOL "4104 0000fde8" ADD_PATH

#define ORIGIN_IGP "4001 01 00"
#define PATH_65001 "4002 06 02 01 0000fde9"
#define NEXT_HOP   "4003 04 a9fe0102"
#define TUNNEL_7   "c020 0c ffffffff 00000000 00000007"
#define ATTRIBUTES ORIGIN_IGP PATH_65001 NEXT_HOP TUNNEL_7

/* ---- a session whose events are written down ---- */

struct session {
    struct bgp_feed feed;
    struct buf events, out;
};

static void announced(void *arg, const struct prefix *prefix, uint32_t path,
                      const struct bgp_attributes *a)
{
    char text[PREFIX_TEXT_MAX], next_hop[ADDR_TEXT_MAX];
    struct buf *events = arg;

    buf_printf(events, "+%s#%u t%u via %s origin %u [%s] %u", prefix_format(prefix, text), path,
               a->tunnel, addr_format(&a->next_hop, next_hop), a->origin, a->as_path, a->length);
    if (a->has_med)
        buf_printf(events, " med %u", a->med);
    buf_printf(events, " (%s)\n", a->communities);
}

static void withdrawn(void *arg, const struct prefix *prefix, uint32_t path)
{
    char text[PREFIX_TEXT_MAX];

    buf_printf(arg, "-%s#%u\n", prefix_format(prefix, text), path);
}

static void complete(void *arg, enum addr_family family)
{
    buf_printf(arg, "all of %s\n", family == ADDR_IPV4 ? "IPv4" : "IPv6");
}

static void begin(struct session *s)
{
    const struct bgp_feed_calls calls = {announced, withdrawn, complete, &s->events};

    *s = (struct session){0};
    bgp_feed_begin(&s->feed, 65000, &calls, &s->out);
    buf_clear(&s->out);
}

static void end(struct session *s)
{
    buf_done(&s->events);
    buf_done(&s->out);
}

/* In memory of just this size, so that a byte read beyond is seen. */
static int receive(struct session *s, const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    int r;

    assert_non_null(copy);
    memcpy(copy, data, len);
    r = bgp_feed_receive(&s->feed, copy, len, &s->out);
    free(copy);
    return r;
}

static int receive_hex(struct session *s, const char *hex)
{
    static uint8_t bytes[3 * BGP_MESSAGE_MAX];

    return receive(s, bytes, hex_read(hex, bytes, sizeof(bytes)));
}

static void put_hex(struct wire_writer *w, const char *hex)
{
    static uint8_t bytes[BGP_MESSAGE_MAX];

    wire_put_bytes(w, bytes, hex_read(hex, bytes, sizeof(bytes)));
}

static struct wire_writer begin_message(uint8_t bytes[BGP_MESSAGE_MAX], uint8_t type)
{
    struct wire_writer w = wire_writer_make(bytes, BGP_MESSAGE_MAX);

    put_hex(&w, MARKER "0000");
    wire_put_u8(&w, type);
    return w;
}

static size_t end_message(struct wire_writer *w)
{
    size_t len;

    wire_patch_be16(w, 16, (uint16_t)wire_written(w));
    assert_int_equal(wire_done(w, &len), 0);
    return len;
}

static size_t make_message(uint8_t bytes[BGP_MESSAGE_MAX], uint8_t type, const char *body)
{
    struct wire_writer w = begin_message(bytes, type);

    put_hex(&w, body);
    return end_message(&w);
}

static int receive_message(struct session *s, uint8_t type, const char *body)
{
    uint8_t bytes[BGP_MESSAGE_MAX];

    return receive(s, bytes, make_message(bytes, type, body));
}

static void put_with_length(struct wire_writer *w, const char *hex)
{
    size_t at = wire_written(w);

    wire_put_be16(w, 0);
    put_hex(w, hex);
    wire_patch_be16(w, at, (uint16_t)(wire_written(w) - at - 2));
}

static size_t make_update(uint8_t bytes[BGP_MESSAGE_MAX], const char *gone, const char *attributes,
                          const char *prefixes)
{
    struct wire_writer w = begin_message(bytes, UPDATE);

    put_with_length(&w, gone);
    put_with_length(&w, attributes);
    put_hex(&w, prefixes);
    return end_message(&w);
}

static int receive_update(struct session *s, const char *gone, const char *attributes,
                          const char *prefixes)
{
    uint8_t bytes[BGP_MESSAGE_MAX];

    return receive(s, bytes, make_update(bytes, gone, attributes, prefixes));
}

static void establish(struct session *s)
{
    begin(s);
    assert_int_equal(receive_message(s, OPEN, OPEN_BODY), 0);
    assert_int_equal(receive_hex(s, KEEPALIVE), 0);
    assert_true(s->feed.established);
}

static void assert_events(struct session *s, const char *expected)
{
    assert_string_equal(buf_text(&s->events), expected);
    buf_clear(&s->events);
}

/* The events of one UPDATE in a session of its own. */
static void assert_update(const char *gone, const char *attributes, const char *prefixes,
                          const char *expected)
{
    struct session s;

    establish(&s);
    assert_int_equal(receive_update(&s, gone, attributes, prefixes), 0);
    assert_events(&s, expected);
    end(&s);
}

/* ---- OPEN ---- */

static void test_we_open(void **state)
{
    const struct bgp_feed_calls calls = {announced, withdrawn, complete, NULL};
    static struct bgp_feed feed;
    struct buf out = {0};

    (void)state;
    bgp_feed_begin(&feed, 4200000001, &calls, &out);
    assert_hex(out.data, out.len,
               MARKER "0049 01"
                      "04 5ba0 0000 7f000002" /* AS_TRANS, no hold time */
                      "2c 02 2a"
                      "0104 0001 0001 0104 0002 0001"
                      "0506 0001 0001 0002" /* RFC 8950 */
                      "0600"                /* RFC 8654 */
                      "4002 0000"           /* RFC 4724 */
                      "4104 fa56ea01"       /* RFC 6793 */
                      "4508 0001 01 01 0002 01 01" /* RFC 7911: receive */);
    buf_clear(&out);
    bgp_feed_begin(&feed, 65000, &calls, &out);
    assert_hex(out.data + 20, 2, "fde8");
    buf_done(&out);
}

static void test_a_session_from_its_begin_to_routes(void **state)
{
    struct session s;

    (void)state;
    begin(&s);
    assert_int_equal(receive_message(&s, OPEN, OPEN_BODY), 0);
    assert_hex(s.out.data, s.out.len, KEEPALIVE);
    assert_false(s.feed.established);
    assert_int_equal(receive_hex(&s, KEEPALIVE), 0);
    assert_int_equal(receive_update(&s, "", ATTRIBUTES, "00000001 10 0a02"), 0);
    assert_events(&s, "+10.2.0.0/16#1 t7 via 169.254.1.2 origin 0 [65001] 1 ()\n");
    assert_int_equal(receive_hex(&s, KEEPALIVE), 0);
    assert_int_equal(receive_message(&s, ROUTE_REFRESH, "0001 00 01"), 0);
    assert_int_equal(receive_update(&s, "00000001 10 0a02", "", ""), 0);
    assert_events(&s, "-10.2.0.0/16#1\n");
    assert_int_equal(s.out.len, 19); /* nothing but the first KEEPALIVE */
    end(&s);
}

static void test_an_open_without_what_we_need_is_refused(void **state)
{
    static const char *const rows[] = {
        OPEN_START "00",
        OPEN_START "14 02 12" MULTIPROTOCOL "4104 0000fde8",
        OPEN_START "08 02 06 4504 0001 01 02",                       /* IPv4 only */
        OPEN_START "08 02 06 4504 0002 01 02",                       /* IPv6 only */
        OPEN_START "0c 02 0a 4508 0001 01 01 0002 01 01",            /* they receive, too */
        OPEN_START "0c 02 0a 4508 0001 80 03 0002 80 03",            /* VPNs */
        OPEN_START "0c 01 0a 4508 0001 01 02 0002 01 02",            /* no capabilities */
        OPEN_START "0b 02 09 4507 0001 01 02 0002 01",               /* cut */
        OPEN_START "0c 02 0a 4509 0001 01 02 0002 01 02",            /* beyond the parameter */
        OPEN_START "0c 02 0b 4508 0001 01 02 0002 01 02",            /* beyond all of them */
        OPEN_START "0d 02 0a 4508 0001 01 02 0002 01 02",            /* beyond the message */
        OPEN_START "0b 02 0a 4508 0001 01 02 0002 01 02",            /* too little said */
        OPEN_START "0d 02 0a 4508 0001 01 02 0002 01 02 02",         /* half a parameter */
        OPEN_START "0d 02 0b 4508 0001 01 02 0002 01 02 45",         /* half a capability */
        "03 fde8 0000 0a000001 0c 02 0a 4508 0001 01 02 0002 01 02", /* BGP-3 */
        OPEN_START,
        "04 fde8 0000 0a00",
        "",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session s;

        begin(&s);
        assert_int_equal(receive_message(&s, OPEN, rows[i]), -EBADMSG);
        assert_int_equal(s.out.len, 0);
        end(&s);
    }
}

static void test_capabilities_in_any_form(void **state)
{
    static const char *const rows[] = {
        OPEN_START "0c 02 0a 4508 0001 01 02 0002 01 02",
        OPEN_START "0c 02 0a 4508 0001 01 03 0002 01 03",            /* both ways */
        OPEN_START "10 02 06 4504 0001 01 02 02 06 4504 0002 01 02", /* a parameter each */
        OPEN_START "0e 02 0c 4504 0001 01 02 4504 0002 01 02",       /* a capability each */
        OPEN_START "10 02 0e 0200 4600 4508 0001 01 02 0002 01 02",  /* others before */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session s;

        begin(&s);
        assert_int_equal(receive_message(&s, OPEN, rows[i]), 0);
        end(&s);
    }
}

static void test_messages_come_in_their_order(void **state)
{
    struct session s;

    (void)state;
    begin(&s);
    assert_int_equal(receive_hex(&s, KEEPALIVE), -EBADMSG);
    end(&s);
    begin(&s);
    assert_int_equal(receive_update(&s, "", "", ""), -EBADMSG);
    end(&s);
    begin(&s);
    assert_int_equal(receive_message(&s, OPEN, OPEN_BODY), 0);
    assert_int_equal(receive_update(&s, "", "", ""), -EBADMSG);
    assert_events(&s, "");
    end(&s);
    establish(&s);
    assert_int_equal(receive_message(&s, OPEN, OPEN_BODY), -EBADMSG);
    end(&s);
}

/* ---- routes ---- */

static void test_prefixes_of_every_length(void **state)
{
    (void)state;
    assert_update("", ATTRIBUTES,
                  "00000001 00  00000002 01 80  ffffffff 09 0a80  00000004 20 0a020304",
                  "+0.0.0.0/0#1 t7 via 169.254.1.2 origin 0 [65001] 1 ()\n"
                  "+128.0.0.0/1#2 t7 via 169.254.1.2 origin 0 [65001] 1 ()\n"
                  "+10.128.0.0/9#4294967295 t7 via 169.254.1.2 origin 0 [65001] 1 ()\n"
                  "+10.2.3.4/32#4 t7 via 169.254.1.2 origin 0 [65001] 1 ()\n");
    assert_update("", ATTRIBUTES, "00000001 09 0aff", /* bits beyond the length mean nothing */
                  "+10.128.0.0/9#1 t7 via 169.254.1.2 origin 0 [65001] 1 ()\n");
    assert_update("00000001 00 00000001 20 0a020304", "", "", "-0.0.0.0/0#1\n-10.2.3.4/32#1\n");
}

#define IPV6_HOP   "fd000000000000000000000000000002"
#define LINK_LOCAL "fe800000000000000000000000000002"

static void test_ipv6(void **state)
{
    (void)state;
    assert_update("",
                  ORIGIN_IGP PATH_65001 TUNNEL_7 "800e 28 0002 01 10" IPV6_HOP
                                                 "00 00000003 20 20010db8 00000004 21 20010db880",
                  "",
                  "+2001:db8::/32#3 t7 via fd00::2 origin 0 [65001] 1 ()\n"
                  "+2001:db8:8000::/33#4 t7 via fd00::2 origin 0 [65001] 1 ()\n");
    /* RFC 2545: with a link-local address behind the global one. */
    assert_update("", "800e 2a 0002 01 20" IPV6_HOP LINK_LOCAL "00 00000003 00", "",
                  "+::/0#3 t0 via fd00::2 origin 2 [] 0 ()\n");
    assert_update("", "800f 15 0002 01 00000003 20 20010db8 00000004 20 20010db9", "",
                  "-2001:db8::/32#3\n-2001:db9::/32#4\n");
    /* What goes is told first. */
    assert_update("00000001 10 0a02",
                  "800e 1a 0002 01 10" IPV6_HOP "00 00000003 00"
                  "800f 0c 0002 01 00000003 20 20010db8",
                  "00000002 10 0a03",
                  "-10.2.0.0/16#1\n-2001:db8::/32#3\n"
                  "+::/0#3 t0 via fd00::2 origin 2 [] 0 ()\n"
                  "+10.3.0.0/16#2 t0 via fd00::2 origin 2 [] 0 ()\n");
}

static void test_ipv4_by_an_ipv6_next_hop(void **state)
{
    (void)state;
    assert_update("", ORIGIN_IGP "800e 1c 0001 01 10" IPV6_HOP "00 00000003 10 0a02", "",
                  "+10.2.0.0/16#3 t0 via fd00::2 origin 0 [] 0 ()\n");
    assert_update("", ORIGIN_IGP "800e 0f 0001 01 04 a9fe0102 00 00000003 08 0a", "",
                  "+10.0.0.0/8#3 t0 via 169.254.1.2 origin 0 [] 0 ()\n");
    assert_update("", "800f 0a 0001 01 00000003 10 0a02", "", "-10.2.0.0/16#3\n");
}

/* RFC 4724, 2. */
static void test_the_end_of_what_there_is(void **state)
{
    (void)state;
    assert_update("", "", "", "all of IPv4\n");
    assert_update("", "800f 03 0002 01", "", "all of IPv6\n");
    assert_update("", "800f 03 0001 01", "", "all of IPv4\n");
    assert_update("", "800f 03 0002 02", "", ""); /* of multicast, which we do not speak */
    assert_update("00000001 08 0a", "800f 03 0002 01", "", "-10.0.0.0/8#1\n");
    assert_update("", "800e 1a 0002 01 10" IPV6_HOP "00 00000003 00 800f 03 0002 01", "",
                  "+::/0#3 t0 via fd00::2 origin 2 [] 0 ()\n");
    assert_update("", ORIGIN_IGP, "", "");
}

/* ---- attributes ---- */

static void assert_attributes(const char *attributes, const char *expected)
{
    struct session s;

    establish(&s);
    assert_int_equal(receive_update(&s, "", attributes, "00000001 08 0a"), 0);
    assert_true(text_starts_with(buf_text(&s.events), "+10.0.0.0/8#1 "));
    assert_string_equal(buf_text(&s.events) + strlen("+10.0.0.0/8#1 "), expected);
    end(&s);
}

static void test_the_way_of_a_route(void **state)
{
    (void)state;
    assert_attributes("4002 0e 02 03 0000fde9 fa56ea01 ffffffff",
                      "t0 via  origin 2 [65001 4200000001 4294967295] 3 ()\n");
    assert_attributes("4002 10 02 01 0000fde9 01 02 00000001 00000002",
                      "t0 via  origin 2 [65001 {1,2}] 2 ()\n");
    assert_attributes("4002 10 01 02 00000001 00000002 02 01 0000fde9",
                      "t0 via  origin 2 [{1,2} 65001] 2 ()\n");
    /* RFC 5065: members of a confederation do not count. */
    assert_attributes("4002 12 03 02 00000001 00000002 02 01 0000fde9 04 00",
                      "t0 via  origin 2 [(1) (2) 65001] 1 ()\n");
    assert_attributes("4002 00", "t0 via  origin 2 [] 0 ()\n");
    assert_attributes("5002 0006 02 01 0000fde9", "t0 via  origin 2 [65001] 1 ()\n");
}

static void test_what_else_a_route_comes_with(void **state)
{
    (void)state;
    assert_attributes("4001 01 01", "t0 via  origin 1 [] 0 ()\n");
    assert_attributes("8004 04 00000000", "t0 via  origin 2 [] 0 med 0 ()\n");
    assert_attributes("8004 04 ffffffff", "t0 via  origin 2 [] 0 med 4294967295 ()\n");
    assert_attributes("c008 18 fde90001 ffffffff ffffff01 ffffff02 ffffff03 ffffff04",
                      "t0 via  origin 2 [] 0 (65001:1 65535:65535 no-export no-advertise "
                      "no-export-subconfed no-peer)\n");
    assert_attributes("c020 18 0000fde9 00000002 ffffffff 00000000 00000000 00000000",
                      "t0 via  origin 2 [] 0 (65001:2:4294967295 0:0:0)\n");
    /* Ours names the tunnel, and is for nobody to see. */
    assert_attributes(
        "c008 04 fde90001 c020 18 ffffffff 00000000 80000001 0000fde9 00000002 00000003",
        "t2147483649 via  origin 2 [] 0 (65001:1 65001:2:3)\n");
    /* LOCAL_PREF, and one that is not known. */
    assert_attributes("4005 04 00000064 c0fe 03 010203", "t0 via  origin 2 [] 0 ()\n");
}

/* The attributes of one route are not those of the next. */
static void test_attributes_do_not_stay(void **state)
{
    struct session s;

    (void)state;
    establish(&s);
    assert_int_equal(
        receive_update(&s, "", ATTRIBUTES "8004 04 00000005 c008 04 fde90001", "00000001 08 0a"),
        0);
    assert_int_equal(receive_update(&s, "", ORIGIN_IGP, "00000001 08 0b"), 0);
    assert_events(&s, "+10.0.0.0/8#1 t7 via 169.254.1.2 origin 0 [65001] 1 med 5 (65001:1)\n"
                      "+11.0.0.0/8#1 t0 via  origin 0 [] 0 ()\n");
    end(&s);
}

/* An UPDATE with an attribute of n items, each of size bytes of 0xff but for its last, and of an
 * AS_PATH in segments of 255. */
static size_t make_long(uint8_t bytes[BGP_MESSAGE_MAX], uint8_t type, size_t n, size_t size)
{
    struct wire_writer w = begin_message(bytes, UPDATE);
    size_t at, attribute;

    wire_put_be16(&w, 0);
    at = wire_written(&w);
    wire_put_zero(&w, 2);
    wire_put_u8(&w, 0xd0);
    wire_put_u8(&w, type);
    attribute = wire_written(&w);
    wire_put_zero(&w, 2);
    for (size_t i = 0; i < n; i++) {
        if (type == 2 && i % 255 == 0) {
            wire_put_u8(&w, 2);
            wire_put_u8(&w, (uint8_t)MIN(n - i, 255U));
        }
        for (size_t k = 0; k < size - 1; k++)
            wire_put_u8(&w, 0xee);
        wire_put_u8(&w, (uint8_t)i);
    }
    wire_patch_be16(&w, attribute, (uint16_t)(wire_written(&w) - attribute - 2));
    wire_patch_be16(&w, at, (uint16_t)(wire_written(&w) - at - 2));
    put_hex(&w, "00000001 08 0a");
    return end_message(&w);
}

static void test_long_texts_are_cut(void **state)
{
    static const struct {
        uint8_t type;
        size_t n, size, word; /* word: the text of an item, with the space behind it */
    } rows[] = {{2, 92, 4, 11},    {2, 93, 4, 11},   {2, 94, 4, 11},   {2, 1000, 4, 11},
                {8, 60, 4, 12},    {8, 1000, 4, 12}, {32, 31, 12, 33}, {32, 330, 12, 33},
                {2, 15000, 4, 11}, {8, 15000, 4, 12}}; /* the last: RFC 8654 */
    uint8_t bytes[BGP_MESSAGE_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct bgp_attributes *a;
        const char *text;
        struct session s;
        size_t whole = rows[i].n * rows[i].word - 1;
        size_t len;

        establish(&s);
        len = make_long(bytes, rows[i].type, rows[i].n, rows[i].size);
        assert_int_equal(receive(&s, bytes, len), 0);
        a = &s.feed.attributes;
        text = rows[i].type == 2 ? a->as_path : a->communities;
        len = strlen(text);
        assert_in_range(len, 1, BGP_TEXT_MAX - 1);
        if (whole + sizeof("...") <= BGP_TEXT_MAX) {
            assert_true(len <= whole);
            assert_null(strstr(text, "..."));
        } else {
            assert_true(len + rows[i].word + 4 > BGP_TEXT_MAX); /* as much as there is room for */
            assert_string_equal(text + len - 3, "...");
            assert_ptr_equal(strstr(text, "..."), text + len - 3);
        }
        if (rows[i].type == 2)
            assert_int_equal(a->length, rows[i].n); /* which counts all of them */
        end(&s);
    }
}

static void test_a_long_set_is_cut(void **state)
{
    uint8_t bytes[BGP_MESSAGE_MAX];
    struct session s;
    size_t len = make_long(bytes, 2, 255, 4);

    (void)state;
    bytes[27] = 1; /* the type of the segment */
    establish(&s);
    assert_int_equal(receive(&s, bytes, len), 0);
    assert_int_equal(s.feed.attributes.length, 1);
    assert_true(text_starts_with(s.feed.attributes.as_path, "{4008635904,4008635905,"));
    len = strlen(s.feed.attributes.as_path);
    assert_string_equal(s.feed.attributes.as_path + len - 3, "...");
    end(&s);
}

/* ---- pieces ---- */

static void add_message(struct buf *b, const uint8_t *bytes, size_t len)
{
    buf_add(b, bytes, len);
}

static void test_pieces_of_every_size(void **state)
{
    static const char expected[] = "+10.2.0.0/16#1 t7 via 169.254.1.2 origin 0 [65001] 1 ()\n"
                                   "-10.2.0.0/16#1\n"
                                   "all of IPv4\n";
    uint8_t bytes[BGP_MESSAGE_MAX];
    struct buf all = {0};

    (void)state;
    add_message(&all, bytes, make_message(bytes, OPEN, OPEN_BODY));
    add_message(&all, bytes, hex_read(KEEPALIVE, bytes, sizeof(bytes)));
    add_message(&all, bytes, make_update(bytes, "", ATTRIBUTES, "00000001 10 0a02"));
    add_message(&all, bytes, make_update(bytes, "00000001 10 0a02", "", ""));
    add_message(&all, bytes, make_update(bytes, "", "", ""));
    assert_false(all.failed);
    for (size_t size = 1; size <= all.len; size++) {
        struct session s;

        begin(&s);
        for (size_t at = 0; at < all.len; at += size)
            assert_int_equal(receive(&s, all.data + at, MIN(size, all.len - at)), 0);
        assert_events(&s, expected);
        end(&s);
    }
    buf_done(&all);
}

/* More at once than the session has room for. */
static void test_many_messages_at_once(void **state)
{
    uint8_t bytes[BGP_MESSAGE_MAX];
    struct buf all = {0};
    struct session s;
    size_t n = 0;

    (void)state;
    while (all.len < 5 * BGP_MESSAGE_MAX) {
        add_message(&all, bytes, make_long(bytes, 2, 1 + n * 97 % 900, 4));
        n++;
    }
    establish(&s);
    assert_int_equal(receive(&s, all.data, all.len), 0);
    for (const char *c = buf_text(&s.events); *c; c++)
        n -= *c == '\n';
    assert_int_equal(n, 0);
    assert_int_equal(s.feed.n_in, 0);
    buf_done(&all);
    end(&s);
}

/* ---- what is no BGP ---- */

static void test_a_malformed_header(void **state)
{
    static const char *const rows[] = {
        "00ffffffffffffff ffffffffffffffff 0013 04", /* RFC 4271, 4.1: all ones */
        "ffffffffffffffff fffffffffffffffe 0013 04",
        MARKER "0012 04",
        MARKER "0000 04",
        MARKER "0013 00",
        MARKER "0013 06",
        MARKER "0014 04 00", /* a KEEPALIVE is a header */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session s;

        establish(&s);
        assert_int_equal(receive_hex(&s, rows[i]), -EBADMSG);
        end(&s);
    }
}

static void test_malformed_lengths(void **state)
{
    static const char *const rows[] = {
        "",
        "00",
        "0000",
        "0000 00",
        "0001 0000",
        "0000 0001",
        "0000 0004 4001 01",
        "0005 00000001 08 0000",
        "ffff 0000",
        "0000 ffff",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session s;

        establish(&s);
        assert_int_equal(receive_message(&s, UPDATE, rows[i]), -EBADMSG);
        assert_events(&s, "");
        end(&s);
    }
}

static void test_malformed_prefixes(void **state)
{
    static const struct {
        const char *gone, *attributes, *prefixes;
    } rows[] = {
        {"", ATTRIBUTES, "00000001 21 0a02030400"}, /* 33 bits */
        {"", ATTRIBUTES, "00000001 ff 0a02030400"},
        {"", ATTRIBUTES, "00000001 10 0a"},
        {"", ATTRIBUTES, "00000001"},
        {"", ATTRIBUTES, "0000"},
        {"00000001 21 0a02030400", "", ""},
        {"00000001 10 0a", "", ""},
        {"", "800f 18 0002 01 00000001 81" IPV6_HOP, ""},
        {"", "800f 19 0002 01 00000001 81" IPV6_HOP "00", ""},
        {"", "800f 0d 0001 01 00000001 21 0a02030400", ""},
        {"", "800f 07 0002 01 00000001", ""},
        {"", "800e 1c 0002 01 10" IPV6_HOP "00 00000003 20 2001", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session s;

        establish(&s);
        assert_int_equal(receive_update(&s, rows[i].gone, rows[i].attributes, rows[i].prefixes),
                         -EBADMSG);
        assert_events(&s, "");
        end(&s);
    }
}

static void test_malformed_attributes(void **state)
{
    static const char *const rows[] = {
        "40",
        "4001",
        "4001 02 00",
        "5001 00",
        "5001 0002 00",
        "4001 00", /* ORIGIN */
        "4001 02 0000",
        "4001 01 03",
        "4002 01 02", /* AS_PATH */
        "4002 05 02 01 000001",
        "4002 06 02 02 00000001",
        "4002 06 01 02 00000001",
        "4002 06 00 01 00000001", /* no kind of segment */
        "4002 06 05 01 00000001",
        "4003 03 a9fe01", /* NEXT_HOP */
        "4003 05 a9fe010200",
        "8004 03 000000", /* MED */
        "8004 05 0000000000",
        "c008 03 000000", /* communities */
        "c008 06 000000000000",
        "c020 0b ffffffff00000000000000",
        "c020 10 ffffffff0000000000000000 00000000",
        "800e 02 0002", /* MP_REACH_NLRI */
        "800e 03 0002 01",
        "800e 05 0002 01 00 00",
        "800e 0d 0002 01 08 fd00000000000000 00",
        "800e 08 0001 01 04 a9fe0102",
        "800e 13 0002 01 10 fd0000000000000000000000000000",
        "800e 14 0002 01 20" IPV6_HOP,
        "800f 02 0002", /* MP_UNREACH_NLRI */
        "800f 00",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct session s;

        establish(&s);
        assert_int_equal(receive_update(&s, "", rows[i], "00000001 08 0a"), -EBADMSG);
        assert_events(&s, "");
        end(&s);
    }
}

/* Each byte of a good UPDATE changed to each value, and each length of it cut short: whatever comes
 * of it, it is an answer. */
static void test_one_wrong_byte(void **state)
{
    uint8_t good[BGP_MESSAGE_MAX], bytes[BGP_MESSAGE_MAX];
    size_t len = make_update(good, "00000001 08 0a",
                             ATTRIBUTES "800e 1c 0002 01 10" IPV6_HOP "00 00000003 10 2001"
                                        "800f 0a 0002 01 00000003 10 2002",
                             "00000001 08 0b");

    (void)state;
    for (size_t at = 0; at < len; at++) {
        for (unsigned value = 0; value < 256; value++) {
            struct session s;
            int r;

            establish(&s);
            memcpy(bytes, good, len);
            bytes[at] = (uint8_t)value;
            r = receive(&s, bytes, len);
            assert_true(r == 0 || r == -EBADMSG || r == -ECONNRESET);
            end(&s);
        }
    }
    for (size_t cut = 19; cut < len; cut++) {
        struct session s;

        establish(&s);
        memcpy(bytes, good, cut);
        wire_store_be16(bytes + 16, (uint16_t)cut);
        assert_true(receive(&s, bytes, cut) == (cut == len - 6 ? 0 : -EBADMSG));
        end(&s);
    }
}

static void test_a_notification_ends_it(void **state)
{
    struct session s;

    (void)state;
    establish(&s);
    assert_int_equal(receive_message(&s, NOTIFICATION, "06 02"), -ECONNRESET);
    end(&s);
    begin(&s);
    assert_int_equal(receive_message(&s, NOTIFICATION, "02 02 04deadbeef"), -ECONNRESET);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_we_open),
        cmocka_unit_test(test_a_session_from_its_begin_to_routes),
        cmocka_unit_test(test_an_open_without_what_we_need_is_refused),
        cmocka_unit_test(test_capabilities_in_any_form),
        cmocka_unit_test(test_messages_come_in_their_order),
        cmocka_unit_test(test_prefixes_of_every_length),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_ipv4_by_an_ipv6_next_hop),
        cmocka_unit_test(test_the_end_of_what_there_is),
        cmocka_unit_test(test_the_way_of_a_route),
        cmocka_unit_test(test_what_else_a_route_comes_with),
        cmocka_unit_test(test_attributes_do_not_stay),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_a_long_set_is_cut),
        cmocka_unit_test(test_pieces_of_every_size),
        cmocka_unit_test(test_many_messages_at_once),
        cmocka_unit_test(test_a_malformed_header),
        cmocka_unit_test(test_malformed_lengths),
        cmocka_unit_test(test_malformed_prefixes),
        cmocka_unit_test(test_malformed_attributes),
        cmocka_unit_test(test_one_wrong_byte),
        cmocka_unit_test(test_a_notification_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
