/* store_internal.h - what a backend of the store provides, and what it finds to build on.
 *
 * The front (store.c) checks names and limits, the hub (follow.c) knows who follows and waits; a
 * backend only keeps bytes. Each of its calls may be a round trip: no lock is held around one, they
 * come from many threads at once, and the backend does the locking that it needs. */
#ifndef ROPEWAY_STORE_INTERNAL_H
#define ROPEWAY_STORE_INTERNAL_H

#include "base.h"
#include "store.h"

#include <pthread.h>

struct store_backend {
    /* Ends what watch began, too. */
    void (*close)(void *self);
    int (*get)(void *self, const struct store_key *key, struct store_item *ret);
    /* ret of these is empty before; what is in it after a failure is thrown away. */
    int (*list)(void *self, const struct store_query *query, struct store_page *ret);
    int (*regions)(void *self, struct store_page *ret);
    int (*log)(void *self, const char *region, uint64_t revision, size_t limit,
               struct store_log *ret);
    int (*revision)(void *self, const char *region, uint64_t *ret);
    /* Writes the result of each commit that comes with 0 (the others were refused already), and
     * appends each region that durable commits moved to ret_moved, once, with its new revision. */
    void (*commit)(void *self, struct store_commit *commits, size_t count,
                   struct store_page *ret_moved);
    /* From now on tells hub what moves by others' doing: store_note() for the revision of each
     * region before it returns, then store_note() and store_tell() whenever one moves. NULL: no
     * more. One such call at a time. */
    int (*watch)(void *self, struct store *hub);
    int (*verify)(void *self);
    int (*forget)(void *self);
    int (*backup)(void *self, const char *path);
};

/* Takes self, also on failure. */
MUST_USE int store_new(const struct store_backend *backend, void *self, struct store **ret);

/* Appends a copy; texts that are NULL stay so. -ENOMEM. */
MUST_USE int store_items_add(struct store_item **items, size_t *count,
                             const struct store_item *item);
void store_items_done(struct store_item *items, size_t count);

/* Whether it writes, and no later operation of the same commit writes the same item: all of them
 * compare with the state before the commit, so only the last write of an item counts. */
bool store_op_counts(const struct store_op *ops, size_t count, size_t at);

/* ---- the hub (follow.c) ---- */

struct store {
    const struct store_backend *backend;
    void *self;

    pthread_mutex_t watch_lock;
    unsigned interested; /* followers and waiters: the backend watches while there are any */

    pthread_mutex_t lock; /* guards what follows; never held over a call of a backend or follower */
    pthread_cond_t moved; /* regions moved, or a follower's call ended */
    uint64_t moves;
    struct list followers;
    struct store_page known; /* each region's revision as last noted, as id, by id */
};

void store_hub_init(struct store *s);
void store_hub_done(struct store *s);
/* Somebody wants to hear of what others commit: the backend looks while anybody does. */
MUST_USE int store_watch(struct store *s);
void store_unwatch(struct store *s);
/* Remembers the region's revision; whether it is newer than what was known. */
bool store_note(struct store *s, const char *region, uint64_t revision);
/* Wakes who waits and calls the followers. */
void store_tell(struct store *s, const char *region, uint64_t revision);
/* What commits of our own moved: noted all together, then told. */
void store_tell_moved(struct store *s, const struct store_page *moved);

#endif
