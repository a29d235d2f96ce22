#include "world.h"

/* Limits of packets (and, the same way, of bytes): child SAs are replaced for them without a packet
 * lost, however small they are for what goes through. */

#define LIMIT 1000U

static struct world *up_with_limits(uint64_t seed, uint64_t packets_a, uint64_t packets_b)
{
    struct world *w = world_new(seed);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    a.child_lifetime_packets = packets_a;
    b.child_lifetime_packets = packets_b;
    b.initiate = false;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run_until_up(w, 2 * SECOND);
    world_run(w, 12 * SECOND);
    return w;
}

static unsigned count_lines(const struct world *w, int node, const char *code)
{
    unsigned n = 0;

    for (const char *at = w->nodes[node].said; (at = strstr(at, code)); at += strlen(code))
        n++;
    return n;
}

static void stay_up(struct world *w)
{
    for (int i = 0; i < 2; i++)
        assert_true(world_is_up(w, i));
}

/* 1,000 packets a second by a limit of 1,000: a rekey in ten seconds, by one end. */
static void test_line_rate_by_a_small_limit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct world *w = up_with_limits(seed, LIMIT, LIMIT);

        world_start_esp(w, 1 * MS);
        w->check = stay_up;
        world_run(w, 100 * SECOND);
        w->check = NULL;
        world_assert_nothing_lost(w);
        for (int i = 0; i < 2; i++) {
            assert_in_range(world_status(w, i).child_rekeys, 8, 11);
            assert_int_equal(count_lines(w, i, "ike.limit-small"), 1);
            assert_int_equal(count_lines(w, i, "negotiation.child-rival"), 0);
        }
        assert_int_equal(world_status(w, 0).child_rekeys, world_status(w, 1).child_rekeys);
        world_free(w);
    }
}

/* An end whose peer has no such limit, and made the child SA, does it itself. */
static void test_one_end_has_a_limit(void **state)
{
    struct world *w = up_with_limits(1, 0, LIMIT);

    (void)state;
    world_start_esp(w, 1 * MS);
    world_run(w, 60 * SECOND);
    world_assert_nothing_lost(w);
    assert_in_range(world_status(w, 1).child_rekeys, 4, 7);
    world_free(w);
}

static const struct ike_esp_sa *sa_at(const struct world *w, uint8_t direction)
{
    uint32_t spi = world_spi(w, 0, direction);

    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &w->nodes[0].plane[i];

        if (p->there && p->sa.direction == direction && p->sa.spi == spi)
            return &p->sa;
    }
    return NULL;
}

/* A fifth is left where the traffic is thin; what goes through in five seconds where it is dense.
 */
static void test_the_margin_follows_the_rate(void **state)
{
    struct world *w = up_with_limits(1, 10000, 0);

    (void)state;
    assert_in_range(sa_at(w, IKE_IN)->soft_packets, 7500, 8500);
    world_start_esp(w, 1 * MS);
    world_run(w, 20 * SECOND);
    w->esp_every_us = 0;
    world_run(w, 4 * SECOND);
    assert_int_equal(world_status(w, 0).child_rekeys, 2);
    assert_in_range(sa_at(w, IKE_IN)->soft_packets, 4500, 5500);
    assert_int_equal(sa_at(w, IKE_IN)->hard_packets, 0); /* nothing stops the traffic */
    world_free(w);
}

static void test_rekeys_are_never_taken_back(void **state)
{
    struct world *w = up_with_limits(1, 0, 0);
    uint32_t before;

    (void)state;
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 10 * SECOND);
    before = world_status(w, 0).child_rekeys;
    assert_int_equal(before, 1);
    world_command(w, 0, IKE_COMMAND_TERMINATE);
    world_run(w, 1 * SECOND);
    world_run_until_up(w, 20 * SECOND);
    assert_int_equal(world_status(w, 0).child_rekeys, before);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_rate_by_a_small_limit),
        cmocka_unit_test(test_one_end_has_a_limit),
        cmocka_unit_test(test_the_margin_follows_the_rate),
        cmocka_unit_test(test_rekeys_are_never_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
