// Logging in: by user and password, by token, or by an invitation that sets the password.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAttempt } from "../live/attempt.ts";
import { logIn, type LogIn } from "../live/session.ts";
import { go } from "../route.ts";
import { Button, Notice } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { LanguageMenu, ThemeMenu } from "./settings.tsx";

interface Props {
    onDone: () => void;
    /** A session was there and has ended. */
    ended: boolean;
}

interface EntranceProps {
    title: string;
    /** On the button. */
    word: string;
    /** What is sent; nothing while something is amiss. */
    how: () => LogIn | undefined;
    onDone: () => void;
    above: ComponentChildren;
    children: ComponentChildren;
}

function Entrance({ title, word, how, onDone, above, children }: EntranceProps) {
    const { busy, problem, run } = useAttempt();
    const submit = (event: Event): void => {
        event.preventDefault();
        const given = how();
        if (given) void run(async () => void (await logIn(given), onDone()));
    };
    return (
        <main class="login">
            <div class="card">
                <p class="brand">
                    <span class="logo" aria-hidden="true" /> {t("app.name")}
                </p>
                <h1>{title}</h1>
                {above}
                <form onSubmit={submit}>
                    {children}
                    {problem && <Notice tone="bad">{problem.status === 0 ? t("unreachable") : problem.message}</Notice>}
                    <Button type="submit" class="button primary wide" busy={busy}>
                        {word}
                    </Button>
                </form>
            </div>
            <div class="login-tools">
                <LanguageMenu /> <ThemeMenu />
            </div>
        </main>
    );
}

export function LoginPage({ onDone, ended }: Props) {
    const [by, setBy] = useState<"password" | "token">("password");
    const [user, setUser] = useState("");
    const [password, setPassword] = useState("");
    const [token, setToken] = useState("");
    const ways = (
        <>
            {ended && <Notice tone="warn">{t("login.ended")}</Notice>}
            <div class="choice" role="group" aria-label={t("login.title")}>
                {(["password", "token"] as const).map((way) => (
                    <button key={way} type="button" aria-pressed={by === way} onClick={() => setBy(way)}>
                        {t(`login.${way}`)}
                    </button>
                ))}
            </div>
        </>
    );
    return (
        <Entrance
            title={t("login.title")}
            word={t("login.do")}
            how={() => (by === "password" ? { user, password } : { token: token.trim() })}
            onDone={onDone}
            above={ways}
        >
            {by === "password" ? (
                <>
                    <Input id="user" title={t("login.user")} value={user} set={setUser} autocomplete="username" />
                    <Password title={t("login.password.label")} value={password} set={setPassword} autocomplete="current-password" />
                </>
            ) : (
                <Input id="token" title={t("login.token")} value={token} set={setToken} secret autocomplete="off" />
            )}
        </Entrance>
    );
}

export function InvitationPage({ link, onDone }: { link: string; onDone: () => void }) {
    const [password, setPassword] = useState("");
    const [again, setAgain] = useState("");
    const [differ, setDiffer] = useState(false);
    const how = (): LogIn | undefined => {
        setDiffer(password !== again);
        return password === again ? { link, password } : undefined;
    };
    return (
        <Entrance
            title={t("invitation.title")}
            word={t("invitation.do")}
            how={how}
            onDone={() => (go([]), onDone())}
            above={<p>{t("invitation.text")}</p>}
        >
            <Password title={t("login.password.label")} value={password} set={setPassword} autocomplete="new-password" />
            <Input id="again" title={t("invitation.again")} value={again} set={setAgain} secret autocomplete="new-password" />
            {differ && <Notice tone="bad">{t("invitation.differ")}</Notice>}
        </Entrance>
    );
}

const Password = (props: Omit<InputProps, "id" | "secret">) => <Input id="password" secret {...props} />;

interface InputProps {
    id: string;
    title: string;
    value: string;
    set: (value: string) => void;
    secret?: boolean;
    autocomplete: string;
}

function Input({ id, title, value, set, secret, autocomplete }: InputProps) {
    return (
        <div class="field">
            <label for={id}>{title}</label>
            <input
                id={id}
                name={id}
                type={secret ? "password" : "text"}
                required
                autocomplete={autocomplete as "on"}
                spellcheck={false}
                value={value}
                onInput={(e) => set(e.currentTarget.value)}
            />
        </div>
    );
}
