#include "tunnel_internal.h"

/* Both ends call. What a peer answers to our call says little of why ("no proposal chosen"); what
 * does not fit in its own call we see ourselves. So that stays in front of the refusal of the same
 * thing, until something else is as exact, the tunnel comes up or its parameters change, or the
 * peer has not called like that for long: it may have been mended meanwhile. */

#define EXACT_STALE (3600 * IKE_SECOND)

/* What of the negotiation it is about. */
enum part { PART_NONE, PART_PATH, PART_IKE, PART_IDENTITY, PART_CHILD, PART_SELECTORS };

static const struct {
    enum words_code code;
    enum part part;
    bool exact;
} sentences[] = {
    {WORDS_IKE_PORT_4500_BLOCKED, PART_PATH, true},
    {WORDS_IKE_AUTH_IGNORED, PART_PATH, true},
    {WORDS_IKE_NO_ANSWER_TO_AUTH, PART_PATH, false},
    {WORDS_IKE_NO_COMMON_ENCRYPTION, PART_IKE, true},
    {WORDS_IKE_NO_COMMON_INTEGRITY, PART_IKE, true},
    {WORDS_IKE_NO_COMMON_PRF, PART_IKE, true},
    {WORDS_IKE_NO_COMMON_DH_GROUP, PART_IKE, true},
    {WORDS_IKE_NO_COMMON_COMBINATION, PART_IKE, true},
    {WORDS_IKE_NO_COMMON_COMBINATION_OF, PART_IKE, true},
    {WORDS_IKE_UNKNOWN_ENCRYPTION, PART_IKE, true},
    {WORDS_IKE_UNKNOWN_INTEGRITY, PART_IKE, true},
    {WORDS_IKE_UNKNOWN_PRF, PART_IKE, true},
    {WORDS_IKE_UNKNOWN_DH_GROUP, PART_IKE, true},
    {WORDS_IKE_WITHOUT_NAT_T, PART_IKE, true},
    {WORDS_IKE_VERSION_1, PART_IKE, true},
    {WORDS_IKE_VERSION_2, PART_IKE, true},
    {WORDS_IKEV1_PEER_AGGRESSIVE, PART_IKE, true},
    {WORDS_IKEV1_PEER_MAIN, PART_IKE, true},
    {WORDS_IKEV1_PEER_REFUSED, PART_IKE, false},
    {WORDS_IKEV1_PEER_REFUSED_PROPOSALS, PART_IKE, false},
    {WORDS_IKEV1_PSK_MISMATCH, PART_IDENTITY, true},
    {WORDS_IKEV1_PEER_CANNOT_READ, PART_IDENTITY, false},
    {WORDS_IKEV1_NO_COMMON_SELECTORS, PART_SELECTORS, true},
    {WORDS_IKE_PEER_REFUSED_IKE_PROPOSALS, PART_IKE, false},
    {WORDS_IKE_PEER_REFUSED_INIT, PART_IKE, false},
    {WORDS_IKE_PSK_MISMATCH, PART_IDENTITY, true},
    {WORDS_IKE_WRONG_ID, PART_IDENTITY, true},
    {WORDS_IKE_WRONG_ID_BEHIND_NAT, PART_IDENTITY, true},
    {WORDS_IKE_WRONG_METHOD, PART_IDENTITY, true},
    {WORDS_IKE_PEER_EXPECTS_ID, PART_IDENTITY, true},
    {WORDS_IKE_PEER_REFUSED_US, PART_IDENTITY, false},
    {WORDS_IKE_PEER_EXPECTS_ANOTHER_ID, PART_IDENTITY, false},
    {WORDS_IKE_PEER_REFUSED_AUTH, PART_IDENTITY, false},
    {WORDS_IKE_IPSEC_MISMATCH, PART_CHILD, true},
    {WORDS_IKE_PEER_REFUSED_IPSEC_PROPOSALS, PART_CHILD, false},
    {WORDS_IKE_PEER_REFUSED_IPSEC_WITH_PFS, PART_CHILD, false},
    {WORDS_IKE_PEER_REFUSED_IPSEC_REKEY, PART_CHILD, false},
    {WORDS_IKE_NO_COMMON_SELECTORS, PART_SELECTORS, true},
    {WORDS_IKE_PEER_REFUSED_SELECTORS, PART_SELECTORS, false},
};

/* -1: none. */
static int find(enum words_code code)
{
    for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
        if (sentences[i].code == code)
            return (int)i;
    }
    return -1;
}

bool ike_tunnel_knows_better(struct ike_tunnel *tunnel, enum words_code code)
{
    int new = find(code), known = find(tunnel->exact_code);
    bool holds = known >= 0 && tunnel->status.last_error[0] &&
                 tunnel->peer.env->now_us < tunnel->exact_us + EXACT_STALE;

    if (new >= 0 && sentences[new].exact) {
        tunnel->exact_code = code;
        tunnel->exact_us = tunnel->peer.env->now_us;
        return false;
    }
    if (holds && new >= 0 && sentences[new].part == sentences[known].part)
        return true;
    tunnel->exact_code = WORDS_FOREIGN;
    return false;
}
