// Makes a node token; it is shown once, with what to type on the machine.
import { useMemo, useState } from "preact/hooks";
import { call, newKey, pathOf } from "../api/call.ts";
import { useAttempt } from "../live/attempt.ts";
import { Button, Copy, Dialog, Notice } from "../ui/parts.tsx";
import { t, type Word } from "../words/words.ts";
import { joinCommands } from "./nodeconfiguration.ts";
import { PskOnce } from "./psk.tsx";

const roles = ["gateway", "compute"] as const;

export function NewNodeToken({ region, onMade, onClose }: { region: string; onMade: () => void; onClose: () => void }) {
    const [name, setName] = useState("");
    const [nic, setNic] = useState("");
    const [chosen, setChosen] = useState<string[]>([...roles]);
    const [hours, setHours] = useState("24");
    const { busy, problem, run } = useAttempt();
    const [token, setToken] = useState<string>();
    const key = useMemo(newKey, [name, chosen, hours]);
    const make = async (): Promise<void> => {
        const body = { name, roles: chosen, ...(hours.trim() ? { expiresInSeconds: Math.round(Number(hours) * 3600) } : {}) };
        setToken((await call<{ token: string }>("POST", pathOf(region, "nodeTokens"), { body, key })).token);
        onMade();
    };
    const flip = (role: string): void => setChosen(chosen.includes(role) ? chosen.filter((one) => one !== role) : [...chosen, role]);
    if (token) {
        const commands = joinCommands({ api: location.origin, region, name, token, publicInterface: nic });
        return (
            <Dialog title={t("node.tokens.create")} onClose={onClose} wide>
                <PskOnce secret={token} what="token" />
                <h3>{t("node.tokens.type")}</h3>
                <p class="faint">{t("node.tokens.certificate")}</p>
                <div class="secret">
                    <pre class="grow">{commands}</pre>
                    <Copy text={commands} />
                </div>
                <footer>
                    <Button kind="primary" onClick={onClose}>
                        {t("close")}
                    </Button>
                </footer>
            </Dialog>
        );
    }
    return (
        <Dialog title={t("node.tokens.create")} onClose={onClose}>
            <form onSubmit={(e) => (e.preventDefault(), void run(make))}>
                {problem && <Notice tone="bad">{problem.message}</Notice>}
                <p>
                    <label>
                        {t("node.tokens.name")}
                        <input type="text" placeholder="gw-1" value={name} onInput={(e) => setName(e.currentTarget.value.trim())} />
                    </label>
                </p>
                <fieldset class="checks">
                    <legend>{t("node.tokens.roles")}</legend>
                    {roles.map((role) => (
                        <label key={role}>
                            <input type="checkbox" checked={chosen.includes(role)} onChange={() => flip(role)} />{" "}
                            {t(`node.role.${role}` as Word)}
                        </label>
                    ))}
                </fieldset>
                <p>
                    <label>
                        {t("node.tokens.hours")}
                        <input type="text" inputMode="numeric" value={hours} onInput={(e) => setHours(e.currentTarget.value)} />
                    </label>
                </p>
                <p>
                    <label>
                        {t("node.tokens.nic")}
                        <input type="text" placeholder="eth0" value={nic} onInput={(e) => setNic(e.currentTarget.value.trim())} />
                    </label>
                </p>
                <footer>
                    <Button onClick={onClose}>{t("cancel")}</Button>
                    <Button type="submit" kind="primary" busy={busy} disabled={chosen.length === 0 || Number.isNaN(Number(hours))}>
                        {t("create")}
                    </Button>
                </footer>
            </form>
        </Dialog>
    );
}
