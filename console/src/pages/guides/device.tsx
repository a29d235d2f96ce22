// Connecting a customer's device: what it needs here, the configuration for it, and what it sends that does not fit.
import { useState } from "preact/hooks";
import { call } from "../../api/call.ts";
import type { DevicePlatform } from "../../api/types.ts";
import { useFilled, useLoaded } from "../../live/hooks.ts";
import { mayChange, type Who } from "../../live/session.ts";
import { store, type Resource } from "../../live/store.ts";
import { go, setQuery, to, type Route } from "../../route.ts";
import { Busy, Notice } from "../../ui/parts.tsx";
import { language, t } from "../../words/words.ts";
import { Diagnosis } from "../diagnosis.tsx";
import { Ref, StateBadge } from "../names.tsx";
import { Configuration } from "./configuration.tsx";
import { DeviceForm } from "./device_form.tsx";
import { devicePlan } from "./device_plan.ts";
import { checkDevice, decodeDevice, defaultDevice, encodeDevice, type DeviceSetup } from "./device_setup.ts";
import { Begun, newGuide } from "./fields.tsx";
import { begun, isComplete, itemOf, type Plan, type World } from "./plan.ts";
import { Run, useAllThere } from "./run.tsx";
import { Preview } from "./steps.tsx";

const PATH = ["guides", "device"];
const looking: World = { all: (collection) => store.all(collection), keySet: () => false, key: () => "" };

export function DevicePage({ route, who }: { route: Route; who: Who }) {
    const [started, setStarted] = useState("");
    const run = route.query.get("run") ?? "";
    const setup = decodeDevice(route.query.get("s") ?? "");
    return (
        <>
            <header class="page">
                <h1>{t("nav.device")}</h1>
            </header>
            {run && setup ? (
                <Run
                    key={run}
                    who={who}
                    guide={run}
                    regions={[setup.region]}
                    begin={started === run}
                    plan={(world) => devicePlan(setup, run, world)}
                    onUndone={() => go(PATH, { s: encodeDevice(setup) })}
                >
                    {(plan, runner) => isComplete(plan, runner) && <Made plan={plan} world={runner} setup={setup} who={who} />}
                </Run>
            ) : (
                <Choose given={setup} who={who} onStart={setStarted} />
            )}
        </>
    );
}

function Choose({ given, who, onStart }: { given: DeviceSetup | undefined; who: Who; onStart: (guide: string) => void }) {
    useAllThere();
    const filled = useFilled();
    const platforms = useLoaded((signal) => call<{ items: DevicePlatform[] }>("GET", "/v1/devicePlatforms", { signal }), [language()]);
    if (!filled) return <Busy />;
    const setup = given ?? defaultDevice(looking);
    const faults = checkDevice(setup, looking);
    const start = (): void => {
        const guide = newGuide("device-");
        onStart(guide);
        go(PATH, { run: guide, s: encodeDevice(setup) });
    };
    if (!mayChange(who, "vpnTunnels")) return <Notice>{t("guide.viewer")}</Notice>;
    return (
        <>
            <p class="guide-text">{t("guide.device.text")}</p>
            <Begun all={begun(looking, "device-")} hrefOf={({ guide, setup: s }) => to(PATH, { run: guide, s })} />
            {store.all("borderGateways").length === 0 && (
                <Notice tone="warn" title={t("guide.no.gateway")}>
                    <a href={to(["borderGateways", "new"])}>{t("create.kind", { kind: t("c.borderGateways") })}</a>
                </Notice>
            )}
            <DeviceForm
                setup={setup}
                set={(next) => setQuery({ s: encodeDevice(next) })}
                faults={faults}
                world={looking}
                platforms={platforms.value?.items ?? []}
                onStart={start}
            />
            {!faults.some((fault) => fault.tone === "bad") && <Preview plan={devicePlan(setup, "{guide}", looking)} world={looking} />}
        </>
    );
}

/** This side is ready: the device's turn. */
function Made({ plan, world, setup, who }: { plan: Plan; world: World; setup: DeviceSetup; who: Who }) {
    const connection = itemOf(plan, world, "connection");
    const tunnels = Array.from({ length: setup.tunnels }, (_, n) => itemOf(plan, world, `tunnel${n + 1}`)).filter(
        (item): item is Resource => item !== undefined,
    );
    const up = tunnels.filter((tunnel) => tunnel["operState"] === "up").length;
    return (
        <>
            {connection && (
                <Configuration
                    who={who}
                    region={setup.region}
                    connection={connection.id}
                    platform={setup.platform}
                    choose={(platform) => setQuery({ s: encodeDevice({ ...setup, platform }) })}
                />
            )}
            <section class="card">
                <h2>{t("c.vpnTunnels")}</h2>
                <p role="status">{t(up === tunnels.length ? "guide.tunnels.up" : "guide.tunnels.device", { up, total: tunnels.length })}</p>
                <ul class="plain">
                    {tunnels.map((tunnel) => (
                        <li key={tunnel.id}>
                            <StateBadge collection="vpnTunnels" item={tunnel} /> <Ref region={setup.region} id={tunnel.id} />{" "}
                            <span class="faint">
                                {String(tunnel["cloudAddress"])} ↔ {String(tunnel["customerAddress"])}
                            </span>
                        </li>
                    ))}
                </ul>
            </section>
            {tunnels.map((tunnel) => (
                <Diagnosis key={tunnel.id} region={setup.region} id={tunnel.id} who={who} />
            ))}
        </>
    );
}
