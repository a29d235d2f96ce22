#include "model_internal.h"

#include <stdio.h>

/* Rules among regions, VPCs, subnets, route tables and instances. */

static int conflict(struct model_request *q, const char *field, const char *value,
                    const char *sentence)
{
    return model_error_set(q->error, 409, "conflict", field, value, "%s", sentence);
}

/* ---- regions ---- */

struct pool_check {
    struct model_request *q;
    const json_t *resource;
};

static int visit_other_region(void *arg, const json_t *other)
{
    const struct pool_check *c = arg;
    const json_t *a, *b;
    struct prefix p, o;
    size_t i, j;

    json_array_foreach (model_list(c->resource, "publicPools"), i, a) {
        json_array_foreach (model_list(other, "publicPools"), j, b) {
            if (prefix_parse(json_string_value(a), &p) == 0 &&
                prefix_parse(json_string_value(b), &o) == 0 && prefix_overlaps(&p, &o))
                return model_error_set(c->q->error, 409, "conflict", "publicPools",
                                       json_string_value(a),
                                       "Public pools must not overlap: region %s has %s.",
                                       model_str(other, "id"), json_string_value(b));
        }
    }
    return 0;
}

static bool in_pools(const json_t *region, const char *text)
{
    const json_t *item;
    struct prefix p;
    struct addr a;
    size_t i;

    if (addr_parse(text, &a) < 0)
        return false;
    json_array_foreach (model_list(region, "publicPools"), i, item) {
        if (prefix_parse(json_string_value(item), &p) == 0 && prefix_contains_addr(&p, &a))
            return true;
    }
    return false;
}

static int visit_pool_user(void *arg, const json_t *connection)
{
    const struct pool_check *c = arg;
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(connection, "cloudAddresses"), i, item) {
        if (!in_pools(c->resource, json_string_value(item)))
            return model_error_set(c->q->error, 409, "conflict", "publicPools",
                                   json_string_value(item),
                                   "publicPools must keep the addresses in use; this one belongs "
                                   "to vpn-connection %s.",
                                   model_str(connection, "id"));
    }
    return 0;
}

static int check_region(struct model_request *q, const json_t *resource)
{
    struct pool_check c = {q, resource};
    const char *id = model_str(resource, "id");
    json_t *existing;
    int r;

    if (!q->current) {
        existing = model_get(q, MODEL_REGION, id);
        json_decref(existing);
        if (existing)
            return conflict(q, "id", id, "There is already a region with this id.");
    }
    r = model_list_where(q, MODEL_REGION, NULL, NULL, id, visit_other_region, &c);
    if (r == 0 && q->current)
        r = model_list_where(q, MODEL_VPN_CONNECTION, NULL, NULL, NULL, visit_pool_user, &c);
    return r;
}

/* ---- VPCs and subnets ---- */

static bool in_vpc(const json_t *vpc, const struct prefix *p)
{
    const json_t *item;
    struct prefix range;
    size_t i;

    if (model_prefix(vpc, "cidr", &range) == 0 && prefix_contains(&range, p))
        return true;
    json_array_foreach (model_list(vpc, "extraCidrs"), i, item) {
        if (prefix_parse(json_string_value(item), &range) == 0 && prefix_contains(&range, p))
            return true;
    }
    return false;
}

static int visit_subnet_of_vpc(void *arg, const json_t *subnet)
{
    const struct pool_check *c = arg;
    struct prefix p;

    if (model_prefix(subnet, "cidr", &p) == 0 && !in_vpc(c->resource, &p))
        return model_error_set(c->q->error, 409, "conflict", "cidr", model_str(subnet, "cidr"),
                               "The VPC's ranges must keep its subnets; subnet %s would lie "
                               "outside.",
                               model_str(subnet, "id"));
    return 0;
}

static int check_vpc(struct model_request *q, const json_t *resource)
{
    struct pool_check c = {q, resource};

    if (!q->current)
        return 0;
    return model_list_where(q, MODEL_SUBNET, "vpcId", model_str(resource, "id"), NULL,
                            visit_subnet_of_vpc, &c);
}

static int visit_sibling(void *arg, const json_t *other)
{
    const struct pool_check *c = arg;
    struct prefix a, b;

    if (model_prefix(c->resource, "cidr", &a) == 0 && model_prefix(other, "cidr", &b) == 0 &&
        prefix_overlaps(&a, &b))
        return model_error_set(c->q->error, 409, "conflict", "cidr", model_str(c->resource, "cidr"),
                               "Subnets of a VPC must not overlap: subnet %s has %s.",
                               model_str(other, "id"), model_str(other, "cidr"));
    return 0;
}

int model_check_same_vpc(struct model_request *q, enum model_kind_id kind, const char *field,
                         const char *id, const char *vpc)
{
    json_t *other = model_get(q, kind, id);
    bool same = strcmp(model_str(other, "vpcId"), vpc) == 0;

    json_decref(other);
    if (same)
        return 0;
    return model_error_set(q->error, 400, "invalid-value", field, id, "%s must name a %s of %s.",
                           field, model_kind(kind)->noun, vpc);
}

static int check_subnet(struct model_request *q, const json_t *resource)
{
    struct pool_check c = {q, resource};
    const char *vpc_id = model_str(resource, "vpcId");
    json_t *vpc = model_get(q, MODEL_VPC, vpc_id);
    struct prefix p;
    bool inside;
    int r;

    inside = model_prefix(resource, "cidr", &p) == 0 && in_vpc(vpc, &p);
    json_decref(vpc);
    if (!inside)
        return model_error_set(q->error, 400, "invalid-value", "cidr", model_str(resource, "cidr"),
                               "cidr must lie inside a range of its VPC %s.", vpc_id);
    r = model_list_where(q, MODEL_SUBNET, "vpcId", vpc_id, model_str(resource, "id"), visit_sibling,
                         &c);
    if (r)
        return r;
    return model_check_same_vpc(q, MODEL_ROUTE_TABLE, "routeTableId",
                                model_str(resource, "routeTableId"), vpc_id);
}

/* ---- route tables ---- */

/* What is marked as an attachment's goes with it, which takes that the attachment knows the table.
 */
static int check_propagations(struct model_request *q, const json_t *resource)
{
    const json_t *item;
    size_t i;

    json_array_foreach (model_list(resource, "propagations"), i, item) {
        const char *id = model_str(item, "vpcAttachmentId");
        json_t *attachment = *id ? model_get(q, MODEL_VPC_ATTACHMENT, id) : NULL;
        bool made = !*id || (model_names_table(attachment, model_str(resource, "id")) &&
                             strcmp(model_str(attachment, "borderGatewayId"),
                                    model_str(item, "borderGatewayId")) == 0);
        char path[MODEL_PATH_MAX];

        json_decref(attachment);
        if (made)
            continue;
        snprintf(path, sizeof(path), "propagations[%zu].vpcAttachmentId", i);
        return model_error_set(q->error, 400, "invalid-value", path, id,
                               "vpcAttachmentId marks what an attachment of this gateway made "
                               "because its routeTableIds name this table; leave it out.");
    }
    return 0;
}

static int check_route_table(struct model_request *q, const json_t *resource)
{
    const json_t *route;
    size_t i;
    int r = check_propagations(q, resource);

    if (r < 0)
        return r;

    json_array_foreach (model_list(resource, "routes"), i, route) {
        const char *hop = model_str(route, "nextHop");
        const struct model_kind *kind = model_kind_of_id(hop);
        json_t *instance, *subnet;
        bool same;

        if (!kind || kind->id != MODEL_INSTANCE)
            continue;
        instance = model_get(q, MODEL_INSTANCE, hop);
        subnet = model_get(q, MODEL_SUBNET, model_str(instance, "subnetId"));
        same = strcmp(model_str(subnet, "vpcId"), model_str(resource, "vpcId")) == 0;
        json_decref(subnet);
        json_decref(instance);
        if (!same) {
            char path[MODEL_PATH_MAX];

            snprintf(path, sizeof(path), "routes[%zu].nextHop", i);
            return model_error_set(q->error, 400, "invalid-value", path, hop,
                                   "An instance as next hop must be in the table's VPC %s.",
                                   model_str(resource, "vpcId"));
        }
    }
    return 0;
}

/* ---- instances ---- */

static int visit_neighbour(void *arg, const json_t *other)
{
    const struct pool_check *c = arg;

    if (strcmp(model_str(other, "address"), model_str(c->resource, "address")) != 0)
        return 0;
    return model_error_set(c->q->error, 409, "conflict", "address", model_str(other, "address"),
                           "The address belongs to instance %s.", model_str(other, "id"));
}

static int visit_interface(void *arg, const json_t *other)
{
    const struct pool_check *c = arg;
    const char *name = model_str(c->resource, "interface");

    if (strcmp(model_str(other, "interface"), name) != 0)
        return 0;
    return model_error_set(c->q->error, 409, "conflict", "interface", name,
                           "The interface %s of this node belongs to instance %s.", name,
                           model_str(other, "id"));
}

static int check_address(struct model_request *q, const json_t *resource)
{
    json_t *subnet = model_get(q, MODEL_SUBNET, model_str(resource, "subnetId"));
    struct prefix p;
    struct addr a;
    bool known = model_prefix(subnet, "cidr", &p) == 0;
    char range[PREFIX_TEXT_MAX];

    json_decref(subnet);
    if (!known)
        return model_internal_error(q->error);
    if (model_addr(resource, "address", &a) < 0 || !prefix_contains_addr(&p, &a))
        return model_error_set(q->error, 400, "invalid-value", "address",
                               model_str(resource, "address"), "address must lie in the subnet %s.",
                               prefix_format(&p, range));
    if (model_subnet_reserved(&p, &a))
        return model_error_set(q->error, 400, "invalid-value", "address",
                               model_str(resource, "address"),
                               "The first, second, third and last address of the subnet %s are "
                               "reserved.",
                               prefix_format(&p, range));
    return 0;
}

static int check_node_role(struct model_request *q, const json_t *resource)
{
    const char *id = model_str(resource, "nodeId");
    json_t *node;
    bool carries;

    /* A node that has lost the role since keeps what it has. */
    if (!*id || strcmp(model_str(q->current, "nodeId"), id) == 0)
        return 0;
    node = model_get(q, MODEL_NODE, id);
    carries = model_has_role(node, "compute");
    json_decref(node);
    if (carries)
        return 0;
    return model_error_set(q->error, 400, "invalid-value", "nodeId", id,
                           "nodeId must name a node with the role compute.");
}

static int check_instance(struct model_request *q, const json_t *resource)
{
    struct pool_check c = {q, resource};
    int r = check_address(q, resource);

    if (r == 0)
        r = check_node_role(q, resource);
    if (r == 0)
        r = model_list_where(q, MODEL_INSTANCE, "subnetId", model_str(resource, "subnetId"),
                             model_str(resource, "id"), visit_neighbour, &c);
    /* Those that wait for a node will be on the same one. */
    if (r == 0 && *model_str(resource, "interface"))
        r = model_list_where(q, MODEL_INSTANCE, "nodeId", model_str(resource, "nodeId"),
                             model_str(resource, "id"), visit_interface, &c);
    return r;
}

/* ---- nodes ---- */

static int visit_namesake(void *arg, const json_t *other)
{
    const struct pool_check *c = arg;

    return model_error_set(c->q->error, 409, "conflict", "name", model_str(other, "name"),
                           "A node is known by its name when it comes back; %s has this one.",
                           model_str(other, "id"));
}

static int check_node(struct model_request *q, const json_t *resource)
{
    struct pool_check c = {q, resource};

    if (q->current && strcmp(model_str(q->current, "name"), model_str(resource, "name")) == 0)
        return 0;
    return model_list_where(q, MODEL_NODE, "name", model_str(resource, "name"),
                            model_str(resource, "id"), visit_namesake, &c);
}

int model_check_topology(struct model_request *q, const json_t *resource)
{
    switch (q->kind->id) {
    case MODEL_REGION:
        return check_region(q, resource);
    case MODEL_NODE:
        return check_node(q, resource);
    case MODEL_VPC:
        return check_vpc(q, resource);
    case MODEL_SUBNET:
        return check_subnet(q, resource);
    case MODEL_ROUTE_TABLE:
        return check_route_table(q, resource);
    case MODEL_INSTANCE:
        return check_instance(q, resource);
    default:
        return 0;
    }
}
