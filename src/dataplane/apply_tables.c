/* The packet tables, from names to numbers. */
#include "state_internal.h"

#include <stdlib.h>

/* ---- next hops ---- */

/* It takes what is for its tunnel's own address, and nothing that a route leads there. */
static bool is_tun(const struct dp_state *state, uint32_t port)
{
    return port < state->n_ports && state->ports[port] &&
           state->ports[port]->config.kind == IPC_PORT_TUN;
}

static bool is_lan(const struct dp_state *state, uint32_t port)
{
    return port < state->n_ports && state->ports[port] &&
           state->ports[port]->config.kind == IPC_PORT_SUBNET;
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
    case IPC_NEXTHOP_HOST:
        index = dp_names_find(&state->port_names, hop->target);
        if (!is_lan(state, index) || dp_state_via(state, index, &hop->via, &index) < 0)
            return dp_hop(DP_HOP_MISSING, 0);
        return dp_hop(DP_HOP_HOST, index);
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
static void resolve_list(struct dp_tables_sync *t, const struct dp_staged_list *list,
                         struct fib_hops *ret)
{
    for (uint32_t i = 0; i < list->count && i < FIB_HOPS_MAX; i++) {
        uint32_t hop = resolve_hop(t->state, &t->staging->hops.hops[list->first + i]);

        if (dp_hop_kind(hop) != DP_HOP_MISSING)
            ret->ids[ret->count++] = hop;
    }
    if (ret->count == 0)
        ret->ids[ret->count++] = dp_hop(DP_HOP_MISSING, 0);
}

static int resolve(struct dp_tables_sync *t)
{
    const struct dp_staged_hops *staged = &t->staging->hops;

    t->hops = calloc(staged->n_lists + 1, sizeof(*t->hops));
    if (!t->hops)
        return -ENOMEM;
    for (size_t i = 0; i < staged->n_lists; i++)
        resolve_list(t, &staged->lists[i], &t->hops[i]);
    return 0;
}

static bool is_gone(const struct dp_tables_sync *t, const struct dp_staged_route *route)
{
    return t->staging->hops.lists[route->hops].count == 0;
}

/* ---- versions of a table ---- */

static void version_free(void *context, void *object)
{
    struct dp_table *table = object;

    dp_jumps_release(context, table);
    free(table);
}

static void table_free(void *context, void *object)
{
    struct dp_table *table = object;

    fib_table_free(table->fib);
    version_free(context, table);
}

/* Takes fib if there is no error. */
static int version_make(struct dp_state *state, const struct ipc_table *config, uint32_t index,
                        struct fib_table *fib, struct dp_table **ret)
{
    struct dp_table *table = calloc(1, sizeof(*table));

    if (!table)
        return -ENOMEM;
    table->index = index;
    table->key = flow_key(config->id);
    table->self4 = config->self4;
    table->self6 = config->self6;
    table->fib = fib;
    (void)text_copy(table->id, sizeof(table->id), config->id);
    if (dp_jumps_make(state, table, state->tables[index]) < 0) {
        version_free(state, table);
        return -ENOMEM;
    }
    *ret = table;
    return 0;
}

static bool version_equal(const struct dp_table *a, const struct dp_table *b)
{
    return addr_equal(&a->self4, &b->self4) && addr_equal(&a->self6, &b->self6) &&
           dp_jumps_equal(a, b);
}

/* ---- all routes of a table ---- */

static int fib_of(const struct dp_tables_sync *t, const struct dp_staged_table *staged,
                  struct fib_table **ret)
{
    struct fib_route *routes = calloc(staged->n_routes + 1, sizeof(*routes));
    struct fib_table *fib = NULL;
    int r = routes ? fib_table_new(&fib) : -ENOMEM;

    for (size_t i = 0; r == 0 && i < staged->n_routes; i++) {
        const struct dp_staged_route *route = &staged->routes[i];

        if (is_gone(t, route))
            r = -EINVAL;
        routes[i] = (struct fib_route){.prefix = route->prefix, .hops = t->hops[route->hops]};
    }
    if (r == 0)
        r = fib_table_set(fib, routes, staged->n_routes);
    free(routes);
    if (r < 0)
        fib_table_free(fib);
    else
        *ret = fib;
    return r;
}

/* A negative errno, or whether it changed. */
static int make_table(struct dp_tables_sync *t, const struct dp_staged_table *staged,
                      uint32_t index)
{
    struct dp_state *state = t->state;
    struct dp_table *old = state->tables[index], *table = NULL;
    struct fib_table *fib;
    int r = fib_of(t, staged, &fib);

    if (r < 0)
        return r;
    r = version_make(state, &staged->config, index, fib, &table);
    if (r < 0) {
        fib_table_free(fib);
        return r;
    }
    if (old && version_equal(old, table) && fib_table_equal(old->fib, fib)) {
        table_free(state, table);
        return 0;
    }
    state->tables[index] = table;
    dp_state_discard(state, table_free, state, old);
    return 1;
}

/* ---- changes of a table ---- */

static int change_route(const struct dp_tables_sync *t, struct fib_table *fib,
                        const struct dp_staged_route *route)
{
    int r;

    if (!is_gone(t, route))
        return fib_table_put(fib, &route->prefix, &t->hops[route->hops]);
    r = fib_table_remove(fib, &route->prefix);
    return r == -ENOENT ? 0 : r;
}

static int change_table(struct dp_tables_sync *t, const struct dp_staged_table *staged,
                        uint32_t index)
{
    struct dp_state *state = t->state;
    struct dp_table *old = state->tables[index], *table = NULL;
    int r = old ? 0 : -ENOENT;

    for (size_t i = 0; r == 0 && i < staged->n_routes; i++)
        r = change_route(t, old->fib, &staged->routes[i]);
    if (r == 0)
        r = version_make(state, &staged->config, index, old->fib, &table);
    if (r < 0)
        return r;
    if (version_equal(old, table)) {
        version_free(state, table);
        return staged->n_routes > 0;
    }
    state->tables[index] = table;
    state->unpublished = true;
    dp_state_discard(state, version_free, state, old);
    return 1;
}

/* ---- the stations ---- */

static void note_failed(const struct dp_tables_sync *t, const char *table, int r)
{
    dp_apply_failed(t->done, SAY(DATAPLANE_TABLE_FAILED, table, strerror(-r)));
}

/* Names are looked up when those of all tables are known that will be. */
void dp_tables_begin(struct dp_tables_sync *t)
{
    const struct dp_staging *s = t->staging;

    if (!(s->whole & IPC_PART_TABLES))
        return;
    for (size_t i = 0; i < s->n_tables; i++) {
        uint32_t index;
        int r = dp_names_add(&t->state->table_names, s->tables[i].config.id, &index);

        if (r < 0)
            note_failed(t, s->tables[i].config.id, r);
    }
}

static bool is_named(const struct dp_staging *s, const char *table)
{
    return !(s->whole & IPC_PART_TABLES) || dp_names_find(&s->table_names, table) != DP_NONE;
}

static void drop_tables(struct dp_tables_sync *t)
{
    struct dp_state *state = t->state;

    for (uint32_t i = 0; i < state->n_tables; i++) {
        struct dp_table *table = state->tables[i];

        if (!table || is_named(t->staging, table->id))
            continue;
        state->tables[i] = NULL;
        dp_state_discard(state, table_free, state, table);
        t->done->changed++;
    }
}

static void each_table(struct dp_tables_sync *t, bool changes,
                       int (*one)(struct dp_tables_sync *t, const struct dp_staged_table *staged,
                                  uint32_t index))
{
    struct dp_state *state = t->state;

    for (size_t i = 0; i < t->staging->n_tables; i++) {
        const struct dp_staged_table *staged = &t->staging->tables[i];
        uint32_t index = dp_names_find(&state->table_names, staged->config.id);
        int r = index == DP_NONE ? -ENOENT : 0;

        if (staged->config.changes != changes)
            continue;
        if (r == 0)
            r = dp_state_fit(&state->tables, &state->n_tables, index);
        if (r == 0)
            r = one(t, staged, index);
        if (r < 0)
            note_failed(t, staged->config.id, r);
        else
            t->done->changed += (uint32_t)r;
    }
}

/* True for the route that every instance has: the one to its own address. */
static bool is_own_route(const struct dp_port *port, const struct prefix *prefix)
{
    return prefix->len == (prefix->addr.family == ADDR_IPV4 ? 32 : 128) &&
           addr_equal(&prefix->addr, &port->config.address);
}

struct marking {
    const struct dp_state *state;
    bool *routers; /* by port */
};

/* An instance that is the next hop of more than its own address is a router. */
static void mark_router(void *arg, const struct prefix *prefix, const struct fib_hops *hops)
{
    struct marking *m = arg;

    for (uint32_t h = 0; h < hops->count; h++) {
        uint32_t hop = hops->ids[h], index = dp_hop_index(hop);

        if (dp_hop_kind(hop) == DP_HOP_PORT && index < m->state->n_ports &&
            m->state->ports[index] && !is_own_route(m->state->ports[index], prefix))
            m->routers[index] = true;
    }
}

static void find_port(void *arg, const struct fib_hops *hops)
{
    for (uint32_t h = 0; h < hops->count; h++)
        *(bool *)arg |= dp_hop_kind(hops->ids[h]) == DP_HOP_PORT;
}

/* Tables that lead to no instance, which may be large, are not gone through. */
static void mark_routers(struct dp_state *state)
{
    struct marking m = {.state = state, .routers = calloc(state->n_ports + 1, sizeof(bool))};

    if (!m.routers)
        return;
    for (uint32_t i = 0; i < state->n_tables; i++) {
        bool leads_to_ports = false;

        if (state->tables[i])
            fib_table_each_hops(state->tables[i]->fib, find_port, &leads_to_ports);
        if (leads_to_ports)
            fib_table_each(state->tables[i]->fib, mark_router, &m);
    }
    for (uint32_t i = 0; i < state->n_ports; i++)
        if (state->ports[i])
            __atomic_store_n(&state->ports[i]->router, m.routers[i], __ATOMIC_RELAXED);
    free(m.routers);
}

void dp_tables_make(struct dp_tables_sync *t)
{
    int r = resolve(t);

    drop_tables(t);
    if (r < 0)
        dp_apply_failed(t->done, SAY(DATAPLANE_NOT_TAKEN_IN, strerror(-r)));
    else
        each_table(t, false, make_table);
}

void dp_tables_change(struct dp_tables_sync *t)
{
    if (t->hops)
        each_table(t, true, change_table);
    mark_routers(t->state);
}

void dp_tables_end(struct dp_tables_sync *t)
{
    struct dp_names *names = &t->state->table_names;

    for (uint32_t i = 0; i < names->n; i++) {
        if (names->names[i][0] && !is_named(t->staging, names->names[i]))
            dp_names_release(names, i);
    }
    free(t->hops);
}

void dp_tables_each_hops(const struct dp_state *state,
                         void (*each)(void *arg, const struct fib_hops *hops), void *arg)
{
    for (uint32_t i = 0; i < state->n_tables; i++) {
        if (state->tables[i])
            fib_table_each_hops(state->tables[i]->fib, each, arg);
    }
}
