#include "tunnel_internal.h"

#include <stdlib.h>

/* A tunnel's life: what it hears of its IKE SAs, and when it calls its peer. */

#define BACKOFF_FIRST (500 * IKE_MS)
#define BACKOFF_MAX   (60 * IKE_SECOND)

struct ike_tunnel *ike_tunnel_find(const struct ike *ike, const char *id)
{
    struct ike_peer *peer = ike_peers_find(&ike->peers, id);

    return peer ? container_of(peer, struct ike_tunnel, peer) : NULL;
}

void ike_tunnel_touch(struct ike_tunnel *tunnel)
{
    ike_peer_touch(&tunnel->peer);
}

/* ---- when to call ---- */

void ike_tunnel_backoff(struct ike_tunnel *tunnel)
{
    uint64_t pause = MIN(BACKOFF_FIRST << MIN(tunnel->peer.attempts, 10U), BACKOFF_MAX);

    tunnel->peer.attempts++;
    tunnel->attempt_us = tunnel->peer.env->now_us + ike_jitter(tunnel->peer.env, pause, 20);
    ike_tunnel_touch(tunnel);
}

void ike_tunnel_call_now(struct ike_tunnel *tunnel)
{
    tunnel->peer.attempts = 0;
    tunnel->attempt_us = tunnel->peer.env->now_us;
}

static bool is_calling(const struct ike_peer *peer)
{
    list_for_each (sa, &peer->sas, struct ike_sa, peer_link) {
        if (ike_sa_is_calling(sa))
            return true;
    }
    return false;
}

/* What the peer does not let us rekey is negotiated from scratch before it ends. */
static bool is_overdue(const struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t at = sa->version->overdue_at(sa);

    if (sa->env->now_us >= at)
        return true;
    *deadline = MIN(*deadline, at);
    return false;
}

/* A dynamic peer is where it was heard last. */
static void call(struct ike_tunnel *tunnel, bool replaces)
{
    const struct ike_tunnel_config *c = &tunnel->peer.config;
    const struct ike_sa *lead = tunnel->peer.lead;
    bool dynamic = addr_is_any(&c->remote);
    uint16_t port = tunnel->peer.tries_natt ? IKE_PORT_NATT : IKE_PORT;
    struct endpoint local = {.addr = c->local, .port = dynamic ? lead->local.port : port};
    struct endpoint remote = {.addr = c->remote, .port = port};
    const struct ike_version *version = c->ikev1 ? &ikev1_version : &ikev2_version;

    if (version->call(&tunnel->peer, &local, dynamic ? &lead->remote : &remote, replaces) < 0)
        ike_tunnel_backoff(tunnel);
}

/* Calls the peer when there is no IKE SA, or when the one there is rests on an old configuration or
 * can neither be rekeyed nor carry a pair. A changed configuration is for us to bring to the peer,
 * which does not know of it, even if we do not begin otherwise. */
static void run_calls(struct ike_tunnel *tunnel, uint64_t *deadline)
{
    const struct ike_peer *peer = &tunnel->peer;
    const struct ike_sa *lead = peer->lead;
    bool changed = lead && (lead->config_epoch != peer->ike_epoch || lead->auth.until_us);
    bool outdated = lead && (changed || is_overdue(lead, deadline));
    bool ours = changed || (peer->keep_initiating && !addr_is_any(&peer->config.remote));

    if (!peer->config.admin_up || peer->removed || !ours || !peer->env->plane_up ||
        (lead && !outdated) || is_calling(peer))
        return;
    if (peer->env->now_us >= tunnel->attempt_us)
        call(tunnel, outdated);
    else
        *deadline = MIN(*deadline, tunnel->attempt_us);
}

/* ---- what it hears ---- */

static void on_call_failed(struct ike_tunnel *tunnel, unsigned attempts_min)
{
    const struct ike_sa *lead = tunnel->peer.lead;

    tunnel->peer.attempts = MAX(tunnel->peer.attempts, attempts_min);
    if (!lead || lead->config_epoch != tunnel->peer.ike_epoch)
        ike_tunnel_refused(tunnel); /* else the peer was quicker with a call that we accepted */
    ike_tunnel_backoff(tunnel);
}

static void on_lost(struct ike_tunnel *tunnel, const struct ike_event *e)
{
    const struct ike_tunnel_config *c = &tunnel->peer.config;

    if (!e->led) {
        ike_tunnel_note(tunnel, IKE_LOG_WARNING, e->what);
        return;
    }
    ike_tunnel_fail(tunnel, e->what);
    tunnel->peer.keep_initiating = c->initiate && !c->dpd_clear;
    ike_tunnel_call_now(tunnel);
}

static void hear(struct ike_peer *peer, const struct ike_event *e)
{
    struct ike_tunnel *tunnel = container_of(peer, struct ike_tunnel, peer);

    switch (e->kind) {
    case IKE_EVENT_FAILED:
        ike_tunnel_fail(tunnel, e->what);
        break;
    case IKE_EVENT_SUSPECTED:
        ike_tunnel_suspect(tunnel, e->what);
        break;
    case IKE_EVENT_CALLED:
        ike_tunnel_hear(tunnel, e->what);
        break;
    case IKE_EVENT_NOTED:
        ike_tunnel_note(tunnel, e->level, e->what);
        break;
    case IKE_EVENT_REMEMBERED:
        ike_tunnel_remember(tunnel, e->what);
        break;
    case IKE_EVENT_REFUSED:
        ike_tunnel_refused(tunnel);
        break;
    case IKE_EVENT_AGREED:
        ike_tunnel_succeeded(tunnel);
        break;
    case IKE_EVENT_CALL_FAILED:
        on_call_failed(tunnel, e->attempts_min);
        break;
    case IKE_EVENT_PUT_OFF:
        ike_tunnel_backoff(tunnel);
        break;
    case IKE_EVENT_ESTABLISHED:
        peer->attempts = tunnel->heard = 0;
        peer->tries_natt = false;
        ike_tunnel_succeeded(tunnel);
        break;
    case IKE_EVENT_LOST:
        on_lost(tunnel, e);
        break;
    case IKE_EVENT_IKE_REKEYED:
        tunnel->status.ike_rekeys++;
        break;
    case IKE_EVENT_PAIR_REKEYED:
        tunnel->status.child_rekeys++;
        break;
    }
}

static void note_pairs(struct ike_pairs *pairs, enum ike_log_level level, const struct words *what)
{
    ike_note(container_of(pairs, struct ike_peer, pairs), level, what);
}

/* ---- its life ---- */

void ike_tunnel_close_all(struct ike_tunnel *tunnel)
{
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link)
        sa->version->close(sa);
    ike_pairs_drop_adopted(&tunnel->peer.pairs);
}

static void run(struct ike_job *job)
{
    struct ike_tunnel *tunnel =
        container_of(container_of(job, struct ike_peer, job), struct ike_tunnel, peer);
    uint64_t deadline = IKE_NEVER;

    if (tunnel->peer.removed && list_empty(&tunnel->peer.sas)) {
        ike_tunnel_free(tunnel);
        return;
    }
    ike_tunnel_settle_rivals(tunnel);
    ike_tunnel_run_old_auth(tunnel, &deadline);
    ike_pairs_run_lingers(&tunnel->peer.pairs, false, &deadline);
    ike_pairs_run_adopted(&tunnel->peer.pairs, &deadline);
    ike_offering_run(&tunnel->peer, &deadline);
    run_calls(tunnel, &deadline);
    ike_tunnel_run_error(tunnel, &deadline);
    ike_tunnel_run_oneway(tunnel, &deadline);
    ike_tunnel_update_status(tunnel);
    ike_job_set(&tunnel->peer.env->jobs, job, deadline);
}

int ike_tunnel_new(struct ike *ike, const struct ike_tunnel_config *config, struct ike_tunnel **ret)
{
    struct ike_tunnel *tunnel = calloc(1, sizeof(*tunnel));
    struct ike_peer *peer = tunnel ? &tunnel->peer : NULL;

    if (!tunnel)
        return -ENOMEM;
    if (ike_job_begin(&ike->env.jobs, &peer->job, run, true) < 0) {
        free(tunnel);
        return -ENOMEM;
    }
    peer->env = &ike->env;
    peer->config = *config;
    (void)ike_credentials_ref(config->credentials);
    peer->keep_initiating = config->initiate;
    peer->liveness.since_us = ike->env.now_us;
    peer->hear = hear;
    peer->ikev1 = &ike->ikev1;
    peer->ikev2 = &ike->ikev2;
    ike_pairs_init(&peer->pairs, &ike->env, &peer->config, &peer->job, note_pairs);
    list_init(&peer->sas);
    ike_peers_add(&ike->peers, peer);
    tunnel->attempt_us = tunnel->status.since_us = ike->env.now_us;
    text_copy(tunnel->status.tunnel, sizeof(tunnel->status.tunnel), config->id);
    list_append(&ike->tunnels, &tunnel->link);
    ike_tunnel_touch(tunnel);
    *ret = tunnel;
    return 0;
}

void ike_tunnel_free(struct ike_tunnel *tunnel)
{
    ike_pairs_done(&tunnel->peer.pairs);
    ike_peers_remove(&tunnel->peer);
    ike_job_end(&tunnel->peer.env->jobs, &tunnel->peer.job);
    list_remove(&tunnel->link);
    ike_credentials_unref(tunnel->peer.config.credentials);
    crypto_wipe(tunnel, sizeof(*tunnel));
    free(tunnel);
}
