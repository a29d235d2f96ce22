#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dataplane_internal.h"

/* A tunnel that comes and goes is held back, with a clock that is turned by hand. */

#define S 1000000ULL

/* Up for some time, then down for ten seconds: for how many seconds it is held back when it
 * returns. */
static uint64_t held_after(struct dp_hold *hold, uint64_t *now_us, uint64_t up_us)
{
    *now_us += up_us;
    dp_hold_went(hold, *now_us);
    *now_us += 10 * S;
    dp_hold_came(hold, *now_us);
    return hold->until_us ? (hold->until_us - *now_us) / S : 0;
}

static void test_each_return_waits_twice_as_long(void **state)
{
    static const uint64_t seconds[] = {0, 1, 2, 4, 8, 16, 32, 32, 32};
    struct dp_hold hold = {0};
    uint64_t now_us = 1000 * S;

    (void)state;
    dp_hold_came(&hold, now_us);
    assert_int_equal(hold.until_us, 0); /* the first time it serves at once */
    for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
        assert_int_equal(held_after(&hold, &now_us, 40 * S), seconds[i]);
    assert_int_equal(held_after(&hold, &now_us, 121 * S), 0);
    assert_int_equal(held_after(&hold, &now_us, 121 * S), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_return_waits_twice_as_long)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
