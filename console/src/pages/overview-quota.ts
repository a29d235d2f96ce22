// How much of each quota is used. Pure.
import { keyOf, type Resource } from "../live/store.ts";

export interface Use {
    key: string;
    quota: string;
    /** Whose quota it is: the region itself, a border gateway or a VPC. */
    owner: Resource;
    ownerCollection: string;
    used: number;
    limit: number;
}

interface Counted {
    collection: string;
    /** Undefined: the region's. */
    owner?: { collection: string; field: string };
    /** Elements of this list are counted, not resources. */
    list?: string;
    /** Unless the region says otherwise (docs/api.md). */
    limit: number;
}

const gateway = { collection: "borderGateways", field: "borderGatewayId" };
const vpc = { collection: "vpcs", field: "vpcId" };

export const quotas: Record<string, Counted> = {
    nodes: { collection: "nodes", limit: 100 },
    borderGateways: { collection: "borderGateways", limit: 5 },
    vpnConnectionsPerBorderGateway: { collection: "vpnConnections", owner: gateway, limit: 10 },
    attachmentsPerBorderGateway: { collection: "vpcAttachments", owner: gateway, limit: 50 },
    staticRoutesPerBorderGateway: { collection: "borderGatewayRoutes", owner: gateway, limit: 50 },
    customerGateways: { collection: "customerGateways", limit: 10 },
    vpcs: { collection: "vpcs", limit: 10 },
    subnetsPerVpc: { collection: "subnets", owner: vpc, limit: 10 },
    routeTablesPerVpc: { collection: "routeTables", owner: vpc, limit: 10 },
    staticRoutesPerRouteTable: { collection: "routeTables", list: "routes", limit: 50 },
};

const NEAR = 0.8;

/** Those that are used to four fifths or more, the fullest first. */
export function nearLimits(regions: readonly Resource[], all: (collection: string) => readonly Resource[]): Use[] {
    const limits = new Map(regions.map((region) => [region.id, (region["quotas"] ?? {}) as Record<string, number>]));
    const uses: Use[] = [];
    const add = (quota: string, counted: Counted, collection: string, owner: Resource | undefined, used: number): void => {
        const region = collection === "regions" ? (owner?.id ?? "") : (owner?.regionId ?? "");
        const limit = limits.get(region)?.[quota] ?? counted.limit;
        if (owner && used >= limit * NEAR)
            uses.push({ key: `${quota} ${region} ${owner.id}`, quota, owner, ownerCollection: collection, used, limit });
    };
    for (const [quota, counted] of Object.entries(quotas)) {
        const items = all(counted.collection);
        if (counted.list) {
            for (const item of items) {
                const list = item[counted.list];
                add(quota, counted, counted.collection, item, Array.isArray(list) ? list.length : 0);
            }
            continue;
        }
        const { owner } = counted;
        const tally = new Map<string, number>();
        for (const item of items) {
            const key = owner ? keyOf(item.regionId ?? "", String(item[owner.field])) : (item.regionId ?? "");
            tally.set(key, (tally.get(key) ?? 0) + 1);
        }
        const owners = owner ? all(owner.collection) : regions;
        for (const one of owners)
            add(quota, counted, owner?.collection ?? "regions", one, tally.get(owner ? keyOf(one.regionId ?? "", one.id) : one.id) ?? 0);
    }
    return uses.sort((a, b) => b.used / b.limit - a.used / a.limit);
}
