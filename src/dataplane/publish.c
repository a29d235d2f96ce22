/* What workers see, made of what the control thread has. A configuration is never changed; the next
 * one shares with it what stayed as it was, so that one SA more costs the same in a large one. */
#include "state_internal.h"
#include "worker_internal.h"

#include <stdlib.h>

static void object_free(void *context, void *object)
{
    (void)context;
    free(object);
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
    free(config->vias);
    free(config->lans);
    free(config->probed);
    free(config);
}

/* ---- tunnels ---- */

void dp_state_touch(struct dp_state *state, struct dp_path *path)
{
    state->unpublished = true;
    if (list_empty(&path->touched))
        list_append(&state->touched, &path->touched);
}

static void touch_group(struct dp_state *state, struct dp_group *group)
{
    if (group && list_empty(&group->touched))
        list_append(&state->touched_groups, &group->touched);
}

static bool is_candidate(const struct dp_egress *e, const struct dp_sa *sa)
{
    return sa->direction == IPC_SA_OUT && sa != e->out &&
           endpoint_equal(&sa->local, &e->out->local);
}

/* Newest first, without what a newer one takes in any case. */
static void fill_others(struct dp_egress *e)
{
    for (struct list *at = e->path->sas.prev; at != &e->path->sas; at = at->prev) {
        struct dp_sa *sa = container_of(at, struct dp_sa, link);
        bool needless = !is_candidate(e, sa) || dp_sa_same_selectors(e->out, sa);

        for (uint32_t i = 0; !needless && i < e->n_others; i++)
            needless = dp_sa_same_selectors(e->others[i], sa);
        if (!needless && e->n_others < DP_OTHERS_MAX)
            e->others[e->n_others++] = sa;
    }
}

static bool are_apart(const struct dp_egress *e)
{
    for (uint32_t i = 0; i < e->n_others; i++)
        for (uint32_t j = 0; j < i; j++)
            if (dp_sa_overlaps(e->others[i], e->others[j]))
                return false;
    return true;
}

static size_t count_sas(const struct dp_path *path)
{
    size_t n = 0;

    list_for_each (sa, &path->sas, struct dp_sa, link)
        n++;
    return MIN(n, (size_t)DP_OTHERS_MAX);
}

/* A tunnel takes traffic while it is admin_up and has an outbound SA whose socket we hold. */
static struct dp_egress *egress_of(const struct dp_state *state, struct dp_path *path)
{
    struct dp_egress *e = calloc(1, sizeof(*e) + count_sas(path) * sizeof(*e->others));
    struct dp_sa *out = dp_sa_outbound(path);

    if (!e)
        return NULL;
    e->path = path;
    e->others = (struct dp_sa **)(e + 1);
    e->tunnel = path->tunnel;
    if (!e->tunnel || !e->tunnel->config.admin_up || !out)
        return e;
    e->underlay = dp_state_underlay(state, &out->local);
    if (!e->underlay)
        return e;
    e->out = out;
    fill_others(e);
    e->apart = are_apart(e);
    return e;
}

static void replace_egress(struct dp_state *state, uint32_t index, struct dp_egress *e)
{
    struct dp_egress *old = state->egress[index];

    if (old && old->tunnel)
        touch_group(state, state->groups[old->tunnel->connection]);
    if (e && e->tunnel)
        touch_group(state, state->groups[e->tunnel->connection]);
    state->egress[index] = e;
    dp_state_discard(state, object_free, NULL, old);
}

/* The last takes the place of one that goes. */
static void forget_probed(struct dp_state *state, uint32_t *at)
{
    uint32_t last, index;

    if (!*at)
        return;
    last = state->probed[--state->n_probed];
    index = last & ~DP_PROBED_LINE;
    state->probed[*at - 1] = last;
    if (last & DP_PROBED_LINE)
        state->ports[index]->probed_at = *at;
    else
        state->paths[index]->probed_at = *at;
    *at = 0;
}

static int note_probed(struct dp_state *state, uint32_t number, uint32_t *at)
{
    uint32_t cap = MAX(2 * state->probed_cap, 16U), *grown;

    if (*at)
        return 0;
    if (state->n_probed == state->probed_cap) {
        grown = reallocarray(state->probed, cap, sizeof(*grown));
        if (!grown)
            return -ENOMEM;
        state->probed = grown;
        state->probed_cap = cap;
    }
    state->probed[state->n_probed++] = number;
    *at = state->n_probed;
    return 0;
}

int dp_publish_probed(struct dp_state *state, struct dp_port *port, bool gone)
{
    if (!gone && dp_port_is_probed(port))
        return note_probed(state, port->index | DP_PROBED_LINE, &port->probed_at);
    forget_probed(state, &port->probed_at);
    return 0;
}

static void note_drains(struct dp_state *state, struct dp_path *path, bool drains)
{
    if (drains != path->drains)
        state->n_draining += drains ? 1U : -1U;
    path->drains = drains;
}

void dp_publish_without(struct dp_state *state, struct dp_path *path)
{
    state->unpublished = true;
    forget_probed(state, &path->probed_at);
    note_drains(state, path, false);
    if (path->index < state->n_egress)
        replace_egress(state, path->index, NULL);
}

/* What is usable with the next configuration, or no more. */
static void note_turn(struct dp_state *state, struct dp_path *path, const struct dp_egress *e)
{
    const struct dp_egress *old = state->egress[path->index];
    bool was = old && old->out;

    if (was && !e->out)
        dp_hold_went(&path->hold, clock_monotonic_us());
    else if (!was && e->out)
        dp_hold_came(&path->hold, clock_monotonic_us());
    note_drains(state, path, e->out && e->tunnel->config.draining);
    state->held_until_us = MAX(state->held_until_us, path->hold.until_us);
}

static int publish_paths(struct dp_state *state)
{
    list_for_each_safe (path, &state->touched, struct dp_path, touched) {
        struct dp_egress *e;
        int r = dp_state_fit(&state->egress, &state->n_egress, path->index);

        e = r == 0 ? egress_of(state, path) : NULL;
        if (!e)
            return -ENOMEM;
        note_turn(state, path, e);
        replace_egress(state, path->index, e);
        if (!dp_egress_has_probes(e))
            forget_probed(state, &path->probed_at);
        else if (note_probed(state, path->index, &path->probed_at) < 0)
            return -ENOMEM;
        list_remove(&path->touched);
    }
    return 0;
}

/* ---- connections ---- */

void dp_connection_add(struct dp_connection *c, uint32_t tunnel, const struct dp_sa *out)
{
    if (c->count == DP_MEMBERS_MAX)
        return;
    c->tunnels[c->count++] = tunnel;
    c->selective4 = c->selective4 || !out->any4;
    c->selective6 = c->selective6 || !out->any6;
}

int dp_state_group(struct dp_state *state, const char *name, uint32_t *ret)
{
    struct dp_group *group;
    int r = dp_names_add(&state->connection_names, name, ret);

    if (r == 0)
        r = dp_state_fit(&state->groups, &state->n_groups, *ret);
    if (r < 0 || state->groups[*ret])
        return r;
    group = calloc(1, sizeof(*group));
    if (!group) {
        dp_names_release(&state->connection_names, *ret);
        return -ENOMEM;
    }
    list_init(&group->paths);
    list_init(&group->touched);
    state->groups[*ret] = group;
    return 0;
}

void dp_state_group_release(struct dp_state *state, uint32_t index)
{
    struct dp_group *group = state->groups[index];

    list_remove(&group->touched);
    dp_state_discard(state, object_free, NULL, group->seen);
    free(group);
    state->groups[index] = NULL;
    state->unpublished = true;
    dp_names_release(&state->connection_names, index);
}

static int publish_groups(struct dp_state *state)
{
    list_for_each_safe (group, &state->touched_groups, struct dp_group, touched) {
        struct dp_connection *c = calloc(1, sizeof(*c));

        if (!c)
            return -ENOMEM;
        list_for_each (path, &group->paths, struct dp_path, member) {
            const struct dp_egress *e = state->egress[path->index];

            if (e && e->out)
                dp_connection_add(c, path->index, e->out);
        }
        dp_state_discard(state, object_free, NULL, group->seen);
        group->seen = c;
        list_remove(&group->touched);
    }
    return 0;
}

/* ---- the whole ---- */

static void *copy_array(const void *array, size_t n, bool *failed)
{
    void *copy = calloc(n + 1, sizeof(void *)); /* never of nothing */

    if (!copy)
        *failed = true;
    else if (n)
        memcpy(copy, array, n * sizeof(void *));
    return copy;
}

/* The numbers of the ports that learn who is there. */
static uint32_t *lans_of(const struct dp_state *state, uint32_t *ret_n)
{
    uint32_t *lans = calloc(state->n_ports + 1, sizeof(*lans));

    for (uint32_t i = 0; lans && i < state->n_ports; i++)
        if (state->ports[i] && state->ports[i]->lan)
            lans[(*ret_n)++] = i;
    return lans;
}

static struct dp_config *config_of(const struct dp_state *state)
{
    struct dp_config *config = calloc(1, sizeof(*config));
    bool failed = false;

    if (!config)
        return NULL;
    config->n_underlays = state->n_underlays;
    config->n_ports = state->n_ports;
    config->n_tables = state->n_tables;
    config->n_tunnels = state->n_egress;
    config->n_connections = state->n_groups;
    config->underlays = copy_array(state->underlays, state->n_underlays, &failed);
    config->ports = copy_array(state->ports, state->n_ports, &failed);
    config->tables = copy_array(state->tables, state->n_tables, &failed);
    config->tunnels = copy_array(state->egress, state->n_egress, &failed);
    config->n_vias = state->n_vias;
    config->vias = copy_array(state->vias, state->n_vias, &failed);
    config->lans = lans_of(state, &config->n_lans);
    config->connections = calloc(state->n_groups + 1, sizeof(*config->connections));
    config->number = state->configs_made + 1;
    config->held_until_us = state->held_until_us;
    config->n_draining = state->n_draining;
    config->n_probed = state->n_probed;
    config->probed = calloc(state->n_probed + 1, sizeof(*config->probed));
    if (failed || !config->connections || !config->probed || !config->lans) {
        config_free(NULL, config);
        return NULL;
    }
    for (uint32_t i = 0; i < state->n_groups; i++)
        config->connections[i] = state->groups[i] ? state->groups[i]->seen : NULL;
    if (state->n_probed)
        memcpy(config->probed, state->probed, state->n_probed * sizeof(*config->probed));
    return config;
}

int dp_state_publish(struct dp_state *state)
{
    struct dp_config *config, *old = state->shared.config;
    int r;

    state->unpublished = true;
    r = publish_paths(state);
    if (r == 0)
        r = publish_groups(state);
    config = r == 0 ? config_of(state) : NULL;
    if (!config)
        return -ENOMEM;
    rcu_assign_pointer(state->shared.config, config);
    state->configs_made++;
    dp_worker_wake(state->worker); /* it may sleep for ever, and have something to do now */
    state->unpublished = false;
    dp_state_discard(state, config_free, NULL, old);
    return 0;
}

void dp_publish_done(struct dp_state *state)
{
    for (uint32_t i = 0; i < state->n_egress; i++)
        free(state->egress[i]);
    for (uint32_t i = 0; i < state->n_groups; i++) {
        if (state->groups[i])
            free(state->groups[i]->seen);
        free(state->groups[i]);
    }
    free(state->egress);
    free(state->groups);
    if (state->shared.config)
        config_free(NULL, state->shared.config);
}
