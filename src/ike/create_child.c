#include "ike_internal.h"

#include <stdlib.h>

/* CREATE_CHILD_SA for child SAs: new ones and rekeying, with and without PFS (1.3.1, 1.3.3, 2.8).
 */

#define REPLACED_PATIENCE (30 * IKE_SECOND) /* for the DELETE of whoever rekeyed */

/* ---- the child part of messages, shared with IKE_AUTH ---- */

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
static uint16_t choose_child(struct ike_sa *sa, const struct ike_child_answer *answer,
                             struct ike_choice *choice, struct ike_selectors *s)
{
    const struct ike_message *m = &sa->ike->in;
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    bool has_ke = ike_message_has(m, IKE_PAYLOAD_KE);
    char why[IKE_WHY_MAX];

    if (ike_choose_child(m, &c->child, c->esn, answer->with_groups, has_ke ? m->ke.group : 0,
                         choice) < 0) {
        ike_explain_mismatch(m, &c->child, answer->with_groups, why, sizeof(why));
        ike_tunnel_fail(sa->tunnel, SAY(IKE_IPSEC_MISMATCH, words_written(why)));
        return IKE_NOTIFY_NO_PROPOSAL_CHOSEN;
    }
    if (choice->algs.dh && (!has_ke || m->ke.group != choice->algs.dh->id))
        return IKE_NOTIFY_INVALID_KE_PAYLOAD;
    *s = (struct ike_selectors){0};
    s->n_remote = (uint8_t)ike_ts_narrow(&m->tsi, c->remote_ts, c->n_remote_ts, s->remote);
    s->n_local = (uint8_t)ike_ts_narrow(&m->tsr, c->local_ts, c->n_local_ts, s->local);
    if (!s->n_remote || !s->n_local) {
        ike_report_selectors(sa, WORDS_IKE_NO_COMMON_SELECTORS);
        return IKE_NOTIFY_TS_UNACCEPTABLE;
    }
    return 0;
}

/* The shared secret of a PFS exchange; *len 0 without a group. */
static int shared_secret(const struct crypto_dh *dh, struct crypto_span peer,
                         uint8_t secret[CRYPTO_DH_SECRET_MAX], size_t *len)
{
    *len = dh ? crypto_dh_group(dh)->secret_len : 0;
    return dh ? crypto_dh_shared(dh, peer, secret) : 0;
}

/* Everything of an answer after the choice. */
static int build_answer(struct ike_sa *sa, struct ike_child_answer *answer,
                        const struct ike_choice *choice, const struct ike_selectors *s)
{
    struct ike_message *out = &sa->ike->out;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    size_t secret_len = 0;
    struct ike_child_plan plan = {.choice = choice,
                                  .nonce_i = answer->nonce_i,
                                  .nonce_r = answer->nonce_r,
                                  .spi_in = ike_child_new_spi(sa->ike),
                                  .spi_out = (uint32_t)choice->peer_spi,
                                  .selectors = s};
    int r = choice->algs.dh ? crypto_dh_new(choice->algs.dh, &answer->dh) : 0;

    if (r == 0)
        r = shared_secret(answer->dh, sa->ike->in.ke.data, secret, &secret_len);
    if (r == 0)
        r = ike_answer_proposal(out, choice, IKE_PROTOCOL_ESP, plan.spi_in);
    if (r == 0)
        r = fill_ts(out, s->remote, s->n_remote, s->local, s->n_local);
    plan.secret = crypto_span(secret, secret_len);
    if (r == 0)
        r = ike_child_new(sa, &plan, answer->hold_out, &answer->child);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

uint16_t ike_child_answer_request(struct ike_sa *sa, struct ike_child_answer *answer)
{
    struct ike_message *out = &sa->ike->out;
    struct ike_choice choice;
    struct ike_selectors s;
    uint16_t notify = choose_child(sa, answer, &choice, &s);

    if (notify == 0 && build_answer(sa, answer, &choice, &s) < 0) {
        /* Nothing half-made may go out in the answer. */
        out->n_proposals = 0;
        out->present &=
            ~(IKE_BIT(IKE_PAYLOAD_SA) | IKE_BIT(IKE_PAYLOAD_TSI) | IKE_BIT(IKE_PAYLOAD_TSR));
        notify = IKE_NOTIFY_TEMPORARY_FAILURE;
    }
    return notify;
}

int ike_child_propose(struct ike_sa *sa, bool with_groups)
{
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    struct ike_request *q = &sa->request;

    q->offer = c->child;
    q->esn = c->esn;
    q->config_epoch = sa->tunnel->child_epoch;
    q->new_spi_in = ike_child_new_spi(sa->ike);
    return ike_propose_child(&sa->ike->out, &q->offer, q->esn, with_groups, q->new_spi_in);
}

/* The child's parameters were changed since the request was sent: what comes of it does not last,
 * and says nothing about the parameters of now. */
static bool is_stale(const struct ike_sa *sa)
{
    return sa->request.config_epoch != sa->tunnel->child_epoch;
}

void ike_child_reject(struct ike_sa *sa, uint32_t spi_in)
{
    struct ike_child *child = calloc(1, sizeof(*child));

    if (!is_stale(sa))
        ike_tunnel_refused(sa->tunnel);
    if (!child)
        return;
    child->state = IKE_CHILD_CLOSING; /* the DELETE follows from that */
    child->spi_in = spi_in;
    child->out_added = true;
    child->expire_us = IKE_NEVER;
    list_append(&sa->children, &child->link);
    sa->child_refusals++;
    sa->child_retry_us = sa->ike->now_us + ike_jitter(sa->ike, 10 * IKE_SECOND, 20);
    ike_sa_touch(sa);
}

/* Everything in the answer has to lie inside what we offered (2.9). */
static bool take_selectors(const struct ike_sa *sa, struct ike_selectors *s)
{
    const struct ike_message *m = &sa->ike->in;
    const struct ike_tunnel_config *c = &sa->tunnel->config;

    *s = (struct ike_selectors){0};
    s->n_local = (uint8_t)ike_ts_narrow(&m->tsi, c->local_ts, c->n_local_ts, s->local);
    s->n_remote = (uint8_t)ike_ts_narrow(&m->tsr, c->remote_ts, c->n_remote_ts, s->remote);
    return s->n_local && s->n_remote;
}

int ike_child_take_response(struct ike_sa *sa, bool with_groups, struct crypto_span nonce_i,
                            struct crypto_span nonce_r, bool hold_out, struct ike_child **ret)
{
    const struct ike_message *m = &sa->ike->in;
    const struct ike_request *q = &sa->request;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    struct ike_selectors s;
    struct ike_choice choice;
    struct ike_child *child;
    struct ike_child_plan plan = {.choice = &choice,
                                  .nonce_i = nonce_i,
                                  .nonce_r = nonce_r,
                                  .spi_in = q->new_spi_in,
                                  .made_by_us = true,
                                  .selectors = &s};
    size_t secret_len = 0;
    int r;

    /* Without a group although we sent a KE: fine, if `none` was among those offered. */
    if (ike_accept_child(m, &q->offer, q->esn, with_groups, &choice) < 0 ||
        (choice.algs.dh && (choice.algs.dh->id != q->group || !ike_message_has(m, IKE_PAYLOAD_KE) ||
                            m->ke.group != choice.algs.dh->id))) {
        ike_tunnel_fail(sa->tunnel, SAY(IKE_IPSEC_NOT_OFFERED));
        return -EPROTO;
    }
    if (!take_selectors(sa, &s)) {
        if (!is_stale(sa))
            ike_report_selectors(sa, WORDS_IKE_SELECTORS_NOT_OURS);
        return -EPROTO;
    }
    r = shared_secret(choice.algs.dh ? q->dh : NULL, m->ke.data, secret, &secret_len);
    plan.spi_out = (uint32_t)choice.peer_spi;
    plan.secret = crypto_span(secret, secret_len);
    if (r == 0)
        r = ike_child_new(sa, &plan, hold_out, &child);
    crypto_wipe(secret, sizeof(secret));
    if (r < 0)
        return r;
    child->config_epoch = q->config_epoch;
    if (ret)
        *ret = child;
    return 0;
}

/* ---- initiator ---- */

/* A later try of the same child waits longer; with jitter, so that both ends do not collide again.
 */
static void retry_later(struct ike_sa *sa, struct ike_child *child, uint64_t base)
{
    unsigned *refusals = child ? &child->refusals : &sa->child_refusals;
    uint64_t pause = ike_jitter(sa->ike, base << MIN(*refusals, 4U), 40);

    ++*refusals;
    *(child ? &child->retry_us : &sa->child_retry_us) =
        sa->ike->now_us + MIN(pause, 60 * IKE_SECOND);
    ike_sa_touch(sa);
    ike_tunnel_touch(sa->tunnel); /* it may be time for a new call */
}

/* For good, as far as this configuration goes. */
static void retry_much_later(struct ike_sa *sa, struct ike_child *child)
{
    ike_tunnel_refused(sa->tunnel);
    sa->new_refusals += child == NULL;
    retry_later(sa, child, 10 * IKE_SECOND);
}

static int add_request_secrets(struct ike_sa *sa, uint16_t group)
{
    struct ike_message *m = &sa->ike->out;
    struct ike_request *q = &sa->request;
    const struct crypto_dh_group *g = crypto_dh_find(group);
    int r;

    q->nonce.len = IKE_OUR_NONCE_LEN;
    ike_random(sa->ike, q->nonce.bytes, q->nonce.len);
    m->nonce = ike_nonce_span(&q->nonce);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    q->group = group;
    if (!g)
        return group ? -EINVAL : 0;
    r = crypto_dh_new(g, &q->dh);
    if (r < 0)
        return r;
    m->ke = (struct ike_ke){.group = group, .data = crypto_dh_public(q->dh)};
    ike_message_mark(m, IKE_PAYLOAD_KE);
    return 0;
}

static int send_request(struct ike_sa *sa, const struct ike_child *rekeyed)
{
    struct ike_message *m = &sa->ike->out;
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    bool known = sa->child_group && ike_offer_has_group(&c->child, sa->child_group);
    uint16_t group = known ? sa->child_group : ike_offer_first_group(&c->child);
    int r;

    ike_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, false, sa->send_id);
    if (rekeyed) {
        struct ike_notify *n = ike_message_add_notify(m, IKE_NOTIFY_REKEY_SA, NULL, 0);

        if (!n)
            return -ENOSPC;
        n->protocol = IKE_PROTOCOL_ESP;
        n->spi_len = 4;
        n->spi = rekeyed->spi_in;
        sa->request.child_spi = rekeyed->spi_in;
    }
    r = ike_child_propose(sa, c->child.n_groups > 0);
    if (r == 0)
        r = add_request_secrets(sa, group);
    if (r == 0)
        r = fill_ts(m, c->local_ts, c->n_local_ts, c->remote_ts, c->n_remote_ts);
    return r < 0 ? r : ike_request_send(sa, rekeyed ? IKE_TASK_REKEY_CHILD : IKE_TASK_NEW_CHILD);
}

void ike_create_child_send(struct ike_sa *sa, struct ike_child *rekeyed)
{
    if (send_request(sa, rekeyed) < 0) {
        ike_request_done(sa);
        retry_later(sa, rekeyed, 1 * IKE_SECOND);
    }
}

static void use_other_group(struct ike_sa *sa, struct ike_child *child)
{
    const struct ike_notify *n = ike_message_notify(&sa->ike->in, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    const struct ike_offer *offer = &sa->tunnel->config.child;
    uint16_t group = n->data.len == 2 ? wire_load_be16(n->data.data) : 0;
    char theirs[48], ours[IKE_TEXT_MAX / 2];

    if (group && group != sa->request.group && ike_offer_has_group(offer, group)) {
        sa->child_group = group;
        ike_log_group(sa->tunnel, WORDS_NEGOTIATION_OTHER_GROUP, group, sa->request.group);
        retry_later(sa, child, 10 * IKE_MS);
        return;
    }
    ike_describe_group(group, theirs, sizeof(theirs));
    ike_write_offer(offer, ours, sizeof(ours));
    ike_tunnel_fail(sa->tunnel, SAY(IKE_PEER_WANTS_PFS_GROUP, theirs, words_written(ours), group));
    retry_much_later(sa, child);
}

/* Once: it is asked again until it is done. */
static void note_put_off(struct ike_sa *sa, const struct ike_child *child)
{
    enum words_code what = child ? WORDS_NEGOTIATION_CHILD_REKEY : WORDS_NEGOTIATION_A_CHILD;

    if (!(child ? child->refusals : sa->child_refusals))
        ike_act_log(sa->tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_PUT_OFF, words_coded(what)));
}

static void handle_refusal(struct ike_sa *sa, struct ike_child *child)
{
    const struct ike_notify *n = ike_message_error(&sa->ike->in);
    uint16_t type = n ? n->type : 0;

    if (is_stale(sa)) {
        retry_later(sa, child, 10 * IKE_MS);
    } else if (type == IKE_NOTIFY_INVALID_KE_PAYLOAD) {
        use_other_group(sa, child);
    } else if (type == IKE_NOTIFY_TEMPORARY_FAILURE) {
        note_put_off(sa, child);
        retry_later(sa, child, 500 * IKE_MS);
    } else if (type == IKE_NOTIFY_CHILD_SA_NOT_FOUND) {
        /* Deleted or rekeyed by the peer meanwhile; if not replaced, a new one is made. */
        if (child) {
            ike_tunnel_note(sa->tunnel, IKE_LOG_WARNING, SAY(IKE_PEER_FORGOT_CHILD));
            ike_child_remove(sa, child, IKE_GRACE);
        }
    } else if (type == IKE_NOTIFY_NO_ADDITIONAL_SAS) {
        ike_tunnel_note(sa->tunnel, IKE_LOG_WARNING, SAY(IKE_PEER_MAKES_NO_MORE));
        sa->outworn = true;
        retry_later(sa, child, 30 * IKE_SECOND);
    } else {
        ike_child_report_refusal(sa);
        retry_much_later(sa, child);
    }
}

/* Both ends rekeyed the same child at once: of the two new ones, the one made with the lowest of
 * the four nonces is closed by its maker (2.8.1). */
static void resolve_rivalry(struct ike_sa *sa, const struct ike_request *q, struct ike_child *old,
                            struct ike_child *ours)
{
    struct ike_child *rival = q->rival_nonce.len ? ike_child_find(sa, q->rival_child) : NULL;

    if (rival && ike_nonce_cmp(&ours->low_nonce, &q->rival_nonce) < 0) {
        ike_log_esp_in(sa->tunnel, rival->spi_in, WORDS_NEGOTIATION_CHILD_RIVAL_PEERS);
        ours->state = IKE_CHILD_CLOSING;
        return;
    }
    ike_child_add_out(sa, ours);
    if (rival) {
        ike_log_esp_in(sa->tunnel, ours->spi_in, WORDS_NEGOTIATION_CHILD_RIVAL_OURS);
        rival->state = IKE_CHILD_REPLACED; /* the peer deletes it */
        rival->replaced_by = ours->spi_in;
        rival->close_us = sa->ike->now_us + REPLACED_PATIENCE;
    }
    if (old) { /* closed by us when the new one is acknowledged */
        old->state = IKE_CHILD_REPLACED;
        old->replaced_by = ours->spi_in;
        old->close_us = sa->ike->now_us + REPLACED_PATIENCE;
        ours->replaces = old->spi_in;
    }
}

void ike_create_child_response(struct ike_sa *sa, enum ike_kind kind)
{
    struct ike_request *q = &sa->request;
    struct ike_child *old = ike_child_find(sa, q->child_spi), *made = NULL;
    bool rekey = q->task == IKE_TASK_REKEY_CHILD, beside = ike_tunnel_carries(sa->tunnel);
    int r;

    if (sa->state != IKE_SA_ESTABLISHED) {
        ike_request_done(sa); /* closing: the child goes with the IKE SA */
        return;
    }
    if (kind == IKE_KIND_CREATE_FAILED) {
        if (!rekey || (old && old->state == IKE_CHILD_LIVE))
            handle_refusal(sa, old);
        ike_request_done(sa);
        return;
    }
    r = ike_child_take_response(sa, q->offer.n_groups > 0, ike_nonce_span(&q->nonce),
                                sa->ike->in.nonce, true, &made);
    if (r < 0) {
        ike_child_reject(sa, q->new_spi_in);
        if (old)
            retry_later(sa, old, is_stale(sa) ? 10 * IKE_MS : 10 * IKE_SECOND);
    } else {
        ike_log_child(sa, made, rekey ? old : NULL);
        resolve_rivalry(sa, q, old, made);
        if (rekey) {
            sa->tunnel->status.child_rekeys++;
        } else if (beside) {
            sa->want_liveness = true; /* shows the peer that we have its answer */
        }
    }
    ike_request_done(sa);
    ike_tunnel_touch(sa->tunnel);
}

/* ---- responder ---- */

/* Whether the request comes at a bad moment (2.25). */
static uint16_t refuse_now(const struct ike_sa *sa, const struct ike_child *old, bool rekey)
{
    size_t n = 0;

    list_for_each (child, &sa->children, struct ike_child, link)
        n++;
    if (sa->state != IKE_SA_ESTABLISHED || sa->request.task == IKE_TASK_REKEY_IKE ||
        !sa->tunnel->config.admin_up)
        return IKE_NOTIFY_TEMPORARY_FAILURE;
    if (n >= (rekey ? 2 : 1) * IKE_CHILDREN_MAX)
        return rekey ? IKE_NOTIFY_TEMPORARY_FAILURE : IKE_NOTIFY_NO_ADDITIONAL_SAS;
    if (!rekey)
        return 0;
    if (!old)
        return IKE_NOTIFY_CHILD_SA_NOT_FOUND;
    return old->state == IKE_CHILD_LIVE ? 0 : IKE_NOTIFY_TEMPORARY_FAILURE;
}

static int respond_not_found(struct ike_sa *sa, const struct ike_notify *asked)
{
    struct ike_message *m = &sa->ike->out;
    struct ike_notify *n;

    ike_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true, sa->ike->in.hdr.message_id);
    n = ike_message_add_notify(m, IKE_NOTIFY_CHILD_SA_NOT_FOUND, NULL, 0);
    if (!n)
        return -ENOSPC;
    n->protocol = IKE_PROTOCOL_ESP;
    n->spi_len = 4;
    n->spi = asked->spi;
    return ike_response_send(sa);
}

static int respond_other_group(struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    struct ike_choice choice;
    uint8_t group[2];

    if (ike_choose_child(&sa->ike->in, &c->child, c->esn, true, 0, &choice) < 0 || !choice.algs.dh)
        return ike_respond_notify(sa, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
    wire_store_be16(group, choice.algs.dh->id);
    ike_log_group(sa->tunnel, WORDS_NEGOTIATION_ASKED_GROUP, sa->ike->in.ke.group,
                  choice.algs.dh->id);
    return ike_respond_notify(sa, IKE_NOTIFY_INVALID_KE_PAYLOAD, group, sizeof(group));
}

/* The old child is replaced by the new one, unless our own request for it is under way: then its
 * answer decides which one stays. */
static void mark_replaced(struct ike_sa *sa, struct ike_child *old, struct ike_child *made)
{
    struct ike_request *q = &sa->request;

    old->state = IKE_CHILD_REPLACED;
    old->replaced_by = made->spi_in;
    old->close_us = sa->ike->now_us + REPLACED_PATIENCE;
    /* The old one serves until the peer surely has our answer, or as long as it lives. */
    made->out_us = MIN(old->close_us, old->expire_us);
    if (q->task == IKE_TASK_REKEY_CHILD && q->child_spi == old->spi_in) {
        q->rival_child = made->spi_in;
        q->rival_nonce = made->low_nonce;
    }
}

/* Whether another child carries the same traffic meanwhile. A policy-based peer has one for each
 * pair of its networks: there nothing else carries what the new one is for. */
static bool another_serves(const struct ike_sa *sa, const struct ike_child *made)
{
    list_for_each (other, &sa->tunnel->sas, struct ike_sa, tunnel_link) {
        list_for_each (child, &other->children, struct ike_child, link) {
            if (child != made && child->out_added && !child->lost &&
                memcmp(&child->selectors, &made->selectors, sizeof(made->selectors)) == 0)
                return true;
        }
    }
    return false;
}

static int answer(struct ike_sa *sa, struct ike_child *old)
{
    struct ike_message *m = &sa->ike->out;
    struct ike_nonce nonce = {.len = IKE_OUR_NONCE_LEN};
    struct ike_child_answer a = {.with_groups = true,
                                 .hold_out = old || ike_tunnel_has_usable_child(sa->tunnel),
                                 .nonce_i = sa->ike->in.nonce,
                                 .nonce_r = ike_nonce_span(&nonce)};
    uint16_t notify;
    int r;

    ike_random(sa->ike, nonce.bytes, nonce.len);
    ike_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true, sa->ike->in.hdr.message_id);
    notify = ike_child_answer_request(sa, &a);
    if (notify) {
        crypto_dh_free(a.dh);
        return notify == IKE_NOTIFY_INVALID_KE_PAYLOAD ? respond_other_group(sa)
                                                       : ike_respond_notify(sa, notify, NULL, 0);
    }
    m->nonce = ike_nonce_span(&nonce);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    if (a.dh) {
        m->ke = (struct ike_ke){.group = crypto_dh_group(a.dh)->id, .data = crypto_dh_public(a.dh)};
        ike_message_mark(m, IKE_PAYLOAD_KE);
    }
    r = ike_response_send(sa);
    crypto_dh_free(a.dh);
    if (r < 0) {
        ike_child_remove(sa, a.child, 0); /* it was never told: the peer asks again */
        return r;
    }
    ike_log_child(sa, a.child, old);
    if (!old && a.hold_out && another_serves(sa, a.child)) /* as long as if it were a rekey */
        a.child->out_us = sa->ike->now_us + REPLACED_PATIENCE;
    if (old) {
        mark_replaced(sa, old, a.child);
        sa->tunnel->status.child_rekeys++;
    }
    return 0;
}

void ike_create_child_request(struct ike_sa *sa, bool rekey)
{
    const struct ike_notify *asked = ike_message_notify(&sa->ike->in, IKE_NOTIFY_REKEY_SA);
    struct ike_child *old = rekey && asked ? ike_child_find_out(sa, (uint32_t)asked->spi) : NULL;
    uint16_t notify = refuse_now(sa, old, rekey);
    int r;

    if (notify)
        ike_log_put_off(sa, rekey ? WORDS_NEGOTIATION_CHILD_REKEY : WORDS_NEGOTIATION_A_CHILD,
                        notify);
    if (notify == IKE_NOTIFY_CHILD_SA_NOT_FOUND && asked)
        r = respond_not_found(sa, asked);
    else if (notify)
        r = ike_respond_notify(sa, notify, NULL, 0);
    else
        r = answer(sa, old);
    if (r < 0)
        log_debug("an answer to CREATE_CHILD_SA could not be built: %d", r);
}
