// A connectivity test as it runs: its lines, and what they mean.
import { useState } from "preact/hooks";
import { call } from "../api/call.ts";
import { mayChange, type Who } from "../live/session.ts";
import { to } from "../route.ts";
import { Busy, Button, Notice } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { orSay } from "./orsay.ts";
import { OutcomeOf, outcomeTone } from "./outcome.tsx";
import { Said } from "./said.tsx";
import { lineOf, sideName, type Trial, type TrialRow } from "./trial.ts";
import { trialPath, useTrial } from "./trialstream.ts";

export function TrialResult({ region, id, who }: { region: string; id: string; who: Who }) {
    const { trial, rows, problem, broken } = useTrial(region, id);
    const [stopping, setStopping] = useState(false);
    const stop = async (): Promise<void> => {
        setStopping(true);
        await orSay(() => call("DELETE", trialPath(region, id)));
    };
    if (problem) return <Notice tone="bad">{problem.message}</Notice>;
    if (!trial) return <Busy />;
    const running = trial.status !== "ended";
    return (
        <section class="card" aria-label={t("test.result")}>
            <div class="tools">
                <h2 class="grow">
                    {t(`test.${trial.kind}`)}: {sideName(trial.source)} → {sideName(trial.destination)}
                </h2>
                <OutcomeOf trial={trial} />
                {running && mayChange(who, "connectivityTests") && (
                    <Button icon="stop" busy={stopping} onClick={() => void stop()}>
                        {t("test.stop")}
                    </Button>
                )}
            </div>
            {broken && running && <Notice tone="warn">{t("test.broken")}</Notice>}
            <Lines rows={rows} />
            <div role="status">{!running && <Means trial={trial} region={region} />}</div>
        </section>
    );
}

function Means({ trial, region }: { trial: Trial; region: string }) {
    const explain = trial.outcome === "failed" && trial.source.instance && trial.destination.address;
    return (
        <Notice tone={outcomeTone(trial)} title={t("test.means")}>
            <Said region={region} text={trial.message ?? ""} />
            {explain && (
                <p>
                    <a href={to(["explain"], { region, from: trial.source.instance, to: trial.destination.address })}>
                        {t("explain.title")}
                    </a>
                </p>
            )}
        </Notice>
    );
}

function Lines({ rows }: { rows: TrialRow[] }) {
    const lines = rows.flatMap((row) => lineOf(row) ?? []);
    if (lines.length === 0) return null;
    return (
        <table class="lines">
            <thead class="unseen">
                <tr>
                    <th>{t("trial.number")}</th>
                    <th>{t("trial.answer")}</th>
                    <th>{t("trial.figure")}</th>
                </tr>
            </thead>
            <tbody>
                {lines.map((line, at) => (
                    <tr key={at} class={line.tone}>
                        <td>{line.label}</td>
                        <td>{line.text}</td>
                        <td class="number">{line.figure}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}
