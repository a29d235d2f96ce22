#include "sqlite_internal.h"

/* How far the regions are, read by whatever connection. */

int sqlite_read_revision(struct conn *c, const char *region, uint64_t *ret, uint64_t *ret_forgotten)
{
    sqlite3_stmt *st = conn_statement(c, SQL_GET_REVISION, NULL);
    int code, r;

    sqlite3_bind_text(st, 1, region, -1, SQLITE_STATIC);
    code = sqlite3_step(st);
    r = conn_errno(c, code);
    if (r == 0) {
        *ret = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
        if (ret_forgotten)
            *ret_forgotten = code == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 1) : 0;
    }
    sqlite3_reset(st);
    return r;
}

int sqlite_read_regions(struct conn *c, struct store_page *ret)
{
    sqlite3_stmt *st = conn_statement(c, SQL_REGIONS, NULL);
    int code = SQLITE_DONE, r = 0;

    while (r == 0 && (code = sqlite3_step(st)) == SQLITE_ROW) {
        struct store_item item = {.id = (char *)sqlite3_column_text(st, 0),
                                  .revision = (uint64_t)sqlite3_column_int64(st, 1)};

        r = item.id ? store_items_add(&ret->items, &ret->count, &item) : -EBADMSG;
    }
    if (r == 0)
        r = conn_errno(c, code);
    sqlite3_reset(st);
    return r;
}
