// What happened, out of the lists of several regions. Pure.

export type Severity = "info" | "warning" | "error";
export const severities: readonly Severity[] = ["info", "warning", "error"];

export interface Happening {
    id: string;
    at: string;
    regionId: string;
    projectId?: string;
    severity: Severity;
    resource?: { collection: string; id: string; name: string };
    text: string;
    textCode?: string;
    /** Of the same resource, before this one: not kept. */
    leftOut?: number;
}

export interface EventPage {
    items: Happening[];
    next?: string;
}

const isNewer = (a: Happening, b: Happening): number => Date.parse(b.at) - Date.parse(a.at) || Number(b.id) - Number(a.id);

/** At a time. */
const SHOWN = 120;

/** One list, the newest first. It goes back only as far as all of the regions were read, so that nothing is missing in between. */
export function mergedEvents(pages: readonly EventPage[]): { items: Happening[]; more: boolean } {
    const ends = pages.flatMap((page) => (page.next ? [Date.parse(page.items.at(-1)?.at ?? "")] : []));
    const cut = Math.max(...ends, -Infinity);
    const items = pages.flatMap((page) => page.items).filter((item) => Date.parse(item.at) >= cut);
    return { items: items.sort(isNewer).slice(0, SHOWN), more: ends.length > 0 || items.length > SHOWN };
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
