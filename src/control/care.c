#include "control_internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The database as a file: opened with care, copied, put back. */

#define DATABASE "ropeway.db"

static int path_of(const char *dir, const char *name, char ret[PATH_MAX])
{
    return snprintf(ret, PATH_MAX, "%s/%s", dir, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static bool has_content(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && st.st_size > 0;
}

static int complain(const char *path, int r)
{
    switch (r) {
    case -EBADMSG:
        log_error("%s is damaged or no database; restore a backup with ropewayd --restore", path);
        break;
    case -EPROTO:
        log_error("%s was written by a newer version", path);
        break;
    case -ENODATA:
        log_error("%s is missing or empty, but there is a seal.key beside it: something was lost. "
                  "Restore a backup with ropewayd --restore, or begin anew with --new",
                  path);
        break;
    default:
        log_error("%s: %s", path, strerror(-r));
    }
    return r;
}

int control_open(const char *state_dir, bool may_begin, struct control **ret)
{
    char path[PATH_MAX], key[PATH_MAX];
    struct store *store;
    int r = path_of(state_dir, DATABASE, path);

    if (r == 0)
        r = path_of(state_dir, "seal.key", key);
    if (r < 0)
        return r;
    r = store_open_sqlite(path, may_begin || !has_content(key), &store);
    if (r == -ENOENT)
        r = -ENODATA;
    return r < 0 ? complain(path, r) : control_new(store, state_dir, ret);
}

/* ---- backup ---- */

int control_backup(const char *state_dir, const char *path)
{
    char from[PATH_MAX];
    struct store *store;
    int r = path_of(state_dir, DATABASE, from);

    if (r == 0)
        r = store_open_sqlite(from, false, &store);
    if (r < 0)
        return complain(from, r);
    r = store_backup(store, path);
    store_close(store);
    return r < 0 ? complain(path, r) : 0;
}

/* ---- restore ---- */

static int copy(const char *from, const char *to)
{
    char buf[1 << 16];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, r = in < 0 ? -errno : 0;
    ssize_t n = 1;

    if (r == 0) {
        out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        r = out < 0 ? -errno : 0;
    }
    while (r == 0 && (n = read(in, buf, sizeof(buf))) > 0) {
        if (write(out, buf, (size_t)n) != n)
            r = errno ? -errno : -EIO;
    }
    if (r == 0 && (n < 0 || fsync(out) < 0))
        r = -errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return r;
}

static int look_through(const char *path)
{
    struct store *store;
    int r = store_open_sqlite(path, false, &store);

    if (r < 0)
        return r;
    r = store_verify(store);
    store_close(store);
    return r;
}

/* Moves what belongs to the database aside; what is not there is no error. */
static int set_aside(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char from[PATH_MAX + 8], to[PATH_MAX + 16];

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        snprintf(from, sizeof(from), "%s%s", path, suffixes[i]);
        snprintf(to, sizeof(to), "%s.before%s", path, suffixes[i]);
        if (rename(from, to) < 0 && errno != ENOENT)
            return -errno;
    }
    return 0;
}

int control_restore(const char *state_dir, const char *path)
{
    char to[PATH_MAX], made[PATH_MAX];
    int r = path_of(state_dir, DATABASE, to);

    if (r == 0)
        r = path_of(state_dir, DATABASE ".restoring", made);
    if (r < 0)
        return r;
    r = copy(path, made);
    if (r == 0)
        r = look_through(made);
    if (r < 0) {
        (void)unlink(made);
        return complain(path, r);
    }
    r = set_aside(to);
    if (r == 0 && rename(made, to) < 0)
        r = -errno;
    if (r == 0)
        r = file_sync_folder_of(to);
    return r < 0 ? complain(to, r) : 0;
}
