#include "history_lab.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files that are not what they should be, and disks without room. */

static bool is_there(const struct lab *l, const char *suffix)
{
    char path[PATH_MAX + 32];

    lab_file(l, suffix, path);
    return access(path, F_OK) == 0;
}

static off_t size_of_file(const struct lab *l)
{
    char path[PATH_MAX + 32];
    struct stat st;

    lab_file(l, ".rrd", path);
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void damage(const struct lab *l, off_t len, const char *text)
{
    char path[PATH_MAX + 32];
    int fd;

    lab_file(l, ".rrd", path);
    fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, len), 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void test_a_file_has_one_size(void **state)
{
    struct lab *l = *state;
    off_t size;

    lab_steady(l, 0, 300, 1, 1);
    size = size_of_file(l);
    assert_in_range(size, 2 * 8 * (120960 + 105120), 2 * 8 * (120960 + 105120) + 8192);
    lab_steady(l, 300, 1200, 1, 1);
    assert_int_equal(size_of_file(l), size);
}

static void test_damaged_files_are_set_aside(void **state)
{
    static const struct {
        off_t len;
        const char *text;
    } damages[] = {{0, ""}, {100, ""}, {3000, ""}, {1000000, ""}, {3617280, "not an rrd at all"}};
    struct lab *l = *state;

    for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
        uint64_t at = i * 1000;

        lab_steady(l, at, at + 300, 5, 5);
        lab_reopen(l);
        damage(l, damages[i].len, damages[i].text);
        /* Asking does no harm, and writing begins a new one. */
        assert_true(isnan(lab_ask(l, &lab_kind, at, at + 10, 10)[0]));
        lab_steady(l, at + 300, at + 600, 6, 6);
        assert_true(is_there(l, ".rrd.damaged"));
        assert_float_equal(lab_ask(l, &lab_kind, at + 300, at + 310, 10)[0], 6, 1e-6);
        assert_float_equal(lab_ask(l, &lab_kind, at + 590, at + 600, 10)[0], 6, 1e-6);
    }
}

static void test_a_file_damaged_while_it_is_used(void **state)
{
    struct lab *l = *state;

    lab_steady(l, 0, 300, 5, 5);
    damage(l, 1000, "");
    lab_steady(l, 300, 600, 6, 6);
    assert_true(is_there(l, ".rrd.damaged"));
    assert_float_equal(lab_ask(l, &lab_kind, 590, 600, 10)[0], 6, 1e-6);
}

static void test_a_file_that_vanishes_is_made_again(void **state)
{
    struct lab *l = *state;
    char path[PATH_MAX + 32];

    lab_steady(l, 0, 300, 5, 5);
    lab_file(l, ".rrd", path);
    assert_int_equal(unlink(path), 0);
    lab_steady(l, 300, 600, 6, 6);
    assert_true(is_there(l, ".rrd"));
    assert_float_equal(lab_ask(l, &lab_kind, 590, 600, 10)[0], 6, 1e-6);
}

static void test_a_file_with_fewer_series_goes_on(void **state)
{
    struct lab *l = *state;

    lab_steady(l, 0, 300, 5, 5);
    lab_reopen(l);
    lab_until(l, 400);
    assert_int_equal(lab_add(l, &lab_wider, 390, 400, 7, 7), 0);
    lab_until(l, 500);
    lab_reopen(l);
    assert_false(is_there(l, ".rrd.damaged"));
    assert_float_equal(lab_ask(l, &lab_wider, 390, 400, 10)[0], 7, 1e-6);
    assert_float_equal(lab_ask(l, &lab_wider, 290, 300, 10)[0], 5, 1e-6);
}

/* A disk of 1 MiB has no room for a file of 3.6 MiB: what is in memory is still there to be seen,
 * and when there is room, it is written. */
static void test_few_files_are_made_at_the_end(void **state)
{
    struct lab *l = *state;
    const struct history_config config = {.dir = l->dir, .files_at_end = 3};
    static const struct history_series series[] = {{.name = "slow", .keep = HISTORY_SLOW}};
    static const struct history_kind kind = {.series = series, .count = 1};
    const uint64_t at = l->now_s * 1000000;
    const double rate = 1;
    struct history *h;
    unsigned made = 0;
    char key[32], path[PATH_MAX + 64];

    assert_int_equal(history_open(&config, &h), 0);
    for (unsigned i = 0; i < 8; i++) {
        snprintf(key, sizeof(key), "r1/many-%u", i);
        assert_int_equal(history_add(h, &kind, key, at, at + 10000000, &rate), 0);
    }
    history_close(h);
    for (unsigned i = 0; i < 8; i++) {
        snprintf(path, sizeof(path), "%s/r1/many-%u.slow.rrd", l->dir, i);
        made += access(path, F_OK) == 0;
    }
    assert_int_equal(made, 3);
}

static void test_full_disk(void **state)
{
    struct lab *l = *state;
    struct history_facts facts;

    if (mount("rw-test", l->dir, "tmpfs", 0, "size=1m") < 0)
        skip();
    lab_steady(l, 0, 200, 5, 5);
    history_facts(l->history, &facts);
    assert_true(facts.failed > 0);
    assert_int_equal(facts.samples, 0);
    assert_false(is_there(l, ".rrd"));
    assert_float_equal(lab_ask(l, &lab_kind, 150, 160, 10)[0], 5, 1e-6);
    lab_steady(l, 200, 400, 5, 5);
    history_facts(l->history, &facts);
    assert_true(facts.lost > 0); /* memory is bounded */
    assert_true(isnan(lab_ask(l, &lab_kind, 0, 10, 10)[0]));
    assert_int_equal(mount("rw-test", l->dir, "tmpfs", MS_REMOUNT, "size=64m"), 0);
    lab_steady(l, 400, 600, 5, 5);
    assert_true(is_there(l, ".rrd"));
    lab_reopen(l);
    assert_float_equal(lab_ask(l, &lab_kind, 390, 400, 10)[0], 5, 1e-6);
    history_close(l->history);
    l->history = NULL;
    assert_int_equal(umount(l->dir), 0);
}

static bool exists(void *arg, const char *key)
{
    return arg && strcmp(key, arg) == 0;
}

static void test_what_is_deleted_goes_after_a_while(void **state)
{
    struct lab *l = *state;
    struct history_facts facts;

    lab_steady(l, 0, 300, 5, 5);
    history_sweep(l->history, exists, (void *)LAB_KEY, UINT64_MAX);
    assert_true(is_there(l, ".rrd"));
    /* Written just now. */
    history_sweep(l->history, exists, NULL, 1000);
    assert_true(is_there(l, ".rrd"));
    history_facts(l->history, &facts);
    assert_int_equal(facts.keys, 0); /* nothing more will come of it */
    history_sweep(l->history, exists, NULL, UINT64_MAX);
    assert_false(is_there(l, ".rrd"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, lab_setup, lab_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_a_file_has_one_size),
        T(test_damaged_files_are_set_aside),
        T(test_a_file_damaged_while_it_is_used),
        T(test_a_file_that_vanishes_is_made_again),
        T(test_a_file_with_fewer_series_goes_on),
        T(test_few_files_are_made_at_the_end),
        T(test_full_disk),
        T(test_what_is_deleted_goes_after_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
