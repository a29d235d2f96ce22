#include "recorder.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

/* The thread that writes history, apart from all that answers requests. */

#define SWEEP_S 3600
#define GRACE_S 86400 /* files of what was deleted stay so long: a backup may be put back */

static const struct model_kind *kind_of_id(const char *id)
{
    static const enum model_kind_id kept[] = {MODEL_VPN_TUNNEL,
                                              MODEL_VPN_CONNECTION,
                                              MODEL_BORDER_GATEWAY,
                                              MODEL_PRIVATE_INTERFACE,
                                              MODEL_VPC_ATTACHMENT,
                                              MODEL_INSTANCE,
                                              MODEL_NODE};

    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        if (text_starts_with(id, model_kind(kept[i])->prefix))
            return model_kind(kept[i]);
    }
    return NULL;
}

static bool exists(void *arg, const char *key)
{
    struct control *c = arg;
    const char *after = strchr(key, '/') + 1;
    const struct model_kind *kind = kind_of_id(after);
    char region[HISTORY_KEY_MAX], id[HISTORY_KEY_MAX];
    struct region *r;
    struct snapshot *s;
    bool there;

    snprintf(region, sizeof(region), "%.*s", (int)(after - 1 - key), key);
    snprintf(id, sizeof(id), "%.*s", (int)strcspn(after, "."), after); /* of any of its parts */
    r = house_find(c, region);
    if (!r || !kind)
        return false;
    s = region_now(r);
    there = snapshot_get(s, kind->id, id);
    snapshot_unref(s);
    return there;
}

static void *record(void *arg)
{
    struct control *c = arg;
    struct timespec until;
    unsigned long seconds = 0;

    (void)pthread_setname_np(pthread_self(), "history");
    clock_gettime(CLOCK_REALTIME, &until);
    pthread_mutex_lock(&c->look_lock);
    while (!c->look_ends) {
        pthread_mutex_unlock(&c->look_lock);
        history_work(c->history, clock_realtime_us());
        usual_work(c, clock_realtime_us());
        if (++seconds % SWEEP_S == 0)
            history_sweep(c->history, exists, c, clock_realtime_us() / 1000000 - GRACE_S);
        pthread_mutex_lock(&c->look_lock);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        while (!c->look_ends && pthread_cond_timedwait(&c->look_wake, &c->look_lock, &until) == 0)
            ;
    }
    pthread_mutex_unlock(&c->look_lock);
    return NULL;
}

void recorder_start(struct control *c, const char *state_dir)
{
    char dir[PATH_MAX];
    const struct history_config config = {.dir = dir, .reserve = HISTORY_RESERVE};
    int r =
        snprintf(dir, sizeof(dir), "%s/history", state_dir) < (int)sizeof(dir) ? 0 : -ENAMETOOLONG;

    if (r == 0)
        r = history_open(&config, &c->history);
    if (r == 0)
        r = -pthread_create(&c->recorder, NULL, record, c);
    c->records = r == 0;
    if (r < 0) {
        log_warn("no history is kept in %s: %s", dir, strerror(-r));
        history_close(c->history);
        c->history = NULL;
    }
}

void recorder_stop(struct control *c)
{
    if (c->records)
        pthread_join(c->recorder, NULL);
    history_close(c->history);
    c->history = NULL;
}
