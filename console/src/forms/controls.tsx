// One control for each way in which a field is filled in.
import { useState } from "preact/hooks";
import { store, type Resource } from "../live/store.ts";
import { Button } from "../ui/parts.tsx";
import { either, t } from "../words/words.ts";
import { controlOf, type Control } from "./layout.ts";
import type { Choice, Schema } from "./schema.ts";
import { holds, valueAt, withValue, type Tree, type Value } from "./value.ts";

export interface ControlProps {
    id: string;
    schema: Schema;
    value: Value;
    set: (value: Value) => void;
    disabled: boolean;
    invalid: boolean;
    describedBy: string;
    required: boolean;
    region: string;
    /** All of the form, and its schema: conditions look at other fields. */
    tree: Tree;
    root: Schema;
}

const common = (p: ControlProps) => ({
    id: p.id,
    disabled: p.disabled,
    "aria-invalid": p.invalid || undefined,
    "aria-describedby": p.describedBy,
    required: p.required,
});

const textOf = (value: Value): string => (value === undefined || value === null ? "" : String(value));

function placeholderOf(p: ControlProps): string {
    if (p.schema["x-ropeway-allocated"]) return t("form.auto");
    const example = p.schema.examples?.[0];
    return example === undefined ? "" : String(example);
}

function TextControl(p: ControlProps) {
    return (
        <input
            type="text"
            autocomplete="off"
            spellcheck={false}
            maxLength={p.schema.maxLength}
            placeholder={placeholderOf(p)}
            value={textOf(p.value)}
            onInput={(e) => p.set(e.currentTarget.value)}
            {...common(p)}
        />
    );
}

function SecretControl(p: ControlProps) {
    const [shown, setShown] = useState(false);
    return (
        <span class="with-button">
            <input
                type={shown ? "text" : "password"}
                autocomplete="new-password"
                spellcheck={false}
                placeholder={placeholderOf(p)}
                value={textOf(p.value)}
                onInput={(e) => p.set(e.currentTarget.value)}
                {...common(p)}
            />
            <Button kind="quiet" icon="eye" label={t("psk.show")} aria-pressed={shown} onClick={() => setShown(!shown)} />
        </span>
    );
}

function NumberControl(p: ControlProps) {
    const take = (text: string): void => p.set(text.trim() === "" ? undefined : /^-?\d+$/.test(text.trim()) ? Number(text) : text);
    return (
        <input
            type="text"
            inputMode="numeric"
            autocomplete="off"
            placeholder={textOf(p.schema.default) || placeholderOf(p)}
            value={textOf(p.value)}
            onInput={(e) => take(e.currentTarget.value)}
            {...common(p)}
        />
    );
}

function SwitchControl(p: ControlProps) {
    const on = (p.value ?? p.schema.default) === true;
    const { required: _, ...rest } = common(p);
    return <input type="checkbox" role="switch" class="switch" checked={on} onChange={(e) => p.set(e.currentTarget.checked)} {...rest} />;
}

const labelOf = (choice: Choice): string => {
    const label = either(choice.label, String(choice.value));
    const marks = [choice.weak && t("form.weak"), choice.recommended && t("form.recommended")].filter(Boolean);
    return marks.length ? `${label} (${marks.join(", ")})` : label;
};

function ChoiceControl(p: ControlProps) {
    const choices = p.schema["x-ropeway-values"] ?? [];
    const take = (text: string): void => p.set(choices.find((choice) => String(choice.value) === text)?.value);
    return (
        <select value={textOf(p.value ?? p.schema.default)} onChange={(e) => take(e.currentTarget.value)} {...common(p)}>
            {p.schema.default === undefined && <option value="">{t("form.choose")}</option>}
            {choices.map((choice) => (
                <option
                    key={choice.value}
                    value={String(choice.value)}
                    disabled={choice.when ? !holds(choice.when, p.tree, p.root) : false}
                    title={either(choice.description)}
                >
                    {labelOf(choice)}
                </option>
            ))}
        </select>
    );
}

function moved<T>(list: readonly T[], from: number, to: number): T[] {
    const next = [...list];
    const [item] = next.splice(from, 1);
    if (item !== undefined) next.splice(to, 0, item);
    return next;
}

/** Several of a list, in an order of preference. */
function ChoicesControl(p: ControlProps) {
    const choices = p.schema.items?.["x-ropeway-values"] ?? [];
    const chosen = (p.value ?? p.schema.default ?? []) as (string | number)[];
    const rest = choices.filter((choice) => !chosen.includes(choice.value));
    return (
        <div class="choices" id={p.id} role="group" aria-describedby={p.describedBy} aria-invalid={p.invalid || undefined}>
            <ol>
                {chosen.map((value, at) => {
                    const choice = choices.find((c) => c.value === value);
                    return (
                        <li key={value} class={choice?.weak ? "weak" : ""}>
                            <span class="grow" title={either(choice?.description)}>
                                {choice ? labelOf(choice) : value}
                            </span>
                            <Button
                                kind="quiet"
                                icon="up"
                                label={t("up.move")}
                                disabled={p.disabled || at === 0}
                                onClick={() => p.set(moved(chosen, at, at - 1))}
                            />
                            <Button
                                kind="quiet"
                                icon="down"
                                label={t("down.move")}
                                disabled={p.disabled || at === chosen.length - 1}
                                onClick={() => p.set(moved(chosen, at, at + 1))}
                            />
                            <Button
                                kind="quiet"
                                icon="close"
                                label={t("remove")}
                                disabled={p.disabled}
                                onClick={() => p.set(chosen.filter((v) => v !== value))}
                            />
                        </li>
                    );
                })}
            </ol>
            {rest.length > 0 && !p.disabled && (
                <select
                    aria-label={t("add")}
                    value=""
                    onChange={(e) =>
                        p.set([...chosen, ...rest.filter((c) => String(c.value) === e.currentTarget.value).map((c) => c.value)])
                    }
                >
                    <option value="">{t("add")}…</option>
                    {rest.map((choice) => (
                        <option key={choice.value} value={String(choice.value)}>
                            {labelOf(choice)}
                        </option>
                    ))}
                </select>
            )}
        </div>
    );
}

/** What of a region a field may refer to. Where both hang on one thing (a subnet's table, its VPC), only what hangs on the same. */
export function candidates(schema: Schema, region: string, tree: Tree): Resource[] {
    const found: Resource[] = [];
    for (const collection of schema["x-ropeway-refers-to"] ?? [])
        for (const item of store.all(collection)) if (item.regionId === region || collection === "regions") found.push(item);
    const vpc = tree["vpcId"];
    const connection = tree["vpnConnectionId"];
    return found.filter(
        (item) =>
            !(vpc && item["vpcId"] && item["vpcId"] !== vpc) &&
            !(connection && item["vpnConnectionId"] && item["vpnConnectionId"] !== connection),
    );
}

const nameAndId = (item: Resource): string => (item.name === item.id ? item.id : `${item.name} (${item.id})`);

function ReferenceControl(p: ControlProps) {
    const items = candidates(p.schema, p.region, p.tree);
    const value = textOf(p.value);
    return (
        <select value={value} onChange={(e) => p.set(e.currentTarget.value || undefined)} {...common(p)}>
            <option value="">{p.schema["x-ropeway-allocated"] ? t("form.auto") : items.length ? t("form.choose") : t("form.none")}</option>
            {controlOf(p.schema) === "nextHop" && <option value="blackhole">blackhole</option>}
            {items.map((item) => (
                <option key={item.id} value={item.id}>
                    {nameAndId(item)}
                </option>
            ))}
            {value && value !== "blackhole" && !items.some((item) => item.id === value) && <option value={value}>{value}</option>}
        </select>
    );
}

/** A resource, or the address of a router. */
function RouterControl(p: ControlProps) {
    const items = candidates(p.schema, p.region, p.tree);
    return (
        <>
            <input
                type="text"
                spellcheck={false}
                autocomplete="off"
                list={`${p.id}-list`}
                value={textOf(p.value)}
                onInput={(e) => p.set(e.currentTarget.value.trim() || undefined)}
                {...common(p)}
            />
            <datalist id={`${p.id}-list`}>
                <option value="blackhole" />
                {items.map((item) => (
                    <option key={item.id} value={item.id}>
                        {nameAndId(item)}
                    </option>
                ))}
            </datalist>
        </>
    );
}

function ReferencesControl(p: ControlProps) {
    const items = candidates(p.schema.items ?? {}, p.region, p.tree);
    const chosen = (p.value ?? []) as string[];
    const flip = (id: string): void => p.set(chosen.includes(id) ? chosen.filter((x) => x !== id) : [...chosen, id]);
    return (
        <div class="checks" id={p.id} role="group" aria-describedby={p.describedBy}>
            {items.length === 0 && <span class="faint">{t("form.none")}</span>}
            {items.map((item) => (
                <label key={item.id}>
                    <input type="checkbox" checked={chosen.includes(item.id)} disabled={p.disabled} onChange={() => flip(item.id)} />{" "}
                    {nameAndId(item)}
                </label>
            ))}
        </div>
    );
}

/** One on each line. */
function LinesControl(p: ControlProps) {
    const lines = (p.value ?? []) as (string | number)[];
    const [text, setText] = useState(lines.join("\n"));
    const numbers = p.schema.items?.type === "integer";
    const take = (typed: string): void => {
        setText(typed);
        const parts = typed.split(/[\n,;\s]+/).filter(Boolean);
        p.set(numbers ? parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part)) : parts);
    };
    const same =
        text
            .split(/[\n,;\s]+/)
            .filter(Boolean)
            .join() === lines.join();
    const { required: _, ...rest } = common(p);
    return (
        <textarea
            rows={Math.min(6, Math.max(2, lines.length + 1))}
            spellcheck={false}
            placeholder={t("form.lines")}
            value={same ? text : lines.join("\n")}
            onInput={(e) => take(e.currentTarget.value)}
            {...rest}
        />
    );
}

function MapControl(p: ControlProps) {
    const map = (p.value ?? {}) as Tree;
    const numbers = (p.schema.additionalProperties as Schema | undefined)?.type === "integer";
    const [rows, setRows] = useState<[string, string][]>(() => Object.entries(map).map(([k, v]) => [k, textOf(v)]));
    const take = (next: [string, string][]): void => {
        setRows(next);
        p.set(Object.fromEntries(next.filter(([k]) => k).map(([k, v]) => [k, numbers && /^\d+$/.test(v) ? Number(v) : v])));
    };
    return (
        <div class="map" id={p.id} role="group" aria-describedby={p.describedBy}>
            {rows.map(([key, value], at) => (
                <div key={at}>
                    <input
                        type="text"
                        aria-label={t("form.key")}
                        placeholder={t("form.key")}
                        value={key}
                        disabled={p.disabled}
                        onInput={(e) => take(rows.map((row, i) => (i === at ? [e.currentTarget.value, row[1]] : row)))}
                    />
                    <input
                        type="text"
                        aria-label={t("form.value")}
                        placeholder={t("form.value")}
                        value={value}
                        disabled={p.disabled}
                        onInput={(e) => take(rows.map((row, i) => (i === at ? [row[0], e.currentTarget.value] : row)))}
                    />
                    <Button
                        kind="quiet"
                        icon="close"
                        label={t("remove")}
                        disabled={p.disabled}
                        onClick={() => take(rows.filter((_, i) => i !== at))}
                    />
                </div>
            ))}
            <Button kind="quiet" icon="add" disabled={p.disabled} onClick={() => setRows([...rows, ["", ""]])}>
                {t("add")}
            </Button>
        </div>
    );
}

/** A list of small objects (the routes of a table): a row of controls each. */
function ObjectsControl(p: ControlProps) {
    const items = (p.value ?? []) as Tree[];
    const fields = Object.entries(p.schema.items?.properties ?? {}).filter(([, field]) => !field.readOnly);
    const set = (at: number, name: string, value: Value): void =>
        p.set(items.map((item, i) => (i === at ? withValue(item, name, value === "" ? undefined : value) : item)));
    return (
        <div class="objects" id={p.id} role="group" aria-describedby={p.describedBy}>
            {items.map((item, at) => (
                <fieldset key={at} disabled={p.disabled}>
                    {fields.map(([name, field]) => (
                        <label key={name}>
                            <span>{either(field["x-ropeway-title"], name)}</span>
                            <ControlFor
                                {...p}
                                id={`${p.id}-${at}-${name}`}
                                schema={field}
                                value={valueAt(item, name)}
                                set={(value) => set(at, name, value)}
                                describedBy=""
                                required={false}
                                invalid={false}
                            />
                        </label>
                    ))}
                    <Button kind="quiet" icon="trash" label={t("remove")} onClick={() => p.set(items.filter((_, i) => i !== at))} />
                </fieldset>
            ))}
            {!p.disabled && (
                <Button kind="quiet" icon="add" onClick={() => p.set([...items, {}])}>
                    {t("add")}
                </Button>
            )}
        </div>
    );
}

const controls: Record<Exclude<Control, "group">, (p: ControlProps) => preact.JSX.Element> = {
    text: TextControl,
    secret: SecretControl,
    number: NumberControl,
    switch: SwitchControl,
    choice: ChoiceControl,
    choices: ChoicesControl,
    reference: ReferenceControl,
    references: ReferencesControl,
    nextHop: ReferenceControl,
    router: RouterControl,
    lines: LinesControl,
    map: MapControl,
    objects: ObjectsControl,
};

export function ControlFor(p: ControlProps) {
    const kind = controlOf(p.schema);
    const Chosen = controls[kind === "group" ? "text" : kind];
    return <Chosen {...p} />;
}
