#include "sqlite_internal.h"

/* Commits: a transaction for a group of them, a savepoint for each. */

static int compare(struct conn *c, const struct store_op *op)
{
    sqlite3_stmt *st;
    uint64_t found = STORE_ABSENT;
    int code, r;

    if (op->expect == STORE_ANY)
        return 0;
    if (op->kind == STORE_CHECK_REGION) {
        r = sqlite_read_revision(c, op->key.region, &found, NULL);
        return r < 0 ? r : found == op->expect ? 0 : -ECANCELED;
    }
    st = conn_statement(c, SQL_GET, &op->key);
    code = sqlite3_step(st);
    if (code == SQLITE_ROW)
        found = (uint64_t)sqlite3_column_int64(st, 4);
    sqlite3_reset(st);
    r = conn_errno(c, code);
    return r < 0 ? r : found == op->expect ? 0 : -ECANCELED;
}

static void bind_value(sqlite3_stmt *st, const struct store_op *op, uint64_t revision)
{
    struct store_item item = {.collection = (char *)op->key.collection,
                              .region = (char *)op->key.region,
                              .id = (char *)op->key.id,
                              .value = (char *)op->value,
                              .revision = revision};

    sqlite3_bind_text(st, 4, op->value, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 5, (int64_t)revision);
    sqlite3_bind_int64(st, 6, item_sum(&item));
}

static int write_item(struct conn *c, const struct store_op *op, uint64_t revision,
                      bool *ret_changed)
{
    sqlite3_stmt *st = conn_statement(c, op->kind == STORE_PUT ? SQL_PUT : SQL_DELETE, &op->key);
    int r;

    if (op->kind == STORE_PUT)
        bind_value(st, op, revision);
    r = conn_run(c, st);
    if (r == 0)
        *ret_changed = sqlite3_changes(c->db) > 0;
    return r;
}

static int add_to_log(struct conn *c, const struct store_op *op, uint64_t revision)
{
    sqlite3_stmt *st = conn_statement(c, SQL_LOG_ADD, &op->key);

    bind_value(st, op, revision);
    return conn_run(c, st);
}

/* A commit takes at most two old ones out of the log, so that none is much slower than another
 * whatever the log was like before. */
static int trim_log(struct conn *c, const char *region, uint64_t revision, uint64_t *forgotten)
{
    sqlite3_stmt *st;

    if (revision - *forgotten <= STORE_LOG_KEEP)
        return 0;
    *forgotten = MIN(revision - STORE_LOG_KEEP, *forgotten + 2);
    st = conn_statement(c, SQL_LOG_TRIM, NULL);
    sqlite3_bind_text(st, 1, region, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (int64_t)*forgotten);
    return conn_run(c, st);
}

/* The region is at revision now. */
static int move_region(struct conn *c, const char *region, uint64_t revision,
                       struct store_page *moved)
{
    struct store_item item = {.id = (char *)region, .revision = revision};
    uint64_t before, forgotten;
    sqlite3_stmt *st;
    int r = sqlite_read_revision(c, region, &before, &forgotten);

    if (r == 0)
        r = trim_log(c, region, revision, &forgotten);
    if (r < 0)
        return r;
    st = conn_statement(c, SQL_SET_REVISION, NULL);
    sqlite3_bind_text(st, 1, region, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (int64_t)revision);
    sqlite3_bind_int64(st, 3, (int64_t)forgotten);
    r = conn_run(c, st);
    return r < 0 ? r : store_items_add(&moved->items, &moved->count, &item);
}

/* What this commit, whose regions stand in moved from `from` on, makes of the region's revision. */
static int next_revision(struct conn *c, const char *region, const struct store_page *moved,
                         size_t from, uint64_t *ret, bool *ret_is_first)
{
    uint64_t now;
    int r;

    for (size_t i = from; i < moved->count; i++) {
        if (strcmp(moved->items[i].id, region) == 0) {
            *ret = moved->items[i].revision;
            *ret_is_first = false;
            return 0;
        }
    }
    r = sqlite_read_revision(c, region, &now, NULL);
    if (r < 0)
        return r;
    *ret = now + 1;
    *ret_is_first = true;
    return 0;
}

static int apply(struct conn *c, const struct store_op *op, struct store_page *moved, size_t from)
{
    uint64_t revision;
    bool first, changed = false;
    int r = next_revision(c, op->key.region, moved, from, &revision, &first);

    if (r == 0)
        r = write_item(c, op, revision, &changed);
    if (r < 0 || !changed)
        return r;
    r = add_to_log(c, op, revision);
    if (r == 0 && first)
        r = move_region(c, op->key.region, revision, moved);
    return r;
}

static int apply_all(struct conn *c, const struct store_commit *commit, struct store_page *moved)
{
    size_t from = moved->count;
    int r = 0;

    for (size_t i = 0; r == 0 && i < commit->count; i++) {
        if (store_op_counts(commit->ops, commit->count, i))
            r = apply(c, &commit->ops[i], moved, from);
    }
    return r;
}

/* All or nothing of one commit of a group. */
static int commit_one(struct conn *c, const struct store_commit *commit, struct store_page *moved)
{
    size_t from = moved->count;
    int r = 0, undo;

    for (size_t i = 0; r == 0 && i < commit->count; i++)
        r = compare(c, &commit->ops[i]);
    if (r == 0)
        r = conn_run(c, conn_statement(c, SQL_SAVE, NULL));
    if (r < 0)
        return r;
    r = apply_all(c, commit, moved);
    if (r == 0)
        return conn_run(c, conn_statement(c, SQL_KEEP, NULL));
    while (moved->count > from)
        store_item_done(&moved->items[--moved->count]);
    /* Some failures have ended the whole transaction already. */
    undo = sqlite3_get_autocommit(c->db) ? 0 : conn_run(c, conn_statement(c, SQL_UNDO, NULL));
    if (undo == 0 && !sqlite3_get_autocommit(c->db))
        undo = conn_run(c, conn_statement(c, SQL_KEEP, NULL));
    if (undo < 0)
        log_error("%s: sqlite: a commit could not be undone", c->path);
    return r;
}

/* Fails if nothing of the group can be kept. */
static int commit_group(struct conn *c, struct store_commit *commits, size_t count,
                        struct store_page *moved)
{
    int r = conn_run(c, conn_statement(c, SQL_BEGIN_WRITE, NULL));

    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (commits[i].result < 0)
            continue; /* refused before it came here */
        commits[i].result = commit_one(c, &commits[i], moved);
        if (sqlite3_get_autocommit(c->db)) /* the transaction has ended by itself */
            return commits[i].result < 0 ? commits[i].result : -EIO;
    }
    return conn_run(c, conn_statement(c, SQL_COMMIT, NULL));
}

void sqlite_commit(void *self, struct store_commit *commits, size_t count,
                   struct store_page *ret_moved)
{
    struct sqlite_store *s = self;
    struct conn *c = &s->writer;
    int r;

    pthread_mutex_lock(&s->write_lock);
    r = commit_group(c, commits, count, ret_moved);
    /* A failed COMMIT may have rolled back by itself already. */
    if (r < 0 && !sqlite3_get_autocommit(c->db) &&
        conn_run(c, conn_statement(c, SQL_ROLLBACK, NULL)) < 0)
        log_error("%s: sqlite: the rollback failed too", s->path);
    pthread_mutex_unlock(&s->write_lock);
    if (r == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (commits[i].result == 0)
            commits[i].result = r;
    }
    store_page_done(ret_moved);
}
