// The hosts of a real network: who has been heard there, when last, and which of them routes lead to.
import { pathOf } from "../api/call.ts";
import type { SubnetHost } from "../api/types.ts";
import { routing, useBeat, useChanges } from "../live/changes.ts";
import { useLoaded, useNow } from "../live/hooks.ts";
import { Ago, Badge, Busy, Empty, Notice } from "../ui/parts.tsx";
import { CsvButton } from "../ui/save.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { language, t } from "../words/words.ts";
import type { PartProps } from "./part.ts";
import { AsOf } from "./ready.tsx";
import { allPages, type Pages } from "./routes.tsx";

const AGAIN_MS = 15_000;

const columns = (now: number): Column<SubnetHost>[] => [
    { key: "address", title: t("host.address"), value: (host) => host.address, cell: (host) => <code>{host.address}</code> },
    { key: "mac", title: t("host.mac"), value: (host) => host.mac, cell: (host) => <code>{host.mac}</code> },
    {
        key: "lastSeen",
        title: t("host.seen"),
        value: (host) => host.lastSeen,
        cell: (host) => <Ago at={Date.parse(host.lastSeen)} now={now} />,
    },
    {
        key: "router",
        title: t("host.router"),
        value: (host) => (host.router ? t("hop.router") : ""),
        cell: (host) => (host.router ? <Badge tone="idle">{t("hop.router")}</Badge> : null),
    },
];

export function HostsPart({ item, region }: PartProps) {
    const now = useNow();
    const beat = useBeat(AGAIN_MS);
    const changes = useChanges(region, routing);
    const path = `${pathOf(region, "subnets", item.id)}/hosts`;
    const real = Boolean(item["interface"]);
    const loaded = useLoaded(
        (signal): Promise<Pages<SubnetHost>> => (real ? allPages(path, signal) : Promise.resolve({ items: [] })),
        [path, changes, beat, item["hosts"], language()],
    );
    const rows = loaded.value?.items ?? [];
    if (!real) return <Empty title={t("host.none.real")} />;
    return (
        <section class="card">
            <div class="tools">
                <h2>{t("tab.hosts")}</h2>
                <span class="faint">{t("host.count", { count: rows.length, limit: Number(item["hostLimit"]) })}</span>
                <span class="grow" />
                <AsOf at={loaded.at} again={loaded.again} />
                <CsvButton name={`${item.name}-hosts`} columns={columns(now)} rows={rows} />
            </div>
            {loaded.value?.unconfirmed && <Notice tone="unknown">{loaded.value.unconfirmed}</Notice>}
            {loaded.error !== undefined && <Notice tone="bad">{String((loaded.error as Error).message)}</Notice>}
            {loaded.value ? (
                <Table
                    label={t("tab.hosts")}
                    columns={columns(now)}
                    rows={rows}
                    rowKey={(host) => host.address}
                    empty={<Empty title={t("host.empty")} />}
                />
            ) : (
                loaded.error === undefined && <Busy />
            )}
        </section>
    );
}
