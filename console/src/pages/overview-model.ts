// The network as a picture: which boxes there are and which lines join them. Pure.
import type { BorderGateway, CustomerGateway, VpcAttachment, VpnConnection, VpnTunnel } from "../api/types.ts";
import { stateOf, type StateTone } from "../live/state.ts";
import { keyOf, type Resource } from "../live/store.ts";

type Item<T> = T & Resource;
export type Tunnel = Item<VpnTunnel>;
export type Connection = Item<VpnConnection>;

/** All that the picture is made of. */
export interface Parts {
    regions: readonly Resource[];
    vpcs: readonly Resource[];
    subnets: readonly Resource[];
    instances: readonly Resource[];
    nodes: readonly Resource[];
    placements: readonly Resource[];
    gateways: readonly Item<BorderGateway>[];
    attachments: readonly Item<VpcAttachment>[];
    customers: readonly Item<CustomerGateway>[];
    connections: readonly Connection[];
    tunnels: readonly Tunnel[];
}

/** What a line stands for before lines are put together: a tunnel, seen from one end or from both. */
export interface Join {
    key: string;
    tunnels: Tunnel[];
    /** The tunnel as from's side has it, and as to's has it. */
    near: Tunnel | undefined;
    far: Tunnel | undefined;
    connections: Connection[];
    /** A border gateway. */
    from: Resource;
    /** Another border gateway, or the customer gateway of somebody else's device. */
    to: Resource;
    outside: boolean;
}

const worst: StateTone[] = ["bad", "warn", "unknown", "busy", "idle", "ok"];

/** Smaller is worse. */
export const rankOf = (tone: StateTone): number => worst.indexOf(tone);

export const toneOf = (tunnel: Resource): StateTone => stateOf("vpnTunnels", tunnel)?.tone ?? "unknown";

export const worstOf = (tones: readonly StateTone[]): StateTone =>
    tones.reduce<StateTone>((a, b) => (rankOf(b) < rankOf(a) ? b : a), tones.length ? "ok" : "idle");

export const idOf = (item: Resource): string => keyOf(item.regionId ?? "", item.id);

function listed<T>(items: readonly T[], keys: (item: T) => readonly string[]): Map<string, T[]> {
    const found = new Map<string, T[]>();
    for (const item of items)
        for (const key of keys(item)) {
            const list = found.get(key);
            if (list) list.push(item);
            else found.set(key, [item]);
        }
    return found;
}

export const indexed = (items: readonly Resource[]): Map<string, Resource> => new Map(items.map((item) => [idOf(item), item]));

/** The connection at the other side, if it is one of ours: its cloud addresses are our customer gateway's. */
function otherSide(own: Connection, customer: Item<CustomerGateway> | undefined, byAddress: Map<string, Connection[]>, p: Index) {
    const theirs = (customer?.addresses ?? []).flatMap((address) => byAddress.get(address) ?? []).filter((other) => other !== own);
    const back = theirs.find((other) => p.customer(other)?.addresses.some((address) => own.cloudAddresses?.includes(address)));
    return back ?? theirs[0];
}

interface Index {
    customer: (connection: Connection) => Item<CustomerGateway> | undefined;
}

/** A line for each pair of tunnels that are one and the same, for each other tunnel, and for each connection without any. */
export function joinsOf(parts: Parts): Join[] {
    const gateways = indexed(parts.gateways);
    const customers = new Map(parts.customers.map((item) => [idOf(item), item]));
    const index: Index = { customer: (c) => customers.get(keyOf(c.regionId, c.customerGatewayId)) };
    const byAddress = listed(parts.connections, (c) => c.cloudAddresses ?? []);
    const byPair = listed(parts.tunnels, (t) => [`${t.cloudAddress}>${t.customerAddress}`]);
    const byConnection = listed(parts.tunnels, (t) => [keyOf(t.regionId, t.vpnConnectionId)]);
    const drawn = new Set<Resource>();
    const joins: Join[] = [];
    for (const connection of parts.connections) {
        const from = gateways.get(keyOf(connection.regionId, connection.borderGatewayId));
        const customer = index.customer(connection);
        const other = otherSide(connection, customer, byAddress, index);
        const theirs = other && gateways.get(keyOf(other.regionId, other.borderGatewayId));
        const to = theirs ?? customer;
        if (!from || !to) continue; // not ours to see
        const turned = theirs !== undefined && idOf(from) > idOf(to);
        const base = {
            ...(turned ? { from: to, to: from } : { from, to }),
            outside: !theirs,
            connections: other ? [connection, other] : [connection],
        };
        const own = byConnection.get(idOf(connection)) ?? [];
        for (const tunnel of own) {
            if (drawn.has(tunnel)) continue;
            drawn.add(tunnel);
            const back = other && byPair.get(`${tunnel.customerAddress}>${tunnel.cloudAddress}`)?.find((t) => !drawn.has(t));
            if (back) drawn.add(back);
            const [near, far] = turned ? [back, tunnel] : [tunnel, back];
            joins.push({ ...base, key: idOf(tunnel), near, far, tunnels: [near, far].filter((end) => end !== undefined) });
        }
        const known = other && joins.some((join) => join.connections.includes(connection));
        if (own.length === 0 && !known) joins.push({ ...base, key: idOf(connection), near: undefined, far: undefined, tunnels: [] });
    }
    return joins;
}

export type Counts = Partial<Record<StateTone, number>>;

export function countsOf(tones: readonly StateTone[]): Counts {
    const counts: Counts = {};
    for (const tone of tones) counts[tone] = (counts[tone] ?? 0) + 1;
    return counts;
}

/** The state of a join: that of its worse end. */
export const joinTone = (join: Join): StateTone => worstOf(join.tunnels.map(toneOf));

/** Of two ends, the one that has something to say. */
export const worseEnd = (tunnels: readonly Tunnel[]): Tunnel | undefined =>
    [...tunnels].sort((a, b) => rankOf(toneOf(a)) - rankOf(toneOf(b)))[0];
