// One resource: what it is and does, and the parts of it as tabs of their own.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import { kindOf, type Kind } from "../forms/schema.ts";
import { useResource } from "../live/hooks.ts";
import { mayChange, maySeeAll, type Who } from "../live/session.ts";
import { isBuiltIn, pendingOf, stateOf } from "../live/state.ts";
import type { Resource } from "../live/store.ts";
import { go, to } from "../route.ts";
import { Busy, Button, Empty, LinkButton, Menu, Notice, Tabs } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { t } from "../words/words.ts";
import { AlarmTest } from "./alarm.tsx";
import { DeleteDialog } from "./delete.tsx";
import { Diagnosis } from "./diagnosis.tsx";
import { isMadeByHand } from "./draft.ts";
import { collectionTitle, pathOfResource, Pending, StateBadge, titleOf } from "./names.tsx";
import { orSay } from "./orsay.ts";
import { UserActions } from "./people.tsx";
import { RevealPsk } from "./psk.tsx";
import { useReady } from "./ready.tsx";
import type { Part } from "./part.ts";
import { tabsOf } from "./tabs.tsx";

export interface DetailProps {
    who: Who;
    collection: string;
    region: string;
    id: string;
    tab: string;
}

export function DetailPage({ who, collection, region, id, tab }: DetailProps) {
    const kind = kindOf(collection);
    const item = useResource(collection, region, id);
    const { ready, problem } = useReady(collection, region);
    if (kind && !item && !ready) return problem ? <Notice tone="bad">{problem.message}</Notice> : <Busy />;
    if (!kind || !item) return <Empty title={t("not.found")}>{kind && <a href={to([collection])}>{collectionTitle(collection)}</a>}</Empty>;
    const parts = tabsOf(collection);
    const path = pathOfResource(collection, kind.regional ? region : "", id);
    const current = parts.find((part) => part.name === tab) ?? (parts[0] as Part);
    const Body = current.body;
    return (
        <>
            <nav class="crumbs" aria-label="breadcrumb">
                <a href={to([collection], { region: kind.regional ? region : undefined })}>{collectionTitle(collection)}</a>
            </nav>
            <header class="page">
                <h1>
                    {titleOf(collection, item)} <StateBadge collection={collection} item={item} /> <Pending item={item} />
                </h1>
                <Actions who={who} kind={kind} item={item} path={path} />
            </header>
            {collection === "vpnTunnels" && isDown(item) ? (
                <Diagnosis region={region} id={id} who={who} />
            ) : (
                <Why collection={collection} item={item} />
            )}
            {parts.length > 1 && (
                <Tabs
                    current={current.name}
                    tabs={parts.map((part) => ({
                        name: part.name,
                        title: t(part.title),
                        href: to(part === parts[0] ? path : [...path, part.name]),
                    }))}
                />
            )}
            <Body key={current.name} who={who} kind={kind} item={item} region={region} />
        </>
    );
}

const isDown = (tunnel: Resource): boolean => tunnel["adminState"] !== "down" && tunnel["operState"] !== "up";

/** What is wrong with it, in a sentence; what has not been carried out. */
function Why({ collection, item }: { collection: string; item: Resource }) {
    const state = stateOf(collection, item);
    const pending = pendingOf(item);
    return (
        <>
            {state?.why && <Notice tone={state.tone === "ok" ? "warn" : state.tone}>{state.why}</Notice>}
            {pending && <Notice tone="busy">{t("pending.for", { reason: pending })}</Notice>}
        </>
    );
}

function Actions({ who, kind, item, path }: { who: Who; kind: Kind; item: Resource; path: string[] }) {
    const [deleting, setDeleting] = useState(false);
    const [revealing, setRevealing] = useState(false);
    const { collection } = kind;
    const fixed = isBuiltIn(item);
    const region = item.regionId ?? "";
    const past = (
        <>
            {["instances", "routeTables", "borderGateways"].includes(collection) && (
                <a href={to(["explain"], { region, from: item.id })}>{t("explain.title")}</a>
            )}
            {["instances", "vpnTunnels"].includes(collection) && <a href={to(["test"], { region, from: item.id })}>{t("test.title")}</a>}
            {kind.regional && <a href={to(["events"], { region, resource: item.id })}>{t("c.events")}</a>}
            {maySeeAll(who) && <a href={to(["audit"], { resourceId: item.id })}>{t("audit.title")}</a>}
        </>
    );
    if (!mayChange(who, collection)) return <Menu label={t("more")}>{past}</Menu>;
    return (
        <div class="actions">
            {collection === "users" && <UserActions item={item} />}
            {collection === "alarms" && !fixed && <AlarmTest item={item} />}
            {collection === "vpnTunnels" && <AdminState item={item} />}
            {collection === "vpnTunnels" && who.mayRevealKeys && (
                <Button icon="eye" onClick={() => setRevealing(true)}>
                    {t("psk.title")}
                </Button>
            )}
            {!fixed && (
                <LinkButton icon="edit" href={to([...path, "edit"])}>
                    {t("edit")}
                </LinkButton>
            )}
            <Menu label={t("more")}>
                {isMadeByHand(collection) && collection !== "regions" && (
                    <a href={to([collection, "new"], { region, from: item.id })}>{t("clone")}</a>
                )}
                {past}
                {!fixed && (
                    <button type="button" class="danger" onClick={() => setDeleting(true)}>
                        {t("delete")}
                    </button>
                )}
            </Menu>
            {deleting && (
                <DeleteDialog
                    collection={collection}
                    items={[item]}
                    onClose={() => setDeleting(false)}
                    onDone={() => go([collection], { region })}
                />
            )}
            {revealing && <RevealPsk region={region} id={item.id} onClose={() => setRevealing(false)} />}
        </div>
    );
}

/** Switches a tunnel off or on; the news offers to take that back. */
function AdminState({ item }: { item: Resource }) {
    const on = item["adminState"] !== "down";
    const set = (state: "up" | "down", undoing = false): Promise<void> =>
        orSay(async () => {
            await call("PATCH", pathOf(item.regionId ?? "", "vpnTunnels", item.id), { body: { adminState: state } });
            say(
                t(state === "up" ? "enabled.done" : "disabled.done", { name: item.name }),
                "ok",
                undoing ? undefined : () => void set(state === "up" ? "down" : "up", true),
            );
        });
    return <Button onClick={() => void set(on ? "down" : "up")}>{t(on ? "disable" : "enable")}</Button>;
}
