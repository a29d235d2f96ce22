#include "model_internal.h"

#include <stdio.h>

/* The quotas, one row each. */

static const struct model_quota quotas[] = {
    {"nodes", 100, {"Nodes in a region; they register themselves", "区域内的节点数；节点自行注册"}},
    {"borderGateways", 5, {"Border gateways in a region", "区域内的边界网关数"}},
    {"vpnConnectionsPerBorderGateway",
     10,
     {"VPN connections of a border gateway", "每个边界网关的VPN连接数"}},
    {"privateInterfacesPerBorderGateway",
     10,
     {"Private interfaces of a border gateway", "每个边界网关的专线接口数"}},
    {"attachmentsPerBorderGateway",
     50,
     {"VPC attachments of a border gateway", "每个边界网关的VPC接口数"}},
    {"staticRoutesPerBorderGateway",
     50,
     {"Static routes of a border gateway", "每个边界网关的静态路由数"}},
    {"dynamicRoutesPerBorderGateway",
     300,
     {"Routes a border gateway learns by BGP", "每个边界网关通过BGP学到的路由数"}},
    {"customerGateways", 10, {"Customer gateways in a region", "区域内的客户网关数"}},
    {"addressesPerCustomerGateway", 4, {"Addresses of a customer gateway", "每个客户网关的地址数"}},
    {"alarms", 100, {"Alarms in a region", "区域内的告警数"}},
    {"vpcs", 10, {"VPCs in a region", "区域内的VPC数"}},
    {"subnetsPerVpc", 10, {"Subnets of a VPC", "每个VPC的子网数"}},
    {"routeTablesPerVpc", 10, {"Route tables of a VPC", "每个VPC的路由表数"}},
    {"staticRoutesPerRouteTable", 50, {"Static routes of a route table", "每个路由表的静态路由数"}},
    {"propagatedRoutesPerRouteTable",
     100,
     {"Propagated routes of a route table", "每个路由表的传播路由数"}},
    {0},
};

/* How usage is counted: resources of a kind, those with the same owner, or elements of a list. The
 * quotas on learned routes are not here: what the planner computes is cut there. */
static const struct {
    const char *quota;
    enum model_kind_id kind;
    enum model_link owner;  /* LINK_NONE: the region */
    const char *owner_name; /* the member */
    const char *list;       /* the member, or NULL */
} counts[] = {
    {"nodes", MODEL_NODE, LINK_NONE, NULL, NULL},
    {"borderGateways", MODEL_BORDER_GATEWAY, LINK_NONE, NULL, NULL},
    {"vpnConnectionsPerBorderGateway", MODEL_VPN_CONNECTION, LINK_CONNECTION_GATEWAY,
     "borderGatewayId", NULL},
    {"privateInterfacesPerBorderGateway", MODEL_PRIVATE_INTERFACE, LINK_PRIVATE_GATEWAY,
     "borderGatewayId", NULL},
    {"attachmentsPerBorderGateway", MODEL_VPC_ATTACHMENT, LINK_ATTACHMENT_GATEWAY,
     "borderGatewayId", NULL},
    {"staticRoutesPerBorderGateway", MODEL_BORDER_GATEWAY_ROUTE, LINK_ROUTE_GATEWAY,
     "borderGatewayId", NULL},
    {"customerGateways", MODEL_CUSTOMER_GATEWAY, LINK_NONE, NULL, NULL},
    {"addressesPerCustomerGateway", MODEL_CUSTOMER_GATEWAY, LINK_NONE, NULL, "addresses"},
    {"alarms", MODEL_ALARM, LINK_NONE, NULL, NULL},
    {"vpcs", MODEL_VPC, LINK_NONE, NULL, NULL},
    {"subnetsPerVpc", MODEL_SUBNET, LINK_SUBNET_VPC, "vpcId", NULL},
    {"routeTablesPerVpc", MODEL_ROUTE_TABLE, LINK_TABLE_VPC, "vpcId", NULL},
    {"staticRoutesPerRouteTable", MODEL_ROUTE_TABLE, LINK_NONE, NULL, "routes"},
};

const struct model_quota *model_quotas(void)
{
    return quotas;
}

int64_t model_quota_value(const struct snapshot *s, const char *name)
{
    const struct model_region *region = snapshot_region(s);

    for (uint32_t i = 0; region && i < region->quotas.count; i++) {
        if (strcmp(region->quotas.items[i].name, name) == 0)
            return region->quotas.items[i].value;
    }
    for (size_t i = 0; quotas[i].name; i++) {
        if (strcmp(quotas[i].name, name) == 0)
            return quotas[i].value;
    }
    return 0;
}

static int refuse(struct model_request *q, size_t i, int64_t limit)
{
    const char *owner = counts[i].owner_name, *list = counts[i].list;
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)limit);
    return model_error_set(q->error, 409, "quota-exceeded",
                           owner  ? owner
                           : list ? list
                                  : "",
                           text, SAY(CHANGE_QUOTA, counts[i].quota, model_region_of(q), text));
}

/* How many elements the list has in what is stored. */
static size_t stored_elements(const struct model_resource *current)
{
    if (current->kind->id == MODEL_CUSTOMER_GATEWAY)
        return ((const struct model_customer_gateway *)current)->addresses.count;
    return ((const struct model_route_table *)current)->routes.count;
}

int model_check_quotas(struct model_request *q, const json_t *resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        const char *list = counts[i].list;
        int64_t limit, have;

        if (counts[i].kind != q->kind->id || (!list && q->current))
            continue;
        limit = model_quota_value(q->s, counts[i].quota);
        if (list) {
            have = (int64_t)json_array_size(model_list(resource, list));
            /* A quota lowered later must not stop a list from shrinking or staying as it is. */
            if (q->current && have <= (int64_t)stored_elements(q->current))
                continue;
        } else if (counts[i].owner) {
            have = (int64_t)snapshot_count_linked(q->s, counts[i].owner,
                                                  model_str(resource, counts[i].owner_name)) +
                   1;
        } else {
            have = (int64_t)snapshot_count(q->s, q->kind->id) + 1;
        }
        if (have > limit)
            return refuse(q, i, limit);
    }
    return 0;
}

/* ---- what is used ---- */

/* The id of whoever the quota is of. */
static const char *owner_id(const struct model_resource *r, enum model_link owner)
{
    switch (owner) {
    case LINK_CONNECTION_GATEWAY:
        return ((const struct model_vpn_connection *)r)->border_gateway_id;
    case LINK_PRIVATE_GATEWAY:
        return ((const struct model_private_interface *)r)->border_gateway_id;
    case LINK_ATTACHMENT_GATEWAY:
        return ((const struct model_vpc_attachment *)r)->border_gateway_id;
    case LINK_ROUTE_GATEWAY:
        return ((const struct model_gateway_route *)r)->border_gateway_id;
    case LINK_SUBNET_VPC:
        return ((const struct model_subnet *)r)->vpc_id;
    case LINK_TABLE_VPC:
        return ((const struct model_route_table *)r)->vpc_id;
    default:
        return NULL;
    }
}

static const struct model_resource *find_owner(const struct snapshot *s, size_t i,
                                               const struct model_resource *r)
{
    const struct model_region *region = snapshot_region(s);
    const char *id;

    if (counts[i].list)
        return snapshot_get(s, r->kind->id, r->id);
    if (counts[i].owner == LINK_NONE)
        return region ? &region->head : NULL;
    id = owner_id(r, counts[i].owner);
    return id ? snapshot_get(
                    s, strcmp(counts[i].owner_name, "vpcId") ? MODEL_BORDER_GATEWAY : MODEL_VPC, id)
              : NULL;
}

/* As much of it as this owner has. */
static int64_t used_by(const struct snapshot *s, size_t i, const struct model_resource *owner)
{
    if (counts[i].list)
        return (int64_t)stored_elements(owner);
    return (int64_t)(counts[i].owner ? snapshot_count_linked(s, counts[i].owner, owner->id)
                                     : snapshot_count(s, counts[i].kind));
}

/* The kind that has the quota. */
static enum model_kind_id owner_kind(size_t i)
{
    if (counts[i].list)
        return counts[i].kind;
    if (counts[i].owner == LINK_NONE)
        return MODEL_REGION;
    return strcmp(counts[i].owner_name, "vpcId") ? MODEL_BORDER_GATEWAY : MODEL_VPC;
}

/* -1: it is none that resources are counted for. */
static int find_count(const char *quota)
{
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        if (strcmp(counts[i].quota, quota) == 0)
            return (int)i;
    }
    return -1;
}

void model_quota_each(const struct snapshot *s,
                      bool (*sees)(void *arg, const struct model_resource *resource),
                      void (*take)(void *arg, const struct model_quota *quota,
                                   const struct model_use *use),
                      void *arg)
{
    for (const struct model_quota *q = quotas; q->name; q++) {
        struct model_use use = {.quota = q->name, .limit = model_quota_value(s, q->name)};
        int i = find_count(q->name);

        if (i < 0) {
            use.used = -1;
            take(arg, q, &use);
            continue;
        }
        snapshot_each (struct model_resource, owner, it, s, owner_kind((size_t)i)) {
            int64_t used = sees(arg, owner) ? used_by(s, (size_t)i, owner) : -1;

            if (used > use.used || (used == use.used && !use.owner)) {
                use.used = used;
                use.owner = owner;
            }
        }
        take(arg, q, &use);
    }
}

void model_quota_uses(const struct snapshot *before, const struct snapshot *after,
                      enum model_kind_id kind, const char *id,
                      void (*take)(void *arg, const struct model_use *use), void *arg)
{
    const struct model_resource *r = snapshot_get(after, kind, id);

    if (!r)
        r = snapshot_get(before, kind, id);
    for (size_t i = 0; r && i < ARRAY_SIZE(counts); i++) {
        struct model_use use = {.quota = counts[i].quota};

        use.owner = counts[i].kind == kind ? find_owner(after, i, r) : NULL;
        if (!use.owner)
            continue;
        use.limit = model_quota_value(after, use.quota);
        use.used = used_by(after, i, use.owner);
        take(arg, &use);
    }
}
