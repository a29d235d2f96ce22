// What happened in the regions, the newest first, going on by itself.
import { call, pathOf } from "../api/call.ts";
import { allKinds, hasKind } from "../forms/schema.ts";
import { useBeat, useChanges } from "../live/changes.ts";
import { useCollection, useLoaded, useNow } from "../live/hooks.ts";
import { to } from "../route.ts";
import { Ago, Badge, type Tone } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { dateTime } from "../words/time.ts";
import { language, t } from "../words/words.ts";
import { mergedEvents, severities, type EventPage, type Happening, type Severity } from "./events.ts";
import { ChoiceFilter, Filters, TextFilter, TimeFilter } from "./filters.tsx";
import type { PageProps } from "./list.tsx";
import { collectionTitle } from "./names.tsx";
import { Past } from "./past.tsx";
import { ResourceLink } from "./resourcelink.tsx";
import { Said } from "./said.tsx";

const AGAIN_MS = 15_000;
const LIMIT = 120;
const names = ["region", "severity", "collection", "resource", "from", "to"] as const;

const tones: Record<Severity, Tone> = { info: "idle", warning: "warn", error: "bad" };

/** The region's page of them. */
async function load(region: string, query: URLSearchParams, signal: AbortSignal): Promise<EventPage> {
    const asked = new URLSearchParams({ limit: String(LIMIT) });
    for (const name of names) {
        const value = query.get(name);
        if (value && name !== "region") asked.set(name, value);
    }
    return call<EventPage>("GET", `${pathOf(region, "events")}?${asked.toString()}`, { signal });
}

export function EventsPage({ route }: PageProps) {
    const { query } = route;
    const all = useCollection("regions").map((region) => region.id);
    const chosen = query.get("region");
    const regions = chosen ? [chosen] : all;
    const told = useCollection("events").length;
    const changed = useChanges(chosen ?? all[0] ?? "", ["events"]);
    const beat = useBeat(AGAIN_MS);
    const loaded = useLoaded(
        (signal) => Promise.all(regions.map((region) => load(region, query, signal))),
        [regions.join(), query.toString(), told, changed, beat, language()],
    );
    const { items, more } = mergedEvents(loaded.value ?? []);
    const until = (end: string | undefined): string => to(["events"], { ...Object.fromEntries(query), to: end });
    return (
        <Past
            title={t("c.events")}
            name="events"
            filters={<EventFilters query={query} regions={all} />}
            filtered={names.some((name) => query.get(name))}
            loaded={loaded}
            columns={columnsNow(useNow(), regions.length > 1)}
            rows={items}
            rowKey={(item) => `${item.regionId}/${item.id}`}
            older={more ? until(items.at(-1)?.at) : undefined}
            newest={query.get("to") ? until(undefined) : undefined}
        />
    );
}

function EventFilters({ query, regions }: { query: URLSearchParams; regions: string[] }) {
    const collections = [...allKinds()].filter((kind) => kind.regional).map((kind) => kind.collection);
    return (
        <Filters names={names} query={query}>
            <ChoiceFilter name="region" title={t("region")} query={query} choices={regions.map((id) => [id, id])} />
            <ChoiceFilter
                name="severity"
                title={t("severity.least")}
                query={query}
                choices={severities.map((one) => [one, t(`severity.${one}`)])}
            />
            <ChoiceFilter
                name="collection"
                title={t("event.about")}
                query={query}
                choices={collections.map((name) => [name, collectionTitle(name)])}
            />
            <TextFilter name="resource" title={t("resource.id")} query={query} />
            <TimeFilter name="from" title={t("time.from")} query={query} />
            <TimeFilter name="to" title={t("time.to")} query={query} />
        </Filters>
    );
}

function columnsNow(now: number, withRegion: boolean): Column<Happening>[] {
    const columns: Column<Happening>[] = [
        {
            key: "at",
            title: t("time"),
            value: (item) => item.at,
            cell: (item) => (
                <>
                    {dateTime(item.at)}{" "}
                    <span class="faint">
                        <Ago at={item.at} now={now} />
                    </span>
                </>
            ),
        },
        {
            key: "severity",
            title: t("severity"),
            value: (item) => t(`severity.${item.severity}`),
            cell: (item) => <Badge tone={tones[item.severity]}>{t(`severity.${item.severity}`)}</Badge>,
        },
        {
            key: "resource",
            title: t("event.about"),
            value: (item) => item.resource?.name ?? "",
            cell: (item) =>
                item.resource && (
                    <ResourceLink
                        collection={hasKind(item.resource.collection) ? item.resource.collection : ""}
                        region={item.regionId}
                        id={item.resource.id}
                        name={item.resource.name}
                    />
                ),
        },
        {
            key: "text",
            title: t("event.what"),
            value: (item) => item.text,
            cell: (item) => (
                <span class="reason">
                    <Said region={item.regionId} text={item.text} />
                    {item.leftOut ? <span class="faint"> {t("event.left.out", { count: item.leftOut })}</span> : null}
                </span>
            ),
        },
    ];
    if (withRegion)
        columns.splice(1, 0, { key: "region", title: t("region"), value: (item) => item.regionId, cell: (item) => item.regionId });
    return columns;
}
