#include "control_internal.h"

static const struct pmap_type set_type = {0};

void due_init(struct due *d)
{
    pthread_mutex_init(&d->lock, NULL);
}

void due_done(struct due *d)
{
    pmap_unref(&set_type, d->ids);
    pthread_mutex_destroy(&d->lock);
}

void due_mark(struct due *d, const char *id)
{
    bool failed = false;

    pthread_mutex_lock(&d->lock);
    if (pmap_count(d->ids) < DUE_MAX)
        failed = pmap_put(&set_type, &d->ids, id, strlen(id), d, 0) < 0;
    pthread_mutex_unlock(&d->lock);
    if (failed)
        log_error("%s is not looked at: no memory", id);
}

bool due_take(struct due *d, char ret[STORE_NAME_MAX + 1])
{
    struct pmap_iter it;
    const void *key;
    size_t len;
    bool there = false;

    pthread_mutex_lock(&d->lock);
    pmap_begin(&it, d->ids, NULL, 0);
    if (pmap_next(&it, &key, &len)) {
        (void)text_printf(ret, STORE_NAME_MAX + 1, "%.*s", (int)len, (const char *)key);
        there = pmap_remove(&set_type, &d->ids, ret, strlen(ret)) == 0;
    }
    pthread_mutex_unlock(&d->lock);
    return there;
}
