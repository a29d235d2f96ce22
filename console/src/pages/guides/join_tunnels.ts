// The four tunnels between two regions: two pairs, each with one key and one inner prefix for both sides. Pure.
import type { Resource } from "../../live/store.ts";
import { inRegion } from "./check.ts";
import type { JoinSetup, Side } from "./join_setup.ts";
import { labelOf, LABEL, type Step, type World } from "./plan.ts";
import { addressIn, firstFree, networkOf } from "./prefix.ts";

export type At = "a" | "b";

export const addressesOf = (connection: Resource): string[] => (connection["cloudAddresses"] as string[] | undefined) ?? [];

export type StepMaker = (at: At, part: string, collection: string, needs: string[], body: Step["body"], more?: Partial<Step>) => Step;

/** Makes steps of the side's region. */
export function stepMaker(setup: JoinSetup): StepMaker {
    return (at, part, collection, needs, body, more = {}) => ({
        part: `${at}.${part}`,
        title: `guide.make.${collection}` as Step["title"],
        region: setup[at].region,
        collection,
        needs,
        body,
        ...more,
    });
}

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

export function tunnelSteps(setup: JoinSetup, guide: string, world: World): Step[] {
    const step = stepMaker(setup);
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
                    name: `${setup.name}-tunnel-${n + 1}`,
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

    return [0, 1].flatMap((n) => [tunnel("a", "b", n), key(n), tunnel("b", "a", n)]);
}
