// Who did what: the audit log, a page at a time.
import { call } from "../api/call.ts";
import { allKinds } from "../forms/schema.ts";
import { useBeat } from "../live/changes.ts";
import { useCollection, useLoaded } from "../live/hooks.ts";
import { go } from "../route.ts";
import { Badge, Busy, Button, Empty, Notice } from "../ui/parts.tsx";
import { CsvButton } from "../ui/save.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { dateTime } from "../words/time.ts";
import { language, t } from "../words/words.ts";
import {
    actionChoices,
    actionWord,
    kindWord as ownWord,
    auditFilters,
    type AuditPage as Page,
    auditQuery,
    type Entry,
    restOf,
} from "./audit.ts";
import { ChoiceFilter, Filters, TextFilter, TimeFilter } from "./filters.tsx";
import type { PageProps } from "./list.tsx";
import { kindTitle } from "./names.tsx";
import { AsOf } from "./ready.tsx";
import { ResourceLink } from "./resourcelink.tsx";
import { Said } from "./said.tsx";

const LIMIT = 100;
const AGAIN_MS = 15_000;
/** "vpnTunnel" → "vpnTunnels", for what has pages. */
const collectionOf = (name: string): string => [...allKinds()].find((kind) => kind.name === name)?.collection ?? "";

function kindWord(name: string): string {
    const collection = collectionOf(name);
    return collection ? kindTitle(collection) : ownWord(name);
}

export function AuditPage({ route }: PageProps) {
    const { query } = route;
    const cursor = query.get("cursor");
    const beat = useBeat(AGAIN_MS);
    const loaded = useLoaded(
        (signal) => call<Page>("GET", `/v1/auditLog?${auditQuery(query, LIMIT)}`, { signal }),
        [query.toString(), cursor ? 0 : beat, language()], // what is older does not change
    );
    const items = loaded.value?.items ?? [];
    const next = loaded.value?.next;
    const error = loaded.error as Error | undefined;
    const turn = (to: string | undefined): void => go(["audit"], { ...Object.fromEntries(query), cursor: to });
    return (
        <>
            <header class="page">
                <h1>{t("audit.title")}</h1>
            </header>
            <AuditFilters query={query} />
            <div class="tools">
                {cursor && <Button onClick={() => turn(undefined)}>{t("newest")}</Button>}
                {next && <Button onClick={() => turn(next)}>{t("older")}</Button>}
                <span class="grow" />
                <AsOf at={loaded.at} again={loaded.again} />
                <CsvButton name="audit-log" columns={columns()} rows={items} />
            </div>
            {error && <Notice tone="bad">{error.message}</Notice>}
            {!loaded.value && !error ? (
                <Busy />
            ) : (
                <Table
                    cards
                    label={t("audit.title")}
                    columns={columns()}
                    rows={items}
                    rowKey={(entry) => entry.id}
                    empty={<Empty title={t(auditFilters.some((name) => query.get(name)) ? "empty.filtered" : "empty.list")} />}
                />
            )}
        </>
    );
}

function AuditFilters({ query }: { query: URLSearchParams }) {
    const regions = useCollection("regions").map((region) => region.id);
    const kinds = [...allKinds()].map((kind) => [kind.name, kindTitle(kind.collection)] as const);
    return (
        <Filters names={auditFilters} query={query}>
            <TextFilter name="actor" title={t("audit.who")} query={query} list={["admin", "node", "nodeToken"]} />
            <ChoiceFilter name="action" title={t("audit.action")} query={query} choices={actionChoices(query.get("action"))} />
            <ChoiceFilter name="kind" title={t("audit.kind")} query={query} choices={kinds} />
            <ChoiceFilter name="regionId" title={t("region")} query={query} choices={regions.map((id) => [id, id])} />
            <TextFilter name="resourceId" title={t("resource.id")} query={query} />
            <TextFilter name="name" title={t("name")} query={query} />
            <TimeFilter name="from" title={t("time.from")} query={query} />
            <TimeFilter name="to" title={t("time.to")} query={query} />
        </Filters>
    );
}

const whoText = (entry: Entry): string => entry.who.name ?? entry.who.id;

function columns(): Column<Entry>[] {
    return [
        { key: "at", title: t("time"), value: (entry) => entry.at, cell: (entry) => <time dateTime={entry.at}>{dateTime(entry.at)}</time> },
        {
            key: "who",
            title: t("audit.who"),
            value: whoText,
            cell: (entry) => (
                <>
                    {whoText(entry)} {entry.who.kind !== entry.who.id && <span class="faint">{entry.who.kind}</span>}
                </>
            ),
        },
        {
            key: "action",
            title: t("audit.action"),
            value: (entry) => entry.action,
            cell: ({ action }) =>
                action === "refused" ? <Badge tone="bad">{actionWord(action)}</Badge> : <span title={action}>{actionWord(action)}</span>,
        },
        { key: "kind", title: t("audit.kind"), value: (entry) => kindWord(entry.kind), cell: (entry) => kindWord(entry.kind) },
        {
            key: "resource",
            title: t("audit.resource"),
            value: (entry) => entry.name ?? entry.resourceId ?? "",
            cell: (entry) => (
                <ResourceLink
                    collection={collectionOf(entry.kind)}
                    region={entry.regionId ?? ""}
                    id={entry.resourceId ?? ""}
                    name={entry.name ?? ""}
                />
            ),
        },
        { key: "region", title: t("region"), value: (entry) => entry.regionId ?? "", cell: (entry) => entry.regionId },
        {
            key: "rest",
            title: t("audit.rest"),
            value: restOf,
            cell: (entry) =>
                restOf(entry) && (
                    <span class="reason">
                        <Said region={entry.regionId ?? ""} text={restOf(entry)} />
                    </span>
                ),
        },
    ];
}
