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

static struct ike_sa *end_answer(struct ike_sa *answer)
{
    struct ike_sa *call = call_of(answer);

    if (answer->state == IKE_SA_AUTHENTICATING)
        ike_sa_kill(answer);
    if (call)
        ike_sa_touch(call);
    return call;
}

void ikev2_answer_failed(struct ike_sa *answer, unsigned attempts_min)
{
    struct ike_sa *call = end_answer(answer);

    if (!call)
        return;
    call->v2->attempts_min = MAX(call->v2->attempts_min, attempts_min);
    call->v2->answered = true;
}

void ikev2_answer_unheard(struct ike_sa *answer)
{
    (void)end_answer(answer);
}

bool ikev2_answer_is_late(const struct ike_sa *answer)
{
    const struct ike_sa *call = call_of(answer);

    return call && call->v2->answered;
}

void ikev2_answer_proved(struct ike_sa *answer)
{
    list_for_each (sa, &answer->peer->sas, struct ike_sa, peer_link) {
        if (sa != answer && sa->spi_i == answer->spi_i &&
            (sa->state == IKE_SA_CALLING || sa->state == IKE_SA_AUTHENTICATING))
            ike_sa_kill(sa);
    }
}

/* ---- answers that differ in what their keys do not depend on ---- */

/* Both lead to the same keys, so that the peer cannot tell our IKE_AUTH for one from that for the
 * other: one is sent, and by the peer's AUTH, which covers its true answer, it is seen which one
 * that was. */

static bool is_same(const struct buf *bytes, const uint8_t *data, size_t len)
{
    return bytes->len == len && memcmp(bytes->data, data, len) == 0;
}

bool ikev2_answer_is_known(const struct ike_sa *call, const uint8_t *data, size_t len)
{
    list_for_each (sa, &call->peer->sas, struct ike_sa, peer_link) {
        if (sa->state != IKE_SA_AUTHENTICATING || sa->spi_i != call->spi_i)
            continue;
        if (is_same(&sa->v2->init_response, data, len))
            return true;
        for (unsigned i = 0; i < sa->v2->n_others; i++) {
            if (is_same(&sa->v2->others[i].bytes, data, len))
                return true;
        }
    }
    return false;
}

static struct ike_sa *twin_of(const struct ike_sa *answer)
{
    list_for_each (sa, &answer->peer->sas, struct ike_sa, peer_link) {
        if (sa != answer && sa->state == IKE_SA_AUTHENTICATING && sa->spi_i == answer->spi_i &&
            sa->spi_r == answer->spi_r &&
            memcmp(sa->algs.additional, answer->algs.additional, sizeof(sa->algs.additional)) ==
                0 &&
            mem_equal_ct(&sa->v2->keys, &answer->v2->keys, sizeof(sa->v2->keys)))
            return sa;
    }
    return NULL;
}

static void set_other(struct ikev2_answer *ret, struct ike_sa *sa)
{
    ret->bytes = sa->v2->init_response;
    ret->nat_local = sa->nat_local;
    ret->nat_remote = sa->nat_remote;
    ret->ropeway = sa->ropeway;
    ret->fragments = sa->v2->fragments;
    ret->peer_hashes = sa->v2->peer_hashes;
    sa->v2->init_response = (struct buf){0};
}

bool ikev2_answer_joins(struct ike_sa *answer)
{
    struct ike_sa *twin = twin_of(answer);

    if (!twin)
        return false;
    if (twin->v2->n_others < IKEV2_OTHERS_MAX)
        set_other(&twin->v2->others[twin->v2->n_others++], answer);
    return true;
}

bool ikev2_answer_next(struct ike_sa *sa)
{
    const struct ikev2_answer *other;

    if (sa->v2->n_others == 0)
        return false;
    other = &sa->v2->others[--sa->v2->n_others];
    buf_done(&sa->v2->init_response);
    sa->v2->init_response = other->bytes;
    sa->nat_local = other->nat_local;
    sa->nat_remote = other->nat_remote;
    sa->ropeway = other->ropeway;
    sa->v2->fragments = other->fragments;
    sa->v2->peer_hashes = other->peer_hashes;
    return true;
}

void ikev2_answers_forget(struct ike_sa *sa)
{
    while (sa->v2->n_others)
        buf_done(&sa->v2->others[--sa->v2->n_others].bytes);
}
