#include "history_lab.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct history_series series[] = {{"a", "1/s"}, {"b", "1/s"}, {"c", "1/s"}},
                                   sums[] = {{"a", "1/s", .sum = true},
                                             {"b", "1/s", .sum = true, .source = "the_b"}};

const struct history_kind lab_kind = {.series = series, .count = 2};
const struct history_kind lab_sum = {.series = sums, .count = 2};
const struct history_kind lab_wider = {.series = series, .count = 3};

static void open_it(struct lab *l)
{
    const struct history_config config = {.dir = l->dir, .write_s = 60};

    assert_int_equal(history_open(&config, &l->history), 0);
}

int lab_setup(void **state)
{
    struct lab *l = calloc(1, sizeof(*l));

    assert_non_null(l);
    log_set_level(LOG_ERROR);
    snprintf(l->dir, sizeof(l->dir), "/tmp/rw-history.XXXXXX");
    assert_non_null(mkdtemp(l->dir));
    l->now_s = LAB_START_S;
    open_it(l);
    *state = l;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

int lab_teardown(void **state)
{
    struct lab *l = *state;

    history_answer_done(&l->answer);
    history_close(l->history);
    nftw(l->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(l);
    return 0;
}

void lab_reopen(struct lab *l)
{
    history_close(l->history);
    open_it(l);
}

void lab_kill(struct lab *l)
{
    struct history *killed = l->history;
    char gone[PATH_MAX + 8];

    /* Its folder is elsewhere while it ends: what it writes then is thrown away. */
    snprintf(gone, sizeof(gone), "%s.kept", l->dir);
    assert_int_equal(rename(l->dir, gone), 0);
    history_close(killed);
    nftw(l->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    assert_int_equal(rename(gone, l->dir), 0);
    open_it(l);
}

void lab_until(struct lab *l, uint64_t now_s)
{
    while (l->now_s < LAB_START_S + now_s) {
        l->now_s++;
        history_work(l->history, l->now_s * 1000000);
    }
}

int lab_add(struct lab *l, const struct history_kind *kind, double from, double to, double a,
            double b)
{
    const double rates[] = {a, b, NAN};
    uint64_t start = LAB_START_S * 1000000;

    return history_add(l->history, kind, LAB_KEY, start + (uint64_t)(from * 1e6),
                       start + (uint64_t)(to * 1e6), rates);
}

void lab_steady(struct lab *l, uint64_t from, uint64_t to, double a, double b)
{
    for (uint64_t at = from; at < to; at += 10) {
        lab_until(l, at + 10);
        assert_int_equal(lab_add(l, &lab_kind, (double)at, (double)at + 10, a, b), 0);
    }
}

const double *lab_ask(struct lab *l, const struct history_kind *kind, uint64_t from, uint64_t to,
                      unsigned step)
{
    const struct history_query q = {
        .from_s = LAB_START_S + from, .to_s = LAB_START_S + to, .step_s = step, .now_s = l->now_s};
    const size_t which[] = {0, 1};

    history_answer_done(&l->answer);
    assert_int_equal(history_query(l->history, kind, LAB_KEY, &q, which, 2, &l->answer), 0);
    assert_int_equal(l->answer.points, (to - from) / step);
    return l->answer.values;
}

void lab_file(const struct lab *l, const char *suffix, char ret[PATH_MAX + 32])
{
    snprintf(ret, PATH_MAX + 32, "%s/%s%s", l->dir, LAB_KEY, suffix);
}
