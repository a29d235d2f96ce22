#include "tunnel_internal.h"

/* IKE SAs that were authenticated with a key, or by an identity, that counts no more. They carry
 * the traffic until one that was authenticated anew does, and not beyond their time. */

static bool is_old(const struct ike_sa *sa)
{
    return sa->auth.until_us && ike_sa_is_live(sa) && !sa->close_us;
}

static void end_at_its_time(struct ike_tunnel *tunnel, struct ike_sa *sa, uint64_t *deadline)
{
    if (sa->env->now_us < sa->auth.until_us) {
        *deadline = MIN(*deadline, sa->auth.until_us);
        return;
    }
    ike_tunnel_note(tunnel, IKE_LOG_WARNING, SAY(IKE_OLD_AUTH_ENDED));
    sa->version->close(sa);
}

void ike_tunnel_run_old_auth(struct ike_tunnel *tunnel, uint64_t *deadline)
{
    const struct ike_sa *lead = tunnel->peer.lead;
    bool anew = lead && !lead->auth.until_us && ike_pairs_are_usable(&lead->pairs);

    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link) {
        if (!is_old(sa))
            continue;
        if (anew) {
            sa->close_us = sa->env->now_us + IKE_PAIR_GRACE;
            ike_sa_touch(sa);
        } else {
            end_at_its_time(tunnel, sa, deadline);
        }
    }
}
