#include "model_internal.h"

/* The values of enums, and Diffie-Hellman groups. What is stored is a row's place: rows are added
 * at the end. */

#define END                                                                                        \
    {                                                                                              \
        0                                                                                          \
    }

/* ---- networks ---- */

const struct model_value model_values_roles[] = {
    {"gateway", {"Gateways", "网关"}, {"Carries VPN gateways", "承载VPN网关"}},
    {"compute", {"Instances", "计算"}, {"Carries instances", "承载实例"}},
    END,
};

const struct model_value model_values_node_states[] = {
    {"online", {"Online", "在线"}},
    {"offline", {"Offline", "离线"}},
    {"unknown", {"Unknown", "未知"}, {"Nobody has confirmed it lately", "近期无人确认"}},
    END,
};

const struct model_value model_values_instance_states[] = {
    {"unknown", {"Unknown", "未知"}, {"Nobody has confirmed it lately", "近期无人确认"}},
    {"starting", {"Starting", "启动中"}},
    {"running", {"Running", "运行中"}},
    {"failed", {"Failed", "失败"}},
    END,
};

const struct model_value model_values_attachments[] = {
    {"netns",
     {"Network namespace", "网络命名空间"},
     {"A network namespace that the node makes", "由节点创建的网络命名空间"}},
    {"tap",
     {"TAP", "TAP"},
     {"A TAP that the node makes, for a VM", "由节点创建、供虚拟机使用的TAP"}},
    {"nic",
     {"Host interface", "主机接口"},
     {"An interface that the node has already", "节点上已有的接口"}},
    END,
};

const struct model_value model_values_conditions[] = {
    {"true", {"True", "是"}, {"It holds", "成立"}},
    {"false", {"False", "否"}, {"It does not hold", "不成立"}},
    {"unknown", {"Unknown", "未知"}, {"Nobody has confirmed it lately", "近期无人确认"}},
    END,
};

/* ---- gateways and connections ---- */

const struct model_value model_values_propagations[] = {
    {"all",
     {"All subnets", "全部子网"},
     {"All of the VPC, also later ones", "VPC的全部子网，含以后新建的"}},
    {"subnets", {"Chosen subnets", "指定子网"}, {"Only those in subnetIds", "仅subnetIds中的子网"}},
    {"none", {"None", "不传播"}},
    END,
};

const struct model_value model_values_sides[] = {
    {"own",
     {"Own", "本端"},
     {"Networks behind the border gateway; the peer sees them as seenAs",
      "边界网关一侧的网段；对端看到的是seenAs"}},
    {"peer",
     {"Peer", "对端"},
     {"Networks behind the peer; here they are seen as seenAs",
      "对端一侧的网段；本端看到的是seenAs"}},
    END,
};

const struct model_value model_values_families[] = {
    {"ipv4", {"IPv4", "IPv4"}},
    {"ipv6", {"IPv6", "IPv6"}},
    {"dual", {"IPv4 and IPv6", "IPv4和IPv6"}, {"Two addresses of each", "两种各分配两个地址"}},
    END,
};

const struct model_value model_values_routings[] = {
    {"bgp",
     {"BGP", "BGP"},
     {"BGP over the tunnels; static routes work, too", "隧道上运行BGP，也可使用静态路由"}},
    {"static", {"Static", "静态路由"}, {"Static routes only", "仅使用静态路由"}},
    END,
};

const struct model_value model_values_line_routings[] = {
    {"bgp",
     {"BGP", "BGP"},
     {"BGP over the line; static routes work, too", "专线上运行BGP，也可使用静态路由"}},
    {"static", {"Static", "静态路由"}, {"Static routes only", "仅使用静态路由"}},
    END,
};

const struct model_value model_values_line_states[] = {
    {"down", {"Down", "断开"}},
    {"up", {"Up", "已连通"}},
    {"unknown", {"Unknown", "未知"}, {"Nobody has confirmed it lately", "近期无人确认"}},
    END,
};

const struct model_value model_values_over_limits[] = {
    {"warn",
     {"Warn", "告警"},
     {"The session stays, and routes beyond the quota do not count",
      "会话保持，超出配额的路由不生效"}},
    {"shut", {"Shut the session", "关闭会话"}, {"The session ends", "会话中断"}},
    END,
};

/* The states of RFC 4271, 8.2.2. */
const struct model_value model_values_bgp_states[] = {
    {"idle", {"Idle", "空闲"}},
    {"connect", {"Connecting", "连接中"}},
    {"active", {"Waiting to connect", "等待连接"}},
    {"openSent", {"Open sent", "已发送Open"}},
    {"openConfirm", {"Open confirmed", "已确认Open"}},
    {"established", {"Established", "已建立"}},
    {"unknown", {"Unknown", "未知"}, {"Nobody has confirmed it lately", "近期无人确认"}},
    END,
};

const struct model_value model_values_bfd_states[] = {
    {"up", {"Up", "正常"}},
    {"down", {"Down", "中断"}},
    {"unknown", {"Unknown", "未知"}, {"Nobody has confirmed it lately", "近期无人确认"}},
    END,
};

const struct model_value model_values_availabilities[] = {
    {"available",
     {"Available", "可用"},
     {"A failure on either side leaves a tunnel", "任一侧故障后仍有可用隧道"}},
    {"unavailable",
     {"Unavailable", "不可用"},
     {"One failure may end the traffic", "单点故障可能中断流量"}},
    END,
};

/* ---- tunnels ---- */

const struct model_value model_values_oper_states[] = {
    {"down", {"Down", "断开"}},
    {"negotiating", {"Negotiating", "协商中"}},
    {"up", {"Up", "已连通"}},
    {"unknown", {"Unknown", "未知"}, {"Nobody has confirmed it lately", "近期无人确认"}},
    END,
};

const struct model_value model_values_probe_states[] = {
    {"off", {"Off", "未探测"}, {"Nothing is asked through the tunnel", "未经隧道发送探测"}},
    {"waiting", {"Waiting", "等待应答"}, {"No answer has come yet", "尚未收到应答"}},
    {"unanswered",
     {"Unanswered", "从未应答"},
     {"The peer has never answered, as devices that do not answer ping; that costs the tunnel "
      "nothing",
      "对端从未应答（例如不应答ping的设备）；隧道不受影响"}},
    {"answered", {"Answered", "有应答"}, {"The peer answers", "对端正常应答"}},
    {"blackholing",
     {"Blackholing", "流量黑洞"},
     {"The peer answered before and does no more: the tunnel has left its connection's hash while "
      "another one of it works",
      "对端曾应答而现已不再应答：只要VPN连接还有正常的隧道，该隧道就不参与流量分担"}},
    END,
};

const struct model_value model_values_probe_peers[] = {
    {"ropeway",
     {"Ropeway", "Ropeway"},
     {"The peer is a Ropeway: each end tells the other when it leaves the tunnel and what was lost",
      "对端是Ropeway：两端互相告知何时撤离隧道以及丢包情况"}},
    {"echo",
     {"Plain echo", "普通回显"},
     {"The peer gives back what it gets", "对端原样返回收到的报文"}},
    END,
};

const struct model_value model_values_severities[] = {
    {"info", {"Info", "提示"}},
    {"warning", {"Warning", "警告"}},
    {"error", {"Error", "错误"}},
    END,
};

const struct model_value model_values_alarm_causes[] = {
    {"tunnelDown", {"Tunnel down", "隧道中断"}},
    {"onlyOneTunnelUp",
     {"Only one tunnel up", "仅剩一条隧道"},
     {"Of a connection with several", "连接原有多条隧道"}},
    {"nodeOffline", {"Node offline", "节点失联"}},
    {"certificateExpiry",
     {"Certificate expires", "证书临期"},
     {"A node has not renewed its certificate in time", "节点未及时续期证书"}},
    {"rttDoubled",
     {"RTT doubled", "时延翻倍"},
     {"Of a tunnel that is probed over two minutes, else each of the last four times that DPD "
      "told: "
      "more than twice the median of the last 24 h",
      "已开启探测的隧道取两分钟平均时延，否则取DPD最近四次上报的时延（每次均须超过）："
      "超过过去24小时中位数的两倍"}},
    {"lossHigh",
     {"Loss above 1 %", "丢包率高于1%"},
     {"Over two minutes, of the probes of a tunnel", "隧道探测报文，按两分钟平均"}},
    {"replayDrops",
     {"Replayed packets", "重放报文丢弃"},
     {"More than one in ten seconds dropped, over two minutes",
      "两分钟平均每十秒丢弃超过一个报文"}},
    {"tooBigDrops",
     {"Packets too big", "超长报文丢弃"},
     {"More than one in ten seconds dropped, over two minutes",
      "两分钟平均每十秒丢弃超过一个报文"}},
    {"lineDown", {"Leased line down", "专线中断"}, {"A private interface", "专线接口"}},
    END,
};

#define CONNECTION_ALARMS                                                                          \
    {"tunnelDown", {"Tunnel down", "隧道中断"}},                                                   \
        {"onlyOneTunnelUp", {"Only one tunnel up", "仅剩一条隧道"}},                               \
        {"rttDoubled", {"RTT doubled", "时延翻倍"}},                                               \
        {"lossHigh", {"Loss above 1 %", "丢包率高于1%"}},                                          \
        {"replayDrops", {"Replayed packets", "重放报文丢弃"}},                                     \
    {                                                                                              \
        "tooBigDrops",                                                                             \
        {                                                                                          \
            "Packets too big", "超长报文丢弃"                                                \
        }                                                                                          \
    }

const struct model_value model_values_default_alarms[] = {
    CONNECTION_ALARMS,
    {"lineDown", {"Leased line down", "专线中断"}},
    END,
};

const struct model_value model_values_connection_alarms[] = {
    CONNECTION_ALARMS,
    END,
};

const struct model_value model_values_comparisons[] = {
    {"above", {"Above", "高于"}},
    {"below", {"Below", "低于"}},
    END,
};

const struct model_value model_values_alarm_states[] = {
    {"ok", {"OK", "正常"}},
    {"alarm", {"Alarm", "告警"}},
    {"noData", {"No data", "无数据"}},
    END,
};

const struct model_value model_values_authentications[] = {
    {"psk", {"Pre-shared key", "预共享密钥"}},
    {"certificate", {"Certificate", "证书"}, {"X.509, on both ends", "两端均使用X.509证书"}},
    END,
};

const struct model_value model_values_admin_states[] = {
    {"up", {"Up", "启用"}},
    {"down",
     {"Down", "停用"},
     {"Takes traffic off the tunnel, then deletes its SAs", "先切走隧道的流量，再删除SA"}},
    END,
};

const struct model_when model_when_ike_v1 = {.path = "ike.version", .values = {"1"}};

const struct model_value model_values_exchange_modes[] = {
    {"main",
     {"Main", "主模式"},
     {"Six messages; identities are encrypted", "六个报文，身份信息加密"}},
    {"aggressive",
     {"Aggressive", "野蛮模式"},
     {"Three messages; a listener can guess the pre-shared key offline",
      "三个报文，窃听者可以离线猜测预共享密钥"},
     .when = &model_when_ike_v1},
    END,
};

const struct model_value model_values_ciphers[] = {
    {"aes128", {"AES-128-CBC", "AES-128-CBC"}},
    {"aes256", {"AES-256-CBC", "AES-256-CBC"}},
    {"aes192", {"AES-192-CBC", "AES-192-CBC"}},
    {"aes128gcm16", {"AES-128-GCM", "AES-128-GCM"}, .flags = MODEL_AEAD | MODEL_RECOMMENDED},
    {"aes256gcm16", {"AES-256-GCM", "AES-256-GCM"}, .flags = MODEL_AEAD | MODEL_RECOMMENDED},
    {"chacha20poly1305",
     {"ChaCha20-Poly1305", "ChaCha20-Poly1305"},
     .flags = MODEL_AEAD | MODEL_RECOMMENDED},
    END,
};

const struct model_value model_values_integrities[] = {
    {"sha256", {"HMAC-SHA2-256", "HMAC-SHA2-256"}, .flags = MODEL_RECOMMENDED},
    {"sha1", {"HMAC-SHA1", "HMAC-SHA1"}, .flags = MODEL_WEAK},
    {"sha384", {"HMAC-SHA2-384", "HMAC-SHA2-384"}, .flags = MODEL_RECOMMENDED},
    {"sha512", {"HMAC-SHA2-512", "HMAC-SHA2-512"}, .flags = MODEL_RECOMMENDED},
    END,
};

const struct model_value model_values_ipsec_modes[] = {
    {"tunnel",
     {"Tunnel", "隧道模式"},
     {"ESP carries whole inner packets", "ESP封装完整的内层报文"}},
    END,
};

const struct model_value model_values_dpd_actions[] = {
    {"restart", {"Restart", "重新协商"}, {"Negotiate again", "立即重新协商"}},
    {"clear", {"Clear", "清除"}, {"Delete the SAs and wait for the peer", "删除SA，等待对端发起"}},
    {"none",
     {"None", "不处理"},
     {"Nothing would be done, so the peer is not asked", "不做处理，因此也不探测"}},
    END,
};

/* RFC 3526, RFC 5903, RFC 8031. The two tables have the same beginning. */
#define GROUPS                                                                                     \
    {"14", {"2048-bit MODP", "2048位MODP"}},                                                       \
        {"19", {"256-bit ECP (P-256)", "256位ECP（P-256）"}, .flags = MODEL_RECOMMENDED},          \
        {"20", {"384-bit ECP (P-384)", "384位ECP（P-384）"}, .flags = MODEL_RECOMMENDED},          \
        {"21", {"521-bit ECP (P-521)", "521位ECP（P-521）"}, .flags = MODEL_RECOMMENDED},          \
        {"31", {"Curve25519", "Curve25519"}, .flags = MODEL_RECOMMENDED},                          \
        {"2", {"1024-bit MODP", "1024位MODP"}, .flags = MODEL_WEAK},                               \
        {"5", {"1536-bit MODP", "1536位MODP"}, .flags = MODEL_WEAK},                               \
        {"15", {"3072-bit MODP", "3072位MODP"}}, {"16", {"4096-bit MODP", "4096位MODP"}},          \
    {                                                                                              \
        "18",                                                                                      \
        {                                                                                          \
            "8192-bit MODP", "8192位MODP"                                                         \
        }                                                                                          \
    }

const struct model_value model_values_ike_groups[] = {GROUPS, END};

const struct model_value model_values_pfs_groups[] = {
    GROUPS,
    {"none",
     {"No PFS", "不使用PFS"},
     {"A rekey without a new key exchange", "重协商时不做新的密钥交换"}},
    END,
};

const struct model_value model_values_additional[] = {
    GROUPS,
    {"mlkem768",
     {"ML-KEM-768", "ML-KEM-768"},
     {"Post-quantum; needs OpenSSL 3.5 or later at the gateway",
      "抗量子；网关需要OpenSSL 3.5或更高版本"},
     .flags = MODEL_RECOMMENDED},
    {"mlkem1024",
     {"ML-KEM-1024", "ML-KEM-1024"},
     {"Post-quantum; needs OpenSSL 3.5 or later at the gateway",
      "抗量子；网关需要OpenSSL 3.5或更高版本"},
     .flags = MODEL_RECOMMENDED},
    {"mlkem512",
     {"ML-KEM-512", "ML-KEM-512"},
     {"Post-quantum; needs OpenSSL 3.5 or later at the gateway",
      "抗量子；网关需要OpenSSL 3.5或更高版本"}},
    {"none",
     {"No further exchange", "不做附加交换"},
     {"A peer that knows of none is accepted", "接受不支持附加密钥交换的对端"}},
    END,
};

/* ---- what is asked of them ---- */

unsigned model_value_code(const struct model_field *field, const char *name)
{
    for (unsigned i = 0; field->values && field->values[i].name; i++) {
        if (strcmp(field->values[i].name, name) == 0)
            return i + 1;
    }
    return 0;
}

/* ---- people ---- */

const struct model_value model_values_people_roles[] = {
    {"viewer", {"Viewer", "只读用户"}, {"Reads all but keys", "可查看除密钥外的全部内容"}},
    {"operator", {"Operator", "操作员"}, {"Changes what is in regions", "可更改区域内的资源"}},
    {"admin", {"Admin", "管理员"}, {"Does everything", "拥有全部权限"}},
    END,
};
