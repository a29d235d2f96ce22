#include "sa_internal.h"

/* What traffic is offered to a peer (RFC 7296, 2.9): all that the tunnel is for, in one child SA;
 * where the peer refuses to narrow that, the networks of both sides; where it takes but one pair of
 * networks in a child SA, a child SA for each. What it took is remembered for the next IKE SA. */

#define REFUSED_PAUSE (600 * IKE_SECOND) /* a pair of networks that was refused is left alone */

struct networks {
    const struct prefix *local, *remote;
    size_t n_local, n_remote;
};

static bool names_all(const struct ike_tunnel_config *c)
{
    return !ike_prefixes_are_everything(c->local_ts, c->n_local_ts) &&
           !ike_prefixes_are_everything(c->remote_ts, c->n_remote_ts);
}

/* Of each side those that the tunnel names, else those of its routes. False: of a side there are
 * none. */
static bool networks_of(const struct ike_tunnel_config *c, struct networks *ret)
{
    bool routes_local = ike_prefixes_are_everything(c->local_ts, c->n_local_ts);
    bool routes_remote = ike_prefixes_are_everything(c->remote_ts, c->n_remote_ts);

    ret->local = routes_local ? c->local_networks : c->local_ts;
    ret->n_local = routes_local ? c->n_local_networks : c->n_local_ts;
    ret->remote = routes_remote ? c->remote_networks : c->remote_ts;
    ret->n_remote = routes_remote ? c->n_remote_networks : c->n_remote_ts;
    return ret->n_local && ret->n_remote;
}

/* ---- pairs of networks, by number ---- */

static bool pair_at(const struct networks *n, size_t i, struct ike_selectors *ret)
{
    for (size_t l = 0; l < n->n_local; l++) {
        for (size_t r = 0; r < n->n_remote; r++) {
            if (n->local[l].addr.family != n->remote[r].addr.family || i--)
                continue;
            *ret = (struct ike_selectors){.n_local = 1, .n_remote = 1};
            ret->local[0] = n->local[l];
            ret->remote[0] = n->remote[r];
            return true;
        }
    }
    return false;
}

static size_t count_of_family(const struct prefix *list, size_t n, uint8_t family)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += list[i].addr.family == family;
    return count;
}

static size_t count_pairs(const struct networks *n)
{
    size_t count = 0;

    for (uint8_t family = ADDR_IPV4; family <= ADDR_IPV6; family++)
        count += count_of_family(n->local, n->n_local, family) *
                 count_of_family(n->remote, n->n_remote, family);
    return count;
}

static int number_of(const struct ike_peer *peer, const struct ike_selectors *asked)
{
    struct ike_selectors s;
    struct networks n;

    if (!networks_of(&peer->config, &n))
        return -1;
    for (int i = 0; i < IKE_NETWORK_PAIRS_MAX && pair_at(&n, (size_t)i, &s); i++) {
        if (ike_selectors_equal(&s, asked))
            return i;
    }
    return -1;
}

/* By a pair that carries all of it, or by what the peer made of it when it narrowed that. */
static bool is_served(const struct ike_peer *peer, const struct list *owned,
                      const struct ike_selectors *asked)
{
    if (ike_pairs_hold(owned, asked))
        return true;
    list_for_each (pair, owned, struct ike_pair, link) {
        if (pair->state == IKE_PAIR_LIVE && ike_selectors_hold(asked, &pair->selectors) &&
            number_of(peer, &pair->selectors) < 0)
            return true;
    }
    return false;
}

/* -1: none that may be asked for. Fills *ret. */
static int first_missing(const struct ike_peer *peer, const struct list *owned,
                         struct ike_selectors *ret)
{
    struct networks n;

    if (!networks_of(&peer->config, &n))
        return -1;
    for (int i = 0; i < IKE_NETWORK_PAIRS_MAX && pair_at(&n, (size_t)i, ret); i++) {
        if (!(peer->offering.refused >> i & 1) && !is_served(peer, owned, ret))
            return i;
    }
    return -1;
}

static void leave_alone(struct ike_peer *peer, const struct ike_selectors *asked)
{
    int i = number_of(peer, asked);

    if (i < 0)
        return;
    peer->offering.refused |= UINT64_C(1) << i;
    peer->offering.retry_us = peer->env->now_us + REFUSED_PAUSE;
}

/* ---- what to offer ---- */

static struct ike_selectors selectors_of(const struct prefix *local, size_t n_local,
                                         const struct prefix *remote, size_t n_remote)
{
    struct ike_selectors s = {.n_local = (uint8_t)n_local, .n_remote = (uint8_t)n_remote};

    memcpy(s.local, local, n_local * sizeof(*local));
    memcpy(s.remote, remote, n_remote * sizeof(*remote));
    return s;
}

static struct ike_selectors whole(const struct ike_tunnel_config *c)
{
    return selectors_of(c->local_ts, c->n_local_ts, c->remote_ts, c->n_remote_ts);
}

static size_t count_live(const struct list *owned)
{
    size_t n = 0;

    list_for_each (pair, owned, struct ike_pair, link)
        n += pair->state == IKE_PAIR_LIVE;
    return n;
}

/* A pair that is rekeyed keeps its traffic (2.9.2), unless that is not the tunnel's any more. One
 * that is alone, of a peer that narrows, may become as wide as the peer has it by now. */
static bool keeps_selectors(const struct ike_peer *peer, const struct list *owned,
                            const struct ike_pair *rekeyed)
{
    struct ike_selectors all = whole(&peer->config);

    if (peer->offering.how == IKE_OFFER_ALL && rekeyed->config_epoch != peer->pairs.epoch)
        return false;
    return (peer->offering.refuses || count_live(owned) > 1) &&
           ike_selectors_hold(&all, &rekeyed->selectors);
}

void ike_offering_next(struct ike_peer *peer, const struct list *owned,
                       const struct ike_pair *rekeyed, struct ike_selectors *ret)
{
    const struct ike_tunnel_config *c = &peer->config;
    bool first = rekeyed ? count_live(owned) <= 1 : count_live(owned) == 0;
    struct networks n;

    if (rekeyed && keeps_selectors(peer, owned, rekeyed)) {
        *ret = rekeyed->selectors;
        return;
    }
    *ret = whole(c);
    if (peer->offering.how == IKE_OFFER_ALL || !networks_of(c, &n) ||
        (first && !peer->offering.refuses))
        return;
    if (peer->offering.how == IKE_OFFER_LISTS && first)
        *ret = selectors_of(n.local, n.n_local, n.remote, n.n_remote);
    else if (first_missing(peer, owned, ret) < 0)
        (void)pair_at(&n, 0, ret);
}

bool ike_offering_is_complete(const struct ike_peer *peer, const struct list *owned)
{
    struct ike_selectors unused;

    return peer->offering.how == IKE_OFFER_ALL || count_live(owned) == 0 ||
           first_missing(peer, owned, &unused) < 0;
}

/* A current one that carries the same, or, where nothing is missing, any. */
static bool gives_way_to(const struct ike_peer *peer, const struct list *owned,
                         const struct ike_pair *old, const struct ike_pair *current)
{
    struct ike_selectors all = whole(&peer->config);

    return current->state == IKE_PAIR_LIVE && !current->lost &&
           current->config_epoch == peer->pairs.epoch &&
           (ike_selectors_hold(&current->selectors, &old->selectors) ||
            (!ike_selectors_hold(&all, &old->selectors) && ike_offering_is_complete(peer, owned)));
}

const struct ike_pair *ike_offering_heir(const struct ike_peer *peer, const struct list *owned,
                                         const struct ike_pair *old)
{
    if (old->config_epoch == peer->pairs.epoch)
        return NULL;
    list_for_each (pair, owned, struct ike_pair, link) {
        if (pair != old && gives_way_to(peer, owned, old, pair))
            return pair;
    }
    return NULL;
}

/* ---- what came of it ---- */

void ike_offering_reset(struct ike_peer *peer)
{
    peer->offering = (struct ike_offering){0};
}

static void go_to_lists(struct ike_peer *peer, const struct networks *n)
{
    char local[IKE_LISTED_MAX], remote[IKE_LISTED_MAX];

    peer->offering.how = IKE_OFFER_LISTS;
    ike_describe_prefixes(n->local, n->n_local, local, sizeof(local));
    ike_describe_prefixes(n->remote, n->n_remote, remote, sizeof(remote));
    ike_log(peer, IKE_LOG_INFO, SAY(NEGOTIATION_OFFERS_LISTS, local, remote));
}

static void go_to_pairs(struct ike_peer *peer, const struct networks *n)
{
    char local[IKE_LISTED_MAX], remote[IKE_LISTED_MAX];

    peer->offering.how = IKE_OFFER_PAIRS;
    ike_describe_prefixes(n->local, n->n_local, local, sizeof(local));
    ike_describe_prefixes(n->remote, n->n_remote, remote, sizeof(remote));
    ike_log(peer, IKE_LOG_INFO, SAY(NEGOTIATION_OFFERS_PAIRS, local, remote, count_pairs(n)));
    if (count_pairs(n) > IKE_NETWORK_PAIRS_MAX)
        ike_log(peer, IKE_LOG_WARNING,
                SAY(NEGOTIATION_TOO_MANY_PAIRS, count_pairs(n), IKE_NETWORK_PAIRS_MAX));
}

/* Of what is offered as a whole. */
static bool next_way(struct ike_peer *peer)
{
    struct networks n;

    if (!networks_of(&peer->config, &n))
        return false;
    if (peer->offering.how == IKE_OFFER_ALL && !names_all(&peer->config)) {
        go_to_lists(peer, &n);
        return true;
    }
    if (count_pairs(&n) < 2) {
        peer->offering.how = IKE_OFFER_ALL;
        return false;
    }
    go_to_pairs(peer, &n);
    return true;
}

/* Of one pair of networks, for a pair to be or one that gives way to a changed configuration. */
static enum ike_refusal refused_pair(struct ike_peer *peer, const struct list *owned,
                                     const struct ike_selectors *offered)
{
    struct ike_selectors unused;
    char local[IKE_LISTED_MAX], remote[IKE_LISTED_MAX];

    leave_alone(peer, offered);
    ike_describe_prefixes(offered->local, offered->n_local, local, sizeof(local));
    ike_describe_prefixes(offered->remote, offered->n_remote, remote, sizeof(remote));
    ike_log(peer, IKE_LOG_WARNING, SAY(NEGOTIATION_PAIR_REFUSED, local, remote));
    if (first_missing(peer, owned, &unused) >= 0)
        return IKE_REFUSED_AS_SUCH;
    if (count_live(owned))
        return IKE_REFUSED_BESIDE;
    peer->offering.how = IKE_OFFER_ALL; /* from the beginning, later */
    peer->offering.refused = 0;
    return IKE_REFUSED;
}

enum ike_refusal ike_offering_refused(struct ike_peer *peer, const struct list *owned,
                                      const struct ike_pair *rekeyed,
                                      const struct ike_selectors *offered)
{
    bool beside = !rekeyed && count_live(owned);

    peer->offering.wants = true;
    if (rekeyed && ike_selectors_equal(&rekeyed->selectors, offered))
        return IKE_REFUSED;
    if (peer->offering.how == IKE_OFFER_PAIRS || beside)
        return refused_pair(peer, owned, offered);
    peer->offering.refuses = true;
    return next_way(peer) ? IKE_REFUSED_AS_SUCH : IKE_REFUSED;
}

void ike_offering_took(struct ike_peer *peer, const struct ike_selectors *offered,
                       const struct ike_selectors *taken)
{
    struct networks n;

    if (ike_selectors_hold(taken, offered))
        return;
    peer->offering.wants = true;
    if (offered->n_local == 1 && offered->n_remote == 1)
        leave_alone(peer, offered); /* it is as wide as the peer has it */
    if (peer->offering.how != IKE_OFFER_PAIRS && networks_of(&peer->config, &n))
        go_to_pairs(peer, &n);
    peer->offering.how = IKE_OFFER_PAIRS;
}

void ike_offering_lost(struct ike_peer *peer)
{
    peer->offering.refused = 0;
}

/* ---- the networks change, and time passes ---- */

bool ike_offering_wants_networks(const struct ike_peer *peer)
{
    return peer->offering.wants && !names_all(&peer->config);
}

bool ike_offering_renew(struct ike_peer *peer)
{
    struct networks n;

    peer->offering.refused = 0;
    if (peer->offering.refuses && peer->offering.how == IKE_OFFER_ALL &&
        networks_of(&peer->config, &n))
        go_to_lists(peer, &n);
    return peer->offering.wants;
}

void ike_offering_run(struct ike_peer *peer, uint64_t *deadline)
{
    if (!peer->offering.refused)
        return;
    if (peer->env->now_us >= peer->offering.retry_us)
        peer->offering.refused = 0;
    else
        *deadline = MIN(*deadline, peer->offering.retry_us);
}
