// What a connectivity test is to do. Where from and where to stand in the address of the page.
import { useState } from "preact/hooks";
import { call, newKey } from "../api/call.ts";
import { useAttempt } from "../live/attempt.ts";
import { useCollection, useResource } from "../live/hooks.ts";
import { setQuery } from "../route.ts";
import { Button, Notice } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { Choices, RegionChoice } from "./choices.tsx";
import { settings, trialBody, trialKinds, type Trial, type TrialKind } from "./trial.ts";
import { trialPath } from "./trialstream.ts";

const ADDRESS = "address";

export function TrialForm({ region, query }: { region: string; query: URLSearchParams }) {
    const kind = trialKinds.find((one) => one === query.get("kind")) ?? "ping";
    const from = query.get("from") ?? "";
    const to = query.get("to") ?? "";
    const tunnel = useResource("vpnTunnels", region, from);
    const destination = to || String(tunnel?.["peerTunnelAddress"] ?? "");
    const [given, setGiven] = useState<Record<string, string>>({});
    const { busy, problem, run } = useAttempt();
    const start = async (): Promise<void> => {
        const body = trialBody(kind, from, destination, region, given);
        const trial = await call<Trial>("POST", trialPath(region), { body, key: newKey() });
        setQuery({ region, id: trial.id });
    };
    return (
        <form class="card" onSubmit={(e) => (e.preventDefault(), void run(start))}>
            <div class="in-place">
                <RegionChoice region={region} choose={(next) => setQuery({ region: next, from: undefined, id: undefined })} />
                <label>
                    {t("test.kind")}
                    <select value={kind} onChange={(e) => setQuery({ kind: e.currentTarget.value })}>
                        {trialKinds.map((one) => (
                            <option key={one} value={one}>
                                {t(`test.${one}`)}
                            </option>
                        ))}
                    </select>
                </label>
                <label>
                    {t("explain.from")}
                    <select required value={from} onChange={(e) => setQuery({ from: e.currentTarget.value })}>
                        <option value="">{t("form.choose")}</option>
                        <Choices collections={["instances", "vpnTunnels"]} region={region} />
                    </select>
                </label>
                <Destination kind={kind} region={region} value={destination} wrong={problem?.field === "destination"} />
            </div>
            <div class="in-place">
                {settings
                    .filter((setting) => setting.kinds.includes(kind))
                    .map(({ name, usual }) => (
                        <label key={name}>
                            {t(`test.${name}`)}
                            <input
                                type="text"
                                inputMode="numeric"
                                placeholder={String(usual ?? "")}
                                aria-invalid={problem?.field === name || undefined}
                                value={given[name] ?? ""}
                                onInput={(e) => setGiven({ ...given, [name]: e.currentTarget.value })}
                            />
                        </label>
                    ))}
                <Button type="submit" kind="primary" icon="play" busy={busy}>
                    {t("test.start")}
                </Button>
            </div>
            {problem && <Notice tone="bad">{problem.message}</Notice>}
        </form>
    );
}

/** An instance of any region, or an address. */
function Destination({ kind, region, value, wrong }: { kind: TrialKind; region: string; value: string; wrong: boolean }) {
    const instances = useCollection("instances");
    const regions = useCollection("regions");
    const full = value.startsWith("i-") ? `${region}/${value}` : value;
    const known = instances.some((item) => `${item.regionId}/${item.id}` === full);
    const [wanted, setWanted] = useState(false);
    const typing = wanted || (value !== "" && !known);
    const free = kind !== "throughput";
    return (
        <>
            <label>
                {t("explain.to")}
                <select
                    required
                    value={typing && free ? ADDRESS : full}
                    aria-invalid={wrong || undefined}
                    onChange={(e) => {
                        const next = e.currentTarget.value;
                        setWanted(next === ADDRESS);
                        setQuery({ to: next === ADDRESS ? undefined : next });
                    }}
                >
                    <option value="">{t("form.choose")}</option>
                    {free && <option value={ADDRESS}>{t("test.address")}</option>}
                    {regions.map((one) => (
                        <optgroup key={one.id} label={one.name}>
                            {instances
                                .filter((item) => item.regionId === one.id)
                                .map((item) => (
                                    <option key={item.id} value={`${one.id}/${item.id}`}>
                                        {item.name} · {String(item["address"])}
                                    </option>
                                ))}
                        </optgroup>
                    ))}
                </select>
            </label>
            {typing && free && (
                <label>
                    {t("test.address.label")}
                    <input
                        type="text"
                        required
                        spellcheck={false}
                        autocomplete="off"
                        placeholder="10.2.0.5"
                        aria-invalid={wrong || undefined}
                        value={known ? "" : value}
                        onInput={(e) => setQuery({ to: e.currentTarget.value.trim() })}
                    />
                </label>
            )}
        </>
    );
}
