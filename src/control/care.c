#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control_internal.h"
#include "sealed_internal.h"

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

/* Without one there are no keys in it, which is no error here. */
static int load_ring(const char *state_dir, struct seal_ring *ret)
{
    char path[PATH_MAX];
    int r = seal_ring_path(state_dir, path, sizeof(path));

    if (r == 0)
        r = seal_ring_load(path, ret);
    if (r == -ENOENT)
        ret->count = 0;
    return r == -ENOENT ? 0 : r;
}

static bool same_keys(const struct seal_ring *a, const struct seal_ring *b)
{
    for (size_t i = 0; a->count == b->count && i < a->count; i++) {
        if (strcmp(a->keys[i].id, b->keys[i].id) != 0)
            return false;
    }
    return a->count == b->count;
}

/* As long as seal.key stays as it is, what is copied opens with it, even amid a reseal: that takes
 * keys away at its end only. */
static int copy_of(const char *state_dir, struct store *store, const char *path)
{
    struct seal_ring before = {.count = 0}, after = {.count = 0};
    int r = load_ring(state_dir, &before);

    if (r == 0) {
        r = store_backup(store, path);
        if (r < 0)
            (void)complain(path, r);
    }
    if (r == 0) {
        r = load_ring(state_dir, &after);
        if (r == 0 && !same_keys(&before, &after)) {
            log_error("seal.key was given another key while the database was copied: do it again");
            (void)unlink(path);
            r = -EAGAIN;
        }
    }
    seal_ring_wipe(&before);
    seal_ring_wipe(&after);
    return r;
}

int control_backup(const char *state_dir, const char *path)
{
    char from[PATH_MAX];
    struct store *store;
    int r = path_of(state_dir, DATABASE, from);

    if (r == 0)
        r = store_open_sqlite(from, false, &store);
    if (r < 0)
        return complain(from, r);
    r = copy_of(state_dir, store, path);
    store_close(store);
    return r;
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

/* 1: not all of it opens with these keys. */
static int look_through(const char *path, const struct seal_ring *ring)
{
    struct sealed_report report = {0};
    struct store *store;
    int r = store_open_sqlite(path, false, &store);

    if (r < 0)
        return r;
    r = store_verify(store);
    if (r == 0)
        r = sealed_check(store, ring, &report);
    store_close(store);
    if (r < 0)
        return r;
    sealed_tell(&report);
    return report.unopened ? 1 : 0;
}

/* seal.key, with the keys of another file behind its own. *ret_more: there are such. */
static int gather_keys(const char *state_dir, const char *file, struct seal_ring *ret,
                       bool *ret_more)
{
    struct seal_ring more = {.count = 0};
    size_t own;
    int r = load_ring(state_dir, ret);

    own = ret->count;
    if (r == 0 && file) {
        r = seal_ring_load(file, &more);
        if (r == -ENOENT)
            log_error("%s: %s", file, strerror(-r));
    }
    for (size_t i = 0; r == 0 && i < more.count; i++)
        r = seal_ring_follow(ret, &more.keys[i]);
    if (r == -ENOSPC)
        log_error("seal.key can have %d keys at most", SEAL_KEYS_MAX);
    *ret_more = ret->count > own;
    seal_ring_wipe(&more);
    return r;
}

static int save_ring(const char *state_dir, const struct seal_ring *ring)
{
    char path[PATH_MAX];
    int r = seal_ring_path(state_dir, path, sizeof(path));

    return r < 0 ? r : seal_ring_save(path, ring);
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

static int replace(const char *path, const char *made)
{
    int r = set_aside(path);

    if (r == 0 && rename(made, path) < 0)
        r = -errno;
    return r < 0 ? r : file_sync_folder_of(path);
}

static int restore(const char *state_dir, const char *path, const struct seal_ring *ring,
                   bool save_keys)
{
    char to[PATH_MAX], made[PATH_MAX];
    int r = path_of(state_dir, DATABASE, to), opens;

    if (r == 0)
        r = path_of(state_dir, DATABASE ".restoring", made);
    if (r < 0)
        return r;
    r = copy(path, made);
    opens = r == 0 ? look_through(made, ring) : r;
    if (opens < 0) {
        (void)unlink(made);
        return complain(path, opens);
    }
    if (save_keys)
        r = save_ring(state_dir, ring);
    if (r == 0)
        r = replace(to, made);
    return r < 0 ? complain(to, r) : opens;
}

int control_restore(const char *state_dir, const char *path, const char *seal_key)
{
    struct seal_ring ring = {.count = 0};
    bool more = false;
    int r = gather_keys(state_dir, seal_key, &ring, &more);

    if (r == 0)
        r = restore(state_dir, path, &ring, more);
    seal_ring_wipe(&ring);
    return r;
}

/* ---- another key ---- */

int control_reseal(const char *state_dir, const struct control_reseal *options,
                   struct control_resealed *ret)
{
    char path[PATH_MAX];
    struct store *store;
    int r = path_of(state_dir, DATABASE, path);

    if (r == 0)
        r = store_open_sqlite(path, false, &store);
    if (r < 0)
        return complain(path, r);
    r = reseal_run(store, state_dir, options, NULL, NULL, ret);
    store_close(store);
    if (r < 0)
        log_error("not everything is sealed anew: %s; nothing is lost, begin again", strerror(-r));
    return r;
}
