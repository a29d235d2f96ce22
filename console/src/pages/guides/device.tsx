// Connecting a customer's device: what it needs here, the configuration for it, and what it sends that does not fit.
import { call } from "../../api/call.ts";
import type { DevicePlatform } from "../../api/types.ts";
import { useFilled, useLoaded } from "../../live/hooks.ts";
import { mayChange, type Who } from "../../live/session.ts";
import { store, type Resource } from "../../live/store.ts";
import { setQuery, to, type Route } from "../../route.ts";
import { Busy, Notice } from "../../ui/parts.tsx";
import { language, t, within } from "../../words/words.ts";
import { Diagnosis } from "../diagnosis.tsx";
import { kindTitle, Ref, StateBadge } from "../names.tsx";
import { Configuration } from "./configuration.tsx";
import { DeviceForm } from "./device_form.tsx";
import { devicePlan } from "./device_plan.ts";
import { checkDevice, decodeDevice, defaultDevice, encodeDevice, type DeviceSetup } from "./device_setup.ts";
import { Begun } from "./fields.tsx";
import { GuidePage, type Guide } from "./frame.tsx";
import { begun, itemOf, type Plan, type World } from "./plan.ts";
import { useAllThere } from "./run.tsx";
import { Preview } from "./steps.tsx";

const PATH = ["guides", "device"];
const looking: World = { all: (collection) => store.all(collection), keySet: () => false, key: () => "" };

const guide: Guide<DeviceSetup> = {
    path: PATH,
    title: "nav.device",
    prefix: "device-",
    decode: decodeDevice,
    encode: encodeDevice,
    regions: (setup) => [setup.region],
    plan: devicePlan,
    Choose,
    Made,
};

export const DevicePage = ({ route, who }: { route: Route; who: Who }) => <GuidePage guide={guide} route={route} who={who} />;

function Choose({ given, who, onStart }: { given: DeviceSetup | undefined; who: Who; onStart: (setup: DeviceSetup) => void }) {
    useAllThere();
    const filled = useFilled();
    const platforms = useLoaded((signal) => call<{ items: DevicePlatform[] }>("GET", "/v1/devicePlatforms", { signal }), [language()]);
    if (!filled) return <Busy />;
    const setup = given ?? defaultDevice(looking);
    const faults = checkDevice(setup, looking);
    if (!mayChange(who, "vpnTunnels")) return <Notice>{t("guide.viewer")}</Notice>;
    return (
        <>
            <p class="guide-text">{t("guide.device.text")}</p>
            <Begun all={begun(looking, "device-")} hrefOf={({ guide, setup: s }) => to(PATH, { run: guide, s })} />
            {store.all("borderGateways").length === 0 && (
                <Notice tone="warn" title={t("guide.no.gateway")}>
                    <a href={to(["borderGateways", "new"])}>{t("create.kind", { kind: within(kindTitle("borderGateways")) })}</a>
                </Notice>
            )}
            <DeviceForm
                setup={setup}
                set={(next) => setQuery({ s: encodeDevice(next) })}
                faults={faults}
                world={looking}
                platforms={platforms.value?.items ?? []}
                onStart={() => onStart(setup)}
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
