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

static void done_entry(struct feed_entry *e)
{
    for (size_t i = 0; i < WORDS_LANGS; i++)
        buf_done(&e->texts[i]);
    free(e->project);
    *e = (struct feed_entry){0};
}

static void forget_entry(struct feed *f, struct feed_entry *e)
{
    f->bytes -= size_of(e->texts);
    done_entry(e);
}

/* Nobody reads it any more. The lock is held. */
static void rest(struct feed *f)
{
    for (; f->happened_count > 0; f->happened_count--)
        done_entry(&f->happened[f->happened_count - 1]);
    free(f->happened);
    f->happened = NULL;
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

/* A set's key: the kind, then the id; of what is gone then a 0 byte and its project. */
struct name {
    size_t len;
    uint8_t bytes[1 + STORE_NAME_MAX + 1 + PEOPLE_NAME_MAX]; /* the last one is 0 */
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

void feed_mark_gone(struct region *r, enum model_kind_id kind, const char *id, const char *project)
{
    struct name n;
    size_t id_len, len = strnlen(project, PEOPLE_NAME_MAX - 1);

    if (!feed_is_followed(r))
        return;
    n = name_of(kind, id);
    id_len = n.len;
    memcpy(n.bytes + id_len + 1, project, len);
    n.len += 1 + len;
    pthread_mutex_lock(&r->feed.lock);
    /* Of what came and went before anybody was told this alone remains. */
    if (pmap_remove(&set_type, &r->feed.marked, n.bytes, id_len) == -ENOMEM)
        log_error("a change could not be told to those who follow it: no memory");
    mark(&r->feed, &n, FEED_RESOURCE);
    pthread_mutex_unlock(&r->feed.lock);
    feeder_wake(&r->c->feeder);
}

void feed_mark_said(struct region *r, const char *key)
{
    const struct model_vpn_tunnel *t;
    struct snapshot *s;

    if (!feed_is_followed(r))
        return;
    if (text_starts_with(key, "line/"))
        feed_mark(r, MODEL_PRIVATE_INTERFACE, key + strlen("line/"), FEED_STATUS);
    if (text_starts_with(key, "network/"))
        feed_mark(r, MODEL_SUBNET, key + strlen("network/"), FEED_STATUS);
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

/* Takes what made owns. The lock is held. */
static void add(struct feed *f, const struct feed_entry *made)
{
    size_t size = size_of(made->texts);

    while (f->next - f->first == FEED_ENTRIES ||
           (f->first < f->next && f->bytes + size > FEED_BYTES)) {
        forget_entry(f, &f->ring[f->first % FEED_ENTRIES]);
        f->first++;
    }
    f->ring[f->next++ % FEED_ENTRIES] = *made;
    f->bytes += size;
}

/* Texts are made by who reads them. The lock is taken. */
static void tell_built_in(struct region *r, const struct snapshot *s, uint64_t which)
{
    struct feed_entry e = {
        .kind = MODEL_ALARM, .revision = snapshot_revision(s), .built_in = which};

    pthread_mutex_lock(&r->feed.lock);
    if (r->feed.active)
        add(&r->feed, &e);
    pthread_mutex_unlock(&r->feed.lock);
}

/* Whose readers are told; NULL: all. *ret is new. -ENOMEM. */
static int project_of(const struct snapshot *s, const struct model_resource *resource,
                      const struct name *n, char **ret)
{
    size_t id_end = 1 + strlen((const char *)n->bytes + 1);
    const char *project = resource          ? model_project_of(s, resource)
                          : n->len > id_end ? (const char *)n->bytes + id_end + 1
                                            : NULL;

    *ret = project ? strdup(project) : NULL;
    return project && !*ret ? -ENOMEM : 0;
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
    if (wanted && project_of(s, resource, n, &project) < 0) {
        wanted = false; /* nobody's rather than everybody's */
        failed = true;
    }
    pthread_mutex_lock(&f->lock);
    if (f->active && wanted) {
        struct feed_entry e = {.kind = kind, .revision = snapshot_revision(s), .project = project};

        memcpy(e.texts, texts, sizeof(e.texts));
        add(f, &e);
        memset(texts, 0, sizeof(e.texts));
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
    uint64_t built_in = 0;
    size_t len;

    pmap_begin(&it, marked, NULL, 0);
    while ((value = pmap_next(&it, &key, &len))) {
        struct name n = {.len = len};

        memcpy(n.bytes, key, len);
        if (n.bytes[0] == MODEL_ALARM && alarms_is_built_in((const char *)n.bytes + 1))
            built_in |= alarms_built_in_bit((const char *)n.bytes + 1);
        else
            tell(r, s, &n, (enum feed_what)(uintptr_t)value);
        if (n.bytes[0] == MODEL_REGION) /* which says which of them are off */
            built_in = UINT64_MAX;
    }
    if (built_in)
        tell_built_in(r, s, built_in);
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

/* ---- events ---- */

#define HAPPENED_MAX                                                                               \
    4096 /* that wait to be told; readers find the others in the list of events                    \
          */

void feed_event(struct region *r, const struct event *event)
{
    struct feed *f = &r->feed;
    struct feed_entry e = {.kind = FEED_EVENTS, .event = event->id}, *grown = NULL;

    if (!feed_is_followed(r))
        return;
    if (*event->project)
        e.project = strdup(event->project);
    if (feed_text_event(event, FEED_ALL_LANGS, e.texts) < 0 || (*event->project && !e.project)) {
        log_error("an event could not be told to those who follow it: no memory");
        done_entry(&e);
        return;
    }
    pthread_mutex_lock(&f->lock);
    if (f->active && f->happened_count < HAPPENED_MAX)
        grown = reallocarray(f->happened, f->happened_count + 1, sizeof(*grown));
    if (grown) {
        f->happened = grown;
        f->happened[f->happened_count++] = e;
    }
    pthread_mutex_unlock(&f->lock);
    if (grown)
        feeder_wake(&r->c->feeder);
    else
        done_entry(&e);
}

/* The lock is held. */
static void add_happened(struct feed *f, uint64_t revision)
{
    for (size_t i = 0; i < f->happened_count; i++) {
        f->happened[i].revision = revision;
        add(f, &f->happened[i]);
    }
    free(f->happened);
    f->happened = NULL;
    f->happened_count = 0;
}

/* ---- what was marked ---- */

static struct pmap *take_marks(struct feed *f, bool *ret_happened)
{
    struct pmap *marked;

    pthread_mutex_lock(&f->lock);
    if (f->active && !f->followers && clock_monotonic_us() > f->left_us + LINGER_US)
        rest(f);
    mark_pending(f);
    marked = f->marked;
    f->marked = NULL;
    *ret_happened = f->happened_count;
    pthread_mutex_unlock(&f->lock);
    return marked;
}

bool feed_flush(struct region *r)
{
    struct feed *f = &r->feed;
    bool news, happened = false;
    struct pmap *marked = feed_is_followed(r) ? take_marks(f, &happened) : NULL;
    struct snapshot *s;

    if (!marked && !happened)
        return false;
    s = region_now(r); /* after the marks: what was marked is in it */
    tell_all(r, s, marked);
    pmap_unref(&set_type, marked);
    pthread_mutex_lock(&f->lock);
    if (f->active)
        add_happened(f, snapshot_revision(s));
    news = f->told < f->next;
    f->told = f->next;
    if (news)
        f->ring[(f->next - 1) % FEED_ENTRIES].last = true;
    pthread_mutex_unlock(&f->lock);
    snapshot_unref(s);
    return news;
}
