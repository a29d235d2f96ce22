// How old what nodes told is.
import { linkNow } from "../live/link.ts";
import { Ago } from "../ui/parts.tsx";

/** Until when the page would have heard of a change. */
export function Heard({ now }: { now: number }) {
    const { heardAt } = linkNow();
    if (!heardAt) return null;
    return (
        <span class="faint">
            (<Ago at={heardAt} now={now} />)
        </span>
    );
}
