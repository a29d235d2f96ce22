#include "model_internal.h"

/* The kinds, the headings of their fields, and how they are found. */

/* ---- the kinds ---- */

static const struct model_kind kinds[MODEL_KINDS] = {
    [MODEL_REGION] = {MODEL_REGION,
                      "region",
                      "regions",
                      "region",
                      "",
                      {"Region", "区域"},
                      {"A region: a failure domain with its own public addresses",
                       "拥有自己的公网地址的故障域"},
                      model_region_fields},
    [MODEL_NODE] = {MODEL_NODE,
                    "node",
                    "nodes",
                    "node",
                    "node-",
                    {"Node", "节点"},
                    {"A machine that carries gateways and instances; it registers itself",
                     "承载网关和实例的主机；由其自行注册"},
                    model_node_fields},
    [MODEL_VPC] = {MODEL_VPC,
                   "vpc",
                   "vpcs",
                   "vpc",
                   "vpc-",
                   {"VPC", "VPC"},
                   {"A private network", "私有网络"},
                   model_vpc_fields},
    [MODEL_SUBNET] = {MODEL_SUBNET,
                      "subnet",
                      "subnets",
                      "subnet",
                      "subnet-",
                      {"Subnet", "子网"},
                      {"A part of a VPC's range in which instances live",
                       "VPC网段的一部分，实例位于其中"},
                      model_subnet_fields},
    [MODEL_ROUTE_TABLE] = {MODEL_ROUTE_TABLE,
                           "routeTable",
                           "routeTables",
                           "route-table",
                           "rtb-",
                           {"Route table", "路由表"},
                           {"Routes that the subnets of a VPC use", "VPC的子网使用的路由"},
                           model_route_table_fields},
    [MODEL_INSTANCE] = {MODEL_INSTANCE,
                        "instance",
                        "instances",
                        "instance",
                        "i-",
                        {"Instance", "实例"},
                        {"A thing with an address in a subnet", "子网中拥有地址的对象"},
                        model_instance_fields},
    [MODEL_BORDER_GATEWAY] = {MODEL_BORDER_GATEWAY,
                              "borderGateway",
                              "borderGateways",
                              "border-gateway",
                              "bgw-",
                              {"Border gateway", "边界网关"},
                              {"Routes between VPCs and VPN connections", "在VPC与VPN连接之间路由"},
                              model_border_gateway_fields},
    [MODEL_BORDER_GATEWAY_ROUTE] = {MODEL_BORDER_GATEWAY_ROUTE,
                                    "borderGatewayRoute",
                                    "borderGatewayRoutes",
                                    "border-gateway-route",
                                    "bgwroute-",
                                    {"Border gateway route", "边界网关静态路由"},
                                    {"A static route of a border gateway", "边界网关的静态路由"},
                                    model_border_gateway_route_fields},
    [MODEL_VPC_ATTACHMENT] = {MODEL_VPC_ATTACHMENT,
                              "vpcAttachment",
                              "vpcAttachments",
                              "vpc-attachment",
                              "vpcattach-",
                              {"VPC attachment", "VPC接口"},
                              {"Joins a VPC to a border gateway", "将VPC接入边界网关"},
                              model_vpc_attachment_fields},
    [MODEL_CUSTOMER_GATEWAY] = {MODEL_CUSTOMER_GATEWAY,
                                "customerGateway",
                                "customerGateways",
                                "customer-gateway",
                                "cgw-",
                                {"Customer gateway", "客户网关"},
                                {"The customer's VPN device as the cloud knows it",
                                 "云端所知的客户侧VPN设备"},
                                model_customer_gateway_fields},
    [MODEL_VPN_CONNECTION] = {MODEL_VPN_CONNECTION,
                              "vpnConnection",
                              "vpnConnections",
                              "vpn-connection",
                              "vpn-",
                              {"VPN connection", "VPN连接"},
                              {"Joins a border gateway to a customer gateway",
                               "连接边界网关与客户网关"},
                              model_vpn_connection_fields},
    [MODEL_VPN_TUNNEL] = {MODEL_VPN_TUNNEL,
                          "vpnTunnel",
                          "vpnTunnels",
                          "vpn-tunnel",
                          "vpntun-",
                          {"VPN tunnel", "VPN隧道"},
                          {"One IPsec tunnel of a VPN connection", "VPN连接的一条IPsec隧道"},
                          model_vpn_tunnel_fields},
    [MODEL_PRIVATE_INTERFACE] = {MODEL_PRIVATE_INTERFACE,
                                 "privateInterface",
                                 "privateInterfaces",
                                 "pvif",
                                 "pvif-",
                                 {"Private interface", "专线接口"},
                                 {"Joins a leased line to a border gateway", "将专线接入边界网关"},
                                 model_private_interface_fields},
    [MODEL_PLACEMENT] =
        {MODEL_PLACEMENT,
         "placement",
         "placements",
         "placement",
         "",
         {"Placement", "安置"},
         {"Which node carries a border gateway or a cloud address; made by the server",
          "边界网关或云端地址由哪个节点承载；由服务器创建"},
         model_placement_fields},
    [MODEL_ALARM] = {MODEL_ALARM,
                     "alarm",
                     "alarms",
                     "alarm",
                     "alarm-",
                     {"Alarm", "告警"},
                     {"Warns of a state or a metric, by events, webhook and mail",
                      "针对状态或指标告警，通过事件、Webhook和邮件通知"},
                     model_alarm_fields},
};

/* ---- headings ---- */

static const struct model_section sections[MODEL_SECTIONS] = {
    [MODEL_SECTION_GENERAL] = {MODEL_SECTION_GENERAL, "general", {"General", "基本信息"}},
    [MODEL_SECTION_ADDRESSES] = {MODEL_SECTION_ADDRESSES, "addresses", {"Addresses", "地址"}},
    [MODEL_SECTION_ROUTING] = {MODEL_SECTION_ROUTING, "routing", {"Routing", "路由"}},
    [MODEL_SECTION_BGP] = {MODEL_SECTION_BGP, "bgp", {"BGP", "BGP"}},
    [MODEL_SECTION_HOSTING] = {MODEL_SECTION_HOSTING, "hosting", {"Hosting", "承载"}},
    [MODEL_SECTION_IKE] = {MODEL_SECTION_IKE, "ike", {"IKE", "IKE"}},
    [MODEL_SECTION_IPSEC] = {MODEL_SECTION_IPSEC, "ipsec", {"IPsec", "IPsec"}},
    [MODEL_SECTION_DPD] = {MODEL_SECTION_DPD,
                           "dpd",
                           {"Dead peer detection (DPD)", "对端存活检测（DPD）"}},
    [MODEL_SECTION_PROBE] = {MODEL_SECTION_PROBE, "probe", {"Probes", "探测"}},
    [MODEL_SECTION_STARTUP] = {MODEL_SECTION_STARTUP, "startup", {"Startup", "协商发起"}},
    [MODEL_SECTION_MTU] = {MODEL_SECTION_MTU, "mtu", {"MTU", "MTU"}},
    [MODEL_SECTION_LIMITS] = {MODEL_SECTION_LIMITS, "limits", {"Limits", "限额"}},
    [MODEL_SECTION_STATUS] = {MODEL_SECTION_STATUS, "status", {"Status", "状态"}},
    [MODEL_SECTION_RECORD] = {MODEL_SECTION_RECORD, "record", {"Record", "记录"}},
};

const struct model_section *model_section(enum model_section_id id)
{
    return &sections[id];
}

const struct model_kind *model_kind(enum model_kind_id id)
{
    return &kinds[id];
}

const struct model_field *model_common_fields(const struct model_kind *kind)
{
    switch (kind->id) {
    case MODEL_REGION:
        return model_region_common;
    case MODEL_TOKEN:
        return model_token_common;
    case MODEL_USER:
        return model_user_common;
    default:
        return model_common;
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
