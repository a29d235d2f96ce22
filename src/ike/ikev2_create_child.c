#include "ikev2_internal.h"

/* CREATE_CHILD_SA for ESP pairs: new ones and rekeying, with and without PFS (1.3.1, 1.3.3, 2.8).
 */

/* ---- initiator ---- */

/* A later try of the same pair waits longer; with jitter, so that both ends do not collide again.
 */
static void retry_later(struct ike_sa *sa, struct ike_pair *pair, uint64_t base)
{
    unsigned *refusals = pair ? &pair->refusals : &sa->v2->child_refusals;
    uint64_t pause = ike_jitter(sa->env, base << MIN(*refusals, 4U), 40);

    ++*refusals;
    *(pair ? &pair->retry_us : &sa->v2->child_retry_us) =
        sa->env->now_us + MIN(pause, 60 * IKE_SECOND);
    ike_sa_touch(sa);
    ike_peer_touch(sa->peer); /* it may be time for a new call */
}

/* For good, as far as this configuration goes. */
static void retry_much_later(struct ike_sa *sa, struct ike_pair *pair)
{
    ike_tell(sa->peer, IKE_EVENT_REFUSED, NULL);
    sa->v2->new_refusals += pair == NULL;
    retry_later(sa, pair, 10 * IKE_SECOND);
}

static int add_request_secrets(struct ike_sa *sa, uint16_t group)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    struct ikev2_request *q = &sa->v2->request;
    const struct crypto_dh_group *g = crypto_dh_find(group);
    int r;

    q->nonce.len = IKEV2_NONCE_LEN;
    ike_random(sa->env, q->nonce.bytes, q->nonce.len);
    m->nonce = ike_nonce_span(&q->nonce);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    q->group = group;
    if (!g)
        return group ? -EINVAL : 0;
    r = crypto_dh_start(g, &sa->env->random, &q->dh);
    if (r < 0)
        return r;
    m->ke = (struct ike_ke){.group = group, .data = crypto_dh_public(q->dh)};
    ike_message_mark(m, IKE_PAYLOAD_KE);
    return 0;
}

static int send_request(struct ike_sa *sa, const struct ike_pair *rekeyed)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    const struct ike_tunnel_config *c = &sa->peer->config;
    bool known = sa->v2->child_group && ike_offer_has_group(&c->child, sa->v2->child_group);
    uint16_t group = known ? sa->v2->child_group : ike_offer_first_group(&c->child);
    int r;

    ikev2_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, false, sa->v2->send_id);
    if (rekeyed) {
        struct ike_notify *n = ike_message_add_notify(m, IKE_NOTIFY_REKEY_SA, NULL, 0);

        if (!n)
            return -ENOSPC;
        n->protocol = IKE_PROTOCOL_ESP;
        n->spi_len = 4;
        n->spi = rekeyed->spi_in;
        sa->v2->request.child_spi = rekeyed->spi_in;
    }
    r = ikev2_child_propose(sa, rekeyed, c->child.n_groups > 0);
    if (r == 0)
        r = add_request_secrets(sa, group);
    return r < 0 ? r
                 : ikev2_request_send(sa, rekeyed ? IKEV2_TASK_REKEY_CHILD : IKEV2_TASK_NEW_CHILD);
}

void ikev2_create_child_send(struct ike_sa *sa, struct ike_pair *rekeyed)
{
    if (send_request(sa, rekeyed) < 0) {
        ikev2_request_done(sa);
        retry_later(sa, rekeyed, 1 * IKE_SECOND);
    }
}

static void use_other_group(struct ike_sa *sa, struct ike_pair *pair)
{
    const struct ike_offer *offer = &sa->peer->config.child;
    char theirs[48], ours[IKE_TEXT_MAX / 2];
    uint16_t group;

    switch (ikev2_read_group_wish(sa, offer, &sa->v2->child_groups_refused, &group)) {
    case IKEV2_GROUP_OTHER:
        sa->v2->child_group = group;
        ikev2_log_group(sa->peer, WORDS_NEGOTIATION_OTHER_GROUP, group, sa->v2->request.group);
        retry_later(sa, pair, 10 * IKE_MS);
        return;
    case IKEV2_GROUP_FOREIGN:
        ike_describe_group(group, theirs, sizeof(theirs));
        ike_write_offer(offer, ours, sizeof(ours));
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKE_PEER_WANTS_PFS_GROUP, theirs, words_written(ours), group));
        break;
    case IKEV2_GROUP_CIRCLES:
        ikev2_report_circles(sa, pair ? WORDS_NEGOTIATION_CHILD_REKEY : WORDS_NEGOTIATION_A_CHILD,
                             offer, group);
        break;
    }
    retry_much_later(sa, pair);
}

/* Once: it is asked again until it is done. */
static void note_put_off(struct ike_sa *sa, const struct ike_pair *pair)
{
    enum words_code what = pair ? WORDS_NEGOTIATION_CHILD_REKEY : WORDS_NEGOTIATION_A_CHILD;

    if (!(pair ? pair->refusals : sa->v2->child_refusals))
        ike_log(sa->peer, IKE_LOG_INFO, SAY(NEGOTIATION_PUT_OFF, words_coded(what)));
}

static void handle_refusal(struct ike_sa *sa, struct ike_pair *pair)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    uint16_t type = n ? n->type : 0;

    if (ikev2_child_is_stale(sa)) {
        retry_later(sa, pair, 10 * IKE_MS);
    } else if (type == IKE_NOTIFY_INVALID_KE_PAYLOAD) {
        use_other_group(sa, pair);
    } else if (type == IKE_NOTIFY_TEMPORARY_FAILURE) {
        note_put_off(sa, pair);
        retry_later(sa, pair, 500 * IKE_MS);
    } else if (type == IKE_NOTIFY_CHILD_SA_NOT_FOUND) {
        /* Deleted or rekeyed by the peer meanwhile; if not replaced, a new one is made. */
        if (pair) {
            ike_note(sa->peer, IKE_LOG_WARNING, SAY(IKE_PEER_FORGOT_CHILD));
            ike_pair_end(pair, IKE_PAIR_GRACE);
            sa->v2->remake = true;
        }
    } else if (type == IKE_NOTIFY_NO_ADDITIONAL_SAS) {
        ike_note(sa->peer, IKE_LOG_WARNING, SAY(IKE_PEER_MAKES_NO_MORE));
        sa->v2->outworn = true;
        retry_later(sa, pair, 30 * IKE_SECOND);
    } else if (!ikev2_child_goes_on(sa, pair)) {
        ikev2_report_child_refused(sa);
        retry_much_later(sa, pair);
    }
}

/* Both ends rekeyed the same pair at once: of the two new ones, the one made with the lowest of
 * the four nonces is closed by its maker (2.8.1). */
static void resolve_rivalry(struct ike_sa *sa, const struct ikev2_request *q, struct ike_pair *old,
                            struct ike_pair *ours)
{
    struct ike_pair *rival = q->rival_nonce.len ? ike_pair_find(&sa->pairs, q->rival_child) : NULL;

    if (rival && ike_nonce_cmp(&ours->low_nonce, &q->rival_nonce) < 0) {
        ikev2_log_esp_in(sa->peer, rival->spi_in, WORDS_NEGOTIATION_CHILD_RIVAL_PEERS);
        ours->state = IKE_PAIR_CLOSING;
        return;
    }
    ike_pair_add_out(ours);
    if (rival) {
        ikev2_log_esp_in(sa->peer, ours->spi_in, WORDS_NEGOTIATION_CHILD_RIVAL_OURS);
        ike_pair_replace(rival, ours); /* the peer deletes it */
    }
    if (old) { /* closed by us when the new one is acknowledged */
        ike_pair_replace(old, ours);
        ours->replaces = old->spi_in;
    }
}

/* ---- a DELETE that overtakes the answer ---- */

bool ikev2_awaits_child(const struct ike_sa *sa)
{
    enum ikev2_task task = sa->v2->request.task;

    return task == IKEV2_TASK_NEW_CHILD || task == IKEV2_TASK_REKEY_CHILD;
}

void ikev2_note_gone(struct ike_sa *sa, uint32_t spi_out)
{
    struct ikev2_request *q = &sa->v2->request;

    if (ikev2_awaits_child(sa))
        q->gone[q->n_gone++ % IKEV2_GONE_MAX] = spi_out;
}

/* What the answer brings was deleted by the peer before we knew of it. */
static bool is_gone(const struct ike_sa *sa)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    const struct ikev2_request *q = &sa->v2->request;

    for (size_t i = 0; i < MIN(q->n_gone, (unsigned)IKEV2_GONE_MAX); i++) {
        if (m->n_proposals == 1 && (uint32_t)m->proposals[0].spi == q->gone[i])
            return true;
    }
    return false;
}

/* Nothing is made; what was to be rekeyed is as it is at the peer, too. */
static void let_go(struct ike_sa *sa, struct ike_pair *old)
{
    ike_log(sa->peer, IKE_LOG_INFO, SAY(NEGOTIATION_CHILD_GONE));
    if (!old || old->state == IKE_PAIR_LIVE)
        retry_later(sa, old, 1 * IKE_SECOND);
}

void ikev2_create_child_response(struct ike_sa *sa, enum ike_kind kind)
{
    struct ikev2_request *q = &sa->v2->request;
    struct ike_pair *old = ike_pair_find(&sa->pairs, q->child_spi), *made = NULL;
    bool rekey = q->task == IKEV2_TASK_REKEY_CHILD, beside = ike_pairs_carry(&sa->peer->pairs);
    int r;

    if (sa->state != IKE_SA_ESTABLISHED) {
        ikev2_request_done(sa); /* closing: the pair goes with the IKE SA */
        return;
    }
    if (kind == IKE_KIND_CREATE_FAILED) {
        if (!rekey || (old && old->state == IKE_PAIR_LIVE))
            handle_refusal(sa, old);
        if (ike_message_has(&sa->v2->ikev2->in, IKE_PAYLOAD_SA))
            ikev2_child_reject(sa, q->new_spi_in); /* the peer may have made one all the same */
        ikev2_request_done(sa);
        return;
    }
    if (is_gone(sa)) {
        let_go(sa, old);
        ikev2_request_done(sa);
        return;
    }
    r = ikev2_child_take_response(sa, q->offer.n_groups > 0, ike_nonce_span(&q->nonce),
                                  sa->v2->ikev2->in.nonce, true, &made);
    if (r < 0) {
        ikev2_child_reject(sa, q->new_spi_in);
        if (old)
            retry_later(sa, old, ikev2_child_is_stale(sa) ? 10 * IKE_MS : 10 * IKE_SECOND);
    } else {
        sa->v2->child_groups_refused = 0;
        ikev2_log_child(sa, made, rekey ? old : NULL);
        resolve_rivalry(sa, q, old, made);
        if (rekey) {
            ike_tell(sa->peer, IKE_EVENT_PAIR_REKEYED, NULL);
        } else if (beside) {
            sa->v2->want_liveness = true; /* shows the peer that we have its answer */
        }
    }
    ikev2_request_done(sa);
    ike_peer_touch(sa->peer);
}

/* ---- responder ---- */

/* Whether the request comes at a bad moment (2.25). */
static uint16_t refuse_now(const struct ike_sa *sa, const struct ike_pair *old, bool rekey)
{
    size_t n = 0;

    list_for_each (pair, &sa->pairs, struct ike_pair, link)
        n++;
    if (sa->state != IKE_SA_ESTABLISHED || sa->v2->request.task == IKEV2_TASK_REKEY_IKE ||
        sa->v2->request.task == IKEV2_TASK_FOLLOWUP || !sa->peer->config.admin_up)
        return IKE_NOTIFY_TEMPORARY_FAILURE;
    if (n >= (rekey ? 2 : 1) * IKEV2_CHILDREN_MAX)
        return rekey ? IKE_NOTIFY_TEMPORARY_FAILURE : IKE_NOTIFY_NO_ADDITIONAL_SAS;
    if (!rekey)
        return 0;
    if (!old) /* that of the answer under way, perhaps */
        return ikev2_awaits_child(sa) ? IKE_NOTIFY_TEMPORARY_FAILURE
                                      : IKE_NOTIFY_CHILD_SA_NOT_FOUND;
    return old->state == IKE_PAIR_LIVE ? 0 : IKE_NOTIFY_TEMPORARY_FAILURE;
}

static int respond_not_found(struct ike_sa *sa, const struct ike_notify *asked)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    struct ike_notify *n;

    ikev2_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true, sa->v2->ikev2->in.hdr.message_id);
    n = ike_message_add_notify(m, IKE_NOTIFY_CHILD_SA_NOT_FOUND, NULL, 0);
    if (!n)
        return -ENOSPC;
    n->protocol = IKE_PROTOCOL_ESP;
    n->spi_len = 4;
    n->spi = asked->spi;
    return ikev2_response_send(sa);
}

static int respond_other_group(struct ike_sa *sa)
{
    const struct ike_tunnel_config *c = &sa->peer->config;
    struct ike_choice choice;
    uint8_t group[2];

    if (ike_choose_child(&sa->v2->ikev2->in, &c->child, c->esn, true, 0, &choice) < 0 ||
        !choice.algs.dh)
        return ikev2_respond_notify(sa, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, NULL, 0);
    wire_store_be16(group, choice.algs.dh->id);
    ikev2_log_group(sa->peer, WORDS_NEGOTIATION_ASKED_GROUP, sa->v2->ikev2->in.ke.group,
                    choice.algs.dh->id);
    return ikev2_respond_notify(sa, IKE_NOTIFY_INVALID_KE_PAYLOAD, group, sizeof(group));
}

/* The old pair is replaced by the new one, unless our own request for it is under way: then its
 * answer decides which one stays. */
static void mark_replaced(struct ike_sa *sa, struct ike_pair *old, struct ike_pair *made)
{
    struct ikev2_request *q = &sa->v2->request;

    ike_pair_replace(old, made);
    if (q->task == IKEV2_TASK_REKEY_CHILD && q->child_spi == old->spi_in) {
        q->rival_child = made->spi_in;
        q->rival_nonce = made->low_nonce;
    }
}

static int answer(struct ike_sa *sa, struct ike_pair *old)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    struct ike_nonce nonce = {.len = IKEV2_NONCE_LEN};
    struct ikev2_child_answer a = {.with_groups = true,
                                   .hold_out = old || ike_pairs_serve(&sa->peer->pairs),
                                   .nonce_i = sa->v2->ikev2->in.nonce,
                                   .nonce_r = ike_nonce_span(&nonce)};
    const struct crypto_dh_group *group;
    uint16_t notify;
    int r;

    ike_random(sa->env, nonce.bytes, nonce.len);
    ikev2_out_init(sa, IKE_EXCHANGE_CREATE_CHILD_SA, true, sa->v2->ikev2->in.hdr.message_id);
    notify = ikev2_child_answer_request(sa, &a);
    if (notify)
        return notify == IKE_NOTIFY_INVALID_KE_PAYLOAD ? respond_other_group(sa)
                                                       : ikev2_respond_notify(sa, notify, NULL, 0);
    m->nonce = ike_nonce_span(&nonce);
    ike_message_mark(m, IKE_PAYLOAD_NONCE);
    group = a.pair->algs.dh;
    if (group) {
        m->ke =
            (struct ike_ke){.group = group->id, .data = crypto_span(a.public, group->answer_len)};
        ike_message_mark(m, IKE_PAYLOAD_KE);
    }
    r = ikev2_response_send(sa);
    if (r < 0) {
        ike_pair_end(a.pair, 0); /* it was never told: the peer asks again */
        return r;
    }
    ikev2_log_child(sa, a.pair, old);
    if (!old && a.hold_out && ike_pairs_have_like(&sa->peer->pairs, a.pair))
        ike_pair_hold(a.pair);
    if (old) {
        mark_replaced(sa, old, a.pair);
        ike_tell(sa->peer, IKE_EVENT_PAIR_REKEYED, NULL);
    }
    return 0;
}

void ikev2_create_child_request(struct ike_sa *sa, bool rekey)
{
    const struct ike_notify *asked = ike_message_notify(&sa->v2->ikev2->in, IKE_NOTIFY_REKEY_SA);
    struct ike_pair *old =
        rekey && asked ? ike_pair_find_out(&sa->pairs, (uint32_t)asked->spi) : NULL;
    uint16_t notify = refuse_now(sa, old, rekey);
    int r;

    if (notify)
        ikev2_log_put_off(sa, rekey ? WORDS_NEGOTIATION_CHILD_REKEY : WORDS_NEGOTIATION_A_CHILD,
                          notify);
    if (notify == IKE_NOTIFY_CHILD_SA_NOT_FOUND && asked)
        r = respond_not_found(sa, asked);
    else if (notify)
        r = ikev2_respond_notify(sa, notify, NULL, 0);
    else
        r = answer(sa, old);
    if (r < 0)
        ikev2_respond_trouble(sa, r);
}
