// The list of a collection, of one region or all: search, sort, columns, selection; the URL holds all of it.
import { useMemo, useState } from "preact/hooks";
import { kindOf } from "../forms/schema.ts";
import { useCollection, useNow } from "../live/hooks.ts";
import { mayChange, type Who } from "../live/session.ts";
import { isBuiltIn } from "../live/state.ts";
import type { Resource } from "../live/store.ts";
import { setQuery, to, type Route } from "../route.ts";
import { Busy, Button, Empty, LinkButton, Menu, Notice } from "../ui/parts.tsx";
import { CsvButton } from "../ui/save.tsx";
import { Search } from "../ui/search.tsx";
import { parseSort, sortText } from "../ui/sort.ts";
import { Table, type Column } from "../ui/table.tsx";
import { language, t, within } from "../words/words.ts";
import { RegionFilter } from "./choices.tsx";
import { columnsOf } from "./columns.tsx";
import { DeleteDialog } from "./delete.tsx";
import { isMadeByHand } from "./draft.ts";
import { useRows } from "./found.ts";
import { collectionTitle, kindTitle } from "./names.tsx";
import { AsOf, useReady } from "./ready.tsx";

export interface PageProps {
    route: Route;
    who: Who;
}

const keyOf = (item: Resource): string => `${item.regionId ?? ""}/${item.id}`;
const isSelectable = (item: Resource): boolean => !isBuiltIn(item);

export function ListPage({ route, who, collection }: PageProps & { collection: string }) {
    const kind = kindOf(collection);
    const items = useCollection(collection);
    const regions = useCollection("regions");
    const { ready, problem, at, again } = useReady(collection);
    const now = useNow(5000);
    const [selected, setSelected] = useState<Set<string>>(new Set());
    const [deleting, setDeleting] = useState<Resource[]>();
    const region = route.query.get("region") ?? "";
    const text = route.query.get("q") ?? "";
    const sort = parseSort(route.query.get("sort") ?? "name");
    const withRegion = !region && (kind?.regional ?? false) && collection !== "regions";
    const { all, shown } = useMemo(() => columnsOf(collection, now, withRegion), [collection, now, withRegion, language()]);
    const chosen = route.query.get("columns")?.split(",") ?? shown;
    const columns = useMemo(() => chosen.flatMap((key) => all.find((column) => column.key === key) ?? []), [all, chosen.join()]);
    const here = useMemo(() => (region ? items.filter((item) => item.regionId === region) : items), [items, region]);
    const by = all.find((column) => column.key === sort.key);
    const rows = useRows(here, columns, text, sort, by);
    if (!kind) return <Empty title={t("not.found.page")} />;
    const picked = rows.filter((item) => selected.has(keyOf(item)));
    const changes = mayChange(who, collection);
    return (
        <>
            <header class="page">
                <h1>{collectionTitle(collection)}</h1>
                {changes && isMadeByHand(collection) && (
                    <LinkButton kind="primary" icon="add" href={to([collection, "new"], { region })}>
                        {t("create.kind", { kind: within(kindTitle(collection)) })}
                    </LinkButton>
                )}
                {changes && collection === "nodes" && regions[0] && (
                    <LinkButton kind="primary" icon="add" href={to(["regions", region || regions[0].id, "nodeTokens"])}>
                        {t("node.tokens.create")}
                    </LinkButton>
                )}
            </header>
            <div class="tools">
                <Search text={text} onText={(q) => setQuery({ q })} />
                {kind.regional && <RegionFilter region={region} />}
                <span class="faint" aria-live="polite">
                    {t("rows", { count: rows.length, total: items.length })}
                </span>
                {picked.length > 0 && changes && (
                    <Button kind="danger" icon="trash" onClick={() => setDeleting(picked)}>
                        {t("delete")} ({picked.length})
                    </Button>
                )}
                <AsOf at={at} again={again} />
                <CsvButton name={collection} columns={columns} rows={rows} />
                <ColumnMenu all={all} chosen={chosen} usual={shown} />
            </div>
            {problem && <Notice tone="bad">{problem.message}</Notice>}
            {!ready ? (
                !problem && <Busy />
            ) : (
                <Table
                    label={collectionTitle(collection)}
                    columns={columns}
                    rows={rows}
                    rowKey={keyOf}
                    sort={sort}
                    onSort={(next) => setQuery({ sort: sortText(next) })}
                    selectable={isSelectable}
                    selected={changes ? selected : undefined}
                    {...(changes ? { onSelect: setSelected } : {})}
                    empty={<Empty title={t(text || region ? "empty.filtered" : "empty.list")} />}
                />
            )}
            {deleting && (
                <DeleteDialog
                    collection={collection}
                    items={deleting}
                    onClose={() => setDeleting(undefined)}
                    onDone={() => setSelected(new Set())}
                />
            )}
        </>
    );
}

function ColumnMenu({ all, chosen, usual }: { all: Column<Resource>[]; chosen: string[]; usual: string[] }) {
    const flip = (key: string): void => {
        const next = chosen.includes(key) ? chosen.filter((k) => k !== key) : [...chosen, key];
        setQuery({ columns: next.join() === usual.join() ? undefined : next.join() });
    };
    return (
        <Menu label={t("columns")} icon="menu">
            <div class="column-list" onClick={(e) => e.stopPropagation()}>
                {all.map((column) => (
                    <label key={column.key}>
                        <input
                            type="checkbox"
                            checked={chosen.includes(column.key)}
                            disabled={column.key === "name"}
                            onChange={() => flip(column.key)}
                        />{" "}
                        {column.title}
                    </label>
                ))}
            </div>
        </Menu>
    );
}
