#include "tunnel_internal.h"

/* What is told of a tunnel. */

/* Given to the data plane, which may be slow to say so; after a while without a word it is lost. */
static bool has_awaited_pair(const struct ike_pairs *pairs)
{
    list_for_each (pair, &pairs->all, struct ike_pair, all) {
        if (pair->state == IKE_PAIR_LIVE && pair->out_added && pair->ack_us && !pair->lost)
            return true;
    }
    return false;
}

/* Up is what the data plane has acknowledged; it stays up over a rekey whose acknowledgment is on
 * its way. */
static bool is_up(const struct ike_tunnel *tunnel)
{
    const struct ike_pairs *pairs = &tunnel->peer.pairs;

    if (!tunnel->peer.config.admin_up || !tunnel->peer.env->plane_up)
        return false;
    return ike_pairs_carrier(pairs) || ike_pairs_have_adopted_pair(pairs) ||
           (tunnel->status.state == IKE_OPER_UP &&
            (ike_pairs_serve(pairs) || has_awaited_pair(pairs)));
}

static enum ike_oper_state oper_state(const struct ike_tunnel *tunnel)
{
    if (is_up(tunnel))
        return IKE_OPER_UP;
    if (!tunnel->peer.config.admin_up || tunnel->peer.removed)
        return IKE_OPER_DOWN;
    if (tunnel->peer.lead ||
        (tunnel->peer.keep_initiating && !addr_is_any(&tunnel->peer.config.remote)))
        return IKE_OPER_NEGOTIATING;
    return IKE_OPER_DOWN;
}

static uint8_t add_prefixes(const struct prefix *from, size_t n, struct prefix *to, uint8_t n_to)
{
    for (size_t i = 0; i < n; i++) {
        bool there = n_to == IKE_PREFIXES_MAX;

        for (uint8_t j = 0; j < n_to; j++)
            there = there || prefix_equal(&from[i], &to[j]);
        if (!there)
            to[n_to++] = from[i];
    }
    return n_to;
}

/* A policy-based peer has a pair SA for each pair of its networks: what they carry together. */
static void describe_selectors(const struct ike_selectors *agreed, struct ike_status *s)
{
    s->n_local_ts = add_prefixes(agreed->local, agreed->n_local, s->local_ts, s->n_local_ts);
    s->n_remote_ts = add_prefixes(agreed->remote, agreed->n_remote, s->remote_ts, s->n_remote_ts);
}

static bool selectors_equal(const struct ike_status *a, const struct ike_status *b)
{
    if (a->n_local_ts != b->n_local_ts || a->n_remote_ts != b->n_remote_ts)
        return false;
    for (size_t i = 0; i < a->n_local_ts; i++)
        if (!prefix_equal(&a->local_ts[i], &b->local_ts[i]))
            return false;
    for (size_t i = 0; i < a->n_remote_ts; i++)
        if (!prefix_equal(&a->remote_ts[i], &b->remote_ts[i]))
            return false;
    return true;
}

static void describe_best(const struct ike_tunnel *tunnel, struct ike_status *s)
{
    const struct ike_sa *best = tunnel->peer.lead;

    if (!best)
        return;
    ike_describe_algs(&best->algs, s->ike_algs, sizeof(s->ike_algs));
    s->remote = best->remote;
    s->nat_local = best->nat_local;
    s->nat_remote = best->nat_remote;
    list_for_each (pair, &best->pairs, struct ike_pair, link) {
        if (pair->state == IKE_PAIR_LIVE) {
            ike_describe_algs(&pair->algs, s->child_algs, sizeof(s->child_algs));
            describe_selectors(&pair->selectors, s);
        }
    }
}

/* Of the configuration of now: the IKE SA, this pair, and those that are to stay beside it. */
static bool is_current(const struct ike_sa *sa, const struct ike_pair *carrier)
{
    uint32_t epoch = carrier->of->epoch;

    if (sa->config_epoch != sa->peer->ike_epoch || carrier->config_epoch != epoch)
        return false;
    list_for_each (pair, &sa->pairs, struct ike_pair, link) {
        if (pair->state == IKE_PAIR_LIVE && pair->config_epoch != epoch)
            return false;
    }
    return true;
}

/* The traffic goes by the configuration of now: what was wrong with it is history. */
static void forget_refusal(struct ike_tunnel *tunnel, struct ike_status *s)
{
    if (tunnel->peer.behind && s->config_in_force)
        ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_IN_FORCE));
    tunnel->peer.behind = false;
    s->config_refused = 0;
    if (tunnel->behind_error)
        s->last_error[0] = 0;
    tunnel->behind_error = false;
}

/* Which configuration the traffic goes by. */
static void describe_config(struct ike_tunnel *tunnel, struct ike_status *s)
{
    const struct ike_pair *carrier = ike_pairs_carrier(&tunnel->peer.pairs);
    struct ike_sa *sa = carrier ? ike_sa_of_pair(carrier) : NULL;
    bool adopted = !carrier && !list_empty(&tunnel->peer.pairs.adopted);

    if (s->state != IKE_OPER_UP || adopted) {
        tunnel->peer.behind = adopted && s->state == IKE_OPER_UP;
        s->config_in_force = 0;
    } else if (carrier && is_current(sa, carrier)) {
        forget_refusal(tunnel, s);
        tunnel->proven = true;
        s->config_in_force = sa->config = tunnel->peer.config.config;
    } else if (carrier) {
        tunnel->peer.behind = true;
        s->config_in_force = sa->config;
    } /* else an acknowledgment is on its way: it is as before */
}

void ike_tunnel_tell_status(const struct ike_tunnel *tunnel, struct ike_status *ret)
{
    const char *why = tunnel->status.last_error;
    const struct words *m = list_empty(&tunnel->peer.pairs.adopted)
                                ? SAY(IKE_ON_EARLIER_PARAMETERS, words_written(why))
                                : SAY(IKE_ON_EARLIER_SAS, words_written(why));

    *ret = tunnel->status;
    if (tunnel->peer.behind && tunnel->behind_error && why[0])
        words_write(m, ret->last_error, sizeof(ret->last_error));
}

static bool status_equal(const struct ike_status *a, const struct ike_status *b)
{
    return a->state == b->state && strcmp(a->last_error, b->last_error) == 0 &&
           strcmp(a->ike_algs, b->ike_algs) == 0 && strcmp(a->child_algs, b->child_algs) == 0 &&
           endpoint_equal(&a->remote, &b->remote) && a->nat_local == b->nat_local &&
           a->nat_remote == b->nat_remote && selectors_equal(a, b) &&
           a->wants_networks == b->wants_networks && a->config_in_force == b->config_in_force &&
           a->config_refused == b->config_refused;
}

static void came_up(struct ike_tunnel *tunnel, struct ike_status *s)
{
    const struct ike_sa *best = tunnel->peer.lead;

    s->last_error[0] = 0;
    s->config_refused = 0;
    s->handshake_us = 0;
    if (best && best->began_us >= tunnel->status.since_us)
        s->handshake_us = (uint32_t)MIN(tunnel->peer.env->now_us - best->began_us, UINT32_MAX);
    ike_log(&tunnel->peer, IKE_LOG_INFO, SAY(NEGOTIATION_UP));
}

/* Never without a reason, unless it was disabled. */
static void went_down(struct ike_tunnel *tunnel, struct ike_status *s)
{
    if (tunnel->peer.liveness.last_us) {
        tunnel->peer.liveness.last_us = 0;
        ike_act_liveness(tunnel->peer.env, tunnel->peer.config.id);
    }
    tunnel->peer.pairs.esp_in = false;
    tunnel->peer.pairs.esp_out_us = 0;
    if (tunnel->peer.config.admin_up && (!s->last_error[0] || tunnel->hinted))
        text_copy(s->last_error, sizeof(s->last_error), tunnel->note);
    tunnel->hinted = tunnel->one_way = false;
    if (s->last_error[0])
        ike_log(&tunnel->peer, IKE_LOG_ERROR, SAY(NEGOTIATION_DOWN, words_written(s->last_error)));
    else
        ike_log(&tunnel->peer, tunnel->peer.config.admin_up ? IKE_LOG_ERROR : IKE_LOG_INFO,
                SAY(NEGOTIATION_DOWN_AS_TOLD));
}

void ike_tunnel_update_status(struct ike_tunnel *tunnel)
{
    struct ike_status s = tunnel->status;
    uint32_t rekeys = s.ike_rekeys + s.child_rekeys;

    if (tunnel->peer.removed)
        return;
    s.ike_algs[0] = s.child_algs[0] = 0;
    s.n_local_ts = s.n_remote_ts = 0;
    s.remote = (struct endpoint){0};
    s.nat_local = s.nat_remote = false;
    s.state = oper_state(tunnel);
    describe_best(tunnel, &s);
    s.wants_networks = ike_offering_wants_networks(&tunnel->peer);
    if (s.state != tunnel->status.state) {
        s.since_us = tunnel->peer.env->now_us;
        if (s.state == IKE_OPER_UP)
            came_up(tunnel, &s);
        else if (tunnel->status.state == IKE_OPER_UP)
            went_down(tunnel, &s);
    }
    describe_config(tunnel, &s);
    if (tunnel->reported && status_equal(&s, &tunnel->status) && rekeys == tunnel->reported_rekeys)
        return;
    tunnel->reported_rekeys = s.ike_rekeys + s.child_rekeys;
    tunnel->status = s;
    tunnel->reported = true;
    ike_act_status(tunnel->peer.env, tunnel->peer.config.id);
}
