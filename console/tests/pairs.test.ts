import assert from "node:assert/strict";
import test from "node:test";
import { bodyOf, freePairs, isTwice, nextName, rowOf, suggestedPairs } from "../src/pages/pairs.ts";

const cloud = ["198.51.100.1", "198.51.100.2"];
const pair = (cloudAddress: string, customerAddress: string) => ({ cloudAddress, customerAddress });

test("the first address is joined with the first, the second with the second", () => {
    assert.deepEqual(suggestedPairs(cloud, ["203.0.113.1", "203.0.113.2"], []), [
        pair("198.51.100.1", "203.0.113.1"),
        pair("198.51.100.2", "203.0.113.2"),
    ]);
});

test("a customer with one address gets both tunnels there", () => {
    assert.deepEqual(suggestedPairs(cloud, ["203.0.113.1"], []), [
        pair("198.51.100.1", "203.0.113.1"),
        pair("198.51.100.2", "203.0.113.1"),
    ]);
});

test("pairs that have a tunnel are not free, and a cloud address that has one is not suggested", () => {
    const taken = [pair("198.51.100.1", "203.0.113.1")];
    const customer = ["203.0.113.1", "203.0.113.2"];
    assert.deepEqual(suggestedPairs(cloud, customer, taken), [pair("198.51.100.2", "203.0.113.2")]);
    assert.equal(freePairs(cloud, customer, taken).length, 3);
});

test("IPv4 is not joined with IPv6", () => {
    assert.deepEqual(freePairs(["198.51.100.1", "2001:db8::1"], ["2001:db8:1::1"], []), [pair("2001:db8::1", "2001:db8:1::1")]);
});

test("names go on behind those that are taken", () => {
    assert.equal(nextName("vpn-a", []), "vpn-a-1");
    assert.equal(nextName("vpn-a", ["vpn-a-1", "vpn-a-2"]), "vpn-a-3");
});

test("the first has key and parameters, the others copy them", () => {
    const row = { ...rowOf(pair("198.51.100.1", "203.0.113.1"), "t1"), tunnelAddress: " 169.254.1.1/30 " };
    const shared = { psk: "secret-secret", ike: { version: 1 }, mtu: 1400 };
    assert.deepEqual(bodyOf(row, "vpn-x", shared, undefined), {
        psk: "secret-secret",
        ike: { version: 1 },
        mtu: 1400,
        name: "t1",
        cloudAddress: "198.51.100.1",
        customerAddress: "203.0.113.1",
        tunnelAddress: "169.254.1.1/30",
        vpnConnectionId: "vpn-x",
    });
    const copy = bodyOf(row, "vpn-x", shared, "vpntun-first");
    assert.equal(copy["copyParametersFrom"], "vpntun-first");
    assert.equal("psk" in copy || "ike" in copy, false);
    assert.equal(copy["mtu"], 1400);
});

test("the second row with the same pair is the wrong one", () => {
    const rows = [pair("a", "b"), pair("a", "c"), pair("a", "b")];
    assert.deepEqual(
        rows.map((_, at) => isTwice(rows, at)),
        [false, false, true],
    );
});
