// Resources by hand: made, refused, changed, cloned, held and deleted, in both languages.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { api, regions, ropeway } from "./lib/lab.ts";
import { closeBrowser, Person } from "./lib/person.ts";

after(closeBrowser);

for (const language of ["zh", "en"] as const) {
    const name = `vpc-${language}`;

    test(`${language}: what is wrong is said at its field, in the person's language, and nothing typed is lost`, async () => {
        const person = await Person.comeAsAdmin({ language });
        person.expectRefusals = true;
        await person.visit("c.vpcs");
        await person.page.locator("header.page .button.primary").click();
        await person.page.selectOption("#field-region", regions.a);
        await person.fillIn("name", name);
        await person.fillIn("cidr", "10.1.0.0/33");
        await person.press("create");
        const wrong = person.page.locator('[data-field="cidr"].wrong .error');
        await wrong.waitFor();
        assert.match(await wrong.innerText(), language === "zh" ? /[\u4e00-\u9fff]/ : /^[\x20-\x7e]+$/);
        assert.equal(await person.field("name").locator("input").inputValue(), name);
        await person.fillIn("cidr", language === "zh" ? "10.8.0.0/16" : "10.9.0.0/16");
        await person.press("create");
        await person.page.locator("h1", { hasText: name }).waitFor();
        await person.leave();
    });

    test(`${language}: what is used cannot go, and what uses it is named and one click away`, async () => {
        const cidr = language === "zh" ? "10.8.1.0/24" : "10.9.1.0/24";
        ropeway("subnet", "create", "--region", regions.a, "--name", `sub-${language}`, "--vpc", name, "--cidr", cidr);
        const person = await Person.comeAsAdmin({ language });
        person.expectRefusals = true;
        await person.visit("c.vpcs");
        await person.page.getByRole("link", { name, exact: true }).click();
        await person.page.getByRole("button", { name: person.w("more") }).click();
        await person.press("delete");
        await person.page.locator("dialog .button.danger").click();
        await person.page
            .locator("dialog")
            .getByRole("link", { name: `sub-${language}` })
            .click();
        await person.page.locator("h1", { hasText: `sub-${language}` }).waitFor();
        await person.page.getByRole("button", { name: person.w("more") }).click();
        await person.press("delete");
        await person.page.locator("dialog .button.danger").click();
        await person.page.locator("h1", { hasText: person.w("c.subnets") }).waitFor();
        await person.leave();
    });

    test(`${language}: a clone begins with what the first one had`, async () => {
        const person = await Person.comeAsAdmin({ language });
        await person.visit("c.vpcs");
        await person.page.getByRole("link", { name, exact: true }).click();
        await person.page.getByRole("button", { name: person.w("more") }).click();
        await person.page.getByRole("link", { name: person.w("clone") }).click();
        await person.page.locator("form.sheet").waitFor();
        assert.equal(await person.field("name").locator("input").inputValue(), "");
        assert.match(await person.field("cidr").locator("input").inputValue(), /^10\.[89]\.0\.0\/16$/);
        await person.leave();
    });
}

test("two people change the same thing: the second one is told, keeps what was typed, and decides", async () => {
    const [li, wang] = [await Person.comeAsAdmin({ language: "zh" }), await Person.comeAsAdmin()];
    const [vpc] = api<{ items: { id: string }[] }>("GET", `/v1/regions/${regions.a}/vpcs?name=vpc-en`).items;
    assert.ok(vpc);
    for (const person of [li, wang]) {
        await person.open(`/regions/${regions.a}/vpcs/${vpc.id}/edit`);
        await person.page.locator("form.sheet").waitFor();
    }
    await wang.fillIn("description", "typed by wang");
    await li.fillIn("name", "vpc-renamed");
    await li.press("save");
    await li.page.locator("h1", { hasText: "vpc-renamed" }).waitFor();
    await wang.sees(wang.w("changed.elsewhere"));
    assert.equal(await wang.button("save").isDisabled(), true);
    await wang.press("changed.take");
    assert.equal(await wang.field("name").locator("input").inputValue(), "vpc-renamed");
    assert.equal(await wang.field("description").locator("input").inputValue(), "typed by wang");
    await wang.press("save");
    await wang.page.locator("h1", { hasText: "vpc-renamed" }).waitFor();
    const now = api<{ name: string; description: string }>("GET", `/v1/regions/${regions.a}/vpcs/${vpc.id}`);
    assert.deepEqual([now.name, now.description], ["vpc-renamed", "typed by wang"]);
    await li.leave();
    await wang.leave();
});

test("one person's change is on the other one's page without a reload", async () => {
    const person = await Person.comeAsAdmin();
    await person.visit("c.vpcs");
    ropeway("vpc", "create", "--region", regions.b, "--name", "vpc-elsewhere", "--cidr", "10.77.0.0/16");
    await person.row("vpc-elsewhere").waitFor();
    ropeway("vpc", "delete", "--region", regions.b, "vpc-elsewhere");
    await person.row("vpc-elsewhere").waitFor({ state: "detached" });
    await person.leave();
});
