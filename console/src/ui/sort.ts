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

/** Marks upon letters. */
const marks = /\p{M}/gu;
const LONGEST = 20; // digits of what is taken for a number

/** A text that stands among others of its kind where people expect: comparing such is much cheaper than collating. */
export const place = (value: string | number): string | number =>
    typeof value === "number"
        ? value
        : value
              .normalize("NFKD")
              .replace(marks, "")
              .toLowerCase()
              .replace(/\d+/g, (digits) => digits.padStart(LONGEST, "0"));

/** What has no value comes first, then numbers. */
function byPlace(a: string | number, b: string | number): number {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a === "number") return b === "" ? 1 : -1;
    if (typeof b === "number") return a === "" ? -1 : 1;
    return a < b ? -1 : a > b ? 1 : 0;
}

/** A new array; what is equal keeps its order. placed: the place of each row, for whoever keeps them. */
export function sortedBy<T>(rows: readonly T[], placed: (row: T) => string | number, down: boolean): T[] {
    const keyed = rows.map((row) => ({ row, key: placed(row) }));
    keyed.sort((a, b) => (down ? byPlace(b.key, a.key) : byPlace(a.key, b.key)));
    return keyed.map(({ row }) => row);
}

export const sorted = <T>(rows: readonly T[], value: (row: T) => string | number, down: boolean): T[] =>
    sortedBy(rows, (row) => place(value(row)), down);
