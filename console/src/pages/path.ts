// The way of a packet through tables, out of what explain answers. Pure.
import type { Explanation, Message } from "../api/types.ts";
import type { Resource } from "../live/store.ts";

export interface Entry {
    destination: string;
    nextHop: string;
    nextHopType: string;
    type: string;
}

export interface HopTunnel {
    id: string;
    name: string;
    cloudAddress: string;
    customerAddress: string;
    operState: string;
    usable: boolean;
}

/** A place that the packet comes to. */
export interface Hop {
    kind: string;
    regionId: string;
    id: string;
    name: string;
    address?: string;
    entries?: Entry[];
    tunnels?: HopTunnel[];
    /** Of a connection that translates: the packet's addresses as the peer knows them. */
    destinationThere?: string;
    sourceThere?: string;
}

type Way = "path" | "pathReached" | "pathEnd";
/** With the places of the way, if the server tells of them beside the sentences. */
export type Answer = Omit<Explanation, Way> & Partial<Pick<Explanation, Exclude<Way, "path">>> & { path?: Hop[] };

/** Where a packet is lost; every other end is one that it reaches. */
const lost = new Set([
    "end.no-route",
    "end.blackhole",
    "end.no-tunnel",
    "end.no-transit",
    "end.no-subnet",
    "end.no-instance",
    "end.no-node",
    "end.instance-apart",
    "end.network-no-node",
    "end.network-apart",
    "end.loop",
]);

const isMessage = (value: unknown): value is Message => typeof value === "object" && value !== null && "code" in value;

function endsIn(values: Record<string, unknown>): string[] {
    return Object.values(values).flatMap((value) =>
        isMessage(value) ? [...(value.code.startsWith("end.") ? [value.code] : []), ...endsIn(value.arguments)] : [],
    );
}

/** Beyond these nothing is known here: the other end has tables of its own. */
const outward = new Set(["end.connection", "end.private-interface"]);

export type End = "reached" | "leaves" | "lost" | "unknown";

/** What becomes of the packet, as far as is known. */
export function endOf(answer: Answer): End {
    const last = answer.path?.at(-1);
    if (answer.pathReached !== undefined) return !answer.pathReached ? "lost" : last?.kind === "vpnConnection" ? "leaves" : "reached";
    const ends = endsIn(answer.answerArguments);
    if (ends.length === 0) return "unknown";
    const good = ends.filter((code) => !lost.has(code));
    return good.length === 0 ? "lost" : good.every((code) => outward.has(code)) ? "leaves" : "reached";
}

export interface Step {
    text: string;
    tone: "ok" | "bad" | "idle";
}

/** The sentences, each with what it means for the packet. */
export function stepsOf(answer: Answer): Step[] {
    return answer.steps.map((text, at) => {
        const said = answer.stepsCodes[at];
        const state = said?.arguments["state"];
        if (said?.code === "way.tunnel") return { text, tone: state === "up" ? "ok" : "bad" };
        if (said?.code === "lookup.match") return { text, tone: "ok" };
        return { text, tone: said?.code === "lookup.no-match" ? "bad" : "idle" };
    });
}

/** The collection of a hop's kind: "borderGateway" → "borderGateways". */
export const collectionOf = (kind: string): string => `${kind}s`;

/** The table in which an instance's packets are looked up. */
export function tableOf(instance: Resource, subnets: readonly Resource[], tables: readonly Resource[]): Resource | undefined {
    const subnet = subnets.find((one) => one.id === instance["subnetId"] && one.regionId === instance.regionId);
    if (!subnet) return undefined;
    return (
        tables.find((table) => table.id === subnet["routeTableId"]) ??
        tables.find((table) => table["vpcId"] === subnet["vpcId"] && table["default"] === true)
    );
}
