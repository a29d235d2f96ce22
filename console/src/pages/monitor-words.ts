// Figures of charts as people read them.
import { locale, t, type Word } from "../words/words.ts";
import { quantity } from "../words/time.ts";

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 2 : 1).replace(/\.?0+$/, "")} %`;

const time = (seconds: number): string => (seconds !== 0 && seconds < 1 ? quantity(seconds * 1000, "ms") : quantity(seconds, "s"));

const units: Record<string, (value: number) => string> = {
    "bits/s": (v) => quantity(v, "bit/s"),
    "packets/s": (v) => t("unit.packets", { n: quantity(v, "") }),
    "1/s": (v) => t("unit.per.hour", { n: quantity(v * 3600, "") }),
    ratio: percent,
    percent: (v) => percent(v / 100),
    seconds: time,
    microseconds: (v) => time(v / 1e6),
    bytes: (v) => quantity(v, "B"),
    processors: (v) => quantity(v, ""),
    tunnels: (v) => quantity(v, ""),
};

export function valueText(value: number | null, unit: string): string {
    if (value === null) return "–";
    return units[unit]?.(value) ?? quantity(value, unit);
}

/** At the axis, where there is little room: what is told in the title is left out. */
export function axisValue(value: number, unit: string): string {
    if (unit === "packets/s") return quantity(value, "");
    if (unit === "1/s") return quantity(value * 3600, "");
    return valueText(value, unit).replace(/\.0+(?=\s|$)/, "");
}

/** The height of a chart in which there is nothing but zero. */
export const leastOf = (unit: string): number => (unit === "1/s" ? 1 / 3600 : 1);

/** A moment of a chart, as exactly as its step is. */
export function momentText(seconds: number, step: number): string {
    const style: Intl.DateTimeFormatOptions = { month: "short", day: "numeric" };
    if (step < 86400) Object.assign(style, { hour: "2-digit", minute: "2-digit", hour12: false });
    if (step < 60) style.second = "2-digit";
    return new Date(seconds * 1000).toLocaleString(locale(), style);
}

/** Marks of the axis of time: hours within two days, else days. */
export const axisText = (seconds: number, from: number, to: number): string =>
    new Date(seconds * 1000).toLocaleString(
        locale(),
        to - from <= 172_800 ? { hour: "2-digit", minute: "2-digit", hour12: false } : { month: "short", day: "numeric" },
    );

const known = new Set([
    "bits-in",
    "bits-out",
    "encrypted-bits-in",
    "encrypted-bits-out",
    "packets-in",
    "packets-out",
    "drops-in",
    "drops-out",
    "rekeys",
    "up",
    "handshake",
    "tunnels-up",
    "cpu",
    "cpus",
    "memory",
    "memory-total",
    "rtt-microseconds",
    "jitter-microseconds",
    "loss-percent",
    "loss-there-percent",
    "loss-back-percent",
    "dpd-rtt-microseconds",
    "dpd-loss-percent",
]);

/** reasons: sentences of the control plane by their codes, which say why packets are dropped. */
export function curveTitle(name: string, reasons: ReadonlyMap<string, string>): string {
    if (known.has(name)) return t(`s.${name}` as Word);
    return reasons.get(name.replace(/^drops?-/, "drop.")) ?? name;
}
