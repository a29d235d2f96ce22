// One attempt after the other at a change: whether one is under way, and what refused the last.
import { useState } from "preact/hooks";
import { Problem } from "../api/call.ts";

export interface Attempt {
    busy: boolean;
    problem: Problem | undefined;
    /** Whether it was done; false: refused. */
    run: (what: () => Promise<void>) => Promise<boolean>;
    /** The refusal is about what is no more. */
    forget: () => void;
}

export function useAttempt(): Attempt {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<Problem>();
    const run = async (what: () => Promise<void>): Promise<boolean> => {
        setBusy(true);
        setProblem(undefined);
        try {
            await what();
            return true;
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            setProblem(error);
            return false;
        } finally {
            setBusy(false);
        }
    };
    return { busy, problem, run, forget: () => setProblem(undefined) };
}
