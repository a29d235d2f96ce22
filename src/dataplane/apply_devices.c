#include "state_internal.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- underlays ---- */

static void underlay_free(void *context, void *object)
{
    struct dp_underlay *u = object;

    (void)context;
    close(u->fd);
    free(u);
}

static void underlay_remove(struct dp_state *state, uint32_t index)
{
    struct dp_underlay *u = state->underlays[index];

    dp_worker_unwatch(state->worker, u->fd);
    state->underlays[index] = NULL;
    dp_names_release(&state->underlay_names, index);
    dp_state_discard(state, underlay_free, NULL, u);
}

static int underlay_make(struct dp_state *state, struct dp_staged_underlay *staged, uint32_t index)
{
    struct dp_underlay *u;
    int r = dp_state_fit(&state->underlays, &state->n_underlays, index);

    if (r < 0)
        return r;
    u = calloc(1, sizeof(*u));
    if (!u)
        return -ENOMEM;
    *u = (struct dp_underlay){.index = index, .fd = staged->fd, .local = staged->local};
    r = dp_worker_watch(state->worker, u->fd, false, index);
    if (r < 0) {
        free(u);
        return r;
    }
    staged->fd = -1;
    state->underlays[index] = u;
    return 0;
}

static int underlay_new(struct dp_state *state, struct dp_staged_underlay *staged)
{
    char text[ENDPOINT_TEXT_MAX];
    uint32_t index;
    int r;

    if (staged->fd < 0)
        return -EBADF;
    r = dp_underlay_setup(staged->fd, &staged->local);
    if (r == 0)
        r = dp_names_add(&state->underlay_names, endpoint_format(&staged->local, text), &index);
    if (r < 0)
        return r;
    r = underlay_make(state, staged, index);
    if (r < 0)
        dp_names_release(&state->underlay_names, index);
    return r;
}

/* Those that are no longer wanted, or come with another descriptor: the node sends one only for
 * what it makes anew. */
static void remove_underlays(struct dp_state *state, const struct dp_staging *s,
                             struct ipc_sync_done *done)
{
    struct dp_names stay = {0};
    char text[ENDPOINT_TEXT_MAX];
    uint32_t number;
    int r = 0;

    for (size_t i = 0; i < s->n_underlays && r == 0; i++)
        if (s->underlays[i].fd < 0)
            r = dp_names_add(&stay, endpoint_format(&s->underlays[i].local, text), &number);
    for (uint32_t i = 0; i < state->n_underlays && r == 0; i++) {
        if (!state->underlays[i] ||
            dp_names_find(&stay, endpoint_format(&state->underlays[i]->local, text)) != DP_NONE)
            continue;
        underlay_remove(state, i);
        done->changed++;
    }
    if (r < 0)
        dp_apply_failed(done, SAY(DATAPLANE_UNDERLAYS_FAILED, strerror(-r)));
    dp_names_done(&stay);
}

/* The tunnels whose socket came or went. */
static void touch_users(struct dp_state *state)
{
    for (uint32_t i = 0; i < state->n_paths; i++) {
        const struct dp_sa *out = state->paths[i] ? dp_sa_outbound(state->paths[i]) : NULL;
        const struct dp_egress *seen = i < state->n_egress ? state->egress[i] : NULL;

        if (out && (!seen || seen->underlay != dp_state_underlay(state, &out->local)))
            dp_state_touch(state, state->paths[i]);
    }
}

void dp_apply_underlays(struct dp_state *state, struct dp_staging *s, struct ipc_sync_done *done)
{
    uint32_t changed = done->changed;

    if (s->whole & IPC_PART_UNDERLAYS)
        remove_underlays(state, s, done);
    for (size_t i = 0; i < s->n_underlays; i++) {
        char text[ENDPOINT_TEXT_MAX];
        int r;

        if (dp_state_underlay(state, &s->underlays[i].local))
            continue;
        r = underlay_new(state, &s->underlays[i]);
        if (r < 0)
            dp_apply_failed(done, SAY(DATAPLANE_UNDERLAY_FAILED,
                                      endpoint_format(&s->underlays[i].local, text), strerror(-r)));
        else
            done->changed++;
    }
    if (done->changed != changed)
        touch_users(state);
}

/* ---- ports ---- */

static void port_free(void *context, void *object)
{
    struct dp_state *state = context;
    struct dp_port *port = object;

    close(port->fd);
    dp_lan_free(port->lan);
    free(port->probing);
    dp_stats_give(state->shared.stats, IPC_STATS_PORT, port->stats);
    free(port);
}

/* Another object took over its descriptor, counters and what was learned. */
static void old_free(void *context, void *object)
{
    (void)context;
    free(object);
}

static bool port_equal(const struct ipc_port *a, const struct ipc_port *b)
{
    return strcmp(a->id, b->id) == 0 && a->kind == b->kind && memcmp(a->mac, b->mac, 6) == 0 &&
           memcmp(a->gateway_mac, b->gateway_mac, 6) == 0 && a->vlan == b->vlan &&
           a->hosts_max == b->hosts_max && a->mtu == b->mtu &&
           addr_equal(&a->address, &b->address) && prefix_equal(&a->subnet, &b->subnet) &&
           addr_equal(&a->gateway, &b->gateway) && strcmp(a->table, b->table) == 0 &&
           a->traffic == b->traffic && a->probe_ms == b->probe_ms &&
           a->probe_count == b->probe_count;
}

static bool is_learned(const struct ipc_port *config)
{
    static const uint8_t none[6];

    return config->kind != IPC_PORT_TUN && config->kind != IPC_PORT_SUBNET &&
           memcmp(config->mac, none, sizeof(none)) == 0;
}

static struct dp_port *port_make(uint32_t index, int fd, uint32_t table,
                                 const struct ipc_port *config, struct ipc_stats_slot *stats)
{
    struct dp_port *port = calloc(1, sizeof(*port));

    if (!port)
        return NULL;
    *port = (struct dp_port){.index = index,
                             .key = flow_key(config->id),
                             .fd = fd,
                             .table = table,
                             .config = *config,
                             .tunnel = DP_NONE,
                             .stats = stats};
    if (port->config.mtu == 0)
        port->config.mtu = 1500;
    memcpy(port->who.mac, config->mac, 6);
    port->who.learned = is_learned(config);
    memcpy(port->who.gateway_mac, config->gateway_mac, 6);
    port->who.address = config->address;
    port->who.subnet = config->subnet;
    if (config->kind == IPC_PORT_LINE || config->kind == IPC_PORT_SUBNET) {
        port->who.line = true;
        port->who.vlan = config->vlan;
        port->who.subnet = prefix_make(&config->gateway, (uint8_t)addr_bits(&config->gateway));
    }
    if (config->kind == IPC_PORT_SUBNET)
        port->who.lan = config->subnet;
    return port;
}

/* Whether the TUN is a private interface's, and the id of that. */
static bool line_of(const struct ipc_port *tun, char ret[IPC_ID_MAX])
{
    char *end;

    (void)text_copy(ret, IPC_ID_MAX, tun->id);
    end = strstr(ret, IPC_LINE_TUN);
    if (!end || end[strlen(IPC_LINE_TUN)])
        return false;
    *end = 0;
    return true;
}

/* What its worker learns has a place of its own, which its successors take over. -ENOMEM. */
static int make_learned(struct dp_port *port)
{
    bool network = port->config.kind == IPC_PORT_SUBNET;

    return network || port->who.learned ? dp_lan_new(network, &port->lan) : 0;
}

static int make_probing(struct dp_state *state, struct dp_port *port)
{
    if (port->config.kind != IPC_PORT_LINE)
        return 0;
    port->probing = calloc(1, sizeof(*port->probing));
    if (!port->probing)
        return -ENOMEM;
    port->probing->probe.secret = random_u64();
    port->serial = ++state->probed_made;
    return 0;
}

/* What outlives a change of its configuration. -ENOMEM. */
static int port_remember(struct dp_state *state, struct dp_port *port)
{
    int r = make_learned(port);

    if (r == 0)
        r = make_probing(state, port);
    return r < 0 ? r : dp_publish_probed(state, port, false);
}

static void port_undo(struct dp_state *state, struct dp_port *port)
{
    if (!port)
        return;
    (void)!dp_publish_probed(state, port, true);
    dp_lan_free(port->lan);
    free(port->probing);
    free(port);
}

static int port_new(struct dp_state *state, struct dp_staged_port *staged, uint32_t index)
{
    uint32_t table = dp_names_find(&state->table_names, staged->config.table);
    struct ipc_stats_slot *stats;
    struct dp_path *path = NULL;
    struct dp_port *port;
    char id[IPC_ID_MAX];
    int r;

    if (staged->fd < 0)
        return -EBADF;
    r = dp_port_setup(staged->fd, staged->config.kind);
    if (r < 0)
        return r;
    r = dp_state_fit(&state->ports, &state->n_ports, index);
    if (r < 0)
        return r;
    if (staged->config.kind == IPC_PORT_TUN && !line_of(&staged->config, id)) {
        r = dp_state_path(state, staged->config.id, &path);
        if (r < 0)
            return r;
        path->named = true;
    }
    stats = dp_stats_take(state->shared.stats, IPC_STATS_PORT, staged->config.id, 0, 0);
    port = stats ? port_make(index, staged->fd, table, &staged->config, stats) : NULL;
    r = port ? port_remember(state, port) : -ENOMEM;
    if (r == 0)
        r = dp_worker_watch(state->worker, port->fd, true, index);
    if (r < 0) {
        dp_stats_give(state->shared.stats, IPC_STATS_PORT, stats);
        port_undo(state, port);
        return r;
    }
    staged->fd = -1;
    state->ports[index] = port;
    if (path) {
        port->tunnel = path->index;
        __atomic_store_n(&path->local, index + 1, __ATOMIC_RELAXED);
    }
    return 0;
}

/* -ENOMEM, or whether it changed. */
static int port_alter(struct dp_state *state, struct dp_port *old, const struct ipc_port *config)
{
    uint32_t table = dp_names_find(&state->table_names, config->table);
    struct ipc_port wanted = *config;
    struct dp_port *port;
    int r;

    if (wanted.mtu == 0)
        wanted.mtu = 1500;
    if (port_equal(&old->config, &wanted) && old->table == table)
        return 0;
    if (is_learned(&wanted) != old->who.learned ||
        (wanted.kind == IPC_PORT_SUBNET) != (old->config.kind == IPC_PORT_SUBNET))
        return -EINVAL; /* an instance keeps its attachment */
    port = port_make(old->index, old->fd, table, &wanted, old->stats);
    if (!port)
        return -ENOMEM;
    port->lan = old->lan;
    port->probing = old->probing;
    port->serial = old->serial;
    port->probed_at = old->probed_at;
    port->tunnel = old->tunnel;
    port->partner = old->partner;
    state->ports[old->index] = port;
    dp_state_discard(state, old_free, NULL, old);
    r = dp_publish_probed(state, port, false);
    return r < 0 ? r : 1;
}

static void port_remove(struct dp_state *state, uint32_t index)
{
    struct dp_port *port = state->ports[index];

    dp_worker_unwatch(state->worker, port->fd);
    (void)!dp_publish_probed(state, port, true);
    if (port->tunnel != DP_NONE)
        __atomic_store_n(&state->paths[port->tunnel]->local, 0, __ATOMIC_RELAXED);
    state->ports[index] = NULL;
    dp_names_release(&state->port_names, index);
    dp_state_discard(state, port_free, state, port);
}

bool dp_state_port_dead(struct dp_state *state, uint32_t index, char ret_id[IPC_ID_MAX])
{
    const struct dp_port *port = index < state->n_ports ? state->ports[index] : NULL;

    if (!port)
        return false;
    if (dp_port_lives(port->fd, port->config.kind)) {
        /* An interface that was set down tells so once; or another port has that number by now. */
        (void)!dp_worker_watch(state->worker, port->fd, true, index);
        return false;
    }
    log_warn("port %s: its device is gone", port->config.id);
    memcpy(ret_id, port->config.id, IPC_ID_MAX);
    port_remove(state, index);
    if (dp_state_publish(state) < 0)
        log_error("cannot publish the configuration: out of memory");
    return true;
}

/* Ports that are no longer wanted, or come with another descriptor. */
static void remove_ports(struct dp_state *state, const struct dp_staging *s,
                         struct ipc_sync_done *done)
{
    struct dp_names wanted = {0};
    uint32_t number;
    int r = 0;

    for (size_t i = 0; i < s->n_ports && r == 0; i++)
        if (s->ports[i].fd < 0)
            r = dp_names_add(&wanted, s->ports[i].config.id, &number);
    for (uint32_t i = 0; i < state->n_ports && r == 0; i++) {
        if (!state->ports[i] || dp_names_find(&wanted, state->ports[i]->config.id) != DP_NONE)
            continue;
        port_remove(state, i);
        done->changed++;
    }
    if (r < 0)
        dp_apply_failed(done, SAY(DATAPLANE_PORTS_FAILED, strerror(-r)));
    dp_names_done(&wanted);
}

static void set_partner(struct dp_port *port, const struct dp_port *partner)
{
    __atomic_store_n(&port->partner, partner ? partner->index + 1 : 0, __ATOMIC_RELAXED);
}

/* The TUN of each private interface; workers look again at what has the number. */
static void pair_lines(struct dp_state *state)
{
    char id[IPC_ID_MAX];

    for (uint32_t i = 0; i < state->n_ports; i++) {
        struct dp_port *tun = state->ports[i], *line = NULL;
        uint32_t index;

        if (!tun || tun->config.kind != IPC_PORT_TUN || !line_of(&tun->config, id))
            continue;
        index = dp_names_find(&state->port_names, id);
        if (index != DP_NONE && index < state->n_ports)
            line = state->ports[index];
        set_partner(tun, line);
        if (line)
            set_partner(line, tun);
    }
}

void dp_apply_ports(struct dp_state *state, struct dp_staging *s, struct ipc_sync_done *done)
{
    if (s->whole & IPC_PART_TABLES)
        remove_ports(state, s, done);
    for (size_t i = 0; i < s->n_ports; i++) {
        struct dp_staged_port *staged = &s->ports[i];
        uint32_t index;
        int r;

        r = dp_names_add(&state->port_names, staged->config.id, &index);
        if (r == 0 && index < state->n_ports && state->ports[index]) {
            r = port_alter(state, state->ports[index], &staged->config);
        } else if (r == 0) {
            r = port_new(state, staged, index);
            if (r < 0)
                dp_names_release(&state->port_names, index);
            else
                r = 1;
        }
        if (r < 0)
            dp_apply_failed(done, SAY(DATAPLANE_PORT_FAILED, staged->config.id, strerror(-r)));
        else
            done->changed += (uint32_t)r;
    }
    pair_lines(state);
}
