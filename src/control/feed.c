#include "control_internal.h"

#include <stdlib.h>

/* Marks are taken down by whoever changes something; a thread of its own makes texts of them. */

/* So long after the last reader has left what happens is still told, for when it comes back. */
#define LINGER_US (60 * UINT64_C(1000000))

static const struct pmap_type set_type = {0};

/* ---- beginning and end ---- */

void feeder_init(struct feeder *f)
{
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, NULL);
}

void feeder_wake(struct feeder *f)
{
    pthread_mutex_lock(&f->lock);
    if (!f->marked)
        pthread_cond_signal(&f->wake);
    f->marked = true;
    pthread_mutex_unlock(&f->lock);
}

void feed_init(struct feed *f)
{
    pthread_mutex_init(&f->lock, NULL);
}

static size_t size_of(const struct buf texts[WORDS_LANGS])
{
    size_t size = 0;

    for (size_t i = 0; i < WORDS_LANGS; i++)
        size += texts[i].len;
    return size;
}

static void forget_entry(struct feed *f, struct feed_entry *e)
{
    f->bytes -= size_of(e->texts);
    for (size_t i = 0; i < WORDS_LANGS; i++)
        buf_done(&e->texts[i]);
    free(e->project);
    *e = (struct feed_entry){0};
}

/* Nobody reads it any more. The lock is held. */
static void rest(struct feed *f)
{
    for (; f->first < f->next; f->first++)
        forget_entry(f, &f->ring[f->first % FEED_ENTRIES]);
    pmap_unref(&set_type, f->marked);
    pmap_unref(&set_type, f->pending);
    free(f->ring);
    f->marked = f->pending = NULL;
    f->ring = NULL;
    f->active = false;
}

void feed_done(struct feed *f)
{
    rest(f);
    pthread_mutex_destroy(&f->lock);
}

/* ---- marks ---- */

/* A set's key: the kind, then the id. */
struct name {
    size_t len;
    uint8_t bytes[STORE_NAME_MAX + 2]; /* and a 0 byte */
};

static struct name name_of(enum model_kind_id kind, const char *id)
{
    struct name n = {.len = 1 + strnlen(id, STORE_NAME_MAX), .bytes = {(uint8_t)kind}};

    memcpy(n.bytes + 1, id, n.len - 1);
    return n;
}

bool feed_is_followed(const struct region *r)
{
    return __atomic_load_n(&r->feed.active, __ATOMIC_RELAXED);
}

/* The lock is held. What cannot be marked is said, since readers will miss it. */
static void mark(struct feed *f, const struct name *n, enum feed_what what)
{
    uintptr_t known = (uintptr_t)pmap_get(f->marked, n->bytes, n->len);

    if (known < what &&
        pmap_put(&set_type, &f->marked, n->bytes, n->len, (void *)(uintptr_t)what, 0) < 0)
        log_error("a change could not be told to those who follow it: no memory");
}

void feed_mark(struct region *r, enum model_kind_id kind, const char *id, enum feed_what what)
{
    struct name n;

    if (!feed_is_followed(r))
        return;
    n = name_of(kind, id);
    pthread_mutex_lock(&r->feed.lock);
    mark(&r->feed, &n, what);
    pthread_mutex_unlock(&r->feed.lock);
    feeder_wake(&r->c->feeder);
}

void feed_mark_said(struct region *r, const char *key)
{
    const struct model_vpn_tunnel *t;
    struct snapshot *s;

    if (!feed_is_followed(r))
        return;
    if (text_starts_with(key, "instance/"))
        feed_mark(r, MODEL_INSTANCE, key + strlen("instance/"), FEED_STATUS);
    if (!text_starts_with(key, "tunnel/"))
        return;
    feed_mark(r, MODEL_VPN_TUNNEL, key + strlen("tunnel/"), FEED_STATUS);
    s = region_now(r);
    t = snapshot_get(s, MODEL_VPN_TUNNEL, key + strlen("tunnel/"));
    if (t) /* whether it is available follows from its tunnels */
        feed_mark(r, MODEL_VPN_CONNECTION, t->vpn_connection_id, FEED_STATUS);
    snapshot_unref(s);
}

void feed_look(struct region *r)
{
    bool pending;

    if (!feed_is_followed(r))
        return;
    pthread_mutex_lock(&r->feed.lock);
    r->feed.look = true;
    pending = pmap_count(r->feed.pending) > 0;
    pthread_mutex_unlock(&r->feed.lock);
    if (pending)
        feeder_wake(&r->c->feeder);
}

/* ---- readers ---- */

int feed_join(struct region *r)
{
    struct feed *f = &r->feed;

    pthread_mutex_lock(&f->lock);
    if (!f->active) {
        f->ring = calloc(FEED_ENTRIES, sizeof(*f->ring));
        if (!f->ring) {
            pthread_mutex_unlock(&f->lock);
            return -ENOMEM;
        }
        random_base32(f->epoch, sizeof(f->epoch) - 1);
        f->first = f->told = f->next = 0;
        __atomic_store_n(&f->active, true, __ATOMIC_RELAXED);
    }
    f->followers++;
    pthread_mutex_unlock(&f->lock);
    return 0;
}

void feed_leave(struct region *r)
{
    pthread_mutex_lock(&r->feed.lock);
    r->feed.followers--;
    r->feed.left_us = clock_monotonic_us();
    pthread_mutex_unlock(&r->feed.lock);
}

/* ---- telling ---- */

/* Takes the project and texts. The lock is held. */
static void add(struct feed *f, enum model_kind_id kind, uint64_t revision, char *project,
                struct buf texts[WORDS_LANGS])
{
    struct feed_entry *e;
    size_t size = size_of(texts);

    while (f->next - f->first == FEED_ENTRIES ||
           (f->first < f->next && f->bytes + size > FEED_BYTES)) {
        forget_entry(f, &f->ring[f->first % FEED_ENTRIES]);
        f->first++;
    }
    e = &f->ring[f->next++ % FEED_ENTRIES];
    *e = (struct feed_entry){.kind = kind, .revision = revision, .project = project};
    memcpy(e->texts, texts, sizeof(e->texts));
    memset(texts, 0, sizeof(e->texts));
    f->bytes += size;
}

/* One mark becomes an entry. */
static void tell(struct region *r, const struct snapshot *s, const struct name *n,
                 enum feed_what what)
{
    enum model_kind_id kind = (enum model_kind_id)n->bytes[0];
    const char *id = (const char *)n->bytes + 1;
    const struct model_resource *resource = snapshot_get(s, kind, id);
    struct feed *f = &r->feed;
    struct buf texts[WORDS_LANGS] = {0};
    char *project = NULL;
    bool observed = true, wanted, failed;
    int result = 0;

    if (resource)
        result = feed_text(r, s, resource, what, FEED_ALL_LANGS, texts, &observed);
    else if (what == FEED_RESOURCE)
        feed_text_gone(r, kind, id, &texts[WORDS_EN]);
    failed = result < 0 || texts[WORDS_EN].failed;
    wanted = texts[WORDS_EN].len && !failed && (what > FEED_LOOK || observed);
    if (wanted && resource && !model_is_shared(resource->kind)) {
        project = strdup(resource->project_id);
        wanted = project; /* nobody's rather than everybody's */
        failed = !project;
    }
    pthread_mutex_lock(&f->lock);
    if (f->active && wanted) {
        add(f, kind, snapshot_revision(s), project, texts);
        project = NULL;
    }
    if (result == 0)
        result = observed ? pmap_remove(&set_type, &f->pending, n->bytes, n->len)
                          : pmap_put(&set_type, &f->pending, n->bytes, n->len, f, 0);
    pthread_mutex_unlock(&f->lock);
    if ((result < 0 && result != -ENOENT) || failed)
        log_error("a change could not be told to those who follow it: no memory");
    for (size_t i = 0; i < WORDS_LANGS; i++)
        buf_done(&texts[i]);
    free(project);
}

static void tell_all(struct region *r, const struct snapshot *s, const struct pmap *marked)
{
    struct pmap_iter it;
    const void *key, *value;
    size_t len;

    pmap_begin(&it, marked, NULL, 0);
    while ((value = pmap_next(&it, &key, &len))) {
        struct name n = {.len = len};

        memcpy(n.bytes, key, len);
        tell(r, s, &n, (enum feed_what)(uintptr_t)value);
    }
}

/* Those that were pending are looked at again, if nodes carried something out. The lock is held. */
static void mark_pending(struct feed *f)
{
    struct pmap_iter it;
    const void *key;
    size_t len;

    if (!f->look)
        return;
    f->look = false;
    pmap_begin(&it, f->pending, NULL, 0);
    while (pmap_next(&it, &key, &len)) {
        struct name n = {.len = len};

        memcpy(n.bytes, key, len);
        mark(f, &n, FEED_LOOK);
    }
}

static struct pmap *take_marks(struct feed *f)
{
    struct pmap *marked;

    pthread_mutex_lock(&f->lock);
    if (f->active && !f->followers && clock_monotonic_us() > f->left_us + LINGER_US)
        rest(f);
    mark_pending(f);
    marked = f->marked;
    f->marked = NULL;
    pthread_mutex_unlock(&f->lock);
    return marked;
}

bool feed_flush(struct region *r)
{
    struct feed *f = &r->feed;
    struct pmap *marked = feed_is_followed(r) ? take_marks(f) : NULL;
    struct snapshot *s;
    bool news;

    if (!marked)
        return false;
    s = region_now(r); /* after the marks: what was marked is in it */
    tell_all(r, s, marked);
    snapshot_unref(s);
    pmap_unref(&set_type, marked);
    pthread_mutex_lock(&f->lock);
    news = f->told < f->next;
    f->told = f->next;
    if (news)
        f->ring[(f->next - 1) % FEED_ENTRIES].last = true;
    pthread_mutex_unlock(&f->lock);
    return news;
}
