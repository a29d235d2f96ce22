#include "sqlite_internal.h"

#include <stdlib.h>

/* Commits: a transaction for a group of them, a savepoint for each. What a region is at is read
 * once a group and written once. */

/* A region that the group is about. */
struct moving {
    const char *id; /* of an operation */
    uint64_t revision, forgotten;
    uint64_t commits; /* of the group that moved it */
    bool moves;       /* with the commit under way */
};

struct group {
    struct conn *c;
    struct moving *regions;
    size_t count;
};

static int region_of(struct group *g, const char *id, struct moving **ret)
{
    struct moving made = {.id = id}, *grown;
    int r;

    for (size_t i = 0; i < g->count; i++) {
        if (strcmp(g->regions[i].id, id) == 0) {
            *ret = &g->regions[i];
            return 0;
        }
    }
    r = sqlite_read_revision(g->c, id, &made.revision, &made.forgotten);
    grown = r == 0 ? reallocarray(g->regions, g->count + 1, sizeof(*grown)) : NULL;
    if (!grown)
        return r < 0 ? r : -ENOMEM;
    g->regions = grown;
    g->regions[g->count] = made;
    *ret = &g->regions[g->count++];
    return 0;
}

static int compare(struct group *g, const struct store_op *op)
{
    struct conn *c = g->c;
    struct moving *region;
    sqlite3_stmt *st;
    uint64_t found = STORE_ABSENT;
    int code, r;

    if (op->expect == STORE_ANY)
        return 0;
    if (op->kind == STORE_CHECK_REGION) {
        r = region_of(g, op->key.region, &region);
        return r < 0 ? r : region->revision == op->expect ? 0 : -ECANCELED;
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
static int trim_log(struct conn *c, struct moving *region)
{
    sqlite3_stmt *st;

    if (region->revision - region->forgotten <= STORE_LOG_KEEP)
        return 0;
    region->forgotten =
        MIN(region->revision - STORE_LOG_KEEP, region->forgotten + 2 * region->commits);
    st = conn_statement(c, SQL_LOG_TRIM, NULL);
    sqlite3_bind_text(st, 1, region->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (int64_t)region->forgotten);
    return conn_run(c, st);
}

static int write_region(struct conn *c, struct moving *region, struct store_page *moved)
{
    struct store_item item = {.id = (char *)region->id, .revision = region->revision};
    sqlite3_stmt *st;
    int r = trim_log(c, region);

    if (r < 0)
        return r;
    st = conn_statement(c, SQL_SET_REVISION, NULL);
    sqlite3_bind_text(st, 1, region->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (int64_t)region->revision);
    sqlite3_bind_int64(st, 3, (int64_t)region->forgotten);
    r = conn_run(c, st);
    return r < 0 ? r : store_items_add(&moved->items, &moved->count, &item);
}

static int write_regions(struct group *g, struct store_page *moved)
{
    int r = 0;

    for (size_t i = 0; i < g->count && r == 0; i++) {
        if (g->regions[i].commits)
            r = write_region(g->c, &g->regions[i], moved);
    }
    return r;
}

/* All that a commit does to a region is of one revision, the region's next. */
static int apply(struct group *g, const struct store_op *op)
{
    struct moving *region;
    uint64_t revision;
    bool changed = false;
    int r = region_of(g, op->key.region, &region);

    if (r < 0)
        return r;
    revision = region->revision + !region->moves;
    r = write_item(g->c, op, revision, &changed);
    if (r < 0 || !changed)
        return r;
    region->commits += !region->moves;
    region->revision = revision;
    region->moves = true;
    return add_to_log(g->c, op, revision);
}

static int apply_all(struct group *g, const struct store_commit *commit)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < commit->count; i++) {
        if (store_op_counts(commit->ops, commit->count, i))
            r = apply(g, &commit->ops[i]);
    }
    return r;
}

/* The commit under way has ended. */
static void settle_regions(struct group *g, bool kept)
{
    for (size_t i = 0; i < g->count; i++) {
        struct moving *region = &g->regions[i];

        if (region->moves && !kept) {
            region->revision--;
            region->commits--;
        }
        region->moves = false;
    }
}

/* All or nothing of one commit of a group. */
static int commit_one(struct group *g, const struct store_commit *commit)
{
    struct conn *c = g->c;
    int r = 0, undo;

    for (size_t i = 0; r == 0 && i < commit->count; i++)
        r = compare(g, &commit->ops[i]);
    if (r == 0)
        r = conn_run(c, conn_statement(c, SQL_SAVE, NULL));
    if (r < 0)
        return r;
    r = apply_all(g, commit);
    settle_regions(g, r == 0);
    if (r == 0)
        return conn_run(c, conn_statement(c, SQL_KEEP, NULL));
    /* Some failures have ended the whole transaction already. */
    undo = sqlite3_get_autocommit(c->db) ? 0 : conn_run(c, conn_statement(c, SQL_UNDO, NULL));
    if (undo == 0 && !sqlite3_get_autocommit(c->db))
        undo = conn_run(c, conn_statement(c, SQL_KEEP, NULL));
    if (undo < 0)
        log_error("%s: sqlite: a commit could not be undone", c->path);
    return r;
}

/* Fails if nothing of the group can be kept. */
static int commit_group(struct group *g, struct store_commit *commits, size_t count,
                        struct store_page *moved)
{
    struct conn *c = g->c;
    int r = conn_run(c, conn_statement(c, SQL_BEGIN_WRITE, NULL));

    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (commits[i].result < 0)
            continue; /* refused before it came here */
        commits[i].result = commit_one(g, &commits[i]);
        if (sqlite3_get_autocommit(c->db)) /* the transaction has ended by itself */
            return commits[i].result < 0 ? commits[i].result : -EIO;
    }
    r = write_regions(g, moved);
    return r < 0 ? r : conn_run(c, conn_statement(c, SQL_COMMIT, NULL));
}

void sqlite_commit(void *self, struct store_commit *commits, size_t count,
                   struct store_page *ret_moved)
{
    struct sqlite_store *s = self;
    struct group group = {.c = &s->writer};
    struct conn *c = group.c;
    int r;

    pthread_mutex_lock(&s->write_lock);
    r = commit_group(&group, commits, count, ret_moved);
    /* A failed COMMIT may have rolled back by itself already. */
    if (r < 0 && !sqlite3_get_autocommit(c->db) &&
        conn_run(c, conn_statement(c, SQL_ROLLBACK, NULL)) < 0)
        log_error("%s: sqlite: the rollback failed too", s->path);
    pthread_mutex_unlock(&s->write_lock);
    free(group.regions);
    if (r == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (commits[i].result == 0)
            commits[i].result = r;
    }
    store_page_done(ret_moved);
}
