// A routing table as the API works it out, fresh whenever something it hangs on has changed.
import type { ComponentChildren } from "preact";
import { call } from "../api/call.ts";
import type { Route as TableRoute } from "../api/types.ts";
import { routing, useBeat, useChanges } from "../live/changes.ts";
import { useLoaded, useResource } from "../live/hooks.ts";
import { setQuery, to, useRoute } from "../route.ts";
import { Badge, Busy, Empty, Notice } from "../ui/parts.tsx";
import { CsvButton } from "../ui/save.tsx";
import { parseSort, sorted, sortText } from "../ui/sort.ts";
import { Table, type Column } from "../ui/table.tsx";
import { language, t, type Word } from "../words/words.ts";
import { nameOf, Pending, Ref } from "./names.tsx";
import { AsOf } from "./ready.tsx";
import { Said } from "./said.tsx";

export type { TableRoute };

/** Routes learned from peers are told by nobody: they are asked for again. */
const AGAIN_MS = 15_000;

const isPlain = (route: TableRoute): boolean => route.nextHopType === "local" || route.nextHopType === "blackhole";

export const hopWord = (type: string): string => t(`hop.${type}` as Word);
export const routeTypeWord = (type: string): string => t(`route.${type}` as Word);

export function NextHop({ region, id, type }: { region: string; id: string; type: string }) {
    if (type === "local" || type === "blackhole") return <>{hopWord(type)}</>;
    if (type === "router")
        return (
            <>
                <code>{id}</code> <span class="faint">{hopWord(type)}</span>
            </>
        );
    return (
        <>
            <Ref region={region} id={id} /> <span class="faint">{hopWord(type)}</span>
        </>
    );
}

/** As many pages of a table as are shown. */
const PAGES = 20;

export interface Pages<T> {
    items: T[];
    /** There is more than that. */
    next?: string;
    /** Why what was learned does not count now. */
    unconfirmed?: string;
}

/** All pages of a list of routes, which is one unless BGP brings many. */
export async function allPages<T>(path: string, signal: AbortSignal): Promise<Pages<T>> {
    const all = await call<Pages<T>>("GET", path, { signal });
    for (let n = 1; all.next && n < PAGES; n++) {
        const cursor = `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(all.next)}`;
        const page = await call<Pages<T>>("GET", path + cursor, { signal });
        all.items.push(...page.items);
        if (page.next) all.next = page.next;
        else delete all.next;
    }
    return all;
}

/** In a long table every row is as high as the others. */
const LONG = 120;

/** What only routes by BGP have. */
function bgpColumns(region: string): Column<TableRoute>[] {
    return [
        {
            key: "asPath",
            title: t("route.as.path"),
            value: (route) => route.asPath ?? "",
            cell: (route) => <code title={route.communities || undefined}>{route.asPath}</code>,
        },
        {
            key: "tunnelId",
            title: t("route.tunnel"),
            value: (route) => (route.tunnelId ? nameOf(region, route.tunnelId) : ""),
            cell: (route) => route.tunnelId && <Ref region={region} id={route.tunnelId} />,
        },
    ];
}

function columnsFor(region: string, long: boolean, bgp: boolean): Column<TableRoute>[] {
    return [
        {
            key: "destination",
            title: t("route.destination"),
            value: (route) => route.destination,
            cell: (route) => <code>{route.destination}</code>,
        },
        {
            key: "nextHop",
            title: t("route.next.hop"),
            value: (route) => (isPlain(route) ? hopWord(route.nextHopType) : nameOf(region, route.nextHop)),
            cell: (route) => <NextHop region={region} id={route.nextHop} type={route.nextHopType} />,
        },
        { key: "type", title: t("route.type"), value: (route) => routeTypeWord(route.type), cell: (route) => routeTypeWord(route.type) },
        { key: "metric", title: t("route.metric"), number: true, value: (route) => route.metric, cell: (route) => route.metric },
        ...(bgp ? bgpColumns(region) : []),
        {
            key: "effective",
            title: t("state"),
            value: (route) => (route.effective ? t("route.effective") : route.reason),
            cell: (route) => (
                <span class={long ? "" : "reason"} title={route.reason || undefined}>
                    <Badge tone={route.effective ? "ok" : "warn"}>{t(route.effective ? "route.effective" : "route.not.effective")}</Badge>{" "}
                    {!route.effective && <Said region={region} text={route.reason} />}
                    <Carried region={region} route={route} />
                </span>
            ),
        },
    ];
}

/** Whether the node has the route, where it is a resource of its own. */
function Carried({ region, route }: { region: string; route: TableRoute }) {
    const item = useResource("borderGatewayRoutes", region, route.routeId ?? "");
    return item ? <Pending item={item} /> : null;
}

interface Props {
    region: string;
    path: string;
    /** For the file. */
    name: string;
    more?: Column<TableRoute>[];
    children?: ComponentChildren;
}

export function RoutesTable({ region, path, name, more = [], children }: Props) {
    const changes = useChanges(region, routing);
    const beat = useBeat(AGAIN_MS);
    const { query } = useRoute();
    const loaded = useLoaded((signal) => allPages<TableRoute>(path, signal), [path, changes, beat, language()]);
    const sort = parseSort(query.get("sort") ?? "destination");
    const items = loaded.value?.items ?? [];
    const columns = columnsFor(
        region,
        items.length > LONG,
        items.some((route) => route.tunnelId),
    );
    const by = columns.find((column) => column.key === sort.key)?.value ?? ((route: TableRoute) => route.destination);
    const rows = sorted(items, by, sort.down);
    return (
        <>
            <div class="tools">
                {children}
                <span class="grow" />
                <AsOf at={loaded.at} again={loaded.again} />
                <CsvButton name={name} columns={columns} rows={rows} />
            </div>
            {loaded.value?.next !== undefined && <Notice tone="warn">{t("route.more", { count: items.length })}</Notice>}
            {loaded.error !== undefined && <Notice tone="bad">{String((loaded.error as Error).message)}</Notice>}
            {loaded.value ? (
                <Table
                    cards
                    label={t("tab.routes")}
                    columns={[...columns, ...more]}
                    rows={rows}
                    rowKey={(route) => `${route.destination} ${route.nextHop} ${route.type} ${route.routeId ?? route.tunnelId ?? ""}`}
                    sort={sort}
                    onSort={(next) => setQuery({ sort: sortText(next) })}
                    empty={<Empty title={t("empty.list")} />}
                />
            ) : (
                loaded.error === undefined && <Busy />
            )}
        </>
    );
}

/** Where packets of the table go, asked for an address. */
export function ExplainLink({ region, from }: { region: string; from: string }) {
    return (
        <a class="button" href={to(["explain"], { region, from })}>
            {t("explain.title")}
        </a>
    );
}
