// How it went: charts of what the control plane has kept, for as long as is asked, up to now or of a piece of the past.
import { useMemo } from "preact/hooks";
import { call, pathOf, Problem } from "../api/call.ts";
import type { Metrics } from "../api/types.ts";
import { useCollection, useLoaded, useNow } from "../live/hooks.ts";
import type { Resource } from "../live/store.ts";
import { setQuery, useRoute } from "../route.ts";
import { Ago, Busy, Button, Notice } from "../ui/parts.tsx";
import { t, type Word } from "../words/words.ts";
import { ChartCard } from "./monitor-chart.tsx";
import { chartsOf, compared, comparison, moved, piece, ranges, spanOf, spanQuery, type Chart, type Span } from "./monitor-data.ts";
import { momentText } from "./monitor-words.ts";
import type { PartProps } from "./part.ts";

const EVERY_MS = 10_000;
/** As many as can be told apart. */
const MOST_COMPARED = 8;

/** What a thing is the sum of: these can be compared. */
const partsOf: Record<string, { collection: string; field: string; title: Word }> = {
    vpnConnections: { collection: "vpnTunnels", field: "vpnConnectionId", title: "m.compare.tunnels" },
    borderGateways: { collection: "vpnConnections", field: "borderGatewayId", title: "m.compare.connections" },
};

interface History {
    charts: Chart[];
    from: number;
    to: number;
    step: number;
}

const ask = (region: string, collection: string, id: string, query: string, signal: AbortSignal): Promise<Metrics> =>
    call<Metrics>("GET", `${pathOf(region, collection, id)}/metrics?${query}`, { signal });

async function load(
    props: PartProps,
    span: Span,
    parts: readonly Resource[] | undefined,
    signal: AbortSignal,
): Promise<History | undefined> {
    const { region, kind, item } = props;
    if (!parts) {
        const metrics = await ask(region, kind.collection, item.id, spanQuery(span), signal);
        return { ...metrics, charts: chartsOf(metrics) };
    }
    const collection = partsOf[kind.collection]?.collection ?? "";
    const query = `${spanQuery(span)}&names=${compared.join()}`;
    const answers = await Promise.all(
        parts.map(async (part) => ({ name: part.name, metrics: await ask(region, collection, part.id, query, signal) })),
    );
    const [first] = answers;
    return first && { ...first.metrics, charts: comparison(answers) };
}

/** Why packets are dropped, in the reader's language, once there is a reason to be named. */
function useReasons(needed: boolean): ReadonlyMap<string, string> {
    const loaded = useLoaded(
        async (signal) => {
            if (!needed) return [];
            const { items } = await call<{ items: { code: string; text: string }[] }>("GET", "/v1/messages", { signal });
            return items.filter((item) => item.code.startsWith("drop."));
        },
        [needed],
    );
    return useMemo(() => new Map((loaded.value ?? []).map((item) => [item.code, item.text])), [loaded.value]);
}

export function MonitorPart(props: PartProps) {
    const { query } = useRoute();
    const span = spanOf(query);
    const now = useNow();
    const round = useNow(EVERY_MS);
    const { collection, id } = { collection: props.kind.collection, id: props.item.id };
    const inner = partsOf[collection];
    const all = useCollection(inner?.collection ?? "");
    const comparing = Boolean(inner) && query.get("compare") === "1";
    const inside = comparing ? all.filter((one) => one[inner?.field ?? ""] === id && one.regionId === props.region) : undefined;
    const parts = inside?.slice(0, MOST_COMPARED);
    const who = parts?.map((part) => part.id).join();
    const moving = !span.fixed || span.fixed.to > round / 1000 - 60;
    const asked = spanQuery(span);
    const loaded = useLoaded((signal) => load(props, span, parts, signal), [collection, id, asked, who, moving && round]);
    const history = loaded.value;
    const reasons = useReasons(history?.charts.some((chart) => chart.key === "reasons" && chart.curves.length > 0) ?? false);
    const zoom = (from: number, to: number): void => setQuery({ ...numbers(piece(from, to)) });
    const csv = `${pathOf(props.region, collection, id)}/metrics?${asked}&format=csv`;
    return (
        <>
            <div class="tools">
                <RangeTools span={span} now={now} />
                <span class="grow" />
                {inner && (
                    <Button aria-pressed={comparing} onClick={() => setQuery({ compare: comparing ? undefined : "1" })}>
                        {t(inner.title)}
                    </Button>
                )}
                <a class="button" href={csv} download={`${props.item.name}.csv`}>
                    CSV
                </a>
            </div>
            {loaded.error instanceof Problem && (!history || loaded.error.status !== 0) && (
                <Notice tone="bad">{loaded.error.message}</Notice>
            )}
            {!history && !loaded.error && (loaded.at ? <p class="faint">{t("m.none")}</p> : <Busy />)}
            {history && (
                <p class="faint">
                    {momentText(history.from, history.step)} – {momentText(history.to, history.step)} ·{" "}
                    {t("m.step", { n: stepText(history.step) })} · <Ago at={loaded.at} now={now} />
                </p>
            )}
            {inside && inside.length > MOST_COMPARED && <p class="faint">{t("m.left", { n: inside.length - MOST_COMPARED })}</p>}
            {history && <Charts history={history} reasons={reasons} onZoom={zoom} />}
        </>
    );
}

const numbers = ({ from, to }: { from: number; to: number }) => ({ from: String(from), to: String(to) });

const stepText = (step: number): string =>
    step < 60
        ? t("m.seconds", { n: step })
        : step < 3600
          ? t("m.minutes", { n: step / 60 })
          : step < 86400
            ? t("m.hours", { n: step / 3600 })
            : t("m.days", { n: step / 86400 });

function RangeTools({ span, now }: { span: Span; now: number }) {
    const move = (share: number, grow: number): void => setQuery(numbers(moved(span, Math.floor(now / 1000), share, grow)));
    return (
        <>
            <div class="choice ranges" role="group" aria-label={t("m.range")}>
                {(Object.keys(ranges) as (keyof typeof ranges)[]).map((name) => (
                    <button
                        key={name}
                        type="button"
                        aria-pressed={!span.fixed && span.name === name}
                        onClick={() => setQuery({ range: name, from: undefined, to: undefined })}
                    >
                        {t(`m.range.${name}`)}
                    </button>
                ))}
            </div>
            <Button kind="quiet" icon="left" label={t("m.earlier")} onClick={() => move(-0.5, 1)} />
            <Button kind="quiet" icon="right" label={t("m.later")} disabled={!span.fixed} onClick={() => move(0.5, 1)} />
            <Button kind="quiet" icon="add" label={t("m.in")} onClick={() => move(0, 0.5)} />
            <Button kind="quiet" icon="less" label={t("m.out")} onClick={() => move(0, 2)} />
            {span.fixed && <Button onClick={() => setQuery({ from: undefined, to: undefined })}>{t("m.to.now")}</Button>}
        </>
    );
}

function Charts({
    history,
    reasons,
    onZoom,
}: {
    history: History;
    reasons: ReadonlyMap<string, string>;
    onZoom: (from: number, to: number) => void;
}) {
    const groups = [...new Set(history.charts.map((chart) => chart.group))];
    return (
        <>
            {groups.map((group) => (
                <section key={group} aria-label={t(group)}>
                    <h2>{t(group)}</h2>
                    <div class="charts">
                        {history.charts
                            .filter((chart) => chart.group === group)
                            .map((chart) => (
                                <ChartCard
                                    key={chart.key}
                                    chart={chart}
                                    from={history.from}
                                    to={history.to}
                                    step={history.step}
                                    reasons={reasons}
                                    onZoom={onZoom}
                                />
                            ))}
                    </div>
                </section>
            ))}
        </>
    );
}
