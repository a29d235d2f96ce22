/* history_internal.h - what the files of this room share. */
#ifndef ROPEWAY_HISTORY_INTERNAL_H
#define ROPEWAY_HISTORY_INTERNAL_H

#include <limits.h>
#include <pthread.h>

#include "history.h"

#define STEP_US    (HISTORY_STEP_S * UINT64_C(1000000))
#define OPEN_SLOTS 8
#define SEAL_S     30 /* after its end a slot is sealed: reports come every ten seconds */

/* ---- the slots of a key (slots.c): pure ---- */

/* A series in an open slot. */
struct cell {
    double amount;    /* rate * seconds */
    double covered;   /* seconds that were spoken of, each as often as it was */
    float begin, end; /* between these, in seconds of the slot */
};

/* Slot n is from n * STEP_US on. Those before `sealed` are sealed; from `first` on they are in the
 * tail, a ring. */
struct slots {
    const struct history_kind *kind;
    struct cell *cells; /* of OPEN_SLOTS open ones: [slot % OPEN_SLOTS][series] */
    float *tail;        /* [slot % cap][series] */
    unsigned cap, most; /* it grows up to so many, as far as it has to */
    uint64_t first, sealed;
    uint64_t lost; /* slots with something in them that had to leave the tail unwritten */
};

MUST_USE int slots_init(struct slots *s, const struct history_kind *kind, unsigned most,
                        uint64_t slot);
void slots_done(struct slots *s);
/* -ERANGE: it lies in sealed slots. */
MUST_USE int slots_add(struct slots *s, uint64_t from_us, uint64_t to_us, const double *rates);
/* Seals all before this slot. */
void slots_seal(struct slots *s, uint64_t slot);
/* The tail begins here. */
void slots_forget(struct slots *s, uint64_t slot);
/* Values of a slot in the tail, borrowed. */
const float *slots_sealed(const struct slots *s, uint64_t slot);
bool slots_is_empty(const float *values, size_t n);

/* ---- files (rrd_file.c) ---- */

#define FILE_SUFFIX  ".rrd"
#define COARSE_SLOTS (HISTORY_COARSE_S / HISTORY_STEP_S)

/* Of which series of a kind: bit i is series i. */
uint64_t rrd_file_kept(const struct history_kind *kind, enum history_keep keep);

/* What is there. */
struct file_facts {
    uint64_t end_s; /* it holds what was before */
    uint64_t has;   /* bit i: series i of the kind */
};

/* -EINVAL if the key makes no file name. */
MUST_USE int rrd_file_path(const char *dir, const char *key, enum history_keep keep,
                           char ret[PATH_MAX]);
/* -ENOENT; -EBADMSG: damaged, or nothing in it is of this kind. */
MUST_USE int rrd_file_look(const char *path, const struct history_kind *kind,
                           struct file_facts *ret);
/* Holds nothing yet, from start_s on. has: which series of the kind. -ENOSPC, -EIO. */
MUST_USE int rrd_file_create(const char *path, const struct history_kind *kind, uint64_t has,
                             enum history_keep keep, uint64_t start_s);
/* Bytes that it will have. */
uint64_t rrd_file_bytes(uint64_t has, enum history_keep keep);
/* Writes rows[i] (one value per series of the kind, NAN: unknown), of the slot first + i; a coarse
 * interval that was begun ends as far as it is over by whole_s, whatever is unknown of it. Moves
 * facts->end_s along. */
MUST_USE int rrd_file_write(const char *path, const struct history_kind *kind,
                            struct file_facts *facts, uint64_t first, const float *rows,
                            size_t count, uint64_t whole_s);
/* visit(arg, begin_s, seconds, values by series of the kind) for each row that overlaps. */
typedef void file_visit(void *arg, uint64_t begin_s, uint64_t seconds, const double *values);
MUST_USE int rrd_file_read(const char *path, const struct history_kind *kind, uint64_t from_s,
                           uint64_t to_s, unsigned step_s, file_visit *visit, void *arg);
/* Renames it out of the way and says so. */
void rrd_file_set_aside(const char *path);

/* ---- keys (objects.c) ---- */

#define BUCKETS    4096
#define FILE_LOCKS 64

struct object {
    struct list bucket;
    unsigned refs; /* under the history's lock, as all of this but facts */
    struct slots slots;
    uint64_t due;     /* slot from which on it is to be written */
    uint64_t written; /* slots before this one are in KEY.rrd; under its file lock */
    /* Of its files; has 0: not looked at yet; under its file lock. */
    struct file_facts facts[HISTORY_KEEPS];
    uint64_t hash;
    char key[HISTORY_KEY_MAX];
};

struct history {
    pthread_mutex_t lock; /* around the objects and the facts; taken after a file lock */
    struct list buckets[BUCKETS];
    pthread_mutex_t files[FILE_LOCKS]; /* file of hash h: h % FILE_LOCKS */
    struct history_facts facts;
    char dir[PATH_MAX];
    unsigned period; /* slots between two writes of a key */
    unsigned files_a_call, files_at_end;
    uint64_t reserve;
    bool closing;           /* the tail is written to its end */
    uint64_t complained_us; /* history_work() alone */
};

uint64_t object_hash(const char *key);
/* Lock held; NULL if there is none. */
struct object *object_find(struct history *h, const char *key, uint64_t hash);
void object_unref(struct object *o);

/* Writes what is sealed of it; file lock held, lock not. files: how many may be made; counted down.
 * -EAGAIN: none. (work.c) */
MUST_USE int object_write(struct history *h, struct object *o, unsigned *files);

#endif
