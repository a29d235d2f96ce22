#include "world.h"

/* Which address is next. */

static struct prefix prefix(const char *text)
{
    struct prefix p;

    assert_int_equal(0, prefix_parse(text, &p));
    return p;
}

static void test_instances_skip_the_reserved_addresses(void **state)
{
    struct prefix subnet = prefix("10.0.0.0/28");
    struct model_taken taken = {0};
    char text[ADDR_TEXT_MAX];
    struct addr a;

    (void)state;
    for (int i = 3; i <= 14; i++) {
        struct addr want = addr_v4(10, 0, 0, (uint8_t)i);

        assert_int_equal(0, model_alloc_instance(&subnet, &taken, &a));
        assert_string_equal(addr_format(&want, text), addr_format(&a, (char[ADDR_TEXT_MAX]){0}));
        assert_false(model_subnet_reserved(&subnet, &a));
        assert_int_equal(0, model_taken_add_addr(&taken, &a));
    }
    assert_int_equal(-ENOSPC, model_alloc_instance(&subnet, &taken, &a));
    model_taken_done(&taken);
    a = model_subnet_gateway(&subnet);
    assert_string_equal("10.0.0.1", addr_format(&a, text));
}

static void test_instances_fill_gaps(void **state)
{
    struct prefix subnet = prefix("fd00::/64");
    struct model_taken taken = {0};
    struct prefix p = prefix("fd00::/126");
    char text[ADDR_TEXT_MAX];
    struct addr a;

    (void)state;
    assert_int_equal(0, model_alloc_instance(&subnet, &taken, &a));
    assert_string_equal("fd00::3", addr_format(&a, text));
    assert_int_equal(0, model_taken_add(&taken, &p));
    assert_int_equal(0, model_alloc_instance(&subnet, &taken, &a));
    assert_string_equal("fd00::4", addr_format(&a, text));
    model_taken_done(&taken);
}

static void test_inner_prefixes_avoid_what_breaks_devices(void **state)
{
    struct model_taken taken = {0};
    char text[PREFIX_TEXT_MAX];
    struct prefix p, metadata = prefix("169.254.169.252/30"), low = prefix("169.254.0.0/24"),
                     high = prefix("169.254.255.0/24");
    int count = 0;

    (void)state;
    assert_int_equal(0, model_alloc_inner(&taken, &p));
    assert_string_equal("169.254.1.0/30", prefix_format(&p, text));
    /* Take whole /24s to come to the end quickly. */
    for (unsigned i = 1; i <= 254; i++) {
        struct addr net = addr_v4(169, 254, (uint8_t)i, 0);
        struct prefix all = prefix_make(&net, 24);

        if (i != 169 && i != 254)
            assert_int_equal(0, model_taken_add(&taken, &all));
    }
    while (model_alloc_inner(&taken, &p) == 0) {
        assert_false(prefix_overlaps(&p, &metadata));
        assert_false(prefix_overlaps(&p, &low));
        assert_false(prefix_overlaps(&p, &high));
        assert_int_equal(0, model_taken_add(&taken, &p));
        count++;
    }
    assert_int_equal(64 + 63, count);
    model_taken_done(&taken);
}

static void test_public_addresses_come_from_pools_in_order(void **state)
{
    const struct prefix pools[] = {prefix("192.0.2.8/30"), prefix("fd01::/64"),
                                   prefix("198.51.100.1/32"), prefix("198.51.100.4/31")};
    static const char *const want[] = {"192.0.2.9", "192.0.2.10", "198.51.100.1", "198.51.100.4",
                                       "198.51.100.5"};
    struct model_taken taken = {0};
    char text[ADDR_TEXT_MAX];
    struct addr a;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        assert_int_equal(0, model_alloc_public(pools, ARRAY_SIZE(pools), ADDR_IPV4, &taken, &a));
        assert_string_equal(want[i], addr_format(&a, text));
        assert_int_equal(0, model_taken_add_addr(&taken, &a));
    }
    assert_int_equal(-ENOSPC, model_alloc_public(pools, ARRAY_SIZE(pools), ADDR_IPV4, &taken, &a));
    assert_int_equal(0, model_alloc_public(pools, ARRAY_SIZE(pools), ADDR_IPV6, &taken, &a));
    assert_string_equal("fd01::1", addr_format(&a, text));
    assert_int_equal(-ENOSPC, model_alloc_public(NULL, 0, ADDR_IPV4, &taken, &a));
    model_taken_done(&taken);
}

static void test_pairs_go_straight_first(void **state)
{
    static const size_t want[][2] = {{0, 0}, {1, 1}, {0, 1}, {0, 2},
                                     {0, 3}, {1, 0}, {1, 2}, {1, 3}};
    size_t i, j;

    (void)state;
    for (size_t n = 0; n < ARRAY_SIZE(want); n++) {
        assert_true(model_tunnel_pair(2, 4, n, &i, &j));
        assert_int_equal(want[n][0], i);
        assert_int_equal(want[n][1], j);
    }
    assert_false(model_tunnel_pair(2, 4, 8, &i, &j));
    assert_true(model_tunnel_pair(2, 1, 1, &i, &j));
    assert_int_equal(1, i);
    assert_int_equal(0, j);
    assert_false(model_tunnel_pair(2, 1, 2, &i, &j));
    assert_false(model_tunnel_pair(0, 4, 0, &i, &j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instances_skip_the_reserved_addresses),
        cmocka_unit_test(test_instances_fill_gaps),
        cmocka_unit_test(test_inner_prefixes_avoid_what_breaks_devices),
        cmocka_unit_test(test_public_addresses_come_from_pools_in_order),
        cmocka_unit_test(test_pairs_go_straight_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
