#include "plan_internal.h"

/* What follows from a snapshot alone. Resources that contradict the model (a reference to what is
 * not there) are left out. */

/* ---- placement ---- */

const char *plan_node(const struct snapshot *s, const char *id)
{
    const struct model_resource *node = snapshot_get(s, MODEL_NODE, id);

    return node ? node->id : NULL;
}

bool plan_is_draining(const struct snapshot *s, const char *id)
{
    const struct model_node *node = snapshot_get(s, MODEL_NODE, id);

    return node && node->draining;
}

const struct model_placement *plan_placement(const struct snapshot *s, const char *target)
{
    return snapshot_get(s, MODEL_PLACEMENT, target);
}

const char *plan_placed_on(const struct snapshot *s, const char *target)
{
    const struct model_placement *p = plan_placement(s, target);

    return p ? plan_node(s, p->node_id) : NULL;
}

const struct model_vpn_connection *plan_owner(const struct snapshot *s, const struct addr *cloud)
{
    struct prefix host = prefix_make(cloud, (uint8_t)addr_bits(cloud));

    if (cloud->family == ADDR_NONE)
        return NULL;
    return snapshot_overlap(s, SPACE_CLOUD, "", &host, NULL);
}

const struct model_vpn_connection *plan_connection_of(const struct snapshot *s,
                                                      const struct model_vpn_tunnel *tunnel)
{
    const struct model_vpn_connection *owner = plan_owner(s, &tunnel->cloud_address);

    if (!owner || !tunnel->vpn_connection_id ||
        strcmp(owner->head.id, tunnel->vpn_connection_id) != 0 || !snapshot_gateway_of(s, tunnel))
        return NULL;
    return owner;
}

const char *plan_tunnel_node(const struct snapshot *s, const struct model_vpn_tunnel *tunnel)
{
    char text[ADDR_TEXT_MAX];

    if (!plan_connection_of(s, tunnel))
        return NULL;
    return plan_placed_on(s, addr_format(&tunnel->cloud_address, text));
}

const char *plan_line_node(const struct snapshot *s, const struct model_private_interface *line)
{
    const char *node = plan_node(s, line->node_id);
    const char *gateway = snapshot_get(s, MODEL_BORDER_GATEWAY, line->border_gateway_id)
                              ? plan_placed_on(s, line->border_gateway_id)
                              : NULL;

    return node && gateway && strcmp(node, gateway) == 0 ? node : NULL;
}

const char *plan_instance_node(const struct snapshot *s, const struct model_instance *instance)
{
    if (instance->address.family == ADDR_NONE ||
        !snapshot_get(s, MODEL_SUBNET, instance->subnet_id))
        return NULL;
    return plan_node(s, instance->node_id);
}

const char *plan_network_node(const struct snapshot *s, const struct model_subnet *subnet)
{
    return subnet->interface && subnet->cidr.addr.family != ADDR_NONE
               ? plan_node(s, subnet->node_id)
               : NULL;
}

const struct model_subnet *plan_network_at(const struct snapshot *s, const char *vpc,
                                           const struct addr *a)
{
    const struct model_subnet *subnet = vpc ? snapshot_subnet_at(s, vpc, a) : NULL;

    return subnet && subnet->interface ? subnet : NULL;
}

/* ---- propagation ---- */

static uint64_t added_later(const struct model_vpc_attachment *attachment, const char *subnet)
{
    for (uint32_t i = 0; i < attachment->propagated_later.count; i++) {
        const struct model_pair *later = &attachment->propagated_later.items[i];
        uint64_t time;

        if (strcmp(later->name, subnet) == 0)
            return clock_parse(later->value, &time) < 0 ? 0 : time;
    }
    return 0;
}

uint64_t plan_propagated_since(const struct model_vpc_attachment *attachment,
                               const struct model_subnet *subnet)
{
    uint64_t began =
        attachment->propagated_us ? attachment->propagated_us : attachment->head.created_us;

    began = MAX(began, subnet->head.created_us);
    return MAX(began, added_later(attachment, subnet->head.id));
}

/* ---- routes ---- */

static const char *gateway_of_hop(const struct snapshot *s, enum routing_hop hop, const char *id)
{
    const struct model_vpc_attachment *attachment;
    const struct model_private_interface *line;
    const struct model_vpn_connection *connection;

    if (hop == ROUTING_HOP_PRIVATE_INTERFACE) {
        line = snapshot_get(s, MODEL_PRIVATE_INTERFACE, id);
        return line ? line->border_gateway_id : NULL;
    }
    if (hop == ROUTING_HOP_ATTACHMENT) {
        attachment = snapshot_get(s, MODEL_VPC_ATTACHMENT, id);
        return attachment ? attachment->border_gateway_id : NULL;
    }
    if (hop == ROUTING_HOP_CONNECTION) {
        connection = snapshot_get(s, MODEL_VPN_CONNECTION, id);
        return connection ? connection->border_gateway_id : NULL;
    }
    return NULL;
}

bool plan_route_leads(const struct snapshot *s, const struct model_gateway_route *route)
{
    const char *gateway;
    enum routing_hop hop;

    if (route->destination.addr.family == ADDR_NONE || !route->next_hop ||
        !route->border_gateway_id || !routing_parse_hop(route->next_hop, &hop))
        return false;
    if (hop == ROUTING_HOP_BLACKHOLE)
        return true;
    gateway = gateway_of_hop(s, hop, route->next_hop);
    return gateway && strcmp(gateway, route->border_gateway_id) == 0;
}

bool plan_table_route_leads(const struct snapshot *s, const struct model_route_table *table,
                            const struct model_table_route *route)
{
    enum routing_hop hop;
    struct addr router;

    if (route->destination.addr.family == ADDR_NONE || !route->next_hop ||
        !routing_parse_hop(route->next_hop, &hop))
        return false;
    switch (hop) {
    case ROUTING_HOP_BLACKHOLE:
        return true;
    case ROUTING_HOP_GATEWAY:
        return snapshot_get(s, MODEL_BORDER_GATEWAY, route->next_hop);
    case ROUTING_HOP_INSTANCE:
        return snapshot_get(s, MODEL_INSTANCE, route->next_hop);
    case ROUTING_HOP_ROUTER:
        return addr_parse(route->next_hop, &router) == 0 &&
               plan_network_at(s, table->vpc_id, &router);
    default:
        return false;
    }
}

const char *plan_attachment_id(const struct snapshot *s, const char *gateway, const char *vpc)
{
    const struct model_vpc_attachment *attachment = snapshot_attachment(s, gateway, vpc);

    return attachment ? attachment->head.id : "";
}

size_t plan_quota(const struct snapshot *s, const char *name)
{
    return (size_t)MAX(model_quota_value(s, name), 0);
}

bool plan_translate(const struct model_vpn_connection *c, enum model_side side, bool as_seen,
                    struct prefix *p)
{
    for (uint32_t i = 0; i < c->translations.count; i++) {
        const struct model_translation *t = &c->translations.items[i];

        if (t->side == side && routing_translate(as_seen ? &t->prefix : &t->seen_as,
                                                 as_seen ? &t->seen_as : &t->prefix, p))
            return true;
    }
    return false;
}
