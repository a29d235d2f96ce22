/* store.h - where resources live: JSON texts under (collection, region, id), one revision for all.
 *
 * Every commit that changes something moves the store's revision up by one; each item remembers the
 * revision of its last change, each region that of the last change in it (deletions included).
 * Backends differ in where the bytes lie, not in what is promised here: a commit is all or nothing,
 * and one that was acknowledged is still there after kill -9 and after a power cut.
 *
 * Safe to call from many threads. Functions that may wait say so. */
#ifndef ROPEWAY_STORE_H
#define ROPEWAY_STORE_H

#include "base.h"

/* Longest collection, region or id in bytes, and longest value. */
#define STORE_NAME_MAX  128
#define STORE_VALUE_MAX (4U << 20)
/* Most operations in one commit. */
#define STORE_OPS_MAX 1024

struct store;

/* Borrowed texts, none NULL. collection and id are not empty; region is "" for what belongs to
 * none. No control characters. */
struct store_key {
    const char *collection;
    const char *region;
    const char *id;
};

/* Owns its texts; store_item_done() takes a zeroed one too. */
struct store_item {
    char *region;
    char *id;
    char *value;
    uint64_t revision; /* of the store, when the item last changed */
};

void store_item_done(struct store_item *item);

/* Closes what store_open_*() made. NULL is fine. No other thread may be inside. */
void store_close(struct store *s);

/* -ENOENT if there is none. */
MUST_USE int store_get(struct store *s, const struct store_key *key, struct store_item *ret);

/* What to list, in the order of (region, id), bytewise. */
struct store_query {
    const char *collection;
    const char *region; /* NULL: all of them, without what belongs to none */
    const char *after;  /* only ids (or with region NULL: regions) greater than this; NULL or "":
                           from the start */
    size_t limit;       /* most items; 0: all */
};

struct store_page {
    struct store_item *items;
    size_t count;
    bool more; /* items were left out because of limit: go on after the last id */
};

void store_page_done(struct store_page *page);
/* One consistent view, as of one revision. An empty page is no error. */
MUST_USE int store_list(struct store *s, const struct store_query *query, struct store_page *ret);

enum store_op_kind {
    STORE_PUT,
    STORE_DELETE, /* of an item that does not exist: nothing happens, unless expect says more */
    STORE_CHECK,  /* only compares */
    STORE_CHECK_REGION, /* compares the revision of key.region; collection and id are unused */
};

#define STORE_ANY    UINT64_MAX /* whatever is there */
#define STORE_ABSENT 0          /* nothing may be there; of a region: nothing ever was */

struct store_op {
    enum store_op_kind kind;
    struct store_key key;
    const char *value; /* of STORE_PUT: JSON text */
    uint64_t expect;   /* STORE_ANY, STORE_ABSENT, or the revision that it must have */
};

/* All operations in their order, or none. Waits until they are durable. -ECANCELED if a comparison
 * failed: something changed since it was read. *ret_revision (may be NULL) is the store's revision
 * after it. -EINVAL, -E2BIG for what the limits above forbid, -EIO, -ENOSPC from the backend. */
MUST_USE int store_commit(struct store *s, const struct store_op *ops, size_t count,
                          uint64_t *ret_revision);

/* The store's revision, or with a region (not NULL) that of the last change in it; 0: none yet. */
uint64_t store_revision(struct store *s, const char *region);

/* Waits until store_revision(s, region) > revision, at most timeout_ms; -ETIMEDOUT. */
MUST_USE int store_wait(struct store *s, const char *region, uint64_t revision,
                        unsigned timeout_ms);

/* Calls changed(arg, region) after commits that changed region, in the thread that committed, with
 * no lock held. It says "look again", no more: two commits may be told in any order. One watcher at
 * a time; NULL ends it. Set it while no other thread is inside. */
void store_watch(struct store *s, void (*changed)(void *arg, const char *region), void *arg);

/* ---- backends ---- */

/* A SQLite file, made (mode 0600) if missing; ":memory:" for one that is lost at the end. -EPROTO
 * if the file was written by a newer version. */
MUST_USE int store_open_sqlite(const char *path, struct store **ret);

/* What a backend provides. Keys and limits are already checked; calls come one at a time. */
struct store_backend {
    void (*close)(void *self);
    int (*get)(void *self, const struct store_key *key, struct store_item *ret);
    int (*list)(void *self, const struct store_query *query, struct store_page *ret);
    /* *ret_changed: something was written. */
    int (*commit)(void *self, const struct store_op *ops, size_t count, bool *ret_changed);
    uint64_t (*revision)(void *self, const char *region);
};

/* Takes self, also on failure. */
MUST_USE int store_new(const struct store_backend *backend, void *self, struct store **ret);

/* For backends: appends a copy to page. -ENOMEM. */
MUST_USE int store_page_add(struct store_page *page, const char *region, const char *id,
                            const char *value, uint64_t revision);

#endif
