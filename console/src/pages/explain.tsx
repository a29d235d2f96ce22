// Why packets to an address go where they go: through which tables, and where they end.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import { kindOfId } from "../forms/schema.ts";
import { routing, useChanges } from "../live/changes.ts";
import { useCollection, useFilled, useLoaded } from "../live/hooks.ts";
import { store, type Resource } from "../live/store.ts";
import { setQuery, to as address } from "../route.ts";
import { Busy, Button, Empty, Notice } from "../ui/parts.tsx";
import { language, t } from "../words/words.ts";
import type { PageProps } from "./list.tsx";
import { Choices, RegionChoice } from "./choices.tsx";
import { tableOf, type Answer } from "./path.ts";
import { PathPicture } from "./pathpicture.tsx";
import { AsOf } from "./ready.tsx";

export function ExplainPage({ route }: PageProps) {
    const regions = useCollection("regions");
    const region = route.query.get("region") || (regions[0]?.id ?? "");
    const from = route.query.get("from") ?? "";
    const destination = route.query.get("to") ?? "";
    const filled = useFilled(region);
    const start = kindOfId(from);
    const item = start && store.get(start.collection, region, from);
    return (
        <>
            <header class="page">
                <h1>{t("explain.title")}</h1>
            </header>
            <p class="faint">{t("explain.text")}</p>
            <Question region={region} from={from} destination={destination} />
            {from && destination && !filled && <Busy />}
            {from && filled && !item && <Empty title={t("not.found")} />}
            {item && start && destination && (
                <Result
                    key={`${from} ${destination}`}
                    collection={start.collection}
                    item={item}
                    region={region}
                    destination={destination}
                />
            )}
        </>
    );
}

function Question({ region, from, destination }: { region: string; from: string; destination: string }) {
    const [typed, setTyped] = useState(destination);
    const instances = useCollection("instances");
    return (
        <form class="in-place" onSubmit={(e) => (e.preventDefault(), setQuery({ to: typed.trim() }))}>
            <RegionChoice region={region} choose={(next) => setQuery({ region: next, from: undefined })} />
            <label>
                {t("explain.from")}
                <select required value={from} onChange={(e) => setQuery({ from: e.currentTarget.value })}>
                    <option value="">{t("form.choose")}</option>
                    <Choices collections={["instances", "routeTables", "borderGateways"]} region={region} />
                </select>
            </label>
            <label>
                {t("explain.to")}
                <input
                    type="text"
                    required
                    spellcheck={false}
                    autocomplete="off"
                    list="explain-addresses"
                    placeholder="10.2.0.5"
                    value={typed}
                    onInput={(e) => setTyped(e.currentTarget.value)}
                />
                <datalist id="explain-addresses">
                    {instances.map((instance) => (
                        <option key={instance.id} value={String(instance["address"])}>
                            {instance.name} · {instance.regionId}
                        </option>
                    ))}
                </datalist>
            </label>
            <Button type="submit" kind="primary">
                {t("explain.do")}
            </Button>
        </form>
    );
}

interface ResultProps {
    collection: string;
    item: Resource;
    region: string;
    destination: string;
}

function Result({ collection, item, region, destination }: ResultProps) {
    const changes = useChanges(region, routing);
    const isInstance = collection === "instances";
    const table = isInstance ? tableOf(item, store.all("subnets"), store.all("routeTables")) : item;
    const path = table && `${pathOf(region, isInstance ? "routeTables" : collection, table.id)}/explain`;
    const loaded = useLoaded(
        (signal) =>
            path
                ? call<Answer>("GET", `${path}?destination=${encodeURIComponent(destination)}`, { signal })
                : Promise.reject(new Error(t("explain.no.table"))),
        [path, destination, changes, language()],
    );
    const error = loaded.error as Error | undefined;
    if (error) return <Notice tone="bad">{error.message}</Notice>;
    if (!loaded.value) return <Busy />;
    return (
        <>
            <PathPicture answer={loaded.value} region={region} source={isInstance ? item : undefined} />
            <div class="tools">
                {isInstance && (
                    <a class="button" href={address(["test"], { region, from: item.id, to: destination })}>
                        {t("test.this")}
                    </a>
                )}
                <AsOf at={loaded.at} again={loaded.again} />
            </div>
        </>
    );
}
