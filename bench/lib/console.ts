// What bench/console measures: the bytes of the console, its first view, and its frames while much changes.
import { readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  closeBrowser,
  Person,
  type Page,
} from "../../tests/browser/lib/person.ts";
import { makeMany, manyRegion } from "../../tests/browser/lib/many.ts";
import { Changer, tunnelIds } from "./console_changes.ts";
import { watchFrames, type Frames } from "./console_frames.ts";

const TUNNELS = Number(process.env.TUNNELS ?? 2000);
const CHANGES = Number(process.env.CHANGES ?? 200);
const RUNS = 5;
const SECONDS = 10;

interface Baseline {
  name: string;
  value: number;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** One line of JSON, as bench/lib/server.py's report(). */
function report(
  name: string,
  value: number,
  unit: string,
  baseline?: Baseline,
): void {
  const base = baseline
    ? { name: baseline.name, value: round(baseline.value) }
    : null;
  const ratio = baseline ? round(value / baseline.value) : null;
  console.log(
    JSON.stringify({
      bench: "console",
      case: name,
      value: round(value),
      unit,
      baseline: base,
      ratio,
    }),
  );
}

/** The value below which a share of them is. */
function quantile(values: readonly number[], share: number): number {
  const ordered = [...values].sort((a, b) => a - b);
  return (
    ordered[Math.min(ordered.length - 1, Math.floor(share * ordered.length))] ??
    NaN
  );
}

/** KiB that travel: all files of the console, and those that the first view asks for. */
function reportBytes(asked: ReadonlySet<string>): void {
  const dir = process.env.CONSOLE_DIR ?? "";
  const assets = readdirSync(path.join(dir, "assets")).map(
    (name) => `assets/${name}`,
  );
  const small = ["index.html", ...assets].filter(
    (name) => !name.endsWith(".gz"),
  );
  const size = (names: readonly string[]): number =>
    names.reduce(
      (sum, name) => sum + statSync(path.join(dir, `${name}.gz`)).size,
      0,
    ) / 1024;
  report("bytes-all", size(small), "KiB gzipped");
  report(
    "bytes-first-view",
    size(
      small.filter((name) => name === "index.html" || asked.has(`/${name}`)),
    ),
    "KiB gzipped",
  );
}

/** Milliseconds from the navigation until what the selector means has been painted, in a browser that has cached nothing. */
async function timeToSee(
  person: Person,
  selector: string,
  asked?: Set<string>,
): Promise<number> {
  const page = person.page;
  page.on("request", (request) => asked?.add(new URL(request.url()).pathname));
  await page.addInitScript((wanted) => {
    const look = (): void => {
      if (!document.querySelector(wanted))
        return void requestAnimationFrame(look);
      requestAnimationFrame(() =>
        setTimeout(
          () =>
            ((globalThis as unknown as { seen: number }).seen =
              performance.now()),
        ),
      );
    };
    look();
  }, selector);
  await person.open("/");
  const seen = await page.waitForFunction(
    () => (globalThis as unknown as { seen?: number }).seen,
  );
  return (await seen.jsonValue()) as number;
}

/** The overview with its network drawn, in turn with the page that asks who one is. */
async function firstView(name: string, asked?: Set<string>): Promise<void> {
  const admin = await Person.comeAsAdmin();
  const cookies = await admin.context.cookies();
  await admin.leave();
  const values: number[] = [];
  const base: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const nobody = await Person.come();
    base.push(await timeToSee(nobody, "form .button.primary"));
    await nobody.context.close();
    const person = await Person.come();
    await person.context.addCookies(cookies);
    values.push(await timeToSee(person, "main .tile + .tile ~ .tile", asked));
    await person.context.close();
  }
  report(name, quantile(values, 0.5), "ms", {
    name: "the log-in page",
    value: quantile(base, 0.5),
  });
}

/** Scrolls up and down and types in the search, as a hurried person does, for so long. */
async function hurry(page: Page, seconds: number): Promise<void> {
  const search = page.locator('main input[type="search"]');
  const table = page.locator("main .table");
  const until = Date.now() + seconds * 1000;
  for (let turn = 0; Date.now() < until; turn++) {
    await table.hover();
    for (let step = 0; step < 12; step++) {
      await page.mouse.wheel(0, turn % 2 ? -700 : 700);
      await page.waitForTimeout(50);
    }
    await search.click();
    await page.keyboard.type("t12", { delay: 120 });
    for (let back = 0; back < 3; back++)
      await page.keyboard.press("Backspace", { delay: 60 });
  }
}

async function framesDuring(
  page: Page,
  what: () => Promise<void>,
): Promise<Frames> {
  const stop = await watchFrames(page);
  await what();
  return stop();
}

async function smoothness(): Promise<void> {
  const ids = tunnelIds();
  const person = await Person.comeAsAdmin();
  const page = person.page;
  await person.open("/vpnTunnels");
  await person.sees(person.w("rows", { count: TUNNELS, total: TUNNELS }));
  const calm = await framesDuring(page, () => hurry(page, SECONDS / 2));
  const debug = await person.context.newCDPSession(page);
  const profile = process.env.PROFILE;
  if (profile)
    await debug
      .send("Profiler.enable")
      .then(() => debug.send("Profiler.start"));
  const changer = new Changer(manyRegion, ids, CHANGES);
  const busy = await framesDuring(page, () => hurry(page, SECONDS));
  if (profile)
    writeFileSync(
      profile,
      JSON.stringify((await debug.send("Profiler.stop")).profile),
    );
  report("changes", await changer.stop(), "changes/s");
  for (const [name, share] of [
    ["p50", 0.5],
    ["p95", 0.95],
    ["max", 1],
  ] as const)
    report(`frame-${name}`, quantile(busy.frames, share), "ms", {
      name: "the same while nothing changes",
      value: quantile(calm.frames, share),
    });
  const of = (all: readonly number[]): number =>
    all.reduce((sum, one) => sum + one, 0);
  report("long-tasks", busy.tasks.length, "tasks over 50 ms");
  report(
    "long-tasks-time",
    (100 * of(busy.tasks)) / of(busy.frames),
    "% of the time",
  );
  report("key-to-paint-p95", quantile(busy.keys, 0.95), "ms");
  await memory(debug);
  await person.leave();
}

async function memory(
  debug: Awaited<ReturnType<Person["context"]["newCDPSession"]>>,
): Promise<void> {
  await debug.send("HeapProfiler.enable");
  await debug.send("HeapProfiler.collectGarbage");
  await debug.send("Performance.enable");
  const { metrics } = await debug.send("Performance.getMetrics");
  const metric = (name: string): number =>
    metrics.find((one) => one.name === name)?.value ?? NaN;
  report("memory-heap", metric("JSHeapUsedSize") / (1 << 20), "MiB");
  report("dom-nodes", metric("Nodes"), "nodes");
}

const asked = new Set<string>();
makeMany(8);
await firstView("first-view", asked);
reportBytes(asked);
makeMany(TUNNELS);
await firstView("first-view-many");
await smoothness();
await closeBrowser();
