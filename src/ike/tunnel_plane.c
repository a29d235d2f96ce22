#include "tunnel_internal.h"

#include <stdlib.h>

/* What the data plane tells: acknowledgments, events, its inventory; and SAs that it has from an
 * earlier life of this daemon. */

/* ---- acknowledgments and events ---- */

static struct ike_pair *find_pair(struct ike *ike, const char *id, uint8_t direction, uint32_t spi)
{
    struct ike_peer *peer = ike_peers_find(&ike->peers, id);

    return peer ? ike_pairs_find(&peer->pairs, direction, spi) : NULL;
}

/* What concerned the pair may concern its IKE SA and its tunnel. */
static void look_at(struct ike *ike, const struct ike_pair *pair)
{
    ike_job_touch(&ike->env.jobs, pair->owner);
    ike_job_touch(&ike->env.jobs, pair->of->job);
}

void ike_sa_result(struct ike *ike, const char *id, uint8_t direction, uint32_t spi, int error,
                   uint64_t now_us)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, id);
    struct ike_pair *pair = find_pair(ike, id, direction, spi);
    struct ike_sa *sa = pair ? ike_sa_of_pair(pair) : NULL;

    if (!pair || !ike_pair_awaits(pair, direction))
        return;
    ike->env.now_us = now_us;
    if (error) {
        ike_tunnel_fail(tunnel, SAY(IKE_PLANE_REFUSED_CHILD, strerror(-error)));
        sa->version->pair_refused(sa, pair);
    } else if (ike_pair_acknowledge(pair, direction)) {
        sa->version->pair_carries(sa, pair);
        ike_tunnel_succeeded(tunnel);
    }
    look_at(ike, pair);
    ike_jobs_settle(&ike->env.jobs);
}

static void on_moved(struct ike *ike, struct ike_pair *pair, const struct endpoint *remote)
{
    struct ike_sa *sa = ike_sa_of_pair(pair);

    if (!ike_sa_is_live(sa))
        return;
    if (endpoint_equal(&sa->remote, remote))
        ike_act_move(&ike->env, sa->peer->config.id, pair->spi_in, remote);
    else /* not before IKE answers from there, too */
        sa->version->esp_moved(sa, remote);
}

void ike_sa_event(struct ike *ike, const char *id, enum ike_sa_event event, uint8_t direction,
                  uint32_t spi, const struct endpoint *remote, uint64_t now_us)
{
    struct ike_pair *pair = find_pair(ike, id, direction, spi);

    if (!pair)
        return;
    ike->env.now_us = now_us;
    switch (event) {
    case IKE_SA_EVENT_SOFT:
        ike_pair_spend(pair);
        break;
    case IKE_SA_EVENT_HARD:
        ike_note(ike_sa_of_pair(pair)->peer, IKE_LOG_WARNING, SAY(IKE_CHILD_SPENT));
        pair->want_rekey = pair->lost = true;
        break;
    case IKE_SA_EVENT_MOVED:
        on_moved(ike, pair, remote);
        break;
    case IKE_SA_EVENT_USED:
        ike_pair_use(pair, direction);
        break;
    }
    look_at(ike, pair);
    ike_jobs_settle(&ike->env.jobs);
}

void ike_unknown_spi(struct ike *ike, const struct endpoint *remote, uint64_t now_us)
{
    ike->env.now_us = now_us;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link) {
        struct ike_sa *lead = tunnel->peer.lead;

        if (lead && addr_equal(&lead->remote.addr, &remote->addr))
            lead->version->doubt(lead);
    }
    ike_jobs_settle(&ike->env.jobs);
}

/* ---- SAs of an earlier life ---- */

static void adopt(struct ike_tunnel *tunnel, struct ike_adopted *item)
{
    if (item->direction == IKE_IN)
        ikev2_log_esp_in(&tunnel->peer, item->spi, WORDS_NEGOTIATION_ADOPTED);
    ike_pairs_adopt(&tunnel->peer.pairs, item);
}

static struct list *orphans_of(struct ike *ike, const char *id)
{
    return &ike->orphans[ike_peers_bucket(id)];
}

void ike_tunnel_take_orphans(struct ike *ike, struct ike_tunnel *tunnel)
{
    const char *id = tunnel->peer.config.id;

    list_for_each_safe (item, orphans_of(ike, id), struct ike_adopted, link) {
        if (strcmp(item->tunnel, id) == 0)
            adopt(tunnel, item);
    }
}

void ike_orphans_free(struct ike *ike)
{
    for (size_t i = 0; i < IKE_TUNNEL_BUCKETS; i++) {
        list_for_each_safe (item, &ike->orphans[i], struct ike_adopted, link)
            ike_adopted_free(item);
    }
}

void ike_orphans_drop(struct ike *ike)
{
    for (size_t i = 0; i < IKE_TUNNEL_BUCKETS; i++) {
        list_for_each (item, &ike->orphans[i], struct ike_adopted, link)
            ike_act_del(&ike->env, item->tunnel, item->direction, item->spi);
    }
    ike_orphans_free(ike);
}

/* ---- the inventory ---- */

void ike_inventory_begin(struct ike *ike, const char *id)
{
    struct ike_tunnel *one = id ? ike_tunnel_find(ike, id) : NULL;

    if (one)
        ike_pairs_inventory(&one->peer.pairs);
    if (id)
        return;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        ike_pairs_inventory(&tunnel->peer.pairs);
    if (!ike->env.plane_up)
        ike_orphans_free(ike);
}

/* NULL for everything, and without memory: then the first new pair takes its place. */
static struct ike_selectors *selectors_of(const struct ike_inventory_item *item)
{
    struct ike_selectors *s;

    if (item->n_local_ts > IKE_PREFIXES_MAX || item->n_remote_ts > IKE_PREFIXES_MAX ||
        (ike_prefixes_are_everything(item->local_ts, item->n_local_ts) &&
         ike_prefixes_are_everything(item->remote_ts, item->n_remote_ts)))
        return NULL;
    s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->n_local = item->n_local_ts;
    s->n_remote = item->n_remote_ts;
    memcpy(s->local, item->local_ts, s->n_local * sizeof(*s->local));
    memcpy(s->remote, item->remote_ts, s->n_remote * sizeof(*s->remote));
    return s;
}

void ike_inventory_add(struct ike *ike, const struct ike_inventory_item *item)
{
    struct ike_tunnel *tunnel = ike_tunnel_find(ike, item->tunnel);
    struct ike_adopted *found;

    /* Between connects an unknown one was deleted while the answer was on its way. */
    if ((tunnel && ike_pairs_see(&tunnel->peer.pairs, item)) || ike->env.plane_up)
        return;
    found = calloc(1, sizeof(*found));
    if (!found)
        return;
    text_copy(found->tunnel, sizeof(found->tunnel), item->tunnel);
    found->direction = item->direction;
    found->spi = item->spi;
    found->pair = item->pair;
    found->idle_ms = item->idle_ms;
    found->seen = true;
    found->selectors = selectors_of(item);
    list_init(&found->link);
    if (tunnel)
        adopt(tunnel, found);
    else
        list_append(orphans_of(ike, found->tunnel), &found->link);
}

/* The data plane is there. */
static void take_up(struct ike_tunnel *tunnel)
{
    ike_pairs_compare(&tunnel->peer.pairs);
    ike_tunnel_call_now(tunnel);
    ike_tunnel_touch(tunnel);
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link)
        sa->version->resume(sa);
}

static void judge(struct ike_tunnel *tunnel)
{
    ike_tunnel_judge_oneway(tunnel);
    ike_pairs_judge_adopted(&tunnel->peer.pairs);
    list_for_each (sa, &tunnel->peer.sas, struct ike_sa, peer_link)
        sa->version->judge(sa);
}

/* To a question about the tunnel, which may be gone, or about all (id is NULL). */
static void take_answer(struct ike *ike, const char *id, struct ike_tunnel *one)
{
    ike_ask_answered(&ike->env);
    if (one)
        judge(one);
    if (id)
        return;
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        judge(tunnel);
}

static void take_all_up(struct ike *ike)
{
    ike->env.plane_up = true;
    ike_ask_answered(&ike->env); /* what the data plane of before was asked it does not answer */
    list_for_each (tunnel, &ike->tunnels, struct ike_tunnel, link)
        take_up(tunnel);
    ikev1_touch_half_open(&ike->ikev1); /* their clocks stood still */
    ikev2_touch_half_open(&ike->ikev2);
    if (ike->configured)
        ike_orphans_drop(ike);
}

void ike_inventory_end(struct ike *ike, const char *id, uint64_t now_us)
{
    struct ike_tunnel *one = id ? ike_tunnel_find(ike, id) : NULL;

    ike->env.now_us = now_us;
    if (!ike->env.plane_up && !id)
        take_all_up(ike);
    else if (ike->env.plane_up)
        take_answer(ike, id, one);
    ike_jobs_settle(&ike->env.jobs);
}
