// Short news at the edge of the page, also for those who hear it instead; one may offer to undo what was done.
import { useLayoutEffect, useState } from "preact/hooks";
import { t } from "../words/words.ts";
import { Button, type Tone } from "./parts.tsx";

interface News {
    id: number;
    tone: Tone;
    text: string;
    undo: (() => void) | undefined;
}

let all: News[] = [];
let next = 1;
const listeners = new Set<() => void>();
const SHOWN_MS = { plain: 5_000, undo: 15_000 };

function set(news: News[]): void {
    all = news;
    for (const listener of listeners) listener();
}

const drop = (id: number): void => set(all.filter((n) => n.id !== id));

export function say(text: string, tone: Tone = "ok", undo?: () => void): void {
    const id = next++;
    set([...all.slice(-3), { id, tone, text, undo }]);
    setTimeout(() => drop(id), undo ? SHOWN_MS.undo : SHOWN_MS.plain);
}

export function Toasts() {
    const [news, setNews] = useState(all);
    useLayoutEffect(() => {
        const listener = (): void => setNews(all);
        listeners.add(listener);
        return () => void listeners.delete(listener);
    }, []);
    return (
        <div class="toasts" role="status" aria-live="polite">
            {news.map((n) => (
                <div key={n.id} class={`toast ${n.tone}`}>
                    <span class="grow">{n.text}</span>
                    {n.undo && (
                        <Button kind="quiet" onClick={() => (drop(n.id), n.undo?.())}>
                            {t("undo")}
                        </Button>
                    )}
                    <Button kind="quiet" icon="close" label={t("close")} onClick={() => drop(n.id)} />
                </div>
            ))}
        </div>
    );
}
