// All tunnels of a connection at once: pairs of addresses filled in, created one after the other, with what became of each.
import { useState } from "preact/hooks";
import { pathOf, type Problem } from "../api/call.ts";
import { Form } from "../forms/form.tsx";
import { kindOf, type Kind } from "../forms/schema.ts";
import { creation, type Tree } from "../forms/value.ts";
import { useCollection, useFilled, useResource } from "../live/hooks.ts";
import { mayChange } from "../live/session.ts";
import { store, type Resource } from "../live/store.ts";
import { to } from "../route.ts";
import { Busy, Button, Empty, LinkButton, Notice } from "../ui/parts.tsx";
import { sorted } from "../ui/sort.ts";
import { t } from "../words/words.ts";
import { pathOfResource, Ref } from "./names.tsx";
import type { PageProps } from "./list.tsx";
import { OnlyRead } from "./onlyread.tsx";
import { freePairs, isTwice, nextName, own, rowOf, suggestedPairs, type Pair, type Row } from "./pairs.ts";
import { PairRow } from "./pairrow.tsx";
import { PskOnce } from "./psk.tsx";
import { useMaking } from "./making.ts";

export function AddTunnelsPage({ route, who }: PageProps) {
    const region = route.query.get("region") ?? "";
    const id = route.query.get("connection") ?? "";
    const connection = useResource("vpnConnections", region, id);
    const filled = useFilled(region);
    const kind = kindOf("vpnTunnels");
    if (!kind || !connection) return filled ? <Empty title={t("not.found")} /> : <Busy />;
    const back = to(pathOfResource("vpnConnections", region, id, "tunnels"));
    if (!mayChange(who, "vpnTunnels")) return <OnlyRead who={who} back={back} title={connection.name} />;
    return <AddTunnels kind={kind} connection={connection} region={region} />;
}

const hidden = [...own, "vpnConnectionId", "copyParametersFrom"];

function AddTunnels({ kind, connection, region }: { kind: Kind; connection: Resource; region: string }) {
    const gateway = useResource("customerGateways", region, String(connection["customerGatewayId"]));
    const tunnels = useCollection("vpnTunnels").filter((tunnel) => tunnel["vpnConnectionId"] === connection.id);
    const cloud = (connection["cloudAddresses"] ?? []) as string[];
    const customer = (gateway?.["addresses"] ?? []) as string[];
    const [before] = useState(() => sorted(tunnels, (tunnel) => tunnel.name, false));
    const named = (pairs: Pair[], rows: readonly Row[]): Row[] =>
        pairs.reduce<Row[]>((done, pair) => {
            const taken = [...store.all("vpnTunnels"), ...rows, ...done].map((one) => one.name);
            return [...done, rowOf(pair, nextName(connection.name, taken))];
        }, []);
    const [rows, setRows] = useState<Row[]>(() => named(suggestedPairs(cloud, customer, before as unknown as Pair[]), []));
    const [source, setSource] = useState(before[0]?.id ?? "");
    const [tree, setTree] = useState<Tree>({});
    const making = useMaking(pathOf(region, "vpnTunnels"), connection.id);
    const started = making.outcomes.length > 0;
    const free = freePairs(cloud, customer, [...(before as unknown as Pair[]), ...rows]);
    const back = to(pathOfResource("vpnConnections", region, connection.id, "tunnels"));
    const done = started && making.outcomes.every((outcome) => outcome.state === "done");
    const made = making.outcomes.some((outcome) => outcome.state === "done");
    const failed = making.outcomes.find((outcome) => outcome.state === "failed");
    const replace = (at: number, row: Row): void => setRows(rows.map((other, i) => (i === at ? row : other)));
    return (
        <form class="sheet" onSubmit={(e) => (e.preventDefault(), void making.run(rows, creation(tree, kind.schema), source))}>
            <nav class="crumbs" aria-label="breadcrumb">
                <a href={back}>{connection.name}</a>
            </nav>
            <header class="page">
                <h1>{t("tunnels.add")}</h1>
            </header>
            <p class="faint">
                {t("tunnels.add.text")} <Ref region={region} id={String(connection["customerGatewayId"])} />
            </p>
            {rows.length === 0 && <Notice tone="idle">{t(free.length ? "tunnels.enough" : "tunnels.none")}</Notice>}
            {rows.map((row, at) => (
                <PairRow
                    key={at}
                    at={at}
                    row={row}
                    pairs={[row, ...free]}
                    twice={isTwice(rows, at)}
                    region={region}
                    outcome={making.outcomes[at]}
                    set={(next) => replace(at, next)}
                    remove={started ? undefined : () => setRows(rows.filter((_, i) => i !== at))}
                />
            ))}
            {free[0] && !started && (
                <p>
                    <Button icon="add" onClick={() => setRows([...rows, ...named(free.slice(0, 1), rows)])}>
                        {t("tunnels.pair.add")}
                    </Button>
                </p>
            )}
            <fieldset class="group" disabled={made}>
                <legend>{t("tunnels.parameters")}</legend>
                {before.length > 0 && (
                    <div class="field">
                        <label for="tunnels-source">{t("tunnels.source")}</label>
                        <select id="tunnels-source" value={source} onChange={(e) => setSource(e.currentTarget.value)}>
                            {before.map((tunnel) => (
                                <option key={tunnel.id} value={tunnel.id}>
                                    {t("tunnels.as", { name: tunnel.name })}
                                </option>
                            ))}
                            <option value="">{t("tunnels.new")}</option>
                        </select>
                    </div>
                )}
                <p class="faint">{t(source ? "tunnels.as.text" : "tunnels.new.text")}</p>
            </fieldset>
            {!done && (
                <Form
                    schema={kind.schema}
                    use="create"
                    region={region}
                    tree={tree}
                    set={setTree}
                    problem={isOwn(failed?.problem) ? undefined : failed?.problem}
                    hide={source || made ? [...hidden, ...copiedFields(kind)] : hidden}
                />
            )}
            {failed && <Notice tone="bad">{t("tunnels.stopped")}</Notice>}
            {making.psk && (
                <section class="card">
                    <PskOnce secret={making.psk} what="psk" />
                    <p class="faint">{t("tunnels.psk.all")}</p>
                </section>
            )}
            <footer>
                <LinkButton href={back} kind={done ? "primary" : "plain"}>
                    {t(done ? "close" : "cancel")}
                </LinkButton>
                {!done && (
                    <Button
                        type="submit"
                        kind="primary"
                        busy={making.busy}
                        disabled={rows.length === 0 || rows.some((_, at) => isTwice(rows, at))}
                    >
                        {failed ? t("retry") : t("tunnels.create", { count: rows.length })}
                    </Button>
                )}
            </footer>
        </form>
    );
}

/** What comes along with the other tunnel. */
const copiedFields = (kind: Kind): string[] =>
    ["ike", "ipsec", "dpd"]
        .flatMap((group) => Object.keys(kind.schema.properties?.[group]?.properties ?? {}).map((name) => `${group}.${name}`))
        .concat("psk");

/** Whether a refusal is about what stands in the row, which shows it itself. */
const isOwn = (problem: Problem | undefined): boolean => !problem?.field || own.some((name) => name === problem.field);
