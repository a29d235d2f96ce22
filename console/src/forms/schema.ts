// The resources as the API describes them (/openapi.json): what forms, columns and labels are made of.
import { call } from "../api/call.ts";

export interface Text {
    en: string;
    zh: string;
}

export interface Choice {
    value: string | number;
    label: Text;
    description?: Text;
    weak?: boolean;
    recommended?: boolean;
    aead?: boolean;
    when?: Condition;
}

/** Another field and the values of it with which something matters. */
export interface Condition {
    path: string;
    values: (string | number | boolean)[];
    text: Text;
    otherwise?: "ignored" | "refused";
}

export interface Schema {
    type?: string | string[];
    enum?: (string | number)[];
    items?: Schema;
    properties?: Record<string, Schema>;
    additionalProperties?: Schema | boolean;
    required?: string[];
    default?: unknown;
    format?: string;
    pattern?: string;
    minimum?: number;
    maximum?: number;
    maxLength?: number;
    minItems?: number;
    maxItems?: number;
    readOnly?: boolean;
    writeOnly?: boolean;
    examples?: unknown[];
    "x-ropeway-title"?: Text;
    "x-ropeway-description"?: Text;
    "x-ropeway-unit"?: Text;
    "x-ropeway-zero"?: Text;
    "x-ropeway-group"?: string;
    "x-ropeway-groups"?: { name: string; title: Text }[];
    "x-ropeway-values"?: Choice[];
    "x-ropeway-when"?: Condition;
    "x-ropeway-required-when"?: Condition;
    "x-ropeway-create-only"?: boolean;
    "x-ropeway-allocated"?: boolean;
    "x-ropeway-shown-once"?: boolean;
    "x-ropeway-refers-to"?: string[];
    /** Values that may stand in its place; ADDRESS: any address. */
    "x-ropeway-also"?: string[];
    "x-ropeway-kind"?: { collection: string; noun: string; prefix: string; scope: "region" | "global" };
}

export interface Kind {
    name: string;
    collection: string;
    /** Whether it lives in a region. */
    regional: boolean;
    schema: Schema;
}

interface Document {
    components: { schemas: Record<string, Schema> };
}

let kinds = new Map<string, Kind>();
/** The kinds by what their ids begin with: lists look up each id of each row. */
let byPrefix = new Map<string, Kind>();

/** The kinds by their collections. */
export function kindsOf(document: Document): Map<string, Kind> {
    const found = new Map<string, Kind>();
    for (const [name, schema] of Object.entries(document.components.schemas)) {
        const kind = schema["x-ropeway-kind"];
        if (kind) found.set(kind.collection, { name, collection: kind.collection, regional: kind.scope === "region", schema });
    }
    return found;
}

export async function loadKinds(): Promise<void> {
    kinds = kindsOf(await call<Document>("GET", "/openapi.json"));
    byPrefix = new Map([...kinds.values()].map((kind) => [kind.schema["x-ropeway-kind"]?.prefix ?? "", kind]));
    byPrefix.delete("");
}

export const kindOf = (collection: string): Kind | undefined => kinds.get(collection);
export const hasKind = (collection: string): boolean => kinds.has(collection);

/** What follows the prefix of an id. */
const RANDOM = 10;

/** "vpn-72bim3eg5g" → its kind: what ids in tables and reasons lead to. */
export const kindOfId = (id: string): Kind | undefined => byPrefix.get(id.slice(0, -RANDOM));

/** By dotted path, into objects, not into lists. */
export function fieldAt(schema: Schema, path: string): Schema | undefined {
    let at: Schema | undefined = schema;
    for (const part of path.split(".")) at = at?.properties?.[part];
    return at;
}

export const allKinds = (): Iterable<Kind> => kinds.values();
