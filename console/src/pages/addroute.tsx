// Adds a static route to a border gateway, in the place where its routes are shown.
import { useMemo, useState } from "preact/hooks";
import { call, newKey, pathOf } from "../api/call.ts";
import { useAttempt } from "../live/attempt.ts";
import { useCollection } from "../live/hooks.ts";
import type { Resource } from "../live/store.ts";
import { Button } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { t } from "../words/words.ts";
import { collectionTitle } from "./names.tsx";

export function AddRoute({ gateway, region }: { gateway: Resource; region: string }) {
    const [destination, setDestination] = useState("");
    const [nextHop, setNextHop] = useState("");
    const { busy, problem, run } = useAttempt();
    const key = useMemo(newKey, [destination, nextHop]);
    const add = async (): Promise<void> => {
        const body = { borderGatewayId: gateway.id, destination: destination.trim(), nextHop };
        await call("POST", pathOf(region, "borderGatewayRoutes"), { body, key });
        say(t("created.done", { name: destination.trim() }));
        setDestination("");
    };
    const wrong = (field: string): boolean => problem?.field === field;
    return (
        <form class="in-place" onSubmit={(e) => (e.preventDefault(), void run(add))}>
            <label>
                {t("route.destination")}
                <input
                    type="text"
                    required
                    spellcheck={false}
                    autocomplete="off"
                    placeholder="10.2.0.0/16"
                    aria-invalid={wrong("destination") || undefined}
                    aria-describedby="add-route-error"
                    value={destination}
                    onInput={(e) => setDestination(e.currentTarget.value)}
                />
            </label>
            <label>
                {t("route.next.hop")}
                <select
                    required
                    value={nextHop}
                    aria-invalid={wrong("nextHop") || undefined}
                    onChange={(e) => setNextHop(e.currentTarget.value)}
                >
                    <option value="">{t("form.choose")}</option>
                    <Hops collection="vpnConnections" region={region} gateway={gateway.id} />
                    <Hops collection="privateInterfaces" region={region} gateway={gateway.id} />
                    <Hops collection="vpcAttachments" region={region} gateway={gateway.id} />
                    <option value="blackhole">{t("hop.blackhole")}</option>
                </select>
            </label>
            <Button type="submit" kind="primary" icon="add" busy={busy}>
                {t("route.add")}
            </Button>
            <p class="error" id="add-route-error" role="alert">
                {problem?.message}
            </p>
        </form>
    );
}

function Hops({ collection, region, gateway }: { collection: string; region: string; gateway: string }) {
    const items = useCollection(collection).filter((item) => item.regionId === region && item["borderGatewayId"] === gateway);
    if (items.length === 0) return null;
    return (
        <optgroup label={collectionTitle(collection)}>
            {items.map((item) => (
                <option key={item.id} value={item.id}>
                    {item.name}
                </option>
            ))}
        </optgroup>
    );
}
