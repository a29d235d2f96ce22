// A form that is a page: its title, what is to be filled in, the way back, the button that sends it, and what is told after that.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Problem } from "../api/call.ts";
import { useAttempt } from "../live/attempt.ts";
import type { Resource } from "../live/store.ts";
import { Button, Dialog, LinkButton, Notice } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { t } from "../words/words.ts";
import { PskOnce } from "./psk.tsx";

export interface Saved extends Resource {
    psk?: string;
    token?: string;
    link?: string;
    webhookSecret?: string;
    warnings?: string[];
}

/** Shown when they are made, and not again. */
const secrets = ["psk", "token", "link", "webhookSecret"] as const;

const hasMore = (saved: Saved): boolean => secrets.some((name) => saved[name]) || (saved.warnings ?? []).length > 0;

export interface Sending {
    busy: boolean;
    problem: Problem | undefined;
    forget: () => void;
    send: () => Promise<void>;
    /** What is to be read before the page is left. */
    saved: Saved | undefined;
    leave: () => void;
}

/** ask() saves; told is said of that; then the page is left for what was saved. */
export function useSending(ask: () => Promise<Saved>, told: (saved: Saved) => string, left: (saved: Saved) => void): Sending {
    const { busy, problem, forget, run } = useAttempt();
    const [saved, setSaved] = useState<Saved>();
    const send = async (): Promise<void> => {
        await run(async () => {
            const item = await ask();
            say(told(item));
            if (hasMore(item)) setSaved(item);
            else left(item);
        });
    };
    return { busy, problem, forget, send, saved, leave: () => saved && left(saved) };
}

interface Props {
    title: string;
    back: string;
    sending: Sending;
    /** On the button. */
    word: string;
    disabled?: boolean;
    children: ComponentChildren;
}

export function Sheet({ title, back, sending, word, disabled = false, children }: Props) {
    return (
        <form class="sheet" onSubmit={(e) => (e.preventDefault(), void sending.send())}>
            <header class="page">
                <h1>{title}</h1>
            </header>
            {children}
            <footer>
                <LinkButton href={back}>{t("cancel")}</LinkButton>
                <Button type="submit" kind="primary" busy={sending.busy} disabled={disabled}>
                    {word}
                </Button>
            </footer>
            {sending.saved && <After saved={sending.saved} onClose={sending.leave} />}
        </form>
    );
}

/** What is shown once, and what the server warns of. */
function After({ saved, onClose }: { saved: Saved; onClose: () => void }) {
    const what = secrets.find((name) => saved[name]);
    const secret = what && saved[what];
    return (
        <Dialog title={saved.name} onClose={onClose}>
            {(saved.warnings ?? []).map((warning) => (
                <Notice key={warning} tone="warn">
                    {warning}
                </Notice>
            ))}
            {secret && <PskOnce secret={secret} what={what} />}
            <footer>
                <Button kind="primary" onClick={onClose}>
                    {t("ok")}
                </Button>
            </footer>
        </Dialog>
    );
}
