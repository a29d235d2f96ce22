// What the guide that connects a device is told: as a text for the address, its defaults, and what is wrong with it. Pure.
import { byId, nameFault, nodeFault, quotaFault, reachedFaults, type Fault } from "./check.ts";
import type { World } from "./plan.ts";
import { overlapOf, parseAddress, parsePrefix } from "./prefix.ts";

export interface DeviceSetup {
    name: string;
    region: string;
    gateway: string;
    platform: string;
    addresses: string[];
    networks: string[];
    /** 1 or 2 */
    tunnels: number;
    /** What the device calls itself; needed when its address is not fixed. */
    identity: string;
}

/** An address, a domain name, an e-mail address, or keyid: and text; without what separates things in the address. */
const IDENTITY = /^((?:keyid:|fqdn:|email:)[^|,\s]+|[\w.-]+@[\w.-]+|[0-9a-f:.]*:[0-9a-f:.]+|\w[\w-]*(\.[\w-]+)*)$/i;

/** An address that is not fixed. */
export const ANY = "0.0.0.0";

export const encodeDevice = (s: DeviceSetup): string =>
    [s.name, s.region, s.gateway, s.platform, s.addresses.join(","), s.networks.join(","), s.tunnels, s.identity].join("|");

const listOf = (text: string): string[] => text.split(",").filter(Boolean);

export function decodeDevice(text: string): DeviceSetup | undefined {
    const [name, region, gateway = "", platform = "", addresses = "", networks = "", tunnels = "", identity = ""] = text.split("|");
    if (name === undefined || region === undefined) return undefined;
    const count = tunnels === "1" ? 1 : 2;
    return { name, region, gateway, platform, addresses: listOf(addresses), networks: listOf(networks), tunnels: count, identity };
}

export function defaultDevice(world: World): DeviceSetup {
    const [gateway] = world.all("borderGateways");
    const region = gateway?.regionId ?? world.all("regions")[0]?.id ?? "";
    return {
        name: "device",
        region,
        gateway: gateway?.id ?? "",
        platform: "",
        addresses: [],
        networks: [],
        tunnels: 2,
        identity: "",
    };
}

export function checkDevice(setup: DeviceSetup, world: World): Fault[] {
    const faults = nameFault(setup.name);
    const bad = (field: string, text: Fault["text"], args?: Fault["args"]): void =>
        void faults.push(args ? { field, tone: "bad", text, args } : { field, tone: "bad", text });
    if (!byId(world, "borderGateways", setup.region, setup.gateway)) bad("gateway", "guide.bad.gateway");
    else {
        const of: [string, string] = ["borderGatewayId", setup.gateway];
        faults.push(
            ...nodeFault(world, "gateway", setup.region),
            ...quotaFault(world, "gateway", setup.region, { quota: "customerGateways", collection: "customerGateways", more: 1 }),
            ...quotaFault(world, "gateway", setup.region, {
                quota: "vpnConnectionsPerBorderGateway",
                collection: "vpnConnections",
                more: 1,
                of,
            }),
            ...reachedFaults(world, "networks", setup.region, setup.gateway, setup.networks),
        );
    }
    if (!setup.platform) bad("platform", "guide.bad.platform");
    if (setup.addresses.length !== 1 && setup.addresses.length !== 2) bad("addresses", "guide.bad.addresses");
    for (const address of setup.addresses) if (parseAddress(address) === undefined) bad("addresses", "guide.bad.address", { address });
    if (setup.addresses.length === 2 && setup.addresses[0] === setup.addresses[1]) bad("addresses", "guide.bad.twice");
    if (setup.addresses.includes(ANY) && !setup.identity) bad("identity", "guide.bad.identity");
    if (setup.identity && !IDENTITY.test(setup.identity)) bad("identity", "guide.bad.identity.text");
    if (setup.networks.length === 0) bad("networks", "guide.bad.networks");
    for (const network of setup.networks) if (!parsePrefix(network)) bad("networks", "guide.bad.network", { network });
    setup.networks.forEach((network, at) => {
        const hit = overlapOf([network], setup.networks.slice(at + 1));
        if (hit) bad("networks", "guide.bad.overlap", { ours: hit[0], theirs: hit[1] });
    });
    if (encodeDevice(setup).length > 240) bad("networks", "guide.bad.long");
    return faults;
}
