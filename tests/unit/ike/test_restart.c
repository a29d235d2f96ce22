#include "world.h"
#include "tunnel_internal.h"

/* Daemons and data planes that come and go. */

static void test_data_plane_restarts(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct world *w = world_new_up((uint64_t)which + 1);
        uint32_t before[2] = {world_spi(w, 0, IKE_IN), world_spi(w, 1, IKE_IN)};

        if (which != 1)
            world_restart_plane(w, 0);
        if (which != 0)
            world_restart_plane(w, 1);
        world_run(w, 200 * MS);
        for (int i = 0; i < 2; i++)
            assert_true(world_is_up(w, i) && world_flows(w, i));
        world_run(w, 40 * SECOND);
        world_assert_one_pair(w);
        for (int i = 0; i < 2; i++)
            assert_int_not_equal(world_spi(w, i, IKE_IN), before[i]);
        assert_int_equal(world_status(w, 0).ike_rekeys, 0); /* over the living IKE SA */
        world_free(w);
    }
}

/* Half-open IKE SAs come to their end although the data plane was away meanwhile. */
static void test_half_open_ones_outlive_no_data_plane(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

    (void)state;
    b.initiate = false;
    world_set(w, 1, &b);
    world_set(w, 0, &a);
    world_run(w, 6 * MS); /* B has answered the first message, A not yet gone on */
    assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, 1);
    w->nodes[0].deaf = true;
    ike_plane_down(w->nodes[1].ike, w->now_us);
    world_run(w, 10 * SECOND);
    world_restart_plane(w, 1);
    world_run(w, 30 * SECOND);
    assert_int_equal(w->nodes[1].ike->ikev2.n_half_open, 0);
    assert_int_equal(w->nodes[1].ike->ikev2.n_sas, 0);
    world_free(w);
}

/* Our data plane is away for long: nobody is declared dead for it. */
static void test_long_absence_of_the_data_plane(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    w->nodes[1].deaf = true; /* and the other end would have answered nothing either */
    ike_plane_down(w->nodes[0].ike, w->now_us);
    world_collect(w, 0);
    assert_int_not_equal(world_status(w, 0).state, IKE_OPER_UP);
    w->sent = 0;
    world_run(w, 20 * SECOND);
    assert_int_equal(w->sent, 0);
    w->nodes[1].deaf = false;
    world_restart_plane(w, 0);
    world_run_until_up(w, SECOND);
    world_run(w, 40 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

static void test_daemon_restarts_without_a_gap(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct world *w = world_new_up((uint64_t)which + 1);
        uint32_t before = world_spi(w, 0, IKE_IN);

        world_start_esp(w, 3 * MS);
        if (which != 1)
            world_restart_ike(w, 0);
        if (which != 0)
            world_restart_ike(w, 1);
        assert_true(world_is_up(w, which == 1)); /* it forwards, so it is up */
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        assert_int_not_equal(world_spi(w, 0, IKE_IN), before);
        world_free(w);
    }
}

/* The peer of a daemon that restarted still has the IKE SA of before, which the daemon cannot
 * close. */
static void test_a_tunnel_is_disabled_after_a_restart(void **state)
{
    static const uint64_t after[] = {50 * MS, 500 * MS, 1500 * MS, 4 * SECOND, 9 * SECOND};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(after); i++) {
        struct world *w = world_new_up(i + 1);
        struct ike_tunnel_config a = world_config(w, 0);

        world_restart_ike(w, 0);
        world_run(w, after[i]);
        assert_true(world_is_up(w, 1));
        a.admin_up = false;
        world_set(w, 0, &a);
        world_run(w, 2 * SECOND); /* the daemon's word is no proof: it is asked first */
        assert_false(world_is_up(w, 1));
        assert_int_equal(world_count(w, 1, IKE_OUT), 0);
        world_free(w);
    }
}

/* The daemon comes back and the peer is gone: adopted SAs do not stay up for ever. */
static void test_adopted_sas_of_a_dead_peer(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    w->nodes[1].deaf = true;
    world_restart_ike(w, 0);
    assert_true(world_is_up(w, 0));
    world_run(w, 120 * SECOND);
    assert_false(world_is_up(w, 0));
    world_assert_logged(w, 0, "ike.old-sas-silent");
    assert_int_equal(world_count(w, 0, 0), 0);
    w->nodes[1].deaf = false;
    world_run_until_up(w, 120 * SECOND);
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* SAs of tunnels that were removed while the daemon was away go when the configuration is known. */
static void test_orphans_go(void **state)
{
    struct world *w = world_new_up(1);
    struct node *n = &w->nodes[0];

    (void)state;
    world_restart_plane(w, 1); /* only so that A alone has SAs that nobody wants */
    ike_free(n->ike);
    assert_int_equal(ike_new(NULL, &n->ike), 0);
    ike_inventory_begin(n->ike, NULL);
    ike_inventory_add(n->ike, &(struct ike_inventory_item){.tunnel = "vpntun-0",
                                                           .direction = IKE_IN,
                                                           .spi = world_spi(w, 0, IKE_IN),
                                                           .pair = world_spi(w, 0, IKE_IN)});
    ike_inventory_add(n->ike, &(struct ike_inventory_item){.tunnel = "vpntun-0",
                                                           .direction = IKE_OUT,
                                                           .spi = world_spi(w, 0, IKE_OUT),
                                                           .pair = world_spi(w, 0, IKE_IN)});
    ike_inventory_end(n->ike, NULL, w->now_us);
    world_collect(w, 0);
    assert_int_equal(world_count(w, 0, 0), 2); /* not yet configured: not touched */
    ike_sync_begin(n->ike);
    assert_int_equal(ike_sync_end(n->ike, w->now_us), 0);
    world_collect(w, 0);
    assert_int_equal(world_count(w, 0, 0), 0);
    world_free(w);
}

/* ---- a data plane that does not do what it is told ---- */

static void test_data_plane_refuses(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    w->nodes[0].plane_refuses = true;
    world_set_both(w);
    world_run(w, 30 * SECOND);
    assert_false(world_is_up(w, 0));
    world_assert_error(w, 0, "ike.plane-refused-child", "data plane refused");
    assert_true(w->nodes[0].adds < 60);
    w->nodes[0].plane_refuses = false;
    world_run_until_up(w, 60 * SECOND);
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* A rekey that the data plane refuses leaves the old child in service. */
static void test_data_plane_refuses_a_rekey(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    world_start_esp(w, 3 * MS);
    w->nodes[0].plane_refuses = true;
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, SECOND);
    assert_true(world_is_up(w, 0) && world_is_up(w, 1));
    w->nodes[0].plane_refuses = false;
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    assert_int_equal(w->nodes[0].esp_lost + w->nodes[0].esp_no_sa, 0);
    world_free(w);
}

static void test_data_plane_is_mute(void **state)
{
    struct world *w = world_new(1);

    (void)state;
    w->nodes[0].plane_mute = true;
    world_set_both(w);
    world_run(w, 30 * SECOND);
    assert_int_equal(world_status(w, 0).state, IKE_OPER_NEGOTIATING);
    w->nodes[0].plane_mute = false;
    world_run_until_up(w, 60 * SECOND);
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* ---- everything at once ---- */

static void test_chaos_ends_in_one_pair(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world *w = world_new(seed);

        w->loss_percent = (unsigned)(world_random(w) % 30);
        w->dup_percent = (unsigned)(world_random(w) % 30);
        w->delay_us = (1 + world_random(w) % 50) * MS;
        w->jitter_us = world_random(w) % 300 * MS;
        world_set_both(w);
        for (int k = 0; k < 30; k++) {
            int node = (int)(world_random(w) % 2);

            world_run(w, world_random(w) % (2 * SECOND));
            switch (world_random(w) % 8) {
            case 0:
                world_restart_ike(w, node);
                break;
            case 1:
                world_restart_plane(w, node);
                break;
            case 2:
            case 3:
                if (world_status(w, node).ike_algs[0])
                    (void)!ike_command(w->nodes[node].ike, "vpntun-0", IKE_COMMAND_REKEY_IKE,
                                       w->now_us);
                break;
            case 4:
            case 5:
                (void)!ike_command(w->nodes[node].ike, "vpntun-0", IKE_COMMAND_REKEY_CHILD,
                                   w->now_us);
                break;
            case 6:
                world_command(w, node, IKE_COMMAND_TERMINATE);
                break;
            default:
                world_command(w, node, IKE_COMMAND_INITIATE);
                break;
            }
            world_collect(w, node);
        }
        w->loss_percent = 0;
        world_run(w, 300 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* Rekeys of both kinds by both ends and restarts of daemons, close together, on a network that
 * loses: the tunnel carries every packet all the while. */
static void test_traffic_survives_rekeys_and_restarts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 25; seed++) {
        struct world *w = world_new_up(seed);

        w->loss_percent = (unsigned)(world_random(w) % 12);
        w->dup_percent = (unsigned)(world_random(w) % 20);
        w->delay_us = (1 + world_random(w) % 50) * MS;
        w->jitter_us = world_random(w) % 40 * MS;
        world_start_esp(w, 4 * MS);
        for (int k = 0; k < 12; k++) {
            int node = (int)(world_random(w) % 2);
            enum ike_command command =
                world_random(w) % 2 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE;

            world_run(w, world_random(w) % (400 * MS));
            if (world_random(w) % 8 == 0) {
                world_run(w, 5 * SECOND); /* the last one's graces */
                world_restart_ike(w, node);
                world_run(w, 5 * SECOND);
            } else {
                (void)!ike_command(w->nodes[node].ike, "vpntun-0", command, w->now_us);
                world_collect(w, node);
            }
        }
        w->loss_percent = 0;
        world_run(w, 10 * SECOND);
        w->esp_every_us = 100 * MS;
        world_run(w, 100 * SECOND);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_plane_restarts),
        cmocka_unit_test(test_half_open_ones_outlive_no_data_plane),
        cmocka_unit_test(test_long_absence_of_the_data_plane),
        cmocka_unit_test(test_daemon_restarts_without_a_gap),
        cmocka_unit_test(test_a_tunnel_is_disabled_after_a_restart),
        cmocka_unit_test(test_adopted_sas_of_a_dead_peer),
        cmocka_unit_test(test_orphans_go),
        cmocka_unit_test(test_data_plane_refuses),
        cmocka_unit_test(test_data_plane_refuses_a_rekey),
        cmocka_unit_test(test_data_plane_is_mute),
        cmocka_unit_test(test_chaos_ends_in_one_pair),
        cmocka_unit_test(test_traffic_survives_rekeys_and_restarts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
