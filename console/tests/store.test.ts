import assert from "node:assert/strict";
import test from "node:test";
import type { ServerEvent } from "../src/api/sse.ts";
import { RateKeeper, ratesBetween } from "../src/live/rates.ts";
import { Store, type Resource } from "../src/live/store.ts";

const event = (type: string, data: unknown): ServerEvent => ({ type, data: JSON.stringify(data), id: "" });
const put = (id: string, more: Partial<Resource> = {}, regionId = "r1"): ServerEvent =>
    event("put", { regionId, collection: "vpcs", id, resource: { id, name: id, revision: 1, createdAt: "", ...more } });
const list = (regionId = "r1") => event("list", { regionId });
const listed = (regionId = "r1") => event("listed", { regionId, revision: 1 });

test("a list fills the store, and only its end says so", () => {
    const store = new Store();
    store.apply([list(), put("a"), put("b")]);
    assert.equal(store.isFilled("r1"), false);
    store.apply([listed()]);
    assert.equal(store.isFilled("r1"), true);
    assert.deepEqual(
        store.all("vpcs").map((item) => item.id),
        ["a", "b"],
    );
    assert.equal(store.get("vpcs", "r1", "a")?.regionId, "r1");
});

test("what a new list does not tell again is gone, of that region alone", () => {
    const store = new Store();
    store.apply([list(), put("a"), put("b"), listed(), list("r2"), put("c", {}, "r2"), listed("r2")]);
    store.apply([list(), put("b")]);
    assert.equal(store.all("vpcs").length, 3, "until the list has ended nothing goes");
    store.apply([listed()]);
    assert.deepEqual(
        store.all("vpcs").map((item) => item.id),
        ["b", "c"],
    );
});

test("a status changes only what it names; of what is not there it says nothing", () => {
    const store = new Store();
    store.apply([put("a", { name: "n", operState: "down" })]);
    store.apply([event("status", { regionId: "r1", collection: "vpcs", id: "a", status: { operState: "up" } })]);
    store.apply([event("status", { regionId: "r1", collection: "vpcs", id: "x", status: { operState: "up" } })]);
    assert.equal(store.get("vpcs", "r1", "a")?.["operState"], "up");
    assert.equal(store.get("vpcs", "r1", "a")?.name, "n");
    assert.equal(store.all("vpcs").length, 1);
});

test("the list is the same array until something in it changes", () => {
    const store = new Store();
    store.apply([put("a")]);
    const before = store.all("vpcs");
    store.apply([event("put", { regionId: "r1", collection: "subnets", id: "s", resource: { id: "s" } })]);
    assert.equal(store.all("vpcs"), before);
    store.apply([event("delete", { regionId: "r1", collection: "vpcs", id: "a" })]);
    assert.notEqual(store.all("vpcs"), before);
    assert.equal(store.all("vpcs").length, 0);
});

test("listeners are told once for all that comes together", () => {
    const store = new Store();
    let told = 0;
    const stop = store.onChange(() => told++);
    store.apply([put("a"), put("b"), put("c")]);
    stop();
    store.apply([put("d")]);
    assert.equal(told, 1);
});

test("rates are grown bytes over time, and none when a counter went back", () => {
    assert.deepEqual(ratesBetween({ bytesOut: 0, packetsIn: 5 }, { bytesOut: 1000, packetsIn: 25 }, 10_000), {
        bitsOut: 800,
        bitsIn: 0,
        packetsOut: 0,
        packetsIn: 2,
    });
    assert.equal(ratesBetween({ bytesOut: 10 }, { bytesOut: 5 }, 10_000), undefined);
    assert.equal(ratesBetween({}, {}, 0), undefined);
});

test("a tunnel's rate comes with its second report", () => {
    const store = new Store();
    let now = 0;
    const keeper = new RateKeeper(store, () => now);
    const report = (packetsIn: number): void =>
        store.apply([event("status", { regionId: "r1", collection: "vpnTunnels", id: "t", status: { counters: { packetsIn } } })]);
    store.apply([event("put", { regionId: "r1", collection: "vpnTunnels", id: "t", resource: { id: "t", counters: { packetsIn: 0 } } })]);
    assert.equal(keeper.of("r1", "t"), undefined);
    now = 10_000;
    report(50);
    assert.equal(keeper.of("r1", "t")?.packetsIn, 5);
    now = 20_000;
    report(50);
    assert.equal(keeper.of("r1", "t")?.packetsIn, 0);
    now = 30_000;
    report(3);
    assert.equal(keeper.of("r1", "t"), undefined, "a counter that went back says nothing");
});
