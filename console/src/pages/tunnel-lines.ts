// The lines of a negotiation log: which are good, which are wrong. Pure.
import type { StateTone } from "../live/state.ts";

export interface LogLine {
    at: string;
    level?: "info" | "warning" | "error";
    text: string;
    code?: string;
    arguments?: Record<string, unknown>;
}

export type LineTone = Extract<StateTone, "ok" | "bad" | "warn" | "idle">;

const good = new Set(["negotiation.up", "negotiation.in-force"]);
const goodStart = /^negotiation\.(established|ike-rekeyed|child-rekeyed)/;

/** By its level; of what is only told, some is what one waits for. */
export function lineTone(line: LogLine): LineTone {
    if (line.level === "error") return "bad";
    if (line.level === "warning") return "warn";
    return good.has(line.code ?? "") || goodStart.test(line.code ?? "") ? "ok" : "idle";
}

/** The newest first; all words of the filter are in what is left. */
export function shownLines(lines: readonly LogLine[], filter: string, wrongOnly: boolean): LogLine[] {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    return lines
        .filter((line) => !wrongOnly || line.level === "error" || line.level === "warning")
        .filter((line) => words.every((word) => `${line.at} ${line.text}`.toLowerCase().includes(word)))
        .reverse();
}
