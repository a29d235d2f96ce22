// How two regions are joined. Each side is the other's customer, and neither has public addresses yet: the customer gateways
// begin with placeholders, which are replaced when the other side's connection has got its addresses. Pure.
import type { Resource } from "../../live/store.ts";
import { byId, inRegion } from "./check.ts";
import { encodeJoin, rangesOf, type JoinSetup, type Side } from "./join_setup.ts";
import { addressesOf, stepMaker, tunnelSteps, type At } from "./join_tunnels.ts";
import { labelOf, LABEL, type Get, type Plan, type Step, type World } from "./plan.ts";

/** Of RFC 5737: addresses of nobody. */
const placeholders = ["192.0.2.1", "192.0.2.2"];

export function joinPlan(setup: JoinSetup, guide: string, world: World): Plan {
    const sides: Record<At, Side> = { a: setup.a, b: setup.b };
    const existing: Record<string, Plan["existing"][string]> = {};
    const name = (what: string): string => `${setup.name}-${what}`;
    const keep = (part: string, at: At, collection: string, id: string): void => {
        existing[part] = { collection, id, region: sides[at].region };
    };
    const step = stepMaker(setup);
    const bgp = setup.routing === "bgp";

    /** The gateway with the VPC on it: what a side needs before it knows of the other. */
    function base(at: At): Step[] {
        const side = sides[at];
        const steps: Step[] = [];
        if (side.gateway) keep(`${at}.gateway`, at, "borderGateways", side.gateway);
        else
            steps.push(
                step(at, "gateway", "borderGateways", [], () => ({ name: name("gateway"), ...(bgp ? { asn: Number(side.asn) } : {}) })),
            );
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
            asn: Number(get(`${other}.gateway`)["asn"] ?? ((bgp && sides[other].asn) || 65000)),
            addresses: placeholders,
        }));
    }

    function connection(at: At): Step {
        return step(at, "connection", "vpnConnections", [`${at}.gateway`, `${at}.customer`], (get) => ({
            name: name("vpn"),
            borderGatewayId: get(`${at}.gateway`).id,
            customerGatewayId: get(`${at}.customer`).id,
            routing: setup.routing,
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
        ...tunnelSteps(setup, guide, world),
        ...(bgp ? [] : [...routes("a", "b"), ...routes("b", "a")]),
    ];
    return { guide, setup: encodeJoin(setup), name: setup.name, steps, existing };
}
