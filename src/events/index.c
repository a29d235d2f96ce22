#include "events_internal.h"

#include <stdlib.h>

/* The events of a region in memory, as far as it takes to find and to bound them. */

#define KEEP_US (EVENTS_DAYS * UINT64_C(86400) * 1000000)
#define SLACK   (EVENTS_REGION / 50) /* so many go at once, so that one need not look each time */

struct index *index_of(struct events *e, const char *region, bool make)
{
    struct index *made;

    list_for_each (x, &e->indexes, struct index, link) {
        if (strcmp(x->region, region) == 0)
            return x;
    }
    made = make ? calloc(1, sizeof(*made)) : NULL;
    if (!made)
        return NULL;
    list_init(&made->link);
    (void)text_copy(made->region, sizeof(made->region), region);
    list_append(&e->indexes, &made->link);
    return made;
}

void index_free(struct index *x)
{
    list_remove(&x->link);
    for (size_t i = 0; i < x->share_count; i++)
        free(x->shares[i].name);
    free(x->shares);
    free(x->refs);
    free(x->gone);
    free(x);
}

struct share *index_share(struct index *x, const char *project)
{
    struct share *grown;
    char *name;

    for (size_t i = 0; i < x->share_count; i++) {
        if (strcmp(x->shares[i].name, project) == 0)
            return &x->shares[i];
    }
    grown = reallocarray(x->shares, x->share_count + 1, sizeof(*grown));
    if (!grown)
        return NULL;
    x->shares = grown;
    name = strdup(project);
    if (!name)
        return NULL;
    x->shares[x->share_count] = (struct share){.name = name, .tokens = EVENTS_PROJECT_BURST};
    return &x->shares[x->share_count++];
}

uint64_t index_hash(const char *text)
{
    return hash_bytes(text, strlen(text), 1);
}

void index_code(const char *written, char ret[WORDS_CODE_MAX])
{
    struct words_read read;
    char buf[WORDS_CODE_MAX];

    (void)text_copy(ret, WORDS_CODE_MAX, words_code(words_read(written, &read), buf));
}

static int make_room(struct index *x)
{
    size_t cap = x->cap ? 2 * x->cap : 256;
    struct ref *grown;

    if (x->first + x->count < x->cap)
        return 0;
    if (x->first > x->cap / 2) {
        memmove(x->refs, x->refs + x->first, x->count * sizeof(*x->refs));
        x->first = 0;
        return 0;
    }
    grown = reallocarray(x->refs, cap, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    x->refs = grown;
    x->cap = cap;
    return 0;
}

int index_add(struct index *x, const struct event *event)
{
    struct share *s = index_share(x, event->project);
    char code[WORDS_CODE_MAX];

    if (!s || make_room(x) < 0)
        return -ENOMEM;
    index_code(event->text, code);
    x->refs[x->first + x->count++] =
        (struct ref){.id = event->id,
                     .at_us = event->at_us,
                     .resource = index_hash(event->resource),
                     .collection = (uint32_t)index_hash(event->collection),
                     .code = (uint32_t)index_hash(code),
                     .project = (uint32_t)(s - x->shares),
                     .severity = event->severity};
    x->newest = MAX(x->newest, event->id);
    s->count++;
    return 0;
}

/* ---- bounds ---- */

static bool let_go(struct index *x, const struct ref *ref)
{
    uint64_t *grown = reallocarray(x->gone, x->gone_count + 1, sizeof(*grown));

    if (!grown)
        return false; /* stays until there is memory */
    x->gone = grown;
    x->gone[x->gone_count++] = ref->id;
    x->shares[ref->project].count--;
    return true;
}

/* The greatest number of events that everybody may have so that all have no more than wanted. */
static size_t level_of(const struct index *x, size_t wanted)
{
    size_t low = 0, high = wanted;

    while (low < high) {
        size_t level = low + (high - low + 1) / 2, sum = 0;

        for (size_t i = 0; i < x->share_count; i++)
            sum += MIN(x->shares[i].count, level);
        if (sum <= wanted)
            low = level;
        else
            high = level - 1;
    }
    return low;
}

static void drop_excess(struct index *x)
{
    size_t level = level_of(x, EVENTS_REGION - SLACK), kept = 0;

    for (size_t i = 0; i < x->share_count; i++)
        x->shares[i].drop = x->shares[i].count - MIN(x->shares[i].count, level);
    for (size_t i = 0; i < x->count; i++) {
        const struct ref *ref = &x->refs[x->first + i];
        struct share *s = &x->shares[ref->project];

        if (s->drop && let_go(x, ref))
            s->drop--;
        else
            x->refs[x->first + kept++] = *ref;
    }
    x->count = kept;
}

void index_trim(struct index *x, uint64_t now_us)
{
    while (x->count && x->refs[x->first].at_us + KEEP_US < now_us &&
           let_go(x, &x->refs[x->first])) {
        x->first++;
        x->count--;
    }
    if (x->count > EVENTS_REGION)
        drop_excess(x);
}
