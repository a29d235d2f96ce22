/* The data plane's side of the node: what it holds, its configuration, its counters. */
#include "node_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cloud.h"
#include "flow.h"

static const uint16_t underlay_ports[] = {500, 4500};

bool dataplane_link_holds(const struct node *node, const struct addr *cloud)
{
    for (size_t i = 0; i < ARRAY_SIZE(underlay_ports); i++) {
        struct endpoint local = {.addr = *cloud, .port = underlay_ports[i]};

        if (!holds_socket(&node->dataplane, &local))
            return false;
    }
    return true;
}

/* ---- messages of a sync ---- */

static struct ipc_msg *begin(struct node *node, enum ipc_type type)
{
    memset(&node->msg, 0, sizeof(node->msg));
    node->msg.type = type;
    return &node->msg;
}

static void send_begin(struct node *node, uint8_t whole)
{
    struct ipc_msg *msg = begin(node, IPC_DP_SYNC_BEGIN);

    msg->sync_begin.generation = node->dataplane.generation;
    msg->sync_begin.flow_seed = flow_seed(node->api.id);
    msg->sync_begin.whole = whole;
    peer_send(&node->dataplane.peer, msg);
}

static void send_end(struct node *node)
{
    struct ipc_msg *msg = begin(node, IPC_DP_SYNC_END);

    msg->sync.generation = node->dataplane.generation;
    peer_send(&node->dataplane.peer, msg);
}

/* Sends the message with the descriptor if there is one, and closes it here. */
static void send_with_fd(struct node *node, struct ipc_msg *msg, int fd)
{
    if (fd >= 0) {
        msg->n_fds = 1;
        msg->fds[0] = fd;
    }
    peer_send(&node->dataplane.peer, msg);
    if (fd >= 0)
        close(fd);
}

/* A descriptor that cannot be opened is not the end: the data plane may have it already, as when
 * it holds more than it told. If it does not, it says that the object failed, and we say why. */
static void note_open_error(struct node_dataplane *dp, const char *what, int r)
{
    if (!*dp->open_error)
        words_write(SAY(NODE_NOT_OPENED, what, strerror(-r)), dp->open_error,
                    sizeof(dp->open_error));
}

static void send_underlay(struct node *node, const struct addr *address, uint16_t port)
{
    struct node_dataplane *dp = &node->dataplane;
    struct endpoint local = {.addr = *address, .port = port};
    struct ipc_msg *msg = begin(node, IPC_DP_UNDERLAY);
    char text[ENDPOINT_TEXT_MAX];
    int fd = -1;

    if (!holds_socket(dp, &local)) {
        int r = cloud_socket(&local, &fd);

        if (r < 0)
            note_open_error(dp, endpoint_format(&local, text), r);
        else
            holds_note_socket(dp, &local);
    }
    msg->underlay.local = local;
    send_with_fd(node, msg, fd);
}

/* Only what this machine has, or the data plane already forwards for; and what has a table. */
static bool is_usable(const struct node *node, const struct node_instance *i)
{
    return i->wanted && (i->ready || holds_port(&node->dataplane, i->want.port.id)) &&
           tables_find(&node->tables, i->want.port.table);
}

/* The data plane, which still holds the old TAP, would not complain. */
static void try_port_again(struct node *node)
{
    node->ports_changed = true;
    node_retry_soon(node);
}

static void send_port(struct node *node, struct node_instance *i)
{
    struct node_dataplane *dp = &node->dataplane;
    struct ipc_msg *msg = begin(node, IPC_DP_PORT);
    bool held = holds_port(dp, i->want.port.id);
    int fd = -1;

    if (!held || i->new_tap) {
        int r = instance_open(node->run_dir, &i->want, &fd);

        if (r < 0)
            note_open_error(dp, *i->want.netns ? i->want.netns : i->want.device, r);
        else if (!held)
            holds_note_port(dp, i->want.port.id);
        if (r == 0)
            i->new_tap = false;
        else if (i->new_tap)
            try_port_again(node);
    }
    msg->port = i->want.port;
    if (i->mtu)
        msg->port.mtu = MIN(i->mtu, msg->port.mtu);
    if (!i->port_since && i->ready)
        i->port_since = dp->generation;
    send_with_fd(node, msg, fd);
}

/* The interface of the gateway's BGP speaker in a tunnel. */
static void send_tun(struct node *node, struct speaker_peer *p)
{
    struct node_dataplane *dp = &node->dataplane;
    struct ipc_msg *msg = begin(node, IPC_DP_PORT);
    char id[IPC_ID_MAX + sizeof(IPC_LINE_TUN)];
    bool line = objects_find(&node->set, DESIRED_LINE, p->tun.tunnel), held;
    int fd = -1;

    snprintf(id, sizeof(id), "%s%s", p->tun.tunnel, line ? IPC_LINE_TUN : "");
    held = holds_port(dp, id);

    if (!held || p->new_tun) {
        int r = speaker_net_open(speaker_gateway(p), p->tun.tunnel, &fd);

        if (r < 0)
            note_open_error(dp, p->tun.name, r);
        else if (!held)
            holds_note_port(dp, id);
        if (r == 0)
            p->new_tun = false;
        else if (p->new_tun)
            try_port_again(node);
    }
    (void)text_copy(msg->port.id, sizeof(msg->port.id), id);
    msg->port.kind = IPC_PORT_TUN;
    msg->port.mtu = p->tun.mtu;
    msg->port.gateway = p->tun.remote;
    send_with_fd(node, msg, fd);
}

static void send_table(struct node *node, const struct packet_table *table, bool whole)
{
    struct ipc_msg *msg = begin(node, IPC_DP_TABLE);

    msg->table = table->table;
    msg->table.changes = !whole;
    peer_send(&node->dataplane.peer, msg);
}

/* A route to an instance that is not there yet waits for it: until then its subnet answers. */
static bool leads_somewhere(const struct node *node, const struct packet_route *route)
{
    for (size_t i = 0; i < route->n_hops; i++) {
        const struct ipc_nexthop *hop = &route->hops[i];
        const struct node_instance *instance;

        if (hop->kind != IPC_NEXTHOP_PORT && hop->kind != IPC_NEXTHOP_HOST)
            continue;
        instance = node_find_instance(node, hop->target);
        if (!instance || !is_usable(node, instance))
            return false;
    }
    return true;
}

/* Routes of one table, as many in a message as fit. */
struct routes_out {
    struct node *node;
    const char *table;
    struct ipc_msg *msg; /* NULL: none is begun */
};

static void flush_routes(struct routes_out *out)
{
    if (out->msg)
        peer_send(&out->node->dataplane.peer, out->msg);
    out->msg = NULL;
}

static struct ipc_route *next_route(struct routes_out *out)
{
    struct ipc_routes *routes;

    if (!out->msg) {
        out->msg = begin(out->node, IPC_DP_ROUTES);
        (void)text_copy(out->msg->routes.table, IPC_ID_MAX, out->table);
    }
    routes = &out->msg->routes;
    return &routes->routes[routes->n_routes++];
}

static void end_route(struct routes_out *out)
{
    if (out->msg->routes.n_routes == IPC_ROUTES_MAX)
        flush_routes(out);
}

static void send_all_routes(struct node *node, const struct packet_table *table)
{
    struct routes_out out = {.node = node, .table = table->table.id};
    struct packet_routes_walk walk;
    struct packet_route route;

    packet_routes_walk(&table->routes, &walk);
    while (packet_routes_next(&walk, &route)) {
        if (!leads_somewhere(node, &route))
            continue;
        packet_route_write(&route, next_route(&out));
        end_route(&out);
    }
    flush_routes(&out);
}

static void send_changed_routes(struct node *node, const struct packet_table *table)
{
    struct routes_out out = {.node = node, .table = table->table.id};

    for (size_t i = 0; i < table->n_changes; i++) {
        struct ipc_route *slot = next_route(&out);
        struct packet_route route;

        slot->prefix = table->changes[i];
        if (packet_routes_find(&table->routes, &table->changes[i], &route) &&
            leads_somewhere(node, &route))
            packet_route_write(&route, slot);
        end_route(&out);
    }
    flush_routes(&out);
}

static void send_routes(struct node *node, const struct packet_table *table, bool whole)
{
    if (whole)
        send_all_routes(node, table);
    else
        send_changed_routes(node, table);
}

/* Its state changes with the answer. */
static void note_turn(struct node *node, struct node_tunnel *t)
{
    list_remove(&t->turning);
    list_append(&node->dataplane.turning, &t->turning);
}

static void send_tunnel(struct node *node, struct node_tunnel *t)
{
    bool carries = t->wanted && t->want.dataplane.admin_up;
    struct ipc_msg *msg;

    if (carries ? !t->on_since : !t->off_since)
        note_turn(node, t);
    if (carries) {
        t->off_since = 0;
        t->on_since = t->on_since ? t->on_since : node->dataplane.generation;
    } else {
        t->on_since = 0;
        t->off_since = t->off_since ? t->off_since : node->dataplane.generation;
    }
    list_remove(&t->dp_changed);
    msg = begin(node, t->wanted ? IPC_DP_TUNNEL : IPC_DP_TUNNEL_GONE);
    if (t->wanted)
        msg->tunnel = t->want.dataplane;
    else
        memcpy(msg->name.id, t->want.dataplane.id, sizeof(msg->name.id));
    peer_send(&node->dataplane.peer, msg);
}

uint64_t dataplane_link_next(const struct node *node)
{
    return node->dataplane.generation + 1;
}

void dataplane_link_changed(struct node *node, struct node_tunnel *t)
{
    node->dataplane.due = true;
    list_remove(&t->dp_changed);
    list_append(&node->dataplane.changed, &t->dp_changed);
}

static void send_sockets(struct node *node)
{
    holds_forget_sockets(node);
    for (size_t i = 0; i < node->n_cloud; i++) {
        for (size_t p = 0; p < ARRAY_SIZE(underlay_ports); p++)
            send_underlay(node, &node->cloud[i], underlay_ports[p]);
    }
}

/* What the data plane has of a table may be another thing than what it was told. A route to an
 * instance comes and goes with that. */
static bool is_told_whole(const struct node *node, const struct packet_table *table)
{
    return node->dataplane.unsure || node->dataplane.failed || table->whole ||
           table->routes.to_ports;
}

/* Tables have names before anything leads to them, and ports are there before routes to them. */
static void send_tables(struct node *node)
{
    holds_forget_ports(node);
    node->ports_changed = false;
    list_for_each (t, &node->tables.all, struct packet_table, all)
        send_table(node, t, is_told_whole(node, t));
    list_for_each (i, &node->instances, struct node_instance, all) {
        if (is_usable(node, i))
            send_port(node, i);
    }
    list_for_each (p, &node->speakers.peers, struct speaker_peer, every) {
        if (p->ready)
            send_tun(node, p);
    }
    list_for_each (t, &node->tables.all, struct packet_table, all)
        send_routes(node, t, is_told_whole(node, t));
}

static void send_changed_tables(struct node *node)
{
    list_for_each (t, &node->tables.changed, struct packet_table, changed) {
        send_table(node, t, t->whole);
        send_routes(node, t, t->whole);
    }
}

static void send_objects(struct node *node, uint8_t whole)
{
    struct list *tunnels = &node->dataplane.changed;

    if (whole & IPC_PART_UNDERLAYS)
        send_sockets(node);
    if (whole & IPC_PART_TABLES)
        send_tables(node);
    else
        send_changed_tables(node);
    if (whole & IPC_PART_TUNNELS) {
        list_for_each (t, &node->tunnels, struct node_tunnel, all)
            send_tunnel(node, t);
    }
    while (!list_empty(tunnels))
        send_tunnel(node, container_of(tunnels->next, struct node_tunnel, dp_changed));
}

static uint8_t parts_to_name(const struct node *node)
{
    if (node->dataplane.failed)
        return IPC_PARTS; /* what failed is among what did not change since */
    return node->dataplane.whole | (node->tables.reshaped ? IPC_PART_TABLES : 0);
}

void dataplane_link_sync(struct node *node)
{
    struct node_dataplane *dp = &node->dataplane;
    uint8_t whole = parts_to_name(node);
    char before[sizeof(dp->open_error)];

    if (!dp->knows_holds || !node->has_desired || dp->under_way ||
        speakers_are_awaited(&node->speakers))
        return;
    dp->due = false;
    dp->under_way = true;
    dp->generation++;
    dp->whole = 0;
    memcpy(before, dp->open_error, sizeof(before));
    dp->open_error[0] = 0;
    send_begin(node, whole);
    send_objects(node, whole);
    send_end(node);
    tables_told(&node->tables);
    dp->unsure = false;
    if (strcmp(before, dp->open_error) != 0)
        report_all_due(node);
    node_tick_if_needed(node);
}

bool dataplane_link_is_off(const struct node *node, const struct node_tunnel *tunnel)
{
    /* Without a data plane there is no traffic. */
    return !node->dataplane.knows_holds ||
           (tunnel->off_since && tunnel->off_since <= node->dataplane.done);
}

bool dataplane_link_is_on(const struct node *node, const struct node_tunnel *tunnel)
{
    return node->dataplane.knows_holds && tunnel->on_since &&
           tunnel->on_since <= node->dataplane.done;
}

/* ---- what it says ---- */

static void take_stats(struct node_dataplane *dp, const struct ipc_msg *msg)
{
    struct ipc_stats_map *map;
    int r = msg->n_fds == 1 ? ipc_stats_open(msg->fds[0], msg->stats.bytes, &map) : -EPROTO;

    if (r < 0) {
        log_warn("the data plane's counters cannot be read: %s", strerror(-r));
        return;
    }
    ipc_stats_close(dp->stats);
    dp->stats = map;
    dp->slots_due = true;
}

static void note_outcome(struct node *node, const struct ipc_sync_done *done)
{
    struct node_dataplane *dp = &node->dataplane;
    char said[2][WORDS_TEXT_MAX];

    if (done->failed && strcmp(dp->error, done->text) != 0)
        log_warn("the data plane could not do all (%u failed): %s%s%s", done->failed,
                 words_say_written(done->text, WORDS_EN, said[0], sizeof(said[0])),
                 *dp->open_error ? "; " : "",
                 words_say_written(dp->open_error, WORDS_EN, said[1], sizeof(said[1])));
    if (dp->failed != done->failed || strcmp(dp->error, done->text) != 0)
        report_all_due(node);
    dp->failed = done->failed;
    memcpy(dp->error, done->text, sizeof(dp->error));
}

/* What waited for this answer. */
static void report_turned(struct node *node)
{
    struct node_dataplane *dp = &node->dataplane;

    list_for_each_safe (t, &dp->turning, struct node_tunnel, turning) {
        list_remove(&t->turning);
        if (t->object)
            report_due(node, t->object);
    }
    list_for_each (i, &node->instances, struct node_instance, all) {
        if (i->object && i->port_since == dp->done)
            report_due(node, i->object);
    }
}

static void take_done(struct node *node, const struct ipc_sync_done *done)
{
    struct node_dataplane *dp = &node->dataplane;

    if (done->generation > dp->generation)
        return;
    dp->done = MAX(dp->done, done->generation);
    if (!done->failed)
        dp->clean = dp->done;
    note_outcome(node, done);
    dp->slots_due |= done->changed > 0;
    if (done->generation == dp->generation)
        dp->under_way = false;
    /* What went with a sync that failed may not have been taken: it is opened and sent again. */
    if (done->failed && done->generation == dp->generation) {
        holds_forget(dp);
        node_retry_soon(node);
    }
    report_turned(node);
    ike_link_traffic_is_off(node);
    if (dp->due && !dp->under_way)
        node_carry_soon(node);
    carry_look(node);
    node_report_soon(node);
}

static void take_probed(struct node *node, const struct ipc_probed *probed)
{
    struct node_tunnel *t = node_told_tunnel(node, probed->tunnel);

    if (!t || probed->state >= IPC_PROBE_STATES || probed->peer >= IPC_PROBE_PEERS ||
        (t->probed == probed->state && t->probed_peer == probed->peer))
        return;
    t->probed_peer = probed->peer;
    if (probed->state == IPC_PROBE_BLACKHOLING && t->probed != IPC_PROBE_BLACKHOLING)
        log_warn("tunnel %s: its peer answers probes no more", t->want.dataplane.id);
    else if (t->probed == IPC_PROBE_BLACKHOLING && probed->state != IPC_PROBE_BLACKHOLING)
        log_info("tunnel %s: its peer answers probes again", t->want.dataplane.id);
    t->probed = probed->state;
    speakers_follow(&node->speakers, probed->tunnel);
    if (t->object)
        report_due(node, t->object);
    node_report_soon(node);
}

/* Before it is known what is desired it is taken at its word. */
static void take_host(struct node *node, const struct ipc_host *host)
{
    struct object *o = objects_find(&node->set, DESIRED_NETWORK, host->port);
    const struct desired_instance *network = o ? o->value : NULL;

    if (node->has_desired && !o)
        return;
    if (network && !prefix_contains_addr(&network->port.subnet, &host->address))
        return;
    if (!hosts_take(&node->hosts, host))
        return;
    if (o)
        report_due(node, o);
    node_report_soon(node);
}

static void take_line_probed(struct node *node, const struct ipc_probed *probed)
{
    struct node_instance *i = node_told_line(node, probed->tunnel);
    bool was_silent = i && line_is_silent(i);

    if (!i || probed->state >= IPC_PROBE_STATES || i->probed == probed->state)
        return;
    i->probed = probed->state;
    if (line_is_silent(i))
        log_warn("private interface %s: its router answers probes no more", i->want.port.id);
    else if (was_silent)
        log_info("private interface %s: its router answers probes again", i->want.port.id);
    machine_follow(node, i);
    if (i->object)
        report_due(node, i->object);
    node_report_soon(node);
}

static void on_up(struct peer *peer)
{
    struct node_dataplane *dp = container_of(peer, struct node_dataplane, peer);

    holds_forget(dp);
    dp->knows_holds = false;
}

static void on_message(struct peer *peer, struct ipc_msg *msg)
{
    struct node_dataplane *dp = container_of(peer, struct node_dataplane, peer);
    struct node *node = container_of(dp, struct node, dataplane);

    switch (msg->type) {
    case IPC_DP_HOLDS:
        if (msg->holds.underlay)
            holds_note_socket(dp, &msg->holds.local);
        else
            holds_note_port(dp, msg->holds.id);
        break;
    case IPC_DP_STATS: /* the last of its greeting */
        take_stats(dp, msg);
        dp->knows_holds = true;
        report_all_due(node);
        dp->due = dp->unsure = true;
        dp->whole = IPC_PARTS;
        node_carry_soon(node);
        break;
    case IPC_DP_SYNC_DONE:
        take_done(node, &msg->sync_done);
        break;
    case IPC_DP_PROBED:
        if (msg->probed.line)
            take_line_probed(node, &msg->probed);
        else
            take_probed(node, &msg->probed);
        break;
    case IPC_DP_ECHOED:
        trials_echoed(node, &msg->echoed);
        break;
    case IPC_DP_HOST:
        take_host(node, &msg->host);
        break;
    default:
        peer->broken = true;
        break;
    }
}

static void on_down(struct peer *peer)
{
    struct node_dataplane *dp = container_of(peer, struct node_dataplane, peer);
    struct node *node = container_of(dp, struct node, dataplane);

    holds_forget(dp);
    dp->knows_holds = dp->under_way = false;
    dp->failed = 0;
    dp->error[0] = 0;
    dp->open_error[0] = 0;
    ipc_stats_close(dp->stats);
    dp->stats = NULL;
    list_for_each (t, &node->tunnels, struct node_tunnel, all) {
        t->on_since = t->off_since = 0;
        t->probed = IPC_PROBE_OFF;
        t->probed_peer = IPC_PROBE_PEER_UNKNOWN;
    }
    list_for_each (i, &node->instances, struct node_instance, all) {
        i->port_since = 0;
        i->probed = IPC_PROBE_OFF;
    }
    hosts_forget(&node->hosts, NULL);
    report_all_due(node);
    ike_link_keys_are_gone(node);
    ike_link_traffic_is_off(node);
    node_tick_if_needed(node);
    node_report_soon(node);
}

int dataplane_link_init(struct node *node)
{
    static const struct peer_calls calls = {on_up, on_message, on_down};

    return peer_init(&node->dataplane.peer, &node->loop, "ropeway-dataplane", IPC_ROLE_DATAPLANE,
                     node->run_dir, "dataplane.sock", &calls);
}

void dataplane_link_done(struct node *node)
{
    peer_done(&node->dataplane.peer);
    holds_forget(&node->dataplane);
    ipc_stats_close(node->dataplane.stats);
    node->dataplane.stats = NULL;
}
