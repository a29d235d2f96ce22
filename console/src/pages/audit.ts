// Entries of the audit log. Pure.
import { en } from "../words/en.ts";
import { t, type Word } from "../words/words.ts";

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

/** A code by its word in the reader's language, where there is one. */
const wordOf = (word: string, code: string): string => (word in en ? t(word as Word) : code);

/** What else an entry says, in one line: which members were changed, why it was refused. titled: what a member of the kind is called. */
export const restOf = (entry: Entry, titled = (member: string): string => member): string =>
    Object.entries(entry)
        .filter(([name, value]) => !shown.has(name) && !/(Code|Arguments)$/.test(name) && value !== undefined && value !== "")
        .map(([name, value]) => {
            const said = name === "changed" && Array.isArray(value) ? value.map((member) => titled(String(member))) : value;
            return t("audit.part", { part: wordOf(`audit.part.${name}`, name), value: plain(said) });
        })
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

export const actionWord = (code: string): string => wordOf(`audit.action.${code}`, code);
export const kindWord = (code: string): string => wordOf(`audit.kind.${code}`, code);

const prefix = "audit.action.";
const actions = Object.keys(en).flatMap((word) => (word.startsWith(prefix) ? [word.slice(prefix.length)] : []));

/** The codes of actions with their words; one that the address asks for is there, known or not. */
export const actionChoices = (asked: string | null): [code: string, text: string][] =>
    [...actions, ...(asked && !actions.includes(asked) ? [asked] : [])].map((code) => [code, actionWord(code)]);
