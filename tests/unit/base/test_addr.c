#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"

static struct addr addr_of(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a), 0);
    return a;
}

static struct prefix prefix_of(const char *text)
{
    struct prefix p;

    assert_int_equal(prefix_parse(text, &p), 0);
    return p;
}

static void test_addresses_come_back_in_canonical_text(void **state)
{
    static const struct {
        const char *text;
        const char *canonical; /* NULL: refused */
    } rows[] = {
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"10.1.2.3", "10.1.2.3"},
        {"::", "::"},
        {"2001:DB8:0:0::1", "2001:db8::1"},
        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
        {"", NULL},
        {"10.1.2", NULL},
        {"10.1.2.3.4", NULL},
        {"10.1.2.256", NULL},
        {"010.1.2.3", NULL},
        {" 10.1.2.3", NULL},
        {"10.1.2.3 ", NULL},
        {"10.1.2.3/32", NULL},
        {"fe80::1%eth0", NULL},
        {"2001:db8:::1", NULL},
    };
    char text[ADDR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct addr a = addr_v4(9, 9, 9, 9);
        int r = addr_parse(rows[i].text, &a);

        assert_int_equal(r, rows[i].canonical ? 0 : -EINVAL);
        assert_string_equal(addr_format(&a, text),
                            rows[i].canonical ? rows[i].canonical : "9.9.9.9");
    }
    assert_string_equal(addr_format(&(struct addr){0}, text), "");
}

static void test_addresses_have_an_order(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        {"10.0.0.1", "10.0.0.1", 0},        {"10.0.0.1", "10.0.0.2", -1},
        {"9.255.255.255", "10.0.0.0", -1},  {"255.255.255.255", "::", -1},
        {"2001:db8::1", "2001:db8::2", -1}, {"200.0.0.0", "100.0.0.0", 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct addr a = addr_of(rows[i].a), b = addr_of(rows[i].b);
        int there = addr_cmp(&a, &b), back = addr_cmp(&b, &a);

        assert_int_equal((there > 0) - (there < 0), rows[i].order);
        assert_int_equal((back > 0) - (back < 0), -rows[i].order);
        assert_int_equal(addr_equal(&a, &b), rows[i].order == 0);
    }
}

static void test_address_arithmetic_carries_and_wraps(void **state)
{
    static const struct {
        const char *from;
        uint64_t n;
        const char *to;
    } rows[] = {
        {"10.0.0.1", 0, "10.0.0.1"},
        {"10.0.0.255", 1, "10.0.1.0"},
        {"10.255.255.255", 1, "11.0.0.0"},
        {"255.255.255.255", 1, "0.0.0.0"},
        {"0.0.0.0", 0x100000000, "0.0.0.0"},
        {"2001:db8::ffff", 1, "2001:db8::1:0"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1, "::"},
        {"::ffff:ffff:ffff:ffff", 1, "0:0:0:1::"},
        /* The sum of the low halves needs a 65th bit. */
        {"::ffff:ffff:ffff:ffff", UINT64_MAX, "::1:ffff:ffff:ffff:fffe"},
        {"::ff", UINT64_MAX, "0:0:0:1::fe"},
    };
    char text[ADDR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct addr a = addr_of(rows[i].from), sum = addr_add(&a, rows[i].n);
        struct addr want = addr_of(rows[i].to);

        if (!addr_equal(&sum, &want))
            fail_msg("%s + %llu = %s", rows[i].from, (unsigned long long)rows[i].n,
                     addr_format(&sum, text));
    }
}

static void test_an_address_keeps_its_place_in_another_prefix(void **state)
{
    static const struct {
        const char *from, *prefix, *to;
    } rows[] = {{"10.0.3.4", "100.64.0.0/16", "100.64.3.4"},
                {"10.1.3.255", "100.66.4.0/23", "100.66.5.255"},
                {"10.1.3.255", "192.0.2.7/32", "192.0.2.7"},
                {"10.1.3.255", "0.0.0.0/0", "10.1.3.255"},
                {"fd00::3:4", "fd64:1::/47", "fd64:1::3:4"}};
    char text[ADDR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct addr a = addr_of(rows[i].from), moved;
        struct prefix p;

        assert_int_equal(prefix_parse(rows[i].prefix, &p), 0);
        moved = addr_within(&a, &p);
        assert_string_equal(addr_format(&moved, text), rows[i].to);
    }
}

static void test_addresses_as_bytes(void **state)
{
    struct addr a = addr_v4(10, 1, 2, 3), b = addr_of("::1"), none = {0};

    (void)state;
    assert_true(addr_equal(&a, &(struct addr){.family = ADDR_IPV4, .bytes = {10, 1, 2, 3}}));
    assert_int_equal(addr_len(&a), 4);
    assert_int_equal(addr_len(&b), 16);
    assert_int_equal(addr_len(&none), 0);
    assert_int_equal(addr_bits(&b), 128);
    a = addr_of("0.0.0.0");
    assert_true(addr_is_any(&a));
    assert_false(addr_is_any(&b));
}

static void test_prefixes_refuse_what_is_not_a_network(void **state)
{
    static const struct {
        const char *text;
        int result;
    } rows[] = {
        {"0.0.0.0/0", 0},
        {"10.0.0.0/8", 0},
        {"10.1.2.3/32", 0},
        {"2001:db8::/32", 0},
        {"::1/128", 0},
        {"::/0", 0},
        {"10.0.0.1/8", -EDOM},
        {"10.0.0.1/31", -EDOM},
        {"2001:db8::1/127", -EDOM},
        {"1.0.0.0/0", -EDOM},
        {"10.0.0.0", -EINVAL},
        {"10.0.0.0/", -EINVAL},
        {"10.0.0.0/33", -EINVAL},
        {"2001:db8::/129", -EINVAL},
        {"10.0.0.0/08", -EINVAL},
        {"10.0.0.0/00", -EINVAL},
        {"10.0.0.0/-1", -EINVAL},
        {"10.0.0.0/+8", -EINVAL},
        {"10.0.0.0/8/8", -EINVAL},
        {"/8", -EINVAL},
        {"10.0.0/8", -EINVAL},
        {"10.0.0.0/8 ", -EINVAL},
        {"", -EINVAL},
        {"1111111111111111111111111111111111111111111111111111111/8", -EINVAL},
        {"10.0.0.0/18446744073709551624", -EINVAL}, /* 8 after a wrap */
    };
    char text[PREFIX_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix p = {.len = 77};

        assert_int_equal(prefix_parse(rows[i].text, &p), rows[i].result);
        if (rows[i].result < 0)
            assert_int_equal(p.len, 77);
        else
            assert_string_equal(prefix_format(&p, text), rows[i].text);
    }
}

static void test_prefix_bounds(void **state)
{
    static const struct {
        const char *prefix, *last, *mask;
    } rows[] = {
        {"0.0.0.0/0", "255.255.255.255", "0.0.0.0"},
        {"10.0.0.0/8", "10.255.255.255", "255.0.0.0"},
        {"10.1.2.0/23", "10.1.3.255", "255.255.254.0"},
        {"10.1.2.4/31", "10.1.2.5", "255.255.255.254"},
        {"10.1.2.4/32", "10.1.2.4", "255.255.255.255"},
        {"2001:db8::/65", "2001:db8::7fff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:8000::"},
        {"::1/128", "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    char text[ADDR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix p = prefix_of(rows[i].prefix);
        struct addr last = prefix_last(&p), mask = prefix_mask(&p);

        assert_string_equal(addr_format(&last, text), rows[i].last);
        assert_string_equal(addr_format(&mask, text), rows[i].mask);
    }
}

static void test_prefix_relations(void **state)
{
    static const struct {
        const char *a, *b;
        bool contains, overlaps;
    } rows[] = {
        {"10.0.0.0/8", "10.1.0.0/16", true, true},
        {"10.1.0.0/16", "10.0.0.0/8", false, true},
        {"10.0.0.0/8", "10.0.0.0/8", true, true},
        {"10.0.0.0/9", "10.128.0.0/9", false, false},
        {"0.0.0.0/0", "203.0.113.7/32", true, true},
        {"0.0.0.0/0", "::/0", false, false},
        {"10.0.0.0/31", "10.0.0.1/32", true, true},
        {"10.0.0.0/32", "10.0.0.1/32", false, false},
        {"2001:db8::/33", "2001:db8:8000::/33", false, false},
        {"::/0", "2001:db8::/128", true, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix a = prefix_of(rows[i].a), b = prefix_of(rows[i].b);

        assert_int_equal(prefix_contains(&a, &b), rows[i].contains);
        assert_int_equal(prefix_overlaps(&a, &b), rows[i].overlaps);
        assert_int_equal(prefix_overlaps(&b, &a), rows[i].overlaps);
        if (rows[i].contains || !rows[i].overlaps)
            assert_int_equal(prefix_contains_addr(&a, &b.addr), rows[i].contains);
    }
}

static void test_prefix_make_clears_host_bits(void **state)
{
    struct addr a = addr_of("10.1.2.3");
    struct prefix p = prefix_make(&a, 20), whole = prefix_make(&a, 200);
    char text[PREFIX_TEXT_MAX];

    (void)state;
    assert_string_equal(prefix_format(&p, text), "10.1.0.0/20");
    assert_string_equal(prefix_format(&whole, text), "10.1.2.3/32");
    assert_true(prefix_cmp(&p, &whole) < 0);
    assert_true(prefix_equal(&p, &p));
    assert_false(prefix_equal(&p, &whole));
}

static void test_endpoints(void **state)
{
    struct endpoint four = {.addr = addr_v4(203, 0, 113, 1), .port = 4500};
    struct endpoint six = {.addr = addr_of("2001:db8::1"), .port = 500}, other = four;
    char text[ENDPOINT_TEXT_MAX];

    (void)state;
    assert_string_equal(endpoint_format(&four, text), "203.0.113.1:4500");
    assert_string_equal(endpoint_format(&six, text), "[2001:db8::1]:500");
    assert_true(endpoint_equal(&four, &other));
    other.port = 500;
    assert_false(endpoint_equal(&four, &other));
    assert_false(endpoint_equal(&six, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_come_back_in_canonical_text),
        cmocka_unit_test(test_addresses_have_an_order),
        cmocka_unit_test(test_address_arithmetic_carries_and_wraps),
        cmocka_unit_test(test_an_address_keeps_its_place_in_another_prefix),
        cmocka_unit_test(test_addresses_as_bytes),
        cmocka_unit_test(test_prefixes_refuse_what_is_not_a_network),
        cmocka_unit_test(test_prefix_bounds),
        cmocka_unit_test(test_prefix_relations),
        cmocka_unit_test(test_prefix_make_clears_host_bits),
        cmocka_unit_test(test_endpoints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
