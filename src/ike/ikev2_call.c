#include "ikev2_internal.h"

/* IKE_SA_INIT as the initiator (1.2, 2.4, 2.6, 2.7, 2.21.1). */

#define INIT_RETRIES_MAX 6 /* answers that ask to come again: cookies, other groups */
#define ANSWERS_MAX      8 /* that are taken seriously at once */
#define DOUBT            (2 * IKE_SECOND)

static int start_exchange(struct ike_sa *call, uint16_t group)
{
    const struct crypto_dh_group *g = crypto_dh_find(group);
    struct crypto_dh *dh;
    int r = g ? crypto_dh_start(g, &call->env->random, &dh) : -EINVAL;

    if (r < 0)
        return r;
    crypto_dh_free(call->v2->dh);
    call->v2->dh = dh;
    call->v2->group = group;
    return 0;
}

/* Also the second and third time, with a cookie or for another group. */
static int send_request(struct ike_sa *sa)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    int r;

    sa->v2->send_id = 0;
    sa->spi_r = 0;
    ikev2_out_init(sa, IKE_EXCHANGE_SA_INIT, false, 0);
    if (sa->v2->cookie.len &&
        !ike_message_add_notify(m, IKE_NOTIFY_COOKIE, sa->v2->cookie.bytes, sa->v2->cookie.len))
        return -ENOSPC;
    r = ike_propose_ike(m, &sa->peer->config.ike, 0);
    if (r == 0)
        r = ikev2_init_build(sa, crypto_dh_public(sa->v2->dh), &sa->v2->nonce_i,
                             &sa->v2->init_request);
    if (r < 0)
        return r;
    return ikev2_request_send_clear(sa, IKEV2_TASK_INIT, sa->v2->init_request.data,
                                    sa->v2->init_request.len);
}

int ikev2_call(struct ike_peer *peer, const struct endpoint *local, const struct endpoint *remote,
               bool replaces)
{
    struct ikev2 *ikev2 = peer->ikev2;
    struct ike_sa *sa;
    int r;

    if (ike_offer_lacks_additional(&peer->config.ike)) {
        ikev2_report_lacking(peer, IKE_EVENT_FAILED);
        return -EOPNOTSUPP;
    }
    r = ikev2_sa_new(ikev2, peer, IKE_SA_CALLING, true, ikev2_new_spi(ikev2), local, remote, &sa);
    if (r < 0)
        return r;
    sa->replaces = replaces;
    sa->v2->began_natt = peer->tries_natt;
    sa->v2->nonce_i.len = IKEV2_NONCE_LEN;
    ike_random(sa->env, sa->v2->nonce_i.bytes, sa->v2->nonce_i.len);
    r = start_exchange(sa, ike_offer_first_group(&peer->config.ike));
    if (r == 0)
        r = send_request(sa);
    if (r == 0) {
        ikev2_log_call(sa);
        return 0;
    }
    ike_tell(peer, IKE_EVENT_FAILED, SAY(IKE_NOT_STARTED));
    ike_sa_kill(sa);
    return r;
}

/* Nothing that an unprotected message says is final (2.4, 2.21.1): who knows who sent it. The call
 * stays in IKE_SA_CALLING and listens for a while: what was refused is asked again, and each
 * answer that could be true becomes an IKE SA of its own, which goes on to IKE_AUTH. The first one
 * that proves to be the peer's ends the others, and the call. */
static void doubt(struct ike_sa *call)
{
    if (!call->v2->give_up_us)
        call->v2->give_up_us = call->env->now_us + DOUBT;
    ike_sa_touch(call);
}

static void try_again(struct ike_sa *sa)
{
    sa->v2->init_retries++;
    ikev2_request_done(sa);
    if (send_request(sa) < 0) {
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_NOT_STARTED));
        ikev2_call_end(sa);
    }
}

static void use_cookie(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_notify(&sa->v2->ikev2->in, IKE_NOTIFY_COOKIE);

    if (!n || n->data.len == 0 || n->data.len > 64 ||
        (n->data.len == sa->v2->cookie.len &&
         memcmp(n->data.data, sa->v2->cookie.bytes, n->data.len) ==
             0)) /* to an earlier try of ours */
        return;
    ike_nonce_set(&sa->v2->cookie, n->data);
    ikev2_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_COOKIE);
    try_again(sa);
}

static void log_other_group(const struct ike_sa *sa, uint16_t wanted)
{
    char theirs[48], sent[48];

    ike_describe_group(wanted, theirs, sizeof(theirs));
    ike_describe_group(sa->v2->group, sent, sizeof(sent));
    ike_log(sa->peer, IKE_LOG_INFO,
            SAY(NEGOTIATION_OTHER_GROUP, ike_exchange_name(IKE_EXCHANGE_SA_INIT), theirs, sent));
}

static void use_other_group(struct ike_sa *sa)
{
    const struct ike_notify *n =
        ike_message_notify(&sa->v2->ikev2->in, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    const struct ike_offer *offer = &sa->peer->config.ike;
    uint16_t group = n && n->data.len == 2 ? wire_load_be16(n->data.data) : 0;
    const struct crypto_dh_group *known = crypto_dh_find(group);
    char theirs[48], ours[IKE_TEXT_MAX / 2];

    if (group == sa->v2->group)
        return; /* an answer to an earlier try of ours, repeated */
    if (!known || !ike_offer_has_group(offer, group)) {
        ike_write_offer(offer, ours, sizeof(ours));
        ike_describe_group(group, theirs, sizeof(theirs));
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED,
                 SAY(IKE_PEER_WANTS_GROUP, theirs, words_written(ours), group));
        doubt(sa);
        return;
    }
    log_other_group(sa, group);
    if (start_exchange(sa, group) < 0)
        ikev2_call_end(sa);
    else
        try_again(sa);
}

static void report_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    char ours[IKE_TEXT_MAX / 2], reason[IKE_REASON_MAX];

    if (n && n->type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN) {
        ike_write_offer(&sa->peer->config.ike, ours, sizeof(ours));
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED,
                 SAY(IKE_PEER_REFUSED_IKE_PROPOSALS, &sa->local.addr, words_written(ours)));
    } else {
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED, SAY(IKE_PEER_REFUSED_INIT, ike_reason(n, reason)));
    }
    doubt(sa);
}

static int finish_exchange(const struct ike_sa *call, struct crypto_span peer, struct ike_sa *sa)
{
    uint8_t secret[CRYPTO_DH_SECRET_MAX];
    int r = crypto_dh_finish(call->v2->dh, peer, secret);

    if (r == 0)
        r = ikev2_init_derive(sa, crypto_span(secret, crypto_dh_group(call->v2->dh)->secret_len));
    crypto_wipe(secret, sizeof(secret));
    return r;
}

/* The IKE SA that the answer being read leads to, if it is true. Says what is wrong with it. */
static int read_answer(struct ike_sa *call, const struct ike_choice *choice, const uint8_t *data,
                       size_t len, struct ike_sa *sa)
{
    const struct ike_message *m = &call->v2->ikev2->in;

    sa->began_us = call->began_us;
    sa->replaces = call->replaces;
    sa->v2->began_natt = call->v2->began_natt;
    sa->spi_r = m->hdr.spi_r;
    sa->algs = choice->algs;
    sa->v2->group = call->v2->group;
    sa->v2->nonce_i = call->v2->nonce_i;
    ike_nonce_set(&sa->v2->nonce_r, m->nonce);
    ikev2_cert_read_init(sa, m);
    if (ikev2_init_read_nat(sa, m) < 0) {
        ike_tell(call->peer, IKE_EVENT_SUSPECTED, SAY(IKE_WITHOUT_NAT_T));
        return -EPROTO;
    }
    if (ikev2_intermediate_begin(sa) < 0 ||
        ikev2_init_keep(&sa->v2->init_request, call->v2->init_request.data,
                        call->v2->init_request.len) < 0 ||
        ikev2_init_keep(&sa->v2->init_response, data, len) < 0 ||
        finish_exchange(call, m->ke.data, sa) < 0) {
        ike_report_value(call->peer, IKE_EVENT_SUSPECTED, m->ke.group, m->ke.data.len);
        return -EPROTO;
    }
    return 0;
}

static int try_answer(struct ike_sa *sa)
{
    int r;

    sa->local.port = IKE_PORT_NATT; /* 2.23: after the detection of a NAT */
    if (sa->remote.port == IKE_PORT)
        sa->remote.port = IKE_PORT_NATT;
    ikev2_log_answered(sa);
    sa->v2->send_id = 1;
    r = ikev2_prove(sa);
    if (r < 0 && r != -EPROTONOSUPPORT) /* it said why */
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_AUTH_NOT_BUILT));
    return r;
}

static void use_response(struct ike_sa *call, const uint8_t *data, size_t len)
{
    const struct ike_message *m = &call->v2->ikev2->in;
    struct ike_choice choice;
    struct ike_sa *sa;

    if (call->v2->n_answers == ANSWERS_MAX || ikev2_answer_is_known(call, data, len)) {
        call->v2->ikev2->stats.unexpected++;
        return;
    }
    doubt(call);
    if (m->hdr.spi_r == 0 || ike_accept_ike(m, &call->peer->config.ike, &choice) < 0 ||
        !choice.algs.dh || choice.algs.dh->id != call->v2->group ||
        m->ke.group != call->v2->group) {
        ike_tell(call->peer, IKE_EVENT_SUSPECTED, SAY(IKE_NOT_OFFERED));
        return;
    }
    if (ikev2_sa_new(call->v2->ikev2, call->peer, IKE_SA_AUTHENTICATING, true, call->spi_i,
                     &call->local, &call->remote, &sa) < 0)
        return;
    call->v2->n_answers++;
    if (read_answer(call, &choice, data, len, sa) < 0 || ikev2_answer_joins(sa) ||
        try_answer(sa) < 0)
        ike_sa_kill(sa);
    else
        ikev2_request_done(call); /* asked enough */
}

void ikev2_init_response(struct ike_sa *sa, enum ike_kind kind, const uint8_t *data, size_t len)
{
    bool again = kind == IKE_KIND_SA_INIT_COOKIE || kind == IKE_KIND_SA_INIT_INVALID_KE;

    if (kind != IKE_KIND_SA_INIT_RESPONSE && ikev2_call_has_answers(sa)) {
        sa->v2->ikev2->stats.unexpected++; /* somebody else said otherwise */
        return;
    }
    if (again && sa->v2->init_retries == INIT_RETRIES_MAX) {
        ike_tell(sa->peer, IKE_EVENT_SUSPECTED, SAY(IKE_IN_CIRCLES));
        doubt(sa);
        return;
    }
    switch (kind) {
    case IKE_KIND_SA_INIT_COOKIE:
        use_cookie(sa);
        break;
    case IKE_KIND_SA_INIT_INVALID_KE:
        use_other_group(sa);
        break;
    case IKE_KIND_SA_INIT_FAILED:
        report_refusal(sa);
        break;
    case IKE_KIND_SA_INIT_RESPONSE:
        /* The peer was quicker with an exchange of its own: two are one too many. */
        if (!sa->replaces && sa->peer->lead)
            ike_sa_kill(sa);
        else
            use_response(sa, data, len);
        break;
    default:
        sa->v2->ikev2->stats.unexpected++;
        break;
    }
}
