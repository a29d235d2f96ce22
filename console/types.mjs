// Writes src/api/types.ts from the API's own description:  node types.mjs OPENAPI.json > src/api/types.ts
import { readFile } from "node:fs/promises";

const doc = JSON.parse(await readFile(process.argv[2], "utf8"));

function type(schema, indent) {
    if (schema.$ref) return name(schema.$ref.split("/").pop());
    if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
    if (schema.oneOf) return schema.oneOf.map((s) => type(s, indent)).join(" | ");
    const kind = Array.isArray(schema.type) ? schema.type.filter((t) => t !== "null")[0] : schema.type;
    switch (kind) {
        case "integer":
        case "number":
            return "number";
        case "boolean":
            return "boolean";
        case "string":
            return "string";
        case "array": {
            if (!schema.items) return "unknown[]";
            const item = type(schema.items ?? {}, indent);
            return /^\w+$/.test(item) ? `${item}[]` : `(${item})[]`;
        }
        case "object":
            if (schema.properties) return members(schema, indent);
            return `Record<string, ${schema.additionalProperties ? type(schema.additionalProperties, indent) : "unknown"}>`;
        default:
            return "unknown";
    }
}

// What an answer about a resource always has: what was given, filled in or allocated; not what nodes say, nor secrets.
function isAlways(schema, key, s) {
    if (schema.required?.includes(key)) return true;
    if (s.format === "password" || s["x-ropeway-shown-once"] || s["x-ropeway-group"] === "status") return false;
    return "default" in s || Boolean(s["x-ropeway-allocated"]) || s["x-ropeway-group"] === "record" || key === "id";
}

// What many kinds have alike is written once.
const shared = { conditions: "Condition" };
const bodies = new Map();

function typeOf(key, s, indent) {
    const once = shared[key];
    if (!once || !s.items?.properties) return type(s, indent);
    const body = type(s.items, "");
    if (body !== (bodies.get(once) ?? body)) return type(s, indent);
    bodies.set(once, body);
    return `${once}[]`;
}

function members(schema, indent) {
    const inner = indent + "    ";
    const lines = Object.entries(schema.properties).map(
        ([key, s]) => `${inner}${key}${isAlways(schema, key, s) ? "" : "?"}: ${typeOf(key, s, inner)};`,
    );
    return `{\n${lines.join("\n")}\n${indent}}`;
}

const name = (text) => text[0].toUpperCase() + text.slice(1);

console.log("// Written by types.mjs from /openapi.json. What may be missing is secret, or said by nodes, which may not have spoken yet.");
for (const [key, schema] of Object.entries(doc.components.schemas)) {
    if (/(Patch|List)$/.test(key)) continue;
    const body = type(schema, "");
    console.log(body.startsWith("{") ? `\nexport interface ${name(key)} ${body}` : `\nexport type ${name(key)} = ${body};`);
}
for (const [once, body] of bodies) console.log(`\nexport interface ${once} ${body}`);
