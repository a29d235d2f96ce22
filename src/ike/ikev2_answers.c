#include "ikev2_internal.h"

/* A call and the answers to it, of which the first that proves to be the peer's ends the rest. */

static struct ike_sa *call_of(const struct ike_sa *answer)
{
    list_for_each (sa, &answer->peer->sas, struct ike_sa, peer_link) {
        if (sa->state == IKE_SA_CALLING && sa->spi_i == answer->spi_i)
            return sa;
    }
    return NULL;
}

bool ikev2_call_has_answers(const struct ike_sa *call)
{
    list_for_each (sa, &call->peer->sas, struct ike_sa, peer_link) {
        if (sa->state == IKE_SA_AUTHENTICATING && sa->spi_i == call->spi_i)
            return true;
    }
    return false;
}

void ikev2_call_end(struct ike_sa *call)
{
    struct ike_event event = {.kind = IKE_EVENT_CALL_FAILED,
                              .attempts_min = call->v2->attempts_min};

    ike_sa_kill(call);
    call->peer->hear(call->peer, &event);
}

void ikev2_answer_failed(struct ike_sa *answer, unsigned attempts_min)
{
    struct ike_sa *call = call_of(answer);

    if (answer->state == IKE_SA_AUTHENTICATING)
        ike_sa_kill(answer);
    if (!call)
        return;
    call->v2->attempts_min = MAX(call->v2->attempts_min, attempts_min);
    ike_sa_touch(call);
}

void ikev2_answer_proved(struct ike_sa *answer)
{
    list_for_each (sa, &answer->peer->sas, struct ike_sa, peer_link) {
        if (sa != answer && sa->spi_i == answer->spi_i &&
            (sa->state == IKE_SA_CALLING || sa->state == IKE_SA_AUTHENTICATING))
            ike_sa_kill(sa);
    }
}
