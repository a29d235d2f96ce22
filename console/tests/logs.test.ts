import assert from "node:assert/strict";
import test from "node:test";
import { Store } from "../src/live/store.ts";
import { fingerprint } from "../src/live/changes.ts";
import { actionChoices, actionWord, auditQuery, restOf } from "../src/pages/audit.ts";
import { mergedEvents, type Happening } from "../src/pages/events.ts";
import { fromLocalInput, localInput } from "../src/words/time.ts";
import { joinCommands, nodeOptions } from "../src/pages/nodeconfiguration.ts";
import { csvOf } from "../src/ui/csv.ts";

const happening = (id: number, minute: number, regionId = "r1"): Happening => ({
    id: String(id),
    at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
    regionId,
    severity: "info",
    text: "",
});

test("events of several regions are one list, as far back as all were read", () => {
    const { items, more } = mergedEvents([
        { items: [happening(9, 9), happening(8, 5)], next: "8" },
        { items: [happening(7, 7, "r2"), happening(2, 2, "r2")] },
    ]);
    assert.deepEqual(
        items.map((item) => item.id),
        ["9", "7", "8"],
    );
    assert.equal(more, true);
    assert.deepEqual(mergedEvents([]), { items: [], more: false });
});

test("of events at the same time the later number is the newer one", () => {
    assert.deepEqual(
        mergedEvents([{ items: [happening(9, 1), happening(10, 1)] }]).items.map((item) => item.id),
        ["10", "9"],
    );
});

test("times go through an input and back", () => {
    assert.equal(fromLocalInput(localInput("2026-11-22T08:27:24.000Z")), "2026-11-22T08:27:24Z");
    assert.equal(localInput("nonsense"), "");
    assert.equal(fromLocalInput(""), undefined);
});

test("the audit log is asked by its own names alone", () => {
    assert.equal(auditQuery(new URLSearchParams("action=create&columns=x&cursor=abc"), 5), "limit=5&action=create&cursor=abc");
});

test("the rest of an entry is what has no column", () => {
    const entry = { id: "1", at: "", who: { kind: "admin", id: "admin" }, action: "update", kind: "vpc", changed: ["name", "tags"], n: "" };
    assert.equal(restOf(entry), "changed: name, tags");
});

test("what a machine is told cannot be more than words", () => {
    const joining = { api: "https://10.0.0.5:8443", region: "cn-north-1", name: "gw 1'; rm", token: "rwn-a", publicInterface: "" };
    assert.equal(
        nodeOptions(joining),
        "ROPEWAY_NODE_OPTIONS=--api https://10.0.0.5:8443 --ca /etc/ropeway/tls.crt --token-file /etc/ropeway/node.token --region cn-north-1 --name 'gw 1'\\''; rm'",
    );
    assert.match(joinCommands(joining), /echo rwn-a > \/etc\/ropeway\/node\.token/);
});

test("values in a CSV are quoted, and none is a formula", () => {
    assert.equal(
        csvOf(
            ["a", "b"],
            [
                ["x,y", -1],
                ['say "hi"', "=1+1"],
            ],
        ),
        '\ufeffa,b\r\n"x,y",-1\r\n"say ""hi""",\'=1+1\r\n',
    );
});

test("figures of a tunnel are no change, its state is", () => {
    const store = new Store();
    const put = (more: Record<string, unknown>) =>
        store.apply([
            {
                type: "put",
                id: "",
                data: JSON.stringify({ regionId: "r1", collection: "vpnTunnels", id: "t", resource: { id: "t", revision: 1, ...more } }),
            },
        ]);
    put({ operState: "up", counters: { bytesIn: 1 } });
    const before = fingerprint(store, "r1", ["vpnTunnels"]);
    put({ operState: "up", counters: { bytesIn: 2 } });
    assert.equal(fingerprint(store, "r1", ["vpnTunnels"]), before);
    put({ operState: "down" });
    assert.notEqual(fingerprint(store, "r1", ["vpnTunnels"]), before);
    assert.equal(fingerprint(store, "r2", ["vpnTunnels"]), "");
});

test("what was fetched takes the place of what was there, and events do not pile up", () => {
    const store = new Store();
    const user = (id: string) => ({ id, name: id, revision: 1, createdAt: "" });
    store.replace("users", [user("a"), user("b")]);
    store.replace("users", [user("b")]);
    assert.deepEqual(
        store.all("users").map((item) => item.id),
        ["b"],
    );
    for (let n = 0; n < 2100; n++)
        store.apply([
            {
                type: "put",
                id: "",
                data: JSON.stringify({ regionId: "r1", collection: "events", id: String(n), resource: { id: String(n) } }),
            },
        ]);
    assert.equal(store.all("events").length, 2000);
    assert.equal(store.get("events", "r1", "0"), undefined);
});

test("actions are called by words, and what there is no word for by its code", () => {
    assert.equal(actionWord("logIn"), "logged in");
    assert.equal(actionWord("somethingNew"), "somethingNew");
    assert.ok(actionChoices(null).some(([code]) => code === "revealPsk"));
    assert.deepEqual(actionChoices("somethingNew").at(-1), ["somethingNew", "somethingNew"]);
});
