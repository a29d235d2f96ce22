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
}

export interface JoinSetup {
    name: string;
    a: Side;
    b: Side;
}

const sideText = (s: Side): string => [s.region, s.vpc, s.cidr, s.subnet, s.gateway, s.instance].join(",");

export const encodeJoin = (s: JoinSetup): string => [s.name, sideText(s.a), sideText(s.b)].join("|");

function sideOf(text: string): Side {
    const [region = "", vpc = "", cidr = "", subnet = "", gateway = "", instance = "none"] = text.split(",");
    return { region, vpc, cidr, subnet, gateway, instance };
}

export function decodeJoin(text: string): JoinSetup | undefined {
    const [name, a, b] = text.split("|");
    return name !== undefined && a !== undefined && b !== undefined ? { name, a: sideOf(a), b: sideOf(b) } : undefined;
}

/** The first /24 of a VPC. */
export function subnetOf(cidr: string): string {
    const prefix = parsePrefix(cidr);
    return prefix ? formatPrefix({ from: prefix.from, length: Math.max(24, prefix.length) }) : "";
}

/** Two regions, and ranges that nobody has in either. */
export function defaultJoin(world: World): JoinSetup {
    const regions = world
        .all("regions")
        .map((r) => r.id)
        .sort();
    const taken = world.all("vpcs").flatMap(rangesOfVpc);
    const a = firstFree("10.0.0.0/8", 16, taken, 1) ?? "";
    const b = firstFree("10.0.0.0/8", 16, [...taken, a], 1) ?? "";
    const side = (region: string, cidr: string): Side => ({ region, vpc: "", cidr, subnet: subnetOf(cidr), gateway: "", instance: "new" });
    return { name: "join", a: side(regions[0] ?? "", a), b: side(regions[1] ?? "", b) };
}

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

function quotaFaults(at: "a" | "b", side: Side, other: Side, world: World): Fault[] {
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
                  ...check("gateway", "staticRoutesPerBorderGateway", "borderGatewayRoutes", rangesOf(other, world).length, [
                      "borderGatewayId",
                      gateway,
                  ]),
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
        faults.push(...nodeFault(world, `${at}.region`, side.region), ...vpcFaults(at, side), ...quotaFaults(at, side, other, world));
        if (side.gateway) faults.push(...reachedFaults(world, `${at}.gateway`, side.region, side.gateway, rangesOf(other, world)));
    }
    if (a.region === b.region && a.region) faults.push({ field: "b.region", tone: "bad", text: "guide.bad.same" });
    const hit = overlapOf(rangesOf(a, world), rangesOf(b, world));
    if (hit)
        faults.push({ field: b.vpc ? "b.vpc" : "b.cidr", tone: "bad", text: "guide.bad.overlap", args: { ours: hit[1], theirs: hit[0] } });
    return faults;
}
