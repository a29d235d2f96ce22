#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "inner_internal.h"

/* 10.1.0.4 -> 10.2.0.4, TCP SYN with MSS 1460, window scale and SACK; checksums are made by make().
 */
static const uint8_t syn[] = {0x45, 0, 0, 52,   0x12, 0x34, 0x40, 0,    64,   6,    0,    0, 10,
                              1,    0, 4, 10,   2,    0,    4,    0x30, 0x39, 0x14, 0x51, 0, 0,
                              0,    1, 0, 0,    0,    0,    0x80, 0x02, 0xff, 0xff, 0,    0, 0,
                              0,    2, 4, 0x05, 0xb4, 1,    3,    3,    7,    1,    1,    4, 2};

static void finish(uint8_t *ip, size_t len)
{
    uint16_t csum;
    size_t l4 = (size_t)(ip[0] & 15) * 4;

    esp_csum_ipv4_header(ip);
    memset(ip + l4 + 16, 0, 2);
    csum = esp_csum_fold(
        esp_csum_add(esp_csum_pseudo(ip, 6, (uint32_t)(len - l4)), ip + l4, len - l4));
    memcpy(ip + l4 + 16, &csum, 2);
}

static bool tcp_is_sound(const uint8_t *ip, size_t len)
{
    size_t l4 = (size_t)(ip[0] & 15) * 4;

    return esp_csum_fold(
               esp_csum_add(esp_csum_pseudo(ip, 6, (uint32_t)(len - l4)), ip + l4, len - l4)) == 0;
}

static bool header_is_sound(const uint8_t *ip)
{
    return esp_csum_fold(esp_csum_add(0, ip, (size_t)(ip[0] & 15) * 4)) == 0;
}

static void make6(uint8_t *ip, uint8_t next, uint16_t payload)
{
    memset(ip, 0, 40);
    ip[0] = 0x60;
    wire_store_be16(ip + 4, payload);
    ip[6] = next;
    ip[7] = 64;
    ip[8] = ip[24] = 0xfd;
    ip[23] = 1;
    ip[39] = 2;
}

static void test_parse_refuses_what_is_cut_or_absurd(void **state)
{
    static const struct {
        uint8_t at, value;
        size_t len;
        int r;
    } cases[] = {
        {0, 0x45, 52, 0},        {0, 0x45, 60, 0}, /* padding behind */
        {0, 0x45, 51, -EBADMSG}, {0, 0x45, 19, -EBADMSG}, {0, 0x45, 0, -EBADMSG},
        {0, 0x44, 52, -EBADMSG}, {0, 0x4e, 52, -EBADMSG}, {0, 0x55, 52, -EBADMSG},
        {0, 0x65, 39, -EBADMSG}, {3, 19, 52, -EBADMSG},   {2, 1, 52, -EBADMSG},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_inner inner = {.len = 77};
        uint8_t ip[60] = {0};

        memcpy(ip, syn, sizeof(syn));
        ip[cases[i].at] = cases[i].value;
        assert_int_equal(dp_inner_parse(ip, cases[i].len, &inner), cases[i].r);
        assert_int_equal(inner.len, cases[i].r ? 77 : 52);
    }
}

static void test_parse_reads_ipv4(void **state)
{
    static const struct {
        uint8_t high, low;
        bool fragment, later, df;
    } cases[] = {{0x40, 0, false, false, true},
                 {0, 0, false, false, false},
                 {0x20, 0, true, false, false},
                 {0, 1, true, true, false},
                 {0x20, 1, true, true, false}};
    struct dp_inner inner;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t ip[52];

        memcpy(ip, syn, sizeof(syn));
        ip[6] = cases[i].high;
        ip[7] = cases[i].low;
        assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
        assert_int_equal(inner.fragment, cases[i].fragment);
        assert_int_equal(inner.later_fragment, cases[i].later);
        assert_int_equal(inner.dont_fragment, cases[i].df);
        assert_int_equal(inner.protocol, DP_TCP);
        assert_int_equal(inner.l4_offset, 20);
        assert_int_equal(inner.ttl, 64);
    }
}

static void test_parse_walks_ipv6_extensions(void **state)
{
    uint8_t ip[40 + 24 + 8] = {0};
    struct dp_inner inner;

    (void)state;
    make6(ip, 0, 32);
    ip[40] = 44; /* hop-by-hop of 8, then a fragment header, then UDP */
    ip[48] = DP_UDP;
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_int_equal(inner.protocol, DP_UDP);
    assert_int_equal(inner.l4_offset, 56);
    assert_true(inner.fragment);
    assert_false(inner.later_fragment);
    ip[50] = 1; /* offset */
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_true(inner.later_fragment);
    ip[41] = 200; /* an extension longer than the packet */
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_int_equal(inner.protocol, 59);
    assert_true(inner.l4_offset <= inner.len);
}

static void test_rewriting_keeps_the_checksum(void **state)
{
    uint8_t ip[52];

    (void)state;
    memcpy(ip, syn, sizeof(syn));
    finish(ip, sizeof(ip));
    for (unsigned ttl = 64; ttl > 1; ttl--) {
        dp_inner_age(ip);
        assert_int_equal(ip[8], ttl - 1);
        assert_true(header_is_sound(ip));
    }
    for (uint8_t ecn = 0; ecn < 4; ecn++) {
        ip[1] = 0xb8;
        esp_csum_ipv4_header(ip);
        dp_inner_set_ecn(ip, ecn);
        assert_int_equal(ip[1], 0xb8 | ecn);
        assert_true(header_is_sound(ip));
    }
}

/* RFC 6040, figure 4. */
static void test_ecn_of_the_outer_header(void **state)
{
    static const struct {
        uint8_t inner, outer;
        bool ok;
        uint8_t result;
    } cases[] = {{0, 0, true, 0}, {0, 1, true, 0}, {0, 2, true, 0}, {0, 3, false, 0},
                 {1, 0, true, 1}, {1, 1, true, 1}, {1, 2, true, 1}, {1, 3, true, 3},
                 {2, 0, true, 2}, {2, 1, true, 1}, {2, 2, true, 2}, {2, 3, true, 3},
                 {3, 0, true, 3}, {3, 1, true, 3}, {3, 2, true, 3}, {3, 3, true, 3}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t ip[52], ip6[40];

        memcpy(ip, syn, sizeof(syn));
        ip[1] = cases[i].inner;
        make6(ip6, DP_UDP, 0);
        dp_inner_set_ecn(ip6, cases[i].inner);
        assert_int_equal(dp_inner_merge_ecn(ip, cases[i].outer), cases[i].ok);
        assert_int_equal(dp_inner_merge_ecn(ip6, cases[i].outer), cases[i].ok);
        assert_int_equal(ip[1] & 3, cases[i].result);
        assert_int_equal((ip6[1] >> 4) & 3, cases[i].result);
    }
}

static void test_mss_is_lowered_never_raised(void **state)
{
    struct dp_inner inner;
    uint8_t ip[52];

    (void)state;
    memcpy(ip, syn, sizeof(syn));
    finish(ip, sizeof(ip));
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_false(dp_inner_clamp_mss(ip, &inner, 1500, false));
    assert_true(dp_inner_clamp_mss(ip, &inner, 1438, false));
    assert_int_equal(wire_load_be16(ip + 42), 1398);
    assert_true(tcp_is_sound(ip, sizeof(ip)));
    assert_false(dp_inner_clamp_mss(ip, &inner, 1438, false));
    ip[33] = 0x10; /* no SYN */
    assert_false(dp_inner_clamp_mss(ip, &inner, 1000, false));
    ip[33] = 0x12;
    ip[32] = 0xf0; /* a header longer than the packet */
    assert_false(dp_inner_clamp_mss(ip, &inner, 1000, false));
}

static void test_mss_at_an_odd_offset(void **state)
{
    static const uint8_t options[12] = {1, 2, 4, 0x05, 0xb4, 1, 1, 1, 1, 1, 1, 0};
    struct dp_inner inner;
    uint8_t ip[52];

    (void)state;
    memcpy(ip, syn, sizeof(syn));
    memcpy(ip + 40, options, sizeof(options));
    finish(ip, sizeof(ip));
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_true(dp_inner_clamp_mss(ip, &inner, 1300, false));
    assert_int_equal(wire_load_be16(ip + 43), 1260);
    assert_true(tcp_is_sound(ip, sizeof(ip)));
}

static void test_absurd_options_end_the_search(void **state)
{
    static const uint8_t cases[][12] = {{3, 0, 2, 4, 9, 9},
                                        {3, 1, 2, 4, 9, 9},
                                        {8, 13, 2, 4, 9, 9},
                                        {0, 2, 4, 9, 9},
                                        {2, 12, 9, 9, 9, 9}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct dp_inner inner;
        uint8_t ip[52];

        memcpy(ip, syn, sizeof(syn));
        memcpy(ip + 40, cases[i], 12);
        assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
        assert_false(dp_inner_clamp_mss(ip, &inner, 600, false));
    }
}

static void test_fragments_put_together_are_the_packet(void **state)
{
    static uint8_t ip[3000], together[3000];
    uint8_t heads[16 * ESP_HEAD_MAX];
    struct esp_out jobs[16];
    struct dp_inner inner;
    size_t at = 0;
    unsigned n;

    (void)state;
    memcpy(ip, syn, 20);
    for (size_t i = 20; i < sizeof(ip); i++)
        ip[i] = (uint8_t)(i * 7);
    wire_store_be16(ip + 2, sizeof(ip));
    ip[6] = 0;
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_int_equal(dp_inner_fragment(ip, &inner, 1300, heads, sizeof(heads), jobs, 16, &n), 0);
    assert_int_equal(n, 3);
    for (unsigned i = 0; i < n; i++) {
        uint16_t field = wire_load_be16(jobs[i].head + 6);

        assert_true(jobs[i].head_len + jobs[i].body_len <= 1300);
        assert_int_equal(wire_load_be16(jobs[i].head + 2), jobs[i].head_len + jobs[i].body_len);
        assert_true(header_is_sound(jobs[i].head));
        assert_int_equal((field & 0x1fff) * 8, at);
        assert_int_equal(!!(field & 0x2000), i + 1 < n);
        memcpy(together + at, jobs[i].body, jobs[i].body_len);
        at += jobs[i].body_len;
    }
    assert_int_equal(at, sizeof(ip) - 20);
    assert_memory_equal(together, ip + 20, at);
    assert_int_equal(dp_inner_fragment(ip, &inner, 1300, heads, sizeof(heads), jobs, 2, &n),
                     -EMSGSIZE);
    assert_int_equal(dp_inner_fragment(ip, &inner, 27, heads, sizeof(heads), jobs, 16, &n),
                     -EMSGSIZE);
    inner.dont_fragment = true;
    assert_int_equal(dp_inner_fragment(ip, &inner, 1300, heads, sizeof(heads), jobs, 16, &n),
                     -EINVAL);
}

static void make_echo(uint8_t ip[64])
{
    memset(ip, 0, 64);
    memcpy(ip, syn, 20);
    wire_store_be16(ip + 2, 64);
    ip[9] = DP_ICMP;
    ip[20] = 8;
    ip[27] = 9;
}

static void test_echo_is_answered(void **state)
{
    struct dp_inner inner;
    uint8_t ip[64];

    (void)state;
    make_echo(ip);
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_true(dp_icmp_echo_reply(ip, &inner));
    assert_int_equal(ip[20], 0);
    assert_int_equal(ip[27], 9);
    assert_memory_equal(ip + 12, ((uint8_t[]){10, 2, 0, 4, 10, 1, 0, 4}), 8);
    assert_true(header_is_sound(ip));
    assert_int_equal(esp_csum_fold(esp_csum_add(0, ip + 20, 44)), 0);
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_false(dp_icmp_echo_reply(ip, &inner)); /* a reply is no request */
}

static void test_echo_over_ipv6(void **state)
{
    struct dp_inner inner;
    uint8_t ip[64] = {0};

    (void)state;
    make6(ip, DP_ICMPV6, 24);
    ip[40] = 128;
    assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
    assert_true(dp_icmp_echo_reply(ip, &inner));
    assert_int_equal(ip[40], 129);
    assert_int_equal(ip[23], 2);
    assert_int_equal(esp_csum_fold(esp_csum_add(esp_csum_pseudo(ip, DP_ICMPV6, 24), ip + 40, 24)),
                     0);
}

static void test_errors_quote_and_never_answer_errors(void **state)
{
    static const struct {
        uint8_t at, value;
        int r;
    } cases[] = {{8, 64, 0},         {20, 8, 0},         {20, 3, -ENOMSG},
                 {20, 11, -ENOMSG},  {7, 1, -ENOMSG},    {12, 0, 0},
                 {12, 224, -ENOMSG}, {16, 239, -ENOMSG}, {12, 127, -ENOMSG}};
    struct addr own = addr_v4(10, 1, 0, 1), own6 = {.family = ADDR_IPV6};
    uint8_t ip[64], out[DP_ICMP_MAX];
    struct dp_inner inner;
    size_t len;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        make_echo(ip);
        ip[6] = 0;
        ip[cases[i].at] = cases[i].value;
        assert_int_equal(dp_inner_parse(ip, sizeof(ip), &inner), 0);
        assert_int_equal(
            dp_icmp_error(DP_ICMP_TOO_BIG, 1300, &own, ip, &inner, out, sizeof(out), &len),
            cases[i].r);
        if (cases[i].r)
            continue;
        assert_int_equal(len, 28 + 64);
        assert_memory_equal(out + 28, ip, 64);
        assert_memory_equal(out + 16, ip + 12, 4);
        assert_int_equal(wire_load_be16(out + 26), 1300);
        assert_true(header_is_sound(out));
        assert_int_equal(esp_csum_fold(esp_csum_add(0, out + 20, len - 20)), 0);
    }
    assert_int_equal(dp_icmp_error(DP_ICMP_TTL, 0, &own6, ip, &inner, out, sizeof(out), &len),
                     -EINVAL);
    assert_int_equal(dp_icmp_error(DP_ICMP_TTL, 0, &own, ip, &inner, out, 100, &len), -ENOBUFS);
}

static void test_sources_that_nobody_has(void **state)
{
    static const struct {
        const char *addr;
        bool nobody;
    } cases[] = {
        {"10.1.0.4", false},
        {"0.0.0.0", true},
        {"0.1.2.3", true},
        {"127.0.0.1", true},
        {"1.0.0.1", false},
        {"224.0.0.1", true},
        {"255.255.255.255", true},
        {"169.254.1.1", false},
        {"fd00::1", false},
        {"::", true},
        {"::1", true},
        {"::2", false},
        {"fe80::1", true},
        {"febf::1", true},
        {"fec0::1", false},
        {"ff02::1", true},
    };
    struct addr a;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(addr_parse(cases[i].addr, &a), 0);
        assert_int_equal(dp_addr_is_nobody(&a), cases[i].nobody);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_refuses_what_is_cut_or_absurd),
        cmocka_unit_test(test_parse_reads_ipv4),
        cmocka_unit_test(test_parse_walks_ipv6_extensions),
        cmocka_unit_test(test_rewriting_keeps_the_checksum),
        cmocka_unit_test(test_ecn_of_the_outer_header),
        cmocka_unit_test(test_mss_is_lowered_never_raised),
        cmocka_unit_test(test_mss_at_an_odd_offset),
        cmocka_unit_test(test_absurd_options_end_the_search),
        cmocka_unit_test(test_fragments_put_together_are_the_packet),
        cmocka_unit_test(test_echo_is_answered),
        cmocka_unit_test(test_echo_over_ipv6),
        cmocka_unit_test(test_errors_quote_and_never_answer_errors),
        cmocka_unit_test(test_sources_that_nobody_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
