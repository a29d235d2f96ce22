/* The steps of a negotiation, as a tunnel's log tells them. What goes wrong is told in the words of
 * rows_tunnel.h. SPIs are no secrets: the peer's log and packet captures have them, too. */

/* ---- the first exchanges ---- */

WORDS_ROW(NEGOTIATION_BEGUN, "negotiation.begun",
          "IKE_SA_INIT sent to {peer}: IKE SPI {spi}, DH {group}; offered {offer}",
          "已向{peer}发送IKE_SA_INIT：IKE SPI {spi}，DH组{group}；提议{offer}", "peer", "spi",
          "group", "offer")
WORDS_ROW(NEGOTIATION_ATTEMPT, "negotiation.attempt",
          "attempt {number}: IKE_SA_INIT sent to {peer}, IKE SPI {spi}",
          "第{number}次尝试：已向{peer}发送IKE_SA_INIT，IKE SPI {spi}", "number", "peer", "spi")
WORDS_ROW(NEGOTIATION_V1_BEGUN, "negotiation.v1-begun",
          "{exchange} sent to {peer}, attempt {number}: initiator cookie {spi}; offered {offer}",
          "已向{peer}发送{exchange}，第{number}次尝试：发起方Cookie {spi}；提议{offer}", "exchange",
          "peer", "number", "spi", "offer")
WORDS_ROW(NEGOTIATION_V1_ANSWERED, "negotiation.v1-answered",
          "{exchange} answered by {peer}: chosen {algorithms}, cookies {initiatorSpi} and "
          "{responderSpi}",
          "{peer}应答了{exchange}：选定{algorithms}，Cookie为{initiatorSpi}和{responderSpi}",
          "exchange", "peer", "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_V1_CALLED, "negotiation.v1-called",
          "{exchange} of {peer} answered: chosen {algorithms}, cookies {initiatorSpi} and "
          "{responderSpi}",
          "已应答{peer}的{exchange}：选定{algorithms}，Cookie为{initiatorSpi}和{responderSpi}",
          "exchange", "peer", "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_COOKIE, "negotiation.cookie",
          "{peer} demands a cookie, as peers under load do: IKE_SA_INIT sent again with it",
          "{peer}要求携带Cookie（负载较高的对端会如此）：已携带Cookie重新发送IKE_SA_INIT", "peer")
WORDS_ROW(NEGOTIATION_EXCHANGED, "negotiation.exchanged",
          "additional key exchange by {method} done", "已完成附加密钥交换{method}", "method")
WORDS_ROW(NEGOTIATION_LACKING, "negotiation.lacking",
          "not offered, since the cryptographic library of this machine does not have it (OpenSSL "
          "3.5 has): {methods}",
          "本机密码库不支持、因而未提议（OpenSSL 3.5起支持）：{methods}", "methods")
WORDS_ROW(NEGOTIATION_OTHER_GROUP, "negotiation.other-group",
          "{exchange}: the peer wants DH {group}, not {sent}: asked again with it",
          "{exchange}：对端要求DH组{group}，而非{sent}：已改用该组重新请求", "exchange", "group",
          "sent")
WORDS_ROW(NEGOTIATION_ASKED_GROUP, "negotiation.asked-group",
          "{exchange}: the peer sent a value for DH {sent}, asked for {group}",
          "{exchange}：对端发送了DH组{sent}的公开值，已要求改用{group}", "exchange", "sent",
          "group")
WORDS_ROW(NEGOTIATION_ANSWERED, "negotiation.answered",
          "IKE_SA_INIT answered by {peer}: chosen {algorithms}, IKE SPIs {initiatorSpi} and "
          "{responderSpi}",
          "{peer}应答了IKE_SA_INIT：选定{algorithms}，IKE SPI为{initiatorSpi}和{responderSpi}",
          "peer", "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_CALLED, "negotiation.called",
          "IKE_SA_INIT of {peer} answered: chosen {algorithms}, IKE SPIs {initiatorSpi} and "
          "{responderSpi}",
          "已应答{peer}的IKE_SA_INIT：选定{algorithms}，IKE SPI为{initiatorSpi}和{responderSpi}",
          "peer", "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_NAT_LOCAL, "negotiation.nat-local", "NAT found: in front of this end",
          "检测到NAT：位于本端一侧")
WORDS_ROW(NEGOTIATION_NAT_REMOTE, "negotiation.nat-remote",
          "NAT found: in front of the peer, seen as {peer}",
          "检测到NAT：位于对端一侧，显示为{peer}", "peer")
WORDS_ROW(NEGOTIATION_NAT_BOTH, "negotiation.nat-both",
          "NAT found: in front of both ends, the peer is seen as {peer}",
          "检测到NAT：两端均位于NAT之后，对端显示为{peer}", "peer")
WORDS_ROW(NEGOTIATION_AUTH_SENT, "negotiation.auth-sent",
          "IKE_AUTH sent to {peer}: ID {localId}, traffic selectors {local} on our side and "
          "{remote} on the peer's; offered {offer}",
          "已向{peer}发送IKE_AUTH：标识{localId}，流量选择器本端为{local}，对端为{remote}；提议"
          "{offer}",
          "peer", "localId", "local", "remote", "offer")
WORDS_ROW(
    NEGOTIATION_ESTABLISHED, "negotiation.established",
    "IKE SA established, begun by us: {id} at {peer} proved the pre-shared key; {algorithms}, "
    "IKE SPIs {initiatorSpi} and {responderSpi}",
    "IKE SA已建立，由本端发起：位于{peer}的{id}已通过预共享密钥认证；{algorithms}，IKE SPI为"
    "{initiatorSpi}和{responderSpi}",
    "id", "peer", "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_ESTABLISHED_BY_PEER, "negotiation.established-by-peer",
          "IKE SA established, begun by the peer: {id} at {peer} proved the pre-shared key; "
          "{algorithms}, IKE SPIs {initiatorSpi} and {responderSpi}",
          "IKE SA已建立，由对端发起：位于{peer}的{id}已通过预共享密钥认证；{algorithms}，IKE SPI为"
          "{initiatorSpi}和{responderSpi}",
          "id", "peer", "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_ASKED_OTHER_ID, "negotiation.asked-other-id",
          "the peer asks for the ID {asked}, ours is {localId}",
          "对端要求的标识是{asked}，本端的标识是{localId}", "asked", "localId")

/* ---- child SAs and rekeys ---- */

WORDS_ROW(NEGOTIATION_CHILD_MADE, "negotiation.child-made",
          "child SA made by us: ESP SPI {spiIn} in, {spiOut} out, {algorithms}; traffic selectors "
          "{local} on our side and {remote} on the peer's",
          "本端建立了IPsec SA：入方向ESP SPI {spiIn}，出方向{spiOut}，{algorithms}；流量选择器本端"
          "为{local}，对端为{remote}",
          "spiIn", "spiOut", "algorithms", "local", "remote")
WORDS_ROW(NEGOTIATION_CHILD_MADE_BY_PEER, "negotiation.child-made-by-peer",
          "child SA made by the peer: ESP SPI {spiIn} in, {spiOut} out, {algorithms}; traffic "
          "selectors {local} on our side and {remote} on the peer's",
          "对端建立了IPsec SA：入方向ESP SPI {spiIn}，出方向{spiOut}，{algorithms}；流量选择器本端"
          "为{local}，对端为{remote}",
          "spiIn", "spiOut", "algorithms", "local", "remote")
WORDS_ROW(NEGOTIATION_CHILD_REKEYED, "negotiation.child-rekeyed",
          "child SA {old} rekeyed by us: ESP SPI {spiIn} in, {spiOut} out, {algorithms}; traffic "
          "selectors {local} on our side and {remote} on the peer's",
          "本端对IPsec SA {old}进行了重协商：入方向ESP SPI {spiIn}，出方向{spiOut}，{algorithms}；"
          "流量选择器本端为{local}，对端为{remote}",
          "old", "spiIn", "spiOut", "algorithms", "local", "remote")
WORDS_ROW(NEGOTIATION_CHILD_REKEYED_BY_PEER, "negotiation.child-rekeyed-by-peer",
          "child SA {old} rekeyed by the peer: ESP SPI {spiIn} in, {spiOut} out, {algorithms}; "
          "traffic selectors {local} on our side and {remote} on the peer's",
          "对端对IPsec SA {old}进行了重协商：入方向ESP SPI {spiIn}，出方向{spiOut}，{algorithms}；"
          "流量选择器本端为{local}，对端为{remote}",
          "old", "spiIn", "spiOut", "algorithms", "local", "remote")
WORDS_ROW(NEGOTIATION_IKE_REKEYED, "negotiation.ike-rekeyed",
          "IKE SA rekeyed by us: {algorithms}, IKE SPIs {initiatorSpi} and {responderSpi}",
          "本端对IKE SA进行了重协商：{algorithms}，IKE SPI为{initiatorSpi}和{responderSpi}",
          "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_IKE_REKEYED_BY_PEER, "negotiation.ike-rekeyed-by-peer",
          "IKE SA rekeyed by the peer: {algorithms}, IKE SPIs {initiatorSpi} and {responderSpi}",
          "对端对IKE SA进行了重协商：{algorithms}，IKE SPI为{initiatorSpi}和{responderSpi}",
          "algorithms", "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_CHILD_RIVAL_OURS, "negotiation.child-rival-ours",
          "both ends rekeyed the child SA at once: ours stays, ESP SPI {spiIn} in",
          "两端同时对IPsec SA进行了重协商：保留本端建立的，入方向ESP SPI {spiIn}", "spiIn")
WORDS_ROW(NEGOTIATION_CHILD_RIVAL_PEERS, "negotiation.child-rival-peers",
          "both ends rekeyed the child SA at once: the peer's stays, ESP SPI {spiIn} in",
          "两端同时对IPsec SA进行了重协商：保留对端建立的，入方向ESP SPI {spiIn}", "spiIn")
WORDS_ROW(NEGOTIATION_IKE_RIVAL_OURS, "negotiation.ike-rival-ours",
          "both ends rekeyed the IKE SA at once: ours stays, IKE SPIs {initiatorSpi} and "
          "{responderSpi}",
          "两端同时对IKE SA进行了重协商：保留本端建立的，IKE SPI为{initiatorSpi}和{responderSpi}",
          "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_IKE_RIVAL_PEERS, "negotiation.ike-rival-peers",
          "both ends rekeyed the IKE SA at once: the peer's stays, IKE SPIs {initiatorSpi} and "
          "{responderSpi}",
          "两端同时对IKE SA进行了重协商：保留对端建立的，IKE SPI为{initiatorSpi}和{responderSpi}",
          "initiatorSpi", "responderSpi")
WORDS_ROW(NEGOTIATION_PUT_OFF, "negotiation.put-off",
          "the peer puts off {what} (TEMPORARY_FAILURE): it is asked again",
          "对端推迟了{what}（TEMPORARY_FAILURE）：稍后重新请求", "what")
WORDS_ROW(NEGOTIATION_PUT_OFF_PEER, "negotiation.put-off-peer",
          "{what} that the peer asks for comes at a bad time: answered {notify}",
          "对端请求的{what}时机不当：已应答{notify}", "what", "notify")
WORDS_ROW(
    NEGOTIATION_IKE_SA_ONE_TOO_MANY, "negotiation.ike-sa-one-too-many",
    "the peer began another IKE SA beside {limit} of this tunnel: the oldest of those that do "
    "not carry it is closed",
    "对端在本隧道已有{limit}个IKE SA时又建立了新的：关闭其中最旧且不承载流量的一个", "limit")
WORDS_ROW(NEGOTIATION_TOO_MANY_CALLS, "negotiation.too-many-calls",
          "IKE_SA_INIT comes from {peer} more often than this tunnel answers: some are dropped",
          "来自{peer}的IKE_SA_INIT超过了本隧道的应答频率：部分请求被丢弃", "peer")
WORDS_ROW(NEGOTIATION_LINES_LEFT_OUT, "negotiation.lines-left-out",
          "too many lines for this log: {count} were left out", "日志行过多：已省略{count}行",
          "count")
WORDS_ROW(NEGOTIATION_A_CHILD, "negotiation.a-child", "a new child SA", "新的IPsec SA")
WORDS_ROW(NEGOTIATION_CHILD_REKEY, "negotiation.child-rekey", "a rekey of a child SA",
          "IPsec SA重协商")
WORDS_ROW(NEGOTIATION_IKE_REKEY, "negotiation.ike-rekey", "a rekey of the IKE SA", "IKE SA重协商")

/* ---- silence ---- */

WORDS_ROW(NEGOTIATION_UNANSWERED, "negotiation.unanswered",
          "no answer to {exchange} from {peer} yet: sent {count} times",
          "{peer}尚未应答{exchange}：已发送{count}次", "exchange", "peer", "count")
WORDS_ROW(NEGOTIATION_DPD_UNANSWERED, "negotiation.dpd-unanswered",
          "dead peer detection: no answer from {peer} yet, asked {count} times",
          "DPD检测：{peer}尚未应答，已询问{count}次", "peer", "count")
WORDS_ROW(NEGOTIATION_ANSWERED_AGAIN, "negotiation.answered-again",
          "{peer} answers again: {exchange} was sent {count} times",
          "{peer}恢复应答：{exchange}共发送"
          "{count}次",
          "peer", "exchange", "count")
WORDS_ROW(NEGOTIATION_ESP_GOES_ON, "negotiation.esp-goes-on",
          "no answer to IKE from {peer}, but ESP comes from it: the tunnel stays",
          "{peer}不应答IKE，但仍在发送ESP报文：隧道保持", "peer")
WORDS_ROW(NEGOTIATION_HINT, "negotiation.hint",
          "a hint that {peer} has lost its SAs: it is asked whether it has",
          "有迹象表明{peer}已丢失其SA：正在向其确认", "peer")
WORDS_ROW(NEGOTIATION_PEER_MOVED, "negotiation.peer-moved", "the peer is at {peer} now",
          "对端现位于{peer}", "peer")

/* ---- ends ---- */

WORDS_ROW(NEGOTIATION_IKE_DELETED, "negotiation.ike-deleted",
          "IKE SA deleted by us: IKE SPIs {initiatorSpi} and {responderSpi}",
          "本端删除了IKE SA：IKE SPI为{initiatorSpi}和{responderSpi}", "initiatorSpi",
          "responderSpi")
WORDS_ROW(NEGOTIATION_IKE_DELETED_BY_PEER, "negotiation.ike-deleted-by-peer",
          "IKE SA deleted by the peer: IKE SPIs {initiatorSpi} and {responderSpi}",
          "对端删除了IKE SA：IKE SPI为{initiatorSpi}和{responderSpi}", "initiatorSpi",
          "responderSpi")
WORDS_ROW(NEGOTIATION_CHILD_DELETED, "negotiation.child-deleted",
          "child SA deleted by us: ESP SPI {spiIn} in, {spiOut} out",
          "本端删除了IPsec SA：入方向ESP SPI {spiIn}，出方向{spiOut}", "spiIn", "spiOut")
WORDS_ROW(NEGOTIATION_CHILD_DELETED_BY_PEER, "negotiation.child-deleted-by-peer",
          "child SA deleted by the peer: ESP SPI {spiIn} in, {spiOut} out",
          "对端删除了IPsec SA：入方向ESP SPI {spiIn}，出方向{spiOut}", "spiIn", "spiOut")
WORDS_ROW(NEGOTIATION_CHILD_GONE, "negotiation.child-gone",
          "the peer has deleted the child SA that its answer makes: it is not taken into use",
          "对端已删除其应答所建立的IPsec SA：不启用该SA")
WORDS_ROW(NEGOTIATION_ADOPTED, "negotiation.adopted",
          "an SA from before the restart of IKE carries the traffic on: ESP SPI {spiIn} in",
          "IKE重启前的SA继续承载流量：入方向ESP SPI {spiIn}", "spiIn")

/* ---- the tunnel ---- */

WORDS_ROW(NEGOTIATION_BOTH_WAYS, "negotiation.both-ways", "ESP comes in now", "现已收到ESP报文")
WORDS_ROW(NEGOTIATION_UP, "negotiation.up", "the tunnel is up", "隧道已连通")
WORDS_ROW(NEGOTIATION_DOWN, "negotiation.down", "the tunnel is no longer up: {reason}",
          "隧道已断开：{reason}", "reason")
WORDS_ROW(NEGOTIATION_DOWN_AS_TOLD, "negotiation.down-as-told", "the tunnel is no longer up",
          "隧道已断开")
WORDS_ROW(NEGOTIATION_CALL_WHILE_UP, "negotiation.call-while-up",
          "a call while the tunnel is up: {error}", "隧道已连通时收到的协商请求：{error}", "error")
WORDS_ROW(NEGOTIATION_DISABLED, "negotiation.disabled", "disabled: its SAs are deleted",
          "已停用：正在删除其SA")
WORDS_ROW(NEGOTIATION_ENABLED, "negotiation.enabled", "enabled", "已启用")
WORDS_ROW(NEGOTIATION_IKE_CHANGED, "negotiation.ike-changed",
          "parameters of IKE were changed: a new IKE SA is negotiated",
          "IKE参数已变更：正在协商新的IKE SA")
WORDS_ROW(NEGOTIATION_CHILD_CHANGED, "negotiation.child-changed",
          "parameters of IPsec were changed: the child SAs are rekeyed",
          "IPsec参数已变更：正在对IPsec SA进行重协商")
WORDS_ROW(NEGOTIATION_OFFERS_LISTS, "negotiation.offers-lists",
          "the peer refuses to narrow our traffic selectors: it is offered the networks {local} on "
          "our side and {remote} on its own in one child SA",
          "对端拒绝收窄本端的流量选择器：改为在一个IPsec SA中提议本端网段{local}与对端网段{remote}",
          "local", "remote")
WORDS_ROW(
    NEGOTIATION_OFFERS_PAIRS, "negotiation.offers-pairs",
    "the peer does not take all networks in one child SA: it is asked for a child SA for each "
    "of {pairs} pairs of networks, {local} on our side and {remote} on its own",
    "对端不接受在一个IPsec SA中包含全部网段：改为对{pairs}个网段对各请求一个IPsec SA，本端为"
    "{local}，对端为{remote}",
    "local", "remote", "pairs")
WORDS_ROW(NEGOTIATION_PAIR_REFUSED, "negotiation.pair-refused",
          "the peer makes no child SA for {local} on our side and {remote} on its own: its policy "
          "has no such pair",
          "对端不为本端{local}与对端{remote}建立IPsec SA：其策略中没有这对网段", "local", "remote")
WORDS_ROW(NEGOTIATION_TOO_MANY_PAIRS, "negotiation.too-many-pairs",
          "{pairs} pairs of networks are more than the {max} that get a child SA each: the last "
          "ones get none; name fewer, wider networks in localSelectors and remoteSelectors, and in "
          "the peer's policy",
          "{pairs}个网段对超过了可各建一个IPsec SA的上限{max}：其余网段对不会建立；请在"
          "localSelectors和remoteSelectors以及对端策略中使用更少、更大的网段",
          "pairs", "max")
WORDS_ROW(NEGOTIATION_IN_FORCE, "negotiation.in-force", "the changed parameters are in force",
          "变更后的参数已生效")
WORDS_ROW(NEGOTIATION_COMMAND_INITIATE, "negotiation.command-initiate",
          "an operator's command: negotiate", "管理员命令：发起协商")
WORDS_ROW(NEGOTIATION_COMMAND_REKEY_IKE, "negotiation.command-rekey-ike",
          "an operator's command: rekey the IKE SA", "管理员命令：对IKE SA进行重协商")
WORDS_ROW(NEGOTIATION_COMMAND_REKEY_CHILD, "negotiation.command-rekey-child",
          "an operator's command: rekey the child SAs", "管理员命令：对IPsec SA进行重协商")
WORDS_ROW(NEGOTIATION_STRANGER, "negotiation.stranger",
          "a call from {from} to {to} is ignored: no tunnel has these addresses ({count} so far)",
          "忽略{from}发往{to}的协商请求：没有隧道使用这对地址（累计{count}次）", "from", "to",
          "count")
