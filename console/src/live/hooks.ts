// How pages read what is live: each hook paints its component again when what it reads has changed.
import { useEffect, useLayoutEffect, useReducer, useState } from "preact/hooks";
import { now } from "../api/clock.ts";
import { onLanguage } from "../words/words.ts";
import { linkNow, onLink, type Link } from "./link.ts";
import { rates } from "./live.ts";
import type { Rates } from "./rates.ts";
import { store, type Resource } from "./store.ts";

function useAgain(): () => void {
    const [, again] = useReducer((n: number) => n + 1, 0);
    return again as () => void;
}

/** Most pictures of a whole collection a second: beyond that nobody reads faster. */
const LIST_MS = 250;

/** All of a collection; at most four pictures a second. */
export function useCollection<T = Resource>(collection: string): readonly T[] {
    const again = useAgain();
    useLayoutEffect(() => {
        let seen = store.version(collection);
        let timer: ReturnType<typeof setTimeout> | undefined;
        const look = (): void => {
            timer = undefined;
            if (seen === store.version(collection)) return;
            seen = store.version(collection);
            again();
        };
        const stop = store.onChange(() => {
            if (!timer && seen !== store.version(collection)) timer = setTimeout(look, LIST_MS);
        });
        again();
        return () => {
            stop();
            clearTimeout(timer);
        };
    }, [collection]);
    return store.all(collection) as readonly T[];
}

/** One resource, at once when it changes. */
export function useResource<T = Resource>(collection: string, region: string, id: string): T | undefined {
    const again = useAgain();
    useLayoutEffect(() => {
        let seen = store.get(collection, region, id);
        return store.onChange(() => {
            const now = store.get(collection, region, id);
            if (now === seen) return;
            seen = now;
            again();
        });
    }, [collection, region, id]);
    return store.get(collection, region, id) as T | undefined;
}

/** Whether all that there is of the region (without one: of any) has been told. */
export function useFilled(region?: string): boolean {
    const [filled, setFilled] = useState(store.isFilled(region));
    useLayoutEffect(() => store.onChange(() => setFilled(store.isFilled(region))), [region]);
    return filled;
}

export function useLink(): Link {
    const [link, setLink] = useState(linkNow());
    useLayoutEffect(() => onLink(() => setLink(linkNow())), []);
    return link;
}

/** Of a tunnel; new with each report. Paint it where the tunnel itself is read, which changes with them. */
export function ratesOf(region: string, id: string): Rates | undefined {
    const up = store.get("vpnTunnels", region, id)?.["operState"] === "up"; // of others nothing may come for other reasons
    return rates.of(region, id, up ? linkNow().heardAt : 0);
}

/** The server's time, each second. */
export function useNow(everyMs = 1000): number {
    const [time, setTime] = useState(now());
    useEffect(() => {
        const timer = setInterval(() => setTime(now()), everyMs);
        return () => clearInterval(timer);
    }, [everyMs]);
    return time;
}

export function useLanguage(): void {
    const again = useAgain();
    useLayoutEffect(() => onLanguage(again), []);
}

/** What load() gives, again when a dependency changes; the answer before stays until then. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, deps: readonly unknown[]): Loaded<T> {
    const [state, setState] = useState<Omit<Loaded<T>, "again">>({ at: 0 });
    const [round, again] = useReducer((n: number) => n + 1, 0);
    useEffect(() => {
        const abort = new AbortController();
        load(abort.signal).then(
            (value) => !abort.signal.aborted && setState({ value, at: now() }),
            (error: unknown) => !abort.signal.aborted && setState((before) => ({ ...before, error })),
        );
        return () => abort.abort();
    }, [...deps, round]);
    return { ...state, again: again as () => void };
}

export interface Loaded<T> {
    value?: T;
    error?: unknown;
    /** When the value came (ms). */
    at: number;
    again: () => void;
}
