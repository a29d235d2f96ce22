// The parts of a border gateway's page: its three tables, and what is attached to it.
import { useState } from "preact/hooks";
import { pathOf } from "../api/call.ts";
import { mayChange } from "../live/session.ts";
import { store, type Resource } from "../live/store.ts";
import { Button } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { AddRoute } from "./addroute.tsx";
import { DeleteDialog } from "./delete.tsx";
import { RelatedList } from "./related.tsx";
import { ExplainLink, RoutesTable, type TableRoute } from "./routes.tsx";
import type { PartProps } from "./part.ts";

const routesPath = (region: string, id: string, table: string): string => `${pathOf(region, "borderGateways", id)}/routes?table=${table}`;

export function StaticRoutesPart({ who, item, region }: PartProps) {
    const [deleting, setDeleting] = useState<Resource>();
    const changes = mayChange(who, "borderGatewayRoutes");
    const ask = (route: TableRoute): void => setDeleting(store.get("borderGatewayRoutes", region, route.routeId ?? ""));
    return (
        <>
            {changes && <AddRoute gateway={item} region={region} />}
            <RoutesTable
                region={region}
                path={routesPath(region, item.id, "static")}
                name={`${item.name}-static`}
                more={
                    changes
                        ? [
                              {
                                  key: "remove",
                                  title: "",
                                  cell: (route) => (
                                      <Button
                                          kind="quiet"
                                          icon="trash"
                                          label={`${t("delete")} ${route.destination}`}
                                          onClick={() => ask(route)}
                                      />
                                  ),
                              },
                          ]
                        : []
                }
            >
                <ExplainLink region={region} from={item.id} />
            </RoutesTable>
            {deleting && (
                <DeleteDialog
                    collection="borderGatewayRoutes"
                    items={[deleting]}
                    onClose={() => setDeleting(undefined)}
                    onDone={() => undefined}
                />
            )}
        </>
    );
}

const tablePart = (table: string) =>
    function TablePart({ item, region }: PartProps) {
        return (
            <RoutesTable region={region} path={routesPath(region, item.id, table)} name={`${item.name}-${table}`}>
                <ExplainLink region={region} from={item.id} />
            </RoutesTable>
        );
    };

export const PropagatedRoutesPart = tablePart("propagated");
export const EffectiveRoutesPart = tablePart("effective");

const listOf = (collection: string, field: string) =>
    function ListPart({ who, item, region }: PartProps) {
        return (
            <RelatedList
                who={who}
                collection={collection}
                region={region}
                where={(other) => other[field] === item.id}
                without={[field]}
                fresh={{ [field]: item.id }}
            />
        );
    };

export const AttachmentsPart = listOf("vpcAttachments", "borderGatewayId");
export const GatewayConnectionsPart = listOf("vpnConnections", "borderGatewayId");
export const GatewayLinesPart = listOf("privateInterfaces", "borderGatewayId");
export const CustomerConnectionsPart = listOf("vpnConnections", "customerGatewayId");
export const SubnetsPart = listOf("subnets", "vpcId");
export const RouteTablesPart = listOf("routeTables", "vpcId");
export const TableSubnetsPart = listOf("subnets", "routeTableId");

/** Instances belong to a VPC by their subnets. */
export function VpcInstancesPart({ who, item, region }: PartProps) {
    const isHere = (other: Resource): boolean => store.get("subnets", region, String(other["subnetId"]))?.["vpcId"] === item.id;
    return <RelatedList who={who} collection="instances" region={region} where={isHere} fresh={{}} />;
}

export const SubnetInstancesPart = listOf("instances", "subnetId");
export const NodeInstancesPart = listOf("instances", "nodeId");
