#include "ikev2_internal.h"

/* Groups of key exchanges: which one the peer wants a value of (1.2, 1.3), and how often. */

/* A peer with a pair for each of many networks may rekey all of them at once. */
static const struct ike_rate exchanges = {.per_second = 32, .at_once = 128};

static uint16_t bit_of(const struct ike_offer *offer, uint16_t group)
{
    for (size_t i = 0; i < offer->n_groups; i++) {
        if (offer->groups[i] == group)
            return (uint16_t)(1U << i);
    }
    return 0;
}

enum ikev2_group_wish ikev2_read_group_wish(const struct ike_sa *sa, const struct ike_offer *offer,
                                            uint16_t *refused, uint16_t *ret_group)
{
    const struct ike_notify *n =
        ike_message_notify(&sa->v2->ikev2->in, IKE_NOTIFY_INVALID_KE_PAYLOAD);
    uint16_t group = n && n->data.len == 2 ? wire_load_be16(n->data.data) : 0;

    *ret_group = group;
    if (!group || !ike_offer_has_group(offer, group))
        return IKEV2_GROUP_FOREIGN;
    *refused |= bit_of(offer, sa->v2->request.group);
    if (!(*refused & bit_of(offer, group)))
        return IKEV2_GROUP_OTHER;
    *refused = 0; /* after a pause each is tried again */
    return IKEV2_GROUP_CIRCLES;
}

void ikev2_report_circles(struct ike_sa *sa, enum words_code what, const struct ike_offer *offer,
                          uint16_t wanted)
{
    char theirs[48], sent[48], ours[IKE_TEXT_MAX / 2];

    ike_describe_group(wanted, theirs, sizeof(theirs));
    ike_describe_group(sa->v2->request.group, sent, sizeof(sent));
    ike_write_offer(offer, ours, sizeof(ours));
    ike_tell(
        sa->peer, IKE_EVENT_FAILED,
        SAY(IKE_PEER_REFUSES_EACH_GROUP, words_coded(what), theirs, sent, words_written(ours)));
}

unsigned ikev2_exchange_cost(const struct crypto_dh_group *group)
{
    return 1 + group->public_len / 256U;
}

bool ikev2_exchange_is_due(struct ike_peer *peer, const struct crypto_dh_group *group)
{
    return ike_allow(&peer->exchanges_us, peer->env->now_us, exchanges, ikev2_exchange_cost(group));
}
