#include "history_lab.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Series that are kept for five minutes only, or from the first drop on; and files of before, that
 * have all of them. */

enum { FINE, SLOW, DROPS, ADDED };

static const struct history_series keeps_series[] = {
    {.name = "fine"},
    {.name = "slow", .keep = HISTORY_SLOW},
    {.name = "drops", .keep = HISTORY_DROPS},
    {.name = "added", .keep = HISTORY_SLOW},
};
static const struct history_series before_series[] = {
    {.name = "fine"}, {.name = "slow"}, {.name = "drops"}};
static const struct history_kind keeps = {.series = keeps_series, .count = 3},
                                 wider = {.series = keeps_series, .count = 4},
                                 before = {.series = before_series, .count = 3};

#define FINE_BYTES (8 * (120960 + 105120))
#define SLOW_BYTES (8 * 105120)

static off_t bytes_of(const struct lab *l, const char *suffix)
{
    char path[PATH_MAX + 32];
    struct stat st;

    lab_file(l, suffix, path);
    return stat(path, &st) == 0 ? st.st_size : 0;
}

static void check_files(const struct lab *l, unsigned fine, unsigned slow, unsigned drops)
{
    assert_in_range(bytes_of(l, ".rrd"), fine * FINE_BYTES, fine * FINE_BYTES + 8192);
    assert_in_range(bytes_of(l, ".slow.rrd"), slow * SLOW_BYTES, slow * SLOW_BYTES + 8192);
    assert_in_range(bytes_of(l, ".dropped.rrd"), drops * FINE_BYTES, drops * FINE_BYTES + 8192);
    assert_true((bytes_of(l, ".slow.rrd") > 0) == (slow > 0));
    assert_true((bytes_of(l, ".dropped.rrd") > 0) == (drops > 0));
}

static void say(struct lab *l, const struct history_kind *kind, uint64_t from, double fine,
                double slow, double drops)
{
    const double rates[] = {fine, slow, drops, slow};
    uint64_t at = (LAB_START_S + from) * 1000000;

    lab_until(l, from + 10);
    assert_int_equal(history_add(l->history, kind, LAB_KEY, at, at + 10000000, rates), 0);
}

static void steady(struct lab *l, const struct history_kind *kind, uint64_t from, uint64_t to,
                   double slow, double drops)
{
    for (uint64_t at = from; at < to; at += 10)
        say(l, kind, at, 100, slow, drops);
}

/* Values of one series. */
static const double *ask(struct lab *l, const struct history_kind *kind, size_t which,
                         uint64_t from, uint64_t to, unsigned step)
{
    const struct history_query q = {
        .from_s = LAB_START_S + from, .to_s = LAB_START_S + to, .step_s = step, .now_s = l->now_s};

    history_answer_done(&l->answer);
    assert_int_equal(history_query(l->history, kind, LAB_KEY, &q, &which, 1, &l->answer), 0);
    return l->answer.values;
}

static void check(struct lab *l, const struct history_kind *kind, size_t which, uint64_t from,
                  uint64_t to, unsigned step, double expected)
{
    const double *values = ask(l, kind, which, from, to, step);

    for (size_t i = 0; i < l->answer.points; i++) {
        bool same = isnan(expected) ? isnan(values[i]) : fabs(values[i] - expected) < 1e-4;

        if (!same)
            fail_msg("series %zu at %llu: %g, not %g", which, (unsigned long long)from + i * step,
                     values[i], expected);
    }
}

static void test_each_file_has_its_series(void **state)
{
    struct lab *l = *state;

    steady(l, &keeps, 0, 900, 1, 0);
    check_files(l, 1, 1, 0);
    check(l, &keeps, FINE, 0, 900, 10, 100);
    check(l, &keeps, SLOW, 0, 900, 10, 1);
    check(l, &keeps, DROPS, 0, 900, 10, 0);
    lab_reopen(l);
    check_files(l, 1, 1, 0);
    check(l, &keeps, FINE, 0, 900, 300, 100);
    check(l, &keeps, SLOW, 0, 900, 300, 1);
    check(l, &keeps, DROPS, 0, 900, 300, 0);
}

/* In memory each ten seconds are known, in the file their average. */
static void test_slow_values_are_averages_of_five_minutes(void **state)
{
    struct lab *l = *state;

    for (uint64_t at = 0; at < 450; at += 10)
        say(l, &keeps, at, 1, at % 20 ? 3 : 1, 0);
    assert_float_equal(ask(l, &keeps, SLOW, 310, 320, 10)[0], 3, 1e-6);
    assert_float_equal(ask(l, &keeps, SLOW, 400, 410, 10)[0], 1, 1e-6);
    check(l, &keeps, SLOW, 0, 300, 10, 2);
    check(l, &keeps, SLOW, 0, 300, 60, 2);
}

/* The five minutes in which a clean stop lies are unknown until they are over, and then exact. */
static void test_a_clean_stop_loses_nothing(void **state)
{
    struct lab *l = *state;

    steady(l, &keeps, 0, 400, 1, 0);
    lab_reopen(l);
    check(l, &keeps, SLOW, 0, 300, 10, 1);
    check(l, &keeps, SLOW, 300, 400, 10, NAN);
    check(l, &keeps, FINE, 300, 400, 10, 100);
    steady(l, &keeps, 400, 500, 2.5, 0);
    check(l, &keeps, SLOW, 400, 460, 10, 2.5);
    steady(l, &keeps, 500, 800, 1, 0);
    check(l, &keeps, SLOW, 300, 600, 300, 1.5);
    check(l, &keeps, SLOW, 300, 600, 10, 1.5);
    check(l, &keeps, FINE, 0, 800, 10, 100);
}

/* Whoever falls silent in the midst of five minutes: what is known of them is there soon. */
static void test_silence_ends_the_five_minutes(void **state)
{
    struct lab *l = *state;

    steady(l, &keeps, 0, 500, 1, 0);
    lab_until(l, 760);
    check(l, &keeps, SLOW, 300, 600, 300, 1);
    check(l, &keeps, SLOW, 600, 700, 10, NAN);
    check(l, &keeps, DROPS, 300, 500, 10, 0);
    check(l, &keeps, DROPS, 510, 700, 10, NAN);
    lab_reopen(l);
    check(l, &keeps, SLOW, 300, 600, 300, 1);
}

static void test_a_killed_process_loses_little_of_the_slow(void **state)
{
    struct lab *l = *state;

    steady(l, &keeps, 0, 1000, 1, 0);
    lab_kill(l);
    check(l, &keeps, SLOW, 0, 600, 10, 1);
    check(l, &keeps, SLOW, 900, 1000, 10, NAN);
    check(l, &keeps, FINE, 0, 890, 10, 100);
    steady(l, &keeps, 1000, 1700, 1, 0);
    check(l, &keeps, SLOW, 1200, 1700, 10, 1);
}

static void test_the_first_drop_makes_a_file(void **state)
{
    struct lab *l = *state;

    steady(l, &keeps, 0, 200, 1, 0);
    lab_until(l, 400);
    steady(l, &keeps, 400, 600, 1, 0);
    assert_int_equal(bytes_of(l, ".dropped.rrd"), 0);
    say(l, &keeps, 600, 100, 1, 30);
    steady(l, &keeps, 610, 1000, 1, 0);
    check_files(l, 1, 1, 1);
    for (unsigned again = 0; again < 2; again++) {
        check(l, &keeps, DROPS, 0, 200, 10, 0);
        check(l, &keeps, DROPS, 200, 400, 10, NAN); /* nobody counted */
        check(l, &keeps, DROPS, 400, 600, 10, 0);
        check(l, &keeps, DROPS, 600, 610, 10, 30);
        check(l, &keeps, DROPS, 610, 1000, 10, 0);
        check(l, &keeps, DROPS, 600, 900, 300, 1);
        check(l, &keeps, FINE, 600, 1000, 10, 100);
        lab_reopen(l);
    }
}

/* An upgrade: nothing is lost, nothing is made, and it goes on in ten seconds. */
static void test_a_file_of_before_goes_on(void **state)
{
    struct lab *l = *state;

    for (uint64_t at = 0; at < 500; at += 10)
        say(l, &before, at, 100, at % 20 ? 3 : 1, 7);
    lab_reopen(l);
    for (uint64_t at = 500; at < 1000; at += 10)
        say(l, &keeps, at, 100, at % 20 ? 3 : 1, 9);
    lab_reopen(l);
    check_files(l, 3, 0, 0);
    check(l, &keeps, FINE, 0, 1000, 10, 100);
    check(l, &keeps, DROPS, 0, 500, 10, 7);
    check(l, &keeps, DROPS, 500, 1000, 10, 9);
    for (uint64_t at = 0; at < 1000; at += 10)
        check(l, &keeps, SLOW, at, at + 10, 10, at % 20 ? 3 : 1);
    check(l, &keeps, SLOW, 0, 900, 300, 2);
}

/* What was added since has a file of its own beside it. */
static void test_what_is_added_to_a_file_of_before(void **state)
{
    struct lab *l = *state;

    steady(l, &before, 0, 500, 1, 7);
    lab_reopen(l);
    steady(l, &wider, 500, 1300, 2, 7);
    lab_reopen(l);
    check_files(l, 3, 1, 0);
    check(l, &wider, ADDED, 600, 1200, 10, 2);
    check(l, &wider, ADDED, 0, 300, 10, NAN);
    check(l, &wider, SLOW, 0, 500, 10, 1);
    check(l, &wider, SLOW, 500, 1300, 10, 2);
}

/* A file of before that is damaged is followed by those of now. */
static void test_a_damaged_file_of_before(void **state)
{
    struct lab *l = *state;
    char path[PATH_MAX + 32];

    steady(l, &before, 0, 300, 1, 7);
    lab_reopen(l);
    lab_file(l, ".rrd", path);
    assert_int_equal(truncate(path, 1000), 0);
    steady(l, &keeps, 300, 1000, 1, 7);
    lab_reopen(l);
    check_files(l, 1, 1, 1);
    assert_true(bytes_of(l, ".rrd.damaged") > 0);
    check(l, &keeps, SLOW, 300, 900, 10, 1);
    check(l, &keeps, DROPS, 300, 1000, 10, 7);
}

static void test_slow_files_are_set_aside_by_themselves(void **state)
{
    struct lab *l = *state;
    char path[PATH_MAX + 32];

    steady(l, &keeps, 0, 700, 1, 0);
    lab_reopen(l);
    lab_file(l, ".slow.rrd", path);
    assert_int_equal(truncate(path, 1000), 0);
    check(l, &keeps, SLOW, 0, 600, 10, NAN);
    check(l, &keeps, FINE, 0, 700, 10, 100);
    steady(l, &keeps, 700, 1500, 1, 0);
    assert_true(bytes_of(l, ".slow.rrd.damaged") > 0);
    check(l, &keeps, SLOW, 900, 1500, 10, 1);
    check(l, &keeps, FINE, 0, 1500, 10, 100);
}

static bool none(void *arg, const char *key)
{
    (void)arg;
    (void)key;
    return false;
}

static void test_all_files_go(void **state)
{
    struct lab *l = *state;

    steady(l, &keeps, 0, 700, 1, 7);
    check_files(l, 1, 1, 1);
    history_sweep(l->history, none, NULL, UINT64_MAX);
    check_files(l, 0, 0, 0);
}

static double any(double most)
{
    return most * (double)(rand() % 1000) / 1000;
}

/* Both sorts of files are told the same, with gaps and restarts: averages of five minutes are
 * equal. */
static void test_against_files_of_before(void **state)
{
    struct lab *l = *state;
    double told[3][40], twin[40];

    srand(11);
    for (uint64_t at = 0; at < 12000; at += 10) {
        const double rates[] = {any(100), any(3), rand() % 50 ? 0 : any(20)};
        uint64_t from = (LAB_START_S + at) * 1000000;

        lab_until(l, at + 10);
        if (rand() % 150 == 0)
            lab_reopen(l);
        if (at / 200 % 9 == 4 || rand() % 20 == 0)
            continue;
        assert_int_equal(history_add(l->history, &keeps, LAB_KEY, from, from + 10000000, rates), 0);
        assert_int_equal(
            history_add(l->history, &before, LAB_KEY "-twin", from, from + 10000000, rates), 0);
    }
    lab_until(l, 12400);
    for (size_t i = 0; i < 3; i++)
        memcpy(told[i], ask(l, &keeps, i, 0, 12000, 300), sizeof(told[i]));
    for (size_t i = 0; i < 3; i++) {
        const struct history_query q = {
            .from_s = LAB_START_S, .to_s = LAB_START_S + 12000, .step_s = 300, .now_s = l->now_s};

        history_answer_done(&l->answer);
        assert_int_equal(history_query(l->history, &before, LAB_KEY "-twin", &q, &i, 1, &l->answer),
                         0);
        memcpy(twin, l->answer.values, sizeof(twin));
        for (size_t k = 0; k < ARRAY_SIZE(twin); k++) {
            bool same = isnan(twin[k]) ? isnan(told[i][k])
                                       : fabs(twin[k] - told[i][k]) < 1e-5 * twin[k] + 1e-9;

            if (!same)
                fail_msg("series %zu, %zu: %g, not %g", i, k, told[i][k], twin[k]);
        }
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, lab_setup, lab_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_each_file_has_its_series),
        T(test_slow_values_are_averages_of_five_minutes),
        T(test_a_clean_stop_loses_nothing),
        T(test_silence_ends_the_five_minutes),
        T(test_a_killed_process_loses_little_of_the_slow),
        T(test_the_first_drop_makes_a_file),
        T(test_a_file_of_before_goes_on),
        T(test_what_is_added_to_a_file_of_before),
        T(test_a_damaged_file_of_before),
        T(test_slow_files_are_set_aside_by_themselves),
        T(test_all_files_go),
        T(test_against_files_of_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
