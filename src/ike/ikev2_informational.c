#include "ikev2_internal.h"

/* INFORMATIONAL: liveness, DELETE of ESP SAs and of the IKE SA (1.4, 2.4, 2.25). */

#define DELETED_CHILDREN_MAX ((size_t)2 * IKEV2_CHILDREN_MAX) /* named in one answer */
#define YOUNG                (30 * IKE_SECOND)
#define JUST_MADE            (5 * IKE_SECOND)

/* ---- requests of ours ---- */

void ikev2_liveness_send(struct ike_sa *sa)
{
    sa->v2->want_liveness = false;
    sa->peer->liveness_asked_us = sa->env->now_us;
    ikev2_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, false, sa->v2->send_id);
    if (ikev2_request_send(sa, IKEV2_TASK_LIVENESS) < 0)
        ikev2_request_done(sa);
}

void ikev2_delete_child_send(struct ike_sa *sa, struct ike_pair *pair)
{
    uint8_t spi[4];

    wire_store_be32(spi, pair->spi_in);
    ike_pair_drop_out(pair);
    ikev2_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, false, sa->v2->send_id);
    if (ike_message_add_delete(&sa->v2->ikev2->out, IKE_PROTOCOL_ESP, spi, 1) < 0 ||
        ikev2_request_send(sa, IKEV2_TASK_DELETE_CHILD) < 0)
        ikev2_request_done(sa);
    else
        sa->v2->request.child_spi = pair->spi_in;
    if (sa->v2->request.child_spi && pair->spi_out && !pair->replaced_by) /* else it was told */
        ikev2_log_esp_pair(sa->peer, pair->spi_in, pair->spi_out, WORDS_NEGOTIATION_CHILD_DELETED);
}

void ikev2_delete_sa_send(struct ike_sa *sa)
{
    struct ike_message *m = &sa->v2->ikev2->out;

    ikev2_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, false, sa->v2->send_id);
    if (sa->v2->auth_failed &&
        !ike_message_add_notify(m, IKE_NOTIFY_AUTHENTICATION_FAILED, NULL, 0))
        return;
    if (ike_message_add_delete(m, IKE_PROTOCOL_IKE, NULL, 0) < 0 ||
        ikev2_request_send(sa, IKEV2_TASK_DELETE_IKE) < 0)
        ikev2_request_done(sa);
}

void ikev2_informational_response(struct ike_sa *sa)
{
    enum ikev2_task task = sa->v2->request.task;
    struct ike_pair *pair = ike_pair_find(&sa->pairs, sa->v2->request.child_spi);

    if (task == IKEV2_TASK_LIVENESS)
        ikev2_liveness_answered(sa);
    ikev2_request_done(sa);
    if (task == IKEV2_TASK_DELETE_CHILD && pair)
        ike_pair_end(pair, IKE_PAIR_GRACE);
    else if (task == IKEV2_TASK_DELETE_IKE)
        ike_sa_kill(sa);
}

/* ---- requests of the peer ---- */

/* The peer may make another at once; and if it goes on deleting young ones, we try less often. */
static void note_deleted(struct ike_sa *sa, const struct ike_pair *pair)
{
    uint64_t now = sa->env->now_us;

    ike_offering_lost(sa->peer);
    ike_tell(sa->peer, IKE_EVENT_REMEMBERED, SAY(IKE_PEER_DELETED_CHILD));
    ikev2_log_esp_pair(sa->peer, pair->spi_in, pair->spi_out,
                       WORDS_NEGOTIATION_CHILD_DELETED_BY_PEER);
    sa->v2->child_deletions = now - pair->made_us < YOUNG ? sa->v2->child_deletions + 1 : 0;
    sa->v2->child_retry_us =
        now + ike_jitter(sa->env, IKE_SECOND << MIN(sa->v2->child_deletions, 5U), 20);
}

/* Removes the pairs it names; their inbound SPIs, packed, are the answer. One that we are
 * deleting ourselves is not in it (2.25.1). */
static size_t delete_pairs(struct ike_sa *sa, const struct ike_delete *d,
                           uint8_t spis[4 * DELETED_CHILDREN_MAX], size_t n)
{
    for (size_t i = 0; i < d->count; i++) {
        uint32_t spi_out = (uint32_t)ike_delete_spi(d, i);
        struct ike_pair *pair = ike_pair_find_out(&sa->pairs, spi_out);

        if (!pair) {
            ikev2_note_gone(sa, spi_out);
            continue;
        }
        if (n < DELETED_CHILDREN_MAX && (sa->v2->request.task != IKEV2_TASK_DELETE_CHILD ||
                                         sa->v2->request.child_spi != pair->spi_in))
            wire_store_be32(spis + 4 * n++, pair->spi_in);
        if (pair->state == IKE_PAIR_LIVE)
            note_deleted(sa, pair);
        ike_pair_end(pair, IKE_PAIR_GRACE);
    }
    return n;
}

/* Another IKE SA goes on where this one ends. */
static bool has_spare(const struct ike_sa *sa)
{
    list_for_each (other, &sa->peer->sas, struct ike_sa, peer_link) {
        if (other != sa && ike_sa_is_live(other) && !list_empty(&other->pairs))
            return true;
    }
    return false;
}

/* The peer closes the IKE SA. If it was rekeyed the pairs live on with the heir. */
static void close_by_peer(struct ike_sa *sa)
{
    struct ike_peer *peer = sa->peer;
    struct ike_sa *heir = sa->v2->successor ? ikev2_find(sa->v2->ikev2, sa->v2->successor) : NULL;
    bool auth_failed = ike_message_notify(&sa->v2->ikev2->in, IKE_NOTIFY_AUTHENTICATION_FAILED);

    if (heir && ike_sa_is_live(heir)) {
        ikev2_move_pairs(sa, heir);
        heir->unsettled = false;
        heir->v2->quiet_us = 0;
    } else if (sa->state == IKE_SA_ESTABLISHED && peer->lead == sa) {
        ikev2_log_ike_sa(sa, WORDS_NEGOTIATION_IKE_DELETED_BY_PEER);
        if (auth_failed)
            ikev2_report_refused(sa);
        else if (has_spare(sa))
            ike_note(peer, IKE_LOG_INFO, SAY(IKE_PEER_CLOSED_ONE));
        else
            ike_report_closed(sa, ike_message_error(&sa->v2->ikev2->in));
        ike_tell(peer, IKE_EVENT_PUT_OFF, NULL);
    } else if (!list_empty(&sa->pairs)) {
        ike_note(peer, IKE_LOG_INFO, SAY(IKE_PEER_CLOSED_ONE));
    }
    ike_sa_kill(sa);
}

/* ESP of ours came to the peer, whose data plane has lost the SA (3.10.1): it is made anew. */
static void note_invalid_spi(struct ike_sa *sa, const struct ike_notify *n)
{
    struct ike_pair *pair =
        n->data.len == 4 ? ike_pair_find_out(&sa->pairs, wire_load_be32(n->data.data)) : NULL;

    if (!pair || pair->state != IKE_PAIR_LIVE || sa->env->now_us - pair->made_us < JUST_MADE)
        return;
    ike_note(sa->peer, IKE_LOG_WARNING, SAY(IKE_PEER_LOST_CHILD));
    pair->lost = true;
    ike_sa_touch(sa);
    ike_peer_touch(sa->peer);
}

void ikev2_informational_request(struct ike_sa *sa)
{
    const struct ike_message *in = &sa->v2->ikev2->in;
    uint8_t spis[4 * DELETED_CHILDREN_MAX];
    /* Said instead of a DELETE by who does not like our IKE_AUTH (2.21.2). */
    bool close = ike_message_notify(in, IKE_NOTIFY_AUTHENTICATION_FAILED) != NULL;
    size_t n = 0;
    int r = 0;

    for (size_t i = 0; i < in->n_deletes; i++) {
        if (in->deletes[i].protocol == IKE_PROTOCOL_IKE)
            close = true;
        else if (in->deletes[i].protocol == IKE_PROTOCOL_ESP && in->deletes[i].spi_len == 4)
            n = delete_pairs(sa, &in->deletes[i], spis, n);
    }
    for (size_t i = 0; i < in->n_notifies; i++) {
        if (in->notifies[i].type == IKE_NOTIFY_INVALID_SPI)
            note_invalid_spi(sa, &in->notifies[i]);
    }
    ikev2_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, true, in->hdr.message_id);
    if (n && !close)
        r = ike_message_add_delete(&sa->v2->ikev2->out, IKE_PROTOCOL_ESP, spis, n);
    if (r == 0)
        r = ikev2_response_send(sa);
    if (r < 0)
        ikev2_respond_trouble(sa, r);
    if (close)
        close_by_peer(sa);
}
