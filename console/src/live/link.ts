// How fresh everything is: the one owner of "how old is this".
import { now } from "../api/clock.ts";

export type LinkState = "connecting" | "live" | "broken";

export interface Link {
    state: LinkState;
    /** When something was last heard, by the server's clock (ms); 0: never. */
    heardAt: number;
    /** Of the refusal that broke it; 0: nobody answered. */
    status: number;
}

let link: Link = { state: "connecting", heardAt: 0, status: 0 };
const listeners = new Set<() => void>();

export const linkNow = (): Link => link;

export function setLink(state: LinkState, status = 0): void {
    link = { state, heardAt: link.heardAt, status };
    for (const listener of listeners) listener();
}

export function heard(): void {
    link.heardAt = now();
}

export function onLink(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}
