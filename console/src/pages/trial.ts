// Connectivity tests: what is asked for, and what their rows say. Pure.
import { quantity } from "../words/time.ts";
import { t, type Word } from "../words/words.ts";

export const trialKinds = ["ping", "traceroute", "pathMtu", "throughput"] as const;
export type TrialKind = (typeof trialKinds)[number];

export interface TrialSide {
    address?: string;
    regionId?: string;
    instance?: string;
    tunnel?: string;
    name?: string;
}

export interface Trial {
    id: string;
    regionId: string;
    kind: TrialKind;
    status: "waiting" | "running" | "ended";
    outcome: "" | "passed" | "failed" | "stopped";
    startedBy: string;
    createdAt: string;
    endedAt?: string;
    source: TrialSide;
    destination: TrialSide;
    message?: string;
    summary?: Record<string, number | string | boolean>;
    rows?: TrialRow[];
}

export interface TrialRow {
    type: string;
    number?: number;
    answered?: boolean;
    what?: string;
    from?: string;
    ttl?: number;
    mtu?: number;
    rttUs?: number;
    rtts?: (number | null)[];
    fromMs?: number;
    toMs?: number;
    bitsPerSecond?: number;
    retransmits?: number;
}

export interface Setting {
    name: "count" | "intervalMs" | "size" | "maxHops" | "duration";
    usual: number | undefined;
    kinds: readonly TrialKind[];
}

export const settings: readonly Setting[] = [
    { name: "count", usual: 5, kinds: ["ping"] },
    { name: "intervalMs", usual: 1000, kinds: ["ping"] },
    { name: "size", usual: 84, kinds: ["ping", "traceroute"] },
    { name: "maxHops", usual: 16, kinds: ["traceroute"] },
    { name: "duration", usual: 5, kinds: ["throughput"] },
];

/** What starts it. Texts that are no numbers go as they are: the server says what is wrong with them. */
export function trialBody(
    kind: TrialKind,
    from: string,
    to: string,
    region: string,
    given: Record<string, string>,
): Record<string, unknown> {
    const body: Record<string, unknown> = {
        kind,
        source: from.startsWith("vpntun-") ? { tunnel: from } : { instance: from },
        destination: to.startsWith(`${region}/`) ? to.slice(region.length + 1) : to,
    };
    for (const setting of settings) {
        const text = given[setting.name]?.trim();
        if (text && setting.kinds.includes(kind)) body[setting.name] = /^\d+$/.test(text) ? Number(text) : text;
    }
    return body;
}

export const milliseconds = (us: number): string => `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;

const known = new Set(["reply", "expired", "tooBig", "noRoute", "noHost", "prohibited"]);

const answerOf = (row: TrialRow): string =>
    row.answered === false ? t("trial.silence") : row.what && known.has(row.what) ? t(`trial.${row.what}` as Word) : (row.what ?? "");

export interface Line {
    label: string;
    text: string;
    figure: string;
    tone: "ok" | "bad" | "idle";
}

function timesOf(row: TrialRow): string {
    if (row.rtts) return row.rtts.map((us) => (us === null ? "*" : milliseconds(us))).join("  ");
    return row.rttUs === undefined ? "" : milliseconds(row.rttUs);
}

/** A row as it is shown; undefined: it is not for people. */
export function lineOf(row: TrialRow): Line | undefined {
    const tone = row.answered === false ? "bad" : "ok";
    const at = row.number === undefined ? "" : String(row.number);
    switch (row.type) {
        case "reply":
        case "hop": {
            const good = row.what === "reply" || (row.type === "hop" && row.what === "expired");
            const ttl = row.ttl === undefined ? "" : ` ttl ${row.ttl}`;
            const text = row.from ? `${row.from} ${answerOf(row)}${ttl}` : answerOf(row);
            return {
                label: at,
                text,
                figure: timesOf(row),
                tone: row.answered === false ? (row.type === "hop" ? "idle" : "bad") : good ? "ok" : "bad",
            };
        }
        case "size":
            return {
                label: t("trial.bytes", { n: at }),
                text: [row.from, answerOf(row)].filter(Boolean).join(" "),
                figure: timesOf(row),
                tone,
            };
        case "mtu":
            return { label: t("trial.mtu"), text: t("trial.bytes", { n: at }), figure: "", tone };
        case "rate":
            return {
                label: `${((row.fromMs ?? 0) / 1000).toFixed(0)}–${((row.toMs ?? 0) / 1000).toFixed(0)} s`,
                text: row.retransmits ? t("trial.retransmits", { n: row.retransmits }) : "",
                figure: quantity(row.bitsPerSecond ?? 0, "bit/s"),
                tone: (row.bitsPerSecond ?? 0) > 0 ? "ok" : "bad",
            };
        default:
            return undefined;
    }
}

export const sideName = (side: TrialSide): string => side.name || side.instance || side.tunnel || side.address || "";
