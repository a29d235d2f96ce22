#include "control_internal.h"

#include <assert.h>
#include <stdlib.h>

/* GET /v1/watch: what is there in the chosen collections of the chosen regions, then what changes
 * of it, as server-sent events. A reader takes as much at a time as its connection does; one that
 * is so slow that what it has not read is not kept any more gets the list again. */

#define FILL_BYTES (32U << 10) /* so much is made ready at a time, or a little more */

enum phase { PHASE_BEGIN, PHASE_LIST, PHASE_FOLLOW };

/* One region that is followed. */
struct followed {
    struct region *region;
    enum phase phase;
    struct snapshot *s; /* while it is listed */
    struct snapshot_iter it;
    unsigned kind;     /* being listed */
    bool walking;      /* it is of kind */
    uint64_t next;     /* entry of the feed */
    uint64_t revision; /* of which it has all */
    uint64_t event;    /* up to this one it has had all; 0: none */
    uint64_t since;    /* the list leaves out what it has had with this revision; 0: nothing */
};

struct watch {
    struct control_stream head;
    struct control *c;
    enum words_lang lang;
    struct principal who; /* what it may not see is left out */
    uint64_t generation;  /* of rights, when it was last looked whether these still hold */
    bool over;            /* they do not */
    uint64_t kinds;       /* bit n: kind n is wanted */
    bool all;             /* regions, also those to come */
    struct followed *regions;
    size_t count;
    struct buf out;
    size_t sent; /* of out */
};

static_assert(FEED_EVENTS < 64, "a bit for each kind");

/* ---- the list ---- */

static bool wants(const struct watch *w, unsigned kind)
{
    return w->kinds >> kind & 1;
}

/* Where the reader stands in all regions: it comes back with that (Last-Event-ID). */
static void write_id(struct watch *w)
{
    buf_puts(&w->out, "id: ");
    for (size_t i = 0; i < w->count; i++) {
        const struct followed *f = &w->regions[i];

        if (f->phase == PHASE_FOLLOW)
            buf_printf(&w->out, "%s@%" PRIu64 ".%s.%" PRIu64 ".%" PRIu64 ",", f->region->id,
                       f->revision, f->region->feed.epoch, f->next, f->event);
    }
    buf_puts(&w->out, "\n\n");
}

/* What was deleted since then. -ESTALE: that is not remembered. */
static int write_deleted(struct watch *w, struct followed *f)
{
    struct store_log log = {0};
    int r = store_log(w->c->store, f->region->id, f->since, 0, &log);

    for (size_t i = 0; r == 0 && i < log.count; i++) {
        const struct store_item *item = &log.items[i];
        const struct model_kind *kind = model_kind_by_collection(item->collection);

        if (!item->value && kind && wants(w, kind->id))
            feed_text_gone(f->region, kind->id, item->id, &w->out);
    }
    store_log_done(&log);
    return r;
}

/* ---- events in the list ---- */

#define EVENTS_NEWEST 50   /* for whoever had none */
#define EVENTS_MISSED 1000 /* for whoever comes back */

struct listed_events {
    struct buf texts[EVENTS_MISSED];
    size_t count;
    enum words_lang lang;
    bool failed;
};

static void take_event(void *arg, const struct event *event)
{
    struct listed_events *l = arg;
    struct buf texts[WORDS_LANGS] = {0};

    if (feed_text_event(event, 1U << l->lang, texts) < 0)
        l->failed = true;
    l->texts[l->count++] = texts[l->lang];
}

/* Those after the last one that it has had, the oldest first. */
static int write_events(struct watch *w, struct followed *f)
{
    const char *project = w->who.rights.project;
    const struct events_query q = {.region = f->region->id,
                                   .project = *project ? project : NULL,
                                   .after = f->event,
                                   .to_us = UINT64_MAX,
                                   .before = UINT64_MAX,
                                   .limit = f->event ? EVENTS_MISSED : EVENTS_NEWEST};
    struct listed_events *l = calloc(1, sizeof(*l));
    uint64_t newest = events_newest(w->c->events, f->region->id), next;
    int r = -ENOMEM;

    if (l) {
        l->lang = w->lang;
        r = events_list(w->c->events, &q, take_event, l, &next);
        r = r == 0 && l->failed ? -ENOMEM : r;
        while (l->count > 0) {
            struct buf *text = &l->texts[--l->count];

            buf_add(&w->out, text->data, text->len);
            buf_done(text);
        }
    }
    free(l);
    f->event = MAX(f->event, newest);
    return r;
}

static int begin_list(struct watch *w, struct followed *f)
{
    int r = f->since ? write_deleted(w, f) : -ESTALE;

    if (r == -ESTALE) { /* from the beginning, then */
        f->since = 0;
        f->event = 0;
        buf_printf(&w->out, "event: list\ndata: {\"regionId\":\"%s\"}\n\n", f->region->id);
        r = 0;
    }
    pthread_mutex_lock(&f->region->feed.lock);
    f->next = MAX(f->region->feed.told, f->region->feed.first);
    pthread_mutex_unlock(&f->region->feed.lock);
    snapshot_unref(f->s);
    f->s = region_now(f->region); /* after the place in the feed: nothing falls between */
    f->kind = 0;
    f->walking = false;
    f->phase = PHASE_LIST;
    if (r == 0 && wants(w, FEED_EVENTS)) /* what is told meanwhile is known by its id */
        r = write_events(w, f);
    return r;
}

/* NULL: that was all. */
static const struct model_resource *next_listed(struct watch *w, struct followed *f)
{
    const struct model_resource *r = NULL;

    while (!r && f->kind < MODEL_KINDS) {
        if (!f->walking && wants(w, f->kind)) {
            snapshot_all(&f->it, f->s, (enum model_kind_id)f->kind, NULL);
            f->walking = true;
        }
        r = f->walking ? snapshot_next(&f->it) : NULL;
        if (!r) {
            f->walking = false;
            f->kind++;
        }
    }
    return r;
}

static int end_list(struct watch *w, struct followed *f)
{
    int r = 0;

    if (wants(w, MODEL_ALARM))
        r = alarms_tell_built_in(f->region, f->s, UINT64_MAX, &w->who, w->lang, &w->out);
    f->revision = snapshot_revision(f->s);
    f->since = 0;
    snapshot_unref(f->s);
    f->s = NULL;
    f->phase = PHASE_FOLLOW;
    buf_printf(&w->out, "event: listed\ndata: {\"regionId\":\"%s\",\"revision\":%" PRIu64 "}\n",
               f->region->id, f->revision);
    write_id(w);
    return r;
}

static int list_one(struct watch *w, struct followed *f, const struct model_resource *resource)
{
    bool observed = true, news = resource->stored_at > f->since;
    struct buf texts[WORDS_LANGS] = {0};
    int r = feed_text(f->region, f->s, resource, news ? FEED_RESOURCE : FEED_STATUS, 1U << w->lang,
                      texts, &observed);
    struct buf *text = &texts[w->lang];

    buf_add(&w->out, text->data, text->len);
    buf_done(text);

    if (!observed) /* the end of that is told */
        feed_mark(f->region, resource->kind->id, resource->id, FEED_LOOK);
    return r;
}

static int go_on_listing(struct watch *w, struct followed *f)
{
    const struct model_resource *resource;
    int r = 0;

    while (r == 0 && f->phase == PHASE_LIST && w->out.len < FILL_BYTES) {
        resource = next_listed(w, f);
        if (!resource)
            r = end_list(w, f);
        else if (access_sees(&w->who, f->s, resource))
            r = list_one(w, f, resource);
    }
    return r;
}

/* ---- what changes ---- */

static bool sees(const struct watch *w, const struct feed_entry *e)
{
    return !e->project || !*w->who.rights.project || strcmp(e->project, w->who.rights.project) == 0;
}

/* *ret_built_in: those of the built-in alarms that have changed. True: something was copied. */
static bool copy_entries(struct watch *w, struct followed *f, uint64_t *ret_built_in)
{
    struct feed *feed = &f->region->feed;
    bool whole = false;

    pthread_mutex_lock(&feed->lock);
    if (f->next < feed->first) { /* too slow */
        f->since = f->revision;
        f->phase = PHASE_BEGIN;
    }
    while (f->phase == PHASE_FOLLOW && f->next < feed->told && w->out.len < FILL_BYTES) {
        const struct feed_entry *e = &feed->ring[f->next++ % FEED_ENTRIES];

        const struct buf *text = &e->texts[e->texts[w->lang].len ? w->lang : WORDS_EN];
        bool had = e->event && e->event <= f->event;

        f->event = MAX(f->event, e->event);
        if (wants(w, e->kind) && sees(w, e) && !had)
            buf_add(&w->out, text->data, text->len);
        if (wants(w, e->kind))
            *ret_built_in |= e->built_in;
        if (e->last) {
            f->revision = e->revision;
            whole = true;
        }
    }
    pthread_mutex_unlock(&feed->lock);
    return whole;
}

static int follow(struct watch *w, struct followed *f)
{
    uint64_t built_in = 0;
    bool whole = copy_entries(w, f, &built_in);
    int r = 0;

    if (built_in) {
        struct snapshot *s = region_now(f->region);

        r = alarms_tell_built_in(f->region, s, built_in, &w->who, w->lang, &w->out);
        snapshot_unref(s);
    }
    if (whole && w->out.len)
        write_id(w);
    return r;
}

static int fill_from(struct watch *w, struct followed *f)
{
    int r = 0;

    if (f->phase == PHASE_FOLLOW)
        r = follow(w, f);
    if (r == 0 && f->phase == PHASE_BEGIN)
        r = begin_list(w, f);
    if (r == 0 && f->phase == PHASE_LIST)
        r = go_on_listing(w, f);
    return r;
}

/* ---- which regions ---- */

static bool has_region(const struct watch *w, const struct region *r)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->regions[i].region == r)
            return true;
    }
    return false;
}

static int add_region(struct watch *w, struct region *r)
{
    struct followed *grown = reallocarray(w->regions, w->count + 1, sizeof(*grown));
    int result = grown ? 0 : -ENOMEM;

    if (grown)
        w->regions = grown;
    if (result == 0)
        result = feed_join(r);
    if (result == 0)
        w->regions[w->count++] = (struct followed){.region = r};
    return result;
}

/* Regions may come while somebody follows all. */
static int add_new_regions(struct watch *w)
{
    int result = 0;

    for (struct region *r = house_next(w->c, NULL); r && w->all && result == 0;
         r = house_next(w->c, r)) {
        if (!has_region(w, r) && access_has_region(&w->who, r->id))
            result = add_region(w, r);
    }
    return result;
}

/* ---- reading ---- */

static int fill(struct watch *w)
{
    int r = add_new_regions(w);

    w->out.len = w->sent = 0;
    for (size_t i = 0; r == 0 && i < w->count && w->out.len < FILL_BYTES; i++)
        r = fill_from(w, &w->regions[i]);
    return r == 0 && w->out.failed ? -ENOMEM : r;
}

/* Whether whoever reads still may. */
static void look_at_rights(struct watch *w)
{
    w->generation = auth_generation(w->c);
    w->over |= !auth_still_holds(w->c, &w->who, clock_realtime_us());
}

static ssize_t watch_read(struct control_stream *stream, char *buf, size_t max)
{
    struct watch *w = container_of(stream, struct watch, head);
    size_t len;

    if (w->generation != auth_generation(w->c))
        look_at_rights(w);
    if (w->over || (w->sent == w->out.len && fill(w) < 0))
        return -1;
    len = MIN(w->out.len - w->sent, max);
    if (len == 0)
        buf_done(&w->out); /* most followers have nothing to read most of the time */
    else
        memcpy(buf, w->out.data + w->sent, len);
    w->sent += len;
    return (ssize_t)len;
}

static bool watch_has_news(struct control_stream *stream)
{
    struct watch *w = container_of(stream, struct watch, head);
    bool news = w->sent < w->out.len || w->over || w->generation != auth_generation(w->c);

    for (size_t i = 0; i < w->count && !news; i++) {
        struct feed *feed = &w->regions[i].region->feed;

        pthread_mutex_lock(&feed->lock);
        news = w->regions[i].phase != PHASE_FOLLOW || w->regions[i].next < feed->told;
        pthread_mutex_unlock(&feed->lock);
    }
    return news;
}

static void watch_beat(struct control_stream *stream)
{
    struct watch *w = container_of(stream, struct watch, head);

    look_at_rights(w); /* time may have ended them */
    if (w->sent == w->out.len) {
        w->out.len = w->sent = 0;
        buf_puts(&w->out, ": still here\n\n");
    }
}

static void watch_free(struct control_stream *stream)
{
    struct watch *w = container_of(stream, struct watch, head);

    for (size_t i = 0; i < w->count; i++) {
        feed_leave(w->regions[i].region);
        snapshot_unref(w->regions[i].s);
    }
    free(w->regions);
    buf_done(&w->out);
    free(w);
}

static const struct stream_ops ops = {watch_read, watch_has_news, watch_beat, watch_free};

/* ---- the request ---- */

static int choose_kind(struct call *call, struct watch *w, const char *collection)
{
    const struct model_kind *kind = model_kind_by_collection(collection);

    if (strcmp(collection, "events") == 0) {
        w->kinds |= UINT64_C(1) << FEED_EVENTS;
        return 0;
    }
    if (!kind)
        return model_error_set(&call->error, 400, "invalid-value", "collection", collection,
                               SAY(REQUEST_WATCH_COLLECTION));
    w->kinds |= UINT64_C(1) << kind->id;
    return 0;
}

static int choose_region(struct call *call, struct watch *w, const char *id)
{
    struct region *r = house_find(call->c, id);
    struct snapshot *now = r ? region_now(r) : NULL;
    bool there = now && snapshot_region(now);

    snapshot_unref(now);
    if (!access_has_region(&call->who, id))
        return model_error_set(&call->error, 403, "forbidden", "region", id,
                               SAY(ACCESS_REGION, id));
    if (!there)
        return model_error_set(&call->error, 404, "not-found", "region", id,
                               SAY(REQUEST_NO_SUCH_REGION));
    return has_region(w, r) ? 0 : add_region(w, r);
}

static int choose(struct call *call, struct watch *w)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < call->uri.param_count; i++) {
        const struct uri_param *p = &call->uri.params[i];

        if (strcmp(p->name, "collection") == 0)
            r = choose_kind(call, w, p->value);
        else if (strcmp(p->name, "region") == 0)
            r = choose_region(call, w, p->value);
        else if (strcmp(p->name, "lastEventId") != 0)
            r = model_error_set(&call->error, 400, "invalid-value", p->name, NULL,
                                SAY(REQUEST_WATCH_PARAM, p->name));
    }
    w->kinds = w->kinds ? w->kinds : UINT64_MAX;
    w->all = !w->count;
    return r == 0 ? add_new_regions(w) : r;
}

/* ---- coming back ---- */

/* "REVISION.EPOCH.NUMBER.EVENT" of a region: it goes on from there if that is still kept, or else
 * lists what came after the revision. */
static void go_on(struct followed *f, const char *text, size_t len)
{
    struct feed *feed = &f->region->feed;
    char copy[96], *epoch, *number, *event;
    uint64_t revision, next, last = 0;

    if (len >= sizeof(copy))
        return;
    memcpy(copy, text, len);
    copy[len] = 0;
    epoch = strchr(copy, '.');
    number = epoch ? strchr(epoch + 1, '.') : NULL;
    if (!number)
        return;
    *epoch++ = *number++ = 0;
    event = strchr(number, '.');
    if (event)
        *event++ = 0;
    if ((event && text_parse_u64(event, UINT64_MAX, &last) < 0) ||
        text_parse_u64(copy, UINT64_MAX, &revision) < 0 ||
        text_parse_u64(number, UINT64_MAX, &next) < 0)
        return;
    pthread_mutex_lock(&feed->lock);
    f->since = revision;
    f->event = last;
    if (strcmp(feed->epoch, epoch) == 0 && next >= feed->first && next <= feed->told) {
        f->next = next;
        f->revision = revision;
        f->phase = PHASE_FOLLOW;
    }
    pthread_mutex_unlock(&feed->lock);
}

/* The places of all regions, as write_id() has written them. Whatever is none is passed over: then
 * the region is listed. */
static void go_on_from(struct watch *w, const char *places)
{
    while (*places) {
        size_t len = strcspn(places, ","), name = strcspn(places, "@,");

        for (size_t i = 0; i < w->count && name < len; i++) {
            struct followed *f = &w->regions[i];

            if (strlen(f->region->id) == name && memcmp(f->region->id, places, name) == 0)
                go_on(f, places + name + 1, len - name - 1);
        }
        places += len + (places[len] == ',');
    }
}

int watch_begin(struct call *call)
{
    struct watch *w = calloc(1, sizeof(*w));
    const char *places = call->req->last_event_id;
    int r;

    if (!w)
        return -ENOMEM;
    w->head.ops = &ops;
    w->c = call->c;
    w->lang = call->lang;
    w->who = call->who;
    w->generation = auth_generation(call->c);
    r = choose(call, w);
    if (r < 0) {
        control_stream_free(&w->head);
        return r;
    }
    if (!places)
        places = uri_param(&call->uri, "lastEventId");
    if (places)
        go_on_from(w, places);
    call->res->status = 200;
    call->res->content_type = "text/event-stream";
    call->res->stream = &w->head;
    return 0;
}
