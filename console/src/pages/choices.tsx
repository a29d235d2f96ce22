// What there is of a region, to choose from.
import { useCollection } from "../live/hooks.ts";
import { setQuery } from "../route.ts";
import { t } from "../words/words.ts";
import { collectionTitle } from "./names.tsx";

interface RegionChoiceProps {
    region: string;
    choose: (region: string) => void;
    any?: boolean;
    inline?: boolean;
}

export function RegionChoice({ region, choose, any, inline }: RegionChoiceProps) {
    const regions = useCollection("regions");
    return (
        <label class={inline ? "inline" : undefined}>
            {t("region")}
            <select value={region} onChange={(e) => choose(e.currentTarget.value)}>
                {any && <option value="">{t("regions.all")}</option>}
                {regions.map((one) => (
                    <option key={one.id} value={one.id}>
                        {one.name}
                    </option>
                ))}
            </select>
        </label>
    );
}

/** Which region is shown, in the address of the page; nothing where there is only one. */
export function RegionFilter({ region }: { region: string }) {
    if (useCollection("regions").length < 2) return null;
    return <RegionChoice any inline region={region} choose={(next) => setQuery({ region: next })} />;
}

/** Options, in groups by collection. */
export function Choices({ collections, region }: { collections: readonly string[]; region: string }) {
    return (
        <>
            {collections.map((collection) => (
                <Group key={collection} collection={collection} region={region} />
            ))}
        </>
    );
}

function Group({ collection, region }: { collection: string; region: string }) {
    const items = useCollection(collection).filter((item) => item.regionId === region);
    if (items.length === 0) return null;
    return (
        <optgroup label={collectionTitle(collection)}>
            {items.map((item) => (
                <option key={item.id} value={item.id}>
                    {item.name}
                    {typeof item["address"] === "string" ? ` · ${item["address"]}` : ""}
                </option>
            ))}
        </optgroup>
    );
}
