import assert from "node:assert/strict";
import { test } from "node:test";
import type { Resource } from "../src/live/store.ts";
import { layOut, spread } from "../src/pages/overview-layout.ts";
import { joinsOf, joinTone, type Parts, type Tunnel } from "../src/pages/overview-model.ts";
import { nearLimits } from "../src/pages/overview-quota.ts";
import { flowOf, linesOf, sceneOf } from "../src/pages/overview-scene.ts";
import { troublesOf } from "../src/pages/overview-trouble.ts";

const thing = (regionId: string, id: string, more: Record<string, unknown> = {}): Resource => ({
    id,
    regionId,
    name: id,
    revision: 1,
    createdAt: "2026-11-28T17:50:52Z",
    ...more,
});

const nobody: Parts = {
    regions: [],
    vpcs: [],
    subnets: [],
    instances: [],
    nodes: [],
    placements: [],
    gateways: [],
    attachments: [],
    customers: [],
    connections: [],
    tunnels: [],
};

/** A site with one connection: its cloud addresses are own, its customer's are theirs. */
function site(region: string, name: string, own: string[], theirs: string[], tunnels: [string, string, string?][]): Partial<Parts> {
    return {
        gateways: [thing(region, `bgw-${region}`)] as unknown as Parts["gateways"],
        customers: [thing(region, `cgw-${name}`, { addresses: theirs })] as unknown as Parts["customers"],
        connections: [
            thing(region, `vpn-${name}`, {
                borderGatewayId: `bgw-${region}`,
                customerGatewayId: `cgw-${name}`,
                cloudAddresses: own,
            }),
        ] as unknown as Parts["connections"],
        tunnels: tunnels.map(([cloudAddress, customerAddress, operState = "up"], at) =>
            thing(region, `t-${name}-${at}`, {
                vpnConnectionId: `vpn-${name}`,
                cloudAddress,
                customerAddress,
                operState,
                adminState: "up",
            }),
        ) as unknown as Parts["tunnels"],
    };
}

function network(...sites: Partial<Parts>[]): Parts {
    const regions = ["a", "b"].map((id) => ({ ...thing("", id), name: id.toUpperCase() }));
    const all = { ...nobody, regions };
    for (const one of sites)
        for (const [key, items] of Object.entries(one)) {
            const list = all[key as keyof Parts] as Resource[];
            const fresh = (items as Resource[]).filter((item) => !list.some((o) => o.id === item.id && o.regionId === item.regionId));
            Object.assign(all, { [key]: [...list, ...fresh] });
        }
    return all;
}

const two = network(
    site(
        "a",
        "a",
        ["198.51.100.1", "198.51.100.2"],
        ["203.0.113.1", "203.0.113.2"],
        [
            ["198.51.100.1", "203.0.113.1"],
            ["198.51.100.2", "203.0.113.2", "down"],
        ],
    ),
    site(
        "b",
        "b",
        ["203.0.113.1", "203.0.113.2"],
        ["198.51.100.1", "198.51.100.2"],
        [
            ["203.0.113.1", "198.51.100.1"],
            ["203.0.113.2", "198.51.100.2"],
        ],
    ),
    site("a", "office", ["198.51.100.3", "198.51.100.4"], ["192.0.2.1"], [["198.51.100.3", "192.0.2.1"]]),
);

test("two tunnels that are one and the same are one line, in the state of the worse end", () => {
    const joins = joinsOf(two);
    assert.deepEqual(
        joins.map((join) => [join.near?.id, join.far?.id, join.outside, joinTone(join)]),
        [
            ["t-a-0", "t-b-0", false, "ok"],
            ["t-a-1", "t-b-1", false, "bad"],
            ["t-office-0", undefined, true, "ok"],
        ],
    );
});

test("a connection without a tunnel is a line too, but not beside those of its other side", () => {
    const bare = network(site("a", "a", ["1.1.1.1"], ["2.2.2.2"], []), site("b", "b", ["2.2.2.2"], ["1.1.1.1"], []));
    const joins = joinsOf(bare);
    assert.equal(joins.length, 1);
    assert.equal(joins[0]?.tunnels.length, 0);
    assert.equal(joins[0]?.outside, false);
});

test("one side that points to the other is enough for a line between the regions", () => {
    const half = network(
        site("a", "a", ["1.1.1.1"], ["192.0.2.9"], []),
        site("b", "b", ["2.2.2.2"], ["1.1.1.1"], [["2.2.2.2", "1.1.1.1"]]),
    );
    const found = joinsOf(half).find((join) => join.tunnels.length);
    assert.equal(found?.outside, false);
    assert.deepEqual([found?.from.id, found?.to.id], ["bgw-a", "bgw-b"]);
    assert.equal(found?.far?.id, "t-b-0");
    assert.equal(found?.near, undefined);
});

test("few tunnels are drawn each by itself, the worst first", () => {
    const scene = sceneOf(two, joinsOf(two), "");
    assert.equal(scene.grain, "tunnel");
    assert.deepEqual(
        scene.lines.map((line) => line.tone),
        ["bad", "ok", "ok"],
    );
    assert.deepEqual(
        scene.frames.map((frame) => frame.key),
        ["a", "outside a", "b"],
    );
});

test("a region by itself shows what it is joined with, and nothing else", () => {
    const scene = sceneOf(two, joinsOf(two), "b");
    assert.equal(scene.lines.length, 2);
    assert.deepEqual(
        scene.frames.map((frame) => frame.key),
        ["a", "b"],
    );
});

/** Each of many connections with four tunnels. */
function many(connections: number): Parts {
    const sites = [];
    for (let i = 0; i < connections; i++) {
        const own = [`10.0.${i}.1`, `10.0.${i}.2`];
        const theirs = [`10.1.${i}.1`, `10.1.${i}.2`];
        const pairs = own.flatMap((a) => theirs.map((b): [string, string, string?] => [a, b, i === 3 ? "down" : "up"]));
        sites.push(site("a", `x${i}`, own, theirs, pairs));
    }
    return network(...sites);
}

test("many tunnels are put together, with counts", () => {
    const parts = many(20);
    const scene = sceneOf(parts, joinsOf(parts), "");
    assert.equal(scene.grain, "connection");
    assert.equal(scene.lines.length, 20);
    assert.deepEqual(scene.lines[0]?.counts, { bad: 4 });
    const more = many(120);
    const small = sceneOf(more, joinsOf(more), "");
    assert.equal(small.grain, "gateway");
    assert.deepEqual(small.lines[0]?.counts, { bad: 4, ok: 476 });
});

test("what goes along a line is counted at one end, in the direction in which it is drawn", () => {
    const line = linesOf(joinsOf(two), "connection").find((one) => one.from === "gateway a/bgw-a" && one.to === "gateway b/bgw-b");
    const rates = (tunnel: Tunnel) => ({
        bitsOut: tunnel.regionId === "a" ? 100 : 10,
        bitsIn: tunnel.regionId === "a" ? 10 : 100,
        at: tunnel.regionId === "a" ? 5 : 6,
    });
    assert.ok(line);
    assert.deepEqual(flowOf(line, rates), { there: 200, back: 20, at: 5, lastPacketAt: undefined });
    assert.deepEqual(flowOf(line, rates, true), { there: 20, back: 200, at: 5, lastPacketAt: undefined });
    const heard = line.joins.map((join, i) => ({
        ...join,
        ...(join.far && { far: { ...join.far, lastPacketAt: `2026-01-01T00:00:0${i}.000Z` } }),
    }));
    assert.equal(flowOf({ ...line, joins: heard }, rates)?.lastPacketAt, Date.UTC(2026, 0, 1, 0, 0, heard.length - 1));
    const far = flowOf(line, (tunnel) => (tunnel.regionId === "b" ? rates(tunnel) : undefined));
    assert.deepEqual([far?.there, far?.back], [200, 20]);
    assert.equal(
        flowOf(line, () => undefined),
        undefined,
    );
});

test("rows are apart, as near to where they belong as that allows, and within the picture", () => {
    assert.deepEqual(spread([100, 100, 100], 40, 20), [60, 100, 140]);
    assert.deepEqual(spread([100, 10, 300], 40, 20), [110, 20, 310]);
    assert.deepEqual(spread([], 40, 20), []);
});

test("nothing lies upon anything else", () => {
    for (const parts of [two, many(20), many(120)])
        for (const width of [640, 1000, 3500]) {
            const layout = layOut(sceneOf(parts, joinsOf(parts), ""), width);
            for (const box of [...layout.frames, ...layout.boxes]) {
                assert.ok(box.x >= 0 && box.x + box.w <= width, "within the width");
                assert.ok(box.y >= 0 && box.y + box.h <= layout.height, "within the height");
            }
            for (const [at, box] of layout.boxes.entries())
                for (const other of layout.boxes.slice(at + 1)) {
                    const apart =
                        box.x + box.w <= other.x || other.x + other.w <= box.x || box.y + box.h <= other.y || other.y + other.h <= box.y;
                    assert.ok(apart, `${box.box.key} and ${other.box.key} at ${width}`);
                }
            const rows = layout.lines.map((line) => line.y).sort((a, b) => a - b);
            for (const [at, y] of rows.entries()) assert.ok(at === 0 || y - (rows[at - 1] ?? 0) >= 41);
            assert.ok(!layout.lines.some((line) => line.path.includes("NaN")));
        }
});

test("2,000 tunnels are no work", () => {
    const parts = many(500);
    const start = performance.now();
    layOut(sceneOf(parts, joinsOf(parts), ""), 1200);
    assert.ok(performance.now() - start < 1000);
});

test("what is wrong comes by how bad it is, nodes before the tunnels that they explain", () => {
    const parts = network(
        { nodes: [thing("a", "node-1", { status: "offline" }), thing("a", "node-2", { status: "online" })] },
        site("a", "a", ["1.1.1.1"], ["2.2.2.2"], [["1.1.1.1", "2.2.2.2", "unknown"]]),
        { instances: [thing("a", "i-1", { status: "failed", lastError: "no" })] },
        {
            tunnels: [
                thing("b", "t", { operState: "negotiating", lastError: "no answer", lastErrorCode: "ike.no-answer" }),
            ] as unknown as Parts["tunnels"],
        },
    );
    const troubles = troublesOf(parts);
    assert.deepEqual(
        troubles.map((trouble) => trouble.item.id),
        ["node-1", "t", "i-1", "t-a-0"],
    );
    assert.match(troubles[1]?.hint ?? "", /UDP 500/);
    assert.equal(troublesOf(parts, "b").length, 1);
});

test("quotas that are nearly used up, the fullest first", () => {
    const quota = (name: string, limit: number, used?: number) => ({
        regionId: "a",
        name,
        description: name,
        limit,
        ...(used === undefined ? {} : { used }),
    });
    const all = [
        quota("half", 10, 5),
        quota("near", 10, 8),
        quota("over", 2, 3),
        quota("none", 0, 0),
        quota("unknown", 10),
        quota("closed", 0, 1),
    ];
    assert.deepEqual(
        nearLimits(all).map((use) => use.name),
        ["over", "closed", "near"],
    );
});
