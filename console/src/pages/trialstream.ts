// Follows a connectivity test: what it is, its rows as they come, and how it ends.
import { useEffect, useState } from "preact/hooks";
import { call, pathOf, Problem } from "../api/call.ts";
import { follow, type Stream } from "../api/stream.ts";
import type { Trial, TrialRow } from "./trial.ts";

export interface Followed {
    trial: Trial | undefined;
    rows: TrialRow[];
    problem: Problem | undefined;
    /** The line broke in the middle; it is tried again. */
    broken: boolean;
}

const nothing: Followed = { trial: undefined, rows: [], problem: undefined, broken: false };

export const trialPath = (region: string, id?: string): string => pathOf(region, "connectivityTests", id);

export function useTrial(region: string, id: string): Followed {
    const [state, setState] = useState<Followed>(nothing);
    useEffect(() => {
        setState(nothing);
        if (!id) return;
        const abort = new AbortController();
        let stream: Stream | undefined;
        const begin = (trial: Trial): void => {
            if (abort.signal.aborted) return;
            const ended = trial.status === "ended";
            setState({ ...nothing, trial, rows: ended ? (trial.rows ?? []) : [] });
            if (!ended) stream = followRows(region, id, setState);
        };
        call<Trial>("GET", trialPath(region, id), { signal: abort.signal }).then(
            begin,
            (error: unknown) => error instanceof Problem && setState({ ...nothing, problem: error }),
        );
        return () => {
            abort.abort();
            stream?.close();
        };
    }, [region, id]);
    return state;
}

function followRows(region: string, id: string, set: (change: (before: Followed) => Followed) => void): Stream {
    const stream = follow(`${trialPath(region, id)}/stream`, {
        heard: () => undefined,
        state(open, status) {
            if (!open && (status === 204 || status === 404)) stream.close();
            set((before) => ({ ...before, broken: !open }));
        },
        events(events) {
            const rows = events.filter((event) => event.type === "row").map((event) => JSON.parse(event.data) as TrialRow);
            const last = events.find((event) => event.type === "summary");
            if (last) stream.close();
            set((before) => ({
                ...before,
                broken: false,
                rows: [...before.rows, ...rows],
                trial: last ? (JSON.parse(last.data) as Trial) : before.trial && { ...before.trial, status: "running" },
            }));
        },
    });
    return stream;
}
