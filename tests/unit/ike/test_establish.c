#include "world.h"

/* How tunnels come up, and why they do not. */

static void test_one_side_begins(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    world_set(w, 1, &b);
    world_run(w, SECOND);
    world_set(w, 0, &a);
    world_run_until_up(w, SECOND);
    world_run(w, SECOND);
    world_assert_one_pair(w);
    assert_string_equal(world_status(w, 0).ike_algs, "aes128gcm16-sha256-curve25519");
    assert_string_equal(world_status(w, 0).child_algs, "aes128gcm16");
    assert_false(world_status(w, 0).nat_local || world_status(w, 0).nat_remote);
    assert_false(world_status(w, 1).nat_local || world_status(w, 1).nat_remote);
    assert_int_equal(world_status(w, 0).remote.port, IKE_PORT_NATT);
    assert_int_equal(world_status(w, 1).remote.port, IKE_PORT_NATT);
    assert_in_range(world_status(w, 0).handshake_us, 20 * MS, 30 * MS);
    world_free(w);
}

static void test_both_begin_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct world *w = world_new(seed);

        world_set_both(w);
        world_run_until_up(w, SECOND);
        w->esp_every_us = 5 * MS;
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(w->nodes[i].esp_lost, 0);
            assert_int_equal(w->nodes[i].esp_no_sa, 0);
        }
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_side_begins),
        cmocka_unit_test(test_both_begin_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
