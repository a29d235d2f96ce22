#include "world.h"

/* A changed key: both count for a stated time, and whoever came in with the old one is out then. */

#define OVERLAP (600 * SECOND)

static struct ike_tunnel_config with_new_key(const struct world *w, int node, uint64_t until_us)
{
    struct ike_tunnel_config c = world_config(w, node);

    if (until_us) {
        memcpy(c.psk_before, c.psk, c.psk_len);
        c.psk_before_len = c.psk_len;
        c.psk_before_until_us = until_us;
    }
    c.psk[3] ^= 1;
    return c;
}

static void change(struct world *w, int node, uint64_t until_us)
{
    struct ike_tunnel_config c = with_new_key(w, node, until_us);

    world_set(w, node, &c);
}

static bool has_said(const struct world *w, int node, const char *code)
{
    return strstr(w->nodes[node].said, code) != NULL;
}

static void test_the_ends_change_one_after_the_other(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct world *w = world_new_up((uint64_t)first + 1);
        uint64_t until_us = w->now_us + OVERLAP;

        world_start_esp(w, 3 * MS);
        change(w, first, until_us);
        world_run(w, 60 * SECOND);
        assert_true(world_is_up(w, 0) && world_is_up(w, 1));
        change(w, !first, until_us + 60 * SECOND);
        world_run(w, 100 * SECOND);
        world_assert_one_pair(w);
        world_assert_nothing_lost(w);
        assert_string_equal("", world_error(w, 0));
        assert_string_equal("", world_error(w, 1));
        assert_true(has_said(w, 0, "{ike.key-proved"));
        world_run(w, OVERLAP);
        world_assert_nothing_lost(w);
        assert_false(has_said(w, 0, "{ike.old-auth-ended") ||
                     has_said(w, 1, "{ike.old-auth-ended"));
        world_free(w);
    }
}

/* Without anything else to say: it is closed when its time is over. */
static void test_the_old_one_ends_at_its_time(void **state)
{
    struct world *w = world_new_up(1);
    uint64_t until_us = w->now_us + OVERLAP;

    (void)state;
    change(w, 0, until_us);
    world_run(w, OVERLAP - 10 * SECOND);
    assert_true(world_is_up(w, 0) && world_is_up(w, 1));
    world_run(w, 20 * SECOND);
    assert_false(world_is_up(w, 0) || world_is_up(w, 1));
    assert_true(has_said(w, 0, "{ike.old-auth-ended"));
    world_run(w, 300 * SECOND);
    assert_false(world_is_up(w, 0) || world_is_up(w, 1));
    world_free(w);
}

/* With 0 seconds of it there is no key before. */
static void test_at_once(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    change(w, 0, 0);
    world_run(w, SECOND);
    assert_false(world_is_up(w, 0) || world_is_up(w, 1));
    change(w, 1, 0);
    world_run(w, 100 * SECOND);
    world_assert_one_pair(w);
    world_free(w);
}

/* The end that has not changed yet starts afresh, and calls with the old key, or is called. */
static void test_the_old_key_lets_in_until_then(void **state)
{
    (void)state;
    for (int caller = 0; caller < 2; caller++) {
        struct world *w = world_new((uint64_t)caller + 1);
        uint64_t until_us = w->now_us + OVERLAP;
        struct ike_tunnel_config a = with_new_key(w, 0, until_us), b = world_config(w, 1);

        a.initiate = caller == 0;
        b.initiate = caller == 1;
        world_set(w, 0, &a);
        world_set(w, 1, &b);
        world_run(w, 60 * SECOND);
        assert_true(world_flows(w, 0) && world_flows(w, 1));
        assert_true(has_said(w, 0, "{ike.key-before-used"));
        assert_int_equal(caller == 0, has_said(w, 0, "{ike.key-before-tried"));
        /* The new one is asked for again and again, and what is told says what to do. */
        world_assert_error(w, 0, "ike.key-before-used", "set the new one at the peer");
        world_run(w, OVERLAP);
        assert_false(world_is_up(w, 0) || world_is_up(w, 1));

        b = with_new_key(w, 1, 0);
        b.initiate = caller == 1;
        world_set(w, 1, &b);
        world_run(w, 120 * SECOND);
        world_assert_one_pair(w);
        world_free(w);
    }
}

/* It is changed in time: the traffic does not stop. */
static void test_from_the_old_key_to_the_new(void **state)
{
    struct world *w = world_new(1);
    struct ike_tunnel_config a = with_new_key(w, 0, w->now_us + OVERLAP);

    (void)state;
    world_set(w, 0, &a);
    a = world_config(w, 1);
    world_set(w, 1, &a);
    world_run(w, 60 * SECOND);
    assert_true(world_flows(w, 0) && world_flows(w, 1));
    world_start_esp(w, 3 * MS);
    change(w, 1, w->now_us + OVERLAP);
    world_run(w, OVERLAP);
    world_assert_one_pair(w);
    world_assert_nothing_lost(w);
    assert_string_equal("", world_error(w, 0));
    world_free(w);
}

/* Once the new key is proved the old one is worth nothing, though its time is not over. */
static void test_a_proved_key_ends_the_other(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config b = world_config(w, 1);

    (void)state;
    change(w, 0, w->now_us + OVERLAP);
    change(w, 1, w->now_us + OVERLAP);
    world_run(w, 60 * SECOND);
    world_assert_one_pair(w);
    world_set(w, 1, &b); /* back, without the overlap */
    world_run(w, 120 * SECOND);
    assert_false(has_said(w, 0, "{ike.key-before-used"));
    assert_false(world_is_up(w, 1));
    world_free(w);
}

/* A configuration that is told again, by clocks read anew, is the same. */
static void test_told_again_is_the_same(void **state)
{
    struct world *w = world_new_up(1);
    struct ike_tunnel_config c = with_new_key(w, 0, w->now_us + OVERLAP);

    (void)state;
    assert_int_equal(1, ike_tunnel_set(w->nodes[0].ike, &c, w->now_us));
    c.psk_before_until_us += 300;
    assert_int_equal(0, ike_tunnel_set(w->nodes[0].ike, &c, w->now_us));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_ends_change_one_after_the_other),
        cmocka_unit_test(test_the_old_one_ends_at_its_time),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_the_old_key_lets_in_until_then),
        cmocka_unit_test(test_from_the_old_key_to_the_new),
        cmocka_unit_test(test_a_proved_key_ends_the_other),
        cmocka_unit_test(test_told_again_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
