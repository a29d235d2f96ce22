// Sends a test message of an alarm, and says what came of it.
import { useState } from "preact/hooks";
import { call, pathOf, Problem } from "../api/call.ts";
import type { Resource } from "../live/store.ts";
import { Badge, Button, Dialog, Notice } from "../ui/parts.tsx";
import { t } from "../words/words.ts";

interface Result {
    type: "webhook" | "mail";
    ok: boolean;
    text: string;
}

type Outcome = { results: Result[] } | { problem: Problem };

export function AlarmTest({ item }: { item: Resource }) {
    const [busy, setBusy] = useState(false);
    const [outcome, setOutcome] = useState<Outcome>();
    const send = async (): Promise<void> => {
        setBusy(true);
        try {
            setOutcome(await call<{ results: Result[] }>("POST", `${pathOf(item.regionId ?? "", "alarms", item.id)}/test`));
        } catch (error) {
            if (error instanceof Problem) setOutcome({ problem: error });
        } finally {
            setBusy(false);
        }
    };
    return (
        <>
            <Button icon="play" busy={busy} onClick={() => void send()}>
                {t("alarm.test")}
            </Button>
            {outcome && (
                <Dialog title={t("alarm.tested", { name: item.name })} onClose={() => setOutcome(undefined)}>
                    {"problem" in outcome ? <Notice tone="bad">{outcome.problem.message}</Notice> : <Results results={outcome.results} />}
                    <footer>
                        <Button kind="primary" onClick={() => setOutcome(undefined)}>
                            {t("close")}
                        </Button>
                    </footer>
                </Dialog>
            )}
        </>
    );
}

function Results({ results }: { results: Result[] }) {
    if (results.length === 0) return <p>{t("alarm.nobody")}</p>;
    return (
        <ul class="plain">
            {results.map((result, at) => (
                <li key={at}>
                    <Badge tone={result.ok ? "ok" : "bad"}>{t(`alarm.by.${result.type}`)}</Badge> {result.text}
                </li>
            ))}
        </ul>
    );
}
