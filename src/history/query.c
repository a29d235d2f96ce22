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
    double *base;              /* [points]: what is covered of the first series of the kind */
    uint64_t wanted;           /* bit i: series i of the kind has to be looked up */
    /* What is taken of the rows that are visited now. */
    uint64_t from_s, to_s, mask;
    uint64_t end_s[HISTORY_SERIES_MAX]; /* files have of the series what was before */
};

/* values by series of the kind; they hold from begin_s to end_s. */
static void take(struct question *a, double begin_s, double end_s, const double *values)
{
    const struct history_query *q = a->q;
    double from = MAX(begin_s, (double)q->from_s), to = MIN(end_s, (double)q->to_s);

    while (from < to) {
        size_t bin = (size_t)((from - (double)q->from_s) / q->step_s);
        double end = MIN(to, (double)q->from_s + (double)(bin + 1) * q->step_s);

        if (bin < a->points && a->mask & 1 && isfinite(values[0]))
            a->base[bin] += end - from;
        for (size_t i = 0; i < a->count && bin < a->points; i++) {
            double value = values[a->which[i]];

            if (isfinite(value) && a->mask >> a->which[i] & 1) {
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

/* ---- the files ---- */

static int read_part(struct question *a, const char *path, uint64_t from_s, uint64_t to_s,
                     unsigned step_s)
{
    a->from_s = MAX(from_s, a->q->from_s);
    a->to_s = MIN(to_s, a->q->to_s);
    return rrd_file_read(path, a->kind, a->from_s, a->to_s, step_s, take_row, a);
}

/* Coarse averages where they are finished and good enough, or all there is, else what they were
 * made of. */
static int read_file(struct question *a, const char *path, enum history_keep keep, uint64_t end_s)
{
    uint64_t coarse = end_s / HISTORY_COARSE_S * HISTORY_COARSE_S;
    int r;

    if (keep != HISTORY_SLOW && a->q->step_s % HISTORY_COARSE_S != 0)
        return read_part(a, path, 0, end_s, HISTORY_STEP_S);
    r = read_part(a, path, 0, coarse, HISTORY_COARSE_S);
    return r < 0 || keep == HISTORY_SLOW ? r : read_part(a, path, coarse, end_s, HISTORY_STEP_S);
}

/* *elsewhere: series that KEY.rrd has are not looked for in other files. */
static int look_up(struct question *a, const char *dir, const char *key, enum history_keep keep,
                   uint64_t *elsewhere)
{
    uint64_t kept = rrd_file_kept(a->kind, keep);
    struct file_facts facts;
    char path[PATH_MAX];
    int r = rrd_file_path(dir, key, keep, path);

    if (r < 0 || (keep != HISTORY_FINE && !(kept & a->wanted & ~*elsewhere)))
        return r;
    r = rrd_file_look(path, a->kind, &facts);
    if (r < 0)
        return r == -ENOENT || r == -EBADMSG ? 0 : r; /* whoever writes sets it aside */
    a->mask = facts.has & ~*elsewhere;
    for (size_t i = 0; i < a->kind->count; i++) {
        if (a->mask >> i & 1)
            a->end_s[i] = facts.end_s;
    }
    if (keep == HISTORY_FINE)
        *elsewhere = facts.has;
    return a->mask & a->wanted ? read_file(a, path, keep, facts.end_s) : 0;
}

static int read_files(struct question *a, const char *dir, const char *key)
{
    uint64_t elsewhere = 0;
    int r = 0;

    for (unsigned keep = 0; r == 0 && keep < HISTORY_KEEPS; keep++)
        r = look_up(a, dir, key, keep, &elsewhere);
    return r;
}

/* ---- memory ---- */

static void take_sealed(struct question *a, const struct slots *s)
{
    double values[HISTORY_SERIES_MAX];

    for (uint64_t slot = s->first; slot < s->sealed; slot++) {
        const float *row = slots_sealed(s, slot);

        a->mask = 0;
        for (size_t i = 0; i < a->kind->count; i++) {
            values[i] = (double)row[i];
            a->mask |= (uint64_t)(slot * HISTORY_STEP_S >= a->end_s[i]) << i;
        }
        take(a, (double)(slot * HISTORY_STEP_S), (double)((slot + 1) * HISTORY_STEP_S), values);
    }
}

/* A slot counts for as long as something is known of it; that of a sum, whose parts may be missing
 * yet, when it is sealed. */
static void take_open(struct question *a, const struct slots *s)
{
    double values[HISTORY_SERIES_MAX];

    a->mask = UINT64_MAX;
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

static bool is_drops(const struct question *a, size_t i)
{
    return a->kind->series[a->which[i]].keep == HISTORY_DROPS;
}

/* Less than half of an interval that is known says nothing about it. */
static void settle(struct question *a)
{
    for (size_t i = 0; i < a->count * a->points; i++) {
        if (is_drops(a, i / a->points))
            a->covered[i] = MAX(a->covered[i], a->base[i % a->points]);
        uint64_t begin = a->q->from_s + i % a->points * a->q->step_s;
        double passed = a->q->now_s > begin ? (double)(a->q->now_s - begin) : 0;
        double needed = MIN((double)a->q->step_s, passed) / 2;
        bool known = a->covered[i] > 0 && a->covered[i] >= needed;

        a->amounts[i] = known ? a->amounts[i] / a->covered[i] : NAN;
    }
}

static int collect(struct history *h, struct question *a, const char *key)
{
    uint64_t hash = object_hash(key);
    pthread_mutex_t *file = &h->files[hash % FILE_LOCKS];
    const struct object *o;
    int r;

    pthread_mutex_lock(file);
    r = read_files(a, h->dir, key);
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

static int begin(struct question *a)
{
    a->points = (size_t)((a->q->to_s - a->q->from_s) / a->q->step_s);
    a->amounts = calloc(a->points * MAX(a->count, 1), sizeof(double));
    a->covered = calloc(a->points * MAX(a->count, 1), sizeof(double));
    a->base = calloc(a->points, sizeof(double));
    for (size_t i = 0; i < a->count; i++)
        a->wanted |= UINT64_C(1) << a->which[i] | is_drops(a, i); /* the first one as the base */
    return a->amounts && a->covered && a->base ? 0 : -ENOMEM;
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
    int r =
        is_good(q, kind, which, count) ? rrd_file_path(h->dir, key, HISTORY_FINE, path) : -EINVAL;

    if (r < 0)
        return r;
    r = begin(&a);
    if (r == 0)
        r = collect(h, &a, key);
    if (r == 0) {
        settle(&a);
        *ret = (struct history_answer){.points = a.points, .values = a.amounts};
        a.amounts = NULL;
    }
    free(a.amounts);
    free(a.covered);
    free(a.base);
    return r;
}

void history_answer_done(struct history_answer *a)
{
    free(a->values);
    *a = (struct history_answer){0};
}
