#include "ikev1_internal.h"

/* What begins and ends the life of an IKE SA. */

#define CLOSING_TIME (2 * IKE_SECOND)
#define SUSPICION    (5 * IKE_SECOND) /* after a hint that the peer lost its state */
#define HINT_PAUSE   (10 * IKE_SECOND)

void ikev1_call_failed(struct ike_sa *sa, unsigned attempts_min)
{
    struct ike_event event = {.kind = IKE_EVENT_CALL_FAILED, .attempts_min = attempts_min};
    struct ike_peer *peer = sa->peer;

    ike_sa_kill(sa);
    peer->hear(peer, &event);
}

/* Negotiated to the smaller one. Whoever called rekeys somewhat earlier: mostly one of both begins.
 */
void ikev1_set_lifetime(struct ike_sa *sa)
{
    uint64_t seconds = sa->peer->config.ike_lifetime_s, life, margin;

    if (sa->v1->peer_lifetime_s)
        seconds = MIN(seconds, sa->v1->peer_lifetime_s);
    life = seconds * IKE_SECOND;
    margin = ike_jitter(sa->env, life / 100 * (sa->initiator ? 14 : 6), 30);
    sa->rekey_us = sa->made_us + life - margin;
    sa->expire_us = sa->made_us + life;
}

static bool replaces_living(const struct ike_sa *sa)
{
    const struct ike_sa *lead = sa->peer->lead;

    return lead && lead != sa && lead->version == sa->version &&
           lead->config_epoch == sa->config_epoch && lead->established_us < sa->began_us;
}

void ikev1_establish(struct ike_sa *sa)
{
    struct ikev1_sa *v1 = sa->v1;

    (void)ike_sa_move(sa, IKE_SA_PROVE);
    sa->established_us = sa->made_us = sa->heard_us = sa->env->now_us;
    ikev1_set_half_open(sa, false);
    ikev1_set_lifetime(sa);
    buf_done(&v1->ke_i);
    buf_done(&v1->ke_r);
    buf_done(&v1->sa_body);
    buf_done(&v1->peer_id);
    crypto_dh_free(v1->dh);
    v1->dh = NULL;
    crypto_wipe(v1->shared, sizeof(v1->shared));
    crypto_wipe(v1->keys.skeyid, sizeof(v1->keys.skeyid));
    if (replaces_living(sa))
        ike_tell(sa->peer, IKE_EVENT_IKE_REKEYED, NULL);
    ike_tell(sa->peer, IKE_EVENT_ESTABLISHED, NULL);
    ikev1_log_established(sa);
    ike_sa_authenticated(sa);
}

/* The peer is told of its pairs, too: that they end with it is our reading of the RFC, not
 * everybody's. */
void ikev1_close(struct ike_sa *sa)
{
    if (sa->state == IKE_SA_CLOSING || sa->state == IKE_SA_DEAD)
        return;
    if (!ike_sa_is_live(sa) && sa->state != IKE_SA_REPLACED) {
        ike_sa_kill(sa);
        return;
    }
    list_for_each (pair, &sa->pairs, struct ike_pair, link)
        ikev1_delete_pair(sa, pair);
    ikev1_log_sa(sa, WORDS_NEGOTIATION_IKE_DELETED);
    if (!ike_sa_move(sa, IKE_SA_CLOSE)) {
        ike_sa_kill(sa);
        return;
    }
    sa->expire_us = sa->env->now_us + CLOSING_TIME;
    ike_pairs_end(&sa->pairs, CLOSING_TIME);
}

/* Unprotected, so never proof; but a reason to look. Whoever cannot be asked is called. */
void ikev1_doubt(struct ike_sa *sa)
{
    uint64_t now = sa->env->now_us;

    if (!ike_sa_is_live(sa) || (sa->v1->hint_us && now - sa->v1->hint_us < HINT_PAUSE))
        return;
    if (!sa->v1->hint_us)
        ikev1_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_HINT);
    sa->v1->hint_us = now;
    if (sa->v1->vendors & IKE1_VENDOR_DPD) {
        sa->v1->suspect_us = now + SUSPICION;
        sa->v1->want_liveness = true;
    } else {
        sa->v1->outworn = true;
        ike_peer_touch(sa->peer);
    }
    ike_sa_touch(sa);
}

void ikev1_give_up(struct ike_sa *sa, enum words_code why)
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

/* Behind a NAT ourselves we follow only a peer that is, too: else whoever sits between could turn
 * our traffic away by one packet sent on from elsewhere. From port 500 nothing comes after the
 * float but what was on its way. */
void ikev1_alive(struct ike_sa *sa)
{
    const struct endpoint *from = &sa->v1->ikev1->in_remote;

    sa->heard_us = sa->env->now_us;
    sa->v1->suspect_us = sa->v1->asked_us = 0;
    sa->v1->probe = (struct endpoint){0};
    ike_sa_touch(sa);
    if (!ike_sa_is_live(sa) || endpoint_equal(&sa->remote, from) ||
        sa->v1->ikev1->in_local.port != IKE_PORT_NATT || (sa->nat_local && !sa->nat_remote))
        return;
    sa->remote = *from;
    ikev1_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_PEER_MOVED);
    ike_pairs_moved(&sa->pairs, from);
    ike_peer_touch(sa->peer);
}
