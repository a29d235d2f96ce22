// Getting in and out: the invitation that works once, passwords, tokens, sessions that end.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { adminToken, api, invite, ropeway } from "./lib/lab.ts";
import { closeBrowser, Person } from "./lib/person.ts";

after(closeBrowser);
const password = "correct horse battery";

test("an invitation sets a password, logs in, and works once", async () => {
    const { link } = invite("li@example.com", "admin");
    const li = await Person.come();
    await li.open(`/invitation/${link}`);
    await li.page.fill("#password", password);
    await li.page.fill("#again", "something else");
    await li.press("invitation.do");
    await li.sees(li.w("invitation.differ"));
    await li.page.fill("#again", password);
    await li.press("invitation.do");
    await li.page.locator(".shell").waitFor();
    assert.doesNotMatch(li.page.url(), new RegExp(link), "the secret is gone from the address");

    const other = await Person.come();
    other.expectRefusals = true;
    await other.open(`/invitation/${link}`);
    await other.page.fill("#password", password);
    await other.page.fill("#again", password);
    await other.press("invitation.do");
    await other.page.locator(".notice.bad").waitFor();
    await other.leave();
    await li.leave();
});

test("user and password log in; a reload stays in; the cookie is out of reach of scripts", async () => {
    const li = await Person.come({ language: "zh" });
    li.expectRefusals = true;
    await li.open("/vpcs");
    await li.logIn("li@example.com", "wrong password");
    await li.page.locator(".notice.bad").waitFor();
    await li.page.fill("#password", password);
    await li.page.locator("form .button.primary").click();
    await li.page.locator("h1", { hasText: li.w("c.vpcs") }).waitFor();
    assert.equal(await li.page.evaluate(() => document.cookie), "");
    const [cookie] = await li.context.cookies();
    assert.ok(cookie?.httpOnly && cookie.secure && cookie.sameSite === "Strict");
    await li.page.reload();
    await li.page.locator("h1", { hasText: li.w("c.vpcs") }).waitFor();
    await li.leave();
});

test("logging out everywhere ends the other browser at once, and says so", async () => {
    const here = await Person.come();
    const there = await Person.come();
    for (const person of [here, there]) {
        person.expectRefusals = true;
        await person.open("/");
        await person.logIn("li@example.com", password);
        await person.page.locator(".shell").waitFor();
    }
    await here.page.getByRole("button", { name: /li@example/ }).click();
    await here.press("login.out.all");
    await here.page.locator("#user").waitFor();
    await there.sees(there.w("login.ended"));
    await here.leave();
    await there.leave();
});

test("a token logs in; deleted, its session ends", async () => {
    const made = api<{ id: string; token: string }>("POST", "/v1/tokens", { name: "ci", role: "viewer" });
    const ci = await Person.come();
    ci.expectRefusals = true;
    await ci.open("/");
    await ci.logInByToken(made.token);
    ropeway("api", "DELETE", `/v1/tokens/${made.id}`);
    await ci.sees(ci.w("login.ended"));
    await ci.logInByToken(adminToken);
    await ci.leave();
});
