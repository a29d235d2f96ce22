#include "sa_internal.h"

/* Why a peer that does not answer may be silent, by what else came meanwhile, and why one that
 * closed the tunnel may have done so. */

#define STRANGER_CALLS 3 /* of an address that is not near the peer's: it is no scanner */
#define NEAR_IPV4      24
#define NEAR_IPV6      48
#define AT_ONCE        (10 * IKE_SECOND)

/* What came, the most telling first. */
enum clue {
    CLUE_ANSWER,    /* the answer to this very call, from another address */
    CLUE_ELSEWHERE, /* the peer calls another address of ours */
    CLUE_ALIVE,     /* messages of the peer's about an IKE SA that this end does not have */
    CLUE_NEIGHBOUR, /* somebody near the peer's address calls ours */
    CLUE_STRANGER,  /* somebody else does, again and again */
    CLUES
};

static bool is_near(const struct addr *a, const struct addr *b)
{
    uint8_t len = a->family == ADDR_IPV6 ? NEAR_IPV6 : NEAR_IPV4;
    struct prefix net = prefix_make(a, len);

    return a->family == b->family && prefix_contains_addr(&net, b);
}

static enum clue clue_of(const struct ike_sa *call, const struct ike_heard *h)
{
    bool from_peer = addr_equal(&h->from.addr, &call->remote.addr);
    bool to_us = addr_equal(&h->to, &call->local.addr);

    switch (h->kind) {
    case IKE_HEARD_ANSWER:
        return h->spi == call->spi_i ? CLUE_ANSWER : CLUES;
    case IKE_HEARD_UNKNOWN_SA:
        return from_peer && to_us ? CLUE_ALIVE : CLUES;
    default:
        break;
    }
    if (from_peer)
        return to_us ? CLUES : CLUE_ELSEWHERE;
    if (!to_us)
        return CLUES;
    if (is_near(&h->from.addr, &call->remote.addr))
        return CLUE_NEIGHBOUR;
    return h->count >= STRANGER_CALLS ? CLUE_STRANGER : CLUES;
}

static const struct ike_heard *best_clue(const struct ike_sa *call, enum clue *ret)
{
    const struct ike_heard *best = NULL;

    *ret = CLUES;
    for (const struct ike_heard *h = NULL; (h = ike_heard_next(call->env, h));) {
        enum clue clue = clue_of(call, h);

        if (clue < *ret || (best && clue == *ret && h->at_us > best->at_us)) {
            *ret = clue;
            best = h;
        }
    }
    return best;
}

bool ike_report_clue(const struct ike_sa *call, enum ike_event_kind kind)
{
    char peer[ENDPOINT_TEXT_MAX], from[ENDPOINT_TEXT_MAX];
    struct ike_peer *to = call->peer;
    const struct addr *own = &call->local.addr;
    enum clue clue;
    const struct ike_heard *h = best_clue(call, &clue);

    if (!h)
        return false;
    endpoint_format(&call->remote, peer);
    endpoint_format(&h->from, from);
    switch (clue) {
    case CLUE_ANSWER:
        ike_tell(to, kind, SAY(IKE_ANSWERED_FROM_ELSEWHERE, peer, from, &h->from.addr));
        break;
    case CLUE_ELSEWHERE:
        ike_tell(to, kind, SAY(IKE_PEER_CALLS_ELSEWHERE, peer, &h->to, own));
        break;
    case CLUE_ALIVE:
        ike_tell(to, kind, SAY(IKE_SILENT_BUT_THERE, peer));
        break;
    case CLUE_NEIGHBOUR:
        ike_tell(to, kind, SAY(IKE_NEIGHBOUR_CALLS, peer, from, own, &h->from.addr));
        break;
    default:
        ike_tell(to, kind, SAY(IKE_STRANGER_CALLS, peer, from, own, &h->from.addr, h->count));
        break;
    }
    return true;
}

void ike_report_silence(const struct ike_sa *call, enum ike_event_kind kind)
{
    char peer[ENDPOINT_TEXT_MAX];

    if (!ike_report_clue(call, kind))
        ike_tell(call->peer, kind,
                 SAY(IKE_NO_ANSWER, endpoint_format(&call->remote, peer), &call->local.addr));
}

void ike_report_closed(const struct ike_sa *sa, const struct ike_notify *error)
{
    uint64_t age_us = sa->env->now_us - sa->established_us, age_s = age_us / IKE_SECOND;
    char reason[IKE_REASON_MAX];

    if (error)
        ike_tell(sa->peer, IKE_EVENT_FAILED,
                 SAY(IKE_PEER_CLOSED_SAYING, age_s, ike_reason(error, reason)));
    else if (age_us < AT_ONCE)
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_CLOSED_AT_ONCE, age_s));
    else
        ike_tell(sa->peer, IKE_EVENT_FAILED, SAY(IKE_PEER_CLOSED, age_s));
}
