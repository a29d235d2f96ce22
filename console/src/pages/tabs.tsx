// The parts of each kind's page.
import type { JSX } from "preact";
import type { Kind } from "../forms/schema.ts";
import type { Who } from "../live/session.ts";
import type { Resource } from "../live/store.ts";
import type { Word } from "../words/words.ts";
import { DetailsPart } from "./detail.tsx";
import { MonitorPart } from "./monitor.tsx";
import { LogPart } from "./tunnel-log.tsx";
import { ParametersPart } from "./tunnel-parameters.tsx";
import { SasPart } from "./tunnel-sas.tsx";

export interface PartProps {
    who: Who;
    kind: Kind;
    item: Resource;
    region: string;
}

export interface Part {
    name: string;
    title: Word;
    body: (props: PartProps) => JSX.Element | null;
}

const details: Part = { name: "", title: "tab.details", body: DetailsPart };

const monitoring: Part = { name: "monitoring", title: "tab.monitoring", body: MonitorPart };

const parts: Record<string, Part[]> = {
    vpnTunnels: [
        details,
        { name: "parameters", title: "tab.parameters", body: ParametersPart },
        { name: "log", title: "tab.log", body: LogPart },
        { name: "sas", title: "tab.sas", body: SasPart },
        monitoring,
    ],
    vpnConnections: [details, monitoring],
    borderGateways: [details, monitoring],
    nodes: [details, monitoring],
};

export const tabsOf = (collection: string): Part[] => parts[collection] ?? [details];
