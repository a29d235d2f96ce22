/* What a region cannot serve in full. */
WORDS_ROW(PROBLEM_GATEWAY_UNPLACED, "problem.gateway-unplaced",
          "Nothing carries it: it is not placed on a node yet.", "没有节点承载：尚未安置到节点。")
WORDS_ROW(PROBLEM_GATEWAY_UNPLACEABLE, "problem.gateway-unplaceable",
          "Nothing carries it: the region has no node with role gateway.",
          "没有节点承载：该区域没有gateway角色的节点。")
WORDS_ROW(PROBLEM_GATEWAY_NODE_MISSING, "problem.gateway-node-missing",
          "Nothing carries it: its node {node} does not exist.",
          "没有节点承载：其所在节点{node}不存在。", "node")
WORDS_ROW(PROBLEM_ADDRESS_UNPLACED, "problem.address-unplaced",
          "Nothing carries its cloud address {cloudAddress}: it is not placed on a node yet.",
          "没有节点承载其云端公网地址{cloudAddress}：尚未安置到节点。", "cloudAddress")
WORDS_ROW(PROBLEM_ADDRESS_UNPLACEABLE, "problem.address-unplaceable",
          "Nothing carries its cloud address {cloudAddress}: the region has no node with role "
          "gateway.",
          "没有节点承载其云端公网地址{cloudAddress}：该区域没有gateway角色的节点。", "cloudAddress")
WORDS_ROW(PROBLEM_ADDRESS_NODE_MISSING, "problem.address-node-missing",
          "Nothing carries its cloud address {cloudAddress}: its node {node} does not exist.",
          "没有节点承载其云端公网地址{cloudAddress}：其所在节点{node}不存在。", "cloudAddress",
          "node")
WORDS_ROW(PROBLEM_TUNNEL_APART, "problem.tunnel-apart",
          "Its cloud address {cloudAddress} is on node {node}, but its border gateway "
          "{borderGateway} is on node {gatewayNode}: packets do not cross between nodes.",
          "其云端公网地址{cloudAddress}位于节点{node}，但其边界网关{borderGateway}位于节点"
          "{gatewayNode}：报文不会跨节点转发。",
          "cloudAddress", "node", "borderGateway", "gatewayNode")
WORDS_ROW(PROBLEM_LINE_UNPLACED, "problem.line-unplaced", "It has no nodeId: no node carries it.",
          "未指定nodeId：没有节点承载。")
WORDS_ROW(
    PROBLEM_LINE_APART, "problem.line-apart",
    "It ends at node {node}, but its border gateway {borderGateway} is on node {gatewayNode}: "
    "it carries nothing until the gateway is on its node.",
    "其位于节点{node}，但其边界网关{borderGateway}位于节点{gatewayNode}：网关位于该节点之前，"
    "专线不承载流量。",
    "node", "borderGateway", "gatewayNode")
WORDS_ROW(PROBLEM_WIRE_DOWN, "problem.wire-down", "It is down: {error}", "其已中断：{error}",
          "error")
WORDS_ROW(PROBLEM_WIRE_DOWN_UNSAID, "problem.wire-down-unsaid", "It is down.", "其已中断。")
WORDS_ROW(
    PROBLEM_HOSTS_FULL, "problem.hosts-full",
    "Its limit of {limit} hosts is reached: further ones have to wait until others are silent.",
    "已达到其主机数上限{limit}：其他主机静默后，新主机才能接入。", "limit")
WORDS_ROW(PROBLEM_NETWORK_APART, "problem.network-apart",
          "Its interface is on node {node}, but border gateway {borderGateway} is on node "
          "{gatewayNode}: its hosts reach only what is on their own node.",
          "其接口位于节点{node}，但边界网关{borderGateway}位于节点{gatewayNode}"
          "：其中的主机只能访问同一节点上的资源。",
          "node", "borderGateway", "gatewayNode")
WORDS_ROW(PROBLEM_INSTANCE_UNPLACED, "problem.instance-unplaced",
          "No node carries it: it has no nodeId.", "没有节点承载：未指定nodeId。")
WORDS_ROW(PROBLEM_INSTANCE_NODE_MISSING, "problem.instance-node-missing",
          "Its node {node} does not exist.", "其所在节点{node}不存在。", "node")
WORDS_ROW(PROBLEM_INSTANCE_APART, "problem.instance-apart",
          "It is on node {node}, but border gateway {borderGateway} is on node {gatewayNode}: it "
          "reaches only what is on its own node.",
          "该实例位于节点{node}，但边界网关{borderGateway}位于节点{gatewayNode}"
          "：只能访问同一节点上的资源。",
          "node", "borderGateway", "gatewayNode")
WORDS_ROW(PROBLEM_OVER_QUOTA, "problem.over-quota",
          "The quota {quota} is {max} and keeps {count} of its routes from being effective: "
          "{destinations}.",
          "配额{quota}为{max}，其{count}条路由因此未生效：{destinations}。", "quota", "max",
          "count", "destinations")
WORDS_ROW(PROBLEM_TRANSLATION_OWN, "problem.translation-own",
          "The translation of its own {prefix}, which the peer sees as {seenAs}, covers nothing: "
          "its border gateway has no route to any of {prefix}.",
          "将本端{prefix}呈现为{seenAs}的地址转换未覆盖任何网络：边界网关没有到{prefix}的路由。",
          "prefix", "seenAs")
WORDS_ROW(
    PROBLEM_TRANSLATION_PEER, "problem.translation-peer",
    "The translation of the peer's {prefix}, which is seen here as {seenAs}, covers nothing: "
    "no route of its border gateway leads to any of {seenAs} over this connection.",
    "将对端{prefix}呈现为{seenAs}的地址转换未覆盖任何网络：边界网关没有经此连接到{seenAs}的路由。",
    "prefix", "seenAs")
