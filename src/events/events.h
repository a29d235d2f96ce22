/* events.h - what happened in regions: a log that survives restarts, and beside it what was last
 * said of each thing, so that only what has changed since is said.
 *
 * Whoever has something to say only adds to memory; a thread makes it durable a moment later, and
 * then tells it. Kept are 90 days, and of each region so many events; what one resource or one
 * project may say in a while is bounded, too, and what was left out is counted. What one event
 * costs does not depend on how many there are.
 *
 * Safe to call from many threads. Times are microseconds since 1970. */
#ifndef ROPEWAY_EVENTS_H
#define ROPEWAY_EVENTS_H

#include "base.h"
#include "store.h"
#include "words.h"

#define EVENTS_DAYS   90
#define EVENTS_REGION 50000 /* of a region; when there are more, the oldest of who has most go */

/* One resource may say so many at once, and then one in so long: the newest is kept back until
 * then, those before it are counted. */
#define EVENTS_RESOURCE_BURST  20
#define EVENTS_RESOURCE_GAP_US (180 * UINT64_C(1000000))
/* So for a project; what is more is counted, and the count told as an event. */
#define EVENTS_PROJECT_BURST  2000
#define EVENTS_PROJECT_GAP_US (5 * UINT64_C(1000000))

/* In the place of a project: for those who are bound to none. */
#define EVENTS_OPERATORS "*"

#define EVENTS_TEXT_MAX 512 /* of a written message, with the 0 byte */

enum events_severity { EVENTS_INFO, EVENTS_WARNING, EVENTS_ERROR, EVENTS_SEVERITIES };

/* "info", ... */
const char *events_severity_name(enum events_severity severity);
/* -EINVAL if it is none. */
MUST_USE int events_severity_parse(const char *text, enum events_severity *ret);

/* Texts are borrowed; "" where there is nothing to say. */
struct event {
    uint64_t id; /* grows within a region; given when it is made durable */
    uint64_t at_us;
    enum events_severity severity;
    const char *region;
    const char *project;    /* "": for all */
    const char *collection; /* of the resource */
    const char *resource;   /* its id */
    const char *name;       /* its name */
    const char *text;       /* a written message */
    uint64_t revision;      /* of the region, by the change that did it; 0: none did */
    uint64_t left_out;      /* events of the resource before this one that were not kept */
};

struct events;

/* Called for each event that has become durable, in the order of ids; no lock is held. */
typedef void events_told(void *arg, const struct event *event);

/* Reads what is stored; what cannot be read is left out and said in the log. Borrows store. told
 * may be NULL. */
MUST_USE int events_open(struct store *store, events_told *told, void *arg, struct events **ret);
/* The thread that makes durable what was added. */
MUST_USE int events_start(struct events *e);
/* Makes durable what was added, and ends. NULL is fine. */
void events_close(struct events *e);

/* Copies the event; at_us is when it happened. What cannot be kept (no memory) is counted. */
void events_add(struct events *e, const struct event *event);
/* Makes durable what was added, and takes away what is too old. A negative errno of the store; then
 * it is tried again with the next. */
int events_flush(struct events *e, uint64_t now_us);

/* ---- what was last said of a thing ---- */

#define EVENTS_STATE_MAX 128

/* id names the thing within the region. Copied into ret, "" if nothing was said. */
void events_state(struct events *e, const char *region, const char *id, char *ret, size_t size);
/* "" forgets. Durable with the next flush, behind the events that were added before. */
void events_set_state(struct events *e, const char *region, const char *id, const char *state);

/* All whose id begins with prefix; take calls nothing of this room. */
void events_each_state(struct events *e, const char *region, const char *prefix,
                       void (*take)(void *arg, const char *id, const char *state), void *arg);

/* ---- asking ---- */

struct events_query {
    const char *region;
    const char *project;  /* NULL: all; else those of this one and those for all */
    const char *resource; /* NULL: any; so for the next two */
    const char *collection;
    const char *code;              /* of the message */
    enum events_severity severity; /* this or worse */
    uint64_t from_us, to_us;       /* at or after, before */
    uint64_t before;               /* only ids less than this */
    uint64_t after;                /* only ids greater than this */
    size_t limit;
};

/* Calls take for each, the newest first. *ret_next: ids from there on are the next page (0: there
 * is none); it goes into before. */
MUST_USE int events_list(struct events *e, const struct events_query *q,
                         void (*take)(void *arg, const struct event *event), void *arg,
                         uint64_t *ret_next);
/* The newest id of the region; 0: none. */
uint64_t events_newest(struct events *e, const char *region);

/* For who watches the watcher. */
struct events_counts {
    uint64_t kept;     /* events there are */
    uint64_t written;  /* made durable since the start */
    uint64_t left_out; /* not kept since the start */
};
void events_count(struct events *e, struct events_counts *ret);

#endif
