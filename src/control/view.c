#include "control_internal.h"

/* A region as others see it: what is durable, what is decided, what is planned. */

struct snapshot *region_now(struct region *r)
{
    struct snapshot *s;

    pthread_mutex_lock(&r->look);
    s = snapshot_ref(r->now);
    pthread_mutex_unlock(&r->look);
    return s;
}

struct snapshot *region_head(struct region *r)
{
    return snapshot_ref(r->head);
}

void region_show(struct region *r, const struct snapshot *s)
{
    struct snapshot *old;

    pthread_mutex_lock(&r->look);
    old = r->now;
    r->now = snapshot_ref(s);
    pthread_mutex_unlock(&r->look);
    snapshot_unref(old);
}

void region_lock_planned(struct region *r)
{
    pthread_mutex_lock(&r->live);
    while (!r->planner && !r->planless)
        pthread_cond_wait(&r->planned, &r->live);
}
