// A VPC route table: what forwards, and from which gateways routes are copied into it.
import { useState } from "preact/hooks";
import { call, pathOf, type Problem } from "../api/call.ts";
import type { RouteTable } from "../api/types.ts";
import { useAttempt } from "../live/attempt.ts";
import { useCollection } from "../live/hooks.ts";
import { mayChange } from "../live/session.ts";
import { to } from "../route.ts";
import { Button, Empty, LinkButton } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { Table } from "../ui/table.tsx";
import { t } from "../words/words.ts";
import { pathOfResource, Ref } from "./names.tsx";
import { ExplainLink, RoutesTable } from "./routes.tsx";
import type { PartProps } from "./part.ts";

type Propagation = NonNullable<RouteTable["propagations"]>[number];

export function TableRoutesPart({ who, item, region }: PartProps) {
    return (
        <RoutesTable region={region} path={`${pathOf(region, "routeTables", item.id)}/routes`} name={item.name}>
            {mayChange(who, "routeTables") && (
                <LinkButton icon="edit" href={to(pathOfResource("routeTables", region, item.id, "edit"))}>
                    {t("route.edit.static")}
                </LinkButton>
            )}
            <ExplainLink region={region} from={item.id} />
        </RoutesTable>
    );
}

export function PropagationsPart({ who, item, region }: PartProps) {
    const { problem, run } = useAttempt();
    const list = (item["propagations"] ?? []) as Propagation[];
    const changes = mayChange(who, "routeTables");
    const save = (propagations: Propagation[]): Promise<boolean> =>
        run(async () => {
            await call("PATCH", pathOf(region, "routeTables", item.id), { body: { propagations }, revision: item.revision });
            say(t("saved.done", { name: item.name }));
        });
    return (
        <>
            {changes && <AddPropagation region={region} problem={problem} add={(one) => save([...list, one])} />}
            <Table
                cards
                label={t("tab.propagations")}
                rows={list}
                rowKey={(row) => `${row.borderGatewayId} ${row.range}`}
                empty={<Empty title={t("empty.list")} />}
                columns={[
                    { key: "gateway", title: t("propagation.from"), cell: (row) => <Ref region={region} id={row.borderGatewayId} /> },
                    { key: "range", title: t("propagation.range"), cell: (row) => <code>{row.range}</code> },
                    {
                        key: "by",
                        title: t("propagation.by"),
                        cell: (row) => (row.vpcAttachmentId ? <Ref region={region} id={row.vpcAttachmentId} /> : t("propagation.by.hand")),
                    },
                    {
                        key: "remove",
                        title: "",
                        cell: (row) =>
                            changes &&
                            !row.vpcAttachmentId && (
                                <Button
                                    kind="quiet"
                                    icon="trash"
                                    label={`${t("remove")} ${row.range}`}
                                    onClick={() => void save(list.filter((other) => other !== row))}
                                />
                            ),
                    },
                ]}
            />
        </>
    );
}

interface AddProps {
    region: string;
    problem: Problem | undefined;
    add: (propagation: Propagation) => Promise<boolean>;
}

function AddPropagation({ region, problem, add }: AddProps) {
    const gateways = useCollection("borderGateways").filter((gateway) => gateway.regionId === region);
    const [gateway, setGateway] = useState("");
    const [range, setRange] = useState("");
    const submit = async (): Promise<void> => {
        if (await add({ borderGatewayId: gateway, range: range.trim() || "0.0.0.0/0" })) setRange("");
    };
    return (
        <form class="in-place" onSubmit={(e) => (e.preventDefault(), void submit())}>
            <label>
                {t("propagation.from")}
                <select required value={gateway} onChange={(e) => setGateway(e.currentTarget.value)}>
                    <option value="">{t("form.choose")}</option>
                    {gateways.map((item) => (
                        <option key={item.id} value={item.id}>
                            {item.name}
                        </option>
                    ))}
                </select>
            </label>
            <label>
                {t("propagation.range")}
                <input
                    type="text"
                    spellcheck={false}
                    placeholder="0.0.0.0/0"
                    aria-invalid={problem?.field?.endsWith("range") || undefined}
                    value={range}
                    onInput={(e) => setRange(e.currentTarget.value)}
                />
            </label>
            <Button type="submit" kind="primary" icon="add">
                {t("add")}
            </Button>
            <p class="error" role="alert">
                {problem?.message}
            </p>
        </form>
    );
}
