#include "ikev2_internal.h"

/* CREATE_CHILD_SA for the IKE SA itself (1.3.2, 2.18), and what happens when both ends do it at
 * once (2.8.2, 2.25.2). */

#define REPLACED_PATIENCE (30 * IKE_SECOND)
#define QUIET_AFTER_REKEY (2 * IKE_SECOND) /* until the peer surely has our answer */

static const struct ike_offer *offer_of(const struct ike_sa *sa)
{
    return &sa->peer->config.ike;
}

void ikev2_move_pairs(struct ike_sa *from, struct ike_sa *to)
{
    ike_pairs_move(&from->pairs, &to->pairs, &to->job);
    ike_sa_touch(from);
    ike_sa_touch(to);
}

/* What one exchange agreed on. */
struct agreed {
    const struct ike_choice *choice;
    struct crypto_span secret;
    const struct ike_nonce *nonce_i;
    const struct ike_nonce *nonce_r;
    uint64_t local_spi;
    bool initiator;          /* we made the request */
    struct crypto_span more; /* secrets of additional key exchanges */
};

static int derive(struct ike_sa *sa, const struct ike_sa *old, const struct agreed *a)
{
    struct ike_keys *keys = &sa->v2->keys;
    struct ike_key_input in = {
        .secret = a->secret,
        .nonce_i = ike_nonce_span(a->nonce_i),
        .nonce_r = ike_nonce_span(a->nonce_r),
        .spi_i = sa->spi_i,
        .spi_r = sa->spi_r,
        .more = a->more,
    };
    int r = ike_derive_rekeyed(&sa->algs, &in, old->algs.prf, old->v2->keys.d, keys);

    if (r == 0)
        r = ike_sk_new(&sa->algs, keys, sa->initiator, &sa->env->random, &sa->v2->sk);
    crypto_wipe(keys->pi, sizeof(keys->pi)); /* an IKE_AUTH, which needs them, does not follow */
    crypto_wipe(keys->pr, sizeof(keys->pr));
    return r;
}

/* The successor: established, without pairs yet, of the same line as the old one. */
static int make_successor(struct ike_sa *old, const struct agreed *a, struct ike_sa **ret)
{
    struct ike_sa *sa;
    int r = ikev2_sa_new(old->v2->ikev2, old->peer, IKE_SA_ESTABLISHED, a->initiator, a->local_spi,
                         &old->local, &old->remote, &sa);

    if (r < 0)
        return r;
    *(a->initiator ? &sa->spi_r : &sa->spi_i) = a->choice->peer_spi;
    sa->algs = a->choice->algs;
    sa->v2->low_nonce = ike_nonce_cmp(a->nonce_i, a->nonce_r) < 0 ? *a->nonce_i : *a->nonce_r;
    r = derive(sa, old, a);
    if (r < 0) {
        ike_sa_kill(sa);
        return r;
    }
    sa->nat_local = old->nat_local;
    sa->nat_remote = old->nat_remote;
    sa->ropeway = old->ropeway;
    sa->v2->fragments = old->v2->fragments;
    sa->began_us = old->began_us;
    sa->established_us = old->established_us;
    sa->tie = old->tie;
    sa->v2->peer_end_s = old->v2->peer_end_s;
    sa->v2->auth_end_us = old->v2->auth_end_us;
    sa->v2->reauth_us = old->v2->reauth_us;
    sa->begun_by_us = old->begun_by_us;
    sa->v2->child_group = old->v2->child_group;
    sa->had_pair = old->had_pair;
    sa->config_epoch = old->config_epoch;
    sa->auth = old->auth;
    sa->config = old->config;
    ikev2_set_lifetime(sa);
    ikev2_cert_warn(sa);
    ike_tell(sa->peer, IKE_EVENT_AGREED, NULL);
    ike_peer_touch(sa->peer);
    *ret = sa;
    return 0;
}

static void retire(struct ike_sa *old, const struct ike_sa *by)
{
    (void)ike_sa_move(old, IKE_SA_REPLACE);
    old->v2->successor = ike_sa_local_spi(by);
    old->close_us = old->env->now_us + REPLACED_PATIENCE;
}

/* The heir has the pairs from now on. */
static void take_over(struct ike_sa *old, struct ike_sa *heir)
{
    ikev2_move_pairs(old, heir);
    heir->unsettled = false;
    retire(old, heir);
}

void ikev2_rekey_settle(struct ike_sa *heir)
{
    if (!heir->unsettled)
        return;
    list_for_each (old, &heir->peer->sas, struct ike_sa, peer_link) {
        if (old->v2->successor == ike_sa_local_spi(heir) && old->state == IKE_SA_ESTABLISHED) {
            take_over(old, heir);
            break;
        }
    }
    heir->unsettled = false;
}

static void retry_later(struct ike_sa *sa, uint64_t base)
{
    sa->v2->retry_us =
        sa->env->now_us +
        MIN(ike_jitter(sa->env, base << MIN(sa->v2->refusals, 4U), 40), 60 * IKE_SECOND);
    sa->v2->refusals++;
}

/* ---- initiator ---- */

static int send_request(struct ike_sa *sa)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    struct ikev2_request *q = &sa->v2->request;
    int r;

    ikev2_followup_end(sa); /* the peer's, if there is one, came to nothing */
    ikev2_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, false, sa->v2->send_id);
    q->new_spi = ikev2_new_spi(sa->v2->ikev2);
    q->offer = *offer_of(sa);
    q->config_epoch = sa->peer->ike_epoch;
    q->group = ike_offer_has_group(offer_of(sa), sa->v2->group)
                   ? sa->v2->group
                   : ike_offer_first_group(offer_of(sa));
    r = ike_propose_ike(m, offer_of(sa), q->new_spi);
    if (r < 0)
        return r;
    r = crypto_dh_start(crypto_dh_find(q->group), &sa->env->random, &q->dh);
    if (r < 0)
        return r;
    q->nonce.len = IKEV2_NONCE_LEN;
    ike_random(sa->env, q->nonce.bytes, q->nonce.len);
    m->nonce = ike_nonce_span(&q->nonce);
    m->ke = (struct ike_ke){.group = q->group, .data = crypto_dh_public(q->dh)};
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    ike_message_mark(m, IKE_PAYLOAD_KE);
    return ikev2_request_send(sa, IKEV2_TASK_REKEY_IKE);
}

void ikev2_rekey_send(struct ike_sa *sa)
{
    sa->v2->want_rekey = false;
    if (!sa->v2->group)
        sa->v2->group = sa->algs.dh->id;
    if (send_request(sa) < 0) {
        ikev2_request_done(sa);
        retry_later(sa, IKE_SECOND);
        sa->v2->want_rekey = true;
    }
}

static void use_other_group(struct ike_sa *sa)
{
    const struct ike_offer *offer = offer_of(sa);
    char theirs[48], ours[IKE_TEXT_MAX / 2];
    uint16_t group;

    switch (ikev2_read_group_wish(sa, offer, &sa->v2->groups_refused, &group)) {
    case IKEV2_GROUP_OTHER:
        sa->v2->group = group;
        ikev2_log_group(sa->peer, WORDS_NEGOTIATION_OTHER_GROUP, group, sa->v2->request.group);
        retry_later(sa, 0);
        return;
    case IKEV2_GROUP_FOREIGN:
        ike_describe_group(group, theirs, sizeof(theirs));
        ike_write_offer(offer, ours, sizeof(ours));
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKE_PEER_WANTS_GROUP, theirs, words_written(ours), group));
        break;
    case IKEV2_GROUP_CIRCLES:
        ikev2_report_circles(sa, WORDS_NEGOTIATION_IKE_REKEY, offer, group);
        break;
    }
    retry_later(sa, 10 * IKE_SECOND);
}

static void handle_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    uint16_t type = n ? n->type : 0;
    struct ike_sa *rival =
        sa->v2->request.rival_sa ? ikev2_find(sa->v2->ikev2, sa->v2->request.rival_sa) : NULL;
    char ours[IKE_TEXT_MAX / 2], reason[IKE_REASON_MAX];

    if (rival && ike_sa_is_live(rival)) { /* the peer's own rekey came first */
        take_over(sa, rival);
        return;
    }
    sa->v2->want_rekey = true;
    if (sa->v2->request.config_epoch != sa->peer->ike_epoch) {
        retry_later(sa, 500 * IKE_MS); /* asked before the parameters were changed */
    } else if (type == IKE_NOTIFY_INVALID_KE_PAYLOAD) {
        use_other_group(sa);
    } else if (type == IKE_NOTIFY_TEMPORARY_FAILURE) {
        if (!sa->v2->refusals)
            ike_log(sa->peer, IKE_LOG_INFO,
                    SAY(NEGOTIATION_PUT_OFF, words_coded(WORDS_NEGOTIATION_IKE_REKEY)));
        retry_later(sa, 500 * IKE_MS);
    } else {
        ike_write_offer(offer_of(sa), ours, sizeof(ours));
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN
                     ? SAY(IKE_PEER_REFUSED_IKE_REKEY, words_written(ours))
                     : SAY(IKE_PEER_REFUSED_REKEY, ike_reason(n, reason)));
        retry_later(sa, 10 * IKE_SECOND);
    }
}

/* Both ends rekeyed at once: the new IKE SA made with the lowest of the four nonces is closed by
 * its maker; the other one inherits the pairs. */
static void inherit(struct ike_sa *old, struct ike_sa *ours, const struct ikev2_request *q)
{
    struct ike_sa *rival = q->rival_nonce.len ? ikev2_find(old->v2->ikev2, q->rival_sa) : NULL;

    if (rival && ike_sa_is_live(rival) &&
        ike_nonce_cmp(&ours->v2->low_nonce, &q->rival_nonce) < 0) {
        ikev2_log_ike_sa(rival, WORDS_NEGOTIATION_IKE_RIVAL_PEERS);
        take_over(old, rival); /* the old one is deleted by the peer */
        ikev2_close(ours);
        return;
    }
    take_over(old, ours);
    if (rival) {
        ikev2_log_ike_sa(ours, WORDS_NEGOTIATION_IKE_RIVAL_OURS);
        take_over(rival, ours); /* deleted by the peer */
    }
    ikev2_close(old);
}

/* ---- more key exchanges of a rekey ---- */

static int make_last(struct ike_sa *sa, const struct ikev2_followup *f, struct ike_sa **ret)
{
    struct agreed a = {.choice = &f->choice,
                       .secret = crypto_span(f->secret, f->secret_len),
                       .nonce_i = &f->nonce_i,
                       .nonce_r = &f->nonce_r,
                       .local_spi = f->local_spi,
                       .initiator = f->ours,
                       .more = crypto_span(f->more, f->more_len)};

    return make_successor(sa, &a, ret);
}

static void add_value(struct ike_message *m, const struct crypto_dh_group *group,
                      struct crypto_span value)
{
    m->ke = (struct ike_ke){.group = group->id, .data = value};
    ike_message_mark(m, IKE_PAYLOAD_KE);
}

static int add_link(struct ike_message *m, const struct ikev2_followup *f)
{
    return ike_message_add_notify(m, IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE, f->link, f->link_len)
               ? 0
               : -ENOSPC;
}

static int send_followup(struct ike_sa *sa)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    struct ikev2_request *q = &sa->v2->request;
    const struct ikev2_followup *f = sa->v2->followup;
    const struct crypto_dh_group *group = ikev2_followup_method(f);
    int r = group ? crypto_dh_start(group, &sa->env->random, &q->dh) : -EINVAL;

    if (r < 0)
        return r;
    q->group = group->id;
    ikev2_out_init(sa, IKE_EXCHANGE_FOLLOWUP_KE, false, sa->v2->send_id);
    add_value(m, group, crypto_dh_public(q->dh));
    r = add_link(m, f);
    return r < 0 ? r : ikev2_request_send(sa, IKEV2_TASK_FOLLOWUP);
}

/* The rekey comes to nothing here; the IKE SA is as it was. */
static void give_up_followup(struct ike_sa *sa)
{
    ikev2_request_done(sa);
    ikev2_followup_end(sa);
    sa->v2->want_rekey = true;
    retry_later(sa, 10 * IKE_SECOND);
}

/* The answer being read agrees on more of them. */
static int await_more(struct ike_sa *sa, const struct agreed *a)
{
    struct ikev2_followup *f = ikev2_followup_begin(sa, a->choice, a->secret);

    if (!f)
        return -ENOMEM;
    f->ours = true;
    f->nonce_i = *a->nonce_i;
    f->nonce_r = *a->nonce_r;
    f->local_spi = a->local_spi;
    return ikev2_followup_take_link(f, &sa->v2->ikev2->in) ? 0 : -EPROTO;
}

/* The successor that the answer being read gives, NULL if more key exchanges come first; -EPROTO,
 * -EBADMSG if it gives none. */
static int take_response(struct ike_sa *sa, struct ike_sa **ret)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    struct ikev2_request *q = &sa->v2->request;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    struct ike_choice choice;
    struct ike_nonce nonce_r;
    struct agreed a = {.choice = &choice,
                       .nonce_i = &q->nonce,
                       .nonce_r = &nonce_r,
                       .local_spi = q->new_spi,
                       .initiator = true};
    int r;

    if (ike_accept_ike(m, &q->offer, &choice) < 0 || !choice.algs.dh || choice.peer_spi == 0 ||
        choice.algs.dh->id != q->group || m->ke.group != q->group)
        return -EPROTO;
    r = crypto_dh_finish(q->dh, m->ke.data, secret);
    if (r == -EBADMSG)
        ike_report_value(sa->peer, IKE_EVENT_FAILED, m->ke.group, m->ke.data.len);
    a.secret = crypto_span(secret, choice.algs.dh->secret_len);
    ike_nonce_set(&nonce_r, m->nonce);
    *ret = NULL;
    if (r == 0)
        r = ike_count_additional(&choice.algs) ? await_more(sa, &a) : make_successor(sa, &a, ret);
    crypto_wipe(secret, sizeof(secret));
    return r;
}

/* The answer, or the last of several, makes no successor: both ends begin anew. */
static void give_up_unusable(struct ike_sa *sa, int error)
{
    if (error != -EBADMSG) /* else it was said what is wrong with it */
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_REKEY_ANSWER_UNUSABLE));
    ikev2_request_done(sa);
    ikev2_followup_end(sa);
    ikev2_close(sa);
}

static void go_on(struct ike_sa *sa)
{
    ikev2_request_done(sa);
    if (sa->state != IKE_SA_ESTABLISHED)
        ikev2_followup_end(sa);
    else if (send_followup(sa) < 0)
        give_up_followup(sa);
}

static void use_successor(struct ike_sa *sa, struct ike_sa *made)
{
    if (sa->state == IKE_SA_ESTABLISHED) {
        ikev2_log_ike_rekeyed(made, WORDS_NEGOTIATION_IKE_REKEYED);
        ike_tell(sa->peer, IKE_EVENT_IKE_REKEYED, NULL);
        inherit(sa, made, &sa->v2->request);
    } else {
        ikev2_close(made); /* we began to close it meanwhile: the heir goes, too */
    }
    ikev2_request_done(sa);
}

void ikev2_rekey_response(struct ike_sa *sa, enum ike_kind kind)
{
    struct ike_sa *made;
    int r;

    if (kind == IKE_KIND_CREATE_FAILED) {
        if (sa->state == IKE_SA_ESTABLISHED)
            handle_refusal(sa);
        ikev2_request_done(sa);
        return;
    }
    r = take_response(sa, &made);
    if (r < 0)
        give_up_unusable(sa, r);
    else if (!made)
        go_on(sa);
    else
        use_successor(sa, made);
}

/* What the response being read adds; the successor if it was the last one. */
static int take_followup(struct ike_sa *sa, struct ike_sa **ret)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    struct ikev2_request *q = &sa->v2->request;
    struct ikev2_followup *f = sa->v2->followup;
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    int r = m->ke.group == q->group ? crypto_dh_finish(q->dh, m->ke.data, secret) : -EPROTO;

    *ret = NULL;
    if (r == -EBADMSG)
        ike_report_value(sa->peer, IKE_EVENT_FAILED, m->ke.group, m->ke.data.len);
    if (r == 0)
        r = ikev2_followup_add(f, crypto_span(secret, crypto_dh_group(q->dh)->secret_len));
    crypto_wipe(secret, sizeof(secret));
    if (r < 0)
        return r;
    if (!ikev2_followup_method(f))
        return make_last(sa, f, ret);
    return ikev2_followup_take_link(f, m) ? 0 : -EPROTO;
}

void ikev2_followup_response(struct ike_sa *sa, enum ike_kind kind)
{
    struct ike_sa *made;
    int r;

    if (kind == IKE_KIND_FOLLOWUP_FAILED) {
        ikev2_report_exchange_refused(sa);
        give_up_followup(sa);
        return;
    }
    r = take_followup(sa, &made);
    if (r < 0) {
        give_up_unusable(sa, r);
    } else if (!made) {
        go_on(sa);
    } else {
        ikev2_followup_end(sa);
        use_successor(sa, made);
    }
}

/* ---- responder ---- */

static uint16_t refuse_now(const struct ike_sa *sa)
{
    size_t n = 0;

    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link)
        n++;
    if (n >= IKE_SAS_MAX)
        return IKE_NOTIFY_TEMPORARY_FAILURE; /* the old ones are given back first */
    if (sa->state != IKE_SA_ESTABLISHED || sa->unsettled || !sa->peer->config.admin_up)
        return IKE_NOTIFY_TEMPORARY_FAILURE;
    switch (sa->v2->request.task) { /* 2.25.2 */
    case IKEV2_TASK_REKEY_IKE: /* of two rekeys in several steps neither would know the other's end
                                */
        return ike_offer_has_additional(offer_of(sa)) ? IKE_NOTIFY_TEMPORARY_FAILURE : 0;
    case IKEV2_TASK_FOLLOWUP:
    case IKEV2_TASK_NEW_CHILD:
    case IKEV2_TASK_REKEY_CHILD:
    case IKEV2_TASK_DELETE_CHILD:
        return IKE_NOTIFY_TEMPORARY_FAILURE;
    default:
        return 0;
    }
}

/* f: more key exchanges are to follow; NULL. */
static int send_answer(struct ike_sa *sa, const struct ike_choice *choice, uint64_t spi,
                       const uint8_t *public, const struct ike_nonce *nonce,
                       const struct ikev2_followup *f)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    int r;

    ikev2_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true, sa->v2->ikev2->in.hdr.message_id);
    r = ike_answer_proposal(m, choice, IKE_PROTOCOL_IKE, spi);
    if (r < 0)
        return r;
    m->nonce = ike_nonce_span(nonce);
    add_value(m, choice->algs.dh, crypto_span(public, choice->algs.dh->answer_len));
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    r = f ? add_link(m, f) : 0;
    if (r < 0)
        return r;
    return ikev2_response_send(sa);
}

/* Sends what makes the successor of its request, and makes it; the key exchange is done. */
static int answer_with(struct ike_sa *sa, struct agreed *a, const uint8_t *public,
                       struct ike_sa **ret)
{
    struct ike_nonce nonce_i, nonce_r = {.len = IKEV2_NONCE_LEN};
    int r;

    ike_nonce_set(&nonce_i, sa->v2->ikev2->in.nonce);
    ike_random(sa->env, nonce_r.bytes, nonce_r.len);
    a->nonce_i = &nonce_i;
    a->nonce_r = &nonce_r;
    a->local_spi = ikev2_new_spi(sa->v2->ikev2);
    r = make_successor(sa, a, ret);
    if (r < 0)
        return r;
    r = send_answer(sa, a->choice, a->local_spi, public, &nonce_r, NULL);
    if (r < 0)
        ike_sa_kill(*ret);
    return r;
}

static void settle_answer(struct ike_sa *sa, struct ike_sa *made)
{
    uint64_t spi = ike_sa_local_spi(made);

    made->v2->quiet_us = sa->env->now_us + QUIET_AFTER_REKEY;
    if (sa->v2->request.task == IKEV2_TASK_REKEY_IKE) {
        sa->v2->request.rival_sa = spi; /* which one stays is seen when ours is answered */
        sa->v2->request.rival_nonce = made->v2->low_nonce;
        sa->v2->successor = spi;
        made->unsettled = true;
        return;
    }
    take_over(sa, made);
    ikev2_log_ike_rekeyed(made, WORDS_NEGOTIATION_IKE_REKEYED_BY_PEER);
    ike_tell(sa->peer, IKE_EVENT_IKE_REKEYED, NULL);
}

/* The first answer of several: nothing is made until the last. */
static int begin_followup(struct ike_sa *sa, const struct agreed *a, const uint8_t *public)
{
    struct ikev2_followup *f = ikev2_followup_begin(sa, a->choice, a->secret);
    int r;

    if (!f)
        return -ENOMEM;
    f->local_spi = ikev2_new_spi(sa->v2->ikev2);
    ike_nonce_set(&f->nonce_i, sa->v2->ikev2->in.nonce);
    f->nonce_r.len = IKEV2_NONCE_LEN;
    ike_random(sa->env, f->nonce_r.bytes, f->nonce_r.len);
    ikev2_followup_make_link(sa, f);
    sa->v2->quiet_us = sa->env->now_us + QUIET_AFTER_REKEY;
    r = send_answer(sa, a->choice, f->local_spi, public, &f->nonce_r, f);
    if (r < 0)
        ikev2_followup_end(sa);
    return r;
}

/* The answer to one of the exchanges that follow, and the successor if it is the last one. */
static int answer_followup(struct ike_sa *sa, struct ikev2_followup *f,
                           const struct crypto_dh_group *group, struct ike_sa **ret)
{
    const struct ike_message *in = &sa->v2->ikev2->in;
    struct ike_message *out = &sa->v2->ikev2->out;
    uint8_t public[CRYPTO_DH_PUBLIC_MAX], secret[CRYPTO_DH_SECRET_MAX];
    int r = crypto_dh_respond(group, &sa->env->random, in->ke.data, public, secret);

    *ret = NULL;
    if (r == -EBADMSG)
        ike_report_value(sa->peer, IKE_EVENT_FAILED, in->ke.group, in->ke.data.len);
    if (r == 0)
        r = ikev2_followup_add(f, crypto_span(secret, group->secret_len));
    crypto_wipe(secret, sizeof(secret));
    if (r < 0)
        return r;
    ikev2_out_init(sa, IKE_EXCHANGE_FOLLOWUP_KE, true, in->hdr.message_id);
    add_value(out, group, crypto_span(public, group->answer_len));
    if (ikev2_followup_method(f)) {
        ikev2_followup_make_link(sa, f);
        sa->v2->quiet_us = sa->env->now_us + QUIET_AFTER_REKEY;
        r = add_link(out, f);
    } else {
        r = make_last(sa, f, ret);
    }
    if (r == 0)
        r = ikev2_response_send(sa);
    if (r < 0 && *ret)
        ike_sa_kill(*ret);
    return r;
}

static int answer(struct ike_sa *sa, const struct ike_choice *choice)
{
    const struct ike_message *in = &sa->v2->ikev2->in;
    uint8_t public[CRYPTO_DH_PUBLIC_MAX], secret[CRYPTO_DH_SECRET_MAX];
    struct agreed a = {.choice = choice,
                       .secret = crypto_span(secret, choice->algs.dh->secret_len)};
    struct ike_sa *made = NULL;
    int r = -EBUSY;

    if (ikev2_exchange_is_due(sa->peer, choice->algs.dh))
        r = crypto_dh_respond(choice->algs.dh, &sa->env->random, in->ke.data, public, secret);
    if (r == -EBADMSG)
        ike_report_value(sa->peer, IKE_EVENT_FAILED, in->ke.group, in->ke.data.len);
    if (r == 0)
        r = ike_count_additional(&choice->algs) ? begin_followup(sa, &a, public)
                                                : answer_with(sa, &a, public, &made);
    crypto_wipe(secret, sizeof(secret));
    if (r == 0 && made)
        settle_answer(sa, made);
    return r;
}

static int refuse(struct ike_sa *sa)
{
    char why[IKE_WHY_MAX];

    ike_explain_mismatch(&sa->v2->ikev2->in, offer_of(sa), true, why, sizeof(why));
    ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_REKEY_MISMATCH, words_written(why)));
    return ikev2_respond_notify(sa, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
}

void ikev2_rekey_request(struct ike_sa *sa)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    uint16_t notify = refuse_now(sa);
    struct ike_choice choice;
    uint8_t group[2];
    int r;

    if (notify) {
        ikev2_log_put_off(sa, WORDS_NEGOTIATION_IKE_REKEY, notify);
        r = ikev2_respond_notify(sa, notify, NULL, 0);
    } else if (ike_choose_ike(m, offer_of(sa), m->ke.group, &choice) < 0 || !choice.algs.dh ||
               choice.peer_spi == 0) {
        r = refuse(sa);
    } else if (choice.algs.dh->id != m->ke.group) {
        wire_store_be16(group, choice.algs.dh->id);
        ikev2_log_group(sa->peer, WORDS_NEGOTIATION_ASKED_GROUP, m->ke.group, choice.algs.dh->id);
        r = ikev2_respond_notify(sa, IKE_NOTIFY_INVALID_KE_PAYLOAD, group, sizeof(group));
    } else {
        r = answer(sa, &choice);
    }
    if (r < 0)
        ikev2_respond_trouble(sa, r);
}

void ikev2_followup_request(struct ike_sa *sa)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    struct ikev2_followup *f = ikev2_followup_of(sa, m);
    const struct crypto_dh_group *group = f ? ikev2_followup_method(f) : NULL;
    uint16_t notify = group ? refuse_now(sa) : IKE_NOTIFY_STATE_NOT_FOUND;
    struct ike_sa *made = NULL;
    int r;

    if (!notify && !ikev2_exchange_is_due(sa->peer, group))
        notify = IKE_NOTIFY_TEMPORARY_FAILURE;
    if (notify)
        r = ikev2_respond_notify(sa, notify, NULL, 0);
    else
        r = m->ke.group == group->id ? answer_followup(sa, f, group, &made) : -EBADMSG;
    if (notify || r < 0 || made)
        ikev2_followup_end(sa);
    if (r < 0)
        ikev2_respond_trouble(sa, r);
    else if (made)
        settle_answer(sa, made);
}
