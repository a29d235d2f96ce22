#include "world.h"
#include "tunnel_internal.h"

/* What asking a peer whether it is there says of the way to it. */

#define TUNNEL_ID "vpntun-0"

static struct ike_liveness liveness(const struct world *w, int node)
{
    struct ike_liveness l = {0};

    assert_int_equal(ike_liveness(w->nodes[node].ike, TUNNEL_ID, &l), 0);
    assert_true(l.timed <= l.answered && (l.time_us > 0) == (l.timed > 0));
    return l;
}

/* Node 0 begins, and only it asks. */
static struct world *world_with_asker(uint64_t seed, uint64_t delay_us)
{
    struct world *w = world_new(seed);

    w->delay_us = delay_us;
    for (int i = 1; i >= 0; i--) {
        struct ike_tunnel_config c = world_config(w, i);

        c.dpd = c.initiate = i == 0;
        world_set(w, i, &c);
    }
    world_run_until_up(w, 20 * SECOND);
    return w;
}

static uint64_t until_answered(struct world *w, int node, uint64_t answers)
{
    for (int i = 0; i < 600 && liveness(w, node).answered < answers; i++)
        world_run(w, SECOND);
    assert_true(liveness(w, node).answered >= answers);
    return liveness(w, node).answered;
}

static void test_time_is_the_way_there_and_back(void **state)
{
    static const uint64_t delays_us[] = {0, 1, 20 * MS, 130 * MS, 400 * MS};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(delays_us); i++) {
        struct world *w = world_with_asker(i + 1, delays_us[i]);
        uint64_t rtt_us = MAX(2 * delays_us[i], 1U);
        struct ike_liveness l;

        until_answered(w, 0, 5);
        l = liveness(w, 0);
        assert_int_equal(l.last_us, rtt_us);
        assert_int_equal(l.time_us, l.timed * rtt_us);
        if (rtt_us < 270 * MS) { /* the shortest pause before a request is sent again */
            assert_int_equal(l.lost, 0);
            assert_int_equal(l.timed, l.answered);
        } else { /* the first one is sent again, then the pause is long enough */
            assert_in_range(l.lost, 1, 3);
            assert_true(l.timed + 2 >= l.answered);
        }
        assert_memory_equal(&w->nodes[0].alive, &l, sizeof(l)); /* it was told */
        assert_int_equal(liveness(w, 1).answered, 0);
        world_free(w);
    }
}

/* Loses filter_arg datagrams of node 0, then none. */
static bool lose_some(struct world *w, int from, const uint8_t *data, size_t len)
{
    (void)data;
    (void)len;
    if (from == 0 && w->filter_arg > 0) {
        w->filter_arg--;
        return false;
    }
    return true;
}

/* Of a request that was sent three times nobody knows which one was answered. */
static void test_repeated_requests_tell_no_time(void **state)
{
    struct world *w = world_with_asker(1, 20 * MS);
    struct ike_liveness before, l;

    (void)state;
    until_answered(w, 0, 3);
    before = liveness(w, 0);
    w->filter = lose_some;
    w->filter_arg = 2;
    until_answered(w, 0, before.answered + 1);
    l = liveness(w, 0);
    assert_int_equal(l.answered, before.answered + 1);
    assert_int_equal(l.lost, before.lost + 2);
    assert_int_equal(l.timed, before.timed);
    assert_int_equal(l.time_us, before.time_us);
    assert_int_equal(l.last_us, 40 * MS);
    until_answered(w, 0, l.answered + 1); /* the next one does again */
    assert_int_equal(liveness(w, 0).timed, before.timed + 1);
    assert_int_equal(liveness(w, 0).lost, l.lost);
    world_free(w);
}

/* Rekeys and deletions take longer, by what is computed for them. */
static void test_only_liveness_counts(void **state)
{
    struct world *w = world_with_asker(1, 20 * MS);
    uint64_t answered = until_answered(w, 0, 1); /* the first one proves IKE_AUTH */

    (void)state;
    for (int i = 0; i < 4; i++) {
        world_command(w, 0, i % 2 ? IKE_COMMAND_REKEY_CHILD : IKE_COMMAND_REKEY_IKE);
        world_run(w, 2 * SECOND);
    }
    assert_true(world_status(w, 0).ike_rekeys >= 2 && world_status(w, 0).child_rekeys >= 2);
    assert_int_equal(liveness(w, 0).answered, answered);
    assert_int_equal(liveness(w, 0).lost, 0);
    world_free(w);
}

static void test_sums_outlive_ike_sas(void **state)
{
    struct world *w = world_with_asker(2, 20 * MS);
    uint64_t since_us = liveness(w, 0).since_us, answered = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        answered = until_answered(w, 0, answered + 2);
        world_command(w, 0, i == 1 ? IKE_COMMAND_TERMINATE : IKE_COMMAND_REKEY_IKE);
        world_run(w, SECOND);
        assert_true(liveness(w, 0).answered >= answered);
        world_run_until_up(w, 20 * SECOND);
    }
    assert_int_equal(liveness(w, 0).timed * 40 * MS, liveness(w, 0).time_us);
    assert_int_equal(liveness(w, 0).since_us, since_us);
    world_free(w);
}

/* Another life of the daemon counts anew, and says so. */
static void test_a_restart_counts_anew(void **state)
{
    struct world *w = world_with_asker(1, 20 * MS);
    uint64_t since_us = liveness(w, 0).since_us;

    (void)state;
    until_answered(w, 0, 3);
    world_restart_ike(w, 0);
    assert_int_equal(liveness(w, 0).answered, 0);
    assert_true(liveness(w, 0).since_us > since_us);
    world_free(w);
}

static void test_a_dead_peer_has_no_time(void **state)
{
    struct world *w = world_with_asker(1, 20 * MS);
    struct ike_liveness before;

    (void)state;
    until_answered(w, 0, 2);
    before = liveness(w, 0);
    assert_int_equal(before.last_us, 40 * MS);
    w->nodes[1].deaf = true;
    world_run(w, 60 * SECOND);
    assert_false(world_is_up(w, 0));
    assert_true(liveness(w, 0).lost > before.lost + 2);
    assert_int_equal(liveness(w, 0).answered, before.answered);
    assert_int_equal(liveness(w, 0).timed, before.timed);
    assert_int_equal(liveness(w, 0).last_us, 0);
    assert_int_equal(w->nodes[0].alive.last_us, 0);
    world_free(w);
}

/* As many are lost as there is loss, however it falls on the two ways. */
static void test_loss_is_that_of_the_way(void **state)
{
    struct world *w = world_with_asker(7, 20 * MS);
    struct ike_liveness l;

    (void)state;
    w->loss_percent = 10; /* each way: about 19 of both */
    until_answered(w, 0, 50);
    for (int i = 0; i < 20; i++)
        world_run(w, 600 * SECOND);
    l = liveness(w, 0);
    assert_true(l.answered > 500);
    assert_in_range(l.lost * 100 / (l.answered + l.lost), 14, 24);
    assert_int_equal(l.time_us, l.timed * 40 * MS);
    world_free(w);
}

/* A peer that asks more often is never silent: it is asked now and then all the same. */
static void test_a_busy_peer_is_asked_as_well(void **state)
{
    struct world *w = world_new(3);

    (void)state;
    w->delay_us = 20 * MS;
    for (int i = 0; i < 2; i++) {
        struct ike_tunnel_config c = world_config(w, i);

        c.dpd_interval_s = i ? 5 : 30;
        world_set(w, i, &c);
    }
    world_run_until_up(w, 20 * SECOND);
    world_run(w, 610 * SECOND);
    assert_in_range(liveness(w, 1).answered, 100, 130);
    assert_in_range(liveness(w, 0).answered, 4, 6); /* each 120 s */
    assert_int_equal(liveness(w, 0).last_us, 40 * MS);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_is_the_way_there_and_back),
        cmocka_unit_test(test_repeated_requests_tell_no_time),
        cmocka_unit_test(test_only_liveness_counts),
        cmocka_unit_test(test_sums_outlive_ike_sas),
        cmocka_unit_test(test_a_restart_counts_anew),
        cmocka_unit_test(test_a_dead_peer_has_no_time),
        cmocka_unit_test(test_loss_is_that_of_the_way),
        cmocka_unit_test(test_a_busy_peer_is_asked_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
