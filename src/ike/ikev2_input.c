#include "ikev2_internal.h"

/* What a datagram is, whom it concerns, and whether it may be there now. */

static bool is_request(const struct ike_header *hdr)
{
    return !(hdr->flags & IKE_FLAG_RESPONSE);
}

/* Also the peer of a disabled tunnel: it may not know that yet. */
static bool is_known_peer(const struct ikev2 *ikev2)
{
    return ike_peers_between(ikev2->peers, &ikev2->in_local.addr, &ikev2->in_remote.addr, NULL) !=
           NULL;
}

/* Clear error answers go to configured peers only, and few to each. */
static bool may_answer_clear(struct ikev2 *ikev2, const struct ike_header *hdr)
{
    return is_request(hdr) && is_known_peer(ikev2) &&
           ikev2_source_may_be_answered(ikev2, &ikev2->in_remote.addr);
}

/* After IKE_SA_INIT what is wrong with a message is said in protected answers only (3.10.1). */
static uint16_t clear_notify(const struct ike_header *hdr, const struct ike_problem *problem)
{
    bool may = hdr->exchange == IKE_EXCHANGE_SA_INIT || problem->fault == IKE_FAULT_VERSION;

    return may ? ike_fault_notify(problem->fault) : 0;
}

static void answer_fault(struct ikev2 *ikev2, const struct ike_header *hdr,
                         const struct ike_problem *problem)
{
    uint16_t notify = clear_notify(hdr, problem);
    bool named = notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;

    ikev2->stats.malformed++;
    if (!notify || !may_answer_clear(ikev2, hdr))
        return;
    ikev2->in.hdr = *hdr;
    ikev2_respond_clear(ikev2, &ikev2->in_local, &ikev2->in_remote, &ikev2->in, notify,
                        &problem->payload, named ? 1 : 0);
}

static void input_init(struct ikev2 *ikev2, const uint8_t *data, size_t len)
{
    struct ike_problem problem = {0};
    struct ike_sa *sa;
    enum ike_kind kind;

    if (ike_message_check(&ikev2->in, &kind, &problem) < 0) {
        answer_fault(ikev2, &ikev2->in.hdr, &problem);
        return;
    }
    if (is_request(&ikev2->in.hdr)) {
        ikev2_init_request(ikev2, &ikev2->in_local, &ikev2->in_remote, data, len, &ikev2->in);
        return;
    }
    sa = ikev2_find_pair(ikev2, true, ikev2->in.hdr.spi_i, 0);
    if (!sa || !addr_equal(&sa->remote.addr, &ikev2->in_remote.addr) ||
        ikev2->in.hdr.message_id != 0) {
        ikev2->stats.unexpected++;
        if (sa && sa->state == IKE_SA_CALLING)
            ike_heard_note(ikev2->env, IKE_HEARD_ANSWER, &ikev2->in_remote, &ikev2->in_local.addr,
                           sa->spi_i);
        return;
    }
    ikev2_init_response(sa, kind, data, len);
}

/* An authentic new message: the peer lives, and is where it came from. */
static void note_alive(struct ike_sa *sa)
{
    sa->heard_us = sa->env->now_us;
    sa->v2->suspect_us = sa->v2->asked_us = 0;
    sa->v2->forgotten = sa->v2->mute = false;
    ikev2_note_place(sa);
    ike_sa_touch(sa);
}

static void handle_child_request(struct ike_sa *sa)
{
    ikev2_create_child_request(sa, false);
}

static void handle_child_rekey(struct ike_sa *sa)
{
    ikev2_create_child_request(sa, true);
}

#define STATE(s) (1U << (s))
#define OPEN     (STATE(IKE_SA_ESTABLISHED) | STATE(IKE_SA_REPLACED) | STATE(IKE_SA_CLOSING))

/* Which request may come in which state. */
static const struct {
    unsigned states;
    void (*handle)(struct ike_sa *sa);
} requests[IKE_KINDS] = {
    [IKE_KIND_INTERMEDIATE_REQUEST] = {STATE(IKE_SA_CALLED), ikev2_intermediate_request},
    [IKE_KIND_AUTH_REQUEST] = {STATE(IKE_SA_CALLED), ikev2_auth_request},
    [IKE_KIND_CHILD_REQUEST] = {OPEN, handle_child_request},
    [IKE_KIND_CHILD_REKEY_REQUEST] = {OPEN, handle_child_rekey},
    [IKE_KIND_IKE_REKEY_REQUEST] = {OPEN, ikev2_rekey_request},
    [IKE_KIND_FOLLOWUP_REQUEST] = {OPEN, ikev2_followup_request},
    [IKE_KIND_INFORMATIONAL_REQUEST] = {OPEN, ikev2_informational_request},
};

static void handle_informational(struct ike_sa *sa, enum ike_kind kind)
{
    (void)kind;
    ikev2_informational_response(sa);
}

/* Which response may come to which request. */
static const struct {
    enum ikev2_task first, last;
    enum ike_kind kind;
    void (*handle)(struct ike_sa *sa, enum ike_kind kind);
} responses[] = {
    {IKEV2_TASK_INTERMEDIATE, IKEV2_TASK_INTERMEDIATE, IKE_KIND_INTERMEDIATE_RESPONSE,
     ikev2_intermediate_response},
    {IKEV2_TASK_INTERMEDIATE, IKEV2_TASK_INTERMEDIATE, IKE_KIND_INTERMEDIATE_FAILED,
     ikev2_intermediate_response},
    {IKEV2_TASK_AUTH, IKEV2_TASK_AUTH, IKE_KIND_AUTH_RESPONSE, ikev2_auth_response},
    {IKEV2_TASK_AUTH, IKEV2_TASK_AUTH, IKE_KIND_AUTH_NO_CHILD, ikev2_auth_response},
    {IKEV2_TASK_AUTH, IKEV2_TASK_AUTH, IKE_KIND_AUTH_FAILED, ikev2_auth_response},
    {IKEV2_TASK_NEW_CHILD, IKEV2_TASK_REKEY_CHILD, IKE_KIND_CHILD_RESPONSE,
     ikev2_create_child_response},
    {IKEV2_TASK_NEW_CHILD, IKEV2_TASK_REKEY_CHILD, IKE_KIND_CREATE_FAILED,
     ikev2_create_child_response},
    {IKEV2_TASK_REKEY_IKE, IKEV2_TASK_REKEY_IKE, IKE_KIND_IKE_REKEY_RESPONSE, ikev2_rekey_response},
    {IKEV2_TASK_REKEY_IKE, IKEV2_TASK_REKEY_IKE, IKE_KIND_CREATE_FAILED, ikev2_rekey_response},
    {IKEV2_TASK_FOLLOWUP, IKEV2_TASK_FOLLOWUP, IKE_KIND_FOLLOWUP_RESPONSE, ikev2_followup_response},
    {IKEV2_TASK_FOLLOWUP, IKEV2_TASK_FOLLOWUP, IKE_KIND_FOLLOWUP_FAILED, ikev2_followup_response},
    {IKEV2_TASK_DELETE_CHILD, IKEV2_TASK_LIVENESS, IKE_KIND_INFORMATIONAL_RESPONSE,
     handle_informational},
};

/* Authentic, but no message of the protocol (2.21.3). */
static void refuse_request(struct ike_sa *sa, const struct ike_problem *problem)
{
    uint16_t notify = ike_fault_notify(problem->fault);
    bool named = notify == IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD;

    sa->v2->ikev2->stats.malformed++;
    if (!notify)
        notify = IKE_NOTIFY_INVALID_SYNTAX;
    if (sa->state == IKE_SA_CALLED) {
        ikev2_auth_refuse_syntax(sa, notify, problem);
        return;
    }
    /* What is only not known, to us, leaves the IKE SA as it is. */
    if (ikev2_respond_notify(sa, notify, &problem->payload, named ? 1 : 0) == 0 && !named &&
        problem->fault != IKE_FAULT_UNEXPECTED && sa->peer)
        ikev2_give_up(sa, WORDS_IKE_PEER_BROKE_RULES);
}

static void refuse_response(struct ike_sa *sa, const struct words *why)
{
    struct ike_peer *peer = sa->peer;

    sa->v2->ikev2->stats.malformed++;
    if (peer)
        ike_tell(peer, IKE_EVENT_FAILED, why);
    if (sa->state == IKE_SA_AUTHENTICATING) {
        ikev2_answer_failed(sa, 0);
        return;
    }
    if (peer)
        ike_tell(peer, IKE_EVENT_PUT_OFF, NULL);
    ike_sa_kill(sa);
}

static void refuse_malformed_response(struct ike_sa *sa, const struct ike_problem *problem)
{
    const char *exchange = ike_exchange_name(sa->v2->ikev2->in.hdr.exchange);
    struct words fault = {.code = ike_fault_code(problem->fault)};
    char payload[IKE_PAYLOAD_TEXT_MAX];

    ike_describe_payload(problem->payload, payload);
    refuse_response(sa, problem->payload ? SAY(IKE_ANSWER_MALFORMED, exchange, payload, &fault)
                                         : SAY(IKE_ANSWER_UNUSABLE, &fault));
}

/* Whoever takes back what it called for has not taken our answer. */
static bool ends_sa(enum ike_kind kind, const struct ike_message *m)
{
    if (kind != IKE_KIND_INFORMATIONAL_REQUEST)
        return false;
    if (ike_message_notify(m, IKE_NOTIFY_AUTHENTICATION_FAILED))
        return true;
    for (size_t i = 0; i < m->n_deletes; i++) {
        if (m->deletes[i].protocol == IKE_PROTOCOL_IKE)
            return true;
    }
    return false;
}

static void input_request(struct ike_sa *sa, const struct ike_problem *parse_problem)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    struct ike_problem problem = *parse_problem;
    enum ike_kind kind;

    if (ikev2->in.hdr.message_id + 1 == sa->v2->recv_id && sa->v2->response.len) {
        ikev2->stats.repeated++;
        ikev2_send(ikev2->env, &ikev2->in_local, &ikev2->in_remote, &sa->v2->response);
        return;
    }
    if (ikev2->in.hdr.message_id != sa->v2->recv_id ||
        (sa->v2->auth_failed && sa->state == IKE_SA_CALLED)) {
        ikev2->stats.unexpected++;
        return;
    }
    note_alive(sa);
    if (problem.fault != IKE_FAULT_NONE || ike_message_check(&ikev2->in, &kind, &problem) < 0) {
        refuse_request(sa, &problem);
        return;
    }
    if (!requests[kind].handle || !(requests[kind].states & STATE(sa->state))) {
        ikev2->stats.unexpected++;
        if (STATE(sa->state) & OPEN)
            ikev2_respond_trouble(sa, -EBADMSG);
        return;
    }
    sa->v2->quiet_us = 0;
    if (!ends_sa(kind, &ikev2->in)) {
        ikev2_rekey_settle(sa);
        ikev2_pairs_proven(sa);
        ikev2_take_initial_contact(sa);
    }
    requests[kind].handle(sa);
}

static void input_response(struct ike_sa *sa, const struct ike_problem *parse_problem)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    struct ike_problem problem = *parse_problem;
    enum ike_kind kind;

    if (sa->v2->request.task == IKEV2_TASK_NONE || ikev2->in.hdr.message_id != sa->v2->request.id) {
        ikev2->stats.unexpected++;
        return;
    }
    ikev2_log_answered_late(sa);
    note_alive(sa);
    ikev2_pairs_answered(sa);
    if (problem.fault != IKE_FAULT_NONE || ike_message_check(&ikev2->in, &kind, &problem) < 0) {
        refuse_malformed_response(sa, &problem);
        return;
    }
    if (sa->v2->request.task >= IKEV2_TASK_NEW_CHILD &&
        ike_message_notify(&ikev2->in, IKE_NOTIFY_INVALID_SYNTAX)) {
        /* The end of the IKE SA at both ends, without a DELETE (2.21.3). */
        ikev2_give_up(sa, WORDS_IKE_PEER_REFUSED_SYNTAX);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(responses); i++) {
        if (responses[i].kind == kind && sa->v2->request.task >= responses[i].first &&
            sa->v2->request.task <= responses[i].last) {
            responses[i].handle(sa, kind);
            return;
        }
    }
    refuse_response(sa, SAY(IKE_ANSWER_UNUSABLE, SAY(IKE_FAULT_OTHER_ANSWER,
                                                     ike_exchange_name(ikev2->in.hdr.exchange))));
}

/* A request whose answer changed the keys, once more. */
static bool reopen(struct ike_sa *sa, const uint8_t *data, size_t len)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    struct ike_sk *sk = ikev2_intermediate_sk_before(sa, &ikev2->in.hdr);
    size_t plain_len;

    return sk && ike_message_has(&ikev2->in, IKE_PAYLOAD_SK) &&
           ike_sk_open(sk, data, len, &ikev2->in.sk, ikev2->plain, sizeof(ikev2->plain),
                       &plain_len) == 0;
}

/* The message being read, which came in one piece. True: it is authentic, with what is wrong with
 * it in *ret_problem. */
static bool open_whole(struct ike_sa *sa, const uint8_t *data, size_t len,
                       struct ike_problem *ret_problem)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;

    if (sa->v2->sk && ike_message_unprotect(&ikev2->in, sa->v2->sk, data, len, ikev2->plain,
                                            sizeof(ikev2->plain), ret_problem) == 0)
        return true;
    if (sa->v2->sk && (ikev2->in.was_protected || reopen(sa, data, len)))
        return true;
    ikev2->stats.unauthentic++;
    return false;
}

/* The one of those with these SPIs whose keys fit the message being read, if it is whole now;
 * NULL. ret_problem: what is wrong with it nevertheless. */
static struct ike_sa *open_message(struct ike_sa *sa, const uint8_t *data, size_t len,
                                   struct ike_problem *ret_problem)
{
    bool in_fragments = ike_message_has(&sa->v2->ikev2->in, IKE_PAYLOAD_SKF);

    for (; sa; sa = ikev2_next_twin(sa)) {
        *ret_problem = (struct ike_problem){0};
        if (in_fragments ? ikev2_fragment_input(sa, data, len, ret_problem)
                         : open_whole(sa, data, len, ret_problem))
            return sa;
    }
    return NULL;
}

static void input_protected(struct ikev2 *ikev2, const uint8_t *data, size_t len)
{
    struct ike_message *m = &ikev2->in;
    bool from_initiator = m->hdr.flags & IKE_FLAG_INITIATOR;
    struct ike_sa *sa = ikev2_find_pair(ikev2, !from_initiator, m->hdr.spi_i, m->hdr.spi_r);
    struct ike_problem problem;

    if (!sa) {
        ikev2->stats.unknown_spi++;
        if (is_request(&m->hdr) && is_known_peer(ikev2))
            ike_heard_note(ikev2->env, IKE_HEARD_UNKNOWN_SA, &ikev2->in_remote,
                           &ikev2->in_local.addr, 0);
        if (may_answer_clear(ikev2, &m->hdr))
            ikev2_respond_clear(ikev2, &ikev2->in_local, &ikev2->in_remote, m,
                                IKE_NOTIFY_INVALID_IKE_SPI, NULL, 0);
        return;
    }
    if (!ike_message_has(m, IKE_PAYLOAD_SK) && !ike_message_has(m, IKE_PAYLOAD_SKF)) {
        ikev2->stats.unexpected++;
        if (!is_request(&m->hdr) && ike_message_notify(m, IKE_NOTIFY_INVALID_IKE_SPI) &&
            addr_equal(&sa->remote.addr, &ikev2->in_remote.addr))
            ikev2_deny(sa);
        return;
    }
    sa = open_message(sa, data, len, &problem);
    if (!sa)
        return;
    if (is_request(&m->hdr))
        input_request(sa, &problem);
    else
        input_response(sa, &problem);
}

void ikev2_input(struct ikev2 *ikev2, const struct endpoint *local, const struct endpoint *remote,
                 const uint8_t *data, size_t len)
{
    struct ike_problem problem = {0};

    ikev2->stats.received++;
    ikev2->in_local = *local;
    ikev2->in_remote = *remote;
    if (ike_message_parse(data, len, &ikev2->in, &problem) < 0) {
        if (problem.fault == IKE_FAULT_NOT_IKE)
            ikev2->stats.malformed++;
        else
            answer_fault(ikev2, &ikev2->in.hdr, &problem);
        return;
    }
    if (ikev2->in.hdr.exchange == IKE_EXCHANGE_SA_INIT)
        input_init(ikev2, data, len);
    else
        input_protected(ikev2, data, len);
    crypto_wipe(ikev2->plain, MIN(MAX(len, ikev2->plain_len), sizeof(ikev2->plain)));
    ikev2->plain_len = 0;
}
