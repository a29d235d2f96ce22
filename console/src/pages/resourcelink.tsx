// What a log names: as a link while it is there, by the name of then when it is gone.
import { kindOf } from "../forms/schema.ts";
import { useResource } from "../live/hooks.ts";
import { to } from "../route.ts";
import { pathOfResource, titleOf } from "./names.tsx";

interface Props {
    /** Empty: nothing that has a page. */
    collection: string;
    region: string;
    id: string;
    name: string;
}

export function ResourceLink({ collection, region, id, name }: Props) {
    const at = kindOf(collection)?.regional ? region : "";
    const item = useResource(collection, at || region, id);
    if (!item) return <span title={id}>{name || id}</span>;
    return (
        <a href={to(pathOfResource(collection, at, id))} title={id}>
            {titleOf(collection, item) || name || id}
        </a>
    );
}
