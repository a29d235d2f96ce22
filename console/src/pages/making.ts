// Creates the tunnels of the page one after the other. What was made stays; a second run makes what is missing.
import { useRef, useState } from "preact/hooks";
import { call, newKey, Problem } from "../api/call.ts";
import type { VpnTunnel } from "../api/types.ts";
import type { Tree } from "../forms/value.ts";
import { bodyOf, type Row } from "./pairs.ts";

export interface Outcome {
    state: "waiting" | "busy" | "done" | "failed";
    id?: string;
    problem?: Problem;
    warnings?: string[];
}

export interface Making {
    outcomes: Outcome[];
    busy: boolean;
    /** That was made with the first; shown once. */
    psk: string | undefined;
    run: (rows: Row[], shared: Tree, source: string) => Promise<void>;
}

export function useMaking(path: string, connection: string): Making {
    const [outcomes, setOutcomes] = useState<Outcome[]>([]);
    const [busy, setBusy] = useState(false);
    const [psk, setPsk] = useState<string>();
    /** For what is being sent, so that a second try of the same makes nothing twice. */
    const keys = useRef(new Map<string, string>());

    async function run(rows: Row[], shared: Tree, source: string): Promise<void> {
        const now: Outcome[] = rows.map((_, at) => (outcomes[at]?.state === "done" ? (outcomes[at] as Outcome) : { state: "waiting" }));
        const show = (at: number, outcome: Outcome): void => {
            now[at] = outcome;
            setOutcomes([...now]);
        };
        setBusy(true);
        let from = source || now.find((outcome) => outcome.id)?.id;
        for (const [at, row] of rows.entries()) {
            if (now[at]?.state === "done") continue;
            show(at, { state: "busy" });
            const body = bodyOf(row, connection, shared, from);
            const text = JSON.stringify(body);
            const key = keys.current.get(text) ?? newKey();
            keys.current.set(text, key);
            try {
                const made = await call<VpnTunnel>("POST", path, { body, key });
                if (!from && made.psk) setPsk(made.psk);
                from ??= made.id;
                show(at, { state: "done", id: made.id, warnings: made.warnings ?? [] });
            } catch (error) {
                show(at, error instanceof Problem ? { state: "failed", problem: error } : { state: "failed" });
                break;
            }
        }
        setBusy(false);
    }
    return { outcomes, busy, psk, run };
}
