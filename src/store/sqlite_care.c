#include "sqlite_internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Looking for damage, and copies: each on a connection of its own, in one view, while others read
 * and write. */

/* Most findings in the log; the first says enough. */
#define FINDINGS_MAX 10

int sqlite_check(struct conn *c, const char *pragma)
{
    sqlite3_stmt *st = NULL;
    char text[48];
    int code, r;

    snprintf(text, sizeof(text), "PRAGMA %s(%d)", pragma, FINDINGS_MAX);
    code = sqlite3_prepare_v2(c->db, text, -1, &st, NULL);
    r = conn_errno(c, code);
    while (code == SQLITE_OK && (code = sqlite3_step(st)) == SQLITE_ROW) {
        const char *finding = (const char *)sqlite3_column_text(st, 0);

        if (finding && strcmp(finding, "ok") != 0) {
            log_error("%s is damaged: %s", c->path, finding);
            r = -EBADMSG;
        }
        code = SQLITE_OK;
    }
    if (r == 0)
        r = conn_errno(c, code);
    sqlite3_finalize(st);
    return r;
}

/* What SQLite's own check does not see. Each answers (what is wrong, with what). */
static const char *const searches[] = {
    "SELECT 'other bytes than were written', collection || ' ' || id || ' in region ' || region"
    " FROM items WHERE sum <> item_sum(collection, region, id, value, revision)",
    "SELECT 'other bytes than were written, in the log', collection || ' ' || id || ' in region '"
    " || region FROM log WHERE sum <> item_sum(collection, region, id, value, revision)",
    "SELECT 'an item newer than its region', collection || ' ' || id || ' in region ' || region"
    " FROM items i WHERE NOT EXISTS (SELECT 1 FROM revisions r WHERE r.region = i.region"
    " AND r.revision >= i.revision)",
};

static int search(struct conn *c, const char *text)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(c->db, text, -1, &st, NULL), r = 0;

    for (size_t i = 0; code == SQLITE_OK && i < FINDINGS_MAX; i++) {
        code = sqlite3_step(st);
        if (code != SQLITE_ROW)
            break;
        log_error("%s is damaged: %s: %s", c->path, (const char *)sqlite3_column_text(st, 0),
                  (const char *)sqlite3_column_text(st, 1));
        r = -EBADMSG;
        code = SQLITE_OK;
    }
    if (r == 0)
        r = conn_errno(c, code);
    sqlite3_finalize(st);
    return r;
}

static int verify(struct conn *c)
{
    int r = sqlite_check(c, "integrity_check");

    for (size_t i = 0; i < ARRAY_SIZE(searches); i++) {
        int found = search(c, searches[i]);

        r = r < 0 ? r : found;
    }
    return r;
}

/* The backup and the check have a connection of their own; of a store in memory there is only one.
 */
static int with_connection(struct sqlite_store *s, int (*act)(struct conn *c, const char *arg),
                           const char *arg)
{
    struct conn own = {0};
    int r;

    if (s->in_memory) {
        pthread_mutex_lock(&s->write_lock);
        r = act(&s->writer, arg);
        pthread_mutex_unlock(&s->write_lock);
        return r;
    }
    r = conn_open(s->path, &own);
    if (r == 0)
        r = act(&own, arg);
    conn_close(&own);
    return r;
}

static int verify_act(struct conn *c, const char *arg)
{
    (void)arg;
    return verify(c);
}

int sqlite_verify(void *self)
{
    return with_connection(self, verify_act, NULL);
}

/* ---- forgetting ---- */

static int forget_log(struct conn *c)
{
    int r = conn_exec(c, "BEGIN IMMEDIATE");

    if (r == 0)
        r = conn_exec(c, "DELETE FROM log; UPDATE revisions SET forgotten = revision");
    if (r == 0)
        return conn_exec(c, "COMMIT");
    if (!sqlite3_get_autocommit(c->db) && conn_exec(c, "ROLLBACK") < 0)
        log_error("%s: sqlite: the rollback failed too", c->path);
    return r;
}

/* secure_delete puts zeros where a value was, in the tables; but the write-ahead log has pages of
 * before until all of it is in the file and it begins anew. Of a database in memory there is none.
 */
int sqlite_forget(void *self)
{
    struct sqlite_store *s = self;
    int64_t busy = 0;
    int r;

    pthread_mutex_lock(&s->write_lock);
    r = forget_log(&s->writer);
    if (r == 0)
        r = conn_number(&s->writer, "PRAGMA wal_checkpoint(TRUNCATE)", &busy);
    pthread_mutex_unlock(&s->write_lock);
    return r < 0 ? r : busy ? -EBUSY : 0;
}

/* ---- copies ---- */

static int copy_into(struct conn *c, const char *path)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(c->db, "VACUUM INTO ?1", -1, &st, NULL);

    if (code == SQLITE_OK) {
        sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
        code = sqlite3_step(st);
    }
    code = conn_errno(c, code);
    sqlite3_finalize(st);
    return code;
}

/* A log of another file must not lie beside the copy either: SQLite would believe it. */
static int refuse_existing(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-journal"};

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        char name[PATH_MAX];
        struct stat st;

        if (snprintf(name, sizeof(name), "%s%s", path, ends[i]) >= (int)sizeof(name))
            return -ENAMETOOLONG;
        if (lstat(name, &st) == 0)
            return -EEXIST;
        if (errno != ENOENT)
            return -errno;
    }
    return 0;
}

/* An empty file to copy into, locked against others who would do the same. One that a killed
 * program left is taken over. */
static int take_sibling(const char *tmp, int *ret)
{
    struct stat mine, named;
    int fd, r = 0;

    /* A second name of a finished backup, killed before it lost the first one: not to be touched.
     */
    if (lstat(tmp, &named) == 0 && named.st_nlink > 1 && unlink(tmp) < 0)
        return -errno;
    fd = open(tmp, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        r = errno == EWOULDBLOCK ? -EBUSY : -errno;
    else if (fstat(fd, &mine) < 0 || stat(tmp, &named) < 0 || mine.st_ino != named.st_ino)
        r = -EBUSY; /* another backup has just ended and taken the file along */
    else if (fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0)
        r = -errno;
    if (r < 0)
        close(fd);
    else
        *ret = fd;
    return r;
}

int sqlite_backup(void *self, const char *path)
{
    char tmp[PATH_MAX];
    int fd = -1, r = refuse_existing(path);

    if (r < 0)
        return r;
    if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
        return -ENAMETOOLONG;
    r = take_sibling(tmp, &fd);
    if (r < 0)
        return r;
    r = with_connection(self, copy_into, tmp);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    if (r == 0 && link(tmp, path) < 0) /* unlike a rename this replaces nothing */
        r = -errno;
    if (unlink(tmp) < 0 && errno != ENOENT)
        log_warn("%s could not be removed: %s", tmp, strerror(errno));
    close(fd);
    return r < 0 ? r : file_sync_folder_of(path);
}
