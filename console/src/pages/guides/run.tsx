// A guide that is being carried out: how far it is, and what can be done with it.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { useCollection, useFilled } from "../../live/hooks.ts";
import { mayChange, type Who } from "../../live/session.ts";
import { Busy, Button, Dialog, Notice } from "../../ui/parts.tsx";
import { t } from "../../words/words.ts";
import { kindTitle } from "../names.tsx";
import { isComplete, stateOfStep, toUndo, type Plan, type World } from "./plan.ts";
import { Runner } from "./runner.ts";
import { Exchange, Failed, isShown, Steps } from "./steps.tsx";

/** What guides look at: painted again when any of it changes. */
export function useAllThere(): void {
    useCollection("regions");
    useCollection("nodes");
    useCollection("vpcs");
    useCollection("subnets");
    useCollection("instances");
    useCollection("borderGateways");
    useCollection("borderGatewayRoutes");
    useCollection("vpcAttachments");
    useCollection("customerGateways");
    useCollection("vpnConnections");
    useCollection("vpnTunnels");
}

interface Props {
    who: Who;
    guide: string;
    regions: readonly string[];
    plan: (world: World) => Plan;
    /** Begins at once: the person has just said so. */
    begin: boolean;
    /** What stands above the steps, such as what came of them. */
    children: (plan: Plan, runner: Runner) => ComponentChildren;
    onUndone: () => void;
}

export function Run({ who, guide, regions, plan: planOf, begin, children, onUndone }: Props) {
    useAllThere();
    useFilled();
    const [, again] = useReducer((n: number) => n + 1, 0);
    const runner = useMemo(() => new Runner(guide, planOf, () => again(0)), [guide]);
    const [first = "", second = first] = regions;
    const filled = [useFilled(first), useFilled(second)].every(Boolean);
    useEffect(() => {
        if (begin && filled) void runner.start();
    }, [filled]);
    useEffect(() => () => runner.stop(), [runner]);
    // The form with the button that was pressed is gone.
    const told = useRef<HTMLParagraphElement>(null);
    useEffect(() => {
        if (begin) told.current?.focus();
    }, [filled]);
    if (!filled) return <Busy />;
    const plan = planOf(runner);
    const steps = plan.steps.filter((step) => isShown(plan, runner, step));
    const done = steps.filter((step) => stateOfStep(plan, runner, step) === "done").length;
    const complete = isComplete(plan, runner);
    const undo = async (): Promise<void> => {
        await runner.undo();
        if (!runner.failed && toUndo(guide, runner).length === 0) onUndone();
    };
    return (
        <>
            <div class="tools">
                <p class="grow" role="status" ref={told} tabIndex={-1}>
                    {t(complete ? "guide.complete" : runner.running ? "guide.running" : "guide.paused", { done, total: steps.length })}
                </p>
                <Controls who={who} runner={runner} complete={complete} undo={undo} />
            </div>
            <progress class="guide-progress" value={done} max={steps.length} aria-label={t("guide.progress")} />
            <Undoing runner={runner} plan={plan} undo={undo} />
            {children(plan, runner)}
            <Steps plan={plan} runner={runner} />
        </>
    );
}

function Controls({ who, runner, complete, undo }: { who: Who; runner: Runner; complete: boolean; undo: () => Promise<void> }) {
    const [asking, setAsking] = useState(false);
    const items = toUndo(runner.guide, runner);
    if (!mayChange(who, "vpnTunnels")) return <span class="faint">{t("guide.viewer")}</span>;
    return (
        <div class="actions">
            {runner.running ? (
                <Button icon="stop" onClick={() => runner.stop()}>
                    {t("guide.stop")}
                </Button>
            ) : (
                !complete && (
                    <Button kind="primary" icon="play" onClick={() => void runner.start()}>
                        {t("guide.continue")}
                    </Button>
                )
            )}
            <Button kind="danger" icon="trash" disabled={runner.running || items.length === 0} onClick={() => setAsking(true)}>
                {t("guide.undo")}
            </Button>
            {asking && (
                <Dialog title={t("guide.undo.title", { count: items.length })} onClose={() => setAsking(false)}>
                    <p>{t("guide.undo.text")}</p>
                    <ol class="guide-undo">
                        {items.map(({ collection, item }) => (
                            <li key={item.id}>
                                {kindTitle(collection)} <strong>{item.name}</strong> <span class="faint">{item.regionId}</span>
                            </li>
                        ))}
                    </ol>
                    <footer>
                        <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
                        <Button
                            kind="danger"
                            onClick={() => {
                                setAsking(false);
                                void undo();
                            }}
                        >
                            {t("guide.undo.do")}
                        </Button>
                    </footer>
                </Dialog>
            )}
        </div>
    );
}

/** What is being deleted, and what would not go. */
function Undoing({ runner, plan, undo }: { runner: Runner; plan: Plan; undo: () => Promise<void> }) {
    const parts = new Set(plan.steps.map((step) => step.part));
    const calls = [...runner.calls].filter(([part]) => !parts.has(part)).flatMap(([, asked]) => asked);
    const failure = runner.failed && !parts.has(runner.failed.part) ? runner.failed : undefined;
    return (
        <>
            {runner.undoing && <Notice tone="busy">{t("guide.undoing")}</Notice>}
            {failure && <Failed failure={failure} again={() => void undo()} />}
            {calls.map((asked, at) => (
                <Exchange key={at} asked={asked} />
            ))}
        </>
    );
}
