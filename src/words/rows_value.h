/* One value, against what its field allows. */
WORDS_ROW(VALUE_MUST_BE, "value.must-be", "{path} must be {wanted}.", "{path}必须是{wanted}。",
          "path", "wanted")
WORDS_ROW(VALUE_FILTER_NAME, "value.filter-name",
          "A list of {collection} cannot be filtered by {name}, but by {names} and others that "
          "/openapi.json names; it takes limit and cursor, too.",
          "{collection}列表不能按{name}过滤；可以按{names}以及/"
          "openapi.json列出的其他字段过滤，还可用limit和cursor。",
          "collection", "name", "names")
WORDS_ROW(VALUE_ASN, "value.asn", "asn must be 1 to 4294967294 but not 23456, which BGP reserves.",
          "asn必须是1到4294967294，但不能是BGP保留的23456。")
WORDS_ROW(VALUE_SPECIAL_RANGE, "value.special-range",
          "{path} must not contain loopback, link-local, multicast or reserved addresses.",
          "{path}不能包含环回、链路本地、组播或保留地址。", "path")
WORDS_ROW(VALUE_OVERLAPS, "value.overlaps", "{path} must not overlap {other}.",
          "{path}不能与{other}重叠。", "path", "other")
WORDS_ROW(VALUE_ROUTE_TWICE, "value.route-twice",
          "A route table has one static route for a destination.",
          "路由表对一个目的网段只能有一条静态路由。")
WORDS_ROW(VALUE_PROPAGATION_TWICE, "value.propagation-twice",
          "A route table has one propagation for a gateway and range.",
          "路由表对一个网关和网段只能有一条传播。")
WORDS_ROW(VALUE_TRANSLATION_LENGTH, "value.translation-length",
          "seenAs must be of the family and length of prefix (/{length}): each address has one "
          "that stands for it.",
          "seenAs必须与prefix的地址类型和前缀长度（/{length}）相同：地址一一对应。", "length")
WORDS_ROW(VALUE_SELECTORS_FAMILY, "value.selectors-family",
          "localSelectors and remoteSelectors must have networks of the same address families: "
          "those of a family that the other side lacks could carry nothing.",
          "localSelectors与remoteSelectors的地址类型必须一致：另一侧没有同类型网段时无法承载流量。")
WORDS_ROW(VALUE_TRANSLATION_OVERLAPS, "value.translation-overlaps",
          "{member} must not overlap {other} of another translation of the same side.",
          "{member}不能与同一侧另一条地址转换的{other}重叠。", "member", "other")
WORDS_ROW(VALUE_ADDRESS_COUNT, "value.address-count",
          "addresses must have 1, 2 or 4 elements (8 where the quota allows).",
          "addresses必须有1、2或4个元素（配额允许时8个）。")
WORDS_ROW(VALUE_PEER_ADDRESS, "value.peer-address",
          "A customer address must be a unicast address, or 0.0.0.0 or :: for a device whose "
          "address changes.",
          "客户侧地址必须是单播地址；对地址会变化的设备，填0.0.0.0或::。")
WORDS_ROW(VALUE_ADDRESS_TWICE, "value.address-twice", "addresses must differ from one another.",
          "addresses中的地址必须互不相同。")
WORDS_ROW(VALUE_INNER_LENGTH, "value.inner-length",
          "tunnelAddress must lie in a /30 or /31 (IPv6: /126 or /127).",
          "tunnelAddress必须在/30或/31中（IPv6：/126或/127）。")
WORDS_ROW(VALUE_INNER_UNICAST, "value.inner-unicast",
          "tunnelAddress must be a unicast address, and not a loopback one.",
          "tunnelAddress必须是单播地址，且不能是环回地址。")
WORDS_ROW(VALUE_INNER_EDGE, "value.inner-edge",
          "tunnelAddress must not be the first or last address of its prefix.",
          "tunnelAddress不能是其网段的第一个或最后一个地址。")
WORDS_ROW(VALUE_INNER_PEER, "value.inner-peer",
          "peerTunnelAddress must be the other address in tunnelAddress's prefix.",
          "peerTunnelAddress必须是tunnelAddress所在网段中的另一个地址。")
WORDS_ROW(VALUE_INNER_PEER_EDGE, "value.inner-peer-edge",
          "peerTunnelAddress must not be the first or last address of the prefix.",
          "peerTunnelAddress不能是该网段的第一个或最后一个地址。")
WORDS_ROW(VALUE_LINE_UNICAST, "value.line-unicast",
          "address must be a unicast address, and not a loopback one.",
          "address必须是单播地址，且不能是环回地址。")
WORDS_ROW(VALUE_LINE_EDGE, "value.line-edge",
          "{path} must not be the first or last address of the network of address.",
          "{path}不能是address所在网段的第一个或最后一个地址。", "path")
WORDS_ROW(VALUE_LINE_PEER, "value.line-peer",
          "peerAddress must be another address in the network of address.",
          "peerAddress必须是address所在网段中的另一个地址。")
WORDS_ROW(VALUE_CIPHER_V1, "value.cipher-v1",
          "ike.encryption must list aes128, aes192 or aes256 when ike.version is 1.",
          "ike.version为1时，ike.encryption必须包含aes128、aes192或aes256。")
WORDS_ROW(VALUE_LIFETIMES, "value.lifetimes",
          "ipsec.lifetimeSeconds must be less than ike.lifetimeSeconds.",
          "ipsec.lifetimeSeconds必须小于ike.lifetimeSeconds。")
WORDS_ROW(
    VALUE_LIFETIME_BYTES, "value.lifetime-bytes",
    "ipsec.lifetimeBytes must be 0 (no limit) or at least 1000000: a tunnel that carries more "
    "than that within ten seconds is rekeyed once in ten seconds.",
    "ipsec.lifetimeBytes必须为0（不限）或至少为1000000：十秒内流量超过该值的隧道每十秒重协商一次。")
WORDS_ROW(
    VALUE_LIFETIME_PACKETS, "value.lifetime-packets",
    "ipsec.lifetimePackets must be 0 (no limit) or at least 1000: a tunnel that carries more "
    "than that within ten seconds is rekeyed once in ten seconds.",
    "ipsec.lifetimePackets必须为0（不限）或至少为1000：十秒内包数超过该值的隧道每十秒重协商一次。")
WORDS_ROW(VALUE_DPD_TIMES, "value.dpd-times",
          "dpd.timeoutSeconds must be more than dpd.intervalSeconds.",
          "dpd.timeoutSeconds必须大于dpd.intervalSeconds。")
WORDS_ROW(VALUE_MTU, "value.mtu", "mtu must be 0 (computed) or from 576 to 9000.",
          "mtu必须是0（自动计算）或576到9000。")
WORDS_ROW(VALUE_BODY, "value.body", "The request body must be a JSON object.",
          "请求体必须是JSON对象。")
WORDS_ROW(VALUE_UNKNOWN_FIELD, "value.unknown-field", "A {kind} has no field {path}.",
          "{kind}没有字段{path}。", "kind", "path")
WORDS_ROW(VALUE_SET_BY_SERVER, "value.set-by-server", "{path} is set by the server.",
          "{path}由服务器设置。", "path")
WORDS_ROW(VALUE_ONLY_AT_CREATION, "value.only-at-creation",
          "{path} only has a meaning when something is created.", "{path}只在创建时有意义。",
          "path")
WORDS_ROW(VALUE_FIXED, "value.fixed", "{path} is chosen at creation and cannot be changed.",
          "{path}在创建时选定，不能更改。", "path")
WORDS_ROW(VALUE_NOT_REMOVABLE, "value.not-removable", "{path} can be replaced but not removed.",
          "{path}可以替换，但不能移除。", "path")
WORDS_ROW(VALUE_UTF8, "value.utf8", "{path} must be well-formed UTF-8 without NUL characters.",
          "{path}必须是不含NUL字符的有效UTF-8。", "path")
WORDS_ROW(VALUE_TOO_LONG, "value.too-long", "{path} must have at most {max} characters.",
          "{path}最多{max}个字符。", "path", "max")
WORDS_ROW(VALUE_CONTROL, "value.control", "{path} must not contain control characters.",
          "{path}不能包含控制字符。", "path")
WORDS_ROW(VALUE_CHOICE, "value.choice", "{path} must be one of: {values}.",
          "{path}必须是以下之一：{values}。", "path", "values")
WORDS_ROW(VALUE_MIN, "value.min", "{path} must be {min} or more.", "{path}必须不小于{min}。",
          "path", "min")
WORDS_ROW(VALUE_RANGE, "value.range", "{path} must be an integer from {min} to {max}.",
          "{path}必须是{min}到{max}的整数。", "path", "min", "max")
WORDS_ROW(VALUE_KEY_LENGTH, "value.key-length", "A key in {name} must have 1 to 128 characters.",
          "{name}的键必须有1到128个字符。", "name")
WORDS_ROW(VALUE_NO_QUOTA, "value.no-quota", "There is no quota {path}; there are: {names}.",
          "没有配额{path}；可用的配额：{names}。", "path", "names")
WORDS_ROW(VALUE_KEYS, "value.keys", "{path} must have at most {max} keys.", "{path}最多{max}个键。",
          "path", "max")
WORDS_ROW(VALUE_NO_FIELD, "value.no-field", "There is no field {path}.", "没有字段{path}。", "path")
WORDS_ROW(VALUE_MISSING, "value.missing", "{path} is required.", "必须给出{path}。", "path")
WORDS_ROW(VALUE_ELEMENTS, "value.elements", "{path} must have from {min} to {max} elements.",
          "{path}必须有{min}到{max}个元素。", "path", "min", "max")
WORDS_ROW(VALUE_ELEMENTS_MAX, "value.elements-max", "{path} must have at most {max} elements.",
          "{path}最多{max}个元素。", "path", "max")
WORDS_ROW(VALUE_TWICE, "value.twice", "{name} must not list the same value twice.",
          "{name}不能重复列出相同的值。", "name")
WORDS_ROW(VALUE_HOST_BITS, "value.host-bits",
          "{path} must be a network prefix without host bits: did you mean {meant}?",
          "{path}必须是不含主机位的网络前缀：是否指{meant}？", "path", "meant")
WORDS_ROW(VALUE_REQUIRED, "value.required", "{path} is required: {description}.",
          "必须给出{path}（{description}）。", "path", "description")
WORDS_ROW(VALUE_FILTER, "value.filter", "{path} as a filter must be {wanted}.",
          "{path}作为过滤条件必须是{wanted}。", "path", "wanted")
WORDS_ROW(VALUE_COPY_ID, "value.copy-id", "copyParametersFrom must be the id of a vpn-tunnel.",
          "copyParametersFrom必须是VPN隧道的ID。")
WORDS_ROW(VALUE_COPY_OTHER, "value.copy-other",
          "copyParametersFrom must name a tunnel of the same VPN connection.",
          "copyParametersFrom必须是同一VPN连接的隧道。")

/* What completes "... must be". */
WORDS_ROW(WANT_REQUEST_BODY, "want.request-body", "The request body", "请求体")
WORDS_ROW(WANT_STRING, "want.string", "a string", "字符串")
WORDS_ROW(WANT_INTEGER, "want.integer", "an integer", "整数")
WORDS_ROW(WANT_BOOLEAN, "want.boolean", "true or false", "true或false")
WORDS_ROW(WANT_OBJECT, "want.object", "an object", "对象")
WORDS_ROW(WANT_LIST, "want.list", "a list", "列表")
WORDS_ROW(WANT_TEXT, "want.text", "at most 256 characters without control characters",
          "最多256个字符，不含控制字符")
WORDS_ROW(WANT_QUOTA, "want.quota", "an integer from 0 to 1000000", "0到1000000的整数")
WORDS_ROW(WANT_GROUP, "want.group", "the number of a Diffie-Hellman group", "DH组的编号")
WORDS_ROW(WANT_PREFIX, "want.prefix", "a network prefix such as 10.1.0.0/16 or fd00::/48",
          "网络前缀，例如10.1.0.0/16或fd00::/48")
WORDS_ROW(WANT_PREFIX_PLAIN, "want.prefix-plain", "a network prefix without host bits",
          "不含主机位的网络前缀")
WORDS_ROW(WANT_ADDRESS, "want.address", "an IPv4 or IPv6 address", "IPv4或IPv6地址")
WORDS_ROW(WANT_INTERFACE, "want.interface",
          "an address with its prefix length such as 169.254.10.1/30",
          "带前缀长度的地址，例如169.254.10.1/30")
WORDS_ROW(WANT_ID, "want.id", "the id of a resource", "资源的ID")
WORDS_ROW(WANT_ID_OF, "want.id-of", "the id of a {kind}", "{kind}的ID", "kind")
WORDS_ROW(WANT_NEW_ID_OF, "want.new-id-of", "the id of a {kind} ({prefix} and 10 characters)",
          "{kind}的ID（{prefix}加10个字符）", "kind", "prefix")
WORDS_ROW(WANT_BLACKHOLE, "want.blackhole", "blackhole", "blackhole")
WORDS_ROW(WANT_ROUTER_OR_BLACKHOLE, "want.router-or-blackhole",
          "the address of a router in a real network, or blackhole",
          "真实网络中路由器的地址或blackhole")
WORDS_ROW(WANT_CHOICE, "want.choice", "one of: {values}", "以下之一：{values}", "values")
WORDS_ROW(WANT_WHOLE_NUMBER, "want.whole-number", "a whole number", "整数")
WORDS_ROW(WANT_INTERFACE_PLAIN, "want.interface-plain", "an address with its prefix length",
          "带前缀长度的地址")
WORDS_ROW(WANT_OR, "want.or", "{first} or {second}", "{first}或{second}", "first", "second")
WORDS_ROW(WANT_NAME, "want.name", "1 to 64 letters, digits, Chinese characters, '_', '-' or '.'",
          "1到64个字母、数字、中文字符、“_”、“-”或“.”")
WORDS_ROW(
    WANT_REGION_ID, "want.region-id",
    "1 to 32 lower-case letters, digits or '-', with no '-' at either end, such as cn-north-1",
    "1到32个小写字母、数字或“-”，首尾不能是“-”，例如cn-north-1")
WORDS_ROW(WANT_METRIC, "want.metric", "the name of a series: letters, digits and '-'",
          "指标名称：字母、数字和“-”")
WORDS_ROW(WANT_DECIMAL, "want.decimal", "a number such as 10 or 0.5", "数字，例如10或0.5")
WORDS_ROW(WANT_WEBHOOK, "want.webhook",
          "an address that begins with https:// or http://, without a user or a password",
          "以https://或http://开头的地址，不含用户名和密码")
WORDS_ROW(WANT_MAIL, "want.mail", "a mail address such as noc@example.com",
          "邮件地址，例如noc@example.com")
WORDS_ROW(
    WANT_PSK, "want.psk",
    "8 to 128 printable ASCII characters, or as many bytes written as hex: and pairs of "
    "hexadecimal digits, or as base64: and padded base64",
    "8到128个可打印的ASCII字符；或以同样字节数写成hex:后接成对的十六进制数字，或base64:后接带填充的"
    "base64")
WORDS_ROW(WANT_SECRET, "want.secret", "8 to 128 printable ASCII characters",
          "8到128个可打印的ASCII字符")
WORDS_ROW(WANT_BGP_PASSWORD, "want.bgp-password",
          "at most 80 printable ASCII characters without '\"', or empty for none",
          "最多80个可打印的ASCII字符，不含“\"”；留空表示不使用")
WORDS_ROW(WANT_COMMUNITY, "want.community",
          "a community such as 65000:100, a large one such as 65000:1:2, no-export or no-advertise",
          "团体属性，例如65000:100；或大团体属性，例如65000:1:2；或no-export、no-advertise")
WORDS_ROW(WANT_USER, "want.user",
          "1 to 64 letters, digits, '.', '_', '@', '+' or '-', beginning with a letter or digit",
          "1到64个字母、数字、“.”、“_”、“@”、“+”或“-”，以字母或数字开头")
WORDS_ROW(WANT_PASSWORD, "want.password", "10 to 128 characters without control characters",
          "10到128个字符，不含控制字符")
WORDS_ROW(
    WANT_IDENTITY, "want.identity",
    "an IPv4 or IPv6 address, a domain name, an e-mail address, or one whose type a prefix states: "
    "ipv4:, ipv6:, fqdn:TEXT, email:TEXT, keyid:TEXT or keyid:0xHEX, dn:C=CH,O=Example,CN=gw; "
    "# and hexadecimal digits after any other prefix are the bytes",
    "IPv4或IPv6地址、域名、电子邮件地址，或用前缀注明类型：ipv4:、ipv6:、fqdn:文本、email:文本、"
    "keyid:文本或keyid:0x加十六进制数字、dn:C=CH,O=Example,CN=gw；其他前缀后接#加十六进制数字表示"
    "字节本身")
WORDS_ROW(WANT_INTERFACE_NAME, "want.interface-name",
          "an interface name: 1 to 15 letters, digits, '_', '-' or '.'",
          "接口名称：1到15个字母、数字、“_”、“-”或“.”")
WORDS_ROW(WANT_VPC_CIDR, "want.vpc-cidr",
          "an IPv4 range of /16 to /28 inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (other "
          "ranges go into extraCidrs)",
          "10.0.0.0/8、172.16.0.0/12或192.168.0.0/16内/16到/28的IPv4网段（其他网段填入extraCidrs）")
WORDS_ROW(WANT_SUBNET_CIDR, "want.subnet-cidr", "a range of /16 to /28 (IPv6: /16 to /124)",
          "/16到/28的网段（IPv6：/16到/124）")

/* What is taken but deserves a second thought. */
WORDS_ROW(WARN_WEAK_GROUP, "warn.weak-group", "{path} lists group {group}, which is weak.",
          "{path}包含强度弱的DH组{group}。", "path", "group")
WORDS_ROW(WARN_NO_REPLAY_WINDOW, "warn.no-replay-window",
          "ipsec.antiReplayWindow is 0: replayed packets are not refused.",
          "ipsec.antiReplayWindow为0：不会拒绝重放的报文。")
WORDS_ROW(WARN_AGGRESSIVE, "warn.aggressive",
          "ike.exchangeMode aggressive lets a listener guess the pre-shared key offline.",
          "ike.exchangeMode为aggressive时，窃听者可以离线猜测预共享密钥。")
WORDS_ROW(
    WARN_AMBIGUOUS_KEY, "warn.ambiguous-key",
    "psk begins with 0x, 0s or 0t: it is taken as it stands here, but strongSwan, libreswan and "
    "others decode such a key. To mean bytes on both ends, write hex: or base64: here; to mean "
    "this text, write its bytes as 0x and hexadecimal digits there.",
    "psk以0x、0s或0t开头：此处按原文使用，但strongSwan、libreswan等会将这样的密钥解码。若两端均指"
    "字节，请在此处写hex:或base64:；若指该文本，请在对端写0x加其字节的十六进制数字。")

/* Rights. */
WORDS_ROW(VALUE_ADMIN_BOUND, "value.admin-bound",
          "An admin is for all projects and regions; leave projectId and regions out, or choose "
          "another role.",
          "管理员适用于所有项目和区域；请不要填写projectId和regions，或选择其他角色。")
WORDS_ROW(VALUE_VIEWER_KEYS, "value.viewer-keys",
          "A viewer reads all but keys; mayRevealKeys is for an operator.",
          "只读用户不能查看密钥；mayRevealKeys只用于操作员。")
/* Which field matters only while another has a certain value. */
WORDS_ROW(WHEN_IS, "when.is", "{other} is {values}", "{other}为{values}", "other", "values")
WORDS_ROW(WHEN_LISTS, "when.lists", "{other} lists {values}", "{other}包含{values}", "other",
          "values")
WORDS_ROW(WANT_GIVEN, "want.given", "given", "已给出的值")
WORDS_ROW(WANT_NON_AEAD, "want.non-aead", "a cipher that is not AEAD", "非AEAD加密算法")
WORDS_ROW(VALUE_NEEDED_WHEN, "value.needed-when", "{path} must be given when {condition}.",
          "{condition}时，必须给出{path}。", "path", "condition")
WORDS_ROW(VALUE_EMPTY_WHEN, "value.empty-when", "{path} must not be empty when {condition}.",
          "{condition}时，{path}不能为空。", "path", "condition")
WORDS_ROW(VALUE_ONLY_WHEN, "value.only-when", "{path} is only given when {condition}.",
          "只有{condition}时才给出{path}。", "path", "condition")
WORDS_ROW(VALUE_CHOICE_WHEN, "value.choice-when", "{path} can be {value} only when {condition}.",
          "只有{condition}时{path}才能为{value}。", "path", "value", "condition")
WORDS_ROW(WARN_WEAK_VALUE, "warn.weak-value", "{path} lists {value}, which is weak.",
          "{path}包含强度弱的{value}。", "path", "value")
WORDS_ROW(COMMAND_HELP_WEAK, "command.help-weak", " (weak: {values})", "（强度弱：{values}）",
          "values")
WORDS_ROW(COMMAND_HELP_ONLY_WHEN, "command.help-only-when", " (only when {condition})",
          "（仅当{condition}时可用）", "condition")
WORDS_ROW(COMMAND_HELP_IGNORED, "command.help-ignored", " (no effect unless {condition})",
          "（仅当{condition}时生效）", "condition")
WORDS_ROW(COMMAND_HELP_VALUE_WHEN, "command.help-value-when", " ({value} only when {condition})",
          "（仅当{condition}时可选{value}）", "value", "condition")
WORDS_ROW(COMMAND_HELP_NEEDED_WHEN, "command.help-needed-when", " (required when {condition})",
          "（{condition}时必填）", "condition")
WORDS_ROW(COMMAND_HELP_EXACTLY_WHEN, "command.help-exactly-when",
          " (required when {condition}, refused otherwise)", "（{condition}时必填，否则不可用）",
          "condition")

/* A text that is there in both languages, such as a descriptor's, as an argument. */
WORDS_ROW(EITHER, "text.either", "{en}", "{zh}", "en", "zh")
