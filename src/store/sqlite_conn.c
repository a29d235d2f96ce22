#include "sqlite_internal.h"

#include <stdlib.h>

/* Connections: statements, and errors. All selects of items answer the same columns: add_row() in
 * sqlite.c reads them. */

#define ITEM "collection, region, id, value, revision, sum"

static const char *const sql[SQL_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN",
    [SQL_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_GET] = "SELECT " ITEM " FROM items WHERE collection = ?1 AND region = ?2 AND id = ?3",
    [SQL_LIST] = "SELECT " ITEM " FROM items WHERE collection = ?1 AND region = ?2 AND id > ?3"
                 " ORDER BY id LIMIT ?4",
    [SQL_LIST_REGION] = "SELECT " ITEM " FROM items WHERE region = ?2 ORDER BY collection, id"
                        " LIMIT ?4",
    /* Through the table of regions, since items lie by region first. */
    [SQL_LIST_ALL] = "SELECT i.collection, i.region, i.id, i.value, i.revision, i.sum"
                     " FROM revisions r CROSS JOIN items i ON i.region = r.region"
                     " WHERE i.collection = ?1 AND r.region > ?3 ORDER BY r.region, i.id LIMIT ?4",
    [SQL_REGIONS] = "SELECT region, revision FROM revisions ORDER BY region",
    [SQL_PUT] = "INSERT INTO items (collection, region, id, value, revision, sum)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (region, collection, id) DO UPDATE"
                " SET value = excluded.value, revision = excluded.revision, sum = excluded.sum",
    [SQL_DELETE] = "DELETE FROM items WHERE collection = ?1 AND region = ?2 AND id = ?3",
    [SQL_GET_REVISION] = "SELECT revision, forgotten FROM revisions WHERE region = ?1",
    [SQL_SET_REVISION] = "INSERT INTO revisions (region, revision, forgotten) VALUES (?1, ?2, ?3)"
                         " ON CONFLICT (region) DO UPDATE"
                         " SET revision = excluded.revision, forgotten = excluded.forgotten",
    [SQL_LOG_ADD] = "INSERT INTO log (collection, region, id, value, revision, sum)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_LOG_READ] = "SELECT " ITEM " FROM log WHERE region = ?1 AND revision > ?2"
                     " ORDER BY revision, rowid",
    [SQL_LOG_TRIM] = "DELETE FROM log WHERE region = ?1 AND revision <= ?2",
};

int conn_errno(struct conn *c, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return 0;
    log_error("%s: sqlite: %s", c->path, c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
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
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* our statements are right: it is the tables that are not there */
        return -EBADMSG;
    default:
        return -EIO;
    }
}

sqlite3_stmt *conn_statement(struct conn *c, enum statement which, const struct store_key *key)
{
    sqlite3_stmt *st = c->statements[which];

    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    if (key) {
        sqlite3_bind_text(st, 1, key->collection, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 2, key->region, -1, SQLITE_STATIC);
        sqlite3_bind_text(st, 3, key->id, -1, SQLITE_STATIC);
    }
    return st;
}

int conn_run(struct conn *c, sqlite3_stmt *st)
{
    int r = conn_errno(c, sqlite3_step(st));

    sqlite3_reset(st);
    return r;
}

int conn_exec(struct conn *c, const char *text)
{
    return conn_errno(c, sqlite3_exec(c->db, text, NULL, NULL, NULL));
}

int conn_number(struct conn *c, const char *text, int64_t *ret)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(c->db, text, -1, &st, NULL), r;

    if (code == SQLITE_OK)
        code = sqlite3_step(st);
    r = conn_errno(c, code);
    if (r == 0)
        *ret = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return r;
}

static uint64_t add_text(const char *text, uint64_t sum)
{
    /* With its 0 byte, so that no text runs into the next one. */
    return text ? hash_bytes(text, strlen(text) + 1, sum) : hash_bytes("\xff", 1, sum);
}

int64_t item_sum(const struct store_item *item)
{
    uint64_t sum = add_text(item->collection, item->revision);

    sum = add_text(item->region, sum);
    sum = add_text(item->id, sum);
    return (int64_t)add_text(item->value, sum);
}

static void item_sum_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct store_item item = {.collection = (char *)sqlite3_value_text(values[0]),
                              .region = (char *)sqlite3_value_text(values[1]),
                              .id = (char *)sqlite3_value_text(values[2]),
                              .value = (char *)sqlite3_value_text(values[3]),
                              .revision = (uint64_t)sqlite3_value_int64(values[4])};

    (void)count;
    sqlite3_result_int64(context, item_sum(&item));
}

int conn_open(const char *path, struct conn *ret)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, code;

    *ret = (struct conn){.path = strdup(path)};
    if (!ret->path)
        return -ENOMEM;
    code = sqlite3_open_v2(path, &ret->db, flags, NULL);
    if (code != SQLITE_OK)
        return conn_errno(ret, code);
    sqlite3_extended_result_codes(ret->db, 1);
    sqlite3_busy_timeout(ret->db, 5000);
    return conn_errno(ret, sqlite3_create_function(ret->db, "item_sum", 5,
                                                   SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                                   item_sum_function, NULL, NULL));
}

int conn_prepare(struct conn *c)
{
    int r = conn_exec(c, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                         "PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864");

    for (size_t i = 0; r == 0 && i < SQL_STATEMENTS; i++)
        r = conn_errno(c, sqlite3_prepare_v3(c->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                             &c->statements[i], NULL));
    return r;
}

void conn_close(struct conn *c)
{
    for (size_t i = 0; i < SQL_STATEMENTS; i++)
        sqlite3_finalize(c->statements[i]);
    sqlite3_close(c->db);
    free(c->path);
    *c = (struct conn){0};
}
