/* bench.h - a command line in a test: its output in memory, its server the model itself. */
#ifndef ROPEWAY_TEST_CLI_BENCH_H
#define ROPEWAY_TEST_CLI_BENCH_H

#include "../model/world.h"
#include "cli_internal.h"

struct bench {
    struct world w;
    struct cli cli;
    char *out, *err; /* what the last run printed */
    size_t out_len, err_len;
    const char *oper_state; /* of every tunnel */
    unsigned requests;      /* since the last run began */
    unsigned changes;       /* of them, those that changed something */
    unsigned sleeps;
    char query[512]; /* of the last look into the audit log */
    uint64_t now_us;
    bool unreachable;
};

/* Regions r1 and r2 exist. */
void bench_init(struct bench *b);
void bench_done(struct bench *b);
/* Runs "vpc list --region r1": words are split at spaces, '_' stands for a space inside one.
 * Answers the exit code. */
PRINTF(2, 3) int run(struct bench *b, const char *fmt, ...);
/* Runs `apply -f` or `delete -f` on this text (verb is "apply" or "delete", with flags). */
int run_file(struct bench *b, const char *verb, const char *text);

#endif
