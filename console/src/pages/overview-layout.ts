// Where everything is in the picture: two columns of frames, and between them a corridor in which each line has a row. Pure.
import type { Box, Frame, Line, Scene } from "./overview-scene.ts";

export interface Rect {
    x: number;
    y: number;
    w: number;
    h: number;
}

export interface PlacedFrame extends Rect {
    frame: Frame;
    side: "left" | "right";
}

export interface PlacedBox extends Rect {
    box: Box;
    frame: Frame;
}

export interface PlacedLine {
    line: Line;
    path: string;
    /** The middle of the room for its words, above and below the line. */
    x: number;
    y: number;
    room: number;
    /** Drawn from its to, which is at the left. */
    turned: boolean;
}

export interface Layout {
    width: number;
    height: number;
    frames: PlacedFrame[];
    boxes: PlacedBox[];
    lines: PlacedLine[];
    attachments: { key: string; path: string }[];
}

const HEAD = 34;
const PAD = 12;
const BOX = 44;
const STEP = BOX + 10;
const CHIP = 26;
const GAP = 20;
const ROW = 42;

/** Which side each frame is on: what is joined faces each other as far as that can be, the columns alike in height. */
export function sidesOf(scene: Scene): Map<string, "left" | "right"> {
    const frameOf = new Map(scene.frames.flatMap((frame) => frame.gateways.map((box) => [box.key, frame.key] as const)));
    const joined = scene.lines.map((line) => [frameOf.get(line.from) ?? "", frameOf.get(line.to) ?? ""] as const);
    const sides = new Map<string, "left" | "right">();
    const heights = { left: 0, right: 0 };
    for (const frame of scene.frames) {
        const across = { left: 0, right: 0 };
        for (const [a, b] of joined) {
            const other = a === frame.key ? b : b === frame.key ? a : undefined;
            const side = other === undefined ? undefined : sides.get(other);
            if (side) across[side === "left" ? "right" : "left"]++;
        }
        const shorter = heights.left <= heights.right ? "left" : "right";
        const side = across.left === across.right ? shorter : across.left > across.right ? "left" : "right";
        sides.set(frame.key, side);
        heights[side] += heightOf(frame) + GAP;
    }
    return sides;
}

const chipRows = (frame: Frame): number => Math.ceil((frame.nodes.length + (frame.hidden.nodes ? 1 : 0)) / 2);

export function heightOf(frame: Frame): number {
    const vpcs = frame.vpcs.length + (frame.hidden.vpcs ? 1 : 0);
    const rows = Math.max(vpcs, frame.gateways.length, 1);
    return HEAD + rows * STEP + chipRows(frame) * (CHIP + 6) + PAD - 4;
}

function boxesIn(at: PlacedFrame): PlacedBox[] {
    const { frame, side } = at;
    const inner = at.w - 2 * PAD;
    const whole = frame.vpcs.length === 0;
    const w = whole ? inner : Math.floor((inner - 28) / 2);
    const near = whole || side === "right" ? at.x + PAD : at.x + at.w - PAD - w; // the gateways look at the corridor
    const away = side === "right" ? at.x + at.w - PAD - w : at.x + PAD;
    const more = (kind: string): Box => ({ key: `more ${kind} ${frame.key}`, kind: "more", items: [], tone: "idle" });
    const vpcs = frame.hidden.vpcs ? [...frame.vpcs, more("vpcs")] : frame.vpcs;
    const nodes = frame.hidden.nodes ? [...frame.nodes, more("nodes")] : frame.nodes;
    const column = (boxes: Box[], x: number): PlacedBox[] =>
        boxes.map((box, i) => ({ box, frame, x, y: at.y + HEAD + i * STEP, w, h: BOX }));
    const half = Math.floor((inner - 6) / 2);
    const base = at.y + at.h - PAD - chipRows(frame) * (CHIP + 6) + 6;
    const chips = nodes.map((box, i) => ({
        box,
        frame,
        x: at.x + PAD + (i % 2) * (half + 6),
        y: base + Math.floor(i / 2) * (CHIP + 6),
        w: half,
        h: CHIP,
    }));
    return [...column(vpcs, away), ...column(frame.gateways, near), ...chips];
}

/** Moves heights apart to at least step, each as near to where it wants to be as that allows. */
export function spread(wanted: readonly number[], step: number, top: number): number[] {
    const order = wanted.map((y, at) => ({ y, at })).sort((a, b) => a.y - b.y || a.at - b.at);
    const placed = new Array<number>(wanted.length).fill(0);
    let last = -Infinity;
    let off = 0;
    for (const { y, at } of order) {
        last = Math.max(y, last + step);
        placed[at] = last;
        off += last - y;
    }
    const up = wanted.length ? off / wanted.length : 0;
    const least = Math.min(...placed) - up;
    const shift = least < top ? top - Math.min(...placed) : -up;
    return placed.map((y) => y + shift);
}

interface End {
    x: number;
    y: number;
    side: "left" | "right";
}

function pathOf(a: End, b: End, xa: number, xb: number, y: number): string {
    const [left, right] = [xa, xb];
    const near = (end: End): number => (end.side === "left" ? left : right);
    const go = (from: End, x: number): string => `C ${(from.x + x) / 2} ${from.y} ${(from.x + x) / 2} ${y} ${x} ${y}`;
    const back = (x: number, to: End): string => `C ${(x + to.x) / 2} ${y} ${(x + to.x) / 2} ${to.y} ${to.x} ${to.y}`;
    const turn = a.side === b.side ? (a.side === "left" ? right : left) : near(b);
    return `M ${a.x} ${a.y} ${go(a, near(a))} L ${turn} ${y} ${a.side === b.side ? `M ${near(a)} ${y} ` : ""}${back(a.side === b.side ? near(b) : turn, b)}`;
}

/** Where lines touch a box: spread over its side in the order of their rows. */
function portsOf(lines: readonly { line: Line; y: number }[], boxes: ReadonlyMap<string, PlacedBox>): Map<string, number> {
    const ports = new Map<string, number>();
    const byBox = new Map<string, { key: string; y: number }[]>();
    for (const { line, y } of lines)
        for (const end of [line.from, line.to]) byBox.set(end, [...(byBox.get(end) ?? []), { key: line.key, y }]);
    for (const [key, touching] of byBox) {
        const box = boxes.get(key);
        if (!box) continue;
        touching.sort((a, b) => a.y - b.y);
        touching.forEach((t, i) => ports.set(`${t.key} ${key}`, box.y + (box.h * (i + 1)) / (touching.length + 1)));
    }
    return ports;
}

/** The scene in a picture of this width. */
export function layOut(scene: Scene, width: number): Layout {
    const w = Math.round(Math.min(560, Math.max(220, width * 0.28)));
    const sides = sidesOf(scene);
    const column = { left: PAD, right: PAD };
    const frames = scene.frames.map((frame): PlacedFrame => {
        const side = sides.get(frame.key) ?? "left";
        const placed = { frame, side, x: side === "left" ? 0 : width - w, y: column[side], w, h: heightOf(frame) };
        column[side] += placed.h + GAP;
        return placed;
    });
    const tall = Math.max(column.left, column.right, scene.lines.length * ROW + ROW);
    for (const placed of frames) placed.y += Math.max(0, (tall - column[placed.side]) / 2);
    const boxes = frames.flatMap(boxesIn);
    const byKey = new Map(boxes.map((box) => [box.box.key, box]));
    const sideOf = (key: string): "left" | "right" => sides.get(byKey.get(key)?.frame.key ?? "") ?? "left";
    const lines = scene.lines.filter((line) => byKey.has(line.from) && byKey.has(line.to));
    const middle = (key: string): number => (byKey.get(key)?.y ?? 0) + BOX / 2;
    const rows = spread(
        lines.map((line) => (middle(line.from) + middle(line.to)) / 2),
        ROW,
        PAD + ROW / 2,
    );
    const ports = portsOf(
        lines.map((line, i) => ({ line, y: rows[i] ?? 0 })),
        byKey,
    );
    const bend = (width - 2 * w) * 0.11;
    const end = (line: Line, key: string): End => {
        const box = byKey.get(key);
        const side = sideOf(key);
        return { side, x: (box?.x ?? 0) + (side === "left" ? (box?.w ?? 0) : 0), y: ports.get(`${line.key} ${key}`) ?? middle(key) };
    };
    const placed = lines.map((line, i): PlacedLine => {
        const y = rows[i] ?? 0;
        const turned = sideOf(line.from) === "right" && sideOf(line.to) === "left";
        const [a, b] = turned ? [line.to, line.from] : [line.from, line.to];
        const path = pathOf(end(line, a), end(line, b), w + bend, width - w - bend, y);
        return { line, path, x: width / 2, y, room: width - 2 * w - 2 * bend, turned };
    });
    const attachments = scene.attachments.map(({ key, vpc, gateway }) => {
        const [a, b] = [byKey.get(vpc), byKey.get(gateway)].sort((p, q) => (p?.x ?? 0) - (q?.x ?? 0));
        const [x1, y1, x2, y2] = [(a?.x ?? 0) + (a?.w ?? 0), (a?.y ?? 0) + BOX / 2, b?.x ?? 0, (b?.y ?? 0) + BOX / 2];
        return { key, path: `M ${x1} ${y1} C ${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}` };
    });
    return { width, height: Math.max(tall, ...rows.map((y) => y + ROW)), frames, boxes, lines: placed, attachments };
}
