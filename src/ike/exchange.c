#include "ike_internal.h"

/* Requests and responses on their way out. A request is kept and sent again unchanged until it is
 * answered; the response to the last request is kept and sent again when that is repeated (2.1). */

#define FIRST_PAUSE  (150 * IKE_MS) /* in the first exchanges: the peer may just be configured */
#define PAUSE_MAX    (10 * IKE_SECOND)
#define RESPONSE_MAX 4096 /* bytes of the unprotected error answer */

void ike_out_init(struct ike_sa *sa, enum ike_exchange exchange, bool response, uint32_t id)
{
    uint8_t flags =
        (uint8_t)((sa->initiator ? IKE_FLAG_INITIATOR : 0) | (response ? IKE_FLAG_RESPONSE : 0));

    ike_message_init(&sa->ike->out, exchange, flags, sa->spi_i, sa->spi_r, id);
}

void ike_request_resend(struct ike_sa *sa)
{
    struct ike_request *q = &sa->request;
    const struct endpoint *to = &sa->remote;

    if (sa->probe.addr.family && q->sends % 2 == 0)
        to = &sa->probe;
    if (q->sends++) {
        sa->ike->stats.retransmitted++;
        if (ike_liveness_lost(sa))
            ike_act_liveness(sa->tunnel);
    }
    ike_log_resent(sa);
    ike_act_send(sa->ike, &sa->local, to, q->bytes.data, q->bytes.len);
    q->next_us = sa->ike->now_us + ike_jitter(sa->ike, q->pause_us, 10);
    q->pause_us = MIN(q->pause_us * 17 / 10, PAUSE_MAX);
}

int ike_request_send_clear(struct ike_sa *sa, enum ike_task task, const uint8_t *data, size_t len)
{
    struct ike_request *q = &sa->request;
    bool first = sa->state == IKE_SA_INIT_SENT || sa->state == IKE_SA_AUTH_SENT;

    buf_clear(&q->bytes);
    buf_add(&q->bytes, data, len);
    if (q->bytes.failed)
        return -ENOMEM;
    q->task = task;
    q->id = sa->send_id++;
    q->sends = 0;
    q->first_us = sa->ike->now_us;
    q->pause_us = first ? FIRST_PAUSE : IKE_LATER_PAUSE;
    if (task == IKE_TASK_LIVENESS)
        q->pause_us = ike_liveness_pause(sa);
    ike_request_resend(sa);
    ike_sa_touch(sa);
    return 0;
}

int ike_request_send(struct ike_sa *sa, enum ike_task task)
{
    struct ike *ike = sa->ike;
    size_t len;
    int r = ike_message_protect(&ike->out, sa->sk, ike->wire, sizeof(ike->wire), &len);

    return r < 0 ? r : ike_request_send_clear(sa, task, ike->wire, len);
}

void ike_request_done(struct ike_sa *sa)
{
    struct ike_request *q = &sa->request;

    buf_done(&q->bytes);
    crypto_dh_free(q->dh);
    crypto_wipe(q, sizeof(*q));
    sa->asked_us = 0;
    ike_sa_touch(sa);
}

int ike_response_send(struct ike_sa *sa)
{
    struct ike *ike = sa->ike;
    size_t len;
    int r = ike_message_protect(&ike->out, sa->sk, ike->wire, sizeof(ike->wire), &len);

    if (r < 0)
        return r;
    buf_clear(&sa->response);
    buf_add(&sa->response, ike->wire, len);
    if (sa->response.failed)
        return -ENOMEM; /* the peer asks again */
    sa->recv_id = ike->in.hdr.message_id + 1;
    ike_act_send(ike, &ike->in_local, &ike->in_remote, ike->wire, len);
    ike_sa_touch(sa);
    return 0;
}

int ike_respond_notify(struct ike_sa *sa, uint16_t type, const void *data, size_t len)
{
    struct ike *ike = sa->ike;

    ike_out_init(sa, ike->in.hdr.exchange, true, ike->in.hdr.message_id);
    if (!ike_message_add_notify(&ike->out, type, data, len))
        return -ENOSPC;
    return ike_response_send(sa);
}

void ike_respond_clear(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                       const struct ike_message *m, uint16_t notify, const void *data, size_t len)
{
    uint8_t answer[RESPONSE_MAX];
    uint8_t flags =
        (uint8_t)(IKE_FLAG_RESPONSE | ((m->hdr.flags & IKE_FLAG_INITIATOR) ^ IKE_FLAG_INITIATOR));
    size_t n;

    ike_message_init(&ike->out, m->hdr.exchange, flags, m->hdr.spi_i, m->hdr.spi_r,
                     m->hdr.message_id);
    if (!ike_message_add_notify(&ike->out, notify, data, len) ||
        ike_message_build(&ike->out, answer, sizeof(answer), &n) < 0)
        return;
    ike_act_send(ike, local, remote, answer, n);
}
