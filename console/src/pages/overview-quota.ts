// Which quotas are nearly used up. Pure.
import type { QuotaUse } from "../api/types.ts";

export type Use = QuotaUse & { regionId: string; used: number };

const NEAR = 0.8;

/** Of one: what nobody counted is nothing to worry about. */
export function toneOf({ used, limit }: QuotaUse): "bad" | "warn" | "ok" | "unknown" {
    if (used === undefined) return "unknown";
    return used >= limit && used > 0 ? "bad" : used > 0 && used >= limit * NEAR ? "warn" : "ok";
}

/** Those that are used to four fifths or more, the fullest first. */
export function nearLimits(quotas: readonly (QuotaUse & { regionId: string })[]): Use[] {
    const fullness = (use: Use): number => use.used / Math.max(use.limit, 1);
    return quotas
        .flatMap((quota): Use[] => (quota.used === undefined ? [] : [{ ...quota, used: quota.used }]))
        .filter((use) => use.used > 0 && use.used >= use.limit * NEAR)
        .sort((a, b) => fullness(b) - fullness(a));
}
