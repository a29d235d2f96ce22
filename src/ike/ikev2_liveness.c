#include "ikev2_internal.h"

/* Liveness (1.4, 2.4): an empty INFORMATIONAL asks whether the peer is there. What comes of it is
 * kept for the tunnel, over rekeys: how many transmissions were answered, and how long that took.
 */

#define NAT_PAUSE  (20 * IKE_SECOND)
#define PAUSE_MOST (1 * IKE_SECOND) /* a dead peer is to be noticed after several transmissions */
#define ASK_EVERY  4U               /* idle limits */

/* For how long nothing may be heard before we ask; 0 = for ever. Behind a NAT we ask in any case,
 * or it forgets us (RFC 3948, 4). */
static uint64_t idle_limit(const struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->peer->config;
    uint64_t limit = c->dpd ? c->dpd_interval_s * IKE_SECOND : 0;

    if (sa->nat_local)
        limit = limit ? MIN(limit, NAT_PAUSE) : NAT_PAUSE;
    return limit;
}

/* A peer that asks more often than we do is never silent: then we ask now and then all the same, or
 * nobody here would know how far away it is. */
uint64_t ikev2_liveness_due(const struct ike_sa *sa)
{
    uint64_t limit = idle_limit(sa);
    uint64_t asked_us = MAX(sa->peer->liveness_asked_us, sa->established_us);

    return limit ? MIN(sa->heard_us + limit, asked_us + ASK_EVERY * limit) : IKE_NEVER;
}

/* Where answers take longer than the usual pause, it has to be longer; else every request would be
 * sent again and no answer would tell a time. */
uint64_t ikev2_liveness_pause(const struct ike_sa *sa)
{
    return MAX(sa->peer->liveness_pause_us, IKEV2_LATER_PAUSE);
}

void ikev2_liveness_lost(struct ike_sa *sa)
{
    if (sa->v2->request.task != IKEV2_TASK_LIVENESS || !sa->v2->request.sends)
        return;
    sa->peer->liveness.lost++;
    ike_act_liveness(sa->env, sa->peer->config.id);
}

/* After an exchange that tells no time the next one keeps the pause that this one had come to, as
 * Karn and Partridge have it: so even a far peer is measured at some time. */
void ikev2_liveness_answered(struct ike_sa *sa)
{
    struct ike_liveness *l = &sa->peer->liveness;
    const struct ikev2_request *q = &sa->v2->request;
    uint64_t took_us = MAX(sa->env->now_us - q->first_us, 1U), pause_us = q->pause_us;

    l->answered++;
    if (q->sends == 1) {
        l->timed++;
        l->time_us += took_us;
        l->last_us = (uint32_t)MIN(took_us, UINT32_MAX);
        pause_us = took_us * 2;
    }
    sa->peer->liveness_pause_us = MIN(pause_us, PAUSE_MOST);
    ike_act_liveness(sa->env, sa->peer->config.id);
}
