#include "ikev1_internal.h"

/* What an IKE SA does by itself, when its time has come or the layer above wants it. */

#define CALL_PAUSE    (20 * IKE_SECOND) /* between two phases 1 that rekey the same one */
#define DELETE_PAUSE  (300 * IKE_MS)
#define HANDOVER_TIME (5 * IKE_SECOND)
#define DELETES       3 /* nothing acknowledges them */
#define RESUME_PAUSE  (20 * IKE_MS)

/* ---- phase 1 ---- */

static void report_silence(const struct ike_sa *sa)
{
    char peer[ENDPOINT_TEXT_MAX], id[IKE_ID_TEXT_MAX];
    struct ike_ident storage;
    struct ike_id own;

    endpoint_format(&sa->remote, peer);
    ike_peer_ident(sa->peer, false, &storage, &own);
    ike_id_format(&own, id);
    if (sa->v1->step == IKEV1_MAIN_5_SENT)
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKEV1_NO_ANSWER_TO_PROOF, peer, id));
    else if (ike_report_clue(sa, IKE_EVENT_FAILED))
        return;
    else if (sa->v1->step == IKEV1_AGGRESSIVE_1_SENT)
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKEV1_NO_ANSWER_TO_AGGRESSIVE, peer, &sa->local.addr, id));
    else
        ike_report_silence(sa, IKE_EVENT_FAILED);
}

static void run_call(struct ike_sa *sa, uint64_t *deadline)
{
    struct ikev1_exchange *x = &sa->v1->x;

    if (sa->env->now_us >= x->next_us && x->sends >= IKEV1_SENDS) {
        if (sa->replaces || !sa->peer->lead)
            report_silence(sa);
        ikev1_call_failed(sa, 0);
        return;
    }
    if (sa->env->now_us >= x->next_us)
        ikev1_resend(sa, x);
    *deadline = x->next_us;
}

static void run_called(struct ike_sa *sa, uint64_t *deadline)
{
    struct ikev1_exchange *x = &sa->v1->x;
    uint64_t end = sa->made_us + IKEV1_HALF_OPEN;

    *deadline = end;
    if (sa->env->now_us >= end) {
        ike_sa_kill(sa);
        return;
    }
    if (!x->awaits || x->sends >= IKEV1_SENDS)
        return;
    if (sa->env->now_us >= x->next_us)
        ikev1_resend(sa, x);
    *deadline = MIN(end, x->next_us);
}

/* ---- phase 2 ---- */

/* Those of the IKE SAs before it are the leader's: pairs do not end with the IKE SA they came of.
 * What was agreed on under other parameters is agreed on anew. */
static void adopt(struct ike_sa *sa)
{
    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link) {
        bool changed = other->config_epoch != sa->config_epoch;

        if (other == sa || other->version != sa->version || !ike_sa_is_live(other) ||
            list_empty(&other->pairs))
            continue;
        list_for_each (pair, &other->pairs, struct ike_pair, link)
            pair->want_rekey = pair->want_rekey || changed;
        ike_pairs_move(&other->pairs, &sa->pairs, &sa->job);
        ike_peer_touch(sa->peer);
    }
    sa->had_pair = sa->had_pair || !list_empty(&sa->pairs);
}

static void close_pairs(struct ike_sa *sa)
{
    list_for_each_safe (pair, &sa->pairs, struct ike_pair, link) {
        if (pair->state != IKE_PAIR_CLOSING)
            continue;
        ikev1_delete_pair(sa, pair);
        ike_pair_end(pair, IKE_PAIR_GRACE);
    }
}

static bool ours_to_begin(const struct ike_sa *sa)
{
    return (sa->begun_by_us || sa->peer->keep_initiating) && sa->peer->config.admin_up;
}

/* One quick mode of ours at a time: a rekey, or what has no pair yet. */
static void pick_quick(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us;
    struct ike_selectors wanted;

    if (ikev1_quick_asks(sa))
        return;
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        if (ike_pair_wants_rekey(pair) && now >= pair->retry_us) {
            ikev1_quick_send(sa, pair, &pair->selectors);
            return;
        }
    }
    sa->wants_pair = ours_to_begin(sa) && ikev1_wanted_selectors(sa, &wanted);
    if (!sa->wants_pair)
        return;
    if (now >= sa->v1->quick_retry_us)
        ikev1_quick_send(sa, NULL, &wanted);
    else
        ike_lower_deadline(sa->env, deadline, sa->v1->quick_retry_us);
}

/* By another phase 1, beside this one. */
static void run_rekey(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us, at = MAX(sa->rekey_us, sa->v1->retry_us);

    if (!sa->peer->config.admin_up || sa->config_epoch != sa->peer->ike_epoch)
        return; /* the tunnel calls by itself */
    if (now < at) {
        *deadline = MIN(*deadline, at);
        return;
    }
    sa->v1->retry_us = now + ike_jitter(sa->env, CALL_PAUSE, 20);
    *deadline = MIN(*deadline, sa->v1->retry_us);
    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link) {
        if (ike_sa_is_calling(other))
            return;
    }
    (void)!ikev1_call(sa->peer, &sa->local, &sa->remote, true);
}

static void run_lead(struct ike_sa *sa, uint64_t *deadline)
{
    adopt(sa);
    if (sa->ropeway)
        ike_pairs_settle_twins(&sa->pairs, deadline);
    sa->v1->want_liveness |= ike_pairs_run(&sa->pairs, deadline);
    close_pairs(sa);
    pick_quick(sa, deadline);
    run_rekey(sa, deadline);
}

/* Another one leads and carries the traffic since a while. Before that the peer may not have taken
 * the pairs over yet: with the DELETE of the IKE SA that they came of, it would end them. */
static bool is_spare(const struct ike_sa *sa, uint64_t *deadline)
{
    const struct ike_sa *lead = sa->peer->lead;
    uint64_t at = lead ? lead->established_us + HANDOVER_TIME : 0;

    if (!lead || lead == sa || !ike_pairs_are_usable(&lead->pairs))
        return false;
    if (sa->env->now_us < at)
        *deadline = MIN(*deadline, at);
    return sa->env->now_us >= at;
}

static void run_established(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us;
    const struct ike_sa *lead = sa->peer->lead;
    bool spare = is_spare(sa, deadline);

    if (sa->close_us && now >= sa->close_us) {
        if (sa->silent_close)
            ike_sa_kill(sa);
        else
            ikev1_close(sa);
        return;
    }
    if (now >= sa->expire_us || (spare && now >= sa->rekey_us)) {
        ike_note(sa->peer, IKE_LOG_INFO, SAY(IKE_EXPIRED));
        ikev1_close(sa);
        return;
    }
    *deadline = MIN(*deadline, sa->expire_us);
    if (sa->close_us)
        *deadline = MIN(*deadline, sa->close_us);
    if (lead == sa)
        run_lead(sa, deadline);
    ikev1_quicks_run(sa, deadline);
    if (sa->v1->want_liveness || now >= ikev1_dpd_due(sa))
        ikev1_dpd_send(sa);
    *deadline = MIN(*deadline, ikev1_dpd_due(sa));
    ikev1_dpd_run(sa, deadline);
}

static void run_closing(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us;

    if (now >= sa->expire_us) {
        ike_sa_kill(sa);
        return;
    }
    *deadline = sa->expire_us;
    if (sa->v1->deletes_sent == DELETES)
        return;
    if (now >= sa->v1->delete_us) {
        ikev1_delete_sa_send(sa);
        sa->v1->deletes_sent++;
        sa->v1->delete_us = now + DELETE_PAUSE;
    }
    *deadline = MIN(*deadline, sa->v1->delete_us);
}

static uint64_t run(struct ike_sa *sa)
{
    uint64_t deadline = IKE_NEVER;

    switch (sa->state) {
    case IKE_SA_CALLING:
    case IKE_SA_AUTHENTICATING:
        run_call(sa, &deadline);
        break;
    case IKE_SA_CALLED:
        run_called(sa, &deadline);
        break;
    case IKE_SA_ESTABLISHED:
        run_established(sa, &deadline);
        break;
    case IKE_SA_CLOSING:
        run_closing(sa, &deadline);
        break;
    default:
        break;
    }
    return deadline;
}

/* ---- what the layer above wants ---- */

static void rekey(struct ike_sa *sa)
{
    sa->rekey_us = MIN(sa->rekey_us, sa->env->now_us);
    sa->v1->retry_us = 0;
    ike_sa_touch(sa);
}

static void retry(struct ike_sa *sa)
{
    sa->v1->quick_retry_us = sa->env->now_us;
    sa->v1->quick_refusals = 0;
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        pair->retry_us = sa->env->now_us;
        pair->refusals = 0;
    }
    ike_sa_touch(sa);
}

static uint64_t overdue_at(const struct ike_sa *sa)
{
    return sa->v1->outworn ? 0 : IKE_NEVER; /* its rekey is its own affair */
}

static void recall(struct ike_sa *sa)
{
    if (sa->v1->suspect_us) {
        ikev1_give_up(sa, WORDS_IKE_PEER_FORGOT);
        return;
    }
    sa->v1->hint_us = 0;
    ikev1_doubt(sa);
}

/* Make before break: the old one goes now that the new one works. */
static void pair_carries(struct ike_sa *sa, struct ike_pair *pair)
{
    struct ike_pair *old = pair->replaces ? ikev1_pair_find(sa, IKE_IN, pair->replaces) : NULL;

    sa->had_pair = true;
    if (old)
        old->state = IKE_PAIR_CLOSING;
    ike_sa_touch(sa);
}

static void pair_refused(struct ike_sa *sa, struct ike_pair *pair)
{
    uint64_t pause = ike_jitter(sa->env, IKE_SECOND << MIN(sa->v1->quick_refusals, 5U), 20);

    sa->v1->quick_refusals++;
    sa->v1->quick_retry_us = sa->env->now_us + pause;
    ike_pair_refused(pair, sa->v1->quick_retry_us);
}

static void esp_moved(struct ike_sa *sa, const struct endpoint *remote)
{
    sa->v1->probe = *remote;
    sa->v1->want_liveness = true;
    ike_sa_touch(sa);
}

static void resume_exchange(struct ike_sa *sa, struct ikev1_exchange *x)
{
    x->first_us = sa->env->now_us;
    x->next_us = sa->env->now_us + RESUME_PAUSE;
    x->pause_us = MIN(x->pause_us, IKE_SECOND);
    x->sends = 1;
}

static void resume(struct ike_sa *sa)
{
    sa->heard_us = sa->env->now_us;
    sa->v1->asked_us = sa->v1->suspect_us = 0;
    sa->v1->dpd.active = false;
    resume_exchange(sa, &sa->v1->x);
    list_for_each (quick, &sa->v1->quicks, struct ikev1_quick, link)
        resume_exchange(sa, &quick->x);
    ike_sa_touch(sa);
}

const struct ike_version ikev1_version = {
    .call = ikev1_call,
    .run = run,
    .close = ikev1_close,
    .rekey = rekey,
    .retry = retry,
    .set_lifetime = ikev1_set_lifetime,
    .overdue_at = overdue_at,
    .doubt = ikev1_doubt,
    .recall = recall,
    .pair_carries = pair_carries,
    .pair_refused = pair_refused,
    .esp_moved = esp_moved,
    .resume = resume,
    .judge = ikev1_dpd_judge,
    .free = ikev1_sa_free,
};
