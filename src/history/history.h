/* history.h - how things went: series of numbers in files of fixed size (RRD), ten seconds apart
 * for 14 days, five-minute averages for a year; or the latter alone.
 *
 * A key ("region/id") has the series of its kind. What is said about an interval of time is spread
 * over slots of ten seconds; a slot is sealed half a minute after its end, kept in memory with
 * those before it (the tail), and written when enough of them have come together, since a file of
 * its own for every key makes each write cost some pages. Whoever asks sees the tail, too. What
 * nobody spoke of is unknown, never 0.
 *
 * Times are seconds or microseconds since 1970; nothing here reads a clock. Any thread may call. */
#ifndef ROPEWAY_HISTORY_H
#define ROPEWAY_HISTORY_H

#include "base.h"

#define HISTORY_STEP_S   10 /* seconds of a slot */
#define HISTORY_COARSE_S 300
#define HISTORY_DAYS     14  /* of slots */
#define HISTORY_YEAR     365 /* days of coarse averages */

#define HISTORY_SERIES_MAX 64
#define HISTORY_KEY_MAX    272 /* bytes of a key with the 0 byte */

/* Where the values of a series of KEY are kept. A KEY.rrd that was made when a series was of the
 * first sort has it for good: it is read and written there. */
enum history_keep {
    HISTORY_FINE, /* KEY.rrd: slots and coarse averages */
    HISTORY_SLOW, /* KEY.slow.rrd: coarse averages alone; slots are known of the tail only. For what
                     changes seldom */
    HISTORY_DROPS, /* KEY.dropped.rrd: as HISTORY_FINE, but made when one of these is first not 0;
                      what is unknown of them is 0 as long as the first series of the kind is known
                    */
    HISTORY_KEEPS
};

struct history_series {
    const char *name;
    const char *unit;
    /* What is said comes in parts, which add up: a part that is missing counts as nothing. */
    bool sum;
    const char *source; /* what the file calls it: [A-Za-z0-9_-], at most 19 bytes; NULL: name */
    enum history_keep keep;
};

/* Seconds that a value stands for at the finest; a smaller step repeats it. */
static inline int history_resolution(const struct history_series *s)
{
    return s->keep == HISTORY_SLOW ? HISTORY_COARSE_S : HISTORY_STEP_S;
}

/* What the keys of one kind have; lives as long as the history. New series may be added at the end
 * of time: a file of before goes on without them. */
struct history_kind {
    const struct history_series *series;
    size_t count;
};

struct history;

struct history_config {
    const char *dir;       /* made with the first file */
    unsigned write_s;      /* a key is written this often; 0: HISTORY_WRITE_S */
    uint64_t reserve;      /* bytes of disk that stay free: no file is made beyond that */
    unsigned files_a_call; /* that history_work() makes at most; 0: HISTORY_FILES_A_CALL */
    /* The same of history_close(), since each takes some milliseconds: a region of which much was
     * made just now must not make a stop take minutes. 0: HISTORY_FILES_AT_END */
    unsigned files_at_end;
};

#define HISTORY_WRITE_S      600
#define HISTORY_FILES_A_CALL 8
#define HISTORY_FILES_AT_END 256
#define HISTORY_RESERVE      (UINT64_C(512) << 20)

MUST_USE int history_open(const struct history_config *config, struct history **ret);
/* Writes what is in memory. NULL is fine. */
void history_close(struct history *h);

/* The kind's series of that key were on average rates[] from from_us to to_us; NAN: not known.
 * -EINVAL for a key that makes no file name, -ERANGE if all of it is sealed already, -ENOMEM. Does
 * not wait for the disk. What lies ahead of the time seals what was before: history_trust(). */
MUST_USE int history_add(struct history *h, const struct history_kind *kind, const char *key,
                         uint64_t from_us, uint64_t to_us, const double *rates);

/* Seals what is over and writes what is due; waits for the disk. One thread at a time; about once a
 * second. */
void history_work(struct history *h, uint64_t now_us);
/* Removes the files of keys that are not there any more and were last written before old_s, and
 * what is in memory of any. exists(arg, key) may be called from no other thread. */
void history_sweep(struct history *h, bool (*exists)(void *arg, const char *key), void *arg,
                   uint64_t old_s);

/* ---- asking ---- */

struct history_query {
    uint64_t from_s, to_s; /* from_s < to_s; multiples of step_s */
    unsigned step_s;       /* a multiple of HISTORY_STEP_S */
    uint64_t now_s;        /* the interval that is under way counts up to here */
};

/* Zero-initialise; values[i * points + k] is series which[i] from from_s + k * step_s on for step_s
 * seconds: the average of what is known, NAN if that is less than half. A coarse average stands for
 * each step of its five minutes. */
struct history_answer {
    size_t points;
    double *values;
};

/* A key that nothing is known of gets NANs. -EINVAL, -ENOMEM, -EIO. */
MUST_USE int history_query(struct history *h, const struct history_kind *kind, const char *key,
                           const struct history_query *q, const size_t *which, size_t count,
                           struct history_answer *ret);
void history_answer_done(struct history_answer *a);

struct history_facts {
    uint64_t keys;         /* in memory */
    uint64_t samples;      /* written to files since the start */
    uint64_t lost;         /* that could not be kept since */
    uint64_t writes;       /* of a file */
    uint64_t failed;       /* writes that failed */
    uint64_t tail_seconds; /* how old the oldest sample in memory is at most */
};

void history_facts(struct history *h, struct history_facts *ret);

/* ---- from counters to rates (rates.c) ---- */

#define HISTORY_COUNTS_MAX 64
/* Between two samples; what lies further apart is a gap. */
#define HISTORY_GAP_US (25 * UINT64_C(1000000))

/* What counters said last. Zero-initialise. */
struct history_counts {
    uint64_t at_us;
    uint64_t epoch; /* which life of whoever counts; 0: none */
    uint64_t counts[HISTORY_COUNTS_MAX];
};

/* Takes the counters as of at_us. True if that says something about the time since the last
 * sample: *ret_from_us and the rates a second (NAN of a counter that went back: it began anew).
 * False: the first one of its epoch, or after a gap, or not newer than the last one, which it then
 * does not replace. epoch 0 says that nothing is counted. */
bool history_count(struct history_counts *last, uint64_t at_us, uint64_t epoch,
                   const uint64_t *counts, size_t n, uint64_t *ret_from_us, double *ret_rates);

/* When a sample was taken, by a clock that may be wrong: *at_us if that lies between a minute ago
 * and five seconds ahead, else now, and false. */
bool history_trust(uint64_t *at_us, uint64_t now_us);

#endif
