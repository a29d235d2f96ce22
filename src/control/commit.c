#include "control_internal.h"

#include <stdlib.h>

/* The way of a commit: decided under its region's write lock, queued, made durable together with
 * whatever else waits, and only then seen by others. One thread does that last part for all
 * regions, so that it happens in order. */

/* Most commits that are made durable together: a bound for how long the first one waits. */
#define TOGETHER_MAX 256

static void commit_free(struct commit *commit)
{
    snapshot_unref(commit->before);
    snapshot_unref(commit->after);
    free(commit->changes);
    batch_done(&commit->b);
    free(commit);
}

void commit_unref(struct commit *commit)
{
    if (commit && __atomic_sub_fetch(&commit->refs, 1, __ATOMIC_ACQ_REL) == 0)
        commit_free(commit);
}

/* The region as it will be. Fills changes, whose ids live as long as the snapshots. */
static int make_after(struct commit *commit, const struct model_changes *changes)
{
    uint64_t revision = snapshot_revision(commit->before) + 1;
    struct snapshot_change *steps;
    int r;

    steps = calloc(changes->count + 1, sizeof(*steps));
    commit->changes = calloc(changes->count + 1, sizeof(*commit->changes));
    if (!steps || !commit->changes) {
        free(steps);
        return -ENOMEM;
    }
    for (size_t i = 0; i < changes->count; i++) {
        struct model_change *change = &changes->items[i];
        const char *id = change->after ? change->after->id : change->before->id;

        if (change->after)
            change->after->stored_at = revision; /* nobody else holds it yet */
        steps[i] = (struct snapshot_change){change->kind->id, id, change->after};
        commit->changes[i] = (struct plan_change){change->kind->id, id};
    }
    commit->change_count = changes->count;
    r = snapshot_apply(commit->before, steps, changes->count, revision, &commit->after);
    free(steps);
    return r;
}

int commit_new(struct region *region, const struct snapshot *before,
               const struct model_changes *changes, struct batch *b, struct commit **ret)
{
    struct commit *commit = b->failed ? NULL : calloc(1, sizeof(*commit));
    int r = 0;

    if (!commit)
        return -ENOMEM;
    commit->refs = 1;
    list_init(&commit->link);
    if (region) {
        commit->region = region;
        commit->before = snapshot_ref(before);
        r = make_after(commit, changes);
    }
    if (r < 0) {
        commit_free(commit);
        return r;
    }
    commit->b = *b;
    *b = (struct batch){0};
    *ret = commit;
    return 0;
}

void commit_send(struct control *c, struct commit *commit)
{
    struct committer *k = &c->committer;
    struct region *region = commit->region;

    if (region) {
        struct snapshot *old = region->head;

        region->head = snapshot_ref(commit->after);
        snapshot_unref(old);
    }
    __atomic_add_fetch(&commit->refs, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&k->lock);
    list_append(&k->queue, &commit->link);
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
}

int commit_wait(struct control *c, struct commit *commit)
{
    struct committer *k = &c->committer;

    pthread_mutex_lock(&k->lock);
    while (!commit->finished)
        pthread_cond_wait(&k->finished, &k->lock);
    pthread_mutex_unlock(&k->lock);
    return commit->result;
}

void commit_on_done(struct control *c, struct commit *commit, void (*done)(void *arg), void *arg)
{
    struct committer *k = &c->committer;

    pthread_mutex_lock(&k->lock);
    if (commit->finished && done) {
        done(arg);
    } else {
        commit->done = done;
        commit->arg = arg;
    }
    pthread_mutex_unlock(&k->lock);
}

struct commit *commit_find_key(struct control *c, const char *key)
{
    struct committer *k = &c->committer;
    struct list *lists[] = {&k->queue, &k->carrying};
    struct commit *found = NULL;

    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; i < ARRAY_SIZE(lists) && !found; i++) {
        list_for_each (commit, lists[i], struct commit, link) {
            if (strcmp(commit->key, key) == 0)
                found = commit;
        }
    }
    if (found)
        __atomic_add_fetch(&found->refs, 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&k->lock);
    return found;
}

void commit_look(struct control *c, const char *region)
{
    struct committer *k = &c->committer;
    struct region *r = *region ? house_make(c, region) : NULL;

    if (!r)
        return; /* what belongs to no region is read when it is asked for */
    pthread_mutex_lock(&k->lock);
    if (list_empty(&r->stale))
        list_append(&k->stale, &r->stale);
    pthread_cond_signal(&k->wake);
    pthread_mutex_unlock(&k->lock);
}

/* ---- the thread ---- */

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

static struct region *take_stale(struct committer *k)
{
    struct region *r = NULL;

    if (!list_empty(&k->stale)) {
        r = container_of(k->stale.next, struct region, stale);
        list_remove(&r->stale);
    }
    return r;
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
