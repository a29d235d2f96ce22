// Who did what: the audit log, a page at a time.
import { call } from "../api/call.ts";
import { allKinds, kindOf } from "../forms/schema.ts";
import { useBeat } from "../live/changes.ts";
import { useCollection, useLoaded } from "../live/hooks.ts";
import { to } from "../route.ts";
import { Badge } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { dateTime } from "../words/time.ts";
import { either, language, t } from "../words/words.ts";
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
import { Past } from "./past.tsx";
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
    const turned = (cursor: string | undefined): string => to(["audit"], { ...Object.fromEntries(query), cursor });
    const next = loaded.value?.next;
    return (
        <Past
            title={t("audit.title")}
            name="audit-log"
            filters={<AuditFilters query={query} />}
            filtered={auditFilters.some((name) => query.get(name))}
            loaded={loaded}
            columns={columns()}
            rows={loaded.value?.items ?? []}
            rowKey={(entry) => entry.id}
            older={next && turned(next)}
            newest={cursor ? turned(undefined) : undefined}
        />
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

/** Members are called as in forms. */
function detailsOf(entry: Entry): string {
    const members = kindOf(collectionOf(entry.kind))?.schema.properties;
    return restOf(entry, (member) => either(members?.[member]?.["x-ropeway-title"], member));
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
            value: detailsOf,
            cell: (entry) =>
                detailsOf(entry) && (
                    <span class="reason">
                        <Said region={entry.regionId ?? ""} text={detailsOf(entry)} />
                    </span>
                ),
        },
    ];
}
