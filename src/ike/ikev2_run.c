#include "ikev2_internal.h"

/* What an IKE SA does by itself, when its time has come or the layer above wants it. */

#define PLANE_ANSWERS    (1 * IKE_SECOND) /* to the question whether ESP still comes */
#define DEAD_WITHOUT_DPD (60 * IKE_SECOND)
#define RESUME_AFTER     (20 * IKE_MS)
#define HEIR_PAUSE       (50 * IKE_MS)    /* until the data plane has what a pair gives way to */
#define PEERS_TURN       (3 * IKE_SECOND) /* whoever called makes its pairs first */
#define REFUSALS_ENOUGH  2                /* of a pair, until another IKE SA is tried */

#define FIRST_EXCHANGE_SENDS 9
#define LATE_SENDS           4

/* ---- whether the peer lives ---- */

/* When an unanswered request means that the peer is dead. */
static uint64_t dead_at(const struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->peer->config;
    uint64_t limit = c->dpd_timeout_s * IKE_SECOND, first_us = sa->v2->request.first_us, at;

    if (!c->dpd || !limit)
        at = first_us + DEAD_WITHOUT_DPD;
    else
        at = MAX(sa->heard_us + limit, first_us + MIN(limit / 2, 5 * IKE_SECOND));
    return sa->v2->suspect_us ? MIN(at, sa->v2->suspect_us) : at;
}

static enum words_code silence_of(const struct ike_sa *sa)
{
    return sa->v2->forgotten ? WORDS_IKE_PEER_FORGOT : WORDS_IKE_PEER_DEAD;
}

/* The peer's IKE may be down while its data plane forwards: ask ours before the end. */
static void run_dead_check(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us, at = dead_at(sa);

    if (now < at) {
        *deadline = MIN(*deadline, at);
    } else if (!sa->v2->asked_us) {
        sa->v2->asked_us = now;
        ike_ask(sa->env, sa->peer->config.id);
        *deadline = MIN(*deadline, now + PLANE_ANSWERS);
    } else if (now >= sa->v2->asked_us + PLANE_ANSWERS) {
        ikev2_liveness_lost(sa);
        ikev2_give_up(sa, silence_of(sa));
    } else {
        *deadline = MIN(*deadline, sa->v2->asked_us + PLANE_ANSWERS);
    }
}

/* It forwards, and takes no part in the change of parameters that we want. */
static void note_silence(struct ike_sa *sa)
{
    char peer[ENDPOINT_TEXT_MAX];

    if (!sa->peer->behind)
        return;
    ike_tell(sa->peer, IKE_EVENT_FAILED,
             SAY(IKE_SILENT_BESIDE_ESP, endpoint_format(&sa->remote, peer)));
    ike_tell(sa->peer, IKE_EVENT_REFUSED, NULL);
}

/* Over any of its pairs, also one that is to end. */
static uint64_t esp_idle_ms(const struct ike_sa *sa)
{
    uint64_t idle_ms = UINT64_MAX;

    list_for_each (pair, &sa->pairs, struct ike_pair, link)
        idle_ms = MIN(idle_ms, pair->idle_ms);
    return idle_ms;
}

/* ESP that came after our question was first asked is a sign of life; but not where we have nothing
 * to answer it with: then a new call is all that helps. */
static void judge(struct ike_sa *sa)
{
    struct ikev2_request *q = &sa->v2->request;
    uint64_t now = sa->env->now_us, since = sa->v2->suspect_us ? sa->v2->hint_us : q->first_us;
    uint64_t idle_ms = esp_idle_ms(sa);

    if (!sa->v2->asked_us)
        return;
    if (!ike_pairs_are_usable(&sa->pairs) || idle_ms >= (now - since) / IKE_MS) {
        ikev2_give_up(sa, silence_of(sa));
        return;
    }
    sa->heard_us = now - idle_ms * IKE_MS;
    q->first_us = now;
    sa->v2->asked_us = sa->v2->suspect_us = 0;
    sa->v2->mute = true;
    if (!q->esp_told)
        ikev2_log_peer(sa, IKE_LOG_WARNING, WORDS_NEGOTIATION_ESP_GOES_ON);
    q->esp_told = true;
    note_silence(sa);
    ike_sa_touch(sa);
    ike_peer_touch(sa->peer);
}

/* ---- time ---- */

/* A call listens on while an answer is tried, and for a while in any case. */
static void run_call(struct ike_sa *call, uint64_t *deadline)
{
    struct ikev2_request *q = &call->v2->request;
    uint64_t now = call->env->now_us, give_up_us = call->v2->give_up_us;

    if (!give_up_us && q->sends >= FIRST_EXCHANGE_SENDS && now >= q->next_us) {
        ikev2_report_silence(call);
        ikev2_call_end(call);
    } else if (give_up_us && now >= give_up_us && !ikev2_call_has_answers(call)) {
        ikev2_call_end(call); /* it was said why */
    } else {
        if (give_up_us > now)
            *deadline = give_up_us;
        if (q->task == IKEV2_TASK_NONE)
            return;
        if (now >= q->next_us)
            ikev2_request_resend(call);
        *deadline = MIN(*deadline, q->next_us);
    }
}

/* IKE_AUTH is under way. */
static void run_answer(struct ike_sa *sa, uint64_t *deadline)
{
    struct ikev2_request *q = &sa->v2->request;
    bool late = ikev2_answer_is_late(sa);

    if (sa->env->now_us >= q->next_us) {
        if (q->sends >= (late ? LATE_SENDS : FIRST_EXCHANGE_SENDS)) {
            if (!late && (sa->replaces || !sa->peer->lead))
                ikev2_report_unanswered(sa);
            ikev2_answer_unheard(sa);
            return;
        }
        ikev2_request_resend(sa);
    }
    *deadline = q->next_us;
}

static void run_outstanding(struct ike_sa *sa, uint64_t *deadline)
{
    struct ikev2_request *q = &sa->v2->request;

    if (q->next_us <= sa->env->now_us)
        ikev2_request_resend(sa);
    *deadline = MIN(*deadline, q->next_us);
    if (ike_sa_is_live(sa))
        run_dead_check(sa, deadline);
}

/* A pair of an earlier configuration whose traffic one of now carries is not rekeyed: it goes. */
static bool gives_way(struct ike_sa *sa, struct ike_pair *pair, uint64_t *deadline)
{
    const struct ike_pair *heir = ike_offering_heir(sa->peer, &sa->pairs, pair);

    if (!heir)
        return false;
    if (ike_pair_is_usable(heir)) {
        pair->state = IKE_PAIR_CLOSING;
        ike_sa_touch(sa);
        return true;
    }
    pair->retry_us = sa->env->now_us + HEIR_PAUSE;
    *deadline = MIN(*deadline, pair->retry_us);
    return true;
}

/* The next request of an SA that is free to send one: what is most urgent. Returns after one. */
static void pick_request(struct ike_sa *sa, uint64_t *deadline)
{
    struct ikev2_sa *v2 = sa->v2;
    uint64_t now = sa->env->now_us;
    bool leads = sa->peer->lead == sa;

    if (now < v2->quiet_us) {
        *deadline = MIN(*deadline, v2->quiet_us);
        return;
    }
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        if (pair->state == IKE_PAIR_CLOSING) {
            ikev2_delete_child_send(sa, pair);
            return;
        }
    }
    if (leads && (v2->want_rekey || now >= sa->rekey_us) && now >= v2->retry_us) {
        ikev2_rekey_send(sa);
        return;
    }
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        if (leads && ike_pair_wants_rekey(pair) && now >= pair->retry_us &&
            !gives_way(sa, pair, deadline)) {
            ikev2_create_child_send(sa, pair);
            return;
        }
    }
    if (sa->wants_pair && now >= v2->child_retry_us) {
        ikev2_create_child_send(sa, NULL);
        return;
    }
    if (v2->want_liveness || now >= ikev2_liveness_due(sa))
        ikev2_liveness_send(sa);
}

/* When pick_request() may find something that it did not find now. */
static void idle_deadline(const struct ike_sa *sa, uint64_t *deadline)
{
    const struct ikev2_sa *v2 = sa->v2;

    ike_lower_deadline(sa->env, deadline,
                       v2->want_rekey ? v2->retry_us : MAX(sa->rekey_us, v2->retry_us));
    if (sa->wants_pair)
        ike_lower_deadline(sa->env, deadline, v2->child_retry_us);
    ike_lower_deadline(sa->env, deadline, ikev2_liveness_due(sa));
}

/* An SA without a pair makes one, if it is for us to begin, or if the peer lost the one there was
 * (2.25: from scratch); one whose peer takes a pair of networks in each, all of them. */
static void update_wants_pair(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t turn_us = sa->begun_by_us ? 0 : sa->established_us + PEERS_TURN;
    bool ours = sa->begun_by_us || sa->peer->keep_initiating || sa->v2->remake;
    bool has_pair = false;

    list_for_each (pair, &sa->pairs, struct ike_pair, link)
        has_pair = has_pair || pair->state == IKE_PAIR_LIVE;
    sa->v2->remake = sa->v2->remake && !has_pair;
    if (ours && has_pair && !ike_offering_is_complete(sa->peer, &sa->pairs)) {
        has_pair = sa->env->now_us < turn_us;
        ike_lower_deadline(sa->env, deadline, turn_us);
    }
    sa->wants_pair = ours && !has_pair && ikev2_is_afloat(sa) && sa->peer->config.admin_up &&
                     sa->peer->lead == sa;
}

static void run_established(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us;
    const struct ike_sa *lead = sa->peer->lead;
    bool spare = lead != sa && (!lead || ike_pairs_are_usable(&lead->pairs));

    if (sa->close_us && now >= sa->close_us) {
        if (sa->silent_close)
            ike_sa_kill(sa);
        else
            ikev2_close(sa);
        return;
    }
    if (now >= sa->expire_us || (spare && now >= sa->rekey_us)) {
        ike_note(sa->peer, IKE_LOG_INFO, SAY(IKE_EXPIRED));
        ikev2_close(sa);
        return;
    }
    *deadline = MIN(*deadline, sa->expire_us);
    if (sa->close_us)
        *deadline = MIN(*deadline, sa->close_us);
    if (sa->ropeway) /* a peer of another make may mean two for the same traffic so */
        ike_pairs_settle_twins(&sa->pairs, deadline);
    sa->v2->want_liveness |= ike_pairs_run(&sa->pairs, deadline);
    update_wants_pair(sa, deadline);
    if (sa->v2->request.task == IKEV2_TASK_NONE)
        pick_request(sa, deadline);
    if (sa->v2->request.task != IKEV2_TASK_NONE)
        run_outstanding(sa, deadline);
    else
        idle_deadline(sa, deadline);
}

static void run_closing(struct ike_sa *sa, uint64_t *deadline)
{
    if (sa->env->now_us >= sa->expire_us) {
        ike_sa_kill(sa);
        return;
    }
    *deadline = MIN(*deadline, sa->expire_us);
    if (sa->v2->request.task == IKEV2_TASK_NONE)
        ikev2_delete_sa_send(sa);
    if (sa->v2->request.task != IKEV2_TASK_NONE)
        run_outstanding(sa, deadline);
}

/* It is nothing any more when that time has come. */
static void run_until(struct ike_sa *sa, uint64_t end_us, uint64_t *deadline)
{
    *deadline = end_us;
    if (sa->env->now_us >= end_us)
        ike_sa_kill(sa);
}

static uint64_t run(struct ike_sa *sa)
{
    uint64_t deadline = IKE_NEVER;

    switch (sa->state) {
    case IKE_SA_CALLING:
        run_call(sa, &deadline);
        break;
    case IKE_SA_AUTHENTICATING:
        run_answer(sa, &deadline);
        break;
    case IKE_SA_CALLED:
        ikev2_report_incomplete(sa);
        run_until(sa, sa->made_us + IKEV2_HALF_OPEN, &deadline);
        break;
    case IKE_SA_ESTABLISHED:
        run_established(sa, &deadline);
        break;
    case IKE_SA_REPLACED:
        run_until(sa, sa->close_us, &deadline);
        break;
    case IKE_SA_CLOSING:
        run_closing(sa, &deadline);
        break;
    default:
        break;
    }
    ikev2_fragments_run(sa, &deadline);
    return deadline;
}

/* ---- what the layer above wants ---- */

/* What was said of it before it was beaten counts. */
static void recall(struct ike_sa *sa)
{
    bool denied = sa->v2->suspect_us != 0;

    sa->v2->forgotten = true;
    sa->v2->hint_us = 0;
    ikev2_doubt(sa);
    if (denied)
        ikev2_deny(sa);
}

static void rekey(struct ike_sa *sa)
{
    sa->v2->want_rekey = true;
    ike_sa_touch(sa);
}

static void retry(struct ike_sa *sa)
{
    struct ikev2_sa *v2 = sa->v2;

    v2->retry_us = v2->child_retry_us = sa->env->now_us;
    v2->refusals = v2->child_refusals = v2->new_refusals = 0;
    v2->groups_refused = v2->child_groups_refused = 0;
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        pair->retry_us = sa->env->now_us;
        pair->refusals = 0;
    }
    ike_sa_touch(sa);
}

/* Half of the time between when it should be rekeyed and its end. */
static uint64_t half_way(uint64_t rekey_us, uint64_t expire_us)
{
    return rekey_us + (expire_us - MIN(expire_us, rekey_us)) / 2;
}

/* That helps where PFS is another at both ends, too: the child of an IKE_AUTH has none. A peer that
 * forwards and does not answer may have forgotten this IKE SA, not its ESP SAs: a new call is
 * answered, and nothing has ended before. */
static uint64_t overdue_at(const struct ike_sa *sa)
{
    uint64_t at = half_way(sa->rekey_us, sa->expire_us);
    bool live = false;

    if (sa->v2->reauth_us)
        at = MIN(at, sa->v2->reauth_us);
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        live = live || pair->state == IKE_PAIR_LIVE;
        if (pair->state == IKE_PAIR_LIVE && pair->refusals)
            at = MIN(at, half_way(pair->rekey_us, pair->expire_us));
    }
    if (sa->v2->outworn || sa->v2->mute ||
        (!live && sa->had_pair && sa->v2->new_refusals >= REFUSALS_ENOUGH))
        return 0;
    return at;
}

/* Make before break: the old one goes now that the new one works. */
static void pair_carries(struct ike_sa *sa, struct ike_pair *pair)
{
    struct ike_pair *old = pair->replaces ? ike_pair_find(&sa->pairs, pair->replaces) : NULL;

    sa->v2->child_refusals = sa->v2->new_refusals = 0;
    sa->had_pair = true;
    if (old)
        old->state = IKE_PAIR_CLOSING;
}

static void pair_refused(struct ike_sa *sa, struct ike_pair *pair)
{
    uint64_t pause = ike_jitter(sa->env, IKE_SECOND << MIN(sa->v2->child_refusals, 5U), 20);

    sa->v2->child_refusals++;
    sa->v2->child_retry_us = sa->env->now_us + pause;
    ike_pair_refused(pair, sa->v2->child_retry_us);
}

static void resume(struct ike_sa *sa)
{
    struct ikev2_request *q = &sa->v2->request;
    uint64_t now = sa->env->now_us;

    sa->heard_us = now;
    sa->v2->asked_us = sa->v2->suspect_us = 0;
    if (q->task != IKEV2_TASK_NONE) {
        q->first_us = now;
        q->next_us = now + RESUME_AFTER;
        q->pause_us = MIN(q->pause_us, IKE_SECOND);
        q->sends = 1;
    }
    ike_sa_touch(sa);
}

const struct ike_version ikev2_version = {
    .call = ikev2_call,
    .run = run,
    .close = ikev2_close,
    .rekey = rekey,
    .retry = retry,
    .set_lifetime = ikev2_set_lifetime,
    .overdue_at = overdue_at,
    .doubt = ikev2_doubt,
    .recall = recall,
    .pair_carries = pair_carries,
    .pair_refused = pair_refused,
    .esp_moved = ikev2_esp_moved,
    .resume = resume,
    .judge = judge,
    .free = ikev2_sa_free,
};
