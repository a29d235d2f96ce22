/* store.h - where resources live: JSON texts under (collection, region, id), a revision for each
 * region, and a log of changes that anybody may follow.
 *
 * What belongs to no region lies under region "". Every commit names the regions it writes; each of
 * them moves up by one. An item remembers its region's revision at its last change.
 * Backends differ in where the bytes lie, not in what is promised here: a commit is all or nothing,
 * and one that was acknowledged is still there after kill -9 and after a power cut. The promises
 * are such that etcd can stand behind them (128 operations and 1.5 MiB a transaction, a call is a
 * round trip, watches that may have been compacted).
 *
 * Safe to call from many threads. Functions that may wait say so. */
#ifndef ROPEWAY_STORE_H
#define ROPEWAY_STORE_H

#include "base.h"

/* Longest collection, region or id in bytes, and longest value. */
#define STORE_NAME_MAX  128
#define STORE_VALUE_MAX (1U << 20)
/* Most operations in one commit, and most bytes of their values together. */
#define STORE_OPS_MAX   120
#define STORE_BYTES_MAX (5U << 18)

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
    char *collection;
    char *region;
    char *id;
    char *value;
    uint64_t revision; /* of its region, when the item last changed */
};

void store_item_done(struct store_item *item);

/* Closes what store_open_*() made. NULL is fine. No other thread may be inside, and every follower
 * has been ended. */
void store_close(struct store *s);

/* -ENOENT if there is none. */
MUST_USE int store_get(struct store *s, const struct store_key *key, struct store_item *ret);

/* What to list, in the order of (region, id), bytewise. */
struct store_query {
    const char *collection; /* NULL: all of them; then region is not NULL, after is NULL, and the
                               order is that of (collection, id) */
    const char *region;     /* NULL: all of them, without what belongs to none */
    const char *after; /* only ids (or with region NULL: regions) greater than this; NULL or "":
                          from the start */
    size_t limit;      /* most items; 0: all */
};

struct store_page {
    struct store_item *items;
    size_t count;
    bool more;         /* items were left out because of limit: go on after the last id */
    uint64_t revision; /* of the region at that view (region NULL: 0) */
};

void store_page_done(struct store_page *page);
/* One consistent view. An empty page is no error. */
MUST_USE int store_list(struct store *s, const struct store_query *query, struct store_page *ret);
/* The names of all regions that ever held something, "" not among them, as ids of items, in their
 * order; revision is the region's, the other texts are NULL. */
MUST_USE int store_regions(struct store *s, struct store_page *ret);

/* ---- commits ---- */

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

/* All operations, or none. Comparisons look at the state before the first operation of this commit;
 * of several that write the same item the last one counts, as if the others were not there (but for
 * their comparisons). */
struct store_commit {
    const struct store_op *ops;
    size_t count;
    int result; /* written: 0; -ECANCELED: a comparison failed, something changed since it was read;
                   -EINVAL, -E2BIG for what the limits forbid; -EIO, -ENOSPC, ... of the backend */
};

/* Carries the commits out one after the other, each all or nothing by itself, and makes them
 * durable together: waits once for all of them. A later one sees what the earlier ones did. If the
 * whole cannot be made durable every commit that would have succeeded fails alike. */
void store_commit_all(struct store *s, struct store_commit *commits, size_t count);
/* One commit; its result. */
MUST_USE int store_commit_one(struct store *s, const struct store_op *ops, size_t count);

/* The region's revision; 0: nothing was ever in it (or it could not be read: the log says why). */
uint64_t store_revision(struct store *s, const char *region);

/* ---- the log ---- */

/* One item as a commit left it; value NULL: deleted. In items, revision is that of the commit;
 * those of one commit stand together. */
struct store_log {
    struct store_item *items;
    size_t count;
    bool more; /* there were more than limit: ask again after the last revision */
};

void store_log_done(struct store_log *log);
/* What happened in the region after revision, in order, whole commits only, about limit items (0:
 * all). -ESTALE if that is not remembered any more (or revision is from the future): list again.
 * Remembered are at least the last STORE_LOG_KEEP commits of each region, also over a restart and
 * by other processes on the same store, but for store_forget(). */
#define STORE_LOG_KEEP 1000
MUST_USE int store_log(struct store *s, const char *region, uint64_t revision, size_t limit,
                       struct store_log *ret);

/* A follower is called after commits that changed region (also those of other processes on the same
 * store, within half a second), in any thread, with no lock held. It says that the region has come
 * to this revision or further, no more: several commits may be told at once, and two in any order.
 * Any number of followers. Ending it waits for a call that is under way (so not from inside one).
 */
struct store_follower;
MUST_USE int store_follow(struct store *s,
                          void (*changed)(void *arg, const char *region, uint64_t revision),
                          void *arg, struct store_follower **ret);
void store_unfollow(struct store_follower *f);

/* Waits until store_revision(s, region) > revision, at most timeout_ms; -ETIMEDOUT. Commits of
 * others count, too, within half a second. */
MUST_USE int store_wait(struct store *s, const char *region, uint64_t revision,
                        unsigned timeout_ms);

/* ---- care ---- */

/* Looks through everything for damage; waits, but lets others go on between pieces where the
 * backend can. -EBADMSG: damaged, the log says how. */
MUST_USE int store_verify(struct store *s);
/* Forgets what is no longer: the log of every region (followers hear nothing of it, and store_log()
 * of an earlier revision is -ESTALE), and where the backend can, the bytes of earlier values on the
 * disk. -EBUSY if somebody else is reading; then it may be only half done, and can be done again.
 */
MUST_USE int store_forget(struct store *s);
/* A copy of one consistent view, durable, made while others go on; mode 0600. -EEXIST if path
 * exists (or a journal beside it, which would be taken for the copy's own), -EBUSY if somebody else
 * is just making it. Written under PATH.new first: under path it is whole or not there. */
MUST_USE int store_backup(struct store *s, const char *path);

/* ---- backends ---- */

/* A SQLite file, made (mode 0600) if missing and create is set (else -ENOENT; an empty file counts
 * as missing); ":memory:" for one that is lost at the end. -EPROTO if the file was written by a
 * newer version, -EBADMSG if it is damaged or no database of this program's (or if it is missing
 * while its log is there): nothing is changed then. One of an older version is brought to the
 * newest; revisions go on from what they were, and the log begins empty. */
MUST_USE int store_open_sqlite(const char *path, bool create, struct store **ret);

#endif
