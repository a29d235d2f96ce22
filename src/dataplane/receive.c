#include "translate_internal.h"
#include "worker_internal.h"

#include <netinet/udp.h>
#include <stdlib.h>

#define SPI_REPORTS_PER_SECOND 10
#define SPI_REPORTS_BURST      20
#define MOVED_EVERY_US         1000000

/* Where a train of datagrams came from. */
struct source {
    struct sockaddr_storage sa;
    struct endpoint endpoint;
    uint16_t size; /* of each datagram but the last */
    uint8_t tos;
};

struct dp_receive {
    struct mmsghdr msgs[DP_RX_MSGS];
    struct iovec iov[DP_RX_MSGS];
    struct source sources[DP_RX_MSGS];
    _Alignas(struct cmsghdr) uint8_t control[DP_RX_MSGS][128];
    unsigned n; /* jobs */
    struct esp_in jobs[DP_RX_JOBS];
    uint8_t source_of[DP_RX_JOBS];
    struct esp_packet packets[DP_RX_JOBS];
    struct esp_merged merged[DP_RX_JOBS];
    /* The SA of the last datagram: most come in runs. */
    uint32_t last_spi;
    struct dp_sa *last_sa;
    struct dp_sa *sas[DP_RX_JOBS];
};

int dp_receive_new(struct dp_receive **ret)
{
    struct dp_receive *rx = aligned_alloc(64, (sizeof(*rx) + 63) & ~(size_t)63);

    if (!rx)
        return -ENOMEM;
    memset(rx, 0, sizeof(*rx));
    *ret = rx;
    return 0;
}

void dp_receive_free(struct dp_receive *receive)
{
    free(receive);
}

/* ---- results ---- */

static const struct {
    enum ipc_stats_drop drop;
    enum ipc_stats_sa_value sa;
} results[ESP_RESULT_COUNT] = {
    [ESP_TOO_SHORT] = {IPC_DROP_ESP_MALFORMED, IPC_SA_DROP_MALFORMED},
    [ESP_BAD_LENGTH] = {IPC_DROP_ESP_MALFORMED, IPC_SA_DROP_MALFORMED},
    [ESP_TOO_OLD] = {IPC_DROP_ESP_TOO_OLD, IPC_SA_DROP_TOO_OLD},
    [ESP_REPLAYED] = {IPC_DROP_ESP_REPLAYED, IPC_SA_DROP_REPLAYED},
    [ESP_BAD_ICV] = {IPC_DROP_ESP_BAD_ICV, IPC_SA_DROP_BAD_ICV},
    [ESP_BAD_PADDING] = {IPC_DROP_ESP_BAD_INNER, IPC_SA_DROP_MALFORMED},
    [ESP_BAD_NEXT_HEADER] = {IPC_DROP_ESP_BAD_INNER, IPC_SA_DROP_MALFORMED},
    [ESP_BAD_INNER] = {IPC_DROP_ESP_BAD_INNER, IPC_SA_DROP_MALFORMED},
    [ESP_DUMMY] = {IPC_DROP_ESP_DUMMY, IPC_SA_DROP_OTHER},
    [ESP_EXPIRED] = {IPC_DROP_ESP_EXPIRED, IPC_SA_DROP_OTHER},
    [ESP_ENGINE] = {IPC_DROP_ESP_ENGINE, IPC_SA_DROP_OTHER},
};

static void drop_for_sa(struct dp_worker *w, struct dp_sa *sa, enum ipc_stats_drop reason,
                        enum ipc_stats_sa_value value)
{
    dp_drop(w, reason, 1);
    dp_count(&dp_sa_counters(sa->stats, w->index)[value], 1);
    dp_tunnel_drop(w, sa->path, IPC_TUNNEL_DROPS_IN, reason, 1);
}

/* A good packet from elsewhere: the peer's NAT may have moved it (RFC 7296, 2.23). IKE decides. */
static void watch_source(struct dp_worker *w, struct dp_sa *sa, const struct source *from)
{
    const struct dp_remote *known = rcu_dereference(sa->remote);
    struct dp_note note = {.kind = DP_NOTE_EVENT};

    if (endpoint_equal(&known->endpoint, &from->endpoint) ||
        (sa->moved_us && w->now_us - sa->moved_us < MOVED_EVERY_US))
        return;
    sa->moved_us = w->now_us;
    note.event.kind = IPC_SA_MOVED;
    note.event.direction = IPC_SA_IN;
    note.event.spi = sa->spi;
    note.event.local = sa->local;
    note.event.remote = from->endpoint;
    (void)text_copy(note.event.tunnel, sizeof(note.event.tunnel), sa->path->id);
    (void)dp_note_send(w, &note, NULL, 0);
}

/* Good packets of one SA in a row. */
struct run {
    struct dp_sa *sa;
    uint64_t packets, plain, esp;
};

static void end_run(struct dp_worker *w, struct run *run)
{
    uint64_t *tunnel, *sa;

    if (!run->sa)
        return;
    tunnel = dp_tunnel_counters(run->sa->path->stats, w->index);
    sa = dp_sa_counters(run->sa->stats, w->index);
    dp_count(&tunnel[IPC_TUNNEL_PACKETS_IN], run->packets);
    dp_count(&tunnel[IPC_TUNNEL_BYTES_IN], run->plain);
    dp_count(&tunnel[IPC_TUNNEL_ENCRYPTED_IN], run->esp);
    dp_count(&sa[IPC_SA_PACKETS], run->packets);
    dp_count(&sa[IPC_SA_BYTES], run->plain);
    dp_count(&sa[IPC_SA_ENCRYPTED], run->esp);
    if (run->packets) {
        dp_sa_used(w, run->sa);
        __atomic_store_n(&run->sa->used_us, w->now_us, __ATOMIC_RELAXED);
        __atomic_store_n(&tunnel[IPC_TUNNEL_LAST_IN_US], w->now_us, __ATOMIC_RELAXED);
    }
    dp_sa_watch(w, run->sa);
    *run = (struct run){0};
}

/* SAs are found before the configuration with their tunnel is: its number may be another tunnel's
 * in the one at hand. */
static bool is_known(const struct dp_config *config, const struct dp_path *path)
{
    return path->index < config->n_tunnels && config->tunnels[path->index] &&
           config->tunnels[path->index]->path == path;
}

/* What came out of the tunnel gets the addresses that we know. */
static bool translate_in(const struct dp_worker *w, const struct dp_sa *sa,
                         const struct esp_in *job)
{
    const struct dp_tunnel *tunnel = w->config->tunnels[sa->path->index]->tunnel;

    return !tunnel || !tunnel->config.n_translations ||
           dp_translate(&tunnel->config, DP_IN, job->inner, job->inner_len, 0) == 0;
}

/* Looks at what was decrypted; what may go on is put into packets. */
static unsigned inspect(struct dp_worker *w, struct dp_receive *rx)
{
    struct run run = {0};
    unsigned n = 0;

    for (unsigned i = 0; i < rx->n; i++) {
        struct esp_in *job = &rx->jobs[i];
        struct dp_sa *sa = rx->sas[i];
        const struct source *from = &rx->sources[rx->source_of[i]];

        if (sa != run.sa) {
            end_run(w, &run);
            run.sa = sa;
        }
        if (job->result != ESP_OK) {
            drop_for_sa(w, sa, results[job->result].drop, results[job->result].sa);
            continue;
        }
        if (!is_known(w->config, sa->path)) {
            drop_for_sa(w, sa, IPC_DROP_TUNNEL_UNKNOWN, IPC_SA_DROP_OTHER);
            continue;
        }
        watch_source(w, sa, from);
        if (!dp_inner_checksum_ok(job->inner)) {
            drop_for_sa(w, sa, IPC_DROP_INNER_CHECKSUM, IPC_SA_DROP_MALFORMED);
            continue;
        }
        if (!dp_sa_allows(sa, job->inner)) {
            drop_for_sa(w, sa, IPC_DROP_SELECTOR, IPC_SA_DROP_SELECTOR);
            continue;
        }
        if ((from->tos & 3) && !dp_inner_merge_ecn(job->inner, from->tos)) {
            drop_for_sa(w, sa, IPC_DROP_ECN, IPC_SA_DROP_OTHER);
            continue;
        }
        if (!translate_in(w, sa, job)) {
            drop_for_sa(w, sa, IPC_DROP_INNER_MALFORMED, IPC_SA_DROP_MALFORMED);
            continue;
        }
        run.packets++;
        run.plain += job->inner_len;
        run.esp += job->len;
        rx->packets[n++] =
            (struct esp_packet){.data = job->inner, .len = job->inner_len, .tag = sa->path->index};
    }
    end_run(w, &run);
    return n;
}

static void forward_merged(struct dp_worker *w, struct dp_receive *rx, const struct esp_merged *m)
{
    struct dp_packet p = {.ip = m->ip, .vnet = m->vnet, .packets = rx->packets};
    const struct dp_egress *from = NULL;

    if (m->tag < w->config->n_tunnels)
        from = w->config->tunnels[m->tag];
    if (!from || !from->tunnel) {
        dp_drop(w, IPC_DROP_TUNNEL_UNKNOWN, m->count);
        return;
    }
    p.merged = m->count > 1 ? m : NULL;
    p.from_tunnel = from;
    if (dp_inner_parse(p.ip, m->len, &p.inner) < 0) {
        dp_drop(w, IPC_DROP_INNER_MALFORMED, m->count);
        return;
    }
    if (p.inner.protocol == DP_TCP && !p.merged && from->tunnel->config.mss_clamp && from->out)
        (void)dp_inner_clamp_mss(p.ip, &p.inner, dp_tunnel_mtu(from, from->out, w->now_us), false);
    dp_forward(w, &p, from->tunnel->table);
}

static void run_batch(struct dp_worker *w)
{
    struct dp_receive *rx = w->receive;
    unsigned n;

    if (rx->n == 0)
        return;
    esp_decrypt(w->engine, rx->jobs, rx->n);
    n = inspect(w, rx);
    n = esp_gro_merge(rx->packets, n, rx->merged);
    for (unsigned i = 0; i < n; i++)
        forward_merged(w, rx, &rx->merged[i]);
    dp_tunnel_flush(w);
    rx->n = 0;
}

/* ---- datagrams ---- */

static void take_ike(struct dp_worker *w, const struct dp_underlay *underlay,
                     const struct source *from, const uint8_t *data, size_t len)
{
    struct dp_note note = {.kind = DP_NOTE_DATAGRAM};

    if (len < DP_IKE_HEADER_LEN) {
        dp_drop(w, IPC_DROP_DATAGRAM_MALFORMED, 1);
        return;
    }
    if (!dp_gate_admits(w->shared->gate, &w->gate, &from->endpoint.addr, data, len, w->now_us,
                        &note.known)) {
        dp_drop(w, IPC_DROP_IKE_FLOOD, 1);
        return;
    }
    note.event.local = underlay->local;
    note.event.remote = from->endpoint;
    if (dp_note_send(w, &note, data, len) < 0)
        dp_drop(w, IPC_DROP_IKE_AWAY, 1);
}

static void unknown_spi(struct dp_worker *w, const struct dp_underlay *underlay,
                        const struct source *from, uint32_t spi)
{
    struct dp_note note = {.kind = DP_NOTE_EVENT};

    dp_drop(w, IPC_DROP_ESP_UNKNOWN_SPI, 1);
    if (!dp_bucket_take(&w->spi_tokens, &w->spi_us, w->now_us, SPI_REPORTS_PER_SECOND,
                        SPI_REPORTS_BURST))
        return;
    note.event.kind = IPC_SA_UNKNOWN_SPI;
    note.event.direction = IPC_SA_IN;
    note.event.spi = spi;
    note.event.local = underlay->local;
    note.event.remote = from->endpoint;
    (void)dp_note_send(w, &note, NULL, 0);
}

static void take_esp(struct dp_worker *w, const struct dp_underlay *underlay, unsigned source,
                     uint8_t *data, size_t len)
{
    struct dp_receive *rx = w->receive;
    uint32_t spi = wire_load_be32(data);

    if (!rx->last_sa || rx->last_spi != spi) {
        rx->last_sa = dp_sa_find(w->shared->inbound, spi);
        rx->last_spi = spi;
    }
    if (!rx->last_sa) {
        unknown_spi(w, underlay, &rx->sources[source], spi);
        return;
    }
    if (rx->n == DP_RX_JOBS)
        run_batch(w);
    rx->jobs[rx->n] = (struct esp_in){.sa = rx->last_sa->esp, .data = data, .len = (uint32_t)len};
    rx->sas[rx->n] = rx->last_sa;
    rx->source_of[rx->n] = (uint8_t)source;
    rx->n++;
}

/* RFC 3948, 2: a marker of zeros, one byte 0xff, or an SPI. Port 500 carries IKE alone. */
static void take_datagram(struct dp_worker *w, const struct dp_underlay *underlay, unsigned source,
                          uint8_t *data, size_t len)
{
    const struct source *from = &w->receive->sources[source];

    if (underlay->local.port != DP_PORT_NATT) {
        take_ike(w, underlay, from, data, len);
        return;
    }
    if (len == 1 && data[0] == 0xff)
        return; /* a NAT keepalive */
    if (len < ESP_HEADER_LEN)
        dp_drop(w, IPC_DROP_DATAGRAM_MALFORMED, 1);
    else if (wire_load_be32(data) == 0)
        take_ike(w, underlay, from, data + 4, len - 4);
    else
        take_esp(w, underlay, source, data, len);
}

static void read_control(const struct msghdr *msg, struct source *from)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
         c = CMSG_NXTHDR((struct msghdr *)(uintptr_t)msg, c)) {
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int size;

            memcpy(&size, CMSG_DATA(c), sizeof(size));
            if (size > 0 && size <= UINT16_MAX)
                from->size = (uint16_t)size;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            from->tos = *CMSG_DATA(c);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
            int tos;

            memcpy(&tos, CMSG_DATA(c), sizeof(tos));
            from->tos = (uint8_t)tos;
        }
    }
}

static void take_train(struct dp_worker *w, const struct dp_underlay *underlay, unsigned i)
{
    struct dp_receive *rx = w->receive;
    struct source *from = &rx->sources[i];
    uint8_t *data = w->rx + (size_t)i * DP_RX_BYTES;
    size_t left = rx->msgs[i].msg_len;

    from->size = 0;
    from->tos = 0;
    if ((rx->msgs[i].msg_hdr.msg_flags & MSG_TRUNC) || left == 0 ||
        dp_sockaddr_to(&from->sa, &from->endpoint) < 0) {
        dp_drop(w, IPC_DROP_DATAGRAM_MALFORMED, 1);
        return;
    }
    read_control(&rx->msgs[i].msg_hdr, from);
    while (left) {
        size_t len = from->size ? MIN(left, from->size) : left;

        take_datagram(w, underlay, i, data, len);
        data += len;
        left -= len;
    }
}

void dp_underlay_receive(struct dp_worker *w, const struct dp_underlay *underlay)
{
    struct dp_receive *rx = w->receive;
    int n;

    for (unsigned i = 0; i < DP_RX_MSGS; i++) {
        rx->iov[i] = (struct iovec){w->rx + (size_t)i * DP_RX_BYTES, DP_RX_BYTES};
        rx->msgs[i].msg_hdr = (struct msghdr){.msg_name = &rx->sources[i].sa,
                                              .msg_namelen = sizeof(rx->sources[i].sa),
                                              .msg_iov = &rx->iov[i],
                                              .msg_iovlen = 1,
                                              .msg_control = rx->control[i],
                                              .msg_controllen = sizeof(rx->control[i])};
    }
    n = recvmmsg(underlay->fd, rx->msgs, DP_RX_MSGS, MSG_DONTWAIT, NULL);
    rx->last_sa = NULL; /* lent for one read section */
    rx->n = 0;
    for (int i = 0; i < n; i++)
        take_train(w, underlay, (unsigned)i);
    run_batch(w);
}
