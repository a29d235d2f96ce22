/* history_lab.h - a history in a folder of its own, with a clock that the test turns. */
#ifndef ROPEWAY_TEST_HISTORY_LAB_H
#define ROPEWAY_TEST_HISTORY_LAB_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <math.h>

#include "history.h"

#define LAB_START_S UINT64_C(1700000100) /* a multiple of 300 */
#define LAB_KEY     "r1/vpntun-a"

struct lab {
    char dir[PATH_MAX];
    struct history *history;
    uint64_t now_s;
    struct history_answer answer;
};

/* Series a and b; the sum has the same. */
extern const struct history_kind lab_kind, lab_sum, lab_wider;

int lab_setup(void **state);
int lab_teardown(void **state);
/* Closes what is open, writing it, and opens it again. */
void lab_reopen(struct lab *l);
/* What a killed process leaves: nothing of the tail is written. */
void lab_kill(struct lab *l);
/* The clock goes on second by second: work is done. */
void lab_until(struct lab *l, uint64_t now_s);
/* a and b from ... to, seconds after the start. 0 or an error. */
int lab_add(struct lab *l, const struct history_kind *kind, double from, double to, double a,
            double b);
/* The same every ten seconds from ... to, the clock going along. */
void lab_steady(struct lab *l, uint64_t from, uint64_t to, double a, double b);
/* Asks for a (series 0), seconds after the start; values in l->answer. */
const double *lab_ask(struct lab *l, const struct history_kind *kind, uint64_t from, uint64_t to,
                      unsigned step);
void lab_file(const struct lab *l, const char *suffix, char ret[PATH_MAX + 32]);

#endif
