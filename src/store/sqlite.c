#include "store.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

/* The embedded backend. WAL with synchronous=FULL: the log is fsynced before a commit is
 * acknowledged, and a torn one is discarded by its checksum at the next open. */

enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_GET,
    SQL_LIST_REGION,
    SQL_LIST_ALL,
    SQL_PUT,
    SQL_DELETE,
    SQL_SET_REVISION,
    SQL_GET_REVISION,
    SQL_STATEMENTS,
};

static const char *const sql[SQL_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET] = "SELECT region, id, value, revision FROM items"
                " WHERE collection = ?1 AND region = ?2 AND id = ?3",
    [SQL_LIST_REGION] = "SELECT region, id, value, revision FROM items"
                        " WHERE collection = ?1 AND region = ?2 AND id > ?3"
                        " ORDER BY id LIMIT ?4",
    [SQL_LIST_ALL] = "SELECT region, id, value, revision FROM items WHERE collection = ?1"
                     " AND region > ?3 ORDER BY region, id LIMIT ?4",
    [SQL_PUT] = "INSERT INTO items (collection, region, id, value, revision)"
                " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (collection, region, id)"
                " DO UPDATE SET value = excluded.value, revision = excluded.revision",
    [SQL_DELETE] = "DELETE FROM items WHERE collection = ?1 AND region = ?2 AND id = ?3",
    /* One row is the whole store's: WHOLE_STORE. */
    [SQL_SET_REVISION] = "INSERT INTO revisions (region, revision) VALUES (?1, ?2)"
                         " ON CONFLICT (region) DO UPDATE SET revision = excluded.revision",
    [SQL_GET_REVISION] = "SELECT revision FROM revisions WHERE region = ?1",
};

/* Entry n brings a file from version n to n + 1. Only ever append. */
static const char *const migrations[] = {
    "CREATE TABLE items (collection TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,"
    " value TEXT NOT NULL, revision INTEGER NOT NULL,"
    " PRIMARY KEY (collection, region, id)) WITHOUT ROWID;"
    "CREATE TABLE revisions (region TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL)"
    " WITHOUT ROWID;",
};

#define WHOLE_STORE "\x01" /* names hold no control characters, so it is no region's */

struct sqlite_store {
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_STATEMENTS];
};

static int to_errno(struct sqlite_store *s, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return 0;
    log_error("sqlite: %s", s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(code));
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return -EACCES;
    default:
        return -EIO;
    }
}

/* Makes the statement ready, with the key in ?1 to ?3 if there is one. */
static sqlite3_stmt *prepare(struct sqlite_store *s, enum statement which,
                             const struct store_key *key)
{
    sqlite3_stmt *st = s->statements[which];

    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    if (key) {
        sqlite3_bind_text(st, 1, key->collection, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 2, key->region, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 3, key->id, -1, SQLITE_STATIC);
    }
    return st;
}

/* Runs one that answers no rows. */
static int run(struct sqlite_store *s, sqlite3_stmt *st)
{
    int r = to_errno(s, sqlite3_step(st));

    sqlite3_reset(st);
    return r;
}

static int add_row(sqlite3_stmt *st, struct store_page *page)
{
    return store_page_add(
        page, (const char *)sqlite3_column_text(st, 0), (const char *)sqlite3_column_text(st, 1),
        (const char *)sqlite3_column_text(st, 2), (uint64_t)sqlite3_column_int64(st, 3));
}

static int sqlite_get(void *self, const struct store_key *key, struct store_item *ret)
{
    struct sqlite_store *s = self;
    sqlite3_stmt *st = prepare(s, SQL_GET, key);
    struct store_page page = {0};
    int code = sqlite3_step(st), r;

    if (code == SQLITE_ROW)
        r = add_row(st, &page);
    else
        r = code == SQLITE_DONE ? -ENOENT : to_errno(s, code);
    sqlite3_reset(st);
    if (r == 0) {
        *ret = page.items[0];
        page.count = 0;
    }
    store_page_done(&page);
    return r;
}

static int sqlite_list(void *self, const struct store_query *query, struct store_page *ret)
{
    struct sqlite_store *s = self;
    struct store_key key = {.collection = query->collection,
                            .region = query->region ? query->region : "",
                            .id = query->after ? query->after : ""};
    sqlite3_stmt *st = prepare(s, query->region ? SQL_LIST_REGION : SQL_LIST_ALL, &key);
    int code, r = 0;

    /* One more than asked for tells whether there is more. */
    sqlite3_bind_int64(st, 4, query->limit ? (int64_t)query->limit + 1 : -1);
    while (r == 0 && (code = sqlite3_step(st)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            r = to_errno(s, code);
        } else if (query->limit && ret->count == query->limit) {
            ret->more = true;
            break;
        } else {
            r = add_row(st, ret);
        }
    }
    sqlite3_reset(st);
    return r;
}

/* 0 for a region in which nothing ever was. */
static int read_revision(struct sqlite_store *s, const char *region, uint64_t *ret)
{
    sqlite3_stmt *st = prepare(s, SQL_GET_REVISION, NULL);
    int code, r;

    sqlite3_bind_text(st, 1, region ? region : WHOLE_STORE, -1, SQLITE_STATIC);
    code = sqlite3_step(st);
    r = to_errno(s, code);
    if (r == 0)
        *ret = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return r;
}

static uint64_t sqlite_revision(void *self, const char *region)
{
    uint64_t revision;

    return read_revision(self, region, &revision) == 0 ? revision : 0;
}

static int set_revision(struct sqlite_store *s, const char *region, uint64_t revision)
{
    sqlite3_stmt *st = prepare(s, SQL_SET_REVISION, NULL);

    sqlite3_bind_text(st, 1, region, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (int64_t)revision);
    return run(s, st);
}

static int compare(struct sqlite_store *s, const struct store_op *op)
{
    sqlite3_stmt *st;
    uint64_t found = STORE_ABSENT;
    int code, r;

    if (op->expect == STORE_ANY)
        return 0;
    if (op->kind == STORE_CHECK_REGION) {
        r = read_revision(s, op->key.region, &found);
        return r < 0 ? r : found == op->expect ? 0 : -ECANCELED;
    }
    st = prepare(s, SQL_GET, &op->key);
    code = sqlite3_step(st);
    if (code == SQLITE_ROW)
        found = (uint64_t)sqlite3_column_int64(st, 3);
    sqlite3_reset(st);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return to_errno(s, code);
    return found == op->expect ? 0 : -ECANCELED;
}

static int apply(struct sqlite_store *s, const struct store_op *op, uint64_t revision,
                 bool *changed)
{
    sqlite3_stmt *st;
    int r;

    if (op->kind != STORE_PUT && op->kind != STORE_DELETE)
        return 0;
    st = prepare(s, op->kind == STORE_PUT ? SQL_PUT : SQL_DELETE, &op->key);
    if (op->kind == STORE_PUT) {
        sqlite3_bind_text(st, 4, op->value, -1, SQLITE_STATIC);
        sqlite3_bind_int64(st, 5, (int64_t)revision);
    }
    r = run(s, st);
    if (r < 0 || sqlite3_changes(s->db) == 0)
        return r;
    *changed = true;
    return set_revision(s, op->key.region, revision);
}

static int sqlite_commit(void *self, const struct store_op *ops, size_t count, bool *ret_changed)
{
    struct sqlite_store *s = self;
    uint64_t revision = 0;
    bool changed = false;
    int r = run(s, prepare(s, SQL_BEGIN, NULL));

    if (r < 0)
        return r;
    r = read_revision(s, NULL, &revision);
    revision++;
    /* All comparisons look at the state before the first operation. */
    for (size_t i = 0; r == 0 && i < count; i++)
        r = compare(s, &ops[i]);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = apply(s, &ops[i], revision, &changed);
    if (r == 0 && changed)
        r = set_revision(s, WHOLE_STORE, revision);
    if (r == 0)
        r = run(s, prepare(s, SQL_COMMIT, NULL));
    if (r < 0) {
        /* A failed COMMIT may have rolled back by itself already. */
        if (!sqlite3_get_autocommit(s->db) && run(s, prepare(s, SQL_ROLLBACK, NULL)) < 0)
            log_error("sqlite: the rollback failed too");
        return r;
    }
    *ret_changed = changed;
    return 0;
}

static void sqlite_close(void *self)
{
    struct sqlite_store *s = self;

    for (size_t i = 0; i < SQL_STATEMENTS; i++)
        sqlite3_finalize(s->statements[i]);
    sqlite3_close(s->db);
    free(s);
}

static const struct store_backend sqlite_backend = {
    .close = sqlite_close,
    .get = sqlite_get,
    .list = sqlite_list,
    .commit = sqlite_commit,
    .revision = sqlite_revision,
};

static int exec(struct sqlite_store *s, const char *text)
{
    return to_errno(s, sqlite3_exec(s->db, text, NULL, NULL, NULL));
}

static int read_version(struct sqlite_store *s, size_t *ret)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(st);
    if (code == SQLITE_ROW)
        *ret = (size_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return to_errno(s, code);
}

static int migrate(struct sqlite_store *s)
{
    size_t version = 0;
    int r = exec(s, "BEGIN EXCLUSIVE");

    if (r == 0)
        r = read_version(s, &version);
    if (r == 0 && version > ARRAY_SIZE(migrations)) {
        log_error("sqlite: the file has version %zu, this program knows %zu", version,
                  ARRAY_SIZE(migrations));
        r = -EPROTO;
    }
    for (; r == 0 && version < ARRAY_SIZE(migrations); version++) {
        char set[48];

        r = exec(s, migrations[version]);
        sqlite3_snprintf(sizeof(set), set, "PRAGMA user_version = %d", (int)version + 1);
        if (r == 0)
            r = exec(s, set);
    }
    if (r == 0)
        return exec(s, "COMMIT");
    if (!sqlite3_get_autocommit(s->db) && exec(s, "ROLLBACK") < 0)
        log_error("sqlite: the rollback failed too");
    return r;
}

/* SQLite gives its journals the mode of the main file; so make that one first, durably. */
static int make_private(const char *path)
{
    char dir[PATH_MAX];
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), r = 0;

    if (fd < 0)
        return -errno;
    close(fd);
    if (text_copy(dir, sizeof(dir), path) < 0)
        return -ENAMETOOLONG;
    fd = open(dirname(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fsync(fd) < 0)
        r = -errno;
    close(fd);
    return r;
}

static int set_up(struct sqlite_store *s, const char *path)
{
    int r = to_errno(
        s, sqlite3_open_v2(path, &s->db,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));

    if (r < 0)
        return r;
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, 5000);
    r = exec(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                "PRAGMA trusted_schema = OFF");
    if (r == 0)
        r = migrate(s);
    for (size_t i = 0; r == 0 && i < SQL_STATEMENTS; i++)
        r = to_errno(s, sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                           &s->statements[i], NULL));
    return r;
}

int store_open_sqlite(const char *path, struct store **ret)
{
    struct sqlite_store *s;
    int r = strcmp(path, ":memory:") == 0 ? 0 : make_private(path);

    if (r < 0)
        return r;
    s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    r = set_up(s, path);
    if (r < 0) {
        sqlite_close(s);
        return r;
    }
    return store_new(&sqlite_backend, s, ret);
}
