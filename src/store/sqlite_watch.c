#include "sqlite_internal.h"

#include <signal.h>
#include <time.h>

/* Commits of other processes on the same file, and of other stores in this one. SQLite tells
 * nobody, but PRAGMA data_version answers another number once somebody else has committed; asking
 * costs a look at shared memory. */

#define LOOK_EVERY_MS 200

void sqlite_watch_init(struct sqlite_store *s)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&s->watcher.lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->watcher.wake, &attr);
    pthread_condattr_destroy(&attr);
}

static int read_data_version(struct watcher *w, int64_t *ret)
{
    return conn_number(&w->conn, "PRAGMA data_version", ret);
}

/* Under the lock: what moved since the last look; nothing if nobody committed. */
static int look(struct watcher *w, struct store_page *ret)
{
    int64_t now;
    int r = read_data_version(w, &now);

    if (r < 0 || now == w->data_version)
        return r;
    r = sqlite_read_regions(&w->conn, ret);
    if (r == 0)
        w->data_version = now;
    return r;
}

/* A later look finds what this one could not read. */
static void say_failure(struct watcher *w, int r)
{
    if (r < 0 && !w->failing)
        log_warn("%s: commits of others cannot be seen at the moment", w->conn.path);
    w->failing = r < 0;
}

static void wait_until_next_look(struct watcher *w)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_EVERY_MS * 1000000L;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

static void *watch_thread(void *arg)
{
    struct watcher *w = arg;

    pthread_mutex_lock(&w->lock);
    while (!w->ends) {
        struct store_page regions = {0};
        struct store *told = w->told;

        if (!told) {
            pthread_cond_wait(&w->wake, &w->lock);
            continue;
        }
        say_failure(w, look(w, &regions));
        pthread_mutex_unlock(&w->lock);
        for (size_t i = 0; i < regions.count; i++) {
            if (store_note(told, regions.items[i].id, regions.items[i].revision))
                store_tell(told, regions.items[i].id, regions.items[i].revision);
        }
        store_page_done(&regions);
        pthread_mutex_lock(&w->lock);
        if (!w->ends)
            wait_until_next_look(w);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Signals are the program's business, in threads of its own. */
static int start_thread(struct watcher *w)
{
    pthread_attr_t attr;
    sigset_t all;
    int r;

    sigfillset(&all);
    pthread_attr_init(&attr);
    r = -pthread_attr_setsigmask_np(&attr, &all);
    if (r == 0)
        r = -pthread_create(&w->thread, &attr, watch_thread, w);
    pthread_attr_destroy(&attr);
    w->started = r == 0;
    return r;
}

static int start(struct sqlite_store *s)
{
    struct watcher *w = &s->watcher;
    int r = conn_open(s->path, &w->conn);

    if (r == 0)
        r = conn_prepare(&w->conn);
    if (r == 0)
        r = start_thread(w);
    if (r < 0)
        conn_close(&w->conn);
    return r;
}

/* What is there already is no news. */
static int note_all(struct watcher *w, struct store *hub)
{
    struct store_page regions = {0};
    int r = read_data_version(w, &w->data_version);

    if (r == 0)
        r = sqlite_read_regions(&w->conn, &regions);
    for (size_t i = 0; r == 0 && i < regions.count; i++)
        (void)store_note(hub, regions.items[i].id, regions.items[i].revision);
    store_page_done(&regions);
    return r;
}

int sqlite_watch(void *self, struct store *hub)
{
    struct sqlite_store *s = self;
    struct watcher *w = &s->watcher;
    int r = 0;

    if (s->in_memory)
        return 0;
    pthread_mutex_lock(&w->lock);
    if (hub && !w->started)
        r = start(s);
    if (r == 0 && hub)
        r = note_all(w, hub);
    if (r == 0) {
        w->told = hub;
        pthread_cond_signal(&w->wake);
    }
    pthread_mutex_unlock(&w->lock);
    return r;
}

void sqlite_watch_end(struct sqlite_store *s)
{
    struct watcher *w = &s->watcher;

    pthread_mutex_lock(&w->lock);
    w->ends = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (w->started)
        pthread_join(w->thread, NULL);
    conn_close(&w->conn);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
}
