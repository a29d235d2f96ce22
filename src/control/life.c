#include "alarms.h"
#include "log_keeper.h"
#include "notice.h"
#include "recorder.h"
#include "sealed_internal.h"
#include "trials.h"

#include <stdlib.h>
#include <time.h>

/* The beginning and the end of the control plane, and what time brings in between. */

#define PRUNE_INTERVAL_US (600 * UINT64_C(1000000))

static void on_change(void *arg, const char *region, uint64_t revision)
{
    committer_look(arg, region, revision);
}

/* What others committed between the load and the first word of the store. */
static int look_once(struct control *c)
{
    struct store_page page = {0};
    int r = store_regions(c->store, &page);

    for (size_t i = 0; r == 0 && i < page.count; i++)
        committer_look(c, page.items[i].id, page.items[i].revision);
    store_page_done(&page);
    return r;
}

static void init(struct control *c, struct store *store)
{
    c->store = store;
    c->audit_days = CONTROL_AUDIT_DAYS;
    c->certificate_life_s = CONTROL_CERTIFICATE_LIFE_S;
    pthread_mutex_init(&c->auth_lock, NULL);
    pthread_mutex_init(&c->told_lock, NULL);
    pthread_mutex_init(&c->look_lock, NULL);
    pthread_cond_init(&c->look_wake, NULL);
    pthread_mutex_init(&c->house.write, NULL);
    pthread_mutex_init(&c->house.lock, NULL);
    list_init(&c->house.regions);
    random_bytes(&c->attempts.seed, sizeof(c->attempts.seed));
    committer_init(&c->committer);
    feeder_init(&c->feeder);
    trials_init(c);
}

/* ---- looking for damage ---- */

#define VERIFY_INTERVAL_S (24 * 3600)

static void verify(struct control *c)
{
    int r = store_verify(c->store);

    if (r == -EBADMSG) {
        log_error("the database is damaged: what can be read is served, /healthz says so; restore "
                  "a backup with ropewayd --restore");
        __atomic_store_n(&c->damaged, true, __ATOMIC_RELAXED);
    } else if (r < 0) {
        log_warn("the database could not be looked through: %s", strerror(-r));
    }
}

/* Whoever starts with a seal.key of other times should not learn of it from tunnels that stay down.
 */
static void verify_seals(struct control *c)
{
    struct sealed_report report = {0};
    int r = sealed_check(c->store, &c->seal, &report);

    if (r < 0)
        log_warn("whether all secrets open could not be found out: %s", strerror(-r));
    sealed_tell(&report);
}

/* Once at the start, then daily. */
static void *look(void *arg)
{
    struct control *c = arg;
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    pthread_mutex_lock(&c->look_lock);
    while (!c->look_ends) {
        pthread_mutex_unlock(&c->look_lock);
        verify_seals(c);
        verify(c);
        pthread_mutex_lock(&c->look_lock);
        until.tv_sec += VERIFY_INTERVAL_S;
        while (!c->look_ends && pthread_cond_timedwait(&c->look_wake, &c->look_lock, &until) == 0)
            ;
    }
    pthread_mutex_unlock(&c->look_lock);
    return NULL;
}

static int start_looking(struct control *c)
{
    int r = -pthread_create(&c->looker, NULL, look, c);

    c->looks = r == 0;
    return r;
}

static void stop_looking(struct control *c)
{
    pthread_mutex_lock(&c->look_lock);
    c->look_ends = true;
    pthread_cond_broadcast(&c->look_wake);
    pthread_mutex_unlock(&c->look_lock);
    if (c->looks)
        pthread_join(c->looker, NULL);
}

/* ---- life ---- */

static int open_ring(struct control *c, const char *state_dir)
{
    int r = seal_ring_open(state_dir, &c->seal);

    if (r == 0 && c->seal.count > 1)
        log_info("seal.key has %zu keys and seals with %s; ropewayd --reseal takes the others out",
                 c->seal.count, c->seal.keys[0].id);
    return r;
}

static int load(struct control *c, const char *state_dir)
{
    int r = credentials_init(&c->credentials);

    if (r == 0)
        r = open_ring(c, state_dir);
    if (r == 0)
        r = auth_load(&c->auth, c->store, state_dir);
    if (r == 0)
        r = house_load(c);
    if (r == 0)
        r = seen_load(c);
    return r == 0 ? documents_init(c) : r;
}

int control_new(struct store *store, const char *state_dir, struct control **ret)
{
    struct control *c = calloc(1, sizeof(*c));
    int r;

    if (!c) {
        store_close(store);
        return -ENOMEM;
    }
    init(c, store);
    r = load(c, state_dir);
    if (r == 0)
        r = notice_start(c);
    if (r == 0)
        r = control_sendmail(c, CONTROL_SENDMAIL); /* the program says where it is in earnest */
    if (r == 0)
        r = committer_start(c);
    if (r == 0)
        r = feeder_start(c);
    if (r == 0)
        r = start_looking(c);
    if (r == 0 && state_dir) {
        recorder_start(c, state_dir);
        log_keeper_start(c, state_dir);
        (void)snprintf(c->kept, sizeof(c->kept), "%s/deliveries.json", state_dir);
    }
    if (r == 0)
        r = store_follow(store, on_change, c, &c->follower);
    if (r == 0)
        r = look_once(c);
    if (r < 0) {
        control_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    store_unfollow(c->follower);
    stop_looking(c);
    recorder_stop(c);
    log_keeper_stop(c);
    if (c->committer.runs)
        seen_keep(c, clock_realtime_us(), true);
    committer_stop(c);
    feeder_stop(c);
    alarms_stop(c);
    notice_stop(c);
    trials_done(c);
    house_done(c);
    auth_done(&c->auth);
    credentials_done(&c->credentials);
    documents_done(c);
    pages_free(c->pages);
    store_close(c->store);
    seal_ring_wipe(&c->seal);
    pthread_mutex_destroy(&c->house.lock);
    pthread_mutex_destroy(&c->house.write);
    pthread_cond_destroy(&c->look_wake);
    pthread_mutex_destroy(&c->look_lock);
    pthread_mutex_destroy(&c->told_lock);
    pthread_mutex_destroy(&c->auth_lock);
    free(c);
}

const char *control_admin_token(const struct control *c)
{
    return c->auth.admin_token;
}

struct store *control_store(struct control *c)
{
    return c->store;
}

void control_keep_audit(struct control *c, unsigned days)
{
    c->audit_days = MIN(days, CONTROL_AUDIT_DAYS_MAX);
}

void control_certificate_life(struct control *c, uint64_t seconds)
{
    c->certificate_life_s =
        MAX(CONTROL_CERTIFICATE_LIFE_MIN, MIN(seconds, CONTROL_CERTIFICATE_LIFE_MAX));
}

void control_tick(struct control *c)
{
    uint64_t now_us = clock_realtime_us();

    live_listen(c, clock_monotonic_us());
    feeder_tick(c);
    seen_keep(c, now_us, false);
    placing_tick(c, now_us);
    trials_tick(c);
    notice_tick(c, now_us);
    alarms_tick(c, now_us);
    audit_prune(c, now_us);
    if (now_us - c->last_prune_us > PRUNE_INTERVAL_US) {
        idempotency_prune(c, now_us);
        session_prune(c, now_us);
        c->last_prune_us = now_us;
    }
}

int control_console(struct control *c, const char *dir)
{
    return pages_load(dir, &c->pages);
}
