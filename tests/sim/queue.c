#include "sim.h"

#include <stdlib.h>

static bool before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void swap(struct sim_event *a, struct sim_event *b)
{
    struct sim_event t = *a;

    *a = *b;
    *b = t;
}

void sim_later(struct sim *sim, uint64_t after_us, const struct sim_event *event)
{
    struct sim_queue *q = &sim->queue;
    size_t i = q->n;

    if (q->n == q->cap) {
        q->cap = MAX(2 * q->cap, 1024U);
        q->heap = reallocarray(q->heap, q->cap, sizeof(*q->heap));
        if (!q->heap)
            abort();
    }
    q->heap[q->n] = *event;
    q->heap[q->n].at_us = sim->now_us + after_us;
    q->heap[q->n++].order = q->made++;
    for (; i && before(&q->heap[i], &q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&q->heap[i], &q->heap[(i - 1) / 2]);
}

bool sim_next(struct sim *sim, struct sim_event *ret)
{
    struct sim_queue *q = &sim->queue;
    size_t i = 0, child;

    if (q->n == 0)
        return false;
    *ret = q->heap[0];
    q->heap[0] = q->heap[--q->n];
    for (; (child = 2 * i + 1) < q->n; i = child) {
        child += child + 1 < q->n && before(&q->heap[child + 1], &q->heap[child]);
        if (!before(&q->heap[child], &q->heap[i]))
            break;
        swap(&q->heap[i], &q->heap[child]);
    }
    return true;
}

void sim_queue_done(struct sim_queue *queue)
{
    for (size_t i = 0; i < queue->n; i++) {
        if (queue->heap[i].drop)
            queue->heap[i].drop(queue->heap[i].what);
    }
    free(queue->heap);
}
