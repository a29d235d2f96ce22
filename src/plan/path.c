#include "plan_internal.h"
#include "words_json.h"

/* One way through the tables, hop by hop, so that it can be drawn: as explain.c tells it, but along
 * the first route that leads on. Depth is bounded as there. */

struct walk {
    const struct snapshot *s;
    struct plan_tables tables;
    const struct addr *destination;
    plan_tunnel_status *status;
    void *user;
    bool from_tunnel;
    const char *gateway; /* which one the packet is at; NULL before the first */
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

static void walk_vpc(struct walk *w, const char *id)
{
    struct prefix host = prefix_make(w->destination, (uint8_t)addr_bits(w->destination));
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
        end_at(w, false, SAY(END_NO_SUBNET, id ? id : ""));
        return;
    }
    gateway = model_subnet_gateway(&subnet->cidr);
    if (addr_equal(&gateway, w->destination))
        end_at(w, true, SAY(END_SUBNET_GATEWAY, subnet->head.id));
    else
        end_at(w, false, SAY(END_NO_INSTANCE, id ? id : ""));
}

/* ---- over a connection ---- */

static bool is_usable(const struct walk *w, const struct model_vpn_tunnel *t, const char *state)
{
    return t->admin == MODEL_ADMIN_UP && (strcmp(state, "up") == 0 || !*state) &&
           !apart(w, plan_tunnel_node(w->s, t));
}

/* {"id", "name", ...}; whether it takes flows. */
static bool add_tunnel(struct walk *w, const struct model_vpn_tunnel *t, json_t *list)
{
    json_t *status = w->status ? w->status(w->user, t) : NULL;
    const char *state = model_str(status, "operState");
    bool usable = is_usable(w, t, state);
    char cloud[ADDR_TEXT_MAX], customer[ADDR_TEXT_MAX];

    note(w, json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "id", t->head.id, "name",
                                t->head.name, "cloudAddress", addr_format(&t->cloud_address, cloud),
                                "customerAddress", addr_format(&t->customer_address, customer),
                                "operState", state, "mtu", (json_int_t)t->mtu, "usable", usable)));
    json_decref(status);
    return usable;
}

static void note_tunnel(struct walk *w, const struct model_vpn_tunnel *t)
{
    if (w->end->tunnel)
        w->end->mtu = MIN(w->end->mtu, t->mtu);
    else
        w->end->mtu = t->mtu;
    w->end->tunnel = t;
}

/* Over its tunnels, or over the one that via names. */
static void walk_connection(struct walk *w, const char *id, const char *via)
{
    const struct model_resource *connection = snapshot_get(w->s, MODEL_VPN_CONNECTION, id);
    json_t *hop = connection ? add_hop(w, "vpnConnection", connection) : NULL;
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
        if (w->from_tunnel && !has_transit(from))
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
    case ROUTING_HOP_PRIVATE_INTERFACE:
        if (w->from_tunnel && !has_transit(from))
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

/* Along the first of the routes that share the traffic and lead on; if none does, along the last.
 */
static void walk_routes(struct walk *w, const struct plan_routes *routes, size_t first, size_t end,
                        json_t *entries)
{
    size_t before = json_array_size(w->hops);

    for (size_t i = first; i < end; i++) {
        const struct routing_route *r = &routes->table.routes[i];

        if (r->reason != ROUTING_EFFECTIVE)
            continue;
        note(w, json_array_append_new(entries, entry_of(r)));
        if (w->end->reached)
            continue;
        while (json_array_size(w->hops) > before)
            (void)json_array_remove(w->hops, before);
        walk_route(w, routes, r);
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
    if (routing_lookup(&routes->table, w->destination, &first, &end))
        walk_routes(w, routes, first, end, entries);
    else
        end_at(w, false, SAY(END_NO_ROUTE, routes->resource->id));
}

int plan_path(const struct snapshot *s, const struct plan_learned *learned, const char *id,
              bool from_tunnel, const struct addr *destination, plan_tunnel_status *status,
              void *user, json_t *hops, struct plan_path_end *ret)
{
    struct plan_path_end end = {0};
    struct walk w = {.s = s,
                     .tables = {.snapshot = s, .learned = learned},
                     .destination = destination,
                     .status = status,
                     .user = user,
                     .from_tunnel = from_tunnel,
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
