#include "tunnel_internal.h"

/* A tunnel that is up and carries one way only: ESP goes out and none ever came. That may be as it
 * should be, so it is a hint beside the tunnel and no more. The data plane tells of the first
 * packet of each SA; only after one went out is it asked how many did, ever less often. */

#define LOOK_FIRST  (5 * IKE_SECOND)
#define LOOK_MOST   (240 * IKE_SECOND) /* the hint is not stale before */
#define PACKETS_MIN 5

static bool is_suspicious(const struct ike_tunnel *tunnel)
{
    const struct ike_pairs *pairs = &tunnel->peer.pairs;

    return tunnel->status.state == IKE_OPER_UP && tunnel->peer.lead && pairs->esp_out_us &&
           !pairs->esp_in && list_empty(&pairs->adopted);
}

static void clear_hint(struct ike_tunnel *tunnel)
{
    if (!tunnel->one_way)
        return;
    tunnel->one_way = false;
    ike_tunnel_unhint(tunnel);
    if (tunnel->peer.pairs.esp_in)
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_BOTH_WAYS));
}

void ike_tunnel_run_oneway(struct ike_tunnel *tunnel, uint64_t *deadline)
{
    uint64_t now = tunnel->peer.env->now_us;

    if (!is_suspicious(tunnel)) {
        clear_hint(tunnel);
        tunnel->look_us = tunnel->look_pause_us = 0;
        return;
    }
    if (!tunnel->look_us) {
        tunnel->look_pause_us = LOOK_FIRST;
        tunnel->look_us = tunnel->peer.pairs.esp_out_us + LOOK_FIRST;
    }
    if (now >= tunnel->look_us) {
        ike_ask(tunnel->peer.env, tunnel->peer.config.id);
        tunnel->looking = true;
        tunnel->look_pause_us = MIN(2 * tunnel->look_pause_us, LOOK_MOST);
        tunnel->look_us = now + tunnel->look_pause_us;
    }
    *deadline = MIN(*deadline, tunnel->look_us);
}

static uint64_t count_out(const struct ike_pairs *pairs)
{
    uint64_t n = 0;

    list_for_each (pair, &pairs->all, struct ike_pair, all)
        n += pair->out_packets;
    return n;
}

void ike_tunnel_judge_oneway(struct ike_tunnel *tunnel)
{
    const struct ike_sa *lead = tunnel->peer.lead;
    uint64_t out = count_out(&tunnel->peer.pairs);
    char local[ENDPOINT_TEXT_MAX], remote[ENDPOINT_TEXT_MAX];

    if (!tunnel->looking)
        return;
    tunnel->looking = false;
    if (!is_suspicious(tunnel) || out < PACKETS_MIN)
        return;
    ike_tunnel_hint(tunnel,
                    SAY(IKE_ONE_WAY, endpoint_format(&lead->local, local),
                        endpoint_format(&lead->remote, remote)),
                    !tunnel->one_way);
    tunnel->one_way = true;
}
