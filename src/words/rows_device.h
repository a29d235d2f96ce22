/* Configuration of customers' devices. */

WORDS_ROW(DEVICE_UNKNOWN_PLATFORM, "device.unknown-platform",
          "There is no such platform; known are {platforms}.",
          "没有这个平台；支持的平台：{platforms}。", "platforms")
WORDS_ROW(DEVICE_FORMAT, "device.format", "format must be json or text.",
          "format必须是json或text。")
WORDS_ROW(DEVICE_REVEAL, "device.reveal", "reveal must be true or false.",
          "reveal必须是true或false。")

/* Why there is no configuration. */
WORDS_ROW(DEVICE_NO_TUNNEL, "device.no-tunnel",
          "VPN connection {connection} has no tunnel: add one, then ask again.",
          "VPN连接{connection}没有隧道：请先添加隧道再试。", "connection")
WORDS_ROW(DEVICE_NO_ALGORITHM, "device.no-algorithm",
          "{platform} has nothing of what {member} allows ({algorithms}): allow something else.",
          "{platform}不支持{member}中的任何算法（{algorithms}）：请选用其他算法。", "platform",
          "member", "algorithms")
WORDS_ROW(DEVICE_NO_IKE, "device.no-ike",
          "{platform} does not speak {version}: change ike.version.",
          "{platform}不支持{version}：请修改ike.version。", "platform", "version")
WORDS_ROW(DEVICE_NO_FAMILY, "device.no-family",
          "{platform} takes no VPN peer with an {family} address such as {address}.",
          "{platform}不支持{family}地址的VPN对端（如{address}）。", "platform", "family", "address")
WORDS_ROW(DEVICE_NO_IDENTITY, "device.no-identity",
          "{platform} has no identity of the type {type}: change {member}.",
          "{platform}不支持{type}类型的标识：请修改{member}。", "platform", "type", "member")
WORDS_ROW(DEVICE_IDENTITY_UNREADABLE, "device.identity-unreadable",
          "{member} is no identity that this version knows: change it.",
          "{member}不是当前版本支持的标识：请修改。", "member")
WORDS_ROW(
    DEVICE_ONLY_BGP, "device.only-bgp",
    "The configuration for {platform} is about BGP, and VPN connection {connection} routes "
    "statically: set its routing to bgp, or choose another platform.",
    "{platform}的配置只涉及BGP，而VPN连接{connection}使用静态路由：请将其routing改为bgp，或选择"
    "其他平台。",
    "platform", "connection")
WORDS_ROW(DEVICE_CANNOT_SAY, "device.cannot-say",
          "A configuration of {platform} has no way to write the {member} of {name}: take one of "
          "letters, digits, dots and underscores.",
          "{platform}的配置无法表示{name}的{member}：请改用由字母、数字、点和下划线组成的值。",
          "platform", "member", "name")
WORDS_ROW(DEVICE_TOO_LARGE, "device.too-large", "The configuration has more than {max} bytes.",
          "配置超过{max}字节。", "max")

/* What its reader should know. */
WORDS_ROW(
    DEVICE_KEY_HIDDEN, "device.key-hidden",
    "The pre-shared keys are not in it. Ask for it with the keys (which is audited), or put in "
    "what `ropeway vpn-tunnel reveal-psk` shows.",
    "其中不含预共享密钥。可获取包含密钥的配置（会记入审计日志），或填入`ropeway vpn-tunnel "
    "reveal-psk`显示的密钥。")
WORDS_ROW(DEVICE_LEFT_OUT, "device.left-out",
          "{platform} has no {algorithms}: it does without these of {member}.",
          "{platform}不支持{algorithms}：{member}中的这些算法不会使用。", "platform", "algorithms",
          "member")
WORDS_ROW(DEVICE_ADDRESS_CHANGES, "device.address-changes",
          "The device's address of tunnel {tunnel} is not known: the device must begin.",
          "隧道{tunnel}的设备地址未知：必须由设备发起协商。", "tunnel")
WORDS_ROW(DEVICE_NO_BGP, "device.no-bgp",
          "The configuration for {platform} sets up the tunnels only: BGP is configured apart, for "
          "instance with that of FRR or BIRD.",
          "{platform}的配置只包含隧道：BGP须另行配置，例如使用FRR或BIRD的配置。", "platform")
WORDS_ROW(DEVICE_NO_BGP_PASSWORD, "device.no-bgp-password",
          "The configuration for {platform} has no place for the BGP password of VPN connection "
          "{connection}: set it on the device, or take it off the connection.",
          "{platform}的配置无法包含VPN连接{connection}的BGP密码：请在设备上设置，或将其从连接中"
          "去掉。",
          "platform", "connection")
WORDS_ROW(DEVICE_BGP_PASSWORD_HIDDEN, "device.bgp-password-hidden",
          "The BGP password of VPN connection {connection} is not in it. Ask for it with the keys "
          "(which is audited), or put in what was set.",
          "其中不含VPN连接{connection}的BGP密码。可获取包含密钥的配置（会记入审计日志），或填入当初"
          "设置的密码。",
          "connection")
WORDS_ROW(DEVICE_NO_BFD, "device.no-bfd",
          "The configuration for {platform} does not set up BFD, which VPN connection {connection} "
          "asks for: set it up on the device, or turn it off.",
          "{platform}的配置不包含VPN连接{connection}所启用的BFD：请在设备上配置，或在连接上关闭。",
          "platform", "connection")
WORDS_ROW(DEVICE_NO_CUSTOMER_NETWORK, "device.no-customer-network",
          "No static route of the border gateway leads to VPN connection {connection}: what is "
          "behind the device is not known.",
          "边界网关没有指向VPN连接{connection}的静态路由：设备侧网段未知。", "connection")
WORDS_ROW(DEVICE_NO_CLOUD_NETWORK, "device.no-cloud-network",
          "The border gateway of VPN connection {connection} leads to no VPC: what is behind the "
          "cloud is not known.",
          "VPN连接{connection}的边界网关没有通往任何VPC的路由：云侧网段未知。", "connection")

WORDS_ROW(COMMAND_HELP_DEVICE_VERB, "command.help-device-verb",
          "Show the configuration of the device at the other end of one {kind}",
          "显示单个{kind}对端设备的配置", "kind")
WORDS_ROW(COMMAND_HELP_PLATFORM, "command.help-platform",
          "what the device is; help lists what there is", "设备平台；help列出可用平台")
WORDS_ROW(COMMAND_HELP_REVEAL, "command.help-reveal", "with the pre-shared keys (audited)",
          "包含预共享密钥（会记入审计日志）")
WORDS_ROW(COMMAND_NO_PLATFORM, "command.no-platform",
          "Say what the device is with --platform; --platform help lists what there is.",
          "请用--platform指定设备平台；--platform help列出可用平台。")
WORDS_ROW(COMMAND_COLUMN_PLATFORM, "command.column-platform", "PLATFORM", "平台")
WORDS_ROW(COMMAND_COLUMN_WRITTEN_FOR, "command.column-written-for", "WRITTEN FOR", "适用版本")
