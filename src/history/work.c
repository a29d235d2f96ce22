#include "history_internal.h"

#include <math.h>
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

/* Rows to be written, of the slot first and those after it. */
struct rows {
    const float *values; /* a row has as many as the kind has series */
    uint64_t first;
    size_t count;
};

/* Anything but 0 and unknown in these series. */
static bool has_any(const struct history_kind *kind, uint64_t which, const struct rows *rows)
{
    for (size_t i = 0; i < rows->count * kind->count; i++) {
        if (which >> i % kind->count & 1 && !isnan(rows->values[i]) && rows->values[i] != 0)
            return true;
    }
    return false;
}

static int make_file(struct history *h, const struct history_kind *kind, enum history_keep keep,
                     const char *path, uint64_t has, uint64_t first, unsigned *files)
{
    if (!*files)
        return -EAGAIN;
    --*files;
    if (!has_room(h, h->reserve + rrd_file_bytes(has, keep)))
        return -ENOSPC;
    return rrd_file_create(path, kind, has, keep, first * HISTORY_STEP_S);
}

/* The file of these series, looked at or made, so that the rows can be written. -ENOENT: there is
 * none, and none is needed yet. */
static int find_file(struct history *h, struct object *o, enum history_keep keep, const char *path,
                     uint64_t which, const struct rows *rows, unsigned *files)
{
    const struct history_kind *kind = o->slots.kind;
    struct file_facts *facts = &o->facts[keep];
    int r;

    if (facts->has)
        return 0;
    r = rrd_file_look(path, kind, facts);
    if (r == -EBADMSG) {
        rrd_file_set_aside(path);
        r = -ENOENT;
    }
    if (r != -ENOENT || (keep == HISTORY_DROPS && !has_any(kind, which, rows)))
        return r;
    r = make_file(h, kind, keep, path, which, rows->first, files);
    return r < 0 ? r : rrd_file_look(path, kind, facts);
}

/* The slot up to which the slow file is written: what it has of an interval that is not over yet
 * could not be read from it. */
static uint64_t whole_slots(const struct history *h, const struct rows *rows)
{
    uint64_t end = rows->first + rows->count;

    return h->closing ? end : end / COARSE_SLOTS * COARSE_SLOTS;
}

static int write_file(struct history *h, struct object *o, enum history_keep keep,
                      const struct rows *rows, unsigned *files)
{
    const struct history_kind *kind = o->slots.kind;
    uint64_t which = rrd_file_kept(kind, keep), end = rows->first + rows->count;
    char path[PATH_MAX];
    int r;

    if (keep == HISTORY_SLOW)
        end = whole_slots(h, rows);
    if (keep != HISTORY_FINE)
        which &= ~o->facts[HISTORY_FINE].has; /* a file of before has them */
    if (!which || end <= rows->first)
        return 0;
    r = rrd_file_path(h->dir, o->key, keep, path);
    if (r == 0)
        r = find_file(h, o, keep, path, which, rows, files);
    if (r < 0)
        return r == -ENOENT && keep == HISTORY_DROPS ? 0 : r;
    return rrd_file_write(path, kind, &o->facts[keep], rows->first, rows->values,
                          (size_t)(end - rows->first),
                          keep == HISTORY_SLOW && !h->closing ? end * HISTORY_STEP_S : 0);
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

static void note_written(struct history *h, struct object *o, uint64_t end, size_t samples)
{
    pthread_mutex_lock(&h->lock);
    slots_forget(&o->slots, end);
    h->facts.samples += samples;
    h->facts.writes++;
    pthread_mutex_unlock(&h->lock);
}

/* The slot after the last with a value: the file ends there. */
static uint64_t end_of(const struct rows *rows, size_t n)
{
    size_t count = rows->count;

    while (count > 0 && slots_is_empty(rows->values + (count - 1) * n, n))
        count--;
    return rows->first + count;
}

static int write_files(struct history *h, struct object *o, const struct rows *rows,
                       unsigned *files)
{
    const struct history_kind *kind = o->slots.kind;
    uint64_t end = end_of(rows, kind->count), had = MAX(o->written, rows->first);
    int r = has_room(h, WRITE_RESERVE) ? 0 : -ENOSPC;

    for (unsigned keep = 0; r == 0 && keep < HISTORY_KEEPS; keep++)
        r = write_file(h, o, keep, rows, files);
    if (r < 0) {
        memset(o->facts, 0, sizeof(o->facts)); /* it may be another file, or none: look again */
        return r;
    }
    o->written = MAX(had, end);
    if (rrd_file_kept(kind, HISTORY_SLOW) & ~o->facts[HISTORY_FINE].has)
        end = MIN(end, whole_slots(h, rows));
    note_written(h, o, end, (size_t)(o->written - had));
    return 0;
}

int object_write(struct history *h, struct object *o, unsigned *files)
{
    struct rows rows = {0};
    float *values;
    int r;

    rows.count = copy_tail(h, o, &rows.first, &values);
    rows.values = values;
    r = values ? 0 : -ENOMEM;
    if (r == 0 && rows.count)
        r = write_files(h, o, &rows, files);
    free(values);
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
