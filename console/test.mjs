// Runs tests/*.test.ts: made into one file each, since Node 18 reads no TypeScript. Ends with "N passed, N failed".  node test.mjs
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
    const run = spawnSync(process.execPath, ["--test", "--test-reporter=tap", ...files], {
        cwd: here,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
    });
    const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, "m").exec(run.stdout)?.[1] ?? 0);
    if (run.status !== 0) process.stdout.write(run.stdout);
    console.log(`${count("pass")} passed, ${count("fail")} failed`);
    process.exitCode = run.status ?? 1;
} finally {
    await rm(out, { recursive: true, force: true });
}
