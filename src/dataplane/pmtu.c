/* What the underlay says about its MTU. Nobody signs it, so that it is held against what we sent
 * (RFC 4301, 8.2.1; RFC 5927, 7.2): an error that quotes the SPI and a recent sequence number of an
 * outbound SA comes from the path, for nobody else has seen them. */
#include "worker_internal.h"

#include <linux/errqueue.h>

#define ERRORS_PER_CALL 64
#define RECENT          (1U << 20) /* packets: more than a second at full speed */
#define SHORT_PER_S     10

uint32_t dp_path_mtu(const struct dp_path *path, uint64_t now_us)
{
    uint32_t mtu = __atomic_load_n(&path->pmtu, __ATOMIC_RELAXED);
    uint64_t since_us = __atomic_load_n(&path->pmtu_us, __ATOMIC_RELAXED);

    return mtu && now_us - since_us < DP_PMTU_LIFETIME_US ? mtu : UINT32_MAX;
}

/* An MTU is never raised by being told (RFC 8201, 4). */
static void learn(struct dp_worker *w, struct dp_path *path, uint32_t mtu)
{
    if (mtu > dp_path_mtu(path, w->now_us))
        return;
    __atomic_store_n(&path->pmtu_us, w->now_us, __ATOMIC_RELAXED);
    __atomic_store_n(&path->pmtu, mtu, __ATOMIC_RELAXED);
}

static const struct addr *remote_of(const struct dp_sa *sa)
{
    return &rcu_dereference(sa->remote)->endpoint.addr;
}

static void learn_for_address(struct dp_worker *w, const struct addr *to, uint32_t mtu)
{
    for (uint32_t i = 0; i < w->config->n_tunnels; i++) {
        const struct dp_egress *e = w->config->tunnels[i];

        if (e && e->out && addr_equal(remote_of(e->out), to))
            learn(w, e->path, mtu);
    }
}

/* Was this sent lately? The lower half of the sequence number is what a packet shows. */
static bool is_recent(const struct dp_sa *sa, uint32_t seq)
{
    struct esp_sa_stats stats;

    esp_sa_read(sa->esp, &stats);
    return stats.seq && (uint32_t)stats.seq - seq < MIN(stats.seq, (uint64_t)RECENT);
}

static void learn_from_quote(struct dp_worker *w, const struct addr *to, uint32_t mtu,
                             const uint8_t *quote)
{
    struct cds_lfht_iter iter;
    struct dp_sa *sa;

    for (sa = dp_sa_first_outbound(w->shared, wire_load_be32(quote), &iter); sa;
         sa = dp_sa_next_outbound(w->shared, &iter))
        if (addr_equal(remote_of(sa), to) && is_recent(sa, wire_load_be32(quote + 4)))
            learn(w, sa->path, mtu);
}

void dp_pmtu_take(struct dp_worker *w, const struct addr *to, uint32_t mtu, bool from_kernel,
                  const uint8_t *quote, size_t quote_len)
{
    bool v4 = to->family == ADDR_IPV4;

    mtu = MAX(mtu, v4 ? (uint32_t)DP_OUTER_MTU_MIN : (uint32_t)DP_IPV6_MTU_MIN); /* RFC 8201, 4 */
    if (from_kernel)
        learn_for_address(w, to, mtu);
    else if (quote_len >= ESP_HEADER_LEN)
        learn_from_quote(w, to, mtu, quote);
    else if (v4 &&
             dp_bucket_take(&w->short_tokens, &w->short_us, w->now_us, SHORT_PER_S, SHORT_PER_S))
        /* RFC 792 asks for no more than the UDP header, and some routers give no more. */
        learn_for_address(w, to, MAX(mtu, (uint32_t)DP_OUTER_MTU_UNPROVEN));
}

static void take_error(struct dp_worker *w, struct msghdr *msg, const uint8_t *quote,
                       size_t quote_len)
{
    struct endpoint to;

    if (dp_sockaddr_to(msg->msg_name, &to) < 0)
        return;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        struct sock_extended_err e;

        if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
            !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
            continue;
        memcpy(&e, CMSG_DATA(c), sizeof(e));
        if (e.ee_errno == EMSGSIZE && e.ee_info)
            dp_pmtu_take(w, &to.addr, e.ee_info, e.ee_origin == SO_EE_ORIGIN_LOCAL, quote,
                         quote_len);
    }
}

void dp_underlay_errors(struct dp_worker *w, const struct dp_underlay *underlay)
{
    unsigned n;

    for (n = 0; n < ERRORS_PER_CALL; n++) {
        _Alignas(struct cmsghdr) uint8_t control[512];
        struct sockaddr_storage sa = {0};
        uint8_t quote[ESP_HEADER_LEN];
        struct iovec iov = {quote, sizeof(quote)};
        struct msghdr msg = {.msg_name = &sa,
                             .msg_namelen = sizeof(sa),
                             .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
        ssize_t len = recvmsg(underlay->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);

        if (len < 0)
            break;
        take_error(w, &msg, quote, (size_t)len);
    }
    if (n == 0) {
        /* An error that found no room in the queue: asking forgets it, or it would wake us for
         * ever. */
        socklen_t size = sizeof(int);
        int error;

        (void)getsockopt(underlay->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
}
