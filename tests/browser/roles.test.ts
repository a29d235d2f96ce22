// Who may only look sees no key and no button that would be refused; an operator sees what is an operator's.
import assert from "node:assert/strict";

import test, { after, before } from "node:test";
import { api, regions, repository, ropeway } from "./lib/lab.ts";
import { closeBrowser, Person } from "./lib/person.ts";

after(closeBrowser);
before(() => ropeway("apply", "-f", `${repository}/demo/two-regions.yaml`));

async function comeAs(role: string, more: Record<string, unknown> = {}): Promise<Person> {
    const { token } = api<{ token: string }>("POST", "/v1/tokens", { name: `t-${role}`, role, ...more });
    const person = await Person.come();
    await person.open("/");
    await person.logInByToken(token);
    return person;
}

const tunnelId = (): string => {
    const [tunnel] = api<{ items: { id: string }[] }>("GET", `/v1/regions/${regions.a}/vpnTunnels?name=tunnel-a1`).items;
    assert.ok(tunnel);
    return tunnel.id;
};

test("a viewer looks at everything and is offered nothing that would be refused", async () => {
    const viewer = await comeAs("viewer");
    for (const collection of ["vpcs", "borderGateways", "vpnConnections", "vpnTunnels", "customerGateways", "instances"]) {
        await viewer.open(`/${collection}`);
        await viewer.page.locator("tbody tr").first().waitFor();
        await viewer.seesNot("header.page .button.primary");
        await viewer.seesNot('tbody input[type="checkbox"]');
    }
    await viewer.open(`/regions/${regions.a}/vpnTunnels/${tunnelId()}`);
    await viewer.page.locator("h1", { hasText: "tunnel-a1" }).waitFor();
    await viewer.seesNot(".actions");
    await viewer.leave();
});

test("nor do guides, tabs and tools offer a viewer what would be refused", async () => {
    const viewer = await comeAs("viewer");
    const first = (collection: string): string => {
        const [item] = api<{ items: { id: string }[] }>("GET", `/v1/regions/${regions.a}/${collection}`).items;
        assert.ok(item);
        return `/regions/${regions.a}/${collection}/${item.id}`;
    };
    const pages = ["/guides/join", "/guides/device", "/test", `/regions/${regions.a}/nodeTokens`, `${first("vpnConnections")}/tunnels`]
        .concat(`${first("borderGateways")}/static`, `${first("borderGateways")}/attachments`, `${first("routeTables")}/routes`)
        .concat(`${first("routeTables")}/propagations`, `${first("vpcs")}/subnets`, first("alarms"), "/alarms");
    for (const page of pages) {
        await viewer.open(page);
        await viewer.page.locator("main h1").waitFor();
        await viewer.page.locator(".busy-text").waitFor({ state: "detached" });
        const offered = viewer.page.locator('main .button:is(.primary, .danger), main button[type="submit"], main [class*="trash"]');
        assert.deepEqual(await offered.allInnerTexts(), [], page);
    }
    await viewer.seesNot("main .actions");
    await viewer.leave();
});

test("whoever types the address of a form that is not for them reads why, and goes back", async () => {
    const viewer = await comeAs("viewer");
    const [connection] = api<{ items: { id: string }[] }>("GET", `/v1/regions/${regions.a}/vpnConnections`).items;
    const tunnel = `/regions/${regions.a}/vpnTunnels/${tunnelId()}`;
    const forms = [
        [`/vpcs/new?region=${regions.a}`, `/vpcs?region=${regions.a}`],
        [`/vpnTunnels/new?region=${regions.a}&from=${tunnelId()}`, `/vpnTunnels?region=${regions.a}`],
        [`${tunnel}/edit`, tunnel],
        [`/addTunnels?region=${regions.a}&connection=${connection?.id}`, `/regions/${regions.a}/vpnConnections/${connection?.id}/tunnels`],
    ] as const;
    const why = viewer.w("may.not.viewer", { role: viewer.w("role.viewer") });
    for (const [form, back] of forms) {
        await viewer.open(form);
        await viewer.sees(why);
        await viewer.seesNot("main form");
        await viewer.page.locator("main .empty a").click();
        await viewer.page.waitForURL((address) => address.hash === `#${back}`);
    }
    await viewer.leave();
    const operator = await comeAs("operator", { name: "t-operator-2" });
    await operator.open("/regions/new");
    await operator.sees(operator.w("may.not.operator", { role: operator.w("role.operator") }));
    await operator.leave();
});

test("a built-in alarm has its name in the reader's language, is not to be edited, and is switched off for one connection", async () => {
    const admin = await Person.comeAsAdmin({ language: "zh" });
    const [connection] = api<{ items: { id: string; name: string }[] }>("GET", `/v1/regions/${regions.a}/vpnConnections`).items;
    assert.ok(connection);
    const off = (): string[] =>
        api<{ defaultAlarmsOff: string[] }>("GET", `/v1/regions/${regions.a}/vpnConnections/${connection.id}`).defaultAlarmsOff;
    await admin.open(`/alarms?region=${regions.a}`);
    await admin.page.getByRole("link", { name: "隧道中断", exact: true }).click();
    await admin.page.locator("h1", { hasText: "隧道中断" }).waitFor();
    assert.equal(await admin.link("edit").count(), 0);
    const row = admin.row(connection.name);
    await row.getByRole("button").click();
    await row.locator(".badge.idle").waitFor();
    assert.deepEqual(off(), ["tunnelDown"]);
    await row.getByRole("button").click();
    await row.locator(".badge.ok").waitFor();
    assert.deepEqual(off(), []);
    await admin.leave();
});

test("an operator changes what is in regions, and sees keys only when allowed", async () => {
    const operator = await comeAs("operator");
    await operator.open("/vpcs");
    await operator.page.locator("header.page .button.primary").waitFor();
    await operator.open("/regions");
    await operator.page.locator("tbody tr").first().waitFor();
    await operator.seesNot("header.page .button.primary");
    await operator.open(`/regions/${regions.a}/vpnTunnels/${tunnelId()}`);
    await operator.link("edit").waitFor();
    assert.equal(await operator.button("psk.title").count(), 0);
    await operator.leave();
});

test("a key is shown to who may see it, when asked for, and the audit log says so", async () => {
    const admin = await Person.comeAsAdmin();
    await admin.open(`/regions/${regions.a}/vpnTunnels/${tunnelId()}`);
    await admin.press("psk.title");
    assert.equal(await admin.page.locator("dialog code").count(), 0, "not before it is asked for");
    await admin.press("psk.reveal");
    const shown = await admin.page.locator("dialog code").innerText();
    const { psk } = api<{ psk: string }>("POST", `/v1/regions/${regions.a}/vpnTunnels/${tunnelId()}/revealPsk`);
    assert.equal(shown, psk);
    assert.match(ropeway("audit", "list", "--resource", tunnelId()), /revealPsk/);
    await admin.leave();
});

test("a tunnel is switched off, says that it is, and that is taken back by one press", async () => {
    const admin = await Person.comeAsAdmin();
    await admin.open(`/regions/${regions.a}/vpnTunnels/${tunnelId()}`);
    await admin.page.locator("h1 .badge.ok").waitFor({ timeout: 45_000 });
    await admin.press("disable");
    await admin.page.locator("h1 .badge.idle").waitFor();
    await admin.press("undo");
    await admin.page.locator("h1 .badge.ok").waitFor({ timeout: 45_000 });
    await admin.leave();
});
