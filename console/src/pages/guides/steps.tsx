// The steps of a guide as they are carried out: what is asked, what is answered, and what became of it.
import type { Asked } from "../../api/call.ts";
import { pendingOf } from "../../live/state.ts";
import type { Resource } from "../../live/store.ts";
import { Badge, Button, Notice, type Tone } from "../../ui/parts.tsx";
import { t, type Word } from "../../words/words.ts";
import { Pending, Ref, StateBadge } from "../names.tsx";
import { itemOf, preview, stateOfStep, withoutSecrets, type Plan, type Planned, type Step, type World } from "./plan.ts";
import type { Failure, Runner } from "./runner.ts";

type Shown = "done" | "active" | "failed" | "waiting";

const tones: Record<Shown, Tone> = { done: "ok", active: "busy", failed: "bad", waiting: "idle" };

function shownOf(plan: Plan, runner: Runner, step: Step): Shown {
    if (runner.failed?.part === step.part) return "failed";
    if (runner.active === step.part) return "active";
    return stateOfStep(plan, runner, step) === "done" ? "done" : "waiting";
}

export const isShown = (plan: Plan, runner: Runner, step: Step): boolean =>
    !step.quiet || runner.calls.has(step.part) || stateOfStep(plan, runner, step) === "ready";

export function Steps({ plan, runner }: { plan: Plan; runner: Runner }) {
    return (
        <ol class="guide-steps">
            {plan.steps
                .filter((step) => isShown(plan, runner, step))
                .map((step) => (
                    <StepRow key={step.part} plan={plan} runner={runner} step={step} />
                ))}
        </ol>
    );
}

function StepRow({ plan, runner, step }: { plan: Plan; runner: Runner; step: Step }) {
    const shown = shownOf(plan, runner, step);
    const item = itemOf(plan, runner, step.changes?.part ?? step.part);
    const calls = runner.calls.get(step.part) ?? [];
    return (
        <li class={shown} aria-current={shown === "active" ? "step" : undefined}>
            <div class="guide-step">
                <Badge tone={tones[shown]}>{t(`guide.step.${shown}`)}</Badge>
                <span class="grow">
                    {t(step.title)} <span class="faint">{step.region}</span>
                </span>
                {item && (shown === "done" || step.changes) && <Outcome item={item} step={step} />}
            </div>
            {runner.failed?.part === step.part && <Failed failure={runner.failed} again={() => void runner.start()} />}
            {calls.map((asked, at) => (
                <Exchange key={at} asked={asked} />
            ))}
        </li>
    );
}

/** The thing itself, what it does, and whether the nodes have carried it out. */
function Outcome({ item, step }: { item: Resource; step: Step }) {
    const isTunnel = step.collection === "vpnTunnels";
    return (
        <span class="guide-outcome">
            <Ref region={item.regionId ?? ""} id={item.id} />
            {isTunnel && <StateBadge collection="vpnTunnels" item={item} />}
            {!isTunnel && pendingOf(item) !== undefined && <Pending item={item} />}
        </span>
    );
}

const hints: Record<string, Word> = {
    "change.quota": "guide.hint.quota",
    "change.pools-empty": "guide.hint.pools",
    "access.role": "guide.hint.role",
    "access.region": "guide.hint.role",
    "request.key-reused": "guide.hint.elsewhere",
};

export function hintOf(failure: Failure): Word {
    const { problem } = failure;
    if (problem.status === 0) return problem.body.title === "late" ? "guide.hint.late" : "guide.hint.unreachable";
    if (problem.status === 404) return "guide.hint.gone";
    return hints[problem.code ?? ""] ?? "guide.hint.other";
}

export function Failed({ failure, again }: { failure: Failure; again: () => void }) {
    const { problem } = failure;
    const why = problem.status === 0 ? (problem.body.detail ?? "") : problem.message;
    return (
        <Notice tone="bad" title={t("guide.failed")}>
            {why && <p>{why}</p>}
            <p>{t(hintOf(failure))}</p>
            <Button icon="refresh" onClick={again}>
                {t("guide.again")}
            </Button>
        </Notice>
    );
}

const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** One call: the line, and what was sent and answered on demand. */
export function Exchange({ asked }: { asked: Asked }) {
    return (
        <details class="exchange">
            <summary>
                <code>
                    {asked.method} {asked.path}
                </code>{" "}
                <span class={asked.problem ? "error" : "faint"}>{asked.status || t("unreachable")}</span>
            </summary>
            {asked.body !== undefined && (
                <>
                    <h3>{t("guide.sent")}</h3>
                    <pre>{json(asked.body)}</pre>
                </>
            )}
            {(asked.answer !== undefined || asked.problem) && (
                <>
                    <h3>{t("guide.answered")}</h3>
                    <pre>{json(asked.answer ?? asked.problem?.body)}</pre>
                </>
            )}
        </details>
    );
}

export function PlannedCall({ planned }: { planned: Planned }) {
    return (
        <details class="exchange">
            <summary>
                <code>
                    {planned.method} {planned.path}
                </code>
            </summary>
            <pre>{json(withoutSecrets(planned.body))}</pre>
        </details>
    );
}

/** All that will be asked, before anything is. */
export function Preview({ plan, world }: { plan: Plan; world: World }) {
    const steps = plan.steps.filter((step) => !step.quiet);
    return (
        <details class="card">
            <summary>{t("guide.preview", { count: steps.length })}</summary>
            <ol class="guide-steps">
                {steps.map((step) => (
                    <li key={step.part}>
                        <div class="guide-step">
                            {t(step.title)} <span class="faint">{step.region}</span>
                        </div>
                        <PlannedCall planned={preview(plan, world, step)} />
                    </li>
                ))}
            </ol>
        </details>
    );
}
