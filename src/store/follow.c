#include "store_internal.h"

#include <stdlib.h>
#include <time.h>

/* The hub: who wants to hear of changes, and telling them. */

struct store_follower {
    struct store *store;
    struct list link;
    void (*changed)(void *arg, const char *region, uint64_t revision);
    void *arg;
    unsigned calls; /* under way; it stays in the list until they are over */
    bool ended;
};

void store_hub_init(struct store *s)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&s->watch_lock, NULL);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->moved, &attr);
    pthread_condattr_destroy(&attr);
    list_init(&s->followers);
}

void store_hub_done(struct store *s)
{
    store_page_done(&s->known);
    pthread_cond_destroy(&s->moved);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->watch_lock);
}

int store_watch(struct store *s)
{
    int r;

    pthread_mutex_lock(&s->watch_lock);
    r = s->interested == 0 ? s->backend->watch(s->self, s) : 0;
    if (r == 0)
        s->interested++;
    pthread_mutex_unlock(&s->watch_lock);
    return r;
}

void store_unwatch(struct store *s)
{
    pthread_mutex_lock(&s->watch_lock);
    if (--s->interested == 0 && s->backend->watch(s->self, NULL) < 0)
        log_warn("store: watching could not be ended");
    pthread_mutex_unlock(&s->watch_lock);
}

/* Where the region is in known, or would be. */
static size_t place_of(const struct store_page *known, const char *region)
{
    size_t low = 0, high = known->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(known->items[mid].id, region) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Under the lock. What cannot be remembered is news again the next time, which is harmless. */
static bool note(struct store_page *known, const char *region, uint64_t revision)
{
    size_t at = place_of(known, region);
    struct store_item item = {.id = (char *)region, .revision = revision};

    if (at < known->count && strcmp(known->items[at].id, region) == 0) {
        if (known->items[at].revision >= revision)
            return false;
        known->items[at].revision = revision;
        return true;
    }
    if (store_items_add(&known->items, &known->count, &item) < 0)
        return true;
    item = known->items[known->count - 1];
    memmove(&known->items[at + 1], &known->items[at],
            (known->count - 1 - at) * sizeof(struct store_item));
    known->items[at] = item;
    return true;
}

bool store_note(struct store *s, const char *region, uint64_t revision)
{
    bool news;

    pthread_mutex_lock(&s->lock);
    news = note(&s->known, region, revision);
    pthread_mutex_unlock(&s->lock);
    return news;
}

/* Under the lock, which is let go of for the call; the follower stays in the list meanwhile, so
 * that whoever walks the list finds the next one. */
static void call_follower(struct store *s, struct store_follower *f, const char *region,
                          uint64_t revision)
{
    if (f->ended)
        return;
    f->calls++;
    pthread_mutex_unlock(&s->lock);
    f->changed(f->arg, region, revision);
    pthread_mutex_lock(&s->lock);
    if (--f->calls == 0 && f->ended)
        pthread_cond_broadcast(&s->moved);
}

void store_tell(struct store *s, const char *region, uint64_t revision)
{
    pthread_mutex_lock(&s->lock);
    s->moves++;
    pthread_cond_broadcast(&s->moved);
    list_for_each (f, &s->followers, struct store_follower, link)
        call_follower(s, f, region, revision);
    pthread_mutex_unlock(&s->lock);
}

void store_tell_moved(struct store *s, const struct store_page *moved)
{
    for (size_t i = 0; i < moved->count; i++)
        (void)store_note(s, moved->items[i].id, moved->items[i].revision);
    for (size_t i = 0; i < moved->count; i++)
        store_tell(s, moved->items[i].id, moved->items[i].revision);
}

int store_follow(struct store *s, void (*changed)(void *arg, const char *region, uint64_t revision),
                 void *arg, struct store_follower **ret)
{
    struct store_follower *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return -ENOMEM;
    *f = (struct store_follower){.store = s, .changed = changed, .arg = arg};
    r = store_watch(s);
    if (r < 0) {
        free(f);
        return r;
    }
    pthread_mutex_lock(&s->lock);
    list_append(&s->followers, &f->link);
    pthread_mutex_unlock(&s->lock);
    *ret = f;
    return 0;
}

void store_unfollow(struct store_follower *f)
{
    struct store *s;

    if (!f)
        return;
    s = f->store;
    pthread_mutex_lock(&s->lock);
    f->ended = true;
    while (f->calls)
        pthread_cond_wait(&s->moved, &s->lock);
    list_remove(&f->link);
    pthread_mutex_unlock(&s->lock);
    free(f);
    store_unwatch(s);
}
