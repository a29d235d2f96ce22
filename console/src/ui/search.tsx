// What is looked for. Keys are shown at once; what they mean is worked out when the hand rests.
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../words/words.ts";

const REST_MS = 150;

export function Search({ label = t("search"), text, onText }: { label?: string; text: string; onText: (text: string) => void }) {
    /** Not yet told. */
    const [typed, setTyped] = useState<string>();
    const timer = useRef<ReturnType<typeof setTimeout>>();
    const tell = (next: string): void => {
        clearTimeout(timer.current);
        setTyped(undefined);
        onText(next);
    };
    const type = (next: string): void => {
        clearTimeout(timer.current);
        setTyped(next);
        timer.current = setTimeout(() => tell(next), REST_MS);
    };
    useEffect(() => () => clearTimeout(timer.current), []);
    return (
        <input
            type="search"
            class="grow"
            aria-label={label}
            placeholder={label}
            value={typed ?? text}
            onInput={(e) => type(e.currentTarget.value)}
            onKeyDown={(e) => e.key === "Enter" && tell(e.currentTarget.value)}
        />
    );
}
