// BGP over a tunnel or a private interface: how its session is, what its peer announces, and what it is told.
import type { ComponentChildren } from "preact";
import { pathOf } from "../api/call.ts";
import type { TunnelRoute } from "../api/types.ts";
import { fieldAt } from "../forms/schema.ts";
import { valueAt } from "../forms/value.ts";
import { routing, useBeat, useChanges } from "../live/changes.ts";
import { useLoaded, useNow } from "../live/hooks.ts";
import { Busy, Empty, Facts, Notice } from "../ui/parts.tsx";
import { CsvButton } from "../ui/save.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { either, language, t } from "../words/words.ts";
import { Cell } from "./columns.tsx";
import type { PartProps } from "./part.ts";
import { AsOf } from "./ready.tsx";
import { allPages } from "./routes.tsx";

type Row = [title: string, value: ComponentChildren, help?: string | undefined];

const AGAIN_MS = 15_000;

const facts = [
    "bgpState",
    "bgpSince",
    "bgpLastError",
    "bgpPeerAsn",
    "peerTunnelAddress",
    "peerAddress",
    "bgpHoldSeconds",
    "bfdState",
    "bgpLearned",
    "bgpAnnounced",
];

const destination = (): Column<TunnelRoute> => ({
    key: "destination",
    title: t("route.destination"),
    value: (route) => route.destination,
    cell: (route) => <code>{route.destination}</code>,
});

const learnedColumns = (): Column<TunnelRoute>[] => [
    destination(),
    {
        key: "viaAddress",
        title: t("route.next.hop"),
        value: (route) => route.viaAddress ?? "",
        cell: (route) => <code>{route.viaAddress}</code>,
    },
    { key: "asPath", title: t("route.as.path"), value: (route) => route.asPath ?? "", cell: (route) => <code>{route.asPath}</code> },
    { key: "med", title: t("route.med"), number: true, value: (route) => route.med ?? "", cell: (route) => route.med },
    { key: "communities", title: t("route.communities"), value: (route) => route.communities ?? "", cell: (route) => route.communities },
];

const announcedColumns = (): Column<TunnelRoute>[] => [
    destination(),
    {
        key: "learned",
        title: t("route.origin"),
        value: (route) => t(route.learned ? "bgp.passed.on" : "bgp.own"),
        cell: (route) => t(route.learned ? "bgp.passed.on" : "bgp.own"),
    },
];

function Routes({ kind, item, region, table, columns }: PartProps & { table: string; columns: Column<TunnelRoute>[] }) {
    const changes = useChanges(region, routing);
    const beat = useBeat(AGAIN_MS);
    const path = `${pathOf(region, kind.collection, item.id)}/routes?table=${table}`;
    const loaded = useLoaded((signal) => allPages<TunnelRoute>(path, signal), [path, changes, beat, language()]);
    const title = t(table === "learned" ? "bgp.learned" : "bgp.announced");
    const rows = loaded.value?.items ?? [];
    return (
        <section class="card">
            <div class="tools">
                <h2>{title}</h2>
                <span class="grow" />
                <AsOf at={loaded.at} again={loaded.again} />
                <CsvButton name={`${item.name}-${table}`} columns={columns} rows={rows} />
            </div>
            {loaded.value?.unconfirmed && <Notice tone="unknown">{loaded.value.unconfirmed}</Notice>}
            {loaded.value?.next !== undefined && <Notice tone="warn">{t("route.more", { count: rows.length })}</Notice>}
            {loaded.error !== undefined && <Notice tone="bad">{String((loaded.error as Error).message)}</Notice>}
            {loaded.value ? (
                <Table
                    cards
                    label={title}
                    columns={columns}
                    rows={rows}
                    rowKey={(route) => route.destination}
                    empty={<Empty title={t("empty.list")} />}
                />
            ) : (
                loaded.error === undefined && <Busy />
            )}
        </section>
    );
}

export function BgpPart(props: PartProps) {
    const { kind, item, region } = props;
    const now = useNow();
    if (!item["bgpState"]) return <Empty title={t("bgp.none")} />;
    return (
        <>
            <section class="card">
                <h2>{t("bgp.session")}</h2>
                <Facts
                    rows={facts.flatMap((path): Row[] => {
                        const field = fieldAt(kind.schema, path);
                        const value = valueAt(item, path);
                        if (!field || value === undefined || value === "") return [];
                        const cell = <Cell schema={field} value={value} region={region} now={now} />;
                        return [[either(field["x-ropeway-title"], path), cell, either(field["x-ropeway-description"])] as Row];
                    })}
                />
            </section>
            <Routes {...props} table="learned" columns={learnedColumns()} />
            <Routes {...props} table="announced" columns={announcedColumns()} />
        </>
    );
}
