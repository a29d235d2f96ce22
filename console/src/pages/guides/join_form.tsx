// What the guide that joins two regions asks for.
import { store } from "../../live/store.ts";
import { Button } from "../../ui/parts.tsx";
import { t } from "../../words/words.ts";
import { kindTitle } from "../names.tsx";
import { byId, inRegion, rangesOfVpc, type Fault } from "./check.ts";
import { SelectField, TextField, type Option } from "./fields.tsx";
import { asnOf, subnetOf, type JoinSetup, type Routing, type Side } from "./join_setup.ts";
import type { World } from "./plan.ts";

interface Props {
    setup: JoinSetup;
    set: (setup: JoinSetup) => void;
    faults: readonly Fault[];
    world: World;
    onStart: () => void;
}

export function JoinForm({ setup, set, faults, world, onStart }: Props) {
    const bad = faults.some((fault) => fault.tone === "bad");
    return (
        <form onSubmit={(e) => (e.preventDefault(), !bad && onStart())}>
            <section class="group guide-name">
                <TextField
                    id="name"
                    label={t("guide.name")}
                    help={t("guide.name.help", { name: setup.name })}
                    faults={faults.filter((f) => f.field === "name")}
                    value={setup.name}
                    set={(name) => set({ ...setup, name })}
                />
                <SelectField
                    id="routing"
                    label={t("guide.routing")}
                    help={t(setup.routing === "bgp" ? "guide.routing.bgp.help" : "guide.routing.static.help")}
                    faults={[]}
                    value={setup.routing}
                    set={(routing) => set({ ...setup, routing: routing as Routing })}
                    options={(["static", "bgp"] as const).map((value) => ({ value, text: t(`guide.routing.${value}`) }))}
                />
            </section>
            <div class="guide-sides">
                {(["a", "b"] as const).map((at) => (
                    <SideForm
                        key={at}
                        at={at}
                        side={setup[at]}
                        routing={setup.routing}
                        set={(side) => set({ ...setup, [at]: side })}
                        faults={faults}
                        world={world}
                    />
                ))}
            </div>
            <footer class="guide-footer">
                {bad && <span class="error grow">{t("guide.bad")}</span>}
                <Button kind="primary" icon="play" type="submit" disabled={bad}>
                    {t("guide.start")}
                </Button>
            </footer>
        </form>
    );
}

const optionsOf = (items: readonly { id: string; name: string }[]): Option[] =>
    items.map((item) => ({ value: item.id, text: item.name === item.id ? item.id : `${item.name} (${item.id})` }));

interface SideProps {
    at: "a" | "b";
    side: Side;
    routing: Routing;
    set: (side: Side) => void;
    faults: readonly Fault[];
    world: World;
}

function SideForm({ at, side, routing, set, faults, world }: SideProps) {
    const of = (field: string): Fault[] => faults.filter((fault) => fault.field === `${at}.${field}`);
    const change = (changes: Partial<Side>): void => set({ ...side, ...changes });
    return (
        <fieldset class="group">
            <legend>{t(`guide.side.${at}`)}</legend>
            <SelectField
                id={`${at}-region`}
                label={t("region")}
                faults={of("region")}
                value={side.region}
                set={(region) => change({ region, vpc: "", gateway: "", instance: "new" })}
                options={optionsOf([...world.all("regions")].sort((x, y) => (x.id < y.id ? -1 : 1)))}
            />
            <SelectField
                id={`${at}-gateway`}
                label={kindTitle("borderGateways")}
                faults={of("gateway")}
                value={side.gateway}
                set={(gateway) => change({ gateway })}
                options={[{ value: "", text: t("guide.new") }, ...optionsOf(inRegion(world, "borderGateways", side.region))]}
                {...(routing === "bgp" && side.gateway ? { help: t("guide.asn.is", { asn: asnOf(side, world) }) } : {})}
            />
            {routing === "bgp" && !side.gateway && (
                <TextField
                    id={`${at}-asn`}
                    label={t("guide.asn")}
                    help={t("guide.asn.help")}
                    faults={of("asn")}
                    value={side.asn}
                    set={(asn) => change({ asn })}
                />
            )}
            <SelectField
                id={`${at}-vpc`}
                label="VPC"
                faults={of("vpc")}
                value={side.vpc}
                set={(vpc) => change({ vpc, instance: vpc ? firstInstance(side.region, vpc) : "new" })}
                options={[{ value: "", text: t("guide.new") }, ...optionsOf(inRegion(world, "vpcs", side.region))]}
                help={rangesOfVpc(byId(world, "vpcs", side.region, side.vpc)).join(", ")}
            />
            {!side.vpc && (
                <>
                    <TextField
                        id={`${at}-cidr`}
                        label={t("guide.cidr")}
                        faults={of("cidr")}
                        value={side.cidr}
                        set={(cidr) => change({ cidr, subnet: subnetOf(cidr) || side.subnet })}
                    />
                    <TextField
                        id={`${at}-subnet`}
                        label={t("guide.subnet")}
                        faults={of("subnet")}
                        value={side.subnet}
                        set={(subnet) => change({ subnet })}
                    />
                </>
            )}
            <SelectField
                id={`${at}-instance`}
                label={t("guide.instance")}
                help={t("guide.instance.help")}
                faults={of("instance")}
                value={side.instance}
                set={(instance) => change({ instance })}
                options={[
                    ...(side.vpc ? optionsOf(instancesOf(side.region, side.vpc)) : [{ value: "new", text: t("guide.new") }]),
                    { value: "none", text: t("none") },
                ]}
            />
        </fieldset>
    );
}

function instancesOf(region: string, vpc: string): { id: string; name: string }[] {
    const inVpc = store.all("subnets").filter((subnet) => subnet.regionId === region && subnet["vpcId"] === vpc);
    return store.all("instances").filter((item) => item.regionId === region && inVpc.some((subnet) => subnet.id === item["subnetId"]));
}

const firstInstance = (region: string, vpc: string): string => instancesOf(region, vpc)[0]?.id ?? "none";
