import assert from "node:assert/strict";
import test from "node:test";
import { pageTitle } from "../src/pages/title.ts";

test("a page is called by what it is about, with how many alarms there are", () => {
    assert.equal(pageTitle([], 0), "Overview – Ropeway");
    assert.equal(pageTitle(["events"], 2), "(2) Events – Ropeway");
    assert.equal(pageTitle(["guides", "join"], 0), "Join two regions – Ropeway");
    assert.equal(pageTitle(["no", "such"], 0), "Ropeway");
});
