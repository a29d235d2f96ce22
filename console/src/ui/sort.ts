// The order of rows, as people expect it: t2 before t10, 10.2.0.0 before 10.10.0.0.

export interface Sort {
    key: string;
    down: boolean;
}

/** "name", "-name" */
export const sortText = (sort: Sort): string => (sort.down ? "-" : "") + sort.key;

export const parseSort = (text: string): Sort => ({ key: text.replace(/^-/, ""), down: text.startsWith("-") });

export const isSortedBy = (sort: Sort | undefined, key: string): "up" | "down" | undefined =>
    sort?.key !== key ? undefined : sort.down ? "down" : "up";

const natural = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export function compare(a: string | number, b: string | number): number {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return natural.compare(String(a), String(b));
}

/** A new array; what is equal keeps its order. */
export function sorted<T>(rows: readonly T[], value: (row: T) => string | number, down: boolean): T[] {
    const keyed = rows.map((row) => ({ row, key: value(row) }));
    keyed.sort((a, b) => (down ? compare(b.key, a.key) : compare(a.key, b.key)));
    return keyed.map(({ row }) => row);
}
