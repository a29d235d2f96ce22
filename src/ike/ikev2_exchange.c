#include "ikev2_internal.h"

#include <stdlib.h>

/* Requests and responses on their way out. A request is kept and sent again unchanged until it is
 * answered; the response to the last request is kept and sent again when that is repeated (2.1). */

#define FIRST_PAUSE  (150 * IKE_MS) /* in the first exchanges: the peer may just be configured */
#define PAUSE_MAX    (10 * IKE_SECOND)
#define RESPONSE_MAX 4096 /* bytes of the unprotected error answer */

void ikev2_out_init(struct ike_sa *sa, enum ike_exchange exchange, bool response, uint32_t id)
{
    uint8_t flags =
        (uint8_t)((sa->initiator ? IKE_FLAG_INITIATOR : 0) | (response ? IKE_FLAG_RESPONSE : 0));

    ike_message_init(&sa->v2->ikev2->out, exchange, flags, sa->spi_i, sa->spi_r, id);
}

void ikev2_request_resend(struct ike_sa *sa)
{
    struct ikev2_request *q = &sa->v2->request;
    const struct endpoint *to = &sa->remote;

    if (sa->v2->probe.addr.family && q->sends % 2 == 0)
        to = &sa->v2->probe;
    if (q->sends++) {
        sa->v2->ikev2->stats.retransmitted++;
        ikev2_liveness_lost(sa);
    }
    ikev2_log_resent(sa);
    ikev2_report_large(sa);
    ikev2_send(sa->env, &sa->local, to, &q->bytes);
    q->next_us = sa->env->now_us + ike_jitter(sa->env, q->pause_us, 10);
    q->pause_us = MIN(q->pause_us * 17 / 10, PAUSE_MAX);
}

/* Its bytes are there. */
static void begin_request(struct ike_sa *sa, enum ikev2_task task)
{
    struct ikev2_request *q = &sa->v2->request;
    bool first = ike_sa_is_calling(sa);

    q->task = task;
    q->id = sa->v2->send_id++;
    q->sends = 0;
    q->first_us = sa->env->now_us;
    q->pause_us = first ? FIRST_PAUSE : IKEV2_LATER_PAUSE;
    if (task == IKEV2_TASK_LIVENESS)
        q->pause_us = ikev2_liveness_pause(sa);
    ikev2_request_resend(sa);
    ike_sa_touch(sa);
}

int ikev2_request_send_clear(struct ike_sa *sa, enum ikev2_task task, const uint8_t *data,
                             size_t len)
{
    struct ikev2_request *q = &sa->v2->request;

    buf_clear(&q->bytes);
    buf_add(&q->bytes, data, len);
    if (q->bytes.failed)
        return -ENOMEM;
    begin_request(sa, task);
    return 0;
}

int ikev2_request_send(struct ike_sa *sa, enum ikev2_task task)
{
    int r = ikev2_seal(sa, &sa->v2->request.bytes);

    if (r == 0)
        begin_request(sa, task);
    return r;
}

void ikev2_request_done(struct ike_sa *sa)
{
    struct ikev2_request *q = &sa->v2->request;

    buf_done(&q->bytes);
    crypto_dh_free(q->dh);
    free(q->selectors);
    crypto_wipe(q, sizeof(*q));
    sa->v2->asked_us = 0;
    ike_sa_touch(sa);
}

int ikev2_response_send(struct ike_sa *sa)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;
    int r = ikev2_seal(sa, &sa->v2->response);

    if (r < 0) {
        buf_clear(&sa->v2->response);
        return r; /* the peer asks again */
    }
    sa->v2->recv_id = ikev2->in.hdr.message_id + 1;
    ikev2_send(ikev2->env, &ikev2->in_local, &ikev2->in_remote, &sa->v2->response);
    ike_sa_touch(sa);
    return 0;
}

int ikev2_respond_notify(struct ike_sa *sa, uint16_t type, const void *data, size_t len)
{
    struct ikev2 *ikev2 = sa->v2->ikev2;

    ikev2_out_init(sa, ikev2->in.hdr.exchange, true, ikev2->in.hdr.message_id);
    if (!ike_message_add_notify(&ikev2->out, type, data, len))
        return -ENOSPC;
    return ikev2_response_send(sa);
}

uint16_t ikev2_trouble_notify(int error)
{
    return error == -EBADMSG ? IKE_NOTIFY_INVALID_SYNTAX : IKE_NOTIFY_TEMPORARY_FAILURE;
}

void ikev2_respond_trouble(struct ike_sa *sa, int error)
{
    int r = ikev2_respond_notify(sa, ikev2_trouble_notify(error), NULL, 0);

    if (r < 0)
        log_debug("no answer could be built (%d) after an error (%d): the peer asks again", r,
                  error);
}

void ikev2_respond_clear(struct ikev2 *ikev2, const struct endpoint *local,
                         const struct endpoint *remote, const struct ike_message *m,
                         uint16_t notify, const void *data, size_t len)
{
    uint8_t answer[RESPONSE_MAX];
    uint8_t flags =
        (uint8_t)(IKE_FLAG_RESPONSE | ((m->hdr.flags & IKE_FLAG_INITIATOR) ^ IKE_FLAG_INITIATOR));
    size_t n;

    ike_message_init(&ikev2->out, m->hdr.exchange, flags, m->hdr.spi_i, m->hdr.spi_r,
                     m->hdr.message_id);
    if (!ike_message_add_notify(&ikev2->out, notify, data, len) ||
        ike_message_build(&ikev2->out, answer, sizeof(answer), &n) < 0)
        return;
    ike_act_send(ikev2->env, local, remote, answer, n);
}
