// What a resource's state comes to: one word, how bad it is, and why. Pure.
import type { Condition } from "../api/types.ts";
import type { Resource } from "./store.ts";

export type StateTone = "ok" | "bad" | "warn" | "idle" | "unknown" | "busy";

export interface State {
    tone: StateTone;
    /** The field that says it, and its value: the description has the word for it. */
    field: string;
    value: string;
    /** A sentence, in the reader's language; empty when there is nothing to say. */
    why: string;
    since: string | undefined;
}

const fields: Record<string, string> = {
    vpnTunnels: "operState",
    privateInterfaces: "operState",
    nodes: "status",
    instances: "status",
    vpnConnections: "highAvailability",
    alarms: "alarmState",
};

const tones: Record<string, StateTone> = {
    ok: "ok",
    alarm: "bad",
    noData: "unknown",
    up: "ok",
    online: "ok",
    running: "ok",
    available: "ok",
    down: "bad",
    offline: "bad",
    failed: "bad",
    negotiating: "busy",
    starting: "busy",
    unavailable: "warn",
    unknown: "unknown",
};

/** With a reason to complain: it works in spite of that, or tries in vain. */
const troubled: Record<string, StateTone> = { up: "warn", negotiating: "bad" };

const textAt = (item: Resource, name: string): string | undefined => {
    const value = item[name];
    return typeof value === "string" && value ? value : undefined;
};

/** There by itself: neither changed nor deleted, only switched off where it is not wanted. */
export const isBuiltIn = (item: Resource): boolean => item["builtIn"] === true;

/** Switched off by somebody: what it does not do is no fault. */
export const isOff = (collection: string, item: Resource): boolean =>
    (collection === "vpnTunnels" && item["adminState"] === "down") || (collection === "alarms" && item["enabled"] === false);

/** Undefined: things of this kind have no state of their own. */
export function stateOf(collection: string, item: Resource): State | undefined {
    const field = fields[collection];
    if (!field) return undefined;
    const value = textAt(item, field) ?? "unknown";
    const off = isOff(collection, item);
    const why = textAt(item, "lastError") ?? "";
    const tone = off ? "idle" : (why && troubled[value]) || (tones[value] ?? "idle");
    return { tone, field, value, why, since: textAt(item, "since") ?? textAt(item, "lastSeen") ?? textAt(item, "alarmSince") };
}

const observedOf = (item: Resource): Condition | undefined =>
    (item["conditions"] as Condition[] | undefined)?.find((condition) => condition.type === "Observed");

/** Whether the nodes have carried out what was saved; undefined: nobody says. */
export function isCarriedOut(item: Resource): boolean | undefined {
    const observed = observedOf(item);
    return observed && observed.status === "true";
}

/** Saved and not yet carried out by the nodes: why, or an empty text if nobody says. */
export function pendingOf(item: Resource): string | undefined {
    const observed = observedOf(item);
    if (!observed || observed.status === "true") return undefined;
    return observed.message ?? "";
}
