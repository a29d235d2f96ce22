#include "plan_internal.h"
#include "words_json.h"

#include <stdio.h>

#define WAY_ID_MAX 128

/* One way through the tables, hop by hop, so that it can be drawn: as explain.c tells it, but along
 * the way of a flow, or the first route that leads on. Depth is bounded as there. */

struct walk {
    const struct snapshot *s;
    struct plan_tables tables;
    const struct plan_packet *packet;
    plan_tunnel_status *status;
    void *user;
    const char *gateway;                   /* which one the packet is at; NULL before the first */
    const struct model_vpn_tunnel *picked; /* the flow's; NULL: none, or no flow is asked about */
    json_t *hops;
    struct plan_path_end *end;
    bool failed;
};

static void note(struct walk *w, int failed)
{
    w->failed |= failed < 0;
}

/* Appends a hop; borrowed. */
static json_t *add_hop(struct walk *w, const char *kind, const struct model_resource *r)
{
    json_t *hop = json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "regionId",
                            r->region_id ? r->region_id : "", "id", r->id, "name", r->name);

    note(w, hop ? json_array_append_new(w->hops, hop) : -1);
    return w->failed ? NULL : hop;
}

static void end_at(struct walk *w, bool reached, const struct words *why)
{
    w->end->reached = reached;
    words_write(why, w->end->why, sizeof(w->end->why));
}

/* ---- the ends ---- */

static const char *apart(const struct walk *w, const char *node)
{
    const char *at = w->gateway ? plan_placed_on(w->s, w->gateway) : NULL;

    return node && at && strcmp(node, at) != 0 ? node : NULL;
}

static void walk_instance(struct walk *w, const struct model_instance *instance)
{
    const char *id = instance->head.id, *name = instance->head.name;
    const char *node = plan_instance_node(w->s, instance);
    char text[ADDR_TEXT_MAX];
    json_t *hop = add_hop(w, "instance", &instance->head);

    if (hop)
        note(w, json_object_set_new(hop, "address",
                                    json_string(addr_format(&instance->address, text))));
    if (!node)
        end_at(w, false, SAY(END_NO_NODE, id, name));
    else if (apart(w, node))
        end_at(w, false, SAY(END_INSTANCE_APART, id, name, node));
    else
        end_at(w, true, SAY(END_INSTANCE, id, name));
}

static void end_in_network(struct walk *w, const struct model_subnet *subnet,
                           const struct words *reached)
{
    const char *id = subnet->head.id, *name = subnet->head.name;
    const char *node = plan_network_node(w->s, subnet);

    if (!node)
        end_at(w, false, SAY(END_NETWORK_NO_NODE, id, name));
    else if (apart(w, node))
        end_at(w, false, SAY(END_NETWORK_APART, id, name, node));
    else
        end_at(w, true, reached);
}

/* The subnet as a place, with the address there that the packet goes to. */
static void add_network(struct walk *w, const struct model_subnet *subnet, const struct addr *a)
{
    json_t *hop = add_hop(w, "subnet", &subnet->head);
    char text[ADDR_TEXT_MAX];

    if (hop)
        note(w, json_object_set_new(hop, "address", json_string(addr_format(a, text))));
}

static void walk_host(struct walk *w, const struct model_subnet *subnet)
{
    add_network(w, subnet, w->packet->destination);
    end_in_network(w, subnet, SAY(END_NETWORK, subnet->head.id, subnet->head.name));
}

static void walk_router(struct walk *w, const char *vpc, const char *address)
{
    const struct model_subnet *subnet = NULL;
    struct addr router;

    if (addr_parse(address, &router) == 0)
        subnet = plan_network_at(w->s, vpc, &router);
    if (!subnet)
        return;
    add_network(w, subnet, &router);
    end_in_network(w, subnet, SAY(END_ROUTER, &router, subnet->head.id, subnet->head.name));
}

/* Along the first of the routes that lead on from a VPC. */
static void walk_beyond(struct walk *w, const char *vpc)
{
    struct routing_table beyond = {0};
    const struct model_instance *instance;
    const struct routing_route *r;
    size_t first, end;

    end_at(w, false, SAY(END_NO_SUBNET, vpc));
    if (plan_tables_beyond(w->s, vpc, &beyond) < 0) {
        w->failed = true;
        return;
    }
    if (routing_lookup(&beyond, w->packet->destination, &first, &end)) {
        while (beyond.routes[first].reason != ROUTING_EFFECTIVE)
            first++;
        r = &beyond.routes[first];
        instance = snapshot_get(w->s, MODEL_INSTANCE, r->target);
        if (r->hop == ROUTING_HOP_BLACKHOLE)
            end_at(w, false, SAY(END_BLACKHOLE));
        else if (instance)
            walk_instance(w, instance);
        else if (r->hop == ROUTING_HOP_ROUTER)
            walk_router(w, vpc, r->target);
    }
    routing_table_done(&beyond);
}

static void walk_vpc(struct walk *w, const char *id)
{
    struct prefix host =
        prefix_make(w->packet->destination, (uint8_t)addr_bits(w->packet->destination));
    const struct model_resource *vpc = snapshot_get(w->s, MODEL_VPC, id);
    const struct model_subnet *subnet = snapshot_overlap(w->s, SPACE_SUBNETS, id, &host, NULL);
    const struct model_instance *instance =
        subnet ? snapshot_overlap(w->s, SPACE_INSTANCES, subnet->head.id, &host, NULL) : NULL;
    struct addr gateway;

    if (vpc)
        (void)add_hop(w, "vpc", vpc);
    if (instance) {
        walk_instance(w, instance);
        return;
    }
    if (!subnet) {
        walk_beyond(w, id ? id : "");
        return;
    }
    gateway = model_subnet_gateway(&subnet->cidr);
    if (addr_equal(&gateway, w->packet->destination))
        end_at(w, true, SAY(END_SUBNET_GATEWAY, subnet->head.id));
    else if (subnet->interface && !model_subnet_reserved(&subnet->cidr, w->packet->destination))
        walk_host(w, subnet);
    else
        end_at(w, false, SAY(END_NO_INSTANCE, id ? id : ""));
}

/* ---- over a connection ---- */

static bool is_usable(const struct walk *w, const struct model_vpn_tunnel *t, const char *state)
{
    return t->admin == MODEL_ADMIN_UP && (strcmp(state, "up") == 0 || !*state) &&
           !apart(w, plan_tunnel_node(w->s, t));
}

/* {"id", "name", ...}; whether it takes flows, or the one that is asked about. */
static bool add_tunnel(struct walk *w, const struct model_vpn_tunnel *t, json_t *list)
{
    json_t *status = w->status ? w->status(w->user, t) : NULL;
    const char *state = model_str(status, "operState");
    bool usable = is_usable(w, t, state);
    char cloud[ADDR_TEXT_MAX], customer[ADDR_TEXT_MAX];
    json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "id", t->head.id, "name",
                            t->head.name, "cloudAddress", addr_format(&t->cloud_address, cloud),
                            "customerAddress", addr_format(&t->customer_address, customer),
                            "operState", state, "mtu", (json_int_t)t->mtu, "usable", usable);

    if (w->picked)
        note(w, json_object_set_new(row, "takes", json_boolean(t == w->picked)));
    note(w, json_array_append_new(list, row));
    json_decref(status);
    return usable && (!w->picked || t == w->picked);
}

static void note_tunnel(struct walk *w, const struct model_vpn_tunnel *t)
{
    if (w->end->tunnel)
        w->end->mtu = MIN(w->end->mtu, t->mtu);
    else
        w->end->mtu = t->mtu;
    w->end->tunnel = t;
}

/* The address as the peer knows it, if that is another. */
static void add_seen(struct walk *w, const struct model_vpn_connection *c, enum model_side side,
                     const struct addr *a, const char *member, json_t *hop)
{
    struct prefix seen = prefix_make(a, (uint8_t)addr_bits(a));
    char text[ADDR_TEXT_MAX];

    if (plan_translate(c, side, side == MODEL_SIDE_OWN, &seen))
        note(w, json_object_set_new(hop, member, json_string(addr_format(&seen.addr, text))));
}

static json_t *add_connection(struct walk *w, const struct model_vpn_connection *c)
{
    json_t *hop = add_hop(w, "vpnConnection", &c->head);

    if (hop)
        add_seen(w, c, MODEL_SIDE_PEER, w->packet->destination, "destinationThere", hop);
    if (hop && w->packet->flow)
        add_seen(w, c, MODEL_SIDE_OWN, &w->packet->flow->from, "sourceThere", hop);
    return hop;
}

/* Over its tunnels, or over the one that via names. */
static void walk_connection(struct walk *w, const char *id, const char *via)
{
    const struct model_vpn_connection *connection = snapshot_get(w->s, MODEL_VPN_CONNECTION, id);
    json_t *hop = connection ? add_connection(w, connection) : NULL;
    json_t *tunnels = json_array();
    bool usable = false;

    snapshot_each_linked (struct model_vpn_tunnel, t, it, w->s, LINK_TUNNEL_CONNECTION, id) {
        if ((*via && strcmp(via, t->head.id) != 0) || !add_tunnel(w, t, tunnels))
            continue;
        usable = true;
        note_tunnel(w, t);
    }
    note(w, json_object_set_new(hop, "tunnels", tunnels));
    if (usable)
        end_at(w, true, SAY(END_CONNECTION, id));
    else
        end_at(w, false, SAY(END_NO_TUNNEL));
}

static void walk_line(struct walk *w, const char *id)
{
    const struct model_resource *line = snapshot_get(w->s, MODEL_PRIVATE_INTERFACE, id);

    if (line)
        add_hop(w, "privateInterface", line);
    end_at(w, true, SAY(END_PRIVATE_INTERFACE, id));
}

/* ---- the tables ---- */

static void walk_table(struct walk *w, const char *id);

static void walk_local(struct walk *w, const struct plan_routes *from)
{
    if (from->resource->kind->id == MODEL_ROUTE_TABLE)
        walk_vpc(w, ((const struct model_route_table *)from->resource)->vpc_id);
    else
        end_at(w, true, SAY(END_GATEWAY_ITSELF));
}

static void walk_attachment(struct walk *w, const char *id)
{
    const struct model_vpc_attachment *attachment = snapshot_get(w->s, MODEL_VPC_ATTACHMENT, id);

    walk_vpc(w, attachment ? attachment->vpc_id : NULL);
}

static bool has_transit(const struct plan_routes *routes)
{
    return ((const struct model_border_gateway *)routes->resource)->transit;
}

static void walk_route(struct walk *w, const struct plan_routes *from,
                       const struct routing_route *r)
{
    const struct model_instance *instance;

    switch (r->hop) {
    case ROUTING_HOP_LOCAL:
        walk_local(w, from);
        break;
    case ROUTING_HOP_BLACKHOLE:
        end_at(w, false, SAY(END_BLACKHOLE));
        break;
    case ROUTING_HOP_ATTACHMENT:
        walk_attachment(w, r->target);
        break;
    case ROUTING_HOP_CONNECTION:
        if (w->packet->from_tunnel && !has_transit(from))
            end_at(w, false, SAY(END_NO_TRANSIT));
        else
            walk_connection(w, r->target, r->via);
        break;
    case ROUTING_HOP_GATEWAY:
        walk_table(w, r->target);
        break;
    case ROUTING_HOP_INSTANCE:
        instance = snapshot_get(w->s, MODEL_INSTANCE, r->target);
        if (instance)
            walk_instance(w, instance);
        break;
    case ROUTING_HOP_ROUTER:
        walk_router(w, ((const struct model_route_table *)from->resource)->vpc_id, r->target);
        break;
    case ROUTING_HOP_PRIVATE_INTERFACE:
        if (w->packet->from_tunnel && !has_transit(from))
            end_at(w, false, SAY(END_NO_TRANSIT));
        else
            walk_line(w, r->target);
        break;
    }
}

static json_t *entry_of(const struct routing_route *r)
{
    char to[PREFIX_TEXT_MAX];
    const char *target = *r->target ? r->target : routing_hop_name(r->hop);

    return json_pack("{s:s, s:s, s:s, s:s}", "destination", prefix_format(&r->destination, to),
                     "nextHop", target, "nextHopType", routing_hop_name(r->hop), "type",
                     routing_type_name(r->type));
}

/* ---- a flow among several ways ---- */

/* Ways that share the traffic, by what they lead to. */
struct ways {
    const char *ids[PLAN_PICK_MAX];
    const struct model_vpn_tunnel *tunnels[PLAN_PICK_MAX];
    size_t n;
};

static bool takes_flows(const struct walk *w, const struct model_vpn_tunnel *t, bool *ret_sound)
{
    json_t *status = w->status ? w->status(w->user, t) : NULL;
    bool usable = is_usable(w, t, model_str(status, "operState"));

    *ret_sound = strcmp(model_str(status, "probeState"), "blackholing") != 0;
    json_decref(status);
    return usable;
}

/* The tunnels that the route leads over. */
static void add_ways(const struct walk *w, const struct routing_route *r, bool sound,
                     struct ways *ret)
{
    snapshot_each_linked (struct model_vpn_tunnel, t, it, w->s, LINK_TUNNEL_CONNECTION, r->target) {
        bool is_sound;

        if ((*r->via && strcmp(r->via, t->head.id) != 0) || ret->n == PLAN_PICK_MAX ||
            !takes_flows(w, t, &is_sound) || (sound && !is_sound))
            continue;
        ret->tunnels[ret->n] = t;
        ret->ids[ret->n++] = t->head.id;
    }
}

/* Those of all routes that share the traffic; sound ones, unless there are none. */
static const struct model_vpn_tunnel *
pick_tunnel(const struct walk *w, const struct plan_routes *from, size_t first, size_t end)
{
    const char *node = plan_placed_on(w->s, from->resource->id);
    struct ways ways = {.n = 0};

    for (int sound = 1; sound >= 0 && !ways.n; sound--) {
        for (size_t i = first; i < end; i++) {
            const struct routing_route *r = &from->table.routes[i];

            if (r->reason == ROUTING_EFFECTIVE && r->hop == ROUTING_HOP_CONNECTION)
                add_ways(w, r, sound, &ways);
        }
    }
    return ways.n && node ? ways.tunnels[plan_pick(w->packet->flow, node, ways.ids, ways.n)] : NULL;
}

/* A gateway on another node is out of reach: it takes no share. */
static bool is_here(const struct walk *w, const struct routing_route *r)
{
    const char *node = r->hop == ROUTING_HOP_GATEWAY ? plan_placed_on(w->s, r->target) : NULL;

    return r->hop != ROUTING_HOP_GATEWAY ||
           (node && w->packet->node && strcmp(node, w->packet->node) == 0);
}

/* What tells a route's way apart from others: what it leads to, and of a router in which network.
 */
static const char *way_id(const struct walk *w, const struct plan_routes *from,
                          const struct routing_route *r, char buf[WAY_ID_MAX])
{
    const struct model_subnet *subnet = NULL;
    struct addr router;

    if (r->hop == ROUTING_HOP_ROUTER && addr_parse(r->target, &router) == 0)
        subnet = plan_network_at(w->s, ((const struct model_route_table *)from->resource)->vpc_id,
                                 &router);
    if (!subnet)
        return r->target;
    snprintf(buf, WAY_ID_MAX, "%s/%s", subnet->head.id, r->target);
    return buf;
}

/* Of a VPC's table: the route, or end if that is not to be told. */
static size_t pick_route(const struct walk *w, const struct plan_routes *from, size_t first,
                         size_t end)
{
    size_t places[PLAN_PICK_MAX], n = 0;
    const char *ids[PLAN_PICK_MAX];
    char texts[PLAN_PICK_MAX][WAY_ID_MAX];

    for (size_t i = first; i < end && n < PLAN_PICK_MAX; i++) {
        const struct routing_route *r = &from->table.routes[i];

        if (r->reason != ROUTING_EFFECTIVE || !is_here(w, r))
            continue;
        places[n] = i;
        ids[n] = way_id(w, from, r, texts[n]);
        n++;
    }
    return n && w->packet->node ? places[plan_pick(w->packet->flow, w->packet->node, ids, n)] : end;
}

static bool is_over(const struct routing_route *r, const struct model_vpn_tunnel *t)
{
    return r->hop == ROUTING_HOP_CONNECTION && strcmp(r->target, t->vpn_connection_id) == 0 &&
           (!*r->via || strcmp(r->via, t->head.id) == 0);
}

/* Narrows the routes that share the traffic to the one that the flow takes. */
static void pick(struct walk *w, const struct plan_routes *routes, size_t *first, size_t *end)
{
    size_t one = *end;

    w->picked = NULL;
    if (routes->resource->kind->id == MODEL_ROUTE_TABLE)
        one = pick_route(w, routes, *first, *end);
    else
        w->picked = pick_tunnel(w, routes, *first, *end);
    for (size_t i = *first; w->picked && i < *end && one == *end; i++) {
        if (routes->table.routes[i].reason == ROUTING_EFFECTIVE &&
            is_over(&routes->table.routes[i], w->picked))
            one = i;
    }
    if (one == *end)
        return;
    *first = one;
    *end = one + 1;
}

static void add_entries(struct walk *w, const struct plan_routes *routes, size_t first, size_t end,
                        json_t *entries)
{
    for (size_t i = first; i < end; i++) {
        if (routes->table.routes[i].reason == ROUTING_EFFECTIVE)
            note(w, json_array_append_new(entries, entry_of(&routes->table.routes[i])));
    }
}

/* Along the flow's, or the first of the routes that share the traffic and lead on; if none does,
 * along the last. */
static void walk_routes(struct walk *w, const struct plan_routes *routes, size_t first, size_t end)
{
    size_t before = json_array_size(w->hops);

    if (w->packet->flow)
        pick(w, routes, &first, &end);
    for (size_t i = first; i < end && !w->end->reached; i++) {
        if (routes->table.routes[i].reason != ROUTING_EFFECTIVE)
            continue;
        while (json_array_size(w->hops) > before)
            (void)json_array_remove(w->hops, before);
        walk_route(w, routes, &routes->table.routes[i]);
    }
}

static void walk_table(struct walk *w, const char *id)
{
    const struct plan_routes *routes;
    size_t first, end;
    json_t *hop, *entries;

    if (plan_tables_get(&w->tables, id, &routes) < 0) {
        w->failed = true;
        return;
    }
    if (routes->resource->kind->id == MODEL_BORDER_GATEWAY)
        w->gateway = routes->resource->id;
    hop = add_hop(w, routes->resource->kind->name, routes->resource);
    entries = json_array();
    note(w, json_object_set_new(hop, "entries", entries));
    if (w->failed)
        return;
    if (routing_lookup(&routes->table, w->packet->destination, &first, &end)) {
        add_entries(w, routes, first, end, entries);
        walk_routes(w, routes, first, end);
    } else {
        end_at(w, false, SAY(END_NO_ROUTE, routes->resource->id));
    }
}

int plan_path(const struct snapshot *s, const struct plan_learned *learned, const char *id,
              const struct plan_packet *packet, plan_tunnel_status *status, void *user,
              json_t *hops, struct plan_path_end *ret)
{
    struct plan_path_end end = {0};
    struct walk w = {.s = s,
                     .tables = {.snapshot = s, .learned = learned},
                     .packet = packet,
                     .status = status,
                     .user = user,
                     .hops = hops,
                     .end = &end};

    if (!snapshot_get(s, MODEL_BORDER_GATEWAY, id) && !snapshot_get(s, MODEL_ROUTE_TABLE, id))
        return -ENOENT;
    walk_table(&w, id);
    plan_tables_done(&w.tables);
    if (w.failed)
        return -ENOMEM;
    *ret = end;
    return 0;
}
