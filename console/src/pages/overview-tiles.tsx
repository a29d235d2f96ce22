// All of it in four figures.
import type { ComponentChildren } from "preact";
import { ratesOf } from "../live/hooks.ts";
import { stateOf, type StateTone } from "../live/state.ts";
import type { Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { age, quantity } from "../words/time.ts";
import { t, type Word } from "../words/words.ts";
import { rankOf, worstOf } from "./overview-model.ts";

interface TileProps {
    path: string[];
    region: string;
    title: string;
    tone: StateTone;
    children: ComponentChildren;
    below?: string;
}

function Tile({ path, region, title, tone, children, below }: TileProps) {
    return (
        <a class={`tile ${tone}`} href={to(path, { region: region || undefined })}>
            <span class="faint">{title}</span>
            <strong>{children}</strong>
            {below && <span class="faint">{below}</span>}
        </a>
    );
}

function CountTile({ collection, items, region, word }: { collection: string; items: readonly Resource[]; region: string; word: Word }) {
    const tones = items.map((item) => stateOf(collection, item)?.tone ?? "unknown");
    const tone = tones.some((one) => rankOf(one) <= rankOf("unknown")) ? worstOf(tones) : tones.length ? "ok" : "idle";
    return (
        <Tile path={[collection]} region={region} title={t(`c.${collection}` as Word)} tone={tone}>
            {t(word, { n: tones.filter((one) => one === "ok").length, total: items.length })}
        </Tile>
    );
}

export interface TilesProps {
    tunnels: readonly Resource[];
    connections: readonly Resource[];
    nodes: readonly Resource[];
    region: string;
    now: number;
}

export function Tiles({ tunnels, connections, nodes, region, now }: TilesProps) {
    const rates = tunnels.flatMap((tunnel) => ratesOf(tunnel.regionId ?? "", tunnel.id) ?? []);
    const into = rates.reduce((total, rate) => total + rate.bitsIn, 0);
    const out = rates.reduce((total, rate) => total + rate.bitsOut, 0);
    const oldest = Math.min(...rates.map((rate) => rate.at));
    return (
        <div class="tiles">
            <CountTile collection="vpnTunnels" items={tunnels} region={region} word="tile.up" />
            <CountTile collection="vpnConnections" items={connections} region={region} word="tile.available" />
            <CountTile collection="nodes" items={nodes} region={region} word="tile.online" />
            <Tile
                path={["vpnTunnels"]}
                region={region}
                title={t("tile.rate")}
                tone="idle"
                below={rates.length ? t("net.old", { age: age(now - oldest) }) : t("net.measuring")}
            >
                <span>↓ {rates.length ? quantity(into, "bit/s") : "–"}</span> <span>↑ {rates.length ? quantity(out, "bit/s") : "–"}</span>
            </Tile>
        </div>
    );
}
