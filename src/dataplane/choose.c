/* Which of a route's next hops, and which tunnel, a packet's flow takes. */
#include "worker_internal.h"

/* The flow hash of a merged packet is that of its headers, as of each of its segments. */
static uint32_t hash_of(const struct dp_worker *w, const struct dp_packet *p)
{
    return flow_hash(__atomic_load_n(&w->shared->flow_seed, __ATOMIC_RELAXED), p->ip,
                     p->merged ? p->merged->head_len : p->inner.len);
}

static uint32_t key_of(const struct dp_config *config, uint32_t hop)
{
    uint32_t i = dp_hop_index(hop);

    if (dp_hop_kind(hop) == DP_HOP_PORT && i < config->n_ports && config->ports[i])
        return config->ports[i]->key;
    if (dp_hop_kind(hop) == DP_HOP_TABLE && i < config->n_tables && config->tables[i])
        return config->tables[i]->key;
    if (dp_hop_kind(hop) == DP_HOP_HOST && i < config->n_vias && config->vias[i])
        return config->vias[i]->key;
    return 0;
}

static bool is_over_tunnels(uint32_t hop)
{
    return dp_hop_kind(hop) == DP_HOP_CONNECTION || dp_hop_kind(hop) == DP_HOP_TUNNEL;
}

/* A router of a real network that does not answer is left while another one does. */
static bool is_silent(const struct dp_config *config, uint32_t hop)
{
    uint32_t i = dp_hop_index(hop);
    const struct dp_via *via =
        dp_hop_kind(hop) == DP_HOP_HOST && i < config->n_vias ? config->vias[i] : NULL;
    const struct dp_port *port =
        via && via->port < config->n_ports ? config->ports[via->port] : NULL;

    return port && port->lan && !dp_lan_answers(port, &via->address);
}

/* Those that answer; all if none does. */
static void find_answering(const struct dp_config *config, const struct fib_hops *hops,
                           struct fib_hops *ret)
{
    ret->count = 0;
    for (uint32_t i = 0; i < hops->count; i++)
        if (!is_silent(config, hops->ids[i]))
            ret->ids[ret->count++] = hops->ids[i];
    if (ret->count == 0)
        *ret = *hops;
}

uint32_t dp_choose_hop(const struct dp_worker *w, const struct dp_packet *p,
                       const struct fib_hops *hops)
{
    uint32_t keys[FIB_HOPS_MAX];
    struct fib_hops some;

    if (hops->count == 1 || is_over_tunnels(hops->ids[0]))
        return hops->ids[0];
    find_answering(w->config, hops, &some);
    for (uint32_t i = 0; i < some.count; i++)
        keys[i] = key_of(w->config, some.ids[i]);
    return some.ids[flow_choose(keys, some.count, hash_of(w, p))];
}

/* Those of the tunnels that take the packet: the peer may have narrowed their SAs. */
static uint32_t accepting(const struct dp_config *config, const uint32_t *tunnels, uint32_t count,
                          const struct dp_inner *inner, uint32_t ret[DP_MEMBERS_MAX])
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++)
        if (dp_egress_sa(config->tunnels[tunnels[i]], inner))
            ret[n++] = tunnels[i];
    return n;
}

/* Nothing of it holds for SAs that were made since. */
static bool is_left_by_peer(const struct dp_worker *w, const struct dp_egress *e)
{
    return w->now_us < e->path->talk.leave_until_us && e->out && e->out->spi == e->path->left_spi;
}

/* It is usable; its peer answers, or has never been known to, and does not leave it; there is a way
 * to it, it has not come and gone of late, and it stays. */
bool dp_egress_is_sound(const struct dp_worker *w, const struct dp_egress *e)
{
    return e->out && !e->path->probing.lost && !e->tunnel->config.draining &&
           w->now_us >= e->path->unsent_until_us && !is_left_by_peer(w, e) &&
           w->now_us >= __atomic_load_n(&e->path->hold.until_us, __ATOMIC_RELAXED);
}

static bool are_all_sound(const struct dp_worker *w)
{
    return w->prober.lost == 0 && w->now_us >= w->unsent_until_us &&
           w->now_us >= w->left_until_us && w->config->n_draining == 0 &&
           w->now_us >= w->config->held_until_us;
}

/* Those that are sound; all if there is none of these, since a tunnel of which nothing is heard is
 * better than no tunnel. tunnels may be ret. */
static uint32_t sound(const struct dp_worker *w, const uint32_t *tunnels, uint32_t count,
                      uint32_t ret[DP_MEMBERS_MAX])
{
    uint32_t n = 0, good[DP_MEMBERS_MAX];

    for (uint32_t i = 0; i < count; i++)
        if (dp_egress_is_sound(w, w->config->tunnels[tunnels[i]]))
            good[n++] = tunnels[i];
    if (n == 0 || n == count)
        memmove(ret, tunnels, count * sizeof(*ret));
    else
        memcpy(ret, good, n * sizeof(*ret));
    return n ? n : count;
}

static uint32_t choose_one(const struct dp_worker *w, const struct dp_packet *p,
                           const uint32_t *tunnels, uint32_t count)
{
    uint32_t keys[DP_MEMBERS_MAX];

    if (count == 1)
        return tunnels[0];
    for (uint32_t i = 0; i < count; i++)
        keys[i] = w->config->tunnels[tunnels[i]]->path->key;
    return tunnels[flow_choose(keys, count, hash_of(w, p))];
}

/* What a packet may leave through. */
struct members {
    uint32_t tunnels[DP_MEMBERS_MAX];
    uint32_t count;
    bool selective; /* one at least does not take every address */
};

static void add_tunnel(const struct dp_config *config, uint32_t tunnel, bool v4, struct members *m)
{
    const struct dp_egress *e = tunnel < config->n_tunnels ? config->tunnels[tunnel] : NULL;

    if (!e || !e->out || m->count == DP_MEMBERS_MAX)
        return;
    m->tunnels[m->count++] = tunnel;
    m->selective |= v4 ? !e->out->any4 : !e->out->any6;
}

static void add_connection(const struct dp_config *config, uint32_t index, bool v4,
                           struct members *m)
{
    const struct dp_connection *c =
        index < config->n_connections ? config->connections[index] : NULL;
    uint32_t n = c ? MIN(c->count, DP_MEMBERS_MAX - m->count) : 0;

    if (!n)
        return;
    memcpy(&m->tunnels[m->count], c->tunnels, n * sizeof(*c->tunnels));
    m->count += n;
    m->selective |= v4 ? c->selective4 : c->selective6;
}

/* The tunnels of all of them that are usable now. */
static void find_members(const struct dp_config *config, const struct fib_hops *hops, bool v4,
                         struct members *ret)
{
    for (uint32_t i = 0; i < hops->count; i++) {
        if (dp_hop_kind(hops->ids[i]) == DP_HOP_TUNNEL)
            add_tunnel(config, dp_hop_index(hops->ids[i]), v4, ret);
        else if (dp_hop_kind(hops->ids[i]) == DP_HOP_CONNECTION)
            add_connection(config, dp_hop_index(hops->ids[i]), v4, ret);
    }
}

uint32_t dp_choose_tunnel(const struct dp_worker *w, const struct dp_packet *p,
                          const struct fib_hops *hops, bool *ret_refused)
{
    struct members m;

    m.count = 0;
    m.selective = false;
    find_members(w->config, hops, p->inner.version == 4, &m);
    *ret_refused = m.count > 0;
    if (m.selective)
        m.count = accepting(w->config, m.tunnels, m.count, &p->inner, m.tunnels);
    if (m.count == 0)
        return DP_NONE;
    if (m.count > 1 && !are_all_sound(w))
        m.count = sound(w, m.tunnels, m.count, m.tunnels);
    return choose_one(w, p, m.tunnels, m.count);
}
