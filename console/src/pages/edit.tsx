// Creating, changing and cloning a resource, with one form made of its description.
import { useMemo, useState } from "preact/hooks";
import { call, newKey, pathOf } from "../api/call.ts";
import { Form } from "../forms/form.tsx";
import { kindOf, type Kind } from "../forms/schema.ts";
import { creation, difference, type Tree } from "../forms/value.ts";
import { useCollection, useResource } from "../live/hooks.ts";
import { mayChange, type Who } from "../live/session.ts";
import { isBuiltIn } from "../live/state.ts";
import { store, type Resource } from "../live/store.ts";
import { go, to, type Route } from "../route.ts";
import { Busy, Button, Empty, Notice } from "../ui/parts.tsx";
import { t, within } from "../words/words.ts";
import { cloned, consequence, isMadeByHand, merged, prefilled } from "./draft.ts";
import { collectionTitle, kindTitle, pathOfResource, titleOf } from "./names.tsx";
import { OnlyRead } from "./onlyread.tsx";
import { useReady } from "./ready.tsx";
import { Sheet, useSending, type Saved } from "./sheet.tsx";

export function CreatePage({ route, who, collection }: { route: Route; who: Who; collection: string }) {
    const kind = kindOf(collection);
    if (!kind || !isMadeByHand(collection)) return <Empty title={t("not.found.page")} />;
    if (mayChange(who, collection)) return <CreateForm kind={kind} query={route.query} />;
    const back = to([collection], { region: route.query.get("region") ?? undefined });
    return <OnlyRead who={who} back={back} title={collectionTitle(collection)} />;
}

function CreateForm({ kind, query }: { kind: Kind; query: URLSearchParams }) {
    const { collection, schema } = kind;
    const regions = useCollection("regions");
    const region = query.get("region") || (regions.length === 1 ? (regions[0]?.id ?? "") : "");
    const [chosen, setChosen] = useState("");
    const at = kind.regional ? region || chosen : "";
    const from = query.get("from") ?? "";
    const source = from ? store.get(collection, region, from) : undefined;
    const [tree, setTree] = useState<Tree>(() => (source ? cloned(kind, source) : prefilled(kind, query)));
    const key = useMemo(newKey, [tree, at]);
    const sending = useSending(
        () => call<Saved>("POST", pathOf(at, collection), { body: creation(tree, schema), key }),
        (item) => t("created.done", { name: item.name }),
        (item) => go(pathOfResource(collection, at, item.id)),
    );
    return (
        <Sheet
            title={t("create.kind", { kind: within(kindTitle(collection)) })}
            back={to([collection], { region })}
            sending={sending}
            word={t("create")}
            disabled={kind.regional && !at}
        >
            {kind.regional && !region && <ChooseRegion regions={regions} chosen={chosen} choose={setChosen} />}
            {(at || !kind.regional) && (
                <Form schema={schema} use="create" region={at} tree={tree} set={setTree} problem={sending.problem} />
            )}
        </Sheet>
    );
}

function ChooseRegion({ regions, chosen, choose }: { regions: readonly Resource[]; chosen: string; choose: (id: string) => void }) {
    return (
        <div class="field">
            <label for="field-region">
                {t("region")} <span class="required">*</span>
            </label>
            <select id="field-region" required value={chosen} onChange={(e) => choose(e.currentTarget.value)}>
                <option value="">{t("form.choose")}</option>
                {regions.map((region) => (
                    <option key={region.id} value={region.id}>
                        {region.name}
                    </option>
                ))}
            </select>
        </div>
    );
}

export function EditPage({ who, collection, region, id }: { who: Who; collection: string; region: string; id: string }) {
    const kind = kindOf(collection);
    const item = useResource(collection, region, id);
    const { ready } = useReady(collection, region);
    if (!kind || !item) return kind && !ready ? <Busy /> : <Empty title={t("not.found")} />;
    const path = pathOfResource(collection, kind.regional ? region : "", id);
    if (!mayChange(who, collection) || isBuiltIn(item))
        return <OnlyRead who={who} back={to(path)} title={titleOf(collection, item)} builtIn={isBuiltIn(item)} />;
    return <EditForm kind={kind} item={item} region={region} path={path} />;
}

function EditForm({ kind, item, region, path }: { kind: Kind; item: Resource; region: string; path: string[] }) {
    const { collection, schema } = kind;
    const [base, setBase] = useState(item);
    const [tree, setTree] = useState<Tree>(item);
    const patch = difference(base, tree, schema);
    const unchanged = Object.keys(patch).length === 0;
    const moved = item.revision !== base.revision;
    const sending = useSending(
        () => call<Saved>("PATCH", pathOf(kind.regional ? region : "", collection, item.id), { body: patch, revision: base.revision }),
        (answer) => t("saved.done", { name: answer.name }),
        () => go(path),
    );
    const { problem } = sending;
    /** What somebody else changed is taken over; what is typed here stays. */
    const takeOver = (): void => {
        setTree(merged(item, patch));
        setBase(item);
        sending.forget();
    };
    return (
        <Sheet title={t("edit.kind", { name: item.name })} back={to(path)} sending={sending} word={t("save")} disabled={unchanged || moved}>
            {moved && (
                <Notice tone="warn" title={t("changed.elsewhere")}>
                    <Button onClick={takeOver}>{t("changed.take")}</Button>
                </Notice>
            )}
            <Form
                schema={schema}
                use="edit"
                region={region}
                tree={tree}
                set={setTree}
                problem={problem?.status === 412 ? undefined : problem}
            />
            <Consequences collection={collection} patch={patch} />
        </Sheet>
    );
}

function Consequences({ collection, patch }: { collection: string; patch: Tree }) {
    if (Object.keys(patch).length === 0) return null;
    const what = consequence(collection, patch);
    return (
        <Notice tone={what === "off" || what === "routes" ? "warn" : "idle"} title={t("effect.title")}>
            {t(`effect.${what}`)}
        </Notice>
    );
}
