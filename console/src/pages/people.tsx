// What is done to a user besides editing: locked out, let in again, invited anew.
import { useState } from "preact/hooks";
import { call, pathOf, Problem } from "../api/call.ts";
import type { Resource } from "../live/store.ts";
import { Button, Dialog } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { t } from "../words/words.ts";
import { PskOnce } from "./psk.tsx";

export function UserActions({ item }: { item: Resource }) {
    const [link, setLink] = useState<string>();
    const disabled = item["disabled"] === true;
    const tell = (error: unknown): void => void (error instanceof Problem && say(error.message, "bad"));
    const flip = async (): Promise<void> => {
        try {
            await call("PATCH", pathOf("", "users", item.id), { body: { disabled: !disabled }, revision: item.revision });
            say(t(disabled ? "enabled.done" : "disabled.done", { name: item.name }));
        } catch (error) {
            tell(error);
        }
    };
    const invite = async (): Promise<void> => {
        try {
            setLink((await call<{ link: string }>("POST", `${pathOf("", "users", item.id)}/invite`)).link);
        } catch (error) {
            tell(error);
        }
    };
    return (
        <>
            <Button onClick={() => void flip()} title={t("user.disable.text")}>
                {t(disabled ? "enable" : "disable")}
            </Button>
            <Button onClick={() => void invite()}>{t("user.invite")}</Button>
            {link && (
                <Dialog title={item.name} onClose={() => setLink(undefined)}>
                    <PskOnce secret={link} what="link" />
                    <footer>
                        <Button kind="primary" onClick={() => setLink(undefined)}>
                            {t("close")}
                        </Button>
                    </footer>
                </Dialog>
            )}
        </>
    );
}
