#include "sqlite_internal.h"

#include <stdlib.h>

/* Commits: a transaction for a group of them. What a region is at is read once a group and written
 * once. A commit that is refused has written nothing yet; one that fails while it writes takes the
 * whole transaction along, and then each gets a transaction of its own. That is rare, and
 * savepoints, which would also do, cost every commit copies of the pages that it writes. */

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

/* The commit under way is complete. */
static void settle_regions(struct group *g)
{
    for (size_t i = 0; i < g->count; i++)
        g->regions[i].moves = false;
}

static int compare_all(struct group *g, const struct store_commit *commit)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < commit->count; i++)
        r = compare(g, &commit->ops[i]);
    return r;
}

/* Fails if nothing of the group can be kept; *ret_whose is then the commit that is to blame, if one
 * is. */
static int write_group(struct group *g, struct store_commit **commits, size_t count,
                       struct store_page *moved, struct store_commit **ret_whose)
{
    int r = 0;

    for (size_t i = 0; i < count; i++) {
        commits[i]->result = compare_all(g, commits[i]);
        if (commits[i]->result < 0)
            continue;
        r = apply_all(g, commits[i]);
        if (r < 0) {
            *ret_whose = commits[i];
            return r;
        }
        settle_regions(g);
    }
    return write_regions(g, moved);
}

/* A transaction that fails has been rolled back, and no region of it is among the moved. */
static int commit_group(struct conn *c, struct store_commit **commits, size_t count,
                        struct store_page *moved, struct store_commit **ret_whose)
{
    struct group g = {.c = c};
    size_t before = moved->count;
    int r = conn_run(c, conn_statement(c, SQL_BEGIN_WRITE, NULL));

    if (r == 0)
        r = write_group(&g, commits, count, moved, ret_whose);
    if (r == 0)
        r = conn_run(c, conn_statement(c, SQL_COMMIT, NULL));
    while (r < 0 && moved->count > before)
        store_item_done(&moved->items[--moved->count]);
    /* What failed may have rolled back by itself already. */
    if (r < 0 && !sqlite3_get_autocommit(c->db) &&
        conn_run(c, conn_statement(c, SQL_ROLLBACK, NULL)) < 0)
        log_error("%s: sqlite: the rollback failed too", c->path);
    free(g.regions);
    return r;
}

static void fail_all(struct store_commit **commits, size_t count, int error)
{
    for (size_t i = 0; i < count; i++) {
        if (commits[i]->result == 0)
            commits[i]->result = error;
    }
}

static void commit_all(struct conn *c, struct store_commit **commits, size_t count,
                       struct store_page *moved)
{
    struct store_commit *whose = NULL;
    int r = commit_group(c, commits, count, moved, &whose);

    for (size_t i = 0; whose && count > 1 && i < count; i++)
        commit_all(c, &commits[i], 1, moved);
    if (r < 0 && (!whose || count == 1))
        fail_all(commits, count, r);
}

void sqlite_commit(void *self, struct store_commit *commits, size_t count,
                   struct store_page *ret_moved)
{
    struct sqlite_store *s = self;
    struct store_commit **good = calloc(count + 1, sizeof(struct store_commit *));
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (!good)
            commits[i].result = -ENOMEM;
        else if (commits[i].result == 0) /* else it was refused before it came here */
            good[n++] = &commits[i];
    }
    pthread_mutex_lock(&s->write_lock);
    if (n)
        commit_all(&s->writer, good, n, ret_moved);
    pthread_mutex_unlock(&s->write_lock);
    free(good);
}
