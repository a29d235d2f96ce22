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
    if (state->n_garbage == 0 || state->unpublished)
        return;
    synchronize_rcu();
    for (size_t i = 0; i < state->n_garbage; i++)
        state->garbage[i].free(state->garbage[i].context, state->garbage[i].object);
    state->n_garbage = 0;
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
    (void)text_copy(path->id, sizeof(path->id), id);
    list_init(&path->sas);
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
    if (path->tunnel || !list_empty(&path->sas))
        return;
    state->paths[path->index] = NULL;
    dp_names_release(&state->path_names, path->index);
    dp_state_discard(state, path_free, state, path);
}

/* ---- publishing ---- */

const struct dp_underlay *dp_state_underlay(const struct dp_state *state,
                                            const struct endpoint *local)
{
    for (uint32_t i = 0; i < state->n_underlays; i++)
        if (state->underlays[i] && endpoint_equal(&state->underlays[i]->local, local))
            return state->underlays[i];
    return NULL;
}

static void config_free(void *context, void *object)
{
    struct dp_config *config = object;

    (void)context;
    free(config->underlays);
    free(config->ports);
    free(config->tables);
    free(config->tunnels);
    free(config->connections);
    free(config);
}

static void *copy_array(const void *array, size_t n, size_t size, bool *failed)
{
    void *copy = calloc(n + 1, size); /* never of nothing */

    if (!copy)
        *failed = true;
    else if (array && n)
        memcpy(copy, array, n * size);
    return copy;
}

void dp_connection_add(struct dp_connection *c, uint32_t tunnel, const struct dp_sa *out)
{
    if (c->count == DP_MEMBERS_MAX)
        return;
    c->tunnels[c->count++] = tunnel;
    c->selective4 = c->selective4 || !out->any4;
    c->selective6 = c->selective6 || !out->any6;
}

static void fill_others(struct dp_egress *e)
{
    list_for_each (sa, &e->path->sas, struct dp_sa, link) {
        if (sa->direction != IPC_SA_OUT || sa == e->out ||
            !endpoint_equal(&sa->local, &e->out->local))
            continue;
        e->n_others = MIN(e->n_others, DP_OTHERS_MAX - 1U);
        memmove(e->others + 1, e->others, e->n_others * sizeof(*e->others));
        e->others[0] = sa;
        e->n_others++;
    }
}

/* A tunnel takes traffic while it is admin_up and has an outbound SA whose socket we hold. */
static void fill_tunnel(const struct dp_state *state, struct dp_config *config, uint32_t index)
{
    struct dp_egress *e = &config->tunnels[index];
    struct dp_sa *out;

    e->path = state->paths[index];
    if (!e->path || !e->path->tunnel)
        return;
    e->tunnel = e->path->tunnel;
    out = dp_sa_outbound(e->path);
    if (!e->tunnel->config.admin_up || !out)
        return;
    e->underlay = dp_state_underlay(state, &out->local);
    if (!e->underlay)
        return;
    e->out = out;
    fill_others(e);
    if (e->tunnel->connection >= config->n_connections)
        return;
    dp_connection_add(&config->connections[e->tunnel->connection], index, out);
}

int dp_state_publish(struct dp_state *state)
{
    struct dp_config *config = calloc(1, sizeof(*config)), *old = state->shared.config;
    bool failed = false;

    state->unpublished = true;
    if (!config)
        return -ENOMEM;
    config->n_underlays = state->n_underlays;
    config->n_ports = state->n_ports;
    config->n_tables = state->n_tables;
    config->n_tunnels = state->n_paths;
    config->n_connections = state->connection_names.n;
    config->underlays =
        copy_array(state->underlays, state->n_underlays, sizeof(*config->underlays), &failed);
    config->ports = copy_array(state->ports, state->n_ports, sizeof(*config->ports), &failed);
    config->tables = copy_array(state->tables, state->n_tables, sizeof(*config->tables), &failed);
    config->tunnels = copy_array(NULL, state->n_paths, sizeof(*config->tunnels), &failed);
    config->connections =
        copy_array(NULL, config->n_connections, sizeof(*config->connections), &failed);
    if (failed) {
        config_free(NULL, config);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < state->n_paths; i++)
        fill_tunnel(state, config, i);
    rcu_assign_pointer(state->shared.config, config);
    state->unpublished = false;
    dp_state_discard(state, config_free, NULL, old);
    return 0;
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
    r = dp_shared_init(&state->shared, WORKERS);
    if (r == 0)
        r = dp_state_publish(state);
    if (r == 0)
        r = dp_worker_start(&state->shared, 0, notes, &state->worker);
    return r;
}

void dp_state_done(struct dp_state *state)
{
    struct dp_staging nothing = {.open = true};
    struct ipc_sync_done done;

    dp_sa_free_all(state);
    if (state->shared.config)
        dp_state_apply(state, &nothing, &done);
    dp_state_collect(state);
    dp_worker_stop(state->worker);
    if (state->shared.config)
        config_free(NULL, state->shared.config);
    dp_shared_done(&state->shared);
    free(state->underlays);
    free(state->ports);
    free(state->tables);
    free(state->paths);
    free(state->garbage);
    dp_names_done(&state->port_names);
    dp_names_done(&state->table_names);
    dp_names_done(&state->path_names);
    dp_names_done(&state->connection_names);
}
