// A region with many tunnels and no node: about lists, not about negotiating.
import { writeFileSync } from "node:fs";
import { labDir, ropeway } from "./lab.ts";

const PAIRS = 8; // tunnels of a connection: two cloud addresses, four of the customer
export const manyRegion = "many-1";

/** Tunnels t0 … t(count-1); their names grow with the connections' numbers. */
export function makeMany(count: number): void {
    const connections = Math.ceil(count / PAIRS);
    const region = manyRegion;
    const docs: Record<string, unknown>[] = [
        {
            kind: "region",
            id: region,
            name: "Many",
            publicPools: ["100.64.0.0/20"],
            quotas: { customerGateways: connections, vpnConnectionsPerBorderGateway: connections },
        },
        { kind: "borderGateway", region, name: "bgw-many" },
    ];
    for (let c = 0; c < connections; c++) {
        const addresses = [1, 2, 3, 4].map((n) => `100.80.${Math.floor(c / 60)}.${(c % 60) * 4 + n}`);
        docs.push({ kind: "customerGateway", region, name: `cgw-${c}`, asn: 65001, addresses });
        docs.push({
            kind: "vpnConnection",
            region,
            name: `vpn-${c}`,
            borderGatewayId: "bgw-many",
            customerGatewayId: `cgw-${c}`,
            routing: "static",
        });
    }
    writeFileSync(`${labDir}/connections.json`, JSON.stringify(docs));
    ropeway("apply", "-f", `${labDir}/connections.json`);
    const listed = JSON.parse(ropeway("vpn-connection", "list", "--region", region, "-o", "json")) as {
        items: { name: string; cloudAddresses: string[] }[];
    };
    const tunnels: Record<string, unknown>[] = [];
    for (let t = 0; t < count; t++) {
        const c = Math.floor(t / PAIRS);
        const pair = t % PAIRS;
        const cloudAddress = listed.items.find((item) => item.name === `vpn-${c}`)?.cloudAddresses[pair % 2];
        const customerAddress = `100.80.${Math.floor(c / 60)}.${(c % 60) * 4 + 1 + Math.floor(pair / 2)}`;
        const inner = `169.254.${16 + Math.floor(t / 64)}.${(t % 64) * 4 + 1}/30`;
        const psk = "only for lists, never used";
        tunnels.push({
            kind: "vpnTunnel",
            region,
            name: `t${t}`,
            vpnConnectionId: `vpn-${c}`,
            cloudAddress,
            customerAddress,
            tunnelAddress: inner,
            psk,
        });
    }
    writeFileSync(`${labDir}/tunnels.json`, JSON.stringify(tunnels));
    ropeway("apply", "-f", `${labDir}/tunnels.json`);
}
