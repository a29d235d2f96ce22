#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "history_internal.h"

/* The tail of a key: it grows as far as what waits needs, and no slot is lost before it is full. */

#define MOST 150

static const struct history_series two[] = {{.name = "a"}, {.name = "b"}};
static const struct history_kind kind = {.series = two, .count = 2};

static void add(struct slots *s, uint64_t slot)
{
    const double rates[] = {(double)slot, slot % 3 ? NAN : 1};

    assert_int_equal(slots_add(s, slot * STEP_US, (slot + 1) * STEP_US, rates), 0);
}

static void check(const struct slots *s, uint64_t first)
{
    assert_int_equal(s->first, first);
    for (uint64_t slot = first; slot < s->sealed; slot++) {
        const float *values = slots_sealed(s, slot);

        assert_true(values[0] == (float)slot);
        assert_true(slot % 3 ? isnan(values[1]) : values[1] == 1);
    }
}

static void test_the_tail_grows_as_far_as_it_has_to(void **state)
{
    struct slots s;

    (void)state;
    assert_int_equal(slots_init(&s, &kind, MOST, 1000), 0);
    for (uint64_t slot = 1000; slot < 1000 + MOST + OPEN_SLOTS; slot++) {
        add(&s, slot);
        check(&s, 1000);
        assert_true(s.cap - (s.sealed - s.first) <= 32);
    }
    assert_int_equal(s.lost, 0);
    assert_int_equal(s.cap, MOST);
    /* Full: the oldest goes. */
    add(&s, 1000 + MOST + OPEN_SLOTS);
    check(&s, 1001);
    assert_int_equal(s.lost, 1);
    slots_done(&s);
}

/* Written once in a while it stays as small as that allows. */
static void test_the_tail_stays_small(void **state)
{
    struct slots s;

    (void)state;
    assert_int_equal(slots_init(&s, &kind, MOST, 7), 0);
    for (uint64_t slot = 7; slot < 2000; slot++) {
        add(&s, slot);
        if (slot % 60 == 0)
            slots_forget(&s, s.sealed - MIN(s.sealed - s.first, 29U));
        check(&s, s.first);
    }
    assert_int_equal(s.cap, 96);
    assert_int_equal(s.lost, 0);
    slots_done(&s);
}

static void test_a_small_tail_is_small_from_the_start(void **state)
{
    struct slots s;

    (void)state;
    assert_int_equal(slots_init(&s, &kind, 3, 0), 0);
    assert_int_equal(s.cap, 3);
    for (uint64_t slot = 0; slot < 50; slot++)
        add(&s, slot);
    assert_int_equal(s.cap, 3);
    check(&s, s.sealed - 3);
    slots_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_tail_grows_as_far_as_it_has_to),
        cmocka_unit_test(test_the_tail_stays_small),
        cmocka_unit_test(test_a_small_tail_is_small_from_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
