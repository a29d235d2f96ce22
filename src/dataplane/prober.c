#include "worker_internal.h"

#include <stdlib.h>

/* Asks the peers of tunnels and private interfaces whether they are there, each in its own time.
 * Whom to ask stands in the configuration; when, in a heap of the worker's own: its entries name
 * them by number and serial, so that one of what is gone is found out when its time comes. */

/* Looks at all of them together, of which two make one request and what became of it: beyond, each
 * is asked less often. */
#define PER_SECOND 4000
#define BURST      80
#define REST_MS    5 /* what is due meanwhile goes together, so that many tunnels wake seldom */

/* A peer is told so often that a tunnel is left, and may forget it after so long: its IKE may be
 * away when the SAs go. */
#define TELL_US       200000U
#define LEAVE_HOLD_MS 30000U
#define LOST_HOLD     4 /* intervals, and a second */

struct dp_due {
    uint64_t at_us;
    uint64_t serial;
    uint32_t number; /* as in dp_config.probed */
};

static_assert(IPC_PORT_PROBE_JITTER_US - IPC_PORT_PROBES_ANSWERED ==
                  IPC_TUNNEL_PROBE_JITTER_US - IPC_TUNNEL_PROBES_ANSWERED,
              "both count the same of probes, in the same order");

enum { COUNT_ANSWERED, COUNT_LOST, COUNT_US, COUNT_JITTER_US };

/* Whose peer is asked: a tunnel or a line. */
struct asked {
    const struct dp_egress *tunnel;
    const struct dp_port *line;
    bool wanted; /* it is to be asked */
    uint32_t number;
    uint64_t serial;
    const char *id;
    struct dp_probing *probing;
    struct addr own, peer;
    struct dp_probe_rules rules;
    uint64_t *counters; /* from COUNT_ANSWERED */
};

/* ---- the heap ---- */

static void put(struct dp_prober *pr, struct dp_due due)
{
    size_t at = pr->n++;

    while (at > 0 && pr->heap[(at - 1) / 2].at_us > due.at_us) {
        pr->heap[at] = pr->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    pr->heap[at] = due;
}

static struct dp_due take_first(struct dp_prober *pr)
{
    struct dp_due first = pr->heap[0], last = pr->heap[--pr->n];
    size_t at = 0, child;

    for (; (child = 2 * at + 1) < pr->n; at = child) {
        if (child + 1 < pr->n && pr->heap[child + 1].at_us < pr->heap[child].at_us)
            child++;
        if (last.at_us <= pr->heap[child].at_us)
            break;
        pr->heap[at] = pr->heap[child];
    }
    pr->heap[at] = last;
    return first;
}

static bool make_room(struct dp_prober *pr, size_t more)
{
    size_t cap = MAX(2 * pr->cap, pr->n + more);
    struct dp_due *grown;

    if (pr->n + more <= pr->cap)
        return true;
    grown = reallocarray(pr->heap, cap, sizeof(*grown));
    if (!grown)
        return false;
    pr->heap = grown;
    pr->cap = cap;
    return true;
}

void dp_prober_done(struct dp_prober *pr)
{
    free(pr->heap);
}

/* ---- whom to ask ---- */

static struct dp_probe_rules rules(uint32_t ms, uint16_t count)
{
    return (struct dp_probe_rules){(uint64_t)ms * 1000, count};
}

static void ask_tunnel(const struct dp_worker *w, const struct dp_egress *e, struct asked *ret)
{
    *ret = (struct asked){.tunnel = e,
                          .wanted = dp_egress_is_probed(e),
                          .number = e->path->index,
                          .serial = e->path->serial,
                          .id = e->path->id,
                          .probing = &e->path->probing};
    ret->counters = dp_tunnel_counters(e->path->stats, w->index) + IPC_TUNNEL_PROBES_ANSWERED;
    if (!dp_egress_has_inner(e))
        return;
    ret->own = e->tunnel->config.inner_local;
    ret->peer = e->tunnel->config.inner_remote;
    ret->rules = rules(e->tunnel->config.probe_ms, e->tunnel->config.probe_count);
}

static void ask_line(const struct dp_worker *w, const struct dp_port *port, struct asked *ret)
{
    *ret = (struct asked){.line = port,
                          .wanted = dp_port_is_probed(port),
                          .number = port->index | DP_PROBED_LINE,
                          .serial = port->serial,
                          .id = port->config.id,
                          .probing = port->probing,
                          .own = port->config.gateway,
                          .peer = port->config.address,
                          .rules = rules(port->config.probe_ms, port->config.probe_count)};
    ret->counters = dp_port_counters(port->stats, w->index) + IPC_PORT_PROBES_ANSWERED;
}

/* False if it is gone. */
static bool find(const struct dp_worker *w, uint32_t number, struct asked *ret)
{
    const struct dp_config *config = w->config;
    uint32_t index = number & ~DP_PROBED_LINE;

    if (number & DP_PROBED_LINE) {
        if (index >= config->n_ports || !config->ports[index] || !config->ports[index]->probing)
            return false;
        ask_line(w, config->ports[index], ret);
    } else {
        if (index >= config->n_tunnels || !config->tunnels[index])
            return false;
        ask_tunnel(w, config->tunnels[index], ret);
    }
    return true;
}

/* What is known is about the peer that it has now. */
static bool is_of_peer(const struct asked *a)
{
    return addr_equal(&a->probing->probe.peer, &a->peer);
}

/* Those that came begin at any time of their interval, so that not all ask at once. One that went
 * as a black hole comes back as one. */
static void look_through(struct dp_worker *w)
{
    struct dp_prober *pr = &w->prober;
    const struct dp_config *config = w->config;
    struct asked a;

    if (!make_room(pr, config->n_probed))
        return; /* the next look tries again */
    pr->lost = 0;
    for (uint32_t i = 0; i < config->n_probed; i++) {
        struct dp_probing *p;
        uint64_t begin_us;

        if (!find(w, config->probed[i], &a) || !a.wanted)
            continue; /* or it is only left */
        p = a.probing;
        begin_us = w->now_us + p->probe.secret % a.rules.interval_us;
        if (!p->scheduled) {
            p->scheduled = true;
            p->lost = p->probe.out && is_of_peer(&a);
            p->asked_us = begin_us - a.rules.interval_us;
            put(pr, (struct dp_due){begin_us, a.serial, a.number});
        }
        pr->lost += p->lost;
    }
    pr->seen = config->number;
    pr->tell_at_us = 0;
}

/* ---- what was found out ---- */

static void count(const struct asked *a, const struct dp_probe_news *news)
{
    if (news->answered) {
        dp_count(&a->counters[COUNT_ANSWERED], news->answered);
        dp_count(&a->counters[COUNT_US], news->rtt_us);
        dp_count(&a->counters[COUNT_JITTER_US], news->jitter_us);
    }
    if (news->lost)
        dp_count(&a->counters[COUNT_LOST], news->lost);
}

/* The hash at once; the node in its time. */
static void tell(struct dp_worker *w, const struct asked *a)
{
    struct dp_probing *p = a->probing;
    struct dp_note note = {.kind = DP_NOTE_PROBED, .line = a->line};
    bool lost = p->probe.state != IPC_PROBE_OFF && p->probe.out;
    uint8_t state = p->probe.state;

    if (a->line && lost && state != IPC_PROBE_BLACKHOLING)
        state = IPC_PROBE_LOST; /* its routes are the node's */

    if (lost != p->lost)
        w->prober.lost += lost ? 1U : -1U;
    p->lost = lost;
    __atomic_store_n(&p->state, state, __ATOMIC_RELAXED);
    if (p->told == state && p->peer_told == p->peer)
        return;
    note.index = state;
    note.peer = p->peer;
    (void)text_copy(note.event.tunnel, sizeof(note.event.tunnel), a->id);
    if (dp_note_send(w, &note, NULL, 0) == 0) {
        p->told = state;
        p->peer_told = p->peer;
    }
}

/* ---- what the peer of a tunnel is told, and tells ---- */

static struct dp_talk *talk_of(const struct dp_egress *e)
{
    const struct addr *peer = &e->tunnel->config.inner_remote;
    struct dp_talk *talk = &e->path->talk;

    if (!talk->life || !addr_equal(&talk->peer, peer))
        dp_talk_begin(talk, peer, random_u64());
    return talk;
}

static uint8_t flags_of(const struct dp_egress *e)
{
    return (uint8_t)((e->tunnel->config.draining ? DP_REPORT_LEAVES : 0) |
                     (e->path->probing.lost ? DP_REPORT_LOST : 0));
}

static uint16_t hold_of(const struct dp_egress *e)
{
    uint64_t ms = e->tunnel->config.draining
                      ? LEAVE_HOLD_MS
                      : (uint64_t)e->tunnel->config.probe_ms * LOST_HOLD + 1000;

    return (uint16_t)MIN(ms, UINT16_MAX);
}

/* What the peer says of leaving is about the SAs of that moment. */
static void take_news(struct dp_worker *w, const struct dp_egress *e,
                      const struct dp_talk_news *news)
{
    uint64_t *counters = dp_tunnel_counters(e->path->stats, w->index);

    if (news->lost_there)
        dp_count(&counters[IPC_TUNNEL_PROBES_LOST_THERE], news->lost_there);
    if (news->lost_back)
        dp_count(&counters[IPC_TUNNEL_PROBES_LOST_BACK], news->lost_back);
    w->left_until_us = MAX(w->left_until_us, e->path->talk.leave_until_us);
    e->path->left_spi = e->out ? e->out->spi : 0;
}

static void write_report(const struct dp_egress *e, uint8_t ret[DP_REPORT_LEN])
{
    struct dp_report report;

    dp_talk_ask(talk_of(e), flags_of(e), hold_of(e), &report);
    dp_report_build(&report, ret);
}

/* ---- asking ---- */

/* Whether a packet can leave there. */
static bool is_open(struct dp_worker *w, const struct asked *a, const struct dp_inner *inner)
{
    /* The selectors may keep even this one out; a router whose MAC address nobody knows is silent.
     */
    return a->line ? dp_port_is_reached(w, a->line) : dp_egress_sa(a->tunnel, inner) != NULL;
}

static void send_packet(struct dp_worker *w, const struct asked *a, struct dp_packet *p)
{
    if (a->line)
        dp_port_send(w, a->line, p, false);
    else
        dp_tunnel_send(w, a->tunnel, p, false);
}

/* asks: its answer is waited for; else it only tells. */
static void send_request(struct dp_worker *w, const struct asked *a, bool asks)
{
    struct dp_icmp_echo echo = {.id = (uint16_t)a->number};
    struct dp_probe *probe = &a->probing->probe;
    struct dp_packet p = {0};
    size_t len;
    bool open;

    if (sizeof(w->made) - w->made_used < DP_ECHO_MAX)
        dp_tunnel_flush(w);
    p.ip = w->made + w->made_used;
    len = dp_icmp_echo_request(&a->own, &a->peer, &echo, p.ip);
    open = dp_inner_parse(p.ip, len, &p.inner) == 0 && is_open(w, a, &p.inner);
    if (!open && !a->line)
        return;
    echo.number =
        asks ? dp_probe_send(probe, w->now_us, echo.cookie) : dp_probe_tell(probe, echo.cookie);
    if (!open)
        return;
    if (a->tunnel)
        write_report(a->tunnel, echo.report);
    len = dp_icmp_echo_request(&a->own, &a->peer, &echo, p.ip);
    w->made_used += len;
    send_packet(w, a, &p);
}

static void note_peer(struct dp_probing *p, enum ipc_probe_peer peer)
{
    __atomic_store_n(&p->peer, (uint8_t)peer, __ATOMIC_RELAXED);
}

static void begin(const struct asked *a)
{
    if (!is_of_peer(a))
        note_peer(a->probing, IPC_PROBE_PEER_UNKNOWN);
    dp_probe_begin(&a->probing->probe, &a->peer);
}

/* Gives up what has waited too long, and asks if it is time. When to look again. */
static uint64_t look_at(struct dp_worker *w, const struct asked *a)
{
    struct dp_probing *p = a->probing;
    struct dp_probe_news news;
    bool was_lost = p->lost;
    uint64_t due_us;

    if (p->probe.state == IPC_PROBE_OFF || !is_of_peer(a))
        begin(a);
    dp_probe_expire(&p->probe, &a->rules, w->now_us, &news);
    count(a, &news);
    tell(w, a);
    if (a->tunnel && p->lost && !was_lost)
        send_request(w, a, false); /* the peer should leave as well */
    due_us = p->asked_us + dp_probe_pause(&p->probe, &a->rules);
    if (due_us <= w->now_us) {
        send_request(w, a, true);
        p->asked_us = MAX(due_us, w->now_us - MIN(w->now_us, (uint64_t)REST_MS * 1000));
        due_us = p->asked_us + dp_probe_pause(&p->probe, &a->rules);
    }
    return MIN(due_us, dp_probe_wake_us(&p->probe, &a->rules));
}

static void serve(struct dp_worker *w, struct dp_due due)
{
    struct asked a;

    if (!find(w, due.number, &a) || a.serial != due.serial)
        return; /* gone */
    if (a.wanted) {
        due.at_us = look_at(w, &a);
        put(&w->prober, due); /* where it was taken from there is room */
        return;
    }
    a.probing->scheduled = a.probing->lost = false;
    dp_probe_end(&a.probing->probe);
    tell(w, &a);
}

/* Peers of tunnels that are left, so that they leave as well. One that comes to be left hears it
 * with the configuration that says so. */
static void tell_leaving(struct dp_worker *w)
{
    const struct dp_config *config = w->config;
    struct dp_prober *pr = &w->prober;
    struct asked a;

    pr->tells = config->n_draining;
    if (!pr->tells || w->now_us < pr->tell_at_us)
        return;
    pr->tell_at_us = w->now_us + TELL_US;
    for (uint32_t i = 0; i < config->n_probed; i++) {
        struct dp_path *path;
        uint64_t at_us;

        if (!find(w, config->probed[i], &a) || !a.tunnel || !dp_egress_is_left(a.tunnel))
            continue;
        path = a.tunnel->path;
        at_us = path->told_us + TELL_US;
        if (w->now_us >= at_us &&
            dp_bucket_take(&pr->tokens, &pr->tokens_us, w->now_us, PER_SECOND, BURST)) {
            path->told_us = w->now_us;
            send_request(w, &a, false);
        } else {
            pr->tell_at_us = MIN(pr->tell_at_us, MAX(at_us, w->now_us + REST_MS * 1000));
        }
    }
}

void dp_prober_run(struct dp_worker *w)
{
    struct dp_prober *pr = &w->prober;

    if (pr->seen != w->config->number)
        look_through(w);
    tell_leaving(w);
    while (pr->n && pr->heap[0].at_us <= w->now_us &&
           dp_bucket_take(&pr->tokens, &pr->tokens_us, w->now_us, PER_SECOND, BURST))
        serve(w, take_first(pr));
    dp_tunnel_flush(w);
}

int dp_prober_wait_ms(const struct dp_worker *w)
{
    const struct dp_prober *pr = &w->prober;
    uint64_t at_us = MIN(pr->n ? pr->heap[0].at_us : UINT64_MAX,
                         pr->tells ? pr->tell_at_us : UINT64_MAX),
             ms;

    if (at_us == UINT64_MAX)
        return -1;
    ms = at_us > w->now_us ? (at_us - w->now_us + 999) / 1000 : 0;
    return (int)MIN(MAX(ms, (uint64_t)REST_MS), 60000U);
}

/* ---- the peer's packets ---- */

/* Somebody who gives back our own report reads none. */
static void take_report(struct dp_worker *w, const struct asked *a, const struct dp_icmp_echo *echo)
{
    struct dp_talk *talk = talk_of(a->tunnel);
    struct dp_talk_news news;
    struct dp_report report;

    if (dp_report_parse(echo->report, &report) < 0 || report.life == talk->life) {
        note_peer(a->probing, IPC_PROBE_PEER_ECHO);
        return;
    }
    note_peer(a->probing, IPC_PROBE_PEER_ROPEWAY);
    dp_talk_answered(talk, &report, w->now_us, &news);
    take_news(w, a->tunnel, &news);
    if (news.met && a->tunnel->out && flags_of(a->tunnel))
        send_request(w, a, false); /* only now it can know that it is we who say so */
}

static bool take_answer(struct dp_worker *w, const struct asked *a, const struct dp_icmp_echo *echo)
{
    struct dp_probe *probe = &a->probing->probe;
    struct dp_probe_news news;

    if (echo->id != (uint16_t)a->number)
        return false;
    if (a->tunnel && dp_probe_has_told(probe, echo->number, echo->cookie)) {
        take_report(w, a, echo);
        return true;
    }
    if (!a->wanted || probe->state == IPC_PROBE_OFF ||
        dp_probe_take(probe, &a->rules, echo->number, echo->cookie, w->now_us, &news) < 0)
        return false;
    if (a->tunnel)
        take_report(w, a, echo);
    count(a, &news);
    tell(w, a);
    return true;
}

/* A peer that leaves a tunnel is followed, whether we ask it ourselves or not. */
static void take_request(struct dp_worker *w, struct dp_packet *p, const struct dp_egress *e,
                         const struct dp_icmp_echo *echo)
{
    struct dp_talk *talk = talk_of(e);
    struct dp_report asked, ours;
    uint8_t bytes[DP_REPORT_LEN];
    struct dp_talk_news news;

    if (dp_report_parse(echo->report, &asked) < 0 || asked.life == talk->life)
        return;
    if (dp_talk_asked(talk, &asked, w->now_us, &news))
        take_news(w, e, &news);
    dp_talk_answer(talk, &asked, flags_of(e), hold_of(e), &ours);
    dp_report_build(&ours, bytes);
    dp_icmp_echo_say(p->ip, &p->inner, bytes);
}

/* False: it came from nobody who is asked, or asks. */
static bool ask_whence(const struct dp_worker *w, const struct dp_packet *p, struct asked *ret)
{
    if (p->from_tunnel)
        ask_tunnel(w, p->from_tunnel, ret);
    else if (p->from_port && p->from_port->probing)
        ask_line(w, p->from_port, ret);
    else
        return false;
    return ret->peer.family != ADDR_NONE && addr_equal(&p->inner.src, &ret->peer);
}

bool dp_prober_takes(struct dp_worker *w, struct dp_packet *p)
{
    struct dp_icmp_echo echo;
    struct asked a;

    if (p->merged || !ask_whence(w, p, &a))
        return false;
    if (dp_icmp_echo_answer(p->ip, &p->inner, &echo))
        return take_answer(w, &a, &echo);
    if (a.tunnel && dp_icmp_echo_asked(p->ip, &p->inner, &echo))
        take_request(w, p, a.tunnel, &echo);
    return false;
}
