#include "events_internal.h"

#include <stdlib.h>

/* Who says too much waits: a resource that changes all the time says how it is now and then, with
 * the number of events in between; a project that says more than its share is counted. */

#define QUEUE_MAX      20000 /* events that wait for the disk */
#define TELL_MISSED_US (60 * UINT64_C(1000000))

static const struct pmap_type plain = {0};

static double refill(double tokens, uint64_t *at_us, uint64_t now_us, uint64_t gap_us, double burst)
{
    if (now_us > *at_us)
        tokens += (double)(now_us - *at_us) / (double)gap_us;
    *at_us = MAX(*at_us, now_us);
    return MIN(tokens, burst);
}

/* ---- the project's share ---- */

static bool has_room(struct events *e, struct share *s, uint64_t now_us)
{
    s->tokens = refill(s->tokens, &s->at_us, now_us, EVENTS_PROJECT_GAP_US, EVENTS_PROJECT_BURST);
    if (s->tokens < 1 || e->queued >= QUEUE_MAX)
        return false;
    s->tokens--;
    return true;
}

static void enqueue(struct events *e, struct kept *k)
{
    list_append(&e->queue, &k->link);
    e->queued++;
}

static void leave_out(struct events *e, struct share *s)
{
    e->counts.left_out++;
    if (s)
        s->missed++;
}

/* Takes k, which has passed its resource's share. */
static void pass(struct events *e, struct kept *k, uint64_t now_us)
{
    struct index *x = index_of(e, k->event.region, true);
    struct share *s = x ? index_share(x, k->event.project) : NULL;

    if (s && has_room(e, s, now_us)) {
        enqueue(e, k);
        return;
    }
    leave_out(e, s);
    free(k);
}

/* ---- the resource's ---- */

static struct source *find(struct events *e, const struct event *event, uint64_t now_us)
{
    char key[2 * STORE_NAME_MAX + 2];
    struct source *s;
    size_t len;

    if (text_printf(key, sizeof(key), "%s/%s", event->region, event->resource) < 0)
        return NULL;
    len = strlen(key);
    s = pmap_get(e->sources, key, len);
    if (s)
        return s;
    s = calloc(1, sizeof(*s) + len + 1);
    if (!s)
        return NULL;
    list_init(&s->link);
    list_init(&s->held_link);
    s->tokens = EVENTS_RESOURCE_BURST;
    s->at_us = now_us;
    s->key_len = len;
    memcpy(s->key, key, len);
    if (pmap_put(&plain, &e->sources, key, len, s, 0) < 0) {
        free(s);
        return NULL;
    }
    return s;
}

static bool may_speak(struct source *s, uint64_t now_us)
{
    s->tokens = refill(s->tokens, &s->at_us, now_us, EVENTS_RESOURCE_GAP_US, EVENTS_RESOURCE_BURST);
    if (s->tokens < 1)
        return false;
    s->tokens--;
    return true;
}

/* The newest one waits; the one before it is not said any more. Takes k. */
static void hold(struct events *e, struct source *s, struct kept *k)
{
    if (s->held) {
        s->missed++;
        e->counts.left_out++;
        free(s->held);
    } else {
        list_append(&e->held, &s->held_link);
    }
    s->held = k;
}

void admit(struct events *e, const struct event *event, uint64_t now_us)
{
    struct kept *k = events_copy(event);
    struct source *s = k && *event->resource ? find(e, event, now_us) : NULL;

    if (!k) {
        e->counts.left_out++;
        return;
    }
    if (s) {
        list_remove(&s->link);
        list_append(&e->source_list, &s->link);
    }
    if (s && (s->held || !may_speak(s, now_us)))
        hold(e, s, k);
    else
        pass(e, k, now_us);
}

static void let_go(struct events *e, struct source *s, uint64_t now_us)
{
    struct kept *k = s->held;

    k->event.left_out = s->missed;
    s->held = NULL;
    s->missed = 0;
    list_remove(&s->held_link);
    pass(e, k, now_us);
}

static bool forget(struct events *e, struct source *s)
{
    if (pmap_remove(&plain, &e->sources, s->key, s->key_len) < 0)
        return false; /* no memory to forget */
    list_remove(&s->link);
    list_remove(&s->held_link);
    free(s->held);
    free(s);
    return true;
}

/* ---- what time brings ---- */

/* That a project was cut short is an event of its own. */
static void tell_missed(struct events *e, struct index *x, struct share *s, uint64_t now_us)
{
    char text[EVENTS_TEXT_MAX];
    struct event event = {.at_us = now_us,
                          .severity = EVENTS_WARNING,
                          .region = x->region,
                          .project = s->name,
                          .collection = "",
                          .resource = "",
                          .name = "",
                          .left_out = s->missed};
    struct kept *k;

    if (!s->missed || now_us < s->told_us + TELL_MISSED_US || !has_room(e, s, now_us))
        return;
    event.text = words_write(SAY(EVENT_LEFT_OUT, s->missed), text, sizeof(text));
    k = events_copy(&event);
    if (!k)
        return;
    s->missed = 0;
    s->told_us = now_us;
    enqueue(e, k);
}

void admit_waiting(struct events *e, uint64_t now_us)
{
    list_for_each_safe (s, &e->held, struct source, held_link) {
        if (may_speak(s, now_us))
            let_go(e, s, now_us);
    }
    /* Whoever was silent so long that it may say everything again need not be known. */
    while (!list_empty(&e->source_list)) {
        struct source *s = container_of(e->source_list.next, struct source, link);

        if (s->held || now_us < s->at_us + EVENTS_RESOURCE_BURST * EVENTS_RESOURCE_GAP_US)
            break;
        if (!forget(e, s))
            break;
    }
    list_for_each (x, &e->indexes, struct index, link) {
        for (size_t i = 0; i < x->share_count; i++)
            tell_missed(e, x, &x->shares[i], now_us);
    }
}

void admit_done(struct events *e)
{
    list_for_each_safe (s, &e->source_list, struct source, link) {
        free(s->held);
        free(s);
    }
    pmap_unref(&plain, e->sources);
    e->sources = NULL;
}
