#include "world.h"
#include "tunnel_internal.h"

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
    world_start_esp(w, 3 * MS);
    return w;
}

/* Dense traffic while things happen, thin traffic over the graces after it. */
static void run_on(struct world *w)
{
    world_run(w, 5 * SECOND);
    w->esp_every_us = 100 * MS;
    world_run(w, 35 * SECOND);
    w->esp_every_us = 3 * MS;
    w->esp_next_us = w->now_us;
}

static void rekey(enum ike_command command, int who, bool both, unsigned offset_ms, uint64_t seed)
{
    struct world *w = up_with_traffic(seed, true);
    uint32_t before = world_spi(w, 0, IKE_IN);
    struct ike_status s;

    world_command(w, who, command);
    if (both) {
        world_run(w, offset_ms * MS);
        world_command(w, !who, command);
    }
    run_on(w);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    s = world_status(w, who);
    if (command == IKE_COMMAND_REKEY_CHILD) {
        assert_true(s.child_rekeys >= 1);
        assert_int_not_equal(world_spi(w, 0, IKE_IN), before);
    } else {
        assert_true(s.ike_rekeys >= 1);
        assert_int_equal(world_spi(w, 0, IKE_IN), before); /* children are inherited */
        world_command(w, !who, IKE_COMMAND_REKEY_CHILD);   /* and their new IKE SA works */
        run_on(w);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        assert_int_not_equal(world_spi(w, 0, IKE_IN), before);
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
        uint32_t before = world_spi(w, 0, IKE_IN);

        world_command(w, 0, offset & 1 ? IKE_COMMAND_REKEY_IKE : IKE_COMMAND_REKEY_CHILD);
        world_run(w, offset * MS);
        world_command(w, 1, offset & 1 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE);
        run_on(w);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        assert_int_not_equal(world_spi(w, 0, IKE_IN), before);
        assert_true(world_status(w, 0).ike_rekeys + world_status(w, 1).ike_rekeys >= 2);
        world_free(w);
    }
}

/* A peer of another make that authenticates anew, make before break: it says nothing in the new IKE
 * SA, and deletes the old one as soon as the new one is there. */
static bool silent_in_new_ones(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_INFORMATIONAL ||
           wire_load_be32(data) == (uint32_t)w->filter_arg;
}

static void test_reauthentication(void **state)
{
    struct world *w = up_with_traffic(1, true);
    struct ike_tunnel *tunnel = ike_tunnel_find(w->nodes[0].ike, "vpntun-0");
    struct ike_sa *old = tunnel->peer.lead;
    struct endpoint from = {w->nodes[0].address, IKE_PORT}, to = {w->nodes[1].address, IKE_PORT};

    (void)state;
    w->filter = silent_in_new_ones;
    w->filter_arg = (int)(uint32_t)(old->spi_i >> 32);
    assert_int_equal(ikev2_call(&tunnel->peer, &from, &to, true), 0);
    world_collect(w, 0);
    world_run(w, 4 * SECOND);
    w->filter = NULL;
    run_on(w);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    world_free(w);
}

/* A peer that rekeys and never deletes the old child: what it sends on the new one shows that it
 * has it (2.8). */
static bool without_deletes(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)w;
    (void)len;
    return from != 0 || data[18] != IKE_EXCHANGE_INFORMATIONAL;
}

static void test_esp_on_the_new_child_is_proof(void **state)
{
    struct world *w = up_with_traffic(1, true);
    unsigned outs = world_count(w, 1, IKE_OUT);

    (void)state;
    w->filter = without_deletes;
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 100 * MS);
    assert_int_equal(world_count(w, 1, IKE_OUT), outs + 1);
    w->filter = NULL;
    run_on(w);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child_by_either_end),
        cmocka_unit_test(test_ike_by_either_end),
        cmocka_unit_test(test_child_collisions),
        cmocka_unit_test(test_ike_collisions),
        cmocka_unit_test(test_mixed_collisions),
        cmocka_unit_test(test_reauthentication),
        cmocka_unit_test(test_esp_on_the_new_child_is_proof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
