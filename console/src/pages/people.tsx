// What is done to a user besides editing: locked out, let in again, invited anew.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import type { Resource } from "../live/store.ts";
import { Button, Dialog } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { t } from "../words/words.ts";
import { orSay } from "./orsay.ts";
import { PskOnce } from "./psk.tsx";

export function UserActions({ item }: { item: Resource }) {
    const [link, setLink] = useState<string>();
    const disabled = item["disabled"] === true;
    const flip = async (): Promise<void> => {
        await call("PATCH", pathOf("", "users", item.id), { body: { disabled: !disabled }, revision: item.revision });
        say(t(disabled ? "enabled.done" : "disabled.done", { name: item.name }));
    };
    const invite = async (): Promise<void> =>
        setLink((await call<{ link: string }>("POST", `${pathOf("", "users", item.id)}/invite`)).link);
    return (
        <>
            <Button onClick={() => void orSay(flip)} title={t("user.disable.text")}>
                {t(disabled ? "enable" : "disable")}
            </Button>
            <Button onClick={() => void orSay(invite)}>{t("user.invite")}</Button>
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
