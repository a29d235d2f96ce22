// An alarm: what it warns of now, and where one that is built in is not wanted.
import type { Alarm } from "../api/types.ts";
import { call, pathOf } from "../api/call.ts";
import { useCollection, useNow, useResource } from "../live/hooks.ts";
import { mayChange, type Who } from "../live/session.ts";
import { isBuiltIn } from "../live/state.ts";
import type { Resource } from "../live/store.ts";
import { Ago, Badge, Button, Empty } from "../ui/parts.tsx";
import { Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";
import { t } from "../words/words.ts";
import { isOffFor, switched } from "./alarmoff.ts";
import { DetailsPart } from "./details.tsx";
import { Ref, titleOf } from "./names.tsx";
import { orSay } from "./orsay.ts";
import type { PartProps } from "./part.ts";

export function AlarmPart(props: PartProps) {
    return (
        <>
            <Members alarm={props.item as Resource & Alarm} region={props.region} />
            {isBuiltIn(props.item) && <Watched {...props} />}
            <DetailsPart {...props} without={["alarmDetails", "alarmMembers"]} />
        </>
    );
}

/** Each that it warns of, since when, and how far it is. */
function Members({ alarm, region }: { alarm: Resource & Alarm; region: string }) {
    const now = useNow();
    const details = alarm.alarmDetails ?? [];
    if (details.length === 0) return null;
    const more = (alarm.alarmCount ?? 0) - details.length;
    return (
        <section class="card">
            <h2>
                {t("alarm.members")} <span class="count">{alarm.alarmCount ?? details.length}</span>
            </h2>
            <Table
                cards
                label={t("alarm.members")}
                rows={details}
                rowKey={(member) => member.id}
                empty={null}
                columns={[
                    { key: "id", title: t("name"), cell: (member) => <Ref region={region} id={member.id} /> },
                    { key: "since", title: t("alarm.since"), cell: (member) => <Ago at={member.since} now={now} /> },
                    { key: "value", title: t("alarm.value"), cell: (member) => member.value || <span class="faint">–</span> },
                ]}
            />
            {more > 0 && <p class="faint">{t("and.more", { count: more })}</p>}
        </section>
    );
}

/** The region as a whole, and each of its connections. */
function Watched({ item, region, who }: PartProps) {
    const of = useResource("regions", region, region);
    const connections = useCollection("vpnConnections").filter((one) => one.regionId === region);
    const everywhere = of !== undefined && isOffFor(of, item);
    return (
        <section class="card">
            <div class="tools">
                <h2 class="grow">{t("alarm.where")}</h2>
                {of && <Switch alarm={item} of={of} collection="regions" who={who} />}
            </div>
            <p class="faint">{t(everywhere ? "alarm.off.region" : "alarm.where.text")}</p>
            {!everywhere && (
                <Table
                    cards
                    label={t("alarm.where")}
                    rows={connections}
                    rowKey={(one) => one.id}
                    empty={<Empty title={t("empty.list")} />}
                    columns={[
                        { key: "id", title: t("c.vpnConnections"), cell: (one) => <Ref region={region} id={one.id} /> },
                        { key: "state", title: t("state"), cell: (one) => <Watching off={isOffFor(one, item)} /> },
                        {
                            key: "switch",
                            title: "",
                            cell: (one) => <Switch alarm={item} of={one} collection="vpnConnections" who={who} />,
                        },
                    ]}
                />
            )}
        </section>
    );
}

const Watching = ({ off }: { off: boolean }) => <Badge tone={off ? "idle" : "ok"}>{t(off ? "alarm.is.off" : "alarm.is.on")}</Badge>;

function Switch({ alarm, of, collection, who }: { alarm: Resource; of: Resource; collection: string; who: Who }) {
    if (!mayChange(who, collection)) return null;
    const off = isOffFor(of, alarm);
    const whole = collection === "regions";
    const flip = async (): Promise<void> => {
        const body = { defaultAlarmsOff: switched(of, alarm) };
        await call("PATCH", pathOf(of.regionId ?? "", collection, of.id), { body, revision: of.revision });
        say(t(off ? "alarm.on.done" : "alarm.off.done", { name: titleOf("alarms", alarm), of: of.name }));
    };
    const word = whole ? (off ? "alarm.region.on" : "alarm.region.off") : off ? "alarm.switch.on" : "alarm.switch.off";
    return (
        <Button label={`${t(word)}: ${of.name}`} onClick={() => void orSay(flip)}>
            {t(word)}
        </Button>
    );
}
