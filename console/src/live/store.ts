// What the stream fills: every resource that the reader may see, by collection, and when each was last spoken of.
import type { ServerEvent } from "../api/sse.ts";

/** What all resources have; the rest is as api/types.ts says. */
export interface Resource {
    id: string;
    regionId?: string;
    name: string;
    revision: number;
    observedRevision?: number;
    createdAt: string;
    [member: string]: unknown;
}

interface Told {
    regionId: string;
    collection: string;
    id: string;
    resource?: Resource;
    status?: Partial<Resource>;
}

/** What grows without an end is kept up to here, the newest; pages ask the API for what is older. */
const kept: Record<string, number> = { events: 2000 };

interface Shelf {
    items: Map<string, Resource>;
    version: number;
    /** What the version's items are as a list; made when asked for. */
    list: readonly Resource[] | undefined;
}

export const keyOf = (region: string, id: string): string => `${region}/${id}`;

export class Store {
    #shelves = new Map<string, Shelf>();
    /** Regions that are being listed anew → what has been told of them since. */
    #listing = new Map<string, Set<string>>();
    #listed = new Set<string>();
    #listeners = new Set<() => void>();
    #watchers = new Set<(collection: string, before: Resource | undefined, after: Resource) => void>();

    /** Takes in what the stream says. Tells listeners once. */
    apply(events: readonly ServerEvent[]): void {
        for (const event of events) this.#one(event);
        for (const listener of this.#listeners) listener();
    }

    #one(event: ServerEvent): void {
        const told = JSON.parse(event.data) as Told;
        const key = keyOf(told.regionId, told.id);
        if (event.type === "list") this.#listing.set(told.regionId, new Set());
        else if (event.type === "listed") this.#end(told.regionId);
        else if (event.type === "delete") this.#change(told.collection, (items) => items.delete(key));
        else if (event.type === "put" && told.resource) {
            this.#listing.get(told.regionId)?.add(`${told.collection} ${key}`);
            this.#put(told.collection, key, { ...told.resource, regionId: told.regionId });
        } else if (event.type === "status" && told.status) {
            const before = this.get(told.collection, told.regionId, told.id);
            if (before) this.#put(told.collection, key, { ...before, ...told.status });
        }
    }

    #put(collection: string, key: string, after: Resource): void {
        const before = this.#shelf(collection).items.get(key);
        this.#change(collection, (items) => {
            items.set(key, after);
            const [oldest] = items.keys();
            if (items.size > (kept[collection] ?? Infinity) && oldest !== undefined) items.delete(oldest);
        });
        for (const watcher of this.#watchers) watcher(collection, before, after);
    }

    /** What was known of the region and has not been told again is gone. */
    #end(region: string): void {
        const seen = this.#listing.get(region);
        this.#listing.delete(region);
        this.#listed.add(region);
        if (!seen) return;
        for (const [collection, shelf] of this.#shelves)
            for (const [key, item] of shelf.items)
                if (item.regionId === region && !seen.has(`${collection} ${key}`)) this.#change(collection, (items) => items.delete(key));
    }

    #shelf(collection: string): Shelf {
        let shelf = this.#shelves.get(collection);
        if (!shelf) this.#shelves.set(collection, (shelf = { items: new Map(), version: 0, list: undefined }));
        return shelf;
    }

    #change(collection: string, how: (items: Map<string, Resource>) => void): void {
        const shelf = this.#shelf(collection);
        how(shelf.items);
        shelf.version++;
        shelf.list = undefined;
    }

    get(collection: string, region: string, id: string): Resource | undefined {
        return this.#shelves.get(collection)?.items.get(keyOf(region, id));
    }

    /** The same array until something in the collection changes. */
    all(collection: string): readonly Resource[] {
        const shelf = this.#shelf(collection);
        return (shelf.list ??= [...shelf.items.values()]);
    }

    version(collection: string): number {
        return this.#shelves.get(collection)?.version ?? 0;
    }

    /** What a collection holds that the stream does not tell of. Tells listeners. */
    replace(collection: string, items: readonly Resource[]): void {
        this.#change(collection, (held) => {
            held.clear();
            for (const item of items) held.set(keyOf(item.regionId ?? "", item.id), item);
        });
        for (const listener of this.#listeners) listener();
    }

    /** Whether all of the region (without one: of any) is there: before that what is missing means nothing. */
    isFilled(region?: string): boolean {
        return region ? this.#listed.has(region) : this.#listed.size > 0;
    }

    clear(): void {
        this.#shelves.clear();
        this.#listing.clear();
        this.#listed.clear();
        for (const listener of this.#listeners) listener();
    }

    onChange(listener: () => void): () => void {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }

    /** Tells of each resource that is put, with what it was before. */
    onPut(watcher: (collection: string, before: Resource | undefined, after: Resource) => void): () => void {
        this.#watchers.add(watcher);
        return () => this.#watchers.delete(watcher);
    }
}

export const store = new Store();
