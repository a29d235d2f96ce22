// IPv4 prefixes as numbers: whether one is written well, lies inside another, overlaps it. Pure.

export interface Prefix {
    /** First address. */
    from: number;
    length: number;
}

export function parseAddress(text: string): number | undefined {
    const parts = text.split(".");
    if (parts.length !== 4) return undefined;
    let value = 0;
    for (const part of parts) {
        if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
        value = value * 256 + Number(part);
    }
    return value;
}

const sizeOf = (length: number): number => 2 ** (32 - length);

/** Undefined: no prefix, or one with bits beyond its length. */
export function parsePrefix(text: string): Prefix | undefined {
    const [address = "", length = "", more] = text.split("/");
    const from = parseAddress(address);
    if (more !== undefined || from === undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
    const prefix = { from, length: Number(length) };
    return from % sizeOf(prefix.length) === 0 ? prefix : undefined;
}

export const formatAddress = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

export const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix.from)}/${prefix.length}`;

export const contains = (outer: Prefix, inner: Prefix): boolean =>
    outer.length <= inner.length && inner.from >= outer.from && inner.from < outer.from + sizeOf(outer.length);

export const overlap = (a: Prefix, b: Prefix): boolean => contains(a, b) || contains(b, a);

/** The first two texts of the lists that overlap. What is no prefix overlaps nothing. */
export function overlapOf(ours: readonly string[], theirs: readonly string[]): [string, string] | undefined {
    for (const a of ours)
        for (const b of theirs) {
            const [x, y] = [parsePrefix(a), parsePrefix(b)];
            if (x && y && overlap(x, y)) return [a, b];
        }
    return undefined;
}

/** The first prefix of the given length within pool that overlaps none of the taken ones. */
export function firstFree(pool: string, length: number, taken: readonly string[], skip = 0): string | undefined {
    const within = parsePrefix(pool);
    if (!within) return undefined;
    const used = taken.map(parsePrefix).filter((p) => p !== undefined);
    for (let from = within.from + skip * sizeOf(length); from < within.from + sizeOf(within.length); from += sizeOf(length))
        if (!used.some((p) => overlap(p, { from, length }))) return formatPrefix({ from, length });
    return undefined;
}

/** "169.254.1.1/30" → "169.254.1.0/30" */
export function networkOf(interfaceAddress: string): string {
    const [address = "", length = "32"] = interfaceAddress.split("/");
    const value = parseAddress(address);
    if (value === undefined) return "";
    return formatPrefix({ from: value - (value % sizeOf(Number(length))), length: Number(length) });
}

/** The n-th address of a prefix. */
export const addressIn = (prefix: string, n: number): string => formatAddress((parsePrefix(prefix)?.from ?? 0) + n);
