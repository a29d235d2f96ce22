// One tunnel that is to be added: its two ends, its inner addresses, and what became of it.
import { kindOf } from "../forms/schema.ts";
import { useResource } from "../live/hooks.ts";
import { Badge, Button, Notice } from "../ui/parts.tsx";
import { either, t } from "../words/words.ts";
import type { Outcome } from "./making.ts";
import { Ref } from "./names.tsx";
import type { Pair, Row } from "./pairs.ts";

interface Props {
    at: number;
    row: Row;
    /** That may be chosen, its own among them. */
    pairs: Pair[];
    twice: boolean;
    region: string;
    outcome: Outcome | undefined;
    set: (row: Row) => void;
    remove: (() => void) | undefined;
}

const textOf = (pair: Pair): string => `${pair.cloudAddress} ↔ ${pair.customerAddress}`;

export function PairRow({ at, row, pairs, twice, region, outcome, set, remove }: Props) {
    const made = outcome?.state === "done";
    const tunnel = useResource("vpnTunnels", region, outcome?.id ?? "");
    const wrong = outcome?.problem?.field;
    const choose = (text: string): void => {
        const pair = pairs.find((other) => textOf(other) === text);
        if (pair) set({ ...row, cloudAddress: pair.cloudAddress, customerAddress: pair.customerAddress });
    };
    const input = (name: "name" | "tunnelAddress" | "peerTunnelAddress" | "localId" | "remoteId", placeholder = t("form.auto")) => (
        <label>
            {either(kindOf("vpnTunnels")?.schema.properties?.[name]?.["x-ropeway-title"], name)}
            <input
                type="text"
                spellcheck={false}
                autocomplete="off"
                placeholder={placeholder}
                disabled={made}
                aria-invalid={wrong === name || undefined}
                value={tunnel ? String(tunnel[name]) : row[name]}
                onInput={(e) => set({ ...row, [name]: e.currentTarget.value })}
            />
        </label>
    );
    return (
        <section class="card pair" aria-label={t("tunnels.nth", { n: at + 1 })}>
            <header>
                <h2>{t("tunnels.nth", { n: at + 1 })}</h2>
                {outcome && <OutcomeBadge outcome={outcome} />}
                {outcome?.id && <Ref region={region} id={outcome.id} />}
                <span class="grow" />
                {remove && <Button kind="quiet" icon="trash" label={`${t("remove")} ${row.name}`} onClick={remove} />}
            </header>
            <div class="in-place">
                {input("name")}
                <label>
                    {t("tunnels.pair")}
                    <select
                        value={textOf(row)}
                        disabled={made}
                        aria-invalid={twice || undefined}
                        onChange={(e) => choose(e.currentTarget.value)}
                    >
                        {pairs.map((pair) => (
                            <option key={textOf(pair)}>{textOf(pair)}</option>
                        ))}
                    </select>
                </label>
                {input("tunnelAddress")}
                {input("peerTunnelAddress")}
            </div>
            <details open={wrong === "localId" || wrong === "remoteId"}>
                <summary>{t("tunnels.ids")}</summary>
                <div class="in-place">
                    {input("localId", row.cloudAddress)}
                    {input("remoteId", row.customerAddress)}
                </div>
            </details>
            {outcome?.problem && <Notice tone="bad">{outcome.problem.message}</Notice>}
            {outcome?.warnings?.map((warning) => (
                <Notice key={warning} tone="warn">
                    {warning}
                </Notice>
            ))}
        </section>
    );
}

function OutcomeBadge({ outcome }: { outcome: Outcome }) {
    const tone = { waiting: "idle", busy: "busy", done: "ok", failed: "bad" } as const;
    return <Badge tone={tone[outcome.state]}>{t(`making.${outcome.state}`)}</Badge>;
}
