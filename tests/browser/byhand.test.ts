// Two empty regions joined page by page, by forms alone and without a guide, ending with a ping between their instances.
import test, { after } from "node:test";
import { closeBrowser, PATIENCE, Person } from "./lib/person.ts";
import { regions } from "./lib/lab.ts";
import type { Word } from "../../console/src/words/words.ts";

after(closeBrowser);

interface Side {
    region: string;
    /** What its resources' names end with. */
    tag: string;
    range: string;
    subnet: string;
    host: string;
    inner: string[];
}

/** Each telling has ranges of its own, and they stay beside one another. */
const sidesOf = (language: "zh" | "en"): [Side, Side] => {
    const net = language === "zh" ? 20 : 30;
    const side = (region: string, at: number): Side => ({
        region,
        tag: `${"ab"[at]}-${language}`,
        range: `10.${net + at}.0.0/16`,
        subnet: `10.${net + at}.0.0/24`,
        host: `10.${net + at}.0.10`,
        inner: [`169.254.${net}.${1 + at}`, `169.254.${net + 1}.${1 + at}`],
    });
    return [side(regions.a, 0), side(regions.b, 1)];
};

/** Opens the form of a kind by its list, in a region. */
async function begin(person: Person, word: Word, region: string): Promise<void> {
    await person.visit(word);
    await person.page.locator("header.page .button.primary").click();
    await person.page.selectOption("#field-region", region);
    await person.field("name").waitFor();
}

async function make(
    person: Person,
    word: Word,
    region: string,
    fields: Record<string, string>,
    before?: () => Promise<void>,
): Promise<void> {
    await begin(person, word, region);
    for (const [path, value] of Object.entries(fields)) await person.fillIn(path, value);
    await before?.();
    await person.press("create");
    await person.page.locator("h1", { hasText: fields["name"] ?? "" }).waitFor();
}

/** The page of one of a list, and a tab of it. */
async function look(person: Person, word: Word, name: string, tab?: Word): Promise<void> {
    await person.visit(word);
    await person.page.getByRole("link", { name, exact: true }).click();
    await person.page.locator("h1", { hasText: name }).waitFor();
    if (tab)
        await person.page
            .locator(".tabs")
            .getByRole("link", { name: person.w(tab), exact: true })
            .click();
}

async function network(person: Person, { region, tag, range, subnet, host }: Side): Promise<void> {
    await make(person, "c.vpcs", region, { name: `vpc-${tag}`, cidr: range });
    await make(person, "c.subnets", region, { name: `sub-${tag}`, vpcId: `vpc-${tag}`, cidr: subnet });
    await make(person, "c.instances", region, { name: `web-${tag}`, subnetId: `sub-${tag}`, address: host });
    await make(person, "c.borderGateways", region, { name: `bgw-${tag}` });
    const attachment = { name: `attach-${tag}`, borderGatewayId: `bgw-${tag}`, vpcId: `vpc-${tag}`, propagation: "subnets" };
    await make(person, "c.vpcAttachments", region, attachment, () =>
        person
            .field("subnetIds")
            .getByLabel(new RegExp(`sub-${tag}`))
            .check(),
    );
    await look(person, "c.borderGateways", `bgw-${tag}`, "tab.propagated");
    await person.row(subnet).waitFor();
    await make(person, "c.customerGateways", region, { name: `cgw-${tag}`, asn: "65001", addresses: "192.0.2.1\n192.0.2.2" });
}

/** Makes the connection; the addresses that were allocated for it. */
async function connection(person: Person, { region, tag }: Side): Promise<string[]> {
    const fields = { name: `vpn-${tag}`, borderGatewayId: `bgw-${tag}`, customerGatewayId: `cgw-${tag}`, routing: "static" };
    await make(person, "c.vpnConnections", region, fields);
    const shown = await person.page.locator("main dd", { hasText: /^(198\.51\.100|203\.0\.113)\.\d+, / }).innerText();
    return shown.split(", ");
}

async function readdress(person: Person, { tag }: Side, addresses: string[]): Promise<void> {
    await look(person, "c.customerGateways", `cgw-${tag}`);
    await person.link("edit").click();
    await person.field("addresses").waitFor();
    await person.fillIn("addresses", addresses.join("\n"));
    await person.press("save");
    await person.page.locator("dd", { hasText: addresses.join(", ") }).waitFor();
}

async function tunnels(person: Person, near: Side, far: Side): Promise<void> {
    await look(person, "c.vpnConnections", `vpn-${near.tag}`, "tab.tunnels");
    await person.link("tunnels.add").click();
    const pairs = person.page.locator("section.pair");
    await pairs.nth(1).waitFor();
    for (const at of [0, 1]) {
        const inputs = pairs.nth(at).locator(".in-place").first().locator("input");
        await inputs.nth(1).fill(`${near.inner[at]}/30`);
        await inputs.nth(2).fill(far.inner[at] ?? "");
    }
    await person.fillIn("psk", "typed by hand at both ends");
    await person.press("tunnels.create", { count: 2 });
    await person.link("close").click();
    await person.page.locator("tbody tr").nth(1).waitFor();
}

async function route(person: Person, near: Side, far: Side): Promise<void> {
    await look(person, "c.borderGateways", `bgw-${near.tag}`, "tab.static");
    const form = person.page.locator("main form.in-place");
    await form.locator("input").fill(far.range);
    await person.choose(form.locator("select"), `vpn-${near.tag}`);
    await person.press("route.add");
    await person.row(far.range).waitFor();
}

async function ping(person: Person, near: Side, far: Side): Promise<void> {
    await person.visit("test.title");
    const form = person.page.locator("main form.card");
    const [region, , from, to] = [0, 1, 2, 3].map((n) => form.locator("select").nth(n));
    if (!region || !from || !to) throw new Error("the form has four choices");
    await region.selectOption(near.region);
    await from.locator("option", { hasText: `web-${near.tag}` }).waitFor({ state: "attached" });
    await from.selectOption((await from.locator("option", { hasText: `web-${near.tag}` }).getAttribute("value")) ?? "");
    await to.selectOption((await to.locator("option", { hasText: `web-${far.tag}` }).getAttribute("value")) ?? "");
    await person.press("test.start");
    await person.page.locator("section.card .badge.ok").waitFor({ timeout: PATIENCE.tunnel });
}

/** A row of the form's list: our own range, as which the peer is to see it. */
async function translate(person: Person, near: Side, seenAs: string): Promise<void> {
    await look(person, "c.vpnConnections", `vpn-${near.tag}`);
    await person.link("edit").click();
    const list = person.field("translations");
    await person.openGroups();
    await list.getByRole("button", { name: person.w("add"), exact: true }).click();
    const row = list.locator("fieldset").first();
    await row.locator("select").selectOption("own");
    await row.locator("input").nth(0).fill(near.range);
    await row.locator("input").nth(1).fill("100.64.0.0/10");
    await person.press("save");
    await person.page.locator('[data-field="translations"].wrong .error').waitFor(); // not as long
    await row.locator("input").nth(1).fill(seenAs);
    await person.press("save");
    await person.page.locator("dd", { hasText: seenAs }).waitFor();
}

for (const language of ["zh", "en"] as const) {
    test(`${language}: from nothing to a ping in both directions, one form after the other`, async () => {
        const [a, b] = sidesOf(language);
        const person = await Person.comeAsAdmin({ language });
        for (const side of [a, b]) await network(person, side);
        const addressesOfB = await connection(person, b);
        await readdress(person, a, addressesOfB);
        const addressesOfA = await connection(person, a);
        await readdress(person, b, addressesOfA);
        await tunnels(person, a, b);
        await tunnels(person, b, a);
        for (const side of [a, b]) {
            await look(person, "c.vpnConnections", `vpn-${side.tag}`);
            await person.page.locator("h1 .badge.ok").waitFor({ timeout: PATIENCE.tunnel });
        }
        await route(person, a, b);
        await route(person, b, a);
        await ping(person, a, b);
        await ping(person, b, a);
        person.expectRefusals = true;
        await translate(person, a, language === "zh" ? "100.70.0.0/16" : "100.71.0.0/16");
        await person.leave();
    });
}
