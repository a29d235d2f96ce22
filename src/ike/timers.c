#include "ike_internal.h"

#include <stdlib.h>

/* A binary heap whose members know their place, so that moving one deadline costs O(log n). */

void ike_timers_done(struct ike_timers *timers)
{
    free(timers->heap);
    *timers = (struct ike_timers){0};
}

int ike_timers_reserve(struct ike_timers *timers, size_t count)
{
    struct ike_timer **grown;
    size_t cap = MAX(timers->cap * 2, count);

    if (count <= timers->cap)
        return 0;
    grown = realloc(timers->heap, cap * sizeof(struct ike_timer *));
    if (!grown)
        return -ENOMEM;
    timers->heap = grown;
    timers->cap = cap;
    return 0;
}

static void place(struct ike_timers *timers, struct ike_timer *timer, size_t slot)
{
    timers->heap[slot - 1] = timer;
    timer->slot = slot;
}

static void sift_up(struct ike_timers *timers, struct ike_timer *timer)
{
    size_t slot = timer->slot;

    while (slot > 1 && timers->heap[slot / 2 - 1]->at_us > timer->at_us) {
        place(timers, timers->heap[slot / 2 - 1], slot);
        slot /= 2;
    }
    place(timers, timer, slot);
}

static void sift_down(struct ike_timers *timers, struct ike_timer *timer)
{
    size_t slot = timer->slot;

    for (;;) {
        size_t child = slot * 2;

        if (child > timers->count)
            break;
        if (child < timers->count && timers->heap[child]->at_us < timers->heap[child - 1]->at_us)
            child++;
        if (timers->heap[child - 1]->at_us >= timer->at_us)
            break;
        place(timers, timers->heap[child - 1], slot);
        slot = child;
    }
    place(timers, timer, slot);
}

void ike_timers_cancel(struct ike_timers *timers, struct ike_timer *timer)
{
    struct ike_timer *last;

    if (!timer->slot)
        return;
    last = timers->heap[--timers->count];
    if (last != timer) {
        place(timers, last, timer->slot);
        sift_up(timers, last);
        sift_down(timers, last);
    }
    timer->slot = 0;
}

void ike_timers_set(struct ike_timers *timers, struct ike_timer *timer, uint64_t at_us)
{
    if (at_us == IKE_NEVER) {
        ike_timers_cancel(timers, timer);
        return;
    }
    timer->at_us = at_us;
    if (!timer->slot)
        place(timers, timer, ++timers->count);
    sift_up(timers, timer);
    sift_down(timers, timer);
}

struct ike_timer *ike_timers_first(const struct ike_timers *timers)
{
    return timers->count ? timers->heap[0] : NULL;
}
