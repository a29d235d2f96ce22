/* feed.h - what changes in a region, for those who follow it: every change is made into text once,
 * however many read it. Changes of one thing within a moment become one, and what is told is how
 * things are then: readers see each state that lasts, not each state there was.
 *
 * Inside the control plane only. */
#ifndef ROPEWAY_CONTROL_FEED_H
#define ROPEWAY_CONTROL_FEED_H

#include <pthread.h>

#include "pmap.h"
#include "types.h"
#include "words.h"

struct control;
struct event;
struct region;
struct snapshot;

/* What happened stands beside the kinds. */
#define FEED_EVENTS ((unsigned)MODEL_KINDS)

/* One change, as one of a stream of server-sent events, without an id. */
struct feed_entry {
    unsigned kind;     /* enum model_kind_id, or FEED_EVENTS */
    bool last;         /* of those told together: now a reader has all of the revision */
    uint64_t revision; /* of the region */
    uint64_t event;    /* its id; 0: it is none */
    char *project;     /* owned; NULL: for all */
    uint64_t built_in; /* bit i: the built-in alarm i, which each reader sees in a way of its own */
    struct buf texts[WORDS_LANGS]; /* empty: as in English */
};

#define FEED_ENTRIES 8192        /* most that are kept of a region */
#define FEED_BYTES   (8UL << 20) /* ... and most bytes of their texts */

struct feed {
    pthread_mutex_t lock; /* around what follows; nothing is called with it held */
    bool active;          /* somebody follows, or did until a moment ago */
    unsigned followers;
    uint64_t left_us;            /* when the last one left; monotonic */
    char epoch[17];              /* numbers mean something within it only */
    struct pmap *marked;         /* kind and id -> enum feed_what */
    struct feed_entry *happened; /* events that are to be told, made with the marks */
    size_t happened_count;
    struct pmap *pending;       /* kind and id of what was told as not carried out yet */
    bool look;                  /* nodes may have carried it out since */
    struct feed_entry *ring;    /* entry n at n % FEED_ENTRIES */
    uint64_t first, told, next; /* numbers of the oldest one kept, of the first one that readers do
                                   not see yet, and of the one to come */
    size_t bytes;
};

enum feed_what {
    FEED_LOOK = 1, /* nodes may have carried it out: told if they have */
    FEED_STATUS,   /* what nodes say of it */
    FEED_RESOURCE, /* what is stored, too */
};

void feed_init(struct feed *f);
void feed_done(struct feed *f);

/* Something about the resource has changed. Next to nothing while nobody follows. Any lock but the
 * feed's may be held. */
void feed_mark(struct region *r, enum model_kind_id kind, const char *id, enum feed_what what);
/* It was deleted; the readers of its project are told. */
void feed_mark_gone(struct region *r, enum model_kind_id kind, const char *id, const char *project);
/* A node has said something else of the object with this key in its stream. */
void feed_mark_said(struct region *r, const char *key);
/* Whether anybody hears of it. */
bool feed_is_followed(const struct region *r);
/* Nodes may have carried something out. */
void feed_look(struct region *r);

/* Something happened, which is durable. Next to nothing while nobody follows. */
void feed_event(struct region *r, const struct event *event);

/* A reader comes: what happens from now on will be told. */
MUST_USE int feed_join(struct region *r);
void feed_leave(struct region *r);

/* Tells what was marked. True if there was something. */
bool feed_flush(struct region *r);

/* ---- who tells (feeder.c) ---- */

/* A thread that tells what was marked a moment after the first mark, and then who waits for it. */
struct feeder {
    pthread_t thread;
    bool runs;
    pthread_mutex_t lock; /* around what follows */
    pthread_cond_t wake;
    bool marked, stopping;
};

void feeder_init(struct feeder *f);
void feeder_wake(struct feeder *f); /* as marks do (feed.c) */
/* Time went by: nodes may have fallen silent. */
void feeder_tick(struct control *c);
MUST_USE int feeder_start(struct control *c);
void feeder_stop(struct control *c);

/* ---- the texts of events (feed_text.c) ---- */

/* "put" with the resource as a list shows it, or "status" with what nodes say of it, for readers of
 * each of these languages (1 << lang) whose text differs from the English. *ret_observed: what was
 * asked for has been carried out. */
#define FEED_ALL_LANGS ((1U << WORDS_LANGS) - 1)
MUST_USE int feed_text(struct region *r, const struct snapshot *s,
                       const struct model_resource *resource, enum feed_what what, unsigned langs,
                       struct buf ret[WORDS_LANGS], bool *ret_observed);
/* "put" of an event. */
MUST_USE int feed_text_event(const struct event *event, unsigned langs,
                             struct buf ret[WORDS_LANGS]);
void feed_text_gone(const struct region *r, enum model_kind_id kind, const char *id,
                    struct buf *ret);

#endif
