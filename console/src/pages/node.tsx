// What a node carries: gateways and cloud addresses with why they are here, and instances.
import { useCollection } from "../live/hooks.ts";
import type { Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { Empty } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { NodeInstancesPart } from "./gateway.tsx";
import { collectionTitle, pathOfResource, Pending, Ref } from "./names.tsx";
import type { PartProps } from "./part.ts";

/** A gateway by its id; an address with the connection that has it. */
function What({ placement, connections }: { placement: Resource; connections: readonly Resource[] }) {
    const region = placement.regionId ?? "";
    const holder = connections.find((one) => one.regionId === region && ((one["cloudAddresses"] ?? []) as string[]).includes(placement.id));
    if (!holder) return <Ref region={region} id={placement.id} />;
    return (
        <>
            <code>{placement.id}</code> <span class="faint">{collectionTitle("vpnConnections")}</span>{" "}
            <Ref region={region} id={holder.id} />
        </>
    );
}

export function CarriesPart(props: PartProps) {
    const { item, region } = props;
    const connections = useCollection("vpnConnections");
    const placements = useCollection("placements").filter((one) => one.regionId === region && one["nodeId"] === item.id);
    return (
        <>
            <h2>{collectionTitle("placements")}</h2>
            <Table
                cards
                label={collectionTitle("placements")}
                rows={placements}
                rowKey={(one) => one.id}
                empty={<Empty title={t("empty.list")} />}
                columns={[
                    { key: "what", title: t("node.carries.what"), cell: (one) => <What placement={one} connections={connections} /> },
                    { key: "why", title: t("node.carries.why"), cell: (one) => String(one["reason"] ?? "") },
                    { key: "generation", title: t("node.carries.moves"), number: true, cell: (one) => String(one["generation"] ?? "") },
                    {
                        key: "place",
                        title: "",
                        cell: (one) => (
                            <>
                                <Pending item={one} />{" "}
                                <a href={to(pathOfResource("placements", region, one.id))}>{t("node.carries.move")}</a>
                            </>
                        ),
                    },
                ]}
            />
            <h2 class="spaced">{collectionTitle("instances")}</h2>
            <NodeInstancesPart {...props} />
        </>
    );
}
