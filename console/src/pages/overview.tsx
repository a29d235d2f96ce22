// What an operator sees at a glance: what is wrong, the network as a picture, and what is about to be wrong.
import { useMemo } from "preact/hooks";
import { useCollection, useFilled, useLink, useNow } from "../live/hooks.ts";
import type { Who } from "../live/session.ts";
import type { Resource } from "../live/store.ts";
import type { Route } from "../route.ts";
import { Busy, Empty, Notice } from "../ui/parts.tsx";
import { useWidth } from "../ui/size.ts";
import { t } from "../words/words.ts";
import { Attention } from "./overview-attention.tsx";
import { RegionFilter } from "./choices.tsx";
import { NetworkList } from "./overview-list.tsx";
import { NetworkMap } from "./overview-map.tsx";
import { joinsOf, type Parts } from "./overview-model.ts";
import { Events } from "./overview-events.tsx";
import { Alarms, Problems, Quotas } from "./overview-panels.tsx";
import { instancesByVpc, sceneOf, type Scene } from "./overview-scene.ts";
import { Tiles } from "./overview-tiles.tsx";
import { troublesOf } from "./overview-trouble.ts";

/** Narrower than this it is a list. */
const PICTURE = 620;

function useParts(): Parts {
    const parts = {
        regions: useCollection("regions"),
        vpcs: useCollection("vpcs"),
        subnets: useCollection("subnets"),
        instances: useCollection("instances"),
        nodes: useCollection("nodes"),
        placements: useCollection("placements"),
        gateways: useCollection<Parts["gateways"][number]>("borderGateways"),
        attachments: useCollection<Parts["attachments"][number]>("vpcAttachments"),
        customers: useCollection<Parts["customers"][number]>("customerGateways"),
        connections: useCollection<Parts["connections"][number]>("vpnConnections"),
        tunnels: useCollection<Parts["tunnels"][number]>("vpnTunnels"),
    };
    return useMemo(() => parts, Object.values(parts));
}

export function OverviewPage({ route }: { route: Route; who: Who }) {
    const parts = useParts();
    const filled = useFilled();
    const live = useLink().state === "live";
    const now = useNow();
    const region = route.query.get("region") ?? "";
    const joins = useMemo(() => joinsOf(parts), [parts]);
    const scene = useMemo(() => sceneOf(parts, joins, region), [parts, joins, region]);
    const troubles = useMemo(() => troublesOf(parts, region), [parts, region]);
    if (!filled) return <Busy />;
    const here = (items: readonly Resource[]): readonly Resource[] => (region ? items.filter((item) => item.regionId === region) : items);
    const regions = parts.regions.filter((one) => !region || one.id === region);
    const ids = regions.map((one) => one.id);
    return (
        <>
            <header class="page">
                <h1>{t("nav.overview")}</h1>
                <RegionFilter region={region} />
            </header>
            <Tiles
                tunnels={here(parts.tunnels)}
                connections={here(parts.connections)}
                nodes={here(parts.nodes)}
                region={region}
                now={now}
            />
            {troubles.length > 0 ? (
                <Attention troubles={troubles} now={now} />
            ) : (
                live && parts.tunnels.length > 0 && <Notice tone="ok">{t("trouble.none")}</Notice>
            )}
            <Network parts={parts} scene={scene} now={now} tunnels={here(parts.tunnels).length} />
            <div class="panels">
                <Problems regions={ids} now={now} />
                <Alarms regions={ids} now={now} />
                <Events regions={ids} now={now} />
                <Quotas regions={ids} now={now} />
            </div>
        </>
    );
}

function Network({ parts, scene, now, tunnels }: { parts: Parts; scene: Scene; now: number; tunnels: number }) {
    const { ref, width } = useWidth<HTMLDivElement>();
    const instances = useMemo(() => instancesByVpc(parts), [parts]);
    return (
        <section class="card" aria-labelledby="network">
            <h2 id="network">{t("net.title")}</h2>
            {scene.grain !== "tunnel" && <p class="faint">{t(`net.grain.${scene.grain}`, { n: tunnels })}</p>}
            <div ref={ref}>
                {scene.frames.length === 0 ? (
                    <Empty title={t("net.empty")} />
                ) : width >= PICTURE ? (
                    <NetworkMap scene={scene} width={width} now={now} instances={instances} />
                ) : (
                    width > 0 && <NetworkList scene={scene} now={now} />
                )}
            </div>
        </section>
    );
}
