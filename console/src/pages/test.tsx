// Connectivity tests: one is started, followed as it runs, and those of the last hour are looked at again.
import { useEffect, useState } from "preact/hooks";
import { call, onAsked, Problem } from "../api/call.ts";
import { useBeat } from "../live/changes.ts";
import { useCollection, useLoaded, useNow } from "../live/hooks.ts";
import { mayChange, type Who } from "../live/session.ts";
import { setQuery, to } from "../route.ts";
import { Ago, Empty, Notice } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { language, t } from "../words/words.ts";
import type { PageProps } from "./list.tsx";
import { OutcomeOf } from "./outcome.tsx";
import { TrialForm } from "./trialform.tsx";
import { TrialResult } from "./trialresult.tsx";
import { sideName, type Trial } from "./trial.ts";
import { trialPath } from "./trialstream.ts";

const AGAIN_MS = 5000;

export function TestPage({ route, who }: PageProps) {
    const regions = useCollection("regions");
    const region = route.query.get("region") || (regions[0]?.id ?? "");
    const id = route.query.get("id") ?? "";
    return (
        <>
            <header class="page">
                <h1>{t("test.title")}</h1>
            </header>
            {region && <Tests key={region} region={region} id={id} query={route.query} who={who} />}
        </>
    );
}

interface TestsProps {
    region: string;
    id: string;
    query: URLSearchParams;
    who: Who;
}

function Tests({ region, id, query, who }: TestsProps) {
    const beat = useBeat(AGAIN_MS);
    const [asked, setAsked] = useState(0);
    useEffect(() => onAsked(({ method, path }) => method !== "GET" && path.includes("connectivityTests") && setAsked((n) => n + 1)), []);
    const loaded = useLoaded((signal) => call<{ items: Trial[] }>("GET", trialPath(region), { signal }), [region, beat, asked, language()]);
    const error = loaded.error instanceof Problem ? loaded.error : undefined;
    const missing = error?.status === 404;
    return (
        <>
            {missing ? (
                <Notice tone="warn">{t("test.missing")}</Notice>
            ) : mayChange(who, "connectivityTests") ? (
                <TrialForm region={region} query={query} />
            ) : (
                <Notice>{t("test.viewer")}</Notice>
            )}
            {error && !missing && <Notice tone="bad">{error.message}</Notice>}
            {id && !missing && <TrialResult key={id} region={region} id={id} who={who} />}
            {loaded.value && <Recent region={region} items={loaded.value.items} />}
        </>
    );
}

function Recent({ region, items }: { region: string; items: Trial[] }) {
    const now = useNow();
    return (
        <section>
            <h2>{t("test.recent")}</h2>
            <Table
                cards
                label={t("test.recent")}
                rows={items}
                rowKey={(trial) => trial.id}
                empty={<Empty title={t("empty.list")} />}
                columns={[
                    {
                        key: "kind",
                        title: t("test.kind"),
                        cell: (trial) => (
                            <a
                                class="name"
                                href={to(["test"], { region, id: trial.id })}
                                onClick={(e) => (e.preventDefault(), setQuery({ id: trial.id }))}
                            >
                                {t(`test.${trial.kind}`)}
                            </a>
                        ),
                    },
                    { key: "way", title: t("test.way"), cell: (trial) => `${sideName(trial.source)} → ${sideName(trial.destination)}` },
                    { key: "state", title: t("state"), cell: (trial) => <OutcomeOf trial={trial} /> },
                    { key: "message", title: t("test.means"), cell: (trial) => <span title={trial.message}>{trial.message}</span> },
                    { key: "at", title: t("created"), cell: (trial) => <Ago at={trial.createdAt} now={now} /> },
                ]}
            />
        </section>
    );
}
