// Logging in: by user and password, by token, or by an invitation that sets the password.
import { useState } from "preact/hooks";
import { Problem } from "../api/call.ts";
import { logIn, type LogIn } from "../live/session.ts";
import { go } from "../route.ts";
import { Notice } from "../ui/parts.tsx";
import { t } from "../words/words.ts";
import { LanguageMenu, ThemeMenu } from "./settings.tsx";

interface Props {
    onDone: () => void;
    /** A session was there and has ended. */
    ended: boolean;
}

function useLogIn(onDone: () => void): { busy: boolean; problem: Problem | undefined; send: (how: LogIn) => Promise<void> } {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<Problem>();
    const send = async (how: LogIn): Promise<void> => {
        setBusy(true);
        setProblem(undefined);
        try {
            await logIn(how);
            onDone();
        } catch (error) {
            if (error instanceof Problem) setProblem(error);
        } finally {
            setBusy(false);
        }
    };
    return { busy, problem, send };
}

const messageOf = (problem: Problem): string => (problem.status === 0 ? t("unreachable") : problem.message);

function Frame({ title, children }: { title: string; children: preact.ComponentChildren }) {
    return (
        <main class="login">
            <div class="card">
                <p class="brand">
                    <span class="logo" aria-hidden="true" /> {t("app.name")}
                </p>
                <h1>{title}</h1>
                {children}
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
    const { busy, problem, send } = useLogIn(onDone);
    const submit = (event: Event): void => {
        event.preventDefault();
        void send(by === "password" ? { user, password } : { token: token.trim() });
    };
    return (
        <Frame title={t("login.title")}>
            {ended && <Notice tone="warn">{t("login.ended")}</Notice>}
            <div class="choice" role="group" aria-label={t("login.title")}>
                {(["password", "token"] as const).map((way) => (
                    <button key={way} type="button" aria-pressed={by === way} onClick={() => setBy(way)}>
                        {t(`login.${way}`)}
                    </button>
                ))}
            </div>
            <form onSubmit={submit}>
                {by === "password" ? (
                    <>
                        <Input id="user" title={t("login.user")} value={user} set={setUser} autocomplete="username" />
                        <Input
                            id="password"
                            title={t("login.password.label")}
                            value={password}
                            set={setPassword}
                            secret
                            autocomplete="current-password"
                        />
                    </>
                ) : (
                    <Input id="token" title={t("login.token")} value={token} set={setToken} secret autocomplete="off" />
                )}
                {problem && <Notice tone="bad">{messageOf(problem)}</Notice>}
                <button type="submit" class="button primary wide" disabled={busy}>
                    {t("login.do")}
                </button>
            </form>
        </Frame>
    );
}

export function InvitationPage({ link, onDone }: { link: string; onDone: () => void }) {
    const [password, setPassword] = useState("");
    const [again, setAgain] = useState("");
    const [differ, setDiffer] = useState(false);
    const done = (): void => {
        go([]);
        onDone();
    };
    const { busy, problem, send } = useLogIn(done);
    const submit = (event: Event): void => {
        event.preventDefault();
        setDiffer(password !== again);
        if (password === again) void send({ link, password });
    };
    return (
        <Frame title={t("invitation.title")}>
            <p>{t("invitation.text")}</p>
            <form onSubmit={submit}>
                <Input
                    id="password"
                    title={t("login.password.label")}
                    value={password}
                    set={setPassword}
                    secret
                    autocomplete="new-password"
                />
                <Input id="again" title={t("invitation.again")} value={again} set={setAgain} secret autocomplete="new-password" />
                {differ && <Notice tone="bad">{t("invitation.differ")}</Notice>}
                {problem && <Notice tone="bad">{messageOf(problem)}</Notice>}
                <button type="submit" class="button primary wide" disabled={busy}>
                    {t("invitation.do")}
                </button>
            </form>
        </Frame>
    );
}

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
