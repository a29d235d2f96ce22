// Which fields a form shows, under which headings and in which order.
import { isEditable, isMap } from "./value.ts";
import type { Schema, Text } from "./schema.ts";

export type Use = "create" | "edit";

export interface FormField {
    path: string;
    schema: Schema;
    required: boolean;
    /** May be chosen at creation alone; in an edit form it is only shown. */
    fixed: boolean;
}

export interface Group {
    name: string;
    title: Text;
    fields: FormField[];
    /** Nothing in it needs to be looked at for an ordinary resource. */
    advanced: boolean;
}

/** How a field is filled in. */
export type Control =
    | "text"
    | "secret"
    | "number"
    | "switch"
    | "choice"
    | "choices"
    | "reference"
    | "references"
    | "nextHop"
    | "router"
    | "lines"
    | "map"
    | "objects"
    | "group";

export function controlOf(schema: Schema): Control {
    if (schema.enum) return "choice";
    const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
    switch (type) {
        case "boolean":
            return "switch";
        case "integer":
        case "number":
            return "number";
        case "array":
            if (schema.items?.enum) return "choices";
            if (schema.items?.["x-ropeway-refers-to"]) return "references";
            return schema.items?.properties ? "objects" : "lines";
        case "object":
            return isMap(schema) ? "map" : "group";
        default:
            if (schema["x-ropeway-also"]?.includes("ADDRESS")) return "router";
            if (schema["x-ropeway-refers-to"]) return schema["x-ropeway-also"] ? "nextHop" : "reference";
            return schema.format === "password" ? "secret" : "text";
    }
}

function collect(schema: Schema, prefix: string, use: Use, into: FormField[]): void {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
        if (!isEditable(field)) continue;
        const path = prefix + name;
        if (controlOf(field) === "group") {
            collect(field, `${path}.`, use, into);
            continue;
        }
        const fixed = use === "edit" && Boolean(field["x-ropeway-create-only"]);
        into.push({ path, schema: field, required: !prefix && (schema.required?.includes(name) ?? false), fixed });
    }
}

/** Fields are grouped as the API says; the first group is what everybody fills in, required fields first. */
export function groupsOf(schema: Schema, use: Use): Group[] {
    const fields: FormField[] = [];
    collect(schema, "", use, fields);
    const titles = schema["x-ropeway-groups"] ?? [];
    const groupOf = (field: FormField): string => schema.properties?.[field.path.split(".")[0] ?? ""]?.["x-ropeway-group"] ?? "general";
    return titles
        .map(({ name, title }, at) => {
            const own = orderOf(fields.filter((field) => groupOf(field) === name));
            return { name, title, fields: own, advanced: at > 0 && own.every(isOptional) };
        })
        .filter((group) => group.fields.length > 0);
}

/** Left alone it becomes something that works. */
const isOptional = ({ schema, required }: FormField): boolean =>
    !required && ("default" in schema || Boolean(schema["x-ropeway-allocated"]));

const last = ["projectId", "description", "tags"];

function orderOf(fields: FormField[]): FormField[] {
    const rank = (field: FormField): number =>
        field.path === "name" ? 0 : field.required ? 1 : last.includes(field.path) ? 3 + last.indexOf(field.path) : 2;
    return [...fields].sort((a, b) => rank(a) - rank(b));
}
