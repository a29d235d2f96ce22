#include "tunnel_internal.h"

/* Several IKE SAs of one tunnel: which one counts, and which ones go. */

#define REDUNDANT_MAX     4                 /* IKE SAs of one tunnel with a peer of another make */
#define RIVAL_PATIENCE    (10 * IKE_SECOND) /* for the end whose duty it is to close the other one */
#define COMPLETE_PATIENCE (30 * IKE_SECOND) /* until a new IKE SA has all its pairs */
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

/* Calls that overlap, one with the next, were made at once. */
struct group {
    uint64_t begin_us;
    uint64_t end_us;
};

static bool is_in(const struct group *g, const struct ike_sa *sa)
{
    return sa->began_us < g->end_us && g->begin_us < sa->established_us;
}

static struct group group_of(const struct list *sas, const struct ike_sa *member)
{
    struct group g = {member->began_us, member->established_us}, before;

    do {
        before = g;
        list_for_each (sa, sas, struct ike_sa, peer_link) {
            if (!is_candidate(sa) || !is_in(&g, sa))
                continue;
            g.begin_us = MIN(g.begin_us, sa->began_us);
            g.end_us = MAX(g.end_us, sa->established_us);
        }
    } while (g.begin_us < before.begin_us || g.end_us > before.end_us);
    return g;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Of two groups, which have no time in common, the later one; of calls made at once the one with
 * the lower SPI, of one line the youngest. No two are alike: their own SPIs differ. */
int ike_rivals_compare(const struct list *sas, const struct ike_sa *a, const struct ike_sa *b)
{
    struct group of_a = group_of(sas, a), of_b = group_of(sas, b);
    int c = compare(of_b.end_us, of_a.end_us);

    if (c == 0)
        c = compare(of_b.begin_us, of_a.begin_us);
    if (c == 0)
        c = compare(a->tie, b->tie);
    if (c == 0)
        c = compare(b->made_us, a->made_us);
    if (c == 0)
        c = compare(a->spi_i, b->spi_i);
    return c ? c : compare(a->spi_r, b->spi_r);
}

struct ike_sa *ike_rivals_first(const struct list *sas)
{
    struct ike_sa *first = NULL;

    list_for_each (sa, sas, struct ike_sa, peer_link) {
        if (is_candidate(sa) && (!first || ike_rivals_compare(sas, sa, first) < 0))
            first = sa;
    }
    return first;
}

/* ---- what follows ---- */

/* All that the other one's pairs carry. Those of different networks stand beside one another. */
static bool holds_all_of(const struct ike_sa *best, const struct ike_sa *other)
{
    list_for_each (pair, &other->pairs, struct ike_pair, link) {
        if (pair->state == IKE_PAIR_LIVE && !ike_pairs_hold(&best->pairs, &pair->selectors))
            return false;
    }
    return !list_empty(&other->pairs);
}

/* A peer of another make may mean to keep them both, may close one by a rule of its own, or call
 * again when its own is closed. So it is given time; then ours goes if it lost, and the peer's
 * after twice as long. One that it began later, without a word about the earlier one, makes ours
 * needless: its call may have been under way all the time, and the first transmission lost. But
 * what it began itself stays beside that. */
static void settle_with_another_make(const struct ike_sa *best, struct ike_sa *other)
{
    uint64_t patience = other->begun_by_us ? RIVAL_PATIENCE : 2 * RIVAL_PATIENCE;

    if (overlap(best, other) ||
        (!best->begun_by_us && other->begun_by_us && holds_all_of(best, other)))
        other->close_us = best->env->now_us + ike_jitter(best->env, patience, 20);
    else if (best->begun_by_us)
        other->close_us = best->env->now_us + IKE_PAIR_GRACE;
}

/* Whoever began the winner closes the loser, once the winner works. What looks like
 * two calls at once to the peer, who has not had our last answer when it calls, is a later call to
 * us: then the peer may close the one that we take for the winner. So a later call closes the
 * earlier one after a grace only; else each end would close what the other one keeps. */
static void settle_one(const struct ike_sa *best, struct ike_sa *other)
{
    uint64_t now = best->env->now_us;
    bool both_began = overlap(best, other);

    if (!best->ropeway) {
        settle_with_another_make(best, other);
    } else if (best->begun_by_us) {
        other->close_us = now + (both_began ? 0 : IKE_PAIR_GRACE);
    } else {
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

/* It carries what is to be carried. A peer that takes a pair of networks in each child SA is asked
 * for one after the other; what it refuses to make in that time is not waited for. */
static bool takes_over(const struct ike_sa *best)
{
    return ike_pairs_are_usable(&best->pairs) &&
           (ike_offering_is_complete(best->peer, &best->pairs) ||
            best->env->now_us >= best->established_us + COMPLETE_PATIENCE);
}

/* Calls that the peer was quicker than, and those of the rest that are one too many. */
static void end_others(struct ike_tunnel *tunnel, const struct ike_sa *best)
{
    bool usable = takes_over(best);
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
