/* events_internal.h - what the files of this room share. */
#ifndef ROPEWAY_EVENTS_INTERNAL_H
#define ROPEWAY_EVENTS_INTERNAL_H

#include <pthread.h>

#include "events.h"
#include "out.h"
#include "pmap.h"

#define EVENTS_COLLECTION "events"
#define EVENTS_STATES     "eventStates"
#define EVENTS_ID_DIGITS  16

/* ---- a copy of an event (events.c) ---- */

struct kept {
    struct list link;
    struct event event; /* texts point behind it */
    char texts[];
};

/* NULL: out of memory. */
struct kept *events_copy(const struct event *event);

/* ---- what is in memory of those stored (index.c) ---- */

/* Enough to find it; what is asked for as text is compared with the stored event, too. */
struct ref {
    uint64_t id;
    uint64_t at_us;
    uint64_t resource; /* hashes */
    uint32_t collection;
    uint32_t code;
    uint32_t project; /* index */
    enum events_severity severity;
};

/* What a project has of a region. */
struct share {
    char *name;
    size_t count; /* of refs */
    double tokens;
    uint64_t at_us;
    uint64_t missed;  /* events that were not kept */
    uint64_t told_us; /* when that was told last */
    size_t drop;      /* while refs are trimmed: how many of its oldest go */
};

struct index {
    struct list link;
    char region[STORE_NAME_MAX + 1];
    struct ref *refs; /* ascending ids */
    size_t first, count, cap;
    uint64_t newest;
    struct share *shares;
    size_t share_count;
    uint64_t *gone; /* ids that are to be deleted from the store */
    size_t gone_count;
};

/* All with the lock held. NULL: out of memory. */
struct index *index_of(struct events *e, const char *region, bool make);
struct share *index_share(struct index *x, const char *project);
MUST_USE int index_add(struct index *x, const struct event *event);
/* Takes out what is too old or too much. */
void index_trim(struct index *x, uint64_t now_us);
void index_free(struct index *x);
uint64_t index_hash(const char *text);
void index_code(const char *written, char ret[WORDS_CODE_MAX]);

/* ---- what one resource may say (admit.c) ---- */

struct source {
    struct list link; /* of all, the one that spoke last at the end */
    struct list held_link;
    double tokens;
    uint64_t at_us;
    struct kept *held; /* the newest that waits */
    uint64_t missed;
    size_t key_len;
    char key[];
};

/* With the lock held. */
void admit(struct events *e, const struct event *event, uint64_t now_us);
/* Lets go what waited long enough. */
void admit_waiting(struct events *e, uint64_t now_us);
void admit_done(struct events *e);

/* ---- what was last said (states.c) ---- */

struct state {
    struct list link; /* of those to be stored */
    char text[EVENTS_STATE_MAX];
    size_t key_len;
    char key[]; /* "REGION/ID" */
};

/* As read from the store; lock held. */
MUST_USE int states_load(struct events *e, const char *key, const char *value);
void states_done(struct events *e);

/* ---- as stored (stored.c) ---- */

/* "REGION/00..." */
void stored_id(const char *region, uint64_t id, char ret[STORE_NAME_MAX + 1]);
void stored_write(const struct event *event, struct model_out *out);
/* -EBADMSG. *ret borrows from text, and its region from key. */
struct model_text;
MUST_USE int stored_read(struct model_text *text, char *key, const char *value, struct event *ret);

/* ---- the whole ---- */

struct events {
    struct store *store;
    events_told *told;
    void *arg;
    pthread_mutex_t flushing; /* one at a time; before lock */
    pthread_mutex_t lock;     /* around what follows; nothing is called with it held */
    pthread_cond_t wake;
    struct list indexes;
    struct list queue; /* struct kept: to be made durable */
    size_t queued;
    struct pmap *sources;
    struct list source_list, held;
    struct pmap *states;
    struct list dirty; /* struct state */
    struct events_counts counts;
    pthread_t thread;
    bool runs, stopping;
};

MUST_USE int events_load(struct events *e);

#endif
