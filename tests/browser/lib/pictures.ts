// The pictures of tools/console-pictures, into the folder that is its argument.
import path from "node:path";
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

await Promise.all([
    picture("overview", "/", { dark: true }, REPORTS_MS),
    picture("overview-zh", "/", { language: "zh" }, REPORTS_MS),
    picture("join", "/guides/join"),
]);
await closeBrowser();
