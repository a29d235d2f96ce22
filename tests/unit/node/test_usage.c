#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "usage.h"

/* How busy the machine is, from the texts of the kernel. */

static void test_processors(void **state)
{
    static const char stat[] = "cpu  1000 20 300 99999 50 6 7 8 500 0\n"
                               "cpu0 500 10 150 50000 25 3 3 4 250 0\n"
                               "cpu1 500 10 150 49999 25 3 4 4 250 0\n"
                               "intr 12345 0 0\n"
                               "btime 1700000000\n";
    struct usage u = {0};

    (void)state;
    assert_int_equal(usage_parse_cpu(stat, 100, &u), 0);
    assert_int_equal(u.cpu_us, (1000 + 20 + 300 + 6 + 7 + 8) * UINT64_C(10000));
    assert_int_equal(u.boot_s, 1700000000);
    assert_int_equal(u.cpus, 2);
}

static void test_memory(void **state)
{
    struct usage u = {0};

    (void)state;
    assert_int_equal(usage_parse_memory("MemTotal:       1000 kB\nMemFree:         10 kB\n"
                                        "MemAvailable:    600 kB\n",
                                        &u),
                     0);
    assert_int_equal(u.memory_total, 1000 * 1024);
    assert_int_equal(u.memory, 400 * 1024);
}

static void test_texts_without_what_counts(void **state)
{
    static const char *const bad[] = {"",
                                      "cpu 1 2 3\nbtime 5\n",
                                      "cpu  1 2 3 4 5 6 7 8\n",
                                      "cpu  a b c\nbtime x\n",
                                      "MemTotal: 5 kB\n",
                                      "MemTotal: 5 kB\nMemAvailable: 6 kB\n",
                                      "MemTotal:\nMemAvailable:\n"};
    struct usage u = {.cpus = 77, .memory = 78};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(usage_parse_cpu(bad[i], 100, &u), -EBADMSG);
        assert_int_equal(usage_parse_memory(bad[i], &u), -EBADMSG);
    }
    assert_int_equal(usage_parse_cpu("cpu  1 2 3 4 5 6 7 8\nbtime 5\n", 0, &u), -EBADMSG);
    assert_int_equal(u.cpus, 77);
    assert_int_equal(u.memory, 78);
}

static void test_this_machine(void **state)
{
    struct usage u, later;

    (void)state;
    assert_int_equal(usage_read(&u), 0);
    assert_int_equal(usage_read(&later), 0);
    assert_true(u.cpus > 0 && u.memory > 0 && u.memory < u.memory_total);
    assert_true(later.cpu_us >= u.cpu_us);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processors),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_texts_without_what_counts),
        cmocka_unit_test(test_this_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
