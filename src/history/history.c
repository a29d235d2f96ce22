#include "history_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The keys in memory come here, and all of them end here. */

/* The writes of keys are spread over the period. */
static uint64_t first_due(const struct history *h, uint64_t hash, uint64_t slot)
{
    uint64_t phase = hash / BUCKETS % h->period, now = slot % h->period;

    return slot + (phase + h->period - now) % h->period;
}

/* Slots of the tail: twice those between two writes, what waits for its five minutes to be over,
 * and those that are open, which a clean stop seals. */
static unsigned room_for(const struct history *h, const struct history_kind *kind)
{
    return 2 * h->period + OPEN_SLOTS + (rrd_file_kept(kind, HISTORY_SLOW) ? COARSE_SLOTS : 0);
}

static struct object *object_new(struct history *h, const struct history_kind *kind,
                                 const char *key, uint64_t hash, uint64_t slot)
{
    char path[PATH_MAX];
    struct object *o;

    if (kind->count > HISTORY_SERIES_MAX || rrd_file_path(h->dir, key, HISTORY_FINE, path) < 0) {
        errno = EINVAL;
        return NULL;
    }
    o = calloc(1, sizeof(*o));
    if (!o || slots_init(&o->slots, kind, room_for(h, kind), slot) < 0) {
        free(o);
        errno = ENOMEM;
        return NULL;
    }
    (void)text_copy(o->key, sizeof(o->key), key);
    o->hash = hash;
    o->refs = 1;
    o->due = first_due(h, hash, slot);
    list_append(&h->buckets[hash % BUCKETS], &o->bucket);
    h->facts.keys++;
    return o;
}

int history_add(struct history *h, const struct history_kind *kind, const char *key,
                uint64_t from_us, uint64_t to_us, const double *rates)
{
    uint64_t hash = object_hash(key);
    struct object *o;
    int r;

    pthread_mutex_lock(&h->lock);
    o = object_find(h, key, hash);
    if (!o)
        o = object_new(h, kind, key, hash, from_us / STEP_US);
    r = o ? 0 : -errno;
    if (r == 0)
        r = o->slots.kind == kind ? slots_add(&o->slots, from_us, to_us, rates) : -EINVAL;
    pthread_mutex_unlock(&h->lock);
    return r;
}

void history_facts(struct history *h, struct history_facts *ret)
{
    pthread_mutex_lock(&h->lock);
    *ret = h->facts;
    pthread_mutex_unlock(&h->lock);
}

/* ---- life ---- */

int history_open(const struct history_config *config, struct history **ret)
{
    struct history *h;
    struct stat st;

    if (stat(config->dir, &st) == 0 && !S_ISDIR(st.st_mode))
        return -ENOTDIR;
    h = calloc(1, sizeof(*h));
    if (!h)
        return -ENOMEM;
    if (text_copy(h->dir, sizeof(h->dir), config->dir) < 0) {
        free(h);
        return -ENAMETOOLONG;
    }
    h->period = MAX((config->write_s ? config->write_s : HISTORY_WRITE_S) / HISTORY_STEP_S, 1);
    h->files_a_call = config->files_a_call ? config->files_a_call : HISTORY_FILES_A_CALL;
    h->files_at_end = config->files_at_end ? config->files_at_end : HISTORY_FILES_AT_END;
    h->reserve = config->reserve;
    h->facts.tail_seconds = h->period * HISTORY_STEP_S + SEAL_S;
    pthread_mutex_init(&h->lock, NULL);
    for (size_t i = 0; i < BUCKETS; i++)
        list_init(&h->buckets[i]);
    for (size_t i = 0; i < FILE_LOCKS; i++)
        pthread_mutex_init(&h->files[i], NULL);
    *ret = h;
    return 0;
}

/* What goes wrong at the end, and with which key first. */
struct rest {
    unsigned files; /* that may still be made */
    size_t lost;
    int error;
    char key[HISTORY_KEY_MAX];
};

static void write_rest(struct history *h, struct object *o, struct rest *rest)
{
    int r;

    slots_seal(&o->slots, o->slots.sealed + OPEN_SLOTS);
    r = object_write(h, o, &rest->files);
    if (r == 0)
        return;
    if (!rest->lost++) {
        rest->error = r;
        (void)text_copy(rest->key, sizeof(rest->key), o->key);
    }
}

void history_close(struct history *h)
{
    struct rest rest = {0};

    if (!h)
        return;
    rest.files = h->files_at_end;
    h->closing = true;
    for (size_t i = 0; i < BUCKETS; i++) {
        list_for_each_safe (o, &h->buckets[i], struct object, bucket) {
            write_rest(h, o, &rest);
            list_remove(&o->bucket);
            object_unref(o);
        }
    }
    if (rest.lost)
        log_warn("the last minutes of the history of %zu resources are lost, for example of %s: %s",
                 rest.lost, rest.key,
                 rest.error == -EAGAIN ? "too many have no file yet" : strerror(-rest.error));
    for (size_t i = 0; i < FILE_LOCKS; i++)
        pthread_mutex_destroy(&h->files[i]);
    pthread_mutex_destroy(&h->lock);
    free(h);
}
