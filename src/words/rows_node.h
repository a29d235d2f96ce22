/* What a node cannot carry out. */

/* ---- a field of the desired state ---- */

WORDS_ROW(NODE_FIELD_MISSING, "node.field-missing", "{field}: is missing", "{field}：缺失", "field")
WORDS_ROW(NODE_FIELD_NO_TEXT, "node.field-no-text", "{field}: is no text", "{field}：不是字符串",
          "field")
WORDS_ROW(NODE_FIELD_NO_NUMBER, "node.field-no-number", "{field}: is no whole number",
          "{field}：不是整数", "field")
WORDS_ROW(NODE_FIELD_NO_BOOLEAN, "node.field-no-boolean", "{field}: is not true or false",
          "{field}：不是true或false", "field")
WORDS_ROW(NODE_FIELD_NO_OBJECT, "node.field-no-object", "{field}: is no object",
          "{field}：不是对象", "field")
WORDS_ROW(NODE_FIELD_NO_LIST, "node.field-no-list", "{field}: is no list", "{field}：不是列表",
          "field")
WORDS_ROW(NODE_FIELD_TOO_LONG, "node.field-too-long", "{field}: is longer than {max} characters",
          "{field}：超过{max}个字符", "field", "max")
WORDS_ROW(NODE_FIELD_TOO_MANY_BYTES, "node.field-too-many-bytes",
          "{field}: is longer than {max} bytes", "{field}：超过{max}字节", "field", "max")
WORDS_ROW(NODE_FIELD_TOO_MANY, "node.field-too-many",
          "{field}: has {count} entries, more than {max}", "{field}：有{count}项，超过{max}项",
          "field", "count", "max")
WORDS_ROW(NODE_FIELD_EMPTY, "node.field-empty", "{field}: is empty", "{field}：为空", "field")
WORDS_ROW(NODE_FIELD_RANGE, "node.field-range", "{field}: {value} is not in 0 to {max}",
          "{field}：{value}不在0至{max}范围内", "field", "value", "max")
WORDS_ROW(NODE_FIELD_ONE_OF, "node.field-one-of", "{field}: must be {one} or {other}",
          "{field}：必须是{one}或{other}", "field", "one", "other")
WORDS_ROW(NODE_FIELD_NO_ADDRESS, "node.field-no-address", "{field}: \"{value}\" is no address",
          "{field}：“{value}”不是IP地址", "field", "value")
WORDS_ROW(NODE_FIELD_NO_PREFIX, "node.field-no-prefix", "{field}: \"{value}\" is no prefix",
          "{field}：“{value}”不是网段", "field", "value")
WORDS_ROW(NODE_FIELD_ENTRY_NO_PREFIX, "node.field-entry-no-prefix",
          "{field}: entry {number} is no prefix", "{field}：第{number}项不是网段", "field",
          "number")
WORDS_ROW(NODE_FIELD_NO_COMMUNITY, "node.field-no-community",
          "communities: \"{value}\" is no community", "communities：“{value}”不是有效的团体属性",
          "value")
WORDS_ROW(NODE_FIELD_NO_INTERFACE_ADDRESS, "node.field-no-interface-address",
          "{field}: \"{value}\" is no address with a prefix length",
          "{field}：“{value}”不是带前缀长度的IP地址", "field", "value")
WORDS_ROW(NODE_FIELD_NO_MAC, "node.field-no-mac", "{field}: \"{value}\" is no MAC address",
          "{field}：“{value}”不是MAC地址", "field", "value")
WORDS_ROW(NODE_FIELD_MULTICAST_MAC, "node.field-multicast-mac",
          "{field}: \"{value}\" is a multicast address", "{field}：“{value}”是组播地址", "field",
          "value")
WORDS_ROW(NODE_FIELD_NO_IDENTITY, "node.field-no-identity", "{field}: \"{value}\" is no identity",
          "{field}：“{value}”不是有效的标识", "field", "value")
WORDS_ROW(NODE_FIELD_NO_KEY, "node.field-no-key",
          "{field}: is no pre-shared key: 8 to 128 bytes as text, hex: or base64:",
          "{field}：不是有效的预共享密钥：应为8到128字节的文本、hex:或base64:", "field")
WORDS_ROW(NODE_FIELD_NO_HEX, "node.field-no-hex", "{field}: \"{value}\" is no hexadecimal number",
          "{field}：“{value}”不是十六进制数", "field", "value")
WORDS_ROW(NODE_FIELD_UNKNOWN, "node.field-unknown", "{field}: \"{value}\" is unknown to this node",
          "{field}：本节点不支持“{value}”", "field", "value")
WORDS_ROW(NODE_ALGORITHM_UNKNOWN, "node.algorithm-unknown",
          "{field}: {value} is unknown to this node", "{field}：本节点不支持{value}", "field",
          "value")
WORDS_ROW(NODE_FIELD_OUTSIDE_SUBNET, "node.field-outside-subnet",
          "{field}: lies outside of subnet {subnet}", "{field}：不在子网{subnet}内", "field",
          "subnet")
WORDS_ROW(NODE_MTU_TOO_SMALL, "node.mtu-too-small", "mtu: {mtu} is too small", "mtu：{mtu}过小",
          "mtu")
WORDS_ROW(NODE_NO_INTERFACE_NAME, "node.no-interface-name",
          "interface: \"{interface}\" is no name of an interface",
          "interface：“{interface}”不是有效的接口名", "interface")
WORDS_ROW(NODE_TAP_NAME_TOO_LONG, "node.tap-name-too-long",
          "id: \"{id}\" is too long for a TAP's name", "id：“{id}”过长，不能用作TAP的名称", "id")
WORDS_ROW(NODE_NO_INSTANCE_ID, "node.no-instance-id", "id: \"{id}\" is no id of an instance",
          "id：“{id}”不是实例ID", "id")
WORDS_ROW(NODE_OTHER_TYPE, "node.other-type", "id: \"{id}\" is none of this type",
          "id：“{id}”不是该类型的ID", "id")
WORDS_ROW(NODE_TYPE_UNKNOWN, "node.type-unknown", "this node does not know objects of this type",
          "本节点不支持该类型的对象")
WORDS_ROW(NODE_NO_ADDRESS, "node.no-address", "\"{id}\" is no address", "“{id}”不是IP地址", "id")
WORDS_ROW(NODE_GENERATION_PASSED, "node.generation-passed",
          "generation: {generation} is older than {seen}, which this node has seen: refused",
          "generation：{generation}早于本节点已见过的{seen}：已拒绝", "generation", "seen")
WORDS_ROW(NODE_ADDRESS_GENERATION_PASSED, "node.address-generation-passed",
          "generation: {generation} is older than {seen}, which this node has seen of address "
          "{address}: refused",
          "generation：{generation}早于本节点已见过的地址{address}的{seen}：已拒绝", "generation",
          "seen", "address")

/* ---- a page of the desired state ---- */

WORDS_ROW(NODE_PAGE_NO_KEY, "node.page-no-key", "an object has no key that can be used",
          "有对象没有可用的键")
WORDS_ROW(NODE_PAGE_NO_EPOCH, "node.page-no-epoch", "epoch: \"{epoch}\" is none",
          "epoch：“{epoch}”无效", "epoch")
WORDS_ROW(NODE_PAGE_NOT_BEGUN, "node.page-not-begun",
          "reset: the page goes on with a listing that was not begun",
          "reset：该页延续的列表从未开始")
WORDS_ROW(NODE_PAGE_WENT_BACK, "node.page-went-back", "version: went back from {from} to {to}",
          "version：从{from}退回到{to}", "from", "to")
WORDS_ROW(NODE_PAGE_OTHER_EPOCH, "node.page-other-epoch", "epoch: changed without reset",
          "epoch：未重置即发生变化")

/* ---- what an object lacks ---- */

WORDS_ROW(NODE_WITHOUT_GATEWAY, "node.without-gateway",
          "its border gateway {gateway} is not on this node", "其边界网关{gateway}不在本节点上",
          "gateway")
WORDS_ROW(NODE_WITHOUT_TABLE, "node.without-table", "its route table is not on this node",
          "其路由表不在本节点上")
WORDS_ROW(NODE_WITHOUT_CLOUD_ADDRESS, "node.without-cloud-address",
          "its cloud address {address} is not on this machine", "其云端公网地址{address}不在本机上",
          "address")
WORDS_ROW(NODE_CLOUD_ADDRESS_FAILED, "node.cloud-address-failed",
          "its cloud address {address} is not on this machine: {error}",
          "其云端公网地址{address}不在本机上：{error}", "address", "error")
WORDS_ROW(NODE_INTERFACE_TAKEN, "node.interface-taken",
          "interface: \"{interface}\" is taken by instance {instance}",
          "interface：“{interface}”已被实例{instance}占用", "interface", "instance")
WORDS_ROW(NODE_PUBLIC_INTERFACE, "node.public-interface",
          "interface {interface} is the node's public interface", "接口{interface}是节点的公网接口",
          "interface")

/* ---- what its peer did not agree to ---- */

WORDS_ROW(NODE_NARROWED_THEIRS, "node.narrowed-theirs",
          "the peer agreed only to {local} on this side and {remote} on its own; left out are the "
          "routes to {theirs}",
          "对端只同意本端{local}与对端{remote}之间的流量；未包含到{theirs}的路由", "local",
          "remote", "theirs")
WORDS_ROW(NODE_NARROWED_OURS, "node.narrowed-ours",
          "the peer agreed only to {local} on this side and {remote} on its own; left out are here "
          "{ours}",
          "对端只同意本端{local}与对端{remote}之间的流量；未包含本端的{ours}", "local", "remote",
          "ours")
WORDS_ROW(NODE_NARROWED_BOTH, "node.narrowed-both",
          "the peer agreed only to {local} on this side and {remote} on its own; left out are the "
          "routes to {theirs}, and here {ours}",
          "对端只同意本端{local}与对端{remote}之间的流量；未包含到{theirs}的路由，以及本端的{ours}",
          "local", "remote", "theirs", "ours")
WORDS_ROW(NODE_AND_MORE, "node.and-more", "{names} and {count} more", "{names}及另外{count}个",
          "names", "count")

/* ---- daemons ---- */

WORDS_ROW(NODE_DATAPLANE_AWAY, "node.dataplane-away", "ropeway-dataplane is away",
          "ropeway-dataplane未运行")
WORDS_ROW(NODE_IKE_AWAY, "node.ike-away", "ropeway-ike is away", "ropeway-ike未运行")
WORDS_ROW(NODE_IKE_AWAY_KEYS_USED, "node.ike-away-keys-used",
          "ropeway-ike is away; the keys it made are used on",
          "ropeway-ike未运行；继续使用其已协商的密钥")

/* ---- the machine ---- */

WORDS_ROW(NODE_NETLINK_FAILED, "node.netlink-failed", "netlink: {error}", "netlink：{error}",
          "error")
WORDS_ROW(NODE_ADDRESSES_NOT_LISTED, "node.addresses-not-listed", "list addresses: {error}",
          "列出地址失败：{error}", "error")
WORDS_ROW(NODE_PUBLIC_INTERFACE_FAILED, "node.public-interface-failed",
          "public interface {interface}: {error}", "公网接口{interface}：{error}", "interface",
          "error")
WORDS_ROW(NODE_CLOUD_ADDRESS_NOT_ADDED, "node.cloud-address-not-added",
          "add cloud address {address}: {error}", "添加云端公网地址{address}失败：{error}",
          "address", "error")
WORDS_ROW(NODE_CLOUD_ADDRESS_NOT_REMOVED, "node.cloud-address-not-removed",
          "remove cloud address {address}: {error}", "移除云端公网地址{address}失败：{error}",
          "address", "error")
WORDS_ROW(NODE_NAMESPACE_NOT_REMOVED, "node.namespace-not-removed",
          "remove namespace {namespace}: {error}", "删除网络命名空间{namespace}失败：{error}",
          "namespace", "error")
WORDS_ROW(NODE_NAMESPACES_NOT_LISTED, "node.namespaces-not-listed", "list namespaces: {error}",
          "列出网络命名空间失败：{error}", "error")
WORDS_ROW(NODE_TAPS_NOT_REMOVED, "node.taps-not-removed", "remove TAPs: {error}",
          "删除TAP失败：{error}", "error")
WORDS_ROW(NODE_NOT_OPENED, "node.not-opened", "open {name}: {error}", "打开{name}失败：{error}",
          "name", "error")
WORDS_ROW(NODE_MARK_TOO_LONG, "node.mark-too-long",
          "the run directory's name is too long for a mark", "运行目录的名称过长，无法用作标记")

/* ---- instances ---- */

WORDS_ROW(NODE_NAMESPACE_NOT_OPENED, "node.namespace-not-opened",
          "open namespace {namespace}: {error}", "打开网络命名空间{namespace}失败：{error}",
          "namespace", "error")
WORDS_ROW(NODE_NAMESPACE_NOT_MADE, "node.namespace-not-made", "make namespace {namespace}: {error}",
          "创建网络命名空间{namespace}失败：{error}", "namespace", "error")
WORDS_ROW(NODE_NAMESPACE_FOREIGN, "node.namespace-foreign",
          "namespace {namespace} was not made by this node",
          "网络命名空间{namespace}不是由本节点创建的", "namespace")
WORDS_ROW(NODE_NAMESPACE_TAP_FOREIGN, "node.namespace-tap-foreign",
          "{device} in namespace {namespace} was not made by this node",
          "网络命名空间{namespace}中的{device}不是由本节点创建的", "device", "namespace")
WORDS_ROW(NODE_NAMESPACE_ROUTE_FOREIGN, "node.namespace-route-foreign",
          "a default route in namespace {namespace} was not made by this node",
          "网络命名空间{namespace}中的默认路由不是由本节点创建的", "namespace")
WORDS_ROW(NODE_NAMESPACE_FAILED, "node.namespace-failed",
          "{step} in namespace {namespace}: {error}",
          "在网络命名空间{namespace}中{step}失败：{error}", "step", "namespace", "error")
WORDS_ROW(NODE_INTERFACE_FAILED, "node.interface-failed",
          "{step} of interface {interface}: {error}", "为接口{interface}{step}失败：{error}",
          "step", "interface", "error")
WORDS_ROW(NODE_INTERFACE_NOT_SEEN, "node.interface-not-seen",
          "look at interface {interface}: {error}", "查看接口{interface}失败：{error}", "interface",
          "error")
WORDS_ROW(NODE_INTERFACE_FOREIGN, "node.interface-foreign",
          "interface {interface} is there and was not made by this node",
          "接口{interface}已存在，且不是由本节点创建的", "interface")
WORDS_ROW(NODE_INTERFACE_MISSING, "node.interface-missing",
          "there is no interface {interface} on this node", "本节点上没有接口{interface}",
          "interface")
WORDS_ROW(NODE_INTERFACE_NO_ETHERNET, "node.interface-no-ethernet",
          "interface {interface} is not Ethernet", "接口{interface}不是以太网接口", "interface")
WORDS_ROW(NODE_INTERFACE_NO_CARRIER, "node.interface-no-carrier",
          "the interface {interface} has no carrier: the line is cut, or its other end is off",
          "接口{interface}无载波：专线断开或对端设备关闭", "interface")
WORDS_ROW(NODE_INTERFACE_DOWN, "node.interface-down", "interface {interface} is down: set it up",
          "接口{interface}未启用：请将其启用", "interface")
WORDS_ROW(NODE_TAP_NOT_MADE, "node.tap-not-made", "make TAP {interface}: {error}",
          "创建TAP {interface}失败：{error}", "interface", "error")
WORDS_ROW(NODE_STEP_NETLINK, "node.step-netlink", "netlink", "打开netlink")
WORDS_ROW(NODE_STEP_MAKE_TAP, "node.step-make-tap", "make TAP eth0", "创建TAP eth0")
WORDS_ROW(NODE_STEP_SEE_TAP, "node.step-see-tap", "look at eth0", "查看eth0")
WORDS_ROW(NODE_STEP_SEE_LO, "node.step-see-lo", "look at lo", "查看lo")
WORDS_ROW(NODE_STEP_LO_UP, "node.step-lo-up", "set lo up", "启用lo")
WORDS_ROW(NODE_STEP_TAP_UP, "node.step-tap-up", "set eth0 up", "启用eth0")
WORDS_ROW(NODE_STEP_SET_MAC, "node.step-set-mac", "set the MAC address", "设置MAC地址")
WORDS_ROW(NODE_STEP_SET_MTU, "node.step-set-mtu", "set the MTU", "设置MTU")
WORDS_ROW(NODE_STEP_SET_STATE, "node.step-set-state", "set the state", "设置状态")
WORDS_ROW(NODE_STEP_SWITCH_IPV6, "node.step-switch-ipv6", "switch IPv6", "切换IPv6")
WORDS_ROW(NODE_STEP_SWITCH_IPV6_OFF, "node.step-switch-ipv6-off", "switch IPv6 off", "关闭IPv6")
WORDS_ROW(NODE_STEP_LIST_ADDRESSES, "node.step-list-addresses", "list addresses", "列出地址")
WORDS_ROW(NODE_STEP_REMOVE_ADDRESS, "node.step-remove-address", "remove an old address",
          "移除旧地址")
WORDS_ROW(NODE_STEP_ADD_ADDRESS, "node.step-add-address", "add the address", "添加地址")
WORDS_ROW(NODE_STEP_LIST_ROUTES, "node.step-list-routes", "list routes", "列出路由")
WORDS_ROW(NODE_STEP_REMOVE_ROUTE, "node.step-remove-route", "remove an old default route",
          "移除旧的默认路由")
WORDS_ROW(NODE_STEP_ADD_ROUTE, "node.step-add-route", "add the default route", "添加默认路由")

/* ---- the node as a whole: the first of what is not as desired ---- */

WORDS_ROW(NODE_ADDRESS_FAILED, "node.address-failed", "address {id}: {error}",
          "云端公网地址{id}：{error}", "id", "error")
WORDS_ROW(NODE_VPC_FAILED, "node.vpc-failed", "vpc {id}: {error}", "VPC {id}：{error}", "id",
          "error")
WORDS_ROW(NODE_INSTANCE_FAILED, "node.instance-failed", "instance {id}: {error}",
          "实例{id}：{error}", "id", "error")
WORDS_ROW(NODE_TABLE_FAILED, "node.table-failed", "table {id}: {error}", "路由表{id}：{error}",
          "id", "error")
WORDS_ROW(NODE_GATEWAY_FAILED, "node.gateway-failed", "gateway {id}: {error}",
          "边界网关{id}：{error}", "id", "error")
WORDS_ROW(NODE_ATTACHMENT_FAILED, "node.attachment-failed", "attachment {id}: {error}",
          "VPC接口{id}：{error}", "id", "error")
WORDS_ROW(NODE_ROUTE_FAILED, "node.route-failed", "route {id}: {error}", "路由{id}：{error}", "id",
          "error")
WORDS_ROW(NODE_TUNNEL_FAILED, "node.tunnel-failed", "tunnel {id}: {error}", "隧道{id}：{error}",
          "id", "error")
WORDS_ROW(NODE_LINE_FAILED, "node.line-failed", "private interface {id}: {error}",
          "专线接口{id}：{error}", "id", "error")
WORDS_ROW(NODE_NETWORK_FAILED, "node.network-failed", "network {id}: {error}", "网络{id}：{error}",
          "id", "error")
WORDS_ROW(NODE_OBJECT_FAILED, "node.object-failed", "object {id}: {error}", "对象{id}：{error}",
          "id", "error")
WORDS_ROW(NODE_DATAPLANE_FAILED, "node.dataplane-failed", "data plane: {error}", "数据面：{error}",
          "error")
WORDS_ROW(NODE_DATAPLANE_FAILED_BECAUSE, "node.dataplane-failed-because",
          "data plane: {error}; {reason}", "数据面：{error}；{reason}", "error", "reason")
WORDS_ROW(NODE_IKE_FAILED, "node.ike-failed", "IKE: {error}", "IKE：{error}", "error")

/* ---- what the data plane cannot take ---- */

WORDS_ROW(DATAPLANE_UNDERLAY_FAILED, "dataplane.underlay-failed", "underlay {underlay}: {error}",
          "底层地址{underlay}：{error}", "underlay", "error")
WORDS_ROW(DATAPLANE_PORT_FAILED, "dataplane.port-failed", "port {port}: {error}",
          "实例接口{port}：{error}", "port", "error")
WORDS_ROW(DATAPLANE_TABLE_FAILED, "dataplane.table-failed", "table {table}: {error}",
          "转发表{table}：{error}", "table", "error")
WORDS_ROW(DATAPLANE_TUNNEL_FAILED, "dataplane.tunnel-failed", "tunnel {tunnel}: {error}",
          "隧道{tunnel}：{error}", "tunnel", "error")
WORDS_ROW(DATAPLANE_UNDERLAYS_FAILED, "dataplane.underlays-failed", "underlay list: {error}",
          "底层地址列表：{error}", "error")
WORDS_ROW(DATAPLANE_PORTS_FAILED, "dataplane.ports-failed", "port list: {error}",
          "实例接口列表：{error}", "error")
WORDS_ROW(DATAPLANE_TUNNELS_FAILED, "dataplane.tunnels-failed", "tunnel list: {error}",
          "隧道列表：{error}", "error")
WORDS_ROW(DATAPLANE_NOT_TAKEN_IN, "dataplane.not-taken-in", "configuration not taken in: {error}",
          "配置未能读入：{error}", "error")
WORDS_ROW(DATAPLANE_NOT_PUBLISHED, "dataplane.not-published",
          "configuration not published: {error}", "配置未能发布：{error}", "error")
WORDS_ROW(DATAPLANE_NOT_BEGUN, "dataplane.not-begun",
          "the end of a configuration that did not begin", "收到了从未开始的配置的结尾")
WORDS_ROW(
    NODE_TUNNEL_BLACKHOLING, "node.tunnel-blackholing",
    "the peer answers probes through the tunnel no more; while another tunnel of the connection "
    "works the traffic takes that one, until the peer answers again",
    "对端不再应答经隧道的探测；只要该VPN连接还有正常的隧道，流量就走其他隧道，直到对端恢复应答")
WORDS_ROW(NODE_LINE_SILENT, "node.line-silent",
          "the router at the other end answers probes no more; until it does again traffic takes "
          "other routes",
          "另一端的路由器不再应答探测；在其恢复应答之前流量走其他路由")

WORDS_ROW(NODE_DRAINED, "node.drained", "its node is drained", "其所在节点正在维护排空")

/* BGP. */
WORDS_ROW(NODE_BGP_FAILED, "node.bgp-failed", "BGP cannot be set up: {error}",
          "无法建立BGP：{error}", "error")
WORDS_ROW(NODE_BGP_BIRD, "node.bgp-bird", "BIRD does not run: {error}", "BIRD未运行：{error}",
          "error")
WORDS_ROW(
    BGP_WRONG_ASN, "bgp.wrong-asn",
    "the peer says another ASN in its OPEN than the customer gateway has; correct one of them",
    "对端在OPEN消息中给出的ASN与客户网关的ASN不同；请改正其中之一")
WORDS_ROW(
    BGP_OUR_ASN, "bgp.our-asn",
    "the peer expects another ASN of this side than the border gateway has; correct one of them",
    "对端预期的ASN与边界网关的ASN不同；请改正其中之一")
WORDS_ROW(BGP_HOLD_TIMER, "bgp.hold-timer", "nothing was heard of the peer for the hold time",
          "在保持时间内未收到对端的任何消息")
WORDS_ROW(BGP_THEIR_TIMER, "bgp.their-timer",
          "the peer heard nothing of this side for the hold time",
          "对端在保持时间内未收到本端的任何消息")
WORDS_ROW(
    BGP_MAX_PREFIXES, "bgp.max-prefixes",
    "the peer announced more prefixes than the border gateway takes: the session begins anew "
    "after a pause; raise the quota of dynamic routes or announce less",
    "对端通告的前缀数超过边界网关的上限：会话将在暂停后重新建立；请提高动态路由配额或减少通告")
WORDS_ROW(BGP_THEIR_MAXIMUM, "bgp.their-maximum",
          "this side announced more prefixes than the peer takes", "本端通告的前缀数超过对端的上限")
WORDS_ROW(BGP_NOT_LISTENING, "bgp.not-listening",
          "the peer refuses connections to TCP port 179: BGP does not run there, or not for this "
          "address",
          "对端拒绝TCP端口179的连接：对端未运行BGP，或未对该地址启用")
WORDS_ROW(BGP_NOT_CONFIGURED, "bgp.not-configured",
          "the peer closes the connection: BGP runs there, but is not configured for this side's "
          "address",
          "对端关闭了连接：对端运行BGP，但未为本端地址配置邻居")
WORDS_ROW(BGP_NO_ANSWER, "bgp.no-answer",
          "the peer does not answer on TCP port 179: a filter is in the way, or MD5 passwords "
          "differ",
          "对端在TCP端口179上无应答：可能被过滤，或两端的MD5密码不同")
WORDS_ROW(BGP_PASSWORD, "bgp.password",
          "segments with another TCP MD5 signature, or with none, come to the gateway: the "
          "passwords of both ends differ",
          "网关收到了TCP MD5签名不符或没有签名的报文：两端的密码不同")
WORDS_ROW(
    BGP_UNEXPECTED, "bgp.unexpected-password",
    "segments with a TCP MD5 signature come to the gateway: the peer has a password, and this "
    "VPN connection has none",
    "网关收到了带TCP MD5签名的报文：对端设置了密码，而该VPN连接没有密码")
WORDS_ROW(BGP_LINK_DOWN, "bgp.link-down", "the tunnel is not up", "隧道未连通")
WORDS_ROW(BGP_BFD, "bgp.bfd", "BFD lost the peer", "BFD检测到对端失联")
WORDS_ROW(BGP_THEIR_STOP, "bgp.their-stop", "the session was shut down or reset at the peer",
          "会话在对端被关闭或重置")
WORDS_ROW(BGP_SAME_ID, "bgp.same-id", "both sides have the same router id; change the peer's",
          "两端的路由器标识相同；请修改对端的标识")
WORDS_ROW(BGP_MALFORMED, "bgp.malformed", "a message of the peer is no proper BGP: {detail}",
          "对端的消息不符合BGP规范：{detail}", "detail")
WORDS_ROW(BGP_OTHER, "bgp.other", "BIRD says: {detail}", "BIRD报告：{detail}", "detail")
