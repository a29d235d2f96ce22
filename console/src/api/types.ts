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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
    publicPools: string[];
    asn: number;
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
    address?: string;
    publicAddresses: string[];
    roles: ("gateway" | "compute")[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
    vpcId: string;
    cidr: string;
    routeTableId: string;
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
    borderGatewayId: string;
    customerGatewayId: string;
    addressFamily: "ipv4" | "ipv6" | "dual";
    routing: "bgp" | "static";
    cloudAddresses?: string[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    copyParametersFrom?: string;
    ike?: {
        version: number;
        exchangeMode: "main" | "aggressive";
        dhGroups: (14 | 19 | 20 | 21 | 31 | 2 | 5 | 15 | 16 | 18)[];
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
    counters?: {
        packetsIn?: number;
        packetsOut?: number;
        bytesIn?: number;
        bytesOut?: number;
        encryptedBytesIn?: number;
        encryptedBytesOut?: number;
        dropsIn?: number;
        dropsOut?: number;
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
    nodeId: string;
    generation?: number;
    reason?: string;
    reasonCode?: string;
    reasonArguments?: Record<string, unknown>;
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
    conditions?: {
        type?: string;
        status?: "true" | "false" | "unknown";
        reason?: string;
        message?: string;
        messageCode?: string;
        messageArguments?: Record<string, unknown>;
        since?: string;
    }[];
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
}

export interface Explanation {
    answer: string;
    answerCode: string;
    answerArguments: Record<string, unknown>;
    steps: string[];
    stepsCodes: Message[];
}

export interface RegionProblem {
    kind: string;
    id: string;
    error: string;
    errorCode: string;
    errorArguments: Record<string, unknown>;
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
    notes: string[];
}

export interface DeviceConfiguration {
    platform: string;
    name: string;
    writtenFor: string;
    documentation: string;
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
        points: number[][];
    }[];
}
