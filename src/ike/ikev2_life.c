#include "ikev2_internal.h"

/* What begins and ends the life of an IKE SA. */

#define CLOSING_TIME (8 * IKE_SECOND)
#define SUSPICION    (5 * IKE_SECOND) /* after a hint that the peer lost its state */
#define HINT_PAUSE   (10 * IKE_SECOND)
#define DENIAL       (1 * IKE_SECOND) /* the same, of one that the peer may have forgotten */

void ikev2_close(struct ike_sa *sa)
{
    if (sa->state == IKE_SA_CLOSING || sa->state == IKE_SA_DEAD)
        return;
    if (!ike_sa_is_live(sa) && sa->state != IKE_SA_REPLACED && !sa->v2->auth_failed) {
        ike_sa_kill(sa); /* nothing was agreed yet */
        return;
    }
    if (ike_sa_is_live(sa)) /* one that was replaced goes without a word */
        ikev2_log_ike_sa(sa, WORDS_NEGOTIATION_IKE_DELETED);
    if (!ike_sa_move(sa, IKE_SA_CLOSE)) {
        ike_sa_kill(sa);
        return;
    }
    sa->expire_us = sa->env->now_us + CLOSING_TIME;
    /* Our DELETE may be lost: until it arrives the peer sends. */
    ike_pairs_end(&sa->pairs, CLOSING_TIME);
}

/* We rekey somewhat earlier than a peer of the same lifetime whom we answered: mostly one of both
 * begins. */
void ikev2_set_lifetime(struct ike_sa *sa)
{
    uint64_t life = sa->peer->config.ike_lifetime_s * IKE_SECOND;
    uint64_t margin = ike_jitter(sa->env, life / 100 * (sa->initiator ? 14 : 6), 30);

    sa->rekey_us = sa->made_us + life - margin;
    sa->expire_us = sa->made_us + life;
    if (sa->v2->auth_end_us)
        sa->expire_us = MIN(sa->expire_us, sa->v2->auth_end_us);
}

void ikev2_establish(struct ike_sa *sa)
{
    if (sa->initiator)
        ikev2_answer_proved(sa);
    (void)ike_sa_move(sa, IKE_SA_PROVE);
    sa->established_us = sa->made_us = sa->heard_us = sa->env->now_us;
    ikev2_set_half_open(sa, false);
    ikev2_cert_set_end(sa);
    ikev2_set_lifetime(sa);
    buf_done(&sa->v2->init_request);
    buf_done(&sa->v2->init_response);
    ikev2_answers_forget(sa);
    ikev2_intermediate_end(sa);
    crypto_wipe(sa->v2->keys.pi, sizeof(sa->v2->keys.pi));
    crypto_wipe(sa->v2->keys.pr, sizeof(sa->v2->keys.pr));
    ike_tell(sa->peer, IKE_EVENT_ESTABLISHED, NULL);
    ikev2_log_established(sa);
    ike_sa_authenticated(sa);
    ikev2_cert_warn(sa);
}

/* An SA that came to life meanwhile is not meant (both began at once). */
void ikev2_take_initial_contact(struct ike_sa *sa)
{
    if (!sa->v2->first_contact)
        return;
    sa->v2->first_contact = false;
    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link) {
        if (other != sa && other->state != IKE_SA_CALLING &&
            other->state != IKE_SA_AUTHENTICATING && other->state != IKE_SA_DEAD &&
            other->established_us < sa->made_us) {
            ike_note(sa->peer, IKE_LOG_WARNING, SAY(IKE_PEER_RESTARTED));
            ike_sa_kill(other);
        }
    }
}

/* Unprotected, so never proof; but a reason to look (2.21.4). */
void ikev2_doubt(struct ike_sa *sa)
{
    uint64_t now = sa->env->now_us;

    if (!ike_sa_is_live(sa) || (sa->v2->hint_us && now - sa->v2->hint_us < HINT_PAUSE))
        return;
    if (!sa->v2->hint_us)
        ikev2_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_HINT);
    sa->v2->hint_us = now;
    sa->v2->suspect_us = now + SUSPICION;
    sa->v2->want_liveness = true;
    if (sa->v2->request.task != IKEV2_TASK_NONE) { /* asked in time, and more than once */
        sa->v2->request.next_us = MIN(sa->v2->request.next_us, now);
        sa->v2->request.pause_us = MIN(sa->v2->request.pause_us, IKEV2_LATER_PAUSE);
    }
    ike_sa_touch(sa);
}

void ikev2_deny(struct ike_sa *sa)
{
    ikev2_doubt(sa);
    if (sa->v2->forgotten && sa->v2->suspect_us)
        sa->v2->suspect_us = MIN(sa->v2->suspect_us, sa->env->now_us + DENIAL);
    ike_sa_touch(sa);
}

void ikev2_give_up(struct ike_sa *sa, enum words_code why)
{
    char peer[ENDPOINT_TEXT_MAX];
    struct words_arg arg = words_from_text(endpoint_format(&sa->remote, peer));
    struct words m = {.code = why, .count = 1, .args = &arg};
    struct ike_event event = {
        .kind = IKE_EVENT_LOST, .what = &m, .led = sa->peer && sa->peer->lead == sa};

    ike_sa_kill(sa);
    if (sa->peer)
        sa->peer->hear(sa->peer, &event);
}
