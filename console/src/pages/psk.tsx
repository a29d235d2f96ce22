// Secrets: shown when they are made, and on demand to those who may see them.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import { useAttempt } from "../live/attempt.ts";
import { Button, Copy, Dialog, Notice } from "../ui/parts.tsx";
import { t, type Word } from "../words/words.ts";

export type SecretKind = "psk" | "token" | "link" | "webhookSecret";

const said: Record<SecretKind, [title: Word, once: Word]> = {
    psk: ["psk.title", "psk.once"],
    token: ["token.title", "token.once"],
    link: ["link.title", "link.once"],
    webhookSecret: ["webhookSecret.title", "webhookSecret.once"],
};

export function PskOnce({ secret, what }: { secret: string; what: SecretKind }) {
    const text = what === "link" ? `${location.origin}/#/invitation/${secret}` : secret;
    return (
        <div>
            <h3>{t(said[what][0])}</h3>
            <p class="secret">
                <code>{text}</code>
                <Copy text={text} />
            </p>
            <p class="faint">{t(said[what][1])}</p>
        </div>
    );
}

export function RevealPsk({ region, id, onClose }: { region: string; id: string; onClose: () => void }) {
    const [psk, setPsk] = useState<string>();
    const { busy, problem, run } = useAttempt();
    const reveal = async (): Promise<void> =>
        setPsk((await call<{ psk: string }>("POST", `${pathOf(region, "vpnTunnels", id)}/revealPsk`)).psk);
    return (
        <Dialog title={t("psk.title")} onClose={onClose}>
            {problem && <Notice tone="bad">{problem.message}</Notice>}
            {psk === undefined ? <p>{t("psk.reveal.text")}</p> : <PskOnce secret={psk} what="psk" />}
            <footer>
                <Button onClick={onClose}>{t("close")}</Button>
                {psk === undefined && (
                    <Button kind="primary" icon="eye" busy={busy} onClick={() => void run(reveal)}>
                        {t("psk.reveal")}
                    </Button>
                )}
            </footer>
        </Dialog>
    );
}
