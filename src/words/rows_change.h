/* What a change among other resources would break. */
WORDS_ROW(CHANGE_PROPAGATIONS_FULL, "change.propagations-full",
          "Route table {id} has {max} propagations already and cannot take another.",
          "路由表{id}已有{max}条传播，不能再增加。", "id", "max")
WORDS_ROW(CHANGE_NO_DEFAULT_TABLE, "change.no-default-table",
          "The VPC has no default route table; name one.", "该VPC没有默认路由表；请指定一个。")
WORDS_ROW(CHANGE_SUBNET_FULL, "change.subnet-full", "The subnet has no free address left.",
          "该子网没有空闲地址了。")
WORDS_ROW(CHANGE_POOLS_EMPTY, "change.pools-empty",
          "The public pools of region {region} have no two free IPv{version} addresses left; add a "
          "pool to the region.",
          "区域{region}的公网地址池已没有两个空闲的IPv{version}地址；请为区域增加地址池。",
          "region", "version")
WORDS_ROW(CHANGE_PROPAGATIONS_MANY, "change.propagations-many",
          "propagations must have at most {max} elements together with those that VPC attachments "
          "made here, which stay.",
          "propagations连同VPC接口在此创建并保留的条目，最多{max}个元素。", "max")
WORDS_ROW(CHANGE_TUNNEL_FAMILIES, "change.tunnel-families",
          "A tunnel needs a cloud address and a customer address that are both IPv4 or both IPv6.",
          "隧道的云侧地址和客户侧地址必须同为IPv4或同为IPv6。")
WORDS_ROW(CHANGE_PAIRS_TAKEN, "change.pairs-taken",
          "Every pair of a cloud address and a customer address that fits this request has a "
          "tunnel already.",
          "符合此请求的每一对云侧地址和客户侧地址都已有隧道。")
WORDS_ROW(CHANGE_CLOUD_ADDRESS, "change.cloud-address",
          "cloudAddress must be one of the cloud addresses of {id}.",
          "cloudAddress必须是{id}的云侧地址之一。", "id")
WORDS_ROW(CHANGE_CUSTOMER_ADDRESS, "change.customer-address",
          "customerAddress must be one of the addresses of {id}.",
          "customerAddress必须是{id}的地址之一。", "id")
WORDS_ROW(
    CHANGE_REMOTE_ID_NEEDED, "change.remote-id-needed",
    "remoteId is required when the customer's address is not fixed: it tells such devices apart.",
    "客户侧地址不固定时必须给出remoteId，以区分这些设备。")
WORDS_ROW(CHANGE_INNER_FULL, "change.inner-full",
          "The gateway has no free /30 in 169.254.0.0/16 left; choose tunnelAddress yourself.",
          "该网关在169.254.0.0/16中没有空闲的/30了；请自行指定tunnelAddress。")
WORDS_ROW(CHANGE_SOURCE_SEALED, "change.source-sealed",
          "The psk of this tunnel does not open: seal.key is not the one it was sealed with. Bring "
          "that back, or give a psk.",
          "无法解开此隧道的预共享密钥：seal.key不是加密时的那个。请恢复原来的seal.key，或给出psk。")
WORDS_ROW(CHANGE_NODE_GATEWAY, "change.node-gateway",
          "nodeId must name a node with the role gateway.", "nodeId必须是具有gateway角色的节点。")
WORDS_ROW(CHANGE_QUOTA, "change.quota",
          "The quota {quota} of region {region} is {limit} and is used up; it can be raised in the "
          "region's quotas.",
          "区域{region}的配额{quota}为{limit}，已用完；可以在区域的quotas中提高。", "quota",
          "region", "limit")
WORDS_ROW(CHANGE_REF_KIND, "change.ref-kind", "{path} does not name a resource of the right kind.",
          "{path}所指的资源类型不对。", "path")
WORDS_ROW(CHANGE_REF_MISSING, "change.ref-missing",
          "There is no {kind} with this id in region {region}.", "区域{region}中没有此ID的{kind}。",
          "kind", "region")
WORDS_ROW(CHANGE_IN_USE, "change.in-use",
          "The {kind} is still used by {holders}; delete or change that first.",
          "该{kind}仍被{holders}使用；请先删除或更改它们。", "kind", "holders")
WORDS_ROW(CHANGE_NO_REGION, "change.no-region", "There is no region with this id.",
          "没有此ID的区域。")
WORDS_ROW(
    CHANGE_TOO_MANY, "change.too-many",
    "This would change {count} resources at once, and at most {max} can be: take smaller steps.",
    "这将一次更改{count}个资源，而最多只能更改{max}个：请分步进行。", "count", "max")
WORDS_ROW(CHANGE_PLACEMENT_MADE, "change.placement-made",
          "A placement comes with its border gateway or VPN connection; change the nodeId of one "
          "that is there.",
          "安置随边界网关或VPN连接产生；请更改已有安置的nodeId。")
WORDS_ROW(CHANGE_TUNNEL_IS_UP, "change.tunnel-is-up",
          "A tunnel can be deleted when its adminState is down; set that first.",
          "隧道的adminState为down时才能删除；请先设置。")
WORDS_ROW(CHANGE_DEFAULT_TABLE_STAYS, "change.default-table-stays",
          "The default route table goes when its VPC is deleted.", "默认路由表随其VPC一起删除。")
WORDS_ROW(CHANGE_PLACEMENT_STAYS, "change.placement-stays",
          "A placement goes with its border gateway or VPN connection.",
          "安置随其边界网关或VPN连接一起删除。")
WORDS_ROW(CHANGE_POOLS_OVERLAP, "change.pools-overlap",
          "Public pools must not overlap: region {region} has {prefix}.",
          "公网地址池不能重叠：区域{region}已有{prefix}。", "region", "prefix")
WORDS_ROW(CHANGE_POOL_IN_USE, "change.pool-in-use",
          "publicPools must keep the addresses in use; this one belongs to vpn-connection {id}.",
          "publicPools必须保留使用中的地址；此地址属于VPN连接{id}。", "id")
WORDS_ROW(CHANGE_REGION_EXISTS, "change.region-exists", "There is already a region with this id.",
          "已有此ID的区域。")
WORDS_ROW(CHANGE_SUBNET_OUTSIDE, "change.subnet-outside",
          "The VPC's ranges must keep its subnets; subnet {id} would lie outside.",
          "VPC的网段必须包含其子网；子网{id}将会落在外面。", "id")
WORDS_ROW(CHANGE_OTHER_VPC, "change.other-vpc", "{field} must name a {kind} of {vpc}.",
          "{field}必须是{vpc}的{kind}。", "field", "kind", "vpc")
WORDS_ROW(CHANGE_CIDR_OUTSIDE, "change.cidr-outside",
          "cidr must lie inside a range of its VPC {id}.", "cidr必须在其VPC {id}的网段内。", "id")
WORDS_ROW(CHANGE_SUBNETS_OVERLAP, "change.subnets-overlap",
          "Subnets of a VPC must not overlap: subnet {id} has {prefix}.",
          "同一VPC的子网不能重叠：子网{id}已有{prefix}。", "id", "prefix")
WORDS_ROW(CHANGE_ATTACHMENT_MARK, "change.attachment-mark",
          "vpcAttachmentId marks what an attachment of this gateway made because its routeTableIds "
          "name this table; leave it out.",
          "vpcAttachmentId标记的是该网关的接口因其routeTableIds包含此表而创建的条目；请不要填写。")
WORDS_ROW(CHANGE_HOP_VPC, "change.hop-vpc",
          "An instance as next hop must be in the table's VPC {id}.",
          "作为下一跳的实例必须在该路由表的VPC {id}中。", "id")
WORDS_ROW(CHANGE_HOP_NO_NETWORK, "change.hop-no-network",
          "An address as next hop must lie in a subnet of the table's VPC {id} that is a real "
          "network (one with an interface); {address} does not.",
          "作为下一跳的地址必须位于该路由表的VPC {id}中作为真实网络（带接口）的子网内；{address}"
          "不在其中。",
          "id", "address")
WORDS_ROW(CHANGE_HOP_RESERVED, "change.hop-reserved",
          "{address} is a reserved address of the subnet {prefix}, and no router's.",
          "{address}是子网{prefix}的保留地址，不能是路由器的地址。", "address", "prefix")
WORDS_ROW(CHANGE_SUBNET_IS_NETWORK, "change.subnet-is-network",
          "The subnet is a real network, on interface {interface} of its node: every host there "
          "with an address in it is served as it is, without an instance.",
          "该子网是其节点接口{interface}上的真实网络：其中每台拥有网段内地址的主机都直接接入，"
          "无需实例。",
          "interface")
WORDS_ROW(CHANGE_ADDRESS_OUTSIDE, "change.address-outside",
          "address must lie in the subnet {prefix}.", "address必须在子网{prefix}内。", "prefix")
WORDS_ROW(CHANGE_ADDRESS_RESERVED, "change.address-reserved",
          "The first, second, third and last address of the subnet {prefix} are reserved.",
          "子网{prefix}的第一、第二、第三个和最后一个地址是保留地址。", "prefix")
WORDS_ROW(CHANGE_ADDRESS_TAKEN, "change.address-taken", "The address belongs to instance {id}.",
          "该地址属于实例{id}。", "id")
WORDS_ROW(CHANGE_NODE_COMPUTE, "change.node-compute",
          "nodeId must name a node with the role compute.", "nodeId必须是具有compute角色的节点。")
WORDS_ROW(CHANGE_INTERFACE_TAKEN, "change.interface-taken",
          "The interface {name} of this node with this VLAN belongs to {id}.",
          "此节点的接口{name}（及该VLAN）属于{id}。", "name", "id")
WORDS_ROW(CHANGE_INTERFACE_TAKEN_ELSEWHERE, "change.interface-taken-elsewhere",
          "The interface {name} of this node is taken.", "此节点的接口{name}已被占用。", "name")
WORDS_ROW(CHANGE_NODE_NAME_TAKEN, "change.node-name-taken",
          "A node is known by its name when it comes back; {id} has this one.",
          "节点回来时靠名称辨认；{id}已使用此名称。", "id")
WORDS_ROW(CHANGE_ROUTE_EXISTS, "change.route-exists",
          "The gateway already has this route with this next hop: {id}.",
          "该网关已有此目的网段和下一跳的路由：{id}。", "id")
WORDS_ROW(CHANGE_HOP_GATEWAY, "change.hop-gateway",
          "nextHop must be a VPC attachment, private interface or VPN connection of {id}.",
          "nextHop必须是{id}的VPC接口、专线接口或VPN连接。", "id")
WORDS_ROW(CHANGE_ATTACHED, "change.attached",
          "The VPC is already attached to this gateway by {id}.", "该VPC已通过{id}接入此网关。",
          "id")
WORDS_ROW(
    CHANGE_ADDRESSES_IN_USE, "change.addresses-in-use",
    "addresses can only change while the customer gateway has no tunnel; vpn-tunnel {id} uses it.",
    "客户网关没有隧道时才能更改addresses；VPN隧道{id}正在使用它。", "id")
WORDS_ROW(
    CHANGE_ONE_ASN, "change.one-asn",
    "border gateway {gateway} and customer gateway {customer} both have ASN {asn}: BGP between "
    "them, as connection {connection} has it, needs two different ones.",
    "边界网关{gateway}与客户网关{customer}的ASN都是{asn}：连接{connection}"
    "在两者之间运行BGP，须使用两个不同的ASN。",
    "gateway", "customer", "asn", "connection")
WORDS_ROW(CHANGE_ASN_IN_USE, "change.asn-in-use",
          "asn can only change while no BGP session of the gateway is up; that of {id} is. "
          "Take the gateway's tunnels and private interfaces with BGP down first.",
          "只有边界网关的BGP会话都未建立时才能更改asn；{id}的会话已建立。"
          "请先停用该网关使用BGP的隧道和专线接口。",
          "id")
WORDS_ROW(CHANGE_IDENTITY_TAKEN, "change.identity-taken",
          "vpn-tunnel {id} already waits for a peer with this identity on the same cloud address, "
          "and nothing else tells such peers apart.",
          "VPN隧道{id}已在同一云侧地址上等待具有此标识的对端，没有其他办法区分这样的对端。", "id")
WORDS_ROW(CHANGE_PAIR_TAKEN, "change.pair-taken",
          "The connection already has a tunnel from {cloud} to this address; each pair of "
          "addresses carries one.",
          "该连接已有从{cloud}到此地址的隧道；每对地址只能有一条。", "cloud")
WORDS_ROW(CHANGE_ADDRESS_FAMILIES, "change.address-families",
          "customerAddress and cloudAddress must both be IPv4 or both IPv6.",
          "customerAddress和cloudAddress必须同为IPv4或同为IPv6。")
WORDS_ROW(CHANGE_OWN_ADDRESS, "change.own-address",
          "customerAddress is the tunnel's own cloud address; it must be the other side's.",
          "customerAddress是隧道自己的云侧地址；必须是对端的地址。")
WORDS_ROW(CHANGE_INNER_OVERLAP, "change.inner-overlap",
          "Networks of tunnels and private interfaces must not overlap within a border gateway: "
          "{id} has {prefix}.",
          "同一边界网关内，隧道内层网段和专线接口网段不能重叠：{id}已有{prefix}。", "id", "prefix")
WORDS_ROW(
    CHANGE_LINE_ASN, "change.line-asn",
    "peerAsn is the ASN of border gateway {id}, {asn}; BGP over a private interface needs two.",
    "peerAsn与边界网关{id}的ASN {asn}相同；专线接口上的BGP需要两个不同的ASN。", "id", "asn")
WORDS_ROW(CHANGE_INNER_TRANSLATED, "change.inner-translated",
          "The inner addresses of vpn-tunnel {tunnel}, {inner}, must lie outside the translations "
          "of its connection, but one is of {prefix} and {seenAs}.",
          "VPN隧道{tunnel}的内层地址{inner}不能位于所属连接的地址转换范围内：其中一条转换涉及"
          "{prefix}和{seenAs}。",
          "tunnel", "inner", "prefix", "seenAs")
WORDS_ROW(CHANGE_OTHER_PROJECT, "change.other-project",
          "projectId must be {project}, the project that this token is for.",
          "projectId必须是{project}，即此令牌所属的项目。", "project")
WORDS_ROW(CHANGE_ACROSS_PROJECTS, "change.across-projects",
          "{id} belongs to project {theirs}, and this to {ours}: what belongs to one project "
          "refers to nothing of another.",
          "{id}属于项目{theirs}，而此资源属于{ours}：一个项目的资源不能引用另一个项目的资源。",
          "id", "theirs", "ours")
