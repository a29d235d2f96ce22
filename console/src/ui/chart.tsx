// Curves over time. A pointer or the arrow keys read it, dragging zooms; a gap is a gap.
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { makePlot } from "./plot.ts";
import { useWidth } from "./size.ts";

export interface ChartProps {
    label: string;
    times: readonly number[];
    curves: readonly { name: string; values: readonly (number | null)[] }[];
    from: number;
    to: number;
    /** At the axis. */
    value: (value: number) => string;
    /** How high the axis is when all is zero. */
    least: number;
    /** At the axis. */
    moment: (seconds: number) => string;
    onZoom: (from: number, to: number) => void;
    /** The point that is looked at. */
    index: number | undefined;
    /** The one that is told of while none is looked at: the newest of which something is known. */
    newest: number;
    onIndex: (index: number | undefined) => void;
    /** What is there, in words. */
    said: string;
}

const HEIGHT = 190;

export function Chart(props: ChartProps) {
    const { ref, width } = useWidth<HTMLDivElement>();
    const latest = useRef(props);
    latest.current = props;
    const [plot, setPlot] = useState<uPlot>();
    const names = props.curves.map((curve) => curve.name).join("\n");
    const data = (): uPlot.AlignedData => [[...latest.current.times], ...latest.current.curves.map((curve) => [...curve.values])];
    const ready = width > 0;
    useEffect(() => {
        const target = ref.current;
        if (!target || !ready) return;
        let gone = false;
        let made: uPlot | undefined;
        const options = {
            width,
            height: HEIGHT,
            curves: latest.current.curves.map((curve) => curve.name),
            value: (value: number) => latest.current.value(value),
            moment: (seconds: number) => latest.current.moment(seconds),
            least: latest.current.least,
            span: () => latest.current,
            onZoom: (from: number, to: number) => latest.current.onZoom(from, to),
            onCursor: (index: number | undefined) => latest.current.onIndex(index),
        };
        void makePlot(target, options, data()).then((done) => {
            made = done;
            if (gone) return done.destroy();
            setPlot(done);
        });
        const theme = new MutationObserver(() => made?.redraw());
        theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "lang"] });
        return () => {
            gone = true;
            theme.disconnect();
            made?.destroy();
            setPlot(undefined);
        };
    }, [names, ready]);
    useEffect(() => plot?.setData(data()), [plot, props.times, props.curves, props.from, props.to]);
    useEffect(() => plot?.setSize({ width, height: HEIGHT }), [plot, width]);
    const last = Math.max(0, props.times.length - 1);
    const go = (to: number): void => {
        const at = Math.min(last, Math.max(0, to));
        plot?.setCursor({ left: plot.valToPos(props.times[at] ?? 0, "x"), top: 10 });
        props.onIndex(at);
    };
    const key = (event: KeyboardEvent): void => {
        const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10 }[event.key];
        const at = props.index ?? props.newest;
        if (step !== undefined) go(at + step);
        else if (event.key === "Home") go(0);
        else if (event.key === "End") go(props.newest);
        else return;
        event.preventDefault();
    };
    return (
        <div
            class="chart"
            ref={ref}
            style={{ minHeight: `${HEIGHT}px` }}
            tabIndex={0}
            role="slider"
            aria-label={props.label}
            aria-valuemin={0}
            aria-valuemax={last}
            aria-valuenow={props.index ?? props.newest}
            aria-valuetext={props.said}
            onKeyDown={key}
        />
    );
}
