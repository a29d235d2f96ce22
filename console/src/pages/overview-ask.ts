// What several regions list, asked for one by one.
import { call, pathOf, Problem } from "../api/call.ts";

/** Each with its region; undefined where none of them has such a list. */
export async function ofRegions<T>(
    regions: readonly string[],
    collection: string,
    signal: AbortSignal,
): Promise<(T & { regionId: string })[] | undefined> {
    const answers = await Promise.all(
        regions.map(async (region) => {
            try {
                const { items } = await call<{ items: T[] }>("GET", pathOf(region, collection), { signal });
                return items.map((item) => ({ ...item, regionId: region }));
            } catch (error) {
                if (error instanceof Problem && error.status === 404) return undefined;
                throw error;
            }
        }),
    );
    return regions.length > 0 && answers.every((answer) => answer === undefined) ? undefined : answers.flatMap((answer) => answer ?? []);
}
