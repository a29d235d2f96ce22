// What mends a tunnel: here, with the call shown first, or at the device, in words.
import { useState } from "preact/hooks";
import { call, pathOf } from "../api/call.ts";
import type { VpnTunnel } from "../api/types.ts";
import { fieldAt, kindOf } from "../forms/schema.ts";
import { useAttempt } from "../live/attempt.ts";
import { Button, Dialog, Notice } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { either, t } from "../words/words.ts";
import type { Finding } from "./diagnose.ts";
import { RevealPsk } from "./psk.tsx";

interface Props {
    tunnel: VpnTunnel;
    finding: Finding;
    may: boolean;
    mayReveal: boolean;
}

export function Here(props: Props) {
    const { finding, may } = props;
    const { fix, cause } = finding;
    const text =
        cause === "psk"
            ? t("why.here.psk")
            : cause === "silent" || cause === "silentAuth" || cause === "lost"
              ? t("why.here.silent", { peer: props.tunnel.customerAddress })
              : fix
                ? t(fix.path.endsWith("Id") ? "why.here.set" : "why.here.add", { path: nameOfField(fix.path), value: fix.value })
                : t("why.here.nothing");
    return (
        <section>
            <h3>{t("why.here")}</h3>
            <p>{text}</p>
            {fix?.weak && <p class="warning">{t("why.weak", { value: fix.value })}</p>}
            {may && cause === "psk" && <PskFix {...props} />}
            {may && fix && <Apply tunnel={props.tunnel} body={fix.body} />}
        </section>
    );
}

/** As forms call it, and as the API does. */
function nameOfField(path: string): string {
    const kind = kindOf("vpnTunnels");
    const title = either(kind && fieldAt(kind.schema, path)?.["x-ropeway-title"]);
    return title ? `${title} (${path})` : path;
}

interface ApplyProps {
    tunnel: VpnTunnel;
    body: Record<string, unknown>;
    /** What is shown of it, where there is a secret. */
    shown?: Record<string, unknown>;
    disabled?: boolean;
}

/** Shows the call and what it does before it is made. */
function Apply({ tunnel, body, shown = body, disabled = false }: ApplyProps) {
    const [asking, setAsking] = useState(false);
    const { busy, problem, run } = useAttempt();
    const path = pathOf(tunnel.regionId, "vpnTunnels", tunnel.id);
    const apply = async (): Promise<void> => {
        await call("PATCH", path, { body, revision: tunnel.revision });
        setAsking(false);
        say(t("saved.done", { name: tunnel.name }));
    };
    return (
        <>
            <Button kind="primary" icon="edit" disabled={disabled} onClick={() => setAsking(true)}>
                {t("why.change")}
            </Button>
            {asking && (
                <Dialog title={t("edit.kind", { name: tunnel.name })} onClose={() => setAsking(false)}>
                    <p>
                        <code>PATCH {path}</code>
                    </p>
                    <pre class="call">{JSON.stringify(shown, null, 2)}</pre>
                    <Notice title={t("effect.title")}>{t("why.effect")}</Notice>
                    {problem && <Notice tone="bad">{problem.status === 412 ? t("changed.elsewhere") : problem.message}</Notice>}
                    <footer>
                        <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
                        <Button kind="primary" busy={busy} onClick={() => void run(apply)}>
                            {t("why.apply")}
                        </Button>
                    </footer>
                </Dialog>
            )}
        </>
    );
}

/** The device's key for this side, or this side's for the device. */
function PskFix({ tunnel, mayReveal }: Props) {
    const [psk, setPsk] = useState("");
    const [revealing, setRevealing] = useState(false);
    const id = `psk-${tunnel.id}`;
    return (
        <>
            <label for={id}>{t("why.psk.theirs")}</label>
            <input
                id={id}
                type="password"
                autocomplete="new-password"
                spellcheck={false}
                value={psk}
                onInput={(e) => setPsk(e.currentTarget.value)}
            />
            <div class="actions">
                <Apply tunnel={tunnel} body={{ psk }} shown={{ psk: "••••••••" }} disabled={psk.length < 8} />
                {mayReveal && (
                    <Button icon="eye" onClick={() => setRevealing(true)}>
                        {t("why.psk.ours")}
                    </Button>
                )}
            </div>
            {revealing && <RevealPsk region={tunnel.regionId} id={tunnel.id} onClose={() => setRevealing(false)} />}
        </>
    );
}

export function AtTheDevice({ tunnel, finding }: { tunnel: VpnTunnel; finding: Finding }) {
    return (
        <section>
            <h3>{t("why.device")}</h3>
            <ul>
                {wordsFor(tunnel, finding).map((text) => (
                    <li key={text}>{text}</li>
                ))}
            </ul>
        </section>
    );
}

function wordsFor(tunnel: VpnTunnel, { cause, rows, said, phase }: Finding): string[] {
    const { cloudAddress: own, customerAddress: peer, localId, remoteId } = tunnel;
    switch (cause) {
        case "proposal": {
            const told = rows.filter((row) => row.theirs);
            const lists = (told.length ? told : rows).map((row) =>
                t("why.device.list", { list: t(`why.list.${row.list}`), values: row.ours.join(", ") }),
            );
            return [
                t(`why.device.${phase}`),
                ...lists,
                ...(said.code === "ike.peer-refused-ike-proposals" ? [t("why.device.known", { own })] : []),
            ];
        }
        case "psk":
            return [t("why.device.psk"), t("why.device.psk.id", { localId, remoteId })];
        case "identity":
            return [t("why.device.identity", { remoteId })];
        case "localIdentity":
            return [t("why.device.localIdentity", { localId })];
        case "selectors":
            return [t("why.device.selectors")];
        case "version":
            return [t("why.device.version")];
        case "natT":
            return [t("why.device.natT")];
        case "silentAuth":
            return [t("why.device.4500", { own }), t("why.device.psk")];
        case "silent":
        case "lost":
            return [t("why.device.runs", { own }), t("why.device.firewall", { own }), t("why.device.address", { peer })];
    }
}
