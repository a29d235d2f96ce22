#include "control_internal.h"

#include <stdlib.h>

/* The way of a commit: decided under its region's write lock, queued, made durable together with
 * whatever else waits (committer.c), and only then seen by others. */

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
