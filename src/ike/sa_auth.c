#include "ike_internal.h"

/* IKE_AUTH with a pre-shared key (1.2, 2.15, 2.16) and the first child SA. */

#define AUTH_RETRY_SLOW 8 /* a refusal for a wrong key or ID is not worth asking often */

/* Does the peer's old state have to go? Yes, unless we have another SA with it; nor may a restarted
 * daemon make another Ropeway drop the SAs that still forward. */
static bool is_initial_contact(const struct ike_sa *sa)
{
    const struct ike_tunnel *tunnel = sa->tunnel;

    list_for_each (other, &tunnel->sas, struct ike_sa, tunnel_link) {
        if (other != sa && (other->state == IKE_SA_ESTABLISHED || other->state == IKE_SA_REPLACED))
            return false;
    }
    return list_empty(&tunnel->adopted) || !sa->ropeway;
}

static struct crypto_span psk_of(const struct ike_tunnel *tunnel)
{
    return crypto_span(tunnel->config.psk, tunnel->config.psk_len);
}

int ike_auth_send(struct ike_sa *sa)
{
    struct ike_message *m = &sa->ike->out;
    const struct ike_tunnel_config *c = &sa->tunnel->config;
    struct ike_ident local, remote;
    uint8_t auth[CRYPTO_PRF_MAX];
    int r;

    sa->send_id = 1;
    ike_out_init(sa, IKE_EXCHANGE_AUTH, false, sa->send_id);
    ike_tunnel_ident(sa->tunnel, false, &local, &m->idi);
    ike_message_mark(m, IKE_PAYLOAD_IDI);
    if (c->remote_id.type) {
        ike_tunnel_ident(sa->tunnel, true, &remote, &m->idr);
        ike_message_mark(m, IKE_PAYLOAD_IDR);
    }
    r = ike_psk_auth(sa->algs.prf, psk_of(sa->tunnel),
                     crypto_span(sa->init_request.data, sa->init_request.len),
                     ike_nonce_span(&sa->nonce_r), sa->keys.pi, &m->idi, auth);
    if (r < 0)
        return r;
    m->auth =
        (struct ike_auth){.method = IKE_AUTH_PSK, .data = crypto_span(auth, sa->algs.prf->len)};
    ike_message_mark(m, IKE_PAYLOAD_AUTH);
    if (is_initial_contact(sa) && !ike_message_add_notify(m, IKE_NOTIFY_INITIAL_CONTACT, NULL, 0))
        return -ENOSPC;
    r = ike_child_propose(sa, false);
    if (r == 0)
        r = ike_ts_fill(&m->tsi, c->local_ts, c->n_local_ts);
    if (r == 0)
        r = ike_ts_fill(&m->tsr, c->remote_ts, c->n_remote_ts);
    ike_message_mark(m, IKE_PAYLOAD_TSI);
    ike_message_mark(m, IKE_PAYLOAD_TSR);
    if (r == 0)
        r = ike_request_send(sa, IKE_TASK_AUTH);
    if (r == 0)
        ike_log_auth_sent(sa);
    return r;
}

/* ---- responder ---- */

static bool accepts_id(const struct ike_tunnel *tunnel, const struct ike_id *id)
{
    const struct ike_tunnel_config *c = &tunnel->config;
    struct ike_ident storage;
    struct ike_id expected;

    if (!c->remote_id.type && addr_is_any(&c->remote))
        return true; /* a dynamic peer without an ID is whoever knows the key */
    ike_tunnel_ident(tunnel, true, &storage, &expected);
    return ike_id_equal(&expected, id);
}

static bool is_own_id(const struct ike_tunnel *tunnel, const struct ike_message *m)
{
    struct ike_ident storage;
    struct ike_id own;

    if (!ike_message_has(m, IKE_PAYLOAD_IDR))
        return true;
    ike_tunnel_ident(tunnel, false, &storage, &own);
    return ike_id_equal(&own, &m->idr);
}

static void report_wrong_id(struct ike_tunnel *tunnel, const struct ike_id *id, bool nat)
{
    char theirs[IKE_ID_TEXT_MAX], ours[IKE_ID_TEXT_MAX];
    struct ike_ident storage;
    struct ike_id expected;
    bool address = id->type == IKE_ID_IPV4 || id->type == IKE_ID_IPV6;

    ike_tunnel_ident(tunnel, true, &storage, &expected);
    ike_id_format(id, theirs);
    ike_id_format(&expected, ours);
    ike_tunnel_suspect(tunnel, nat && address ? SAY(IKE_WRONG_ID_BEHIND_NAT, theirs, ours)
                                              : SAY(IKE_WRONG_ID, theirs, ours));
}

/* How well the tunnel fits the peer; 0 = not at all. An ID that was asked for says more than that
 * anybody is welcome; then our own ID, if the peer named it; then the peer's address. */
static unsigned fitness(const struct ike_tunnel *tunnel, const struct ike_message *m)
{
    bool fixed = !addr_is_any(&tunnel->config.remote);

    if (!accepts_id(tunnel, &m->idi))
        return 0;
    return 1 + (tunnel->config.remote_id.type || fixed ? 8U : 0) + (is_own_id(tunnel, m) ? 4U : 0) +
           (fixed ? 2U : 0);
}

/* By addresses, then by ID. Reports a wrong ID to the tunnel that came nearest. */
static struct ike_tunnel *find_tunnel(struct ike_sa *sa, const struct ike_message *m)
{
    struct ike_tunnel *found = NULL, *near = NULL;
    unsigned best = 0;

    ike_for_each_between(tunnel, sa->ike, &sa->local.addr, &sa->remote.addr)
    {
        if (!tunnel->config.admin_up)
            continue;
        near = near && addr_is_any(&tunnel->config.remote) ? near : tunnel;
        if (fitness(tunnel, m) > best) {
            best = fitness(tunnel, m);
            found = tunnel;
        }
    }
    if (!found && near)
        report_wrong_id(near, &m->idi, sa->nat_remote);
    return found;
}

static bool psk_holds(const struct ike_sa *sa, const struct ike_tunnel *tunnel,
                      const struct ike_message *m)
{
    const struct buf *init = sa->initiator ? &sa->init_response : &sa->init_request;
    const struct ike_nonce *nonce = sa->initiator ? &sa->nonce_i : &sa->nonce_r;
    uint8_t expected[CRYPTO_PRF_MAX];
    int r = ike_psk_auth(sa->algs.prf, psk_of(tunnel), crypto_span(init->data, init->len),
                         ike_nonce_span(nonce), sa->initiator ? sa->keys.pr : sa->keys.pi,
                         sa->initiator ? &m->idr : &m->idi, expected);
    bool holds = r == 0 && m->auth.data.len == sa->algs.prf->len &&
                 mem_equal_ct(expected, m->auth.data.data, sa->algs.prf->len);

    crypto_wipe(expected, sizeof(expected));
    return holds;
}

/* Sets the tunnel's last error, and says whether the peer is whom we want. */
static bool authenticate(struct ike_sa *sa, struct ike_tunnel *tunnel, const struct ike_message *m)
{
    struct words method = {.code = ike_auth_method_code(m->auth.method)};
    char id[IKE_ID_TEXT_MAX];

    if (m->auth.method != IKE_AUTH_PSK) {
        ike_tunnel_suspect(tunnel, SAY(IKE_WRONG_METHOD, &method));
        return false;
    }
    if (!psk_holds(sa, tunnel, m)) {
        ike_id_format(sa->initiator ? &m->idr : &m->idi, id);
        ike_tunnel_suspect(tunnel, SAY(IKE_PSK_MISMATCH, id));
        return false;
    }
    return true;
}

/* It says it has no other SA with us: those that were there before it began are dead. An SA that
 * came to life meanwhile is not meant (both began at once). */
static void take_initial_contact(struct ike_sa *sa)
{
    list_for_each (other, &sa->tunnel->sas, struct ike_sa, tunnel_link) {
        if (other != sa && other->state != IKE_SA_INIT_SENT && other->state != IKE_SA_AUTH_SENT &&
            other->state != IKE_SA_DEAD && other->established_us < sa->made_us) {
            ike_tunnel_note(sa->tunnel, IKE_LOG_WARNING, SAY(IKE_PEER_RESTARTED));
            ike_sa_kill(other);
        }
    }
}

/* What went before carries the traffic on. To a peer that starts afresh SAs from before our restart
 * are as dead as those that were dropped for that. */
static bool others_serve(const struct ike_sa *sa)
{
    bool afresh = ike_message_notify(&sa->ike->in, IKE_NOTIFY_INITIAL_CONTACT) != NULL;

    return afresh ? ike_tunnel_has_usable_child(sa->tunnel) : ike_tunnel_carries(sa->tunnel);
}

/* IDr and AUTH, then the child or why there is none. */
static int answer_auth(struct ike_sa *sa)
{
    struct ike_message *m = &sa->ike->out;
    struct ike_child_answer child = {.nonce_i = ike_nonce_span(&sa->nonce_i),
                                     .nonce_r = ike_nonce_span(&sa->nonce_r),
                                     .hold_out = sa->ropeway || others_serve(sa)};
    struct ike_ident own;
    uint8_t auth[CRYPTO_PRF_MAX];
    uint16_t notify;
    int r;

    ike_out_init(sa, IKE_EXCHANGE_AUTH, true, sa->ike->in.hdr.message_id);
    ike_tunnel_ident(sa->tunnel, false, &own, &m->idr);
    r = ike_psk_auth(sa->algs.prf, psk_of(sa->tunnel),
                     crypto_span(sa->init_response.data, sa->init_response.len),
                     ike_nonce_span(&sa->nonce_i), sa->keys.pr, &m->idr, auth);
    if (r < 0)
        return r;
    m->auth =
        (struct ike_auth){.method = IKE_AUTH_PSK, .data = crypto_span(auth, sa->algs.prf->len)};
    ike_message_mark(m, IKE_PAYLOAD_IDR);
    ike_message_mark(m, IKE_PAYLOAD_AUTH);
    ike_sa_establish(sa);
    notify = ike_child_answer_request(sa, &child);
    if (child.child) {
        child.child->by_auth = true;
        ike_log_child(sa, child.child, NULL);
    }
    if (notify && !ike_message_add_notify(m, notify, NULL, 0))
        return -ENOSPC;
    return ike_response_send(sa);
}

/* The half-open SA stays until its time is over, for no other purpose than to say this again: who
 * missed it would think that nobody answers. */
static void refuse_with(struct ike_sa *sa, uint16_t notify, const void *data, size_t len)
{
    if (ike_respond_notify(sa, notify, data, len) < 0)
        ike_sa_kill(sa);
    sa->auth_failed = true;
}

static void refuse(struct ike_sa *sa)
{
    refuse_with(sa, IKE_NOTIFY_AUTHENTICATION_FAILED, NULL, 0);
}

void ike_auth_refuse_syntax(struct ike_sa *sa, uint16_t notify, const struct ike_problem *problem)
{
    bool named = notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;
    struct words fault = {.code = ike_fault_code(problem->fault)};

    ike_for_each_between(tunnel, sa->ike, &sa->local.addr, &sa->remote.addr)
    {
        if (tunnel->config.admin_up)
            ike_tunnel_suspect(tunnel, SAY(IKE_AUTH_UNUSABLE, &fault));
    }
    refuse_with(sa, notify, &problem->payload, named ? 1 : 0);
}

static void note_asked_id(struct ike_tunnel *tunnel, const struct ike_id *asked)
{
    char theirs[IKE_ID_TEXT_MAX], ours[IKE_ID_TEXT_MAX];
    struct ike_ident storage;
    struct ike_id own;

    ike_tunnel_ident(tunnel, false, &storage, &own);
    ike_id_format(asked, theirs);
    ike_id_format(&own, ours);
    text_copy(tunnel->asked_id, sizeof(tunnel->asked_id), theirs);
    ike_act_log(tunnel, IKE_LOG_WARNING, SAY(NEGOTIATION_ASKED_OTHER_ID, theirs, ours));
}

void ike_auth_request(struct ike_sa *sa)
{
    struct ike *ike = sa->ike;
    struct ike_message *m = &ike->in;
    struct ike_tunnel *tunnel = find_tunnel(sa, m);
    char id[IKE_ID_TEXT_MAX];

    if (!tunnel || !authenticate(sa, tunnel, m)) {
        refuse(sa);
        return;
    }
    /* They were agreed before it was known whose they are. */
    if (!ike_offer_allows(&tunnel->config.ike, &sa->algs)) {
        ike_tunnel_fail(tunnel, SAY(IKE_OTHER_TUNNELS_ALGORITHMS));
        refuse(sa);
        return;
    }
    text_copy(tunnel->peer_id, sizeof(tunnel->peer_id), ike_id_format(&m->idi, id));
    tunnel->asked_id[0] = 0;
    if (!is_own_id(tunnel, m))
        note_asked_id(tunnel, &m->idr);
    ike_sa_attach(sa, tunnel);
    if (ike_message_notify(m, IKE_NOTIFY_INITIAL_CONTACT))
        take_initial_contact(sa);
    if (answer_auth(sa) < 0)
        ike_sa_kill(sa);
}

/* ---- initiator ---- */

static void report_refusal(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->ike->in);
    char reason[IKE_REASON_MAX];

    if (n && n->type == IKE_NOTIFY_AUTHENTICATION_FAILED)
        ike_report_refused(sa);
    else
        ike_tunnel_fail(sa->tunnel, SAY(IKE_PEER_REFUSED_AUTH, ike_reason(n, reason)));
}

static void report_no_child(struct ike_sa *sa)
{
    ike_child_report_refusal(sa);
    ike_tunnel_refused(sa->tunnel);
    sa->child_refusals++;
    sa->child_retry_us = sa->ike->now_us + ike_jitter(sa->ike, 10 * IKE_SECOND, 20);
}

/* We do not trust the answer: the peer, which thinks that all is well, is told (2.21.2). */
static void reject_peer(struct ike_sa *sa)
{
    ike_request_done(sa);
    sa->state = IKE_SA_REPLACED; /* authentic keys, but it never counted */
    sa->auth_failed = true;
    ike_sa_close(sa);
    ike_answer_failed(sa, AUTH_RETRY_SLOW - 1);
}

static void take_child(struct ike_sa *sa, enum ike_kind kind)
{
    struct ike_child *child;
    int r;

    if (kind == IKE_KIND_AUTH_NO_CHILD) {
        report_no_child(sa);
        ike_request_done(sa);
        return;
    }
    r = ike_child_take_response(sa, false, ike_nonce_span(&sa->nonce_i),
                                ike_nonce_span(&sa->nonce_r), false, &child);
    if (r < 0)
        ike_child_reject(sa, sa->request.new_spi_in);
    else
        ike_log_child(sa, child, NULL);
    ike_request_done(sa);
}

void ike_auth_response(struct ike_sa *sa, enum ike_kind kind)
{
    const struct ike_message *m = &sa->ike->in;
    struct ike_tunnel *tunnel = sa->tunnel;
    char id[IKE_ID_TEXT_MAX];

    if (kind == IKE_KIND_AUTH_FAILED) {
        report_refusal(sa);
        ike_answer_failed(sa, AUTH_RETRY_SLOW - 4);
        return;
    }
    if (!accepts_id(tunnel, &m->idr)) {
        report_wrong_id(tunnel, &m->idr, sa->nat_remote);
        reject_peer(sa);
        return;
    }
    if (!authenticate(sa, tunnel, m)) {
        reject_peer(sa);
        return;
    }
    text_copy(tunnel->peer_id, sizeof(tunnel->peer_id), ike_id_format(&m->idr, id));
    ike_sa_establish(sa);
    /* A further request at once proves to the peer that we have its answer, and so can receive: a
     * Ropeway waits for that before it sends on this tunnel rather than on another one. */
    sa->want_liveness =
        sa->ropeway || ike_tunnel_has_usable_child(tunnel) || !list_empty(&tunnel->adopted);
    take_child(sa, kind);
}
