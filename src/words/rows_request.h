/* Requests, before and beside what they ask for. */
WORDS_ROW(
    REQUEST_AUDIT_FILTER, "request.audit-filter",
    "The audit log cannot be filtered by {name}; it takes from, to, actor, action, kind, regionId, "
    "resourceId, name, limit and cursor.",
    "审计日志不能按{name}"
    "过滤；可用的参数有from、to、actor、action、kind、regionId、resourceId、name、limit和cursor。",
    "name")
WORDS_ROW(REQUEST_CURSOR, "request.cursor", "cursor must be what next was in an earlier answer.",
          "cursor必须是之前应答中next的值。")
WORDS_ROW(REQUEST_TIME, "request.time",
          "{name} must be a date or a time in UTC such as 2026-11-22 or 2026-11-22T08:27:24Z.",
          "{name}必须是UTC日期或时间，例如2026-11-22或2026-11-22T08:27:24Z。", "name")
WORDS_ROW(REQUEST_TOKEN_UNKNOWN, "request.token-unknown",
          "The token is not known here. Send Authorization: Bearer TOKEN.",
          "令牌无效。请发送Authorization: Bearer TOKEN。")
WORDS_ROW(REQUEST_TOKEN_NEEDED, "request.token-needed",
          "A token is needed. Send Authorization: Bearer TOKEN; the admin's is in admin.token in "
          "the state directory.",
          "需要令牌。请发送Authorization: Bearer TOKEN；管理员令牌在状态目录的admin.token中。")
WORDS_ROW(REQUEST_URI, "request.uri",
          "The path or query is too long, has an empty part or too many parts, is badly "
          "percent-encoded, or is not plain UTF-8 text.",
          "路径或查询串过长、有空的部分、部分过多、百分号编码有误，或不是UTF-8纯文本。")
WORDS_ROW(REQUEST_FAILED, "request.failed",
          "The server could not carry this out: {error}. Nothing was changed.",
          "服务器无法执行此操作：{error}。未做任何更改。", "error")
WORDS_ROW(REQUEST_RACED, "request.raced",
          "Something in the region changed at the same moment; nothing was done. Try again.",
          "区域中的内容恰好同时发生了变化；未执行任何操作。请重试。")
WORDS_ROW(REQUEST_NOT_STORED, "request.not-stored",
          "The server could not store this: {error}. Nothing was changed.",
          "服务器无法保存：{error}。未做任何更改。", "error")
WORDS_ROW(REQUEST_BODY_TOO_LARGE, "request.body-too-large", "A body may have at most {max} bytes.",
          "请求体最多{max}字节。", "max")
WORDS_ROW(
    REQUEST_KEY_REUSED, "request.key-reused",
    "This key was already used for a request with another body; take a new key for a new request.",
    "此Idempotency-Key已用于内容不同的请求；新请求请使用新的键。")
WORDS_ROW(REQUEST_KEY_LENGTH, "request.key-length",
          "Idempotency-Key must have 1 to {max} characters.",
          "Idempotency-Key的长度必须是1到{max}个字符。", "max")
WORDS_ROW(REQUEST_NODE_TOO_OLD, "request.node-too-old",
          "This ropewayd expects nodes of version {version} on nodes.sock with a certificate: "
          "upgrade ropeway-node; it joins again with its token.",
          "此ropewayd要求{version}版本的节点凭证书从nodes.sock接入：请升级ropeway-"
          "node，它会用令牌重新加入。",
          "version")
WORDS_ROW(REQUEST_CSR_NEEDED, "request.csr-needed",
          "A certificate request (PEM) for the node's own key is needed.",
          "需要针对节点自身密钥的证书请求（PEM）。")
WORDS_ROW(REQUEST_NODE_TOKEN_DELETED, "request.node-token-deleted", "The node token was deleted.",
          "节点令牌已被删除。")
WORDS_ROW(REQUEST_NODE_TOKEN_EXPIRED, "request.node-token-expired",
          "The node token expired at {time}. Make another.", "节点令牌已于{time}过期。请重新创建。",
          "time")
WORDS_ROW(
    REQUEST_NODE_TOKEN_TAKEN, "request.node-token-taken",
    "This token belongs to node {name} ({id}), which joined with it: only that node can join "
    "again. Make a token for each node.",
    "此令牌属于用它加入的节点{name}（{id}）：只有该节点能用它重新加入。请为每个节点创建令牌。",
    "name", "id")
WORDS_ROW(REQUEST_NODE_TOKEN_ORPHANED, "request.node-token-orphaned",
          "This token belongs to node {id}, which was deleted. Make another to join as a new node.",
          "此令牌属于已删除的节点{id}。要作为新节点加入，请创建新令牌。", "id")
WORDS_ROW(REQUEST_NODE_HAS_OTHER_TOKEN, "request.node-has-other-token",
          "Node {name} ({id}) has joined with token {token}: it can only join again with that. If "
          "the token is lost, delete it and make another.",
          "节点{name}（{id}）是用令牌{token}"
          "加入的，只能用它重新加入。如果该令牌已丢失，请删除它并创建新令牌。",
          "name", "id", "token")
WORDS_ROW(REQUEST_JOIN_FIELDS, "request.join-fields",
          "A node that joins says its name, address, publicAddresses and certificateRequest; the "
          "rest is the admin's.",
          "加入的节点只提供name、address、publicAddresses和certificateRequest；其余由管理员设置。")
WORDS_ROW(REQUEST_RENEW_FIELDS, "request.renew-fields",
          "Only certificateRequest is understood here.", "这里只接受certificateRequest。")
WORDS_ROW(REQUEST_NODE_NAME, "request.node-name",
          "A node needs a name, by which it is known when it comes back.",
          "节点需要名称，以便回来时能被认出。")
WORDS_ROW(REQUEST_NO_SUCH_REVISION, "request.no-such-revision",
          "The region is at revision {revision}; there is none such yet.",
          "区域当前的修订版本是{revision}；所指的版本尚不存在。", "revision")
WORDS_ROW(REQUEST_NUMBER, "request.number", "{name} must be a whole number from {min} to {max}.",
          "{name}必须是{min}到{max}的整数。", "name", "min", "max")
WORDS_ROW(REQUEST_TUNNEL_TABLE, "request.tunnel-table", "table must be learned or announced.",
          "table必须是learned或announced。")
WORDS_ROW(REPORT_FOREIGN, "report.foreign", "This node has no such object.", "此节点没有这个对象。")
WORDS_ROW(REPORT_KEY, "report.key", "An entry needs a key.", "条目需要key。")
WORDS_ROW(REQUEST_REPORT_TOO_OLD, "request.report-too-old",
          "This is the status of a ropeway-node of an earlier version: upgrade it to the version "
          "of ropewayd, {version}.",
          "这是旧版本ropeway-node的状态报告：请升级到ropewayd的版本{version}。", "version")
WORDS_ROW(REQUEST_REPORT_MEMBERS, "request.report-members",
          "A status report needs epoch and sequence; put and gone are lists, carried and node are "
          "objects.",
          "状态报告需要epoch和sequence；put和gone是列表，carried和node是对象。")
WORDS_ROW(REQUEST_REPORT_EPOCH, "request.report-epoch", "epoch must have at most 31 bytes.",
          "epoch最多31字节。")
WORDS_ROW(REQUEST_REPORT_GAP, "request.report-gap",
          "Reports are missing before this one: begin again with a new epoch and reset.",
          "此报告之前缺少报告：请用新的epoch和reset重新开始。")
WORDS_ROW(REQUEST_NO_SUCH_RESOURCE, "request.no-such-resource", "There is no such {kind}.",
          "没有这个{kind}。", "kind")
WORDS_ROW(REQUEST_CHANGED_MEANWHILE, "request.changed-meanwhile",
          "If-Match does not name the current revision, which is {revision}. Read the resource "
          "again and decide anew.",
          "If-Match与当前修订版本{revision}不符。请重新读取资源后再做决定。", "revision")
WORDS_ROW(REQUEST_NO_FIELDS, "request.no-fields", "This call takes no fields.",
          "此调用不接受任何字段。")
WORDS_ROW(REQUEST_PSK_SEALED, "request.psk-sealed",
          "The stored {field} does not open: seal.key is not the one it was sealed with. Bring "
          "that back, or set another {field}.",
          "无法解开已保存的{field}：seal.key不是加密时的那个。请恢复原来的seal.key，或设置新的"
          "{field}。",
          "field")
WORDS_ROW(REQUEST_METHOD, "request.method", "Here the methods {methods} are understood.",
          "此处支持的方法：{methods}。", "methods")
WORDS_ROW(REQUEST_NO_SUCH_COLLECTION, "request.no-such-collection",
          "There is no such collection; a region has {collections}.",
          "没有这个集合；区域有以下集合：{collections}。", "collections")
WORDS_ROW(REQUEST_NO_SUCH_PATH, "request.no-such-path",
          "There is nothing at this path; /openapi.json lists what there is.",
          "此路径不存在；可用路径见/openapi.json。")
WORDS_ROW(
    PAGES_NONE, "pages.none",
    "No web console is installed here. Build it with Ropeway (meson option console, Node.js 18 "
    "or later), or start ropewayd with --console DIR, a folder with a built one.",
    "此处未安装Web控制台。请随Ropeway一同构建（meson选项console，需要Node."
    "js 18或更高版本），或用--console DIR启动ropewayd，DIR是已构建的控制台所在目录。")
WORDS_ROW(PAGES_NO_SUCH, "pages.no-such",
          "The web console has no such file; a newer one may be installed. Load the page anew.",
          "Web控制台中没有此文件；控制台可能已更新。请重新加载页面。")
WORDS_ROW(REQUEST_ONLY_JOIN, "request.only-join",
          "A node token may only join a node to region {region}.",
          "节点令牌只能用于将节点加入区域{region}。", "region")
WORDS_ROW(REQUEST_ONLY_ITS_NODE, "request.only-its-node",
          "This is the certificate of node {id} of region {region}: it may only read that node's "
          "desired state, report its status and renew its certificate.",
          "这是区域{region}中节点{id}的证书：只能读取该节点的期望状态、上报其状态和更新其证书。",
          "id", "region")
WORDS_ROW(REQUEST_ONLY_THE_NODE, "request.only-the-node",
          "Only the node itself can do this, with its certificate.",
          "只有节点本身凭其证书才能执行此操作。")
WORDS_ROW(REQUEST_NO_SUCH_REGION, "request.no-such-region", "There is no such region.",
          "没有这个区域。")
WORDS_ROW(REQUEST_CONTENT_TYPE, "request.content-type",
          "Send the body as Content-Type: application/json.",
          "请以Content-Type: application/json发送请求体。")
WORDS_ROW(REQUEST_BODY_NO_OBJECT, "request.body-no-object",
          "The body must be a JSON object, not another type.",
          "请求体必须是JSON对象，不能是其他类型。")
WORDS_ROW(REQUEST_BODY_SYNTAX_AT, "request.body-syntax-at",
          "The body is not valid JSON: line {line}, column {column}: {error}.",
          "请求体不是有效的JSON：第{line}行第{column}列：{error}。", "line", "column", "error")
WORDS_ROW(REQUEST_BODY_SYNTAX, "request.body-syntax", "The body is not valid JSON.",
          "请求体不是有效的JSON。")
WORDS_ROW(REQUEST_BODY_EMPTY, "request.body-empty", "The body must be a JSON object; it is empty.",
          "请求体必须是JSON对象，但它是空的。")
WORDS_ROW(REQUEST_BODY_UTF8, "request.body-utf8", "The body is not valid UTF-8.",
          "请求体不是有效的UTF-8。")
WORDS_ROW(REQUEST_BODY_DEPTH, "request.body-depth",
          "The body nests objects and lists more than {max} deep.",
          "请求体中对象和列表的嵌套超过{max}层。", "max")
WORDS_ROW(REQUEST_PARAM_TWICE, "request.param-twice", "{name} must be given once.",
          "{name}只能给出一次。", "name")
WORDS_ROW(REQUEST_TABLE, "request.table", "table must be static, propagated or effective.",
          "table必须是static、propagated或effective。")
WORDS_ROW(REQUEST_DESTINATION, "request.destination",
          "destination must be an IPv4 or IPv6 address.", "destination必须是IPv4或IPv6地址。")
WORDS_ROW(EXPLAIN_FROM, "explain.from",
          "from must be an instance of this region, by id or name, or an IPv4 or IPv6 address.",
          "from必须是本区域的实例（ID或名称），或IPv4或IPv6地址。")
WORDS_ROW(EXPLAIN_TO, "explain.to",
          "to must be an instance of this region, by id or name, or an IPv4 or IPv6 address.",
          "to必须是本区域的实例（ID或名称），或IPv4或IPv6地址。")
WORDS_ROW(EXPLAIN_FAMILIES, "explain.families", "from and to must both be IPv4, or both IPv6.",
          "from和to必须同为IPv4或同为IPv6。")
WORDS_ROW(EXPLAIN_PROTOCOL, "explain.protocol",
          "protocol must be tcp, udp, icmp, or a number up to 255.",
          "protocol必须是tcp、udp、icmp，或不大于255的数字。")
WORDS_ROW(EXPLAIN_NOWHERE, "explain.nowhere",
          "No subnet of {region} holds {address}, and no border gateway reaches it over a VPN "
          "connection.",
          "{region}中没有子网包含{address}，也没有边界网关经VPN连接到达它。", "address", "region")
WORDS_ROW(EXPLAIN_SEVERAL, "explain.several",
          "{text} may mean any of {count}, among them {first} and {second}: give the id of an "
          "instance.",
          "{text}可能指{count}个资源之一，其中有{first}和{second}：请给出实例的ID。", "text",
          "count", "first", "second")
WORDS_ROW(REQUEST_OPERATION_NO_OBJECT, "request.operation-no-object",
          "Each of operations must be an object.", "operations的每一项必须是对象。")
WORDS_ROW(REQUEST_OPERATION_FIELDS, "request.operation-fields",
          "An operation has op, collection, id, ifMatch and body.",
          "操作的字段有op、collection、id、ifMatch和body。")
WORDS_ROW(REQUEST_OPERATION_COLLECTION, "request.operation-collection",
          "collection must be one of a region's collections.", "collection必须是区域的集合之一。")
WORDS_ROW(REQUEST_OPERATION_OP, "request.operation-op", "op must be create, update or delete.",
          "op必须是create、update或delete。")
WORDS_ROW(REQUEST_OPERATIONS, "request.operations",
          "operations must be a list of at most {max} objects ({dryMax} in a dry run), dryRun true "
          "or false.",
          "operations必须是最多{max}个对象的列表（试运行时{dryMax}个），dryRun为true或false。",
          "max", "dryMax")
WORDS_ROW(REQUEST_OPERATIONS_TOO_MANY, "request.operations-too-many",
          "One commit takes at most {max} operations: take smaller steps.",
          "一次提交最多{max}个操作：请分步进行。", "max")
WORDS_ROW(REQUEST_SINCE, "request.since", "since must be EPOCH:VERSION of an earlier answer.",
          "since必须是之前应答中的EPOCH:VERSION。")
WORDS_ROW(REQUEST_NODE_TOKEN_FIELDS, "request.node-token-fields",
          "A node token has no such field; it may be given a name, roles and expiresInSeconds.",
          "节点令牌没有这个字段；可以给出name、roles和expiresInSeconds。")
WORDS_ROW(REQUEST_NODE_TOKEN_NAME, "request.node-token-name",
          "name must be a text of at most 64 bytes.", "name必须是最多64字节的文本。")
WORDS_ROW(REQUEST_NODE_TOKEN_ROLES, "request.node-token-roles",
          "roles must be a list of gateway, compute or both.",
          "roles必须是列表，包含gateway、compute或两者。")
WORDS_ROW(REQUEST_NODE_TOKEN_EXPIRY, "request.node-token-expiry",
          "expiresInSeconds must be a whole number from 1 to {max}.",
          "expiresInSeconds必须是1到{max}的整数。", "max")
WORDS_ROW(REQUEST_NO_SUCH_NODE_TOKEN, "request.no-such-node-token", "There is no such node token.",
          "没有这个节点令牌。")
WORDS_ROW(REQUEST_WATCH_COLLECTION, "request.watch-collection", "There is no such collection.",
          "没有这个集合。")
WORDS_ROW(REQUEST_WATCH_PARAM, "request.watch-param",
          "The query takes region, collection and lastEventId here, not {name}.",
          "此处的查询参数有region、collection和lastEventId，没有{name}。", "name")
WORDS_ROW(REQUEST_CHANGE_TOO_LARGE, "request.change-too-large",
          "The change touches more than can be stored at once.",
          "此更改涉及的内容超过一次能保存的量。")
WORDS_ROW(REQUEST_INTERNAL, "request.internal",
          "The server could not read its own state or ran out of memory.",
          "服务器无法读取自身的状态，或内存不足。")
WORDS_ROW(REQUEST_PARAMS, "request.params", "The query takes {names} here, not {name}.",
          "此处的查询参数有{names}，没有{name}。", "names", "name")
WORDS_ROW(REQUEST_NO_PARAMS, "request.no-params", "The query takes no parameters here, not {name}.",
          "此处没有查询参数，也没有{name}。", "name")
WORDS_ROW(REQUEST_GIVEN, "request.given", "{rule} (given: {value})", "{rule}（给出的是：{value}）",
          "rule", "value")

/* Titles of problem documents, by their type. */
WORDS_ROW(REFUSAL_UNKNOWN_FIELD, "refusal.unknown-field", "Unknown field", "未知字段")
WORDS_ROW(REFUSAL_WRONG_TYPE, "refusal.wrong-type", "Wrong type", "类型错误")
WORDS_ROW(REFUSAL_INVALID_VALUE, "refusal.invalid-value", "Invalid value", "值无效")
WORDS_ROW(REFUSAL_REQUIRED, "refusal.required", "Missing field", "缺少字段")
WORDS_ROW(REFUSAL_READ_ONLY, "refusal.read-only", "Field cannot be changed", "字段不能更改")
WORDS_ROW(REFUSAL_NOT_FOUND, "refusal.not-found", "Not found", "不存在")
WORDS_ROW(REFUSAL_CONFLICT, "refusal.conflict", "Conflict with what exists", "与现有内容冲突")
WORDS_ROW(REFUSAL_IN_USE, "refusal.in-use", "Still in use", "仍在使用中")
WORDS_ROW(REFUSAL_QUOTA_EXCEEDED, "refusal.quota-exceeded", "Quota exceeded", "超出配额")
WORDS_ROW(REFUSAL_INTERNAL, "refusal.internal", "Internal error", "内部错误")
WORDS_ROW(REFUSAL_TOO_LARGE, "refusal.too-large", "Too large", "过大")
WORDS_ROW(REFUSAL_MALFORMED, "refusal.malformed", "Malformed request", "请求格式错误")
WORDS_ROW(REFUSAL_UNAUTHORIZED, "refusal.unauthorized", "No valid token", "没有有效的令牌")
WORDS_ROW(REFUSAL_FORBIDDEN, "refusal.forbidden", "Not allowed with this token", "此令牌无权执行")
WORDS_ROW(REFUSAL_METHOD_NOT_ALLOWED, "refusal.method-not-allowed", "Method not allowed",
          "不支持此方法")
WORDS_ROW(REFUSAL_UNSUPPORTED_MEDIA_TYPE, "refusal.unsupported-media-type",
          "Unsupported content type", "不支持此内容类型")
WORDS_ROW(REFUSAL_PRECONDITION_FAILED, "refusal.precondition-failed", "Changed meanwhile",
          "期间已被更改")
WORDS_ROW(REFUSAL_OUT_OF_SEQUENCE, "refusal.out-of-sequence", "Out of sequence", "顺序错误")

/* What is known of a resource's state, where its node does not tell. */
WORDS_ROW(
    STATE_LEARNED_UNCONFIRMED, "state.learned-unconfirmed",
    "The node of the tunnel is silent: these routes are what it said last, and do not count now.",
    "隧道所在节点失联：这些路由是其最后上报的内容，现在不生效。")
WORDS_ROW(STATE_HOSTS_UNCONFIRMED, "state.hosts-unconfirmed",
          "The node of the network is silent: these hosts are what it said last.",
          "该网络所在节点失联：这些主机是其最后上报的内容。")
WORDS_ROW(STATE_UNREPORTED, "state.unreported", "No node has reported about it yet.",
          "尚无节点上报其状态。")
WORDS_ROW(STATE_UNPLACED, "state.unplaced", "No node carries it: the region has no usable node.",
          "没有节点承载它：区域中没有可用的节点。")
WORDS_ROW(STATE_NODE_SILENT, "state.node-silent", "Its node has been silent since {time}.",
          "其节点自{time}起没有消息。", "time")
WORDS_ROW(STATE_NOT_CARRIED_OUT, "state.not-carried-out", "Its node has not carried it out yet.",
          "其节点尚未执行。")
WORDS_ROW(STATE_NODE_BEHIND, "state.node-behind", "Node {id} has not carried it out yet.",
          "节点{id}尚未执行。", "id")
WORDS_ROW(STATE_NEEDED_NODE_SILENT, "state.needed-node-silent",
          "Node {id}, which needs it, has been silent since {time}.",
          "需要它的节点{id}自{time}起没有消息。", "id", "time")
WORDS_ROW(STATE_NEEDED_NODE_NEW, "state.needed-node-new",
          "Node {id}, which needs it, has not spoken yet.", "需要它的节点{id}尚无消息。", "id")

/* Why something is on the node where it is. */
WORDS_ROW(PLACED_AT_CREATION, "placed.at-creation", "Chosen when it was created.", "创建时选定。")
WORDS_ROW(PLACED_BY_ADMIN, "placed.by-admin", "Moved by an administrator.", "由管理员移动。")
WORDS_ROW(PLACED_HAD_NONE, "placed.had-none", "It had no node.", "之前没有节点。")
WORDS_ROW(PLACED_NODE_GONE, "placed.node-gone", "Its node is gone.", "其节点已不存在。")
WORDS_ROW(PLACED_NODE_DRAINED, "placed.node-drained", "Its node is drained.",
          "其节点正在维护排空。")
WORDS_ROW(PLACED_NODE_SILENT, "placed.node-silent", "Its node fell silent.", "其节点没有消息。")
WORDS_ROW(
    REPORT_LEARNED, "report.learned",
    "A learned route needs gateway, tunnel, prefix, nextHop, asPath, asPathLength, communities, "
    "origin and since, each in its form; a text has at most 1024 bytes.",
    "学到的路由须有gateway、tunnel、prefix、nextHop、asPath、asPathLength、communities、"
    "origin和since，格式须正确；文本最长1024字节。")
WORDS_ROW(REPORT_LEARNED_FULL, "report.learned-full",
          "No more than 1000000 learned routes of a node are kept.",
          "每个节点最多保留1000000条学到的路由。")
WORDS_ROW(REPORT_HOST, "report.host",
          "A host needs subnet, address (in the subnet), mac and seen, each in its form.",
          "主机须有subnet、address（在子网内）、mac和seen，格式须正确。")
WORDS_ROW(REPORT_HOSTS_FULL, "report.hosts-full", "No more than 16384 hosts of a network are kept.",
          "每个网络最多保留16384台主机。")
WORDS_ROW(REPORT_STATUS, "report.status", "status must be an object.", "status必须是对象。")
WORDS_ROW(REPORT_STATE, "report.state", "status.state is unknown.", "status.state未知。")
WORDS_ROW(REPORT_OPER_STATE, "report.oper-state", "status.operState is unknown.",
          "status.operState未知。")
WORDS_ROW(CSR_NO_PEM, "csr.no-pem",
          "It is not one PEM block of a certificate request (PKCS #10) and nothing else.",
          "它不是单独一个证书请求（PKCS #10）的PEM块。")
WORDS_ROW(CSR_KEY, "csr.key",
          "Its key must be one of EC on P-256 or P-384, Ed25519, or RSA of 2048 to 8192 bits.",
          "其密钥必须是P-256或P-384的EC密钥、Ed25519，或2048到8192位的RSA。")
WORDS_ROW(CSR_SIGNATURE, "csr.signature", "It was not signed with the key that it holds.",
          "它不是用其中的密钥签名的。")
WORDS_ROW(CSR_TOO_LARGE, "csr.too-large", "A certificate request may have at most 8192 bytes.",
          "证书请求最多8192字节。")
WORDS_ROW(REQUEST_CERTIFICATE_REVOKED, "request.certificate-revoked",
          "The node's certificate was revoked: the node or its token was deleted.",
          "节点的证书已被吊销：节点或其令牌已被删除。")
WORDS_ROW(REQUEST_CERTIFICATE_OLD, "request.certificate-old",
          "The node has joined again since: this certificate is no longer its.",
          "该节点此后已重新加入：此证书不再属于它。")
WORDS_ROW(REQUEST_CERTIFICATE_FOREIGN, "request.certificate-foreign",
          "The certificate is not one that this ropewayd gave a node.",
          "此证书不是由本ropewayd颁发给节点的。")
WORDS_ROW(REQUEST_CERTIFICATE_EXPIRED, "request.certificate-expired",
          "The node's certificate is not valid at this time: it has expired, or the clock is "
          "wrong. The node joins again with its token.",
          "节点的证书此时无效：已过期，或时钟有误。节点将用其令牌重新加入。")

/* Who may do what. */
WORDS_ROW(ACCESS_ROLE, "access.role", "This needs the role {needed}; yours is {role}.",
          "此操作需要角色{needed}；您的角色是{role}。", "needed", "role")
WORDS_ROW(ACCESS_REGION, "access.region", "This token is not for region {region}.",
          "此令牌不适用于区域{region}。", "region")
WORDS_ROW(ACCESS_WHOLE, "access.whole",
          "This is about all projects and regions, and the token is bound to some of them.",
          "此内容涉及所有项目和区域，而此令牌只限于其中一部分。")
WORDS_ROW(ACCESS_REVEAL, "access.reveal",
          "Only an admin, or an operator who may (mayRevealKeys), sees pre-shared keys.",
          "只有管理员或被允许的操作员（mayRevealKeys）才能查看预共享密钥。")
WORDS_ROW(ACCESS_ORIGIN, "access.origin",
          "A page of another host asked for this change (Origin); nothing was done.",
          "此更改是由其他主机的页面（Origin）发起的；未执行任何操作。")
WORDS_ROW(REQUEST_TOKEN_EXPIRED, "request.token-expired", "The token expired at {time}.",
          "令牌已于{time}过期。", "time")
WORDS_ROW(PEOPLE_EXISTS, "people.exists", "There is already a user with this id.",
          "已有此ID的用户。")

/* Logging in. */
WORDS_ROW(SESSION_BODY, "session.body",
          "Log in with token, with user and password, or with link and password.",
          "请用token，或user和password，或link和password登录。")
WORDS_ROW(SESSION_REFUSED, "session.refused",
          "The token, user or password is wrong, or the user is locked out.",
          "令牌、用户或密码错误，或该用户已停用。")
WORDS_ROW(SESSION_LINK, "session.link",
          "The link was used already or is too old. Ask an admin for another.",
          "该链接已被使用或已过期。请向管理员索取新链接。")
WORDS_ROW(SESSION_WAIT, "session.wait",
          "There were too many attempts. Try again in {seconds} seconds.",
          "尝试次数过多。请在{seconds}秒后重试。", "seconds")
WORDS_ROW(SESSION_MANY, "session.many", "Too many are logged in at present.",
          "当前登录的会话过多。")
WORDS_ROW(SESSION_OVER, "session.over", "The session is over. Log in again.",
          "会话已结束。请重新登录。")
WORDS_ROW(REFUSAL_TOO_MANY_REQUESTS, "refusal.too-many-requests", "Too many attempts",
          "尝试次数过多")

/* A seal.key that lacks a key (SEAL_ID_LEN hex digits name it). */
WORDS_ROW(
    REQUEST_PSK_KEY_MISSING, "request.psk-key-missing",
    "The stored {field} does not open: it is sealed under key {key}, which seal.key does not have. "
    "Bring the seal.key back that has it, or set another {field}.",
    "无法解开已保存的{field}：它用密钥{key}加密，而seal.key中没有该密钥。请恢复含有该密钥的seal."
    "key，或设置新的{field}。",
    "field", "key")
WORDS_ROW(
    CHANGE_SOURCE_KEY_MISSING, "change.source-key-missing",
    "The psk of this tunnel does not open: it is sealed under key {key}, which seal.key does "
    "not have. Bring the seal.key back that has it, or give a psk.",
    "无法解开此隧道的预共享密钥：它用密钥{key}加密，而seal.key中没有该密钥。请恢复含有该密钥的seal."
    "key，或给出psk。",
    "key")

/* ---- certificates of tunnels ---- */

WORDS_ROW(VALUE_CREDENTIAL_MISSING, "value.credential-missing",
          "{field} is needed where authentication is certificate: give it as PEM.",
          "authentication为certificate时必须提供{field}（PEM格式）。", "field")
WORDS_ROW(VALUE_CREDENTIAL, "value.credential", "{field} cannot be used: {why}.",
          "{field}无法使用：{why}。", "field", "why")
WORDS_ROW(VALUE_CERT_IKE_VERSION, "value.cert-ike-version",
          "Certificates need IKEv2: set ike.version to 2, or authentication to psk.",
          "证书认证需要IKEv2：请将ike.version设为2，或将authentication设为psk。")
WORDS_ROW(
    VALUE_CERT_OTHER_ID, "value.cert-other-id",
    "The certificate does not name {localId}: it has {names}; set localId to one of these, or "
    "to the cloud address for the certificate's subject.",
    "证书中没有{localId}：证书中的名称为{names}；请将localId设为其中之一，或设为云端地址以使用证"
    "书主体名称。",
    "localId", "names")
WORDS_ROW(VALUE_CERT_KEY_SEALED, "value.cert-key-sealed",
          "The private key that is stored does not open: give privateKey anew.",
          "已保存的私钥无法解封：请重新提供privateKey。")
WORDS_ROW(
    WARN_CERT_ENDS, "warn.cert-ends",
    "The certificate {subject} ends on {date}: the tunnel ends with it unless it is replaced.",
    "证书{subject}将于{date}到期：若不更换，隧道届时将中断。", "subject", "date")

WORDS_ROW(CERT_UNREADABLE, "cert.unreadable", "it is no well-formed PEM", "不是格式正确的PEM")
WORDS_ROW(CERT_NONE, "cert.none", "nothing of this kind is in it", "其中没有所需的内容")
WORDS_ROW(CERT_TOO_MANY, "cert.too-many", "more than 8, or too long", "超过8个，或过长")
WORDS_ROW(CERT_KEY_TYPE, "cert.key-type",
          "its key is none of RSA, ECDSA P-256, P-384, P-521 and Ed25519",
          "其密钥不是RSA、ECDSA P-256、P-384、P-521或Ed25519")
WORDS_ROW(CERT_KEY_LOCKED, "cert.key-locked",
          "it is under a passphrase: take that away (openssl pkey)",
          "它受口令保护：请先去除口令（openssl pkey）")
WORDS_ROW(CERT_OTHER_KEY, "cert.other-key",
          "it is not the private key of the first certificate of certificate",
          "它不是certificate中第一个证书的私钥")
WORDS_ROW(CERT_WEAK_KEY, "cert.weak-key", "RSA keys need 2048 bits or more",
          "RSA密钥至少需要2048位")
WORDS_ROW(CERT_EXPIRED, "cert.expired", "it expired on {date}", "它已于{date}过期", "date")
