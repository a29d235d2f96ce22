#include "plan_internal.h"
#include "words_json.h"

#include <stdio.h>

/* What cannot be served in full. */

struct problems {
    const struct snapshot *s;
    struct plan_tables tables;
    enum words_lang lang;
    json_t *list;
    bool has_gateway_node;
    bool failed;
};

static void add(struct problems *p, enum model_kind_id kind, const char *id, const struct words *m)
{
    json_t *problem = json_pack("{s:s, s:s}", "kind", model_kind(kind)->name, "id", id);

    if (!problem || model_words_add(problem, "error", m, p->lang) < 0 ||
        json_array_append(p->list, problem) < 0)
        p->failed = true;
    json_decref(problem);
}

/* ---- placement ---- */

static void check_gateway(struct problems *p, const struct model_border_gateway *gateway)
{
    const char *id = gateway->head.id;
    const struct model_placement *placement = plan_placement(p->s, id);

    if (!placement || !placement->node_id)
        add(p, MODEL_BORDER_GATEWAY, id,
            p->has_gateway_node ? SAY(PROBLEM_GATEWAY_UNPLACED) : SAY(PROBLEM_GATEWAY_UNPLACEABLE));
    else if (!plan_node(p->s, placement->node_id))
        add(p, MODEL_BORDER_GATEWAY, id, SAY(PROBLEM_GATEWAY_NODE_MISSING, placement->node_id));
}

static void check_address(struct problems *p, const struct model_vpn_connection *connection,
                          const struct addr *cloud)
{
    char text[ADDR_TEXT_MAX];
    const struct model_placement *placement = plan_placement(p->s, addr_format(cloud, text));

    if (!placement || !placement->node_id)
        add(p, MODEL_VPN_CONNECTION, connection->head.id,
            p->has_gateway_node ? SAY(PROBLEM_ADDRESS_UNPLACED, cloud)
                                : SAY(PROBLEM_ADDRESS_UNPLACEABLE, cloud));
    else if (!plan_node(p->s, placement->node_id))
        add(p, MODEL_VPN_CONNECTION, connection->head.id,
            SAY(PROBLEM_ADDRESS_NODE_MISSING, cloud, placement->node_id));
}

static void check_connection(struct problems *p, const struct model_vpn_connection *connection)
{
    for (uint32_t i = 0; i < connection->cloud_addresses.count; i++)
        check_address(p, connection, &connection->cloud_addresses.items[i]);
}

static void check_tunnel(struct problems *p, const struct model_vpn_tunnel *tunnel)
{
    const struct model_border_gateway *gateway = snapshot_gateway_of(p->s, tunnel);
    const char *node = plan_tunnel_node(p->s, tunnel);
    const char *other = gateway ? plan_placed_on(p->s, gateway->head.id) : NULL;

    if (node && other && strcmp(node, other) != 0)
        add(p, MODEL_VPN_TUNNEL, tunnel->head.id,
            SAY(PROBLEM_TUNNEL_APART, &tunnel->cloud_address, node, gateway->head.id, other));
}

/* What its node says. limit: of hosts; 0: none counts. */
static void check_wire(struct problems *p, enum model_kind_id kind, const char *id, int64_t limit)
{
    const struct plan_learned *learned = p->tables.learned;
    struct plan_wire wire;

    if (!learned || !learned->wire(learned->arg, id, &wire))
        return;
    if (!wire.up)
        add(p, kind, id,
            *wire.error ? SAY(PROBLEM_WIRE_DOWN, words_written(wire.error))
                        : SAY(PROBLEM_WIRE_DOWN_UNSAID));
    if (limit && wire.hosts >= (size_t)limit)
        add(p, kind, id, SAY(PROBLEM_HOSTS_FULL, limit));
}

static void check_line(struct problems *p, const struct model_private_interface *line)
{
    const char *id = line->border_gateway_id;
    const char *other =
        snapshot_get(p->s, MODEL_BORDER_GATEWAY, id) ? plan_placed_on(p->s, id) : NULL;

    if (!line->node_id || !line->node_id[0])
        add(p, MODEL_PRIVATE_INTERFACE, line->head.id, SAY(PROBLEM_LINE_UNPLACED));
    else if (other && !plan_line_node(p->s, line))
        add(p, MODEL_PRIVATE_INTERFACE, line->head.id,
            SAY(PROBLEM_LINE_APART, line->node_id, id, other));
    else if (line->admin == MODEL_ADMIN_UP)
        check_wire(p, MODEL_PRIVATE_INTERFACE, line->head.id, 0);
}

const struct model_border_gateway *plan_cut_off(const struct snapshot *s, const char *vpc,
                                                const char *node, const char **ret_node)
{
    if (!vpc || !node)
        return NULL;
    snapshot_each_linked (struct model_vpc_attachment, attachment, it, s, LINK_ATTACHMENT_VPC,
                          vpc) {
        const char *id = attachment->border_gateway_id;
        const struct model_border_gateway *gateway = snapshot_get(s, MODEL_BORDER_GATEWAY, id);
        const char *other = gateway ? plan_placed_on(s, gateway->head.id) : NULL;

        if (other && strcmp(other, node) != 0) {
            *ret_node = other;
            return gateway;
        }
    }
    return NULL;
}

static void check_network(struct problems *p, const struct model_subnet *subnet)
{
    const char *other, *id = subnet->head.id;
    const struct model_border_gateway *gateway;

    if (!subnet->interface)
        return;
    if (!subnet->node_id || !subnet->node_id[0]) {
        add(p, MODEL_SUBNET, id, SAY(PROBLEM_LINE_UNPLACED));
    } else if (!plan_node(p->s, subnet->node_id)) {
        add(p, MODEL_SUBNET, id, SAY(PROBLEM_INSTANCE_NODE_MISSING, subnet->node_id));
    } else {
        gateway = plan_cut_off(p->s, subnet->vpc_id, subnet->node_id, &other);
        if (gateway)
            add(p, MODEL_SUBNET, id,
                SAY(PROBLEM_NETWORK_APART, subnet->node_id, gateway->head.id, other));
        check_wire(p, MODEL_SUBNET, id, subnet->host_limit);
    }
}

static void check_instance(struct problems *p, const struct model_instance *instance)
{
    const struct model_subnet *subnet = snapshot_get(p->s, MODEL_SUBNET, instance->subnet_id);
    const char *id = instance->head.id, *other;
    const struct model_border_gateway *gateway;

    if (!instance->node_id || !instance->node_id[0]) {
        add(p, MODEL_INSTANCE, id, SAY(PROBLEM_INSTANCE_UNPLACED));
    } else if (!plan_node(p->s, instance->node_id)) {
        add(p, MODEL_INSTANCE, id, SAY(PROBLEM_INSTANCE_NODE_MISSING, instance->node_id));
    } else {
        gateway = plan_cut_off(p->s, subnet ? subnet->vpc_id : NULL,
                               plan_instance_node(p->s, instance), &other);
        if (gateway)
            add(p, MODEL_INSTANCE, id,
                SAY(PROBLEM_INSTANCE_APART, instance->node_id, gateway->head.id, other));
    }
}

/* ---- quotas ---- */

#define OVER_NAMED 4 /* of the destinations that a quota keeps out */

static void check_quota(struct problems *p, enum model_kind_id kind,
                        const struct model_resource *resource, const char *quota)
{
    const struct plan_routes *routes;
    char destinations[OVER_NAMED * PREFIX_TEXT_MAX + 8] = "", text[PREFIX_TEXT_MAX];
    size_t n = 0, len = 0;

    if (plan_tables_get(&p->tables, resource->id, &routes) < 0) {
        p->failed = true;
        return;
    }
    for (size_t i = 0; i < routes->table.count; i++) {
        const struct routing_route *route = &routes->table.routes[i];

        if (route->reason != ROUTING_OVER_QUOTA || ++n > OVER_NAMED + 1)
            continue;
        len += (size_t)snprintf(destinations + len, sizeof(destinations) - len, "%s%s",
                                n > 1 ? ", " : "",
                                n > OVER_NAMED ? "..." : prefix_format(&route->destination, text));
    }
    if (n > 0)
        add(p, kind, resource->id,
            SAY(PROBLEM_OVER_QUOTA, quota, routes->table.quota, n, destinations));
}

static void check_tables(struct problems *p)
{
    static const struct {
        enum model_kind_id kind;
        const char *quota;
    } tables[] = {{MODEL_BORDER_GATEWAY, "dynamicRoutesPerBorderGateway"},
                  {MODEL_ROUTE_TABLE, "propagatedRoutesPerRouteTable"}};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        snapshot_each (struct model_resource, table, it, p->s, tables[i].kind)
            check_quota(p, tables[i].kind, table, tables[i].quota);
    }
}

/* ---- translations ---- */

/* Of our side what leads elsewhere than to the connection, of the peer's what leads there. */
static bool has_route_in(const struct routing_table *t, const struct prefix *range,
                         const char *connection, bool peer)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct routing_route *r = &t->routes[i];
        bool there = r->hop == ROUTING_HOP_CONNECTION && strcmp(r->target, connection) == 0;

        if (r->reason == ROUTING_EFFECTIVE && r->hop != ROUTING_HOP_LOCAL && there == peer &&
            prefix_overlaps(&r->destination, range))
            return true;
    }
    return false;
}

static void check_translations(struct problems *p, const struct model_vpn_connection *c)
{
    const struct plan_routes *routes;

    if (!c->translations.count || !snapshot_get(p->s, MODEL_BORDER_GATEWAY, c->border_gateway_id))
        return;
    if (plan_tables_get(&p->tables, c->border_gateway_id, &routes) < 0) {
        p->failed = true;
        return;
    }
    for (uint32_t i = 0; i < c->translations.count; i++) {
        const struct model_translation *t = &c->translations.items[i];
        bool peer = t->side == MODEL_SIDE_PEER;

        if (has_route_in(&routes->table, peer ? &t->seen_as : &t->prefix, c->head.id, peer))
            continue;
        add(p, MODEL_VPN_CONNECTION, c->head.id,
            peer ? SAY(PROBLEM_TRANSLATION_PEER, &t->prefix, &t->seen_as)
                 : SAY(PROBLEM_TRANSLATION_OWN, &t->prefix, &t->seen_as));
    }
}

/* ---- all of them ---- */

static bool has_gateway_node(const struct snapshot *s)
{
    snapshot_each (struct model_node, node, it, s, MODEL_NODE) {
        for (uint32_t i = 0; i < node->roles.count; i++) {
            if (node->roles.items[i] == MODEL_ROLE_GATEWAY)
                return true;
        }
    }
    return false;
}

static void check_all(struct problems *p)
{
    snapshot_each (struct model_border_gateway, gateway, g, p->s, MODEL_BORDER_GATEWAY)
        check_gateway(p, gateway);
    snapshot_each (struct model_vpn_connection, connection, c, p->s, MODEL_VPN_CONNECTION) {
        check_connection(p, connection);
        check_translations(p, connection);
    }
    snapshot_each (struct model_vpn_tunnel, tunnel, t, p->s, MODEL_VPN_TUNNEL)
        check_tunnel(p, tunnel);
    snapshot_each (struct model_private_interface, line, l, p->s, MODEL_PRIVATE_INTERFACE)
        check_line(p, line);
    snapshot_each (struct model_subnet, subnet, n, p->s, MODEL_SUBNET)
        check_network(p, subnet);
    snapshot_each (struct model_instance, instance, i, p->s, MODEL_INSTANCE)
        check_instance(p, instance);
    check_tables(p);
}

int plan_problems(const struct snapshot *s, const struct plan_learned *learned,
                  enum words_lang lang, json_t **ret)
{
    struct problems p = {.s = s,
                         .tables = {.snapshot = s, .learned = learned},
                         .lang = lang,
                         .list = json_array(),
                         .has_gateway_node = has_gateway_node(s)};

    if (p.list)
        check_all(&p);
    plan_tables_done(&p.tables);
    if (!p.list || p.failed) {
        json_decref(p.list);
        return -ENOMEM;
    }
    *ret = p.list;
    return 0;
}
