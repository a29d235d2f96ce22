// Runs tests/*.test.ts: made into one file each, since Node 18 reads no TypeScript.  node test.mjs
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

const here = path.dirname(new URL(import.meta.url).pathname);
const out = await mkdtemp(path.join(tmpdir(), "console-tests-"));
const tests = (await readdir(path.join(here, "tests"))).filter((name) => name.endsWith(".test.ts"));
try {
    await build({
        absWorkingDir: here,
        entryPoints: tests.map((name) => `tests/${name}`),
        bundle: true,
        platform: "node",
        format: "esm",
        target: "node18",
        jsx: "automatic",
        jsxImportSource: "preact",
        loader: { ".css": "empty" },
        outExtension: { ".js": ".mjs" },
        outdir: out,
        logLevel: "warning",
    });
    const files = tests.map((name) => path.join(out, name.replace(/\.ts$/, ".mjs")));
    process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit", cwd: here }).status ?? 1;
} finally {
    await rm(out, { recursive: true, force: true });
}
