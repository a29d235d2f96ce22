/* Connectivity tests: why one is refused or comes to nothing, and what it shows. */

/* ---- refused ---- */

WORDS_ROW(
    TRIAL_MEMBER, "trial.member",
    "A connectivity test has no {name}; it takes kind, source, destination, count, size, "
    "intervalMs, maxHops, duration and family.",
    "连通性测试没有参数{name}；可用的参数有kind、source、destination、count、size、intervalMs、"
    "maxHops、duration和family。",
    "name")
WORDS_ROW(TRIAL_KIND, "trial.kind", "kind must be ping, traceroute, pathMtu or throughput.",
          "kind必须是ping、traceroute、pathMtu或throughput。")
WORDS_ROW(TRIAL_SOURCE, "trial.source",
          "source must be an object with the id of an instance or of a tunnel: where the test "
          "begins.",
          "source必须是包含instance或tunnel（其ID）的对象，表示测试的起点。")
WORDS_ROW(TRIAL_DESTINATION, "trial.destination",
          "destination must be an address, the id of an instance of this region, or REGION/ID of "
          "one of another.",
          "destination必须是IP地址、本区域实例的ID，或其他区域实例的“区域/ID”。")
WORDS_ROW(TRIAL_NO_SUCH_INSTANCE, "trial.no-such-instance", "There is no instance {instance}.",
          "实例{instance}不存在。", "instance")
WORDS_ROW(TRIAL_NO_SUCH_TUNNEL, "trial.no-such-tunnel", "There is no tunnel {tunnel}.",
          "隧道{tunnel}不存在。", "tunnel")
WORDS_ROW(TRIAL_TUNNEL_KIND, "trial.tunnel-kind",
          "A throughput test begins in an instance, not in a tunnel.",
          "吞吐量测试只能从实例发起，不能从隧道发起。")
WORDS_ROW(TRIAL_TUNNEL_PEER, "trial.tunnel-peer",
          "Tunnel {tunnel} has no peerTunnelAddress: give a destination.",
          "隧道{tunnel}没有配置peerTunnelAddress：请给出destination。", "tunnel")
WORDS_ROW(TRIAL_TUNNEL_ADDRESS, "trial.tunnel-address", "tunnel {tunnel} has no tunnelAddress",
          "隧道{tunnel}没有配置tunnelAddress", "tunnel")
WORDS_ROW(TRIAL_TUNNEL_NO_NODE, "trial.tunnel-no-node", "no node carries tunnel {tunnel}",
          "没有节点承载隧道{tunnel}", "tunnel")
WORDS_ROW(TRIAL_TUNNEL_OFFLINE, "trial.tunnel-offline",
          "node {node} of tunnel {tunnel} is not online", "隧道{tunnel}所在的节点{node}不在线",
          "tunnel", "node")
WORDS_ROW(TRIAL_TUNNEL_NOT_UP, "trial.tunnel-not-up", "tunnel {tunnel} is not up",
          "隧道{tunnel}未建立", "tunnel")
WORDS_ROW(TRIAL_TUNNEL_DOWN, "trial.tunnel-down", "tunnel {tunnel} is not up: {reason}",
          "隧道{tunnel}未建立：{reason}", "tunnel", "reason")
WORDS_ROW(TRIAL_RANGE, "trial.range", "{name} must be a whole number from {min} to {max}.",
          "{name}必须是{min}到{max}之间的整数。", "name", "min", "max")
WORDS_ROW(TRIAL_TIME, "trial.time",
          "A test lasts at most {max} seconds: count and intervalMs make it longer.",
          "测试最长{max}秒：count与intervalMs使其超出该时长。", "max")
WORDS_ROW(TRIAL_OTHER_KIND, "trial.other-kind", "{name} has no meaning for a test of kind {kind}.",
          "{name}不适用于{kind}测试。", "name", "kind")
WORDS_ROW(TRIAL_FAMILY, "trial.family",
          "Source and destination must both be IPv4 or both IPv6, and family, if given, ipv4 or "
          "ipv6 as they are: {source} and {destination} are not.",
          "起点和终点必须同为IPv4或同为IPv6，给出的family（ipv4或ipv6）也必须与之一致：{source}和"
          "{destination}不符合。",
          "source", "destination")
WORDS_ROW(
    TRIAL_NO_NAMESPACE, "trial.no-namespace",
    "instance {instance} is a machine of its own, in which no node can run anything: test "
    "from inside of it, or take it as the destination of a ping",
    "实例{instance}是独立的机器，节点无法在其中运行程序：请在其内部测试，或将其作为ping的终点",
    "instance")
WORDS_ROW(TRIAL_NO_NODE, "trial.no-node", "no node carries instance {instance}",
          "没有节点承载实例{instance}", "instance")
WORDS_ROW(TRIAL_OFFLINE, "trial.offline", "node {node} of instance {instance} is not online",
          "实例{instance}所在的节点{node}不在线", "node", "instance")
WORDS_ROW(TRIAL_REFUSED, "trial.refused", "The test cannot run: {reason}.",
          "测试无法运行：{reason}。", "reason")
WORDS_ROW(TRIAL_NODE_BUSY, "trial.node-busy",
          "{max} tests run on node {node} already; stop one or wait.",
          "节点{node}上已有{max}项测试在运行；请停止其中之一或等待。", "node", "max")
WORDS_ROW(TRIAL_PROJECT_BUSY, "trial.project-busy",
          "{max} tests of the project run already; stop one or wait.",
          "该项目已有{max}项测试在运行；请停止其中之一或等待。", "max")
WORDS_ROW(TRIAL_SERVER, "trial.server",
          "A throughput test needs an instance as its destination, where the other end is started.",
          "吞吐量测试的终点必须是实例，对端程序在其中启动。")
WORDS_ROW(TRIAL_ITSELF, "trial.itself", "Source and destination are the same instance.",
          "起点和终点是同一个实例。")
WORDS_ROW(TRIAL_NO_SUCH, "trial.no-such",
          "There is no such connectivity test; they are kept for an hour, the newest {max} of a "
          "region.",
          "该连通性测试不存在；每个区域保留最近一小时内最新的{max}项。", "max")
WORDS_ROW(TRIAL_REPORT, "trial.report",
          "A report of connectivity tests has life, a text, and tests, a list.",
          "连通性测试的上报包含文本life和列表tests。")
WORDS_ROW(TRIAL_CURSOR, "trial.cursor", "tests must be LIFE:AT of the last answer.",
          "tests必须是上次应答的“LIFE:AT”。")

/* ---- what a node says ---- */

WORDS_ROW(NODE_TRIAL_SEND, "node.trial-send",
          "the echo requests do not leave the instance: {error}", "回显请求无法从实例发出：{error}",
          "error")
WORDS_ROW(NODE_TRIAL_SOCKET, "node.trial-socket", "the node cannot open a socket for it: {error}",
          "节点无法为其打开套接字：{error}", "error")
WORDS_ROW(NODE_TRIAL_TOO_LONG, "node.trial-too-long", "it took too long", "耗时过长")
WORDS_ROW(NODE_TRIAL_IPERF, "node.trial-iperf", "iperf3 says: {error}", "iperf3报告：{error}",
          "error")
WORDS_ROW(NODE_TRIAL_NO_IPERF, "node.trial-no-iperf", "iperf3 is not installed on the node",
          "节点上未安装iperf3")
WORDS_ROW(NODE_TRIAL_NAMESPACE, "node.trial-namespace",
          "the namespace {netns} of the instance cannot be entered: {error}",
          "无法进入实例的网络命名空间{netns}：{error}", "netns", "error")
WORDS_ROW(NODE_TRIAL_CUT, "node.trial-cut", "the node lost the connection to ropewayd",
          "节点与ropewayd的连接中断")
WORDS_ROW(NODE_TRIAL_NO_INSTANCE, "node.trial-no-instance",
          "instance {instance} does not run on the node", "实例{instance}未在节点上运行",
          "instance")
WORDS_ROW(NODE_TRIAL_NO_TUNNEL, "node.trial-no-tunnel", "tunnel {tunnel} is not on the node",
          "隧道{tunnel}不在节点上", "tunnel")
WORDS_ROW(NODE_TRIAL_TUNNEL_DOWN, "node.trial-tunnel-down", "tunnel {tunnel} is not up any more",
          "隧道{tunnel}已中断", "tunnel")
WORDS_ROW(NODE_TRIAL_SELECTORS, "node.trial-selectors",
          "the traffic selectors of tunnel {tunnel} leave out {destination} or its own address",
          "隧道{tunnel}的流量选择符不包含{destination}或隧道自身的地址", "tunnel", "destination")
WORDS_ROW(NODE_TRIAL_ECHO, "node.trial-echo",
          "the data plane does not send the echo requests: {error}",
          "数据面无法发送回显请求：{error}", "error")
WORDS_ROW(NODE_TRIAL_TOO_MANY, "node.trial-too-many", "{max} tests run on the node already",
          "节点上已有{max}项测试在运行", "max")

/* ---- how it ended ---- */

WORDS_ROW(TRIAL_STOPPED, "trial.stopped", "The test was stopped.", "测试已停止。")
WORDS_ROW(TRIAL_NODE_SILENT, "trial.node-silent", "node {node} says nothing of it any more",
          "节点{node}不再上报", "node")
WORDS_ROW(TRIAL_NODE_RESTARTED, "trial.node-restarted", "node {node} was restarted",
          "节点{node}已重启", "node")
WORDS_ROW(TRIAL_ENDED, "trial.ended", "The test ended early: {reason}.", "测试提前结束：{reason}。",
          "reason")

/* ---- what it shows ---- */

WORDS_ROW(TRIAL_PING_ALL, "trial.ping-all",
          "Replies to all requests ({count}) came, after {time} ms on average.",
          "收到全部{count}个应答，平均{time}毫秒。", "count", "time")
WORDS_ROW(TRIAL_PING_SOME, "trial.ping-some",
          "{received} of {count} replies came, after {time} ms on average.",
          "{count}个请求收到{received}个应答，平均{time}毫秒。", "received", "count", "time")
WORDS_ROW(TRIAL_PING_NONE, "trial.ping-none", "No reply: {reason}.", "没有应答：{reason}。",
          "reason")
WORDS_ROW(TRIAL_TRACE_REACHED, "trial.trace-reached", "{destination} is reached in {hops} hops.",
          "经过{hops}跳到达{destination}。", "destination", "hops")
WORDS_ROW(TRIAL_TRACE_LOST, "trial.trace-lost", "{destination} is not reached: {reason}.",
          "未到达{destination}：{reason}。", "destination", "reason")
WORDS_ROW(TRIAL_MTU, "trial.mtu", "The path MTU is {mtu} bytes.", "路径MTU为{mtu}字节。", "mtu")
WORDS_ROW(TRIAL_MTU_TUNNEL, "trial.mtu-tunnel",
          "The path MTU is {mtu} bytes, as tunnel {tunnel} is configured.",
          "路径MTU为{mtu}字节，与隧道{tunnel}的配置一致。", "mtu", "tunnel")
WORDS_ROW(TRIAL_MTU_SMALLER, "trial.mtu-smaller",
          "The path MTU is {mtu} bytes, less than the {tunnelMtu} of tunnel {tunnel}: something on "
          "the way carries less.",
          "路径MTU为{mtu}字节，小于隧道{tunnel}的{tunnelMtu}字节：途中有设备的MTU更小。", "mtu",
          "tunnelMtu", "tunnel")
WORDS_ROW(TRIAL_MTU_NONE, "trial.mtu-none",
          "No path MTU: not even small packets come back: {reason}.",
          "无法测得路径MTU：小报文也没有应答：{reason}。", "reason")
WORDS_ROW(TRIAL_RATE, "trial.rate", "{rate} Mbit/s on average, {retransmits} segments sent again.",
          "平均{rate} Mbit/s，重传{retransmits}个报文段。", "rate", "retransmits")
WORDS_ROW(TRIAL_RATE_NONE, "trial.rate-none", "Nothing was measured: {reason}.",
          "没有测得结果：{reason}。", "reason")

/* ---- why nothing came; inside of the sentences above ---- */

WORDS_ROW(TRIAL_WHY_WAY, "trial.why-way", "the packets to {address} go {end}",
          "去往{address}的报文{end}", "address", "end")
WORDS_ROW(TRIAL_WHY_WAY_BACK, "trial.why-way-back",
          "the way there is in order, but the answers to {address} go {end}",
          "去程正常，但返回{address}的应答{end}", "address", "end")
WORDS_ROW(TRIAL_WHY_NO_ROUTE, "trial.why-no-route", "{router} has no route to it",
          "{router}没有到该地址的路由", "router")
WORDS_ROW(TRIAL_WHY_NO_HOST, "trial.why-no-host", "{router} does not reach it",
          "{router}无法到达该地址", "router")
WORDS_ROW(TRIAL_WHY_PROHIBITED, "trial.why-prohibited", "{router} does not let it through",
          "{router}禁止通过", "router")
WORDS_ROW(TRIAL_WHY_TOO_BIG, "trial.why-too-big", "the packets are too large for the way",
          "报文大于路径所能承载的大小")
WORDS_ROW(TRIAL_WHY_UNREACHABLE, "trial.why-unreachable", "{router} says that it is unreachable",
          "{router}报告该地址不可达", "router")
WORDS_ROW(
    TRIAL_WHY_TUNNEL, "trial.why-tunnel",
    "tunnel {tunnel} is up, but nothing comes back through it: ESP packets are lost on the "
    "path, or {address} does not answer, or answers another way",
    "隧道{tunnel}已建立，但没有报文经其返回：ESP报文在途中丢失，或{address}不应答或应答走了其他"
    "路径",
    "tunnel", "address")
WORDS_ROW(TRIAL_WHY_DROPS, "trial.why-drops",
          "{reason}; packets that node {node} dropped meanwhile: {count} ({drop})",
          "{reason}；其间节点{node}丢弃了{count}个报文：{drop}", "reason", "node", "count", "drop")
WORDS_ROW(TRIAL_WHY_UNKNOWN, "trial.why-unknown",
          "the routes lead there and back as far as they are known here; look at the destination "
          "itself and at what lies between",
          "就本系统所知，往返路由均正常；请检查终点本身及中间网络")

/* ---- ropeway test ---- */

WORDS_ROW(
    TEST_HELP, "test.help",
    "Has the nodes test the way from an instance to another one or to any address, and shows "
    "it as it goes. The exit status is 0 if something came back. A test ends by itself, at "
    "the latest after a minute.",
    "由节点测试从一个实例到另一个实例或任意地址的连通性，并实时显示过程。有应答时退出码为0。测试"
    "会自行结束，最长一分钟。")
WORDS_ROW(TEST_HELP_LINE, "test.help-line", "test the way from an instance to an address",
          "测试从实例到某地址的连通性")
WORDS_ROW(TEST_HELP_FROM, "test.help-from", "the instance where the test begins", "测试起点的实例")
WORDS_ROW(TEST_HELP_FROM_TUNNEL, "test.help-from-tunnel",
          "the tunnel whose inner address the test begins at; not for throughput",
          "以其隧道地址为测试起点的隧道；不适用于throughput")
WORDS_ROW(TEST_HELP_TO, "test.help-to", "the instance or address that is to be reached",
          "要到达的实例或地址")
WORDS_ROW(TEST_HELP_TO_REGION, "test.help-to-region", "the region of the instance behind --to",
          "--to所指实例的区域")
WORDS_ROW(TEST_HELP_COUNT, "test.help-count", "how many echo requests a ping sends (1-100)",
          "ping发送的回显请求数（1-100）")
WORDS_ROW(TEST_HELP_INTERVAL, "test.help-interval", "seconds between them (0.1-10)",
          "请求的间隔秒数（0.1-10）")
WORDS_ROW(TEST_HELP_SIZE, "test.help-size",
          "bytes of an IP packet; of a path MTU test the largest that is tried",
          "IP报文的字节数；路径MTU测试中为尝试的最大值")
WORDS_ROW(TEST_HELP_MAX_HOPS, "test.help-max-hops", "how far a traceroute looks (1-32)",
          "traceroute的最大跳数（1-32）")
WORDS_ROW(TEST_HELP_DURATION, "test.help-duration", "seconds that a throughput test sends (1-30)",
          "吞吐量测试的发送秒数（1-30）")
WORDS_ROW(TEST_BAD_NUMBER, "test.bad-number", "--{flag} takes a number, not \"{value}\"",
          "--{flag}的值必须是数字，而不是“{value}”", "flag", "value")
WORDS_ROW(TEST_NEEDS, "test.needs",
          "test {kind} needs --from INSTANCE and --to INSTANCE|ADDRESS, or --from-tunnel TUNNEL",
          "test {kind}需要--from INSTANCE和--to INSTANCE|ADDRESS，或--from-tunnel TUNNEL", "kind")
WORDS_ROW(TEST_HEAD, "test.head", "{kind} from {from} ({fromAddress}) to {to} ({toAddress})",
          "{kind}：从{from}（{fromAddress}）到{to}（{toAddress}）", "kind", "from", "fromAddress",
          "to", "toAddress")
WORDS_ROW(TEST_HEAD_ADDRESS, "test.head-address", "{kind} from {from} ({fromAddress}) to {to}",
          "{kind}：从{from}（{fromAddress}）到{to}", "kind", "from", "fromAddress", "to")
WORDS_ROW(TEST_REPLY, "test.reply", "reply from {from}: seq={number} ttl={ttl} time={time} ms",
          "来自{from}的应答：seq={number} ttl={ttl} 时间={time} 毫秒", "from", "number", "ttl",
          "time")
WORDS_ROW(TEST_LOST, "test.lost", "seq={number}: no reply within a second",
          "seq={number}：一秒内没有应答", "number")
WORDS_ROW(TEST_SAID, "test.said", "from {from}: seq={number}: {what}",
          "来自{from}：seq={number}：{what}", "from", "number", "what")
WORDS_ROW(TEST_INTERFACE, "test.interface", "the instance's interface", "实例的接口")
WORDS_ROW(TEST_WHAT_EXPIRED, "test.what-expired", "the hop limit ran out", "跳数耗尽")
WORDS_ROW(TEST_WHAT_TOO_BIG, "test.what-too-big", "too large", "报文过大")
WORDS_ROW(TEST_WHAT_NO_ROUTE, "test.what-no-route", "no route", "没有路由")
WORDS_ROW(TEST_WHAT_NO_HOST, "test.what-no-host", "the host is not reached", "主机不可达")
WORDS_ROW(TEST_WHAT_PROHIBITED, "test.what-prohibited", "not let through", "禁止通过")
WORDS_ROW(TEST_WHAT_UNREACHABLE, "test.what-unreachable", "unreachable", "不可达")
WORDS_ROW(TEST_WHAT_OTHER, "test.what-other", "another answer", "其他应答")
WORDS_ROW(TEST_SIZE_PASSES, "test.size-passes", "{size} bytes: passes, {time} ms",
          "{size}字节：可通过，{time}毫秒", "size", "time")
WORDS_ROW(TEST_SIZE_LOST, "test.size-lost", "{size} bytes: no reply", "{size}字节：没有应答",
          "size")
WORDS_ROW(TEST_SIZE_SAID, "test.size-said",
          "{size} bytes: too large, says {from}: its MTU is {mtu}",
          "{size}字节：{from}报告过大，其MTU为{mtu}", "size", "from", "mtu")
WORDS_ROW(TEST_SIZE_REFUSED, "test.size-refused", "{size} bytes: from {from}: {what}",
          "{size}字节：来自{from}：{what}", "size", "from", "what")
WORDS_ROW(TEST_RATE, "test.rate", "{from}-{to} s: {rate} Mbit/s, {retransmits} segments sent again",
          "{from}-{to}秒：{rate} Mbit/s，重传{retransmits}个报文段", "from", "to", "rate",
          "retransmits")
WORDS_ROW(TEST_RATE_RECEIVED, "test.rate-received", "{from}-{to} s: {rate} Mbit/s received",
          "{from}-{to}秒：接收{rate} Mbit/s", "from", "to", "rate")
WORDS_ROW(TEST_COLUMN_STATUS, "test.column-status", "STATUS", "状态")
WORDS_ROW(TEST_COLUMN_OUTCOME, "test.column-outcome", "OUTCOME", "结果")

/* ---- the way, drawn ---- */

WORDS_ROW(PATH_ROUTE_TABLE, "path.route-table", "route table", "路由表")
WORDS_ROW(PATH_BORDER_GATEWAY, "path.border-gateway", "border gateway", "边界网关")
WORDS_ROW(PATH_CONNECTION, "path.connection", "VPN connection", "VPN连接")
WORDS_ROW(PATH_VPC, "path.vpc", "VPC", "VPC")
WORDS_ROW(PATH_INSTANCE, "path.instance", "instance", "实例")
WORDS_ROW(PATH_PLACE, "path.place", "place", "位置")
WORDS_ROW(PATH_HOP, "path.hop", "{kind} {name} of {region}", "{region}的{kind}{name}", "kind",
          "name", "region")
WORDS_ROW(PATH_ENTRY, "path.entry", "{destination} ({type}) to {nextHop}",
          "{destination}（{type}）下一跳{nextHop}", "destination", "type", "nextHop")
WORDS_ROW(PATH_TUNNEL, "path.tunnel",
          "{tunnel}: {cloudAddress} to {customerAddress}, {state}, MTU {mtu}",
          "{tunnel}：{cloudAddress}到{customerAddress}，{state}，MTU {mtu}", "tunnel",
          "cloudAddress", "customerAddress", "state", "mtu")
WORDS_ROW(PATH_TUNNEL_AUTO, "path.tunnel-auto",
          "{tunnel}: {cloudAddress} to {customerAddress}, {state}",
          "{tunnel}：{cloudAddress}到{customerAddress}，{state}", "tunnel", "cloudAddress",
          "customerAddress", "state")
WORDS_ROW(PATH_SEEN_TO, "path.seen-to", "to the peer it goes to {address}",
          "对端看到的目的地址为{address}", "address")
WORDS_ROW(PATH_SEEN_FROM, "path.seen-from", "to the peer it comes from {address}",
          "对端看到的源地址为{address}", "address")
WORDS_ROW(PATH_END, "path.end", "goes {end}", "{end}", "end")
