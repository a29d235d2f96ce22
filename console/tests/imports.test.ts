// Which file needs which: one way only.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";

const root = path.resolve("src");

/** Types count: who reads a file has to understand what it names. */
function importsOf(file: string): string[] {
    const text = readFileSync(path.join(root, file), "utf8");
    return [...text.matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+\.tsx?)"/gms)].map((found) =>
        path.relative(root, path.resolve(root, path.dirname(file), found[1] ?? "")),
    );
}

function allImports(): Map<string, string[]> {
    const names = readdirSync(root, { recursive: true, encoding: "utf8" });
    const files = names.filter((name) => /\.tsx?$/.test(name));
    return new Map(files.map((file) => [file, importsOf(file)]));
}

/** The first circle that is met, as the files along it. */
export function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
    const done = new Set<string>();
    const walk = (file: string, way: readonly string[]): string[] | undefined => {
        if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
        if (done.has(file)) return undefined;
        for (const next of graph.get(file) ?? []) {
            const circle = walk(next, [...way, file]);
            if (circle) return circle;
        }
        done.add(file);
        return undefined;
    };
    for (const file of graph.keys()) {
        const circle = walk(file, []);
        if (circle) return circle;
    }
    return undefined;
}

test("a circle of files is found", () => {
    assert.deepEqual(
        circleIn(
            new Map([
                ["a", ["b"]],
                ["b", ["c", "d"]],
                ["d", ["b"]],
            ]),
        ),
        ["b", "d", "b"],
    );
    assert.equal(
        circleIn(
            new Map([
                ["a", ["b", "c"]],
                ["b", ["c"]],
            ]),
        ),
        undefined,
    );
});

test("no file needs itself, not even by way of others", () => {
    const graph = allImports();
    assert.ok(graph.size > 100, `only ${graph.size} files were found`);
    assert.ok(
        [...graph.values()].flat().every((name) => graph.has(name)),
        "a file that is imported was not found",
    );
    assert.equal(circleIn(graph)?.join(" -> "), undefined);
});

/** api → live → forms → pages, as the folders say; ui and words serve all and know none of them. */
const below: Record<string, readonly string[]> = {
    words: ["words"],
    ui: ["ui", "words"],
    api: ["api", "words"],
    live: ["live", "api", "words"],
    forms: ["forms", "live", "api", "ui", "words"],
};

test("folders need only what is below them", () => {
    for (const [file, needed] of allImports()) {
        const allowed = below[file.split("/")[0] ?? ""];
        for (const name of needed) assert.ok(!allowed || allowed.includes(name.split("/")[0] ?? ""), `${file} -> ${name}`);
    }
});
