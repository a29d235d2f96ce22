// A tunnel that does not come up says why, and comes up when a person does what the page says.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { api, regions, repository, ropeway } from "./lib/lab.ts";
import { closeBrowser, PATIENCE, Person } from "./lib/person.ts";

after(closeBrowser);
before(() => ropeway("apply", "-f", `${repository}/demo/two-regions.yaml`, "--wait"));

const tunnelId = (region: string, name: string): string => {
    const [tunnel] = api<{ items: { id: string }[] }>("GET", `/v1/regions/${region}/vpnTunnels?name=${name}`).items;
    assert.ok(tunnel);
    return tunnel.id;
};

/** A tunnel with other parameters runs on with the SAs that it has: only one that begins anew is refused. */
function breakTunnel(...change: string[]): void {
    ropeway("vpn-tunnel", "update", "--region", regions.a, "tunnel-a1", "--admin-state", "down", "--wait");
    ropeway("vpn-tunnel", "update", "--region", regions.b, "tunnel-b1", ...change);
    ropeway("vpn-tunnel", "update", "--region", regions.a, "tunnel-a1", "--admin-state", "up");
}

test("no common proposal: both lists side by side, and one press makes ours fit", async () => {
    breakTunnel("--ike-dh-groups", "2");
    const person = await Person.comeAsAdmin({ language: "zh" });
    await person.open(`/regions/${regions.a}/vpnTunnels/${tunnelId(regions.a, "tunnel-a1")}`);
    await person.button("why.change").waitFor({ timeout: PATIENCE.tunnel });
    await person.checkAccessibility("a tunnel without a common proposal");
    await person.press("why.change");
    await person.press("why.apply");
    await person.page.locator("h1 .badge.ok, h1 .badge.warn").waitFor({ timeout: PATIENCE.tunnel });
    await person.leave();
    assert.match(ropeway("vpn-tunnel", "get", "--region", regions.a, "tunnel-a1", "-o", "json"), /"operState": "up"/);
});

test("another key: the page says that the keys differ, takes the right one, and the tunnel comes up", async () => {
    breakTunnel("--psk", "the key of the other end", "--psk-overlap-seconds", "0");
    const person = await Person.comeAsAdmin();
    await person.open(`/regions/${regions.a}/vpnTunnels/${tunnelId(regions.a, "tunnel-a1")}`);
    const field = person.page.locator('input[id^="psk-"]');
    await field.waitFor({ timeout: PATIENCE.tunnel });
    await person.checkAccessibility("a tunnel with another key");
    await field.fill("the key of the other end");
    await person.press("why.change");
    await person.press("why.apply");
    await person.page.locator("h1 .badge.ok, h1 .badge.warn").waitFor({ timeout: PATIENCE.tunnel });
    await person.leave();
});
