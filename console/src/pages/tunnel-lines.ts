// The lines of a negotiation log: which are good, which are wrong. They are English, for engineers. Pure.
import type { StateTone } from "../live/state.ts";

export interface LogLine {
    at: string;
    text: string;
}

const good = [/^up$/, /^IKE SA established/, /\brekeyed\b(?!.*(refused|failed))/, /parameters are in force/];
const plain = [/^starting /, /^the peer is at /, /^both ends /, /^the peer closed an IKE SA/, /^disabled:/, /^closed by an operator/];
const spent = /^(the lifetime of an IKE SA ended|the peer deleted a child SA|a child SA came to its limit)/;

/** What is none of the known good or plain lines says that something is wrong. */
export function lineTone(text: string): Extract<StateTone, "ok" | "bad" | "idle"> {
    if (good.some((pattern) => pattern.test(text))) return "ok";
    return spent.test(text) || plain.some((pattern) => pattern.test(text)) ? "idle" : "bad";
}

/** The newest first; all words of the filter are in what is left. */
export function shownLines(lines: readonly LogLine[], filter: string, wrongOnly: boolean): LogLine[] {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    return lines
        .filter((line) => !wrongOnly || lineTone(line.text) === "bad")
        .filter((line) => words.every((word) => `${line.at} ${line.text}`.toLowerCase().includes(word)))
        .reverse();
}
