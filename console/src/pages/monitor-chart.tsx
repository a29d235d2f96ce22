// A chart with its figures in a table below: the colours' meaning, the last value, the average, the highest.
import { useState } from "preact/hooks";
import { Chart as Curves } from "../ui/chart.tsx";
import { colourOf, dashOf } from "../ui/plot.ts";
import { t } from "../words/words.ts";
import { newestKnown, statsOf, type Chart } from "./monitor-data.ts";
import { axisText, axisValue, curveTitle, leastOf, momentText, valueText } from "./monitor-words.ts";

export interface ChartCardProps {
    chart: Chart;
    from: number;
    to: number;
    step: number;
    reasons: ReadonlyMap<string, string>;
    onZoom: (from: number, to: number) => void;
}

export function ChartCard({ chart, from, to, step, reasons, onZoom }: ChartCardProps) {
    const [index, setIndex] = useState<number>();
    const title = t(chart.title, { name: chart.key });
    const newest = newestKnown(chart);
    const at = index ?? newest;
    const when = momentText(chart.times[at] ?? to, step);
    const text = (value: number | null): string => valueText(value, chart.unit);
    const titles = chart.curves.map((curve) => curveTitle(curve.name, reasons));
    const said = `${when}: ${chart.curves.map((curve, i) => `${titles[i]} ${text(curve.values[at] ?? null)}`).join(", ")}`;
    const known = chart.curves.some((curve) => curve.values.some((value) => value !== null));
    if (!known)
        return (
            <section class="card">
                <h3>{title}</h3>
                <p class="faint">{chart.curves.length === 0 ? t("m.quiet", { n: chart.quiet }) : t("m.nothing")}</p>
            </section>
        );
    return (
        <section class="card">
            <h3>{title}</h3>
            <Curves
                label={title}
                times={chart.times}
                curves={chart.curves}
                from={from}
                to={to}
                value={(value) => axisValue(value, chart.unit)}
                least={leastOf(chart.unit)}
                moment={(seconds) => axisText(seconds, from, to)}
                onZoom={onZoom}
                index={index}
                newest={newest}
                onIndex={setIndex}
                said={said}
            />
            <table class="figures">
                <thead>
                    <tr>
                        <th scope="col">{t("m.series")}</th>
                        <th scope="col">{index === undefined ? t("m.last") : when}</th>
                        <th scope="col">{t("m.average")}</th>
                        <th scope="col">{t("m.most")}</th>
                    </tr>
                </thead>
                <tbody>
                    {chart.curves.map((curve, i) => {
                        const stats = statsOf(chart.times, curve.values);
                        const now = index === undefined ? stats.last : (curve.values[index] ?? null);
                        const old = index === undefined && stats.lastAt !== undefined && to - stats.lastAt > 4 * step + 30;
                        return (
                            <tr key={curve.name}>
                                <th scope="row">
                                    <Swatch at={i} /> {titles[i]}
                                </th>
                                <td>
                                    {text(now)}
                                    {old && stats.lastAt !== undefined && <span class="faint"> ({momentText(stats.lastAt, step)})</span>}
                                </td>
                                <td>{text(stats.average)}</td>
                                <td>{text(stats.most)}</td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
            {chart.quiet > 0 && <p class="faint">{t("m.quiet", { n: chart.quiet })}</p>}
        </section>
    );
}

function Swatch({ at }: { at: number }) {
    return (
        <svg class="swatch" width="20" height="8" aria-hidden="true">
            <line x1="0" x2="20" y1="4" y2="4" style={{ stroke: `var(${colourOf(at)})` }} stroke-dasharray={dashOf(at).join(" ")} />
        </svg>
    );
}
