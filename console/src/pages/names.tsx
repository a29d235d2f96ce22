// Resources by their names, as links.
import { kindOf, kindOfId } from "../forms/schema.ts";
import { useResource } from "../live/hooks.ts";
import { isBuiltIn, isOff, pendingOf, stateOf } from "../live/state.ts";
import { store, type Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { Badge } from "../ui/parts.tsx";
import { either, t, type Word } from "../words/words.ts";

export const pathOfResource = (collection: string, region: string, id: string, ...rest: string[]): string[] =>
    collection === "regions" ? ["regions", id, ...rest] : region ? ["regions", region, collection, id, ...rest] : [collection, id, ...rest];

/** The collection's own word where there is one. */
export const collectionTitle = (collection: string): string => t(`c.${collection}` as Word);

export const kindTitle = (collection: string): string => either(kindOf(collection)?.schema["x-ropeway-title"], collection);

/** What is there by itself is called by what it is about, in the reader's language. */
export function titleOf(collection: string, item: Resource): string {
    if (!isBuiltIn(item)) return item.name;
    const about = kindOf(collection)?.schema.properties?.["state"]?.["x-ropeway-values"]?.find((one) => one.value === item["state"]);
    return either(about?.label, item.name);
}

/** What an id belongs to, by name; the id itself for what is not there (or not ours to see). */
export function nameOf(region: string, id: string): string {
    const kind = kindOfId(id);
    return (kind && store.get(kind.collection, region, id)?.name) ?? id;
}

export function Ref({ region, id }: { region: string; id: string }) {
    const kind = kindOfId(id);
    const item = useResource(kind?.collection ?? "", region, id);
    if (!kind || !item) return <span class="id">{id}</span>;
    return (
        <a href={to(pathOfResource(kind.collection, region, id))} title={id}>
            {item.name}
        </a>
    );
}

/** The state in a word; nothing where there is none. */
export function stateWord(collection: string, item: Resource): string {
    const state = stateOf(collection, item);
    if (!state) return "";
    const choice = kindOf(collection)?.schema.properties?.[state.field]?.["x-ropeway-values"]?.find((c) => c.value === state.value);
    return isOff(collection, item) ? t("state.disabled") : either(choice?.label, state.value);
}

/** The same as a badge; why it is so as its title. */
export function StateBadge({ collection, item }: { collection: string; item: Resource }) {
    const state = stateOf(collection, item);
    if (!state) return null;
    return (
        <Badge tone={state.tone} title={state.why || undefined}>
            {stateWord(collection, item)}
        </Badge>
    );
}

export function Pending({ item }: { item: Resource }) {
    const why = pendingOf(item);
    if (why === undefined) return null;
    return (
        <Badge tone="busy" title={why ? t("pending.for", { reason: why }) : t("pending.long")}>
            {t("pending")}
        </Badge>
    );
}
