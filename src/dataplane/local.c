/* To the TUN of a tunnel or private interface, at whose other end the gateway's BGP speaker is. */
#include "worker_internal.h"

#include <unistd.h>

#define ICMP_ECHO_REQUEST   8
#define ICMPV6_ECHO_REQUEST 128

bool dp_local_is_echo_request(const struct dp_packet *p)
{
    const uint8_t *icmp = p->ip + p->inner.l4_offset;

    if (p->inner.fragment || p->inner.l4_offset >= p->inner.len)
        return false; /* whoever puts fragments together answers */
    return p->inner.version == 4 ? p->inner.protocol == DP_ICMP && *icmp == ICMP_ECHO_REQUEST
                                 : p->inner.protocol == DP_ICMPV6 && *icmp == ICMPV6_ECHO_REQUEST;
}

const struct dp_port *dp_port_partner(const struct dp_worker *w, const struct dp_port *port)
{
    uint32_t number = __atomic_load_n(&port->partner, __ATOMIC_RELAXED);
    const struct dp_port *partner =
        number && number <= w->config->n_ports ? w->config->ports[number - 1] : NULL;

    /* The number may be newer than this configuration, where another port still has it. */
    return partner && __atomic_load_n(&partner->partner, __ATOMIC_RELAXED) == port->index + 1
               ? partner
               : NULL;
}

const struct dp_port *dp_local_for(const struct dp_worker *w, const struct dp_packet *p)
{
    const struct dp_path *path = p->from_tunnel ? p->from_tunnel->path : NULL;
    uint32_t local = path ? __atomic_load_n(&path->local, __ATOMIC_RELAXED) : 0;
    const struct dp_port *port;

    if (dp_local_is_echo_request(p))
        return NULL;
    if (p->from_port)
        return dp_port_partner(w, p->from_port);
    if (!local || local > w->config->n_ports)
        return NULL;
    port = w->config->ports[local - 1];
    /* The number may be newer than this configuration, where another port still has it. */
    return port && port->config.kind == IPC_PORT_TUN && port->tunnel == path->index ? port : NULL;
}

static void write_one(struct dp_worker *w, const struct dp_port *port, const uint8_t *ip,
                      size_t len)
{
    uint64_t *counters = dp_port_counters(port->stats, w->index);

    if (write(port->fd, ip, len) < 0) {
        dp_drop(w, IPC_DROP_PORT_FULL, 1);
        dp_count(&counters[IPC_PORT_DROPS_TO], 1);
        return;
    }
    dp_count(&counters[IPC_PORT_PACKETS_TO], 1);
    dp_count(&counters[IPC_PORT_BYTES_TO], len);
}

void dp_local_give(struct dp_worker *w, const struct dp_port *port, struct dp_packet *p)
{
    /* What comes from an interface of this machine may lack its checksum. */
    if (p->vnet.flags &&
        esp_csum_finish(p->ip, p->inner.len, p->vnet.csum_start, p->vnet.csum_offset) < 0) {
        dp_drop(w, IPC_DROP_INNER_MALFORMED, 1);
        return;
    }
    if (!p->merged) {
        write_one(w, port, p->ip, p->inner.len);
        return;
    }
    for (uint16_t i = p->merged->first; i != ESP_GRO_NONE; i = p->packets[i].next)
        write_one(w, port, p->packets[i].data, p->packets[i].len);
}
