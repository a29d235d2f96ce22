#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "translate_internal.h"

#define PACKET_MAX 512

/* Both ends have 10.0.0.0/16 and fd00::/48: ours is known as 100.64 and fd64::, theirs as 100.65
 * and fd65::. A part of ours is known as something else; what is in no pair stays. */
static struct ipc_tunnel make_pairs(void)
{
    static const struct {
        uint8_t side;
        const char *prefix, *seen_as;
    } pairs[] = {
        {IPC_SIDE_OWN, "10.0.0.0/16", "100.64.0.0/16"},
        {IPC_SIDE_PEER, "10.0.0.0/16", "100.65.0.0/16"},
        {IPC_SIDE_OWN, "10.1.2.0/23", "100.66.4.0/23"},
        {IPC_SIDE_OWN, "fd00::/48", "fd64::/48"},
        {IPC_SIDE_PEER, "fd00::/48", "fd65::/48"},
    };
    struct ipc_tunnel t = {.n_translations = ARRAY_SIZE(pairs)};

    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        t.translations[i].side = pairs[i].side;
        assert_int_equal(prefix_parse(pairs[i].prefix, &t.translations[i].prefix), 0);
        assert_int_equal(prefix_parse(pairs[i].seen_as, &t.translations[i].seen_as), 0);
    }
    return t;
}

/* ---- packets ---- */

static uint32_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static void fill(uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)draw(256);
}

static uint32_t checksum_at(uint8_t version, uint8_t protocol)
{
    return protocol == DP_TCP                      ? 16
           : protocol == DP_UDP                    ? 6
           : protocol == DP_ICMPV6 && version == 6 ? 2
           : protocol == DP_ICMP && version == 4   ? 2
                                                   : 0;
}

static uint64_t pseudo(const uint8_t *ip, uint8_t protocol, size_t len)
{
    return protocol == DP_ICMP ? 0 : esp_csum_pseudo(ip, protocol, (uint32_t)len);
}

static void finish(uint8_t *ip, size_t header, uint8_t protocol, size_t len)
{
    uint32_t at = checksum_at(ip[0] >> 4, protocol);
    uint16_t csum;

    if (ip[0] >> 4 == 4)
        esp_csum_ipv4_header(ip);
    if (!at)
        return;
    memset(ip + header + at, 0, 2);
    csum = esp_csum_fold(esp_csum_add(pseudo(ip, protocol, len), ip + header, len));
    if (protocol == DP_UDP && csum == 0)
        csum = 0xffff;
    memcpy(ip + header + at, &csum, 2);
}

/* A header with addresses in front of len bytes; its length. */
static size_t put_header(uint8_t *ip, uint8_t version, uint8_t protocol, const char *src,
                         const char *dst, size_t len)
{
    size_t header = version == 4 ? 20 + 4 * draw(3) : 40;
    struct addr from, to;

    assert_int_equal(addr_parse(src, &from), 0);
    assert_int_equal(addr_parse(dst, &to), 0);
    memset(ip, 0, header);
    ip[0] = version == 4 ? (uint8_t)(0x40 | header / 4) : 0x60;
    if (version == 4) {
        memset(ip + 20, 1, header - 20); /* options that say nothing */
        wire_store_be16(ip + 2, (uint16_t)(header + len));
        ip[8] = 64;
        ip[9] = protocol;
    } else {
        wire_store_be16(ip + 4, (uint16_t)len);
        ip[6] = protocol;
        ip[7] = 64;
    }
    memcpy(ip + (version == 4 ? 12 : 8), from.bytes, version == 4 ? 4 : 16);
    memcpy(ip + (version == 4 ? 16 : 24), to.bytes, version == 4 ? 4 : 16);
    return header;
}

static size_t put_packet(uint8_t *ip, uint8_t version, uint8_t protocol, const char *src,
                         const char *dst)
{
    size_t len = 20 + draw(60), header = put_header(ip, version, protocol, src, dst, len);

    fill(ip + header, len);
    if (protocol == DP_ICMP)
        ip[header] = 8;
    if (protocol == DP_ICMPV6)
        ip[header] = 128;
    finish(ip, header, protocol, len);
    return header + len;
}

/* An error about a packet, of which it quotes at most so many bytes. */
static size_t put_error(uint8_t *ip, const char *src, const char *dst, const uint8_t *about,
                        size_t len, size_t most)
{
    uint8_t version = about[0] >> 4, protocol = version == 4 ? DP_ICMP : DP_ICMPV6;
    size_t quote = MIN(len, most), header = put_header(ip, version, protocol, src, dst, 8 + quote);

    memset(ip + header, 0, 8);
    ip[header] = version == 4 ? 3 : 2;
    memcpy(ip + header + 8, about, quote);
    finish(ip, header, protocol, 8 + quote);
    return header + 8 + quote;
}

static void assert_sound(const uint8_t *ip, size_t len)
{
    struct dp_inner p;
    uint32_t at;

    assert_int_equal(dp_inner_parse(ip, len, &p), 0);
    assert_true(dp_inner_checksum_ok(ip));
    at = checksum_at(p.version, p.protocol);
    if (!at || (p.protocol == DP_UDP && !ip[p.l4_offset + 6] && !ip[p.l4_offset + 7]))
        return;
    assert_int_equal(esp_csum_fold(esp_csum_add(pseudo(ip, p.protocol, p.len - p.l4_offset),
                                                ip + p.l4_offset, p.len - p.l4_offset)),
                     0);
}

static void assert_addresses(const uint8_t *ip, size_t len, const char *src, const char *dst)
{
    char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];
    struct dp_inner p;

    assert_int_equal(dp_inner_parse_quoted(ip, len, &p), 0);
    assert_string_equal(addr_format(&p.src, from), src);
    assert_string_equal(addr_format(&p.dst, to), dst);
}

/* ---- the tests ---- */

static const struct {
    uint8_t version;
    const char *src, *dst;           /* ours */
    const char *wire_src, *wire_dst; /* on its way to the peer */
} ways[] = {
    {4, "10.0.3.4", "100.65.1.2", "100.64.3.4", "10.0.1.2"},
    {4, "10.0.0.0", "192.0.2.1", "100.64.0.0", "192.0.2.1"},
    {4, "172.16.0.9", "100.65.255.255", "172.16.0.9", "10.0.255.255"},
    {4, "10.1.3.255", "100.65.0.1", "100.66.5.255", "10.0.0.1"},
    {4, "10.1.4.0", "192.0.2.1", "10.1.4.0", "192.0.2.1"},
    {6, "fd00::3:4", "fd65::1:2", "fd64::3:4", "fd00::1:2"},
    {6, "fd00:0:1::1", "fd65::1", "fd00:0:1::1", "fd00::1"},
};

static const uint8_t protocols[] = {DP_TCP, DP_UDP, DP_ICMP, DP_ICMPV6, 50};

/* An answer; no checksum notices. */
static void swap_addresses(uint8_t *ip)
{
    size_t size = ip[0] >> 4 == 4 ? 4 : 16, at = ip[0] >> 4 == 4 ? 12 : 8;
    uint8_t src[16];

    memcpy(src, ip + at, size);
    memcpy(ip + at, ip + at + size, size);
    memcpy(ip + at + size, src, size);
}

static void test_out_and_back_is_the_same(void **state)
{
    const struct ipc_tunnel t = make_pairs();

    (void)state;
    for (unsigned n = 0; n < 20000; n++) {
        size_t way = n % ARRAY_SIZE(ways), len;
        uint8_t ip[PACKET_MAX], before[PACKET_MAX];

        len = put_packet(ip, ways[way].version, protocols[draw(ARRAY_SIZE(protocols))],
                         ways[way].src, ways[way].dst);
        memcpy(before, ip, len);
        assert_int_equal(dp_translate(&t, DP_OUT, ip, len, 0), 0);
        assert_addresses(ip, len, ways[way].wire_src, ways[way].wire_dst);
        assert_sound(ip, len);
        swap_addresses(ip);
        assert_int_equal(dp_translate(&t, DP_IN, ip, len, 0), 0);
        assert_sound(ip, len);
        swap_addresses(ip);
        assert_memory_equal(ip, before, len);
    }
}

static void test_errors_tell_of_the_packet_as_its_sender_knows_it(void **state)
{
    const struct ipc_tunnel t = make_pairs();
    static const size_t quotes[] = {28, 34, 40, 48, 60, 400};

    (void)state;
    for (unsigned n = 0; n < 20000; n++) {
        size_t way = n % ARRAY_SIZE(ways), quote = quotes[draw(ARRAY_SIZE(quotes))], len, header;
        const char *router = ways[way].version == 4 ? "10.0.7.7" : "fd00::7";
        const char *router_seen = ways[way].version == 4 ? "100.65.7.7" : "fd65::7";
        uint8_t about[PACKET_MAX], ip[PACKET_MAX], before[PACKET_MAX];

        if (ways[way].version == 6)
            quote += 20;
        len = put_packet(about, ways[way].version, protocols[draw(ARRAY_SIZE(protocols))],
                         ways[way].wire_src, ways[way].wire_dst);
        len = put_error(ip, router, ways[way].wire_src, about, len, quote);
        memcpy(before, ip, len);
        header = ways[way].version == 4 ? (size_t)(ip[0] & 15) * 4 : 40;
        assert_int_equal(dp_translate(&t, DP_IN, ip, len, 0), 0);
        assert_addresses(ip, len, router_seen, ways[way].src);
        assert_sound(ip, len);
        assert_addresses(ip + header + 8, len - header - 8, ways[way].src, ways[way].dst);
        assert_true(len - header - 8 < 60 || dp_inner_checksum_ok(ip + header + 8));
        if (len - header - 8 == wire_load_be16(about + (ways[way].version == 4 ? 2 : 4)) +
                                    (ways[way].version == 4 ? 0U : 40U))
            assert_sound(ip + header + 8, len - header - 8);
    }
}

static void test_udp_without_checksum_keeps_none(void **state)
{
    const struct ipc_tunnel t = make_pairs();
    uint8_t ip[PACKET_MAX];
    size_t len, header;

    (void)state;
    len = put_packet(ip, 4, DP_UDP, ways[0].src, ways[0].dst);
    header = (size_t)(ip[0] & 15) * 4;
    memset(ip + header + 6, 0, 2);
    assert_int_equal(dp_translate(&t, DP_OUT, ip, len, 0), 0);
    assert_int_equal(ip[header + 6] | ip[header + 7], 0);
    assert_addresses(ip, len, ways[0].wire_src, ways[0].wire_dst);
}

/* A checksum that becomes 0 is written as ones: some payload leads there. */
static void test_udp_never_gets_the_checksum_that_means_none(void **state)
{
    const struct ipc_tunnel t = make_pairs();
    bool met = false;

    (void)state;
    for (uint32_t n = 0; n < 0x10000; n++) {
        uint8_t ip[PACKET_MAX];
        size_t header = put_header(ip, 4, DP_UDP, ways[0].src, ways[0].dst, 10);

        memset(ip + header, 0, 10);
        wire_store_be16(ip + header + 8, (uint16_t)n);
        finish(ip, header, DP_UDP, 10);
        assert_int_equal(dp_translate(&t, DP_OUT, ip, header + 10, 0), 0);
        assert_true(ip[header + 6] | ip[header + 7]);
        assert_sound(ip, header + 10);
        met |= ip[header + 6] == 0xff && ip[header + 7] == 0xff;
    }
    assert_true(met);
}

/* A super-segment, or a packet whose checksum the TAP is to finish, has the sum of the pseudo
 * header in its place. */
static void test_unfinished_checksums_finish_right(void **state)
{
    const struct ipc_tunnel t = make_pairs();

    (void)state;
    for (unsigned n = 0; n < 5000; n++) {
        size_t way = n % ARRAY_SIZE(ways), len, header;
        uint8_t ip[PACKET_MAX], protocol = n & 1 ? DP_TCP : DP_UDP;
        uint32_t at = checksum_at(4, protocol);
        uint16_t sum;

        len = put_packet(ip, ways[way].version, protocol, ways[way].src, ways[way].dst);
        header = ways[way].version == 4 ? (size_t)(ip[0] & 15) * 4 : 40;
        sum = (uint16_t)~esp_csum_fold(esp_csum_pseudo(ip, protocol, (uint32_t)(len - header)));
        memcpy(ip + header + at, &sum, 2);
        assert_int_equal(dp_translate(&t, DP_OUT, ip, len, header), 0);
        assert_int_equal(esp_csum_finish(ip, len, header, at), 0);
        assert_sound(ip, len);
    }
}

/* Put together again, the fragments are the translated packet. */
static void test_fragments_make_a_sound_packet(void **state)
{
    const struct ipc_tunnel t = make_pairs();

    (void)state;
    for (unsigned n = 0; n < 2000; n++) {
        uint8_t ip[PACKET_MAX], whole[PACKET_MAX], part[PACKET_MAX];
        size_t len, header, at = 0;
        struct dp_inner p;

        len = put_packet(ip, 4, n & 1 ? DP_TCP : DP_UDP, ways[0].src, ways[0].dst);
        header = (size_t)(ip[0] & 15) * 4;
        memcpy(whole, ip, len);
        assert_int_equal(dp_translate(&t, DP_OUT, whole, len, 0), 0);
        while (at < len - header) {
            size_t size = MIN((size_t)24, len - header - at);

            memcpy(part, ip, header);
            memcpy(part + header, ip + header + at, size);
            wire_store_be16(part + 2, (uint16_t)(header + size));
            wire_store_be16(part + 6, (uint16_t)(at / 8 | (at + size < len - header ? 0x2000 : 0)));
            esp_csum_ipv4_header(part);
            assert_int_equal(dp_translate(&t, DP_OUT, part, header + size, 0), 0);
            assert_int_equal(dp_inner_parse(part, header + size, &p), 0);
            assert_true(dp_inner_checksum_ok(part));
            assert_addresses(part, header + size, ways[0].wire_src, ways[0].wire_dst);
            assert_memory_equal(part + header, whole + header + at, size);
            at += size;
        }
    }
}

static void test_what_ends_before_its_checksum_is_refused(void **state)
{
    const struct ipc_tunnel t = make_pairs();
    uint8_t ip[60], before[60];
    size_t header;

    (void)state;
    header = put_header(ip, 4, DP_TCP, ways[0].src, ways[0].dst, 16);
    memset(ip + header, 0, 16);
    ip[6] = 0x20; /* the first of several fragments */
    finish(ip, header, 50, 16);
    memcpy(before, ip, header + 16);
    assert_int_equal(dp_translate(&t, DP_OUT, ip, header + 16, 0), -EBADMSG);
    assert_memory_equal(ip, before, header + 16);
    assert_int_equal(dp_translate(&t, DP_OUT, ip, 19, 0), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_and_back_is_the_same),
        cmocka_unit_test(test_errors_tell_of_the_packet_as_its_sender_knows_it),
        cmocka_unit_test(test_udp_without_checksum_keeps_none),
        cmocka_unit_test(test_udp_never_gets_the_checksum_that_means_none),
        cmocka_unit_test(test_unfinished_checksums_finish_right),
        cmocka_unit_test(test_fragments_make_a_sound_packet),
        cmocka_unit_test(test_what_ends_before_its_checksum_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
