#include "twin.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the list ---- */

static size_t place_of(const struct twin *t, enum model_kind_id kind, const char *id)
{
    size_t i = 0;

    while (i < t->count && (t->items[i]->kind->id != kind || strcmp(t->items[i]->id, id) != 0))
        i++;
    return i;
}

void twin_set(struct twin *t, enum model_kind_id kind, const char *id,
              const struct model_resource *r)
{
    size_t i = place_of(t, kind, id);

    if (i == t->count && !r)
        return;
    if (i == t->count)
        t->items[t->count++] = NULL;
    assert_true(t->count < TWIN_MAX);
    model_resource_unref(t->items[i]);
    t->items[i] = r ? model_resource_ref(r) : t->items[--t->count];
}

struct twin twin_copy(const struct twin *t)
{
    for (size_t i = 0; i < t->count; i++)
        (void)model_resource_ref(t->items[i]);
    return *t;
}

void twin_done(struct twin *t)
{
    for (size_t i = 0; i < t->count; i++)
        model_resource_unref(t->items[i]);
    t->count = 0;
}

const void *twin_get(const struct twin *t, enum model_kind_id kind, const char *id)
{
    size_t i = place_of(t, kind, id);

    return i < t->count ? t->items[i] : NULL;
}

/* ---- answers ---- */

static void add(struct twin_list *l, const struct model_resource *r, const struct prefix *p)
{
    l->items[l->count].resource = r;
    l->items[l->count++].prefix = p ? *p : (struct prefix){0};
    assert_true(l->count < ARRAY_SIZE(l->items));
}

static int by_prefix_and_id(const void *a, const void *b)
{
    const struct twin_list *x = a, *y = b; /* their first items */
    int order = prefix_cmp(&x->items[0].prefix, &y->items[0].prefix);

    return order ? order : strcmp(x->items[0].resource->id, y->items[0].resource->id);
}

/* In order, each once. */
static void finish(struct twin_list *l)
{
    size_t kept = 0;

    qsort(l->items, l->count, sizeof(l->items[0]), by_prefix_and_id);
    for (size_t i = 0; i < l->count; i++) {
        if (!i || l->items[i].resource != l->items[i - 1].resource ||
            !prefix_equal(&l->items[i].prefix, &l->items[i - 1].prefix))
            l->items[kept++] = l->items[i];
    }
    l->count = kept;
}

void twin_all(const struct twin *t, enum model_kind_id kind, const char *after,
              struct twin_list *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (t->items[i]->kind->id == kind && (!after || strcmp(t->items[i]->id, after) > 0))
            add(ret, t->items[i], NULL);
    }
    finish(ret);
}

void twin_named(const struct twin *t, enum model_kind_id kind, const char *name,
                struct twin_list *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (t->items[i]->kind->id == kind && strcmp(t->items[i]->name, name) == 0)
            add(ret, t->items[i], NULL);
    }
    finish(ret);
}

/* ---- references ---- */

static bool is(const char *have, const char *wanted)
{
    return strcmp(have ? have : "", wanted) == 0;
}

static bool is_hop(const char *have, const char *wanted)
{
    return is(have, wanted) && strcmp(wanted, "blackhole") != 0;
}

static bool has(const struct model_ids *ids, const char *wanted)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (is(ids->items[i], wanted))
            return true;
    }
    return false;
}

static bool table_has(const struct model_route_table *t, enum model_link link, const char *id)
{
    for (size_t i = 0; link == LINK_TABLE_ROUTE_HOP && i < t->routes.count; i++) {
        if (is_hop(t->routes.items[i].next_hop, id))
            return true;
    }
    for (size_t i = 0; link != LINK_TABLE_ROUTE_HOP && i < t->propagations.count; i++) {
        if (is(link == LINK_TABLE_PROPAGATION ? t->propagations.items[i].border_gateway_id
                                              : t->propagations.items[i].vpc_attachment_id,
               id))
            return true;
    }
    return false;
}

static bool is_interface(const struct model_resource *r, const char *wanted)
{
    const struct model_instance *i = (const void *)r;
    const struct model_subnet *subnet = (const void *)r;
    const struct model_private_interface *line = (const void *)r;
    const char *node = NULL, *interface = NULL;
    char text[128], tag[24] = "";
    int64_t vlan = 0;

    if (r->kind->id == MODEL_INSTANCE) {
        node = i->node_id;
        interface = i->interface;
    } else if (r->kind->id == MODEL_SUBNET) {
        node = subnet->node_id;
        interface = subnet->interface;
        vlan = subnet->vlan;
    } else if (r->kind->id == MODEL_PRIVATE_INTERFACE) {
        node = line->node_id;
        interface = line->interface;
        vlan = line->vlan;
    }
    if (vlan)
        snprintf(tag, sizeof(tag), ".%d", (int)vlan);
    snprintf(text, sizeof(text), "%s/%s%s", node ? node : "", interface ? interface : "", tag);
    return interface && strcmp(text, wanted) == 0;
}

static bool is_unplaced(const struct twin *t, const struct model_resource *r)
{
    const struct model_vpn_connection *c = (const void *)r;
    char text[ADDR_TEXT_MAX];

    if (r->kind->id == MODEL_BORDER_GATEWAY)
        return !twin_get(t, MODEL_PLACEMENT, r->id);
    for (uint32_t i = 0; r->kind->id == MODEL_VPN_CONNECTION && i < c->cloud_addresses.count; i++) {
        if (!twin_get(t, MODEL_PLACEMENT, addr_format(&c->cloud_addresses.items[i], text)))
            return true;
    }
    return false;
}

static bool refers(const struct twin *t, const struct model_resource *r, enum model_link link,
                   const char *id)
{
    static const enum model_kind_id kinds[LINKS] = {
        [LINK_SUBNET_VPC] = MODEL_SUBNET,
        [LINK_SUBNET_TABLE] = MODEL_SUBNET,
        [LINK_SUBNET_NODE] = MODEL_SUBNET,
        [LINK_TABLE_VPC] = MODEL_ROUTE_TABLE,
        [LINK_TABLE_ROUTE_HOP] = MODEL_ROUTE_TABLE,
        [LINK_TABLE_PROPAGATION] = MODEL_ROUTE_TABLE,
        [LINK_TABLE_PROPAGATION_ATTACHMENT] = MODEL_ROUTE_TABLE,
        [LINK_INSTANCE_SUBNET] = MODEL_INSTANCE,
        [LINK_INSTANCE_NODE] = MODEL_INSTANCE,
        [LINK_ROUTE_GATEWAY] = MODEL_BORDER_GATEWAY_ROUTE,
        [LINK_ROUTE_HOP] = MODEL_BORDER_GATEWAY_ROUTE,
        [LINK_ATTACHMENT_GATEWAY] = MODEL_VPC_ATTACHMENT,
        [LINK_ATTACHMENT_VPC] = MODEL_VPC_ATTACHMENT,
        [LINK_ATTACHMENT_SUBNET] = MODEL_VPC_ATTACHMENT,
        [LINK_ATTACHMENT_TABLE] = MODEL_VPC_ATTACHMENT,
        [LINK_CONNECTION_GATEWAY] = MODEL_VPN_CONNECTION,
        [LINK_CONNECTION_CUSTOMER] = MODEL_VPN_CONNECTION,
        [LINK_TUNNEL_CONNECTION] = MODEL_VPN_TUNNEL,
        [LINK_PRIVATE_GATEWAY] = MODEL_PRIVATE_INTERFACE,
        [LINK_PRIVATE_NODE] = MODEL_PRIVATE_INTERFACE,
        [LINK_PLACEMENT_NODE] = MODEL_PLACEMENT,
        [LINK_ALARM_SCOPE] = MODEL_ALARM,
    };
    const void *of = r;
    const struct model_vpc_attachment *attachment = of;

    if (link == LINK_UNPLACED)
        return !*id && is_unplaced(t, r);
    if (link == LINK_INTERFACE)
        return is_interface(r, id);
    if (r->kind->id != kinds[link])
        return false;
    switch (link) {
    case LINK_SUBNET_VPC:
        return is(((const struct model_subnet *)of)->vpc_id, id);
    case LINK_SUBNET_TABLE:
        return is(((const struct model_subnet *)of)->route_table_id, id);
    case LINK_SUBNET_NODE:
        return is(((const struct model_subnet *)of)->node_id, id);
    case LINK_TABLE_VPC:
        return is(((const struct model_route_table *)of)->vpc_id, id);
    case LINK_TABLE_ROUTE_HOP:
    case LINK_TABLE_PROPAGATION:
    case LINK_TABLE_PROPAGATION_ATTACHMENT:
        return table_has(of, link, id);
    case LINK_INSTANCE_SUBNET:
        return is(((const struct model_instance *)of)->subnet_id, id);
    case LINK_INSTANCE_NODE:
        return is(((const struct model_instance *)of)->node_id, id);
    case LINK_ROUTE_GATEWAY:
        return is(((const struct model_gateway_route *)of)->border_gateway_id, id);
    case LINK_ROUTE_HOP:
        return is_hop(((const struct model_gateway_route *)of)->next_hop, id);
    case LINK_ATTACHMENT_GATEWAY:
        return is(attachment->border_gateway_id, id);
    case LINK_ATTACHMENT_VPC:
        return is(attachment->vpc_id, id);
    case LINK_ATTACHMENT_SUBNET:
        return has(&attachment->subnet_ids, id);
    case LINK_ATTACHMENT_TABLE:
        return has(&attachment->route_table_ids, id);
    case LINK_CONNECTION_GATEWAY:
        return is(((const struct model_vpn_connection *)of)->border_gateway_id, id);
    case LINK_CONNECTION_CUSTOMER:
        return is(((const struct model_vpn_connection *)of)->customer_gateway_id, id);
    case LINK_TUNNEL_CONNECTION:
        return is(((const struct model_vpn_tunnel *)of)->vpn_connection_id, id);
    case LINK_PRIVATE_GATEWAY:
        return is(((const struct model_private_interface *)of)->border_gateway_id, id);
    case LINK_PRIVATE_NODE:
        return is(((const struct model_private_interface *)of)->node_id, id);
    case LINK_PLACEMENT_NODE:
        return is(((const struct model_placement *)of)->node_id, id);
    case LINK_ALARM_SCOPE:
        return is(((const struct model_alarm *)of)->scope_id, id);
    default:
        return false;
    }
}

void twin_linked(const struct twin *t, enum model_link link, const char *id, struct twin_list *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (refers(t, t->items[i], link, id))
            add(ret, t->items[i], NULL);
    }
    finish(ret);
}

/* ---- spaces ---- */

static void add_in(struct twin_list *l, const struct model_resource *r, const char *scope,
                   const char *wanted, const struct prefix *p)
{
    if (scope && strcmp(scope, wanted) == 0 && p->addr.family)
        add(l, r, p);
}

static void add_to_space(const struct twin *t, const struct model_resource *r,
                         enum model_space space, const char *scope, struct twin_list *l)
{
    const void *of = r;
    const struct model_subnet *subnet = of;
    const struct model_instance *instance = of;
    const struct model_vpn_connection *c = of;
    const struct model_private_interface *line = of;
    const struct model_vpn_tunnel *tunnel = of;
    const struct model_gateway_route *route = of;
    enum model_kind_id kind = r->kind->id;
    struct prefix p;

    if (space == SPACE_SUBNETS && kind == MODEL_SUBNET)
        add_in(l, r, subnet->vpc_id, scope, &subnet->cidr);
    if (space == SPACE_ROUTES && kind == MODEL_BORDER_GATEWAY_ROUTE)
        add_in(l, r, route->border_gateway_id, scope, &route->destination);
    if (space == SPACE_INSTANCES && kind == MODEL_INSTANCE) {
        p = prefix_make(&instance->address, 128);
        add_in(l, r, instance->subnet_id, scope, &p);
    }
    for (size_t i = 0;
         space == SPACE_CLOUD && kind == MODEL_VPN_CONNECTION && i < c->cloud_addresses.count;
         i++) {
        p = prefix_make(&c->cloud_addresses.items[i], 128);
        add_in(l, r, "", scope, &p);
    }
    if (space == SPACE_INNER && kind == MODEL_VPN_TUNNEL) {
        p = model_interface_prefix(&tunnel->tunnel_address);
        c = twin_get(t, MODEL_VPN_CONNECTION, tunnel->vpn_connection_id);
        add_in(l, r, c ? c->border_gateway_id : NULL, scope, &p);
    }
    if (space == SPACE_INNER && kind == MODEL_PRIVATE_INTERFACE) {
        p = model_interface_prefix(&line->address);
        add_in(l, r, line->border_gateway_id, scope, &p);
    }
}

void twin_space(const struct twin *t, enum model_space space, const char *scope,
                struct twin_list *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < t->count; i++)
        add_to_space(t, t->items[i], space, scope, ret);
    finish(ret);
}
