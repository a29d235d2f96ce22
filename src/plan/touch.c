#include "planner_internal.h"

/* What a change of a resource may alter. Marking too much costs time, too little a wrong node: what
 * an object is made of (objects.c, facts.c) is the measure. A function that compares the resource
 * before and after gets NULL for one that was not or is no more. */

int touch_object(struct step *step, enum plan_type type, const char *id)
{
    struct object *o = id ? planner_mark(step, type, id) : NULL;

    if (!id)
        return 0;
    if (!o)
        return -ENOMEM;
    if (o->stale)
        return 0;
    o->stale = true;
    return needs_recount(step, type, o->id);
}

/* ---- along links ---- */

typedef int touch_each(struct step *step, const struct model_resource *r);

/* Those that refer to the id, before and after. In a step from nothing each of them is touched by
 * itself. */
static int touch_linked(struct step *step, enum model_link link, const char *id, touch_each *each)
{
    const struct snapshot *sides[] = {step->before, step->after};
    int r = 0;

    for (size_t i = 0; step->before && id && i < ARRAY_SIZE(sides); i++) {
        struct snapshot_iter it;
        const struct model_resource *resource;

        snapshot_linked(&it, sides[i], link, id);
        while (r == 0 && (resource = snapshot_next(&it)))
            r = each(step, resource);
    }
    return r;
}

static int each_instance(struct step *step, const struct model_resource *r)
{
    return touch_object(step, PLAN_INSTANCE, r->id);
}

static int each_table(struct step *step, const struct model_resource *r)
{
    return touch_object(step, PLAN_TABLE, r->id);
}

static int each_attachment(struct step *step, const struct model_resource *r)
{
    return touch_object(step, PLAN_ATTACHMENT, r->id);
}

static int each_route(struct step *step, const struct model_resource *r)
{
    return touch_object(step, PLAN_ROUTE, r->id);
}

static int each_tunnel(struct step *step, const struct model_resource *r)
{
    return touch_object(step, PLAN_TUNNEL, r->id);
}

static int each_network(struct step *step, const struct model_resource *r)
{
    return touch_object(step, PLAN_NETWORK, r->id);
}

static int each_line(struct step *step, const struct model_resource *r)
{
    return touch_object(step, PLAN_LINE, r->id);
}

int touch_users(struct step *step, const char *gateway)
{
    static const struct {
        enum model_link link;
        enum plan_type type;
    } users[] = {{LINK_ATTACHMENT_GATEWAY, PLAN_ATTACHMENT}, {LINK_ROUTE_GATEWAY, PLAN_ROUTE}};

    for (size_t i = 0; step->before && i < ARRAY_SIZE(users); i++) {
        snapshot_each_linked (struct model_resource, user, it, step->after, users[i].link,
                              gateway) {
            if (!planner_mark(step, users[i].type, user->id))
                return -ENOMEM;
        }
    }
    return 0;
}

/* ---- placement ---- */

static int touch_tunnels_of(struct step *step, const struct snapshot *s, const struct addr *cloud)
{
    const struct model_vpn_connection *owner = plan_owner(s, cloud);
    int r = 0;

    if (!owner)
        return 0;
    snapshot_each_linked (struct model_vpn_tunnel, tunnel, it, s, LINK_TUNNEL_CONNECTION,
                          owner->head.id) {
        if (r == 0 && addr_equal(&tunnel->cloud_address, cloud))
            r = touch_object(step, PLAN_TUNNEL, tunnel->head.id);
    }
    return r;
}

/* Who has a cloud address, and where it is. */
static int touch_address(struct step *step, const struct addr *cloud)
{
    char text[ADDR_TEXT_MAX];
    int r = touch_object(step, PLAN_ADDRESS, addr_format(cloud, text));

    if (r < 0 || !step->before)
        return r;
    r = touch_tunnels_of(step, step->before, cloud);
    return r < 0 ? r : touch_tunnels_of(step, step->after, cloud);
}

static int touch_placed(struct step *step, const char *target)
{
    struct addr cloud;
    int r;

    if (addr_parse(target, &cloud) == 0)
        return touch_address(step, &cloud);
    r = touch_object(step, PLAN_GATEWAY, target);
    if (r == 0)
        r = touch_linked(step, LINK_PRIVATE_GATEWAY, target, each_line);
    return r < 0 ? r : touch_linked(step, LINK_ATTACHMENT_GATEWAY, target, each_attachment);
}

static int each_placement(struct step *step, const struct model_resource *r)
{
    return touch_placed(step, r->id);
}

/* ---- the kinds ---- */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static int touch_region(struct step *step, const char *id)
{
    static const struct {
        const char *quota;
        enum model_kind_id kind;
        enum plan_type type;
    } told[] = {
        {"dynamicRoutesPerBorderGateway", MODEL_BORDER_GATEWAY, PLAN_GATEWAY},
        {"propagatedRoutesPerRouteTable", MODEL_ROUTE_TABLE, PLAN_TABLE},
    };

    (void)id;
    for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
        if (step->before &&
            plan_quota(step->before, told[i].quota) == plan_quota(step->after, told[i].quota))
            continue;
        snapshot_each (struct model_resource, resource, it, step->after, told[i].kind) {
            int r = touch_object(step, told[i].type, resource->id);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* A node counts by being there, and by being drained. */
static int touch_node(struct step *step, const char *id)
{
    int r;

    if (plan_node(step->before, id) && plan_node(step->after, id) &&
        plan_is_draining(step->before, id) == plan_is_draining(step->after, id))
        return 0;
    r = touch_linked(step, LINK_PLACEMENT_NODE, id, each_placement);
    if (r == 0)
        r = touch_linked(step, LINK_PRIVATE_NODE, id, each_line);
    if (r == 0)
        r = touch_linked(step, LINK_SUBNET_NODE, id, each_network);
    return r < 0 ? r : touch_linked(step, LINK_INSTANCE_NODE, id, each_instance);
}

static int touch_vpc(struct step *step, const char *id)
{
    return touch_object(step, PLAN_VPC, id);
}

static int touch_subnet_of(struct step *step, const struct model_subnet *subnet)
{
    int r;

    if (!subnet)
        return 0;
    r = touch_object(step, PLAN_VPC, subnet->vpc_id);
    return r < 0 ? r : touch_linked(step, LINK_ATTACHMENT_VPC, subnet->vpc_id, each_attachment);
}

/* The default table is part of what is known of its VPC. */
static int touch_table(struct step *step, const char *id)
{
    const struct model_route_table *b = snapshot_get(step->before, MODEL_ROUTE_TABLE, id);
    const struct model_route_table *a = snapshot_get(step->after, MODEL_ROUTE_TABLE, id);
    int r = touch_object(step, PLAN_TABLE, id);

    if (r == 0 && b && b->is_default)
        r = touch_object(step, PLAN_VPC, b->vpc_id);
    return r == 0 && a && a->is_default ? touch_object(step, PLAN_VPC, a->vpc_id) : r;
}

static int each_users_table(struct step *step, const struct model_resource *r)
{
    return touch_table(step, r->id);
}

/* Routes to routers in it lead somewhere as long as it is there. */
static int touch_network(struct step *step, const struct model_subnet *subnet, const char *id)
{
    int r = touch_object(step, PLAN_NETWORK, id);

    return r < 0 || !subnet || !subnet->interface ||
                   (snapshot_get(step->before, MODEL_SUBNET, id) &&
                    snapshot_get(step->after, MODEL_SUBNET, id))
               ? r
               : touch_linked(step, LINK_TABLE_VPC, subnet->vpc_id, each_users_table);
}

static int touch_subnet(struct step *step, const char *id)
{
    const struct model_subnet *b = snapshot_get(step->before, MODEL_SUBNET, id);
    const struct model_subnet *a = snapshot_get(step->after, MODEL_SUBNET, id);
    int r = touch_network(step, b ? b : a, id);

    if (r < 0)
        return r;
    if (a && b && same_text(a->vpc_id, b->vpc_id) && prefix_equal(&a->cidr, &b->cidr) &&
        same_text(a->route_table_id, b->route_table_id) && a->head.created_us == b->head.created_us)
        return 0;
    r = touch_subnet_of(step, b);
    if (r == 0)
        r = touch_subnet_of(step, a);
    return r < 0 ? r : touch_linked(step, LINK_INSTANCE_SUBNET, id, each_instance);
}

static int touch_instance(struct step *step, const char *id)
{
    int r = touch_object(step, PLAN_INSTANCE, id);

    if (r < 0 || (snapshot_get(step->before, MODEL_INSTANCE, id) &&
                  snapshot_get(step->after, MODEL_INSTANCE, id)))
        return r;
    return touch_linked(step, LINK_TABLE_ROUTE_HOP, id, each_users_table);
}

static int each_connection(struct step *step, const struct model_resource *r)
{
    return touch_linked(step, LINK_TUNNEL_CONNECTION, r->id, each_tunnel);
}

/* Everything about a gateway hangs on its being there. */
static int touch_gateway(struct step *step, const char *id)
{
    static const struct {
        enum model_link link;
        touch_each *each;
    } users[] = {
        {LINK_ROUTE_GATEWAY, each_route},           {LINK_ATTACHMENT_GATEWAY, each_attachment},
        {LINK_CONNECTION_GATEWAY, each_connection}, {LINK_TABLE_ROUTE_HOP, each_table},
        {LINK_TABLE_PROPAGATION, each_table},       {LINK_PRIVATE_GATEWAY, each_line},
    };
    int r = touch_object(step, PLAN_GATEWAY, id);

    if (snapshot_get(step->before, MODEL_BORDER_GATEWAY, id) &&
        snapshot_get(step->after, MODEL_BORDER_GATEWAY, id))
        return r;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(users); i++)
        r = touch_linked(step, users[i].link, id, users[i].each);
    return r;
}

static int touch_route(struct step *step, const char *id)
{
    return touch_object(step, PLAN_ROUTE, id);
}

static int touch_attachment(struct step *step, const char *id)
{
    const struct model_vpc_attachment *b = snapshot_get(step->before, MODEL_VPC_ATTACHMENT, id);
    const struct model_vpc_attachment *a = snapshot_get(step->after, MODEL_VPC_ATTACHMENT, id);
    int r = touch_object(step, PLAN_ATTACHMENT, id);

    if (r < 0 || (a && b && same_text(a->border_gateway_id, b->border_gateway_id)))
        return r;
    return touch_linked(step, LINK_ROUTE_HOP, id, each_route);
}

/* Tunnels name its addresses themselves. */
static int touch_customer(struct step *step, const char *id)
{
    const struct model_customer_gateway *b = snapshot_get(step->before, MODEL_CUSTOMER_GATEWAY, id);
    const struct model_customer_gateway *a = snapshot_get(step->after, MODEL_CUSTOMER_GATEWAY, id);

    if (a && b && a->asn == b->asn)
        return 0;
    return touch_linked(step, LINK_CONNECTION_CUSTOMER, id, each_connection);
}

static bool has_address(const struct model_vpn_connection *c, const struct addr *a)
{
    for (uint32_t i = 0; c && i < c->cloud_addresses.count; i++) {
        if (addr_equal(&c->cloud_addresses.items[i], a))
            return true;
    }
    return false;
}

/* The addresses that one has and the other has not. */
static int touch_addresses(struct step *step, const struct model_vpn_connection *one,
                           const struct model_vpn_connection *other)
{
    int r = 0;

    for (uint32_t i = 0; one && r == 0 && i < one->cloud_addresses.count; i++) {
        if (!has_address(other, &one->cloud_addresses.items[i]))
            r = touch_address(step, &one->cloud_addresses.items[i]);
    }
    return r;
}

static int touch_connection(struct step *step, const char *id)
{
    const struct model_vpn_connection *b = snapshot_get(step->before, MODEL_VPN_CONNECTION, id);
    const struct model_vpn_connection *a = snapshot_get(step->after, MODEL_VPN_CONNECTION, id);
    int r = touch_addresses(step, b, a);

    if (r == 0)
        r = touch_addresses(step, a, b);
    if (r == 0)
        r = touch_linked(step, LINK_TUNNEL_CONNECTION, id, each_tunnel);
    if (r < 0 || (a && b && same_text(a->border_gateway_id, b->border_gateway_id)))
        return r;
    return touch_linked(step, LINK_ROUTE_HOP, id, each_route);
}

static int touch_tunnel(struct step *step, const char *id)
{
    return touch_object(step, PLAN_TUNNEL, id);
}

static int touch_line(struct step *step, const char *id)
{
    const struct model_private_interface *b =
        snapshot_get(step->before, MODEL_PRIVATE_INTERFACE, id);
    const struct model_private_interface *a =
        snapshot_get(step->after, MODEL_PRIVATE_INTERFACE, id);
    int r = touch_object(step, PLAN_LINE, id);

    if (r < 0 || (a && b && same_text(a->border_gateway_id, b->border_gateway_id)))
        return r;
    return touch_linked(step, LINK_ROUTE_HOP, id, each_route);
}

int touch_resource(struct step *step, enum model_kind_id kind, const char *id)
{
    static int (*const kinds[MODEL_KINDS])(struct step *, const char *) = {
        [MODEL_REGION] = touch_region,
        [MODEL_NODE] = touch_node,
        [MODEL_VPC] = touch_vpc,
        [MODEL_SUBNET] = touch_subnet,
        [MODEL_ROUTE_TABLE] = touch_table,
        [MODEL_INSTANCE] = touch_instance,
        [MODEL_BORDER_GATEWAY] = touch_gateway,
        [MODEL_BORDER_GATEWAY_ROUTE] = touch_route,
        [MODEL_VPC_ATTACHMENT] = touch_attachment,
        [MODEL_CUSTOMER_GATEWAY] = touch_customer,
        [MODEL_VPN_CONNECTION] = touch_connection,
        [MODEL_VPN_TUNNEL] = touch_tunnel,
        [MODEL_PRIVATE_INTERFACE] = touch_line,
        [MODEL_PLACEMENT] = touch_placed,
    };

    return kinds[kind] ? kinds[kind](step, id) : 0; /* alarms are no matter of nodes */
}
