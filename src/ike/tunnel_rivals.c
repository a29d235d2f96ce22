#include "tunnel_internal.h"

/* Several IKE SAs of one tunnel: which one counts, and which ones go. */

#define REDUNDANT_MAX  4                 /* IKE SAs of one tunnel with a peer of another make */
#define RIVAL_PATIENCE (10 * IKE_SECOND) /* for the end whose duty it is to close the other one */
/* Before one is taken for forgotten: a peer that sees it the other way round has said so by then.
 */
#define FORGOTTEN_PATIENCE (15 * IKE_SECOND)

/* Each began before the other was established: neither end knew of the other's call. */
static bool overlap(const struct ike_sa *a, const struct ike_sa *b)
{
    return a->began_us < b->established_us && b->began_us < a->established_us;
}

static bool is_candidate(const struct ike_sa *sa)
{
    return ike_sa_is_live(sa) && !sa->unsettled;
}

/* ---- the order ---- */

/* Calls that overlap, one with the next, were made at once; the last such group of them is that of
 * all that were established after this time. */
static uint64_t last_group(const struct list *sas)
{
    uint64_t end_us = 0, begin_us, before;

    list_for_each (sa, sas, struct ike_sa, peer_link) {
        if (is_candidate(sa))
            end_us = MAX(end_us, sa->established_us);
    }
    begin_us = end_us;
    do {
        before = begin_us;
        list_for_each (sa, sas, struct ike_sa, peer_link) {
            if (is_candidate(sa) && (sa->established_us > before || sa->established_us == end_us))
                begin_us = MIN(begin_us, sa->began_us);
        }
    } while (begin_us < before);
    return MIN(begin_us, end_us ? end_us - 1 : 0);
}

/* Of one line the youngest, of calls made at once the one with the lower SPI. */
static bool comes_first(const struct ike_sa *a, const struct ike_sa *b)
{
    return a->tie == b->tie ? a->made_us > b->made_us : a->tie < b->tie;
}

struct ike_sa *ike_rivals_first(const struct list *sas)
{
    uint64_t after_us = last_group(sas);
    struct ike_sa *first = NULL;

    list_for_each (sa, sas, struct ike_sa, peer_link) {
        if (is_candidate(sa) && sa->established_us > after_us && (!first || comes_first(sa, first)))
            first = sa;
    }
    return first;
}

/* ---- what follows ---- */

/* Whoever began the winner closes the loser, once the winner works. A peer of another make may call
 * again when it is told that its SA is closed: its redundant SAs are left alone. What looks like
 * two calls at once to the peer, who has not had our last answer when it calls, is a later call to
 * us: then the peer may close the one that we take for the winner. So a later call closes the
 * earlier one after a grace only; else each end would close what the other one keeps. */
static void settle_one(const struct ike_sa *best, struct ike_sa *other)
{
    uint64_t now = best->env->now_us;
    bool both_began = overlap(best, other);

    if (best->begun_by_us) {
        if (best->ropeway || !both_began)
            other->close_us = now + (both_began ? 0 : IKE_PAIR_GRACE);
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
 * which it forgot when it restarted? */
static void outlive(struct ike_sa *best)
{
    bool forgotten = best->silent_close;

    best->silent_close = false;
    best->close_us = 0;
    if (forgotten)
        best->version->recall(best);
}

static void lead(struct ike_tunnel *tunnel, struct ike_sa *best)
{
    if (tunnel->peer.lead == best)
        return;
    tunnel->peer.lead = best;
    if (best)
        ike_sa_touch(best); /* it has duties now */
}

/* Calls that the peer was quicker than, and those of the rest that are one too many. */
static void end_others(struct ike_tunnel *tunnel, const struct ike_sa *best)
{
    bool usable = ike_pairs_are_usable(&best->pairs);
    size_t redundant = 0;

    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link) {
        if (sa->state == IKE_SA_CALLING && !sa->replaces)
            ike_sa_kill(sa);
        if (sa == best || !is_candidate(sa) || sa->close_us)
            continue;
        if (usable)
            settle_one(best, sa);
        if (!sa->close_us && ++redundant > REDUNDANT_MAX && usable) {
            sa->close_us = sa->env->now_us;
            ike_sa_touch(sa);
        }
    }
}

void ike_tunnel_settle_rivals(struct ike_tunnel *tunnel)
{
    struct ike_sa *best = ike_rivals_first(&tunnel->peer.sas);

    lead(tunnel, best);
    if (!best)
        return;
    outlive(best);
    if (ike_sa_is_live(best)) /* else this comes again */
        end_others(tunnel, best);
}
