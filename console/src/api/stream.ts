// A stream of server-sent events that comes back by itself from where it broke off.
import { language } from "../words/words.ts";
import { dated } from "./clock.ts";
import { EventReader, type ServerEvent } from "./sse.ts";

/** Whoever is silent hears a comment every 15 s; after this the line is dead. */
const SILENCE_MS = 35_000;
const WAIT_MS = { first: 500, most: 15_000 };

export interface StreamHandlers {
    /** Several that came together, in their order. */
    events(events: ServerEvent[]): void;
    /** Something was heard, even if it was only a sign of life. */
    heard(): void;
    /** The line is there (true) or broken (false); status of a refusal, 0 if nobody answered. */
    state(open: boolean, status: number): void;
}

export interface Stream {
    close(): void;
    /** Tries now instead of after its wait. */
    retry(): void;
}

/** Follows path until close(). A refusal by 401 or 403 ends it: the handler is told. */
export function follow(path: string, handlers: StreamHandlers): Stream {
    let closed = false;
    let abort = new AbortController();
    let wake: (() => void) | undefined;
    let reader = new EventReader();

    async function once(): Promise<number> {
        abort = new AbortController();
        let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        const headers: Record<string, string> = { Accept: "text/event-stream", "Accept-Language": language() };
        if (reader.lastId) headers["Last-Event-ID"] = reader.lastId;
        try {
            const response = await fetch(path, { headers, signal: abort.signal, cache: "no-store", credentials: "same-origin" });
            dated(response.headers.get("Date"));
            if (!response.ok || !response.body) return response.status;
            const lastId = reader.lastId;
            reader = new EventReader(); // what was half read when the line broke is told again
            reader.lastId = lastId;
            handlers.state(true, response.status);
            const text = new TextDecoder();
            const body = response.body.getReader();
            for (;;) {
                const { done, value } = await body.read();
                if (done || closed) return response.status;
                clearTimeout(watchdog);
                watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
                handlers.heard();
                const events = reader.read(text.decode(value, { stream: true }));
                if (events.length) handlers.events(events);
            }
        } catch {
            return 0;
        } finally {
            clearTimeout(watchdog);
        }
    }

    async function run(): Promise<void> {
        let wait = WAIT_MS.first;
        while (!closed) {
            const began = Date.now();
            const status = await once();
            if (closed) return;
            handlers.state(false, status === 200 ? 0 : status);
            if (status === 401 || status === 403) return;
            if (Date.now() - began > 5_000) wait = WAIT_MS.first;
            await new Promise<void>((resolve) => {
                wake = resolve;
                setTimeout(resolve, wait * (0.75 + Math.random() / 2));
            });
            wait = Math.min(wait * 2, WAIT_MS.most);
        }
    }
    void run();
    return {
        close() {
            closed = true;
            abort.abort();
            wake?.();
        },
        retry() {
            wake?.();
        },
    };
}
