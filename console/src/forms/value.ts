// What a form holds: a tree of values by dotted paths, and what of it is to be sent.
import type { Condition, Schema } from "./schema.ts";

export type Value = unknown;
export type Tree = Record<string, Value>;

const isTree = (value: Value): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

export function valueAt(tree: Value, path: string): Value {
    let at = tree;
    for (const part of path.split(".")) at = isTree(at) ? at[part] : undefined;
    return at;
}

/** A new tree with value at path; undefined takes it out. */
export function withValue(tree: Tree, path: string, value: Value): Tree {
    const [first = "", ...rest] = path.split(".");
    const next = { ...tree };
    if (rest.length) {
        const inner = next[first];
        next[first] = withValue(isTree(inner) ? inner : {}, rest.join("."), value);
    } else if (value === undefined) delete next[first];
    else next[first] = value;
    return next;
}

export function same(a: Value, b: Value): boolean {
    if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
    if (isTree(a) && isTree(b)) {
        const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
        return [...keys].every((key) => same(a[key], b[key]));
    }
    return a === b;
}

/** Whether a condition holds for what is in the form; what is not given has its default. */
export function holds(condition: Condition, tree: Tree, schema: Schema): boolean {
    let value = valueAt(tree, condition.path);
    if (value === undefined || value === "") {
        let at: Schema | undefined = schema;
        for (const part of condition.path.split(".")) at = at?.properties?.[part];
        value = at?.default;
    }
    if (condition.values.length === 0) return value !== undefined && value !== ""; // any will do
    const given = Array.isArray(value) ? value : [value];
    return given.some((v) => condition.values.some((wanted) => String(wanted) === String(v)));
}

/** What a person may fill in. */
export const isEditable = (schema: Schema): boolean => !schema.readOnly;

/** What creates a resource: all that was filled in. Empty texts are left to their defaults. */
export function creation(tree: Tree, schema: Schema): Tree {
    const body: Tree = {};
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
        const value = tree[name];
        if (!isEditable(field) || value === undefined || value === "" || value === null) continue;
        if (field.properties && isTree(value)) {
            const inner = creation(value, field);
            if (Object.keys(inner).length) body[name] = inner;
        } else if (!same(value, field.default)) body[name] = value;
    }
    return body;
}

/** What turns before into after (RFC 7396): null puts a field back to its default. */
export function difference(before: Tree, after: Tree, schema: Schema): Tree {
    const patch: Tree = {};
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
        const was = before[name];
        const is = after[name];
        if (!isEditable(field) || same(was, is)) continue;
        if (field.properties && isTree(is)) {
            const inner = difference(isTree(was) ? was : {}, is, field);
            if (Object.keys(inner).length) patch[name] = inner;
        } else if (isMap(field) && isTree(is)) patch[name] = mapDifference(isTree(was) ? was : {}, is);
        else if (is === undefined || (is === "" && was !== undefined && was !== ""))
            patch[name] = field.type === "string" && !("default" in field) ? null : (field.default ?? null);
        else if (is !== "") patch[name] = is;
    }
    return patch;
}

export const isMap = (schema: Schema): boolean => schema.type === "object" && !schema.properties;

function mapDifference(before: Tree, after: Tree): Tree {
    const patch: Tree = {};
    for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
    for (const [key, value] of Object.entries(after)) if (!same(before[key], value)) patch[key] = value;
    return patch;
}
