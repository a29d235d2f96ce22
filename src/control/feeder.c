#include "control_internal.h"

#include <time.h>

/* When what changed is told: soon, and together with what else changes meanwhile. */

#define TOGETHER_US 20000

static void tell(struct control *c)
{
    bool told = false;

    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r))
        told |= feed_flush(r);
    if (told)
        control_tell(c, CONTROL_WAIT_WATCH, "", "");
}

/* False: the end. */
static bool wait_for_marks(struct feeder *f)
{
    bool goes_on;

    pthread_mutex_lock(&f->lock);
    while (!f->marked && !f->stopping)
        pthread_cond_wait(&f->wake, &f->lock);
    goes_on = !f->stopping;
    pthread_mutex_unlock(&f->lock);
    return goes_on;
}

static void *run(void *arg)
{
    static const struct timespec together = {.tv_nsec = TOGETHER_US * 1000L};
    struct control *c = arg;
    struct feeder *f = &c->feeder;

    while (wait_for_marks(f)) {
        nanosleep(&together, NULL);
        pthread_mutex_lock(&f->lock);
        f->marked = false;
        pthread_mutex_unlock(&f->lock);
        tell(c);
    }
    return NULL;
}

int feeder_start(struct control *c)
{
    struct feeder *f = &c->feeder;
    int r = -pthread_create(&f->thread, NULL, run, c);

    f->runs = r == 0;
    return r;
}

void feeder_stop(struct control *c)
{
    struct feeder *f = &c->feeder;

    if (!f->runs)
        return;
    pthread_mutex_lock(&f->lock);
    f->stopping = true;
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    f->runs = false;
}

/* ---- nodes ---- */

/* All that the node says something of: whether that counts depends on whether it speaks. */
static void mark_all_of(struct region *r, const struct node_state *n)
{
    struct pmap_iter it;
    const void *key;
    size_t len;

    feed_mark(r, MODEL_NODE, n->id, FEED_STATUS);
    pmap_begin(&it, n->said, NULL, 0);
    while (pmap_next(&it, &key, &len)) {
        char text[STORE_NAME_MAX + 16];

        if (text_printf(text, sizeof(text), "%.*s", (int)len, (const char *)key) == 0)
            feed_mark_said(r, text);
    }
}

static void look_at_nodes(struct region *r)
{
    pthread_mutex_lock(&r->live);
    list_for_each (n, &r->nodes, struct node_state, link) {
        enum live_state state = live_state(r, n);

        if (state != n->told)
            mark_all_of(r, n);
        n->told = (uint8_t)state;
    }
    pthread_mutex_unlock(&r->live);
}

void feeder_tick(struct control *c)
{
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        if (feed_is_followed(r))
            look_at_nodes(r);
    }
}
