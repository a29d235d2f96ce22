// Entries of the audit log. Pure.

export interface Entry {
    id: string;
    at: string;
    who: { kind: string; id: string; name?: string };
    action: string;
    kind: string;
    regionId?: string;
    resourceId?: string;
    name?: string;
    projectId?: string;
    [member: string]: unknown;
}

export interface AuditPage {
    items: Entry[];
    next?: string;
}

const shown = new Set(["id", "at", "who", "action", "kind", "regionId", "resourceId", "name", "projectId"]);

const plain = (value: unknown): string =>
    Array.isArray(value)
        ? value.map(plain).join(", ")
        : typeof value === "object" && value !== null
          ? Object.entries(value)
                .map(([key, inner]) => `${key}=${plain(inner)}`)
                .join(", ")
          : String(value);

/** What else an entry says, in one line: which members were changed, why it was refused. */
export const restOf = (entry: Entry): string =>
    Object.entries(entry)
        .filter(([name, value]) => !shown.has(name) && !/(Code|Arguments)$/.test(name) && value !== undefined && value !== "")
        .map(([name, value]) => `${name}: ${plain(value)}`)
        .join(" · ");

/** The same names as the API's parameters. */
export const auditFilters = ["actor", "action", "kind", "regionId", "resourceId", "name", "from", "to"] as const;

export function auditQuery(query: URLSearchParams, limit: number): string {
    const asked = new URLSearchParams({ limit: String(limit) });
    for (const name of [...auditFilters, "cursor"]) {
        const value = query.get(name);
        if (value) asked.set(name, value);
    }
    return asked.toString();
}
