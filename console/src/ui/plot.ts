// uPlot with our colours and ways. It comes only when there is a chart to show.
import type uPlot from "uplot";

export interface PlotOptions {
    width: number;
    height: number;
    curves: readonly string[];
    value: (value: number) => string;
    moment: (seconds: number) => string;
    least: number;
    span: () => { from: number; to: number };
    onZoom: (from: number, to: number) => void;
    onCursor: (index: number | undefined) => void;
}

const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

/** Colours of curves; the second four are the first ones in other dashes. */
export const colourOf = (at: number): string => `--curve-${(at % 4) + 1}`;
export const dashOf = (at: number): number[] => dashes[(Math.floor(at / 4) * 2 + (at % 2)) % 4] ?? [];

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Moves a plot's pointers of all charts of a page together. */
const together = "page";

export async function makePlot(target: HTMLElement, options: PlotOptions, data: uPlot.AlignedData): Promise<uPlot> {
    const { default: Plot } = await import("uplot");
    const stepped = Plot.paths.stepped?.({ align: 1 });
    const axis = (rest: uPlot.Axis): uPlot.Axis => ({
        stroke: () => colour("--faint"),
        grid: { stroke: () => colour("--line"), width: 1 },
        ticks: { stroke: () => colour("--line"), width: 1 },
        font: "12px system-ui, sans-serif",
        ...rest,
    });
    const series = options.curves.map((label, at): uPlot.Series => ({
        label,
        stroke: () => colour(colourOf(at)),
        width: 1.6,
        dash: dashOf(at),
        ...(stepped && { paths: stepped }),
        points: { show: false },
    }));
    return new Plot(
        {
            width: options.width,
            height: options.height,
            legend: { show: false },
            cursor: { drag: { x: true, y: false, setScale: false }, sync: { key: together }, points: { size: 7 } },
            scales: {
                x: { time: true, range: () => [options.span().from, options.span().to] },
                y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : options.least] },
            },
            axes: [
                axis({ values: (_plot, splits) => splits.map(options.moment), space: 80 }),
                axis({ values: (_plot, splits) => splits.map(options.value), size: 80 }),
            ],
            series: [{}, ...series],
            hooks: {
                setCursor: [(plot) => options.onCursor(plot.cursor.idx ?? undefined)],
                setSelect: [
                    (plot) => {
                        const { left, width } = plot.select;
                        if (width < 4) return;
                        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
                        options.onZoom(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
                    },
                ],
            },
        },
        data,
        target,
    );
}
