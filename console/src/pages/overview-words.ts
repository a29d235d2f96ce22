// What lines and boxes say of themselves.
import { stateOf, type StateTone } from "../live/state.ts";
import type { Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { age, quantity } from "../words/time.ts";
import { t, type Word } from "../words/words.ts";
import { pathOfResource } from "./names.tsx";
import { rankOf, toneOf, worseEnd, worstOf, type Counts } from "./overview-model.ts";
import type { Box, Flow, Frame, Line } from "./overview-scene.ts";

/** A shape for each state: colour is not all that tells them apart. */
export const marks: Record<StateTone, string> = { ok: "●", bad: "✕", warn: "▲", unknown: "?", busy: "◌", idle: "○" };

export const toneWord = (tone: StateTone): string => t(`tone.${tone}`);

/** "2 down, 38 up" */
export const countsText = (counts: Counts): string =>
    (Object.entries(counts) as [StateTone, number][])
        .sort(([a], [b]) => rankOf(a) - rankOf(b))
        .map(([tone, n]) => `${n} ${toneWord(tone)}`)
        .join(" · ");

/** Its state in a word; a connection without a tunnel has said so in its name. */
export const lineState = (line: Line): string => (line.joins.some((join) => join.tunnels.length) ? toneWord(line.tone) : "");

const isSingle = (line: Line): boolean => line.joins.length === 1 && (line.joins[0]?.tunnels.length ?? 0) > 0;

/** Reports come each ten seconds; older ones are said to be so. */
const FRESH_MS = 25_000;

export function lineName(line: Line, turned: boolean): string {
    const [join] = line.joins;
    if (!join) return "";
    if (isSingle(line)) {
        const names = [join.near?.name, join.far?.name].filter((name) => name !== undefined);
        return (turned ? names.reverse() : names).join(" ⇄ ");
    }
    const connections = new Set(line.joins.flatMap((j) => j.connections));
    const counts = countsText(line.counts) || t("net.no.tunnel");
    if (connections.size > 2) return `${t("net.many", { what: t("c.vpnConnections"), n: connections.size })} · ${counts}`;
    const names = [...connections].map((connection) => connection.name);
    return `${(turned ? names.reverse() : names).join(" ⇄ ")} · ${counts}`;
}

/** What goes along it now, and when something came last. */
export function flowText(line: Line, flow: Flow | undefined, now: number): string {
    if (line.joins.every((join) => join.tunnels.length === 0)) return "";
    if (!flow) return worstOf(line.joins.flatMap((join) => join.tunnels.map(toneOf))) === "ok" ? t("net.measuring") : "";
    const rates = `→ ${quantity(flow.there, "bit/s")}  ← ${quantity(flow.back, "bit/s")}`;
    const last = flow.lastPacketAt ? t("net.last", { age: age(now - flow.lastPacketAt) }) : t("net.silent");
    const old = now - flow.at > FRESH_MS ? ` · ${t("net.old", { age: age(now - flow.at) })}` : "";
    return `${rates} · ${last}${old}`;
}

/** A sentence, if its worse end has one. */
export function lineWhy(line: Line): string {
    const end = worseEnd(line.joins.flatMap((join) => join.tunnels));
    const why = end?.["lastError"];
    return typeof why === "string" ? why : "";
}

/** Where a line leads: what it stands for, and if that is broken, why. */
export function lineHref(line: Line): string {
    const [join] = line.joins;
    const region = join?.from.regionId ?? "";
    if (isSingle(line) && join) {
        const end = worseEnd(join.tunnels);
        const log = line.tone === "ok" || line.tone === "idle" ? [] : ["log"];
        return to(pathOfResource("vpnTunnels", end?.regionId ?? "", end?.id ?? "", ...log));
    }
    const connections = new Set(line.joins.flatMap((j) => j.connections));
    const [connection] = connections;
    if (connection && connections.size <= 2) return to(pathOfResource("vpnConnections", connection.regionId, connection.id));
    return to(["vpnTunnels"], { region, sort: "state" });
}

const isOnline = (node: Resource): boolean => stateOf("nodes", node)?.tone === "ok";

export function boxTitle(box: Box, frame: Frame): string {
    const [item] = box.items;
    if (box.kind === "more") return t("net.more", { n: box.key.startsWith("more vpcs") ? frame.hidden.vpcs : frame.hidden.nodes });
    if (box.items.length === 1) return item?.name ?? "";
    if (box.kind === "node") return t("tile.online", { n: box.items.filter(isOnline).length, total: box.items.length });
    return t("net.many", { n: box.items.length, what: kindWord(box.kind) });
}

const collections: Record<Box["kind"], string> = {
    vpc: "vpcs",
    gateway: "borderGateways",
    node: "nodes",
    outside: "customerGateways",
    more: "",
};

export function boxHref(box: Box, frame: Frame): string {
    const [item] = box.items;
    if (box.kind === "more") return to([box.key.startsWith("more vpcs") ? "vpcs" : "nodes"], { region: frame.of });
    if (box.items.length > 1 || !item) return to([collections[box.kind]], { region: frame.of });
    return to(pathOfResource(collections[box.kind], item.regionId ?? "", item.id));
}

export const kindWord = (kind: Box["kind"]): string => (kind === "more" ? "" : t(`c.${collections[kind]}` as Word));
