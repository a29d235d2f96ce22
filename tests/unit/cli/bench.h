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
    const char *oper_state;     /* of every tunnel */
    int64_t observed_revision;  /* of every resource, unless 0 */
    unsigned requests;          /* since the last run began */
    unsigned changes;           /* of them, those that changed something */
    unsigned unguarded;         /* of them, updates without If-Match */
    unsigned conflicts;         /* of them, updates refused because of If-Match */
    unsigned dry_runs, batches; /* of them, batches that were taken */
    unsigned sleeps;
    const char *const
        *logs; /* lists of lines, with single quotes, one after the other; NULL: away */
    unsigned log_count, logged;
    size_t batch_max; /* operations in a commit; 0: any */
    /* Somebody else, before each change that arrives, this often. */
    void (*meanwhile)(struct bench *b);
    unsigned meanwhile_times;
    /* What nodes are behind with: so many answers say so, with the text for each (single quotes;
     * the last one goes on). Each takes the second that it was asked to wait. */
    unsigned lag;
    const char *waiting_for[4];
    unsigned looks;    /* at what is observed, since the last run began */
    char looked[256];  /* at what, the last time */
    char token[256];   /* what the last node token was asked to be */
    char test[256];    /* the last connectivity test: what it was asked to be, or its end */
    uint64_t revision; /* of all regions together */
    char query[512];   /* of the last look into the audit log */
    uint64_t now_us;
    bool unreachable;
    bool (*confirm)(struct cli *cli, const struct words *question); /* NULL: nobody is asked */
    unsigned cuts; /* so many answers do not arrive; those to a POST with a key are kept for it */
    unsigned away; /* then so many requests do not arrive either */
    char key[32];  /* of the request whose answer is kept */
    struct cli_answer kept;
    /* Events with single quotes for double ones, a text for each connection (NULL: none comes
     * about); after the last one the server refuses. */
    const char *const *streams;
    size_t stream_count, streamed;
    char followed[256]; /* path and last id of each connection, one to a line */
};

/* In the place of a stream: somebody presses Ctrl-C. */
#define BENCH_CTRL_C "^C"

/* Regions r1 and r2 exist, and LC_ALL is C: tests may set another. */
void bench_init(struct bench *b);
void bench_done(struct bench *b);
/* Runs "vpc list --region r1": words are split at spaces, '_' stands for a space inside one.
 * Answers the exit code. */
PRINTF(2, 3) int run(struct bench *b, const char *fmt, ...);
/* Runs `apply -f` or `delete -f` on this text (verb is "apply" or "delete", with flags). */
int run_file(struct bench *b, const char *verb, const char *text);

#endif
