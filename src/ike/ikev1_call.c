#include "ikev1_internal.h"

/* A call: phase 1 in the mode that the tunnel asks for. */

int ikev1_call(struct ike_peer *peer, const struct endpoint *local, const struct endpoint *remote,
               bool replaces)
{
    struct ike_sa *sa;
    int r = ikev1_sa_new(peer->ikev1, peer, IKE_SA_CALLING, true, local, remote, &sa);

    if (r < 0)
        return r;
    sa->replaces = replaces;
    r = peer->config.aggressive ? ikev1_aggressive_call(sa) : ikev1_main_call(sa);
    if (r == 0) {
        ikev1_log_call(sa);
        return 0;
    }
    ike_tell(peer, IKE_EVENT_FAILED, SAY(IKE_NOT_STARTED));
    ike_sa_kill(sa);
    return r;
}
