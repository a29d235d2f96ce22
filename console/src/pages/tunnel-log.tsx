// How the tunnel negotiated, line by line, the newest first; read again whenever the tunnel says something new.
import { call, pathOf, Problem } from "../api/call.ts";
import { useLoaded, useNow } from "../live/hooks.ts";
import { setQuery, useRoute } from "../route.ts";
import { Ago, Badge, Busy, Button, Empty, Notice } from "../ui/parts.tsx";
import { Search } from "../ui/search.tsx";
import { dateTime } from "../words/time.ts";
import { locale, t } from "../words/words.ts";
import { hintOf } from "../words/hints.ts";
import type { PartProps } from "./part.ts";
import { lineTone, shownLines, type LogLine } from "./tunnel-lines.ts";

const EVERY_MS = 10_000;

/** To the millisecond: what came first matters. */
const exactly = (at: string): string =>
    new Date(at).toLocaleTimeString(locale(), {
        hour12: false,
        fractionalSecondDigits: 3,
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
    });

export function LogPart({ item, region }: PartProps) {
    const { query } = useRoute();
    const now = useNow();
    const round = useNow(EVERY_MS);
    const news = ["operState", "since", "lastError", "ikeRekeys", "childRekeys", "revision"].map((name) => item[name]);
    const loaded = useLoaded(
        (signal) => call<{ items: LogLine[] }>("GET", `${pathOf(region, "vpnTunnels", item.id)}/log`, { signal }),
        [region, item.id, round, ...news],
    );
    const filter = query.get("q") ?? "";
    const wrong = query.get("wrong") === "1";
    const all = loaded.value?.items ?? [];
    const lines = shownLines(all, filter, wrong);
    const hint = item["operState"] === "up" && item["lastError"] ? hintOf(item["lastErrorCode"], item["lastErrorArguments"]) : undefined;
    if (!loaded.value && !loaded.error) return <Busy />;
    return (
        <>
            {hint && <Notice title={t("trouble.todo")}>{hint}</Notice>}
            <div class="tools">
                <Search label={t("log.filter")} text={filter} onText={(q) => setQuery({ q })} />
                <Button aria-pressed={wrong} onClick={() => setQuery({ wrong: wrong ? undefined : "1" })}>
                    {t("log.wrong")}
                </Button>
                <span class="faint">
                    <span aria-live="polite">{t("log.lines", { count: lines.length, total: all.length })}</span> ·{" "}
                    <Ago at={loaded.at} now={now} />
                </span>
            </div>
            {loaded.error instanceof Problem && <Notice tone="bad">{loaded.error.message}</Notice>}
            {lines.length === 0 ? (
                <Empty title={all.length ? t("empty.filtered") : t("log.empty")} />
            ) : (
                <ol class="log">
                    {lines.map((line, at) => (
                        <Line key={`${line.at} ${line.text}`} line={line} newDay={isNewDay(line, lines[at - 1])} />
                    ))}
                </ol>
            )}
        </>
    );
}

const isNewDay = (line: LogLine, before: LogLine | undefined): boolean =>
    !before || new Date(line.at).toDateString() !== new Date(before.at).toDateString();

function Line({ line, newDay }: { line: LogLine; newDay: boolean }) {
    const tone = lineTone(line);
    return (
        <li class={tone}>
            {newDay && <h2>{new Date(line.at).toLocaleDateString(locale(), { dateStyle: "full" })}</h2>}
            <div>
                <time dateTime={line.at} title={dateTime(line.at)}>
                    {exactly(line.at)}
                </time>
                <Badge tone={tone}>{t(`log.tone.${tone}`)}</Badge>
                <span class="text">{line.text}</span>
            </div>
        </li>
    );
}
