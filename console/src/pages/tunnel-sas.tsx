// The SAs of a tunnel, as its node told of them last.
import type { ComponentChildren } from "preact";
import { Cell } from "./columns.tsx";
import { fieldAt } from "../forms/schema.ts";
import { valueAt } from "../forms/value.ts";
import { ratesOf, useNow } from "../live/hooks.ts";
import { Ago, Empty, Facts, Notice } from "../ui/parts.tsx";
import { quantity } from "../words/time.ts";
import { either, t } from "../words/words.ts";
import { Heard } from "./heard.tsx";
import type { PartProps } from "./part.ts";

type Rows = [title: string, value: ComponentChildren, help?: string | undefined][];

function nat(item: PartProps["item"]): string {
    const [local, remote] = [item["natLocal"] === true, item["natRemote"] === true];
    if (local && remote) return t("sa.nat.both");
    return t(local ? "sa.nat.local" : remote ? "sa.nat.remote" : "sa.nat.none");
}

export function SasPart({ kind, item, region }: PartProps) {
    const now = useNow();
    const facts = (...paths: string[]): Rows =>
        paths.flatMap((path): Rows => {
            const field = fieldAt(kind.schema, path);
            if (!field) return [];
            const cell = <Cell schema={field} value={valueAt(item, path)} region={region} now={now} />;
            return [[either(field["x-ropeway-title"], path), cell, either(field["x-ropeway-description"])]];
        });
    const counters = Object.keys(fieldAt(kind.schema, "counters")?.properties ?? {}).map((name) => `counters.${name}`);
    const rates = ratesOf(region, item.id);
    const unsure = item["operState"] === "unknown";
    if (!item["ikeAlgorithms"]) return <Empty title={t("sa.none")} />;
    return (
        <>
            {unsure && <Notice tone="unknown">{t("sa.unsure")}</Notice>}
            <section class="card">
                <h2>{t("sa.ike")}</h2>
                <Facts
                    rows={[
                        ...facts("ikeAlgorithms", "remote", "localId", "remoteId"),
                        [t("sa.nat"), nat(item)],
                        ...facts("since", "ikeRekeys", "handshakeUs", "dpdRttMicroseconds"),
                    ]}
                />
            </section>
            <section class="card">
                <h2>{t("sa.ipsec")}</h2>
                <Facts rows={facts("ipsecAlgorithms", "childRekeys", "ipsec.lifetimeSeconds", "ipsec.antiReplayWindow", "ipsec.esn")} />
            </section>
            <section class="card">
                <h2>{t("sa.traffic")}</h2>
                {rates && (
                    <p>
                        {t("rate")}: ↓ {quantity(rates.bitsIn, "bit/s")} ↑ {quantity(rates.bitsOut, "bit/s")}{" "}
                        <span class="faint">
                            (<Ago at={rates.at} now={now} />)
                        </span>
                    </p>
                )}
                <p class="faint">
                    {t("sa.total")} <Heard now={now} />
                </p>
                <Facts rows={facts(...counters)} />
            </section>
        </>
    );
}
