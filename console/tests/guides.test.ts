import assert from "node:assert/strict";
import test from "node:test";
import type { Resource } from "../src/live/store.ts";
import { devicePlan } from "../src/pages/guides/device_plan.ts";
import { checkDevice, decodeDevice, encodeDevice, type DeviceSetup } from "../src/pages/guides/device_setup.ts";
import { joinPlan } from "../src/pages/guides/join_plan.ts";
import { checkJoin, decodeJoin, defaultJoin, encodeJoin, subnetOf, type JoinSetup } from "../src/pages/guides/join_setup.ts";
import {
    begun,
    callOf,
    isComplete,
    nextStep,
    preview,
    stateOfStep,
    toUndo,
    withoutSecrets,
    type Plan,
    type World,
} from "../src/pages/guides/plan.ts";
import { contains, firstFree, networkOf, overlapOf, parsePrefix } from "../src/pages/guides/prefix.ts";

type Item = Partial<Resource> & { id: string };

/** Regions that carry out what they are asked for. */
class FakeWorld implements World {
    items = new Map<string, Resource[]>();
    keys = new Set<string>();
    #next = 1;
    all(collection: string): readonly Resource[] {
        return this.items.get(collection) ?? [];
    }
    keySet(pair: string): boolean {
        return this.keys.has(pair);
    }
    key(pair: string): string {
        return `secret-${pair}`;
    }
    add(collection: string, item: Item): Resource {
        const whole: Resource = { name: item.id, revision: 1, createdAt: "", ...item };
        this.items.set(collection, [...this.all(collection), whole]);
        return whole;
    }
    ask(method: string, path: string, body: Record<string, unknown>): void {
        const [, , , regionId = "", collection = "", id] = path.split("/");
        if (method === "PATCH") {
            this.items.set(
                collection,
                this.all(collection).map((item) => (item.id === id ? { ...item, ...body } : item)),
            );
            return;
        }
        const n = this.#next++;
        const made: Item = { ...body, id: `${collection}-${n}`, regionId };
        if (collection === "vpnConnections") made["cloudAddresses"] = [`198.18.${n}.1`, `198.18.${n}.2`];
        if (collection === "borderGateways") made["asn"] ??= 65000;
        this.add(collection, made);
    }
}

function twoRegions(): FakeWorld {
    const world = new FakeWorld();
    for (const id of ["r1", "r2"]) {
        world.add("regions", { id, quotas: {} });
        world.add("nodes", { id: `node-${id}`, regionId: id, roles: ["gateway"], status: "online" });
    }
    return world;
}

/** The order in which a plan is carried out; at most some steps of it. */
function carryOut(plan: () => Plan, world: FakeWorld, most = 100): string[] {
    const order: string[] = [];
    for (let step = nextStep(plan(), world); step && order.length < most; step = nextStep(plan(), world)) {
        const { method, path, body } = callOf(plan(), world, step);
        world.ask(method, path, body);
        if (step.pair) world.keys.add(step.pair);
        order.push(step.part);
    }
    return order;
}

test("prefixes", () => {
    assert.deepEqual(parsePrefix("10.1.0.0/16"), { from: 10 * 2 ** 24 + 2 ** 16, length: 16 });
    for (const wrong of ["10.1.0.1/16", "10.1.0.0", "10.1.0/16", "10.1.0.0/33", "010.1.0.0/16", "x/8", "1.2.3.4/8/9"])
        assert.equal(parsePrefix(wrong), undefined, wrong);
    const [outer, inner] = [parsePrefix("10.0.0.0/8"), parsePrefix("10.9.0.0/16")];
    assert.ok(outer && inner && contains(outer, inner) && !contains(inner, outer));
    assert.deepEqual(overlapOf(["10.1.0.0/16", "10.2.0.0/16"], ["10.3.0.0/16", "10.2.128.0/17"]), ["10.2.0.0/16", "10.2.128.0/17"]);
    assert.equal(overlapOf(["10.1.0.0/16"], ["10.2.0.0/16", "nonsense"]), undefined);
    assert.equal(firstFree("10.0.0.0/8", 16, ["10.1.0.0/16"], 1), "10.2.0.0/16");
    assert.equal(firstFree("10.0.0.0/30", 30, ["10.0.0.0/30"]), undefined);
    assert.equal(networkOf("169.254.64.6/30"), "169.254.64.4/30");
    assert.equal(subnetOf("10.1.0.0/16"), "10.1.0.0/24");
    assert.equal(subnetOf("10.1.0.0/26"), "10.1.0.0/26");
});

test("two empty regions are joined, in an order in which nothing is asked for too early", () => {
    const world = twoRegions();
    const setup = defaultJoin(world);
    assert.deepEqual(checkJoin(setup, world), []);
    const order = carryOut(() => joinPlan(setup, "join-x", world), world);
    assert.equal(order.length, 22);
    assert.ok(order.indexOf("b.connection") < order.indexOf("a.addresses") && order.indexOf("a.addresses") < order.indexOf("a.tunnel1"));
    assert.ok(isComplete(joinPlan(setup, "join-x", world), world));
    const tunnels = world.all("vpnTunnels");
    assert.equal(tunnels.length, 4);
    for (const tunnel of tunnels) {
        const other = tunnels.find((x) => x["cloudAddress"] === tunnel["customerAddress"]);
        assert.equal(other?.["customerAddress"], tunnel["cloudAddress"]);
        assert.equal(other?.["psk"], tunnel["psk"]);
        assert.equal(String(other?.["tunnelAddress"]).split("/")[0], tunnel["peerTunnelAddress"]);
    }
    assert.equal(new Set(tunnels.map((tunnel) => tunnel["tunnelAddress"])).size, 4);
    assert.deepEqual(
        world.all("borderGatewayRoutes").map((route) => route["destination"]),
        ["10.2.0.0/16", "10.1.0.0/16"],
    );
});

test("with BGP the gateways get numbers of their own, which the other sides expect, and there are no static routes", () => {
    const world = twoRegions();
    world.add("borderGateways", { id: "bgw-0", regionId: "r1", asn: 64600 });
    const setup: JoinSetup = { ...defaultJoin(world), routing: "bgp" };
    assert.deepEqual([setup.a.asn, setup.b.asn], ["64601", "64602"]);
    assert.deepEqual(checkJoin(setup, world), []);
    const order = carryOut(() => joinPlan(setup, "join-x", world), world);
    assert.equal(order.length, 20);
    assert.equal(world.all("borderGatewayRoutes").length, 0);
    const asnIn = (collection: string, region: string): unknown =>
        world.all(collection).filter((x) => x.regionId === region && x.id !== "bgw-0")[0]?.["asn"];
    assert.deepEqual([asnIn("borderGateways", "r1"), asnIn("borderGateways", "r2")], [64601, 64602]);
    assert.deepEqual([asnIn("customerGateways", "r1"), asnIn("customerGateways", "r2")], [64602, 64601]);
    assert.deepEqual(new Set(world.all("vpnConnections").map((x) => x["routing"])), new Set(["bgp"]));
    assert.deepEqual(decodeJoin(encodeJoin(setup)), setup);
});

test("BGP needs two numbers", () => {
    const world = twoRegions();
    world.add("borderGateways", { id: "bgw-1", regionId: "r1", asn: 65000 });
    world.add("borderGateways", { id: "bgw-2", regionId: "r2", asn: 65000 });
    const base: JoinSetup = { ...defaultJoin(world), routing: "bgp" };
    const fields = (setup: JoinSetup): string[] => checkJoin(setup, world).map((fault) => `${fault.field} ${fault.text}`);
    for (const asn of ["", "0", "23456", "4294967295", "1.5", "x"])
        assert.deepEqual(fields({ ...base, a: { ...base.a, asn } }), ["a.asn guide.bad.asn"], asn);
    assert.deepEqual(fields({ ...base, b: { ...base.b, asn: base.a.asn } }), ["b.asn guide.bad.asn.same"]);
    const there = { ...base, a: { ...base.a, gateway: "bgw-1" }, b: { ...base.b, gateway: "bgw-2" } };
    assert.deepEqual(fields(there), ["b.gateway guide.bad.asn.same"]);
    assert.deepEqual(fields({ ...there, routing: "static" }), []);
    assert.deepEqual(fields({ ...there, b: { ...base.b, asn: "4200000001" } }), []);
});

test("guides that were begun before there was BGP go on with static routes", () => {
    const old = "join|r1,,10.1.0.0/16,10.1.0.0/24,,new|r2,,10.2.0.0/16,10.2.0.0/24,,none";
    assert.equal(decodeJoin(old)?.routing, "static");
    assert.equal(decodeJoin(old)?.b.instance, "none");
});

test("the placeholders stand until the other side's addresses are known", () => {
    const world = twoRegions();
    const setup = defaultJoin(world);
    const plan = (): Plan => joinPlan(setup, "join-x", world);
    carryOut(plan, world, 12);
    assert.deepEqual(world.all("customerGateways")[0]?.["addresses"], ["192.0.2.1", "192.0.2.2"]);
    carryOut(plan, world);
    const connections = world.all("vpnConnections");
    for (const customer of world.all("customerGateways"))
        assert.deepEqual(customer["addresses"], connections.find((c) => c.regionId !== customer.regionId)?.["cloudAddresses"]);
});

test("wherever it was left, it goes on from there; who does not know the key sets a new one first", () => {
    const setup = defaultJoin(twoRegions());
    for (let left = 0; left <= 22; left++) {
        const world = twoRegions();
        const plan = (): Plan => joinPlan(setup, "join-x", world);
        const before = carryOut(plan, world, left);
        world.keys.clear(); // another browser
        const after = carryOut(plan, world);
        assert.ok(isComplete(plan(), world), `left after ${left}`);
        const last = before.at(-1);
        assert.equal(after.includes("a.key1"), last === "a.tunnel1", `left after ${last}`);
        assert.equal(after.includes("a.key2"), last === "a.tunnel2", `left after ${last}`);
        assert.equal(new Set([...before, ...after]).size, before.length + after.length);
    }
});

test("what is there is taken instead of made", () => {
    const world = twoRegions();
    world.add("borderGateways", { id: "bgw-1", regionId: "r1", asn: 64999 });
    world.add("vpcs", { id: "vpc-1", regionId: "r1", cidr: "10.50.0.0/16", extraCidrs: ["10.60.0.0/16"] });
    world.add("vpcAttachments", { id: "vpcattach-1", regionId: "r1", borderGatewayId: "bgw-1", vpcId: "vpc-1" });
    const base = defaultJoin(world);
    const setup: JoinSetup = { ...base, a: { ...base.a, gateway: "bgw-1", vpc: "vpc-1", instance: "none" } };
    assert.deepEqual(checkJoin(setup, world), []);
    const order = carryOut(() => joinPlan(setup, "join-x", world), world);
    for (const part of ["a.gateway", "a.vpc", "a.subnet", "a.instance", "a.attachment"]) assert.ok(!order.includes(part), part);
    assert.equal(world.all("customerGateways").find((c) => c.regionId === "r2")?.["asn"], 64999);
    const routes = world.all("borderGatewayRoutes").filter((route) => route.regionId === "r2");
    assert.deepEqual(
        routes.map((route) => route["destination"]),
        ["10.50.0.0/16", "10.60.0.0/16"],
    );
    const undone = toUndo("join-x", world).map(({ item }) => item.id);
    for (const id of ["bgw-1", "vpc-1", "vpcattach-1"]) assert.ok(!undone.includes(id), id);
});

test("nothing is deleted before what refers to it", () => {
    const world = twoRegions();
    carryOut(() => joinPlan(defaultJoin(world), "join-x", world), world, 10);
    const setup = defaultJoin(twoRegions());
    carryOut(() => joinPlan(setup, "join-y", world), world);
    const items = toUndo("join-y", world).map(({ item }) => item);
    assert.equal(items.length, 20);
    items.forEach((item, at) => {
        for (const later of items.slice(0, at))
            for (const [name, value] of Object.entries(item))
                if (name !== "id" && name !== "tags") assert.notEqual(value, later.id, `${item.id} refers to ${later.id} by ${name}`);
    });
});

test("a guide is found again by what it has made", () => {
    const world = twoRegions();
    const setup = defaultJoin(world);
    carryOut(() => joinPlan(setup, "join-x", world), world, 3);
    const [found] = begun(world, "join-");
    assert.deepEqual(found, { guide: "join-x", setup: encodeJoin(setup), items: 3 });
    assert.deepEqual(decodeJoin(found?.setup ?? ""), setup);
    assert.deepEqual(begun(world, "device-"), []);
});

test("the preview names what is still to come", () => {
    const world = twoRegions();
    const plan = joinPlan(defaultJoin(world), "{guide}", world);
    const step = plan.steps.find((s) => s.part === "b.connection");
    assert.ok(step);
    assert.equal(stateOfStep(plan, world, step), "waiting");
    assert.equal(preview(plan, world, step).body["borderGatewayId"], "{b.gateway}");
});

test("faults of a setup stand at their fields", () => {
    const world = twoRegions();
    const base = defaultJoin(world);
    const fields = (setup: JoinSetup): string[] => checkJoin(setup, world).map((fault) => `${fault.field} ${fault.text}`);
    assert.deepEqual(fields({ ...base, b: { ...base.b, cidr: "10.1.128.0/17", subnet: "10.1.128.0/24" } }), ["b.cidr guide.bad.overlap"]);
    assert.deepEqual(fields({ ...base, b: { ...base.b, region: "r1" } }), ["b.region guide.bad.same"]);
    assert.deepEqual(fields({ ...base, a: { ...base.a, subnet: "10.9.0.0/24" } }), ["a.subnet guide.bad.subnet"]);
    assert.deepEqual(fields({ ...base, name: "a|b" }), ["name guide.bad.name"]);
    world.items.set("regions", [
        { ...world.all("regions")[0], quotas: { vpcs: 0 } } as unknown as Resource,
        ...world.all("regions").slice(1),
    ]);
    assert.deepEqual(fields(base), ["a.vpc guide.bad.quota"]);
    world.items.set("nodes", []);
    assert.ok(fields(base).includes("b.region guide.bad.nodes"));
});

const device: DeviceSetup = {
    name: "branch",
    region: "r1",
    gateway: "bgw-1",
    platform: "frr",
    addresses: ["203.0.113.9"],
    networks: ["192.168.1.0/24", "192.168.2.0/24"],
    tunnels: 2,
    identity: "",
};

test("a device with one address gets a tunnel from each cloud address", () => {
    const world = twoRegions();
    world.add("borderGateways", { id: "bgw-1", regionId: "r1" });
    assert.deepEqual(checkDevice(device, world), []);
    carryOut(() => devicePlan(device, "device-x", world), world);
    assert.deepEqual(
        world.all("vpnTunnels").map((x) => [x["cloudAddress"], x["customerAddress"], x["psk"]]),
        [
            ["198.18.2.1", "203.0.113.9", undefined],
            ["198.18.2.2", "203.0.113.9", undefined],
        ],
    );
    assert.deepEqual(
        world.all("borderGatewayRoutes").map((x) => x["destination"]),
        device.networks,
    );
    assert.deepEqual(decodeDevice(encodeDevice(device)), device);
});

test("a device without a fixed address has to have an identity, and begins", () => {
    const world = twoRegions();
    world.add("borderGateways", { id: "bgw-1", regionId: "r1" });
    const moving = { ...device, addresses: ["0.0.0.0"] };
    assert.deepEqual(
        checkDevice(moving, world).map((fault) => fault.field),
        ["identity"],
    );
    for (const identity of ["dn:branch.example.com", "a b", "x|y"])
        assert.deepEqual(
            checkDevice({ ...moving, identity }, world).map((fault) => fault.text),
            ["guide.bad.identity.text"],
        );
    const named = { ...moving, identity: "branch.example.com" };
    assert.deepEqual(checkDevice(named, world), []);
    carryOut(() => devicePlan(named, "device-x", world), world);
    assert.equal(world.all("vpnTunnels")[0]?.["initiate"], false);
    assert.equal(world.all("vpnTunnels")[0]?.["remoteId"], "branch.example.com");
});

test("keys are not shown", () => {
    assert.deepEqual(withoutSecrets({ psk: "x", name: "n", items: [{ token: "y" }] }), {
        psk: "••••••••",
        name: "n",
        items: [{ token: "••••••••" }],
    });
});
