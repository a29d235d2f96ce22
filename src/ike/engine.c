#include "tunnel_internal.h"

#include <stdlib.h>

/* The public face of the machine: find what is concerned, change it, settle. */

int ike_new(const struct ike_options *options, struct ike **ret)
{
    struct ike *ike = calloc(1, sizeof(*ike));

    if (!ike)
        return -ENOMEM;
    ike_env_init(&ike->env, options);
    if (ike_ask_begin(&ike->env) < 0) {
        ike_env_done(&ike->env);
        free(ike);
        return -ENOMEM;
    }
    ike_peers_init(&ike->peers);
    ikev1_init(&ike->ikev1, &ike->env, &ike->peers, &ikev1_version, options);
    ikev2_init(&ike->ikev2, &ike->env, &ike->peers, &ikev2_version, options);
    list_init(&ike->tunnels);
    for (size_t i = 0; i < IKE_TUNNEL_BUCKETS; i++)
        list_init(&ike->orphans[i]);
    *ret = ike;
    return 0;
}

void ike_free(struct ike *ike)
{
    if (!ike)
        return;
    list_for_each_safe (tunnel, &ike->tunnels, struct ike_tunnel, link)
        ike_pairs_done(&tunnel->peer.pairs); /* they are in lists of IKE SAs, too */
    ikev1_done(&ike->ikev1);
    ikev2_done(&ike->ikev2);
    list_for_each_safe (tunnel, &ike->tunnels, struct ike_tunnel, link)
        ike_tunnel_free(tunnel);
    ike_orphans_free(ike);
    ike_env_done(&ike->env);
    crypto_wipe(ike, sizeof(*ike));
    free(ike);
}

void ike_set_clock(struct ike *ike, int64_t unix_s, uint64_t now_us)
{
    ike->env.unix_offset_s = unix_s - (int64_t)(now_us / IKE_SECOND);
}

static void settle(struct ike *ike)
{
    ike_jobs_settle(&ike->env.jobs);
}

#define VERSION_AT 17 /* of a datagram: the major version in the upper half of the byte */

static bool is_version_1(const uint8_t *data, size_t len)
{
    return len > VERSION_AT && data[VERSION_AT] >> 4 == 1;
}

void ike_input(struct ike *ike, const struct endpoint *local, const struct endpoint *remote,
               const uint8_t *data, size_t len, uint64_t now_us)
{
    ike->env.now_us = now_us;
    if (is_version_1(data, len))
        ikev1_input(&ike->ikev1, local, remote, data, len);
    else
        ikev2_input(&ike->ikev2, local, remote, data, len);
    settle(ike);
}

void ike_tick(struct ike *ike, uint64_t now_us)
{
    ike->env.now_us = now_us;
    ike_jobs_wake(&ike->env.jobs, now_us);
    settle(ike);
}

uint64_t ike_deadline(const struct ike *ike)
{
    return ike_jobs_deadline(&ike->env.jobs);
}

bool ike_next_action(struct ike *ike, struct ike_action *ret)
{
    return ike_env_next(&ike->env, ret);
}

void ike_plane_down(struct ike *ike, uint64_t now_us)
{
    ike->env.now_us = now_us;
    ike->env.plane_up = false;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (tunnel->status.state == IKE_OPER_UP)
            ike_tunnel_note(tunnel, IKE_LOG_WARNING, SAY(IKE_PLANE_AWAY));
        ike_tunnel_touch(tunnel);
    }
    ikev1_touch_all(&ike->ikev1);
    ikev2_touch_all(&ike->ikev2);
    settle(ike);
}

int ike_command(struct ike *ike, const char *id, enum ike_command command, uint64_t now_us)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);
    struct ike_sa *lead = tunnel ? tunnel->peer.lead : NULL;

    if (!tunnel)
        return -ENOENT;
    if (!lead && (command == IKE_COMMAND_REKEY_IKE || command == IKE_COMMAND_REKEY_CHILD))
        return -ENOTCONN;
    ike->env.now_us = now_us;
    ike_log_in_full(&tunnel->peer);
    switch (command) {
    case IKE_COMMAND_INITIATE:
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_COMMAND_INITIATE));
        tunnel->peer.keep_initiating = true;
        ike_tunnel_call_now(tunnel);
        break;
    case IKE_COMMAND_REKEY_IKE:
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_COMMAND_REKEY_IKE));
        lead->version->rekey(lead);
        break;
    case IKE_COMMAND_REKEY_CHILD:
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_COMMAND_REKEY_CHILD));
        list_for_each (pair, &lead->pairs, struct ike_pair, link)
            pair->want_rekey = true;
        break;
    case IKE_COMMAND_TERMINATE:
        ike_tunnel_note(tunnel, IKE_LOG_INFO, SAY(IKE_CLOSED_BY_COMMAND));
        ike_tunnel_close_all(tunnel);
        tunnel->peer.keep_initiating = tunnel->peer.config.initiate;
        ike_tunnel_backoff(tunnel);
        break;
    }
    if (lead)
        ike_sa_touch(lead);
    ike_tunnel_touch(tunnel);
    settle(ike);
    return 0;
}

size_t ike_tunnel_count(const struct ike *ike)
{
    size_t n = 0;

    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        n += !tunnel->peer.removed;
    return n;
}

void ike_each_status(const struct ike *ike, void (*take)(void *context, const struct ike_status *s),
                     void *context)
{
    struct ike_status status;

    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (tunnel->peer.removed)
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
    *ret = tunnel->peer.liveness;
    return 0;
}

void ike_each_liveness(const struct ike *ike,
                       void (*take)(void *context, const char *id, const struct ike_liveness *l),
                       void *context)
{
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        if (!tunnel->peer.removed && (tunnel->peer.liveness.answered || tunnel->peer.liveness.lost))
            take(context, tunnel->peer.config.id, &tunnel->peer.liveness);
    }
}

void ike_get_stats(const struct ike *ike, struct ike_stats *ret)
{
    const struct ike_stats *v1 = &ike->ikev1.stats, *v2 = &ike->ikev2.stats;

    *ret = (struct ike_stats){
        .received = v1->received + v2->received,
        .malformed = v1->malformed + v2->malformed,
        .unknown_peer = v1->unknown_peer + v2->unknown_peer,
        .unknown_spi = v1->unknown_spi + v2->unknown_spi,
        .unauthentic = v1->unauthentic + v2->unauthentic,
        .unexpected = v1->unexpected + v2->unexpected,
        .retransmitted = v1->retransmitted + v2->retransmitted,
        .repeated = v1->repeated + v2->repeated,
        .cookies = v2->cookies,
        .half_open_dropped = v1->half_open_dropped + v2->half_open_dropped,
    };
}
