#include <math.h>
#include <stdlib.h>

#include "history_internal.h"

#define TAIL_STEP 32 /* slots by which the tail grows */

int slots_init(struct slots *s, const struct history_kind *kind, unsigned most, uint64_t slot)
{
    unsigned cap = MIN(most, TAIL_STEP);
    struct slots made = {
        .kind = kind,
        .cells = calloc(OPEN_SLOTS * kind->count, sizeof(struct cell)),
        .tail = calloc(cap * kind->count, sizeof(float)),
        .cap = cap,
        .most = most,
        .first = slot,
        .sealed = slot,
    };

    if (!made.cells || !made.tail) {
        slots_done(&made);
        return -ENOMEM;
    }
    *s = made;
    return 0;
}

void slots_done(struct slots *s)
{
    free(s->cells);
    free(s->tail);
    *s = (struct slots){0};
}

static size_t open_at(const struct slots *s, uint64_t slot)
{
    return (size_t)(slot % OPEN_SLOTS) * s->kind->count;
}

bool slots_is_empty(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isnan(values[i]))
            return false;
    }
    return true;
}

const float *slots_sealed(const struct slots *s, uint64_t slot)
{
    return s->tail + (size_t)(slot % s->cap) * s->kind->count;
}

/* An average of what is known, if that is at least half. The parts of a sum lie side by side: it is
 * known of the time between the first and the last that any of them spoke of. */
static float outcome(const struct slots *s, size_t at)
{
    const struct cell *c = &s->cells[at];
    bool sum = s->kind->series[at % s->kind->count].sum;
    double known = sum ? (double)(c->end - c->begin) : c->covered;

    return c->covered > 0 && known * 2 >= HISTORY_STEP_S ? (float)(c->amount / known) : NAN;
}

/* Without memory it stays as it is. */
static void grow(struct slots *s)
{
    unsigned cap = MIN(s->most, s->cap + TAIL_STEP);
    size_t n = s->kind->count;
    float *tail = calloc(cap * n, sizeof(float));

    if (!tail)
        return;
    for (uint64_t slot = s->first; slot < s->sealed; slot++)
        memcpy(tail + (size_t)(slot % cap) * n, slots_sealed(s, slot), n * sizeof(float));
    free(s->tail);
    s->tail = tail;
    s->cap = cap;
}

static void seal_one(struct slots *s)
{
    size_t n = s->kind->count, from = open_at(s, s->sealed);
    float *to;

    if (s->sealed - s->first == s->cap && s->cap < s->most)
        grow(s);
    if (s->sealed - s->first == s->cap) {
        s->lost += !slots_is_empty(slots_sealed(s, s->first), n);
        s->first++;
    }
    to = s->tail + (size_t)(s->sealed % s->cap) * n;
    for (size_t i = 0; i < n; i++)
        to[i] = outcome(s, from + i);
    memset(s->cells + from, 0, n * sizeof(*s->cells));
    s->sealed++;
}

void slots_seal(struct slots *s, uint64_t slot)
{
    while (s->sealed < slot) {
        if (slot - s->sealed > 2 * (s->most + OPEN_SLOTS) && s->sealed - s->first == s->cap &&
            slots_is_empty(s->tail, s->cap * s->kind->count)) {
            s->sealed = slot - s->cap - OPEN_SLOTS; /* a long time in which nothing was said */
            s->first = s->sealed - s->cap;
            memset(s->cells, 0, OPEN_SLOTS * s->kind->count * sizeof(*s->cells));
        }
        seal_one(s);
    }
}

void slots_forget(struct slots *s, uint64_t slot)
{
    s->first = MAX(s->first, MIN(slot, s->sealed));
}

/* From begin to end, in seconds of the slot. */
static void add_to(struct slots *s, uint64_t slot, double begin, double end, const double *rates)
{
    for (size_t i = 0; i < s->kind->count; i++) {
        struct cell *c = &s->cells[open_at(s, slot) + i];

        if (isnan(rates[i]))
            continue;
        c->begin = c->covered > 0 ? MIN(c->begin, (float)begin) : (float)begin;
        c->end = MAX(c->end, (float)end);
        c->amount += rates[i] * (end - begin);
        c->covered += end - begin;
    }
}

int slots_add(struct slots *s, uint64_t from_us, uint64_t to_us, const double *rates)
{
    uint64_t last = (to_us - 1) / STEP_US;

    if (to_us <= from_us || last < s->sealed)
        return -ERANGE;
    if (last >= s->sealed + OPEN_SLOTS)
        slots_seal(s, last - OPEN_SLOTS + 1);
    for (uint64_t slot = MAX(from_us / STEP_US, s->sealed); slot <= last; slot++) {
        uint64_t start = slot * STEP_US;
        uint64_t begin = MAX(from_us, start) - start, end = MIN(to_us - start, STEP_US);

        add_to(s, slot, (double)begin / 1e6, (double)end / 1e6, rates);
    }
    return 0;
}
