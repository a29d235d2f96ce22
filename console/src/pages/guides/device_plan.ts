// How a customer's device is connected: its gateway, the connection, the tunnels, and the ways to its networks. Pure.
import { ANY, encodeDevice, type DeviceSetup } from "./device_setup.ts";
import type { Get, Plan, Step, World } from "./plan.ts";

export function devicePlan(setup: DeviceSetup, guide: string, _world: World): Plan {
    const step = (part: string, collection: string, needs: string[], body: Step["body"]): Step => ({
        part,
        title: `guide.make.${collection}` as Step["title"],
        region: setup.region,
        collection,
        needs,
        body,
    });
    const tunnel = (n: number): Step =>
        step(`tunnel${n + 1}`, "vpnTunnels", ["connection", ...(n ? [`tunnel${n}`] : [])], (get: Get) => {
            const address = setup.addresses[n] ?? setup.addresses[0];
            return {
                name: `${setup.name}-tunnel-${n + 1}`,
                vpnConnectionId: get("connection").id,
                cloudAddress: (get("connection")["cloudAddresses"] as string[])[n],
                customerAddress: address,
                ...(setup.identity ? { remoteId: setup.identity } : {}),
                ...(address === ANY ? { initiate: false } : {}),
            };
        });
    const steps = [
        step("customer", "customerGateways", [], () => ({
            name: `${setup.name}-customer`,
            asn: 65001,
            addresses: setup.addresses,
        })),
        step("connection", "vpnConnections", ["customer"], (get) => ({
            name: `${setup.name}-vpn`,
            borderGatewayId: get("gateway").id,
            customerGatewayId: get("customer").id,
            routing: "static",
        })),
        ...setup.networks.map((destination, n) =>
            step(`route${n + 1}`, "borderGatewayRoutes", ["connection"], (get) => ({
                name: `${setup.name}-route-${n + 1}`,
                borderGatewayId: get("gateway").id,
                destination,
                nextHop: get("connection").id,
            })),
        ),
        ...Array.from({ length: setup.tunnels }, (_, n) => tunnel(n)),
    ];
    const existing = { gateway: { collection: "borderGateways", id: setup.gateway, region: setup.region } };
    return { guide, setup: encodeDevice(setup), name: setup.name, steps, existing };
}
