#include "state_internal.h"

#include <stdio.h>
#include <stdlib.h>

void dp_apply_failed(struct ipc_sync_done *done, const struct words *what)
{
    if (done->failed++ == 0)
        words_write(what, done->text, sizeof(done->text));
}

static void object_free(void *context, void *object)
{
    (void)context;
    free(object);
}

/* ---- tables ---- */

static void table_free(void *context, void *object)
{
    struct dp_table *table = object;

    dp_jumps_release(context, table);
    fib_table_free(table->fib);
    free(table->routes);
    free(table);
}

/* It takes what is for its tunnel's own address, and nothing that a route leads there. */
static bool is_tun(const struct dp_state *state, uint32_t port)
{
    return port < state->n_ports && state->ports[port] &&
           state->ports[port]->config.kind == IPC_PORT_TUN;
}

static uint32_t resolve_hop(struct dp_state *state, const struct ipc_nexthop *hop)
{
    struct dp_path *path;
    uint32_t index;

    switch (hop->kind) {
    case IPC_NEXTHOP_PORT:
        index = dp_names_find(&state->port_names, hop->target);
        return index == DP_NONE || is_tun(state, index) ? dp_hop(DP_HOP_MISSING, 0)
                                                        : dp_hop(DP_HOP_PORT, index);
    case IPC_NEXTHOP_TABLE:
        index = dp_names_find(&state->table_names, hop->target);
        return index == DP_NONE ? dp_hop(DP_HOP_MISSING, 0) : dp_hop(DP_HOP_TABLE, index);
    case IPC_NEXTHOP_CONNECTION:
        if (dp_state_group(state, hop->target, &index) < 0)
            return dp_hop(DP_HOP_MISSING, 0);
        return dp_hop(DP_HOP_CONNECTION, index);
    case IPC_NEXTHOP_TUNNEL:
        if (dp_state_path(state, hop->target, &path) < 0)
            return dp_hop(DP_HOP_MISSING, 0);
        path->named = true;
        return dp_hop(DP_HOP_TUNNEL, path->index);
    case IPC_NEXTHOP_BLACKHOLE:
        return dp_hop(DP_HOP_BLACKHOLE, 0);
    case IPC_NEXTHOP_UNREACHABLE:
        return dp_hop(DP_HOP_UNREACHABLE, 0);
    case IPC_NEXTHOP_SELF:
        return dp_hop(DP_HOP_SELF, 0);
    default:
        return dp_hop(DP_HOP_MISSING, 0);
    }
}

/* Hops that lead nowhere do not take a share of the flows while another one is there. */
static void resolve_route(struct dp_state *state, const struct ipc_route *route,
                          struct fib_route *ret)
{
    ret->prefix = route->prefix;
    for (uint16_t i = 0; i < route->n_nexthops && i < FIB_HOPS_MAX; i++) {
        uint32_t hop = resolve_hop(state, &route->nexthops[i]);

        if (dp_hop_kind(hop) != DP_HOP_MISSING)
            ret->hops.ids[ret->hops.count++] = hop;
    }
    if (ret->hops.count == 0)
        ret->hops.ids[ret->hops.count++] = dp_hop(DP_HOP_MISSING, 0);
}

static int compare_routes(const void *a, const void *b)
{
    const struct fib_route *x = a, *y = b;

    return prefix_cmp(&x->prefix, &y->prefix);
}

static int table_make(struct dp_state *state, const struct dp_staged_table *staged, uint32_t index,
                      const struct dp_table *old, struct dp_table **ret)
{
    struct dp_table *t = calloc(1, sizeof(*t));

    if (!t)
        return -ENOMEM;
    t->index = index;
    t->self = staged->config.self;
    t->n_routes = staged->n_routes;
    (void)text_copy(t->id, sizeof(t->id), staged->config.id);
    t->routes = calloc(staged->n_routes + 1, sizeof(*t->routes));
    if (!t->routes) {
        free(t);
        return -ENOMEM;
    }
    for (size_t i = 0; i < staged->n_routes; i++)
        resolve_route(state, &staged->routes[i], &t->routes[i]);
    qsort(t->routes, t->n_routes, sizeof(*t->routes), compare_routes);
    if (dp_jumps_make(state, t, old) < 0) {
        table_free(state, t);
        return -ENOMEM;
    }
    *ret = t;
    return 0;
}

static bool table_equal(const struct dp_table *a, const struct dp_table *b)
{
    if (a->n_routes != b->n_routes || !addr_equal(&a->self, &b->self) || !dp_jumps_equal(a, b))
        return false;
    for (size_t i = 0; i < a->n_routes; i++)
        if (!prefix_equal(&a->routes[i].prefix, &b->routes[i].prefix) ||
            memcmp(&a->routes[i].hops, &b->routes[i].hops, sizeof(struct fib_hops)) != 0)
            return false;
    return true;
}

/* A negative errno, or whether it changed. */
static int apply_table(struct dp_state *state, const struct dp_staged_table *staged)
{
    uint32_t index = dp_names_find(&state->table_names, staged->config.id);
    struct dp_table *table, *old;
    int r;

    if (index == DP_NONE)
        return -ENOENT;
    r = dp_state_fit(&state->tables, &state->n_tables, index);
    if (r < 0)
        return r;
    old = state->tables[index];
    r = table_make(state, staged, index, old, &table);
    if (r < 0)
        return r;
    if (old && table_equal(old, table)) {
        table_free(state, table);
        return 0;
    }
    r = fib_table_new(&table->fib);
    if (r == 0)
        r = fib_table_set(table->fib, table->routes, table->n_routes);
    if (r < 0) {
        table_free(state, table);
        return r;
    }
    state->tables[index] = table;
    dp_state_discard(state, table_free, state, old);
    return 1;
}

/* Before anything is looked up by name: the names of all tables that will be. If the part is not
 * whole these are there: a table that came or went would be another next hop for those not named.
 */
static void name_tables(struct dp_state *state, const struct dp_staging *s,
                        struct ipc_sync_done *done)
{
    for (uint32_t i = 0; i < state->n_tables; i++) {
        struct dp_table *t = state->tables[i];

        if (!t || dp_names_find(&s->table_names, t->id) != DP_NONE)
            continue;
        state->tables[i] = NULL;
        dp_names_release(&state->table_names, i);
        dp_state_discard(state, table_free, state, t);
        done->changed++;
    }
    for (size_t i = 0; i < s->n_tables; i++) {
        uint32_t index;
        int r = dp_names_add(&state->table_names, s->tables[i].config.id, &index);

        if (r < 0)
            dp_apply_failed(done,
                            SAY(DATAPLANE_TABLE_FAILED, s->tables[i].config.id, strerror(-r)));
    }
}

static void apply_tables(struct dp_state *state, const struct dp_staging *s,
                         struct ipc_sync_done *done)
{
    for (size_t i = 0; i < s->n_tables; i++) {
        int r = apply_table(state, &s->tables[i]);

        if (r < 0)
            dp_apply_failed(done,
                            SAY(DATAPLANE_TABLE_FAILED, s->tables[i].config.id, strerror(-r)));
        else
            done->changed += (uint32_t)r;
    }
}

/* True for the route that every instance has: the one to its own address. */
static bool is_own_route(const struct dp_port *port, const struct prefix *prefix)
{
    return prefix->len == (prefix->addr.family == ADDR_IPV4 ? 32 : 128) &&
           addr_equal(&prefix->addr, &port->config.address);
}

/* An instance that is the next hop of more than its own address is a router. */
static void mark_router(struct dp_state *state, const struct fib_route *route, bool *routers)
{
    for (uint32_t h = 0; h < route->hops.count; h++) {
        uint32_t hop = route->hops.ids[h], index = dp_hop_index(hop);

        if (dp_hop_kind(hop) == DP_HOP_PORT && index < state->n_ports && state->ports[index] &&
            !is_own_route(state->ports[index], &route->prefix))
            routers[index] = true;
    }
}

static void mark_routers(struct dp_state *state)
{
    bool *routers = calloc(state->n_ports + 1, sizeof(*routers));

    if (!routers)
        return;
    for (uint32_t i = 0; i < state->n_tables; i++)
        for (size_t k = 0; state->tables[i] && k < state->tables[i]->n_routes; k++)
            mark_router(state, &state->tables[i]->routes[k], routers);
    for (uint32_t i = 0; i < state->n_ports; i++)
        if (state->ports[i])
            __atomic_store_n(&state->ports[i]->router, routers[i], __ATOMIC_RELAXED);
    free(routers);
}

/* ---- tunnels ---- */

static bool tunnel_equal(const struct dp_tunnel *a, const struct dp_tunnel *b)
{
    const struct ipc_tunnel *x = &a->config, *y = &b->config;

    return a->table == b->table && a->connection == b->connection && x->admin_up == y->admin_up &&
           x->mtu == y->mtu && x->outer_mtu == y->outer_mtu && x->mss_clamp == y->mss_clamp &&
           addr_equal(&x->inner_local, &y->inner_local) &&
           addr_equal(&x->inner_remote, &y->inner_remote) && x->probe_ms == y->probe_ms &&
           x->probe_count == y->probe_count;
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

static void apply_tunnels(struct dp_state *state, const struct dp_staging *s,
                          struct ipc_sync_done *done)
{
    drop_tunnels(state, s, done);
    for (size_t i = 0; i < s->n_tunnels; i++) {
        int r = apply_tunnel(state, &s->tunnels[i]);

        if (r < 0)
            dp_apply_failed(done, SAY(DATAPLANE_TUNNEL_FAILED, s->tunnels[i].id, strerror(-r)));
        else
            done->changed += (uint32_t)r;
    }
}

/* The connections and tunnels that routes lead to. */
struct named {
    bool *connections, *tunnels;
};

static void note_named(const struct dp_table *t, struct named *named)
{
    for (size_t k = 0; k < t->n_routes; k++) {
        const struct fib_hops *hops = &t->routes[k].hops;

        for (uint32_t h = 0; h < hops->count; h++) {
            if (dp_hop_kind(hops->ids[h]) == DP_HOP_CONNECTION)
                named->connections[dp_hop_index(hops->ids[h])] = true;
            else if (dp_hop_kind(hops->ids[h]) == DP_HOP_TUNNEL)
                named->tunnels[dp_hop_index(hops->ids[h])] = true;
        }
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
                          .tunnels = calloc(state->n_paths + 1, sizeof(bool))};

    if (named.connections && named.tunnels) {
        for (uint32_t i = 0; i < state->n_tables; i++)
            if (state->tables[i])
                note_named(state->tables[i], &named);
        for (uint32_t i = 0; i < state->n_ports; i++)
            if (state->ports[i] && state->ports[i]->config.kind == IPC_PORT_TUN)
                named.tunnels[state->ports[i]->tunnel] = true;
        sweep_unnamed(state, &named);
    }
    free(named.connections);
    free(named.tunnels);
}

void dp_state_apply(struct dp_state *state, struct dp_staging *staging, struct ipc_sync_done *ret)
{
    struct ipc_sync_done done = {.generation = staging->generation};
    int r;

    if (staging->error < 0) {
        dp_apply_failed(&done, SAY(DATAPLANE_NOT_TAKEN_IN, strerror(-staging->error)));
        *ret = done;
        return;
    }
    if (staging->whole & IPC_PART_TABLES)
        name_tables(state, staging, &done);
    dp_apply_underlays(state, staging, &done);
    dp_apply_ports(state, staging, &done);
    apply_tables(state, staging, &done);
    mark_routers(state);
    apply_tunnels(state, staging, &done);
    sweep(state);
    if (done.changed) {
        r = dp_state_publish(state);
        if (r < 0)
            dp_apply_failed(&done, SAY(DATAPLANE_NOT_PUBLISHED, strerror(-r)));
    }
    *ret = done;
}
