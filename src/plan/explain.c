#include "plan_internal.h"
#include "words_json.h"

/* Follows an address through the tables and tells each step. Depth is bounded: a VPC route table
 * leads to gateways, a gateway to VPCs and connections, and those are the end. */

#define ENDS_MAX 6 /* that an answer names; of more the last is how many others there are */

struct story {
    const struct snapshot *s;
    struct plan_tables tables;
    const struct addr *destination;
    plan_tunnel_status *status;
    void *user;
    json_t *steps; /* written messages */
    json_t *ends;  /* the same: where the packet may end */
    size_t n_ends;
    bool at_gateway;     /* the question was put to a border gateway */
    bool from_tunnel;    /* about a packet from a tunnel of it */
    const char *gateway; /* which one the packet is at; NULL before the first */
    bool failed;
};

static void tell(void *arg, const struct words *m)
{
    struct story *s = arg;
    char text[WORDS_TEXT_MAX];

    words_write(m, text, sizeof(text));
    if (json_array_append_new(s->steps, json_string(text)) < 0)
        s->failed = true;
}

static void end_at(struct story *s, const struct words *m)
{
    char text[WORDS_TEXT_MAX];
    const json_t *end;
    size_t i;

    s->n_ends++;
    words_write(m, text, sizeof(text));
    json_array_foreach (s->ends, i, end) {
        if (strcmp(json_string_value(end), text) == 0)
            return; /* several ways may lead to the same end */
    }
    if (json_array_append_new(s->ends, json_string(text)) < 0)
        s->failed = true;
}

/* ---- the ends ---- */

static struct prefix host_of(const struct story *s)
{
    return prefix_make(s->destination, (uint8_t)addr_bits(s->destination));
}

/* The node, if what is there in the VPC is not reached from another one that counts; NULL if all is
 * well. */
static const char *where_else(const struct story *s, const char *vpc, const char *node)
{
    const char *other = NULL;

    if (s->gateway)
        other = plan_placed_on(s->s, s->gateway);
    else if (!plan_cut_off(s->s, vpc, node, &other))
        other = NULL;
    return node && other && strcmp(node, other) != 0 ? node : NULL;
}

static void tell_instance(struct story *s, const struct model_instance *instance)
{
    const char *id = instance->head.id, *name = instance->head.name;
    const struct model_subnet *subnet = snapshot_get(s->s, MODEL_SUBNET, instance->subnet_id);
    const char *at = plan_instance_node(s->s, instance);
    const char *node = where_else(s, subnet ? subnet->vpc_id : NULL, at);

    if (!at)
        end_at(s, SAY(END_NO_NODE, id, name));
    else if (node)
        end_at(s, SAY(END_INSTANCE_APART, id, name, node));
    else
        end_at(s, SAY(END_INSTANCE, id, name));
}

/* The node that has it is reached; else that is where the packet ends. */
static bool tell_network_node(struct story *s, const struct model_subnet *subnet)
{
    const char *id = subnet->head.id, *name = subnet->head.name;
    const char *at = plan_network_node(s->s, subnet);
    const char *node = where_else(s, subnet->vpc_id, at);

    if (!at)
        end_at(s, SAY(END_NETWORK_NO_NODE, id, name));
    else if (node)
        end_at(s, SAY(END_NETWORK_APART, id, name, node));
    return at && !node;
}

static void tell_host(struct story *s, const struct model_subnet *subnet)
{
    const struct plan_learned *learned = s->tables.learned;
    char mac[PLAN_MAC_MAX];

    tell(s, SAY(WAY_NETWORK, subnet->head.id, &subnet->cidr));
    if (learned && learned->host(learned->arg, subnet->head.id, s->destination, mac))
        tell(s, SAY(WAY_HOST, mac));
    else if (learned)
        tell(s, SAY(WAY_NO_HOST));
    if (tell_network_node(s, subnet))
        end_at(s, SAY(END_NETWORK, subnet->head.id, subnet->head.name));
}

static void tell_subnet(struct story *s, const char *vpc, const struct model_subnet *subnet)
{
    const char *id = subnet->head.id;
    struct prefix host = host_of(s);
    const struct model_instance *instance =
        snapshot_overlap(s->s, SPACE_INSTANCES, id, &host, NULL);
    struct addr gateway = model_subnet_gateway(&subnet->cidr);

    if (instance) {
        tell(s, SAY(WAY_INSTANCE, vpc, instance->head.id, instance->head.name, id));
        tell_instance(s, instance);
    } else if (addr_equal(&gateway, s->destination)) {
        tell(s, SAY(WAY_SUBNET_GATEWAY, id));
        end_at(s, SAY(END_SUBNET_GATEWAY, id));
    } else if (subnet->interface && !model_subnet_reserved(&subnet->cidr, s->destination)) {
        tell_host(s, subnet);
    } else {
        tell(s, SAY(WAY_NO_INSTANCE, id, &subnet->cidr));
        end_at(s, SAY(END_NO_INSTANCE, vpc));
    }
}

static void tell_hop_instance(struct story *s, const char *id)
{
    const struct model_instance *instance = snapshot_get(s->s, MODEL_INSTANCE, id);

    if (instance)
        tell_instance(s, instance);
}

static void tell_router(struct story *s, const char *vpc, const char *address)
{
    const struct model_subnet *subnet = NULL;
    struct addr router;

    if (addr_parse(address, &router) == 0)
        subnet = plan_network_at(s->s, vpc, &router);
    if (!subnet)
        return;
    tell(s, SAY(WAY_ROUTER, &router, subnet->head.id));
    if (tell_network_node(s, subnet))
        end_at(s, SAY(END_ROUTER, &router, subnet->head.id, subnet->head.name));
}

/* Along one of the routes that lead on from a VPC. */
static void tell_onward(struct story *s, const char *vpc, const struct routing_route *r)
{
    if (r->hop == ROUTING_HOP_BLACKHOLE)
        end_at(s, SAY(END_BLACKHOLE));
    else if (r->hop == ROUTING_HOP_INSTANCE)
        tell_hop_instance(s, r->target);
    else
        tell_router(s, vpc, r->target);
}

/* False: nothing leads on. */
static bool tell_beyond(struct story *s, const char *vpc)
{
    const struct model_route_table *table = snapshot_default_table(s->s, vpc);
    struct routing_table beyond = {0};
    size_t first = 0, end = 0;
    bool found;

    if (plan_tables_beyond(s->s, vpc, &beyond) < 0) {
        s->failed = true;
        return false;
    }
    found = table && routing_lookup(&beyond, s->destination, &first, &end) &&
            beyond.routes[first].hop != ROUTING_HOP_LOCAL;
    if (found)
        tell(s, SAY(WAY_BEYOND, vpc, s->destination, table->head.id));
    for (size_t i = first; found && i < end; i++) {
        if (beyond.routes[i].reason == ROUTING_EFFECTIVE)
            tell_onward(s, vpc, &beyond.routes[i]);
    }
    routing_table_done(&beyond);
    return found;
}

static void tell_vpc(struct story *s, const char *vpc)
{
    struct prefix host = host_of(s);
    const struct model_subnet *subnet = snapshot_overlap(s->s, SPACE_SUBNETS, vpc, &host, NULL);

    vpc = vpc ? vpc : "";
    if (subnet) {
        tell_subnet(s, vpc, subnet);
    } else if (!tell_beyond(s, vpc)) {
        tell(s, SAY(WAY_NO_SUBNET, vpc, s->destination));
        end_at(s, SAY(END_NO_SUBNET, vpc));
    }
}

/* Says it of a tunnel that is on another node than its gateway. */
static bool tell_apart(struct story *s, const struct model_vpn_tunnel *tunnel)
{
    const char *node = plan_tunnel_node(s->s, tunnel);
    const char *other = s->gateway ? plan_placed_on(s->s, s->gateway) : NULL;

    if (!node || !other || strcmp(node, other) == 0)
        return false;
    tell(s, SAY(WAY_TUNNEL_APART, tunnel->head.id, &tunnel->cloud_address,
                &tunnel->customer_address, node, other));
    return true;
}

/* Whether the tunnel takes flows, as far as one knows. */
static bool tell_state(struct story *s, const struct model_vpn_tunnel *tunnel, const char *state,
                       const char *error)
{
    const struct addr *cloud = &tunnel->cloud_address, *customer = &tunnel->customer_address;
    const char *id = tunnel->head.id;
    bool enabled = tunnel->admin == MODEL_ADMIN_UP;
    bool usable = enabled && (strcmp(state, "up") == 0 || !state[0]);

    if (usable && tell_apart(s, tunnel))
        return false;
    if (!enabled)
        tell(s, SAY(WAY_TUNNEL_DISABLED, id, cloud, customer));
    else if (!state[0])
        tell(s, SAY(WAY_TUNNEL_IF_UP, id, cloud, customer));
    else if (usable || !error[0]) /* up: an error is about an older or a newer attempt */
        tell(s, SAY(WAY_TUNNEL, id, cloud, customer, state));
    else
        tell(s, SAY(WAY_TUNNEL_ERROR, id, cloud, customer, state, words_written(error)));
    return usable;
}

static bool tell_tunnel(struct story *s, const struct model_vpn_tunnel *tunnel)
{
    json_t *status = s->status ? s->status(s->user, tunnel) : NULL;
    bool usable =
        tell_state(s, tunnel, model_str(status, "operState"), model_str(status, "lastError"));

    json_decref(status);
    return usable;
}

/* As the peer gets the packet; and as it sees those that come from here. */
static void tell_translations(struct story *s, const char *id)
{
    const struct model_vpn_connection *c = snapshot_get(s->s, MODEL_VPN_CONNECTION, id);

    for (uint32_t i = 0; c && i < c->translations.count; i++) {
        const struct model_translation *t = &c->translations.items[i];
        bool own = t->side == MODEL_SIDE_OWN;
        struct addr there = addr_within(s->destination, &t->prefix);

        if (own && t->prefix.addr.family == s->destination->family)
            tell(s, SAY(WAY_TRANSLATED_SOURCE, &t->prefix, &t->seen_as));
        else if (!own && prefix_contains_addr(&t->seen_as, s->destination))
            tell(s, SAY(WAY_TRANSLATED, s->destination, &there, &t->seen_as, &t->prefix));
    }
}

/* Over its tunnels, or over the one that via names. */
static void tell_connection(struct story *s, const char *id, const char *via)
{
    bool usable = false, any = false;

    tell_translations(s, id);
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, s->s, LINK_TUNNEL_CONNECTION, id) {
        if (*via && strcmp(via, tunnel->head.id) != 0)
            continue;
        any = true;
        usable |= tell_tunnel(s, tunnel);
    }
    if (usable)
        end_at(s, SAY(END_CONNECTION, id));
    else
        tell(s, any ? SAY(WAY_CONNECTION_DOWN, id) : SAY(WAY_CONNECTION_EMPTY, id));
}

/* ---- the tables ---- */

static void tell_table(struct story *s, const char *id);

static void tell_local(struct story *s, const struct plan_routes *from)
{
    const struct model_route_table *table = (const struct model_route_table *)from->resource;

    if (from->resource->kind->id == MODEL_ROUTE_TABLE)
        tell_vpc(s, table->vpc_id);
    else
        end_at(s, SAY(END_GATEWAY_ITSELF));
}

static void tell_attachment(struct story *s, const char *id)
{
    const struct model_vpc_attachment *attachment = snapshot_get(s->s, MODEL_VPC_ATTACHMENT, id);

    tell_vpc(s, attachment ? attachment->vpc_id : NULL);
}

static void tell_end(struct story *s, const struct plan_routes *from, const struct routing_route *r)
{
    switch (r->hop) {
    case ROUTING_HOP_LOCAL:
        tell_local(s, from);
        break;
    case ROUTING_HOP_BLACKHOLE:
        end_at(s, SAY(END_BLACKHOLE));
        break;
    case ROUTING_HOP_ATTACHMENT:
        tell_attachment(s, r->target);
        break;
    case ROUTING_HOP_CONNECTION:
        tell_connection(s, r->target, r->via);
        break;
    case ROUTING_HOP_GATEWAY:
        tell(s, SAY(WAY_ON_AT_GATEWAY, r->target));
        tell_table(s, r->target);
        break;
    case ROUTING_HOP_INSTANCE:
        tell_hop_instance(s, r->target);
        break;
    case ROUTING_HOP_ROUTER:
        tell_router(s, ((const struct model_route_table *)from->resource)->vpc_id, r->target);
        break;
    case ROUTING_HOP_PRIVATE_INTERFACE:
        end_at(s, SAY(END_PRIVATE_INTERFACE, r->target));
        break;
    }
}

static bool has_transit(const struct plan_routes *routes)
{
    return routes->resource->kind->id == MODEL_BORDER_GATEWAY &&
           ((const struct model_border_gateway *)routes->resource)->transit;
}

static void tell_ends(struct story *s, const struct plan_routes *from, size_t first, size_t end)
{
    bool told = has_transit(from) || !s->at_gateway;

    for (size_t i = first; i < end; i++) {
        const struct routing_route *r = &from->table.routes[i];

        if (r->reason != ROUTING_EFFECTIVE)
            continue;
        if ((r->hop == ROUTING_HOP_CONNECTION || r->hop == ROUTING_HOP_PRIVATE_INTERFACE) && !told)
            tell(s, SAY(WAY_NO_TRANSIT));
        told = true;
        if (r->hop == ROUTING_HOP_CONNECTION && s->from_tunnel && !has_transit(from))
            end_at(s, SAY(END_NO_TRANSIT));
        else
            tell_end(s, from, r);
    }
}

static void tell_routes(struct story *s, const struct plan_routes *routes)
{
    size_t first, end, ends = s->n_ends;

    routing_explain(&routes->table, s->destination, tell, s);
    if (!routing_lookup(&routes->table, s->destination, &first, &end)) {
        end_at(s, SAY(END_NO_ROUTE, routes->resource->id));
        return;
    }
    tell_ends(s, routes, first, end);
    if (s->n_ends == ends)
        end_at(s, SAY(END_NO_TUNNEL));
}

static void tell_table(struct story *s, const char *id)
{
    const struct plan_routes *routes;
    const char *from = s->gateway;

    if (plan_tables_get(&s->tables, id, &routes) < 0) {
        s->failed = true;
        return;
    }
    if (routes->resource->kind->id == MODEL_BORDER_GATEWAY)
        s->gateway = routes->resource->id;
    tell_routes(s, routes);
    s->gateway = from;
}

/* ---- the answer ---- */

/* The ends stand side by side in it, a row of the catalogue for each number of them. */
static int add_answer(const struct story *s, enum words_lang lang, json_t *out)
{
    static const enum words_code codes[ENDS_MAX + 1] = {
        WORDS_FOREIGN, WORDS_GOES,   WORDS_GOES_2, WORDS_GOES_3,
        WORDS_GOES_4,  WORDS_GOES_5, WORDS_GOES_6,
    };
    struct words_arg args[1 + ENDS_MAX] = {words_from_addr(s->destination)};
    size_t all = json_array_size(s->ends), n = MIN(all, ENDS_MAX);
    const struct words *others = SAY(END_OTHERS, all - n + 1);
    struct words answer = {.code = codes[n], .count = (unsigned)n + 1, .args = args};
    char text[WORDS_TEXT_MAX];

    for (size_t i = 0; i < n; i++)
        args[1 + i] = words_written(json_string_value(json_array_get(s->ends, i)));
    if (all > n)
        args[n] = words_from_message(others);
    /* Written first: what is too long is then cut in the names, not at the end. */
    return model_words_add_written(out, "answer", words_write(&answer, text, sizeof(text)), lang);
}

static int make_answer(struct story *s, const char *id, enum words_lang lang, json_t **ret)
{
    json_t *out = json_object();
    int r;

    s->steps = json_array();
    s->ends = json_array();
    if (out && s->steps && s->ends)
        tell_table(s, id);
    else
        s->failed = true;
    r = s->failed ? -ENOMEM : add_answer(s, lang, out);
    if (r == 0)
        r = model_words_add_list(out, "steps", s->steps, lang);
    json_decref(s->steps);
    json_decref(s->ends);
    if (r == 0)
        *ret = out;
    else
        json_decref(out);
    return r;
}

int plan_explain(const struct snapshot *snapshot, const struct plan_learned *learned,
                 const char *id, bool from_tunnel, const struct addr *destination,
                 plan_tunnel_status *status, void *user, enum words_lang lang, json_t **ret)
{
    struct story s = {.s = snapshot,
                      .tables = {.snapshot = snapshot, .learned = learned},
                      .destination = destination,
                      .status = status,
                      .user = user,
                      .from_tunnel = from_tunnel,
                      .at_gateway = snapshot_get(snapshot, MODEL_BORDER_GATEWAY, id)};
    int r;

    if (!s.at_gateway && !snapshot_get(snapshot, MODEL_ROUTE_TABLE, id))
        return -ENOENT;
    r = make_answer(&s, id, lang, ret);
    plan_tables_done(&s.tables);
    return r;
}

static bool leads_over_connection(const struct routing_table *t, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (t->routes[i].reason == ROUTING_EFFECTIVE && t->routes[i].hop == ROUTING_HOP_CONNECTION)
            return true;
    }
    return false;
}

int plan_reaches(const struct snapshot *snapshot, const struct plan_learned *learned,
                 const char *gateway, const struct addr *address)
{
    struct plan_tables tables = {.snapshot = snapshot, .learned = learned};
    const struct plan_routes *routes;
    size_t first, end;
    int r = plan_tables_get(&tables, gateway, &routes);

    if (r == 0)
        r = routing_lookup(&routes->table, address, &first, &end) &&
                    leads_over_connection(&routes->table, first, end)
                ? routes->table.routes[first].destination.len
                : -ENOENT;
    plan_tables_done(&tables);
    return r;
}
