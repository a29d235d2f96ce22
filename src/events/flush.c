#include "events_internal.h"

#include <stdlib.h>

/* What was added becomes durable: many events in a few commits, with one wait for the disk. */

#define OPS_MAX    100  /* in a commit */
#define EVENTS_MAX 2000 /* at once */
#define GONE_MAX   2000

/* What one flush does. Owns its texts. */
struct round {
    struct store_op *ops;
    char **texts; /* two of each op: key and value */
    size_t count, cap;
    struct list events; /* struct kept */
    bool failed;
};

static void round_add(struct round *w, enum store_op_kind kind, const char *collection,
                      const char *id, const char *value)
{
    char *key = strdup(id), *copy = value ? strdup(value) : NULL;

    if (w->count == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 64;
        struct store_op *ops = reallocarray(w->ops, cap, sizeof(*ops));
        char **texts = ops ? reallocarray(w->texts, 2 * cap, sizeof(*texts)) : NULL;

        w->ops = ops ? ops : w->ops;
        w->texts = texts ? texts : w->texts;
        w->cap = texts ? cap : w->cap;
    }
    if (w->count == w->cap || !key || (value && !copy)) {
        free(key);
        free(copy);
        w->failed = true;
        return;
    }
    w->texts[2 * w->count] = key;
    w->texts[2 * w->count + 1] = copy;
    w->ops[w->count++] = (struct store_op){kind, {collection, "", key}, copy, STORE_ANY};
}

static void round_done(struct round *w)
{
    for (size_t i = 0; i < 2 * w->count; i++)
        free(w->texts[i]);
    free(w->texts);
    free(w->ops);
}

/* ---- what goes in ---- */

static void put_event(struct round *w, const struct event *event)
{
    struct model_out *out = model_out_text(WORDS_EN);
    char id[STORE_NAME_MAX + 1];
    const char *text;
    size_t len;

    if (out)
        stored_write(event, out);
    text = out ? model_out_written(out, &len) : NULL;
    if (text) {
        stored_id(event->region, event->id, id);
        round_add(w, STORE_PUT, EVENTS_COLLECTION, id, text);
    } else {
        w->failed = true;
    }
    model_out_free(out);
}

/* Ids are the time of the event, or one more than the last one. */
static void take_events(struct events *e, struct round *w)
{
    size_t count = 0;

    list_for_each_safe (k, &e->queue, struct kept, link) {
        struct index *x = index_of(e, k->event.region, true);

        if (!x || ++count > EVENTS_MAX)
            return;
        k->event.id = MAX(x->newest + 1, k->event.at_us);
        x->newest = k->event.id;
        list_remove(&k->link);
        e->queued--;
        list_append(&w->events, &k->link);
        put_event(w, &k->event);
    }
}

static void take_states(struct events *e, struct round *w)
{
    list_for_each_safe (s, &e->dirty, struct state, link) {
        json_t *text = json_string(s->text);
        char *value = *s->text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;

        if (!*s->text || value)
            round_add(w, value ? STORE_PUT : STORE_DELETE, EVENTS_STATES, s->key, value);
        free(value);
        json_decref(text);
        if (!w->failed)
            list_remove(&s->link);
    }
}

static void take_gone(struct events *e, struct round *w, uint64_t now_us)
{
    list_for_each (x, &e->indexes, struct index, link) {
        size_t count;

        index_trim(x, now_us);
        count = MIN(x->gone_count, (size_t)GONE_MAX);
        for (size_t i = 0; i < count; i++) {
            char id[STORE_NAME_MAX + 1];

            stored_id(x->region, x->gone[i], id);
            round_add(w, STORE_DELETE, EVENTS_COLLECTION, id, NULL);
        }
        x->gone_count -= count;
        if (x->gone_count)
            memmove(x->gone, x->gone + count, x->gone_count * sizeof(*x->gone));
    }
}

/* ---- what comes of it ---- */

static int commit(struct events *e, const struct round *w)
{
    size_t commits = (w->count + OPS_MAX - 1) / OPS_MAX;
    struct store_commit *all = calloc(commits + 1, sizeof(*all));
    int r = all ? 0 : -ENOMEM;

    for (size_t i = 0; i < commits && all; i++)
        all[i] = (struct store_commit){w->ops + i * OPS_MAX,
                                       MIN(w->count - i * OPS_MAX, (size_t)OPS_MAX), 0};
    if (all)
        store_commit_all(e->store, all, commits);
    for (size_t i = 0; i < commits && all; i++)
        r = all[i].result < 0 ? all[i].result : r;
    free(all);
    return r;
}

/* They are tried again with the next; their ids are passed over, or given to the same. */
static void put_back(struct events *e, struct round *w)
{
    struct list *first = e->queue.next;

    list_for_each_safe (k, &w->events, struct kept, link) {
        list_remove(&k->link);
        list_insert_before(first, &k->link);
        e->queued++;
    }
    for (size_t i = 0; i < w->count; i++) {
        const struct store_op *op = &w->ops[i];
        struct state *s = strcmp(op->key.collection, EVENTS_STATES) == 0
                              ? pmap_get(e->states, op->key.id, strlen(op->key.id))
                              : NULL;

        if (s && list_empty(&s->link))
            list_append(&e->dirty, &s->link);
    }
}

static void settle(struct events *e, struct round *w)
{
    list_for_each (k, &w->events, struct kept, link) {
        struct index *x = index_of(e, k->event.region, true);

        e->counts.written++;
        if (!x || index_add(x, &k->event) < 0)
            log_error("an event was stored, but will be listed only after a restart: no memory");
    }
}

static void tell(struct events *e, struct round *w)
{
    list_for_each_safe (k, &w->events, struct kept, link) {
        if (e->told)
            e->told(e->arg, &k->event);
        list_remove(&k->link);
        free(k);
    }
}

static int carry_out(struct events *e, struct round *w)
{
    int r = w->failed ? -ENOMEM : commit(e, w);

    pthread_mutex_lock(&e->lock);
    if (r < 0)
        put_back(e, w);
    else
        settle(e, w);
    pthread_mutex_unlock(&e->lock);
    if (r < 0)
        log_error("events could not be stored: %s; trying again", strerror(-r));
    else
        tell(e, w);
    return r;
}

int events_flush(struct events *e, uint64_t now_us)
{
    bool more = true;
    int r = 0;

    pthread_mutex_lock(&e->flushing);
    while (more && r == 0) {
        struct round w = {0};

        list_init(&w.events);
        pthread_mutex_lock(&e->lock);
        admit_waiting(e, now_us);
        take_events(e, &w);
        take_states(e, &w);
        take_gone(e, &w, now_us);
        more = !list_empty(&e->queue);
        pthread_mutex_unlock(&e->lock);
        if (w.count || w.failed)
            r = carry_out(e, &w);
        round_done(&w);
    }
    pthread_mutex_unlock(&e->flushing);
    return r;
}
