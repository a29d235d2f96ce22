// Sends a test message of an alarm, and says what came of it.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import { useAttempt } from "../live/attempt.ts";
import type { Resource } from "../live/store.ts";
import { Badge, Button, Dialog, Notice } from "../ui/parts.tsx";
import { t } from "../words/words.ts";

interface Result {
    type: "webhook" | "mail";
    ok: boolean;
    text: string;
}

export function AlarmTest({ item }: { item: Resource }) {
    const { busy, problem, run, forget } = useAttempt();
    const [results, setResults] = useState<Result[]>();
    const send = async (): Promise<void> =>
        setResults((await call<{ results: Result[] }>("POST", `${pathOf(item.regionId ?? "", "alarms", item.id)}/test`)).results);
    const close = (): void => {
        setResults(undefined);
        forget();
    };
    return (
        <>
            <Button icon="play" busy={busy} onClick={() => void run(send)}>
                {t("alarm.test")}
            </Button>
            {(results || problem) && (
                <Dialog title={t("alarm.tested", { name: item.name })} onClose={close}>
                    {problem && <Notice tone="bad">{problem.message}</Notice>}
                    {results && <Results results={results} />}
                    <footer>
                        <Button kind="primary" onClick={close}>
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
