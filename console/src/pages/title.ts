// What a page is called in the browser's tab and in its history.
import { hasKind, kindOf } from "../forms/schema.ts";
import { store } from "../live/store.ts";
import { en } from "../words/en.ts";
import { t, within, type Word } from "../words/words.ts";
import { collectionTitle, kindTitle, titleOf } from "./names.tsx";
import { tabsOf } from "./tabs.tsx";

const plain: Record<string, Word> = {
    addTunnels: "tunnels.add",
    explain: "explain.title",
    test: "test.title",
    events: "c.events",
    audit: "audit.title",
};

const wordOr = (word: string, otherwise: string): string => (word in en ? t(word as Word) : otherwise);

function resourceTitle(collection: string, region: string, id: string, tab: string | undefined): string {
    const item = store.get(collection, region, id);
    const name = item ? titleOf(collection, item) : id;
    const part = tabsOf(collection).find((one) => one.name === tab && one.name !== "");
    return tab === "edit" ? t("edit.kind", { name }) : [part && t(part.title), name, kindTitle(collection)].filter(Boolean).join(" · ");
}

/** What the page at this address is about. */
export function topicOf([first = "", second, third, fourth, tab]: readonly string[]): string {
    if (!first) return t("nav.overview");
    if (first === "guides") return wordOr(`nav.${second}`, t("nav.guides"));
    const word = plain[first];
    if (word) return t(word);
    if (first === "regions" && second && third && fourth && hasKind(third)) return resourceTitle(third, second, fourth, tab);
    if (!hasKind(first)) return "";
    if (!second) return collectionTitle(first);
    if (second === "new") return t("create.kind", { kind: within(kindTitle(first)) });
    return resourceTitle(first, kindOf(first)?.regional || first === "regions" ? second : "", second, third);
}

/** warning: how many alarms there are now. */
export const pageTitle = (path: readonly string[], warning: number): string =>
    (warning ? `(${warning}) ` : "") + [topicOf(path), t("app.name")].filter(Boolean).join(" – ");
