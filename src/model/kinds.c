#include "model_internal.h"

/* The kinds, what all of them share, and how they are found. */

#define NO_FIELD                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

/* ---- the kinds ---- */

static const struct model_kind kinds[MODEL_KINDS] = {
    [MODEL_REGION] = {MODEL_REGION, "region", "regions", "region", "",
                      "A region: a failure domain with its own public addresses", "区域",
                      model_region_fields},
    [MODEL_NODE] = {MODEL_NODE, "node", "nodes", "node", "node-",
                    "A machine that carries gateways and instances; it registers itself", "节点",
                    model_node_fields},
    [MODEL_VPC] = {MODEL_VPC, "vpc", "vpcs", "vpc", "vpc-", "A private network", "VPC",
                   model_vpc_fields},
    [MODEL_SUBNET] = {MODEL_SUBNET, "subnet", "subnets", "subnet", "subnet-",
                      "A part of a VPC's range in which instances live", "子网",
                      model_subnet_fields},
    [MODEL_ROUTE_TABLE] = {MODEL_ROUTE_TABLE, "routeTable", "routeTables", "route-table", "rtb-",
                           "Routes that the subnets of a VPC use", "路由表",
                           model_route_table_fields},
    [MODEL_INSTANCE] = {MODEL_INSTANCE, "instance", "instances", "instance", "i-",
                        "A thing with an address in a subnet", "实例", model_instance_fields},
    [MODEL_BORDER_GATEWAY] = {MODEL_BORDER_GATEWAY, "borderGateway", "borderGateways",
                              "border-gateway", "bgw-", "Routes between VPCs and VPN connections",
                              "边界网关", model_border_gateway_fields},
    [MODEL_BORDER_GATEWAY_ROUTE] = {MODEL_BORDER_GATEWAY_ROUTE, "borderGatewayRoute",
                                    "borderGatewayRoutes", "border-gateway-route", "bgwroute-",
                                    "A static route of a border gateway", "边界网关静态路由",
                                    model_border_gateway_route_fields},
    [MODEL_VPC_ATTACHMENT] = {MODEL_VPC_ATTACHMENT, "vpcAttachment", "vpcAttachments",
                              "vpc-attachment", "vpcattach-", "Joins a VPC to a border gateway",
                              "VPC接口", model_vpc_attachment_fields},
    [MODEL_CUSTOMER_GATEWAY] = {MODEL_CUSTOMER_GATEWAY, "customerGateway", "customerGateways",
                                "customer-gateway", "cgw-",
                                "The customer's VPN device as the cloud knows it", "客户网关",
                                model_customer_gateway_fields},
    [MODEL_VPN_CONNECTION] = {MODEL_VPN_CONNECTION, "vpnConnection", "vpnConnections",
                              "vpn-connection", "vpn-",
                              "Joins a border gateway to a customer gateway", "VPN连接",
                              model_vpn_connection_fields},
    [MODEL_VPN_TUNNEL] = {MODEL_VPN_TUNNEL, "vpnTunnel", "vpnTunnels", "vpn-tunnel", "vpntun-",
                          "One IPsec tunnel of a VPN connection", "VPN隧道",
                          model_vpn_tunnel_fields},
    [MODEL_PLACEMENT] = {MODEL_PLACEMENT, "placement", "placements", "placement", "",
                         "Which node carries a border gateway or a cloud address; made by the "
                         "server",
                         "安置", model_placement_fields},
};

static const char *const condition_states[] = {"true", "false", "unknown", NULL};

static const struct model_field condition_fields[] = {
    {.name = "type",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .description = "What the condition is about",
     .zh = "类型"},
    {.name = "status",
     .type = MODEL_ENUM,
     .access = MODEL_STATUS,
     .values = condition_states,
     .description = "Whether it holds",
     .zh = "状态"},
    {.name = "reason",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .description = "Why, in one word for programs",
     .zh = "原因"},
    {.name = "message",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .flags = MODEL_WORDS,
     .max_len = 512,
     .description = "Why, in a sentence for people",
     .zh = "说明"},
    {.name = "since",
     .type = MODEL_TIME,
     .access = MODEL_STATUS,
     .description = "When it last changed",
     .zh = "起始时间"},
    NO_FIELD,
};

#define COMMON_ID(id_access, id_flags, id_max, id_rule)                                            \
    {                                                                                              \
        .name = "id", AT(struct model_resource, id), .type = MODEL_STRING, .access = (id_access),  \
        .flags = (id_flags), .max_len = (id_max), .rule = (id_rule), .description = "Identifier",  \
        .zh = "ID",                                                                                \
    }

#define COMMON_REST                                                                                \
    {.name = "name",                                                                               \
     AT(struct model_resource, name),                                                              \
     .type = MODEL_STRING,                                                                         \
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,                                                      \
     .max_len = 64,                                                                                \
     .rule = &model_rule_name,                                                                     \
     .description = "Name for people; the id when not given",                                      \
     .zh = "名称",                                                                                 \
     .example = "office"},                                                                         \
        {.name = "description",                                                                    \
         AT(struct model_resource, description),                                                   \
         .type = MODEL_STRING,                                                                     \
         .max_len = 256,                                                                           \
         .default_json = "\"\"",                                                                   \
         .description = "Free text",                                                               \
         .zh = "描述"},                                                                            \
        {.name = "tags",                                                                           \
         AT(struct model_resource, tags),                                                          \
         .type = MODEL_TEXT_MAP,                                                                   \
         .max_items = 50,                                                                          \
         .default_json = "{}",                                                                     \
         .description = "Labels: up to 50 keys of 1-128 and values of up to 256 characters",       \
         .zh = "标签",                                                                             \
         .example = "team=net"},                                                                   \
        {.name = "createdAt",                                                                      \
         AT(struct model_resource, created_us),                                                    \
         .type = MODEL_TIME,                                                                       \
         .access = MODEL_READ_ONLY,                                                                \
         .description = "When it was created",                                                     \
         .zh = "创建时间"},                                                                        \
        {.name = "updatedAt",                                                                      \
         AT(struct model_resource, updated_us),                                                    \
         .type = MODEL_TIME,                                                                       \
         .access = MODEL_READ_ONLY,                                                                \
         .description = "When it last changed",                                                    \
         .zh = "更新时间"},                                                                        \
        {.name = "revision",                                                                       \
         AT(struct model_resource, revision),                                                      \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_READ_ONLY,                                                                \
         .min = 1,                                                                                 \
         .max = INT64_MAX,                                                                         \
         .description = "Grows with every change; goes into If-Match",                             \
         .zh = "版本"},                                                                            \
        {.name = "observedRevision",                                                               \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_STATUS,                                                                   \
         .max = INT64_MAX,                                                                         \
         .description = "Newest revision that the nodes have carried out",                         \
         .zh = "已生效版本"},                                                                      \
        {.name = "conditions",                                                                     \
         .type = MODEL_OBJECT,                                                                     \
         .list = true,                                                                             \
         .access = MODEL_STATUS,                                                                   \
         .fields = condition_fields,                                                               \
         .description = "What holds of it at present, and since when",                             \
         .zh = "状况"},                                                                            \
        NO_FIELD

static const struct model_field region_common[] = {
    COMMON_ID(MODEL_CREATE_ONLY, MODEL_REQUIRED | MODEL_COLUMN, 32, &model_rule_region_id),
    COMMON_REST,
};

static const struct model_field token_common[] = {
    COMMON_ID(MODEL_READ_ONLY, MODEL_COLUMN, 32, NULL),
    COMMON_REST,
};

static const struct model_field user_common[] = {
    COMMON_ID(MODEL_CREATE_ONLY, MODEL_REQUIRED | MODEL_COLUMN, 64, &model_rule_user),
    COMMON_REST,
};

static const struct model_field common[] = {
    COMMON_ID(MODEL_READ_ONLY, MODEL_COLUMN, ADDR_TEXT_MAX - 1, NULL),
    {.name = "regionId",
     AT(struct model_resource, region_id),
     .type = MODEL_STRING,
     .access = MODEL_READ_ONLY,
     .max_len = 32,
     .description = "Region it lives in",
     .zh = "区域"},
    {.name = "projectId",
     AT(struct model_resource, project_id),
     .type = MODEL_STRING,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_ALLOCATED,
     .max_len = 64,
     .rule = &model_rule_name,
     .description = "Project it belongs to",
     .zh = "项目"},
    COMMON_REST,
};

const struct model_kind *model_kind(enum model_kind_id id)
{
    return &kinds[id];
}

const struct model_field *model_common_fields(const struct model_kind *kind)
{
    switch (kind->id) {
    case MODEL_REGION:
        return region_common;
    case MODEL_TOKEN:
        return token_common;
    case MODEL_USER:
        return user_common;
    default:
        return common;
    }
}

const struct model_kind *model_kind_by_name(const char *name)
{
    for (size_t i = 0; i < MODEL_KINDS; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

const struct model_kind *model_kind_by_collection(const char *collection)
{
    for (size_t i = 0; i < MODEL_KINDS; i++) {
        if (strcmp(kinds[i].collection, collection) == 0)
            return &kinds[i];
    }
    return NULL;
}

struct words_arg model_kind_word(const struct model_kind *kind)
{
    char code[WORDS_CODE_MAX];

    (void)text_printf(code, sizeof(code), "kind.%s", kind->name);
    return words_coded(words_find(code));
}

const struct model_kind *model_kind_by_noun(const char *noun)
{
    for (size_t i = 0; i < MODEL_KINDS; i++) {
        if (strcmp(kinds[i].noun, noun) == 0)
            return &kinds[i];
    }
    return NULL;
}

const struct model_kind *model_kind_of_id(const char *id)
{
    for (size_t i = 0; i < MODEL_KINDS; i++) {
        if (kinds[i].prefix[0] && text_starts_with(id, kinds[i].prefix))
            return &kinds[i];
    }
    return NULL;
}
