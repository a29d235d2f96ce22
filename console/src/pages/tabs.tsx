// The parts of each kind's page.
import { AlarmPart } from "./alarmpart.tsx";
import { ConnectionRoutesPart, ConnectionTunnelsPart } from "./connection.tsx";
import { DetailsPart } from "./details.tsx";
import { DevicePart } from "./device.tsx";
import {
    AttachmentsPart,
    CustomerConnectionsPart,
    EffectiveRoutesPart,
    GatewayConnectionsPart,
    GatewayLinesPart,
    PropagatedRoutesPart,
    RouteTablesPart,
    StaticRoutesPart,
    SubnetInstancesPart,
    SubnetsPart,
    TableSubnetsPart,
    VpcInstancesPart,
} from "./gateway.tsx";
import { HostsPart } from "./hosts.tsx";
import { CarriesPart } from "./node.tsx";
import { NodeTokensPart } from "./nodetokens.tsx";
import type { Part } from "./part.ts";
import { PropagationsPart, TableRoutesPart } from "./propagations.tsx";
import { QuotasPart } from "./quotas.tsx";
import { MonitorPart } from "./monitor.tsx";
import { BgpPart } from "./tunnel-bgp.tsx";
import { LogPart } from "./tunnel-log.tsx";
import { ParametersPart } from "./tunnel-parameters.tsx";
import { SasPart } from "./tunnel-sas.tsx";

const details: Part = { name: "", title: "tab.details", body: DetailsPart };

const monitoring: Part = { name: "monitoring", title: "tab.monitoring", body: MonitorPart };

const parts: Record<string, Part[]> = {
    borderGateways: [
        details,
        { name: "static", title: "tab.static", body: StaticRoutesPart },
        { name: "propagated", title: "tab.propagated", body: PropagatedRoutesPart },
        { name: "effective", title: "tab.effective", body: EffectiveRoutesPart },
        { name: "attachments", title: "tab.attachments", body: AttachmentsPart },
        { name: "connections", title: "tab.connections", body: GatewayConnectionsPart },
        { name: "lines", title: "c.privateInterfaces", body: GatewayLinesPart },
        monitoring,
    ],
    vpnConnections: [
        details,
        { name: "tunnels", title: "tab.tunnels", body: ConnectionTunnelsPart },
        { name: "routes", title: "tab.routes", body: ConnectionRoutesPart },
        monitoring,
        { name: "device", title: "tab.device", body: DevicePart },
    ],
    vpnTunnels: [
        details,
        { name: "parameters", title: "tab.parameters", body: ParametersPart },
        { name: "log", title: "tab.log", body: LogPart },
        { name: "sas", title: "tab.sas", body: SasPart },
        { name: "bgp", title: "tab.bgp", body: BgpPart },
        monitoring,
        { name: "device", title: "tab.device", body: DevicePart },
    ],
    privateInterfaces: [details, { name: "bgp", title: "tab.bgp", body: BgpPart }, monitoring],
    customerGateways: [details, { name: "connections", title: "tab.connections", body: CustomerConnectionsPart }],
    vpcs: [
        details,
        { name: "subnets", title: "tab.subnets", body: SubnetsPart },
        { name: "instances", title: "tab.instances", body: VpcInstancesPart },
        { name: "routeTables", title: "tab.routeTables", body: RouteTablesPart },
    ],
    subnets: [
        details,
        { name: "instances", title: "tab.instances", body: SubnetInstancesPart },
        { name: "hosts", title: "tab.hosts", body: HostsPart },
    ],
    routeTables: [
        details,
        { name: "routes", title: "tab.routes", body: TableRoutesPart },
        { name: "propagations", title: "tab.propagations", body: PropagationsPart },
        { name: "subnets", title: "tab.subnets", body: TableSubnetsPart },
    ],
    alarms: [{ ...details, body: AlarmPart }],
    instances: [details, monitoring],
    vpcAttachments: [details, monitoring],
    nodes: [details, { name: "carries", title: "tab.carries", body: CarriesPart }, monitoring],
    regions: [
        details,
        { name: "quotas", title: "quota.title", body: QuotasPart },
        { name: "nodeTokens", title: "tab.nodeTokens", body: NodeTokensPart },
    ],
};

export const tabsOf = (collection: string): Part[] => parts[collection] ?? [details];
