#include "state_internal.h"

#include <stdlib.h>
#include <unistd.h>

#define WORKERS 1

int dp_state_fit(void *array_ptr, uint32_t *n, uint32_t index)
{
    void **array;
    uint32_t want = *n ? *n : 8;

    if (index < *n)
        return 0;
    while (want <= index)
        want *= 2;
    memcpy(&array, array_ptr, sizeof(array));
    array = realloc(array, want * sizeof(*array));
    if (!array)
        return -ENOMEM;
    memset(array + *n, 0, (want - *n) * sizeof(*array));
    memcpy(array_ptr, &array, sizeof(array));
    *n = want;
    return 0;
}

/* ---- garbage ---- */

void dp_state_discard(struct dp_state *state, void (*free_fn)(void *, void *), void *context,
                      void *object)
{
    if (!object)
        return;
    if (state->n_garbage == state->garbage_cap) {
        size_t cap = state->garbage_cap ? state->garbage_cap * 2 : 64;
        struct dp_garbage *grown = realloc(state->garbage, cap * sizeof(*grown));

        if (!grown)
            return; /* lost, but never freed under a worker's hands */
        state->garbage = grown;
        state->garbage_cap = cap;
    }
    state->garbage[state->n_garbage++] = (struct dp_garbage){free_fn, context, object};
}

void dp_state_collect(struct dp_state *state)
{
    if (state->n_garbage == 0 || (state->unpublished && dp_state_publish(state) < 0))
        return;
    synchronize_rcu();
    for (size_t i = 0; i < state->n_garbage; i++)
        state->garbage[i].free(state->garbage[i].context, state->garbage[i].object);
    state->n_garbage = 0;
}

const struct dp_underlay *dp_state_underlay(const struct dp_state *state,
                                            const struct endpoint *local)
{
    char text[ENDPOINT_TEXT_MAX];
    uint32_t index = dp_names_find(&state->underlay_names, endpoint_format(local, text));

    return index == DP_NONE ? NULL : state->underlays[index];
}

/* ---- paths ---- */

int dp_state_path(struct dp_state *state, const char *id, struct dp_path **ret)
{
    uint32_t index;
    struct dp_path *path;
    int r;

    r = dp_names_add(&state->path_names, id, &index);
    if (r < 0)
        return r;
    r = dp_state_fit(&state->paths, &state->n_paths, index);
    if (r < 0) {
        dp_names_release(&state->path_names, index);
        return r;
    }
    if (state->paths[index]) {
        *ret = state->paths[index];
        return 0;
    }
    path = calloc(1, sizeof(*path));
    if (path)
        path->stats = dp_stats_take(state->shared.stats, IPC_STATS_TUNNEL, id, 0, 0);
    if (!path || !path->stats) {
        free(path);
        dp_names_release(&state->path_names, index);
        return -ENOMEM;
    }
    path->index = index;
    path->key = flow_key(id);
    path->serial = ++state->probed_made;
    path->probing.probe.secret = random_u64();
    (void)text_copy(path->id, sizeof(path->id), id);
    list_init(&path->sas);
    list_init(&path->touched);
    list_init(&path->member);
    dp_state_touch(state, path);
    state->paths[index] = path;
    *ret = path;
    return 0;
}

static void path_free(void *context, void *object)
{
    struct dp_state *state = context;
    struct dp_path *path = object;

    dp_stats_give(state->shared.stats, IPC_STATS_TUNNEL, path->stats);
    free(path->tunnel);
    free(path);
}

void dp_state_path_release(struct dp_state *state, struct dp_path *path)
{
    if (path->tunnel || path->named || !list_empty(&path->sas))
        return;
    list_remove(&path->touched);
    list_remove(&path->member);
    dp_publish_without(state, path);
    state->paths[path->index] = NULL;
    dp_names_release(&state->path_names, path->index);
    dp_state_discard(state, path_free, state, path);
}

/* ---- beginning and end ---- */

static struct cds_lfht *sas_new(void)
{
    return cds_lfht_new(64, 64, 0, CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, NULL);
}

int dp_shared_init(struct dp_shared *shared, unsigned workers)
{
    int r;

    shared->inbound = sas_new();
    shared->outbound = sas_new();
    if (!shared->inbound || !shared->outbound)
        return -ENOMEM;
    r = dp_gate_new(&shared->gate);
    return r < 0 ? r : dp_stats_new(workers, &shared->stats);
}

void dp_shared_done(struct dp_shared *shared)
{
    if (shared->inbound)
        (void)cds_lfht_destroy(shared->inbound, NULL);
    if (shared->outbound)
        (void)cds_lfht_destroy(shared->outbound, NULL);
    dp_gate_free(shared->gate);
    dp_stats_free(shared->stats);
}

int dp_state_init(struct dp_state *state, const int notes[DP_LANES])
{
    int r;

    *state = (struct dp_state){0};
    list_init(&state->touched);
    list_init(&state->touched_groups);
    r = dp_shared_init(&state->shared, WORKERS);
    if (r == 0)
        r = dp_state_publish(state);
    if (r == 0)
        r = dp_worker_start(&state->shared, 0, notes, &state->worker);
    return r;
}
