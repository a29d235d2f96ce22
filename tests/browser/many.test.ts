// A list of 2,000 tunnels is read, searched and sorted like one of four, and only what is in sight is in the document.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { manyRegion, makeMany } from "./lib/many.ts";
import { closeBrowser, Person } from "./lib/person.ts";
import { ropeway } from "./lib/lab.ts";

const COUNT = 2000;
after(closeBrowser);
before(() => makeMany(COUNT));

test("2,000 tunnels: all are there, few are in the document, the last is a scroll away", async () => {
    const person = await Person.comeAsAdmin();
    await person.visit("c.vpnTunnels");
    await person.sees(person.w("rows", { count: COUNT, total: COUNT }));
    assert.ok((await person.page.locator("tbody tr").count()) < 150);
    const table = person.page.locator(".table");
    assert.equal(await table.locator("table").getAttribute("aria-rowcount"), String(COUNT + 1));
    await table.evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await person.page.getByRole("link", { name: `t${COUNT - 1}`, exact: true }).waitFor();
    await person.leave();
});

test("searching finds one of them; the address holds the search, so a reload does", async () => {
    const person = await Person.comeAsAdmin({ language: "zh" });
    await person.visit("c.vpnTunnels");
    await person.page.locator('input[type="search"]').fill("t1234");
    await person.sees(person.w("rows", { count: 1, total: COUNT }));
    await person.page.reload();
    await person.sees(person.w("rows", { count: 1, total: COUNT }));
    await person.leave();
});

test("names are sorted as people count: t2 before t10, and the other way round", async () => {
    const person = await Person.comeAsAdmin();
    await person.open(`/vpnTunnels?region=${manyRegion}`);
    const names = person.page.locator("tbody a.name");
    await person.sees(person.w("rows", { count: COUNT, total: COUNT }));
    assert.deepEqual(
        (await names.allInnerTexts()).slice(0, 11),
        Array.from({ length: 11 }, (_, n) => `t${n}`),
    );
    await person.button("name").click();
    await person.page.getByRole("link", { name: `t${COUNT - 1}`, exact: true }).waitFor();
    await person.leave();
});

test("several are picked and deleted at once", async () => {
    const person = await Person.comeAsAdmin();
    await person.open("/vpnTunnels?q=t199");
    await person.sees(person.w("rows", { count: 11, total: COUNT }));
    await person.page.locator('thead input[type="checkbox"]').check();
    await person.page.locator(".tools .button.danger").click();
    await person.page.locator("dialog .button.danger").click();
    await person.sees(person.w("rows", { count: 0, total: COUNT - 11 }));
    assert.doesNotMatch(ropeway("vpn-tunnel", "list", "--region", manyRegion), /\bt1999\b/);
    await person.leave();
});
