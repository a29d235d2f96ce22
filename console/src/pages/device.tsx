// What to type into the customer's device, for a tunnel or all of a connection.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import type { DeviceConfiguration, DevicePlatform } from "../api/types.ts";
import { useChanges } from "../live/changes.ts";
import { useLoaded } from "../live/hooks.ts";
import { setQuery, useRoute } from "../route.ts";
import { Busy, Button, Copy, Notice } from "../ui/parts.tsx";
import { saveFile } from "../ui/save.tsx";
import { language, t } from "../words/words.ts";
import { AsOf } from "./ready.tsx";
import { Said } from "./said.tsx";
import type { PartProps } from "./part.ts";

const reads = ["vpnTunnels", "vpnConnections", "customerGateways", "borderGatewayRoutes", "vpcAttachments"];
const usual = "strongswan-swanctl";

export function DevicePart({ who, kind, item, region }: PartProps) {
    const { query } = useRoute();
    const platform = query.get("platform") ?? usual;
    const [revealed, setRevealed] = useState("");
    const reveal = revealed === platform;
    const changes = useChanges(region, reveal ? [] : reads); // each reveal is noted: it is not repeated by itself
    const platforms = useLoaded((signal) => call<{ items: DevicePlatform[] }>("GET", "/v1/devicePlatforms", { signal }), [language()]);
    const path = `${pathOf(region, kind.collection, item.id)}/deviceConfiguration?platform=${encodeURIComponent(platform)}`;
    const loaded = useLoaded(
        (signal) => call<DeviceConfiguration>("GET", path + (reveal ? "&reveal=true" : ""), { signal }),
        [path, reveal, changes, language()],
    );
    const error = (loaded.error ?? platforms.error) as Error | undefined;
    const answer = loaded.value?.platform === platform ? loaded.value : undefined;
    return (
        <>
            <div class="in-place">
                <label>
                    {t("device.platform")}
                    <select value={platform} onChange={(e) => (setRevealed(""), setQuery({ platform: e.currentTarget.value }))}>
                        {(platforms.value?.items ?? []).map((one) => (
                            <option key={one.platform} value={one.platform}>
                                {one.name}
                            </option>
                        ))}
                    </select>
                </label>
                <AsOf at={loaded.at} again={loaded.again} />
            </div>
            {error && <Notice tone="bad">{error.message}</Notice>}
            {answer ? <Configuration answer={answer} region={region} /> : !error && <Busy />}
            {who.mayRevealKeys && !reveal && answer && (
                <p class="tools">
                    <Button icon="eye" onClick={() => setRevealed(platform)}>
                        {t("device.reveal")}
                    </Button>
                    <span class="faint">{t("psk.reveal.text")}</span>
                </p>
            )}
        </>
    );
}

function Configuration({ answer, region }: { answer: DeviceConfiguration; region: string }) {
    return (
        <>
            <Notes title={t("device.notes")} texts={answer.notes} region={region} />
            <Notes title={t("device.left.out")} texts={answer.warnings} region={region} tone="warn" />
            <section class="card">
                <div class="tools">
                    <h2 class="grow">{answer.fileName}</h2>
                    <span class="faint">{t("device.for", { version: answer.writtenFor })}</span>
                    <a href={answer.documentation} target="_blank" rel="noreferrer">
                        {t("device.documentation")}
                    </a>
                    <Copy text={answer.configuration} />
                    <Button icon="download" onClick={() => saveFile(answer.fileName, answer.configuration)}>
                        {t("download")}
                    </Button>
                </div>
                <pre class="code" tabIndex={0}>
                    {answer.configuration}
                </pre>
            </section>
        </>
    );
}

function Notes({ title, texts, region, tone = "idle" }: { title: string; texts: string[]; region: string; tone?: "idle" | "warn" }) {
    if (texts.length === 0) return null;
    return (
        <Notice tone={tone} title={title}>
            <ul class="plain">
                {texts.map((text) => (
                    <li key={text}>
                        <Said region={region} text={text} />
                    </li>
                ))}
            </ul>
        </Notice>
    );
}
