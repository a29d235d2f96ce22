// Every page, light and dark, on a phone and on a desk, in both languages: without a violation of WCAG AA, without scrolling sideways.
// SCREENSHOTS=DIR keeps a picture of each.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import test, { after, before, describe, it } from "node:test";
import { api, regions, repository, ropeway } from "./lib/lab.ts";
import { closeBrowser, Person, type Manner } from "./lib/person.ts";

after(closeBrowser);
const pictures = process.env["SCREENSHOTS"];

/** Colours, words and widths are each looked at closely in one of the first two, and every width with every language in one of four. */
const manners: (Manner & { closely?: boolean })[] = [
    { language: "en", width: 1280, closely: true },
    { language: "zh", width: 360, height: 740, dark: true, closely: true },
    { language: "zh", width: 1280 },
    { language: "en", width: 360, height: 740 },
];

/** Tabs of a kind's page, beside the first. */
const tabs: Record<string, string[]> = {
    borderGateways: ["static", "propagated", "effective", "attachments", "connections", "monitoring"],
    vpnConnections: ["tunnels", "routes", "monitoring", "device"],
    vpnTunnels: ["parameters", "log", "sas", "monitoring", "device"],
    privateInterfaces: ["bgp", "monitoring"],
    customerGateways: ["connections"],
    vpcs: ["subnets", "instances", "routeTables"],
    subnets: ["instances", "hosts"],
    routeTables: ["routes", "propagations", "subnets"],
    nodes: ["carries", "monitoring"],
    instances: ["monitoring"],
    vpcAttachments: ["monitoring"],
    borderGatewayRoutes: [],
    placements: [],
    alarms: [],
};
const collections = Object.keys(tabs);
const made = collections.filter((name) => !["nodes", "placements"].includes(name));

/** Name → address; ID(collection) stands for the first one there. */
const addresses: Record<string, string> = {
    overview: "/",
    ...Object.fromEntries([...collections, "regions"].map((name) => [name, `/${name}`])),
    ...Object.fromEntries(collections.map((name) => [`${name}-one`, `/ID(${name})`])),
    ...Object.fromEntries(collections.flatMap((name) => (tabs[name] ?? []).map((tab) => [`${name}-${tab}`, `/ID(${name})/${tab}`]))),
    ...Object.fromEntries(made.map((name) => [`${name}-new`, `/${name}/new?region=${regions.a}`])),
    ...Object.fromEntries(made.filter((name) => name !== "alarms").map((name) => [`${name}-edit`, `/ID(${name})/edit`])),
    "region-one": `/regions/${regions.a}`,
    "region-edit": `/regions/${regions.a}/edit`,
    "region-new": "/regions/new",
    "region-quotas": `/regions/${regions.a}/quotas`,
    "node-tokens": `/regions/${regions.a}/nodeTokens`,
    tokens: "/tokens",
    "token-new": "/tokens/new",
    users: "/users",
    "user-new": "/users/new",
    "add-tunnels": `/addTunnels?region=${regions.a}&connection=KEY(vpnConnections)`,
    explain: `/explain?region=${regions.a}&from=KEY(instances)&to=10.2.0.10`,
    test: "/test",
    events: "/events",
    audit: "/audit",
    join: "/guides/join",
    device: "/guides/device",
    nowhere: "/no/such/page",
};

const line = ["--region", regions.a, "--address", "10.255.0.1/30", "--peer-address", "10.255.0.2"];

const firsts = new Map<string, string>();

function firstOf(collection: string): string {
    let id = firsts.get(collection);
    if (id === undefined) {
        const [item] = api<{ items: { id: string }[] }>("GET", `/v1/regions/${regions.a}/${collection}?limit=1`).items;
        assert.ok(item, `there is none of ${collection}`);
        firsts.set(collection, (id = item.id));
    }
    return id;
}

const addressOf = (text: string): string =>
    text
        .replace(/ID\((\w+)\)/, (_, name: string) => `regions/${regions.a}/${name}/${firstOf(name)}`)
        .replace(/KEY\((\w+)\)/, (_, name: string) => firstOf(name));

/** What a page is when somebody has come to read it: there, and with nothing under way. */
async function settled(person: Person, page: string): Promise<void> {
    await person.page.locator("main h1, main .empty").first().waitFor();
    await person.page.locator(".busy-text").waitFor({ state: "detached" });
    if (/-(new|edit)$/.test(page)) await person.openGroups();
}

async function check(person: Person, where: string, closely: boolean, found: string[]): Promise<void> {
    const looks = [() => person.checkWidth(where), () => person.checkLanguage(where)];
    if (closely) looks.push(() => person.checkAccessibility(where));
    for (const look of looks) await look().catch((error: unknown) => found.push(error instanceof Error ? error.message : String(error)));
    if (pictures) await person.page.screenshot({ path: `${pictures}/${where.replace(/ /g, "-")}.png` });
}

before(() => {
    ropeway("apply", "-f", `${repository}/demo/two-regions.yaml`, "--wait");
    ropeway(..."pvif create --name line --border-gateway bgw-a --interface line --routing static".split(" "), ...line);
    if (pictures) mkdirSync(pictures, { recursive: true });
});

describe("every page", { concurrency: 2 }, () => {
    for (const manner of manners) {
        const name = `${manner.language}-${manner.width}${manner.dark ? "-dark" : ""}`;
        it(`log-in page, ${name}`, async () => {
            const person = await Person.come(manner);
            await person.open("/");
            await person.page.locator("#user").waitFor();
            await person.checkAccessibility(`login ${name}`);
            if (pictures) await person.page.screenshot({ path: `${pictures}/login-${name}.png` });
            await person.leave();
        });

        it(`all pages, ${name}`, async () => {
            const person = await Person.comeAsAdmin(manner);
            const found: string[] = [];
            for (const [page, address] of Object.entries(addresses)) {
                await person.open(addressOf(address));
                await settled(person, page);
                await check(person, `${page} ${name}`, manner.closely ?? false, found);
            }
            await person.open(addressOf("/ID(vpcs)"));
            await person.page.getByRole("button", { name: person.w("more") }).click();
            await person.press("delete");
            await person.page.locator("dialog[open]").waitFor();
            await check(person, `delete ${name}`, manner.closely ?? false, found);
            assert.deepEqual(found, []);
            await person.leave();
        });
    }
});

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
    assert.match(await person.page.title(), /^(\(\d+\) )?vpc-a · VPC – /);
    await person.page.getByRole("button", { name: person.w("more") }).focus();
    await keyboard.press("Enter");
    await person.button("delete").focus();
    await keyboard.press("Enter");
    await person.page.locator("dialog[open]").waitFor();
    await keyboard.press("Escape");
    await person.page.locator("dialog").waitFor({ state: "detached" });
    await person.leave();
});
