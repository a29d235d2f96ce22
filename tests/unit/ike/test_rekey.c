#include "world.h"

/* Rekeying of both kinds, by one end and by both at once; no packet may be lost meanwhile. */

static struct world *up_with_traffic(uint64_t seed, bool one_begins)
{
    struct world *w = world_new(seed);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    b.initiate = !one_begins;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run_until_up(w, 2 * SECOND);
    world_run(w, 15 * SECOND);
    world_assert_one_pair(w);
    w->esp_every_us = 3 * MS;
    w->esp_next_us = w->now_us;
    world_reset_esp(w);
    return w;
}

static void assert_nothing_lost(const struct world *w)
{
    for (int i = 0; i < 2; i++) {
        assert_true(w->nodes[i].esp_sent > 0);
        assert_int_equal(w->nodes[i].esp_lost, 0);
        assert_int_equal(w->nodes[i].esp_no_sa, 0);
    }
}

static uint32_t spi_of(const struct world *w, int node)
{
    for (size_t i = 0; i < WORLD_SAS; i++) {
        if (w->nodes[node].plane[i].there && w->nodes[node].plane[i].sa.direction == IKE_IN)
            return w->nodes[node].plane[i].sa.spi;
    }
    return 0;
}

static void rekey(enum ike_command command, int who, bool both, unsigned offset_ms, uint64_t seed)
{
    struct world *w = up_with_traffic(seed, true);
    uint32_t before = spi_of(w, 0);
    struct ike_status s;

    world_command(w, who, command);
    if (both) {
        world_run(w, offset_ms * MS);
        world_command(w, !who, command);
    }
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    assert_nothing_lost(w);
    s = world_status(w, who);
    if (command == IKE_COMMAND_REKEY_CHILD) {
        assert_true(s.child_rekeys >= 1);
        assert_int_not_equal(spi_of(w, 0), before);
    } else {
        assert_true(s.ike_rekeys >= 1);
        assert_int_equal(spi_of(w, 0), before);          /* children are inherited */
        world_command(w, !who, IKE_COMMAND_REKEY_CHILD); /* and their new IKE SA works */
        world_run(w, 40 * SECOND);
        world_assert_one_pair(w);
        assert_nothing_lost(w);
        assert_int_not_equal(spi_of(w, 0), before);
    }
    world_free(w);
}

static void test_child_by_either_end(void **state)
{
    (void)state;
    rekey(IKE_COMMAND_REKEY_CHILD, 0, false, 0, 1);
    rekey(IKE_COMMAND_REKEY_CHILD, 1, false, 0, 2);
}

static void test_ike_by_either_end(void **state)
{
    (void)state;
    rekey(IKE_COMMAND_REKEY_IKE, 0, false, 0, 1);
    rekey(IKE_COMMAND_REKEY_IKE, 1, false, 0, 2);
}

/* A packet takes 5 ms: every offset up to two round trips is another order of events. */
static void test_child_collisions(void **state)
{
    (void)state;
    for (unsigned offset = 0; offset <= 20; offset++)
        rekey(IKE_COMMAND_REKEY_CHILD, offset & 1, true, offset, 100 + offset);
}

static void test_ike_collisions(void **state)
{
    (void)state;
    for (unsigned offset = 0; offset <= 20; offset++)
        rekey(IKE_COMMAND_REKEY_IKE, offset & 1, true, offset, 200 + offset);
}

/* One end rekeys the IKE SA while the other rekeys the child. */
static void test_mixed_collisions(void **state)
{
    (void)state;
    for (unsigned offset = 0; offset <= 20; offset++) {
        struct world *w = up_with_traffic(300 + offset, true);
        uint32_t before = spi_of(w, 0);

        world_command(w, 0, offset & 1 ? IKE_COMMAND_REKEY_IKE : IKE_COMMAND_REKEY_CHILD);
        world_run(w, offset * MS);
        world_command(w, 1, offset & 1 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE);
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        assert_nothing_lost(w);
        assert_int_not_equal(spi_of(w, 0), before);
        assert_true(world_status(w, 0).ike_rekeys + world_status(w, 1).ike_rekeys >= 2);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child_by_either_end), cmocka_unit_test(test_ike_by_either_end),
        cmocka_unit_test(test_child_collisions),    cmocka_unit_test(test_ike_collisions),
        cmocka_unit_test(test_mixed_collisions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
