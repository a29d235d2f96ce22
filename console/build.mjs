// Builds the console into a folder of static files:  node build.mjs [--out DIR]
// index.html, and assets/ whose names hold a hash of what is in them; each beside a copy made small by gzip.
import { build } from "esbuild";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const here = path.dirname(new URL(import.meta.url).pathname);
const at = process.argv.indexOf("--out");
const out = path.resolve(at > 0 ? process.argv[at + 1] : path.join(here, "dist"));

await rm(out, { recursive: true, force: true });
await mkdir(path.join(out, "assets"), { recursive: true });
const result = await build({
    absWorkingDir: here,
    entryPoints: ["src/main.tsx"],
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["chrome100", "firefox100", "safari15.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    minify: true,
    metafile: true,
    outdir: path.join(out, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".svg": "file" },
    logLevel: "warning",
});

const entry = Object.entries(result.metafile.outputs).find(([, o]) => o.entryPoint === "src/main.tsx");
const script = path.basename(entry[0]);
const style = path.basename(entry[1].cssBundle);
const page = (await readFile(path.join(here, "index.html"), "utf8"))
    .replace("{{script}}", `/assets/${script}`)
    .replace("{{style}}", `/assets/${style}`);
await writeFile(path.join(out, "index.html"), page);

let total = 0;
for (const name of ["index.html", ...(await readdir(path.join(out, "assets"))).map((n) => `assets/${n}`)]) {
    const small = gzipSync(await readFile(path.join(out, name)), { level: 9 });
    await writeFile(path.join(out, `${name}.gz`), small);
    total += small.length;
}
console.log(`console: ${(total / 1024).toFixed(1)} KiB gzipped in ${out}`);
