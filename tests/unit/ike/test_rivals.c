#include "world.h"
#include "tunnel_internal.h"

/* Which of several IKE SAs of a tunnel counts: an order, the same at both ends. */

#define SAS    12
#define ROUNDS 3000

static uint64_t draws = 1;

static uint64_t draw(uint64_t below)
{
    draws = draws * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (draws >> 33) % below;
}

/* Few values, so that much is alike. */
static void make_any(struct ike_sa *sa, struct list *sas)
{
    *sa = (struct ike_sa){.state = draw(6) ? IKE_SA_ESTABLISHED : IKE_SA_CLOSING,
                          .unsettled = draw(8) == 0,
                          .tie = draw(4),
                          .began_us = draw(20),
                          .made_us = draw(40),
                          .spi_i = draw(3),
                          .spi_r = (uint64_t)(uintptr_t)sa};
    sa->established_us = sa->began_us + draw(5);
    list_append(sas, &sa->peer_link);
}

static bool counts(const struct ike_sa *sa)
{
    return sa->state == IKE_SA_ESTABLISHED && !sa->unsettled;
}

static void assert_order(const struct list *sas, const struct ike_sa all[SAS])
{
    static int c[SAS][SAS];

    for (unsigned i = 0; i < SAS; i++) {
        for (unsigned j = 0; j < SAS; j++)
            c[i][j] = ike_rivals_compare(sas, &all[i], &all[j]);
    }
    for (unsigned i = 0; i < SAS; i++) {
        for (unsigned j = 0; j < SAS; j++) {
            if (!counts(&all[i]) || !counts(&all[j]))
                continue;
            assert_int_equal(c[i][j] == 0, i == j);               /* total */
            assert_int_equal(c[i][j] < 0, i != j && c[j][i] > 0); /* antisymmetric */
            for (unsigned k = 0; k < SAS; k++)                    /* transitive */
                assert_true(!counts(&all[k]) || c[i][j] >= 0 || c[j][k] >= 0 || c[i][k] < 0);
        }
    }
}

static void test_an_order_on_any_set(void **state)
{
    struct ike_sa all[SAS];
    struct list sas;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const struct ike_sa *first;

        list_init(&sas);
        for (unsigned i = 0; i < SAS; i++)
            make_any(&all[i], &sas);
        assert_order(&sas, all);
        first = ike_rivals_first(&sas);
        for (unsigned i = 0; i < SAS; i++)
            assert_true(!counts(&all[i]) ||
                        (first && ike_rivals_compare(&sas, first, &all[i]) <= 0));
    }
}

/* A call as both ends see it: the other end hears of it, and proves itself, half a round trip
 * later.
 */
static void call(struct ike_sa *a, struct ike_sa *b, uint64_t at, uint64_t trip, bool by_a)
{
    struct ike_sa sa = {
        .state = IKE_SA_ESTABLISHED, .tie = draw(1U << 30), .spi_r = draw(1U << 30)};
    struct ike_sa *caller = by_a ? a : b, *called = by_a ? b : a;

    sa.spi_i = sa.tie;
    *caller = *called = sa;
    caller->began_us = at;
    called->began_us = at + trip / 2;
    called->established_us = called->made_us = at + trip * 3 / 2;
    caller->established_us = caller->made_us = at + trip * 2;
}

/* Calls at once, and later ones when the earlier are over at both ends. */
static void test_both_ends_come_to_the_same(void **state)
{
    struct ike_sa a[SAS], b[SAS];
    struct list as, bs;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t trip = 2 + 2 * draw(100), at = 1000;
        const struct ike_sa *first_a, *first_b;

        list_init(&as);
        list_init(&bs);
        for (unsigned i = 0; i < SAS; i++) {
            call(&a[i], &b[i], at, trip, draw(2));
            at += draw(3) ? draw(trip / 2) : 4 * trip;
            list_append(&as, &a[i].peer_link);
            list_insert_before(bs.next, &b[i].peer_link);
        }
        first_a = ike_rivals_first(&as);
        first_b = ike_rivals_first(&bs);
        assert_int_equal(first_a - a, first_b - b);
    }
}

/* ---- a peer of another make ---- */

/* It keeps whatever was made: only A settles. */
static void keep_all(struct world *w)
{
    struct ike_tunnel *tunnels[] = {ike_tunnel_find(w->nodes[0].ike, "vpntun-0"),
                                    ike_tunnel_find(w->nodes[1].ike, "vpntun-0")};

    for (int i = 0; i < 2; i++) {
        if (!tunnels[i])
            continue;
        list_for_each (sa, &tunnels[i]->peer.sas, struct ike_sa, peer_link) {
            sa->ropeway = false;
            sa->close_us = i ? 0 : sa->close_us;
        }
    }
}

static size_t count_sas(struct world *w, int node)
{
    size_t n = 0;

    list_for_each (sa, &ike_tunnel_find(w->nodes[node].ike, "vpntun-0")->peer.sas, struct ike_sa,
                   peer_link)
        n++;
    return n;
}

/* Both begin over a path of 100 ms: one pair over one IKE SA stays, and no packet is lost. */
static void test_another_make_begins_at_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 24; seed++) {
        struct world *w = world_new(seed);

        w->check = keep_all;
        w->delay_us = 100 * MS;
        for (int i = 0; i < 2; i++) {
            struct ike_tunnel_config c = world_config(w, i);

            world_set(w, i, &c);
            world_run(w, (seed % 12) * 10 * MS);
        }
        world_run_until_up(w, 2 * SECOND);
        world_run(w, 2 * SECOND);
        world_start_esp(w, 5 * MS);
        world_run(w, 50 * SECOND);
        for (int i = 0; i < 2; i++)
            assert_int_equal(count_sas(w, i), 1);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        world_free(w);
    }
}

/* B calls when it has one, and says nothing of that. */
static void b_calls_again(struct world *w)
{
    struct ike_peer *peer = &ike_tunnel_find(w->nodes[1].ike, "vpntun-0")->peer;
    const struct endpoint local = {.addr = peer->config.local, .port = 500},
                          remote = {.addr = peer->config.remote, .port = 500};

    peer->env->now_us = w->now_us;
    assert_int_equal(ikev2_call(peer, &local, &remote, true), 0);
    world_collect(w, 1);
}

/* Its first transmission is lost, and the next comes when ours is there: not at once to us. */
static void test_another_make_calls_late(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct world *w = world_new(seed);
        struct ike_tunnel_config a = world_config(w, 0), b = world_config(w, 1);

        w->check = keep_all;
        b.initiate = false;
        world_set(w, 1, &b);
        world_set(w, 0, &a);
        world_run_until_up(w, 5 * SECOND);
        world_start_esp(w, 5 * MS);
        b_calls_again(w);
        world_run(w, 2 * SECOND);
        assert_int_equal(count_sas(w, 0), 2);
        world_run(w, 30 * SECOND);
        for (int i = 0; i < 2; i++)
            assert_int_equal(count_sas(w, i), 1);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        b_calls_again(w); /* this one has an earlier one of its own beside it, which it keeps */
        world_run(w, 60 * SECOND);
        assert_int_equal(count_sas(w, 0), 2);
        world_assert_nothing_lost(w);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_order_on_any_set),
        cmocka_unit_test(test_both_ends_come_to_the_same),
        cmocka_unit_test(test_another_make_begins_at_once),
        cmocka_unit_test(test_another_make_calls_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
