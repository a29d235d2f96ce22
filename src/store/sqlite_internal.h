/* sqlite_internal.h - what the files of the SQLite backend share. Nobody else knows of SQLite. */
#ifndef ROPEWAY_STORE_SQLITE_INTERNAL_H
#define ROPEWAY_STORE_SQLITE_INTERNAL_H

#include "store_internal.h"

#include <sqlite3.h>

/* ---- a connection (sqlite_conn.c) ---- */

enum statement {
    SQL_BEGIN,
    SQL_BEGIN_WRITE,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_GET,
    SQL_LIST,
    SQL_LIST_REGION,
    SQL_LIST_ALL,
    SQL_REGIONS,
    SQL_PUT,
    SQL_DELETE,
    SQL_GET_REVISION,
    SQL_SET_REVISION,
    SQL_LOG_ADD,
    SQL_LOG_READ,
    SQL_LOG_TRIM,
    SQL_STATEMENTS,
};

/* For one thread at a time. */
struct conn {
    char *path;
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_STATEMENTS];
};

/* The file must exist, unless path is ":memory:". Waits for locks of others and knows item_sum(),
 * but has no statements yet. *ret takes conn_close() also after a failure. */
MUST_USE int conn_open(const char *path, struct conn *ret);
MUST_USE int conn_prepare(struct conn *c);
void conn_close(struct conn *c);

/* What SQLite answered, as an errno; logs what is an error. */
int conn_errno(struct conn *c, int code);
/* The statement anew, with the key in ?1 to ?3 if there is one. Borrows the texts while it runs. */
sqlite3_stmt *conn_statement(struct conn *c, enum statement which, const struct store_key *key);
/* Runs one that answers no rows. */
MUST_USE int conn_run(struct conn *c, sqlite3_stmt *st);
MUST_USE int conn_exec(struct conn *c, const char *text);
/* The number that text answers. */
MUST_USE int conn_number(struct conn *c, const char *text, int64_t *ret);

/* Stands beside each item in the file: SQLite itself would not notice other bytes in a text. Texts
 * may be NULL. The SQL function item_sum(collection, region, id, value, revision) is the same. */
int64_t item_sum(const struct store_item *item);

/* ---- the backend (sqlite.c) ---- */

#define IDLE_READERS 4

/* Looks for commits of others while told is set (sqlite_watch.c). */
struct watcher {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool started;
    bool ends;
    struct conn conn;
    struct store *told;
    int64_t data_version;
    bool failing; /* said so already */
};

struct sqlite_store {
    char *path;
    bool in_memory;             /* then the writer reads, too: nobody else sees its data */
    pthread_mutex_t write_lock; /* guards writer */
    struct conn writer;
    pthread_mutex_t pool_lock; /* guards the readers that nobody uses at the moment */
    struct conn *idle[IDLE_READERS];
    size_t idle_count;
    struct watcher watcher;
};

/* A connection that reads beside the writer and does not wait for it. */
MUST_USE int reader_take(struct sqlite_store *s, struct conn **ret);
/* Ends its transaction, too. */
void reader_give_back(struct sqlite_store *s, struct conn *c);

/* 0 for a region in which nothing ever was. *ret_forgotten (may be NULL): the log holds what came
 * after this revision. */
MUST_USE int sqlite_read_revision(struct conn *c, const char *region, uint64_t *ret,
                                  uint64_t *ret_forgotten);
MUST_USE int sqlite_read_regions(struct conn *c, struct store_page *ret);

/* ---- commits (sqlite_commit.c) ---- */

void sqlite_commit(void *self, struct store_commit *commits, size_t count,
                   struct store_page *ret_moved);

/* ---- commits of others (sqlite_watch.c) ---- */

void sqlite_watch_init(struct sqlite_store *s);
int sqlite_watch(void *self, struct store *hub);
void sqlite_watch_end(struct sqlite_store *s);

/* ---- care (sqlite_care.c) ---- */

int sqlite_verify(void *self);
int sqlite_forget(void *self);
int sqlite_backup(void *self, const char *path);
/* -EBADMSG with the findings in the log; pragma: quick_check or integrity_check. */
MUST_USE int sqlite_check(struct conn *c, const char *pragma);

/* ---- the file (sqlite_file.c) ---- */

/* Makes or checks the file, brings it to the newest version, and leaves *ret ready to write. *ret
 * takes conn_close() also after a failure. */
MUST_USE int sqlite_open_file(const char *path, bool create, struct conn *ret);

#endif
