// Written by types.mjs from /openapi.json. What may be missing is secret, or said by nodes, which may not have spoken yet.

export interface Problem {
    status: number;
    arguments: Record<string, unknown>;
    holders?: Record<string, unknown>[];
    type: string;
    title: string;
    detail: string;
    code: string;
    rule: string;
    field?: string;
    value?: string;
}

export interface Region {
    id: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    publicPools: string[];
    asn: number;
    defaultAlarmsOff: ("tunnelDown" | "onlyOneTunnelUp" | "rttDoubled" | "lossHigh" | "replayDrops" | "tooBigDrops" | "lineDown")[];
    quotas: Record<string, number>;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Node {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    address?: string;
    publicAddresses: string[];
    roles: ("gateway" | "compute")[];
    draining: boolean;
    status?: "online" | "offline" | "unknown";
    lastSeen?: string;
    lastError?: string;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Vpc {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    cidr?: string;
    extraCidrs: string[];
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Subnet {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    vpcId: string;
    cidr: string;
    routeTableId: string;
    interface?: string;
    vlan: number;
    nodeId: string;
    mtu: number;
    hostLimit: number;
    operState?: "down" | "up" | "unknown";
    lastError?: string;
    lastErrorCode?: string;
    lastErrorArguments?: Record<string, unknown>;
    since?: string;
    hosts?: number;
    counters?: {
        packetsIn?: number;
        packetsOut?: number;
        bytesIn?: number;
        bytesOut?: number;
        dropsIn?: number;
        dropsOut?: number;
        probesAnswered?: number;
        probesLost?: number;
        probeMicroseconds?: number;
        probeJitterMicroseconds?: number;
    };
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface RouteTable {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    vpcId: string;
    default: boolean;
    routes?: {
        destination: string;
        nextHop: string;
    }[];
    propagations?: {
        borderGatewayId: string;
        range: string;
        vpcAttachmentId?: string;
    }[];
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Instance {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    subnetId: string;
    address: string;
    nodeId: string;
    attachment: "netns" | "tap" | "nic";
    interface?: string;
    status?: "unknown" | "starting" | "running" | "failed";
    lastError?: string;
    lastErrorCode?: string;
    lastErrorArguments?: Record<string, unknown>;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface BorderGateway {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    asn: number;
    transit: boolean;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface BorderGatewayRoute {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    borderGatewayId: string;
    destination: string;
    nextHop: string;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface VpcAttachment {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    borderGatewayId: string;
    vpcId: string;
    propagation: "all" | "subnets" | "none";
    subnetIds: string[];
    routeTableIds: string[];
    propagatedAt?: string;
    propagatedLater?: Record<string, string>;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface CustomerGateway {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    asn: number;
    addresses: string[];
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface VpnConnection {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    borderGatewayId: string;
    customerGatewayId: string;
    addressFamily: "ipv4" | "ipv6" | "dual";
    routing: "bgp" | "static";
    bgp?: {
        holdSeconds: number;
        gracefulRestartSeconds: number;
        prepend: number;
        communities: string[];
        overLimit: "warn" | "shut";
    };
    bfd?: {
        enabled: boolean;
        intervalMs: number;
        multiplier: number;
    };
    bgpPassword?: string;
    importPrefixes: string[];
    exportPrefixes: string[];
    translations?: {
        side: "own" | "peer";
        prefix: string;
        seenAs: string;
    }[];
    localSelectors: string[];
    remoteSelectors: string[];
    cloudAddresses?: string[];
    defaultAlarmsOff: ("tunnelDown" | "onlyOneTunnelUp" | "rttDoubled" | "lossHigh" | "replayDrops" | "tooBigDrops")[];
    highAvailability?: "available" | "unavailable";
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface VpnTunnel {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    vpnConnectionId: string;
    cloudAddress: string;
    customerAddress: string;
    localId: string;
    remoteId: string;
    tunnelAddress: string;
    peerTunnelAddress: string;
    adminState: "up" | "down";
    initiate: boolean;
    mtu: number;
    mssClamp: boolean;
    psk?: string;
    authentication: "psk" | "certificate";
    certificate?: string;
    privateKey?: string;
    caCertificates?: string;
    crl?: string;
    pskOverlapSeconds: number;
    copyParametersFrom?: string;
    ike?: {
        version: number;
        exchangeMode: "main" | "aggressive";
        dhGroups: (14 | 19 | 20 | 21 | 31 | 2 | 5 | 15 | 16 | 18)[];
        additionalKeyExchanges: (14 | 19 | 20 | 21 | 31 | 2 | 5 | 15 | 16 | 18 | "mlkem768" | "mlkem1024" | "mlkem512" | "none")[];
        encryption: ("aes128" | "aes256" | "aes192" | "aes128gcm16" | "aes256gcm16" | "chacha20poly1305")[];
        integrity: ("sha256" | "sha1" | "sha384" | "sha512")[];
        lifetimeSeconds: number;
    };
    ipsec?: {
        mode: "tunnel";
        forceUdpEncap: boolean;
        dhGroups: (14 | 19 | 20 | 21 | 31 | 2 | 5 | 15 | 16 | 18 | "none")[];
        encryption: ("aes128" | "aes256" | "aes192" | "aes128gcm16" | "aes256gcm16" | "chacha20poly1305")[];
        integrity: ("sha256" | "sha1" | "sha384" | "sha512")[];
        lifetimeSeconds: number;
        lifetimeBytes: number;
        lifetimePackets: number;
        antiReplayWindow: number;
        esn: boolean;
    };
    dpd?: {
        enabled: boolean;
        intervalSeconds: number;
        timeoutSeconds: number;
        action: "restart" | "clear" | "none";
    };
    probe?: {
        enabled: boolean;
        intervalMs: number;
        count: number;
    };
    operState?: "down" | "negotiating" | "up" | "unknown";
    lastError?: string;
    lastErrorCode?: string;
    lastErrorArguments?: Record<string, unknown>;
    since?: string;
    ikeAlgorithms?: string;
    ipsecAlgorithms?: string;
    remote?: string;
    natLocal?: boolean;
    natRemote?: boolean;
    ikeRekeys?: number;
    childRekeys?: number;
    handshakeUs?: number;
    probeState?: "off" | "waiting" | "unanswered" | "answered" | "blackholing";
    probePeer?: "ropeway" | "echo";
    lastPacketAt?: string;
    rttMicroseconds?: number;
    rttJitterMicroseconds?: number;
    lossPercent?: number;
    lossTherePercent?: number;
    lossBackPercent?: number;
    dpdRttMicroseconds?: number;
    bgpState?: "idle" | "connect" | "active" | "openSent" | "openConfirm" | "established" | "unknown";
    bgpSince?: string;
    bgpLastError?: string;
    bgpLastErrorCode?: string;
    bgpLastErrorArguments?: Record<string, unknown>;
    bgpPeerAsn?: number;
    bgpHoldSeconds?: number;
    bgpLearned?: number;
    bgpAnnounced?: number;
    bfdState?: "up" | "down" | "unknown";
    counters?: {
        packetsIn?: number;
        packetsOut?: number;
        bytesIn?: number;
        bytesOut?: number;
        encryptedBytesIn?: number;
        encryptedBytesOut?: number;
        dropsIn?: number;
        dropsOut?: number;
        dropsMalformed?: number;
        dropsReplayed?: number;
        dropsAuthentication?: number;
        dropsSelectors?: number;
        dropsUnrouted?: number;
        dropsTooBig?: number;
        dropsUnsent?: number;
        dropsOther?: number;
        probesAnswered?: number;
        probesLost?: number;
        probeMicroseconds?: number;
        probeJitterMicroseconds?: number;
        probesLostThere?: number;
        probesLostBack?: number;
        dpdAnswered?: number;
        dpdLost?: number;
        dpdTimed?: number;
        dpdMicroseconds?: number;
    };
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface PrivateInterface {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    borderGatewayId: string;
    adminState: "up" | "down";
    nodeId: string;
    interface: string;
    vlan: number;
    address: string;
    peerAddress: string;
    mtu: number;
    routing: "bgp" | "static";
    peerAsn?: number;
    bgp?: {
        holdSeconds: number;
        gracefulRestartSeconds: number;
        prepend: number;
        communities: string[];
        overLimit: "warn" | "shut";
    };
    bfd?: {
        enabled: boolean;
        intervalMs: number;
        multiplier: number;
    };
    bgpPassword?: string;
    importPrefixes: string[];
    exportPrefixes: string[];
    probe?: {
        enabled: boolean;
        intervalMs: number;
        count: number;
    };
    operState?: "down" | "up" | "unknown";
    lastError?: string;
    lastErrorCode?: string;
    lastErrorArguments?: Record<string, unknown>;
    since?: string;
    probeState?: "off" | "waiting" | "unanswered" | "answered" | "blackholing";
    rttMicroseconds?: number;
    rttJitterMicroseconds?: number;
    lossPercent?: number;
    bgpState?: "idle" | "connect" | "active" | "openSent" | "openConfirm" | "established" | "unknown";
    bgpSince?: string;
    bgpLastError?: string;
    bgpLastErrorCode?: string;
    bgpLastErrorArguments?: Record<string, unknown>;
    bgpPeerAsn?: number;
    bgpLearned?: number;
    bgpAnnounced?: number;
    bfdState?: "up" | "down" | "unknown";
    counters?: {
        packetsIn?: number;
        packetsOut?: number;
        bytesIn?: number;
        bytesOut?: number;
        dropsIn?: number;
        dropsOut?: number;
        probesAnswered?: number;
        probesLost?: number;
        probeMicroseconds?: number;
        probeJitterMicroseconds?: number;
    };
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Placement {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    nodeId: string;
    generation?: number;
    reason?: string;
    reasonCode?: string;
    reasonArguments?: Record<string, unknown>;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Alarm {
    id: string;
    regionId: string;
    projectId: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    enabled: boolean;
    severity: "info" | "warning" | "error";
    scopeId?: string;
    state?:
        | "tunnelDown"
        | "onlyOneTunnelUp"
        | "nodeOffline"
        | "certificateExpiry"
        | "rttDoubled"
        | "lossHigh"
        | "replayDrops"
        | "tooBigDrops"
        | "lineDown";
    metric?: string;
    comparison: "above" | "below";
    threshold?: string;
    forSeconds: number;
    webhookUrl?: string;
    webhookSecret?: string;
    mailTo: string[];
    builtIn?: boolean;
    alarmState?: "ok" | "alarm" | "noData";
    alarmSince?: string;
    alarmCount?: number;
    alarmMembers?: string[];
    alarmDetails?: {
        id: string;
        since?: string;
        value?: string;
    }[];
    lastValue?: string;
    lastAction?: string;
    lastActionCode?: string;
    lastActionArguments?: Record<string, unknown>;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Token {
    id: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    role: "viewer" | "operator" | "admin";
    projectId?: string;
    regions: string[];
    mayRevealKeys: boolean;
    expiresInSeconds?: number;
    expiresAt?: string;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface User {
    id: string;
    name: string;
    description: string;
    tags: Record<string, string>;
    createdAt: string;
    updatedAt: string;
    revision: number;
    observedRevision?: number;
    conditions?: Condition[];
    role: "viewer" | "operator" | "admin";
    projectId?: string;
    regions: string[];
    mayRevealKeys: boolean;
    disabled: boolean;
    password?: string;
    passwordSet?: boolean;
    warnings?: string[];
    warningsCodes?: Record<string, unknown>[];
}

export interface Route {
    destination: string;
    nextHop: string;
    nextHopType: string;
    type: string;
    metric: number;
    effective: boolean;
    reason: string;
    reasonCode?: string;
    reasonArguments?: Record<string, unknown>;
    routeId?: string;
    tunnelId?: string;
    translatedFrom?: string;
    viaAddress?: string;
    asPath?: string;
    communities?: string;
    med?: number;
    origin?: string;
    since?: string;
}

export interface Explanation {
    answer: string;
    answerCode: string;
    answerArguments: Record<string, unknown>;
    steps: string[];
    stepsCodes: Message[];
    path: Record<string, unknown>[];
    pathReached: boolean;
    pathEnd: string;
    pathEndCode?: string;
    pathEndArguments?: Record<string, unknown>;
    from?: Record<string, unknown>;
    to?: string;
}

export interface QuotaUse {
    name: string;
    description: string;
    limit: number;
    used?: number;
    resourceId?: string;
}

export interface TunnelRoute {
    destination: string;
    metric?: number;
    learned?: boolean;
    translatedFrom?: string;
    viaAddress?: string;
    asPath?: string;
    communities?: string;
    med?: number;
    origin?: string;
    since?: string;
}

export interface SubnetHost {
    address: string;
    mac: string;
    lastSeen: string;
    router: boolean;
}

export interface RegionProblem {
    kind: string;
    id: string;
    error: string;
    errorCode: string;
    errorArguments: Record<string, unknown>;
}

export interface NegotiationLine {
    at: string;
    level: string;
    text: string;
    code?: string;
    arguments?: Record<string, unknown>;
}

export interface ConnectivityTest {
    id: string;
    regionId: string;
    projectId: string;
    kind: string;
    status: string;
    outcome: string;
    startedBy: string;
    createdAt: string;
    endedAt?: string;
    source: Record<string, unknown>;
    destination: Record<string, unknown>;
    count?: number;
    intervalMs?: number;
    size?: number;
    maxHops?: number;
    duration?: number;
    message: string;
    messageCode?: string;
    messageArguments?: Record<string, unknown>;
    summary?: Record<string, unknown>;
    rows?: Record<string, unknown>[];
}

export interface Message {
    code: string;
    arguments: Record<string, unknown>;
}

export interface DevicePlatform {
    platform: string;
    name: string;
    writtenFor: string;
    documentation: string;
    bgp: boolean;
    needsBgp: boolean;
    notes: string[];
}

export interface DeviceConfiguration {
    platform: string;
    name: string;
    writtenFor: string;
    documentation: string;
    bgp: boolean;
    needsBgp: boolean;
    notes: string[];
    fileName: string;
    configuration: string;
    warnings: string[];
    warningsCodes: Message[];
}

export interface Metrics {
    from: number;
    to: number;
    step: number;
    series: {
        name: string;
        unit: string;
        resolution: number;
        points: number[][];
    }[];
}

export interface Condition {
    type?: string;
    status?: "true" | "false" | "unknown";
    reason?: string;
    message?: string;
    messageCode?: string;
    messageArguments?: Record<string, unknown>;
    since?: string;
}
