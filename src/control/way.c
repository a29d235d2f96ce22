#include "learned.h"

/* The whole way of a packet, over regions of this control plane: a tunnel whose two outer addresses
 * are those of a tunnel of another region, the other way round, leads there. */

#define REGIONS_MAX 4 /* in a row: more is a loop, or a mistake */

/* What is known of tunnels of one region. */
struct place {
    struct region *region;
    const struct snapshot *s;
};

static json_t *tunnel_status(void *user, const struct model_vpn_tunnel *tunnel)
{
    const struct place *p = user;
    struct status status;
    json_t *all = NULL;

    if (status_take(p->region, p->s, &tunnel->head, &status) < 0)
        return NULL;
    if (json_object_update_missing(status.computed, status.said) == 0 || !status.said)
        all = json_incref(status.computed);
    status_done(&status);
    return all;
}

static bool mirrors(const struct model_vpn_tunnel *a, const struct model_vpn_tunnel *b)
{
    return addr_equal(&a->cloud_address, &b->customer_address) &&
           addr_equal(&a->customer_address, &b->cloud_address);
}

/* The other end of the tunnel in this region; NULL: it is not there. */
static const struct model_vpn_tunnel *other_end_in(const struct snapshot *s,
                                                   const struct model_vpn_tunnel *tunnel)
{
    const struct addr *a = &tunnel->customer_address;
    struct prefix host = prefix_make(a, (uint8_t)addr_bits(a));
    const struct model_resource *owner = snapshot_overlap(s, SPACE_CLOUD, "", &host, NULL);

    if (!owner)
        return NULL;
    snapshot_each_linked (struct model_vpn_tunnel, t, it, s, LINK_TUNNEL_CONNECTION, owner->id) {
        if (mirrors(t, tunnel))
            return t;
    }
    return NULL;
}

/* The region at the other end, with its snapshot (owned) and tunnel. */
static struct region *other_end(struct control *c, const struct principal *who,
                                const struct model_vpn_tunnel *tunnel, struct snapshot **ret_s,
                                const struct model_vpn_tunnel **ret)
{
    for (struct region *r = house_next(c, NULL); r; r = house_next(c, r)) {
        struct snapshot *s = access_has_region(who, r->id) ? region_now(r) : NULL;
        const struct model_vpn_tunnel *t = s ? other_end_in(s, tunnel) : NULL;

        if (t && access_sees(who, s, &t->head)) {
            *ret_s = s;
            *ret = t;
            return r;
        }
        snapshot_unref(s);
    }
    return NULL;
}

static void keep(struct way_end *end, const struct plan_path_end *e)
{
    end->reached = e->reached;
    memcpy(end->why, e->why, sizeof(end->why));
    if (e->tunnel && (!*end->tunnel || e->mtu < end->mtu)) {
        end->mtu = e->mtu;
        (void)text_copy(end->tunnel, sizeof(end->tunnel), e->tunnel->head.name);
        if (!*end->tunnel)
            (void)text_copy(end->tunnel, sizeof(end->tunnel), e->tunnel->head.id);
    }
}

/* As the other end of a connection knows an address (as_seen), or as it is at this end. */
static void translate(const struct model_vpn_connection *c, enum model_side side, bool as_seen,
                      struct addr *a)
{
    struct prefix host = prefix_make(a, (uint8_t)addr_bits(a));

    if (c && a->family != ADDR_NONE && plan_translate(c, side, as_seen, &host))
        *a = host.addr;
}

static const struct model_vpn_connection *connection_of(const struct snapshot *s,
                                                        const struct model_vpn_tunnel *t)
{
    return snapshot_get(s, MODEL_VPN_CONNECTION, t->vpn_connection_id);
}

/* The flow as it leaves a tunnel of the one connection and comes in by that of the other. */
static void cross(const struct model_vpn_connection *out, const struct model_vpn_connection *in,
                  struct plan_flow *flow)
{
    translate(out, MODEL_SIDE_OWN, true, &flow->from);
    translate(out, MODEL_SIDE_PEER, false, &flow->to);
    translate(in, MODEL_SIDE_PEER, true, &flow->from);
    translate(in, MODEL_SIDE_OWN, false, &flow->to);
}

int way_find(struct control *c, const struct principal *who, struct region *region,
             const struct snapshot *s, const struct way_start *start,
             const struct addr *destination, json_t *hops, struct way_end *ret)
{
    struct snapshot *owned = NULL;
    struct way_end end = {0};
    struct plan_flow flow = start->flow ? *start->flow : (struct plan_flow){.to = *destination};
    struct plan_packet packet = {.destination = &flow.to,
                                 .flow = start->flow ? &flow : NULL,
                                 .node = start->node,
                                 .from_tunnel = start->from_tunnel};
    const char *table = start->table;
    int r = 0;

    for (unsigned i = 0; i < REGIONS_MAX && region; i++) {
        struct place place = {region, s};
        struct learned_view learned;
        struct plan_path_end e;
        const struct model_vpn_tunnel *there = NULL;
        const struct model_border_gateway *gateway;
        struct snapshot *next = NULL;

        r = learned_look(region, &learned);
        if (r == 0)
            r = plan_path(s, &learned.plan, table, &packet, tunnel_status, &place, hops, &e);
        learned_look_done(&learned);
        if (r < 0)
            break;
        keep(&end, &e);
        region = e.tunnel && e.reached ? other_end(c, who, e.tunnel, &next, &there) : NULL;
        gateway = region ? snapshot_gateway_of(next, there) : NULL;
        if (gateway)
            cross(connection_of(s, e.tunnel), connection_of(next, there), &flow);
        snapshot_unref(owned);
        s = owned = next;
        packet.from_tunnel = true;
        table = gateway ? gateway->head.id : NULL;
        region = gateway ? region : NULL;
    }
    snapshot_unref(owned);
    if (r == 0)
        *ret = end;
    return r;
}
