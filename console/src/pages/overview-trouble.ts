// What needs somebody, the worst first. Pure.
import { stateOf, type State } from "../live/state.ts";
import type { Resource } from "../live/store.ts";
import { sorted } from "../ui/sort.ts";
import { hintOf, silentNode } from "../words/hints.ts";
import { idOf, rankOf, type Parts } from "./overview-model.ts";

export interface Trouble {
    key: string;
    collection: string;
    item: Resource;
    state: State;
    hint: string | undefined;
}

/** What explains others comes before them. */
const order = ["nodes", "vpnTunnels", "instances"];

export function troublesOf(parts: Pick<Parts, "nodes" | "tunnels" | "instances">, only = ""): Trouble[] {
    const found: Trouble[] = [];
    const look = (collection: string, items: readonly Resource[]): void => {
        for (const item of items) {
            const state = stateOf(collection, item);
            if (!state || rankOf(state.tone) > rankOf("unknown") || (only && item.regionId !== only)) continue;
            const hint =
                hintOf(item["lastErrorCode"], item["lastErrorArguments"]) ??
                (collection === "nodes" && !state.why ? silentNode() : undefined);
            found.push({ key: `${collection} ${idOf(item)}`, collection, item, state, hint });
        }
    };
    look("nodes", parts.nodes);
    look("vpnTunnels", parts.tunnels);
    look("instances", parts.instances);
    const named = sorted(found, (trouble) => trouble.item.name, false);
    return sorted(named, ({ state, collection }) => rankOf(state.tone) * order.length + order.indexOf(collection), false);
}
