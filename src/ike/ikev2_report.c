#include "ikev2_internal.h"

#define LARGE_SENDS 6 /* of a long request without an answer */

/* Our selectors on both sides, or the peer's, from our side; -ENOSPC. */
static int list_own_selectors(const struct ike_tunnel_config *c, char local[80], char remote[80])
{
    struct ike_ts_list list;
    int r = ike_ts_fill(&list, c->local_ts, c->n_local_ts);

    if (r < 0)
        return r;
    ike_describe_ts(&list, local, 80);
    r = ike_ts_fill(&list, c->remote_ts, c->n_remote_ts);
    if (r < 0)
        return r;
    ike_describe_ts(&list, remote, 80);
    return 0;
}

void ikev2_report_selectors(struct ike_sa *sa, enum words_code what)
{
    const struct ike_message *in = &sa->v2->ikev2->in;
    bool response = ike_message_is_response(in);
    char local[80], remote[80], named[80], peer_named[80];
    struct words_arg none = words_from_message(SAY(IKE_NO_SELECTOR)); /* of a kind that we know */
    struct words_arg args[] = {words_from_text(named), words_from_text(peer_named),
                               words_from_text(local), words_from_text(remote)};
    struct words m = {.code = what, .count = 4, .args = args};

    if (list_own_selectors(&sa->peer->config, local, remote) < 0)
        return;
    ike_describe_ts(response ? &in->tsi : &in->tsr, named, sizeof(named));
    ike_describe_ts(response ? &in->tsr : &in->tsi, peer_named, sizeof(peer_named));
    if (!named[0])
        args[0] = none;
    if (!peer_named[0])
        args[1] = none;
    ike_tell(sa->peer, IKE_EVENT_FAILED, &m);
}

/* The peer may name its own selectors beside the refusal. */
static void report_refused_selectors(struct ike_sa *sa)
{
    const struct ike_message *in = &sa->v2->ikev2->in;
    char local[80], remote[80];

    if (in->tsi.count && in->tsr.count)
        ikev2_report_selectors(sa, WORDS_IKE_PEER_REFUSED_NAMED_SELECTORS);
    else if (list_own_selectors(&sa->peer->config, local, remote) == 0)
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_REFUSED_SELECTORS, local, remote));
}

static void report_no_proposal(struct ike_sa *sa)
{
    bool later = sa->v2->ikev2->in.hdr.exchange == IKE_EXCHANGE_CREATE_CHILD_SA;
    const struct ike_offer *pair = &sa->peer->config.child;
    struct ike_offer without_groups = *pair;
    char ours[IKE_TEXT_MAX / 2];

    without_groups.n_groups = 0; /* IKE_AUTH has none for the pair */
    ike_write_offer(later ? pair : &without_groups, ours, sizeof(ours));
    if (!later)
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKE_PEER_REFUSED_IPSEC_PROPOSALS, words_written(ours)));
    else
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 sa->had_pair ? SAY(IKE_PEER_REFUSED_IPSEC_REKEY, words_written(ours))
                              : SAY(IKE_PEER_REFUSED_IPSEC_WITH_PFS, words_written(ours)));
}

void ikev2_report_child_refused(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    char reason[IKE_REASON_MAX];

    if (n && n->type == IKE_NOTIFY_NO_PROPOSAL_CHOSEN)
        report_no_proposal(sa);
    else if (n && n->type == IKE_NOTIFY_TS_UNACCEPTABLE)
        report_refused_selectors(sa);
    else
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_REFUSED_CHILD, ike_reason(n, reason)));
}

void ikev2_report_lacking(struct ike_peer *peer, enum ike_event_kind kind)
{
    char lacking[IKE_LISTED_MAX];

    ike_list_lacking(&peer->config.ike, lacking, sizeof(lacking));
    ike_tell(peer, kind, SAY(IKE_LACKING, lacking));
}

void ikev2_report_exchange_refused(struct ike_sa *sa)
{
    const struct ike_notify *n = ike_message_error(&sa->v2->ikev2->in);
    char method[48], reason[IKE_REASON_MAX];

    ike_describe_group(sa->v2->request.group, method, sizeof(method));
    ike_tell(sa->peer, IKE_EVENT_FAILED,
             SAY(IKE_PEER_REFUSED_EXCHANGE, method, ike_reason(n, reason)));
}

static void report_fragments(struct ike_peer *peer, enum ike_event_kind kind,
                             const struct ike_sa *sa, unsigned have, unsigned total)
{
    char from[ENDPOINT_TEXT_MAX];

    ike_tell(peer, kind, SAY(IKE_FRAGMENTS_LOST, endpoint_format(&sa->remote, from), have, total));
}

/* Either UDP 4500 does not get through, or the peer is silent on purpose: the next call goes by UDP
 * 4500 from its first message on (RFC 7296, 2.23), which tells the two apart. */
static void report_small_unanswered(struct ike_sa *sa, const char *peer)
{
    struct ike_ident storage;
    struct ike_id own;
    char id[IKE_ID_TEXT_MAX];

    sa->peer->tries_natt = !sa->v2->began_natt && !addr_is_any(&sa->peer->config.remote);
    ike_peer_ident(sa->peer, false, &storage, &own);
    ike_id_format(&own, id);
    ike_tell(sa->peer, IKE_EVENT_FAILED,
             sa->v2->began_natt ? SAY(IKE_AUTH_IGNORED, peer, id)
                                : SAY(IKE_NO_ANSWER_TO_AUTH, peer));
}

void ikev2_report_silence(struct ike_sa *call)
{
    /* Beside a tunnel that does what it should: for the log. */
    enum ike_event_kind kind =
        call->replaces && !call->peer->behind ? IKE_EVENT_SUSPECTED : IKE_EVENT_FAILED;

    if (!call->v2->began_natt)
        ike_report_silence(call, kind);
    else /* it answered on UDP 500 */
        ike_tell(call->peer, kind,
                 SAY(IKE_PORT_4500_BLOCKED, &call->remote.addr, &call->local.addr));
    call->peer->tries_natt = false;
}

void ikev2_report_unanswered(struct ike_sa *sa)
{
    const struct buf *sent = &sa->v2->request.bytes;
    char peer[ENDPOINT_TEXT_MAX];
    unsigned have, total;

    endpoint_format(&sa->remote, peer);
    if (ikev2_fragments_count(sa, true, &have, &total))
        report_fragments(sa->peer, IKE_EVENT_FAILED, sa, have, total);
    else if (ikev2_is_large(sa, sent))
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_LARGE_UNANSWERED, (unsigned)sent->len, peer));
    else
        report_small_unanswered(sa, peer);
}

void ikev2_report_large(struct ike_sa *sa)
{
    const struct ikev2_request *q = &sa->v2->request;
    char peer[ENDPOINT_TEXT_MAX];

    if (q->sends == LARGE_SENDS && ike_sa_is_live(sa) && ikev2_is_large(sa, &q->bytes))
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKE_LARGE_REQUEST_UNANSWERED, endpoint_format(&sa->remote, peer)));
}

void ikev2_report_incomplete(struct ike_sa *sa)
{
    unsigned have, total;

    if (sa->env->now_us < sa->made_us + IKEV2_HALF_OPEN ||
        !ikev2_fragments_count(sa, false, &have, &total))
        return;
    ike_for_each_between(peer, sa->v2->ikev2->peers, &sa->local.addr, &sa->remote.addr)
    {
        if (peer->config.admin_up)
            report_fragments(peer, IKE_EVENT_SUSPECTED, sa, have, total);
    }
}

void ikev2_report_refused(struct ike_sa *sa)
{
    const char *asked = sa->peer->asked_id;
    struct ike_ident storage;
    struct ike_id own;
    char id[IKE_ID_TEXT_MAX];

    ike_peer_ident(sa->peer, false, &storage, &own);
    ike_id_format(&own, id);
    if (sa->initiator && sa->peer->config.credentials)
        ikev2_cert_report_refused(sa, id);
    else if (sa->initiator)
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_REFUSED_US, id));
    else /* it has proved who it is */
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 asked[0] ? SAY(IKE_PEER_EXPECTS_ID, asked, id)
                          : SAY(IKE_PEER_EXPECTS_ANOTHER_ID, id));
}
