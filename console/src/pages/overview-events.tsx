// The newest of what has happened; nothing at all where the control plane keeps no events.
import { useState } from "preact/hooks";
import { useCollection, useLoaded, useNow } from "../live/hooks.ts";
import { Ago, Badge } from "../ui/parts.tsx";
import { language, t } from "../words/words.ts";
import { ResourceLink } from "./resourcelink.tsx";
import { ofRegions } from "./overview-ask.ts";
import { failure, Panel, severityTone } from "./overview-panels.tsx";

const EVERY_MS = 30_000;
const NEWEST = 12;

interface Happened {
    id: string;
    at: string;
    severity: string;
    text: string;
    resource?: { collection: string; id: string; name: string };
}

export function Events({ regions, now }: { regions: readonly string[]; now: number }) {
    const round = useNow(EVERY_MS);
    const told = useCollection("events").length;
    const [kept, setKept] = useState(true); // who keeps none is not asked again
    const loaded = useLoaded(
        async (signal) => {
            const items = kept ? await ofRegions<Happened>(regions, "events", signal) : undefined;
            if (!items) setKept(false);
            return items;
        },
        [regions.join(), kept && round, told, language()],
    );
    if (!loaded.value) return null;
    const items = [...loaded.value].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, NEWEST);
    return (
        <Panel title={t("c.events")} at={loaded.at} now={now}>
            {failure(loaded)}
            {!loaded.error && items.length === 0 && <p class="faint">{t("events.none")}</p>}
            <ul>
                {items.map((item) => (
                    <li key={`${item.regionId} ${item.id}`}>
                        <Badge tone={severityTone(item.severity)}>
                            <Ago at={item.at} now={now} />
                        </Badge>{" "}
                        {item.resource && (
                            <ResourceLink
                                collection={item.resource.collection}
                                region={item.regionId}
                                id={item.resource.id}
                                name={item.resource.name}
                            />
                        )}{" "}
                        {item.text}
                    </li>
                ))}
            </ul>
        </Panel>
    );
}
