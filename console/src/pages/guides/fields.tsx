// Fields of the guides' forms: a label, what is filled in, and what is wrong with it.
import { t } from "../../words/words.ts";
import type { Fault } from "./check.ts";

interface Common {
    id: string;
    label: string;
    faults: readonly Fault[];
    help?: string;
}

function Below({ id, faults, help }: { id: string; faults: readonly Fault[]; help: string | undefined }) {
    return (
        <div id={`${id}-below`} class="help" aria-live="polite">
            {faults.map((fault, at) => (
                <div key={at} class={fault.tone === "bad" ? "error" : "warning"}>
                    {t(fault.text, fault.args)}
                </div>
            ))}
            {help && faults.length === 0 && <div>{help}</div>}
        </div>
    );
}

const isBad = (faults: readonly Fault[]): true | undefined => faults.some((fault) => fault.tone === "bad") || undefined;

export function TextField({
    id,
    label,
    faults,
    help,
    value,
    set,
    keepSpaces,
}: Common & { value: string; set: (value: string) => void; keepSpaces?: boolean }) {
    return (
        <div class="field">
            <label for={id}>{label}</label>
            <input
                id={id}
                type="text"
                autocomplete="off"
                spellcheck={false}
                value={value}
                aria-invalid={isBad(faults)}
                aria-describedby={`${id}-below`}
                onInput={(e) => set(keepSpaces ? e.currentTarget.value : e.currentTarget.value.trim())}
            />
            <Below id={id} faults={faults} help={help} />
        </div>
    );
}

export interface Option {
    value: string;
    text: string;
}

export function SelectField({
    id,
    label,
    faults,
    help,
    value,
    set,
    options,
}: Common & { value: string; set: (value: string) => void; options: readonly Option[] }) {
    return (
        <div class="field">
            <label for={id}>{label}</label>
            <select
                id={id}
                value={value}
                aria-invalid={isBad(faults)}
                aria-describedby={`${id}-below`}
                onChange={(e) => set(e.currentTarget.value)}
            >
                {options.every((option) => option.value !== value) && <option value={value}>{value || t("form.choose")}</option>}
                {options.map((option) => (
                    <option key={option.value} value={option.value}>
                        {option.text}
                    </option>
                ))}
            </select>
            <Below id={id} faults={faults} help={help} />
        </div>
    );
}

/** Guides that have made something and may be taken up. */
export function Begun({
    all,
    hrefOf,
}: {
    all: readonly { guide: string; setup: string; items: number }[];
    hrefOf: (g: { guide: string; setup: string }) => string;
}) {
    if (all.length === 0) return null;
    return (
        <section class="card">
            <h2>{t("guide.begun")}</h2>
            <ul class="plain">
                {all.map((one) => (
                    <li key={one.guide}>
                        <a href={hrefOf(one)}>{one.setup.split("|")[0]}</a>{" "}
                        <span class="faint">
                            {t("guide.begun.items", { count: one.items })} · {one.guide}
                        </span>
                    </li>
                ))}
            </ul>
        </section>
    );
}

/** Short, and the same alphabet as the service's own ids. */
export const newGuide = (kind: string): string =>
    kind + [...crypto.getRandomValues(new Uint8Array(10))].map((n) => "abcdefghijklmnopqrstuvwxyz234567"[n % 32]).join("");
