#include <math.h>
#include <stdlib.h>

#include "history_internal.h"

/* What was, from the file, the tail and the open slots, in steps of the asker's. */

struct question {
    const struct history_kind *kind;
    const struct history_query *q;
    const size_t *which;
    size_t count, points;
    double *amounts, *covered; /* [count][points] */
    uint64_t from_s, to_s;     /* what is taken of the rows that are visited now */
};

/* values by series of the kind; they hold from begin_s to end_s. */
static void take(struct question *a, double begin_s, double end_s, const double *values)
{
    const struct history_query *q = a->q;
    double from = MAX(begin_s, (double)q->from_s), to = MIN(end_s, (double)q->to_s);

    while (from < to) {
        size_t bin = (size_t)((from - (double)q->from_s) / q->step_s);
        double end = MIN(to, (double)q->from_s + (double)(bin + 1) * q->step_s);

        for (size_t i = 0; i < a->count && bin < a->points; i++) {
            double value = values[a->which[i]];

            if (isfinite(value)) {
                a->amounts[i * a->points + bin] += value * (end - from);
                a->covered[i * a->points + bin] += end - from;
            }
        }
        from = end;
    }
}

static void take_row(void *arg, uint64_t begin_s, uint64_t seconds, const double *values)
{
    struct question *a = arg;
    uint64_t from = MAX(begin_s, a->from_s), to = MIN(begin_s + seconds, a->to_s);

    if (from < to)
        take(a, (double)from, (double)to, values);
}

/* ---- the file ---- */

static int read_part(struct question *a, const char *path, uint64_t from_s, uint64_t to_s,
                     unsigned step_s)
{
    a->from_s = MAX(from_s, a->q->from_s);
    a->to_s = MIN(to_s, a->q->to_s);
    return rrd_file_read(path, a->kind, a->from_s, a->to_s, step_s, take_row, a);
}

/* Coarse averages where they are finished and good enough, else what they were made of. */
static int read_file(struct question *a, const char *path)
{
    struct file_facts facts;
    int r = rrd_file_look(path, a->kind, &facts);
    uint64_t coarse = facts.end_s / HISTORY_COARSE_S * HISTORY_COARSE_S;

    if (r < 0)
        return r == -ENOENT || r == -EBADMSG ? 0 : r; /* whoever writes sets it aside */
    if (a->q->step_s % HISTORY_COARSE_S != 0)
        return read_part(a, path, 0, facts.end_s, HISTORY_STEP_S);
    r = read_part(a, path, 0, coarse, HISTORY_COARSE_S);
    return r < 0 ? r : read_part(a, path, coarse, facts.end_s, HISTORY_STEP_S);
}

/* ---- memory ---- */

static void take_sealed(struct question *a, const struct slots *s)
{
    double values[HISTORY_SERIES_MAX];

    for (uint64_t slot = s->first; slot < s->sealed; slot++) {
        const float *row = slots_sealed(s, slot);

        for (size_t i = 0; i < a->kind->count; i++)
            values[i] = (double)row[i];
        take(a, (double)(slot * HISTORY_STEP_S), (double)((slot + 1) * HISTORY_STEP_S), values);
    }
}

/* A slot counts for as long as something is known of it; that of a sum, whose parts may be missing
 * yet, when it is sealed. */
static void take_open(struct question *a, const struct slots *s)
{
    double values[HISTORY_SERIES_MAX];

    for (uint64_t slot = s->sealed; slot < s->sealed + OPEN_SLOTS; slot++) {
        const struct cell *c = s->cells + (size_t)(slot % OPEN_SLOTS) * a->kind->count;
        double begin = (double)(slot * HISTORY_STEP_S), most = 0;

        for (size_t i = 0; i < a->kind->count; i++, c++) {
            bool known = c->covered > 0 && !a->kind->series[i].sum;

            values[i] = known ? c->amount / c->covered : NAN;
            most = MAX(most, known ? c->covered : 0);
        }
        take(a, begin, begin + MIN(most, HISTORY_STEP_S), values);
    }
}

/* ---- the whole ---- */

/* Less than half of an interval that is known says nothing about it. */
static void settle(struct question *a)
{
    for (size_t i = 0; i < a->count * a->points; i++) {
        uint64_t begin = a->q->from_s + i % a->points * a->q->step_s;
        double passed = a->q->now_s > begin ? (double)(a->q->now_s - begin) : 0;
        double needed = MIN((double)a->q->step_s, passed) / 2;
        bool known = a->covered[i] > 0 && a->covered[i] >= needed;

        a->amounts[i] = known ? a->amounts[i] / a->covered[i] : NAN;
    }
}

static int collect(struct history *h, struct question *a, const char *key, const char *path)
{
    uint64_t hash = object_hash(key);
    pthread_mutex_t *file = &h->files[hash % FILE_LOCKS];
    const struct object *o;
    int r;

    pthread_mutex_lock(file);
    r = read_file(a, path);
    pthread_mutex_lock(&h->lock);
    o = object_find(h, key, hash);
    if (o && o->slots.kind == a->kind) {
        take_sealed(a, &o->slots);
        take_open(a, &o->slots);
    }
    pthread_mutex_unlock(&h->lock);
    pthread_mutex_unlock(file);
    return r;
}

static bool is_good(const struct history_query *q, const struct history_kind *kind,
                    const size_t *which, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (which[i] >= kind->count)
            return false;
    }
    return q->step_s && q->step_s % HISTORY_STEP_S == 0 && q->from_s < q->to_s &&
           q->from_s % q->step_s == 0 && q->to_s % q->step_s == 0 &&
           kind->count <= HISTORY_SERIES_MAX;
}

int history_query(struct history *h, const struct history_kind *kind, const char *key,
                  const struct history_query *q, const size_t *which, size_t count,
                  struct history_answer *ret)
{
    struct question a = {.kind = kind, .q = q, .which = which, .count = count};
    char path[PATH_MAX];
    int r = is_good(q, kind, which, count) ? rrd_file_path(h->dir, key, path) : -EINVAL;

    if (r < 0)
        return r;
    a.points = (size_t)((q->to_s - q->from_s) / q->step_s);
    a.amounts = calloc(a.points * MAX(count, 1), sizeof(double));
    a.covered = calloc(a.points * MAX(count, 1), sizeof(double));
    r = a.amounts && a.covered ? collect(h, &a, key, path) : -ENOMEM;
    if (r == 0) {
        settle(&a);
        *ret = (struct history_answer){.points = a.points, .values = a.amounts};
        a.amounts = NULL;
    }
    free(a.amounts);
    free(a.covered);
    return r;
}

void history_answer_done(struct history_answer *a)
{
    free(a->values);
    *a = (struct history_answer){0};
}
