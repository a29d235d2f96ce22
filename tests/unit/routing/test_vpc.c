#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "routing.h"

/* A VPC's route table, and the copies it takes of a gateway's routes. */

static void add(struct routing_table *t, const char *destination, enum routing_hop hop,
                enum routing_type type, const char *target, uint64_t since)
{
    struct routing_route r = {.hop = hop, .type = type, .target = target, .since = since};

    assert_int_equal(prefix_parse(destination, &r.destination), 0);
    assert_int_equal(routing_add(t, &r), 0);
}

static void local(struct routing_table *t, const char *range)
{
    add(t, range, ROUTING_HOP_LOCAL, ROUTING_TYPE_LOCAL, "", 0);
}

static void fixed(struct routing_table *t, const char *destination, enum routing_hop hop,
                  const char *target)
{
    add(t, destination, hop, ROUTING_TYPE_STATIC, target, 0);
}

static void learned(struct routing_table *t, const char *destination, const char *gateway,
                    uint64_t since)
{
    add(t, destination, ROUTING_HOP_GATEWAY, ROUTING_TYPE_PROPAGATED, gateway, since);
}

static void expect(const struct routing_table *t, const char *destination, const char *target,
                   enum routing_reason reason)
{
    struct prefix p;

    assert_int_equal(prefix_parse(destination, &p), 0);
    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];

        if (!prefix_equal(&r->destination, &p) || strcmp(r->target, target) != 0)
            continue;
        if (r->reason != reason)
            fail_msg("%s to %s: reason %d, expected %d", destination, target, r->reason, reason);
        return;
    }
    fail_msg("%s to %s is not in the table", destination, target);
}

static void test_local_always_wins(void **state)
{
    struct routing_table t = {0};

    (void)state;
    local(&t, "10.1.0.0/16");
    local(&t, "fd00:1::/48");
    fixed(&t, "10.1.7.0/24", ROUTING_HOP_INSTANCE, "i-a");
    fixed(&t, "10.1.0.0/16", ROUTING_HOP_BLACKHOLE, "");
    fixed(&t, "10.0.0.0/8", ROUTING_HOP_GATEWAY, "bgw-b");
    learned(&t, "10.1.0.0/24", "bgw-a", 1);
    learned(&t, "10.2.0.0/24", "bgw-a", 1);
    learned(&t, "fd00:1:0:7::/64", "bgw-a", 1);
    routing_select_vpc(&t, 100);
    assert_int_equal(t.routes[0].destination.len, 8);
    assert_int_equal(t.routes[1].type, ROUTING_TYPE_LOCAL);
    assert_int_equal(t.routes[1].reason, ROUTING_EFFECTIVE);
    assert_int_equal(t.routes[2].hop, ROUTING_HOP_BLACKHOLE);
    assert_int_equal(t.routes[2].reason, ROUTING_COVERED_BY_LOCAL);
    assert_int_equal(t.routes[2].winner, 1);
    expect(&t, "10.1.7.0/24", "i-a", ROUTING_COVERED_BY_LOCAL);
    expect(&t, "10.1.0.0/24", "bgw-a", ROUTING_COVERED_BY_LOCAL);
    expect(&t, "fd00:1:0:7::/64", "bgw-a", ROUTING_COVERED_BY_LOCAL);
    expect(&t, "10.0.0.0/8", "bgw-b", ROUTING_EFFECTIVE); /* wider: local is longer, both live */
    expect(&t, "10.2.0.0/24", "bgw-a", ROUTING_EFFECTIVE);
    routing_table_done(&t);
}

static void test_static_before_propagated_for_one_destination(void **state)
{
    struct routing_table t = {0};

    (void)state;
    local(&t, "10.1.0.0/16");
    learned(&t, "10.2.0.0/16", "bgw-a", 1);
    fixed(&t, "10.2.0.0/16", ROUTING_HOP_INSTANCE, "i-a");
    learned(&t, "10.2.1.0/24", "bgw-a", 1); /* longer: forwards although propagated */
    learned(&t, "10.3.0.0/16", "bgw-a", 1);
    learned(&t, "10.3.0.0/16", "bgw-b", 2); /* equal: both */
    learned(&t, "10.4.0.0/16", "bgw-a", 1);
    fixed(&t, "10.4.0.0/16", ROUTING_HOP_BLACKHOLE, "");
    fixed(&t, "10.5.0.0/16", ROUTING_HOP_BLACKHOLE, "");
    fixed(&t, "10.5.0.0/16", ROUTING_HOP_INSTANCE, "i-a");
    fixed(&t, "10.6.0.0/16", ROUTING_HOP_GATEWAY, "bgw-a");
    fixed(&t, "10.6.0.0/16", ROUTING_HOP_INSTANCE, "i-a");
    routing_select_vpc(&t, 100);
    expect(&t, "10.2.0.0/16", "bgw-a", ROUTING_LOSES_TYPE);
    expect(&t, "10.2.0.0/16", "i-a", ROUTING_EFFECTIVE);
    expect(&t, "10.2.1.0/24", "bgw-a", ROUTING_EFFECTIVE);
    expect(&t, "10.3.0.0/16", "bgw-a", ROUTING_EFFECTIVE);
    expect(&t, "10.3.0.0/16", "bgw-b", ROUTING_EFFECTIVE);
    expect(&t, "10.4.0.0/16", "bgw-a", ROUTING_LOSES_TYPE);
    expect(&t, "10.4.0.0/16", "", ROUTING_EFFECTIVE);
    expect(&t, "10.5.0.0/16", "", ROUTING_EFFECTIVE);
    expect(&t, "10.5.0.0/16", "i-a", ROUTING_LOSES_HOP);
    expect(&t, "10.6.0.0/16", "bgw-a", ROUTING_EFFECTIVE);
    expect(&t, "10.6.0.0/16", "i-a", ROUTING_EFFECTIVE);
    routing_table_done(&t);
}

static void test_quota_takes_the_earlier_and_skips_what_local_covers(void **state)
{
    struct routing_table t = {0};

    (void)state;
    local(&t, "10.1.0.0/16");
    learned(&t, "10.1.0.0/24", "bgw-a", 1); /* covered: takes no place */
    learned(&t, "10.9.0.0/16", "bgw-a", 2);
    learned(&t, "10.2.0.0/16", "bgw-a", 4);
    learned(&t, "10.3.0.0/16", "bgw-a", 3);
    fixed(&t, "10.4.0.0/16", ROUTING_HOP_GATEWAY, "bgw-a");
    routing_select_vpc(&t, 2);
    expect(&t, "10.1.0.0/24", "bgw-a", ROUTING_COVERED_BY_LOCAL);
    expect(&t, "10.9.0.0/16", "bgw-a", ROUTING_EFFECTIVE);
    expect(&t, "10.3.0.0/16", "bgw-a", ROUTING_EFFECTIVE);
    expect(&t, "10.2.0.0/16", "bgw-a", ROUTING_OVER_QUOTA);
    expect(&t, "10.4.0.0/16", "bgw-a", ROUTING_EFFECTIVE);
    routing_table_done(&t);
}

static void make_gateway(struct routing_table *t)
{
    add(t, "10.1.0.0/24", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-1", 10);
    add(t, "10.2.0.0/24", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-2", 20);
    add(t, "10.1.0.128/25", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_PROPAGATED, "att-2", 30);
    add(t, "0.0.0.0/0", ROUTING_HOP_ATTACHMENT, ROUTING_TYPE_STATIC, "att-1", 40);
    add(t, "172.16.0.0/12", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, "vpn-a", 60);
    add(t, "172.16.0.0/12", ROUTING_HOP_CONNECTION, ROUTING_TYPE_STATIC, "vpn-b", 50);
    add(t, "192.168.0.0/16", ROUTING_HOP_BLACKHOLE, ROUTING_TYPE_STATIC, "", 70);
    add(t, "169.254.1.1/32", ROUTING_HOP_LOCAL, ROUTING_TYPE_LOCAL, "", 0);
    routing_select_gateway(t, 300);
}

static void test_propagation_copies_effective_routes_in_the_range(void **state)
{
    static const struct {
        const char *range;
        size_t copies;
    } cases[] = {{"0.0.0.0/0", 5},   {"10.0.0.0/8", 2}, {"10.2.0.0/24", 1},
                 {"10.2.0.0/25", 0}, {"::/0", 0},       {"172.16.0.0/12", 1}};
    struct routing_table gateway = {0};

    (void)state;
    make_gateway(&gateway);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct routing_table t = {0};
        struct prefix range;

        assert_int_equal(prefix_parse(cases[i].range, &range), 0);
        assert_int_equal(routing_propagate(&gateway, "bgw-a", &range, "att-1", &t), 0);
        assert_int_equal(t.count, cases[i].copies);
        /* A second propagation from the same gateway adds nothing twice, one of another does. */
        assert_int_equal(routing_propagate(&gateway, "bgw-a", &range, "att-1", &t), 0);
        routing_select_vpc(&t, 100);
        assert_int_equal(t.count, cases[i].copies);
        assert_int_equal(routing_propagate(&gateway, "bgw-b", &range, "", &t), 0);
        routing_select_vpc(&t, 100);
        assert_int_equal(t.count, 2 * cases[i].copies);
        routing_table_done(&t);
    }
    routing_table_done(&gateway);
}

static void test_copies_do_not_lead_back(void **state)
{
    struct prefix all = {.addr = addr_v4(0, 0, 0, 0), .len = 0};
    struct routing_table gateway = {0}, t = {0};
    size_t first = 0, end = 0;
    struct addr a = addr_v4(172, 16, 0, 1);

    (void)state;
    make_gateway(&gateway);
    local(&t, "10.1.0.0/16");
    assert_int_equal(routing_propagate(&gateway, "bgw-a", &all, "att-1", &t), 0);
    routing_select_vpc(&t, 100);
    expect(&t, "10.1.0.0/24", "bgw-a", ROUTING_COVERED_BY_LOCAL);
    expect(&t, "0.0.0.0/0", "bgw-a", ROUTING_LEADS_BACK);
    expect(&t, "10.2.0.0/24", "bgw-a", ROUTING_EFFECTIVE);
    expect(&t, "192.168.0.0/16", "bgw-a", ROUTING_EFFECTIVE);
    assert_true(routing_lookup(&t, &a, &first, &end));
    assert_int_equal(t.routes[first].since, 50); /* the older of the two behind it */
    a = addr_v4(8, 8, 8, 8);
    assert_false(routing_lookup(&t, &a, &first, &end));
    routing_table_done(&t);
    routing_table_done(&gateway);
}

static void test_without_attachment_nothing_crosses(void **state)
{
    struct prefix all = {.addr = addr_v4(0, 0, 0, 0), .len = 0};
    struct routing_route r = {.destination = all,
                              .hop = ROUTING_HOP_GATEWAY,
                              .type = ROUTING_TYPE_STATIC,
                              .target = "bgw-b",
                              .barred = ROUTING_UNATTACHED};
    struct routing_table gateway = {0}, t = {0};
    char why[ROUTING_TEXT_MAX], said[WORDS_TEXT_MAX];

    (void)state;
    make_gateway(&gateway);
    assert_int_equal(routing_propagate(&gateway, "bgw-a", &all, "", &t), 0);
    assert_int_equal(routing_add(&t, &r), 0);
    routing_select_vpc(&t, 0);
    for (size_t i = 0; i < t.count; i++)
        assert_int_equal(t.routes[i].reason, ROUTING_UNATTACHED);
    routing_reason_text(&t, 0, why);
    assert_string_equal(words_say_written(why, WORDS_EN, said, sizeof(said)),
                        "this VPC has no attachment to border gateway bgw-b");
    assert_string_equal(words_say_written(why, WORDS_ZH, said, sizeof(said)),
                        "本VPC没有到边界网关bgw-b的VPC接口");
    routing_table_done(&t);
    routing_table_done(&gateway);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_local_always_wins),
        cmocka_unit_test(test_static_before_propagated_for_one_destination),
        cmocka_unit_test(test_quota_takes_the_earlier_and_skips_what_local_covers),
        cmocka_unit_test(test_propagation_copies_effective_routes_in_the_range),
        cmocka_unit_test(test_copies_do_not_lead_back),
        cmocka_unit_test(test_without_attachment_nothing_crosses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
