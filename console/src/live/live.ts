// Keeps the store filled from the stream, and tells the page in step with what it can paint.
import { follow, type Stream } from "../api/stream.ts";
import { onLanguage } from "../words/words.ts";
import { heard, setLink } from "./link.ts";
import { RateKeeper } from "./rates.ts";
import { store } from "./store.ts";
import type { ServerEvent } from "../api/sse.ts";

export const rates = new RateKeeper(store);

let stream: Stream | undefined;
let waiting: ServerEvent[] = [];
let scheduled = false;

function flush(): void {
    scheduled = false;
    const events = waiting;
    waiting = [];
    store.apply(events);
}

/** Several chunks between two pictures are applied together; a page in the background is not painted, so time helps. */
function take(events: ServerEvent[]): void {
    waiting.push(...events);
    if (scheduled) return;
    scheduled = true;
    if (document.hidden) setTimeout(flush, 250);
    else requestAnimationFrame(flush);
}

/** refused(): the server takes this session no longer. */
export function startLive(refused: () => void): void {
    stopLive();
    setLink("connecting");
    stream = follow("/v1/watch", {
        events: take,
        heard,
        state(open, status) {
            setLink(open ? "live" : "broken", status);
            if (status === 401) refused();
        },
    });
}

export function stopLive(): void {
    stream?.close();
    stream = undefined;
    waiting = [];
}

export function retryLive(): void {
    stream?.retry();
}

/** Sentences come in the reader's language: with another one everything is told again. */
export function restartOnLanguage(refused: () => void): () => void {
    return onLanguage(() => {
        if (stream) startLive(refused);
    });
}
