// Language and appearance: kept in this browser.
import { Menu } from "../ui/parts.tsx";
import { language, setLanguage, t, type Language } from "../words/words.ts";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];

const wantsDark = matchMedia("(prefers-color-scheme: dark)");

const chosenTheme = (): Theme => themes.find((theme) => theme === localStorage.getItem("theme")) ?? "system";

/** What was chosen in this browser, else what the system prefers now. */
export function showTheme(): void {
    const theme = chosenTheme();
    document.documentElement.dataset["theme"] = theme === "system" ? (wantsDark.matches ? "dark" : "light") : theme;
}

wantsDark.addEventListener("change", showTheme);

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
        showTheme();
    };
    return (
        <Menu label={t("theme")} icon="sun">
            {themes.map((theme) => (
                <button key={theme} type="button" aria-current={theme === chosenTheme()} onClick={() => choose(theme)}>
                    {t(`theme.${theme}`)}
                </button>
            ))}
        </Menu>
    );
}
