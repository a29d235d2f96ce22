#include "ike_internal.h"

/* INFORMATIONAL: liveness, DELETE of child SAs and of the IKE SA (1.4, 2.4, 2.25). */

#define DELETED_CHILDREN_MAX 64
#define YOUNG                (30 * IKE_SECOND)
#define JUST_MADE            (5 * IKE_SECOND)

/* ---- requests of ours ---- */

void ike_liveness_send(struct ike_sa *sa)
{
    sa->want_liveness = false;
    sa->tunnel->liveness_asked_us = sa->ike->now_us;
    ike_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, false, sa->send_id);
    if (ike_request_send(sa, IKE_TASK_LIVENESS) < 0)
        ike_request_done(sa);
}

void ike_delete_child_send(struct ike_sa *sa, struct ike_child *child)
{
    uint8_t spi[4];

    wire_store_be32(spi, child->spi_in);
    ike_child_drop_out(sa, child);
    ike_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, false, sa->send_id);
    if (ike_message_add_delete(&sa->ike->out, IKE_PROTOCOL_ESP, spi, 1) < 0 ||
        ike_request_send(sa, IKE_TASK_DELETE_CHILD) < 0)
        ike_request_done(sa);
    else
        sa->request.child_spi = child->spi_in;
    if (sa->request.child_spi && child->spi_out && !child->replaced_by) /* else it was told */
        ike_log_esp_pair(sa->tunnel, child->spi_in, child->spi_out,
                         WORDS_NEGOTIATION_CHILD_DELETED);
}

void ike_delete_sa_send(struct ike_sa *sa)
{
    struct ike_message *m = &sa->ike->out;

    ike_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, false, sa->send_id);
    if (sa->auth_failed && !ike_message_add_notify(m, IKE_NOTIFY_AUTHENTICATION_FAILED, NULL, 0))
        return;
    if (ike_message_add_delete(m, IKE_PROTOCOL_IKE, NULL, 0) < 0 ||
        ike_request_send(sa, IKE_TASK_DELETE_IKE) < 0)
        ike_request_done(sa);
}

void ike_informational_response(struct ike_sa *sa)
{
    enum ike_task task = sa->request.task;
    struct ike_child *child = ike_child_find(sa, sa->request.child_spi);

    if (task == IKE_TASK_LIVENESS) {
        ike_liveness_answered(sa);
        ike_act_liveness(sa->tunnel);
    }
    ike_request_done(sa);
    if (task == IKE_TASK_DELETE_CHILD && child)
        ike_child_remove(sa, child, IKE_GRACE);
    else if (task == IKE_TASK_DELETE_IKE)
        ike_sa_kill(sa);
}

/* ---- requests of the peer ---- */

/* The peer may make another at once; and if it goes on deleting young ones, we try less often. */
static void note_deleted(struct ike_sa *sa, const struct ike_child *child)
{
    uint64_t now = sa->ike->now_us;

    ike_tunnel_remember(sa->tunnel, SAY(IKE_PEER_DELETED_CHILD));
    ike_log_esp_pair(sa->tunnel, child->spi_in, child->spi_out,
                     WORDS_NEGOTIATION_CHILD_DELETED_BY_PEER);
    sa->child_deletions = now - child->made_us < YOUNG ? sa->child_deletions + 1 : 0;
    sa->child_retry_us = now + ike_jitter(sa->ike, IKE_SECOND << MIN(sa->child_deletions, 5U), 20);
}

/* Removes the children it names; their inbound SPIs, packed, are the answer. One that we are
 * deleting ourselves is not in it (2.25.1). */
static size_t delete_children(struct ike_sa *sa, const struct ike_delete *d,
                              uint8_t spis[4 * DELETED_CHILDREN_MAX], size_t n)
{
    for (size_t i = 0; i < d->count && n < DELETED_CHILDREN_MAX; i++) {
        struct ike_child *child = ike_child_find_out(sa, (uint32_t)ike_delete_spi(d, i));

        if (!child)
            continue;
        if (sa->request.task != IKE_TASK_DELETE_CHILD || sa->request.child_spi != child->spi_in)
            wire_store_be32(spis + 4 * n++, child->spi_in);
        if (child->state == IKE_CHILD_LIVE)
            note_deleted(sa, child);
        ike_child_remove(sa, child, IKE_GRACE);
    }
    return n;
}

/* Another IKE SA of the tunnel goes on where this one ends. */
static bool has_spare(const struct ike_sa *sa)
{
    list_for_each (other, &sa->tunnel->sas, struct ike_sa, tunnel_link) {
        if (other != sa && ike_sa_is_live(other) && !list_empty(&other->children))
            return true;
    }
    return false;
}

/* The peer closes the IKE SA. If it was rekeyed the children live on with the heir. */
static void close_by_peer(struct ike_sa *sa)
{
    struct ike_tunnel *tunnel = sa->tunnel;
    struct ike_sa *heir = sa->successor ? ike_sa_find(sa->ike, sa->successor) : NULL;
    bool auth_failed = ike_message_notify(&sa->ike->in, IKE_NOTIFY_AUTHENTICATION_FAILED);

    if (heir && ike_sa_is_live(heir)) {
        ike_sa_move_children(sa, heir);
        heir->unsettled = false;
        heir->quiet_us = 0;
    } else if (sa->state == IKE_SA_ESTABLISHED && ike_tunnel_best(tunnel) == sa) {
        ike_log_ike_sa(sa, WORDS_NEGOTIATION_IKE_DELETED_BY_PEER);
        if (auth_failed)
            ike_report_refused(sa);
        else if (has_spare(sa))
            ike_tunnel_note(tunnel, IKE_LOG_INFO, SAY(IKE_PEER_CLOSED_ONE));
        else
            ike_tunnel_fail(tunnel, SAY(IKE_PEER_CLOSED));
        ike_tunnel_backoff(tunnel);
    } else if (!list_empty(&sa->children)) {
        ike_tunnel_note(tunnel, IKE_LOG_INFO, SAY(IKE_PEER_CLOSED_ONE));
    }
    ike_sa_kill(sa);
}

/* ESP of ours came to the peer, whose data plane has lost the SA (3.10.1): it is made anew. */
static void note_invalid_spi(struct ike_sa *sa, const struct ike_notify *n)
{
    struct ike_child *child =
        n->data.len == 4 ? ike_child_find_out(sa, wire_load_be32(n->data.data)) : NULL;

    if (!child || child->state != IKE_CHILD_LIVE || sa->ike->now_us - child->made_us < JUST_MADE)
        return;
    ike_tunnel_note(sa->tunnel, IKE_LOG_WARNING, SAY(IKE_PEER_LOST_CHILD));
    child->lost = true;
    ike_sa_touch(sa);
    ike_tunnel_touch(sa->tunnel);
}

void ike_informational_request(struct ike_sa *sa)
{
    const struct ike_message *in = &sa->ike->in;
    uint8_t spis[4 * DELETED_CHILDREN_MAX];
    /* Said instead of a DELETE by who does not like our IKE_AUTH (2.21.2). */
    bool close = ike_message_notify(in, IKE_NOTIFY_AUTHENTICATION_FAILED) != NULL;
    size_t n = 0;
    int r = 0;

    for (size_t i = 0; i < in->n_deletes; i++) {
        if (in->deletes[i].protocol == IKE_PROTOCOL_IKE)
            close = true;
        else if (in->deletes[i].protocol == IKE_PROTOCOL_ESP && in->deletes[i].spi_len == 4)
            n = delete_children(sa, &in->deletes[i], spis, n);
    }
    for (size_t i = 0; i < in->n_notifies; i++) {
        if (in->notifies[i].type == IKE_NOTIFY_INVALID_SPI)
            note_invalid_spi(sa, &in->notifies[i]);
    }
    ike_out_init(sa, IKE_EXCHANGE_INFORMATIONAL, true, in->hdr.message_id);
    if (n && !close)
        r = ike_message_add_delete(&sa->ike->out, IKE_PROTOCOL_ESP, spis, n);
    if (r == 0)
        r = ike_response_send(sa);
    if (r < 0)
        log_debug("an answer to INFORMATIONAL could not be built: %d", r);
    if (close)
        close_by_peer(sa);
}
