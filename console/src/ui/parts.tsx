// Small parts that pages are made of. They know nothing of VPNs.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { age, dateTime } from "../words/time.ts";
import { t } from "../words/words.ts";
import { Icon, type IconName } from "./icons.tsx";

export type Tone = "ok" | "bad" | "warn" | "idle" | "unknown" | "busy";

/** A state in a word; its mark differs in shape as well as in colour. */
export function Badge({ tone, title, children }: { tone: Tone; title?: string | undefined; children: ComponentChildren }) {
    return (
        <span class={`badge ${tone}`} title={title}>
            <span class="mark" aria-hidden="true" />
            {children}
        </span>
    );
}

type ButtonProps = {
    kind?: "primary" | "danger" | "plain" | "quiet";
    icon?: IconName;
    busy?: boolean;
    children?: ComponentChildren;
    label?: string;
} & Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "label">;

export function Button({ kind = "plain", icon, busy, children, label, disabled, ...rest }: ButtonProps) {
    return (
        <button
            type="button"
            class={`button ${kind}`}
            aria-label={label}
            title={label}
            aria-busy={busy}
            disabled={disabled || busy}
            {...rest}
        >
            {icon && <Icon name={icon} />}
            {children}
        </button>
    );
}

export function LinkButton({
    href,
    kind = "plain",
    icon,
    children,
}: {
    href: string;
    kind?: string;
    icon?: IconName;
    children: ComponentChildren;
}) {
    return (
        <a class={`button ${kind}`} href={href}>
            {icon && <Icon name={icon} />}
            {children}
        </a>
    );
}

/** A text in its frame: what is wrong, what to know. */
export function Notice({ tone = "idle", title, children }: { tone?: Tone; title?: string; children?: ComponentChildren }) {
    return (
        <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : undefined}>
            <div class="grow">
                {title && <strong>{title}</strong>}
                <div>{children}</div>
            </div>
        </div>
    );
}

/** "12 s ago", with the time itself on demand. now comes from useNow() of whoever paints it. */
export function Ago({ at, now }: { at: string | number | undefined; now: number }) {
    if (!at) return <span class="faint">–</span>;
    const ms = typeof at === "number" ? at : Date.parse(at);
    return (
        <time dateTime={new Date(ms).toISOString()} title={dateTime(ms)}>
            {age(now - ms)}
        </time>
    );
}

export function Copy({ text, label }: { text: string; label?: string }) {
    const [done, setDone] = useState(false);
    useEffect(() => {
        if (!done) return;
        const timer = setTimeout(() => setDone(false), 1500);
        return () => clearTimeout(timer);
    }, [done]);
    const copy = (): void => void navigator.clipboard.writeText(text).then(() => setDone(true));
    return <Button kind="quiet" icon={done ? "check" : "copy"} label={done ? t("copied") : (label ?? t("copy"))} onClick={copy} />;
}

/** Modal; the browser keeps the focus inside and closes it by Escape. */
export function Dialog({
    title,
    onClose,
    children,
    wide,
}: {
    title: string;
    onClose: () => void;
    children: ComponentChildren;
    wide?: boolean;
}) {
    const ref = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const dialog = ref.current;
        if (dialog && !dialog.open) dialog.showModal();
        return () => dialog?.close();
    }, []);
    return (
        <dialog ref={ref} class={wide ? "wide" : ""} aria-labelledby="dialog-title" onClose={onClose}>
            <header>
                <h2 id="dialog-title">{title}</h2>
                <Button kind="quiet" icon="close" label={t("close")} onClick={onClose} />
            </header>
            {children}
        </dialog>
    );
}

/** The parts of a page, as links: each has an address of its own. */
export function Tabs({ tabs, current }: { tabs: { name: string; title: string; href: string; count?: number }[]; current: string }) {
    const bar = useRef<HTMLElement>(null);
    useEffect(() => {
        const here = bar.current?.querySelector<HTMLElement>("[aria-current]");
        if (bar.current && here) bar.current.scrollLeft = here.offsetLeft - (bar.current.clientWidth - here.offsetWidth) / 2;
    }, [current]);
    return (
        <nav class="tabs" aria-label={t("tab.details")} ref={bar}>
            {tabs.map((tab) => (
                <a key={tab.name} href={tab.href} aria-current={tab.name === current ? "page" : undefined}>
                    {tab.title}
                    {tab.count !== undefined && <span class="count">{tab.count}</span>}
                </a>
            ))}
        </nav>
    );
}

/** Names and what they are. */
export function Facts({ rows }: { rows: [title: string, value: ComponentChildren, help?: string | undefined][] }) {
    return (
        <dl class="facts">
            {rows.map(([title, value, help]) => (
                <div key={title}>
                    <dt title={help}>{title}</dt>
                    <dd>{value}</dd>
                </div>
            ))}
        </dl>
    );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
    return (
        <div class="empty">
            <p>{title}</p>
            {children}
        </div>
    );
}

export function Busy() {
    return (
        <p class="busy-text" aria-busy="true">
            {t("loading")}
        </p>
    );
}

/** A button with a list of what can be done; arrow keys are the browser's Tab. */
export function Menu({
    label,
    icon = "more",
    children,
    text,
}: {
    label: string;
    icon?: IconName;
    children: ComponentChildren;
    text?: string;
}) {
    const [open, setOpen] = useState(false);
    const ref = useRef<HTMLDivElement>(null);
    useEffect(() => {
        if (!open) return;
        const outside = (event: Event): void => {
            if (!ref.current?.contains(event.target as Node)) setOpen(false);
        };
        const key = (event: KeyboardEvent): void => {
            if (event.key === "Escape") setOpen(false);
        };
        addEventListener("pointerdown", outside);
        addEventListener("keydown", key);
        return () => {
            removeEventListener("pointerdown", outside);
            removeEventListener("keydown", key);
        };
    }, [open]);
    return (
        <div class="menu" ref={ref}>
            <Button
                kind="quiet"
                icon={icon}
                label={text ? `${label}: ${text}` : label}
                aria-expanded={open}
                aria-haspopup="true"
                onClick={() => setOpen(!open)}
            >
                {text}
            </Button>
            {open && (
                <div class="menu-list" onClick={() => setOpen(false)}>
                    {children}
                </div>
            )}
        </div>
    );
}
