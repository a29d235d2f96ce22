#include "state_internal.h"

#include <stdlib.h>

static void object_free(void *context, void *object)
{
    (void)context;
    free(object);
}

/* ---- tunnels ---- */

static bool translations_equal(const struct ipc_tunnel *x, const struct ipc_tunnel *y)
{
    bool equal = x->n_translations == y->n_translations;

    for (uint16_t i = 0; equal && i < x->n_translations; i++) {
        const struct ipc_translation *a = &x->translations[i], *b = &y->translations[i];

        equal = a->side == b->side && prefix_equal(&a->prefix, &b->prefix) &&
                prefix_equal(&a->seen_as, &b->seen_as);
    }
    return equal;
}

static bool tunnel_equal(const struct dp_tunnel *a, const struct dp_tunnel *b)
{
    const struct ipc_tunnel *x = &a->config, *y = &b->config;

    return a->table == b->table && a->connection == b->connection && x->admin_up == y->admin_up &&
           x->mtu == y->mtu && x->outer_mtu == y->outer_mtu && x->mss_clamp == y->mss_clamp &&
           addr_equal(&x->inner_local, &y->inner_local) &&
           addr_equal(&x->inner_remote, &y->inner_remote) && x->probe_ms == y->probe_ms &&
           x->probe_count == y->probe_count && x->draining == y->draining &&
           translations_equal(x, y);
}

static void set_tunnel(struct dp_state *state, struct dp_path *path, struct dp_tunnel *tunnel)
{
    dp_state_discard(state, object_free, NULL, path->tunnel);
    path->tunnel = tunnel;
    list_remove(&path->member);
    if (tunnel)
        list_append(&state->groups[tunnel->connection]->paths, &path->member);
    dp_state_touch(state, path);
}

/* A negative errno, or whether it changed. */
static int apply_tunnel(struct dp_state *state, const struct ipc_tunnel *config)
{
    struct dp_tunnel wanted = {.config = *config}, *tunnel;
    struct dp_path *path;
    int r;

    wanted.table = dp_names_find(&state->table_names, config->table);
    if (wanted.table == DP_NONE)
        return -ENOENT;
    r = dp_state_group(state, config->connection, &wanted.connection);
    if (r < 0)
        return r;
    r = dp_state_path(state, config->id, &path);
    if (r < 0)
        return r;
    if (path->tunnel && tunnel_equal(path->tunnel, &wanted))
        return 0;
    tunnel = calloc(1, sizeof(*tunnel));
    if (!tunnel) {
        dp_state_path_release(state, path);
        return -ENOMEM;
    }
    *tunnel = wanted;
    set_tunnel(state, path, tunnel);
    return 1;
}

static void drop_tunnel(struct dp_state *state, struct dp_path *path, struct ipc_sync_done *done)
{
    if (!path || !path->tunnel)
        return;
    set_tunnel(state, path, NULL);
    dp_state_path_release(state, path);
    done->changed++;
}

static void drop_unnamed_tunnels(struct dp_state *state, const struct dp_staging *s,
                                 struct ipc_sync_done *done)
{
    struct dp_names wanted = {0};
    uint32_t number;
    int r = 0;

    for (size_t i = 0; i < s->n_tunnels && r == 0; i++)
        r = dp_names_add(&wanted, s->tunnels[i].id, &number);
    for (uint32_t i = 0; i < state->n_paths && r == 0; i++) {
        if (state->paths[i] && dp_names_find(&wanted, state->paths[i]->id) == DP_NONE)
            drop_tunnel(state, state->paths[i], done);
    }
    if (r < 0)
        dp_apply_failed(done, SAY(DATAPLANE_TUNNELS_FAILED, strerror(-r)));
    dp_names_done(&wanted);
}

static void drop_tunnels(struct dp_state *state, const struct dp_staging *s,
                         struct ipc_sync_done *done)
{
    if (s->whole & IPC_PART_TUNNELS)
        drop_unnamed_tunnels(state, s, done);
    for (size_t i = 0; i < s->n_tunnels_gone; i++) {
        uint32_t index = dp_names_find(&state->path_names, s->tunnels_gone[i].id);

        if (index != DP_NONE)
            drop_tunnel(state, state->paths[index], done);
    }
}

/* Those that take traffic, or those that take none. */
static void set_tunnels(struct dp_state *state, const struct dp_staging *s, bool admin_up,
                        struct ipc_sync_done *done)
{
    for (size_t i = 0; i < s->n_tunnels; i++) {
        int r = 0;

        if (s->tunnels[i].admin_up == admin_up)
            r = apply_tunnel(state, &s->tunnels[i]);
        if (r < 0)
            dp_apply_failed(done, SAY(DATAPLANE_TUNNEL_FAILED, s->tunnels[i].id, strerror(-r)));
        else
            done->changed += (uint32_t)r;
    }
}

/* The connections, tunnels and hosts that routes lead to. */
struct named {
    bool *connections, *tunnels, *vias;
};

static void note_named(void *arg, const struct fib_hops *hops)
{
    struct named *named = arg;

    for (uint32_t h = 0; h < hops->count; h++) {
        if (dp_hop_kind(hops->ids[h]) == DP_HOP_CONNECTION)
            named->connections[dp_hop_index(hops->ids[h])] = true;
        else if (dp_hop_kind(hops->ids[h]) == DP_HOP_TUNNEL)
            named->tunnels[dp_hop_index(hops->ids[h])] = true;
        else if (dp_hop_kind(hops->ids[h]) == DP_HOP_HOST)
            named->vias[dp_hop_index(hops->ids[h])] = true;
    }
}

static void sweep_unnamed(struct dp_state *state, const struct named *named)
{
    for (uint32_t i = 0; i < state->n_groups; i++)
        if (state->groups[i] && !named->connections[i] && list_empty(&state->groups[i]->paths))
            dp_state_group_release(state, i);
    for (uint32_t i = 0; i < state->n_paths; i++) {
        struct dp_path *path = state->paths[i];

        if (!path || !path->named || named->tunnels[i])
            continue;
        path->named = false;
        dp_state_path_release(state, path);
    }
}

/* Forgets what nothing names any more. */
static void sweep(struct dp_state *state)
{
    struct named named = {.connections = calloc(state->n_groups + 1, sizeof(bool)),
                          .tunnels = calloc(state->n_paths + 1, sizeof(bool)),
                          .vias = calloc(state->n_vias + 1, sizeof(bool))};

    if (named.connections && named.tunnels && named.vias) {
        dp_tables_each_hops(state, note_named, &named);
        for (uint32_t i = 0; i < state->n_ports; i++)
            if (state->ports[i] && state->ports[i]->tunnel != DP_NONE)
                named.tunnels[state->ports[i]->tunnel] = true;
        sweep_unnamed(state, &named);
        dp_vias_sweep(state, named.vias);
    }
    free(named.connections);
    free(named.tunnels);
    free(named.vias);
}

static void publish(struct dp_state *state, struct ipc_sync_done *done)
{
    int r = dp_state_publish(state);

    if (r < 0)
        dp_apply_failed(done, SAY(DATAPLANE_NOT_PUBLISHED, strerror(-r)));
}

/* In this order nothing that workers see leads to what they do not see, no number means another
 * thing while a route still has it, and what leaves is there until no route leads to it. */
static void apply(struct dp_tables_sync *tables, struct dp_staging *staging,
                  struct ipc_sync_done *done)
{
    struct dp_state *state = tables->state;

    __atomic_store_n(&state->shared.flow_seed, staging->flow_seed, __ATOMIC_RELAXED);
    dp_tables_begin(tables);
    dp_apply_underlays(state, staging, done);
    dp_apply_ports(state, staging, done);
    dp_tables_make(tables);
    set_tunnels(state, staging, true, done);
    if (done->changed || state->unpublished) {
        publish(state, done);
        synchronize_rcu(); /* a worker may still be busy with the configuration of before */
    }
    dp_tables_change(tables);
    set_tunnels(state, staging, false, done);
    drop_tunnels(state, staging, done);
    sweep(state);
    if (state->unpublished)
        publish(state, done);
    dp_tables_end(tables);
}

void dp_state_apply(struct dp_state *state, struct dp_staging *staging, struct ipc_sync_done *ret)
{
    struct ipc_sync_done done = {.generation = staging->generation};
    struct dp_tables_sync tables = {.state = state, .staging = staging, .done = &done};

    if (staging->error < 0)
        dp_apply_failed(&done, SAY(DATAPLANE_NOT_TAKEN_IN, strerror(-staging->error)));
    else
        apply(&tables, staging, &done);
    *ret = done;
}

/* The last configuration is an empty one. */
void dp_state_done(struct dp_state *state)
{
    struct dp_staging nothing = {.open = true, .whole = IPC_PARTS};
    struct ipc_sync_done done;

    dp_sa_free_all(state);
    if (state->shared.config)
        dp_state_apply(state, &nothing, &done);
    dp_state_collect(state);
    dp_worker_stop(state->worker);
    dp_publish_done(state);
    dp_shared_done(&state->shared);
    free(state->underlays);
    free(state->ports);
    free(state->tables);
    free(state->paths);
    free(state->garbage);
    free(state->probed);
    dp_names_done(&state->underlay_names);
    dp_names_done(&state->port_names);
    dp_names_done(&state->table_names);
    dp_names_done(&state->path_names);
    dp_names_done(&state->connection_names);
    dp_vias_done(state);
}
