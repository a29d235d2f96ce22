#include "control_internal.h"

#include <assert.h>
#include <stdlib.h>

/* A change from the moment it is decided to the moment it is sent: under its region's write lock,
 * on the region as all commits before it will have made it. */

static_assert(MODEL_SEAL_ID_MAX == SEAL_ID_LEN + 1, "the model takes ids as they are");

static bool has_session(void *live, const struct snapshot *s, const struct model_resource *of)
{
    struct region *r = live;
    bool is;

    pthread_mutex_lock(&r->live);
    is = live_has_session(r, s, of);
    pthread_mutex_unlock(&r->live);
    return is;
}

static struct model_env env_of(const struct write *w)
{
    const char *project = w->call->who.rights.project;

    return (struct model_env){.now_us = w->call->now_us,
                              .project = *project ? project : NULL,
                              .random = random_bytes,
                              .seal = secrets_seal,
                              .open = secrets_open,
                              .key_of = secrets_key_of,
                              .user = &w->call->c->seal,
                              .has_session = has_session,
                              .live = w->region,
                              .regions = w->others,
                              .region_count = w->other_count};
}

/* The other regions, for rules among them. Nobody changes a region itself meanwhile: the house's
 * lock is held. */
static int take_others(struct write *w)
{
    struct control *c = w->call->c;

    w->others = calloc(c->house.count + 1, sizeof(struct snapshot *));
    if (!w->others)
        return -ENOMEM;
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        if (r == w->region || w->other_count == c->house.count)
            continue;
        pthread_mutex_lock(&r->write);
        w->others[w->other_count++] = region_head(r);
        pthread_mutex_unlock(&r->write);
    }
    return 0;
}

int write_begin(struct call *call, struct region *region, bool about_region, struct write *ret)
{
    int r = 0;

    *ret = (struct write){.call = call, .region = region, .whole = about_region};
    if (about_region) {
        pthread_mutex_lock(&call->c->house.write);
        r = take_others(ret);
    }
    pthread_mutex_lock(&region->write);
    ret->base = region_head(region);
    ret->env = env_of(ret);
    if (r < 0)
        write_end(ret);
    return r;
}

void write_try(struct call *call, struct write *ret)
{
    *ret = (struct write){.call = call, .region = call->place, .tries = true};
    ret->base = snapshot_ref(call->seen);
    ret->env = env_of(ret);
}

void write_end(struct write *w)
{
    snapshot_unref(w->base);
    if (!w->tries)
        pthread_mutex_unlock(&w->region->write);
    if (w->whole)
        pthread_mutex_unlock(&w->call->c->house.write);
    for (size_t i = 0; i < w->other_count; i++)
        snapshot_unref(w->others[i]);
    free(w->others);
}

int write_commit(struct write *w, const struct model_changes *changes, struct batch *b)
{
    static const struct model_changes none = {0};
    struct call *call = w->call;
    struct commit *commit;
    int r;

    batch_guard(b, w->region->id, snapshot_revision(w->base));
    if (changes)
        batch_changes(b, changes);
    if (b->count > STORE_OPS_MAX)
        return model_error_set(&call->error, 409, "too-large", NULL, NULL,
                               SAY(REQUEST_CHANGE_TOO_LARGE));
    r = commit_new(w->region, w->base, changes ? changes : &none, b, &commit);
    if (r < 0)
        return r;
    (void)text_copy(commit->key, sizeof(commit->key), w->key);
    (void)text_copy(commit->who, sizeof(commit->who),
                    *call->who.name ? call->who.name : call->who.id);
    call_wait_for(call, commit);
    commit_send(call->c, commit);
    snapshot_unref(call->seen);
    call->seen = snapshot_ref(commit->after);
    return 0;
}
