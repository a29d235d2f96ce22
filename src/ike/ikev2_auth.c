#include "ikev2_internal.h"

/* IKE_AUTH (1.2, 2.15) and the first ESP pair. */

#define AUTH_RETRY_SLOW 8 /* a refusal for a wrong key or ID is not worth asking often */

/* Does the peer's old state have to go? Yes, unless we have another SA with it; nor may a restarted
 * daemon make another Ropeway drop the SAs that still forward. */
static bool is_initial_contact(const struct ike_sa *sa)
{
    const struct ike_peer *peer = sa->peer;

    list_for_each (other, &peer->sas, struct ike_sa, peer_link) {
        if (other != sa && (other->state == IKE_SA_ESTABLISHED || other->state == IKE_SA_REPLACED))
            return false;
    }
    return list_empty(&peer->pairs.adopted) || !sa->ropeway;
}

static const struct ikev2_proof *proof_of(const struct ike_peer *peer)
{
    return peer->config.credentials ? &ikev2_cert : &ikev2_psk;
}

int ikev2_auth_send(struct ike_sa *sa)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    const struct ike_tunnel_config *c = &sa->peer->config;
    struct ike_ident local, remote;
    uint8_t room[IKEV2_PROOF_MAX];
    int r;

    ikev2_out_init(sa, IKE_EXCHANGE_AUTH, false, sa->v2->send_id);
    ike_peer_ident(sa->peer, false, &local, &m->idi);
    ike_message_mark(m, IKE_PAYLOAD_IDI);
    if (c->remote_id.type) {
        ike_peer_ident(sa->peer, true, &remote, &m->idr);
        ike_message_mark(m, IKE_PAYLOAD_IDR);
    }
    r = proof_of(sa->peer)->prove(sa, &m->idi, room);
    if (r < 0)
        return r;
    if (is_initial_contact(sa) && !ike_message_add_notify(m, IKE_NOTIFY_INITIAL_CONTACT, NULL, 0))
        return -ENOSPC;
    r = ikev2_child_propose(sa, NULL, false);
    if (r == 0)
        r = ikev2_request_send(sa, IKEV2_TASK_AUTH);
    if (r == 0)
        ikev2_log_auth_sent(sa);
    return r;
}

/* ---- responder ---- */

static bool accepts_id(const struct ike_peer *peer, const struct ike_id *id)
{
    const struct ike_tunnel_config *c = &peer->config;
    struct ike_ident storage;
    struct ike_id expected;

    if (!c->remote_id.type && addr_is_any(&c->remote))
        return true; /* a dynamic peer without an ID is whoever knows the key */
    if (!c->remote_id.type && c->credentials)
        return true; /* whoever has a certificate, which has to bear the ID */
    ike_peer_ident(peer, true, &storage, &expected);
    return ike_id_equal(&expected, id);
}

static bool is_own_id(const struct ike_peer *peer, const struct ike_message *m)
{
    struct ike_ident storage;
    struct ike_id own;

    if (!ike_message_has(m, IKE_PAYLOAD_IDR))
        return true;
    ike_peer_ident(peer, false, &storage, &own);
    return ike_id_equal(&own, &m->idr);
}

static void report_wrong_id(struct ike_peer *peer, const struct ike_id *id, bool nat)
{
    char theirs[IKE_ID_TEXT_MAX], ours[IKE_ID_TEXT_MAX];
    struct ike_ident storage;
    struct ike_id expected;
    bool address = id->type == IKE_ID_IPV4 || id->type == IKE_ID_IPV6;

    ike_peer_ident(peer, true, &storage, &expected);
    ike_id_format(id, theirs);
    ike_id_format(&expected, ours);
    ike_tell(peer, IKE_EVENT_SUSPECTED,
             nat && address ? SAY(IKE_WRONG_ID_BEHIND_NAT, theirs, ours)
                            : SAY(IKE_WRONG_ID, theirs, ours));
}

/* How well the peer fits the peer; 0 = not at all. One that proves itself as it does; an ID that
 * was asked for says more than that anybody is welcome; then our own ID, if the peer named it; then
 * the peer's address. */
static unsigned fitness(const struct ike_peer *peer, const struct ike_message *m)
{
    bool fixed = !addr_is_any(&peer->config.remote);

    if (!accepts_id(peer, &m->idi))
        return 0;
    return 1 + (proof_of(peer)->takes(m->auth.method) ? 16U : 0) +
           (peer->config.remote_id.type || fixed ? 8U : 0) + (is_own_id(peer, m) ? 4U : 0) +
           (fixed ? 2U : 0);
}

/* By addresses, then by ID. Reports a wrong ID to the peer that came nearest. */
static struct ike_peer *find_peer(struct ike_sa *sa, const struct ike_message *m)
{
    struct ike_peer *found = NULL, *near = NULL;
    unsigned best = 0;

    ike_for_each_between(peer, sa->v2->ikev2->peers, &sa->local.addr, &sa->remote.addr)
    {
        if (!peer->config.admin_up || peer->config.ikev1)
            continue;
        near = near && addr_is_any(&peer->config.remote) ? near : peer;
        if (fitness(peer, m) > best) {
            best = fitness(peer, m);
            found = peer;
        }
    }
    if (!found && near)
        report_wrong_id(near, &m->idi, sa->nat_remote);
    return found;
}

/* What went before carries the traffic on. To a peer that starts afresh SAs from before our restart
 * are as dead as those that were dropped for that. */
static bool others_serve(const struct ike_sa *sa)
{
    bool afresh = ike_message_notify(&sa->v2->ikev2->in, IKE_NOTIFY_INITIAL_CONTACT) != NULL;

    return afresh ? ike_pairs_serve(&sa->peer->pairs) : ike_pairs_carry(&sa->peer->pairs);
}

/* IDr and AUTH, then the pair or why there is none. */
static int answer_auth(struct ike_sa *sa)
{
    struct ike_message *m = &sa->v2->ikev2->out;
    struct ikev2_child_answer child = {.nonce_i = ike_nonce_span(&sa->v2->nonce_i),
                                       .nonce_r = ike_nonce_span(&sa->v2->nonce_r),
                                       .hold_out = sa->ropeway || others_serve(sa)};
    struct ike_ident own;
    uint8_t room[IKEV2_PROOF_MAX];
    uint16_t notify;
    int r;

    ikev2_out_init(sa, IKE_EXCHANGE_AUTH, true, sa->v2->ikev2->in.hdr.message_id);
    ike_peer_ident(sa->peer, false, &own, &m->idr);
    r = proof_of(sa->peer)->prove(sa, &m->idr, room);
    if (r < 0)
        return r;
    ike_message_mark(m, IKE_PAYLOAD_IDR);
    ikev2_establish(sa);
    notify = ikev2_child_answer_request(sa, &child);
    if (child.pair) {
        child.pair->with_sa = true;
        ikev2_log_child(sa, child.pair, NULL);
    }
    if (notify && !ike_message_add_notify(m, notify, NULL, 0))
        return -ENOSPC;
    return ikev2_response_send(sa);
}

static void refuse_with(struct ike_sa *sa, uint16_t notify, const void *data, size_t len)
{
    if (ikev2_respond_notify(sa, notify, data, len) < 0)
        ike_sa_kill(sa);
    sa->v2->auth_failed = true;
}

void ikev2_auth_refuse(struct ike_sa *sa, uint16_t notify)
{
    refuse_with(sa, notify, NULL, 0);
}

static void refuse(struct ike_sa *sa)
{
    ikev2_auth_refuse(sa, IKE_NOTIFY_AUTHENTICATION_FAILED);
}

void ikev2_auth_refuse_syntax(struct ike_sa *sa, uint16_t notify, const struct ike_problem *problem)
{
    bool named = notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
    struct words fault = {.code = ike_fault_code(problem->fault)};
    char payload[IKE_PAYLOAD_TEXT_MAX];

    ike_describe_payload(problem->payload, payload);
    ike_for_each_between(peer, sa->v2->ikev2->peers, &sa->local.addr, &sa->remote.addr)
    {
        if (peer->config.admin_up)
            ike_tell(peer, IKE_EVENT_SUSPECTED,
                     problem->fault == IKE_FAULT_MISSING || !problem->payload
                         ? SAY(IKE_AUTH_UNUSABLE, &fault)
                         : SAY(IKE_AUTH_MALFORMED, payload, &fault));
    }
    refuse_with(sa, notify, &problem->payload, named ? 1 : 0);
}

static void note_asked_id(struct ike_peer *peer, const struct ike_id *asked)
{
    char theirs[IKE_ID_TEXT_MAX], ours[IKE_ID_TEXT_MAX];
    struct ike_ident storage;
    struct ike_id own;

    ike_peer_ident(peer, false, &storage, &own);
    ike_id_format(asked, theirs);
    ike_id_format(&own, ours);
    text_copy(peer->asked_id, sizeof(peer->asked_id), theirs);
    ike_log(peer, IKE_LOG_WARNING, SAY(NEGOTIATION_ASKED_OTHER_ID, theirs, ours));
}

void ikev2_auth_request(struct ike_sa *sa)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    struct ike_message *m = &ikev2->in;
    struct ike_peer *peer;
    char id[IKE_ID_TEXT_MAX];
    int r;

    if (ikev2_intermediate_is_due(sa)) { /* somebody on the way left the exchange out */
        ikev2->stats.unexpected++;
        return;
    }
    peer = find_peer(sa, m);
    if (!peer || !proof_of(peer)->verify(sa, peer, m)) {
        refuse(sa);
        return;
    }
    /* They were agreed before it was known whose they are. */
    if (!ike_offer_allows(&peer->config.ike, &sa->algs)) {
        ike_tell(peer, IKE_EVENT_FAILED, SAY(IKE_OTHER_TUNNELS_ALGORITHMS));
        refuse(sa);
        return;
    }
    text_copy(peer->peer_id, sizeof(peer->peer_id), ike_id_format(&m->idi, id));
    peer->asked_id[0] = 0;
    if (!is_own_id(peer, m))
        note_asked_id(peer, &m->idr);
    ikev2_make_room(peer);
    ike_sa_attach(sa, peer);
    /* One of us shows at once that it took our answer. Whom somebody on the way gave another answer
     * may take us for a stranger, and will find out by our AUTH: then nothing is to be dropped. */
    sa->v2->first_contact = ike_message_notify(m, IKE_NOTIFY_INITIAL_CONTACT) != NULL;
    if (!sa->ropeway)
        ikev2_take_initial_contact(sa);
    r = answer_auth(sa);
    if (r < 0) {
        ikev2_respond_trouble(sa, r);
        ike_sa_kill(sa);
    }
}

/* ---- initiator ---- */

static void report_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    char reason[IKE_REASON_MAX];

    if (n && n->type == IKE_NOTIFY_AUTHENTICATION_FAILED && sa->peer->lead &&
        sa->peer->lead->auth.by_key_before && ike_takes_key_before(sa->peer))
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKE_KEY_BEFORE_USED, ike_key_before_minutes(sa->peer)));
    else if (n && n->type == IKE_NOTIFY_AUTHENTICATION_FAILED)
        ikev2_report_refused(sa);
    else if (n &&
             (n->type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN || n->type == IKE_NOTIFY_TS_UNACCEPTABLE))
        ikev2_report_child_refused(sa); /* some say so without an AUTH of their own */
    else
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_REFUSED_AUTH, ike_reason(n, reason)));
}

static void report_no_child(struct ike_sa *sa)
{
    ikev2_report_child_refused(sa);
    ike_tell(sa->peer, IKE_EVENT_REFUSED, NULL);
    sa->v2->child_refusals++;
    sa->v2->child_retry_us = sa->env->now_us + ike_jitter(sa->env, 10 * IKE_SECOND, 20);
}

/* We do not trust the answer: the peer, which thinks that all is well, is told (2.21.2). */
static void reject_peer(struct ike_sa *sa)
{
    ikev2_request_done(sa);
    sa->v2->auth_failed = true;
    ikev2_close(sa);
    ikev2_answer_failed(sa, AUTH_RETRY_SLOW - 1);
}

static void take_child(struct ike_sa *sa, enum ike_kind kind)
{
    struct ike_pair *pair;
    int r;

    if (kind == IKE_KIND_AUTH_NO_CHILD) {
        if (!ikev2_child_goes_on(sa, NULL))
            report_no_child(sa);
        if (ike_message_has(&sa->v2->ikev2->in, IKE_PAYLOAD_SA))
            ikev2_child_reject(sa, sa->v2->request.new_spi_in); /* it may have made one */
        ikev2_request_done(sa);
        return;
    }
    r = ikev2_child_take_response(sa, false, ike_nonce_span(&sa->v2->nonce_i),
                                  ike_nonce_span(&sa->v2->nonce_r), false, &pair);
    if (r < 0)
        ikev2_child_reject(sa, sa->v2->request.new_spi_in);
    else
        ikev2_log_child(sa, pair, NULL);
    ikev2_request_done(sa);
}

/* A peer that has not got the new key yet is called with the one before at once. */
static void refused_key(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    struct ike_peer *peer = sa->peer;
    bool another = n && n->type == IKE_NOTIFY_AUTHENTICATION_FAILED && !sa->auth.by_key_before &&
                   !sa->replaces && ike_takes_key_before(peer);

    peer->try_key_before = another;
    if (ike_takes_key_before(peer))
        peer->attempts = 0; /* it may get the new one at any time */
    if (another)
        ike_log(peer, IKE_LOG_INFO, SAY(IKE_KEY_BEFORE_TRIED, ike_key_before_minutes(peer)));
    ikev2_answer_failed(sa, another ? 0 : AUTH_RETRY_SLOW - 4);
}

void ikev2_auth_response(struct ike_sa *sa, enum ike_kind kind)
{
    const struct ike_message *m = &sa->v2->ikev2->in;
    struct ike_peer *peer = sa->peer;
    char id[IKE_ID_TEXT_MAX];

    if (kind == IKE_KIND_AUTH_FAILED) {
        report_refusal(sa);
        if (ike_message_has(m, IKE_PAYLOAD_AUTH))
            reject_peer(sa); /* it thinks that the IKE SA stands */
        else
            refused_key(sa);
        return;
    }
    if (!accepts_id(peer, &m->idr)) {
        report_wrong_id(peer, &m->idr, sa->nat_remote);
        reject_peer(sa);
        return;
    }
    if (!proof_of(peer)->verify(sa, peer, m)) {
        reject_peer(sa);
        return;
    }
    text_copy(peer->peer_id, sizeof(peer->peer_id), ike_id_format(&m->idr, id));
    ikev2_establish(sa);
    /* A further request at once proves to the peer that we have its answer, and so can receive: a
     * Ropeway waits for that before it sends on this tunnel rather than on another one. */
    sa->v2->want_liveness =
        sa->ropeway || ike_pairs_serve(&peer->pairs) || !list_empty(&peer->pairs.adopted);
    take_child(sa, kind);
}
