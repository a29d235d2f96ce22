import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metrics } from "../src/api/types.ts";
import { chartsOf, comparison, evened, moved, newestKnown, piece, spanOf, spanQuery, statsOf } from "../src/pages/monitor-data.ts";
import { curveTitle, valueText } from "../src/pages/monitor-words.ts";

const series = (name: string, unit: string, ...points: [number, number | null][]): Metrics["series"][number] => ({
    name,
    unit,
    resolution: unit === "1/s" ? 300 : 10,
    points: points as number[][],
});

const span = (text: string) => spanOf(new URLSearchParams(text));

test("the address says which time is shown", () => {
    assert.deepEqual(span(""), { name: "1h", fixed: undefined });
    assert.equal(spanQuery(span("range=14d")), "from=-14d");
    assert.equal(spanQuery(span("range=nonsense")), "from=-1h");
    assert.equal(spanQuery(span("range=6h&from=1000&to=2000")), "from=1000&to=2000");
    assert.equal(span("from=2000&to=1000").fixed, undefined);
});

test("moving and zooming stay out of the future", () => {
    assert.deepEqual(moved(span("range=1h"), 100_000, -0.5, 1), { from: 94_600, to: 98_200 });
    assert.deepEqual(moved(span("from=94600&to=98200"), 98_900, 0.5, 1), { from: 95_300, to: 98_900 });
    assert.deepEqual(moved(span("from=1000&to=2000"), 99_999, 0, 0.5), { from: 1250, to: 1750 });
    assert.deepEqual(moved(span("from=1000&to=2000"), 99_999, 0, 2), { from: 500, to: 2500 });
    assert.deepEqual(piece(1000.4, 1010.2), { from: 975, to: 1036 });
});

test("series are put into charts, and what nobody planned for is shown as well", () => {
    const charts = chartsOf({
        from: 0,
        to: 30,
        step: 10,
        series: [
            series("bits-out", "bits/s", [0, 1], [10, null], [20, 3]),
            series("bits-in", "bits/s", [0, 5], [10, null], [20, 7]),
            series("drop-ttl", "packets/s", [0, 0], [10, 0], [20, 0]),
            series("drop-no-route", "packets/s", [0, 0], [10, 2], [20, 0]),
            series("rtt-microseconds", "microseconds", [0, 1], [10, 2], [20, 3]),
            series("warmth", "degrees", [0, 1], [10, 2], [20, 3]),
        ],
    });
    assert.deepEqual(
        charts.map((chart) => [chart.key, chart.curves.map((curve) => curve.name), chart.quiet]),
        [
            ["plain", ["bits-in", "bits-out"], 0],
            ["rtt", ["rtt-microseconds"], 0],
            ["reasons", ["drop-no-route"], 1],
            ["warmth", ["warmth"], 0],
        ],
    );
    assert.deepEqual(charts[0]?.curves[1]?.values, [1, null, 3]);
});

test("a private interface has a state and no keys", () => {
    const up = series("up", "ratio", [0, 1], [10, 0]);
    const groupOf = (...more: Metrics["series"]) => chartsOf({ from: 0, to: 20, step: 10, series: [up, ...more] })[0]?.group;
    assert.equal(groupOf(), "m.group.state");
    assert.equal(groupOf(series("rekeys", "1/s", [0, 0], [10, 0])), "m.group.ike");
});

test("rare events are spread over their five minutes, however short the steps are", () => {
    assert.deepEqual(evened([0, 100, 200, 300, 400, 600], [3, 0, 0, null, 2, null], 300), [1, 1, 1, null, 2, null]);
    assert.deepEqual(evened([0, 300, 600], [1, 2, null], 300), [1, 2, null]);
    const [rekeys] = chartsOf({ from: 0, to: 30, step: 10, series: [series("rekeys", "1/s", [0, 0.1], [10, 0], [20, 0.05])] });
    assert.ok(rekeys?.curves[0]?.values.every((value) => value !== null && Math.abs(value - 0.05) < 1e-9));
    assert.equal(chartsOf({ from: 0, to: 20, step: 10, series: [series("up", "ratio", [0, 1], [10, 0])] })[0]?.curves[0]?.values[1], 0);
});

test("what is compared is put upon the same times, and what is not known is a gap", () => {
    const [chart] = comparison([
        { name: "t1", metrics: { from: 0, to: 20, step: 10, series: [series("bits-in", "bits/s", [0, 1], [10, 2])] } },
        { name: "t2", metrics: { from: 10, to: 30, step: 10, series: [series("bits-in", "bits/s", [10, 3], [20, 4])] } },
    ]);
    assert.deepEqual(chart?.times, [0, 10, 20]);
    assert.deepEqual(
        chart?.curves.map((curve) => curve.values),
        [
            [1, 2, null],
            [null, 3, 4],
        ],
    );
});

test("figures count what is known, and say when that was", () => {
    assert.deepEqual(statsOf([0, 10, 20, 30], [1, null, 4, null]), { last: 4, lastAt: 20, average: 2.5, most: 4 });
    assert.deepEqual(statsOf([0], [null]), { last: null, lastAt: undefined, average: null, most: null });
});

test("figures have units that fit", () => {
    assert.equal(valueText(1_500_000, "bits/s"), "1.50 Mbit/s");
    assert.equal(valueText(0.0157, "seconds"), "15.7 ms");
    assert.equal(valueText(830, "microseconds"), "0.83 ms");
    assert.equal(valueText(1, "ratio"), "100 %");
    assert.equal(valueText(0.034, "ratio"), "3.4 %");
    assert.equal(valueText(null, "ratio"), "–");
    assert.equal(curveTitle("bits-in", new Map()), "Plain in");
    assert.equal(curveTitle("drop-no-route", new Map([["drop.no-route", "no route for the destination"]])), "no route for the destination");
    assert.equal(curveTitle("drop-new", new Map()), "drop-new");
});

test("what is still to come is not the newest", () => {
    const [chart] = chartsOf({ from: 0, to: 40, step: 10, series: [series("bits-in", "bit/s", [10, 1], [20, 0], [30, null], [40, null])] });
    assert.ok(chart);
    assert.equal(newestKnown(chart), 1);
    assert.equal(newestKnown({ ...chart, curves: [] }), 3);
});
