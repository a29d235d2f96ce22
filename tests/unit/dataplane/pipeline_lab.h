/* pipeline_lab.h - a worker without its thread between two instances (socket pairs in the place of
 * TAPs) and two tunnels of one connection to a peer that is a UDP socket here. Include cmocka.h
 * first. */
#ifndef PIPELINE_LAB_H
#define PIPELINE_LAB_H

#include "worker_internal.h"

#include <netinet/udp.h>
#include <stdlib.h>
#include <unistd.h>

#define LAB_TUNNELS  2
#define LAB_SPI_OUT  0x8000 /* + tunnel */
#define LAB_SPI_IN   0x9000
#define LAB_VNET_LEN sizeof(struct virtio_net_hdr)

struct lab_tunnel {
    struct dp_path path;
    struct dp_tunnel tunnel;
    struct dp_sa out, in;
    struct dp_remote remote;
    struct esp_sa *peer_in, *peer_out; /* the other end's */
};

struct lab {
    struct dp_shared shared;
    struct dp_worker *w;
    struct dp_config config;
    struct dp_port port[2];
    int instance[2];
    struct dp_underlay underlay;
    int peer;
    struct dp_table table;
    struct lab_tunnel tunnel[LAB_TUNNELS];
    struct dp_egress egress[LAB_TUNNELS];
    struct dp_connection connection;
    const struct dp_egress *tunnels[LAB_TUNNELS];
    const struct dp_connection *connections[1];
    const struct dp_port *ports[2];
    const struct dp_table *tables[1];
    const struct dp_underlay *underlays[1];
    struct esp_engine *engine; /* the peer's */
    uint8_t got[65600];        /* the last packet that came out somewhere */
};

static inline int lab_socket(struct endpoint *ret)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (void *)&in, sizeof(in)), 0);
    assert_int_equal(getsockname(fd, (void *)&in, &len), 0);
    *ret = (struct endpoint){addr_v4(127, 0, 0, 1), ntohs(in.sin_port)};
    return fd;
}

static inline struct esp_sa *lab_sa(enum esp_direction direction, uint32_t spi)
{
    static const uint8_t key[20] = {1, 2, 3};
    struct esp_sa_params params = {.spi = spi,
                                   .direction = direction,
                                   .encr = ESP_ENCR_AES_GCM_16,
                                   .encr_key = key,
                                   .encr_key_len = sizeof(key),
                                   .esn = true,
                                   .replay_window = 64};
    struct esp_sa *sa;

    assert_int_equal(esp_sa_new(&params, &sa), 0);
    return sa;
}

static inline void lab_half(struct lab *l, unsigned i, struct dp_sa *sa, uint8_t direction)
{
    struct lab_tunnel *t = &l->tunnel[i];
    uint32_t spi = (direction == IPC_SA_OUT ? LAB_SPI_OUT : LAB_SPI_IN) + i;

    *sa = (struct dp_sa){.path = &t->path,
                         .spi = spi,
                         .direction = direction,
                         .any4 = true,
                         .any6 = true,
                         .local = l->underlay.local,
                         .remote = &t->remote};
    sa->esp = lab_sa(direction == IPC_SA_OUT ? ESP_OUTBOUND : ESP_INBOUND, spi);
    sa->stats = dp_stats_take(l->shared.stats, IPC_STATS_SA, t->path.id, spi, direction);
    assert_non_null(sa->stats);
}

static inline void lab_tunnel(struct lab *l, unsigned i, const struct endpoint *peer)
{
    struct lab_tunnel *t = &l->tunnel[i];

    t->path.index = i;
    t->path.serial = i + 1;
    t->path.id[0] = (char)('0' + i);
    t->path.key = flow_key(t->path.id);
    t->path.tunnel = &t->tunnel;
    t->path.stats = dp_stats_take(l->shared.stats, IPC_STATS_TUNNEL, t->path.id, 0, 0);
    t->tunnel.config.admin_up = true;
    t->tunnel.config.inner_local = addr_v4(169, 254, (uint8_t)i, 1);
    dp_sockaddr_from(peer, &t->remote);
    lab_half(l, i, &t->out, IPC_SA_OUT);
    lab_half(l, i, &t->in, IPC_SA_IN);
    t->peer_in = lab_sa(ESP_INBOUND, LAB_SPI_OUT + i);
    t->peer_out = lab_sa(ESP_OUTBOUND, LAB_SPI_IN + i);
    assert_int_equal(dp_sa_publish(&l->shared, &t->in), 0);
    assert_int_equal(dp_sa_publish(&l->shared, &t->out), 0);
    l->egress[i] = (struct dp_egress){
        .path = &t->path, .tunnel = &t->tunnel, .out = &t->out, .underlay = &l->underlay};
    l->tunnels[i] = &l->egress[i];
    dp_connection_add(&l->connection, i, &t->out);
}

static inline void lab_port(struct lab *l, unsigned i)
{
    struct dp_port *p = &l->port[i];
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    *p = (struct dp_port){.index = i, .fd = pair[0]};
    l->instance[i] = pair[1];
    p->config.mtu = 1500;
    p->config.address = p->who.address = addr_v4(10, 1, (uint8_t)i, 4);
    p->config.gateway = addr_v4(10, 1, (uint8_t)i, 1);
    p->config.subnet = p->who.subnet = prefix_make(&p->config.address, 24);
    p->who.gateway_mac[0] = 2;
    p->stats = dp_stats_take(l->shared.stats, IPC_STATS_PORT, "i", 0, 0);
    l->ports[i] = p;
}

static inline void lab_routes(struct lab *l)
{
    struct fib_route routes[] = {
        {{addr_v4(10, 1, 0, 4), 32}, {1, {dp_hop(DP_HOP_PORT, 0)}}},
        {{addr_v4(10, 1, 1, 4), 32}, {1, {dp_hop(DP_HOP_PORT, 1)}}},
        {{{.family = ADDR_IPV4}, 0}, {1, {dp_hop(DP_HOP_CONNECTION, 0)}}},
        {{{.family = ADDR_IPV6}, 0}, {1, {dp_hop(DP_HOP_CONNECTION, 0)}}},
    };

    assert_int_equal(fib_table_new(&l->table.fib), 0);
    assert_int_equal(fib_table_set(l->table.fib, routes, ARRAY_SIZE(routes)), 0);
    l->tables[0] = &l->table;
    l->table.self6 = (struct addr){.family = ADDR_IPV6, .bytes = {0xfd, [15] = 1}};
}

static inline int lab_up(void **state)
{
    struct lab *l = calloc(1, sizeof(*l));
    struct endpoint peer;
    int notes[2];

    rcu_register_thread();
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, notes), 0);
    assert_int_equal(dp_shared_init(&l->shared, 1), 0);
    assert_int_equal(dp_worker_new(&l->shared, 0, (const int[DP_LANES]){notes[1], notes[1]}, &l->w),
                     0);
    assert_int_equal(esp_engine_new(ESP_ENGINE_AUTO, &l->engine), 0);
    close(notes[0]); /* nobody listens */
    l->peer = lab_socket(&peer);
    l->underlay.fd = lab_socket(&l->underlay.local);
    assert_int_equal(dp_underlay_setup(l->underlay.fd, &l->underlay.local), 0);
    l->underlay.local.port = DP_PORT_NATT; /* as far as the worker is concerned */
    l->underlays[0] = &l->underlay;
    l->connections[0] = &l->connection;
    for (unsigned i = 0; i < LAB_TUNNELS; i++)
        lab_tunnel(l, i, &peer);
    lab_port(l, 0);
    lab_port(l, 1);
    lab_routes(l);
    l->config = (struct dp_config){.n_underlays = 1,
                                   .n_ports = 2,
                                   .n_tables = 1,
                                   .n_tunnels = LAB_TUNNELS,
                                   .n_connections = 1,
                                   .underlays = l->underlays,
                                   .ports = l->ports,
                                   .tables = l->tables,
                                   .tunnels = l->tunnels,
                                   .connections = l->connections};
    l->w->config = &l->config;
    l->w->now_us = 1000000;
    rcu_read_lock();
    *state = l;
    return 0;
}

static inline int lab_down(void **state)
{
    struct lab *l = *state;

    for (unsigned i = 0; i < LAB_TUNNELS; i++) {
        struct lab_tunnel *t = &l->tunnel[i];

        dp_sa_withdraw(&l->shared, &t->in);
        dp_sa_withdraw(&l->shared, &t->out);
        esp_sa_free(t->in.esp);
        esp_sa_free(t->out.esp);
        esp_sa_free(t->peer_in);
        esp_sa_free(t->peer_out);
    }
    rcu_read_unlock();
    for (unsigned i = 0; i < 2; i++) {
        close(l->instance[i]);
        close(l->port[i].fd);
    }
    close(l->underlay.fd);
    close(l->peer);
    close(l->w->notes[0]);
    dp_worker_free(l->w);
    esp_engine_free(l->engine);
    fib_table_free(l->table.fib);
    dp_shared_done(&l->shared);
    rcu_unregister_thread();
    free(l);
    return 0;
}

/* ---- packets ---- */

/* A finished IPv4 packet of len bytes from an instance; TCP or UDP with right checksums. */
static inline void lab_packet(uint8_t *ip, size_t len, uint8_t protocol, uint32_t src, uint32_t dst)
{
    uint8_t *l4 = ip + 20;

    memset(ip, 0, len);
    ip[0] = 0x45;
    wire_store_be16(ip + 2, (uint16_t)len);
    ip[8] = 64;
    ip[9] = protocol;
    wire_store_be32(ip + 12, src);
    wire_store_be32(ip + 16, dst);
    esp_csum_ipv4_header(ip);
    wire_store_be16(l4, 1234);
    wire_store_be16(l4 + 2, 80);
    if (protocol == DP_TCP) {
        l4[12] = 0x50;
        l4[13] = 0x10;
    } else {
        wire_store_be16(l4 + 4, (uint16_t)(len - 20));
    }
}

/* Sets the checksum of a TCP segment. */
static inline void lab_tcp_sum(uint8_t *ip, size_t len)
{
    uint16_t csum = esp_csum_fold(
        esp_csum_add(esp_csum_pseudo(ip, DP_TCP, (uint32_t)len - 20), ip + 20, len - 20));

    memcpy(ip + 36, &csum, 2);
}

/* The instance sends it, and the worker takes it. */
static inline void lab_send(struct lab *l, unsigned port, const struct virtio_net_hdr *vnet,
                            const void *ip, size_t len)
{
    uint8_t head[LAB_VNET_LEN + DP_ETH_LEN] = {0};
    struct iovec iov[2] = {{head, sizeof(head)}, {(void *)(uintptr_t)ip, len}};

    if (vnet)
        memcpy(head, vnet, LAB_VNET_LEN);
    memcpy(head + LAB_VNET_LEN, l->port[port].who.gateway_mac, 6);
    wire_store_be16(head + LAB_VNET_LEN + 12, *(const uint8_t *)ip >> 4 == 4 ? 0x0800 : 0x86dd);
    assert_true(writev(l->instance[port], iov, 2) > 0);
    dp_port_receive(l->w, &l->port[port]);
}

/* Bytes of the IP packet that the instance got, in l->got, or 0. */
static inline size_t lab_got(struct lab *l, unsigned port, struct virtio_net_hdr *vnet)
{
    uint8_t head[LAB_VNET_LEN + DP_ETH_LEN];
    struct iovec iov[2] = {{head, sizeof(head)}, {l->got, sizeof(l->got)}};
    ssize_t n = readv(l->instance[port], iov, 2);

    if (n <= 0)
        return 0;
    if (vnet)
        memcpy(vnet, head, LAB_VNET_LEN);
    return (size_t)n - sizeof(head);
}

/* Bytes of the inner packet that came to the peer, in l->got, and through which tunnel; 0: none. */
static inline size_t lab_peer_got(struct lab *l, unsigned *tunnel)
{
    ssize_t n = recv(l->peer, l->got, sizeof(l->got), MSG_DONTWAIT);
    struct esp_in job = {.data = l->got, .len = (uint32_t)n};

    if (n <= 8)
        return 0;
    *tunnel = wire_load_be32(l->got) - LAB_SPI_OUT;
    assert_true(*tunnel < LAB_TUNNELS);
    job.sa = l->tunnel[*tunnel].peer_in;
    esp_decrypt(l->engine, &job, 1);
    assert_int_equal(job.result, ESP_OK);
    memmove(l->got, job.inner, job.inner_len);
    return job.inner_len;
}

/* The peer sends n packets, and the worker takes them as one burst. */
static inline void lab_peer_sends(struct lab *l, unsigned tunnel, uint8_t *const *packets,
                                  const size_t *lens, unsigned n)
{
    struct sockaddr_in to;
    socklen_t len = sizeof(to);

    assert_int_equal(getsockname(l->underlay.fd, (void *)&to, &len), 0);
    for (unsigned i = 0; i < n; i++) {
        uint8_t frame[4096];
        struct esp_out job = {
            .body = packets[i], .body_len = (uint32_t)lens[i], .dst = frame, .dst_cap = 4096};

        assert_int_equal(esp_encrypt(l->engine, l->tunnel[tunnel].peer_out, &job, 1), 0);
        assert_int_equal(sendto(l->peer, frame, job.len, 0, (void *)&to, sizeof(to)), job.len);
    }
    dp_underlay_receive(l->w, &l->underlay);
}

static inline uint64_t lab_drops(const struct lab *l, enum ipc_stats_drop reason)
{
    return l->w->drops[reason];
}

#endif
