// Why a tunnel is not up, and what mends it on either side. <Diagnosis region=… id=… /> shows nothing while all is well.
import { useEffect, useMemo } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import type { VpnTunnel } from "../api/types.ts";
import { useLoaded, useNow, useResource } from "../live/hooks.ts";
import { mayChange, type Who } from "../live/session.ts";
import { Ago, Notice } from "../ui/parts.tsx";
import { language, t } from "../words/words.ts";
import { diagnose, reader, sentence, type Finding, type LogLine, type Template } from "./diagnose.ts";
import { AtTheDevice, Here } from "./diagnosis_fix.tsx";
import { ProposalDiff } from "./diagnosis_diff.tsx";

interface Props {
    region: string;
    id: string;
    /** Without: it only explains. */
    who?: Who;
}

export function Diagnosis({ region, id, who }: Props) {
    const tunnel = useResource<VpnTunnel>("vpnTunnels", region, id);
    if (!tunnel || tunnel.operState === "up" || tunnel.adminState === "down") return null;
    return <Why tunnel={tunnel} who={who} />;
}

const itemsOf = <T,>(path: string, signal: AbortSignal, inEnglish = false): Promise<T[]> =>
    call<{ items: T[] }>("GET", path, inEnglish ? { signal, language: "en" } : { signal }).then((answer) => answer.items);

/** How often the log is read while the tunnel is not up: what the device sends changes nothing of the tunnel itself. */
const LOG_MS = 3000;

function Why({ tunnel, who }: { tunnel: VpnTunnel; who: Who | undefined }) {
    // Lines of an older node are plain English texts.
    const english = useLoaded((signal) => itemsOf<Template>("/v1/messages", signal, true), []);
    const own = useLoaded((signal) => itemsOf<Template>("/v1/messages", signal), [language()]);
    const log = useLoaded(
        (signal) => itemsOf<LogLine>(`${pathOf(tunnel.regionId, "vpnTunnels", tunnel.id)}/log`, signal),
        [tunnel.id, tunnel.revision, tunnel.lastErrorCode],
    );
    useEffect(() => {
        const timer = setTimeout(log.again, LOG_MS);
        return () => clearTimeout(timer);
    }, [log.at, log.error]);
    const read = useMemo(() => reader(english.value ?? []), [english.value]);
    const texts = useMemo(() => new Map((own.value ?? []).map((m) => [m.code, m.text])), [own.value]);
    const finding = diagnose(tunnel, log.value ?? [], read);
    return (
        <section class="card diagnosis" aria-label={t("why.title", { name: tunnel.name })}>
            <h2>{t("why.title", { name: tunnel.name })}</h2>
            {finding && texts.size > 0 ? (
                <Found tunnel={tunnel} who={who} finding={finding} text={sentence(finding.said, texts)} />
            ) : (
                <p role="status">
                    {tunnel.lastError || t(tunnel.initiate ? "why.nothing" : "why.waits", { peer: tunnel.customerAddress })}
                </p>
            )}
            <LogEnd lines={log.value ?? []} at={log.at} />
        </section>
    );
}

function Found({ tunnel, who, finding, text }: { tunnel: VpnTunnel; who: Who | undefined; finding: Finding; text: string }) {
    const may = who !== undefined && mayChange(who, "vpnTunnels");
    const hint = finding.cause === "proposal" && !finding.exact ? t("why.hint.begin") : undefined;
    return (
        <>
            <Notice tone="bad" title={t(`why.${finding.cause}`)}>
                {text}
            </Notice>
            {finding.rows.length > 0 && <ProposalDiff finding={finding} />}
            {hint && <p>{hint}</p>}
            <div class="either-side">
                <Here tunnel={tunnel} finding={finding} may={may} mayReveal={who?.mayRevealKeys ?? false} />
                <AtTheDevice tunnel={tunnel} finding={finding} />
            </div>
        </>
    );
}

/** The last that was heard, with its age: whether anything happens at all. */
function LogEnd({ lines, at }: { lines: readonly LogLine[]; at: number }) {
    const now = useNow();
    if (!at) return null;
    return (
        <details>
            <summary>{t("why.log")}</summary>
            {lines.length === 0 && <p class="faint">{t("empty.list")}</p>}
            <ul class="plain why-log">
                {lines.slice(-8).map((line, n) => (
                    <li key={n}>
                        <span class="faint">
                            <Ago at={line.at} now={now} />
                        </span>{" "}
                        {line.text}
                    </li>
                ))}
            </ul>
        </details>
    );
}
