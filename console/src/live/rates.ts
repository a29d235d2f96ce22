// Rates between the last two reports of a tunnel's counters, which come each ten seconds.
import { now } from "../api/clock.ts";
import type { VpnTunnel } from "../api/types.ts";
import { keyOf, type Resource, type Store } from "./store.ts";

export interface Rates {
    bitsOut: number;
    bitsIn: number;
    packetsOut: number;
    packetsIn: number;
    /** When the later report came (ms, the server's clock). */
    at: number;
}

/** Reports come each ten seconds; what is told sooner is the same report once more. */
const SHORTEST_MS = 5_000;
/** Nothing is told of counters that stand still: after this they do. */
const QUIET_MS = 25_000;

type Counters = NonNullable<VpnTunnel["counters"]>;
interface Sample {
    at: number;
    counters: Counters;
    rates: Rates | undefined;
}

/** Undefined if a counter went back: something began anew, and nobody knows what was in between. */
export function ratesBetween(before: Counters, after: Counters, ms: number): Omit<Rates, "at"> | undefined {
    const grown = (name: keyof Counters): number => (after[name] ?? 0) - (before[name] ?? 0);
    const per = 1000 / ms;
    const rates = {
        bitsOut: grown("bytesOut") * 8 * per,
        bitsIn: grown("bytesIn") * 8 * per,
        packetsOut: grown("packetsOut") * per,
        packetsIn: grown("packetsIn") * per,
    };
    return ms > 0 && Object.values(rates).every((rate) => rate >= 0) ? rates : undefined;
}

export class RateKeeper {
    #samples = new Map<string, Sample>();

    constructor(store: Store, clock: () => number = now) {
        store.onPut((collection, before, after) => {
            if (collection === "vpnTunnels") this.#take(before, after, clock());
        });
    }

    #take(before: Resource | undefined, after: Resource, at: number): void {
        const counters = after["counters"] as Counters | undefined;
        const key = keyOf(after.regionId ?? "", after.id);
        const last = this.#samples.get(key);
        if (!counters || (last && (before?.["counters"] === counters || at - last.at < SHORTEST_MS))) return;
        const rates = last && ratesBetween(last.counters, counters, at - last.at);
        this.#samples.set(key, { at, counters, rates: rates && { ...rates, at } });
    }

    /** heardAt: until when news of the tunnel would have come. */
    of(region: string, id: string, heardAt = 0): Rates | undefined {
        const sample = this.#samples.get(keyOf(region, id));
        if (!sample || heardAt - sample.at < QUIET_MS) return sample?.rates;
        return { bitsOut: 0, bitsIn: 0, packetsOut: 0, packetsIn: 0, at: heardAt };
    }
}
