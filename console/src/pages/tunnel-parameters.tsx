// What the tunnel is to accept, and what it agreed on with its peer.
import type { ComponentChildren } from "preact";
import { shownValue } from "../forms/form.tsx";
import { fieldAt, type Schema } from "../forms/schema.ts";
import { valueAt } from "../forms/value.ts";
import { Badge, Notice } from "../ui/parts.tsx";
import { either, t } from "../words/words.ts";
import type { PartProps } from "./part.ts";
import { agreedOf, isAllowed, type Agreed } from "./tunnel-algorithms.ts";

interface Row {
    path: string;
    title: string;
    configured: string;
    agreed: ComponentChildren;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);

/** The fields of a group, with what was agreed for those of which one is chosen. */
function rowsOf(schema: Schema, item: PartProps["item"], group: string, agreed: Agreed): Row[] {
    const fields = fieldAt(schema, group)?.properties ?? {};
    return Object.entries(fields).map(([name, field]) => {
        const path = `${group}.${name}`;
        const value = valueAt(item, path);
        const chosen = agreed[name as keyof Agreed];
        return {
            path,
            title: either(field["x-ropeway-title"], path),
            configured: shownValue(field, value) || "–",
            agreed: chosen !== undefined && (
                <>
                    {shownValue(field.items ?? {}, chosen)} {!isAllowed(value, chosen) && <Badge tone="warn">{t("p.other")}</Badge>}
                </>
            ),
        };
    });
}

function restOf(schema: Schema, item: PartProps["item"]): Row[] {
    const row = (path: string, agreed?: string): Row => ({
        path,
        title: either(fieldAt(schema, path)?.["x-ropeway-title"], path),
        configured: shownValue(fieldAt(schema, path) ?? {}, valueAt(item, path)) || "–",
        agreed,
    });
    return [
        row("cloudAddress"),
        row("customerAddress", text(item["remote"])),
        row("localId"),
        row("remoteId"),
        row("tunnelAddress"),
        row("peerTunnelAddress"),
        row("initiate"),
        row("mtu"),
        row("mssClamp"),
    ];
}

export function ParametersPart({ kind, item }: PartProps) {
    const up = Boolean(item["ikeAlgorithms"]);
    const { schema } = kind;
    return (
        <>
            {!up && <Notice>{t("p.never")}</Notice>}
            <Parameters title={t("p.ike")} rows={rowsOf(schema, item, "ike", agreedOf(text(item["ikeAlgorithms"])))} />
            <Parameters title={t("p.ipsec")} rows={rowsOf(schema, item, "ipsec", agreedOf(text(item["ipsecAlgorithms"])))} />
            <Parameters title="DPD" rows={rowsOf(schema, item, "dpd", {})} />
            <Parameters title={t("p.rest")} rows={restOf(schema, item)} />
        </>
    );
}

function Parameters({ title, rows }: { title: string; rows: Row[] }) {
    const agreed = rows.some((row) => row.agreed);
    return (
        <section class="card">
            <h2>{title}</h2>
            <table class="figures">
                <thead>
                    <tr>
                        <th scope="col">{t("p.parameter")}</th>
                        <th scope="col">{t("p.configured")}</th>
                        {agreed && <th scope="col">{t("p.negotiated")}</th>}
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => (
                        <tr key={row.path}>
                            <th scope="row">{row.title}</th>
                            <td>{row.configured}</td>
                            {agreed && <td>{row.agreed || <span class="faint">–</span>}</td>}
                        </tr>
                    ))}
                </tbody>
            </table>
        </section>
    );
}
