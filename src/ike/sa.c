#include "ike_internal.h"

#include <stdlib.h>

/* The life of an IKE SA. ike_sa_run() is where time passes for it. */

#define CLOSING_TIME     (8 * IKE_SECOND)
#define PLANE_ANSWERS    (1 * IKE_SECOND) /* to the question whether ESP still comes */
#define SUSPICION        (5 * IKE_SECOND) /* after a hint that the peer lost its state */
#define HINT_PAUSE       (10 * IKE_SECOND)
#define DEAD_WITHOUT_DPD (60 * IKE_SECOND)

#define FIRST_EXCHANGE_SENDS 9

uint64_t ike_sa_local_spi(const struct ike_sa *sa)
{
    return sa->initiator ? sa->spi_i : sa->spi_r;
}

static struct list *bucket(const struct ike *ike, uint64_t spi)
{
    /* Local SPIs are random: their low bits do. */
    return (struct list *)(uintptr_t)&ike->buckets[spi % IKE_SA_BUCKETS];
}

struct ike_sa *ike_sa_find(const struct ike *ike, uint64_t local_spi)
{
    list_for_each (sa, bucket(ike, local_spi), struct ike_sa, link) {
        if (ike_sa_local_spi(sa) == local_spi && sa->state != IKE_SA_DEAD)
            return sa;
    }
    return NULL;
}

struct ike_sa *ike_sa_find_pair(const struct ike *ike, bool initiator, uint64_t spi_i,
                                uint64_t spi_r)
{
    list_for_each (sa, bucket(ike, initiator ? spi_i : spi_r), struct ike_sa, link) {
        if (sa->initiator == initiator && sa->spi_i == spi_i && sa->spi_r == spi_r &&
            sa->state != IKE_SA_DEAD)
            return sa;
    }
    return NULL;
}

uint64_t ike_sa_new_spi(struct ike *ike)
{
    uint64_t spi;

    do
        spi = ike_random_u64(ike);
    while (spi == 0 || ike_sa_find(ike, spi));
    return spi;
}

int ike_sa_new(struct ike *ike, struct ike_tunnel *tunnel, bool initiator, uint64_t local_spi,
               const struct endpoint *local, const struct endpoint *remote, struct ike_sa **ret)
{
    struct ike_sa *sa;
    int r = ike_timers_reserve(&ike->timers, ike->n_sas + ike->n_tunnels + 1);

    if (r < 0)
        return r;
    sa = calloc(1, sizeof(*sa));
    if (!sa)
        return -ENOMEM;
    sa->ike = ike;
    sa->initiator = initiator;
    *(initiator ? &sa->spi_i : &sa->spi_r) = local_spi;
    sa->state = initiator ? IKE_SA_INIT_SENT : IKE_SA_INIT_ANSWERED;
    sa->local = *local;
    sa->remote = *remote;
    sa->began_us = sa->made_us = sa->heard_us = ike->now_us;
    sa->tie = sa->spi_i;
    sa->begun_by_us = initiator;
    list_init(&sa->tunnel_link);
    list_init(&sa->half_link);
    list_init(&sa->dirty_link);
    list_init(&sa->children);
    list_append(bucket(ike, local_spi), &sa->link);
    ike->n_sas++;
    if (tunnel)
        ike_sa_attach(sa, tunnel);
    ike_sa_touch(sa);
    *ret = sa;
    return 0;
}

void ike_sa_free(struct ike_sa *sa)
{
    if (!sa)
        return;
    list_for_each_safe (child, &sa->children, struct ike_child, link) {
        list_remove(&child->link);
        crypto_wipe(child, sizeof(*child));
        free(child);
    }
    ike_sa_set_half_open(sa, false);
    ike_request_done(sa);
    ike_timers_cancel(&sa->ike->timers, &sa->timer);
    list_remove(&sa->link);
    list_remove(&sa->tunnel_link);
    list_remove(&sa->dirty_link);
    sa->ike->n_sas--;
    ike_sk_free(sa->sk);
    crypto_dh_free(sa->dh);
    buf_done(&sa->init_request);
    buf_done(&sa->init_response);
    buf_done(&sa->response);
    crypto_wipe(sa, sizeof(*sa));
    free(sa);
}

void ike_sa_attach(struct ike_sa *sa, struct ike_tunnel *tunnel)
{
    list_remove(&sa->tunnel_link);
    sa->tunnel = tunnel;
    sa->config_epoch = tunnel->ike_epoch;
    sa->config = tunnel->config.config;
    list_append(&tunnel->sas, &sa->tunnel_link);
    ike_tunnel_touch(tunnel);
}

void ike_sa_set_half_open(struct ike_sa *sa, bool half_open)
{
    if (sa->counted == half_open)
        return;
    sa->counted = half_open;
    if (half_open) {
        sa->ike->n_half_open++;
        list_append(&sa->ike->half_open, &sa->half_link);
    } else {
        sa->ike->n_half_open--;
        list_remove(&sa->half_link);
    }
}

void ike_sa_touch(struct ike_sa *sa)
{
    if (list_empty(&sa->dirty_link))
        list_append(&sa->ike->dirty_sas, &sa->dirty_link);
}

bool ike_sa_is_live(const struct ike_sa *sa)
{
    return sa->state == IKE_SA_ESTABLISHED;
}

static void remove_children(struct ike_sa *sa, uint64_t grace_us)
{
    list_for_each_safe (child, &sa->children, struct ike_child, link)
        ike_child_remove(sa, child, grace_us);
}

void ike_sa_kill(struct ike_sa *sa)
{
    if (sa->state == IKE_SA_DEAD)
        return;
    sa->state = IKE_SA_DEAD; /* first: its children do not count as alternatives to each other */
    remove_children(sa, IKE_GRACE);
    ike_sa_touch(sa);
    if (sa->tunnel)
        ike_tunnel_touch(sa->tunnel);
}

void ike_sa_close(struct ike_sa *sa)
{
    if (sa->state == IKE_SA_CLOSING || sa->state == IKE_SA_DEAD)
        return;
    if (sa->state != IKE_SA_ESTABLISHED && sa->state != IKE_SA_REPLACED) {
        ike_sa_kill(sa); /* nothing was agreed yet */
        return;
    }
    if (sa->state == IKE_SA_ESTABLISHED) /* one that was replaced goes without a word */
        ike_log_ike_sa(sa, WORDS_NEGOTIATION_IKE_DELETED);
    sa->state = IKE_SA_CLOSING;
    sa->expire_us = sa->ike->now_us + CLOSING_TIME;
    remove_children(sa, CLOSING_TIME); /* our DELETE may be lost: until it arrives the peer sends */
    ike_sa_touch(sa);
    if (sa->tunnel)
        ike_tunnel_touch(sa->tunnel);
}

/* We rekey somewhat earlier than a peer of the same lifetime whom we answered: mostly one of both
 * begins. */
void ike_sa_set_lifetime(struct ike_sa *sa)
{
    uint64_t life = sa->tunnel->config.ike_lifetime_s * IKE_SECOND;
    uint64_t margin = ike_jitter(sa->ike, life / 100 * (sa->initiator ? 14 : 6), 30);

    sa->rekey_us = sa->made_us + life - margin;
    sa->expire_us = sa->made_us + life;
}

void ike_sa_establish(struct ike_sa *sa)
{
    struct ike_tunnel *tunnel = sa->tunnel;

    if (sa->initiator)
        ike_answer_proved(sa);
    sa->state = IKE_SA_ESTABLISHED;
    sa->established_us = sa->made_us = sa->heard_us = sa->ike->now_us;
    ike_sa_set_half_open(sa, false);
    ike_sa_set_lifetime(sa);
    buf_done(&sa->init_request);
    buf_done(&sa->init_response);
    crypto_dh_free(sa->dh);
    sa->dh = NULL;
    crypto_wipe(sa->keys.pi, sizeof(sa->keys.pi));
    crypto_wipe(sa->keys.pr, sizeof(sa->keys.pr));
    tunnel->attempts = 0;
    ike_tunnel_succeeded(tunnel);
    tunnel->heard = 0;
    ike_log_established(sa);
    ike_sa_touch(sa);
    ike_tunnel_touch(tunnel);
}

/* Unprotected, so never proof; but a reason to look (2.21.4). */
void ike_sa_hint(struct ike_sa *sa)
{
    uint64_t now = sa->ike->now_us;

    if (!ike_sa_is_live(sa) || (sa->hint_us && now - sa->hint_us < HINT_PAUSE))
        return;
    if (!sa->hint_us)
        ike_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_HINT);
    sa->hint_us = now;
    sa->suspect_us = now + SUSPICION;
    sa->want_liveness = true;
    ike_sa_touch(sa);
}

void ike_sa_give_up(struct ike_sa *sa, enum words_code why)
{
    struct ike_tunnel *tunnel = sa->tunnel;
    char peer[ENDPOINT_TEXT_MAX];
    struct words_arg arg = words_from_text(endpoint_format(&sa->remote, peer));
    struct words m = {.code = why, .count = 1, .args = &arg};
    bool was_best = tunnel && ike_tunnel_best(tunnel) == sa;

    ike_sa_kill(sa);
    if (!was_best) {
        if (tunnel)
            ike_tunnel_note(tunnel, IKE_LOG_WARNING, &m);
        return;
    }
    ike_tunnel_fail(tunnel, &m);
    tunnel->keep_initiating = tunnel->config.initiate && !tunnel->config.dpd_clear;
    tunnel->attempts = 0;
    tunnel->attempt_us = sa->ike->now_us;
}

/* When an unanswered request means that the peer is dead. */
static uint64_t dead_at(const struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    uint64_t limit = c->dpd_timeout_s * IKE_SECOND;
    uint64_t at;

    if (!c->dpd || !limit)
        at = sa->request.first_us + DEAD_WITHOUT_DPD;
    else
        at = MAX(sa->heard_us + limit, sa->request.first_us + MIN(limit / 2, 5 * IKE_SECOND));
    return sa->suspect_us ? MIN(at, sa->suspect_us) : at;
}

/* The peer's IKE may be down while its data plane forwards: ask ours before the end. */
static void run_dead_check(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->ike->now_us, at = dead_at(sa);

    if (now < at) {
        *deadline = MIN(*deadline, at);
    } else if (!sa->asked_us) {
        sa->asked_us = now;
        ike_act_query(sa->tunnel);
        *deadline = MIN(*deadline, now + PLANE_ANSWERS);
    } else if (now >= sa->asked_us + PLANE_ANSWERS) {
        if (ike_liveness_lost(sa))
            ike_act_liveness(sa->tunnel);
        ike_sa_give_up(sa, WORDS_IKE_PEER_DEAD);
    } else {
        *deadline = MIN(*deadline, sa->asked_us + PLANE_ANSWERS);
    }
}

/* A call listens on while an answer is tried, and for a while in any case. */
static void run_call(struct ike_sa *call, uint64_t *deadline)
{
    struct ike_request *q = &call->request;
    uint64_t now = call->ike->now_us;
    char peer[ENDPOINT_TEXT_MAX];

    if (!call->give_up_us && q->sends >= FIRST_EXCHANGE_SENDS && now >= q->next_us) {
        ike_tunnel_fail(call->tunnel, SAY(IKE_NO_ANSWER, endpoint_format(&call->remote, peer),
                                          &call->local.addr));
        ike_call_end(call);
    } else if (call->give_up_us && now >= call->give_up_us && !ike_call_has_answers(call)) {
        ike_call_end(call); /* it was said why */
    } else {
        if (call->give_up_us > now)
            *deadline = call->give_up_us;
        if (q->task == IKE_TASK_NONE)
            return;
        if (now >= q->next_us)
            ike_request_resend(call);
        *deadline = MIN(*deadline, q->next_us);
    }
}

/* IKE_AUTH is under way. */
static void run_answer(struct ike_sa *sa, uint64_t *deadline)
{
    struct ike_request *q = &sa->request;
    char peer[ENDPOINT_TEXT_MAX];

    if (sa->ike->now_us >= q->next_us) {
        if (q->sends >= FIRST_EXCHANGE_SENDS) {
            if (sa->replaces || !ike_tunnel_best(sa->tunnel))
                ike_tunnel_fail(sa->tunnel,
                                SAY(IKE_NO_ANSWER_TO_AUTH, endpoint_format(&sa->remote, peer)));
            ike_answer_failed(sa, 0);
            return;
        }
        ike_request_resend(sa);
    }
    *deadline = q->next_us;
}

static void run_outstanding(struct ike_sa *sa, uint64_t *deadline)
{
    struct ike_request *q = &sa->request;

    if (q->next_us <= sa->ike->now_us)
        ike_request_resend(sa);
    *deadline = MIN(*deadline, q->next_us);
    if (sa->state == IKE_SA_ESTABLISHED)
        run_dead_check(sa, deadline);
}

/* The next request of an SA that is free to send one: what is most urgent. Returns after one. */
static void pick_request(struct ike_sa *sa, uint64_t *deadline)
{
    struct ike_tunnel *tunnel = sa->tunnel;
    uint64_t now = sa->ike->now_us;
    bool best = ike_tunnel_best(tunnel) == sa;

    if (now < sa->quiet_us) {
        *deadline = MIN(*deadline, sa->quiet_us);
        return;
    }
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (child->state == IKE_CHILD_CLOSING) {
            ike_delete_child_send(sa, child);
            return;
        }
    }
    if (best && (sa->want_rekey || now >= sa->rekey_us) && now >= sa->retry_us) {
        ike_rekey_ike_send(sa);
        return;
    }
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (best && ike_child_wants_rekey(sa, child) && now >= child->retry_us) {
            ike_create_child_send(sa, child);
            return;
        }
    }
    if (sa->want_child && now >= sa->child_retry_us) {
        ike_create_child_send(sa, NULL);
        return;
    }
    if (sa->want_liveness || now >= ike_liveness_due(sa))
        ike_liveness_send(sa);
}

/* When pick_request() may find something that it did not find now. */
static void idle_deadline(const struct ike_sa *sa, uint64_t *deadline)
{
    ike_lower_deadline(sa->ike, deadline,
                       sa->want_rekey ? sa->retry_us : MAX(sa->rekey_us, sa->retry_us));
    if (sa->want_child)
        ike_lower_deadline(sa->ike, deadline, sa->child_retry_us);
    ike_lower_deadline(sa->ike, deadline, ike_liveness_due(sa));
}

/* An SA without a child makes one, if it is for us to begin. */
static void update_want_child(struct ike_sa *sa)
{
    bool ours = sa->begun_by_us || sa->tunnel->keep_initiating;
    bool has_child = false;

    list_for_each (child, &sa->children, struct ike_child, link)
        has_child = has_child || child->state == IKE_CHILD_LIVE;
    sa->want_child =
        ours && !has_child && sa->tunnel->config.admin_up && ike_tunnel_best(sa->tunnel) == sa;
}

static void run_established(struct ike_sa *sa, uint64_t *deadline)
{
    uint64_t now = sa->ike->now_us;
    const struct ike_sa *best = ike_tunnel_best(sa->tunnel);
    bool spare = best != sa && (!best || ike_sa_has_usable_child(best));

    if (sa->close_us && now >= sa->close_us) {
        if (sa->silent_close)
            ike_sa_kill(sa);
        else
            ike_sa_close(sa);
        return;
    }
    if (now >= sa->expire_us || (spare && now >= sa->rekey_us)) {
        ike_tunnel_note(sa->tunnel, IKE_LOG_INFO, SAY(IKE_EXPIRED));
        ike_sa_close(sa);
        return;
    }
    *deadline = MIN(*deadline, sa->expire_us);
    if (sa->close_us)
        *deadline = MIN(*deadline, sa->close_us);
    ike_children_run(sa, deadline);
    update_want_child(sa);
    if (sa->request.task == IKE_TASK_NONE)
        pick_request(sa, deadline);
    if (sa->request.task != IKE_TASK_NONE)
        run_outstanding(sa, deadline);
    else
        idle_deadline(sa, deadline);
}

static void run_closing(struct ike_sa *sa, uint64_t *deadline)
{
    if (sa->ike->now_us >= sa->expire_us) {
        ike_sa_kill(sa);
        return;
    }
    *deadline = MIN(*deadline, sa->expire_us);
    if (sa->request.task == IKE_TASK_NONE)
        ike_delete_sa_send(sa);
    if (sa->request.task != IKE_TASK_NONE)
        run_outstanding(sa, deadline);
}

void ike_sa_run(struct ike_sa *sa)
{
    uint64_t deadline = IKE_NEVER, now = sa->ike->now_us;

    if (sa->state != IKE_SA_DEAD && sa->ike->plane_up) {
        switch (sa->state) {
        case IKE_SA_INIT_SENT:
            run_call(sa, &deadline);
            break;
        case IKE_SA_AUTH_SENT:
            run_answer(sa, &deadline);
            break;
        case IKE_SA_INIT_ANSWERED:
            deadline = sa->made_us + IKE_HALF_OPEN;
            if (now >= deadline)
                ike_sa_kill(sa);
            break;
        case IKE_SA_ESTABLISHED:
            run_established(sa, &deadline);
            break;
        case IKE_SA_REPLACED:
            deadline = sa->close_us;
            if (now >= deadline)
                ike_sa_kill(sa);
            break;
        case IKE_SA_CLOSING:
            run_closing(sa, &deadline);
            break;
        default:
            break;
        }
    }
    if (sa->state == IKE_SA_DEAD)
        ike_sa_free(sa);
    else
        ike_timers_set(&sa->ike->timers, &sa->timer, deadline);
}
