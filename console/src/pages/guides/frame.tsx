// What the guides have alike: choosing first, then the run; the address holds both.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Who } from "../../live/session.ts";
import { go, type Route } from "../../route.ts";
import { t, type Word } from "../../words/words.ts";
import { newGuide } from "./fields.tsx";
import { isComplete, type Plan, type World } from "./plan.ts";
import { Run } from "./run.tsx";

/** What a guide is, over what is chosen in it. */
export interface Guide<Setup> {
    path: readonly string[];
    title: Word;
    /** What the names of its runs begin with. */
    prefix: string;
    decode: (text: string) => Setup | undefined;
    encode: (setup: Setup) => string;
    regions: (setup: Setup) => string[];
    plan: (setup: Setup, run: string, world: World) => Plan;
    /** Before it runs; start() runs what is chosen. */
    Choose: (props: { given: Setup | undefined; who: Who; onStart: (setup: Setup) => void }) => JSX.Element;
    /** When all is made. */
    Made: (props: { plan: Plan; world: World; setup: Setup; who: Who }) => ComponentChildren;
}

export function GuidePage<Setup>({ guide, route, who }: { guide: Guide<Setup>; route: Route; who: Who }) {
    const [started, setStarted] = useState("");
    const run = route.query.get("run") ?? "";
    const setup = guide.decode(route.query.get("s") ?? "");
    const { Choose, Made } = guide;
    const start = (chosen: Setup): void => {
        const name = newGuide(guide.prefix);
        setStarted(name);
        go(guide.path, { run: name, s: guide.encode(chosen) });
    };
    return (
        <>
            <header class="page">
                <h1>{t(guide.title)}</h1>
            </header>
            {run && setup ? (
                <Run
                    key={run}
                    who={who}
                    guide={run}
                    regions={guide.regions(setup)}
                    begin={started === run}
                    plan={(world) => guide.plan(setup, run, world)}
                    onUndone={() => go(guide.path, { s: guide.encode(setup) })}
                >
                    {(plan, runner) => isComplete(plan, runner) && <Made plan={plan} world={runner} setup={setup} who={who} />}
                </Run>
            ) : (
                <Choose given={setup} who={who} onStart={start} />
            )}
        </>
    );
}
