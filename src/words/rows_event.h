/* What happened: each is said beside the name of what it happened to. */

WORDS_ROW(EVENT_LEFT_OUT, "event.left-out",
          "events of this project that were left out, since there were too many at once: {count}",
          "事件过多，本项目有{count}条事件未保留", "count")

/* ---- tunnels ---- */

WORDS_ROW(EVENT_TUNNEL_UP, "event.tunnel-up", "the tunnel is up", "隧道已连通")
WORDS_ROW(EVENT_TUNNEL_UP_AGAIN, "event.tunnel-up-again",
          "the tunnel is up again after {seconds} s", "隧道中断{seconds}秒后恢复连通", "seconds")
WORDS_ROW(EVENT_TUNNEL_UP_AT_ONCE, "event.tunnel-up-at-once",
          "the tunnel is up again after less than a second", "隧道中断不到1秒后恢复连通")
WORDS_ROW(EVENT_TUNNEL_DOWN, "event.tunnel-down", "the tunnel is down: {reason}",
          "隧道中断：{reason}", "reason")
WORDS_ROW(EVENT_TUNNEL_DOWN_UNSAID, "event.tunnel-down-unsaid",
          "the tunnel is down, its node gave no reason", "隧道中断，节点未说明原因")
WORDS_ROW(EVENT_TUNNEL_ANEW, "event.tunnel-anew",
          "the IKE SA was lost, another has taken its place", "IKE SA曾丢失，现已重新建立")
WORDS_ROW(EVENT_TUNNEL_TROUBLE, "event.tunnel-trouble",
          "the tunnel is up, but not all is well: {reason}", "隧道已连通，但存在异常：{reason}",
          "reason")
WORDS_ROW(EVENT_TUNNEL_TROUBLE_OVER, "event.tunnel-trouble-over",
          "the tunnel has no trouble any more", "隧道的异常已消除")
WORDS_ROW(EVENT_NETWORK_UP, "event.network-up", "the real network is up", "真实网络已连通")
WORDS_ROW(EVENT_NETWORK_DOWN, "event.network-down", "the real network is down: {reason}",
          "真实网络中断：{reason}", "reason")
WORDS_ROW(
    EVENT_HOSTS_FULL, "event.hosts-full",
    "the limit of {limit} hosts is reached: further ones have to wait until others are silent",
    "已达到主机数上限{limit}：其他主机静默后，新主机才能接入", "limit")
WORDS_ROW(EVENT_HOSTS_FIT, "event.hosts-fit", "{hosts} hosts are known, of at most {limit}",
          "已知主机{hosts}台，上限{limit}台", "hosts", "limit")
WORDS_ROW(EVENT_LINE_UP, "event.line-up", "the private interface is up", "专线接口已连通")
WORDS_ROW(EVENT_LINE_DOWN, "event.line-down", "the private interface is down: {reason}",
          "专线接口中断：{reason}", "reason")
WORDS_ROW(EVENT_TUNNEL_DISABLED, "event.tunnel-disabled", "disabled by {who}", "由{who}停用", "who")
WORDS_ROW(EVENT_TUNNEL_ENABLED, "event.tunnel-enabled", "enabled by {who}", "由{who}启用", "who")

/* ---- nodes and programs ---- */

WORDS_ROW(EVENT_NODE_ONLINE, "event.node-online", "the node is online", "节点已上线")
WORDS_ROW(EVENT_NODE_ONLINE_AGAIN, "event.node-online-again",
          "the node is online again after {seconds} s", "节点失联{seconds}秒后重新上线", "seconds")
WORDS_ROW(EVENT_NODE_ONLINE_AT_ONCE, "event.node-online-at-once",
          "the node is online again after less than a second", "节点失联不到1秒后重新上线")
WORDS_ROW(EVENT_NODE_DRAINED, "event.node-drained",
          "{who} drains the node: traffic leaves its tunnels, then they are taken down",
          "{who}开始排空该节点：流量离开其隧道后断开隧道", "who")
WORDS_ROW(EVENT_NODE_UNDRAINED, "event.node-undrained",
          "{who} ends the draining of the node: it takes traffic again",
          "{who}结束排空该节点：节点恢复承载流量", "who")
WORDS_ROW(EVENT_NODE_OFFLINE, "event.node-offline", "the node has been silent since {since}",
          "节点自{since}起失联", "since")
WORDS_ROW(EVENT_NODE_BOOTED, "event.node-booted", "the node's machine was booted at {at}",
          "节点主机于{at}重启", "at")
WORDS_ROW(EVENT_NODE_DATAPLANE, "event.node-dataplane", "the node's data plane was started anew",
          "节点的数据面已重启")
WORDS_ROW(EVENT_CONTROL_STARTED, "event.control-started", "ropewayd {version} was started",
          "ropewayd {version}已启动", "version")

/* ---- where things are ---- */

WORDS_ROW(EVENT_NODE_TOOK_OVER, "event.node-took-over",
          "took over from {node}, gateways and addresses: {count}; {reason}",
          "从{node}接管了{count}个网关和地址：{reason}", "count", "node", "reason")
WORDS_ROW(EVENT_GATEWAY_MOVED, "event.gateway-moved", "moved from {from} to {to}: {reason}",
          "从{from}迁移到{to}：{reason}", "from", "to", "reason")
WORDS_ROW(EVENT_ADDRESSES_MOVED, "event.addresses-moved",
          "cloud addresses of the connection that moved to {to}: {count}",
          "该连接的{count}个云端地址已迁移到{to}", "count", "to")

/* ---- high availability ---- */

WORDS_ROW(EVENT_AVAILABILITY_LOST, "event.availability-lost",
          "the connection is not highly available any more", "该连接已不再高可用")
WORDS_ROW(EVENT_AVAILABILITY_BACK, "event.availability-back",
          "the connection is highly available again", "该连接已恢复高可用")

/* ---- routes ---- */

WORDS_ROW(EVENT_ROUTES_LOST, "event.routes-lost",
          "routes that are not in force: {count}, for example {destination}: {reason}",
          "{count}条路由未生效，例如{destination}：{reason}", "count", "destination", "reason")
WORDS_ROW(EVENT_ROUTES_BACK, "event.routes-back", "all routes are in force again",
          "全部路由已恢复生效")
WORDS_ROW(EVENT_ROUTES_OVER_QUOTA, "event.routes-over-quota",
          "peers announce more routes than the quota of {quota} lets in: {count} do not count, the "
          "first is {destination}",
          "对端发布的路由超出配额{quota}：{count}条不生效，第一条为{destination}", "quota", "count",
          "destination")
WORDS_ROW(EVENT_ROUTES_IN_QUOTA, "event.routes-in-quota",
          "the routes that peers announce are within the quota again",
          "对端发布的路由已恢复到配额之内")

/* ---- BGP ---- */

WORDS_ROW(EVENT_BGP_UP, "event.bgp-up", "the BGP session is up", "BGP会话已建立")
WORDS_ROW(EVENT_BGP_DOWN, "event.bgp-down", "the BGP session is down: {reason}",
          "BGP会话中断：{reason}", "reason")
WORDS_ROW(EVENT_BGP_DOWN_UNSAID, "event.bgp-down-unsaid",
          "the BGP session is down, its node gave no reason", "BGP会话中断，节点未说明原因")

/* ---- limits ---- */

WORDS_ROW(EVENT_QUOTA, "event.quota", "{used} of {limit} are used: {quota}",
          "配额{quota}已使用{used}，上限{limit}", "used", "limit", "quota")
WORDS_ROW(EVENT_TOKEN_EXPIRES, "event.token-expires", "the token expires at {at}",
          "令牌将于{at}过期", "at")
WORDS_ROW(EVENT_TOKEN_EXPIRED, "event.token-expired", "the token has expired at {at}",
          "令牌已于{at}过期", "at")
WORDS_ROW(EVENT_CERTIFICATE_EXPIRES, "event.certificate-expires",
          "the certificate has not been renewed and expires at {at}", "证书尚未续期，将于{at}过期",
          "at")
WORDS_ROW(EVENT_CERTIFICATE_EXPIRED, "event.certificate-expired",
          "the certificate has expired at {at}", "证书已于{at}过期", "at")

/* ---- alarms ---- */

WORDS_ROW(EVENT_ALARM, "event.alarm", "alarm: {member}: {cause}", "告警：{member}：{cause}",
          "member", "cause")
WORDS_ROW(EVENT_ALARM_OVER, "event.alarm-over", "over: {member}: {cause}",
          "恢复：{member}：{cause}", "member", "cause")
WORDS_ROW(EVENT_ALARM_MANY, "event.alarm-many",
          "alarm: {count} at once, among them {member}: {cause}",
          "告警：同时{count}个，其中包括{member}：{cause}", "count", "member", "cause")
WORDS_ROW(EVENT_ALARM_OVER_MANY, "event.alarm-over-many",
          "over: {count} at once, among them {member}: {cause}",
          "恢复：同时{count}个，其中包括{member}：{cause}", "count", "member", "cause")
WORDS_ROW(EVENT_ALARM_TEST, "event.alarm-test", "this is a test", "这是一条测试通知")
WORDS_ROW(CAUSE_TUNNEL_DOWN, "cause.tunnel-down", "the tunnel is down", "隧道中断")
WORDS_ROW(CAUSE_LINE_DOWN, "cause.line-down", "the leased line is down", "专线中断")
WORDS_ROW(CAUSE_ONE_TUNNEL_UP, "cause.one-tunnel-up", "only one tunnel is up", "仅剩一条隧道连通")
WORDS_ROW(CAUSE_NODE_OFFLINE, "cause.node-offline", "the node is offline", "节点失联")
WORDS_ROW(CAUSE_CERTIFICATE_EXPIRY, "cause.certificate-expiry",
          "the certificate has not been renewed in time", "证书未及时续期")
WORDS_ROW(CAUSE_ABOVE, "cause.above", "{metric} is {value}, above {threshold}",
          "{metric}为{value}，高于{threshold}", "metric", "value", "threshold")
WORDS_ROW(CAUSE_BELOW, "cause.below", "{metric} is {value}, below {threshold}",
          "{metric}为{value}，低于{threshold}", "metric", "value", "threshold")
WORDS_ROW(CAUSE_NOT_ABOVE, "cause.not-above", "{metric} is {value}, not above {threshold}",
          "{metric}为{value}，未高于{threshold}", "metric", "value", "threshold")
WORDS_ROW(CAUSE_NOT_BELOW, "cause.not-below", "{metric} is {value}, not below {threshold}",
          "{metric}为{value}，未低于{threshold}", "metric", "value", "threshold")
WORDS_ROW(CAUSE_RTT_DOUBLED, "cause.rtt-doubled",
          "a round trip takes {value} microseconds, usually {usual}",
          "往返时延为{value}微秒，平时为{usual}微秒", "value", "usual")
WORDS_ROW(CAUSE_LOSS_HIGH, "cause.loss-high", "{value} % of the probes are lost",
          "探测报文丢包率为{value}%", "value")
WORDS_ROW(CAUSE_REPLAY_DROPS, "cause.replay-drops",
          "{value} replayed packets are dropped each second", "每秒丢弃{value}个重放报文", "value")
WORDS_ROW(CAUSE_TOO_BIG_DROPS, "cause.too-big-drops",
          "{value} packets too big for the tunnel are dropped each second",
          "每秒丢弃{value}个超过隧道MTU的报文", "value")

/* What came of a message. */
WORDS_ROW(ACTION_POSTED, "action.posted", "the webhook took it", "Webhook已接收")
WORDS_ROW(ACTION_REFUSED, "action.refused", "the webhook answered {status}", "Webhook返回{status}",
          "status")
WORDS_ROW(ACTION_FAILED, "action.failed", "the webhook could not be reached: {reason}",
          "无法访问Webhook：{reason}", "reason")
WORDS_ROW(ACTION_LINK_LOCAL, "action.link-local",
          "the webhook is at a link-local address, to which nothing is posted",
          "Webhook位于链路本地地址，不会向其推送")
WORDS_ROW(ACTION_GIVEN_UP, "action.given-up", "given up after {count} attempts: {reason}",
          "尝试{count}次后放弃：{reason}", "count", "reason")
WORDS_ROW(ACTION_FULL, "action.full", "too many messages wait already", "待发送的通知过多")
WORDS_ROW(ACTION_NO_SECRET, "action.no-secret",
          "its secret does not open, so nothing can be signed", "密钥无法解封，不能签名")
WORDS_ROW(ACTION_MAILED, "action.mailed", "the mail was handed over", "邮件已交付")
WORDS_ROW(ACTION_MAIL_FAILED, "action.mail-failed", "{program} failed: {reason}",
          "{program}执行失败：{reason}", "program", "reason")
WORDS_ROW(ACTION_NONE, "action.none", "it has neither a webhook nor recipients",
          "未设置Webhook和收件人")
WORDS_ROW(REQUEST_ALARM_TEST_BUSY, "request.alarm-test-busy",
          "Another test is just being sent; try again in a moment.",
          "正在发送另一条测试通知，请稍后重试。")
WORDS_ROW(
    REQUEST_ALARM_BUILT_IN, "request.alarm-built-in",
    "This alarm is built in: list it in defaultAlarmsOff of the region or of a connection to "
    "switch it off, and create an alarm for other thresholds or messages.",
    "这是内置告警：如需停用，请将其列入区域或连接的defaultAlarmsOff；如需其他阈值或通知，请另建"
    "告警。")
WORDS_ROW(VALUE_ALARM_CAUSE, "value.alarm-cause", "An alarm is about either a state or a metric.",
          "告警必须且只能指定状态或指标之一。")
WORDS_ROW(VALUE_ALARM_THRESHOLD, "value.alarm-threshold", "A metric needs a threshold.",
          "指标告警必须指定阈值。")

/* ---- asking for events ---- */

WORDS_ROW(REQUEST_EVENTS_FILTER, "request.events-filter",
          "must be resource, collection, severity, code, from, to, limit or cursor, not {name}.",
          "必须是resource、collection、severity、code、from、to、limit或cursor，不能是{name}。",
          "name")
WORDS_ROW(REQUEST_EVENTS_SEVERITY, "request.events-severity", "must be info, warning or error.",
          "必须是info、warning或error。")
