#include "ikev2_internal.h"

/* Where the peer is (2.23). It is followed to where an authentic and new packet came from. IKE is
 * asked there first if that was ESP: of an ESP packet nobody knows how late it is. */

/* ESP shares the port of IKE, and none that it shares is 500 (RFC 3948, 2.1): there the first bytes
 * of ESP would be read as the SPI of an IKE SA. */
static bool may_carry_esp(const struct endpoint *local, const struct endpoint *remote)
{
    return local->port != IKE_PORT && remote->port != IKE_PORT;
}

bool ikev2_is_afloat(const struct ike_sa *sa)
{
    return may_carry_esp(&sa->local, &sa->remote);
}

/* Behind a NAT ourselves we follow only a peer that is, too: else whoever sits between could turn
 * our traffic away by one packet sent on from elsewhere. */
static bool may_follow(const struct ike_sa *sa, const struct endpoint *local,
                       const struct endpoint *remote)
{
    return ike_sa_is_live(sa) && may_carry_esp(local, remote) &&
           addr_equal(&sa->local.addr, &local->addr) &&
           sa->local.addr.family == remote->addr.family && (sa->nat_remote || !sa->nat_local);
}

static void follow(struct ike_sa *sa, const struct endpoint *local, const struct endpoint *remote)
{
    sa->local = *local;
    sa->remote = *remote;
    ikev2_log_peer(sa, IKE_LOG_INFO, WORDS_NEGOTIATION_PEER_MOVED);
    ike_pairs_moved(&sa->pairs, remote);
    ike_peer_touch(sa->peer);
}

void ikev2_note_place(struct ike_sa *sa)
{
    const struct ikev2 *ikev2 = sa->v2->ikev2;
    bool moved = !endpoint_equal(&sa->remote, &ikev2->in_remote) ||
                 !endpoint_equal(&sa->local, &ikev2->in_local);

    sa->v2->probe = (struct endpoint){0};
    if (sa->state == IKE_SA_CALLED) {
        sa->remote = ikev2->in_remote;
        sa->local = ikev2->in_local;
    } else if (moved && may_follow(sa, &ikev2->in_local, &ikev2->in_remote)) {
        follow(sa, &ikev2->in_local, &ikev2->in_remote);
    }
}

void ikev2_esp_moved(struct ike_sa *sa, const struct endpoint *remote)
{
    if (!may_follow(sa, &sa->local, remote))
        return;
    sa->v2->probe = *remote;
    sa->v2->want_liveness = true;
    ike_sa_touch(sa);
}
