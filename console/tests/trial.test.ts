import assert from "node:assert/strict";
import test from "node:test";
import { lineOf, trialBody } from "../src/pages/trial.ts";

test("a test is asked for with what its kind takes", () => {
    assert.deepEqual(trialBody("ping", "i-a", "r1/i-b", "r1", { count: "3", duration: "9", size: "" }), {
        kind: "ping",
        source: { instance: "i-a" },
        destination: "i-b",
        count: 3,
    });
    assert.deepEqual(trialBody("throughput", "vpntun-a", "r2/i-b", "r1", { duration: "x" }), {
        kind: "throughput",
        source: { tunnel: "vpntun-a" },
        destination: "r2/i-b",
        duration: "x",
    });
});

test("rows are lines", () => {
    assert.deepEqual(lineOf({ type: "reply", number: 2, answered: true, what: "reply", from: "10.0.0.1", ttl: 62, rttUs: 812 }), {
        label: "2",
        text: "10.0.0.1 answered ttl 62",
        figure: "0.81 ms",
        tone: "ok",
    });
    assert.deepEqual(lineOf({ type: "reply", number: 3, answered: false }), { label: "3", text: "no answer", figure: "", tone: "bad" });
    assert.equal(lineOf({ type: "reply", number: 4, answered: true, what: "noRoute", from: "10.0.0.1" })?.tone, "bad");
    assert.equal(lineOf({ type: "hop", number: 1, answered: false })?.tone, "idle");
    assert.equal(lineOf({ type: "hop", number: 1, answered: true, what: "expired", from: "a", rtts: [500, null] })?.figure, "0.50 ms  *");
    assert.equal(lineOf({ type: "rate", fromMs: 0, toMs: 1000, bitsPerSecond: 1.5e9 })?.figure, "1.50 Gbit/s");
    assert.equal(lineOf({ type: "begun" }), undefined);
});
