// Joining two regions, step by step. The address holds what was chosen and which run it is; the rest is on the resources.
import { useState } from "preact/hooks";
import { useFilled } from "../../live/hooks.ts";
import type { Who } from "../../live/session.ts";
import { mayChange } from "../../live/session.ts";
import { store, type Resource } from "../../live/store.ts";
import { setQuery, to, type Route } from "../../route.ts";
import { Busy, Facts, Notice } from "../../ui/parts.tsx";
import { t } from "../../words/words.ts";
import { Ref, StateBadge } from "../names.tsx";
import { Diagnosis } from "../diagnosis.tsx";
import { rangesOfVpc } from "./check.ts";
import { Begun } from "./fields.tsx";
import { GuidePage, type Guide } from "./frame.tsx";
import { JoinForm } from "./join_form.tsx";
import { joinPlan } from "./join_plan.ts";
import { checkJoin, decodeJoin, defaultJoin, encodeJoin, type JoinSetup } from "./join_setup.ts";
import { PingTest } from "./ping.tsx";
import { begun, itemOf, type Plan, type World } from "./plan.ts";
import { useAllThere } from "./run.tsx";
import { Preview } from "./steps.tsx";

const PATH = ["guides", "join"];

/** Before a run there are no keys yet. */
const looking: World = { all: (collection) => store.all(collection), keySet: () => false, key: () => "••••••••" };

const guide: Guide<JoinSetup> = {
    path: PATH,
    title: "nav.join",
    prefix: "join-",
    decode: decodeJoin,
    encode: encodeJoin,
    regions: (setup) => [setup.a.region, setup.b.region],
    plan: joinPlan,
    Choose,
    Made: Joined,
};

export const JoinPage = ({ route, who }: { route: Route; who: Who }) => <GuidePage guide={guide} route={route} who={who} />;

function Choose({ given, who, onStart }: { given: JoinSetup | undefined; who: Who; onStart: (setup: JoinSetup) => void }) {
    useAllThere();
    const filled = useFilled();
    const [proposed, setProposed] = useState<JoinSetup>();
    if (!filled) return <Busy />;
    if (!given && !proposed) setProposed(defaultJoin(looking));
    const setup = given ?? proposed ?? defaultJoin(looking);
    const faults = checkJoin(setup, looking);
    return (
        <>
            <p class="guide-text">{t("guide.join.text")}</p>
            <Begun all={begun(looking, "join-")} hrefOf={({ guide, setup: s }) => to(PATH, { run: guide, s })} />
            {mayChange(who, "vpnTunnels") ? (
                <JoinForm
                    setup={setup}
                    set={(next) => setQuery({ s: encodeJoin(next) })}
                    faults={faults}
                    world={looking}
                    onStart={() => onStart(setup)}
                />
            ) : (
                <Notice>{t("guide.viewer")}</Notice>
            )}
            {!faults.some((fault) => fault.tone === "bad") && <Preview plan={joinPlan(setup, "{guide}", looking)} world={looking} />}
        </>
    );
}

/** Everything is made: whether it works. */
function Joined({ plan, world, who }: { plan: Plan; world: World; who: Who }) {
    const tunnels = ["a.tunnel1", "b.tunnel1", "a.tunnel2", "b.tunnel2"]
        .map((part) => itemOf(plan, world, part))
        .filter((item): item is Resource => item !== undefined);
    const up = tunnels.filter((tunnel) => tunnel["operState"] === "up").length;
    const bgp = itemOf(plan, world, "a.connection")?.["routing"] === "bgp";
    // One that has learned nothing yet leads nowhere.
    const sessions = tunnels.filter((tunnel) => tunnel["bgpState"] === "established" && tunnel["bgpLearned"]).length;
    const [from, target] = [itemOf(plan, world, "a.instance"), itemOf(plan, world, "b.instance")];
    return (
        <section class="card" aria-label={t("guide.joined")}>
            <h2>{t("guide.joined")}</h2>
            <Facts
                rows={(["a", "b"] as const).map((at) => [
                    t(`guide.side.${at}`),
                    <>
                        {itemOf(plan, world, `${at}.vpc`)?.regionId}: {rangesOfVpc(itemOf(plan, world, `${at}.vpc`)).join(", ")}
                    </>,
                ])}
            />
            <p role="status">{t(up === tunnels.length ? "guide.tunnels.up" : "guide.tunnels.wait", { up, total: tunnels.length })}</p>
            {bgp && (
                <p role="status">
                    {t(sessions === tunnels.length ? "guide.sessions.up" : "guide.sessions.wait", { up: sessions, total: tunnels.length })}
                </p>
            )}
            <ul class="plain">
                {tunnels.map((tunnel) => (
                    <li key={tunnel.id}>
                        <StateBadge collection="vpnTunnels" item={tunnel} /> <Ref region={tunnel.regionId ?? ""} id={tunnel.id} />{" "}
                        <span class="faint">
                            {tunnel.regionId}: {String(tunnel["cloudAddress"])} → {String(tunnel["customerAddress"])}
                        </span>
                    </li>
                ))}
            </ul>
            {tunnels
                .filter((tunnel) => tunnel["operState"] !== "up" && tunnel["lastErrorCode"])
                .map((tunnel) => (
                    <Diagnosis key={tunnel.id} region={tunnel.regionId ?? ""} id={tunnel.id} who={who} />
                ))}
            {from && target ? <PingTest sides={[from, target]} /> : <p class="faint">{t("guide.ping.none")}</p>}
        </section>
    );
}
