import assert from "node:assert/strict";
import test from "node:test";
import { dated, now } from "../src/api/clock.ts";

const httpDate = (ms: number): string => new Date(ms).toUTCString();

test("ages are by the server's clock, whatever this machine's says", () => {
    dated(httpDate(Date.now() + 600_000));
    assert.ok(Math.abs(now() - Date.now() - 600_000) < 1_500);
    const before = now() - Date.now();
    dated(httpDate(Date.now() + 601_000)); // whole seconds and a slow way are no other clock
    assert.ok(Math.abs(now() - Date.now() - before) < 5);
    dated(null);
    dated("yesterday");
    assert.ok(Math.abs(now() - Date.now() - before) < 5);
    dated(httpDate(Date.now()));
    assert.ok(Math.abs(now() - Date.now()) < 1_500);
});
