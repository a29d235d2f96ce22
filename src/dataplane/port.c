#include "worker_internal.h"

#include <unistd.h>

#define BURST    32
#define VNET_LEN sizeof(struct virtio_net_hdr)
#define IOV_MAX_ 600 /* pieces of a merged packet and its headers: under the kernel's 1024 */

static const enum ipc_stats_drop reasons[] = {
    [DP_FRAME_MALFORMED] = IPC_DROP_FRAME_MALFORMED,
    [DP_FRAME_TYPE] = IPC_DROP_FRAME_TYPE,
    [DP_FRAME_ADDRESS] = IPC_DROP_FRAME_ADDRESS,
    [DP_FRAME_MULTICAST] = IPC_DROP_MULTICAST,
};

static void drop_from(struct dp_worker *w, const struct dp_port *port, enum ipc_stats_drop reason)
{
    dp_drop(w, reason, 1);
    dp_count(&dp_port_counters(port->stats, w->index)[IPC_PORT_DROPS_FROM], 1);
}

static void answer(struct dp_worker *w, const struct dp_port *port, uint8_t *frame, size_t len)
{
    static const struct virtio_net_hdr none;
    struct iovec iov[2] = {{(void *)(uintptr_t)&none, VNET_LEN},
                           {frame, dp_frame_tag(&port->who, frame, len)}};

    if (writev(port->fd, iov, ARRAY_SIZE(iov)) < 0)
        dp_drop(w, IPC_DROP_PORT_FULL, 1);
}

/* ---- who is behind the port ---- */

static bool is_network(const struct dp_port *port)
{
    return port->config.kind == IPC_PORT_SUBNET;
}

/* To whom a packet goes there. */
static const struct addr *next_of(const struct dp_port *port, const struct dp_packet *p)
{
    if (!is_network(port))
        return &port->who.address;
    return p->via ? p->via : &p->inner.dst;
}

/* Whom frames to it are for. False while that is not known. */
static bool find_mac(struct dp_worker *w, const struct dp_port *port, const struct dp_packet *p,
                     struct dp_neighbour *ret)
{
    *ret = port->who;
    return !port->lan || dp_lan_find(w, port, next_of(port, p), ret->mac);
}

bool dp_port_is_reached(struct dp_worker *w, const struct dp_port *port)
{
    struct dp_neighbour who;

    return !port->lan || dp_lan_find(w, port, &port->who.address, who.mac);
}

static void write_packet(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p);

/* ---- from the instance ---- */

/* An instance speaks for its own address; one that routes lead to forwards for others, too, as a
 * router on a line does. Nobody speaks for us. */
static bool may_use(const struct dp_port *port, const struct addr *src)
{
    if (port->config.kind == IPC_PORT_LINE)
        return !addr_equal(src, &port->config.gateway);
    return addr_equal(src, &port->who.address) || __atomic_load_n(&port->router, __ATOMIC_RELAXED);
}

/* IPC_DROP_COUNT: it may come from there. */
static enum ipc_stats_drop admit(struct dp_worker *w, const struct dp_port *port,
                                 const uint8_t mac[6], struct dp_packet *p)
{
    enum ipc_stats_drop reason = port->lan ? dp_lan_admit(w, port, mac, p) : IPC_DROP_COUNT;

    if (is_network(port))
        return reason;
    if (port->config.traffic == IPC_LINE_SHUT)
        return IPC_DROP_LINE_OFF;
    return may_use(port, &p->inner.src) ? IPC_DROP_COUNT : IPC_DROP_SOURCE;
}

static void take_ip(struct dp_worker *w, const struct dp_port *port, uint8_t *frame, size_t len)
{
    struct dp_packet p = {.ip = frame + VNET_LEN + DP_ETH_LEN, .from_port = port};
    uint64_t *counters = dp_port_counters(port->stats, w->index);
    struct virtio_net_hdr vnet;
    enum ipc_stats_drop reason;

    memcpy(&vnet, frame, VNET_LEN);
    if (dp_inner_parse(p.ip, len - VNET_LEN - DP_ETH_LEN, &p.inner) < 0 ||
        dp_frame_offloads(&vnet, &p.inner, &p.vnet) < 0) {
        drop_from(w, port, IPC_DROP_INNER_MALFORMED);
        return;
    }
    if (!dp_inner_checksum_ok(p.ip)) {
        drop_from(w, port, IPC_DROP_INNER_CHECKSUM);
        return;
    }
    reason = admit(w, port, frame + VNET_LEN + 6, &p);
    if (reason != IPC_DROP_COUNT) {
        drop_from(w, port, reason);
        return;
    }
    dp_count(&counters[IPC_PORT_PACKETS_FROM], dp_packet_segments(&p));
    dp_count(&counters[IPC_PORT_BYTES_FROM], p.inner.len);
    dp_forward(w, &p, port->table);
}

static void take_frame(struct dp_worker *w, const struct dp_port *port, uint8_t *frame, size_t len)
{
    uint8_t reply[DP_ANSWER_MAX + DP_TAG_LEN];
    size_t reply_len;
    enum dp_frame_kind kind;

    if (len < VNET_LEN) {
        drop_from(w, port, IPC_DROP_FRAME_MALFORMED);
        return;
    }
    if (dp_frame_claims_ours(&port->who, frame + VNET_LEN, len - VNET_LEN)) {
        drop_from(w, port, IPC_DROP_ADDRESS_TAKEN);
        return;
    }
    if (port->lan && !dp_lan_hear(w, port, frame + VNET_LEN, len - VNET_LEN, write_packet)) {
        drop_from(w, port, IPC_DROP_HOSTS_FULL);
        return;
    }
    kind = dp_frame_classify(&port->who, frame + VNET_LEN, len - VNET_LEN, reply, &reply_len);
    if (kind == DP_FRAME_IP)
        take_ip(w, port, frame, len);
    else if (kind == DP_FRAME_ANSWER)
        answer(w, port, reply, reply_len);
    else if (kind != DP_FRAME_IGNORED)
        drop_from(w, port, reasons[kind]);
}

/* ---- from a gateway's speaker, through a TUN ---- */

/* Where a TUN leads: into a tunnel, or to a private interface. */
struct local_way {
    const struct dp_egress *tunnel;
    const struct dp_port *line;
    const struct addr *own; /* NULL: nowhere at present */
};

static struct local_way way_of(const struct dp_worker *w, const struct dp_port *tun)
{
    struct local_way way = {.line = dp_port_partner(w, tun)};

    if (way.line)
        way.own = &way.line->config.gateway;
    else if (tun->tunnel < w->config->n_tunnels)
        way.tunnel = w->config->tunnels[tun->tunnel];
    if (way.tunnel && way.tunnel->tunnel && way.tunnel->out)
        way.own = &way.tunnel->tunnel->config.inner_local;
    return way;
}

/* It goes there as the gateway's own. */
static void take_local(struct dp_worker *w, const struct dp_port *port, uint8_t *ip, size_t len)
{
    const struct local_way way = way_of(w, port);
    uint64_t *counters = dp_port_counters(port->stats, w->index);
    struct dp_packet p = {.ip = ip, .from_port = port};
    enum ipc_stats_drop reason = IPC_DROP_COUNT;

    if (dp_inner_parse(ip, len, &p.inner) < 0)
        reason = IPC_DROP_INNER_MALFORMED;
    else if (!way.own)
        reason = IPC_DROP_NO_TUNNEL;
    else if (!addr_equal(&p.inner.src, way.own))
        reason = IPC_DROP_SOURCE; /* what the kernel says of itself there: neighbours, routers */
    if (reason != IPC_DROP_COUNT) {
        drop_from(w, port, reason);
        return;
    }
    dp_count(&counters[IPC_PORT_PACKETS_FROM], 1);
    dp_count(&counters[IPC_PORT_BYTES_FROM], p.inner.len);
    if (way.line)
        dp_port_send(w, way.line, &p, false);
    else
        dp_tunnel_send(w, way.tunnel, &p, false);
}

/* The device is gone, with its namespace perhaps: the node will hear of it from the control thread.
 */
static void port_is_dead(struct dp_worker *w, const struct dp_port *port)
{
    struct dp_note note = {.kind = DP_NOTE_PORT_DEAD, .index = port->index};

    /* Before the note, whose reader watches a device that lives again. */
    dp_worker_unwatch(w, port->fd);
    /* Not heard: the event comes again. */
    if (dp_note_send(w, &note, NULL, 0) < 0)
        (void)!dp_worker_watch(w, port->fd, true, port->index);
}

void dp_port_receive(struct dp_worker *w, const struct dp_port *port)
{
    size_t used = 0;

    for (unsigned i = 0; i < BURST; i++) {
        ssize_t n = read(port->fd, w->arena + used, DP_SUPER_MAX);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                port_is_dead(w, port);
            break;
        }
        if (port->config.kind == IPC_PORT_TUN)
            take_local(w, port, w->arena + used, (size_t)n);
        else
            take_frame(w, port, w->arena + used, (size_t)n);
        used += ((size_t)n + 63) & ~(size_t)63;
        if (used + DP_SUPER_MAX > DP_ARENA_BYTES) {
            dp_tunnel_flush(w);
            used = 0;
        }
    }
    dp_tunnel_flush(w);
}

/* ---- to the instance ---- */

static void drop_to(struct dp_worker *w, const struct dp_port *port, enum ipc_stats_drop reason,
                    unsigned n)
{
    dp_drop(w, reason, n);
    dp_count(&dp_port_counters(port->stats, w->index)[IPC_PORT_DROPS_TO], n);
}

static void write_packet(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p)
{
    uint64_t *counters = dp_port_counters(port->stats, w->index);
    uint8_t head[VNET_LEN + DP_ETH_MAX];
    struct virtio_net_hdr vnet = p->vnet;
    size_t ethernet;
    struct iovec iov[IOV_MAX_]; /* much, and of most packets two are used */
    struct dp_neighbour who;
    unsigned n = 2;

    if (!find_mac(w, port, p, &who)) {
        dp_lan_hold(w, port, next_of(port, p), p, dp_packet_segments(p));
        return;
    }
    ethernet = dp_frame_header(&who, p->inner.version, head + VNET_LEN);
    if (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
        vnet.csum_start = (uint16_t)(vnet.csum_start + ethernet);
    if (vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE)
        vnet.hdr_len = (uint16_t)(vnet.hdr_len + ethernet);
    iov[0] = (struct iovec){head, VNET_LEN + ethernet};
    memcpy(head, &vnet, VNET_LEN);
    if (p->merged)
        n = 1 + esp_merged_iov(p->merged, p->packets, iov + 1, IOV_MAX_ - 1);
    else
        iov[1] = (struct iovec){p->ip, p->inner.len};
    if (n == 1 || writev(port->fd, iov, (int)n) < 0) {
        drop_to(w, port, IPC_DROP_PORT_FULL, dp_packet_segments(p));
        return;
    }
    dp_count(&counters[IPC_PORT_PACKETS_TO], dp_packet_segments(p));
    dp_count(&counters[IPC_PORT_BYTES_TO], p->inner.len);
}

/* IPv4 only, DF clear. */
static void write_fragments(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p)
{
    uint8_t heads[64 * ESP_HEAD_MAX], packet[65536];
    struct esp_out jobs[64];
    unsigned n;

    if (p->vnet.flags &&
        esp_csum_finish(p->ip, p->inner.len, p->vnet.csum_start, p->vnet.csum_offset) < 0) {
        dp_drop(w, IPC_DROP_INNER_MALFORMED, 1);
        return;
    }
    if (dp_inner_fragment(p->ip, &p->inner, port->config.mtu, heads, sizeof(heads), jobs,
                          ARRAY_SIZE(jobs), &n) < 0) {
        dp_drop(w, IPC_DROP_TOO_BIG, 1);
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        struct dp_packet piece = {.ip = packet,
                                  .from_port = p->from_port,
                                  .from_tunnel = p->from_tunnel,
                                  .from_via = p->from_via,
                                  .via = p->via};

        memcpy(packet, jobs[i].head, jobs[i].head_len);
        memcpy(packet + jobs[i].head_len, jobs[i].body, jobs[i].body_len);
        if (dp_inner_parse(packet, jobs[i].head_len + jobs[i].body_len, &piece.inner) == 0)
            write_packet(w, port, &piece);
    }
}

void dp_port_send(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p, bool age)
{
    size_t len = p->inner.len;

    if (port->config.kind == IPC_PORT_TUN) {
        dp_local_give(w, port, p);
        return;
    }
    if (is_network(port) && !p->via && !dp_host_may_have(&port->config.subnet, &p->inner.dst)) {
        dp_refuse(w, p, IPC_DROP_UNREACHABLE, DP_ICMP_NO_HOST, 0);
        return;
    }
    if (port->config.traffic == IPC_LINE_SHUT) {
        dp_drop(w, IPC_DROP_LINE_OFF, dp_packet_segments(p));
        dp_count(&dp_port_counters(port->stats, w->index)[IPC_PORT_DROPS_TO],
                 dp_packet_segments(p));
        return;
    }
    if (!p->merged && p->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE &&
        esp_gso_segment_len(p->ip, p->inner.len, p->vnet.gso_type, p->vnet.gso_size, &len) < 0) {
        dp_drop(w, IPC_DROP_INNER_MALFORMED, 1);
        return;
    }
    if (p->merged)
        len = (size_t)p->merged->head_len + p->vnet.gso_size;
    if (len > port->config.mtu && !dp_packet_cut(p, &len, port->config.mtu) &&
        (p->inner.dont_fragment || len != p->inner.len)) {
        dp_refuse(w, p, IPC_DROP_TOO_BIG, DP_ICMP_TOO_BIG, port->config.mtu);
        return;
    }
    if (age)
        dp_inner_age(p->ip);
    if (len > port->config.mtu)
        write_fragments(w, port, p);
    else
        write_packet(w, port, p);
}

/* ---- hosts that do not answer ---- */

static void refuse_held(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p)
{
    dp_count(&dp_port_counters(port->stats, w->index)[IPC_PORT_DROPS_TO], dp_packet_segments(p));
    dp_refuse(w, p, IPC_DROP_NO_NEIGHBOUR, DP_ICMP_NO_HOST, 0);
    dp_tunnel_flush(w); /* the room for what is made here is that of one burst */
}

void dp_ports_run(struct dp_worker *w)
{
    dp_lans_run(w, refuse_held);
}
