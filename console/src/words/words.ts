// The reader's language: what it is, and the words in it.
import { en, type Word } from "./en.ts";
import { zh } from "./zh.ts";

export type { Word };
export type Language = "en" | "zh";
export type Arguments = Record<string, string | number>;

const tables: Record<Language, Record<Word, string>> = { en, zh };
const listeners = new Set<() => void>();
let current: Language = "en";

export const language = (): Language => current;
/** A date's or number's way of being written. */
export const locale = (): string => (current === "zh" ? "zh-CN" : "en-GB");

/** What the reader chose last, else what the browser prefers. */
export function chooseLanguage(stored: string | null, preferred: readonly string[]): Language {
    if (stored === "en" || stored === "zh") return stored;
    for (const tag of preferred) {
        if (/^zh\b/i.test(tag)) return "zh";
        if (/^en\b/i.test(tag)) return "en";
    }
    return "en";
}

export function setLanguage(to: Language): void {
    current = to;
    document.documentElement.lang = to === "zh" ? "zh-CN" : "en";
    for (const listener of listeners) listener();
}

export function onLanguage(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

/** Puts arguments in the place of their {names}. */
export const fill = (text: string, args: Arguments): string =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in args ? String(args[name]) : whole));

export function t(word: Word, args?: Arguments): string {
    const text = tables[current][word];
    return args ? fill(text, args) : text;
}

/** The text of a descriptor that has one in each language. */
export const either = (text: { en: string; zh: string } | undefined, otherwise = ""): string => (text ? text[current] : otherwise);

/** A title in the middle of a sentence: English writes it small there, if it is no name or abbreviation. */
export const within = (title: string): string =>
    current === "en" && /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
