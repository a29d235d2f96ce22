import assert from "node:assert/strict";
import test from "node:test";
import type { Kind } from "../src/forms/schema.ts";
import type { Resource } from "../src/live/store.ts";
import { holdsId, referencesTo, usersOf } from "../src/pages/references.ts";
import { pieces } from "../src/pages/said.ts";

const kind = (collection: string, properties: Kind["schema"]["properties"] = {}): Kind => ({
    name: collection.slice(0, -1),
    collection,
    regional: true,
    schema: { properties },
});
const refers = (...to: string[]) => ({ type: "string", "x-ropeway-refers-to": to });
const kinds = [
    kind("subnets", { vpcId: refers("vpcs") }),
    kind("vpcAttachments", { vpcId: refers("vpcs"), subnetIds: { type: "array", items: refers("subnets") } }),
    kind("routeTables", { routes: { type: "array", items: { properties: { nextHop: refers("instances", "borderGateways") } } } }),
];
const item = (id: string, more: Record<string, unknown>, regionId = "r1"): Resource => ({
    id,
    name: id,
    regionId,
    revision: 1,
    createdAt: "",
    ...more,
});

test("references are found in plain fields, lists and lists of objects", () => {
    assert.deepEqual(
        referencesTo("vpcs", kinds).map((one) => `${one.collection}.${one.path}`),
        ["subnets.vpcId", "vpcAttachments.vpcId"],
    );
    assert.deepEqual(
        referencesTo("borderGateways", kinds).map((one) => one.path),
        ["routes.nextHop"],
    );
});

test("an id is looked for through lists", () => {
    assert.equal(holdsId([{ nextHop: "x" }, { nextHop: "y" }], ["nextHop"], "y"), true);
    assert.equal(holdsId(undefined, ["nextHop"], "y"), false);
    assert.equal(holdsId("y", ["nextHop"], "y"), false);
});

test("users are of the same region, and each is named once", () => {
    const shelves: Record<string, Resource[]> = {
        subnets: [item("s1", { vpcId: "v" }), item("s2", { vpcId: "v" }, "r2"), item("s3", { vpcId: "other" })],
        vpcAttachments: [item("a1", { vpcId: "v" })],
    };
    const found = usersOf(referencesTo("vpcs", kinds), (name) => shelves[name] ?? [], "r1", "v");
    assert.deepEqual(
        found.map((user) => user.item.id),
        ["s1", "a1"],
    );
});

test("a sentence is cut at its ids and loses nothing", () => {
    const text = "VPN connection vpn-72bim3eg5g, by tunnel vpntun-gpjggrpdiz.";
    assert.deepEqual(
        pieces(text).map((piece) => piece.id),
        [false, true, false, true, false],
    );
    assert.equal(
        pieces(text)
            .map((piece) => piece.text)
            .join(""),
        text,
    );
    assert.deepEqual(pieces("web-server-10 is no id"), [{ text: "web-server-10 is no id", id: false }]);
    assert.deepEqual(pieces(""), []);
});
