#include "worker_internal.h"

#define ICMP_PER_SECOND 500
#define ICMP_BURST      200

struct target {
    enum dp_hop_kind kind;
    uint32_t index;
    const struct fib_hops *hops;             /* it is one of */
    const struct dp_table *table;            /* the last one looked at */
    struct dp_jump *jumps[DP_JUMPS_MAX + 1]; /* that led there, as far as they are counted */
    unsigned n_jumps;
};

unsigned dp_packet_segments(const struct dp_packet *p)
{
    uint32_t headers = p->inner.l4_offset + 8U;

    if (p->merged)
        return p->merged->count;
    if (p->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE)
        return 1;
    if (p->inner.protocol == DP_TCP && p->inner.l4_offset + 20U <= p->inner.len)
        headers = p->inner.l4_offset + (p->ip[p->inner.l4_offset + 12] >> 4) * 4U;
    if (p->inner.len <= headers)
        return 1;
    return (p->inner.len - headers + p->vnet.gso_size - 1) / p->vnet.gso_size;
}

bool dp_packet_cut(struct dp_packet *p, size_t *len, uint32_t mtu)
{
    size_t headers = *len - p->vnet.gso_size;

    if (p->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE || p->inner.protocol != DP_TCP ||
        p->inner.dont_fragment || *len == p->inner.len || headers + 64 > mtu)
        return false;
    p->vnet.gso_size = (uint16_t)(mtu - headers);
    *len = mtu;
    return true;
}

static void drop(struct dp_worker *w, const struct dp_packet *p, enum ipc_stats_drop reason)
{
    unsigned n = dp_packet_segments(p);

    dp_drop(w, reason, n);
    if (p->from_port)
        dp_count(&dp_port_counters(p->from_port->stats, w->index)[IPC_PORT_DROPS_FROM], n);
    else if (p->from_tunnel)
        dp_tunnel_drop(w, p->from_tunnel->path, IPC_TUNNEL_DROPS_IN, reason, n);
}

/* ---- what the gateway itself says ---- */

/* Who we are towards the place the packet came from. */
static struct addr own_address(struct dp_worker *w, const struct dp_packet *p)
{
    struct addr a = {0};
    uint32_t table;

    if (p->from_port) {
        a = p->from_port->config.gateway;
        table = p->from_port->table;
    } else {
        a = p->from_tunnel->tunnel->config.inner_local;
        table = p->from_tunnel->tunnel->table;
    }
    if (a.family != p->inner.src.family && table < w->config->n_tables && w->config->tables[table])
        a = p->inner.version == 6 ? w->config->tables[table]->self6
                                  : w->config->tables[table]->self4;
    return a;
}

/* Answers go back the way the question came, whatever the tables say: a gateway without transit has
 * no route for them. */
static void send_back(struct dp_worker *w, const struct dp_packet *asked, uint8_t *ip, size_t len)
{
    struct dp_packet p = {.ip = ip, .via = asked->from_via};

    if (dp_inner_parse(ip, len, &p.inner) < 0)
        return;
    if (asked->from_port)
        dp_port_send(w, asked->from_port, &p, false);
    else
        dp_tunnel_send(w, asked->from_tunnel, &p, false);
}

static bool may_complain(struct dp_worker *w, const struct dp_packet *p)
{
    uint32_t who = p->from_port ? p->from_port->index * 2 : p->from_tunnel->path->index * 2 + 1;

    who %= DP_ICMP_BUCKETS;
    return dp_bucket_take(&w->icmp_tokens[who], &w->icmp_us[who], w->now_us, ICMP_PER_SECOND,
                          ICMP_BURST);
}

void dp_refuse(struct dp_worker *w, struct dp_packet *p, enum ipc_stats_drop reason,
               enum dp_icmp_error error, uint32_t mtu)
{
    uint8_t *out = w->made + w->made_used;
    const uint8_t *ip = p->ip;
    struct dp_inner inner = p->inner;
    struct addr own;
    size_t len;

    drop(w, p, reason);
    if (!p->from_port && !p->from_tunnel)
        return; /* our own */
    if (p->merged) {
        const struct esp_packet *first = &p->packets[p->merged->first];

        ip = first->data;
        if (dp_inner_parse(ip, first->len, &inner) < 0)
            return;
    }
    own = own_address(w, p);
    if (!may_complain(w, p) ||
        dp_icmp_error(error, mtu, &own, ip, &inner, out, sizeof(w->made) - w->made_used, &len) < 0)
        return;
    w->made_used += len;
    send_back(w, p, out, len);
}

static void answer_self(struct dp_worker *w, struct dp_packet *p)
{
    bool whole = !p->merged && p->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE;

    if (whole && dp_icmp_echo_reply(p->ip, &p->inner))
        send_back(w, p, p->ip, p->inner.len);
    else if (p->inner.protocol == DP_UDP)
        dp_refuse(w, p, IPC_DROP_SELF, DP_ICMP_NO_SERVICE, 0); /* the end of a traceroute */
    else
        drop(w, p, IPC_DROP_SELF);
}

/* What came out of a tunnel, or from a line, for our own end of it. */
static void to_us(struct dp_worker *w, struct dp_packet *p)
{
    const struct dp_port *local;

    if (dp_prober_takes(w, p) || (p->from_tunnel && dp_echoes_take(w, p)))
        return;
    if (p->from_port && p->from_port->config.traffic == IPC_LINE_LEFT &&
        dp_local_is_echo_request(p)) {
        drop(w, p, IPC_DROP_LINE_OFF);
        return;
    }
    local = dp_local_for(w, p);
    if (local)
        dp_local_give(w, local, p);
    else
        answer_self(w, p);
}

/* ---- routes ---- */

static const struct fib_hops *lookup(const struct dp_table *table, const struct addr *dst)
{
    return dst->family == ADDR_IPV4 ? fib_lookup4(table->fib, dst->bytes)
                                    : fib_lookup6(table->fib, dst->bytes);
}

static void note_jump(struct target *to, uint32_t table)
{
    size_t low = 0, high = to->table->n_jumps;

    while (low < high) {
        size_t middle = (low + high) / 2;
        struct dp_jump *jump = to->table->jumps[middle];

        if (jump->to == table) {
            to->jumps[to->n_jumps++] = jump;
            return;
        }
        if (jump->to < table)
            low = middle + 1;
        else
            high = middle;
    }
}

static void count_jumps(struct dp_worker *w, const struct dp_packet *p, const struct target *to,
                        bool found)
{
    unsigned n = to->n_jumps ? dp_packet_segments(p) : 0;

    for (unsigned i = 0; i < to->n_jumps; i++) {
        uint64_t *counters = dp_jump_counters(to->jumps[i]->stats, w->index);

        dp_count(&counters[found ? IPC_JUMP_PACKETS : IPC_JUMP_DROPS], n);
        if (found)
            dp_count(&counters[IPC_JUMP_BYTES], p->inner.len);
    }
}

/* It leads somewhere. */
static bool is_way(enum dp_hop_kind kind)
{
    return kind == DP_HOP_PORT || kind == DP_HOP_CONNECTION || kind == DP_HOP_TUNNEL ||
           kind == DP_HOP_SELF || kind == DP_HOP_HOST;
}

/* Follows the jumps between tables. -ENOENT without a route, -ELOOP after too many. */
static int resolve(const struct dp_worker *w, const struct dp_packet *p, uint32_t table,
                   struct target *ret)
{
    const struct dp_config *config = w->config;

    for (unsigned jumps = 0; jumps <= DP_JUMPS_MAX; jumps++) {
        const struct fib_hops *hops;
        uint32_t hop;

        if (table >= config->n_tables || !config->tables[table])
            return -ENOENT;
        ret->table = config->tables[table];
        hops = lookup(ret->table, &p->inner.dst);
        if (!hops)
            return -ENOENT;
        if (hops->count == 0) {
            ret->kind = DP_HOP_BLACKHOLE;
            return 0;
        }
        ret->hops = hops;
        hop = dp_choose_hop(w, p, hops);
        ret->kind = dp_hop_kind(hop);
        ret->index = dp_hop_index(hop);
        if (ret->kind != DP_HOP_TABLE)
            return 0;
        note_jump(ret, ret->index);
        table = ret->index;
    }
    return -ELOOP;
}

/* Through one of the tunnels of a route's next hops. */
static void to_tunnels(struct dp_worker *w, struct dp_packet *p, const struct target *to)
{
    bool refused;
    uint32_t tunnel = dp_choose_tunnel(w, p, to->hops, &refused);

    p->lead = (struct dp_lead){to->hops, to->table};
    if (tunnel != DP_NONE)
        dp_tunnel_send(w, w->config->tunnels[tunnel], p, true);
    else if (refused)
        dp_refuse(w, p, IPC_DROP_SELECTOR, DP_ICMP_PROHIBITED, 0);
    else
        dp_refuse(w, p, IPC_DROP_NO_TUNNEL, DP_ICMP_NO_ROUTE, 0);
}

/* Between instances of a subnet we are the switch; on a line or real network the router. */
static bool is_switched(const struct dp_packet *p, const struct dp_port *port)
{
    return p->from_port && prefix_equal(&p->from_port->config.subnet, &port->config.subnet) &&
           p->from_port->table == port->table && !dp_port_is_line(port);
}

static void to_port(struct dp_worker *w, struct dp_packet *p, uint32_t index)
{
    const struct dp_port *port;
    bool same_subnet;

    if (index >= w->config->n_ports || !w->config->ports[index]) {
        dp_refuse(w, p, IPC_DROP_NO_PORT, DP_ICMP_NO_HOST, 0);
        return;
    }
    port = w->config->ports[index];
    same_subnet = is_switched(p, port);
    if (!same_subnet && p->inner.ttl <= 1) {
        dp_refuse(w, p, IPC_DROP_TTL, DP_ICMP_TTL, 0);
        return;
    }
    dp_port_send(w, port, p, !same_subnet);
}

static void to_host(struct dp_worker *w, struct dp_packet *p, uint32_t index)
{
    const struct dp_via *via = index < w->config->n_vias ? w->config->vias[index] : NULL;

    if (!via) {
        dp_refuse(w, p, IPC_DROP_NO_PORT, DP_ICMP_NO_HOST, 0);
        return;
    }
    p->via = &via->address;
    to_port(w, p, via->port);
}

static void deliver(struct dp_worker *w, struct dp_packet *p, const struct target *to)
{
    if ((to->kind == DP_HOP_CONNECTION || to->kind == DP_HOP_TUNNEL) && p->inner.ttl <= 1) {
        dp_refuse(w, p, IPC_DROP_TTL, DP_ICMP_TTL, 0);
        return;
    }
    switch (to->kind) {
    case DP_HOP_PORT:
        to_port(w, p, to->index);
        break;
    case DP_HOP_HOST:
        to_host(w, p, to->index);
        break;
    case DP_HOP_CONNECTION:
    case DP_HOP_TUNNEL:
        to_tunnels(w, p, to);
        break;
    case DP_HOP_SELF:
        answer_self(w, p);
        break;
    case DP_HOP_BLACKHOLE:
        drop(w, p, IPC_DROP_BLACKHOLE);
        break;
    case DP_HOP_MISSING:
        dp_refuse(w, p, IPC_DROP_NO_PORT, DP_ICMP_NO_HOST, 0);
        break;
    default:
        dp_refuse(w, p, IPC_DROP_UNREACHABLE, DP_ICMP_NO_HOST, 0);
        break;
    }
}

void dp_forward_again(struct dp_worker *w, struct dp_packet *p, uint32_t table,
                      const struct dp_path *failed)
{
    struct target to = {0};
    uint32_t tunnel = DP_NONE;
    bool refused;

    if (resolve(w, p, table, &to) < 0)
        return;
    p->lead = (struct dp_lead){to.hops, to.table};
    if (to.kind == DP_HOP_CONNECTION || to.kind == DP_HOP_TUNNEL)
        tunnel = dp_choose_tunnel(w, p, to.hops, &refused);
    if (tunnel != DP_NONE && w->config->tunnels[tunnel]->path != failed)
        dp_tunnel_send(w, w->config->tunnels[tunnel], p, false);
    else if (to.kind == DP_HOP_PORT && to.index < w->config->n_ports && w->config->ports[to.index])
        dp_port_send(w, w->config->ports[to.index], p, false);
}

static bool is_for_us(const struct dp_packet *p)
{
    if (p->from_tunnel)
        return addr_equal(&p->inner.dst, &p->from_tunnel->tunnel->config.inner_local);
    return p->from_port && dp_port_is_line(p->from_port) &&
           addr_equal(&p->inner.dst, &p->from_port->config.gateway);
}

void dp_forward(struct dp_worker *w, struct dp_packet *p, uint32_t table)
{
    struct target to = {0};
    int r;

    if (dp_addr_is_multicast(&p->inner.dst)) {
        drop(w, p, IPC_DROP_MULTICAST);
        return;
    }
    if (dp_addr_is_nobody(&p->inner.src)) {
        drop(w, p, IPC_DROP_SOURCE);
        return;
    }
    if (dp_addr_is_nobody(&p->inner.dst)) {
        drop(w, p, IPC_DROP_NO_ROUTE);
        return;
    }
    if (is_for_us(p)) {
        to_us(w, p);
        return;
    }
    r = resolve(w, p, table, &to);
    count_jumps(w, p, &to, r == 0 && is_way(to.kind));
    if (r == -ELOOP)
        drop(w, p, IPC_DROP_JUMPS);
    else if (r < 0)
        dp_refuse(w, p, IPC_DROP_NO_ROUTE, DP_ICMP_NO_ROUTE, 0);
    else
        deliver(w, p, &to);
}
