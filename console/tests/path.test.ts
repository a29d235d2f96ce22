import assert from "node:assert/strict";
import test from "node:test";
import type { Resource } from "../src/live/store.ts";
import { endOf, stepsOf, tableOf, type Answer, type Hop } from "../src/pages/path.ts";

const answer = (first: string, more: Partial<Answer> = {}): Answer => ({
    answer: "",
    answerCode: "goes.one",
    answerArguments: { address: "10.0.0.1", first: { code: first, arguments: {} } },
    steps: [],
    stepsCodes: [],
    ...more,
});
const hop = (kind: string): Hop => ({ kind, regionId: "r1", id: "x", name: "x" });

test("where it ends is told by the code of its end", () => {
    assert.equal(endOf(answer("end.no-route")), "lost");
    assert.equal(endOf(answer("end.connection")), "leaves");
    assert.equal(endOf(answer("end.instance")), "reached");
    assert.equal(endOf(answer("end.network")), "reached");
    assert.equal(endOf(answer("end.network-apart")), "lost");
    assert.equal(endOf({ ...answer(""), answerArguments: {} }), "unknown");
});

test("of several ends one that leads on is enough", () => {
    const two = answer("end.no-tunnel");
    two.answerArguments = { ...two.answerArguments, second: { code: "end.connection", arguments: {} } };
    assert.equal(endOf(two), "leaves");
});

test("the list of places says it better", () => {
    assert.equal(endOf(answer("end.connection", { path: [hop("routeTable")], pathReached: false })), "lost");
    assert.equal(endOf(answer("end.connection", { path: [hop("vpnConnection")], pathReached: true })), "leaves");
    assert.equal(endOf(answer("end.connection", { path: [hop("vpnConnection"), hop("instance")], pathReached: true })), "reached");
});

test("steps are marked by what they mean", () => {
    const steps = stepsOf(
        answer("end.connection", {
            steps: ["a", "b", "c", "d", "e"],
            stepsCodes: [
                { code: "lookup.match", arguments: {} },
                { code: "way.tunnel", arguments: { state: "up" } },
                { code: "way.tunnel", arguments: { state: "down" } },
                { code: "lookup.no-match", arguments: {} },
            ],
        }),
    );
    assert.deepEqual(
        steps.map((step) => step.tone),
        ["ok", "ok", "bad", "bad", "idle"],
    );
});

test("an instance's table is its subnet's, else the default one of the VPC", () => {
    const make = (id: string, more: Record<string, unknown>): Resource => ({
        id,
        name: id,
        regionId: "r1",
        revision: 1,
        createdAt: "",
        ...more,
    });
    const tables = [make("t1", { vpcId: "v", default: true }), make("t2", { vpcId: "v", default: false })];
    const instance = make("i", { subnetId: "s" });
    assert.equal(tableOf(instance, [make("s", { vpcId: "v", routeTableId: "t2" })], tables)?.id, "t2");
    assert.equal(tableOf(instance, [make("s", { vpcId: "v" })], tables)?.id, "t1");
    assert.equal(tableOf(instance, [], tables), undefined);
});
