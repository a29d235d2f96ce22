// What a form begins with, and what sending it would do. Pure.
import type { Kind } from "../forms/schema.ts";
import { isEditable, type Tree } from "../forms/value.ts";
import type { Resource } from "../live/store.ts";

/** Nodes come by themselves, with a token; what is put on them is not made by anybody. */
export const isMadeByHand = (collection: string): boolean => !["nodes", "placements"].includes(collection);

/** What the address of the page fills in: "?vpnConnectionId=vpn-…". Lists are joined by commas. */
export function prefilled(kind: Kind, query: URLSearchParams): Tree {
    const tree: Tree = {};
    for (const [name, text] of query) {
        const field = kind.schema.properties?.[name];
        if (field && isEditable(field) && name !== "region") tree[name] = field.type === "array" ? text.split(",") : text;
    }
    return tree;
}

/** What of a resource another one is begun with: neither its name nor what was allocated to it. */
export function cloned(kind: Kind, item: Resource): Tree {
    const tree: Tree = {};
    for (const [name, field] of Object.entries(kind.schema.properties ?? {}))
        if (isEditable(field) && !field["x-ropeway-allocated"] && item[name] !== undefined) tree[name] = item[name];
    return tree;
}

/** A patch upon what is there now (RFC 7396), for the form. */
export function merged(item: Tree, patch: Tree): Tree {
    const next: Tree = { ...item };
    for (const [name, value] of Object.entries(patch)) {
        const inner = next[name];
        if (typeof value === "object" && value !== null && !Array.isArray(value))
            next[name] = merged(typeof inner === "object" && inner !== null ? (inner as Tree) : {}, value as Tree);
        else if (value === null) delete next[name];
        else next[name] = value;
    }
    return next;
}

const newIkeSa = ["psk", "localId", "remoteId", "ike"];

/** What a change does to traffic, before it is made. */
export function consequence(collection: string, patch: Tree): "none" | "ike" | "child" | "off" | "routes" {
    const has = (names: string[]): boolean => names.some((name) => name in patch);
    if (collection === "borderGatewayRoutes" || collection === "routeTables" || collection === "vpcAttachments")
        return has(["tags", "name", "description"]) && Object.keys(patch).length === 1 ? "none" : "routes";
    if (collection !== "vpnTunnels") return "none";
    if (patch["adminState"] === "down") return "off";
    const ike = patch["ike"] as Tree | undefined;
    if (has(newIkeSa) && !(ike && !has(["psk", "localId", "remoteId"]) && Object.keys(ike).join() === "lifetimeSeconds")) return "ike";
    const ipsec = patch["ipsec"] as Tree | undefined;
    return ipsec && Object.keys(ipsec).some((name) => name !== "lifetimeSeconds") ? "child" : "none";
}
