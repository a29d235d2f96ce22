#include "store.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* What all backends share: checks, one lock, and telling those who wait. */

struct store {
    const struct store_backend *backend;
    void *self;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    void (*changed)(void *arg, const char *region);
    void *changed_arg;
};

int store_new(const struct store_backend *backend, void *self, struct store **ret)
{
    struct store *s = calloc(1, sizeof(*s));
    pthread_condattr_t attr;

    if (!s) {
        backend->close(self);
        return -ENOMEM;
    }
    s->backend = backend;
    s->self = self;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->moved, &attr);
    pthread_condattr_destroy(&attr);
    *ret = s;
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    s->backend->close(s->self);
    pthread_cond_destroy(&s->moved);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void store_item_done(struct store_item *item)
{
    free(item->region);
    free(item->id);
    free(item->value);
    *item = (struct store_item){0};
}

void store_page_done(struct store_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        store_item_done(&page->items[i]);
    free(page->items);
    *page = (struct store_page){0};
}

int store_page_add(struct store_page *page, const char *region, const char *id, const char *value,
                   uint64_t revision)
{
    struct store_item item = {
        .region = strdup(region), .id = strdup(id), .value = strdup(value), .revision = revision};
    struct store_item *items = page->items;

    if (!item.region || !item.id || !item.value)
        goto fail;
    if ((page->count & (page->count - 1)) == 0) { /* full at every power of two */
        items = realloc(items, (page->count ? page->count * 2 : 1) * sizeof(*items));
        if (!items)
            goto fail;
        page->items = items;
    }
    page->items[page->count++] = item;
    return 0;
fail:
    store_item_done(&item);
    return -ENOMEM;
}

static bool is_name(const char *text, bool may_be_empty)
{
    size_t len = strnlen(text, STORE_NAME_MAX + 1);

    if (len > STORE_NAME_MAX || (len == 0 && !may_be_empty) || !text_is_utf8(text, len))
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return true;
}

static bool is_key(const struct store_key *key)
{
    return is_name(key->collection, false) && is_name(key->region, true) && is_name(key->id, false);
}

int store_get(struct store *s, const struct store_key *key, struct store_item *ret)
{
    struct store_item item = {0};
    int r;

    if (!is_key(key))
        return -ENOENT; /* it could never have been put */
    pthread_mutex_lock(&s->lock);
    r = s->backend->get(s->self, key, &item);
    pthread_mutex_unlock(&s->lock);
    if (r < 0) {
        store_item_done(&item);
        return r;
    }
    *ret = item;
    return 0;
}

int store_list(struct store *s, const struct store_query *query, struct store_page *ret)
{
    struct store_page page = {0};
    int r;

    if (!is_name(query->collection, false) || (query->region && !is_name(query->region, true)) ||
        (query->after && !is_name(query->after, true)))
        return -EINVAL;
    pthread_mutex_lock(&s->lock);
    r = s->backend->list(s->self, query, &page);
    pthread_mutex_unlock(&s->lock);
    if (r < 0) {
        store_page_done(&page);
        return r;
    }
    *ret = page;
    return 0;
}

static int check_ops(const struct store_op *ops, size_t count)
{
    if (count > STORE_OPS_MAX)
        return -E2BIG;
    for (size_t i = 0; i < count; i++) {
        if (!(ops[i].kind == STORE_CHECK_REGION ? is_name(ops[i].key.region, true)
                                                : is_key(&ops[i].key)) ||
            (ops[i].kind == STORE_PUT) != (ops[i].value != NULL))
            return -EINVAL;
        if (ops[i].value && strnlen(ops[i].value, STORE_VALUE_MAX + 1) > STORE_VALUE_MAX)
            return -E2BIG;
    }
    return 0;
}

static bool writes(const struct store_op *op)
{
    return op->kind == STORE_PUT || op->kind == STORE_DELETE;
}

/* Once for every region that the operations name. */
static void tell_watcher(struct store *s, const struct store_op *ops, size_t count)
{
    for (size_t i = 0; s->changed && i < count; i++) {
        bool told = !writes(&ops[i]);

        for (size_t j = 0; j < i && !told; j++)
            told = writes(&ops[j]) && strcmp(ops[j].key.region, ops[i].key.region) == 0;
        if (!told)
            s->changed(s->changed_arg, ops[i].key.region);
    }
}

int store_commit(struct store *s, const struct store_op *ops, size_t count, uint64_t *ret_revision)
{
    bool changed = false;
    uint64_t revision;
    int r = check_ops(ops, count);

    if (r < 0)
        return r;
    pthread_mutex_lock(&s->lock);
    r = s->backend->commit(s->self, ops, count, &changed);
    revision = s->backend->revision(s->self, NULL);
    if (r == 0 && changed)
        pthread_cond_broadcast(&s->moved);
    pthread_mutex_unlock(&s->lock);
    if (r < 0)
        return r;
    if (ret_revision)
        *ret_revision = revision;
    if (changed)
        tell_watcher(s, ops, count);
    return 0;
}

uint64_t store_revision(struct store *s, const char *region)
{
    uint64_t revision;

    pthread_mutex_lock(&s->lock);
    revision = s->backend->revision(s->self, region);
    pthread_mutex_unlock(&s->lock);
    return revision;
}

int store_wait(struct store *s, const char *region, uint64_t revision, unsigned timeout_ms)
{
    struct timespec until;
    int r = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&s->lock);
    while (r == 0 && s->backend->revision(s->self, region) <= revision)
        r = -pthread_cond_timedwait(&s->moved, &s->lock, &until);
    if (r == -ETIMEDOUT && s->backend->revision(s->self, region) > revision)
        r = 0;
    pthread_mutex_unlock(&s->lock);
    return r;
}

void store_watch(struct store *s, void (*changed)(void *arg, const char *region), void *arg)
{
    s->changed = changed;
    s->changed_arg = arg;
}
