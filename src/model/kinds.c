#include "model_internal.h"

/* The tables. Order of the rows is the order in which people see the fields. */

#define REF(kind)  (1U << (kind))
#define REGION_ASN "65000"
#define NO_FIELD                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

static const char *const node_roles[] = {"gateway", "compute", NULL};
static const char *const node_states[] = {"online", "offline", "draining", NULL};
static const char *const oper_states[] = {"down", "negotiating", "up", NULL};
static const char *const instance_states[] = {"unknown", "starting", "running", "failed", NULL};
static const char *const attachments[] = {"netns", "tap", "nic", NULL};
static const char *const propagations[] = {"all", "subnets", "none", NULL};
static const char *const address_families[] = {"ipv4", "ipv6", "dual", NULL};
static const char *const routings[] = {"bgp", "static", NULL};
static const char *const availabilities[] = {"available", "unavailable", NULL};
static const char *const admin_states[] = {"up", "down", NULL};
static const char *const exchange_modes[] = {"main", "aggressive", NULL};
static const char *const ike_encryptions[] = {
    "aes128", "aes256", "aes192", "aes128gcm16", "aes256gcm16", "chacha20poly1305", NULL};
static const char *const integrities[] = {"sha256", "sha1", "sha384", "sha512", NULL};
static const char *const ipsec_modes[] = {"tunnel", NULL};
static const char *const dpd_actions[] = {"restart", "clear", "none", NULL};
static const char *const ike_groups[] = {"14", "19", "20", "21", "31", "2",
                                         "5",  "15", "16", "18", NULL};
static const char *const pfs_groups[] = {"14", "19", "20", "21", "31",   "2",
                                         "5",  "15", "16", "18", "none", NULL};

static const struct model_field region_fields[] = {
    {.name = "publicPools",
     .type = MODEL_CIDR,
     .list = true,
     .flags = MODEL_DISTINCT | MODEL_COLUMN,
     .max_items = 64,
     .default_json = "[]",
     .description = "Address pools from which VPN connections get their public addresses",
     .zh = "公网地址池",
     .example = "198.51.100.0/24"},
    {.name = "asn",
     .type = MODEL_INT,
     .flags = MODEL_COLUMN,
     .min = 1,
     .max = 4294967294,
     .default_json = REGION_ASN,
     .description = "ASN of border gateways that are created without one",
     .zh = "默认ASN",
     .example = "65000"},
    {.name = "quotas",
     .type = MODEL_INT_MAP,
     .default_json = "{}",
     .description = "Quotas of this region that differ from the default, by name",
     .zh = "配额",
     .example = "vpcs=20"},
    NO_FIELD,
};

static const struct model_field node_fields[] = {
    {.name = "address",
     .type = MODEL_ADDRESS,
     .flags = MODEL_COLUMN,
     .description = "Address at which other nodes of the region reach this one",
     .zh = "节点地址",
     .example = "203.0.113.10"},
    {.name = "publicAddresses",
     .type = MODEL_ADDRESS,
     .list = true,
     .flags = MODEL_DISTINCT,
     .max_items = 256,
     .default_json = "[]",
     .description = "Public addresses that the machine itself holds",
     .zh = "公网地址",
     .example = "203.0.113.10"},
    {.name = "roles",
     .type = MODEL_ENUM,
     .list = true,
     .flags = MODEL_DISTINCT | MODEL_COLUMN,
     .min_items = 1,
     .default_json = "[\"gateway\",\"compute\"]",
     .values = node_roles,
     .description = "What the node carries: VPN gateways, instances, or both",
     .zh = "角色"},
    {.name = "status",
     .type = MODEL_ENUM,
     .access = MODEL_STATUS,
     .flags = MODEL_COLUMN,
     .values = node_states,
     .description = "Whether the node is in touch with its region",
     .zh = "状态"},
    {.name = "lastSeen",
     .type = MODEL_TIME,
     .access = MODEL_STATUS,
     .flags = MODEL_COLUMN,
     .description = "When the node last reported",
     .zh = "最近在线"},
    NO_FIELD,
};

static const struct model_field vpc_fields[] = {
    {.name = "cidr",
     .type = MODEL_CIDR,
     .flags = MODEL_COLUMN,
     .rule = &model_rule_vpc_cidr,
     .description = "Main IPv4 range; may be left out when only extraCidrs are used",
     .zh = "网段",
     .example = "10.1.0.0/16"},
    {.name = "extraCidrs",
     .type = MODEL_CIDR,
     .list = true,
     .flags = MODEL_DISTINCT | MODEL_COLUMN,
     .max_items = 16,
     .default_json = "[]",
     .description = "Further IPv4 or IPv6 ranges of any size that do not overlap",
     .zh = "附加网段",
     .example = "fd00:1::/48"},
    NO_FIELD,
};

static const struct model_field subnet_fields[] = {
    {.name = "vpcId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_VPC),
     .description = "VPC the subnet is cut from",
     .zh = "所属VPC"},
    {.name = "cidr",
     .type = MODEL_CIDR,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .rule = &model_rule_subnet_cidr,
     .description = "Range inside the VPC; its first, second, third and last address are reserved",
     .zh = "网段",
     .example = "10.1.1.0/24"},
    {.name = "routeTableId",
     .type = MODEL_REF,
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,
     .refs = REF(MODEL_ROUTE_TABLE),
     .description = "Route table of the subnet; the VPC's default table when not given",
     .zh = "路由表"},
    NO_FIELD,
};

static const struct model_field route_table_route_fields[] = {
    {.name = "destination",
     .type = MODEL_CIDR,
     .flags = MODEL_REQUIRED,
     .description = "Where the packets go",
     .zh = "目的网段",
     .example = "10.2.0.0/16"},
    {.name = "nextHop",
     .type = MODEL_NEXT_HOP,
     .flags = MODEL_REQUIRED,
     .refs = REF(MODEL_BORDER_GATEWAY) | REF(MODEL_INSTANCE),
     .description = "A border gateway, an instance, or blackhole",
     .zh = "下一跳"},
    NO_FIELD,
};

static const struct model_field propagation_fields[] = {
    {.name = "borderGatewayId",
     .type = MODEL_REF,
     .flags = MODEL_REQUIRED,
     .refs = REF(MODEL_BORDER_GATEWAY),
     .description = "Gateway whose effective routes are copied",
     .zh = "边界网关"},
    {.name = "range",
     .type = MODEL_CIDR,
     .default_json = "\"0.0.0.0/0\"",
     .description = "Only routes inside this range are copied",
     .zh = "传播范围",
     .example = "0.0.0.0/0"},
    {.name = "vpcAttachmentId",
     .type = MODEL_REF,
     .flags = MODEL_SOFT,
     .refs = REF(MODEL_VPC_ATTACHMENT),
     .description = "Attachment that made this propagation and takes it away when it goes",
     .zh = "来源VPC接口"},
    NO_FIELD,
};

static const struct model_field route_table_fields[] = {
    {.name = "vpcId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_VPC),
     .description = "VPC the table belongs to",
     .zh = "所属VPC"},
    {.name = "default",
     .type = MODEL_BOOL,
     .access = MODEL_READ_ONLY,
     .flags = MODEL_COLUMN,
     .default_json = "false",
     .description = "Whether subnets without a choice of their own use this table",
     .zh = "默认路由表"},
    {.name = "routes",
     .type = MODEL_OBJECT,
     .list = true,
     .max_items = 1024,
     .default_json = "[]",
     .fields = route_table_route_fields,
     .description = "Static routes",
     .zh = "静态路由"},
    {.name = "propagations",
     .type = MODEL_OBJECT,
     .list = true,
     .max_items = 64,
     .default_json = "[]",
     .fields = propagation_fields,
     .description = "Gateways whose routes are copied into this table",
     .zh = "路由传播"},
    NO_FIELD,
};

static const struct model_field instance_fields[] = {
    {.name = "subnetId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_SUBNET),
     .description = "Subnet in which the instance lives",
     .zh = "子网"},
    {.name = "address",
     .type = MODEL_ADDRESS,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,
     .description = "Address in the subnet; the next free one when not given",
     .zh = "IP地址",
     .example = "10.1.1.10"},
    {.name = "nodeId",
     .type = MODEL_REF,
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,
     .refs = REF(MODEL_NODE),
     .description = "Node that carries it; the one with the fewest instances when not given",
     .zh = "所在节点"},
    {.name = "attachment",
     .type = MODEL_ENUM,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_COLUMN,
     .default_json = "\"netns\"",
     .values = attachments,
     .description = "A network namespace, a TAP for a VM, or an interface of the host",
     .zh = "接入方式"},
    {.name = "interface",
     .type = MODEL_STRING,
     .access = MODEL_CREATE_ONLY,
     .max_len = 15,
     .rule = &model_rule_interface_name,
     .description = "Name of the TAP to make or of the host interface to take",
     .zh = "接口名",
     .example = "tap-web1"},
    {.name = "status",
     .type = MODEL_ENUM,
     .access = MODEL_STATUS,
     .flags = MODEL_COLUMN,
     .values = instance_states,
     .description = "What the node reports about it",
     .zh = "状态"},
    {.name = "lastError",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .description = "Why it is not running",
     .zh = "最近错误"},
    NO_FIELD,
};

static const struct model_field border_gateway_fields[] = {
    {.name = "asn",
     .type = MODEL_INT,
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,
     .min = 1,
     .max = 4294967294,
     .description = "BGP autonomous system number; the region's default when not given",
     .zh = "ASN",
     .example = "65000"},
    {.name = "transit",
     .type = MODEL_BOOL,
     .flags = MODEL_COLUMN,
     .default_json = "false",
     .description = "Whether VPN connections reach one another through the gateway",
     .zh = "互通转发"},
    NO_FIELD,
};

static const struct model_field border_gateway_route_fields[] = {
    {.name = "borderGatewayId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_BORDER_GATEWAY),
     .description = "Gateway whose static table holds the route",
     .zh = "边界网关"},
    {.name = "destination",
     .type = MODEL_CIDR,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .description = "Where the packets go",
     .zh = "目的网段",
     .example = "10.2.0.0/16"},
    {.name = "nextHop",
     .type = MODEL_NEXT_HOP,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_VPC_ATTACHMENT) | REF(MODEL_VPN_CONNECTION),
     .description = "A VPC attachment or VPN connection of the gateway, or blackhole",
     .zh = "下一跳"},
    NO_FIELD,
};

static const struct model_field vpc_attachment_fields[] = {
    {.name = "borderGatewayId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_BORDER_GATEWAY),
     .description = "Gateway to attach to",
     .zh = "边界网关"},
    {.name = "vpcId",
     .type = MODEL_REF,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_VPC),
     .description = "VPC that is attached",
     .zh = "VPC"},
    {.name = "propagation",
     .type = MODEL_ENUM,
     .flags = MODEL_COLUMN,
     .default_json = "\"all\"",
     .values = propagations,
     .description = "Which subnets the gateway learns: all (also later ones), those named, or none",
     .zh = "传播方式"},
    {.name = "subnetIds",
     .type = MODEL_REF,
     .list = true,
     .flags = MODEL_DISTINCT,
     .default_json = "[]",
     .refs = REF(MODEL_SUBNET),
     .description = "The subnets that propagation subnets names",
     .zh = "传播子网"},
    {.name = "routeTableIds",
     .type = MODEL_REF,
     .list = true,
     .flags = MODEL_ALLOCATED | MODEL_DISTINCT,
     .refs = REF(MODEL_ROUTE_TABLE),
     .description =
         "Route tables of the VPC that follow the gateway; its default table if not given",
     .zh = "关联路由表"},
    {.name = "propagatedAt",
     .type = MODEL_TIME,
     .access = MODEL_READ_ONLY,
     .description = "Since when the attachment propagates this VPC: earlier ones win conflicts",
     .zh = "传播时间"},
    NO_FIELD,
};

static const struct model_field customer_gateway_fields[] = {
    {.name = "asn",
     .type = MODEL_INT,
     .flags = MODEL_COLUMN,
     .min = 1,
     .max = 4294967294,
     .default_json = "65001",
     .description = "BGP autonomous system number of the customer's device",
     .zh = "ASN",
     .example = "65001"},
    {.name = "addresses",
     .type = MODEL_ADDRESS,
     .list = true,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .min_items = 1,
     .max_items = 8,
     .description = "Public addresses of the device: 1, 2 or 4; 0.0.0.0 or :: for one that changes",
     .zh = "公网地址",
     .example = "203.0.113.1"},
    NO_FIELD,
};

static const struct model_field vpn_connection_fields[] = {
    {.name = "borderGatewayId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_BORDER_GATEWAY),
     .description = "Gateway on the cloud side",
     .zh = "边界网关"},
    {.name = "customerGatewayId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_CUSTOMER_GATEWAY),
     .description = "Gateway on the customer's side",
     .zh = "客户网关"},
    {.name = "addressFamily",
     .type = MODEL_ENUM,
     .access = MODEL_CREATE_ONLY,
     .default_json = "\"ipv4\"",
     .values = address_families,
     .description = "Family of the two cloud addresses; dual allocates two of each",
     .zh = "地址类型"},
    {.name = "routing",
     .type = MODEL_ENUM,
     .flags = MODEL_COLUMN,
     .default_json = "\"bgp\"",
     .values = routings,
     .description = "Whether BGP runs over the tunnels; static routes work either way",
     .zh = "路由方式"},
    {.name = "cloudAddresses",
     .type = MODEL_ADDRESS,
     .list = true,
     .access = MODEL_READ_ONLY,
     .flags = MODEL_COLUMN,
     .description = "Public addresses on the cloud side, allocated from the region's pools",
     .zh = "云端公网地址"},
    {.name = "highAvailability",
     .type = MODEL_ENUM,
     .access = MODEL_STATUS,
     .flags = MODEL_COLUMN,
     .values = availabilities,
     .description = "Whether each cloud address has a tunnel up to a customer address of its own",
     .zh = "高可用"},
    NO_FIELD,
};

static const struct model_field ike_fields[] = {
    {.name = "version",
     .type = MODEL_INT,
     .min = 1,
     .max = 2,
     .default_json = "2",
     .description = "Version of IKE",
     .zh = "IKE版本"},
    {.name = "exchangeMode",
     .type = MODEL_ENUM,
     .default_json = "\"main\"",
     .values = exchange_modes,
     .description = "Exchange of IKEv1's first phase",
     .zh = "协商模式"},
    {.name = "dhGroups",
     .type = MODEL_GROUP,
     .list = true,
     .flags = MODEL_DISTINCT,
     .min_items = 1,
     .default_json = "[14,19,20,21,31,15,16,18]",
     .values = ike_groups,
     .description = "Diffie-Hellman groups in order of preference; 2 and 5 are weak",
     .zh = "DH组"},
    {.name = "encryption",
     .type = MODEL_ENUM,
     .list = true,
     .flags = MODEL_DISTINCT,
     .min_items = 1,
     .default_json = "[\"aes128\",\"aes256\",\"aes192\",\"aes128gcm16\",\"aes256gcm16\","
                     "\"chacha20poly1305\"]",
     .values = ike_encryptions,
     .description = "Ciphers in order of preference",
     .zh = "加密算法"},
    {.name = "integrity",
     .type = MODEL_ENUM,
     .list = true,
     .flags = MODEL_DISTINCT,
     .min_items = 1,
     .default_json = "[\"sha256\",\"sha384\",\"sha512\"]",
     .values = integrities,
     .description = "Integrity algorithms and PRFs in order of preference; sha1 is weak",
     .zh = "认证算法"},
    {.name = "lifetimeSeconds",
     .type = MODEL_INT,
     .min = 3600,
     .max = 86400,
     .default_json = "14400",
     .unit = "seconds",
     .description = "Lifetime of an IKE SA",
     .zh = "IKE SA生存周期"},
    NO_FIELD,
};

static const struct model_field ipsec_fields[] = {
    {.name = "mode",
     .type = MODEL_ENUM,
     .default_json = "\"tunnel\"",
     .values = ipsec_modes,
     .description = "ESP in tunnel mode",
     .zh = "封装模式"},
    {.name = "forceUdpEncap",
     .type = MODEL_BOOL,
     .default_json = "false",
     .description = "Wrap ESP in UDP even where no NAT was found",
     .zh = "强制UDP封装"},
    {.name = "dhGroups",
     .type = MODEL_GROUP,
     .list = true,
     .flags = MODEL_DISTINCT,
     .min_items = 1,
     .default_json = "[14,19,20,21,31,15,16,18,\"none\"]",
     .values = pfs_groups,
     .description =
         "Groups for perfect forward secrecy in order of preference; none allows a rekey "
         "without",
     .zh = "PFS DH组"},
    {.name = "encryption",
     .type = MODEL_ENUM,
     .list = true,
     .flags = MODEL_DISTINCT,
     .min_items = 1,
     .default_json = "[\"aes128gcm16\",\"aes256gcm16\",\"chacha20poly1305\",\"aes128\",\"aes256\","
                     "\"aes192\"]",
     .values = ike_encryptions,
     .description = "Ciphers in order of preference",
     .zh = "加密算法"},
    {.name = "integrity",
     .type = MODEL_ENUM,
     .list = true,
     .flags = MODEL_DISTINCT,
     .min_items = 1,
     .default_json = "[\"sha256\",\"sha384\",\"sha512\"]",
     .values = integrities,
     .description = "Integrity algorithms for the ciphers that need one; sha1 is weak",
     .zh = "认证算法"},
    {.name = "lifetimeSeconds",
     .type = MODEL_INT,
     .min = 180,
     .max = 86400,
     .default_json = "3600",
     .unit = "seconds",
     .description = "Lifetime of an IPsec SA; less than the IKE SA's",
     .zh = "IPsec SA生存周期"},
    {.name = "lifetimeBytes",
     .type = MODEL_INT,
     .max = INT64_MAX,
     .default_json = "0",
     .unit = "bytes",
     .description = "Bytes after which an IPsec SA is replaced; 0 means no limit",
     .zh = "流量生存周期"},
    {.name = "lifetimePackets",
     .type = MODEL_INT,
     .max = INT64_MAX,
     .default_json = "0",
     .unit = "packets",
     .description = "Packets after which an IPsec SA is replaced; 0 means no limit",
     .zh = "包数生存周期"},
    {.name = "antiReplayWindow",
     .type = MODEL_INT,
     .max = 8192,
     .default_json = "1024",
     .unit = "packets",
     .description = "Width of the replay window; 0 turns the check off",
     .zh = "抗重放窗口"},
    {.name = "esn",
     .type = MODEL_BOOL,
     .default_json = "true",
     .description = "Offer 64-bit sequence numbers",
     .zh = "扩展序列号"},
    NO_FIELD,
};

static const struct model_field dpd_fields[] = {
    {.name = "enabled",
     .type = MODEL_BOOL,
     .default_json = "true",
     .description = "Ask the peer whether it lives when nothing comes from it",
     .zh = "启用DPD"},
    {.name = "intervalSeconds",
     .type = MODEL_INT,
     .min = 1,
     .max = 3600,
     .default_json = "10",
     .unit = "seconds",
     .description = "Silence after which it is asked",
     .zh = "检测间隔"},
    {.name = "timeoutSeconds",
     .type = MODEL_INT,
     .min = 2,
     .max = 3600,
     .default_json = "30",
     .unit = "seconds",
     .description = "Silence after which it counts as dead",
     .zh = "超时时间"},
    {.name = "action",
     .type = MODEL_ENUM,
     .default_json = "\"restart\"",
     .values = dpd_actions,
     .description = "What happens then: negotiate again, wait for the peer, or nothing",
     .zh = "超时动作"},
    NO_FIELD,
};

static const struct model_field vpn_tunnel_fields[] = {
    {.name = "vpnConnectionId",
     .type = MODEL_REF,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_REQUIRED | MODEL_COLUMN,
     .refs = REF(MODEL_VPN_CONNECTION),
     .description = "Connection the tunnel belongs to",
     .zh = "VPN连接"},
    {.name = "cloudAddress",
     .type = MODEL_ADDRESS,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,
     .description =
         "One of the connection's cloud addresses; that of the next free pair if not given",
     .zh = "云端公网地址"},
    {.name = "customerAddress",
     .type = MODEL_ADDRESS,
     .access = MODEL_CREATE_ONLY,
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,
     .description =
         "One of the customer gateway's addresses; that of the next free pair if not given",
     .zh = "客户公网地址"},
    {.name = "localId",
     .type = MODEL_STRING,
     .flags = MODEL_ALLOCATED,
     .rule = &model_rule_identity,
     .description = "Identity of the cloud side in IKE; its address when not given",
     .zh = "本端标识",
     .example = "keyid:site-a"},
    {.name = "remoteId",
     .type = MODEL_STRING,
     .flags = MODEL_ALLOCATED,
     .rule = &model_rule_identity,
     .description = "Identity of the customer's side in IKE; its address when not given",
     .zh = "对端标识",
     .example = "vpn.example.com"},
    {.name = "tunnelAddress",
     .type = MODEL_INTERFACE,
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,
     .description =
         "Inner address of the cloud side with its prefix length; a free /30 if not given",
     .zh = "本端隧道地址",
     .example = "169.254.10.1/30"},
    {.name = "peerTunnelAddress",
     .type = MODEL_ADDRESS,
     .flags = MODEL_ALLOCATED,
     .description = "Inner address of the customer's side; the other one of the pair if not given",
     .zh = "对端隧道地址",
     .example = "169.254.10.2"},
    {.name = "adminState",
     .type = MODEL_ENUM,
     .flags = MODEL_COLUMN,
     .default_json = "\"up\"",
     .values = admin_states,
     .description = "down takes traffic off the tunnel, then deletes its SAs",
     .zh = "管理状态"},
    {.name = "initiate",
     .type = MODEL_BOOL,
     .default_json = "true",
     .description = "Whether the cloud side starts the negotiation and keeps trying",
     .zh = "主动协商"},
    {.name = "mtu",
     .type = MODEL_INT,
     .max = 9000,
     .default_json = "0",
     .unit = "bytes",
     .description =
         "Largest inner packet, at least 576; 0 computes it from the path and the cipher",
     .zh = "MTU"},
    {.name = "mssClamp",
     .type = MODEL_BOOL,
     .default_json = "true",
     .description = "Lower the MSS of TCP connections to what fits the tunnel",
     .zh = "MSS钳制"},
    {.name = "psk",
     .type = MODEL_STRING,
     .flags = MODEL_ALLOCATED | MODEL_SECRET,
     .max_len = 128,
     .rule = &model_rule_psk,
     .description = "Pre-shared key; 32 random characters when not given",
     .zh = "预共享密钥"},
    {.name = "copyParametersFrom",
     .type = MODEL_REF,
     .access = MODEL_ACTION,
     .refs = REF(MODEL_VPN_TUNNEL),
     .description =
         "Tunnel of the same connection whose psk, IKE, IPsec and DPD parameters are used",
     .zh = "沿用隧道参数"},
    {.name = "ike",
     .type = MODEL_OBJECT,
     .default_json = "{}",
     .fields = ike_fields,
     .description = "Parameters of IKE",
     .zh = "IKE参数"},
    {.name = "ipsec",
     .type = MODEL_OBJECT,
     .default_json = "{}",
     .fields = ipsec_fields,
     .description = "Parameters of IPsec",
     .zh = "IPsec参数"},
    {.name = "dpd",
     .type = MODEL_OBJECT,
     .default_json = "{}",
     .fields = dpd_fields,
     .description = "Dead peer detection",
     .zh = "DPD"},
    {.name = "operState",
     .type = MODEL_ENUM,
     .access = MODEL_STATUS,
     .flags = MODEL_COLUMN,
     .values = oper_states,
     .description = "What the tunnel does now",
     .zh = "运行状态"},
    {.name = "lastError",
     .type = MODEL_STRING,
     .access = MODEL_STATUS,
     .description = "Why it is not up",
     .zh = "最近错误"},
    {.name = "since",
     .type = MODEL_TIME,
     .access = MODEL_STATUS,
     .description = "When operState last changed",
     .zh = "起始时间"},
    NO_FIELD,
};

/* ---- the kinds ---- */

static const struct model_kind kinds[MODEL_KINDS] = {
    [MODEL_REGION] = {MODEL_REGION, "region", "regions", "region", "",
                      "A region: a failure domain with its own public addresses", "区域",
                      region_fields},
    [MODEL_NODE] = {MODEL_NODE, "node", "nodes", "node", "node-",
                    "A machine that carries gateways and instances; it registers itself", "节点",
                    node_fields},
    [MODEL_VPC] = {MODEL_VPC, "vpc", "vpcs", "vpc", "vpc-", "A private network", "VPC", vpc_fields},
    [MODEL_SUBNET] = {MODEL_SUBNET, "subnet", "subnets", "subnet", "subnet-",
                      "A part of a VPC's range in which instances live", "子网", subnet_fields},
    [MODEL_ROUTE_TABLE] = {MODEL_ROUTE_TABLE, "routeTable", "routeTables", "route-table", "rtb-",
                           "Routes that the subnets of a VPC use", "路由表", route_table_fields},
    [MODEL_INSTANCE] = {MODEL_INSTANCE, "instance", "instances", "instance", "i-",
                        "A thing with an address in a subnet", "实例", instance_fields},
    [MODEL_BORDER_GATEWAY] = {MODEL_BORDER_GATEWAY, "borderGateway", "borderGateways",
                              "border-gateway", "bgw-", "Routes between VPCs and VPN connections",
                              "边界网关", border_gateway_fields},
    [MODEL_BORDER_GATEWAY_ROUTE] = {MODEL_BORDER_GATEWAY_ROUTE, "borderGatewayRoute",
                                    "borderGatewayRoutes", "border-gateway-route", "bgwroute-",
                                    "A static route of a border gateway", "边界网关静态路由",
                                    border_gateway_route_fields},
    [MODEL_VPC_ATTACHMENT] = {MODEL_VPC_ATTACHMENT, "vpcAttachment", "vpcAttachments",
                              "vpc-attachment", "vpcattach-", "Joins a VPC to a border gateway",
                              "VPC接口", vpc_attachment_fields},
    [MODEL_CUSTOMER_GATEWAY] = {MODEL_CUSTOMER_GATEWAY, "customerGateway", "customerGateways",
                                "customer-gateway", "cgw-",
                                "The customer's VPN device as the cloud knows it", "客户网关",
                                customer_gateway_fields},
    [MODEL_VPN_CONNECTION] = {MODEL_VPN_CONNECTION, "vpnConnection", "vpnConnections",
                              "vpn-connection", "vpn-",
                              "Joins a border gateway to a customer gateway", "VPN连接",
                              vpn_connection_fields},
    [MODEL_VPN_TUNNEL] = {MODEL_VPN_TUNNEL, "vpnTunnel", "vpnTunnels", "vpn-tunnel", "vpntun-",
                          "One IPsec tunnel of a VPN connection", "VPN隧道", vpn_tunnel_fields},
};

#define COMMON_ID(id_access, id_flags, id_rule)                                                    \
    {                                                                                              \
        .name = "id", .type = MODEL_STRING, .access = (id_access), .flags = (id_flags),            \
        .max_len = 32, .rule = (id_rule), .description = "Identifier", .zh = "ID",                 \
    }

#define COMMON_REST                                                                                \
    {.name = "name",                                                                               \
     .type = MODEL_STRING,                                                                         \
     .flags = MODEL_ALLOCATED | MODEL_COLUMN,                                                      \
     .max_len = 64,                                                                                \
     .rule = &model_rule_name,                                                                     \
     .description = "Name for people; the id when not given",                                      \
     .zh = "名称",                                                                                 \
     .example = "office"},                                                                         \
        {.name = "description",                                                                    \
         .type = MODEL_STRING,                                                                     \
         .max_len = 256,                                                                           \
         .default_json = "\"\"",                                                                   \
         .description = "Free text",                                                               \
         .zh = "描述"},                                                                            \
        {.name = "tags",                                                                           \
         .type = MODEL_TEXT_MAP,                                                                   \
         .max_items = 50,                                                                          \
         .default_json = "{}",                                                                     \
         .description = "Labels: up to 50 keys of 1-128 and values of up to 256 characters",       \
         .zh = "标签",                                                                             \
         .example = "team=net"},                                                                   \
        {.name = "createdAt",                                                                      \
         .type = MODEL_TIME,                                                                       \
         .access = MODEL_READ_ONLY,                                                                \
         .description = "When it was created",                                                     \
         .zh = "创建时间"},                                                                        \
        {.name = "updatedAt",                                                                      \
         .type = MODEL_TIME,                                                                       \
         .access = MODEL_READ_ONLY,                                                                \
         .description = "When it last changed",                                                    \
         .zh = "更新时间"},                                                                        \
        {.name = "revision",                                                                       \
         .type = MODEL_INT,                                                                        \
         .access = MODEL_READ_ONLY,                                                                \
         .min = 1,                                                                                 \
         .max = INT64_MAX,                                                                         \
         .description = "Grows with every change; goes into If-Match",                             \
         .zh = "版本"},                                                                            \
        NO_FIELD

static const struct model_field region_common[] = {
    COMMON_ID(MODEL_CREATE_ONLY, MODEL_REQUIRED | MODEL_COLUMN, &model_rule_region_id),
    COMMON_REST,
};

static const struct model_field common[] = {
    COMMON_ID(MODEL_READ_ONLY, MODEL_COLUMN, NULL),
    {.name = "regionId",
     .type = MODEL_STRING,
     .access = MODEL_READ_ONLY,
     .max_len = 32,
     .description = "Region it lives in",
     .zh = "区域"},
    {.name = "projectId",
     .type = MODEL_STRING,
     .access = MODEL_READ_ONLY,
     .max_len = 64,
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
    return kind->id == MODEL_REGION ? region_common : common;
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
