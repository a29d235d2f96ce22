// Beside the picture: what cannot be served, what has happened, and what is nearly full.
import type { ComponentChildren } from "preact";
import { Problem } from "../api/call.ts";
import type { QuotaUse, RegionProblem } from "../api/types.ts";
import { useCollection, useLoaded, useNow, type Loaded } from "../live/hooks.ts";
import { hasKind } from "../forms/schema.ts";
import { keyOf, type Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { Ago, Badge, Notice, type Tone } from "../ui/parts.tsx";
import { language, t } from "../words/words.ts";
import { ofRegions } from "./overview-ask.ts";
import { pathOfResource, Ref, titleOf } from "./names.tsx";
import { nearLimits, toneOf } from "./overview-quota.ts";

const EVERY_MS = 30_000;
const NEWEST = 12;

export function Panel({ title, at, now, children }: { title: string; at?: number; now: number; children: ComponentChildren }) {
    return (
        <section class="card panel">
            <h2>
                {title}
                {at ? (
                    <span class="count">
                        <Ago at={at} now={now} />
                    </span>
                ) : null}
            </h2>
            {children}
        </section>
    );
}

export const failure = (loaded: Loaded<unknown>): ComponentChildren =>
    loaded.error instanceof Problem ? <Notice tone="warn">{loaded.error.message}</Notice> : null;

export const severityTone = (severity: unknown): Tone =>
    severity === "error" || severity === "critical" ? "bad" : severity === "warning" ? "warn" : "idle";

export function Problems({ regions, now }: { regions: readonly string[]; now: number }) {
    const round = useNow(EVERY_MS);
    const loaded = useLoaded((signal) => ofRegions<RegionProblem>(regions, "problems", signal), [regions.join(), round, language()]);
    const problems = loaded.value ?? [];
    return (
        <Panel title={t("problems.title")} at={loaded.at} now={now}>
            {failure(loaded)}
            {loaded.at > 0 && !loaded.error && problems.length === 0 && <p class="faint">{t("problems.none")}</p>}
            <ul>
                {problems.map((problem) => (
                    <li key={`${problem.regionId} ${problem.id} ${problem.error}`}>
                        <Ref region={problem.regionId} id={problem.id} /> {problem.error}
                    </li>
                ))}
            </ul>
        </Panel>
    );
}

/** The alarms that warn now; nothing at all where the control plane has no alarms. */
export function Alarms({ regions, now }: { regions: readonly string[]; now: number }) {
    const all = useCollection("alarms");
    if (!hasKind("alarms")) return null;
    const warning = all.filter((alarm) => alarm["alarmState"] === "alarm" && regions.includes(alarm.regionId ?? ""));
    return (
        <Panel title={t("c.alarms")} now={now}>
            {warning.length === 0 && <p class="faint">{t("alarms.none")}</p>}
            <ul>
                {warning.slice(0, NEWEST).map((alarm) => (
                    <li key={keyOf(alarm.regionId ?? "", alarm.id)}>
                        <Badge tone={severityTone(alarm["severity"])}>
                            <Ago at={typeof alarm["alarmSince"] === "string" ? alarm["alarmSince"] : undefined} now={now} />
                        </Badge>{" "}
                        <a href={to(pathOfResource("alarms", alarm.regionId ?? "", alarm.id))}>{titleOf("alarms", alarm)}</a>{" "}
                        <Members alarm={alarm} />
                    </li>
                ))}
            </ul>
        </Panel>
    );
}

/** What it warns of. */
function Members({ alarm }: { alarm: Resource }) {
    const members = Array.isArray(alarm["alarmMembers"]) ? (alarm["alarmMembers"] as unknown[]).map(String) : [];
    const count = typeof alarm["alarmCount"] === "number" ? alarm["alarmCount"] : members.length;
    const shown = members.slice(0, 4);
    return (
        <>
            {shown.map((id) => (
                <span key={id}>
                    <Ref region={alarm.regionId ?? ""} id={id} />{" "}
                </span>
            ))}
            {count > shown.length && <span class="faint">{t("net.more", { n: count - shown.length })}</span>}
        </>
    );
}

export function Quotas({ regions, now }: { regions: readonly string[]; now: number }) {
    const round = useNow(EVERY_MS);
    const loaded = useLoaded((signal) => ofRegions<QuotaUse>(regions, "quotas", signal), [regions.join(), round, language()]);
    const uses = nearLimits(loaded.value ?? []);
    return (
        <Panel title={t("quota.title")} at={loaded.at} now={now}>
            {failure(loaded)}
            {loaded.at > 0 && !loaded.error && uses.length === 0 && <p class="faint">{t("quota.none")}</p>}
            <ul>
                {uses.slice(0, NEWEST).map((use) => (
                    <li key={`${use.regionId} ${use.name}`}>
                        <Badge tone={toneOf(use)}>{t("quota.use", { used: use.used, limit: use.limit })}</Badge> {use.description}:{" "}
                        {use.resourceId ? (
                            <Ref region={use.regionId} id={use.resourceId} />
                        ) : (
                            <a href={to(pathOfResource("regions", use.regionId, use.regionId, "quotas"))}>{use.regionId}</a>
                        )}
                    </li>
                ))}
            </ul>
        </Panel>
    );
}
