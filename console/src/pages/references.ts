// What refers to what, by the fields that the API's description says so of. Pure.
import type { Kind, Schema } from "../forms/schema.ts";
import type { Resource } from "../live/store.ts";

export interface Reference {
    collection: string;
    /** "subnetIds", "routes.nextHop" */
    path: string;
    schema: Schema;
}

function collect(schema: Schema, prefix: string, to: string, collection: string, into: Reference[]): void {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
        const path = prefix + name;
        const inner = field.items ?? field;
        if (inner["x-ropeway-refers-to"]?.includes(to)) into.push({ collection, path, schema: field });
        if (inner.properties) collect(inner, `${path}.`, to, collection, into);
    }
}

/** The fields of all kinds that may name a resource of a collection. */
export function referencesTo(to: string, kinds: Iterable<Kind>): Reference[] {
    const found: Reference[] = [];
    for (const kind of kinds) collect(kind.schema, "", to, kind.collection, found);
    return found;
}

/** Whether what stands at path, which may lead through lists, is or holds the id. */
export function holdsId(value: unknown, path: readonly string[], id: string): boolean {
    if (Array.isArray(value)) return value.some((item) => holdsId(item, path, id));
    const [first, ...rest] = path;
    if (first === undefined) return value === id;
    return typeof value === "object" && value !== null && holdsId((value as Record<string, unknown>)[first], rest, id);
}

export interface User {
    collection: string;
    item: Resource;
    /** The field by which it refers; several: the first. */
    path: string;
}

/** Everything in the region that names the resource, each once. */
export function usersOf(
    references: readonly Reference[],
    all: (collection: string) => readonly Resource[],
    region: string,
    id: string,
): User[] {
    const found = new Map<string, User>();
    for (const { collection, path } of references) {
        const parts = path.split(".");
        for (const item of all(collection))
            if (item.regionId === region && item.id !== id && !found.has(item.id) && holdsId(item, parts, id))
                found.set(item.id, { collection, item, path });
    }
    return [...found.values()];
}
