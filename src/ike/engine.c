#include "ike_internal.h"

#include <stdlib.h>

/* The public face of the machine: find what is concerned, change it, settle. */

static void default_random(void *context, void *ret, size_t len)
{
    (void)context;
    random_bytes(ret, len);
}

int ike_new(const struct ike_options *options, struct ike **ret)
{
    struct ike *ike = calloc(1, sizeof(*ike));

    if (!ike)
        return -ENOMEM;
    if (options)
        ike->options = *options;
    if (!ike->options.random)
        ike->options.random = default_random;
    if (!ike->options.cookies_from)
        ike->options.cookies_from = 32;
    if (!ike->options.half_open_max)
        ike->options.half_open_max = 1024;
    for (size_t i = 0; i < IKE_SA_BUCKETS; i++)
        list_init(&ike->buckets[i]);
    list_init(&ike->half_open);
    list_init(&ike->tunnels);
    ike_tunnel_index_init(&ike->index);
    list_init(&ike->dirty_sas);
    list_init(&ike->dirty_tunnels);
    list_init(&ike->actions);
    *ret = ike;
    return 0;
}

void ike_free(struct ike *ike)
{
    if (!ike)
        return;
    for (size_t i = 0; i < IKE_SA_BUCKETS; i++) {
        list_for_each_safe (sa, &ike->buckets[i], struct ike_sa, link)
            ike_sa_free(sa);
    }
    list_for_each_safe (tunnel, &ike->tunnels, struct ike_tunnel, link)
        ike_tunnel_free(tunnel);
    ike_orphans_free(ike);
    ike_actions_done(ike);
    ike_timers_done(&ike->timers);
    crypto_wipe(ike, sizeof(*ike));
    free(ike);
}

void ike_random(struct ike *ike, void *ret, size_t len)
{
    ike->options.random(ike->options.random_context, ret, len);
}

uint64_t ike_random_u64(struct ike *ike)
{
    uint64_t n;

    ike_random(ike, &n, sizeof(n));
    return n;
}

uint64_t ike_jitter(struct ike *ike, uint64_t base, unsigned percent)
{
    uint64_t width = base / 100 * percent;

    return width ? base - width + ike_random_u64(ike) % (2 * width + 1) : base;
}

void ike_lower_deadline(const struct ike *ike, uint64_t *deadline, uint64_t at_us)
{
    *deadline = MIN(*deadline, at_us > ike->now_us ? at_us : ike->now_us + IKE_SECOND);
}

void ike_settle(struct ike *ike)
{
    while (!list_empty(&ike->dirty_sas) || !list_empty(&ike->dirty_tunnels)) {
        if (!list_empty(&ike->dirty_sas)) {
            struct ike_sa *sa = container_of(ike->dirty_sas.next, struct ike_sa, dirty_link);

            list_remove(&sa->dirty_link);
            ike_sa_run(sa);
        } else {
            struct ike_tunnel *tunnel =
                container_of(ike->dirty_tunnels.next, struct ike_tunnel, dirty_link);

            list_remove(&tunnel->dirty_link);
            ike_tunnel_run(tunnel);
        }
    }
}

static void touch_all(struct ike *ike)
{
    for (size_t i = 0; i < IKE_SA_BUCKETS; i++) {
        list_for_each (sa, &ike->buckets[i], struct ike_sa, link)
            ike_sa_touch(sa);
    }
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        ike_tunnel_touch(tunnel);
}

void ike_input(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
               const uint8_t *data, size_t len, uint64_t now_us)
{
    ike->now_us = now_us;
    ike->stats.received++;
    ike_input_datagram(ike, local, remote, data, len);
    crypto_wipe(ike->plain, MIN(len, sizeof(ike->plain)));
    ike_settle(ike);
}

void ike_tick(struct ike *ike, uint64_t now_us)
{
    struct ike_timer *timer;

    ike->now_us = now_us;
    while ((timer = ike_timers_first(&ike->timers)) && timer->at_us <= now_us) {
        ike_timers_cancel(&ike->timers, timer);
        if (timer->is_tunnel)
            ike_tunnel_touch(container_of(timer, struct ike_tunnel, timer));
        else
            ike_sa_touch(container_of(timer, struct ike_sa, timer));
    }
    ike_settle(ike);
}

uint64_t ike_deadline(const struct ike *ike)
{
    const struct ike_timer *timer = ike_timers_first(&ike->timers);

    return timer ? timer->at_us : IKE_NEVER;
}

void ike_plane_down(struct ike *ike, uint64_t now_us)
{
    ike->now_us = now_us;
    ike->plane_up = false;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (tunnel->status.state == IKE_OPER_UP)
            ike_tunnel_note(tunnel, IKE_LOG_WARNING, SAY(IKE_PLANE_AWAY));
    }
    touch_all(ike);
    ike_settle(ike);
}

int ike_command(struct ike *ike, const char *id, enum ike_command command, uint64_t now_us)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);
    struct ike_sa *best = tunnel ? ike_tunnel_best(tunnel) : NULL;

    if (!tunnel)
        return -ENOENT;
    if (!best && (command == IKE_COMMAND_REKEY_IKE || command == IKE_COMMAND_REKEY_CHILD))
        return -ENOTCONN;
    ike->now_us = now_us;
    switch (command) {
    case IKE_COMMAND_INITIATE:
        ike_act_log(tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_COMMAND_INITIATE));
        tunnel->keep_initiating = true;
        tunnel->attempts = 0;
        tunnel->attempt_us = now_us;
        break;
    case IKE_COMMAND_REKEY_IKE:
        ike_act_log(tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_COMMAND_REKEY_IKE));
        best->want_rekey = true;
        break;
    case IKE_COMMAND_REKEY_CHILD:
        ike_act_log(tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_COMMAND_REKEY_CHILD));
        list_for_each (child, &best->children, struct ike_child, link)
            child->want_rekey = true;
        break;
    case IKE_COMMAND_TERMINATE:
        ike_tunnel_note(tunnel, IKE_LOG_INFO, SAY(IKE_CLOSED_BY_COMMAND));
        ike_tunnel_close_all(tunnel);
        tunnel->keep_initiating = tunnel->config.initiate;
        ike_tunnel_backoff(tunnel);
        break;
    }
    if (best)
        ike_sa_touch(best);
    ike_tunnel_touch(tunnel);
    ike_settle(ike);
    return 0;
}

size_t ike_tunnel_count(const struct ike *ike)
{
    size_t n = 0;

    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        n += !tunnel->removed;
    return n;
}

void ike_each_status(const struct ike *ike, void (*take)(void *context, const struct ike_status *s),
                     void *context)
{
    struct ike_status status;

    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (tunnel->removed)
            continue;
        ike_tunnel_tell_status(tunnel, &status);
        take(context, &status);
    }
}

int ike_status(const struct ike *ike, const char *id, struct ike_status *ret)
{
    const struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);

    if (!tunnel)
        return -ENOENT;
    ike_tunnel_tell_status(tunnel, ret);
    return 0;
}

int ike_liveness(const struct ike *ike, const char *id, struct ike_liveness *ret)
{
    const struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);

    if (!tunnel)
        return -ENOENT;
    *ret = tunnel->liveness;
    return 0;
}

void ike_each_liveness(const struct ike *ike,
                       void (*take)(void *context, const char *id, const struct ike_liveness *l),
                       void *context)
{
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (!tunnel->removed && (tunnel->liveness.answered || tunnel->liveness.lost))
            take(context, tunnel->config.id, &tunnel->liveness);
    }
}

void ike_get_stats(const struct ike *ike, struct ike_stats *ret)
{
    *ret = ike->stats;
}
