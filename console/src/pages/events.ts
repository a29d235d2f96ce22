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
