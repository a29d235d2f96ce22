#include "model_internal.h"

#include <stdio.h>

/* The quotas, one row each. */

static const struct model_quota quotas[] = {
    {"nodes", 100, "Nodes in a region; they register themselves", "节点"},
    {"borderGateways", 5, "Border gateways in a region", "边界网关"},
    {"vpnConnectionsPerBorderGateway", 10, "VPN connections of a border gateway",
     "每个边界网关的VPN连接"},
    {"attachmentsPerBorderGateway", 50, "VPC attachments of a border gateway",
     "每个边界网关的VPC接口"},
    {"staticRoutesPerBorderGateway", 50, "Static routes of a border gateway",
     "每个边界网关的静态路由"},
    {"dynamicRoutesPerBorderGateway", 300, "Routes a border gateway learns by BGP",
     "每个边界网关的动态路由"},
    {"customerGateways", 10, "Customer gateways in a region", "客户网关"},
    {"addressesPerCustomerGateway", 4, "Addresses of a customer gateway", "每个客户网关的地址"},
    {"vpcs", 10, "VPCs in a region", "VPC"},
    {"subnetsPerVpc", 10, "Subnets of a VPC", "每个VPC的子网"},
    {"routeTablesPerVpc", 10, "Route tables of a VPC", "每个VPC的路由表"},
    {"staticRoutesPerRouteTable", 50, "Static routes of a route table", "每个路由表的静态路由"},
    {"propagatedRoutesPerRouteTable", 100, "Propagated routes of a route table",
     "每个路由表的传播路由"},
    {0},
};

/* How usage is counted: resources of a kind, those with the same owner, or elements of a list. The
 * quotas on learned routes are not here: what the planner computes is cut there. */
static const struct {
    const char *quota;
    enum model_kind_id kind;
    const char *owner; /* path of the reference to the owner, or NULL: the region */
    const char *list;  /* path of the list, or NULL */
} counts[] = {
    {"nodes", MODEL_NODE, NULL, NULL},
    {"borderGateways", MODEL_BORDER_GATEWAY, NULL, NULL},
    {"vpnConnectionsPerBorderGateway", MODEL_VPN_CONNECTION, "borderGatewayId", NULL},
    {"attachmentsPerBorderGateway", MODEL_VPC_ATTACHMENT, "borderGatewayId", NULL},
    {"staticRoutesPerBorderGateway", MODEL_BORDER_GATEWAY_ROUTE, "borderGatewayId", NULL},
    {"customerGateways", MODEL_CUSTOMER_GATEWAY, NULL, NULL},
    {"addressesPerCustomerGateway", MODEL_CUSTOMER_GATEWAY, NULL, "addresses"},
    {"vpcs", MODEL_VPC, NULL, NULL},
    {"subnetsPerVpc", MODEL_SUBNET, "vpcId", NULL},
    {"routeTablesPerVpc", MODEL_ROUTE_TABLE, "vpcId", NULL},
    {"staticRoutesPerRouteTable", MODEL_ROUTE_TABLE, NULL, "routes"},
};

const struct model_quota *model_quotas(void)
{
    return quotas;
}

int64_t model_quota_value(const json_t *region, const char *name)
{
    const json_t *overrides = json_object_get(region, "quotas");
    const json_t *value = json_object_get(overrides, name);

    if (json_is_integer(value))
        return json_integer_value(value);
    for (size_t i = 0; quotas[i].name; i++) {
        if (strcmp(quotas[i].name, name) == 0)
            return quotas[i].value;
    }
    return 0;
}

int model_check_quotas(struct model_request *q, const json_t *resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        const char *owner = counts[i].owner, *list = counts[i].list;
        int64_t limit, have;

        if (counts[i].kind != q->kind->id || (!list && q->current))
            continue;
        limit = model_quota_value(q->region_object, counts[i].quota);
        if (list) {
            size_t n = json_array_size(model_list(resource, list));

            /* A quota lowered later must not stop a list from shrinking or staying as it is. */
            if (q->current && n <= json_array_size(model_list(q->current, list)))
                continue;
            have = (int64_t)n;
        } else {
            have =
                model_count_where(q, q->kind->id, owner, owner ? model_str(resource, owner) : "");
            if (have < 0)
                return model_internal_error(q->error);
            have++;
        }
        if (have > limit) {
            char text[24];

            snprintf(text, sizeof(text), "%lld", (long long)limit);
            return model_error_set(q->error, 409, "quota-exceeded",
                                   owner  ? owner
                                   : list ? list
                                          : "",
                                   text,
                                   "The quota %s of region %s is %s and is used up; it can be "
                                   "raised in the region's quotas.",
                                   counts[i].quota, q->region, text);
        }
    }
    return 0;
}
