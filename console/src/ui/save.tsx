// Texts as files of the reader's machine.
import { t } from "../words/words.ts";
import { csvOf } from "./csv.ts";
import { Button } from "./parts.tsx";
import type { Column } from "./table.tsx";

export function saveFile(name: string, text: string, type = "text/plain"): void {
    const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The rows that are shown, in their columns and order; columns without a plain value are left out. */
export function CsvButton<T>({ name, columns, rows }: { name: string; columns: readonly Column<T>[]; rows: readonly T[] }) {
    const plain = columns.flatMap((column) => (column.value ? [{ title: column.title, value: column.value }] : []));
    const save = (): void =>
        saveFile(
            `${name}.csv`,
            csvOf(
                plain.map((column) => column.title),
                rows.map((row) => plain.map((column) => column.value(row))),
            ),
            "text/csv",
        );
    return (
        <Button kind="quiet" icon="download" label={t("csv")} disabled={rows.length === 0} onClick={save}>
            CSV
        </Button>
    );
}
