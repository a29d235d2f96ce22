#include "translate_internal.h"
#include "worker_internal.h"

#include <netinet/udp.h>
#include <poll.h>

#define GROUPS_MAX   64
#define SEGMENTS_MAX 64    /* UDP_MAX_SEGMENTS of older kernels */
#define TRAIN_MAX    65000 /* bytes in one UDP_SEGMENT send: under 65507 */
#define WAIT_MS      2     /* for a full socket, before packets are lost */
#define UNSENT_MAX_S 16U
/* Sent for so long: what was before is forgotten. */
#define UNSENT_CALM_US 10000000U

/* Datagrams of one size (the last may be shorter) that one system call sends. */
struct train {
    uint8_t *start;
    size_t len;
    uint16_t size;
    unsigned count;
    unsigned first; /* number of its first packet among those pending */
};

struct train_control {
    _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(uint16_t)) + CMSG_SPACE(sizeof(int))];
};

/* ---- MTU ---- */

static uint32_t outer_mtu(const struct dp_egress *e, uint64_t now_us)
{
    uint32_t mtu = e->tunnel->config.outer_mtu ? e->tunnel->config.outer_mtu : DP_OUTER_MTU;

    mtu = MIN(mtu, dp_path_mtu(e->path, now_us));
    return MAX(mtu, (uint32_t)DP_OUTER_MTU_MIN);
}

uint32_t dp_tunnel_mtu(const struct dp_egress *e, const struct dp_sa *sa, uint64_t now_us)
{
    uint32_t headers = e->underlay->local.addr.family == ADDR_IPV6 ? 48 : 28, mtu;

    mtu = (uint32_t)esp_inner_max(esp_sa_shape(sa->esp), outer_mtu(e, now_us) - headers);
    if (e->tunnel->config.mtu)
        mtu = MIN(mtu, MAX((uint32_t)e->tunnel->config.mtu, (uint32_t)DP_INNER_MTU_MIN));
    return mtu;
}

/* ---- out of the socket ---- */

static void prepare(const struct train *t, const struct dp_remote *to, uint8_t tos,
                    struct iovec *iov, struct train_control *control, struct msghdr *msg)
{
    struct cmsghdr *c = (void *)control->bytes;
    size_t used = 0;

    *iov = (struct iovec){t->start, t->len};
    *msg = (struct msghdr){.msg_name = (void *)(uintptr_t)&to->sa,
                           .msg_namelen = to->sa_len,
                           .msg_iov = iov,
                           .msg_iovlen = 1};
    if (t->count > 1) {
        c->cmsg_level = IPPROTO_UDP;
        c->cmsg_type = UDP_SEGMENT;
        c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        memcpy(CMSG_DATA(c), &t->size, sizeof(uint16_t));
        used += CMSG_SPACE(sizeof(uint16_t));
    }
    if (tos) {
        bool v6 = to->sa.ss_family == AF_INET6;
        int value = tos;

        c = (void *)(control->bytes + used);
        c->cmsg_level = v6 ? IPPROTO_IPV6 : IPPROTO_IP;
        c->cmsg_type = v6 ? IPV6_TCLASS : IP_TOS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &value, sizeof(int));
        used += CMSG_SPACE(sizeof(int));
    }
    if (used) {
        msg->msg_control = control->bytes;
        msg->msg_controllen = used;
    }
}

/* Waiting for a full socket once is enough: the other sockets wait for us. */
static bool has_room(const struct dp_underlay *underlay, bool *full)
{
    struct pollfd p = {.fd = underlay->fd, .events = POLLOUT};

    if (*full)
        return false;
    *full = poll(&p, 1, WAIT_MS) <= 0;
    return !*full;
}

/* True if it is worth another try. */
static bool may_retry(struct dp_worker *w, const struct dp_underlay *underlay, int error,
                      unsigned attempt, bool *full)
{
    if (error == EINTR)
        return true;
    if (attempt > 1)
        return false;
    if (error == EAGAIN || error == ENOBUFS)
        return has_room(underlay, full);
    /* Perhaps an ICMP error, of which the first call after it is told, and not about this packet.
     * What is really too big is so again. */
    dp_underlay_errors(w, underlay);
    return attempt == 0 || (error != EMSGSIZE && error != EINVAL);
}

static enum ipc_stats_drop reason_of(int error)
{
    switch (error) {
    case EAGAIN:
    case ENOBUFS:
        return IPC_DROP_SEND_FULL;
    case EMSGSIZE:
    case EINVAL:
        return IPC_DROP_TOO_BIG;
    default:
        return IPC_DROP_SEND_FAILED;
    }
}

/* The machine itself has no way there, as when a link is down: flows need not wait for anybody to
 * notice the silence. Each try that fails is followed by one after twice the time. */
static void note_no_way(struct dp_worker *w, struct dp_path *path)
{
    bool again = path->unsent_s && w->now_us < path->unsent_until_us + UNSENT_CALM_US;

    if (w->now_us < path->unsent_until_us)
        return;
    path->unsent_s = again ? MIN(2 * path->unsent_s, UNSENT_MAX_S) : 1;
    path->unsent_until_us = w->now_us + path->unsent_s * UINT64_C(1000000);
    w->unsent_until_us = MAX(w->unsent_until_us, path->unsent_until_us);
}

/* Those that another tunnel may take. Translated packets were translated for this one. */
static unsigned keep(struct dp_worker *w, const struct dp_pending *p, unsigned first, unsigned n)
{
    unsigned kept = 0;

    if (p->egress->tunnel->config.n_translations)
        return 0;
    for (unsigned i = first; i < first + n; i++)
        kept += dp_again_keep(&w->again, &p->jobs[i], p->leads[i].hops);
    return kept;
}

static void count_lost(struct dp_worker *w, const struct dp_egress *e, enum ipc_stats_drop reason,
                       unsigned n)
{
    dp_drop(w, reason, n);
    dp_tunnel_drop(w, e->path, IPC_TUNNEL_DROPS_OUT, reason, n);
}

/* n packets from that one on. */
static void take_unsent(struct dp_worker *w, const struct dp_pending *p, int error, unsigned first,
                        unsigned n)
{
    unsigned kept = 0;

    if (reason_of(error) == IPC_DROP_SEND_FAILED) {
        note_no_way(w, p->egress->path);
        kept = keep(w, p, first, n);
    }
    if (n > kept)
        count_lost(w, p->egress, reason_of(error), n - kept);
}

/* A route without UDP_SEGMENT (EIO) gets its datagrams one by one; so does one whose MTU is less
 * than the segments (EINVAL, EMSGSIZE), since the kernel tells the MTU only then. */
static void send_singly(struct dp_worker *w, const struct dp_pending *p, const struct train *t,
                        const struct dp_remote *to)
{
    unsigned i = 0;

    for (size_t at = 0; at < t->len; at += t->size, i++) {
        struct train one = {.start = t->start + at, .len = MIN(t->len - at, t->size), .count = 1};
        struct train_control control;
        struct msghdr msg;
        struct iovec iov;

        prepare(&one, to, p->tos, &iov, &control, &msg);
        if (sendmsg(p->egress->underlay->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            continue;
        if (errno == EMSGSIZE) {
            take_unsent(w, p, errno, t->first + i, t->count - i);
            dp_underlay_errors(w, p->egress->underlay);
            return;
        }
        take_unsent(w, p, errno, t->first + i, 1);
    }
}

static void train_failed(struct dp_worker *w, const struct dp_pending *p, const struct train *t,
                         const struct dp_remote *to, int error)
{
    if (t->count > 1 && (error == EIO || error == EINVAL || error == EMSGSIZE))
        send_singly(w, p, t, to);
    else
        take_unsent(w, p, error, t->first, t->count);
}

static void send_trains(struct dp_worker *w, const struct dp_pending *p, const struct train *trains,
                        unsigned n, const struct dp_remote *to)
{
    const struct dp_underlay *underlay = p->egress->underlay;
    struct train_control control[GROUPS_MAX];
    struct mmsghdr msgs[GROUPS_MAX];
    struct iovec iov[GROUPS_MAX];
    unsigned done = 0, attempt = 0;
    bool full = false;

    for (unsigned i = 0; i < n; i++)
        prepare(&trains[i], to, p->tos, &iov[i], &control[i], &msgs[i].msg_hdr);
    while (done < n) {
        int sent = sendmmsg(underlay->fd, msgs + done, n - done, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent > 0) {
            done += (unsigned)sent;
            attempt = 0;
        } else {
            int error = errno; /* asking whether to retry changes it */

            if (may_retry(w, underlay, error, attempt++, &full))
                continue;
            train_failed(w, p, &trains[done++], to, error);
            attempt = 0;
        }
    }
}

/* Fills trains with what was encrypted into the transmit buffer, back to back. */
static void send_all(struct dp_worker *w, const struct dp_pending *p)
{
    const struct dp_remote *to = rcu_dereference(p->sa->remote);
    struct train trains[GROUPS_MAX];
    unsigned n = 0;

    for (unsigned i = 0; i < p->n; i++) {
        const struct esp_out *job = &p->jobs[i];
        struct train *t = n ? &trains[n - 1] : NULL;

        if (t && job->len <= t->size && t->len == (size_t)t->size * t->count &&
            t->count < SEGMENTS_MAX && t->len + job->len <= TRAIN_MAX) {
            t->len += job->len;
            t->count++;
            continue;
        }
        if (n == GROUPS_MAX) {
            send_trains(w, p, trains, n, to);
            n = 0;
        }
        trains[n++] = (struct train){job->dst, job->len, (uint16_t)job->len, 1, i};
    }
    send_trains(w, p, trains, n, to);
}

/* ---- encryption ---- */

static void count_sent(struct dp_worker *w, const struct dp_pending *p)
{
    uint64_t *tunnel = dp_tunnel_counters(p->egress->path->stats, w->index);
    uint64_t *sa = dp_sa_counters(p->sa->stats, w->index);

    dp_count(&tunnel[IPC_TUNNEL_PACKETS_OUT], p->n);
    dp_count(&tunnel[IPC_TUNNEL_BYTES_OUT], p->plain);
    dp_count(&tunnel[IPC_TUNNEL_ENCRYPTED_OUT], p->bytes);
    dp_count(&sa[IPC_SA_PACKETS], p->n);
    dp_count(&sa[IPC_SA_BYTES], p->plain);
    dp_count(&sa[IPC_SA_ENCRYPTED], p->bytes);
    __atomic_store_n(&p->sa->used_us, w->now_us, __ATOMIC_RELAXED);
}

/* What had no way through a tunnel goes through another one at once, in order: a sender that waits
 * for a lost packet's answer waits for 200 ms and more. */
static void send_again(struct dp_worker *w, const struct dp_egress *failed)
{
    struct dp_again *a = &w->again;

    a->under_way = true;
    for (unsigned i = 0; i < a->n; i++) {
        struct dp_packet p;
        bool refused;
        uint32_t tunnel = DP_NONE;

        if (dp_again_packet(a, i, &p) == 0)
            tunnel = dp_choose_tunnel(w, &p, a->packets[i].hops, &refused);
        if (tunnel == DP_NONE || w->config->tunnels[tunnel]->path == failed->path)
            count_lost(w, failed, IPC_DROP_SEND_FAILED, 1);
        else
            dp_tunnel_send(w, w->config->tunnels[tunnel], &p, false);
    }
    dp_tunnel_flush(w);
    a->under_way = false;
    a->n = 0;
    a->used = 0;
}

void dp_tunnel_flush(struct dp_worker *w)
{
    struct dp_pending *p = &w->pending;
    const struct esp_shape *shape;
    uint8_t *dst = w->tx;
    int r;

    w->made_used = 0;
    if (p->n == 0)
        return;
    shape = esp_sa_shape(p->sa->esp);
    for (unsigned i = 0; i < p->n; i++) {
        struct esp_out *job = &p->jobs[i];

        job->dst = dst;
        job->dst_cap = (uint32_t)esp_len(shape, (size_t)job->head_len + job->body_len);
        dst += job->dst_cap;
    }
    r = esp_encrypt(w->engine, p->sa->esp, p->jobs, p->n);
    if (r == 0) {
        count_sent(w, p);
        dp_sa_used(w, p->sa);
        dp_last_keep(w, p);
        if (p->outer_fragments)
            dp_underlay_fragments(p->egress->underlay, true);
        send_all(w, p);
        if (p->outer_fragments)
            dp_underlay_fragments(p->egress->underlay, false);
    } else {
        enum ipc_stats_drop reason = r == -EKEYEXPIRED || r == -EOVERFLOW ? IPC_DROP_ESP_EXPIRED
                                     : r == -EINVAL                       ? IPC_DROP_INNER_MALFORMED
                                                                          : IPC_DROP_ESP_ENGINE;

        count_lost(w, p->egress, reason, p->n);
    }
    dp_sa_watch(w, p->sa);
    p->n = 0;
    if (w->again.n && !w->again.under_way)
        send_again(w, p->egress);
}

/* Room for n more packets of so many inner bytes in all; flushes what cannot go along. */
static struct esp_out *reserve(struct dp_worker *w, const struct dp_egress *e,
                               const struct dp_packet *of, unsigned n, size_t inner_bytes)
{
    struct dp_pending *p = &w->pending;
    size_t bytes = inner_bytes + (size_t)n * (ESP_OVERHEAD_MAX + ESP_HEAD_MAX);

    if (p->n &&
        (p->sa != of->sa || p->tos != of->inner.tos || p->outer_fragments != of->outer_fragments ||
         p->n + n > DP_TX_JOBS || p->bytes + bytes > DP_TX_BYTES)) {
        size_t made = w->made_used;

        dp_tunnel_flush(w);
        w->made_used = made; /* the packet at hand may be one of those */
    }
    if (p->n == 0) {
        p->egress = e;
        p->sa = of->sa;
        p->tos = of->inner.tos;
        p->outer_fragments = of->outer_fragments;
        p->bytes = 0;
        p->plain = 0;
    }
    return p->jobs + p->n;
}

static void commit(struct dp_pending *p, unsigned n, const struct dp_lead *lead)
{
    const struct esp_shape *shape = esp_sa_shape(p->sa->esp);

    for (unsigned i = 0; i < n; i++) {
        const struct esp_out *job = &p->jobs[p->n + i];
        size_t len = (size_t)job->head_len + job->body_len;

        p->plain += len;
        p->bytes += esp_len(shape, len);
        p->leads[p->n + i] = *lead;
    }
    p->n += n;
}

/* ---- into the tunnel ---- */

static void fail(struct dp_worker *w, const struct dp_egress *e, const struct dp_packet *p,
                 enum ipc_stats_drop reason)
{
    count_lost(w, e, reason, dp_packet_segments(p));
}

static void send_whole(struct dp_worker *w, const struct dp_egress *e, struct dp_packet *p)
{
    unsigned segments = dp_packet_segments(p), n;
    struct dp_pending *pending = &w->pending;
    struct esp_out *jobs;

    if (segments > DP_TX_JOBS) {
        fail(w, e, p, IPC_DROP_INNER_MALFORMED);
        return;
    }
    jobs = reserve(w, e, p, segments, p->inner.len);
    if (p->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE) {
        jobs[0] = (struct esp_out){.body = p->ip,
                                   .body_len = p->inner.len,
                                   .csum_start = p->vnet.csum_start,
                                   .csum_offset = p->vnet.csum_offset};
        n = 1;
    } else if (esp_gso_split(p->ip, p->inner.len, p->vnet.gso_type, p->vnet.gso_size,
                             pending->heads + (size_t)pending->n * ESP_HEAD_MAX,
                             (size_t)(DP_TX_JOBS - pending->n) * ESP_HEAD_MAX, jobs,
                             DP_TX_JOBS - pending->n, &n) < 0) {
        fail(w, e, p, IPC_DROP_INNER_MALFORMED);
        return;
    }
    commit(pending, n, &p->lead);
}

static void send_fragments(struct dp_worker *w, const struct dp_egress *e, struct dp_packet *p,
                           uint32_t mtu)
{
    unsigned max = p->inner.len / (mtu - 28) + 2, n;
    struct dp_pending *pending = &w->pending;
    struct esp_out *jobs;

    if (p->vnet.flags &&
        esp_csum_finish(p->ip, p->inner.len, p->vnet.csum_start, p->vnet.csum_offset) < 0) {
        fail(w, e, p, IPC_DROP_INNER_MALFORMED);
        return;
    }
    if (max > DP_TX_JOBS) {
        fail(w, e, p, IPC_DROP_TOO_BIG);
        return;
    }
    jobs = reserve(w, e, p, max, p->inner.len);
    if (dp_inner_fragment(p->ip, &p->inner, mtu, pending->heads + (size_t)pending->n * ESP_HEAD_MAX,
                          (size_t)max * ESP_HEAD_MAX, jobs, max, &n) < 0) {
        fail(w, e, p, IPC_DROP_TOO_BIG);
        return;
    }
    commit(pending, n, &p->lead);
}

/* From here on the packet has the addresses that the peer knows: nothing is said about it to its
 * sender any more. */
static bool translate_out(struct dp_worker *w, const struct dp_egress *e, const struct dp_packet *p,
                          size_t len)
{
    size_t csum_start = p->vnet.flags ? p->vnet.csum_start : 0;

    if (!e->tunnel->config.n_translations ||
        dp_translate(&e->tunnel->config, DP_OUT, p->ip, len, csum_start) == 0)
        return true;
    fail(w, e, p, IPC_DROP_INNER_MALFORMED);
    return false;
}

/* A packet that was merged on the way in leaves as the packets it came as. */
static void send_merged(struct dp_worker *w, const struct dp_egress *e, struct dp_packet *p,
                        uint32_t mtu, bool age)
{
    for (uint16_t i = p->merged->first; i != ESP_GRO_NONE; i = p->packets[i].next) {
        struct dp_packet one = {.ip = p->packets[i].data, .sa = p->sa, .lead = p->lead};
        struct esp_out *job;

        if (age)
            dp_inner_age(one.ip);
        if (!translate_out(w, e, &one, p->packets[i].len))
            continue;
        if (p->packets[i].len > mtu) {
            if (dp_inner_parse(one.ip, p->packets[i].len, &one.inner) == 0)
                send_fragments(w, e, &one, mtu);
            continue;
        }
        job = reserve(w, e, p, 1, p->packets[i].len);
        *job = (struct esp_out){.body = one.ip, .body_len = p->packets[i].len};
        commit(&w->pending, 1, &p->lead);
    }
}

/* Bytes of the largest packet that would enter the tunnel; 0 if the packet is absurd. */
static size_t largest(const struct dp_packet *p)
{
    size_t len = p->inner.len;

    if (p->merged) {
        len = 0;
        for (uint16_t i = p->merged->first; i != ESP_GRO_NONE; i = p->packets[i].next)
            len = MAX(len, p->packets[i].len);
    } else if (p->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE &&
               esp_gso_segment_len(p->ip, p->inner.len, p->vnet.gso_type, p->vnet.gso_size, &len) <
                   0) {
        return 0;
    }
    return len;
}

void dp_tunnel_send(struct dp_worker *w, const struct dp_egress *e, struct dp_packet *p, bool age)
{
    uint32_t mtu, limit;
    size_t len;

    if (!e->out) {
        dp_drop(w, IPC_DROP_NO_TUNNEL, dp_packet_segments(p));
        return;
    }
    p->sa = dp_egress_sa(e, &p->inner);
    if (!p->sa) {
        dp_refuse(w, p, IPC_DROP_SELECTOR, DP_ICMP_PROHIBITED, 0);
        return;
    }
    mtu = limit = dp_tunnel_mtu(e, p->sa, w->now_us);
    if (p->inner.version == 6) /* so much goes through every link (RFC 2473, 7.1) */
        limit = MAX(mtu, (uint32_t)DP_IPV6_MTU_MIN);
    len = largest(p);
    if (len == 0) {
        fail(w, e, p, IPC_DROP_INNER_MALFORMED);
        return;
    }
    if (len > mtu && !p->merged)
        (void)dp_packet_cut(p, &len, mtu);
    if (len > limit && (p->inner.dont_fragment || (len != p->inner.len && !p->merged))) {
        dp_refuse(w, p, IPC_DROP_TOO_BIG, DP_ICMP_TOO_BIG, limit);
        return;
    }
    p->outer_fragments = len > mtu && p->inner.version == 6;
    if (p->merged) {
        send_merged(w, e, p, limit, age);
        return;
    }
    if (!translate_out(w, e, p, p->inner.len))
        return;
    if (age)
        dp_inner_age(p->ip);
    if (e->tunnel->config.mss_clamp)
        (void)dp_inner_clamp_mss(p->ip, &p->inner, mtu, p->vnet.flags);
    if (len > limit)
        send_fragments(w, e, p, mtu);
    else
        send_whole(w, e, p);
}
