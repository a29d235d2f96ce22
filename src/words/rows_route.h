/* Why a route is taken or not, and the way of an address through the tables. */

/* Kinds of next hop, by their names in JSON: one of them before its id, and all of them in a
 * rule. */
WORDS_ROW(HOP_LOCAL, "hop.local", "local", "本地")
WORDS_ROW(HOP_BLACKHOLE, "hop.blackhole", "blackhole", "黑洞")
WORDS_ROW(HOP_ATTACHMENT, "hop.vpcAttachment", "VPC attachment", "VPC接口")
WORDS_ROW(HOP_PRIVATE_INTERFACE, "hop.privateInterface", "private interface", "专线接口")
WORDS_ROW(HOP_CONNECTION, "hop.vpnConnection", "VPN connection", "VPN连接")
WORDS_ROW(HOP_GATEWAY, "hop.borderGateway", "border gateway", "边界网关")
WORDS_ROW(HOP_INSTANCE, "hop.instance", "instance", "实例")
WORDS_ROW(HOP_ROUTER, "hop.router", "router", "路由器")
WORDS_ROW(HOPS_LOCAL, "hops.local", "local routes", "本地路由")
WORDS_ROW(HOPS_BLACKHOLE, "hops.blackhole", "blackholes", "黑洞路由")
WORDS_ROW(HOPS_ATTACHMENT, "hops.vpcAttachment", "VPC attachments", "VPC接口")
WORDS_ROW(HOPS_PRIVATE_INTERFACE, "hops.privateInterface", "private interfaces", "专线接口")
WORDS_ROW(HOPS_CONNECTION, "hops.vpnConnection", "VPN connections", "VPN连接")
WORDS_ROW(HOPS_GATEWAY, "hops.borderGateway", "border gateways", "边界网关")
WORDS_ROW(HOPS_INSTANCE, "hops.instance", "instances", "实例")
WORDS_ROW(HOPS_ROUTER, "hops.router", "routers", "路由器")

/* Types of route, in a rule. */
WORDS_ROW(ROUTES_LOCAL, "routes.local", "local routes", "本地路由")
WORDS_ROW(ROUTES_STATIC, "routes.static", "static routes", "静态路由")
WORDS_ROW(ROUTES_PROPAGATED, "routes.propagated", "propagated routes", "传播路由")
WORDS_ROW(ROUTES_EBGP, "routes.ebgp", "EBGP routes", "EBGP路由")
WORDS_ROW(ROUTES_IBGP, "routes.ibgp", "IBGP routes", "IBGP路由")

/* A route. */
WORDS_ROW(ROUTE_LOCAL, "route.local", "{destination} (local)", "{destination}（本地路由）",
          "destination")
WORDS_ROW(ROUTE_BLACKHOLE, "route.blackhole", "{destination} (static blackhole)",
          "{destination}（静态黑洞路由）", "destination")
WORDS_ROW(ROUTE_STATIC, "route.static", "{destination} (static route to {hop} {target})",
          "{destination}（静态路由，下一跳为{hop}{target}）", "destination", "hop", "target")
WORDS_ROW(ROUTE_PROPAGATED, "route.propagated", "{destination} (propagated by {hop} {target})",
          "{destination}（由{hop}{target}传播）", "destination", "hop", "target")
WORDS_ROW(ROUTE_EBGP, "route.ebgp",
          "{destination} (EBGP route via {hop} {target}, tunnel {tunnel}, AS path length {length})",
          "{destination}（EBGP路由，下一跳为{hop}{target}，隧道{tunnel}，AS路径长度为{length}）",
          "destination", "hop", "target", "length", "tunnel")
WORDS_ROW(ROUTE_EBGP_LINE, "route.ebgp-line",
          "{destination} (EBGP route via private interface {target}, AS path length {length})",
          "{destination}（EBGP路由，下一跳为专线接口{target}，AS路径长度为{length}）",
          "destination", "target", "length")
WORDS_ROW(ROUTE_IBGP, "route.ibgp",
          "{destination} (IBGP route via {hop} {target}, tunnel {tunnel}, AS path length {length})",
          "{destination}（IBGP路由，下一跳为{hop}{target}，隧道{tunnel}，AS路径长度为{length}）",
          "destination", "hop", "target", "length", "tunnel")

/* Why it is not taken. */
WORDS_ROW(ROUTE_LOSES_HOP, "route.loses-hop", "{winner} wins: {better} come before {worse}",
          "优选{winner}：下一跳类型{better}优先于{worse}", "winner", "better", "worse")
WORDS_ROW(ROUTE_LOSES_TYPE, "route.loses-type", "{winner} wins: {better} come before {worse}",
          "优选{winner}：{better}优先于{worse}", "winner", "better", "worse")
WORDS_ROW(ROUTE_LOSES_METRIC, "route.loses-metric",
          "{winner} wins: its AS path is shorter than {length}",
          "优选{winner}：其AS路径长度小于{length}", "winner", "length")
WORDS_ROW(ROUTE_LOSES_CONFLICT, "route.loses-conflict",
          "it overlaps {winner}, which was propagated first", "与先传播的{winner}重叠", "winner")
WORDS_ROW(ROUTE_OVER_ECMP, "route.over-ecmp",
          "{max} equal routes, {winner} among them, already share the traffic",
          "已有{max}条等价路由分担流量，其中包括{winner}", "max", "winner")
WORDS_ROW(ROUTE_COVERED_BY_LOCAL, "route.covered-by-local",
          "it lies inside {winner}, and local always wins", "位于{winner}之内，本地路由始终优先",
          "winner")
WORDS_ROW(ROUTE_OVER_DYNAMIC_QUOTA, "route.over-dynamic-quota",
          "it came after the quota of {max} dynamic routes was used up",
          "学习到该路由时，动态路由配额{max}条已用尽", "max")
WORDS_ROW(ROUTE_OVER_PROPAGATED_QUOTA, "route.over-propagated-quota",
          "it came after the quota of {max} propagated routes was used up",
          "传播该路由时，传播路由配额{max}条已用尽", "max")
WORDS_ROW(ROUTE_LEADS_BACK, "route.leads-back",
          "{hop} {target} would send the packets back into this VPC",
          "{hop}{target}会将报文送回本VPC", "hop", "target")
WORDS_ROW(ROUTE_UNATTACHED, "route.unattached", "this VPC has no attachment to {hop} {target}",
          "本VPC没有到{hop}{target}的VPC接口", "hop", "target")
WORDS_ROW(ROUTE_LINE_DOWN, "route.line-down", "private interface {target} is not up",
          "专线接口{target}未连通", "target")
WORDS_ROW(ROUTE_LESS_SPECIFIC, "route.less-specific", "it is less specific", "不是最长匹配")

/* How an address is looked up in one table. */
WORDS_ROW(LOOKUP_MATCH, "lookup.match", "{address} matches {route}.", "{address}匹配{route}。",
          "address", "route")
WORDS_ROW(LOOKUP_SHARED, "lookup.shared", "Flows are shared with {route}.",
          "流量同时由{route}分担。", "route")
WORDS_ROW(LOOKUP_NO_MATCH, "lookup.no-match", "No effective route matches {address}.",
          "没有生效路由匹配{address}。", "address")
WORDS_ROW(LOOKUP_NOT_TAKEN, "lookup.not-taken", "Not taken: {route}: {reason}.",
          "未采用{route}：{reason}。", "route", "reason")

/* The steps between the tables and behind them. */
WORDS_ROW(WAY_ON_AT_GATEWAY, "way.on-at-gateway",
          "The lookup goes on at border gateway {borderGateway}.",
          "在边界网关{borderGateway}继续查找。", "borderGateway")
WORDS_ROW(WAY_NO_TRANSIT, "way.no-transit",
          "Packets that came from a VPN connection or private interface do not take it: transit is "
          "off.",
          "来自VPN连接或专线接口的报文不使用该路由：互通转发未开启。")
WORDS_ROW(WAY_TRANSLATED, "way.translated",
          "Behind the peer {address} is {translated}: the connection sees the peer's {prefix} as "
          "{seenAs}.",
          "{address}在对端的实际地址是{translated}：此连接将对端的{prefix}呈现为{seenAs}。",
          "address", "translated", "seenAs", "prefix")
WORDS_ROW(WAY_TRANSLATED_SOURCE, "way.translated-source",
          "Packets from {prefix} reach the peer with sources in {seenAs}, and its answers come "
          "back to these.",
          "来自{prefix}的报文到达对端时源地址为{seenAs}，应答也经其返回。", "prefix", "seenAs")
WORDS_ROW(WAY_INSTANCE, "way.instance",
          "In {vpc} it belongs to instance {instance} ({name}) of subnet {subnet}.",
          "在{vpc}中，该地址属于子网{subnet}的实例{instance}（{name}）。", "vpc", "instance",
          "name", "subnet")
WORDS_ROW(WAY_SUBNET_GATEWAY, "way.subnet-gateway", "It is the gateway address of subnet {subnet}.",
          "该地址是子网{subnet}的网关地址。", "subnet")
WORDS_ROW(WAY_NO_INSTANCE, "way.no-instance",
          "It lies in subnet {subnet} ({cidr}), where no instance has it.",
          "该地址位于子网{subnet}（{cidr}），但其中没有实例使用它。", "subnet", "cidr")
WORDS_ROW(WAY_NETWORK, "way.network",
          "It lies in subnet {subnet} ({cidr}), a real network: whoever has the address there gets "
          "the packet.",
          "该地址位于子网{subnet}（{cidr}），这是真实网络：其中拥有该地址的主机会收到报文。",
          "subnet", "cidr")
WORDS_ROW(WAY_HOST, "way.host", "The host is known: it has the MAC address {mac}.",
          "该主机已知，MAC地址为{mac}。", "mac")
WORDS_ROW(WAY_NO_HOST, "way.no-host", "No host has used it lately: it is asked for.",
          "近期没有主机使用该地址：将发出查询。")
WORDS_ROW(
    WAY_BEYOND, "way.beyond",
    "No subnet of {vpc} holds {address}: the static routes of its default route table {table} "
    "lead on.",
    "{vpc}中没有子网包含{address}：由其默认路由表{table}的静态路由继续转发。", "vpc", "address",
    "table")
WORDS_ROW(WAY_ROUTER, "way.router", "The router {router} is in subnet {subnet}, a real network.",
          "路由器{router}位于真实网络子网{subnet}中。", "router", "subnet")
WORDS_ROW(WAY_NO_SUBNET, "way.no-subnet", "In {vpc} no subnet holds {address}.",
          "{vpc}中没有子网包含{address}。", "vpc", "address")
WORDS_ROW(WAY_TUNNEL, "way.tunnel",
          "Tunnel {tunnel} ({cloudAddress} to {customerAddress}) is {state}.",
          "隧道{tunnel}（{cloudAddress}到{customerAddress}）的运行状态为{state}。", "tunnel",
          "cloudAddress", "customerAddress", "state")
WORDS_ROW(WAY_TUNNEL_ERROR, "way.tunnel-error",
          "Tunnel {tunnel} ({cloudAddress} to {customerAddress}) is {state}: {error}.",
          "隧道{tunnel}（{cloudAddress}到{customerAddress}）的运行状态为{state}：{error}。",
          "tunnel", "cloudAddress", "customerAddress", "state", "error")
WORDS_ROW(WAY_TUNNEL_DISABLED, "way.tunnel-disabled",
          "Tunnel {tunnel} ({cloudAddress} to {customerAddress}) is taken down by its adminState.",
          "隧道{tunnel}（{cloudAddress}到{customerAddress}）的管理状态为关闭。", "tunnel",
          "cloudAddress", "customerAddress")
WORDS_ROW(WAY_TUNNEL_IF_UP, "way.tunnel-if-up",
          "Tunnel {tunnel} ({cloudAddress} to {customerAddress}) is in use while it is up.",
          "隧道{tunnel}（{cloudAddress}到{customerAddress}）在连通期间参与转发。", "tunnel",
          "cloudAddress", "customerAddress")
WORDS_ROW(WAY_TUNNEL_APART, "way.tunnel-apart",
          "Tunnel {tunnel} ({cloudAddress} to {customerAddress}) is on node {node}, but its border "
          "gateway is on node {gatewayNode}.",
          "隧道{tunnel}（{cloudAddress}到{customerAddress}）位于节点{node}，但其边界网关位于节点"
          "{gatewayNode}。",
          "tunnel", "cloudAddress", "customerAddress", "node", "gatewayNode")
WORDS_ROW(WAY_CONNECTION_EMPTY, "way.connection-empty",
          "VPN connection {connection} has no tunnel: it takes no flows.",
          "VPN连接{connection}没有隧道，不承载流量。", "connection")
WORDS_ROW(WAY_CONNECTION_DOWN, "way.connection-down",
          "VPN connection {connection} has no tunnel up: it takes no flows.",
          "VPN连接{connection}没有已连通的隧道，不承载流量。", "connection")

/* Where it ends; what follows "goes". */
WORDS_ROW(END_INSTANCE, "end.instance", "to instance {instance} ({name})",
          "发往实例{instance}（{name}）", "instance", "name")
WORDS_ROW(END_INSTANCE_APART, "end.instance-apart",
          "to instance {instance} ({name}) on node {node}, which only instances on that node reach",
          "发往节点{node}上的实例{instance}（{name}），只有该节点上的实例能够到达", "instance",
          "name", "node")
WORDS_ROW(END_SUBNET_GATEWAY, "end.subnet-gateway", "to the gateway of subnet {subnet}",
          "发往子网{subnet}的网关", "subnet")
WORDS_ROW(END_CONNECTION, "end.connection",
          "to VPN connection {connection}, by flow over its tunnels that are up",
          "发往VPN连接{connection}，按流分担到其已连通的隧道", "connection")
WORDS_ROW(END_NETWORK, "end.network", "to the host with this address in subnet {subnet} ({name})",
          "发往子网{subnet}（{name}）中拥有该地址的主机", "subnet", "name")
WORDS_ROW(END_NETWORK_APART, "end.network-apart",
          "to subnet {subnet} ({name}) on node {node}, which only what is on that node reaches",
          "发往节点{node}上的子网{subnet}（{name}），只有该节点上的资源能够到达", "subnet", "name",
          "node")
WORDS_ROW(END_NETWORK_NO_NODE, "end.network-no-node",
          "nowhere: no node carries subnet {subnet} ({name})",
          "无法送达：没有节点承载子网{subnet}（{name}）", "subnet", "name")
WORDS_ROW(END_ROUTER, "end.router", "to router {router} in subnet {subnet} ({name})",
          "发往子网{subnet}（{name}）中的路由器{router}", "router", "subnet", "name")
WORDS_ROW(END_PRIVATE_INTERFACE, "end.private-interface", "to private interface {target}",
          "发往专线接口{target}", "target")
WORDS_ROW(END_GATEWAY_ITSELF, "end.gateway-itself",
          "to the gateway itself: it is its address in a tunnel or on a private interface",
          "发往网关自身：该地址是其隧道或专线接口的本端地址")
WORDS_ROW(END_NO_NODE, "end.no-node", "nowhere: no node carries instance {instance} ({name})",
          "无法送达：没有节点承载实例{instance}（{name}）", "instance", "name")
WORDS_ROW(END_NO_INSTANCE, "end.no-instance", "nowhere: no instance of {vpc} has it",
          "无法送达：{vpc}中没有实例使用该地址", "vpc")
WORDS_ROW(END_NO_SUBNET, "end.no-subnet", "nowhere: no subnet of {vpc} holds it",
          "无法送达：{vpc}中没有子网包含该地址", "vpc")
WORDS_ROW(END_BLACKHOLE, "end.blackhole", "nowhere: a blackhole route drops it",
          "无法送达：被黑洞路由丢弃")
WORDS_ROW(END_NO_ROUTE, "end.no-route", "nowhere: no effective route of {table} matches",
          "无法送达：{table}中没有匹配的生效路由", "table")
WORDS_ROW(
    END_NO_TRANSIT, "end.no-transit",
    "nowhere: packets from a VPN connection or private interface take no other one, transit is "
    "off",
    "无法送达：来自VPN连接或专线接口的报文不转发到其他VPN连接或专线接口，互通转发未开启")
WORDS_ROW(END_NO_TUNNEL, "end.no-tunnel", "nowhere: no tunnel of its VPN connection is up",
          "无法送达：其VPN连接没有已连通的隧道")
WORDS_ROW(END_OTHERS, "end.others", "one of {count} other ways", "其余{count}种去向之一", "count")

/* The answer: as many as there are ends, side by side since messages nest only so deep. */
WORDS_ROW(GOES, "goes.one", "{address} goes {first}.", "去往{address}的报文{first}。", "address",
          "first")
WORDS_ROW(GOES_FAR, "goes.far",
          "{address} goes over VPN connection {connection} to region {region}, and there {end}.",
          "去往{address}的报文经VPN连接{connection}到达区域{region}，在该区域{end}。", "address",
          "connection", "region", "end")
WORDS_ROW(GOES_2, "goes.two", "{address} goes {first}, or {second}.",
          "去往{address}的报文{first}；或{second}。", "address", "first", "second")
WORDS_ROW(GOES_3, "goes.three", "{address} goes {first}, or {second}, or {third}.",
          "去往{address}的报文{first}；或{second}；或{third}。", "address", "first", "second",
          "third")
WORDS_ROW(GOES_4, "goes.four", "{address} goes {first}, or {second}, or {third}, or {fourth}.",
          "去往{address}的报文{first}；或{second}；或{third}；或{fourth}。", "address", "first",
          "second", "third", "fourth")
WORDS_ROW(GOES_5, "goes.five",
          "{address} goes {first}, or {second}, or {third}, or {fourth}, or {fifth}.",
          "去往{address}的报文{first}；或{second}；或{third}；或{fourth}；或{fifth}。", "address",
          "first", "second", "third", "fourth", "fifth")
WORDS_ROW(GOES_6, "goes.six",
          "{address} goes {first}, or {second}, or {third}, or {fourth}, or {fifth}, or {sixth}.",
          "去往{address}的报文{first}；或{second}；或{third}；或{fourth}；或{fifth}；或{sixth}。",
          "address", "first", "second", "third", "fourth", "fifth", "sixth")
