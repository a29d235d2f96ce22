// What to do about what a resource says of itself, by the code of what it said (docs/messages.md). The sentence itself
// says what is wrong; this is the next step, for whoever has not seen it before.
import { language } from "./words.ts";

type Hint = [en: string, zh: string];

const psk: Hint = [
    "Set the same pre-shared key at both ends: reveal it here, or set a new one on both tunnels.",
    "在两端设置相同的预共享密钥：可在此查看，或为两端隧道设置新的密钥。",
];
const algorithms: Hint = [
    "Give both ends at least one algorithm in common. The defaults of a new tunnel go with most devices.",
    "两端至少配置一种共同的算法。新建隧道的默认参数适用于大多数设备。",
];
const identity: Hint = [
    "Make remoteId here what the other end calls itself, and localId what it expects of us.",
    "将本端的remoteId设为对端使用的标识，将localId设为对端期望的标识。",
];
const silence: Hint = [
    "See that the other tunnel is enabled, that its address is this one's customer address, and that nothing on the way blocks UDP 500 and 4500.",
    "确认对端隧道已启用、其地址与本隧道的客户侧地址一致，且沿途未阻断UDP 500和4500端口。",
];
const selectors: Hint = [
    "Let the other end accept all traffic (0.0.0.0/0), or give both ends the same prefixes.",
    "让对端接受全部流量（0.0.0.0/0），或在两端配置相同的网段。",
];
const fragments: Hint = [
    "Turn on IKE fragmentation (RFC 7383) at the other end, with fragments of 1280 bytes or less, or let IP fragments pass.",
    "在对端启用IKE分片（RFC 7383），分片大小不超过1280字节，或放通IP分片。",
];
const peerSide: Hint = [
    "Nothing to change here: look at the log of the other device. The tunnel tries again by itself.",
    "本端无需修改：请查看对端设备的日志。隧道会自动重试。",
];
const nodeSide: Hint = [
    "Look at the node: are ropeway-dataplane and ropeway-ike running there, and what do their journals say?",
    "检查节点：ropeway-dataplane和ropeway-ike是否在运行，其日志内容是什么？",
];

const hints: Record<string, Hint> = {
    "ike.no-answer": silence,
    "ike.no-answer-to-auth": [
        "Open UDP 4500 on the way. If it is open, compare the pre-shared keys and IDs: some devices say nothing when these differ.",
        "放通沿途的UDP 4500端口。若已放通，请核对预共享密钥和标识：有些设备在其不一致时不应答。",
    ],
    "ike.large-unanswered": fragments,
    "ike.large-request-unanswered": fragments,
    "ike.fragments-lost": fragments,
    "ike.peer-dead": silence,
    "ike.silent-beside-esp": silence,
    "ike.psk-mismatch": psk,
    "ike.peer-refused-us": psk,
    "ike.peer-expects-id": identity,
    "ike.peer-expects-another-id": identity,
    "ike.wrong-id": identity,
    "ike.wrong-id-behind-nat": identity,
    "ike.id-unusable": identity,
    "ike.version-1": ["Set the other end to IKEv2.", "将对端设为IKEv2。"],
    "ike.version-not-supported": ["Set ike.version to 2 here and at the other end.", "将本端和对端的IKE版本均设为2。"],
    "ike.without-nat-t": ["Turn on NAT traversal (NAT-T) at the other end.", "在对端启用NAT穿越（NAT-T）。"],
    "ike.peer-refused-ike-proposals": algorithms,
    "ike.peer-refused-ipsec-proposals": algorithms,
    "ike.peer-refused-ipsec-with-pfs": algorithms,
    "ike.peer-refused-ipsec-rekey": algorithms,
    "ike.peer-refused-ike-rekey": algorithms,
    "ike.peer-wants-group": algorithms,
    "ike.peer-wants-pfs-group": algorithms,
    "ike.no-common-encryption": algorithms,
    "ike.unknown-encryption": algorithms,
    "ike.no-common-integrity": algorithms,
    "ike.unknown-integrity": algorithms,
    "ike.no-common-prf": algorithms,
    "ike.unknown-prf": algorithms,
    "ike.no-common-dh-group": algorithms,
    "ike.unknown-dh-group": algorithms,
    "ike.peer-without-pfs": algorithms,
    "ike.no-common-combination": algorithms,
    "ike.no-common-combination-of": algorithms,
    "ike.ipsec-mismatch": algorithms,
    "ike.rekey-mismatch": algorithms,
    "ike.parameters-unusable": algorithms,
    "ike.other-tunnels-algorithms": [
        "Give all tunnels between the same two addresses the same lists of algorithms.",
        "为相同两个地址之间的所有隧道配置相同的算法列表。",
    ],
    "ike.on-earlier-parameters": [
        "Traffic goes on. Change the other end as well, or take the change back here.",
        "流量未受影响。请同样修改对端，或撤销本端的修改。",
    ],
    "ike.on-earlier-sas": [
        "Traffic goes on for now. Look at why new SAs fail before the old ones expire.",
        "流量暂未受影响。请在旧SA到期前排查新SA失败的原因。",
    ],
    "ike.peer-refused-selectors": selectors,
    "ike.peer-refused-named-selectors": selectors,
    "ike.no-common-selectors": selectors,
    "ike.selectors-not-ours": selectors,
    "ike.wrong-method": ["Set the other end to authenticate by pre-shared key.", "将对端设为预共享密钥认证。"],
    "ike.peer-closed": peerSide,
    "ike.peer-forgot": peerSide,
    "ike.peer-restarted": peerSide,
    "ike.peer-refused-init": peerSide,
    "ike.peer-refused-auth": peerSide,
    "ike.peer-refused-child": peerSide,
    "ike.answer-unusable": peerSide,
    "ike.answer-malformed": peerSide,
    "ike.auth-malformed": peerSide,
    "ike.auth-unusable": peerSide,
    "ike.plane-away": nodeSide,
    "ike.plane-refused-child": nodeSide,
    "ike.no-memory": nodeSide,
    "node.dataplane-away": nodeSide,
    "node.ike-away": nodeSide,
    "node.ike-away-keys-used": nodeSide,
    "node.without-cloud-address": [
        "Wait a moment; if it stays, see that the cloud address is placed on this node, and that nothing else there has taken it.",
        "请稍候；若持续存在，请确认该云端公网地址部署在此节点上，且未被其他程序占用。",
    ],
    "node.cloud-address-failed": nodeSide,
    "node.without-gateway": [
        "Place the border gateway and its cloud addresses on the same node.",
        "将边界网关及其云端公网地址部署在同一节点上。",
    ],
    "node.interface-missing": ["Create the interface on the node, or choose another one.", "在节点上创建该接口，或选择其他接口。"],
    "node.interface-down": ["Set the interface up on the node.", "在节点上启用该接口。"],
};

const codeIn = (value: unknown): unknown => (typeof value === "object" && value !== null && "code" in value ? value.code : undefined);

const one = (code: unknown): string | undefined => {
    const hint = typeof code === "string" ? hints[code] : undefined;
    return hint && hint[language() === "zh" ? 1 : 0];
};

/** Undefined: nothing can be said beyond the sentence itself. What is wrong may be within another message. */
export function hintOf(code: unknown, args?: unknown): string | undefined {
    const inner = typeof args === "object" && args !== null ? Object.values(args).map(codeIn) : [];
    const said = [code, ...inner].map(one).filter((hint) => hint !== undefined);
    return said.length ? [...new Set(said)].join(language() === "zh" ? "" : " ") : undefined;
}

/** Whoever is silent says no code. */
export const silentNode = (): string =>
    language() === "zh"
        ? "检查该节点的主机是否运行、ropeway-node是否启动，以及能否访问控制面。若只是ropeway-node未运行，已建立的隧道会继续转发。"
        : "See whether its machine runs, ropeway-node is started, and the control plane can be reached from there. If only ropeway-node is down, tunnels that are up on it go on meanwhile.";
