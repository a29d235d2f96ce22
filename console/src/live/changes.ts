// When something that was worked out of several collections has to be asked for again.
import { useEffect, useState } from "preact/hooks";
import { store, type Resource, type Store } from "./store.ts";

/** What routes are worked out of. */
export const routing = [
    "borderGateways",
    "borderGatewayRoutes",
    "vpcAttachments",
    "vpnConnections",
    "vpnTunnels",
    "privateInterfaces",
    "vpcs",
    "subnets",
    "routeTables",
    "instances",
    "placements",
] as const;

const LOOK_MS = 500;

/** The figures of a tunnel change all the time and change no route; its state may. */
const partOf = (item: Resource): string => `${item.id} ${item.revision} ${item.observedRevision ?? ""} ${String(item["operState"] ?? "")}`;

/** Differs when what is saved, carried out, or the state of something in the region differs. */
export function fingerprint(from: Store, region: string, collections: readonly string[]): string {
    return collections
        .map((name) =>
            from
                .all(name)
                .filter((item) => item.regionId === region)
                .map(partOf)
                .join(),
        )
        .join("\n");
}

/** A number that moves when something in these collections of the region has changed, at most twice a second. */
export function useChanges(region: string, collections: readonly string[]): number {
    const [count, setCount] = useState(0);
    useEffect(() => {
        let seen = fingerprint(store, region, collections);
        let timer: ReturnType<typeof setTimeout> | undefined;
        const look = (): void => {
            timer = undefined;
            const now = fingerprint(store, region, collections);
            if (now === seen) return;
            seen = now;
            setCount((n) => n + 1);
        };
        const stop = store.onChange(() => (timer ??= setTimeout(look, LOOK_MS)));
        return () => {
            stop();
            clearTimeout(timer);
        };
    }, [region, collections.join()]);
    return count;
}

/** A number that moves each so many ms, so that what nobody tells of is asked for again. */
export function useBeat(everyMs: number): number {
    const [count, setCount] = useState(0);
    useEffect(() => {
        const timer = setInterval(() => !document.hidden && setCount((n) => n + 1), everyMs);
        return () => clearInterval(timer);
    }, [everyMs]);
    return count;
}
