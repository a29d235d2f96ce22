#include "world.h"

/* A tunnel that is up and carries one way only: a hint, and no more. */

static void test_nothing_comes_in(void **state)
{
    struct world *w = world_new_up(1);
    unsigned logs;

    (void)state;
    w->nodes[0].esp_deaf = true;
    world_start_esp(w, 100 * MS);
    world_run(w, 7 * SECOND);
    assert_true(world_is_up(w, 0));
    world_assert_error(w, 0, "ike.one-way", "goes out from 198.51.100.1:4500 to 198.51.100.2:4500");
    assert_int_equal(w->nodes[0].told.state, IKE_OPER_UP);
    assert_string_equal(world_error(w, 1), "");
    logs = w->nodes[0].logs;
    world_run(w, 900 * SECOND); /* it stays true, and is not said again */
    world_assert_error(w, 0, "ike.one-way", "none has come in");
    assert_int_equal(w->nodes[0].logs, logs);
    assert_in_range(w->nodes[0].queries, 3, 12);
    w->nodes[0].esp_deaf = false;
    world_run(w, 1 * SECOND);
    assert_string_equal(world_error(w, 0), "");
    world_assert_one_pair(w);
    world_free(w);
}

/* Where nothing goes out nothing is asked; where all comes in nothing is said. */
static void test_idle_and_one_way_ends_are_left_alone(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    world_run(w, 900 * SECOND);
    assert_int_equal(w->nodes[0].queries + w->nodes[1].queries, 0);
    w->nodes[1].esp_silent = true;
    world_start_esp(w, 100 * MS);
    world_run(w, 60 * SECOND);
    world_assert_error(w, 0, "ike.one-way", "if answers are expected");
    assert_string_equal(world_error(w, 1), "");
    assert_int_equal(w->nodes[1].queries, 0);
    world_free(w);
}

/* A few packets that nobody answered are no sign of anything. */
static void test_a_few_packets(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    w->nodes[1].esp_silent = true;
    world_start_esp(w, 100 * MS);
    world_run(w, 350 * MS);
    w->esp_every_us = 0;
    world_run(w, 600 * SECOND);
    assert_string_equal(world_error(w, 0), "");
    assert_in_range(w->nodes[0].queries, 1, 10);
    world_free(w);
}

/* What takes the tunnel down is told in the place of the hint. */
static void test_the_hint_gives_way(void **state)
{
    struct world *w = world_new_up(1);

    (void)state;
    w->nodes[1].esp_silent = true;
    world_start_esp(w, 100 * MS);
    world_run(w, 10 * SECOND);
    world_assert_error(w, 0, "ike.one-way", "goes out");
    world_command(w, 1, IKE_COMMAND_TERMINATE);
    world_run(w, 20 * MS);
    assert_false(world_is_up(w, 0));
    world_assert_error(w, 0, "ike.peer-closed", "closed");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_comes_in),
        cmocka_unit_test(test_idle_and_one_way_ends_are_left_alone),
        cmocka_unit_test(test_a_few_packets),
        cmocka_unit_test(test_the_hint_gives_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
