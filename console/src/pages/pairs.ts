// Which tunnels are still to be added to a connection, and what each is created with. Pure.
import { withValue, type Tree } from "../forms/value.ts";

export interface Pair {
    cloudAddress: string;
    customerAddress: string;
}

/** A line of the page: what belongs to one tunnel alone. */
export interface Row extends Pair {
    name: string;
    tunnelAddress: string;
    peerTunnelAddress: string;
    localId: string;
    remoteId: string;
}

const isSix = (address: string): boolean => address.includes(":");

/** All that may still be joined: the first cloud address with the first customer address, the second with the second; then the others. */
export function freePairs(cloud: readonly string[], customer: readonly string[], taken: readonly Pair[]): Pair[] {
    const straight: Pair[] = [];
    const crossed: Pair[] = [];
    cloud.forEach((cloudAddress, i) =>
        customer.forEach((customerAddress, j) => {
            if (isSix(cloudAddress) !== isSix(customerAddress)) return;
            if (taken.some((pair) => pair.cloudAddress === cloudAddress && pair.customerAddress === customerAddress)) return;
            (i === j ? straight : crossed).push({ cloudAddress, customerAddress });
        }),
    );
    return [...straight, ...crossed];
}

/** What the page begins with: a tunnel at each cloud address that has none, to a customer address of its own where there is one. */
export function suggestedPairs(cloud: readonly string[], customer: readonly string[], taken: readonly Pair[]): Pair[] {
    const chosen: Pair[] = [];
    for (const pair of freePairs(cloud, customer, taken)) {
        const used = [...taken, ...chosen];
        if (!used.some((other) => other.cloudAddress === pair.cloudAddress)) chosen.push(pair);
    }
    return chosen;
}

export function rowOf(pair: Pair, name: string): Row {
    return { ...pair, name, tunnelAddress: "", peerTunnelAddress: "", localId: "", remoteId: "" };
}

/** "vpn-a-1", "vpn-a-2", …: the next that no tunnel has. */
export function nextName(connection: string, taken: readonly string[]): string {
    let n = 1;
    while (taken.includes(`${connection}-${n}`)) n++;
    return `${connection}-${n}`;
}

/** What stands in rows; copied along with copyParametersFrom, so not given then. */
export const own = ["name", "cloudAddress", "customerAddress", "tunnelAddress", "peerTunnelAddress", "localId", "remoteId"] as const;
const copied = ["psk", "ike", "ipsec", "dpd"];

/** What creates the tunnel. shared: what the form holds for all; source: the tunnel whose key and parameters it takes. */
export function bodyOf(row: Row, connection: string, shared: Tree, source: string | undefined): Tree {
    let body: Tree = source ? Object.fromEntries(Object.entries(shared).filter(([name]) => !copied.includes(name))) : shared;
    for (const name of own) if (row[name].trim()) body = withValue(body, name, row[name].trim());
    body = withValue(body, "vpnConnectionId", connection);
    return source ? withValue(body, "copyParametersFrom", source) : body;
}

/** Two rows that are the same pair: the second is refused. */
export function isTwice(rows: readonly Pair[], at: number): boolean {
    const row = rows[at];
    return rows.some((other, i) => i < at && other.cloudAddress === row?.cloudAddress && other.customerAddress === row.customerAddress);
}
