#include "worker_internal.h"

#include <stdlib.h>

/* Asks the peers of tunnels whether they are there, each in its own time. Whom to ask stands in the
 * configuration; when, in a heap of the worker's own: its entries name tunnels by number and
 * serial, so that one of a tunnel that is gone is found out when its time comes. */

/* Looks at all tunnels together, of which two make one request and what became of it: beyond, each
 * is asked less often. */
#define PER_SECOND 4000
#define BURST      80
#define REST_MS    5 /* what is due meanwhile goes together, so that many tunnels wake seldom */

struct dp_due {
    uint64_t at_us;
    uint64_t serial; /* of the path */
    uint32_t index;
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

bool dp_egress_is_probed(const struct dp_egress *e)
{
    return e->out && e->tunnel->config.probe_ms &&
           e->tunnel->config.inner_local.family != ADDR_NONE &&
           e->tunnel->config.inner_local.family == e->tunnel->config.inner_remote.family;
}

static struct dp_probe_rules rules_of(const struct dp_egress *e)
{
    return (struct dp_probe_rules){(uint64_t)e->tunnel->config.probe_ms * 1000,
                                   e->tunnel->config.probe_count};
}

/* What is known is about the peer that it has now. */
static bool is_asked(const struct dp_path *path, const struct dp_egress *e)
{
    return addr_equal(&path->probe.peer, &e->tunnel->config.inner_remote);
}

/* Those that came begin at any time of their interval, so that not all ask at once. One that went
 * as a black hole comes back as one. */
static void look_through(struct dp_worker *w)
{
    struct dp_prober *pr = &w->prober;
    const struct dp_config *config = w->config;

    if (!make_room(pr, config->n_probed))
        return; /* the next look tries again */
    pr->lost = 0;
    for (uint32_t i = 0; i < config->n_probed; i++) {
        const struct dp_egress *e = config->tunnels[config->probed[i]];
        struct dp_path *path = e->path;
        uint64_t begin_us = w->now_us + path->probe.secret % rules_of(e).interval_us;

        if (!path->scheduled) {
            path->scheduled = true;
            path->lost = path->probe.out && is_asked(path, e);
            path->asked_us = begin_us - rules_of(e).interval_us;
            put(pr, (struct dp_due){begin_us, path->serial, path->index});
        }
        pr->lost += path->lost;
    }
    pr->seen = config->number;
}

/* ---- what was found out ---- */

static void count(struct dp_worker *w, const struct dp_path *path, const struct dp_probe_news *news)
{
    uint64_t *counters = dp_tunnel_counters(path->stats, w->index);

    if (news->answered) {
        dp_count(&counters[IPC_TUNNEL_PROBES_ANSWERED], news->answered);
        dp_count(&counters[IPC_TUNNEL_PROBE_US], news->rtt_us);
        dp_count(&counters[IPC_TUNNEL_PROBE_JITTER_US], news->jitter_us);
    }
    if (news->lost)
        dp_count(&counters[IPC_TUNNEL_PROBES_LOST], news->lost);
}

/* The hash at once; the node in its time. */
static void tell(struct dp_worker *w, struct dp_path *path)
{
    struct dp_note note = {.kind = DP_NOTE_PROBED, .index = path->probe.state};
    bool lost = path->probe.state != IPC_PROBE_OFF && path->probe.out;

    if (lost != path->lost)
        w->prober.lost += lost ? 1U : -1U;
    path->lost = lost;
    __atomic_store_n(&path->probe_state, path->probe.state, __ATOMIC_RELAXED);
    if (path->probe_told == path->probe.state)
        return;
    (void)text_copy(note.event.tunnel, sizeof(note.event.tunnel), path->id);
    if (dp_note_send(w, &note, NULL, 0) == 0)
        path->probe_told = path->probe.state;
}

/* ---- asking ---- */

static void send_request(struct dp_worker *w, const struct dp_egress *e)
{
    const struct ipc_tunnel *config = &e->tunnel->config;
    struct dp_icmp_echo echo = {.id = (uint16_t)e->path->index};
    struct dp_packet p = {0};
    size_t len;

    if (sizeof(w->made) - w->made_used < DP_ECHO_MAX)
        dp_tunnel_flush(w);
    p.ip = w->made + w->made_used;
    len = dp_icmp_echo_request(&config->inner_local, &config->inner_remote, &echo, p.ip);
    if (dp_inner_parse(p.ip, len, &p.inner) < 0 || !dp_egress_sa(e, &p.inner))
        return; /* the selectors keep even this one out */
    echo.number = dp_probe_send(&e->path->probe, w->now_us, echo.cookie);
    len = dp_icmp_echo_request(&config->inner_local, &config->inner_remote, &echo, p.ip);
    w->made_used += len;
    dp_tunnel_send(w, e, &p, false);
}

/* Gives up what has waited too long, and asks if it is time. When to look again. */
static uint64_t look_at(struct dp_worker *w, const struct dp_egress *e)
{
    struct dp_probe_rules rules = rules_of(e);
    struct dp_path *path = e->path;
    struct dp_probe_news news;
    uint64_t due_us;

    if (path->probe.state == IPC_PROBE_OFF || !is_asked(path, e))
        dp_probe_begin(&path->probe, &e->tunnel->config.inner_remote);
    dp_probe_expire(&path->probe, &rules, w->now_us, &news);
    count(w, path, &news);
    due_us = path->asked_us + dp_probe_pause(&path->probe, &rules);
    if (due_us <= w->now_us) {
        send_request(w, e);
        path->asked_us = MAX(due_us, w->now_us - MIN(w->now_us, (uint64_t)REST_MS * 1000));
        due_us = path->asked_us + dp_probe_pause(&path->probe, &rules);
    }
    tell(w, path);
    return MIN(due_us, dp_probe_wake_us(&path->probe, &rules));
}

static void serve(struct dp_worker *w, struct dp_due due)
{
    const struct dp_egress *e =
        due.index < w->config->n_tunnels ? w->config->tunnels[due.index] : NULL;

    if (!e || e->path->serial != due.serial)
        return; /* gone */
    if (dp_egress_is_probed(e)) {
        due.at_us = look_at(w, e);
        put(&w->prober, due); /* where it was taken from there is room */
        return;
    }
    e->path->scheduled = e->path->lost = false;
    dp_probe_end(&e->path->probe);
    tell(w, e->path);
}

void dp_prober_run(struct dp_worker *w)
{
    struct dp_prober *pr = &w->prober;

    if (pr->seen != w->config->number)
        look_through(w);
    while (pr->n && pr->heap[0].at_us <= w->now_us &&
           dp_bucket_take(&pr->tokens, &pr->tokens_us, w->now_us, PER_SECOND, BURST))
        serve(w, take_first(pr));
    dp_tunnel_flush(w);
}

int dp_prober_wait_ms(const struct dp_worker *w)
{
    const struct dp_prober *pr = &w->prober;
    uint64_t ms;

    if (!pr->n)
        return -1;
    ms = pr->heap[0].at_us > w->now_us ? (pr->heap[0].at_us - w->now_us + 999) / 1000 : 0;
    return (int)MIN(MAX(ms, (uint64_t)REST_MS), 60000U);
}

/* ---- answers ---- */

bool dp_prober_takes(struct dp_worker *w, const struct dp_packet *p)
{
    const struct dp_egress *e = p->from_tunnel;
    struct dp_probe_rules rules;
    struct dp_probe_news news;
    struct dp_icmp_echo echo;

    if (!dp_egress_is_probed(e) || p->merged || !dp_icmp_echo_answer(p->ip, &p->inner, &echo) ||
        echo.id != (uint16_t)e->path->index ||
        !addr_equal(&p->inner.src, &e->tunnel->config.inner_remote))
        return false;
    rules = rules_of(e);
    if (e->path->probe.state == IPC_PROBE_OFF ||
        dp_probe_take(&e->path->probe, &rules, echo.number, echo.cookie, w->now_us, &news) < 0)
        return false;
    count(w, e->path, &news);
    tell(w, e->path);
    return true;
}
