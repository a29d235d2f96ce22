// Two empty regions joined by clicking alone, ending with a ping between their instances; undone; and told again in the other language.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { api, regions, ropeway } from "./lib/lab.ts";
import { closeBrowser, PATIENCE, Person } from "./lib/person.ts";

after(closeBrowser);

/** Routes that were learned just now may not be in force on both nodes at the first try. */
async function pingsBothWays(person: Person): Promise<void> {
    const came = person.page.getByText(person.w("guide.ping.received", { received: 3, sent: 3 }));
    for (let tries = 3; ; tries--) {
        await person.press("guide.ping.do");
        try {
            return await came.nth(1).waitFor({ timeout: PATIENCE.tunnel / 3 });
        } catch (error) {
            if (tries === 1) throw error;
        }
    }
}

/** Clicks through to the BGP tab of the first tunnel of the list, and sees what its peer announces. */
async function looksAtBgp(person: Person, network: string): Promise<void> {
    await person.page
        .getByRole("region", { name: person.w("guide.joined") })
        .getByRole("link")
        .first()
        .click();
    await person.link("tab.bgp").click();
    for (const word of ["bgp.session", "bgp.learned", "bgp.announced"] as const) await person.sees(person.w(word));
    await person.row(network).first().waitFor();
    await person.checkAccessibility(`the BGP of a tunnel, ${person.language}`);
    await person.checkLanguage("the BGP of a tunnel");
}

for (const language of ["en", "zh"] as const) {
    test(`${language}: the guide joins two regions by BGP, and the page of a tunnel shows what it learned`, async () => {
        const person = await Person.comeAsAdmin({ language });
        await person.visit("nav.join");
        await person.choose(person.page.locator("#routing"), person.w("guide.routing.bgp"));
        await person.page.locator("#b-asn").fill(await person.page.locator("#a-asn").inputValue());
        await person.sees(person.w("guide.bad"));
        await person.page.locator("#b-asn").fill("4200000001");
        await person.press("guide.start");
        await person.sees(person.w("guide.sessions.up", { total: 4 }), 3 * PATIENCE.tunnel);
        assert.equal(count(regions.a, "borderGatewayRoutes"), 0);
        await pingsBothWays(person);
        await person.checkAccessibility(`the guide by BGP at its end, ${language}`);
        await person.checkLanguage("the guide by BGP");
        const guide = person.page.url();
        const [vpc] = api<{ items: { cidr: string }[] }>("GET", `/v1/regions/${regions.b}/subnets`).items;
        assert.ok(vpc);
        await looksAtBgp(person, vpc.cidr);
        await person.page.goto(guide);
        await person.press("guide.undo");
        await person.press("guide.undo.do");
        await person.button("guide.start").waitFor({ timeout: PATIENCE.tunnel });
        await person.leave();
    });
}

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
