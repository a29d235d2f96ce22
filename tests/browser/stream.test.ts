// The line to the control plane breaks and comes back: the page says so, greys, and then shows what happened meanwhile.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import test, { after } from "node:test";
import { labDir, regions, ropeway, url } from "./lib/lab.ts";
import { closeBrowser, Person } from "./lib/person.ts";
import { Wire } from "./lib/wire.ts";

const wire = await Wire.lay();
after(async () => {
    wire.remove();
    await closeBrowser();
});

/** Whoever started it has not looked yet: then it is a zombie. */
function hasEnded(pid: number): boolean {
    try {
        return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
        return true;
    }
}

test("a browser that is cut off says so, and catches up by itself", async () => {
    ropeway("vpc", "create", "--region", regions.a, "--name", "vpc-before", "--cidr", "10.1.0.0/16");
    const person = await Person.comeAsAdmin({ at: wire.url });
    person.expectRefusals = true;
    await person.visit("c.vpcs");
    await person.row("vpc-before").waitFor();
    wire.cut();
    await person.page.locator(".shell.stale").waitFor();
    await person.page.locator('main [role="alert"]').waitFor();
    await person.sees(person.w("line.broken"));
    ropeway("vpc", "delete", "--region", regions.a, "vpc-before");
    ropeway("vpc", "create", "--region", regions.a, "--name", "vpc-meanwhile", "--cidr", "10.2.0.0/16");
    assert.equal(await person.row("vpc-before").count(), 1, "what was is still shown, greyed");
    wire.mend();
    await person.row("vpc-meanwhile").waitFor();
    await person.row("vpc-before").waitFor({ state: "detached" });
    await person.seesNot(".shell.stale");
    await person.sees(person.w("line.live"));
    await person.leave();
});

test("a control plane that starts anew is found again, and the session with it", async () => {
    const person = await Person.comeAsAdmin({ language: "zh" });
    person.expectRefusals = true;
    await person.visit("c.vpcs");
    await person.row("vpc-meanwhile").waitFor();
    process.kill(Number(process.env["LAB_PID_ROPEWAYD"]), "SIGTERM");
    await person.page.locator(".shell.stale").waitFor();
    while (!hasEnded(Number(process.env["LAB_PID_ROPEWAYD"]))) await sleep(50);
    const log = openSync(`${labDir}/log/ropewayd-again`, "a");
    const console = process.env["CONSOLE_DIR"] ?? "";
    const options = ["--run", `${labDir}/run`, "--state", `${labDir}/state`, "--listen", new URL(url).host, "--console", console];
    const again = spawn(`${process.env["ROPEWAY_BIN"]}/ropewayd`, options, { stdio: ["ignore", log, log] });
    try {
        await person.page.locator(".shell:not(.stale)").waitFor({ timeout: 30_000 });
        await person.row("vpc-meanwhile").waitFor();
        ropeway("vpc", "create", "--region", regions.b, "--name", "vpc-after", "--cidr", "10.3.0.0/16");
        await person.row("vpc-after").waitFor();
        await person.leave();
    } finally {
        again.kill();
        while (again.exitCode === null && again.signalCode === null) await sleep(50);
    }
});
