/* Echo requests, and what routers and destinations make of them. */
#include "icmp_lab.h"

#define IDENT 0x4711
#define SEQ   7
#define ECHO  (((uint32_t)IDENT << 16) | SEQ)

static uint32_t sum_of(const uint8_t *data, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void test_a_request_is_as_long_as_asked(void **state)
{
    static const struct {
        enum addr_family family;
        uint16_t size, len; /* 0: refused */
    } rows[] = {{ADDR_IPV4, 28, 8},      {ADDR_IPV4, 27, 0},     {ADDR_IPV4, 84, 64},
                {ADDR_IPV4, 9216, 9196}, {ADDR_IPV4, 9217, 0},   {ADDR_IPV6, 48, 8},
                {ADDR_IPV6, 47, 0},      {ADDR_IPV6, 1280, 1240}};
    static uint8_t bytes[REACH_PACKET_MAX];
    size_t len;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int r = reach_build(rows[i].family, IDENT, SEQ, rows[i].size, bytes, &len);

        assert_int_equal(r, rows[i].len ? 0 : -EINVAL);
        if (r == 0)
            assert_int_equal(len, rows[i].len);
        if (r == 0 && rows[i].family == ADDR_IPV4)
            assert_int_equal(sum_of(bytes, len), 0xffff);
    }
}

static void test_a_reply_comes_from_where_we_asked(void **state)
{
    struct addr dst = lab_addr("10.2.0.3");
    struct reach_packet got;
    struct lab_packet icmp, ip;

    (void)state;
    lab_icmp(&icmp, 0, 0, ECHO, NULL, 0);
    lab_ipv4(&ip, "10.2.0.3", "10.1.0.3", 1, 62, icmp.bytes, icmp.len);
    assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT, &dst, &got), 0);
    assert_int_equal(got.what, REACH_REPLY);
    assert_int_equal(got.seq, SEQ);
    assert_int_equal(got.ttl, 62);
    assert_true(addr_equal(&got.from, &dst));
    assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT + 1, &dst, &got), -ENOENT);
    lab_ipv4(&ip, "10.2.0.4", "10.1.0.3", 1, 62, icmp.bytes, icmp.len);
    assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT, &dst, &got), -ENOENT);
    lab_icmp(&icmp, 8, 0, ECHO, NULL, 0); /* our own request, or somebody else's */
    lab_ipv4(&ip, "10.2.0.3", "10.1.0.3", 1, 62, icmp.bytes, icmp.len);
    assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT, &dst, &got), -ENOENT);
}

static void test_errors_quote_our_request(void **state)
{
    static const struct {
        uint8_t type, code;
        uint32_t rest;
        int result;
        enum reach_what what;
        uint32_t mtu;
    } rows[] = {
        {11, 0, 0, 0, REACH_EXPIRED, 0},
        {11, 1, 0, -ENOENT, 0, 0},
        {3, 0, 0, 0, REACH_NET, 0},
        {3, 1, 0, 0, REACH_HOST, 0},
        {3, 4, 1438, 0, REACH_TOO_BIG, 1438},
        {3, 4, 0xffff0000, 0, REACH_TOO_BIG, 0},
        {3, 13, 0, 0, REACH_PROHIBITED, 0},
        {3, 3, 0, 0, REACH_UNREACHABLE, 0},
        {4, 0, 0, -ENOENT, 0, 0},
    };
    struct addr dst = lab_addr("10.2.0.3"), router = lab_addr("10.1.0.1");
    struct lab_packet echo, quoted, icmp, ip;
    struct reach_packet got;

    (void)state;
    lab_icmp(&echo, 8, 0, ECHO, NULL, 0);
    lab_ipv4(&quoted, "10.1.0.3", "10.2.0.3", 1, 1, echo.bytes, echo.len);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        lab_icmp(&icmp, rows[i].type, rows[i].code, rows[i].rest, quoted.bytes, quoted.len);
        lab_ipv4(&ip, "10.1.0.1", "10.1.0.3", 1, 64, icmp.bytes, icmp.len);
        assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT, &dst, &got), rows[i].result);
        if (rows[i].result < 0)
            continue;
        assert_int_equal(got.what, rows[i].what);
        assert_int_equal(got.mtu, rows[i].mtu);
        assert_int_equal(got.seq, SEQ);
        assert_true(addr_equal(&got.from, &router));
        /* Cut anywhere it is malformed, and touches nothing. */
        for (size_t len = 0; len < ip.len; len++)
            assert_int_equal(reach_parse_ipv4(ip.bytes, len, IDENT, &dst, &got), -EBADMSG);
    }
}

static void test_what_others_asked_is_not_ours(void **state)
{
    struct addr dst = lab_addr("10.2.0.3");
    struct lab_packet echo, quoted, icmp, ip;
    struct reach_packet got;

    (void)state;
    lab_icmp(&echo, 8, 0, ECHO, NULL, 0);
    lab_ipv4(&quoted, "10.1.0.3", "10.2.0.4", 1, 1, echo.bytes, echo.len); /* to another */
    lab_icmp(&icmp, 11, 0, 0, quoted.bytes, quoted.len);
    lab_ipv4(&ip, "10.1.0.1", "10.1.0.3", 1, 64, icmp.bytes, icmp.len);
    assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT, &dst, &got), -ENOENT);
    lab_ipv4(&quoted, "10.1.0.3", "10.2.0.3", 17, 1, echo.bytes, echo.len); /* UDP */
    lab_icmp(&icmp, 11, 0, 0, quoted.bytes, quoted.len);
    lab_ipv4(&ip, "10.1.0.1", "10.1.0.3", 1, 64, icmp.bytes, icmp.len);
    assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT, &dst, &got), -ENOENT);
    ip.bytes[0] = 0x44; /* a header of 16 bytes */
    assert_int_equal(reach_parse_ipv4(ip.bytes, ip.len, IDENT, &dst, &got), -EBADMSG);
}

static void test_ipv6(void **state)
{
    static const struct {
        uint8_t type, code;
        uint32_t rest;
        enum reach_what what;
    } rows[] = {{1, 0, 0, REACH_NET},        {1, 1, 0, REACH_PROHIBITED},
                {1, 3, 0, REACH_HOST},       {1, 4, 0, REACH_UNREACHABLE},
                {2, 0, 1400, REACH_TOO_BIG}, {3, 0, 0, REACH_EXPIRED}};
    struct addr dst = lab_addr("fd00:2::3"), from = lab_addr("fd00:1::1");
    struct lab_packet echo, quoted, icmp;
    struct reach_packet got;

    (void)state;
    lab_icmp(&icmp, 129, 0, ECHO, NULL, 0);
    assert_int_equal(reach_parse_ipv6(icmp.bytes, icmp.len, &dst, 61, IDENT, &dst, &got), 0);
    assert_int_equal(got.what, REACH_REPLY);
    assert_int_equal(got.ttl, 61);
    assert_int_equal(reach_parse_ipv6(icmp.bytes, icmp.len, &from, 61, IDENT, &dst, &got), -ENOENT);
    lab_icmp(&echo, 128, 0, ECHO, NULL, 0);
    lab_ipv6(&quoted, "fd00:1::3", "fd00:2::3", 58, 1, echo.bytes, echo.len);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        lab_icmp(&icmp, rows[i].type, rows[i].code, rows[i].rest, quoted.bytes, quoted.len);
        assert_int_equal(reach_parse_ipv6(icmp.bytes, icmp.len, &from, 64, IDENT, &dst, &got), 0);
        assert_int_equal(got.what, rows[i].what);
        assert_int_equal(got.mtu, rows[i].rest);
        for (size_t len = 0; len < icmp.len; len++)
            assert_int_equal(reach_parse_ipv6(icmp.bytes, len, &from, 64, IDENT, &dst, &got),
                             -EBADMSG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_is_as_long_as_asked),
        cmocka_unit_test(test_a_reply_comes_from_where_we_asked),
        cmocka_unit_test(test_errors_quote_our_request),
        cmocka_unit_test(test_what_others_asked_is_not_ours),
        cmocka_unit_test(test_ipv6),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
