#include "events_internal.h"

#include <stdlib.h>
#include <time.h>

/* Beginning and end, and the thread between them. */

#define GATHER_US 200000 /* so long what comes is gathered before it is made durable */

/* ---- beginning and end ---- */

int events_open(struct store *store, events_told *told, void *arg, struct events **ret)
{
    struct events *e = calloc(1, sizeof(*e));
    int r;

    if (!e)
        return -ENOMEM;
    e->store = store;
    e->told = told;
    e->arg = arg;
    pthread_mutex_init(&e->flushing, NULL);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->wake, NULL);
    list_init(&e->indexes);
    list_init(&e->queue);
    list_init(&e->source_list);
    list_init(&e->held);
    list_init(&e->dirty);
    r = events_load(e);
    if (r < 0)
        events_close(e);
    else
        *ret = e;
    return r;
}

static void wait_until(struct events *e, uint64_t us)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(us / 1000000);
    until.tv_nsec += (long)(us % 1000000) * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_cond_timedwait(&e->wake, &e->lock, &until);
}

static void *run(void *arg)
{
    struct events *e = arg;

    pthread_mutex_lock(&e->lock);
    while (!e->stopping) {
        if (list_empty(&e->queue) && list_empty(&e->dirty))
            wait_until(e, 1000000);
        if (!e->stopping && !list_empty(&e->queue))
            wait_until(e, GATHER_US);
        pthread_mutex_unlock(&e->lock);
        if (events_flush(e, clock_realtime_us()) < 0)
            (void)nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
        pthread_mutex_lock(&e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

int events_start(struct events *e)
{
    int r = -pthread_create(&e->thread, NULL, run, e);

    e->runs = r == 0;
    return r;
}

static void stop(struct events *e)
{
    if (!e->runs)
        return;
    pthread_mutex_lock(&e->lock);
    e->stopping = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
    pthread_join(e->thread, NULL);
    e->runs = false;
}

void events_close(struct events *e)
{
    if (!e)
        return;
    stop(e);
    e->told = NULL; /* nobody listens any more */
    (void)events_flush(e, clock_realtime_us());
    list_for_each_safe (k, &e->queue, struct kept, link)
        free(k);
    admit_done(e);
    states_done(e);
    list_for_each_safe (x, &e->indexes, struct index, link)
        index_free(x);
    pthread_mutex_destroy(&e->flushing);
    pthread_mutex_destroy(&e->lock);
    pthread_cond_destroy(&e->wake);
    free(e);
}

void events_add(struct events *e, const struct event *event)
{
    pthread_mutex_lock(&e->lock);
    admit(e, event, clock_realtime_us());
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
}

void events_count(struct events *e, struct events_counts *ret)
{
    pthread_mutex_lock(&e->lock);
    *ret = e->counts;
    ret->kept = 0;
    list_for_each (x, &e->indexes, struct index, link)
        ret->kept += x->count;
    pthread_mutex_unlock(&e->lock);
}
