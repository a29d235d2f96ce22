// Collections that the stream does not tell of (tokens, users): asked for, and again when they may have changed.
import { useEffect, useState } from "preact/hooks";
import { call, onAsked, Problem } from "../api/call.ts";
import { now } from "../api/clock.ts";
import { store, type Resource } from "./store.ts";

const AGAIN_MS = 30_000;

interface Page {
    items: Resource[];
    next?: string;
}

/** All pages of a list. */
export async function fetchAll<T = Resource>(path: string, signal?: AbortSignal): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
        const from = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
        const page: Page = await call<Page>("GET", path + from, signal ? { signal } : {});
        items.push(...(page.items as unknown as T[]));
        cursor = page.next;
    } while (cursor);
    return items;
}

export interface Fetched {
    problem: Problem | undefined;
    /** When it was asked for (ms); undefined: not yet. */
    at: number | undefined;
    again: () => void;
}

/** Keeps a collection of people in the store while a page shows it. Undefined: there is nothing to be fetched. */
export function useFetched(collection: string | undefined): Fetched {
    const [at, setAt] = useState<number>();
    const [problem, setProblem] = useState<Problem>();
    const [round, setRound] = useState(0);
    useEffect(() => {
        if (!collection) return;
        const abort = new AbortController();
        const load = (): void =>
            void fetchAll(`/v1/${collection}`, abort.signal).then(
                (items) => {
                    store.replace(collection, items);
                    setProblem(undefined);
                    setAt(now());
                },
                (error: unknown) => error instanceof Problem && setProblem(error),
            );
        load();
        const timer = setInterval(load, AGAIN_MS);
        const stop = onAsked((asked) => {
            if (asked.method !== "GET" && asked.status < 300 && asked.path.startsWith(`/v1/${collection}`)) load();
        });
        return () => {
            abort.abort();
            clearInterval(timer);
            stop();
        };
    }, [collection, round]);
    return { at, problem, again: () => setRound(round + 1) };
}
