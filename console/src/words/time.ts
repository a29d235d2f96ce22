// Times and numbers as people read them.
import { locale, t } from "./words.ts";

type Step = [limit: number, divisor: number, word: "seconds" | "minutes" | "hours" | "days"];
const steps: Step[] = [
    [100, 1, "seconds"],
    [6000, 60, "minutes"],
    [172800, 3600, "hours"],
    [Infinity, 86400, "days"],
];

function inSteps(ms: number): { n: number; word: Step[2] } {
    const seconds = Math.max(0, ms / 1000);
    const step = steps.find(([limit]) => seconds < limit) ?? (steps[3] as Step);
    return { n: Math.floor(seconds / step[1]), word: step[2] };
}

/** "12 s ago" */
export function age(ms: number): string {
    if (ms < 2000) return t("age.now");
    const { n, word } = inSteps(ms);
    return t(`age.${word}`, { n });
}

/** "for 12 s" */
export function lasting(ms: number): string {
    const { n, word } = inSteps(ms);
    return t(`age.for.${word}`, { n });
}

export const dateTime = (time: string | number): string =>
    new Date(time).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "medium" });

const prefixes = ["", "k", "M", "G", "T"];

/** Three digits and a prefix: 1234567, "bit/s" → "1.23 Mbit/s". */
export function quantity(value: number, unit: string): string {
    let at = 0;
    while (Math.abs(value) >= 999.5 && at < prefixes.length - 1) {
        value /= 1000;
        at++;
    }
    const digits = value === 0 || (at === 0 && Number.isInteger(value)) ? 0 : Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
    return `${value.toFixed(digits)} ${prefixes[at]}${unit}`.trim();
}

/** "2026-11-22T08:27:24.123Z" → what an input of type datetime-local shows, in the reader's time. */
export function localInput(time: string): string {
    const at = new Date(time);
    if (Number.isNaN(at.getTime())) return "";
    const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
    return local.toISOString().slice(0, 19);
}

/** The way back; nothing for what is no time. */
export function fromLocalInput(text: string): string | undefined {
    const at = new Date(text);
    return text && !Number.isNaN(at.getTime()) ? at.toISOString().replace(/\.\d+Z$/, "Z") : undefined;
}
