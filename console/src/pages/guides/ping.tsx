// A ping between two instances, in both directions. Where the control plane cannot start one, the command that does.
import { useState } from "preact/hooks";
import { call, pathOf, Problem } from "../../api/call.ts";
import type { Resource } from "../../live/store.ts";
import { Badge, Button, Copy, Notice } from "../../ui/parts.tsx";
import { t } from "../../words/words.ts";

interface Test {
    id: string;
    status: string;
    summary?: Summary;
    message?: string;
}

interface Summary {
    sent?: number;
    received?: number;
    averageUs?: number;
}

type Outcome = { name: "running" } | { name: "done"; summary: Summary; error: string } | { name: "refused"; problem: Problem };

const POLL_MS = 500;
const MOST_MS = 30_000;

async function ping(from: Resource, target: Resource): Promise<Outcome> {
    const region = from.regionId ?? "";
    const body = { kind: "ping", source: { instance: from.id }, destination: `${target.regionId}/${target.id}`, count: 3 };
    try {
        const started = await call<Test>("POST", pathOf(region, "connectivityTests"), { body });
        for (const end = Date.now() + MOST_MS; Date.now() < end;) {
            await new Promise((resolve) => setTimeout(resolve, POLL_MS));
            const test = await call<Test>("GET", pathOf(region, "connectivityTests", started.id));
            if (test.status === "ended") return { name: "done", summary: test.summary ?? {}, error: test.message ?? "" };
        }
        return { name: "done", summary: {}, error: t("guide.ping.late") };
    } catch (error) {
        return { name: "refused", problem: error instanceof Problem ? error : new Problem(0, { detail: String(error) }) };
    }
}

export function PingTest({ sides }: { sides: readonly [Resource, Resource] }) {
    const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
    const directions = [sides, [sides[1], sides[0]] as const] as const;
    const start = async (): Promise<void> => {
        setOutcomes([{ name: "running" }]);
        const first = await ping(...directions[0]);
        if (first.name === "refused") return setOutcomes([first]);
        setOutcomes([first, { name: "running" }]);
        setOutcomes([first, await ping(...directions[1])]);
    };
    const busy = outcomes.some((outcome) => outcome.name === "running");
    return (
        <div class="guide-ping">
            <h3>{t("guide.ping")}</h3>
            <Button icon="pulse" busy={busy} onClick={() => void start()}>
                {t("guide.ping.do")}
            </Button>
            <div aria-live="polite">
                {outcomes.map((outcome, at) => {
                    const [from, target] = directions[at] ?? sides;
                    return <Row key={at} outcome={outcome} from={from} target={target} />;
                })}
            </div>
        </div>
    );
}

function Row({ outcome, from, target }: { outcome: Outcome; from: Resource; target: Resource }) {
    const way = `${from.name} (${from["address"]}) → ${target.name} (${target["address"]})`;
    if (outcome.name === "running")
        return (
            <p>
                <Badge tone="busy">{t("guide.ping.running")}</Badge> {way}
            </p>
        );
    if (outcome.name === "refused")
        return outcome.problem.status === 404 || outcome.problem.status === 405 ? (
            <ByHand from={from} target={target} />
        ) : (
            <Notice tone="bad" title={way}>
                {outcome.problem.message}
            </Notice>
        );
    const { sent = 0, received = 0, averageUs } = outcome.summary;
    const all = sent > 0 && received === sent;
    return (
        <p>
            <Badge tone={all ? "ok" : received ? "warn" : "bad"}>{t("guide.ping.received", { received, sent })}</Badge> {way}{" "}
            {averageUs !== undefined && received > 0 && <span class="faint">{(averageUs / 1000).toFixed(1)} ms</span>} {outcome.error}
        </p>
    );
}

/** This control plane has no tests: the command for the node on which the instance lives. */
function ByHand({ from, target }: { from: Resource; target: Resource }) {
    const command = (a: Resource, b: Resource): string => `ip netns exec rw-${a.id.replace(/^i-/, "")} ping -c 3 ${b["address"]}`;
    return (
        <Notice tone="warn" title={t("guide.ping.absent")}>
            <p>{t("guide.ping.command")}</p>
            {[command(from, target), command(target, from)].map((text) => (
                <p key={text} class="secret">
                    <code>{text}</code>
                    <Copy text={text} />
                </p>
            ))}
        </Notice>
    );
}
