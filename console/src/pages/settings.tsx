// Language and appearance: kept in this browser.
import { Menu } from "../ui/parts.tsx";
import { language, setLanguage, t, type Language } from "../words/words.ts";

const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export function showTheme(theme: string | null): void {
    if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
    else delete document.documentElement.dataset["theme"];
}

const names: Record<Language, string> = { en: "English", zh: "中文" };

export function LanguageMenu() {
    const choose = (to: Language): void => {
        localStorage.setItem("language", to);
        setLanguage(to);
    };
    return (
        <Menu
            label={`${names[language()]}: ${t("language")} / ${language() === "en" ? "语言" : "Language"}`}
            icon="globe"
            text={names[language()]}
        >
            {(Object.keys(names) as Language[]).map((lang) => (
                <button
                    key={lang}
                    type="button"
                    lang={lang === "zh" ? "zh-CN" : "en"}
                    aria-current={lang === language()}
                    onClick={() => choose(lang)}
                >
                    {names[lang]}
                </button>
            ))}
        </Menu>
    );
}

export function ThemeMenu() {
    const choose = (theme: Theme): void => {
        localStorage.setItem("theme", theme);
        showTheme(theme);
    };
    return (
        <Menu label={t("theme")} icon="sun">
            {themes.map((theme) => (
                <button key={theme} type="button" onClick={() => choose(theme)}>
                    {t(`theme.${theme}`)}
                </button>
            ))}
        </Menu>
    );
}
