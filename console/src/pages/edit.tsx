// Creating, changing and cloning a resource, with one form made of its description.
import { useMemo, useState } from "preact/hooks";
import { call, newKey, pathOf, Problem } from "../api/call.ts";
import { Form } from "../forms/form.tsx";
import { kindOf, type Kind } from "../forms/schema.ts";
import { creation, difference, isEditable, type Tree } from "../forms/value.ts";
import { useCollection, useResource } from "../live/hooks.ts";
import { store, type Resource } from "../live/store.ts";
import { go, to, type Route } from "../route.ts";
import { Busy, Button, Dialog, Empty, LinkButton, Notice } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { t, within } from "../words/words.ts";
import { kindTitle, pathOfResource } from "./names.tsx";
import { PskOnce } from "./psk.tsx";
import { useReady } from "./ready.tsx";

/** What the address of the page fills in: "?vpnConnectionId=vpn-…". Lists are joined by commas. */
export function prefilled(kind: Kind, query: URLSearchParams): Tree {
    const tree: Tree = {};
    for (const [name, text] of query) {
        const field = kind.schema.properties?.[name];
        if (field && isEditable(field) && name !== "region") tree[name] = field.type === "array" ? text.split(",") : text;
    }
    return tree;
}

/** What of a resource another one is begun with: neither its name nor what was allocated to it. */
export function cloned(kind: Kind, item: Resource): Tree {
    const tree: Tree = {};
    for (const [name, field] of Object.entries(kind.schema.properties ?? {}))
        if (isEditable(field) && !field["x-ropeway-allocated"] && item[name] !== undefined) tree[name] = item[name];
    return tree;
}

interface Saved extends Resource {
    psk?: string;
    token?: string;
    link?: string;
    webhookSecret?: string;
    warnings?: string[];
}

/** Shown when they are made, and not again. */
const secrets = ["psk", "token", "link", "webhookSecret"] as const;

/** What is shown once, and what the server warns of. */
function After({ saved, onClose }: { saved: Saved; onClose: () => void }) {
    const what = secrets.find((name) => saved[name]);
    const secret = what && saved[what];
    return (
        <Dialog title={saved.name} onClose={onClose}>
            {(saved.warnings ?? []).map((warning) => (
                <Notice key={warning} tone="warn">
                    {warning}
                </Notice>
            ))}
            {secret && <PskOnce secret={secret} what={what} />}
            <footer>
                <Button kind="primary" onClick={onClose}>
                    {t("ok")}
                </Button>
            </footer>
        </Dialog>
    );
}

export function CreatePage({ route, collection }: { route: Route; collection: string }) {
    const kind = kindOf(collection);
    const regions = useCollection("regions");
    const region = route.query.get("region") || (regions.length === 1 ? (regions[0]?.id ?? "") : "");
    const [chosen, setChosen] = useState("");
    const at = region || chosen;
    const from = route.query.get("from") ?? "";
    const source = kind && from ? store.get(collection, region, from) : undefined;
    const [tree, setTree] = useState<Tree>(() => (kind ? (source ? cloned(kind, source) : prefilled(kind, route.query)) : {}));
    const [problem, setProblem] = useState<Problem>();
    const [busy, setBusy] = useState(false);
    const [saved, setSaved] = useState<Saved>();
    const key = useMemo(newKey, [tree, at]);
    if (!kind) return <Empty title={t("not.found.page")} />;
    const done = (item: Resource): void => go(pathOfResource(collection, kind.regional ? at : "", item.id));
    const save = async (): Promise<void> => {
        setBusy(true);
        setProblem(undefined);
        try {
            const item = await call<Saved>("POST", pathOf(kind.regional ? at : "", collection), { body: creation(tree, kind.schema), key });
            say(t("created.done", { name: item.name }));
            if (secrets.some((name) => item[name]) || item.warnings?.length) setSaved(item);
            else done(item);
        } catch (error) {
            if (error instanceof Problem) setProblem(error);
        } finally {
            setBusy(false);
        }
    };
    return (
        <form class="sheet" onSubmit={(e) => (e.preventDefault(), void save())}>
            <header class="page">
                <h1>{t("create.kind", { kind: within(kindTitle(collection)) })}</h1>
            </header>
            {kind.regional && !region && (
                <div class="field">
                    <label for="field-region">
                        {t("region")} <span class="required">*</span>
                    </label>
                    <select id="field-region" required value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>
                        <option value="">{t("form.choose")}</option>
                        {regions.map((r) => (
                            <option key={r.id} value={r.id}>
                                {r.name}
                            </option>
                        ))}
                    </select>
                </div>
            )}
            {(at || !kind.regional) && <Form schema={kind.schema} use="create" region={at} tree={tree} set={setTree} problem={problem} />}
            <footer>
                <LinkButton href={to([collection], { region })}>{t("cancel")}</LinkButton>
                <button type="submit" class="button primary" disabled={busy || (kind.regional && !at)}>
                    {t("create")}
                </button>
            </footer>
            {saved && <After saved={saved} onClose={() => done(saved)} />}
        </form>
    );
}

export function EditPage({ collection, region, id }: { collection: string; region: string; id: string }) {
    const kind = kindOf(collection);
    const item = useResource(collection, region, id);
    const { ready } = useReady(collection, region);
    if (kind && item) return <EditForm kind={kind} item={item} region={region} />;
    return kind && !ready ? <Busy /> : <Empty title={t("not.found")} />;
}

function EditForm({ kind, item, region }: { kind: Kind; item: Resource; region: string }) {
    const { collection } = kind;
    const { id } = item;
    const [base, setBase] = useState(item);
    const [tree, setTree] = useState<Tree>(item);
    const [problem, setProblem] = useState<Problem>();
    const [busy, setBusy] = useState(false);
    const [saved, setSaved] = useState<Saved>();
    const back = pathOfResource(collection, kind.regional ? region : "", id);
    const patch = difference(base, tree, kind.schema);
    const unchanged = Object.keys(patch).length === 0;
    const moved = item.revision !== base.revision;
    /** What somebody else changed is taken over; what is typed here stays. */
    const takeOver = (): void => {
        setTree(merged(item, patch));
        setBase(item);
        setProblem(undefined);
    };
    const save = async (): Promise<void> => {
        setBusy(true);
        setProblem(undefined);
        try {
            const answer = await call<Saved>("PATCH", pathOf(kind.regional ? region : "", collection, id), {
                body: patch,
                revision: base.revision,
            });
            say(t("saved.done", { name: answer.name }));
            if (secrets.some((name) => answer[name]) || answer.warnings?.length) setSaved(answer);
            else go(back);
        } catch (error) {
            if (error instanceof Problem) setProblem(error);
        } finally {
            setBusy(false);
        }
    };
    return (
        <form class="sheet" onSubmit={(e) => (e.preventDefault(), void save())}>
            <header class="page">
                <h1>{t("edit.kind", { name: item.name })}</h1>
            </header>
            {moved && (
                <Notice tone="warn" title={t("changed.elsewhere")}>
                    <Button onClick={takeOver}>{t("changed.take")}</Button>
                </Notice>
            )}
            <Form
                schema={kind.schema}
                use="edit"
                region={region}
                tree={tree}
                set={setTree}
                problem={problem?.status === 412 ? undefined : problem}
            />
            <Consequences collection={collection} patch={patch} />
            <footer>
                <LinkButton href={to(back)}>{t("cancel")}</LinkButton>
                <button type="submit" class="button primary" disabled={busy || unchanged || moved}>
                    {t("save")}
                </button>
            </footer>
            {saved && <After saved={saved} onClose={() => go(back)} />}
        </form>
    );
}

/** A patch upon what is there now (RFC 7396), for the form. */
export function merged(item: Tree, patch: Tree): Tree {
    const next: Tree = { ...item };
    for (const [name, value] of Object.entries(patch)) {
        const inner = next[name];
        if (typeof value === "object" && value !== null && !Array.isArray(value))
            next[name] = merged(typeof inner === "object" && inner !== null ? (inner as Tree) : {}, value as Tree);
        else if (value === null) delete next[name];
        else next[name] = value;
    }
    return next;
}

const newIkeSa = ["psk", "localId", "remoteId", "ike"];

/** What a change does to traffic, before it is made. */
export function consequence(collection: string, patch: Tree): "none" | "ike" | "child" | "off" | "routes" {
    const has = (names: string[]): boolean => names.some((name) => name in patch);
    if (collection === "borderGatewayRoutes" || collection === "routeTables" || collection === "vpcAttachments")
        return has(["tags", "name", "description"]) && Object.keys(patch).length === 1 ? "none" : "routes";
    if (collection !== "vpnTunnels") return "none";
    if (patch["adminState"] === "down") return "off";
    const ike = patch["ike"] as Tree | undefined;
    if (has(newIkeSa) && !(ike && !has(["psk", "localId", "remoteId"]) && Object.keys(ike).join() === "lifetimeSeconds")) return "ike";
    const ipsec = patch["ipsec"] as Tree | undefined;
    return ipsec && Object.keys(ipsec).some((name) => name !== "lifetimeSeconds") ? "child" : "none";
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
