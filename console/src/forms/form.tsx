// A form for a resource, made of its description: groups, defaults, units, conditions, and errors where they belong.
import { useState } from "preact/hooks";
import type { Problem } from "../api/call.ts";
import { Button, Notice } from "../ui/parts.tsx";
import { either, t } from "../words/words.ts";
import { ControlFor } from "./controls.tsx";
import { controlOf, groupsOf, type FormField, type Group, type Use } from "./layout.ts";
import { fieldAt, type Condition, type Schema } from "./schema.ts";
import { holds, same, valueAt, withValue, type Tree, type Value } from "./value.ts";

export interface FormProps {
    schema: Schema;
    use: Use;
    region: string;
    tree: Tree;
    set: (tree: Tree) => void;
    problem: Problem | undefined;
    /** Paths that the page fills in itself. */
    hide?: readonly string[];
}

/** The field that a refusal is about: "ike.dhGroups[2]" is shown at ike.dhGroups. */
export function fieldOf(problem: Problem | undefined, fields: readonly FormField[]): string | undefined {
    const named = problem?.field?.replace(/\[\d+\].*$/, "");
    return named && fields.some((field) => field.path === named) ? named : undefined;
}

/** Refused here, and not given either, which its default is as well. */
export function isHidden({ schema, path }: FormField, tree: Tree, root: Schema): boolean {
    const when = schema["x-ropeway-when"];
    const value = valueAt(tree, path);
    return when?.otherwise === "refused" && !holds(when, tree, root) && (value === undefined || same(value, schema.default));
}

export function Form(props: FormProps) {
    const hides = (field: FormField): boolean => Boolean(props.hide?.includes(field.path)) || isHidden(field, props.tree, props.schema);
    const groups = groupsOf(props.schema, props.use)
        .map((group) => ({ ...group, fields: group.fields.filter((field) => !hides(field)) }))
        .filter((group) => group.fields.length > 0);
    const wrong = fieldOf(
        props.problem,
        groups.flatMap((group) => group.fields),
    );
    return (
        <>
            {props.problem && (
                <Notice tone="bad" title={t("form.wrong")}>
                    {!wrong && props.problem.message}
                </Notice>
            )}
            {groups.map((group) => (
                <GroupPart key={group.name} group={group} wrong={wrong} {...props} />
            ))}
        </>
    );
}

function GroupPart({ group, wrong, ...props }: FormProps & { group: Group; wrong: string | undefined }) {
    const [open, setOpen] = useState(!group.advanced);
    const shown = open || group.fields.some((field) => field.path === wrong);
    const fields = group.fields.map((field) => <FieldPart key={field.path} field={field} wrong={wrong} {...props} />);
    if (!group.advanced)
        return (
            <fieldset class="group">
                {group.name !== "general" && <legend>{either(group.title)}</legend>}
                {fields}
            </fieldset>
        );
    return (
        <details class="group" open={shown} onToggle={(e) => setOpen(e.currentTarget.open)}>
            <summary>{either(group.title)}</summary>
            {shown && <fieldset>{fields}</fieldset>}
        </details>
    );
}

/** "“Probe” is Yes": by the words that stand at the field itself. */
export function conditionText({ path, values, text }: Condition, root: Schema): string {
    const field = fieldAt(root, path);
    if (!field || values.length === 0) return either(text);
    const shown = values.map((value) => shownValue(field.items ?? field, value)).join(", ");
    return t("form.condition", { field: either(field["x-ropeway-title"], path), values: shown });
}

/** A default as people read it: labels of its values. */
export function shownValue(schema: Schema, value: Value): string {
    if (value === undefined || value === null || value === "") return "";
    if (Array.isArray(value)) return value.map((v) => shownValue(schema.items ?? {}, v)).join(", ");
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    if (typeof value === "object")
        return Object.entries(value)
            .map(([k, v]) => `${k}=${String(v)}`)
            .join(", ");
    if (value === 0 && schema["x-ropeway-zero"]) return either(schema["x-ropeway-zero"]);
    const choice = schema["x-ropeway-values"]?.find((c) => String(c.value) === String(value));
    const unit = either(schema["x-ropeway-unit"]);
    return (choice ? either(choice.label) : String(value)) + (unit && typeof value === "number" ? ` ${unit}` : "");
}

function hintsOf(schema: Schema): string {
    const parts = [either(schema["x-ropeway-description"])];
    if (schema.minimum !== undefined && schema.maximum !== undefined)
        parts.push(t("form.range", { min: schema.minimum, max: schema.maximum }));
    const otherwise = shownValue(schema, schema.default);
    if (otherwise && controlOf(schema) !== "map") parts.push(t("form.default", { value: otherwise }));
    return parts.filter(Boolean).join(" · ");
}

function FieldPart({ field, wrong, ...props }: FormProps & { field: FormField; wrong: string | undefined }) {
    const { schema, path } = field;
    const id = `field-${path.replaceAll(".", "-")}`;
    const when = schema["x-ropeway-when"];
    const idle = when && !holds(when, props.tree, props.schema);
    const needed = schema["x-ropeway-required-when"];
    const required = field.required || Boolean(needed && holds(needed, props.tree, props.schema));
    const value = valueAt(props.tree, path);
    const title = either(schema["x-ropeway-title"], path);
    return (
        <div class={`field ${wrong === path ? "wrong" : ""} ${idle ? "idle" : ""}`} data-field={path}>
            <label for={id}>
                {title}
                {required && (
                    <span class="required" title={t("form.required")}>
                        {" "}
                        *
                    </span>
                )}
                {schema["x-ropeway-unit"] && <span class="faint"> ({either(schema["x-ropeway-unit"])})</span>}
            </label>
            <ControlFor
                id={id}
                schema={schema}
                value={value}
                set={(next) => props.set(withValue(props.tree, path, next))}
                disabled={field.fixed}
                invalid={wrong === path}
                describedBy={`${id}-help`}
                required={required}
                region={props.region}
                tree={props.tree}
                root={props.schema}
            />
            {props.use === "edit" &&
                !field.fixed &&
                "default" in schema &&
                value !== undefined &&
                JSON.stringify(value) !== JSON.stringify(schema.default) && (
                    <Button
                        kind="quiet"
                        icon="refresh"
                        label={t("form.reset")}
                        onClick={() => props.set(withValue(props.tree, path, schema.default))}
                    />
                )}
            <p class="help" id={`${id}-help`}>
                {wrong === path && <strong class="error">{props.problem?.message} </strong>}
                {idle ? t("form.ignored", { condition: conditionText(when, props.schema) }) : hintsOf(schema)}
            </p>
        </div>
    );
}
