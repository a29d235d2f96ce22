/* What the command says of its own. */

/* ---- words ---- */
WORDS_ROW(COMMAND_COMMA, "command.comma", ", ", "、")
WORDS_ROW(COMMAND_OR, "command.or", " or ", "或")
WORDS_ROW(COMMAND_SEMICOLON, "command.semicolon", "; ", "；")
WORDS_ROW(COMMAND_RESOURCE, "command.resource", "resource", "资源")
WORDS_ROW(COMMAND_NODE_TOKEN, "command.node-token", "node-token", "节点令牌")
WORDS_ROW(COMMAND_ITEM, "command.item", "{kind} {id} ({name})", "{kind} {id}（{name}）", "kind",
          "id", "name")
WORDS_ROW(COMMAND_ITEM_OF_REGION, "command.item-of-region", "{kind} {name} of region {region}",
          "区域{region}的{kind} {name}", "kind", "name", "region")

/* ---- the command line ---- */
WORDS_ROW(COMMAND_SAY, "command.say", "say: {usage}", "用法：{usage}", "usage")
WORDS_ROW(COMMAND_SAY_OR_SEE, "command.say-or-see", "say: {usage}; see {help}",
          "用法：{usage}；参见{help}", "usage", "help")
WORDS_ROW(COMMAND_SAY_NODE_TOKEN, "command.say-node-token",
          "say: ropeway node-token create, list or delete ID, with --region ID",
          "用法：ropeway node-token create、list或delete ID，并带上--region ID")
WORDS_ROW(COMMAND_DID_YOU_MEAN, "command.did-you-mean", "; did you mean {word}?", "，是否指{word}",
          "word")
WORDS_ROW(COMMAND_NO_NOUN, "command.no-noun", "there is no {noun}{hint}; see ropeway help",
          "没有名为{noun}的资源类型或命令{hint}；参见ropeway help", "noun", "hint")
WORDS_ROW(COMMAND_NO_VERB, "command.no-verb",
          "a {noun} cannot {verb}{hint}; see ropeway {noun} --help",
          "{noun}没有操作{verb}{hint}；参见ropeway {noun} --help", "noun", "verb", "hint")
WORDS_ROW(COMMAND_NO_FLAG, "command.no-flag", "{noun} {verb} has no flag --{flag}",
          "{noun} {verb}没有选项--{flag}", "noun", "verb", "flag")
WORDS_ROW(COMMAND_NO_FLAG_SEE, "command.no-flag-see",
          "{noun} {verb} has no flag --{flag}{hint}; see ropeway {help} --help",
          "{noun} {verb}没有选项--{flag}{hint}；参见ropeway {help} --help", "noun", "verb", "flag",
          "hint", "help")
WORDS_ROW(COMMAND_UNKNOWN_FLAG, "command.unknown-flag", "unknown flag {flag}", "未知选项{flag}",
          "flag")
WORDS_ROW(COMMAND_FLAG_WITHOUT_VALUE, "command.flag-without-value", "{flag} needs a value",
          "{flag}缺少值", "flag")
WORDS_ROW(COMMAND_TOO_MANY_FLAGS, "command.too-many-flags", "too many flags", "选项过多")
WORDS_ROW(COMMAND_TOO_MANY_WORDS, "command.too-many-words", "too many words", "参数过多")
WORDS_ROW(COMMAND_NO_OPERAND, "command.no-operand", "which {kind}? Give its id or name",
          "未指定{kind}：请给出其ID或名称", "kind")
WORDS_ROW(COMMAND_NO_OPERAND_ID, "command.no-operand-id", "one {kind} at a time: give its id",
          "一次只能指定一个{kind}：请给出其ID", "kind")
WORDS_ROW(COMMAND_SECOND_OPERAND, "command.second-operand", "one {kind} at a time: what is {word}?",
          "一次只能指定一个{kind}：多余的参数{word}", "kind", "word")
WORDS_ROW(COMMAND_EXTRA_WORD, "command.extra-word", "what is {word}?", "多余的参数{word}", "word")
WORDS_ROW(COMMAND_EXTRA_WORD_NAME, "command.extra-word-name",
          "what is {word}? A name is given with --name", "多余的参数{word}：名称用--name指定",
          "word")
WORDS_ROW(COMMAND_EXTRA_WORD_LIST, "command.extra-word-list",
          "list takes flags only: what is {word}?", "list只接受选项：多余的参数{word}", "word")
WORDS_ROW(COMMAND_NO_ADDRESS, "command.no-address",
          "explain which address? Give it after the {kind}", "未指定要说明的地址：请写在{kind}之后",
          "kind")
WORDS_ROW(COMMAND_NO_REGION, "command.no-region",
          "which region? Give --region, set ROPEWAY_REGION, or choose a context that has one",
          "未指定区域：请用--region指定，或设置环境变量ROPEWAY_REGION，或选用写有区域的上下文")
WORDS_ROW(COMMAND_NO_FILE, "command.no-file",
          "which file? Give it with -f FILE (- is standard input)",
          "未指定文件：请用-f FILE指定（-表示标准输入）")
WORDS_ROW(COMMAND_SECOND_FILE, "command.second-file", "one file at a time: what about {file}?",
          "一次只能指定一个文件：多余的{file}", "file")
WORDS_ROW(COMMAND_NOTHING_TO_CHANGE, "command.nothing-to-change",
          "nothing to change; see ropeway {noun} update --help",
          "没有要修改的内容；参见ropeway {noun} update --help", "noun")
WORDS_ROW(COMMAND_WATCH_WITHOUT_LIST, "command.watch-without-list",
          "--watch goes with list and log, as in ropeway vpn-tunnel list --watch",
          "--watch须与list或log一起使用，例如ropeway vpn-tunnel list --watch")
WORDS_ROW(COMMAND_SORT_WITHOUT_LIST, "command.sort-without-list",
          "--sort-by goes with list, as in ropeway vpn-tunnel list --sort-by mtu",
          "--sort-by须与list一起使用，例如ropeway vpn-tunnel list --sort-by mtu")
WORDS_ROW(COMMAND_SORT_UNKNOWN, "command.sort-unknown", "--sort-by: a {noun} has no {flag}{hint}",
          "--sort-by：{noun}没有{flag}{hint}", "noun", "flag", "hint")
WORDS_ROW(COMMAND_BAD_OUTPUT, "command.bad-output",
          "--output must be table, json, yaml or id, not {value}",
          "--output必须是table、json、yaml或id，不能是{value}", "value")
WORDS_ROW(COMMAND_BAD_TIMEOUT, "command.bad-timeout",
          "--timeout must be seconds from 0 to 86400, not {value}",
          "--timeout必须是0到86400秒，不能是{value}", "value")
WORDS_ROW(COMMAND_BAD_LIMIT, "command.bad-limit", "--limit must be 1 to {max}, not {value}",
          "--limit必须是1到{max}，不能是{value}", "max", "value")
WORDS_ROW(COMMAND_BAD_EXPIRY, "command.bad-expiry",
          "--expires-in must be a number of seconds, not {value}",
          "--expires-in必须是秒数，不能是{value}", "value")
WORDS_ROW(COMMAND_BAD_API, "command.bad-api",
          "--api must be unix:/path/to/socket or https://host:port, not {api}",
          "--api必须是unix:/path/to/socket或https://host:port，不能是{api}", "api")
WORDS_ROW(COMMAND_BAD_METHOD, "command.bad-method",
          "the method is GET, POST, PATCH or DELETE, not {method}",
          "方法必须是GET、POST、PATCH或DELETE，不能是{method}", "method")
WORDS_ROW(COMMAND_BAD_PATH, "command.bad-path",
          "a path begins with /, as in /v1/regions; {path} does not",
          "路径必须以/开头，例如/v1/regions，不能是{path}", "path")
WORDS_ROW(COMMAND_BAD_INTEGER, "command.bad-integer", "--{flag} must be a whole number, not {text}",
          "--{flag}必须是整数，不能是{text}", "flag", "text")
WORDS_ROW(COMMAND_BAD_TRUTH, "command.bad-truth", "--{flag} must be true or false, not {text}",
          "--{flag}必须是true或false，不能是{text}", "flag", "text")
WORDS_ROW(COMMAND_BAD_PAIR, "command.bad-pair", "--{flag} must be key=value, not {text}",
          "--{flag}的格式为key=value，不能是{text}", "flag", "text")
WORDS_ROW(COMMAND_BAD_OBJECT, "command.bad-object",
          "--{flag} must be like destination=...,nextHop=..., not {text}",
          "--{flag}的格式如destination=...,nextHop=...，不能是{text}", "flag", "text")
WORDS_ROW(COMMAND_BAD_UTF8, "command.bad-utf8", "--{flag} is not well-formed UTF-8",
          "--{flag}不是合法的UTF-8", "flag")
WORDS_ROW(COMMAND_SECRET_UNREADABLE, "command.secret-unreadable",
          "--{flag}: cannot read {file}: {error}", "--{flag}：无法读取{file}：{error}", "flag",
          "file", "error")
WORDS_ROW(COMMAND_SECRET_BAD_UTF8, "command.secret-bad-utf8", "--{flag}: {file} is not UTF-8 text",
          "--{flag}：{file}不是UTF-8文本", "flag", "file")
WORDS_ROW(COMMAND_BAD_ID, "command.bad-id", "{text} is no id", "{text}不是ID", "text")

/* ---- the server ---- */
WORDS_ROW(COMMAND_TOKEN_UNREADABLE, "command.token-unreadable",
          "cannot read the token in {file}: {error} (give --token-file or ROPEWAY_TOKEN)",
          "无法读取{file}中的令牌：{error}（请用--token-file或环境变量ROPEWAY_TOKEN指定）", "file",
          "error")
WORDS_ROW(COMMAND_NO_ANSWER, "command.no-answer", "no answer from {api}: {error}",
          "{api}无响应：{error}", "api", "error")
WORDS_ROW(COMMAND_UNKNOWN_CERTIFICATE, "command.unknown-certificate",
          "no answer from {api}: {error} (give the server's certificate with --ca FILE)",
          "{api}无响应：{error}（请用--ca FILE指定服务器证书）", "api", "error")
WORDS_ROW(COMMAND_SENDS_NONSENSE, "command.sends-nonsense",
          "what {api} sends makes no sense: {error}", "无法解析{api}发来的内容：{error}", "api",
          "error")
WORDS_ROW(COMMAND_NOT_JSON, "command.not-json",
          "the server's answer is not JSON: is {api} Ropeway?",
          "服务器的响应不是JSON：请确认{api}是Ropeway", "api")
WORDS_ROW(COMMAND_LIST_UNREADABLE, "command.list-unreadable",
          "the server's list cannot be taken in", "无法处理服务器返回的列表")
WORDS_ROW(COMMAND_NO_REASON, "command.no-reason", "the server answered {status} without a reason",
          "服务器返回{status}，未说明原因", "status")
WORDS_ROW(COMMAND_PROBLEM_WITH_FLAG, "command.problem-with-flag", "{problem} (--{flag})",
          "{problem}（--{flag}）", "problem", "flag")
WORDS_ROW(COMMAND_AND_BY, "command.and-by", "and by {kind} {id} ({name})",
          "以及{kind} {id}（{name}）", "kind", "id", "name")
WORDS_ROW(COMMAND_WARNING, "command.warning", "warning: {warning}", "警告：{warning}", "warning")
WORDS_ROW(COMMAND_WARNING_OF_ITEM, "command.warning-of-item", "warning: {kind} {name}: {warning}",
          "警告：{kind} {name}：{warning}", "kind", "name", "warning")
WORDS_ROW(COMMAND_NOT_FOUND, "command.not-found", "there is no {kind} {name} in region {region}",
          "区域{region}中没有{kind} {name}", "kind", "name", "region")
WORDS_ROW(COMMAND_NOT_FOUND_AT_ALL, "command.not-found-at-all", "there is no {kind} {name}",
          "没有{kind} {name}", "kind", "name")
WORDS_ROW(COMMAND_AMBIGUOUS, "command.ambiguous",
          "{count} resources of kind {kind} are named {name}: use an id ({ids})",
          "有{count}个{kind}名为{name}：请使用ID（{ids}）", "count", "kind", "name", "ids")
WORDS_ROW(COMMAND_AMBIGUOUS_KIND, "command.ambiguous-kind",
          "{name} is the name of more than one {kinds}: use an id",
          "名为{name}的{kinds}不止一个：请使用ID", "name", "kinds")
WORDS_ROW(COMMAND_CHANGED_BEFORE, "command.changed-before",
          "somebody else has changed this {kind} since it was looked at; nothing was changed now. "
          "Look at it and try again",
          "该{kind}在查看之后已被他人修改，本次未作任何修改。请重新查看后再试", "kind")
WORDS_ROW(COMMAND_IS_GONE, "command.is-gone", "{kind} {id} is gone", "{kind} {id}已不存在", "kind",
          "id")
WORDS_ROW(COMMAND_TOKEN_ONCE, "command.token-once",
          "This is the secret of token {id}, shown this once: keep it in a file that only its "
          "program reads, and give that with --token-file or ROPEWAY_TOKEN_FILE.",
          "以上是令牌{id}的内容，仅显示一次：请保存到仅供该程序读取的文件，并通过--token-file或"
          "ROPEWAY_TOKEN_FILE指定。",
          "id")
WORDS_ROW(COMMAND_LINK_ONCE, "command.link-once",
          "With this link user {id} chooses a password, once, within a day; it is not shown again "
          "(ropeway user invite makes another).",
          "用户{id}可用以上链接设置密码，一次有效，有效期一天；链接不再显示（ropeway user "
          "invite可重新生成）。",
          "id")
WORDS_ROW(COMMAND_IS_DELETED, "command.is-deleted", "{kind} {id} deleted", "{kind} {id}已删除",
          "kind", "id")
WORDS_ROW(COMMAND_MATCHES_NO_MORE, "command.matches-no-more", "{kind} {id} does not match any more",
          "{kind} {id}不再符合条件", "kind", "id")
WORDS_ROW(COMMAND_CONNECTION_CUT, "command.connection-cut",
          "the connection was cut; going on as soon as there is one", "连接已中断，恢复后将继续")
WORDS_ROW(COMMAND_CANNOT_WRITE, "command.cannot-write", "cannot write: {error}",
          "无法输出：{error}", "error")
WORDS_ROW(COMMAND_OUT_OF_MEMORY, "command.out-of-memory", "out of memory", "内存不足")

/* ---- waiting ---- */
WORDS_ROW(COMMAND_WAITING, "command.waiting", "waiting: {state}", "等待中：{state}", "state")
WORDS_ROW(COMMAND_WAITED, "command.waited", "waited {seconds} seconds; {state}",
          "已等待{seconds}秒；{state}", "seconds", "state")
WORDS_ROW(COMMAND_STATE, "command.state", "{kind} {name} is {state}", "{kind} {name}为{state}",
          "kind", "name", "state")
WORDS_ROW(COMMAND_STATE_ERROR, "command.state-error", "{kind} {name} is {state}: {error}",
          "{kind} {name}为{state}：{error}", "kind", "name", "state", "error")
WORDS_ROW(COMMAND_NOT_OBSERVED, "command.not-observed",
          "revision {revision} of {kind} {name} is not carried out yet",
          "{kind} {name}的版本{revision}尚未生效", "revision", "kind", "name")
WORDS_ROW(COMMAND_NODES_BEHIND, "command.nodes-behind", "the nodes have not carried it out",
          "该更改在节点上尚未生效")
WORDS_ROW(COMMAND_NODE_BEHIND, "command.node-behind", "node {node} has not carried out {key}",
          "{key}在节点{node}上尚未生效", "node", "key")
WORDS_ROW(COMMAND_NODE_BEHIND_ERROR, "command.node-behind-error",
          "node {node} has not carried out {key} ({error})",
          "{key}在节点{node}上尚未生效（{error}）", "node", "key", "error")
WORDS_ROW(COMMAND_AND_MORE, "command.and-more", "{list}; and {count} more", "{list}；另有{count}项",
          "list", "count")
WORDS_ROW(COMMAND_TUNNEL_HOPELESS, "command.tunnel-hopeless",
          "vpn-tunnel {id} on node {node} does not come up: {error}",
          "节点{node}上的VPN隧道 {id}未能建立：{error}", "id", "node", "error")
WORDS_ROW(COMMAND_NO_TUNNEL, "command.no-tunnel", "vpn-connection {id} has no tunnel to wait for",
          "VPN连接 {id}没有可等待的隧道", "id")

/* ---- files ---- */
WORDS_ROW(COMMAND_FILE_UNREADABLE, "command.file-unreadable", "cannot read {file}: {error}",
          "无法读取{file}：{error}", "file", "error")
WORDS_ROW(COMMAND_FILE_BAD, "command.file-bad", "{file}: {error}", "{file}：{error}", "file",
          "error")
WORDS_ROW(COMMAND_FILE_EMPTY, "command.file-empty", "{file} describes no resource",
          "{file}未描述任何资源", "file")
WORDS_ROW(COMMAND_FILE_MANY, "command.file-many", "{file} must hold one document, the body",
          "{file}必须恰好包含一个文档，即请求体", "file")
WORDS_ROW(COMMAND_YAML_LINE, "command.yaml-line", "line {line}: {error}", "第{line}行：{error}",
          "line", "error")
WORDS_ROW(COMMAND_YAML_SYNTAX, "command.yaml-syntax", "not well-formed YAML", "不是合法的YAML")
WORDS_ROW(COMMAND_YAML_NUL, "command.yaml-nul", "a NUL character", "含有NUL字符")
WORDS_ROW(COMMAND_YAML_TEXT, "command.yaml-text", "a text that is not well-formed UTF-8",
          "文本不是合法的UTF-8")
WORDS_ROW(COMMAND_YAML_KEY, "command.yaml-key", "a key that is not a text", "键不是文本")
WORDS_ROW(COMMAND_YAML_KEY_UTF8, "command.yaml-key-utf8", "a key that is not well-formed UTF-8",
          "键不是合法的UTF-8")
WORDS_ROW(COMMAND_YAML_KEY_TWICE, "command.yaml-key-twice", "the same key twice", "键重复")
WORDS_ROW(COMMAND_YAML_TOO_LARGE, "command.yaml-too-large", "the document is too deep or too large",
          "文档嵌套过深或过大")
WORDS_ROW(COMMAND_YAML_ODD, "command.yaml-odd", "something that is neither text, list nor mapping",
          "既不是文本和列表，也不是映射")
WORDS_ROW(COMMAND_ITEM_NO_MAPPING, "command.item-no-mapping", "resource {number} is no mapping",
          "第{number}个资源不是映射", "number")
WORDS_ROW(COMMAND_ITEM_NO_KIND, "command.item-no-kind",
          "resource {number}: there is no kind \"{kind}\"", "第{number}个资源：没有类型“{kind}”",
          "number", "kind")
WORDS_ROW(COMMAND_ITEM_NO_NAME, "command.item-no-name",
          "resource {number}, a {kind}, needs a text as {member}",
          "第{number}个资源（{kind}）的{member}必须是文本", "number", "kind", "member")
WORDS_ROW(COMMAND_ITEM_NO_REGION, "command.item-no-region",
          "{kind} {name} needs a region (or give --region)",
          "{kind} {name}未指定区域（也可用--region指定）", "kind", "name")
WORDS_ROW(COMMAND_ITEM_TWICE, "command.item-twice",
          "{kind} {name} of region {region} is described twice",
          "区域{region}的{kind} {name}被描述了两次", "kind", "name", "region")
WORDS_ROW(COMMAND_ITEM_TWICE_AS, "command.item-twice-as",
          "{kind} {name} of region {region} is described twice: it is {id}",
          "区域{region}的{kind} {name}被描述了两次：它就是{id}", "kind", "name", "region", "id")
WORDS_ROW(COMMAND_ITEM_NEW_ID, "command.item-new-id",
          "there is no {kind} {id} in region {region}, and a new one would get another id: give it "
          "a name",
          "区域{region}中没有{kind} {id}，新建时会得到另一个ID：请给出名称", "kind", "id", "region")
WORDS_ROW(COMMAND_LIST_IN_LIST, "command.list-in-list", "a list within a list", "列表中嵌套了列表")
WORDS_ROW(COMMAND_NO_CLOUD_ADDRESS, "command.no-cloud-address",
          "vpn-connection {name} has no cloud address with index {index}",
          "VPN连接 {name}没有序号为{index}的云端公网地址", "name", "index")
WORDS_ROW(COMMAND_NOT_APPLIED, "command.not-applied",
          "in region {region}: {kind} {name} was not applied",
          "区域{region}：未能应用{kind} {name}", "region", "kind", "name")
WORDS_ROW(COMMAND_DELETED_MEANWHILE, "command.deleted-meanwhile",
          "{kind} {name} was deleted by somebody else at this moment",
          "{kind} {name}刚刚被他人删除", "kind", "name")
WORDS_ROW(COMMAND_CHANGED_MEANWHILE, "command.changed-meanwhile",
          "{kind} {name} keeps being changed by somebody else: nothing of that was overwritten; "
          "apply again later",
          "{kind} {name}不断被他人修改：未覆盖任何修改，请稍后重新应用", "kind", "name")
WORDS_ROW(COMMAND_CIRCLE, "command.circle", "these resources refer to one another in a circle",
          "以上资源循环引用")
WORDS_ROW(COMMAND_CANNOT_DELETE, "command.cannot-delete",
          "{kind} {name} ({id}) in region {region} cannot be deleted:",
          "区域{region}中的{kind} {name}（{id}）无法删除：", "kind", "name", "id", "region")
WORDS_ROW(COMMAND_REGION_IN_USE, "command.region-in-use",
          "region {region} is still used by {list}: name that in the file too, or leave the region "
          "out of it",
          "区域{region}仍被{list}使用：请在文件中一并列出，或从文件中去掉该区域", "region", "list")
WORDS_ROW(COMMAND_REGION_IN_USE_BY_MANY, "command.region-in-use-by-many",
          "region {region} is still used by {list}, ...: name that in the file too, or leave the "
          "region out of it",
          "区域{region}仍被{list}等使用：请在文件中一并列出，或从文件中去掉该区域", "region",
          "list")
WORDS_ROW(COMMAND_TOO_MUCH, "command.too-much",
          "the file names more in region {region} than one dry run takes ({count} operations): "
          "split it",
          "文件中区域{region}的资源超过一次试运行的上限（{count}个操作）：请拆分文件", "region",
          "count")
WORDS_ROW(COMMAND_TOO_LARGE, "command.too-large",
          "the file names more in region {region} than one dry run takes ({count} operations in "
          "{size} bytes; the server takes {max}): split it",
          "文件中区域{region}的资源超过一次试运行的上限（{count}个操作共{size}字节，服务器最多接受"
          "{max}字节）：请拆分文件",
          "region", "count", "size", "max")
WORDS_ROW(COMMAND_DONE_BEFORE, "command.done-before",
          "operations that were carried out before that: {count}; the rest was not",
          "此前已执行{count}个操作，其余未执行", "count")
WORDS_ROW(COMMAND_NOTHING_DONE, "command.nothing-done", "nothing was deleted or changed",
          "未删除或修改任何内容")
WORDS_ROW(COMMAND_CREATED, "command.created", "created", "已创建")
WORDS_ROW(COMMAND_UPDATED, "command.updated", "updated", "已更新")
WORDS_ROW(COMMAND_UNCHANGED, "command.unchanged", "unchanged", "无变化")
WORDS_ROW(COMMAND_DELETED, "command.deleted", "deleted", "已删除")
WORDS_ROW(COMMAND_ABSENT, "command.absent", "absent", "不存在")
WORDS_ROW(COMMAND_OUTCOME, "command.outcome", "{outcome}  {kind} {name} in {region}",
          "{outcome}  {kind} {name}（{region}）", "outcome", "kind", "name", "region")
WORDS_ROW(COMMAND_OUTCOME_ID, "command.outcome-id", "{outcome}  {kind} {name} in {region}: {id}",
          "{outcome}  {kind} {name}（{region}）：{id}", "outcome", "kind", "name", "region", "id")
WORDS_ROW(COMMAND_OUTCOME_REGION, "command.outcome-region", "{outcome}  region {name}",
          "{outcome}  区域 {name}", "outcome", "name")

/* ---- heads of columns ---- */
WORDS_ROW(COMMAND_COLUMN_ACTION, "command.column-action", "ACTION", "操作")
WORDS_ROW(COMMAND_COLUMN_ADDRESS, "command.column-address", "ADDRESS", "地址")
WORDS_ROW(COMMAND_COLUMN_MAC, "command.column-mac", "MAC", "MAC地址")
WORDS_ROW(COMMAND_COLUMN_LAST_SEEN, "command.column-last-seen", "LAST SEEN", "最近活动")
WORDS_ROW(COMMAND_COLUMN_ROUTER, "command.column-router", "ROUTER", "路由器")
WORDS_ROW(COMMAND_COLUMN_AT, "command.column-at", "AT", "时间")
WORDS_ROW(COMMAND_COLUMN_CHANGED, "command.column-changed", "CHANGED", "修改的字段")
WORDS_ROW(COMMAND_COLUMN_CREATED_AT, "command.column-created-at", "CREATED AT", "创建时间")
WORDS_ROW(COMMAND_COLUMN_DESTINATION, "command.column-destination", "DESTINATION", "目的网段")
WORDS_ROW(COMMAND_COLUMN_EFFECTIVE, "command.column-effective", "EFFECTIVE", "生效")
WORDS_ROW(COMMAND_COLUMN_ERROR, "command.column-error", "ERROR", "错误")
WORDS_ROW(COMMAND_COLUMN_EXPIRES_AT, "command.column-expires-at", "EXPIRES AT", "到期时间")
WORDS_ROW(COMMAND_COLUMN_ID, "command.column-id", "ID", "ID")
WORDS_ROW(COMMAND_COLUMN_KIND, "command.column-kind", "KIND", "类型")
WORDS_ROW(COMMAND_COLUMN_LEVEL, "command.column-level", "LEVEL", "级别")
WORDS_ROW(COMMAND_COLUMN_METRIC, "command.column-metric", "METRIC", "度量值")
WORDS_ROW(COMMAND_COLUMN_NAME, "command.column-name", "NAME", "名称")
WORDS_ROW(COMMAND_COLUMN_NEXT_HOP, "command.column-next-hop", "NEXT HOP", "下一跳")
WORDS_ROW(COMMAND_COLUMN_NODE_ID, "command.column-node-id", "NODE ID", "节点")
WORDS_ROW(COMMAND_COLUMN_REASON, "command.column-reason", "REASON", "原因")
WORDS_ROW(COMMAND_COLUMN_REGION_ID, "command.column-region-id", "REGION ID", "区域")
WORDS_ROW(COMMAND_COLUMN_USED, "command.column-used", "USED", "已用")
WORDS_ROW(COMMAND_COLUMN_LIMIT, "command.column-limit", "LIMIT", "上限")
WORDS_ROW(COMMAND_COLUMN_DESCRIPTION, "command.column-description", "DESCRIPTION", "说明")
WORDS_ROW(COMMAND_COLUMN_RESOURCE_ID, "command.column-resource-id", "RESOURCE ID", "资源ID")
WORDS_ROW(COMMAND_COLUMN_ROLES, "command.column-roles", "ROLES", "角色")
WORDS_ROW(COMMAND_COLUMN_TEXT, "command.column-text", "TEXT", "内容")
WORDS_ROW(COMMAND_COLUMN_TYPE, "command.column-type", "TYPE", "类型")
WORDS_ROW(COMMAND_COLUMN_WHO, "command.column-who", "WHO", "操作者")

/* ---- help ---- */
WORDS_ROW(COMMAND_HELP_TITLE, "command.help-title",
          "Ropeway {version}: site-to-site VPN between clouds and customers.",
          "Ropeway {version}：云与客户之间的站点到站点VPN。", "version")
WORDS_ROW(COMMAND_HELP_USAGE, "command.help-usage", "Usage: ", "用法：")
WORDS_ROW(COMMAND_HELP_EXAMPLE, "command.help-example", "Example:", "示例：")
WORDS_ROW(COMMAND_HELP_NOUNS, "command.help-nouns", "Nouns:", "资源类型（NOUN）：")
WORDS_ROW(COMMAND_HELP_VERBS, "command.help-verbs", "Verbs:", "操作（VERB）：")
WORDS_ROW(COMMAND_HELP_FLAGS, "command.help-flags", "Flags:", "选项：")
WORDS_ROW(COMMAND_HELP_FILTERS, "command.help-filters",
          "Flags (they list only what has these values):", "选项（只列出具有这些值的资源）：")
WORDS_ROW(COMMAND_HELP_FLAGS_OF_CREATE, "command.help-flags-of-create",
          "Flags of create:", "create的选项：")
WORDS_ROW(COMMAND_HELP_GLOBAL, "command.help-global", "Everywhere:", "通用选项：")
WORDS_ROW(
    COMMAND_HELP_EXIT_CODES, "command.help-exit-codes",
    "Exit codes: 1 refused by the API, 2 wrong usage, 3 no answer from the server, 4 waited "
    "in vain; of diff: 1 something differs, 5 refused by the API.",
    "退出码：1 被API拒绝，2 用法错误，3 服务器无响应，4 等待超时；diff：1 有差异，5 被API拒绝。")
WORDS_ROW(COMMAND_HELP_SENTENCE, "command.help-sentence", "{text}.", "{text}。", "text")
WORDS_ROW(COMMAND_HELP_LABEL, "command.help-label", "{label}: ", "{label}：", "label")
WORDS_ROW(COMMAND_HELP_KIND, "command.help-kind", "{description} ({label}).",
          "{label}：{description}。", "description", "label")

WORDS_ROW(COMMAND_HELP_APPLY, "command.help-apply", "create or change what the file describes",
          "创建或修改文件描述的资源")
WORDS_ROW(COMMAND_HELP_DELETE_FILE, "command.help-delete-file", "delete what the file describes",
          "删除文件描述的资源")
WORDS_ROW(COMMAND_HELP_API, "command.help-api", "make any call of the API", "直接调用API")
WORDS_ROW(COMMAND_HELP_COMPLETION, "command.help-completion", "print a completion script",
          "输出命令补全脚本")
WORDS_ROW(COMMAND_HELP_NODE_TOKEN, "command.help-node-token",
          "Tokens with which nodes join a region", "节点加入区域所用的令牌")
WORDS_ROW(COMMAND_HELP_BGP, "command.help-bgp",
          "Sessions over tunnels, and the routes that cross them",
          "隧道上的BGP会话，以及经其交换的路由")
WORDS_ROW(COMMAND_HELP_ROUTE, "command.help-route",
          "Where packets go from one place to another, and why", "报文从一处到另一处的去向及原因")
WORDS_ROW(
    COMMAND_HELP_ROUTE_LONG, "command.help-route-long",
    "Where packets go from an instance, or from an address in a subnet or behind a VPN\n"
    "connection, to another one: table by table with the reasons, and on in the other region\n"
    "if it is of this control plane.",
    "说明报文从实例（或子网内、VPN连接对端的某地址）到另一处的去向：逐表列出原因；\n"
    "对端区域属于同一控制面时继续说明。")
WORDS_ROW(COMMAND_HELP_EVENT, "command.help-event", "What happened in the region",
          "区域内发生的事件")
WORDS_ROW(COMMAND_HELP_AUDIT, "command.help-audit", "Who did what to which resource, and when",
          "谁在何时对哪个资源做了什么")

WORDS_ROW(COMMAND_HELP_REGION, "command.help-region", "region to work in (or ROPEWAY_REGION)",
          "操作所在的区域（或环境变量ROPEWAY_REGION）")
WORDS_ROW(COMMAND_HELP_OUTPUT, "command.help-output",
          "table, json, yaml, or id (just ids, for scripts)",
          "table、json、yaml或id（只输出ID，供脚本使用）")
WORDS_ROW(COMMAND_HELP_WAIT, "command.help-wait",
          "return when the nodes have carried out the change, and it works",
          "等节点使更改生效且资源工作正常后再返回")
WORDS_ROW(COMMAND_HELP_WATCH, "command.help-watch", "with list and log: go on with what changes",
          "与list或log一起使用：持续输出变化")
WORDS_ROW(COMMAND_HELP_SORT_BY, "command.help-sort-by",
          "with list: in this order (default name); -FLAG is downwards",
          "与list一起使用：按该字段排序（默认name）；-FLAG为降序")
WORDS_ROW(COMMAND_HELP_TIMEOUT, "command.help-timeout",
          "give up waiting after this long (default 120)", "最长等待时间（默认120秒）")
WORDS_ROW(COMMAND_HELP_ADDRESS_OF_API, "command.help-address-of-api",
          "unix:/run/ropeway/ropewayd.sock or https://host:port (or ROPEWAY_API)",
          "unix:/run/ropeway/ropewayd.sock或https://host:port（或环境变量ROPEWAY_API）")
WORDS_ROW(COMMAND_HELP_CA, "command.help-ca",
          "certificate that vouches for the server (or ROPEWAY_CA)",
          "用于验证服务器的证书（或环境变量ROPEWAY_CA）")
WORDS_ROW(COMMAND_HELP_TOKEN_FILE, "command.help-token-file",
          "file with the token (or ROPEWAY_TOKEN_FILE, ROPEWAY_TOKEN)",
          "令牌文件（或环境变量ROPEWAY_TOKEN_FILE、ROPEWAY_TOKEN）")
WORDS_ROW(COMMAND_HELP_HELP, "command.help-help", "help for the noun or verb",
          "资源类型或操作的帮助")

WORDS_ROW(COMMAND_HELP_CREATE_VERB, "command.help-create-verb", "Create a new {kind}", "创建{kind}",
          "kind")
WORDS_ROW(COMMAND_HELP_LIST_VERB, "command.help-list-verb", "List every {kind}", "列出所有{kind}",
          "kind")
WORDS_ROW(COMMAND_HELP_GET_VERB, "command.help-get-verb", "Show one {kind}", "查看单个{kind}",
          "kind")
WORDS_ROW(COMMAND_HELP_UPDATE_VERB, "command.help-update-verb", "Change one {kind}",
          "修改单个{kind}", "kind")
WORDS_ROW(COMMAND_HELP_DELETE_VERB, "command.help-delete-verb", "Delete one {kind}",
          "删除单个{kind}", "kind")
WORDS_ROW(COMMAND_HELP_WAIT_VERB, "command.help-wait-verb", "Wait until one {kind} works",
          "等待单个{kind}工作正常", "kind")
WORDS_ROW(COMMAND_HELP_REVEAL_PSK_VERB, "command.help-reveal-psk-verb",
          "Show the pre-shared key of one {kind} (audited)",
          "查看单个{kind}的预共享密钥（会记入审计日志）", "kind")
WORDS_ROW(COMMAND_HELP_INVITE_VERB, "command.help-invite-verb",
          "Make another link with which one {kind} chooses a password, once, within a day",
          "为单个{kind}重新生成设置密码的链接（一次有效，有效期一天）", "kind")
WORDS_ROW(COMMAND_HELP_LOG_VERB, "command.help-log-verb",
          "Show the negotiation log of one {kind}, the oldest line first",
          "查看单个{kind}的协商日志，最早的在前", "kind")
WORDS_ROW(COMMAND_HELP_ROUTES_VERB, "command.help-routes-verb", "Show the routes of one {kind}",
          "查看单个{kind}的路由", "kind")
WORDS_ROW(COMMAND_HELP_HOSTS_VERB, "command.help-hosts-verb",
          "Show the hosts of one {kind} that is a real network", "查看真实网络{kind}中的主机",
          "kind")
WORDS_ROW(COMMAND_HELP_EXPLAIN_VERB, "command.help-explain-verb",
          "Explain where one {kind} sends packets for an address, and why",
          "说明单个{kind}把去往某地址的报文转发到哪里，以及原因", "kind")
WORDS_ROW(COMMAND_HELP_PROBLEMS_VERB, "command.help-problems-verb",
          "List what of a {kind} nothing carries or nothing reaches, and why",
          "列出{kind}中无节点承载或不可达的资源，以及原因", "kind")

WORDS_ROW(COMMAND_HELP_QUOTAS_VERB, "command.help-quotas-verb",
          "List the quotas of a {kind}, and how much of each is used", "列出{kind}的配额及其用量",
          "kind")

WORDS_ROW(COMMAND_HELP_SECRET, "command.help-secret", "; @FILE reads it from a file",
          "；@FILE表示从文件读取")
WORDS_ROW(COMMAND_HELP_KEYS, "command.help-keys", "; keys: {keys}", "；键：{keys}", "keys")
WORDS_ROW(COMMAND_HELP_REQUIRED, "command.help-required", " (required)", "（必填）")
WORDS_ROW(COMMAND_HELP_DEFAULT, "command.help-default", " (default {value})", "（默认{value}）",
          "value")
WORDS_ROW(COMMAND_HELP_UNSET, "command.help-unset", "Put these back to their defaults",
          "把这些字段恢复为默认值")
WORDS_ROW(COMMAND_HELP_IF_MATCH, "command.help-if-match",
          "Refuse if it has changed since this revision", "如果该版本之后有过修改则拒绝")
WORDS_ROW(COMMAND_HELP_TABLE, "command.help-table",
          "Which table [static propagated effective] (default effective)",
          "哪张路由表 [static propagated effective]（默认effective）")
WORDS_ROW(COMMAND_HELP_DESTINATION, "command.help-destination",
          "The address, if not given after the name", "地址，未写在名称之后时使用")
WORDS_ROW(COMMAND_HELP_SOME_DESCRIPTION, "command.help-some-description", "what it is for", "用途")

WORDS_ROW(COMMAND_HELP_NODE_TOKENS, "command.help-node-tokens",
          "Tokens with which nodes join a region, one for each node: a token belongs to the node "
          "that\nfirst joined with it. It is shown once, when it is made; a node whose token is "
          "deleted is\nlet in no more.",
          "节点加入区域所用的令牌，每个节点一个：令牌归最先用它加入的节点所有。\n"
          "令牌只在创建时显示一次；令牌删除后，该节点不能再接入。")
WORDS_ROW(COMMAND_HELP_TOKEN_NAME, "command.help-token-name", "Name for people", "便于识别的名称")
WORDS_ROW(COMMAND_HELP_TOKEN_ROLES, "command.help-token-roles",
          "What the node carries that joins with it [gateway compute]",
          "用它加入的节点的角色 [gateway compute]")
WORDS_ROW(COMMAND_HELP_TOKEN_EXPIRES, "command.help-token-expires",
          "After that time nobody joins with it", "超过该时间后不能再用它加入")

WORDS_ROW(
    COMMAND_HELP_APPLY_FILE, "command.help-apply-file",
    "Create or change the resources that a YAML or JSON file describes. Each has kind, region, "
    "name\nand its fields; references are names or ids. What list and get print with -o yaml "
    "or\n-o json is such a file: an id tells which resource is meant.\n"
    "Only what the file names and what differs is changed, on what is stored at that moment; "
    "null\nputs a field back to its default. An address of a customer gateway may be\n"
    "{address}: a cloud address of that connection.",
    "创建或修改YAML或JSON文件描述的资源。每个资源有kind、region、name和各自的字段；\n"
    "引用用名称或ID。list和get加-o yaml或-o json的输出就是这样的文件：id指明是哪个资源。\n"
    "只修改文件中写明且与当时所存不同的内容；null把字段恢复为默认值。客户网关的地址可以写成\n"
    "{address}：该VPN连接的一个云端公网地址。",
    "address")
WORDS_ROW(
    COMMAND_HELP_DELETE_BY_FILE, "command.help-delete-by-file",
    "Delete the resources that a YAML or JSON file describes. Each has kind, region, name\n"
    "and its fields; references are names or ids. What list and get print with -o yaml or\n"
    "-o json is such a file: an id tells which resource is meant.\n"
    "All of it goes, or nothing if the server refuses a part. Tunnels are set down first. "
    "What does\nnot exist is fine.",
    "删除YAML或JSON文件描述的资源。每个资源有kind、region、name和各自的字段；\n"
    "引用用名称或ID。list和get加-o yaml或-o json的输出就是这样的文件：id指明是哪个资源。\n"
    "要么全部删除；要么服务器拒绝其中一部分时，一个也不删除。隧道会先停用。不存在的资源忽略。")
WORDS_ROW(COMMAND_HELP_CALL, "command.help-call",
          "Make a call of the API (see its reference) and print the answer.",
          "调用API（参见API参考）并输出响应。")
WORDS_ROW(COMMAND_HELP_CALL_FILE, "command.help-call-file",
          "The file has the body, in JSON or YAML; - is standard input.",
          "文件是JSON或YAML格式的请求体；-表示标准输入。")
WORDS_ROW(COMMAND_HELP_COMPLETE, "command.help-complete",
          "Print a completion script for bash, zsh or fish.", "输出bash、zsh或fish的命令补全脚本。")
WORDS_ROW(COMMAND_HELP_VERSION, "command.help-version", "Show which version this is.", "显示版本。")
WORDS_ROW(COMMAND_HELP_AUDIT_LOG, "command.help-audit-log",
          "Who did what to which resource, and when; the newest first.",
          "谁在何时对哪个资源做了什么；最新的在前。")
WORDS_ROW(COMMAND_HELP_AUDIT_FROM, "command.help-audit-from",
          "from this time on: 2026-11-22 or 2026-11-22T08:27:24Z (UTC)",
          "从此时间开始：2026-11-22或2026-11-22T08:27:24Z（UTC）")
WORDS_ROW(COMMAND_HELP_AUDIT_TO, "command.help-audit-to", "until this time", "到此时间为止")
WORDS_ROW(COMMAND_HELP_AUDIT_ACTOR, "command.help-audit-actor",
          "who did it: an id, or admin or node", "操作者：ID，或admin、node")
WORDS_ROW(COMMAND_HELP_AUDIT_ACTION, "command.help-audit-action",
          "what was done, such as create, update, delete, revealPsk",
          "操作，例如create、update、delete、revealPsk")
WORDS_ROW(COMMAND_HELP_AUDIT_KIND, "command.help-audit-kind", "of this kind, such as vpn-tunnel",
          "资源类型，例如vpn-tunnel")
WORDS_ROW(COMMAND_HELP_AUDIT_RESOURCE, "command.help-audit-resource", "to this resource", "资源ID")
WORDS_ROW(COMMAND_HELP_AUDIT_NAME, "command.help-audit-name",
          "to resources that had this name then", "资源当时的名称")
WORDS_ROW(COMMAND_HELP_AUDIT_LIMIT, "command.help-audit-limit",
          "at most this many (default {count})", "最多条数（默认{count}）", "count")
WORDS_ROW(COMMAND_HELP_AUDIT_REGION, "command.help-audit-region", "in this region only",
          "只列出该区域的")

WORDS_ROW(COMMAND_HELP_DRAIN_VERB, "command.help-drain-verb",
          "Take one {kind} out of service: traffic leaves its tunnels before they go down",
          "让单个{kind}停止服务：流量先离开其隧道，然后断开隧道", "kind")
WORDS_ROW(COMMAND_HELP_UNDRAIN_VERB, "command.help-undrain-verb",
          "Put one {kind} into service again", "让单个{kind}恢复服务", "kind")
WORDS_ROW(COMMAND_HELP_TEST_VERB, "command.help-test-verb",
          "Send a test message of one {kind} now, and say what came of it",
          "立即发送单个{kind}的测试通知并显示结果", "kind")
WORDS_ROW(COMMAND_COLUMN_WAY, "command.column-way", "WAY", "方式")

/* ---- BGP ---- */
WORDS_ROW(
    COMMAND_HELP_BGP_LONG, "command.help-bgp-long",
    "How the BGP sessions are, what their peers announce, and what they are told: of all tunnels\n"
    "in the region, or of those of one border gateway or VPN connection, or of one.",
    "BGP会话的状态、对端发布的路由和向对端发布的路由：区域内所有隧道的，\n"
    "或者一个边界网关、VPN连接或隧道的。")
WORDS_ROW(COMMAND_COLUMN_TUNNEL, "command.column-tunnel", "TUNNEL", "隧道")
WORDS_ROW(COMMAND_COLUMN_PEER, "command.column-peer", "PEER", "对端")
WORDS_ROW(COMMAND_COLUMN_ASN, "command.column-asn", "ASN", "ASN")
WORDS_ROW(COMMAND_COLUMN_STATE, "command.column-state", "STATE", "状态")
WORDS_ROW(COMMAND_COLUMN_SINCE, "command.column-since", "SINCE", "开始时间")
WORDS_ROW(COMMAND_COLUMN_LEARNED, "command.column-learned", "LEARNED", "学到")
WORDS_ROW(COMMAND_COLUMN_ANNOUNCED, "command.column-announced", "ANNOUNCED", "发布")
WORDS_ROW(COMMAND_COLUMN_AS_PATH, "command.column-as-path", "AS PATH", "AS路径")
WORDS_ROW(COMMAND_COLUMN_MED, "command.column-med", "MED", "MED")
WORDS_ROW(COMMAND_COLUMN_COMMUNITIES, "command.column-communities", "COMMUNITIES", "团体属性")
WORDS_ROW(COMMAND_COLUMN_PASSED_ON, "command.column-passed-on", "PASSED ON", "转发布")

/* ---- events ---- */
WORDS_ROW(COMMAND_HELP_EVENT_LIST, "command.help-event-list",
          "What happened in the region, the newest first.", "区域内发生的事件，最新的在前。")
WORDS_ROW(COMMAND_HELP_EVENT_RESOURCE, "command.help-event-resource",
          "to the resource with this id", "资源ID")
WORDS_ROW(COMMAND_HELP_EVENT_COLLECTION, "command.help-event-collection",
          "to resources of this kind, such as vpn-tunnel", "资源类型，例如vpn-tunnel")
WORDS_ROW(COMMAND_HELP_EVENT_SEVERITY, "command.help-event-severity",
          "info, warning or error: this or worse", "info、warning或error：该级别及更严重的")
WORDS_ROW(COMMAND_HELP_EVENT_CODE, "command.help-event-code",
          "with this code, such as event.tunnel-down", "事件代码，例如event.tunnel-down")
WORDS_ROW(COMMAND_HELP_EVENT_SINCE, "command.help-event-since", "in the last 90s, 30m, 2h or 7d",
          "最近一段时间内：90s、30m、2h或7d")
WORDS_ROW(COMMAND_HELP_EVENT_WATCH, "command.help-event-watch",
          "go on with those to come, until interrupted", "持续显示新事件，直到中断")
WORDS_ROW(COMMAND_BAD_SINCE, "command.bad-since",
          "--since: must be a number with s, m, h or d behind it, not \"{value}\"",
          "--since：必须是数字加s、m、h或d，不能是“{value}”", "value")
WORDS_ROW(COMMAND_COLUMN_SEVERITY, "command.column-severity", "SEVERITY", "级别")
WORDS_ROW(COMMAND_COLUMN_EVENT, "command.column-event", "EVENT", "事件")
WORDS_ROW(COMMAND_COLUMN_LEFT_OUT, "command.column-left-out", "LEFT OUT", "未保留")

/* ---- selectors of labels ---- */
WORDS_ROW(
    WANT_SELECTOR_RULE, "want.selector-rule",
    "A selector is 1 to {max} of key=value, key!=value, key and !key with commas between "
    "them, such as env=prod,!old; a backslash before a character takes it as it is.",
    "标签选择器由1到{max}个以逗号分隔的条件组成：key=value、key!=value、key或!key，例如env=prod,"
    "!old；反斜杠使其后的字符按原样处理。",
    "max")

/* ---- batches ---- */
WORDS_ROW(REQUEST_OPERATION_REFERENCE, "request.operation-reference",
          "{text} names nothing that an earlier operation made.",
          "{text}没有指向先前的操作所创建的资源。", "text")

/* ---- labels ---- */
WORDS_ROW(COMMAND_BAD_SELECTOR, "command.bad-selector", "{text} is no selector: {rule}",
          "{text}不是标签选择器：{rule}", "text", "rule")
WORDS_ROW(COMMAND_SELECTOR_AND_NAME, "command.selector-and-name",
          "either -l or one name: what is {word}?", "-l与名称只能给出其一：多余的参数{word}",
          "word")
WORDS_ROW(COMMAND_NONE_SELECTED, "command.none-selected", "no {kind} carries {selector}",
          "没有标签符合{selector}的{kind}", "kind", "selector")
WORDS_ROW(COMMAND_FLAG_ELSEWHERE, "command.flag-elsewhere", "{flag} only goes with: {commands}",
          "{flag}只能与以下命令一起使用：{commands}", "flag", "commands")

/* ---- dry runs ---- */
WORDS_ROW(COMMAND_WOULD_CREATE, "command.would-create", "would be created", "将创建")
WORDS_ROW(COMMAND_WOULD_UPDATE, "command.would-update", "would be updated", "将更新")
WORDS_ROW(COMMAND_WOULD_DELETE, "command.would-delete", "would be deleted", "将删除")
WORDS_ROW(COMMAND_WOULD_REFUSE, "command.would-refuse",
          "{kind} {name} of region {region} would be refused",
          "区域{region}的{kind} {name}将被拒绝", "kind", "name", "region")
WORDS_ROW(COMMAND_REGION_UNCHECKED, "command.region-unchecked",
          "region {region} does not exist yet: the server cannot check what would be in it",
          "区域{region}尚不存在：服务器无法检查其中的内容", "region")
WORDS_ROW(COMMAND_NO_VALUE, "command.no-value", "(none)", "（无）")
WORDS_ROW(COMMAND_NOT_SHOWN, "command.not-shown", "another secret (not shown)",
          "密钥不同（不显示）")

/* ---- pairs ---- */
WORDS_ROW(COMMAND_PAIR_TAKEN, "command.pair-taken",
          "it takes cloud address {cloud} and customer address {customer}",
          "使用云端地址{cloud}与客户地址{customer}", "cloud", "customer")
WORDS_ROW(
    COMMAND_PAIR_UNNATURAL, "command.pair-unnatural",
    "the pairs that belong together are taken: give another with --cloud-address {cloud} "
    "--customer-address {customer}",
    "对应的地址对均已使用：请用--cloud-address {cloud} --customer-address {customer}指定其他地址对",
    "cloud", "customer")
WORDS_ROW(COMMAND_PAIR_QUESTION, "command.pair-question",
          "The pairs that belong together are taken. Create it from cloud address {cloud} to "
          "customer address {customer}?",
          "对应的地址对均已使用。要在云端地址{cloud}与客户地址{customer}之间创建吗？", "cloud",
          "customer")
WORDS_ROW(COMMAND_PAIR_DECLINED, "command.pair-declined",
          "nothing was created: give a pair with --cloud-address and --customer-address",
          "未创建：请用--cloud-address和--customer-address指定地址对")

/* ---- requests ---- */
WORDS_ROW(COMMAND_REQUEST, "command.request", "{method} {path}: {status}, {ms} ms",
          "{method} {path}：{status}，{ms}毫秒", "method", "path", "status", "ms")
WORDS_ROW(COMMAND_REQUEST_LOST, "command.request-lost", "{method} {path}: no answer, {ms} ms",
          "{method} {path}：无响应，{ms}毫秒", "method", "path", "ms")

/* ---- contexts ---- */
WORDS_ROW(COMMAND_CONFIG_UNREADABLE, "command.config-unreadable", "cannot read {file}: {why}",
          "无法读取{file}：{why}", "file", "why")
WORDS_ROW(COMMAND_CONFIG_UNWRITABLE, "command.config-unwritable", "cannot write {file}: {why}",
          "无法写入{file}：{why}", "file", "why")
WORDS_ROW(COMMAND_CONFIG_NOWHERE, "command.config-nowhere",
          "there is no place for contexts: set HOME or XDG_CONFIG_HOME",
          "没有可存放上下文的位置：请设置HOME或XDG_CONFIG_HOME")
WORDS_ROW(COMMAND_CONFIG_BAD, "command.config-bad", "{file} makes no sense: {why}",
          "{file}的内容有误：{why}", "file", "why")
WORDS_ROW(COMMAND_CONFIG_NO_MAPPING, "command.config-no-mapping", "{name} is no mapping",
          "{name}不是映射", "name")
WORDS_ROW(COMMAND_CONFIG_NO_MEMBER, "command.config-no-member", "{name} has no member {member}",
          "{name}没有成员{member}", "name", "member")
WORDS_ROW(COMMAND_CONFIG_NO_TEXT, "command.config-no-text", "{member} of {name} is no text",
          "{name}的{member}不是文本", "name", "member")
WORDS_ROW(COMMAND_CONFIG_MANY, "command.config-many", "it has more than one document",
          "其中有多个文档")
WORDS_ROW(COMMAND_NO_CONTEXT, "command.no-context",
          "there is no context {name}; see ropeway context list",
          "没有上下文{name}；参见ropeway context list", "name")
WORDS_ROW(COMMAND_CONTEXT_NONE_CURRENT, "command.context-none-current",
          "no context is the current one; see ropeway context list",
          "没有当前上下文；参见ropeway context list")
WORDS_ROW(COMMAND_CONTEXT_USED, "command.context-used", "context {name} is the current one",
          "当前上下文为{name}", "name")
WORDS_ROW(COMMAND_CONTEXT_SET, "command.context-set", "context {name} is set", "上下文{name}已保存",
          "name")
WORDS_ROW(COMMAND_CONTEXT_SET_FIRST, "command.context-set-first",
          "context {name} is set and is the current one", "上下文{name}已保存，并成为当前上下文",
          "name")
WORDS_ROW(COMMAND_CONTEXT_DELETED, "command.context-deleted", "context {name} is deleted",
          "上下文{name}已删除", "name")
WORDS_ROW(COMMAND_SAY_CONTEXT, "command.say-context",
          "say: ropeway context list, show [NAME], use NAME, set NAME or delete NAME",
          "用法：ropeway context list、show [NAME]、use NAME、set NAME或delete NAME")
WORDS_ROW(COMMAND_COLUMN_API, "command.column-api", "API", "API")
WORDS_ROW(COMMAND_COLUMN_CURRENT, "command.column-current", "CURRENT", "当前")
WORDS_ROW(COMMAND_COLUMN_PROJECT, "command.column-project", "PROJECT", "项目")
WORDS_ROW(COMMAND_COLUMN_REGION, "command.column-region", "REGION", "区域")

/* ---- edit ---- */
WORDS_ROW(COMMAND_EDIT_HEAD, "command.edit-head",
          "{kind} {name} ({id}). What you change and save is sent; what you take out goes back to "
          "its default.\n"
          "Lines that begin with # do not count. Saved as it is, nothing is sent.",
          "{kind} {name}（{id}）。保存后提交所做的修改；删去的字段恢复为默认值。\n"
          "以#开头的行不起作用。不作修改直接保存则不提交。",
          "kind", "name", "id")
WORDS_ROW(COMMAND_EDIT_REST, "command.edit-rest",
          "What cannot be changed here:", "此处不能修改的内容：")
WORDS_ROW(COMMAND_EDIT_BAD, "command.edit-bad", "This is no YAML: {why}", "不是YAML：{why}", "why")
WORDS_ROW(COMMAND_EDIT_ONE, "command.edit-one", "This is no mapping of fields to values.",
          "这不是字段到值的映射。")
WORDS_ROW(COMMAND_EDIT_FILE, "command.edit-file", "cannot use the file {file}: {why}",
          "无法使用文件{file}：{why}", "file", "why")
WORDS_ROW(COMMAND_EDIT_EDITOR, "command.edit-editor",
          "the editor {name} failed (it is named by VISUAL or EDITOR)",
          "编辑器{name}失败（由环境变量VISUAL或EDITOR指定）", "name")
WORDS_ROW(COMMAND_EDIT_KEPT, "command.edit-kept", "what you wrote is in {file}",
          "所写的内容在{file}", "file")
WORDS_ROW(COMMAND_EDIT_UNCHANGED, "command.edit-unchanged", "{kind} {id} is unchanged",
          "{kind} {id}未作修改", "kind", "id")

/* ---- help of these ---- */
WORDS_ROW(COMMAND_HELP_EDIT_VERB, "command.help-edit-verb", "Change one {kind} in an editor",
          "在编辑器中修改单个{kind}", "kind")
WORDS_ROW(COMMAND_HELP_DIFF, "command.help-diff", "show what apply would change",
          "显示apply将作的修改")
WORDS_ROW(COMMAND_HELP_CONTEXT, "command.help-context", "name servers, and choose one",
          "为服务器命名并选用")
WORDS_ROW(COMMAND_HELP_PROJECT, "command.help-project",
          "project whose resources are listed and found (or ROPEWAY_PROJECT)",
          "只列出和查找该项目的资源（或环境变量ROPEWAY_PROJECT）")
WORDS_ROW(COMMAND_HELP_CONTEXT_FLAG, "command.help-context-flag",
          "context to use instead of the current one (or ROPEWAY_CONTEXT)",
          "代替当前上下文的上下文（或环境变量ROPEWAY_CONTEXT）")
WORDS_ROW(COMMAND_HELP_VERBOSE, "command.help-verbose",
          "tell method, path, status and time of each request on stderr",
          "在标准错误输出每个请求的方法、路径、状态和耗时")
WORDS_ROW(COMMAND_HELP_SELECTOR, "command.help-selector",
          "Those with these labels (tags): env=prod,team!=x,tier,!old",
          "标签符合条件的资源：env=prod,team!=x,tier,!old")
WORDS_ROW(COMMAND_HELP_DRY_RUN, "command.help-dry-run",
          "Change nothing; tell what would be done, and what the server would refuse",
          "不作任何修改，只说明将做什么，以及服务器将拒绝什么")
WORDS_ROW(COMMAND_HELP_PRUNE, "command.help-prune",
          "Then delete what has these labels in the regions of the file and is not in it",
          "随后删除文件所涉区域中具有这些标签而文件未列出的资源")
WORDS_ROW(COMMAND_HELP_TO_REGION, "command.help-to-region",
          "Bring all of it to this region, wherever it was printed",
          "全部用于该区域，不论文件从哪个区域输出")
WORDS_ROW(COMMAND_HELP_DIFF_FILE, "command.help-diff-file",
          "Show what apply would change, field by field: the value there is -> the value of the "
          "file.\nThe server checks all of it and changes nothing. Exit codes: 0 nothing differs, "
          "1 something\ndoes, 2 or more it could not be told (5: the server refuses it).",
          "逐字段显示apply将作的修改：现有的值 -> 文件中的值。\n"
          "由服务器检查全部内容，不作任何修改。退出码：0 无差异，1 有差异，\n"
          "2及以上 无法得出结果（5：服务器拒绝）。")
WORDS_ROW(
    COMMAND_HELP_CONTEXTS, "command.help-contexts",
    "A context names a server and what goes with it: --api, --ca, --token-file, --region "
    "and\n--project. Flags come before the environment, that before the context. A context's "
    "certificate\nand token are only used with its own --api. The file is\n"
    "$XDG_CONFIG_HOME/ropeway/config, else ~/.config/ropeway/config.",
    "上下文为服务器及相关设置命名：--api、--ca、--token-file、--region和--project。\n"
    "命令行选项优先于环境变量，环境变量优先于上下文。上下文的证书和令牌只用于其自己的--api。\n"
    "文件为$XDG_CONFIG_HOME/ropeway/config，否则为~/.config/ropeway/config。")
