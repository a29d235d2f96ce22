// Who is there, and which page the address asks for.
import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadKinds } from "./forms/schema.ts";
import { restartOnLanguage, startLive, stopLive } from "./live/live.ts";
import { useLanguage } from "./live/hooks.ts";
import { store } from "./live/store.ts";
import { whoAmI, type Who } from "./live/session.ts";
import { InvitationPage, LoginPage } from "./pages/login.tsx";
import { pageFor } from "./pages/pages.tsx";
import { Shell } from "./pages/shell.tsx";
import { useRoute } from "./route.ts";
import { Busy, Button, Notice } from "./ui/parts.tsx";
import { Toasts } from "./ui/toast.tsx";
import { t } from "./words/words.ts";

type Stage = { name: "starting" } | { name: "nobody"; ended: boolean } | { name: "in"; who: Who } | { name: "unreachable" };

export function App() {
    useLanguage();
    const route = useRoute();
    const [stage, setStage] = useState<Stage>({ name: "starting" });
    const refused = (): void => {
        stopLive();
        setStage({ name: "nobody", ended: true });
    };
    const enter = async (): Promise<void> => {
        setStage({ name: "starting" });
        try {
            const who = await whoAmI();
            if (!who) return setStage({ name: "nobody", ended: false });
            await loadKinds();
            store.clear();
            startLive(refused);
            setStage({ name: "in", who });
        } catch {
            setStage({ name: "unreachable" });
        }
    };
    useEffect(() => {
        void enter();
        return restartOnLanguage(refused);
    }, []);
    if (route.path[0] === "invitation" && route.path[1]) return <InvitationPage link={route.path[1]} onDone={() => void enter()} />;
    switch (stage.name) {
        case "starting":
            return <Busy />;
        case "unreachable":
            return (
                <main class="login">
                    <Notice tone="bad" title={t("unreachable")}>
                        <Button icon="refresh" onClick={() => void enter()}>
                            {t("retry")}
                        </Button>
                    </Notice>
                </main>
            );
        case "nobody":
            return <LoginPage ended={stage.ended} onDone={() => void enter()} />;
        case "in":
            return (
                <Shell who={stage.who} route={route} onOut={() => (stopLive(), setStage({ name: "nobody", ended: false }))}>
                    <Guard key={route.path.join("/")}>{pageFor(route, stage.who)}</Guard>
                    <Toasts />
                </Shell>
            );
    }
}

/** A fault of one page is shown there, and leaves the rest alone. */
class Guard extends Component<{ children: ComponentChildren }, { error: unknown }> {
    override state = { error: undefined as unknown };

    static override getDerivedStateFromError(error: unknown): { error: unknown } {
        return { error };
    }

    override render() {
        if (this.state.error === undefined) return this.props.children;
        console.error(this.state.error);
        return (
            <Notice tone="bad" title={t("failed")}>
                {String(this.state.error)}
            </Notice>
        );
    }
}
