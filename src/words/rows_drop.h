/* Why the data plane drops a packet: DROP_<NAME> of IPC_STATS_DROPS (ipc_stats.h). */
WORDS_ROW(DROP_FRAME_MALFORMED, "drop.frame-malformed",
          "a frame of an instance is cut short or absurd", "实例的以太网帧不完整或内容无效")
WORDS_ROW(DROP_FRAME_TYPE, "drop.frame-type", "a frame of an instance carries neither IP nor ARP",
          "实例的以太网帧既不是IP也不是ARP")
WORDS_ROW(DROP_FRAME_ADDRESS, "drop.frame-address",
          "a frame of an instance is not addressed to its gateway",
          "实例的以太网帧的目的地址不是其网关")
WORDS_ROW(DROP_SOURCE, "drop.source",
          "the source address is not the sender's, or nobody can have it",
          "源地址不属于发送者，或是任何主机都不能使用的地址")
WORDS_ROW(DROP_MULTICAST, "drop.multicast", "broadcast and multicast are not forwarded",
          "广播和组播报文不转发")
WORDS_ROW(DROP_INNER_MALFORMED, "drop.inner-malformed", "an inner IP packet is malformed",
          "内层IP报文格式错误")
WORDS_ROW(DROP_INNER_CHECKSUM, "drop.inner-checksum",
          "the header checksum of an inner IPv4 packet is wrong", "内层IPv4报文的头部校验和错误")
WORDS_ROW(DROP_NO_ROUTE, "drop.no-route", "no route for the destination", "没有到目的地址的路由")
WORDS_ROW(DROP_BLACKHOLE, "drop.blackhole", "the route is a blackhole", "命中黑洞路由")
WORDS_ROW(DROP_UNREACHABLE, "drop.unreachable", "no such address in the subnet", "子网中没有该地址")
WORDS_ROW(DROP_JUMPS, "drop.jumps", "more than four tables in a row: a loop of routes",
          "连续经过超过四张路由表：路由成环")
WORDS_ROW(DROP_NO_TUNNEL, "drop.no-tunnel", "the VPN connection has no usable tunnel",
          "VPN连接没有可用的隧道")
WORDS_ROW(DROP_NO_PORT, "drop.no-port", "the instance has no port here", "该实例在本节点上没有接口")
WORDS_ROW(DROP_NO_NEIGHBOUR, "drop.no-neighbour", "nobody answers for the address on its interface",
          "接口上没有设备应答该地址")
WORDS_ROW(DROP_HOSTS_FULL, "drop.hosts-full",
          "of a host more than the limit of its real network allows",
          "报文来自超出其真实网络主机数上限的主机")
WORDS_ROW(DROP_ADDRESS_TAKEN, "drop.address-taken",
          "another machine on the line claims the gateway's address",
          "线路上另有设备声称拥有网关的地址")
WORDS_ROW(DROP_TTL, "drop.ttl", "the time to live ran out", "生存时间（TTL）耗尽")
WORDS_ROW(DROP_TOO_BIG, "drop.too-big", "larger than the MTU and not to be fragmented",
          "报文超过MTU且不允许分片")
WORDS_ROW(DROP_SELF, "drop.self", "for the gateway itself, which only answers echo requests",
          "报文发往网关自身，而网关只应答回显请求")
WORDS_ROW(DROP_TUNNEL_UNKNOWN, "drop.tunnel-unknown",
          "arrived through a tunnel that is not configured", "报文来自未配置的隧道")
WORDS_ROW(DROP_SELECTOR, "drop.selector",
          "an inner address the SA's traffic selectors do not allow",
          "内层地址不在SA的流量选择器范围内")
WORDS_ROW(DROP_ECN, "drop.ecn",
          "congestion was marked outside of a packet that cannot carry the mark",
          "外层标记了拥塞，而内层报文不能携带该标记")
WORDS_ROW(DROP_ESP_EXPIRED, "drop.esp-expired",
          "the SA is past its hard lifetime or out of numbers",
          "SA已超过硬生存周期，或序列号已用尽")
WORDS_ROW(DROP_ESP_UNKNOWN_SPI, "drop.esp-unknown-spi", "ESP for an SA that does not exist",
          "ESP报文对应的SA不存在")
WORDS_ROW(DROP_ESP_MALFORMED, "drop.esp-malformed", "ESP that is too short or of a wrong length",
          "ESP报文过短或长度错误")
WORDS_ROW(DROP_ESP_TOO_OLD, "drop.esp-too-old",
          "the sequence number lies left of the replay window", "序列号落在抗重放窗口左侧")
WORDS_ROW(DROP_ESP_REPLAYED, "drop.esp-replayed", "the sequence number was received before",
          "序列号已经收到过")
WORDS_ROW(DROP_ESP_BAD_ICV, "drop.esp-bad-icv",
          "the integrity check failed: forged, damaged, other keys",
          "完整性校验失败：报文被伪造、损坏或密钥不同")
WORDS_ROW(DROP_ESP_BAD_INNER, "drop.esp-bad-inner",
          "authentic, but padding, type or inner header are wrong",
          "报文真实，但填充、类型或内层头部错误")
WORDS_ROW(DROP_ESP_DUMMY, "drop.esp-dummy", "an authentic dummy packet", "真实的空报文（dummy）")
WORDS_ROW(DROP_ESP_ENGINE, "drop.esp-engine", "the crypto engine failed", "加密引擎出错")
WORDS_ROW(DROP_DATAGRAM_MALFORMED, "drop.datagram-malformed",
          "a datagram that is neither IKE nor ESP", "数据报既不是IKE也不是ESP")
WORDS_ROW(DROP_IKE_AWAY, "drop.ike-away",
          "an IKE datagram while ropeway-ike is away or does not keep up",
          "收到IKE数据报时ropeway-ike未运行或来不及处理")
WORDS_ROW(DROP_IKE_FLOOD, "drop.ike-flood",
          "more IKE datagrams than one address, or strangers together, may send",
          "单个地址或全部陌生来源发来的IKE数据报超过上限")
WORDS_ROW(DROP_SEND_FULL, "drop.send-full", "the underlay did not take more packets",
          "底层网络无法接收更多报文")
WORDS_ROW(DROP_SEND_FAILED, "drop.send-failed",
          "the underlay refused to send, e.g. without a route", "底层网络拒绝发送，例如没有路由")
WORDS_ROW(DROP_PORT_FULL, "drop.port-full", "the instance's interface did not take the packet",
          "实例的接口未能接收该报文")
WORDS_ROW(DROP_LINE_OFF, "drop.line-off", "the private interface is out of use", "专线接口已停用")
