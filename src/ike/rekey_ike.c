#include "ike_internal.h"

/* CREATE_CHILD_SA for the IKE SA itself (1.3.2, 2.18), and what happens when both ends do it at
 * once (2.8.2, 2.25.2). */

#define REPLACED_PATIENCE (30 * IKE_SECOND)
#define QUIET_AFTER_REKEY (2 * IKE_SECOND) /* until the peer surely has our answer */

static const struct ike_offer *offer_of(const struct ike_sa *sa)
{
    return &sa->tunnel->config.ike;
}

void ike_sa_move_children(struct ike_sa *from, struct ike_sa *to)
{
    list_for_each_safe (child, &from->children, struct ike_child, link) {
        list_remove(&child->link);
        list_append(&to->children, &child->link);
    }
    ike_sa_touch(from);
    ike_sa_touch(to);
}

/* What one exchange agreed on. */
struct agreed {
    const struct ike_choice *choice;
    const struct crypto_dh *dh;
    struct crypto_span peer_public;
    const struct ike_nonce *nonce_i;
    const struct ike_nonce *nonce_r;
    uint64_t local_spi;
    bool initiator; /* we made the request */
};

static int derive(struct ike_sa *sa, const struct ike_sa *old, const struct agreed *a)
{
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    struct ike_key_input in = {
        .secret = crypto_span(secret, crypto_dh_group(a->dh)->secret_len),
        .nonce_i = ike_nonce_span(a->nonce_i),
        .nonce_r = ike_nonce_span(a->nonce_r),
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
    };
    int r = crypto_dh_shared(a->dh, a->peer_public, secret);

    if (r == 0)
        r = ike_derive_rekeyed(&sa->algs, &in, old->algs.prf, old->keys.d, &sa->keys);
    if (r == 0)
        r = ike_sk_new(&sa->algs, &sa->keys, sa->initiator, &sa->sk);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

/* The successor: established, without children yet, of the same line as the old one. */
static int make_successor(struct ike_sa *old, const struct agreed *a, struct ike_sa **ret)
{
    struct ike_sa *sa;
    int r = ike_sa_new(old->ike, old->tunnel, a->initiator, a->local_spi, &old->local, &old->remote,
                       &sa);

    if (r < 0)
        return r;
    *(a->initiator ? &sa->spi_r : &sa->spi_i) = a->choice->peer_spi;
    sa->algs = a->choice->algs;
    sa->low_nonce = ike_nonce_cmp(a->nonce_i, a->nonce_r) < 0 ? *a->nonce_i : *a->nonce_r;
    r = derive(sa, old, a);
    if (r < 0) {
        ike_sa_kill(sa);
        return r;
    }
    sa->state = IKE_SA_ESTABLISHED;
    sa->nat_local = old->nat_local;
    sa->nat_remote = old->nat_remote;
    sa->ropeway = old->ropeway;
    sa->began_us = old->began_us;
    sa->established_us = old->established_us;
    sa->tie = old->tie;
    sa->begun_by_us = old->begun_by_us;
    sa->child_group = old->child_group;
    sa->had_child = old->had_child;
    sa->config_epoch = old->config_epoch;
    sa->config = old->config;
    ike_sa_set_lifetime(sa);
    ike_tunnel_succeeded(sa->tunnel);
    ike_tunnel_touch(sa->tunnel);
    *ret = sa;
    return 0;
}

static void retire(struct ike_sa *old, const struct ike_sa *by)
{
    old->state = IKE_SA_REPLACED;
    old->successor = ike_sa_local_spi(by);
    old->close_us = old->ike->now_us + REPLACED_PATIENCE;
    ike_sa_touch(old);
}

/* The heir has the children from now on. */
static void take_over(struct ike_sa *old, struct ike_sa *heir)
{
    ike_sa_move_children(old, heir);
    heir->unsettled = false;
    retire(old, heir);
}

void ike_rekey_settle(struct ike_sa *heir)
{
    if (!heir->unsettled)
        return;
    list_for_each (old, &heir->tunnel->sas, struct ike_sa, tunnel_link) {
        if (old->successor == ike_sa_local_spi(heir) && old->state == IKE_SA_ESTABLISHED) {
            take_over(old, heir);
            break;
        }
    }
    heir->unsettled = false;
}

static void retry_later(struct ike_sa *sa, uint64_t base)
{
    sa->retry_us = sa->ike->now_us +
                   MIN(ike_jitter(sa->ike, base << MIN(sa->refusals, 4U), 40), 60 * IKE_SECOND);
    sa->refusals++;
}

/* ---- initiator ---- */

static int send_request(struct ike_sa *sa)
{
    struct ike_message *m = &sa->ike->out;
    struct ike_request *q = &sa->request;
    int r;

    ike_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, false, sa->send_id);
    q->new_spi = ike_sa_new_spi(sa->ike);
    q->offer = *offer_of(sa);
    q->config_epoch = sa->tunnel->ike_epoch;
    q->group = ike_offer_has_group(offer_of(sa), sa->group) ? sa->group
                                                            : ike_offer_first_group(offer_of(sa));
    r = ike_propose_ike(m, offer_of(sa), q->new_spi);
    if (r < 0)
        return r;
    r = crypto_dh_new(crypto_dh_find(q->group), &q->dh);
    if (r < 0)
        return r;
    q->nonce.len = IKE_OUR_NONCE_LEN;
    ike_random(sa->ike, q->nonce.bytes, q->nonce.len);
    m->nonce = ike_nonce_span(&q->nonce);
    m->ke = (struct ike_ke){.group = q->group, .data = crypto_dh_public(q->dh)};
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    ike_message_mark(m, IKE_PAYLOAD_KE);
    return ike_request_send(sa, IKE_TASK_REKEY_IKE);
}

void ike_rekey_ike_send(struct ike_sa *sa)
{
    sa->want_rekey = false;
    if (!sa->group)
        sa->group = sa->algs.dh->id;
    if (send_request(sa) < 0) {
        ike_request_done(sa);
        retry_later(sa, IKE_SECOND);
        sa->want_rekey = true;
    }
}

static void handle_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->ike->in);
    uint16_t type = n ? n->type : 0;
    struct ike_sa *rival = sa->request.rival_sa ? ike_sa_find(sa->ike, sa->request.rival_sa) : NULL;
    char reason[IKE_REASON_MAX];

    if (rival && ike_sa_is_live(rival)) { /* the peer's own rekey came first */
        take_over(sa, rival);
        return;
    }
    sa->want_rekey = true;
    if (sa->request.config_epoch != sa->tunnel->ike_epoch) {
        retry_later(sa, 500 * IKE_MS); /* asked before the parameters were changed */
    } else if (type == IKE_NOTIFY_INVALID_KE_PAYLOAD && n->data.len == 2 &&
               ike_offer_has_group(offer_of(sa), wire_load_be16(n->data.data)) &&
               wire_load_be16(n->data.data) != sa->request.group) {
        sa->group = wire_load_be16(n->data.data);
        ike_log_group(sa->tunnel, WORDS_NEGOTIATION_OTHER_GROUP, sa->group, sa->request.group);
        retry_later(sa, 0);
    } else if (type == IKE_NOTIFY_TEMPORARY_FAILURE) {
        if (!sa->refusals)
            ike_act_log(sa->tunnel, IKE_LOG_INFO,
                        SAY(NEGOTIATION_PUT_OFF, words_coded(WORDS_NEGOTIATION_IKE_REKEY)));
        retry_later(sa, 500 * IKE_MS);
    } else {
        ike_tunnel_fail(sa->tunnel, SAY(IKE_PEER_REFUSED_REKEY, ike_reason(n, reason)));
        retry_later(sa, 10 * IKE_SECOND);
    }
}

/* Both ends rekeyed at once: the new IKE SA made with the lowest of the four nonces is closed by
 * its maker; the other one inherits the children. */
static void inherit(struct ike_sa *old, struct ike_sa *ours, const struct ike_request *q)
{
    struct ike_sa *rival = q->rival_nonce.len ? ike_sa_find(old->ike, q->rival_sa) : NULL;

    if (rival && ike_sa_is_live(rival) && ike_nonce_cmp(&ours->low_nonce, &q->rival_nonce) < 0) {
        ike_log_ike_sa(rival, WORDS_NEGOTIATION_IKE_RIVAL_PEERS);
        take_over(old, rival); /* the old one is deleted by the peer */
        ike_sa_close(ours);
        return;
    }
    take_over(old, ours);
    if (rival) {
        ike_log_ike_sa(ours, WORDS_NEGOTIATION_IKE_RIVAL_OURS);
        take_over(rival, ours); /* deleted by the peer */
    }
    ike_sa_close(old);
}

void ike_rekey_ike_response(struct ike_sa *sa, enum ike_kind kind)
{
    const struct ike_message *m = &sa->ike->in;
    struct ike_request *q = &sa->request;
    struct ike_choice choice;
    struct ike_nonce nonce_r;
    struct agreed a = {.choice = &choice,
                       .dh = q->dh,
                       .peer_public = m->ke.data,
                       .nonce_i = &q->nonce,
                       .nonce_r = &nonce_r,
                       .local_spi = q->new_spi,
                       .initiator = true};
    struct ike_sa *made;

    if (kind == IKE_KIND_CREATE_FAILED) {
        if (sa->state == IKE_SA_ESTABLISHED)
            handle_refusal(sa);
        ike_request_done(sa);
        return;
    }
    ike_nonce_set(&nonce_r, m->nonce);
    if (ike_accept_ike(m, &q->offer, &choice) < 0 || !choice.algs.dh || choice.peer_spi == 0 ||
        choice.algs.dh->id != q->group || m->ke.group != q->group ||
        make_successor(sa, &a, &made) < 0) {
        ike_tunnel_fail(sa->tunnel, SAY(IKE_REKEY_ANSWER_UNUSABLE));
        ike_request_done(sa);
        ike_sa_close(sa); /* both ends begin anew */
        return;
    }
    if (sa->state == IKE_SA_ESTABLISHED) {
        ike_log_ike_rekeyed(made, WORDS_NEGOTIATION_IKE_REKEYED);
        sa->tunnel->status.ike_rekeys++;
        inherit(sa, made, q);
    } else {
        ike_sa_close(made); /* we began to close it meanwhile: the heir goes, too */
    }
    ike_request_done(sa);
}

/* ---- responder ---- */

static uint16_t refuse_now(const struct ike_sa *sa)
{
    size_t n = 0;

    list_for_each (other, &sa->tunnel->sas, struct ike_sa, tunnel_link)
        n++;
    if (n >= IKE_SAS_MAX)
        return IKE_NOTIFY_TEMPORARY_FAILURE; /* the old ones are given back first */
    if (sa->state != IKE_SA_ESTABLISHED || sa->unsettled || !sa->tunnel->config.admin_up)
        return IKE_NOTIFY_TEMPORARY_FAILURE;
    switch (sa->request.task) { /* 2.25.2 */
    case IKE_TASK_NEW_CHILD:
    case IKE_TASK_REKEY_CHILD:
    case IKE_TASK_DELETE_CHILD:
        return IKE_NOTIFY_TEMPORARY_FAILURE;
    default:
        return 0;
    }
}

static int send_answer(struct ike_sa *sa, const struct ike_choice *choice, uint64_t spi,
                       const struct crypto_dh *dh, const struct ike_nonce *nonce)
{
    struct ike_message *m = &sa->ike->out;
    int r;

    ike_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true, sa->ike->in.hdr.message_id);
    r = ike_answer_proposal(m, choice, IKE_PROTOCOL_IKE, spi);
    if (r < 0)
        return r;
    m->nonce = ike_nonce_span(nonce);
    m->ke = (struct ike_ke){.group = choice->algs.dh->id, .data = crypto_dh_public(dh)};
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    ike_message_mark(m, IKE_PAYLOAD_KE);
    return ike_response_send(sa);
}

static int answer(struct ike_sa *sa, const struct ike_choice *choice)
{
    const struct ike_message *in = &sa->ike->in;
    struct ike_nonce nonce_i, nonce_r = {.len = IKE_OUR_NONCE_LEN};
    struct agreed a = {.choice = choice,
                       .peer_public = in->ke.data,
                       .nonce_i = &nonce_i,
                       .nonce_r = &nonce_r,
                       .local_spi = ike_sa_new_spi(sa->ike)};
    struct ike_sa *made = NULL;
    struct crypto_dh *dh = NULL;
    int r = crypto_dh_new(choice->algs.dh, &dh);

    if (r < 0)
        return r;
    ike_nonce_set(&nonce_i, in->nonce);
    ike_random(sa->ike, nonce_r.bytes, nonce_r.len);
    a.dh = dh;
    r = make_successor(sa, &a, &made);
    if (r == 0)
        r = send_answer(sa, choice, a.local_spi, dh, &nonce_r);
    crypto_dh_free(dh);
    if (r < 0) {
        if (made)
            ike_sa_kill(made);
        return r;
    }
    made->quiet_us = sa->ike->now_us + QUIET_AFTER_REKEY;
    if (sa->request.task == IKE_TASK_REKEY_IKE) {
        sa->request.rival_sa = a.local_spi; /* which one stays is seen when ours is answered */
        sa->request.rival_nonce = made->low_nonce;
        sa->successor = a.local_spi;
        made->unsettled = true;
        return 0;
    }
    take_over(sa, made);
    ike_log_ike_rekeyed(made, WORDS_NEGOTIATION_IKE_REKEYED_BY_PEER);
    sa->tunnel->status.ike_rekeys++;
    return 0;
}

static int refuse(struct ike_sa *sa)
{
    char why[IKE_WHY_MAX];

    ike_explain_mismatch(&sa->ike->in, offer_of(sa), true, why, sizeof(why));
    ike_tunnel_fail(sa->tunnel, SAY(IKE_REKEY_MISMATCH, words_written(why)));
    return ike_respond_notify(sa, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
}

void ike_rekey_ike_request(struct ike_sa *sa)
{
    const struct ike_message *m = &sa->ike->in;
    uint16_t notify = refuse_now(sa);
    struct ike_choice choice;
    uint8_t group[2];
    int r;

    if (notify) {
        ike_log_put_off(sa, WORDS_NEGOTIATION_IKE_REKEY, notify);
        r = ike_respond_notify(sa, notify, NULL, 0);
    } else if (ike_choose_ike(m, offer_of(sa), m->ke.group, &choice) < 0 || !choice.algs.dh ||
               choice.peer_spi == 0) {
        r = refuse(sa);
    } else if (choice.algs.dh->id != m->ke.group) {
        wire_store_be16(group, choice.algs.dh->id);
        ike_log_group(sa->tunnel, WORDS_NEGOTIATION_ASKED_GROUP, m->ke.group, choice.algs.dh->id);
        r = ike_respond_notify(sa, IKE_NOTIFY_INVALID_KE_PAYLOAD, group, sizeof(group));
    } else {
        r = answer(sa, &choice);
    }
    if (r < 0)
        log_debug("an answer to an IKE rekey could not be built: %d", r);
}
