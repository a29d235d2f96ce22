#include "planner_internal.h"

#include <stdlib.h>

/* What each node has, in the order in which it changed. */

static const struct pmap_type borrowed;

struct stream *stream_find(const struct planner *p, const char *node)
{
    return pmap_get(p->streams, node, strlen(node));
}

struct stream *stream_get(struct planner *p, const char *node)
{
    struct stream *s = stream_find(p, node);

    if (s)
        return s;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    list_init(&s->gone);
    s->horizon = p->version;
    s->node = strdup(node);
    if (!s->node || pmap_put(&borrowed, &p->streams, node, strlen(node), s, 0) < 0) {
        stream_free(s);
        return NULL;
    }
    return s;
}

void stream_free(struct stream *s)
{
    if (!s)
        return;
    free(s->node);
    free(s->entries);
    free(s);
}

/* ---- the order of versions ---- */

static void compact(struct stream *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (!s->entries[i].holding)
            continue;
        s->entries[kept] = s->entries[i];
        s->entries[kept].holding->at = kept;
        kept++;
    }
    s->count = kept;
    s->holes = 0;
}

static int make_room(struct stream *s)
{
    size_t cap = s->cap ? s->cap * 2 : 16;
    struct stream_entry *entries;

    if (s->count < s->cap)
        return 0;
    if (s->holes > s->count / 2) {
        compact(s);
        return 0;
    }
    entries = reallocarray(s->entries, cap, sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    s->entries = entries;
    s->cap = cap;
    return 0;
}

static void leave_hole(struct holding *h)
{
    h->stream->entries[h->at].holding = NULL;
    h->stream->holes++;
}

/* Gives the holding the next version, which moves it to the end. */
static int advance(struct step *step, struct holding *h)
{
    struct stream *s = h->stream;
    int r = make_room(s);

    if (r < 0)
        return r;
    if (h->version > 0)
        leave_hole(h);
    h->version = s->version = ++step->planner->version;
    h->at = s->count;
    s->entries[s->count++] = (struct stream_entry){.version = h->version, .holding = h};
    if (!s->moved) {
        s->moved = true;
        s->next_moved = step->moved;
        step->moved = s;
    }
    return 0;
}

/* ---- holdings ---- */

static struct holding *find_holding(const struct object *o, const struct stream *s)
{
    struct holding *h = o->holdings;

    while (h && h->stream != s)
        h = h->next;
    return h;
}

static struct holding *get_holding(struct object *o, struct stream *s)
{
    struct holding *h = find_holding(o, s);

    if (h)
        return h;
    h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->object = o;
    h->stream = s;
    list_init(&h->gone);
    h->next = o->holdings;
    o->holdings = h;
    return h;
}

int stream_put(struct step *step, struct stream *s, struct object *o)
{
    struct holding *h = get_holding(o, s);

    if (!h)
        return -ENOMEM;
    if (!h->live) {
        if (!list_empty(&h->gone)) {
            list_remove(&h->gone);
            s->gone_count--;
        }
        h->live = true;
        s->live++;
        s->digest += o->hash;
    }
    return advance(step, h);
}

static void free_holding(struct holding *h)
{
    struct holding **at = &h->object->holdings;

    while (*at != h)
        at = &(*at)->next;
    *at = h->next;
    if (h->version > 0)
        leave_hole(h);
    list_remove(&h->gone);
    free(h);
}

/* Forgets the oldest deletion. */
static void forget(struct planner *p, struct stream *s)
{
    struct holding *oldest = container_of(s->gone.next, struct holding, gone);
    struct object *o = oldest->object;

    s->horizon = oldest->version;
    s->gone_count--;
    free_holding(oldest);
    planner_free_object(p, o);
}

int stream_gone(struct step *step, struct holding *h)
{
    struct stream *s = h->stream;
    int r = advance(step, h);

    if (r < 0)
        return r;
    h->live = false;
    s->live--;
    s->digest -= h->object->hash;
    list_append(&s->gone, &h->gone);
    if (++s->gone_count > PLAN_GONE_MAX)
        forget(step->planner, s);
    return 0;
}

void stream_drop(struct planner *p, struct stream *s)
{
    while (!list_empty(&s->gone))
        forget(p, s);
    if (pmap_remove(&borrowed, &p->streams, s->node, strlen(s->node)) == 0)
        stream_free(s); /* else it stays, empty as it is */
}

/* ---- what a node has not seen ---- */

static struct plan_object show(const struct holding *h)
{
    const struct object *o = h->object;

    return (struct plan_object){.key = o->key,
                                .version = h->version,
                                .hash = h->live ? o->hash : 0,
                                .text = h->live ? o->text : NULL,
                                .source = o->source ? o->source : o->id};
}

static size_t first_after(const struct stream *s, uint64_t version)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (s->entries[mid].version <= version)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Deletions up to this version mean nothing to a node that has come to since: a version so old is a
 * place in a whole listing, which named only what was there when it began. */
static uint64_t listed_from(const struct stream *s, uint64_t since)
{
    return since < s->horizon ? s->begun : since;
}

int planner_changes(struct planner *p, const char *node_id, uint64_t since,
                    int (*visit)(void *arg, const struct plan_object *object), void *arg)
{
    struct stream *s = stream_find(p, node_id);
    uint64_t listed;

    if (!s)
        return since ? -ESTALE : 0;
    if (since == 0)
        s->begun = s->version;
    listed = since ? listed_from(s, since) : s->begun;
    if (since > s->version || listed < s->horizon)
        return -ESTALE;
    for (size_t i = first_after(s, since); i < s->count; i++) {
        const struct holding *h = s->entries[i].holding;
        struct plan_object object;
        int r;

        if (!h || (!h->live && h->version <= listed))
            continue;
        object = show(h);
        r = visit(arg, &object);
        if (r != 0)
            return r;
    }
    return 0;
}

uint64_t planner_version(const struct planner *p, const char *node_id)
{
    const struct stream *s = stream_find(p, node_id);

    return s ? s->version : 0;
}

uint64_t planner_digest(const struct planner *p, const char *node_id)
{
    const struct stream *s = stream_find(p, node_id);

    return s ? s->digest : 0;
}

size_t planner_count(const struct planner *p, const char *node_id)
{
    const struct stream *s = stream_find(p, node_id);

    return s ? s->live : 0;
}

bool planner_find(const struct planner *p, const char *node_id, const char *key,
                  struct plan_object *ret)
{
    const struct stream *s = stream_find(p, node_id);
    const struct object *o = pmap_get(p->objects, key, strlen(key));
    const struct holding *h = s && o ? find_holding(o, s) : NULL;

    if (h)
        *ret = show(h);
    return h != NULL;
}
