// How things went: which charts there are of the series that came, and what is read off them. Pure.
import type { Metrics } from "../api/types.ts";
import type { Word } from "../words/words.ts";

export const ranges = { "1h": "-1h", "6h": "-6h", "24h": "-24h", "14d": "-14d", "1y": "-365d" } as const;
export type RangeName = keyof typeof ranges;
const seconds: Record<RangeName, number> = { "1h": 3600, "6h": 21600, "24h": 86400, "14d": 1209600, "1y": 31536000 };

/** The time that is shown: up to now, or a part of the past that was zoomed into. */
export interface Span {
    name: RangeName;
    fixed: { from: number; to: number } | undefined;
}

const SHORTEST = 60;

export function spanOf(query: URLSearchParams): Span {
    const named = query.get("range") ?? "";
    const name = named in ranges ? (named as RangeName) : "1h";
    const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
    return { name, fixed: from > 0 && to - from >= SHORTEST ? { from, to } : undefined };
}

export const spanQuery = ({ name, fixed }: Span): string => (fixed ? `from=${fixed.from}&to=${fixed.to}` : `from=${ranges[name]}`);

/** The same moved by a share of its length, or made longer (grow 2) or shorter (grow 0.5) about its middle; never beyond now. */
export function moved(span: Span, now: number, share: number, grow: number): { from: number; to: number } {
    const { from, to } = span.fixed ?? { from: now - seconds[span.name], to: now };
    const length = Math.min(Math.max((to - from) * grow, SHORTEST), seconds["1y"]);
    const middle = (from + to) / 2 + (to - from) * share;
    const end = Math.min(now, middle + length / 2);
    return { from: Math.round(end - length), to: Math.round(end) };
}

/** Of zoomed with a pointer: too small a piece is widened about its middle. */
export function piece(from: number, to: number): { from: number; to: number } {
    const lack = Math.max(0, SHORTEST - (to - from)) / 2;
    return { from: Math.floor(from - lack), to: Math.ceil(to + lack) };
}

export interface Curve {
    /** What it is of: the series, or one of several things that are compared. */
    name: string;
    values: (number | null)[];
}

export interface Chart {
    key: string;
    group: Word;
    title: Word;
    unit: string;
    times: number[];
    curves: Curve[];
    /** Of series that are left out because nothing happened: how many. */
    quiet: number;
}

interface Plan {
    key: string;
    group: Word;
    names?: string[];
    match?: RegExp;
}

const plans: Plan[] = [
    { key: "plain", group: "m.group.traffic", names: ["bits-in", "bits-out"] },
    { key: "encrypted", group: "m.group.traffic", names: ["encrypted-bits-in", "encrypted-bits-out"] },
    { key: "packets", group: "m.group.traffic", names: ["packets-in", "packets-out"] },
    { key: "rtt", group: "m.group.quality", match: /^(dpd-)?rtt-/ },
    { key: "loss", group: "m.group.quality", match: /^(dpd-)?loss-/ },
    { key: "drops", group: "m.group.quality", names: ["drops-in", "drops-out"] },
    { key: "reasons", group: "m.group.quality", match: /^drops?-/ },
    { key: "up", group: "m.group.ike", names: ["up"] },
    { key: "tunnels-up", group: "m.group.ike", names: ["tunnels-up"] },
    { key: "rekeys", group: "m.group.ike", names: ["rekeys"] },
    { key: "handshake", group: "m.group.ike", names: ["handshake"] },
    { key: "cpu", group: "m.group.machine", names: ["cpu", "cpus"] },
    { key: "memory", group: "m.group.machine", names: ["memory", "memory-total"] },
];

const MOST_CURVES = 8;

type Series = Metrics["series"][number];
const valuesOf = (series: Series): (number | null)[] => series.points.map((point) => (point[1] as number | null | undefined) ?? null);

/**
 * How often rare events were, evenly over each so many seconds by which the server keeps them, so that the latest, of which it has
 * shorter steps, do not tower over what came before.
 */
export function evened(times: readonly number[], values: readonly (number | null)[], seconds: number): (number | null)[] {
    const sums = new Map<number, { sum: number; known: number }>();
    const of = (at: number): number => Math.floor((times[at] ?? 0) / seconds);
    values.forEach((value, at) => {
        const { sum, known } = sums.get(of(at)) ?? { sum: 0, known: 0 };
        if (value !== null) sums.set(of(at), { sum: sum + value, known: known + 1 });
    });
    return values.map((value, at) => {
        const all = sums.get(of(at));
        return value === null || !all ? null : all.sum / all.known;
    });
}

/** The charts of an answer, in their order; series nobody planned for come last, by themselves. */
export function chartsOf(metrics: Metrics): Chart[] {
    const left = new Map(metrics.series.map((series) => [series.name, series]));
    /** A private interface is up or down as a tunnel is, and has no keys. */
    const keyless = !left.has("rekeys");
    const charts: Chart[] = [];
    const add = (key: string, group: Word, title: Word, all: Series[], someQuiet: boolean): void => {
        const [first] = all;
        if (!first) return;
        const times = first.points.map((point) => point[0] ?? 0);
        const shown = (series: Series): (number | null)[] =>
            series.unit === "1/s" ? evened(times, valuesOf(series), series.resolution) : valuesOf(series);
        const curves = all.map((series) => ({ name: series.name, values: shown(series) }));
        const loud = someQuiet ? loudest(curves, MOST_CURVES) : curves;
        charts.push({ key, group, title, unit: first.unit, times, curves: loud, quiet: curves.length - loud.length });
    };
    for (const plan of plans) {
        const names = plan.names ?? [...left.keys()].filter((name) => plan.match?.test(name));
        const found = names.flatMap((name) => left.get(name) ?? []);
        for (const series of found) left.delete(series.name);
        add(plan.key, keyless && plan.key === "up" ? "m.group.state" : plan.group, `m.${plan.key}` as Word, found, plan.key === "reasons");
    }
    for (const series of left.values()) add(series.name, "m.group.other", "m.other", [series], false);
    return charts;
}

/** Those in which anything happened, the highest first. */
export function loudest(curves: Curve[], most: number): Curve[] {
    const peak = (curve: Curve): number => Math.max(0, ...curve.values.map((value) => value ?? 0));
    return curves
        .map((curve) => ({ curve, peak: peak(curve) }))
        .filter((one) => one.peak > 0)
        .sort((a, b) => b.peak - a.peak)
        .slice(0, most)
        .map((one) => one.curve);
}

/** The names that are worth comparing between things of a kind. */
export const compared = ["bits-in", "bits-out", "encrypted-bits-in", "encrypted-bits-out", "packets-in", "packets-out"];

/** One chart for each series, with a curve for each of several things. */
export function comparison(answers: readonly { name: string; metrics: Metrics }[]): Chart[] {
    return compared.flatMap((name): Chart[] => {
        const found = answers.flatMap(({ name: of, metrics }) => {
            const series = metrics.series.find((one) => one.name === name);
            return series ? [{ of, series }] : [];
        });
        const [first] = found;
        if (!first) return [];
        const times = [...new Set(found.flatMap(({ series }) => series.points.map((point) => point[0] ?? 0)))].sort((a, b) => a - b);
        const curves = found.map(({ of, series }) => {
            const at = new Map(series.points.map((point) => [point[0], (point[1] as number | null | undefined) ?? null]));
            return { name: of, values: times.map((time) => at.get(time) ?? null) };
        });
        return [{ key: name, group: "m.group.traffic", title: `s.${name}` as Word, unit: first.series.unit, times, curves, quiet: 0 }];
    });
}

export interface Stats {
    last: number | null;
    /** When the last one was, in seconds; what is unknown since then is not made up. */
    lastAt: number | undefined;
    average: number | null;
    most: number | null;
}

/** The newest point at which anything is known: the last ones may still be to come. */
export function newestKnown({ times, curves }: Chart): number {
    for (let at = times.length - 1; at >= 0; at--) if (curves.some((curve) => (curve.values[at] ?? null) !== null)) return at;
    return Math.max(0, times.length - 1);
}

export function statsOf(times: readonly number[], values: readonly (number | null)[]): Stats {
    const known = values.flatMap((value, at) => (value === null ? [] : [{ value, at }]));
    const last = known.at(-1);
    if (!last) return { last: null, lastAt: undefined, average: null, most: null };
    const sum = known.reduce((total, one) => total + one.value, 0);
    return {
        last: last.value,
        lastAt: times[last.at],
        average: sum / known.length,
        most: known.reduce((most, one) => Math.max(most, one.value), -Infinity),
    };
}
