// Beside the picture: what cannot be served, what has happened, and what is nearly full.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { call, pathOf, Problem } from "../api/call.ts";
import type { RegionProblem } from "../api/types.ts";
import { useCollection, useLoaded, useNow, type Loaded } from "../live/hooks.ts";
import { store, type Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { Ago, Badge, Notice, type Tone } from "../ui/parts.tsx";
import { t, type Word } from "../words/words.ts";
import { pathOfResource, Ref } from "./names.tsx";
import { nearLimits, quotas } from "./overview-quota.ts";

const EVERY_MS = 30_000;
const NEWEST = 12;

function Panel({ title, at, now, children }: { title: string; at?: number; now: number; children: ComponentChildren }) {
    return (
        <section class="card panel">
            <h2>
                {title}
                {at ? (
                    <span class="count">
                        <Asked at={at} now={now} />
                    </span>
                ) : null}
            </h2>
            {children}
        </section>
    );
}

function Asked({ at, now }: { at: number; now: number }) {
    return <Ago at={at} now={now} />;
}

const failure = (loaded: Loaded<unknown>): ComponentChildren =>
    loaded.error instanceof Problem ? <Notice tone="warn">{loaded.error.message}</Notice> : null;

/** What each region lists; undefined where it has no such collection. */
async function ofRegions<T>(
    regions: readonly string[],
    collection: string,
    signal: AbortSignal,
): Promise<(T & { regionId: string })[] | undefined> {
    const answers = await Promise.all(
        regions.map(async (region) => {
            try {
                const { items } = await call<{ items: T[] }>("GET", `${pathOf(region, collection)}`, { signal });
                return items.map((item) => ({ ...item, regionId: region }));
            } catch (error) {
                if (error instanceof Problem && error.status === 404) return undefined;
                throw error;
            }
        }),
    );
    return answers.every((answer) => answer === undefined) ? undefined : answers.flatMap((answer) => answer ?? []);
}

export function Problems({ regions, now }: { regions: readonly string[]; now: number }) {
    const round = useNow(EVERY_MS);
    const loaded = useLoaded((signal) => ofRegions<RegionProblem>(regions, "problems", signal), [regions.join(), round]);
    const problems = loaded.value ?? [];
    return (
        <Panel title={t("problems.title")} at={loaded.at} now={now}>
            {failure(loaded)}
            {loaded.at > 0 && problems.length === 0 && <p class="faint">{t("problems.none")}</p>}
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

interface Happened {
    id: string;
    at?: string;
    since?: string;
    severity?: string;
    text?: string;
    message?: string;
    resource?: { collection: string; id: string; name: string };
    regionId: string;
}

const severities: Record<string, Tone> = { error: "bad", critical: "bad", warning: "warn", info: "idle" };

/** The newest events, or the alarms there are; nothing at all where the control plane keeps none. */
export function Happenings({ collection, regions, now }: { collection: "alarms" | "events"; regions: readonly string[]; now: number }) {
    const round = useNow(EVERY_MS);
    const told = useCollection(collection).length;
    const [kept, setKept] = useState(true); // who has none is not asked again
    const loaded = useLoaded(
        async (signal) => {
            const items = kept ? await ofRegions<Happened>(regions, collection, signal) : undefined;
            if (!items) setKept(false);
            return items;
        },
        [regions.join(), kept && round, told],
    );
    if (!loaded.value) return null;
    const when = (item: Happened): string => item.at ?? item.since ?? "";
    const items = [...loaded.value].sort((a, b) => when(b).localeCompare(when(a))).slice(0, NEWEST);
    return (
        <Panel title={t(`c.${collection}`)} at={loaded.at} now={now}>
            {failure(loaded)}
            {items.length === 0 && <p class="faint">{t(collection === "events" ? "events.none" : "alarms.none")}</p>}
            <ul>
                {items.map((item) => (
                    <li key={`${item.regionId} ${item.id}`}>
                        <Badge tone={severities[item.severity ?? ""] ?? "idle"}>
                            <Ago at={when(item)} now={now} />
                        </Badge>{" "}
                        {item.resource && (
                            <a href={to(pathOfResource(item.resource.collection, item.regionId, item.resource.id))}>{item.resource.name}</a>
                        )}{" "}
                        {item.text ?? item.message}
                    </li>
                ))}
            </ul>
        </Panel>
    );
}

export function Quotas({ regions, now }: { regions: readonly Resource[]; now: number }) {
    for (const counted of Object.values(quotas)) useCollection(counted.collection);
    const ids = new Set(regions.map((region) => region.id));
    const uses = nearLimits(regions, (collection) => store.all(collection)).filter(
        (use) => ids.has(use.owner.regionId ?? "") || ids.has(use.owner.id),
    );
    return (
        <Panel title={t("quota.title")} now={now}>
            {uses.length === 0 && <p class="faint">{t("quota.none")}</p>}
            <ul>
                {uses.slice(0, NEWEST).map((use) => (
                    <li key={use.key}>
                        <Badge tone={use.used >= use.limit ? "bad" : "warn"}>{t("quota.use", { used: use.used, limit: use.limit })}</Badge>{" "}
                        {t(`quota.${use.quota}` as Word)}:{" "}
                        <a href={to(pathOfResource(use.ownerCollection, use.owner.regionId ?? "", use.owner.id))}>{use.owner.name}</a>
                    </li>
                ))}
            </ul>
        </Panel>
    );
}
