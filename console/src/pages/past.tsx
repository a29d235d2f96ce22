// What is past, the newest first: filters in the address, as of when, a table, and the ways to what is older and newest.
import type { ComponentChildren } from "preact";
import type { Loaded } from "../live/hooks.ts";
import { Busy, Empty, LinkButton, Notice } from "../ui/parts.tsx";
import { CsvButton } from "../ui/save.tsx";
import { Table, type Column } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { AsOf } from "./ready.tsx";

interface Props<T> {
    title: string;
    /** Of the file that it can be saved as. */
    name: string;
    filters: ComponentChildren;
    filtered: boolean;
    loaded: Loaded<unknown>;
    columns: readonly Column<T>[];
    rows: readonly T[];
    rowKey: (row: T) => string;
    /** Addresses; none where this is the end. */
    older: string | undefined;
    newest: string | undefined;
}

export function Past<T>(props: Props<T>) {
    const { title, loaded, columns, rows, older, newest } = props;
    const error = loaded.error as Error | undefined;
    return (
        <>
            <header class="page">
                <h1>{title}</h1>
            </header>
            {props.filters}
            <div class="tools">
                <span class="grow" />
                <AsOf at={loaded.at} again={loaded.again} />
                <CsvButton name={props.name} columns={columns} rows={rows} />
            </div>
            {error && <Notice tone="bad">{error.message}</Notice>}
            {!loaded.value && !error ? (
                <Busy />
            ) : (
                <Table
                    cards
                    label={title}
                    columns={columns}
                    rows={rows}
                    rowKey={props.rowKey}
                    empty={<Empty title={t(props.filtered ? "empty.filtered" : "empty.list")} />}
                />
            )}
            <p class="actions">
                {newest && <LinkButton href={newest}>{t("newest")}</LinkButton>}
                {older && <LinkButton href={older}>{t("older")}</LinkButton>}
            </p>
        </>
    );
}
