// Filters that stand in the address of the page.
import type { ComponentChildren } from "preact";
import { setQuery } from "../route.ts";
import { Button } from "../ui/parts.tsx";
import { fromLocalInput, localInput } from "../words/time.ts";
import { t } from "../words/words.ts";

interface FilterProps {
    name: string;
    title: string;
    query: URLSearchParams;
}

/** Where in the list one is means nothing with another filter. */
const change = (name: string, value: string | undefined): void => setQuery({ [name]: value, cursor: undefined });

export function TextFilter({ name, title, query, list }: FilterProps & { list?: readonly string[] }) {
    return (
        <label>
            {title}
            <input
                type="text"
                spellcheck={false}
                autocomplete="off"
                list={list ? `filter-${name}` : undefined}
                value={query.get(name) ?? ""}
                onChange={(e) => change(name, e.currentTarget.value.trim())}
            />
            {list && (
                <datalist id={`filter-${name}`}>
                    {list.map((value) => (
                        <option key={value} value={value} />
                    ))}
                </datalist>
            )}
        </label>
    );
}

export function TimeFilter({ name, title, query }: FilterProps) {
    return (
        <label>
            {title}
            <input
                type="datetime-local"
                step="1"
                value={localInput(query.get(name) ?? "")}
                onChange={(e) => change(name, fromLocalInput(e.currentTarget.value))}
            />
        </label>
    );
}

export function ChoiceFilter({
    name,
    title,
    query,
    choices,
}: FilterProps & { choices: readonly (readonly [value: string, text: string])[] }) {
    return (
        <label>
            {title}
            <select value={query.get(name) ?? ""} onChange={(e) => change(name, e.currentTarget.value)}>
                <option value="">{t("all")}</option>
                {choices.map(([value, text]) => (
                    <option key={value} value={value}>
                        {text}
                    </option>
                ))}
            </select>
        </label>
    );
}

/** All of them, and a way to be rid of them. */
export function Filters({ names, query, children }: { names: readonly string[]; query: URLSearchParams; children: ComponentChildren }) {
    const any = names.some((name) => query.get(name));
    return (
        <div class="in-place filters" role="search">
            {children}
            {any && (
                <Button icon="close" onClick={() => setQuery(Object.fromEntries([...names, "cursor"].map((name) => [name, undefined])))}>
                    {t("filter.clear")}
                </Button>
            )}
        </div>
    );
}
