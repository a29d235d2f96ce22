// What the guide that joins two regions is told: as a text for the address, its defaults, and what is wrong with it. Pure.
import { byId, inRegion, nameFault, nodeFault, quotaFault, rangesOfVpc, reachedFaults, type Fault } from "./check.ts";
import type { World } from "./plan.ts";
import { contains, firstFree, formatPrefix, overlapOf, parsePrefix } from "./prefix.ts";

export interface Side {
    region: string;
    /** Id of one that is there; empty: it is made, with cidr and subnet. */
    vpc: string;
    cidr: string;
    subnet: string;
    /** Id of one that is there; empty: it is made. */
    gateway: string;
    /** Id of the instance for the ping at the end; "new" or "none". */
    instance: string;
    /** Number of a gateway that is made for BGP. */
    asn: string;
}

/** How each side learns of the other's networks. */
export type Routing = "static" | "bgp";

export interface JoinSetup {
    name: string;
    routing: Routing;
    a: Side;
    b: Side;
}

const sideText = (s: Side): string => [s.region, s.vpc, s.cidr, s.subnet, s.gateway, s.instance, s.asn].join(",");

export const encodeJoin = (s: JoinSetup): string => [s.name, sideText(s.a), sideText(s.b), s.routing].join("|");

function sideOf(text: string): Side {
    const [region = "", vpc = "", cidr = "", subnet = "", gateway = "", instance = "none", asn = ""] = text.split(",");
    return { region, vpc, cidr, subnet, gateway, instance, asn };
}

/** Texts without a routing are of guides that knew static routes only. */
export function decodeJoin(text: string): JoinSetup | undefined {
    const [name, a, b, routing] = text.split("|");
    if (name === undefined || a === undefined || b === undefined) return undefined;
    return { name, routing: routing === "bgp" ? "bgp" : "static", a: sideOf(a), b: sideOf(b) };
}

/** The first /24 of a VPC. */
export function subnetOf(cidr: string): string {
    const prefix = parsePrefix(cidr);
    return prefix ? formatPrefix({ from: prefix.from, length: Math.max(24, prefix.length) }) : "";
}

/** Private numbers (RFC 6996), from a round one on, that no gateway has. */
function freeAsns(world: World): [string, string] {
    const taken = new Set(world.all("borderGateways").map((gateway) => Number(gateway["asn"])));
    const free = [...Array(1000).keys()].map((n) => 64600 + n).filter((asn) => asn < 65535 && !taken.has(asn));
    return [String(free[0] ?? ""), String(free[1] ?? "")];
}

/** Two regions, and ranges and numbers that nobody has in either. */
export function defaultJoin(world: World): JoinSetup {
    const regions = world
        .all("regions")
        .map((r) => r.id)
        .sort();
    const taken = world.all("vpcs").flatMap(rangesOfVpc);
    const a = firstFree("10.0.0.0/8", 16, taken, 1) ?? "";
    const b = firstFree("10.0.0.0/8", 16, [...taken, a], 1) ?? "";
    const asns = freeAsns(world);
    const side = (region: string, cidr: string, asn: string): Side => ({
        region,
        vpc: "",
        cidr,
        subnet: subnetOf(cidr),
        gateway: "",
        instance: "new",
        asn,
    });
    return { name: "join", routing: "static", a: side(regions[0] ?? "", a, asns[0]), b: side(regions[1] ?? "", b, asns[1]) };
}

/** The number of the side's gateway, or what it will be. */
export const asnOf = (side: Side, world: World): number =>
    Number(side.gateway ? (byId(world, "borderGateways", side.region, side.gateway)?.["asn"] ?? 0) : side.asn);

/** What the side's VPC spans, or will. */
export const rangesOf = (side: Side, world: World): string[] =>
    side.vpc ? rangesOfVpc(byId(world, "vpcs", side.region, side.vpc)) : [side.cidr];

function vpcFaults(at: "a" | "b", side: Side): Fault[] {
    if (side.vpc) return [];
    const cidr = parsePrefix(side.cidr);
    const subnet = parsePrefix(side.subnet);
    if (!cidr || cidr.length > 28) return [{ field: `${at}.cidr`, tone: "bad", text: "guide.bad.prefix" }];
    if (!subnet || subnet.length > 28) return [{ field: `${at}.subnet`, tone: "bad", text: "guide.bad.prefix" }];
    return contains(cidr, subnet) ? [] : [{ field: `${at}.subnet`, tone: "bad", text: "guide.bad.subnet", args: { cidr: side.cidr } }];
}

/** As a gateway may have: without AS_TRANS (RFC 6793). */
const isAsn = (text: string): boolean => /^[1-9][0-9]{0,9}$/.test(text) && Number(text) < 4294967295 && Number(text) !== 23456;

function asnFaults({ a, b }: JoinSetup, world: World): Fault[] {
    const bad = [["a", a] as const, ["b", b] as const].filter(([, side]) => !side.gateway && !isAsn(side.asn));
    if (bad.length) return bad.map(([at]) => ({ field: `${at}.asn`, tone: "bad", text: "guide.bad.asn" }));
    if (asnOf(a, world) !== asnOf(b, world)) return [];
    return [{ field: b.gateway ? "b.gateway" : "b.asn", tone: "bad", text: "guide.bad.asn.same", args: { asn: asnOf(a, world) } }];
}

function quotaFaults(at: "a" | "b", setup: JoinSetup, side: Side, other: Side, world: World): Fault[] {
    const { region, gateway } = side;
    const check = (field: string, quota: string, collection: string, more: number, of?: [string, string]): Fault[] =>
        quotaFault(world, `${at}.${field}`, region, of ? { quota, collection, more, of } : { quota, collection, more });
    const attached = inRegion(world, "vpcAttachments", region).some((x) => x["borderGatewayId"] === gateway && x["vpcId"] === side.vpc);
    return [
        ...(side.vpc ? [] : check("vpc", "vpcs", "vpcs", 1)),
        ...check("region", "customerGateways", "customerGateways", 1),
        ...(gateway
            ? [
                  ...check("gateway", "vpnConnectionsPerBorderGateway", "vpnConnections", 1, ["borderGatewayId", gateway]),
                  ...(attached ? [] : check("gateway", "attachmentsPerBorderGateway", "vpcAttachments", 1, ["borderGatewayId", gateway])),
                  ...check(
                      "gateway",
                      "staticRoutesPerBorderGateway",
                      "borderGatewayRoutes",
                      setup.routing === "bgp" ? 0 : rangesOf(other, world).length,
                      ["borderGatewayId", gateway],
                  ),
              ]
            : check("gateway", "borderGateways", "borderGateways", 1)),
    ];
}

/** All that can be seen to be wrong; a guide that has begun is not asked again. */
export function checkJoin(setup: JoinSetup, world: World): Fault[] {
    const { a, b } = setup;
    const faults = nameFault(setup.name);
    for (const [at, side, other] of [["a", a, b] as const, ["b", b, a] as const]) {
        if (!world.all("regions").some((r) => r.id === side.region)) {
            faults.push({ field: `${at}.region`, tone: "bad", text: "guide.bad.region" });
            continue;
        }
        faults.push(
            ...nodeFault(world, `${at}.region`, side.region),
            ...vpcFaults(at, side),
            ...quotaFaults(at, setup, side, other, world),
        );
        if (side.gateway) faults.push(...reachedFaults(world, `${at}.gateway`, side.region, side.gateway, rangesOf(other, world)));
    }
    if (a.region === b.region && a.region) faults.push({ field: "b.region", tone: "bad", text: "guide.bad.same" });
    if (setup.routing === "bgp") faults.push(...asnFaults(setup, world));
    const hit = overlapOf(rangesOf(a, world), rangesOf(b, world));
    if (hit)
        faults.push({ field: b.vpc ? "b.vpc" : "b.cidr", tone: "bad", text: "guide.bad.overlap", args: { ours: hit[1], theirs: hit[0] } });
    return faults;
}
