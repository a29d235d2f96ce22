// axe-core in a page: it is evaluated there by the browser's debugger, since the page's own policy lets no other script in.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
    id: string;
    help: string;
    nodes: { html: string; failureSummary: string }[];
}

/** One line for each violation of WCAG 2.2 A and AA. */
export default async function violations(page: Page): Promise<string[]> {
    await page.evaluate(source);
    const found = await page.evaluate(async () => {
        const axe = (globalThis as unknown as { axe: { run(root: Document, options: unknown): Promise<{ violations: Violation[] }> } }).axe;
        return (await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] })).violations;
    });
    return found.map(
        (v) =>
            `${v.id}: ${v.help}: ${v.nodes
                .map((n) => n.html.slice(0, 160))
                .slice(0, 3)
                .join(" | ")}`,
    );
}
