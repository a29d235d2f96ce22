// What came of a connectivity test, as a badge.
import { Badge, type Tone } from "../ui/parts.tsx";
import { t, type Word } from "../words/words.ts";
import type { Trial } from "./trial.ts";

export const outcomeTone = (trial: Trial): Tone =>
    trial.status !== "ended" ? "busy" : trial.outcome === "passed" ? "ok" : trial.outcome === "failed" ? "bad" : "idle";

export function OutcomeOf({ trial }: { trial: Trial }) {
    const word = trial.status === "ended" ? trial.outcome || "stopped" : trial.status;
    return <Badge tone={outcomeTone(trial)}>{t(`trial.is.${word}` as Word)}</Badge>;
}
