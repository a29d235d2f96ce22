#include "ike_internal.h"

/* Several IKE SAs of one tunnel: which one stays; and the tunnel's status. */

#define RIVAL_PATIENCE (10 * IKE_SECOND) /* for the end whose duty it is to close the other one */
/* Before one is taken for forgotten: a peer that sees it the other way round has said so by then.
 */
#define FORGOTTEN_PATIENCE (15 * IKE_SECOND)

/* Each began before the other was established: neither end knew of the other's call. */
static bool overlap(const struct ike_sa *a, const struct ike_sa *b)
{
    return a->began_us < b->established_us && b->began_us < a->established_us;
}

/* Both ends come to the same result: of two calls at once, the lower SPI; else the later call. */
static bool beats(const struct ike_sa *a, const struct ike_sa *b)
{
    if (a->tie == b->tie)
        return a->made_us > b->made_us;
    if (overlap(a, b))
        return a->tie < b->tie;
    return a->established_us >= b->established_us;
}

struct ike_sa *ike_tunnel_best(const struct ike_tunnel *tunnel)
{
    struct ike_sa *best = NULL;

    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_ESTABLISHED && !sa->unsettled && (!best || beats(sa, best)))
            best = sa;
    }
    return best;
}

bool ike_sa_has_usable_child(const struct ike_sa *sa)
{
    list_for_each (child, &sa->children, struct ike_child, link) {
        if (ike_child_is_usable(child))
            return true;
    }
    return false;
}

/* Whoever began the winner closes the loser, once the winner works. A peer of another make may call
 * again when it is told that its SA is closed: its redundant SAs are left alone. What looks like
 * two calls at once to the peer, who has not had our last answer when it calls, is a later call to
 * us: then the peer may close the one that we take for the winner. So a later call closes the
 * earlier one after a grace only; else each end would close what the other one keeps. */
static void settle_one(struct ike_sa *best, struct ike_sa *other)
{
    uint64_t now = best->ike->now_us;
    bool both_began = overlap(best, other);

    if (best->begun_by_us) {
        if (best->ropeway || !both_began)
            other->close_us = now + (both_began ? 0 : IKE_GRACE);
    } else if (best->ropeway) {
        /* Called anew: by a peer that restarted and knows nothing of the old one, or that will
         * delete it itself. */
        other->silent_close = !both_began;
        other->close_us = now + (both_began ? RIVAL_PATIENCE : FORGOTTEN_PATIENCE);
    }
    if (other->close_us)
        ike_sa_touch(other);
}

/* Whatever beat it is gone. If the peer closed that, did it mean to be rid of this one as well,
 * which it forgot when it restarted? What it said before counts, and it is asked. */
static void outlive(struct ike_sa *best)
{
    bool forgotten = best->silent_close;

    best->silent_close = false;
    best->close_us = 0;
    if (!forgotten)
        return;
    if (best->suspect_us) {
        ike_sa_give_up(best, WORDS_IKE_PEER_FORGOT);
        return;
    }
    best->forgotten = true;
    best->hint_us = 0;
    ike_sa_hint(best);
    best->request.next_us = best->ike->now_us; /* if one is under way */
}

void ike_tunnel_settle_rivals(struct ike_tunnel *tunnel)
{
    struct ike_sa *best = ike_tunnel_best(tunnel);
    bool usable = best && ike_sa_has_usable_child(best);
    size_t redundant = 0;

    if (!best)
        return;
    outlive(best);
    if (!ike_sa_is_live(best))
        return; /* and come again */
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        if (sa->state == IKE_SA_INIT_SENT && !sa->replaces)
            ike_sa_kill(sa);
        if (sa == best || sa->state != IKE_SA_ESTABLISHED || sa->unsettled || sa->close_us)
            continue;
        if (usable)
            settle_one(best, sa);
        if (!sa->close_us && ++redundant > IKE_REDUNDANT_MAX && usable) {
            sa->close_us = tunnel->ike->now_us;
            ike_sa_touch(sa);
        }
    }
}

/* ---- status ---- */

static bool has_adopted_pair(const struct ike_tunnel *tunnel)
{
    bool in = false, out = false;

    list_for_each (item, &tunnel->adopted, struct ike_adopted, link) {
        in = in || item->direction == IKE_IN;
        out = out || item->direction == IKE_OUT;
    }
    return in && out;
}

static bool has_acknowledged_child(const struct ike_tunnel *tunnel)
{
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        list_for_each (child, &sa->children, struct ike_child, link) {
            if (ike_child_is_usable(child) && child->out_ok)
                return true;
        }
    }
    return false;
}

/* Given to the data plane, which may be slow to say so; after a while without a word it is lost. */
static bool has_awaited_child(const struct ike_tunnel *tunnel)
{
    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        list_for_each (child, &sa->children, struct ike_child, link) {
            if (ike_sa_is_live(sa) && child->state == IKE_CHILD_LIVE && child->out_added &&
                child->ack_us && !child->lost)
                return true;
        }
    }
    return false;
}

/* Up is what the data plane has acknowledged; it stays up over a rekey whose acknowledgment is on
 * its way. */
static bool is_up(const struct ike_tunnel *tunnel)
{
    if (!tunnel->config.admin_up || !tunnel->ike->plane_up)
        return false;
    return has_acknowledged_child(tunnel) || has_adopted_pair(tunnel) ||
           (tunnel->status.state == IKE_OPER_UP &&
            (ike_tunnel_has_usable_child(tunnel) || has_awaited_child(tunnel)));
}

static enum ike_oper_state oper_state(const struct ike_tunnel *tunnel)
{
    if (is_up(tunnel))
        return IKE_OPER_UP;
    if (!tunnel->config.admin_up || tunnel->removed)
        return IKE_OPER_DOWN;
    if (ike_tunnel_best(tunnel) ||
        (tunnel->keep_initiating && !addr_is_any(&tunnel->config.remote)))
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

/* A policy-based peer has a child SA for each pair of its networks: what they carry together. */
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
    const struct ike_sa *best = ike_tunnel_best(tunnel);

    if (!best)
        return;
    ike_describe_algs(&best->algs, s->ike_algs, sizeof(s->ike_algs));
    s->remote = best->remote;
    s->nat_local = best->nat_local;
    s->nat_remote = best->nat_remote;
    list_for_each (child, &best->children, struct ike_child, link) {
        if (child->state == IKE_CHILD_LIVE) {
            ike_describe_algs(&child->algs, s->child_algs, sizeof(s->child_algs));
            describe_selectors(&child->selectors, s);
        }
    }
}

/* The child that carries the traffic; NULL. */
static const struct ike_child *carrier(const struct ike_tunnel *tunnel, struct ike_sa **ret_sa)
{
    const struct ike_child *found = NULL;

    list_for_each (sa, &tunnel->sas, struct ike_sa, tunnel_link) {
        list_for_each (child, &sa->children, struct ike_child, link) {
            if (!ike_child_is_usable(child) || !child->out_ok ||
                (found && child->out_order < found->out_order))
                continue;
            found = child;
            *ret_sa = sa;
        }
    }
    return found;
}

/* Of the configuration of now: the IKE SA, this child, and those that are to stay beside it. */
static bool is_current(const struct ike_sa *sa, const struct ike_child *child)
{
    const struct ike_tunnel *tunnel = sa->tunnel;

    if (sa->config_epoch != tunnel->ike_epoch || child->config_epoch != tunnel->child_epoch)
        return false;
    list_for_each (other, &sa->children, struct ike_child, link) {
        if (other->state == IKE_CHILD_LIVE && other->config_epoch != tunnel->child_epoch)
            return false;
    }
    return true;
}

/* The traffic goes by the configuration of now: what was wrong with it is history. */
static void forget_refusal(struct ike_tunnel *tunnel, struct ike_status *s)
{
    if (tunnel->behind && s->config_in_force)
        ike_act_log(tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_IN_FORCE));
    tunnel->behind = false;
    s->config_refused = 0;
    if (tunnel->behind_error)
        s->last_error[0] = 0;
    tunnel->behind_error = false;
}

/* Which configuration the traffic goes by. */
static void describe_config(struct ike_tunnel *tunnel, struct ike_status *s)
{
    struct ike_sa *sa = NULL;
    const struct ike_child *child = carrier(tunnel, &sa);
    bool adopted = !child && !list_empty(&tunnel->adopted);

    if (s->state != IKE_OPER_UP || adopted) {
        tunnel->behind = adopted && s->state == IKE_OPER_UP;
        s->config_in_force = 0;
    } else if (child && is_current(sa, child)) {
        forget_refusal(tunnel, s);
        tunnel->proven = true;
        s->config_in_force = sa->config = tunnel->config.config;
    } else if (child) {
        tunnel->behind = true;
        s->config_in_force = sa->config;
    } /* else an acknowledgment is on its way: it is as before */
}

void ike_tunnel_tell_status(const struct ike_tunnel *tunnel, struct ike_status *ret)
{
    const char *why = tunnel->status.last_error;
    const struct words *m = list_empty(&tunnel->adopted)
                                ? SAY(IKE_ON_EARLIER_PARAMETERS, words_written(why))
                                : SAY(IKE_ON_EARLIER_SAS, words_written(why));

    *ret = tunnel->status;
    if (tunnel->behind && tunnel->behind_error && why[0])
        words_write(m, ret->last_error, sizeof(ret->last_error));
}

static bool status_equal(const struct ike_status *a, const struct ike_status *b)
{
    return a->state == b->state && strcmp(a->last_error, b->last_error) == 0 &&
           strcmp(a->ike_algs, b->ike_algs) == 0 && strcmp(a->child_algs, b->child_algs) == 0 &&
           endpoint_equal(&a->remote, &b->remote) && a->nat_local == b->nat_local &&
           a->nat_remote == b->nat_remote && selectors_equal(a, b) &&
           a->config_in_force == b->config_in_force && a->config_refused == b->config_refused;
}

static void came_up(struct ike_tunnel *tunnel, struct ike_status *s)
{
    const struct ike_sa *best = ike_tunnel_best(tunnel);

    s->last_error[0] = 0;
    s->config_refused = 0;
    s->ike_rekeys = s->child_rekeys = 0;
    s->handshake_us = 0;
    if (best && best->began_us >= tunnel->status.since_us)
        s->handshake_us = (uint32_t)MIN(tunnel->ike->now_us - best->began_us, UINT32_MAX);
    ike_act_log(tunnel, IKE_LOG_INFO, SAY(NEGOTIATION_UP));
}

/* Never without a reason, unless it was disabled. */
static void went_down(struct ike_tunnel *tunnel, struct ike_status *s)
{
    if (ike_liveness_forget(tunnel))
        ike_act_liveness(tunnel);
    if (tunnel->config.admin_up && !s->last_error[0])
        text_copy(s->last_error, sizeof(s->last_error), tunnel->note);
    if (s->last_error[0])
        ike_act_log(tunnel, IKE_LOG_ERROR, SAY(NEGOTIATION_DOWN, words_written(s->last_error)));
    else
        ike_act_log(tunnel, tunnel->config.admin_up ? IKE_LOG_ERROR : IKE_LOG_INFO,
                    SAY(NEGOTIATION_DOWN_AS_TOLD));
}

void ike_tunnel_update_status(struct ike_tunnel *tunnel)
{
    struct ike_status s = tunnel->status;
    uint32_t rekeys = s.ike_rekeys + s.child_rekeys;

    if (tunnel->removed)
        return;
    s.ike_algs[0] = s.child_algs[0] = 0;
    s.n_local_ts = s.n_remote_ts = 0;
    s.remote = (struct endpoint){0};
    s.nat_local = s.nat_remote = false;
    s.state = oper_state(tunnel);
    describe_best(tunnel, &s);
    if (s.state != tunnel->status.state) {
        s.since_us = tunnel->ike->now_us;
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
    ike_act_status(tunnel);
}
