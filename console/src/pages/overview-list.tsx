// The same network where there is no room for a picture: its lines one below the other, the worst first.
import { ratesOf } from "../live/hooks.ts";
import { Badge } from "../ui/parts.tsx";
import { flowOf, type Line, type Scene } from "./overview-scene.ts";
import { flowText, lineHref, lineName, lineWhy, lineState } from "./overview-words.ts";
import { t } from "../words/words.ts";

const endName = (line: Line, end: "from" | "to"): string => {
    const names = new Set(line.joins.map((join) => join[end].name));
    const [first = ""] = names;
    return names.size > 1 ? t("net.more", { n: names.size }) : first;
};

export function NetworkList({ scene, now }: { scene: Scene; now: number }) {
    return (
        <ul class="lines">
            {scene.lines.map((line) => {
                const flow = flowOf(line, (tunnel) => ratesOf(tunnel.regionId, tunnel.id));
                const why = line.tone === "ok" ? "" : lineWhy(line);
                return (
                    <li key={line.key}>
                        <div>
                            <a href={lineHref(line)}>{lineName(line, false)}</a>{" "}
                            {lineState(line) && <Badge tone={line.tone}>{lineState(line)}</Badge>}
                        </div>
                        <div class="faint">
                            {endName(line, "from")} → {endName(line, "to")}
                        </div>
                        {why && <div>{why}</div>}
                        <div class="faint">{flowText(line, flow, now)}</div>
                    </li>
                );
            })}
        </ul>
    );
}
