// The pictures of tools/console-pictures, into the folder that is its argument.
import path from "node:path";
import { api, regions } from "./lab.ts";
import { closeBrowser, Person, type Manner } from "./person.ts";

const folder = process.argv[2] ?? ".";
const SETTLE_MS = 2_500;
const REPORTS_MS = 25_000; // two reports of counters make a rate

async function picture(name: string, address: string, manner: Manner = {}, wait = SETTLE_MS): Promise<void> {
    const person = await Person.comeAsAdmin({ height: 860, ...manner });
    await person.open(address);
    await person.page.waitForTimeout(wait);
    await person.page.screenshot({ path: path.join(folder, `${name}.png`) });
    await person.context.close();
}

const CURVE_MS = 120_000;

function tunnel(region: string, name: string): string {
    const { items } = api<{ items: { id: string; name: string }[] }>("GET", `/v1/regions/${region}/vpnTunnels`);
    return `/regions/${region}/vpnTunnels/${items.find((one) => one.name === name)?.id}`;
}

/** One end wants what the other does not have: not before the pictures of what works. */
async function spoil(path: string, ike: Record<string, unknown>): Promise<void> {
    for (const body of [{ adminState: "down" }, { ike }, { adminState: "up" }]) api("PATCH", `/v1${path}`, body);
    await new Promise((done) => setTimeout(done, REPORTS_MS));
}

const [works, fails] = [tunnel(regions.a, "tunnel-a1"), tunnel(regions.a, "tunnel-a2")];
const now = Math.floor(Date.now() / 1000);
await Promise.all([
    picture("monitoring", `${works}/monitoring?from=${now}&to=${now + CURVE_MS / 1000}`, {}, CURVE_MS + 2 * SETTLE_MS),
    picture("overview", "/", { dark: true }, REPORTS_MS),
    picture("overview-zh", "/", { language: "zh" }, REPORTS_MS),
    picture("join", "/guides/join"),
]);
api("PATCH", `/v1${fails}`, { ike: { dhGroups: [14, 19] } });
await spoil(tunnel(regions.b, "tunnel-b2"), { dhGroups: [20], encryption: ["aes256"], integrity: ["sha384"] });
await Promise.all([picture("diagnosis", fails), picture("diagnosis-zh", fails, { language: "zh" })]);
await closeBrowser();
