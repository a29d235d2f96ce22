#include "history_lab.h"

/* Counters and what they say: never more than was counted, and nothing about time in which nobody
 * is known to have counted. */

#define S UINT64_C(1000000)

static void test_rates_from_counters(void **state)
{
    /* One counter, sampled; rate < 0: the sample says nothing about the time before it. */
    static const struct {
        uint64_t at, epoch, count;
        double rate;
    } steps[] = {
        {100 * S, 1, 5000, -1},   /* the first: however much it is, nobody knows since when */
        {110 * S, 1, 6000, 100},  /* */
        {110 * S, 1, 6000, -1},   /* the same again */
        {105 * S, 1, 5500, -1},   /* late: it changes nothing */
        {120 * S, 1, 7000, 100},  /* */
        {130 * S, 2, 900, -1},    /* the counting process began anew */
        {140 * S, 2, 1900, 100},  /* */
        {150 * S, 3, 50000, -1},  /* and again, at once above what it had */
        {160 * S, 3, 50010, 1},   /* */
        {180 * S, 3, 50030, 1},   /* one report got lost */
        {206 * S, 3, 80000, -1},  /* more than one: a gap */
        {216 * S, 3, 80010, 1},   /* */
        {226 * S, 0, 0, -1},      /* nobody counts */
        {236 * S, 0, 0, -1},      /* */
        {246 * S, 3, 900000, -1}, /* */
        {256 * S, 3, 900010, 1},  /* */
    };
    struct history_counts last = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        uint64_t from = 0;
        double rate = -1;
        bool said =
            history_count(&last, steps[i].at, steps[i].epoch, &steps[i].count, 1, &from, &rate);

        assert_int_equal(said, steps[i].rate >= 0);
        assert_float_equal(rate, steps[i].rate, 1e-9);
        assert_true(!said || (from < steps[i].at && steps[i].at - from <= HISTORY_GAP_US));
    }
}

static void test_one_counter_of_several_begins_anew(void **state)
{
    uint64_t first[] = {1000, 7}, second[] = {2000, 0}, third[] = {3000, 1}, from;
    struct history_counts last = {0};
    double rates[2];

    (void)state;
    assert_false(history_count(&last, 10 * S, 1, first, 2, &from, rates));
    assert_true(history_count(&last, 20 * S, 1, second, 2, &from, rates));
    assert_float_equal(rates[0], 100, 1e-9);
    assert_true(isnan(rates[1]));
    assert_true(history_count(&last, 30 * S, 1, third, 2, &from, rates));
    assert_float_equal(rates[1], 0.1, 1e-9);
}

static void test_clocks_that_are_wrong(void **state)
{
    static const struct {
        int64_t off_s;
        bool trusted;
    } clocks[] = {{0, true},   {5, true},    {6, false},       {3600, false},
                  {-60, true}, {-61, false}, {-400000, false}, {INT32_MAX, false}};
    uint64_t now = 1000000 * S;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
        uint64_t said = (uint64_t)((int64_t)now + clocks[i].off_s * (int64_t)S), at = said;

        assert_int_equal(history_trust(&at, now), clocks[i].trusted);
        assert_int_equal(at, clocks[i].trusted ? said : now);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_from_counters),
        cmocka_unit_test(test_one_counter_of_several_begins_anew),
        cmocka_unit_test(test_clocks_that_are_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
