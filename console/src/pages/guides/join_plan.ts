// How two regions are joined. Each side is the other's customer, and neither has public addresses yet: the customer gateways
// begin with placeholders, which are replaced when the other side's connection has got its addresses. Pure.
import type { Resource } from "../../live/store.ts";
import { byId, inRegion } from "./check.ts";
import { encodeJoin, rangesOf, type JoinSetup, type Side } from "./join_setup.ts";
import { labelOf, LABEL, type Get, type Plan, type Step, type World } from "./plan.ts";
import { addressIn, firstFree, networkOf } from "./prefix.ts";

type At = "a" | "b";

/** Of RFC 5737: addresses of nobody. */
const placeholders = ["192.0.2.1", "192.0.2.2"];

const addressesOf = (connection: Resource): string[] => (connection["cloudAddresses"] as string[] | undefined) ?? [];

/** The inner prefixes that tunnels of the gateways have. */
function innerTaken(world: World, sides: readonly Side[]): string[] {
    return sides.flatMap((side) => {
        const connections = inRegion(world, "vpnConnections", side.region)
            .filter((c) => c["borderGatewayId"] === side.gateway)
            .map((c) => c.id);
        return inRegion(world, "vpnTunnels", side.region)
            .filter((t) => connections.includes(String(t["vpnConnectionId"])))
            .map((t) => networkOf(String(t["tunnelAddress"])));
    });
}

export function joinPlan(setup: JoinSetup, guide: string, world: World): Plan {
    const sides: Record<At, Side> = { a: setup.a, b: setup.b };
    const existing: Record<string, Plan["existing"][string]> = {};
    const name = (what: string): string => `${setup.name}-${what}`;
    const keep = (part: string, at: At, collection: string, id: string): void => {
        existing[part] = { collection, id, region: sides[at].region };
    };
    const step = (at: At, part: string, collection: string, needs: string[], body: Step["body"], more: Partial<Step> = {}): Step => ({
        part: `${at}.${part}`,
        title: `guide.make.${collection}` as Step["title"],
        region: sides[at].region,
        collection,
        needs,
        body,
        ...more,
    });

    /** The gateway with the VPC on it: what a side needs before it knows of the other. */
    function base(at: At): Step[] {
        const side = sides[at];
        const steps: Step[] = [];
        if (side.gateway) keep(`${at}.gateway`, at, "borderGateways", side.gateway);
        else steps.push(step(at, "gateway", "borderGateways", [], () => ({ name: name("gateway") })));
        if (side.vpc) keep(`${at}.vpc`, at, "vpcs", side.vpc);
        else {
            steps.push(step(at, "vpc", "vpcs", [], () => ({ name: name("vpc"), cidr: side.cidr })));
            steps.push(
                step(at, "subnet", "subnets", [`${at}.vpc`], (get) => ({
                    name: name("subnet"),
                    vpcId: get(`${at}.vpc`).id,
                    cidr: side.subnet,
                })),
            );
        }
        if (side.instance === "new" && !side.vpc)
            steps.push(
                step(at, "instance", "instances", [`${at}.subnet`], (get) => ({
                    name: name("instance"),
                    subnetId: get(`${at}.subnet`).id,
                })),
            );
        else if (byId(world, "instances", side.region, side.instance)) keep(`${at}.instance`, at, "instances", side.instance);
        return [...steps, ...attachment(at)];
    }

    function attachment(at: At): Step[] {
        const side = sides[at];
        const there = inRegion(world, "vpcAttachments", side.region).find(
            (x) => side.gateway && x["borderGatewayId"] === side.gateway && x["vpcId"] === side.vpc && labelOf(x, LABEL.guide) !== guide,
        );
        if (there) {
            keep(`${at}.attachment`, at, "vpcAttachments", there.id);
            return [];
        }
        return [
            step(at, "attachment", "vpcAttachments", [`${at}.gateway`, `${at}.vpc`], (get) => ({
                name: name("attachment"),
                borderGatewayId: get(`${at}.gateway`).id,
                vpcId: get(`${at}.vpc`).id,
                propagation: "all",
            })),
        ];
    }

    /** The other side's number is that of its gateway. */
    function customer(at: At, other: At): Step {
        return step(at, "customer", "customerGateways", [`${other}.gateway`], (get) => ({
            name: name("customer"),
            asn: Number(get(`${other}.gateway`)["asn"] ?? 65000),
            addresses: placeholders,
        }));
    }

    function connection(at: At): Step {
        return step(at, "connection", "vpnConnections", [`${at}.gateway`, `${at}.customer`], (get) => ({
            name: name("vpn"),
            borderGatewayId: get(`${at}.gateway`).id,
            customerGatewayId: get(`${at}.customer`).id,
            routing: "static",
        }));
    }

    /** The true addresses for the placeholders. */
    function addresses(at: At, other: At): Step {
        const done = (item: Resource, get: Get): boolean => String(item["addresses"]) === String(addressesOf(get(`${other}.connection`)));
        return step(
            at,
            "addresses",
            "customerGateways",
            [`${other}.connection`],
            (get) => ({ addresses: addressesOf(get(`${other}.connection`)) }),
            { title: "guide.change.addresses", changes: { part: `${at}.customer`, done } },
        );
    }

    const inner = (n: number, taken: string[]): string => firstFree("169.254.64.0/18", 30, taken, 0) ?? `169.254.127.${n * 4}/30`;
    const taken = innerTaken(world, [setup.a, setup.b]);
    const nets: string[] = [];
    for (const n of [0, 1]) nets.push(inner(n, [...taken, ...nets]));

    function tunnel(at: At, other: At, n: number): Step {
        const mine = at === "a" ? 1 : 2;
        const needs = [`${at}.connection`, `${other}.connection`, `${at}.addresses`];
        if (at === "b") needs.push(`a.tunnel${n + 1}`, `a.key${n + 1}`);
        return step(
            at,
            `tunnel${n + 1}`,
            "vpnTunnels",
            needs,
            (get) => {
                // What the first side's tunnel has is mirrored: it may have been made by another browser at another time.
                const net = at === "b" ? networkOf(String(get(`a.tunnel${n + 1}`)["tunnelAddress"])) || nets[n] : nets[n];
                return {
                    name: name(`tunnel-${n + 1}`),
                    vpnConnectionId: get(`${at}.connection`).id,
                    cloudAddress: addressesOf(get(`${at}.connection`))[n],
                    customerAddress: addressesOf(get(`${other}.connection`))[n],
                    tunnelAddress: `${addressIn(net ?? "", mine)}/30`,
                    peerTunnelAddress: addressIn(net ?? "", 3 - mine),
                    psk: world.key(String(n + 1)),
                };
            },
            { pair: String(n + 1) },
        );
    }

    /** Whoever resumes the guide does not know the key of the first tunnel: both get a new one. */
    function key(n: number): Step {
        const pair = String(n + 1);
        const done = (): boolean =>
            world.keySet(pair) ||
            world.all("vpnTunnels").some((x) => labelOf(x, LABEL.guide) === guide && labelOf(x, LABEL.part) === `b.tunnel${pair}`);
        return step("a", `key${pair}`, "vpnTunnels", [], () => ({ psk: world.key(pair) }), {
            title: "guide.change.key",
            changes: { part: `a.tunnel${pair}`, done },
            pair,
            quiet: true,
        });
    }

    function routes(at: At, other: At): Step[] {
        return rangesOf(sides[other], world).map((range, n) =>
            step(at, `route${n + 1}`, "borderGatewayRoutes", [`${at}.gateway`, `${at}.connection`], (get) => ({
                name: name(n ? `route-${n + 1}` : "route"),
                borderGatewayId: get(`${at}.gateway`).id,
                destination: range,
                nextHop: get(`${at}.connection`).id,
            })),
        );
    }

    const baseA = base("a");
    const baseB = base("b");
    const steps = [
        ...baseA,
        ...baseB,
        customer("a", "b"),
        customer("b", "a"),
        connection("b"),
        addresses("a", "b"),
        connection("a"),
        addresses("b", "a"),
        ...[0, 1].flatMap((n) => [tunnel("a", "b", n), key(n), tunnel("b", "a", n)]),
        ...routes("a", "b"),
        ...routes("b", "a"),
    ];
    return { guide, setup: encodeJoin(setup), name: setup.name, steps, existing };
}
