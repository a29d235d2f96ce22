#include "sqlite_internal.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opening a file: made, or looked through before anything in it is touched, and brought to the
 * newest version. */

/* Entry n brings a file from version n to n + 1. Only ever append. */
static const char *const migrations[] = {
    "CREATE TABLE items (collection TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,"
    " value TEXT NOT NULL, revision INTEGER NOT NULL,"
    " PRIMARY KEY (collection, region, id)) WITHOUT ROWID;"
    "CREATE TABLE revisions (region TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL)"
    " WITHOUT ROWID;",

    /* Until here one revision counted for the whole store, and a region's was that of its last
     * change: it only has to grow from there. The row named x'01' was the whole store's. The log
     * begins behind what is there; its rowids go up. Both tables have rowids, unlike those before:
     * in a table without, what is longer than a quarter of a page takes a page of its own. */
    "CREATE TABLE items_2 (region TEXT NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL,"
    " value TEXT NOT NULL, revision INTEGER NOT NULL, sum INTEGER NOT NULL,"
    " UNIQUE (region, collection, id));"
    "INSERT INTO items_2 SELECT region, collection, id, value, revision,"
    " item_sum(collection, region, id, value, revision) FROM items;"
    "DROP TABLE items;"
    "ALTER TABLE items_2 RENAME TO items;"
    "DELETE FROM revisions WHERE region = char(1);"
    "ALTER TABLE revisions ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;"
    "UPDATE revisions SET forgotten = revision;"
    "CREATE TABLE log (region TEXT NOT NULL, revision INTEGER NOT NULL, collection TEXT NOT NULL,"
    " id TEXT NOT NULL, value TEXT, sum INTEGER NOT NULL);"
    "CREATE INDEX log_revisions ON log (region, revision);",
};

/* What a file of version n can answer; one that cannot is somebody else's, whatever its number. */
static const char *const probes[] = {
    "SELECT 0",
    "SELECT i.collection, i.region, i.id, i.value, i.revision, r.region, r.revision"
    " FROM items i, revisions r LIMIT 0",
    "SELECT i.collection, i.region, i.id, i.value, i.revision, i.sum, r.region, r.revision,"
    " r.forgotten, l.region, l.revision, l.rowid, l.collection, l.id, l.value, l.sum"
    " FROM items i, revisions r, log l LIMIT 0",
};
static_assert(ARRAY_SIZE(probes) == ARRAY_SIZE(migrations) + 1, "a probe for each version");

/* The smallest page. SQLite would take a file of one byte for an empty one. */
#define SIZE_MIN 512

static int read_version(struct conn *c, size_t *ret)
{
    int64_t version = 0;
    int r = conn_number(c, "PRAGMA user_version", &version);

    if (r < 0)
        return r;
    if (version < 0 || version > (int64_t)ARRAY_SIZE(migrations)) {
        log_error("%s has version %lld, this program knows %zu", c->path, (long long)version,
                  ARRAY_SIZE(migrations));
        return -EPROTO;
    }
    *ret = (size_t)version;
    return 0;
}

static int examine_view(struct conn *c, bool *ret_empty)
{
    size_t version;
    int64_t tables = 0;
    int r = read_version(c, &version);

    if (r == 0)
        r = sqlite_check(c, "quick_check");
    if (r == 0)
        r = conn_number(c, "SELECT count(*) FROM sqlite_schema", &tables);
    if (r == 0 && ((version == 0) != (tables == 0) || conn_exec(c, probes[version]) < 0)) {
        log_error("%s is a database, but not one of this program's", c->path);
        r = -EBADMSG;
    }
    if (r == 0)
        *ret_empty = tables == 0;
    return r;
}

/* Changes nothing. *ret_empty: no table is in it yet. In one view: another program may be making
 * the tables just now. */
static int examine(struct conn *c, bool *ret_empty)
{
    int r = conn_exec(c, "BEGIN"), end;

    if (r < 0)
        return r;
    r = examine_view(c, ret_empty);
    end = sqlite3_get_autocommit(c->db) ? 0 : conn_exec(c, "ROLLBACK");
    return r < 0 ? r : end;
}

static int migrate_from(struct conn *c, size_t version)
{
    int r = 0;

    if (version > 0 && version < ARRAY_SIZE(migrations))
        log_info("%s is brought from version %zu to %zu", c->path, version, ARRAY_SIZE(migrations));
    for (; r == 0 && version < ARRAY_SIZE(migrations); version++) {
        char set[48];

        r = conn_exec(c, migrations[version]);
        snprintf(set, sizeof(set), "PRAGMA user_version = %zu", version + 1);
        if (r == 0)
            r = conn_exec(c, set);
    }
    return r;
}

static int migrate(struct conn *c)
{
    size_t version = 0;
    int r = conn_exec(c, "BEGIN EXCLUSIVE");

    if (r == 0)
        r = read_version(c, &version); /* somebody else may have been quicker */
    if (r == 0)
        r = migrate_from(c, version);
    if (r == 0)
        return conn_exec(c, "COMMIT");
    if (!sqlite3_get_autocommit(c->db) && conn_exec(c, "ROLLBACK") < 0)
        log_error("%s: sqlite: the rollback failed too", c->path);
    return r;
}

/* SQLite throws the log away when it makes a new file, but there may be commits in it. */
static int refuse_orphan(const char *path)
{
    char log[PATH_MAX];
    struct stat st;

    if (snprintf(log, sizeof(log), "%s-wal", path) >= (int)sizeof(log))
        return -ENAMETOOLONG;
    if (stat(log, &st) < 0 || st.st_size == 0)
        return 0;
    if (stat(path, &st) == 0 && st.st_size > 0)
        return 0; /* somebody else is making it: first the file, then the log */
    log_error("%s is missing or empty, but %s is there: restore the file, or move that away", path,
              log);
    return -EBADMSG;
}

/* SQLite gives its journals the mode of the main file; so make that one first, durably. A file that
 * is there is not opened: closing it would end the locks that another store in this process has. */
static int make_file(const char *path, bool create)
{
    struct stat st;
    int fd, r;

    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode))
            return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
        if (st.st_size > 0 && st.st_size < SIZE_MIN) {
            log_error("%s is no database: it has only %lld bytes", path, (long long)st.st_size);
            return -EBADMSG;
        }
        if (st.st_size > 0)
            return 0;
    } else if (errno != ENOENT) {
        return -errno;
    }
    if (!create)
        return -ENOENT;
    r = refuse_orphan(path);
    if (r < 0)
        return r;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : -errno;
    close(fd);
    return file_sync_folder_of(path);
}

int sqlite_open_file(const char *path, bool create, struct conn *ret)
{
    bool in_memory = strcmp(path, ":memory:") == 0, empty = false;
    int r = in_memory ? 0 : make_file(path, create);

    *ret = (struct conn){0};
    if (r < 0)
        return r;
    r = conn_open(path, ret);
    if (r < 0)
        return r;
    /* Closing a file that turns out to be damaged must not move its log into it. */
    sqlite3_db_config(ret->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    r = examine(ret, &empty);
    if (r == 0 && empty && !create)
        r = -ENOENT;
    if (r < 0)
        return r;
    sqlite3_db_config(ret->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    r = conn_exec(ret, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    if (r == 0)
        r = migrate(ret);
    return r < 0 ? r : conn_prepare(ret);
}
