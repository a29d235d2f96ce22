// The configuration for the device. It comes without the keys; who may see them asks for them, which is audited.
import { useState } from "preact/hooks";
import { call, pathOf, Problem } from "../../api/call.ts";
import type { DeviceConfiguration, DevicePlatform } from "../../api/types.ts";
import { useLoaded } from "../../live/hooks.ts";
import type { Who } from "../../live/session.ts";
import { Busy, Button, Copy, Notice } from "../../ui/parts.tsx";
import { language, t } from "../../words/words.ts";
import { SelectField } from "./fields.tsx";

interface Props {
    who: Who;
    region: string;
    connection: string;
    platform: string;
    choose: (platform: string) => void;
}

export function Configuration({ who, region, connection, platform, choose }: Props) {
    const [reveal, setReveal] = useState(false);
    const loaded = useLoaded(
        (signal) => {
            const query = new URLSearchParams({ platform, reveal: String(reveal) });
            const path = `${pathOf(region, "vpnConnections", connection)}/deviceConfiguration?${query}`;
            return call<DeviceConfiguration>("GET", path, { signal });
        },
        [region, connection, platform, reveal, language()],
    );
    const platforms = useLoaded((signal) => call<{ items: DevicePlatform[] }>("GET", "/v1/devicePlatforms", { signal }), [language()]);
    const { error } = loaded;
    // What was loaded for another device is not shown as if it were for this one.
    const value = loaded.value?.platform === platform ? loaded.value : undefined;
    return (
        <section class="card" aria-label={t("tab.device")}>
            <h2>{value ? t("guide.config", { platform: value.name }) : t("tab.device")}</h2>
            <SelectField
                id="platform"
                label={t("guide.platform")}
                faults={[]}
                value={platform}
                set={choose}
                options={(platforms.value?.items ?? []).map((p) => ({ value: p.platform, text: p.name }))}
            />
            {!value && error instanceof Problem && (
                <Notice tone="bad">
                    {error.status ? error.message : t("unreachable")}{" "}
                    <Button icon="refresh" onClick={loaded.again}>
                        {t("retry")}
                    </Button>
                </Notice>
            )}
            {!value && !error && <Busy />}
            {value && <Shown value={value} />}
            {value && !reveal && who.mayRevealKeys && (
                <p>
                    <Button icon="eye" onClick={() => setReveal(true)}>
                        {t("guide.config.reveal")}
                    </Button>{" "}
                    <span class="faint">{t("guide.config.audited")}</span>
                </p>
            )}
            {!who.mayRevealKeys && <p class="faint">{t("guide.config.hidden")}</p>}
        </section>
    );
}

function Shown({ value }: { value: DeviceConfiguration }) {
    const href = `data:text/plain;charset=utf-8,${encodeURIComponent(value.configuration)}`;
    return (
        <>
            <ol>
                {value.notes.map((note) => (
                    <li key={note}>{note}</li>
                ))}
            </ol>
            {value.warnings.map((warning) => (
                <Notice key={warning} tone="warn">
                    {warning}
                </Notice>
            ))}
            <div class="actions">
                <a class="button primary" href={href} download={value.fileName}>
                    {t("guide.config.download", { file: value.fileName })}
                </a>
                <Copy text={value.configuration} />
                <span class="faint" lang="en">
                    {value.writtenFor}
                </span>
            </div>
            <details>
                <summary>{t("guide.config.show")}</summary>
                <pre class="call">{value.configuration}</pre>
            </details>
        </>
    );
}
