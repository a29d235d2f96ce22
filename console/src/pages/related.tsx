// A list of what belongs to the resource whose page this is, with the means to make another.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useCollection, useNow } from "../live/hooks.ts";
import { mayChange, type Who } from "../live/session.ts";
import type { Resource } from "../live/store.ts";
import { setQuery, to, useRoute, type Query } from "../route.ts";
import { Button, Empty, LinkButton } from "../ui/parts.tsx";
import { CsvButton } from "../ui/save.tsx";
import { parseSort, sorted, sortText } from "../ui/sort.ts";
import { Table, type Column } from "../ui/table.tsx";
import { t, within } from "../words/words.ts";
import { columnsOf } from "./columns.tsx";
import { DeleteDialog } from "./delete.tsx";
import { collectionTitle, kindTitle } from "./names.tsx";

export interface RelatedProps {
    who: Who;
    collection: string;
    region: string;
    /** Which of the region's belong here. */
    where: (item: Resource) => boolean;
    /** Columns that say the same in every row. */
    without?: readonly string[];
    /** What a new one is begun with; undefined: none is made here. */
    fresh?: Query | undefined;
    /** Beside the button that makes one, or in its place. */
    children?: ComponentChildren;
}

/** The last column: takes the row's resource away, after asking. */
function removal(remove: (item: Resource) => void): Column<Resource> {
    return {
        key: "remove",
        title: "",
        cell: (item) => <Button kind="quiet" icon="trash" label={`${t("delete")} ${item.name}`} onClick={() => remove(item)} />,
    };
}

export function RelatedList({ who, collection, region, where, without = [], fresh, children }: RelatedProps) {
    const now = useNow(5000);
    const { query } = useRoute();
    const sort = parseSort(query.get("sort") ?? "name");
    const [deleting, setDeleting] = useState<Resource>();
    const { all, shown } = columnsOf(collection, now, false);
    const columns = shown.flatMap((key) => (without.includes(key) ? [] : (all.find((column) => column.key === key) ?? [])));
    const here = useCollection(collection).filter((item) => item.regionId === region && where(item));
    const by = all.find((column) => column.key === sort.key)?.value ?? ((item: Resource) => item.name);
    const rows = sorted(here, by, sort.down);
    const changes = mayChange(who, collection);
    return (
        <>
            <div class="tools">
                {changes && fresh && (
                    <LinkButton icon="add" href={to([collection, "new"], { region, ...fresh })}>
                        {t("create.kind", { kind: within(kindTitle(collection)) })}
                    </LinkButton>
                )}
                {children}
                <span class="grow" />
                <CsvButton name={collection} columns={columns} rows={rows} />
            </div>
            <Table
                label={collectionTitle(collection)}
                columns={changes && collection !== "placements" ? [...columns, removal(setDeleting)] : columns}
                rows={rows}
                rowKey={(item) => item.id}
                sort={sort}
                onSort={(next) => setQuery({ sort: sortText(next) })}
                empty={<Empty title={t("empty.list")} />}
            />
            {deleting && (
                <DeleteDialog collection={collection} items={[deleting]} onClose={() => setDeleting(undefined)} onDone={() => undefined} />
            )}
        </>
    );
}
