#include "sqlite_internal.h"

#include <stdlib.h>

/* The embedded backend. WAL with synchronous=FULL: the log is fsynced before a commit is
 * acknowledged, and a torn one is discarded by its checksum at the next open. One connection
 * writes; those that read see the last commit before they began and wait for nobody. */

int reader_take(struct sqlite_store *s, struct conn **ret)
{
    struct conn *c = NULL;
    int r;

    if (s->in_memory) {
        pthread_mutex_lock(&s->write_lock);
        *ret = &s->writer;
        return 0;
    }
    pthread_mutex_lock(&s->pool_lock);
    if (s->idle_count)
        c = s->idle[--s->idle_count];
    pthread_mutex_unlock(&s->pool_lock);
    if (!c) {
        c = calloc(1, sizeof(*c));
        if (!c)
            return -ENOMEM;
        r = conn_open(s->path, c);
        if (r == 0)
            r = conn_prepare(c);
        if (r == 0)
            r = conn_exec(c, "PRAGMA query_only = ON");
        if (r < 0) {
            conn_close(c);
            free(c);
            return r;
        }
    }
    *ret = c;
    return 0;
}

void reader_give_back(struct sqlite_store *s, struct conn *c)
{
    if (!sqlite3_get_autocommit(c->db) && conn_run(c, conn_statement(c, SQL_ROLLBACK, NULL)) < 0)
        log_error("%s: sqlite: a view could not be ended", s->path);
    if (s->in_memory) {
        pthread_mutex_unlock(&s->write_lock);
        return;
    }
    pthread_mutex_lock(&s->pool_lock);
    if (s->idle_count < IDLE_READERS) {
        s->idle[s->idle_count++] = c;
        c = NULL;
    }
    pthread_mutex_unlock(&s->pool_lock);
    if (c) {
        conn_close(c);
        free(c);
    }
}

/* Borrows the texts until the next step. -EBADMSG if the row is not as it was written. */
static int read_row(struct conn *c, sqlite3_stmt *st, struct store_item *ret)
{
    struct store_item item = {.collection = (char *)sqlite3_column_text(st, 0),
                              .region = (char *)sqlite3_column_text(st, 1),
                              .id = (char *)sqlite3_column_text(st, 2),
                              .value = (char *)sqlite3_column_text(st, 3),
                              .revision = (uint64_t)sqlite3_column_int64(st, 4)};

    if (!item.collection || !item.region || !item.id ||
        item_sum(&item) != sqlite3_column_int64(st, 5)) {
        log_error("%s: %s %s in region \"%s\" is damaged", c->path,
                  item.collection ? item.collection : "?", item.id ? item.id : "?",
                  item.region ? item.region : "?");
        return -EBADMSG;
    }
    *ret = item;
    return 0;
}

static int add_row(struct conn *c, sqlite3_stmt *st, struct store_item **items, size_t *count)
{
    struct store_item item;
    int r = read_row(c, st, &item);

    return r < 0 ? r : store_items_add(items, count, &item);
}

static int sqlite_get(void *self, const struct store_key *key, struct store_item *ret)
{
    struct store_page page = {0};
    struct conn *c;
    sqlite3_stmt *st;
    int code, r = reader_take(self, &c);

    if (r < 0)
        return r;
    st = conn_statement(c, SQL_GET, key);
    code = sqlite3_step(st);
    if (code == SQLITE_ROW)
        r = add_row(c, st, &page.items, &page.count);
    else
        r = code == SQLITE_DONE ? -ENOENT : conn_errno(c, code);
    sqlite3_reset(st);
    reader_give_back(self, c);
    if (r == 0) {
        *ret = page.items[0];
        page.count = 0;
    }
    store_page_done(&page);
    return r;
}

/* All rows, or at most limit; ret->more then tells of the others. */
static int read_page(struct conn *c, sqlite3_stmt *st, size_t limit, struct store_page *ret)
{
    int code, r = 0;

    while (r == 0 && (code = sqlite3_step(st)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            r = conn_errno(c, code);
        } else if (limit && ret->count == limit) {
            ret->more = true;
            break;
        } else {
            r = add_row(c, st, &ret->items, &ret->count);
        }
    }
    sqlite3_reset(st);
    return r;
}

static int sqlite_list(void *self, const struct store_query *query, struct store_page *ret)
{
    struct store_key key = {.collection = query->collection,
                            .region = query->region,
                            .id = query->after ? query->after : ""};
    enum statement which = !query->collection ? SQL_LIST_REGION
                           : query->region    ? SQL_LIST
                                              : SQL_LIST_ALL;
    struct conn *c;
    sqlite3_stmt *st;
    int r = reader_take(self, &c);

    if (r < 0)
        return r;
    r = conn_run(c, conn_statement(c, SQL_BEGIN, NULL));
    if (r == 0) {
        st = conn_statement(c, which, &key);
        /* One more than asked for tells whether there is more. */
        sqlite3_bind_int64(st, 4, query->limit ? (int64_t)query->limit + 1 : -1);
        r = read_page(c, st, query->limit, ret);
    }
    if (r == 0 && query->region)
        r = sqlite_read_revision(c, query->region, &ret->revision, NULL);
    reader_give_back(self, c);
    return r;
}

static int sqlite_regions(void *self, struct store_page *ret)
{
    struct conn *c;
    int r = reader_take(self, &c);

    if (r < 0)
        return r;
    r = sqlite_read_regions(c, ret);
    reader_give_back(self, c);
    if (r == 0 && ret->count && ret->items[0].id[0] == 0) { /* "" comes first */
        store_item_done(&ret->items[0]);
        memmove(ret->items, ret->items + 1, --ret->count * sizeof(*ret->items));
    }
    return r;
}

static int sqlite_revision(void *self, const char *region, uint64_t *ret)
{
    struct conn *c;
    int r = reader_take(self, &c);

    if (r < 0)
        return r;
    r = sqlite_read_revision(c, region, ret, NULL);
    reader_give_back(self, c);
    return r;
}

/* Whole commits: goes on past limit until the revision changes. */
static int read_log(struct conn *c, sqlite3_stmt *st, size_t limit, struct store_log *ret)
{
    int code, r = 0;

    while (r == 0 && (code = sqlite3_step(st)) != SQLITE_DONE) {
        if (code != SQLITE_ROW) {
            r = conn_errno(c, code);
        } else if (limit && ret->count >= limit &&
                   (uint64_t)sqlite3_column_int64(st, 4) != ret->items[ret->count - 1].revision) {
            ret->more = true;
            break;
        } else {
            r = add_row(c, st, &ret->items, &ret->count);
        }
    }
    sqlite3_reset(st);
    return r;
}

static int sqlite_log(void *self, const char *region, uint64_t revision, size_t limit,
                      struct store_log *ret)
{
    uint64_t now, forgotten;
    struct conn *c;
    sqlite3_stmt *st;
    int r = reader_take(self, &c);

    if (r < 0)
        return r;
    r = conn_run(c, conn_statement(c, SQL_BEGIN, NULL));
    if (r == 0)
        r = sqlite_read_revision(c, region, &now, &forgotten);
    if (r == 0 && (revision > now || revision < forgotten))
        r = -ESTALE;
    if (r == 0 && revision < now) {
        st = conn_statement(c, SQL_LOG_READ, NULL);
        sqlite3_bind_text(st, 1, region, -1, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, (int64_t)revision);
        r = read_log(c, st, limit, ret);
    }
    reader_give_back(self, c);
    return r;
}

static void sqlite_close(void *self)
{
    struct sqlite_store *s = self;

    sqlite_watch_end(s);
    while (s->idle_count) {
        struct conn *c = s->idle[--s->idle_count];

        conn_close(c);
        free(c);
    }
    conn_close(&s->writer);
    pthread_mutex_destroy(&s->pool_lock);
    pthread_mutex_destroy(&s->write_lock);
    free(s->path);
    free(s);
}

static const struct store_backend sqlite_backend = {
    .close = sqlite_close,
    .get = sqlite_get,
    .list = sqlite_list,
    .regions = sqlite_regions,
    .log = sqlite_log,
    .revision = sqlite_revision,
    .commit = sqlite_commit,
    .watch = sqlite_watch,
    .verify = sqlite_verify,
    .forget = sqlite_forget,
    .backup = sqlite_backup,
};

int store_open_sqlite(const char *path, bool create, struct store **ret)
{
    struct sqlite_store *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return -ENOMEM;
    s->in_memory = strcmp(path, ":memory:") == 0;
    pthread_mutex_init(&s->write_lock, NULL);
    pthread_mutex_init(&s->pool_lock, NULL);
    sqlite_watch_init(s);
    s->path = strdup(path);
    r = s->path ? sqlite_open_file(path, create, &s->writer) : -ENOMEM;
    if (r < 0) {
        sqlite_close(s);
        return r;
    }
    return store_new(&sqlite_backend, s, ret);
}
