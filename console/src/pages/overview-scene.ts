// The boxes and lines that are drawn: each tunnel by itself while they are few, else put together, the worst first. Pure.
import { stateOf, type StateTone } from "../live/state.ts";
import { keyOf, type Resource } from "../live/store.ts";
import { sorted } from "../ui/sort.ts";
import { countsOf, idOf, joinTone, rankOf, worstOf, type Counts, type Join, type Parts, type Tunnel } from "./overview-model.ts";

/** By how much lines are put together: tunnels, connections, gateways, regions. */
export type Grain = "tunnel" | "connection" | "gateway" | "region";
const grains: Grain[] = ["tunnel", "connection", "gateway", "region"];

/** More lines or boxes than this are not read, only looked at. */
const MOST = { lines: 24, gateways: 18, shown: 6 };

export interface Box {
    key: string;
    kind: "vpc" | "gateway" | "node" | "outside" | "more";
    /** One thing, or several that stand in one box. */
    items: Resource[];
    tone: StateTone;
}

export interface Frame {
    key: string;
    /** Undefined: outside of the control plane. */
    region: Resource | undefined;
    /** Of an outside frame: whose customers they are. */
    of: string;
    vpcs: Box[];
    gateways: Box[];
    nodes: Box[];
    hidden: { vpcs: number; nodes: number };
}

export interface Line {
    key: string;
    from: string;
    to: string;
    joins: Join[];
    tone: StateTone;
    counts: Counts;
}

export interface Attachment {
    key: string;
    vpc: string;
    gateway: string;
    item: Resource;
}

export interface Scene {
    grain: Grain;
    frames: Frame[];
    lines: Line[];
    attachments: Attachment[];
}

const regionOf = (item: Resource): string => item.regionId ?? "";

function endKeys(join: Join, grain: Grain): [string, string] {
    const from = grain === "region" ? `gateways ${regionOf(join.from)}` : `gateway ${idOf(join.from)}`;
    if (!join.outside) return [from, grain === "region" ? `gateways ${regionOf(join.to)}` : `gateway ${idOf(join.to)}`];
    const many = grain === "gateway" || grain === "region";
    return [from, many ? `outside ${regionOf(join.to)}` : `outside ${idOf(join.to)}`];
}

function lineKey(join: Join, grain: Grain, ends: readonly [string, string]): string {
    if (grain === "tunnel") return join.key;
    if (grain === "connection") return join.connections.map(idOf).sort().join("+");
    return [...ends].sort().join("+");
}

export function linesOf(joins: readonly Join[], grain: Grain): Line[] {
    const lines = new Map<string, Line>();
    for (const join of joins) {
        const ends = endKeys(join, grain);
        const key = lineKey(join, grain, ends);
        const line = lines.get(key);
        if (line) line.joins.push(join);
        else lines.set(key, { key, from: ends[0], to: ends[1], joins: [join], tone: "ok", counts: {} });
    }
    for (const line of lines.values()) {
        const tones = line.joins.map(joinTone);
        line.tone = worstOf(tones);
        line.counts = countsOf(line.joins.flatMap((join, at) => (join.tunnels.length ? [tones[at] ?? "unknown"] : [])));
    }
    const ordered = sorted([...lines.values()], (line) => line.key, false);
    return sorted(ordered, (line) => rankOf(line.tone), false);
}

function boxesOf(kind: Box["kind"], items: readonly Resource[], tone: (item: Resource) => StateTone): Box[] {
    const named = sorted(items, (item) => item.name, false);
    const boxes = named.map((item) => ({ key: `${kind} ${idOf(item)}`, kind, items: [item], tone: tone(item) }));
    return sorted(boxes, (box) => rankOf(box.tone), false);
}

/** Several boxes of a kind as one. */
function together(key: string, boxes: readonly Box[]): Box[] {
    const [first] = boxes;
    if (!first || boxes.length === 1) return [...boxes];
    return [{ key, kind: first.kind, items: boxes.flatMap((box) => box.items), tone: first.tone }];
}

/** The instances of each VPC. */
export function instancesByVpc(parts: Pick<Parts, "subnets" | "instances">): Map<string, Resource[]> {
    const vpcOf = new Map(parts.subnets.map((subnet) => [idOf(subnet), String(subnet["vpcId"])]));
    const found = new Map<string, Resource[]>();
    for (const instance of parts.instances) {
        const region = regionOf(instance);
        const key = keyOf(region, vpcOf.get(keyOf(region, String(instance["subnetId"]))) ?? "");
        const list = found.get(key);
        if (list) list.push(instance);
        else found.set(key, [instance]);
    }
    return found;
}

function framesOf(parts: Parts, lines: readonly Line[], grain: Grain, only: string): Frame[] {
    const instances = instancesByVpc(parts);
    const gatewayTone = new Map<string, StateTone>();
    for (const line of lines)
        for (const end of [line.from, line.to]) gatewayTone.set(end, worstOf([line.tone, gatewayTone.get(end) ?? "ok"]));
    const inRegion = (items: readonly Resource[], region: string): Resource[] => items.filter((item) => regionOf(item) === region);
    const frames = parts.regions.map((region): Frame => {
        const vpcs = boxesOf("vpc", inRegion(parts.vpcs, region.id), (vpc) =>
            worstOf(["ok", ...(instances.get(idOf(vpc)) ?? []).map((instance) => stateOf("instances", instance)?.tone ?? "ok")]),
        );
        const nodes = boxesOf("node", inRegion(parts.nodes, region.id), (node) => stateOf("nodes", node)?.tone ?? "unknown");
        const own = inRegion(parts.gateways, region.id);
        const key = `gateways ${region.id}`;
        const base = { key: region.id, region, of: region.id };
        if (grain === "region")
            return {
                ...base,
                vpcs: together(`vpcs ${region.id}`, vpcs),
                gateways: own.length ? [{ key, kind: "gateway", items: own, tone: gatewayTone.get(key) ?? "idle" }] : [],
                nodes: together(`nodes ${region.id}`, nodes),
                hidden: { vpcs: 0, nodes: 0 },
            };
        return {
            ...base,
            vpcs: vpcs.slice(0, MOST.shown),
            gateways: boxesOf("gateway", own, (gateway) => gatewayTone.get(`gateway ${idOf(gateway)}`) ?? "idle"),
            nodes: nodes.slice(0, MOST.shown),
            hidden: { vpcs: Math.max(0, vpcs.length - MOST.shown), nodes: Math.max(0, nodes.length - MOST.shown) },
        };
    });
    const touched = new Set(lines.flatMap((line) => line.joins.flatMap((join) => [regionOf(join.from), regionOf(join.to)])));
    return frames.filter((frame) => !only || frame.key === only || touched.has(frame.key));
}

/** A frame for each region's customers: those that lines lead to. */
function outsideFrames(lines: readonly Line[]): Frame[] {
    const frames = new Map<string, Frame>();
    for (const line of lines)
        for (const join of line.joins) {
            if (!join.outside) continue;
            const of = regionOf(join.to);
            const frame: Frame = frames.get(of) ?? {
                key: `outside ${of}`,
                region: undefined,
                of,
                vpcs: [],
                gateways: [],
                nodes: [],
                hidden: { vpcs: 0, nodes: 0 },
            };
            frames.set(of, frame);
            const box = frame.gateways.find((b) => b.key === line.to);
            if (!box) frame.gateways.push({ key: line.to, kind: "outside", items: [join.to], tone: line.tone });
            else if (!box.items.includes(join.to)) box.items.push(join.to);
        }
    return [...frames.values()];
}

/** The picture of all regions, or (only) of one and what it is joined with. */
export function sceneOf(parts: Parts, joins: readonly Join[], only: string): Scene {
    const seen = only ? joins.filter((join) => regionOf(join.from) === only || regionOf(join.to) === only) : joins;
    const fits = (grain: Grain): boolean =>
        (grain !== "tunnel" || seen.length <= MOST.lines) &&
        parts.gateways.filter((gateway) => !only || gateway.regionId === only).length <= MOST.gateways &&
        linesOf(seen, grain).length <= MOST.lines;
    const grain = grains.find(fits) ?? "region";
    const lines = linesOf(seen, grain);
    const frames = framesOf(parts, lines, grain, only);
    const boxes = new Set(frames.flatMap((frame) => [...frame.vpcs, ...frame.gateways].map((box) => box.key)));
    const attachments = parts.attachments.flatMap((item): Attachment[] => {
        const vpc = `vpc ${keyOf(item.regionId, item.vpcId)}`;
        const gateway = grain === "region" ? `gateways ${item.regionId}` : `gateway ${keyOf(item.regionId, item.borderGatewayId)}`;
        return boxes.has(vpc) && boxes.has(gateway) ? [{ key: idOf(item), vpc, gateway, item }] : [];
    });
    const outside = outsideFrames(lines); // each after the region whose customers they are, so that it comes to lie across
    const all = frames.flatMap((frame) => [frame, ...outside.filter((other) => other.of === frame.key)]);
    return { grain, frames: all, lines, attachments };
}

export interface Flow {
    /** bit/s in the line's direction, and against it. */
    there: number;
    back: number;
    /** When the oldest of the reports came that are in it. */
    at: number;
    /** When the last packet came out of one of its tunnels, at either end. */
    lastPacketAt: number | undefined;
}

interface TunnelRates {
    bitsIn: number;
    bitsOut: number;
    at: number;
}

const lastPacketAt = (tunnel: Tunnel | undefined): number => (tunnel?.lastPacketAt ? Date.parse(tunnel.lastPacketAt) : 0);

/** What goes along a line; of two ends the near one counts. turned: the line is drawn from its other end. */
export function flowOf(line: Line, ratesOf: (tunnel: Tunnel) => TunnelRates | undefined, turned = false): Flow | undefined {
    let flow: Flow | undefined;
    for (const join of line.joins) {
        const near = join.near && ratesOf(join.near);
        const far = join.far && ratesOf(join.far);
        const rates = near ?? far;
        if (!rates) continue;
        const away = (near !== undefined) !== turned;
        const last = Math.max(lastPacketAt(join.near), lastPacketAt(join.far), flow?.lastPacketAt ?? 0);
        flow = {
            there: (flow?.there ?? 0) + (away ? rates.bitsOut : rates.bitsIn),
            back: (flow?.back ?? 0) + (away ? rates.bitsIn : rates.bitsOut),
            at: Math.min(flow?.at ?? Infinity, rates.at),
            lastPacketAt: last || undefined,
        };
    }
    return flow;
}
