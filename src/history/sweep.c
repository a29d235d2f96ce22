#include "history_internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is left of keys that are not there any more. */

struct sweep {
    struct history *h;
    bool (*exists)(void *arg, const char *key);
    void *arg;
    uint64_t old_s;
};

static void forget(struct history *h, const char *key)
{
    struct object *o;

    pthread_mutex_lock(&h->lock);
    o = object_find(h, key, object_hash(key));
    if (o) {
        list_remove(&o->bucket);
        object_unref(o);
        h->facts.keys--;
    }
    pthread_mutex_unlock(&h->lock);
}

/* "i-abc.rrd" and what is called like it: one set aside, one whose making was interrupted. */
static void look_at(const struct sweep *s, int folder, const char *region, const char *name)
{
    const char *suffix = strstr(name, FILE_SUFFIX);
    char key[HISTORY_KEY_MAX];
    struct stat st;
    bool half_made;

    if (!suffix || snprintf(key, sizeof(key), "%s/%.*s", region, (int)(suffix - name), name) >=
                       (int)sizeof(key))
        return;
    suffix += strlen(FILE_SUFFIX);
    half_made = *suffix && strcmp(suffix, ".damaged") != 0;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || (uint64_t)st.st_mtime >= s->old_s ||
        (!half_made && s->exists(s->arg, key)))
        return;
    if (!half_made)
        forget(s->h, key);
    if (unlinkat(folder, name, 0) == 0)
        log_debug("the history of %s is removed", key);
}

static void sweep_region(const struct sweep *s, const char *region)
{
    char path[PATH_MAX + 256];
    const struct dirent *entry;
    DIR *dir;

    snprintf(path, sizeof(path), "%s/%s", s->h->dir, region);
    dir = opendir(path);
    if (!dir)
        return;
    while ((entry = readdir(dir)))
        look_at(s, dirfd(dir), region, entry->d_name);
    closedir(dir);
    (void)rmdir(path); /* it works when nothing is left in it */
}

/* The key of one of a bucket. */
static bool take_key(struct history *h, struct list *bucket, size_t skip, char *key)
{
    bool found = false;

    pthread_mutex_lock(&h->lock);
    list_for_each (o, bucket, struct object, bucket) {
        if (skip-- == 0) {
            (void)text_copy(key, HISTORY_KEY_MAX, o->key);
            found = true;
            break;
        }
    }
    pthread_mutex_unlock(&h->lock);
    return found;
}

/* Keys without a file, too. */
static void sweep_memory(const struct sweep *s)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        char key[HISTORY_KEY_MAX];
        size_t skip = 0;

        while (take_key(s->h, &s->h->buckets[i], skip, key)) {
            if (s->exists(s->arg, key))
                skip++;
            else
                forget(s->h, key);
        }
    }
}

void history_sweep(struct history *h, bool (*exists)(void *arg, const char *key), void *arg,
                   uint64_t old_s)
{
    const struct sweep s = {.h = h, .exists = exists, .arg = arg, .old_s = old_s};
    const struct dirent *entry;
    DIR *dir = opendir(h->dir);

    while (dir && (entry = readdir(dir))) {
        if (*entry->d_name != '.')
            sweep_region(&s, entry->d_name);
    }
    if (dir)
        closedir(dir);
    sweep_memory(&s);
}
