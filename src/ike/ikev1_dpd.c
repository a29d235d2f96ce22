#include "ikev1_internal.h"

/* Dead peer detection (RFC 3706): a question with a number, asked again until it is answered or the
 * peer counts as dead. What comes of it is kept for the tunnel, over rekeys. */

#define NAT_PAUSE     (20 * IKE_SECOND)
#define FIRST_PAUSE   (300 * IKE_MS)
#define PAUSE_MOST    (1 * IKE_SECOND)
#define PAUSE_MAX     (10 * IKE_SECOND)
#define ASK_EVERY     4U /* idle limits */
#define PLANE_ANSWERS (1 * IKE_SECOND)
#define DEAD_AFTER    (60 * IKE_SECOND) /* without a limit of the tunnel's */

static bool may_ask(const struct ike_sa *sa)
{
    return sa->v1->vendors & IKE1_VENDOR_DPD;
}

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

uint64_t ikev1_dpd_due(const struct ike_sa *sa)
{
    uint64_t limit = idle_limit(sa);
    uint64_t asked_us = MAX(sa->peer->liveness_asked_us, sa->established_us);

    if (!may_ask(sa) || !limit || sa->v1->dpd.active)
        return IKE_NEVER;
    return MIN(sa->heard_us + limit, asked_us + ASK_EVERY * limit);
}

static int send(struct ike_sa *sa, uint16_t type, uint32_t sequence)
{
    uint8_t spis[2 * IKE_SPI_LEN], number[4];

    wire_store_be64(spis, sa->spi_i);
    wire_store_be64(spis + IKE_SPI_LEN, sa->spi_r);
    wire_store_be32(number, sequence);
    ikev1_out_begin_hashed(sa, IKE1_EXCHANGE_INFORMATIONAL, ikev1_new_message_id(sa));
    ike1_put_notify(&sa->v1->ikev1->out, IKE_PROTOCOL_IKE, type, crypto_span(spis, sizeof(spis)),
                    crypto_span(number, sizeof(number)));
    return ikev1_send_informational(sa);
}

static void lost(struct ike_sa *sa)
{
    sa->peer->liveness.lost++;
    ike_act_liveness(sa->env, sa->peer->config.id);
}

static void ask(struct ike_sa *sa)
{
    struct ikev1_dpd *dpd = &sa->v1->dpd;
    struct endpoint usual = sa->remote;

    if (dpd->sends++)
        lost(sa);
    if (sa->v1->probe.addr.family && dpd->sends % 2 == 0)
        sa->remote = sa->v1->probe; /* ESP came from there: perhaps IKE does, too */
    (void)!send(sa, IKE1_NOTIFY_R_U_THERE, dpd->sequence);
    sa->remote = usual;
    dpd->next_us = sa->env->now_us + ike_jitter(sa->env, dpd->pause_us, 10);
    dpd->pause_us = MIN(dpd->pause_us * 17 / 10, PAUSE_MAX);
}

void ikev1_dpd_send(struct ike_sa *sa)
{
    struct ikev1_dpd *dpd = &sa->v1->dpd;

    sa->v1->want_liveness = false;
    if (!may_ask(sa) || dpd->active)
        return;
    sa->peer->liveness_asked_us = sa->env->now_us;
    if (!dpd->sequence)
        dpd->sequence = (uint32_t)ike_random_u64(sa->env) >> 1; /* RFC 3706, 6.2 */
    dpd->sequence++;
    dpd->active = true;
    dpd->sends = 0;
    dpd->first_us = sa->env->now_us;
    dpd->pause_us = MAX(sa->peer->liveness_pause_us, FIRST_PAUSE);
    ask(sa);
    ike_sa_touch(sa);
}

void ikev1_dpd_answer(struct ike_sa *sa, const struct ike1_notify *question)
{
    if (question->data.len == 4)
        (void)!send(sa, IKE1_NOTIFY_R_U_THERE_ACK, wire_load_be32(question->data.data));
}

void ikev1_dpd_answered(struct ike_sa *sa, const struct ike1_notify *answer)
{
    struct ikev1_dpd *dpd = &sa->v1->dpd;
    struct ike_liveness *l = &sa->peer->liveness;
    uint64_t took_us = MAX(sa->env->now_us - dpd->first_us, 1U), pause_us = dpd->pause_us;

    if (!dpd->active || answer->data.len != 4 || wire_load_be32(answer->data.data) != dpd->sequence)
        return;
    dpd->active = false;
    sa->v1->asked_us = sa->v1->suspect_us = 0;
    l->answered++;
    if (dpd->sends == 1) {
        l->timed++;
        l->time_us += took_us;
        l->last_us = (uint32_t)MIN(took_us, UINT32_MAX);
        pause_us = took_us * 2;
    }
    sa->peer->liveness_pause_us = MIN(pause_us, PAUSE_MOST);
    ike_act_liveness(sa->env, sa->peer->config.id);
}

/* ---- the end ---- */

static uint64_t dead_at(const struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->peer->config;
    uint64_t limit = c->dpd_timeout_s * IKE_SECOND, first_us = sa->v1->dpd.first_us, at;

    if (!c->dpd || !limit)
        at = first_us + DEAD_AFTER;
    else
        at = MAX(sa->heard_us + limit, first_us + MIN(limit / 2, 5 * IKE_SECOND));
    return sa->v1->suspect_us ? MIN(at, sa->v1->suspect_us) : at;
}

/* The peer's IKE may be down while its data plane forwards: ours is asked before the end. */
void ikev1_dpd_run(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->env->now_us;

    if (!sa->v1->dpd.active)
        return;
    if (now >= sa->v1->dpd.next_us)
        ask(sa);
    *deadline = MIN(*deadline, sa->v1->dpd.next_us);
    if (now < dead_at(sa)) {
        *deadline = MIN(*deadline, dead_at(sa));
    } else if (!sa->v1->asked_us) {
        sa->v1->asked_us = now;
        ike_act_query(sa->env, sa->peer->config.id);
        *deadline = MIN(*deadline, now + PLANE_ANSWERS);
    } else if (now >= sa->v1->asked_us + PLANE_ANSWERS) {
        lost(sa);
        ikev1_give_up(sa, WORDS_IKE_PEER_DEAD);
    } else {
        *deadline = MIN(*deadline, sa->v1->asked_us + PLANE_ANSWERS);
    }
}

/* ESP that came after our question was first asked is a sign of life. */
void ikev1_dpd_judge(struct ike_sa *sa)
{
    struct ikev1_dpd *dpd = &sa->v1->dpd;
    uint64_t now = sa->env->now_us;
    uint64_t since = sa->v1->suspect_us ? sa->v1->hint_us : dpd->first_us;

    if (!sa->v1->asked_us)
        return;
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        if (ike_pair_is_usable(pair) && pair->idle_ms < (now - since) / IKE_MS) {
            sa->heard_us = now - pair->idle_ms * IKE_MS;
            dpd->first_us = now;
            sa->v1->asked_us = sa->v1->suspect_us = 0;
            ikev1_log_peer(sa, IKE_LOG_WARNING, WORDS_NEGOTIATION_ESP_GOES_ON);
            ike_sa_touch(sa);
            return;
        }
    }
    ikev1_give_up(sa, WORDS_IKE_PEER_DEAD);
}
