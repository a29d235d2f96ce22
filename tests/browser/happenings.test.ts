// What happens while somebody looks: a tunnel breaks and an alarm says so, until it is back; and curves of what went through.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { api, pingOn, regions, repository, ropeway } from "./lib/lab.ts";
import { closeBrowser, PATIENCE, Person } from "./lib/person.ts";

const ALARM_MS = 75_000; // 30 s of its own, and until the peer's end is noticed
const REPORTS_MS = 45_000; // two reports of counters make a rate
let traffic: ChildProcess | undefined;

before(() => {
    ropeway("apply", "-f", `${repository}/demo/two-regions.yaml`, "--wait");
    traffic = pingOn();
});
after(async () => {
    traffic?.kill();
    await closeBrowser();
});

function one(region: string, collection: string, name = ""): { id: string; name: string } {
    const { items } = api<{ items: { id: string; name: string }[] }>("GET", `/v1/regions/${region}/${collection}`);
    const found = items.find((item) => !name || item.name === name);
    assert.ok(found, `${collection} ${name}`);
    return found;
}

/** What the other side does with its end of a tunnel. */
const peer = (name: string, adminState: "up" | "down"): unknown =>
    api("PATCH", `/v1/regions/${regions.b}/vpnTunnels/${one(regions.b, "vpnTunnels", name).id}`, { adminState });

async function eventually(what: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + REPORTS_MS;
    while (!(await what())) {
        assert.ok(Date.now() < until, "nothing is known of what went through");
        await new Promise((done) => setTimeout(done, 250));
    }
}

describe("while somebody looks", { concurrency: 3 }, () => {
    it("a tunnel that breaks leads to its log; an alarm that is built in comes to the overview and to the list, is among the events, and goes, all without a reload", async () => {
        const [overview, list] = await Promise.all([Person.comeAsAdmin(), Person.comeAsAdmin({ language: "zh" })]);
        await list.open(`/alarms?region=${regions.a}`);
        const alarms = overview.page.locator("section.panel", { hasText: overview.w("c.alarms") }).first();
        await alarms.getByText(overview.w("alarms.none")).waitFor();
        const row = list.row("隧道中断");
        await row.locator(".badge.ok").waitFor();

        peer("tunnel-b1", "down");
        const trouble = overview.page.locator(".attention li", { hasText: "tunnel-a1" });
        await trouble.waitFor({ timeout: PATIENCE.tunnel });
        assert.match(await trouble.locator("p").first().innerText(), /\w+ \w+/, "why, in a sentence");
        await trouble.getByRole("link", { name: overview.w("tab.log"), exact: true }).click();
        await overview.page.locator(".log").getByText(/\w/).first().waitFor();
        await overview.page.goBack();
        await row.locator(".badge.bad").first().waitFor({ timeout: ALARM_MS });
        const alarm = alarms.getByRole("link", { name: "Tunnel down", exact: true });
        await alarm.waitFor();
        await alarms.getByRole("link", { name: "tunnel-a1", exact: true }).waitFor();
        await overview.checkAccessibility("the overview with an alarm");
        await alarm.click();
        await overview.page.locator("h1", { hasText: "Tunnel down" }).waitFor();
        await overview.row("tunnel-a1").waitFor();

        peer("tunnel-b1", "up");
        await row.locator(".badge.ok").waitFor({ timeout: ALARM_MS });
        await overview.page.locator("h1 .badge.ok").waitFor();
        await overview.open("/");
        await alarms.getByText(overview.w("alarms.none")).waitFor();
        await overview.open(`/events?region=${regions.a}`);
        await overview.row("Tunnel down").first().waitFor();
        await overview.open(`/events?resource=${one(regions.a, "vpnTunnels", "tunnel-a1").id}`);
        await overview.row("tunnel-a1").first().waitFor();
        await Promise.all([overview.leave(), list.leave()]);
    });

    for (const [language, collection] of [
        ["en", "instances"],
        ["zh", "vpcAttachments"],
    ] as const)
        it(`${language}: what went through one of ${collection} is a curve to read by keys, to zoom and to take along`, async () => {
            const { id } = one(regions.a, collection);
            const person = await Person.comeAsAdmin({ language });
            await person.open(`/regions/${regions.a}/${collection}/${id}/monitoring`);
            const chart = person.page.getByRole("slider", { name: person.w("m.packets"), exact: true });
            await chart.waitFor({ timeout: REPORTS_MS });
            await chart.locator("canvas").waitFor();
            const said = async (): Promise<string> => (await chart.getAttribute("aria-valuetext")) ?? "";
            await eventually(async () => /: .*[1-9]/.test(await said()));
            const newest = await said();
            await chart.focus();
            await person.page.keyboard.press("PageDown");
            assert.notEqual(await said(), newest);
            await person.page.keyboard.press("End");
            assert.match(await said(), /: .*[1-9]/);
            await person.checkAccessibility(`monitoring of ${collection}`);

            await person.press("m.in");
            await person.page.waitForURL((address) => /[?&]from=\d+&to=\d+/.test(address.hash));
            await person.press("m.to.now");
            await person.page.waitForURL((address) => !address.hash.includes("from="));
            const coming = person.page.waitForEvent("download");
            await person.page.getByRole("link", { name: "CSV", exact: true }).click();
            const file = await coming;
            assert.match(file.suggestedFilename(), /\.csv$/);
            await person.leave();
        });
});
