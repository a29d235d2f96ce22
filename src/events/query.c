#include "events_internal.h"

#include <stdlib.h>

#include "in.h"

/* Asking: memory says which events it may be, the store has them. */

#define STEP 128 /* looked up at a time */

struct asking {
    const struct events_query *q;
    uint64_t resource; /* hashes */
    uint32_t collection, code;
    uint64_t at; /* ids less than this are left */
};

static bool may_match(const struct asking *a, const struct index *x, const struct ref *ref)
{
    const struct events_query *q = a->q;
    const char *project = x->shares[ref->project].name;

    return ref->severity >= q->severity && ref->at_us >= q->from_us && ref->at_us < q->to_us &&
           (!q->resource || ref->resource == a->resource) &&
           (!q->collection || ref->collection == a->collection) &&
           (!q->code || ref->code == a->code) &&
           (!q->project || !*project || strcmp(project, q->project) == 0);
}

/* How many events have an id less than this. */
static size_t count_before(const struct index *x, uint64_t id)
{
    size_t low = 0, high = x->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (x->refs[x->first + middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The next ids that may match, the newest first; fewer than max: that was all. */
static size_t choose(struct events *e, struct asking *a, size_t max, uint64_t ret[STEP])
{
    struct index *x;
    size_t found = 0;

    pthread_mutex_lock(&e->lock);
    x = index_of(e, a->q->region, false);
    for (size_t i = x ? count_before(x, a->at) : 0; i > 0 && found < max; i--) {
        const struct ref *ref = &x->refs[x->first + i - 1];

        if (ref->id <= a->q->after)
            break;
        if (may_match(a, x, ref))
            ret[found++] = ref->id;
    }
    pthread_mutex_unlock(&e->lock);
    return found;
}

static bool matches(const struct events_query *q, const struct event *event)
{
    char code[WORDS_CODE_MAX];

    index_code(event->text, code);
    return (!q->resource || strcmp(q->resource, event->resource) == 0) &&
           (!q->collection || strcmp(q->collection, event->collection) == 0) &&
           (!q->code || strcmp(q->code, code) == 0);
}

/* 1: it was taken; 0: it is gone, or another. */
static int look_up(struct events *e, const struct events_query *q, uint64_t id,
                   struct model_text *text, void (*take)(void *arg, const struct event *event),
                   void *arg)
{
    char key[STORE_NAME_MAX + 1];
    struct store_item item = {0};
    struct event event;
    int r;

    stored_id(q->region, id, key);
    r = store_get(e->store, &(struct store_key){EVENTS_COLLECTION, "", key}, &item);
    if (r == 0)
        r = stored_read(text, item.id, item.value, &event);
    if (r == 0 && matches(q, &event)) {
        take(arg, &event);
        r = 1;
    }
    store_item_done(&item);
    return r == -ENOENT || r == -EBADMSG ? 0 : r;
}

int events_list(struct events *e, const struct events_query *q,
                void (*take)(void *arg, const struct event *event), void *arg, uint64_t *ret_next)
{
    struct asking a = {.q = q,
                       .resource = q->resource ? index_hash(q->resource) : 0,
                       .collection = q->collection ? (uint32_t)index_hash(q->collection) : 0,
                       .code = q->code ? (uint32_t)index_hash(q->code) : 0,
                       .at = q->before};
    struct model_text text = {0};
    size_t taken = 0, found = 1;
    uint64_t ids[STEP];
    int r = 0;

    while (r >= 0 && found && taken < q->limit) {
        found = choose(e, &a, MIN((size_t)STEP, q->limit - taken), ids);
        for (size_t i = 0; i < found && r >= 0; i++) {
            r = look_up(e, q, ids[i], &text, take, arg);
            taken += r == 1;
            a.at = ids[i];
        }
    }
    *ret_next = found && r >= 0 && choose(e, &a, 1, ids) ? a.at : 0;
    model_text_done(&text);
    return r < 0 ? r : 0;
}

uint64_t events_newest(struct events *e, const char *region)
{
    const struct index *x;
    uint64_t newest;

    pthread_mutex_lock(&e->lock);
    x = index_of(e, region, false);
    newest = x && x->count ? x->refs[x->first + x->count - 1].id : 0;
    pthread_mutex_unlock(&e->lock);
    return newest;
}
