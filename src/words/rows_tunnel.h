/* What happens to a tunnel: IKE with its peer. */

/* ---- the first exchange ---- */

WORDS_ROW(IKE_NOT_STARTED, "ike.not-started", "the key exchange could not be started",
          "无法发起密钥交换")
WORDS_ROW(IKE_AUTH_NOT_BUILT, "ike.auth-not-built", "IKE_AUTH could not be built",
          "无法构造IKE_AUTH报文")
WORDS_ROW(IKE_NO_ANSWER, "ike.no-answer",
          "no answer from {peer}, and nothing else came from it: is the address right, is UDP 500 "
          "open on the way, and does the peer know {own}?",
          "对端{peer}无应答，也未发来任何报文：请检查该地址是否正确、沿途是否放通UDP 500端口、对端"
          "是否配置了{own}",
          "peer", "own")
WORDS_ROW(IKE_ANSWERED_FROM_ELSEWHERE, "ike.answered-from-elsewhere",
          "our call to {peer} was answered from {from}, which is another address and does not "
          "count: set remoteAddress to {address}, or let the peer answer from the address that it "
          "is called at (a NAT on the way, several uplinks, or a shared address changes it)",
          "发往{peer}的协商请求收到来自{from}的应答，该地址不同，不予采信：请将remoteAddress设为"
          "{address}，或让对端以被叫地址应答（途中的NAT、多条上行链路或浮动地址会改变源地址）",
          "peer", "from", "address")
WORDS_ROW(IKE_PEER_CALLS_ELSEWHERE, "ike.peer-calls-elsewhere",
          "no answer from {peer}, but it calls {other}, where no tunnel is with it, and not {own}: "
          "set the remote address at the peer to {own}, or use {other} for this tunnel",
          "对端{peer}无应答，但它在向{other}发起协商，而该地址与它之间没有隧道；本隧道的地址是{own}"
          "：请在对端将远端地址改为{own}，或让本隧道使用{other}",
          "peer", "other", "own")
WORDS_ROW(IKE_SILENT_BUT_THERE, "ike.silent-but-there",
          "no answer to our calls from {peer}, but messages come from it about an IKE SA that this "
          "end does not have: it is there and takes no call; let it drop the old IKE SA (clear "
          "the connection there), allow it to respond, and see whether UDP 500 is open towards it",
          "对端{peer}未应答本端的协商请求，但仍在发送本端已没有的IKE SA的报文：它在线而不接受请求；"
          "请在对端清除旧的IKE SA（重置连接）、允许其作为响应方，并检查发往它的UDP 500端口是否放通",
          "peer")
WORDS_ROW(IKE_NEIGHBOUR_CALLS, "ike.neighbour-calls",
          "no answer from {peer}, but {from}, an address near it, calls {own}: if that is the "
          "peer, set remoteAddress to {address}, else let the peer call from its own address",
          "对端{peer}无应答，但与其相邻的地址{from}在向{own}发起协商：若它就是对端，请将"
          "remoteAddress设为{address}，否则请让对端从其自身地址发起",
          "peer", "from", "own", "address")
WORDS_ROW(IKE_STRANGER_CALLS, "ike.stranger-calls",
          "no answer from {peer}, and nothing else came from it, but {from} has called {own} "
          "{count} times, between which there is no tunnel: if that is the peer, by another "
          "uplink or behind a NAT, set remoteAddress to {address}; else see whether the address "
          "is right and UDP 500 is open on the way",
          "对端{peer}无应答，也未发来任何报文，但{from}已向{own}发起{count}次协商，而两者之间没有隧"
          "道：若它就是对端（经其他上行链路或位于NAT之后），请将remoteAddress设为{address}；否则请"
          "检查对端地址是否正确、沿途是否放通UDP 500端口",
          "peer", "from", "own", "address", "count")
WORDS_ROW(IKE_NO_ANSWER_TO_AUTH, "ike.no-answer-to-auth",
          "no answer to IKE_AUTH from {peer}, though it answered on UDP 500: is UDP 4500 open on "
          "the way? Some peers are silent, too, when the PSK or an ID does not match; the next "
          "call goes by UDP 4500 from its first message on, to tell the two apart",
          "对端{peer}应答了UDP 500，但未应答IKE_AUTH：请检查沿途是否放通UDP 4500端口；部分设备在预"
          "共享密钥或标识不匹配时也不应答；下一次协商将从首个报文起使用UDP 4500，以区分两种情况",
          "peer")
WORDS_ROW(IKE_PORT_4500_BLOCKED, "ike.port-4500-blocked",
          "UDP 4500 is blocked: {peer} answers on UDP 500, and neither IKE_AUTH nor IKE_SA_INIT on "
          "UDP 4500; let the firewalls and the access lists between {own} and {peer} pass UDP 4500 "
          "both ways, and turn on NAT traversal at the peer",
          "UDP 4500不通：{peer}在UDP 500上有应答，但在UDP 4500上对IKE_AUTH和IKE_SA_INIT均无应答；"
          "请在{own}与{peer}之间的防火墙和访问列表中双向放行UDP 4500，并在对端启用NAT穿越",
          "peer", "own")
WORDS_ROW(IKE_AUTH_IGNORED, "ike.auth-ignored",
          "{peer} answers IKE_SA_INIT on UDP 4500, so the way is open, and is silent to IKE_AUTH: "
          "it has no connection for our identity {id}, or drops what it cannot verify; compare "
          "the PSK at both ends, and the remote ID at the peer with {id}; its log says more",
          "{peer}在UDP 4500上应答了IKE_SA_INIT，链路是通的，但不应答IKE_AUTH：它没有针对本端标识"
          "{id}的连接，或丢弃无法验证的报文；请核对两端的预共享密钥，以及对端配置的对端标识与{id}"
          "是否一致；详见对端日志",
          "peer", "id")
WORDS_ROW(IKE_LARGE_UNANSWERED, "ike.large-unanswered",
          "no answer to IKE_AUTH of {bytes} bytes from {peer}, though it answered on UDP 500: the "
          "message goes in IP fragments, which are often dropped on the way, since the peer does "
          "not support IKE fragmentation; turn on IKE fragmentation (RFC 7383) at the peer, or let "
          "IP fragments pass; else see whether UDP 4500 is open on the way",
          "对端{peer}应答了UDP 500，但未应答{bytes}字节的IKE_AUTH：对端不支持IKE分片，该报文以IP分"
          "片发送，而IP分片常在沿途被丢弃；请在对端启用IKE分片（RFC 7383），或放通IP分片；否则请检"
          "查沿途是否放通UDP 4500端口",
          "bytes", "peer")
WORDS_ROW(IKE_FRAGMENTS_LOST, "ike.fragments-lost",
          "of a message from {peer} only {have} of {total} IKE fragments came: the others are lost "
          "on the way; set a smaller size of IKE fragments at the peer, 1280 bytes or less, or "
          "find out where packets are dropped",
          "来自{peer}的报文共{total}个IKE分片，仅收到{have}个，其余在沿途丢失：请在对端将IKE分片大"
          "小设为1280字节或更小，或检查沿途何处丢包",
          "peer", "have", "total")
WORDS_ROW(IKE_VERSION_1, "ike.version-1",
          "the peer speaks IKEv1, this tunnel IKEv2: set the peer to IKEv2, or ike.version to 1 "
          "here",
          "对端使用IKEv1，本隧道使用IKEv2：请将对端改为IKEv2，或将本端ike.version设为1")
WORDS_ROW(IKE_VERSION_2, "ike.version-2",
          "the peer speaks IKEv2, this tunnel IKEv1: set ike.version to 2 here, or the peer to "
          "IKEv1",
          "对端使用IKEv2，本隧道使用IKEv1：请将本端ike.version设为2，或将对端改为IKEv1")
WORDS_ROW(IKEV1_PEER_AGGRESSIVE, "ike.v1-peer-aggressive",
          "the peer calls in aggressive mode, this tunnel uses main mode: set the peer to main "
          "mode, or ike.exchangeMode to aggressive here",
          "对端使用野蛮模式，本隧道使用主模式：请将对端改为主模式，或将本端ike.exchangeMode设为"
          "aggressive")
WORDS_ROW(IKEV1_PEER_MAIN, "ike.v1-peer-main",
          "the peer calls in main mode, this tunnel uses aggressive mode: set ike.exchangeMode to "
          "main here, or the peer to aggressive mode",
          "对端使用主模式，本隧道使用野蛮模式：请将本端ike.exchangeMode设为main，或将对端改为野蛮"
          "模式")
WORDS_ROW(IKEV1_PSK_MISMATCH, "ike.v1-psk-mismatch",
          "what {peer} encrypted cannot be read with this tunnel's pre-shared key: most probably "
          "the pre-shared keys differ; set the same one at both ends",
          "无法用本隧道的预共享密钥解密{peer}的报文：两端的预共享密钥很可能不一致，请在两端设置相同"
          "的密钥",
          "peer")
WORDS_ROW(IKEV1_PEER_CANNOT_READ, "ike.v1-peer-cannot-read",
          "{peer} cannot read what we encrypted ({reason}): most probably the pre-shared keys "
          "differ; set the same one at both ends",
          "{peer}无法解密本端的报文（{reason}）：两端的预共享密钥很可能不一致，请在两端设置相同的密"
          "钥",
          "peer", "reason")
WORDS_ROW(IKEV1_NO_ANSWER_TO_PROOF, "ike.v1-no-answer-to-proof",
          "no answer to our identity {id} from {peer}, though it answered before: with IKEv1 that "
          "is how a peer behaves whose pre-shared key is another one, or that expects another "
          "identity; else, is UDP 4500 open on the way?",
          "{peer}此前有应答，但未应答本端的标识{id}：在IKEv1中，预共享密钥不一致或对端期望其他标识"
          "时会如此；否则请检查沿途是否放通UDP 4500端口",
          "peer", "id")
WORDS_ROW(IKEV1_NO_ANSWER_TO_AGGRESSIVE, "ike.v1-no-answer-to-aggressive",
          "no answer to aggressive mode from {peer}: is the address right, is UDP 500 open on the "
          "way, does the peer know {own} and the identity {id}, and does it allow aggressive mode?",
          "对端{peer}未应答野蛮模式：请检查该地址是否正确、沿途是否放通UDP 500端口、对端是否配置了"
          "{own}和标识{id}、是否允许野蛮模式",
          "peer", "own", "id")
WORDS_ROW(IKEV1_PEER_REFUSED, "ike.v1-peer-refused",
          "the peer refused {exchange}: {reason}; look for that in its log",
          "对端拒绝了{exchange}：{reason}；请在对端日志中查找原因", "exchange", "reason")
WORDS_ROW(
    IKEV1_PEER_REFUSED_PROPOSALS, "ike.v1-peer-refused-proposals",
    "the peer accepts none of our IKE proposals, or has no IKEv1 connection for {own} in "
    "{exchange}; this tunnel offers {offer}",
    "对端不接受本端的任何IKE提议，或没有针对{own}的IKEv1连接（{exchange}）；本隧道提议{offer}",
    "own", "offer", "exchange")
WORDS_ROW(IKEV1_QUICK_UNANSWERED, "ike.v1-quick-unanswered",
          "no answer to Quick Mode from {peer}: it may have forgotten the IKE SA, or refuses the "
          "networks or the IPsec algorithms without a word; it is called anew",
          "对端{peer}未应答快速模式：它可能已丢失IKE SA，或因网段、IPsec算法不匹配而未予应答；正在"
          "重新发起",
          "peer")
WORDS_ROW(
    IKEV1_NO_COMMON_SELECTORS, "ike.v1-no-common-selectors",
    "the peer asks for a child SA between {peerNamed} on its side and {named} on ours; this "
    "tunnel accepts what lies within {remote} and {local}, and IKEv1 cannot narrow: set the "
    "same networks at both ends",
    "对端请求其侧{peerNamed}与本侧{named}之间的IPsec SA；本隧道接受{remote}与{local}范围内的网"
    "段，而IKEv1无法收窄：请在两端设置相同的网段",
    "named", "peerNamed", "local", "remote")
WORDS_ROW(
    IKE_IN_CIRCLES, "ike.in-circles",
    "the peer sends us round in circles in IKE_SA_INIT: it asks for cookies or other DH groups "
    "again and again; leave one DH group at both ends that both have, and see whether "
    "somebody between answers in the peer's place",
    "对端在IKE_SA_INIT中反复要求携带Cookie或更换DH组：请在两端只保留一个共同的DH组，并检查途中"
    "是否有其他设备代为应答")
WORDS_ROW(IKE_WITHOUT_NAT_T, "ike.without-nat-t",
          "the peer does not support NAT traversal, which ESP in UDP needs: enable NAT-T there",
          "对端不支持NAT穿越，而ESP的UDP封装需要它：请在对端启用NAT-T")
WORDS_ROW(IKE_DH_VALUE, "ike.dh-value",
          "the peer's value for DH {group} is not valid ({length} bytes came, {needed} are needed, "
          "and it has to be a member of the group): update the peer, or choose another group at "
          "both ends",
          "对端的DH组{group}公开值无效（收到{length}字节，应为{needed}"
          "字节，且必须属于该组）：请升级对端，"
          "或在两端改用其他组",
          "group", "length", "needed")
WORDS_ROW(
    IKE_PEER_STAYS_ON_500, "ike.peer-stays-on-500",
    "the peer went on from {peer} to {local}, but ESP in UDP goes by port 4500 at both ends: no "
    "child SA was made; let the peer go on from port 4500 to port 4500 after IKE_SA_INIT "
    "(enable NAT traversal, or force UDP encapsulation there), and let firewalls between pass "
    "UDP 4500",
    "对端在IKE_SA_INIT之后仍从{peer}发往{local}，而UDP封装的ESP在两端都使用4500端口：未建立"
    "IPsec "
    "SA；请让对端在IKE_SA_INIT之后改用4500端口到4500端口（在对端启用NAT穿越或强制UDP封装），"
    "并让途中的防火墙放行UDP 4500",
    "peer", "local")

/* ---- what the peer refused ---- */

WORDS_ROW(IKE_PEER_REFUSED_INIT, "ike.peer-refused-init",
          "the peer refused IKE_SA_INIT: {reason}; look for that in its log",
          "对端拒绝了IKE_SA_INIT：{reason}；请在对端日志中查找原因", "reason")
WORDS_ROW(IKE_PEER_REFUSED_AUTH, "ike.peer-refused-auth",
          "the peer refused IKE_AUTH: {reason}; look for that in its log",
          "对端拒绝了IKE_AUTH：{reason}；请在对端日志中查找原因", "reason")
WORDS_ROW(IKE_PEER_REFUSED_CHILD, "ike.peer-refused-child",
          "the peer refused the child SA: {reason}; look for that in its log",
          "对端拒绝建立IPsec SA：{reason}；请在对端日志中查找原因", "reason")
WORDS_ROW(IKE_PEER_REFUSED_REKEY, "ike.peer-refused-rekey",
          "the peer refused to rekey the IKE SA: {reason}; the tunnel is negotiated anew before "
          "the IKE SA ends; look in the peer's log, and give both ends the same IKE algorithms",
          "对端拒绝IKE SA重协商：{reason}；将在IKE "
          "SA到期前重新协商；请查看对端日志，并在两端配置相同的IKE算法",
          "reason")
WORDS_ROW(IKE_NO_REASON, "ike.no-reason", "no reason given", "未说明原因")
WORDS_ROW(IKE_UNKNOWN_NOTIFY, "ike.unknown-notify", "unknown error {type}", "未知错误{type}",
          "type")

WORDS_ROW(IKE_PEER_REFUSED_IKE_PROPOSALS, "ike.peer-refused-ike-proposals",
          "the peer accepts none of our IKE proposals, or has no IKEv2 connection for {own}; this "
          "tunnel offers {offer}",
          "对端不接受本端的任何IKE提议，或没有针对{own}的IKEv2连接；本隧道提议{offer}", "own",
          "offer")
WORDS_ROW(IKE_PEER_REFUSED_IPSEC_PROPOSALS, "ike.peer-refused-ipsec-proposals",
          "the peer accepts none of our IPsec proposals; this tunnel offers {offer}; set "
          "ipsec.encryption and ipsec.integrity to what the peer has for ESP (phase 2), or change "
          "the peer",
          "对端不接受本端的任何IPsec提议；本隧道提议{offer}；请将ipsec.encryption和ipsec.integrity"
          "改为对端的ESP（第二阶段）算法，或修改对端配置",
          "offer")
WORDS_ROW(IKE_PEER_REFUSED_IPSEC_WITH_PFS, "ike.peer-refused-ipsec-with-pfs",
          "the peer accepts none of our IPsec proposals for another child SA; this tunnel offers "
          "{offer}; set ipsec.encryption, ipsec.integrity and ipsec.dhGroups (PFS) to what the "
          "peer has for ESP (phase 2), or change the peer",
          "对端不接受本端为新的IPsec SA给出的任何提议；本隧道提议{offer}；请将ipsec.encryption、"
          "ipsec.integrity和ipsec.dhGroups（PFS）改为对端的ESP（第二阶段）算法，或修改对端配置",
          "offer")
WORDS_ROW(
    IKE_PEER_REFUSED_IKE_REKEY, "ike.peer-refused-ike-rekey",
    "the peer accepts none of our IKE proposals for a rekey of the IKE SA; this tunnel offers "
    "{offer}; set ike.encryption, ike.integrity and ike.dhGroups to what the peer has for "
    "IKE (phase 1), or change the peer",
    "对端不接受本端为IKE SA重协商给出的任何IKE提议；本隧道提议{offer}；请将ike.encryption、"
    "ike.integrity和ike.dhGroups改为对端的IKE（第一阶段）算法，或修改对端配置",
    "offer")
WORDS_ROW(
    IKE_PEER_REFUSED_IPSEC_REKEY, "ike.peer-refused-ipsec-rekey",
    "the peer accepts none of our IPsec proposals for a rekey; this tunnel offers {offer}; it "
    "accepted the first child SA, which has no PFS: set ipsec.dhGroups to the peer's PFS "
    "group, or to none if it has no PFS",
    "对端不接受本端的任何IPsec重协商提议；本隧道提议{offer}；对端接受了不带PFS的首个IPsec "
    "SA：请将ipsec.dhGroups设为对端的PFS组，若对端不使用PFS则设为none",
    "offer")
WORDS_ROW(IKE_OFFER, "ike.offer", "encryption {encryption}; integrity {integrity}; DH {dhGroups}",
          "加密算法{encryption}；认证算法{integrity}；DH组{dhGroups}", "encryption", "integrity",
          "dhGroups")
WORDS_ROW(IKE_OFFER_ADDITIONAL, "ike.offer-additional",
          "encryption {encryption}; integrity {integrity}; DH {dhGroups}; additional key exchange "
          "{additionalKeyExchanges}",
          "加密算法{encryption}；认证算法{integrity}；DH组{dhGroups}；附加密钥交换"
          "{additionalKeyExchanges}",
          "encryption", "integrity", "dhGroups", "additionalKeyExchanges")
WORDS_ROW(IKE_OFFER_WITHOUT_DH, "ike.offer-without-dh",
          "encryption {encryption}; integrity {integrity}",
          "加密算法{encryption}；认证算法{integrity}", "encryption", "integrity")
WORDS_ROW(IKE_PEER_WANTS_GROUP, "ike.peer-wants-group",
          "no common DH group: peer wants {wanted}; this tunnel offers {offer}; add {group} to "
          "ike.dhGroups, or change the peer",
          "没有共同的DH组：对端要求{wanted}；本隧道提议{offer}；请将{group}加入ike.dhGroups，或修"
          "改对端配置",
          "wanted", "offer", "group")
WORDS_ROW(IKE_PEER_REFUSES_EACH_GROUP, "ike.peer-refuses-each-group",
          "{what}: the peer asks for DH {wanted}, of which it refused a value before, instead of "
          "{sent}; this tunnel offers {offer}; leave one group at both ends that both have",
          "{what}：对端要求以DH组{wanted}代替{sent}，但此前已拒绝过该组的公开值；本隧道提议{offer}"
          "；请在两端"
          "只保留一个共同的DH组",
          "what", "wanted", "sent", "offer")
WORDS_ROW(IKE_PEER_WANTS_PFS_GROUP, "ike.peer-wants-pfs-group",
          "IPsec: no common DH group: peer wants {wanted} for PFS; this tunnel offers {offer}; add "
          "{group} to ipsec.dhGroups, or change the peer",
          "IPsec：没有共同的DH组：对端的PFS要求{wanted}；本隧道提议{offer}；请将{group}加入"
          "ipsec.dhGroups，或修改对端配置",
          "wanted", "offer", "group")

WORDS_ROW(IKE_PEER_REFUSED_US, "ike.peer-refused-us",
          "the peer refused our authentication: PSK mismatch, or it expects another ID than ours, "
          "{localId}; compare the PSKs, and localId with the remote ID that the peer has for us",
          "对端拒绝了本端的认证：预共享密钥不一致，或对端期望的标识不是本端的{localId}；请核对两端"
          "的预共享密钥，以及localId与对端为本端配置的对端标识",
          "localId")
WORDS_ROW(IKE_PEER_EXPECTS_ID, "ike.peer-expects-id",
          "the peer refused our authentication: it expects the ID {expected}, another ID than "
          "ours, {localId}; set localId to it, or the remote ID at the peer",
          "对端拒绝了本端的认证：对端期望的标识是{expected}，而本端的标识是{localId}；请相应修改"
          "localId，或修改对端配置的对端标识",
          "expected", "localId")
WORDS_ROW(IKE_PEER_EXPECTS_ANOTHER_ID, "ike.peer-expects-another-id",
          "the peer refused our authentication: it expects another ID than ours, {localId}; set "
          "localId to it, or the remote ID at the peer",
          "对端拒绝了本端的认证：对端期望的标识不是本端的{localId}；请相应修改localId，或修改对端"
          "配置的对端标识",
          "localId")

/* ---- what we refused ---- */

WORDS_ROW(IKE_NOT_OFFERED, "ike.not-offered",
          "the peer chose IKE algorithms that were not offered: update the peer, or leave one "
          "encryption, one integrity and one DH group in this tunnel and at the peer",
          "对端选择了本端未提议的IKE算法：请升级对端，或在两端各只保留一种加密算法、一种认证算法和"
          "一个DH组")
WORDS_ROW(IKE_IPSEC_NOT_OFFERED, "ike.ipsec-not-offered",
          "the peer chose IPsec algorithms that were not offered: update the peer, or leave one "
          "encryption and one integrity in ipsec here and for ESP (phase 2) at the peer",
          "对端选择了本端未提议的IPsec算法：请升级对端，或在本端ipsec和对端的ESP（第二阶段）中各只"
          "保留一种加密算法和一种认证算法")
WORDS_ROW(IKE_OTHER_TUNNELS_ALGORITHMS, "ike.other-tunnels-algorithms",
          "the agreed IKE algorithms are those of another tunnel between the same addresses: give "
          "both the same list",
          "协商得到的IKE算法属于相同地址之间的另一条隧道：请为两条隧道配置相同的算法列表")

WORDS_ROW(IKE_NO_COMMON_ENCRYPTION, "ike.no-common-encryption",
          "no common encryption: peer offered {offered}; this tunnel accepts {accepted}; add {add} "
          "to {field}, or change the peer",
          "没有共同的加密算法：对端提议{offered}；本隧道接受{accepted}；请将{add}加入{field}，或修"
          "改对端配置",
          "offered", "accepted", "add", "field")
WORDS_ROW(IKE_UNKNOWN_ENCRYPTION, "ike.unknown-encryption",
          "no common encryption: peer offered {offered}; this tunnel accepts {accepted}; change "
          "the peer",
          "没有共同的加密算法：对端提议{offered}；本隧道接受{accepted}；请修改对端配置", "offered",
          "accepted")
WORDS_ROW(IKE_NO_COMMON_INTEGRITY, "ike.no-common-integrity",
          "no common integrity: peer offered {offered}; this tunnel accepts {accepted}; add {add} "
          "to {field}, or change the peer",
          "没有共同的认证算法：对端提议{offered}；本隧道接受{accepted}；请将{add}加入{field}，或修"
          "改对端配置",
          "offered", "accepted", "add", "field")
WORDS_ROW(IKE_UNKNOWN_INTEGRITY, "ike.unknown-integrity",
          "no common integrity: peer offered {offered}; this tunnel accepts {accepted}; change the "
          "peer",
          "没有共同的认证算法：对端提议{offered}；本隧道接受{accepted}；请修改对端配置", "offered",
          "accepted")
WORDS_ROW(IKE_NO_COMMON_PRF, "ike.no-common-prf",
          "no common PRF: peer offered {offered}; this tunnel accepts {accepted}; add {add} to "
          "{field}, or change the peer",
          "没有共同的PRF：对端提议{offered}；本隧道接受{accepted}；请将{add}加入{field}，或修改对"
          "端配置",
          "offered", "accepted", "add", "field")
WORDS_ROW(IKE_UNKNOWN_PRF, "ike.unknown-prf",
          "no common PRF: peer offered {offered}; this tunnel accepts {accepted}; change the peer",
          "没有共同的PRF：对端提议{offered}；本隧道接受{accepted}；请修改对端配置", "offered",
          "accepted")
WORDS_ROW(IKE_NO_COMMON_DH_GROUP, "ike.no-common-dh-group",
          "no common DH group: peer offered {offered}; this tunnel accepts {accepted}; add {add} "
          "to {field}, or change the peer",
          "没有共同的DH组：对端提议{offered}；本隧道接受{accepted}；请将{add}加入{field}，或修改对"
          "端配置",
          "offered", "accepted", "add", "field")
WORDS_ROW(IKE_UNKNOWN_DH_GROUP, "ike.unknown-dh-group",
          "no common DH group: peer offered {offered}; this tunnel accepts {accepted}; change the "
          "peer",
          "没有共同的DH组：对端提议{offered}；本隧道接受{accepted}；请修改对端配置", "offered",
          "accepted")
WORDS_ROW(IKE_PEER_WITHOUT_PFS, "ike.peer-without-pfs",
          "no common DH group: peer offered none; this tunnel accepts {accepted}; add none to "
          "ipsec.dhGroups, or turn on PFS at the peer",
          "没有共同的DH组：对端未提议任何DH组；本隧道接受{accepted}；请将none加入ipsec.dhGroups，"
          "或在对端启用PFS",
          "accepted")
WORDS_ROW(
    IKE_NO_COMMON_ADDITIONAL, "ike.no-common-additional",
    "no common additional key exchange (RFC 9370): peer offered {offered}; this tunnel accepts "
    "{accepted}; set {field} to what both ends have, or add none to it, or change the peer",
    "没有共同的附加密钥交换（RFC 9370）：对端提议{offered}；本隧道接受{accepted}；请将{field}"
    "设为两端都支持的方法，或在其中加入none，或修改对端配置",
    "offered", "accepted", "field")
WORDS_ROW(
    IKE_LACKING, "ike.lacking",
    "the cryptographic library of this gateway's machine does not have {methods}, which needs "
    "OpenSSL 3.5 or later: add another method or none to ike.additionalKeyExchanges, at both "
    "ends, or update the machine",
    "本网关所在主机的密码库不支持{methods}（需要OpenSSL 3.5或更高版本）："
    "请在两端的ike.additionalKeyExchanges中加入其他方法或none，或升级该主机",
    "methods")
WORDS_ROW(IKE_PEER_REFUSED_EXCHANGE, "ike.peer-refused-exchange",
          "the peer refuses the additional key exchange {method} that it had agreed to: {reason}; "
          "see the peer's log, or remove it from ike.additionalKeyExchanges",
          "对端拒绝了此前已同意的附加密钥交换{method}：{reason}；请查看对端日志，"
          "或从ike.additionalKeyExchanges中移除该方法",
          "method", "reason")
WORDS_ROW(IKE_NO_COMMON_COMBINATION, "ike.no-common-combination",
          "no common combination of algorithms: peer offered {offered}; this tunnel accepts "
          "encryption {encryption}; integrity {integrity}; DH {dhGroups}",
          "没有共同的算法组合：对端提议{offered}；本隧道接受加密算法{encryption}；认证算法"
          "{integrity}；DH组{dhGroups}",
          "offered", "encryption", "integrity", "dhGroups")
WORDS_ROW(IKE_NO_COMMON_COMBINATION_OF, "ike.no-common-combination-of",
          "no common combination of algorithms: peer offered {offered} or {last}; this tunnel "
          "accepts encryption {encryption}; integrity {integrity}; DH {dhGroups}",
          "没有共同的算法组合：对端提议{offered}或{last}；本隧道接受加密算法{encryption}；认证算法"
          "{integrity}；DH组{dhGroups}",
          "offered", "last", "encryption", "integrity", "dhGroups")
WORDS_ROW(IKE_IPSEC_MISMATCH, "ike.ipsec-mismatch", "IPsec: {mismatch}", "IPsec：{mismatch}",
          "mismatch")
WORDS_ROW(IKE_REKEY_MISMATCH, "ike.rekey-mismatch", "IKE rekey: {mismatch}",
          "IKE重协商：{mismatch}", "mismatch")

WORDS_ROW(IKE_PEER_REFUSED_SELECTORS, "ike.peer-refused-selectors",
          "the peer accepts none of our traffic selectors: this tunnel has {local} on our side and "
          "{remote} on the peer's; set the peer's networks (its policy, or proxy IDs) to these, or "
          "localSelectors and remoteSelectors of the VPN connection to what the peer's policy has",
          "对端不接受本端的任何流量选择器：本隧道的本端为{local}，对端为{remote}；请将对端的感兴趣"
          "流（策略或代理标识）改为相应网段，或将VPN连接的localSelectors和remoteSelectors设为与"
          "对端策略一致",
          "local", "remote")
WORDS_ROW(IKE_PEER_REFUSED_NAMED_SELECTORS, "ike.peer-refused-named-selectors",
          "the peer accepts none of our traffic selectors: peer named {named} on our side and "
          "{peerNamed} on its own; this tunnel has {local} on our side and {remote} on the peer's; "
          "give both ends the same networks",
          "对端不接受本端的任何流量选择器：对端给出的本端为{named}，对端为{peerNamed}；本隧道的本"
          "端为{local}，对端为{remote}；请将两端配置为相同的网段",
          "named", "peerNamed", "local", "remote")
WORDS_ROW(IKE_NO_COMMON_SELECTORS, "ike.no-common-selectors",
          "the peer's traffic selectors have nothing in common with ours: peer named {named} on "
          "our side and {peerNamed} on its own; this tunnel has {local} on our side and {remote} "
          "on the peer's; give both ends the same networks",
          "对端的流量选择器与本端没有交集：对端给出的本端为{named}，对端为{peerNamed}；本隧道的本"
          "端为{local}，对端为{remote}；请将两端配置为相同的网段",
          "named", "peerNamed", "local", "remote")
WORDS_ROW(
    IKE_SELECTORS_NOT_OURS, "ike.selectors-not-ours",
    "the peer answered with traffic selectors that are not ours, or wider: peer named {named} "
    "on our side and {peerNamed} on its own; this tunnel has {local} on our side and "
    "{remote} on the peer's; set the peer's networks to these, or to a part of them",
    "对端应答的流量选择器超出本端范围：对端给出的本端为{named}，对端为{peerNamed}；本隧道的"
    "本端为{local}，对端为{remote}；请将对端的网段改为相应网段或其中的一部分",
    "named", "peerNamed", "local", "remote")
WORDS_ROW(IKE_NO_SELECTOR, "ike.no-selector", "nothing", "空")

WORDS_ROW(IKE_WRONG_ID, "ike.wrong-id",
          "the peer's ID is {id}, expected {expected}; if it is right, set remoteId to {id}, else "
          "set its own ID to {expected} at the peer",
          "对端的标识是{id}，期望的是{expected}；若对端无误，请将remoteId设为{id}，否则请在对端将其"
          "本机标识设为{expected}",
          "id", "expected")
WORDS_ROW(
    IKE_WRONG_ID_BEHIND_NAT, "ike.wrong-id-behind-nat",
    "the peer's ID is {id}, expected {expected}: it is behind NAT; if it is right, set "
    "remoteId to {id}, else set its own ID to {expected} at the peer",
    "对端的标识是{id}，期望的是{expected}：对端位于NAT之后；若对端无误，请将remoteId设为{id}，"
    "否则请在对端将其本机标识设为{expected}",
    "id", "expected")
WORDS_ROW(
    IKE_KEY_BEFORE_USED, "ike.key-before-used",
    "the peer has not got the new pre-shared key yet: authenticated with the one before, which "
    "counts for {minutes} min more; set the new one at the peer",
    "对端尚未使用新的预共享密钥：已用旧密钥认证，旧密钥还将保留{minutes}分钟；请在对端设置新密钥",
    "minutes")
WORDS_ROW(
    IKE_KEY_BEFORE_TRIED, "ike.key-before-tried",
    "the peer refused the new pre-shared key: trying the one before, which counts for {minutes} "
    "min more",
    "对端拒绝了新的预共享密钥：改用旧密钥重试，旧密钥还将保留{minutes}分钟", "minutes")
WORDS_ROW(IKE_KEY_PROVED, "ike.key-proved",
          "authenticated with the new pre-shared key: the one before counts no more",
          "已用新的预共享密钥认证：旧密钥不再有效")
WORDS_ROW(
    IKE_OLD_AUTH_ENDED, "ike.old-auth-ended",
    "closed an IKE SA from before the change of the pre-shared key or an identity: its time is "
    "over, and the peer has not authenticated anew; set the same on both sides",
    "已关闭更改预共享密钥或标识之前建立的IKE "
    "SA：保留时间已到，而对端尚未重新认证；请在两端设置一致的参数")
WORDS_ROW(IKE_PSK_MISMATCH, "ike.psk-mismatch",
          "PSK mismatch: the peer {id} does not use the same pre-shared key; set psk here and the "
          "key at the peer to the same text (as text, hex: and base64: mean bytes)",
          "预共享密钥不一致：对端{id}"
          "使用的预共享密钥与本端不同；请将本端的psk与对端的密钥设为相同（文本、hex:或base64:"
          "表示的字节须一致）",
          "id")
WORDS_ROW(IKE_WRONG_METHOD, "ike.wrong-method",
          "the peer authenticates by {method}, this tunnel by pre-shared key: set the peer to a "
          "pre-shared key, or authentication of this tunnel to certificate",
          "对端使用{method}"
          "认证，本隧道使用预共享密钥认证：请将对端改为预共享密钥认证，或将本隧道的authentication设"
          "为certificate",
          "method")
WORDS_ROW(IKE_METHOD_PSK, "ike.method-psk", "pre-shared key", "预共享密钥")
WORDS_ROW(IKE_METHOD_RSA, "ike.method-rsa", "RSA signature", "RSA签名")
WORDS_ROW(IKE_METHOD_DSS, "ike.method-dss", "DSS signature", "DSS签名")
WORDS_ROW(IKE_METHOD_ECDSA_256, "ike.method-ecdsa-256", "ECDSA-256", "ECDSA-256")
WORDS_ROW(IKE_METHOD_ECDSA_384, "ike.method-ecdsa-384", "ECDSA-384", "ECDSA-384")
WORDS_ROW(IKE_METHOD_ECDSA_521, "ike.method-ecdsa-521", "ECDSA-521", "ECDSA-521")
WORDS_ROW(IKE_METHOD_NULL, "ike.method-null", "no authentication", "无认证方式")
WORDS_ROW(IKE_METHOD_SIGNATURE, "ike.method-signature", "digital signature", "数字签名")
WORDS_ROW(IKE_METHOD_UNKNOWN, "ike.method-unknown", "an unknown method", "未知方式")

/* ---- certificates ---- */

WORDS_ROW(IKE_CERT_EXPIRED, "ike.cert-expired",
          "the peer's certificate {subject} expired on {date}, and this node's clock says {now}: "
          "give the peer a new one; if {now} is wrong, set this node's clock",
          "对端证书{subject}已于{date}过期，本节点的时钟为{now}：请为对端更换证书；若{now}"
          "不正确，请校准本节点的时钟",
          "subject", "date", "now")
WORDS_ROW(
    IKE_CERT_EARLY, "ike.cert-early",
    "the peer's certificate {subject} is valid only from {date}, and this node's clock says {now}, "
    "which is before that: set the clocks of this node and of the CA",
    "对端证书{subject}自{date}起才有效，而本节点的时钟为{now}，早于该时间：请校准本节点和CA的时钟",
    "subject", "date", "now")
WORDS_ROW(
    IKE_CERT_UNKNOWN_CA, "ike.cert-unknown-ca",
    "unknown CA: the peer's certificate {subject} was issued by {issuer}, and from there no "
    "chain leads to this tunnel's caCertificates: add that CA to them, or let the peer send "
    "the certificates between",
    "未知CA：对端证书{subject}由{issuer}签发，无法从它追溯到本隧道的caCertificates：请将该CA加"
    "入caCertificates，或让对端一并发送中间证书",
    "subject", "issuer")
WORDS_ROW(IKE_CERT_REVOKED, "ike.cert-revoked",
          "the certificate {subject} of the peer's chain is revoked by this tunnel's crl: give the "
          "peer a new one",
          "对端证书链中的{subject}已被本隧道的crl吊销：请为对端更换证书", "subject")
WORDS_ROW(IKE_CERT_FORGED, "ike.cert-forged",
          "the signature of the certificate {subject} of the peer's chain, or of a CRL, does not "
          "hold: another CA of the same name signed it; put the right one into caCertificates",
          "对端证书链中{subject}或CRL的签名无效：它由另一个同名的CA签发；请在caCertificates中填入正"
          "确的CA证书",
          "subject")
WORDS_ROW(
    IKE_CERT_WEAK_KEY, "ike.cert-weak-key",
    "the certificate {subject} of the peer's chain has too short a key: RSA of 2048 bits or "
    "more, ECDSA or Ed25519 are accepted; give the peer a new one",
    "对端证书链中{subject}的密钥过短：接受2048位及以上的RSA、ECDSA或Ed25519；请为对端更换证书",
    "subject")
WORDS_ROW(IKE_CERT_WEAK_HASH, "ike.cert-weak-hash",
          "the certificate {subject} of the peer's chain is signed with SHA-1 or MD5: SHA-256 or "
          "better is accepted; have it issued anew",
          "对端证书链中的{subject}使用SHA-1或MD5签名：接受SHA-256及以上；请重新签发该证书",
          "subject")
WORDS_ROW(
    IKE_CERT_KEY_TYPE, "ike.cert-key-type",
    "the peer's certificate {subject} has a key of an unknown type: RSA, ECDSA (P-256, "
    "P-384, P-521) and Ed25519 are accepted; give the peer another one",
    "对端证书{subject}的密钥类型无法识别：接受RSA、ECDSA（P-256、P-384、P-521）和Ed25519；请为"
    "对端更换证书",
    "subject")
WORDS_ROW(IKE_CERT_NOT_CA, "ike.cert-not-ca",
          "the certificate {subject} in the peer's chain issued another one and is no CA: have "
          "the peer's certificate issued by a CA",
          "对端证书链中的{subject}签发了其他证书，但它不是CA：请由CA为对端签发证书", "subject")
WORDS_ROW(IKE_CERT_USAGE, "ike.cert-usage",
          "the key usage of the peer's certificate {subject} allows no signatures: have it issued "
          "with digitalSignature",
          "对端证书{subject}的密钥用途不允许签名：请重新签发并包含digitalSignature", "subject")
WORDS_ROW(IKE_CERT_UNSUPPORTED, "ike.cert-unsupported",
          "the certificate {subject} of the peer's chain cannot be used: a critical extension or a "
          "name constraint forbids it, or it is malformed",
          "对端证书链中的{subject}无法使用：存在不支持的关键扩展、名称约束不允许，或格式有误",
          "subject")
WORDS_ROW(IKE_CERT_MISSING, "ike.cert-missing",
          "the peer sent no certificate that can be read: have it send its own, and those between "
          "it and the CA, as X.509 (not by a URL)",
          "对端没有发送可读取的证书：请让对端以X.509形式（而非URL）发送自己的证书及中间证书")
WORDS_ROW(IKE_CERT_OTHER_ID, "ike.cert-other-id",
          "the peer calls itself {id}, which its certificate does not name: that has {names}; set "
          "the peer's own ID to one of these, or have the ID put into its certificate",
          "对端自称{id}，但其证书中没有该名称：证书中的名称为{names}；请将对端自己的标识设为其中之"
          "一，或将该标识写入其证书",
          "id", "names")
WORDS_ROW(IKE_CERT_BAD_SIGNATURE, "ike.cert-bad-signature",
          "the peer {id} did not prove that it has the private key of the certificate {subject}: "
          "its key and its certificate do not belong together, or somebody changed the messages",
          "对端{id}未能证明持有证书{subject}的私钥：其私钥与证书不匹配，或报文被篡改", "id",
          "subject")
WORDS_ROW(
    IKE_CERT_SIGNS_WEAKLY, "ike.cert-signs-weakly",
    "the peer signs by an algorithm that is not accepted ({method}): RSA or ECDSA with "
    "SHA-256, SHA-384 or SHA-512, and Ed25519 are; change that at the peer",
    "对端使用了不被接受的签名算法（{method}）：接受使用SHA-256、SHA-384或SHA-512的RSA或ECDSA，"
    "以及Ed25519；请修改对端配置",
    "method")
WORDS_ROW(IKE_CERT_WRONG_METHOD, "ike.cert-wrong-method",
          "the peer authenticates by {method}, this tunnel by certificate: set the peer to its "
          "certificate, or this tunnel's authentication to psk",
          "对端使用{method}认证，本隧道使用证书认证：请将对端改为证书认证，或将本隧道的"
          "authentication设为psk",
          "method")
WORDS_ROW(
    IKE_CERT_PEER_TOO_OLD, "ike.cert-peer-too-old",
    "the peer cannot verify the signatures of this tunnel's key: it does not announce "
    "{hash} (RFC 7427); use an RSA or ECDSA certificate here",
    "对端无法验证本隧道密钥的签名：它没有声明支持{hash}（RFC 7427）；请在本端使用RSA或ECDSA证书",
    "hash")
WORDS_ROW(
    IKE_CERT_REFUSED, "ike.cert-refused",
    "the peer refused our authentication by the certificate {subject} as {localId}: it does "
    "not trust the CA {issuer}, expects another ID, or a pre-shared key; look at its log",
    "对端拒绝了本端使用证书{subject}、以{localId}进行的认证：它不信任CA {issuer}，或期望其他标"
    "识，或期望预共享密钥；请查看对端日志",
    "subject", "localId", "issuer")
WORDS_ROW(
    IKE_CERT_OWN_EXPIRED, "ike.cert-own-expired",
    "the peer refused our authentication: the tunnel's own certificate {subject} expired on "
    "{date}; set certificate to a new one",
    "对端拒绝了本端的认证：本隧道自己的证书{subject}已于{date}过期；请在certificate中填入新证书",
    "subject", "date")
WORDS_ROW(
    IKE_CERT_OWN_ENDS, "ike.cert-own-ends",
    "the tunnel's own certificate {subject} ends on {date}, in {days} days, and the tunnel "
    "with it: set certificate and privateKey to new ones",
    "本隧道自己的证书{subject}将于{date}到期（还有{days}天），届时隧道将中断：请更换certificate"
    "和privateKey",
    "subject", "date", "days")
WORDS_ROW(IKE_CERT_PEER_ENDS, "ike.cert-peer-ends",
          "the peer's certificate ends on {date}, in {days} days, and the tunnel with it: give the "
          "peer a new one",
          "对端证书将于{date}到期（还有{days}天），届时隧道将中断：请为对端更换证书", "date",
          "days")

WORDS_ROW(IKE_CREDENTIALS_UNUSABLE, "ike.credentials-unusable",
          "certificate, privateKey, caCertificates or crl of the tunnel cannot be used; set them "
          "anew",
          "隧道的certificate、privateKey、caCertificates或crl无法使用；请重新设置")

/* ---- messages that are not usable ---- */

WORDS_ROW(IKE_AUTH_UNUSABLE, "ike.auth-unusable",
          "the peer's IKE_AUTH is not usable ({fault}): it has to authenticate by pre-shared key "
          "and ask for a child SA",
          "对端的IKE_AUTH不可用（{fault}）：对端须使用预共享密钥认证并请求建立IPsec SA", "fault")
WORDS_ROW(IKE_AUTH_MALFORMED, "ike.auth-malformed",
          "the peer's IKE_AUTH is not usable: its payload {payload} {fault}; see whether the peer "
          "needs an update",
          "对端的IKE_AUTH不可用：其中的载荷{payload}{fault}；请检查对端是否需要升级", "payload",
          "fault")
WORDS_ROW(IKE_ANSWER_MALFORMED, "ike.answer-malformed",
          "the peer's answer of {exchange} is not usable: its payload {payload} {fault}; see "
          "whether the peer needs an update",
          "对端的{exchange}应答不可用：其中的载荷{payload}{fault}；请检查对端是否需要升级",
          "exchange", "payload", "fault")
WORDS_ROW(IKE_ANSWER_UNUSABLE, "ike.answer-unusable",
          "the peer's answer is not usable: {fault}; see whether the peer needs an update",
          "对端的应答不可用：{fault}；请检查对端是否需要升级", "fault")
WORDS_ROW(IKE_REKEY_ANSWER_UNUSABLE, "ike.rekey-answer-unusable",
          "the peer's answer to the IKE rekey is not usable; see whether the peer needs an update",
          "对端对IKE重协商的应答不可用；请检查对端是否需要升级")
WORDS_ROW(IKE_FAULT_OTHER_ANSWER, "ike.fault-other-answer",
          "a response of {exchange} that does not fit the request", "{exchange}响应与请求不符",
          "exchange")
WORDS_ROW(IKE_FAULT_NOT_IKE, "ike.fault-not-ike", "is no IKE message", "不是IKE报文")
WORDS_ROW(IKE_FAULT_VERSION_1, "ike.fault-version-1", "is of IKE version 1", "IKE版本为1")
WORDS_ROW(IKE_FAULT_VERSION, "ike.fault-version", "is of an IKE version above 2", "IKE版本高于2")
WORDS_ROW(IKE_FAULT_SYNTAX, "ike.fault-syntax", "does not parse", "无法解析")
WORDS_ROW(IKE_FAULT_CRITICAL, "ike.fault-critical", "is critical and not supported",
          "含有不支持的关键载荷")
WORDS_ROW(IKE_FAULT_INTEGRITY, "ike.fault-integrity", "fails its integrity check", "完整性校验失败")
WORDS_ROW(IKE_FAULT_NOT_PROTECTED, "ike.fault-not-protected",
          "is protected where it must not be, or is not where it must", "载荷的加密保护不符合要求")
WORDS_ROW(IKE_FAULT_MISSING, "ike.fault-missing", "is missing", "缺少必需的载荷")
WORDS_ROW(IKE_FAULT_REPEATED, "ike.fault-repeated", "occurs more than once", "载荷重复出现")
WORDS_ROW(IKE_FAULT_UNEXPECTED, "ike.fault-unexpected", "is of an exchange that is not known",
          "属于未知的交换类型")

/* ---- what may end a tunnel that was up ---- */

WORDS_ROW(IKE_PEER_DEAD, "ike.peer-dead",
          "the peer at {peer} does not answer any more (dead peer detection): is it running, and "
          "do UDP 500 and 4500 still pass both ways? It is called anew",
          "对端{peer}不再应答（DPD检测超时）：请检查对端是否运行、UDP "
          "500和4500是否仍双向放通；正在重新发起",
          "peer")
WORDS_ROW(
    IKE_LARGE_REQUEST_UNANSWERED, "ike.large-request-unanswered",
    "the peer at {peer} does not answer a request that goes in IP fragments, which are often "
    "dropped on the way: turn on IKE fragmentation (RFC 7383) at the peer, or let IP "
    "fragments pass",
    "对端{peer}未应答一个以IP分片发送的请求，而IP分片常在沿途被丢弃：请在对端启用IKE分片（RFC "
    "7383），或放通IP分片",
    "peer")
WORDS_ROW(IKE_PEER_FORGOT, "ike.peer-forgot",
          "the peer at {peer} closed the connection, and knows no other: it is called anew; its "
          "log says why",
          "对端{peer}关闭了连接，且没有其他连接：正在重新发起；原因见对端日志", "peer")
WORDS_ROW(
    IKE_PEER_BROKE_RULES, "ike.peer-broke-rules",
    "the peer at {peer} sent a message that no IKEv2 peer may send, which ends the IKE SA: see "
    "whether the peer needs an update; it is called anew",
    "对端{peer}发送了不符合IKEv2协议的报文，IKE SA因此结束：请检查对端是否需要升级；正在重新发起",
    "peer")
WORDS_ROW(IKE_PEER_REFUSED_SYNTAX, "ike.peer-refused-syntax",
          "the peer at {peer} takes a message of ours for malformed (INVALID_SYNTAX), which ends "
          "the IKE SA: its log says which payload; it is called anew",
          "对端{peer}认为本端的报文格式错误（INVALID_SYNTAX），IKE "
          "SA因此结束：具体载荷见对端日志；正在重新发起",
          "peer")
WORDS_ROW(IKE_SILENT_BESIDE_ESP, "ike.silent-beside-esp",
          "no answer to IKE from {peer}, though ESP comes from it: its IKE daemon is down or busy; "
          "see whether it runs",
          "对端{peer}不应答IKE，但仍在发送ESP报文：其IKE进程未运行或繁忙，请检查", "peer")
WORDS_ROW(
    IKE_PEER_CLOSED, "ike.peer-closed",
    "the peer closed the connection {seconds} s after it was made, and gave no reason: "
    "somebody or a restart there ended it, or its lifetime there was over; look at the "
    "peer's log, and set lifetimes at both ends so that rekeys come before the end",
    "对端在连接建立{seconds}秒后将其关闭，未说明原因：对端的管理员或重启使其结束，或其生存周期"
    "已到；请查看对端日志，并在两端设置合适的生存周期，使重协商先于到期",
    "seconds")
WORDS_ROW(
    IKE_PEER_CLOSED_AT_ONCE, "ike.peer-closed-at-once",
    "the peer closed the connection {seconds} s after it was made, and gave no reason: it "
    "holds another one with the same identity, does not accept what was agreed (lifetimes, "
    "networks, a virtual address), or was told to; look at its log, and give each device an "
    "identity of its own",
    "对端在连接建立{seconds}秒后即将其关闭，未说明原因：它已有相同标识的另一个连接，或不接受协"
    "商结果（生存周期、网段、虚拟地址），或由管理员关闭；请查看对端日志，并为每台设备设置各自"
    "的标识",
    "seconds")
WORDS_ROW(
    IKE_PEER_CLOSED_SAYING, "ike.peer-closed-saying",
    "the peer closed the connection {seconds} s after it was made, saying {reason}: look in "
    "its log for that, and change there or here what it names",
    "对端在连接建立{seconds}秒后将其关闭，并说明{reason}：请在对端日志中查找，并相应修改对端或"
    "本端配置",
    "seconds", "reason")
WORDS_ROW(IKE_PEER_CLOSED_ONE, "ike.peer-closed-one", "the peer closed an IKE SA",
          "对端关闭了一个IKE SA")
WORDS_ROW(IKE_PEER_RESTARTED, "ike.peer-restarted",
          "the peer has started afresh: an old IKE SA is dropped",
          "对端已重新启动：旧的IKE SA已删除")
WORDS_ROW(IKE_PEER_DELETED_CHILD, "ike.peer-deleted-child", "the peer deleted a child SA",
          "对端删除了一个IPsec SA")
WORDS_ROW(IKE_PEER_LOST_CHILD, "ike.peer-lost-child", "the peer has lost a child SA",
          "对端丢失了一个IPsec SA")
WORDS_ROW(IKE_PEER_FORGOT_CHILD, "ike.peer-forgot-child",
          "the peer does not know a child SA any more", "对端已不再认识一个IPsec SA")
WORDS_ROW(IKE_PEER_MAKES_NO_MORE, "ike.peer-makes-no-more",
          "the peer makes no further child SAs in this IKE SA",
          "对端不再在此IKE SA中建立新的IPsec SA")
WORDS_ROW(IKE_EXPIRED, "ike.expired", "the lifetime of an IKE SA ended", "IKE SA的生存周期已到")
WORDS_ROW(
    IKE_CHILD_EXPIRED, "ike.child-expired",
    "the lifetime of a child SA ended before it was rekeyed: the peer refused or did not answer "
    "the rekey; see the lines before this one in the log, and the peer's PFS group",
    "IPsec "
    "SA在重协商之前生存周期已到：对端拒绝或未应答重协商；请查看日志中此前的记录，并检查对端的PFS组")
WORDS_ROW(IKE_CHILD_SPENT, "ike.child-spent", "a child SA came to the end of its sequence numbers",
          "IPsec SA的序列号已用尽")
WORDS_ROW(
    IKE_ONE_WAY, "ike.one-way",
    "the tunnel is up and ESP goes out from {local} to {remote}, but none has come in, though "
    "the peer answers IKE: if answers are expected, see whether the peer's routes and policies "
    "lead back into this tunnel, whether it sends ESP in UDP from the port it uses for IKE, "
    "and whether firewalls and NATs between pass UDP 4500 both ways",
    "隧道已连通，ESP报文从{local}发往{remote}，但从未收到ESP报文，而对端应答IKE：如果应有回程流量，"
    "请检查对端的路由和策略是否指回该隧道、对端是否从其IKE端口发送UDP封装的ESP、"
    "途中的防火墙和NAT是否双向放行UDP 4500",
    "local", "remote")
WORDS_ROW(
    IKE_LIMIT_SMALL, "ike.limit-small",
    "a child SA came near its limit of bytes or packets {milliseconds} ms after it was made: "
    "the child SAs are rekeyed once in ten seconds, and carry more than the limit says; raise "
    "lifetimeBytes or lifetimePackets to what the tunnel carries in a minute or more",
    "IPsec SA建立{milliseconds}毫秒后就接近流量或包数上限：IPsec "
    "SA每十秒重协商一次，实际承载超过该上限；请把lifetimeBytes或lifetimePackets提高到隧道一分钟以上"
    "的流量",
    "milliseconds")
WORDS_ROW(IKE_CLOSED_BY_COMMAND, "ike.closed-by-command", "closed by an operator's command",
          "已按管理员的命令关闭")
WORDS_ROW(IKE_OLD_SA_ENDED, "ike.old-sa-ended",
          "an SA from before the restart of IKE came to its end", "IKE重启前的SA已到期")
WORDS_ROW(IKE_OLD_SAS_SILENT, "ike.old-sas-silent",
          "nothing comes through the SAs from before the restart of IKE",
          "IKE重启前的SA没有收到任何报文")

WORDS_ROW(IKE_PLANE_AWAY, "ike.plane-away",
          "the data plane is away: see whether ropeway-dataplane runs on this node",
          "数据面未运行：请检查本节点的ropeway-dataplane是否运行")
WORDS_ROW(IKE_PLANE_REFUSED_CHILD, "ike.plane-refused-child",
          "the data plane refused a child SA: {error}; the log of ropeway-dataplane on this node "
          "says why",
          "数据面拒绝了一个IPsec SA：{error}；原因见本节点ropeway-dataplane的日志", "error")
WORDS_ROW(IKE_PLANE_SILENT, "ike.plane-silent",
          "the data plane did not acknowledge a child SA: made anew",
          "数据面未确认一个IPsec SA：正在重新建立")
WORDS_ROW(IKE_PLANE_LOST_CHILDREN, "ike.plane-lost-children",
          "child SAs that the data plane has lost and that are made anew: {count}",
          "数据面丢失了{count}个IPsec SA：正在重新建立", "count")

WORDS_ROW(IKE_ON_EARLIER_PARAMETERS, "ike.on-earlier-parameters",
          "the tunnel runs on with its earlier parameters, the changed ones failed: {error}",
          "隧道以原参数继续运行，变更后的参数协商失败：{error}", "error")
WORDS_ROW(IKE_ON_EARLIER_SAS, "ike.on-earlier-sas",
          "the tunnel runs on with SAs from before the restart of IKE, new ones failed: {error}",
          "隧道以IKE重启前的SA继续运行，新的SA建立失败：{error}", "error")

/* ---- what the IKE daemon does not take ---- */

WORDS_ROW(IKE_VERSION_NOT_SUPPORTED, "ike.version-not-supported",
          "IKEv{version} is not supported by this version of Ropeway: use IKEv2 or IKEv1",
          "此版本的Ropeway不支持IKEv{version}：请使用IKEv2或IKEv1", "version")
WORDS_ROW(IKE_ID_UNUSABLE, "ike.id-unusable",
          "localId or remoteId cannot be used as an IKE identity",
          "localId或remoteId不能用作IKE标识")
WORDS_ROW(IKE_PARAMETERS_UNUSABLE, "ike.parameters-unusable",
          "the tunnel's parameters cannot work: an algorithm is unknown, or a list, the PSK or an "
          "address is missing; set them anew",
          "隧道参数无法使用：存在未知的算法，或缺少算法列表、预共享密钥或地址；请重新设置隧道")
WORDS_ROW(IKE_NO_MEMORY, "ike.no-memory", "out of memory: ropeway-ike on this node needs more",
          "内存不足：本节点的ropeway-ike需要更多内存")
WORDS_ROW(IKE_TUNNEL_REFUSED, "ike.tunnel-refused", "{tunnel}: {error}", "{tunnel}：{error}",
          "tunnel", "error")
