// What the guide that connects a device asks for.
import { useState } from "preact/hooks";
import type { DevicePlatform } from "../../api/types.ts";
import { Button } from "../../ui/parts.tsx";
import { t } from "../../words/words.ts";
import { kindTitle } from "../names.tsx";
import type { Fault } from "./check.ts";
import { ANY, type DeviceSetup } from "./device_setup.ts";
import { SelectField, TextField } from "./fields.tsx";
import type { World } from "./plan.ts";

interface Props {
    setup: DeviceSetup;
    set: (setup: DeviceSetup) => void;
    faults: readonly Fault[];
    world: World;
    platforms: readonly DevicePlatform[];
    onStart: () => void;
}

const listOf = (text: string): string[] => text.split(/[\s,;|]+/).filter(Boolean);

export function DeviceForm({ setup, set, faults, world, platforms, onStart }: Props) {
    const bad = faults.some((fault) => fault.tone === "bad");
    // What has not been filled in is not wrong before somebody tries to begin.
    const [tried, setTried] = useState(false);
    const empty: Record<string, boolean> = {
        platform: !setup.platform,
        addresses: setup.addresses.length === 0,
        networks: setup.networks.length === 0,
        identity: !setup.identity,
    };
    const of = (field: string): Fault[] => faults.filter((fault) => fault.field === field && (tried || !empty[field]));
    const change = (changes: Partial<DeviceSetup>): void => set({ ...setup, ...changes });
    const gateways = world.all("borderGateways");
    return (
        <form class="sheet" onSubmit={(e) => (e.preventDefault(), setTried(true), !bad && onStart())}>
            <section class="group">
                <TextField
                    id="name"
                    label={t("guide.name")}
                    help={t("guide.name.help", { name: setup.name })}
                    faults={of("name")}
                    value={setup.name}
                    set={(name) => change({ name })}
                />
                <SelectField
                    id="gateway"
                    label={kindTitle("borderGateways")}
                    faults={of("gateway")}
                    value={setup.gateway && `${setup.region}/${setup.gateway}`}
                    set={(value) => {
                        const [region = "", gateway = ""] = value.split("/");
                        change({ region, gateway });
                    }}
                    options={gateways.map((g) => ({ value: `${g.regionId}/${g.id}`, text: `${g.name} (${g.regionId})` }))}
                />
                <SelectField
                    id="platform"
                    label={t("guide.platform")}
                    faults={of("platform")}
                    value={setup.platform}
                    set={(platform) => change({ platform })}
                    options={platforms.map((p) => ({ value: p.platform, text: p.name }))}
                />
                <Lines
                    id="addresses"
                    label={t("guide.addresses")}
                    help={t("guide.addresses.help")}
                    faults={of("addresses")}
                    value={setup.addresses}
                    set={(addresses) => change({ addresses })}
                />
                {(setup.addresses.includes(ANY) || setup.identity) && (
                    <TextField
                        id="identity"
                        label={t("guide.identity")}
                        help={t("guide.identity.help")}
                        faults={of("identity")}
                        value={setup.identity}
                        set={(identity) => change({ identity })}
                    />
                )}
                <Lines
                    id="networks"
                    label={t("guide.networks")}
                    help={t("guide.networks.help")}
                    faults={of("networks")}
                    value={setup.networks}
                    set={(networks) => change({ networks })}
                />
                <SelectField
                    id="tunnels"
                    label={t("c.vpnTunnels")}
                    help={t("guide.tunnels.help")}
                    faults={[]}
                    value={String(setup.tunnels)}
                    set={(tunnels) => change({ tunnels: Number(tunnels) })}
                    options={[
                        { value: "2", text: t("guide.tunnels.2") },
                        { value: "1", text: t("guide.tunnels.1") },
                    ]}
                />
            </section>
            <footer class="guide-footer">
                {tried && bad && <span class="error grow">{t("guide.bad")}</span>}
                <Button kind="primary" icon="play" type="submit">
                    {t("guide.start")}
                </Button>
            </footer>
        </form>
    );
}

/** Several, separated by whatever; kept as typed until the field is left. */
function Lines({
    value,
    set,
    ...rest
}: {
    id: string;
    label: string;
    help: string;
    faults: readonly Fault[];
    value: readonly string[];
    set: (value: string[]) => void;
}) {
    const [text, setText] = useState(value.join(", "));
    const take = (typed: string): void => {
        setText(typed);
        set(listOf(typed));
    };
    return <TextField {...rest} value={listOf(text).join() === value.join() ? text : value.join(", ")} set={take} keepSpaces />;
}
