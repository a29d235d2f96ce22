#include "worker_internal.h"

#include "reach.h"

/* Echo requests of connectivity tests. The node decides which (reach.h); the worker sends them from
 * the tunnel's inner address and tells what comes back: once for each, so that a peer cannot make
 * us say more than was asked for. */

/* ---- from the control thread ---- */

int dp_worker_echo(struct dp_worker *worker, const struct dp_path *path,
                   const struct ipc_echo *echo)
{
    struct dp_echoes *e = &worker->echoes;
    uint32_t asked = e->asked;

    if (asked - __atomic_load_n(&e->taken, __ATOMIC_ACQUIRE) >= DP_ECHO_QUEUE)
        return -EBUSY;
    e->queue[asked % DP_ECHO_QUEUE] = (struct dp_echo_asked){path->index, path->serial, *echo};
    __atomic_store_n(&e->asked, asked + 1, __ATOMIC_RELEASE);
    dp_worker_wake(worker);
    return 0;
}

void dp_echoed(const struct ipc_echo *echo, int error, struct ipc_echoed *ret)
{
    *ret = (struct ipc_echoed){
        .ident = echo->ident, .seq = echo->seq, .mark = echo->mark, .error = error};
    (void)text_copy(ret->tunnel, sizeof(ret->tunnel), echo->tunnel);
}

/* ---- what the node is told ---- */

/* One that is lost here is like an answer that is lost. */
static void tell(struct dp_worker *w, const struct ipc_echoed *echoed)
{
    const struct dp_note note = {.kind = DP_NOTE_ECHOED};

    (void)dp_note_send(w, &note, (const void *)echoed, sizeof(*echoed));
}

static void tell_error(struct dp_worker *w, const struct ipc_echo *echo, int error)
{
    struct ipc_echoed echoed;

    dp_echoed(echo, error, &echoed);
    tell(w, &echoed);
}

static void tell_too_big(struct dp_worker *w, const struct dp_egress *e,
                         const struct ipc_echo *echo, uint32_t mtu)
{
    struct ipc_echoed echoed;

    dp_echoed(echo, 0, &echoed);
    echoed.what = REACH_TOO_BIG;
    echoed.from = e->tunnel->config.inner_local;
    echoed.mtu = mtu;
    tell(w, &echoed);
}

/* ---- requests ---- */

/* That of the test, or room for it. */
static struct dp_echo_run *run_of(struct dp_worker *w, uint64_t serial, const struct ipc_echo *echo)
{
    struct dp_echo_run *oldest = &w->echoes.runs[0];

    for (unsigned i = 0; i < DP_ECHO_RUNS; i++) {
        struct dp_echo_run *run = &w->echoes.runs[i];

        if (run->serial == serial && run->ident == echo->ident &&
            addr_equal(&run->to, &echo->destination))
            return run;
        if (run->used_us < oldest->used_us)
            oldest = run;
    }
    *oldest = (struct dp_echo_run){.serial = serial, .ident = echo->ident, .to = echo->destination};
    return oldest;
}

static void note_sent(struct dp_worker *w, uint64_t serial, const struct ipc_echo *echo)
{
    struct dp_echo_run *run = run_of(w, serial, echo);
    unsigned i = echo->seq % DP_ECHO_OPEN;

    w->echoes.any = true;
    run->used_us = w->now_us;
    run->open[i].sent_us = w->now_us;
    run->open[i].mark = echo->mark;
    run->open[i].seq = echo->seq;
}

/* The packet among those made here. */
static int build(struct dp_worker *w, const struct dp_egress *e, const struct ipc_echo *echo,
                 struct dp_packet *ret)
{
    const struct addr *src = &e->tunnel->config.inner_local;
    struct dp_icmp_head head = {src, &echo->destination, .ttl = echo->ttl ? echo->ttl : 64,
                                .whole = echo->whole, .id = ++w->echoes.id};
    size_t header = src->family == ADDR_IPV4 ? REACH_IPV4_HEADER : REACH_IPV6_HEADER, len;
    int r;

    static_assert(REACH_PACKET_MAX <= DP_MADE_BYTES, "the largest has room");
    if (echo->size > REACH_PACKET_MAX || echo->size < header)
        return -EINVAL;
    if (sizeof(w->made) - w->made_used < echo->size)
        dp_tunnel_flush(w);
    ret->ip = w->made + w->made_used;
    r = reach_build((enum addr_family)src->family, echo->ident, echo->seq, echo->size,
                    ret->ip + header, &len);
    if (r < 0)
        return r;
    len = dp_icmp_finish(&head, ret->ip, len);
    return dp_inner_parse(ret->ip, len, &ret->inner);
}

/* As dp_tunnel_send() will see it, which tells nobody. */
static uint32_t mtu_of(struct dp_worker *w, const struct dp_egress *e, const struct dp_packet *p,
                       const struct dp_sa *sa)
{
    uint32_t mtu = dp_tunnel_mtu(e, sa, w->now_us);

    return p->inner.version == 6 ? MAX(mtu, (uint32_t)DP_IPV6_MTU_MIN) : mtu;
}

static int send_one(struct dp_worker *w, const struct dp_echo_asked *asked)
{
    const struct ipc_echo *echo = &asked->echo;
    const struct dp_egress *e =
        asked->index < w->config->n_tunnels ? w->config->tunnels[asked->index] : NULL;
    struct dp_packet p = {0};
    const struct dp_sa *sa;
    uint32_t mtu;
    int r;

    if (!e || !e->tunnel || e->path->serial != asked->serial)
        return -ENOENT;
    if (echo->destination.family == ADDR_NONE ||
        e->tunnel->config.inner_local.family != echo->destination.family)
        return -EADDRNOTAVAIL;
    if (!e->out)
        return -ENETDOWN;
    r = build(w, e, echo, &p);
    if (r < 0)
        return r;
    sa = dp_egress_sa(e, &p.inner);
    if (!sa)
        return -EACCES;
    mtu = mtu_of(w, e, &p, sa);
    if (p.inner.len > mtu && p.inner.dont_fragment) {
        tell_too_big(w, e, echo, mtu);
        return 0;
    }
    note_sent(w, asked->serial, echo);
    w->made_used += p.inner.len;
    dp_tunnel_send(w, e, &p, false);
    return 0;
}

void dp_echoes_send(struct dp_worker *w)
{
    struct dp_echoes *e = &w->echoes;
    uint32_t asked = __atomic_load_n(&e->asked, __ATOMIC_ACQUIRE);

    if (e->taken == asked)
        return;
    for (; e->taken != asked; __atomic_store_n(&e->taken, e->taken + 1, __ATOMIC_RELEASE)) {
        const struct dp_echo_asked *one = &e->queue[e->taken % DP_ECHO_QUEUE];
        int r = send_one(w, one);

        if (r < 0)
            tell_error(w, &one->echo, r);
    }
    dp_tunnel_flush(w);
}

/* ---- answers ---- */

/* ICMP alone, and its checksum as far as it is here: of a fragment it is not. */
static bool is_sound(const struct dp_packet *p)
{
    bool v4 = p->inner.version == 4;
    uint32_t len = p->inner.len - p->inner.l4_offset;
    uint64_t sum = v4 ? 0 : esp_csum_pseudo(p->ip, DP_ICMPV6, len);

    return !p->merged && p->inner.protocol == (v4 ? DP_ICMP : DP_ICMPV6) &&
           !p->inner.later_fragment &&
           (p->inner.fragment ||
            esp_csum_fold(esp_csum_add(sum, p->ip + p->inner.l4_offset, len)) == 0);
}

static int parse(const struct dp_packet *p, const struct dp_echo_run *run, struct reach_packet *ret)
{
    const struct dp_inner *in = &p->inner;

    if (run->to.family != in->src.family)
        return -ENOENT;
    if (in->version == 4)
        return reach_parse_ipv4(p->ip, in->len, run->ident, &run->to, ret);
    return reach_parse_ipv6(p->ip + in->l4_offset, in->len - in->l4_offset, &in->src, in->ttl,
                            run->ident, &run->to, ret);
}

/* False: it was not asked for, or was answered. */
static bool settle(struct dp_worker *w, const struct dp_path *path, struct dp_echo_run *run,
                   const struct reach_packet *packet)
{
    unsigned i = packet->seq % DP_ECHO_OPEN;
    struct ipc_echoed echoed = {.ident = run->ident,
                                .seq = packet->seq,
                                .mark = run->open[i].mark,
                                .what = (uint8_t)packet->what,
                                .from = packet->from,
                                .ttl = packet->ttl,
                                .mtu = packet->mtu};

    if (!run->open[i].sent_us || run->open[i].seq != packet->seq)
        return false;
    echoed.rtt_us = (uint32_t)MIN(w->now_us - run->open[i].sent_us, (uint64_t)UINT32_MAX);
    (void)text_copy(echoed.tunnel, sizeof(echoed.tunnel), path->id);
    run->open[i].sent_us = 0;
    run->used_us = w->now_us;
    tell(w, &echoed);
    return true;
}

bool dp_echoes_take(struct dp_worker *w, const struct dp_packet *p)
{
    const struct dp_path *path = p->from_tunnel->path;
    struct reach_packet packet;

    if (!w->echoes.any || !is_sound(p))
        return false;
    for (unsigned i = 0; i < DP_ECHO_RUNS; i++) {
        struct dp_echo_run *run = &w->echoes.runs[i];

        if (run->used_us && run->serial == path->serial && parse(p, run, &packet) == 0)
            return settle(w, path, run, &packet);
    }
    return false;
}
