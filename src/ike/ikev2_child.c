#include "ikev2_internal.h"

#include <stdlib.h>

/* The child part of messages, of IKE_AUTH and CREATE_CHILD_SA alike (1.2, 1.3.1, 2.9, 2.17), and
 * the ESP pairs that come of it. */

static int fill_ts(struct ike_message *m, const struct prefix *i, size_t n_i,
                   const struct prefix *r, size_t n_r)
{
    int e = ike_ts_fill(&m->tsi, i, n_i);

    if (e == 0)
        e = ike_ts_fill(&m->tsr, r, n_r);
    ike_message_mark(m, IKE_PAYLOAD_TSI);
    ike_message_mark(m, IKE_PAYLOAD_TSR);
    return e;
}

/* As responder: what is chosen; a notify to answer with, or 0. */
static uint16_t choose_child(struct ike_sa *sa, const struct ikev2_child_answer *answer,
                             struct ike_choice *choice, struct ike_selectors *s)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    const struct ike_tunnel_config *c = &sa->peer->config;
    bool has_ke = ike_message_has(m, IKE_PAYLOAD_KE);
    char why[IKE_WHY_MAX];

    if (ike_choose_child(m, &c->child, c->esn, answer->with_groups, has_ke ? m->ke.group : 0,
                         choice) < 0) {
        ike_explain_mismatch(m, &c->child, answer->with_groups, why, sizeof(why));
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_IPSEC_MISMATCH, words_written(why)));
        return IKE_NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    if (choice->algs.dh && (!has_ke || m->ke.group != choice->algs.dh->id))
        return IKE_NOTIFY_INVALID_KE_PAYLOAD;
    *s = (struct ike_selectors){0};
    s->n_remote = (uint8_t)ike_ts_narrow(&m->tsi, c->remote_ts, c->n_remote_ts, s->remote);
    s->n_local = (uint8_t)ike_ts_narrow(&m->tsr, c->local_ts, c->n_local_ts, s->local);
    if (!s->n_remote || !s->n_local) {
        ikev2_report_selectors(sa, WORDS_IKE_NO_COMMON_SELECTORS);
        return IKE_NOTIFY_TS_UNACCEPTABLE;
    }
    return 0;
}

/* What was agreed on in one exchange. */
struct plan {
    const struct ike_choice *choice;
    struct crypto_span secret;
    struct crypto_span nonce_i; /* i made the request */
    struct crypto_span nonce_r;
    struct crypto_span more; /* secrets of additional key exchanges */
    uint32_t spi_in;
    uint32_t spi_out;
    bool made_by_us;
    const struct ike_selectors *selectors;
};

static struct ike_nonce lower_nonce(struct crypto_span i, struct crypto_span r)
{
    struct ike_nonce a, b;

    ike_nonce_set(&a, i);
    ike_nonce_set(&b, r);
    return ike_nonce_cmp(&b, &a) < 0 ? b : a;
}

/* Derives its keys (2.17), and makes it. */
static int make_pair(struct ike_sa *sa, const struct plan *plan, bool hold_out,
                     struct ike_pair **ret)
{
    const struct ike_algs *algs = &plan->choice->algs;
    struct ike_child_keys keys;
    struct ike_pair_terms terms = {.algs = *algs,
                                   .esn = plan->choice->esn,
                                   .selectors = plan->selectors,
                                   .keys = &keys,
                                   .low_nonce = lower_nonce(plan->nonce_i, plan->nonce_r),
                                   .spi_in = plan->spi_in,
                                   .spi_out = plan->spi_out,
                                   .local = sa->local,
                                   .remote = sa->remote,
                                   .made_by_us = plan->made_by_us,
                                   .hold_out = hold_out};
    int r = ike_derive_child(sa->algs.prf, sa->v2->keys.d, plan->secret, plan->nonce_i,
                             plan->nonce_r, plan->more, algs->encr, algs->integ, &keys);

    if (r == 0)
        r = ike_pair_make(&sa->peer->pairs, &terms, &sa->pairs, &sa->job, ret);
    crypto_wipe(&keys, sizeof(keys));
    return r;
}

/* The key exchange of an answer with PFS: what the choice wants of it. */
static int respond(struct ike_sa *sa, const struct ike_choice *choice,
                   struct ikev2_child_answer *answer, uint8_t *secret)
{
    const struct ike_ke *theirs = &sa->v2->ikev2->in.ke;
    int r;

    if (!choice->algs.dh)
        return 0;
    if (!ikev2_exchange_is_due(sa->peer, choice->algs.dh))
        return -EBUSY;
    r = crypto_dh_respond(choice->algs.dh, &sa->env->random, theirs->data, answer->public, secret);
    if (r == -EBADMSG)
        ike_report_value(sa->peer, IKE_EVENT_FAILED, theirs->group, theirs->data.len);
    return r;
}

static struct crypto_span secret_of(const struct ike_choice *choice, const uint8_t *secret)
{
    return crypto_span(secret, choice->algs.dh ? choice->algs.dh->secret_len : 0);
}

/* Everything of an answer after the choice. */
static int build_answer(struct ike_sa *sa, struct ikev2_child_answer *answer,
                        const struct ike_choice *choice, const struct ike_selectors *s)
{
    struct ike_message *out = &sa->v2->ikev2->out;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    struct plan plan = {.choice = choice,
                        .secret = secret_of(choice, secret),
                        .nonce_i = answer->nonce_i,
                        .nonce_r = answer->nonce_r,
                        .spi_in = ike_pair_new_spi(sa->env),
                        .spi_out = (uint32_t)choice->peer_spi,
                        .selectors = s};
    int r = respond(sa, choice, answer, secret);

    if (r == 0)
        r = ike_answer_proposal(out, choice, IKE_PROTOCOL_ESP, plan.spi_in);
    if (r == 0)
        r = fill_ts(out, s->remote, s->n_remote, s->local, s->n_local);
    if (r == 0)
        r = make_pair(sa, &plan, answer->hold_out, &answer->pair);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

/* Both said where they are and a NAT was found, so the peer had to go on to port 4500 (2.23). */
static void report_stuck(struct ike_sa *sa)
{
    char peer[ENDPOINT_TEXT_MAX], local[ENDPOINT_TEXT_MAX];

    ike_tell(sa->peer, IKE_EVENT_FAILED,
             SAY(IKE_PEER_STAYS_ON_500, endpoint_format(&sa->remote, peer),
                 endpoint_format(&sa->local, local)));
}

uint16_t ikev2_child_answer_request(struct ike_sa *sa, struct ikev2_child_answer *answer)
{
    struct ike_message *out = &sa->v2->ikev2->out;
    struct ike_choice choice;
    struct ike_selectors s;
    uint16_t notify;
    int r;

    if (!ikev2_is_afloat(sa)) {
        report_stuck(sa);
        return IKE_NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    notify = choose_child(sa, answer, &choice, &s);
    r = notify ? 0 : build_answer(sa, answer, &choice, &s);
    if (r < 0) {
        /* Nothing half-made may go out in the answer. */
        out->n_proposals = 0;
        out->present &=
            ~(IKE_BIT(IKE_PAYLOAD_SA) | IKE_BIT(IKE_PAYLOAD_TSI) | IKE_BIT(IKE_PAYLOAD_TSR));
        notify = ikev2_trouble_notify(r);
    }
    return notify;
}

int ikev2_child_propose(struct ike_sa *sa, const struct ike_pair *rekeyed, bool with_groups)
{
    const struct ike_tunnel_config *c = &sa->peer->config;
    struct ike_message *m = &sa->v2->ikev2->out;
    struct ikev2_request *q = &sa->v2->request;
    int r;

    free(q->selectors);
    q->selectors = malloc(sizeof(*q->selectors));
    if (!q->selectors)
        return -ENOMEM;
    ike_offering_next(sa->peer, &sa->pairs, rekeyed, q->selectors);
    q->offer = c->child;
    q->esn = c->esn;
    q->config_epoch = sa->peer->pairs.epoch;
    q->new_spi_in = ike_pair_new_spi(sa->env);
    r = ike_propose_child(m, &q->offer, q->esn, with_groups, q->new_spi_in);
    return r < 0 ? r
                 : fill_ts(m, q->selectors->local, q->selectors->n_local, q->selectors->remote,
                           q->selectors->n_remote);
}

bool ikev2_child_goes_on(struct ike_sa *sa, struct ike_pair *rekeyed)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    const struct ike_selectors *asked = sa->v2->request.selectors;

    if (!n || ikev2_child_is_stale(sa) ||
        (n->type != IKE_NOTIFY_TS_UNACCEPTABLE && n->type != IKE_NOTIFY_SINGLE_PAIR_REQUIRED) ||
        ike_offering_refused(sa->peer, &sa->pairs, rekeyed, asked) == IKE_REFUSED)
        return false;
    *(rekeyed ? &rekeyed->retry_us : &sa->v2->child_retry_us) = sa->env->now_us;
    ike_sa_touch(sa);
    return true;
}

bool ikev2_child_is_stale(const struct ike_sa *sa)
{
    return sa->v2->request.config_epoch != sa->peer->pairs.epoch;
}

void ikev2_child_reject(struct ike_sa *sa, uint32_t spi_in)
{
    if (!ikev2_child_is_stale(sa))
        ike_tell(sa->peer, IKE_EVENT_REFUSED, NULL);
    if (ike_pair_make_closing(&sa->peer->pairs, spi_in, &sa->pairs, &sa->job) < 0)
        return; /* the DELETE follows from that */
    sa->v2->child_refusals++;
    sa->v2->child_retry_us = sa->env->now_us + ike_jitter(sa->env, 10 * IKE_SECOND, 20);
    ike_sa_touch(sa);
}

/* Everything in the answer has to lie inside what we offered (2.9). */
static bool take_selectors(const struct ike_sa *sa, struct ike_selectors *s)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    const struct ike_selectors *asked = sa->v2->request.selectors;

    *s = (struct ike_selectors){0};
    s->n_local = (uint8_t)ike_ts_narrow(&m->tsi, asked->local, asked->n_local, s->local);
    s->n_remote = (uint8_t)ike_ts_narrow(&m->tsr, asked->remote, asked->n_remote, s->remote);
    return s->n_local && s->n_remote && ike_ts_is_within(&m->tsi, asked->local, asked->n_local) &&
           ike_ts_is_within(&m->tsr, asked->remote, asked->n_remote);
}

int ikev2_child_take_response(struct ike_sa *sa, bool with_groups, struct crypto_span nonce_i,
                              struct crypto_span nonce_r, bool hold_out, struct ike_pair **ret)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    const struct ikev2_request *q = &sa->v2->request;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    struct ike_selectors s;
    struct ike_choice choice;
    struct plan plan = {.choice = &choice,
                        .nonce_i = nonce_i,
                        .nonce_r = nonce_r,
                        .spi_in = q->new_spi_in,
                        .made_by_us = true,
                        .selectors = &s};
    int r;

    /* Without a group although we sent a KE: fine, if `none` was among those offered. */
    if (ike_accept_child(m, &q->offer, q->esn, with_groups, &choice) < 0 ||
        (choice.algs.dh && (choice.algs.dh->id != q->group || !ike_message_has(m, IKE_PAYLOAD_KE) ||
                            m->ke.group != choice.algs.dh->id))) {
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_IPSEC_NOT_OFFERED));
        return -EPROTO;
    }
    if (!take_selectors(sa, &s)) {
        if (!ikev2_child_is_stale(sa))
            ikev2_report_selectors(sa, WORDS_IKE_SELECTORS_NOT_OURS);
        return -EPROTO;
    }
    r = choice.algs.dh ? crypto_dh_finish(q->dh, m->ke.data, secret) : 0;
    if (r == -EBADMSG)
        ike_report_value(sa->peer, IKE_EVENT_FAILED, m->ke.group, m->ke.data.len);
    plan.spi_out = (uint32_t)choice.peer_spi;
    plan.secret = secret_of(&choice, secret);
    if (r == 0)
        r = make_pair(sa, &plan, hold_out, ret);
    crypto_wipe(secret, sizeof(secret));
    if (r == 0)
        (*ret)->config_epoch = q->config_epoch;
    if (r == 0 && q->task != IKEV2_TASK_REKEY_CHILD && !ikev2_child_is_stale(sa))
        ike_offering_took(sa->peer, q->selectors, &s);
    return r;
}

/* ---- signs that the peer has what we answered ---- */

void ikev2_pairs_proven(struct ike_sa *sa)
{
    list_for_each (pair, &sa->pairs, struct ike_pair, link)
        ike_pair_prove(pair);
}

void ikev2_pairs_answered(struct ike_sa *sa)
{
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        if (pair->with_sa)
            ike_pair_prove(pair);
    }
}
