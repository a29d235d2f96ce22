#include "world.h"
#include "tunnel_internal.h"

/* What happens to a tunnel in its life: lifetimes, dead peers, restarts, changes of configuration.
 */

/* ---- lifetimes ---- */

static void test_a_day(void **state)
{
    struct world *w = world_new(5);
    struct ike_status s;

    (void)state;
    world_set_both(w);
    world_run_until_up(w, SECOND);
    world_run(w, 20 * SECOND);
    world_start_esp(w, 500 * MS);
    w->loss_percent = 5;
    world_run(w, 24 * 3600 * SECOND);
    w->loss_percent = 0;
    world_run(w, 120 * SECOND);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    s = world_status(w, 0);
    assert_in_range(s.child_rekeys, 24, 40);
    assert_in_range(s.ike_rekeys, 6, 10);
    world_free(w);
}

/* The same short lifetimes at both ends and slow packets: rekeys collide again and again. */
static void test_many_collisions(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct world *w = world_new(seed);

        w->delay_us = 400 * MS;
        for (int i = 0; i < 2; i++) {
            struct ike_tunnel_config c = world_config(w, i);

            c.child_lifetime_s = 60;
            c.ike_lifetime_s = 150;
            world_set(w, i, &c);
        }
        world_run_until_up(w, 20 * SECOND);
        world_run(w, 20 * SECOND);
        world_start_esp(w, 20 * MS);
        w->loss_percent = (unsigned)seed * 3;
        for (int k = 0; k < 60; k++) {
            world_run(w, 30 * SECOND);
            world_command(w, k & 1, k % 3 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE);
            world_run(w, world_random(w) % (900 * MS));
            world_command(w, !(k & 1), k % 5 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE);
        }
        w->loss_percent = 0;
        world_run(w, 50 * SECOND);
        for (int i = 0; i < 2; i++) {
            assert_true(world_is_up(w, i));
            assert_true(world_flows(w, i));
        }
        world_assert_nothing_lost(w);
        world_free(w);
    }
}

static void test_limits_of_the_data_plane(void **state)
{
    struct world *w = world_new_up(1);
    uint32_t before = world_spi(w, 0, IKE_OUT);

    (void)state;
    world_start_esp(w, 3 * MS);
    ike_sa_event(w->nodes[0].ike, "vpntun-0", IKE_SA_EVENT_SOFT, IKE_OUT, before, NULL, w->now_us);
    world_collect(w, 0);
    world_run(w, 10 * SECOND);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    assert_int_not_equal(world_spi(w, 0, IKE_OUT), before);

    before = world_spi(w, 0, IKE_OUT);
    ike_sa_event(w->nodes[0].ike, "vpntun-0", IKE_SA_EVENT_HARD, IKE_OUT, before, NULL, w->now_us);
    world_collect(w, 0);
    world_run(w, 10 * SECOND);
    world_assert_one_pair(w);
    world_assert_logged(w, 0, "ike.child-spent");
    assert_int_not_equal(world_spi(w, 0, IKE_OUT), before);
    world_free(w);
}

/* A data plane that is slow to acknowledge a rekeyed child takes no tunnel down; one that never
 * does takes it down, and that is said. */
static void test_slow_acknowledgments(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    w->nodes[1].plane_mute = true;
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    for (int i = 0; i < 40; i++) {
        world_run(w, 100 * MS);
        assert_true(world_is_up(w, 1));
    }
    world_run(w, 5 * SECOND);
    assert_false(world_is_up(w, 1));
    assert_said(w->nodes[1].told.last_error, "ike.plane-silent", "did not acknowledge");
    w->nodes[1].plane_mute = false;
    world_run(w, 30 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

static const struct ike_esp_sa *half_of(const struct world *w, int node, int direction)
{
    for (size_t i = 0; i < WORLD_SAS; i++) {
        const struct plane_sa *p = &w->nodes[node].plane[i];

        if (p->there && p->sa.direction == direction)
            return &p->sa;
    }
    fail_msg("no such SA");
    return NULL;
}

/* Each limit is announced before it is reached, and not at both ends in the same moment: the end
 * that made the child begins. */
static void test_soft_limits(void **state)
{
    static const uint64_t limits[] = {1, 2, 3, 50, 99, 100, 1000, 1000000, INT64_MAX};

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(limits); k++) {
        struct world *w = world_new(k + 1);
        uint64_t hard = limits[k];

        for (int i = 1; i >= 0; i--) {
            struct ike_tunnel_config c = world_config(w, i);

            c.initiate = i == 0;
            c.child_lifetime_bytes = c.child_lifetime_packets = hard;
            world_set(w, i, &c);
        }
        world_run_until_up(w, SECOND);
        for (int direction = IKE_IN; direction <= IKE_OUT; direction++) {
            const struct ike_esp_sa *a = half_of(w, 0, direction), *b = half_of(w, 1, direction);

            assert_true(a->soft_bytes > 0 && a->soft_bytes <= b->soft_bytes);
            assert_true(a->soft_packets > 0 && a->soft_packets <= b->soft_packets);
            assert_true(b->soft_bytes <= hard && b->soft_packets <= hard);
            if (hard < 1000)
                continue;
            assert_true(a->soft_bytes < b->soft_bytes && b->soft_bytes < hard);
            assert_true(a->soft_packets < b->soft_packets && b->soft_packets < hard);
            assert_true(a->soft_bytes > hard / 10 * 7);
            assert_int_not_equal(a->soft_bytes, a->soft_packets); /* by chance */
        }
        world_free(w);
    }
}

/* ---- dead peers ---- */

static void test_dead_peer_is_noticed_and_called(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    w->nodes[1].deaf = true;
    world_run(w, 60 * SECOND);
    assert_false(world_is_up(w, 0));
    assert_int_equal(world_count(w, 0, 0), 0);
    world_assert_error(w, 0, "ike.no-answer", "no answer");
    assert_int_equal(world_status(w, 0).state, IKE_OPER_NEGOTIATING);
    w->nodes[1].deaf = false;
    world_run_until_up(w, 70 * SECOND);
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

static void test_cleared_peer_is_not_called(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    c.dpd_clear = true;
    world_set(w, 0, &c);
    w->nodes[1].deaf = true;
    world_run(w, 45 * SECOND);
    assert_int_equal(world_status(w, 0).state, IKE_OPER_DOWN);
    world_assert_error(w, 0, "ike.peer-dead", "does not answer any more");
    w->sent = 0;
    world_run(w, 300 * SECOND);
    assert_int_equal(w->sent, 0);
    world_free(w);
}

/* The peer's daemon is away but its data plane sends: that is a sign of life. */
static void test_esp_is_a_sign_of_life(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    world_start_esp(w, 500 * MS);
    w->nodes[1].deaf = true;
    world_run(w, 300 * SECOND);
    assert_true(world_is_up(w, 0));
    assert_in_range(w->nodes[0].queries, 1, 300 / 15);
    w->nodes[1].deaf = false;
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    world_free(w);
}

static void test_silence_without_dpd(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    c.dpd = false;
    world_set(w, 0, &c);
    w->nodes[1].deaf = true;
    w->sent = 0;
    world_run(w, 600 * SECOND);
    assert_true(world_is_up(w, 0)); /* nobody asked */
    assert_int_equal(w->sent, 0);
    world_command(w, 0, IKE_COMMAND_REKEY_CHILD);
    world_run(w, 90 * SECOND); /* but a request without an answer ends it */
    assert_false(world_is_up(w, 0));
    world_free(w);
}

/* All its state gone, without a word: the new call says so, and replaces the old. */
static void test_peer_restarts_without_a_word(void **state)
{
    (void)state;
    for (int begins = 0; begins < 2; begins++) {
        struct world *w = world_new_up((uint64_t)begins + 1);
        struct ike_tunnel_config c = world_config(w, 1);
        struct node *n = &w->nodes[1];

        c.initiate = begins;
        for (size_t i = 0; i < WORLD_SAS; i++)
            n->plane[i].there = false;
        ike_free(n->ike);
        assert_int_equal(ike_new(NULL, &n->ike), 0);
        ike_inventory_begin(n->ike, NULL);
        ike_inventory_end(n->ike, NULL, w->now_us);
        world_set(w, 1, &c);
        world_run(w, 30 * SECOND); /* if it only answers: a hint, then DPD finds out */
        world_assert_one_pair(w);
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* ---- ends that are wanted ---- */

static void test_terminate_and_again(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    world_command(w, 0, IKE_COMMAND_TERMINATE);
    world_run(w, 20 * MS);
    world_assert_nobody_sends(w);
    world_assert_error(w, 1, "ike.peer-closed", "closed the connection");
    world_run(w, 30 * SECOND);
    world_assert_one_pair(w); /* both are told to keep it up */
    world_free(w);
}

static void test_disable_and_enable(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = world_config(w, 0);

    (void)state;
    c.admin_up = false;
    world_set(w, 0, &c);
    assert_int_equal(world_count(w, 0, IKE_OUT), 0); /* at once */
    assert_int_equal(world_count(w, 0, IKE_IN), 1);  /* for what the peer has on the way */
    assert_int_equal(world_status(w, 0).state, IKE_OPER_DOWN);
    world_run(w, 100 * MS);
    world_assert_nobody_sends(w);
    world_run(w, 300 * SECOND); /* the other end calls in vain */
    for (int i = 0; i < 2; i++)
        assert_int_equal(world_count(w, i, 0), 0);
    assert_int_equal(world_status(w, 0).state, IKE_OPER_DOWN);
    c.admin_up = true;
    world_set(w, 0, &c);
    world_run_until_up(w, SECOND);
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

static void test_removed(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    ike_sync_begin(w->nodes[0].ike);
    assert_int_equal(ike_sync_end(w->nodes[0].ike, w->now_us), 1);
    world_collect(w, 0);
    assert_int_equal(ike_tunnel_count(w->nodes[0].ike), 0);
    assert_int_equal(world_count(w, 0, 0), 0);
    world_run(w, 100 * MS);
    assert_int_equal(world_count(w, 1, IKE_OUT), 0);
    world_run(w, 20 * SECOND);
    assert_int_equal(world_count(w, 1, 0), 0);
    assert_int_equal(ike_deadline(w->nodes[0].ike), UINT64_MAX); /* nothing left that ticks */
    world_free(w);
}

/* ---- hints and moves ---- */

/* A peer whose data plane has lost the child says so (INVALID_SPI): it is made anew. */
static void test_peer_has_lost_a_child(void **state)
{
    (void)state;
    for (int known = 0; known < 2; known++) {
        struct world *w = world_new_up(1);
        struct ike_sa *b = ike_tunnel_find(w->nodes[1].ike, "vpntun-0")->peer.lead;
        uint32_t before = world_spi(w, 0, IKE_OUT);
        uint8_t spi[4];

        wire_store_be32(spi, known ? before : before + 1);
        b->env->now_us = w->now_us;
        ikev2_out_init(b, IKE_EXCHANGE_INFORMATIONAL, false, b->v2->send_id);
        assert_non_null(ike_message_add_notify(&b->v2->ikev2->out, IKE_NOTIFY_INVALID_SPI, spi, 4));
        assert_int_equal(ikev2_request_send(b, IKEV2_TASK_LIVENESS), 0);
        world_collect(w, 1);
        world_run(w, 20 * SECOND);
        world_assert_one_pair(w);
        assert_int_equal(world_spi(w, 0, IKE_OUT) != before, known);
        assert_int_equal(said_has(w->nodes[0].said, "ike.peer-lost-child"), known);
        world_free(w);
    }
}

/* Whoever is behind a NAT says something often enough for it, DPD or not. */
static void test_a_nat_is_kept_awake(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    ike_tunnel_find(w->nodes[0].ike, "vpntun-0")->peer.lead->nat_local = true;
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.dpd = false;
        world_set(w, i, &c);
    }
    world_run(w, 30 * SECOND);
    w->sent = 0;
    world_run(w, 200 * SECOND);
    assert_in_range(w->sent, 2 * 9, 2 * 11);
    world_assert_one_pair(w);
    world_free(w);
}

static void test_unknown_spi_is_only_a_hint(void **state)
{
    struct world *w = world_new_up(1);
    struct endpoint peer = {w->nodes[1].address, IKE_PORT_NATT};
    struct ike_stats before, after;

    (void)state;
    ike_get_stats(w->nodes[1].ike, &before);
    for (int i = 0; i < 100; i++) {
        ike_unknown_spi(w->nodes[0].ike, &peer, w->now_us);
        world_collect(w, 0);
    }
    world_run(w, SECOND);
    ike_get_stats(w->nodes[1].ike, &after);
    assert_int_equal(after.received - before.received, 1); /* one question, not a hundred */
    world_run(w, 20 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* ESP from another port is followed only when IKE answers from there, too. */
static void test_moved_peer_is_asked_first(void **state)
{
    struct world *w = world_new_up(1);
    struct endpoint elsewhere = {addr_v4(203, 0, 113, 9), 1024}, now;

    (void)state;
    ike_sa_event(w->nodes[0].ike, "vpntun-0", IKE_SA_EVENT_MOVED, IKE_IN, world_spi(w, 0, IKE_IN),
                 &elsewhere, w->now_us);
    world_collect(w, 0);
    world_run(w, 30 * SECOND);
    now = world_status(w, 0).remote;
    assert_true(addr_equal(&now.addr, &w->nodes[1].address));
    world_assert_one_pair(w);
    world_free(w);
}

/* The peer's NAT gives it another port: B's datagrams come from there from now on. */
static bool rebind(struct world *w, int from, const uint8_t *data, size_t len)
{
    struct endpoint local = {w->nodes[0].address, IKE_PORT_NATT};
    struct endpoint remote = {w->nodes[1].address, 1024};

    if (from == 0)
        return true;
    ike_input(w->nodes[0].ike, &local, &remote, data, len, w->now_us);
    return false;
}

static void test_rebound_peer_is_followed(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    w->filter = rebind;
    world_run(w, 30 * SECOND);
    world_collect(w, 0);
    assert_int_equal(world_status(w, 0).remote.port, 1024);
    assert_int_equal(w->nodes[0].moves, 1);
    world_assert_one_pair(w);
    world_free(w);
}

/* Both ends find themselves without a child at the same moment, and both make one. */
static void test_twins_end_in_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct world *w = world_new_up(seed);

        for (int i = 0; i < 2; i++) {
            struct ike_tunnel *tunnel = ike_tunnel_find(w->nodes[i].ike, "vpntun-0");
            struct ike_sa *sa = tunnel->peer.lead;

            list_for_each (child, &sa->pairs, struct ike_pair, link)
                child->state = IKE_PAIR_CLOSING;
            ike_sa_touch(sa);
        }
        for (int i = 0; i < 2; i++) {
            ike_tick(w->nodes[i].ike, w->now_us);
            world_collect(w, i);
        }
        world_run(w, SECOND);
        assert_int_equal(world_count(w, 0, IKE_OUT), 2);
        world_start_esp(w, 3 * MS);
        world_run(w, 60 * SECOND);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_day),
        cmocka_unit_test(test_many_collisions),
        cmocka_unit_test(test_limits_of_the_data_plane),
        cmocka_unit_test(test_slow_acknowledgments),
        cmocka_unit_test(test_soft_limits),
        cmocka_unit_test(test_dead_peer_is_noticed_and_called),
        cmocka_unit_test(test_cleared_peer_is_not_called),
        cmocka_unit_test(test_esp_is_a_sign_of_life),
        cmocka_unit_test(test_silence_without_dpd),
        cmocka_unit_test(test_peer_restarts_without_a_word),
        cmocka_unit_test(test_terminate_and_again),
        cmocka_unit_test(test_disable_and_enable),
        cmocka_unit_test(test_removed),
        cmocka_unit_test(test_peer_has_lost_a_child),
        cmocka_unit_test(test_a_nat_is_kept_awake),
        cmocka_unit_test(test_unknown_spi_is_only_a_hint),
        cmocka_unit_test(test_moved_peer_is_asked_first),
        cmocka_unit_test(test_rebound_peer_is_followed),
        cmocka_unit_test(test_twins_end_in_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
