#include "ike_internal.h"

#include <stdlib.h>

/* The queue of what is to be done. A datagram's bytes lie behind its action. When memory is short
 * an action is lost: a datagram is sent again, a child whose SAs nobody acknowledges is rekeyed. */

struct queued {
    struct list link;
    struct ike_action action;
    size_t len;
    bool handed_out; /* its bytes are borrowed until the next call */
    uint8_t data[];
};

static void queued_free(struct queued *q)
{
    list_remove(&q->link);
    ike_action_wipe(&q->action);
    free(q);
}

static struct queued *queue(struct ike *ike, enum ike_action_kind kind, const char *tunnel,
                            size_t len)
{
    struct queued *q = calloc(1, sizeof(*q) + len);

    if (!q)
        return NULL;
    q->len = len;
    q->action.kind = kind;
    text_copy(q->action.tunnel, sizeof(q->action.tunnel), tunnel);
    list_append(&ike->actions, &q->link);
    return q;
}

void ike_act_send(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
                  const void *data, size_t len)
{
    struct queued *q = queue(ike, IKE_ACTION_SEND, "", len);

    if (!q)
        return;
    memcpy(q->data, data, len);
    q->action.local = *local;
    q->action.remote = *remote;
    q->action.data = q->data;
    q->action.len = len;
}

void ike_act_add(struct ike_tunnel *tunnel, const struct ike_esp_sa *add)
{
    struct queued *q = queue(tunnel->ike, IKE_ACTION_SA_ADD, tunnel->config.id, 0);

    if (q)
        q->action.add = *add;
}

void ike_act_del(struct ike *ike, const char *tunnel, uint8_t direction, uint32_t spi)
{
    struct queued *q = queue(ike, IKE_ACTION_SA_DEL, tunnel, 0);

    if (!q)
        return;
    q->action.direction = direction;
    q->action.spi = spi;
}

void ike_act_move(struct ike_tunnel *tunnel, uint32_t pair, const struct endpoint *remote)
{
    struct queued *q = queue(tunnel->ike, IKE_ACTION_SA_MOVE, tunnel->config.id, 0);

    if (!q)
        return;
    q->action.spi = pair;
    q->action.remote = *remote;
}

void ike_act_query(struct ike_tunnel *tunnel)
{
    (void)queue(tunnel->ike, IKE_ACTION_SA_QUERY, tunnel->config.id, 0);
}

void ike_act_status(struct ike_tunnel *tunnel)
{
    (void)queue(tunnel->ike, IKE_ACTION_STATUS, tunnel->config.id, 0);
}

void ike_act_liveness(struct ike_tunnel *tunnel)
{
    (void)queue(tunnel->ike, IKE_ACTION_LIVENESS, tunnel->config.id, 0);
}

static void queue_line(struct ike *ike, const char *tunnel, enum ike_log_level level,
                       const struct words *what)
{
    struct queued *q = queue(ike, IKE_ACTION_LOG, tunnel, 0);

    if (!q)
        return;
    q->action.level = level;
    words_write(what, q->action.text, sizeof(q->action.text));
}

void ike_act_log(struct ike_tunnel *tunnel, enum ike_log_level level, const struct words *what)
{
    queue_line(tunnel->ike, tunnel->config.id, level, what);
}

void ike_act_log_stranger(struct ike *ike, const struct endpoint *local,
                          const struct endpoint *remote)
{
    char from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];

    if (ike_source_may_be_told(ike, &remote->addr))
        queue_line(ike, "", IKE_LOG_WARNING,
                   SAY(NEGOTIATION_STRANGER, endpoint_format(remote, from),
                       endpoint_format(local, to), ike->stats.unknown_peer));
}

bool ike_next_action(struct ike *ike, struct ike_action *ret)
{
    struct queued *q = container_of(ike->actions.next, struct queued, link);

    if (!list_empty(&ike->actions) && q->handed_out)
        queued_free(q);
    if (list_empty(&ike->actions))
        return false;
    q = container_of(ike->actions.next, struct queued, link);
    *ret = q->action;
    q->handed_out = true;
    return true;
}

void ike_action_wipe(struct ike_action *action)
{
    crypto_wipe(&action->add, sizeof(action->add));
}

void ike_actions_done(struct ike *ike)
{
    list_for_each_safe (q, &ike->actions, struct queued, link)
        queued_free(q);
}
