// The pictures of tools/console-pictures, into the folder that is its argument.
import path from "node:path";
import { api, regions } from "./lab.ts";
import { closeBrowser, Person, type Manner } from "./person.ts";

const folder = process.argv[2] ?? ".";
const SETTLE_MS = 2_500;
const REPORTS_MS = 25_000; // two reports of counters make a rate

interface Tunnel {
    id: string;
    name: string;
}

async function picture(name: string, address: string, manner: Manner = {}, wait = SETTLE_MS): Promise<void> {
    const person = await Person.comeAsAdmin({ height: 860, ...manner });
    await person.open(address);
    await person.page.waitForTimeout(wait);
    await person.page.screenshot({ path: path.join(folder, `${name}.png`) });
    await person.context.close();
}

const tunnels = api<{ items: Tunnel[] }>("GET", `/v1/regions/${regions.a}/vpnTunnels`).items;
const addressOf = (n: number): string => `/regions/${regions.a}/vpnTunnels/${tunnels[n]?.id ?? ""}`;

await Promise.all([
    picture("overview", "/", { dark: true }, REPORTS_MS),
    picture("overview-zh", "/", { language: "zh" }, REPORTS_MS),
    picture("monitoring", `${addressOf(0)}/monitoring`, {}, REPORTS_MS),
]);
await picture("join", "/guides/join");
api("PATCH", `/v1/regions/${regions.a}/vpnTunnels/${tunnels[1]?.id ?? ""}`, { psk: "not the key of the other end" });
await picture("diagnosis", addressOf(1), {}, 6_000);
await closeBrowser();
