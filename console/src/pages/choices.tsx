// What there is of a region, to choose from.
import { useCollection } from "../live/hooks.ts";
import { t } from "../words/words.ts";
import { collectionTitle } from "./names.tsx";

export function RegionChoice({ region, choose, any }: { region: string; choose: (region: string) => void; any?: boolean }) {
    const regions = useCollection("regions");
    return (
        <label>
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
