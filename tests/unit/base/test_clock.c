#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"

static void test_times_from_text(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms; /* UINT64_MAX: refused */
    } cases[] = {
        {"1970-01-01T00:00:00.000Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"2000-02-29T23:59:59.999Z", 951868799999},
        {"2026-11-22T08:27:24.123Z", 1795336044123},
        {"2100-03-01T00:00:00.000Z", 4107542400000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
        {"", UINT64_MAX},
        {"1969-12-31T23:59:59.999Z", UINT64_MAX},
        {"0000-01-01T00:00:00.000Z", UINT64_MAX},
        {"2026-00-01T00:00:00.000Z", UINT64_MAX},
        {"2026-13-01T00:00:00.000Z", UINT64_MAX},
        {"2026-01-00T00:00:00.000Z", UINT64_MAX},
        {"2026-01-32T00:00:00.000Z", UINT64_MAX},
        {"2026-12-32T00:00:00.000Z", UINT64_MAX},
        {"2026-02-29T00:00:00.000Z", UINT64_MAX},
        {"2100-02-29T00:00:00.000Z", UINT64_MAX},
        {"2026-01-01T24:00:00.000Z", UINT64_MAX},
        {"2026-01-01T00:60:00.000Z", UINT64_MAX},
        {"2026-01-01T00:00:60.000Z", UINT64_MAX},
        {"2026-01-01T00:00:00Z", UINT64_MAX},
        {"2026-01-01T00:00:00.000", UINT64_MAX},
        {"2026-01-01T00:00:00.000Zz", UINT64_MAX},
        {"2026-01-01t00:00:00.000Z", UINT64_MAX},
        {"+026-01-01T00:00:00.000Z", UINT64_MAX},
        {"12026-01-01T00:00:00.000Z", UINT64_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t us = 77;
        int r = clock_parse(cases[i].text, &us);
        char text[CLOCK_TEXT_MAX];

        print_message("%s\n", cases[i].text);
        if (cases[i].ms == UINT64_MAX) {
            assert_int_equal(-EINVAL, r);
            assert_int_equal(77, us);
        } else {
            assert_int_equal(0, r);
            assert_true(us == cases[i].ms * 1000);
            assert_string_equal(cases[i].text, clock_format(us, text));
        }
    }
}

static void test_a_time_in_a_sentence(void **state)
{
    char text[CLOCK_TEXT_MAX];
    uint64_t us;

    (void)state;
    assert_int_equal(clock_parse("2026-11-28T18:53:08.936Z", &us), 0);
    assert_string_equal(clock_say(us, text), "2026-11-28 18:53:08 UTC");
}

/* Each day has a text of its own and comes back from it. */
static void test_every_day(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 60000; day++) {
        uint64_t us = (day * 86400 + day % 86400) * 1000000 + day % 1000 * 1000, back = 0;
        char text[CLOCK_TEXT_MAX];

        assert_int_equal(0, clock_parse(clock_format(us, text), &back));
        assert_true(us == back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_time_in_a_sentence),
        cmocka_unit_test(test_times_from_text),
        cmocka_unit_test(test_every_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
