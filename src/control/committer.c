#include "control_internal.h"

/* The one thread that makes the commits of all regions durable and lets them be seen, so that it
 * happens in order. */

/* Most commits that are made durable together: a bound for how long the first one waits. */
#define TOGETHER_MAX 256

/* Everybody may see it, or it never was. */
static void settle(struct control *c, struct commit *commit, int result)
{
    if (result == 0) {
        auth_follow(c, &commit->b);
        if (commit->region)
            region_publish(commit->region, commit);
    } else if (commit->region) {
        region_reset(commit->region);
    }
}

static void finish(struct committer *k, struct commit *commit, int result)
{
    pthread_mutex_lock(&k->lock);
    list_remove(&commit->link);
    commit->result = result;
    commit->finished = true;
    if (commit->done)
        commit->done(commit->arg);
    commit->done = NULL;
    pthread_cond_broadcast(&k->finished);
    pthread_mutex_unlock(&k->lock);
    commit_unref(commit);
}

static void carry_out(struct control *c, struct commit **commits, size_t count)
{
    struct store_commit together[TOGETHER_MAX];

    for (size_t i = 0; i < count; i++)
        together[i] = (struct store_commit){commits[i]->b.ops, commits[i]->b.count, 0};
    store_commit_all(c->store, together, count);
    for (size_t i = 0; i < count; i++) {
        settle(c, commits[i], together[i].result);
        finish(&c->committer, commits[i], together[i].result);
    }
}

/* The lock is held. */
static size_t take(struct committer *k, struct commit *ret[TOGETHER_MAX])
{
    size_t count = 0;

    list_for_each_safe (commit, &k->queue, struct commit, link) {
        if (count == TOGETHER_MAX)
            break;
        ret[count++] = commit;
        list_remove(&commit->link);
        list_append(&k->carrying, &commit->link);
    }
    return count;
}

/* One that has come further than anybody sees here: most are told of what was committed here. */
static struct region *take_stale(struct committer *k)
{
    while (!list_empty(&k->stale)) {
        struct region *r = container_of(k->stale.next, struct region, stale);
        struct snapshot *now = region_now(r);
        bool behind = r->told > snapshot_revision(now);

        list_remove(&r->stale);
        snapshot_unref(now);
        if (behind)
            return r;
    }
    return NULL;
}

static void *run(void *arg)
{
    struct control *c = arg;
    struct committer *k = &c->committer;
    struct commit *commits[TOGETHER_MAX];

    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r))
        region_plan(r);
    pthread_mutex_lock(&k->lock);
    for (;;) {
        struct region *stale = take_stale(k);
        size_t count = take(k, commits);

        if (!count && !stale && k->stopping)
            break;
        if (!count && !stale) {
            pthread_cond_wait(&k->wake, &k->lock);
            continue;
        }
        pthread_mutex_unlock(&k->lock);
        if (stale)
            region_catch_up(stale);
        if (count)
            carry_out(c, commits, count);
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

void committer_look(struct control *c, const char *region, uint64_t revision)
{
    struct committer *k = &c->committer;
    struct region *r = *region ? house_make(c, region) : NULL;

    if (!r)
        return; /* what belongs to no region is read when it is asked for */
    pthread_mutex_lock(&k->lock);
    r->told = MAX(r->told, revision);
    if (list_empty(&r->stale))
        list_append(&k->stale, &r->stale);
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
}

void committer_init(struct committer *k)
{
    pthread_mutex_init(&k->lock, NULL);
    pthread_cond_init(&k->wake, NULL);
    pthread_cond_init(&k->finished, NULL);
    list_init(&k->queue);
    list_init(&k->carrying);
    list_init(&k->stale);
}

int committer_start(struct control *c)
{
    struct committer *k = &c->committer;
    int r = -pthread_create(&k->thread, NULL, run, c);

    k->runs = r == 0;
    return r;
}

void committer_stop(struct control *c)
{
    struct committer *k = &c->committer;

    if (!k->runs)
        return;
    pthread_mutex_lock(&k->lock);
    k->stopping = true;
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
    pthread_join(k->thread, NULL);
    k->runs = false;
}
