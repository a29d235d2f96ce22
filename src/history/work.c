#include "history_internal.h"

#include <stdlib.h>
#include <sys/statvfs.h>

/* Writing what is due. */

#define RETRY_SLOTS   6
#define COMPLAIN_US   (600 * UINT64_C(1000000))
#define WRITE_RESERVE (UINT64_C(16) << 20) /* file systems that copy on write need room for it */

static bool has_room(const struct history *h, uint64_t bytes)
{
    struct statvfs st;

    return statvfs(h->dir, &st) < 0 || (uint64_t)st.f_bavail * st.f_frsize >= bytes;
}

/* ---- one key ---- */

/* Its file, looked at or made, so that first can be written. */
static int find_file(struct history *h, struct object *o, const char *path, uint64_t first,
                     unsigned *files)
{
    const struct history_kind *kind = o->slots.kind;
    int r;

    if (o->facts.has)
        return 0;
    r = rrd_file_look(path, kind, &o->facts);
    if (r == -EBADMSG) {
        rrd_file_set_aside(path);
        r = -ENOENT;
    }
    if (r != -ENOENT)
        return r;
    if (!*files)
        return -EAGAIN;
    --*files;
    if (!has_room(h, h->reserve + rrd_file_bytes(kind)))
        return -ENOSPC;
    r = rrd_file_create(path, kind, first * HISTORY_STEP_S);
    return r < 0 ? r : rrd_file_look(path, kind, &o->facts);
}

/* A copy of the tail from its first value on; how many rows. NULL rows: out of memory. */
static size_t copy_tail(struct history *h, struct object *o, uint64_t *ret_first, float **ret_rows)
{
    size_t n = o->slots.kind->count, count = 0;
    uint64_t slot;
    float *rows;

    pthread_mutex_lock(&h->lock);
    slot = o->slots.first;
    while (slot < o->slots.sealed && slots_is_empty(slots_sealed(&o->slots, slot), n))
        slot++;
    slots_forget(&o->slots, slot);
    rows = malloc(MAX((o->slots.sealed - slot) * n, 1) * sizeof(*rows));
    for (*ret_first = slot; rows && slot < o->slots.sealed; slot++, count++)
        memcpy(rows + count * n, slots_sealed(&o->slots, slot), n * sizeof(*rows));
    pthread_mutex_unlock(&h->lock);
    *ret_rows = rows;
    return count;
}

static void note_written(struct history *h, struct object *o, uint64_t end, size_t count)
{
    o->facts.end_s = MAX(o->facts.end_s, end * HISTORY_STEP_S);
    pthread_mutex_lock(&h->lock);
    slots_forget(&o->slots, end);
    h->facts.samples += count;
    h->facts.writes++;
    pthread_mutex_unlock(&h->lock);
}

/* The slot after the last with a value: the file ends there. */
static uint64_t end_of(const float *rows, size_t count, size_t n, uint64_t first)
{
    while (count > 0 && slots_is_empty(rows + (count - 1) * n, n))
        count--;
    return first + count;
}

int object_write(struct history *h, struct object *o, unsigned *files)
{
    const struct history_kind *kind = o->slots.kind;
    char path[PATH_MAX];
    float *rows;
    uint64_t first;
    size_t count = copy_tail(h, o, &first, &rows);
    int r = rows ? rrd_file_path(h->dir, o->key, path) : -ENOMEM;

    if (r == 0 && count) {
        r = find_file(h, o, path, first, files);
        if (r == 0 && !has_room(h, WRITE_RESERVE))
            r = -ENOSPC;
        if (r == 0)
            r = rrd_file_write(path, kind, &o->facts, first, rows, count);
        if (r == 0)
            note_written(h, o, end_of(rows, count, kind->count, first), count);
        else
            o->facts.has = 0; /* it may be another file, or none: look again */
    }
    free(rows);
    return r;
}

/* ---- all that are due ---- */

#define BATCH 16

/* References to those of a bucket that are due. */
static size_t take_due(struct history *h, struct list *bucket, uint64_t slot,
                       struct object *ret[BATCH])
{
    size_t count = 0;

    pthread_mutex_lock(&h->lock);
    list_for_each (o, bucket, struct object, bucket) {
        slots_seal(&o->slots, slot);
        h->facts.lost += o->slots.lost;
        o->slots.lost = 0;
        if (o->due < slot && count < BATCH) {
            o->refs++;
            ret[count++] = o;
        }
    }
    pthread_mutex_unlock(&h->lock);
    return count;
}

static void complain(struct history *h, const struct object *o, int r, uint64_t now_us)
{
    if (h->complained_us && now_us - h->complained_us < COMPLAIN_US)
        return;
    h->complained_us = now_us;
    log_warn("the history of %s cannot be written to %s: %s; what is in memory is kept for a while",
             o->key, h->dir, strerror(-r));
}

static void write_due(struct history *h, struct object *o, uint64_t slot, unsigned *files,
                      uint64_t now_us)
{
    pthread_mutex_t *file = &h->files[o->hash % FILE_LOCKS];
    int r;

    pthread_mutex_lock(file);
    r = object_write(h, o, files);
    pthread_mutex_unlock(file);
    if (r < 0 && r != -EAGAIN)
        complain(h, o, r, now_us);
    pthread_mutex_lock(&h->lock);
    while (r == 0 && o->due < slot)
        o->due += h->period;
    if (r < 0 && r != -EAGAIN) {
        o->due = slot + RETRY_SLOTS;
        h->facts.failed++;
    }
    object_unref(o);
    pthread_mutex_unlock(&h->lock);
}

void history_work(struct history *h, uint64_t now_us)
{
    uint64_t now_s = now_us / 1000000;
    uint64_t slot = now_s > SEAL_S ? (now_s - SEAL_S) / HISTORY_STEP_S : 0;
    unsigned files = h->files_a_call;

    for (size_t i = 0; i < BUCKETS; i++) {
        struct object *due[BATCH];
        size_t count;

        if (list_empty(&h->buckets[i])) /* a look without the lock: the next call sees it */
            continue;
        count = take_due(h, &h->buckets[i], slot, due);
        for (size_t k = 0; k < count; k++)
            write_due(h, due[k], slot, &files, now_us);
    }
}
