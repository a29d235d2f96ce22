// Whether a collection is there, whichever way it comes: by the stream, or (tokens, users) because it was asked for.
import { kindOf } from "../forms/schema.ts";
import { useFetched, type Fetched } from "../live/fetched.ts";
import { useFilled, useNow } from "../live/hooks.ts";
import { Button } from "../ui/parts.tsx";
import { age } from "../words/time.ts";
import { t } from "../words/words.ts";

/** What lives in regions is told by the stream, and the regions themselves. */
export const isFollowed = (collection: string): boolean => collection === "regions" || (kindOf(collection)?.regional ?? true);

/** ready: all is there; before that what is missing means nothing. */
export function useReady(collection: string, region?: string): Fetched & { ready: boolean } {
    const followed = isFollowed(collection);
    const filled = useFilled(region);
    const fetched = useFetched(followed ? undefined : collection);
    return { ...fetched, ready: followed ? filled : fetched.at !== undefined };
}

/** "As of 12 s ago", and a button to ask again. */
export function AsOf({ at, again }: { at: number | undefined; again: () => void }) {
    const now = useNow();
    if (!at) return null;
    return (
        <span class="faint as-of">
            {t("as.of", { age: age(now - at) })}
            <Button kind="quiet" icon="refresh" label={t("refresh")} onClick={again} />
        </span>
    );
}
