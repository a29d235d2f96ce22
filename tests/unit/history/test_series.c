#include "history_lab.h"

/* What is said about time and what is answered: slots, tail and file give one picture. */

static void near(double value, double expected)
{
    if (isnan(expected))
        assert_true(isnan(value));
    else
        assert_true(fabs(value - expected) <= 1e-6 * fabs(expected) + 1e-9);
}

static void test_a_sample_is_spread_over_the_slots_it_covers(void **state)
{
    struct lab *l = *state;
    const double *a;

    /* 3 s to 13 s at 100, then 13 s to 27 s at 200. */
    lab_until(l, 27);
    assert_int_equal(lab_add(l, &lab_kind, 3, 13, 100, NAN), 0);
    assert_int_equal(lab_add(l, &lab_kind, 13, 27, 200, NAN), 0);
    lab_until(l, 70);
    a = lab_ask(l, &lab_kind, 0, 40, 10);
    near(a[0], 100);                        /* 7 s of 10 are known: their average */
    near(a[1], (3 * 100 + 7 * 200) / 10.0); /* */
    near(a[2], 200);                        /* */
    near(a[3], NAN);                        /* nothing was said */
    for (size_t i = 4; i < 8; i++)          /* b */
        near(a[i], NAN);
}

static void test_too_little_is_unknown(void **state)
{
    struct lab *l = *state;
    const double *a;

    lab_until(l, 24);
    assert_int_equal(lab_add(l, &lab_kind, 6, 24, 100, 1), 0);
    lab_until(l, 100);
    a = lab_ask(l, &lab_kind, 0, 30, 10);
    near(a[0], NAN); /* four seconds */
    near(a[1], 100);
    near(a[2], NAN);
}

static void test_late_and_repeated_samples(void **state)
{
    struct lab *l = *state;
    const double *a;

    lab_steady(l, 0, 100, 50, 5);
    assert_int_equal(lab_add(l, &lab_kind, 10, 20, 7000, 7), -ERANGE);
    assert_int_equal(lab_add(l, &lab_kind, 20, 20, 7000, 7), -ERANGE);
    assert_int_equal(lab_add(l, &lab_kind, 30, 20, 7000, 7), -ERANGE);
    /* What reaches from the sealed into the open counts for the open part. */
    assert_int_equal(lab_add(l, &lab_kind, 90, 110, 50, 5), 0);
    lab_until(l, 200);
    a = lab_ask(l, &lab_kind, 0, 110, 10);
    for (size_t i = 0; i < 11; i++)
        near(a[i], 50);
}

static void test_parts_of_a_sum(void **state)
{
    struct lab *l = *state;
    const double *a;

    lab_until(l, 20);
    assert_int_equal(lab_add(l, &lab_sum, 0, 20, 100, 1), 0);
    assert_int_equal(lab_add(l, &lab_sum, 0, 10, 11, 1), 0);
    assert_int_equal(lab_add(l, &lab_sum, 5, 15, 10, NAN), 0); /* begins in the midst of one */
    a = lab_ask(l, &lab_sum, 0, 30, 10);
    near(a[0], NAN); /* not all may have come yet */
    lab_until(l, 70);
    a = lab_ask(l, &lab_sum, 0, 30, 10);
    near(a[0], 116);
    near(a[1], 105);
    near(a[2], NAN);
    near(a[3], 2);
    near(a[4], 1);
}

/* After a restart all parts begin in the midst of a slot: that is no dip. */
static void test_a_sum_that_begins_in_a_slot(void **state)
{
    struct lab *l = *state;
    const double *a;

    lab_until(l, 23);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lab_add(l, &lab_sum, 3, 13, 100, 1), 0);
        assert_int_equal(lab_add(l, &lab_sum, 13, 22, 100, 1), 0);
    }
    lab_until(l, 70);
    a = lab_ask(l, &lab_sum, 0, 30, 10);
    near(a[0], 300);
    near(a[1], 300);
    near(a[2], NAN); /* two seconds */
    near(a[3], 3);
}

static void test_tail_and_file_in_one_answer(void **state)
{
    struct lab *l = *state;
    struct history_facts facts;
    const double *a;

    for (uint64_t at = 0; at < 900; at += 10)
        lab_steady(l, at, at + 10, (double)at, 1);
    history_facts(l->history, &facts);
    assert_true(facts.writes >= 12 && facts.writes <= 16); /* one a minute */
    assert_true(facts.samples < 88);                       /* the rest is in memory */
    a = lab_ask(l, &lab_kind, 0, 900, 10);
    for (size_t i = 0; i < 90; i++)
        near(a[i], (double)(10 * i));
    a = lab_ask(l, &lab_kind, 0, 900, 300);
    for (size_t i = 0; i < 3; i++)
        near(a[i], 145 + 300 * (double)i);
    /* A clean stop writes all of it. */
    lab_reopen(l);
    a = lab_ask(l, &lab_kind, 0, 900, 10);
    for (size_t i = 0; i < 90; i++)
        near(a[i], (double)(10 * i));
}

static void test_a_gap_is_a_gap(void **state)
{
    struct lab *l = *state;
    const double *a;

    lab_steady(l, 0, 300, 100, 1);
    lab_steady(l, 500, 900, 200, 1);
    lab_reopen(l);
    a = lab_ask(l, &lab_kind, 0, 900, 10);
    for (size_t i = 0; i < 90; i++)
        near(a[i], i < 30 ? 100 : i < 50 ? NAN : 200);
    a = lab_ask(l, &lab_kind, 0, 900, 300);
    near(a[0], 100);
    near(a[1], NAN); /* two thirds of it are missing */
    near(a[2], 200);
    a = lab_ask(l, &lab_kind, 0, 900, 900);
    near(a[0], 150); /* of the five minutes that are known */
}

static void test_a_killed_process_leaves_a_gap(void **state)
{
    struct lab *l = *state;
    const double *a;
    size_t unknown = 0;

    lab_steady(l, 0, 600, 100, 1);
    lab_kill(l);
    lab_steady(l, 600, 1200, 100, 1);
    a = lab_ask(l, &lab_kind, 0, 1200, 10);
    for (size_t i = 0; i < 120; i++) {
        if (isnan(a[i]))
            unknown++;
        else
            near(a[i], 100);
    }
    assert_true(unknown > 0 && unknown <= 10); /* at most the minute and what was not sealed */
}

static void test_five_minutes_stay_for_a_year(void **state)
{
    struct lab *l = *state;
    uint64_t later = (HISTORY_DAYS + 20) * UINT64_C(86400);
    const double *a;

    lab_steady(l, 0, 600, 100, 1);
    lab_reopen(l);
    l->now_s = LAB_START_S + later;
    lab_steady(l, later, later + 600, 300, 1);
    lab_reopen(l);
    a = lab_ask(l, &lab_kind, 0, 600, 10); /* what the five minutes were is all that is left */
    near(a[0], 100);
    near(a[59], 100);
    a = lab_ask(l, &lab_kind, 0, later + 600, 300);
    near(a[0], 100);
    near(a[1], 100);
    near(a[2], NAN);
    near(a[later / 300], 300);
    near(a[later / 300 - 1], NAN);
    /* And no longer. */
    later = (HISTORY_YEAR + 1) * UINT64_C(86400);
    l->now_s = LAB_START_S + later;
    lab_steady(l, later, later + 600, 300, 1);
    lab_reopen(l);
    a = lab_ask(l, &lab_kind, 0, 600, 300);
    near(a[0], NAN);
}

static void test_the_interval_under_way(void **state)
{
    struct lab *l = *state;
    const double *a;

    lab_steady(l, 0, 350, 100, 1);
    a = lab_ask(l, &lab_kind, 0, 600, 300);
    near(a[0], 100);
    near(a[1], 100); /* 50 s of it have passed, and are known */
}

static void test_what_is_unknown(void **state)
{
    struct lab *l = *state;
    const struct history_query q = {.from_s = 0, .to_s = 300, .step_s = 10};
    struct history_answer answer = {0};
    const double rates[] = {1, 1};
    const size_t which[] = {0, 2};

    near(lab_ask(l, &lab_kind, 0, 10, 10)[0], NAN);
    assert_int_equal(history_query(l->history, &lab_kind, LAB_KEY, &q, which, 2, &answer), -EINVAL);
    assert_int_equal(history_query(l->history, &lab_kind, "../x", &q, which, 1, &answer), -EINVAL);
    static const char *const bad[] = {"r1", "r1/", "/x", "r1/../x", "r1/.x", "./x", "r1/a b", ""};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(history_add(l->history, &lab_kind, bad[i], 10000000, 20000000, rates),
                         -EINVAL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, lab_setup, lab_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_a_sample_is_spread_over_the_slots_it_covers),
        T(test_too_little_is_unknown),
        T(test_late_and_repeated_samples),
        T(test_parts_of_a_sum),
        T(test_a_sum_that_begins_in_a_slot),
        T(test_tail_and_file_in_one_answer),
        T(test_a_gap_is_a_gap),
        T(test_a_killed_process_leaves_a_gap),
        T(test_five_minutes_stay_for_a_year),
        T(test_the_interval_under_way),
        T(test_what_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
