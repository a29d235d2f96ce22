#include "ike_internal.h"

/* IKE_SA_INIT as the initiator (1.2, 2.4, 2.6, 2.7, 2.21.1). */

#define INIT_RETRIES_MAX 6 /* answers that ask to come again: cookies, other groups */
#define ANSWERS_MAX      8 /* that are taken seriously at once */
#define DOUBT            (2 * IKE_SECOND)

/* Also the second and third time, with a cookie or for another group. */
static int send_request(struct ike_sa *sa)
{
    struct ike_message *m = &sa->ike->out;
    int r;

    sa->send_id = 0;
    sa->spi_r = 0;
    ike_out_init(sa, IKE_EXCHANGE_SA_INIT, false, 0);
    if (sa->cookie.len &&
        !ike_message_add_notify(m, IKE_NOTIFY_COOKIE, sa->cookie.bytes, sa->cookie.len))
        return -ENOSPC;
    r = ike_propose_ike(m, &sa->tunnel->config.ike, 0);
    if (r == 0)
        r = ike_init_build(sa, &sa->nonce_i, &sa->init_request);
    if (r < 0)
        return r;
    return ike_request_send_clear(sa, IKE_TASK_INIT, sa->init_request.data, sa->init_request.len);
}

void ike_init_start(struct ike_tunnel *tunnel, bool replaces)
{
    struct ike *ike = tunnel->ike;
    const struct ike_tunnel_config *c = &tunnel->config;
    struct endpoint local = {.addr = c->local, .port = IKE_PORT};
    struct endpoint remote = {.addr = c->remote, .port = IKE_PORT};
    struct ike_sa *sa;

    if (addr_is_any(&c->remote)) { /* a dynamic peer is where it was heard last */
        local.port = ike_tunnel_best(tunnel)->local.port;
        remote = ike_tunnel_best(tunnel)->remote;
    }
    if (ike_sa_new(ike, tunnel, true, ike_sa_new_spi(ike), &local, &remote, &sa) < 0) {
        ike_tunnel_backoff(tunnel);
        return;
    }
    sa->replaces = replaces;
    sa->nonce_i.len = IKE_OUR_NONCE_LEN;
    ike_random(ike, sa->nonce_i.bytes, sa->nonce_i.len);
    if (ike_init_new_dh(sa, ike_offer_first_group(&c->ike)) < 0 || send_request(sa) < 0) {
        ike_tunnel_fail(tunnel, SAY(IKE_NOT_STARTED));
        ike_sa_kill(sa);
        ike_tunnel_backoff(tunnel);
        return;
    }
    ike_log_call(sa);
}

/* Nothing that an unprotected message says is final (2.4, 2.21.1): who knows who sent it. The call
 * stays in IKE_SA_INIT_SENT and listens for a while: what was refused is asked again, and each
 * answer that could be true becomes an IKE SA of its own, which goes on to IKE_AUTH. The first one
 * that proves to be the peer's ends the others, and the call. */
static void doubt(struct ike_sa *call)
{
    if (!call->give_up_us)
        call->give_up_us = call->ike->now_us + DOUBT;
    ike_sa_touch(call);
}

static struct ike_sa *call_of(const struct ike_sa *answer)
{
    list_for_each (sa, &answer->tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_INIT_SENT && sa->spi_i == answer->spi_i)
            return sa;
    }
    return NULL;
}

bool ike_call_has_answers(const struct ike_sa *call)
{
    list_for_each (sa, &call->tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_AUTH_SENT && sa->spi_i == call->spi_i)
            return true;
    }
    return false;
}

void ike_call_end(struct ike_sa *call)
{
    struct ike_tunnel *tunnel = call->tunnel;
    const struct ike_sa *best = ike_tunnel_best(tunnel);

    tunnel->attempts = MAX(tunnel->attempts, call->attempts_min);
    if (!best || best->config_epoch != tunnel->ike_epoch)
        ike_tunnel_refused(tunnel); /* else the peer was quicker with a call that we accepted */
    ike_sa_kill(call);
    ike_tunnel_backoff(tunnel);
}

void ike_answer_failed(struct ike_sa *answer, unsigned attempts_min)
{
    struct ike_sa *call = call_of(answer);

    if (answer->state == IKE_SA_AUTH_SENT)
        ike_sa_kill(answer);
    if (!call)
        return;
    call->attempts_min = MAX(call->attempts_min, attempts_min);
    ike_sa_touch(call);
}

void ike_answer_proved(struct ike_sa *answer)
{
    list_for_each (sa, &answer->tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa != answer && sa->spi_i == answer->spi_i &&
            (sa->state == IKE_SA_INIT_SENT || sa->state == IKE_SA_AUTH_SENT))
            ike_sa_kill(sa);
    }
}

static void try_again(struct ike_sa *sa)
{
    sa->init_retries++;
    ike_request_done(sa);
    if (send_request(sa) < 0) {
        ike_tunnel_fail(sa->tunnel, SAY(IKE_NOT_STARTED));
        ike_call_end(sa);
    }
}

static void use_cookie(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_notify(&sa->ike->in, IKE_NOTIFY_COOKIE);

    if (!n || n->data.len == 0 || n->data.len > 64 ||
        (n->data.len == sa->cookie.len &&
         memcmp(n->data.data, sa->cookie.bytes, n->data.len) == 0)) /* to an earlier try of ours */
        return;
    ike_nonce_set(&sa->cookie, n->data);
    ike_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_COOKIE);
    try_again(sa);
}

static void log_other_group(const struct ike_sa *sa, uint16_t wanted)
{
    char theirs[48], sent[48];

    ike_describe_group(wanted, theirs, sizeof(theirs));
    ike_describe_group(sa->group, sent, sizeof(sent));
    ike_act_log(
        sa->tunnel, IKE_LOG_INFO,
        SAY(NEGOTIATION_OTHER_GROUP, ike_exchange_name(IKE_EXCHANGE_SA_INIT), theirs, sent));
}

static void use_other_group(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_notify(&sa->ike->in, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    const struct ike_offer *offer = &sa->tunnel->config.ike;
    uint16_t group = n && n->data.len == 2 ? wire_load_be16(n->data.data) : 0;
    const struct crypto_dh_group *known = crypto_dh_find(group);
    char theirs[48], ours[IKE_TEXT_MAX / 2];

    if (group == sa->group)
        return; /* an answer to an earlier try of ours, repeated */
    if (!known || !ike_offer_has_group(offer, group)) {
        ike_write_offer(offer, ours, sizeof(ours));
        ike_describe_group(group, theirs, sizeof(theirs));
        ike_tunnel_suspect(sa->tunnel,
                           SAY(IKE_PEER_WANTS_GROUP, theirs, words_written(ours), group));
        doubt(sa);
        return;
    }
    log_other_group(sa, group);
    if (ike_init_new_dh(sa, group) < 0)
        ike_call_end(sa);
    else
        try_again(sa);
}

static void report_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->ike->in);
    char ours[IKE_TEXT_MAX / 2], reason[IKE_REASON_MAX];

    if (n && n->type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN) {
        ike_write_offer(&sa->tunnel->config.ike, ours, sizeof(ours));
        ike_tunnel_suspect(
            sa->tunnel, SAY(IKE_PEER_REFUSED_IKE_PROPOSALS, &sa->local.addr, words_written(ours)));
    } else {
        ike_tunnel_suspect(sa->tunnel, SAY(IKE_PEER_REFUSED_INIT, ike_reason(n, reason)));
    }
    doubt(sa);
}

/* The IKE SA that the answer being read leads to, if it is true. Says what is wrong with it. */
static int take_answer(struct ike_sa *call, const struct ike_choice *choice, const uint8_t *data,
                       size_t len, struct ike_sa *sa)
{
    const struct ike_message *m = &call->ike->in;

    sa->began_us = call->began_us;
    sa->replaces = call->replaces;
    sa->spi_r = m->hdr.spi_r;
    sa->algs = choice->algs;
    sa->group = call->group;
    sa->nonce_i = call->nonce_i;
    ike_nonce_set(&sa->nonce_r, m->nonce);
    if (ike_init_read_nat(sa, m) < 0) {
        ike_tunnel_suspect(call->tunnel, SAY(IKE_WITHOUT_NAT_T));
        return -EPROTO;
    }
    if (ike_init_keep(&sa->init_request, call->init_request.data, call->init_request.len) < 0 ||
        ike_init_keep(&sa->init_response, data, len) < 0 ||
        ike_init_derive(sa, call->dh, m->ke.data) < 0) {
        ike_tunnel_suspect(call->tunnel, SAY(IKE_DH_VALUE));
        return -EPROTO;
    }
    sa->state = IKE_SA_AUTH_SENT;
    sa->local.port = IKE_PORT_NATT; /* 2.23: after the detection of a NAT */
    if (sa->remote.port == IKE_PORT)
        sa->remote.port = IKE_PORT_NATT;
    ike_log_answered(sa);
    if (ike_auth_send(sa) < 0) {
        ike_tunnel_fail(call->tunnel, SAY(IKE_AUTH_NOT_BUILT));
        return -EIO;
    }
    return 0;
}

static void use_response(struct ike_sa *call, const uint8_t *data, size_t len)
{
    const struct ike_message *m = &call->ike->in;
    struct ike_choice choice;
    struct ike_sa *sa;

    if (call->n_answers == ANSWERS_MAX ||
        (m->hdr.spi_r && ike_sa_find_pair(call->ike, true, call->spi_i, m->hdr.spi_r))) {
        call->ike->stats.unexpected++; /* too many, or one that is known already */
        return;
    }
    doubt(call);
    if (m->hdr.spi_r == 0 || ike_accept_ike(m, &call->tunnel->config.ike, &choice) < 0 ||
        !choice.algs.dh || choice.algs.dh->id != call->group || m->ke.group != call->group) {
        ike_tunnel_suspect(call->tunnel, SAY(IKE_NOT_OFFERED));
        return;
    }
    if (ike_sa_new(call->ike, call->tunnel, true, call->spi_i, &call->local, &call->remote, &sa) <
        0)
        return;
    call->n_answers++;
    if (take_answer(call, &choice, data, len, sa) < 0)
        ike_sa_kill(sa);
    else
        ike_request_done(call); /* asked enough */
}

void ike_init_response(struct ike_sa *sa, enum ike_kind kind, const uint8_t *data, size_t len)
{
    bool again = kind == IKE_KIND_SA_INIT_COOKIE || kind == IKE_KIND_SA_INIT_INVALID_KE;

    if (kind != IKE_KIND_SA_INIT_RESPONSE && ike_call_has_answers(sa)) {
        sa->ike->stats.unexpected++; /* somebody else said otherwise */
        return;
    }
    if (again && sa->init_retries == INIT_RETRIES_MAX) {
        ike_tunnel_suspect(sa->tunnel, SAY(IKE_IN_CIRCLES));
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
        if (!sa->replaces && ike_tunnel_best(sa->tunnel))
            ike_sa_kill(sa);
        else
            use_response(sa, data, len);
        break;
    default:
        sa->ike->stats.unexpected++;
        break;
    }
}
