#include "api.h"

#include <math.h>

#include "recorder.h"

/* What the answers to DPD say from report to report. */

#define S UINT64_C(1000000)

struct row {
    const char *what;
    struct recorder_asked now;
    bool down;
    double rtt_us, loss_percent;
};

static bool is(double a, double b)
{
    return isnan(b) ? isnan(a) : fabs(a - b) < 0.5;
}

static void check(const struct row *rows, size_t n)
{
    struct recorder_asked a = {0};

    for (size_t i = 0; i < n; i++) {
        const struct recorder_way way = asked_take(&a, &rows[i].now, !rows[i].down);

        if (!is(way.rtt_us, rows[i].rtt_us) || !is(way.loss_percent, rows[i].loss_percent))
            fail_msg("%s: %f us, %f %%", rows[i].what, way.rtt_us, way.loss_percent);
    }
}

/* Answered, lost, timed and the time, in microseconds, since the beginning of that life. */
static void test_what_is_new_holds_until_the_next(void **state)
{
    static const struct row rows[] = {
        {"the first of a life says nothing", {10 * S, 7, 5, 1, 4, 160000}, false, NAN, NAN},
        {"nothing new", {20 * S, 7, 5, 1, 4, 160000}, false, NAN, NAN},
        {"two answers", {30 * S, 7, 7, 1, 6, 250000}, false, 45000, 0},
        {"they hold", {40 * S, 7, 7, 1, 6, 250000}, false, 45000, 0},
        {"an answer to the second of two", {50 * S, 7, 8, 2, 6, 250000}, false, 45000, 50},
        {"five minutes after a time", {331 * S, 7, 8, 2, 6, 250000}, false, NAN, 50},
        {"five minutes after an answer", {351 * S, 7, 8, 2, 6, 250000}, false, NAN, NAN},
        {"three of four lost", {2000 * S, 7, 9, 5, 7, 290000}, false, 40000, 75},
        {"all are lost", {2010 * S, 7, 9, 9, 7, 290000}, false, NAN, 100},
        {"back", {2020 * S, 7, 10, 9, 8, 330000}, false, 40000, 0},
        {"down holds nothing", {2030 * S, 7, 10, 9, 8, 330000}, true, NAN, NAN},
        {"nor up again", {2040 * S, 7, 10, 9, 8, 330000}, false, NAN, NAN},
        {"lost while it went down", {2050 * S, 7, 10, 12, 8, 330000}, true, NAN, 100},
    };

    (void)state;
    check(rows, ARRAY_SIZE(rows));
}

/* However much it has counted by then: no spike. */
static void test_another_life_begins_with_nothing(void **state)
{
    static const struct row rows[] = {
        {"first", {10 * S, 7, 5, 1, 4, 160000}, false, NAN, NAN},
        {"second", {20 * S, 7, 6, 1, 5, 200000}, false, 40000, 0},
        {"another life, with more", {30 * S, 8, 90, 9, 90, 90290000}, false, NAN, NAN},
        {"goes on", {40 * S, 8, 91, 9, 91, 90330000}, false, 40000, 0},
        {"goes back", {50 * S, 8, 92, 8, 92, 90370000}, false, NAN, NAN},
        {"and on", {60 * S, 8, 93, 8, 93, 90390000}, false, 20000, 0},
        {"nobody asks", {70 * S, 0, 0, 0, 0, 0}, false, NAN, NAN},
        {"asked again", {80 * S, 8, 94, 8, 94, 90500000}, false, NAN, NAN},
    };

    (void)state;
    check(rows, ARRAY_SIZE(rows));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_new_holds_until_the_next),
        cmocka_unit_test(test_another_life_begins_with_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
