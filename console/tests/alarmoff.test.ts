import assert from "node:assert/strict";
import test from "node:test";
import type { Resource } from "../src/live/store.ts";
import { isOffFor, switched } from "../src/pages/alarmoff.ts";

const resource = (id: string, more: Record<string, unknown>): Resource => ({ id, name: id, revision: 1, createdAt: "", ...more });
const alarm = resource("alarm-default-loss-high", { state: "lossHigh", builtIn: true });

test("a built-in alarm is switched off and on again, and the others stay as they are", () => {
    const connection = resource("vpn-1", { defaultAlarmsOff: ["rttDoubled"] });
    assert.equal(isOffFor(connection, alarm), false);
    const off = resource("vpn-1", { defaultAlarmsOff: switched(connection, alarm) });
    assert.equal(isOffFor(off, alarm), true);
    assert.deepEqual(switched(off, alarm), ["rttDoubled"]);
});

test("what says nothing of alarms has none switched off", () => {
    assert.deepEqual(switched(resource("cn-north-1", {}), alarm), ["lossHigh"]);
});
