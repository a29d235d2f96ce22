// The columns of each list: which there are, and how a value is shown in a cell.
import type { ComponentChildren } from "preact";
import { shownValue } from "../forms/form.tsx";
import { kindOf, kindOfId, type Schema } from "../forms/schema.ts";
import { valueAt, type Value } from "../forms/value.ts";
import type { Resource } from "../live/store.ts";
import { to } from "../route.ts";
import type { Column } from "../ui/table.tsx";
import { Ago } from "../ui/parts.tsx";
import { quantity } from "../words/time.ts";
import { either, t } from "../words/words.ts";
import { nameOf, pathOfResource, Pending, Ref, StateBadge, stateWord, titleOf } from "./names.tsx";
import { isFollowed } from "./ready.tsx";
import { ratesOf } from "../live/hooks.ts";
import { isBuiltIn, isCarriedOut, pendingOf, stateOf } from "../live/state.ts";

/** What is shown unless the reader chooses otherwise, after the name and the state. */
const usual: Record<string, string[]> = {
    regions: ["publicPools", "asn"],
    nodes: ["roles", "address", "lastSeen"],
    vpcs: ["cidr", "extraCidrs"],
    subnets: ["vpcId", "cidr", "routeTableId"],
    routeTables: ["vpcId", "default"],
    instances: ["address", "subnetId", "nodeId"],
    borderGateways: ["asn", "transit"],
    borderGatewayRoutes: ["borderGatewayId", "destination", "nextHop"],
    vpcAttachments: ["borderGatewayId", "vpcId", "propagation"],
    customerGateways: ["addresses", "asn"],
    vpnConnections: ["borderGatewayId", "customerGatewayId", "routing", "cloudAddresses"],
    vpnTunnels: ["vpnConnectionId", "cloudAddress", "customerAddress", "rate", "since"],
    privateInterfaces: ["borderGatewayId", "interface", "vlan", "address", "bgpState", "since"],
    placements: ["nodeId"],
    alarms: ["severity", "scopeId", "its.state", "metric", "threshold", "alarmSince"],
    tokens: ["role", "projectId", "regions", "expiresAt"],
    users: ["role", "projectId", "regions", "disabled"],
};

const skipped = new Set(["id", "name", "regionId", "conditions", "warnings", "warningsCodes", "observedRevision"]);

const isNothing = (value: Value): boolean =>
    value === undefined || value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);

/** A value in a line: references as links, the rest as its description says. */
export function Cell({ schema, value, region, now }: { schema: Schema; value: Value; region: string; now: number }): preact.JSX.Element {
    if (isNothing(value)) return <span class="faint">–</span>;
    if (schema.format === "date-time") return <Ago at={String(value)} now={now} />;
    if (typeof value === "string" && kindOfId(value)) return <Ref region={region} id={value} />;
    if (Array.isArray(value) && value.every((v) => typeof v === "string" && kindOfId(v)))
        return (
            <>
                {value.map((id, at) => (
                    <span key={id}>
                        {at > 0 && ", "}
                        <Ref region={region} id={id} />
                    </span>
                ))}
            </>
        );
    return <>{shownValue(schema, value)}</>;
}

function valueOf(schema: Schema, value: Value, region: string): string | number {
    if (typeof value === "number") return value;
    if (typeof value === "string") return kindOfId(value) ? nameOf(region, value) : shownValue(schema, value);
    return shownValue(schema, value);
}

const LONGEST = 32; // characters that are not too many for a column

const isShort = (schema: Schema): boolean =>
    schema.type === "boolean" ||
    schema.enum !== undefined ||
    (schema.type === "string" && (!!schema.format || (schema.maxLength ?? 999) <= LONGEST));

const regionOf = (item: Resource): string => item.regionId ?? "";

function fieldColumn(collection: string, path: string, schema: Schema, now: number): Column<Resource> {
    return {
        key: path === "state" ? "its.state" : path, // "state" is what all of a list come to
        title: either(schema["x-ropeway-title"], path),
        help: either(schema["x-ropeway-description"]),
        number: schema.type === "integer",
        short: isShort(schema),
        value: (item) => valueOf(schema, valueAt(item, path), collection === "regions" ? item.id : regionOf(item)),
        cell: (item) => <Cell schema={schema} value={valueAt(item, path)} region={regionOf(item)} now={now} />,
    };
}

/** Live figures of a tunnel: not members of it, so not in its description. */
const rateColumn: Column<Resource> = {
    key: "rate",
    title: "",
    number: true,
    value: (item) => {
        const rates = ratesOf(regionOf(item), item.id);
        return rates ? rates.bitsIn + rates.bitsOut : "";
    },
    cell: (item) => <Rate item={item} />,
};

function Rate({ item }: { item: Resource }): ComponentChildren {
    const rates = ratesOf(regionOf(item), item.id);
    if (!rates) return <span class="faint">–</span>;
    return `↓ ${quantity(rates.bitsIn, "bit/s")} ↑ ${quantity(rates.bitsOut, "bit/s")}`;
}

/** What has no state of its own is carried out, or not yet. */
function StateCell({ collection, item }: { collection: string; item: Resource }) {
    const plain = !stateOf(collection, item) && isCarriedOut(item);
    return (
        <>
            <StateBadge collection={collection} item={item} /> <Pending item={item} />
            {plain && <span class="faint">{t("carried.out")}</span>}
        </>
    );
}

function fixedColumns(collection: string, withRegion: boolean): Column<Resource>[] {
    const columns: Column<Resource>[] = [
        {
            key: "name",
            title: t("name"),
            value: (item) => titleOf(collection, item),
            cell: (item) => (
                <>
                    <a class="name" href={to(pathOfResource(collection, regionOf(item), item.id))} title={item.id}>
                        {titleOf(collection, item)}
                    </a>
                    {isBuiltIn(item) && <span class="faint"> {t("alarm.built.in")}</span>}
                </>
            ),
        },
    ];
    if (isFollowed(collection))
        columns.push({
            key: "state",
            title: t("state"),
            short: true,
            value: (item) =>
                [
                    stateWord(collection, item) || (isCarriedOut(item) ? t("carried.out") : ""),
                    pendingOf(item) === undefined ? "" : t("pending"),
                ]
                    .filter(Boolean)
                    .join(", "),
            cell: (item) => <StateCell collection={collection} item={item} />,
        });
    if (withRegion) columns.push({ key: "regionId", title: t("region"), short: true, value: regionOf, cell: (item) => regionOf(item) });
    return columns;
}

/** All that can be shown of a collection; shown says which are unless chosen otherwise. */
export function columnsOf(collection: string, now: number, withRegion: boolean): { all: Column<Resource>[]; shown: string[] } {
    const fixed = fixedColumns(collection, withRegion);
    const all = [...fixed];
    if (collection === "vpnTunnels") all.push({ ...rateColumn, title: t("rate") });
    for (const [path, schema] of Object.entries(kindOf(collection)?.schema.properties ?? {}))
        if (
            !skipped.has(path) &&
            !path.endsWith("Arguments") &&
            !path.endsWith("Code") &&
            schema.type !== "object" &&
            !schema["x-ropeway-shown-once"] &&
            schema.format !== "password"
        )
            all.push(fieldColumn(collection, path, schema, now));
    return { all, shown: [...fixed.map((column) => column.key), ...(usual[collection] ?? [])] };
}
