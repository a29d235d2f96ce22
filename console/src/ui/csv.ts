// Rows as comma-separated values (RFC 4180), for spreadsheets.

/** A spreadsheet takes what begins so for a formula; names and texts come from others. */
const risky = /^[=+\-@\t\r]/;

function quoted(value: string | number): string {
    if (typeof value === "number") return String(value);
    const text = risky.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With the byte order mark by which spreadsheets know UTF-8. */
export function csvOf(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
    return "\ufeff" + [head, ...rows].map((row) => row.map(quoted).join(",") + "\r\n").join("");
}
