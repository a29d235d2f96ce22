// Two empty regions joined by clicking alone, ending with a ping between their instances; undone; and told again in the other language.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { api, regions, ropeway } from "./lib/lab.ts";
import { closeBrowser, PATIENCE, Person } from "./lib/person.ts";

after(closeBrowser);

const count = (region: string, collection: string): number =>
    api<{ items: unknown[] }>("GET", `/v1/regions/${region}/${collection}`).items.length;

for (const language of ["zh", "en"] as const) {
    test(`${language}: the guide joins two regions, the instances ping one another, and all of it is undone`, async () => {
        const person = await Person.comeAsAdmin({ language });
        await person.visit("nav.join");
        await person.press("guide.start");
        await person.sees(person.w("guide.tunnels.up", { total: 4 }), 2 * PATIENCE.tunnel);
        assert.match(ropeway("vpn-tunnel", "list", "--region", regions.a), /up/);
        await person.press("guide.ping.do");
        const came = person.page.getByText(person.w("guide.ping.received", { received: 3, sent: 3 }));
        await came.nth(1).waitFor({ timeout: PATIENCE.tunnel });
        await person.checkAccessibility(`the guide at its end, ${language}`);

        await person.page.reload();
        await person.sees(person.w("guide.tunnels.up", { total: 4 }));
        await person.press("guide.undo");
        await person.press("guide.undo.do");
        await person.button("guide.start").waitFor({ timeout: PATIENCE.tunnel });
        for (const region of [regions.a, regions.b])
            for (const collection of ["vpcs", "borderGateways", "customerGateways", "vpnConnections", "vpnTunnels", "instances"])
                assert.equal(count(region, collection), 0, `${collection} of ${region}`);
        await person.leave();
    });
}
