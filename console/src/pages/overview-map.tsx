// The network drawn: regions as frames, what is in them, and the lines between. Every box and every line is a link.
import { useMemo } from "preact/hooks";
import { ratesOf } from "../live/hooks.ts";
import type { StateTone } from "../live/state.ts";
import { keyOf, store } from "../live/store.ts";
import { to } from "../route.ts";
import { clip, textWidth } from "../ui/clip.ts";
import { t } from "../words/words.ts";
import { nameOf } from "./names.tsx";
import { layOut, type PlacedBox, type PlacedFrame, type PlacedLine } from "./overview-layout.ts";
import { flowOf, type Scene } from "./overview-scene.ts";
import { boxHref, boxTitle, flowText, kindWord, lineHref, lineName, lineState, lineWhy, marks, toneWord } from "./overview-words.ts";

const WIDEST = 1800;

export interface MapProps {
    scene: Scene;
    width: number;
    now: number;
    /** Instances of a VPC, by its key. */
    instances: ReadonlyMap<string, readonly unknown[]>;
}

export function NetworkMap({ scene, width, now, instances }: MapProps) {
    const scale = Math.max(1, width / WIDEST); // on a wall it is read from afar
    const layout = useMemo(() => layOut(scene, width / scale), [scene, width, scale]);
    const items = new Map(scene.attachments.map((attachment) => [attachment.key, attachment.item]));
    return (
        <svg
            class="net"
            width={width}
            height={layout.height * scale}
            viewBox={`0 0 ${layout.width} ${layout.height}`}
            role="group"
            aria-label={t("net.label")}
        >
            {layout.frames.map((frame) => (
                <FrameShape key={frame.frame.key} placed={frame} />
            ))}
            {layout.attachments.map(({ key, path }) => {
                const item = items.get(key);
                const region = item?.regionId ?? "";
                return (
                    <a
                        key={key}
                        href={to(["regions", region, "vpcAttachments", item?.id ?? ""])}
                        aria-label={item?.name}
                        class="attachment"
                    >
                        <path class="hit" d={path} />
                        <path class="line" d={path} />
                        <title>{item?.name}</title>
                    </a>
                );
            })}
            {layout.lines.map((placed) => (
                <LineShape key={placed.line.key} placed={placed} now={now} />
            ))}
            {layout.boxes.map((placed) => (
                <BoxShape key={placed.box.key} placed={placed} below={subtitle(placed, instances)} />
            ))}
        </svg>
    );
}

/** What fits of a box's second line: all, or the first part. */
function fitting(parts: (string | undefined)[], width: number): string {
    const said = parts.filter((part) => part !== undefined);
    const all = said.join(" · ");
    return textWidth(all, 11) > width ? (said[0] ?? "") : all;
}

function subtitle({ box, frame, w }: PlacedBox, instances: MapProps["instances"]): string {
    const [item] = box.items;
    if (!item || box.items.length > 1 || box.kind === "more" || box.kind === "node") return "";
    const region = item.regionId ?? "";
    if (box.kind === "vpc") {
        const count = instances.get(keyOf(region, item.id))?.length ?? 0;
        const cidr = typeof item["cidr"] === "string" ? item["cidr"] : undefined;
        return fitting([cidr, t("net.instances", { n: count })], w - 18);
    }
    if (box.kind === "outside") return Array.isArray(item["addresses"]) ? item["addresses"].join(", ") : "";
    const node = store.get("placements", region, item.id)?.["nodeId"];
    return node && frame.region ? t("net.on", { node: nameOf(region, String(node)) }) : "";
}

const nodeWord = (tone: StateTone): string => t(tone === "ok" ? "node.online" : tone === "bad" ? "node.offline" : "tone.unknown");

function FrameShape({ placed }: { placed: PlacedFrame }) {
    const { frame, x, y, w, h } = placed;
    const region = frame.region;
    const title = region
        ? `${region.name} · ${region.id}`
        : t("net.outside", { name: store.get("regions", frame.of, frame.of)?.name ?? frame.of });
    return (
        <g class={region ? "frame" : "frame outside"}>
            <rect x={x + 0.5} y={y + 0.5} width={w - 1} height={h} rx="8" />
            {region ? (
                <a href={to(["regions", region.id])} aria-label={t("net.region", { name: title })}>
                    <text x={x + 12} y={y + 22}>
                        {clip(title, w - 24, 14)}
                    </text>
                </a>
            ) : (
                <text x={x + 12} y={y + 22}>
                    {clip(title, w - 24, 14)}
                </text>
            )}
        </g>
    );
}

function BoxShape({ placed, below }: { placed: PlacedBox; below: string }) {
    const { box, frame, x, y, w, h } = placed;
    const title = boxTitle(box, frame);
    const node = box.kind === "node";
    const state = box.kind === "vpc" ? (box.tone === "bad" ? toneWord(box.tone) : "") : t("net.worst", { state: toneWord(box.tone) });
    const mark = node ? `${marks[box.tone]} ` : "";
    const middle = below ? y + h / 2 - 3 : y + h / 2 + 5;
    return (
        <a href={boxHref(box, frame)} class={`box ${box.kind} ${box.tone}`}>
            <title>{[kindWord(box.kind), title, node ? nodeWord(box.tone) : state, below].filter(Boolean).join(", ")}</title>
            <rect x={x + 0.5} y={y + 0.5} width={w - 1} height={h - 1} rx="5" />
            <text x={x + 10} y={middle}>
                {mark && <tspan class="mark">{mark}</tspan>}
                {clip(title, w - (mark ? 34 : 20), 13)}
            </text>
            {below && (
                <text class="below" x={x + 10} y={y + h / 2 + 14}>
                    {clip(below, w - 18, 11)}
                </text>
            )}
        </a>
    );
}

function LineShape({ placed, now }: { placed: PlacedLine; now: number }) {
    const { line, path, x, y, room, turned } = placed;
    const name = lineName(line, turned);
    const flow = flowOf(line, (tunnel) => ratesOf(tunnel.regionId, tunnel.id), turned);
    const why = line.tone === "ok" ? "" : lineWhy(line);
    const moving = flowText(line, flow, now);
    const below = line.tone === "bad" ? why || moving : moving;
    const label = [name, lineState(line), why, moving].filter(Boolean).join(", ");
    return (
        <a href={lineHref(line)} class={`tunnel ${line.tone}`}>
            <title>{label}</title>
            <path class="hit" d={path} />
            <path class="line" d={path} />
            <text x={x} y={y - 5} text-anchor="middle">
                <tspan class="mark">{marks[line.tone]} </tspan>
                {clip(name, room - 20, 12)}
            </text>
            <text class="below" x={x} y={y + 14} text-anchor="middle">
                {clip(below, room, 11)}
            </text>
        </a>
    );
}
