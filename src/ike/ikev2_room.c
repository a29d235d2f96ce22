#include "ikev2_internal.h"

/* How many IKE SAs of a tunnel there may be, and which one goes when there is one more. */

/* Which one goes first; 0 = it stays. */
static unsigned expendable(const struct ike_sa *sa)
{
    if (sa == sa->peer->lead || ike_sa_is_calling(sa))
        return 0;
    if (!ike_sa_is_live(sa))
        return 3; /* it is on its way out anyway */
    return ike_pairs_are_usable(&sa->pairs) ? 1 : 2;
}

static bool goes_before(const struct ike_sa *a, const struct ike_sa *b)
{
    unsigned x = expendable(a), y = expendable(b);

    return x == y ? a->made_us < b->made_us : x > y;
}

void ikev2_make_room(struct ike_peer *peer)
{
    struct ike_sa *first = NULL;
    size_t n = 0;

    list_for_each (sa, &peer->sas, struct ike_sa, peer_link) {
        if (sa->state == IKE_SA_DEAD)
            continue;
        n++;
        if (expendable(sa) && (!first || goes_before(sa, first)))
            first = sa;
    }
    if (n < IKE_SAS_MAX || !first)
        return;
    ike_log(peer, IKE_LOG_WARNING, SAY(NEGOTIATION_IKE_SA_ONE_TOO_MANY, IKE_SAS_MAX));
    if (ike_sa_is_live(first) && first->v2->request.task == IKEV2_TASK_NONE)
        ikev2_delete_sa_send(first); /* said once, and not waited for */
    ike_sa_kill(first);
}
