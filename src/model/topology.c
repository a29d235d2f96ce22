#include "model_internal.h"

#include <stdio.h>

/* Rules among regions, VPCs, subnets, route tables, instances and nodes. */

/* ---- regions ---- */

static int check_other_region(struct model_request *q, const struct model_region *region,
                              const struct model_region *other)
{
    char a[PREFIX_TEXT_MAX], b[PREFIX_TEXT_MAX];

    for (uint32_t i = 0; i < region->public_pools.count; i++) {
        const struct prefix *ours = &region->public_pools.items[i];

        for (uint32_t j = 0; j < other->public_pools.count; j++) {
            const struct prefix *theirs = &other->public_pools.items[j];

            if (prefix_overlaps(ours, theirs))
                return model_error_set(
                    q->error, 409, "conflict", "publicPools", prefix_format(ours, a),
                    SAY(CHANGE_POOLS_OVERLAP, other->head.id, prefix_format(theirs, b)));
        }
    }
    return 0;
}

static bool in_pools(const struct model_region *region, const struct addr *a)
{
    for (uint32_t i = 0; i < region->public_pools.count; i++) {
        if (prefix_contains_addr(&region->public_pools.items[i], a))
            return true;
    }
    return false;
}

/* A connection with an address that is in p but in no pool; NULL if there is none. Only the gaps
 * between the pools are searched: what lies in one is not looked at. */
static const struct model_vpn_connection *
find_outside(const struct snapshot *s, const struct model_region *region, const struct prefix *p)
{
    const struct model_vpn_connection *found;
    struct prefix half = {p->addr, (uint8_t)(p->len + 1)};
    bool holds_pool = false;

    for (uint32_t i = 0; i < region->public_pools.count; i++) {
        if (prefix_contains(&region->public_pools.items[i], p))
            return NULL;
        holds_pool |= prefix_contains(p, &region->public_pools.items[i]);
    }
    found = snapshot_overlap(s, SPACE_CLOUD, "", p, NULL);
    if (!found || !holds_pool)
        return found;
    found = find_outside(s, region, &half);
    if (found)
        return found;
    half.addr.bytes[p->len / 8] |= (uint8_t)(0x80 >> p->len % 8);
    return find_outside(s, region, &half);
}

/* The pools keep the addresses that connections have. */
static int check_pools_in_use(struct model_request *q, const struct model_region *region)
{
    static const struct prefix families[] = {{{ADDR_IPV4, {0}}, 0}, {{ADDR_IPV6, {0}}, 0}};
    const struct model_vpn_connection *c = NULL;
    char text[ADDR_TEXT_MAX];
    uint32_t i = 0;

    for (size_t n = 0; !c && n < ARRAY_SIZE(families); n++)
        c = find_outside(q->s, region, &families[n]);
    if (!c)
        return 0;
    while (i + 1 < c->cloud_addresses.count && in_pools(region, &c->cloud_addresses.items[i]))
        i++;
    return model_error_set(q->error, 409, "conflict", "publicPools",
                           addr_format(&c->cloud_addresses.items[i], text),
                           SAY(CHANGE_POOL_IN_USE, c->head.id));
}

static bool same_prefixes(const struct model_prefixes *a, const struct model_prefixes *b)
{
    bool same = a->count == b->count;

    for (uint32_t i = 0; same && i < a->count; i++)
        same = prefix_equal(&a->items[i], &b->items[i]);
    return same;
}

static bool is_known(const struct model_request *q, const char *id)
{
    bool known = snapshot_region(q->s) != NULL;

    for (size_t i = 0; !known && i < q->env->region_count; i++) {
        const struct model_region *other = snapshot_region(q->env->regions[i]);

        known = other && strcmp(other->head.id, id) == 0;
    }
    return known;
}

static int check_region(struct model_request *q, const struct model_region *region)
{
    const struct model_region *before = (const struct model_region *)q->current;
    const char *id = region->head.id;
    int r = 0;

    if (!before && is_known(q, id))
        return model_error_set(q->error, 409, "conflict", "id", id, SAY(CHANGE_REGION_EXISTS));
    if (before && same_prefixes(&before->public_pools, &region->public_pools))
        return 0;
    for (size_t i = 0; r == 0 && i < q->env->region_count; i++) {
        const struct model_region *other = snapshot_region(q->env->regions[i]);

        if (other && strcmp(other->head.id, id) != 0)
            r = check_other_region(q, region, other);
    }
    return r == 0 && before ? check_pools_in_use(q, region) : r;
}

/* ---- VPCs and subnets ---- */

static bool in_vpc(const struct model_vpc *vpc, const struct prefix *p)
{
    if (vpc->cidr.addr.family != ADDR_NONE && prefix_contains(&vpc->cidr, p))
        return true;
    for (uint32_t i = 0; i < vpc->extra_cidrs.count; i++) {
        if (prefix_contains(&vpc->extra_cidrs.items[i], p))
            return true;
    }
    return false;
}

static int check_vpc(struct model_request *q, const struct model_vpc *vpc)
{
    const struct model_vpc *before = (const struct model_vpc *)q->current;
    char text[PREFIX_TEXT_MAX];

    if (!before || (prefix_equal(&before->cidr, &vpc->cidr) &&
                    same_prefixes(&before->extra_cidrs, &vpc->extra_cidrs)))
        return 0;
    snapshot_each_linked (struct model_subnet, subnet, it, q->s, LINK_SUBNET_VPC, vpc->head.id) {
        if (!in_vpc(vpc, &subnet->cidr))
            return model_error_set(q->error, 409, "conflict", "cidr",
                                   prefix_format(&subnet->cidr, text),
                                   SAY(CHANGE_SUBNET_OUTSIDE, subnet->head.id));
    }
    return 0;
}

int model_refuse_other_vpc(struct model_request *q, enum model_kind_id kind, const char *field,
                           const char *id, const char *vpc)
{
    return model_error_set(q->error, 400, "invalid-value", field, id,
                           SAY(CHANGE_OTHER_VPC, field, model_kind_word(model_kind(kind)), vpc));
}

/* A node that has lost the role since keeps what it has. */
static int check_node_role(struct model_request *q, const char *id, const char *before)
{
    if (!id || (before && strcmp(before, id) == 0) ||
        model_has_role(snapshot_get(q->s, MODEL_NODE, id), MODEL_ROLE_COMPUTE))
        return 0;
    return model_error_set(q->error, 400, "invalid-value", "nodeId", id, SAY(CHANGE_NODE_COMPUTE));
}

/* A subnet that is a real network. */
static int check_network(struct model_request *q, const struct model_subnet *subnet)
{
    const struct model_subnet *before = (const struct model_subnet *)q->current;
    int r = check_node_role(q, subnet->node_id, before ? before->node_id : NULL);

    return r == 0 ? model_check_claim(q, subnet->node_id, subnet->interface, subnet->vlan,
                                      subnet->head.id)
                  : r;
}

static int check_subnet(struct model_request *q, const struct model_subnet *subnet)
{
    const struct model_vpc *vpc = snapshot_get(q->s, MODEL_VPC, subnet->vpc_id);
    const struct model_route_table *table =
        snapshot_get(q->s, MODEL_ROUTE_TABLE, subnet->route_table_id);
    const struct model_subnet *other;
    char a[PREFIX_TEXT_MAX], b[PREFIX_TEXT_MAX];

    prefix_format(&subnet->cidr, a);
    if (!vpc || !in_vpc(vpc, &subnet->cidr))
        return model_error_set(q->error, 400, "invalid-value", "cidr", a,
                               SAY(CHANGE_CIDR_OUTSIDE, subnet->vpc_id));
    other = snapshot_overlap(q->s, SPACE_SUBNETS, subnet->vpc_id, &subnet->cidr, subnet->head.id);
    if (other)
        return model_error_set(
            q->error, 409, "conflict", "cidr", a,
            SAY(CHANGE_SUBNETS_OVERLAP, other->head.id, prefix_format(&other->cidr, b)));
    if (!table || strcmp(table->vpc_id, subnet->vpc_id) != 0)
        return model_refuse_other_vpc(q, MODEL_ROUTE_TABLE, "routeTableId", subnet->route_table_id,
                                      subnet->vpc_id);
    return subnet->interface ? check_network(q, subnet) : 0;
}

/* ---- route tables ---- */

/* What is marked as an attachment's goes with it, which takes that the attachment knows the table.
 */
static int check_propagations(struct model_request *q, const struct model_route_table *table)
{
    for (uint32_t i = 0; i < table->propagations.count; i++) {
        const struct model_table_propagation *p = &table->propagations.items[i];
        const struct model_vpc_attachment *attachment =
            snapshot_get(q->s, MODEL_VPC_ATTACHMENT, p->vpc_attachment_id);
        char path[MODEL_PATH_MAX];

        if (!p->vpc_attachment_id ||
            (attachment && model_ids_hold(&attachment->route_table_ids, table->head.id) &&
             strcmp(attachment->border_gateway_id, p->border_gateway_id) == 0))
            continue;
        snprintf(path, sizeof(path), "propagations[%u].vpcAttachmentId", i);
        return model_error_set(q->error, 400, "invalid-value", path, p->vpc_attachment_id,
                               SAY(CHANGE_ATTACHMENT_MARK));
    }
    return 0;
}

static int check_instance_hop(struct model_request *q, const struct model_route_table *table,
                              const char *hop, const char *path)
{
    const struct model_instance *instance = snapshot_get(q->s, MODEL_INSTANCE, hop);
    const struct model_subnet *subnet =
        instance ? snapshot_get(q->s, MODEL_SUBNET, instance->subnet_id) : NULL;

    if (subnet && strcmp(subnet->vpc_id, table->vpc_id) == 0)
        return 0;
    return model_error_set(q->error, 400, "invalid-value", path, hop,
                           SAY(CHANGE_HOP_VPC, table->vpc_id));
}

/* A router in a real network. */
static int check_router_hop(struct model_request *q, const struct model_route_table *table,
                            const struct addr *hop, const char *path)
{
    const struct model_subnet *subnet = snapshot_subnet_at(q->s, table->vpc_id, hop);
    char text[ADDR_TEXT_MAX];

    addr_format(hop, text);
    if (!subnet || !subnet->interface)
        return model_error_set(q->error, 400, "invalid-value", path, text,
                               SAY(CHANGE_HOP_NO_NETWORK, table->vpc_id, hop));
    if (model_subnet_reserved(&subnet->cidr, hop))
        return model_error_set(q->error, 400, "invalid-value", path, text,
                               SAY(CHANGE_HOP_RESERVED, hop, &subnet->cidr));
    return 0;
}

static int check_route_table(struct model_request *q, const struct model_route_table *table)
{
    int r = check_propagations(q, table);

    for (uint32_t i = 0; r == 0 && i < table->routes.count; i++) {
        const char *hop = table->routes.items[i].next_hop;
        const struct model_kind *kind = model_kind_of_id(hop);
        char path[MODEL_PATH_MAX];
        struct addr router;

        snprintf(path, sizeof(path), "routes[%u].nextHop", i);
        if (kind && kind->id == MODEL_INSTANCE)
            r = check_instance_hop(q, table, hop, path);
        else if (addr_parse(hop, &router) == 0)
            r = check_router_hop(q, table, &router, path);
    }
    return r;
}

/* ---- instances ---- */

static int refuse_instance(struct model_request *q, const struct model_subnet *subnet)
{
    return model_error_set(q->error, 409, "conflict", "subnetId", subnet->head.id,
                           SAY(CHANGE_SUBNET_IS_NETWORK, subnet->interface));
}

static int check_address(struct model_request *q, const struct model_instance *instance)
{
    const struct model_subnet *subnet = snapshot_get(q->s, MODEL_SUBNET, instance->subnet_id);
    char range[PREFIX_TEXT_MAX], address[ADDR_TEXT_MAX];

    if (!subnet)
        return model_internal_error(q->error);
    if (subnet->interface)
        return refuse_instance(q, subnet);
    prefix_format(&subnet->cidr, range);
    addr_format(&instance->address, address);
    if (!prefix_contains_addr(&subnet->cidr, &instance->address))
        return model_error_set(q->error, 400, "invalid-value", "address", address,
                               SAY(CHANGE_ADDRESS_OUTSIDE, range));
    if (model_subnet_reserved(&subnet->cidr, &instance->address))
        return model_error_set(q->error, 400, "invalid-value", "address", address,
                               SAY(CHANGE_ADDRESS_RESERVED, range));
    return 0;
}

static int check_neighbours(struct model_request *q, const struct model_instance *instance)
{
    struct prefix host = prefix_make(&instance->address, (uint8_t)addr_bits(&instance->address));
    const struct model_instance *other =
        snapshot_overlap(q->s, SPACE_INSTANCES, instance->subnet_id, &host, instance->head.id);
    char text[ADDR_TEXT_MAX];

    if (!other)
        return 0;
    return model_error_set(q->error, 409, "conflict", "address",
                           addr_format(&instance->address, text),
                           SAY(CHANGE_ADDRESS_TAKEN, other->head.id));
}

static int check_instance(struct model_request *q, const struct model_instance *instance)
{
    const struct model_instance *before = (const struct model_instance *)q->current;
    int r = check_address(q, instance);

    if (r == 0)
        r = check_node_role(q, instance->node_id, before ? before->node_id : NULL);
    if (r == 0)
        r = check_neighbours(q, instance);
    /* Those that wait for a node will be on the same one. */
    return r == 0
               ? model_check_claim(q, instance->node_id, instance->interface, 0, instance->head.id)
               : r;
}

/* ---- nodes ---- */

static int check_node(struct model_request *q, const struct model_node *node)
{
    const struct model_resource *other;
    struct snapshot_iter it;

    if (q->current && strcmp(q->current->name, node->head.name) == 0)
        return 0;
    snapshot_named(&it, q->s, MODEL_NODE, node->head.name);
    while ((other = snapshot_next(&it))) {
        if (strcmp(other->id, node->head.id) != 0)
            return model_error_set(q->error, 409, "conflict", "name", other->name,
                                   SAY(CHANGE_NODE_NAME_TAKEN, other->id));
    }
    return 0;
}

int model_check_topology(struct model_request *q, const struct model_resource *resource)
{
    switch (q->kind->id) {
    case MODEL_REGION:
        return check_region(q, (const struct model_region *)resource);
    case MODEL_NODE:
        return check_node(q, (const struct model_node *)resource);
    case MODEL_VPC:
        return check_vpc(q, (const struct model_vpc *)resource);
    case MODEL_SUBNET:
        return check_subnet(q, (const struct model_subnet *)resource);
    case MODEL_ROUTE_TABLE:
        return check_route_table(q, (const struct model_route_table *)resource);
    case MODEL_INSTANCE:
        return check_instance(q, (const struct model_instance *)resource);
    default:
        return 0;
    }
}
