// A table of any length: only the rows in sight are in the document.
import { Component, type ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { t } from "../words/words.ts";
import { Icon } from "./icons.tsx";
import { isSortedBy, type Sort } from "./sort.ts";

export interface Column<T> {
    key: string;
    title: string;
    cell: (row: T) => ComponentChildren;
    /** What it is sorted by; without it the column cannot be. */
    value?: ((row: T) => string | number) | undefined;
    /** Right-aligned figures. */
    number?: boolean;
    /** Never too long for a column: what may be is cut off there, and each such cell costs when it is painted. */
    short?: boolean;
    help?: string | undefined;
}

export interface TableProps<T> {
    label: string;
    columns: readonly Column<T>[];
    rows: readonly T[];
    rowKey: (row: T) => string;
    sort?: Sort | undefined;
    onSort?: (sort: Sort) => void;
    selected?: ReadonlySet<string> | undefined;
    onSelect?: (selected: Set<string>) => void;
    /** Which rows can be selected; without it all. */
    selectable?: (row: T) => boolean;
    empty: ComponentChildren;
    /** On a narrow screen a row is a card of its own: for rows of sentences, up to as many as are all in the document. */
    cards?: boolean;
}

const ROW = 41; // px, as in the style sheet
const SPARE = 8; // rows beyond what is in sight
const FEW = 120; // up to here all are in the document

function useWindow(total: number): { ref: preact.RefObject<HTMLDivElement>; first: number; last: number } {
    const ref = useRef<HTMLDivElement>(null);
    const [sight, setSight] = useState({ top: 0, height: 800 });
    useLayoutEffect(() => {
        const box = ref.current;
        if (!box) return;
        const look = (): void => {
            const seen = { top: Math.floor(box.scrollTop / ROW), height: box.clientHeight };
            setSight((last) => (last.top === seen.top && last.height === seen.height ? last : seen)); // scrolled within a row: as it was
        };
        box.addEventListener("scroll", look, { passive: true });
        const sized = new ResizeObserver(look);
        sized.observe(box);
        return () => {
            box.removeEventListener("scroll", look);
            sized.disconnect();
        };
    }, []);
    if (total <= FEW) return { ref, first: 0, last: total };
    const first = Math.max(0, Math.min(sight.top, total - 1) - SPARE);
    return { ref, first, last: Math.min(total, sight.top + Math.ceil(sight.height / ROW) + SPARE) };
}

export function Table<T>(props: TableProps<T>) {
    const { columns, rows, rowKey, selected, onSelect, selectable } = props;
    const { ref, first, last } = useWindow(rows.length);
    const latest = useRef(props);
    latest.current = props;
    /** The same function always, so that a row need not be painted again because of it. */
    const [pick] = useState(() => (keys: readonly string[], on: boolean): void => {
        const next = new Set(latest.current.selected);
        for (const key of keys) on ? next.add(key) : next.delete(key);
        latest.current.onSelect?.(next);
    });
    return (
        <div
            class={`table ${props.cards && rows.length <= FEW ? "cards" : ""}`}
            ref={ref}
            tabIndex={0}
            role="region"
            aria-label={props.label}
        >
            <table aria-rowcount={rows.length + 1}>
                <thead>
                    <tr>
                        {onSelect && <PickAll {...props} pick={pick} />}
                        {columns.map((column) => (
                            <Head key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
                        ))}
                    </tr>
                </thead>
                <tbody>
                    <Gap rows={first} width={columns.length + (onSelect ? 1 : 0)} />
                    {rows.slice(first, last).map((row, at) => {
                        const key = rowKey(row);
                        return (
                            <Row
                                key={key}
                                name={key}
                                row={row}
                                index={first + at + 2}
                                columns={columns as readonly Column<unknown>[]}
                                on={selected?.has(key) ?? false}
                                picks={!onSelect ? "none" : !selectable || selectable(row) ? "this" : "others"}
                                pick={pick}
                            />
                        );
                    })}
                    <Gap rows={rows.length - last} width={columns.length + (onSelect ? 1 : 0)} />
                </tbody>
            </table>
            {rows.length === 0 && props.empty}
        </div>
    );
}

type Pick = (keys: readonly string[], on: boolean) => void;

function PickAll<T>({ rows, rowKey, selected, selectable, pick }: TableProps<T> & { pick: Pick }) {
    const able = useMemo(() => (selectable ? rows.filter(selectable) : rows), [rows, selectable]);
    const all = useMemo(() => able.length > 0 && able.every((row) => selected?.has(rowKey(row))), [able, selected]);
    return (
        <td class="pick">
            {able.length > 0 && <input type="checkbox" aria-label={t("all")} checked={all} onChange={() => pick(able.map(rowKey), !all)} />}
        </td>
    );
}

interface RowProps {
    name: string;
    row: unknown;
    index: number;
    columns: readonly Column<unknown>[];
    on: boolean;
    /** Whether this row can be selected, others of the table can, or none. */
    picks: "this" | "others" | "none";
    pick: Pick;
}

/** Painted again only when something of it is another: in a long table others change all the time. */
class Row extends Component<RowProps> {
    override shouldComponentUpdate(next: RowProps): boolean {
        return (Object.keys(next) as (keyof RowProps)[]).some((name) => next[name] !== this.props[name]);
    }

    override render({ name, row, index, columns, on, picks, pick }: RowProps) {
        return (
            <tr aria-rowindex={index} class={on ? "on" : ""}>
                {picks !== "none" && (
                    <td class="pick">
                        {picks === "this" && <input type="checkbox" aria-label={name} checked={on} onChange={() => pick([name], !on)} />}
                    </td>
                )}
                {columns.map((column) => (
                    <td key={column.key} class={column.number ? "number" : column.short ? "short" : ""} data-title={column.title}>
                        {column.cell(row)}
                    </td>
                ))}
            </tr>
        );
    }
}

function Gap({ rows, width }: { rows: number; width: number }) {
    if (rows <= 0) return null;
    return (
        <tr aria-hidden="true" class="gap">
            <td colSpan={width} style={{ height: `${rows * ROW}px` }} />
        </tr>
    );
}

function Head<T>({ column, sort, onSort }: { column: Column<T>; sort: Sort | undefined; onSort: ((sort: Sort) => void) | undefined }) {
    if (!column.title) return <td />;
    const by = isSortedBy(sort, column.key);
    const aria = by === "up" ? "ascending" : by === "down" ? "descending" : undefined;
    return (
        <th class={column.number ? "number" : ""} aria-sort={aria} title={column.help}>
            {column.value && onSort ? (
                <button type="button" onClick={() => onSort({ key: column.key, down: by === "up" })}>
                    {column.title}
                    {by && <Icon name={by} />}
                </button>
            ) : (
                column.title
            )}
        </th>
    );
}
