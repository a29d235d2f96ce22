#include "world.h"

#include <stdio.h>

/* Which address is next. */

/* A region of what its tests put into it, as a store might hold it. */
static struct snapshot *region;

static int setup(void **state)
{
    (void)state;
    region = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    snapshot_unref(region);
    return 0;
}

static void put(enum model_kind_id kind, const char *id, json_t *json)
{
    struct model_resource *r = NULL;
    struct snapshot *next = NULL;
    struct snapshot_change change = {kind, id, NULL};

    json_object_set_new(json, "id", json_string(id));
    assert_int_equal(0, model_decode(model_kind(kind), json, &r, NULL));
    change.resource = r;
    assert_int_equal(0, snapshot_apply(region, &change, 1, 1, &next));
    snapshot_unref(region);
    region = next;
    model_resource_unref(r);
    json_decref(json);
}

static void take_address(const struct addr *a)
{
    char text[ADDR_TEXT_MAX], id[64];
    static unsigned n;

    snprintf(id, sizeof(id), "i-%u", n++);
    put(MODEL_INSTANCE, id,
        json_pack("{s:s, s:s}", "subnetId", "subnet-a", "address", addr_format(a, text)));
}

/* ---- instances ---- */

static const struct model_subnet *make_subnet(const char *cidr)
{
    put(MODEL_SUBNET, "subnet-a", json_pack("{s:s, s:s}", "vpcId", "vpc-a", "cidr", cidr));
    return snapshot_get(region, MODEL_SUBNET, "subnet-a");
}

static void test_instances_skip_the_reserved_addresses(void **state)
{
    const struct model_subnet *subnet = make_subnet("10.0.0.0/28");
    char text[ADDR_TEXT_MAX];
    struct addr a;

    (void)state;
    for (int i = 3; i <= 14; i++) {
        struct addr want = addr_v4(10, 0, 0, (uint8_t)i);

        assert_int_equal(0, model_alloc_instance(region, subnet, &a));
        assert_string_equal(addr_format(&want, text), addr_format(&a, (char[ADDR_TEXT_MAX]){0}));
        assert_false(model_subnet_reserved(&subnet->cidr, &a));
        take_address(&a);
    }
    assert_int_equal(-ENOSPC, model_alloc_instance(region, subnet, &a));
    a = model_subnet_gateway(&subnet->cidr);
    assert_string_equal("10.0.0.1", addr_format(&a, text));
}

static void test_instances_fill_gaps(void **state)
{
    const struct model_subnet *subnet = make_subnet("fd00::/64");
    char text[ADDR_TEXT_MAX];
    struct addr a, after;

    (void)state;
    assert_int_equal(0, model_alloc_instance(region, subnet, &a));
    assert_string_equal("fd00::3", addr_format(&a, text));
    take_address(&a);
    after = addr_add(&a, 2);
    take_address(&after);
    assert_int_equal(0, model_alloc_instance(region, subnet, &a));
    assert_string_equal("fd00::4", addr_format(&a, text));
    take_address(&a);
    assert_int_equal(0, model_alloc_instance(region, subnet, &a));
    assert_string_equal("fd00::6", addr_format(&a, text));
}

/* A store may hold one that has no room: all of its addresses are reserved. */
static void test_no_room_in_tiny_subnets(void **state)
{
    static const char *const cidrs[] = {"10.0.0.0/30", "10.0.0.0/31", "10.0.0.0/32", "fd00::/126"};
    struct addr a;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cidrs); i++)
        assert_int_equal(-ENOSPC, model_alloc_instance(region, make_subnet(cidrs[i]), &a));
    assert_int_equal(0, model_alloc_instance(region, make_subnet("10.0.0.0/29"), &a));
}

/* ---- tunnels ---- */

static void take_inner(const struct prefix *p)
{
    struct addr a = addr_add(&p->addr, 1);
    char text[ADDR_TEXT_MAX], id[64];
    static unsigned n;

    snprintf(id, sizeof(id), "vpntun-%u", n++);
    put(MODEL_VPN_TUNNEL, id,
        json_pack("{s:s, s:o}", "vpnConnectionId", "vpn-a", "tunnelAddress",
                  json_sprintf("%s/%u", addr_format(&a, text), p->len)));
}

static struct prefix prefix(const char *text)
{
    struct prefix p;

    assert_int_equal(0, prefix_parse(text, &p));
    return p;
}

static void test_inner_prefixes_avoid_what_breaks_devices(void **state)
{
    struct prefix p, metadata = prefix("169.254.169.252/30"), low = prefix("169.254.0.0/24"),
                     high = prefix("169.254.255.0/24");
    char text[PREFIX_TEXT_MAX];
    int count = 0;

    (void)state;
    put(MODEL_VPN_CONNECTION, "vpn-a",
        json_pack("{s:s, s:s}", "borderGatewayId", "bgw-a", "customerGatewayId", "cgw-a"));
    assert_int_equal(0, model_alloc_inner(region, "bgw-a", NULL, &p));
    assert_string_equal("169.254.1.0/30", prefix_format(&p, text));
    /* Take whole /24s to come to the end quickly. */
    for (unsigned i = 1; i <= 254; i++) {
        struct addr net = addr_v4(169, 254, (uint8_t)i, 0);
        struct prefix all = prefix_make(&net, 24);

        if (i != 169 && i != 254)
            take_inner(&all);
    }
    while (model_alloc_inner(region, "bgw-a", NULL, &p) == 0) {
        assert_false(prefix_overlaps(&p, &metadata));
        assert_false(prefix_overlaps(&p, &low));
        assert_false(prefix_overlaps(&p, &high));
        take_inner(&p);
        count++;
    }
    assert_int_equal(64 + 63, count);
    /* One that is there may stay where it is, though nothing else is left. */
    snapshot_each (struct model_vpn_tunnel, t, it, region, MODEL_VPN_TUNNEL) {
        struct prefix own = model_interface_prefix(&t->tunnel_address);

        if (own.len != 30)
            continue;
        assert_int_equal(0, model_alloc_inner(region, "bgw-a", t, &p));
        assert_true(prefix_equal(&own, &p));
    }
    assert_int_equal(0,
                     model_alloc_inner(region, "bgw-b", NULL, &p)); /* each gateway has its own */
}

/* ---- cloud addresses ---- */

static void take_public(const struct addr *a)
{
    char text[ADDR_TEXT_MAX], id[64];
    static unsigned n;

    snprintf(id, sizeof(id), "vpn-%u", n++);
    put(MODEL_VPN_CONNECTION, id,
        json_pack("{s:s, s:s, s:[s]}", "borderGatewayId", "bgw-a", "customerGatewayId", "cgw-a",
                  "cloudAddresses", addr_format(a, text)));
}

static void test_public_addresses_come_from_pools_in_order(void **state)
{
    static const char *const want[] = {"192.0.2.9", "192.0.2.10", "198.51.100.1", "198.51.100.4",
                                       "198.51.100.5"};
    char text[ADDR_TEXT_MAX];
    struct addr a, b;

    (void)state;
    assert_int_equal(-ENOSPC, model_alloc_public(region, ADDR_IPV4, NULL, &a));
    put(MODEL_REGION, "r1",
        json_pack("{s:[s,s,s,s]}", "publicPools", "192.0.2.8/30", "fd01::/64", "198.51.100.1/32",
                  "198.51.100.4/31"));
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        assert_int_equal(0, model_alloc_public(region, ADDR_IPV4, NULL, &a));
        assert_string_equal(want[i], addr_format(&a, text));
        if (i + 1 < ARRAY_SIZE(want)) { /* two at once */
            assert_int_equal(0, model_alloc_public(region, ADDR_IPV4, &a, &b));
            assert_string_equal(want[i + 1], addr_format(&b, text));
        } else {
            assert_int_equal(-ENOSPC, model_alloc_public(region, ADDR_IPV4, &a, &b));
        }
        take_public(&a);
    }
    assert_int_equal(-ENOSPC, model_alloc_public(region, ADDR_IPV4, NULL, &a));
    assert_int_equal(0, model_alloc_public(region, ADDR_IPV6, NULL, &a));
    assert_string_equal("fd01::1", addr_format(&a, text));
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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_instances_skip_the_reserved_addresses),
        T(test_instances_fill_gaps),
        T(test_no_room_in_tiny_subnets),
        T(test_inner_prefixes_avoid_what_breaks_devices),
        T(test_public_addresses_come_from_pools_in_order),
        T(test_pairs_go_straight_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
