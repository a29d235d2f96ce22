// What of a list is looked for, and in which order. Of thousands of things only what changed is worked out again.
import { useMemo } from "preact/hooks";
import type { Resource } from "../live/store.ts";
import { once } from "../ui/once.ts";
import { place, sortedBy, type Sort } from "../ui/sort.ts";
import type { Column } from "../ui/table.tsx";

type Columns = readonly Column<Resource>[];

/** All that the columns say of a thing, to be searched. */
const saidBy = (columns: Columns): ((item: Resource) => string) =>
    once((item) => [item.id, ...columns.map((column) => String(column.value?.(item) ?? ""))].join("\n").toLowerCase());

/** The things that are looked for, in their order: all words are there. What is worked out of a thing is kept as long as the columns. */
export function useRows(
    items: readonly Resource[],
    columns: Columns,
    text: string,
    sort: Sort,
    by: Column<Resource> | undefined,
): Resource[] {
    const said = useMemo(() => saidBy(columns), [columns]);
    const placed = useMemo(() => once((item: Resource) => place(by?.value?.(item) ?? item.name)), [by]);
    return useMemo(() => {
        const words = text.toLowerCase().split(/\s+/).filter(Boolean);
        const found = words.length ? items.filter((item) => words.every((word) => said(item).includes(word))) : items;
        return sortedBy(found, placed, sort.down);
    }, [items, said, placed, text, sort.down]);
}
