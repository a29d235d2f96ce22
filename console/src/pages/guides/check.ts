// What can be seen to be wrong before anything is asked for. Pure.
import type { Resource } from "../../live/store.ts";
import type { Arguments, Word } from "../../words/words.ts";
import { overlapOf } from "./prefix.ts";
import type { World } from "./plan.ts";

export interface Fault {
    /** The field it stands below. */
    field: string;
    /** A warning does not hold the guide up. */
    tone: "bad" | "warn";
    text: Word;
    args?: Arguments;
}

/** What the service allows when the region says nothing else (docs/api.md, "Quotas"). */
const quotas: Record<string, number> = {
    borderGateways: 5,
    vpnConnectionsPerBorderGateway: 10,
    attachmentsPerBorderGateway: 50,
    staticRoutesPerBorderGateway: 50,
    customerGateways: 10,
    vpcs: 10,
    subnetsPerVpc: 10,
};

export const inRegion = (world: World, collection: string, region: string): Resource[] =>
    world.all(collection).filter((item) => item.regionId === region);

export function byId(world: World, collection: string, region: string, id: string): Resource | undefined {
    return inRegion(world, collection, region).find((item) => item.id === id);
}

/** Whether there is room for so many more. of: a member and its value, for a quota of each gateway or VPC. */
export function quotaFault(
    world: World,
    field: string,
    region: string,
    what: { quota: string; collection: string; more: number; of?: [member: string, id: string] },
): Fault[] {
    const given = world.all("regions").find((r) => r.id === region)?.["quotas"] as Record<string, number> | undefined;
    const limit = given?.[what.quota] ?? quotas[what.quota] ?? Infinity;
    const { of } = what;
    const used = inRegion(world, what.collection, region).filter((item) => !of || item[of[0]] === of[1]).length;
    if (used + what.more <= limit) return [];
    return [{ field, tone: "bad", text: "guide.bad.quota", args: { quota: what.quota, limit, used, more: what.more, region } }];
}

export function nodeFault(world: World, field: string, region: string): Fault[] {
    const nodes = inRegion(world, "nodes", region).filter((node) => (node["roles"] as string[]).includes("gateway"));
    if (nodes.some((node) => node["status"] === "online")) return [];
    return [{ field, tone: "bad", text: nodes.length ? "guide.bad.node" : "guide.bad.nodes", args: { region } }];
}

export const NAME = /^[\p{Script=Han}A-Za-z0-9_.-]{1,32}$/u;

export const nameFault = (name: string): Fault[] => (NAME.test(name) ? [] : [{ field: "name", tone: "bad", text: "guide.bad.name" }]);

export function rangesOfVpc(vpc: Resource | undefined): string[] {
    if (!vpc) return [];
    return [vpc["cidr"], ...((vpc["extraCidrs"] as string[] | undefined) ?? [])].filter((c): c is string => typeof c === "string");
}

/** What a gateway reaches already and would go on reaching there, instead of through the new connection. */
export function reachedFaults(world: World, field: string, region: string, gateway: string, ranges: readonly string[]): Fault[] {
    const faults: Fault[] = [];
    for (const attachment of inRegion(world, "vpcAttachments", region)) {
        if (attachment["borderGatewayId"] !== gateway) continue;
        const vpc = byId(world, "vpcs", region, String(attachment["vpcId"]));
        const hit = overlapOf(rangesOfVpc(vpc), ranges);
        if (hit && vpc)
            faults.push({ field, tone: "bad", text: "guide.bad.attached", args: { vpc: vpc.name, ours: hit[0], theirs: hit[1] } });
    }
    for (const route of inRegion(world, "borderGatewayRoutes", region))
        if (route["borderGatewayId"] === gateway && ranges.includes(String(route["destination"])))
            faults.push({
                field,
                tone: "warn",
                text: "guide.warn.route",
                args: { route: route.name, destination: String(route["destination"]) },
            });
    return faults;
}
