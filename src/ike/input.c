#include "ike_internal.h"

/* What a datagram is, whom it concerns, and whether it may be there now. */

static bool is_request(const struct ike_header *hdr)
{
    return !(hdr->flags & IKE_FLAG_RESPONSE);
}

/* Also the peer of a disabled tunnel: it may not know that yet. */
static bool is_known_peer(const struct ike *ike)
{
    return ike_tunnel_between(ike, &ike->in_local.addr, &ike->in_remote.addr, NULL) != NULL;
}

/* Clear error answers go to configured peers only, and few to each. */
static bool may_answer_clear(struct ike *ike, const struct ike_header *hdr)
{
    return is_request(hdr) && is_known_peer(ike) &&
           ike_source_may_be_answered(ike, &ike->in_remote.addr);
}

/* IKEv1 gets no answer, but the operator a word. */
static void note_version_1(struct ike *ike)
{
    ike_for_each_between(tunnel, ike, &ike->in_local.addr, &ike->in_remote.addr)
    {
        if (tunnel->config.admin_up)
            ike_tunnel_suspect(tunnel, SAY(IKE_VERSION_1));
    }
}

/* After IKE_SA_INIT what is wrong with a message is said in protected answers only (3.10.1). */
static uint16_t clear_notify(const struct ike_header *hdr, const struct ike_problem *problem)
{
    bool may = hdr->exchange == IKE_EXCHANGE_SA_INIT || problem->fault == IKE_FAULT_VERSION;

    return may ? ike_fault_notify(problem->fault) : 0;
}

static void answer_fault(struct ike *ike, const struct ike_header *hdr,
                         const struct ike_problem *problem)
{
    uint16_t notify = clear_notify(hdr, problem);
    bool named = notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;

    ike->stats.malformed++;
    if (problem->fault == IKE_FAULT_VERSION_1)
        note_version_1(ike);
    if (!notify || !may_answer_clear(ike, hdr))
        return;
    ike->in.hdr = *hdr;
    ike_respond_clear(ike, &ike->in_local, &ike->in_remote, &ike->in, notify, &problem->payload,
                      named ? 1 : 0);
}

static void input_init(struct ike *ike, const uint8_t *data, size_t len)
{
    struct ike_problem problem = {0};
    struct ike_sa *sa;
    enum ike_kind kind;

    if (ike_message_check(&ike->in, &kind, &problem) < 0) {
        answer_fault(ike, &ike->in.hdr, &problem);
        return;
    }
    if (is_request(&ike->in.hdr)) {
        ike_init_request(ike, &ike->in_local, &ike->in_remote, data, len, &ike->in);
        return;
    }
    sa = ike_sa_find_pair(ike, true, ike->in.hdr.spi_i, 0);
    if (!sa || !addr_equal(&sa->remote.addr, &ike->in_remote.addr) || ike->in.hdr.message_id != 0) {
        ike->stats.unexpected++;
        return;
    }
    ike_init_response(sa, kind, data, len);
}

static void move_to(struct ike_sa *sa, const struct endpoint *remote)
{
    sa->remote = *remote;
    ike_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_PEER_MOVED);
    list_for_each (child, &sa->children, struct ike_child, link) {
        child->out.remote = *remote;
        ike_act_move(sa->tunnel, child->spi_in, remote);
    }
    ike_tunnel_touch(sa->tunnel);
}

/* An authentic new message: the peer lives, and is where it came from (2.23). */
static void note_alive(struct ike_sa *sa)
{
    struct ike *ike = sa->ike;

    sa->heard_us = ike->now_us;
    sa->suspect_us = sa->asked_us = 0;
    sa->forgotten = false;
    sa->probe = (struct endpoint){0};
    if (sa->state == IKE_SA_INIT_ANSWERED) {
        sa->remote = ike->in_remote;
        sa->local = ike->in_local;
    } else if (ike_sa_is_live(sa) && !endpoint_equal(&sa->remote, &ike->in_remote) &&
               (sa->nat_remote || !sa->nat_local)) {
        /* Behind a NAT ourselves we follow only a peer that is, too: else whoever sits between
         * could turn our traffic away by one packet sent on from elsewhere. */
        move_to(sa, &ike->in_remote);
    }
    ike_sa_touch(sa);
}

static void handle_child_request(struct ike_sa *sa)
{
    ike_create_child_request(sa, false);
}

static void handle_child_rekey(struct ike_sa *sa)
{
    ike_create_child_request(sa, true);
}

#define STATE(s) (1U << (s))
#define OPEN     (STATE(IKE_SA_ESTABLISHED) | STATE(IKE_SA_REPLACED) | STATE(IKE_SA_CLOSING))

/* Which request may come in which state. */
static const struct {
    unsigned states;
    void (*handle)(struct ike_sa *sa);
} requests[IKE_KINDS] = {
    [IKE_KIND_AUTH_REQUEST] = {STATE(IKE_SA_INIT_ANSWERED), ike_auth_request},
    [IKE_KIND_CHILD_REQUEST] = {OPEN, handle_child_request},
    [IKE_KIND_CHILD_REKEY_REQUEST] = {OPEN, handle_child_rekey},
    [IKE_KIND_IKE_REKEY_REQUEST] = {OPEN, ike_rekey_ike_request},
    [IKE_KIND_INFORMATIONAL_REQUEST] = {OPEN, ike_informational_request},
};

static void handle_informational(struct ike_sa *sa, enum ike_kind kind)
{
    (void)kind;
    ike_informational_response(sa);
}

/* Which response may come to which request. */
static const struct {
    enum ike_task first, last;
    enum ike_kind kind;
    void (*handle)(struct ike_sa *sa, enum ike_kind kind);
} responses[] = {
    {IKE_TASK_AUTH, IKE_TASK_AUTH, IKE_KIND_AUTH_RESPONSE, ike_auth_response},
    {IKE_TASK_AUTH, IKE_TASK_AUTH, IKE_KIND_AUTH_NO_CHILD, ike_auth_response},
    {IKE_TASK_AUTH, IKE_TASK_AUTH, IKE_KIND_AUTH_FAILED, ike_auth_response},
    {IKE_TASK_NEW_CHILD, IKE_TASK_REKEY_CHILD, IKE_KIND_CHILD_RESPONSE, ike_create_child_response},
    {IKE_TASK_NEW_CHILD, IKE_TASK_REKEY_CHILD, IKE_KIND_CREATE_FAILED, ike_create_child_response},
    {IKE_TASK_REKEY_IKE, IKE_TASK_REKEY_IKE, IKE_KIND_IKE_REKEY_RESPONSE, ike_rekey_ike_response},
    {IKE_TASK_REKEY_IKE, IKE_TASK_REKEY_IKE, IKE_KIND_CREATE_FAILED, ike_rekey_ike_response},
    {IKE_TASK_DELETE_CHILD, IKE_TASK_LIVENESS, IKE_KIND_INFORMATIONAL_RESPONSE,
     handle_informational},
};

/* Authentic, but no message of the protocol (2.21.3). */
static void refuse_request(struct ike_sa *sa, const struct ike_problem *problem)
{
    uint16_t notify = ike_fault_notify(problem->fault);
    bool named = notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;

    sa->ike->stats.malformed++;
    if (!notify)
        notify = IKE_NOTIFY_INVALID_SYNTAX;
    if (sa->state == IKE_SA_INIT_ANSWERED) {
        ike_auth_refuse_syntax(sa, notify, problem);
        return;
    }
    if (ike_respond_notify(sa, notify, &problem->payload, named ? 1 : 0) == 0 && !named &&
        sa->tunnel)
        ike_sa_give_up(sa, WORDS_IKE_PEER_BROKE_RULES);
}

static void refuse_response(struct ike_sa *sa, const struct words *fault)
{
    struct ike_tunnel *tunnel = sa->tunnel;

    sa->ike->stats.malformed++;
    if (tunnel)
        ike_tunnel_fail(tunnel, SAY(IKE_ANSWER_UNUSABLE, fault));
    if (sa->state == IKE_SA_AUTH_SENT) {
        ike_answer_failed(sa, 0);
        return;
    }
    if (tunnel)
        ike_tunnel_backoff(tunnel);
    ike_sa_kill(sa);
}

static bool deletes_sa(const struct ike_message *m)
{
    for (size_t i = 0; i < m->n_deletes; i++) {
        if (m->deletes[i].protocol == IKE_PROTOCOL_IKE)
            return true;
    }
    return false;
}

static void input_request(struct ike_sa *sa, const struct ike_problem *parse_problem)
{
    struct ike *ike = sa->ike;
    struct ike_problem problem = *parse_problem;
    enum ike_kind kind;

    if (ike->in.hdr.message_id + 1 == sa->recv_id && sa->response.len) {
        ike->stats.repeated++;
        ike_act_send(ike, &ike->in_local, &ike->in_remote, sa->response.data, sa->response.len);
        return;
    }
    if (ike->in.hdr.message_id != sa->recv_id ||
        (sa->auth_failed && sa->state == IKE_SA_INIT_ANSWERED)) {
        ike->stats.unexpected++;
        return;
    }
    note_alive(sa);
    if (problem.fault != IKE_FAULT_NONE || ike_message_check(&ike->in, &kind, &problem) < 0) {
        refuse_request(sa, &problem);
        return;
    }
    if (!requests[kind].handle || !(requests[kind].states & STATE(sa->state))) {
        ike->stats.unexpected++;
        return;
    }
    sa->quiet_us = 0;
    if (!deletes_sa(&ike->in))
        ike_rekey_settle(sa);
    ike_children_proven(sa);
    requests[kind].handle(sa);
}

static void input_response(struct ike_sa *sa, const struct ike_problem *parse_problem)
{
    struct ike *ike = sa->ike;
    struct ike_problem problem = *parse_problem;
    enum ike_kind kind;

    if (sa->request.task == IKE_TASK_NONE || ike->in.hdr.message_id != sa->request.id) {
        ike->stats.unexpected++;
        return;
    }
    ike_log_answered_late(sa);
    note_alive(sa);
    ike_children_answered(sa);
    if (problem.fault != IKE_FAULT_NONE || ike_message_check(&ike->in, &kind, &problem) < 0) {
        refuse_response(sa, &(const struct words){.code = ike_fault_code(problem.fault)});
        return;
    }
    if (sa->request.task >= IKE_TASK_NEW_CHILD &&
        ike_message_notify(&ike->in, IKE_NOTIFY_INVALID_SYNTAX)) {
        /* The end of the IKE SA at both ends, without a DELETE (2.21.3). */
        ike_sa_give_up(sa, WORDS_IKE_PEER_REFUSED_SYNTAX);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(responses); i++) {
        if (responses[i].kind == kind && sa->request.task >= responses[i].first &&
            sa->request.task <= responses[i].last) {
            responses[i].handle(sa, kind);
            return;
        }
    }
    refuse_response(sa, SAY(IKE_FAULT_OTHER_ANSWER, ike_exchange_name(ike->in.hdr.exchange)));
}

/* The peer does not know the IKE SA, or somebody says so. */
static void denied(struct ike_sa *sa)
{
    if (sa->forgotten)
        ike_sa_give_up(sa, WORDS_IKE_PEER_FORGOT);
    else
        ike_sa_hint(sa);
}

static void input_protected(struct ike *ike, const uint8_t *data, size_t len)
{
    struct ike_message *m = &ike->in;
    bool from_initiator = m->hdr.flags & IKE_FLAG_INITIATOR;
    struct ike_sa *sa = ike_sa_find_pair(ike, !from_initiator, m->hdr.spi_i, m->hdr.spi_r);
    struct ike_problem problem = {0};

    if (!sa) {
        ike->stats.unknown_spi++;
        if (may_answer_clear(ike, &m->hdr))
            ike_respond_clear(ike, &ike->in_local, &ike->in_remote, m, IKE_NOTIFY_INVALID_IKE_SPI,
                              NULL, 0);
        return;
    }
    if (!ike_message_has(m, IKE_PAYLOAD_SK)) {
        ike->stats.unexpected++;
        if (!is_request(&m->hdr) && ike_message_notify(m, IKE_NOTIFY_INVALID_IKE_SPI) &&
            addr_equal(&sa->remote.addr, &ike->in_remote.addr))
            denied(sa);
        return;
    }
    if (!sa->sk ||
        ike_message_unprotect(m, sa->sk, data, len, ike->plain, sizeof(ike->plain), &problem) < 0) {
        if (!sa->sk || problem.fault == IKE_FAULT_INTEGRITY || problem.fault == IKE_FAULT_NONE) {
            ike->stats.unauthentic++;
            return;
        }
    } else {
        problem.fault = IKE_FAULT_NONE;
    }
    if (is_request(&m->hdr))
        input_request(sa, &problem);
    else
        input_response(sa, &problem);
}

void ike_input_datagram(struct ike *ike, const struct endpoint *local,
                        const struct endpoint *remote, const uint8_t *data, size_t len)
{
    struct ike_problem problem = {0};

    ike->in_local = *local;
    ike->in_remote = *remote;
    if (ike_message_parse(data, len, &ike->in, &problem) < 0) {
        if (problem.fault == IKE_FAULT_NOT_IKE)
            ike->stats.malformed++;
        else
            answer_fault(ike, &ike->in.hdr, &problem);
        return;
    }
    if (ike->in.hdr.exchange == IKE_EXCHANGE_SA_INIT)
        input_init(ike, data, len);
    else
        input_protected(ike, data, len);
}
