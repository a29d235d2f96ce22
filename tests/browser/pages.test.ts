// Every page, light and dark, on a phone and on a desk, in both languages: without a violation of WCAG AA, without scrolling sideways.
// SCREENSHOTS=DIR keeps a picture of each.
import { mkdirSync } from "node:fs";
import test, { after, before } from "node:test";
import { api, regions, repository, ropeway } from "./lib/lab.ts";
import { closeBrowser, Person, type Manner } from "./lib/person.ts";

after(closeBrowser);
const pictures = process.env["SCREENSHOTS"];

const manners: Manner[] = [
    { language: "en", width: 1280 },
    { language: "zh", width: 1280, dark: true },
    { language: "zh", width: 360, height: 740 },
    { language: "en", width: 360, height: 740, dark: true },
];

/** Name → address; ID(collection) stands for the first one there. */
const addresses: Record<string, string> = {
    overview: "/",
    ...Object.fromEntries(
        ["vpnConnections", "vpnTunnels", "customerGateways", "borderGateways", "vpcs", "subnets", "instances", "routeTables"]
            .concat("vpcAttachments", "borderGatewayRoutes", "regions", "nodes", "placements")
            .map((collection) => [collection, `/${collection}`]),
    ),
    tunnel: "/ID(vpnTunnels)",
    connection: "/ID(vpnConnections)",
    gateway: "/ID(borderGateways)",
    table: "/ID(routeTables)",
    "tunnel-edit": "/ID(vpnTunnels)/edit",
    "tunnel-new": `/vpnTunnels/new?region=${regions.a}`,
    "region-new": "/regions/new",
    "gateway-static": "/ID(borderGateways)/static",
    "gateway-effective": "/ID(borderGateways)/effective",
    "gateway-attachments": "/ID(borderGateways)/attachments",
    "connection-tunnels": "/ID(vpnConnections)/tunnels",
    "connection-device": "/ID(vpnConnections)/device",
    "table-routes": "/ID(routeTables)/routes",
    "table-propagations": "/ID(routeTables)/propagations",
    "vpc-subnets": "/ID(vpcs)/subnets",
    "node-carries": "/ID(nodes)/carries",
    "node-tokens": `/regions/${regions.a}/nodeTokens`,
    explain: `/explain?region=${regions.a}&to=10.2.0.10`,
    test: "/test",
    events: "/events",
    audit: "/audit",
    tokens: "/tokens",
    users: "/users",
    nowhere: "/no/such/page",
};

function addressOf(text: string): string {
    return text.replace(/ID\((\w+)\)/, (_, collection: string) => {
        const [item] = api<{ items: { id: string }[] }>("GET", `/v1/regions/${regions.a}/${collection}`).items;
        return `regions/${regions.a}/${collection}/${item?.id ?? ""}`;
    });
}

before(() => {
    ropeway("apply", "-f", `${repository}/demo/two-regions.yaml`, "--wait");
    if (pictures) mkdirSync(pictures, { recursive: true });
});

for (const manner of manners) {
    const name = `${manner.language}-${manner.width}${manner.dark ? "-dark" : ""}`;
    test(`log-in page, ${name}`, async () => {
        const person = await Person.come(manner);
        await person.open("/");
        await person.page.locator("#user").waitFor();
        await person.checkAccessibility(`login ${name}`);
        if (pictures) await person.page.screenshot({ path: `${pictures}/login-${name}.png` });
        await person.leave();
    });

    test(`all pages, ${name}`, async () => {
        const person = await Person.comeAsAdmin(manner);
        for (const [page, address] of Object.entries(addresses)) {
            await person.open(addressOf(address));
            await person.page.locator("main h1, main .empty").first().waitFor();
            await person.page.locator(".busy-text").waitFor({ state: "detached" });
            if (page.endsWith("-new") || page.endsWith("-edit"))
                for (const summary of await person.page.locator("summary").all()) await summary.click();
            await person.checkAccessibility(`${page} ${name}`);
            await person.checkWidth(`${page} ${name}`);
            if (pictures) await person.page.screenshot({ path: `${pictures}/${page}-${name}.png` });
        }
        await person.leave();
    });
}

test("a page can be used by keyboard alone: skip link, navigation, table, menu, dialog", async () => {
    const person = await Person.comeAsAdmin();
    const { keyboard } = person.page;
    await person.open("/vpcs");
    await person.row("vpc-a").waitFor();
    await keyboard.press("Tab");
    await person.page.locator(".skip:focus").waitFor();
    await keyboard.press("Enter");
    await person.page.locator("main:focus").waitFor();
    await person.page.getByRole("link", { name: "vpc-a", exact: true }).focus();
    await keyboard.press("Enter");
    await person.page.locator("h1", { hasText: "vpc-a" }).waitFor();
    await person.page.getByRole("button", { name: person.w("more") }).focus();
    await keyboard.press("Enter");
    await person.button("delete").focus();
    await keyboard.press("Enter");
    await person.page.locator("dialog[open]").waitFor();
    await keyboard.press("Escape");
    await person.page.locator("dialog").waitFor({ state: "detached" });
    await person.leave();
});
